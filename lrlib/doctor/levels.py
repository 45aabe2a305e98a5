"""Faults of height: rates that stand still or are a multiple of the plan, floors, single wrong updates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from lrlib import schedules as s
from lrlib.doctor import fixes
from lrlib.doctor.known import Account, Case, fault
from lrlib.doctor.numbers import shortest
from lrlib.doctor.plan import beyond
from lrlib.schedules import Schedule

WRITE = 'Write group["lr"] in every group of optimizer.param_groups, or let a scheduler do it.'
MOVE = "Call scheduler.step() once an update, inside the loop."


@fault
def never_moves(case: Case) -> Iterator[Account]:
    y, tol, plan = case.points.y, case.points.tol, case.plan
    low, high = (y - tol).max(), (y + tol).min()
    if low > high or np.ptp(case.meant) <= tol.max() or len(y) < 2:
        return
    made = np.full_like(y, shortest(low, high))
    if low <= plan.base_lr * (1 + 1e-9) and high >= plan.base_lr * (1 - 1e-9):
        names = ("attribute", "negative-metric") if _only_drops(case) else ("attribute",)
        said = (
            f"the rate stays at the base rate {plan.base_lr:g}: what the schedule says is never "
            "written to the optimizer"
        )
        if len(names) > 1:
            said += ", or what should lower it never does, as a plateau watched on a metric below zero"
        yield Account("never-written", made, said, WRITE, 1, names, fixes.EVERY_GROUP)
    if low <= plan.at(0) <= high:
        said = "the rate stays where it began: the scheduler is built, and its step() is never called"
        yield Account("never-stepped", made, said, MOVE, 1, ("stepped-outside",), fixes.ONCE_AN_UPDATE)


def _only_drops(case: Case) -> bool:
    """Whether the plan goes down in a few steps, as one that watches a plateau does."""
    rates = case.plan.at(np.arange(min(int(case.t[-1]) + 1, 4096)))
    return bool((np.diff(rates) != 0).mean() < 0.5 and (np.diff(rates) <= 0).all())


@fault
def stands_still(case: Case) -> Iterator[Account]:
    """As planned, then one rate for ever."""
    rest = case.points.y[case.first :]
    if not case.first or len(rest) < 3 or np.ptp(case.meant[case.first - 1 :]) == 0:
        return
    if np.ptp(rest) > 2 * case.points.tol[case.first :].max():
        return
    made = np.where(np.arange(len(case.t)) < case.first, case.meant, rest[0])
    since = case.since
    if rest[0] == 0:
        said = (f"from update {since[-1]} on the rate is zero for ever, as where each rate is a multiple of "
                "the one before")  # fmt: skip
        mend = (
            "Build a new scheduler that computes the rate from the base rate, instead of changing its length."
        )
        yield Account("stuck-at-zero", made, said, mend, 1.4, ("stuck-at-zero",))
        return
    said = f"after update {since[0] - 1} the rate no longer moves: the scheduler stopped stepping"
    mend = "See that scheduler.step() is still called, and that the schedule is as long as the run."
    yield Account("stops-stepping", made, said, mend, 1.5, code=fixes.ONCE_AN_UPDATE)


@fault
def another_base(case: Case) -> Iterator[Account]:
    """A multiple of the plan from the first row to the last, or after the first update."""
    zero = case.meant <= case.points.tol  # a multiple of nothing is right
    if not zero[: case.first].all():
        yield from _all_but_the_first(case)
        return
    between = factor_between(case, slice(None))
    if between is None or len(case.t) < 2:
        return
    planned = case.plan.base_lr
    used, (_, times) = shortest(*(planned * np.array(between))), _readable(*between)
    if case.fits(made := used / planned * case.meant):
        said = f"every rate is {times} the plan: base_lr is {used:g} and not {planned:g}"
        mend = (
            "Look for a scaling by batch size or workers, a factor that nobody reads, a warm-up of no steps."
        )
        names = ("empty-warmup",) if np.ptp(case.meant) == 0 else ("unread-scale",)
        if case.t[0] > 0:
            mend += " The first update is not in the log: had it the planned rate, the scaling came too late."
            names += ("workers-late",)
        yield Account("base-rate", made, said, mend, 1, names)


def _all_but_the_first(case: Case) -> Iterator[Account]:
    """A multiple of the plan after the first update, which was right."""
    between = factor_between(case, slice(1, None))
    if between is None or len(case.t) < 3 or case.first != 1 or case.t[0] != 0:
        return
    c, times = _readable(*between)
    made = np.concatenate([case.meant[:1], c * case.meant[1:]])
    if case.fits(made):
        said = f"the first update has the planned rate, all others have {times} the plan"
        mend = "Multiply the rate by the number of workers before the scheduler is built: it notes it then."
        yield Account("workers-late", made, said, mend, 1.1, ("workers-late",))


def factor_between(case: Case, rows) -> tuple[float, float] | None:
    """Within which bounds the logged rates of some rows are one multiple of the planned ones."""
    meant, y, tol = case.meant[rows], case.points.y[rows], case.points.tol[rows]
    there = meant > 1e-12 * case.plan.base_lr
    if not there.any() or (np.abs(y[~there]) > tol[~there]).any():
        return None
    low, high = ((y - tol)[there] / meant[there]).max(), ((y + tol)[there] / meant[there]).min()
    return (low, high) if 0 < low <= high else None


def _readable(low: float, high: float) -> tuple[float, str]:
    """A factor as a short number, and in words."""
    c, inverse = shortest(low, high), shortest(1 / high, 1 / low)
    if c < 1 and inverse == round(inverse):
        return 1 / inverse, f"1/{inverse:g} of"
    return c, f"{c:.6g} times"


@fault
def multiple_for_a_while(case: Case) -> Iterator[Account]:
    """A multiple of the plan since some update, up to some update, or in between."""
    off, n = case.off, len(case.t)
    if not off.any():
        return
    first, last = case.first, case.last
    zero = case.meant <= case.points.tol  # a multiple of nothing is right
    inside = slice(first, last + 1)
    between = factor_between(case, inside)
    if between is None or last - first < 2 or (zero[:first].all() and last == n - 1):
        return
    c, times = _readable(*between)
    made = case.meant.copy()
    made[inside] *= c
    if case.fits(made):
        at_end = last == n - 1 or zero[last + 1 :].all()
        yield _named_multiple(case, made, times, first, None if at_end else last)


def _named_multiple(case: Case, made, times: str, first: int, last: int | None) -> Account:
    since, joins = int(case.t[first]), case.plan.starts[1:]
    if first == 0:
        said = (f"up to update {int(case.t[last])} every rate is {times} the plan, and right afterwards: a "
                "second scheduler has changed the base rate that the first one reads")  # fmt: skip
        mend, names = "Write both parts as one schedule.", ("shared-initial",)
        return Account("shared-base", made, said, mend, 1.6, names, fixes.ONE_SCHEDULE)
    if last is not None:
        said = (f"from update {since} to {int(case.t[last])} every rate is {times} the plan: each "
                "is computed from the one before, and that was not restored")  # fmt: skip
        mend, names = "Load the optimizer's state too, after the scheduler is built.", ("scheduler-only",)
        return Account("multiple-for-a-while", made, said, mend, 1.7, names, fixes.RESTORED)
    if any(case.since[0] <= join <= since for join in joins):
        said = (f"from the join at update {since} on every rate is {times} the plan: the second "
                "part starts from another base rate")  # fmt: skip
        mend = "Write the level into the second part, or delete initial_lr before another scheduler is built."
        names = ("second-from-base", "remembered-base", "last-epoch", "new-base-rate")
        return Account("another-base-since", made, said, mend, 1.6, names)
    said = (f"from update {since} on every rate is {times} the plan: a rate was lost, doubled or "
            "restored twice")  # fmt: skip
    mend = "Build the scheduler first, then load both states; set a new rate after loading."
    names = ("optimizer-first", "new-base-rate", "last-epoch")
    return Account("multiple-since", made, said, mend, 1.6, names, fixes.RESTORED)


@fault
def floors(case: Case) -> Iterator[Account]:
    """The floor of the last part clipped, added on top, or left out."""
    *first, last = case.plan.parts
    floor = getattr(last, "end", 0)
    if not floor or not isinstance(last, Schedule):
        return
    bare = dataclasses.replace(last, end=0)
    top = case.plan.joined([*first, s.between(bare, floor, last.start + floor)])
    ways = {
        "floor-clipped": (s.clip(bare, floor), "cuts the decay off, instead of being where it ends"),
        "floor-on-top": (None, "is added on top of the whole decay"),
        "floor-missing": (bare, "is missing: the decay goes on to zero"),
    }
    for name, (part, how) in ways.items():
        made = (case.plan.joined([*first, part]) if part else top).at(case.t)
        if case.fits(made):
            mend = (
                "Write floor + (1 - floor) * decay, or the other form in the plan if that is what was meant."
            )
            names = (name,) if name == "floor-on-top" else ()
            yield Account(name, made, f"the floor of {floor:g} {how}", mend, 1.2, names)


@fault
def floor_of_the_whole(case: Case) -> Iterator[Account]:
    """max(plan, a rate): never reaching zero."""
    if not case.first:
        return
    rest = slice(case.first, None)
    low, high = (case.points.y - case.points.tol)[rest].max(), (case.points.y + case.points.tol)[rest].min()
    if low > high or low <= 0 or len(case.t) - case.first < 2:
        return
    level = shortest(low, high)
    made = np.maximum(case.meant, level)
    if case.fits(made):
        said = f"the rate is cut off at {level:g}, which the plan goes below"
        yield Account(
            "never-reaches-the-end", made, said, "Take the floor out, or write it into the plan.", 1.3
        )


@fault
def past_the_end(case: Case) -> Iterator[Account]:
    further = beyond(case.plan)
    if further is None:
        return
    if case.fits(made := further.at(case.t)):
        ending = case.plan.steps
        if made.min() < 0:
            said = f"after update {ending:g} the rate goes below zero: the last line goes on past its end"
            names = ("negative-rate",)
        else:
            said = f"after update {ending:g} the rate climbs again: the cosine goes on past its end"
            names = ("past-the-end",)
        mend = "Make the schedule as long as the run, or hold its last value."
        yield Account("past-the-end", made, said, mend, 1, names, fixes.LENGTH)
    clock = Case(further, case.points, case.hints)
    for k, made in clock.tries(lambda k, t: k * t, [*range(2, 65), *range(70, 1001, 5)]):
        said = (
            f"the schedule runs {k:g} times too fast and comes back up: its length counts epochs, "
            "its steps are updates"
        )
        mend = "Give the length in updates, or call scheduler.step() once an epoch."
        yield Account("epochs-for-batches", made, said, mend, 1.3, ("epochs-for-batches",), fixes.LENGTH)
        return


@fault
def single_updates(case: Case) -> Iterator[Account]:
    """One row off in an otherwise right log."""
    rows = np.flatnonzero(case.off)
    if len(rows) != 1 or len(case.t) < 6:
        return
    at, made = int(rows[0]), case.meant.copy()
    y, t = case.points.y[at], int(case.t[at])
    made[at] = y
    if case.fits(y[None] * 0 + case.plan.at(np.array([t + 1.0])), rows):
        said = (
            f"only update {t} is off, and has the rate of the next one: a part or a milestone "
            "begins one update early"
        )
        mend = "Count from 0: update m is the first at the new rate; join parts in one flat sequence."
        yield Account("join-early", made, said, mend, 1.4, ("nested-first", "milestone-early"))
        return
    yield _alone(case, at, made)


def _alone(case: Case, at: int, made: np.ndarray) -> Account:
    y, t = case.points.y[at], int(case.t[at])
    names = ("missed-restart",) if abs(y) <= case.points.tol[at] else ("stale-decay",)
    said = f"only update {t} is off: {y:g} instead of {case.meant[at]:g}"
    if abs(y) <= case.points.tol[at]:
        said += (
            ", zero where a new cycle begins: a step given to the scheduler by hand finds its "
            "cycle by rounding"
        )
    else:
        said += ", as where a state is written before all of it is restored"
    mend = "Call step() without an argument; restore all fields, then write."
    return Account("one-update", made, said, mend, 1.9, names)
