"""Warmups whose length follows from the optimizer, and the transformer's schedule with its kin.

Linear warmups need no names: `linear(0, 1, W)` starts with a dead update, `shift(linear(0, 1, W + 1), 1)` at
1 / (W + 1), `shift(linear(0, 1, W), 1) >> constant(1, 1)` at 1 / W and peaks a step earlier.
"""

import math

from lrlib.rules import Memory, Positive, Steps, StepSize, check_lengths, refused
from lrlib.schedules.core import recipe
from lrlib.schedules.operators import between, clip, shift, stretch
from lrlib.schedules.shapes import constant, exponential, inverse_sqrt, inverse_time, linear

__all__ = ["noam", "noam_hold", "power_scheduler", "rsqrt", "untuned_exponential", "untuned_linear",
           "warmup_inverse_sqrt"]  # fmt: skip


@recipe
def untuned_linear(beta2: Memory = 0.999):
    """A linear warmup as long as Adam's second moment remembers; a factor: `untuned_linear() * cosine(...)`.

    shift(stretch(linear(0, 1, 1), W), 1), that is min(1, n / W), with W = 2 / (1 - beta2) and n = t + 1:
    the paper counts updates from 1 as Adam does, so that none is dead and update W is the first at 1.
    `beta2` is Adam's, 0 or more and below 1; ValueError otherwise.
    Ma & Yarats 2021, On the Adequacy of Untuned Warmup, arXiv:1910.04209.

    >>> untuned_linear(0.5).values(5).tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """
    return shift(stretch(linear(0, 1, 1), round(2 / (1 - beta2), 9)), 1)


@recipe
def untuned_exponential(beta2: Memory = 0.999):
    """An exponential approach to 1 as fast as Adam's second moment forgets; a factor, without an end.

    shift(between(exponential(e**-(1 - beta2)), 1, 0), 1), that is 1 - exp(-(1 - beta2) * n), with n = t + 1
    as for `untuned_linear`. `beta2` is Adam's, 0 or more and below 1; ValueError otherwise.
    Ma & Yarats 2021, arXiv:1910.04209.

    >>> untuned_exponential(0.5).values(3).round(3).tolist()
    [0.393, 0.632, 0.777]
    """
    return shift(between(exponential(math.exp(-(1 - beta2))), 1, 0), 1)


@recipe
def warmup_inverse_sqrt(warmup_steps: StepSize):
    """Linear warmup from 0, then a decay like 1/sqrt(t), without an end: 1/sqrt(2) at step 2 W.

    linear(0, 1, W) >> inverse_sqrt(W), that is sqrt(W / t) for t >= W
    `warmup_steps` in whole steps >= 1; ValueError otherwise.
    Vaswani et al. 2017, arXiv:1706.03762, section 5.3, as fairseq and transformers count.

    >>> warmup_inverse_sqrt(10)
    linear(0, 1, 10) >> inverse_sqrt(10)
    """
    return linear(0, 1, warmup_steps) >> inverse_sqrt(warmup_steps)


@recipe
def noam(warmup_steps: StepSize):
    """The transformer's schedule as in its paper, where updates count from 1; peak 1 at update W - 1.

    shift(linear(0, 1, W) >> inverse_sqrt(W), 1), that is min(n / W, sqrt(W / n)), with n = t + 1
    The paper's d**-0.5 * min(n**-0.5, n * W**-1.5), d the model's width, is this at base_lr = (d * W)**-0.5.
    `warmup_steps` in whole steps >= 1; ValueError otherwise.
    Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762, eq. 3.

    >>> noam(2).values(4).round(3).tolist()
    [0.5, 1.0, 0.816, 0.707]
    """
    return shift(warmup_inverse_sqrt(warmup_steps), 1)


@recipe
def noam_hold(warmup_steps: StepSize, hold_steps: Steps = 0, exponent: Positive = 0.5, min_factor: float = 0):
    """Linear warmup from 0, a constant stretch, then a decay like t**-exponent, cut off at `min_factor`.

    linear(0, 1, W) >> constant(1, H) >> clip(inverse_time(W, exponent), min_factor)
    From step W + H on this is (W / (t - H))**exponent. Lengths in whole steps, W >= 1; `exponent` > 0;
    ValueError otherwise.
    Kim et al. 2022, Squeezeformer, arXiv:2206.00888.

    >>> noam_hold(2, 3).values(7).round(3).tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.816]
    """
    decay = clip(inverse_time(warmup_steps, exponent), min_factor)
    return linear(0, 1, warmup_steps) >> constant(1, hold_steps) >> decay


@recipe
def rsqrt(total_steps: Steps, warmup_steps: Steps = 0, decay_steps: Steps = 0, timescale: Positive = 10_000):
    """A reciprocal square root with a linear warmup from 0 and a linear cooldown to 0, as factors.

    linear(0, 1, W) * (constant(1, T - D) >> linear(1, 0, D)) * (constant(1, W) >> inverse_sqrt(timescale))
    `timescale` in steps, > 0. Lengths in whole steps, W + D at most T; ValueError otherwise.
    Zhai, Kolesnikov, Houlsby & Beyer 2022, Scaling Vision Transformers, arXiv:2106.04560; big_vision.

    >>> rsqrt(100, 10, 20, 30).values(100)[[5, 10, 40, 90]].round(3).tolist()
    [0.5, 1.0, 0.707, 0.261]
    """
    check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    cooldown = constant(1, total_steps - decay_steps) >> linear(1, 0, decay_steps)
    law = constant(1, warmup_steps) >> inverse_sqrt(timescale, total_steps - warmup_steps)
    return linear(0, 1, warmup_steps) * cooldown * law


@recipe
def power_scheduler(total_steps: Steps, warmup_steps: Steps, decay_steps: Steps, timescale: Steps,
                    exponent: Positive = 0.51, final: Positive = 0.01):  # fmt: skip
    """Linear warmup, a capped power law that knows no run length, an exponential decay over the last steps.

    linear(0, 1, W) >> constant(1, C - W) >> inverse_time(C, exponent, N) >> v * exponential(final, D, D)
    with C = `timescale`, N = T - D - C and v = (1 + N / C)**-exponent: min(1, (C / t)**exponent) until step
    T - D. A rate of a * B * n**-0.51 at n tokens and B sequences an update, capped at base_lr, meets its cap
    at update C. In whole steps 1 <= C, W <= C and C + D <= T; ValueError otherwise.
    Shen et al. 2024, Power Scheduler, arXiv:2408.13359.

    >>> power_scheduler(100, 5, 20, 10).values(80)[[5, 10, 79]].round(3).tolist()
    [1.0, 1.0, 0.349]
    """
    check_lengths(total_steps, timescale=timescale, decay_steps=decay_steps)
    if not max(1, warmup_steps) <= timescale:
        raise refused("timescale", "at least warmup_steps, and 1", timescale)
    law_steps = total_steps - decay_steps - timescale
    left = (1 + law_steps / timescale) ** -exponent
    capped = linear(0, 1, warmup_steps) >> constant(1, timescale - warmup_steps)
    law = capped >> inverse_time(timescale, exponent, law_steps)
    return law >> left * exponential(final, decay_steps, decay_steps) if decay_steps else law
