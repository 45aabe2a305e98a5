"""Which schedule of the catalogue the rates of a log are."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field

import numpy as np

from lrlib import rules
from lrlib import schedules as s
from lrlib.doctor.curves import smooth
from lrlib.doctor.log import Log
from lrlib.doctor.numbers import length, shortest, tolerance
from lrlib.doctor.search import Points
from lrlib.doctor.stairs import cycles, per_epoch, stairs, warmed
from lrlib.rules import Refused
from lrlib.schedules import Schedule

COUNTING = {
    0: "",
    -1: "the log counts updates from 1",
    1: "the log counts from 0 and was written after the scheduler's step",
}
MOST = 8  # candidates that are kept
FEWEST = 3  # rows that say something of a schedule
FEW = 40  # rows that stairs and smooth curves may both give
PLAIN = 3  # digits of a rate that a person wrote down
OFFSET = 3  # digits that another way of counting weighs


@dataclass(frozen=True)
class Candidate:
    """A schedule that gives every logged rate, to the digits of the log.

    schedule, base_lr: rates are base_lr * schedule(update). text: the schedule as text. deviation: the
    largest difference from a logged rate; relative: that, as a part of the largest rate. first_update: which
    update the first row of the log belongs to, counted from 0. undetermined: what the log does not settle.
    """

    schedule: Schedule
    text: str
    base_lr: float
    deviation: float
    relative: float
    first_update: int
    undetermined: str = ""
    shift: int = field(default=0, repr=False)
    weight: float = field(default=0, repr=False)

    def rates(self, updates) -> np.ndarray:
        """The rates in effect at these updates."""
        return self.base_lr * self.schedule(updates)


@dataclass(frozen=True)
class Identified:
    """The schedules that a log may be of, the simplest first; none where the catalogue has none.

    group: the parameter group that was looked at. ratios: of each group, its rates as a multiple of those of
    the first where that is one number, else nan.
    """

    candidates: tuple[Candidate, ...]
    sentence: str
    group: str = "lr"
    ratios: tuple[float, ...] = (1.0,)
    others: tuple[Identified, ...] = ()


def identify(log: Log) -> Identified:
    """Which schedules of the catalogue the logged rates are, of every parameter group.

    Every logged rate of a candidate is within half a unit of its last digit. Raises ValueError for what is
    no `Log`.

    >>> from lrlib.schedules import cosine
    >>> found = identify(Log(range(100), (0.1 * cosine(1, 0, 100).values(100)).round(6)))
    >>> found.candidates[0].text, found.candidates[0].base_lr
    ('cosine(1, 0, 100)', 0.1)
    """
    if not isinstance(log, Log):
        raise Refused(f"log must be a Log, as doctor.read gives, got {rules.shown(log)}", "identify")
    each = [_identified(log, group) for group in range(len(log.groups))]
    first, ratios = each[0], tuple(_ratio(log, group) for group in range(len(log.groups)))
    said = first.sentence
    if len(each) > 1:
        said = " ".join(f"{one.group}: {one.sentence}" for one in each)
    return Identified(first.candidates, said, first.group, ratios, tuple(each[1:]))


def _identified(log: Log, group: int) -> Identified:
    points = points_of(log, group)
    if (rows := len(points.t)) < FEWEST:
        said = f"{rows} row{'s' * (rows > 1)} with a rate: too few to tell a schedule."
        return Identified((), said, log.groups[group])
    found: list[Candidate] = []
    for shift in (0, -1, 1):
        if (shift == -1 and points.t.min() < 1) or (found and _plain(found)):
            continue
        found += _candidates(points, shift)
    found.sort(key=lambda candidate: candidate.weight)
    kept = tuple(_different(found, points))[:MOST]
    return Identified(kept, _sentence(kept, points), log.groups[group])


def _plain(found: list[Candidate]) -> bool:
    """Whether one of them is so short to say that another way of counting cannot be simpler."""
    return min(length(one.base_lr) for one in found) <= PLAIN


def points_of(log: Log, group: int = 0) -> Points:
    """The rows with a rate, in rising order of their steps; of a step that was logged twice, the later."""
    rates, tol = log.rates[:, group], tolerance(log, group)
    there = np.flatnonzero(~np.isnan(rates))
    steps, last = np.unique(log.steps[there][::-1], return_index=True)
    rows = there[::-1][last]
    return Points(steps.astype(float), rates[rows], tol[rows])


def _candidates(points: Points, shift: int) -> list[Candidate]:
    moved = Points(points.t + shift, points.y, points.tol)
    made = itertools.chain(stairs(moved), cycles(moved), _epochs(moved), warmed(moved))
    found = [c for s, base, hint in made if (c := verified(s, base, points, shift, hint))]
    if not found or len(points.t) < FEW:
        found += [c for s, base, hint in smooth(moved) if (c := verified(s, base, points, shift, hint))]
    return found


def _epochs(points: Points):
    """Smooth curves that are looked up once an epoch."""
    for one_each, length_of in per_epoch(points):
        for body, base, hint in smooth(one_each):
            said = hint and "the log ends before the way down does: its end is found by going on from there"
            yield s.stairs(s.stretch(body, length_of), length_of), base, said


def verified(schedule: Schedule, base_lr: float, points: Points, shift: int, undetermined: str = ""):
    """The candidate, where it gives every logged rate; else None."""
    made = base_lr * schedule(points.t + shift)
    off = np.abs(made - points.y)
    if (off > points.tol * (1 + 1e-9)).any():
        return None
    text = str(schedule)
    weight = _weight(text) + length(base_lr) + OFFSET * abs(shift)
    top = np.abs(points.y).max() or 1.0
    first = int(points.t[0]) + shift
    return Candidate(schedule, text, base_lr, float(off.max()), float(off.max() / top), first,
                     undetermined, shift, weight)  # fmt: skip


@functools.lru_cache(maxsize=4096)
def _weight(text: str) -> float:
    """How long a schedule is to say: its numbers by their digits, and its names."""
    digits = sum(ch.isdigit() for ch in text) - sum(text.count("0" * n) for n in range(1, 7)) / 2
    return digits + 2 * text.count("(") + 2 * text.count(">>")


def _different(found: list[Candidate], points: Points):
    """Without those that say the same as a simpler one."""
    kept: list[Candidate] = []
    for one in found:
        here = one.base_lr, one.text
        if all((other.base_lr, other.text) != here for other in kept):
            kept.append(one)
            yield one


def _ratio(log: Log, group: int) -> float:
    """By what the rates of the first group are multiplied, if that is one number to the digits of the log."""
    a, b = log.rates[:, 0], log.rates[:, group]
    there = ~np.isnan(a) & ~np.isnan(b) & (a > 0)
    if not there.any():
        return float("nan")
    tol = tolerance(log, group)[there] + tolerance(log, 0)[there] * (b[there] / a[there])
    low, high = ((b[there] + sign * tol) / a[there] for sign in (-1, 1))
    return shortest(low.max(), high.min()) if low.max() <= high.min() else float("nan")


def _sentence(kept: tuple[Candidate, ...], points: Points) -> str:
    if not kept:
        return "The rates are none of the catalogue: no schedule that was tried gives every logged rate."
    best = kept[0]
    said = f"The rates are {best.text} at base_lr {best.base_lr:g}"
    said += f"; {COUNTING[best.shift]}" if best.shift else ""
    said += f"; {best.undetermined}" if best.undetermined else ""
    if points.t[0] > 2 * np.median(np.diff(points.t)):
        said += f"; the log begins at update {points.t[0]:g}, and does not say what was before"
    said += f". Every logged rate is within {best.relative:.1g} of the largest."
    if len(kept) > 1:
        others = "; ".join(f"{c.text} at {c.base_lr:g}" for c in kept[1:4])
        more = f" and {len(kept) - 4} more" if len(kept) > 4 else ""
        said += f" The log cannot tell it from {others}{more}."
    return said
