"""Stored sweeps: what is stored is what its definition says, and comes out again when trained again."""

import hashlib
import json
import os

import numpy as np
import pytest
import torch

from lrlib import data, stats, train
from lrlib.__main__ import main
from lrlib.evidence import defined, sweeps
from lrlib.schedules import parse
from tests import turns

NAMES = sweeps.names()
MOST_BYTES = 300_000
SMALL = """
about = "A test"
task = "digits"
options = { hidden = [8], n_train = 100, batch_size = 16 }
steps = 12
schedules = ["constant(1)", "linear(1, 0, T)"]
base_lrs = [0.1, 0.2, 0.4]
tuning_seeds = [10, 13]
optimizer = { name = "SGD", momentum = 0.5 }
"""
JUDGED = "judging_seeds = [0, 7]\nevaluations = 4\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Definitions and results of a test's own."""
    monkeypatch.setenv("LRLIB_PROGRESS", "off")
    for module in (sweeps, defined):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "sweeps")
    monkeypatch.setattr(sweeps, "WORK", tmp_path / "work")
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "small.toml").write_text(SMALL + JUDGED)
    return tmp_path / "sweeps"


@pytest.mark.long
@pytest.mark.parametrize("definition", turns.today(sorted({name.partition("/")[0] for name in NAMES})))
def test_a_random_part_of_each_stored_sweep_comes_out_again(definition, monkeypatch):
    """Where a definition varies, of one of its sweeps, drawn too."""
    monkeypatch.setenv("LRLIB_PROGRESS", "off")
    seed = int.from_bytes(os.urandom(4), "little")
    rng = np.random.default_rng(seed)
    try:
        runs = sweeps.recomputed(name := rng.choice(sweeps.parts(definition)), rng, settings=2)
    except data.Unavailable as missing:
        pytest.skip(str(missing))
    calm = runs[~runs["magnified"]]
    grid = sweeps.load(name).grid
    assert len(calm) >= min(4, len(grid.schedules) * len(grid.base_lrs))
    for run in calm.itertuples():
        what = f"{name}: {run.part} {run.schedule} at {run.base_lr}, seed {run.seed} (drawn with {seed})"
        np.testing.assert_allclose(run.fresh, run.stored, rtol=1e-6, err_msg=what)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_sweep_is_small_and_every_peak_lies_within_its_grid(name):
    stored = sweeps.load(name)
    assert (sweeps.FOLDER / f"{name}.parquet").stat().st_size < MOST_BYTES
    if stored.judged:
        assert not any(stored.tuned.at_edge)
        assert not set(stored.judged.seeds) & set(stored.grid.seeds)
        assert not stored.judged.diverged.any()


def test_a_definition_that_varies_is_a_sweep_for_each_label_in_a_folder_of_its_own(folder):
    varied = "[vary]\nshort = { steps = 6 }\nlong = { steps = 18, base_lrs = [0.1, 0.2, 0.3] }\n"
    (folder / "two.toml").write_text(SMALL + varied)
    assert sweeps.names() == ["small", "two/long", "two/short"]
    assert sweeps.parts("two") == ["two/long", "two/short"]
    assert sweeps.parts("two/short") == ["two/short"]
    with pytest.raises(ValueError, match=r"unknown stored sweep 'tow'.*two/long"):
        sweeps.parts("tow")
    assert main(["sweep", "two", "--workers", "1"]) == 0
    short, long = (sweeps.load(f"two/{label}") for label in ("short", "long"))
    assert (short.grid.steps, long.grid.steps) == (6, 18)
    assert (short.grid.base_lrs, long.grid.base_lrs) == ((0.1, 0.2, 0.4), (0.1, 0.2, 0.3))
    assert (folder / "two" / "long.parquet").exists()


def test_what_is_loaded_equals_what_tune_and_judge_give(folder):
    sweeps.write("small", workers=1)
    stored, wanted = sweeps.load("small"), sweeps.definition("small")
    grid = (wanted.task, wanted.labelled, [0.1, 0.2, 0.4], range(10, 13))
    tuned = train.tune(*grid, steps=12, **wanted.how)
    judged = train.judge(wanted.task, tuned, range(7), evaluations=4, interpolate=False)
    assert (stored.tuned.peak, stored.tuned.widened, stored.tuned.reference) == (
        (tuned.peak, tuned.widened, tuned.reference)
    )
    assert np.array_equal(stored.grid.result, tuned.sweep.result)
    assert np.array_equal(stored.judged.heldout_loss, judged.heldout_loss)
    assert np.array_equal(stored.judged.heldout_right, judged.heldout_right)
    shares, one, other = stored.judged.right(), *judged.labels
    assert all(np.array_equal(shares[label], share) for label, share in judged.right().items())
    assert stored.judged.losses().peak_error(one, other) == judged.losses().peak_error(one, other) > 0
    assert np.array_equal(stored.judged.used, judged.used)
    assert stored.judged.schedules == judged.schedules
    assert stored.judged.labels == judged.labels and stored.judged.reference == judged.reference
    ledger, fresh = stored.judged.ledger(1, seed=2), judged.ledger(1, seed=2)
    assert np.array_equal(ledger.heldout_loss, fresh.heldout_loss)
    assert ledger.largest_gap() == 0
    assert np.isnan(ledger.train_loss).all()


def test_a_sweep_that_was_stored_without_what_is_right_stays_readable():
    old = sweeps.load("linear-cosine-long").judged
    assert np.isnan(old.heldout_right).all() and old.heldout_right.shape == old.heldout_loss.shape
    assert old.right() == {} and "right" not in stats.ranking(old)


def test_judging_may_take_peaks_between_the_points_of_the_grid(folder):
    (folder / "small.toml").write_text(SMALL + JUDGED + "interpolate = true\n")
    sweeps.write("small", workers=1)
    stored = sweeps.load("small")
    peaks = [peak.rate for peak in stored.tuned.fitted.values()]
    assert stored.judged.used[:, 0, 0].tolist() == peaks


def test_without_judging_seeds_the_grid_keeps_its_held_out_losses(folder):
    (folder / "small.toml").write_text(SMALL + "evaluations = 3\n")
    sweeps.write("small", workers=1)
    stored = sweeps.load("small")
    assert stored.judged is None
    assert stored.grid.heldout_loss.shape == (2, 3, 3, 3)
    assert stored.grid.heldout_steps.tolist() == [4, 8, 12]


def test_recomputed_notices_a_result_that_is_not_what_the_definition_gives(folder):
    sweeps.write("small", workers=1)
    honest = sweeps.recomputed("small", np.random.default_rng(0))
    assert all(np.allclose(run.stored, run.fresh, rtol=1e-9) for run in honest.itertuples())
    assert {"grid", "judged"} == set(honest["part"])
    path = folder / "small.parquet"
    table = sweeps.pq.read_table(path)
    rows = table.to_pandas()
    rows["heldout_loss"] = [losses * (1 + 1e-4) for losses in rows["heldout_loss"]]
    forged = sweeps.pa.Table.from_pandas(rows, preserve_index=False)
    sweeps.pq.write_table(forged.replace_schema_metadata(table.schema.metadata), path)
    (folder / sweeps.SUMS).write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  small.parquet\n")
    faked = sweeps.recomputed("small", np.random.default_rng(0))
    assert not any(np.allclose(run.stored, run.fresh, rtol=1e-6) for run in faked.itertuples())


def test_a_stored_sweep_that_was_changed_in_any_bit_is_refused(folder):
    sweeps.write("small", workers=1)
    path, rng = folder / "small.parquet", np.random.default_rng(0)
    whole = path.read_bytes()
    for bit in rng.integers(8 * len(whole), size=30):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.raises(
            ValueError, match=r"^small.parquet is not the file that SHA256SUMS names; get it again, or run"
        ):
            sweeps.load("small")
    path.write_bytes(whole)
    assert sweeps.load("small").judged is not None
    (folder / sweeps.SUMS).unlink()
    with pytest.raises(ValueError, match="SHA256SUMS"):
        sweeps.load("small")


def test_the_sums_of_stored_sweeps_are_what_sha256sum_checks(folder):
    for name in ("small", "other"):
        (folder / f"{name}.toml").write_text(SMALL)
        sweeps.write(name, workers=1)
    lines = (folder / sweeps.SUMS).read_text().splitlines()
    sums = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.glob("*.parquet")}
    assert lines == [f"{sums[file]}  {file}" for file in ("other.parquet", "small.parquet")]


def test_a_run_that_magnifies_rounding_is_seen_as_such_and_another_is_drawn(folder):
    wild = SMALL.replace("[0.1, 0.2, 0.4]", "[0.1, 0.2, 0.5]").replace("steps = 12", "steps = 400")
    (folder / "small.toml").write_text(wild)
    sweeps.write("small", workers=1)
    runs = sweeps.recomputed("small", np.random.default_rng(0), settings=6, seeds=3)
    broke = runs["schedule"].eq(str(parse("constant(1)"))) & runs["base_lr"].eq(0.5)
    assert len(runs) == 18 and runs["magnified"][broke].all()
    assert not runs["magnified"][runs["base_lr"] < 0.3].any()
    for draw in range(3):
        few = sweeps.recomputed("small", np.random.default_rng(draw), settings=5, seeds=1)
        assert (~few["magnified"]).sum() == 5


def test_a_changed_definition_is_noticed_and_nothing_is_lost(folder):
    sweeps.write("small", workers=1)
    before = (folder / "small.parquet").read_bytes()
    (folder / "small.toml").write_text(SMALL.replace("steps = 12", "steps = 13") + JUDGED)
    with pytest.raises(
        ValueError, match=r"computed from another small.toml; run python -m lrlib sweep small"
    ):
        sweeps.load("small")
    assert (folder / "small.parquet").read_bytes() == before
    (folder / "small.parquet").unlink()
    with pytest.raises(ValueError, match="never computed"):
        sweeps.load("small")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("steps = 12", ""), "small.toml: steps is missing"),
        (("steps = 12", "step = 12"), "unknown key 'step'; did you mean 'steps'"),
        (("steps = 12", 'steps = "many"'), "steps must be a whole number of steps >= 1, got 'many'"),
        (("[10, 13]", "[10]"), r"tuning_seeds must be \[first, one past the last\], got \[10\]"),
        (('"SGD"', '"SDG"'), "unknown optimizer 'SDG'; did you mean 'SGD'"),
        (("momentum = 0.5", "nesterov = true"), "nesterov=True needs momentum"),
        (("momentum = 0.5", "moment = 0.5"), "optimizer: unknown argument 'moment'; did you mean 'momentum'"),
        (("linear(1, 0, T)", "linear(1, 0, S)"), "small.toml: schedules: unknown name 'S'"),
    ],
)
def test_a_bad_definition_is_refused_by_name(folder, change, message):
    (folder / "small.toml").write_text(SMALL.replace(*change))
    with pytest.raises(ValueError, match=message):
        sweeps.definition("small")


def test_an_optimizer_may_be_one_of_torch(folder):
    text = SMALL.replace("momentum = 0.5", "betas = [0.8, 0.9]").replace('"SGD"', '"torch.optim.RAdam"')
    (folder / "small.toml").write_text(text)
    optimizer = sweeps.definition("small").how["optimizer"]
    assert isinstance(optimizer.torch([torch.zeros(2, requires_grad=True)], 0.1), torch.optim.RAdam)
    (folder / "small.toml").write_text(text.replace("RAdam", "RAdm"))
    with pytest.raises(ValueError, match=r"unknown optimizer 'torch.optim.RAdm'"):
        sweeps.definition("small")


def test_the_command_line_lists_computes_and_refuses(folder, capsys):
    assert main(["sweep"]) == 0
    assert capsys.readouterr().out.split() == ["small", "A", "test"]
    assert main(["sweep", "small", "--workers", "1"]) == 0
    assert sweeps.load("small").judged is not None
    assert main(["sweep", "smal"]) == 2
    assert "did you mean 'small'" in capsys.readouterr().err


def test_schedule_texts_of_a_stored_sweep_read_back(folder):
    sweeps.write("small", workers=1)
    rows = sweeps.pq.read_table(folder / "small.parquet").to_pandas()
    assert {parse(text) for text in rows["schedule"]} == {
        *sweeps.load("small").grid.schedules,
        *sweeps.load("small").judged.schedules,
    }
    assert json.loads(sweeps.pq.read_table(folder / "small.parquet").schema.metadata[b"made_with"])["torch"]


def test_labels_are_those_of_the_definition_or_of_whoever_reads_it(folder):
    listed = 'schedules = ["constant(1)", "linear(1, 0, T)"]\n'
    (folder / "small.toml").write_text(
        SMALL.replace(listed, "")
        + JUDGED
        + """
[schedules]
flat = "constant(1)"
down = "linear(1, 0, T)"
"""
    )
    sweeps.write("small", workers=1)
    stored = sweeps.load("small")
    assert stored.grid.labels == stored.judged.labels == tuple(stored.tuned.peaks) == ("flat", "down")
    mine = sweeps.load("small", labels=["a", "b"])
    assert list(mine.judged.losses()) == list(mine.tuned.fitted) == ["a", "b"]
    assert dict(zip(("flat", "down"), "ab", strict=True))[stored.judged.reference] == mine.judged.reference
    assert stats.ranking(mine.judged).index.tolist() == sorted(
        "ab", key=lambda n: mine.judged.losses()[n].mean()
    )
    for labels in ("a", ["a", "a"], "abc"):
        with pytest.raises(ValueError, match="load: labels must be 2 different names"):
            sweeps.load("small", labels=labels)


def test_peaks_of_a_stored_sweep_are_judged_again_on_their_own_task(folder):
    sweeps.write("small", workers=1)
    stored = sweeps.load("small")
    fresh = train.judge(stored.definition.task, stored.tuned, seeds=range(2), interpolate=False)
    assert fresh.labels == stored.judged.labels
    assert fresh.result[:, 0] == pytest.approx(stored.judged.result[:, 0, :2], rel=1e-9)
