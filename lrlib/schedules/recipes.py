"""Named compositions. Each is its own definition: print one to see the shapes it is made of.

`total_steps` always includes the warmup. Arguments out of range raise ValueError.
"""

from __future__ import annotations

from lrlib.schedules.core import Restarts, Schedule, recipe
from lrlib.schedules.rules import INF, Cycles, Fraction, Number, Positive, Steps, StepSize, Stretch
from lrlib.schedules.shapes import constant, cosine, linear


@recipe
def warmup_cosine(total_steps: Steps, warmup_steps: Steps = 0, min_factor: Number = 0) -> Schedule:
    """Linear warmup from 0, then cosine decay to `min_factor`, which step `total_steps` would reach.

    linear(0, 1, W) >> cosine(1, min_factor, T - W)
    Loshchilov & Hutter 2017, arXiv:1608.03983; warmup: Goyal et al. 2017, arXiv:1706.02677.
    """
    _check("warmup_cosine", total_steps, warmup_steps=warmup_steps)
    return linear(0, 1, warmup_steps) >> cosine(1, min_factor, total_steps - warmup_steps)


@recipe
def warmup_linear(total_steps: Steps, warmup_steps: Steps = 0, min_factor: Number = 0) -> Schedule:
    """Linear warmup from 0, then linear decay to `min_factor`, which step `total_steps` would reach.

    linear(0, 1, W) >> linear(1, min_factor, T - W)
    Li, Yumer & Ramanan 2020, arXiv:1905.04753.
    """
    _check("warmup_linear", total_steps, warmup_steps=warmup_steps)
    return linear(0, 1, warmup_steps) >> linear(1, min_factor, total_steps - warmup_steps)


@recipe
def sgdr(
    first_cycle: StepSize, t_mult: Stretch = 1, num_cycles: Cycles = INF, min_factor: Number = 0
) -> Restarts:
    """Cosine with warm restarts: `first_cycle` steps, then each cycle `t_mult` times longer.

    restarts(cosine(1, min_factor, first_cycle), t_mult=t_mult)
    Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5 (T_0 is `first_cycle`).
    """
    return cosine(1, min_factor, first_cycle).loop(num_cycles=num_cycles, t_mult=t_mult)


@recipe
def wsd(
    total_steps: Steps, warmup_steps: Steps = 0, decay_steps: Steps = 0, min_factor: Number = 0
) -> Schedule:
    """Warmup-stable-decay: linear warmup, a constant stretch, linear decay over the last `decay_steps`.

    linear(0, 1, W) >> constant(1, T - W - D) >> linear(1, min_factor, D)
    Hu et al. 2024, MiniCPM, arXiv:2404.06395; linear cooldown: Haegele et al. 2024, arXiv:2405.18392.
    """
    _check("wsd", total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    stable = constant(1, total_steps - warmup_steps - decay_steps)
    return linear(0, 1, warmup_steps) >> stable >> linear(1, min_factor, decay_steps)


@recipe
def one_cycle(
    total_steps: Steps, warmup_fraction: Fraction = 0.3, div: Positive = 25, final_div: Positive = 1e4
) -> Schedule:
    """Cosine up from 1/div to 1 in `warmup_fraction` of the run, then cosine down to 1/(div * final_div).

    cosine(1/div, 1, U) >> cosine(1, 1/(div * final_div), T - U), with U = round(warmup_fraction * T)
    The rate half of Smith & Topin 2018, arXiv:1708.07120; momentum is not touched.
    """
    rise = int(warmup_fraction * total_steps + 0.5)
    return cosine(1 / div, 1, rise) >> cosine(1, 1 / (div * final_div), total_steps - rise)


def _check(name: str, total_steps: int, **parts: int) -> None:
    if sum(parts.values()) > total_steps:
        named = " + ".join(parts)
        raise ValueError(
            f"{name}: {named} must be at most total_steps = {total_steps}, got {sum(parts.values())}"
        )
