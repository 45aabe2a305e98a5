"""The best peak rate between the points of a grid, how well seeds determine it, and how high it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy import stats
from scipy.interpolate import PchipInterpolator

from lrlib.rules import InsideUnit, Number, Positive, Refused, Rule, checked
from lrlib.stats.intervals import finite
from lrlib.stats.slopes import Slope

__all__ = ["Peak", "excess", "largest_usable", "peak", "peak_power", "resampled_peaks", "vertices"]

FEWEST_SEEDS = 6
RESAMPLES = 2000


def _increasing(given) -> np.ndarray:
    rates = finite("", 3, 1).convert(given)
    if rates[0] <= 0 or (np.diff(rates) <= 0).any():
        raise ValueError
    return rates


def _sizes(given) -> np.ndarray:
    sizes = finite("", 2, 1).convert(given)
    if (sizes <= 0).any() or len(set(sizes)) < len(sizes):
        raise ValueError
    return sizes


Rates = Annotated[np.ndarray, Rule("3 or more increasing numbers > 0", _increasing)]
Losses = Annotated[np.ndarray, finite("of shape (rates,) or (rates, seeds)", 1, 1, 2)]


@dataclass(frozen=True)
class Peak:
    """The interpolated best rate. rate: where the fitted loss is lowest; loss: that loss.

    at_edge: the best grid point was the first or last, so nothing was interpolated and the grid must grow;
    rate and loss are then that point's. low, high: interval for the rate at `level`, 0 or inf where it
    reaches the edge of the grid; both nan below 6 seeds. n: seeds.
    """

    rate: float
    loss: float
    at_edge: bool
    low: float
    high: float
    n: int
    level: float


@checked
def peak(rates: Rates, losses: Losses, level: InsideUnit = 0.95) -> Peak:
    """The lowest point of the parabola in log(rate) through the best grid point and its two neighbours.

    rates: (R,), increasing, > 0, R >= 3. losses: (R, seeds), or (R,) for one run or mean a rate; the best
    grid point is that of the mean loss. Runs of one seed share a column, so what a seed adds to all its
    losses cancels. The interval is the percentile bootstrap over seeds (fixed random numbers), its tail
    areas widened from alpha to Phi(sqrt(n / (n - 1)) t_alpha): Hesterberg 2015, arXiv:1411.5279.

    Three points, because more are steadier only where the curve is symmetric: for exp(-0.35 x) / 0.35 +
    exp(1.4 x) / 1.4 with x in grid steps, the rate from three points is 0.13 grid steps too low, from least
    squares over five 0.47. On a parabola it is unbiased and the interval at level 0.95 covers 93..96 % for
    6..16 seeds; on a lopsided curve it covers the vertex of the three points, not the true optimum, and a
    finer grid brings the two together.
    Raises ValueError for rates that are not such, losses of another shape, or a loss that is not finite.

    >>> round(peak([0.1, 0.2, 0.4], [2.0, 1.0, 1.5]).rate, 3)
    0.224
    """
    x, y = _by_rate(rates, losses)
    vertex, lowest = _vertices(x, y.mean(axis=1))
    n = y.shape[1]
    low, high = _interval(x, y, level) if n >= FEWEST_SEEDS else (np.nan, np.nan)
    rate = np.exp(np.clip(vertex, x[0], x[-1]))
    return Peak(float(rate), float(lowest), bool(np.isinf(vertex)), float(low), float(high), n, level)


@checked
def excess(rates: Rates, losses: Losses, rate: Positive) -> np.ndarray:
    """What the loss at `rate` changes where other tuning seeds put the peak: shape (2000,), one a resample.

      excess_b = sqrt(n / (n - 1)) (L(x_b) - L(log rate)),  x_b the `peak` of resample b of the n seeds,

    with L the mean losses joined by monotone cubics in log(rate) (Fritsch & Carlson 1980,
    doi:10.1137/0717021). rates, losses: as in `peak`; the resamples depend on n alone, so those of several
    schedules tuned on the same seeds belong together, and the standard deviation of the difference of two
    excesses is the standard error that the tuning of both adds to the difference of their losses.

    With it the 95 % interval of `compare` covers the difference at the two true peaks in 92..99 % of
    simulated tunings on 4..16 seeds with grids of ratio sqrt(2), judged on 16 or 64, where without it about
    80 % are covered on 4 noisy seeds (tests/bench/coverage.py). Not kept where a curve is so lopsided that
    the vertex of three points lies beside the lowest point, and seeds are so alike that this shows: three
    quarters are covered with and without it; a finer grid helps there, and more seeds do not.
    Raises ValueError as `peak` does, and for a rate that is not > 0.
    """
    x, y = _by_rate(rates, losses)
    n, curve = y.shape[1], PchipInterpolator(x, y.mean(axis=1))
    where = np.clip([*_resampled(x, y), np.log(rate)], x[0], x[-1])
    *resampled, here = curve(where)
    return np.sqrt(n / max(n - 1, 1)) * (np.array(resampled) - here)


@checked
def resampled_peaks(rates: Rates, losses: Losses) -> np.ndarray:
    """The best rate of `peak` in each of 2,000 resamples of the seeds, within the grid: shape (2000,).

    The resamples depend on the number of seeds alone, so those of several grids on the same seeds belong
    together, as do peaks at several sizes of which a trend is to be found. Raises ValueError as `peak` does.

    >>> rates = resampled_peaks([0.1, 0.2, 0.4], [[2.0, 2.1], [1.0, 1.3], [1.5, 1.6]])
    >>> len(rates), rates.min().round(3).item(), rates.max().round(3).item()
    (2000, 0.224, 0.234)
    """
    x, y = _by_rate(rates, losses)
    return np.exp(np.clip(_resampled(x, y), x[0], x[-1]))


Sizes = Annotated[np.ndarray, Rule("2 or more different numbers > 0", _sizes)]


@checked
def peak_power(sizes: Sizes, rates: Sequence, losses: Sequence, level: InsideUnit = 0.95) -> Slope:
    """The exponent p of best rate ~ size^p, a straight line through the logarithms of tuned peaks.

    sizes: (k,), > 0, such as widths or batch sizes. rates, losses: a grid and its losses for each, as in
    `peak`, all on the same seeds, so that each resample is one of all grids. The interval is the percentile
    bootstrap's over seeds, widened as that of `peak`. Raises ValueError as `peak` does, and for lists of
    other lengths.

    >>> tuned = [[2.0, 2.1], [1.0, 1.3], [1.5, 1.6]]
    >>> print(peak_power([1, 2], [[0.1, 0.2, 0.4], [0.2, 0.4, 0.8]], [tuned, tuned]))
    +1.0000 [+1.0000, +1.0000], n = 2
    """
    if not len(sizes) == len(rates) == len(losses):
        raise Refused(f"rates and losses must be one for each of {len(sizes)} sizes")
    x, n = np.log(sizes), np.shape(losses[0])[-1]
    grids = list(zip(rates, losses, strict=True))
    value = np.polyfit(x, np.log([peak(*grid).rate for grid in grids]), 1)[0]
    each = np.polyfit(x, np.log([resampled_peaks(*grid) for grid in grids]), 1)[0]
    low, high = np.quantile(each, tail_areas(n, level))
    return Slope(float(value), float(low), float(high), n, level)


Curves = Annotated[np.ndarray, finite("of shape (..., rates)", 3)]


@checked
def vertices(rates: Rates, curves: Curves) -> tuple[np.ndarray, np.ndarray]:
    """The lowest point of `peak` of each of many curves, within the grid: rates and losses, shape (...).

    rates: (R,), as in `peak`. curves: (..., R), such as one curve with its noise drawn anew many times.
    Raises ValueError for other shapes and for a loss that is not finite.

    >>> vertices([0.1, 0.2, 0.4], [[2.0, 1.0, 1.5], [1.0, 2.0, 3.0]])[0].round(3).tolist()
    [0.224, 0.1]
    """
    if curves.shape[-1] != len(rates):
        raise Refused(f"curves must have shape (..., {len(rates)}), got {curves.shape}")
    x = np.log(rates)
    vertex, lowest = _vertices(x, curves)
    return np.exp(np.clip(vertex, x[0], x[-1])), lowest


@checked
def largest_usable(rates: Rates, losses: Losses, bar: Number) -> np.ndarray:
    """How high the peak may be: for each seed the largest rate up to which its loss stays at or below `bar`.

    From the best grid point of a seed upwards, to where the straight line in log(rate) between the last loss
    at or below the bar and the first above it crosses the bar. rates, losses: as in `peak`. Returns (seeds,).
    A seed that stays below to the end has the last rate, so the answer is then a lower bound; one whose best
    loss is above the bar has nan. Raises ValueError as `peak` does.

    >>> largest_usable([0.1, 0.2, 0.4], [1.0, 1.5, 2.5], bar=2.0).round(3).tolist()
    [0.283]
    """
    x, y = _by_rate(rates, losses)

    def crossing(run: np.ndarray) -> float:
        best = run.argmin()
        above = np.flatnonzero(run[best:] > bar)
        if not len(above):
            return x[-1]
        around = slice(best + above[0] - 1, best + above[0] + 1)
        return np.interp(bar, run[around], x[around]) if above[0] else np.nan

    return np.exp([crossing(run) for run in y.T])


def _by_rate(rates: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of rates, and losses of shape (rates, seeds)."""
    if len(losses) != len(rates):
        raise Refused(f"losses must have shape ({len(rates)},) or ({len(rates)}, seeds), got {losses.shape}")
    return np.log(rates), losses.reshape(len(rates), -1)


def _vertices(x: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertex and lowest value of curves (..., R); at an edge -inf or inf, and the value there."""
    best = means.argmin(axis=-1)
    inside = (best > 0) & (best < len(x) - 1)
    three = np.clip(best, 1, len(x) - 2)[..., None] + np.arange(-1, 2)
    x0, x1, x2 = np.moveaxis(x[three], -1, 0)
    y0, y1, y2 = np.moveaxis(np.take_along_axis(means, three, -1), -1, 0)
    left, right = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
    curvature = np.where(inside, (right - left) / (x2 - x0), 1)
    vertex = (x0 + x1) / 2 - left / (2 * curvature)
    lowest = np.where(inside, y1 - curvature * (vertex - x1) ** 2, means.min(axis=-1))
    return np.where(inside, vertex, np.where(best == 0, -np.inf, np.inf)), lowest


def _resampled(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Vertices over resamples of the seeds, the same ones for every curve of as many seeds."""
    n = y.shape[1]
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES) / n
    return _vertices(x, weights @ y.T)[0]


def _interval(x: np.ndarray, y: np.ndarray, level: float) -> np.ndarray:
    vertices, n = _resampled(x, y), y.shape[1]
    tail, rest = tail_areas(n, level)
    low = np.quantile(vertices, tail, method="lower")
    high = np.quantile(vertices, rest, method="higher")
    return np.exp([low, high])


def tail_areas(n: int, level: float) -> tuple[float, float]:
    """Which quantiles of resamples of n seeds bound an interval: see `peak`."""
    tail = stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf((1 - level) / 2, n - 1))
    return tail, 1 - tail
