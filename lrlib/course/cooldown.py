"""The experiments of lesson 12: what theory says of endings, pairs that would tell, batches that grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lrlib import stats, theory
from lrlib.schedules import parse
from lrlib.tasks import Batches, Task


def predicted(texts: Sequence[str], steps: int, curvatures: Sequence[float], base: str) -> pd.DataFrame:
    """The last loss of each schedule at its own best peak, over that of `base`, in two theories.

    texts: schedules, one of which is base; T in them is `steps`. bound: of the last weights in the convex
    worst case, `theory.tuned_bound`. bowl: expected on a noisy quadratic of these curvatures from a distance
    of 1, at the best of 80 peaks from 0.02 to 1.9.
    """
    factors = np.array([parse(text, T=steps).values(steps) for text in texts])
    rates = np.geomspace(0.02, 1.9, 80)[:, None, None] * factors
    bowl = theory.expected_loss(rates, curvatures)[..., -1].min(axis=0)
    table = pd.DataFrame({"bound": theory.tuned_bound(factors)[1], "bowl": bowl}, index=texts)
    return table / table.loc[base]


def pairs_needed(losses: Mapping[str, np.ndarray], reference: str) -> pd.Series:
    """Pairs at which the measured difference to the reference is told in 4 of 5 repetitions, 0 for itself.

    As strict as the smallest p-value of the family has to be: level 1 - 0.05 / comparisons.
    """
    level = 1 - 0.05 / (len(losses) - 1)
    gaps = {name: values - losses[reference] for name, values in losses.items()}
    needed = {
        name: stats.seeds_needed(gap.mean(), gap.std(ddof=1), level=level) if gap.any() else 0
        for name, gap in gaps.items()
    }
    return pd.Series(needed, name="pairs")


@dataclass(frozen=True)
class Grown(Batches):
    """Batches of which those from update `whole_from` on hold all rows."""

    whole_from: int

    def __getitem__(self, t):
        return super().__getitem__(t) if t < self.whole_from else (self.inputs, self.targets)

    def to(self, dtype, device="cpu"):
        return Grown(**vars(super().to(dtype, device)), whole_from=self.whole_from)


def growing(task: Task, whole_from: int) -> Task:
    """The task with all its training rows in every batch from update `whole_from` on.

    >>> from lrlib import tasks
    >>> task = growing(tasks.get("digits"), whole_from=3)
    >>> [len(task.batches(0, 4)[t][0]) for t in (2, 3)]
    [32, 1200]
    """

    def batches(seed: int, n: int) -> Grown:
        return Grown(**vars(task.batches(seed, n)), whole_from=whole_from)

    return replace(task, batches=batches)
