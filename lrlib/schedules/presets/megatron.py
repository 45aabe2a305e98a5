"""OptimizerParamScheduler of Megatron-LM (megatron.core), one step an update.

All warm up as a line from `start` to 1 at step W. From step T + 1 on the rate is `min_lr`, without a slope
where the decay has not come down to it.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import AtMostOne, decay, registered, rest, up


@registered
def constant(warmup_steps=0, start: AtMostOne = 0):
    """lr_decay_style="constant": the warmup, then 1 for ever."""
    return up(warmup_steps, start)


@registered
def linear(left, warmup_steps=0, low: r.Fraction = 0):
    """lr_decay_style="linear": a line to `min_lr` at T."""
    return up(warmup_steps) >> s.linear(1, low, left)


@registered
def cosine(left, warmup_steps=0, low: r.Fraction = 0, start: AtMostOne = 0):
    """lr_decay_style="cosine": down to `min_lr` at T."""
    return up(warmup_steps, start) >> s.cosine(1, low, left)


@registered
def inverse_sqrt(total_steps, warmup_steps=0, low: r.Fraction = 0):
    """lr_decay_style="inverse-square-root": sqrt(W / t), not below `min_lr`, and a drop to it after T."""
    left = rest(total_steps, warmup_steps=max(warmup_steps, 1))
    first = up(warmup_steps) if warmup_steps else s.constant(1, 1)
    decays = s.clip(s.inverse_sqrt(max(warmup_steps, 1), left + 1), low)
    return first >> decays >> s.constant(low)


@registered
def wsd(flat, decay_steps, warmup_steps=0,
        curve: Annotated[str, r.one_of("linear", "cosine", "exponential", "1-sqrt")] = "exponential",
        low: r.Fraction = 0):  # fmt: skip
    """lr_decay_style="WSD": the last `decay_steps` go down to `min_lr`; "1-sqrt" is its minus_sqrt."""
    half = s.exponential_cooldown(1, low, decay_steps, 0.5)
    down = half if curve == "exponential" else decay(curve, low, decay_steps)
    return up(warmup_steps) >> s.constant(1, flat) >> down
