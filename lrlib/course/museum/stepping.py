"""Traps of counting: what a step is, who counts it, and where the rate is written."""

from __future__ import annotations

from bisect import bisect_right

from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LambdaLR,
    LinearLR,
    MultiStepLR,
)

from lrlib.course.museum.case import Trap, driven, follow, rates, sgd, step_both
from lrlib.ledger import Ledger, Recorder
from lrlib.schedules import cosine, linear, multistep


def ordered(base_lr: float, scheduler_first: bool) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = LinearLR(optimizer, 1, 0, 20)
    order = [scheduler, optimizer] if scheduler_first else [optimizer, scheduler]
    with Ledger.watch(optimizer, intended=rates(base_lr, linear(1, 0, 20), 20)) as ledger:
        for _ in range(20):
            for part in order:
                part.step()
    return ledger


def built(base_lr: float, before: bool) -> Recorder:
    optimizer = sgd(base_lr)
    with Ledger.watch(optimizer, intended=rates(base_lr, linear(0.1, 1, 10), 25)) as ledger:
        if not before:
            optimizer.step()
        step_both(optimizer, LinearLR(optimizer, 0.1, 1, 10), 25 - len(ledger.steps))
    return ledger


def stepped(base_lr: float, inside: bool) -> Recorder:
    optimizer, schedule = sgd(base_lr), linear(0.1, 1, 10) >> cosine(1, 0, 30)
    scheduler = driven(optimizer, schedule)
    with Ledger.watch(optimizer, intended=rates(base_lr, schedule, 40)) as ledger:
        for _ in range(40):
            optimizer.step()
            if inside:
                scheduler.step()
        scheduler.step()
    return ledger


def measured_in(base_lr: float, T_max: int) -> Recorder:
    optimizer = sgd(base_lr)
    return follow(optimizer, CosineAnnealingLR(optimizer, T_max), rates(base_lr, cosine(1, 0, 100), 100))


def stepped_every(base_lr: float, updates: int) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = CosineAnnealingLR(optimizer, 100)
    with Ledger.watch(optimizer, intended=rates(base_lr, cosine(1, 0, 100), 100)) as ledger:
        for t in range(1, 101):
            optimizer.step()
            if t % updates == 0:
                scheduler.step()
    return ledger


def accumulated(base_lr: float, step_every: int) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = LinearLR(optimizer, 0.1, 1, 12)
    with Ledger.watch(optimizer, intended=rates(base_lr, linear(0.1, 1, 12), 30)) as ledger:
        for micro_batch in range(1, 121):
            if micro_batch % 4 == 0:
                optimizer.step()
            if micro_batch % step_every == 0:
                scheduler.step()
    return ledger


def by_hand(base_lr: float, in_param_groups: bool) -> Recorder:
    optimizer = sgd(base_lr)
    plan = rates(base_lr, cosine(1, 0, 50), 50)
    with Ledger.watch(optimizer, intended=plan) as ledger:
        for rate in plan:
            if in_param_groups:
                optimizer.param_groups[0]["lr"] = rate
            else:
                optimizer.lr = rate
            optimizer.step()
    return ledger


def dropped_at(base_lr: float, milestones: tuple) -> Recorder:
    optimizer = sgd(base_lr)
    plan = rates(base_lr, multistep((15, 37), 0.3), 60)
    return follow(optimizer, MultiStepLR(optimizer, milestones, 0.3), plan)


def counted_ahead(base_lr: float, ahead: int) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = LambdaLR(optimizer, lambda t: 0.3 ** bisect_right((20, 40), t + ahead))
    return follow(optimizer, scheduler, rates(base_lr, multistep((20, 40), 0.3), 60))


def logged(base_lr: float, after_step: bool) -> Recorder:
    """What its author believes is the log, so the log takes the place of the plan."""
    optimizer, log = sgd(base_lr), []
    scheduler = CosineAnnealingWarmRestarts(optimizer, 10)
    with Ledger.watch(optimizer, intended=log, label="dashed: the log") as ledger:
        for _ in range(30):
            optimizer.step()
            if after_step:
                scheduler.step()
            log.append(scheduler.get_last_lr()[0])
            if not after_step:
                scheduler.step()
    return ledger


TRAPS = (
    Trap(
        "step-order",
        "The scheduler steps before the optimizer",
        symptom="The plan, one update early: its first rate is never used.",
        cause="Building a torch scheduler already sets the rate of step 0, so stepping first skips that one.",
        fix="Call optimizer.step(), then scheduler.step().",
        thread="https://github.com/michuanhaohao/reid-strong-baseline/issues/190",
        program=ordered,
        wrong={"scheduler_first": True},
        right={"scheduler_first": False},
    ),
    Trap(
        "built-late",
        "The scheduler is built after the first update",
        symptom="The first update is made at the full rate; then the warmup follows, one update late.",
        cause="The rate of step 0 is written when the scheduler is built, and by then one update was made.",
        fix="Build the scheduler before the first update.",
        thread="https://github.com/Lightning-AI/pytorch-lightning/issues/17972",
        program=built,
        wrong={"before": False},
        right={"before": True},
    ),
    Trap(
        "stepped-outside",
        "scheduler.step() stands outside the loop",
        symptom="A flat line at the first rate of the warmup, a tenth of the planned peak, to the end.",
        cause="Building the scheduler sets the rate of step 0; the call that moves it comes after the run.",
        fix="Indent the call: once an update, inside the loop.",
        thread="https://github.com/IntelLabs/matsciml/pull/240",
        program=stepped,
        wrong={"inside": False},
        right={"inside": True},
    ),
    Trap(
        "epochs-for-batches",
        "T_max counts epochs, step() is called every batch",
        symptom="One descent was planned; the used rate falls and climbs many times.",
        cause="T_max is measured in calls of step(), whatever `last_epoch` in its name suggests.",
        fix="Give T_max in updates, or step once an epoch.",
        thread="https://github.com/ScrollPrize/villa/pull/1495",
        program=measured_in,
        wrong={"T_max": 10},
        right={"T_max": 100},
    ),
    Trap(
        "batches-for-epochs",
        "T_max counts batches, step() is called every epoch",
        symptom="The rate hardly moves: stairs that come down a small part of the way.",
        cause="T_max is measured in calls of step(), and only one call is made an epoch.",
        fix="Call step() after every update, or give T_max in epochs.",
        thread="https://github.com/sthalles/SimCLR/issues/8",
        program=stepped_every,
        wrong={"updates": 10},
        right={"updates": 1},
    ),
    Trap(
        "micro-batches",
        "The scheduler steps on every micro-batch",
        symptom="The warmup is over in a quarter of its updates; afterwards nothing is wrong.",
        cause="Gradients of 4 micro-batches make one update, but the scheduler was called for each of the 4.",
        fix="Step the scheduler where the optimizer steps, once an update.",
        thread="https://github.com/huggingface/accelerate/issues/963",
        program=accumulated,
        wrong={"step_every": 1},
        right={"step_every": 4},
    ),
    Trap(
        "attribute",
        "The rate is written to optimizer.lr",
        symptom="A flat line at the rate the optimizer was built with; no error, no warning.",
        cause='Python adds the attribute, and nobody reads it: torch reads param_groups[i]["lr"].',
        fix='Write group["lr"] in every group of optimizer.param_groups.',
        thread="https://github.com/pytorch/pytorch/issues/1244",
        program=by_hand,
        wrong={"in_param_groups": False},
        right={"in_param_groups": True},
    ),
    Trap(
        "fraction-of-a-step",
        "A milestone is not a whole number",
        symptom="One of the planned drops happens and the other never does.",
        cause="MultiStepLR looks up whether its counter is one of the milestones, and 37.5 is never reached.",
        fix="Round fractions of the run to whole steps.",
        thread="https://github.com/Pointcept/Pointcept/issues/379",
        program=dropped_at,
        wrong={"milestones": (15.0, 37.5)},
        right={"milestones": (15, 37)},
    ),
    Trap(
        "milestone-early",
        "Milestones are compared with t + 1",
        symptom="Each drop comes one update early; two updates are wrong, all others right.",
        cause="The step is counted from 0 and the milestone from 1.",
        fix="Compare milestones with t: update 30 is the first at the lower rate.",
        thread="https://github.com/huggingface/pytorch-image-models/pull/2753",
        program=counted_ahead,
        wrong={"ahead": 1},
        right={"ahead": 0},
    ),
    Trap(
        "logged-late",
        "The rate is logged after the scheduler's step",
        symptom="The rate used is right and the log is wrong: it shows each rate one update too early.",
        cause="After scheduler.step() the optimizer holds the rate of the next update, and that is logged.",
        fix="Log before scheduler.step(), or watch the optimizer.",
        thread="https://github.com/huggingface/transformers/issues/35942",
        program=logged,
        wrong={"after_step": True},
        right={"after_step": False},
    ),
)
