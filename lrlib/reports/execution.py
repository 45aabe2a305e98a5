"""From a report that was asked for to its files: its notebook is executed, drawn as a page, and published."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from lrlib import progress
from lrlib.checkout import ROOT
from lrlib.reports import asking, html, kernel, telling
from lrlib.reports.asking import Asked
from lrlib.reports.ends import ReportFailed
from lrlib.reports.folder import FAILED, FILES, Work
from lrlib.reports.notebook import KEPT, RESULTS

ABOUT = "import gc, json; from lrlib import reports; print(json.dumps(reports.about())); gc.freeze()"


def published(wanted: Asked, work: Work, tell: telling.Tell) -> dict:
    tell({"state": "starting", "report": wanted.name, "finished": work.finished()})
    executed, about = _resumed(wanted, work, tell)
    page = html.page(executed, title=executed.cells[0].source.split("\n")[0].lstrip("# "))
    handed = _results_of(executed)
    if handed is None:
        raise _failed("the notebook handed over no results", wanted, executed, work)
    envelope = {"report": wanted.name, "parameters": wanted.settled, "about": about, **handed}
    found = json.loads(_placeless(json.dumps(envelope), wanted))
    texts = nbformat.writes(executed) + "\n", page, json.dumps(found, indent=1, allow_nan=False) + "\n"
    try:
        work.publish(dict(zip(FILES, texts, strict=True)))
    except OSError as error:
        why = f"the report is finished but could not be put into {work.out}: {error}"
        raise ReportFailed(why) from None
    return found


def _resumed(wanted: Asked, work: Work, tell: telling.Tell) -> tuple[nbformat.NotebookNode, dict]:
    """Execute; once more from the beginning where what was kept of an earlier run is refused now."""
    there = work.finished()
    try:
        return _execute(wanted, work, tell)
    except ReportFailed as failed:
        if not (failed.refused and there):
            raise
    work.forget()
    tell({"state": "starting", "report": wanted.name, "finished": 0})
    return _execute(wanted, work, tell)


def _execute(wanted: Asked, work: Work, tell: telling.Tell) -> tuple[nbformat.NotebookNode, dict]:
    """The executed notebook, and what its kernel says about itself. ReportFailed where a cell stops."""
    notebook = _prepared(wanted)
    client = kernel.client(notebook, asking.FOLDER)
    client.reset_execution_trackers()
    try:
        with telling.following(work.progress, tell), client.setup_kernel():
            _aside(client, notebook, _surroundings(wanted, work))
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            about = json.loads(_aside(client, notebook, ABOUT))
    except CellExecutionError as error:
        count = max((cell.get("execution_count") or 0 for cell in notebook.cells), default=0)
        why = f"cell {count} stopped with {error.ename}: {error.evalue}"
        raise _failed(why, wanted, notebook, work, refused=error.ename == "Refused") from None
    except RuntimeError as error:
        raise _failed(f"the kernel stopped: {error}", wanted, notebook, work) from None
    return nbformat.reads(_placeless(nbformat.writes(notebook), wanted), as_version=4), about


def _prepared(wanted: Asked) -> nbformat.NotebookNode:
    """The notebook with its parameters, and without the outputs that are stored with it."""
    template = nbformat.from_dict(wanted.notebook)
    try:
        nbformat.validate(template)
    except Exception as error:  # of many kinds, by what is wrong
        raise asking.unreadable(wanted.name, error) from None
    notebook = papermill.execute_notebook(template, None, parameters=wanted.values, prepare_only=True)
    notebook.metadata.papermill |= {"input_path": f"{wanted.name}.ipynb", "output_path": "report.ipynb"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _surroundings(wanted: Asked, work: Work) -> str:
    """The cell that tells a kernel where progress goes, where to keep what is finished, where own code is."""
    environment = {progress.VARIABLE: str(work.progress), KEPT: str(work.kept)}
    own = [str(Path(place).absolute()) for place in sys.path]
    found = f"__import__('sys').path.extend(place for place in {own} if place not in __import__('sys').path)"
    return f"__import__('os').environ.update({environment})" + f"\n{found}" * any(
        isinstance(value, str) and ":" in value for value in wanted.values.values()
    )


def _aside(client: NotebookClient, notebook: nbformat.NotebookNode, source: str) -> str:
    """What a cell prints that is no part of the notebook."""
    notebook.cells.append(new_code_cell(source))
    cell = client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1, store_history=False)
    notebook.cells.pop()
    return "".join(output.get("text", "") for output in cell.outputs)


def _placeless(text: str, wanted: Asked) -> str:
    """JSON without the folders of this machine that warnings, tracebacks and parameters name."""
    files = [Path(file).parent for file in wanted.files]
    known = (sys.prefix, ROOT, tempfile.gettempdir(), os.path.expanduser("~"), os.getcwd(), *files)
    for place in sorted(set(map(Path, known)), key=lambda place: -len(place.parts)):
        if len(place.parts) > 1:
            for ascii_only in (False, True):
                text = text.replace(json.dumps(f"{place}{os.sep}", ensure_ascii=ascii_only)[1:-1], "")
    return text


def _results_of(notebook: nbformat.NotebookNode) -> dict | None:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if RESULTS in output.get("data", {}):
                return output.data[RESULTS]
    return None


def _failed(
    why: str, wanted: Asked, notebook: nbformat.NotebookNode, work: Work, refused: bool = False
) -> ReportFailed:
    """The error, in one line, after the executed part, if any, has been put where it says."""
    kept = ""
    if any(cell.get("execution_count") for cell in notebook.cells):
        work.publish({FAILED: _placeless(nbformat.writes(notebook), wanted) + "\n"})
        kept = f"; the executed part is in {work.out / FAILED}, nothing else in {work.out} was changed"
    if (runs := work.finished()) and not refused:
        kept += f"; {runs:,} finished runs are kept, the same call goes on with them"
    failed = ReportFailed(" ".join(why.split()) + kept)
    failed.refused = refused
    return failed
