"""Panels: small ledgers side by side, planned rates dashed, used rates solid."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrlib import plot
from lrlib.course.museum.signs import curves, wrong
from lrlib.ledger import Ledger
from lrlib.rules import Count, Refused, check, saying

USED = {"color": plot.PURPLE, "linewidth": 2}
PLANNED = {"color": "#303030", "linewidth": 1.1, "linestyle": (0, (3, 2))}
NARROW, SMALL = 0.07, 0.04  # of the updates, of the planned peak: a gap of less is hard to see
AROUND = 3  # updates on each side of what is enlarged


@plot.like_everywhere
def panels(ledgers: Mapping[str, Ledger], title: str, alt: str, columns: int = 2) -> plot.Picture:
    """One panel a ledger, under its name; a cross marks where a run stopped before its plan did.

    A gap that is narrow or small is enlarged in an inset, where each update is a dot. A ledger with a label
    bears it. title: the finding. alt: what a reader who cannot see the picture should know. Raises ValueError
    for no ledgers, and for one that has no `signs`.
    """
    if not ledgers:
        raise Refused("ledgers must hold a ledger or more", "panels")
    with saying("panels"):
        columns = check("columns", Count, columns)
    rows = -(-len(ledgers) // columns)
    size = 10 if columns < 3 else 8.5
    with rc_context({**plot.STYLE, "font.size": size, "axes.titlesize": size}):
        figure = Figure(figsize=(plot.SIZE[0], rows * 1.75 + 0.8), layout="constrained")
        places = figure.subplots(rows, columns, squeeze=False)
        for axes, (name, ledger) in zip(places.flat, ledgers.items(), strict=False):
            _panel(axes, name, ledger)
        for axes in places.flat[len(ledgers) :]:
            axes.set_axis_off()
        for axes in places[:, 0]:
            axes.set_ylabel("rate")
        for axes in places.flat[: len(ledgers)][-columns:]:
            axes.set_xlabel("step")
        figure.suptitle(fill(title, 74), x=0.01, ha="left", fontsize=11, fontweight="bold")
        lines = [Line2D([], [], **USED), Line2D([], [], **PLANNED)]
        labels = ["rate used", "rate planned"]
        figure.legend(lines, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    return plot.Picture(figure, alt)


def _panel(axes, name: str, ledger: Ledger) -> None:
    _draw(axes, ledger)
    if len(ledger.used) < len(ledger.intended):
        axes.plot(ledger.steps[-1:], ledger.used[-1:], "X", color=plot.VERMILION, markersize=8)
    axes.margins(y=0.12)
    axes.set_title(name, loc="left", fontweight="bold")
    axes.set_title(ledger.label, loc="right", fontsize="small", style="italic")
    if (updates := _hard_to_see(ledger)) is not None:
        _enlarge(axes, ledger, updates)


def _draw(axes, ledger: Ledger, updates: slice = slice(None), **marks) -> None:
    used, plan = ledger.used_by_group[updates], ledger.intended[updates]
    axes.plot(ledger.steps[updates], used, **USED, **marks)
    axes.plot(np.arange(len(ledger.intended))[updates], plan, **PLANNED, **marks)


def _hard_to_see(ledger: Ledger) -> slice | None:
    """The updates around a gap that is narrow or small."""
    plan, used = curves(ledger)
    off = wrong(plan, used)
    gap = np.abs(used - plan[: len(used)])
    if not off.any() or (off.sum() > NARROW * len(used) and gap.max() > SMALL):
        return None
    middle = int(gap.argmax())
    return slice(max(0, middle - AROUND), middle + AROUND + 1)


def _enlarge(axes, ledger: Ledger, updates: slice) -> None:
    """An inset in the corner with the fewest points; where none is free, the panel grows upwards."""
    axes.autoscale_view()
    points = np.concatenate([line.get_xydata() for line in axes.get_lines()])
    width, height = 0.48, 0.44
    corners = [(x, y) for y in (0.98 - height, 0.06) for x in (0.99 - width, 0.02)]

    def covered(corner):
        where = axes.transLimits.transform(points) - corner
        return ((where > -0.04) & (where < (width + 0.04, height + 0.04))).all(axis=1).sum()

    best = min(corners, key=covered)
    if covered(best):
        low, high = axes.get_ylim()
        axes.set_ylim(low, low + (high - low) * 1.9)
        best = min(corners[:2], key=covered)
    inset = axes.inset_axes((*best, width, height))
    _draw(inset, ledger, updates, marker="o", markersize=3)
    inset.margins(0.15)
    inset.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    inset.grid(False)
    inset.spines[:].set(visible=True, color="#909090")
    axes.indicate_inset_zoom(inset, edgecolor="#909090", alpha=0.7)
