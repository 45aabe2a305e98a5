"""Images that are downloaded once."""

from __future__ import annotations

from functools import cache, partial
from typing import Annotated

import numpy as np
import torch

from lrlib import data
from lrlib.rules import one_of, whole
from lrlib.tasks.core import Task, classification, epochs_of, named
from lrlib.tasks.models import cnn, mlp

N_TRAIN = 8000


@named
def mnist(
    model: Annotated[str, one_of("cnn", "mlp")] = "cnn", batch_size: Annotated[int, whole(1, N_TRAIN)] = 32
) -> Task:
    """MNIST digits, 28x28 pixels, ten classes: a small CNN or an MLP, cross-entropy in nats.

    Only the 10,000 images that MNIST calls its test set (LeCun et al. 1998) are used: in a fixed random
    order, 8,000 train and 2,000 are held out, so results are not comparable with published ones. Pixels are
    scaled to [-1, 1]. `model`: "cnn", two strided convolutions and a linear layer (13,730 parameters), or
    "mlp", 784-64-64-10 with ReLU (55,050). Each epoch shuffles the training images and drops the last partial
    batch. Raises `data.Unavailable` where the files are missing.
    """
    images, labels = _mnist()
    images = images[:, None] if model == "cnn" else images.reshape(len(images), -1)
    batches = epochs_of(images[:N_TRAIN], labels[:N_TRAIN], batch_size)
    heldout = images[N_TRAIN:], labels[N_TRAIN:]
    build = cnn if model == "cnn" else partial(mlp, (784, 64, 64, 10))
    return classification("mnist", build, batches, heldout, 10)


@cache
def _mnist() -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = (
        data.read_idx(data.fetch(f"mnist/t10k-{part}-ubyte.gz")) for part in ("images-idx3", "labels-idx1")
    )
    order = np.random.default_rng(0).permutation(len(labels))
    return torch.from_numpy(images[order] / 127.5 - 1), torch.from_numpy(labels[order].astype(np.int64))
