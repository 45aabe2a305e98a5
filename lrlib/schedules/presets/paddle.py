"""paddle.optimizer.lr. `base_lr` is its learning_rate, or max_learning_rate where it has that."""

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
    Values,
    one_of,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets import pieces
from lrlib.schedules.presets.pieces import floor, phased, preset_of, rest, torch_phases, wave

paddle = preset_of("paddle")


@paddle
def noam(d_model: StepSize, warmup_steps: StepSize) -> Schedule:
    """NoamDecay with t from 0, so that the first update is at 0; the peak (d_model * W)**-0.5 is at W."""
    return (d_model * warmup_steps) ** -0.5 * s.warmup_inverse_sqrt(warmup_steps)


@paddle
def natural_exponential(rate: Positive) -> Schedule:
    """NaturalExpDecay: exp(-rate * t); `rate` is its gamma."""
    return s.natural_exponential(rate)


@paddle
def inverse_time(rate: Positive) -> Schedule:
    """InverseTimeDecay: 1 / (1 + rate * t); `rate` is its gamma."""
    return s.inverse_time(1 / rate)


@paddle
def exponential(gamma: Positive) -> Schedule:
    """ExponentialDecay: gamma**t."""
    return s.exponential(gamma)


@paddle
def step(step_size: StepSize, gamma: Positive = 0.1) -> Schedule:
    """StepDecay: multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@paddle
def multistep(milestones: Milestones, gamma: Positive = 0.1) -> Schedule:
    """MultiStepDecay: a milestone is the first update at the lower rate."""
    return s.multistep(milestones, gamma)


@paddle
def piecewise_constant(milestones: Milestones, multipliers: Values) -> Schedule:
    """PiecewiseDecay: a milestone is the first update at the next of the values."""
    return s.piecewise_constant(milestones, multipliers)


@paddle
def polynomial(
    decay_steps: StepSize,
    base_lr: Positive,
    min_lr: Number = 1e-4,
    power: Positive = 1,
    cycle: Flag = False,
) -> Schedule:
    """PolynomialDecay to `min_lr`, 1e-4 by default; with `cycle` the horizon moves on as it is passed."""
    low = floor(min_lr, base_lr)
    return s.cyclic_polynomial(decay_steps, power, low) if cycle else s.polynomial(1, low, decay_steps, power)


@paddle
def linear(total_steps: StepSize, start: Positive = 1 / 3, end: Number = 1) -> Schedule:
    """LinearLR: from `start` to `end`, reached at step T and held."""
    return s.linear(start, end, total_steps)


@paddle
def cosine(total_steps: StepSize, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineAnnealingDecay: at `min_lr` at step T_max = `total_steps`, then up again, for ever."""
    return wave(1, floor(min_lr, base_lr), total_steps)


@paddle
def restarts(first_cycle: StepSize, t_mult: Count = 1, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """CosineAnnealingWarmRestarts: the restart comes where `min_lr` would be reached."""
    return s.cosine(1, floor(min_lr, base_lr), first_cycle).loop(t_mult=t_mult)


@paddle
def warmup_cosine(total_steps: StepSize, warmup_steps: StepSize, start: Number = 0) -> Schedule:
    """LinearWarmup of CosineAnnealingDecay(T - W): a line from `start` to 1 at W, 0 at T; then it rises."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(start, 1, warmup_steps) >> wave(1, 0, left)


@paddle
def cyclic(
    step_size_up: StepSize,
    step_size_down: Steps = 0,
    mode: Annotated[str, one_of("triangular", "triangular2", "exp_range")] = "triangular",
    gamma: Positive = 1,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """CyclicLR between `min_lr` and `base_lr`; 0 steps down means as many as up."""
    return pieces.cyclic(floor(min_lr, base_lr), step_size_up, step_size_down, mode, gamma)


@paddle
def one_cycle(
    total_steps: StepSize,
    base_lr: Positive,
    warmup_fraction: Fraction = 0.3,
    div: Positive = 25,
    min_lr: Number = 1e-4,
    curve: Annotated[str, one_of("cos", "linear")] = "cos",
    three_phase: Flag = False,
) -> Schedule:
    """OneCycleLR: as torch's, but its end is a rate, `min_lr`; it raises after step T."""
    phases = torch_phases(total_steps, warmup_fraction, three_phase)
    return phased(1 / div, floor(min_lr, base_lr), phases, curve)
