"""The learning-rate schedule of torchtitan: warmup, constant, decay.

It warms up as (t + 1) / W, peak at W - 1, and decays as if the run were one step longer: the first step at
less than 1 is T - D + 1 and the minimum comes at T, just after the run. Past it the formulas go on: a line
and 1 - sqrt below the minimum, also below 0, a cosine up again.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import FAR, ray, registered, wave


@registered
def linear(total_steps, warmup_steps=200, decay_steps: r.Steps = 0, min_factor=0):
    """decay_type="linear" over `decay_steps` = round(T * decay_ratio), or (0) over all after the warmup."""
    down, flat = _parts(total_steps, warmup_steps, decay_steps)
    return flat >> ray(1, min_factor, down)


@registered
def cosine(total_steps, warmup_steps=200, decay_steps: r.Steps = 0, min_factor=0):
    """decay_type="cosine"; lengths as for "torchtitan.linear"."""
    down, flat = _parts(total_steps, warmup_steps, decay_steps)
    return flat >> wave(1, min_factor, down)


@registered
def sqrt(total_steps, warmup_steps=200, decay_steps: r.Steps = 0, min_factor=0):
    """decay_type="sqrt", that is 1 - sqrt of the time gone; lengths as for "torchtitan.linear"."""
    down, flat = _parts(total_steps, warmup_steps, decay_steps)
    return flat >> s.warp(s.linear(1, 1 + (min_factor - 1) * (FAR / down) ** 0.5, FAR), 0.5)


def _parts(total_steps: int, warmup_steps: int, decay_steps: int) -> tuple[int, Schedule]:
    """The length of the decay, and what comes before it."""
    r.check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=max(decay_steps, 1))
    decay_steps = decay_steps or total_steps - warmup_steps
    up = s.shift(s.linear(0, 1, warmup_steps), 1)
    return decay_steps, up >> s.constant(1, total_steps - decay_steps - up.steps)
