"""What every optimizer here shares: checked knobs, a bad batch, the rate that it really used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature, unwrap
from math import isfinite, nan

import torch
from torch import Tensor
from torch.optim import Optimizer

from lrlib.rules import READING, Refused, checked, refused, rules_of, saying


class Adaptive(Optimizer):
    """An optimizer whose step sizes look at the training. A method says `__init__` and `update`, no more.

    `__init__(self, params, ...)` hands params, and each knob by its name, to this class. A knob is checked by
    its annotation (`lr: NotNegative = 1.0`), for all and for a group of its own. What a method remembers as a
    number goes into the defaults too, as `total` does below, and lives in the groups; tensors live in
    `state`. So `state_dict` holds all there is, and a run resumes to the last bit.

    `update(self)` changes the weights, where no gradient is recorded, and returns the effective rates.
    Where `needs_loss = True` it is `update(self, loss)`, with the loss of the batch as a float, and `step()`
    without a closure is refused. `self.closure` is what `step` was given, and None outside of it.

    A step whose loss, or any of whose gradients, is not finite changes nothing, neither weights nor what is
    remembered; its effective rates are 0. What all groups have in common is named in `shared`: a group that
    joins later takes it over from the first. Raises ValueError for a knob out of range, a sparse gradient, a
    closure that is missing or returns no loss, a state that another method saved; TypeError for an argument
    that there is not.

    >>> from lrlib.rules import NotNegative
    >>> class Shrinking(Adaptive):
    ...     def __init__(self, params, lr: NotNegative = 1.0):
    ...         super().__init__(params, lr=lr, total=0.0)
    ...     def update(self):
    ...         for group in self.param_groups:
    ...             group["total"] += squared_norm(gradients(group))
    ...             move(group, gradients(group), -group["lr"] / (1 + group["total"]))
    ...         return [group["lr"] / (1 + group["total"]) for group in self.param_groups]
    >>> weights = torch.nn.Parameter(torch.ones(1))
    >>> optimizer = Shrinking([weights])
    >>> weights.square().sum().backward()
    >>> optimizer.step()
    >>> optimizer.effective_rates(), optimizer.state_dict()["param_groups"][0]["total"]
    ([0.2], 4.0)
    >>> Shrinking([weights], lr=-1)
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: Shrinking: lr must be a finite number >= 0, got -1
    """

    needs_loss = False
    shared: Iterable[str] = ()
    closure: Callable | None = None
    _rates: list[float] | None = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if (init := unwrap(cls.__init__)) is not Adaptive.__init__:
            cls.__init__ = checked(init, who=cls.__name__)

    def __init__(self, params, **knobs):
        super().__init__(params, knobs)

    def add_param_group(self, param_group: dict) -> None:
        """As torch's; ValueError, adding nothing, for a knob of the group that is out of range."""
        with saying(type(self).__name__):
            knobs = rules_of(type(self).__init__)
            own = {
                name: knobs[name].checked(name, param_group[name])
                for name in knobs.keys() & param_group.keys()
            }
        known = {name: group[name] for group in self.param_groups[:1] for name in self.shared}
        super().add_param_group({**known, **param_group, **own})

    def load_state_dict(self, state_dict: dict) -> None:
        """As torch's; ValueError, loading nothing, for a state that another method saved."""
        for lacking in [
            name for saved in state_dict["param_groups"] for name in self.defaults.keys() - saved
        ]:
            allowed = f"one of {type(self).__name__}: its groups have no {lacking!r}"
            raise Refused(f"state_dict must be {allowed}", f"{type(self).__name__}.load_state_dict")
        super().load_state_dict(state_dict)

    @torch.no_grad()
    def step(self, closure: Callable | None = None):
        """One update. closure: clears the gradients, computes the loss and its gradient, returns the loss.

        Returns what the closure returned. Raises ValueError as the class says.
        """
        with saying(f"{type(self).__name__}.step"):
            if (self.needs_loss or closure is not None) and not callable(closure):
                raise refused("closure", "a function that returns the loss", closure)
            returned, loss = (None, 0.0) if closure is None else self._evaluated(closure)
            fit = isfinite(loss) and self._gradients_are_finite()
        self.closure = closure
        try:
            self._rates = self._updated(loss) if fit else [0.0] * len(self.param_groups)
        finally:
            self.closure = None
        return returned

    def update(self, *loss: float) -> list[float]:
        """Change the weights by what `gradients` gives for each group; the effective rates, one a group."""
        raise NotImplementedError

    def effective_rates(self) -> list[float]:
        """What each group's direction was multiplied by in the last step; nan before the first one.

        The direction is the gradient, or what a method makes of it: an average over steps, or a gradient
        divided by its own size for each weight; which of these, the method says.
        """
        return [nan] * len(self.param_groups) if self._rates is None else [*self._rates]

    def _updated(self, loss: float) -> list[float]:
        return self.update(loss) if self.needs_loss else self.update()

    @torch.enable_grad()
    def _evaluated(self, closure: Callable) -> tuple:
        """What the closure returns, and the loss as a float."""
        returned = closure()
        loss = returned.detach() if isinstance(returned, Tensor) else returned
        return returned, READING.checked("what the closure returns", loss)

    def start(self, weight: Tensor) -> Tensor:
        """The weight as it was at its first step, kept in its state."""
        if "start" not in self.state[weight]:
            self.state[weight]["start"] = weight.detach().clone()
        return self.state[weight]["start"]

    def zeros(self, weight: Tensor, *names: str) -> list[Tensor]:
        """Tensors of a weight's shape that its state keeps under these names, 0 at first."""
        state = self.state[weight]
        state.update({name: torch.zeros_like(weight) for name in names if name not in state})
        return [state[name] for name in names]

    def average(self, weight: Tensor, name: str, value: Tensor, beta: float) -> Tensor:
        """beta * what the state keeps under this name, 0 at first, + (1 - beta) * value; it is kept."""
        return self.zeros(weight, name)[0].mul_(beta).add_(value, alpha=1 - beta)

    def count(self, weight: Tensor) -> int:
        """How many steps a weight has made, this one with them."""
        state = self.state[weight]
        state["step"] = state.get("step", 0) + 1
        return state["step"]

    def _gradients_are_finite(self) -> bool:
        every = [gradient for group in self.param_groups for gradient in gradients(group)]
        if any(gradient.layout != torch.strided for gradient in every):
            raise Refused("gradients must be dense, got a sparse one")
        return all(bool(gradient.isfinite().all()) for gradient in every)


def needs_closure(kind: type[Optimizer]) -> bool:
    """Whether an optimizer of this class cannot make a step without a closure."""
    closure = signature(kind.step).parameters.get("closure")
    return getattr(kind, "needs_loss", closure is not None and closure.default is closure.empty)


def weights(group: dict) -> list[Tensor]:
    """The parameters of a group that have a gradient: those which a step changes."""
    return [weight for weight in group["params"] if weight.grad is not None]


def gradients(group: dict) -> list[Tensor]:
    """Their gradients, in the same order; not copies."""
    return [weight.grad for weight in weights(group)]


def decayed(group: dict) -> list[Tensor]:
    """The gradients with weight_decay * weight added to each, as for a penalty in the loss; copies then."""
    decay = group["weight_decay"]
    return [w.grad + decay * w for w in weights(group)] if decay else gradients(group)


def move(group: dict, directions: Iterable[Tensor], factor: float) -> None:
    """Add factor * direction to each of the `weights` of a group."""
    for weight, direction in zip(weights(group), directions, strict=True):
        weight.add_(direction, alpha=factor)


def scale(group: dict, factor: float) -> None:
    """Multiply each of the `weights` of a group by a factor, as decay does; a factor of 1 is left out."""
    for weight in weights(group) if factor != 1 else ():
        weight.mul_(factor)


def squared_norm(tensors: Iterable[Tensor]) -> float:
    """The sum of the squares of all numbers in some tensors."""
    return sum(float(tensor.square().sum()) for tensor in tensors)


def product(some: Iterable[Tensor], others: Iterable[Tensor]) -> float:
    """The scalar product of two lists of tensors, as if each were one long vector."""
    return sum(float((one * other).sum()) for one, other in zip(some, others, strict=True))
