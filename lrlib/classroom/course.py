"""A course folder: what is where in it, and its gradebook."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from lrlib.classroom import assess
from lrlib.rules import Refused

CONFIG = "nbgrader_config.py"
PROGRAMS = str(Path(sys.executable).parent)  # where nbgrader, and alembic, which it calls, are


def find_programs() -> None:
    """Put the programs of this environment on the path, as where nobody has activated it."""
    path = os.environ.get("PATH", "")
    if PROGRAMS not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([PROGRAMS, path])


@dataclass(frozen=True)
class Course:
    """A course folder. Refused for one that is none."""

    root: Path

    def __post_init__(self):
        if not (self.root / CONFIG).is_file():
            raise Refused(
                f"{self.root} is no course folder: it has no {CONFIG}; `course build OUT` makes one"
            )
        find_programs()

    @property
    def config(self) -> Config:
        return PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()

    def directory(self, assignment: str, student: str = "*") -> CourseDirectory:
        """nbgrader's view of it."""
        about = {"root": str(self.root.resolve()), "assignment_id": assignment, "student_id": student}
        return CourseDirectory(config=self.config, **about)

    def gradebook(self, assignment: str) -> Gradebook:
        """To be used in a with statement."""
        directory = self.directory(assignment)
        return Gradebook(directory.db_url, directory.course_id)

    def handed_in(self) -> dict[str, list[str]]:
        """Assignment -> students of whom there is a folder for it."""
        found: dict[str, list[str]] = {}
        for place in sorted((self.root / "submitted").glob("*/*")):
            if place.is_dir():
                found.setdefault(place.name, []).append(place.parent.name)
        return found

    def release(self, assignment: str) -> Path:
        """Make what students are given, as `nbgrader generate_assignment` does; returns the notebook."""
        directory = self.directory(assignment)
        GenerateAssignment(coursedir=directory, config=self.config, force=True).start()
        return self.root / "release" / assignment / f"{assignment}.ipynb"

    def created(self, assignment: str) -> None:
        """The assignment is in the gradebook. Refused, saying what to do, where it is not."""
        try:
            with self.gradebook(assignment) as gradebook:
                gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            raise Refused(
                f"{assignment} is not in the gradebook: "
                f"run `nbgrader generate_assignment {assignment} --force`"
            ) from None

    def kept(self, assignment: str, student: str) -> Path:
        """The file with what was found about a submission."""
        return self.root / assess.MARKED / assignment / f"{student}.json"

    def done(self, assignment: str, student: str) -> Path:
        """The file that says for what its points are in the gradebook."""
        return self.kept(assignment, student).with_suffix(".done")

    def is_done(self, assignment: str, student: str) -> bool:
        """Whether the points of what is handed in now are in the gradebook."""
        try:
            said = self.done(assignment, student).read_text()
            submitted = assess.handed_in(self.root, assignment, student)
        except (OSError, Refused):
            return False
        secret = (self.root / assess.build.SEED).read_text().strip()
        return said == assess.digest(submitted, assess.source_of(self.root, assignment), secret)
