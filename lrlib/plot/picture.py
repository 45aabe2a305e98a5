"""A picture that can be checked, and the panels, axes and legends that figures share."""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrlib import stats
from lrlib.data import written
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
BLOWN_UP = 1e150  # from here on squares are infinite
MARKED = 15  # markers on a curve

like_everywhere = style.context("default")  # what is drawn so does not depend on settings of its user


class Picture:
    """A figure with alternative text; shows as PNG, and as text where pictures cannot be shown."""

    def __init__(self, figure: Figure, alt: str, across: bool = False):
        self.figure, self.alt, self.across = figure, alt, across

    @like_everywhere
    def png(self) -> bytes:
        """The picture at screen size, the same bytes every time."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
        return buffer.getvalue()

    @like_everywhere
    def save(self, path) -> None:
        """Write the picture to `path`, in the format of its suffix: whole, or not at all."""
        path = Path(path)
        written(path, lambda part: self.figure.savefig(part, format=path.suffix[1:], dpi=100))

    def digest(self) -> str:
        """One line a panel: lines, points, mean and position-weighted mean of the sizes drawn.

        Sizes are heights, or where the picture goes `across`, places along the x axis.
        """
        return "\n".join(filter(None, (_digest(axes, self.across) for axes in self.figure.axes)))

    def __repr__(self) -> str:
        return f"Figure: {self.alt}\n{self.digest()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}


def curve(axes: Axes, x, y, look: dict, label: str = "") -> None:
    """A line in its look; where that has a marker, a few of them, at places of their own for each marker.

    y: (len(x),), or (len(x), runs), whose mean is drawn with its 95 % interval: none for one run, and none
    where a run blew up.
    """
    runs = np.reshape(np.asarray(y, dtype=np.float64), (len(x), -1))
    runs = np.where(np.abs(runs) > BLOWN_UP, np.inf, runs)
    finite = np.isfinite(runs).all(axis=1)
    if runs.shape[1] > 1 and finite.any():
        low, high = np.full((2, len(x)), np.nan)
        low[finite], high[finite] = stats.limits(runs[finite])
        axes.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    style = {**look, "markersize": 5, "markerfacecolor": "white", "markeredgewidth": 1.3}
    (line,) = axes.plot(x, runs.mean(axis=1), label=label, **style)
    every = max(1, round(len(x) / MARKED))
    line.set_markevery((every * MARKERS.find(look.get("marker", "o")) // len(MARKERS), every))


def panels(rows: int, sharex: bool = False) -> tuple[Figure, tuple[Axes, ...]]:
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE if rows > 1 else (SIZE[0], 3.8), layout="constrained")
        axes = figure.subplots(rows, 1, sharex=sharex, squeeze=False)[:, 0]
    return figure, tuple(axes)


def finished(figure: Figure, title: str, alt: str) -> Picture:
    """The picture, titled, with a legend below in fewer columns where these are wider than the figure."""
    figure.axes[0].set_title(fill(title, 74), loc="left", fontsize=11, fontweight="bold")
    handles, labels = figure.axes[-1].get_legend_handles_labels()
    most = 0 if len(labels) < 2 else 2 if max(map(len, labels)) > 24 else min(4, len(labels))
    for n in range(most, 0, -1):
        below = figure.legend(handles, labels, loc="outside lower left", ncols=n, frameon=False, fontsize=9)
        if n == 1 or below.get_window_extent().width <= 0.97 * figure.bbox.width:
            break
        below.remove()
    return Picture(figure, alt)


def axis(axes: Axes, which: str, log: bool, span: Range | None = None) -> None:
    """Logarithmic, with plain numbers instead of powers of ten, or not; over `span` and the usual margin."""
    if span is not None:
        low, high = np.log(span) if log else np.asarray(span, dtype=np.float64)
        ends = np.array([low, high]) + 0.05 * (high - low) * np.array([-1, 1])
        getattr(axes, f"set_{which}lim")(*(np.exp(ends) if log else ends))
    if log:
        getattr(axes, f"set_{which}scale")("log")
        axis = getattr(axes, f"{which}axis")
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _digest(axes: Axes, across: bool) -> str:
    drawn = axes.get_lines()
    points = np.abs(
        np.concatenate([[], *(line.get_xdata() if across else line.get_ydata() for line in drawn)])
    )
    points = points[np.isfinite(points)]
    if not len(points):
        return ""
    weighted = np.mean(points * np.arange(1, len(points) + 1)) / len(points)
    name = (axes.get_xlabel() if across else axes.get_ylabel()).split(" (")[0] or "panel"
    return f"[{name}] {len(drawn)} lines, {len(points)} points: {points.mean():.6g} / {weighted:.6g}"
