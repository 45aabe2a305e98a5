"""A rate that falls as gradients add up: AdaGrad-Norm."""

from __future__ import annotations

from math import sqrt

from lrlib.adaptive.base import Adaptive, gradients, move, squared_norm
from lrlib.rules import NotNegative


class AdaGradNorm(Adaptive):
    """One rate for all weights of a group, from the sum of the squared gradients so far.

    x_{t+1} = x_t - lr / sqrt(b0^2 + |g_0|^2 + ... + |g_t|^2) * g_t

    It has the squares of the first derivative under its root, not the second derivative, which would need no
    sum. Gradients that are a thousand times as large give the same steps (where b0 = 0).

    lr: a length, >= 0, in units of the weights: the first step is exactly so long where b0 = 0. b0: >= 0, a
    gradient that is believed to have been seen; large, it makes first steps short, and the scale matters
    again. What the default of lr hides: the best one is a distance, that of the weights from where they
    should be, and 1 is that only by luck. What no knob shows: the rate never rises again, so a first batch
    with large gradients is paid for by the whole run.
    In a group: `total`, the sum of squares. Each group has its own, so more groups are more rates.
    A schedule multiplies lr, on top of a rate that falls as 1 / sqrt(steps) where there is noise.
    Effective rate: lr / sqrt(...), which multiplies the gradient. Raises as `Adaptive`.
    What it may lose in all, on a set of diameter D, against any fixed point: (D^2 / (2 lr) + lr) *
    sqrt(total), see `lrlib.theory.adagrad_norm_regret`, at best sqrt(2) * D * sqrt(total).
    Streeter & McMahan 2010, arXiv:1002.4862; Ward, Wu & Bottou 2019, arXiv:1806.01811 (with this name).

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = AdaGradNorm([weights], lr=1.0)
    >>> (1000 * weights.square().sum() / 2).backward()  # its gradient is 1000 * weights, of length 5000
    >>> optimizer.step()
    >>> [round(each, 3) for each in weights.tolist()], optimizer.effective_rates()
    ([2.4, 3.2], [0.0002])
    """

    def __init__(self, params, lr: NotNegative = 1.0, b0: NotNegative = 0.0):
        super().__init__(params, lr=lr, b0=b0, total=0.0)

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        group["total"] += squared_norm(gradients(group))
        size = sqrt(group["b0"] ** 2 + group["total"])
        rate = group["lr"] / size if size else 0.0  # a gradient of 0 so far leaves the weights
        move(group, gradients(group), -rate)
        return rate
