"""What a trap is, and the loops that all of them share."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import torch

from lrlib.ledger import Ledger, Recorder
from lrlib.rules import Positive, check, saying
from lrlib.schedules import Schedule


@dataclass(frozen=True)
class Trap:
    """A way to use other rates than the planned ones, as a program that runs.

    id: short name. title: what the program does wrong. symptom: what its ledger shows. cause: why torch does
    that. fix: what to do instead. thread: where somebody met it, a URL.
    program: (base_lr, **settings) -> Recorder. wrong, right: its settings with and without the fault.

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


def sgd(lr: float) -> torch.optim.SGD:
    """A torch optimizer over one weight, in one parameter group."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def rates(base_lr: float, schedule: Schedule, updates: int) -> np.ndarray:
    """Planned rates of updates 0 .. updates-1, shape (updates,)."""
    return base_lr * np.asarray(schedule(np.arange(updates)), dtype=np.float64)


def step_both(optimizer, scheduler, updates: int) -> None:
    """The loop of the PyTorch documentation: after each update one call of the scheduler."""
    for _ in range(updates):
        optimizer.step()
        scheduler.step()


def follow(optimizer, scheduler, plan: np.ndarray) -> Recorder:
    """Make as many updates as are planned, and record them."""
    with Ledger.watch(optimizer, intended=plan) as ledger:
        step_both(optimizer, scheduler, len(plan))
    return ledger


def two_lives(optimizer, scheduler, plan: np.ndarray, saved_at: int, restore: Callable) -> Recorder:
    """Train, save after `saved_at` updates, and go on with a new optimizer and scheduler, in one record.

    restore: (saved optimizer state, saved scheduler state) -> new optimizer, new scheduler.
    """
    with Ledger.watch(optimizer, intended=plan) as ledger:
        step_both(optimizer, scheduler, saved_at)
        saved = deepcopy(optimizer.state_dict()), deepcopy(scheduler.state_dict())
        optimizer, scheduler = restore(*saved)
        optimizer.register_step_post_hook(lambda opt, args, kwargs: ledger.saw(opt.param_groups))
        step_both(optimizer, scheduler, len(plan) - saved_at)
    return ledger
