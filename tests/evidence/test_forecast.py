"""Forecasts of runs that were not made: right where the law is known, refused where runs say nothing."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lrlib.evidence import forecast
from lrlib.evidence.curves import Curve, MultiPowerLaw
from lrlib.evidence.forecast import Fit
from lrlib.rules import Refused
from lrlib.schedules import parse_for

STEPS, PEAK = 1200, 0.1
TRUE = MultiPowerLaw(2.0, 1.5, 0.45, 6.0, 0.4, 0.6, 0.65)


def rates(text, steps=STEPS, peak=PEAK):
    return np.maximum(peak * parse_for(text, steps).values(steps), 0.02 * peak)


def run(text, steps=STEPS, noise=1e-3, seed=0, peak=PEAK, every=10):
    """A run that the law describes, with noise."""
    used, at = rates(text, steps, peak), np.arange(every - 1, steps, every)
    losses = TRUE.predict(used, at) * (1 + noise * np.random.default_rng(seed).standard_normal(len(at)))
    return Curve(used, at, losses, f"{text}, {steps}")


GIVEN = (run("constant(1)"), run("cosine(1, 0.1, T)", seed=1))


@pytest.mark.parametrize(
    "text, steps",
    [("linear(1, 0, T)", STEPS), ("wsd(T, 0, 0.2*T)", STEPS), ("cosine(1, 0.1, T)", 2 * STEPS)],
)
def test_a_run_that_the_law_describes_ends_in_its_interval(text, steps):
    found = Fit(GIVEN).predict(rates(text, steps))
    true = TRUE.predict(rates(text, steps))[-1]
    assert found.low < true < found.high
    assert found.loss == pytest.approx(true, rel=0.015)
    assert found.high / found.low < 1.3


def test_what_a_run_ended_at_does_not_reach_its_own_forecast():
    runs = (*GIVEN, run("wsd(T, 0, 0.3*T)", seed=2))
    changed = dataclasses.replace(runs[2], losses=runs[2].losses * 1.3)
    columns = ["forecast", "low", "high"]
    before, after = (forecast.held_out([*GIVEN, last]) for last in (runs[2], changed))
    assert (before.loc[runs[2].name, columns] == after.loc[runs[2].name, columns]).all()
    assert before.loss.iloc[2] != after.loss.iloc[2]


def test_intervals_are_widened_until_each_held_out_run_lies_in_its_own():
    table = pd.DataFrame(
        {"loss": [2.0, 3.0], "forecast": [2.1, 3.0], "low": [2.08, 2.9], "high": [2.1 * 2.1 / 2.08, 3.1]}
    ).assign(refused="")
    wider = forecast.widening(table)
    assert 2.1 * np.exp(-wider * np.log(2.1 / 2.08)) == pytest.approx(2.0)
    assert forecast.widening(table.iloc[1:]) == forecast.widening(table.iloc[:0]) == 1
    fit = Fit(GIVEN)
    one, two = (fit.predict(rates("linear(1, 0, T)"), w) for w in (1.0, 2.0))
    assert np.log(two.high / two.loss) == pytest.approx(2 * np.log(one.high / one.loss))


def test_the_unit_of_the_loss_and_the_length_of_a_step_do_not_matter():
    asked_for = rates("linear(1, 0, T)")
    plain = Fit(GIVEN).predict(asked_for)
    in_bits = [dataclasses.replace(r, losses=r.losses / np.log(2)) for r in GIVEN]
    slow = [Curve(np.repeat(r.rates, 3), 3 * r.steps + 2, r.losses, r.name) for r in GIVEN]
    assert Fit(in_bits).predict(asked_for).loss * np.log(2) == pytest.approx(plain.loss, rel=2e-3)
    assert Fit(slow).predict(np.repeat(asked_for, 3)).loss == pytest.approx(plain.loss, rel=2e-3)


def test_the_rest_of_a_run_starts_from_where_the_run_is():
    whole = run("cosine(1, 0.1, T)", noise=0)
    kept = whole.steps < 0.75 * STEPS
    part = Curve(whole.rates[: int(0.75 * STEPS)], whole.steps[kept], whole.losses[kept], "so far")
    found = Fit([part]).predict(whole.rates)
    assert found.kind == "rest" and found.known == part.losses[-1]
    assert found.low < whole.losses[-1] < found.high < found.known


def broken(how):
    one = run("cosine(1, 0.1, T)")
    losses, rng = one.losses.copy(), np.random.default_rng(0)
    if how == "diverged":
        losses[-20:] *= 1.5
    if how == "spikes":
        losses[10::12] *= 1.4
    if how == "noisy":
        losses *= np.exp(0.12 * rng.standard_normal(len(losses)))
    if how == "no law":
        losses = 2 + 0.3 * np.sin(np.arange(len(losses)) / 9) - np.arange(len(losses)) / 300
    return dataclasses.replace(one, losses=losses)


@pytest.mark.parametrize(
    "given, says",
    [
        ([], "no run"),
        ([broken("diverged")], "diverged"),
        ([broken("spikes")], "spikes"),
        ([broken("noisy")], "too noisy"),
        ([broken("no law")], "no law fits|diverged"),
        ([run("cosine(1, 0.1, T)", every=150)], "log the loss more often"),
        ([run("constant(1)"), run("cosine(1, 0.1, T)", peak=0.2)], "different peak rates"),
    ],
)
def test_runs_that_say_nothing_are_refused_with_what_is_missing(given, says):
    with pytest.raises(Refused, match=says):
        Fit(given)


@pytest.mark.parametrize(
    "given, text, steps, peak, says",
    [
        (GIVEN[:1], "linear(1, 0, T)", STEPS, PEAK, "add a run whose rate falls"),
        (GIVEN, "linear(1, 0, T)", 4 * STEPS, PEAK, "add a run of at least 1,600 steps"),
        (GIVEN, "linear(1, 0, T)", STEPS // 5, PEAK, "give runs of at most 960 steps"),
        (GIVEN, "linear(1, 0, T)", STEPS, 2 * PEAK, "add a run at 0.2"),
        (GIVEN, "linear(0, 1, 50) >> linear(1, 0, T - 50)", STEPS, PEAK, "leave its warmup out"),
    ],
)
def test_a_question_beyond_the_runs_is_refused_with_the_run_to_add(given, text, steps, peak, says):
    with pytest.raises(Refused, match=says):
        Fit(given).predict(rates(text, steps, peak))


def test_one_run_at_a_constant_rate_tells_of_a_longer_one():
    longer = rates("constant(1)", 2 * STEPS)
    found = Fit(GIVEN[:1]).predict(longer)
    assert found.low < TRUE.predict(longer)[-1] < found.high
