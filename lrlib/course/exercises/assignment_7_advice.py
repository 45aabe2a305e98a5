"""Assignment 7, a recommendation: the smallest effect that shows, a margin, digits that mean something."""

import math

import numpy as np
from scipy.stats import norm

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.names import named

BOTH_SIDES, POWER = norm.ppf(0.975), norm.ppf(0.8)


def smallest(of=lambda sd, n: (BOTH_SIDES + POWER) * sd / n**0.5, fewest=6,
             pairs=lambda left, schedules, steps: left // (schedules * steps)):  # fmt: skip
    def effect(sd, left, schedules, steps):
        n = pairs(left, schedules, steps)
        return float(of(sd, n)) if n >= fewest else math.inf

    return effect


def rests(rng):
    for number in range(80):
        pairs = int(rng.integers(9, 80)) if number < 40 else int(rng.integers(4, 9))
        schedules, steps = int(rng.integers(2, 6)), int(rng.integers(50, 900))
        left = pairs * schedules * steps + int(rng.integers(1, schedules * steps))
        yield round(rng.uniform(0.001, 0.2), 4), left, schedules, steps


@declared("A7.8")
def the_smallest_effect_that_shows():
    return Exercise(
        expected=smallest(),
        cases=[
            (0.1, 19_200, 3, 200),
            (0.02, 10_000, 2, 100),
            (0.02, 9_999, 2, 100),
            (0.05, 3_599, 3, 200),
            (0.05, 3_600, 3, 200),
        ],
        mistakes={
            "An effect shrinks with the root of the number of pairs.": smallest(
                of=lambda sd, n: (BOTH_SIDES + POWER) * sd / n
            ),
            "That shows in half of all repetitions: add z(0.8).": smallest(
                of=lambda sd, n: BOTH_SIDES * sd / n**0.5
            ),
            "Use z(0.975): 2.5 % on each side.": smallest(
                of=lambda sd, n: (norm.ppf(0.95) + POWER) * sd / n**0.5
            ),
            "A pair costs a run of every schedule.": smallest(pairs=lambda left, s, steps: left // steps),
            "Part of a pair is no pair: round down.": smallest(pairs=lambda left, s, steps: left / s / steps),
            "Below 6 pairs nothing is told apart, however large: return inf.": smallest(fewest=1),
            "6 pairs are enough.": smallest(fewest=7),
            "`left` counts updates: divide by those of a run.": smallest(
                pairs=lambda left, s, steps: left // s
            ),
        },
        tolerance=1e-6,
        marks=Marks(
            points={"many pairs": 3, "about 6 pairs": 2},
            drawn=rests,
            part=lambda sd, left, s, steps: "many pairs" if left // (s * steps) > 8 else "about 6 pairs",
        ),
    )


def advice(gains=lambda low, high, margin: high < -margin, not_worth=lambda low, high, margin: low > -margin):
    def said(low, high, margin):
        if gains(low, high, margin):
            return "switch"
        return "stay" if not_worth(low, high, margin) else "run more"

    return said


def ends(rng):
    made = 0
    while made < 100:
        margin, middle, half = rng.uniform(0.005, 0.05), rng.normal(-0.01, 0.05), rng.exponential(0.02)
        low, high, margin = (round(x, 4) for x in (middle - half, middle + half, margin))
        if all(abs(end - at) > 1e-6 for end in (low, high) for at in (0, margin, -margin)) and low < high:
            made += 1
            yield low, high, margin


@declared("A7.9")
def advice_from_an_interval():
    return Exercise(
        expected=advice(),
        cases=[
            (-0.101, -0.019, 0.01),
            (-0.101, -0.019, 0.03),
            (-0.008, -0.002, 0.01),
            (-0.03, 0.02, 0.01),
            (-0.004, 0.03, 0.01),
            (0.02, 0.05, 0.01),
        ],
        mistakes={
            "Zero lies outside, but is the gain sure to be above the margin?": (
                advice(lambda low, high, margin: high < 0, lambda low, high, margin: low > 0)
            ),
            "Only the best end of the interval gains enough: look at the other end.": (
                advice(gains=lambda low, high, margin: low < -margin)
            ),
            "Lower is better: a gain is a negative difference.": (
                advice(lambda low, high, margin: low > margin, lambda low, high, margin: high < margin)
            ),
            "An interval that contains zero may still reach beyond the margin: that is `run more`.": (
                advice(not_worth=lambda low, high, margin: high > 0)
            ),
            "The middle decides nothing: both ends do.": advice(
                lambda low, high, margin: (low + high) / 2 < -margin, lambda low, high, margin: True
            ),
            "Where no gain as large as the margin is possible, more runs change nothing: `stay`.": (
                advice(not_worth=lambda low, high, margin: low > 0)
            ),
        },
        tried=named,
        marks=Marks(
            points={"zero lies outside": 2, "zero lies inside": 2},
            drawn=ends,
            part=lambda low, high, margin: "zero lies inside" if low < 0 < high else "zero lies outside",
        ),
    )


def report(unit=lambda low, high: 10.0 ** math.floor(math.log10((high - low) / 2)),
           down=np.floor, up=np.ceil, middle=np.rint):  # fmt: skip
    def rounded(mean, low, high):
        one = unit(low, high)
        return tuple(float(of(x / one) * one) for of, x in ((middle, mean), (down, low), (up, high)))

    return rounded


def estimates(rng):
    """Intervals whose rounding no last bit decides."""
    made = 0
    while made < 100:
        size = 10.0 ** rng.uniform(-5, -1) if made < 60 else 10.0 ** rng.uniform(0.05, 3)
        mean = float(rng.normal(0, 4 * size))
        low, high = mean - rng.uniform(0.6, 1) * size, mean + rng.uniform(0.6, 1) * size
        tenths = np.log10((high - low) / 2) % 1
        one = 10.0 ** math.floor(math.log10((high - low) / 2))
        far = [abs(x / one * 2 - round(x / one * 2)) > 1e-3 for x in (mean, low, high)]
        if 0.001 < tenths < 0.999 and all(far) and ((high - low) / 2 >= 1) == (made >= 60):
            made += 1
            yield mean, float(low), float(high)


@declared("A7.10")
def an_interval_for_people():
    return Exercise(
        expected=report(),
        cases=[
            (-0.05957, -0.10114, -0.01876),
            (0.00347, -0.00121, 0.00764),
            (0.1234, 0.0921, 0.1562),
            (-231.7, -264.2, -198.3),
            (3.62, -1.85, 9.41),
        ],
        mistakes={
            "Rounded to the nearest, an interval may become narrower than it was: round its ends outwards.": (
                report(down=np.rint, up=np.rint)
            ),
            "`int` rounds towards zero: below zero that moves the lower end inwards.": report(down=np.trunc),
            "Inwards: the lower end goes down, the upper end up.": report(down=np.ceil, up=np.floor),
            "The unit belongs to half the width of the interval, not to the mean.": (
                lambda mean, low, high: report(lambda low, high: 10.0 ** math.floor(math.log10(abs(mean))))(
                    mean, low, high
                )
            ),
            "Half the width, not all of it, says which digit counts.": report(
                unit=lambda low, high: 10.0 ** math.floor(math.log10(high - low))
            ),
            "One digit more than is known.": report(
                unit=lambda low, high: 10.0 ** (math.floor(math.log10((high - low) / 2)) - 1)
            ),
            "The mean is rounded to the nearest, not down.": report(middle=np.floor),
            "Above 1 the unit is 10, 100 and so on: digits before the point can be too many, too.": report(
                unit=lambda low, high: min(1.0, 10.0 ** math.floor(math.log10((high - low) / 2)))
            ),
        },
        marks=Marks(
            points={"below 1": 3, "1 and more": 1},
            drawn=estimates,
            part=lambda mean, low, high: "1 and more" if (high - low) / 2 >= 1 else "below 1",
        ),
    )
