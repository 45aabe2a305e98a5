"""What the page on reports promises: its examples are whole, and run as they are printed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits

from lrlib import reports, tasks, train
from lrlib.checkout import ROOT

PAGE = (ROOT / "notebooks" / "reports" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.S | re.M)
PYTHON = [code for kind, code in BLOCKS if kind == "python"]
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
OWN = [line for line in COMMANDS if "-p task" in line]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new user's folder: images by class, a table, and the files of the page."""
    digits, cancer = load_digits(), load_breast_cancer(as_frame=True)
    for i, (image, label) in enumerate(zip(digits.images[:300], digits.target, strict=False)):
        file = tmp_path / "images" / str(label) / f"{i:04}.{('png', 'pgm')[i % 2]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((16 * image).clip(0, 255).astype("uint8")).save(file)
    cancer.frame.to_csv(tmp_path / "cases.csv", index=False)
    for name, code in zip(re.findall(r"Save this as `(\w+\.py)`", PAGE), PYTHON, strict=False):
        (tmp_path / name).write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def test_a_folder_of_images_and_a_table_are_problems_that_can_be_learnt(folder, monkeypatch):
    pictures = tasks.load("pictures.py:small_cnn", ["channels=4"])
    assert [len(part) for part in pictures.heldout] == [75, 75] and pictures.model(0)[0].out_channels == 4
    cases = tasks.load("table.py:network")
    for task, rate, note in (
        (pictures, 0.3, "BatchNorm2d '1' keeps running statistics"),
        (cases, 0.3, "draws random numbers in training, as dropout does"),
    ):
        found = train.sweep(task, "linear(1, 0, T)", rate, [0, 1], steps=80)
        assert found.note.startswith("one model at a time: ") and found.note.endswith(note)
        assert (found.result < 0.6 * task.guess).all() and not found.diverged.any()
        assert min(found.right()["linear(1, 0, T)"]) > 0.8
    assert (
        train.sweep(tasks.load("table.py:network", ["dropout=0"]), "constant(1)", 0.1, [0], steps=2).note
        == ""
    )


def test_the_code_that_is_printed_runs(folder, capsys):
    exec(PYTHON[-1], {"__name__": "printed"})
    assert "one model at a time" in capsys.readouterr().out


def test_the_examples_are_ten_lines_each(folder):
    for code in PYTHON[:2]:
        body = code.split("def ")[1].splitlines()[1:]
        assert len([line for line in body if line.strip()]) <= 12
    assert torch.get_default_dtype() == torch.float32


def test_every_report_of_the_page_has_its_part():
    assert len(OWN) == 2 and all(line.startswith("python -m lrlib ") for line in COMMANDS)
    names = re.findall(r"^\| .* \| \[`\w+`\]\(#(\w+)\)", PAGE, flags=re.M)
    assert {*reports.names()} <= {*names} and len(names) == 6
    for name in names:
        assert f"\n## {name}\n" in PAGE


@pytest.mark.parametrize("line", OWN)
def test_a_command_on_an_own_problem_is_accepted(folder, line):
    given, words = {}, shlex.split(line)
    for word, name, value in zip(words, words[1:], words[2:], strict=False):
        if word == "-p":
            given.setdefault(name, []).append(value)
    found = reports.checked(words[4], given)
    assert found.keys() == given.keys() and Path(found["task"].rpartition(":")[0]).parent == folder


@pytest.mark.long
@pytest.mark.parametrize("line", OWN)
def test_the_reports_on_own_problems_run_as_they_are_printed(folder, line):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LRLIB_PROGRESS": "off"}
    words = [sys.executable, *shlex.split(line)[1:]]
    done = subprocess.run(words, capture_output=True, text=True, env=env, cwd=folder, timeout=1200)
    assert done.returncode == 0, done.stderr
    out = Path(folder, words[words.index("--out") + 1])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert {"report.html", "report.ipynb", "results.json"} <= {file.name for file in out.iterdir()}
    assert ("one model at a time" in page) == ("pictures" in line)
