"""Each rule of `notebooks/tools/evidence.py` notices its faults; a notebook without its data ends quietly."""

import os
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from lrlib.evidence import claims
from notebooks.tools import evidence, form, kernels

FOLDER = Path(__file__).parents[2] / "notebooks"
MODEL = FOLDER / "evidence" / "two_theorems_two_winners.ipynb"
MEASURED = "step-decay-off-by-logarithms"
CALL = f'claims.measure("{MEASURED}")'
LIMITS = "## What this does and does not show"
OTHER = "Claims: silver-steps-accelerate, "
IMPORTS = "import numpy as np\n"


def everywhere(old, new):
    def edit(notebook):
        assert any(old in cell.source for cell in notebook.cells), f"{old!r} is nowhere"
        for cell in notebook.cells:
            cell.source = cell.source.replace(old, new)

    return edit


def added(source):
    return lambda notebook: notebook.cells.insert(3, nbformat.v4.new_markdown_cell(source))


BROKEN = {
    "a title that asks nothing": ("has_a_contract", everywhere("your problem?", "your problem")),
    "a promise of another form": ("has_a_contract", everywhere("*After this you can say", "*You will know")),
    "no time": ("has_a_contract", everywhere("computes in under", "takes")),
    "a claim that it does not name": ("has_a_contract", everywhere(f" {MEASURED},", "")),
    "a claim of another notebook": ("has_a_contract", everywhere("Claims: ", OTHER)),
    "too slow": ("has_a_contract", everywhere("computes in under 4", "computes in under 14")),
    "no limits": ("has_its_parts", everywhere(LIMITS, "## Summary")),
    "parts in another order": ("has_its_parts", everywhere("## The verdict", "## A second way")),
    "a claim that is not measured": ("judges_every_claim", everywhere(CALL, "1 + 1")),
    "a verdict that is typed": ("types_no_verdict", added("So it is NOT REPRODUCED.")),
    "no word on the scale": (
        "says_what_a_null_result_means", everywhere("## References", f"## References\n\n{LIMITS}"),
    ),
    "far too long": ("has_its_size", added("word " * 1500)),
    "a cell longer than a screen": ("has_its_size", everywhere(IMPORTS, IMPORTS + 26 * "x = 1\n")),
}  # fmt: skip


def found(rule, notebook, monkeypatch):
    monkeypatch.setattr(evidence, "read", lambda path: notebook)
    monkeypatch.setattr(evidence.lesson, "read", lambda path: notebook)
    return getattr(evidence, rule)(MODEL, FOLDER)


@pytest.mark.parametrize("rule, edit", [pytest.param(*case, id=name) for name, case in BROKEN.items()])
def test_a_rule_notices_what_it_is_there_for(rule, edit, monkeypatch):
    notebook = deepcopy(form.read(MODEL))
    assert not found(rule, notebook, monkeypatch)
    edit(notebook)
    assert found(rule, notebook, monkeypatch)


def test_downloaded_data_are_asked_for_first(monkeypatch):
    path = next(p for p in (FOLDER / "evidence").glob("*.ipynb") if "claims.at_hand(" in p.read_text())
    notebook = deepcopy(form.read(path))
    assert not evidence.judges_every_claim(path, FOLDER)
    for cell in notebook.cells:
        cell.source = cell.source.replace("claims.at_hand(", "print(")
    monkeypatch.setattr(evidence, "read", lambda _: notebook)
    assert any("at_hand" in fault for fault in evidence.judges_every_claim(path, FOLDER))


@pytest.mark.long
def test_without_its_data_a_notebook_shows_what_is_stored_and_ends(tmp_path):
    path = next(
        p for p in sorted((FOLDER / "evidence").glob("*.ipynb")) if "claims.at_hand(" in p.read_text()
    )
    notebook = deepcopy(nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    env = os.environ | kernels.environment() | {"LRLIB_DATA": str(tmp_path)}
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    with pytest.raises(CellExecutionError):
        client.execute(env=env)
    first, *later = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = "".join(output.get("text", "") for output in first.outputs)
    (error,) = [output for output in first.outputs if output.output_type == "error"]
    names = [name for name in claims.register() if f"{name}: " in shown]
    assert names and "stored, not computed here" in shown
    assert (error.ename, error.traceback) == ("NotAtHand", [])
    for name in names:
        assert str(claims.judged(name).verdict) in shown
    assert not any(cell.outputs for cell in later)
