"""Optimizers for many models at once, each equal to the one of torch that it is named after.

One works on one parameter tensor of all models together: `weight` and `grad` have the shape
(seeds, runs, *parameter), `rate` broadcasts against it, and `t` counts updates from 1. It also makes
the ordinary torch optimizer for a single model, `optimizer.torch(parameters, lr)`, and says what that one
remembers of a parameter after t updates, `optimizer.state(memory, t)`.

`PerModel` is the way for any other optimizer of torch: one for each model, `lrlib.train.permodel`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

import torch
from torch import Tensor, nn

from lrlib import adaptive, rules
from lrlib.adaptive.base import needs_closure
from lrlib.rules import BelowOne, Betas, NotNegative, Positive, Refused, bound, check_fields, saying


class Optimizer:
    """What the optimizers of this module share: their fields are checked by their annotations.

    slots: how many numbers are remembered for each parameter. needs_loss: whether its step takes a closure.
    """

    needs_loss: ClassVar[bool] = False

    def __post_init__(self):
        with saying(type(self).__name__):
            check_fields(self)


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay as in `torch.optim.SGD`.

    g := grad + weight_decay * w;  m := momentum * m + g;  w := w - rate * m, and with Nesterov's momentum
    w := w - rate * (g + momentum * m). Polyak 1964; Sutskever et al. 2013, proceedings.mlr.press/v28.
    momentum: 0 <= momentum < 1. weight_decay >= 0. ValueError otherwise, and for nesterov without momentum.

    >>> SGD(momentum=0.9)
    SGD(momentum=0.9, nesterov=False, weight_decay=0.0)
    """

    momentum: BelowOne = 0.0
    nesterov: bool = False
    weight_decay: NotNegative = 0.0

    def __post_init__(self):
        super().__post_init__()
        if self.nesterov and not self.momentum:
            raise Refused("nesterov=True needs momentum > 0", "SGD")

    @property
    def slots(self) -> int:
        return int(self.momentum > 0)

    def torch(self, parameters: Iterable, lr: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr, **asdict(self))

    def state(self, memory: list[Tensor], t: int) -> dict[str, Tensor]:
        return dict(zip(("momentum_buffer",), memory, strict=False))

    def update(self, weight: Tensor, grad: Tensor, memory: list[Tensor], rate: Tensor, t: Tensor) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * weight
        if self.momentum:
            (velocity,) = memory
            velocity.mul_(self.momentum).add_(grad)
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        weight.addcmul_(rate, grad, value=-1)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, as `torch.optim.Adam`; `weight_decay` is added to the gradient.

    m := b1 m + (1 - b1) g;  v := b2 v + (1 - b2) g^2;
    w := w - rate * m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps). Kingma & Ba 2015, arXiv:1412.6980.
    betas: 0 <= b < 1. eps > 0. weight_decay >= 0. ValueError otherwise.
    """

    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    slots: ClassVar[int] = 2

    def torch(self, parameters: Iterable, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr, **asdict(self))

    def state(self, memory: list[Tensor], t: int) -> dict[str, Tensor]:
        return {"step": torch.tensor(float(t)), "exp_avg": memory[0], "exp_avg_sq": memory[1]}

    def update(self, weight: Tensor, grad: Tensor, memory: list[Tensor], rate: Tensor, t: Tensor) -> None:
        if self.weight_decay:
            grad = grad + self.weight_decay * weight
        self._move(weight, grad, memory, rate, t)

    def _move(self, weight, grad, memory, rate, t):
        (b1, b2), (first, second) = self.betas, memory
        first.lerp_(grad, 1 - b1)
        second.mul_(b2).addcmul_(grad, grad, value=1 - b2)
        scale = (second.sqrt() / (1 - b2**t).sqrt()).add_(self.eps)
        weight.addcdiv_(first * (rate / (1 - b1**t)), scale, value=-1)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay, as `torch.optim.AdamW`: w := w - rate * weight_decay * w, then Adam.

    The decay of one step is the rate times `weight_decay`, so a schedule shapes it too. Loshchilov & Hutter
    2019, arXiv:1711.05101.
    """

    weight_decay: NotNegative = 0.01

    def torch(self, parameters: Iterable, lr: float) -> torch.optim.Optimizer:
        return torch.optim.AdamW(parameters, lr, **asdict(self))

    def update(self, weight: Tensor, grad: Tensor, memory: list[Tensor], rate: Tensor, t: Tensor) -> None:
        weight.mul_(1 - rate * self.weight_decay)
        self._move(weight, grad, memory, rate, t)


@dataclass(frozen=True, init=False, repr=False)
class PerModel(Optimizer):
    """Any optimizer of torch: one for each model, which steps on that model's weights in their own shapes.

    kind: a class of `torch.optim.Optimizer`, or the name of one of `lrlib.adaptive.METHODS`. options: its
    arguments, without `lr`, which base_lrs and schedules set; where it makes groups of other rates, as
    MuonAdamW does, a schedule multiplies them too. It is handed the parameters that move, in one group, in
    the order of `model.parameters()`, and may draw no random numbers, which no seed would name.
    A method that needs the loss gets a closure, which may be called at other weights too. One that has
    `eval()` and `train()` is told before and after held-out loss is taken.

    Gradients are computed for all models at once and the steps are made one by one: on the digits task an
    update takes about twice as long as one of SGD of this module, and half as long as one of `train.run`.

    Raises ValueError for what is no such class, for options that it refuses, and for `lr` among them.

    >>> PerModel("AdaGradNorm", b0=0.1), PerModel(torch.optim.RMSprop, alpha=0.9)
    (PerModel(AdaGradNorm, b0=0.1), PerModel(RMSprop, alpha=0.9))
    """

    kind: type
    options: dict
    slots: ClassVar[int] = 4  # about as many as such methods have

    def __init__(self, kind: type | str, **options):
        with saying("PerModel"):
            kind = adaptive.METHODS.find(kind) if isinstance(kind, str) else kind
            if not (isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)):
                raise rules.refused(
                    "kind", "a class of torch.optim.Optimizer, or a name of lrlib.adaptive", kind
                )
            if "lr" in options:
                raise Refused("lr is what base_lrs and the schedules set: leave it out")
            self.__dict__.update(kind=kind, options=options)
            self.torch([nn.Parameter(torch.zeros(2, 2))], 1.0)

    def __hash__(self) -> int:
        return hash(self.kind)

    def __repr__(self) -> str:
        options = (f", {name}={value!r}" for name, value in self.options.items())
        return f"PerModel({self.kind.__name__}{''.join(options)})"

    @property
    def needs_loss(self) -> bool:
        """Whether a step cannot be made without a closure."""
        return needs_closure(self.kind)

    def torch(self, parameters: Iterable, lr: float) -> torch.optim.Optimizer:
        given = {"lr": lr, **self.options}
        moving = [each for each in parameters if each.requires_grad]
        try:
            return self.kind(**bound(self.kind, (moving,), given))
        except Refused:
            raise
        except (TypeError, ValueError) as error:
            raise Refused(f"{self.kind.__name__} refuses: {error}") from None


def clipped(grads: dict[str, Tensor], max_norm: float) -> dict[str, Tensor]:
    """Each model's gradient scaled to a norm of at most `max_norm`, as `torch.nn.utils.clip_grad_norm_`.

    g := g * min(1, max_norm / (|g| + 1e-6)), |g| over all parameters of one model. Pascanu, Mikolov & Bengio
    2013, arXiv:1211.5063.
    """
    if max_norm == rules.INF:
        return grads
    squares = [g.reshape(*g.shape[:2], -1).square().sum(-1) for g in grads.values()]
    scale = (max_norm / (torch.stack(squares).sum(0).sqrt() + 1e-6)).clamp(max=1)
    return {name: g * scale.reshape(*scale.shape, *[1] * (g.ndim - 2)) for name, g in grads.items()}


OPTIMIZERS = rules.Registry("optimizer")
OPTIMIZERS.update(SGD=SGD, Adam=Adam, AdamW=AdamW)


def optimizer_of(given) -> Optimizer:
    """An optimizer of this module, from itself, its class or its name; ValueError for anything else.

    A class of `lrlib.adaptive`, or its name, is meant to be `PerModel`.
    """
    if isinstance(given, str):
        known = rules.Registry("optimizer")
        known.update(adaptive.METHODS, **OPTIMIZERS)
        given = known.find({name.lower(): name for name in known}.get(given.lower(), given))
    kind = given if isinstance(given, type) else type(given)
    if given in adaptive.METHODS.values():
        return PerModel(given)
    if issubclass(kind, torch.optim.Optimizer):
        name = kind.__name__
        ours = (
            f"{name}({fields(OPTIMIZERS[name])[0].name}=...)" if name in OPTIMIZERS else f"PerModel({name})"
        )
        raise Refused(
            "optimizer must be one of lrlib.train, which every run makes anew, "
            f"got torch's {name}: pass {ours}"
        )
    given = given() if isinstance(given, type) and issubclass(given, Optimizer) else given
    made = rules.is_a(Optimizer, "").convert(given)
    parts = ("torch",) if isinstance(made, PerModel) else ("slots", "update", "torch")
    if lacking := [name for name in parts if not hasattr(made, name)]:
        raise Refused(f"optimizer {kind.__name__} has no {lacking[0]}; derive it from SGD or Adam")
    return made
