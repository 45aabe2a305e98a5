"""A course folder for nbgrader, made from the instructor notebooks: `python -m lrlib course build OUT`.

Authors tag cells and declare points; what nbgrader wants to know of a cell is written here, from these.
"""

from __future__ import annotations

import re
import secrets
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lrlib.checkout import ROOT, needed
from lrlib.course import exercises
from lrlib.rules import Refused, refused

NOTEBOOKS = ROOT / "notebooks" / "assignments"
TEMPLATES = Path(__file__).parent / "templates"
SEED = "seed"
CHECKED = re.compile(r"check\.exercise\(\s*\"(?P<name>\w+\.\d+)\",\s*(?P<called>\w+)\s*\)\s*")
EXPLAINED = re.compile(r"\*\*(\d+), (?P<points>\d+) points, in your own words\.\*\*")
SCHEME = re.compile(r"\s*^(=== BEGIN MARK SCHEME ===$.*)", re.MULTILINE | re.DOTALL)
MARKED_BY_HAND = "*A person marks this answer, by what your page of feedback then shows here.*"


@dataclass(frozen=True)
class Asked:
    """A marked exercise of a notebook: its name, as "A2.3", and what its answer is called there."""

    name: str
    called: str

    @property
    def exercise(self) -> exercises.Exercise:
        """Its definition. Refused where that has no marks."""
        found = exercises.find(self.name, {})
        if getattr(found, "marks", None) is None:
            raise Refused(f"exercise {self.name} has no marks, and stands in an assignment")
        return found

    @property
    def grade_id(self) -> str:
        """What nbgrader knows its check cell by."""
        return self.name.replace(".", "-")


def asked(cell: NotebookNode) -> Asked | None:
    """The exercise that a check cell asks for; None for any other cell."""
    found = CHECKED.fullmatch(cell.source) if "check" in cell.metadata.get("tags", ()) else None
    return Asked(found["name"], found["called"]) if found else None


def every_asked(notebook: NotebookNode) -> list[Asked]:
    """The marked exercises of a notebook, in order."""
    return list(filter(None, map(asked, notebook.cells)))


def source(notebook: NotebookNode, name: str) -> NotebookNode:
    """An instructor notebook as nbgrader wants it: metadata say what is answered, marked and read-only.

    name: of the assignment, for what it refuses.
    """
    made, known = deepcopy(notebook), every_asked(notebook)
    waiting, points, cells = iter(known), 0, []
    for cell in made.cells:
        tags = cell.metadata.get("tags", ())
        if "exercise" in tags:
            answers = next(waiting, None)
            if answers is None:
                raise Refused(f"{name}: a cell tagged exercise is followed by no check.exercise(...)")
            cell.metadata["nbgrader"] = _about(f"{answers.grade_id}-answer", solution=True)
        elif checks := asked(cell):
            total = checks.exercise.marks.total
            cell.metadata["nbgrader"] = _about(checks.grade_id, grade=True, locked=True, points=total)
        elif "explain" in tags:
            cells += _explanation(cell, points, name)
            continue
        elif found := EXPLAINED.search(cell.source):
            points = int(found["points"])
        cells.append(cell)
    made.cells = cells
    return made


def _explanation(cell: NotebookNode, points: int, name: str) -> list[NotebookNode]:
    """The model answer, and after it the mark scheme: nbgrader hides that, and shows it once it is marked."""
    answer, scheme, *_ = [*SCHEME.split(cell.source), "", ""]
    if not scheme or not points:
        raise Refused(f"{name}: what is explained needs its points before it and a mark scheme after it")
    number = name.split("_")[0]
    cell.source = answer.strip()
    cell.metadata["nbgrader"] = _about(f"{number}-explanation", grade=True, solution=True, points=points)
    marked = nbformat.v4.new_markdown_cell(f"{MARKED_BY_HAND}\n\n{scheme.strip()}", id=f"{cell.id}-marked")
    marked.metadata["nbgrader"] = _about(f"{number}-marked", locked=True)
    return [cell, marked]


def without_schemes(source: NotebookNode) -> NotebookNode:
    """The assignment with mark schemes taken out, as students are given it."""
    given = deepcopy(source)
    for cell in given.cells:
        cell.source = SCHEME.sub("", cell.source) if cell.cell_type == "markdown" else cell.source
    return given


def _about(grade_id: str, **what) -> dict:
    said = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return said | {"grade_id": grade_id} | what


def assignments(folder: Path = NOTEBOOKS) -> dict[str, Path]:
    """Name -> instructor notebook, of all there are. NoCheckout where there is no checkout."""
    return {path.stem: path for path in sorted(needed(folder).glob("A*.ipynb"))}


def build(out: Path, chosen: list[str] | None = None) -> list[str]:
    """Write a course folder; returns the names of its assignments.

    chosen: parts of names, by default all. Refused for a folder with something in it: nothing is overwritten.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refused("OUT", "a folder that does not exist yet, or is empty", str(out))
    there = assignments()
    names = [name for name in there if not chosen or any(part in name for part in chosen)]
    if not names:
        raise refused("--only", f"a part of {', '.join(there)}", " ".join(chosen or ()))
    made = {name: source(nbformat.read(there[name], as_version=4), name) for name in names}
    for name, notebook in made.items():
        place = out / "source" / name / f"{name}.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)
    for template in sorted((TEMPLATES / "course").iterdir()):
        text = template.read_text(encoding="utf-8").replace("ASSIGNMENT", names[0])
        (out / template.name).write_text(text, encoding="utf-8", newline="\n")
    nbformat.write(_header(), out / "source" / "header.ipynb")
    (out / SEED).write_text(secrets.token_hex(16) + "\n")
    (out / SEED).chmod(0o600)
    return names


def _header() -> NotebookNode:
    cell = nbformat.v4.new_markdown_cell(
        (TEMPLATES / "header.txt").read_text(encoding="utf-8").strip(), id="header"
    )
    return nbformat.v4.new_notebook(
        cells=[cell],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
