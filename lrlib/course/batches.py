"""The experiments of lesson 19: noise scales, updates to a target, batches that grow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from scipy.optimize import least_squares
from scipy.stats import t as student
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from lrlib import stats, theory, train
from lrlib.course.estimate import Estimate
from lrlib.tasks import Batches, Task, epoch_order
from lrlib.train import Sweep


def row_gradients(task: Task, model: nn.Module, inputs: Tensor, targets: Tensor) -> np.ndarray:
    """The gradient of each row's own loss, flattened over all weights: (rows, weights)."""
    weights = {name: p.detach() for name, p in model.named_parameters()}

    def loss(weights, x, y):
        return task.loss(functional_call(model, weights, (x[None],)), y[None])

    slopes = vmap(grad(loss), in_dims=(None, 0, 0))(weights, inputs, targets)
    return torch.cat([slope.reshape(len(inputs), -1) for slope in slopes.values()], dim=1).numpy()


def noise_scale(gradients: np.ndarray, batch_size: int, level: float = 0.95) -> Estimate:
    """How many rows a batch needs so that its noise is as large as its signal, from n >= 3 batch gradients.

      trace(S) = B sum_k var(g_k),   |G|^2 = |mean g|^2 - trace(S) / (B n),

    g_k over batches for weight k, var with n - 1. The subtraction matters: the squared length of an average
    of n noisy gradients holds an n-th of their noise. The interval is the jackknife's, leaving out a batch at
    a time, for |G|^2 / trace(S), which may reach 0: then there is no upper limit.
    gradients: (n, weights), each the mean over B = batch_size rows.
    McCandlish et al. 2018, arXiv:1812.06162, appendix A.

    >>> g = 1 + np.random.default_rng(0).standard_normal((64, 500)) / 8 ** 0.5  # batches of 8, exactly 1
    >>> print(noise_scale(g, 8))
    0.991 [0.97, 1.01]
    """
    products, n = gradients @ gradients.T, len(gradients)

    def inverse(kept: np.ndarray) -> float:
        some = products[np.ix_(kept, kept)]
        m, mean = len(some), some.mean()
        trace = batch_size * (np.trace(some) - m * mean) / (m - 1)
        return (mean - trace / (batch_size * m)) / trace

    whole, all_of = inverse(np.arange(n)), np.arange(n)
    others = np.array([inverse(np.delete(all_of, i)) for i in range(n)])
    error = np.sqrt((n - 1) / n * ((others - others.mean()) ** 2).sum())
    reach = student.ppf((1 + level) / 2, n - 1) * error
    value, low, high = (1 / x if x > 0 else np.inf for x in (whole, whole + reach, whole - reach))
    return Estimate(float(value), float(low), float(high))


def noise_scales(task: Task, rate: float, at: Sequence[int], n_batches: int) -> pd.DataFrame:
    """Noise scales before some updates of a run of plain SGD with seed 0: of all rows, and estimated.

    A row for each update of `at`: exact over the training rows, then the estimate from `n_batches` batches
    of the task's size, drawn from them with replacement, and its interval.
    """
    model, data, rng, found = task.model(0), task.batches(0, max(at) + 1), np.random.default_rng(0), {}
    optimizer = torch.optim.SGD(model.parameters(), rate)
    for t in range(max(at) + 1):
        inputs, targets = data[t]
        if t in at:
            rows = row_gradients(task, model, data.inputs, data.targets)
            exact = rows.var(axis=0).sum() / (rows.mean(axis=0) ** 2).sum()
            picked = rng.integers(0, len(rows), (n_batches, len(inputs)))
            some = noise_scale(rows[picked].mean(axis=1), len(inputs))
            found[f"update {t}"] = exact, some.value, some.low, some.high
        optimizer.zero_grad()
        task.loss(model(inputs), targets).backward()
        optimizer.step()
    return pd.DataFrame.from_dict(found, "index", columns=["all rows", "estimate", "low", "high"])


def updates_to(sweep: Sweep, target: float) -> np.ndarray:
    """Updates until a run's held-out loss first reaches the target, (rates, seeds); inf where it never does.

    Between two evaluations the loss counts as a straight line; sweep: of one schedule.
    """
    losses, steps = sweep.heldout_loss[0], np.concatenate([[0], sweep.heldout_steps])
    losses = np.concatenate([np.full((*losses.shape[:2], 1), sweep.guess), losses], axis=-1)
    below = losses <= target
    at = np.maximum(below.argmax(axis=-1), 1)
    after, before = (np.take_along_axis(losses, i[..., None], -1)[..., 0] for i in (at, at - 1))
    share = (before - target) / (before - after)
    return np.where(below.any(axis=-1), steps[at - 1] + share * (steps[at] - steps[at - 1]), np.inf)


def counts(grids: Mapping[int, Sweep], target: float) -> dict[int, np.ndarray]:
    """Updates to the target at the rate with the fewest: batch size -> (judging seeds,), the second half.

    The rate is chosen on the first half of the seeds.
    """
    found = {}
    for size, grid in grids.items():
        reached, half = updates_to(grid, target), len(grid.seeds) // 2
        found[size] = reached[reached[:, :half].mean(axis=1).argmin(), half:]
    return found


def critical_batch(counts: Mapping[int, np.ndarray]) -> Estimate:
    """B_crit of `hyperbola`, the geometric mean over seeds with Student's interval.

    counts: batch size -> updates, (seeds,).
    """
    each = np.log([hyperbola([*counts], run)[1] for run in np.transpose([*counts.values()])])
    reach = student.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
    return Estimate(*map(float, np.exp(each.mean() + np.array([0, -reach, reach]))))


def judged(task: Task, arms: Mapping[str, tuple], grid: Sequence[float], tuning: Sequence[int],
           judging: Sequence[int], reference: str) -> tuple[stats.Losses, dict]:  # fmt: skip
    """Each arm tuned and judged with batches of its own sizes: losses, and ledgers by name.

    arms: name -> (schedule of the rate, schedule of the batch size), both on the clock of updates.
    """
    losses, right, excess, runs = {}, {}, {}, {}
    for name, (rate, batch) in arms.items():
        grown = ramped(task, batch.values(int(rate.steps)))
        tuned = train.tune(grown, {name: rate}, grid, tuning)
        found = train.judge(grown, tuned, judging)
        losses |= found.losses()
        right |= found.right()
        excess |= tuned.excess()
        runs |= found.ledgers()
    return stats.Losses(losses, excess, right, reference), runs


@dataclass(frozen=True)
class Ramp(Batches):
    """Batches of sizes of their own: rows `ends[t] - sizes[t] .. ends[t]` of one long row of examples."""

    sizes: Tensor
    ends: Tensor

    def __getitem__(self, t: int) -> tuple[Tensor, Tensor]:
        rows = self.order[self.ends[t] - self.sizes[t] : self.ends[t]]
        return self.inputs[rows], self.targets[rows]

    def __len__(self) -> int:
        return len(self.sizes)

    def to(self, dtype, device="cpu"):
        return Ramp(**vars(super().to(dtype, device)), sizes=self.sizes, ends=self.ends)


def ramped(task: Task, sizes: Sequence[int]) -> Task:
    """The task with `sizes[t]` examples in the batch of update t, read off the same shuffled epochs.

    Whatever the sizes, a seed's examples come in the same order, so that runs of other sizes are paired.

    >>> from lrlib import tasks
    >>> task = ramped(tasks.get("digits"), [32, 32, 64])
    >>> [len(task.batches(0, 3)[t][0]) for t in range(3)]
    [32, 32, 64]
    """
    sizes = torch.as_tensor(np.asarray(sizes, dtype=np.int64))

    def batches(seed: int, n: int) -> Ramp:
        data, ends = task.batches(seed, 1), sizes[:n].cumsum(0)
        order = epoch_order(seed, len(data.inputs), 1, int(ends[-1]))[:, 0]
        return Ramp(data.inputs, data.targets, torch.from_numpy(order), sizes[:n], ends)

    return replace(task, batches=batches)


def bowl_updates(batch_sizes: Sequence[float], target: float, curvatures, noise: float = 1.0) -> np.ndarray:
    """Fewest updates to an expected loss of `target` at a constant rate, on the noisy bowl: (batch sizes,).

    Exact, `theory.constant_rate_loss`, at the best of 400 rates for each number of updates.
    """
    rates = np.geomspace(1e-4, 1.95, 400)

    def fewest(batch_size: float) -> int:
        ends = lambda n: theory.constant_rate_loss(rates, n, curvatures, noise, batch_size=batch_size)  # noqa: E731
        return bisect_left(range(10**6), True, lo=1, key=lambda n: bool((ends(n) <= target).any()))

    return np.array([fewest(size) for size in batch_sizes], float)


def bowl_noise_scales(rate: float, target: float, curvatures, noise: float = 1.0) -> np.ndarray:
    """The noise scale before each update of a run without noise, until its loss is at the target.

    sum_i c_i / sum_i (h_i x_i)^2 with c_i = h_i noise^2, from x_i = 1.
    """
    h, x, found = np.asarray(curvatures), np.ones(len(curvatures)), []
    while h @ x**2 / 2 > target:
        found.append((h * noise**2).sum() / ((h * x) ** 2).sum())
        x = (1 - rate * h) * x
    return np.array(found)


def hyperbola(batch_sizes: Sequence[float], updates: np.ndarray) -> tuple[float, float]:
    """(S_min, B_crit) of updates = S_min (1 + B_crit / B), by least squares of logarithms.

    >>> hyperbola([1, 10, 100], np.array([110.0, 20.0, 11.0]))
    (10.0, 10.0)
    """
    sizes, wanted = np.asarray(batch_sizes, float), np.log(updates)

    def left(p: np.ndarray) -> np.ndarray:
        return p[0] + np.log1p(np.exp(p[1]) / sizes) - wanted

    start = [wanted.min(), np.log(np.median(sizes))]
    fewest, critical = np.exp(least_squares(left, start, xtol=1e-12, ftol=1e-12, gtol=1e-12).x)
    return float(f"{fewest:.9g}"), float(f"{critical:.9g}")
