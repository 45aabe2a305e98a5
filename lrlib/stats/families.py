"""Many comparisons at once: how strict each has to be so that a false alarm stays rare among all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from lrlib import rules
from lrlib.rules import InsideUnit, Refused, Rule, checked, refused, unknown
from lrlib.stats.pairs import BY_NAME, Comparison, compare

__all__ = ["Losses", "all_pairs", "family", "headline", "holm", "quoted", "ranking"]

COLUMNS = ["difference", "ci_low", "ci_high", "n", "p", "p_holm", "alone", "verdict"]
PHRASES = {"worse": "ends lower than", "better": "ends higher than", "cannot tell": "cannot be told from"}

_by_name = rules.such_that(dict, lambda found: all(isinstance(c, Comparison) for c in found.values()))
COMPARED = Rule("what compare returned, by name", _by_name)


class Losses(dict):
    """Losses by name, (n,) each, with what belongs to a comparison of them: as `Sweep.losses` gives them.

    excess: name -> `stats.excess` of its peak. right: name -> share of held-out rows that are right, (n,).
    reference: the name that others are compared with. every_pair: whether verdicts are to hold together among
    all pairs, as those of `leaders`, and not only among the comparisons with the reference.
    """

    def __init__(self, losses, excess=(), right=(), reference: str | None = None, every_pair: bool = False):
        super().__init__(losses)
        self.excess, self.right, self.reference = dict(excess), dict(right), reference
        self.every_pair = every_pair

    def peak_error(self, one: str, other: str) -> float:
        """Standard error that tuning adds to the difference of two; 0 where neither was tuned."""
        return float(np.std(self.excess.get(one, 0.0) - self.excess.get(other, 0.0)))


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
    """Verdicts that hold together: all comparisons of one table, or all claims of a register.

    comparisons: name -> what `compare` returned, all at one level. Columns: difference, ci_low, ci_high (each
    for itself), n, p, p_holm; `alone`, the verdict of the comparison for itself; and `verdict`, which counts:
    *cannot tell* unless p_holm is below 1 - level.
    Raises ValueError for an empty family or mixed levels.

    >>> clear, faint = [1.0, 2.1, 2.9, 4.2, 5.0, 6.1], [-0.2, 2.6, 2.1, 3.6, 4.6, 6.2]
    >>> other = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    >>> settings = {"clear": clear, "faint": faint, "same": other}
    >>> table = family({name: compare(losses, other) for name, losses in settings.items()})
    >>> table[["p", "p_holm", "alone", "verdict"]].round(3)
               p  p_holm        alone      verdict
    clear  0.031   0.094       better  cannot tell
    faint  0.031   0.094       better  cannot tell
    same   1.000   1.000  cannot tell  cannot tell
    """
    comparisons = COMPARED.checked("comparisons", comparisons)
    levels = {found.level for found in comparisons.values()}
    if len(levels) != 1:
        raise Refused(f"comparisons must be at least one, all at one level, got levels {sorted(levels)}")
    (level,) = levels
    rows = [
        (c.mean, c.low, c.high, c.n, c.p, p, c.verdict, c.verdict if p < 1 - level else "cannot tell")
        for c, p in zip(comparisons.values(), holm([c.p for c in comparisons.values()]), strict=True)
    ]
    return pd.DataFrame(rows, list(comparisons), COLUMNS)


@checked
def ranking(losses, reference: str | None = None, level: InsideUnit = 0.95) -> pd.DataFrame:
    """Settings from lowest to highest mean loss, each compared with the reference, pair by pair.

    losses: name -> (n,), same seeds in the same order, perhaps as `Losses`; or what `train.judge` gives, or
    a sweep at one rate.
    reference: one of the names; what was judged has its own. Columns: loss (mean), with results also `right`,
    the mean share that is, where they have it; difference to the reference with its interval
    ci_low .. ci_high, `alone` and `verdict`, which is that of the `family` of all comparisons with the
    reference, and "reference" for itself; of `Losses` of every pair, that of the family of all pairs. What
    was judged brings the errors of its peaks into interval and verdicts, as `compare` takes them.
    Raises ValueError for no reference or one that is none of the names, for a sweep at several rates, and for
    peaks that were tuned and not judged.

    >>> low, high = np.arange(8.0), np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0))
    >>> ranking({"high": high, "low": low}, reference="low")[["loss", "difference", "verdict"]].round(2)
          loss  difference    verdict
    low   3.50        0.00  reference
    high  4.51        1.01      worse
    """
    losses = _compared(losses, reference)
    reference, others = losses.reference, [name for name in losses if name != losses.reference]
    row = (0.0, 0.0, 0.0, len(losses[reference]), 1.0, 1.0, "reference", "reference")
    table = pd.DataFrame([row], [reference], COLUMNS)
    if others and losses.every_pair:
        pairs = all_pairs(losses, level, [*others, reference])
        table = pd.concat([table, pairs.xs(reference, level=1)])
    elif others:
        table = pd.concat([table, family({name: _pair(losses, name, reference, level) for name in others})])
    means = {"loss": losses, "right": losses.right}
    for place, (column, values) in enumerate(means.items()):
        if values.keys() >= losses.keys():
            table.insert(place, column, {name: np.mean(each) for name, each in values.items()})
    return table.loc[list(losses)].drop(columns=["n", "p", "p_holm"]).sort_values("loss", kind="stable")


def all_pairs(losses: Losses, level: float = 0.95, order=None) -> pd.DataFrame:
    """The `family` of all pairs, an index of two names each: the first against the second.

    order: the names, by default as they come; the second of a pair comes after the first.

    >>> pairs = all_pairs(Losses({"a": np.arange(8.0), "b": np.arange(8.0) + 1, "c": np.arange(8.0)[::-1]}))
    >>> pairs["verdict"].to_dict()
    {('a', 'b'): 'better', ('a', 'c'): 'cannot tell', ('b', 'c'): 'cannot tell'}
    """
    pairs = [*combinations(order or losses, 2)]
    table = family({(one, other): _pair(losses, one, other, level) for one, other in pairs})
    return table.set_axis(pd.MultiIndex.from_tuples(pairs))


def _pair(losses: Losses, one: str, other: str, level: float) -> Comparison:
    return compare(losses[one], losses[other], level, losses.peak_error(one, other))


def _compared(losses, reference: str | None) -> Losses:
    """What is to be compared, with the name of the reference."""
    named = isinstance(losses, pd.DataFrame)
    if not named and hasattr(losses, "sweep"):
        raise Refused("ranks what was judged, not tuned peaks; judge them first, with train.judge")
    if not named and hasattr(losses, "base_lrs"):
        if len(losses.base_lrs) > 1:
            raise Refused(f"needs a sweep at one peak rate, got {len(losses.base_lrs)} rates; tune and judge")
        losses = losses.losses()
    known = losses if isinstance(losses, Losses) else Losses({})
    losses = BY_NAME.checked("losses", losses)
    reference = known.reference if reference is None else reference
    if reference is None:
        raise Refused(f"pass reference=, one of {', '.join(map(repr, losses))}")
    if reference not in losses:
        raise Refused(unknown("reference", reference, losses))
    return Losses(losses, known.excess, known.right, reference, known.every_pair)


def headline(table) -> str:
    """One sentence about a ranking, or about what was judged: what ends higher than the reference, or lower,
    and what cannot be told from it.

    >>> losses = {"high": np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0)), "low": np.arange(8.0)}
    >>> headline(ranking(losses, reference="low"))
    'low ends lower than high'
    """
    table = table if isinstance(table, pd.DataFrame) else ranking(table)
    groups = {verdict: list(names) for verdict, names in table.groupby("verdict").groups.items()}
    (reference,) = groups["reference"]
    said = [f"{PHRASES[found]} {_listed(groups[found])}" for found in PHRASES if found in groups]
    return f"{quoted(reference)} {'; '.join(said) or 'alone'}"


def quoted(name: str) -> str:
    """A name as a sentence can hold it: in quotes where it has a comma outside brackets.

    >>> quoted("hold, last cycle"), quoted("linear(1, 0, T)")
    ("'hold, last cycle'", 'linear(1, 0, T)')
    """
    return f"'{name}'" if re.search(r",(?![^()]*\))", name) else name


def _listed(names: list[str]) -> str:
    *first, last = map(quoted, names)
    return f"{', '.join(first)} and {last}" if first else last
