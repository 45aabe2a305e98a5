"""What the README promises: its links, its commands, its code, its picture."""

import re
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.apps.nbgraderapp import NbGraderApp

from lrlib import reports
from lrlib.__main__ import main
from lrlib.classroom import build
from lrlib.reports import asking, contest, parameters
from lrlib.schedules import core
from notebooks.tools import navigate, twins

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_links_and_picture_are_as_generated(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert navigate.main(["--check"]) == 0


def test_every_lesson_is_listed_under_its_title():
    for twin in twins.all_twins(ROOT / "notebooks"):
        if twin.parent.name == "lessons":
            assert f"[{navigate.title(twin)}](notebooks/lessons/{twin.stem}.ipynb)" in README


def test_every_make_target_exists():
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(
            r"(?:`|^)make ([a-z]+(?:-[a-z]+)*)\b", (ROOT / page).read_text(), re.MULTILINE
        ):
            subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_the_commands_for_a_class_are_there_and_name_an_assignment_that_exists():
    assert set(re.findall(r"\bA\d_\w+", README)) <= set(build.assignments())
    said = re.findall(
        r"^(?:python -m (lrlib course \w+)|(nbgrader (?:db student )?\w+))", README, re.MULTILINE
    )
    assert len(said) >= 7
    for course, other in said:
        if course:
            with pytest.raises(SystemExit, match=r"^0$"):
                main([*course.split()[1:], "--help"])
            continue
        app = NbGraderApp()
        for name in other.split()[1:]:
            app = app.subcommands[name][0]()


def test_the_report_commands_are_accepted():
    commands = re.findall(r"lrlib report shootout ((?:[^\n]*\\\n)*[^\n]*)", README)
    assert any("-p" in command for command in commands)
    for command in commands:
        given = {}
        for name, quoted, bare in re.findall(r'-p (\w+) (?:"([^"]*)"|(\S+))', command):
            given.setdefault(name, []).append(quoted or bare)
        assert reports.checked("shootout", given).keys() == given.keys()


def test_the_code_runs_and_says_the_truth(monkeypatch, capsys):
    import torch

    code, own, comparison = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    space = {"__name__": "readme", "optimizer": torch.optim.SGD([torch.zeros(1)], lr=0.5)}
    exec(code, space)
    assert space["schedule"](30) == 1.0 and len(space["schedule"].values(600)) == 600
    assert space["scheduler"].get_last_lr() == [0.0]
    assert np.all(np.diff(space["schedule"].values(600)[30:]) < 0)
    for registry in (core.NAMES, core.TYPES):  # the example's own schedule goes with the test
        monkeypatch.setitem(registry, "smooth", None)
        del registry["smooth"]
    exec(own.replace("\nparse(", "\nsame = parse("), space)
    assert space["same"] and space["mine"].values(601)[[0, 30, 315, 600]].tolist() == [0, 1, 0.55, 0.1]
    monkeypatch.setenv("LRLIB_PROGRESS", "off")
    exec(comparison, space)
    assert re.search(r"^(linear|cosine) .* reference$", capsys.readouterr().out, re.MULTILINE)
    assert space["tuned"].at_edge == (False, False) and len(space["judged"].frame()) == 32


def test_the_number_of_networks_is_the_one_that_make_report_trains():
    template = nbformat.read(asking.FOLDER / "shootout.ipynb", as_version=4)
    (profile,) = re.findall(r"report shootout -p profile (\w+)", (ROOT / "Makefile").read_text())
    runs = contest.size({"base_lrs": [], **parameters.profiles(template)[profile]}).runs
    (said,) = re.findall(r"trains about ([\d,]+) small networks", README)
    assert abs(int(said.replace(",", "")) - runs) <= 50


def test_what_schedules_cost_is_what_was_measured():
    measured = (ROOT / "tests" / "bench" / "schedules.md").read_text().splitlines()
    (said,) = (line for line in measured if line.startswith("A step of `ScheduleLR` takes"))
    assert said in " ".join(README.split())


def test_what_the_engine_costs_is_what_was_measured():
    measured = (ROOT / "tests" / "bench" / "engine.md").read_text(encoding="utf-8")
    said, tables = (
        page.partition("<!-- tests.bench.engine -->\n")[2].partition("\n<!-- until here -->")[0]
        for page in (README, measured)
    )
    assert said and said == tables
