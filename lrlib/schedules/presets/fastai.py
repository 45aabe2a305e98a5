"""fastai.callback.schedule: curves over the share of the run that is over, t / T at update t of T.

Its Learner stops at T; past it the preset goes on as the library's function of the share does.
"""

from __future__ import annotations

from lrlib import schedules as s
from lrlib.rules import Count, Fraction, Number, Positive, StepSize, refused
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import FAR, phased, preset_of, wave

fastai = preset_of("fastai")


@fastai
def one_cycle(
    total_steps: StepSize, warmup_fraction: Fraction = 0.25, div: Positive = 25, final_div: Positive = 1e5
) -> Schedule:
    """fit_one_cycle: cosines, 1/div to 1 at 0.25 T, 1/final_div (not divided by div as well) at T."""
    up = _share("warmup_fraction", warmup_fraction) * total_steps
    return phased(1 / div, 1 / final_div, [up, total_steps - up], "cos")


@fastai
def flat_cosine(total_steps: StepSize, flat_fraction: Fraction = 0.75, final_div: Positive = 1e5) -> Schedule:
    """fit_flat_cos: 1 until 0.75 T, then a cosine to 1/final_div at T."""
    flat = _share("flat_fraction", flat_fraction) * total_steps
    return s.stretch(s.constant(1, 1), flat) >> wave(1, 1 / final_div, total_steps - flat)


@fastai
def sgdr(num_cycles: Count, first_cycle: StepSize, t_mult: Count = 2) -> Schedule:
    """fit_sgdr: `num_cycles` cosines to 0, each `t_mult` (2 or more) times as long as the one before."""
    cycles = s.cosine(1, 0, first_cycle).loop(num_cycles - 1, t_mult) if num_cycles > 1 else s.constant(1, 0)
    return cycles >> wave(1, 0, first_cycle * t_mult ** (num_cycles - 1))


@fastai
def polynomial(total_steps: StepSize, end: Number = 0, power: Positive = 1) -> Schedule:
    """SchedPoly: 1 + (end - 1) * (t / T)**power, a power of the time gone and not of the time left."""
    return s.warp(s.linear(1, 1 + (end - 1) * (FAR / total_steps) ** power, FAR), power)


@fastai
def exponential(total_steps: StepSize, end: Positive) -> Schedule:
    """SchedExp: end**(t / T)."""
    return s.exponential(end, total_steps)


def _share(parameter: str, fraction: float) -> float:
    if not 0 < fraction < 1:
        raise refused(parameter, "a number between 0 and 1", fraction)
    return fraction
