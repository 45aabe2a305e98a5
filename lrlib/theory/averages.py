"""Two ways to read weight decay: AdamW as an average of its updates, and decay as a growing rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrlib.rules import BelowOne, NotNegative, Positive, Refused, StepSize, checked, refused
from lrlib.theory.inputs import Rates


@checked
def adamw_weights(rates: Rates, weight_decay: Positive) -> np.ndarray:
    """How much the start and every update count in the last weights of AdamW; they sum to 1.

    x_T = c_0 x_0 + sum_i c_i (-u_i / lambda), where update i is x_i = (1 - alpha_i) x_{i-1} - eta_i u_i with
    Adam's step u_i and alpha_i = eta_i lambda: c_i = alpha_i prod_{j>i} (1 - alpha_j),
    c_0 = prod_j (1 - alpha_j).
    rates: eta_1 .. eta_T, shape (..., T). Returns c_0, c_1, .., c_T, shape (..., T + 1).
    Raises ValueError for weight_decay <= 0 or a rate above 1 / weight_decay.
    Bergsma et al. 2025, arXiv:2502.15938 (there alpha_1 = 1 stands for c_0).

    >>> adamw_weights([0.5, 0.5], weight_decay=1).round(4).tolist()
    [0.25, 0.25, 0.5]
    """
    alpha = rates * weight_decay
    if (alpha > 1).any():
        raise refused("rates", "at most 1 / weight_decay", float(alpha.max() / weight_decay))
    alpha = np.concatenate([np.ones_like(alpha[..., :1]), alpha], axis=-1)
    later = np.ones_like(alpha)
    later[..., :-1] = np.cumprod(1 - alpha[..., :0:-1], axis=-1)[..., ::-1]
    return alpha * later


@checked
def effective_window(weights: Rates) -> np.ndarray:
    """How many equal weights average as well as these: (sum_i c_i)^2 / sum_i c_i^2, along the last axis.

    1 for a single weight, n for n equal ones. Raises ValueError for weights that are negative or all 0.

    >>> round(float(effective_window([0.5, 0.25, 0.25])), 4)
    2.6667
    """
    total = weights.sum(axis=-1)
    if not (total > 0).all():
        raise Refused("weights must not all be 0")
    return total**2 / (weights**2).sum(axis=-1)


@dataclass(frozen=True)
class GrowingRate:
    """SGD without weight decay that walks the same path of directions, see `growing_rate`.

    rates: eta_t, shape (steps,). momentum: g / alpha^2, on the last displacement psi_t - psi_{t-1}; give
    `torch.optim.SGD`, which multiplies its buffer by the current rate, the momentum g of before instead.
    shrink: alpha, theta_t = alpha^t psi_t, which holds for the start too: psi_{-1} = alpha theta_{-1}.
    """

    momentum: float
    rates: np.ndarray
    shrink: float


@checked
def growing_rate(
    rate: Positive, momentum: BelowOne, weight_decay: NotNegative, steps: StepSize
) -> GrowingRate:
    """The growing rates that replace weight decay when the loss does not depend on the length of the weights.

    theta_{t+1} = theta_t + g (theta_t - theta_{t-1}) - eta (grad(theta_t) + lambda theta_t) has
    theta_t = alpha^t psi_t with
    psi_{t+1} = psi_t + (g / alpha^2)(psi_t - psi_{t-1}) - eta alpha^(-2t-1) grad(psi_t) and alpha the larger
    root of x^2 - (1 + g - lambda eta) x + g = 0: put one into the other and use grad(c psi) = grad(psi) / c.
    rate: eta > 0; momentum: g in 0..1; weight_decay: lambda >= 0.
    Raises ValueError unless lambda eta < (1 - sqrt(g))^2, where the roots are real.
    Li & Arora 2020, arXiv:1910.07454 (with another convention for the momentum).

    >>> grown = growing_rate(0.1, momentum=0.9, weight_decay=0.01, steps=3)
    >>> grown.rates.round(4).tolist(), round(grown.momentum, 4)
    ([0.1011, 0.1034, 0.1058], 0.9204)
    """
    g, decay = momentum, weight_decay * rate
    largest = (1 - math.sqrt(g)) ** 2
    if decay >= largest:
        raise refused("rate * weight_decay", f"below (1 - sqrt(momentum))^2 = {largest:g}", decay)
    middle = 1 + g - decay
    alpha = (middle + math.sqrt(max(middle**2 - 4 * g, 0))) / 2
    exponents = -2.0 * np.arange(steps) - 1
    return GrowingRate(g / alpha**2, rate * alpha**exponents, alpha)
