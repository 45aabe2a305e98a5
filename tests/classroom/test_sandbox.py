"""A program runs as in a notebook, behind walls; its functions are asked when all cells have run."""

import shutil

import pytest

from lrlib.classroom import sandbox, walls
from lrlib.classroom.sandbox import Cell, Limits, Question
from lrlib.rules import Refused

pytestmark = pytest.mark.skipif(bool(walls.missing()), reason=f"no sandbox here: {walls.missing()}")


def text(outputs) -> str:
    """What a cell printed and showed, in one."""
    return "\n".join(
        each.get("text") or each.get("evalue") or each["data"].get("text/plain", "") for each in outputs
    )


NOTEBOOK = {
    "imports": "import numpy as np\nimport torch\nfrom lrlib.course import check",
    "magic": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    "value": "print('first')\n6 * 7",
    "broken": "1 / 0",
    "double": "def double(x):\n    x[0] = 2 * x[0]\n    return x",
    "gradient": "def gradient(x):\n    w = torch.tensor(x, requires_grad=True)\n    (w ** 2).backward()\n"
    "    return w.grad\ngradient(1.0)",
    "open": "def still_open(x):\n    raise NotImplementedError('your code here')",
    "half": "def half(x):\n    y = 1 / x\n    return y",
    "threads": "torch.set_num_threads(2)\na = torch.randn(600, 600)\na @ a;",
    "shape": "def shape(n):\n    return tuple((a @ a).shape)",
    "leave": "exit()",
    "check": "check.exercise('05.1', double)",
}


@pytest.fixture(scope="module")
def ran():
    asked = [
        Question("doubled", "double", [([1.0],), ([1.0],)]),
        Question("gradient", "gradient", [(3.0,), (-1.0,)]),
        Question("open", "still_open", [(1,)]),
        Question("half", "half", [(2,), (0,)]),
        Question("shape", "shape", [(1,)]),
        Question("missing", "nowhere", [(1,)]),
    ]
    return sandbox.run([Cell(*item) for item in NOTEBOOK.items()], asked)


def test_cells_run_and_show_as_in_a_notebook(ran):
    assert text(ran.outputs["value"]).split() == ["first", "42"]
    assert "image/png" in ran.outputs["magic"][0]["data"]
    assert text(ran.outputs["await"]).strip() == "awaited"
    assert ran.outputs["broken"][0]["ename"] == "ZeroDivisionError"
    assert "----> 1 1 / 0" in ran.outputs["broken"][0]["traceback"]


def test_functions_are_asked_with_values_of_their_own_for_each_case(ran):
    assert [outcome.value for outcome in ran.outcomes["doubled"]] == [[2.0], [2.0]]
    assert [float(outcome.value) for outcome in ran.outcomes["gradient"]] == [6.0, -2.0]
    assert ran.names["doubled"] == ["x"]


def test_functions_compute_though_the_notebook_used_several_threads(ran):
    assert ran.outcomes["shape"][0].value == (600, 600)


def test_what_gives_no_value_says_why(ran):
    assert ran.outcomes["open"][0].stopped == "Not done yet."
    assert "`nowhere` is not there" in ran.outcomes["missing"][0].stopped
    assert ran.outcomes["half"][0].value == 0.5
    assert "in the line `y = 1 / x` with ZeroDivisionError" in ran.outcomes["half"][1].stopped


def test_an_exercise_is_not_answered_where_it_is_marked(ran):
    assert text(ran.outputs["check"]).strip() == "This exercise is answered when it is marked."


def test_an_honest_program_leaves_no_note(ran):
    assert not ran.notes


def test_a_cell_that_ends_the_program_is_left_out_and_the_others_count():
    cells = [
        Cell("1", "def f(x):\n    return x"),
        Cell("2", "import os\nos._exit(0)"),
        Cell("3", "print('after')"),
    ]
    ran = sandbox.run(cells, [Question("f", "f", [(3,)])])
    assert ran.outcomes["f"][0].value == 3
    assert text(ran.outputs["3"]).strip() == "after"
    assert ran.notes == ["Cell 2 ended the program; it was left out."]


def test_an_answer_is_tried_by_what_is_there_and_by_nothing_else():
    for tried in (lambda answer, x: answer(x), sandbox.run):
        with pytest.raises(Refused, match="exercise f: tried must be a function of"):
            Question("f", "f", [(1,)], tried)


def test_without_bubblewrap_nothing_runs_unless_that_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not shutil.which("bwrap")
    with pytest.raises(Refused, match="bubblewrap is not installed"):
        sandbox.run([Cell("1", "")], [])
    cells = [Cell("1", "def f(x):\n    return x"), Cell("2", "while True:\n    pass")]
    ran = sandbox.run(cells, [Question("f", "f", [(3,)])], Limits(cell=1), unsafe=True)
    assert ran.outcomes["f"][0].value == 3
    assert ran.notes == ["Cell 2 was still running after 1 s of processor time; it was left out."]
    assert ran.protections[0].startswith("NO SANDBOX")
