"""Assignment 1, the second half: a range test that is read rightly, and differences that are real."""

import math
from itertools import pairwise

import numpy as np
from scipy.special import stdtrit

from lrlib import stats
from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone

BETA, LIMIT = 0.9, 1.5


def smoothed(losses, corrected=True, beta=BETA):
    mean, out = 0.0, []
    for t, loss in enumerate(losses):
        mean = beta * mean + (1 - beta) * loss
        out.append(mean / (1 - beta ** (t + 1)) if corrected else mean)
    return np.array(out)


def from_the_first(losses, beta=BETA):
    mean, out = losses[0], []
    for loss in losses:
        mean = beta * mean + (1 - beta) * loss
        out.append(mean)
    return np.array(out)


def reading(smooth=smoothed, stops=True, share=10, last=False, watched=smoothed, low=np.fmin.accumulate):
    def read(rates, losses):
        curve, seen = smooth(losses), watched(losses)
        broken = (seen > LIMIT * low(seen)) & stops | ~np.isfinite(curve)
        end = np.argmax(broken) if broken.any() else len(curve)
        return rates[np.argmin(curve[:end]) if not last else end - 1] / share

    return read


def a_test(rng, kind):
    """Rates and losses of a range test that is whole, or comes back after it broke, or ends in nan."""
    N = int(rng.integers(30, 90))
    rates = np.geomspace(10 ** rng.uniform(-4, -2), 10 ** rng.uniform(0, 1), N)
    x = np.linspace(0, 1, N)
    losses = 2.3 - rng.uniform(0.5, 1.5) / (1 + np.exp(-(x - rng.uniform(0.3, 0.5)) * 20))
    losses = losses + 0.1 * rng.normal(size=N)
    at = int(rng.uniform(0.6, 0.8) * N)
    if kind == "early":  # where the first losses, and how they are weighed, decide
        losses = 1 + rng.uniform(0.2, 0.5) * abs(x - rng.uniform(0.05, 0.2)) + 0.02 * rng.normal(size=N)
        losses[0] = rng.uniform(1.1, 3)
    elif kind != "whole":
        losses[at:] *= np.exp(0.4 * np.arange(N - at))
    if kind == "comes back":
        losses[at + 10 :] = 0.0001 * rng.uniform(1, 2, max(N - at - 10, 0))
        losses = np.append(losses, 0.0001 * rng.uniform(1, 2, 90))
        rates = np.append(rates, rates[-1] * 1.05 ** np.arange(1, 91))
    if kind == "nan":
        losses[min(at + 6, N - 1) :] = np.nan
    return rates, losses


def tests(rng):
    """Tests of four kinds, in which no reading hangs on a rounding."""
    kinds, count = ("whole", "comes back", "nan", "early"), 0
    while count < 60:
        rates, losses = a_test(rng, kinds[count % 4])
        curve = smoothed(losses)
        lowest = np.fmin.accumulate(curve)
        beside = np.nanmin(abs(curve / lowest - LIMIT))
        end = np.append(np.flatnonzero(~(curve <= LIMIT * lowest)), len(curve))[0]
        best = np.sort(curve[:end])
        if end > 1 and best[1] - best[0] > 1e-4 and beside > 1e-4:
            count += 1
            yield rates.tolist(), losses.tolist()
    yield from BREAKS


BREAKS = [  # in a single loss, in the smoothed value, and far below where it began
    (list(map(float, range(1, len(losses) + 1))), losses)
    for losses in ([1.0] * 30 + [2.0] + [0.5] * 20, [4.0] + [0.1] * 40 + [1.0] * 10 + [0.05] * 60)
]


def kind_of_test(rates, losses):
    return "tests with nan" if np.isnan(losses).any() else "tests without nan"


A_READING_TO_MEND = {
    "The mean starts at 0 and is too low at first: divide it by 1 - 0.9 ** (t + 1).": (
        reading(lambda losses: smoothed(losses, corrected=False))
    ),
    "A mean that begins as the first loss gives it the weight of ten: divide by the sum of the weights.": (
        reading(from_the_first, watched=from_the_first)
    ),
    "One high loss is no break: compare the smoothed value with the lowest smoothed one.": (
        reading(watched=np.array)
    ),
    "A test breaks at 1.5 times the lowest value until then, not the first.": reading(low=lambda x: x[0]),
    "A test that broke and came down again was read there: stop at 1.5 times the lowest so far.": (
        reading(stops=False)
    ),
    "That reads the jagged losses: smooth them first.": reading(lambda losses: np.array(losses)),
    "That is the rate of the lowest loss: divide it by ten.": reading(share=1),
    "That is where the test broke: within what counts, take the lowest.": reading(last=True),
    "Where the loss is no number, argmin finds that: read what comes before.": (
        lambda rates, losses: (
            rates[np.argmin(smoothed(losses))] / 10 if np.isnan(losses).any() else reading()(rates, losses)
        )
    ),
}


@declared("A1.6")
def a_reading_to_mend():
    return Exercise(
        expected=reading(),
        cases=[*list(tests(np.random.default_rng(16)))[:12], *BREAKS],
        tried=left_alone,
        mistakes=A_READING_TO_MEND,
        tolerance=1e-6,
        marks=Marks(points={"tests without nan": 4, "tests with nan": 2}, drawn=tests, part=kind_of_test),
    )


def quantile(share, n):
    """The point of Student's curve for n differences below which a share lies."""
    return stdtrit(n - 1, share)


def paired(at=lambda n: quantile(0.975, n), spread=lambda d: d.std(ddof=1), fewest=6, turned=1,
           finish=lambda x, guess: np.where(np.isfinite(x), x, guess)):  # fmt: skip
    def verdict(a, b, guess):
        d = turned * (finish(np.array(a, float), guess) - finish(np.array(b, float), guess))
        d = d[np.isfinite(d)]
        if len(d) < fewest:
            return "cannot tell"
        half = at(len(d)) * spread(d) / len(d) ** 0.5
        return "better" if d.mean() < -half else "worse" if d.mean() > half else "cannot tell"

    return verdict


def unpaired(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, guess) for x in (np.array(a, float), np.array(b, float)))
    n = len(a)
    if n < 6:
        return "cannot tell"
    half = quantile(0.975, 2 * n - 1) * ((a.var(ddof=1) + b.var(ddof=1)) / n) ** 0.5
    gap = a.mean() - b.mean()
    return "better" if gap < -half else "worse" if gap > half else "cannot tell"


def by_the_library(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, guess) for x in (np.array(a, float), np.array(b, float)))
    return stats.compare(a, b).verdict if len(a) > 1 else "cannot tell"


def between_quantiles(n):
    """t values beside and between the quantiles that one might take for the right one, and far beyond."""
    right = quantile(0.975, n)
    others = [1.96, quantile(0.95, n), right * (1 - 1 / n) ** 0.5, quantile(0.975, n + 1), right]
    steps = [min(others) * 0.97, *sorted(others), right * 1.06, 1.1 * right * n**0.5]
    return [(low + high) / 2 for low, high in pairwise(steps)]


def pairs(rng, count=72):
    """Pairs whose mean difference is a little beside what decides: only the right interval tells."""
    for i in range(count):
        n = 2 + i // 8 % 4 if i % 8 == 7 else int(rng.integers(6, 16))
        d = rng.normal(size=n)
        d = (d - d.mean()) / d.std(ddof=1)
        aimed = between_quantiles(n)
        is_diverged = i % 3 == 0
        if is_diverged:
            aimed = aimed[-3:-1]  # where one pair more or less decides
        aim = aimed[i // 3 % len(aimed)] if n > 5 else 1.5 * quantile(0.975, n)
        d = 0.02 * (d + aim / n**0.5 * rng.choice([-1, 1]))
        b = rng.uniform(0.4, 1.0, n) if i % 5 else 0.5 + 0.001 * rng.normal(size=n)
        sides, guess = (b + d, b), 2.3
        if is_diverged:
            j, side = int(rng.integers(n)), sides[int(rng.integers(2))]
            guess, side[j] = float(side[j]), rng.choice([np.nan, np.inf])
        yield *(side.tolist() for side in sides), guess


A_VERDICT = {
    "That is not paired: take the differences seed by seed, then their mean and spread.": unpaired,
    "Few pairs need a wider interval: Student's quantile with n - 1 degrees of freedom, not 1.96.": (
        paired(lambda n: 1.96)
    ),
    "A 95 % interval leaves 2.5 % out on each side: the quantile is that of 0.975.": (
        paired(lambda n: quantile(0.95, n))
    ),
    "The spread of few differences divides by n - 1: std(ddof=1).": paired(spread=lambda d: d.std()),
    "Fewer than 6 pairs are no basis for a verdict: cannot tell.": paired(fewest=2),
    "The other way round: losses, so a is better when it is lower.": paired(turned=-1),
    "A diverged run was left out, and its pair with it: it counts as the guess.": (
        paired(finish=lambda x, guess: np.where(np.isfinite(x), x, np.nan))
    ),
    "inf is a diverged run, too: it counts as the guess.": (
        paired(finish=lambda x, guess: np.where(np.isnan(x), guess, x))
    ),
    "inf counts as the guess, too: nan_to_num makes a very large number of it.": (
        paired(finish=lambda x, guess: np.nan_to_num(x, nan=guess))
    ),
    "Student's curve has n - 1 degrees of freedom, one less than there are pairs.": (
        paired(lambda n: quantile(0.975, n + 1))
    ),
    "lrlib's interval is wider, as it allows for lopsidedness: Student's alone is asked for.": (
        by_the_library
    ),
    "That is the spread of one difference: that of their mean is sqrt(n) times smaller.": (
        paired(spread=lambda d: d.std(ddof=1) * len(d) ** 0.5)
    ),
}


@declared("A1.7")
def a_verdict():
    return Exercise(
        expected=paired(),
        cases=list(pairs(np.random.default_rng(17), 32)),
        tried=left_alone,
        mistakes=A_VERDICT,
        marks=Marks(
            points={"all runs finished": 3, "a run diverged": 3},
            drawn=pairs,
            part=lambda a, b, guess: "all runs finished" if np.isfinite([a, b]).all() else "a run diverged",
        ),
    )


def tuned(choose=lambda tuning, judging: tuning, lowest=lambda losses: losses.mean(axis=1),
          edge=True, shared=False, of="judging"):  # fmt: skip
    def gap(tuning_a, judging_a, tuning_b, judging_b):
        t, j = (tuple(map(np.array, pair)) for pair in ((tuning_a, tuning_b), (judging_a, judging_b)))
        best = [int(np.argmin(lowest(choose(t[k], j[k])))) for k in range(2)]
        if shared:
            best[0] = best[1]
        inside = not edge or all(0 < k < len(t[0]) - 1 for k in best)
        losses = j if of == "judging" else t
        found = losses[0][best[0]].mean() - losses[1][best[1]].mean()
        return best[0], best[1], float(found) if inside else math.nan

    return gap


def grids(rng):
    count = 0
    while count < 50:
        rates, at_edge = int(rng.integers(4, 9)), count % 4 == 0
        seeds = rng.integers(3, 9, 2)
        tables = []
        for k in range(2):
            is_edge = at_edge and (k == count // 4 % 2)
            best = rng.choice([0, rates - 1]) if is_edge else rng.integers(1, rates - 1)
            valley = 0.5 + 0.02 * (np.arange(rates)[:, None] - best) ** 2
            tables += [valley + 0.03 * rng.normal(size=(rates, n)) for n in seeds]
        means = [np.sort(table.mean(axis=1)) for table in tables]
        if min(mean[1] - mean[0] for mean in means) > 1e-4:
            count += 1
            yield tuple(table.tolist() for table in tables)


def where_the_peaks_are(*tables):
    found = tuned()(*tables)[2]
    return "a peak at the edge" if math.isnan(found) else "peaks inside the grid"


AN_HONEST_GAP = {
    "The peaks were chosen on the judging seeds, which their luck flatters: choose on the tuning seeds.": (
        tuned(lambda tuning, judging: judging)
    ),
    "The gap is that of the tuning seeds, on which the peaks were chosen: judge on the others.": (
        tuned(of="tuning")
    ),
    "Both were run at the peak of b: each has a peak of its own.": tuned(shared=True),
    "The lowest single run is luck: choose the rate with the lowest mean over seeds.": (
        tuned(lowest=lambda losses: losses.min(axis=1))
    ),
    "A peak at the edge of its grid may lie beyond it: the gap is nan until the grid is wider.": (
        tuned(edge=False)
    ),
    "That is b minus a.": lambda *tables: (
        *tuned()(*tables)[:2],
        -tuned()(*tables)[2],
    ),
}


@declared("A1.8")
def an_honest_gap():
    return Exercise(
        expected=tuned(),
        cases=list(grids(np.random.default_rng(18)))[:8],
        tried=left_alone,
        mistakes=AN_HONEST_GAP,
        tolerance=1e-5,
        marks=Marks(
            points={"peaks inside the grid": 3, "a peak at the edge": 2},
            drawn=grids,
            part=where_the_peaks_are,
        ),
    )


def step_down(threshold=lambda level, m, i: level / (m - i), stops=True, in_order=False):
    """Which p-values are below their thresholds, from the smallest on."""

    def told(p_values, level):
        order = np.argsort(p_values, kind="stable")
        below = [p_values[k] < threshold(level, len(order), i) for i, k in enumerate(order)]
        if stops and False in below:
            below = [i < below.index(False) for i in range(len(below))]
        out = [False] * len(order)
        for i, k in enumerate(order):
            out[i if in_order else k] = bool(below[i])
        return out

    return told


def step_up(threshold):
    def told(p_values, level):
        order = np.argsort(p_values, kind="stable")
        below = [i for i, k in enumerate(order) if p_values[k] < threshold(level, len(order), i)]
        out = [False] * len(order)
        for k in order[: max(below, default=-1) + 1]:
            out[k] = True
        return out

    return told


def families(rng):
    """p-values a tenth beside their thresholds, sorted or not."""
    for i in range(100):
        m, level = (1 if i % 20 == 0 else int(rng.integers(2, 9))), float(rng.choice([0.05, 0.01, 0.1]))
        factors = rng.choice([0.9, 1.1], m, p=[0.75, 0.25])
        p = np.sort(level / np.arange(m, 0, -1) * factors)
        if m > 1 and rng.random() < 0.3:
            p[-1] = rng.uniform(0.3, 1)
        if i % 10 == 3:
            m = max(m, 3)
            p = np.append([0.9 * level / m, 0.9 * level], rng.uniform(0.3, 0.9, m - 2))
        beside = abs(p[:, None] / (level / np.arange(m, 0, -1)) - 1).min() > 0.01
        if beside and np.all(np.diff(np.sort(p)) > 1e-9):
            yield (np.sort(p) if i % 2 else rng.permutation(p)).tolist(), level
    yield [], 0.05
    yield [0.03, 0.04], 0.05
    yield [0.04, 0.03], 0.05


def order_of_family(p_values, level):
    return "sorted p-values" if list(p_values) == sorted(p_values) else "p-values in any order"


A_FAMILY = {
    "That looks at each alone: the smallest of m must be below level / m.": (
        step_down(lambda level, m, i: level)
    ),
    "That is safe and too strict: after the smallest, the next is compared with level / (m - 1).": (
        step_down(lambda level, m, i: level / m)
    ),
    "After the first that fails, all larger ones fail, whatever their own threshold.": (
        step_down(stops=False)
    ),
    "From the smallest on, and stop at the first that fails: that starts from the largest.": (
        step_up(lambda level, m, i: level / (m - i))
    ),
    "The thresholds grow from level / m to level: the smallest p-value has the strictest.": (
        step_down(lambda level, m, i: level / (i + 1))
    ),
    "The answers are in the order of size: return them in the order in which the p-values came.": (
        step_down(in_order=True)
    ),
    "level * (i + 1) / m limits the share of false alarms among findings, not any false alarm.": (
        step_up(lambda level, m, i: level * (i + 1) / m)
    ),
}


@declared("A1.9")
def a_family():
    return Exercise(
        expected=lambda p_values, level: (stats.holm(p_values) < level).tolist() if p_values else [],
        cases=[
            ([0.03], 0.05),
            ([0.01, 0.03], 0.05),
            ([0.03, 0.01], 0.05),
            ([0.03, 0.04], 0.05),
            ([0.026, 0.04, 0.3], 0.05),
            ([0.004, 0.2, 0.03, 0.011, 0.0241], 0.05),
            ([0.02, 0.0001, 0.06], 0.1),
        ],
        tried=left_alone,
        mistakes=A_FAMILY,
        marks=Marks(
            points={"sorted p-values": 2, "p-values in any order": 3}, drawn=families, part=order_of_family
        ),
    )
