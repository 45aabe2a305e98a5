"""keras.optimizers.schedules, divided by the rate they start from (their peak where they warm up).

The library computes in float32 unless `keras.config.set_floatx("float64")` is called.
"""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import AtLeastOne, Flag, Milestones, Number, Positive, Steps, StepSize, Values
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import floor, preset_of

keras = preset_of("keras")


@keras
def exponential(decay_steps: StepSize, gamma: Positive, staircase: Flag = False) -> Schedule:
    """ExponentialDecay: gamma**(t / decay_steps), or with `staircase` its value at whole multiples."""
    return s.step(decay_steps, gamma) if staircase else s.exponential(gamma, decay_steps)


@keras
def piecewise_constant(milestones: Milestones, multipliers: Values) -> Schedule:
    """PiecewiseConstantDecay: a milestone is the last update at the rate before it."""
    return s.piecewise_constant([milestone + 1 for milestone in milestones], multipliers)


@keras
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


@keras
def inverse_time(decay_steps: StepSize, rate: Positive, staircase: Flag = False) -> Schedule:
    """InverseTimeDecay: 1 / (1 + rate * t / decay_steps), or with `staircase` its value at multiples."""
    body = s.inverse_time(decay_steps / rate)
    return s.stairs(body, decay_steps) if staircase else body


@keras
def cosine(decay_steps: StepSize, min_factor: Number = 0) -> Schedule:
    """CosineDecay: down to `min_factor`, its alpha; held."""
    return s.cosine(1, min_factor, decay_steps)


@keras
def warmup_cosine(
    decay_steps: StepSize, warmup_steps: Steps, start: Number = 0, min_factor: Number = 0
) -> Schedule:
    """CosineDecay with a warmup_target: peak at W, and `decay_steps` after it, not with it."""
    return s.linear(start, 1, warmup_steps) >> s.cosine(1, min_factor, decay_steps)


@keras
def restarts(
    first_cycle: StepSize, t_mult: AtLeastOne = 2, gamma: Positive = 1, min_factor: Number = 0
) -> Schedule:
    """CosineDecayRestarts: each cycle twice as long by default, and `gamma` times as high above the floor."""
    return s.between(s.cosine(1, 0, first_cycle).loop(t_mult=t_mult, gamma=gamma), min_factor, 1)
