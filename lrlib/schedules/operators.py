"""Schedules of schedules, besides `>>` and `*`: another clock, other levels.

The first seven change the clock that `body` runs on, the others its values. Where nothing else is said, it
may be any schedule, also one that never ends.
"""

import functools
import math
from bisect import bisect_left
from operator import attrgetter
from typing import Annotated

import numpy as np

from lrlib import rules
from lrlib.rules import INF, MOST, Positive, Ratio, Rule, Steps, StepSize, refused, such_that
from lrlib.schedules.core import A_SCHEDULE, Scale, Schedule, Sequence, elapsed, quotient
from lrlib.schedules.shapes import Constant

__all__ = ["Between", "Clip", "Cut", "Maximum", "Minimum", "OnClock", "Power", "Restarts", "Shift", "Stairs",
           "Stretch", "Warp", "between", "clip", "cut", "maximum", "minimum", "on_clock", "power", "restarts",
           "shift", "stairs", "stretch", "warp"]  # fmt: skip


ADDED_UP = 10_000  # stretched cycles whose lengths are added up one by one
COUNTED = 2**20  # updates whose ticks are added up one by one


def _level(value, kind=float):
    return value if isinstance(value, Schedule) else rules.rule_of(kind).convert(value)


_finite = such_that(A_SCHEDULE.convert, lambda body: body.steps < INF)
_cycle = such_that(_finite, lambda body: body.steps > 0)
_as_long = property(attrgetter("body.steps"))  # the length of what lasts as long as its body

FiniteBody = Annotated[Schedule, Rule("a schedule with a finite number of steps", _finite)]
CycleBody = Annotated[Schedule, Rule("a schedule with a finite number of steps > 0", _cycle)]
Level = Annotated[Schedule | float, Rule("a finite number or a schedule", _level)]
TICKS = Rule("a number > 0, or a schedule of such", lambda value: _level(value, Positive))


class Restarts(Schedule):
    """Cycles of a finite schedule: cycle i is `body` stretched by `t_mult**i` and scaled by `gamma**i`.

    lr(t) / base_lr = gamma**i * body((t - start_i) / t_mult**i), with start_0 = 0 and
    start_{i+1} = start_i + body.steps * t_mult**i; cycle i holds start_i <= t < start_{i+1}.
    After `num_cycles` cycles the end of the last one is held. `cosine(1, 0, T_0).loop(t_mult=2)` is
    SGDR: Loshchilov & Hutter 2017, arXiv:1608.03983, section 3. Finitely many cycles may last at most 2**53
    steps together, and be at most 10,000 when they are stretched.

    >>> from lrlib.schedules import linear
    >>> restarts(linear(1, 0, 2), t_mult=2).values(8).tolist()
    [1.0, 0.5, 1.0, 0.75, 0.5, 0.25, 1.0, 0.875]
    """

    body: CycleBody
    num_cycles: rules.Cycles = INF
    t_mult: rules.AtLeastOne = 1
    gamma: rules.NotNegative = 1

    def check(self):
        if self.num_cycles < INF and ((self.t_mult > 1 and self.num_cycles > ADDED_UP) or self.steps > MOST):
            allowed = "inf, or so few that the cycles last at most 2**53 steps (10,000 when stretched)"
            raise refused("num_cycles", allowed, self.num_cycles)

    @functools.cached_property
    def steps(self) -> float:
        if self.num_cycles == INF or self.t_mult == 1:
            return self.num_cycles * self.body.steps
        end = float(self._starts[-1] + self._lengths[-1])
        return end if end <= MOST else INF

    def multiplier(self, t):
        if self.t_mult == 1:
            cycle = np.minimum(quotient(t, self.body.steps), self.num_cycles - 1)
            return self._in_cycle(cycle, t - cycle * self.body.steps)
        cycle = np.searchsorted(self._starts, t, side="right") - 1
        since = t - self._starts[cycle]
        late = cycle == ADDED_UP - 1
        if self.num_cycles == INF and late.any():
            growth, length = self.t_mult - 1, self._lengths[-1]
            more = np.floor(np.log1p(since * growth / length) / np.log1p(growth)) * late
            since = since - length * np.expm1(more * np.log1p(growth)) / growth
            cycle = cycle + more
        return self._in_cycle(cycle, since)

    def _in_cycle(self, cycle: np.ndarray, since: np.ndarray) -> np.ndarray:
        stretch = np.power(float(self.t_mult), cycle) if self.t_mult > 1 else 1
        value = self.body.held(since / stretch)
        return value if self.gamma == 1 else float(self.gamma) ** cycle * value

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        """Of the first cycles, at most ADDED_UP; what comes later is computed in closed form."""
        with np.errstate(over="ignore"):
            factors = np.full(int(min(self.num_cycles, ADDED_UP)) - 1, float(self.t_mult))
            return np.cumprod([float(self.body.steps), *factors])

    @functools.cached_property
    def _starts(self) -> np.ndarray:
        with np.errstate(over="ignore"):
            return np.cumsum([0.0, *self._lengths[:-1]])


class Shift(Schedule):
    """`body` from its own step `by` on: its first `by` steps are left out.

    lr(t) / base_lr = body(t + by); body.steps - by steps long, 0 if that is negative.
    `shift(linear(0, 1, W + 1), 1)` is the warmup (t + 1) / (W + 1), without a dead first update;
    `linear(0, 1, W) >> shift(cosine(1, 0, T), W)` jumps into a decay that began at step 0.
    `by` in whole steps >= 0; ValueError otherwise.
    Shifted in ParameterSchedulers.jl.

    >>> from lrlib.schedules import linear
    >>> shift(linear(0, 1, 4), 1).values(5).tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    body: Schedule
    by: Steps
    steps = property(lambda self: max(self.body.steps - self.by, 0))

    def multiplier(self, t):
        return self.body.held(t + self.by)


class Stretch(Schedule):
    """`body` on a slower clock: `of` of its steps take `to` steps.

    lr(t) / base_lr = body(t * of / to); body.steps * to / of steps long, which may be fractional.
    `stretch(s, 390)` runs a schedule of epochs on updates, 390 an epoch;
    `stretch(cosine(1, 0, 1), 15.5)` is a cosine over 15.5 steps. `to` and `of` are numbers 1e-9..2**53;
    ValueError otherwise.
    Interpolator in ParameterSchedulers.jl; the scale-schedule ratio of MosaicML Composer.

    >>> from lrlib.schedules import linear
    >>> stretch(linear(1, 0, 2), 2).values(5).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    body: Schedule
    to: Ratio
    of: Ratio = 1
    steps = property(lambda self: self.body.steps * self.to / self.of)

    def multiplier(self, t):
        return self.body.held(np.where(t < self.steps, t * self.of / self.to, self.body.steps))


class Stairs(Schedule):
    """`body` looked up every `step_size` steps and kept in between, as a scheduler stepped once an epoch.

    lr(t) / base_lr = body(step_size * floor(t / step_size)); as long as `body`.
    `stairs(exponential(0.5, 10), 10)` is `step(10, 0.5)`. `step_size` in whole steps >= 1; ValueError
    otherwise.
    `staircase=True` in Keras and optax.

    >>> from lrlib.schedules import linear
    >>> stairs(linear(1, 0, 4), 2).values(5).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.0]
    """

    body: Schedule
    step_size: StepSize
    steps = _as_long

    def multiplier(self, t):
        return self.body.held(quotient(t, self.step_size) * self.step_size)


class Warp(Schedule):
    """`body` with its progress p = t / steps replaced by p**power: later for power > 1, earlier below 1.

    lr(t) / base_lr = body(steps * (t / steps)**power); as long as `body`, which must be finite.
    `warp(cosine(1, 0, T), k)` is k-decay: Zhang & Li 2020, arXiv:2004.05909;
    `warp(linear(1, 0, D), 0.5)` is the 1 - sqrt cooldown: Haegele et al. 2024, arXiv:2405.18392.
    `power` > 0; ValueError otherwise.

    >>> from lrlib.schedules import linear
    >>> warp(linear(1, 0, 4), 0.5).values(5).round(3).tolist()
    [1.0, 0.5, 0.293, 0.134, 0.0]
    """

    body: FiniteBody
    power: Positive
    steps = _as_long

    def multiplier(self, t):
        return self.body.held(self.steps * elapsed(t, self.steps) ** self.power)


class Cut(Schedule):
    """The first `steps` steps of a schedule that was planned longer, or that has no end.

    lr(t) / base_lr = body(t) for t <= steps, then held
    As a factor it holds what it had reached: a cosine planned for 1,000 steps, cut at 600 and taken to 0 in a
    straight line, is `cut(cosine(1, 0.1, 1000), 600) * (constant(1, 600) >> linear(1, 0, 100))`.
    `steps` in whole steps, at most those of `body`; ValueError otherwise.
    OLMo-core's override decay; OLMo 2, arXiv:2501.00656.

    >>> from lrlib.schedules import constant, cosine
    >>> (cut(cosine(1, 0, 40), 20) >> constant(2)).values(22)[19:].round(3).tolist()
    [0.539, 2.0, 2.0]
    """

    body: Schedule
    steps: int

    def check(self):
        if self.steps > self.body.steps:
            raise refused("steps", f"at most those of body, {self.body.steps:g}", self.steps)

    def multiplier(self, t):
        return self.body.held(t)


class OnClock(Schedule):
    """`body` on another clock than updates: tokens, samples or seconds, of which `ticks` pass an update.

    lr(t) / base_lr = body(sum of ticks(u) over u < t); over at the first update at which body is over.
    `ticks` is a number, or a schedule of updates, such as a batch size that grows: a cosine over 10,000
    samples, 32 an update and 64 from update 100 on, is
    `on_clock(cosine(1, 0, 10000), piecewise_constant((100,), (32, 64)))`. Within an update the clock runs
    evenly. Ticks are > 0; ValueError otherwise, and where 2**20 updates or more would have to be added up one
    by one, which is never so for stretches of constant ticks.
    Tokens as the unit in OLMo-core and Composer, samples in Megatron-LM.

    >>> from lrlib.schedules import linear, piecewise_constant
    >>> s = on_clock(linear(1, 0, 10), piecewise_constant((2,), (1, 4)))
    >>> s.steps, s.values(5).round(3).tolist()
    (4, [1.0, 0.9, 0.8, 0.4, 0.0])
    """

    body: Schedule
    ticks: Annotated[Schedule | float, TICKS]

    def check(self):
        if self.body.steps < INF and self.steps == INF:
            raise refused("ticks", "so many that body is over within 2**53 updates", self.ticks)

    @functools.cached_property
    def steps(self) -> float:
        if self.body.steps == INF:
            return INF
        over = 1
        while self._passed(over) < self.body.steps:
            over = 2 * over + 1
            if over > MOST:
                return INF
        return bisect_left(range(over), self.body.steps, lo=over // 2, key=self._passed)

    def multiplier(self, t):
        return self.body.held(passed(self.ticks, t))

    def _passed(self, updates: int) -> float:
        return float(passed(self.ticks, np.array(float(updates))))


def passed(ticks: Schedule | float, t: np.ndarray) -> np.ndarray:
    """How many ticks pass before the steps `t`: their sum over the updates before."""
    if isinstance(ticks, Sequence) and all(part.steps == int(part.steps) for part in ticks.parts[:-1]):
        lengths = [*(part.steps for part in ticks.parts[:-1]), INF]
        starts = np.cumsum([0, *lengths[:-1]])
        each = zip(ticks.parts, starts, lengths, strict=True)
        return sum(passed(part, (t - start).clip(0, length)) for part, start, length in each)
    if isinstance(ticks, Constant | Scale):
        ticks = ticks.value
    if not isinstance(ticks, Schedule):
        return TICKS.checked("ticks", ticks) * t
    ends = math.ceil(min(ticks.steps, COUNTED))
    until = min(math.ceil(t.max(initial=0)), ends)
    if until == COUNTED:
        raise refused("ticks", f"constant, or such that at most {COUNTED} updates are to be counted", ticks)
    sums, each = _counted(ticks, min(1 << until.bit_length(), ends))
    whole = np.minimum(np.floor(t), ends).astype(np.int64)
    return sums[whole] + (t - whole) * each[whole]


@functools.lru_cache(maxsize=4)
def _counted(ticks: Schedule, updates: int) -> tuple[np.ndarray, np.ndarray]:
    """The ticks before each of the first updates and in it."""
    each = ticks.values(updates + 1)
    if each.min() <= 0:
        raise refused("ticks", "a number > 0 at every update", ticks)
    return np.cumsum([0.0, *each[:-1]]), each


class Minimum(Schedule):
    """The lower of two at every step, each a schedule or a number; one that is over holds.

    lr(t) / base_lr = min(a(t), b(t)); as long as the longest. ValueError unless one of them is a schedule.
    `minimum(1, 20 * polynomial(1, 0, T, 1.2))` is 1 until the decay, planned from its end, is below that.

    >>> from lrlib.schedules import linear
    >>> minimum(linear(1, 0, 4), 0.6).values(5).tolist()
    [0.6, 0.6, 0.5, 0.25, 0.0]
    """

    a: Level
    b: Level

    def check(self):
        if not isinstance(self.a, Schedule) and not isinstance(self.b, Schedule):
            raise refused("b", "a schedule, as a is a number", self.b)

    steps = property(lambda self: max(s.steps for s in (self.a, self.b) if isinstance(s, Schedule)))

    def multiplier(self, t):
        return np.minimum(_at(self.a, t), _at(self.b, t))


class Maximum(Minimum):
    """The higher of two at every step, each a schedule or a number; one that is over holds.

    lr(t) / base_lr = max(a(t), b(t)); as long as the longest. ValueError unless one of them is a schedule.
    MaxScheduler in OLMo.

    >>> from lrlib.schedules import linear
    >>> maximum(linear(1, 0, 4), linear(0.5, 0.25, 4)).values(5).tolist()
    [1.0, 0.75, 0.5, 0.3125, 0.25]
    """

    def multiplier(self, t):
        return np.maximum(_at(self.a, t), _at(self.b, t))


class Clip(Schedule):
    """`body`, but never below `low` nor above `high`.

    lr(t) / base_lr = min(max(body(t), low), high); as long as `body`.
    A floor that cuts a decay off, as in GPT-NeoX and NeMo, is not the floor that a decay runs into:
    `clip(cosine(1, 0, T), 0.1)` reaches 0.1 at 80 % of the run, `cosine(1, 0.1, T)` at its end.
    `low` finite, `high` a number >= `low` or inf; ValueError otherwise.

    >>> from lrlib.schedules import linear
    >>> clip(linear(1, 0, 4), 0.4).values(5).tolist()
    [1.0, 0.75, 0.5, 0.4, 0.4]
    """

    body: Schedule
    low: float
    high: rules.Limit = INF
    steps = _as_long

    def check(self):
        if self.high < self.low:
            raise refused("high", f"at least low = {self.low:g}", self.high)

    def multiplier(self, t):
        return np.clip(self.body.held(t), self.low, self.high)


class Between(Schedule):
    """`low` where `body` is 0, `high` where it is 1, and in proportion elsewhere.

    lr(t) / base_lr = low * (1 - body(t)) + high * body(t)
    `low` and `high` are numbers, or schedules on the same clock: `between(waves, 0.1, step(600, 0.5))` halves
    the peaks and keeps the floor. As long as the longest of the three. ValueError for anything else.
    ComposedSchedule in ParameterSchedulers.jl: parameters of a schedule that are schedules themselves.

    >>> from lrlib.schedules import linear
    >>> between(linear(1, 0, 4), 0.5, 1).values(5).tolist()
    [1.0, 0.875, 0.75, 0.625, 0.5]
    """

    body: Schedule
    low: Level
    high: Level
    steps = property(
        lambda self: max(s.steps for s in (self.body, self.low, self.high) if isinstance(s, Schedule))
    )

    def multiplier(self, t):
        share = self.body.held(t)
        return _at(self.low, t) * (1 - share) + _at(self.high, t) * share


class Power(Schedule):
    """The values of `body` to a power; a negative value keeps its sign.

    lr(t) / base_lr = sign(body(t)) * |body(t)|**exponent; as long as `body`.
    `power(cosine(1, 0, T), 2)` is optax's cosine decay with `exponent=2`. `exponent` > 0; ValueError
    otherwise.

    >>> from lrlib.schedules import linear
    >>> power(linear(1, 0, 4), 2).values(5).tolist()
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    body: Schedule
    exponent: Positive
    steps = _as_long

    def multiplier(self, t):
        value = self.body.held(t)
        return np.copysign(np.abs(value) ** self.exponent, value)


def _at(level: Schedule | float, t: np.ndarray):
    return level.held(t) if isinstance(level, Schedule) else level


restarts, shift, stretch, stairs, warp, cut = Restarts, Shift, Stretch, Stairs, Warp, Cut
on_clock, minimum, maximum = OnClock, Minimum, Maximum
clip, between, power = Clip, Between, Power
