"""Paired comparisons: the difference over seeds, its interval, and a verdict that may be *cannot tell*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import stats

from lrlib.rules import Refused, unknown

FEWEST_PAIRS = 6
RANKS_BELOW = 10
ROUNDING = 1e-9
PHRASES = {"better": "worse than", "worse": "better than", "cannot tell": "cannot be told from"}


class Judged(Protocol):
    """What `train.judge` gives: losses by label, all at one rate, and the label that others compare with."""

    base_lrs: tuple[float, ...]
    reference: str | None

    def losses(self) -> dict[str, np.ndarray]: ...


@dataclass(frozen=True)
class Comparison:
    """The paired difference of one setting to another, in the unit of the losses.

    mean: mean difference over pairs, negative when the first is lower. low, high: its interval at `level`.
    n: pairs. method: how the interval was made. verdict on the first: "better", "worse" or "cannot tell".
    p: the smallest 1 - level at which these pairs would be told apart. wilcoxon: signed-rank p-value.
    """

    mean: float
    low: float
    high: float
    n: int
    level: float
    method: str
    verdict: str
    p: float
    wilcoxon: float

    def __str__(self) -> str:
        interval = f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        return f"{interval} over {self.n} pairs: {self.verdict}"


def compare(losses, reference, level: float = 0.95) -> Comparison:
    """Compare losses with a reference, pair by pair (same seed, same position); lower is better.

    losses, reference: shape (n,), finite, n >= 2. The verdict is *cannot tell* when the `interval` of the
    differences contains 0, always below 6 pairs, and below 10 also when Wilcoxon's signed-rank p is not
    under 1 - level; differences that are rounding, below 1e-9 of the losses, count as 0.

    False alarms, when the mean difference is really 0, at level 0.95 and 6..64 pairs, measured by
    tests/bench/coverage.py: 1.9..5.1 % for normal, uniform, Laplace, t5, contaminated and mildly skewed
    differences (|skewness| up to 1.1), at most 5.4 % at skewness 2 (exponential, 6 pairs). Not kept for a
    lognormal with sigma 1 (skewness 6): 8.5 % at 6 pairs, 6 % at 32.
    Raises ValueError for unpaired, too few or non-finite values, and for a level outside 0..1.
    """
    difference = paired_differences(losses, reference)
    low, high, method = interval(difference, level)
    n, ranks = len(difference), wilcoxon(difference)
    p = min(1.0, 2 * min(tails(difference)))
    p = max(p, ranks) if n < RANKS_BELOW else p
    mean = float(difference.mean())
    verdict = "cannot tell"
    if n >= FEWEST_PAIRS and p < 1 - level:
        verdict = "better" if mean < 0 else "worse"
    return Comparison(mean, low, high, n, level, method, verdict, p, ranks)


def ranking(
    losses: Mapping[str, np.ndarray] | Judged, reference: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Settings from lowest to highest mean loss, each compared with the reference, pair by pair.

    losses: name -> (n,), same seeds in the same order; or what `train.judge` or a sweep at one rate gives.
    reference: one of the names; what was judged has its own. Columns: loss (mean), difference to the
    reference with its interval ci_low .. ci_high, and the verdict, which is "reference" for itself.
    Every verdict stands on its own; `family` corrects for how many there are.
    Raises ValueError for a reference that is none of the names, and for a sweep at several rates.

    >>> low, high = np.arange(8.0), np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0))
    >>> ranking({"high": high, "low": low}, reference="low")[["loss", "difference", "verdict"]].round(2)
          loss  difference    verdict
    low   3.50        0.00  reference
    high  4.51        1.01      worse
    """
    if not isinstance(losses, Mapping):
        if len(losses.base_lrs) > 1:
            raise Refused(
                f"needs a sweep at one peak rate, got {len(losses.base_lrs)} rates; tune and judge", "ranking"
            )
        losses, reference = losses.losses(), losses.reference if reference is None else reference
    if reference not in losses:
        raise Refused(unknown("reference", reference, losses), "ranking")
    rows = {}
    for name, values in losses.items():
        found = compare(values, losses[reference], level)
        verdict = "reference" if name == reference else found.verdict
        rows[name] = (float(np.mean(values)), found.mean, found.low, found.high, verdict)
    columns = ["loss", "difference", "ci_low", "ci_high", "verdict"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.sort_values("loss", kind="stable")


def headline(table: pd.DataFrame | Judged) -> str:
    """One sentence about a ranking, or about what was judged: the reference, what is better or worse, and
    what cannot be told.
    """
    table = table if isinstance(table, pd.DataFrame) else ranking(table)
    groups = {verdict: list(rows.index) for verdict, rows in table.groupby("verdict")}
    (reference,) = groups["reference"]
    said = [
        f"{phrase} {', '.join(groups[verdict])}" for verdict, phrase in PHRASES.items() if verdict in groups
    ]
    return f"{reference}: {'; '.join(said)}" if said else f"{reference} alone"


def interval(values, level: float = 0.95) -> tuple[float, float, str]:
    """An interval for the mean of `values`, shape (n,): (low, high, method); see `limits`.

    The method is "t" for 2 values, where there is no skewness to see, else "t, skew".
    Raises ValueError for fewer than 2 values or a level outside 0..1.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"values must be a list of n >= 2 numbers, got shape {x.shape}")
    low, high = limits(x, level)
    return float(low), float(high), "t" if len(x) == 2 else "t, skew"


def limits(values, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Intervals for the means of samples of equal size, values of shape (..., n): low and high, shape (...).

    The wider, on each side, of two intervals, with q Student's t quantile of n - 1 degrees of freedom:
      Student:  mean -+ q s / sqrt(n)
      Hall:     mean - h(+-q) s / sqrt(n),  h(y) = 3 (cbrt(1 + c (y - c / 6)) - 1) / c
    with c = skewness / sqrt(n); s and the skewness are corrected for bias. Hall 1992, On the removal of
    skewness by transformation, J. R. Stat. Soc. B 54:221-228.
    Either alone fails somewhere, and so does BCa: at level 0.95 Student's covers 88 % of exponential
    samples of 6, Hall's 92.5 % of contaminated ones of 32, BCa 90 % of contaminated ones of 20.
    Measured for n = 6..64 by tests/bench/coverage.py, the wider one covers 94.8..97.5 % for symmetric
    (uniform, normal, Laplace, t5, contaminated) and mildly skewed samples (|skewness| up to 1.1),
    94.4..96.2 % at skewness 1.75, 93.7..96.2 % at 2. Not kept for a lognormal with sigma 1 (skewness 6):
    90.6 % at 6, 94.1 % at 32.
    Raises ValueError for fewer than 2 values a sample or a level outside 0..1.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim < 1 or x.shape[-1] < 2 or not 0 < level < 1:
        raise ValueError(f"an interval needs n >= 2 values and a level in 0..1, got {x.shape} and {level!r}")
    if not np.isfinite(x).all():
        raise ValueError("values must be finite; count a diverged run as the loss of a constant guess")
    mean, error, c = _moments(x)
    q = stats.t.ppf((1 + level) / 2, x.shape[-1] - 1)
    low = mean - error * np.maximum(q, _hall_quantile(q, c))
    return low, mean + error * np.maximum(q, -_hall_quantile(-q, c))


def bca(values, level: float = 0.95) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval for the mean of `values`, shape (n,): low, high.

    Efron 1987, doi:10.2307/2289144, by scipy.stats.bootstrap with 9,999 resamples and fixed random numbers.
    For comparison with papers that report it: at level 0.95 it covers the mean of normal samples in 86 % of
    cases at n = 6, 93 % at 20 and 95 % at 64, of contaminated ones in 90 % at 20; `limits` keeps its level.
    Raises ValueError for fewer than 2 values or a level outside 0..1.
    """
    low, high, _ = interval(values, level)
    if low == high:
        return low, high
    found = stats.bootstrap(
        (np.asarray(values, dtype=np.float64),),
        np.mean,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def tails(difference: np.ndarray) -> tuple[float, float]:
    """One-sided p-values of mean >= 0 and of mean <= 0, shape (n,): those that `limits` inverts."""
    mean, error, c = _moments(difference)
    if error == 0:
        return float(mean >= 0), float(mean <= 0)
    t = mean / error
    hall = t + c * t**2 / 3 + c**2 * t**3 / 27 + c / 6
    both = stats.t(len(difference) - 1)
    return float(both.cdf(max(t, hall))), float(both.sf(min(t, hall)))


def wilcoxon(difference) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test that paired differences are symmetric about 0.

    difference: shape (n,). Zeros keep their ranks and vote for neither side (Pratt 1959,
    doi:10.1080/01621459.1959.10501526); equal sizes share their mean rank. Exact up to 50 pairs without zeros
    or ties and up to 13 with them, else normal with corrections for ties and continuity. 1 if all are 0.
    """
    x = np.asarray(difference, dtype=np.float64)
    return float(stats.wilcoxon(x, zero_method="pratt", correction=True).pvalue) if x.any() else 1.0


def paired_differences(losses, reference) -> np.ndarray:
    """losses - reference, shape (n,), all 0 where that is only rounding; ValueError for what is no pairs."""
    a, b = np.asarray(losses, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(
            f"losses and reference must be two lists of n >= 2 pairs, got {a.shape} and {b.shape}"
        )
    difference = a - b
    if not np.isfinite(difference).all():
        raise ValueError("losses must be finite; count a diverged run as the loss of a constant guess")
    if np.abs(difference).max() <= ROUNDING * np.abs([a, b]).max():
        return np.zeros_like(difference)
    return difference


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its standard error, and skewness / sqrt(n), over the last axis."""
    n = x.shape[-1]
    same = np.ptp(x, axis=-1) == 0
    mean = np.where(same, x[..., 0], x.mean(axis=-1))
    sd = np.where(same, 0, x.std(axis=-1, ddof=1))
    cubes = ((x - mean[..., None]) / np.where(same, 1, sd)[..., None]) ** 3
    skewness = n / ((n - 1) * max(n - 2, 1)) * cubes.sum(axis=-1) * (n > 2)
    return mean, sd / np.sqrt(n), skewness / np.sqrt(n)


def _hall_quantile(y: float, c: np.ndarray) -> np.ndarray:
    """h(y) of `limits`, written without dividing by c: (r - 1) (r^2 + r + 1) = r^3 - 1."""
    r = np.cbrt(1 + c * (y - c / 6))
    return 3 * (y - c / 6) / (r**2 + r + 1)
