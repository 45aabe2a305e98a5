"""A whole cycle with five students: built, given out, handed in, graded, told, listed. `make course-demo`.

Their answers are the solutions of the instructor notebook, and the right and wrong ones that the tests of the
exercises keep. One of the five attacks.
"""

from __future__ import annotations

import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lrlib.checkout import ROOT, needed
from lrlib.classroom import build, lists
from lrlib.classroom.course import Course, find_programs
from lrlib.classroom.grade import say
from lrlib.classroom.submission import grade_id

ANSWERS = ROOT / "tests" / "course" / "answers"
ANSWER = re.compile(r"^# %% (\w+\.\d+) (right|wrong): .+$", re.MULTILINE)
MARKED = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
NAMES = {
    "ada": ("Ada", "Lovelace", "has solved everything"),
    "emmy": ("Emmy", "Noether", "has other right answers"),
    "grace": ("Grace", "Hopper", "has done the first half"),
    "mary": ("Mary", "Jackson", "has plausible wrong answers"),
    "mallory": ("Mallory", "Craig", "has done the first exercise, and attacks the rest"),
}
EXPLAINED = "The figure says so: with the rate, what noise adds to the loss falls too."
ATTACKS = (
    "import pathlib\nprint([*pathlib.Path('/').rglob('gradebook.db')])",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)",
    "import numpy as np\nfrom lrlib.course import check\nnp.allclose = max\ncheck.exercise = print",
    "import os\nos._exit(0)",
)
LIAR = '''class Liar(float):
    """Equal to everything, and its difference from everything is 0."""

    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
    __array__ = lambda self, *more, **options: __import__("numpy").zeros(())


def {called}(*arguments):
    return Liar()'''


def run(out: Path, assignment: str | None = None) -> list[str]:
    """The cycle in a new folder; returns its grade table, in lines. What is done is printed on the way.

    assignment: its name, by default the first that there is. RuntimeError where a command fails.
    """
    find_programs()
    there = build.assignments()
    assignment = assignment or next(name for name in there if answers_of(name))
    notebook = nbformat.read(there[assignment], as_version=4)
    _do(["lrlib", "course", "build", str(out), "--only", assignment], Path.cwd())
    out = Path(out)
    _write_roster(out)
    _do(["nbgrader", "db", "student", "import", "roster.csv"], out)
    _do(["nbgrader", "generate_assignment", assignment], out)
    released = nbformat.read(out / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    archive = out / "downloaded" / assignment / "archive"
    archive.mkdir(parents=True)
    for student, made in handed_in(notebook, released, assignment).items():
        say(f"{student} {NAMES[student][2]}")
        nbformat.write(made, archive / f"{student}_{assignment}.ipynb")
    _do(["nbgrader", "zip_collect", assignment], out)
    _do(["lrlib", "course", "grade", assignment], out, is_shown=True)
    _do(["nbgrader", "generate_feedback", assignment], out)
    _do(["nbgrader", "export"], out)
    _do(["lrlib", "course", "grades"], out)
    return [
        *lists.table(Course(out), assignment),
        f"feedback: {out}/feedback",
        f"notes: {out}/notes/{assignment}.md",
    ]


def handed_in(notebook: NotebookNode, released: NotebookNode, assignment: str) -> dict[str, NotebookNode]:
    """Student -> what is handed in, of the five."""
    asked, found = build.every_asked(notebook), answers_of(assignment)
    solved = solutions(notebook, assignment)
    own = {name: EXPLAINED for name in solved if name.endswith("-explanation")}
    half = {each.grade_id for each in asked[: len(asked) // 2]}
    answers = {
        "ada": solved,
        "grace": {name: text for name, text in solved.items() if name.removesuffix("-answer") in half},
        "emmy": own | _first(found, asked, released, "right"),
        "mary": own | _first(found, asked, released, "wrong"),
        "mallory": _attacked(solved, asked),
    }
    made = {student: filled(released, answers[student]) for student in NAMES}
    for source in ATTACKS:
        made["mallory"].cells.insert(-2, nbformat.v4.new_code_cell(source))
    for cell in made["mallory"].cells:
        if grade_id(cell) == asked[-1].grade_id:
            cell.source = f"print('{asked[-1].exercise.marks.total} points')"
    return made


def solutions(notebook: NotebookNode, assignment: str) -> dict[str, str]:
    """Grade id -> solution, of an instructor notebook."""
    cells = build.source(notebook, assignment).cells
    solved = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {grade_id(cell): MARKED.sub("", cell.source) for cell in solved}


def filled(released: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """A copy of a release in which these cells have these texts."""
    made = deepcopy(released)
    for cell in made.cells:
        cell.source = answers.get(grade_id(cell), cell.source)
    return made


def answers_of(assignment: str) -> dict[tuple[str, str], list[str]]:
    """(exercise, right or wrong) -> answers that the tests keep."""
    path = needed(ANSWERS) / f"assignment_{assignment[1]}.py"
    found: dict[tuple[str, str], list[str]] = {}
    parts = ANSWER.split(path.read_text(encoding="utf-8") if path.exists() else "")[1:]
    for name, kind, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault((name, kind), []).append(text.strip())
    return found


def _first(found: dict, asked: list[build.Asked], released: NotebookNode, kind: str) -> dict[str, str]:
    """Grade id -> the first answer of a kind, below what the gap of its exercise imports."""
    gaps = {grade_id(cell): cell.source for cell in released.cells}
    chosen = {}
    for each in asked:
        name = f"{each.grade_id}-answer"
        given = gaps[name].partition(f"def {each.called}(")[0]
        chosen[name] = f"{given}{found[each.name, kind][0]}"
    return chosen


def _attacked(solved: dict[str, str], asked: list[build.Asked]) -> dict[str, str]:
    kept = f"{asked[0].grade_id}-answer"
    return {f"{each.grade_id}-answer": LIAR.format(called=each.called) for each in asked} | {
        kept: solved[kept]
    }


def _write_roster(out: Path) -> None:
    rows = [
        f"{name},{first},{last},{name}@example.org,{100 + i}"
        for i, (name, (first, last, _)) in enumerate(NAMES.items())
    ]
    (out / "roster.csv").write_text("\n".join(["id,first_name,last_name,email,lms_user_id", *rows, ""]))


def _do(command: list[str], folder: Path, is_shown: bool = False) -> None:
    """Run a command as a teacher would; its output is shown when it fails, or when asked for."""
    say(f"$ {'' if command[0] == 'nbgrader' else 'python -m '}{' '.join(command)}")
    how = {} if is_shown else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, **how)
    if done.returncode:
        raise RuntimeError(
            f"`{' '.join(command)}` failed: {(done.stdout or '').strip()[-500:] or 'see above'}"
        )
