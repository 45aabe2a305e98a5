"""Lesson 09, cycles and restarts: cycles for a budget, and the step at which a cycle begins."""

import numpy as np

from lrlib.course.exercises import Exercise, declared
from lrlib.schedules import cosine


def cycle_at(t, T_0, T_mult):
    """First step and length of the cycle of step t, by walking."""
    start, length = 0, T_0
    while t >= start + length:
        start, length = start + length, length * T_mult
    return start, length


def cycles(budget, T_0, T_mult):
    whole, start, length = 0, 0, T_0
    while start + length <= budget:
        whole, start, length = whole + 1, start + length, length * T_mult
    return whole, budget - start


def counts_jumps(f):
    rises = np.diff(cosine(1, 0, 7).loop(t_mult=2).values(60)) > 0
    jumps = 1 + np.flatnonzero(rises)
    wrong = [b for b in range(8, 60) if f(b, 7, 2)[0] != np.sum(jumps <= b)]
    return (
        f"at a budget of {wrong[0]} a looped cosine has begun another number of cycles anew."
        if wrong
        else None
    )


@declared("09.1")
def cycles_for_a_budget():
    return Exercise(
        expected=cycles,
        cases=[
            (b, T_0, m) for m in (1, 2, 3) for T_0 in (7, 10) for b in (5, 7, 20, 21, 29, 30, 70, 91, 150)
        ],
        mistakes={
            "The last of these cycles has no room any more: count whole ones.": (
                lambda b, T_0, m: (cycles(b, T_0, m)[0] + 1, cycles(b, T_0, m)[1])
            ),
            "A cycle that ends exactly with the budget is whole.": (
                lambda b, T_0, m: (cycles(b - 1, T_0, m)[0], cycles(b - 1, T_0, m)[1] + 1)
            ),
            "That holds for equal cycles only.": lambda b, T_0, m: (b // T_0, b % T_0),
            "Left is what remains after the last whole cycle, not up to the next.": (
                lambda b, T_0, m: (cycles(b, T_0, m)[0], sum(cycle_at(b, T_0, m)) - b)
            ),
            "The other way round: how many cycles, then what is left.": (
                lambda b, T_0, m: cycles(b, T_0, m)[::-1]
            ),
            "That is how much the whole cycles use.": (
                lambda b, T_0, m: (cycles(b, T_0, m)[0], b - cycles(b, T_0, m)[1])
            ),
        },
        second=counts_jumps,
    )


def begin_of(i, T_0, T_mult):
    return sum(T_0 * T_mult**j for j in range(i))


@declared("09.2")
def where_a_cycle_begins(first_cycle, gap_with):
    """gap_with: the gap that the broken program of the lesson has with a list of restarts."""

    def repairs(f):
        walked = [t for t in range(200) if cycle_at(t, 3, 3)[0] == t]
        if [f(i, 3, 3) for i in range(5)] != walked:
            return f"walking from cycle to cycle, with 3 and 3, finds {walked}."
        gap = gap_with([int(f(i, first_cycle, 2)) for i in range(9)])
        return None if gap < 1e-9 else "the ledger still misses the intent."

    return Exercise(
        expected=begin_of,
        cases=[(i, T_0, m) for m in (1, 2, 3, 4) for T_0 in (1, 7, 20) for i in range(7)],
        mistakes={
            "This is how long cycle i is, not where it begins.": lambda i, T_0, m: T_0 * m**i,
            "This is where cycle i ends.": lambda i, T_0, m: begin_of(i + 1, T_0, m),
            "This holds for equal cycles only.": lambda i, T_0, m: T_0 * i,
            "T_0 is missing: the unit is updates.": lambda i, T_0, m: begin_of(i, 1, m),
            "Divide by T_mult - 1.": lambda i, T_0, m: T_0 * (m**i - 1) if m > 1 else i * T_0,
        },
        second=repairs,
    )
