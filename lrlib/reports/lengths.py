"""The report `sensitivity` in words and pictures: which length to take, and what it buys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lrlib import plot, stats
from lrlib.reports.axes import Axis
from lrlib.reports.sensitivity import FACTORS, HALF, TWICE, Choice, Study, counted
from lrlib.reports.text import code
from lrlib.stats import Comparison, Good, WidthRatio
from lrlib.tasks import Task


@dataclass(frozen=True, eq=False)
class Found:
    """What the judging seeds say of a choice. unit: of the loss."""

    study: Study
    choice: Choice
    unit: str

    @property
    def axis(self) -> Axis:
        return self.choice.axis

    @cached_property
    def peaks(self) -> dict[str, float]:
        """Row -> its own peak, at which it was judged."""
        rates = self.study.tuned.judged_at()
        return {row: rates[label] for row, label in self.axis.labels.items()}

    @cached_property
    def losses(self) -> stats.Losses:
        """Row -> losses at its own peak on the judging seeds."""
        judged = self.study.judged.losses()
        named = {row: judged[label] for row, label in self.axis.labels.items()}
        excess = {row: judged.excess[label] for row, label in self.axis.labels.items()}
        return stats.Losses(named, excess, reference=self.choice.taken)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """Each row against the one taken, all together."""
        return stats.ranking(self.losses)

    @cached_property
    def gain(self) -> Comparison:
        """The row taken against the other one, at their own peaks."""
        taken, other = self.choice.taken, self.choice.other
        error = self.losses.peak_error(taken, other)
        return stats.compare(self.losses[taken], self.losses[other], also=error)

    def cost(self, row: str, factor: float) -> Comparison:
        """What half or twice its peak costs a row."""
        there = self.study.around.losses(factor)[self.axis.labels[row]]
        return stats.compare(there, self.losses[row])

    def diverged(self, row: str, factor: float) -> int:
        """How many judging runs diverged there."""
        around = self.study.around
        s = around.labels.index(self.axis.labels[row])
        return int(around.diverged[s, around.base_lrs.index(factor)].sum())

    @cached_property
    def regions(self) -> tuple[Good, Good]:
        """The good regions of the row taken and of the other one, on the judging seeds."""
        grids, losses = self.study.grids, counted(self.study.grids)
        found = [self.axis.labels[row] for row in (self.choice.taken, self.choice.other)]
        rows = [losses[grids.labels.index(label)] for label in found]
        return tuple(stats.good_range(grids.base_lrs, row, self.choice.bar) for row in rows)

    @cached_property
    def wider(self) -> WidthRatio:
        return stats.width_ratio(*self.regions)

    @property
    def verdict(self) -> str:
        """The bold line: what to take."""
        axis, choice, tuned = self.axis, self.choice, self.study.tuned.sweep
        length, what = axis.lengths[choice.taken], axis.what.capitalize()
        silent = "" if choice.worse or choice.narrower else (
            f" {len(tuned.seeds)} tuning seeds cannot tell these lengths apart.")  # fmt: skip
        where = "first" if axis.what == "warm-up" else "last"
        taken = f"the {where} {length} of {tuned.steps} updates" if length else "none"
        return f"{what}: {taken}.{silent}"

    @property
    def reason(self) -> str:
        """Why that, from the tuning seeds."""
        choice, ruled = self.choice, []
        if choice.worse:
            ruled.append(f"shown to end higher: {_listed(choice.worse)}")
        if choice.narrower:
            ruled.append(f"shown to have a narrower good region: {_listed(choice.narrower)}")
        if not ruled:
            return "It is the shortest, and none is shown to end higher or to have a narrower good region."
        return f"The shortest that is not ruled out on the tuning seeds ({'; '.join(ruled)})."

    @property
    def buys(self) -> str:
        """What it buys in loss against the other row, and whether that can be told."""
        gain, against = self.gain, f"Against {self.axis.said(self.choice.other)}, each at its own best peak"
        if gain.verdict == "cannot tell":
            return f"{against}, the difference in loss cannot be told from none: {self._figures(gain)}."
        way, sign = ("lower", -1) if gain.verdict == "better" else ("higher", 1)
        low, high = sorted((sign * gain.low, sign * gain.high))
        return f"{against}, it ends {figures(sign * gain.mean, low, high)} {self.unit} {way}."

    @property
    def room(self) -> str:
        """How far off the peak may be, against the other row, and whether that can be told."""
        taken, other = self.regions
        said = self.axis.said(self.choice.other)
        if taken.none and other.none:
            return (
                "Which good region is wider cannot be told: on the judging seeds neither length gets down to "
                f"{self.choice.bar:.4g} {self.unit}, which was good on the tuning seeds; take more seeds."
            )
        if taken.none:
            return f"On these seeds no peak of it is good; with {said}, {span(other)}."
        if other.none:
            return f"Good peaks span {span(taken)}; {said} has no good peak."
        verdict = "cannot be told apart" if self.wider.verdict == "cannot tell" else (
            f"its region is {self.wider.verdict}")  # fmt: skip
        return f"Good peaks span {span(taken)}; with {said}, {span(other)}: {verdict}."

    def _figures(self, found: Comparison) -> str:
        return f"{figures(found.mean, found.low, found.high)} {self.unit}"

    @property
    def wrong(self) -> str:
        """What half and twice the peak cost at the length taken."""
        row = self.choice.taken
        costs = [self._costs(row, factor, name) for factor, name in ((HALF, "half"), (TWICE, "twice"))]
        edge = self.study.tuned.at_edge[self.study.tuned.sweep.labels.index(self.axis.labels[row])]
        warned = " That peak is at the edge of the grid: a better one may lie beyond." if edge else ""
        return f"Its peak is {self.peaks[row]:.2g}. {costs[0].capitalize()}; {costs[1]}.{warned}"

    def _costs(self, row: str, factor: float, name: str) -> str:
        found, runs = self.cost(row, factor), self.diverged(row, factor)
        broken = f" ({runs} of {found.n} runs diverged)" if runs else ""
        if found.verdict == "worse":
            return f"{name} that costs {self._figures(found)}{broken}"
        told = "it ends lower" if found.verdict == "better" else "the difference cannot be told from none"
        return f"with {name} that {told}: {self._figures(found)}{broken}"

    @property
    def said(self) -> tuple[str, ...]:
        """The answer, sentence by sentence."""
        return self.verdict, self.wrong, self.buys, self.room, self.reason

    @property
    def markdown(self) -> str:
        first, *more = self.said
        return "\n".join([f"**{first}**", "", *(f"- {sentence}" for sentence in more)])

    @property
    def results(self) -> dict:
        """For results.json."""
        choice, gain, labels = self.choice, self.gain, self.axis.labels
        rows = {
            row: {
                "updates": self.axis.lengths[row],
                "schedule": labels[row],
                "peak": self.peaks[row],
                "loss": float(self.losses[row].mean()),
                "good": None if (each := choice.good[row]).none else [each.low, each.high],
                "beyond the grid": [each.open_low, each.open_high],
                "width": [each.width, each.width_low, finite(each.width_high)],
                "half": numbers(self.cost(row, HALF)),
                "twice": numbers(self.cost(row, TWICE)),
                "diverged at twice": self.diverged(row, TWICE),
            }
            for row in labels
        }
        told = {"gain": numbers(gain), "wider": self.wider.verdict, "worse": choice.worse}
        told |= {"narrower": choice.narrower, "good up to": choice.bar}
        return {"taken": choice.taken, "against": choice.other, **told, "rows": rows}

    @property
    def picture(self) -> plot.Picture:
        """The surface on the tuning seeds."""
        sweep, choice = self.study.tuned.sweep, self.choice
        rows = {row: sweep.labels.index(label) for row, label in self.axis.labels.items()}
        means = {row: counted(sweep)[s].mean(axis=1) for row, s in rows.items()}
        good = {row: (each.low, each.high) for row, each in choice.good.items() if not each.none}
        lowest = min(means.values(), key=np.min).min()
        return plot.surface(
            sweep.base_lrs,
            means,
            f"{self.verdict} {self.reach}",
            ylabel=self.axis.ylabel,
            peaks=self.peaks,
            good=good,
            failed={row: sweep.diverged[s].sum(axis=1) for row, s in rows.items()},
            cost=choice.bar - lowest,
            unit=self.unit,
        )

    @property
    def reach(self) -> str:
        taken = self.choice.good[self.choice.taken]
        if taken.none:
            return "No peak of it is good"
        return f"Good peaks from {taken.low:.2g} to {taken.high:.2g}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a length: peak, loss, difference to the one taken, good peaks, what half and twice cost."""
        rows = []
        for row, told in self.ranking.loc[list(self.axis.labels)].iterrows():
            good, costs = self.choice.good[row], [self.cost(row, factor) for factor in FACTORS]
            said = "taken" if row == self.choice.taken else told.verdict
            gap = "" if said == "taken" else figures(told.difference, told.ci_low, told.ci_high)
            rows.append({
                f"{self.axis.what} (updates)": row,
                "peak": f"{self.peaks[row]:.2g}",
                f"loss ({self.unit})": f"{told.loss:.4g}",
                "difference, 95 %": gap,
                "verdict": said,
                "good peaks": "none" if good.none else f"{good.low:.2g} to {good.high:.2g}",
                "width, 95 %": "" if good.none else f"{width(good)}",
                "half costs": f"{costs[0].mean:.2g}",
                "twice costs": f"{costs[1].mean:.2g}" + lost(self.diverged(row, TWICE)),
            })  # fmt: skip
        return pd.DataFrame(rows).set_index(f"{self.axis.what} (updates)")


def found(study: Study, unit: str) -> tuple[Found, ...]:
    """What the judging seeds say of each choice of a study."""
    return tuple(Found(study, choice, unit) for choice in study.choices)


def method(study: Study, task: Task, use: Mapping[str, object]) -> str:
    """What was trained, in Markdown."""
    sweep, n = study.tuned.sweep, len(study.judged.seeds)
    options = f" with {', '.join(map(code, use['options']))}" if use["options"] else ""
    grid = ", ".join(f"{rate:.3g}" for rate in sweep.base_lrs)
    wider = f" ({study.tuned.widened} added where good peaks reached the edge)" if study.tuned.widened else ""
    held = "; ".join(f"while the {each.axis.what} varies, {each.axis.held}" for each in study.choices)
    bars = "; ".join(f"{each.bar:.4g} {task.unit} ({each.axis.what})" for each in study.choices)
    diverged = sum(int(each.diverged.sum()) for each in (sweep, study.judged, study.around, study.grids))
    runs = sum(each.diverged.size for each in (sweep, study.judged, study.around, study.grids))
    note = f" {sweep.note}." if sweep.note else ""
    return (
        f"Task {code(use['task'])}{options}, {sweep.steps} updates a run, {code(sweep.how['optimizer'])}; "
        f"{held}. Peaks {grid}{wider}. {len(sweep.seeds)} tuning seeds and {n} judging seeds. Good is a loss "
        f"up to {bars}: a share of {use['tolerance']:g} of what training gains over a constant guess, "
        f"{task.guess:.4g}. Of {runs:,} runs {diverged:,} diverged.{note}"
    )


def figures(value: float, low: float, high: float) -> str:
    """A number with its interval, to two digits of its half width.

    >>> figures(0.01234, 0.0041, 0.0205), figures(-3.0, -3.0, -3.0), figures(-0.001, -0.2, 0.4)
    ('0.0123 [0.0041, 0.0205]', '-3', '0.00 [-0.20, 0.40]')
    """
    half = (high - low) / 2
    if not 0 < half < math.inf:
        return f"{value:.3g}"
    digits = max(0, 1 - math.floor(math.log10(half)))
    value, low, high = (f"{round(each, digits) + 0.0:.{digits}f}" for each in (value, low, high))
    return f"{value} [{low}, {high}]"


def width(good: Good) -> str:
    """How many times the lowest good peak the highest is, with its interval."""
    low, high = good.width_low, good.width_high
    most = "no end" if math.isinf(high) else f"{high:.2g}"
    interval = "" if math.isnan(low) else f" [{low:.2g}, {most}]"
    return f"{'at least ' if good.open else ''}{good.width:.2g}{interval}"


def span(good: Good) -> str:
    """Where the good peaks lie, in a sentence."""
    if good.none:
        return "no peak is good"
    return f"a factor of {width(good)}, from {good.low:.2g} to {good.high:.2g}"


def finite(number: float) -> float | None:
    """A number as JSON has it; None for what is none or has no end."""
    return number if math.isfinite(number) else None


def numbers(found: Comparison) -> dict:
    """A comparison for results.json."""
    return {"difference": found.mean, "low": found.low, "high": found.high, "verdict": found.verdict}


def lost(runs: int) -> str:
    return f" ({runs} diverged)" if runs else ""


def _listed(rows) -> str:
    return ", ".join(rows)
