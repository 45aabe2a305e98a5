"""Rates that make gradient descent faster without momentum: Chebyshev and silver steps."""

from __future__ import annotations

import math

import numpy as np

from lrlib.theory.inputs import number, whole

SILVER_RATIO = 1 + math.sqrt(2)


def chebyshev_steps(steps: int, smallest: float, largest: float) -> np.ndarray:
    """The best rates for `steps` noiseless updates of quadratics with curvatures in [m, L], largest first.

    eta_t = 1 / ((L + m) / 2 - (L - m) / 2 cos((t - 1/2) pi / T)), t = 1..T, shape (steps,): 1 over the
    roots of the Chebyshev polynomial. In exact arithmetic any order ends at the same point; in floating point
    take `chebyshev_steps(...)[fractal_order(steps)]`. Raises ValueError unless 0 < m < L.
    Young 1953, On Richardson's method, J. Math. Phys. 32; Agarwal, Goel & Zhang 2021, arXiv:2103.01338.
    """
    m, top = _range(smallest, largest)
    t = np.arange(1, whole(steps, "steps") + 1)
    return 1 / ((top + m) / 2 - (top - m) / 2 * np.cos((t - 0.5) * np.pi / steps))


def chebyshev_residual(steps: int, smallest: float, largest: float) -> float:
    """What Chebyshev steps leave of the start, at worst over curvatures in [m, L]: |x_T| <= residual |x_0|.

    1 / cosh(T arccosh((L + m) / (L - m))); the best constant rate, 2 / (L + m), leaves ((L - m) / (L + m))^T.
    Raises ValueError unless 0 < m < L.
    """
    m, top = _range(smallest, largest)
    angle = whole(steps, "steps", 0) * 2 * math.asinh(math.sqrt(m / (top - m)))
    return 2 * math.exp(-angle) / (1 + math.exp(-2 * angle))


def fractal_order(steps: int) -> np.ndarray:
    """An order of 0 .. steps - 1 in which Chebyshev steps stay stable: each large step beside a small one.

    Starting from (0), each doubling puts 2n - 1 - i after every i. Raises ValueError unless `steps` is a
    power of two. Lebedev & Finogenov 1971, USSR Comp. Math. Math. Phys. 11(2); Agarwal, Goel & Zhang 2021,
    arXiv:2103.01338.
    """
    if whole(steps, "steps") & (steps - 1):
        raise ValueError(f"steps must be a power of two, got {steps!r}")
    order = np.zeros(1, dtype=int)
    while len(order) < steps:
        order = np.stack([order, 2 * len(order) - 1 - order], axis=-1).ravel()
    return order


def silver_steps(steps: int, smoothness: float = 1.0) -> np.ndarray:
    """Silver rates for a convex function with gradients that are L-Lipschitz, shape (steps,).

    eta_i = (1 + rho^(v(i) - 1)) / L, i = 1..steps, rho = 1 + sqrt 2, where 2 divides i v(i) times.
    Their sum over 2^k - 1 steps is (rho^k - 1) / L. smoothness: L > 0.
    Altschuler & Parrilo 2023, arXiv:2309.16530.
    """
    i = np.arange(1, whole(steps, "steps") + 1)
    twos = np.log2(i & -i)
    return (1 + SILVER_RATIO ** (twos - 1)) / number(smoothness, "smoothness")


def silver_bound(steps: int, smoothness: float = 1.0, distance: float = 1.0) -> float:
    """Proven bound on f(x_n) - f* after n = 2^k - 1 silver steps: L D^2 / (1 + sqrt(4 rho^(2k) - 3)).

    It falls like n^-log2(rho) = n^-1.27; constant steps 1 / L have L D^2 / (4 n + 2). The Huber function of
    slope L D / (2 rho^k - 1) reaches about half of it, L D^2 / (4 rho^k - 2). distance: D = |x_0 - x*|.
    Raises ValueError for another number of steps. Altschuler & Parrilo 2023, arXiv:2309.16530, Theorem 1.1.
    """
    n = whole(steps, "steps", 0)
    if n & (n + 1):
        raise ValueError(f"steps must be 2^k - 1, such as 1, 3, 7, 15; got {steps!r}")
    power = SILVER_RATIO ** (2 * (n + 1).bit_length() - 2)
    scale = number(smoothness, "smoothness") * number(distance, "distance") ** 2
    return scale / (1 + math.sqrt(4 * power - 3))


def _range(smallest: float, largest: float) -> tuple[float, float]:
    m, top = number(smallest, "smallest"), number(largest, "largest")
    if not m < top:
        raise ValueError(f"smallest must be below largest, got {smallest!r} and {largest!r}")
    return m, top
