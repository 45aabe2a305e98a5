"""What the report `sensitivity` calls: peak rate times length of warm-up, and of cooldown, on any task.

Every length is tuned over one grid of peaks on the tuning seeds, which also say which length to take; what
it buys is then measured on the judging seeds, at its own peak, at half and twice that, and over the grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from lrlib import stats, train
from lrlib.reports import budget, training
from lrlib.reports.axes import Axis, axes
from lrlib.rules import Refused
from lrlib.stats import Good
from lrlib.tasks import Task
from lrlib.train.plan import Plan

FIRST_TUNING_SEED = 100_000
WIDEN = 4  # rates that are added at most on each side of the grid
FAR_FOR_ADAM = 0.05  # its updates are about as long as the rate, whatever the gradient
HALF, TWICE = FACTORS = 0.5, 2.0


@dataclass(frozen=True, eq=False)
class Choice:
    """Which length of an axis to take, from the tuning seeds alone.

    losses: row -> loss at its own peak, (N,), with what belongs to a comparison. bar: the loss up to which a
    peak is good. good: row -> its good region. worse: rows shown to end higher than the lowest one, by Holm's
    rule. narrower: rows shown to have a narrower good region than the widest of the others, likewise.
    taken: the shortest row that is neither. other: what it is compared with: none, where that was tried and
    is not taken; else the row that ends lowest of those not taken.
    """

    axis: Axis
    losses: stats.Losses
    bar: float
    good: Mapping[str, Good]
    worse: tuple[str, ...]
    narrower: tuple[str, ...]
    taken: str
    other: str


def choose(axis: Axis, tuned: train.Tuned, tolerance: float) -> Choice:
    """The length to take, by what the tuning seeds show of losses and of good regions."""
    sweep = tuned.sweep
    table = {row: counted(sweep)[sweep.labels.index(label)] for row, label in axis.labels.items()}
    rates, fitted, excess = sweep.base_lrs, tuned.judged_at(), tuned.excess()
    at_peak = {row: _between(rates, table[row], fitted[label]) for row, label in axis.labels.items()}
    best = min(at_peak, key=lambda row: at_peak[row].mean())
    errors = {row: excess[label] for row, label in axis.labels.items()}
    losses = stats.Losses(at_peak, errors, reference=best)
    verdicts = stats.ranking(losses).verdict
    worse = tuple(row for row in table if verdicts[row] == "worse")
    bars = stats.good_bars(np.array([*table.values()]), tolerance, sweep.guess)
    good = {row: stats.good_range(rates, each, bars) for row, each in table.items()}
    left = [row for row in table if row not in worse]
    widest = max(left, key=lambda row: good[row].width)
    ratios = {row: stats.width_ratio(good[row], good[widest]) for row in left if row != widest}
    narrower = tuple(row for row, said in stats.family_of_widths(ratios).items() if said == "narrower")
    taken = next(row for row in left if row not in narrower)
    others = [row for row in table if row != taken]
    none = [row for row in others if axis.lengths[row] == 0]
    other = none[0] if none else min(others, key=lambda row: at_peak[row].mean())
    return Choice(axis, losses, float(bars[0]), good, worse, narrower, taken, other)


def _between(rates, losses: np.ndarray, rate: float) -> np.ndarray:
    """Losses of each seed at a rate between those of the grid: monotone cubics in log(rate), (N,)."""
    return PchipInterpolator(np.log(rates), losses)(np.log(rate))


@dataclass(frozen=True, eq=False)
class Study:
    """All that was trained. tuned: every length over the grid, on tuning seeds, which make the `choices`.

    judged: each at its own peak; around: at half and twice that; grids: the lengths that are compared, over
    the grid; all on judging seeds.
    """

    choices: tuple[Choice, ...]
    tuned: train.Tuned
    judged: train.Sweep
    around: train.Sweep
    grids: train.Sweep


def study(task: Task, use: Mapping[str, object], out: Path | None = None) -> Study:
    """Train what settled parameters say; out: a folder to go on from where one like it was stopped.

    Raises ValueError as `axes` and `train.sweep` do, and where no run ends below a constant guess.
    """
    shapes, varied = axes(use)
    how = training.how(use) | {"steps": use["steps"]}
    tuning, judging = seeds(use)
    tuned = tune(task, shapes, use["base_lrs"], tuning, use["tolerance"], out, **how)
    workers = how.pop("workers", 1)
    judged = train.judge(task, tuned, judging, evaluations=1, workers=workers, out=_in(out, "judged"))
    how |= {"evaluations": 1, "workers": workers}
    at_peak = {label: rate * shapes[label] for label, rate in tuned.judged_at().items()}
    around = train.sweep(
        task, at_peak, FACTORS, judging, what="half and twice", out=_in(out, "around"), **how
    )
    choices = tuple(choose(axis, tuned, use["tolerance"]) for axis in varied)
    wanted = {each.axis.labels[row] for each in choices for row in (each.taken, each.other)}
    some = {label: made for label, made in shapes.items() if label in wanted}
    rates = tuned.sweep.base_lrs
    grids = train.sweep(task, some, rates, judging, what="good regions", out=_in(out, "grids"), **how)
    return Study(choices, tuned, judged, around, grids)


def check(settled: Mapping[str, object]) -> None:
    """Refused, in one sentence, for a task, an optimizer or lengths that cannot be, or too little time."""
    axes(settled)
    training.how(settled)
    training.problem(settled)
    if settled["optimizer"] in ("adam", "adamw") and settled["base_lrs"][0] >= FAR_FOR_ADAM:
        raise Refused(
            f"base_lrs: all from {settled['base_lrs'][0]:g} on are far too high for {settled['optimizer']}, "
            "and the profiles' are for sgd: give others, such as -p base_lrs 0.001,0.002,0.004,0.008"
        )
    if (most := settled["minutes"]) and (takes := cost(settled).seconds / 60) > most:
        raise Refused(
            f"minutes: this takes up to {takes:.2g} minutes of training here, and may take {most:g}: "
            f"give fewer lengths, peaks, seeds or steps, or -p minutes {math.ceil(takes)}"
        )


def cost(settled: Mapping[str, object]) -> budget.Cost:
    """What is trained at most: every length over the widest grid, at its peak and beside it, two a choice."""
    shapes, varied = axes(settled)
    rates, judging = len(settled["base_lrs"]) + 2 * WIDEN, settled["n_seeds"]
    at_peaks, regions = 1 + len(FACTORS), min(2 * len(varied), len(shapes))
    runs = len(shapes) * (rates * settled["tuning_seeds"] + at_peaks * judging) + regions * rates * judging

    def plan() -> Plan:
        how = {key: value for key, value in training.how(settled).items() if key != "workers"}
        how |= {"steps": settled["steps"], "evaluations": 1, "max_gb": math.inf}  # `budget.Cost` has a limit
        return Plan(training.problem(settled), shapes, settled["base_lrs"], seeds(settled)[0], **how)

    return budget.Cost(runs, settled["steps"], plan, settled["workers"])


def seeds(use: Mapping[str, object]) -> tuple[list[int], list[int]]:
    """Seeds on which lengths and peaks are chosen, and those on which they are judged."""
    tuning = range(FIRST_TUNING_SEED, FIRST_TUNING_SEED + use["tuning_seeds"])
    return list(tuning), list(range(use["n_seeds"]))


def tune(task: Task, shapes, rates: Iterable[float], seeds, tolerance: float, out: Path | None = None,
         **how) -> train.Tuned:  # fmt: skip
    """Every schedule over a grid of peaks, which grows while a good region reaches its edge.

    By a rate at its own ratio on each side, at most `WIDEN` times. ValueError where nothing is good then.
    """
    how = {"evaluations": 1, **how}
    found = train.sweep(task, shapes, rates, seeds, what="surface", out=_in(out, "surface"), **how)
    given = len(found.base_lrs)
    for widened in range(WIDEN):
        grid, (below, above) = found.base_lrs, _open(found, tolerance)
        more = [grid[0] ** 2 / grid[1]] * below + [grid[-1] ** 2 / grid[-2]] * above
        if not more:
            break
        folder = _in(out, f"wider-{widened + 1}")
        found = found.joined(train.sweep(task, shapes, more, seeds, what="wider grid", out=folder, **how))
    if (counted(found).mean(axis=2) >= found.guess).all():
        raise Refused(
            f"no run ends below a constant guess, {found.guess:.4g} {task.unit}, at any peak from "
            f"{found.base_lrs[0]:.2g} to {found.base_lrs[-1]:.2g}: nothing is learned here to compare"
        )
    return train.chosen(found, len(found.base_lrs) - given)


def counted(found: train.Sweep) -> np.ndarray:
    """Losses, (S, R, N), where a rate at which any run diverged counts as a constant guess for all seeds."""
    unsafe = found.diverged.any(axis=2, keepdims=True)
    return np.where(unsafe, np.maximum(found.result, found.guess), found.result)


def _open(found: train.Sweep, tolerance: float) -> tuple[bool, bool]:
    """At which ends of the grid a region may go on, or its interval; downwards where nothing is good yet."""
    losses = counted(found)
    if (losses.mean(axis=2) >= found.guess).all():
        return True, False
    rates, bars = found.base_lrs, stats.good_bars(losses, tolerance, found.guess)
    regions = [stats.good_range(rates, row, bars) for row in losses]
    best = losses.mean(axis=2).argmin(axis=1)
    endless = [region for region in regions if math.isinf(region.width_high)]
    low = 0 in best or any(region.low < rates[1] for region in endless)
    return low, len(rates) - 1 in best or any(region.high > rates[-2] for region in endless)


def _in(out: Path | None, name: str) -> Path | None:
    return None if out is None else Path(out) / name
