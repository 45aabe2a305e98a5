"""A page that draws a schedule leads to the lessons on it."""

import re

import pytest

from lrlib.playground import answer
from lrlib.playground.subjects import COOLDOWN, HORIZON, PRESET, WARMUP, subjects
from lrlib.schedules import catalogue, names, parse
from notebooks.tools import playground
from notebooks.tools.explorers import LESSONS

TABLE = {number: each["subjects"] for number, each in playground.lessons().items()}


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("linear(1, 0, T)", ["linear"]),
        ("linear(0, 1, 30) >> linear(1, 0, T - 30)", [WARMUP, "linear"]),
        ("linear(-0.5, 0.5, T)", [WARMUP]),
        ("cosine(end=1, start=0.04, steps=T)", [WARMUP]),
        ("constant(1, T - 30) >> linear(1, 0, 30)", ["constant", COOLDOWN]),
        ("constant(0.5) * linear(1, 0, 30)", ["constant", "linear"]),
        ("constant(1, 5) >> constant(0.5)", ["constant"]),
        ("0.5 * hf.cosine(total_steps=T)", [PRESET]),
        (" restarts(cosine(1, 0, 20), t_mult=2)", ["restarts", "cosine"]),
        ("linear(0.1*1, 1, 30) >> constant(1)", ["linear", "constant"]),
    ],
)
def test_a_curve_is_called_by_what_it_is_for(text, about):
    assert parse(text, T=600) and subjects(text) == about


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in catalogue()])
def test_every_example_has_subjects_that_are_names(entry):
    assert set(subjects(entry.example)) <= {*names(), WARMUP, COOLDOWN}


def test_the_answer_says_them_and_whether_the_run_ends_before_the_schedule():
    texts = ["step(3)", "linear(1, 0, T)", "linear(1, 0, T + 1)"]
    found = answer({"steps": 9, "base_lr": 1, "at": [], "texts": texts})["schedules"]
    assert [each["subjects"] for each in found] == [["step"], ["linear"], ["linear", HORIZON]]


@pytest.mark.parametrize("number", TABLE)
def test_a_lesson_that_is_led_to_speaks_of_the_subject(number):
    (lesson,) = LESSONS.glob(f"{number}_*.py")
    text = lesson.read_text(encoding="utf-8").lower().replace("warm-up", "warmup")
    for subject in TABLE[number]:
        assert subject in (*names(), WARMUP, COOLDOWN, PRESET, HORIZON)
        assert [word for word in subject.split("_") if re.search(rf"\b{word}", text)], subject


def test_a_comparison_leads_back_to_its_lesson():
    for comparison in playground.examples("")["comparisons"]:
        said = answer(playground.request(comparison))["schedules"]
        found = {n for each in said for n in TABLE if {*each["subjects"]} & {*TABLE[n]}}
        assert comparison["lesson"] in found, (comparison["title"], found)
