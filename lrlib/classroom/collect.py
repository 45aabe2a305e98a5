"""Files that were handed in elsewhere: how `nbgrader zip_collect` unpacks them, and finds whose each is.

Moodle, Canvas and mail put the student before the name that the student chose. So the outermost part of a
path that says whose it is decides: nobody hands in for another by the name of a file or folder of their own.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from functools import cached_property
from pathlib import Path
from zipfile import ZipFile

from nbgrader.api import Gradebook, Student
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from lrlib.rules import Refused

MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_file")
CANVAS = re.compile(r"[^_A-Z]+_(?:LATE_)?(?P<number>\d+)_\d+_")
AGAIN = r"(?:-Copy\d+|[- ]*\(\d+\)|-\d+)?"  # what browsers, Canvas and JupyterLab add to a name
MOST = 300_000_000  # bytes of a file that is unpacked, and of all files of a student's own zip file


class Extractor(ExtractorPlugin):
    """Unpacks zip files, and those that students put in; of these notebooks alone, and no endless ones."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """As nbgrader calls it: from the folder of what was downloaded to one for notebooks."""
        source = Path(archive_path)
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            to = Path(extracted_path) / file.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix.lower() == ".zip":
                self._unpack(file, to.with_suffix(""), str(file.relative_to(source)))
            else:
                shutil.copy(file, to)

    def _unpack(self, archive: Path, to: Path, shown: str, is_inner: bool = False) -> None:
        try:
            with ZipFile(archive) as zipped:
                files = [each for each in zipped.infolist() if not each.is_dir()]
                if is_inner and sum(each.file_size for each in files) > MOST:
                    raise Refused(f"it holds more than {MOST / 1e6:g} MB")
                for each in files:
                    self._take(zipped, each, to, f"{shown}/{each.filename}", is_inner)
        except Exception as error:  # whatever comes of a file that is no zip file, or a broken one
            self.log.warning("%s was not unpacked: %s", shown, error)

    def _take(self, zipped: ZipFile, each, to: Path, shown: str, is_inner: bool) -> None:
        if each.file_size > MOST:
            self.log.warning("%s was not unpacked: it has %.0f MB", shown, each.file_size / 1e6)
            return
        file = Path(zipped.extract(each, to))
        if file.suffix.lower() == ".zip" and not is_inner:
            self._unpack(file, file.with_suffix(""), shown, is_inner=True)
            file.unlink()


class Collector(FileNameCollectorPlugin):
    """A file's student, by the roster; None, with a warning, for what is nobody's or no answer."""

    def __init__(self, **given):
        super().__init__(**given)
        self.taken: dict[str, str] = {}

    def collect(self, submitted_file: str) -> dict | None:
        """As nbgrader calls it: the student and the name of the assignment."""
        where = self.parent._format_collect_path(self.parent.extracted_directory)
        parts = Path(submitted_file).relative_to(where).parts
        shown, student = "/".join(parts), self._student(parts)
        name = f"{self.assignment}.ipynb"
        cure = f"if it counts, put it into submitted/{student or 'STUDENT'}/{self.assignment}, as {name}"
        if not shown.endswith(".ipynb"):
            return None
        if not re.search(rf"(?:^|_){re.escape(self.assignment)}{AGAIN}\.ipynb$", parts[-1], re.IGNORECASE):
            return self._left(f"{shown} is not called {name}; {cure}")
        if student is None or not student[0].isalnum():
            return self._left(f"{shown} does not say whose it is; {cure}")
        if student in self.taken:
            return self._left(f"{student} handed in {shown} too, and {self.taken[student]} was taken; {cure}")
        if self.roster and student not in self.roster:
            self.log.warning("%s: %s is not in the roster", shown, student)
        self.taken[student] = shown
        return {"student_id": student, "file_id": self.assignment}

    def _left(self, why: str) -> None:
        self.log.warning("%s", why)

    @property
    def coursedir(self):
        return self.parent.coursedir

    @property
    def assignment(self) -> str:
        return self.coursedir.assignment_id

    @cached_property
    def roster(self) -> dict[str, Student]:
        """Student id -> student, as imported."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            return {student.id: student for student in gradebook.students}

    def _student(self, parts: tuple[str, ...]) -> str | None:
        *folders, name = parts
        for part in parts:
            if found := MOODLE.match(part):  # its number is another one for each assignment
                return self._called(found["name"]) or found["number"]
            if part in self.roster:
                return part
            if found := CANVAS.match(part):
                return self._numbered(found["number"])
            if begins := [student for student in self.roster if part.startswith(f"{student}_")]:
                return max(begins, key=len)
        before = re.match(rf"(.+?)_{re.escape(self.assignment)}", name, re.IGNORECASE)
        return before[1] if before else folders[-1] if folders else None

    def _called(self, name: str) -> str | None:
        """The only student of this full name."""
        found = [s.id for s in self.roster.values() if _plain(name) in _orders(s)]
        return found[0] if len(found) == 1 else None

    def _numbered(self, number: str) -> str:
        """The student whom the roster gives this `lms_user_id`; by default the number."""
        found = [s.id for s in self.roster.values() if s.lms_user_id == number]
        return found[0] if len(found) == 1 else number


def _orders(student: Student) -> set[str]:
    first, last = student.first_name or "", student.last_name or ""
    return {_plain(f"{first} {last}"), _plain(f"{last} {first}")}


def _plain(name: str) -> str:
    """A name however its letters are composed, spaced and capital."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
