"""The rate that an update really used, seen in how the weights changed, not in what the engine says."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrlib.train.updates import Optimizer

DOUBT = 100  # how many roundings of a weight may hide in its change


def unit_change(
    optimizer: Optimizer, weights: dict[str, Tensor], memory: dict, grads: dict[str, Tensor], t: int
) -> dict[str, Tensor]:
    """How torch's own optimizer changes the weights at rate 1, from the same state and gradients.

    weights, memory, grads: those before update t, name -> (seeds, runs, *parameter).
    """
    moved = {name: nn.Parameter(weights[name].clone()) for name in grads}
    torchs = optimizer.torch(list(moved.values()), 1.0)
    for name, parameter in moved.items():
        parameter.grad = grads[name]
        torchs.state[parameter] = optimizer.state([each.clone() for each in memory[name]], t)
    torchs.step()
    return {name: parameter.detach() - weights[name] for name, parameter in moved.items()}


def rates_used(
    intended: Tensor, before: dict[str, Tensor], after: dict[str, Tensor], unit: dict[str, Tensor]
) -> Tensor:
    """The rate of each run's update, (runs,): that of the seed in which it is farthest from the intended.

    A change of weights is the rate times the change at rate 1, so the rate is, by least squares over weights,
    sum(change * unit) / sum(unit^2). Where this is the intended rate up to rounding, or nothing can be seen,
    because no weight has a gradient or one is not finite, it is the intended rate itself.
    """
    change = {name: after[name] - before[name] for name in unit}
    squares = _product(unit, unit)
    seen = _product(change, unit) / squares
    digits = torch.finfo(intended.dtype).eps
    hidden = DOUBT * digits * (_product(before, before, unit) / squares).sqrt() * (1 + seen.abs())
    gap = (seen - intended).abs()
    agrees = ~(gap > hidden + digits**0.5 * intended.abs())
    worst = torch.where(agrees, 0, gap).argmax(0)
    return torch.where(agrees, intended, seen)[worst, torch.arange(len(intended))]


def _product(one: dict[str, Tensor], other: dict[str, Tensor], names=None) -> Tensor:
    """The sum over all parameters of products, (seeds, runs)."""
    each = ((one[name] * other[name]).reshape(*one[name].shape[:2], -1) for name in names or one)
    return sum(part.sum(-1) for part in each)
