"""Panels: small ledgers side by side, planned rates dashed, used rates solid."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

from matplotlib import rc_context
from matplotlib.figure import Figure

from lrlib import plot
from lrlib.ledger import Ledger


def panels(ledgers: Mapping[str, Ledger], title: str, alt: str, columns: int = 2) -> plot.Picture:
    """One panel a ledger, under its name; a cross marks where a run stopped before its plan did.

    title: the finding. alt: what a reader who cannot see the picture should know.
    """
    rows = -(-len(ledgers) // columns)
    row, size = (1.75, 10) if columns < 4 else (1.2, 7)
    with rc_context({**plot.STYLE, "font.size": size, "axes.titlesize": size}):
        figure = Figure(figsize=(plot.SIZE[0], rows * row + 0.8), layout="constrained")
        places = figure.subplots(rows, columns, squeeze=False)
        for axes, (name, ledger) in zip(places.flat, ledgers.items(), strict=False):
            _panel(axes, name, ledger)
        for axes in places.flat[len(ledgers) :]:
            axes.set_axis_off()
        for axes in places[:, 0]:
            axes.set_ylabel("rate")
        for axes in places[-1]:
            axes.set_xlabel("step")
        figure.suptitle(fill(title, 74), x=0.01, ha="left", fontsize=11, fontweight="bold")
        lines = places.flat[0].get_lines()[:2]
        labels = ["rate used", "rate planned"]
        figure.legend(lines, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    return plot.Picture(figure, alt)


def _panel(axes, name: str, ledger: Ledger) -> None:
    axes.plot(ledger.steps, ledger.used, color=plot.PURPLE, linewidth=2)
    axes.plot(ledger.intended, color="#303030", linewidth=1.1, linestyle=(0, (3, 2)))
    if len(ledger.used) < len(ledger.intended):
        axes.plot(ledger.steps[-1:], ledger.used[-1:], "X", color=plot.VERMILION, markersize=8)
    axes.margins(y=0.12)
    axes.set_title(name, loc="left", fontweight="bold")
