"""deepspeed.runtime.lr_schedules, stepped after each update.

Its warmups begin one update late, after one at their start value, and that value again: with a warmup from
0 the first two updates change nothing. A warmup lasts at least 2 steps.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import late, ray, registered

Kind = Annotated[str, r.one_of("log", "linear")]


@registered
def warmup(warmup_steps: r.StepSize = 1000, kind: Kind = "log", low=0):
    """WarmupLR from `min_lr` (warmup_min_lr) to `base_lr` (warmup_max_lr): a logarithm by default."""
    return s.between(_warmup(warmup_steps, kind), low, 1)


@registered
def warmup_decay(total_steps: r.Steps, warmup_steps: r.StepSize = 1000, kind: Kind = "log", low=0):
    """WarmupDecayLR: the warmup, then a line down to `min_lr`, reached at T + 1 or after the warmup."""
    left = total_steps - max(warmup_steps, 2)
    down = s.linear(1, 0, left) if left > 0 else s.constant(0)
    return s.between(_warmup(warmup_steps, kind) >> down, low, 1)


@registered
def warmup_cosine(total_steps: r.Steps, warmup_steps: r.StepSize = 1000, kind: Kind = "log", start=0,
                  min_factor=1e-4):  # fmt: skip
    """WarmupCosineLR from `start` (warmup_min_ratio) to `min_factor` (cos_min_ratio), reached at T.

    Never below 0; where the warmup is as long as the run it is followed by the end value.
    The first update is at 0 even if `start` is not. A linear warmup never gets to 1.
    """
    left = max(total_steps - max(warmup_steps, 2), 1)
    rising = s.between(s.shift(_warmup(warmup_steps, kind), 1), start, 1)
    return s.constant(0, 1) >> rising >> s.clip(late(s.cosine(1, min_factor, left), 1), 0)


@registered
def range_test(step_size=2000, rate=1, staircase=False):
    """LRRangeTest: 1 + rate * t / step_size times its minimum, which is `base_lr` here; without an end."""
    line = ray(1, 1 + rate, step_size)
    return s.stairs(line, step_size) if staircase else line


@registered
def one_cycle(step_size_up=2000, step_size_down=0, low=0, decay_steps: r.Steps = 0, rate: r.Number = 0):
    """OneCycle: a triangle from `min_lr` to `base_lr` and back, then min_lr / (1 + rate * t / decay)."""
    triangle = s.linear(0, 1, step_size_up) >> s.linear(1, 0, step_size_down or step_size_up)
    cycle = s.between(triangle, low, 1)
    return cycle >> low * s.inverse_time(decay_steps / rate) if decay_steps and rate else cycle


def _warmup(warmup_steps: int, kind: str) -> Schedule:
    steps = max(warmup_steps, 2)
    if kind == "linear":
        return s.constant(0, 1) >> s.linear(0, 1, steps)
    return s.constant(0, 1) >> s.logarithmic(0, 1, steps - 1) >> s.constant(1, 1)
