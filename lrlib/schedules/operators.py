"""Schedules of schedules, besides `>>`, `*` and restarts: another clock, other levels.

The first four change the clock that `body` runs on, the last three its values. Where only `body` is given,
it may be any schedule, also one that never ends.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lrlib.schedules.core import Schedule, progress, quotient, shape
from lrlib.schedules.rules import INF, Limit, Number, Positive, Ratio, Rule, Steps, StepSize, refused


def _schedule(value) -> Schedule:
    if not isinstance(value, Schedule):
        raise TypeError
    return value


def _finite_schedule(value) -> Schedule:
    if _schedule(value).steps == INF:
        raise ValueError
    return value


def _level(value):
    return value if isinstance(value, Schedule) else LEVEL_RULE.convert(value)


LEVEL_RULE = Number.__metadata__[0]
Body = Annotated[Schedule, Rule("a schedule", _schedule)]
FiniteBody = Annotated[Schedule, Rule("a schedule with a finite number of steps", _finite_schedule)]
Level = Annotated[Schedule | float, Rule("a finite number or a schedule", _level)]


@shape
class Shift(Schedule):
    """`body` from its own step `by` on: its first `by` steps are left out.

    lr(t) / base_lr = body(t + by); body.steps - by steps long, 0 if that is negative.
    `shift(linear(0, 1, W + 1), 1)` is the warmup (t + 1) / (W + 1), without a dead first update;
    `linear(0, 1, W) >> shift(cosine(1, 0, T), W)` jumps into a decay that began at step 0.
    `by` in whole steps >= 0; ValueError otherwise.
    Shifted in ParameterSchedulers.jl.
    """

    body: Body
    by: Steps

    @property
    def steps(self) -> float:
        return max(self.body.steps - self.by, 0)

    def multiplier(self, t):
        return self.body.held(t + self.by)


@shape
class Stretch(Schedule):
    """`body` on a slower clock: `of` of its steps take `to` steps.

    lr(t) / base_lr = body(t * of / to); body.steps * to / of steps long, which may be fractional.
    `stretch(s, 390)` runs a schedule of epochs on updates, 390 an epoch;
    `stretch(cosine(1, 0, 1), 15.5)` is a cosine over 15.5 steps. `to` and `of` are numbers 1e-9..2**53;
    ValueError otherwise.
    Interpolator in ParameterSchedulers.jl; the scale-schedule ratio of MosaicML Composer.
    """

    body: Body
    to: Ratio
    of: Ratio = 1

    @property
    def steps(self) -> float:
        return self.body.steps * self.to / self.of

    def multiplier(self, t):
        return self.body.held(np.where(t < self.steps, t * self.of / self.to, self.body.steps))


@shape
class Stairs(Schedule):
    """`body` looked up every `step_size` steps and kept in between, as a scheduler stepped once an epoch.

    lr(t) / base_lr = body(step_size * floor(t / step_size)); as long as `body`.
    `stairs(exponential(0.5, 10), 10)` is `step(10, 0.5)`. `step_size` in whole steps >= 1; ValueError
    otherwise.
    `staircase=True` in Keras and optax.
    """

    body: Body
    step_size: StepSize

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        return self.body.held(quotient(t, self.step_size) * self.step_size)


@shape
class Warp(Schedule):
    """`body` with its progress p = t / steps replaced by p**power: later for power > 1, earlier below 1.

    lr(t) / base_lr = body(steps * (t / steps)**power); as long as `body`, which must be finite.
    `warp(cosine(1, 0, T), k)` is k-decay: Zhang & Li 2020, arXiv:2004.05909;
    `warp(linear(1, 0, D), 0.5)` is the 1 - sqrt cooldown: Haegele et al. 2024, arXiv:2405.18392.
    `power` > 0; ValueError otherwise.
    """

    body: FiniteBody
    power: Positive

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        return self.body.held(self.steps * progress(t, self.steps) ** self.power)


@shape
class Clip(Schedule):
    """`body`, but never below `low` nor above `high`.

    lr(t) / base_lr = min(max(body(t), low), high); as long as `body`.
    A floor that cuts a decay off, as in GPT-NeoX and NeMo, is not the floor that a decay runs into:
    `clip(cosine(1, 0, T), 0.1)` reaches 0.1 at 80 % of the run, `cosine(1, 0.1, T)` at its end.
    `low` finite, `high` a number >= `low` or inf; ValueError otherwise.
    """

    body: Body
    low: Number
    high: Limit = INF

    def __post_init__(self):
        super().__post_init__()
        if self.high < self.low:
            raise refused(self.name, "high", f"at least low = {self.low:g}", self.high)

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        return np.clip(self.body.held(t), self.low, self.high)


@shape
class Between(Schedule):
    """`low` where `body` is 0, `high` where it is 1, and in proportion elsewhere.

    lr(t) / base_lr = low * (1 - body(t)) + high * body(t)
    `low` and `high` are numbers, or schedules on the same clock: `between(waves, 0.1, step(600, 0.5))` halves
    the peaks and keeps the floor. As long as the longest of the three. ValueError for anything else.
    ComposedSchedule in ParameterSchedulers.jl: parameters of a schedule that are schedules themselves.
    """

    body: Body
    low: Level
    high: Level

    @property
    def steps(self) -> float:
        return max(s.steps for s in (self.body, self.low, self.high) if isinstance(s, Schedule))

    def multiplier(self, t):
        share = self.body.held(t)
        return _at(self.low, t) * (1 - share) + _at(self.high, t) * share


@shape
class Power(Schedule):
    """The values of `body` to a power; a negative value keeps its sign.

    lr(t) / base_lr = sign(body(t)) * |body(t)|**exponent; as long as `body`.
    `power(cosine(1, 0, T), 2)` is optax's cosine decay with `exponent=2`. `exponent` > 0; ValueError
    otherwise.
    """

    body: Body
    exponent: Positive

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        value = self.body.held(t)
        return np.copysign(np.abs(value) ** self.exponent, value)


def _at(level: Schedule | float, t: np.ndarray):
    return level.held(t) if isinstance(level, Schedule) else level


shift = Shift
stretch = Stretch
stairs = Stairs
warp = Warp
clip = Clip
between = Between
power = Power
