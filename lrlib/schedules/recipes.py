"""Named compositions. Each is its own definition: print one to see the shapes it is made of.

`total_steps` always includes the warmup. Arguments out of range raise ValueError.
"""

import math
from collections.abc import Iterable
from itertools import accumulate
from operator import mul

import numpy as np

from lrlib import rules
from lrlib.rules import INF, Milestones, OfRun, Positive, Steps, StepSize, Values, check_lengths, refused
from lrlib.schedules.core import Schedule, Sequence, recipe
from lrlib.schedules.operators import between
from lrlib.schedules.shapes import constant, cosine, exponential, linear, table

__all__ = ["exponential_cooldown", "flat_cosine", "infinite", "multiplicative", "natural_exponential",
           "piecewise_constant", "piecewise_cosine", "piecewise_linear", "range_test", "warmup_cosine",
           "warmup_linear", "wsd"]  # fmt: skip


@recipe
def warmup_cosine(total_steps: Steps, warmup_steps: Steps = 0, min_factor: float = 0):
    """Linear warmup from 0, then cosine decay to `min_factor`, which step `total_steps` would reach.

    linear(0, 1, W) >> cosine(1, min_factor, T - W)
    Loshchilov & Hutter 2017, arXiv:1608.03983; warmup: Goyal et al. 2017, arXiv:1706.02677.

    >>> warmup_cosine(100, 10, 0.1)
    linear(0, 1, 10) >> cosine(1, 0.1, 90)
    """
    check_lengths(total_steps, warmup_steps=warmup_steps)
    return linear(0, 1, warmup_steps) >> cosine(1, min_factor, total_steps - warmup_steps)


@recipe
def warmup_linear(total_steps: Steps, warmup_steps: Steps = 0, min_factor: float = 0):
    """Linear warmup from 0, then linear decay to `min_factor`, which step `total_steps` would reach.

    linear(0, 1, W) >> linear(1, min_factor, T - W)
    Li, Yumer & Ramanan 2020, arXiv:1905.04753.

    >>> warmup_linear(100, 10)
    linear(0, 1, 10) >> linear(1, 0, 90)
    """
    check_lengths(total_steps, warmup_steps=warmup_steps)
    return linear(0, 1, warmup_steps) >> linear(1, min_factor, total_steps - warmup_steps)


@recipe
def wsd(total_steps: Steps, warmup_steps: Steps = 0, decay_steps: Steps = 0, min_factor: float = 0):
    """Warmup-stable-decay: linear warmup, a constant stretch, linear decay over the last `decay_steps`.

    linear(0, 1, W) >> constant(1, T - W - D) >> linear(1, min_factor, D)
    Hu et al. 2024, MiniCPM, arXiv:2404.06395; linear cooldown: Haegele et al. 2024, arXiv:2405.18392.

    >>> wsd(100, 10, 20)
    linear(0, 1, 10) >> constant(steps=70) >> linear(1, 0, 20)
    """
    check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    stable = constant(1, total_steps - warmup_steps - decay_steps)
    return linear(0, 1, warmup_steps) >> stable >> linear(1, min_factor, decay_steps)


@recipe
def piecewise_constant(boundaries: Milestones, multipliers: Values):
    """A value of its own between any two boundaries; the update at a boundary is the first at the next value.

    constant(v_0, b_0) >> constant(v_1, b_1 - b_0) >> ... >> constant(v_n)
    `boundaries`: n whole steps in increasing order; `multipliers`: n + 1 numbers. ValueError otherwise.
    He et al. 2016, arXiv:1512.03385, section 3.4, in the form of Keras' PiecewiseConstantDecay.

    >>> piecewise_constant((30, 80), (1, 0.1, 0.05))
    constant(steps=30) >> constant(value=0.1, steps=50) >> constant(value=0.05)
    """
    if len(multipliers) != len(boundaries) + 1:
        raise refused("multipliers", f"one number more than boundaries, {len(boundaries) + 1}", multipliers)
    lengths = [*np.diff((0, *boundaries)).tolist(), INF]
    return joined(constant(value, steps) for value, steps in zip(multipliers, lengths, strict=True))


@recipe
def piecewise_linear(knots: Milestones, multipliers: Values):
    """Straight lines between knots; the first value holds before the first knot, the last after the last.

    constant(v_0, k_0) >> linear(v_0, v_1, k_1 - k_0) >> ... >> linear(v_n-1, v_n, k_n - k_n-1)
    `knots`: steps in increasing order; `multipliers`: as many numbers. ValueError otherwise.
    PiecewiseLinear in PyTorch-Ignite; piecewise_interpolate_schedule in optax.

    >>> piecewise_linear((0, 10, 50), (0, 1, 0.2))
    linear(0, 1, 10) >> linear(1, 0.2, 40)
    """
    return _interpolated(linear, knots, multipliers)


@recipe
def piecewise_cosine(knots: Milestones, multipliers: Values):
    """Half cosines between knots; the first value holds before the first knot, the last after the last.

    constant(v_0, k_0) >> cosine(v_0, v_1, k_1 - k_0) >> ... >> cosine(v_n-1, v_n, k_n - k_n-1)
    `knots`: steps in increasing order; `multipliers`: as many numbers. ValueError otherwise.
    piecewise_interpolate_schedule("cosine") in optax.

    >>> piecewise_cosine((5, 10), (1, 0))
    constant(steps=5) >> cosine(1, 0, 5)
    """
    return _interpolated(cosine, knots, multipliers)


@recipe
def natural_exponential(rate: Positive, steps: rules.Length = INF):
    """An exponential decay given by its rate: e**-1 after 1 / rate steps.

    exponential(e**-rate), that is exp(-rate * t)
    `rate` > 0, a step; ValueError otherwise.
    NaturalExpDecay in PaddlePaddle.

    >>> natural_exponential(0.1).values(3).round(3).tolist()
    [1.0, 0.905, 0.819]
    """
    return exponential(math.exp(-rate), 1, steps)


@recipe
def multiplicative(factors: Values):
    """Each update's rate is the one before times a factor of its own; 1 at update 0.

    table((1, f_0, f_0 * f_1, ...)): update t + 1 runs at factors[t] times the rate of update t
    `factors`: one or more finite numbers; the last product is held. ValueError otherwise.
    MultiplicativeLR in torch, with the factors written out.

    >>> multiplicative((0.5, 0.5, 2))
    table((1, 0.5, 0.25, 0.5))
    """
    return table([*accumulate(factors, mul, initial=1)])


@recipe
def range_test(start: Positive, end: Positive, steps: StepSize):
    """From `start` to `end`, multiplied by the same factor every step: a learning-rate range test.

    start * exponential(end / start, steps, steps), that is start * (end / start)**(t / steps)
    `start`, `end` > 0, and so near that end / start is a number > 0 too, `steps` in whole steps >= 1;
    ValueError otherwise. SchedExp in fastai.
    Smith 2017, arXiv:1506.01186, section 3.3, on a logarithmic scale.

    >>> range_test(1e-3, 10, 4)(np.arange(5)).round(3).tolist()
    [0.001, 0.01, 0.1, 1.0, 10.0]
    """
    if not 0 < end / start < INF:
        raise refused("end", f"nearer to start = {start:g}", end)
    return start * exponential(end / start, steps, steps)


@recipe
def exponential_cooldown(start: float, end: float, steps: Steps, ratio: rules.InsideUnit = 0.5):
    """From `start` to `end`, reached exactly, along the stretch of an exponential that falls by `ratio`.

    between(exponential(ratio, steps, steps), (end - start * ratio) / (1 - ratio), start)
    That is end + (start - end) * (ratio**p - ratio) / (1 - ratio), with p = t / steps.
    0 < ratio < 1, `steps` whole >= 0; ValueError otherwise. ratio = 0.5 is Megatron-LM's, 2 * 0.5**p - 1.
    Hu et al. 2024, MiniCPM, arXiv:2404.06395, uses the exponential itself: `v * exponential(0.5, T, D)`.

    >>> exponential_cooldown(1, 0, 4).values(5).round(3).tolist()
    [1.0, 0.682, 0.414, 0.189, 0.0]
    """
    if steps == 0:
        return linear(start, end, 0)
    return between(exponential(ratio, steps, steps), (end - start * ratio) / (1 - ratio), start)


@recipe
def flat_cosine(total_steps: Steps, flat_fraction: OfRun = 0.75, min_factor: float = 1e-5):
    """Constant for most of the run, then a cosine to `min_factor`.

    constant(1, F) >> cosine(1, min_factor, T - F), with F = flat_fraction * T rounded to a whole step
    `flat_fraction` 0..1; ValueError otherwise.
    fit_flat_cos in fastai.

    >>> flat_cosine(100)
    constant(steps=75) >> cosine(1, 1e-05, 25)
    """
    flat = int(flat_fraction * total_steps + 0.5)
    return constant(1, flat) >> cosine(1, min_factor, total_steps - flat)


@recipe
def infinite(total_steps: Steps, warmup_steps: Steps, cooldown_steps: Steps, decay_steps: Steps,
             const_factor: Positive = 0.5, min_factor: Positive = 0.01):  # fmt: skip
    """Warmup, a cosine down to a constant that can go on as long as there is data, a last steep decay.

    linear(0, 1, W) >> cosine(1, c, C) >> constant(c, T - W - C - D) >> c * exponential(m / c, D, D)
    with c = `const_factor`, m = `min_factor`, both > 0. Lengths in whole steps, W + C + D at most T;
    ValueError otherwise.
    Ibrahim et al. 2024, arXiv:2403.08763; Singh et al. 2025, arXiv:2503.02844.

    >>> infinite(100, 10, 20, 10).values(100)[[0, 10, 30, 89]].round(3).tolist()
    [0.0, 1.0, 0.5, 0.5]
    """
    lengths = {"warmup_steps": warmup_steps, "cooldown_steps": cooldown_steps, "decay_steps": decay_steps}
    check_lengths(total_steps, **lengths)
    down = linear(0, 1, warmup_steps) >> cosine(1, const_factor, cooldown_steps)
    flat = constant(const_factor, total_steps - sum(lengths.values()))
    return down >> flat >> range_test(const_factor, min_factor, decay_steps) if decay_steps else down >> flat


def _interpolated(curve, knots: tuple[int, ...], multipliers: tuple[float, ...]) -> Schedule:
    if len(multipliers) != len(knots):
        raise refused("multipliers", f"as many numbers as knots, {len(knots)}", multipliers)
    pieces = zip(multipliers, multipliers[1:], np.diff(knots).tolist(), strict=False)
    return joined([constant(multipliers[0], knots[0]), *(curve(*piece) for piece in pieces)])


def joined(parts: Iterable[Schedule]) -> Schedule:
    """`a >> b >> c ...`, of any number of parts at once."""
    parts = list(parts)
    lasting = [part for part in parts if part.steps > 0] or parts[-1:]
    return Sequence(tuple(lasting)) if len(lasting) > 1 else lasting[0]
