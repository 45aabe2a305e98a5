"""A picture that can be checked, and the panels, axes and legends that figures share."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator, NullFormatter
from PIL import Image
from scipy.stats import t as student

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
SEEDS_OF_A_BAND = 20  # with fewer, an interval can leave the range of all its runs: each is a line of its own
LINEAR_BELOW = 0.5  # powers of ten: an axis that spans less has evenly spaced ticks
TICKS = (1.05, (1, 2, 3, 4, 5, 6, 8)), (1.6, (1, 2, 3, 4, 6)), (2, (1, 2, 5))  # spans: digits that have one


like_everywhere = style.context("default")  # what is drawn so does not depend on settings of its user


class Picture:
    """A figure with alternative text; shows as PNG, and as text where pictures cannot be shown."""

    def __init__(self, figure: Figure, alt: str, across: bool = False):
        self.figure, self.alt, self.across = figure, alt, across

    @like_everywhere
    def png(self) -> bytes:
        """The picture at screen size, the same bytes every time."""
        canvas, buffer = FigureCanvasAgg(self.figure), io.BytesIO()
        canvas.draw()
        Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(buffer, "png", dpi=(100, 100))
        return buffer.getvalue()

    @like_everywhere
    def save(self, path) -> None:
        """Write the picture to `path`, in the format of its suffix: whole, or not at all."""
        path = Path(path)
        written(path, lambda part: self.figure.savefig(part, format=path.suffix[1:], dpi=100))

    def digest(self) -> str:
        """One line a panel: lines, points, mean and position-weighted mean of the sizes drawn.

        With eight digits, more than are compared. Sizes are heights, or where the picture goes
        `across`, places along the x axis.
        """
        return "\n".join(filter(None, (_digest(axes, self.across) for axes in self.figure.axes)))

    def __repr__(self) -> str:
        return f"Figure: {self.alt}\n{self.digest()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/png": self.png(), "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}


def curve(axes: Axes, x, y, look: dict, label: str = "") -> None:
    """A line in its look; where that has a marker, a few of them, at places of their own for each marker.

    y: (len(x),), or (len(x), runs), whose mean is drawn: below 20 runs over a thin line for each, from 20 on
    over Student's 95 % interval, none where a run blew up.
    """
    runs = np.reshape(np.asarray(y, dtype=np.float64), (len(x), -1))
    runs = np.where(np.abs(runs) > BLOWN_UP, np.inf, runs)
    mean, n = runs.mean(axis=1), runs.shape[1]
    if n >= SEEDS_OF_A_BAND:
        shown = np.where(np.isfinite(runs).all(axis=1, keepdims=True), runs, np.nan)
        half = student.ppf(0.975, n - 1) * shown.std(axis=1, ddof=1) / np.sqrt(n)
        axes.fill_between(x, mean - half, mean + half, color=look["color"], alpha=0.15, linewidth=0)
    elif n > 1:
        seeds = [np.column_stack([x, run]) for run in np.where(np.isfinite(runs), runs, np.nan).T]
        axes.add_collection(
            LineCollection(seeds, colors=look["color"], linewidths=0.6, alpha=0.35, zorder=1.5)
        )
    style = {**look, "markersize": 5, "markerfacecolor": "white", "markeredgewidth": 1.3}
    (line,) = axes.plot(x, mean, label=label, **style)
    every = max(1, round(len(x) / MARKED))
    line.set_markevery((every * MARKERS.find(look.get("marker", "o")) // len(MARKERS), every))


def told(named: Mapping[str, np.ndarray]) -> str:
    """How curves go, in words: their ends, and their extremes where they lie beyond these.

    >>> told({"a bump": [0, 0.5, 1, 0], "a constant": [0.2, 0.2]})
    'a bump from 0 to 0, up to 1; a constant at 0.2'
    """
    return "; ".join(f"{name} {_course(y)}" for name, y in named.items())


def _course(y) -> str:
    mean = np.mean(np.reshape(np.asarray(y, dtype=np.float64), (len(y), -1)), axis=1)
    if not len(y := mean[np.isfinite(mean)]):
        return "beyond all numbers"
    y = np.where(np.abs(y) < 1e-9 * np.abs(y).max(), 0, y)  # no digits of what is rounding alone
    first, last, low, high = (f"{value:.3g}" for value in (y[0], y[-1], y.min(), y.max()))
    beyond = [f", up to {high}"] * (high not in (first, last)) + [f", down to {low}"] * (
        low not in (first, last)
    )
    return f"at {first}" if low == high else f"from {first} to {last}" + "".join(beyond)


def panels(rows: int, columns: int = 1, height: float = 0, sharex: bool = False, **settings) -> tuple:
    """A figure, and its axes row after row; of `height` inches, with other settings of matplotlib."""
    with rc_context({**STYLE, **settings}):
        size = SIZE[0], height or (SIZE[1] if rows > 1 else 3.8)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(rows, columns, sharex=sharex, squeeze=False).ravel()
    return figure, tuple(axes)


def titled(figure: Figure, title: str) -> None:
    """The finding, above all panels."""
    figure.suptitle(fill(title, 74), x=0.01, ha="left", fontsize=11, fontweight="bold")


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
        axis.set_major_locator(_ticks(*axis.get_view_interval()))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _ticks(low: float, high: float) -> Locator:
    """Ticks of a logarithmic axis, close enough that an end loss can be read, and as many as have room."""
    decades = np.log10(high / low)
    if decades < LINEAR_BELOW:
        return MaxNLocator(6, steps=(1, 2, 5, 10))
    return LogLocator(subs=next((digits for most, digits in TICKS if decades < most), (1,)))


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
    return f"[{name}] {len(drawn)} lines, {len(points)} points: {points.mean():.8g} / {weighted:.8g}"
