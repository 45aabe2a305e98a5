"""The engine: many models of one task trained as one program, chunk by chunk, or one after the other.

The parameters of a chunk are stacked on two leading axes, (seeds, runs). All runs of one seed see the same
batch, which turns the first layer of all of them into a single matrix product. The loss of a chunk is the
sum over its models; each model's weights appear in its own term only, so the gradient of the sum holds the
gradient of every model. Models that cannot be stacked are trained as `train.run` trains them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from functools import cached_property, partial
from types import FunctionType

import numpy as np
import torch
from torch import Tensor

from lrlib.rules import Refused
from lrlib.train.alone import alone
from lrlib.train.judging import heldout_pieces
from lrlib.train.loop import recorded
from lrlib.train.observed import rates_used, unit_change
from lrlib.train.permodel import Models
from lrlib.train.plan import Plan, evaluation_steps
from lrlib.train.stacking import Stacked, together
from lrlib.train.updates import OPTIMIZERS, clipped

TICKS = 20  # how often the progress of a chunk is told


class Engine:
    """Trains the chunks of a plan."""

    def __init__(self, plan: Plan):
        self.plan, self.stacked = plan, Stacked(plan)

    def train(self, chunk: int, tick: Callable[[int], object] = bool) -> dict[str, np.ndarray]:
        """Train one chunk: used (runs, steps), train_loss (runs, seeds, steps), heldout_loss and _right (…).

        With an optimizer for each model effective, (runs, seeds, steps), too.
        `tick` is told, about twenty times, how many runs' work was done since the last.
        """
        if self.plan.alone:
            return self._looped(chunk, tick)
        with alone():
            curves = self._trained(chunk, tick)
        curves = {name: torch.stack(each, -1).double().cpu() for name, each in curves.items() if each}
        used = curves.pop("used").numpy()
        curves = {name: curve.transpose(0, 1).contiguous().numpy() for name, curve in curves.items()}
        heldout = np.moveaxis(curves.pop("heldout"), 2, 0)
        return {"used": used, **curves, "heldout_loss": heldout[0], "heldout_right": heldout[1]}

    def _looped(self, chunk: int, tick: Callable[[int], object]) -> dict[str, np.ndarray]:
        """The same, run by run, each as `train.run` trains it."""
        plan, (s, r, n), found = self.plan, self.plan.chunks[chunk], []
        labels, rates = [plan.labels[i] for i in s[:, 0]], [plan.base_lrs[i] for i in r[:, 0]]
        made = partial(next, self._told(n.size * s.size, tick), None)
        for seed in (plan.seeds[i] for i in n.flat):
            batches = plan.cast.batches(seed, plan.steps)
            for label, rate in zip(labels, rates, strict=True):
                ledger, right = recorded(plan, label, rate, seed, batches, made)
                effective, loss = ledger.effective_by_group[:, 0], ledger.train_loss
                found.append((ledger.used, effective, loss, ledger.heldout_loss, np.array(right)))
        shape = n.size, s.size
        each = (np.stack(part).reshape(*shape, -1) for part in zip(*found, strict=True))
        used, *others = each
        names = ("effective", "train_loss", "heldout_loss", "heldout_right")
        others = {name: part.swapaxes(0, 1) for name, part in zip(names, others, strict=True)}
        worst = np.abs(used - plan.rates(chunk)).argmax(axis=0)
        return {"used": np.take_along_axis(used, worst[None], axis=0)[0], **others}

    def _told(self, runs: int, tick: Callable[[int], object]) -> Iterator[None]:
        """Asked after each update of so many runs, one after the other, for `tick` to be told."""
        ticks = evaluation_steps(runs * self.plan.steps, TICKS)
        done = dict(zip(ticks.tolist(), np.diff(ticks // self.plan.steps, prepend=0).tolist(), strict=True))
        for update in range(1, runs * self.plan.steps + 1):
            if update in done:
                tick(done[update])
            yield

    def _trained(self, chunk: int, tick: Callable[[int], object]) -> dict[str, list]:
        """Rates used and losses, update by update, and both held-out figures after each evaluation."""
        plan = self.plan
        seeds = [plan.seeds[n] for n in plan.chunks[chunk][2].flat]
        rates = torch.from_numpy(plan.rates(chunk)).to(plan.device, getattr(torch, plan.dtype))
        weights = self.stacked.weights(seeds, len(rates))
        batches = [plan.cast.batches(seed, plan.steps) for seed in seeds]
        ticks = evaluation_steps(plan.steps, TICKS)
        done = iter(np.diff(len(seeds) * len(rates) * ticks // plan.steps, prepend=0).tolist())
        found = {name: [] for name in ("used", "effective", "train_loss", "heldout")}
        base_lrs = np.array(plan.base_lrs)[plan.chunks[chunk][1][:, 0]].tolist()
        updates = partial(self._one_by_one, base_lrs) if plan.per_model else self._updates
        if unlike := self.stacked.unlike(seeds, [b[0] for b in batches]):
            raise Refused(f"{type(plan.template).__name__} cannot be stacked ({unlike}); use train.run")
        pieces = heldout_pieces(plan.cast, plan.seeds[0])
        for t, seen in enumerate(updates(weights, batches, rates)):
            for name, values in seen.items():
                found[name].append(values)
            if t + 1 in plan.when:
                found["heldout"].append(self._heldout(weights, pieces))
            if t + 1 in ticks:
                tick(next(done))
        return found

    def _updates(self, weights: dict[str, Tensor], batches: list, rates: Tensor) -> Iterator[dict]:
        """Make one update after the other, in place; yields the rates that were used and the losses.

        Some updates are looked at: what rate they used is seen in the weights, and where it is not what was
        handed to them, those up to the next look count as off by the same factor. None is looked at with an
        optimizer that torch's own cannot vouch for.
        """
        optimizer, moving = self.plan.optimizer, self.stacked.moving
        memory = {k: [torch.zeros_like(weights[k]) for _ in range(optimizer.slots)] for k in moving}
        off, known = torch.ones_like(rates[:, 0]), type(optimizer) in OPTIMIZERS.values()
        with ExitStack() as stack:
            for t in range(self.plan.steps):
                if t == 1 and self.plan.compile:
                    stack.enter_context(torch.compiler.set_stance("default", skip_guard_eval_unsafe=True))
                inputs, targets = together(b[t] for b in batches)
                count = torch.tensor(t + 1.0, dtype=torch.float64)
                now = rates[:, t].clone()
                if looked := known and t in self.plan.looks:
                    before = {name: weights[name].clone() for name in moving}
                    grads, _ = self._clipped_gradients(weights, inputs, targets)
                    unit = unit_change(optimizer, weights, memory, grads, t)
                losses = self._update(weights, memory, inputs, targets, now, count)
                used = rates_used(rates[:, t], before, weights, unit) if looked else off * rates[:, t]
                off = torch.where(rates[:, t] == 0, off, used / rates[:, t])
                yield {"used": used, "train_loss": losses}

    def _one_by_one(self, base_lrs: list, weights: dict, batches: list, rates: Tensor) -> Iterator[dict]:
        """The same with an optimizer for each model, told when the weights are to be judged."""
        models = Models(self.plan.optimizer, {name: weights[name] for name in self.stacked.moving}, base_lrs)
        for t in range(self.plan.steps):
            batch = [*together(b[t] for b in batches)]
            again = partial(self._gradients_of, weights, batch)
            grads, losses = self._clipped_gradients(weights, *batch)
            effective = models.step(grads, losses, rates[:, t].tolist(), again)
            with models.evaluated() if t + 1 in self.plan.when else nullcontext():
                yield {"used": rates[:, t], "effective": effective, "train_loss": losses}

    def _gradients_of(self, weights: dict[str, Tensor], batch: list, n: int, r: int) -> tuple[dict, Tensor]:
        """Gradients and loss of one model of a chunk, at its weights as they are."""
        one = {name: each[n : n + 1, r : r + 1] for name, each in weights.items()}
        with torch.enable_grad():
            grads, loss = self._clipped_gradients(one, *(part[n : n + 1] for part in batch))
        return {name: each[0, 0] for name, each in grads.items()}, loss[0, 0]

    def _clipped_gradients(self, weights, inputs, targets) -> tuple[dict[str, Tensor], Tensor]:
        grads, losses = self.stacked.gradients(weights, inputs, targets)
        return clipped(grads, self.plan.clip_norm), losses

    @torch.no_grad()
    def _heldout(self, weights: dict[str, Tensor], pieces: list) -> Tensor:
        """Held-out loss and share right of every model, (seeds, runs, 2), nan where the task has no `right`.

        In pieces whose memory does not grow with the held-out set.
        """
        return sum(self.stacked.judged(weights, x, y[None], None) * share for x, y, share in pieces)

    @cached_property
    def _update(self) -> Callable:
        """One update of a whole chunk: gradients, clipping, the optimizer; returns the losses."""
        gradients, optimizer, clip_norm = self.stacked.gradients, self.plan.optimizer, self.plan.clip_norm

        def update(weights, memory, inputs, targets, rates, count):
            grads, each = gradients(weights, inputs, targets)
            for name, gradient in clipped(grads, clip_norm).items():
                rate = rates.reshape(1, -1, *[1] * (gradient.ndim - 2))
                optimizer.update(weights[name], gradient, memory[name], rate, count)
            return each

        if not self.plan.compile:
            return update
        # code of its own: torch.compile gives up on code that was compiled for several engines
        code = update.__code__.replace()
        own = FunctionType(code, update.__globals__, update.__name__, closure=update.__closure__)
        return torch.compile(own, dynamic=False)
