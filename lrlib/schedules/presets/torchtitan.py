"""The learning-rate schedule of torchtitan: warmup, constant, decay.

It warms up as (t + 1) / W, peak at W - 1, and decays as if the run were one step longer: the first step at
less than 1 is T - D + 1 and the minimum comes at T, just after the run. Past it the formulas go on: a line
and 1 - sqrt below the minimum, also below 0, a cosine up again.
"""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Number, Steps, StepSize, check_lengths
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import FAR, preset_of, ray, wave

torchtitan = preset_of("torchtitan")


@torchtitan
def linear(
    total_steps: StepSize, warmup_steps: Steps = 200, decay_steps: Steps = 0, min_factor: Number = 0
) -> Schedule:
    """decay_type="linear" over `decay_steps` = round(T * decay_ratio), or (0) over all after the warmup."""
    down = _decay_steps(total_steps, warmup_steps, decay_steps)
    return _flat(total_steps, warmup_steps, down) >> ray(1, min_factor, down)


@torchtitan
def cosine(
    total_steps: StepSize, warmup_steps: Steps = 200, decay_steps: Steps = 0, min_factor: Number = 0
) -> Schedule:
    """decay_type="cosine"; lengths as for "torchtitan.linear"."""
    down = _decay_steps(total_steps, warmup_steps, decay_steps)
    return _flat(total_steps, warmup_steps, down) >> wave(1, min_factor, down)


@torchtitan
def sqrt(
    total_steps: StepSize, warmup_steps: Steps = 200, decay_steps: Steps = 0, min_factor: Number = 0
) -> Schedule:
    """decay_type="sqrt", that is 1 - sqrt of the time gone; lengths as for "torchtitan.linear"."""
    down = _decay_steps(total_steps, warmup_steps, decay_steps)
    line = s.linear(1, 1 + (min_factor - 1) * (FAR / down) ** 0.5, FAR)
    return _flat(total_steps, warmup_steps, down) >> s.warp(line, 0.5)


def _decay_steps(total_steps: int, warmup_steps: int, decay_steps: int) -> int:
    lengths = {"warmup_steps": warmup_steps, "decay_steps": max(decay_steps, 1)}
    check_lengths(total_steps, **lengths)
    return decay_steps or total_steps - warmup_steps


def _flat(total_steps: int, warmup_steps: int, decay_steps: int) -> Schedule:
    up = s.shift(s.linear(0, 1, warmup_steps), 1)
    return up >> s.constant(1, total_steps - decay_steps - up.steps)
