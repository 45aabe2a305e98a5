"""The speedrun's extract: what the loader says is what was published, and one run counts once."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lrlib import data
from lrlib.evidence import speedrun

PUBLISHED = [5, 9, 11, 12, 13, 15, 18, 20, 24, 25, 29, 30, 31, 34, 36, 37, 38, 39, 40, 42, 43, 45]

SLIP = 8  # its table says 3.2778, its ten logs 3.27798


@pytest.mark.parametrize("number", PUBLISHED)
def test_losses_have_the_mean_and_number_that_the_table_of_results_says(number):
    result = speedrun.results().loc[number]
    found = speedrun.losses(result.log, result.steps)
    assert len(found) == result.n
    assert found.mean() == pytest.approx(result.loss, abs=6e-5)


def test_a_run_is_left_out_only_where_its_losses_are_in_another_log():
    shipped = pd.read_parquet(speedrun.FOLDER / "val_curves.parquet").astype({"log": str})
    kept = speedrun.curves()
    for log, rows in shipped[shipped.log.str.contains(speedrun.COPIES)].groupby("log"):
        folder = log.partition("results/")[2].partition("/")[0]
        others = kept[kept.program.str.startswith(folder)]
        if "part0" in log:
            assert rows.step.max() < rows.planned_steps.iloc[0]
            continue
        last = rows[rows.step == rows.step.max()]
        for loss in last.val_loss:
            assert ((others.step == last.step.iloc[0]) & (others.loss == loss)).any(), log


def test_runs_in_one_log_are_told_apart_by_their_order():
    table = speedrun.curves()
    runs = table[table.log.str.contains("1bd8db7a")].pivot(index="run", columns="step", values="loss")
    assert len(runs) == 20 and not runs.isna().any(axis=None)
    assert np.corrcoef(runs[3300], runs[3350])[0, 1] > 0.99


def test_a_program_or_step_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"unknown program '20260430_muonG'.*20260430_muonh"):
        speedrun.losses("20260430_muonG")
    with pytest.raises(ValueError, match=r"step must be one of .*3325 or an earlier one, got 3326"):
        speedrun.losses("20260430_muonh", 3326)


def test_what_is_shipped_is_what_was_extracted():
    root = os.environ.get(data.VARIABLE)
    source = Path(root or "nowhere") / "modded-nanogpt"
    if not source.exists():
        pytest.skip(f"set {data.VARIABLE} to a folder with the extract")
    shipped = pd.read_parquet(speedrun.FOLDER / "val_curves.parquet").astype({"log": str})
    pd.testing.assert_frame_equal(pd.read_csv(source / "val_curves.csv.gz"), shipped, check_dtype=False)
    results = pd.read_parquet(speedrun.FOLDER / "track_3_results.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(source / "track_3_results.csv"), results)


def test_the_one_published_mean_that_is_not_that_of_its_logs_is_known():
    result = speedrun.results().loc[SLIP]
    assert speedrun.losses(result.log, result.steps).mean() - result.loss == pytest.approx(0.00018, abs=1e-5)
