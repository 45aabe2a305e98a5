"""Panels: small ledgers side by side, planned rates dashed, used rates solid."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lrlib import plot
from lrlib.course.museum.signs import curves, signs, wrong
from lrlib.ledger import Ledger
from lrlib.rules import Count, Refused, check, saying

USED = {"color": plot.PURPLE, "linewidth": 2}
PLANNED = {"color": "#303030", "linewidth": 1.1, "linestyle": (0, (3, 2))}
NARROW, SMALL = 0.07, 0.04  # of the updates, of the planned peak: a gap of less is hard to see
AROUND = 3  # updates on each side of what is enlarged


@plot.like_everywhere
def panels(ledgers: Mapping[str, Ledger], title: str, alt: str = "", columns: int = 2) -> plot.Picture:
    """One panel a ledger, under its name; a cross marks where a run stopped before its plan did.

    Beside a gap that is narrow or small the shaded updates are drawn again, larger, each a dot. A ledger with
    a label bears it. title: the finding. alt: what a reader who cannot see it should know, by default
    the signs of each. Raises ValueError for no ledgers, and for one that has no `signs`.
    """
    if not ledgers:
        raise Refused("ledgers must hold a ledger or more", "panels")
    with saying("panels"):
        columns = check("columns", Count, columns)
    rows = -(-len(ledgers) // columns)
    size = 10 if columns < 3 else 8.5
    with rc_context({**plot.STYLE, "font.size": size, "axes.titlesize": size}):
        figure = Figure(figsize=(plot.SIZE[0], rows * 1.75 + 0.8), layout="constrained")
        places = figure.add_gridspec(rows, columns)
        for i, (name, ledger) in enumerate(ledgers.items()):
            first = _panel(figure, places[i], name, ledger)
            first.set_ylabel("" if i % columns else "rate")
            below = ["step"] * (i >= len(ledgers) - columns) + [ledger.label] * bool(ledger.label)
            first.set_xlabel("; ".join(below))
        figure.suptitle(fill(title, 74), x=0.01, ha="left", fontsize=11, fontweight="bold")
        lines = [Line2D([], [], **USED), Line2D([], [], **PLANNED)]
        labels = ["rate used", "rate planned"]
        figure.legend(lines, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    told = (f"{name}: {'; '.join(signs(ledger)) or 'no gap'}." for name, ledger in ledgers.items())
    return plot.Picture(figure, alt or "\n".join(told))


def _panel(figure: Figure, place, name: str, ledger: Ledger):
    """Draw a ledger, and beside it what is hard to see; return the axes that show it whole."""
    near = _hard_to_see(ledger)
    parts = place.subgridspec(1, 1 if near is None else 2)
    axes = figure.add_subplot(parts[0])
    _draw(axes, ledger)
    if len(ledger.used) < len(ledger.intended):
        axes.plot(ledger.steps[-1:], ledger.used[-1:], "X", color=plot.VERMILION, markersize=8)
    axes.set_title(name, loc="left", fontweight="bold")
    if near is not None:
        axes.axvspan(near.start, near.stop - 1, color="#e0e0e0", zorder=0)
        larger = figure.add_subplot(parts[1], facecolor="#f2f2f2")
        _draw(larger, ledger, near, marker="o", markersize=3.5)
    return axes


def _draw(axes, ledger: Ledger, updates: slice = slice(None), **marks) -> None:
    used, plan = ledger.used_by_group[updates], ledger.intended[updates]
    axes.plot(ledger.steps[updates], used, **USED, **marks)
    axes.plot(np.arange(len(ledger.intended))[updates], plan, **PLANNED, **marks)
    axes.margins(y=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _hard_to_see(ledger: Ledger) -> slice | None:
    """The updates around a gap that is narrow or small."""
    plan, used = curves(ledger)
    off = wrong(plan, used)
    gap = np.abs(used - plan[: len(used)])
    if not off.any() or (off.sum() > NARROW * len(used) and gap.max() > SMALL):
        return None
    middle = int(gap.argmax())
    return slice(max(0, middle - AROUND), middle + AROUND + 1)
