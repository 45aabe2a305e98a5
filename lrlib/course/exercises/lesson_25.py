"""Lesson 25, the digits of a computer: how small a swing gets, the power method, a sum in any order."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, declared


def smallest(rates, h, size=np.abs, of=lambda sizes: min(1.0, sizes.min()), grown=np.cumprod):
    return of(grown(size(1 - np.asarray(rates) * h)))


def in_steps(f):
    w, sizes = 3.0, [3.0]
    for rate in (0.4, 0.9, 2.4, 2.4, 1.9):
        w -= rate * 1.1 * w
        sizes.append(abs(w))
    return (
        None if math.isclose(f([0.4, 0.9, 2.4, 2.4, 1.9], 1.1), min(sizes) / 3) else "a run gets elsewhere."
    )


@declared("25.1")
def the_smallest_swing():
    return Exercise(
        expected=smallest,
        cases=[([0.5, 0.4, 2.6, 2.6, 2.6, 0.7, 0.8], 1.0)]
        + [
            ([0.5] * calm + [rate] * 9, h)
            for calm in (0, 3, 30)
            for rate in (0.3, 1.7, 2.6)
            for h in (0.8, 1.2)
        ],
        mistakes={
            "A distance has a sign, a size has none.": lambda r, h: smallest(r, h, size=np.asarray),
            "That is the last size, not the smallest.": lambda r, h: smallest(r, h, of=lambda x: x[-1]),
            "Each update has a factor; multiply them up.": lambda r, h: smallest(r, h, grown=np.asarray),
            "Before any update the size is 1.": lambda r, h: smallest(r, h, of=np.min),
            "That is the largest size.": lambda r, h: smallest(r, h, of=lambda x: max(1.0, x.max())),
            "Rate times curvature: h is missing.": lambda r, h: smallest(r, 1.0),
        },
        second=in_steps,
    )


def power(times, v, rounds, last=np.linalg.norm, unit=lambda v: v / np.linalg.norm(v)):
    for _ in range(rounds):
        v = times(unit(v))
    return last(v)


def matrix(*eigenvalues):
    """A symmetric matrix of these eigenvalues, as a function that multiplies."""
    turned = np.linalg.qr(np.random.default_rng(len(eigenvalues)).normal(size=(len(eigenvalues),) * 2))[0]
    whole = turned @ np.diag(eigenvalues) @ turned.T
    return lambda v: whole @ v


def by_definition(f):
    found = f(lambda v: np.array([5.0, -7.0, 1.0]) * v, np.ones(3), 60)
    return None if math.isclose(found, 7, rel_tol=1e-6) else "of 5, -7 and 1 the largest in size is 7."


@declared("25.2")
def the_power_method():
    return Exercise(
        expected=power,
        cases=[
            (matrix(*eigenvalues), np.arange(1.0, len(eigenvalues) + 1), rounds)
            for eigenvalues in ((4.0, 1.0, 0.5), (-60.0, 9.0), (300.0, 20.0, 7.0, 1.0))
            for rounds in (12, 60)
        ],
        mistakes={
            "The vector grows with every round: divide by its length first.": (
                lambda times, v, rounds: power(times, v, rounds, unit=lambda v: v)
            ),
            "One round is not enough: that is the length of one product.": (
                lambda times, v, rounds: power(times, v, 1)
            ),
            "After its last division the vector has length 1: return the length before.": (
                lambda times, v, rounds: power(times, v, rounds, last=lambda v: 1.0)
            ),
            "That is the sum of its parts; the length is the root of the sum of squares.": (
                lambda times, v, rounds: power(times, v, rounds, last=np.sum)
            ),
            "That is the vector; its length is wanted.": (
                lambda times, v, rounds: power(times, v, rounds, last=np.asarray)
            ),
        },
        second=by_definition,
        tolerance=1e-4,
    )


TERMS = [np.random.default_rng(n).normal(size=n).astype(dtype) for n in (10, 400) for dtype in ("f4", "f8")]


def in_any_order(f):
    rng = np.random.default_rng(0)
    terms = np.append(rng.normal(size=200) * 10.0 ** rng.integers(-6, 6, 200), 0.1)
    sums = {float(f(rng.permutation(terms))) for _ in range(40)}
    return None if len(sums) == 1 else f"40 orders of one list give {len(sums)} different sums."


@declared("25.3")
def a_sum_in_any_order():
    return Exercise(
        expected=math.fsum,
        cases=[(np.random.default_rng(9).permutation(terms),) for terms in TERMS],
        mistakes={
            "Signs count.": lambda numbers: math.fsum(np.abs(numbers)),
            "That is the mean.": lambda numbers: math.fsum(numbers) / len(numbers),
            "One term is missing.": lambda numbers: math.fsum(numbers[1:]),
        },
        second=in_any_order,
        tolerance=1e-5,
    )
