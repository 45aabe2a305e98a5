"""A peak for each schedule, tuned on seeds of its own, and the judgement on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lrlib import stats
from lrlib.rules import Positives, Refused, Rule, check, is_a, rule_of, such_that, whole
from lrlib.tasks import Task
from lrlib.train.plan import Named, Problem, Seeds
from lrlib.train.results import Sweep
from lrlib.train.runs import planned, planning, train
from lrlib.train.store import Folder
from lrlib.train.workers import Workers

_increasing = such_that(rule_of(Positives).convert, lambda rates: all(a < b for a, b in pairwise(rates)))
GRID = Rule("at least 3 increasing rates > 0", such_that(_increasing, lambda rates: len(rates) >= 3))


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
        return dict(zip(self.sweep.labels, map(_fitted, *self._valleys), strict=True))

    def judged_at(self, interpolate: bool = True) -> dict[str, float]:
        """The rates at which `judge` trains: label -> that of `fitted`, or of `peaks`."""
        return {label: peak.rate for label, peak in self.fitted.items()} if interpolate else self.peaks

    def excess(self, interpolate: bool = True) -> dict[str, np.ndarray]:
        """What losses at `judged_at` change where other tuning seeds put the peaks, see `stats.excess`."""
        rates = self.judged_at(interpolate)
        return dict(zip(rates, map(_excess, *self._valleys, rates.values()), strict=True))

    @property
    def _valleys(self) -> tuple[list, list]:
        """For each schedule the rates around its peak at which no run diverged, and their losses."""
        found, unsafe = self.sweep, self.sweep.diverged.any(axis=2)
        blocks = list(map(_block, unsafe, self.peak))
        rates = [np.array(found.base_lrs)[block] for block in blocks]
        return rates, [losses[block] for losses, block in zip(found.result, blocks, strict=True)]


@planning
def tune(task: Problem, schedules: Named, base_lrs: Sequence[float], seeds: Seeds, *, widen: int = 3,
         evaluations: int = 1, workers: Workers = 1, out: Folder = None, **how) -> Tuned:  # fmt: skip
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
    widen, grid = check("widen", whole(0), widen), check("base_lrs", GRID, base_lrs)
    plan = planned(task, schedules, grid, seeds, evaluations=evaluations, **how)
    found = train(plan, workers, out, "tuning", "grid")
    for widened in range(widen):
        rates, peaks = found.base_lrs, chosen(found).peak
        below = (rates[0] ** 2 / rates[1],) if 0 in peaks else ()
        above = (rates[-1] ** 2 / rates[-2],) if len(rates) - 1 in peaks else ()
        if not below + above:
            break
        wider = replace(plan, base_lrs=below + above)
        found = found.joined(train(wider, workers, out, "wider grid", f"wider-{widened + 1}"))
    return chosen(found, len(found.base_lrs) - len(grid))


def chosen(found: Sweep, widened: int = 0) -> Tuned:
    """The peaks that a sweep over a grid chooses, by the rule of `tune`, without training anything.

    widened: how many of its rates were added because a best peak lay at an edge.
    """
    means, unsafe = found.result.mean(axis=2), found.diverged.any(axis=2)
    means[unsafe & ~unsafe.all(axis=1, keepdims=True)] = np.inf  # no choice while a rate is safe
    best = found.labels[means.min(axis=1).argmin()]
    return Tuned(sweep=found, peak=tuple(means.argmin(axis=1).tolist()), widened=widened, reference=best)


@planning
def judge(task: Problem, tuned: Tuned, seeds: Seeds, *, evaluations: int = 20, interpolate: bool = True,
          workers: Workers = 1, out: Folder = None) -> Sweep:  # fmt: skip
    """Train each schedule at its own tuned peak on judging seeds, in the way it was tuned.

    The peaks are those of `tuned.fitted`, between the points of the tuning grid; without `interpolate`, and
    where a peak lies at an edge, points of the grid.

    The peaks become factors of the schedules, so the sweep has one base_lr, 1; its labels and its reference
    are those of tuning, so that `losses()` and `stats.ranking` know them. How well the tuning seeds determine
    the peaks goes with it, `excess`, and into every interval and verdict of a ranking. Raises ValueError when
    a judging seed was already used for tuning, and for a task that the peaks were not tuned on.

    >>> tuned = tune("quadratic", {"linear": "linear(1, 0, T)"}, [0.2, 0.4, 0.8], range(9, 12), steps=60)
    >>> judged = judge("quadratic", tuned, seeds=range(8))
    >>> judged.labels, round(float(judged.used[0, 0, 0]), 3), tuned.peaks, judged.reference
    (('linear',), 0.645, {'linear': 0.8}, 'linear')
    """
    tuned = check("tuned", is_a(Tuned, "what train.tune gives"), tuned)
    found, interpolate = tuned.sweep, check("interpolate", bool, interpolate)
    each = zip(tuned.judged_at(interpolate).items(), found.schedules, strict=True)
    shapes = {label: rate * schedule for (label, rate), schedule in each}
    plan = planned(task, shapes, 1.0, seeds, steps=found.steps, evaluations=evaluations, **found.how)
    _refuse_other_task(plan.task, found)
    if seen := set(plan.seeds) & set(found.seeds):
        raise Refused(f"seeds {sorted(seen)} were used for tuning; judge on others")
    judged = train(plan, workers, out, "judging")
    return replace(judged, reference=tuned.reference, excess=tuned.excess(interpolate))


def _refuse_other_task(task: Task, found: Sweep) -> None:
    (tuned_on, options), seed = (found._task or task, dict(found.options)), found.seeds[0]
    same = task is tuned_on or task.fingerprint(seed) == tuned_on.fingerprint(seed)
    if (task.name, task.options) != (found.task, options) or not same:
        raise Refused(
            f"task {task.name!r} with {task.options} is not what the peaks were tuned on, {found.task!r} "
            f"with {options}; tune on it first"
        )


def _block(unsafe: np.ndarray, peak: int) -> np.ndarray:
    block = np.flatnonzero(~unsafe) if not unsafe[peak] else np.arange(len(unsafe))
    return next(part for part in np.split(block, np.flatnonzero(np.diff(block) > 1) + 1) if peak in part)


def _fitted(rates: np.ndarray, losses: np.ndarray) -> stats.Peak:
    if len(rates) < 3:
        means, seeds = losses.mean(axis=1), losses.shape[1]
        rate, nan = float(rates[means.argmin()]), float("nan")
        return stats.Peak(rate, float(means.min()), True, nan, nan, seeds, 0.95)
    return stats.peak(rates, losses)


def _excess(rates: np.ndarray, losses: np.ndarray, rate: float) -> np.ndarray:
    return stats.excess(rates, losses, rate) if len(rates) > 2 else np.zeros(1)
