"""One parameter group against its plan: as planned, or since when, by how much and by which fault not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from lrlib.doctor import clocks, forms, levels  # noqa: F401 - each adds its faults
from lrlib.doctor.fit import points_of
from lrlib.doctor.known import FAULTS, Account, Case
from lrlib.doctor.levels import factor_between
from lrlib.doctor.log import Log
from lrlib.doctor.numbers import shortest
from lrlib.doctor.plan import Plan
from lrlib.doctor.search import Points
from lrlib.schedules import Schedule


@dataclass(frozen=True)
class Diagnosis:
    """What became of a plan.

    fault: the simplest known fault that gives every logged rate; "unknown" where none does; None where the
    log is as planned, to its digits. sentence: that, in words. since: the first update that is off, or None.
    largest: the largest difference between a logged and a planned rate, nan where it is not known.
    alternatives: other explanations that the log allows. mend: what to do; code: PyTorch without the fault,
    or "". traps: of the museum, those with such a log. group: which one was off. base_lr: what the plan was
    multiplied by, nan where nothing says it.
    """

    fault: str | None
    sentence: str
    since: int | None = None
    largest: float = 0.0
    alternatives: tuple[str, ...] = ()
    mend: str = ""
    traps: tuple[str, ...] = ()
    group: str = ""
    groups: tuple[Diagnosis, ...] = field(default=(), repr=False)
    code: str = field(default="", repr=False)
    base_lr: float = float("nan")


def diagnosed(log: Log, group: int, schedule: Schedule, base: float | None, hints: dict) -> Diagnosis:
    points, name = points_of(log, group), log.groups[group]
    if unknown := base is None:
        base = _base(points, schedule)
    if not points.y.any() and (meant := base * schedule(points.t)).any():
        return _all_zero(points, meant, np.nan if unknown else base, name)
    for shift in _countings(points, log):
        case = Case(Plan(schedule, base), Points(points.t + shift, points.y, points.tol), hints)
        if not case.off.any():
            return replace(_as_planned(case, shift, name, log.every, log.digits), base_lr=base)
    case = Case(Plan(schedule, base), points, hints)
    found = replace(_explained(case, name, log), base_lr=base)
    if not unknown:
        return found
    whose = f" for {name}" if len(log.groups) > 1 else ""
    return replace(found, sentence=f"{found.sentence} No base_lr was given{whose}: {base:g} was taken.")


def _all_zero(points: Points, meant: np.ndarray, base: float, name: str) -> Diagnosis:
    """No clock and no factor can be read from zeros."""
    said = "Every logged rate is zero, and the plan is not"
    mend = "See that the rate that is logged is that of an optimizer that trains."
    if not meant[0]:
        said += ": as where the scheduler is built, and its step() is never called"
        mend = levels.MOVE
    since, largest = int(points.t[meant > 0][0]), np.nan if np.isnan(base) else float(meant.max())
    return Diagnosis("always-zero", said + ".", since, largest, mend=mend, group=name, base_lr=base)


def _countings(points: Points, log: Log) -> tuple[int, ...]:
    """How the log may count without a fault: from 0, or from 1 where no row is of step 0."""
    return (0, -1) if points.t[0] >= 1 and log.sizes.get("counted_from") != 0 else (0,)


def _base(points: Points, schedule: Schedule) -> float:
    """A base rate that the whole log allows, or else the one that most rows have."""
    for shift in (0, -1):
        t = points.t + shift
        if t.min() >= 0:
            between = factor_between(Case(Plan(schedule), Points(t, points.y, points.tol)), slice(None))
            if between:
                return shortest(*between)
    low, high = (points.y - points.tol).max(), (points.y + points.tol).min()
    if 0 < low <= high:
        return shortest(low, high)
    meant = schedule(points.t)
    there = (meant > 1e-9 * meant.max()) & (points.y > 0)
    if not there.any():
        return float(points.y.max()) or 1.0
    ratios = points.y[there] / meant[there]
    rounded, counts = np.unique(np.array([float(f"{r:.3g}") for r in ratios]), return_counts=True)
    often = rounded[counts.argmax()] if counts.max() > 2 else points.y.max() / meant.max()
    near = np.abs(ratios / often - 1) < 1e-2
    found = float(np.median(ratios[near])) if near.any() else float(often)
    return float(f"{found:.3g}") if abs(float(f"{found:.3g}") / found - 1) < 1e-4 else found


def _as_planned(case: Case, shift: int, name: str, every: int, digits: float) -> Diagnosis:
    gap = float(np.abs(case.meant - case.points.y).max())
    digits = min(digits, 17)
    said = f"The rates are as planned, to the {digits:g} digits of the log"
    also = ()
    if shift == -1:
        said += ", which counts updates from 1"
        also = ("if it counts from 0, every rate comes one update late",)
    last, steps = case.t[-1], case.plan.steps
    names = ()
    if steps < np.inf and last + max(every, 1) < steps - 1:
        said += f"; the log ends at update {int(last)} of {int(steps)}"
        joins = case.plan.starts[1:]
        if case.hints.get("finished") or any(last < join <= last + every for join in joins):
            said += ", where a part of the plan ends: a sequence inside a sequence stops there with an error"
            names = ("nested-last", "late-group")
            said = said.replace("a part of the plan ends:", "the run stopped:") if not joins else said
            return Diagnosis("stops-early", said + ".", int(last) + 1, gap, also, STOPPED, names, name)
    return Diagnosis(None, said + ".", None, gap, also, "", names, name)


LOOK = (
    "Log every update about update {}, or record what the optimizer uses: "
    "with Ledger.watch(optimizer) as ledger."
)
STOPPED = "Put all parts into one flat SequentialLR, and add groups before the scheduler is built."


def _explained(case: Case, name: str, log: Log) -> Diagnosis:
    found: list[Account] = []
    for shift in _countings(case.points, log):
        moved = Case(case.plan, Points(case.t + shift, case.points.y, case.points.tol), case.hints)
        for known in FAULTS:
            found += known(moved)
        if found:
            case = moved
            break
    found.sort(key=lambda account: account.weight)
    since, largest = int(case.t[case.first]), float(np.abs(case.meant - case.points.y).max())
    when = f"At update {since}" if case.off.sum() == 1 else f"From update {since} on"
    where = f"{when}, by up to {largest:.3g}, the rates are not those planned"
    if not found:
        said = f"{where}; none of the known faults gives these rates."
        return Diagnosis("unknown", said, since, largest, (), LOOK.format(since), (), name)
    best = found[0]
    others = tuple(a.said for a in found[1:])
    said = f"{where}: {best.said}." + (f" The log also allows: {'; '.join(others)}." if others else "")
    traps = tuple(dict.fromkeys(n for a in found for n in a.names))
    return Diagnosis(best.fault, said, since, largest, others, best.mend, traps, name, code=best.code)
