"""What a seed of a task has to name, tried before anything is trained."""

from __future__ import annotations

import torch
from torch import Tensor

from lrlib.rules import Refused
from lrlib.tasks import Task


@torch.no_grad()
def refuse_unseeded(task: Task, seed: int, steps: int) -> None:
    """ValueError for models or batches that a seed does not name, and for a loss that is not one number."""
    one, two = task.model(seed), task.model(seed)
    if one is two or {*one.parameters()} & {*two.parameters()}:
        raise Refused(
            f"task {task.name!r}: two calls of model({seed}) gave the same weights to train, which one run "
            "would leave changed to the next; model(seed) must build a new module each time"
        )
    weights = two.state_dict()
    if not all(torch.equal(part, weights[name]) for name, part in one.state_dict().items()):
        raise Refused(
            f"task {task.name!r}: two models of seed {seed} have different weights; "
            "model(seed) must draw them inside `with tasks.seeded(seed):`"
        )
    first, again = task.batches(seed, steps), task.batches(seed, steps)
    for t in {0, steps - 1}:
        if not all(torch.equal(part, same) for part, same in zip(first[t], again[t], strict=True)):
            raise Refused(
                f"task {task.name!r}: two calls of batches({seed}, {steps}) differ at update {t}; "
                "batches(seed, steps) must draw with a generator that the seed starts"
            )
    inputs, targets = first[0]
    try:
        loss = task.loss(one(inputs), targets)
    except Exception:  # whoever trains it refuses by name what cannot be trained, or shows where it failed
        return
    if not isinstance(loss, Tensor) or loss.ndim:
        given = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
        raise Refused(f"task {task.name!r}: loss must return one number, the mean of a batch, got {given}")
