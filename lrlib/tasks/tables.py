"""Problems on small tables of numbers, which need no download."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from lrlib.rules import Count, Fraction, NotNegative, Positive, Widths, refused, whole
from lrlib.tasks.core import NOISE, Batches, Task, classification, epochs_of, named
from lrlib.tasks.draws import seeded
from lrlib.tasks.models import mlp


@named
def digits(
    label_noise: Fraction = 0.0, hidden: Widths = (32, 32), batch_size: Count = 32, n_train: Count = 1200
) -> Task:
    """Handwritten digits, 8x8 pixels, ten classes: an MLP with ReLU, cross-entropy in nats.

    scikit-learn's bundled set of 1,797 images (Alpaydin & Kaynak 1998, UCI). The split into `n_train`
    training and the other held-out images is fixed; pixels are scaled to [-1, 1]. `label_noise` is the
    fraction, 0..1, of training labels replaced by a random class, drawn anew for each seed; held-out labels
    are clean. Each epoch shuffles the training images and drops the last partial batch.
    """
    images, labels = _digits()
    _check_split(batch_size, n_train, len(labels))
    sizes = (images.shape[1], *hidden, 10)
    training = torch.from_numpy(images[:n_train])

    def batches(seed: int, steps: int) -> Batches:
        noisy = labels[:n_train].copy()
        rng = np.random.default_rng([seed, NOISE])
        replaced = rng.random(n_train) < label_noise
        noisy[replaced] = rng.integers(0, 10, n_train)[replaced]
        return epochs_of(training, torch.from_numpy(noisy), batch_size)(seed, steps)

    heldout = torch.from_numpy(images[n_train:]), torch.from_numpy(labels[n_train:])
    return classification("digits", partial(mlp, sizes), batches, heldout, 10)


@named
def breast_cancer(
    l2: Positive = 0.01, batch_size: Count = 32, n_train: Annotated[int, whole(50, 568)] = 400
) -> Task:
    """Malignant or benign, from 30 measurements: logistic regression with a ridge, a convex problem.

    loss = mean(log(1 + exp(z)) - y z) + l2 / 2 * |w|^2, in nats, with z = w . x + b and y = 0 or 1; held-out
    loss too has the ridge. Its exact minimum on the training part is that of
    `theory.logistic_minimum(cases, labels, l2)`.

    scikit-learn's bundled set of 569 cases (Wolberg, Street & Mangasarian 1995, UCI). The split is fixed;
    measurements are scaled to mean 0 and standard deviation 1 over the `n_train` training cases. The guess
    is w = b = 0. `batch_size = n_train` is gradient descent without noise.
    """
    cases, labels = _breast_cancer(n_train)
    _check_split(batch_size, n_train, len(labels))
    return Task(
        name="breast_cancer",
        model=lambda seed: Logistic(cases.shape[1], l2, seed),
        loss=lambda output, targets: logistic_loss(output[0], targets) + output[1],
        right=lambda output, targets: ((output[0] > 0) == (targets > 0)).to(output[0].dtype).mean(),
        batches=epochs_of(cases[:n_train], labels[:n_train], batch_size),
        heldout=(cases[n_train:], labels[n_train:]),
        guess=float(np.log(2)),
        unit="nats",
    )


@named
def spirals(
    n_classes: Annotated[int, whole(2, 10)] = 3,
    noise: NotNegative = 0.05,
    hidden: Widths = (32, 32),
    batch_size: Count = 32,
    n_train: Count = 1000,
) -> Task:
    """Points in the plane on interleaved spirals, one a class: an MLP with ReLU, cross-entropy in nats.

    A point of class c at radius r, uniform in 0..1, has angle 2 pi (r + c / n_classes); `noise` is the
    standard deviation of what is then added to both coordinates. The points, `n_train` to train and 1,000
    held out, are the same for every seed. Each epoch shuffles the training points and drops the last partial
    batch.
    """
    if batch_size > n_train:
        raise refused("n_train", f"{batch_size} (batch_size) or more", n_train)
    points, labels = _spirals(n_classes, noise, n_train + 1000)
    batches = epochs_of(points[1000:], labels[1000:], batch_size)
    model = partial(mlp, (2, *hidden, n_classes))
    return classification("spirals", model, batches, (points[:1000], labels[:1000]), n_classes)


class Logistic(nn.Module):
    """Cases (batch, n) -> (z = w . x + b, shape (batch,); l2 / 2 * |w|^2)."""

    def __init__(self, n: int, l2: float, seed: int):
        super().__init__()
        self.l2 = l2
        with seeded(seed):
            self.linear = nn.Linear(n, 1, dtype=torch.float64)

    def forward(self, cases: Tensor) -> tuple[Tensor, Tensor]:
        return self.linear(cases)[..., 0], self.l2 / 2 * (self.linear.weight**2).sum()


def logistic_loss(z: Tensor, y: Tensor) -> Tensor:
    """Mean over cases of log(1 + exp(z)) - y z, in nats, for y = 0 or 1."""
    return (torch.logaddexp(z, torch.zeros_like(z)) - y * z).mean()


def _check_split(batch_size: int, n_train: int, n_examples: int) -> None:
    if not batch_size <= n_train < n_examples:
        raise refused("n_train", f"{batch_size} (batch_size)..{n_examples - 1}", n_train)


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # takes a second: for the tasks that need it

    bunch = load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    return bunch.data[order] / 8 - 1, bunch.target[order].astype(np.int64)


@cache
def _breast_cancer(n_train: int) -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    cases, labels = bunch.data[order], bunch.target[order]
    scaled = (cases - cases[:n_train].mean(axis=0)) / cases[:n_train].std(axis=0)
    return torch.from_numpy(scaled), torch.from_numpy(labels.astype(np.int64))


@cache
def _spirals(n_classes: int, noise: float, n_points: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n_points)
    radius = rng.random(n_points)
    angle = 2 * np.pi * (radius + labels / n_classes)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return torch.from_numpy(points + noise * rng.standard_normal(points.shape)), torch.from_numpy(labels)
