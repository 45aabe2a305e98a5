"""Which schedule the rates of a log are: found exactly, from rounded and thinned logs too."""

import numpy as np
import pytest

from lrlib.doctor import Log, identify
from lrlib.schedules import parse
from tests.doctor.right import right
from tests.doctor.test_faults import rounded

FAMILIES = (
    "constant()",
    "cosine(1, 0, T)",
    "cosine(1, 0.1, T)",
    "linear(0, 1, 100) >> cosine(1, 0, T - 100)",
    "linear(0, 1, 100) >> linear(1, 0, T - 100)",
    "shift(linear(0, 1, 101), 1) >> linear(1, 0, T - 100)",
    "linear(0, 1, 100) >> constant(1, 700) >> linear(1, 0, 200)",
    "linear(0, 1, 100) >> constant(1, 700) >> warp(linear(1, 0, 200), 0.5)",
    "linear(0, 1, 100) >> inverse_sqrt(100)",
    "exponential(0.995)",
    "inverse_time(50)",
    "polynomial(1, 0, T, 2)",
    "cosine(0.04, 1, 300) >> cosine(1, 4e-6, 700)",
    "linear(0, 1, 100) >> constant()",
    "step(100, 0.5)",
    "multistep((300, 800), 0.3)",
    "piecewise_constant((300, 700), (1, 0.5, 0.1))",
    "restarts(cosine(1, 0.1, 250))",
    "restarts(cosine(1, 0, 100), t_mult=2)",
    "triangular(100, min_factor=0.1)",
    "cosine_wave(300)",
    "stairs(cosine(1, 0, 1000), 20)",
    "linear(0, 1, 50) >> multistep((300, 700), 0.1)",
    "linear(0, 1, 40) >> restarts(cosine(1, 0, 320))",
)


@pytest.mark.parametrize("text", FAMILIES)
def test_every_family_is_found_from_a_log_of_full_digits_and_from_one_that_is_rounded_and_thinned(text):
    schedule = parse(text, T=1000)
    for every, digits in ((1, None), (10, 4)):
        t = np.arange(0, 1000, every)
        found = identify(Log(t, rounded(3e-4 * schedule(t), digits)))
        assert found.candidates, (every, digits)
        best = found.candidates[0]
        np.testing.assert_allclose(best.rates(t), 3e-4 * schedule(t), atol=2e-3 * 3e-4)
        assert best.relative < 1e-3 and best.text in found.sentence


def test_none_of_the_catalogue_is_an_answer():
    rates = np.random.default_rng(0).uniform(0.1, 1, 50)
    found = identify(Log(range(50), rates))
    assert found.candidates == () and "none of the catalogue" in found.sentence


def test_what_cannot_be_told_apart_is_listed_and_the_simplest_comes_first():
    found = identify(Log([0, 500, 1000], [0.1, 0.05, 0.0]))
    texts = [candidate.text for candidate in found.candidates]
    assert "linear(1, 0, 1000)" in texts and "cosine(1, 0, 1000)" in texts
    assert texts[0] == "linear(1, 0, 1000)" and "cannot tell" in found.sentence


def test_a_peak_that_was_never_logged_is_found_from_both_sides():
    schedule, t = parse("linear(0, 1, 75) >> cosine(1, 0, 925)"), np.arange(0, 1000, 50)
    found = identify(Log(t, rounded(0.3 * schedule(t), 6)))
    assert found.candidates[0].base_lr == 0.3 > found.candidates[0].rates(t).max()
    assert found.candidates[0].text == "linear(0, 1, 75) >> cosine(1, 0, 925)"


def test_an_end_beyond_the_log_is_said_to_be_found_by_going_on():
    t = np.arange(500)
    linear = identify(Log(t, 0.1 * parse("linear(1, 0, 1000)")(t))).candidates[0]
    assert linear.text == "linear(1, 0, 1000)"
    assert "before the way down does" in linear.undetermined and "does not say" in linear.undetermined
    whole = np.arange(1000)
    assert not identify(Log(whole, 0.1 * parse("cosine(1, 0, 1000)")(whole))).candidates[0].undetermined


def test_groups_have_their_ratio():
    rates = 0.1 * parse("cosine(1, 0, 200)").values(200)
    found = identify(Log(range(200), np.stack([rates, 0.1 * rates], axis=1), ("body", "head")))
    assert found.ratios == (1, 0.1) and found.others[0].candidates[0].base_lr == 0.01


@pytest.mark.long
def test_most_random_schedules_are_found_and_what_is_found_is_right_where_it_was_logged():
    unknown = 0
    for run in map(right, range(200)):
        found = identify(run.log).candidates
        unknown += not found
        for one in found:
            t = run.updates - run.updates[0] + one.first_update
            top = run.base_lr * run.schedule(run.updates).max()
            np.testing.assert_allclose(one.rates(t), run.base_lr * run.schedule(run.updates), atol=2e-2 * top)
    assert unknown <= 60


@pytest.mark.parametrize("digits", [None, 4])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("linear(0, 1, 10) >> cosine(1, 0, 110)", range(5, 61, 5)),
        ("cosine(1, 0.1, 1000)", range(0, 301, 10)),
        ("linear(0, 1, 100) >> constant(1, 500) >> cosine(1, 0, 5000)", range(10, 1001, 10)),
    ],
)
def test_a_run_that_ended_long_before_its_schedule_is_found(text, rows, digits):
    t, schedule = np.array(rows), parse(text)
    best = identify(Log(t, rounded(3e-4 * schedule(t), digits))).candidates[0]
    assert best.schedule == schedule and best.base_lr == 3e-4
    assert "before the way down does" in best.undetermined


def test_a_slope_with_a_row_a_step_is_no_staircase():
    t, schedule = np.arange(0, 1000, 10), parse("linear(0, 1, 40) >> cosine(1, 0, 360)")
    assert identify(Log(t, rounded(3e-4 * schedule(t), 4))).candidates[0].schedule == schedule


@pytest.mark.parametrize("rates", [[0.1], [0, 3e-5], [0.1, 0.05], [0.1, 0.1]])
def test_one_or_two_rows_are_too_few_to_tell(rates):
    found = identify(Log(range(0, 10 * len(rates), 10), rates))
    assert found.candidates == () and "too few" in found.sentence


@pytest.mark.parametrize("rates", [[0, 3e-5, 1e-5], [3e-5, 0, 3e-5, 0], [0, 0, 0], [0, 0, 1, 0, 0, 1]])
def test_few_rows_with_zeros_have_an_answer_and_no_floor_above_the_peak(rates):
    for one in identify(Log(range(len(rates)), rates)).candidates:
        assert one.schedule(np.arange(100)).max() <= 1


def test_what_came_before_the_first_row_is_not_made_up():
    t, schedule = np.arange(500, 1000, 10), parse("linear(0, 1, 100) >> cosine(1, 0, 900)")
    assert "begins at update 500, and does not say" in identify(Log(t, rounded(schedule(t), 4))).sentence
    assert "begins at" not in identify(Log(t[1:] - 500, rounded(schedule(t[1:] - 500), 4))).sentence
