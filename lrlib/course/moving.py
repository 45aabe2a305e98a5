"""Where a tuned peak goes when something else changes, and what guessing it costs: lessons 19 and 26."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from lrlib import stats
from lrlib.course.estimate import Estimate
from lrlib.evidence import sweeps
from lrlib.tasks import Task
from lrlib.tasks.widths import Times
from lrlib.train import Sweep
from lrlib.train.updates import Optimizer


def grids(name: str, sizes: Sequence[float], kind: str = "") -> dict[float, Sweep]:
    """The stored grids `name/size`, or `name/kind-size`, of one definition that varies: size -> grid.

    >>> [grid.steps for grid in grids("batch-sgd", (8, 32)).values()]
    [800, 200]
    """
    return {size: sweeps.load(f"{name}/{kind}{kind and '-'}{size}").grid for size in sizes}


def halves(sweep: Sweep) -> tuple[slice, slice]:
    """The seeds of a grid that tune, and those that judge."""
    middle = len(sweep.seeds) // 2
    return slice(0, middle), slice(middle, None)


def peak(sweep: Sweep, place: int = 0, seeds: slice = slice(None)) -> stats.Peak:
    """The interpolated best rate of a schedule, by its place, over some seeds of a grid; see `stats.peak`.

    A rate at which a run of these diverged counts with the loss of a constant guess.
    """
    return stats.peak(sweep.base_lrs, sweep.result[place][:, seeds])


def loss_at(sweep: Sweep, rate: float, place: int = 0, seeds: slice = slice(None)) -> np.ndarray:
    """Each seed's loss at a rate between those of a grid, on a straight line in both logarithms: (seeds,).

    Beyond the grid it is that of the last rate.
    """
    x, losses = np.log(sweep.base_lrs), np.log(sweep.result[place][:, seeds])
    return np.exp([np.interp(np.log(rate), x, run) for run in losses.T])


def slope(grids: Mapping[float, Sweep], place: int = 0) -> Estimate:
    """The exponent p of best rate ~ size^p; see `stats.peak_power`."""
    losses = [each.result[place] for each in grids.values()]
    found = stats.peak_power([*grids], [each.base_lrs for each in grids.values()], losses)
    return Estimate(found.value, found.low, found.high, "+.2f")


def guesses(grids: Mapping[float, Sweep], base: float, powers: Mapping[str, float],
            place: int = 0) -> dict[str, dict[float, np.ndarray]]:  # fmt: skip
    """Losses at guessed rates: rule -> size -> (judging seeds,), with "own peak" for the one tuned there.

    A rule takes the peak of the grid at `base` times (size / base)^power. All peaks are tuned on the first
    half of the seeds, and all losses are those of the second half.
    """
    tuning, judging = halves(grids[base])
    start = peak(grids[base], place, tuning).rate

    def rate(rule: str, size: float) -> float:
        own = rule == "own peak"
        return peak(grids[size], place, tuning).rate if own else start * (size / base) ** powers[rule]

    return {
        rule: {
            size: loss_at(each, rate(rule, size), place, judging)
            for size, each in grids.items()
            if size != base
        }
        for rule in ("own peak", *powers)
    }


def output_changes(
    task: Task, rule: Optimizer, rate: float, updates: int, seeds: Sequence[int] = range(3)
) -> np.ndarray:
    """How far the output of each layer of `digits_wide` moves in some updates at a constant rate: (layers,).

    Root mean square over held-out rows and units, mean over seeds: the *coordinate check* of muP.
    """
    return np.mean([_changes(task, rule, rate, updates, seed) for seed in seeds], axis=0)


def _changes(task: Task, rule: Optimizer, rate: float, updates: int, seed: int) -> list[float]:
    start, model, data = task.model(seed), task.model(seed), task.batches(seed, updates)
    optimizer = rule.torch(model.parameters(), rate)
    for t in range(updates):
        optimizer.zero_grad()
        task.loss(model(data[t][0]), data[t][1]).backward()
        optimizer.step()
    a = b = task.heldout[0][:200]
    found = []
    with torch.no_grad():
        for one, other in zip(model, start, strict=True):
            a, b = one(a), other(b)
            if isinstance(one, Times):
                found.append(float((a - b).square().mean().sqrt()))
    return found
