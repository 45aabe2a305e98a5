"""What a folder of results promises: the same sweep, whole chunks, and nothing of another sweep."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from lrlib import tasks, train
from lrlib.train.updates import SGD
from tests.train.problems import SCHEDULES, digits, same, stored, with_model


def test_a_stored_sweep_is_the_same_sweep_and_any_parquet_reader_can_read_it(tmp_path):
    found = stored(tmp_path / "sweep")
    assert same(found, stored(None))
    one, two = found.ledger(1, 0.2, 1), stored(None).ledger(1, 0.2, 1)
    assert np.array_equal(one.heldout_loss, two.heldout_loss)
    table = pd.read_parquet(tmp_path / "sweep")
    assert len(table) == 12 and set(table.label) == set(found.labels)
    who, order = ["label", "schedule", "base_lr", "seed", "diverged"], ["label", "base_lr", "seed"]
    mine, ours = (each.sort_values(order)[who].reset_index(drop=True) for each in (table, found.frame()))
    pd.testing.assert_frame_equal(mine, ours, check_dtype=False)
    row = table[(table.schedule == str(SCHEDULES[1])) & (table.base_lr == 0.2) & (table.seed == 1)].iloc[0]
    assert row.heldout_loss.tolist() == two.heldout_loss.tolist()
    assert row.used.tolist() == two.used.tolist()
    assert not row.diverged
    about = json.loads((tmp_path / "sweep" / "_sweep.json").read_text())
    assert about["schedules"] == [str(s) for s in SCHEDULES]


def test_finished_chunks_are_not_trained_again_and_damaged_ones_are(tmp_path):
    out = tmp_path / "sweep"
    first = stored(out)
    files = sorted(out.glob("*.parquet"))
    assert len(files) == 6
    files[1].unlink()
    files[3].write_bytes(files[3].read_bytes()[:500])
    kept = {f: f.stat().st_mtime_ns for f in files if f not in (files[1], files[3])}
    assert same(stored(out), first)
    assert {f: f.stat().st_mtime_ns for f in kept} == kept
    assert len(sorted(out.glob("*"))) == 7


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"rates": (0.05, 0.1, 0.3)}, "base_lrs differ"),
        ({"schedules": dict(zip("ab", SCHEDULES, strict=True))}, "labels differ"),
        ({"optimizer": SGD(momentum=0.5)}, "optimizer differ"),
        ({"dtype": "float32"}, "dtype, fingerprint differ|dtype differ"),
        ({"clip_norm": 1.0}, "clip_norm differ"),
        ({"runs_at_once": 3}, "runs_at_once differ"),
        (
            {"task": tasks.get("digits", hidden=(8,), batch_size=16, n_train=101)},
            "fingerprint.*, options differ",
        ),
        ({"task": replace(digits(), heldout=(torch.zeros(2, 64), torch.zeros(2)))}, "fingerprint.* differ"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_folder_of_another_sweep_is_refused_and_left_as_it_is(tmp_path, other, says):
    out = tmp_path / "sweep"
    stored(out)
    before = {f: f.read_bytes() for f in out.iterdir()}
    with pytest.raises(ValueError, match=says):
        stored(out, **other)
    assert {f: f.read_bytes() for f in out.iterdir()} == before


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        stored(tmp_path)
    (tmp_path / "thesis.txt").unlink()
    (tmp_path / "_sweep.json").write_text("{")
    with pytest.raises(ValueError, match="not the definition"):
        stored(tmp_path)


def test_tuning_and_judging_are_stored_too_and_use_the_same_optimizer(tmp_path):
    task, optimizer = tasks.get("quadratic", noise=0.5), SGD(momentum=0.5)
    grid = (0.01, 0.03, 0.1, 0.3)
    tuned = train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer, out=tmp_path / "tune")
    judged = train.judge(task, tuned, [0, 1], out=tmp_path / "judge")
    again = train.judge(task, train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer), [0, 1])
    assert same(judged, again)
    peak = tuned.sweep.base_lrs[tuned.peak[0]]
    alone = train.run(task, SCHEDULES[0], peak, 1, optimizer=optimizer)
    assert judged.result[0, 0, 1] == pytest.approx(alone.result, rel=1e-9)
    assert (tmp_path / "tune" / "grid" / "_sweep.json").exists()


def test_an_edited_task_of_ones_own_is_another_sweep(tmp_path):
    task = with_model(lambda: nn.Linear(6, 3), (6,))
    stored(tmp_path / "sweep", task)

    def doubled(output, targets):
        return 2 * tasks.cross_entropy(output, targets)

    def later(seed, steps):
        examples, labels = task.batches(seed, steps).inputs.clone(), task.batches(seed, steps).targets
        examples[task.batches(seed, 9).order[1]] += 1
        return replace(task.batches(seed, steps), inputs=examples, targets=labels)

    for other in (replace(task, loss=doubled), replace(task, batches=later)):
        with pytest.raises(ValueError, match=r"holds another sweep: fingerprint.* differ"):
            stored(tmp_path / "sweep", other)


def test_a_task_that_changes_after_its_first_batch_or_first_seed_is_another_sweep(tmp_path):
    task = with_model(lambda: nn.Linear(6, 3), (6,))
    stored(tmp_path / "sweep", task)

    def other_later(seed, steps):
        order = task.batches(seed, steps).order.clone()
        order[1:] = (order[1:] + 1) % 40
        return replace(task.batches(seed, steps), order=order)

    def other_weights(seed):
        return task.model(seed if seed == 0 else seed + 1)

    for other in (replace(task, batches=other_later), replace(task, model=other_weights)):
        assert other.fingerprint(0) == task.fingerprint(0)
        with pytest.raises(ValueError, match="holds another sweep: losses differ"):
            stored(tmp_path / "sweep", other)


def test_a_folder_is_found_again_from_another_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "._sweep.json.123").write_text("left by a kill")
    found = stored("sweep")
    monkeypatch.chdir("/")
    assert np.isfinite(found.result).all()
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file"):
        stored(tmp_path / "file")
