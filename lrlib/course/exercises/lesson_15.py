"""Lesson 15, the wrong horizon: an extension as one schedule, and the rate of a resumed scheduler."""

import numpy as np

from lrlib.course.exercises import Exercise, declared
from lrlib.schedules import cosine, linear

BEYOND = 25  # steps past the end at which an extension has to stay at zero


def rewarm(over=lambda n, m, w: m - w, top=lambda height: height):
    """The right extension, or one whose last part has another length or start."""

    def schedule(n, m, w, height):
        return cosine(1, 0, n) >> linear(0, height, w) >> cosine(top(height), 0, over(n, m, w))

    return schedule


def ends_on_time(f):
    values = f(50, 40, 10, 0.5).values(50 + 40 + BEYOND)
    last = int(np.flatnonzero(values)[-1])
    return None if last == 89 else f"its last rate above zero is that of update {last}, not of 89."


@declared("15.1")
def a_warm_restart_of_a_finished_run():
    return Exercise(
        expected=rewarm(),
        cases=[(30, m, w, height) for m in (20, 50) for w in (1, 7) for height in (0.3, 0.7)],
        tried=lambda f, n, m, w, height: f(n, m, w, height).values(n + m + BEYOND),
        mistakes={
            "Cut above zero: the climb already used w of the m updates.": rewarm(over=lambda n, m, w: m),
            "It jumps to the peak after the climb: start the descent at height.": rewarm(
                top=lambda height: 1
            ),
            "Its clock starts after the climb: count only what is left then.": rewarm(
                over=lambda n, m, w: n + m
            ),
            "Down to zero, from height.": (
                lambda n, m, w, height: cosine(1, 0, n) >> linear(0, height, w) >> cosine(0, height, m - w)
            ),
            "That falls in a line: a cosine was asked for.": (
                lambda n, m, w, height: cosine(1, 0, n) >> linear(0, height, w) >> linear(height, 0, m - w)
            ),
        },
        second=ends_on_time,
    )


def f(T, t):
    return (1 + np.cos(np.pi * t / T)) / 2


RESUMED = [(k, old, new) for old, k in ((30, 5), (30, 20), (41, 9)) for new in (50, 75)]


@declared("15.2")
def the_factor_after_a_change(seen, planned):
    """seen: the rates of PyTorch from a third of `planned` updates on, after T_max became twice as many."""

    def as_torch_does(guess):
        k = planned // 3
        yours = [float(guess(t, k, planned, 2 * planned)) for t in range(k, 2 * planned)]
        return None if np.allclose(seen, yours, 1e-5, 1e-6) else "the ledger of PyTorch's scheduler differs."

    return Exercise(
        expected=lambda t, k, old, new: f(old, k) * f(new, t) / f(new, k),
        cases=[(t, *case) for case in RESUMED for t in range(case[0], 45, 3)],
        mistakes={
            "That jumps to the new curve; it is what `replace` does.": lambda t, k, old, new: f(new, t),
            "That is the old curve: T_max was set to a new one.": lambda t, k, old, new: f(old, t),
            "At t = k it must be the old rate: divide by the new curve there.": (
                lambda t, k, old, new: f(old, k) * f(new, t)
            ),
            "The new curve does not begin again at k: its clock is t.": (
                lambda t, k, old, new: f(old, k) * f(new - k, t - k)
            ),
            "Upside down: at t = k it must be the old rate.": lambda t, k, old, new: (
                f(new, k) * f(new, t) / f(old, k)
            ),
            "The rule is a product over the steps, not one step of it.": (
                lambda t, k, old, new: f(old, k) * (f(new, t) / f(new, t - 1) if t > k else 1)
            ),
        },
        second=as_torch_does,
        tolerance=1e-6,
    )
