"""What students are given has no solution, no model answer, no mark scheme, no hidden case and no output."""

import inspect
import json

import nbformat
import pytest

from lrlib.classroom import build
from lrlib.course import exercises
from tests.classroom.conftest import NAMES

SHORTEST = 12  # characters of a line that is looked for: `return None` is no secret
of_each = pytest.mark.parametrize("name", NAMES)


def instructors(name):
    return nbformat.read(build.assignments()[name], as_version=4)


def secrets(notebook):
    """Lines between the marks of solutions and mark schemes that stand nowhere else in a notebook."""
    hidden, open_, rest = [], False, []
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if "BEGIN SOLUTION" in line or "BEGIN MARK SCHEME" in line:
                open_ = True
            elif "END SOLUTION" in line or "END MARK SCHEME" in line:
                open_ = False
            else:
                (hidden if open_ else rest).append(line.strip())
    return [line for line in dict.fromkeys(hidden) if len(line) >= SHORTEST and line not in rest]


def leaks(text, lines):
    """The lines that a text has, as it stands or as JSON writes it."""
    return [line for line in lines if line in text or json.dumps(line)[1:-1] in text]


def definitions(notebook):
    """The lines of what declares the exercises of a notebook: right answers, mistakes, hidden cases."""
    modules = {inspect.getmodule(exercises.EXERCISES[each.name]) for each in build.every_asked(notebook)}
    lines = [line.strip() for module in modules for line in inspect.getsource(module).splitlines()]
    return [line for line in lines if len(line) >= 25 and not line.startswith(("from ", "import ", '"""'))]


@pytest.fixture
def released(course, name):
    return (course.root / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")


@of_each
def test_no_line_of_a_solution_model_answer_or_mark_scheme_is_released(name, released):
    hidden = secrets(instructors(name))
    assert len(hidden) > 20
    assert not leaks(released, hidden)
    assert "MARK SCHEME" not in released and "SOLUTION" not in released


@of_each
def test_no_line_of_what_is_right_or_drawn_is_released(name, released):
    notebook = instructors(name)
    given = "\n".join(cell.source for cell in nbformat.reads(released, as_version=4).cells)
    find = [exercises.find(each.name, {}) for each in build.every_asked(notebook)]
    lines = definitions(notebook)
    assert find and len(lines) > 50
    shown = [line for line in leaks(given, lines) if not line.startswith("def ")]
    assert not shown


@of_each
def test_nothing_that_was_computed_is_released(name, released):
    for cell in nbformat.reads(released, as_version=4).cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None)


@of_each
def test_the_folder_of_a_release_holds_one_notebook(course, name):
    assert [path.name for path in (course.root / "release" / name).iterdir()] == [f"{name}.ipynb"]


@of_each
def test_every_gap_says_that_it_is_one_when_it_is_run(name, released):
    answers = [
        cell.source
        for cell in nbformat.reads(released, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    ]
    assert len(answers) >= 8
    assert all('raise NotImplementedError("your code here")' in source for source in answers)


@of_each
def test_the_search_finds_what_would_be_released(course, name):
    source = (course.root / "source" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert leaks(source, secrets(instructors(name))) == secrets(instructors(name))
    assert "MARK SCHEME" in source and "SOLUTION" in source
