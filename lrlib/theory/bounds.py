"""What convex theory promises for the last iterate: the bound of a schedule, the schedule of given norms."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from lrlib.theory.inputs import fitted, number, rate_array


def last_iterate_bound(rates, grad_norms=1.0, distance: float = 1.0) -> np.ndarray:
    """Upper bound on f(x_T) - f* for subgradient steps x_{t+1} = x_t - eta_t g_t, f convex, T = len(rates).

    [D^2 + sum_t eta_t^2 G_t^2] / (2 sum_t eta_t)
      + 1/2 sum_{k<T} eta_k / (sum_{t>k} eta_t) * [sum_{t>=k} eta_t^2 G_t^2 / sum_{t>=k} eta_t],
    by suffix sums. The bound counts the last rate, though x_T is the point before that rate moves it.
    rates: eta_t, shape (..., T), the last one above 0. grad_norms: G_t = |g_t|, a number or an array that
    broadcasts to the rates (with noise, sqrt(E |g_t|^2), and the bound is on the expectation).
    distance: D = |x_1 - x*|. Returns shape (...).
    Raises ValueError for a last rate of 0 (the bound is then infinite: drop the rates that move nothing).
    Defazio et al. 2023, arXiv:2310.07831, Theorem 10; Schaipp et al. 2025, arXiv:2501.18965, Theorem 1.
    """
    of_distance, of_gradients = bound_terms(rates, grad_norms, distance)
    return of_distance + of_gradients


def bound_terms(shape, grad_norms=1.0, distance: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """(T1, T2) such that the last-iterate bound of the rates gamma * shape is T1 / gamma + gamma * T2.

    T1 = D^2 / (2 sum_t s_t), T2 the rest of `last_iterate_bound`; shape: s_t, (..., T). Each of shape (...).
    """
    s = rate_array(shape, "the rates")
    if s.shape[-1] == 0 or not (s[..., -1] > 0).all():
        raise ValueError("the last of the rates must be above 0: drop trailing zeros, they move nothing")
    norms = fitted(rate_array(np.atleast_1d(grad_norms), "grad_norms"), s.shape, "grad_norms")
    left, noise = _suffix_sums(s), _suffix_sums(s**2 * norms**2)
    steps = s[..., :-1] / left[..., 1:] * noise[..., :-1] / left[..., :-1]
    of_distance = number(distance, "distance") ** 2 / (2 * left[..., 0])
    return of_distance, noise[..., 0] / (2 * left[..., 0]) + steps.sum(axis=-1) / 2


def tuned_bound(shape, grad_norms=1.0, distance: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The best base rate for a schedule's shape, and the last-iterate bound at it: (gamma, bound).

    gamma = sqrt(T1 / T2), bound = 2 sqrt(T1 T2), see `bound_terms`. For a constant it is
    D G sqrt((1 + H_{T-1}) / T), H the harmonic number. shape: multipliers, (..., T), the last one above 0.
    Each result has shape (...).
    Raises ValueError as `last_iterate_bound`, and when every gradient norm is 0.
    """
    of_distance, of_gradients = bound_terms(shape, grad_norms, distance)
    if not (of_gradients > 0).all():
        raise ValueError("grad_norms must not be 0 everywhere: the start is then the minimum")
    return np.sqrt(of_distance / of_gradients), 2 * np.sqrt(of_distance * of_gradients)


def subgradient_run(rates, matrix, start) -> tuple[np.ndarray, np.ndarray]:
    """Subgradient descent on f(x) = max_i |A_i . x|, whose minimum is 0 at 0: values f(x_t) and norms |g_t|.

    x_1 = start, x_{t+1} = x_t - eta_t g_t with g_t = sign(A_i . x_t) A_i for the first row i that attains the
    maximum. rates: (..., T); matrix: A, (rows, dims); start: (dims,). Returns two arrays of shape (..., T);
    the last value is f(x_T), which `last_iterate_bound` bounds.
    Raises ValueError when the shapes do not fit.
    """
    eta, rows = rate_array(rates), np.asarray(matrix, dtype=np.float64)
    x = np.asarray(start, dtype=np.float64)
    if rows.ndim != 2 or x.shape != rows.shape[1:]:
        raise ValueError(f"start must fit the columns of matrix, got shapes {x.shape} and {rows.shape}")
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


def refined_rates(grad_norms, smoothing: float = 0.0, power: float = 2.0) -> np.ndarray:
    """The schedule that is optimal for the gradient norms of an earlier run, scaled to a peak of 1.

    w_t = G_t^-power, eta_t = w_t sum_{p>t} w_p: warmup where norms fall, a fast end where they rise; the last
    rate is 0. Constant norms give linear decay, 1 - t / (T - 1). For f convex and any w_t,
    rates s w_t sum_{p>t} w_p / W with W = sum_t w_t give
    f(x_T) - f* <= (D^2 + s^2 sum_t w_t^2 G_t^2) / (2 s W); w_t = G_t^-2 with s = D / sqrt(W) makes it least,
    D / sqrt(W).
    grad_norms: G_t > 0, shape (..., T), T >= 2: Euclidean with power 2 for SGD, L1 with power 1 for Adam.
    smoothing: width of a median filter on the norms as a fraction of T, 0 for none; before the start it sees
    the first norm, past the end the last ones mirrored. Raises ValueError for norms <= 0, power <= 0 or
    smoothing outside 0..1.
    Defazio et al. 2023, arXiv:2310.07831, Algorithm 1.
    """
    norms = rate_array(grad_norms, "grad_norms")
    if norms.shape[-1] < 2 or not (norms > 0).all():
        raise ValueError("grad_norms must be two or more numbers > 0: an end of 0 has no refined schedule")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in 0..1, got {smoothing!r}")
    weights = _smooth(norms, smoothing) ** -number(power, "power")
    rates = np.zeros_like(weights)
    rates[..., :-1] = weights[..., :-1] * _suffix_sums(weights)[..., 1:]
    return rates / rates.max(axis=-1, keepdims=True)


def _smooth(norms: np.ndarray, smoothing: float) -> np.ndarray:
    steps = norms.shape[-1]
    half = int(smoothing * steps) // 2
    sides = [(0, 0)] * (norms.ndim - 1)
    padded = np.pad(np.pad(norms, [*sides, (half, 0)], mode="edge"), [*sides, (0, half)], mode="reflect")
    return median_filter(padded, size=2 * half + 1, axes=(-1,))[..., half : half + steps]


def _suffix_sums(values: np.ndarray) -> np.ndarray:
    return np.cumsum(values[..., ::-1], axis=-1)[..., ::-1]
