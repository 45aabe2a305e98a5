"""The house figures: rate above, loss below, same x axis; one colour and line style per schedule everywhere.

Every function returns a `Picture`, which shows itself in a notebook and carries alternative text and a
short numeric digest of the lines that were drawn: checked text beside the compared pixels.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from itertools import pairwise
from textwrap import fill

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrlib import stats
from lrlib.ledger import Ledger
from lrlib.schedules import Product, Restarts, Scale, Schedule, Sequence, multistep, parse

Range = tuple[float, float]
SIZE = (7.2, 5.4)
BLACK, GREY, BLUE, SKY = "#000000", "#8a8a8a", "#0072B2", "#56B4E9"
GREEN, ORANGE, VERMILION, PURPLE = "#009E73", "#E69F00", "#D55E00", "#CC79A7"
COLOURS = {
    "constant": BLACK,
    "linear": BLUE,
    "polynomial": SKY,
    "cosine": VERMILION,
    "exponential": GREEN,
    "inverse_time": PURPLE,
    "inverse_sqrt": PURPLE,
    "step": ORANGE,
    "multistep": ORANGE,
    "restarts": SKY,
}
SOLID, DASHED, DOTTED, DASHDOT = "-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2))
LINES = (SOLID, DASHED, DASHDOT, DOTTED)
LEDGER = {"intended": {"color": GREY, "linestyle": DOTTED}, "used": {"color": PURPLE, "linestyle": SOLID}}
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
}


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


def style(schedule: Schedule) -> dict:
    """Colour and line style of a schedule: the colour says how it decays, the line what comes before.

    The colour is that of the last part that falls; what is held after it changes nothing.
    Solid: nothing before the decay; dashed: a warmup; dash-dotted: a constant stretch; dotted: both.
    """
    parts = _decay(_parts(schedule))
    rises = any(_rises(part) for part in parts[:-1])
    stays = any(part.name == "constant" for part in parts[:-1])
    line = {(False, False): SOLID, (True, False): DASHED, (False, True): DASHDOT, (True, True): DOTTED}
    return {"color": COLOURS.get(parts[-1].name, GREY), "linestyle": line[rises, stays]}


def house(
    runs: Mapping[str, Ledger | Iterable[Ledger]],
    title: str,
    alt: str,
    log_rate: bool = False,
    log_loss: bool = True,
    unit: str = "nats",
    loss: str = "",
    rate_range: Range | None = None,
    loss_range: Range | None = None,
) -> Picture:
    """Rate above, loss below, same x axis.

    runs: name -> a ledger, or ledgers of the same setting with different seeds. A name that is a schedule
    text, with T for the number of steps, takes that schedule's colour. Above: the used rate as a line, the
    intended one dotted on top of it. Below: held-out loss, mean over seeds with a 95 % interval; training
    loss where nothing was held out.
    loss: what to call the loss, if neither "held-out loss" nor "batch loss" is true.
    title: the finding. alt: what a reader who cannot see the picture should know.
    rate_range, loss_range: (low, high), what the axes span whatever is drawn, so that pictures of an explorer
    can be compared.
    """
    groups = {name: [found] if isinstance(found, Ledger) else list(found) for name, found in runs.items()}
    figure, (above, below) = _panels(2, sharex=True)
    for (name, group), look in zip(groups.items(), _looks(groups), strict=True):
        first = group[0]
        above.plot(first.steps, first.used, **look)
        if first.intended is not None:
            above.plot(first.steps, first.intended, color="#303030", linewidth=0.8, dashes=(2, 5))
        x, losses = _losses(group)
        mean = losses.mean(axis=0)
        below.plot(x, mean, label=name, **look)
        _band(below, x, losses, look["color"])
    above.set(ylabel="rate (dots: intended)")
    held_out = all(len(group[0].heldout_steps) for group in groups.values())
    loss = loss or ("held-out loss" if held_out else "batch loss")
    below.set(xlabel="step (optimizer updates)", ylabel=f"{loss} ({unit})")
    _axis(above, "y", log_rate, rate_range)
    _axis(below, "y", log_loss, loss_range)
    return _finished(figure, title, alt)


def schedules(
    named: Mapping[str, Schedule] | Iterable[Schedule],
    total_steps: int,
    title: str,
    alt: str,
    base_lr: float = 1.0,
    log_rate: bool = False,
    y_range: Range | None = None,
) -> Picture:
    """The rates of schedules at steps 0 .. total_steps-1, without any training.

    y_range: (low, high), what the axis spans whatever is drawn.
    """
    named = named if isinstance(named, Mapping) else {str(s): s for s in named}
    figure, (axes,) = _panels(1)
    t = np.arange(total_steps)
    for (name, schedule), look in zip(named.items(), _looks(named), strict=True):
        axes.plot(t, base_lr * schedule(t), label=name, **look)
    axes.set(xlabel="step (optimizer updates)", ylabel="rate" if base_lr != 1 else "rate / base_lr")
    _axis(axes, "y", log_rate, y_range)
    return _finished(figure, title, alt)


def gallery(
    named: Mapping[str, Schedule], total_steps: int, title: str, alt: str, columns: int = 4
) -> Picture:
    """A small picture for each schedule, named above it: its multipliers at steps 0 .. total_steps-1."""
    rows = -(-len(named) // columns)
    with rc_context({**STYLE, "font.size": 7, "xtick.major.size": 2, "ytick.major.size": 2}):
        figure = Figure(figsize=(SIZE[0], 0.35 + 1.4 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
    t = np.arange(total_steps)
    for axes, (name, schedule) in zip(panels, named.items(), strict=False):
        axes.plot(t, schedule(t), color=style(schedule)["color"], linewidth=1.5)
        axes.set_title(fill(name, 22), fontsize=8)
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    for axes in panels[len(named) :]:
        axes.set_axis_off()
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return Picture(figure, alt)


def sensitivity(
    base_lrs,
    losses: Mapping[str, np.ndarray],
    title: str,
    alt: str,
    chosen=(),
    unit: str = "nats",
    loss: str = "last held-out loss",
    y_range: Range | None = None,
) -> Picture:
    """Loss against peak rate, one line a schedule, with a 95 % interval over seeds.

    base_lrs: (R,). losses: name -> (R, N), rates by seeds. chosen: for each name, the index of its tuned
    peak, drawn as a dot. y_range: (low, high), what the loss axis spans whatever is drawn.
    """
    figure, (axes,) = _panels(1)
    for i, ((name, values), look) in enumerate(zip(losses.items(), _looks(losses), strict=True)):
        mean = values.mean(axis=1)
        axes.plot(base_lrs, mean, label=name, **look)
        _band(axes, base_lrs, values.T, look["color"])
        if len(chosen) > i:
            axes.plot([base_lrs[chosen[i]]], [mean[chosen[i]]], "o", color=look["color"], markersize=6)
    axes.set(xlabel="peak rate, base_lr (log scale)", ylabel=f"{loss} ({unit})")
    _axis(axes, "x", True)
    _axis(axes, "y", True, y_range)
    return _finished(figure, title, alt)


def lines(
    x,
    named: Mapping[str, np.ndarray],
    title: str,
    alt: str,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
    marks: Mapping[str, float] | None = None,
    x_range: Range | None = None,
    y_range: Range | None = None,
) -> Picture:
    """Any curves over one x axis; a name that is a schedule text takes that schedule's colour.

    named: name -> values, (len(x),), or (len(x), seeds), drawn as their mean with a 95 % interval.
    marks: name -> x of a vertical line. x_range, y_range: (low, high), what the axes span whatever is drawn.
    """
    figure, (axes,) = _panels(1)
    for (name, y), look in zip(named.items(), _looks(named), strict=True):
        if np.ndim(y) == 2:
            _band(axes, x, np.transpose(y), look["color"])
            y = np.mean(y, axis=1)
        axes.plot(x, y, label=name, **look)
    for name, at in (marks or {}).items():
        axes.axvline(at, color=GREY, linewidth=1, linestyle=DOTTED, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    _axis(axes, "x", log_x, x_range)
    _axis(axes, "y", log_y, y_range)
    return _finished(figure, title, alt)


def _band(axes: Axes, x, runs: np.ndarray, colour: str) -> None:
    """The 95 % interval for the mean over runs, shape (runs, len(x)); nothing for a single run."""
    if len(runs) > 1:
        low, high = np.array([stats.interval(column)[:2] for column in runs.T]).T
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def _panels(rows: int, sharex: bool = False) -> tuple[Figure, tuple[Axes, ...]]:
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE if rows > 1 else (SIZE[0], 3.8), layout="constrained")
        axes = figure.subplots(rows, 1, sharex=sharex, squeeze=False)[:, 0]
    return figure, tuple(axes)


def _finished(figure: Figure, title: str, alt: str) -> Picture:
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


def _axis(axes: Axes, which: str, log: bool, span: Range | None = None) -> None:
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


def _looks(named: Mapping[str, object]) -> list[dict]:
    """A look for each name: its schedule's, else the next of a palette. "intended" and "used" have their own.

    Its schedule is the name itself, where it is a text, or the value: a schedule, or a ledger whose label no
    other ledger here has. Two schedules of one kind keep the colour and differ in the line.
    """
    labels = [_label(value) for value in named.values()]
    taken: list[dict] = []
    for i, (name, label) in enumerate(zip(named, labels, strict=True)):
        texts = (name, label) if labels.count(label) == 1 else (name,)
        look = LEDGER.get(name) or next(filter(None, map(_look, texts)), None)
        look = look or {"color": PALETTE[i % len(PALETTE)], "linestyle": LINES[i % len(LINES)]}
        for line in (look["linestyle"], *LINES):
            if {**look, "linestyle": line} not in taken:
                look = {**look, "linestyle": line}
                break
        taken.append(look)
    return taken


def _label(value: object) -> str:
    if isinstance(value, Schedule):
        return str(value)
    ledger = value[0] if isinstance(value, list | tuple) and value else value
    return ledger.label if isinstance(ledger, Ledger) else ""


def _look(text: str) -> dict | None:
    try:
        return style(parse(text, T=1000))
    except ValueError:
        return None


def _parts(schedule: Schedule) -> list[Schedule]:
    if isinstance(schedule, Sequence):
        return [leaf for part in schedule.parts for leaf in _parts(part)]
    if isinstance(schedule, Product):
        return _parts(next((f for f in schedule.factors if not isinstance(f, Scale)), schedule.factors[0]))
    inner = hasattr(schedule, "body") and not isinstance(schedule, Restarts)
    return _parts(schedule.body) if inner else [schedule]


def _decay(parts: list[Schedule]) -> list[Schedule]:
    """The parts without those held after the decay; constants that go down are read as stairs."""
    falls = [i for i, part in enumerate(parts) if part.name != "constant" and not _rises(part)]
    if falls:
        return parts[: falls[-1] + 1]
    levels = [part.value for part in parts if part.name == "constant"]
    stairs = any(later < earlier for earlier, later in pairwise(levels))
    return [multistep((1,))] if stairs else parts


def _rises(part: Schedule) -> bool:
    return not isinstance(part, Restarts) and getattr(part, "end", 0) > getattr(part, "start", 0)


def _losses(group: list[Ledger]) -> tuple[np.ndarray, np.ndarray]:
    if len(group[0].heldout_steps):
        return group[0].heldout_steps, np.array([run.heldout_loss for run in group])
    return group[0].steps, np.array([run.train_loss for run in group])


def _digest(axes: Axes) -> str:
    drawn = [np.abs(np.asarray(line.get_ydata(), dtype=np.float64)) for line in axes.get_lines()]
    drawn = [y[np.isfinite(y)] for y in drawn]
    points = np.concatenate(drawn) if drawn else np.empty(0)
    if not len(points):
        return ""
    weighted = np.mean(points * np.arange(1, len(points) + 1)) / len(points)
    name = axes.get_ylabel().split(" (")[0] or "panel"
    return f"[{name}] {len(drawn)} lines, {len(points)} points: {points.mean():.6g} / {weighted:.6g}"
