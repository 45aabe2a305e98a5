"""nemo.core.optim.lr_scheduler of NVIDIA NeMo, stepped once an update.

Most warm up as (t + 1) / (W + 1), up to 1 at step W, and are at `min_lr` from T + 1 on, with a drop where
the decay has not come down to it. Some of them refuse a `min_lr` above `base_lr`; here all do, and one
below 0.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import decay, late, registered, up, up_early


@registered
def linear(left, warmup_steps=0, low: r.Fraction = 0):
    """WarmupAnnealing: a line to `min_lr` at T."""
    return up_early(warmup_steps) >> s.linear(1, low, left)


@registered
def cosine(left, warmup_steps=0, constant_steps=0, low: r.Fraction = 0):
    """CosineAnnealing: `min_lr` at T, or C = `constant_steps` before; with C > 0 the warmup is t / W."""
    return (up(warmup_steps) if constant_steps else up_early(warmup_steps)) >> s.cosine(1, low, left)


@registered
def square(left, warmup_steps=0, low: r.Fraction = 1e-5):
    """SquareAnnealing: the square of the time left, cut off at `min_lr`, 1e-5 by default."""
    return up_early(warmup_steps) >> s.clip(s.polynomial(1, 0, left, 2), low)


@registered
def square_root(total_steps, left, warmup_steps=0, low: r.Fraction = 0):
    """SquareRootAnnealing: sqrt(1 - t / T) from the start of the run, so with a jump after the warmup."""
    decays = s.clip(s.polynomial(1, 0, total_steps, 0.5), low)
    jump = s.constant(1, 1) >> late(decays, warmup_steps + 1)
    return up_early(warmup_steps) >> jump if warmup_steps else decays


@registered
def polynomial(left, warmup_steps=0, power=1, low: r.Fraction = 0):
    """PolynomialDecayAnnealing: a power of the time left, to `min_lr` at T."""
    return up_early(warmup_steps) >> s.polynomial(1, low, left, power)


@registered
def inverse_sqrt(left, warmup_steps=0, low: r.Fraction = 0):
    """InverseSquareRootAnnealing: sqrt((W + 1) / (t + 1)), also below `min_lr`, to which it drops after T."""
    return up_early(warmup_steps) >> s.inverse_sqrt(warmup_steps + 1, left + 1) >> s.constant(low)


@registered
def t5_inverse_sqrt(total_steps, constant_steps: r.StepSize, min_lr=0):
    """T5InverseSquareRootAnnealing: 1 / sqrt(max(t, C)) whatever rate the optimizer has, `min_lr` after T.

    Here in multiples of base_lr = C**-0.5, C = `constant_steps`.
    """
    r.check_lengths(total_steps, constant_steps=constant_steps)
    decays = s.inverse_sqrt(constant_steps, total_steps - constant_steps + 1)
    return s.constant(1, constant_steps) >> decays >> s.constant(min_lr * constant_steps**0.5)


@registered
def noam(d_model, warmup_steps: r.StepSize, low: r.Fraction = 0):
    """NoamAnnealing: Noam with t from 0, but the first update as the second; not below `min_lr` after W."""
    peak = (d_model * warmup_steps) ** -0.5
    decays = s.clip(peak * s.inverse_sqrt(warmup_steps), low)
    later = s.shift(s.linear(0, peak, warmup_steps), 1) >> s.constant(peak, 1) >> s.shift(decays, 1)
    return s.constant(peak / warmup_steps, 1) >> later


@registered
def noam_hold(left, warmup_steps: r.StepSize, hold_steps=0, exponent=0.5, low: r.Fraction = 0):
    """NoamHoldAnnealing: (W / (t - H))**exponent from W + H on, not below `min_lr`, its value after T."""
    decays = s.clip(s.inverse_time(warmup_steps, exponent, left + 1), low)
    return up_early(warmup_steps) >> s.constant(1, hold_steps) >> decays >> s.constant(low)


@registered
def hold_linear(left, warmup_steps=0, hold_steps=0, low: r.Fraction = 0):
    """WarmupHoldAnnealLinear: warmup, constant, a line to `min_lr` at T."""
    return up_early(warmup_steps) >> s.constant(1, hold_steps) >> s.linear(1, low, left)


@registered
def hold_one_minus_sqrt(left, warmup_steps=0, hold_steps=0, low: r.Fraction = 0):
    """WarmupHoldAnnealOneMinusSquareRoot: warmup, constant, 1 - sqrt(p), cut off at `min_lr`."""
    return up_early(warmup_steps) >> s.constant(1, hold_steps) >> s.clip(decay("1-sqrt", 0, left), low)
