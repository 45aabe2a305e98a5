"""Assignment 4, schedules that watch, the second half: range tests, and rates that choose themselves."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone


def gamma(low, high, images, batch, epochs, whole=math.ceil, steps=lambda n: n - 1):
    return (high / low) ** (1 / steps(epochs * whole(images / batch)))


def range_tests(rng):
    for i in range(40):
        batch, full = int(rng.choice([16, 25, 32, 50])), int(rng.integers(5, 60))
        more = 0 if i % 2 else int(rng.integers(1, batch))
        low = float(10 ** rng.uniform(-4, -2))
        yield low, low * float(10 ** rng.uniform(1, 4)), full * batch + more, batch, int(rng.integers(1, 4))


@declared("A4.5")
def a_range_test_in_epochs():
    return Exercise(
        expected=gamma,
        cases=[
            (0.01, 1.0, 1200, 32, 1),
            (0.01, 1.0, 1216, 32, 1),
            (1e-3, 5.0, 100, 30, 2),
            (0.1, 10.0, 64, 32, 3),
        ],
        mistakes={
            "Between the first and the last of N updates the rate is multiplied N - 1 times.": (
                lambda *case: gamma(*case, steps=lambda n: n)
            ),
            "The smaller last batch of an epoch is an update, too: round up.": lambda *case: gamma(
                *case, whole=math.floor
            ),
            "ExponentialLR is stepped after every update here, not after every epoch.": (
                lambda low, high, images, batch, epochs: (high / low) ** (1 / max(epochs - 1, 1))
            ),
            "It is one factor an update: the root of high / low, not a share of it.": (
                lambda low, high, images, batch, epochs: high / low / (epochs * math.ceil(images / batch) - 1)
            ),
            "An update takes a whole batch of images: count updates, not images.": lambda *case: gamma(
                *case[:3], 1, case[4]
            ),
            "That goes down from high to low: divide the other way round.": lambda low, high, *rest: gamma(
                high, low, *rest
            ),
            "Each epoch has its own smaller last batch: round up before you multiply by the epochs.": (
                lambda low, high, images, batch, epochs: (
                    (high / low) ** (1 / (math.ceil(epochs * images / batch) - 1))
                )
            ),
        },
        tolerance=1e-6,
        marks=Marks(
            points={"whole batches": 2, "a smaller last batch": 2},
            drawn=range_tests,
            part=lambda low, high, images, batch, epochs: (
                "a smaller last batch" if images % batch else "whole batches"
            ),
        ),
    )


def breaks(rates, losses, times, low=np.minimum.accumulate, broke=lambda loss, bar: not loss <= bar, back=1):
    """The last rate before the break. Not <=, so that what is no number breaks, too."""
    bars = times * low(np.asarray(losses, dtype=float))
    for i in range(1, len(losses)):
        if broke(losses[i], bars[i - 1]):
            return rates[i - back]
    return rates[-1]


def risen(rng):
    for i in range(48):
        n = int(rng.integers(8, 40))
        rates = np.geomspace(0.01, rng.uniform(1, 10), n)
        losses = 2.3 - 1.5 * np.linspace(0, 1, n) + 0.05 * rng.standard_normal(n)
        at = int(rng.integers(n // 2, n))
        if i % 3 == 0:
            losses[at:] = np.append(losses[at - 1 : at] * rng.uniform(1.7, 9), rng.uniform(5, 50, n - at - 1))
        if i % 3 == 1:
            losses[at:] = rng.choice([math.nan, math.inf], n - at)
            losses[at + 1 :: 2] = 0.9
        yield rates, losses, 1.4
        if i % 6 == 2:  # a slow rise
            losses[n // 2 :] = 1.5 * 1.2 ** np.arange(n - n // 2)
    rates = np.array([0.1, 0.2, 0.4, 0.8])
    yield rates, np.array([2.0, 1.0, 1.9, 0.5]), 1.5  # below the first loss, and a break
    yield rates, np.array([2.0, 1.0, 1.3, 1.7]), 1.5
    yield rates, np.array([2.0, 1.0, 1.3, 1.4]), 1.5
    yield rates, np.array([2.0, 3.5, 1.0, 0.9]), 1.5
    yield rates, np.array([2.0, 1.0, math.nan, 0.5]), 1.5
    yield rates, np.array([2.0, 2.5, 1.9, 1.8]), 1.5
    yield rates[:1], np.array([2.0]), 1.5


def kind_of_break(rates, losses, times):
    if not np.isfinite(losses).all():
        return "no number"
    lowest = np.minimum.accumulate(losses)
    return "it rises" if (losses[1:] > times * lowest[:-1]).any() else "it never breaks"


@declared("A4.6")
def where_training_breaks():
    rates = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    return Exercise(
        expected=breaks,
        cases=[
            (rates, np.array(losses), 2.0)
            for losses in (
                [2.0, 1.5, 0.8, 1.7, 9.0],
                [2.0, 1.5, 0.8, math.nan, 0.5],
                [2.0, 1.5, 0.8, 1.5, 1.0],
                [2.0, 1.5, math.inf, 0.5, 0.4],
                [2.0, 0.5, 0.8, 1.2, 2.0],
            )
        ],
        mistakes={
            "No comparison with a nan is true: look for values that are not finite as well.": (
                lambda *case: breaks(*case, broke=lambda loss, bar: loss > bar)
            ),
            "Compare with the lowest loss so far, not with the first.": lambda *case: breaks(
                *case, low=lambda losses: np.full(len(losses), losses[0])
            ),
            "That rate broke it: the one before is the last that did not.": lambda *case: breaks(
                *case, back=0
            ),
            "Compare with the lowest loss so far, not with the loss before.": lambda *case: breaks(
                *case, low=lambda losses: losses
            ),
            "Compare with the lowest loss so far: the lowest of all is not known yet.": lambda *case: breaks(
                *case, low=lambda losses: np.full(len(losses), np.nanmin(losses))
            ),
            "What comes after the break does not count, however low it is.": lambda rates, losses, times: (
                rates[max(i for i in range(len(losses)) if losses[i] <= times * np.nanmin(losses[: i + 1]))]
            ),
            "That is the rate of the lowest loss: asked for is the last one before the break.": (
                lambda rates, losses, times: rates[np.nanargmin(losses)]
            ),
            "A loss that is a number breaks it, too, when it is above `times` the lowest before.": (
                lambda rates, losses, times: breaks(rates, losses, math.inf)
            ),
            "A test that never breaks can be trusted to its last rate.": lambda *case: (
                0.0 if kind_of_break(*case) == "it never breaks" else breaks(*case)
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"it rises": 2, "no number": 2, "it never breaks": 1}, drawn=risen, part=kind_of_break
        ),
    )


def secant(
    x_old, x_new, g_old, g_new, fallback, rate=lambda s, y: s @ s / (s @ y), bent=lambda s, y: s @ y > 0
):
    s, y = np.subtract(x_new, x_old), np.subtract(g_new, g_old)
    return float(rate(s, y)) if bent(s, y) else fallback


def pairs_of_steps(rng):
    for i in range(40):
        n = int(rng.integers(1, 6))
        x, s = rng.standard_normal(n), rng.uniform(0.2, 1.5, n) * rng.choice([-1, 1], n)
        h = rng.uniform(0.2, 3, n) * (1 if i % 3 else -1)
        g, y = rng.standard_normal(n), h * s
        yield x, x + s, g, g + y, float(rng.uniform(0.01, 0.5))
    yield np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.array([0.5, 0.5]), np.array([0.4, 0.5]), 0.1
    yield np.array([1.0, 2.0]), np.array([2.0, 2.0]), np.array([0.5, 0.5]), np.array([0.5, 0.9]), 0.3


@declared("A4.7")
def a_rate_from_two_gradients():
    old, new = np.array([3.0, 1.0]), np.array([2.0, 0.5])

    def part(x_old, x_new, g_old, g_new, fallback):
        return "no curvature" if secant(x_old, x_new, g_old, g_new, None) is None else "curved upwards"

    return Exercise(
        expected=secant,
        cases=[
            (old, new, h * old, h * new, 0.1)
            for h in (np.array([2.0, 2.0]), np.array([1.0, 0.1]), np.array([-1.0, 0.5]), np.array([0.0, 0.0]))
        ],
        tried=left_alone,
        mistakes={
            "That is the curvature: the rate is one over it.": lambda *case: secant(
                *case, rate=lambda s, y: s @ y / (s @ s)
            ),
            "That is the short rate, (s . y) / (y . y): the long one was asked for.": lambda *case: secant(
                *case, rate=lambda s, y: s @ y / (y @ y)
            ),
            "A length over a length loses the direction: s . s over s . y.": lambda *case: secant(
                *case, rate=lambda s, y: math.sqrt(s @ s) / math.sqrt(y @ y)
            ),
            "Where the slope does not rise along the step, the rate is `fallback`.": lambda *case: secant(
                *case, rate=lambda s, y: s @ s / (s @ y) if s @ y else case[-1], bent=lambda s, y: True
            ),
            "The change of the gradient was asked for, not the gradient after it.": (
                lambda a, b, c, d, rate: secant(a, b, np.zeros_like(c), d, rate)
            ),
            "Its size is taken where `fallback` was asked for.": lambda *case: secant(
                *case, rate=lambda s, y: abs(s @ s / (s @ y)) if s @ y else case[-1], bent=lambda s, y: True
            ),
        },
        tolerance=1e-4,
        marks=Marks(points={"curved upwards": 3, "no curvature": 2}, drawn=pairs_of_steps, part=part),
    )


def halving(curves, first, *, keep=lambda n: -(-n // 2), at=lambda curves, n: curves[:, n - 1], again=False,
            place=lambda alive, order: alive[order], more=lambda n, first: 2 * n):  # fmt: skip
    """(the last run, updates of all runs); the parameters after * are places for mistakes."""
    curves = np.asarray(curves, dtype=float)
    alive, made, spent, n = np.arange(len(curves)), 0, 0, first
    while len(alive) > 1:
        spent += len(alive) * (n if again else n - made)
        order = np.sort(np.argsort(at(curves, n)[alive])[: keep(len(alive))])
        alive, made, n = place(alive, order), n, more(n, first)
    return int(alive[0]), spent


def race(rng):
    for i in range(40):
        first, runs = (
            int(rng.integers(2, 6)),
            int(rng.choice([2, 4, 8]) if i % 2 else rng.choice([3, 5, 6, 7, 9])),
        )
        longest = first * 2 ** math.ceil(math.log2(runs)) + 3
        t = np.arange(1, longest + 1)
        rates, ends = rng.uniform(0.05, 0.5, (runs, 1)), rng.uniform(0.1, 1, (runs, 1))
        yield ends + np.exp(-rates * t) + 0.1 * rng.standard_normal((runs, longest)), first
    yield rng.uniform(0, 1, (1, 5)), 3


def is_even(curves, first):
    runs = len(curves)
    return "2, 4 or 8 runs" if runs > 1 and runs & (runs - 1) == 0 else "other numbers"


@declared("A4.8")
def successive_halving():
    curves = np.array(
        [
            [5, 4, 3, 2, 1, 1, 1, 1],
            [4, 3.5, 3.2, 3, 3, 3, 3, 3],
            [9, 3, 2.5, 2.4, 2, 2, 2, 2],
            [6, 6, 6, 6, 6, 6, 6, 6],
        ]
    ).astype(float)
    bumpy = np.array(
        [
            [5, 4, 3, 1, 4.5, 1.4, 2, 1.1],
            [3.5, 3, 3.4, 2, 3.2, 1.2, 1.3, 1.2],
            [2, 5, 4, 3, 2, 1, 1, 1],
            [4, 3.5, 1.5, 2.5, 1.8, 1.7, 1.6, 0.5],
            [6, 6, 6, 6, 6, 6, 6, 6],
        ]
    )
    return Exercise(
        expected=halving,
        cases=[
            (curves, 1),
            (curves, 2),
            (curves[:3], 2),
            (curves[1:], 1),
            (curves[:1], 2),
            (curves[:2], 4),
            (bumpy, 2),
        ],
        mistakes={
            "Of an odd number, the larger half goes on: round up.": lambda *case: halving(
                *case, keep=lambda n: max(n // 2, 1)
            ),
            "Runs go on where they were: count only the updates that are added.": lambda *case: halving(
                *case, again=True
            ),
            "Judge by the loss after the updates that were made: after n of them it is in column n - 1.": (
                lambda *case: halving(*case, at=lambda curves, n: curves[:, n])
            ),
            "Nobody knows the end yet: judge by the loss at that time.": lambda *case: halving(
                *case, at=lambda curves, n: curves[:, -1]
            ),
            "That is the place among the runs that were left: return the row in `curves`.": (
                lambda *case: halving(*case, place=lambda alive, order: order)
            ),
            "Each round goes on to twice the updates of the one before, not `first` further.": lambda *case: (
                halving(*case, more=lambda n, first: n + first)
            ),
            "Judge by the latest loss, not by the lowest so far.": lambda *case: halving(
                *case, at=lambda curves, n: curves[:, :n].min(axis=1)
            ),
            "The lowest loss goes on, not the highest.": lambda *case: halving(
                *case, at=lambda curves, n: -curves[:, n - 1]
            ),
        },
        marks=Marks(points={"2, 4 or 8 runs": 3, "other numbers": 3}, drawn=race, part=is_even),
    )
