"""`OptimizerConfig.lr_scheduler` of Levanter (levanter/optim/config.py), optax's count from 0.

A warmup, a constant stretch, and a decay over the last `decay_steps`, where 0 stands for all after the
warmup. The library takes shares of the run as well, by default a warmup of 0.01; here they are whole steps.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import AtMostOne, registered, rest, up
from lrlib.schedules.recipes import joined

Cycles = Annotated[int, r.whole(1, 10_000)]
Curve = Annotated[str, r.one_of("cosine", "linear")]


@registered
def constant(warmup_steps):
    """lr_schedule="constant": the warmup, then 1."""
    return up(warmup_steps)


@registered
def linear(total_steps, warmup_steps, decay_steps: r.Steps = 0, min_factor=0.1):
    """lr_schedule="linear": down to `min_factor` (min_lr_ratio) at T, held."""
    flat, down = _parts(total_steps, warmup_steps, decay_steps)
    return flat >> s.linear(1, min_factor, down)


@registered
def cosine(total_steps, warmup_steps, decay_steps: r.Steps = 0, min_factor=0.1, exponent=1):
    """lr_schedule="cosine", the default: down to `min_factor` at T, held; `exponent` as in optax.cosine."""
    flat, down = _parts(total_steps, warmup_steps, decay_steps)
    return flat >> s.between(s.power(s.cosine(1, 0, down), exponent), min_factor, 1)


@registered
def inverse_sqrt(warmup_steps, timescale: r.StepSize = 10_000, min_factor: AtMostOne = 0.1):
    """lr_schedule="inv_sqrt": sqrt(timescale / t), not above 1 nor below `min_factor`; without an end."""
    law = s.clip(s.inverse_sqrt(timescale), min_factor)
    late = warmup_steps - timescale
    return up(warmup_steps) >> (s.shift(law, late) if late > 0 else s.constant(1, -late) >> law)


@registered
def inverse(total_steps, warmup_steps, min_factor: r.InsideUnit = 0.1, decay_steps: r.Steps = 0):
    """lr_schedule="inv": 1 / (1 + c * t), `min_factor` at T; its first step is as its second."""
    flat, down = _parts(total_steps, warmup_steps, decay_steps)
    law = s.inverse_time(down / (1 / min_factor - 1), 1, down)
    return flat >> s.constant(law(1), 1) >> s.shift(law, 1)


@registered
def power(warmup_steps, batch_size: r.Count, seq_length: r.Count, base_lr: r.Positive,
          amplitude: r.Positive = 4.6, exponent=0.51):  # fmt: skip
    """lr_schedule=PowerLrSchedule: batch_size * amplitude * tokens**-exponent, not above `base_lr`.

    Tokens are counted from the end of the warmup. With jax's 32-bit integers the library overflows at 2**31
    tokens; the preset does not.
    """
    flat = (batch_size * amplitude / base_lr) ** (1 / exponent) / (batch_size * seq_length)
    return up(warmup_steps) >> s.stretch(s.constant(1, 1), flat) >> s.inverse_time(flat, exponent)


@registered
def cycles(total_steps, num_cycles: Cycles, warmup_steps, rewarmup_steps: r.Steps = 0,
           decay_steps: r.Steps = 0, min_factor=0.1, curve: Curve = "cosine"):  # fmt: skip
    """cycles=n: of equal length, in whole steps; each later one warms up from `min_factor` again."""
    rest(total_steps, 0, num_cycles=num_cycles)
    ends = [int(total_steps / num_cycles * i) for i in range(1, num_cycles)]
    return _cycles([*ends, total_steps], warmup_steps, rewarmup_steps, decay_steps, min_factor, curve)


@registered
def cycles_ending(cycles, warmup_steps, rewarmup_steps: r.Steps = 0,
                  decay_steps: r.Steps = 0, min_factor=0.1, curve: Curve = "cosine"):  # fmt: skip
    """cycles=[...]: as "levanter.cycles", but they end at the steps `cycles`, the last of which is T."""
    return _cycles(cycles, warmup_steps, rewarmup_steps, decay_steps, min_factor, curve)


def _cycles(ends, warmup_steps, rewarmup_steps, decay_steps, low, curve) -> Schedule:
    parts, start, bottom = [s.constant(1, 0)], 0, 0
    for end in ends:
        flat, down = _parts(end - start, warmup_steps, decay_steps, bottom)
        parts += [flat, (s.cosine if curve == "cosine" else s.linear)(1, low, down)]
        start, warmup_steps, bottom = end, rewarmup_steps, low
    return joined(parts)


def _parts(total_steps: int, warmup_steps: int, decay_steps: int, start: float = 0) -> tuple[Schedule, int]:
    """What comes before the decay, and how long the decay is."""
    down = decay_steps or rest(total_steps, warmup_steps=warmup_steps)
    flat = rest(total_steps, 0, warmup_steps=warmup_steps, decay_steps=down)
    return up(warmup_steps, start) >> s.constant(1, flat), down
