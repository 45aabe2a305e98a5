"""Lesson 03, the range test: reading it backwards, both directions, and a task that nobody has seen."""

import math

import numpy as np

from lrlib import theory
from lrlib.course.exercises import Exercise, declared
from lrlib.schedules import range_test


def update_of(rate, low, high, N, whole=math.ceil):
    return whole(N * math.log(rate / low) / math.log(high / low))


def first_in_the_test(f):
    rates = range_test(0.02, 6, 70).values(70)
    wrong = [rate for rate in (0.05, 0.7, 3.3) if f(rate, 0.02, 6, 70) != np.argmax(rates >= rate)]
    return f"the test of 70 updates from 0.02 to 6 is elsewhere at rate {wrong[0]}." if wrong else None


@declared("03.1")
def the_update_of_a_rate():
    return Exercise(
        expected=update_of,
        cases=[
            (rate, low, high, N)
            for rate in (0.11, 0.9, 4.1)
            for low, high in ((0.01, 10), (0.003, 5))
            for N in (50, 333)
        ],
        mistakes={
            "Equal amounts: the test grows by equal factors, so take logarithms.": (
                lambda rate, low, high, N: math.ceil(N * (rate - low) / (high - low))
            ),
            "That is the last update below the rate: round up.": (
                lambda *case: update_of(*case, whole=math.floor)
            ),
            "One update late: counted from 0, no 1 is added.": lambda *case: update_of(*case) + 1,
            "The test ends at update N, where `high` is due, not at N - 1.": (
                lambda rate, low, high, N: update_of(rate, low, high, N - 1)
            ),
            "The test starts at `low`, not at 1.": (
                lambda rate, low, high, N: math.ceil(N * math.log(rate) / math.log(high / low))
            ),
            "That is a share of the test: times N, and whole.": (
                lambda rate, low, high, N: math.log(rate / low) / math.log(high / low)
            ),
            "Updates are whole: round up.": lambda *case: update_of(*case, whole=float),
        },
        second=first_in_the_test,
    )


@declared("03.2")
def up_and_down(record, curvatures, start):
    def ways(down):
        return lambda rates, noise: (record(rates, noise), down(rates, noise))

    def goes_on(rates, noise):
        return record(np.append(rates, rates[::-1]), noise)[: len(rates) - 1 : -1]

    def both_start_afresh(f):
        up, down = f(np.array([0.01, 0.1, 1.0]), 0.5)
        fresh = np.allclose([float(up[0]), float(down[-1])], curvatures.sum() * start**2 / 2, 1e-5)
        return None if fresh else "each way should begin with the untrained loss."

    return Exercise(
        expected=ways(lambda rates, noise: record(rates[::-1], noise)[::-1]),
        cases=[
            (range_test(0.01, high, N).values(N), noise)
            for N in (10, 100)
            for high, noise in ((1, 0.0), (1, 1.0), (2.5, 2.5))
        ],
        mistakes={
            "Turn the losses back.": ways(lambda rates, noise: record(rates[::-1], noise)),
            "Turn the rates, too: nothing new was run.": ways(lambda r, n: record(r, n)[::-1]),
            "The way down must start afresh, not where the other ended.": ways(goes_on),
            "Pass the noise on to both tests.": ways(lambda r, n: record(r[::-1])[::-1]),
            "First up, then down.": lambda r, n: ways(lambda r, n: record(r[::-1], n)[::-1])(r, n)[::-1],
        },
        second=both_start_afresh,
    )


def task(curvatures, noise, start):
    """What a learner is given of a task: the loss after m updates at a rate, from a fresh start."""

    def fresh(rate, m):
        with np.errstate(all="ignore"):
            rates = np.full(int(m), float(rate))
            loss = theory.expected_loss(rates, curvatures, noise, start)[-1]
        return float(loss) if loss < 1e6 else math.nan

    return fresh


TASKS = [task((2.5, 0.4, 0.02), 0.8, 2.0), task((9.0, 1.0), 0.2, 5.0), task((0.6, 0.05, 0.004), 1.5, 4.0)]


def lowest(fresh, rates, m, best=np.nanargmin):
    losses = [fresh(rate, m) for rate in rates]
    return rates[best(losses)], losses[best(losses)]


def forgets_nan(f):
    found, _ = f(lambda rate, m: (rate - 0.3) ** 2 if rate < 1 else math.nan, [2.0, 0.1, 0.3, 1.5], 10)
    return None if found == 0.3 else "a rate whose loss is not a number is no best rate."


@declared("03.3")
def a_rate_for_a_task_not_seen():
    return Exercise(
        expected=lowest,
        cases=[(fresh, np.geomspace(0.01, 3, 60), m) for fresh in TASKS for m in (10, 40, 300)],
        mistakes={
            "A loss that is not a number won: leave the rates out that broke.": (
                lambda fresh, rates, m: lowest(fresh, rates, m, np.argmin)
            ),
            "One update is not m: that is the best first step.": lambda fresh, rates, m: lowest(
                fresh, rates, 1
            ),
            "One update too few.": lambda fresh, rates, m: lowest(fresh, rates, m - 1),
            "One update too many.": lambda fresh, rates, m: lowest(fresh, rates, m + 1),
            "That is the highest rate that did not break; lowest loss is wanted.": (
                lambda fresh, rates, m: lowest(fresh, rates, m, lambda y: np.flatnonzero(np.isfinite(y))[-1])
            ),
            "First the rate, then the loss.": lambda fresh, rates, m: lowest(fresh, rates, m)[::-1],
        },
        second=forgets_nan,
    )
