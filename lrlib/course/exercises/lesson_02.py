"""Lesson 02, the noise floor: the rate for one, the wait for a lower one, the best rate of one update."""

import numpy as np

from lrlib import theory
from lrlib.course.exercises import Exercise, declared


def rests_at_the_goal(f):
    rate = f(0.02, 1.5, 0.7)
    return (
        None
        if np.isclose(theory.noise_floor(rate, [1.5], 0.7), 0.02)
        else "a run at that rate rests elsewhere."
    )


@declared("02.1")
def the_rate_for_a_floor():
    return Exercise(
        expected=lambda goal, h, sigma: 4 * goal / (sigma**2 + 2 * goal) / h,
        cases=[(goal, h, sigma) for goal in (0.01, 0.3) for h in (0.2, 1.0, 4.0) for sigma in (0.5, 3.0)],
        mistakes={
            "Only for small rates: there the 2 in the denominator is all.": lambda g, h, s: 4 * g / s**2 / h,
            "The noise enters squared.": lambda g, h, s: 4 * g / (s + 2 * g) / h,
            "That is rate times curvature: divide by h.": lambda g, h, s: 4 * g / (s**2 + 2 * g),
            "The loss is h a / 2, with a half.": lambda g, h, s: 2 * g / (s**2 + g) / h,
            "That is the noise floor of a rate, not the rate of a noise floor.": lambda g, h, s: (
                theory.noise_floor(g, [h], s)
            ),
            "The 2 goes with the goal: goal (2 - u) = sigma^2 u / 2.": lambda g, h, s: 4 * g / (s**2 + g) / h,
        },
        second=rests_at_the_goal,
        tolerance=1e-6,
    )


def floor(rate, h):
    return theory.noise_floor(rate, [h], 1.0)


def wait_by(goal, pace, whole=np.ceil):
    def wait(old, new, h):
        high, low = floor(old, h), floor(new, h)
        left = np.log(goal(high, low) / (high - low))
        return whole(left / np.log(pace(old * h, new * h)))

    return wait


def by_running(f):
    losses = theory.expected_loss(np.full(500, 0.07), [2.0], 1.0, floor(0.9, 2.0) ** 0.5)
    first = int(np.argmax(losses <= 1.1 * floor(0.07, 2.0)))
    return None if f(0.9, 0.07, 2.0) == first else f"a run needs {first} updates."


def tenth(high, low):
    return low / 10


def square(old, new):
    return (1 - new) ** 2


@declared("02.2")
def the_wait_for_a_lower_floor():
    return Exercise(
        expected=wait_by(tenth, square),
        cases=[(0.5, 0.05, 1.0), (0.5, 0.25, 1.0), (0.4, 0.01, 3.0), (1.5, 0.3, 1.1), (0.5, 0.1, 0.3)],
        mistakes={
            "q is a square: the loss is one.": wait_by(tenth, lambda old, new: 1 - new),
            "That is the old rate's pace.": wait_by(tenth, lambda old, new: (1 - old) ** 2),
            "A tenth of low, not of the way.": wait_by(lambda high, low: (high - low) / 10, square),
            "One too few: round up, not down.": wait_by(tenth, square, np.floor),
            "Whole updates: round up.": wait_by(tenth, square, lambda t: t),
        },
        second=by_running,
    )


def nothing_lower(f):
    def after(rate):
        return (1 - 0.5 * rate) ** 2 * 2.0 + rate**2 * 0.5 * 0.8**2

    near = f(2.0, 0.5, 0.8) * np.array([0.99, 1, 1.01])
    return None if after(near).argmin() == 1 else "a rate 1 % away from it is better."


@declared("02.3")
def the_best_rate_of_one_update():
    return Exercise(
        expected=lambda a, h, sigma: theory.greedy_rates(1, [h], sigma, np.sqrt(a))[0],
        cases=[(a, h, sigma) for a in (9.0, 0.3, 0.01) for h in (0.1, 1.7, 5.0) for sigma in (0.4, 1.0, 3.0)],
        mistakes={
            "That lands on the bottom only without noise.": lambda a, h, s: 1 / h,
            "Both terms give a factor 2, and it cancels.": lambda a, h, s: a / (2 * (a * h + s**2)),
            "The push has variance h sigma^2: one h more.": lambda a, h, s: h * a / (h**2 * a + s**2),
            "At that rate nothing changes: a is the resting point of it.": lambda a, h, s: (
                2 * a / (a * h + s**2)
            ),
            "The noise enters squared.": lambda a, h, s: a / (a * h + s),
            "a is a mean square already.": lambda a, h, s: a**2 / (a**2 * h + s**2),
        },
        second=nothing_lower,
        tolerance=1e-6,
    )
