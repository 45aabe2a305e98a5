"""A picture that can be checked, and the panels, axes and legends that figures share."""

from __future__ import annotations

import io
from textwrap import fill

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrlib import stats
from lrlib.plot.colours import MARKERS

Range = tuple[float, float]
SIZE = (7.2, 5.4)
STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
}
MARKED = 15  # markers on a curve


class Picture:
    """A figure with alternative text; shows as PNG, and as text where pictures cannot be shown."""

    def __init__(self, figure: Figure, alt: str):
        self.figure, self.alt = figure, alt

    def png(self) -> bytes:
        """The picture at screen size, the same bytes every time."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
        return buffer.getvalue()

    def save(self, path) -> None:
        """Write the picture to `path`, in the format of its suffix."""
        self.figure.savefig(path, dpi=100)

    def digest(self) -> str:
        """One line a panel: lines, points, mean and position-weighted mean of the sizes drawn."""
        return "\n".join(filter(None, (_digest(axes) for axes in self.figure.axes)))

    def __repr__(self) -> str:
        return f"Figure: {self.alt}\n{self.digest()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}


def curve(axes: Axes, x, y, look: dict, label: str = "") -> None:
    """A line in its look; where that has a marker, a few of them, at places of their own for each marker."""
    (line,) = axes.plot(x, y, label=label, **look, markersize=5, markerfacecolor="white", markeredgewidth=1.3)
    every = max(1, round(len(x) / MARKED))
    line.set_markevery((every * MARKERS.find(look.get("marker", "o")) // len(MARKERS), every))


def band(axes: Axes, x, runs: np.ndarray, colour: str) -> None:
    """The 95 % interval for the mean over runs, shape (runs, len(x)); none for one, or where one blew up."""
    finite = np.isfinite(runs).all(axis=0)
    if len(runs) > 1 and finite.any():
        low, high = np.full((2, len(finite)), np.nan)
        low[finite], high[finite] = stats.limits(runs[:, finite].T)
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def panels(rows: int, sharex: bool = False) -> tuple[Figure, tuple[Axes, ...]]:
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE if rows > 1 else (SIZE[0], 3.8), layout="constrained")
        axes = figure.subplots(rows, 1, sharex=sharex, squeeze=False)[:, 0]
    return figure, tuple(axes)


def finished(figure: Figure, title: str, alt: str) -> Picture:
    figure.axes[0].set_title(fill(title, 74), loc="left", fontsize=11, fontweight="bold")
    handles, labels = figure.axes[-1].get_legend_handles_labels()
    if len(labels) > 1:
        _legend(figure, handles, labels, 2 if max(map(len, labels)) > 24 else min(4, len(labels)))
    return Picture(figure, alt)


def _legend(figure: Figure, handles, labels, columns: int) -> None:
    """A legend below, in fewer columns where these are wider than the figure."""
    for n in range(columns, 0, -1):
        below = figure.legend(handles, labels, loc="outside lower left", ncols=n, frameon=False, fontsize=9)
        if n == 1 or below.get_window_extent().width <= 0.97 * figure.bbox.width:
            return
        below.remove()


def axis(axes: Axes, which: str, log: bool, span: Range | None = None) -> None:
    """Logarithmic or not; over `span` and the usual margin, or over what is drawn."""
    if span is not None:
        low, high = np.log(span) if log else np.asarray(span, dtype=np.float64)
        ends = np.array([low, high]) + 0.05 * (high - low) * np.array([-1, 1])
        getattr(axes, f"set_{which}lim")(*(np.exp(ends) if log else ends))
    if log:
        _logarithmic(axes, which)


def _logarithmic(axes: Axes, which: str) -> None:
    """Logarithmic, with plain numbers on the axis instead of powers of ten."""
    getattr(axes, f"set_{which}scale")("log")
    axis = getattr(axes, f"{which}axis")
    low, high = axis.get_view_interval()
    narrow = np.log10(high / low) < 2
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _digest(axes: Axes) -> str:
    drawn = [np.abs(np.asarray(line.get_ydata(), dtype=np.float64)) for line in axes.get_lines()]
    drawn = [y[np.isfinite(y)] for y in drawn]
    points = np.concatenate(drawn) if drawn else np.empty(0)
    if not len(points):
        return ""
    weighted = np.mean(points * np.arange(1, len(points) + 1)) / len(points)
    name = axes.get_ylabel().split(" (")[0] or "panel"
    return f"[{name}] {len(drawn)} lines, {len(points)} points: {points.mean():.6g} / {weighted:.6g}"
