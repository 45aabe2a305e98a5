"""olmo_core.optim.scheduler of OLMo-core, as its trainer calls it: steps are counted from 1.

So the first update runs at 1 / W of the peak, the peak is at step W - 1, and a decay to 0 has its last update
at a rate of 0. Where a decay is a line it goes on below its end, and below 0, past T.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import late, ray, registered, rest, up
from lrlib.schedules.recipes import joined


@registered
def constant(warmup_steps, foot: r.BelowOne = 0):
    """ConstantWithWarmup: from `warmup_lr` (warmup_min_lr) to `base_lr`."""
    return late(up(warmup_steps, foot), 1)


@registered
def linear(left, warmup_steps, min_factor=0.1, foot: r.BelowOne = 0):
    """LinearWithWarmup: down to `min_factor` (alpha_f) at T - 1, held."""
    return late(up(warmup_steps, foot) >> s.linear(1, min_factor, left), 1)


@registered
def cosine(left, warmup_steps, min_factor=0.1, foot: r.BelowOne = 0):
    """CosWithWarmup: down to `min_factor` (alpha_f) at T - 1, held."""
    return late(up(warmup_steps, foot) >> s.cosine(1, min_factor, left), 1)


@registered
def half_cosine(left, warmup_steps, min_factor=0.1, foot: r.BelowOne = 0):
    """HalfCosWithWarmup: the second half of a cosine, so that the highest factor is (1 + min_factor) / 2."""
    half = s.shift(s.cosine(1, min_factor, 2 * left), left)
    return late(s.linear(foot, (1 + min_factor) / 2, warmup_steps) >> half, 1)


@registered
def cosine_linear(left, flat, warmup_steps, decay_steps, min_factor=0.1, low=0, foot: r.BelowOne = 0):
    """CosWithWarmupAndLinearDecay: the cosine, cut D steps before its end, and a line to `min_lr`."""
    planned = s.cosine(1, min_factor, left)
    body = s.cut(planned, flat) >> _line(planned(flat), low, decay_steps)
    return late(up(warmup_steps, foot) >> body, 1)


@registered
def override_decay(total_steps, left, warmup_steps: r.StepSize, decay_start: r.Steps, decay_steps,
                   min_factor: r.NotNegative = 0.1, end: r.NotNegative = 0):  # fmt: skip
    """ComposableScheduler of a line up and a cosine, with OverrideDecay: cut, and a line to `end`, held.

    From `decay_start`, in `decay_steps` steps. OLMo 2 planned a cosine for 5e12 tokens and cut it at 3.9e12.
    """
    rest(total_steps, 0, decay_start=decay_start)
    planned = up(warmup_steps) >> s.cosine(1, min_factor, left)
    return late(s.cut(planned, decay_start) >> s.linear(planned(decay_start), end, decay_steps), 1)


@registered
def wsd(flat, warmup_steps, decay_steps, low=0, foot: r.BelowOne = 0):
    """WSD: constant, then a line to `min_lr` (decay_min_lr)."""
    return late(up(warmup_steps, foot) >> s.constant(1, flat) >> _line(1, low, decay_steps), 1)


@registered
def inverse_sqrt(warmup_steps: r.StepSize, min_factor=0.1):
    """InvSqrtWithWarmup: sqrt(W / t) scaled so that it tends to `min_factor`, which it never reaches."""
    return late(up(warmup_steps) >> s.between(s.inverse_sqrt(warmup_steps), min_factor, 1), 1)


@registered
def power(flat, warmup_steps: r.StepSize, decay_steps, exponent=0.51, low=0):
    """PowerLR: (W / t)**exponent, its b being -exponent, and over the last steps a line to `min_lr`."""
    law = s.inverse_time(warmup_steps, exponent, flat)
    return late(up(warmup_steps) >> law >> _line(law(flat), low, decay_steps), 1)


@registered
def wsd_s(cycles, decay_steps, warmup_steps, low: r.BelowOne = 0):
    """WSDS: periods that end at the steps `cycles`, each constant, then a line to `min_lr`; held."""
    parts, start = [s.constant(1, 0)], 0
    for end in cycles:
        flat = rest(end - start, 0, warmup_steps=warmup_steps, decay_steps=decay_steps)
        period = up(warmup_steps) >> s.constant(1, flat) >> s.linear(1, low, decay_steps)
        parts += [s.shift(period, 1), s.constant(low, 1)]
        start, warmup_steps = end, 0
    return joined(parts)


@registered
def range_test(total_steps, start: r.Positive):
    """ExponentialScheduler: evenly in the logarithm from `start` (lr_min / lr) to 1 at T - 1."""
    return late(s.range_test(start, 1, total_steps), 1)


def _line(start: float, low: float, steps: int) -> Schedule:
    if not 0 <= low < start:
        raise r.refused("min_lr", f">= 0, less than {start:g} times base_lr where the line begins", low)
    return ray(start, low, steps)
