"""The table of logged runs says of each what its log says."""

import os
from functools import cache

import numpy as np
import pytest

from lrlib import data
from lrlib.evidence import curves, runs
from lrlib.schedules import constant, cosine, linear

pytestmark = pytest.mark.skipif(
    not os.environ.get(data.VARIABLE), reason=f"set {data.VARIABLE} to a folder with the registered files"
)


@pytest.fixture(scope="module")
def table():
    return runs.table()


@cache
def logged(name):
    return curves.logged(f"{runs.PREFIX}{name}.json")


def test_the_table_can_be_changed_without_changing_the_next(table):
    changed = runs.table()
    changed.loc[:, "loss"] = 0.0
    assert runs.table().equals(table) and len(table) == 235 and table.loss.notna().all()


def rates(row):
    """Multipliers of the peak at updates 0 .. steps - 1, rebuilt from a row's settings."""
    steps, cooldown = row.steps, round(row.cooldown * row.steps)
    warm = linear(0.01, 1, 300)
    if row.schedule == "cosine":
        return (warm >> cosine(1, row.end, steps - 300)).values(steps)
    held = (warm >> constant(1, steps - 300)).values(steps)
    left = 1 - np.arange(cooldown) / max(cooldown, 1)
    if cooldown:
        held[-cooldown:] = left if row["shape"] == "linear" else 1 - np.sqrt(1 - left)
    return held


def test_settings_rebuild_the_rates_that_were_logged(table):
    """After warm-up, within a percent of the peak: trainers differ by a step, an end of 1e-7 counts as 0."""
    for name, row in table[table.schedule != "two-stage"].iterrows():
        used = logged(name).history["train"].train_lr / row.peak
        used = used[(used.index >= 300) & (used.index < row.steps)]
        expected = rates(row)[used.index]
        assert np.abs(used - expected).max() < 0.01, name


def test_a_branch_continues_a_run_of_the_same_model_and_peak(table):
    branches = table[table.trunk != ""]
    trunks = table.loc[branches.trunk]
    for column in ("data", "parameters", "layers", "heads", "peak"):
        assert (branches[column].to_numpy() == trunks[column].to_numpy()).all()
    assert (branches.started.to_numpy() <= trunks.steps.to_numpy()).all()
    for name, row in branches.iterrows():
        assert logged(name).history["val"].index.min() == row.started > 0


def test_final_losses_are_of_the_whole_held_out_set(table):
    """They are those of the trainer's summary, and not the last of the losses logged on the way."""
    for name in table.index:
        run = logged(name)
        if "final-val" in run.history:
            assert table.loss[name] == run.history["final-val"].final_val_loss[table.steps[name]]
        assert table.loss[name] != run.history["val"].val_loss.iloc[-1]


def test_evaluations_on_the_way_belong_to_runs_and_end_with_the_final_loss(table):
    found = runs.evaluations()
    last = found.groupby("run").tail(1).set_index("run")
    assert (last.step == table.steps[last.index]).all() and (last.loss == table.loss[last.index]).all()
    assert not found.duplicated(["run", "step"]).any()
    assert (found.groupby("run").averaged.count() > 0).sum() == table.averages.sum() == 47


def test_twins_differ_in_nothing_that_matters_to_training(table):
    """Their whole configurations agree, but for names, addresses, what is logged, and unused settings."""
    matter = ("lr", "model", "n_embd", "dropout", "opt", "beta1", "beta2", "dtype", "init_std", "seed",
              "data_seed", "batch_size", "acc_steps", "world_size", "grad_clip", "weight_decay",
              "warmup_steps", "sequence_length", "multiple_of", "rmsnorm_eps", "eval_batches")  # fmt: skip
    found = runs.twins()
    assert len(found) == 20 and found.again.str.startswith("grad_norm/").sum() == 16
    for one, other in zip(found.run, found.again, strict=True):
        one, other = logged(one), logged(other)
        assert {key: one.config[key] for key in matter} == {key: other.config[key] for key in matter}
        assert one.history["val"].val_loss.iloc[-1] != other.history["val"].val_loss.iloc[-1]
