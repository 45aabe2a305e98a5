"""The data of the page about a popular program: ten numbers an image, for its ten inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from lrlib import tasks
from lrlib.tasks import Task, seeded
from lrlib.tasks.core import classification, epochs_of

INPUTS, CLASSES, BATCH = 10, 10, 32


@cache
def ten_numbers(label_noise: float = 0.0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images and labels to train on, and those to validate on: each image as its ten principal components.

    x = (image - mean) V / s, with V the ten directions in which the training images vary most, and s their
    standard deviations along these. Shapes (1200, 10), (1200,), (597, 10), (597,); float64. The images are
    those of the task digits, and so are the training labels, `label_noise` of which are replaced as for its
    seed 0, here for every seed.

    >>> inputs, labels, *validation = ten_numbers()
    >>> inputs.std(dim=0).round(decimals=2).tolist() == [1.0] * 10
    True
    """
    digits = tasks.get("digits", label_noise=label_noise)
    rows, (unseen, truth) = digits.batches(0, 1), digits.heldout
    mean = rows.inputs.mean(dim=0)
    _, size, directions = torch.linalg.svd(rows.inputs - mean, full_matrices=False)
    scale = size[:INPUTS] / (len(rows.inputs) - 1) ** 0.5
    signs = directions[:INPUTS].sum(dim=1).sign()  # a direction has no sign of its own
    project = (signs[:, None] * directions[:INPUTS]).T / scale
    return (rows.inputs - mean) @ project, rows.targets, (unseen - mean) @ project, truth


def task(network: Callable[[], nn.Module], label_noise: float = 0.0) -> Task:
    """A seed's network, batches and validation set, for `train.sweep`: ten numbers in, ten classes out."""

    def model(seed: int) -> nn.Module:
        with seeded(seed):
            return network().double()

    inputs, labels, *validation = ten_numbers(label_noise)
    return classification("ten numbers", model, epochs_of(inputs, labels, BATCH), tuple(validation), CLASSES)
