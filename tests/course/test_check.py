"""Answers to learners: not done yet, wrong and why, right."""

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from lrlib.course import check
from lrlib.schedules import constant, cosine

CASES = [(t, 10) for t in range(12)]


def linear(t, T):
    return max(0, 1 - t / T)


def answered(capsys, yours, **options):
    settings = {"expected": linear, "cases": CASES, **options}
    check.answer(yours, **settings)
    return capsys.readouterr().out


def unfilled(t, T):
    raise NotImplementedError("how much of T is left?")


def test_an_unfilled_exercise_gets_its_hint(capsys):
    assert answered(capsys, unfilled) == "Not done yet. how much of T is left?\n"


def test_a_right_answer_is_praised_after_the_second_check(capsys):
    assert answered(capsys, linear).startswith("Right. 12 cases agree")
    assert "second check passes" in answered(capsys, linear, second=lambda f: None)


def test_a_wrong_answer_shows_yours_and_expected(capsys):
    said = answered(capsys, lambda t, T: 1 - t / T)
    assert "1 of 12 cases differ" in said and "for (11, 10)" in said and "yours -0.1, expected 0" in said


def said_of(capsys, yours, expected, **options):
    """The answer to a function that gives `yours` where `expected` is right, whatever it is asked."""
    return answered(capsys, lambda: yours, expected=lambda: expected, cases=[()], **options)


@pytest.mark.parametrize("expected", [1000.0, 0.0, -3e-3])
@pytest.mark.parametrize("tolerance, options", [(1e-9, {}), (0.01, {"tolerance": 0.01})])
def test_the_tolerance_is_relative_for_large_numbers_and_absolute_for_small_ones(
    capsys, expected, tolerance, options
):
    allowed = tolerance * (1 + abs(expected))
    for sign in (-1, 1):
        assert said_of(capsys, expected + sign * 0.9 * allowed, expected, **options).startswith("Right.")
        assert said_of(capsys, expected + sign * 1.1 * allowed, expected, **options).startswith("Not yet.")


@pytest.mark.parametrize("form", [np.float32, torch.tensor, lambda x: torch.tensor(x, requires_grad=True)])
def test_what_was_computed_in_float32_is_right_to_the_digits_of_float32(capsys, form):
    assert said_of(capsys, form(0.1), 0.1).startswith("Right.")
    assert said_of(capsys, form(1e6 / 3), 1e6 / 3).startswith("Right.")
    assert said_of(capsys, form(0.1 + 3e-6), 0.1).startswith("Not yet.")
    assert said_of(capsys, np.float64(0.1 + 3e-8), 0.1).startswith("Not yet.")
    said = said_of(capsys, form(0.1), 0.1, tolerance=1e-12)
    assert "yours 0.100000001, expected 0.1" in said and "computed in float32, expected float64" in said


ROW = np.array([1.0, 0.5, 0.25])


@pytest.mark.parametrize(
    "yours, expected",
    [
        ([1, 0.5, 0.25], ROW),
        ((1, 0.5, 0.25), ROW),
        (torch.tensor([1, 0.5, 0.25]), ROW),
        ([torch.tensor(1.0), 0.5, np.float64(0.25)], ROW),
        (pd.Series(ROW), ROW),
        (ROW, [1, 0.5, 0.25]),
        (ROW.tolist(), torch.tensor(ROW)),
        (np.array([0.5]), 0.5),
        ([0.5], 0.5),
        (torch.tensor([[0.5]]), 0.5),
        (np.float64(0.5), 0.5),
        (Fraction(1, 2), 0.5),
        (3.0, 3),
        (np.int32(3), 3),
        (10**20, 1e20),
        (np.True_, True),
        (np.nan, float("nan")),
        (np.inf, np.inf),
        (np.array([np.nan, -np.inf]), np.array([np.nan, -np.inf])),
    ],
    ids=repr,
)
def test_the_same_numbers_in_another_form_are_right(capsys, yours, expected):
    assert said_of(capsys, yours, expected).startswith("Right.")


@pytest.mark.parametrize(
    "yours, expected",
    [
        (ROW[:, None], ROW),
        (ROW[:2], ROW),
        ([*ROW, 0], ROW),
        (0.5, np.array([0.5])),
        ([0.5, 0.5], 0.5),
        ([], 0.5),
        (np.nan, 0.0),
        (-np.inf, np.inf),
        ({1, 0.5, 0.25}, ROW),
        ([1, None, 0.25], ROW),
        (iter(ROW), ROW),
        (lambda: ROW, ROW),
        (np.float16(0.1), 0.1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_shape_and_what_is_no_number_are_wrong(capsys, yours, expected):
    assert said_of(capsys, yours, expected).startswith("Not yet.")


NO_NUMBERS = [
    (cosine(1, 0, 9), cosine(1, 0, 9), cosine(1, 0, 8)),
    ("linear", "linear", "Linear"),
    ("a" * 90, "a" * 90, "a" * 89 + "b"),
    (None, None, 0.0),
    (1 + 2j, 1 + 2j, 1 - 2j),
    (np.array([1j, 2]), [1j, 2], [1j, 3]),
    ({"a": 0.1 + 0.2, "b": None}, {"a": 0.3, "b": None}, {"a": 0.4, "b": None}),
    ({"a": 1}, {"a": 1}, {"b": 1}),
    (["linear", 0.1 + 0.2], ["linear", 0.3], ["cosine", 0.3]),
    ([None, np.ones(2)], [None, np.ones(2)], [None, np.ones(3)]),
    ({1, 2}, {1, 2}, {1, 3}),
    (cosine, cosine, str),
]


@pytest.mark.parametrize(("yours", "expected", "other"), NO_NUMBERS, ids=lambda each: type(each).__name__)
def test_what_is_no_number_is_right_where_it_is_equal_and_never_looks_alike_where_it_is_not(
    capsys, yours, expected, other
):
    assert said_of(capsys, yours, expected).startswith("Right.")
    said = said_of(capsys, yours, other)
    assert said.startswith("Not yet.")
    left, right = re.search("yours (.*), expected (.*)", said).groups()
    assert left != right


@pytest.mark.parametrize("digit", range(1, 9))
def test_yours_and_expected_never_look_alike(capsys, digit):
    said = said_of(capsys, 1 / 3 + 10.0**-digit, 1 / 3)
    yours, expected = re.search("yours (.*), expected (.*)", said).groups()
    assert yours != expected and float(yours) - float(expected) == pytest.approx(10.0**-digit, rel=1)
    row = np.linspace(0, 1, 30)
    other = row + 10.0**-digit * (np.arange(30) >= 17)
    said = said_of(capsys, other, row)
    yours, expected = re.search(
        "13 of 30 values differ, first at \\[17\\]: yours (.*), expected (.*)", said
    ).groups()
    assert yours != expected
    said = said_of(capsys, other.reshape(5, 6), row.reshape(5, 6))
    assert f"first at [2, 5]: yours {yours}, expected {expected}" in said


def test_other_lengths_and_types_are_named(capsys):
    said = said_of(capsys, np.ones(7), np.ones(8))
    assert (
        "yours [1, 1, 1, 1, 1, 1, ...], expected" in said and "yours has 7 values, expected 8 values" in said
    )
    assert "yours has shape (3, 1), expected 3 values" in said_of(capsys, ROW[:, None], ROW)
    assert "yours has 2 values, expected one number" in said_of(capsys, [1, 2], 1)
    assert "yours is computed in int64, expected float64" in said_of(capsys, ROW.astype(int), ROW)
    assert "computed in" not in said_of(capsys, 1 - ROW, ROW)
    assert "yours None, expected 1\n  A function without a return" in said_of(capsys, None, 1)
    allowed = answered(capsys, lambda t: None, expected=lambda t: t or None, cases=[(0,), (3,)])
    assert "yours None, expected 3" in allowed and "return" not in allowed
    assert "yours '0.5', expected 0.5" in said_of(capsys, "0.5", 0.5)


@pytest.mark.parametrize("cases", [[], [1, 2], ["ab"], [(1, 10), [2, 10]]])
def test_cases_that_are_none_are_refused(cases):
    with pytest.raises(ValueError, match=r"check.answer: cases must be one or more tuples of arguments"):
        check.answer(linear, linear, cases)


def test_a_known_mistake_is_named_and_an_unknown_one_is_not(capsys):
    mistakes = {"Not clipped at T.": lambda t, T: 1 - t / T, "Divided by t.": lambda t, T: 0 if t else 1}
    assert "Not clipped at T." in answered(capsys, lambda t, T: 1 - t / T, mistakes=mistakes)
    said = answered(capsys, lambda t, T: 0.3, mistakes=mistakes)
    assert "Not clipped" not in said and "Divided" not in said


def test_a_crash_is_told_not_raised(capsys):
    assert "ZeroDivisionError" in answered(capsys, lambda t, T: 1 / 0)


def test_the_second_check_can_refuse(capsys):
    said = answered(capsys, linear, second=lambda f: "it is not a decay.")
    assert said.startswith("Not yet.") and "it is not a decay." in said


def test_none_and_wrong_shapes_are_wrong_answers(capsys):
    assert "Not yet." in answered(capsys, lambda t, T: None)
    assert "Not yet." in answered(capsys, lambda t, T: np.zeros(3))
    assert "Not yet." in answered(capsys, lambda t, T: "0.5")


def test_what_looks_like_a_number_is_no_number(capsys):
    assert "Not yet." in answered(capsys, lambda t, T: str(linear(t, T)))
    assert "Not yet." in answered(capsys, lambda t, T: linear(t, T) + 5j)


def test_a_function_that_changes_its_argument_cannot_change_the_question(capsys):
    def clears(x):
        x *= 0
        return x

    check.answer(clears, expected=lambda x: x * 1.0, cases=[(np.ones(3),)])
    assert "Not yet." in capsys.readouterr().out


def test_a_crash_in_the_second_check_is_told_not_raised(capsys):
    assert "ZeroDivisionError" in answered(capsys, linear, second=lambda f: 1 / 0)


def test_a_prediction_is_reconciled_with_the_measurement(capsys):
    check.reconcile(0.5, 0.51, tolerance=0.05)
    assert "Well predicted." in capsys.readouterr().out
    check.reconcile(0.5, 1.0, tolerance=0.05, reread="section 2")
    said = capsys.readouterr().out
    assert "off by 50 %" in said and "reread section 2" in said


@pytest.mark.parametrize("measured", [1, -4, 250.0])
def test_a_prediction_may_be_off_by_a_twentieth_of_what_was_measured(capsys, measured):
    for part, praised in ((0.049, True), (-0.049, True), (0.051, False), (-0.051, False), (np.nan, False)):
        check.reconcile(measured * (1 + part), measured, reread="above")
        assert ("Well predicted." in capsys.readouterr().out) == praised
    for part, praised in ((0.19, True), (-0.21, False)):
        check.reconcile(measured * (1 + part), measured, tolerance=0.2)
        assert ("Well predicted." in capsys.readouterr().out) == praised


def test_a_prediction_may_be_off_by_all_of_the_tolerance(capsys):
    check.reconcile(1.5, 2, tolerance=0.25)
    check.reconcile(0.25, 0, tolerance=0.25)
    assert capsys.readouterr().out.count("Well predicted.") == 2


def test_where_nothing_was_measured_the_distance_itself_counts(capsys):
    check.reconcile(0.04, 0.0)
    assert capsys.readouterr().out == "you said 0.04, measured 0: off by 0.04\nWell predicted.\n"
    check.reconcile(0.06, 0.0)
    assert "Worth a second look." in capsys.readouterr().out


def test_a_prediction_that_is_close_never_looks_like_the_measurement(capsys):
    check.reconcile(0.123456, 0.123457)
    assert capsys.readouterr().out.startswith("you said 0.123456, measured 0.123457: off by 0.00081 %")
    check.reconcile(1 / 3, 1 / 3)
    assert capsys.readouterr().out.startswith("you said 0.3333, measured 0.3333: off by 0 %")


@pytest.mark.parametrize("form", [np.float64, np.array, torch.tensor, lambda x: [x], Fraction])
def test_a_prediction_is_a_number_in_any_form(capsys, form):
    check.reconcile(form(0.5), 0.5)
    assert "Well predicted." in capsys.readouterr().out


@pytest.mark.parametrize(
    "given, said",
    [
        (None, "Not done yet."),
        (..., "Not done yet."),
        ("20 %", "yours is '20 %'"),
        ([1, 2], "yours is [1, 2]"),
    ],
)
def test_a_prediction_that_is_no_number_is_told_not_raised(capsys, given, said):
    check.reconcile(given, 0.5)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("measured", [-0.06, 0.0, 0.02])
def test_near_zero_a_distance_may_be_small_however_large_it_is_beside_the_measurement(capsys, measured):
    for said, praised in ((0, True), (measured + 0.09, True), (measured - 0.11, False)):
        check.reconcile(said, measured, near_zero=0.1)
        out = capsys.readouterr().out
        assert ("Well predicted." in out) == praised and "%" not in out


def test_a_prediction_that_is_not_made_shows_nothing_of_what_was_found(capsys):
    check.reconcile(None, 0.8125)
    check.category(None, "falls", options=("falls", "rises"))
    check.order(None, ["linear", "cosine"])
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and all(line.startswith("Not done yet.") for line in said)
    assert "0.81" not in said[0] and "'falls' or 'rises'" in said[1] and said[2].endswith("cosine, linear.")


FATES = {"kept": "Then the losses would be equal.", "goes": "", "turns round": "It ends above."}


@pytest.mark.parametrize(
    "said, lines",
    [
        ("goes", ["you said goes, found goes", "Well predicted."]),
        (" Goes", ["you said goes, found goes", "Well predicted."]),
        (
            "kept",
            [
                "you said kept, found goes",
                "Then the losses would be equal. Worth a second look: reread above.",
            ],
        ),
        ("gone", ["A prediction is 'kept', 'goes' or 'turns round'; yours is 'gone'."]),
        (0.5, ["A prediction is 'kept', 'goes' or 'turns round'; yours is 0.5."]),
        (["kept"], ["A prediction is 'kept', 'goes' or 'turns round'; yours is ['kept']."]),
    ],
)
def test_a_prediction_in_words_is_compared_with_what_was_found(capsys, said, lines):
    check.category(said, "goes", FATES, reread="above")
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize("of", [0.5, np.arange(3.0), pd.Series([1.0, 2.0]), None, {"a": 1}], ids=repr)
def test_options_that_map_to_data_and_not_to_reasons_are_words_alone(capsys, of):
    check.category("kept", "moved", {"kept": of, "moved": of}, reread="above")
    said = "you said kept, found moved\nWorth a second look: reread above.\n"
    assert capsys.readouterr().out == said


def test_what_was_found_has_to_be_one_of_the_options():
    with pytest.raises(ValueError, match=r"check.category: unknown option 'stays' \(allowed: kept, goes"):
        check.category("kept", "stays", FATES)


@pytest.mark.parametrize(
    "said, told, right, praised",
    [
        (["a", "b", "c", "d"], None, "6 of 6", True),
        (("B", "a ", "c", "d"), None, "5 of 6 pairs right; not a before b", True),
        (["b", "c", "a", "d"], None, "4 of 6 pairs right; not a before b, a before c", False),
        (["b", "a", "c", "d"], [("b", "a")], "0 of 1 pairs right; not a before b", False),
        (["b", "a", "c", "d"], [("b", "c"), ("a", "d")], "2 of 2", True),
        (np.array(["d", "c", "b", "a"]), None, "0 of 6", False),
    ],
)
def test_a_predicted_order_is_compared_pair_by_pair(capsys, said, told, right, praised):
    check.order(said, ["a", "b", "c", "d"], told)
    out = capsys.readouterr().out
    assert f"you ordered {right}" in out and ("Well predicted." in out) == praised


@pytest.mark.parametrize("said", [["a", "b"], ["a", "a", "b"], ["a", "b", "x"], "abc", 3, {"a": 1}])
def test_an_order_of_something_else_is_told_what_to_order(capsys, said):
    check.order(said, ["c", "b", "a"])
    assert capsys.readouterr().out.startswith("A prediction has each of these once: a, b, c; yours is")


def test_an_exercise_that_is_not_declared_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"check.exercise: unknown exercise '08.9'; did you mean '08\.."):
        check.exercise("08.9", linear)
    with pytest.raises(ValueError, match=r"exercise 08.1: unknown argument 'task'"):
        check.exercise("08.1", linear, task=1)


@pytest.mark.parametrize(
    "yours, said",
    [
        (lambda t, T: linear(t, T) / 2, "It is always 0.5 times the right value."),
        (lambda t, T: linear(t, T) + 0.25, "It is always 0.25 too high."),
        (lambda t, T: -linear(t, T), "The sign is the other way round."),
        (lambda t, T: 1 - linear(t, T), "It is 1 minus the right value."),
        (lambda t, T: linear(t, T) ** 2, "It is the square of the right value."),
        (lambda t, T: linear(t + 1, T), "It is right for a `t` that is one more."),
        (lambda t, T: linear(t, T - 1), "It is right for a `T` that is one less."),
        (lambda T, t: linear(t, T), "It is right with `T` and `t` swapped."),
        (lambda t, T: 0.5, "It is the same in every case."),
        (lambda t, T: round(linear(t, 8), 1), "It does not depend on `T`."),
        (lambda t, T: 1 - t / T, "It is right wherever `t` is at most `T`, and nowhere else."),
        (
            lambda t, T: linear(t, T) + (t in (3, 5)) / 9,
            "It is right wherever `t` is above 5; look at the other",
        ),
    ],
)
def test_a_mistake_that_nobody_foresaw_is_described(capsys, yours, said):
    cases = [(t, T) for t in range(1, 12) for T in (8, 10)]
    assert said in answered(capsys, yours, cases=cases)


def test_values_that_come_one_place_late_or_early_are_called_so(capsys):
    curve = np.arange(9.0) ** 2
    assert "Every value comes one place late." in said_of(capsys, np.append(7, curve[:-1]), curve)
    assert "Every value comes one place early." in said_of(capsys, np.append(curve[1:], 7), curve)


def test_a_part_that_is_right_and_parts_in_another_order_are_called_so(capsys):
    def both(t, T):
        return t / T, t + T

    said = answered(capsys, lambda t, T: (t / T, t * T + 1), expected=both)
    assert "The first value is right in every case; look at the second." in said
    said = answered(capsys, lambda t, T: (t, 7, T, 7 + t), expected=lambda t, T: (t, t, T, 1 + t))
    assert "The first and third values are right in every case; look at the second and fourth." in said
    assert "The parts come in the other order." in answered(
        capsys, lambda t, T: both(t, T)[::-1], expected=both
    )


@pytest.mark.parametrize("form", [tuple, list, np.array])
def test_truths_are_shown_as_truths(capsys, form):
    assert "yours False, expected True" in said_of(capsys, form([True, False]), form([True, True]))
    assert "yours False, expected True" in said_of(capsys, False, True)
    assert "yours 0, expected 1" in said_of(capsys, 0, True)


@pytest.mark.parametrize("truth", [bool, np.bool_])
def test_a_truth_beside_a_number_is_shown_as_a_truth(capsys, truth):
    assert "first at [1]: yours False, expected True" in said_of(capsys, (0.2, truth(0)), (0.2, truth(1)))


def test_what_is_counted_in_other_units_is_not_compared(capsys):
    cases = [(t, share) for t in range(6) for share in (0.5, 2.5)]
    off = answered(capsys, lambda t, s: t * s + (t > s), expected=lambda t, s: t * s, cases=cases)
    assert "`t`" in off and not re.search("`t` is [a-z ]+ `s`|`s` is [a-z ]+ `t`", off)


def test_arguments_that_a_function_does_not_name_say_no_place(capsys):
    def yours(*case):
        return linear(*case) if case[0] < 5 else 9

    assert "wherever" not in answered(capsys, yours)
    assert "wherever `t` is" in answered(capsys, lambda t, T: yours(t, T))


def test_a_value_of_one_case_is_no_rule(capsys):
    rates = [(g,) for g in np.random.default_rng(0).uniform(0.5, 2, 20).tolist()]
    odd = sorted(rates)[7][0]
    said = answered(capsys, lambda g: 2 * g + (g == odd), expected=lambda g: 2 * g, cases=rates)
    assert "1 of 20 cases differ" in said and "wherever" not in said
    whole = [(n,) for n in range(20)]
    said = answered(capsys, lambda n: 2 * n + (n == 7), expected=lambda n: 2 * n, cases=whole)
    assert "is not 7" not in said
    said = answered(capsys, lambda n: 2 * n + (n == 0), expected=lambda n: 2 * n, cases=whole)
    assert "It is right wherever `n` is not 0, and nowhere else." in said


def test_a_factor_that_is_an_argument_is_named(capsys):
    cases = [(t, T) for t in (1, 2, 5) for T in (8, 10)]
    said = answered(capsys, lambda t, T: T * linear(t, T), cases=cases)
    assert "It is `T` times the right value." in said
    said = answered(capsys, lambda t, T: linear(t, T) / t, cases=cases)
    assert "It is the right value, divided by `t`." in said


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_finite_number_is_told_like_any_other(capsys, odd):
    check.answer(lambda t: odd if t == 2 else t, lambda t: 2.0 * t, [(t,) for t in range(6)])
    check.answer(lambda t: 2.0 * t, lambda t: odd if t == 2 else t, [(t,) for t in range(6)])
    assert capsys.readouterr().out.count("Not yet.") == 2


def test_no_diagnosis_asks_for_what_may_never_end(capsys):
    asked = []

    def cycles(budget, T_0, T_mult):
        asked.append((T_0, T_mult))  # a walk of cycles that shrink, or have no length, does not end
        return 100 * budget + 10 * T_0 + T_mult

    said = answered(capsys, lambda budget, T_0, T_mult: T_mult, expected=cycles, cases=[(9, 2, 1), (8, 3, 2)])
    assert said.startswith("Not yet. 2 of 2 cases differ") and len(asked) > 4
    assert all(value >= 1 and value == int(value) for pair in asked for value in pair)


def test_an_argument_that_is_true_or_false_is_no_number_to_a_diagnosis(capsys):
    def left(t, warm):
        return t + 1 if warm else 2 * t

    cases = [(t, warm) for t in (3, 5) for warm in (True, False)]
    said = answered(capsys, lambda t, warm: t + 1, expected=left, cases=cases)
    assert "It does not depend on `warm`." in said
    said = answered(capsys, lambda t, warm: t + 1 if warm else t * t, expected=left, cases=cases)
    assert "It is right wherever `warm` is True, and nowhere else." in said


def test_an_answer_that_may_be_infinite_is_diagnosed_by_its_finite_values(capsys):
    def limit(h):
        return 2 / h if h else float("inf")

    cases = [(h,) for h in (0.5, 0.0, 1.0, 3.0, 7.0)]
    check.answer(lambda h: 3 * limit(h), limit, cases)
    assert "It is always 3 times the right value." in capsys.readouterr().out
    check.answer(lambda h: limit(h) if h > 1 else float("nan"), limit, cases)
    assert "Not yet. 3 of 5 cases differ" in capsys.readouterr().out


def test_schedules_of_the_same_values_are_the_same_answer(capsys):
    long = cosine(1, 0, 9)
    assert said_of(capsys, long >> constant(0, 5), long).startswith("Right.")
    assert said_of(capsys, long >> constant(0), long).startswith("Right.")
    assert said_of(capsys, long >> constant(0, 3000) >> constant(1), long).startswith("Not yet.")
    assert said_of(capsys, long.loop(), long).startswith("Not yet.")


@pytest.mark.parametrize("form", [float, np.float64, lambda x: np.array([x]), np.array, torch.tensor])
def test_a_second_check_gets_whole_numbers_in_whatever_form_they_come(capsys, form):
    def counts(f):
        return None if list(range(f(3))) == [0, 1, 2] else "it does not count."

    check.answer(lambda n: form(n), expected=lambda n: n, cases=[(2,)], second=counts)
    assert capsys.readouterr().out.startswith("Right.")


def test_code_that_stops_is_told_the_line_and_the_case(capsys):
    def looks_up(t, T):
        table = {0: 1}
        return table[t]

    said = answered(capsys, looks_up)
    assert said == (
        "Your code stopped for (1, 10), in the line `return table[t]` with KeyError: there is no 1\n"
    )
    said = answered(capsys, lambda t, T: min([]))
    assert said.startswith("Your code stopped for (0, 10), in the line") and "with ValueError" in said


def test_lists_that_differ_late_show_where(capsys):
    right = [{"rate": [0.5] * 40, "step": step} for step in range(30)]
    yours = [dict(row, step=row["step"] + (row["step"] == 17)) for row in right]
    assert "at [17]: at ['step']: yours 18, expected 17" in said_of(capsys, yours, right)


def test_an_answer_that_is_no_function_is_told_so(capsys):
    assert answered(capsys, 0.5) == "A function is wanted; yours is 0.5.\n"
    assert answered(capsys, None) == "Not done yet.\n"
    check.choice("cosine", {"A": "cosine"})
    assert capsys.readouterr().out == "A matching is a dict, as in {'A': ...}; yours is 'cosine'.\n"


def test_what_speaks_against_a_choice_comes_before_the_reason(capsys):
    found = {("A", "line"): "A line would not be flat."}
    check.choice(
        {"A": "line", "B": "step"},
        {"A": "cosine", "B": "line"},
        {"A": "Flat.", "B": "Straight."},
        against=lambda question, chosen: found.get((question, chosen), ""),
    )
    said = capsys.readouterr().out
    assert "A: yours 'line' is not it. A line would not be flat." in said
    assert "B: yours 'step' is not it. Straight." in said


def test_a_matching_is_checked_choice_by_choice(capsys):
    right = {"A": "cosine", "B": "linear"}
    check.choice({"A": None, "B": "linear"}, right)
    assert "Not done yet" in capsys.readouterr().out
    check.choice({"A": "linear", "B": "linear"}, right, reasons={"A": "It is flat at its start."})
    said = capsys.readouterr().out
    assert "A: yours 'linear' is not it. It is flat at its start." in said and "B:" not in said
    check.choice({"A": " Cosine", "B": "linear", "C": "more"}, right)
    assert "Right." in capsys.readouterr().out
