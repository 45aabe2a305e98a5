"""Lesson 12, the last tenth: a cooldown of another shape, and the shortest that is shown to suffice."""

import math

from lrlib import stats
from lrlib.course.exercises import Exercise, declared
from lrlib.schedules import constant, linear, warp


def with_q(formula):
    return lambda t, T, D, end: formula(min(max((t - (T - D)) / D, 0), 1), end)


def drops_at_once(f):
    return None if f(801, 1000, 200, 0) < 0.94 else "the first step should be the steepest."


@declared("12.1")
def a_cooldown():
    return Exercise(
        expected=lambda t, T, D, m: (constant(1, T - D) >> warp(linear(1, m, D), 0.5))(t),
        cases=[(t, 40, D, m) for D in (5, 20) for m in (0, 0.1, 0.5) for t in range(45)],
        mistakes={
            "The root of what is left: slow first, then steep.": with_q(
                lambda q, m: m + (1 - m) * math.sqrt(1 - q)
            ),
            "It starts above 1.": with_q(lambda q, m: m + 1 - math.sqrt(q)),
            "That is the square, 1 - q**2.": with_q(lambda q, m: m + (1 - m) * (1 - q**2)),
            "Clipped before T.": with_q(lambda q, m: max(1 - math.sqrt(q), m)),
            "That is a line: take the root of q.": with_q(lambda q, m: m + (1 - m) * (1 - q)),
        },
        second=drops_at_once,
        tolerance=1e-6,
    )


def shortest_if(rule):
    def found(losses, reference, margin):
        mean = losses[reference].mean()
        compared = {f: stats.compare(v, losses[reference]) for f, v in losses.items()}
        return min(f for f, c in compared.items() if rule(c, margin * mean, margin))

    return found


@declared("12.2")
def the_shortest_cooldown(by_fraction):
    """by_fraction: held-out losses by the fraction of the run that cools down."""

    def fewer_seeds_show_less(f):
        few = {fraction: losses[:6] for fraction, losses in by_fraction.items()}
        return None if f(few, 0.2, 0.06) >= f(by_fraction, 0.2, 0.06) else "6 pairs show more."

    return Exercise(
        expected=shortest_if(lambda c, allowed, m: c.high <= allowed),
        cases=[(by_fraction, 0.2, m) for m in (0.0, 0.02, 0.05, 0.06, 0.1, 0.11, 0.15, 0.2)],
        mistakes={
            "The mean is not enough.": shortest_if(lambda c, a, m: c.mean <= a),
            "Cannot tell shows nothing.": shortest_if(lambda c, a, m: c.verdict != "worse"),
            "The low end says how good it may be.": shortest_if(lambda c, a, m: c.low <= a),
            "The margin is a fraction, not nats.": shortest_if(lambda c, a, m: c.high <= m),
        },
        second=fewer_seeds_show_less,
    )
