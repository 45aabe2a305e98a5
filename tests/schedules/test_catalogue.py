"""What the catalogue promises: it is complete, its examples run, its entries compute what papers say."""

import inspect
import math
import re
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as reference

from lrlib import schedules as S
from lrlib.rules import rules_of
from lrlib.schedules import (
    catalogue,
    constant,
    cosine,
    linear,
    parse,
    parse_for,
    polynomial,
    shift,
    stretch,
    warp,
)
from lrlib.schedules.core import AHEAD, BLOCK, quotient
from lrlib.schedules.presets import PRESETS
from tests.schedules.test_core import (
    INF,
    gammas,
    lengths,
    powers,
    real,
    schedules,
    torch_rates,
    values,
    whole,
)

quick = settings(max_examples=40, deadline=None)
few = settings(max_examples=15, deadline=None)
ENTRIES = catalogue()
NAMES, TYPES = dict(S.core.NAMES), dict(S.core.TYPES)  # as imported: tests and examples add their own
by_name = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
ONE_PER_MILLE = 1e-3


# ---------------------------------------------------------------- the registry


def test_every_shape_recipe_and_operator_is_in_the_catalogue_once():
    names = [entry.name for entry in ENTRIES]
    assert set(NAMES) <= set(names)
    assert len(set(names)) == len(names)


def test_every_deterministic_row_of_the_field_is_covered():
    covered = {int(row.rstrip("abcd")) for entry in ENTRIES for row in entry.rows}
    assert covered == {*range(1, 54), *range(59, 65)}
    assert {"26a", "26b", "26c", "26d"} <= {row for entry in ENTRIES for row in entry.rows}


def test_a_class_exists_only_where_a_composition_cannot_say_it():
    kinds = {entry.name: entry.how for entry in ENTRIES}
    assert {kinds[name] for name in NAMES} == {"shape", "operator", "recipe"}
    assert {name for name, how in kinds.items() if how == "composition"}.isdisjoint(NAMES)
    for module, kind in (("shapes", "shape"), ("stepsizes", "shape"), ("operators", "operator")):
        made = {name for name in TYPES if TYPES[name].__module__ == f"lrlib.schedules.{module}"}
        assert {kinds[name] for name in made} == {kind}
    assert set(TYPES) - set(NAMES) == {"sequence", "product"}


@by_name
def test_every_example_parses_draws_and_comes_back(entry):
    for total in (100, 600, 777):
        s = parse_for(entry.example, total)
        drawn = s.values(2 * total)
        assert np.all(np.isfinite(drawn))
        assert np.ptp(drawn) > 0 or entry.name == "constant" or entry.name == "T5"
        assert drawn.min() >= 0
        for back in (parse(str(s)), S.Schedule.from_json(s.to_json())):
            assert back == s
            assert np.array_equal(back.values(50), s.values(50))
        if s.steps < INF:
            assert s.steps == total
            assert np.all(drawn[total:] == drawn[total])
    assert s == entry.schedule(777)


@by_name
def test_every_entry_is_told_in_words_and_in_a_formula(entry):
    assert entry.formula.startswith(r"\eta_")
    assert entry.formula.count("{") == entry.formula.count("}")
    assert entry.origin.endswith(".") and 20 < len(entry.origin) < 120
    assert entry.source and entry.family
    if entry.name in NAMES:
        doc = inspect.getdoc(NAMES[entry.name])
        assert doc and len(doc.splitlines()) > 2, f"{entry.name} lacks its formula or source"
        assert entry.name + "(" in entry.example or entry.name == "scale"


@pytest.mark.parametrize("name", [name for name in S.__all__ if callable(getattr(S, name))])
def test_every_public_object_has_an_example_that_can_be_run(name):
    assert ">>> " in inspect.getdoc(getattr(S, name))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_parameter_has_a_rule(name):
    function = inspect.unwrap(NAMES[name])
    parameters = set(inspect.signature(function).parameters)
    assert parameters == set(rules_of(function)) - {"return"}


EVERYTHING = {**NAMES, **PRESETS}
STEPS = re.compile(
    r".*steps|step_size.*|first_cycle|milestones|boundaries|knots|cycles|by|begin|.*_(start|end)"
)


@pytest.mark.parametrize("name", EVERYTHING)
def test_one_step_is_written_1_and_all_of_a_run_as_a_fraction_1_with_a_point_everywhere(name):
    for parameter, rule in rules_of(inspect.unwrap(NAMES[name]) if name in NAMES else PRESETS[name]).items():
        if re.fullmatch(STEPS, parameter):
            with pytest.raises(ValueError):
                rule.checked(parameter, 0.5)
            with pytest.raises(ValueError, match=r"write 1 for one step|whole number of steps >= 2"):
                rule.checked(parameter, (1.0,) if "tuple" in rule.allowed else 1.0)
        elif parameter.endswith("fraction"):
            for wrong in (1, 2, 300):
                with pytest.raises(ValueError, match=r"write 1.0 for all of it|must be a number"):
                    rule.checked(parameter, wrong)


# ---------------------------------------------------------------- formulas, a second time


def at(s, *steps):
    return [s(t) for t in steps]


def scalar(s, total, formula):
    """The largest difference to a formula in plain Python at steps 0 .. total-1."""
    return max(abs(s(t) - formula(t)) for t in range(total))


@quick
@given(whole(1, 50))
def test_linear_warmups_differ_in_their_first_step_and_in_their_peak(w):
    assert scalar(linear(0, 1, w) >> constant(1), 60, lambda t: min(t / w, 1)) < 1e-15
    assert (
        scalar(shift(linear(0, 1, w + 1), 1) >> constant(1), 60, lambda t: min((t + 1) / (w + 1), 1)) < 1e-15
    )
    assert scalar(shift(linear(0, 1, w), 1) >> constant(1), 60, lambda t: min((t + 1) / w, 1)) < 1e-15


@quick
@given(whole(1, 40), whole(0, 30), powers, st.floats(0, 0.3))
def test_transformer_schedules_equal_their_papers(w, hold, r, floor):
    def paper(n):
        return min(n**-0.5, n * w**-1.5) * w**0.5

    assert scalar(S.noam(w), 150, lambda t: paper(t + 1)) < 1e-14
    assert scalar(S.warmup_inverse_sqrt(w), 150, lambda t: paper(t) if t else 0) < 1e-14
    assert S.noam(w).values(150).argmax() == w - 1

    def squeezeformer(t):
        return t / w if t < w else 1 if t < w + hold else max((w / (t - hold)) ** r, floor)

    assert scalar(S.noam_hold(w, hold, r, floor), 150, squeezeformer) < 1e-13


@quick
@given(whole(0, 40), whole(0, 40), whole(1, 100), st.floats(0.5, 1e4))
def test_rsqrt_is_a_product_of_three_factors(w, d, middle, timescale):
    total = w + middle + d

    def big_vision(t):
        rate = 1 if t < w else 1 / math.sqrt(1 + (t - w) / timescale)
        return rate * (min(1, t / w) if w else 1) * (min(1, (total - t) / d) if d else 1)

    s = S.rsqrt(total, w, d, timescale)
    assert s.steps == total
    assert scalar(s, total, big_vision) < 1e-14


def test_a_power_scheduler_without_a_decay_holds_its_law():
    law = S.power_scheduler(100, 5, 0, 10)
    assert law.steps == 100 and law == S.power_scheduler(100, 5, 0, 10, final=1)
    assert law(99) == (10 / 99) ** 0.51


@quick
@given(whole(0, 30), whole(0, 30), whole(0, 60), whole(1, 30), powers)
def test_the_power_scheduler_is_a_capped_power_law_until_its_decay(w, wait, n, d, c):
    cap = max(w + wait, 1)
    s = S.power_scheduler(cap + n + d, w, d, cap, c, 0.1)

    def paper(t):
        if t < w:
            return t / w
        law = min(1, (max(t, 1) / cap) ** -c)
        return law if t < cap + n else ((cap + n) / cap) ** -c * 0.1 ** ((t - cap - n) / d)

    assert s.steps == cap + n + d
    assert scalar(s, cap + n + d, paper) < 1e-13


@quick
@given(whole(1, 60), whole(1, 9), st.floats(0.2, 6), st.floats(0, 0.5))
def test_waves_and_counted_restarts_equal_transformers_formulas(steps, n, half_waves, m):
    wave = S.cosine_wave(steps, half_waves, m)
    assert wave.steps == INF
    formula = lambda t: m + (1 - m) * (1 + math.cos(math.pi * half_waves * t / steps)) / 2  # noqa: E731
    assert scalar(wave, 3 * steps, formula) < 1e-12
    restarts = S.cosine_restarts(steps, n, m)

    def hard(t):
        place = Fraction(n * t, steps) % 1
        return m if t >= steps else m + (1 - m) * (1 + math.cos(math.pi * place)) / 2

    assert restarts.steps == steps
    assert scalar(restarts, 2 * steps, hard) < 1e-12


def test_counted_restarts_are_on_time_where_quotients_in_floats_miss_some():
    on_time = [(t, steps, n) for steps in range(2, 61) for n in range(2, 61) for t in range(1, steps)
               if n * t % steps == 0]  # fmt: skip
    assert any(t / steps * n < n * t // steps for t, steps, n in on_time)  # progress times cycles
    assert any(t / (steps / n) < n * t // steps for t, steps, n in on_time)  # step over cycle length
    for t, steps, n in on_time:
        assert S.cosine_restarts(steps, n)(t) == 1, f"{n} cycles in {steps} steps, at step {t}"


@quick
@given(st.lists(st.tuples(whole(0, 2**52), whole(1, 2**52)), min_size=1, max_size=30))
def test_stairs_are_on_time_for_any_whole_numbers(pairs):
    for step, n in pairs:
        for t in (step, n - 1, 2 * n - 1, 2**52 // n * n - 1):
            assert quotient(np.array(float(t)), n) == t // n


@quick
@given(whole(1, 30), powers, st.floats(0, 0.5))
def test_a_cyclic_polynomial_has_the_next_multiple_as_its_horizon(n, power, m):
    def tensorflow(t):
        horizon = n * max(1, math.ceil(t / n))
        return m + (1 - m) * (1 - t / horizon) ** power

    assert scalar(S.cyclic_polynomial(n, power, m), 7 * n, tensorflow) < 1e-12


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_triangles_equal_torchs_cyclic_scheduler(mode):
    @few
    @given(whole(1, 20), whole(1, 20), st.floats(0.01, 0.9), st.floats(0.9, 1))
    def agree(up, down, low, gamma):
        def theirs(o):
            return reference.CyclicLR(o, 0.3 * low, 0.3, up, down, mode, gamma, cycle_momentum=False)

        more = (gamma,) if mode == "exp_range" else ()
        ours = getattr(S, mode)(up, down, *more, low)
        assert np.abs(0.3 * ours.values(150) - torch_rates(theirs, 150, 0.3)).max() < 1e-12

    agree()


@quick
@given(whole(1, 40), st.floats(0.01, 0.9))
def test_triangles_equal_smiths_formula(size, low):
    def smith(t):
        cycle = math.floor(1 + t / (2 * size))
        return low + (1 - low) * max(0, 1 - abs(t / size - 2 * cycle + 1))

    assert scalar(S.triangular(size, 0, low), 5 * size, smith) < 1e-12


@few
@given(st.lists(st.floats(0.1, 1.2), min_size=1, max_size=20), st.floats(0.01, 1))
def test_factors_multiply_up_as_in_torch(factors, lr):
    def theirs(o):
        return reference.MultiplicativeLR(o, lambda t: factors[t - 1] if t <= len(factors) else 1)

    ours = S.multiplicative(tuple(factors))
    assert lr * ours.values(30) == pytest.approx(torch_rates(theirs, 30, lr), rel=1e-12)


@few
@given(whole(10, 80), st.floats(2, 30), st.floats(2, 1e4))
def test_linear_one_cycle_equals_torchs_three_phases_in_continuous_time(n, div, final_div):
    ours = S.linear_one_cycle(10 * n, 0.3, 0.6, div, final_div)
    knots = (0, 3 * n, 6 * n, 10 * n)
    expected = np.interp(np.arange(12 * n), knots, (1 / div, 1, 1 / div, 1 / (div * final_div)))
    assert ours.values(12 * n) == pytest.approx(expected, rel=1e-12)
    total = 10 * n + 1  # torch's phases end a step early, so that with one more step its slopes are these
    theirs = torch_rates(
        lambda o: reference.OneCycleLR(
            o,
            1.0,
            total_steps=total,
            pct_start=(3 * n + 1) / total,
            anneal_strategy="linear",
            cycle_momentum=False,
            div_factor=div,
            final_div_factor=final_div,
            three_phase=True,
        ),
        total,
        1.0,
    )
    assert ours.values(6 * n) == pytest.approx(theirs[: 6 * n], rel=1e-9)
    assert ours(10 * n) == pytest.approx(theirs[-1], rel=1e-6)


@quick
@given(st.lists(whole(0, 99), min_size=1, max_size=6, unique=True).map(sorted), st.data())
def test_knots_are_joined_as_numpy_interpolates(knots, data):
    levels = data.draw(st.lists(values, min_size=len(knots), max_size=len(knots)))
    t = np.arange(130)
    between = np.interp(t, knots, levels)
    assert S.piecewise_linear(tuple(knots), tuple(levels))(t) == pytest.approx(between, abs=1e-12)
    rounded = S.piecewise_cosine(tuple(knots), tuple(levels))(t)
    place = np.interp(t, knots, np.arange(len(knots)))
    share = (1 - np.cos(np.pi * (place % 1))) / 2
    low = np.array(levels)[place.astype(int)]
    high = np.array(levels)[np.minimum(place.astype(int) + 1, len(knots) - 1)]
    assert rounded == pytest.approx(low + (high - low) * share, abs=1e-9)
    stairs = S.piecewise_constant(tuple(knots), (*levels, 7))
    assert stairs.values(130) == pytest.approx([(*levels, 7)[sum(k <= u for k in knots)] for u in t])


@quick
@given(values, values, whole(1, 60), st.floats(0.01, 0.99))
def test_an_exponential_cooldown_arrives(start, end, n, ratio):
    def megatron(t):
        share = (ratio ** min(t / n, 1) - ratio) / (1 - ratio)
        return end + (start - end) * share

    assert scalar(S.exponential_cooldown(start, end, n, ratio), n + 5, megatron) < 1e-9
    half = S.exponential_cooldown(1, 0, n)
    assert scalar(half, n, lambda t: 2 * 0.5 ** (t / n) - 1) < 1e-13


@quick
@given(whole(0, 40), whole(0, 40), whole(0, 40), whole(0, 40), st.floats(0.02, 1), st.floats(0.001, 0.02))
def test_an_infinite_schedule_passes_through_its_levels(w, cooling, flat, d, c, m):
    s = S.infinite(w + cooling + flat + d, w, cooling, d, c, m)
    assert s.steps == w + cooling + flat + d
    if d:
        assert s(w + cooling + flat) == pytest.approx(c)
        assert s(s.steps) == pytest.approx(m)
    if cooling:
        assert at(s, w, w + cooling) == pytest.approx([1, c])


@quick
@given(st.floats(1e-4, 1), st.floats(1e-6, 1), st.floats(1.1, 1e6), whole(2, 60))
def test_a_sweep_multiplies_by_the_same_factor(rate, start, span, n):
    drawn = S.range_test(start, start * span, n).values(n + 1)
    assert drawn[1:] / drawn[:-1] == pytest.approx(span ** (1 / n), rel=1e-9)
    assert [drawn[0], drawn[-1]] == pytest.approx([start, start * span])
    assert scalar(S.natural_exponential(rate), 60, lambda t: math.exp(-rate * t)) < 1e-12


@quick
@given(st.floats(0, 0.9999) | st.sampled_from([0.9, 0.95, 0.98, 0.99, 0.999, 0.9999]))
def test_untuned_warmups_count_updates_from_1_as_their_paper_and_adam_do(beta2):
    linear_, curved = S.untuned_linear(beta2), S.untuned_exponential(beta2)
    assert scalar(linear_, 250, lambda t: min(1, (1 - beta2) / 2 * (t + 1))) < 1e-9
    assert scalar(curved, 250, lambda t: 1 - math.exp(-(1 - beta2) * (t + 1))) < 1e-9
    assert linear_(0) > 0 < curved(0)
    assert linear_.steps == pytest.approx(2 / (1 - beta2) - 1)
    last = round(2 / (1 - 0.98)) - 1
    assert S.untuned_linear(0.98)(last - 1) < 1 == S.untuned_linear(0.98)(last)


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999])
@pytest.mark.parametrize("threshold", [4, 5])
def test_radam_is_off_until_its_threshold_and_then_the_papers_factor(beta2, threshold):
    drawn = S.radam(beta2, threshold=threshold).values(60)
    n = np.arange(1, 61)
    now = 2 / (1 - beta2) - 1 - 2 * n * beta2**n / (1 - beta2**n)
    assert np.all((drawn > 0) == (now > threshold))
    assert np.array_equal(drawn[now > 5], S.radam(beta2).values(60)[now > 5])
    assert (drawn > 0).argmax() == {4: 4, 5: 5}[threshold]


@quick
@given(whole(1, 80), st.data())
def test_stable_and_flat_schedules_hold_and_then_fall(stable, data):
    w, d, m = data.draw(whole(0, 20)), data.draw(whole(1, 30)), data.draw(st.floats(0, 0.5))
    s = S.wsd_s(stable, d, w, 3, m)
    assert s.steps == w + 3 * (stable + d)
    for cycle in range(3):
        begin = w + cycle * (stable + d)
        assert at(s, begin, begin + stable) == [1, 1]
        assert s(begin + stable + d - 1) == pytest.approx(1 - (1 - m) * (d - 1) / d)
    total = 4 * stable
    flat = S.flat_cosine(total)
    assert np.all(flat.values(3 * stable) == 1)
    assert flat(total) == pytest.approx(1e-5)


# ---------------------------------------------------------------- compositions


def half_cosine(p):
    return math.cos(math.pi / 2 * min(p, 1)) ** 2


def after(t, w, decay):
    """Linear warmup from 0 in w steps, then `decay` on its own clock."""
    return t / w if t < w else decay(t - w)


def cooled(t, w, d, shape, total=600):
    """Warmup, a constant stretch, and a cooldown in the last d steps by its share."""
    return after(t, w, lambda u: 1 if t < total - d else shape(min((t - total + d) / d, 1)))


def deepseek(t):
    if t < 402:
        return min(t / 6, 1)
    if t < 580:
        return 0.1 + 0.9 * half_cosine((t - 402) / 178)
    return 0.1 if t < 594 else 0.0332


def kimi(t):
    if t < 376:
        return min(t, 1)
    return 0.1 + 0.9 * half_cosine((t - 376) / 207) if t < 583 else 0.1 - 0.065 * min((t - 583) / 17, 1)


def olmo_2(t):
    def planned(u):  # the cosine of a run of 634 updates, 2 of them warmup
        return u / 2 if u < 2 else 0.1 + 0.9 * half_cosine((u - 2) / 632)

    return planned(t) if t < 590 else planned(590) * max(600 - t, 0) / 10


def olmo_3(t):
    if t < 253:
        return t if t < 1 else 0.1 + 0.9 * half_cosine((t - 1) / 505)
    return 0.1 + 0.9 * half_cosine((455 + min(t, T) - 253) / 910)


W, T = 30, 600
COMPOSITIONS = {
    "constant warmup": lambda t: 0.1 if t < W else 1,
    "exponential, in stairs": lambda t: 0.1 ** ((t - t % 50) / 300),
    "exponential, late and with a floor": lambda t: max(0.1 ** (max(t - 120, 0) / 180), 0.01),
    "inverse time, in stairs": lambda t: 1 / (1 + t // 50),
    "SGLD decay": lambda t: 60**0.55 * (60 + t) ** -0.55,
    "linear range test": lambda t: 0.001 + 0.009 * (min(t, T) // 20) / 30,
    "power of the time that is over": lambda t: 1 - min(t / T, 1) ** 0.9,
    "k-decay of a polynomial": lambda t: (1 - min(t / T, 1) ** 1.5) ** 2,
    "MLPerf polynomial": lambda t: (t / 60) ** 2 if t < 60 else (1 - min((t - 60) / 541, 1)) ** 2,
    "cosine, cut off at a floor": lambda t: max(half_cosine(t / T), 0.1),
    "snapshot cycles": lambda t: half_cosine(t % 120 / 120),
    "cosine to a power": lambda t: 0.1 + 0.9 * half_cosine(t / T) ** 2,
    "k-decay of a cosine": lambda t: half_cosine(min(t / T, 1) ** 2),
    "linear warmup from zero": lambda t: min(t / W, 1),
    "linear warmup without a dead step": lambda t: min((t + 1) / (W + 1), 1),
    "linear warmup that peaks a step early": lambda t: min((t + 1) / W, 1),
    "linear warmup from a factor": lambda t: min(0.1 + 0.9 * t / W, 1),
    "cosine warmup": lambda t: 1 - half_cosine(t / W),
    "1 - sqrt warmup": lambda t: 1 - math.sqrt(1 - min(t / W, 1)),
    "power warmup": lambda t: min(t / W, 1) ** 4,
    "warmup as a factor": lambda t: min(t / W, 1) * half_cosine(t / T),
    "warmup that jumps into the decay": lambda t: after(t, W, lambda u: half_cosine(t / T)),
    "T5": lambda t: 1 / math.sqrt(max(t, 10_000)),
    "wsd, 1 - sqrt cooldown": lambda t: cooled(t, W, 120, lambda q: 1 - math.sqrt(q)),
    "wsd, cosine cooldown": lambda t: cooled(t, W, 120, half_cosine),
    "wsd, square cooldown": lambda t: cooled(t, W, 120, lambda q: 1 - q * q),
    "wsd, exponential cooldown": lambda t: cooled(t, W, 60, lambda q: 0.5 ** (6 * q)),
    "warmup, then constant": lambda t: min(t / W, 1),
    "knee": lambda t: 1 if t < 300 else max(1 - (t - 300) / 300, 0),
    "DeepSeek-V3": deepseek,
    "sine cycles": lambda t: abs(math.sin(math.pi * t / 120)),
    "wsd, mirror cosine cooldown": lambda t: cooled(
        t, W, 120, lambda q: 1 - 2 * q + math.sin(math.pi / 2 * q) ** 2
    ),
    "wsd, lowered linear cooldown": lambda t: cooled(t, W, 120, lambda q: 0.7 - 0.7 * q),
    "wsd, power cooldown": lambda t: cooled(t, W, 540, lambda q: 1 - q**0.4),
    "PowerCool": lambda t: min(1, 300**-1.2 * max(T - t, 0) ** 1.2),
    "cosine, then constant": lambda t: after(t, W, lambda u: 0.1 + 0.9 * half_cosine(u / 450)),
    "Kimi K2": kimi,
    "SmolLM3": lambda t: min(1, max(T - t, 0) / 66),
    "cosine times line": lambda t: 0.1 + 0.9 * max(1 - t / T, 0) * half_cosine(t / T),
    "half cosine": lambda t: half_cosine((T + min(t, T)) / (2 * T)),
    "OLMo 2": olmo_2,
    "OLMo 3": olmo_3,
    "jagged cosine": lambda t: half_cosine(t / T) * (1 if t < 120 else min(1, t % 120 / 12)),
    "cycles with re-warmup": lambda t: float(np.interp(t, (0, 30, 300, 330, 600), (0, 1, 0.1, 1, 0.1))),
    "bolt-on warmup": lambda t: (
        0 if t < 240 else half_cosine(0.5) * (t - 240) / 60 if t < 300 else half_cosine(t / T)
    ),
}


@pytest.mark.parametrize(
    "build",
    [
        lambda: S.refined((1.0, 2.0) * 5000, 0.9),
        lambda: S.linear(1, 0, 10).loop(t_mult=1.000000001)(3e7),
        lambda: parse("levanter.cycles(total_steps=T, num_cycles=10000, warmup_steps=0)", T=2**53),
        lambda: parse("olmo_core.wsd_s(cycles=(1000000,), decay_steps=9, warmup_steps=9)"),
        lambda: (S.sgdr(100, 2) * constant(2)).values(10**7),
    ],
)
def test_large_parameters_need_little_memory(build):
    tracemalloc.start()
    build()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000_000


def test_many_parts_are_joined_at_once(monkeypatch):
    built, check = [], S.Sequence.__post_init__
    monkeypatch.setattr(S.Sequence, "__post_init__", lambda self: built.append(self) or check(self))
    assert len(S.piecewise_constant(tuple(range(1, 2001)), (1.0,) * 2001).parts) == 2001
    assert len(parse("levanter.cycles(total_steps=T, num_cycles=500, warmup_steps=0)", T=5000).parts) == 500
    assert len(built) == 2
    assert S.piecewise_linear((0,), (1,)) == constant(1, 0)


def test_every_composition_has_a_second_computation():
    assert set(COMPOSITIONS) == {entry.name for entry in ENTRIES if entry.how == "composition"}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_composition_of_the_catalogue_computes_its_formula(name):
    (entry,) = (entry for entry in ENTRIES if entry.name == name)
    rounding = 1e-7 if name == "sine cycles" else 1e-12  # the root of a wave that is nearly 0
    assert scalar(entry.schedule(T), 2 * T, COMPOSITIONS[name]) < rounding


# ---------------------------------------------------------------- theory


@quick
@given(
    st.lists(st.floats(0.1, 10), min_size=2, max_size=40), st.floats(0, 0.99), st.sampled_from([1, 2, 0.5])
)
def test_the_refined_schedule_is_the_theorems_double_sum(norms, smoothing, power):
    half = int(smoothing * len(norms)) // 2
    seen = [norms[0]] * half + norms + norms[-2 : -2 - half : -1]  # the first again, the last ones mirrored
    smooth = [sorted(seen[t : t + 2 * half + 1])[half] for t in range(len(norms))]
    weights = [g**-power for g in smooth]
    rates = [w * sum(weights[t + 1 :]) for t, w in enumerate(weights)]
    s = S.refined(tuple(norms), smoothing, power)
    assert s.values(len(norms)) == pytest.approx([r / max(rates) for r in rates], rel=1e-9, abs=1e-12)
    n = len(norms)
    assert S.refined((norms[0],) * n).values(n) == pytest.approx(1 - np.arange(n) / (n - 1), abs=1e-12)


@pytest.mark.parametrize("k", range(1, 11))
def test_silver_steps_sum_to_a_power_of_the_silver_ratio(k):
    """h of length 2n + 1 is h of n, then 1 + rho**(k-1), then h of n: so the sum is rho**k - 1."""
    n = 2**k - 1
    steps = S.silver().values(n)
    assert steps.sum() == pytest.approx((1 + math.sqrt(2)) ** k - 1, rel=1e-12)
    assert np.array_equal(steps, steps[::-1])


def residual(steps, curvatures):
    """How much of the error along each curvature is left after gradient descent with these steps."""
    return np.abs(np.prod(1 - np.outer(steps, curvatures), axis=0))


@pytest.mark.parametrize(("steps", "order"), [(1, "fractal"), (2, "fractal"), (8, "fractal"), (64, "fractal"),
                                              (1, "falling"), (7, "falling"), (12, "falling")])  # fmt: skip
@pytest.mark.parametrize("condition", [1, 3, 20, 400])
def test_chebyshev_steps_reach_the_best_possible_rate(steps, order, condition):
    curvatures = np.linspace(1 / condition, 1, 2_001)
    drawn = S.chebyshev(steps, condition, order).values(steps)
    left = residual(drawn, curvatures).max()
    assert order == "fractal" or np.all(np.diff(drawn) <= 0)
    centre = (condition + 1) / (condition - 1) if condition > 1 else INF
    best = 1 / math.cosh(steps * math.acosh(centre)) if condition > 1 else 0
    assert left == pytest.approx(best, rel=1e-6, abs=1e-12)


def test_the_fractal_order_keeps_every_prefix_small_and_the_sorted_one_does_not():
    curvatures = np.linspace(1 / 400, 1, 2_001)
    fractal = S.chebyshev(64, 400).values(64)
    down = S.chebyshev(64, 400, "falling").values(64)
    assert np.array_equal(down[S.fractal_order(64)], fractal)
    assert S.fractal_order(8).tolist() == [0, 7, 3, 4, 1, 6, 2, 5]

    def worst_prefix(steps):
        return max(residual(steps[:k], curvatures).max() for k in range(1, 65))

    assert worst_prefix(fractal) < 400**1.5
    assert worst_prefix(down) > 1e12


# ---------------------------------------------------------------- what shapes promise


falling = st.one_of(
    st.builds(lambda n: cosine(1, 0, n), lengths),
    st.builds(lambda n, k: polynomial(1, 0, n, k), lengths, powers),
    st.builds(lambda n, b: S.rex(1, 0, n, b), lengths, real(0.1, 5)),
    st.builds(lambda n: S.tanh(1, 0, n), lengths),
    st.builds(lambda n: S.logarithmic(1, 0, n), lengths),
    st.builds(lambda n, k: warp(cosine(1, 0, n), k), lengths, powers),
    st.builds(lambda n, k: S.power(cosine(1, 0, n), k), lengths, powers),
    st.builds(lambda n, r: S.exponential_cooldown(1, 0, n, r), lengths, st.floats(0.01, 0.99)),
    st.builds(lambda n, c: S.clip(cosine(1, 0, n), c), lengths, st.floats(0, 1)),
    st.builds(lambda n, k: S.stairs(linear(1, 0, n), k), lengths, lengths),
)


@quick
@given(falling)
def test_a_decay_never_rises_and_stays_within_its_ends(s):
    drawn = s(np.linspace(0, 130, 521))
    assert np.all(np.diff(drawn) <= 1e-15)
    assert drawn.min() >= -1e-15
    assert drawn.max() <= 1


@quick
@given(values, values, lengths, powers, real(0.1, 5))
def test_segments_begin_and_end_where_they_say(start, end, n, power, beta):
    for s in (
        S.rex(start, end, n, beta),
        S.logarithmic(start, end, n),
        warp(cosine(start, end, n), power),
        S.exponential_cooldown(start, end, n),
        S.between(cosine(1, 0, n), end, start),
    ):
        assert s.steps == n
        assert at(s, 0, n, n + 1, 7 * n) == pytest.approx([start, end, end, end], abs=1e-12)
    s = S.tanh(start, end, n)
    share = [(1 - math.tanh(-6)) / 2, (1 - math.tanh(3)) / 2]
    assert at(s, 0, n) == pytest.approx([end + (start - end) * p for p in share], abs=1e-12)


@quick
@given(lengths)
def test_rex_is_the_papers_and_linear_at_its_other_end(n):
    assert scalar(S.rex(1, 0, n), n, lambda t: (1 - t / n) / (1 / 2 + 1 / 2 * (1 - t / n))) < 1e-14
    assert S.rex(1, 0, n, 1).values(n) == pytest.approx(linear(1, 0, n).values(n), abs=1e-15)


@quick
@given(real(0.5, 50), st.lists(values, min_size=1, max_size=30))
def test_a_table_says_what_any_function_said(rate, said):
    s = S.table(tuple(said))
    assert np.array_equal(s.values(len(said)), np.array(said, dtype=np.float64))
    assert s(len(said) + 5) == said[-1]
    assert s(0.9) == said[0]


# ---------------------------------------------------------------- laws of the operators


@quick
@given(schedules, whole(0, 40), whole(0, 40))
def test_shifts_add_up_and_undo_a_constant_before(s, m, n):
    t = np.arange(200)
    assert np.array_equal(shift(shift(s, m), n)(t), shift(s, m + n)(t))
    assert np.array_equal(shift(constant(3, m) >> s, m)(t), s(t))
    assert np.array_equal(shift(s, m)(t), s(t + m))


@quick
@given(schedules, st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4]))
def test_stretches_multiply(s, m, n):
    t = np.arange(150)
    assert stretch(stretch(s, m), n).steps == stretch(s, m * n).steps == s.steps * m * n
    assert np.array_equal(stretch(stretch(s, m), n)(t), stretch(s, m * n)(t))
    assert np.array_equal(stretch(s, m)(m * t), s(t))
    assert np.array_equal(stretch(s, m, m)(t), s(t))


@quick
@given(whole(1, 400), whole(1, 400))
def test_a_stretched_schedule_ends_exactly_when_asked(n, to):
    s = stretch(constant(1, n), to, n) >> constant(2)
    assert s.parts[0].steps == to
    assert at(s, to - 1, to) == [1, 2]


@quick
@given(whole(1, 400), st.floats(0.1, 400), st.floats(0.1, 400))
def test_a_stretched_schedule_holds_its_end_also_after_a_fractional_length(n, to, of):
    s = stretch(S.step(n, 0.5, n), to, of)
    assert s(s.steps) == s(1.1 * s.steps) == 0.5


@quick
@given(schedules, whole(0, 60), whole(0, 60))
def test_a_cut_keeps_what_comes_before_it_and_cuts_add_no_step(s, m, n):
    assume(max(m, n) <= s.steps)
    t = np.arange(150)
    part = S.cut(s, n)
    assert len(part) == n
    assert np.array_equal(part(t), s(np.minimum(t, n)))
    assert np.array_equal(S.cut(s, max(m, n))(t[: min(m, n)]), S.cut(s, min(m, n)).values(150)[: min(m, n)])
    if n:
        again = part >> shift(s, n)
        assert again.values(150) == pytest.approx(s.values(150), rel=1e-12)
        tail = part * (constant(1, n) >> linear(1, 0, 10))  # goes on from what the cut had reached
        assert at(tail, n, n + 5, n + 10, n + 99) == pytest.approx([s(n), s(n) / 2, 0, 0])


@quick
@given(schedules, schedules, values)
def test_the_lower_and_the_higher_of_two_are_between_them_and_add_up(a, b, level):
    t = np.arange(150)
    low, high = S.minimum(a, b), S.maximum(a, b)
    assert low.steps == high.steps == max(a.steps, b.steps)
    assert np.all(low(t) <= high(t))
    assert low(t) + high(t) == pytest.approx(a(t) + b(t), rel=1e-12, abs=1e-12)
    assert np.array_equal(S.minimum(b, a)(t), low(t))
    assert np.array_equal(S.maximum(a, level)(t), S.clip(a, level)(t))
    assert np.array_equal(
        S.minimum(level, S.maximum(a, -5))(t), S.clip(a, -5, max(level, -5))(t).clip(-5, level)
    )


@quick
@given(schedules, st.sampled_from([1, 2, 0.5, 8]), st.sampled_from([1, 2, 4]))
def test_clocks_multiply_and_a_constant_clock_is_a_stretch(s, m, n):
    assume(s.steps == INF or s.steps == int(s.steps))
    t = np.arange(150)
    assert np.array_equal(S.on_clock(s, 1)(t), s(t))
    assert np.array_equal(S.on_clock(s, m)(t), s(m * t))
    assert np.array_equal(S.on_clock(S.on_clock(s, m), n)(t[:70]), S.on_clock(s, m * n)(t[:70]))
    assert np.array_equal(S.on_clock(s, 1 * S.scale(m))(t), s(m * t))


@quick
@given(whole(1, 400), st.lists(whole(1, 9), min_size=1, max_size=8), whole(0, 90))
def test_a_run_on_another_clock_sees_every_tick_once_and_stops_at_the_first_update_past_the_end(
    n, sizes, ramp
):
    sizes = sorted(sizes)
    at_updates = tuple(ramp * (i + 1) for i in range(len(sizes) - 1))
    batch = S.piecewise_constant(at_updates, tuple(sizes))
    s = S.on_clock(linear(0, n, n), batch)  # whose value is how many samples have been seen
    seen, counted = 0, []
    while seen < n:
        counted.append(seen)
        seen += sizes[sum(at <= len(counted) - 1 for at in at_updates)]
    assert s.steps == len(counted)
    assert s.values(len(counted)) == pytest.approx(counted, abs=1e-9)
    assert at(s, s.steps, s.steps + 1, 9 * s.steps) == pytest.approx([n] * 3)
    smooth = S.on_clock(
        linear(0, n, n), S.table((*batch.values(500).tolist(),))
    )  # the same, counted one by one
    assert smooth.steps == s.steps
    assert np.array_equal(smooth.values(500), s.values(500))


def test_a_clock_of_billions_of_updates_is_not_counted_one_by_one():
    ramp = S.piecewise_constant((10**6, 10**9), (1024, 2048, 4096))
    tokens = 10**6 * 1024 + (10**9 - 10**6) * 2048 + 10**9 * 4096
    s = S.on_clock(cosine(1, 0, tokens), ramp)
    assert s.steps == 2 * 10**9
    middle = 10**6 * 1024 + 5 * 2048
    assert s(10**6 + 5) == pytest.approx((1 + math.cos(math.pi * middle / tokens)) / 2, abs=1e-12)


falling_whole = st.one_of(
    st.builds(lambda n: cosine(1, 0.01, n), whole(1, 300)),
    st.builds(lambda n, v: v * linear(1, 0, n), whole(1, 300), st.floats(0.1, 3)),
    st.builds(lambda n, k: S.step(k, 0.5, n), whole(1, 300), whole(1, 60)),
    st.builds(lambda n, k: S.exponential(0.5, k, n), whole(1, 300), whole(1, 60)),
    st.builds(lambda n: constant(0.5, n), whole(1, 100)),
)


@quick
@given(falling_whole, whole(1, 64), st.sampled_from([1, 2, 3, 8, 10**6]))
def test_seesaw_counted_update_by_update(decay, base, larger):
    pair = S.seesaw(decay, base, base * larger)
    peak, n = decay(0), len(decay)
    samples, rates, batches = 0, [], []
    while samples < n * base:
        now, halvings = decay(samples // base), 0
        while halvings < 200 and now * 2 ** (halvings + 1) <= peak * (1 + 1e-10):
            halvings += 1
        doublings = 0
        while doublings < halvings and 2 ** (doublings + 1) <= min(larger, n - samples // base):
            doublings += 1
        rates.append(peak * 2**-halvings * math.sqrt(2) ** doublings)
        batches.append(base * 2**doublings)
        samples += batches[-1]
    assert pair.steps == pair.batch.steps == len(rates) <= n
    assert pair.rate.values(len(rates)) == pytest.approx(rates, rel=1e-9, abs=1e-50)
    assert np.array_equal(pair.batch.values(len(rates)), batches)
    assert sum(batches) == n * base
    assert max(batches) <= base * larger
    halved = decay.values(n) > peak / 2 * (1 + 1e-9)
    assert np.all(
        pair.rate.values(int(halved.argmin() or n)) == peak
    )  # nothing happens before the first halving


@pytest.mark.parametrize("decay", [cosine(1, 0, 600), linear(1, 0, 20), S.polynomial(1, 0, 777, 3)])
def test_seesaw_sees_the_samples_of_the_decay_also_where_that_ends_at_zero(decay):
    pair = S.seesaw(decay, 32)
    assert pair.steps < len(decay)
    assert pair.batch.values(pair.steps).sum() == 32 * len(decay)


@pytest.mark.parametrize(("rate", "batch", "says"), [
    (constant(1, 9), constant(32, 8), "batch must be as long as rate, 9 steps, or endless, got constant"),
    (constant(1), constant(32, 8), "batch must be as long as rate, inf steps"),
    (0.1, constant(32, 8), "rate must be a schedule, got 0.1"),
    (constant(1, 9), 32, "batch must be a schedule, got 32"),
])  # fmt: skip
def test_a_pair_of_rate_and_batch_is_two_schedules_of_one_length(rate, batch, says):
    with pytest.raises(ValueError, match=f"RateAndBatch: {says}"):
        S.RateAndBatch(rate, batch)
    assert S.RateAndBatch(constant(1, 9), constant(32)).steps == 9


def test_seesaw_doubles_at_the_sample_where_the_decay_has_halved_whatever_is_rounded():
    batch = S.seesaw(cosine(1, 0, 300), 32).batch  # a half at 150, and a quarter at 200 but for the last bit
    assert cosine(1, 0, 300)(200) != 0.25
    assert at(batch, 149, 150, 174, 175) == [32, 64, 64, 128]


def test_within_an_update_a_clock_runs_evenly():
    for ticks in (S.table((2, 4, 4)), S.piecewise_constant((1,), (2, 4))):
        assert S.on_clock(linear(0, 20, 20), ticks)(np.array([0.5, 1, 1.25, 2.5])).tolist() == [1, 2, 3, 8]


def test_seesaw_halves_the_rate_and_doubles_the_batch_on_the_samples_clock():
    """With every phase a whole number of updates, rate**2 / batch at a sample is that of the decay itself."""
    decay, base = S.step(64, 0.5, 256), 32
    pair = S.seesaw(decay, base)
    assert pair.steps == 64 + 32 + 16 + 8
    samples = np.concatenate([[0], pair.batch.values(pair.steps).cumsum()[:-1]])
    plain = decay(samples // base)
    assert pair.rate.values(pair.steps) / np.sqrt(pair.batch.values(pair.steps)) == pytest.approx(
        plain / math.sqrt(base)
    )


@quick
@given(schedules)
def test_operators_with_neutral_parameters_change_nothing(s):
    t = np.arange(120)
    for same in (
        shift(s, 0),
        stretch(s, 1),
        S.stairs(s, 1) if s.steps == INF or s.steps == int(s.steps) else s,
        S.clip(s, -1e300),
        S.between(s, 0, 1),
        S.power(s, 1),
    ):
        assert same.steps == s.steps
        assert same(t) == pytest.approx(s(t), rel=1e-12)


@quick
@given(schedules, values, values)
def test_levels_and_limits_are_kept(s, a, b):
    t = np.arange(150)
    low, high = sorted((a, b))
    inside = S.clip(s, low, high)(t)
    assert inside.min() >= low and inside.max() <= high
    assert np.array_equal(S.clip(S.clip(s, low, high), low, high)(t), inside)
    assert S.between(s, a, b)(t) == pytest.approx(a + (b - a) * s(t), rel=1e-9, abs=1e-9)
    assert S.between(s, b, a)(t) == pytest.approx(S.between(1 * s, b, a)(t))


@quick
@given(gammas, lengths)
def test_stairs_of_a_smooth_decay_are_its_step_decay(gamma, n):
    t = np.arange(200)
    assert S.stairs(S.exponential(gamma, n), n)(t) == pytest.approx(S.step(n, gamma)(t), rel=1e-12)
    assert S.stairs(cosine(1, 0, 300), n)(t) == pytest.approx(cosine(1, 0, 300)(t // n * n))


@quick
@given(lengths, st.floats(0.01, 0.5))
def test_a_floor_that_cuts_off_is_not_a_floor_that_is_reached(n, floor):
    assume(n > 4)
    t = np.arange(n)
    cut, reached = S.clip(cosine(1, 0, n), floor)(t), cosine(1, floor, n)(t)
    assert np.all(cut <= reached + 1e-15)
    assert np.abs(cut - reached).max() > ONE_PER_MILLE


@quick
@given(schedules, whole(0, 300))
def test_a_single_value_is_the_one_of_the_table_to_the_last_bit(s, t):
    assert s(t) == s.values(t + 1)[t] == s(np.int64(t)) == s(float(t))
    assert s(t) == s.values(t + 600)[t]


@by_name
def test_a_long_table_is_what_all_its_steps_at_once_give_to_the_last_bit(entry):
    n = 2 * BLOCK + 3
    for s in (entry.schedule(n), entry.schedule(600)):
        assert np.array_equal(s.values(n), s(np.arange(n)))


@by_name
def test_steps_one_after_the_other_give_the_table_and_so_does_going_back(entry):
    s, n = entry.schedule(3000), 3 * AHEAD * 4
    table = s.values(n).tolist()
    assert [s(t) for t in range(n)] == table
    for t in (0, n - 1, AHEAD, AHEAD - 1, 5 * AHEAD - 1, 5 * AHEAD, 1):
        assert s(t) == table[t]


def test_an_overflow_deep_in_a_long_table_is_named_by_its_step():
    first = 3 * BLOCK
    s = constant(1, first) >> S.exponential(1e200)
    with pytest.raises(ValueError, match=f"sequence: the multiplier at step {first + 2} is inf"):
        s.values(first + BLOCK)
    assert s.values(first + 2)[-1] == 1e200


def test_a_value_that_overflows_later_spoils_no_earlier_one():
    grows = S.exponential(1e100)
    assert at(grows, 3, 0, 1) == pytest.approx([1e300, 1, 1e100])
    for overflowing in (grows, grows * constant(1), constant(1, 5) >> S.power(grows, 2)):
        with pytest.raises(ValueError, match=r"the multiplier at step .* is inf, and must be finite"):
            overflowing(9)
        with pytest.raises(ValueError, match="is inf, and must be finite"):
            overflowing.values(300)
    huge = S.scale(1e200)
    with pytest.raises(ValueError, match="product: the multiplier at step 0 is inf"):
        (huge * huge)(0)
    with pytest.raises(ValueError, match="constant: value must be a finite number, got inf"):
        parse("constant(1e200 * 1e200)")


BAD = [
    (lambda: shift(constant(1), -1), "shift: by must be a whole number of steps >= 0, got -1"),
    (lambda: shift(3, 1), "shift: body must be a schedule, got 3"),
    (lambda: stretch(constant(1), 0), "stretch: to must be a number 1e-9..2[*][*]53, got 0"),
    (lambda: stretch(constant(1), 2, math.nan), "stretch: of must be"),
    (lambda: S.stairs(constant(1), 0), "stairs: step_size must be a whole number of steps >= 1"),
    (lambda: warp(constant(1), 2), "warp: body must be a schedule with a finite number of steps"),
    (lambda: warp(linear(0, 1, 3), 0), "warp: power must be a number > 0"),
    (lambda: S.clip(constant(1), 1, 0.5), "clip: high must be at least low = 1, got 0.5"),
    (lambda: S.clip(constant(1), -INF), "clip: low must be a finite number"),
    (lambda: S.between(constant(1), "0", 1), "between: low must be a finite number or a schedule, got '0'"),
    (lambda: S.power(constant(1), -1), "power: exponent must be a number > 0"),
    (lambda: S.rex(1, 0, 5, 0), "rex: beta must be a number > 0"),
    (lambda: S.tanh(1, 0, 5, INF), "tanh: lower must be a finite number"),
    (lambda: S.logarithmic(0, 1, -1), "logarithmic: steps must be a whole number of steps >= 0"),
    (lambda: S.table(()), "table: multipliers must be a tuple of one or more finite numbers"),
    (lambda: S.table((1, math.nan)), "table: multipliers"),
    (lambda: S.table(3), "table: multipliers"),
    (lambda: S.chebyshev(48), "chebyshev: steps must be a power of two, 1..2[*][*]20, got 48"),
    (lambda: S.chebyshev(8, 0.5), "chebyshev: condition must be a number >= 1"),
    (lambda: S.silver(-1), "silver: steps"),
    (lambda: S.radam(0.5), "radam: beta2 must be a number 0.61..1 - 1e-9, got 0.5"),
    (lambda: S.refined((1, 0)), "refined: grad_norms must be a tuple of one or more numbers > 0"),
    (lambda: S.refined((1,)), "refined: grad_norms must be two or more numbers > 0"),
    (lambda: S.refined((1, 1), 1), "refined: smoothing must be a number >= 0 and < 1"),
    (lambda: S.chebyshev(8, order="sorted"), "chebyshev: order must be 'fractal' or 'falling', got 'sorted'"),
    (lambda: S.fractal_order(12), "fractal_order: steps must be a power of two"),
    (lambda: S.radam(threshold=3), "radam: threshold must be a number >= 4, got 3"),
    (lambda: S.cut(cosine(1, 0, 9), 10), "cut: steps must be at most those of body, 9, got 10"),
    (lambda: S.cut(constant(1), -1), "cut: steps must be a whole number of steps >= 0"),
    (lambda: S.minimum(1, 2), "minimum: b must be a schedule, as a is a number, got 2"),
    (lambda: S.maximum("a", constant(1)), "maximum: a must be a finite number or a schedule, got 'a'"),
    (lambda: S.on_clock(constant(1, 5), 0), "on_clock: ticks must be a number > 0, or a schedule"),
    (lambda: S.on_clock(constant(1, 5), "64"), "on_clock: ticks must be a number > 0, or"),
    (lambda: S.on_clock(constant(1, 5), linear(2, -1, 3)), "on_clock: ticks must be a number > 0 at"),
    (lambda: S.on_clock(constant(1, 5), constant(2, 1) >> constant(-2)), "on_clock: ticks must be a number"),
    (lambda: S.on_clock(constant(1, 2**50), S.step(2**30)), "on_clock: ticks must be constant, or such"),
    (lambda: S.on_clock(constant(1), S.step(2**30))(2**21), "on_clock: ticks must be constant, or such"),
    (lambda: S.on_clock(constant(1, 2**53), 0.1), "on_clock: ticks must be so many that body is over within"),
    (lambda: S.seesaw(constant(1), 32), "seesaw: decay must be a schedule with a finite number of steps"),
    (lambda: S.seesaw(linear(0, 1, 9), 32), "seesaw: decay must be a whole number of steps long"),
    (lambda: S.seesaw(stretch(linear(1, 0, 9), 1.5), 32), "seesaw: decay must be a whole number"),
    (lambda: S.seesaw(linear(1, 0, 9), 0), "seesaw: batch_size must be a whole number >= 1"),
    (lambda: S.seesaw(linear(1, 0, 9), 32, 31), "seesaw: max_batch_size must be at least batch_size = 32"),
    (lambda: S.one_cycle(351, div=1e-300, final_div=1e-300), "one_cycle: final_div must be at least 1e-300"),
    (lambda: S.one_cycle(351, div=5e-324), "one_cycle: div must be at least 1e-300, got 5e-324"),
    (lambda: S.linear_one_cycle(351, div=1e-300, final_div=1e-9), "linear_one_cycle: final_div must be at"),
    (lambda: S.linear_one_cycle(351, div=5e-324), "linear_one_cycle: div must be at least 1e-300"),
    (lambda: S.untuned_linear(1), "untuned_linear: beta2 must be a number 0..1 - 1e-9, got 1"),
    (lambda: S.untuned_exponential(-0.1), "untuned_exponential: beta2"),
    (lambda: S.noam(0), "noam: warmup_steps must be a whole number of steps >= 1"),
    (lambda: S.noam_hold(5, -1), "noam_hold: hold_steps"),
    (lambda: S.warmup_inverse_sqrt(0), "warmup_inverse_sqrt: warmup_steps"),
    (lambda: S.rsqrt(90, 60, 31), "rsqrt: warmup_steps [+] decay_steps must be at most total_steps = 90"),
    (lambda: S.power_scheduler(90, 20, 10, 19), "power_scheduler: timescale must be at least warmup_steps"),
    (lambda: S.power_scheduler(90, 20, 10, 81), "power_scheduler: timescale [+] decay_steps must be at most"),
    (lambda: S.cosine_wave(0), "cosine_wave: steps"),
    (lambda: S.cosine_restarts(9, 0), "cosine_restarts: num_cycles must be a whole number >= 1, got 0"),
    (lambda: S.cosine_restarts(9, INF), "cosine_restarts: num_cycles"),
    (lambda: S.cyclic_polynomial(0), "cyclic_polynomial: decay_steps"),
    (lambda: S.wsd_s(0, 0), "wsd_s: stable_steps [+] decay_steps must be at least 1"),
    (lambda: S.triangular(0), "triangular: step_size_up"),
    (lambda: S.triangular2(1, -1), "triangular2: step_size_down"),
    (lambda: S.exp_range(1, 1, 0), "exp_range: gamma"),
    (lambda: S.linear_one_cycle(9, 0.5, 0.4), "linear_one_cycle: final_fraction must be at least"),
    (lambda: S.piecewise_constant((3,), (1,)), "piecewise_constant: multipliers must be one number more"),
    (lambda: S.piecewise_linear((3, 5), (1,)), "piecewise_linear: multipliers must be as many numbers"),
    (lambda: S.piecewise_cosine((5, 3), (1, 2)), "piecewise_cosine: knots must be .* increasing order"),
    (lambda: S.natural_exponential(0), "natural_exponential: rate"),
    (lambda: S.multiplicative(()), "multiplicative: factors"),
    (lambda: S.range_test(0, 1, 5), "range_test: start must be a number > 0"),
    (lambda: S.range_test(1e300, 1e-300, 5), "range_test: end must be nearer to start = 1e"),
    (lambda: S.range_test(1e-300, 1e300, 5), "range_test: end must be nearer to start = 1e-300"),
    (lambda: S.multiplicative((1e300, 1e300)), "table: multipliers must be .* finite numbers, got"),
    (lambda: S.exponential_cooldown(1, 0, 5, 1), "exponential_cooldown: ratio must be a number between"),
    (lambda: S.flat_cosine(90, 2), "flat_cosine: flat_fraction must be a number 0..1"),
    (lambda: S.infinite(90, 50, 30, 20), "infinite: warmup_steps [+] cooldown_steps [+] decay_steps must be"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("build", "says"), BAD, ids=[f"{says.split(':')[0]}{i}" for i, (_, says) in enumerate(BAD)]
)
def test_a_bad_argument_is_named_with_what_is_allowed(build, says):
    with pytest.raises(ValueError, match=says):
        build()


def test_the_second_computation_would_notice_one_step_and_one_per_mille():
    assert scalar(S.noam(9), 50, lambda t: min((t + 1) / 10, math.sqrt(10 / (t + 1)))) > ONE_PER_MILLE
    assert scalar(1.001 * S.flat_cosine(90), 90, S.flat_cosine(90)) > 0.9 * ONE_PER_MILLE
    assert torch.tensor(S.rex(1, 0, 9).values(9) - S.rex(1, 0, 10).values(9)).abs().max() > ONE_PER_MILLE


def test_the_gallery_shows_every_family():
    text = (Path(__file__).parents[2] / "notebooks/src/lessons/gallery.py").read_text()
    shown = re.findall(r'^show\("(.*)"\)$', text, flags=re.M)
    assert shown == list(dict.fromkeys(entry.family for entry in S.catalogue()))
