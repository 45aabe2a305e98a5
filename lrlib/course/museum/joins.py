"""Traps of composition: schedulers inside, after and beside each other, and groups that join late."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
)

from lrlib.course.museum.case import Trap, follow, rates, sgd, step_both, weight
from lrlib.ledger import Ledger, Recorder
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine, linear


def stairs(optimizer) -> list:
    """Half the rate, then a fifth of it."""
    return [ConstantLR(optimizer, 0.5, 100), ConstantLR(optimizer, 0.2, 100)]


def nested_last(base_lr: float, nested: bool) -> Recorder:
    optimizer = sgd(base_lr)
    warmup = LinearLR(optimizer, 0.1, 1, 10)
    if nested:
        inner = SequentialLR(optimizer, stairs(optimizer), [10])
        scheduler = SequentialLR(optimizer, [warmup, inner], [10])
    else:
        scheduler = SequentialLR(optimizer, [warmup, *stairs(optimizer)], [10, 20])
    plan = base_lr * np.repeat([0.0, 0.5, 0.2], 10)
    plan[:10] = rates(base_lr, linear(0.1, 1, 10), 10)
    with Ledger.watch(optimizer, intended=plan) as ledger, suppress(NotImplementedError):
        step_both(optimizer, scheduler, len(plan))
    return ledger


def nested_first(base_lr: float, nested: bool) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = SequentialLR(optimizer, stairs(optimizer), [10])
    if nested:
        scheduler = SequentialLR(optimizer, [scheduler], [])
    return follow(optimizer, scheduler, base_lr * np.repeat([0.5, 0.2], 10))


def warmup_and_cosine(base_lr: float, chained: bool) -> Recorder:
    optimizer = sgd(base_lr)
    warmup = LinearLR(optimizer, 0.1, 1, 20)
    if chained:
        scheduler = ChainedScheduler([warmup, CosineAnnealingLR(optimizer, 100)])
    else:
        scheduler = SequentialLR(optimizer, [warmup, CosineAnnealingLR(optimizer, 80)], [20])
    return follow(optimizer, scheduler, rates(base_lr, linear(0.1, 1, 20) >> cosine(1, 0, 80), 100))


def second_part(base_lr: float, level: bool) -> Recorder:
    optimizer = sgd(base_lr)
    first = LinearLR(optimizer, 1, 0.4, 20)
    second = LambdaLR(optimizer, lambda k: 0.4 * 0.95**k) if level else ExponentialLR(optimizer, 0.95)
    plan = np.concatenate([rates(base_lr, linear(1, 0.4, 20), 20), base_lr * 0.4 * 0.95 ** np.arange(30)])
    return follow(optimizer, SequentialLR(optimizer, [first, second], [20]), plan)


def warmup_and_one_cycle(base_lr: float, torch_parts: bool) -> Recorder:
    optimizer = sgd(base_lr)
    whole = linear(0.1, 1, 10) >> cosine(1 / 25, 1, 11) >> cosine(1, 1 / 25e4, 28)
    if torch_parts:
        warmup = LinearLR(optimizer, 0.1, 1, 10)
        cycle = OneCycleLR(optimizer, base_lr, total_steps=40, cycle_momentum=False)
        scheduler = SequentialLR(optimizer, [warmup, cycle], [10])
    else:
        scheduler = ScheduleLR(optimizer, whole)
    return follow(optimizer, scheduler, rates(base_lr, whole, 50))


def second_scheduler(base_lr: float, forget: bool) -> Recorder:
    optimizer = sgd(base_lr)
    plan = base_lr * np.concatenate([2.0 ** np.arange(4), 16 * 0.9 ** np.arange(21)])
    with Ledger.watch(optimizer, intended=plan) as ledger:
        step_both(optimizer, LambdaLR(optimizer, lambda t: 2.0**t), 4)
        if forget:
            del optimizer.param_groups[0]["initial_lr"]
        step_both(optimizer, LambdaLR(optimizer, lambda t: 0.9**t), 21)
    return ledger


def late_group(base_lr: float, adopting: bool) -> Recorder:
    optimizer = sgd(base_lr)
    schedule = cosine(1, 0, 40)
    scheduler = ScheduleLR(optimizer, schedule) if adopting else LambdaLR(optimizer, lambda t: schedule(t))
    with (
        Ledger.watch(optimizer, intended=rates(base_lr, schedule, 40)) as ledger,
        suppress(ValueError),
    ):
        step_both(optimizer, scheduler, 20)
        optimizer.add_param_group({"params": [weight()], "lr": base_lr})
        step_both(optimizer, scheduler, 20)
    return ledger


TRAPS = (
    Trap(
        "nested-last",
        "A sequence is the second part of a sequence",
        symptom="The run stops with an error at the join, possibly after hours.",
        cause="At the join the part is set to its step 0 by a closed form, which composed schedulers lack.",
        fix="Put all parts into one flat SequentialLR.",
        thread="https://github.com/pytorch/pytorch/issues/132745",
        program=nested_last,
        wrong={"nested": True},
        right={"nested": False},
    ),
    Trap(
        "nested-first",
        "A sequence is the first part of a sequence",
        symptom="The join comes one update early; a single update is wrong.",
        cause="Building the outer sequence steps the inner one once, so its counter begins at 1.",
        fix="Put all parts into one flat SequentialLR.",
        thread="https://github.com/pytorch/pytorch/issues/196243",
        program=nested_first,
        wrong={"nested": True},
        right={"nested": False},
    ),
    Trap(
        "chained-warmup",
        "Warmup and cosine are chained",
        symptom="The warmup bends, its top stays below the planned peak, and what follows lies off the plan.",
        cause="ChainedScheduler multiplies: the cosine has been falling while the warmup was rising.",
        fix="Use SequentialLR, with T_max the updates that are left after the warmup.",
        thread="https://github.com/Noble-Lab/casanovo/pull/249",
        program=warmup_and_cosine,
        wrong={"chained": True},
        right={"chained": False},
    ),
    Trap(
        "second-from-base",
        "The second part starts from the base rate again",
        symptom="At the join the rate jumps up to the base rate and decays from there.",
        cause="SequentialLR starts each part at its own step 0, and that is computed from the base rate.",
        fix="Write the level into the second part, for example with LambdaLR.",
        thread="https://github.com/pytorch/pytorch/pull/64037",
        program=second_part,
        wrong={"level": False},
        right={"level": True},
    ),
    Trap(
        "shared-initial",
        "One-cycle follows a warmup",
        symptom="The warmup runs at a small fraction of its rates; the cycle after it is right.",
        cause="Building OneCycleLR overwrites initial_lr in the group, from which the warmup computes.",
        fix="Write both as one schedule and drive it with ScheduleLR.",
        thread="https://github.com/pytorch/pytorch/issues/21965",
        program=warmup_and_one_cycle,
        wrong={"torch_parts": True},
        right={"torch_parts": False},
    ),
    Trap(
        "remembered-base",
        "A second scheduler is built on the same optimizer",
        symptom="At the change the rate falls to where the first scheduler had begun.",
        cause="The first scheduler left initial_lr in the group, and the second takes it for its base rate.",
        fix='Delete group["initial_lr"] before building the second scheduler.',
        thread="https://github.com/pytorch/pytorch/issues/33416",
        program=second_scheduler,
        wrong={"forget": False},
        right={"forget": True},
    ),
    Trap(
        "late-group",
        "A parameter group is added while the scheduler runs",
        symptom="One update after the group appeared, the run stops with an error.",
        cause="Base rates are listed when the scheduler is built, and the list is now too short.",
        fix="Use a scheduler that adopts groups, or build a new one.",
        thread="https://github.com/Lightning-AI/pytorch-lightning/issues/12141",
        program=late_group,
        wrong={"adopting": False},
        right={"adopting": True},
    ),
)
