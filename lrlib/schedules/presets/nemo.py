"""nemo.core.optim.lr_scheduler of NVIDIA NeMo, stepped once an update.

Most warm up as (t + 1) / (W + 1), up to 1 at step W, and are at `min_lr` from T + 1 on, with a drop where
the decay has not come down to it.
"""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Number, Positive, Rate, Steps, StepSize, check_lengths
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import decay, floor, late, preset_of, rest

nemo = preset_of("nemo")


@nemo
def linear(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """WarmupAnnealing: a line to `min_lr` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return _warmup(warmup_steps) >> s.linear(1, floor(min_lr, base_lr), left)


@nemo
def cosine(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    constant_steps: Steps = 0,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """CosineAnnealing: `min_lr` at T, or C = `constant_steps` before; with C > 0 the warmup is t / W."""
    left = rest(total_steps, warmup_steps=warmup_steps, constant_steps=constant_steps)
    up = s.linear(0, 1, warmup_steps) if constant_steps else _warmup(warmup_steps)
    return up >> s.cosine(1, floor(min_lr, base_lr), left)


@nemo
def square(
    total_steps: StepSize, base_lr: Positive, warmup_steps: Steps = 0, min_lr: Number = 1e-5
) -> Schedule:
    """SquareAnnealing: the square of the time left, cut off at `min_lr`, 1e-5 by default."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return _warmup(warmup_steps) >> s.clip(s.polynomial(1, 0, left, 2), floor(min_lr, base_lr))


@nemo
def square_root(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """SquareRootAnnealing: sqrt(1 - t / T) from the start of the run, so with a jump after the warmup."""
    rest(total_steps, warmup_steps=warmup_steps)
    decays = s.clip(s.polynomial(1, 0, total_steps, 0.5), floor(min_lr, base_lr))
    if not warmup_steps:
        return decays
    return _warmup(warmup_steps) >> s.constant(1, 1) >> late(decays, warmup_steps + 1)


@nemo
def polynomial(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    power: Positive = 1,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """PolynomialDecayAnnealing: a power of the time left, to `min_lr` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return _warmup(warmup_steps) >> s.polynomial(1, floor(min_lr, base_lr), left, power)


@nemo
def inverse_sqrt(
    total_steps: StepSize, warmup_steps: Steps = 0, min_lr: Number = 0, base_lr: Rate = None
) -> Schedule:
    """InverseSquareRootAnnealing: sqrt((W + 1) / (t + 1)), also below `min_lr`, to which it drops after T."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    decays = s.inverse_sqrt(warmup_steps + 1, left + 1)
    return _warmup(warmup_steps) >> decays >> s.constant(floor(min_lr, base_lr))


@nemo
def t5_inverse_sqrt(total_steps: StepSize, constant_steps: StepSize, min_lr: Number = 0) -> Schedule:
    """T5InverseSquareRootAnnealing: 1 / sqrt(max(t, C)) whatever rate the optimizer has, `min_lr` after T.

    Here in multiples of base_lr = C**-0.5, C = `constant_steps`.
    """
    check_lengths(total_steps, constant_steps=constant_steps)
    decays = s.inverse_sqrt(constant_steps, total_steps - constant_steps + 1)
    return s.constant(1, constant_steps) >> decays >> s.constant(floor(min_lr, constant_steps**-0.5))


@nemo
def noam(d_model: StepSize, warmup_steps: StepSize, min_lr: Number = 0, base_lr: Rate = None) -> Schedule:
    """NoamAnnealing: Noam with t from 0, but the first update as the second; not below `min_lr` after W."""
    peak = (d_model * warmup_steps) ** -0.5
    decays = s.clip(peak * s.inverse_sqrt(warmup_steps), floor(min_lr, base_lr))
    later = s.shift(s.linear(0, peak, warmup_steps), 1) >> s.constant(peak, 1) >> s.shift(decays, 1)
    return s.constant(peak / warmup_steps, 1) >> later


@nemo
def noam_hold(
    total_steps: StepSize,
    warmup_steps: StepSize,
    hold_steps: Steps = 0,
    exponent: Positive = 0.5,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """NoamHoldAnnealing: (W / (t - H))**exponent from W + H on, not below `min_lr`, its value after T."""
    left = rest(total_steps, warmup_steps=warmup_steps, hold_steps=hold_steps)
    low = floor(min_lr, base_lr)
    decays = s.clip(s.inverse_time(warmup_steps, exponent, left + 1), low)
    return _warmup(warmup_steps) >> s.constant(1, hold_steps) >> decays >> s.constant(low)


@nemo
def hold_linear(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    hold_steps: Steps = 0,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """WarmupHoldAnnealLinear: warmup, constant, a line to `min_lr` at T."""
    left = rest(total_steps, warmup_steps=warmup_steps, hold_steps=hold_steps)
    down = s.linear(1, floor(min_lr, base_lr), left)
    return _warmup(warmup_steps) >> s.constant(1, hold_steps) >> down


@nemo
def hold_one_minus_sqrt(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    hold_steps: Steps = 0,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """WarmupHoldAnnealOneMinusSquareRoot: warmup, constant, 1 - sqrt(p), cut off at `min_lr`."""
    left = rest(total_steps, warmup_steps=warmup_steps, hold_steps=hold_steps)
    down = s.clip(decay("1-sqrt", 0, left), floor(min_lr, base_lr))
    return _warmup(warmup_steps) >> s.constant(1, hold_steps) >> down


def _warmup(warmup_steps: int) -> Schedule:
    return s.shift(s.linear(0, 1, warmup_steps + 1), 1)
