"""A rate that is tried before it is used: Armijo's line search."""

from __future__ import annotations

from math import inf
from typing import Annotated

from lrlib.adaptive.base import Adaptive, gradients, squared_norm, weights
from lrlib.rules import AtLeastOne, Count, InsideUnit, NotNegative, Rule, real, such_that

Most = Annotated[float, Rule("a number > 0, or inf", such_that(real, lambda number: number > 0))]


class Armijo(Adaptive):
    """Gradient descent whose rate shrinks, within a step, until the loss has fallen enough.

    x_{t+1} = x_t - eta_t g_t, with the first eta_t of eta, shrink * eta, shrink^2 * eta, ... for which
    f_t(x_{t+1}) <= f_t(x_t) - c * eta_t * |g_t|^2; eta = lr * min(growth * (eta_{t-1} / lr), most),
    where the very first is lr * min(growth, most).

    The closure is called once more for each eta that is tried, gradients and all, so it has to be the same
    function each time: of one batch, and without dropout that is drawn anew. After the step the gradients
    are those of the last eta tried. Where none of `tries` will do, the weights stay, and eta stays small.
    lr: where the first search begins, >= 0. c: between 0 and 1, how much of the promised fall is asked for;
    the larger, the shorter the steps, and a step that solves a parabola needs c <= 1/2. shrink: between 0
    and 1. growth: >= 1; a very large one begins each search at lr * most. most: in units of lr, > 0, or inf.
    tries: >= 1. All of these but lr are those of the first group.
    What the defaults hide: 0.1 is the authors' c, found on losses that reach 0; growth = 2 ** (1 / 500) means
    an epoch of 500 batches, so in a short run the rate hardly ever rises. With noise, each search fits one
    batch, whose own loss falls enough, and the rate stays too large for the average of them.
    One eta for all groups, each with its own lr. A schedule multiplies the rates that are tried; a search
    goes on from the last factor of lr. Effective rate: eta, of the gradient. Raises as `Adaptive`.
    Armijo 1966; Vaswani et al. 2019, arXiv:1905.09997: their program's defaults, without their step of 1e-6
    after 100 tries. optax's `scale_by_backtracking_linesearch(30)` is c = 1e-4, shrink = 0.8, growth = 1.5,
    most = 1, tries = 31, except that it goes the last of its tries where none will do.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = Armijo([weights], lr=4.0, c=0.5, shrink=0.5, growth=1.0)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = 2 * weights.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), [round(rate, 3) for rate in optimizer.effective_rates()]
    (50.0, [0.25])
    """

    needs_loss = True

    def __init__(self, params, lr: NotNegative = 1.0, c: InsideUnit = 0.1, shrink: InsideUnit = 0.9,
                 growth: AtLeastOne = 2 ** (1 / 500), most: Most = inf, tries: Count = 100):  # fmt: skip
        super().__init__(params, lr=lr, c=c, shrink=shrink, growth=growth, most=most, tries=tries, factor=1.0)

    def update(self, loss: float) -> list[float]:
        groups, search = self.param_groups, self.param_groups[0]
        lines = [
            (weight, weight.clone(), group["lr"] * gradient)
            for group in groups
            for weight, gradient in zip(weights(group), gradients(group), strict=True)
        ]
        promised = sum(group["lr"] * squared_norm(gradients(group)) for group in groups)
        factor, found = min(search["growth"] * search["factor"], search["most"]), False
        for _ in range(search["tries"]):
            put(lines, factor)
            _, there = self._evaluated(self.closure)
            if found := there <= loss - search["c"] * factor * promised:
                break
            factor *= search["shrink"]
        if not found:
            put(lines, 0.0)
        for group in groups:
            group["factor"] = factor
        return [group["lr"] * factor * found for group in groups]


def put(lines: list[tuple], factor: float) -> None:
    """Put each weight at its start minus factor * direction; lines: (weight, start, direction)."""
    for weight, start, direction in lines:
        weight.copy_(start).sub_(direction, alpha=factor)
