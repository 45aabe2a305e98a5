"""Traps inside one scheduler: what its formula does at, before and after the ends."""

from __future__ import annotations

import numpy as np
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
)

from lrlib.course.museum.case import Trap, driven, follow, rates, sgd, step_both
from lrlib.ledger import Ledger, Recorder
from lrlib.optim import ScheduleLR
from lrlib.schedules import constant, cosine, linear


def past_the_end(base_lr: float, held: bool) -> Recorder:
    optimizer = sgd(base_lr)
    short = cosine(1, 0, 40)
    scheduler = ScheduleLR(optimizer, short) if held else CosineAnnealingLR(optimizer, 40)
    return follow(optimizer, scheduler, rates(base_lr, short, 60))


def cut_short(base_lr: float, T_max: int) -> Recorder:
    optimizer = sgd(base_lr)
    return follow(optimizer, CosineAnnealingLR(optimizer, T_max), rates(base_lr, cosine(1, 0, 60), 60))


def restarted(base_lr: float, jump: bool) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3)
    plan = rates(base_lr, cosine(1, 0, 1).loop(t_mult=3), 140)
    with Ledger.watch(optimizer, intended=plan) as ledger:
        for t in range(140):
            optimizer.step()
            scheduler.step(t + 1 if jump else None)
    return ledger


def one_cycle(base_lr: float, updates: int) -> Recorder:
    optimizer = sgd(base_lr)
    lines = {"anneal_strategy": "linear", "cycle_momentum": False}
    scheduler = OneCycleLR(optimizer, base_lr, total_steps=20, **lines)
    plan = base_lr * np.interp(np.arange(updates), [0, 5, 19], [1 / 25, 1, 1 / 25e4])
    with Ledger.watch(optimizer, intended=plan) as ledger:
        step_both(optimizer, scheduler, updates - 1)
        optimizer.step()
    return ledger


def warmed_up_from(base_lr: float, first: int) -> Recorder:
    optimizer = sgd(base_lr)
    plan = base_lr * np.minimum(1, (np.arange(25) + 1) / 10)
    return follow(optimizer, LambdaLR(optimizer, lambda t: min(1, (t + first) / 10)), plan)


def no_warmup(base_lr: float, build_anyway: bool) -> Recorder:
    optimizer = sgd(base_lr)
    flat = LambdaLR(optimizer, lambda t: 1.0)
    scheduler = LinearLR(optimizer, 0.1, 1, total_iters=0) if build_anyway else flat
    return follow(optimizer, scheduler, rates(base_lr, constant(), 25))


def plateau(base_lr: float, metrics: np.ndarray, wait: int, **settings) -> Recorder:
    """One evaluation an update; halving was planned whenever the last `wait` brought nothing better."""
    optimizer = sgd(base_lr)
    scheduler = ReduceLROnPlateau(optimizer, factor=0.5, eps=0, **settings)
    halvings = np.maximum(np.arange(len(metrics)) - 1, 0) // wait
    with Ledger.watch(optimizer, intended=base_lr * 0.5**halvings) as ledger:
        for metric in metrics:
            optimizer.step()
            ledger.record(heldout_loss=metric)
            scheduler.step(metric)
    return ledger


def worsening(base_lr: float, threshold_mode: str) -> Recorder:
    metrics = -10 * 0.95 ** np.arange(25.0)
    return plateau(base_lr, metrics, 4, patience=3, threshold=0.1, threshold_mode=threshold_mode)


def patient(base_lr: float, patience: int) -> Recorder:
    return plateau(base_lr, np.ones(25), 3, patience=patience)


def stretched(base_lr: float, in_place: bool) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = CosineAnnealingLR(optimizer, 20)
    longer = cosine(1, 0, 40)
    plan = np.concatenate([rates(base_lr, cosine(1, 0, 20), 20), rates(base_lr, longer, 40)[20:]])
    with Ledger.watch(optimizer, intended=plan) as ledger:
        step_both(optimizer, scheduler, 20)
        if in_place:
            scheduler.T_max = 40
        else:
            scheduler = ScheduleLR(optimizer, longer, last_epoch=19)
        step_both(optimizer, scheduler, 20)
    return ledger


def floored(base_lr: float, on_top: bool) -> Recorder:
    optimizer, plan = sgd(base_lr), cosine(1, 0.1, 50)
    formula = (lambda t: 0.1 + cosine(1, 0, 50)(t)) if on_top else plan
    return follow(optimizer, driven(optimizer, formula), rates(base_lr, plan, 50))


def stable_decay(base_lr: float, decay_steps: int) -> Recorder:
    """10 updates of warmup, a decay from update 40 on, 60 updates in all."""
    optimizer, rise = sgd(base_lr), linear(0.1, 1, 10) >> constant(1, 30)
    plan = rates(base_lr, rise >> linear(1, 0, 20), 60)
    return follow(optimizer, driven(optimizer, rise >> linear(1, 0, decay_steps)), plan)


TRAPS = (
    Trap(
        "past-the-end",
        "The run goes on after T_max",
        symptom="Right up to the end of the descent; then the rate climbs back where it should stay at zero.",
        cause="The formula is a cosine, and a cosine comes back: nothing stops it at T_max.",
        fix="Make T_max the length of the run, or use a schedule that holds its last value.",
        thread="https://github.com/CodefyUI/CodefyUI/issues/205",
        program=past_the_end,
        wrong={"held": False},
        right={"held": True},
    ),
    Trap(
        "cut-short",
        "The run ends before T_max",
        symptom="The used rate lies above the plan all the way, and the run ends far from zero.",
        cause="T_max came from epochs times batches, while another setting stopped the run earlier.",
        fix="Compute T_max from the number of updates that will be made.",
        thread="https://github.com/vllm-project/speculators/pull/1104",
        program=cut_short,
        wrong={"T_max": 100},
        right={"T_max": 60},
    ),
    Trap(
        "missed-restart",
        "A restart is found with a logarithm",
        symptom="One update is wrong, deep in the run: zero where the fifth restart should be at the peak.",
        cause="step(epoch) takes int(log(243, 3)), and in floating point that is int(4.999...) = 4.",
        fix="Call step() without an argument: it counts.",
        thread="https://github.com/pytorch/pytorch/pull/110497",
        program=restarted,
        wrong={"jump": True},
        right={"jump": False},
    ),
    Trap(
        "negative-rate",
        "One-cycle is asked for one update too many",
        symptom="The last used rate is below zero: that update climbs the loss.",
        cause="The last phase ends at update total_steps - 1, and its line goes on.",
        fix="Make exactly total_steps updates.",
        thread="https://github.com/pytorch/pytorch/issues/91765",
        program=one_cycle,
        wrong={"updates": 21},
        right={"updates": 20},
    ),
    Trap(
        "dead-first-update",
        "The warmup starts at exactly zero",
        symptom="The first update changes nothing: its rate is zero. The warmup is its plan, but one late.",
        cause="The factor was t / W, which is 0 at t = 0.",
        fix="Use (t + 1) / W if every update is to count.",
        thread="https://github.com/EleutherAI/gpt-neox/issues/1373",
        program=warmed_up_from,
        wrong={"first": 0},
        right={"first": 1},
    ),
    Trap(
        "empty-warmup",
        "A warmup of zero steps is built anyway",
        symptom="A flat line at a tenth of the planned rate, from the first update to the last.",
        cause="LinearLR applies start_factor when built, and takes it back step by step: here never.",
        fix="Leave the warmup out when it has no steps.",
        thread="https://github.com/pytorch/pytorch/issues/193682",
        program=no_warmup,
        wrong={"build_anyway": True},
        right={"build_anyway": False},
    ),
    Trap(
        "negative-metric",
        "Plateau watches a metric below zero",
        symptom="The rate never falls, although the metric gets worse at every evaluation.",
        cause="Better means below best * (1 - threshold); for a negative best that lies above best.",
        fix='Use threshold_mode="abs", or watch a positive quantity.',
        thread="https://github.com/pytorch/pytorch/issues/47513",
        program=worsening,
        wrong={"threshold_mode": "rel"},
        right={"threshold_mode": "abs"},
    ),
    Trap(
        "patience",
        "Patience is counted as in another library",
        symptom="Every halving comes late, and later each time: after 4 evaluations where 3 were planned.",
        cause="torch lowers the rate when bad evaluations exceed `patience`, others when they reach it.",
        fix="Give torch one less.",
        thread="https://github.com/pytorch/pytorch/issues/119763",
        program=patient,
        wrong={"patience": 3},
        right={"patience": 2},
    ),
    Trap(
        "stuck-at-zero",
        "T_max is changed when the rate is already zero",
        symptom="From the change on the used rate is zero for ever.",
        cause="Each rate is a multiple of the previous one, and no multiple of zero leaves zero.",
        fix="Build a new scheduler that computes the rate from the base rate.",
        thread="https://github.com/pytorch/pytorch/pull/195853",
        program=stretched,
        wrong={"in_place": True},
        right={"in_place": False},
    ),
    Trap(
        "floor-on-top",
        "The floor of a cosine is added on top",
        symptom="The first rate is 1.1 times the planned peak; the run ends right, at the floor of 0.1.",
        cause="The cosine still falls from 1 to 0: 0.1 was added to it, and not taken out of its range.",
        fix="Scale the cosine: floor + (1 - floor) * cosine.",
        thread="https://github.com/EleutherAI/gpt-neox/pull/1008",
        program=floored,
        wrong={"on_top": True},
        right={"on_top": False},
    ),
    Trap(
        "warmup-twice",
        "The warmup is taken twice from the steps of the decay",
        symptom="The decay begins on time, falls twice too fast and is over before the run: zero at the end.",
        cause="The step at which the decay begins includes the warmup, which was subtracted once more.",
        fix="Decay for total_steps minus the step at which the decay begins.",
        thread="https://github.com/huggingface/nanotron/pull/423",
        program=stable_decay,
        wrong={"decay_steps": 60 - 10 - 40},
        right={"decay_steps": 60 - 40},
    ),
)
