"""Cooldowns, averages and cosines of the wrong length, from the logged runs."""

import numpy as np
from scipy import stats as scipy_stats

from lrlib import stats
from lrlib.evidence import matched
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured

EDGE = 1.25  # planned over stopped, from which on a cosine is said to be too long


def against(percent, **more) -> Measured:
    """The mean of relative differences, with its interval."""
    return Measured.of(stats.compare(np.asarray(percent), np.zeros(len(percent))), **more)


def parts(values, labels) -> dict[str, tuple[float, float, float]]:
    """label -> mean of its values, and the lowest and highest of them."""
    groups = values.groupby(labels, sort=False)
    return {name: (group.mean(), group.min(), group.max()) for name, group in groups}


def peaks(frame):
    """How each row's peak rate is called."""
    return frame.peak.map("peak {:g}".format)


@measures("one-minus-sqrt-beats-linear")
def shape() -> Measured:
    found = matched.shapes()
    return _over(peaks(found), found.difference)


@measures("one-minus-sqrt-at-every-peak")
def shape_by_peak() -> Measured:
    found = matched.shapes()
    line = scipy_stats.linregress(np.log2(found.peak), found.difference)
    half = scipy_stats.t.ppf(0.975, len(found) - 2) * line.stderr
    return Measured(line.slope, line.slope - half, line.slope + half, len(found))


@measures("a-fifth-of-cooldown-is-enough")
def length() -> Measured:
    found = matched.lengths().reset_index()
    return _over(peaks(found), matched.percent(found[0.4], found[0.2]).dropna())


@measures("averaging-improves-a-constant-run")
def averaging() -> Measured:
    found = matched.at_one_step()
    return _over_models(found, matched.percent(found.averaged, found.raw))


@measures("averaging-matches-cosine")
def averaging_against_cosine() -> Measured:
    found = matched.at_one_step()
    shown = found["tokens a parameter"]
    regime = {"tokens a parameter": (shown.min(), shown.max())}
    return _over_models(found, matched.percent(found.averaged, found.cosine), regime=regime)


@measures("averaging-falls-short-of-the-cooldown")
def recovered() -> Measured:
    found = matched.at_one_step().dropna(subset="cooldown")
    gains = [1 - found[name] / found.raw for name in ("averaged", "cooldown")]
    share = stats.ratio(*(matched.by_model(gain, found.model) for gain in gains))
    return Measured.of(share, parts=parts(gains[0] / gains[1], found.model))


@measures("merging-beats-decay")
def averaging_against_cooldown() -> Measured:
    found = matched.at_one_step().dropna(subset="cooldown")
    millions = found.model.str.extract(r"(\d+)M")[0].astype(float)
    regime = {"millions of parameters": (millions.min(), millions.max())}
    return _over_models(found, matched.percent(found.averaged, found.cooldown), regime=regime)


@measures("cosine-must-match-its-budget")
def too_long() -> Measured:
    found = matched.cosines()
    found = found[found.ratio > EDGE]
    return _over_models(found, found.excess)


@measures("a-quarter-too-long-costs-nothing")
def a_quarter_too_long() -> Measured:
    found = matched.cosines()
    both, square = found.left * found.excess, found.left**2
    slopes = both.groupby(found.model).sum() / square.groupby(found.model).sum()
    read = slopes * matched.decay_left(1, EDGE)
    return against(read, parts={model: (at, at, at) for model, at in read.items()})


def _over_models(found, values, **more) -> Measured:
    return _over(found.model, values, **more)


def _over(labels, values, **more) -> Measured:
    """The mean over groups that are independent, of the mean within each."""
    return against(matched.by_model(values, labels), parts=parts(values, labels), **more)
