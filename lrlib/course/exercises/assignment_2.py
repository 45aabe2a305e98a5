"""Assignment 2, shapes of decay: what a log says, and what a shape does. See also `assignment_2_programs`."""

import math

import numpy as np

from lrlib import theory
from lrlib.course.exercises import (
    Exercise,
    Marks,
    assignment_2_ledgers,  # noqa: F401
    assignment_2_programs,  # noqa: F401
    declared,
)
from lrlib.course.trials.arguments import left_alone
from lrlib.schedules import (
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    inverse_time,
    linear,
    multistep,
    table,
)


def divided(reached, over=math.prod):
    """The factor when the divisors whose milestone is reached are put together."""

    def factor(t, batches, milestones, divisors):
        return 1 / over(d for m, d in zip(milestones, divisors, strict=True) if reached(t, m, batches))

    return factor


def some_stairs(rng):
    for i in range(80):
        batches, n = int(rng.integers(2, 40)), i % 4
        milestones = np.sort(rng.choice(np.arange(1, 30), n, replace=False)).tolist()
        divisors = rng.choice([2.0, 3.0, 4.0, 5.0, 10.0], n).tolist()
        t = int(rng.integers(0, 31 * batches))
        if n and i % 3:
            t = batches * int(rng.choice(milestones)) - i % 3 + 1
        yield t, batches, milestones, divisors
    batches = int(rng.integers(6, 40))
    yield 5 * batches - batches // 2, batches, [3, 5], [10.0, 2.0]  # in the epoch before a milestone


STAIRS_BY_EPOCHS = {
    "Milestones are epochs, t counts updates: milestone m comes with update m * batches.": (
        divided(lambda t, m, b: t >= m)
    ),
    "One update late: update m * batches is the first at the lower rate.": (
        divided(lambda t, m, b: t > m * b)
    ),
    "One update early: the last update of the epoch before still has the higher rate.": (
        divided(lambda t, m, b: t >= m * b - 1)
    ),
    "One epoch late: milestone m says that m epochs are over.": divided(lambda t, m, b: t >= (m + 1) * b),
    "One epoch early: update t is in epoch t // batches, counted from 0, and as many are over.": (
        divided(lambda t, m, b: t // b + 1 >= m)
    ),
    "Drops multiply: divide by the product of the divisors, not by their sum.": (
        divided(lambda t, m, b: t >= m * b, over=lambda d: sum(d) or 1)
    ),
    "Every milestone so far counts, not the last alone.": (
        divided(lambda t, m, b: t >= m * b, over=lambda d: [1, *d][-1])
    ),
    "Each milestone has a divisor of its own: not the first for all.": (
        lambda t, batches, milestones, divisors: (
            (divisors or [1])[0] ** -sum(t >= m * batches for m in milestones)
        )
    ),
}


@declared("A2.1")
def stairs_by_epochs():
    return Exercise(
        expected=lambda t, batches, milestones, divisors: float(
            np.prod([1 / d for m, d in zip(milestones, divisors, strict=True) if t >= m * batches])
        ),
        cases=[
            (t, 10, m, d)
            for m, d in (([3, 5], [10.0, 2.0]), ([2], [4.0]), ([], []), ([1, 2, 6], [2.0, 5.0, 2.0]))
            for t in (0, 9, 10, 19, 20, 29, 30, 31, 49, 50, 75)
        ],
        tried=left_alone,
        mistakes=STAIRS_BY_EPOCHS,
        tolerance=1e-6,
        marks=Marks(
            points={"at a milestone or one before": 3, "elsewhere": 2},
            drawn=some_stairs,
            part=lambda t, batches, milestones, divisors: (
                "at a milestone or one before"
                if {t, t + 1} & {m * batches for m in milestones}
                else "elsewhere"
            ),
        ),
    )


def by_slope(pick=lambda t, y: np.polyfit(t, y, 1), back=lambda slope: -math.log(10) / slope,
             of=np.log, out=np.exp):  # fmt: skip
    def read(updates, rates):
        slope, at_zero = pick(np.array(updates, float), of(np.array(rates)))
        return float(out(at_zero)), float(back(slope))

    return read


def first_two(t, y):
    slope = (y[1] - y[0]) / (t[1] - t[0]) or -1e-9
    return slope, y[0] - slope * t[0]


def last_two(t, y):
    slope = (y[-1] - y[-2]) / (t[-1] - t[-2]) or -1e-9
    return slope, y[-1] - slope * t[-1]


def row_by_row(t, y):
    slope = np.mean(np.diff(y) / np.diff(t)) or -1e-9
    return slope, y[0] - slope * t[0]


def a_telling_log(rng, late):
    """A log in which neighbours at both ends mislead, and whose n is far enough from a whole number."""
    while True:
        n, base = int(rng.integers(150, 400)) + 0.5, rng.uniform(0.1, 2)
        first = int(rng.uniform(0.2, 0.8) * n) if late else 0
        updates = [
            first,
            first + 1,
            first + int(rng.uniform(0.3, 0.7) * n),
            first + int(n) - 1,
            first + int(n),
        ]
        rates = [float(f"{base * 10 ** (-t / n):.5g}") for t in updates]
        found = [by_slope(pick)(updates, rates)[1] for pick in (first_two, last_two, row_by_row)]
        if min(abs(each / n - 1) for each in found) > 0.003:
            return updates, rates


def some_logs(rng):
    """Rows with five digits; the first two are neighbours, so that their difference is mostly rounding."""
    yield from (a_telling_log(rng, late) for late in (False, True))
    for i in range(50):
        n, base = rng.uniform(400, 3000), rng.uniform(0.1, 2)
        first = 0 if i % 2 else int(rng.uniform(0.2, 0.8) * n)
        rest = first + np.sort(rng.choice(np.arange(10, int(n)), int(rng.integers(2, 6)), replace=False))
        updates = [first, first + 1, *rest.tolist(), first + int(n)]
        yield updates, [float(f"{base * 10 ** (-t / n):.5g}") for t in updates]


AN_EXPONENTIAL_FROM_ITS_LOG = {
    "The logarithm of the rate is a line, not the rate itself.": (
        by_slope(of=np.asarray, out=float, back=lambda s: -1 / s)
    ),
    "The log may begin late: base_lr is the rate of update 0, not that of the first row.": (
        lambda updates, rates: (rates[0], by_slope()(updates, rates)[1])
    ),
    "That is the time for a factor of e: a tenth takes ln 10 times as long.": (
        by_slope(back=lambda slope: -1 / slope)
    ),
    "That is gamma, the factor of one update: say after how many updates a tenth is left.": (
        by_slope(back=np.exp)
    ),
    "Two neighbouring rows differ by little more than their rounding: use rows far apart.": (
        by_slope(first_two)
    ),
    "The last two rows differ by little more than their rounding: use rows far apart.": by_slope(last_two),
    "A mean of slopes from row to row counts neighbours as much as rows far apart: fit all rows at once.": (
        by_slope(row_by_row)
    ),
    "The number of updates need not be whole: do not round it.": by_slope(
        back=lambda slope: round(-math.log(10) / slope)
    ),
    "First base_lr, then the updates for a tenth.": lambda *log: by_slope()(*log)[::-1],
}


@declared("A2.2")
def an_exponential_from_its_log():
    return Exercise(
        expected=by_slope(),
        cases=list(some_logs(np.random.default_rng(22)))[:8],
        tried=left_alone,
        mistakes=AN_EXPONENTIAL_FROM_ITS_LOG,
        tolerance=1e-3,
        marks=Marks(
            points={"logs from update 0 on": 2, "logs that begin later": 3},
            drawn=some_logs,
            part=lambda updates, rates: "logs that begin later" if updates[0] else "logs from update 0 on",
        ),
    )


def equal(values):
    return np.ptp(values) <= 1e-6 * abs(values).max()


def is_cosine(rates, updates=len, lowest=-1e-9, rises=False):
    wave = (1 + np.cos(np.pi * np.arange(len(rates)) / updates(rates))) / 2
    height, end = np.polyfit(wave, rates, 1)
    goes = (height > 0 or rises) and end >= lowest * abs(height)
    return goes and np.allclose(rates, end + height * wave, 1e-6, 0)


NAMES = ["constant", "steps", "linear", "exponential", "cosine"]


def is_exponential(rates):
    return equal(rates[1:] / rates[:-1])


def is_stairs(rates):
    return (np.diff(rates) == 0).mean() >= 0.75


def name_of(
    linear=lambda r: equal(np.diff(r)), exponential=is_exponential, cosine=is_cosine, steps=is_stairs
):
    """The first name whose test the rates pass."""
    tests = {
        "constant": equal,
        "steps": steps,
        "linear": linear,
        "exponential": exponential,
        "cosine": cosine,
    }

    def name(rates):
        r = np.array(rates)
        return next((each for each in NAMES if tests[each](r)), "something else")

    return name


def some_shapes(rng):
    for i in range(108):
        T, base, end = (
            int(rng.integers(16, 120)),
            rng.uniform(0.02, 2),
            rng.choice([0, rng.uniform(0.05, 0.4)]),
        )
        drops = np.sort(rng.choice(np.arange(1, T), int(rng.integers(1, 4)), replace=False)).tolist()
        shape = [
            constant(),
            linear(1, end, T),
            exponential(rng.uniform(0.01, 0.3), T),
            cosine(1, end, T),
            multistep(tuple(drops), rng.uniform(0.1, 0.7)),
            inverse_time(T / 9),
            inverse_sqrt(T / 50),
            linear(1, end, T) * linear(1, 0, T),
            constant(1, T // 2) >> linear(1, end, T - T // 2),
            cosine(1, end, 2 * T),
            cosine(1, 0.1, T // 2),
            cosine(1, end, T) * cosine(1, 0, T),
            table([1 - 3 * (t / T) ** 2 + 2 * (t / T) ** 3 for t in range(T)]),
            linear(0.3, 1, T),
            cosine(0.2, 1, T),  # climbs
            cosine(1, -1 / T**2, T),  # ends below 0
            cosine(1, -1e-15, T),  # ends at 0, but for rounding
            table([(1 - 0.8 * t / T) * (1 + 1e-4 * np.sin(t)) for t in range(T)]),
        ][i % 18]
        yield ((base * shape.values(T)).tolist(),)


KNOWN_SHAPES = "constant", "linear", "steps"


THE_NAME_OF_A_SHAPE = {
    "Equal ratios are an exponential, equal differences a line: the two are exchanged.": (
        name_of(linear=lambda r: equal(r[1:] / r[:-1]), exponential=lambda r: equal(np.diff(r)))
    ),
    "What is neither line nor exponential nor stairs need not be a cosine: test it, too.": (
        name_of(cosine=lambda r: True)
    ),
    "Rounding makes -1e-17 of an end at 0: allow b to be that little below 0.": (
        name_of(cosine=lambda r: is_cosine(r, lowest=0))
    ),
    "A cosine ends no lower than 0: b is at least 0, but for rounding.": (
        name_of(cosine=lambda r: is_cosine(r, lowest=-1))
    ),
    "A cosine that climbs is something else: a is to be larger than b.": (
        name_of(cosine=lambda r: is_cosine(r, rises=True))
    ),
    "A cosine over T updates has cos(pi t / T): its last update, T - 1, is not yet at its end.": (
        name_of(cosine=lambda r: is_cosine(r, updates=lambda r: len(r) - 1))
    ),
    "A cosine may end at a floor: fit start and end, do not assume an end of 0.": (
        name_of(
            cosine=lambda r: np.allclose(
                r, r[0] * (1 + np.cos(np.pi * np.arange(len(r)) / len(r))) / 2, 1e-6, 1e-12
            )
        )
    ),
    "A line may end at a floor: equal differences, whatever the last rate.": (
        name_of(linear=lambda r: np.allclose(r, r[0] * (1 - np.arange(len(r)) / len(r)), 1e-6, 1e-12))
    ),
    "A curve that is flat for a while is no staircase: the rate has to stay at most updates.": (
        name_of(steps=lambda r: (np.diff(r) == 0).any())
    ),
    "Symmetric about half time is not enough for a cosine: compare every rate with the formula.": (
        name_of(cosine=lambda r: abs(r[len(r) // 2] - (r[0] + r[-1]) / 2) < 0.05 * r[0])
    ),
}


@declared("A2.3")
def the_name_of_a_shape():
    return Exercise(
        expected=name_of(),
        cases=list(some_shapes(np.random.default_rng(23)))[:36],
        tried=left_alone,
        mistakes=THE_NAME_OF_A_SHAPE,
        marks=Marks(
            points={"in straight pieces": 3, "curves": 3},
            drawn=some_shapes,
            part=lambda rates: "in straight pieces" if name_of()(rates) in KNOWN_SHAPES else "curves",
        ),
    )


def parts(left=lambda rates, h, start: start**2 * np.prod((1 - rates * h) ** 2), push=lambda s, h: h * s**2,
          forgets=lambda u: (1 - u) ** 2, half=0.5, later=1):  # fmt: skip
    """Two parts of the expected loss: what is left of the start, and what the noise of all updates adds."""

    def two(rates, h, sigma, start):
        rates = np.array(rates, float)
        keeps = [np.prod(forgets(rates[t + later :] * h)) for t in range(len(rates))]
        noise = np.sum(rates**2 * push(sigma, h) * keeps) if len(rates) else 0.0
        return half * h * left(rates, h, start), half * h * noise

    return two


def some_runs(rng):
    for i in range(45):
        T, h = int(rng.integers(1, 30)), rng.uniform(0.05, 4)
        rates = rng.uniform(0.02, 1.8) / h * np.ones(T)
        if i % 3:
            rates = rates * [linear(1, 0, T), cosine(1, 0.1, T), exponential(0.05, T)][i // 3 % 3].values(T)
        yield rates.tolist(), h, float(rng.uniform(0.2, 3)), float(rng.uniform(0.5, 5))
    yield [], 2.0, 1.0, 3.0


WHAT_IS_LEFT_AND_NOISE = {
    "The loss is a square: so are the factors (1 - rate * h).": (
        parts(left=lambda rates, h, start: start**2 * np.prod(1 - rates * h), forgets=lambda u: 1 - u)
    ),
    "e to the minus 2 h times the reach is near that only where rate * h is small: take the product.": (
        parts(left=lambda rates, h, start: start**2 * math.exp(-2 * h * rates.sum()))
    ),
    "Noise that came early is forgotten, too: each push shrinks in all updates after it.": (
        parts(forgets=lambda u: np.ones_like(u))
    ),
    "An update shrinks what is there before it pushes: its own push is not shrunk by it.": parts(later=0),
    "The loss is h / 2 times the mean square: a half is missing.": parts(half=1),
    "The variance of the push is rate^2 h sigma^2: sigma squared.": parts(push=lambda s, h: h * s),
    "The variance of the push is rate^2 h sigma^2: an h is missing.": parts(push=lambda s, h: s**2),
    "The distance at the start enters squared.": (
        parts(left=lambda rates, h, start: start * np.prod((1 - rates * h) ** 2))
    ),
    "That is where noise comes to rest at the last rate; it has not, and earlier rates were others.": (
        lambda rates, h, sigma, start: (
            parts()(rates, h, sigma, start)[0],
            theory.noise_floor(rates[-1], [h], sigma) if rates and rates[-1] * h < 2 else 0.0,
        )
    ),
    "First what is left of the start, then the noise.": lambda *case: parts()(*case)[::-1],
}


@declared("A2.4")
def what_is_left_and_noise():
    return Exercise(
        expected=lambda rates, h, sigma, start: (
            float(theory.expected_loss(rates, [h], 0.0, start)[-1]),
            float(theory.expected_loss(rates, [h], sigma, 0.0)[-1]),
        ),
        cases=[
            ([0.5], 1.0, 1.0, 2.0),
            ([0.5, 0.5, 0.5], 1.0, 1.0, 2.0),
            ([0.4, 0.2, 0.1], 2.0, 0.5, 3.0),
            ([0.3, 0.3, 0.1, 0.0], 1.0, 2.0, 1.0),
            ([], 2.0, 1.0, 3.0),
        ],
        tried=left_alone,
        mistakes=WHAT_IS_LEFT_AND_NOISE,
        tolerance=1e-6,
        marks=Marks(
            points={"a constant rate": 2, "a rate that falls": 4},
            drawn=some_runs,
            part=lambda rates, h, sigma, start: (
                "a constant rate" if len(set(rates)) < 2 else "a rate that falls"
            ),
        ),
    )
