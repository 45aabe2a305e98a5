"""One optimizer for each model of a chunk, on views of its weights: what `PerModel` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from lrlib.optim.inside import estimates, inside
from lrlib.rules import Refused
from lrlib.train.updates import PerModel

Again = Callable[[int, int], tuple[dict[str, Tensor], Tensor]]  # seed and run -> gradients and loss, by name


class Models:
    """The models of a chunk, (seeds, runs), each with an optimizer of its own.

    weights: name -> (seeds, runs, *parameter), those that move, which are changed in place. base_lrs: of the
    runs. again: the gradients and the loss of one model at the weights that it has when it is asked for.
    """

    def __init__(self, chosen: PerModel, weights: dict[str, Tensor], base_lrs: list[float]):
        self._shape = next(iter(weights.values())).shape[:2]
        self._rows = [[*map(nn.Parameter, row)] for row in _each(weights)]
        rates = base_lrs * self._shape[0]
        self._optimizers = [chosen.torch(row, rate) for row, rate in zip(self._rows, rates, strict=True)]
        self._factors = [_factors(*each) for each in zip(self._optimizers, rates, strict=True)]
        self._inside = [inside(each) for each in self._optimizers]
        self._needs_loss = chosen.needs_loss
        tell(self._optimizers, "train")

    def step(self, grads: dict[str, Tensor], losses: Tensor, rates: list[float], again: Again) -> Tensor:
        """One update of each model at the rate of its run; returns the effective rates, (seeds, runs).

        grads, losses: of all models, at the weights as they are. again: of one, at its weights by then.
        """
        found, each = [], zip(_each(grads), losses.flatten().unbind(), strict=True)
        for i, (gradient, loss) in enumerate(each):
            closure = self._closure(i, gradient, loss, again)
            if not self._needs_loss:
                closure()
            asked = (closure,) if self._needs_loss else ()
            found.append(self._stepped(i, rates[i % self._shape[1]], asked))
        return torch.tensor(found, dtype=torch.float64).reshape(self._shape)

    def evaluated(self):
        return evaluated(self._optimizers)

    def _stepped(self, i: int, rate: float, asked: tuple) -> float:
        """Make an update, with the closure that is asked for, if any; returns the effective rate."""
        optimizer, lies = self._optimizers[i], [each.data_ptr() for each in self._rows[i]]
        groups = optimizer.param_groups
        for group, factor in zip(groups, self._factors[i], strict=True):
            group["lr"] = rate * factor
        before = estimates(groups)
        optimizer.step(*asked)
        if lies != [each.data_ptr() for each in self._rows[i]]:
            who = type(optimizer).__name__
            raise Refused(f"{who} gives a parameter other data where it should change it; use train.run")
        return self._inside[i][1](before, groups)[0] if self._inside[i] else rate

    def _closure(self, i: int, gradient: tuple[Tensor, ...], loss: Tensor, again: Again) -> Callable:
        """A closure of one model, which knows the loss at the weights as they are now."""
        row = self._rows[i]

        def version() -> list[int]:
            return [each._version for each in row]

        now = version()

        def closure() -> Tensor:
            grads, value = gradient, loss
            if version() != now:
                made, value = again(*divmod(i, self._shape[1]))
                grads = made.values()
            for parameter, each in zip(row, grads, strict=True):
                parameter.grad = each
            return value

        return closure


def _factors(optimizer: torch.optim.Optimizer, rate: float) -> list[float]:
    """The rate of each group, over that which it was made with: a method may make groups at other rates."""
    own = [group["lr"] for group in optimizer.param_groups]
    if not rate and any(own):
        who = type(optimizer).__name__
        raise Refused(f"base_lrs must be > 0 for {who}, which makes a group of rate {max(own)}, got 0")
    return [each / rate if rate else 1.0 for each in own]


@contextmanager
def evaluated(optimizers: list) -> Iterator[None]:
    """The weights that are to be judged, where a method trains at others."""
    tell(optimizers, "eval")
    yield
    tell(optimizers, "train")


def tell(optimizers: list, mode: str) -> None:
    """Say "train" or "eval" to those that can be told."""
    for optimizer in optimizers:
        getattr(optimizer, mode, bool)()


def _each(parts: dict[str, Tensor]) -> Iterator[tuple[Tensor, ...]]:
    """Model after model, its views of tensors of (seeds, runs, ...)."""
    return zip(*(part.flatten(0, 1).unbind() for part in parts.values()), strict=True)
