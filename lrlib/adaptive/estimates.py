"""Rates from a lower bound of the distance to the minimum: D-Adaptation (SGD, Adam) and Prodigy.

Where f is convex, no f(x_i) is below f(x*). That bounds |x_0 - x*| from below by sums over the run so far: d,
an estimate of the distance that grows along the run and is never lowered.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, sqrt
from typing import Annotated

from torch import Tensor

from lrlib.adaptive.base import Adaptive, decayed, gradients, product, squared_norm, weights
from lrlib.rules import BelowOne, Betas, Growth, NotNegative, Positive, Refused, optional, rule_of

Beta3 = Annotated[float | None, optional(rule_of(BelowOne))]


class _Estimating(Adaptive):
    """What the three share: one estimate d for all groups, kept in each of them, and the steps k so far."""

    def _rate(self) -> float:
        """The lr of all groups that move; ValueError where they differ."""
        rates = [group["lr"] for group in self.param_groups]
        if {*rates} - {0, max(rates)}:
            allowed = "the same in all groups, or 0 in one that stands still"
            raise Refused(f"lr must be {allowed}, got {rates}", f"{type(self).__name__}.step")
        return max(rates)

    def _moving(self) -> Iterator[tuple[dict, Tensor, Tensor]]:
        """Group, weight and gradient, with a coupled weight decay in it, of all that does not stand still."""
        for group in self.param_groups:
            if group["lr"]:
                directions = gradients(group) if group.get("decouple") else decayed(group)
                yield from ((group, *each) for each in zip(weights(group), directions, strict=True))

    def _remember(self, **numbers: float) -> None:
        k = self.param_groups[0]["k"] + 1
        for group in self.param_groups:
            group.update(numbers, k=k)

    def _used(self, rate: float) -> list[float]:
        return [rate if group["lr"] else 0.0 for group in self.param_groups]


class DAdaptSGD(_Estimating):
    """SGD whose rate is an estimate d of the distance to the minimum over the norm of the first gradient.

    x_{t+1} = x_t - w_t g_t,  w_t = lr * d_t / |g_0|       (momentum = 0; s_{t+1} = w_0 g_0 + ... + w_t g_t)
    d_{t+1} = max(d_t, 2 * (w_0 <g_0, s_0> + ... + w_t <g_t, s_t>) / |s_{t+1}|)
    with momentum: x_{t+1} = momentum * x_t + (1 - momentum) * (x_0 - s_{t+1})

    lr: >= 0, meant to stay 1. momentum: >= 0 and < 1. weight_decay: >= 0, times the weights, added to the
    gradient. d0: > 0, the first d. growth_rate: >= 1, by how much d may grow in a step.
    What the defaults hide: the theorem's bound has no 2 before its sum; the authors' program has, so that d
    may get to twice the distance. d0 = 1e-6 has to be below the distance. d is never lowered, and the theorem
    is for convex losses and gradients without noise: then d without the 2 is at most |x_0 - x*|. Where
    gradients are noise and nothing else, d can run away to 10^10 and more within a thousand steps.
    In a group: `d`, `k`, `g0_norm`, `numerator_weighted`, the same in all; in the state of each weight
    `start` and `s`. All groups have one rate, or 0: one whose lr is 0 stands still, where the authors'
    program goes on with what it remembers.
    A schedule multiplies lr; where it is 0, nothing is estimated or moved.
    Effective rate: w_t, which multiplies the gradient. Raises as `Adaptive`, and ValueError for unlike rates.
    Defazio & Mishchenko 2023, arXiv:2301.07733; dadaptation 3.2 does the same.

    >>> import torch
    >>> x = torch.nn.Parameter(torch.tensor([10.0]))
    >>> optimizer = DAdaptSGD([x])
    >>> for t in range(40):
    ...     optimizer.zero_grad()
    ...     (x - 3).abs().sum().backward()
    ...     optimizer.step()
    >>> 0.1 < optimizer.param_groups[0]["d"] < 14  # the minimum is 7 away
    True
    """

    def __init__(self, params, lr: NotNegative = 1.0, momentum: BelowOne = 0.0,
                 weight_decay: NotNegative = 0.0, d0: Positive = 1e-6,
                 growth_rate: Growth = inf):  # fmt: skip
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, d0=d0,
                         growth_rate=growth_rate, d=d0, k=0, g0_norm=0.0, numerator_weighted=0.0)  # fmt: skip

    def update(self) -> list[float]:
        first = self.param_groups[0]
        size = first["g0_norm"] or sqrt(sum(squared_norm([weight.grad]) for _, weight, _ in self._moving()))
        rate = first["d"] * self._rate() / size if size else 0.0
        numerator, square = first["numerator_weighted"], 0.0
        for _, weight, gradient in self._moving():
            (s,) = self.zeros(weight, "s")
            numerator += rate * product([gradient], [s])
            s.add_(gradient, alpha=rate)
            square += squared_norm([s])
        if not square:
            return self._used(0.0)
        estimate = min(2 * numerator / sqrt(square), first["d"] * first["growth_rate"])
        self._remember(d=max(first["d"], estimate), g0_norm=size, numerator_weighted=numerator)
        for group, weight, _ in self._moving():
            weight.lerp_(self.start(weight) - self.state[weight]["s"], 1 - group["momentum"])
        return self._used(rate)


class DAdaptAdam(_Estimating):
    """Adam whose rate is an estimate d of the distance to the minimum, in the largest coordinate.

    x_{t+1} = x_t - m_{t+1} / (sqrt(v_{t+1}) + eps)
    w_t = lr * d_t, or lr * d_t * sqrt(1 - beta2^(t+1)) / (1 - beta1^(t+1)) with use_bias_correction
    m_{t+1} = beta1 m_t + (1 - beta1) w_t g_t,  v_{t+1} = beta2 v_t + (1 - beta2) g_t^2
    s_{t+1} = b s_t + (1 - b) w_t g_t,  b = sqrt(beta2)
    r_{t+1} = b r_t + (1 - b) w_t <g_t, s_t / (sqrt(v_t) + eps)>
    d_{t+1} = max(d_t, r_{t+1} / ((1 - b) |s_{t+1}|_1))

    lr: >= 0, meant to stay 1. betas, eps: Adam's. weight_decay: >= 0, added to the gradient, or, with
    decouple, taken off the weights as w_t * weight_decay * x_t. d0, growth_rate: as in `DAdaptSGD`.
    What the defaults hide: without use_bias_correction, as in the authors' program, the first steps are about
    (1 - beta1) / sqrt(1 - beta2) = 3 times as long as Adam's; optax always corrects and always decouples. No
    theorem says that this d stays below the distance.
    In a group: `d`, `k`, `numerator_weighted`, the same in all; in the state of each weight `s`, `exp_avg`,
    `exp_avg_sq`. Groups and a schedule: as in `DAdaptSGD`; the betas are those of the first group.
    Effective rate: w_t, which multiplies the newest gradient in the average. Raises as `DAdaptSGD`.
    Defazio & Mishchenko 2023, arXiv:2301.07733; dadaptation 3.2 does the same.

    >>> import torch
    >>> x = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    >>> optimizer = DAdaptAdam([x])
    >>> for t in range(100):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.param_groups[0]["d"] > 1e4 * 1e-6
    True
    """

    def __init__(self, params, lr: NotNegative = 1.0, betas: Betas = (0.9, 0.999), eps: Positive = 1e-8,
                 weight_decay: NotNegative = 0.0, decouple: bool = False, use_bias_correction: bool = False,
                 d0: Positive = 1e-6, growth_rate: Growth = inf):  # fmt: skip
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, decouple=decouple,
                         use_bias_correction=use_bias_correction, d0=d0, growth_rate=growth_rate,
                         d=d0, k=0, numerator_weighted=0.0)  # fmt: skip

    def update(self) -> list[float]:
        first, (beta1, beta2) = self.param_groups[0], self.param_groups[0]["betas"]
        rate, b = first["d"] * self._rate() * bias_correction(first), sqrt(beta2)
        numerator, size = b * first["numerator_weighted"], 0.0
        for group, weight, gradient in self._moving():
            s, average, square = self.zeros(weight, "s", "exp_avg", "exp_avg_sq")
            numerator += (1 - b) * rate * product([gradient], [s / (square.sqrt() + group["eps"])])
            average.mul_(beta1).add_(gradient, alpha=(1 - beta1) * rate)
            square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            s.mul_(b).add_(gradient, alpha=(1 - b) * rate)
            size += float(s.abs().sum())
        if not size:
            return self._used(0.0)
        estimate = min(numerator / ((1 - b) * size), first["d"] * first["growth_rate"])
        self._remember(d=max(first["d"], estimate), numerator_weighted=numerator)
        for group, weight, _ in self._moving():
            shrink(group, weight, rate)
            average, square = self.zeros(weight, "exp_avg", "exp_avg_sq")
            weight.addcdiv_(average, square.sqrt() + group["eps"], value=-1)
        return self._used(rate)


class Prodigy(_Estimating):
    """Adam whose rate is an estimate d of the distance to the minimum, with more weight on later gradients.

    x_{t+1} = x_t - w_t m_{t+1} / (sqrt(v_{t+1}) + d_{t+1} eps)
    w_t = lr * d_t, or lr * d_t * sqrt(1 - beta2^(t+1)) / (1 - beta1^(t+1)) with use_bias_correction
    m_{t+1} = beta1 m_t + (1 - beta1) d_t g_t,  v_{t+1} = beta2 v_t + (1 - beta2) d_t^2 g_t^2
    s_{t+1} = beta3 s_t + (d_t / d0) w_t g_t,  r_{t+1} = beta3 r_t + (d_t / d0) w_t <g_t, x_0 - x_t>
    d_{t+1} = max(d_t, d_coef * r_{t+1} / |s_{t+1}|_1)

    lr: >= 0, meant to stay 1. d_coef: > 0, the knob that the authors say to turn. betas, eps: Adam's. beta3:
    >= 0 and < 1, or None for sqrt(beta2). weight_decay: >= 0, taken off the weights as w_t * weight_decay *
    x_t, or, without decouple, added to the gradient. d0: > 0, the first d. growth_rate: >= 1, by how much d
    may grow in a step, but for the one in which it leaves d0. safeguard_warmup: s with d_t in the place of
    w_t, so that a warm-up of lr cannot make d large.
    What the defaults hide: without use_bias_correction, as in the authors' program, the first steps are about
    (1 - beta1) / sqrt(1 - beta2) = 3 times as long as Adam's; optax always corrects. d0 = 1e-6 has to be
    below the distance. d is never lowered. For a convex f, gradients without noise and d_coef = 1, d is at
    most the largest coordinate of |x_0 - x*|, or d0. Noise breaks that, as in `DAdaptSGD`, and so does a loss
    that is not convex.
    In a group: `d`, `d_max`, `k`, `d_numerator`, the same in all; in the state of each weight `start`, `s`,
    `exp_avg`, `exp_avg_sq`. Groups and a schedule: as in `DAdaptSGD`; betas and d_coef are those of the first
    group.
    Effective rate: w_t, which multiplies the ratio in the first line. Raises as `DAdaptSGD`.
    Mishchenko & Defazio 2024, arXiv:2306.06101; prodigyopt 1.1.2 does the same.

    >>> import torch
    >>> x = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    >>> optimizer = Prodigy([x])
    >>> for t in range(100):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> 0.1 < optimizer.param_groups[0]["d"] < 2  # the minimum is 2 away, in its second coordinate
    True
    """

    def __init__(self, params, lr: NotNegative = 1.0, betas: Betas = (0.9, 0.999), beta3: Beta3 = None,
                 eps: Positive = 1e-8, weight_decay: NotNegative = 0.0, decouple: bool = True,
                 use_bias_correction: bool = False, safeguard_warmup: bool = False, d0: Positive = 1e-6,
                 d_coef: Positive = 1.0, growth_rate: Growth = inf):  # fmt: skip
        super().__init__(params, lr=lr, betas=betas, beta3=beta3, eps=eps, weight_decay=weight_decay,
                         decouple=decouple, use_bias_correction=use_bias_correction,
                         safeguard_warmup=safeguard_warmup, d0=d0, d_coef=d_coef, growth_rate=growth_rate,
                         d=d0, d_max=d0, d_numerator=0.0, k=0)  # fmt: skip

    def update(self) -> list[float]:
        first, (beta1, beta2) = self.param_groups[0], self.param_groups[0]["betas"]
        d, beta3 = first["d"], sqrt(beta2) if first["beta3"] is None else first["beta3"]
        rate = d * self._rate() * bias_correction(first)
        numerator, size = beta3 * first["d_numerator"], 0.0
        for group, weight, gradient in self._moving():
            s, average, square = self.zeros(weight, "s", "exp_avg", "exp_avg_sq")
            numerator += d / first["d0"] * rate * product([gradient], [self.start(weight) - weight])
            average.mul_(beta1).add_(gradient, alpha=(1 - beta1) * d)
            square.mul_(beta2).addcmul_(gradient, gradient, value=(1 - beta2) * d * d)
            s.mul_(beta3).add_(gradient, alpha=d / first["d0"] * (d if group["safeguard_warmup"] else rate))
            size += float(s.abs().sum())
        if not size:
            return self._used(0.0)
        self._remember(**grown(first, first["d_coef"] * numerator / size), d_numerator=numerator)
        for group, weight, _ in self._moving():
            shrink(group, weight, rate)
            average, square = self.zeros(weight, "exp_avg", "exp_avg_sq")
            weight.addcdiv_(average, square.sqrt() + group["d"] * group["eps"], value=-rate)
        return self._used(rate)


def grown(group: dict, estimate: float) -> dict[str, float]:
    """Prodigy's d after an estimate, and the largest estimate so far, which d may be on its way to."""
    d = max(group["d"], estimate) if group["d"] == group["d0"] else group["d"]
    largest = max(group["d_max"], estimate)
    return {"d": min(largest, d * group["growth_rate"]), "d_max": largest}


def shrink(group: dict, weight: Tensor, rate: float) -> None:
    """Decoupled weight decay, where a group asks for it."""
    if group["decouple"]:
        weight.mul_(1 - rate * group["weight_decay"])


def bias_correction(group: dict) -> float:
    """Adam's, of both averages, in step k of a group: sqrt(1 - beta2^(k+1)) / (1 - beta1^(k+1)); or 1."""
    (beta1, beta2), k = group["betas"], group["k"] + 1
    return sqrt(1 - beta2**k) / (1 - beta1**k) if group["use_bias_correction"] else 1.0
