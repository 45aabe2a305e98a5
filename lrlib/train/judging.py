"""How a model is judged: on held-out data, in pieces, as it is used, and so that looking changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from lrlib.tasks import Task
from lrlib.tasks.core import LAYERS
from lrlib.tasks.draws import starting

HELDOUT_ROWS = 256
HOPELESS = 100


def figures(task: Task) -> Callable[[object, Tensor], Tensor]:
    """(outputs, targets) -> loss and share right, (2,); nan where the task has no `right`."""

    def both(outputs, targets) -> Tensor:
        loss = task.loss(outputs, targets)
        return torch.stack([loss, task.right(outputs, targets) if task.right else loss * float("nan")])

    return both


@contextmanager
def looked_at(model: nn.Module) -> Iterator[None]:
    """A model as it is used, in eval mode, without gradients; modes and buffers are put back after."""
    modes = {module: module.training for module in model.modules()}
    buffers = [(each, each.clone()) for each in model.buffers()]
    model.eval()
    try:
        with torch.no_grad():
            yield
            for each, before in buffers:
                each.copy_(before)
    finally:
        for module, training in modes.items():
            module.training = training


@torch.no_grad()
def heldout_pieces(task: Task, seed: int) -> list[tuple[Tensor, Tensor, float]]:
    """Held-out data in pieces of at most 256 rows, each with its share of all rows.

    In one piece where the loss of all rows is not finite, or not the mean of the pieces' losses, as with
    class weights, rows that are ignored, or batch statistics; tried on a model that answers differently to
    every row.
    """
    inputs, targets = task.heldout
    rows = zip(inputs.split(HELDOUT_ROWS), targets.split(HELDOUT_ROWS), strict=True)
    pieces = [(x, y, len(x) / len(inputs)) for x, y in rows]
    model, random = deepcopy(task.model(seed)).eval(), torch.Generator().manual_seed(0)
    for p in model.parameters():
        p += 0.1 * torch.randn(p.shape, generator=random, dtype=p.dtype).to(p.device)
    with starting(seed, LAYERS, 0):
        whole = task.loss(model(inputs), targets)
        mean = sum(task.loss(model(x), y) * share for x, y, share in pieces)
    agree = whole.isfinite() and close(mean, whole, float(whole.abs()))
    return pieces if agree else [(inputs, targets, 1.0)]


def close(a: Tensor, b: Tensor, scale: float) -> bool:
    """Whether two results are one, computed in two ways; scale: of what `b` is a part of."""
    tolerance, scale = 1e-9 if b.dtype == torch.float64 else 1e-3, scale if np.isfinite(scale) else 0.0
    near = {"rtol": tolerance, "atol": tolerance * scale, "equal_nan": True}
    return a.dtype == b.dtype and torch.allclose(a, b, **near)


def blew_up(train_loss: np.ndarray, heldout_loss: np.ndarray, guess: float) -> np.ndarray:
    """Whether a run diverged, shape (...,) from its losses (..., steps) and (..., evaluations).

    It did when any loss is not finite, or when the last held-out loss is above a hundred times the loss of
    a constant guess; above a guess that is negative, by 99 times its size.
    """
    finite = np.isfinite(train_loss).all(axis=-1) & np.isfinite(heldout_loss).all(axis=-1)
    return ~finite | (heldout_loss[..., -1] > guess + (HOPELESS - 1) * abs(guess))
