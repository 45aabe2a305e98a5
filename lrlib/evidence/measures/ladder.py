"""WSD against cosine, and decay to zero against a tenth: OLMo's ladder and the logged runs, pair by pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lrlib import stats
from lrlib.evidence import pairs
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured


def mean(difference, **more) -> Measured:
    """The mean of paired differences with its interval, 0 on the other side."""
    return Measured.of(stats.compare(difference, np.zeros(len(difference))), **more)


def parts(found: pd.DataFrame, by: str, called: str = "{}") -> dict[str, tuple[float, float, float]]:
    """Mean, lowest and highest difference of each group of rows."""
    groups = found.groupby(by, sort=False).loss
    return {called.format(name): (each.mean(), each.min(), each.max()) for name, each in groups}


def tokens(found: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The regime that some pairs cover."""
    return {"tokens a parameter": (round(found.tokens.min(), 1), round(found.tokens.max(), 1))}


def slopes(found: pd.DataFrame, **columns: str) -> dict[str, stats.Slope]:
    """Change of the difference for each doubling of some columns, the others held."""
    return stats.slopes(found.loss, {name: np.log2(found[column]) for name, column in columns.items()})


@measures("wsd-matches-cosine")
def as_its_authors() -> Measured:
    found = pairs.as_its_authors()
    return mean(found.loss, regime=tokens(found), parts=parts(found, "data"))


@measures("wsd-against-cosine-at-one-peak")
def on_the_ladder() -> Measured:
    found = pairs.on_the_ladder()
    shown = parts(found, "size") | parts(found, "tokens", "{:g} tokens a parameter")
    shown["all 25, before the end"] = _triple(mean(pairs.on_the_ladder(complete=False).loss))
    return mean(found.loss, regime=tokens(found), parts=shown)


@measures("wsd-gap-does-not-move-with-length")
def along_the_length() -> Measured:
    found = pairs.on_the_ladder()
    return Measured.of(slopes(found, length="tokens", size="parameters")["length"], regime=tokens(found))


@measures("wsd-gap-does-not-move-with-size")
def along_the_size() -> Measured:
    found = pairs.on_the_ladder()
    return Measured.of(slopes(found, length="tokens", size="parameters")["size"], regime=tokens(found))


@measures("wsd-is-worse-on-benchmarks")
def on_benchmarks() -> Measured:
    found = pairs.on_the_ladder()
    return mean(found.bits, regime=tokens(found), parts=parts(found.assign(loss=found.bits), "size"))


@measures("ten-percent-of-cooldown-suffice")
def short_cooldown() -> Measured:
    shown, kinds = {}, {"cosine to a tenth": pairs.TENTH, "cosine to zero": pairs.ZERO}
    for name, kind in kinds.items():
        for share in (0.1, 0.2, 0.4, 0.6, 0.8, 0.9):
            found = pairs.at_one_peak(pairs.WSD | {"cooldown": share}, kind)
            shown[f"{100 * share:.0f} % against {name}"] = _triple(mean(found.loss))
    found = pairs.at_one_peak(pairs.WSD | {"cooldown": 0.1}, pairs.TENTH)
    return mean(found.loss, regime=tokens(found), parts=shown)


@measures("wsd-loses-as-the-peak-rises")
def wsd_with_the_peak() -> Measured:
    found = pairs.at_one_peak(pairs.WSD, pairs.TENTH)
    slope = slopes(found, peak="peak", length="steps")["peak"]
    return Measured.of(slope, regime=tokens(found), parts=_by_peak(found))


@measures("wsd-ends-higher-than-a-line-to-zero")
def wsd_against_a_line() -> Measured:
    found = pairs.at_one_peak(pairs.WSD, pairs.LINE, pairs.NEAR)
    return mean(found.loss, regime=tokens(found), parts=_by_peak(found))


@measures("line-to-zero-against-cosine-to-a-tenth")
def line_or_tenth() -> Measured:
    found = pairs.at_one_peak(pairs.LINE, pairs.TENTH)
    near = found[found.peak.isin(pairs.NEAR)]
    whole = pairs.at_one_peak(pairs.WHOLE, pairs.TENTH)
    shown = _by_peak(found) | {"line over 99.4 %": _triple(mean(whole.loss))}
    return mean(near.loss, regime=tokens(near), parts=shown)


@measures("cosine-to-zero-or-a-tenth")
def zero_or_tenth() -> Measured:
    found = pairs.at_one_peak(pairs.ZERO, pairs.TENTH)
    shown = _by_peak(found) | parts(found, "steps", "{} updates")
    return mean(found.loss, regime=tokens(found), parts=shown)


@measures("zero-gains-with-the-length")
def line_with_the_length() -> Measured:
    return _line_slope("length")


@measures("zero-gains-with-the-peak")
def line_with_the_peak() -> Measured:
    return _line_slope("peak")


@measures("cosine-to-zero-against-a-line-to-zero")
def cosine_or_line() -> Measured:
    found = pairs.at_one_peak(pairs.ZERO, pairs.LINE)
    near = found[found.peak.isin(pairs.NEAR)]
    whole = pairs.at_one_peak(pairs.ZERO | {"folder": "grad_norm"}, pairs.WHOLE)
    shown = _by_peak(found) | {"line over 99.4 %": _triple(mean(whole.loss))}
    return mean(near.loss, regime=tokens(near), parts=shown)


def _line_slope(along: str) -> Measured:
    found = pairs.at_one_peak(pairs.LINE, pairs.TENTH)
    return Measured.of(slopes(found, length="steps", peak="peak")[along], regime=tokens(found))


def _by_peak(found: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    return parts(found, "peak", "peak {:g}")


def _triple(found: Measured) -> tuple[float, float, float]:
    return found.value, found.low, found.high
