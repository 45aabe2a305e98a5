"""Problems by name: data, model and loss. One seed names everything random in a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from lrlib.schedules.rules import unknown

INIT, ORDER, NOISE = range(3)


@dataclass(frozen=True)
class Batches:
    """The batches of one seed: `batches[t]` is (inputs, targets) of update t, the same at every rate."""

    inputs: Tensor
    targets: Tensor
    order: Tensor

    def __getitem__(self, t: int) -> tuple[Tensor, Tensor]:
        rows = self.order[t]
        return self.inputs[rows], self.targets[rows]

    def __len__(self) -> int:
        return len(self.order)


@dataclass(frozen=True)
class Task:
    """A training problem, in float64.

    name, options: how it is asked for, `get(name, **options)`; it travels between processes as that.
    model: seed -> a freshly initialised nn.Module.
    loss: (model output, targets) -> mean loss of the batch, a scalar tensor.
    batches: (seed, steps) -> Batches. heldout: (inputs, targets) that no update sees.
    guess: the loss of a constant guess, what a diverged run counts as. unit: of the loss.
    """

    name: str
    options: dict
    model: Callable[[int], nn.Module]
    loss: Callable[[Tensor, Tensor], Tensor]
    batches: Callable[[int, int], Batches]
    heldout: tuple[Tensor, Tensor]
    guess: float
    unit: str
    _named: bool = field(default=False, init=False, repr=False)

    def __reduce__(self):
        if not self._named:
            raise ValueError("only a task from tasks.get can go to other processes; use workers=1")
        return _restored, (self.name, self.options)


def _restored(name: str, options: dict) -> Task:
    return get(name, **options)


def get(name: str, **options) -> Task:
    """The task of that name; ValueError for an unknown name. Options are those of the task's function."""
    if name not in TASKS:
        raise ValueError(unknown("task", name, TASKS))
    task = TASKS[name](**options)
    object.__setattr__(task, "_named", True)
    return task


def digits(
    label_noise: float = 0.0, hidden: tuple[int, ...] = (32, 32), batch_size: int = 32, n_train: int = 1200
) -> Task:
    """Handwritten digits, 8x8 pixels, ten classes: an MLP with ReLU, cross-entropy in nats.

    scikit-learn's bundled set of 1,797 images (Alpaydin & Kaynak 1998, UCI). The split into `n_train`
    training and the other held-out images is fixed; pixels are scaled to [-1, 1]. `label_noise` is the
    fraction, 0..1, of training labels replaced by a random class, drawn anew for each seed; held-out labels
    are clean. Each epoch shuffles the training images and drops the last partial batch.
    """
    if not 0 <= label_noise <= 1:
        raise ValueError(f"label_noise must be a fraction 0..1, got {label_noise!r}")
    images, labels = _digits()
    if not batch_size <= n_train < len(labels):
        raise ValueError(f"n_train must be {batch_size}..{len(labels) - 1}, got {n_train!r}")
    sizes = (images.shape[1], *hidden, 10)

    def model(seed: int) -> nn.Module:
        return mlp(sizes, seed)

    def batches(seed: int, steps: int) -> Batches:
        noisy = labels[:n_train].copy()
        rng = np.random.default_rng([seed, NOISE])
        replaced = rng.random(n_train) < label_noise
        noisy[replaced] = rng.integers(0, 10, n_train)[replaced]
        order = epoch_order(seed, n_train, batch_size, steps)
        return Batches(torch.from_numpy(images[:n_train]), torch.from_numpy(noisy), torch.from_numpy(order))

    return Task(
        name="digits",
        options={"label_noise": label_noise, "hidden": hidden, "batch_size": batch_size, "n_train": n_train},
        model=model,
        loss=nn.functional.cross_entropy,
        batches=batches,
        heldout=(torch.from_numpy(images[n_train:]), torch.from_numpy(labels[n_train:])),
        guess=float(np.log(10)),
        unit="nats",
    )


def quadratic(
    curvatures: tuple[float, ...] = (1.0, 0.3, 0.1, 0.03, 0.01), noise: float = 1.0, start: float = 1.0
) -> Task:
    """A noisy bowl: loss = 1/2 sum_i h_i x_i^2, seen through gradients h_i x_i + sqrt(h_i) * noise * z_i.

    `curvatures` h_i > 0, so the largest stable rate is 2 / max(h); z_i is standard normal, drawn anew at
    every step; every x_i starts at `start`. Held-out loss is the exact, noiseless loss, and the constant
    guess is the starting point (none, `inf`, when that is the minimum). The expected loss under any schedule
    has a closed recursion: `lrlib.theory.expected_loss`.
    """
    h = torch.tensor(curvatures, dtype=torch.float64)
    if len(h) == 0 or not bool((h > 0).all()):
        raise ValueError(f"curvatures must be numbers > 0, got {curvatures!r}")

    def batches(seed: int, steps: int) -> Batches:
        z = np.random.default_rng([seed, NOISE]).standard_normal((steps, len(h)))
        pushes = torch.from_numpy(z) * noise * h.sqrt()
        return Batches(pushes, torch.zeros(steps, dtype=torch.float64), torch.arange(steps)[:, None])

    return Task(
        name="quadratic",
        options={"curvatures": curvatures, "noise": noise, "start": start},
        model=lambda seed: Bowl(h, start),
        loss=lambda output, target: (output - target).mean(),
        batches=batches,
        heldout=(torch.zeros(1, len(h), dtype=torch.float64), torch.zeros(1, dtype=torch.float64)),
        guess=float((h * start**2).sum() / 2) or float("inf"),
        unit="loss units",
    )


TASKS: dict[str, Callable[..., Task]] = {"digits": digits, "quadratic": quadratic}


class Bowl(nn.Module):
    """x -> 1/2 sum h x^2 + push . x for each push in a batch, shape (batch, dims) -> (batch,)."""

    def __init__(self, curvatures: Tensor, start: float):
        super().__init__()
        self.x = nn.Parameter(torch.full_like(curvatures, start))
        self.curvatures = curvatures

    def forward(self, pushes: Tensor) -> Tensor:
        return (self.curvatures * self.x**2).sum() / 2 + pushes @ self.x


def mlp(sizes: tuple[int, ...], seed: int) -> nn.Sequential:
    """A ReLU MLP of the given layer sizes, float64, in torch's own initialisation under `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for width_in, width_out in pairwise(sizes):
            layers += [nn.Linear(width_in, width_out, dtype=torch.float64), nn.ReLU()]
        return nn.Sequential(*layers[:-1])


def epoch_order(seed: int, n_examples: int, batch_size: int, steps: int) -> np.ndarray:
    """Rows of each batch, shape (steps, batch_size): shuffled epochs without the last partial batch."""
    rng = np.random.default_rng([seed, ORDER])
    per_epoch = n_examples // batch_size
    epochs = -(-steps // per_epoch)
    rows = [rng.permutation(n_examples)[: per_epoch * batch_size] for _ in range(epochs)]
    return np.concatenate(rows).reshape(-1, batch_size)[:steps]


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    bunch = load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    return bunch.data[order] / 8 - 1, bunch.target[order].astype(np.int64)
