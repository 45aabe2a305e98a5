"""optax.schedules: pure functions of the step, here divided by their highest value, `base_lr`."""

from __future__ import annotations

import math

from lrlib import schedules as s
from lrlib.rules import (
    Flag,
    Fraction,
    Limit,
    Milestones,
    Number,
    Positive,
    Positives,
    Steps,
    StepSize,
    Values,
    refused,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import preset_of, rest

optax = preset_of("optax")


@optax
def linear(decay_steps: StepSize, end: Number = 0, begin: Steps = 0) -> Schedule:
    """linear_schedule(base_lr, end * base_lr, decay_steps, begin): constant until `begin`, then a line."""
    return s.constant(1, begin) >> s.linear(1, end, decay_steps)


@optax
def polynomial(decay_steps: StepSize, power: Positive, end: Number = 0, begin: Steps = 0) -> Schedule:
    """polynomial_schedule: constant until `begin`, then end + (1 - end) * (1 - p)**power."""
    return s.constant(1, begin) >> s.polynomial(1, end, decay_steps, power)


@optax
def cosine(decay_steps: StepSize, min_factor: Number = 0, exponent: Positive = 1) -> Schedule:
    """cosine_decay_schedule: `min_factor` is its alpha; the cosine's `exponent` bends it between the ends."""
    return s.between(s.power(s.cosine(1, 0, decay_steps), exponent), min_factor, 1)


@optax
def exponential(
    decay_steps: StepSize, gamma: Positive, begin: Steps = 0, staircase: Flag = False, end: Limit = math.inf
) -> Schedule:
    """exponential_decay: gamma**((t - begin) / decay_steps), cut off at `end` (inf: not cut off).

    `end` is a floor for gamma < 1 and a ceiling otherwise.
    """
    body = s.step(decay_steps, gamma) if staircase else s.exponential(gamma, decay_steps)
    whole = s.constant(1, begin) >> body
    if end == math.inf:
        return whole
    return s.clip(whole, end) if gamma < 1 else s.clip(whole, 0, end)


@optax
def piecewise_constant(milestones: Milestones, factors: Positives) -> Schedule:
    """piecewise_constant_schedule(base_lr, {milestone: factor}): multiplied by the factors as they come."""
    return s.piecewise_constant(milestones, _products(milestones, factors))


@optax
def piecewise_linear(milestones: Milestones, factors: Positives) -> Schedule:
    """piecewise_interpolate_schedule("linear", base_lr, {milestone: factor}): lines between the products."""
    values = _products(milestones, factors)
    return s.piecewise_linear((0, *milestones), values)


@optax
def piecewise_cosine(milestones: Milestones, factors: Positives) -> Schedule:
    """piecewise_interpolate_schedule("cosine", base_lr, {milestone: factor}): half cosines instead."""
    values = _products(milestones, factors)
    return s.piecewise_cosine((0, *milestones), values)


@optax
def warmup_constant(warmup_steps: StepSize, start: Number = 0) -> Schedule:
    """warmup_constant_schedule: from `start` to 1, reached at W and held."""
    return s.linear(start, 1, warmup_steps)


@optax
def warmup_cosine(
    total_steps: StepSize,
    warmup_steps: StepSize,
    start: Number = 0,
    min_factor: Number = 0,
    exponent: Positive = 1,
) -> Schedule:
    """warmup_cosine_decay_schedule: peak at W, minimum at T, held. Its decay_steps includes the warmup."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    return s.linear(start, 1, warmup_steps) >> cosine(
        decay_steps=left, min_factor=min_factor, exponent=exponent
    )


@optax
def warmup_exponential(
    warmup_steps: StepSize,
    decay_steps: StepSize,
    gamma: Positive,
    start: Number = 0,
    begin: Steps = 0,
    staircase: Flag = False,
    end: Limit = math.inf,
) -> Schedule:
    """warmup_exponential_decay_schedule: a line from `start` to 1 at W, then `optax.exponential`."""
    decay = exponential(decay_steps=decay_steps, gamma=gamma, begin=begin, staircase=staircase, end=end)
    return s.linear(start, 1, warmup_steps) >> decay


@optax
def cosine_one_cycle(
    total_steps: StepSize, warmup_fraction: Fraction = 0.3, div: Positive = 25, final_div: Positive = 1e4
) -> Schedule:
    """cosine_onecycle_schedule: peak at int(0.3 T), end 1 / (div * final_div) at T, held."""
    up = int(warmup_fraction * total_steps)
    if up == total_steps:
        raise refused("warmup_fraction", "less than 1", warmup_fraction)
    low, end = 1 / div, 1 / (div * final_div)
    return s.cosine(low, 1, up) >> s.cosine(1, end, total_steps - up)


@optax
def linear_one_cycle(
    total_steps: StepSize,
    warmup_fraction: Fraction = 0.3,
    final_fraction: Fraction = 0.85,
    div: Positive = 25,
    final_div: Positive = 1e4,
) -> Schedule:
    """linear_onecycle_schedule: peak at int(0.3 T), 1/div at int(0.85 T), 1 / (div * final_div) at T."""
    knots = (0, int(warmup_fraction * total_steps), int(final_fraction * total_steps), total_steps)
    if not knots[1] < knots[2] < total_steps:
        allowed = f"between warmup_fraction = {warmup_fraction:g} and 1, a step from both"
        raise refused("final_fraction", allowed, final_fraction)
    return s.piecewise_linear(knots, (1 / div, 1, 1 / div, 1 / (div * final_div)))


@optax
def sgdr(cycles: Milestones, peaks: Positives, warmup_steps: Steps = 0) -> Schedule:
    """sgdr_schedule of warmup-cosine cycles that end, at 0, at the steps `cycles`, with these `peaks`."""
    lengths = [end - start for start, end in zip((0, *cycles), cycles, strict=False)]
    if len(peaks) != len(cycles) or min(lengths, default=0) <= warmup_steps:
        allowed = f"{len(peaks)} steps, one for each peak, more than warmup_steps = {warmup_steps} apart"
        raise refused("cycles", allowed, cycles)
    whole = s.constant(1, 0)
    for length, peak in zip(lengths, peaks, strict=True):
        whole = whole >> s.linear(0, peak, warmup_steps) >> s.cosine(peak, 0, length - warmup_steps)
    return whole


def _products(milestones: Milestones, factors: Values) -> tuple[float, ...]:
    if len(factors) != len(milestones):
        raise refused("factors", f"{len(milestones)} numbers, one a milestone", factors)
    return tuple(math.prod(factors[:i]) for i in range(len(factors) + 1))
