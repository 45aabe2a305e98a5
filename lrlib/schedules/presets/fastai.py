"""fastai.callback.schedule: curves over the share of the run that is over, t / T at update t of T.

Its Learner stops at T; past it the preset goes on as the library's function of the share does.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import FAR, for_steps, phased, registered, wave


@registered
def one_cycle(total_steps, warmup_fraction: r.BelowOne = 0.25, div=25, final_div=1e5):
    """fit_one_cycle: cosines, 1/div to 1 at 0.25 T, 1/final_div (not divided by div as well) at T."""
    up = warmup_fraction * total_steps
    return phased([1 / div, 1, 1 / final_div], [up, total_steps - up], "cos")


@registered
def flat_cosine(total_steps, flat_fraction: r.BelowOne = 0.75, final_div=1e5):
    """fit_flat_cos: 1 until 0.75 T, then a cosine to 1/final_div at T."""
    flat = flat_fraction * total_steps
    return for_steps(1, flat) >> wave(1, 1 / final_div, total_steps - flat)


@registered
def sgdr(num_cycles, first_cycle, t_mult: Annotated[int, r.whole(2)] = 2):
    """fit_sgdr: `num_cycles` cosines to 0, each `t_mult` (2 or more) times as long as the one before."""
    cycles = s.cosine(1, 0, first_cycle).loop(num_cycles - 1, t_mult) if num_cycles > 1 else s.constant(1, 0)
    return cycles >> wave(1, 0, first_cycle * t_mult ** (num_cycles - 1))


@registered
def polynomial(total_steps, end=0, power=1):
    """SchedPoly: 1 + (end - 1) * (t / T)**power, a power of the time gone and not of the time left."""
    return s.warp(s.linear(1, 1 + (end - 1) * (FAR / total_steps) ** power, FAR), power)


@registered
def exponential(total_steps, end: r.NotNegative):
    """SchedExp: end**(t / T)."""
    return s.exponential(end, total_steps)
