"""Traps of scale: mixed precision, several processes, other batch sizes, groups with rates of their own."""

from __future__ import annotations

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, MultiStepLR, ReduceLROnPlateau

from lrlib.course.museum.case import Trap, driven, follow, rates, sgd, weight
from lrlib.ledger import Ledger, Recorder
from lrlib.schedules import constant, cosine, linear, multistep


def scaled(base_lr: float, fused: bool, proof: str) -> Recorder:
    """The first gradients overflow; the scheduler steps where there is proof of an update."""
    optimizer = torch.optim.SGD([weight()], lr=base_lr, fused=fused)
    scheduler = LinearLR(optimizer, 1, 0, 20)
    (parameter,) = optimizer.param_groups[0]["params"]
    scaler, calls = torch.amp.GradScaler("cpu", init_scale=2.0**120), []
    optimizer.register_step_post_hook(lambda *args: calls.append(args))
    with Ledger.watch(optimizer, intended=rates(base_lr, linear(1, 0, 20), 20)) as ledger:
        while len(ledger.steps) < 20:
            before, made = scaler.get_scale(), len(calls)
            optimizer.zero_grad()
            scaler.scale(2.0**10 * parameter.sum()).backward()
            scaler.step(optimizer)
            scaler.update()
            proofs = {"none": True, "call": len(calls) > made, "scale": scaler.get_scale() >= before}
            if proofs[proof]:
                scheduler.step()
    return ledger


def distributed(base_lr: float, scheduler_steps: int) -> Recorder:
    optimizer = sgd(base_lr)
    scheduler = LinearLR(optimizer, 1, 0, 40)
    with Ledger.watch(optimizer, intended=rates(base_lr, linear(1, 0, 40), 40)) as ledger:
        for _ in range(40):
            optimizer.step()
            for _ in range(scheduler_steps):
                scheduler.step()
    return ledger


def apart(base_lr: float, reduced: bool) -> Recorder:
    """Two processes. Their mean loss falls for 8 evaluations, the loss of the first one for ever."""
    optimizers = sgd(base_lr), sgd(base_lr)
    schedulers = [ReduceLROnPlateau(optimizer, factor=0.5, patience=3, eps=0) for optimizer in optimizers]
    t = np.arange(30)
    mean = 1 - 0.05 * np.minimum(t, 8)
    ledger = Recorder(intended=base_lr * 0.5 ** (np.maximum(t - 9, 0) // 4), label="2 processes")
    for losses in np.column_stack([mean - 0.01 * t, mean + 0.01 * t]):
        for optimizer in optimizers:
            optimizer.step()
        ledger.saw([optimizer.param_groups[0] for optimizer in optimizers])
        for scheduler, loss in zip(schedulers, losses, strict=True):
            scheduler.step(losses.mean() if reduced else loss)
    return ledger


def multiplied(base_lr: float, scheduler_first: bool) -> Recorder:
    optimizer, schedule = sgd(base_lr), cosine(1, 0, 40)
    scheduler = driven(optimizer, schedule) if scheduler_first else None
    optimizer.param_groups[0]["lr"] *= 4
    return follow(optimizer, scheduler or driven(optimizer, schedule), rates(4 * base_lr, schedule, 40))


def ramped(base_lr: float, final_size: bool) -> Recorder:
    """20 updates of 8 samples, then 50 of 16; the rate is looked up by the number of samples seen."""
    optimizer = sgd(base_lr)
    schedule = linear(0.1, 1, 10) >> constant(1, 40) >> linear(1, 0, 20)
    seen = np.cumsum([0, *[8] * 20, *[16] * 50])
    clock = seen / 16 if final_size else np.searchsorted(seen, seen)
    return follow(optimizer, driven(optimizer, lambda t: schedule(clock[t])), rates(base_lr, schedule, 70))


def doubled(base_lr: float, milestones: tuple) -> Recorder:
    """Twice the batch size: 40 updates instead of 80, and milestones at half the steps."""
    optimizer = sgd(base_lr)
    plan = rates(base_lr, multistep((16, 24, 32), 0.3), 40)
    return follow(optimizer, MultiStepLR(optimizer, milestones, 0.3), plan)


def shared(base_lr: float, tensors: int) -> Recorder:
    rate = torch.tensor(base_lr, dtype=torch.float64)
    own = [{"lr": rate.clone()} if tensors == 2 else {} for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [weight()], **rates} for rates in own], lr=rate)
    head, body = linear(1, 0, 30), constant(0.1)
    plan = np.column_stack([rates(base_lr, head, 30), rates(base_lr, body, 30)])
    return follow(optimizer, driven(optimizer, head, body), plan, "2 groups")


def layerwise(base_lr: float, read_by_torch: bool) -> Recorder:
    scale = {"lr": 0.25 * base_lr} if read_by_torch else {"lr_scale": 0.25}
    optimizer = torch.optim.SGD([{"params": [weight()], **scale}, {"params": [weight()]}], lr=base_lr)
    curve = rates(base_lr, cosine(1, 0, 40), 40)
    plan = np.column_stack([0.25 * curve, curve])
    return follow(optimizer, CosineAnnealingLR(optimizer, 40), plan, "2 groups")


TRAPS = (
    Trap(
        "skipped-update",
        "Updates that mixed precision skipped are counted",
        symptom="The plan, several updates early from the very first update on.",
        cause="GradScaler leaves out updates whose gradient overflowed; the scheduler counts its own calls.",
        fix="Step the scheduler only if the scale did not fall: then the update was made.",
        thread="https://github.com/pytorch/pytorch/issues/44511",
        program=scaled,
        wrong={"fused": False, "proof": "none"},
        right={"fused": False, "proof": "scale"},
    ),
    Trap(
        "fused-skip",
        "A fused optimizer skips an update, and its call is counted",
        symptom="The plan, several updates early, although the program steps only after optimizer.step().",
        cause="A fused optimizer finds the overflow inside: step() is called, and no weight is changed.",
        fix="Ask the scaler whether its scale fell, not the optimizer whether it was called.",
        thread="https://github.com/huggingface/accelerate/issues/4242",
        program=scaled,
        wrong={"fused": True, "proof": "call"},
        right={"fused": True, "proof": "scale"},
        alike="skipped-update",
    ),
    Trap(
        "processes",
        "The scheduler steps once for each process",
        symptom="The decay is over after a quarter of the run, and the rest of the run stands still at zero.",
        cause="A wrapper steps num_processes times an update: it takes the length for that of one process.",
        fix="Give the length that the wrapper expects, or have it step once an update.",
        thread="https://github.com/huggingface/accelerate/issues/1382",
        program=distributed,
        wrong={"scheduler_steps": 4},
        right={"scheduler_steps": 1},
    ),
    Trap(
        "plateau-apart",
        "Every process watches its own loss for a plateau",
        symptom="Processes that share a model use different rates: one never falls, one falls as planned.",
        cause="Each process has a part of the data, so its loss stops to fall at another time.",
        fix="Average the loss over all processes, then report the average everywhere.",
        thread="https://github.com/lucidrains/DALLE-pytorch/issues/268",
        program=apart,
        wrong={"reduced": False},
        right={"reduced": True},
    ),
    Trap(
        "workers-late",
        "The rate is multiplied by the number of workers too late",
        symptom="The first update has the planned rate, all others a quarter of it.",
        cause="The scheduler noted the base rate when it was built, and writes multiples of that one.",
        fix="Multiply first, then build the scheduler.",
        thread="https://github.com/Lightning-AI/pytorch-lightning/pull/2626",
        program=multiplied,
        wrong={"scheduler_first": True},
        right={"scheduler_first": False},
    ),
    Trap(
        "final-batch-size",
        "Updates are converted into samples with the final batch size",
        symptom="The warmup takes twice its updates; the decay begins late, and the run ends half-way down.",
        cause="The batch size grows during the run: the first updates bring fewer samples than was assumed.",
        fix="Add up the samples that the updates really bring.",
        thread="https://github.com/NVIDIA-NeMo/Megatron-Bridge/issues/2609",
        program=ramped,
        wrong={"final_size": True},
        right={"final_size": False},
    ),
    Trap(
        "old-milestones",
        "The batch size changes, the milestones do not",
        symptom="The first drop comes where the third was planned; the others never come.",
        cause="Milestones are counted in updates, and with twice the batch size a run has half as many.",
        fix="Divide milestones by the factor by which the batch grew, or give them in samples.",
        thread="https://github.com/roytseng-tw/Detectron.pytorch/issues/32",
        program=doubled,
        wrong={"milestones": (32, 48, 64)},
        right={"milestones": (16, 24, 32)},
    ),
    Trap(
        "shared-tensor",
        "Two groups share one tensor as their rate",
        symptom="Both groups use the rate that was planned for the second one.",
        cause="torch gives groups without a rate of their own the same tensor; writing one rate writes all.",
        fix='Give each group a tensor of its own: "lr": rate.clone().',
        thread="https://github.com/pytorch/pytorch/issues/162359",
        program=shared,
        wrong={"tensors": 1},
        right={"tensors": 2},
    ),
    Trap(
        "unread-scale",
        "lr_scale is written into a group, and nobody reads it",
        symptom="The group runs at four times its plan, at the rate of all others.",
        cause="lr_scale means something to the schedulers of one library; those of torch write lr alone.",
        fix="Multiply the scale into the group's lr before the scheduler is built.",
        thread="https://github.com/huggingface/pytorch-image-models/pull/2532",
        program=layerwise,
        wrong={"read_by_torch": False},
        right={"read_by_torch": True},
    ),
)
