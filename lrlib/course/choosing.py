"""The capstone of lesson 24: ways to spend a budget of runs, what they choose, and the marks of a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lrlib import stats, train
from lrlib.schedules import parse
from lrlib.tasks import Task
from lrlib.train import Sweep

DRAWS = 1000


def spent(grid: Sweep, schedules: list[str], every: int, seeds: int) -> int:
    """How many runs a way takes: these schedules, every so-manieth rate of the grid, so many seeds."""
    return len(schedules) * len(grid.base_lrs[::every]) * seeds


def choices(grid: Sweep, schedules: list[str], every: int, seeds: int) -> pd.DataFrame:
    """What a way of spending runs chooses, in 1,000 repetitions, each on seeds drawn from those of a sweep.

    The way trains these schedules at every so-manieth rate of the grid on so many seeds, and takes the one
    with the lowest mean. Columns: chosen, the schedule; promised, the loss that it had on those
    seeds; found, its mean on the seeds not drawn; regret, how much higher that is than what the best setting
    of the whole sweep has on them.
    """
    losses, n = grid.result, len(grid.seeds)
    part = losses[[grid.labels.index(label) for label in schedules]][:, ::every]
    settings, best = part.reshape(-1, n), losses.reshape(-1, n)
    best = best[best.mean(axis=1).argmin()]
    drawn = np.random.default_rng(0).random((DRAWS, n)).argsort(axis=1) < seeds
    promised, rest = settings @ drawn.T / seeds, settings @ ~drawn.T / (n - seeds)
    taken = promised.argmin(axis=0), np.arange(DRAWS)
    made = {"chosen": np.repeat(schedules, part.shape[1])[taken[0]], "promised": promised[taken]}
    made |= {"found": rest[taken], "regret": rest[taken] - ~drawn @ best / (n - seeds)}
    return pd.DataFrame(made)


@dataclass(frozen=True)
class Plan:
    """What is done with a budget of runs, all of it said before the first one.

    schedules: name -> text, in which T is the length of a run. rates: the grid of peaks. tuning, judging:
    seeds. fallback: the schedule that is taken where no other is *better* than it.
    """

    schedules: Mapping[str, str]
    rates: tuple[float, ...]
    tuning: range
    judging: range
    fallback: str

    @property
    def runs(self) -> int:
        return len(self.schedules) * (len(self.rates) * len(self.tuning) + len(self.judging))


def rubric(budget: int) -> dict[str, Callable[[Plan, np.ndarray, float], bool]]:
    """What a plan is asked for before it is carried out: question -> whether (plan, rates, end) meets it.

    rates: in increasing order, each once. end: the lowest last factor of its schedules, as a share of the
    largest one.
    """
    return {
        f"at most {budget} runs, tuning included": lambda plan, rates, end: plan.runs <= budget,
        "no seed both tunes and judges": lambda plan, rates, end: not {*plan.tuning} & {*plan.judging},
        "8 tuning seeds or more, so that a peak has an interval": lambda plan, rates, end: (
            len(plan.tuning) >= 8
        ),
        "16 pairs or more to judge": lambda plan, rates, end: len(plan.judging) >= 16,
        "2 to 4 schedules": lambda plan, rates, end: 2 <= len(plan.schedules) <= 4,
        "one of them ends at a tenth of its peak or less": lambda plan, rates, end: end <= 0.1,
        "5 rates or more, each at most twice the one before": lambda plan, rates, end: (
            len(rates) >= 5 and bool((rates[1:] <= 2.001 * rates[:-1]).all())
        ),
        "the grid spans a factor of 8": lambda plan, rates, end: rates[-1] >= 7.99 * rates[0],
        "a fallback among the schedules": lambda plan, rates, end: plan.fallback in plan.schedules,
    }


def marks(plan: Plan, budget: int, steps: int) -> pd.Series:
    """The rubric, met or not: question -> yes or no. steps: the length of a run."""
    rates = np.unique(np.array(plan.rates, dtype=float))
    factors = [parse(text, T=steps).values(steps) for text in plan.schedules.values()]
    end = min((each[-1] / each.max() for each in factors), default=1.0)
    asked = rubric(budget).items()
    return pd.Series({question: "yes" if met(plan, rates, end) else "no" for question, met in asked})


def carried_out(plan: Plan, task: Task, steps: int, **how) -> tuple[train.Tuned, stats.Losses, str]:
    """Tune, judge on fresh seeds, and choose: what tuning found, the judged losses, and the choice."""
    tuned = train.tune(task, dict(plan.schedules), plan.rates, plan.tuning, steps=steps, widen=0, **how)
    losses = train.judge(task, tuned, plan.judging, evaluations=1).losses()
    losses = stats.Losses(losses, losses.excess, losses.right, plan.fallback)
    table = stats.ranking(losses)
    better = table.index[table["verdict"] == "better"]
    return tuned, losses, better[0] if len(better) else plan.fallback
