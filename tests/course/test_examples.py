"""An example in an assignment's text, "`my_plan(1200, 16)` is `(128, 45)`", is what its solution gives."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from notebooks.tools import compare, twins

ASSIGNMENTS = sorted((Path(__file__).parents[2] / "notebooks" / "src" / "assignments").glob("*.py"))
CALL = re.compile(r"`(my_\w+\([^`]*\))` is (?:about )?(?:`([^`]+)`|([\[\]\d\-., e]+))")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def examples(notebook):
    """(call, the numbers said of it as text) from all that is read."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [
        (call, NUMBER.findall(code or words)) for call, code, words in CALL.findall(re.sub(r"\s+", " ", text))
    ]


def solutions(notebook):
    """The names that imports and solutions of a notebook define."""
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            body = ast.parse(cell.source).body
            kept = body if "exercise" in compare.tags(cell) else [n for n in body if is_import(n)]
            exec(compile(ast.Module(kept, []), "<solutions>", "exec"), names)
    return names


def is_import(node):
    return isinstance(node, ast.Import | ast.ImportFrom)


def as_said(value, number):
    """Whether a number is what it was rounded to."""
    digits = len(number.partition("e")[0].partition(".")[2])
    exponent = int(number.partition("e")[2] or 0)
    return abs(float(value) - float(number)) <= 0.5000001 * 10.0 ** (exponent - digits)


@pytest.mark.parametrize("twin", ASSIGNMENTS, ids=[path.stem for path in ASSIGNMENTS])
def test_an_example_is_what_the_solution_gives(twin):
    notebook = twins.read_twin(twin)
    found = examples(notebook)
    names = solutions(notebook) if found else {}
    for call, said in found:
        values = np.ravel(np.asarray(eval(call, names), dtype=float))
        assert len(said) == len(values) and all(map(as_said, values, said)), f"{call} is {values}, not {said}"


def test_examples_are_found_and_a_wrong_one_is_noticed():
    counts = {path.stem: len(examples(twins.read_twin(path))) for path in ASSIGNMENTS}
    assert sum(counts.values()) >= 12, counts
    assert as_said(0.3411, "0.3411") and as_said(0.34106, "0.3411") and not as_said(0.3411, "0.3399")
    assert as_said(12, "12") and not as_said(12.6, "12") and as_said(1.52e-5, "1.5e-5")
