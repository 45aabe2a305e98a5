"""transformers.optimization: what `get_scheduler` of Hugging Face transformers offers.

All warm up as t / W, so the first update of a warmup runs at a rate of 0 and the peak is at step W.
"""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import Count, Number, Positive, Steps, StepSize, check_lengths, one_of
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import decay, floor, preset_of, rest, wave

hf = preset_of("hf")


@hf
def constant_with_warmup(warmup_steps: Steps) -> Schedule:
    """get_constant_schedule_with_warmup: a line to 1 at W, then 1."""
    return s.linear(0, 1, warmup_steps)


@hf
def linear(total_steps: StepSize, warmup_steps: Steps = 0) -> Schedule:
    """get_linear_schedule_with_warmup: 0 at T and after."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.linear(1, 0, left)


@hf
def cosine(total_steps: StepSize, warmup_steps: Steps = 0, num_cycles: Positive = 0.5) -> Schedule:
    """get_cosine_schedule_with_warmup: a wave of `num_cycles` periods from W to T; then it goes on."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> wave(1, 0, left / (2 * num_cycles))


@hf
def cosine_with_restarts(total_steps: StepSize, warmup_steps: Steps = 0, num_cycles: Count = 1) -> Schedule:
    """get_cosine_with_hard_restarts_schedule_with_warmup: equal decays to 0, which is held from T on."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.cosine_restarts(left, num_cycles)


@hf
def cosine_with_min_lr(
    total_steps: StepSize, min_factor: Number, warmup_steps: Steps = 0, num_cycles: Positive = 0.5
) -> Schedule:
    """get_cosine_with_min_lr_schedule_with_warmup: as `hf.cosine`, down to `min_factor` (its min_lr_rate)."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> wave(1, min_factor, left / (2 * num_cycles))


@hf
def cosine_warmup_with_min_lr(total_steps: StepSize, min_factor: Number, warmup_steps: Steps = 0) -> Schedule:
    """get_cosine_with_min_lr_schedule_with_warmup_lr_rate: one update ahead of the others throughout.

    1 / W at the first update, peak at W - 1, minimum at T - 1; then it rises.
    """
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.shift(s.linear(0, 1, warmup_steps) >> wave(1, min_factor, left), 1)


@hf
def polynomial(
    total_steps: StepSize,
    base_lr: Positive,
    warmup_steps: Steps = 0,
    min_lr: Number = 1e-7,
    power: Positive = 1,
) -> Schedule:
    """get_polynomial_decay_schedule_with_warmup: a line by default, to `min_lr` (its lr_end) at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(0, 1, warmup_steps) >> s.polynomial(1, floor(min_lr, base_lr), left, power)


@hf
def inverse_sqrt(warmup_steps: Steps, timescale: Steps = 0) -> Schedule:
    """get_inverse_sqrt_schedule: 1 / sqrt(1 + (t - W) / timescale); 0 stands for W, or 10,000 if W is 0."""
    return s.linear(0, 1, warmup_steps) >> s.inverse_sqrt(timescale or warmup_steps or 10_000)


@hf
def wsd(
    total_steps: StepSize,
    warmup_steps: Steps,
    decay_steps: Steps,
    warmup: Annotated[str, one_of("linear", "cosine", "1-sqrt")] = "linear",
    curve: Annotated[str, one_of("cosine", "linear", "1-sqrt")] = "cosine",
    min_factor: Number = 0,
) -> Schedule:
    """get_wsd_schedule: from `min_factor` up, constant, and down to it at T; a cosine by default."""
    check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    ups = {
        "linear": s.linear(0, 1, warmup_steps),
        "cosine": s.cosine(0, 1, warmup_steps),
        "1-sqrt": s.between(s.polynomial(0, 1, warmup_steps, 0.5), 0, 1),
    }
    up = s.between(ups[warmup], min_factor, 1)
    flat = s.constant(1, total_steps - warmup_steps - decay_steps)
    return up >> flat >> decay(curve, min_factor, decay_steps) >> s.constant(min_factor)
