"""The report on a training log: the answer, the figure, and what it refuses before anything starts."""

import csv
import html
import json
import re
import shlex

import numpy as np
import pytest

from lrlib import reports
from lrlib.course.museum import TRAPS
from lrlib.reports import asking, doctor
from lrlib.rules import Refused
from lrlib.schedules import cosine, parse, warmup_cosine

NOTHING = {"log": "", "schedule": "", "base_lr": 0.0, "steps": 0, "accumulation": 0, "processes": 0,
           "epoch_steps": 0, "listed": 4}  # fmt: skip
STEPS = np.arange(0, 600, 10)
COMMAND = "python -m lrlib report doctor "
PLAN = "warmup_cosine(T, 60)"


def asked(path, rates, rows=STEPS, name="lr", **given):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["step", name], *zip(rows.tolist(), rates.tolist(), strict=True)])
    return {**NOTHING, "log": str(path), **given}


def rounded(rates):
    return np.array([float(f"{rate:.3e}") for rate in rates])


def test_the_run_that_stands_in_where_no_log_is_given_was_planned_as_the_report_says():
    plan = TRAPS[doctor.EXAMPLE].broken(doctor.PLANNED["base_lr"]).intended
    meant = doctor.PLANNED["base_lr"] * parse(doctor.PLANNED["schedule"]).values(len(plan))
    np.testing.assert_allclose(np.reshape(plan, -1), meant, rtol=1e-12)
    case = doctor.examined(NOTHING)
    assert case.diagnosis.fault == "too-fast" and "4 times too fast" in html.unescape(
        doctor.answer(case).data
    )


def test_a_run_as_planned_is_said_to_be_so_and_one_that_left_the_plan_since_when_and_why(tmp_path):
    schedule = warmup_cosine(600, 60)
    given = {"schedule": PLAN, "steps": 600, "base_lr": 0.1, "accumulation": 4}
    case = doctor.examined(asked(tmp_path / "a.csv", rounded(0.1 * schedule(STEPS)), **given))
    assert case.diagnosis.fault is None
    assert "The rates are as planned" in html.unescape(doctor.answer(case).data)
    assert doctor.fix(case).data == "" and "what was planned" in doctor.figure(case).alt

    case = doctor.examined(asked(tmp_path / "b.csv", rounded(0.1 * schedule(4 * STEPS)), **given))
    said = html.unescape(doctor.answer(case).data)
    assert case.diagnosis.since <= 10 and "4 times too fast" in said and "micro-batch" in said
    assert "scheduler.step()" in doctor.fix(case).data
    assert doctor.handed_over(case, 4)["fault"] == "too-fast"


def test_without_a_plan_the_answer_is_the_schedule_and_what_else_it_may_be(tmp_path):
    case = doctor.examined(asked(tmp_path / "a.csv", 0.1 * cosine(1, 0, 600)(STEPS)))
    assert case.diagnosis is None
    assert "cosine(1, 0, 600)" in html.unescape(doctor.answer(case).data)
    assert "`cosine(1, 0, 600)` | 0.1 |" in doctor.also(case, 4).data
    steps = np.array([0, 300, 600])
    case = doctor.examined(asked(tmp_path / "b.csv", 0.1 * cosine(1, 0, 600)(steps), steps))
    texts = [one["schedule"] for one in doctor.handed_over(case, 50)["candidates"]]
    assert "cosine(1, 0, 600)" in texts and "linear(1, 0, 600)" in texts
    rates = 0.1 + 0.05 * np.random.default_rng(0).random(len(STEPS))
    case = doctor.examined(asked(tmp_path / "c.csv", rates))
    assert (
        "none of the catalogue" in html.unescape(doctor.answer(case).data)
        and "No schedule" in doctor.also(case, 4).data
    )
    assert doctor.title(case) == "None of the catalogue" and doctor.figure(case).png()


def test_the_length_of_the_run_is_taken_from_the_log_where_it_says_it(tmp_path):
    history = [{"step": s + 1, "learning_rate": 0.1 * warmup_cosine(600, 60)(s)} for s in STEPS.tolist()]
    (path := tmp_path / "trainer_state.json").write_text(
        json.dumps({"log_history": history, "max_steps": 600})
    )
    case = doctor.examined({**NOTHING, "log": str(path), "schedule": PLAN})
    assert case.intended == warmup_cosine(600, 60) and case.diagnosis.fault is None


def test_what_a_log_calls_its_columns_is_never_read_as_markup(tmp_path):
    name = "lr/<script>alert(1)</script>`*x*|"
    case = doctor.examined(asked(tmp_path / "a.csv", 0.1 * cosine(1, 0, 600)(STEPS), name=name))
    said = doctor.read(case).data + doctor.answer(case).data
    assert name in html.unescape(said)
    assert not set("<`|*") & set(said.replace("**", ""))


def test_the_commands_of_the_page_on_reports_are_accepted(tmp_path, monkeypatch):
    page = (asking.FOLDER / "README.md").read_text(encoding="utf-8")
    lines = [shlex.split(line)[5:] for line in page.splitlines() if line.startswith(COMMAND)]
    monkeypatch.chdir(tmp_path)
    history = [{"step": s + 1, "learning_rate": 0.1 * warmup_cosine(600, 60)(s)} for s in STEPS.tolist()]
    (folder := tmp_path / "checkpoint-600").mkdir()
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": history, "max_steps": 600}))
    for name in ("train.csv", "metrics.csv"):
        asked(tmp_path / name, 0.1 * warmup_cosine(600, 60)(STEPS))
    assert len(lines) == 3
    for words in lines:
        assert set(words[::3]) == {"-p"}
        settled = asking.asked("doctor", dict(zip(words[1::3], words[2::3], strict=True))).settled
        case = doctor.examined(settled)
        assert case.diagnosis is None or case.diagnosis.fault is None


def test_the_figure_shows_the_group_that_is_off(tmp_path):
    (path := tmp_path / "a.csv").write_text(
        "step,lr/body,lr/head\n"
        + "".join(f"{s},{0.1 * warmup_cosine(600, 60)(s):.4g},0.01\n" for s in STEPS.tolist())
    )
    case = doctor.examined({**NOTHING, "log": str(path), "schedule": PLAN, "steps": 600, "base_lr": 0.1})
    alt = doctor.figure(case).alt
    assert case.diagnosis.group == "lr/head" and f"at most {case.diagnosis.largest:.2g} in size" in alt


def test_a_log_that_counts_epochs_is_compared_in_updates_or_says_that_it_is_not(tmp_path):
    (path := tmp_path / "a.csv").write_text(
        "epoch,lr\n" + "".join(f"{e},{0.1 * warmup_cosine(600, 60)(10 * e):.4g}\n" for e in range(60))
    )
    given = {**NOTHING, "log": str(path), "schedule": PLAN, "steps": 600, "base_lr": 0.1}
    case = doctor.examined(given)
    assert "if the plan counts epochs" in case.diagnosis.sentence and "epoch_steps" in case.diagnosis.mend
    assert doctor.fix(case).data == ""
    assert doctor.examined({**given, "epoch_steps": 10}).diagnosis.fault is None


@pytest.mark.parametrize("rates", [np.zeros(60), -0.1 * warmup_cosine(600, 60)(STEPS), np.full(60, 0.1)])
def test_a_log_that_no_run_should_have_gets_a_page(rates, tmp_path):
    for plan in ({}, {"schedule": PLAN, "steps": 600}):
        case = doctor.examined(asked(tmp_path / "a.csv", rates, **plan))
        assert doctor.answer(case).data and doctor.figure(case).png() and doctor.also(case, 4).data
        assert "nan" not in doctor.figure(case).alt


BAD = {
    "no such file": ({"log": "none.csv"}, "log must be a file"),
    "no rate": ({"log": "x.csv"}, "there is no learning rate in it"),
    "a plan without a log": ({"schedule": "cosine(1, 0, 600)"}, "give -p log too"),
    "no schedule": ({"log": "ok.csv", "schedule": "cosinus(1, 0, 600)"}, "unknown"),
    "T not known": ({"log": "ok.csv", "schedule": PLAN}, "say with -p steps"),
    "a base rate of nothing": ({"log": "ok.csv", "base_lr": 0.1}, "belongs to an intended schedule"),
    "a row that fits all": ({"log": "one.csv", "schedule": "cosine(1, 0, 600)"}, "give base_lr"),
    "a wrong number": ({"log": "ok.csv", "accumulation": -1}, "accumulation must be"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_examined_is_refused_before_anything_starts(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("step,loss\n0,1\n")
    (tmp_path / "one.csv").write_text("step,lr\n50,0.1\n")
    (tmp_path / "ok.csv").write_text("step,lr\n0,0.1\n1,0.1\n")
    given, said = BAD[kind]
    with pytest.raises(Refused, match=said):
        asking.asked("doctor", given)


@pytest.mark.long
def test_the_whole_report_on_a_log_says_what_was_found(tmp_path):
    rates = rounded(0.1 * warmup_cosine(600, 60)(4 * STEPS))
    given = asked(tmp_path / "run.csv", rates, schedule=PLAN, steps=600, base_lr=0.1, accumulation=4)
    given = {name: value for name, value in given.items() if value}
    reports.run("doctor", given, tmp_path / "out")
    found = json.loads((tmp_path / "out" / "results.json").read_text())
    assert "too-fast" in json.dumps(found) and "4 times too fast" in json.dumps(found)
    page = re.sub("<[^>]*>", "", (tmp_path / "out" / "report.html").read_text())
    assert "4 times too fast" in page and "run.csv" in page and "scheduler.step()" in page
