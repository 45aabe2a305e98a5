"""What a batch trains at most: said before it starts, and refused where this machine has not the memory."""

from __future__ import annotations

from collections.abc import Sequence

from lrlib.batch.grid import Job
from lrlib.reports.budget import span
from lrlib.rules import Refused

TRIALS = 6  # kinds of reports that are timed; others are taken to be as quick as these on average


def said(jobs: Sequence[Job], at_once: int) -> str:
    """In one line; empty where no report says what it trains. at_once: reports that run side by side.

    Time is measured by a short trial of one report of each kind (name, task and its options), and goes with
    the number of updates within a kind.
    """
    kinds: dict[str, list[Job]] = {}
    for job in jobs:
        if job.cost is not None:
            kinds.setdefault(_kind(job), []).append(job)
    if not kinds:
        return ""
    updates = {kind: sum(job.cost.runs * job.cost.steps for job in same) for kind, same in kinds.items()}
    runs = sum(job.cost.runs for same in kinds.values() for job in same)
    work = f"up to {runs:,} runs with {sum(updates.values()):,} updates in all"
    trials = {kind: _seconds(same[0]) for kind, same in list(kinds.items())[:TRIALS]}
    if None in trials.values():
        return work
    usual = sum(trials.values()) / len(trials)
    seconds = sum(n * trials.get(kind, usual) for kind, n in updates.items())
    side = f", {span(seconds / at_once)} with {at_once} reports at once" if at_once > 1 else ""
    return f"{work}: about {span(seconds)} of training on one core of this machine{side}"


def refuse_beyond_memory(jobs: Sequence[Job], at_once: int) -> None:
    """ValueError where the largest reports that may run side by side take more than half of the memory."""
    largest = sorted((job.cost.bytes or 0 for job in jobs if job.cost is not None), reverse=True)[:at_once]
    if not any(largest):
        return
    from lrlib.train.plan import HALF

    if sum(largest) > HALF:
        raise Refused(
            f"--workers {at_once}: so many reports may take {sum(largest) / 1e9:,.1f} GB of memory; half "
            f"of what this machine has is {HALF / 1e9:,.1f} GB: take fewer"
        )


def _kind(job: Job) -> str:
    return repr([job.report, job.given.get("task"), job.given.get("options")])


def _seconds(job: Job) -> float | None:
    """Those of one update."""
    return None if job.cost.seconds is None else job.cost.seconds / (job.cost.runs * job.cost.steps)
