"""What a trap is, and the loops that all of them share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR

from lrlib.ledger import Ledger, Recorder
from lrlib.rules import Positive, check, saying
from lrlib.schedules import Schedule

RATE = itemgetter("lr")


@dataclass(frozen=True)
class Trap:
    """A way to use other rates than the planned ones, as a program that runs.

    id: short name. title: what the program does wrong. symptom: what its ledger shows. cause: why torch does
    that. fix: what to do instead. thread: where somebody met it, or its mechanism, a URL.
    program: (base_lr, **settings) -> Recorder. wrong, right: its settings with and without the fault.
    alike: the id of another trap with the same ledger and another cause, or "".

    >>> from lrlib.course.museum import TRAPS
    >>> trap = TRAPS["micro-batches"]
    >>> trap.title
    'The scheduler steps on every micro-batch'
    >>> round(trap.broken(base_lr=0.1).largest_gap(), 4), trap.fixed(base_lr=0.1).largest_gap() < 1e-12
    (0.0675, True)
    """

    id: str
    title: str
    symptom: str
    cause: str
    fix: str
    thread: str
    program: Callable[..., Recorder] = field(repr=False)
    wrong: Mapping = field(repr=False)
    right: Mapping = field(repr=False)
    alike: str = ""

    def broken(self, base_lr: float = 0.1) -> Ledger:
        """Run the program with its fault; the ledger holds the rates planned and the rates used.

        A run that an error ended has fewer used rates than planned ones. Raises ValueError unless `base_lr`
        is positive and finite.
        """
        return self._run(base_lr, self.wrong)

    def fixed(self, base_lr: float = 0.1) -> Ledger:
        """Run the repaired program: its ledger has no gap. Raises like `broken`."""
        return self._run(base_lr, self.right)

    def _run(self, base_lr: float, settings: Mapping) -> Ledger:
        with saying(f"trap {self.id}"):
            base_lr = check("base_lr", Positive, base_lr)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.program(base_lr, **settings).ledger


def weight() -> torch.nn.Parameter:
    """A model of one weight."""
    return torch.nn.Parameter(torch.zeros(1))


def sgd(lr: float) -> torch.optim.SGD:
    """A torch optimizer over one weight, in one parameter group."""
    return torch.optim.SGD([weight()], lr=lr)


def driven(optimizer, *schedules: Schedule) -> LambdaLR:
    """torch's way to follow any formula, one a group or one for all; functions are no part of its state."""
    curves = [lambda t, schedule=schedule: schedule(t) for schedule in schedules]
    return LambdaLR(optimizer, curves if len(curves) > 1 else curves[0])


def rates(base_lr: float, schedule: Schedule, updates: int) -> np.ndarray:
    """Planned rates of updates 0 .. updates-1, shape (updates,)."""
    return base_lr * np.asarray(schedule(np.arange(updates)), dtype=np.float64)


def step_both(optimizer, scheduler, updates: int) -> None:
    """The loop of the PyTorch documentation: after each update one call of the scheduler."""
    for _ in range(updates):
        optimizer.step()
        scheduler.step()


def follow(optimizer, scheduler, plan: np.ndarray, label: str = "") -> Recorder:
    """Make as many updates as are planned, and record them; the label is one of the ledger."""
    with Ledger.watch(optimizer, intended=plan, label=label) as ledger:
        step_both(optimizer, scheduler, len(plan))
    return ledger


def two_lives(
    optimizer,
    scheduler,
    plan: np.ndarray,
    saved_at: int,
    restore: Callable,
    reading: Callable = RATE,
    label: str = "",
) -> Recorder:
    """Train, save after `saved_at` updates, and go on with a new optimizer and scheduler, in one record.

    restore: (saved optimizer state, saved scheduler state) -> new optimizer, new scheduler.
    reading: what is recorded of a parameter group, its rate by default. label: what that is.
    """
    ledger = Recorder(intended=plan, label=label)

    def note(optimizer, args, kwargs):
        ledger.saw([{"lr": reading(group)} for group in optimizer.param_groups])

    optimizer.register_step_post_hook(note)
    step_both(optimizer, scheduler, saved_at)
    saved = deepcopy(optimizer.state_dict()), deepcopy(scheduler.state_dict())
    optimizer, scheduler = restore(*saved)
    optimizer.register_step_post_hook(note)
    step_both(optimizer, scheduler, len(plan) - saved_at)
    return ledger
