"""The tables and figures of a shoot-out: every one names the same schedule as the answer does."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from lrlib import plot, stats
from lrlib.reports.contest import HALF, TWICE, Contest
from lrlib.reports.table import Table
from lrlib.rules import INF


def ranking(found: Contest) -> pd.DataFrame:
    """All schedules against the recommended one, or the first where none is, by verdicts of all pairs."""
    return stats.ranking(found.losses, found.recommended or next(iter(found.losses)))


def verdicts(found: Contest) -> Table:
    """Every schedule against the recommended one."""
    table = ranking(found)
    shown = {
        "verdict": table.verdict.replace("reference", "recommended"),
        f"difference ({found.task.unit})": [
            "0"
            if row.verdict == "reference"
            else f"{row.difference:+.4f} [{row.ci_low:+.4f}, {row.ci_high:+.4f}]"
            for row in table.itertuples()
        ],
        "may be best": ["yes" if name in found.leaders.names else "no" for name in table.index],
        "seeds to tell": [_seeds(found, name) for name in table.index],
    }
    caption = (
        "Held-out loss at the last step minus that of the recommended schedule, on the same "
        f"{len(found.seeds)} judging seeds, each at its own peak; 95 % intervals, verdicts corrected for all "
        "pairs."
    )
    return Table(pd.DataFrame(shown, table.index), caption, "schedule", code=True)


def _seeds(found: Contest, name: str) -> str:
    """How many seeds would tell a tied schedule from the recommended one."""
    verdict = ranking(found).verdict[name]
    if verdict != "cannot tell":
        return "" if verdict == "reference" else "told"
    needed = found.leaders.seeds_to_tell(name, found.recommended)
    return f"above {stats.MOST_SEEDS:,}" if needed is None else f"{needed:,}"


def peaks(found: Contest) -> Table:
    """Every schedule at its own peak."""
    table = ranking(found)
    shown = {
        "peak [95 % interval]": [_peak(found.peaks[name], name in found.unsettled) for name in table.index],
        "loss": [f"{loss:.4f}" for loss in table.loss],
        **({"right": [f"{share:.1%}" for share in table.right]} if "right" in table else {}),
        "diverged": [f"{found.diverged[name]} of {len(found.seeds)}" for name in table.index],
    }
    caption = (
        f"Peaks from {len(found.tuning_seeds)} tuning seeds, interpolated between rates of the grid, with "
        "the bootstrap interval; mean loss at the last step over the judging seeds, lowest first."
    )
    return Table(pd.DataFrame(shown, table.index), caption, "schedule", code=True)


def _peak(peak: stats.Peak, at_edge: bool) -> str:
    edge = " (edge)" * at_edge
    return f"{peak.rate:.3g}{edge} [{shown_rate(peak.low)}, {shown_rate(peak.high)}]"


def forest(found: Contest) -> plot.Picture | None:
    """Paired differences to the recommended schedule."""
    if found.recommended is None or len(found.schedules) < 2:
        return None
    return plot.forest(found.losses, reference=found.recommended, like=_looks(found), unit=found.task.unit)


def wrong_peaks(found: Contest, tolerance: float) -> plot.Picture | None:
    """What a wrong peak costs the recommended schedule, on judging seeds."""
    name = found.recommended
    if found.around is None:
        return None
    (low, high), costs = found.safe(tolerance), found.costs()
    half, twice = (f"{costs[i][1].mean:+.3g}" for i in (HALF, TWICE))
    title = f"{name}: half the peak {half}, twice the peak {twice} {found.task.unit}"
    marks = {f"peak {found.peak:g}": found.peak}
    if low < high:
        marks |= {f"safe from {low:.3g}": low, f"to {high:.3g}": high}
    losses = {name: found.around.result[0]}
    axes = "peak rate (log scale)", f"last held-out loss ({found.task.unit})"
    drawn = {"like": _looks(found), "marks": marks}
    return plot.lines(found.around.base_lrs, losses, title, "", *axes, **drawn, log_x=True, log_y=True)


def sensitivity(found: Contest) -> plot.Picture:
    """Loss against peak, every schedule, on the tuning seeds, up to half of the cost of a guess."""
    sweeps = [tuned.sweep for tuned in found.tuned]
    rates = sorted({rate for sweep in sweeps for rate in sweep.base_lrs})
    losses = {}
    for sweep in sweeps:
        for label, result in zip(sweep.labels, sweep.result, strict=True):
            losses[label] = np.full((len(rates), result.shape[1]), np.nan)
            good = result.mean(axis=1, keepdims=True) < found.task.guess / 2
            shown = result if not good.any() else np.where(good, result, np.nan)
            losses[label][[rates.index(rate) for rate in sweep.base_lrs]] = shown
    chosen = {label: peak.rate for label, peak in found.peaks.items()}
    return plot.sensitivity(rates, losses, chosen=chosen, like=_looks(found), unit=found.task.unit)


def _looks(found: Contest) -> SimpleNamespace:
    """The schedules that curves take their looks from, in a run of that many steps."""
    return SimpleNamespace(
        labels=[*found.schedules], schedules=[*found.schedules.values()], steps=found.steps
    )


def shown_rate(rate: float) -> str:
    """An end of the interval of a peak, three digits."""
    return "the edge" if rate in (0, INF) else f"{rate:.3g}"
