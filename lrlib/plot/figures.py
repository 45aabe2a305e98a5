"""The figures. Results are taken as they come; colours follow the schedules that they were made with.

A sweep is whatever has `labels`, `schedules`, `base_lrs`, `result` (S, R, N) and `ledgers()`, as those of
`train.sweep` and `train.judge`; tuned peaks are whatever has a `sweep` and `peaks`, as those of `train.tune`.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
from matplotlib.ticker import MaxNLocator

from lrlib import stats
from lrlib.ledger import Ledger
from lrlib.plot.colours import DOTTED, GREY, PURPLE, SKY, looks, style
from lrlib.plot.picture import Picture, Range, axis, curve, finished, like_everywhere, panels, titled, told
from lrlib.rules import Refused
from lrlib.schedules import Schedule, parse

STEP = "step (optimizer updates)"
COLUMNS = 4  # of a gallery


@like_everywhere
def house(runs, title: str = "", alt: str = "", *, reference: str | None = None, log_rate: bool = False,
          unit: str = "nats", loss: str = "", loss_range: Range | None = None) -> Picture:  # fmt: skip
    """Rate above, loss below, same x axis.

    runs: a sweep at one rate; or name -> a ledger, or ledgers of the same setting with different seeds; or a
    ledger or recorder, or a list of them, named by their labels, those of one label together.
    Each takes the colour and line of its ledger's schedule; see `looks`. Above: the used rate of the first
    parameter group as a line, the intended one dotted on top of it. Below: held-out loss, a thin line a seed
    and their mean, from 20 seeds on with its 95 % interval; training loss where nothing was held out.
    loss: what to call the loss, if neither "held-out loss" nor "batch loss" is true.
    title: the finding; by default the headline of the verdicts against `reference`, which what was judged
    has. alt: what a reader who cannot see the picture should know; by default rates and last losses.
    loss_range: (low, high), what the axis spans whatever is drawn, so that pictures of an explorer can be
    compared.
    Raises ValueError where there are no runs, where there is neither title nor reference, and for tuned peaks
    and a sweep at several rates.

    >>> from lrlib.ledger import Ledger
    >>> from lrlib.schedules import linear
    >>> rates = 0.5 * linear(1, 0, 4).values(4)
    >>> run = Ledger(schedule=linear(1, 0, 4), used_by_group=rates[:, None], train_loss=[2, 1, 0.5, 0.25])
    >>> house({"a line": run}, title="The loss halves")
    Figure: Above, rate: a line from 0.5 to 0.125. Below, batch loss (nats): a line from 2 to 0.25.
    [rate] 1 lines, 4 points: 0.3125 / 0.15625
    [batch loss] 1 lines, 4 points: 0.9375 / 0.40625
    """
    groups, verdicts = _groups(runs), "" if title and alt else _headline(runs, reference)
    if not (title := title or verdicts):
        raise Refused("title must be given where no reference= says what is compared", "house")
    figure, (above, below) = panels(2, sharex=True)
    total_steps = max(len(group[0].steps) for group in groups.values())
    for (name, group), look in zip(groups.items(), looks(groups, total_steps), strict=True):
        first = group[0]
        curve(above, first.steps, first.used, look)
        if first.intended is not None:
            intended = np.reshape(first.intended, (len(first.steps), -1))[:, 0]
            above.plot(first.steps, intended, color="#303030", linewidth=0.8, dashes=(2, 5))
        curve(below, *_losses(group), look, name)
    above.set(ylabel="rate (dots: intended)")
    held_out = all(len(group[0].heldout_steps) for group in groups.values())
    loss = f"{loss or ('held-out loss' if held_out else 'batch loss')} ({unit})"
    below.set(xlabel=STEP, ylabel=loss)
    axis(above, "y", log_rate)
    axis(below, "y", True, loss_range)
    rates = told({name: group[0].used for name, group in groups.items()})
    losses = told({name: _losses(group)[1] for name, group in groups.items()})
    alt = alt or f"Above, rate: {rates}. Below, {loss}: {losses}. {verdicts and f'{verdicts}.'}".rstrip()
    return finished(figure, title, alt)


def schedules(named, total_steps: int, title: str, alt: str = "", *, base_lr: float = 1.0,
              log_rate: bool = False, y_range: Range | None = None) -> Picture:  # fmt: skip
    """The rates of schedules at steps 0 .. total_steps-1, without any training.

    named: name -> schedule, or text, in which T is `total_steps`; a list of them, or one, which are named by
    their texts; or a sweep, or tuned peaks.
    y_range: (low, high), what the axis spans whatever is drawn. alt: by default how each rate goes.

    >>> from lrlib.schedules import cosine, linear
    >>> schedules([linear(1, 0, 4), cosine(1, 0, 4)], 4, "Two ways down", "A line and half a wave.")
    Figure: A line and half a wave.
    [rate / base_lr] 2 lines, 8 points: 0.625 / 0.30926396
    """
    named, t = _named(named, total_steps), np.arange(total_steps)
    rates = {name: base_lr * schedule(t) for name, schedule in named.items()}
    ylabel = "rate" if base_lr != 1 else "rate / base_lr"
    drawn = {"like": named, "total_steps": total_steps, "log_y": log_rate, "y_range": y_range}
    return lines(t, rates, title, alt, STEP, ylabel, **drawn)


@like_everywhere
def gallery(named, total_steps: int, title: str, alt: str = "") -> Picture:
    """A small picture for each schedule, named above it: its multipliers at steps 0 .. total_steps-1.

    named: as for `schedules`. alt: by default how each goes.
    """
    if not (named := _named(named, total_steps)):
        raise Refused("named must hold a schedule or more", "gallery")
    rows = -(-len(named) // COLUMNS)
    small = {"font.size": 8, "xtick.major.size": 2, "ytick.major.size": 2}
    figure, frames = panels(rows, COLUMNS, 0.35 + 1.4 * rows, **small)
    t = np.arange(total_steps)
    for axes, (name, schedule) in zip(frames, named.items(), strict=False):
        axes.plot(t, schedule(t), linewidth=1.5, **style(schedule, total_steps))
        axes.set_title(fill(name, 22), fontsize=8)
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    for axes in frames[len(named) :]:
        axes.set_axis_off()
    titled(figure, title)
    return Picture(figure, alt or f"Small pictures: {told({name: s(t) for name, s in named.items()})}.")


def sensitivity(results, losses: Mapping[str, np.ndarray] | None = None, *, title: str = "", alt: str = "",
                chosen=None, like=None, unit: str = "nats", loss: str = "last held-out loss",
                y_range: Range | None = None) -> Picture:  # fmt: skip
    """Loss against peak rate, one line a schedule, over a thin line a seed; from 20 on, a 95 % interval.

    results: tuned peaks, which are drawn as dots; or a sweep over rates; or the rates alone, (R,), with
    losses: name -> (R, N), rates by seeds.
    chosen: the peaks to draw as dots: name -> rate, or in order the indices of rates; those of tuned peaks
    are interpolated, as in `Tuned.fitted`.
    title, alt: by default the peaks, chosen or of lowest mean, and the losses there.
    like: name -> the schedule whose look a curve takes, or a sweep with such labels.
    y_range: (low, high), what the loss axis spans whatever is drawn.

    >>> u = {"linear": np.array([[3.0, 3.2], [1.0, 1.2], [2.0, 2.2]])}
    >>> sensitivity([0.1, 0.2, 0.4], u, chosen={"linear": 0.2})
    Figure: last held-out loss (nats) against peak rate: linear 1.1 at 0.2.
    [last held-out loss] 2 lines, 4 points: 1.85 / 1
    """
    if losses is None:
        if hasattr(results, "fitted"):
            chosen = chosen or {name: peak.rate for name, peak in results.fitted.items()}
        sweep = getattr(results, "sweep", results)
        losses, like = dict(zip(sweep.labels, sweep.result, strict=True)), like or sweep
        results = sweep.base_lrs
    if not isinstance(chosen, Mapping):
        chosen = dict(zip(losses, [results[i] for i in ([] if chosen is None else chosen)], strict=False))
    means = {name: np.reshape(found, (len(results), -1)).mean(axis=1) for name, found in losses.items()}
    at = {name: results[mean.argmin()] for name, mean in means.items()} | chosen
    there = {name: _between(at[name], results, mean) for name, mean in means.items()}
    title = title or f"Best peak: {'; '.join(f'{name} {rate:.3g}' for name, rate in at.items())}"
    said = "; ".join(f"{name} {low:.3g} at {at[name]:.3g}" for name, low in there.items())
    alt = alt or f"{loss} ({unit}) against peak rate: {said}."
    labels = "peak rate, base_lr (log scale)", f"{loss} ({unit})"
    picture = lines(results, losses, title, alt, *labels, like=like, log_x=True, log_y=True, y_range=y_range)
    (axes,) = picture.figure.axes
    for line, name in zip(axes.get_lines(), losses, strict=True):
        if name in chosen:
            axes.plot(at[name], there[name], "o", color=line.get_color(), markersize=6)
    return picture


def _between(rate: float, rates, losses: np.ndarray) -> float:
    """A point of the line that is drawn through losses over rates, both on logarithmic axes."""
    return float(np.exp(np.interp(np.log(rate), np.log(rates), np.log(losses))))


@like_everywhere
def forest(results, title: str = "", alt: str = "", *, reference: str | None = None, like=None,
           unit: str = "nats") -> Picture:  # fmt: skip
    """Paired differences to the reference: a row a setting, a dot a seed, the mean with its 95 % interval.

    results, reference: as for `stats.ranking`, whose corrected verdict stands at the end of each row; rows
    are in its order. Left of the line at 0 a setting ends lower than the reference with the same seed.
    title, alt: by default the headline of the verdicts, and the differences with their intervals.
    like: name -> the schedule whose colour a row takes, or a sweep with such labels.

    >>> low = np.array([0.30, 0.31, 0.33, 0.32, 0.34, 0.31])
    >>> high = low + [0.05, 0.04, 0.06, 0.05, 0.07, 0.05]
    >>> forest({"linear": low, "constant": high}, reference="linear")
    Figure: Differences to linear (nats): constant +0.0533 [0.0425, 0.0691], worse.
    [difference to linear, same seed] 4 lines, 11 points: 0.04408449 / 0.028596136
    """
    table = stats.ranking(results, reference)
    (base,) = table.index[table["verdict"] == "reference"]
    rows, named = table.drop(base), results if isinstance(results, Mapping) else results.losses()
    like = like or (None if named is results else results)
    steps, schedules = getattr(like, "steps", None), _named(like)
    figure, (axes,) = panels(1, height=1.3 + 0.5 * len(rows))
    axes.axvline(0, color=GREY, linewidth=1)
    said = []
    for y, row in enumerate(rows.itertuples()):
        (look,) = looks({row.Index: named[row.Index]}, steps, schedules)
        dots, colour = np.subtract(named[row.Index], named[base]), look["color"]
        axes.plot(
            dots, np.full(len(dots), y + 0.2), "o", color=colour, markersize=3.5, alpha=0.4, linewidth=0
        )
        axes.plot([row.ci_low, row.ci_high], [y, y], "|-", color=colour, markersize=9, linewidth=2.2)
        axes.plot(row.difference, y, "D", color=colour, markersize=5)
        axes.annotate(row.verdict, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=9)
        said.append(f"{row.Index} {row.difference:+.3g} [{row.ci_low:.3g}, {row.ci_high:.3g}], {row.verdict}")
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_yticks(range(len(rows)), [fill(name, 26) for name in rows.index])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set(xlabel=f"difference to {base}, same seed ({unit}; left of 0: lower)")
    titled(figure, title or stats.headline(table))
    return Picture(figure, alt or f"Differences to {base} ({unit}): {'; '.join(said)}.", across=True)


def intervals(named: Mapping[str, tuple[float, float, float]], title: str, alt: str = "", xlabel: str = "",
              *, line: float = 0.0, claimed: tuple[float, float] | None = None,
              x_range: Range | None = None) -> Picture:  # fmt: skip
    """Measured values with their intervals, a row each, over the band where they are claimed.

    named: name -> (value, low, high), such as `parts` of a measurement. line: where no effect is.
    claimed: (low, high), drawn as a band. alt: by default every row.

    >>> intervals({"190M": (-0.2, -0.3, -0.1), "1B": (0.1, 0.0, 0.2)}, "One gains", xlabel="change (%)")
    Figure: change (%): 190M -0.2 [-0.3, -0.1]; 1B 0.1 [0, 0.2].
    [change] 5 lines, 8 points: 0.1125 / 0.0703125
    """
    figure, (axes,) = panels(1, height=1.3 + 0.3 * len(named))
    if claimed is not None:
        axes.axvspan(*claimed, color=SKY, alpha=0.35, linewidth=0, label="claimed")
        axes.legend(loc="best")
    axes.axvline(line, color=GREY, linewidth=1)
    for y, (value, low, high) in enumerate(named.values()):
        axes.plot([low, high], [y, y], "|-", color=PURPLE, markersize=7, linewidth=1.8)
        axes.plot(value, y, "D", color=PURPLE, markersize=4.5)
    axes.set_yticks(range(len(named)), [fill(name, 34) for name in named])
    axes.set_ylim(len(named) - 0.5, -0.5)
    axes.set(xlabel=xlabel)
    axis(axes, "x", False, x_range)
    titled(figure, title)
    rows = (f"{name} {value:.3g} [{low:.3g}, {high:.3g}]" for name, (value, low, high) in named.items())
    return Picture(figure, alt or f"{xlabel}: {'; '.join(rows)}.", across=True)


@like_everywhere
def lines(x, named: Mapping[str, np.ndarray], title: str, alt: str = "", xlabel: str = "", ylabel: str = "",
          *, like=None, total_steps: int | None = None, marks: Mapping[str, float] | None = None,
          log_x: bool = False, log_y: bool = False,
          x_range: Range | None = None, y_range: Range | None = None) -> Picture:  # fmt: skip
    """Any curves over one x axis.

    named: name -> values, (len(x),), or (len(x), seeds), drawn as their mean over a thin line a seed; from 20
    on, over its 95 % interval. alt: by default how each curve goes.
    like: name -> the schedule whose look a curve takes, or a sweep with such labels; a name that is a kind of
    schedule or its text has a look without it.
    total_steps: the length of the run for which these are looked at; a sweep has its own.
    marks: name -> x of a vertical line. x_range, y_range: (low, high), what the axes span whatever is drawn.

    >>> lines([0, 1, 2], {"squares": np.array([0, 1, 4])}, "They grow", "A parabola.", "x", "x squared (m2)")
    Figure: A parabola.
    [x squared] 1 lines, 3 points: 1.6666667 / 1.5555556
    """
    figure, (axes,) = panels(1)
    steps = total_steps or getattr(getattr(like, "sweep", like), "steps", None)
    for (name, y), look in zip(named.items(), looks(named, steps, _named(like, steps)), strict=True):
        curve(axes, x, y, look, name)
    for name, at in (marks or {}).items():
        axes.axvline(at, color=GREY, linewidth=1, linestyle=DOTTED, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.xaxis.get_major_locator().set_params(integer=np.asarray(x).dtype.kind == "i")
    axis(axes, "x", log_x, x_range)
    axis(axes, "y", log_y, y_range)
    return finished(figure, title, alt or f"{ylabel} against {xlabel}: {told(named)}.")


def _groups(given) -> dict[str, list[Ledger]]:
    """Ledgers by what they are called, one or more each."""
    if hasattr(given, "sweep"):
        raise Refused("draws runs, not tuned peaks; judge them first, with train.judge", "house")
    if len(rates := getattr(given, "base_lrs", ())) > 1:
        raise Refused(
            f"needs a sweep at one peak rate, got {len(rates)}: sweep.ledgers(base_lr=...)", "house"
        )
    given = given.ledgers() if hasattr(given, "ledgers") else given
    groups: dict[str, list[Ledger]] = {}
    if isinstance(given, Mapping):
        groups = {name: [runs] if isinstance(runs, Ledger) else list(runs) for name, runs in given.items()}
    else:
        for run in [given] if isinstance(given, Ledger) else given:
            groups.setdefault(run.label or "run", []).append(run)
    if not groups or not all(groups.values()):
        raise Refused("runs must hold a ledger or more for each name; train.run makes one", "house")
    return groups


def _headline(runs, reference: str | None) -> str:
    """What the verdicts say of runs, judged ones or ledgers by name; nothing without a reference."""
    reference = reference or getattr(runs, "reference", None)
    if reference and not hasattr(runs, "losses"):
        runs = {name: np.array([run.result for run in group]) for name, group in _groups(runs).items()}
    return stats.headline(stats.ranking(runs, reference)) if reference else ""


def _named(given, total_steps: int | None = None) -> dict[str, Schedule]:
    """Schedules by their names: those of a sweep, or of tuned peaks, are its labels; else their texts."""
    given = getattr(given, "sweep", given)
    if hasattr(given, "labels"):
        return dict(zip(given.labels, given.schedules, strict=True))
    given = [given] if isinstance(given, Schedule | str) else given or {}
    pairs = given.items() if isinstance(given, Mapping) else ((str(each), each) for each in given)
    return {name: parse(each, T=total_steps) if isinstance(each, str) else each for name, each in pairs}


def _losses(group: list[Ledger]) -> tuple[np.ndarray, np.ndarray]:
    """Held-out losses, or those of the batches where nothing was held out: steps, and (steps, runs)."""
    if len(group[0].heldout_steps):
        return group[0].heldout_steps, np.transpose([run.heldout_loss for run in group])
    return group[0].steps, np.transpose([run.train_loss for run in group])
