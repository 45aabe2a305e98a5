"""ignite.handlers.param_scheduler, attached to ITERATION_STARTED: update t uses its value at event t."""

from lrlib import schedules as s
from lrlib.schedules.presets.pieces import SeveralSteps, other, registered, up, wave


@registered
def cosine(first_cycle: SeveralSteps, end=0, t_mult=1, start_gamma=1, end_gamma=1):
    """CosineAnnealingScheduler(start_value=base_lr, end_value=end * base_lr): restarts, also by default.

    Cycle i starts from `start_gamma`**i and would end at end * `end_gamma`**i.
    """
    start = s.constant(1, first_cycle).loop(t_mult=t_mult, gamma=start_gamma)
    ends = s.constant(end, first_cycle).loop(t_mult=t_mult, gamma=end_gamma)
    return s.between(s.cosine(1, 0, first_cycle).loop(t_mult=t_mult), ends, start)


@registered
def linear_cyclic(first_cycle: SeveralSteps, end=0, t_mult=1, start_gamma=1):
    """LinearCyclicalScheduler(start_value=base_lr, end_value=end * base_lr): there and back in each cycle."""
    there_and_back = s.stretch(s.linear(1, 0, 1) >> s.linear(0, 1, 1), first_cycle, 2)
    start = s.constant(1, first_cycle).loop(t_mult=t_mult, gamma=start_gamma)
    return s.between(there_and_back.loop(t_mult=t_mult), end, start)


@registered
def piecewise_linear(knots, multipliers):
    """PiecewiseLinear(milestones_values=[(knot, multiplier * base_lr), ...]): held before and after."""
    return s.piecewise_linear(knots, multipliers)


@registered
def warmup_cosine(gap, warmup_steps: SeveralSteps, start=0):
    """create_lr_scheduler_with_warmup of torch's CosineAnnealingLR: peak at W - 1, 0 at T - 1; then up.

    Where W > T the cosine comes after the warmup and takes W - T steps.
    """
    return up(warmup_steps - 1, start) >> wave(1, 0, abs(other(gap)))
