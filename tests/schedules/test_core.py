"""What a schedule promises: its conventions, its text and dict forms, agreement with torch's schedulers."""

import copy
import functools
import json
import math
import pickle
import re
import subprocess
import sys
import time
import tracemalloc
from dataclasses import FrozenInstanceError, dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Annotated

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as reference

from lrlib import rules
from lrlib import schedules as S
from lrlib.schedules import Schedule, constant, cosine, linear, multistep, parse, scale, step

INF = math.inf
quick = settings(max_examples=40, deadline=None)


# ---------------------------------------------------------------- random schedules


def whole(low, high):
    return st.integers(low, high)


def real(low, high):
    return st.floats(low, high, allow_nan=False, allow_infinity=False) | st.integers(
        math.ceil(low), math.floor(high)
    )


values, gammas, powers = real(-3, 3), real(0.2, 1.05), real(0.25, 3)
lengths = whole(1, 60)
ends = lengths | st.just(INF)
leaves = st.one_of(
    st.builds(constant, values, ends),
    st.builds(linear, values, values, lengths),
    st.builds(cosine, values, values, lengths),
    st.builds(S.polynomial, values, values, lengths, powers),
    st.builds(S.exponential, gammas, lengths, ends),
    st.builds(S.inverse_time, real(0.5, 40), powers, ends),
    st.builds(S.inverse_sqrt, real(0.5, 40), ends),
    st.builds(step, lengths, gammas, ends),
    st.builds(multistep, st.lists(whole(0, 60), max_size=4).map(sorted).map(tuple), gammas, ends),
    st.builds(S.rex, values, values, lengths, real(0.2, 3)),
    st.builds(S.tanh, values, values, lengths, real(-7, 0), real(0, 4)),
    st.builds(S.logarithmic, values, values, lengths),
    st.builds(S.table, st.lists(values, min_size=1, max_size=9).map(tuple)),
    st.builds(S.chebyshev, st.sampled_from([1, 2, 8, 32]), real(1, 50)),
    st.builds(S.silver, ends),
    st.builds(S.chebyshev, whole(1, 40), real(1, 50), st.just("falling")),
    st.builds(S.radam, st.floats(0.7, 0.999), ends, st.sampled_from([4, 4.5, 5])),
)
binary = st.sampled_from([0.5, 1, 2, 3, 8])  # numbers whose sums are exact
ticks = st.one_of(
    binary,
    st.builds(lambda b, u, v: S.piecewise_constant((b,), (u, v)), whole(0, 30), binary, binary),
    st.builds(S.table, st.lists(binary, min_size=1, max_size=5).map(tuple)),
    st.builds(lambda u, n: linear(u, u + n, n) >> constant(u), binary, whole(1, 20)),
    st.builds(lambda n, u: S.stretch(constant(1, n), 2, 4) * constant(u), lengths, binary),
)


def _after(a, b):
    return a >> b if a.steps < INF else b * a


def _looped(body, cycles, t_mult, gamma):
    return body.loop(cycles, t_mult, gamma) if body.steps < INF else 2 * body


def _shifted(body, by):
    return S.shift(body, by if by < body.steps else 0)


def _cut(body, n):
    return S.cut(body, min(n, math.floor(min(body.steps, 10**6)))) if body.steps >= 1 else body


def _on_clock(body, of):
    return S.on_clock(body, of) if body.steps < 2_000 or body.steps == INF else body


def _nested(inner):
    return st.one_of(
        st.builds(_cut, inner, lengths),
        st.builds(_on_clock, inner, ticks),
        st.builds(S.minimum, inner, values | inner),
        st.builds(S.maximum, values | inner, inner),
        st.builds(_after, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a * b, values, inner),
        st.builds(_looped, inner, whole(1, 4) | st.just(INF), st.sampled_from([1, 1.5, 2, 3]), gammas),
        st.builds(_shifted, inner, whole(0, 70)),
        st.builds(S.stretch, inner, st.sampled_from([1, 2, 7]), st.sampled_from([1, 2, 4])),
        st.builds(S.stairs, inner, whole(1, 20)),
        st.builds(lambda body, k: S.warp(body, k) if body.steps < INF else body, inner, powers),
        st.builds(lambda body, a, b: S.clip(body, min(a, b), max(a, b)), inner, values, values),
        st.builds(S.between, inner, values | inner, values | inner),
        st.builds(S.power, inner, real(0.5, 2)),
    )


schedules = st.recursive(leaves, _nested, max_leaves=7)
steps = whole(0, 400)


# ---------------------------------------------------------------- a second way to compute them


@functools.lru_cache(maxsize=10_000)
def length(s):
    """The number of steps, added up from the parts."""
    match s:
        case S.Sequence():
            return sum(length(part) for part in s.parts)
        case S.Product():
            return max(length(factor) for factor in s.factors)
        case S.Scale():
            return 0
        case S.Restarts():
            cycles = range(int(s.num_cycles)) if s.num_cycles < INF else None
            return INF if cycles is None else sum(length(s.body) * s.t_mult**i for i in cycles)
        case S.Shift():
            return max(length(s.body) - s.by, 0)
        case S.Stretch():
            return length(s.body) * s.to / s.of
        case S.Between():
            return max(length(x) for x in (s.body, s.low, s.high) if isinstance(x, Schedule))
        case S.Minimum():
            return max(length(x) for x in (s.a, s.b) if isinstance(x, Schedule))
        case S.OnClock():
            passed, updates, over = 0, 0, length(s.body)
            while passed < over < INF:
                passed, updates = passed + level(s.ticks, updates), updates + 1
            return updates if over < INF else INF
        case S.Stairs() | S.Warp() | S.Clip() | S.Power():
            return length(s.body)
        case S.Table():
            return len(s.multipliers)
        case _:
            return s.steps


def level(x, t):
    """A number, or the multiplier of a schedule at a step."""
    return plain(x, t) if isinstance(x, Schedule) else x


def plain(s, t):
    """The multiplier at one step, in scalar Python, written from the conventions."""
    t = min(t, length(s))
    match s:
        case S.Constant() | S.Scale():
            return s.value
        case S.Linear():
            return s.start + (s.end - s.start) * t / s.steps
        case S.Cosine():
            return s.end + (s.start - s.end) * math.cos(math.pi / 2 * t / s.steps) ** 2
        case S.Polynomial():
            return s.end + (s.start - s.end) * ((s.steps - t) / s.steps) ** s.power
        case S.Exponential():
            return math.exp(math.log(s.gamma) * t / s.decay_steps)
        case S.InverseTime():
            return (s.timescale / (s.timescale + t)) ** s.power
        case S.InverseSqrt():
            return math.sqrt(s.timescale / (s.timescale + t))
        case S.Step():
            return math.prod([s.gamma] * int(t // s.step_size))
        case S.Multistep():
            return math.prod(s.gamma for m in s.milestones if m <= t)
        case S.Product():
            return math.prod(plain(factor, t) for factor in s.factors)
        case S.Sequence():
            for part in s.parts[:-1]:
                if t < length(part):
                    return plain(part, t)
                t -= length(part)
            return plain(s.parts[-1], t)
        case S.Restarts():
            cycle, cycle_length = 0, length(s.body)
            while t >= cycle_length and cycle + 1 < s.num_cycles:
                t, cycle, cycle_length = t - cycle_length, cycle + 1, cycle_length * s.t_mult
            return s.gamma**cycle * plain(s.body, t / s.t_mult**cycle)
        case S.Rex():
            left = s.steps - t
            return s.end + (s.start - s.end) * left / (s.beta * t + left)
        case S.Tanh():
            at = (s.lower * (s.steps - t) + s.upper * t) / s.steps
            return s.end + (s.start - s.end) / (1 + math.exp(2 * at))
        case S.Logarithmic():
            return s.start + (s.end - s.start) * math.log(1 + t, 1 + s.steps)
        case S.Table():
            return s.multipliers[min(int(t), len(s.multipliers) - 1)]
        case S.Chebyshev():
            at = min(int(t), s.steps - 1)
            place = at + 1 if s.order == "falling" else fractal_order(s.steps)[at]
            middle, half = (1 + 1 / s.condition) / 2, (1 - 1 / s.condition) / 2
            return 1 / (middle - half * math.cos(math.pi * (place - 0.5) / s.steps))
        case S.Silver():
            update = int(t) + 1
            twos = next(v for v in range(60) if update % 2 ** (v + 1))
            return 1 + (1 + math.sqrt(2)) ** (twos - 1)
        case S.Radam():
            return radam(t + 1, s.beta2, s.threshold)
        case S.Shift():
            return plain(s.body, t + s.by)
        case S.Stretch():
            return plain(s.body, t * s.of / s.to if t < length(s) else length(s.body))
        case S.Cut():
            return plain(s.body, t)
        case S.OnClock():
            whole = math.floor(t)
            part = (t - whole) * level(s.ticks, whole)
            return plain(s.body, sum(level(s.ticks, u) for u in range(whole)) + part)
        case S.Maximum():
            return max(level(s.a, t), level(s.b, t))
        case S.Minimum():
            return min(level(s.a, t), level(s.b, t))
        case S.Stairs():
            return plain(s.body, t - math.fmod(t, s.step_size))
        case S.Warp():
            n = length(s.body)
            return plain(s.body, n * (t / n) ** s.power if n else 0)
        case S.Clip():
            return sorted((s.low, plain(s.body, t), s.high))[1]
        case S.Between():
            low, high = level(s.low, t), level(s.high, t)
            return low + (high - low) * plain(s.body, t)
        case S.Power():
            value = plain(s.body, t)
            return math.copysign(abs(value) ** s.exponent, value)
    raise AssertionError(f"no second way to compute {s!r}")


def fractal_order(n):
    """The order of Agarwal, Goel & Zhang, from 1: every place of half the order, and its mirror image."""
    if n == 1:
        return [1]
    half = fractal_order(n // 2)
    return [place for i in half for place in (i, n + 1 - i)]


def radam(n, beta2, threshold):
    """Algorithm 2 of Liu et al.: the length of a moving average whose mean is as old as that of n updates."""
    mean_age = beta2 / (1 - beta2) - n * beta2**n / (1 - beta2**n)
    now, most = 1 + 2 * mean_age, 1 + 2 * beta2 / (1 - beta2)
    if now <= threshold:
        return 0
    return math.sqrt((now - 4) / (most - 4) * (now - 2) / (most - 2) * most / now)


@settings(max_examples=150, deadline=None)
@given(schedules, st.lists(steps, min_size=1, max_size=12))
def test_every_composition_equals_a_scalar_recomputation(s, at):
    assert s.steps == length(s)
    assert s(np.array(at)) == pytest.approx([plain(s, t) for t in at], rel=1e-9, abs=1e-9)


# ---------------------------------------------------------------- torch's schedulers


def torch_rates(make, n, lr):
    """The rates that the chainable stepping loop puts into effect at updates 0 .. n-1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = make(optimizer)
    rates = []
    for _ in range(n):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@st.composite
def peer(draw, kind):
    """A schedule of ours, how to build torch's, for how many steps to compare, and the base rate."""
    lr = draw(st.floats(0.01, 2))
    n, w = draw(whole(2, 60)), draw(whole(1, 15))
    gamma, factor = draw(st.floats(0.3, 1)), draw(st.floats(0.01, 1))
    floor, power = draw(st.floats(0, 0.5)), draw(st.floats(0.3, 3))
    beyond = n + 10
    if kind == "StepLR":
        return step(w, gamma), lambda o: reference.StepLR(o, w, gamma), beyond, lr
    if kind == "MultiStepLR":
        marks = sorted(draw(st.lists(whole(1, 60), max_size=5)))
        return multistep(tuple(marks), gamma), lambda o: reference.MultiStepLR(o, marks, gamma), beyond, lr
    if kind == "ExponentialLR":
        return S.exponential(gamma), lambda o: reference.ExponentialLR(o, gamma), beyond, lr
    if kind == "LinearLR":
        return linear(factor, floor, n), lambda o: reference.LinearLR(o, factor, floor, n), beyond, lr
    if kind == "ConstantLR":
        ours = constant(factor, n) >> constant(1)
        return ours, lambda o: reference.ConstantLR(o, factor, n), beyond, lr
    if kind == "PolynomialLR":
        return S.polynomial(1, 0, n, power), lambda o: reference.PolynomialLR(o, n, power), beyond, lr
    if kind == "CosineAnnealingLR":  # up to T_max: torch's climbs again, ours holds
        return cosine(1, floor, n), lambda o: reference.CosineAnnealingLR(o, n, floor * lr), n + 1, lr
    if kind == "CosineAnnealingWarmRestarts":
        t_mult = draw(whole(1, 3))
        ours = cosine(1, floor, w).loop(t_mult=t_mult)
        return (
            ours,
            lambda o: reference.CosineAnnealingWarmRestarts(o, w, t_mult, floor * lr),
            3 * beyond,
            lr,
        )
    if kind == "OneCycleLR":  # torch's first phase ends one step before U = pct * T, its last one at T - 1
        div, final_div, rise = draw(st.floats(2, 30)), draw(st.floats(2, 1e4)), draw(whole(2, n + 1))
        total = n + rise
        ours = cosine(1 / div, 1, rise - 1) >> cosine(1, 1 / (div * final_div), n)
        return (
            ours,
            lambda o: reference.OneCycleLR(
                o,
                lr,
                total_steps=total,
                pct_start=rise / total,
                div_factor=div,
                final_div_factor=final_div,
                cycle_momentum=False,
            ),
            total,
            lr,
        )
    if kind == "SequentialLR":
        ours = linear(factor, 1, w) >> cosine(1, floor, n)

        def both(o):
            parts = [reference.LinearLR(o, factor, 1, w), reference.CosineAnnealingLR(o, n, floor * lr)]
            return reference.SequentialLR(o, parts, [w])

        return ours, both, w + n, lr
    if kind == "ChainedScheduler":
        ours = linear(factor, 1, w) * S.exponential(gamma)

        def product(o):
            parts = [reference.LinearLR(o, factor, 1, w), reference.ExponentialLR(o, gamma)]
            return reference.ChainedScheduler(parts)

        return ours, product, beyond, lr
    assert kind == "LambdaLR"
    ours = linear(0, 1, w) >> S.inverse_sqrt(w)
    return ours, lambda o: reference.LambdaLR(o, lambda t: min(t / w, (w / max(t, 1)) ** 0.5)), beyond, lr


KINDS = [
    "StepLR",
    "MultiStepLR",
    "ExponentialLR",
    "LinearLR",
    "ConstantLR",
    "PolynomialLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "OneCycleLR",
    "SequentialLR",
    "ChainedScheduler",
    "LambdaLR",
]


@pytest.mark.filterwarnings("ignore:.*deprecated.*")
@pytest.mark.parametrize("kind", KINDS)
def test_rates_equal_torchs_own_scheduler(kind):
    @settings(max_examples=20, deadline=None)
    @given(peer(kind))
    def agree(config):
        ours, make, n, lr = config
        gap = np.abs(lr * ours.values(n) - torch_rates(make, n, lr)).max()
        assert gap <= 1e-12, f"{ours} at {lr}: {gap}"

    agree()


def test_the_comparison_with_torch_would_notice_one_step_and_one_per_mille():
    theirs = torch_rates(lambda o: reference.CosineAnnealingLR(o, 50), 51, 0.3)
    assert np.abs(0.3 * cosine(1, 0, 51).values(51) - theirs).max() > 1e-4
    assert np.abs(0.3 * cosine(1, 0.001, 50).values(51) - theirs).max() > 1e-4


def test_after_its_end_a_cosine_holds_where_torchs_climbs_again():
    theirs = torch_rates(lambda o: reference.CosineAnnealingLR(o, 10), 20, 1.0)
    ours = cosine(1, 0, 10).values(20)
    assert ours[10:] == pytest.approx(0, abs=1e-15)
    assert theirs[19] > 0.9


def test_the_fifth_restart_is_on_time_where_torchs_jump_to_an_epoch_misses_it():
    ours = cosine(1, 0, 1).loop(t_mult=3)
    assert [ours(t) for t in (1, 4, 13, 40, 121, 364)] == [1] * 6
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    jumping = reference.CosineAnnealingWarmRestarts(optimizer, 1, 3)
    optimizer.step()
    jumping.step(121)
    assert optimizer.param_groups[0]["lr"] == 0


# ---------------------------------------------------------------- segments


@quick
@given(values, values, lengths, values)
def test_a_segment_covers_its_steps_and_the_next_step_belongs_to_what_follows(start, end, n, after):
    s = linear(start, end, n) >> constant(after)
    assert s(0) == start
    assert s(n - 1) == pytest.approx(start + (end - start) * (n - 1) / n, abs=1e-12)
    assert s(n) == after
    assert linear(start, end, n)(n) == pytest.approx(end)


@quick
@given(schedules, steps)
def test_a_finite_schedule_holds_its_end_value(s, t):
    if s.steps < INF:
        assert s(s.steps + t) == s(s.steps)


def test_a_milestone_is_the_first_update_at_the_lower_rate():
    s = multistep((30, 80))
    at = [29, 30, 79, 80, 500]
    assert s(np.array(at)) == pytest.approx([1, 0.1, 0.1, 0.01, 0.01])
    assert multistep((30, 30))(30) == pytest.approx(0.01)


@quick
@given(schedules, schedules, schedules, schedules)
def test_following_and_multiplying_are_associative(a, b, c, d):
    if a.steps < INF and b.steps < INF:
        assert (a >> b) >> c == a >> (b >> c)
        assert hash((a >> b) >> c) == hash(a >> (b >> c))
    assert (a * b) * (c * d) == a * (b * c) * d


@quick
@given(schedules, values, values)
def test_a_part_of_zero_steps_is_no_part(s, u, v):
    nothing = linear(u, v, 0)
    assert nothing >> s == s
    if s.steps < INF:
        assert s >> nothing == s
    assert S.warmup_cosine(100, warmup_steps=0) == cosine(1, 0, 100)
    assert S.warmup_cosine(100, warmup_steps=100) == linear(0, 1, 100)


@quick
@given(schedules, schedules)
def test_only_a_finite_segment_can_be_followed(a, b):
    endless = a * constant(1)
    with pytest.raises(ValueError, match="finite"):
        endless >> b
    with pytest.raises(ValueError, match="finite"):
        endless.loop()


def test_only_schedules_compose():
    for other in (3, "cosine", None):
        with pytest.raises(TypeError):
            linear(0, 1, 3) >> other
    for other in ("2", None, True):
        with pytest.raises(TypeError):
            linear(0, 1, 3) * other


@quick
@given(schedules, schedules, steps)
def test_a_product_has_one_clock_and_lasts_as_long_as_its_longest_factor(a, b, t):
    assert (a * b).steps == max(a.steps, b.steps)
    assert (a * b)(t) == pytest.approx(a(t) * b(t), rel=1e-12)


def test_a_factor_that_is_over_holds():
    s = linear(1, 0.5, 10) * linear(1, 0, 40)
    assert s.steps == 40
    assert s(20) == pytest.approx(0.5 * 0.5)


@quick
@given(values, schedules, steps)
def test_a_number_scales_without_a_length_of_its_own(c, s, t):
    assert (c * s).steps == s.steps
    assert (c * s)(t) == pytest.approx(c * s(t), rel=1e-12, abs=1e-300)


def test_times_binds_tighter_than_then():
    a, b, c = linear(0, 1, 5), constant(0.5), cosine(1, 0, 9)
    assert a >> b * c == a >> (b * c) == parse("linear(0, 1, 5) >> constant(0.5) * cosine(1, 0, 9)")
    assert a * c >> b == (a * c) >> b
    assert str((a >> c) * b) == "(linear(0, 1, 5) >> cosine(1, 0, 9)) * constant(value=0.5)"
    assert a * (c >> b) != a * c >> b


def test_warmup_then_cosine_is_not_warmup_times_cosine():
    then, times = linear(0, 1, 10) >> cosine(1, 0, 100), linear(0, 1, 10) * cosine(1, 0, 100)
    assert then(10) == 1 == then.values(110).max()
    assert times.values(100).max() == pytest.approx(math.cos(math.pi * 10 / 200) ** 2)
    assert (then.steps, times.steps) == (110, 100)


def test_a_scheduled_warmup_is_included_in_the_total():
    for s in (S.warmup_cosine(90, 30), S.warmup_linear(90, 30), S.wsd(90, 30, 20), S.one_cycle(90)):
        assert s.steps == 90


@quick
@given(whole(1, 300), st.data())
def test_recipes_are_their_stated_compositions(total, data):
    w = data.draw(whole(0, total))
    d = data.draw(whole(0, total - w))
    f = data.draw(values)
    rise, t_mult = linear(0, 1, w), data.draw(st.sampled_from([1, 2, 1.5]))
    assert S.warmup_cosine(total, w, f) == rise >> cosine(1, f, total - w)
    assert S.warmup_linear(total, w, f) == rise >> linear(1, f, total - w)
    assert S.wsd(total, w, d, f) == rise >> constant(1, total - w - d) >> linear(1, f, d)
    assert S.sgdr(total, t_mult, 3, f) == cosine(1, f, total).loop(3, t_mult)
    up = int(Fraction(3, 10) * total + Fraction(1, 2))
    assert S.one_cycle(total, 0.3, 25, 1e4) == cosine(0.04, 1, up) >> cosine(1, 4e-6, total - up)


# ---------------------------------------------------------------- restarts


@pytest.mark.parametrize("t_mult", [1, 2, 3, 1.5])
@pytest.mark.parametrize("first", [1, 2, 7, 10])
def test_restart_boundaries_are_exact(t_mult, first):
    s = linear(1, 0, first).loop(t_mult=t_mult)
    start = Fraction(0)
    for cycle in range(12):
        cycle_length = first * Fraction(t_mult) ** cycle
        assert s(float(start)) == 1, f"cycle {cycle} does not begin at {start}"
        last = start + cycle_length * Fraction(255, 256)
        assert s(float(last)) == pytest.approx(1 / 256, rel=1e-9)
        start += cycle_length
    assert s.steps == INF


@pytest.mark.parametrize("t_mult", [1, 2, 3, 1.5])
def test_after_the_last_cycle_its_end_is_held(t_mult):
    s = cosine(1, 0.2, 8).loop(num_cycles=3, t_mult=t_mult)
    total = 8 * (1 + t_mult + t_mult**2)
    assert s.steps == total
    assert s(0.999 * total) > 0.2
    assert s(np.array([total, total + 1, 50 * total])) == pytest.approx(0.2)
    assert (s >> constant(7))(total) == 7


def test_gamma_scales_each_cycle_also_when_it_is_a_whole_number():
    s = linear(1, 0, 4).loop(gamma=0.5)
    assert s.values(12) == pytest.approx(np.outer([1, 0.5, 0.25], [1, 0.75, 0.5, 0.25]).ravel())
    grows = constant(1, 10).loop(t_mult=1.01, gamma=3)
    assert grows(900) == pytest.approx(3.0**64)  # more than a 64-bit integer holds


def test_a_gamma_of_zero_ends_a_schedule_at_the_first_step_down():
    assert step(3, 0).values(5).tolist() == [1, 1, 1, 0, 0]
    assert multistep((2, 4), 0).values(5).tolist() == [1, 1, 0, 0, 0]
    assert S.exponential(0).values(3).tolist() == [1, 0, 0]
    assert linear(1, 0, 2).loop(gamma=0).values(4).tolist() == [1, 0.5, 0, 0]
    theirs = torch_rates(lambda o: reference.StepLR(o, 3, 0), 5, 0.1)
    assert 0.1 * S.presets.preset("torch.step", step_size=3, gamma=0).values(5) == pytest.approx(theirs)


def test_endless_or_absurd_restarts_are_refused_at_once():
    began = time.process_time()
    assert constant(1, 1).loop(10**15).steps == 10**15
    for cycles, t_mult in ((2**53, 2), (2**53, 1.5), (2**53, 1 + 1e-12), (100, 2)):
        with pytest.raises(ValueError, match="num_cycles"):
            constant(1, 1).loop(cycles, t_mult)
    deep = linear(0, 1, 1)
    for _ in range(40):
        deep = deep.loop(2, 1.001)
    assert 2**40 < deep.steps < INF
    assert time.process_time() - began < 1


@pytest.mark.parametrize("t_mult", [1.000000001, 1.0001, 1.001])
@pytest.mark.parametrize("step", [7.5, 20_000.5, 22_000_123.25, 30_000_000.5, 2.0**40])
def test_slowly_growing_cycles_are_found_without_adding_them_up(t_mult, step):
    s = linear(1, 0, 1).loop(t_mult=t_mult)
    tracemalloc.start()
    got = s(step)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000
    with localcontext(prec=60):
        m, t = Decimal(t_mult), Decimal(step)
        cycle = ((1 + t * (m - 1)).ln() / m.ln()).to_integral_value("ROUND_FLOOR")
        since = (t - (m**cycle - 1) / (m - 1)) / m**cycle
    assert 0 <= since < 1
    assert got == pytest.approx(float(1 - since), abs=step * 1e-13 + 1e-9)


# ---------------------------------------------------------------- calling


@quick
@given(schedules, st.lists(steps, min_size=6, max_size=6))
def test_vectorised_calls_equal_scalar_calls_in_any_shape(s, at):
    flat = np.array([s(t) for t in at])
    for form in ((6,), (2, 3), (3, 1, 2)):
        got = s(np.array(at).reshape(form))
        assert got.shape == form
        assert got.dtype == np.float64
        assert got.ravel() == pytest.approx(flat, rel=1e-14, abs=1e-300)
    assert s(at) == pytest.approx(flat, rel=1e-14, abs=1e-300)
    zero_d = s(np.array(at[0]))
    assert type(zero_d) is float
    assert zero_d == flat[0]
    assert s(np.empty((0, 3))).shape == (0, 3)
    assert s.values(7) == pytest.approx(s(np.arange(7)), rel=0)


@quick
@given(schedules)
def test_calling_is_pure(s):
    at = np.arange(50.0)
    first = s(at)
    kept = first.copy()
    first[:] = -1
    assert np.array_equal(s(at), kept)
    assert np.array_equal(at, np.arange(50))
    assert not np.shares_memory(s(at), s(at))
    with pytest.raises(FrozenInstanceError):
        s.value = 3


@quick
@given(schedules, st.floats(max_value=0, exclude_max=True) | st.just(math.nan) | st.just(INF))
def test_negative_and_non_finite_steps_are_refused(s, bad):
    for given_steps in (bad, [0, bad, 3]):
        with pytest.raises(ValueError, match=">= 0"):
            s(given_steps)


BAD = [
    (lambda: linear(0, 1, -1), "linear: steps must be a whole number of steps >= 0, got -1"),
    (lambda: linear(0, 1, 2.5), "linear: steps .* whole .* 2.5"),
    (lambda: linear(0, 1, INF), "linear: steps .* inf"),
    (lambda: linear(math.nan, 1, 3), "linear: start must be a finite number, got nan"),
    (lambda: linear("0", 1, 3), "linear: start .* '0'"),
    (lambda: linear(0, True, 3), "linear: end .* True"),
    (lambda: linear(0, 10**400, 3), "linear: end must be a finite number"),
    (lambda: linear(0, 10**5000, 3), "linear: end must be a finite number"),
    (lambda: cosine(1, INF, 3), "cosine: end"),
    (lambda: S.polynomial(1, 0, 5, 0), "polynomial: power must be a number > 0"),
    (lambda: S.exponential(-0.5), "exponential: gamma must be a finite number >= 0"),
    (lambda: S.exponential(0.5, 0), "exponential: decay_steps must be a whole number of steps >= 1"),
    (lambda: constant(1, 10**400), "constant: steps must be a whole number of steps >= 0, or inf"),
    (lambda: S.inverse_time(0), "inverse_time: timescale"),
    (lambda: S.inverse_sqrt(-3), "inverse_sqrt: timescale"),
    (lambda: step(0), "step: step_size must be a whole number of steps >= 1, got 0"),
    (lambda: multistep((80, 30)), "multistep: milestones must be .* increasing order"),
    (lambda: multistep((3.5,)), "multistep: milestones"),
    (lambda: multistep(30), "multistep: milestones"),
    (lambda: scale(math.nan), "scale: value"),
    (lambda: constant(1, 5).loop(0), "restarts: num_cycles must be a whole number >= 1, or inf"),
    (lambda: constant(1, 5).loop(t_mult=0.5), "restarts: t_mult must be a number >= 1"),
    (lambda: constant(1, 5).loop(gamma=-1), "restarts: gamma"),
    (lambda: constant(1, 0).loop(), "restarts: body .* > 0"),
    (lambda: S.restarts(3), "restarts: body"),
    (lambda: S.Sequence((constant(1, 5),)), "sequence: parts must be at least two"),
    (lambda: S.Sequence((constant(1, 5), constant(1, 0))), "sequence: parts"),
    (lambda: constant(1) >> cosine(1, 0, 9), r"a finite number, as constant\(1, 30\) has"),
    (lambda: S.Product((constant(1), 3)), "product: factors must be at least two schedules"),
    (lambda: S.warmup_cosine(-1), "warmup_cosine: total_steps must be a whole number of steps >= 0, got -1"),
    (lambda: S.warmup_cosine("90"), "warmup_cosine: total_steps"),
    (lambda: S.warmup_cosine(90, -5), "warmup_cosine: warmup_steps"),
    (lambda: S.warmup_linear(90, 0.1), "warmup_linear: warmup_steps .* whole"),
    (lambda: S.warmup_linear(90, 91), "warmup_linear: warmup_steps must be at most total_steps = 90, got 91"),
    (lambda: S.wsd(90, 60, 31), "wsd: warmup_steps [+] decay_steps must be at most total_steps = 90, got 91"),
    (lambda: S.wsd(90, min_factor=math.nan), "wsd: min_factor"),
    (lambda: S.sgdr(0), "sgdr: first_cycle must be a whole number of steps >= 1"),
    (lambda: S.one_cycle(INF), "one_cycle: total_steps"),
    (lambda: S.one_cycle(90, 1.5), "one_cycle: warmup_fraction must be a number 0..1"),
    (lambda: S.one_cycle(90, div=0), "one_cycle: div must be a number > 0"),
    (lambda: S.one_cycle(90, final_div=-1), "one_cycle: final_div"),
]


@pytest.mark.parametrize(
    ("build", "says"), BAD, ids=[says.split(" ")[1] + str(i) for i, (_, says) in enumerate(BAD)]
)
def test_a_bad_argument_is_named_with_what_is_allowed(build, says):
    with pytest.raises(ValueError, match=says):
        build()


def test_numpy_numbers_become_plain_numbers():
    s = linear(np.float32(0.5), np.int64(2), np.int64(30))
    assert s == linear(0.5, 2, 30)
    assert json.dumps(s.to_dict())


# ---------------------------------------------------------------- hostile dicts and JSON


def _nest(wrap, depth, core):
    for _ in range(depth):
        core = wrap(core)
    return core


GOOD = {"type": "linear", "start": 0, "end": 1, "steps": 5}
HOSTILE_DICTS = {
    "no dict": 3,
    "none": None,
    "list": [GOOD],
    "empty": {},
    "no type": {"start": 0, "end": 1, "steps": 5},
    "unknown type": {"type": "Linear", "start": 0, "end": 1, "steps": 5},
    "list as type": {"type": [], "start": 0},
    "dict as type": {"type": {"type": "constant"}},
    "class attribute as type": {"type": "__class__"},
    "recipe as type": {"type": "warmup_cosine", "total_steps": 10},
    "unknown field": {**GOOD, "base_lr": 1},
    "non-string field": {**GOOD, 3: 1},
    "method as field": {**GOOD, "multiplier": 1},
    "field called self": {**GOOD, "self": 1},
    "missing field": {"type": "linear", "start": 0, "end": 1},
    "string": {**GOOD, "start": "0"},
    "bool": {**GOOD, "start": True},
    "nan": {**GOOD, "start": math.nan},
    "inf": {**GOOD, "start": "inf"},
    "infinite steps": {**GOOD, "steps": "inf"},
    "none as a number": {**GOOD, "start": None},
    "list as a number": {**GOOD, "start": [1]},
    "schedule as a number": {**GOOD, "start": GOOD},
    "huge": {**GOOD, "start": 10**400},
    "number as body": {"type": "restarts", "body": 3},
    "list as body": {"type": "restarts", "body": [GOOD]},
    "dict as parts": {"type": "sequence", "parts": GOOD},
    "number as parts": {"type": "sequence", "parts": 3},
    "string as parts": {"type": "sequence", "parts": "ab"},
    "one part": {"type": "sequence", "parts": [GOOD]},
    "endless part": {"type": "sequence", "parts": [{"type": "constant"}, GOOD]},
    "deep dicts": _nest(lambda core: {"type": "restarts", "body": core}, 300, GOOD),
    "deep lists": {"type": "multistep", "milestones": _nest(lambda core: [core], 700, 1)},
    "deep list instead of a dict": _nest(lambda core: [core], 5_000, 1),
    "deep list as type": {"type": _nest(lambda core: [core], 5_000, 1)},
}  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE_DICTS.values(), ids=HOSTILE_DICTS.keys())
def test_a_hostile_dict_is_a_value_error_in_under_a_second(data):
    began = time.process_time()
    with pytest.raises(ValueError) as refusal:
        Schedule.from_dict(data)
    assert time.process_time() - began < 1
    assert len(str(refusal.value)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        '{"type": "constant"}',
        '{"version": 2, "type": "constant"}',
        '{"version": 1}',
        '{"version": 1, "type": "constant", "value": NaN}',
        '{"version": 1, "type": "constant", "value": Infinity}',
        '{"version": 1, "type": "constant", "value": 1e999}',
        '{"version": 1, "type": "constant", "steps": 1e999}',
        '{"version": 1, "type": "constant", "steps": Infinity}',
        '{"version": 1, "type": "constant", "value": true}',
        '{"version": 1, "type": "constant", "value": 1' + "0" * 5_000 + "}",
        "[" * 200_000,
        '{"version": 1, "type": "restarts", "body": '
        + '{"type": "restarts", "body": ' * 500
        + "1"
        + "}" * 501,
        '{"version": 1, "type": "multistep", "milestones": ' + "[" * 800 + "]" * 800 + "}",
        None,
        b'{"version": 1, "type": "constant"}',
        {"version": 1, "type": "constant"},
    ],
    ids=range(21),
)
def test_hostile_json_is_a_value_error_in_under_a_second(text):
    began = time.process_time()
    with pytest.raises(ValueError):
        Schedule.from_json(text)
    assert time.process_time() - began < 1


FIELDS = ["start", "end", "steps", "value", "parts", "factors", "body", "gamma", "num_cycles"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["inf", "linear", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"type": st.sampled_from(sorted(S.core.TYPES))},
            optional=dict.fromkeys(FIELDS, inner),
        )
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_dict_is_a_schedule_or_a_value_error(data):
    try:
        s = Schedule.from_dict(data)
    except ValueError:
        return
    assert Schedule.from_dict(s.to_dict()) == s


def test_a_dict_may_be_nested_a_hundred_deep_and_not_deeper():
    def nested(depth):
        data = {"type": "cosine", "start": 1, "end": 0, "steps": 9}
        for _ in range(depth):
            data = {"type": "shift", "by": 0, "body": data}
        return data

    assert Schedule.from_dict(nested(100))(0) == 1
    with pytest.raises(ValueError, match="nested more than 100 deep"):
        Schedule.from_dict(nested(101))


def test_the_json_form_is_versioned_strict_json():
    s = constant(0.5) * linear(0, 1, 3).loop()
    data = json.loads(s.to_json(), parse_constant=pytest.fail)
    assert data["version"] == 1
    assert data["factors"][0]["steps"] == "inf"


# ---------------------------------------------------------------- a shape of one's own


@pytest.fixture
def names():
    """The registered names, as they were again afterwards."""
    kept = [(registry, dict(registry)) for registry in (S.core.NAMES, S.core.TYPES)]
    yield S.core.NAMES
    for registry, before in kept:
        registry.clear()
        registry.update(before)


IN_THE_STYLE_GUIDE = """
import numpy as np
from lrlib.schedules import Schedule, shape

@shape
class HalfCosine(Schedule):
    start: float
    end: float
    steps: int

    def multiplier(self, t):
        return self.end + (self.start - self.end) * (1 + np.cos(np.pi * t / self.steps)) / 2
"""


@pytest.mark.parametrize("decorator", ["@shape\n", ""])
@pytest.mark.parametrize("future", ["from __future__ import annotations\n", ""])
@pytest.mark.usefixtures("names")
def test_a_plain_annotated_class_is_a_shape_in_every_form_and_a_cell_may_run_twice(decorator, future):
    cell = future + IN_THE_STYLE_GUIDE.replace("@shape\n", decorator)
    cells = {"__name__": "__main__"}
    for _ in range(2):
        exec(compile(cell, "cell", "exec", dont_inherit=True), cells)
    ours = cells["HalfCosine"](1, 0, np.int64(50))
    assert ours.values(70) == pytest.approx(cosine(1, 0, 50).values(70), abs=1e-15)
    assert str(ours) == "half_cosine(1, 0, 50)"
    for s in (ours, linear(0, 1, 5) >> ours, 2 * ours.loop(3)):
        assert parse(str(s)) == Schedule.from_json(s.to_json()) == copy.deepcopy(s) == s
    with pytest.raises(ValueError, match=r"half_cosine: start must be a finite number, got nan"):
        cells["HalfCosine"](math.nan, 0, 5)
    with pytest.raises(ValueError, match=r"half_cosine: steps must be a whole number of steps >= 0, got 5.5"):
        cells["HalfCosine"](1, 0, 5.5)


@pytest.mark.usefixtures("names")
def test_fields_may_be_of_any_kind_that_has_a_rule():
    class Mixed(Schedule):
        mode: str
        on: bool
        marks: tuple
        inner: Schedule
        rate: Annotated[float, rules.Rule("a number 0..1", rules.within(0, 1))]
        steps: float = INF

        def multiplier(self, t):
            return self.inner.held(t) * self.rate

    s = Mixed("up", True, [1, 2.5], cosine(1, 0, 9), 0.5)
    assert str(s) == "mixed(mode='up', on=True, marks=(1, 2.5), inner=cosine(1, 0, 9), rate=0.5)"
    assert parse(str(s)) == Schedule.from_json(s.to_json()) == s
    assert s(0) == 0.5
    for wrong, says in ((("up", 1, (), s, 0), "on must be True or False, got 1"),
                        ((3, True, (), s, 0), "mode must be a text"),
                        (("up", True, "12", s, 0), "marks must be a tuple of finite numbers"),
                        (("up", True, (), 3, 0), "inner must be a schedule"),
                        (("up", True, (), s, 2), "rate must be a number 0..1, got 2")):  # fmt: skip
        with pytest.raises(ValueError, match=f"mixed: {says}"):
            Mixed(*wrong)


@pytest.mark.usefixtures("names")
def test_a_shape_may_extend_another():
    class Late(S.Cosine):
        wait: int = 3

        def multiplier(self, t):
            return S.Cosine.multiplier(self, np.maximum(t - self.wait, 0))

    assert Late(1, 0, 9).values(4).tolist() == [1, 1, 1, 1]
    assert Late(1, 0, 9) != cosine(1, 0, 9)
    assert parse("late(1, 0, 9, wait=5)") == Late(1, 0, 9, 5)


@pytest.mark.parametrize("decorator", [dataclass, dataclass(frozen=True), dataclass(frozen=True, order=True)])
@pytest.mark.usefixtures("names")
def test_a_dataclass_decorator_above_a_shape_changes_nothing(decorator):
    @decorator
    class Half(Schedule):
        steps: int
        value: float = 0.5

        def multiplier(self, t):
            return self.value

    half = Half(3)
    assert (str(half), half(1), hash(half)) == ("half(3)", 0.5, hash(Half(3)))
    assert parse("half(3)") == half != Half(3, 0.25)
    for change in (lambda: setattr(half, "steps", 4), lambda: delattr(half, "steps")):
        with pytest.raises(FrozenInstanceError, match="field 'steps'"):
            change()
    with pytest.raises(ValueError, match="half: steps must be a whole number"):
        Half(-1)


IN_A_SCRIPT = """
import sys
import cloudpickle
from lrlib import rules
from lrlib.schedules import Cosine, Schedule, linear, parse

class Fall(Schedule):
    steps: int
    low: rules.Fraction = 0

    def multiplier(self, t):
        return 1 - (1 - self.low) * t / self.steps

class Dip(Cosine):
    depth: float = 0.5

    def multiplier(self, t):
        return self.depth * super().multiplier(t)

s = linear(0, 1, 5) >> Fall(20) >> Dip(1, 0, 5, depth=0.25)
text = cloudpickle.dumps(s)
assert cloudpickle.loads(text) == s == parse(str(s))
sys.stdout.buffer.write(text)
"""


@pytest.mark.usefixtures("names")
def test_a_shape_that_a_script_defines_travels_to_another_process_with_its_class():
    script = subprocess.run([sys.executable, "-c", IN_A_SCRIPT], capture_output=True, check=True)
    s = pickle.loads(script.stdout)
    assert str(s) == "linear(0, 1, 5) >> fall(20) >> dip(1, 0, 5, depth=0.25)"
    parts = [linear(0, 1, 5), linear(1, 0, 20), 0.25 * cosine(1, 0, 5)]
    assert s.values(35) == pytest.approx((parts[0] >> parts[1] >> parts[2]).values(35), abs=1e-15)
    for back in (
        parse(str(s)),
        Schedule.from_json(s.to_json()),
        copy.deepcopy(s),
        pickle.loads(script.stdout),
    ):
        assert back == s
        assert hash(back) == hash(s)
    Fall = type(s.parts[1])
    assert Fall(20) == s.parts[1] != Fall(20, 0.5)
    with pytest.raises(ValueError, match=r"fall: low must be a number 0..1, got 2"):
        Fall(20, 2)


TAKEN = {
    "Cosine": "lrlib.schedules.shapes.Cosine",
    "WarmupCosine": "lrlib.schedules.recipes.warmup_cosine",
    "Sequence": "lrlib.schedules.core.Sequence",
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_is_taken_is_refused_with_who_has_it_and_changes_nothing(name, names):
    before, old = dict(names), cosine(1, 0, 9).to_dict()
    types = dict(S.core.TYPES)
    body = {"steps": 1, "multiplier": lambda self, t: t, "__module__": "__main__", "__qualname__": name}
    with pytest.raises(ValueError, match=f"is taken by {TAKEN[name]}; choose another name"):
        type(name, (Schedule,), body)
    assert dict(names) == before
    assert dict(S.core.TYPES) == types
    assert Schedule.from_dict(old) == cosine(1, 0, 9)


@pytest.mark.usefixtures("names")
def test_a_recipe_of_ones_own_is_checked_and_cannot_take_a_name():
    @S.recipe
    def halves(steps: rules.Steps) -> Schedule:
        return linear(0.5, 0.5, steps)

    assert parse("halves(3)") == linear(0.5, 0.5, 3)
    with pytest.raises(ValueError, match=r"halves: steps must be a whole number of steps >= 0, got -1"):
        halves(-1)
    with pytest.raises(ValueError, match=r"'wsd' is taken by lrlib.schedules.recipes.wsd"):

        @S.recipe
        def wsd(steps: rules.Steps) -> Schedule:
            return linear(1, 0, steps)


def starred(*args): ...
def double_starred(steps, **kwargs): ...
def positional(steps, /): ...
def T(steps): ...
def inf(): ...


@pytest.mark.parametrize(("function", "says"), [
    (starred, "starred must have parameters with names: no"),
    (double_starred, "double_starred must have parameters with names: no"),
    (positional, "positional must have parameters with names: no"),
    (T, "T would be 'T' in a text, which is no name"),
    (inf, "inf would be 'inf' in a text, which is no name"),
    (lambda steps: constant(1, steps), "<lambda> would be '<lambda>' in a text"),
])  # fmt: skip
def test_a_recipe_that_no_text_could_call_is_refused_where_it_is_written(function, says, names):
    before = dict(names)
    with pytest.raises(TypeError, match=f"^the recipe {re.escape(says)}"):
        S.recipe(function)
    assert dict(names) == before


def formula(self, t):
    return t


STEPS = {"steps": int}
UNFINISHED = {
    "overrides __call__": ({"steps": 3, "__call__": formula}, "not define __call__: write .* multiplier"),
    "overrides __init__": ({"steps": 3, "__init__": formula, "multiplier": formula}, "not define __init__"),
    "overrides __post_init__": ({"steps": 3, "__post_init__": formula, "multiplier": formula}, "check.self."),
    "no multiplier": ({"steps": 3}, "must define multiplier"),
    "no steps": ({"multiplier": formula}, "must say how long it is"),
    "unknown annotation": ({"__annotations__": STEPS | {"on": list}, "multiplier": formula},
                           "field 'on' .* annotated .*list.*: use float, int"),
    "a name that is not there": ({"__annotations__": {"steps": "Stepz"}, "multiplier": formula}, "'Stepz'"),
    "a field called like a method": ({"__annotations__": STEPS | {"loop": float}, "multiplier": formula},
                                     "'loop', a name that every schedule has"),
    "a field that is no parameter": ({"__annotations__": STEPS | {"on": float}, "multiplier": formula,
                                      "on": field(default=1.0, init=False)}, "'on' that is no parameter"),
    "a field called name": ({"__annotations__": STEPS | {"name": str}, "multiplier": formula}, "'name'"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "says"), UNFINISHED.values(), ids=UNFINISHED.keys())
def test_a_class_that_is_no_formula_is_refused_where_it_is_written(body, says, names):
    before = dict(names)
    with pytest.raises(TypeError, match=says) as refusal:
        type("Odd", (Schedule,), dict(body))
    assert "schedule Odd" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert dict(names) == before


@pytest.mark.parametrize("name", ["Lambda", "Inf"])
@pytest.mark.usefixtures("names")
def test_a_class_whose_name_means_something_else_in_a_text_is_refused(name):
    with pytest.raises(TypeError, match="no name there"):
        type(name, (Schedule,), {"steps": 3, "multiplier": formula})


@pytest.mark.usefixtures("names")
def test_only_a_schedule_is_a_shape():
    with pytest.raises(TypeError, match="derives from Schedule"):
        S.shape(dict)


FORMULAS = {
    "math on an array": (lambda self, t: math.cos(t), "np.cos for math.cos"),
    "if on an array": (lambda self, t: 1 if t < 3 else 0, "np.where for if"),
    "wrong shape": (lambda self, t: np.ones(3), r"a number for each of t, got shape \(3,\)"),
    "a column": (lambda self, t: t[..., None], r"a number for each of t, got shape"),
    "nothing": (lambda self, t: None, "a number for each of t, got None"),
    "text": (lambda self, t: "1", "a number for each of t, got '1'"),
    "complex": (lambda self, t: 1j * t, "a number for each of t, got"),
    "not a number": (lambda self, t: np.where(t == 3, np.nan, t), "multiplier at step 3 is nan"),
    "a pole": (lambda self, t: 1 / (t - 3), "multiplier at step 3 is inf"),
}


@pytest.mark.parametrize(("formula", "says"), FORMULAS.values(), ids=FORMULAS.keys())
@pytest.mark.usefixtures("names")
def test_a_formula_that_is_wrong_says_what_to_do(formula, says):
    odd = type("Odd", (Schedule,), {"steps": INF, "multiplier": formula})()
    for s in (odd, linear(0, 1, 0) >> odd, 2 * odd, S.clip(odd, -9)):
        for use in (lambda s=s: s.values(5), lambda s=s: s(3), lambda s=s: s(np.array([[3.0, 4.0]]))):
            with pytest.raises(ValueError, match=says) as refusal:
                use()
            assert "\n" not in str(refusal.value)


@pytest.mark.usefixtures("names")
def test_a_formula_may_return_one_number_or_whole_numbers():
    class Half(Schedule):
        steps = INF

        def multiplier(self, t):
            return 0.5

    class Whole(Schedule):
        steps = 4

        def multiplier(self, t):
            return t.astype(int)

    assert Half()(3) == 0.5
    assert np.array_equal(Half()(np.zeros((2, 3))), np.full((2, 3), 0.5))
    assert (linear(0, 1, 2) >> Half() * Half()).values(4).tolist() == [0, 0.5, 0.25, 0.25]
    assert S.clip(Half(), 0.6).values(2).tolist() == [0.6, 0.6]
    assert Whole().values(6).dtype == np.float64
    assert Whole().values(6).tolist() == [0, 1, 2, 3, 4, 4]


@pytest.mark.parametrize("steps", [-1, math.nan, "9", None, True])
@pytest.mark.usefixtures("names")
def test_a_length_that_is_none_is_refused(steps):
    odd = type("Odd", (Schedule,), {"steps": steps, "multiplier": formula})
    with pytest.raises(ValueError, match="odd: steps must be a number >= 0, or inf, got"):
        odd()


# ---------------------------------------------------------------- an object among others


@pytest.mark.parametrize(
    "wrong", [-1, -0.5, math.nan, INF, True, "3", None, 1j, [[1], [2, 3]], 10**400, -(10**400), [None],
              np.array(["3"], dtype=object), [3, "3"], [3, 10**400], torch.ones(1, requires_grad=True)]
)  # fmt: skip
def test_a_step_is_a_number_from_zero_on(wrong):
    with pytest.raises(ValueError, match="a step must be a finite number >= 0"):
        cosine(1, 0, 9)(wrong)
    assert cosine(1, 0, 9)(2**70) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("wrong", [-3, 1.5, 1.0, "3", None, True, INF, 10**8 + 1, 10**400])
def test_a_number_of_values_is_a_whole_number_from_zero_on(wrong):
    with pytest.raises(ValueError, match=r"total_steps (must be a whole number of steps >= 0|= 1.0 may)"):
        cosine(1, 0, 9).values(wrong)
    assert cosine(1, 0, 9).values(0).shape == (0,)
    assert cosine(1, 0, 9).values(np.int64(3)).shape == (3,)


@quick
@given(schedules)
def test_a_pickle_is_small_and_stays_so_whatever_was_computed(s):
    before = pickle.dumps(s)
    s(5), s.values(700), s(600), s.steps, str(s), hash(s)
    assert pickle.dumps(s) == before
    for back in (pickle.loads(before), copy.copy(s), copy.deepcopy(s)):
        assert back == s
        assert np.array_equal(back.values(30), s.values(30))
        with pytest.raises(FrozenInstanceError):
            back.value = 3


def test_the_pickle_of_a_long_table_of_steps_does_not_carry_what_it_computes():
    s = S.chebyshev(2**15)
    s(3)
    assert len(pickle.dumps(s)) < 300


@quick
@given(schedules)
def test_len_is_the_number_of_whole_steps_and_iteration_is_refused(s):
    assert bool(s)
    if s.steps == INF or s.steps != int(s.steps):
        with pytest.raises(TypeError, match=r"steps has no len\(\)"):
            len(s)
    else:
        assert len(s) == s.steps
    for use in (list, tuple, iter, lambda s: [*s]):
        with pytest.raises(TypeError, match="values"):
            use(s)


@pytest.mark.parametrize(
    "two", [2, 2.0, np.float64(2), np.float32(2), np.int64(2), Fraction(2), np.array(2.0)[()]]
)
def test_any_number_scales_from_both_sides(two):
    s = cosine(1, 0, 9)
    assert two * s == scale(2) * s
    assert s * two == s * scale(2)


@pytest.mark.parametrize("two", [np.array([1.0, 2.0]), np.True_, True, "2", None, 2j])
def test_what_is_no_number_does_not_scale(two):
    for use in (lambda: two * cosine(1, 0, 9), lambda: cosine(1, 0, 9) * two):
        with pytest.raises(TypeError):
            use()


def test_equal_schedules_are_one_key_also_of_another_kind_of_number():
    seen = {linear(0, 1, 3): "a", linear(0.0, np.float64(1), np.int64(3)): "b", linear(-0.0, 1, 3): "c"}
    assert seen == {linear(0, 1, 3): "c"}
    assert linear(0, 1, 3) != cosine(0, 1, 3) != S.polynomial(0, 1, 3)


@pytest.mark.parametrize("name", ["T_max", "num_training_steps", "total_iters", "num_decay_steps"])
def test_the_name_that_another_library_gives_a_parameter_is_known(name):
    for call in (lambda: cosine(1, 0, **{name: 5}), lambda: parse(f"cosine(1, 0, {name}=5)")):
        with pytest.raises(ValueError, match=f"cosine: unknown argument '{name}'; it is called 'steps' here"):
            call()


def test_a_call_that_does_not_fit_names_the_parameters():
    for call in (lambda: cosine(1, 0), lambda: cosine(1, 0, 5, 6), lambda: cosine(1, 0, 5, end=1)):
        with pytest.raises(TypeError, match=r"cosine: .*; its parameters are start, end, steps"):
            call()


# ---------------------------------------------------------------- layers


def test_importing_schedules_imports_neither_torch_nor_the_presets():
    code = (
        "import sys, lrlib.schedules; loaded = {'torch', 'lrlib.schedules.presets'} & set(sys.modules); "
        "sys.exit(bool(loaded) or not lrlib.schedules.presets.names())"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
