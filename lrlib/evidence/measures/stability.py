"""Warm-ups that need no tuning beside RAdam, the rates that they allow, and best rates across widths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrlib import stats, train
from lrlib.evidence import sweeps
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured

ARMS = "no warm-up", "untuned linear", "untuned exponential", "rectifier alone"
WIDTHS = 16, 32, 64, 128
KEPT = 0.9  # of the best gain, at a usable rate


def adam() -> sweeps.Stored:
    """Adam without a warm-up, with three of them, labelled as `ARMS`."""
    return sweeps.load("untuned/adam", labels=ARMS)


def ends() -> stats.Losses:
    """Last held-out losses of `ARMS` and of RAdam at tuned peaks, paired by seed, and the errors of these."""
    losses = [adam().judged.losses(), sweeps.load("untuned/radam", labels=["RAdam"]).judged.losses()]
    each = {label: run for part in losses for label, run in part.items()}
    return stats.Losses(each, {label: some for part in losses for label, some in part.excess.items()})


def beyond(name: str, reference: str) -> Measured:
    """How far one of `ends` lies above another, in per cent, the errors of both peaks included."""
    losses = ends()
    found = stats.compare(losses[name], losses[reference], also=losses.peak_error(name, reference))
    return Measured.of(found, 100 / losses[reference].mean())


def usable(grid: train.Sweep, label: str) -> np.ndarray:
    """Largest rate of each seed that keeps `KEPT` of the best gain, as a power of 2: (seeds,)."""
    bar = grid.guess - KEPT * (grid.guess - grid.result[0].mean(axis=1).min())
    return np.log2(stats.largest_usable(grid.base_lrs, grid.result[grid.labels.index(label)], bar))


def sensitivity(grid: train.Sweep, label: str) -> np.ndarray:
    """Mean over the rates of min(last loss, guess), less a seed's lowest, (seeds,): Wortsman et al. 2023."""
    losses = np.fmin(grid.result[grid.labels.index(label)], grid.guess)
    return losses.mean(axis=0) - losses.min(axis=0)


def between(quantity: Callable[[train.Sweep, str], np.ndarray], compared: Callable) -> Measured:
    """A quantity of the grid with the untuned linear warm-up against that without one."""
    grid = adam().grid
    return Measured.of(compared(quantity(grid, "untuned linear"), quantity(grid, "no warm-up")))


@measures("untuned-linear-as-radam")
def linear_as_radam() -> Measured:
    return beyond("untuned linear", "RAdam")


@measures("untuned-exponential-as-radam")
def exponential_as_radam() -> Measured:
    return beyond("untuned exponential", "RAdam")


@measures("radam-surpasses-adam")
def radam_over_adam() -> Measured:
    return beyond("RAdam", "no warm-up")


@measures("warm-up-gains-at-the-best-rate")
def gain() -> Measured:
    return beyond("untuned linear", "no warm-up")


@measures("warm-up-allows-larger-rates")
def larger() -> Measured:
    return between(usable, stats.compare)


@measures("warm-up-lowers-sensitivity")
def less_sensitive() -> Measured:
    return between(sensitivity, stats.ratio)


def at_width(scaling: str, width: int) -> train.Sweep:
    """The grid of a width in scaling "standard" or "muP"; at the base width of 64 both are one."""
    return sweeps.load(f"transfer/{'standard' if width == 64 else scaling}-{width}", labels=["cosine"]).grid


def peaks(scaling: str) -> dict[int, stats.Peak]:
    """The interpolated best rate of each width."""
    grids = {width: at_width(scaling, width) for width in WIDTHS}
    return {width: stats.peak(grid.base_lrs, grid.result[0]) for width, grid in grids.items()}


def power(scaling: str, widths: tuple[int, ...] = WIDTHS) -> Measured:
    """p of best rate ~ width^p, over tuning seeds."""
    grids = [at_width(scaling, width) for width in widths]
    found = stats.peak_power(widths, [g.base_lrs for g in grids], [g.result[0] for g in grids])
    each = {width: peak for width, peak in peaks(scaling).items() if width in widths}
    parts = {f"width {width}": (peak.rate, peak.low, peak.high) for width, peak in each.items()}
    return Measured.of(found, parts=parts)


@measures("standard-peaks-fall-with-width")
def standard_power() -> Measured:
    return power("standard")


@measures("mup-peak-stays")
def mup_power() -> Measured:
    return power("muP")
