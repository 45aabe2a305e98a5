"""What the exercises of lessons and assignments ask for: one module each, which holds no machinery.

A lesson's check cell is one line, `check.exercise("08.1", my_cosine)`. What is right, the cases to try, and
the mistakes that are known stand here, out of a learner's sight:

    @declared("08.1")
    def cosine_decay():
        return Exercise(expected=..., cases=..., mistakes={"Start and end are swapped.": ...})

The parameters of such a function are the values that it needs from the notebook; the check cell gives them
by name, `check.exercise("03.2", my_up_and_down, record=record)`.

An exercise of an assignment, "A2.3", answers at once in the same way, and has `Marks` besides: points, and
cases that are drawn for each student.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np

from lrlib.rules import Refused, Registry, bound, saying, unknown


def call(yours: Callable, *case):
    """How an answer is tried where nothing else is said: it is called with the case."""
    return yours(*case)


@dataclass(frozen=True)
class Marks:
    """How the answer to an exercise is marked.

    points: part -> points, given when the answer is right for every case of the part. drawn: cases from a
    random generator, at least one for each part; made of numbers, strings, lists, tuples, dicts and arrays.
    part: the name of the part that a case belongs to; by default the only one.
    """

    points: Mapping[str, int]
    drawn: Callable[[np.random.Generator], Iterable[tuple]]
    part: Callable[..., str] | None = None

    def __post_init__(self):
        if not self.points or any(type(p) is not int or p < 1 for p in self.points.values()):
            raise Refused(
                f"points must be one or more whole numbers above 0, got {dict(self.points)}", "Marks"
            )
        if self.part is None and len(self.points) > 1:
            raise Refused("several parts need part=, which says what a case belongs to", "Marks")

    @property
    def total(self) -> int:
        """The points of all parts."""
        return sum(self.points.values())

    def part_of(self, case: tuple) -> str:
        """The part that a case belongs to."""
        return next(iter(self.points)) if self.part is None else self.part(*case)


@dataclass(frozen=True)
class Exercise:
    """A gap that is filled with a function. The fields but `marks` are the arguments of `check.answer`.

    expected and mistakes: functions as a learner would write them. cases: argument tuples. tried: what is
    compared, from an answer and a case, by default the value for that case. second: an independent check of
    an answer, what is wrong or None. tolerance: relative and absolute. marks: in an assignment; `tried` is
    then a function of `lrlib.course.trials`, which is there where students' programs run and knows no answer.
    """

    expected: Callable
    cases: Iterable[tuple]
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
    second: Callable[[Callable], str | None] | None = None
    tolerance: float | None = None
    tried: Callable = call
    marks: Marks | None = None

    def answers(self) -> dict:
        """The arguments of `check.answer`."""
        return {name: value for name, value in vars(self).items() if name != "marks"}


@dataclass(frozen=True)
class Matching:
    """A gap that is filled with names, question -> answer. The fields are the arguments of `check.choice`.

    against: from a question and a wrong answer, what speaks against it, before the reason for the right one.
    """

    expected: Mapping
    reasons: Mapping = field(default_factory=dict)
    against: Callable[[str, str], str] | None = None


EXERCISES = Registry("exercise")


def declared(name: str) -> Callable:
    """Register a function that makes an exercise, under the number of its lesson and its own, as "08.1"."""

    def register(make: Callable) -> Callable:
        EXERCISES.add(name, make)
        return make

    return register


def _modules() -> set[str]:
    return {module.stem for module in Path(__file__).parent.glob("*_*.py") if module.stem[0] != "_"}


def are_withheld() -> bool:
    """Whether no exercise is here, as where students' programs are marked: the answers stand beside them."""
    return not _modules()


def find(name: str, values: Mapping) -> Exercise | Matching:
    """The exercise of that name, made with the values of a notebook.

    Refused, with the nearest, for a name that none has, and for values that it does not take or that miss.

    >>> find("08.1", {}).expected(7, 1, 0, 4, 10)
    0.5
    """
    there = _modules()
    number = str(name).split(".")[0]  # the others may take long to import
    own = f"assignment_{number[1:]}" if number.startswith("A") else f"lesson_{number}"
    mine = sorted(module for module in there if f"{module}_".startswith(f"{own}_"))  # it may have several
    for module in mine or sorted(there):
        import_module(f"{__name__}.{module}")
    if not isinstance(name, str) or name not in EXERCISES:
        raise Refused(
            unknown("exercise", name, EXERCISES, "they are called like 08.1 and A2.1"), "check.exercise"
        )
    with saying(f"exercise {name}"):
        return EXERCISES[name](**bound(EXERCISES[name], (), values))
