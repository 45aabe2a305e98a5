"""Lesson 16, plateau: what counts as better, and the chance of a cut on noise alone."""

import math
from itertools import product

from lrlib.course.exercises import Exercise, declared
from lrlib.course.plateau import cut_by


def better(asked, above=lambda gain, least: gain > least):
    """A test of readings by what it asks for, and how it compares."""

    def test(reading, best, mode, threshold, kind):
        gain = best - reading if mode == "min" else reading - best
        return above(gain, asked(best, threshold, kind))

    return test


right = better(lambda best, threshold, kind: threshold * (abs(best) if kind == "rel" else 1))


def is_right_at_the_border(yours):
    return "a reading equal to the best is not better." if yours(1.0, 1.0, "min", 0.0, "abs") else None


READINGS = [  # and the best before them
    *[(0.5, 1.0), (1.0, 0.5), (0.95, 1.0), (0.905, 1.0), (1.05, 1.0), (1.0, 1.0)],
    *[(-9.5, -10.0), (-10.5, -10.0), (-12.0, -10.0), (-1.0, -1.0), (-8.0, -10.0)],
]
MISTAKES = {
    "Below zero a part of the best is negative: take its size.": better(
        lambda best, threshold, kind: threshold * (best if kind == "rel" else 1)
    ),
    "As good as what is asked for is not better.": better(
        lambda best, threshold, kind: threshold * (abs(best) if kind == "rel" else 1),
        lambda gain, least: gain >= least,
    ),
    "The threshold is asked for nowhere.": better(lambda best, threshold, kind: 0),
    "It is always a part of the best.": better(lambda best, threshold, kind: threshold * abs(best)),
    "It is never a part of the best.": better(lambda best, threshold, kind: threshold),
    "A gain is read as a loss: `mode` decides.": lambda reading, best, mode, threshold, kind: right(
        reading, best, "min", threshold, kind
    ),
}


@declared("16.1")
def what_is_better():
    cases = product(READINGS, ("min", "max"), (0.0, 0.1, 0.3), ("rel", "abs"))
    return Exercise(
        expected=right,
        cases=[(*pair, *rest) for pair, *rest in cases],
        mistakes=MISTAKES,
        second=is_right_at_the_border,
    )


def harmonic(first, last):
    return sum(1 / k for k in range(first, last + 1))


def half_at_once(yours):
    return (
        None
        if math.isclose(yours(0, 2), 0.5)
        else "without patience the second reading cuts or not, one half."
    )


@declared("16.2")
def the_chance_of_a_cut():
    return Exercise(
        expected=lambda p, N: float(cut_by(p, N)[-1]),
        cases=[(p, N) for p in (0, 1, 3, 10) for N in range(1, 2 * p + 4)],
        mistakes={
            "The first cut can come at p + 2, not at p + 1.": lambda p, N: harmonic(p + 1, N),
            "That is one reading too few at the start.": lambda p, N: harmonic(p + 3, N),
            "The last place of the best is N - p - 1: it counts.": lambda p, N: harmonic(p + 2, N - 1),
            "That is the chance of a best at n; multiply by that of nothing after it.": lambda p, N: harmonic(
                1, N - p - 1
            ),
            "The logarithm is near, the sum is asked for.": lambda p, N: math.log(max(N / (p + 1), 1)),
        },
        second=half_at_once,
    )
