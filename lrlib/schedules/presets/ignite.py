"""ignite.handlers.param_scheduler, attached to ITERATION_STARTED: update t uses its value at event t."""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import (
    Count,
    Milestones,
    Number,
    Positive,
    StepSize,
    Values,
    refused,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import preset_of, rest, wave

ignite = preset_of("ignite")


@ignite
def cosine(
    first_cycle: StepSize,
    end: Number = 0,
    t_mult: Count = 1,
    start_gamma: Positive = 1,
    end_gamma: Positive = 1,
) -> Schedule:
    """CosineAnnealingScheduler(start_value=base_lr, end_value=end * base_lr): restarts, also by default.

    Cycle i starts from `start_gamma`**i and would end at end * `end_gamma`**i.
    """
    cycle = s.cosine(1, 0, _cycle(first_cycle)).loop(t_mult=t_mult)
    start, end = (s.constant(level, first_cycle).loop(t_mult=t_mult, gamma=gamma)
                  for level, gamma in ((1, start_gamma), (end, end_gamma)))  # fmt: skip
    return s.between(cycle, end, start)


@ignite
def linear_cyclic(
    first_cycle: StepSize, end: Number = 0, t_mult: Count = 1, start_gamma: Positive = 1
) -> Schedule:
    """LinearCyclicalScheduler(start_value=base_lr, end_value=end * base_lr): there and back in each cycle."""
    there_and_back = s.stretch(s.linear(1, 0, 1) >> s.linear(0, 1, 1), _cycle(first_cycle), 2)
    start = s.constant(1, first_cycle).loop(t_mult=t_mult, gamma=start_gamma)
    return s.between(there_and_back.loop(t_mult=t_mult), end, start)


@ignite
def piecewise_linear(knots: Milestones, multipliers: Values) -> Schedule:
    """PiecewiseLinear(milestones_values=[(knot, multiplier * base_lr), ...]): held before and after."""
    return s.piecewise_linear(knots, multipliers)


@ignite
def warmup_cosine(total_steps: StepSize, warmup_steps: StepSize, start: Number = 0) -> Schedule:
    """create_lr_scheduler_with_warmup of torch's CosineAnnealingLR: peak at W - 1, 0 at T - 1; then up."""
    left = rest(total_steps, warmup_steps=warmup_steps)
    if warmup_steps < 2:
        raise refused("warmup_steps", "a whole number of steps >= 2", warmup_steps)
    return s.linear(start, 1, warmup_steps - 1) >> wave(1, 0, left)


def _cycle(first_cycle: int) -> int:
    if first_cycle < 2:
        raise refused("first_cycle", "a whole number of steps >= 2", first_cycle)
    return first_cycle
