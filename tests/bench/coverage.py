"""Measures what `lrlib.stats` promises, by simulation: python -m tests.bench.coverage [samples].

For each kind of paired difference with mean 0 and each number of pairs: how often the 95 % interval covers 0,
how often `compare` raises a false alarm, how often `equivalence` accepts a difference at its margin; then the
power that `seeds_needed` promises, the cover of the intervals of `seed_noise` and `peak`, and what `excess`
does to the cover of a difference between tuned settings.
"""

import argparse
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from lrlib import stats
from tests.bench.machine import at_least

SIZES = (6, 7, 8, 9, 10, 12, 16, 20, 24, 32, 48, 64)


def _centred_lognormal(rng, sigma, shape):
    return rng.lognormal(0, sigma, shape) - np.exp(sigma**2 / 2)


DIFFERENCES = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "uniform": lambda rng, shape: rng.uniform(-1, 1, shape),
    "t5": lambda rng, shape: rng.standard_t(5, shape),
    "laplace": lambda rng, shape: rng.laplace(size=shape),
    "contaminated": lambda rng, shape: np.where(rng.random(shape) < 0.1, 3, 1) * rng.normal(size=shape),
    "lognormal minus lognormal": lambda rng, shape: (
        _centred_lognormal(rng, 0.5, shape) - _centred_lognormal(rng, 0.5, shape)
    ),
    "lognormal minus half": lambda rng, shape: (
        _centred_lognormal(rng, 0.5, shape) - _centred_lognormal(rng, 0.5, shape) / 2
    ),
    "shifted mixture": lambda rng, shape: 3 * (rng.random(shape) < 0.1) + rng.normal(size=shape) - 0.3,
    "lognormal 0.25, skewness 0.8": lambda rng, shape: _centred_lognormal(rng, 0.25, shape),
    "gamma 4, skewness 1": lambda rng, shape: rng.gamma(4, size=shape) - 4,
    "lognormal 0.5, skewness 1.75": lambda rng, shape: _centred_lognormal(rng, 0.5, shape),
    "exponential, skewness 2": lambda rng, shape: rng.exponential(size=shape) - 1,
    "lognormal 1, skewness 6": lambda rng, shape: _centred_lognormal(rng, 1, shape),
}


def samples(kind: str, n: int, draws: int) -> np.ndarray:
    """Paired differences of mean 0, shape (draws, n)."""
    seed = [n, *kind.encode()]
    return DIFFERENCES[kind](np.random.default_rng(seed), (draws, n))


def told(x: np.ndarray, level: float = 0.95) -> np.ndarray:
    """For each row of differences, whether `compare` gives the verdict better or worse."""
    low, high = stats.limits(x, level)
    outside = (low > 0) | (high < 0)
    if x.shape[1] < stats.RANKS_BELOW:
        outside &= scipy_stats.wilcoxon(x, axis=1).pvalue < 1 - level
    return outside


def cover(x: np.ndarray) -> float:
    low, high = stats.limits(x)
    return np.mean((low <= 0) & (high >= 0))


def accepts_a_difference_at_the_margin(x: np.ndarray) -> float:
    """The larger of both sides, for a margin so wide that only one side can fail."""
    low, high = stats.limits(x, 0.90)
    return max(np.mean(low > 0), np.mean(high < 0))


def over_sizes(measure, draws: int) -> pd.DataFrame:
    """`measure` in percent, a row a kind of difference, a column a number of pairs."""
    rows = {kind: [100 * measure(samples(kind, n, draws)) for n in SIZES] for kind in DIFFERENCES}
    return pd.DataFrame.from_dict(rows, orient="index", columns=SIZES).round(2)


def power_table(draws: int) -> pd.DataFrame:
    """Power in percent of the verdict at the n of `seeds_needed`, for normal differences."""
    rng, rows = np.random.default_rng(0), {}
    for effect in (3, 2, 1.5, 1.2, 1.0, 0.8, 0.6, 0.4):
        needed = [stats.seeds_needed(effect, 1, power) for power in (0.5, 0.8, 0.9)]
        reached = [100 * told(rng.normal(effect, 1, (draws, n))).mean() for n in needed]
        rows[effect] = [*needed, *np.round(reached, 1)]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["n .5", "n .8", "n .9", "% .5", "% .8", "% .9"]
    )


def noise_cover(draws: int) -> pd.DataFrame:
    """Cover in percent of the interval for the sd of a run."""
    rows = {}
    for kind in DIFFERENCES:
        truth = samples(kind, 1000, 4000).std()
        found = [[stats.seed_noise(x) for x in samples(kind, n, draws)] for n in (6, 8, 16, 32, 64)]
        rows[kind] = [100 * np.mean([f.low <= truth <= f.high for f in column]) for column in found]
    return pd.DataFrame.from_dict(rows, orient="index", columns=(6, 8, 16, 32, 64)).round(1)


def peak_table(draws: int) -> pd.DataFrame:
    """On a noisy parabola in log rate, grid factor 2: bias and sd in grid steps, cover in percent."""
    rng, rows, step = np.random.default_rng(0), {}, np.log(2)
    for n in (6, 8, 16):
        for noise in (0.2, 1.0):
            errors, hits = [], 0
            for _ in range(draws):
                steps = np.arange(-4, 5) + rng.uniform(-0.5, 0.5)
                losses = steps[:, None] ** 2 + noise * rng.normal(size=(9, n)) + 3 * rng.normal(size=n)
                found = stats.peak(np.exp(step * steps), losses)
                errors.append(np.log(found.rate) / step)
                hits += found.low <= 1 <= found.high
            rows[f"n {n}, noise {noise}"] = (np.mean(errors), np.std(errors), 100 * hits / draws)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["bias", "sd", "cover"]).round(3)


def lopsided(x: np.ndarray) -> np.ndarray:
    """A valley that rises faster above its lowest point, 0, than below; x in grid steps."""
    return 0.3 * (np.exp(-0.35 * x) / 0.35 + np.exp(1.4 * x) / 1.4)


VALLEYS = {  # losses of two settings, at x grid steps of log(2) / 2 from their best rates
    "sharp": (lambda x: 0.36 * x**2, lambda x: 0.36 * x**2),
    "sharp and flat": (lambda x: 0.36 * x**2, lambda x: 0.036 * x**2),
    "flat": (lambda x: 0.12 * x**2, lambda x: 0.006 * x**2),
    "lopsided": (lopsided, lambda x: 0.036 * x**2),
}


def judged_table(draws: int, seeds=(4, 8, 16), judging=(16, 64), noises=(0.1,)) -> pd.DataFrame:
    """How often the interval of two settings, each judged at its tuned peak, covers by what they differ at
    their best rates, in percent: with the errors of both peaks and without. noises: sd of a run."""
    rng, step, rows = np.random.default_rng(0), np.log(2) / 2, {}
    for (kind, valleys), n, judged, noise in product(VALLEYS.items(), seeds, judging, noises):
        hits = np.zeros(2)
        for _ in range(draws):
            shared, excesses, difference = rng.normal(size=n), [], noise * rng.normal(size=(2, judged))
            for s, valley in enumerate(valleys):
                x = np.arange(-4, 5) + rng.uniform(-0.5, 0.5)
                losses = valley(x)[:, None] + noise * (shared + rng.normal(size=(9, n)))
                found = stats.peak(np.exp(step * x), losses)
                excesses.append(stats.excess(np.exp(step * x), losses, found.rate))
                difference[s] += valley(np.log(found.rate) / step) - valley(0.0)
            for i, also in enumerate((np.std(excesses[0] - excesses[1]), 0.0)):
                low, high = stats.limits(difference[0] - difference[1], also=also)
                hits[i] += low <= 0 <= high
        rows[f"{kind}, {n} seeds, judged on {judged}" + f", noise {noise}" * (len(noises) > 1)] = hits
    return pd.DataFrame.from_dict(rows, orient="index", columns=["with", "without"]) * 100 / draws


def main(draws: int) -> None:
    tables = {
        "95 % intervals cover, %": lambda: over_sizes(cover, draws),
        "False alarms, %": lambda: over_sizes(lambda x: told(x).mean(), draws),
        "Equivalence wrongly shown at the margin, %": lambda: over_sizes(
            accepts_a_difference_at_the_margin, draws
        ),
        "Power of the verdict, %": lambda: power_table(draws),
        "seed_noise intervals cover, %": lambda: noise_cover(draws // 10),
        "peak": lambda: peak_table(draws // 20),
        "Judged at tuned peaks, cover, %": lambda: judged_table(draws // 20, noises=(0.02, 0.1, 0.3)),
    }
    for title, table in tables.items():
        print(f"\n{title}\n{table().to_string()}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples", type=at_least(20), nargs="?", default=20_000)
    main(parser.parse_args().samples)
