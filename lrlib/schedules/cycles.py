"""Cycles and waves: named compositions that rise again."""

from lrlib.rules import INF, AtLeastOne, Count, Cycles, OfRun, Positive, Ratio, Steps, StepSize, refused
from lrlib.schedules.core import Schedule, recipe
from lrlib.schedules.operators import between, shift, stairs, stretch
from lrlib.schedules.shapes import constant, cosine, exponential, inverse_time, linear, polynomial

__all__ = ["cosine_restarts", "cosine_wave", "cyclic_polynomial", "exp_range", "linear_one_cycle",
           "one_cycle", "sgdr", "triangular", "triangular2", "wsd_s"]  # fmt: skip

LEAST = 1e-300  # divisors whose quotient is a number


@recipe
def cosine_wave(steps: StepSize, half_waves: Ratio = 1, min_factor: float = 0):
    """A cosine that goes on for ever, down and up again: `half_waves` halves of it in `steps` steps.

    stretch(restarts(cosine(1, m, 1) >> cosine(m, 1, 1)), steps, half_waves), with m = `min_factor`
    That is m + (1 - m) * (1 + cos(pi * half_waves * t / steps)) / 2 for all t.
    `steps` in whole steps >= 1, `half_waves` > 0, may be fractional; ValueError otherwise.
    torch's CosineAnnealingLR past T_max = steps; transformers' cosine, whose num_cycles is half_waves / 2.

    >>> cosine_wave(2).values(6).round(3).tolist()
    [1.0, 0.5, 0.0, 0.5, 1.0, 0.5]
    """
    wave = cosine(1, min_factor, 1) >> cosine(min_factor, 1, 1)
    return stretch(wave.loop(), steps, half_waves)


@recipe
def cosine_restarts(steps: StepSize, num_cycles: Count = 1, min_factor: float = 0):
    """`num_cycles` equal cosine decays, each from 1 to `min_factor`, in `steps` steps; then held.

    stretch(restarts(cosine(1, min_factor, 1), num_cycles), steps, num_cycles)
    `steps` in whole steps >= 1, `num_cycles` whole >= 1; cycles may have a fractional length. ValueError
    otherwise.
    Loshchilov & Hutter 2017, arXiv:1608.03983, by the number of cycles, as transformers counts;
    Huang et al. 2017, Snapshot Ensembles, arXiv:1704.00109.

    >>> cosine_restarts(4, 2).values(6).round(3).tolist()
    [1.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """
    return stretch(cosine(1, min_factor, 1).loop(num_cycles), steps, num_cycles)


@recipe
def cyclic_polynomial(decay_steps: StepSize, exponent: Positive = 1, min_factor: float = 0):
    """Polynomial decays to `min_factor` without an end: cycle k = 1, 2, ... starts near k**-exponent.

    m + (1 - m) * (1 - t / (k * S))**exponent, S = `decay_steps`, k = max(1, ceil(t / S)), m = `min_factor`
    In words: on a whole step, the horizon is the next multiple of S, and it is reached there.
    `decay_steps` in whole steps >= 1, `exponent` > 0; ValueError otherwise.
    `cycle=True` in Keras' and PaddlePaddle's PolynomialDecay.

    >>> cyclic_polynomial(2).values(6).round(3).tolist()
    [1.0, 0.5, 0.0, 0.25, 0.0, 0.167]
    """
    later = shift(polynomial(1, 0, decay_steps, exponent), 1) >> constant(0, 1)
    heights = stairs(inverse_time(decay_steps, exponent), decay_steps)
    return between(constant(1, 1) >> later.loop() * heights, min_factor, 1)


@recipe
def sgdr(first_cycle: StepSize, t_mult: AtLeastOne = 1, num_cycles: Cycles = INF, min_factor: float = 0):
    """Cosine with warm restarts: `first_cycle` steps, then each cycle `t_mult` times longer.

    restarts(cosine(1, min_factor, first_cycle), t_mult=t_mult)
    Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5 (T_0 is `first_cycle`).

    >>> sgdr(10, t_mult=2)
    restarts(cosine(1, 0, 10), t_mult=2)
    """
    return cosine(1, min_factor, first_cycle).loop(num_cycles=num_cycles, t_mult=t_mult)


@recipe
def wsd_s(stable_steps: Steps, decay_steps: Steps, warmup_steps: Steps = 0, num_cycles: Cycles = INF,
          min_factor: float = 0):  # fmt: skip
    """WSD again and again, each time from the decayed weights: a useful model after every cycle.

    linear(0, 1, W) >> restarts(constant(1, S) >> linear(1, min_factor, D), num_cycles)
    Lengths in whole steps, S + D >= 1; ValueError otherwise.
    Wen et al. 2024, Understanding WSD from a River Valley Perspective, arXiv:2410.05192 (WSD-S).

    >>> wsd_s(3, 2).values(8).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0]
    """
    if stable_steps + decay_steps < 1:
        raise refused("stable_steps + decay_steps", "at least 1", stable_steps + decay_steps)
    cycle = constant(1, stable_steps) >> linear(1, min_factor, decay_steps)
    return linear(0, 1, warmup_steps) >> cycle.loop(num_cycles)


@recipe
def triangular(step_size_up: StepSize, step_size_down: Steps = 0, min_factor: float = 0):
    """Straight up from `min_factor` to 1 and down again, for ever.

    between(restarts(linear(0, 1, U) >> linear(1, 0, D)), min_factor, 1)
    Lengths in whole steps; D = `step_size_down`, where 0 means as long as the way up. ValueError otherwise.
    base_lr is the maximum; torch's CyclicLR calls the minimum base_lr.
    Smith 2017, Cyclical Learning Rates, arXiv:1506.01186.

    >>> triangular(2).values(6).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """
    return between(_triangle(step_size_up, step_size_down).loop(), min_factor, 1)


@recipe
def triangular2(step_size_up: StepSize, step_size_down: Steps = 0, min_factor: float = 0):
    """As `triangular`, but each cycle is half as high as the one before.

    between(restarts(linear(0, 1, U) >> linear(1, 0, D), gamma=0.5), min_factor, 1)
    Parameters and errors as for `triangular`.
    Smith 2017, arXiv:1506.01186.

    >>> triangular2(2).values(8).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25]
    """
    return between(_triangle(step_size_up, step_size_down).loop(gamma=0.5), min_factor, 1)


@recipe
def exp_range(step_size_up: StepSize, step_size_down: Steps = 0, gamma: Positive = 0.999,
              min_factor: float = 0):  # fmt: skip
    """As `triangular`, but the height above `min_factor` is multiplied by `gamma` every step.

    between(restarts(linear(0, 1, U) >> linear(1, 0, D)) * exponential(gamma), min_factor, 1)
    `gamma` > 0, here a factor a step; the rest as for `triangular`.
    Smith 2017, arXiv:1506.01186.

    >>> exp_range(2, gamma=0.5).values(6).round(3).tolist()
    [0.0, 0.25, 0.25, 0.062, 0.0, 0.016]
    """
    return between(_triangle(step_size_up, step_size_down).loop() * exponential(gamma), min_factor, 1)


@recipe
def one_cycle(total_steps: Steps, warmup_fraction: OfRun = 0.3, div: Positive = 25,
              final_div: Positive = 1e4):  # fmt: skip
    """Cosine up from 1/div to 1 in `warmup_fraction` of the run, then cosine down to 1/(div * final_div).

    cosine(1/div, 1, U) >> cosine(1, 1/(div * final_div), T - U), with U = round(warmup_fraction * T)
    fastai's two half cosines, after Smith & Topin 2018, arXiv:1708.07120; momentum is not touched.

    >>> one_cycle(100)
    cosine(0.04, 1, 30) >> cosine(1, 4e-06, 70)
    """
    rise = int(warmup_fraction * total_steps + 0.5)
    start, end = _ends(div, final_div)
    return cosine(start, 1, rise) >> cosine(1, end, total_steps - rise)


@recipe
def linear_one_cycle(total_steps: Steps, warmup_fraction: OfRun = 0.3, final_fraction: OfRun = 0.85,
                     div: Positive = 25, final_div: Positive = 1e4):  # fmt: skip
    """Straight up from 1/div to 1, as straight down to 1/div, then down to 1/(div * final_div).

    linear(1/div, 1, U) >> linear(1, 1/div, F - U) >> linear(1/div, 1/(div * final_div), T - F)
    with U = warmup_fraction * T and F = final_fraction * T, rounded to whole steps. Fractions 0..1, F not
    before U; `div` and `final_div` > 0; ValueError otherwise.
    Smith & Topin 2018, Super-Convergence, arXiv:1708.07120, the rate half of its 1cycle; the fractions are
    optax's.

    >>> linear_one_cycle(100, div=4, final_div=8)
    linear(0.25, 1, 30) >> linear(1, 0.25, 55) >> linear(0.25, 0.03125, 15)
    """
    if final_fraction < warmup_fraction:
        raise refused("final_fraction", f"at least warmup_fraction = {warmup_fraction:g}", final_fraction)
    up, final = (int(fraction * total_steps + 0.5) for fraction in (warmup_fraction, final_fraction))
    low, end = _ends(div, final_div)
    down = linear(1, low, final - up) >> linear(low, end, total_steps - final)
    return linear(low, 1, up) >> down


def _ends(div: float, final_div: float) -> tuple[float, float]:
    """Where a cycle starts, 1 / div, and where it ends."""
    if div < LEAST:
        raise refused("div", f"at least {LEAST:g}", div)
    if div * final_div < LEAST:
        raise refused("final_div", f"at least {LEAST:g} / div, with div = {div:g}", final_div)
    return 1 / div, 1 / (div * final_div)


def _triangle(up: int, down: int) -> Schedule:
    return linear(0, 1, up) >> linear(1, 0, down or up)
