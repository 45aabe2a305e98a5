"""composer.optim.scheduler of MosaicML Composer: multipliers of the rate, held after their end."""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Count, Milestones, Number, Positive, Steps, StepSize
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import preset_of, rest

composer = preset_of("composer")


@composer
def step(step_size: StepSize, gamma: Positive = 0.1) -> Schedule:
    """StepScheduler: multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@composer
def multistep(milestones: Milestones, gamma: Positive = 0.1) -> Schedule:
    """MultiStepScheduler: a milestone is the first update at the lower rate."""
    return s.multistep(milestones, gamma)


@composer
def constant(total_steps: Steps, factor: Number = 1) -> Schedule:
    """ConstantScheduler: `factor` for t_max = T steps, then 1."""
    return s.constant(factor, total_steps) >> s.constant(1)


@composer
def linear(total_steps: StepSize, start: Number = 1, end: Number = 0) -> Schedule:
    """LinearScheduler: from `start` (its alpha_i) to `end` (alpha_f) at T."""
    return s.linear(start, end, total_steps)


@composer
def exponential(gamma: Positive, decay_steps: StepSize) -> Schedule:
    """ExponentialScheduler: gamma**(t / decay_steps)."""
    return s.exponential(gamma, decay_steps)


@composer
def cosine(total_steps: StepSize, min_factor: Number = 0) -> Schedule:
    """CosineAnnealingScheduler: down to `min_factor` (alpha_f) at T."""
    return s.cosine(1, min_factor, total_steps)


@composer
def restarts(first_cycle: StepSize, t_mult: Count = 1, min_factor: Number = 0) -> Schedule:
    """CosineAnnealingWarmRestartsScheduler, for whole `t_mult`; others the library cuts to steps."""
    return s.cosine(1, min_factor, first_cycle).loop(t_mult=t_mult)


@composer
def polynomial(total_steps: StepSize, power: Positive, min_factor: Number = 0) -> Schedule:
    """PolynomialScheduler: min_factor + (1 - min_factor) * (1 - t / T)**power."""
    return s.polynomial(1, min_factor, total_steps, power)


@composer
def multistep_with_warmup(warmup_steps: StepSize, milestones: Milestones, gamma: Positive = 0.1) -> Schedule:
    """MultiStepWithWarmupScheduler: milestones count from the start, and those below W are passed unseen."""
    return s.linear(0, 1, warmup_steps) >> s.shift(s.multistep(milestones, gamma), warmup_steps)


@composer
def linear_with_warmup(
    total_steps: StepSize, warmup_steps: StepSize, start: Number = 1, end: Number = 0
) -> Schedule:
    """LinearWithWarmupScheduler: from 0 to `start` at W, then to `end` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, start, warmup_steps) >> s.linear(start, end, left)


@composer
def cosine_with_warmup(total_steps: StepSize, warmup_steps: StepSize, min_factor: Number = 0) -> Schedule:
    """CosineAnnealingWithWarmupScheduler: peak at W, `min_factor` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.cosine(1, min_factor, left)


@composer
def polynomial_with_warmup(
    total_steps: StepSize, warmup_steps: StepSize, power: Positive = 2, min_factor: Number = 0
) -> Schedule:
    """PolynomialWithWarmupScheduler: power 2 by default; peak at W, `min_factor` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.polynomial(1, min_factor, left, power)
