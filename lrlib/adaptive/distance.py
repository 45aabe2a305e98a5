"""Rates from the distance that the weights have travelled: DoG, its version by layer, and DoWG."""

from __future__ import annotations

from math import sqrt

from torch import Tensor

from lrlib.adaptive.base import Adaptive, decayed, move, squared_norm, weights
from lrlib.rules import NotNegative, Positive, Rate


class DoG(Adaptive):
    """Distance over gradients: how far the weights have been from their start, over the size of gradients.

    x_{t+1} = x_t - lr * r_t / sqrt(|g_0|^2 + ... + |g_t|^2 + eps) * g_t
    r_t = the largest of |x_i - x_0| for i <= t, and of reps_rel * (1 + |x_0|)

    lr: >= 0; c in the paper, meant to stay 1. reps_rel: > 0, the first step's length over 1 + |x_0|.
    init_eta: instead of reps_rel, the first rate itself, or None. weight_decay: >= 0, times the weights,
    added to the gradient. eps: > 0.
    What the defaults hide: reps_rel = 1e-6 has to be below the true distance and costs the steps in which r_t
    grows from there; 1e-4 where there is batch normalisation, say the authors. The theory is of an average of
    the weights, and the authors call it crucial; this class makes none (`torch.optim.swa_utils` does). r_t
    never shrinks, and where the loss is not convex, or its minimum is far off, nothing bounds it.
    In a group: `distance` and `total`; in the state of each weight its `start`. Each group has a rate of its
    own.
    A schedule multiplies lr, and so the rate, but not a first rate that init_eta says.
    Effective rate: what multiplies the gradient. Raises as `Adaptive`.
    Ivgi, Hinder & Carmon 2023, arXiv:2302.12022; dog-optimizer 1.0.3 does the same, and optax's dog.

    >>> import torch
    >>> x = torch.nn.Parameter(torch.tensor([10.0]))
    >>> optimizer = DoG([x], reps_rel=1e-3)
    >>> for t in range(20):
    ...     optimizer.zero_grad()
    ...     (x - 3).abs().sum().backward()
    ...     optimizer.step()
    >>> round(optimizer.param_groups[0]["distance"], 3), round(x.item(), 3)  # 7 away is the minimum
    (2.389, 7.077)
    """

    def __init__(self, params, reps_rel: Positive = 1e-6, lr: NotNegative = 1.0,
                 weight_decay: NotNegative = 0.0, eps: Positive = 1e-8, init_eta: Rate = None):  # fmt: skip
        super().__init__(params, reps_rel=reps_rel, lr=lr, weight_decay=weight_decay, eps=eps,
                         init_eta=init_eta)  # fmt: skip

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        directions = decayed(group)
        rate = self._rate(group, group, weights(group), directions)
        move(group, directions, -rate)
        return rate

    def _rate(self, group: dict, memory: dict, some: list[Tensor], directions: list[Tensor]) -> float:
        """The rate of weights that share one; `memory` is where they remember its parts."""
        first, eta = not memory.get("total"), group["init_eta"]
        if first:
            memory["distance"] = 0.0 if eta else group["reps_rel"] * (1 + sqrt(squared_norm(some)))
        moved = sqrt(squared_norm(weight - self.start(weight) for weight in some))
        memory["distance"] = max(memory["distance"], moved)
        memory["total"] = memory.get("total", 0.0) + squared_norm(directions)
        if first and eta:
            return eta
        return group["lr"] * memory["distance"] / sqrt(memory["total"] + group["eps"])


class LDoG(DoG):
    """DoG with a distance, a sum and so a rate for each layer: for each weight tensor, a matrix or a bias.

    x_{t+1} = x_t - lr * r_t / sqrt(|g_0|^2 + ... + |g_t|^2 + eps) * g_t, for each tensor x by itself

    Knobs as those of `DoG`.
    What the defaults hide: the first step of each tensor is reps_rel * (1 + its own length), so a bias that
    starts at 0 and a matrix grow from unlike lengths; a distance that has to be guessed once for DoG is
    guessed for each of them here.
    In the state of each weight: `distance`, `total`, `start`.
    A schedule multiplies lr, and so all the rates.
    Effective rate: a summary of the many, the length of the step over that of the gradient, weight decay in
    it.
    Ivgi, Hinder & Carmon 2023, arXiv:2302.12022; dog-optimizer 1.0.3 does the same.

    >>> import torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> optimizer = LDoG(layer.parameters(), reps_rel=1e-3)
    >>> layer(torch.ones(1, 2)).sum().backward()
    >>> optimizer.step()
    >>> optimizer.state[layer.bias]["distance"] == optimizer.state[layer.weight]["distance"]
    False
    """

    def _move(self, group: dict) -> float:
        length = size = 0.0
        for weight, direction in zip(weights(group), decayed(group), strict=True):
            rate = self._rate(group, self.state[weight], [weight], [direction])
            square = squared_norm([direction])
            weight.add_(direction, alpha=-rate)
            length, size = length + rate**2 * square, size + square
        return sqrt(length / size) if size else 0.0


class DoWG(Adaptive):
    """Distance over weighted gradients: squared gradients count for more once the weights have travelled far.

    x_{t+1} = x_t - lr * r_t^2 / (sqrt(r_0^2 |g_0|^2 + ... + r_t^2 |g_t|^2) + eps) * g_t
    r_t^2 = the largest of |x_i - x_0|^2 for i <= t, and of init_estim_sq_dist

    lr: >= 0, meant to stay 1. eps: > 0. init_estim_sq_dist: > 0, or None for eps. weight_decay: as in `DoG`.
    What the defaults hide: eps = 1e-4 is two knobs at once, a first distance of 0.01 in the units of the
    weights, whatever their size, and a number beside a root: the scale of the gradient matters for as long as
    r_t |g| is not much larger than eps.
    In a group: `squared` distance, and `total`, the weighted sum; in the state of each weight its `start`.
    Each group has its own; the authors' code has one for all groups.
    A schedule multiplies lr.
    Effective rate: what multiplies the gradient. Raises as `Adaptive`.
    Khaled, Mishchenko & Jin 2023, arXiv:2305.16284; optax's dowg does the same, and so does
    rka97/dowg at e4dbe02.

    >>> import torch
    >>> x = torch.nn.Parameter(torch.tensor([10.0]))
    >>> optimizer = DoWG([x])
    >>> for t in range(20):
    ...     optimizer.zero_grad()
    ...     (x - 3).abs().sum().backward()
    ...     optimizer.step()
    >>> round(x.item(), 2)
    5.72
    """

    def __init__(self, params, lr: NotNegative = 1.0, eps: Positive = 1e-4, init_estim_sq_dist: Rate = None,
                 weight_decay: NotNegative = 0.0):  # fmt: skip
        super().__init__(params, lr=lr, eps=eps, init_estim_sq_dist=init_estim_sq_dist,
                         weight_decay=weight_decay, squared=0.0, total=0.0)  # fmt: skip

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        directions = decayed(group)
        moved = squared_norm(weight - self.start(weight) for weight in weights(group))
        group["squared"] = max(group["squared"], group["init_estim_sq_dist"] or group["eps"], moved)
        group["total"] += group["squared"] * squared_norm(directions)
        rate = group["lr"] * group["squared"] / (sqrt(group["total"]) + group["eps"])
        move(group, directions, -rate)
        return rate
