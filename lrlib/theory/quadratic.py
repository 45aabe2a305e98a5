"""The noisy quadratic: what a schedule does to SGD on a bowl, without a single training run.

Loss 1/2 sum_i h_i x_i^2, seen through gradients h_i x_i + sqrt(h_i / B) * noise_i * z_i with z_i standard
normal and new at every step. The functions here share these parameters:

curvatures: h_i > 0, shape (dims,). start: x_i(0), a number or shape (dims,).
noise: noise_i, a number or shape (dims,); for gradient-noise variances c_i give sqrt(c_i / h_i).
batch_size: B > 0, a number or an array that broadcasts to the rates: a batch size of its own a step.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lrlib.rules import Positive, Refused, Rule, Steps, StepSize, checked, refused, within
from lrlib.theory.inputs import Batches, Rates, Sizes, Spectrum, Vector, per_dimension, per_step

Weight = Annotated[float, Rule("above 0 and at most 1", within(0, 1, open_low=True))]


@checked
def expected_loss(
    rates: Rates,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
) -> np.ndarray:
    """Expected loss of SGD on the noisy bowl of `tasks.quadratic`, exact for any sequence of rates.

    a_i(t+1) = (1 - eta_t h_i)^2 a_i(t) + eta_t^2 h_i noise_i^2 / B_t,  loss(t) = 1/2 sum_i h_i a_i(t),
    with a_i(0) = start_i^2. rates: eta_t, shape (..., steps); the others: see the module.
    Returns the loss before the first and after every update, shape (..., steps + 1).
    Raises ValueError for rates that are negative or not finite, curvatures <= 0, batch sizes <= 0.
    Schaul, Zhang & LeCun 2013, arXiv:1206.1106; Zhang et al. 2019, arXiv:1907.04164.

    >>> expected_loss([0.5, 0.25], curvatures=[1.0, 0.1]).round(4).tolist()
    [0.55, 0.2964, 0.2163]
    """
    eta = rates
    h, a, c = moments(curvatures, noise, start)
    added = eta**2 / per_step("batch_size", np.asarray(batch_size), eta.shape)
    a = np.broadcast_to(a, (*eta.shape[:-1], len(h)))
    losses = [a @ h / 2]
    for t in range(eta.shape[-1]):
        a = (1 - eta[..., t, None] * h) ** 2 * a + added[..., t, None] * c
        losses.append(a @ h / 2)
    return np.stack(losses, axis=-1)


@checked
def averaged_loss(
    rates: Rates,
    averaging: Sizes,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
) -> np.ndarray:
    """Expected loss of a running average y of the weights x that SGD visits, exact for any rates.

    y(0) = x(0), y(t+1) = (1 - w_t) y(t) + w_t x(t+1). Beside E x_i^2 it follows E x_i y_i and E y_i^2:
        m(t+1) = (1 - w) (1 - eta h) m(t) + w a(t+1),
        v(t+1) = (1 - w)^2 v(t) + 2 w (1 - w) (1 - eta h) m(t) + w^2 a(t+1).
    averaging: w_t in 0..1, a number (an exponential moving average that keeps 1 - w of the old; 1 is the
    last iterate) or an array that broadcasts to the rates, such as `tail_averaging`. rates and the others: as
    in `expected_loss`. Returns the loss at y(0), .., y(steps), shape (..., steps + 1).
    Raises ValueError for w outside 0..1, else as `expected_loss`. Sandler et al. 2023, arXiv:2301.02312.

    >>> averaged_loss([0.5, 0.25], 0.5, curvatures=[1.0, 0.1]).round(4).tolist()
    [0.55, 0.3603, 0.2608]
    """
    eta = rates
    h, a, c = moments(curvatures, noise, start)
    w = per_step("averaging", averaging, eta.shape)[..., None]
    if (w > 1).any():
        raise refused("averaging", "weights in 0..1", float(w.max()))
    added = eta**2 / per_step("batch_size", np.asarray(batch_size), eta.shape)
    a = np.broadcast_to(a, (*eta.shape[:-1], len(h)))
    mixed, averaged = a, a
    losses = [a @ h / 2]
    for t in range(eta.shape[-1]):
        shrink, new = 1 - eta[..., t, None] * h, w[..., t, :]
        a = shrink**2 * a + added[..., t, None] * c
        carried = (1 - new) * shrink * mixed
        averaged = (1 - new) ** 2 * averaged + 2 * new * carried + new**2 * a
        mixed = carried + new * a
        losses.append(averaged @ h / 2)
    return np.stack(losses, axis=-1)


@checked
def tail_averaging(steps: StepSize, last: StepSize) -> np.ndarray:
    """Weights w_t for `averaged_loss`, shape (steps,): at the end, the plain mean of the `last` iterates.

    w_t = 1 until that tail begins, then 1/2, 1/3, .., 1/last; `last=steps` averages all but the start.
    Raises ValueError unless 1 <= last <= steps.

    >>> tail_averaging(4, last=2).tolist()
    [1.0, 1.0, 1.0, 0.5]
    """
    if last > steps:
        raise refused("last", f"at most steps = {steps}", last)
    return 1 / np.maximum(1, np.arange(1, steps + 1) - (steps - last))


@checked
def constant_rate_loss(
    rate: Sizes,
    steps: Steps,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Positive = 1.0,
) -> np.ndarray:
    """Expected loss after `steps` updates at one constant rate, in closed form; stable or not.

    1/2 sum_i h_i [q_i^T start_i^2 + eta^2 h_i noise_i^2 / B (1 - q_i^T) / (1 - q_i)], q_i = (1 - eta h_i)^2.
    rate: eta >= 0, a number or any shape; the result has its shape. The others: see the module, B one number.
    Raises ValueError as `expected_loss` does.

    >>> round(float(constant_rate_loss(0.5, 10, curvatures=[1.0, 0.1])), 4)
    0.1928
    """
    eta = rate[..., None]
    h, a, c = moments(curvatures, noise, start)
    lost = eta * h * (2 - eta * h)  # 1 - q, without cancellation for small eta h
    with np.errstate(divide="ignore", over="ignore"):
        all_lost = -np.expm1(steps * np.log1p(-lost)) if steps else np.zeros_like(lost)
        geometric = np.where(lost == 0, steps, all_lost / np.where(lost == 0, 1, lost))
        of_start = np.where(a > 0, (1 - eta * h) ** (2 * steps), 0) * a  # an overflow times 0 stays 0
        of_noise = np.where(c > 0, geometric, 0) * eta**2 * c / batch_size
        return (of_start + of_noise) @ h / 2


@checked
def noise_floor(
    rate: Positive,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    batch_size: Positive = 1.0,
    averaging: Weight = 1.0,
) -> float:
    """The expected loss at which a constant rate stops improving on the noisy bowl.

    1/2 sum_i eta h_i noise_i^2 / (B (2 - eta h_i)), from a_i = (1 - eta h_i)^2 a_i + eta^2 h_i noise_i^2 / B.
    averaging: w in 0..1, the floor of the moving average y <- (1 - w) y + w x instead: each term times
    w (1 + k) / ((2 - w) (1 - k)) with k = (1 - w)(1 - eta h_i). 1 is the last iterate.
    Raises ValueError unless 0 < eta < 2 / max(h), the stability limit, and 0 < w <= 1.

    >>> round(noise_floor(0.5, curvatures=[1.0, 0.1]), 4)
    0.1795
    """
    h, _, c = moments(curvatures, noise, 0.0)
    if rate >= 2 / h.max():
        raise refused("rate", f"below the stability limit {2 / h.max():g}", rate)
    kept = (1 - averaging) * (1 - rate * h)
    left = averaging * (1 + kept) / ((2 - averaging) * (1 - kept))
    return float(np.sum(left * rate * c / (2 - rate * h)) / (2 * batch_size))


@checked
def best_constant_rate(
    steps: StepSize,
    curvatures: Spectrum,
    noise: Vector = 1.0,
    start: Vector = 1.0,
    batch_size: Positive = 1.0,
) -> float:
    """The constant rate with the lowest expected loss after `steps` updates: argmin of `constant_rate_loss`.

    A scan over rates of many sizes finds the basin, finer and finer ones the minimum within it, as near
    as rounding lets losses be told apart (1e-7 or so). It may lie above the stability limit when `steps` is
    small. Raises ValueError when every `start` is 0 (the best is then 0).

    >>> round(best_constant_rate(10, curvatures=[1.0, 0.1]), 4)
    0.1746
    """
    h, a, c = moments(curvatures, noise, start)
    if not (a > 0).any():
        raise Refused("start must not be 0 everywhere: no rate improves on the minimum")
    # Newton's step from rate 0: the loss curves less and less from there, so the best rate lies above it
    lowest = (h**2 @ a) / (h @ c / batch_size + (2 * steps - 1) * (h**3 @ a))
    scan = np.geomspace(lowest / 2, 2 / h.min(), 800)
    while True:
        best = int(np.argmin(constant_rate_loss(scan, steps, h, noise, start, batch_size)))
        low, high = scan[max(best - 1, 0)], scan[min(best + 1, len(scan) - 1)]
        if high <= low * (1 + 1e-8):
            return float(scan[best])
        scan = np.geomspace(low, high, 17)


def moments(curvatures, noise, start) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The problem as arrays of shape (dims,): h_i, a_i(0) = start_i^2 and c_i = h_i noise_i^2."""
    h, x, z = (np.asarray(each, dtype=np.float64) for each in (curvatures, start, noise))
    return h, per_dimension("start", x, len(h)) ** 2, h * per_dimension("noise", z, len(h)) ** 2
