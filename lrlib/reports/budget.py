"""What training will cost: said before it starts, and refused beyond a limit that can be raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lrlib.rules import Refused

if TYPE_CHECKING:  # they import torch
    from lrlib.evidence.sweeps import Definition
    from lrlib.train.plan import Plan

TUNING_SEEDS = 4
WIDENED = 6  # rates by which tuning widens a grid at most
SPEED = 5000  # updates of a small model in a second, on one core
BYTES = 16  # of an update: its loss, and a copy while results are put together


@dataclass(frozen=True)
class Cost:
    """What a report trains at most: so many runs of so many steps.

    seconds: how long that takes on this machine, measured by a short trial the first time that it is asked
    for; bytes: the most memory; both None where no plan says what is trained.
    plan: makes one `train.Plan` of the report, the largest, when it is asked to. workers: processes.
    """

    runs: int
    steps: int
    plan: Callable[[], Plan] | None = None
    workers: int = 1

    @cached_property
    def seconds(self) -> float | None:
        return None

    @cached_property
    def bytes(self) -> int | None:
        return None

    @property
    def said(self) -> str:
        return said(self.runs, self.steps)


def said(runs: int, steps: int) -> str:
    """Runs of so many steps, in work, time and memory.

    >>> said(800, 5000)
    'up to 800 runs of 5,000 steps: 13.3 minutes at 5,000 updates a second on one core, and 64 MB'
    """
    updates = runs * steps
    time = f"{updates / SPEED / 60:,.1f} minutes at {SPEED:,} updates a second on one core"
    return f"up to {runs:,} runs of {steps:,} steps: {time}, and {updates * BYTES / 1e6:,.0f} MB"


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
            f"{said(runs, steps)}; that is above the limit of {limit:,} updates: ask for less, or raise it, "
            f"{raised} {runs * steps}"
        )


def of_grid(settled: Mapping[str, object]) -> Cost | None:
    """That of `of_report`; None for parameters that name no grid of peaks."""
    grid = {"schedules", "base_lrs", "n_seeds", "steps"} <= set(settled)
    return Cost(*of_report(settled)) if grid else None


def of_report(settled: Mapping[str, object]) -> tuple[int, int]:
    """(runs, steps) of a report with these parameters, with its tuning and the widest grid that it may try.

    >>> given = {"schedules": ["constant(1)"], "base_lrs": [0.1, 0.2, 0.4], "n_seeds": 6, "steps": 100}
    >>> of_report(given)
    (90, 100)
    """
    peaks, seeds = len(settled["base_lrs"]) + WIDENED, settled["n_seeds"] + TUNING_SEEDS
    return len(settled["schedules"]) * peaks * seeds, settled["steps"]


def of_sweep(definition: Definition) -> tuple[int, int]:
    """(runs, steps) of a stored sweep, with the widest grid that its tuning may try where it is judged.

    >>> from lrlib.evidence import sweeps
    >>> of_sweep(sweeps.definition("warmup-sgd"))
    (408, 200)
    """
    schedules, judged = len(definition.schedules), len(definition.judging_seeds)
    peaks = len(definition.given["base_lrs"]) + (WIDENED if judged else 0)
    return schedules * (peaks * len(definition.tuning_seeds) + judged), definition.steps
