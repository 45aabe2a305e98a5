"""The engine: many models of one task trained as one program, chunk by chunk, or one after the other.

The parameters of a chunk are stacked on two leading axes, (seeds, runs). All runs of one seed see the same
batch, which turns the first layer of all of them into a single matrix product. The loss of a chunk is the
sum over its models; each model's weights appear in its own term only, so the gradient of the sum holds the
gradient of every model. Models that cannot be stacked are trained as `train.run` trains them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lrlib.rules import Refused
from lrlib.train.alone import alone
from lrlib.train.ensemble import Ensemble
from lrlib.train.loop import recorded
from lrlib.train.observed import rates_used
from lrlib.train.permodel import Models
from lrlib.train.plan import Plan, evaluation_steps
from lrlib.train.stacking import Stacked, together
from lrlib.train.updates import OPTIMIZERS

TICKS = 20  # how often the progress of a chunk is told


class Engine:
    """Trains the chunks of a plan."""

    def __init__(self, plan: Plan):
        self.plan, self.stacked = plan, Stacked(plan)
        self._last: Ensemble | None = None
        self._alike: list[int] = []  # seeds whose models were last found to be what they are alone

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
        batches = [plan.cast.batches(seed, plan.steps) for seed in seeds]
        ticks = evaluation_steps(plan.steps, TICKS)
        done = iter(np.diff(len(seeds) * len(rates) * ticks // plan.steps, prepend=0).tolist())
        found = {name: [] for name in ("used", "effective", "train_loss", "heldout")}
        base_lrs = np.array(plan.base_lrs)[plan.chunks[chunk][1][:, 0]].tolist()
        updates = partial(self._one_by_one, base_lrs) if plan.per_model else self._updates
        self._refuse_unlike(seeds, batches)
        models = self._ensemble(seeds, len(rates))
        for t, seen in enumerate(updates(models, batches, rates)):
            for name, values in seen.items():
                found[name].append(values)
            if t + 1 in plan.when:
                found["heldout"].append(models.heldout())
            if t + 1 in ticks:
                tick(next(done))
        return found

    def _refuse_unlike(self, seeds: list[int], batches: list) -> None:
        """ValueError for models that are not the same stacked; asked once for chunks of the same seeds."""
        if seeds != self._alike and (unlike := self.stacked.unlike(seeds, [b[0] for b in batches])):
            raise Refused(f"{type(self.plan.template).__name__} cannot be stacked ({unlike}); use train.run")
        self._alike = seeds

    def _ensemble(self, seeds: list[int], runs: int) -> Ensemble:
        """Those of a chunk, in the memory of the last one where that had as many."""
        if self._last and self._last.shape == (len(seeds), runs):
            self._last.start(seeds)
        else:
            self._last = Ensemble(self.plan, self.stacked, seeds, runs)
        return self._last

    def _updates(self, models: Ensemble, batches: list, rates: Tensor) -> Iterator[dict]:
        """Make one update after the other, in place; yields the rates that were used and the losses.

        Some updates are looked at: what rate they used is seen in the weights, and where it is not what was
        handed to them, those up to the next look count as off by the same factor. None is looked at with an
        optimizer that torch's own cannot vouch for.
        """
        off, known = torch.ones_like(rates[:, 0]), type(self.plan.optimizer) in OPTIMIZERS.values()
        for t in range(self.plan.steps):
            batch, used = [*together(b[t] for b in batches)], off * rates[:, t]
            count = torch.tensor(t + 1.0, dtype=torch.float64)
            if looked := known and t in self.plan.looks:
                before, unit = models.looked_at(batch, t)
            losses = models.update(*batch, rates[:, t].clone(), count)
            if looked:
                used = rates_used(rates[:, t], before, models.weights, unit)
                off = torch.where(rates[:, t] == 0, off, used / rates[:, t])
            yield {"used": used, "train_loss": losses}

    def _one_by_one(self, base_lrs: list, models: Ensemble, batches: list, rates: Tensor) -> Iterator[dict]:
        """The same with an optimizer for each model, told when the weights are to be judged."""
        moving = {name: models.weights[name] for name in self.stacked.moving}
        stepped = Models(self.plan.optimizer, moving, base_lrs)
        for t in range(self.plan.steps):
            batch = [*together(b[t] for b in batches)]
            again = partial(models.gradients_of, batch)
            grads, losses = models.gradients(*batch)
            effective = stepped.step(grads, losses, rates[:, t].tolist(), again)
            with stepped.evaluated() if t + 1 in self.plan.when else nullcontext():
                yield {"used": rates[:, t], "effective": effective, "train_loss": losses}
