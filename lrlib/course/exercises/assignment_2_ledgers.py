"""Assignment 2, the third part: losses at one reach, and faults that a ledger shows."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone
from lrlib.schedules import cosine, exponential, linear


def at_reach(reached=lambda peaks, f: np.array(peaks) * np.sum(f), outside=math.nan, pick=np.interp):
    def loss(peaks, losses, factors, reach):
        x = reached(peaks, np.array(factors))
        if not x[0] <= reach <= x[-1] and outside is not None:
            return outside
        return float(pick(reach, x, losses))

    return loss


def some_sweeps(rng):
    for i in range(50):
        T, n = int(rng.integers(3, 8) if i % 3 else rng.integers(8, 80)), int(rng.integers(3, 8))
        shape = [linear(1, 0, T), cosine(1, 0.1, T), exponential(0.05, T)][i % 3]
        peaks, factors = np.sort(rng.uniform(0.05, 2, n)), shape.values(T)
        reaches = peaks * factors.sum()
        where = rng.uniform(0.02, 0.98)
        reach = reaches[0] + where * (reaches[-1] - reaches[0])
        if i % 4 == 0:
            reach = float(rng.choice([reaches[0] * 0.8, reaches[-1] * 1.2]))
        yield peaks.tolist(), rng.uniform(0.3, 1, n).tolist(), factors.tolist(), float(reach)
    for reach in (0.5, 2.0):  # that of the first run, and of the last
        yield [0.25, 0.5, 1.0], rng.uniform(0.3, 1, 3).tolist(), [1.0, 0.5, 0.5], reach


def where_the_reach_is(peaks, losses, factors, reach):
    inside = peaks[0] * sum(factors) <= reach <= peaks[-1] * sum(factors)
    return "inside what was run" if inside else "outside"


THE_LOSS_AT_A_REACH = {
    "That is the mean rate: reach is the sum of the rates.": (
        at_reach(lambda peaks, f: np.array(peaks) * f.mean())
    ),
    "That is the loss at a peak: the reach of a run is its peak times the sum of the factors.": (
        at_reach(lambda peaks, f: np.array(peaks))
    ),
    "Outside what was run nobody knows: math.nan, not the loss at the end.": at_reach(outside=None),
    "The first and the last run were run: at their own reach their loss is known.": (
        lambda peaks, losses, factors, reach: (
            at_reach()(peaks, losses, factors, reach)
            if peaks[0] * sum(factors) < reach < peaks[-1] * sum(factors)
            else math.nan
        )
    ),
    "That takes the nearest run: go along the straight line between its two neighbours.": (
        at_reach(pick=lambda r, x, losses: losses[int(np.argmin(abs(x - r)))])
    ),
    "The line is straight in the reach, not in its logarithm.": (
        at_reach(pick=lambda r, x, losses: np.interp(np.log(r), np.log(x), losses))
    ),
    "The sum of squares says how much noise there is; reach is the sum.": (
        at_reach(lambda peaks, f: np.array(peaks) * np.sum(f**2))
    ),
}


@declared("A2.9")
def the_loss_at_a_reach():
    return Exercise(
        expected=at_reach(),
        cases=[
            ([0.1, 0.2, 0.4], [0.9, 0.5, 0.6], [1.0, 0.75, 0.5, 0.25], 0.4),
            ([0.1, 0.2, 0.4], [0.9, 0.5, 0.6], [1.0, 0.75, 0.5, 0.25], 0.75),
            ([0.1, 0.2, 0.4], [0.9, 0.5, 0.6], [1.0, 0.1], 0.3),
            ([0.1, 0.2, 0.4], [0.9, 0.5, 0.6], [1.0, 0.1], 0.5),
            ([0.1, 0.2, 0.4], [0.9, 0.5, 0.6], [1.0, 0.1], 0.05),
            ([0.25, 0.5, 1.0], [0.9, 0.5, 0.6], [1.0, 0.5, 0.5], 2.0),
        ],
        tried=left_alone,
        mistakes=THE_LOSS_AT_A_REACH,
        tolerance=1e-5,
        marks=Marks(
            points={"inside what was run": 4, "outside": 1}, drawn=some_sweeps, part=where_the_reach_is
        ),
    )


def staircase(intended, k):
    return [intended[t // k] for t in range(len(intended))]


def compounded(intended):
    return (intended[0] * np.cumprod(np.array(intended) / intended[0])).tolist()


def agrees(a, b):
    return len(a) == len(b) and all(abs(x - y) <= 1e-6 * abs(y) for x, y in zip(a, b, strict=True))


FAULTS = {
    "as intended": lambda i, u: agrees(u, i),
    "never applied": lambda i, u: agrees(u, [i[0]] * len(i)),
    "one late": lambda i, u: agrees(u, [i[0], *i[:-1]]),
    "one early": lambda i, u: agrees(u[:-1], i[1:]),
    "called too seldom": lambda i, u: any(agrees(u, staircase(i, k)) for k in range(2, len(i))),
    "compounding": lambda i, u: agrees(u, compounded(i)),
}


def named(**others):
    """The first fault that fits; others: tests in place of the right ones, None for one that is not known."""
    tests = {**FAULTS, **{name.replace("_", " "): test for name, test in others.items()}}

    def name(intended, used):
        return next((each for each, test in tests.items() if test and test(intended, used)), "something else")

    return name


def with_fault(i, intended, rng):
    T, k = len(intended), int(rng.integers(2, 7))
    scaled = [rate * rng.uniform(0.7, 0.95) for rate in intended]
    held = [intended[t // k * k] for t in range(T)]  # the right clock, read once an epoch
    late = [*intended[:1] * 2, *intended[:-2]]
    forgets = [*staircase(intended, k)[:-2], intended[-2], intended[-1]]
    halfway = [*intended[: T // 2], *intended[T // 2 - 1 : -1]]
    wrong = [*compounded(intended)[:-1], intended[-1]]
    return [
        intended, [intended[0]] * T, [intended[0], *intended[:-1]], [*intended[1:], intended[-1]],
        [*intended[1:], intended[-1] * 0.9], staircase(intended, k), staircase(intended, 13),
        compounded(intended), scaled, held, late, forgets, halfway, wrong,
    ][i % 14]  # fmt: skip


def some_ledgers(rng):
    for i in range(84):
        T, base = int(rng.integers(16, 32)), rng.uniform(0.05, 2)
        shape = [linear(1, 0, T), cosine(1, 0.1, T), exponential(0.05, T)][int(rng.integers(3))]
        intended = (base * shape.values(T)).tolist()
        yield intended, with_fault(i, intended, rng)


SHIFTED = "as intended", "never applied", "one late", "one early"

A_FAULT_BY_ITS_LEDGER = {
    "A gap is not enough for a name: what fits none of the six is something else.": (
        lambda i, u: found if (found := named()(i, u)) != "something else" else "compounding"
    ),
    "Late and early are exchanged: used one late, update 1 has the rate that was meant for update 0.": (
        named(one_late=FAULTS["one early"], one_early=FAULTS["one late"])
    ),
    "The first two rates are not enough: compare every update.": (
        named(one_late=lambda i, u: agrees(u[:2], [i[0], i[0]]))
    ),
    "What the last update uses when it is one early is not in the intent: leave it out.": (
        named(one_early=lambda i, u: agrees(u, [*i[1:], i[-1]]))
    ),
    "Called every k updates, the scheduler is at its own step t // k, among the first of the intent.": (
        named(
            called_too_seldom=lambda i, u: any(
                agrees(u, [i[t // k * k] for t in range(len(i))]) for k in range(2, len(i))
            )
        )
    ),
    "Compounding multiplies every factor so far onto base_lr: a product, not the square of the factor.": (
        named(compounding=lambda i, u: agrees(u, [rate**2 / i[0] for rate in i]))
    ),
    "Steps of equal rates have many lengths: try every k, not 10 alone.": (
        named(called_too_seldom=lambda i, u: agrees(u, staircase(i, 10)))
    ),
}


@declared("A2.8")
def a_fault_by_its_ledger():
    return Exercise(
        expected=named(),
        cases=list(some_ledgers(np.random.default_rng(29)))[:14],
        tried=left_alone,
        mistakes=A_FAULT_BY_ITS_LEDGER,
        marks=Marks(
            points={"kept, dropped or shifted": 3, "too seldom, compounding or something else": 4},
            drawn=some_ledgers,
            part=lambda intended, used: (
                "kept, dropped or shifted"
                if named()(intended, used) in SHIFTED
                else "too seldom, compounding or something else"
            ),
        ),
    )
