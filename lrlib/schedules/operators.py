"""Schedules of schedules, besides `>>`, `*` and restarts: another clock, other levels.

The first four change the clock that `body` runs on, the last three its values. Where only `body` is given,
it may be any schedule, also one that never ends.
"""

from __future__ import annotations

import functools
from typing import Annotated

import numpy as np

from lrlib.rules import (
    INF,
    MOST,
    AtLeastOne,
    Cycles,
    Limit,
    Number,
    Positive,
    Ratio,
    Rule,
    Steps,
    StepSize,
    refused,
    rule_of,
)
from lrlib.schedules.core import A_SCHEDULE, Schedule, elapsed, quotient

__all__ = [
    "Between",
    "Clip",
    "Power",
    "Restarts",
    "Shift",
    "Stairs",
    "Stretch",
    "Warp",
    "between",
    "clip",
    "power",
    "restarts",
    "shift",
    "stairs",
    "stretch",
    "warp",
]


def _finite_schedule(value) -> Schedule:
    if A_SCHEDULE.convert(value).steps == INF:
        raise ValueError
    return value


def _cycle_body(value) -> Schedule:
    if _finite_schedule(value).steps == 0:
        raise ValueError
    return value


def _level(value):
    return value if isinstance(value, Schedule) else rule_of(Number).convert(value)


FiniteBody = Annotated[Schedule, Rule("a schedule with a finite number of steps", _finite_schedule)]
CycleBody = Annotated[Schedule, Rule("a schedule with a finite number of steps > 0", _cycle_body)]
Level = Annotated[Schedule | float, Rule("a finite number or a schedule", _level)]


class Restarts(Schedule):
    """Cycles of a finite schedule: cycle i is `body` stretched by `t_mult**i` and scaled by `gamma**i`.

    lr(t) / base_lr = gamma**i * body((t - start_i) / t_mult**i), with start_0 = 0 and
    start_{i+1} = start_i + body.steps * t_mult**i; cycle i holds start_i <= t < start_{i+1}.
    After `num_cycles` cycles the end of the last one is held. `cosine(1, 0, T_0).loop(t_mult=2)` is
    SGDR: Loshchilov & Hutter 2017, arXiv:1608.03983, section 3. Finitely many cycles may last at most 2**53
    steps together, and be at most 10,000 when they are stretched.
    """

    body: CycleBody
    num_cycles: Cycles = INF
    t_mult: AtLeastOne = 1
    gamma: Positive = 1

    def check(self):
        if self.num_cycles < INF and ((self.t_mult > 1 and self.num_cycles > 10_000) or self.steps > MOST):
            allowed = "inf, or so few that the cycles last at most 2**53 steps (10,000 when stretched)"
            raise refused("num_cycles", allowed, self.num_cycles)

    @functools.cached_property
    def steps(self) -> float:
        if self.num_cycles == INF or self.t_mult == 1:
            return self.num_cycles * self.body.steps
        start, length = 0, self.body.steps
        for _ in range(self.num_cycles):
            start, length = start + length, length * self.t_mult
            if start > MOST:
                return INF
        return start

    def multiplier(self, t):
        if self.t_mult == 1:
            cycle = np.minimum(quotient(t, self.body.steps), self.num_cycles - 1)
            start = cycle * self.body.steps
        else:
            starts = self._starts(t.max(initial=0))
            cycle = np.searchsorted(starts, t, side="right") - 1
            start = starts[cycle]
        stretch = np.power(float(self.t_mult), cycle)
        return float(self.gamma) ** cycle * self.body.held((t - start) / stretch)

    def _starts(self, last: float) -> np.ndarray:
        starts, length = [0], self.body.steps
        while starts[-1] + length <= last and len(starts) < self.num_cycles:
            starts.append(starts[-1] + length)
            length *= self.t_mult
        return np.array(starts, dtype=np.float64)


class Shift(Schedule):
    """`body` from its own step `by` on: its first `by` steps are left out.

    lr(t) / base_lr = body(t + by); body.steps - by steps long, 0 if that is negative.
    `shift(linear(0, 1, W + 1), 1)` is the warmup (t + 1) / (W + 1), without a dead first update;
    `linear(0, 1, W) >> shift(cosine(1, 0, T), W)` jumps into a decay that began at step 0.
    `by` in whole steps >= 0; ValueError otherwise.
    Shifted in ParameterSchedulers.jl.
    """

    body: Schedule
    by: Steps

    @property
    def steps(self) -> float:
        return max(self.body.steps - self.by, 0)

    def multiplier(self, t):
        return self.body.held(t + self.by)


class Stretch(Schedule):
    """`body` on a slower clock: `of` of its steps take `to` steps.

    lr(t) / base_lr = body(t * of / to); body.steps * to / of steps long, which may be fractional.
    `stretch(s, 390)` runs a schedule of epochs on updates, 390 an epoch;
    `stretch(cosine(1, 0, 1), 15.5)` is a cosine over 15.5 steps. `to` and `of` are numbers 1e-9..2**53;
    ValueError otherwise.
    Interpolator in ParameterSchedulers.jl; the scale-schedule ratio of MosaicML Composer.
    """

    body: Schedule
    to: Ratio
    of: Ratio = 1

    @property
    def steps(self) -> float:
        return self.body.steps * self.to / self.of

    def multiplier(self, t):
        return self.body.held(np.where(t < self.steps, t * self.of / self.to, self.body.steps))


class Stairs(Schedule):
    """`body` looked up every `step_size` steps and kept in between, as a scheduler stepped once an epoch.

    lr(t) / base_lr = body(step_size * floor(t / step_size)); as long as `body`.
    `stairs(exponential(0.5, 10), 10)` is `step(10, 0.5)`. `step_size` in whole steps >= 1; ValueError
    otherwise.
    `staircase=True` in Keras and optax.
    """

    body: Schedule
    step_size: StepSize

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        return self.body.held(quotient(t, self.step_size) * self.step_size)


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
        return self.body.held(self.steps * elapsed(t, self.steps) ** self.power)


class Clip(Schedule):
    """`body`, but never below `low` nor above `high`.

    lr(t) / base_lr = min(max(body(t), low), high); as long as `body`.
    A floor that cuts a decay off, as in GPT-NeoX and NeMo, is not the floor that a decay runs into:
    `clip(cosine(1, 0, T), 0.1)` reaches 0.1 at 80 % of the run, `cosine(1, 0.1, T)` at its end.
    `low` finite, `high` a number >= `low` or inf; ValueError otherwise.
    """

    body: Schedule
    low: Number
    high: Limit = INF

    def check(self):
        if self.high < self.low:
            raise refused("high", f"at least low = {self.low:g}", self.high)

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        return np.clip(self.body.held(t), self.low, self.high)


class Between(Schedule):
    """`low` where `body` is 0, `high` where it is 1, and in proportion elsewhere.

    lr(t) / base_lr = low * (1 - body(t)) + high * body(t)
    `low` and `high` are numbers, or schedules on the same clock: `between(waves, 0.1, step(600, 0.5))` halves
    the peaks and keeps the floor. As long as the longest of the three. ValueError for anything else.
    ComposedSchedule in ParameterSchedulers.jl: parameters of a schedule that are schedules themselves.
    """

    body: Schedule
    low: Level
    high: Level

    @property
    def steps(self) -> float:
        return max(s.steps for s in (self.body, self.low, self.high) if isinstance(s, Schedule))

    def multiplier(self, t):
        share = self.body.held(t)
        return _at(self.low, t) * (1 - share) + _at(self.high, t) * share


class Power(Schedule):
    """The values of `body` to a power; a negative value keeps its sign.

    lr(t) / base_lr = sign(body(t)) * |body(t)|**exponent; as long as `body`.
    `power(cosine(1, 0, T), 2)` is optax's cosine decay with `exponent=2`. `exponent` > 0; ValueError
    otherwise.
    """

    body: Schedule
    exponent: Positive

    @property
    def steps(self) -> float:
        return self.body.steps

    def multiplier(self, t):
        value = self.body.held(t)
        return np.copysign(np.abs(value) ** self.exponent, value)


def _at(level: Schedule | float, t: np.ndarray):
    return level.held(t) if isinstance(level, Schedule) else level


restarts = Restarts
shift = Shift
stretch = Stretch
stairs = Stairs
warp = Warp
clip = Clip
between = Between
power = Power
