"""Which of several schedules is simplest: fewest pieces, then fewest numbers that somebody had to choose."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence

from lrlib.schedules import Product, Schedule, parse_for
from lrlib.schedules import Sequence as After


def simplest_first(texts: Sequence[str], steps: int) -> list[str]:
    """Schedule texts from simple to involved: by `pieces`, then by `choices`, then as they were given.

    >>> simplest_first(["warmup_cosine(T, 0.1*T)", "exponential(0.01, T)", "linear(1, 0, T)"], 100)
    ['linear(1, 0, T)', 'exponential(0.01, T)', 'warmup_cosine(T, 0.1*T)']
    """
    return sorted(texts, key=lambda text: (pieces(parse_for(text, steps)), choices(text, steps)))


def pieces(schedule: Schedule) -> int:
    """How many formulas a schedule is made of, each operator on one counted too.

    >>> from lrlib.schedules import parse
    >>> pieces(parse("constant(1)")), pieces(parse("wsd(100, 10, 20)")), pieces(parse("clip(step(9), 0.1)"))
    (1, 3, 2)
    """
    if isinstance(schedule, After | Product):
        parts = schedule.parts if isinstance(schedule, After) else schedule.factors
        return sum(map(pieces, parts))
    fields = (getattr(schedule, field.name) for field in dataclasses.fields(schedule))
    return 1 + sum(pieces(each) for each in fields if isinstance(each, Schedule))


def choices(text: str, steps: int) -> int:
    """How many different numbers a text has, besides 0, 1 and the number of steps: somebody chose them.

    >>> choices("linear(0, 1, 0.1*T) >> cosine(1, 0.01, T - 0.1*T)", 100), choices("cosine(1, 0, 100)", 100)
    (2, 0)
    """
    nodes = ast.walk(ast.parse(text.strip(), mode="eval"))
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    numbers = {float(value) for value in values if not isinstance(value, str | bool)}
    return len(numbers - {0.0, 1.0, float(steps)})
