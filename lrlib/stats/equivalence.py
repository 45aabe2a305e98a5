"""Equivalence: evidence that a difference is too small to matter, which *cannot tell* never is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrlib.stats.pairs import FEWEST_PAIRS, interval, paired_differences, tails


@dataclass(frozen=True)
class Equivalence:
    """The paired difference held against a margin, in the unit of the losses.

    mean: mean difference. low, high: its interval at 2 level - 1, so 90 % for level 0.95. margin: absolute.
    p_below, p_above: one-sided p-values against a difference of -margin or less, and of +margin or more.
    n: pairs. verdict: "equivalent" or "not shown".
    """

    mean: float
    low: float
    high: float
    margin: float
    p_below: float
    p_above: float
    n: int
    level: float
    verdict: str

    def __str__(self) -> str:
        found = f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}] over {self.n} pairs"
        return f"{found}, margin {self.margin:.4f}: {self.verdict}"


def equivalence(losses, reference, margin: float, relative: bool = False, level: float = 0.95) -> Equivalence:
    """Two one-sided tests (TOST) that the mean paired difference lies within -margin..margin.

    losses, reference: shape (n,), paired by seed, n >= 2. margin: > 0, in the unit of the losses, or with
    `relative` a fraction of the reference's mean, which is then taken as exact; it must be chosen before the
    losses are seen. "equivalent" when both one-sided p-values are below 1 - level, that is when the interval
    at 2 level - 1 lies inside the margin; "not shown" otherwise and always below 6 pairs. The tests are
    those of `limits`: Student's t and Hall's, the more careful of the two. A difference that just reaches
    the margin passes at most 5.2 % of the time when differences are symmetric, 7.1 % at |skewness| up to
    1.1, and when exponential 9.2 % at 6 pairs, 6 % from 24 on (tests/bench/coverage.py, level 0.95).
    Schuirmann 1987, doi:10.1007/BF01068419. Raises ValueError for what `compare` refuses, for a margin
    that is not > 0 and finite, and for a level outside 0.5..1.
    """
    difference = paired_differences(losses, reference)
    absolute = margin * abs(float(np.mean(reference))) if relative else float(margin)
    if not 0 < absolute < np.inf:
        raise ValueError(f"margin must be > 0 and finite, got {margin!r}, which is {absolute:g} here")
    if not 0.5 < level < 1:
        raise ValueError(f"level must be between 0.5 and 1, got {level!r}")
    low, high, _ = interval(difference, 2 * level - 1)
    p_below, p_above = tails(difference + absolute)[1], tails(difference - absolute)[0]
    n = len(difference)
    shown = n >= FEWEST_PAIRS and max(p_below, p_above) < 1 - level
    verdict = "equivalent" if shown else "not shown"
    mean = float(difference.mean())
    return Equivalence(mean, low, high, absolute, p_below, p_above, n, level, verdict)
