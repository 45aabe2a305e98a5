"""Many comparisons at once: how strict each has to be so that a false alarm stays rare among all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lrlib import rules
from lrlib.rules import Refused, Rule, checked, refused
from lrlib.stats.pairs import Comparison

__all__ = ["family", "holm"]

_by_name = rules.such_that(dict, lambda found: all(isinstance(c, Comparison) for c in found.values()))
BY_NAME = Rule("what compare returned, by name", _by_name)


@checked
def holm(p_values) -> np.ndarray:
    """Holm's adjusted p-values, shape (m,), in the order given.

    Sorted p_(1) <= ... <= p_(m):  adjusted_(i) = min(1, max over j <= i of (m - j + 1) p_(j)).
    Calling everything with an adjusted p below alpha real makes any false alarm at all, in the whole family,
    at most alpha likely, however the comparisons depend on each other. Holm 1979, Scand. J. Stat. 6:65-70.
    Raises ValueError for no p-values or one outside 0..1.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = rules.ARRAY.checked("p_values", p_values)
    if p.ndim != 1 or not len(p) or not ((p >= 0) & (p <= 1)).all():
        raise refused("p_values", "a list of one or more numbers in 0..1", p_values)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order]), 1)
    return adjusted


@checked
def family(comparisons: Mapping[str, Comparison]) -> pd.DataFrame:
    """Verdicts that hold together: all comparisons with one reference, or all claims of a register.

    comparisons: name -> what `compare` returned, all at one level. Columns: difference, ci_low, ci_high (each
    for itself), n, p, p_holm, and the verdict, which is *cannot tell* unless p_holm is below 1 - level.
    Raises ValueError for an empty family or mixed levels.
    """
    comparisons = BY_NAME.checked("comparisons", comparisons)
    levels = {found.level for found in comparisons.values()}
    if len(levels) != 1:
        raise Refused(f"comparisons must be at least one, all at one level, got levels {sorted(levels)}")
    (level,) = levels
    rows = [
        (c.mean, c.low, c.high, c.n, c.p, p, c.verdict if p < 1 - level else "cannot tell")
        for c, p in zip(comparisons.values(), holm([c.p for c in comparisons.values()]), strict=True)
    ]
    columns = ["difference", "ci_low", "ci_high", "n", "p", "p_holm", "verdict"]
    return pd.DataFrame(rows, list(comparisons), columns)
