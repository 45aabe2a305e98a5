"""What a file of reports asks for: all is checked before anything starts, and names stay what they were."""

import itertools
import re
from pathlib import Path

import pytest
import yaml

from lrlib.__main__ import main
from lrlib.batch import FORM, grid
from lrlib.rules import Refused

GOOD = """
report: shootout
parameters: {profile: quick, n_seeds: 6, task: quadratic}
grid:
  steps: [50, 1e2]
  schedules: [["constant(1)", "linear(1, 0, T)"], ["constant(1)", "cosine(1, 0, T)"]]
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "grid.yaml"
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        return grid.read(str(file))

    return read


def test_every_combination_is_a_report_with_parameters_in_their_types(read):
    jobs = read(GOOD)
    assert [(job.given["steps"], job.given["schedules"][1]) for job in jobs] == [
        (50, "linear(1, 0, T)"),
        (50, "cosine(1, 0, T)"),
        (100, "linear(1, 0, T)"),
        (100, "cosine(1, 0, T)"),
    ]
    assert all(job.given["n_seeds"] == 6 and job.report == "shootout" for job in jobs)
    assert len({job.folder for job in jobs}) == 4


def test_names_of_folders_do_not_depend_on_what_else_is_asked_for(read):
    few = {job.folder for job in read(GOOD)}
    more = {job.folder for job in read(GOOD.replace("[50, 1e2]", "[200, 100, 50.0]"))}
    one = read("sets: [{report: shootout, steps: 100, n_seeds: 6, profile: quick, task: quadratic}]")
    other = read(
        "{report: shootout, parameters: {task: quadratic, steps: 100, profile: quick, n_seeds: '6'}}"
    )
    assert few < more and len(more) == 6
    assert one[0].folder == other[0].folder


def test_sets_go_before_what_is_the_same_and_meet_every_combination(read):
    jobs = read(
        "report: shootout\nparameters: {n_seeds: 6}\ngrid: {steps: [50, 60]}\n"
        "sets: [{task: digits}, {task: quadratic, n_seeds: 8}]"
    )
    assert [(job.given["task"], job.given["n_seeds"], job.given["steps"]) for job in jobs] == [
        ("digits", 6, 50),
        ("digits", 6, 60),
        ("quadratic", 8, 50),
        ("quadratic", 8, 60),
    ]


def test_what_the_help_shows_is_the_form():
    shown = yaml.compose(FORM.partition("\n\n")[2].partition("\n\n")[0], Loader=yaml.BaseLoader)
    parts = grid._formed(grid._plain(shown, itertools.count()))
    assert set(parts) == set(grid.PARTS) and len(list(grid._combinations(parts))) == 12


@pytest.mark.parametrize(
    "text, said",
    [
        ("report: shootot", "did you mean 'shootout'"),
        ("reports: shootout", "unknown part 'reports'; did you mean 'report'"),
        ("grid: {steps: [50]}", "which report? (there are: "),
        ("report: shootout\ngrid: {steps: 50}", "steps must be a list of one or more values"),
        ("report: shootout\ngrid: {steps: []}", "steps must be a list of one or more values"),
        ("report: shootout\ngrid: {stepz: [50]}", "shootout with stepz='50': unknown parameter 'stepz'"),
        ("report: shootout\ngrid: {steps: [50, 5]}", "shootout with steps='5': steps"),
        ("report: shootout\ngrid: {steps: [50, 5e1]}", "shootout with steps='5e1' is asked for twice"),
        ("report: shootout\nparameters: {steps: 50}\ngrid: {steps: [50]}", "under both `parameters` and"),
        ("report: shootout\nsets: [{steps: 50}]\ngrid: {steps: [50]}", "under both `sets` and `grid`"),
        ("report: shootout\nsets: [{report: shootout}]", "both at the top and under `sets`"),
        ("report: shootout\nsets: {steps: 50}", "sets must be a list of mappings"),
        ("report: {a: b}", "report must be a name"),
        ("report: [shootout, [a]]", "report must be a name"),
        ("report: shootout\nparameters: [1]", "parameters must be a mapping"),
        ("report: shootout\nparameters: {steps: {a: 1}}", "steps"),
        ("report: shootout\nreport: shootout", "'report' is there twice"),
        ("report: !!python/name:os.system shootout", "a value has no tag"),
        ("report: shootout\ngrid: {? [a] : [1]}", "a name must be a text"),
        ("- report", "expected"),
        ("", "expected"),
        ("report: [", "cannot be read as YAML"),
        ("report: shootout\ngrid: &a {steps: [*a]}", "nested too deeply"),
        ("a: &a [x,x,x,x,x,x,x,x,x]\nreport: [" + "*a," * 12000 + "]", "too many values"),
        (f"report: shootout\ngrid: {{steps: [{'50,' * 10001}]}}", "asked for twice"),
        ("report: shootout\ngrid: {task: ['<script>alert(1)</script>']}", "task"),
    ],
)
def test_anything_else_is_refused_in_one_line_that_names_it(read, text, said):
    with pytest.raises(Refused) as refused:
        read(text)
    message = str(refused.value)
    assert said in message and "\n" not in message and "grid.yaml" in message


def test_too_many_reports_are_refused():
    parts = grid._formed({"report": ["shootout"], "grid": {"a": ["1"] * 101, "b": ["2"] * 101}})
    with pytest.raises(Refused, match="more than 10000 reports"):
        list(grid._combinations(parts))


@pytest.mark.parametrize(
    "text",
    ["../../etc/passwd", "a/b\\c", "\x00", "x" * 10_000, "<script>", "..", "con", "\u202eabc", "a b", "-"],
)
def test_a_folder_has_a_safe_name_of_bounded_length_whatever_the_text(text):
    name = grid.Job("shootout", {"task": text, "list": [text] * 50}).folder
    assert re.fullmatch(r"[A-Za-z0-9_.=-]{1,80}", name) and ".." not in name
    assert Path(name).name == name and name.startswith("shootout") and not name.endswith(".")
    assert name != grid.Job("shootout", {"task": text + " ", "list": [text] * 50}).folder


def test_a_folder_is_named_by_a_file_and_not_by_the_way_to_it():
    name = grid.Job("shootout", {"task": "/home/me/a/long/way/own.py:mine"}).folder
    assert name.startswith("shootout-task=own.py-mine-")


def test_a_refused_file_is_one_line_and_leaves_no_folder(tmp_path, capsys):
    file = tmp_path / "grid.yaml"
    file.write_text("report: shootout\ngrid: {task: [digits, digit]}")
    assert main(["batch", str(file), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1 and "shootout with task='digit': " in error
    assert not (tmp_path / "out").exists()
    assert main(["batch", str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "none.yaml" in capsys.readouterr().err
