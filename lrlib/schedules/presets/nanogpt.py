"""`get_lr` of karpathy/nanoGPT: warmup and cosine, in its two versions."""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Number, Rate, Steps, StepSize
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import floor, preset_of, rest

nanogpt = preset_of("nanogpt")


@nanogpt
def cosine(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """(t + 1) / (W + 1) up to 1 at W, then a cosine to `min_lr` at T (lr_decay_iters); held."""
    return s.shift(s.linear(0, 1, warmup_steps + 1), 1) >> _cosine(total_steps, warmup_steps, min_lr, base_lr)


@nanogpt
def cosine_from_zero(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """As it was before karpathy/nanoGPT#578: t / W, so that the first update is at 0."""
    return s.linear(0, 1, warmup_steps) >> _cosine(total_steps, warmup_steps, min_lr, base_lr)


def _cosine(total_steps: int, warmup_steps: int, min_lr: float, base_lr: float | None) -> Schedule:
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.cosine(1, floor(min_lr, base_lr), left)
