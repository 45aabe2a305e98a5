"""mmengine.optim.scheduler with `by_epoch=False`: a scheduler acts on steps begin .. end - 1.

Linear, polynomial and constant schedules get to their end at the last of these steps, T - 1; a cosine does
not get to it at all. After them the last rate is kept.
"""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import (
    Flag,
    Fraction,
    Milestones,
    Number,
    Positive,
    Positives,
    Rate,
    StepSize,
    one_of,
    refused,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import floor, phased, preset_of, rest, stopped, torch_phases

mmengine = preset_of("mmengine")


@mmengine
def step(step_size: StepSize, gamma: Positive = 0.1) -> Schedule:
    """StepLR: multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@mmengine
def multistep(milestones: Milestones, gamma: Positive = 0.1) -> Schedule:
    """MultiStepLR: a milestone is the first update at the lower rate."""
    return s.multistep(milestones, gamma)


@mmengine
def exponential(gamma: Positive) -> Schedule:
    """ExponentialLR: gamma**t."""
    return s.exponential(gamma)


@mmengine
def constant(total_steps: StepSize, factor: Positive = 1 / 3) -> Schedule:
    """ConstantLR(end=T): `factor` for T - 1 steps, then 1."""
    return s.constant(factor, total_steps - 1) >> s.constant(1)


@mmengine
def linear(total_steps: StepSize, start: Positive = 1 / 3, end: Number = 1) -> Schedule:
    """LinearLR(end=T): from `start` to `end`, reached at step T - 1."""
    return s.linear(start, end, _intervals(total_steps))


@mmengine
def polynomial(
    total_steps: StepSize, power: Positive = 1, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """PolyLR(end=T): at `min_lr` at step T - 1."""
    return s.polynomial(1, floor(min_lr, base_lr), _intervals(total_steps), power)


@mmengine
def cosine(total_steps: StepSize, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineAnnealingLR(end=T), whose T_max is then T: `min_lr` would come at T, but step T - 1 is kept."""
    return stopped(s.cosine(1, floor(min_lr, base_lr), total_steps))


@mmengine
def restarts(cycles: Milestones, peaks: Positives, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineRestartLR: cycles end at steps `cycles` (sums of its periods), from `peaks` (restart_weights)."""
    lengths = [end - start for start, end in zip((0, *cycles), cycles, strict=False)]
    if len(peaks) != len(cycles) or min(lengths, default=0) < 1:
        raise refused("cycles", f"{len(peaks)} different steps, one a peak", cycles)
    whole = s.constant(1, 0)
    for length, peak in zip(lengths, peaks, strict=True):
        whole = whole >> s.cosine(peak, floor(min_lr, base_lr), length)
    return stopped(whole)


@mmengine
def one_cycle(
    total_steps: StepSize,
    warmup_fraction: Fraction = 0.3,
    div: Positive = 25,
    final_div: Positive = 1e4,
    curve: Annotated[str, one_of("cos", "linear")] = "cos",
    three_phase: Flag = False,
) -> Schedule:
    """OneCycleLR: as torch's; it raises after step T."""
    phases = torch_phases(total_steps, warmup_fraction, three_phase)
    return phased(1 / div, 1 / (div * final_div), phases, curve)


@mmengine
def warmup_cosine(
    total_steps: StepSize,
    warmup_steps: StepSize,
    start: Positive = 1 / 3,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """LinearLR(end=W) and CosineAnnealingLR(begin=W, end=T): 1 at W - 1 and at W, kept from T - 1 on."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    decay = s.cosine(1, floor(min_lr, base_lr), left)
    up = s.linear(start, 1, _intervals(warmup_steps, "warmup_steps"))
    return up >> s.constant(1, 1) >> stopped(decay)


def _intervals(steps: int, parameter: str = "total_steps") -> int:
    if steps < 2:
        raise refused(parameter, "a whole number of steps >= 2", steps)
    return steps - 1
