"""What a seed of a task has to name, tried before anything is trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrlib.rules import Refused, refused
from lrlib.tasks import Batches, Task
from lrlib.tasks.core import LAYERS
from lrlib.tasks.draws import drawn, starting


@torch.no_grad()
def refuse_unseeded(task: Task, seed: int, steps: int) -> bool:
    """ValueError for models or batches that a seed does not name, and for a loss that is not one number.

    Returns whether layers or loss draw random numbers, from the generators that every program shares.
    """
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
    return _draws(task, seed, one, two, _refuse_batches(task, seed, steps))


def batches_of(task: Task, seed: int, steps: int) -> Batches:
    """Those of a task; ValueError for what cannot be batches."""
    made = task.batches(seed, steps)
    if not all(hasattr(made, method) for method in ("__getitem__", "to")):
        raise refused(f"task {task.name!r}: batches(seed, steps)", "Batches, or of their methods", made)
    return made


def _refuse_batches(task: Task, seed: int, steps: int) -> tuple[Tensor, Tensor]:
    """The first batch, where the batches are those of the seed."""
    first, again = batches_of(task, seed, steps), task.batches(seed, steps)
    for t in {0, steps - 1}:
        try:
            pairs = [*zip(first[t], again[t], strict=True)]
        except IndexError as error:
            raise Refused(
                f"task {task.name!r}: batches({seed}, {steps}) has no update {t}: {error}"
            ) from None
        if not all(torch.equal(part, same) for part, same in pairs):
            raise Refused(
                f"task {task.name!r}: two calls of batches({seed}, {steps}) differ at update {t}; "
                "batches(seed, steps) must draw with a generator that the seed starts"
            )
    return first[0]


def _draws(task: Task, seed: int, one: nn.Module, two: nn.Module, batch: tuple[Tensor, Tensor]) -> bool:
    """Whether model or loss draw; models of the same weights are given, each is called once.

    ValueError for what is no loss, and where the same numbers drawn give another.
    """
    inputs, targets = batch
    shared = [(each, each.clone()) for each in {*one.buffers()} & {*two.buffers()}]

    def first_loss(model: nn.Module) -> tuple[Tensor, bool]:
        with starting(seed, LAYERS, 0), torch.inference_mode(False), torch.enable_grad():
            before = drawn()
            return task.loss(model(inputs), targets), drawn() != before

    try:
        (loss, draws), (same, _) = first_loss(one), first_loss(two)
    except Exception:  # whoever trains it refuses by name what cannot be trained, or shows where it failed
        return False
    if any(not torch.equal(each, before) for each, before in shared):
        raise Refused(
            f"task {task.name!r}: two models of seed {seed} share a buffer that a call changes, which one "
            "run would leave changed to the next; model(seed) must build a new module each time"
        )
    if not isinstance(loss, Tensor) or loss.ndim:
        given = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
        raise Refused(f"task {task.name!r}: loss must return one number, the mean of a batch, got {given}")
    if not loss.requires_grad:
        raise Refused(f"task {task.name!r}: the loss does not depend on the weights, so nothing is trained")
    if not torch.allclose(loss, same, rtol=torch.finfo(loss.dtype).eps ** 0.5, atol=0, equal_nan=True):
        raise Refused(
            f"task {task.name!r}: the same weights and batch gave two losses: a call changes what the next "
            "model shares, or draws from a generator that no seed starts; model and loss may draw from the "
            "global generators of torch, numpy and random, and may keep only what is the module's own"
        )
    return draws
