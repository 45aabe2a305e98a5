"""transformers.optimization: what `get_scheduler` of Hugging Face transformers offers.

All warm up as t / W, so the first update of a warmup runs at a rate of 0 and the peak is at step W. Where
the warmup is as long as the run or longer, the decay comes after it, in one step.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets import pieces
from lrlib.schedules.presets.pieces import decay, not_negative, other, registered, shared, up, wave

Rise = Annotated[str, r.one_of("linear", "cosine", "1-sqrt")]
Curve = Annotated[str, r.one_of("cosine", "linear", "1-sqrt")]


@shared(hf="get_constant_schedule_with_warmup", diffusers='get_scheduler("constant_with_warmup")')
def constant_with_warmup(warmup_steps):
    """a line to 1 at W, then 1."""
    return up(warmup_steps)


@shared(hf="get_linear_schedule_with_warmup", diffusers='get_scheduler("linear")')
def linear(gap, warmup_steps=0):
    """0 at T and after, or at W where that is later."""
    return up(warmup_steps) >> (s.linear(1, 0, gap) if gap > 0 else s.constant(0))


@shared(hf="get_cosine_schedule_with_warmup", diffusers='get_scheduler("cosine")')
def cosine(gap, warmup_steps=0, num_cycles: r.Positive = 0.5):
    """a wave of `num_cycles` periods from W to T; then it goes on."""
    return up(warmup_steps) >> _wave(gap, 0, num_cycles)


@shared(hf="get_cosine_with_hard_restarts_schedule_with_warmup",
        diffusers='get_scheduler("cosine_with_restarts")')  # fmt: skip
def cosine_with_restarts(gap, warmup_steps=0, num_cycles: r.Positive = 1):
    """equal decays to 0, of which the last is broken off for a fractional `num_cycles`; 0 from T on."""
    left = max(gap, 1)
    cycles = s.stretch(s.cosine(1, 0, 1).loop(), left, num_cycles)
    return up(warmup_steps) >> s.cut(cycles, left) >> s.constant(0)


@shared(hf="get_polynomial_decay_schedule_with_warmup", diffusers='get_scheduler("polynomial")')
def polynomial(gap, warmup_steps=0, low=1e-7, power=1):
    """a line by default, to `min_lr` (its lr_end) at T, or at W where that is later; not with W = T."""
    low = pieces.below_peak(low)
    return up(warmup_steps) >> (s.polynomial(1, low, gap, power) if other(gap) > 0 else s.constant(low))


@registered
def cosine_with_min_lr(gap, min_factor, warmup_steps=0, num_cycles: r.Positive = 0.5):
    """get_cosine_with_min_lr_schedule_with_warmup: as `hf.cosine`, to `min_factor` (its min_lr_rate) or 0."""
    return up(warmup_steps) >> _wave(gap, min_factor, num_cycles)


@registered
def cosine_warmup_with_min_lr(gap, min_factor, warmup_steps=0):
    """get_cosine_with_min_lr_schedule_with_warmup_lr_rate: one update ahead of the others throughout.

    1 / W at the first update, peak at W - 1, minimum at T - 1; then it rises. Not below 0.
    """
    return s.shift(up(warmup_steps) >> _wave(gap, min_factor, 0.5), 1)


@registered
def inverse_sqrt(warmup_steps, timescale: r.Steps = 0):
    """get_inverse_sqrt_schedule: 1 / sqrt(1 + (t - W) / timescale); 0 stands for W, or 10,000 if W is 0."""
    return up(warmup_steps) >> s.inverse_sqrt(timescale or warmup_steps or 10_000)


@registered
def wsd(total_steps: r.Steps, warmup_steps, decay_steps: r.Steps, warmup: Rise = "linear",
        curve: Curve = "cosine", min_factor=0):  # fmt: skip
    """get_wsd_schedule: from `min_factor` up, constant, and down to it at T; a cosine by default.

    Where the run is shorter than warmup and decay, the decay has begun below the warmup. A negative
    `min_factor` is cut off at 0 until T, and is held after it.
    """
    ups = {
        "linear": up(warmup_steps),
        "cosine": s.cosine(0, 1, warmup_steps),
        "1-sqrt": s.between(s.polynomial(0, 1, warmup_steps, 0.5), 0, 1),
    }
    down, flat = decay(curve, min_factor, decay_steps), total_steps - warmup_steps - decay_steps
    if flat < 0:
        down = s.shift(down, min(-flat, decay_steps))
    run = s.between(ups[warmup], min_factor, 1) >> s.constant(1, max(flat, 0)) >> down
    return not_negative(run, min_factor) >> s.constant(min_factor)


def _wave(steps: int, min_factor: float, num_cycles: float) -> Schedule:
    return not_negative(wave(1, min_factor, max(steps, 1) / (2 * num_cycles)), min_factor)
