"""One submission: read as data, run in a sandbox, marked outside it, and put into words for who wrote it."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lrlib.classroom import build, marking, sandbox, submission
from lrlib.classroom.marking import Mark
from lrlib.data import written
from lrlib.rules import Refused

STUB = "*Your answer here.*"  # as nbgrader_config.py has it: an explanation that says no more has no points
MARKED = "marked"  # where a course keeps what was found
OPENS = re.compile(r"<(?=[A-Za-z/!?])")
NAMED = re.compile(r"&(?=#|\w+;)")
RUNS = re.compile(r"(script|data)(\s*):", re.IGNORECASE)


@dataclass
class Assessed:
    """What was found about a submission. notebook: the copy that students get back, as JSON text.

    digest: of all that it was found from. notes: for the teacher. protections: of the sandbox, in words.
    """

    digest: str
    notebook: str
    points: dict[str, int]
    notes: list[str] = field(default_factory=list)
    protections: list[str] = field(default_factory=list)
    seconds: float = 0.0


def assess(
    submitted: bytes, source: NotebookNode, student: str, secret: str = "", unsafe: bool = False
) -> Assessed:
    """Mark a submission. source: the assignment as nbgrader has it. secret: of the course.

    The cases are drawn from secret, student and file: who hands in again meets other ones. Refused where
    there is no sandbox and `unsafe` is not said.
    """
    begun, name = time.monotonic(), digest(submitted, source, secret)
    read = submission.read(submitted, build.without_schemes(source))
    asked, notes = build.every_asked(source), list(read.notes)
    drawn = {each.name: marking.cases(each.exercise, each.name, student, name) for each in asked}
    questions = [
        sandbox.Question(each.name, each.called, drawn[each.name], tried=each.exercise.tried)
        for each in asked
    ]
    ran = sandbox.run(read.cells, questions, unsafe=unsafe)
    marks = {}
    for each in asked:
        marks[each.grade_id] = _mark(each, drawn[each.name], ran, notes)
    copy = graded(read.notebook, ran.outputs, marks)
    return Assessed(
        name, nbformat.writes(copy), {grade: mark.points for grade, mark in marks.items()},
        [*notes, *ran.notes], list(ran.protections), time.monotonic() - begun,
    )  # fmt: skip


def _mark(each: build.Asked, drawn: list, ran: sandbox.Ran, notes: list[str]) -> Mark:
    names = ran.names.get(each.name, ())
    try:
        return marking.mark(each.exercise, drawn, ran.outcomes[each.name], names)
    except Exception as error:  # what a stranger's program gave brought the marking down
        what = f"{type(error).__name__}: {error}"
        notes.append(f"Exercise {each.name} could not be marked ({what}); mark it by hand.")
        points = each.exercise.marks.points
        said = "It could not be marked; your teacher was told."
        return Mark(dict.fromkeys(points, 0), dict(points), (said,))


def graded(notebook: NotebookNode, outputs: dict, marks: dict[str, Mark]) -> NotebookNode:
    """The copy that goes back: what cells showed, and in check cells the points as nbgrader reads them."""
    count = 0
    for cell in notebook.cells:
        grade_id = submission.grade_id(cell)
        if cell.cell_type == "markdown":
            if not cell.metadata.get("nbgrader", {}).get("locked"):
                cell.source = harmless(cell.source) if cell.source.strip() or not grade_id else STUB
            continue
        count += 1
        cell.execution_count = count
        shown = said(marks[grade_id], count) if grade_id in marks else outputs.get(grade_id or cell.id, [])
        cell.outputs = [nbformat.from_dict(output) for output in shown]
    return notebook


def said(mark: Mark, count: int) -> list[dict]:
    """The outputs of a check cell: sentences, and points as the result, which nbgrader reads."""
    points = {"data": {"text/plain": str(float(mark.points))}, "metadata": {}, "execution_count": count}
    return [
        {"output_type": "stream", "name": "stdout", "text": f"{mark}\n"},
        {"output_type": "execute_result", **points},
    ]


def harmless(text: str) -> str:
    """A student's Markdown, in which no tag opens and no link runs: teachers read it in their own browser.

    >>> print(harmless("rate < 0.1, <script>x</script> [y](javascript:z)"))
    rate < 0.1, &lt;script>x&lt;/script> [y](javascript :z)
    """
    return RUNS.sub(r"\1\2 :", OPENS.sub("&lt;", NAMED.sub("&amp;", text)))


# --- in a course folder ------------------------------------------------------------------------------


def source_of(root: Path, assignment: str) -> NotebookNode:
    """The assignment as the course has it. Refused where it has none of that name."""
    path = Path(root) / "source" / assignment / f"{assignment}.ipynb"
    if not path.is_file():
        there = sorted(p.name for p in (Path(root) / "source").glob("*") if p.is_dir())
        raise Refused(f"there is no assignment {assignment!r} here (allowed: {', '.join(there) or 'none'})")
    return nbformat.read(path, as_version=4)


def digest(submitted: bytes, source: NotebookNode, secret: str) -> str:
    """Names all that a mark is found from."""
    asked = nbformat.writes(source, indent=0, sort_keys=True)
    parts = [secret, hashlib.sha256(submitted).hexdigest(), hashlib.sha256(asked.encode()).hexdigest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def in_course(root: Path, assignment: str, student: str, unsafe: bool = False) -> Assessed:
    """What was found about a submission: now, or before, where nothing that it depends on changed."""
    root, source = Path(root), source_of(root, assignment)
    secret, submitted = (root / build.SEED).read_text().strip(), handed_in(root, assignment, student)
    kept = root / MARKED / assignment / f"{student}.json"
    if kept.exists():
        before = Assessed(**json.loads(kept.read_text(encoding="utf-8")))
        if before.digest == digest(submitted, source, secret):
            return before
    found = assess(submitted, source, student, secret, unsafe)
    kept.parent.mkdir(parents=True, exist_ok=True)
    written(kept, lambda part: part.write_text(json.dumps(asdict(found)), encoding="utf-8"))
    return found


def handed_in(root: Path, assignment: str, student: str) -> bytes:
    """The file that a student handed in, as bytes, up to more than is read; no link is followed."""
    path = Path(root) / "submitted" / student / assignment / f"{assignment}.ipynb"
    if path.is_symlink() or not path.is_file():
        raise Refused(f"{student} handed in no file {assignment}.ipynb")
    with path.open("rb") as file:
        return file.read(submission.BYTES + 1)
