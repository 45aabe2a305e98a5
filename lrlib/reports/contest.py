"""Schedules tuned, judged and compared: the training of a shoot-out, sized to the time there is.

1. A coarse search, a few seeds on rates 4 apart, finds where the peaks lie, unless a grid is given.
2. Each schedule is tuned on a grid of ratio sqrt(2), which grows where a peak lies at its edge.
3. Each is judged at its own interpolated peak, on other seeds.
4. The one that is recommended is trained at rates around its peak too, on the judging seeds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

import numpy as np

from lrlib import progress, stats, train
from lrlib.data import written
from lrlib.reports import simplicity
from lrlib.reports.notebook import kept
from lrlib.rules import INF, Refused
from lrlib.schedules import Schedule, parse_for
from lrlib.tasks import Task
from lrlib.train import Sweep, Tuned

TUNING = 100_000  # the first seed of tuning; judging seeds count from 0
FEWEST_TUNING, FEWEST_JUDGING, RANKLESS = 12, 6, stats.RANKS_BELOW
COARSE = tuple(4.0**k for k in range(-8, 3))
COARSE_SEEDS = 3
RATIO = 2**0.5
BESIDE = 3  # rates of the grid on each side of what the coarse search found
WIDEN = 6
GRID = 2 * BESIDE + 3  # rates of a grid, about
AROUND = tuple(2.0**k for k in (-2, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 2))  # times the peak: a wrong one
HALF, PEAK, TWICE = map(AROUND.index, (0.5, 1.0, 2.0))
AT_ONCE = 2  # schedules that are tuned and judged before the next are begun, where there is a clock
SPARE = 0.85  # of the time that is allowed is planned for


@dataclass(frozen=True)
class Size:
    """How much is trained. labels: schedules, in order. ratio: of the grid; rates: given ones, if any."""

    labels: tuple[str, ...]
    tuning: int
    judging: int
    ratio: float = RATIO
    rates: tuple[float, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """Runs that it takes, without those of wider grids."""
        coarse = 0 if self.rates else len(COARSE) * COARSE_SEEDS
        grid = len(self.rates) or (GRID if self.ratio < 2 else GRID // 2 + 1)
        return len(self.labels) * (coarse + grid * self.tuning + self.judging) + len(AROUND) * self.judging

    def smaller(self) -> Size | None:
        """The next smaller size, which leaves out what costs the answer least; None where there is none."""
        if self.tuning > FEWEST_TUNING:
            return self.less(f"tuning seeds above {FEWEST_TUNING}", tuning=FEWEST_TUNING)
        if self.ratio < 2 and not self.rates:
            return self.less("every second rate of the grid", ratio=2.0)
        if self.judging > RANKLESS:
            return self.less(f"judging seeds above {RANKLESS}", judging=RANKLESS)
        if len(self.labels) > 2:
            return self.less(self.labels[-1], labels=self.labels[:-1])
        if self.judging > FEWEST_JUDGING:
            return self.less(f"judging seeds above {FEWEST_JUDGING}", judging=FEWEST_JUDGING)
        return None

    def less(self, what: str, **changed) -> Size:
        return replace(self, left_out=(*self.left_out, what), **changed)


def size(settled: Mapping[str, object]) -> Size:
    """All that is asked for."""
    seeds = settled["tuning_seeds"], settled["n_seeds"]
    return Size(tuple(settled["schedules"]), *seeds, rates=tuple(settled["base_lrs"]))


def fitting(wanted: Size, seconds: float, a_run: float) -> Size:
    """The largest size that takes at most `seconds`, at `a_run` seconds a run; Refused where none does."""
    smallest = wanted
    while smallest.runs * a_run > SPARE * seconds:
        if (next_one := smallest.smaller()) is None:
            needed = smallest.runs * a_run / SPARE / 60
            raise Refused(
                f"minutes: {seconds / 60:.2g} are too few here: the least that can be judged, "
                f"{len(smallest.labels)} schedules with {smallest.tuning} tuning and {smallest.judging} "
                f"judging seeds, needs about {needed:.2g}; allow that, or ask for fewer steps"
            )
        smallest = next_one
    return smallest


@dataclass(frozen=True)
class Contest:
    """What was trained. tuned, judged: block after block of schedules; around: the recommended one at rates
    around its peak, where there was time for it. left_out: in words. searched: runs of the coarse search.
    runs, seconds: all that it took.
    """

    task: Task
    steps: int
    schedules: Mapping[str, Schedule]
    tuned: tuple[Tuned, ...]
    judged: tuple[Sweep, ...]
    around: Sweep | None = None
    left_out: tuple[str, ...] = ()
    searched: int = 0
    seconds: float = field(default=0.0, compare=False)

    @cached_property
    def losses(self) -> stats.Losses:
        """The judged losses of every schedule, with the errors of their peaks."""
        each = [sweep.losses() for sweep in self.judged]
        merged = [{k: v for part in parts for k, v in part.items()} for parts in
                  (each, [part.excess for part in each], [part.right for part in each])]  # fmt: skip
        return stats.Losses(*merged, reference=None, every_pair=True)

    @cached_property
    def leaders(self) -> stats.Leaders:
        return stats.leaders(self.losses)

    @cached_property
    def lost(self) -> tuple[str, ...]:
        """Schedules that diverged in every judging run."""
        return tuple(label for label, count in self.diverged.items() if count == len(self.seeds))

    @cached_property
    def recommended(self) -> str | None:
        """The simplest of the leaders that did not diverge everywhere; None where all did."""
        ran = [label for label in self.leaders.names if label not in self.lost]
        given = [label for label in self.schedules if label in ran]  # ties go to the one that was named first
        return simplicity.simplest_first(given, self.steps)[0] if given else None

    @cached_property
    def peaks(self) -> dict[str, stats.Peak]:
        return {label: peak for tuned in self.tuned for label, peak in tuned.fitted.items()}

    @property
    def peak(self) -> float:
        """The rate that is recommended, in three digits, as it is tried."""
        return rounded(self.peaks[self.recommended].rate)

    @cached_property
    def unsettled(self) -> tuple[str, ...]:
        """Schedules whose best peak is at an edge of the grid, however wide."""
        edges = (zip(tuned.sweep.labels, tuned.at_edge, strict=True) for tuned in self.tuned)
        return tuple(label for pairs in edges for label, at_edge in pairs if at_edge)

    @cached_property
    def diverged(self) -> dict[str, int]:
        """How many judging runs of each schedule diverged."""
        return {label: int(runs.sum()) for sweep in self.judged
                for label, runs in zip(sweep.labels, sweep.diverged, strict=True)}  # fmt: skip

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.judged[0].seeds

    @property
    def tuning_seeds(self) -> tuple[int, ...]:
        return self.tuned[0].sweep.seeds

    @property
    def runs(self) -> int:
        sweeps = [tuned.sweep for tuned in self.tuned] + [*self.judged] + [self.around] * bool(self.around)
        return self.searched + sum(sweep.diverged.size for sweep in sweeps)

    def costs(self) -> list[tuple[float, stats.Comparison, int]]:
        """For each rate around the peak: rate, cost against the peak with its interval, diverged runs."""
        found = self.around
        at_peak = found.result[0, PEAK]
        return [
            (rate, stats.compare(found.result[0, i], at_peak), int(found.diverged[0, i].sum()))
            for i, rate in enumerate(found.base_lrs)
        ]

    def safe(self, tolerance: float) -> tuple[float, float]:
        """The lowest and highest of the rates around the peak that are shown to cost little.

        From the peak outwards, as long as no run diverged and the 95 % interval of the cost ends below
        `tolerance` times the loss at the peak above its floor. One after the other, each direction needs no
        correction for several looks (Maurer, Hothorn & Lehmacher 1995: tests in a fixed order).
        """
        costs, floor = self.costs(), max(self.task.floor, 0.0)
        allowed = tolerance * (float(self.around.result[0, PEAK].mean()) - floor)
        safe = [cost.high <= allowed and not lost for _, cost, lost in costs]
        low, high = PEAK, PEAK
        while low > 0 and safe[low - 1]:
            low -= 1
        while high < len(costs) - 1 and safe[high + 1]:
            high += 1
        return costs[low][0], costs[high][0]


def rounded(rate: float) -> float:
    """Three digits.

    >>> rounded(0.64518)
    0.645
    """
    return float(f"{rate:.3g}")


def held(
    task: Task, settled: Mapping[str, object], how: Mapping[str, object], a_run: Callable[[], float]
) -> Contest:
    """Train all that is asked for, or what fits into `minutes`; a_run: measures the seconds of a run here.

    Raises Refused where `minutes` are too few for two schedules, `progress.TimeUp` where that shows later.
    """
    began, steps, wanted = time.monotonic(), settled["steps"], size(settled)
    limit = 60 * settled.get("minutes", 0) or INF
    if limit < INF:
        wanted = _sized(wanted, began + limit, a_run)
    how = {**how, "steps": steps}
    with progress.until(began + limit):
        found = _blocks(task, wanted, how, began, limit)
        if found.recommended:
            try:
                found = replace(found, around=_around(found, how, wanted))
            except progress.TimeUp:
                found = replace(found, left_out=(*found.left_out, "rates around the peak"))
    return replace(found, seconds=time.monotonic() - began)


def _sized(wanted: Size, last: float, a_run: Callable[[], float]) -> Size:
    """As much as fits until then; where a report goes on, as much as it had found to fit, and has begun."""
    file = kept("_size")
    if file and file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        return replace(wanted, **{k: tuple(v) if isinstance(v, list) else v for k, v in known.items()})
    measured = a_run()
    found = fitting(wanted, last - time.monotonic(), measured)
    if file:
        written(file, lambda part: part.write_text(json.dumps(asdict(found)), encoding="utf-8"))
    return found


def _blocks(task: Task, wanted: Size, how: dict, began: float, limit: float) -> Contest:
    """Tune and judge some schedules after the other, as long as there is time for more."""
    labels, at_once = wanted.labels, AT_ONCE if limit < INF else len(wanted.labels)
    shapes, found = {label: parse_for(label, how["steps"]) for label in labels}, None
    for i in range(0, len(labels), at_once):
        some, last = {label: shapes[label] for label in labels[i : i + at_once]}, began + limit
        if found:
            spent = time.monotonic() - began
            around = spent * len(AROUND) * wanted.judging / found.runs
            last -= around
            if spent * (1 + 1 / len(found.tuned)) + around > limit:
                return replace(found, left_out=(*found.left_out, *labels[i:]))
        try:
            with progress.until(last):
                found = _with(found, task, some, wanted, how)
        except progress.TimeUp:
            if found is None:
                raise _too_slow(limit, some, how) from None
            return replace(found, left_out=(*found.left_out, *labels[i:]))
    return found


def _with(found: Contest | None, task: Task, some: dict, wanted: Size, how: dict) -> Contest:
    """A contest, or the first part of one, with some more schedules, tuned and judged."""
    found = found or Contest(task, how["steps"], {}, (), (), left_out=wanted.left_out)
    i, workers = len(found.tuned), how.get("workers", 1)
    tuned, kept_in = _tuned(task, some, wanted, how, i), kept(f"judging-{i}-{_word(some, wanted)}")
    judged = train.judge(task, tuned, range(wanted.judging), workers=workers, out=kept_in)
    return replace(
        found,
        schedules={**found.schedules, **some},
        tuned=(*found.tuned, tuned),
        judged=(*found.judged, judged),
        searched=found.searched + (0 if wanted.rates else len(some) * len(COARSE) * COARSE_SEEDS),
    )


def _too_slow(limit: float, some: Mapping, how: Mapping[str, object]) -> progress.TimeUp:
    start = ", or one process, since others take seconds to start (`-p workers 1`)"
    return progress.TimeUp(
        f"minutes: {limit / 60:.2g} were too few for this machine as busy as it is: even "
        f"{len(some)} schedules were not tuned and judged in time; allow more, or ask for fewer steps"
        + start
        * (how.get("workers", 1) > 1)
    )


def _tuned(task: Task, shapes: dict, wanted: Size, how: dict, i: int) -> Tuned:
    seeds = range(TUNING, TUNING + wanted.tuning)
    word = f"{i}-{_word(shapes, wanted)}"
    grid = wanted.rates or _grid(task, shapes, wanted, how, word)
    return train.tune(task, shapes, grid, seeds, widen=WIDEN, **how, out=kept(f"tuning-{word}"))


def _grid(task: Task, shapes: dict, wanted: Size, how: dict, word: str) -> tuple[float, ...]:
    """Powers of the ratio around the best rates of a coarse search, a few more on each side."""
    seeds, how = range(TUNING, TUNING + COARSE_SEEDS), {**how, "evaluations": 1}
    how |= {"what": "looking for peaks", "out": kept(f"coarse-{word}")}
    best = train.chosen(train.sweep(task, shapes, COARSE, seeds, **how)).peaks.values()
    low, high = (round(np.log(rate) / np.log(RATIO)) for rate in (min(best), max(best)))
    places = range(low - BESIDE, high + BESIDE + 1, 1 if wanted.ratio < 2 else 2)
    return tuple(RATIO**k for k in places)


def _around(found: Contest, how: dict, wanted: Size) -> Sweep:
    """The recommended schedule at rates around its peak, on the judging seeds."""
    label = found.recommended
    rates = [rounded(found.peak * factor) for factor in AROUND]
    word = f"{list(found.schedules).index(label)}-{wanted.judging}"
    shapes, seeds = {label: found.schedules[label]}, range(wanted.judging)
    how = {**how, "evaluations": 1, "what": "wrong peaks", "out": kept(f"around-{word}")}
    return train.sweep(found.task, shapes, rates, seeds, **how)


def _word(labels, wanted: Size) -> str:
    return f"{len(labels)}x{wanted.tuning}x{wanted.judging}x{'s' if wanted.ratio < 2 else 'd'}"
