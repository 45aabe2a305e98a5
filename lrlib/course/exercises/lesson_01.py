"""Lesson 01, step size on a bowl: one step, and the largest stable rate."""

from itertools import product

import numpy as np

from lrlib.course.exercises import Exercise, declared


def ten_steps(step):
    x = 4.0
    for _ in range(10):
        x, factor = step(x, 0.3, 5.0, 3.0)
    return (
        None
        if np.isclose(x - 3, factor**10)
        else "after ten steps the distance to c is not factor**10 of it."
    )


def step_with(gradient, factor):
    return lambda x, rate, h, c: (x - rate * gradient(x, h, c), factor(rate, h))


@declared("01.1")
def one_step():
    return Exercise(
        expected=step_with(lambda x, h, c: h * (x - c), lambda rate, h: 1 - rate * h),
        cases=[*product((3.0, -2.5, 0.7), (0.1, 0.3), (0.5, 5.0), (0.7, -1.2))],
        mistakes={
            "This one climbs: the update moves against the gradient, with a minus.": (
                step_with(lambda x, h, c: -h * (x - c), lambda rate, h: 1 + rate * h)
            ),
            "The curvature is missing: the slope at x is h times the distance to c.": (
                step_with(lambda x, h, c: x - c, lambda rate, h: 1 - rate)
            ),
            "That bowl has its bottom at 0: the distance to the bottom is x - c.": (
                step_with(lambda x, h, c: h * x, lambda rate, h: 1 - rate * h)
            ),
            "That subtracts the loss, not its gradient: differentiate first.": (
                step_with(lambda x, h, c: h * (x - c) ** 2 / 2, lambda rate, h: 1 - rate * h)
            ),
            "Keep the sign of the factor: a negative one is the jump to the other side.": (
                step_with(lambda x, h, c: h * (x - c), lambda rate, h: abs(1 - rate * h))
            ),
            "The position is right. The factor is of distances to c, after over before.": (
                step_with(lambda x, h, c: h * (x - c), lambda rate, h: rate * h)
            ),
        },
        second=ten_steps,
    )


def falls(losses):
    return losses[-1] < losses[0]


def bisection(is_stable=falls, swapped=False, share=1.0):
    """The largest stable rate by a test of the losses, or with low and high swapped, or a share of it."""

    def largest(run):
        low, high = 1e-4, 1e4
        while high / low > 1.005:
            middle = (low * high) ** 0.5
            if is_stable(run(middle)) != swapped:
                low = middle
            else:
                high = middle
        return share * low

    return largest


TILTED = [B @ B.T for B in np.random.default_rng(3).standard_normal((4, 5, 5))]


@declared("01.2")
def the_largest_stable_rate(gd_on):
    def divergence_test(largest):
        for A in TILTED:
            found = float(largest(gd_on(A)))
            if not falls(gd_on(A)(found)) or falls(gd_on(A)(1.01 * found)):
                return f"{found:.4g} does not pass the divergence test on a tilted bowl."

    return Exercise(
        expected=bisection(),
        cases=[((4.0, 0.2),), ((1.3, 0.01),), ((30.0, 3.0, 0.1),), ((3.0, 2.0, 1.0),)],
        tried=lambda largest, curvatures: largest(gd_on(np.diag(curvatures))),
        mistakes={
            "The two are swapped: a stable middle becomes the new low.": bisection(swapped=True),
            "nan is neither above nor below: ask if the loss fell.": (
                bisection(lambda losses: not losses[-1] > losses[0])
            ),
            "Too patient: a loss that is still finite may be growing.": (
                bisection(lambda losses: np.isfinite(losses[-1]))
            ),
            "That is 1/L: there the steepest direction arrives at once.": bisection(share=0.5),
            "The first step may fall and the later ones grow: ask the last loss.": (
                bisection(lambda losses: losses[1] < losses[0])
            ),
            "Too strict: at a stable rate the loss may still be far from zero.": (
                bisection(lambda losses: losses[-1] < 1e-9)
            ),
        },
        second=divergence_test,
        tolerance=0.01,
    )
