"""What convex theory promises: the last iterate under a schedule, and step sizes that theory prescribes."""

from __future__ import annotations

import math

import numpy as np

from lrlib.rules import NotNegative, Positive, Rate, Refused, Steps, checked, refused
from lrlib.theory.inputs import Rates, Sizes, per_step


@checked
def last_iterate_bound(rates: Rates, grad_norms: Sizes = 1.0, distance: Positive = 1.0) -> np.ndarray:
    """Upper bound on f(x_T) - f* for subgradient steps x_{t+1} = x_t - eta_t g_t, f convex, T = len(rates).

    [D^2 + sum_t eta_t^2 G_t^2] / (2 sum_t eta_t)
      + 1/2 sum_{k<T} eta_k / (sum_{t>k} eta_t) * [sum_{t>=k} eta_t^2 G_t^2 / sum_{t>=k} eta_t],
    by suffix sums. The bound counts the last rate, though x_T is the point before that rate moves it.
    rates: eta_t, shape (..., T), the last one above 0. grad_norms: G_t = |g_t|, a number or an array that
    broadcasts to the rates (with noise, sqrt(E |g_t|^2), and the bound is on the expectation).
    distance: D = |x_1 - x*|. Returns shape (...).
    Raises ValueError for a last rate of 0 (the bound is then infinite: drop the rates that move nothing).
    Defazio et al. 2023, arXiv:2310.07831, Theorem 10; Schaipp et al. 2025, arXiv:2501.18965, Theorem 1.

    >>> round(float(last_iterate_bound([0.1] * 100)), 4)
    0.3589
    """
    of_distance, of_gradients = bound_terms(rates, grad_norms, distance)
    return of_distance + of_gradients


@checked
def bound_terms(
    shape: Rates, grad_norms: Sizes = 1.0, distance: Positive = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """(T1, T2) such that the last-iterate bound of the rates gamma * shape is T1 / gamma + gamma * T2.

    T1 = D^2 / (2 sum_t s_t), T2 the rest of `last_iterate_bound`; shape: s_t, (..., T). Each of shape (...).

    >>> [round(float(term), 4) for term in bound_terms([1.0] * 100)]
    [0.005, 3.0887]
    """
    s = shape
    if s.shape[-1] == 0 or not (s[..., -1] > 0).all():
        raise Refused("the last of the rates must be above 0: drop trailing zeros, they move nothing")
    norms = per_step("grad_norms", np.asarray(grad_norms), s.shape)
    left, noise = _suffix_sums(s), _suffix_sums(s**2 * norms**2)
    steps = s[..., :-1] / left[..., 1:] * noise[..., :-1] / left[..., :-1]
    of_distance = distance**2 / (2 * left[..., 0])
    return of_distance, noise[..., 0] / (2 * left[..., 0]) + steps.sum(axis=-1) / 2


@checked
def tuned_bound(
    shape: Rates, grad_norms: Sizes = 1.0, distance: Positive = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """The best base rate for a schedule's shape, and the last-iterate bound at it: (gamma, bound).

    gamma = sqrt(T1 / T2), bound = 2 sqrt(T1 T2), see `bound_terms`. For a constant it is
    D G sqrt((1 + H_{T-1}) / T), H the harmonic number. shape: multipliers, (..., T), the last one above 0.
    Each result has shape (...).
    Raises ValueError as `last_iterate_bound`, and when every gradient norm is 0.

    >>> [round(float(each), 4) for each in tuned_bound([1.0] * 100)]
    [0.0402, 0.2485]
    """
    of_distance, of_gradients = bound_terms(shape, grad_norms, distance)
    if not (of_gradients > 0).all():
        raise Refused("grad_norms must not be 0 everywhere: the start is then the minimum")
    return np.sqrt(of_distance / of_gradients), 2 * np.sqrt(of_distance * of_gradients)


@checked
def subgradient_run(rates: Rates, matrix, start) -> tuple[np.ndarray, np.ndarray]:
    """Subgradient descent on f(x) = max_i |A_i . x|, whose minimum is 0 at 0: values f(x_t) and norms |g_t|.

    x_1 = start, x_{t+1} = x_t - eta_t g_t with g_t = sign(A_i . x_t) A_i for the first row i that attains the
    maximum. rates: (..., T); matrix: A, (rows, dims); start: (dims,). Returns two arrays of shape (..., T);
    the last value is f(x_T), which `last_iterate_bound` bounds.
    Raises ValueError when the shapes do not fit.

    >>> values, norms = subgradient_run([0.5, 0.25, 0.125], [[1.0, 0.0], [0.0, 2.0]], [1.0, 0.75])
    >>> values.round(4).tolist(), norms.tolist()
    ([1.5, 1.0, 0.75], [2.0, 1.0, 1.0])
    """
    eta, rows = rates, np.asarray(matrix, dtype=np.float64)
    x = np.asarray(start, dtype=np.float64)
    if rows.ndim != 2 or x.shape != rows.shape[1:]:
        raise Refused(f"start must fit the columns of matrix, got shapes {x.shape} and {rows.shape}")
    x = np.broadcast_to(x, (*eta.shape[:-1], len(x)))
    values, norms = np.empty(eta.shape), np.empty(eta.shape)
    for t in range(eta.shape[-1]):
        products = x @ rows.T
        worst = np.abs(products).argmax(axis=-1)
        value = np.take_along_axis(products, worst[..., None], axis=-1)
        slope = np.sign(value) * rows[worst]
        values[..., t], norms[..., t] = np.abs(value[..., 0]), np.linalg.norm(slope, axis=-1)
        x = x - eta[..., t, None] * slope
    return values, norms


@checked
def chebyshev_residual(steps: Steps, smallest: Positive, largest: Positive) -> float:
    """What Chebyshev steps leave of the start, at worst over curvatures in [m, L]: |x_T| <= residual |x_0|.

    1 / cosh(T arccosh((L + m) / (L - m))); the best constant rate, 2 / (L + m), leaves ((L - m) / (L + m))^T.
    The steps are `schedules.chebyshev(T, L / m)` at the base rate 1 / L. ValueError unless 0 < m < L.
    Agarwal, Goel & Zhang 2021, arXiv:2103.01338.

    >>> round(chebyshev_residual(8, 1, 20), 4)
    0.0525
    """
    if smallest >= largest:
        raise refused("smallest", f"below largest = {largest:g}", smallest)
    angle = steps * 2 * math.asinh(math.sqrt(smallest / (largest - smallest)))
    return 2 * math.exp(-angle) / (1 + math.exp(-2 * angle))


@checked
def silver_bound(steps: Steps, smoothness: Positive = 1.0, distance: Positive = 1.0) -> float:
    """Proven bound on f(x_n) - f* after n = 2^k - 1 silver steps: L D^2 / (1 + sqrt(4 rho^(2k) - 3)).

    rho = 1 + sqrt 2. It falls like n^-log2(rho) = n^-1.27; constant steps 1 / L have L D^2 / (4 n + 2). The
    Huber function of slope L D / (2 rho^k - 1) reaches about half of it, L D^2 / (4 rho^k - 2). The steps are
    `schedules.silver()` at the base rate 1 / L. distance: D = |x_0 - x*|.
    Raises ValueError for another number of steps. Altschuler & Parrilo 2023, arXiv:2309.16530, Theorem 1.1.

    >>> round(silver_bound(7), 4)
    0.0344
    """
    if steps & (steps + 1):
        raise refused("steps", "2^k - 1, such as 1, 3, 7, 15", steps)
    power = (1 + math.sqrt(2)) ** (2 * (steps + 1).bit_length() - 2)
    return smoothness * distance**2 / (1 + math.sqrt(4 * power - 3))


@checked
def adagrad_norm_regret(
    grad_norms: Sizes, diameter: Positive, lr: Rate = None, b0: NotNegative = 0.0
) -> np.ndarray:
    """Bound on what AdaGrad-Norm loses in total, against any fixed point u of a set of diameter D.

    sum_{s<=t} f_s(x_s) - f_s(u) <= D^2 R_t / (2 lr) + lr * (R_t - b0), R_t^2 = b0^2 + sum_{s<=t} |g_s|^2

    for convex f_s, whoever chooses them, and x_{t+1} = x_t - lr / R_t * g_t projected on the set: the first
    term bounds sum_t (|x_t - u|^2 - |x_{t+1} - u|^2) * R_t / (2 lr), and the second one half of
    sum_t lr * |g_t|^2 / R_t, since (R_t^2 - R_{t-1}^2) / R_t <= 2 * (R_t - R_{t-1}). Where the f_s are one
    function, that of the average of the x_s is above its minimum by the bound / t at most.
    grad_norms: |g_t|, (..., T). diameter: D. lr: by default D / sqrt(2), which makes it sqrt(2) D R_t where
    b0 = 0. b0: >= 0. Returns the bound after each round, (..., T). Raises ValueError for what is no number.
    Streeter & McMahan 2010, arXiv:1002.4862, for a rate of each weight; Orabona 2019, arXiv:1912.13213.

    >>> adagrad_norm_regret([3.0, 4.0], diameter=2.0).round(3).tolist()
    [8.485, 14.142]
    """
    lr = diameter / math.sqrt(2) if lr is None else lr
    root = np.sqrt(b0**2 + np.cumsum(grad_norms**2, axis=-1))
    return diameter**2 * root / (2 * lr) + lr * (root - b0)


def _suffix_sums(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values[..., ::-1], axis=-1)[..., ::-1]
