"""Submissions to a small assignment, marked as those of a class are, and what is left of them."""

from dataclasses import dataclass, replace

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lrlib.classroom import marking, sandbox, submission
from lrlib.classroom.marking import Mark
from lrlib.classroom.sandbox import Limits, Question
from lrlib.course.exercises import Exercise, Marks

QUICK = Limits(cell=2, question=2, overall=60, memory=768, disk=32, processes=16)
SLOW = replace(QUICK, cell=30, question=30)  # so that a busy machine does not run out of time before


def tripled():
    return Exercise(
        expected=lambda x: 3 * x,
        cases=[(1.0,)],
        mistakes={"It is squared.": lambda x: x**2},
        marks=Marks({"all": 5}, lambda rng: [(x,) for x in rng.uniform(2, 9, 3).tolist()]),
    )


def halved():
    return Exercise(
        expected=lambda x: x / 2,
        cases=[(1.0,)],
        marks=Marks({"all": 3}, lambda rng: [(x,) for x in rng.uniform(2, 9, 3).tolist()]),
    )


EXERCISES = {"A0.1": ("triple", tripled()), "A0.2": ("half", halved())}
RIGHT = {
    "A0.1": "def triple(x):\n    return 3 * x",
    "A0.2": "def half(x):\n    return x / 2",
}


def cell(name: str, text: str, kind=new_code_cell, **of):
    """A cell that nbgrader knows."""
    known = {"grade_id": name, "schema_version": 3, "grade": False, "solution": False, "locked": True}
    return kind(text, metadata={"nbgrader": {**known, **of}})


def source():
    """The assignment as it is given out."""
    cells = [cell("setup", "import numpy as np")]
    for name, (called, _) in EXERCISES.items():
        cells.append(cell(name, "raise NotImplementedError", solution=True, locked=False))
        cells.append(cell(f"{name}-check", f"{called}(1.0)", grade=True))
    written = cell("words", "", new_markdown_cell, solution=True, grade=True, locked=False)
    return new_notebook(cells=[*cells, written])


def notebook(answers: dict[str, str]) -> bytes:
    """A notebook that is handed in: the assignment with these answers."""
    handed_in = source()
    for each in handed_in.cells:
        each.source = answers.get(submission.grade_id(each), each.source)
    return nbformat.writes(handed_in).encode()


@dataclass
class Marked:
    """What came of a submission: marks by exercise, what ran, and notes of both."""

    marks: dict[str, Mark]
    ran: sandbox.Ran
    notes: list[str]

    @property
    def points(self) -> list[int]:
        return [mark.points for mark in self.marks.values()]

    @property
    def printed(self) -> str:
        outputs = [each for of in self.ran.outputs.values() for each in of]
        return "\n".join(each.get("text") or each.get("evalue") or str(each.get("data")) for each in outputs)


def marked(handed_in: bytes, limits: Limits = QUICK, student: str = "ada") -> Marked:
    """Read, run and mark a submission."""
    read = submission.read(handed_in, source())
    drawn = {name: marking.cases(exercise, name, student) for name, (_, exercise) in EXERCISES.items()}
    asked = [Question(name, called, drawn[name]) for name, (called, _) in EXERCISES.items()]
    ran = sandbox.run(read.cells, asked, limits)
    marks = {
        name: marking.mark(exercise, drawn[name], ran.outcomes[name], ran.names.get(name, ()))
        for name, (_, exercise) in EXERCISES.items()
    }
    return Marked(marks, ran, [*read.notes, *ran.notes])


def limits_to_meet(told: str) -> Limits:
    """Limits under which a program that does harm meets the one that its note tells of."""
    return QUICK if "still running" in told else SLOW


def answered(first: str, second: str = RIGHT["A0.2"], **given) -> Marked:
    """The marks of a program: its first answer, which may be anything, and by default the right second."""
    return marked(notebook({"A0.1": first, "A0.2": second}), **given)
