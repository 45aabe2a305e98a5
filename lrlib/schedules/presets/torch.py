"""torch.optim.lr_scheduler: every scheduler that is a function of the step, and its two usual warmups."""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import (
    Count,
    Flag,
    Fraction,
    Milestones,
    Number,
    Positive,
    Rate,
    Steps,
    StepSize,
    check_lengths,
    one_of,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets import pieces
from lrlib.schedules.presets.pieces import floor, phased, preset_of, rest, torch_phases, wave

torch = preset_of("torch")
Curve = Annotated[str, one_of("cos", "linear")]
Mode = Annotated[str, one_of("triangular", "triangular2", "exp_range")]


@torch
def constant(factor: Positive = 1 / 3, total_steps: Steps = 5) -> Schedule:
    """ConstantLR: `factor` for `total_steps` steps, then 1. A warmup, not a constant schedule."""
    return s.constant(factor, total_steps) >> s.constant(1)


@torch
def linear(start: Positive = 1 / 3, end: Number = 1, total_steps: StepSize = 5) -> Schedule:
    """LinearLR: from `start` to `end`, reached at step `total_steps` and held; by default a warmup."""
    return s.linear(start, end, total_steps)


@torch
def polynomial(total_steps: StepSize = 5, power: Positive = 1) -> Schedule:
    """PolynomialLR: (1 - t / T)**power, 0 at step T and after."""
    return s.polynomial(1, 0, total_steps, power)


@torch
def step(step_size: StepSize, gamma: Positive = 0.1) -> Schedule:
    """StepLR: multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@torch
def multistep(milestones: Milestones, gamma: Positive = 0.1) -> Schedule:
    """MultiStepLR: multiplied by `gamma` at each milestone, which is the first update at the lower rate."""
    return s.multistep(milestones, gamma)


@torch
def exponential(gamma: Positive) -> Schedule:
    """ExponentialLR: gamma**t."""
    return s.exponential(gamma)


@torch
def cosine(total_steps: StepSize, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineAnnealingLR: at `min_lr` at step T_max = `total_steps`, then up to the peak again, for ever."""
    return wave(1, floor(min_lr, base_lr), total_steps)


@torch
def restarts(first_cycle: StepSize, t_mult: Count = 1, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineAnnealingWarmRestarts: T_0 = `first_cycle`; the restart comes where `min_lr` would be reached."""
    return s.cosine(1, floor(min_lr, base_lr), first_cycle).loop(t_mult=t_mult)


@torch
def cyclic(
    step_size_up: StepSize = 2000,
    step_size_down: Steps = 0,
    mode: Mode = "triangular",
    gamma: Positive = 1,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """CyclicLR between `min_lr` (its base_lr) and `base_lr` (its max_lr); 0 down means as many as up."""
    return pieces.cyclic(floor(min_lr, base_lr), step_size_up, step_size_down, mode, gamma)


@torch
def one_cycle(
    total_steps: StepSize,
    warmup_fraction: Fraction = 0.3,
    div: Positive = 25,
    final_div: Positive = 1e4,
    curve: Curve = "cos",
    three_phase: Flag = False,
) -> Schedule:
    """OneCycleLR: peak at step 0.3 T - 1, end at T - 1, rising or negative at T; torch raises after that.

    With `three_phase` the way down to 1/div ends at 2 * 0.3 T - 2. Phases may end between two steps.
    """
    phases = torch_phases(total_steps, warmup_fraction, three_phase)
    return phased(1 / div, 1 / (div * final_div), phases, curve)


@torch
def warmup_cosine(
    total_steps: StepSize,
    warmup_steps: Steps,
    start: Positive = 1 / 3,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """SequentialLR of LinearLR(start, 1, W) and CosineAnnealingLR(T - W): peak at W, rising after T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    decay = wave(1, floor(min_lr, base_lr), left)
    return s.linear(start, 1, warmup_steps) >> decay


@torch
def chained_warmup_cosine(total_steps: StepSize, warmup_steps: StepSize, start: Positive = 1 / 3) -> Schedule:
    """ChainedScheduler of LinearLR(start, 1, W) and CosineAnnealingLR(T): a product, below 1 at W."""
    check_lengths(total_steps, warmup_steps=warmup_steps)
    return s.linear(start, 1, warmup_steps) * wave(1, 0, total_steps)
