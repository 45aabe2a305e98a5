"""Faults of form: another number in the plan, parts multiplied instead of joined, one applied twice."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from lrlib.doctor import fixes
from lrlib.doctor.known import Account, Case, fault
from lrlib.doctor.numbers import shortest
from lrlib.doctor.plan import Plan, numbers, removed, replaced
from lrlib.schedules import Product, Schedule, cut
from lrlib.schedules.presets.pieces import wave

LENGTHS = ("steps", "step_size", "milestones", "decay_steps", "to")


@fault
def joins_early(case: Case) -> Iterator[Account]:
    """Every milestone, or every join, one update early or late."""
    for by, how in ((1, "early"), (-1, "late")):
        for made_plan, what in _joins(case.plan, by):
            made = made_plan.at(case.t)
            if case.fits(made):
                said = f"each {what} comes one update {how}"
                mend = (
                    "Update m is the first at the lower rate: compare milestones with the step "
                    "counted from 0."
                )
                names = (
                    {"milestone": ("milestone-early",), "join": ("nested-first",)}[what] if by == 1 else ()
                )
                yield Account(f"{what}-{how}", made, said, mend, 1.1, names)


def _joins(plan: Plan, by: int) -> Iterator[tuple[Plan, str]]:
    for path, name, _ in numbers(plan.schedule):
        if name == "milestones" and path[-1] == 0:
            whole = plan.schedule
            for key in path[:-1]:
                whole = whole[key] if isinstance(whole, tuple) else getattr(whole, key)
            changed = replaced(plan.schedule, path[:-1], tuple(m - by for m in whole))
            if changed is not None:
                yield plan.like(changed), "milestone"
    parts = plan.parts
    if len(parts) > 1 and by == 1:
        yield plan.joined([cut(parts[0], parts[0].steps - 1), *parts[1:]]), "join"


@fault
def a_milestone_less(case: Case) -> Iterator[Account]:
    for which, schedule in removed(case.plan.schedule):
        made = case.plan.like(schedule).at(case.t)
        if case.fits(made):
            said = (
                f"the drop planned at update {which} never comes: its milestone is no whole number of steps"
            )
            mend = "Round fractions of the run to whole steps."
            yield Account("milestone-missed", made, said, mend, 1.2, ("fraction-of-a-step",))


@fault
def multiplied(case: Case) -> Iterator[Account]:
    """Warm-up and decay on one clock, where one after the other was planned."""
    parts = case.plan.parts
    if len(parts) != 2:
        return
    first, second = parts
    whole = replaced(second, ("steps",), int(first.steps + second.steps)) if second.steps < np.inf else None
    for body in (whole, second):
        if body is not None and case.fits(made := case.plan.like(first * body).at(case.t)):
            said = "warm-up and decay are multiplied: the decay has been falling while the warm-up was rising"
            mend = "Use SequentialLR, with T_max the updates that are left after the warm-up."
            yield Account("chained", made, said, mend, 1.2, ("chained-warmup",), fixes.ONE_SCHEDULE)
            return


@fault
def applied_twice(case: Case) -> Iterator[Account]:
    made = case.meant**2 / case.plan.base_lr
    if case.fits(made):
        said = "the schedule is applied twice: every factor is squared"
        yield Account(
            "squared", made, said, "Multiply the base rate, not the current rate, by the factor.", 1.2
        )
    top = int(case.t[-1]) + 1
    if top < 200_000:
        with np.errstate(under="ignore", over="ignore"):
            made = (
                case.plan.base_lr
                * np.cumprod(case.plan.at(np.arange(top)) / case.plan.base_lr)[case.t.astype(int)]
            )
        if case.fits(made):
            said = "each rate is the one before times the factor: factors are multiplied up"
            yield Account(
                "compounded", made, said, "Multiply the base rate, not the current rate, by the factor.", 1.2
            )


@fault
def change_never_came(case: Case) -> Iterator[Account]:
    """A part of the plan goes on for ever, or the plan of the whole run comes where a part was planned."""
    parts, starts = case.plan.parts, case.plan.starts
    for k in range(len(parts) - 1):
        for body in _going_on(parts[k]):
            made = case.plan.joined([*parts[:k], body]).at(case.t)
            if case.fits(made):
                said = (
                    f"the change planned at update {starts[k + 1]:g} never came: what was before goes on, "
                    "as when an old length or rate is restored with the state"
                )
                mend = (
                    "Build a new scheduler for the updates that are left, on the rate in effect; "
                    "set rates after loading."
                )
                yield Account("change-never-came", made, said, mend, 1.3, ("old-horizon", "new-base-rate"))
                return
    if isinstance(case.plan.schedule, Product):
        for k, factor in enumerate(case.plan.schedule.factors):
            left = [f for j, f in enumerate(case.plan.schedule.factors) if j != k]
            rest = left[0]
            for each in left[1:]:
                rest = rest * each
            if len(left) and case.fits(made := case.plan.like(rest).at(case.t)):
                said = f"the factor {factor} is missing, as when an old rate is restored with the state"
                mend = 'After loading, set group["lr"] and scheduler.base_lrs.'
                yield Account("factor-missing", made, said, mend, 1.3, ("new-base-rate",))
                return


def _going_on(part: Schedule) -> Iterator[Schedule]:
    body = getattr(part, "body", part)
    yield body
    for each in {part, body}:
        if each.name == "cosine" and each.steps:
            yield wave(each.start, each.end, each.steps)


@fault
def one_horizon(case: Case) -> Iterator[Account]:
    """From some update on a single line or cosine over the whole run, where a bend was planned."""
    last, steps = case.plan.parts[-1], case.plan.steps
    if not case.first or steps == np.inf or last.name not in ("linear", "cosine") or len(case.plan.parts) < 2:
        return
    whole = type(last)(getattr(case.plan.parts[0], "start", 1), last.end, int(steps))
    if whole.start == whole.end:
        return
    for since in case.since:
        made = np.where(case.t < since, case.meant, case.plan.like(whole).at(case.t))
        if case.fits(made):
            said = (f"from update {since} on the rates are {whole}: a function of the whole run took "
                    "the place of the old one, and is evaluated at the old step")  # fmt: skip
            mend = "Resume with a function that agrees with the old one up to the step that was saved."
            yield Account("new-function", made, said, mend, 1.7, ("new-lambda",))
            return


@fault
def another_join(case: Case) -> Iterator[Account]:
    """One part is of another length, or left out, and the next one ends where it was planned to."""
    parts, starts = case.plan.parts, case.plan.starts
    for k, (part, after) in enumerate(itertools.pairwise(parts)):
        changes = functools.partial(_moved, case.plan, k)
        for new in _found(case, changes, part.steps, whole=True) if _length(after)[1] < np.inf else ():
            changed = changes(new)
            if changed is not None and case.fits(made := case.plan.like(changed).at(case.t)):
                what = "the warm-up" if not k and part(0) < part(part.steps) else str(part)
                long = f"is {new:g} updates long" if new else "is left out"
                said = f"{what} {long}, where {part.steps:g} were planned, and what follows takes the rest"
                mend = f"Let what follows begin at update {starts[k + 1]:g}, and give lengths in updates."
                yield Account("another-join", made, said, mend, 1.5)
                return


def _length(part: Schedule) -> tuple[tuple, float]:
    """Where the number is that says how long a part is, and that number."""
    stretched = ((path, value) for path, name, value in numbers(part) if name == "to")
    return next(stretched, (("steps",), part.steps))


def _moved(plan: Plan, k: int, new: float) -> Schedule | None:
    """The plan in which part k has `new` steps and the next one ends where it ended."""
    *before, part, after = plan.parts[: k + 2]
    path, length = _length(after)
    made = [replaced(part, ("steps",), int(new))] if new else []
    made = [*before, *made, replaced(after, path, int(length + part.steps - new))]
    return None if None in made else plan.joined([*made, *plan.parts[k + 2 :]]).schedule


@fault
def another_number(case: Case) -> Iterator[Account]:
    """One number of the plan is another one: a length, a floor, a start, an exponent."""
    for path, name, value in numbers(case.plan.schedule):
        if name == "of":  # stretched from 1 to n steps: n is the number that is another one
            continue
        changes = functools.partial(replaced, case.plan.schedule, path)
        for new in _found(case, changes, value, whole=name in LENGTHS or name == "by"):
            changed = changes(new)
            made = case.plan.like(changed).at(case.t)
            if case.fits(made):
                yield _named(case, path, name, value, new, changed, made)
                break


def _found(case: Case, changes: Callable, value: float, whole: bool) -> Iterator[float]:
    """Values that make the first wrong row right: bracketed on a grid, then bisected."""
    rows = np.unique([case.first, case.last, int(np.abs(case.meant - case.points.y).argmax())])
    t, y, tol = case.t[rows], case.points.y[rows], case.points.tol[rows]

    def miss(new):
        changed = changes(new)
        with np.errstate(over="ignore"):
            return None if changed is None else (case.plan.like(changed).at(t) - y) / tol

    grid = _grid(case, value, whole)
    misses = [miss(new) for new in grid]
    for a, b, m, n in zip(grid, grid[1:], misses, misses[1:], strict=False):
        if m is not None and np.abs(m).max() <= 1:
            yield a
        elif m is not None and n is not None and (turned := np.flatnonzero(np.sign(m) * np.sign(n) < 0)).size:
            yield from _bisected(miss, a, b, whole, turned[0])
    if misses[-1] is not None and np.abs(misses[-1]).max() <= 1:
        yield grid[-1]


def _grid(case: Case, value: float, whole: bool) -> list[float]:
    if whole:
        few = range(0, 33)
        far = np.unique(np.geomspace(1, max(20 * value, 4 * case.t[-1], 64), 60).astype(int)).tolist()
        near = range(max(int(value) - 16, 0), int(value) + 17)
        near = {*near, *(value * a // b for a in range(1, 13) for b in range(1, 13) if value * a % b == 0)}
        return sorted({*few, *far, *near} - {int(value)})
    return sorted(
        {
            *np.linspace(0, 2, 41).tolist(),
            *(value * f for f in (0.1, 0.3, 0.5, 0.9, 0.99, 1.01, 1.1, 2, 3, 10)),
            3.0,
            4.0,
        }
        - {value}
    )


def _bisected(miss, a, b, whole: bool, row: int) -> Iterator[float]:
    sign = np.sign(miss(a)[row])
    for _ in range(50):
        middle = (a + b) // 2 if whole else (a + b) / 2
        if middle in (a, b):
            break
        here = miss(middle)
        if here is None:
            return
        a, b = (middle, b) if here[row] * sign > 0 else (a, middle)
    if whole:
        yield from (a, b)
        return
    here, step = (a + b) / 2, 1e-9
    while step < 1 and (m := miss(here + step)) is not None and np.abs(m[row]) < 0.9:
        step *= 2
    yield shortest(here - step / 2, here + step / 2)
    yield here


def _named(case: Case, path, name, value, new, changed, made) -> Account:
    where = f" of {case.plan.parts[path[1]]}" if path[0] == "parts" and len(path) > 1 else ""
    said = f"{name}{where} is {new:g}, and not {value:g} as planned"
    fault, names = "another-number", ()
    last = case.plan.parts[-1]
    stretched = name == "to" and (path[0] != "parts" or path[1] == len(case.plan.parts) - 1)
    if stretched or (name == "steps" and getattr(last, "steps", None) == value):
        fault = "another-horizon"
        names = ("cut-short",) if new > value else ("warmup-twice",)
        said = f"the last part is {new:g} updates long, and not {value:g}: a horizon of another length"
        if new > value:
            said += "; the run ends before the schedule does"
    if name == "end" and new > value and last.name in ("linear", "cosine", "polynomial"):
        fault, said = (
            "never-reaches-the-end",
            f"the last part ends at {new:g} of base_lr, and not at {value:g}",
        )
    if name in ("step_size", "by"):
        names = ("patience",)
    which = "that length" if stretched else name
    mend = f"Compute {which} from the number of updates that will be made, and write {value:g}."
    weight = 2.2 if fault == "another-number" else 1.5
    return Account(fault, made, said, mend, weight, names, fixes.LENGTH if fault == "another-horizon" else "")
