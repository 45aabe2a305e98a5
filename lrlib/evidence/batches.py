"""Batches that grow while text is read, and the runs in which a larger batch stands for a lower rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from lrlib import stats, tasks, train
from lrlib.evidence import sweeps
from lrlib.schedules import RateAndBatch, Schedule, constant, cosine, linear, seesaw
from lrlib.tasks import Task
from lrlib.tasks.core import moved
from lrlib.tasks.text import Windows
from lrlib.train import SGD, Adam, Sweep

SMALL, TIMES = 8, 8  # rows of the small batch, and how many times as many the large one has
TUNING, JUDGING = range(2000, 2008), range(3000, 3024)
WARMUP = 60  # updates of the small batch, before the cosine and what stands for it


class Growing(Windows):
    """Batches of sizes of their own: `starts` is a tuple with the first symbols of each update's windows."""

    def to(self, dtype: torch.dtype, device: str = "cpu") -> Growing:
        text, *starts = (moved(part, dtype, device) for part in (self.text, *self.starts))
        return Growing(text, tuple(starts), self.context, self.every)


def grown(task: Task, sizes: Sequence[int]) -> Task:
    """A task of text with `sizes[t]` windows in the batch of update t, those of its own batches in order.

    Whatever the sizes, a seed's windows come in the same order, so that runs of other sizes are paired.

    >>> task = grown(tasks.get("chars_generated", batch_size=8), [8, 8, 16])
    >>> [len(task.batches(0, 3)[t][0]) for t in range(3)]
    [8, 8, 16]
    """
    sizes = [int(size) for size in sizes]

    def batches(seed: int, steps: int) -> Growing:
        n, rows = sum(sizes[:steps]), task.options["batch_size"]
        whole = task.batches(seed, -(-n // rows))
        ends = [0, *np.cumsum(sizes[:steps]).tolist()]
        row = whole.starts.reshape(-1)
        starts = tuple(row[a:b] for a, b in pairwise(ends))
        return Growing(whole.text, starts, whole.context, whole.every)

    return replace(task, batches=batches)


def text(batch_size: int = SMALL) -> Task:
    """The task of all that is here."""
    return tasks.get("chars_generated", batch_size=batch_size)


def divided() -> tuple[Schedule, RateAndBatch]:
    """A rate that is divided by 4 twice, and a batch that is multiplied instead: 9,600 examples each."""
    rate = constant(1, 600) >> constant(1 / 4, 300) >> constant(1 / 16, 300)
    batch = constant(8, 600) >> constant(32, 75) >> constant(128, 18) >> constant(96, 1)
    return rate, RateAndBatch(constant(1, 694), batch)


def annealed() -> tuple[Schedule, RateAndBatch]:
    """Half a cosine to zero after a warm-up, and Seesaw in its place, with batches of at most 128."""
    decay = cosine(1, 0, 1200 - WARMUP)
    pair, first = seesaw(decay, SMALL, 128), linear(0, 1, WARMUP)
    return first >> decay, RateAndBatch(first >> pair.rate, constant(SMALL, WARMUP) >> pair.batch)


ARMS = {  # name -> what is compared, the optimizer, a grid of rates
    "divided": (divided, SGD(momentum=0.9), (0.0141, 0.02, 0.0283, 0.04, 0.0566)),
    "annealed": (annealed, Adam(), (0.004, 0.00566, 0.008, 0.0113, 0.016)),
}


def peak(name: str) -> float:
    """The rate of both arms, tuned for the one that lowers the rate."""
    arms, optimizer, grid = ARMS[name]
    tuned = train.tune(text(), {"rate": arms()[0]}, grid, TUNING, optimizer=optimizer)
    return tuned.fitted["rate"].rate


def exchanged(name: str, rate: float) -> dict[str, Sweep]:
    """Runs of both arms at one rate: "rate", which lowers it, and "batch", which grows the batch."""
    arms, optimizer, _ = ARMS[name]
    lower, pair = arms()
    larger = grown(text(), pair.batch.values(int(pair.steps)))
    how = {"optimizer": optimizer}
    return {
        "rate": train.sweep(text(), {"rate": lower}, rate, JUDGING, **how),
        "batch": train.sweep(larger, {"batch": pair.rate}, rate, JUDGING, **how),
    }


def scaled() -> Mapping[str, np.ndarray]:
    """Last losses with a small batch at its tuned peak, and a large one at so many times the rate.

    "small" from the stored sweep; "large" and "large, no warm-up" are trained, on the same seeds.
    """
    stored = sweeps.load(f"scale-batch-sgd/{SMALL}", labels=["small"])
    rate = stored.tuned.fitted["small"].rate
    shapes = {"large": "linear(0, 1, 8) >> linear(1, 0, T - 8)", "large, no warm-up": "linear(1, 0, T)"}
    steps = stored.definition.steps // TIMES
    how = {"steps": steps, "evaluations": 1, "optimizer": SGD(momentum=0.9)}
    found = train.sweep(text(SMALL * TIMES), shapes, TIMES * rate, stored.judged.seeds, **how)
    return stats.Losses(stored.judged.losses() | found.losses())
