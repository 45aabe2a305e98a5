"""A peak for each schedule, tuned on seeds of its own, and the judgement on others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lrlib import stats
from lrlib.rules import Flag, Refused, Rule, check, each, saying, whole, within
from lrlib.schedules import Schedule
from lrlib.tasks import Task
from lrlib.train.results import Sweep
from lrlib.train.runs import planned, train


def _grid(given) -> tuple[float, ...]:
    grid = each(within(0, 1e308, open_low=True), least=3)(given)
    if not all(a < b for a, b in pairwise(grid)):
        raise ValueError
    return grid


GRID = Rule("at least 3 increasing rates > 0", _grid)


@dataclass(frozen=True)
class Tuned:
    """Peaks chosen on tuning seeds.

    sweep: the tuning runs; peak: index into sweep.base_lrs, one a schedule, in the order of sweep.labels.
    widened: how many rates were added to the grid because a best peak lay at its edge.
    reference: label of the schedule that was best at its own peak, on the tuning seeds.
    """

    sweep: Sweep
    peak: tuple[int, ...]
    widened: int
    reference: str

    @property
    def at_edge(self) -> tuple[bool, ...]:
        """For each schedule, whether its best peak is still at the edge of the grid."""
        return tuple(p in (0, len(self.sweep.base_lrs) - 1) for p in self.peak)

    @property
    def peaks(self) -> dict[str, float]:
        """The tuned peak of each schedule, a point of the grid: label -> rate."""
        return {label: self.sweep.base_lrs[p] for label, p in zip(self.sweep.labels, self.peak, strict=True)}

    @property
    def fitted(self) -> dict[str, stats.Peak]:
        """The best peak of each schedule between the points of the grid: label -> `stats.peak`.

        Only rates around the peak at which no run diverged count; beside one that did, a peak is at the edge.
        """
        found, unsafe = self.sweep, self.sweep.diverged.any(axis=2)
        each = zip(found.labels, found.result, unsafe, self.peak, strict=True)
        return {label: _fitted(found.base_lrs, *rest) for label, *rest in each}


def tune(
    task: Task | str,
    schedules: Mapping[str, Schedule | str] | Sequence[Schedule | str] | Schedule | str,
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    *,
    widen: int = 3,
    evaluations: int = 1,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
    **how,
) -> Tuned:
    """Choose each schedule's peak: the rate with the lowest mean result over the tuning seeds.

    A rate at which any run diverged is chosen only if every rate is such.

    base_lrs: an increasing grid of at least 3 rates. While some best peak lies at an edge, the grid grows
    there by one more point at its own ratio, at most `widen` times. The other parameters are those of
    `sweep`; each widening has a folder of its own. Raises ValueError for a bad grid, and as `sweep` does.

    >>> shapes = {"constant": "constant(1)", "linear": "linear(1, 0, T)"}
    >>> tuned = tune("quadratic", shapes, [0.05, 0.1, 0.2, 0.4, 0.8], seeds=range(100, 108), steps=60)
    >>> tuned.peaks, tuned.reference
    ({'constant': 0.1, 'linear': 0.4}, 'linear')
    """
    with saying("tune"):
        widen, grid = check("widen", whole(0), widen), check("base_lrs", GRID, base_lrs)
    plan = planned("tune", task, schedules, grid, seeds, evaluations=evaluations, **how)

    def at(rates: Sequence[float], what: str, folder: str) -> Sweep:
        to = None if out is None else os.path.join(out, folder)
        return train(replace(plan, base_lrs=tuple(rates)), workers, to, what, "tune")

    found = at(grid, "tuning", "grid")
    for widened in range(widen + 1):
        peak = np.array(chosen(found).peak)
        low, high = found.base_lrs[:2], found.base_lrs[-2:]
        more = [low[0] ** 2 / low[1]] * bool((peak == 0).any())
        more += [high[1] ** 2 / high[0]] * bool((peak == len(found.base_lrs) - 1).any())
        if not more or widened == widen:
            break
        found = found.joined(at(more, "wider grid", f"wider-{widened + 1}"))
    return chosen(found, len(found.base_lrs) - len(grid))


def chosen(found: Sweep, widened: int = 0) -> Tuned:
    """The peaks that a sweep over a grid chooses, by the rule of `tune`, without training anything.

    widened: how many of its rates were added because a best peak lay at an edge.
    """
    means = _tuning_loss(found)
    return Tuned(
        sweep=found,
        peak=tuple(means.argmin(axis=1).tolist()),
        widened=widened,
        reference=found.labels[int(means.min(axis=1).argmin())],
    )


def judge(
    task: Task | str,
    tuned: Tuned,
    seeds: Sequence[int],
    *,
    evaluations: int = 20,
    interpolate: bool = False,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
) -> Sweep:
    """Train each schedule at its own tuned peak on judging seeds, in the way it was tuned.

    The peaks are points of the tuning grid, or with `interpolate` those of `tuned.fitted`.

    The peaks become factors of the schedules, so the sweep has one base_lr, 1; its labels and its reference
    are those of tuning, so that `losses()` and `stats.ranking` know them. Raises ValueError when a judging
    seed was already used for tuning, and for a task that the peaks were not tuned on.

    >>> tuned = tune("quadratic", {"linear": "linear(1, 0, T)"}, [0.2, 0.4, 0.8], range(9, 12), steps=60)
    >>> judged = judge("quadratic", tuned, seeds=range(8))
    >>> judged.labels, judged.schedules, judged.reference
    (('linear',), (0.8 * linear(1, 0, 60),), 'linear')
    """
    if not isinstance(tuned, Tuned):
        raise Refused(f"tuned must be what train.tune gives, got a {type(tuned).__name__}", "judge")
    found, interpolate = tuned.sweep, check("interpolate", Flag, interpolate)
    peaks = {label: peak.rate for label, peak in tuned.fitted.items()} if interpolate else tuned.peaks
    at_peak = {
        label: peaks[label] * schedule for label, schedule in zip(found.labels, found.schedules, strict=True)
    }
    plan = planned(
        "judge", task, at_peak, 1.0, seeds, steps=found.steps, evaluations=evaluations, **found.how
    )
    with saying("judge"):
        _refuse_other_task(plan.task, found)
        if seen := set(plan.seeds) & set(found.seeds):
            raise Refused(f"seeds {sorted(seen)} were used for tuning; judge on others")
    return replace(train(plan, workers, out, "judging", "judge"), reference=tuned.reference)


def _refuse_other_task(task: Task, found: Sweep) -> None:
    same = (task.name, task.options) == (found.task, dict(found.options))
    if same and found._task is not None and found._task is not task:
        same = task.fingerprint(found.seeds[0]) == found._task.fingerprint(found.seeds[0])
    if not same:
        raise Refused(
            f"task {task.name!r} with {task.options} is not what the peaks were tuned on, {found.task!r} "
            f"with {dict(found.options)}; tune on it first"
        )


def _fitted(rates: Sequence[float], losses: np.ndarray, unsafe: np.ndarray, peak: int) -> stats.Peak:
    block = np.flatnonzero(~unsafe) if not unsafe[peak] else np.arange(len(rates))
    block = next(part for part in np.split(block, np.flatnonzero(np.diff(block) > 1) + 1) if peak in part)
    if len(block) < 3:
        mean, seeds = float(losses[peak].mean()), losses.shape[1]
        return stats.Peak(rates[peak], mean, True, float("nan"), float("nan"), seeds, 0.95)
    return stats.peak(np.array(rates)[block], losses[block])


def _tuning_loss(found: Sweep) -> np.ndarray:
    """Mean result (S, R); a rate at which a run diverged loses to every rate at which none did."""
    means = found.result.mean(axis=2)
    unsafe = found.diverged.any(axis=2)
    return np.where(unsafe & ~unsafe.all(axis=1, keepdims=True), np.inf, means)
