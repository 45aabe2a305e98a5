"""Paired comparisons: the difference over seeds, its interval, and a verdict that may be *cannot tell*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

FEWEST_PAIRS = 6
BOOTSTRAP_FROM = 20
ROUNDING = 1e-9
PHRASES = {"better": "worse than", "worse": "better than", "cannot tell": "cannot be told from"}


@dataclass(frozen=True)
class Comparison:
    """The paired difference of one setting to another, in the unit of the losses.

    mean: mean difference over pairs, negative when the first is lower. low, high: its interval at `level`.
    n: pairs. method: "t" or "BCa". verdict on the first: "better", "worse" or "cannot tell".
    """

    mean: float
    low: float
    high: float
    n: int
    level: float
    method: str
    verdict: str

    def __str__(self) -> str:
        interval = f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        return f"{interval} over {self.n} pairs: {self.verdict}"


def compare(losses, reference, level: float = 0.95) -> Comparison:
    """Compare losses with a reference, pair by pair (same seed, same position); lower is better.

    losses, reference: shape (n,), finite, n >= 2. The interval is Student's t on the differences below 20
    pairs and BCa bootstrap from 20 on (Efron 1987, doi:10.2307/2289144; the bootstrap's own seed is fixed).
    The verdict is *cannot tell* when the interval contains 0, and always below 6 pairs; differences that are
    rounding, below 1e-9 of the losses, count as 0. Raises ValueError for unpaired, too few or non-finite
    values, and for a level outside 0..1.
    """
    a, b = np.asarray(losses, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(
            f"losses and reference must be two lists of n >= 2 pairs, got {a.shape} and {b.shape}"
        )
    difference = a - b
    if not np.isfinite(difference).all():
        raise ValueError("losses must be finite; count a diverged run as the loss of a constant guess")
    if np.abs(difference).max() <= ROUNDING * np.abs([a, b]).max():
        difference = np.zeros_like(difference)
    low, high, method = interval(difference, level)
    verdict = "cannot tell"
    if len(a) >= FEWEST_PAIRS and (high < 0 or low > 0):
        verdict = "better" if high < 0 else "worse"
    return Comparison(float(difference.mean()), low, high, len(a), level, method, verdict)


def ranking(losses: Mapping[str, np.ndarray], reference: str, level: float = 0.95) -> pd.DataFrame:
    """Settings from lowest to highest mean loss, each compared with the reference, pair by pair.

    losses: name -> (n,), same seeds in the same order. Columns: loss (mean), difference to the reference
    with its interval ci_low .. ci_high, and the verdict; the reference's own verdict is "reference".
    """
    rows = {}
    for name, values in losses.items():
        found = compare(values, losses[reference], level)
        verdict = "reference" if name == reference else found.verdict
        rows[name] = (float(np.mean(values)), found.mean, found.low, found.high, verdict)
    columns = ["loss", "difference", "ci_low", "ci_high", "verdict"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.sort_values("loss", kind="stable")


def headline(table: pd.DataFrame) -> str:
    """One sentence about a ranking: the reference, what is better or worse, and what cannot be told."""
    groups = {verdict: list(rows.index) for verdict, rows in table.groupby("verdict")}
    (reference,) = groups["reference"]
    said = [
        f"{phrase} {', '.join(groups[verdict])}" for verdict, phrase in PHRASES.items() if verdict in groups
    ]
    return f"{reference}: {'; '.join(said)}" if said else f"{reference} alone"


def interval(values, level: float = 0.95) -> tuple[float, float, str]:
    """An interval for the mean of `values`, shape (n,), and the method: "t" below 20 values, else "BCa".

    Raises ValueError for fewer than 2 values or a level outside 0..1.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not 0 < level < 1:
        raise ValueError(f"an interval needs n >= 2 values and a level in 0..1, got {x.shape} and {level!r}")
    if np.ptp(x) == 0:
        return float(x[0]), float(x[0]), "t" if len(x) < BOOTSTRAP_FROM else "BCa"
    if len(x) < BOOTSTRAP_FROM:
        half = stats.t.ppf((1 + level) / 2, len(x) - 1) * stats.sem(x)
        return float(x.mean() - half), float(x.mean() + half), "t"
    found = stats.bootstrap(
        (x,), np.mean, confidence_level=level, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    return float(found.low), float(found.high), "BCa"
