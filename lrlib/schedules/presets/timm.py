"""timm.scheduler, stepped after each update.

Without a warmup the first update runs at the rate that the optimizer was built with, whatever the formula.
"""

from __future__ import annotations

from typing import Annotated

from lrlib import schedules as s
from lrlib.rules import (
    AtLeastOne,
    Count,
    Flag,
    Fraction,
    Milestones,
    Number,
    Positive,
    Rate,
    Steps,
    StepSize,
    check_lengths,
    one_of,
    refused,
)
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import decay, floor, late, preset_of, rest

timm = preset_of("timm")


@timm
def cosine(
    total_steps: StepSize,
    warmup_steps: Steps = 0,
    warmup_prefix: Flag = False,
    min_lr: Number = 0,
    base_lr: Rate = None,
    warmup_lr: Number = 0,
    num_cycles: Count = 1,
    t_mult: AtLeastOne = 1,
    gamma: Positive = 1,
    k_decay: Positive = 1,
) -> Schedule:
    """CosineLRScheduler: `min_lr` at T, or cycles of which the first ends there, then `min_lr`.

    Without `warmup_prefix`, its default, the decay starts below the warmup and is first seen at step W; with
    it after the warmup, T - W steps long (its t_initial). Cycle i is `t_mult`**i times as long as the first
    and `gamma`**i times as high.
    """
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    body = s.warp(s.cosine(1, 0, steps), k_decay) if k_decay != 1 else s.cosine(1, 0, steps)
    low = floor(min_lr, base_lr)
    peaks = s.constant(1, steps).loop(num_cycles, t_mult, gamma) if gamma != 1 else 1
    decays = s.between(body.loop(num_cycles, t_mult), low, peaks)
    return _warmed(decays, warmup_steps, floor(warmup_lr, base_lr), warmup_prefix)


@timm
def polynomial(
    total_steps: StepSize,
    power: Positive = 0.5,
    warmup_steps: Steps = 0,
    warmup_prefix: Flag = False,
    min_lr: Number = 0,
    base_lr: Rate = None,
    k_decay: Positive = 1,
) -> Schedule:
    """PolyLRScheduler: power 0.5 by default, above the straight line; then `min_lr`."""
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    body = s.polynomial(1, floor(min_lr, base_lr), steps, power)
    body = s.warp(body, k_decay) if k_decay != 1 else body
    return _warmed(body, warmup_steps, 0, warmup_prefix)


@timm
def tanh(
    total_steps: StepSize,
    lower: Number = -7,
    upper: Number = 3,
    warmup_steps: Steps = 0,
    warmup_prefix: Flag = False,
    min_lr: Number = 0,
    base_lr: Rate = None,
) -> Schedule:
    """TanhLRScheduler: ends at `min_lr`, with a jump; its warmup aims at the decay's own value at W."""
    steps = _decay_steps(total_steps, warmup_steps, warmup_prefix)
    low = floor(min_lr, base_lr)
    body = s.tanh(1, low, steps, lower, upper) >> s.constant(low)
    top = 1 if warmup_prefix else body(warmup_steps)
    return _warmed(body, warmup_steps, 0, warmup_prefix, top)


@timm
def step(
    step_size: StepSize, gamma: Positive = 1, warmup_steps: Steps = 0, warmup_prefix: Flag = True
) -> Schedule:
    """StepLRScheduler: `gamma` (1, no decay, by default) every `step_size` steps after the warmup."""
    return _warmed(s.step(step_size, gamma), warmup_steps, 0, warmup_prefix)


@timm
def multistep(
    milestones: Milestones, gamma: Positive = 1, warmup_steps: Steps = 0, warmup_prefix: Flag = True
) -> Schedule:
    """MultiStepLRScheduler: the first update at the lower rate is the one before each milestone."""
    return _warmed(s.shift(s.multistep(milestones, gamma), 1), warmup_steps, 0, warmup_prefix)


@timm
def wsd(
    total_steps: StepSize,
    decay_steps: StepSize,
    warmup_steps: Steps = 0,
    curve: Annotated[str, one_of("1-sqrt", "linear", "cosine", "power", "exp")] = "1-sqrt",
    stable: Annotated[str, one_of("constant", "rsqrt")] = "constant",
    min_lr: Number = 0,
    base_lr: Rate = None,
    power: Positive = 0.5,
    ratio: Fraction = 0.1,
) -> Schedule:
    """WSDLRScheduler of T = `total_steps` steps with the warmup, which its t_initial is without.

    A stable stretch that is no constant ("rsqrt": 1 / sqrt(1 + t / W), never below `min_lr`) goes on below
    the decay, which takes its value down to `min_lr`.
    """
    rest = total_steps - warmup_steps
    check_lengths(total_steps, warmup_steps=warmup_steps, decay_steps=decay_steps)
    if stable == "rsqrt" and not warmup_steps:
        raise refused("warmup_steps", 'a whole number of steps >= 1 for "rsqrt"', warmup_steps)
    low = floor(min_lr, base_lr)
    shares = {
        "power": lambda: s.warp(s.linear(1, 0, decay_steps), power),
        "exp": lambda: s.exponential_cooldown(1, 0, decay_steps, ratio),
    }
    share = shares.get(curve, lambda: decay(curve, 0, decay_steps))()
    level = s.clip(s.inverse_sqrt(warmup_steps), low) if stable == "rsqrt" else 1
    body = s.between(s.constant(1, rest - decay_steps) >> share, low, level)
    return _warmed(body, warmup_steps, 0, True)


def _decay_steps(total_steps: int, warmup_steps: int, prefix: bool) -> int:
    left = rest(total_steps, warmup_steps=warmup_steps)
    return left if prefix else total_steps


def _warmed(body: Schedule, warmup_steps: int, start: float, prefix: bool, top: float = 1) -> Schedule:
    if not warmup_steps:
        return s.constant(1, 1) >> late(body, 1)
    return s.linear(start, top, warmup_steps) >> (body if prefix else late(body, warmup_steps))
