"""A loss surface: peak rates across, settings down, a loss in each cell, and where the good region lies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib import patheffects
from matplotlib.colors import PowerNorm

from lrlib.plot.picture import Picture, like_everywhere, panels, titled
from lrlib.rules import Refused

MAP = "cividis_r"  # one hue from light to dark for all kinds of colour vision, and in grey
MOST_DECIMALS = 4
LARGEST, WIDTH = 10.5, 700.0  # points of the digits, at most and so that as many columns have room
LINE, LIGHT, DARK = "#D55E00", "#ffffff", "#101010"
AT = 0.33  # where in its row a region is drawn, below the digits


@like_everywhere
def surface(rates, losses: Mapping[str, np.ndarray], title: str, alt: str = "", *, ylabel: str = "",
            peaks: Mapping[str, float] | None = None, good: Mapping[str, tuple[float, float]] | None = None,
            failed: Mapping[str, np.ndarray] | None = None, cost: float = 0.0,
            unit: str = "nats", loss: str = "last held-out loss") -> Picture:  # fmt: skip
    """Mean losses over peak rates, a row a setting, darker where higher: a table in colours.

    rates: (R,), increasing. losses: name -> (R,), finite; rows from top to bottom.
    peaks: name -> the best rate, a diamond, between columns where it lies between rates. good: name -> (low,
    high), a line below the digits. failed: name -> (R,), how many runs diverged in a cell, which is marked
    with a cross. cost: the smallest difference that matters, from which the number of decimals follows.
    alt: by default the lowest loss of each row, and where its good region lies.
    Raises ValueError for a row of another length.

    >>> rows = {"none": [2.0, 1.0, 1.5], "10 steps": [2.0, 0.9, 1.0]}
    >>> surface([0.1, 0.2, 0.4], rows, "Ten help", ylabel="warm-up", peaks={"none": 0.2}, cost=0.1)
    Figure: last held-out loss (nats), lowest by warm-up: none 1.00 at 0.2; 10 steps 0.90 at 0.2.
    [peak rate, base_lr] 1 lines, 1 points: 1 / 1
    """
    table, rates = np.array([*losses.values()], dtype=np.float64), np.asarray(rates, dtype=np.float64)
    if table.shape != (len(losses), len(rates)):
        raise Refused(f"losses must be {len(rates)} for each row, got shape {table.shape}", "surface")
    peaks, good, failed = peaks or {}, good or {}, failed or {}
    digits = _decimals((cost or np.ptp(table) / 10) / 3)
    size = min(LARGEST, WIDTH / (len(rates) * (digits + 3)))
    figure, (axes,) = panels(1, height=1.35 + 0.62 * len(table), **{"axes.grid": False})
    span = max(table.max() - table.min(), 1e-12)
    norm = PowerNorm(0.5, table.min(), table.min() + span)
    axes.imshow(table, cmap=MAP, norm=norm, aspect="auto", interpolation="nearest")
    for y, (name, row) in enumerate(losses.items()):
        for x, value in enumerate(row):
            dark = norm(value) > 0.45
            cross = "×" if np.size(failed.get(name, ())) and failed[name][x] else ""
            axes.text(x, y - 0.08, f"{value:.{digits}f}{cross}", ha="center", va="center", fontsize=size,
                      color=LIGHT if dark else DARK)  # fmt: skip
        _region(axes, rates, y, good.get(name), peaks.get(name))
    axes.set_xticks(range(len(rates)), [f"{rate:.2g}" for rate in rates])
    axes.set_yticks(range(len(losses)), [fill(name, 16) for name in losses])
    axes.set(xlabel="peak rate, base_lr", ylabel=ylabel)
    titled(figure, title)
    return Picture(figure, alt or _told(rates, losses, ylabel, good, digits, f"{loss} ({unit})"), across=True)


def _region(axes, rates: np.ndarray, y: int, good: tuple[float, float] | None, peak: float | None) -> None:
    """The good rates of a row as a line, the best one as a diamond on it."""
    edge = [patheffects.Stroke(linewidth=4.6, foreground=LIGHT), patheffects.Normal()]
    if good is not None:
        ends = _places(np.array(good), rates)
        axes.plot(ends, [y + AT] * 2, "-", color=LINE, linewidth=2.6, path_effects=edge)
    if peak is not None:
        at = _places(np.array([peak]), rates)
        axes.plot(at, [y + AT], "D", color=LINE, markeredgecolor=LIGHT, markersize=7)


def _places(values: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Columns of rates, between those of the grid by their logarithms."""
    return np.interp(np.log(values), np.log(rates), np.arange(len(rates)))


def _decimals(step: float) -> int:
    """As many as a difference of that size needs to be seen."""
    return min(max(math.ceil(-math.log10(step)), 0), MOST_DECIMALS) if step > 0 else 2


def _told(rates, losses, ylabel: str, good, digits: int, unit: str) -> str:
    rows = []
    for name, row in losses.items():
        best = int(np.argmin(row))
        said = f"{name} {row[best]:.{digits}f} at {rates[best]:.2g}"
        if name in good:
            said += f", good from {good[name][0]:.2g} to {good[name][1]:.2g}"
        rows.append(said)
    return f"{unit}, lowest by {ylabel or 'row'}: {'; '.join(rows)}."
