"""The experiments of lesson 21: decays that AdamW does not offer, and weights that come to an equilibrium."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from lrlib import stats
from lrlib.course.finding import together
from lrlib.course.warmup import KEPT
from lrlib.evidence import sweeps
from lrlib.evidence.sweeps import Stored
from lrlib.schedules import Schedule, constant
from lrlib.tasks import Task, seeded
from lrlib.train import AdamW


@dataclass(frozen=True)
class SteadyDecay(AdamW):
    """AdamW whose decay does not follow the schedule: w := w - base_lr * weight_decay * w, then Adam.

    shape: the schedule of the rate, by which it is divided to find base_lr; it may be 0 nowhere.
    """

    shape: Schedule = field(default_factory=constant)

    def update(self, weight, grad, memory, rate, t):
        weight.mul_(1 - rate / float(self.shape(int(t) - 1)) * self.weight_decay)
        self._move(weight, grad, memory, rate, t)


@dataclass(frozen=True)
class MatrixDecay(AdamW):
    """AdamW whose decay leaves biases alone: all that has fewer than two axes."""

    def update(self, weight, grad, memory, rate, t):
        seeds_and_runs = 2
        if weight.ndim - seeds_and_runs >= 2:
            weight.mul_(1 - rate * self.weight_decay)
        self._move(weight, grad, memory, rate, t)


def normalised(seed: int) -> nn.Sequential:
    """The digits' network with a hidden layer whose outputs are normalised: its length means nothing.

    LayerNorm divides by the size of what comes in, so weights that are all twice as large give the same.
    """
    with seeded(seed):
        return nn.Sequential(
            nn.Linear(64, 32, bias=False, dtype=torch.float64),
            nn.LayerNorm(32, elementwise_affine=False),
            nn.ReLU(),
            nn.Linear(32, 10, dtype=torch.float64),
        )


def watched(task: Task, make: Callable[[list[dict]], torch.optim.Optimizer], steps: int,
            times: float = 1.0, seed: int = 0) -> tuple[np.ndarray, float]:  # fmt: skip
    """Train `normalised`: the length of its normalised layer after each update, (steps,), and how it turns.

    make: from parameter groups, of which the second has no decay, to an optimizer. times: what the layer's
    first weights are multiplied by. The turn is the angle of an update in radians, its root mean square over
    the second half of the run.
    """
    model, batches = normalised(seed), task.batches(seed, steps)
    layer = model[0].weight
    with torch.no_grad():
        layer.mul_(times)
    optimizer = make([{"params": [layer]}, {"params": model[3].parameters(), "weight_decay": 0.0}])
    seen = [layer.detach().flatten().clone()]
    for t in range(steps):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        seen.append(layer.detach().flatten().clone())
    weights = torch.stack(seen)
    turns = angles(weights)[steps // 2 :]
    return weights[1:].norm(dim=1).numpy(), float(np.sqrt(np.mean(turns**2)))


def angles(weights: Tensor) -> np.ndarray:
    """The angle between each row and the next, in radians, (n - 1,), from (n, weights).

    >>> angles(torch.tensor([[1.0, 0.0], [2.0, 2.0]]).double()).round(4).tolist()
    [0.7854]
    """
    unit = nn.functional.normalize(weights, dim=1)
    return 2 * torch.arcsin((unit[1:] - unit[:-1]).norm(dim=1) / 2).numpy()


def wider(stored: Mapping[str, Stored], reference: str) -> pd.DataFrame:
    """How far usable rates of each stored sweep reach above the reference's: a family, *better* is wider.

    Each has one schedule. Usable for a seed is a rate that keeps 90 % of the best mean gain of the reference
    over a guess; differences are logarithms to base 2. Left out is what is usable at no rate.
    """
    base = stored[reference].grid
    bar = base.guess - KEPT * (base.guess - base.result[0].mean(axis=1).min())
    fit = {name: each.grid for name, each in stored.items() if (each.grid.result[0].mean(axis=1) < bar).any()}
    reach = {n: np.log2(stats.largest_usable(grid.base_lrs, grid.result[0], bar)) for n, grid in fit.items()}
    return stats.family({n: stats.compare(-reach[n], -reach[reference]) for n in reach if n != reference})


def ends(files: Mapping[str, str], reference: str) -> stats.Losses:
    """What was judged in several stored sweeps of one schedule each: name -> file, under these names."""
    judged = {name: sweeps.load(file, [name]).judged.losses() for name, file in files.items()}
    return together(judged, reference)
