"""Assignment 4, schedules that watch, its end: a checkpoint chosen honestly, and a verdict from pairs."""

import math

import numpy as np
from scipy import stats

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.stats import compare


def honest(validation, test, chosen=lambda v, t: v.argmin(axis=1)):
    v, t = np.asarray(validation, dtype=float), np.asarray(test, dtype=float)
    mean = t[np.arange(len(t)), chosen(v, t)].mean()
    return float(mean), float(mean - t.min(axis=1).mean())


def looked_at(rng):
    for i in range(40):
        runs = 1 if i % 4 == 0 else int(rng.integers(2, 9))
        shape = runs, runs if i % 4 == 1 else int(rng.integers(2, 15))
        both = rng.standard_normal(shape)
        noise = rng.standard_normal((2, *shape))
        yield 2 + 0.3 * both + 0.2 * noise[0], 2 + 0.3 * both + 0.2 * noise[1]
    equal = np.array([[0.9, 0.5, 0.6, 0.5], [0.8, 0.7, 0.4, 0.4]])
    yield equal, np.array([[0.8, 0.6, 0.5, 0.7], [0.9, 0.6, 0.7, 0.5]])
    yield equal[:1], np.array([[0.8, 0.6, 0.5, 0.7]])


@declared("A4.9")
def a_checkpoint_chosen_honestly():
    validation = np.array([[0.9, 0.5, 0.6], [0.8, 0.7, 0.4]])
    test = np.array([[0.8, 0.6, 0.5], [0.9, 0.6, 0.7]])

    def by(chosen):
        return lambda *case: honest(*case, chosen=chosen)

    return Exercise(
        expected=honest,
        cases=[
            (validation, test),
            (test, validation),
            (validation[:1], test[:1]),
            (validation[:, :2], test[:, :2]),
            (np.array([[0.5, 0.4, 0.4]]), np.array([[0.6, 0.5, 0.3]])),
        ],
        mistakes={
            "The test set must not choose: take the reading at which the validation loss is lowest.": by(
                lambda v, t: t.argmin(axis=1)
            ),
            "Each run has its own best reading: choose for each row.": by(
                lambda v, t: np.full(len(v), v.mean(axis=0).argmin())
            ),
            "The last reading was not asked for: take the one with the lowest validation loss.": by(
                lambda v, t: np.full(len(v), -1)
            ),
            "Of equal readings take the first.": by(lambda v, t: v.shape[1] - 1 - v[:, ::-1].argmin(axis=1)),
            "A row is a run: look for the lowest value along each row.": lambda v, t: honest(
                np.transpose(v), np.transpose(t)
            ),
            "The second number is a difference: the honest mean less the optimist's.": lambda v, t: (
                honest(v, t)[0],
                honest(v, t)[0] - honest(v, t)[1],
            ),
            "The optimist takes each run's lowest test loss, not the lowest of all.": lambda v, t: (
                honest(v, t)[0],
                honest(v, t)[0] - float(np.min(t)),
            ),
            "Report the test loss: the validation loss has been used to choose.": lambda v, t: honest(v, v),
            "The second number is honest minus optimistic: a choice by the test set looks lower.": (
                lambda *case: (honest(*case)[0], -honest(*case)[1])
            ),
            "The best single run is chosen by luck: take the mean over runs.": lambda v, t: (
                float(t[np.unravel_index(v.argmin(), v.shape)]),
                float(t[np.unravel_index(v.argmin(), v.shape)] - t.min()),
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"one run": 1, "several": 3},
            drawn=looked_at,
            part=lambda validation, test: "several" if len(validation) > 1 else "one run",
        ),
    )


def verdict(losses, reference, fewest=6, half=None):
    d = np.subtract(losses, reference)
    if len(d) < fewest:
        return "cannot tell"
    half = half or (lambda d, n: stats.t.ppf(0.975, n - 1) * d.std(ddof=1) / math.sqrt(n))
    reach = half(d, len(d))
    return "better" if d.mean() + reach < 0 else "worse" if d.mean() - reach > 0 else "cannot tell"


def unpaired(losses, reference):
    n = len(losses)
    together = math.sqrt(np.var(losses, ddof=1) + np.var(reference, ddof=1))
    return verdict(
        losses, reference, half=lambda d, _: stats.t.ppf(0.975, 2 * n - 2) * together / math.sqrt(n)
    )


def judged(rng):
    """Pairs on which the library, which is more careful where differences are skewed, agrees with Student."""
    for i in range(40):
        yield next(pair for pair in differing(rng, i) if agreed(*pair))


def agreed(losses, reference):
    return len(losses) < 6 or compare(losses, reference).verdict == verdict(losses, reference)


def differing(rng, i):
    """Pairs whose mean difference is a chosen number of standard errors, between the limits of mistakes."""
    while True:
        n = {2: 6, 6: 7, 22: 8}.get(i, int(rng.integers(3, 6) if i % 5 == 0 else rng.integers(6, 20)))
        one_sided, limit = stats.t.ppf([0.95, 0.975], n - 1)
        far = limit * math.sqrt(n)
        between = [(one_sided, limit), (1.97, limit), (limit, 2 * limit), (0, 1.5), (far, 2 * far)]
        low, high = (5, 9) if n < 6 else between[i % 4 if i < 26 else 4 if i % 2 else 2]
        d = rng.standard_normal(n)
        d = (d - d.mean()) / d.std(ddof=1)
        d += (low + (high - low) * rng.uniform(0.1, 0.9)) / math.sqrt(n) * rng.choice([-1, 1])
        runs = 1 + (0.2 if i < 26 else 0.002) * rng.standard_normal(n)
        yield runs + 0.01 * d, runs


@declared("A4.10")
def a_verdict_from_pairs():
    def part(losses, reference):
        found = verdict(losses, reference)
        return "too few" if len(losses) < 6 else "told" if found != "cannot tell" else "not told"

    return Exercise(
        expected=verdict,
        cases=list(judged(np.random.default_rng(10)))[:12],
        mistakes={
            "The pairs share their seeds: take the differences first, then their spread.": unpaired,
            "Lower is better: the sign is the other way round.": lambda a, b: verdict(b, a),
            "Five pairs or fewer tell nothing: cannot tell.": lambda *case: verdict(*case, fewest=2),
            "1.96 is for many pairs: for few, take Student's t with n - 1 degrees of freedom.": (
                lambda *case: verdict(*case, half=lambda d, n: 1.96 * d.std(ddof=1) / math.sqrt(n))
            ),
            "The mean of n differences is known better than one: divide by the root of n.": (
                lambda *case: verdict(*case, half=lambda d, n: stats.t.ppf(0.975, n - 1) * d.std(ddof=1))
            ),
            "95 % leave 2.5 % on each side: take the quantile of 0.975.": lambda *case: verdict(
                *case, half=lambda d, n: stats.t.ppf(0.95, n - 1) * d.std(ddof=1) / math.sqrt(n)
            ),
            "n pairs are n differences: n - 1 degrees of freedom, not 2 n - 2.": lambda *case: verdict(
                *case, half=lambda d, n: stats.t.ppf(0.975, 2 * n - 2) * d.std(ddof=1) / math.sqrt(n)
            ),
            "The sign of the mean alone says nothing: look at the interval.": lambda *case: verdict(
                *case, half=lambda d, n: 0.0
            ),
        },
        marks=Marks(points={"told": 3, "not told": 2, "too few": 1}, drawn=judged, part=part),
    )
