"""Lesson 04, measuring honestly: an interval of a ratio, how many seeds, and how often they would tell."""

import math

import numpy as np
from scipy.stats import norm, t, ttest_1samp

from lrlib import stats
from lrlib.course.exercises import Exercise, declared


def interval(error=lambda d: d.std(ddof=1) / len(d) ** 0.5, of=np.log, back=np.exp, q=None):
    """The paired interval of a ratio, or one with another standard error, scale or quantile."""

    def ratio(a, b):
        d = of(np.asarray(a)) - of(np.asarray(b))
        half = (q or t.ppf(0.975, len(d) - 1)) * error(d)
        return back(d.mean() - half), back(d.mean() + half)

    return ratio


def not_paired(a, b):
    x, y = np.log(a), np.log(b)
    half = t.ppf(0.975, len(x) - 1) * ((x.var(ddof=1) + y.var(ddof=1)) / len(x)) ** 0.5
    return np.exp(x.mean() - y.mean() - half), np.exp(x.mean() - y.mean() + half)


def luck_cancels(f):
    a, b, luck = np.random.default_rng(1).lognormal(size=(3, 9))
    same = np.allclose(f(a, b), f(a * luck**5, b * luck**5), 1e-5)
    return None if same else "luck that multiplies both changes your interval."


@declared("04.1")
def the_interval_of_a_ratio():
    return Exercise(
        expected=interval(),
        cases=[tuple(np.random.default_rng(n).lognormal(sigma=0.4, size=(2, n))) for n in range(6, 20)],
        mistakes={
            "That is not paired.": not_paired,
            "Divide by the root of n.": interval(error=lambda d: d.std(ddof=1)),
            "Use ddof=1.": interval(error=lambda d: d.std() / len(d) ** 0.5),
            "Use q, not 1.96.": interval(q=1.96),
            "That is the interval of a difference: a ratio becomes one by the logarithm.": (
                interval(of=np.asarray, back=np.asarray)
            ),
            "Those are logarithms: take the exponential of both ends.": interval(back=np.asarray),
            "A 95 % interval leaves 2.5 % out on each side.": (
                lambda a, b: interval(q=t.ppf(0.95, len(a) - 1))(a, b)
            ),
            "Of n pairs, n - 1 degrees of freedom are left.": lambda a, b: interval(q=t.ppf(0.975, len(a)))(
                a, b
            ),
            "Upside down: a over b.": lambda a, b: interval()(b, a),
        },
        second=luck_cancels,
        tolerance=1e-6,
    )


def solved(share=0.975, z=norm.ppf, exponent=2, rounded=math.ceil):
    return lambda effect, sd, power: rounded(abs((z(share) + z(power)) * sd / effect) ** exponent)


def simulated(f):
    for effect, sd, power in ((0.3, 1.0, 0.8), (-0.002, 0.01, 0.9)):
        x = np.random.default_rng(0).normal(effect, sd, (4000, f(effect, sd, power)))
        seen = (ttest_1samp(x, 0, axis=1).pvalue < 0.05).mean()
        print(f"effect {effect:g}: wanted {power:.0%}, found in {seen:.0%} of 4000")
        if abs(seen - power) > 0.03:
            return "the simulation finds another power."


@declared("04.2")
def how_many_seeds():
    return Exercise(
        expected=solved(),
        cases=[(0.005, 0.011, 0.8), (0.005, 0.031, 0.8), (-0.02, 0.03, 0.9), (1, 3, 0.6), (0.3, 0.7, 0.95)],
        mistakes={
            "Square it: half the effect, four times the seeds.": solved(exponent=1),
            "Effect and sd are swapped.": lambda effect, sd, power: solved()(sd, effect, power),
            "That has a power of 50 %: add z(power).": lambda effect, sd, power: solved()(effect, sd, 0.5),
            "Use z(0.975), not z(0.95).": solved(0.95),
            "Round up.": solved(rounded=math.floor),
            "Add the two points of the bell curve first, then square.": (
                lambda effect, sd, power: math.ceil(
                    (norm.ppf(0.975) ** 2 + norm.ppf(power) ** 2) * (sd / effect) ** 2
                )
            ),
            "Two groups would need twice as many; pairs have one difference each.": (
                lambda effect, sd, power: math.ceil(
                    2 * ((norm.ppf(0.975) + norm.ppf(power)) * sd / effect) ** 2
                )
            ),
            "A whole number of seeds: round up.": solved(rounded=float),
        },
        second=simulated,
    )


def told(paired=True, verdicts=("better", "worse"), size=lambda n, a: n):
    def share(a, b, n, repeats=200):
        rng, seen = np.random.default_rng(1), 0
        for _ in range(repeats):
            rows = rng.integers(len(a), size=size(n, a))
            others = rows if paired else rng.integers(len(a), size=size(n, a))
            seen += stats.compare(a[rows], b[others]).verdict in verdicts
        return seen / repeats

    return share


@declared("04.3")
def how_often_they_would_tell(fresh_linear, fresh_root):
    return Exercise(
        expected=told(),
        cases=[(fresh_linear, fresh_root, 30), (fresh_root, fresh_linear, 90)],
        mistakes={
            "Rows are drawn twice, so the pairs are torn apart.": told(paired=False),
            "That counts `cannot tell`.": told(verdicts=("cannot tell",)),
            "Count both verdicts, better and worse.": told(verdicts=("worse",)),
            "All 64 were drawn, whatever n is.": told(size=lambda n, a: len(a)),
        },
        tolerance=0.12,
    )
