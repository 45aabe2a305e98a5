"""Marks for an answer, from what it gave for cases that were drawn for one student.

`cases` are put to the answer in the student's own process; `mark` sees nothing but the plain data that came
back, and computes what is right here.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from json import dumps

import numpy as np

from lrlib.classroom import plain
from lrlib.classroom.spoiled import GROWS
from lrlib.course import values
from lrlib.course.check import stopped_with
from lrlib.course.diagnosis import Trial
from lrlib.course.exercises import Exercise
from lrlib.rules import Refused

LONGEST = 500  # characters of an error


@dataclass(frozen=True)
class Outcome:
    """What an answer gave for a case: a value, or why there is none, in words."""

    value: object = None
    stopped: str = ""


@dataclass(frozen=True)
class Mark:
    """Points of an answer by part, of how many, and sentences that its student can act on."""

    got: Mapping[str, int]
    of: Mapping[str, int]
    said: tuple[str, ...] = field(default=())

    @property
    def points(self) -> int:
        return sum(self.got.values())

    @property
    def total(self) -> int:
        return sum(self.of.values())

    def __str__(self) -> str:
        parts = [f"{name}: {self.got[name]} of {most}" for name, most in self.of.items()]
        more = f" ({'; '.join(parts)})" if len(parts) > 1 else ""
        return "\n".join([f"{self.points} of {self.total} points{more}", *self.said])


def cases(exercise: Exercise, name: str, student: str, secret: str = "") -> list[tuple]:
    """The cases on which one student's answer to an exercise is marked: the same again each time.

    name: the exercise's, as "A2.1". student: who. secret: the course's, without which nobody foresees them.
    """
    digest = hashlib.sha256(repr((secret, student, name)).encode()).digest()
    drawn = list(exercise.marks.drawn(np.random.default_rng(int.from_bytes(digest, "big"))))
    missing = set(exercise.marks.points) - {exercise.marks.part_of(case) for case in drawn}
    if missing:
        raise Refused(f"exercise {name}: no case was drawn for {sorted(missing)}")
    return drawn


def outcomes(exercise: Exercise, answer, drawn: Sequence[tuple]) -> list[Outcome]:
    """What an answer that is trusted gives, in this process: for tests, and for instructors."""
    given = [attempt(exercise.tried, answer, deepcopy(case)) for case in drawn]
    return [
        Outcome(stopped=each["stopped"]) if "stopped" in each else Outcome(plain.decode(each["value"]))
        for each in given
    ]


def attempt(tried: Callable, answer, case: tuple) -> dict[str, object]:
    """What an answer gives for a case, as JSON can hold it: its "value", or why it "stopped", in words."""
    try:
        value = plain.encode(tried(answer, *case))
        dumps(value)
        return {"value": value}
    except NotImplementedError:
        return {"stopped": "Not done yet."}
    except (Exception, SystemExit) as error:
        look = f". {GROWS}" * isinstance(error, MemoryError)
        return {"stopped": f"Your code stopped{stopped_with(error, answer)}{look}"[:LONGEST]}


def mark(
    exercise: Exercise, drawn: Sequence[tuple], found: Sequence[Outcome], names: Sequence[str] = ()
) -> Mark:
    """Points for what an answer gave. names: of its arguments, for the sentences.

    Every part has all its points or none. ValueError where cases and outcomes are not as many.
    """
    if len(drawn) != len(found):
        raise Refused(f"{len(drawn)} cases were put, {len(found)} answered", "mark")
    marks = exercise.marks
    wanted = [_plainly(exercise)(exercise.expected, *deepcopy(case)) for case in drawn]
    alike = [
        not seen.stopped and values.same(seen.value, right, exercise.tolerance)
        for seen, right in zip(found, wanted, strict=True)
    ]
    parts = [marks.part_of(case) for case in drawn]
    lost = {part for part, is_right in zip(parts, alike, strict=True) if not is_right}
    got = {part: 0 if part in lost else most for part, most in marks.points.items()}
    said = () if all(alike) else _explained(exercise, drawn, found, wanted, alike, names)
    return Mark(got, dict(marks.points), tuple(said))


def _plainly(exercise: Exercise):
    def tried(answer, *case):
        return plain.decode(plain.encode(exercise.tried(answer, *case)))

    return tried


def _explained(exercise, drawn, found, wanted, alike, names) -> list[str]:
    """Where it stopped, or how it differs and what mistake that is."""
    for case, seen in zip(drawn, found, strict=True):
        if seen.stopped:
            is_of_case = seen.stopped.startswith("Your code")
            return [f"For ({values.listed(case)}): {seen.stopped}" if is_of_case else seen.stopped]
    trial = Trial(
        yours=_named(names),
        expected=exercise.expected,
        tried=_plainly(exercise),
        cases=list(drawn),
        got=[seen.value for seen in found],
        wanted=wanted,
        wrong=[i for i, is_right in enumerate(alike) if not is_right],
        tolerance=exercise.tolerance,
    )
    return list(trial.explained(exercise.mistakes))


def _named(names: Sequence[str]):
    """A function of arguments with these names, where they can be such; it is never called."""

    def yours(*case):
        raise AssertionError("an answer is not called where it is marked")

    if names and len(set(names)) == len(names) and all(str(name).isidentifier() for name in names):
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        yours.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    return yours
