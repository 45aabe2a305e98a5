"""What training will cost: said before it starts, and refused beyond a limit that can be raised."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from lrlib.process import cores
from lrlib.rules import Refused

if TYPE_CHECKING:  # they import torch
    from lrlib.evidence.sweeps import Definition
    from lrlib.tasks import Task
    from lrlib.train.plan import Plan

WIDENED = 6  # rates by which tuning widens a grid at most
SPEED = 5000  # updates of a small model in a second, on one core
RATES, SEEDS = (0.05, 0.1, 0.2), range(12)  # of a trial, where none are given
UPDATES = 20  # of a trial
FEWEST = 3  # updates of a trial, however long they take
TRIAL = 0.5  # seconds that a trial should take at most
BYTES = 16  # of an update: its loss, and a copy while results are put together


@dataclass(frozen=True)
class Cost:
    """What a report trains at most: so many runs of so many steps.

    plan: makes the `train.Plan` whose chunks stand for all of it, when it is asked for. workers: processes.
    seconds: of training on this machine, from a short trial the first time that it is asked for; bytes: of
    memory. Both are None where there is no plan.

    >>> grid = of("quadratic", ["linear(1, 0, T)"], [0.1, 0.2], range(6), steps=100, runs=30)
    >>> grid.runs, grid.steps, 0 < grid.seconds < 600, 0 < grid.bytes < 1e9
    (30, 100, True, True)
    """

    runs: int
    steps: int
    plan: Callable[[], Plan] | None = None
    workers: int = 1

    @cached_property
    def seconds(self) -> float | None:
        if self.plan is None:
            return None
        at_once = min(self.workers, len(self._made.chunks), cores())
        return self.runs * self.steps * _seconds(self._made) / at_once

    @cached_property
    def bytes(self) -> int | None:
        """What training takes, and the figures of all runs."""
        if self.plan is None:
            return None
        figures = min(self._made.evaluations, self.steps)
        return self._made.bytes(self.workers) + self.runs * figures * BYTES

    @cached_property
    def _made(self) -> Plan:
        return self.plan()

    @property
    def said(self) -> str:
        """All of it in one line."""
        if self.plan is None:
            return roughly(self.runs, self.steps)
        runs, slow = f"up to {self.runs:,} runs of {self.steps:,} steps", self._made.one_at_a_time
        took = f"about {span(self.seconds)} of training on this machine, and {megabytes(self.bytes)}"
        return f"{runs}: {took}" + (f"; {slow}" if slow else "")

    def refuse(self, limit: int | None) -> None:
        """ValueError for more updates than `limit`, and for more than half of the memory of this machine."""
        if limit is not None and (updates := self.runs * self.steps) > limit:
            raise Refused(
                f"up to {self.runs:,} runs of {self.steps:,} steps are {updates:,} updates; that is above "
                f"the limit of {limit:,} updates: ask for less, or raise it, -p most_updates {updates}"
            )
        if self.plan is not None and self.bytes > self._most:
            raise Refused(
                f"{self.runs:,} runs of {self.steps:,} steps take {self.bytes / 1e9:,.1f} GB of memory; "
                f"half of what this machine has is {self._most / 1e9:,.1f} GB: take fewer steps, seeds or "
                "workers"
            )

    @property
    def _most(self) -> float:
        from lrlib.train.plan import HALF

        return HALF


def of(task: Task | str, schedules, base_lrs, seeds, *, steps: int, runs: int | None = None,
       workers: int = 1, **how) -> Cost:  # fmt: skip
    """The cost of training like `train.sweep` with these arguments, when it is `runs` runs in all.

    runs: with what is trained besides, such as for tuning; by default those of the sweep.
    """
    plan = partial(_plan, task, schedules, base_lrs, seeds, steps=steps, **how)
    return Cost(runs or len(schedules) * len(base_lrs) * len(seeds), steps, plan, workers)


def timed(task: Task | str, schedules, base_lrs=RATES, seeds=SEEDS, *, workers: int = 1, **how) -> float:
    """Seconds for one update of one run in a sweep with these arguments, where `workers` processes share it.

    Measured on this machine, by a trial of a second or two; the share of the held-out losses is in it.
    """
    return _seconds(_plan(task, schedules, base_lrs, seeds, **how)) / min(workers, cores())


def _plan(*arguments, **how) -> Plan:
    from lrlib.train.plan import Plan

    return Plan(*arguments, **{"max_gb": math.inf, "any_length": True, **how})


def _seconds(plan: Plan) -> float:
    """Those of one update of one run, from the first updates of the first chunk, or of a part of it."""
    share = min(plan.evaluations / plan.steps, 1)
    plan = replace(plan, steps=min(UPDATES, max(plan.steps, 2)), any_length=True)
    alone = _update(replace(plan, runs_at_once=1), 1)
    at_once = min(plan.runs_in([0]), max(1, int(TRIAL / alone)))
    plan = replace(plan, runs_at_once=at_once)
    update = _update(plan, 1)
    figures = max(_update(plan, plan.steps) - update, 0)
    return (update + figures * share) / plan.runs_in([0])


def _update(plan: Plan, evaluations: int) -> float:
    """Seconds between two updates of the first chunk of a plan, the median of some."""
    from lrlib.train.engine import Engine

    at = []

    def tick(_) -> None:
        at.append(time.perf_counter())
        if len(at) > FEWEST and at[-1] - at[0] > TRIAL:
            raise _Enough

    with suppress(_Enough):
        Engine(replace(plan, evaluations=evaluations)).train(0, tick)
    return median(b - a for a, b in pairwise(at))


class _Enough(Exception):
    """A trial has taken long enough."""


def span(seconds: float) -> str:
    """A time in words, to two digits.

    >>> span(0.3), span(74), span(800), span(30_000), span(900_000)
    ('1 second', '74 seconds', '13 minutes', '8.3 hours', '10 days')
    """
    if seconds < 1.5:
        return "1 second"
    for unit, size, most in (("seconds", 1, 100), ("minutes", 60, 100 * 60), ("hours", 3600, 48 * 3600)):
        if seconds < most:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    return f"{float(f'{seconds / 86_400:.2g}'):,g} days"


def megabytes(size: int) -> str:
    """A size in words, upwards: nothing takes none.

    >>> megabytes(300), megabytes(63_500_000)
    ('1 MB', '64 MB')
    """
    return f"{math.ceil(size / 1e6):,} MB"


def roughly(runs: int, steps: int) -> str:
    """Runs of so many steps, in work, time and memory.

    >>> roughly(800, 5000)
    'up to 800 runs of 5,000 steps: 13.3 minutes at 5,000 updates a second on one core, and 64 MB'
    """
    updates = runs * steps
    time = f"{updates / SPEED / 60:,.1f} minutes at {SPEED:,} updates a second on one core"
    return f"up to {runs:,} runs of {steps:,} steps: {time}, and {megabytes(updates * BYTES)}"


def refuse_beyond(limit: int, runs: int, steps: int, raised: str) -> None:
    """ValueError for more updates than `limit`. raised: how a person raises it, as in "-p most_updates".

    >>> refuse_beyond(10**6, 800, 5000, "-p most_updates")
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: up to 800 runs of 5,000 steps: 13.3 minutes at 5,000 updates a second on one core, \
and 64 MB; that is above the limit of 1,000,000 updates: ask for less, or raise it, -p most_updates 4000000
    """
    if runs * steps > limit:
        raise Refused(
            f"{roughly(runs, steps)}; that is above the limit of {limit:,} updates: ask for less, or raise "
            f"it, {raised} {runs * steps}"
        )


def of_sweep(definition: Definition) -> tuple[int, int]:
    """(runs, steps) of a stored sweep, with the widest grid that its tuning may try where it is judged.

    >>> from lrlib.evidence import sweeps
    >>> of_sweep(sweeps.definition("warmup-sgd"))
    (408, 200)
    """
    schedules, judged = len(definition.schedules), len(definition.judging_seeds)
    peaks = len(definition.given["base_lrs"]) + (WIDENED if judged else 0)
    return schedules * (peaks * len(definition.tuning_seeds) + judged), definition.steps
