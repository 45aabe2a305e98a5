"""The report `forecast`: logs of the usual trainers in, one answer or one refusal out."""

import json
import re

import numpy as np
import pytest

from lrlib.doctor.log import Log
from lrlib.evidence.curves import MultiPowerLaw
from lrlib.reports import asking, forecast
from lrlib.rules import Refused
from lrlib.schedules import parse_for

STEPS, PEAK = 1000, 0.1
TRUE = MultiPowerLaw(2.0, 1.5, 0.45, 6.0, 0.4, 0.6, 0.65)
SETTLED = {"what_if": [], "steps": 0, "base_lr": 0.0, "shapes": ["linear(1, 0, R)", "wsd(R, 0, 0.2*T)"]}


def losses(text):
    rates = np.maximum(PEAK * parse_for(text, STEPS).values(STEPS), 0.02 * PEAK)
    return rates, TRUE.predict(rates)


@pytest.fixture
def logs(tmp_path):
    """Logs of two runs: a CSV, and a history with a loss in every tenth row."""
    rates, loss = losses("constant(1)")
    files = [Log(np.arange(STEPS), rates, loss=loss).write(tmp_path / "constant.csv")]
    rates, loss = losses("cosine(1, 0.02, T)")
    rows = [
        {"step": step, "learning_rate": rates[step]} | ({"loss": loss[step]} if step % 10 == 9 else {})
        for step in range(STEPS)
    ]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    return [str(file) for file in (*files, tmp_path / "trainer_state.json")]


def test_logs_of_two_trainers_give_forecasts_that_are_right_and_a_table_that_says_so(logs):
    settled = SETTLED | {"curves": logs}
    forecast.check(settled)
    told = forecast.told(settled)
    for text in ("linear(1, 0, T)", "wsd(T, 0, 0.2*T)"):
        row, true = told.rows.loc[text], losses(text)[1][-1]
        assert row.low < true < row.high and row.verdict in ("better", "worse", "cannot tell")
    assert told.given.index[0] in told.answer and f"{told.given.forecast.iloc[0]:#.4g}" in told.answer
    assert re.search(r"\| than the best run \|", told.table) and told.summary[0] in told.picture("nats").alt
    json.dumps(told.results(), allow_nan=False)


def test_one_constant_run_is_answered_by_a_refusal_that_names_the_run_to_add(logs):
    told = forecast.told(SETTLED | {"curves": logs[:1]})
    assert told.answer.startswith("**No forecast: its rate ends at") and "add a run" in told.answer
    assert "none to leave out" in told.held_out and told.picture("nats") is None
    json.dumps(told.results(), allow_nan=False)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"loss": None}, "has no loss"),
        ({"loss": np.r_[-1.0, np.ones(STEPS - 1)]}, "not positive"),
        ({"rates": np.full(STEPS, 0.1), "loss": np.linspace(3, 9, STEPS)}, "diverged"),
    ],
)
def test_logs_that_cannot_be_forecast_from_are_refused_before_anything_runs(tmp_path, change, says):
    rates, loss = losses("constant(1)")
    log = Log(np.arange(STEPS), **({"rates": rates, "loss": loss} | change))
    path = str(log.write(tmp_path / "mine.csv"))
    with pytest.raises(Refused, match=says):
        asking.asked("forecast", {"curves": path})


def test_steps_that_count_tokens_are_refused_and_fill_no_memory():
    log = Log([0, 500, 4_000_000_000], [0.1, 0.1, 0.0], loss=[3.0, 2.5, 2.0])
    with pytest.raises(Refused, match="count updates, not examples"):
        forecast.made_of(log, "mine")


def test_texts_are_checked_for_the_length_of_the_runs(logs):
    with pytest.raises(Refused, match="schedules"):
        asking.asked("forecast", {"curves": logs, "what_if": ["linear(1, 0, 300)"]})
    assert asking.asked("forecast", {"curves": logs, "what_if": ["linear(1, 0, T - 30) >> constant(0.01)"]})


def test_what_a_log_calls_itself_reaches_the_page_as_text(tmp_path):
    rates, loss = losses("cosine(1, 0.02, T)")
    path = Log(np.arange(STEPS), rates, loss=loss).write(tmp_path / "a<script>alert(1)<b>|.csv")
    told = forecast.told(SETTLED | {"curves": [str(path)]})
    assert "<script" not in told.answer + told.table + told.held_out


def test_shapes_of_a_profile_come_behind_the_warmup_of_the_runs():
    rates = 0.1 * parse_for("linear(0, 1, 50) >> cosine(1, 0, T - 50)", STEPS).values(STEPS)
    run = forecast.made_of(Log(np.arange(STEPS), rates, loss=np.linspace(3, 2, STEPS)), "mine")
    assert forecast.after_warmup(["linear(1, 0, R)"], (run,)) == ["linear(0, 1, 50) >> linear(1, 0, T - 50)"]
