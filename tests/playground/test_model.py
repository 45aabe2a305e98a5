"""What the page of the playground is told: the library's own numbers and messages."""

import itertools
import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlib.playground import answer, reply
from lrlib.playground.model import DRAWN, LONGEST, curve
from lrlib.schedules import catalogue, parse
from tests.licences import ROOT


def asked(*texts, steps=600, base_lr=0.1, at=()):
    return answer({"steps": steps, "base_lr": base_lr, "at": list(at), "texts": list(texts)})


def one(text, **run):
    return asked(text, **run)["schedules"][0]


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in catalogue()])
def test_the_numbers_are_those_of_the_rates_one_by_one(entry, steps=437):
    found = one(entry.example, steps=steps, at=(0, 7, 2 * steps))
    try:
        schedule = entry.schedule(steps)
    except ValueError as error:
        assert found == {"error": str(error)}
        return
    rates = [0.1 * schedule(t) for t in range(steps)]
    assert found["curve"] == [[t, rate] for t, rate in enumerate(rates)]
    assert math.isclose(found["sum"], math.fsum(rates), rel_tol=1e-12, abs_tol=1e-12)
    assert math.isclose(found["mean"] * steps, found["sum"], rel_tol=1e-12, abs_tol=1e-12)
    assert [rate for _, rate in found["first"] + found["last"]] == rates[:3] + rates[-3:]
    assert [t for t, _ in found["last"]] == [steps - 3, steps - 2, steps - 1]
    assert found["highest"][1] == max(rates) and rates[found["highest"][0]] == max(rates)
    assert found["lowest"][1] == min(rates) and rates[found["lowest"][0]] == min(rates)
    assert found["at"] == [[t, 0.1 * schedule(t)] for t in (0, 7, 2 * steps)]
    assert parse(found["reads"]) == schedule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "linear(0, 1",
        "lineer(0, 1, 5)",
        "cosine(1, 0, -3)",
        "T",
        "cosine",
        "1/0*linear(0,1,2)",
        "hf.cosine(3)",
    ],
)
def test_a_text_that_cannot_be_read_is_answered_with_the_parsers_own_words(text):
    with pytest.raises(ValueError) as refused:
        parse(text, T=600)
    assert one(text) == {"error": str(refused.value)}


def test_one_wrong_text_does_not_hide_the_others():
    wrong, right = asked("nothing(", "linear(1, 0, T)")["schedules"]
    assert "error" in wrong and right["sum"] == pytest.approx(30.05)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("steps", value) for value in (0, LONGEST + 1, 2.5, None, "many", True)),
        *(("base_lr", value) for value in (0, -1, None, "x", math.inf)),
        *(("at", value) for value in ([-1], [0.5], ["x"], [None], list(range(41)))),
    ],
)
def test_a_number_out_of_range_is_refused_by_the_label_of_its_field(field, value):
    found = asked("linear(1, 0, T)", **{field: value})
    assert list(found["errors"]) == [field] and found["schedules"] == []
    page = (ROOT / "site/playground/index.html").read_text(encoding="utf-8")
    label = re.search(f'<label for="{field}">([^<,]+),', page)[1]
    assert re.match(rf"{label}\b", found["errors"][field])


def test_at_most_four_schedules_are_compared():
    assert "texts" in asked(*5 * ["constant(1)"])["errors"]


def test_a_run_that_is_longer_or_shorter_than_its_schedule_is_said():
    assert "Lasts 50 of the run's 600" in one("linear(1, 0, 50)")["note"]
    assert "900 updates long" in one("linear(1, 0, 900)")["note"]
    assert one("linear(1, 0, T)")["note"] == one("constant(1)")["note"] == ""


def test_a_rate_that_overflows_is_refused_and_not_shown():
    assert "too large" in one("1e308*constant(1)", base_lr=1e10)["error"]


@given(st.integers(0, 99), st.integers(2, 12))
def test_the_drawn_curve_hides_no_extreme_and_no_end(seed, factor):
    rates = np.random.default_rng(seed).standard_normal(factor * DRAWN + seed)
    drawn = curve(rates)
    assert len(drawn) <= 4 * DRAWN
    assert all(rates[t] == rate for t, rate in drawn)
    assert [drawn[0][0], drawn[-1][0]] == [0, len(rates) - 1]
    assert [max(r for _, r in drawn), min(r for _, r in drawn)] == [rates.max(), rates.min()]
    longest = max(b - a for (a, _), (b, _) in itertools.pairwise(drawn))
    assert longest <= len(rates) / DRAWN + 1


def test_one_spike_in_a_million_updates_is_drawn():
    rates = np.zeros(1_000_000)
    rates[123_457] = 1
    assert [123_457, 1.0] in curve(rates)


@pytest.mark.parametrize("text", ["", "[]", "3", "null", "{", '{"steps": 1}', "[" * 100_000, '{"texts": 5}'])
def test_what_is_no_request_is_answered_and_raises_nothing(text):
    assert "error" in json.loads(reply(text))


def test_a_hostile_text_costs_no_more_than_an_honest_one():
    for text in (
        "(" * 5000,
        "linear(0, 1, 5) >> " * 400 + "constant(1)",
        "9" * 9000,
        "__import__('os')",
        "\x00",
    ):
        found = one(text)
        assert "error" in found or found["reads"]
    assert "os" not in one("__import__('os')")["error"] or "unknown" in one("__import__('os')")["error"]


def test_schedules_whose_curves_cover_each_other_are_said():
    found = asked("cosine(1, 0, T)", "nothing(", "torch.cosine(total_steps=T)", "cosine(1, 0, T + 1)")
    assert found["alike"] == [[0, 2]]


def test_what_the_page_runs_needs_numpy_and_nothing_else():
    program = """import sys
from lrlib.playground import reply
reply('{"steps": 9, "base_lr": 1, "at": [], "texts": ["wsd(T, 1, 2)", "hf.cosine(total_steps=T)"]}')
print(*{name.split(".")[0] for name in sys.modules} - {"lrlib", "numpy"} - set(sys.stdlib_module_names))"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {name for name in done.stdout.split() if not name.startswith("_")}


def test_an_answer_is_json_that_reads_back_to_the_same_digits():
    request = {"steps": 600, "base_lr": 0.1, "at": [3], "texts": ["cosine(1, 0, T)"]}
    assert json.loads(reply(json.dumps(request))) == answer(request)
