"""Schedule-Free: an average of the weights in the place of a rate that falls. SGD and AdamW."""

from __future__ import annotations

from math import sqrt
from typing import Annotated

import torch
from torch import Tensor

from lrlib import rules
from lrlib.adaptive.base import Adaptive, weights
from lrlib.rules import InsideUnit, NotNegative, Positive, Refused, Rule, Steps

_inside = rules.each(rules.rule_of(InsideUnit).convert)
Betas = Annotated[
    tuple, Rule("two numbers between 0 and 1", rules.such_that(_inside, lambda made: len(made) == 2))
]
Warmup = Annotated[str, rules.one_of("1/W", "0")]


class _ScheduleFree(Adaptive):
    """What the two share: z takes the steps, x is the average of all z, and gradients are taken between them.

    In training the weights are y, and z is in the state; `eval()` makes the weights x, `train()` y again.
    """

    def train(self) -> None:
        """Put y into the weights, where training goes on."""
        self._switch(True)

    def eval(self) -> None:
        """Put x, the average, into the weights: what is evaluated, and saved for use."""
        self._switch(False)

    @torch.no_grad()
    def _switch(self, training: bool) -> None:
        for group in self.param_groups:
            for weight in group["params"] if group["train_mode"] != training else ():
                if (z := self.state.get(weight, {}).get("z")) is not None:
                    beta = self._beta(group)
                    weight.copy_(z.lerp(weight, beta if training else 1 / beta))
            group["train_mode"] = training

    def update(self) -> list[float]:
        if not all(group["train_mode"] for group in self.param_groups):
            raise Refused("the weights are the average: call train() before", f"{type(self).__name__}.step")
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        rate, share, beta = *self._rate_and_share(group), self._beta(group)
        for y in weights(group):
            z = self._z(y)
            x = z.lerp(y, 1 / beta)
            z.sub_(self._direction(group, y), alpha=rate)
            x.lerp_(z, share)
            y.copy_(z.lerp(x, beta))
        return rate

    def _rate_and_share(self, group: dict) -> tuple[float, float]:
        """The rate of step k, and the share of the new z in the average."""
        group["k"], k, warmup = group["k"] + 1, group["k"], group["warmup_steps"]
        rate = group["lr"] * min(1, (k + 1) / warmup if warmup else 1)
        group["lr_max"] = max(rate, group["lr_max"])
        share = (k + 1) ** group["r"] * group["lr_max"] ** group["weight_lr_power"]
        group["weight_sum"] += share
        late = group["warmup_from"] == "0" and k < warmup
        return rate * k / (k + 1) if late else rate, share / (group["weight_sum"] or 1)

    def _z(self, y: Tensor) -> Tensor:
        if "z" not in self.state[y]:
            self.state[y]["z"] = y.detach().clone()
        return self.state[y]["z"]


class ScheduleFreeSGD(_ScheduleFree):
    """SGD that is evaluated at an average of its weights, and needs no schedule for that.

    z_{t+1} = z_t - lr_t * g(y_t),  where y_t = (1 - momentum) * z_t + momentum * x_t
    x_{t+1} = (1 - c_t) * x_t + c_t * z_{t+1},  c_t = w_t / (w_0 + ... + w_t)
    lr_t = lr * min(1, (t + 1) / warmup_steps),  w_t = (t + 1)^r * (the largest lr_i, i <= t)^weight_lr_power

    lr: >= 0. momentum: between 0 and 1, how near to the average gradients are taken. weight_decay: >= 0,
    times y, added to the gradient. warmup_steps: whole, >= 0. r: >= 0, how much more later z count.
    weight_lr_power: >= 0, how little those of the warm-up count. warmup_from: whether the first rate is lr /
    warmup_steps ("1/W"), or 0 ("0": then lr_t = lr * t / warmup_steps in the first line, and w_t as above).
    What the defaults hide: lr is still there to be tuned, and 1 is only where it starts; the rate does
    not fall, but the share 1 / (t + 1) of the newest z does. Norms that are kept as running averages (batch
    norm) see y; the authors compute them again at x before evaluating.
    In a group: `k`, `weight_sum`, `lr_max`, `train_mode`; in the state of each weight `z`. After `eval()` the
    weights are x, and a step is refused until `train()`; a new optimizer is in training, the authors' is not.
    A schedule multiplies lr in the first line. Where it is 0 z stands still, but the average goes on towards
    z, and so y moves; and a z that a falling schedule made still counts by the largest lr so far.
    Effective rate: lr_t, of z. Raises as `Adaptive`, and ValueError for a step after `eval()`.
    Defazio et al. 2024, arXiv:2405.15682; schedulefree 1.4.1 does the same, and optax with warmup_from="0".

    >>> x = torch.nn.Parameter(torch.tensor([4.0]))
    >>> optimizer = ScheduleFreeSGD([x], lr=0.25)
    >>> for t in range(2):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> z, y = optimizer.state[x]["z"].item(), x.item()
    >>> optimizer.eval()
    >>> z, round(x.item(), 3), round(y, 3)  # z went from 4 to 2 and 1, and x is the average of the last two
    (1.0, 1.5, 1.45)
    """

    def __init__(self, params, lr: NotNegative = 1.0, momentum: InsideUnit = 0.9,
                 weight_decay: NotNegative = 0.0, warmup_steps: Steps = 0, r: NotNegative = 0.0,
                 weight_lr_power: NotNegative = 2.0, warmup_from: Warmup = "1/W"):  # fmt: skip
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay,
                         warmup_steps=warmup_steps, r=r, weight_lr_power=weight_lr_power,
                         warmup_from=warmup_from, k=0, weight_sum=0.0, lr_max=0.0,
                         train_mode=True)  # fmt: skip

    def _beta(self, group: dict) -> float:
        return group["momentum"]

    def _direction(self, group: dict, y: Tensor) -> Tensor:
        return y.grad + group["weight_decay"] * y


class ScheduleFreeAdamW(_ScheduleFree):
    """AdamW that is evaluated at an average of its weights, which is in the place of its first moment.

    z_{t+1} = z_t - lr_t * (g(y_t) / (sqrt(v_{t+1} / (1 - beta2^(t+1))) + eps) + weight_decay * y_t)
    v_{t+1} = beta2 * v_t + (1 - beta2) * g(y_t)^2
    x_{t+1} = (1 - c_t) * x_t + c_t * z_{t+1}, y_t, c_t and lr_t as in `ScheduleFreeSGD` (momentum: beta1)

    Knobs as those of `ScheduleFreeSGD` and AdamW; betas: two numbers between 0 and 1. eps: > 0.
    What the defaults hide: lr = 0.0025 is to be tuned as AdamW's is; without warmup_steps the first steps are
    as long as all others, each weight moving by about lr; weight decay is taken at y, not at z.
    In a group as there; in the state of each weight `z` and `exp_avg_sq`. A schedule: as there.
    Effective rate: lr_t, which multiplies the ratio in the first line. Raises as `ScheduleFreeSGD`.
    Defazio et al. 2024, arXiv:2405.15682; schedulefree 1.4.1 does the same, and optax with warmup_from="0".

    >>> x = torch.nn.Parameter(torch.tensor([4.0]))
    >>> optimizer = ScheduleFreeAdamW([x], lr=0.5)
    >>> for t in range(30):
    ...     optimizer.zero_grad()
    ...     x.square().sum().backward()
    ...     optimizer.step()
    >>> optimizer.eval()
    >>> abs(x.item()) < 1
    True
    """

    def __init__(self, params, lr: NotNegative = 0.0025, betas: Betas = (0.9, 0.999), eps: Positive = 1e-8,
                 weight_decay: NotNegative = 0.0, warmup_steps: Steps = 0, r: NotNegative = 0.0,
                 weight_lr_power: NotNegative = 2.0, warmup_from: Warmup = "1/W"):  # fmt: skip
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                         warmup_steps=warmup_steps, r=r, weight_lr_power=weight_lr_power,
                         warmup_from=warmup_from, k=0, weight_sum=0.0, lr_max=0.0,
                         train_mode=True)  # fmt: skip

    def _beta(self, group: dict) -> float:
        return group["betas"][0]

    def _direction(self, group: dict, y: Tensor) -> Tensor:
        (square,), beta2 = self.zeros(y, "exp_avg_sq"), group["betas"][1]
        square.mul_(beta2).addcmul_(y.grad, y.grad, value=1 - beta2)
        size = square.sqrt() / sqrt(1 - beta2 ** group["k"]) + group["eps"]
        return y.grad / size + group["weight_decay"] * y
