"""The benchmarks' tables: what they say is what was run, and the README has what was written."""

import numpy as np
import pytest

from tests.bench import engine, gpu
from tests.bench.engine import BEGIN, END


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


def test_the_script_for_a_gpu_runs_without_one_up_to_the_graph():
    rows = gpu.bench("64-64-64-10, batch 64", "float32", 2, rounds=1, steps=3, device="cpu")
    assert [row.split(" | ")[2] for row in rows][:2] == ["operations one by one", "replayed"]
