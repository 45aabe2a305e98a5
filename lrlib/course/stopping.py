"""The experiments of lesson 24: a run that is stopped, saved and resumed, and what it may forget."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from io import BytesIO

import numpy as np
import torch
from torch.func import functional_call, stack_module_state, vmap

from lrlib.course.finetune import heldout
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule
from lrlib.tasks import Task

PARTS = ("weights", "optimizer", "scheduler", "position")


class Run:
    """A training program for the networks of several seeds at once, by SGD with momentum 0.9.

    What it needs to know at update t, and so has to be saved: the weights; what the optimizer remembers; what
    the scheduler has counted; and at which batch it is. `used` are the rates of all updates so far, also of
    those before a resume.

    >>> from lrlib import tasks
    >>> from lrlib.schedules import linear
    >>> whole, first, second = (Run(tasks.get("digits"), [0, 1], linear(1, 0, 8), 0.1, 8) for _ in range(3))
    >>> whole.go(8), first.go(5), second.resume(first.saved()), second.go(3)
    (None, None, None, None)
    >>> bool((second.losses() == whole.losses()).all())
    True
    """

    def __init__(self, task: Task, seeds: Sequence[int], schedule: Schedule, rate: float, steps: int):
        self.task, self.model, self.position = task, task.model(seeds[0]), 0
        self.weights, _ = stack_module_state([task.model(seed) for seed in seeds])
        self.optimizer = torch.optim.SGD(self.weights.values(), lr=rate, momentum=0.9)
        self.scheduler = ScheduleLR(self.optimizer, schedule)
        made = [task.batches(seed, steps) for seed in seeds]
        self.inputs, self.targets = made[0].inputs, torch.stack([each.targets for each in made])
        self.order, self.used = torch.stack([each.order for each in made]), np.zeros(0)

    def go(self, updates: int, clock: float = 1) -> None:
        """Make so many updates. clock: how far each moves the scheduler."""
        seeds = torch.arange(len(self.targets))[:, None]
        with Ledger.watch(self.optimizer) as ledger:
            for _ in range(updates):
                rows = self.order[:, self.position]
                self.optimizer.zero_grad()
                vmap(self._loss)(self.weights, self.inputs[rows], self.targets[seeds, rows]).sum().backward()
                self.optimizer.step()
                self.scheduler.advance(self.scheduler.last_epoch + clock)
                self.position += 1
        self.used = np.append(self.used, ledger.used)

    def _loss(self, weights, x, y):
        return self.task.loss(functional_call(self.model, weights, (x,)), y)

    def saved(self) -> bytes:
        """A checkpoint: everything that the run needs to know, as a file would hold it."""
        kept = {"weights": self.weights, "optimizer": self.optimizer.state_dict()}
        kept |= {
            "scheduler": self.scheduler.state_dict(),
            "position": self.position,
            "used": self.used.tolist(),
        }
        file = BytesIO()
        torch.save(kept, file)
        return file.getvalue()

    def resume(self, checkpoint: bytes, forget: Collection[str] = ()) -> None:
        """Take over a checkpoint, but for the parts to forget, of `PARTS`."""
        kept = torch.load(BytesIO(checkpoint), weights_only=True)
        self.used = np.array(kept["used"])
        with torch.no_grad():
            for name, weights in kept["weights"].items():
                self.weights[name].copy_(weights)
        if "optimizer" not in forget:
            self.optimizer.load_state_dict(kept["optimizer"])
        if "scheduler" not in forget:
            self.scheduler.load_state_dict(kept["scheduler"])
        if "position" not in forget:
            self.position = kept["position"]

    def losses(self, figure=None) -> np.ndarray:
        """Held-out loss of each seed now, or another figure, (seeds,)."""
        return heldout(self.task, self.weights, figure)


def skipping(updates: int, guarded: bool, stop: int = 0, forget: bool = False) -> tuple[Ledger, int]:
    """A run with torch's `GradScaler`, whose scale begins too high: its ledger, and how many calls it took.

    The scaler leaves out each update whose gradient overflows, and halves its scale. The scheduler is a line
    from 1 to 0 over `updates`. guarded: it steps only where the scale did not fall. stop: after so many
    calls the run is saved and resumed; forget: without the scaler's state. Without a guard the run ends after
    `updates` calls; with one, after as many updates.
    """
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, updates)
    scaler, calls = torch.amp.GradScaler("cpu", init_scale=2.0**120), 0
    with Ledger.watch(optimizer) as ledger:
        while (len(ledger.steps) if guarded else calls) < updates:
            if calls == stop and forget:
                scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
            before, calls = scaler.get_scale(), calls + 1
            optimizer.zero_grad()
            scaler.scale(2.0**14 * weight.sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            if not guarded or scaler.get_scale() >= before:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # torch's, that its scheduler is ahead of the optimizer
                    scheduler.step()
    return ledger.ledger, calls
