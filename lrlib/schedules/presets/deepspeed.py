"""deepspeed.runtime.lr_schedules, stepped after each update.

Its warmups begin one update late, after one at their start value, and that value again: with a warmup from
0 the first two updates change nothing. A warmup lasts at least 2 steps.
"""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import Flag, Number, Positive, Rate, Steps, StepSize, one_of
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import floor, late, preset_of, ray, rest, triangle

deepspeed = preset_of("deepspeed")
Kind = Annotated[str, one_of("log", "linear")]


@deepspeed
def warmup(
    warmup_steps: StepSize = 1000, kind: Kind = "log", min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """WarmupLR from `min_lr` (warmup_min_lr) to `base_lr` (warmup_max_lr): a logarithm by default."""
    return s.between(_warmup(warmup_steps, kind), floor(min_lr, base_lr), 1)


@deepspeed
def warmup_decay(
    total_steps: StepSize,
    warmup_steps: StepSize = 1000,
    kind: Kind = "log",
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """WarmupDecayLR: the warmup, then a line down to `min_lr`, reached at T + 1."""
    left = rest(total_steps, warmup_steps=max(warmup_steps, 2))
    line = s.linear(1, 0, left)
    return s.between(_warmup(warmup_steps, kind) >> line, floor(min_lr, base_lr), 1)


@deepspeed
def warmup_cosine(
    total_steps: StepSize,
    warmup_steps: StepSize = 1000,
    kind: Kind = "log",
    start: Number = 0,
    min_factor: Number = 1e-4,
) -> Schedule:
    """WarmupCosineLR from `start` (warmup_min_ratio) to `min_factor` (cos_min_ratio), reached at T.

    The first update is at 0 even if `start` is not. A linear warmup never gets to 1.
    """
    left = rest(total_steps, warmup_steps=max(warmup_steps, 2))
    decay = late(s.cosine(1, min_factor, left), 1)
    rising = s.between(s.shift(_warmup(warmup_steps, kind), 1), start, 1)
    return s.constant(0, 1) >> rising >> decay


@deepspeed
def range_test(step_size: StepSize = 2000, rate: Positive = 1, staircase: Flag = False) -> Schedule:
    """LRRangeTest: 1 + rate * t / step_size times its minimum, which is `base_lr` here; without an end."""
    line = ray(1, 1 + rate, step_size)
    return s.stairs(line, step_size) if staircase else line


@deepspeed
def one_cycle(
    step_size_up: StepSize = 2000,
    step_size_down: Steps = 0,
    min_lr: Number = 0,
    base_lr: Rate = None,
    decay_steps: Steps = 0,
    rate: Number = 0,
) -> Schedule:
    """OneCycle: a triangle from `min_lr` to `base_lr` and back, then min_lr / (1 + rate * t / decay)."""
    low = floor(min_lr, base_lr)
    cycle = s.between(triangle(step_size_up, step_size_down or step_size_up), low, 1)
    return cycle >> low * s.inverse_time(decay_steps / rate) if decay_steps and rate else cycle


def _warmup(warmup_steps: int, kind: str) -> Schedule:
    steps = max(warmup_steps, 2)
    if kind == "linear":
        return s.constant(0, 1) >> s.linear(0, 1, steps)
    return s.constant(0, 1) >> s.logarithmic(0, 1, steps - 1) >> s.constant(1, 1)
