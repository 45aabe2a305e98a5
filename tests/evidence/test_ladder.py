"""OLMo's ladder: what the loader says of a run is what its file and its schedule say."""

import os

import numpy as np
import pandas as pd
import pytest

from lrlib import data
from lrlib.evidence import ladder, pairs

pytestmark = pytest.mark.skipif(
    not os.environ.get(data.VARIABLE), reason=f"set {data.VARIABLE} to a folder with the registered files"
)
by_run = pytest.mark.parametrize("named", ladder.runs(), ids=lambda named: "-".join(map(str, named)))


@by_run
def test_means_are_those_of_the_files_columns(named):
    table, file = ladder.run(*named), pd.read_csv(data.fetch(ladder.path(*named)))
    losses = file[[column for column in file if column.endswith("/CrossEntropyLoss")]]
    assert len(losses.columns) == len(ladder.SETS) and not losses.isna().any(axis=None)
    assert np.allclose(table.loss, losses.mean(axis=1), rtol=1e-12)
    bits = [column for column in file if column.startswith("eval/downstream_bpb/")]
    assert sorted(bits) == sorted(each for task in ladder.TASKS.values() for each in ladder.columns(task))
    assert np.allclose(table.mmlu, file[[each for each in bits if "/mmlu_" in each]].mean(axis=1), rtol=1e-12)


@by_run
def test_steps_rise_and_tokens_are_those_of_the_length(named):
    size, length, _, _ = named
    table = ladder.run(*named)
    assert (np.diff(table.index) > 0).all() and (np.diff(table.tokens) > 0).all()
    planned = 20 * length * ladder.PARAMETERS[size]
    assert table.tokens.iloc[-1] == pytest.approx(planned, rel=0.01)
    law = 0.0047 / 4 * (ladder.PARAMETERS[size] / 108e6) ** (-1 / 3)
    assert table.peak.unique() == pytest.approx(law, rel=1e-3)


@by_run
def test_rates_are_those_of_the_arm(named):
    size, length, arm, _ = named
    table, last = ladder.run(*named), ladder.run(size, length, "cosine").index[-1]
    level, step = (table.rate / table.peak).to_numpy(), table.index.to_numpy()
    if arm == "constant":
        assert np.allclose(level[1:], 1, atol=1e-12)
    elif arm == "decay":
        start = 0.9 * last
        line = np.clip(1 - 0.9 * (step - start) / (last - start), 0.1, 1)
        assert np.allclose(level, line, atol=0.03), (level - line).round(3)
    else:
        top = level.argmax()
        assert (np.diff(level[top:]) < 0).all() and level[-1] == pytest.approx(0.1, abs=1e-6)


def test_finals_say_which_runs_were_not_evaluated_at_their_end():
    finals = ladder.finals()
    assert len(finals) == 25 + 5 + 5 + 25 and finals.index.is_unique
    short = finals[~finals.complete].index.droplevel("rerun").tolist()
    assert short == [(size, length, "decay") for size in ("760M", "1B") for length in (0.5, 1, 2)]
    whole = finals[finals.complete & (finals.index.get_level_values("arm") != "constant")]
    assert np.allclose(whole.rate, whole.peak / 10, rtol=1e-6)


def test_runs_that_are_not_there_are_refused():
    for wrong in (("2B", 1, "cosine"), ("1B", 3, "cosine"), ("1B", 1, "wsd"), ("1B", 1, "constant")):
        with pytest.raises(ValueError, match="must be"):
            ladder.run(*wrong)
    with pytest.raises(ValueError, match="made again"):
        ladder.run("1B", 2, "cosine", rerun=True)


def test_pairs_are_of_one_length_and_nothing_is_paired_twice():
    tenth = pairs.at_one_peak(pairs.LINE, pairs.TENTH)
    assert len(tenth) == 12 and not tenth.duplicated(["peak", "steps"]).any()
    assert (tenth.tokens / tenth.steps).nunique() == 1
    zero = pairs.at_one_peak(pairs.ZERO, pairs.TENTH, pairs.NEAR)
    assert len(zero) == 6 and set(zero.peak) == set(pairs.NEAR)
    assert len(pairs.as_its_authors()) == 28
    assert (len(pairs.on_the_ladder()), len(pairs.on_the_ladder(complete=False))) == (19, 25)


def test_where_both_runs_were_finished_the_cosine_is_not_interpolated():
    every, finished = pairs.on_the_ladder(complete=False), pairs.on_the_ladder()
    assert np.array_equal(every.loc[finished.index], finished)


def test_a_schedule_against_itself_makes_no_difference():
    assert (pairs.at_one_peak(pairs.ZERO, pairs.ZERO).loss == 0).all()
    forth, back = pairs.at_one_peak(pairs.LINE, pairs.TENTH), pairs.at_one_peak(pairs.TENTH, pairs.LINE)
    assert np.allclose((1 + forth.loss / 100) * (1 + back.loss / 100), 1, atol=1e-12)
