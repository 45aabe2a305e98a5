"""The numbers that a slider moves stand where they are said to stand."""

import pytest

from lrlib.playground.numerals import numerals
from lrlib.schedules import catalogue, parse

TEXTS = [
    *(entry.example for entry in catalogue()),
    "  linear(0, 1, 30) >> cosine(1, -0.5, T - 30)",
    "hf.cosine(total_steps=T, warmup_steps=0.05*T, num_cycles=1.5)",
    "optax.piecewise_constant(milestones=(10, 20), factors=[0.5, 0.1])",
    "0.5 * linear(1, 0, T) / 4",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_number_is_found_where_it_stands_and_within_its_range(text):
    found = numerals(text, 600)
    for number in found:
        assert float(text[number["at"] : number["until"]]) == number["value"]
        assert number["low"] <= number["value"] <= number["high"] and number["low"] < number["high"]
    places = [number["at"] for number in found]
    assert places == sorted(set(places))


@pytest.mark.parametrize("text", TEXTS)
def test_moving_one_number_changes_that_number_alone(text):
    for number in numerals(text, 600):
        moved = text[: number["at"]] + repr(number["value"]) + text[number["until"] :]
        assert parse(moved, T=600) == parse(text, T=600)


def test_a_number_is_called_by_its_parameter():
    said = [(n["label"], n["value"]) for n in numerals("wsd(T, 0.05*T, decay_steps=T - 40)", 600)]
    assert said == [("wsd: warmup_steps, part of T", 0.05), ("wsd: decay_steps, T minus", 40)]


def test_steps_move_within_the_run_and_by_whole_steps():
    (steps,) = [n for n in numerals("linear(0, 1, 30)", 600) if n["label"] == "linear: steps"]
    assert (steps["low"], steps["high"], steps["whole"]) == (1, 600, True)
