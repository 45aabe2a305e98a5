"""OptimizerParamScheduler of Megatron-LM (megatron.core), one step an update.

All warm up as a line from `start` to 1 at step W. From step T + 1 on the rate is `min_lr`, without a slope
where the decay has not come down to it.
"""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import Number, Rate, Steps, StepSize, check_lengths, one_of
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import decay, floor, preset_of, rest

megatron = preset_of("megatron")


@megatron
def constant(warmup_steps: Steps = 0, start: Number = 0) -> Schedule:
    """lr_decay_style="constant": the warmup, then 1 for ever."""
    return s.linear(start, 1, warmup_steps)


@megatron
def linear(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """lr_decay_style="linear": a line to `min_lr` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.linear(1, floor(min_lr, base_lr), left)


@megatron
def cosine(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    min_lr: Number = 0,
    base_lr: Rate = None,
    start: Number = 0,
) -> Schedule:
    """lr_decay_style="cosine": down to `min_lr` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(start, 1, warmup_steps) >> s.cosine(1, floor(min_lr, base_lr), left)


@megatron
def inverse_sqrt(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """lr_decay_style="inverse-square-root": sqrt(W / t), not below `min_lr`, and a drop to it after T."""
    left = rest(total_steps, warmup_steps=max(warmup_steps, 1))
    low = floor(min_lr, base_lr)
    up = s.linear(0, 1, warmup_steps) if warmup_steps else s.constant(1, 1)
    decays = s.clip(s.inverse_sqrt(max(warmup_steps, 1), left + 1), low)
    return up >> decays >> s.constant(low)


@megatron
def wsd(
    total_steps: StepSize,
    decay_steps: StepSize,
    warmup_steps: Steps = 0,
    curve: Annotated[str, one_of("linear", "cosine", "exponential", "1-sqrt")] = "exponential",
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """lr_decay_style="WSD": the last `decay_steps` go down to `min_lr`; "1-sqrt" is its minus_sqrt."""
    check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    low = floor(min_lr, base_lr)
    flat = s.constant(1, total_steps - warmup_steps - decay_steps)
    if curve == "exponential":
        down = s.exponential_cooldown(1, low, decay_steps, 0.5)
    else:
        down = decay(curve, low, decay_steps)
    return s.linear(0, 1, warmup_steps) >> flat >> down
