"""A rate from the change of the gradient over the last step: Barzilai and Borwein's."""

from __future__ import annotations

from math import inf
from typing import Annotated

from lrlib.adaptive.base import Adaptive, gradients, move, product, squared_norm, weights
from lrlib.adaptive.polyak import quotient
from lrlib.adaptive.search import Most
from lrlib.rules import NotNegative, Positive, one_of

Variant = Annotated[str, one_of("long", "short")]


class BarzilaiBorwein(Adaptive):
    """Gradient descent whose rate is one over the curvature that the last step met.

    x_{t+1} = x_t - lr * a_t * g_t, with s = x_t - x_{t-1}, y = g_t - g_{t-1},
    a_t = |s|^2 / |s . y| ("long", BB1) or |s . y| / |y|^2 ("short", BB2), at most `most`

    On a parabola a_t is one over a mean of the curvatures, so it stays between 1 / the largest and 1 / the
    smallest; the loss goes up and down, and comes down much faster than with any constant rate. Elsewhere
    nothing bounds it but `most`: where the curvature is negative its size is taken, where s . y is 0 the last
    rate stays.
    lr: a factor, >= 0. first: > 0, the rate of the first step, before any curvature is known; its default
    0.001 hides that it must fit the problem, as any rate, though for one step. variant: the short rate is
    never above the long one. most: > 0, or inf, the largest a_t.
    For gradients of all the data. Of batches, y holds the difference of two noises, and the rate is about
    |s| over that: short, and of no relation to curvature.
    In a group: `rate`, a_t. Each group has a rate of its own, from its part of s and y. A schedule multiplies
    the step. Effective rate: lr * a_t, of the gradient. Raises as `Adaptive`.
    Barzilai & Borwein 1988, IMA J. Numerical Analysis 8, 141-148.

    >>> import torch
    >>> parameter = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = BarzilaiBorwein([parameter])
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (parameter.square().sum() * 5).backward()  # its curvature is 10 everywhere
    ...     optimizer.step()
    >>> [round(rate, 4) for rate in optimizer.effective_rates()]
    [0.1]
    """

    def __init__(self, params, lr: NotNegative = 1.0, first: Positive = 1e-3, variant: Variant = "long",
                 most: Most = inf):  # fmt: skip
        super().__init__(params, lr=lr, first=first, variant=variant, most=most, rate=None)

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        known = [weight for weight in weights(group) if self.state[weight]]
        if known:
            group["rate"] = min(self._measured(group, known), group["most"])
        for weight in weights(group):
            self.state[weight].update(weight=weight.clone(), gradient=weight.grad.clone())
        rate = group["lr"] * (group["first"] if group["rate"] is None else group["rate"])
        move(group, gradients(group), -rate)
        return rate

    def _measured(self, group: dict, known: list) -> float:
        """a_t, or the last rate where the gradient did not change along the step."""
        s = [weight - self.state[weight]["weight"] for weight in known]
        y = [weight.grad - self.state[weight]["gradient"] for weight in known]
        along = abs(product(s, y))
        long = group["variant"] == "long"
        found = quotient(squared_norm(s), along) if long else quotient(along, squared_norm(y))
        return found or group["rate"] or group["first"]
