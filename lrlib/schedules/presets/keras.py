"""keras.optimizers.schedules, divided by the rate they start from (their peak where they warm up).

The library computes in float32 unless `keras.config.set_floatx("float64")` is called.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import registered, up


@registered
def exponential(decay_steps, gamma, staircase=False):
    """ExponentialDecay: gamma**(t / decay_steps), or with `staircase` its value at whole multiples."""
    return s.step(decay_steps, gamma) if staircase else s.exponential(gamma, decay_steps)


@registered
def piecewise_constant(milestones, multipliers):
    """PiecewiseConstantDecay: a milestone is the last update at the rate before it."""
    return s.piecewise_constant([milestone + 1 for milestone in milestones], multipliers)


@registered
def inverse_time(decay_steps, rate, staircase=False):
    """InverseTimeDecay: 1 / (1 + rate * t / decay_steps), or with `staircase` its value at multiples."""
    body = s.inverse_time(decay_steps / rate)
    return s.stairs(body, decay_steps) if staircase else body


@registered
def cosine(decay_steps, min_factor=0):
    """CosineDecay: down to `min_factor`, its alpha; held."""
    return s.cosine(1, min_factor, decay_steps)


@registered
def warmup_cosine(decay_steps, warmup_steps, start=0, min_factor=0):
    """CosineDecay with a warmup_target: peak at W, and `decay_steps` after it, not with it."""
    return up(warmup_steps, start) >> s.cosine(1, min_factor, decay_steps)


@registered
def restarts(first_cycle, t_mult: r.AtLeastOne = 2, gamma=1, min_factor=0):
    """CosineDecayRestarts: each cycle twice as long by default, and `gamma` times as high above the floor."""
    return s.between(s.cosine(1, 0, first_cycle).loop(t_mult=t_mult, gamma=gamma), min_factor, 1)
