"""The page `notebooks/CHECKS.md` is up to date, most cells are checked, and none of them idles."""

from pathlib import Path

import nbformat
import pytest

from notebooks.tools import cells, checks, lesson, twins
from notebooks.tools.form import read

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"


def test_the_page_is_as_generated(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert checks.main(["--check"]) == 0, capsys.readouterr().out


def test_nearly_every_cell_that_computes_is_checked():
    found = {path: cells.census(read(path)) for path in twins.all_notebooks(NOTEBOOKS)}
    checked, computing = checks.totals(found)
    rest = [
        f"{path.stem} [{cell.number}] {cell.first_line}"
        for path, census in found.items()
        for cell in census
        if cell.kind == "computing" and not cell.is_checked
    ]
    assert checked >= checks.GOAL * computing, "\n".join(["show something in some of these:", *rest])


def test_every_lesson_declares_its_time():
    for path in twins.all_notebooks(NOTEBOOKS):
        computes = path.parent.name != "reports" and path.stem != "register" and lesson.code(read(path))
        assert ("seconds" in checks.contract(path)[0]) == bool(computes), path.name


# --- a small notebook, as stored -------------------------------------------------------------------


def notebook(*sources):
    """A notebook of code cells, each a source or (source, tag, what it printed)."""
    made = nbformat.v4.new_notebook()
    for entry in sources:
        source, tag, said = entry if isinstance(entry, tuple) else (entry, "", "")
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag]} if tag else {})
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)] if said else []
        made.cells.append(cell)
    return made


def shows(source, said="1\n", tag=""):
    return source, tag, said


@pytest.mark.parametrize(
    "source, kind",
    [
        ("import numpy as np\n\n\ndef f(x):\n    return x", "definitions"),
        ("rates = [0.1, -0.2, {'a': None}]  # a list", "definitions"),
        ("rules = {'half': lambda x: x / 2}", "definitions"),
        ("steps: int = 3", "definitions"),
        ("a = b = 1\nc, d = 2, a", "definitions"),
        ("class A:\n    x = f()", "definitions"),
        ("y = f(3)", "computing"),
        ("y = 2**10", "computing"),
        ("y = [i for i in x]", "computing"),
        ("y = f'{x}'", "computing"),
        ("a[0] = 1", "computing"),
        ("y", "computing"),
        ("import torch\ntorch.manual_seed(0)", "computing"),
        ("def f(x):\n    return x\n\n\nf(1)", "computing"),
        ("%timeit f(1)", "computing"),
        ("y = await f()", "computing"),
        ("from lrlib.course.explore import explorer\nexplorer(f, x=(0, 1, 0))", "explorer"),
        ("x = explorer(f)", "computing"),
    ],
)
def test_kinds_are_told_by_the_source(source, kind):
    (cell,) = cells.census(notebook(source))
    assert cell.kind == kind


def test_a_gap_and_its_answer_are_exercises():
    found = cells.census(notebook(("x = None", "exercise", ""), ("check(x)", "check", "Not done yet.\n")))
    assert [cell.kind for cell in found] == ["exercise", "exercise"]


def reasons(*sources):
    return [cell.reason for cell in cells.census(notebook(*sources))]


def test_a_value_that_a_later_cell_shows_is_a_reason():
    assert reasons("y = f(1)", shows("print(y)"))[0] == "`y`: shown by [2]"


def test_a_value_may_pass_through_cells_that_show_nothing():
    assert reasons("y = f(1)", "z = g(y)", shows("print(z)"))[0] == "`y`: shown by [3]"
    assert reasons("y = f(1)", "def g():\n    return y", shows("g()"))[0] == "`y`: shown by [3]"
    assert reasons("y = f(1)\nboth = {'y': y}", shows("print(both)"))[0] == "`both`: shown by [2]"
    assert reasons("y = f(1)\n\n\ndef g():\n    return y", shows("g()"))[0] == "`g`: shown by [2]"
    assert reasons("d = f()", "d.items.append(f(2))", shows("d"))[1] == "`d`: shown by [3]"
    assert reasons("d = f()", "d['a'].b = f(2)", shows("d"))[1] == "`d`: shown by [3]"
    assert reasons("n = f()", "n += 1", shows("n"))[0] == "`n`: shown by [3]"


def test_a_value_that_only_an_exercise_needs_is_a_reason():
    assert (
        reasons("y = f(1)", ("check(y)", "check", "Not done yet.\n"))[0] == "`y`: used by the exercise at [2]"
    )


@pytest.mark.parametrize(
    "later",
    [
        "print(1)",
        "y = 2\nprint(y)",
        "def g(y):\n    return y\n\n\nprint(g(1))",
        "print([y for y in range(3)])",
        "for y in range(3):\n    print(y)",
    ],
)
def test_a_name_that_means_something_else_later_is_no_reason(later):
    first, second = cells.census(notebook("y = f(1)", shows(later)))
    assert not first.reason and second.is_checked
    assert "computes nothing that a later cell shows" in cells.why_idle(first)


def test_an_explorer_and_a_blank_line_show_nothing():
    assert reasons("y = f(1)", shows("explorer(y)", "Explorer of y\n"))[0] == ""
    assert reasons("y = f(1)", shows("print()", "\n"))[0] == ""
    assert [c.is_checked for c in cells.census(notebook(shows("print(f(1))", "\n")))] == [False]


def test_a_written_reason_is_taken_and_an_ignored_output_has_one():
    made = notebook("f(1);", ("print(os.getpid())", "nbval-ignore-output", "7\n"))
    made.cells[0].metadata["unchecked"] = "its effect is outside the notebook"
    written, ignored = cells.census(made)
    assert written.reason == "its effect is outside the notebook" and not cells.why_idle(written)
    assert "environment" in ignored.reason and not ignored.is_checked


@pytest.mark.parametrize(
    "source",
    [
        "# nothing yet",
        "pass",
        "'''text'''",
        "...",
        "1",
        "if False:\n    print(f(1))",
        "while 0:\n    f(1)",
        "for x in []:\n    print(f(x))",
        "f(1);",
        "print(f(1)) if x else None",
        "unused = f(1)",
        "unused = 1",
        "import unused",
        "def unused():\n    return f(1)",
    ],
)
def test_a_cell_that_does_nothing_is_noticed(source):
    first, *_ = cells.census(notebook(source, shows("print(1)")))
    assert cells.why_idle(first)


@pytest.mark.parametrize(
    "source",
    [
        "used = f(1)",
        "used = 1",
        "import used",
        "def used():\n    return f(1)",
        "used.append(1)",
        "used['a'] = 1",
    ],
)
def test_a_cell_that_does_something_is_left_alone(source):
    first, *_ = cells.census(notebook(source, shows("print(used)")))
    assert not cells.why_idle(first)


def test_a_gap_may_do_nothing():
    (cell,) = cells.census(notebook(("pass", "exercise", "")))
    assert not cells.why_idle(cell)


def test_a_parameter_that_nobody_reads_is_noticed():
    made = notebook(
        ("a: int = 1  # used, 0..2\nb: int = 1  # not, 0..2", "parameters", ""), shows("print(a)")
    )
    assert cells.unused_parameters(made) == ["b"]


def test_the_page_counts_and_lists_what_is_not_checked(tmp_path):
    made = notebook(
        "import numpy",
        "y = f(1)",
        shows("print(y)"),
        "f(2);",
        ("x = None", "exercise", ""),
        shows("explorer(y)", "Explorer of y\n"),
    )
    contract = "# 07 A title\n\n*After this you can read.*\n\nNeeds 00 - 5 min - computes in under 9 s - CPU"
    made.cells.insert(0, nbformat.v4.new_markdown_cell(contract))
    (tmp_path / "lessons").mkdir()
    nbformat.write(made, tmp_path / "lessons" / "07_a.ipynb")
    page = checks.content(tmp_path)
    assert "| [07 A title](lessons/07_a.ipynb) | 6 | 1 | 2 | 1 | 1 | 1 | under 9 s |" in page
    assert "**1 of 3 cells that compute are checked, 33.3%" in page
    assert "[2] `` y = f(1) `` - `y`: shown by [3]" in page
    assert "[4] `` f(2) `` - **no reason is given**" in page
