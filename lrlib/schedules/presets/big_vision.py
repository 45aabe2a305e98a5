"""`create_learning_rate_schedule` of google-research/big_vision: warmup, decay and cooldown as factors.

With a cooldown the factor (T - t) / D goes on past T, below zero unless the decay is at 0.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import ray, registered, up


@registered
def linear(total_steps, left, warmup_steps=0, cooldown_steps=0, power=1):
    """decay_type="linear" or "polynomial": (1 - p)**power, p from W to T."""
    return _factors(s.polynomial(1, 0, left, power), total_steps, warmup_steps, cooldown_steps)


@registered
def cosine(total_steps, left, warmup_steps=0, cooldown_steps=0):
    """decay_type="cosine": from W to T."""
    return _factors(s.cosine(1, 0, left), total_steps, warmup_steps, cooldown_steps)


@registered
def rsqrt(total_steps, left, warmup_steps=0, cooldown_steps=0, timescale=10_000, shift=0):
    """decay_type="rsqrt": 1 / sqrt(1 + (t + shift - W) / timescale) from W on, also past T."""
    decay = s.shift(s.inverse_sqrt(timescale), shift)
    return _factors(decay, total_steps, warmup_steps, cooldown_steps)


@registered
def stair(total_steps, left, milestones, multipliers, warmup_steps=0, cooldown_steps=0):
    """decay_type="stair": 1, and from each milestone on its multiplier (mults), which does not accumulate."""
    stairs = s.piecewise_constant(milestones, (1, *multipliers))
    return _overlay(stairs, total_steps, warmup_steps, cooldown_steps)


def _factors(decay: Schedule, total_steps: int, warmup_steps: int, cooldown_steps: int) -> Schedule:
    held = s.constant(decay(0), warmup_steps) >> decay
    return _overlay(held, total_steps, warmup_steps, cooldown_steps)


def _overlay(body: Schedule, total_steps: int, warmup_steps: int, cooldown_steps: int) -> Schedule:
    r.check_lengths(total_steps, cooldown_steps=cooldown_steps)
    if warmup_steps:
        body = up(warmup_steps) * body
    if cooldown_steps:
        body = body * (s.constant(1, total_steps - cooldown_steps) >> ray(1, 0, cooldown_steps))
    return body
