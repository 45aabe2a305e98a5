"""The models of a chunk in one piece of memory, and what updates and judges all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lrlib.train.judging import heldout_pieces
from lrlib.train.observed import unit_change
from lrlib.train.recording import Replayed
from lrlib.train.updates import clipped

if TYPE_CHECKING:
    from lrlib.train.plan import Plan
    from lrlib.train.stacking import Stacked


class Ensemble:
    """Many models of one task, and what an optimizer remembers of them.

    weights: name -> (seeds, runs, *parameter). memory: name -> as many of the same shape as the optimizer has
    slots. A chunk of the same shape may take their place: what was recorded for them is replayed for it too.
    """

    def __init__(self, plan: Plan, stacked: Stacked, seeds: Sequence[int], runs: int):
        self.plan, self.stacked, self.shape = plan, stacked, (len(seeds), runs)
        self.weights = stacked.weights(seeds, runs)
        slots = 0 if plan.per_model else plan.optimizer.slots
        self.memory = {
            name: [torch.zeros_like(self.weights[name]) for _ in range(slots)] for name in stacked.moving
        }

    def start(self, seeds: Sequence[int]) -> None:
        """Begin anew, with the first weights of other seeds."""
        for name, first in self.stacked.weights(seeds, self.shape[1]).items():
            self.weights[name].copy_(first)
        for each in self.memory.values():
            for part in each:
                part.zero_()

    @cached_property
    def update(self) -> Replayed:
        """(inputs, targets, rates, count) -> losses: gradients, clipping, and the optimizer, in place."""
        memory = [part for each in self.memory.values() for part in each]
        return Replayed(self._update, [*self.weights.values(), *memory])

    @cached_property
    def gradients(self) -> Replayed:
        """(inputs, targets) -> gradients, clipped, of the parameters that move, and losses."""
        return Replayed(partial(self._clipped_gradients, self.weights), self.weights.values())

    def gradients_of(self, batch: list, n: int, r: int) -> tuple[dict, Tensor]:
        """Gradients and loss of one model, at its weights as they are."""
        one = {name: each[n : n + 1, r : r + 1] for name, each in self.weights.items()}
        with torch.enable_grad():
            grads, loss = self._clipped_gradients(one, *(part[n : n + 1] for part in batch))
        return {name: each[0, 0] for name, each in grads.items()}, loss[0, 0]

    def looked_at(self, batch: list, t: int) -> tuple[dict, dict]:
        """The weights as they are, and how update t would change them at rate 1 by torch's own optimizer."""
        before = {name: self.weights[name].clone() for name in self.stacked.moving}
        grads, _ = self._clipped_gradients(self.weights, *batch)
        return before, unit_change(self.plan.optimizer, self.weights, self.memory, grads, t)

    def heldout(self) -> Tensor:
        """Held-out loss and share right of every model, (seeds, runs, 2), nan where the task has no `right`.

        In pieces whose memory does not grow with the held-out set.
        """
        return sum(judge() * share for judge, share in self._judges)

    @cached_property
    def _judges(self) -> list[tuple[Replayed, float]]:
        @torch.no_grad()
        def judge(x: Tensor, y: Tensor) -> Tensor:
            return self.stacked.judged(self.weights, x, y[None], None)

        pieces = heldout_pieces(self.plan.cast, self.plan.seeds[0])
        return [(Replayed(partial(judge, x, y), self.weights.values()), share) for x, y, share in pieces]

    def _clipped_gradients(self, weights, inputs, targets) -> tuple[dict[str, Tensor], Tensor]:
        grads, losses = self.stacked.gradients(weights, inputs, targets)
        return clipped(grads, self.plan.clip_norm), losses

    def _update(self, inputs: Tensor, targets: Tensor, rates: Tensor, count: Tensor) -> Tensor:
        grads, losses = self._clipped_gradients(self.weights, inputs, targets)
        for name, gradient in grads.items():
            rate = rates.reshape(1, -1, *[1] * (gradient.ndim - 2))
            self.plan.optimizer.update(self.weights[name], gradient, self.memory[name], rate, count)
        return losses
