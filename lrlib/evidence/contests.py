"""Schedules that were judged at their own peaks, in stored sweeps of several tasks and lengths, compared.

Losses of different tasks have no common unit: what is compared is the logarithm of a ratio, seed by seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import studentized_range, ttest_1samp

from lrlib import stats
from lrlib.evidence import sweeps
from lrlib.evidence.verdicts import Measured


@dataclass(frozen=True, eq=False)
class Runs:
    """Held-out losses of a schedule at its tuned peak, (N,), one a judging seed.

    excess: what their mean changes where other tuning seeds put the peak, as a share of it, (draws,).
    """

    losses: np.ndarray
    excess: np.ndarray


Pairs = Iterable[tuple[Runs, Runs]]


@cache
def stored(name: str) -> sweeps.Stored:
    """A stored sweep, read once."""
    return sweeps.load(name)


def runs(name: str, label: str, step: int | None = None) -> Runs:
    """The judged runs of a schedule in a stored sweep, after `step` updates, by default at their end.

    A run that diverged counts as a constant guess. Before the end, the excess is that of the end: peaks were
    tuned for it. Raises ValueError for an unknown sweep or label.
    """
    judged = stored(name).judged
    losses = judged.losses()[label]
    if step is not None:
        s, at = judged.labels.index(label), judged.heldout_steps.tolist().index(step)
        losses = np.where(judged.diverged[s, 0], judged.guess, judged.heldout_loss[s, 0, :, at])
    return Runs(losses, judged.excess[label] / judged.losses()[label].mean())


def right(name: str, label: str, step: int | None = None) -> float:
    """The share of held-out rows that a schedule's judged runs get right, in per cent, mean over seeds."""
    judged = stored(name).judged
    at = -1 if step is None else judged.heldout_steps.tolist().index(step)
    return float(100 * judged.heldout_right[judged.labels.index(label), 0, :, at].mean())


def log_ratios(pairs: Pairs) -> Runs:
    """The mean over pairs of ln(one / other): for each seed, (N,), and what tuning may change of it."""
    pairs = list(pairs)
    losses = np.mean([np.log(one.losses / other.losses) for one, other in pairs], axis=0)
    return Runs(losses, sum(one.excess - other.excess for one, other in pairs) / len(pairs))


def compared(pairs: Pairs, less: Pairs = ()) -> stats.Comparison:
    """The mean of ln(one / other) over pairs, with its interval; above that of `less`, where it is given."""
    found, other = log_ratios(pairs), Runs(np.zeros(1), np.zeros(1))
    if less:
        other = log_ratios(less)
    reference = np.broadcast_to(other.losses, found.losses.shape)
    return stats.compare(found.losses, reference, also=float(np.std(found.excess - other.excess)))


def percent(groups: Mapping[str, Pairs]) -> Measured:
    """100 times the mean of ln(one / other) over all pairs of all groups, which are its parts."""
    groups = {name: list(pairs) for name, pairs in groups.items()}
    parts = {name: Measured.of(compared(pairs), 100) for name, pairs in groups.items()}
    whole = compared([pair for pairs in groups.values() for pair in pairs])
    return Measured.of(whole, 100, parts={name: (m.value, m.low, m.high) for name, m in parts.items()})


def over_tasks(each: Mapping[str, float]) -> Measured:
    """The mean of a figure over tasks, with Student's interval; each task is a part, without an interval."""
    values = np.array(list(each.values()))
    low, high = ttest_1samp(values, 0).confidence_interval(0.95)
    parts = {task: (float(value),) * 3 for task, value in each.items()}
    return Measured(float(values.mean()), float(low), float(high), len(values), parts=parts)


def ranks(losses: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """Rank of each schedule on each task by mean loss, 1 the lowest; tasks are rows.

    losses: task -> schedule -> (N,).

    >>> ranks({"easy": {"a": np.array([1.0, 2.0]), "b": np.array([1.0, 1.0])}})
            a    b
    easy  2.0  1.0
    """
    means = {task: {name: run.mean() for name, run in found.items()} for task, found in losses.items()}
    return pd.DataFrame(means).T.rank(axis=1)


def critical_difference(schedules: int, tasks: int, level: float = 0.95) -> float:
    """How far two mean ranks must differ to be told apart: Nemenyi's test.

    q sqrt(k (k + 1) / (6 n)) for k schedules on n tasks, q the quantile of the studentized range for k groups
    and infinite degrees of freedom, over sqrt 2. Demsar 2006, JMLR 7:1-30.

    >>> round(critical_difference(5, 30), 2)
    1.11
    """
    q = studentized_range.ppf(level, schedules, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(schedules * (schedules + 1) / (6 * tasks)))
