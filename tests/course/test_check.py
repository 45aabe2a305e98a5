"""Answers to learners: not done yet, wrong and why, right."""

import numpy as np

from lrlib.course import check

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


def test_a_matching_is_checked_choice_by_choice(capsys):
    right = {"A": "cosine", "B": "linear"}
    check.choice({"A": None, "B": "linear"}, right)
    assert "Not done yet" in capsys.readouterr().out
    check.choice({"A": "linear", "B": "linear"}, right, reasons={"A": "It is flat at its start."})
    said = capsys.readouterr().out
    assert "A: yours 'linear' is not it. It is flat at its start." in said and "B:" not in said
    check.choice(right, right)
    assert "Right." in capsys.readouterr().out
