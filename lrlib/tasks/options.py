"""What an option of a task may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from lrlib.schedules.rules import MOST, Fraction, Number, Positive, Rule, StepSize

_fraction, _number, _positive, _counting = (
    hint.__metadata__[0].convert for hint in (Fraction, Number, Positive, StepSize)
)


def whole(low: int, high: int = MOST) -> Rule:
    """The rule for a whole number in a range, both ends included."""

    def convert(value) -> int:
        number = int(_counting(value))
        if not low <= number <= high:
            raise ValueError
        return number

    return Rule(f"a whole number >= {low}" if high == MOST else f"a whole number {low}..{high}", convert)


def one_of(*names: str) -> Rule:
    """The rule for a choice among names."""

    def convert(value) -> str:
        if value not in names:
            raise ValueError
        return value

    return Rule(" or ".join(map(repr, names)), convert)


def _each(convert: Callable, least: int = 0) -> Callable:
    def converted(value) -> tuple:
        values = tuple(convert(v) for v in value)
        if len(values) < least:
            raise ValueError
        return values

    return converted


def _not_negative(value) -> float:
    if _number(value) < 0:
        raise ValueError
    return value


Share = Annotated[float, Rule("a fraction 0..1", _fraction)]
NotNegative = Annotated[float, Rule("a finite number >= 0", _not_negative)]
MoreThanZero = Annotated[float, Rule("a finite number > 0", _positive)]
Count = Annotated[int, whole(1)]
Widths = Annotated[tuple[int, ...], Rule("a tuple of whole numbers >= 1", _each(whole(1).convert))]
Curvatures = Annotated[tuple[float, ...], Rule("one or more numbers > 0", _each(_positive, least=1))]
