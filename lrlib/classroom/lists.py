"""What a class has got, as tables: for who grades, for Moodle and for Canvas; and notes to the teacher."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from lrlib.classroom.assess import Assessed
from lrlib.classroom.course import Course
from lrlib.data import written
from lrlib.rules import Refused


def rows(course: Course, assignment: str) -> list[dict]:
    """A row for each student of whom something is in the gradebook, by name."""
    with course.gradebook(assignment) as gradebook:
        found = [
            {
                "student": each.student.id,
                "first_name": each.student.first_name or "",
                "last_name": each.student.last_name or "",
                "email": each.student.email or "",
                "lms": each.student.lms_user_id or "",
                "points": max(0.0, each.score - (each.late_submission_penalty or 0)),
                "of": each.max_score,
                "open": each.needs_manual_grade,
            }
            for each in gradebook.assignment_submissions(assignment)
        ]
    return sorted(found, key=lambda row: row["student"])


def table(course: Course, assignment: str) -> list[str]:
    """The grade table in lines."""
    found = rows(course, assignment)
    widest = max(len("student"), *(len(row["student"]) for row in found))
    lines = [f"{'student':{widest}}  points  of"]
    for row in found:
        open_ = "  explanation to be marked by hand" if row["open"] else ""
        lines.append(f"{row['student']:{widest}}  {row['points']:6g}  {row['of']:g}{open_}")
    return lines


def write_notes(course: Course, assignment: str, students: list[str], failed: Mapping[str, str]) -> Path:
    """Write notes/ASSIGNMENT.md: what to know of single submissions, and what protected the others."""
    protections, lines = {}, []
    for student in students:
        notes = [failed[student]] if student in failed else []
        if course.kept(assignment, student).exists():
            found = Assessed(**json.loads(course.kept(assignment, student).read_text(encoding="utf-8")))
            protections |= dict.fromkeys(found.protections)
            notes += found.notes
        lines += [f"## {student}", "", *(f"- {note}" for note in notes), ""] if notes else []
    head = [f"# {assignment}", "", "Each submission ran with these protections:", ""]
    head += [f"- {line}" for line in protections] + [""]
    place = course.root / "notes" / f"{assignment}.md"
    place.parent.mkdir(exist_ok=True)
    text = "\n".join(head + (lines or ["There is nothing to note.", ""]))
    written(place, lambda part: part.write_text(text, encoding="utf-8"))
    return place


def moodle(course: Course, assignments: list[str]) -> str:
    """Moodle's *Import CSV file* of grades: users are found by email or ID number, a column an assignment."""
    head, of = ["ID number", "Email address"], ("lms", "email")
    return _as_csv(course, assignments, head, of)


def canvas(course: Course, assignments: list[str]) -> str:
    """Canvas's gradebook import: the columns of its own export, and a row with the points there are."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    return _as_csv(
        course, assignments, head, ("name", "lms", "none", "student", "none"), possible="Points Possible"
    )


def _as_csv(course: Course, assignments: list[str], head: list[str], of: tuple, possible: str = "") -> str:
    students: dict[str, dict] = {}
    most: dict[str, str] = {}
    for assignment in assignments:
        for row in rows(course, assignment):
            most[assignment] = f"{row['of']:g}"
            name = ", ".join(filter(None, (row["last_name"], row["first_name"]))) or row["student"]
            known = students.setdefault(row["student"], {**row, "name": name, "none": ""})
            known[assignment] = f"{row['points']:g}"
    made = StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([*head, *assignments])
    if possible:
        writer.writerow([possible, *[""] * (len(head) - 1), *(most.get(name, "") for name in assignments)])
    for known in students.values():
        writer.writerow([_plain(known[key]) for key in of] + [known.get(name, "") for name in assignments])
    return made.getvalue()


def unidentified(course: Course) -> list[str]:
    """Students with points of whom the roster has neither `lms_user_id` nor email."""
    found = [row for assignment in sorted(course.handed_in()) for row in rows(course, assignment)]
    return sorted({row["student"] for row in found if not row["lms"] and not row["email"]})


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(tuple("=+-@\t\r")) else text


def write(course: Course) -> list[Path]:
    """Write moodle.csv and canvas.csv of all that was handed in, and feedback/ASSIGNMENT.zip of its pages."""
    assignments = sorted(course.handed_in())
    if not assignments:
        raise Refused("nobody handed in anything: there is no submitted/STUDENT/ASSIGNMENT")
    made = {"moodle.csv": moodle(course, assignments), "canvas.csv": canvas(course, assignments)}
    for name, text in made.items():
        written(
            course.root / name, lambda part, text=text: part.write_text(text, encoding="utf-8", newline="")
        )
    zipped = [_zip(course, assignment) for assignment in assignments]
    return [*(course.root / name for name in made), *filter(None, zipped)]


def _zip(course: Course, assignment: str) -> Path | None:
    """The pages that students get back, each under its student's name; None where there are none."""
    pages = sorted((course.root / "feedback").glob(f"*/{assignment}/{assignment}.html"))
    place = course.root / "feedback" / f"{assignment}.zip"

    def fill(part: Path) -> None:
        with ZipFile(part, "w", ZIP_DEFLATED) as archive:
            for page in pages:
                archive.write(page, f"{page.parent.parent.name}_{page.name}")

    if pages:
        written(place, fill)
    return place if pages else None
