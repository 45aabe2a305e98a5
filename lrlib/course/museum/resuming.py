"""Traps of stopping and going on: what was restored, in which order, and what changed in between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, StepLR

from lrlib.course.museum.case import Trap, driven, rates, sgd, two_lives
from lrlib.ledger import Recorder
from lrlib.schedules import Schedule, cosine, linear

IN_ORDER = ("build", "optimizer", "scheduler")


def in_order(acts: tuple[str, ...], begin: Callable, build: Callable) -> Callable:
    """The restore that does these acts, in this order: (optimizer state, scheduler state) -> both, new.

    acts: "build" the scheduler; load the state of the "optimizer", its "rate" alone, or the "scheduler".
    begin: () -> optimizer. build: optimizer -> scheduler.
    """

    def restore(optimizer_state, scheduler_state):
        optimizer, scheduler = begin(), None
        for act in acts:
            if act == "build":
                scheduler = build(optimizer)
            elif act == "optimizer":
                optimizer.load_state_dict(optimizer_state)
            elif act == "rate":
                optimizer.param_groups[0]["lr"] = optimizer_state["param_groups"][0]["lr"]
            else:
                scheduler.load_state_dict(scheduler_state)
        return optimizer, scheduler

    return restore


def restored(
    base_lr: float, build, plan: np.ndarray, saved_at: int, order: tuple[str, ...] = IN_ORDER, rebuild=None
) -> Recorder:
    """Save after so many updates, and restore in this order. rebuild: `build` after the stop, if another."""
    restore = in_order(order, lambda: sgd(base_lr), rebuild or build)
    optimizer = sgd(base_lr)
    return two_lives(optimizer, build(optimizer), plan, saved_at, restore)


def wave(base_lr: float, order: tuple[str, ...]) -> Recorder:
    plan = rates(base_lr, (cosine(1, 0, 6) >> cosine(0, 1, 6)).loop(), 24)
    return restored(base_lr, lambda optimizer: CosineAnnealingLR(optimizer, 6), plan, 7, order)


def warmup(base_lr: float, order: tuple[str, ...]) -> Recorder:
    plan = rates(base_lr, linear(0.2, 1, 12), 25)
    return restored(base_lr, lambda optimizer: LinearLR(optimizer, 0.2, 1, 12), plan, 8, order)


def warmup_cosine(base_lr: float, order: tuple[str, ...]) -> Recorder:
    schedule = linear(0.1, 1, 10) >> cosine(1, 0, 50)
    plan = rates(base_lr, schedule, 60)
    return restored(base_lr, lambda optimizer: driven(optimizer, schedule), plan, 35, order)


def continued(base_lr: float, last_epoch: int | None) -> Recorder:
    def restore(optimizer_state, scheduler_state):
        optimizer = sgd(base_lr)
        optimizer.load_state_dict(optimizer_state)
        scheduler = StepLR(optimizer, 10, 0.3, last_epoch=-1 if last_epoch is None else last_epoch)
        if last_epoch is None:
            scheduler.load_state_dict(scheduler_state)
        return optimizer, scheduler

    optimizer = sgd(base_lr)
    plan = base_lr * 0.3 ** (np.arange(30) // 10)
    return two_lives(optimizer, StepLR(optimizer, 10, 0.3), plan, 10, restore)


def extended(base_lr: float, load_scheduler: bool) -> Recorder:
    def anew(optimizer):
        del optimizer.param_groups[0]["initial_lr"]
        return CosineAnnealingLR(optimizer, 75)

    first = rates(base_lr, cosine(1, 0, 50), 26)
    plan = np.concatenate([first[:25], rates(first[25], cosine(1, 0, 75), 75)])
    order = IN_ORDER if load_scheduler else ("optimizer", "build")
    rebuild = (lambda optimizer: CosineAnnealingLR(optimizer, 100)) if load_scheduler else anew
    return restored(base_lr, lambda optimizer: CosineAnnealingLR(optimizer, 50), plan, 25, order, rebuild)


def relambdaed(base_lr: float, longer: Schedule) -> Recorder:
    plan = rates(base_lr, linear(1, 0.5, 25) >> linear(0.5, 0, 75), 100)
    first, then = (lambda optimizer, s=s: driven(optimizer, s) for s in (linear(1, 0, 50), longer))
    return restored(base_lr, first, plan, 25, rebuild=then)


def halved(base_lr: float, after_loading: bool) -> Recorder:
    schedule = cosine(1, 0, 40)

    def restore(optimizer_state, scheduler_state):
        optimizer = sgd(base_lr / 2)
        scheduler = driven(optimizer, schedule)
        optimizer.load_state_dict(optimizer_state)
        scheduler.load_state_dict(scheduler_state)
        if after_loading:
            optimizer.param_groups[0]["lr"] /= 2
            scheduler.base_lrs = [base / 2 for base in scheduler.base_lrs]
        return optimizer, scheduler

    optimizer = sgd(base_lr)
    plan = rates(base_lr, schedule, 40) * np.repeat([1, 0.5], [15, 25])
    return two_lives(optimizer, driven(optimizer, schedule), plan, 15, restore)


class Decay:
    """Weight decay on a line from `start` to `end`, over 30 updates, written into every group."""

    def __init__(self, optimizer, start: float, end: float, restored_first: bool):
        self.optimizer, self.restored_first = optimizer, restored_first
        self.fields = {"start": start, "end": end, "t": 0}
        self.write()

    def write(self) -> None:
        line = linear(self.fields["start"], self.fields["end"], 30)
        for group in self.optimizer.param_groups:
            group["weight_decay"] = line(self.fields["t"])

    def step(self) -> None:
        self.fields["t"] += 1
        self.write()

    def state_dict(self) -> dict:
        return self.fields

    def load_state_dict(self, state: dict) -> None:
        first = state if self.restored_first else {"t": state["t"]}
        self.fields |= first
        self.write()
        self.fields |= state


def decayed(base_lr: float, restored_first: bool) -> Recorder:
    """The resumed program is built with its default, a constant decay of 0.1; the saved one rose to 0.4."""

    def restore(optimizer_state, scheduler_state):
        optimizer = sgd(base_lr)
        scheduler = Decay(optimizer, 0.1, 0.1, restored_first)
        optimizer.load_state_dict(optimizer_state)
        scheduler.load_state_dict(scheduler_state)
        return optimizer, scheduler

    optimizer = sgd(base_lr)
    scheduler = Decay(optimizer, 0.1, 0.4, restored_first)
    watched = {"reading": lambda group: group["lr"] * group["weight_decay"], "label": "rate * decay"}
    return two_lives(optimizer, scheduler, rates(base_lr, linear(0.1, 0.4, 30), 30), 15, restore, **watched)


TRAPS = (
    Trap(
        "scheduler-only",
        "The scheduler is restored, the optimizer is not",
        symptom="After the resume the rate rises to many times the planned peak, for one wave.",
        cause="Loading sets the counter, not the rate: all later rates are multiples of the fresh, high one.",
        fix="Load the optimizer's state too, after the scheduler is built.",
        thread="https://github.com/pytorch/pytorch/issues/29697",
        program=wave,
        wrong={"order": ("build", "scheduler")},
        right={"order": IN_ORDER},
    ),
    Trap(
        "optimizer-first",
        "The optimizer is loaded before the scheduler is built",
        symptom="After the resume the rate is a fixed fraction of the plan for the rest of the run.",
        cause="Building LinearLR applies its start factor to the rate that was just restored, once more.",
        fix="Build the scheduler first, then load both states.",
        thread="https://github.com/torch-points3d/torch-points3d/pull/630",
        program=warmup,
        wrong={"order": ("optimizer", "build", "scheduler")},
        right={"order": IN_ORDER},
    ),
    Trap(
        "optimizer-only",
        "The scheduler's state is not saved",
        symptom="After the resume one update is right; then the schedule begins again, warmup included.",
        cause="The new scheduler counts from 0; the restored rate lasts until its first step.",
        fix="Save and load the scheduler's state too.",
        thread="https://github.com/lightly-ai/lightly-train/pull/301",
        program=warmup_cosine,
        wrong={"order": ("build", "optimizer")},
        right={"order": IN_ORDER},
    ),
    Trap(
        "last-epoch",
        "The scheduler is rebuilt with last_epoch",
        symptom="Resumed exactly at a drop, the rate drops twice and stays too low by that factor.",
        cause="The restored rate is that of the next step already, and building takes the step once more.",
        fix="Restore with load_state_dict instead of last_epoch.",
        thread="https://github.com/pytorch/pytorch/issues/60265",
        program=continued,
        wrong={"last_epoch": 9},
        right={"last_epoch": None},
    ),
    Trap(
        "old-horizon",
        "The run is extended, the checkpoint keeps the old T_max",
        symptom="After the resume the rate falls too fast, is zero at the old end, and climbs to the peak.",
        cause="T_max is part of the scheduler's state: loading puts the old one back.",
        fix="Build a new scheduler for the updates that are left, on the rate in effect.",
        thread="https://github.com/deepinsight/insightface/pull/2143",
        program=extended,
        wrong={"load_scheduler": True},
        right={"load_scheduler": False},
    ),
    Trap(
        "new-lambda",
        "The run is extended with another lambda",
        symptom="One update after the resume the rate jumps up, then comes down to the right end.",
        cause="Functions are not saved: the new one is evaluated at the old step, where it is higher.",
        fix="Resume with a function that agrees with the old one up to the step that was saved.",
        thread="https://github.com/pytorch/pytorch/issues/3026",
        program=relambdaed,
        wrong={"longer": linear(1, 0, 100)},
        right={"longer": linear(1, 0.5, 25) >> linear(0.5, 0, 75)},
    ),
    Trap(
        "new-base-rate",
        "The new base rate is overwritten by the old state",
        symptom="A lower rate was planned from the resume on; the used rate goes on at twice the plan.",
        cause="Both states hold the old base rate, and loading puts it back.",
        fix='After loading, set group["lr"] and scheduler.base_lrs.',
        thread="https://github.com/pytorch/pytorch/issues/156846",
        program=halved,
        wrong={"after_loading": False},
        right={"after_loading": True},
    ),
    Trap(
        "stale-decay",
        "A state is written into the groups before it is whole",
        symptom="Weight decay, not the rate: the first resumed update has that of the constructor.",
        cause="Loading writes the value of the saved step as soon as it knows the step, then loads the rest.",
        fix="Restore every field first, then write the value.",
        thread="https://github.com/NVIDIA-NeMo/Automodel/issues/3882",
        program=decayed,
        wrong={"restored_first": False},
        right={"restored_first": True},
    ),
)
