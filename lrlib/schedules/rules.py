"""Rules for parameters: what a value may be, in words, and the conversion that enforces it.

A parameter is given its rule by annotation, as in `steps: Steps`; shapes and recipes are checked by it.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, get_type_hints

INF = math.inf
MOST = 2**53  # the largest step that float64 counts to


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a parameter may be, in words, and the conversion that raises for everything else.

    choices: all the values that it may have, where they are few.
    """

    allowed: str
    convert: Callable
    choices: tuple = ()

    def checked(self, name: str, parameter: str, given):
        """The value of a parameter, converted; ValueError, saying what is allowed, where it may not be."""
        try:
            return self.convert(given)
        except (TypeError, ValueError, OverflowError):
            raise refused(name, parameter, self.allowed, given) from None


@functools.cache
def rules_of(owner: type | Callable) -> dict[str, Rule]:
    """The rules by which the fields of a class, or the parameters of a function, are annotated."""
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(owner, include_extras=True).items()
            if hasattr(hint, "__metadata__")}  # fmt: skip


def _real(value) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def within(low: float, high: float = INF, *, open_low: bool = False, whole: bool = False) -> Callable:
    """The conversion for a number, or a whole number, in a range; both ends included unless `open_low`."""

    def convert(value):
        number = _real(value)
        if whole and number != INF:
            if number != int(number) or number > MOST:
                raise ValueError
            number = int(number)
        if not low <= number <= high or (open_low and number == low):
            raise ValueError
        return number

    return convert


def one_of(*choices: str) -> Rule:
    """The rule for a parameter that is one of a few words."""

    def convert(value) -> str:
        if value not in choices:
            raise ValueError
        return value

    return Rule(" or ".join(map(repr, choices)), convert, choices)


def _finite(value):
    number = _real(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _milestones(value) -> tuple[int, ...]:
    steps = tuple(within(0, MOST, whole=True)(v) for v in value)
    if list(steps) != sorted(steps):
        raise ValueError
    return steps


def _limit(value):
    return _finite(value) if value != INF else INF


def _values(value) -> tuple[float, ...]:
    return _at_least_one(_finite, value)


def _positives(value) -> tuple[float, ...]:
    return _at_least_one(within(0, 1e308, open_low=True), value)


def _at_least_one(convert: Callable, value) -> tuple[float, ...]:
    numbers = tuple(map(convert, value))
    if not numbers:
        raise ValueError
    return numbers


def _power_of_two(value) -> int:
    steps = within(1, 2**20, whole=True)(value)
    if steps & (steps - 1):
        raise ValueError
    return steps


Number = Annotated[float, Rule("a finite number", _finite)]
Fraction = Annotated[float, Rule("a number 0..1", within(0, 1))]
Positive = Annotated[float, Rule("a number > 0", within(0, 1e308, open_low=True))]
Steps = Annotated[int, Rule("a whole number of steps >= 0", within(0, MOST, whole=True))]
StepSize = Annotated[int, Rule("a whole number of steps >= 1", within(1, MOST, whole=True))]
Length = Annotated[float, Rule("a whole number of steps >= 0, or inf", within(0, whole=True))]
Cycles = Annotated[float, Rule("a whole number >= 1, or inf", within(1, whole=True))]
Count = Annotated[int, Rule("a whole number 1..2**53", within(1, MOST, whole=True))]
Stretch = Annotated[float, Rule("a number >= 1", within(1, MOST))]
Milestones = Annotated[tuple, Rule("a tuple of whole steps in increasing order", _milestones)]
Limit = Annotated[float, Rule("a finite number, or inf", _limit)]
AtLeastOne = Annotated[float, Rule("a number >= 1", within(1, 1e308))]
Ratio = Annotated[float, Rule("a number 1e-9..2**53", within(1e-9, MOST))]
Memory = Annotated[float, Rule("a number 0..1 - 1e-9", within(0, 1 - 1e-9))]
LongMemory = Annotated[float, Rule("a number 0.61..1 - 1e-9", within(0.61, 1 - 1e-9))]
PowerOfTwo = Annotated[int, Rule("a power of two, 1..2**20", _power_of_two)]
Values = Annotated[tuple, Rule("a tuple of one or more finite numbers", _values)]
Positives = Annotated[tuple, Rule("a tuple of one or more numbers > 0", _positives)]


def refused(name: str, parameter: str, allowed: str, given) -> ValueError:
    """The error for a parameter out of range: whose it is, what is allowed, what was given."""
    return ValueError(f"{name}: {parameter} must be {allowed}, got {shown(given)}")


def check_lengths(name: str, total_steps: int, **parts: int) -> None:
    """Refuse parts of a recipe that are longer together than the whole."""
    if sum(parts.values()) > total_steps:
        named = " + ".join(parts)
        raise ValueError(
            f"{name}: {named} must be at most total_steps = {total_steps}, got {sum(parts.values())}"
        )


def shown(given) -> str:
    """At most 80 characters of `repr(given)`, also where Python refuses to write it out."""
    try:
        return repr(given)[:80]
    except (ValueError, RecursionError):
        return f"a {type(given).__name__} too long to show"


def unknown(kind: str, given: str, allowed) -> str:
    """One line for an unknown name: what was given, the nearest valid name, and all that are allowed."""
    near = get_close_matches(given, list(allowed), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {kind} {given!r}{hint} (allowed: {', '.join(allowed)})"
