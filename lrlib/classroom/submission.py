"""What a student handed in, whatever it is, put back into the form of its assignment.

The notebook that is marked has every cell of the assignment once and in its order: checks, and whatever else
is locked, as they were given out; answers as they were handed in; and a student's own cells where they stood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lrlib.classroom.sandbox import Cell
from lrlib.rules import Refused

BYTES = 30_000_000
CELLS = 500
CHARACTERS = 200_000  # of a cell
WORDS, ALL_WORDS = 20_000, 200_000  # characters of a text, and of all: to show formulas takes their square
KINDS = {"code": new_code_cell, "markdown": new_markdown_cell}


@dataclass(frozen=True)
class Submission:
    """What is marked of a submission. notebook: without outputs. notes: for the teacher, in sentences."""

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        """The code cells to run, known by their `grade_id`, or by their own id where they have none."""
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        return [Cell(grade_id(cell) or cell.id, cell.source) for cell in code]


def read(submitted: bytes, source: NotebookNode) -> Submission:
    """A submission, as bytes that may be anything, in the form of the assignment that it answers.

    source: the assignment, whose cells nbgrader knows by their `grade_id`; solutions in it are not looked at.
    """
    notes: list[str] = []
    try:
        handed_in = list(_shortened(_cells(submitted), notes))
    except Refused as error:
        handed_in = []
        notes.append(f"The file was not read: {error}.")
    known = {grade_id(cell): cell for cell in source.cells if grade_id(cell)}
    kept = _kept(handed_in, known, notes)
    told = [] if handed_in or not notes else [new_markdown_cell(f"**{notes[0]}**")]  # for who wrote it
    merged = [*told, *_in_place(kept, known, notes, is_read=bool(handed_in))]
    for number, cell in enumerate(merged):
        cell.id = f"own-{number}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return Submission(new_notebook(cells=merged, metadata=metadata), notes)


def grade_id(cell: Mapping) -> str:
    """What nbgrader calls a cell; "" where it calls it nothing."""
    known = cell.get("metadata")
    known = known.get("nbgrader") if isinstance(known, Mapping) else None
    name = known.get("grade_id") if isinstance(known, Mapping) else None
    return name if isinstance(name, str) else ""


def is_answer(cell: Mapping) -> bool:
    """Whether a student writes in this cell of an assignment."""
    return bool(cell["metadata"]["nbgrader"].get("solution"))


def _cells(submitted: bytes) -> Iterator[dict]:
    """Cells of a notebook as dicts with a text. Refused for what is none."""
    if len(submitted) > BYTES:
        raise Refused(f"it has more than {BYTES / 1e6:.0f} MB; clear its outputs and hand it in again")
    try:
        found = json.loads(submitted)
    except (ValueError, RecursionError):
        raise Refused("it is no notebook") from None
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        old = isinstance(found, dict) and "worksheets" in found
        raise Refused("it is a notebook of an old format; open and save it in JupyterLab" if old
                      else "it is no notebook")  # fmt: skip
    if len(found["cells"]) > CELLS:
        raise Refused(f"it has {len(found['cells'])} cells, and may have {CELLS}")
    for cell in found["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") in list(KINDS):
            yield {**cell, "source": _text(cell.get("source"))}


def _shortened(cells: Iterator[dict], notes: list[str]) -> Iterator[dict]:
    """The cells, with texts as long as are shown."""
    room = ALL_WORDS
    for cell in cells:
        if cell["cell_type"] == "markdown":
            text, whole = cell["source"][: min(room, WORDS)], len(cell["source"])
            room -= len(text)
            if len(text) < whole:
                notes.append(f"A text of {whole} characters was cut to {len(text)}.")
            cell["source"] = text
        yield cell


def _text(source) -> str:
    parts = source if isinstance(source, list) else [source]
    text = "".join(part for part in parts if isinstance(part, str))
    return text[:CHARACTERS].encode("utf-8", "replace").decode().replace("\0", "")


def _kept(handed_in: list[dict], known: dict, notes: list[str]) -> list[NotebookNode]:
    """The cells that were handed in, each of the assignment once, with the text that counts."""
    kept, seen = [], set()
    for cell in handed_in:
        name = grade_id(cell)
        if name not in known:
            kept.append(KINDS[cell["cell_type"]](cell["source"]))
            continue
        original = known[name]
        if name in seen:
            notes.append(f"Cell {name} is there twice; the first one counts.")
        elif cell["cell_type"] != original.cell_type:
            notes.append(f"Cell {name} is no {original.cell_type} cell any more; it does not count.")
        else:
            seen.add(name)
            if not is_answer(original) and cell["source"].strip() != original.source.strip():
                notes.append(f"Cell {name} was changed; the original is used.")
            kept.append(_like(original, cell["source"] if is_answer(original) else original.source))
    return kept


def _like(original: NotebookNode, text: str) -> NotebookNode:
    """A cell of the assignment with another text."""
    made = KINDS[original.cell_type](text)
    made.metadata = nbformat.from_dict(dict(original.metadata))
    return made


def _in_place(kept: list, known: dict, notes: list[str], is_read: bool) -> Iterator[NotebookNode]:
    """All cells in the order of the assignment; a student's own before the one that they stood before."""
    own: dict[str, list] = {}
    waiting: list = []
    for cell in kept:
        waiting.append(cell)
        if name := grade_id(cell):
            own[name], waiting = waiting, []
    for name, original in known.items():
        if name not in own and is_read:
            lost = "; nothing was answered" if is_answer(original) else "; the original is used"
            notes.append(f"Cell {name} was deleted{lost}.")
        yield from own.get(name) or [_like(original, "" if is_answer(original) else original.source)]
    yield from waiting
