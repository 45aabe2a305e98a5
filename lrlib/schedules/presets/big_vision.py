"""`create_learning_rate_schedule` of google-research/big_vision: warmup, decay and cooldown as factors.

With a cooldown the factor (T - t) / D goes on past T, below zero unless the decay is at 0.
"""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Milestones, Positive, Steps, StepSize, Values, check_lengths
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import preset_of, ray, rest

big_vision = preset_of("big_vision")


@big_vision
def linear(
    total_steps: StepSize, warmup_steps: Steps = 0, cooldown_steps: Steps = 0, power: Positive = 1
) -> Schedule:
    """decay_type="linear" or "polynomial": (1 - p)**power, p from W to T."""
    rest = _rest(total_steps, warmup_steps, cooldown_steps)
    return _factors(s.polynomial(1, 0, rest, power), total_steps, warmup_steps, cooldown_steps)


@big_vision
def cosine(total_steps: StepSize, warmup_steps: Steps = 0, cooldown_steps: Steps = 0) -> Schedule:
    """decay_type="cosine": from W to T."""
    rest = _rest(total_steps, warmup_steps, cooldown_steps)
    return _factors(s.cosine(1, 0, rest), total_steps, warmup_steps, cooldown_steps)


@big_vision
def rsqrt(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    cooldown_steps: Steps = 0,
    timescale: Positive = 10_000,
    shift: Steps = 0,
) -> Schedule:
    """decay_type="rsqrt": 1 / sqrt(1 + (t + shift - W) / timescale) from W on, also past T."""
    _rest(total_steps, warmup_steps, cooldown_steps)
    decay = s.shift(s.inverse_sqrt(timescale), shift)
    return _factors(decay, total_steps, warmup_steps, cooldown_steps)


@big_vision
def stair(
    total_steps: StepSize,
    milestones: Milestones,
    multipliers: Values,
    warmup_steps: Steps = 0,
    cooldown_steps: Steps = 0,
) -> Schedule:
    """decay_type="stair": 1, and from each milestone on its multiplier (mults), which does not accumulate."""
    _rest(total_steps, warmup_steps, cooldown_steps)
    stairs = s.piecewise_constant(milestones, (1, *multipliers))
    return _overlay(stairs, total_steps, warmup_steps, cooldown_steps)


def _factors(decay: Schedule, total_steps: int, warmup_steps: int, cooldown_steps: int) -> Schedule:
    held = s.constant(decay(0), warmup_steps) >> decay
    return _overlay(held, total_steps, warmup_steps, cooldown_steps)


def _overlay(body: Schedule, total_steps: int, warmup_steps: int, cooldown_steps: int) -> Schedule:
    if warmup_steps:
        body = s.linear(0, 1, warmup_steps) * body
    if cooldown_steps:
        body = body * (s.constant(1, total_steps - cooldown_steps) >> ray(1, 0, cooldown_steps))
    return body


def _rest(total_steps: int, warmup_steps: int, cooldown_steps: int) -> int:
    check_lengths(total_steps, cooldown_steps=cooldown_steps)
    return rest(total_steps, warmup_steps=warmup_steps)
