"""One run as a loop that anyone would write: for `train.run`, and for models that cannot be stacked.

A run is all that its seed names, whatever is trained before or beside it. Layers that draw random numbers, as
dropout does, draw those that seed and update name: torch's, numpy's and Python's global generators start from
(seed, t) before the forward pass of update t, each time it is made. So runs of one seed drop the same units
at the same update at every rate, and a method that looks twice at a batch sees it with the same noise.
Statistics that layers keep are the run's own; it is judged in eval mode, which leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.rules import Refused
from lrlib.tasks.core import LAYERS
from lrlib.tasks.draws import starting
from lrlib.train.alone import alone
from lrlib.train.judging import figures, heldout_pieces, looked_at
from lrlib.train.permodel import evaluated, tell
from lrlib.train.plan import Plan
from lrlib.train.updates import PerModel


@alone()
def recorded(
    plan: Plan, label: str, base_lr: float, seed: int, batches=None, made: Callable[[], object] = bool
) -> tuple[Ledger, list[float]]:
    """The ledger of one run of a plan, and the share right at each evaluation.

    batches: those of the seed, where they are at hand. made: is called after each update.
    """
    _refuse_unlike_torch(type(plan.optimizer))
    task, schedule, rights = plan.cast, plan.schedules[label], []
    model = task.model(seed)
    batches = task.batches(seed, plan.steps) if batches is None else batches
    optimizer = plan.optimizer.torch(model.parameters(), base_lr)
    scheduler = ScheduleLR(optimizer, schedule)
    pieces, both = heldout_pieces(task, seed), figures(task)
    watched = Ledger.watch(optimizer, intended=schedule, base_lr=base_lr, label=label)
    tell([optimizer], "train")
    with watched as recorder:
        for t in range(plan.steps):
            loss = _stepped(plan, model, optimizer, batches[t], (seed, t))
            scheduler.step()
            recorder.record(train_loss=loss)
            if t + 1 in plan.when:
                with evaluated([optimizer]), looked_at(model), _drawing(plan, seed, t, 1):
                    judged = sum(both(model(x), y) * share for x, y, share in pieces)
                recorder.record(heldout_loss=judged[0])
                rights.append(float(judged[1]))
            made()
    return recorder.ledger, rights


def _stepped(plan: Plan, model: nn.Module, optimizer, batch: tuple, where: tuple[int, int]) -> Tensor:
    """Make one update; returns the loss before it. where: seed and number of the update."""
    losses, (inputs, targets) = [], batch

    def closure() -> Tensor:
        with _drawing(plan, *where):
            losses.append(plan.cast.loss(model(inputs), targets))
            optimizer.zero_grad()
            losses[-1].backward()
        if plan.clip_norm < float("inf"):
            torch.nn.utils.clip_grad_norm_(model.parameters(), plan.clip_norm)
        return losses[-1]

    if plan.optimizer.needs_loss:
        optimizer.step(closure)
    else:
        closure()
        optimizer.step()
    return losses[0].detach()


def _drawing(plan: Plan, *numbers: int) -> AbstractContextManager:
    """What layers draw inside is named by the numbers; without cost where they draw nothing."""
    seed, *more = numbers
    return starting(seed, LAYERS, *more) if plan.draws else nullcontext()


def _refuse_unlike_torch(kind: type) -> None:
    """ValueError for an optimizer that makes other updates in a sweep than as one of torch."""
    if kind is PerModel:
        return
    update, torchs = (next(k for k in kind.__mro__ if name in vars(k)) for name in ("update", "torch"))
    if update is not torchs:
        raise Refused(
            f"optimizer {kind.__name__} has an update of its own, but torch() of {torchs.__name__}: "
            "train.sweep trains with it where models can be stacked, or give it a torch(parameters, lr) that "
            "does the same"
        )
