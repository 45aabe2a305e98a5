"""optax.schedules: pure functions of the step, here divided by their highest value, `base_lr`."""

import math

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import cosines, registered, up


@registered
def linear(decay_steps: r.Steps, end=0, begin=0):
    """linear_schedule(base_lr, end * base_lr, decay_steps, begin): constant until `begin`, then a line.

    For no `decay_steps` it is 1 throughout, as are "optax.polynomial" and "optax.exponential".
    """
    return s.constant(1, begin) >> s.linear(1, end, decay_steps) if decay_steps else s.constant(1)


@registered
def polynomial(decay_steps: r.Steps, power, end=0, begin=0):
    """polynomial_schedule: constant until `begin`, then end + (1 - end) * (1 - p)**power."""
    return s.constant(1, begin) >> s.polynomial(1, end, decay_steps, power) if decay_steps else s.constant(1)


@registered
def cosine(decay_steps, min_factor=0, exponent=1):
    """cosine_decay_schedule: `min_factor` is its alpha; the cosine's `exponent` bends it between the ends."""
    return _cosine(decay_steps, min_factor, exponent)


@registered
def exponential(decay_steps: r.Steps, gamma, begin=0, staircase=False, end: r.Limit = math.inf):
    """exponential_decay: gamma**((t - begin) / decay_steps), cut off at `end` (inf: not cut off).

    `end` is a floor for gamma < 1 and a ceiling otherwise. For a `gamma` of 0 it is 1 throughout.
    """
    return _exponential(decay_steps, gamma, begin, staircase, end)


@registered
def piecewise_constant(milestones, factors):
    """piecewise_constant_schedule(base_lr, {milestone: factor}): multiplied by the factors as they come."""
    return s.piecewise_constant(milestones, _products(milestones, factors))


@registered
def piecewise_linear(milestones, factors):
    """piecewise_interpolate_schedule("linear", base_lr, {milestone: factor}): lines between the products."""
    return s.piecewise_linear((0, *milestones), _products(milestones, factors))


@registered
def piecewise_cosine(milestones, factors):
    """piecewise_interpolate_schedule("cosine", base_lr, {milestone: factor}): half cosines instead."""
    return s.piecewise_cosine((0, *milestones), _products(milestones, factors))


@registered
def warmup_constant(warmup_steps, start=0):
    """warmup_constant_schedule: from `start` to 1, reached at W and held; for W = 0 it stays at `start`."""
    return up(warmup_steps, start) if warmup_steps else s.constant(start)


@registered
def warmup_cosine(left, warmup_steps, start=0, min_factor=0, exponent=1):
    """warmup_cosine_decay_schedule: peak at W, minimum at T, held. Its decay_steps includes the warmup."""
    return up(warmup_steps, start) >> _cosine(left, min_factor, exponent)


@registered
def warmup_exponential(warmup_steps, decay_steps: r.Steps, gamma, start=0, begin=0, staircase=False,
                       end: r.Limit = math.inf):  # fmt: skip
    """warmup_exponential_decay_schedule: a line from `start` to 1 at W, then `optax.exponential`."""
    return up(warmup_steps, start) >> _exponential(decay_steps, gamma, begin, staircase, end)


@registered
def cosine_one_cycle(total_steps, warmup_fraction: r.BelowOne = 0.3, div=25, final_div=1e4):
    """cosine_onecycle_schedule: peak at int(0.3 T), end 1 / (div * final_div) at T, held."""
    rise = int(warmup_fraction * total_steps)
    return s.cosine(1 / div, 1, rise) >> s.cosine(1, 1 / (div * final_div), total_steps - rise)


@registered
def linear_one_cycle(total_steps, warmup_fraction=0.3, final_fraction: r.OfRun = 0.85, div=25, final_div=1e4):
    """linear_onecycle_schedule: peak at int(0.3 T), 1/div at int(0.85 T), 1 / (div * final_div) at T.

    Refused where two of these steps are one, or in another order: there the library loses a part of it.
    """
    knots = (0, int(warmup_fraction * total_steps), int(final_fraction * total_steps), total_steps)
    if not knots[1] < knots[2] < total_steps:
        allowed = f"between warmup_fraction = {warmup_fraction:g} and 1, a step from both"
        raise r.refused("final_fraction", allowed, final_fraction)
    return s.piecewise_linear(knots, (1 / div, 1, 1 / div, 1 / (div * final_div)))


@registered
def sgdr(cycles, peaks, warmup_steps=0):
    """sgdr_schedule of warmup-cosine cycles that end, at 0, at the steps `cycles`, with these `peaks`."""
    return cosines(cycles, peaks, 0, warmup_steps)


def _cosine(decay_steps: int, min_factor: float, exponent: float) -> Schedule:
    return s.between(s.power(s.cosine(1, 0, decay_steps), exponent), min_factor, 1)


def _exponential(decay_steps: int, gamma: float, begin: int, staircase: bool, end: float) -> Schedule:
    if not decay_steps or not gamma:
        return s.constant(1)
    body = s.step(decay_steps, gamma) if staircase else s.exponential(gamma, decay_steps)
    whole = s.constant(1, begin) >> body
    if end == math.inf:
        return whole
    return s.clip(whole, end) if gamma < 1 else s.clip(whole, 0, end)


def _products(milestones: tuple, factors: tuple) -> tuple[float, ...]:
    if len(factors) != len(milestones):
        raise r.refused("factors", f"{len(milestones)} numbers, one a milestone", factors)
    if len(set(milestones)) < len(milestones):
        raise r.refused("milestones", "different, as they are the keys of a dict", milestones)
    return tuple(math.prod(factors[:i]) for i in range(len(factors) + 1))
