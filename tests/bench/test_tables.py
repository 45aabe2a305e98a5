"""The benchmarks' tables: what they say is what was run, and the README has what was written."""

import numpy as np
import pytest

from tests.bench import engine, gpu
from tests.bench.engine import BEGIN, END
from tests.bench.kernel import kernel


def test_a_table_is_written_between_its_marks_and_nothing_else_is_changed(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    found = {"small": {"engine": ("1", "0.5 (0.4 to 0.6)")}, "large": {"engine": ("2", "0.7 (0.6 to 0.8)")}}
    engine.written(engine.tables(found, 1), readme)
    assert readme.read_text(encoding="utf-8") == (
        f"before\n{BEGIN}\n| program | small | large |\n| --- | --- | --- |\n"
        f"| engine | 0.5 (0.4 to 0.6) | 0.7 (0.6 to 0.8) |\n{END}\nafter\n"
    )


def test_a_readme_without_the_marks_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("nothing to see", encoding="utf-8")
    with pytest.raises(ValueError):
        engine.written("table", tmp_path / "README.md")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "nothing to see"


def test_the_programs_that_are_compared_train_the_same(monkeypatch):
    monkeypatch.setattr(engine, "AT_ONCE", ())
    name = "64-64-64-10, batch 64"
    losses = [
        np.atleast_2d(make(engine.task_of(*engine.CASES[name]), 4, "float64")())[0]
        for make in (engine.engine, engine.plain_loop)
    ]
    assert np.allclose(*losses, rtol=1e-12)


@pytest.mark.parametrize("name", engine.CASES)
@pytest.mark.parametrize("dtype, off", [("float64", 1e-12), ("float32", 1e-4)])
def test_what_is_written_in_c_trains_as_the_engine_does(name, dtype, off):
    task = engine.task_of(*engine.CASES[name])
    in_c = kernel(task, engine.intended(4, 6), dtype)
    if in_c is None:
        pytest.skip("no compiler")
    losses = engine.engine(task, 6, dtype, runs=4)()
    assert np.allclose(in_c(), losses, rtol=off) and np.array_equal(in_c(), in_c())


def test_what_is_written_in_c_leaves_small_numbers_of_the_process_alone():
    kernel(engine.task_of(*engine.CASES["64-64-64-10, batch 64"]), engine.intended(1, 1), "float64")
    assert np.float64(2.0**-1060) * 0.5 > 0


def test_without_a_compiler_the_others_are_measured(monkeypatch):
    monkeypatch.setattr("tests.bench.kernel.compiled", lambda dtype: None)
    monkeypatch.setattr(engine, "RUNS", 4)
    monkeypatch.setattr(engine, "jax", None)
    assert [*engine.bench("64-64-64-10, batch 64", "float64", 1, 3)] == ["engine", "plain PyTorch loop"]


def test_the_script_for_a_gpu_runs_without_one_up_to_the_graph():
    rows = gpu.bench("64-64-64-10, batch 64", "float32", 2, rounds=1, steps=3, device="cpu")
    assert [row.split(" | ")[2] for row in rows][:2] == ["operations one by one", "replayed"]
