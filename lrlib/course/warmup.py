"""The experiments of lesson 11: how high a peak may be, an Adam that forgets, how a run starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from lrlib import stats, theory
from lrlib.evidence.sweeps import Stored
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule
from lrlib.tasks import Task
from lrlib.train import Adam, Sweep
from lrlib.train.updates import Optimizer

KEPT = 0.9  # of the best gain, at a usable peak


def usable(grid: Sweep, i: int) -> np.ndarray:
    """Each seed's largest usable peak under schedule i of a sweep, as a logarithm to base 2: (seeds,).

    Usable is a peak at which the loss stays below guess - 0.9 (guess - lowest mean loss of schedule 0).
    """
    bar = grid.guess - KEPT * (grid.guess - grid.result[0].mean(axis=1).min())
    return np.log2(stats.largest_usable(grid.base_lrs, grid.result[i], bar))


def wider(grid: Sweep, i: int, than: int = 0) -> stats.Comparison:
    """How far the usable range of schedule i falls short of another's: *better* is wider."""
    return stats.compare(-usable(grid, i), -usable(grid, than))


def effects(stored: Mapping[str, Stored], arm: Mapping[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What schedule arm[name] changes in each stored sweep, against schedule 0: two families.

    The first is of `wider`, the second of the losses at tuned peaks, with the errors of both peaks, and the
    shares of held-out rows that are right, in %.
    """
    ranges = stats.family({name: wider(stored[name].grid, i) for name, i in arm.items()})
    best, right = {}, {}
    for name, i in arm.items():
        losses = stored[name].judged.losses()
        (none, *_), one = losses, list(losses)[i]
        best[name] = stats.compare(losses[one], losses[none], also=losses.peak_error(one, none))
        right[name] = [100 * losses.right[label].mean() for label in (one, none)]
    table = stats.family(best)[["difference", "ci_low", "ci_high", "verdict"]]
    return ranges, table.join(pd.DataFrame.from_dict(right, "index", columns=["% right", "% without"]))


def as_times(family: pd.DataFrame) -> pd.DataFrame:
    """From a family of `wider`: how many times as high the usable peak is, its limits, and the verdict."""
    names = {"difference": "times", "ci_high": "low", "ci_low": "high"}
    return (2 ** -family[list(names)].rename(columns=names)).assign(verdict=family["verdict"]).round(2)


@dataclass(frozen=True)
class Forgetful(Adam):
    """Adam that forgets both its averages, and begins to count anew, after `after` updates."""

    after: int = 0

    def update(self, weight, grad, memory, rate, t):
        if t == self.after + 1:
            for average in memory:
                average.zero_()
        super().update(weight, grad, memory, rate, t - self.after * (t > self.after))


def sharpness(task: Task, rule: Optimizer, schedule: Schedule, base_lr: float, at: Sequence[int],
              seeds: Sequence[int] = range(3)) -> np.ndarray:  # fmt: skip
    """The largest curvature of the loss of 400 training rows before each update of `at`: (len(at),).

    The geometric mean over seeds.
    """
    return np.exp(np.mean([np.log(_seen(task, rule, schedule, base_lr, at, seed)) for seed in seeds], axis=0))


def _seen(task, rule, schedule, base_lr, at, seed) -> list[float]:
    model, batches, rows, found = task.model(seed), task.batches(seed, max(at) + 1), task.batches(0, 1), []
    optimizer = rule.torch(model.parameters(), base_lr)
    scheduler = ScheduleLR(optimizer, schedule)
    for t in range(max(at) + 1):
        if t in at:
            loss = task.loss(model(rows.inputs[:400]), rows.targets[:400])
            found.append(theory.sharpness(loss, model.parameters()))
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        scheduler.step()
    return found


def gradients(task: Task, seed: int, n: int) -> Iterator[np.ndarray]:
    """Gradients of the first n batches of a seed, all at its starting weights, each (parameters,)."""
    model, batches = task.model(seed), task.batches(seed, n)
    for t in range(n):
        loss = task.loss(model(batches[t][0]), batches[t][1])
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        yield torch.cat([slope.reshape(-1) for slope in slopes]).numpy()


def sizes(gradients: Iterable[np.ndarray], beta: float = 0.9) -> np.ndarray:
    """How large Adam's updates are, over the rate: root mean square over weights after each gradient, (n,).

      m / (1 - beta^t) / (sqrt(v / (1 - 0.999^t)) + 1e-8),  m and v Adam's averages of g and of g^2.

    >>> sizes([np.array([3.0, -0.1])]).round(3).tolist()
    [1.0]
    """
    m, v, found = 0.0, 0.0, []
    for t, g in enumerate(gradients, 1):
        m, v = beta * m + (1 - beta) * g, 0.999 * v + 0.001 * g**2
        ratio = m / (1 - beta**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        found.append(np.sqrt(np.mean(ratio**2)))
    return np.array(found)
