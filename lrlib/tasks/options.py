"""What an option of a task may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from lrlib.schedules.rules import MOST, Rule, within

_positive = within(0, 1e308, open_low=True)


def whole(low: int, high: int = MOST) -> Rule:
    """The rule for a whole number in a range, both ends included."""
    allowed = f"a whole number >= {low}" if high == MOST else f"a whole number {low}..{high}"
    return Rule(allowed, within(low, high, whole=True))


def _each(convert: Callable, least: int = 0) -> Callable:
    def converted(value) -> tuple:
        values = tuple(convert(v) for v in value)
        if len(values) < least:
            raise ValueError
        return values

    return converted


Share = Annotated[float, Rule("a fraction 0..1", within(0, 1))]
NotNegative = Annotated[float, Rule("a finite number >= 0", within(0, 1e308))]
MoreThanZero = Annotated[float, Rule("a finite number > 0", _positive)]
Count = Annotated[int, whole(1)]
Widths = Annotated[tuple[int, ...], Rule("a tuple of whole numbers >= 1", _each(whole(1).convert))]
Curvatures = Annotated[tuple[float, ...], Rule("one or more numbers > 0", _each(_positive, least=1))]
