"""The best schedule for a noisy quadratic: exactly in one dimension, greedily, by search and by gradient.

The parameters curvatures, noise, start and batch_size are those of `lrlib.theory.quadratic`; here batch_size
is a number or shape (steps,).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lrlib.rules import INF, Positive, Refused, Rule, StepSize, checked, refused, whole, within
from lrlib.theory.inputs import Batches, Rates, Spectrum, Vector, per_step
from lrlib.theory.quadratic import best_constant_rate, moments


@checked
def optimal_rates_1d(
    steps: StepSize,
    curvature: Positive,
    noise: float = 1.0,
    start: float = 1.0,
    batch_size: Batches = 1.0,
) -> np.ndarray:
    """The rates with the lowest expected final loss in one dimension: a 1/t law with its exact constant.

    eta_t = h a_t / (h^2 a_t + c / B_t) and 1 / a_{t+1} = 1 / a_t + h^2 B_t / c with c = h noise^2, hence at
    one batch size eta_t = h / (h^2 (1 + t) + c / (B a_0)). Every step is as good as can be for the next
    (a_{t+1} grows with a_t whatever the rate), so being greedy costs nothing: in more dimensions it does.
    curvature: h > 0; start not 0. Returns shape (steps,). Raises ValueError for a start of 0.
    Schaul, Zhang & LeCun 2013, arXiv:1206.1106.

    >>> optimal_rates_1d(4, curvature=1).round(4).tolist()
    [0.5, 0.3333, 0.25, 0.2]
    """
    (h,), (a,), (c,) = moments(np.array([curvature]), noise, start)
    batches = per_step("batch_size", np.asarray(batch_size), (steps,))
    if a == 0:
        raise Refused(f"start must not be 0, the minimum; got {start!r}")
    seen = np.concatenate([[0.0], np.cumsum(batches)[:-1]])
    return h * batches / (h**2 * (seen + batches) + c / a)


@checked
def greedy_rates(
    steps: StepSize,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
) -> np.ndarray:
    """At every step the rate that lowers the expected loss most at that step, shape (steps,).

    eta_t = sum_i h_i^2 a_i(t) / sum_i h_i (h_i^2 a_i(t) + c_i / B_t), c_i = h_i noise_i^2. Optimal in one
    dimension, short-sighted in more: it damps steep directions and never gets far along flat ones.
    Raises ValueError when every start is 0. Wu et al. 2018, arXiv:1803.02021; McCandlish et al. 2018,
    arXiv:1812.06162 (the rate falls with B as eta_max / (1 + B_noise / B)).

    >>> greedy_rates(4, curvatures=[1.0, 0.1]).round(4).tolist()
    [0.5022, 0.3371, 0.2545, 0.205]
    """
    h, a, c = moments(curvatures, noise, start)
    batches = per_step("batch_size", np.asarray(batch_size), (steps,))
    if not (a > 0).any():
        raise Refused("start must not be 0 everywhere: no rate improves on the minimum")
    rates = np.zeros(len(batches))
    for t, batch in enumerate(batches):
        steepness = h**2 @ a
        if steepness == 0:
            break
        rates[t] = steepness / (h @ (h**2 * a + c / batch))
        a = advance(a, rates[t], h, c / batch)
    return rates


@checked
def best_rates_among(
    choices: Rates,
    steps: StepSize,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
    points: Annotated[int, whole(2)] = 100,
) -> np.ndarray:
    """The best sequence of rates from `choices`, by dynamic programming: no gradient, no first guess.

    V_steps(a) = 1/2 sum_i h_i a_i,  V_t(a) = min over choices of V_{t+1}((1 - eta h)^2 a + eta^2 c / B_t),
    backwards on a grid of `points` values of log a_i a dimension, log V linear in between; then forwards from
    the start, exactly. For one or two dimensions: the work is steps * len(choices) * points**dims.
    Error: the grid's, which falls as points**-2. Returns shape (steps,).
    Raises ValueError for no choices, fewer than 2 points, or more than a million grid points.

    >>> best_rates_among([0.1, 0.3, 0.5], 4, curvatures=[1.0]).tolist()
    [0.5, 0.3, 0.3, 0.3]
    """
    h, a, c = moments(curvatures, noise, start)
    batches = per_step("batch_size", np.asarray(batch_size), (steps,))
    if choices.ndim != 1 or len(choices) == 0:
        raise refused("choices", "one or more rates", choices.tolist())
    if points ** len(h) > 1_000_000:
        raise refused("points ** dims", "at most a million", points ** len(h))
    axes = _reachable(a, h, c, choices.max(), batches, points)
    grid = np.exp(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    later = [_between(axes, np.log(grid @ h / 2))]
    for batch in batches[:0:-1]:
        values = [later[-1](advance(grid, rate, h, c / batch)) for rate in choices]
        later.append(_between(axes, np.min(values, axis=0)))
    chosen = np.empty(len(batches))
    for t, batch in enumerate(batches):
        ahead = np.array([advance(a, rate, h, c / batch) for rate in choices])
        left = len(batches) - 1 - t
        best = np.argmin(later[left](ahead) if left else ahead @ h)
        chosen[t], a = choices[best], ahead[best]
    return chosen


@checked
def optimal_rates(
    steps: StepSize,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
    max_rate: Annotated[float, Rule("above 0", within(0, INF, open_low=True))] = INF,
) -> np.ndarray:
    """A whole schedule whose expected final loss is a local minimum, in any number of dimensions: (steps,).

    L-BFGS-B over log eta_t on the log of the final loss. The gradient is exact, by one pass back through the
    recursion: p_i(steps) = h_i / 2, p_i(t) = (1 - eta_t h_i)^2 p_i(t+1),
    dL/deta_t = sum_i p_i(t+1) [2 eta_t c_i / B_t - 2 h_i (1 - eta_t h_i) a_i(t)].
    Returns the best of three searches, or a schedule that reaches 0 where one does: from a linear decay of
    the best constant rate, from the greedy rates and from a geometric fall. Below 1 / max(h) they find the
    same; above, there are other local minima.
    max_rate: no rate above it; none above 1 / min(h) is ever worth taking. Without it the optimum may first
    run along flat directions at rates that are unstable for steep ones, then wipe out the damage by a step of
    exactly 1 / h: give 2 / max(h) or less for a schedule that does not need to know the curvatures so well.
    Raises ValueError when every start is 0 or max_rate is not above 0.
    Li et al. 2025, arXiv:2509.19189, ask for this optimum under power-law curvatures.

    >>> optimal_rates(4, curvatures=[1.0]).round(3).tolist()
    [0.5, 0.333, 0.25, 0.2]
    """
    h, a, c = moments(curvatures, noise, start)
    batches = per_step("batch_size", np.asarray(batch_size), (steps,))
    top = min(max_rate, 1 / h.min())
    peak = best_constant_rate(steps, h, noise, start, float(np.mean(batches)))
    starts = [
        peak * (1 - (np.arange(steps) + 0.5) / steps),
        greedy_rates(steps, h, noise, start, batches),
        np.geomspace(top, peak / 10, steps),
    ]

    searches = [_descended(first, top, h, a, c, batches) for first in starts]
    return min(searches, key=lambda found: found[1])[0]


def _descended(first: np.ndarray, top: float, h, a, c, batches) -> tuple[np.ndarray, float]:
    """From a first guess to the nearest minimum over the rates below `top`: the rates, and the log loss."""
    from scipy.optimize import minimize

    def log_loss(log_rates):
        rates = np.exp(log_rates)
        with np.errstate(over="ignore", invalid="ignore"):
            loss, slope = loss_and_gradient(rates, h, a, c, batches)
        if loss == 0:
            return -1e3, np.zeros(len(rates))
        if not np.isfinite(slope).all():
            return 1e3, np.ones(len(rates))  # a trial step that overflows: the line search turns back
        return np.log(loss), slope * rates / loss

    found = minimize(
        log_loss,
        np.log(np.clip(first, 1e-9 * top, top)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, np.log(top))] * len(first),
        options={"maxiter": 5000, "maxfun": 10_000, "maxcor": 30, "ftol": 1e-15, "gtol": 1e-9},
    )
    return np.exp(found.x), found.fun


def loss_and_gradient(rates, h, a, c, batches) -> tuple[float, np.ndarray]:
    """The final expected loss and its derivative by every rate; a: second moments at the start, (dims,)."""
    before = np.empty((len(rates), len(h)))
    for t, (rate, batch) in enumerate(zip(rates, batches, strict=True)):
        before[t] = a
        a = advance(a, rate, h, c / batch)
    shrink = 1 - rates[:, None] * h
    after = np.ones_like(before)  # product of (1 - eta h)^2 over the later steps
    after[:-1] = np.cumprod(shrink[:0:-1] ** 2, axis=0)[::-1]
    slope = (after * (rates[:, None] * c / batches[:, None] - h * shrink * before)) @ h
    return float(a @ h / 2), slope


def advance(a, rate: float, h, c):
    """One step of the recursion for the second moments a, shape (..., dims); c is the noise over B."""
    return (1 - rate * h) ** 2 * a + rate**2 * c


def _reachable(a, h, c, largest: float, batches, points: int) -> list[np.ndarray]:
    """A grid of log a_i a dimension, from the lowest that any rates can reach up to start and noise together.

    No sequence of rates gets below 1 / (1 / a_i + h_i^2 sum B / c_i), the optimum of that dimension alone.
    """
    with np.errstate(divide="ignore"):
        low = 1 / (1 / a + h**2 * batches.sum() / c)
    high = a + largest**2 * c * np.sum(1 / batches)
    high = np.where(high > 0, high, 1.0)
    low = np.maximum(low, high * 1e-12)
    return [np.linspace(np.log(lo), np.log(up) + 1e-9, points) for lo, up in zip(low, high, strict=True)]


def _between(axes: list[np.ndarray], log_values: np.ndarray):
    """A function of the moments a that interpolates log_values linearly in log a, and beyond the grid too."""
    from scipy.interpolate import RegularGridInterpolator

    table = RegularGridInterpolator(axes, log_values, bounds_error=False, fill_value=None)
    floor = np.exp([axis[0] for axis in axes])
    return lambda a: table(np.log(np.maximum(a, floor)))
