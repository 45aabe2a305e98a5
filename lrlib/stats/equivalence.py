"""Equivalence: evidence that a difference is too small to matter, which *cannot tell* never is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lrlib.rules import Positive, Rule, checked, refused, within
from lrlib.stats.intervals import limits, tails
from lrlib.stats.pairs import FEWEST_PAIRS, paired_differences

__all__ = ["Equivalence", "equivalence"]

Level = Annotated[float, Rule("a number between 0.5 and 1", within(0.5, 1, open_low=True, open_high=True))]


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


@checked
def equivalence(
    losses, reference, margin: Positive, relative: bool = False, level: Level = 0.95
) -> Equivalence:
    """Two one-sided tests (TOST) that the mean paired difference lies within -margin..margin.

    losses, reference: shape (n,), paired by seed, n >= 2. margin: > 0, in the unit of the losses, or with
    `relative` a fraction of the reference's mean, which is then taken as exact; it must be chosen before the
    losses are seen. "equivalent" when both one-sided p-values are below 1 - level, that is when the interval
    at 2 level - 1 lies inside the margin; "not shown" otherwise and always below 6 pairs. The tests are
    those of `limits`: Student's t and Hall's, the more careful of the two. A difference that just reaches
    the margin passes at most 5.2 % of the time when differences are symmetric, 7.1 % at |skewness| up to
    1.1, and when exponential 9.2 % at 6 pairs, 6 % from 24 on; lognormal with sigma 1 (skewness 6) 13.6 % at
    6, 9.2 % at 32, where Student's alone would pass 22.7 % and 14.8 % (tests/bench/coverage.py, level 0.95).
    With few and lopsided differences, level 0.975 keeps to what 0.95 says: 6.1 % and 9.3 % at 6 pairs.
    Schuirmann 1987, doi:10.1007/BF01068419. Raises ValueError for what `compare` refuses, for a margin
    that is not > 0 and finite, and for a level outside 0.5..1.
    """
    difference, n = paired_differences(losses, reference), len(losses)
    absolute = margin * abs(float(np.mean(reference))) if relative else margin
    if not absolute:
        raise refused("reference", "of a mean other than 0 where the margin is relative", reference)
    low, high = limits(difference, 2 * level - 1)
    p_below, p_above = tails(difference + absolute)[1], tails(difference - absolute)[0]
    shown = n >= FEWEST_PAIRS and max(p_below, p_above) < 1 - level
    found = *map(float, (difference.mean(), low, high, absolute, p_below, p_above)), n, level
    return Equivalence(*found, "equivalent" if shown else "not shown")
