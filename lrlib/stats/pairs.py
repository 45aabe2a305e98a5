"""Paired comparisons: the difference over seeds, its interval, and a verdict that may be *cannot tell*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy import stats

from lrlib.rules import InsideUnit, NotNegative, Rule, check, checked, refused, such_that
from lrlib.stats.intervals import Sample, finite, limits, tails

__all__ = ["FEWEST_PAIRS", "RANKS_BELOW", "Comparison", "Ratio", "compare", "ratio", "wilcoxon"]

FEWEST_PAIRS = 6
RANKS_BELOW = 10
ROUNDING = 1e-9
BY_NAME = Rule("losses by name, as in {'cosine': [...]}", such_that(dict, len))
Differences = Annotated[np.ndarray, finite("one value or more in a list", 1, 1)]


@dataclass(frozen=True)
class Comparison:
    """The paired difference of one setting to another, in the unit of the losses.

    mean: mean difference over pairs, negative when the first is lower. low, high: its interval at `level`.
    n: pairs. verdict on the first: "better", "worse" or "cannot tell".
    p: the smallest 1 - level at which these pairs would be told apart. wilcoxon: signed-rank p-value.
    """

    mean: float
    low: float
    high: float
    n: int
    level: float
    verdict: str
    p: float
    wilcoxon: float

    def __str__(self) -> str:
        interval = f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        return f"{interval} over {self.n} pairs: {self.verdict}"


@checked
def compare(losses, reference, level: InsideUnit = 0.95, also: NotNegative = 0.0) -> Comparison:
    """Compare losses with a reference, pair by pair (same seed, same position); lower is better.

    losses, reference: shape (n,), finite, n >= 2. The verdict is *cannot tell* when the `interval` of the
    differences contains 0, always below 6 pairs, and below 10 also when Wilcoxon's signed-rank p is not
    under 1 - level; differences that are rounding, below 1e-9 of the losses, count as 0.
    also: a standard error of the mean difference that the pairs do not show, such as that of the peaks at
    which both were judged, `Losses.peak_error`; it widens the interval and raises p, see `limits`.

    False alarms, when the mean difference is really 0, at level 0.95 and 6..64 pairs, measured by
    tests/bench/coverage.py: 1.9..5.1 % for normal, uniform, Laplace, t5, contaminated and mildly skewed
    differences (|skewness| up to 1.1), at most 5.4 % at skewness 2 (exponential, 6 pairs). Not kept for a
    lognormal with sigma 1 (skewness 6): 8.5 % at 6 pairs, 6 % at 32.
    Raises ValueError for unpaired, too few or non-finite values, for a level outside 0..1, and for two of
    pandas that have other labels.

    >>> print(compare([1.0, 2.1, 2.9, 4.2, 5.0, 6.1], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]))
    -0.9500 [-1.0601, -0.8399] over 6 pairs: better
    """
    difference = paired_differences(losses, reference)
    low, high = map(float, limits(difference, level, also))
    n, ranks, mean = len(difference), wilcoxon(difference), float(difference.mean())
    p = max(min(1.0, 2 * min(tails(difference, also))), ranks if n < RANKS_BELOW else 0.0)
    verdict = "cannot tell"
    if n >= FEWEST_PAIRS and p < 1 - level:
        verdict = "better" if mean < 0 else "worse"
    return Comparison(mean, low, high, n, level, verdict, p, ranks)


@dataclass(frozen=True)
class Ratio:
    """The ratio of two means. low, high: its interval at `level`, -inf .. inf where none is. n: pairs."""

    value: float
    low: float
    high: float
    n: int
    level: float

    def __str__(self) -> str:
        half = (self.high - self.low) / 2
        digits = max(1 - int(np.floor(np.log10(half))), 0) if 0 < half < np.inf else 2
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


@checked
def ratio(numerator, denominator, level: InsideUnit = 0.95) -> Ratio:
    """mean(numerator) / mean(denominator), of values paired by seed, with Fieller's interval.

    The interval holds each r at which Student's paired test does not tell mean(numerator) from
    r mean(denominator): with q the t quantile of n - 1 degrees of freedom and V the covariances of the means,
      (b^2 - q^2 V_bb) r^2 - 2 (a b - q^2 V_ab) r + a^2 - q^2 V_aa <= 0.
    Where the denominator's own interval holds 0 it has no end, and low, high are -inf, inf. Fieller 1954,
    Some problems in interval estimation, J. R. Stat. Soc. B 16:175-185.
    numerator, denominator: shape (n,), finite, n >= 2. Raises ValueError for what is no such pair, and for a
    level outside 0..1.

    >>> print(ratio([1.4, 1.6, 1.5, 1.8, 1.3, 1.4], [2.0, 2.1, 1.9, 2.4, 1.8, 1.8]))
    0.750 [0.716, 0.785]
    """
    paired_differences(numerator, denominator)
    (a, b), n = np.mean([numerator, denominator], axis=1), len(numerator)
    covered = stats.t.ppf((1 + level) / 2, n - 1) ** 2 * np.cov(numerator, denominator) / n
    square, half, rest = b**2 - covered[1, 1], a * b - covered[0, 1], a**2 - covered[0, 0]
    if square <= 0:
        return Ratio(float(a / b) if b else float("nan"), -np.inf, np.inf, n, level)
    spread = np.sqrt(max(half**2 - square * rest, 0))
    return Ratio(*map(float, (a / b, (half - spread) / square, (half + spread) / square)), n, level)


@checked
def wilcoxon(difference: Differences) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test that paired differences are symmetric about 0.

    difference: shape (n,). Zeros keep their ranks and vote for neither side (Pratt 1959,
    doi:10.1080/01621459.1959.10501526); equal sizes share their mean rank. Exact up to 50 pairs without zeros
    or ties and up to 13 with them, else normal with corrections for ties and continuity. 1 if all are 0.
    Raises ValueError for none, or one that is no finite number.

    >>> wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    0.03125
    """
    if not difference.any():
        return 1.0
    return float(stats.wilcoxon(difference, zero_method="pratt", correction=True).pvalue)


def refuse_other_labels(parameter: str, losses, other) -> None:
    """ValueError for two of pandas whose indices say that they are no pairs."""
    labels = [[*each.index] for each in (losses, other) if hasattr(each, "iloc")]
    if len(labels) == 2 and labels[0] != labels[1]:
        raise refused(parameter, "of the same seeds in the same order as losses, by its index", labels[1])


def paired_differences(losses, reference) -> np.ndarray:
    """losses - reference, shape (n,), all 0 where that is only rounding; ValueError for what is no pair."""
    refuse_other_labels("reference", losses, reference)
    losses, reference = check("losses", Sample, losses), check("reference", Sample, reference)
    if losses.shape != reference.shape:
        raise refused("reference", f"paired with losses, {len(losses)} values", reference)
    difference = losses - reference
    rounding = ROUNDING * np.abs([losses, reference]).max()
    return difference if np.abs(difference).max() > rounding else np.zeros_like(difference)
