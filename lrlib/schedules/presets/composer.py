"""composer.optim.scheduler of MosaicML Composer: multipliers of the rate, held after their end.

Where a warmup is as long as the run or longer, the rate stays at its end.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import registered, up


@registered
def constant(total_steps: r.Steps, factor: r.Number = 1):
    """ConstantScheduler: `factor` for t_max = T steps, then 1."""
    return s.constant(factor, total_steps) >> s.constant(1)


@registered
def linear(total_steps, start=1, end=0):
    """LinearScheduler: from `start` (its alpha_i) to `end` (alpha_f) at T."""
    return s.linear(start, end, total_steps)


@registered
def exponential(gamma, decay_steps):
    """ExponentialScheduler: gamma**(t / decay_steps)."""
    return s.exponential(gamma, decay_steps)


@registered
def cosine(total_steps, min_factor=0):
    """CosineAnnealingScheduler: down to `min_factor` (alpha_f) at T."""
    return s.cosine(1, min_factor, total_steps)


@registered
def restarts(first_cycle, t_mult=1, min_factor=0):
    """CosineAnnealingWarmRestartsScheduler, for whole `t_mult`; others the library cuts to steps."""
    return s.cosine(1, min_factor, first_cycle).loop(t_mult=t_mult)


@registered
def polynomial(total_steps, power, min_factor=0):
    """PolynomialScheduler: min_factor + (1 - min_factor) * (1 - t / T)**power."""
    return s.polynomial(1, min_factor, total_steps, power)


@registered
def multistep_with_warmup(warmup_steps, milestones, gamma=0.1):
    """MultiStepWithWarmupScheduler: milestones count from the start, and those below W are passed unseen."""
    return up(warmup_steps) >> s.shift(s.multistep(milestones, gamma), warmup_steps)


@registered
def linear_with_warmup(gap, warmup_steps, start=1, end=0):
    """LinearWithWarmupScheduler: from 0 to `start` at W, then to `end` at T."""
    return s.linear(0, start, warmup_steps) >> (s.linear(start, end, gap) if gap > 0 else s.constant(start))


@registered
def cosine_with_warmup(gap, warmup_steps, min_factor=0):
    """CosineAnnealingWithWarmupScheduler: peak at W, `min_factor` at T."""
    return up(warmup_steps) >> (s.cosine(1, min_factor, gap) if gap > 0 else s.constant(1))


@registered
def polynomial_with_warmup(gap, warmup_steps, power=2, min_factor=0):
    """PolynomialWithWarmupScheduler: power 2 by default; peak at W, `min_factor` at T."""
    return up(warmup_steps) >> (s.polynomial(1, min_factor, gap, power) if gap > 0 else s.constant(1))
