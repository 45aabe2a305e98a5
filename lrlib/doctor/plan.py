"""What was intended, as rates at any update, and in parts: what a fault is an alteration of."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrlib.rules import INF, Refused
from lrlib.schedules import Schedule, constant
from lrlib.schedules.core import Sequence

END = 10**7  # updates after which nobody looks


@dataclass(frozen=True)
class Plan:
    """A schedule and its base rate."""

    schedule: Schedule
    base_lr: float = 1.0

    def at(self, t: np.ndarray) -> np.ndarray:
        """Rates at updates `t`; those before the first are that of the first; inf where one has no rate."""
        t = np.clip(np.asarray(t, float), 0, END)
        try:
            return self.base_lr * self.schedule(t)
        except Refused:
            return np.full(t.shape, np.inf)

    def like(self, schedule: Schedule) -> Plan:
        return Plan(schedule, self.base_lr)

    @property
    def steps(self) -> float:
        return self.schedule.steps

    @property
    def parts(self) -> tuple[Schedule, ...]:
        return self.schedule.parts if isinstance(self.schedule, Sequence) else (self.schedule,)

    @property
    def starts(self) -> list[float]:
        """The updates at which its parts begin."""
        return np.cumsum([0, *(part.steps for part in self.parts[:-1])]).tolist()

    def joined(self, parts) -> Plan:
        """The same with other parts."""
        whole = None
        for part in parts:
            whole = part if whole is None else whole >> part
        return self.like(whole if whole is not None else constant())


def numbers(schedule: Schedule, path: tuple = ()) -> Iterator[tuple[tuple, str, float]]:
    """(where, its name, its value) of every number in a schedule."""
    for field in dataclasses.fields(schedule):
        value, here = getattr(schedule, field.name), (*path, field.name)
        yield from _in(value, here, field.name)


def _in(value, here: tuple, name: str):
    if isinstance(value, Schedule):
        yield from numbers(value, here)
    elif isinstance(value, tuple) and len(value) <= 12:
        for k, each in enumerate(value):
            yield from _in(each, (*here, k), name)
    elif isinstance(value, int | float) and not isinstance(value, bool) and value < INF:
        yield here, name, value


def replaced(schedule: Schedule, path: tuple, value) -> Schedule | None:
    """The schedule with another number at a place; None where that is none."""
    try:
        return _replaced(schedule, path, value)
    except (ValueError, TypeError):
        return None


def _replaced(thing, path: tuple, value):
    if not path:
        return value
    if isinstance(thing, tuple):
        return (*thing[: path[0]], _replaced(thing[path[0]], path[1:], value), *thing[path[0] + 1 :])
    return dataclasses.replace(thing, **{path[0]: _replaced(getattr(thing, path[0]), path[1:], value)})


def removed(schedule: Schedule) -> Iterator[tuple[str, Schedule]]:
    """Schedules with one milestone less."""
    for path, name, value in numbers(schedule):
        if name == "milestones":
            whole = _get(schedule, path[:-1])
            left = (*whole[: path[-1]], *whole[path[-1] + 1 :])
            if left and (made := replaced(schedule, path[:-1], left)) is not None:
                yield f"{value:g}", made


def _get(thing, path: tuple):
    for key in path:
        thing = thing[key] if isinstance(thing, tuple) else getattr(thing, key)
    return thing


def beyond(plan: Plan) -> Plan | None:
    """The plan whose last part goes on past its end as its formula does: a cosine climbs, a line falls on."""
    from lrlib.schedules.presets.pieces import ray, wave

    *first, last = plan.parts
    how = {"cosine": wave, "linear": ray}.get(last.name)
    return plan.joined([*first, how(last.start, last.end, last.steps)]) if how and last.steps else None
