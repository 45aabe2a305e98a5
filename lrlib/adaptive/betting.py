"""Rates as bets on the gradients to come: COCOB for each weight, and Mechanic for the scale of any
optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Annotated

import torch
from torch import Tensor
from torch.optim import SGD, Optimizer

from lrlib.adaptive.base import Adaptive, decayed, gradients, needs_closure, product, squared_norm, weights
from lrlib.rules import BelowOne, NotNegative, Positive, Rule, each, is_a, one_of, optional, rule_of


class COCOB(Adaptive):
    """Coin betting: each weight bets a share of what it has won, on the side that its gradients were on.

    x_{t+1} = x_t + lr * (x_0 + C / (L * max(G + L, alpha * L)) * (L + R) - x_t), each weight by itself, with
    L = the largest |g_i| so far, or eps;  G = |g_0| + ... + |g_t|;  C = -(g_0 + ... + g_t)
    R = max(R - g_t * (x_t - x_0), 0), what was won so far

    alpha: >= 0, roughly the steps of a warm-up. eps: > 0, the first L. weight_decay: >= 0, times the weights,
    added to the gradient. lr: >= 0, which part of the way to its bet a weight goes: all of it in the authors'
    program, which has no such knob; that of optax scales gradients, which changes nothing.
    What the defaults hide: alpha = 100 makes the first step of every weight 1 / 100, whatever its size and
    that of its gradient; this is the length that other methods call a rate. L never falls, so that one
    outlier among the gradients makes a weight's bets small for the rest of the run.
    In the state of each weight: `start`, `L`, `grad_norm_sum`, `sum_negative_gradients`, `reward`. Gradients
    that are a thousand times as large give the same steps.
    A schedule multiplies lr.
    Effective rate: a summary, the length of the step over that of the gradient. Raises as `Adaptive`.
    Orabona & Tommasi 2017, arXiv:1705.07795, algorithm 2; parameterfree 0.0.1 and optax's cocob do the same.

    >>> x = torch.nn.Parameter(torch.tensor([5.0, -1000.0]))
    >>> optimizer = COCOB([x])
    >>> (x * torch.tensor([1.0, 1e6])).sum().backward()
    >>> optimizer.step()
    >>> [round(each, 3) for each in x.tolist()]
    [4.99, -1000.01]
    """

    def __init__(self, params, alpha: NotNegative = 100.0, eps: Positive = 1e-8,
                 weight_decay: NotNegative = 0.0, lr: NotNegative = 1.0):  # fmt: skip
        super().__init__(params, alpha=alpha, eps=eps, weight_decay=weight_decay, lr=lr)

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        moved = 0.0
        for weight, gradient in zip(weights(group), decayed(group), strict=True):
            start, before = self.start(weight), weight.clone()
            largest, total, against, won = self.zeros(
                weight, "L", "grad_norm_sum", "sum_negative_gradients", "reward"
            )
            largest.copy_(largest.maximum(gradient.abs()).clamp(min=group["eps"]))
            total.add_(gradient.abs())
            against.sub_(gradient)
            won.sub_(gradient * (weight - start)).clamp_(min=0)
            share = against / (largest * (total + largest).maximum(group["alpha"] * largest))
            weight.lerp_(start + share * (largest + won), group["lr"])
            moved += squared_norm([weight - before])
        size = squared_norm(gradients(group))
        return sqrt(moved / size) if size else 0.0


def _named(given) -> type[Optimizer]:
    kind = getattr(torch.optim, given, None) if isinstance(given, str) else given
    if not (isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer):
        raise TypeError
    if issubclass(kind, Adaptive) or needs_closure(kind):
        raise TypeError
    return kind


Base = Annotated[
    type[Optimizer], Rule("an optimizer of torch.optim that needs no closure, or its name", _named)
]
Options = Annotated[dict | None, optional(is_a(Mapping, "a dict of knobs of the base"))]
Memories = Annotated[
    tuple, Rule("one or more numbers >= 0 and < 1", each(rule_of(BelowOne).convert, least=1))
]
BETAS = (0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)
Variant = Annotated[str, one_of("authors", "optax")]


class Mechanic(Adaptive):
    """A scale for the steps of another optimizer, which is learned from the gradients at each step.

    x_{t+1} = x_0 + (s_1 + ... + s_n) * D_{t+1},  D_{t+1} = D_t + u_t, the sum of the steps u of the base
    h = <D_t, g_t + s_decay * (s_1 + ... + s_n) * |g_t| / |x| * x>, and for each beta of s_betas
    m = max(beta * m, |h|),  v = beta^2 * v + h^2,  r = max(0, beta * r - s * h)
    s = (s_init / n * m + r) / (sqrt(v) + s_eps)

    lr: >= 0, the base's. base: an optimizer of torch.optim, or its name. options: its other knobs; those of a
    group go to the base too. s_decay: >= 0. s_betas: one or more, >= 0 and < 1. s_init, s_eps: > 0.
    store_delta: remember D, or work it out as (x_t - x_0) / (s_1 + ... + s_n + s_eps). variant: "optax" has
    |x| and x from before the base's step and not from after it, h cut off at the m of before, an r that may
    be negative where it is kept, m = 0 and s = s_init at first, and |h| + s_eps in m.
    What the defaults hide: s_init = 1e-8 is a first scale to grow from, steps that are lost (1e-6 in optax).
    The authors' program does not store D by default, and optax cannot: while s is small, x_t - x_0 is a
    difference of nearly equal numbers, and in float32 only a digit or two of it is right.
    In a group: `s`, `reward`, `max_product`, `sum_squared_products`, the same in all; in the state of each
    weight `start` and `delta`; in the state_dict, the base's as `base`. A base that needs the loss is
    refused, and one of this package: what it remembers is of weights that this class puts elsewhere.
    A schedule multiplies lr, and so the u to come; at 0 the sum D stands, but not its scale, and so x
    moves.
    Effective rate: lr * (s_1 + ... + s_n), of the newest u / lr. Raises as `Adaptive`, and as the base does.
    Cutkosky, Defazio & Mehta 2023, arXiv:2306.00144; mechanic-pytorch 0.0.1 and optax's mechanize do the
    same.

    >>> x = torch.nn.Parameter(torch.tensor([4.0]))
    >>> optimizer = Mechanic([x], base="SGD", lr=0.1, options={"momentum": 0.9})
    >>> for t in range(80):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.effective_rates()[0] > 1000 * 1e-8
    True
    """

    def __init__(self, params, lr: NotNegative = 1.0, base: Base = SGD, options: Options = None,
                 s_decay: NotNegative = 0.01, s_betas: Memories = BETAS, s_init: Positive = 1e-8,
                 s_eps: Positive = 1e-8, store_delta: bool = True, variant: Variant = "authors"):  # fmt: skip
        groups = [dict(each) if isinstance(each, dict) else each for each in params]
        self.base = base([*groups], lr=lr, **(options or {}))
        largest, scale = (1e-6, 0.0) if variant == "authors" else (0.0, s_init)
        start = {"max_product": largest, "sum_squared_products": 0.0, "reward": 0.0, "s": scale}
        super().__init__(groups, lr=lr, s_decay=s_decay, s_betas=s_betas, s_init=s_init, s_eps=s_eps,
                         store_delta=store_delta, variant=variant,
                         **{name: (number,) * len(s_betas) for name, number in start.items()})  # fmt: skip

    def add_param_group(self, param_group: dict) -> None:
        """As torch's, to the base too."""
        super().add_param_group({**self.base.defaults, **param_group})
        if len(self.base.param_groups) < len(self.param_groups):
            self.base.add_param_group(dict(param_group))

    def state_dict(self) -> dict:
        """As torch's, with the base's own under `base`."""
        return {**super().state_dict(), "base": self.base.state_dict()}

    def load_state_dict(self, state_dict: dict) -> None:
        """As torch's, with the base's own under `base`."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "base"})
        self.base.load_state_dict(state_dict["base"])

    def __getstate__(self) -> dict:
        return {**super().__getstate__(), "base": self.base}

    def update(self) -> list[float]:
        first = self.param_groups[0]
        every = [weight for group in self.param_groups for weight in weights(group)]
        deltas = [self._delta(first, weight) for weight in every]
        slopes, before = [weight.grad.clone() for weight in every], [weight.clone() for weight in every]
        self._step_of_base()
        around = before if first["variant"] == "optax" else every
        decay = first["s_decay"] * sum(first["s"]) * norm(slopes) / (norm(around) + first["s_eps"])
        h = product(deltas, [slope + decay * x for slope, x in zip(slopes, around, strict=True)])
        tuned = tuned_by(h, first)
        for group in self.param_groups:
            group.update(tuned)
        for weight, delta, was in zip(every, deltas, before, strict=True):
            delta.add_(weight - was)
            weight.copy_(self.start(weight) + sum(first["s"]) * delta)
        return [group["lr"] * sum(first["s"]) for group in self.param_groups]

    def _step_of_base(self) -> None:
        for mine, its in zip(self.param_groups, self.base.param_groups, strict=True):
            its.update({name: mine[name] for name in its.keys() & mine.keys() - {"params"}})
        self.base.step()

    def _delta(self, first: dict, weight: Tensor) -> Tensor:
        (delta,), start = self.zeros(weight, "delta"), self.start(weight)
        if not first["store_delta"]:
            delta.copy_((weight - start) / (sum(first["s"]) + first["s_eps"]))
        return delta


def norm(tensors: list[Tensor]) -> float:
    """The length of some tensors, as if they were one long vector."""
    return sqrt(squared_norm(tensors))


def tuned_by(h: float, group: dict) -> dict[str, tuple]:
    """Mechanic's scales s after h, and what is remembered to find the next ones."""
    names, eps = ("max_product", "sum_squared_products", "reward", "s"), group["s_eps"]
    optax, found = group["variant"] == "optax", []
    for beta, m, v, r, s in zip(group["s_betas"], *(group[name] for name in names), strict=True):
        r = beta * r - s * (min(max(h, -m), m) if optax else h)
        m, v = max(beta * m, abs(h) + eps * optax), beta**2 * v + h**2
        wealth = group["s_init"] / len(group["s"]) * m + max(r, 0.0)
        found.append((m, v, r if optax else max(r, 0.0), wealth / (sqrt(v) + eps)))
    return dict(zip(names, zip(*found, strict=True), strict=True))
