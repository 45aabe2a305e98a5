"""timm.scheduler, stepped after each update.

Without a warmup the first update runs at the rate that the optimizer was built with, whatever the formula.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import decay, late, registered, rest

Decay = Annotated[str, r.one_of("1-sqrt", "linear", "cosine", "power", "exp")]
Stable = Annotated[str, r.one_of("constant", "rsqrt")]


@registered
def cosine(total_steps, warmup_steps=0, warmup_prefix=False, low: r.NotNegative = 0, foot=0,
           num_cycles: r.Count = 1, t_mult: r.AtLeastOne = 1, gamma=1, k_decay=1):  # fmt: skip
    """CosineLRScheduler: `min_lr` at T, or cycles of which the first ends there, then `min_lr`.

    Without `warmup_prefix`, its default, the decay starts below the warmup and is first seen at step W; with
    it after the warmup, T - W steps long (its t_initial). Cycle i is `t_mult`**i times as long as the first
    and `gamma`**i times as high.
    """
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    body = _k_decay(s.cosine(1, 0, steps), k_decay)
    peaks = s.constant(1, steps).loop(num_cycles, t_mult, gamma) if gamma != 1 else 1
    decays = s.between(body.loop(num_cycles, t_mult), low, peaks)
    return _warmed(decays, warmup_steps, foot, warmup_prefix)


@registered
def polynomial(total_steps, power=0.5, warmup_steps=0, warmup_prefix=False, low: r.NotNegative = 0,
               k_decay=1):  # fmt: skip
    """PolyLRScheduler: power 0.5 by default, above the straight line; then `min_lr`."""
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    body = _k_decay(s.polynomial(1, low, steps, power), k_decay)
    return _warmed(body, warmup_steps, 0, warmup_prefix)


@registered
def tanh(total_steps, lower: r.Number = -7, upper: r.Number = 3, warmup_steps=0, warmup_prefix=False,
         low: r.NotNegative = 0):  # fmt: skip
    """TanhLRScheduler: ends at `min_lr`, with a jump; its warmup aims at the decay's own value at W."""
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    if lower >= upper:
        raise r.refused("lower", f"less than upper = {upper:g}", lower)
    body = s.tanh(1, low, steps, lower, upper) >> s.constant(low)
    return _warmed(body, warmup_steps, 0, warmup_prefix, 1 if warmup_prefix else body(warmup_steps))


@registered
def step(step_size, gamma=1, warmup_steps=0, warmup_prefix=True):
    """StepLRScheduler: `gamma` (1, no decay, by default) every `step_size` steps after the warmup."""
    return _warmed(s.step(step_size, gamma), warmup_steps, 0, warmup_prefix)


@registered
def multistep(milestones, gamma=1, warmup_steps=0, warmup_prefix=True):
    """MultiStepLRScheduler: the first update at the lower rate is the one before each milestone."""
    return _warmed(s.shift(s.multistep(milestones, gamma), 1), warmup_steps, 0, warmup_prefix)


@registered
def wsd(flat, decay_steps, warmup_steps=0, curve: Decay = "1-sqrt", stable: Stable = "constant",
        low: r.NotNegative = 0, power=0.5, ratio: r.InsideUnit = 0.1):  # fmt: skip
    """WSDLRScheduler of T = `total_steps` steps with the warmup, which its t_initial is without.

    A stable stretch that is no constant ("rsqrt": 1 / sqrt(1 + t / W), never below `min_lr`) goes on below
    the decay, which takes its value down to `min_lr`.
    """
    if stable == "rsqrt" and not warmup_steps:
        raise r.refused("warmup_steps", 'a whole number of steps >= 1 for "rsqrt"', warmup_steps)
    if curve == "exp":
        share = s.exponential_cooldown(1, 0, decay_steps, ratio)
    elif curve == "power":
        share = s.warp(s.linear(1, 0, decay_steps), power)
    else:
        share = decay(curve, 0, decay_steps)
    level = s.clip(s.inverse_sqrt(warmup_steps), low) if stable == "rsqrt" else max(1, low)
    return _warmed(s.between(s.constant(1, flat) >> share, low, level), warmup_steps, 0, True)


def _decay_steps(total_steps: int, warmup_steps: int, prefix: bool) -> int:
    return rest(total_steps, warmup_steps=warmup_steps) if prefix else total_steps


def _k_decay(body: Schedule, k: float) -> Schedule:
    return s.warp(body, k) if k != 1 else body


def _warmed(body: Schedule, warmup_steps: int, start: float, prefix: bool, top: float = 1) -> Schedule:
    if not warmup_steps:
        return s.constant(1, 1) >> late(body, 1)
    return s.linear(start, top, warmup_steps) >> (body if prefix else late(body, warmup_steps))
