"""Warmup that follows from beta2 alone: RAdam's rectifier and the untuned warmups that replace it.

Each function returns the factors of updates 0 .. steps - 1; the papers count the same updates t = 1 .. steps.
"""

from __future__ import annotations

import numpy as np

from lrlib.theory.inputs import number, whole


def radam_rectifier(steps: int, beta2: float = 0.999, threshold: float = 4.0) -> np.ndarray:
    """RAdam's factor on Adam's step, shape (steps,); NaN where RAdam takes a step without Adam's denominator.

    r_t = sqrt((rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t)) where rho_t > threshold,
    rho_inf = 2 / (1 - beta2) - 1, rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t). The paper has threshold 4,
    `torch.optim.RAdam` 5. Raises ValueError unless 0.6 < beta2 < 1 (else rho_inf <= 4) and threshold >= 4.
    Liu et al. 2020, arXiv:1908.03265, Algorithm 2.
    """
    beta2 = number(beta2, "beta2", 0.6, 1)
    threshold = number(threshold, "threshold", 4, include_low=True)
    t = _count(steps)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    rho = np.where(rho > threshold, rho, np.nan)
    return np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))


def untuned_linear(steps: int, beta2: float = 0.999) -> np.ndarray:
    """Linear warmup over 2 / (1 - beta2) updates, then 1: min(1, t (1 - beta2) / 2), shape (steps,).

    Raises ValueError for beta2 outside 0..1. Ma & Yarats 2021, arXiv:1910.04209.
    """
    return np.minimum(1, _count(steps) * (1 - number(beta2, "beta2", 0, 1, include_low=True)) / 2)


def untuned_exponential(steps: int, beta2: float = 0.999) -> np.ndarray:
    """Exponential warmup with time constant 1 / (1 - beta2): 1 - exp(-(1 - beta2) t), shape (steps,).

    Raises ValueError for beta2 outside 0..1. Ma & Yarats 2021, arXiv:1910.04209.
    """
    return -np.expm1(-_count(steps) * (1 - number(beta2, "beta2", 0, 1, include_low=True)))


def _count(steps: int) -> np.ndarray:
    return np.arange(1, whole(steps, "steps") + 1)
