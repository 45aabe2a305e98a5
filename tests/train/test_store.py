"""What a folder of results promises: the same sweep, whole chunks, and nothing of another sweep."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from lrlib import tasks, train
from lrlib.schedules import Schedule
from lrlib.train import identity, store
from lrlib.train.updates import SGD
from tests.train.problems import SCHEDULES, digits, same, stored, with_model


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Two stored sweeps, to be copied."""
    folder = tmp_path_factory.mktemp("once")
    stored(folder / "sweep")
    stored(folder / "other", rates=(0.05, 0.1, 0.3))
    return folder


@pytest.fixture
def out(once, tmp_path):
    """A folder of the test's own with a stored sweep."""
    return shutil.copytree(once / "sweep", tmp_path / "sweep")


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


def test_finished_chunks_are_not_trained_again_and_damaged_ones_are(once, out):
    first = stored(once / "sweep")
    files = sorted(out.glob("*.parquet"))
    assert len(files) == 6
    files[1].unlink()
    files[3].write_bytes(files[3].read_bytes()[:500])
    kept = {f: f.stat().st_mtime_ns for f in files if f not in (files[1], files[3])}
    assert same(stored(out), first)
    assert {f: f.stat().st_mtime_ns for f in kept} == kept
    assert len(sorted(out.glob("*"))) == 6 + 6 + 1


def flipped(path, bit):
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def rewritten(path, change):
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def test_a_chunk_with_any_single_bit_changed_is_trained_again_and_said_to_be(once, out, capsys):
    first, rng = stored(once / "sweep"), np.random.default_rng(0)
    path = out / "chunk-00003.parquet"
    whole = path.read_bytes()
    for _ in range(12):
        flipped(path, int(rng.integers(8 * len(whole))))
        assert same(stored(out), first) and path.read_bytes() == whole
        (said,) = capsys.readouterr().err.splitlines()
        assert said == f"{path} is not what was written there: its runs are trained again"
    flipped(out / "_chunk-00003.sha256", 5)
    assert same(stored(out), first) and "trained again" in capsys.readouterr().err
    assert same(stored(out), first) and not capsys.readouterr().err


@pytest.mark.parametrize(
    "harm",
    [
        lambda path, other: shutil.copy(path.with_name("chunk-00001.parquet"), path),
        lambda path, other: [
            shutil.copy(path.with_name(one), path.with_name(one.replace("1", "0")))
            for one in ("chunk-00001.parquet", "_chunk-00001.sha256")
        ],
        lambda path, other: [shutil.copy(file, path.parent) for file in other.glob("*chunk-00000*")],
        lambda path, other: rewritten(path, lambda rows: rows[::-1]),
        lambda path, other: rewritten(path, lambda rows: rows[1:]),
        lambda path, other: rewritten(path, lambda rows: rows.drop(columns="used")),
        lambda path, other: rewritten(path, lambda rows: rows.assign(diverged=True)),
        lambda path, other: path.write_bytes(b""),
        lambda path, other: path.with_name("_chunk-00000.sha256").unlink(),
    ],
    ids=[
        "another",
        "another whole",
        "another sweep's",
        "reversed",
        "row",
        "column",
        "value",
        "empty",
        "unproved",
    ],
)
def test_rows_that_are_not_those_of_a_chunk_are_trained_again(once, out, harm):
    first = stored(once / "sweep")
    harm(out / "chunk-00000.parquet", once / "other")
    assert same(stored(out), first)
    pd.testing.assert_frame_equal(stored(out).frame("step"), first.frame("step"))


def test_a_chunk_that_changes_after_a_sweep_was_read_is_refused_when_it_is_asked_for(out):
    found = stored(out)
    rewritten(out / "chunk-00002.parquet", lambda rows: rows[::-1])
    with pytest.raises(ValueError, match=r"chunk-00002.parquet was changed meanwhile; the same sweep"):
        found.heldout_loss  # noqa: B018


def test_of_two_sweeps_that_begin_at_once_in_one_folder_one_is_refused(tmp_path):
    def begin(folder, barrier, definition):
        barrier.wait()
        try:
            return store.Store(folder, definition).folder
        except ValueError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        for i in range(100):
            barrier = Barrier(2)
            both = [pool.submit(begin, tmp_path / str(i), barrier, {"steps": n}) for n in (1, 2)]
            (accepted,), (refused,) = (
                [e.result() for e in both if isinstance(e.result(), k)] for k in (Path, str)
            )
            assert "holds another sweep: steps differ" in refused
            assert [file.name for file in accepted.iterdir()] == ["_sweep.json"]


def test_a_folder_half_computed_by_other_code_is_another_sweep(out):
    about = json.loads((out / "_sweep.json").read_text())
    (out / "_sweep.json").write_text(json.dumps({**about, "lrlib": "0" * 64}))
    with pytest.raises(ValueError, match=r"holds another sweep: lrlib differ \(lrlib: there '0000"):
        stored(out)


def test_code_that_fixes_digits_is_told_apart_and_what_is_said_of_it_is_not(tmp_path):
    for name in identity.CODE:
        shutil.copytree(identity.LRLIB / name, tmp_path / name)
    ours, sources = identity.sources(), identity.sources.__wrapped__  # which would be asked once a folder
    assert sources(tmp_path) == ours
    for place in ("train/engine.py", "tasks/tables.py", "schedules/shapes.py", "theory/chains.py"):
        source = (tmp_path / place).read_text() + "# a comment\n"
        (tmp_path / place).write_text(source.replace('"""', 'MORE = 1\n"""', 1))
        assert sources(tmp_path) != ours
        (tmp_path / place).write_text(source.replace('"""', '"""Other words.\n', 1))
    assert sources(tmp_path) == ours


def test_a_schedule_of_ones_own_with_another_formula_is_another_sweep(tmp_path):
    class Fall(Schedule):
        steps: int

        def multiplier(self, t):
            return 1 - t / self.steps

    stored(tmp_path, schedules=Fall(15))
    Fall.multiplier = lambda self, t: 1 - 0.999 * t / self.steps
    with pytest.raises(ValueError, match="holds another sweep: multipliers differ"):
        stored(tmp_path, schedules=Fall(15))


def test_what_a_killed_process_left_is_removed_by_the_next(out):
    code = (
        "import os, sys, pathlib; from lrlib import data\n"
        "data.written(pathlib.Path(sys.argv[1]), lambda part: (part.write_text('half'), os._exit(9)))"
    )
    for name in ("chunk-00001.parquet", "_chunk-00001.sha256"):
        (out / name).unlink()
        subprocess.run([sys.executable, "-c", code, out / name])
    assert len([*out.glob(".*")]) == 2
    stored(out)
    assert not [*out.glob(".*")]


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
        (
            {"task": replace(digits(), heldout=(torch.zeros(2, 64).double(), torch.tensor([0, 1])))},
            "fingerprint.* differ",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_folder_of_another_sweep_is_refused_and_left_as_it_is(out, other, says):
    before = {f: f.read_bytes() for f in out.iterdir()}
    with pytest.raises(ValueError, match=says):
        stored(out, **other)
    assert {f: f.read_bytes() for f in out.iterdir()} == before


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        stored(tmp_path)
    (tmp_path / "thesis.txt").unlink()
    for text in ("{", "[]", "null", "3", "[" * 100_000, "\udcff"):
        (tmp_path / "_sweep.json").write_text(text, errors="surrogateescape")
        with pytest.raises(ValueError, match=r"^sweep: .*_sweep.json is not the definition of a sweep"):
            stored(tmp_path)
    (tmp_path / "_sweep.json").unlink()
    (tmp_path / "_sweep.json").mkdir()
    with pytest.raises(ValueError, match=r"^sweep: .*_sweep.json is not the definition of a sweep"):
        stored(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"^sweep: out=.* cannot be used .*; name another"):
        stored(tmp_path / "file" / "sweep")


def test_tuning_and_judging_are_stored_too_and_use_the_same_optimizer(tmp_path):
    task, optimizer = tasks.get("quadratic", noise=0.5), SGD(momentum=0.5)
    grid = (0.01, 0.03, 0.1, 0.3)
    tuned = train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer, out=tmp_path / "tune")
    judged = train.judge(task, tuned, [0, 1], out=tmp_path / "judge")
    again = train.judge(task, train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer), [0, 1])
    assert same(judged, again)
    peak = next(iter(tuned.judged_at().values()))
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
