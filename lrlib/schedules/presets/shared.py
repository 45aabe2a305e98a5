"""Presets that several libraries have alike, each under its own name for it."""

from lrlib import schedules as s
from lrlib.schedules.presets.pieces import Phase, shared, torch_one_cycle, wave


@shared(torch="StepLR", mmengine="StepLR", composer="StepScheduler")
def step(step_size, gamma=0.1):
    """multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@shared(torch="MultiStepLR", mmengine="MultiStepLR", composer="MultiStepScheduler")
def multistep(milestones, gamma=0.1):
    """multiplied by `gamma` at each milestone, which is the first update at the lower rate."""
    return s.multistep(milestones, gamma)


@shared(torch="ExponentialLR", mmengine="ExponentialLR")
def exponential(gamma):
    """gamma**t."""
    return s.exponential(gamma)


@shared(torch="CosineAnnealingLR", paddle="CosineAnnealingDecay")
def cosine(total_steps, low=0):
    """at `min_lr` at step T_max = `total_steps`, then up to the peak again, for ever."""
    return wave(1, low, total_steps)


@shared(**dict.fromkeys(("torch", "paddle", "mindformers"), "CosineAnnealingWarmRestarts"))
def restarts(first_cycle, t_mult=1, low=0):
    """T_0 = `first_cycle`; the restart comes where `min_lr` would be reached."""
    return s.cosine(1, low, first_cycle).loop(t_mult=t_mult)


@shared(torch="OneCycleLR", mmengine="OneCycleLR")
def one_cycle(total_steps, warmup_fraction=0.3, div=25, final_div=1e4, curve: Phase = "cos",
              three_phase=False):  # fmt: skip
    """peak at step 0.3 T - 1, end at T - 1, rising or negative at T; the library raises after that.

    The way up and the way down last longer than 0 steps.
    With `three_phase` the way down to 1/div ends at 2 * 0.3 T - 2. Phases may end between two steps.
    """
    return torch_one_cycle(total_steps, warmup_fraction, 1 / div, 1 / (div * final_div), curve, three_phase)


@shared(keras="PolynomialDecay", paddle="PolynomialDecay")
def polynomial(decay_steps, low=1e-4, power=1, cycle=False):
    """to `min_lr`, 1e-4 by default; with `cycle` the horizon moves on as it is passed."""
    return s.cyclic_polynomial(decay_steps, power, low) if cycle else s.polynomial(1, low, decay_steps, power)
