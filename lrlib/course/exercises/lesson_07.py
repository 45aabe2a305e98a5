"""Lesson 07, linear to zero: a floor, a run whose epochs differ in length, and two floors compared."""

from functools import cache, partial

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR

from lrlib import stats, train
from lrlib.course.exercises import Exercise, declared
from lrlib.ledger import Ledger
from lrlib.schedules import linear


def same_drop(f):
    drops = [f(t, 40, 0.2) - f(t + 1, 40, 0.2) for t in range(40)]
    return None if np.ptp(drops) < 1e-6 else "the drop is not the same at every step."


def with_p(formula):
    return lambda t, T, floor: formula(min(t / T, 1), floor)


@declared("07.1")
def a_line_to_a_floor():
    return Exercise(
        expected=lambda t, T, floor: linear(1, floor, T)(t),
        cases=[(t, T, floor) for T in (10, 37) for floor in (0, 0.1, 0.5) for t in range(45)],
        mistakes={
            "Clipped: the line should reach the floor only at T.": with_p(lambda p, m: max(1 - p, m)),
            "The floor is added on top: it starts above 1.": with_p(lambda p, m: m + 1 - p),
            "Upside down: it should start at 1.": with_p(lambda p, m: m + (1 - m) * p),
            "Past T it goes on falling: use p, not t / T.": lambda t, T, m: 1 - (1 - m) * t / T,
        },
        second=same_drop,
        tolerance=1e-6,
    )


def rates_by(factor):
    """factor(t, T, b): of update t of T, where epoch 0 has b batches."""
    return lambda lr, batches: [lr * factor(t, sum(batches), batches) for t in range(sum(batches))]


def stairs(t, T, batches):
    return 1 - np.searchsorted(np.cumsum(batches), t, side="right") / len(batches)


def no_gap(f):
    batches = [7, 7, 5]
    rates = [float(rate) for rate in f(0.5, batches)]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = LambdaLR(optimizer, lambda t: (rates[t] if t < len(rates) else 0) / 0.5)
    with Ledger.watch(optimizer, intended=linear(1, 0, 19), base_lr=0.5) as ledger:
        for _ in range(19):
            optimizer.step()
            scheduler.step()
    gap = ledger.largest_gap()
    return None if gap < 1e-6 else f"the ledger shows a gap of {gap:.3g}."


@declared("07.2")
def a_line_over_unequal_epochs():
    return Exercise(
        expected=rates_by(lambda t, T, b: 1 - t / T),
        cases=[(0.5, [30, 30, 30, 12]), (0.1, [4, 4, 1]), (1.0, [2, 5]), (0.3, [6])],
        mistakes={
            "Full rate once, then zero: divide by the whole run.": rates_by(lambda t, T, b: float(t == 0)),
            "Negative: t counts updates, not epochs.": rates_by(lambda t, T, b: 1 - t / len(b)),
            "Still a staircase, one stair an epoch.": rates_by(stairs),
            "Zero already on the last update.": rates_by(lambda t, T, b: 1 - t / (T - 1)),
            "Update 0 reads base_lr.": rates_by(lambda t, T, b: 1 - (t + 1) / T),
            "Not every epoch is as long as the first: add up what there is.": (
                rates_by(lambda t, T, b: 1 - t / (len(b) * b[0]))
            ),
            "The length must not change during the run, and in every epoch you begin again.": (
                lambda lr, batches: [lr * (1 - t / b) for b in batches for t in range(b)]
            ),
        },
        second=no_gap,
        tolerance=1e-6,
    )


def compared(task, grid, steps, n_seeds, low, high, fault=""):
    """The interval of floor `high` minus floor `low`: of the right comparison, or of one with a fault."""
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    if fault == "seeds":
        losses = {name: tuned.sweep.losses(tuned.peaks[name])[name] for name in pair}
    elif fault == "peak":
        shared = tuned.fitted["low"].rate
        losses = train.sweep(task, pair, [shared], range(n_seeds), steps=steps).losses()
    else:
        judged = train.judge(task, tuned, range(n_seeds))
        losses = dict(judged.losses()) if fault == "pairs" else judged
    return tuple(stats.ranking(losses, "low").loc["high", ["difference", "ci_low", "ci_high"]])


KNOWN = {}  # by task and settings: a notebook that asks again trains nothing twice


@declared("07.3")
def two_floors(task, grid, steps, n_seeds):
    settings = task, grid, steps, n_seeds  # kept, so that no other task has its id
    _, floors = KNOWN.setdefault(
        (id(task), *grid, steps, n_seeds), (settings, cache(partial(compared, *settings)))
    )
    return Exercise(
        expected=floors,
        cases=[(0, 1)],
        mistakes={
            "That is low minus high.": lambda a, b: floors(b, a),
            "Judged on the seeds that chose the peaks.": lambda a, b: floors(a, b, "seeds"),
            "One peak for both: each floor needs its own.": lambda a, b: floors(a, b, "peak"),
            "That takes the peaks for certain: stats.ranking knows how well the tuning found them.": (
                lambda a, b: floors(a, b, "pairs")
            ),
        },
        second=lambda f: None if np.abs(f(0.5, 0.5)[0]) < 1e-12 else "a floor differs from itself.",
        tolerance=1e-6,
    )
