"""What lesson 18 pays for: equal bills of runs, tuning included, out of runs that were stored."""

from __future__ import annotations

import numpy as np

from lrlib.train import Sweep

DRAWS = 1000  # of the values that a person tries


def spend(grid: Sweep, default: float, bill: int, schedule: int = 0) -> np.ndarray:
    """What each person ends with, (seeds / 2,), after a bill of runs with one optimizer.

    The first half of the seeds of `grid` are those on which people tune, the second half those of their last
    runs, one of each a person. All but the last run try values of base_lrs, the default first and then others
    at random; the value with the lowest loss gets the last run. Of a bill of 1 that is the default. The mean
    over draws, which are the same for every grid of as many values and seeds.

    >>> from lrlib import train
    >>> grid = train.sweep("quadratic", "constant(1)", [0.01, 0.1, 1.0], range(12), steps=60)
    >>> [round(float(spend(grid, 0.01, bill).mean()), 2) for bill in (1, 2, 3, 4)]
    [0.32, 0.32, 0.2, 0.07]
    """
    tuning, last = np.split(grid.result[schedule], 2, axis=1)
    people = np.arange(last.shape[1])
    order = np.random.default_rng(0).random((DRAWS, len(people), len(last)))
    order[..., grid.base_lrs.index(default)] = -1
    values = order.argsort(axis=2)[..., : max(bill - 1, 1)]
    best = tuning[values, people[:, None]].argmin(axis=2)[..., None]
    chosen = np.take_along_axis(values, best, axis=2)[..., 0]
    return last[chosen, people].mean(axis=0)


def valley(
    grid: Sweep, default: float, near: float, schedule: int = 0
) -> tuple[np.ndarray, np.ndarray, float]:
    """Values of a knob over its default, their mean losses, and in decades how wide the valley is.

    That is the span from the first value to the last whose mean is within `near` of the lowest.
    """
    losses, knob = grid.result[schedule].mean(axis=1), np.array(grid.base_lrs)
    low = knob[losses <= losses.min() + near]
    return knob / default, losses, float(np.log10(low[-1] / low[0]))
