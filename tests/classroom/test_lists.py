"""Grades come out in the columns that Moodle and Canvas import, and pages under their students' names."""

import csv
import re
import zipfile

import pytest

from lrlib import __main__
from lrlib.classroom import build, lists
from lrlib.classroom.assess import harmless
from lrlib.classroom.course import Course
from lrlib.rules import Refused
from tests.classroom.conftest import NAMES, enrolled

NAME = NAMES[0]
STUDENTS = {
    "ada": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org", "lms_user_id": "7"},
    "eve": {"last_name": '=HYPERLINK("http://x")', "first_name": 'Eve, the "first"'},
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with two students in its gradebook, one of whom waits for a person."""
    root = tmp_path_factory.mktemp("lists") / "course"
    course = enrolled(root, NAME, STUDENTS)
    with course.gradebook(NAME) as gradebook:
        for student, points in (("ada", 3), ("eve", 0)):
            submission = gradebook.add_submission(NAME, student)
            for grade in submission.notebooks[0].grades:
                grade.auto_score = min(points, grade.max_score)
                grade.needs_manual_grade = student == "ada" and "explanation" in grade.cell.name
        gradebook.db.commit()
    for student in ("ada", "eve"):
        page = root / "feedback" / student / NAME / f"{NAME}.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
        (root / "submitted" / student / NAME).mkdir(parents=True)
    return course


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_moodle_finds_its_users_and_a_column_an_assignment(graded):
    lists.write(graded)
    head, *found = rows(graded.root / "moodle.csv")
    assert head == ["ID number", "Email address", NAME]
    points = {row["student"]: row["points"] for row in lists.rows(graded, NAME)}
    assert found[0] == ["7", "ada@example.org", f"{points['ada']:g}"] and points["ada"] > 0
    assert found[1][2] == "0"


def test_who_cannot_be_found_by_moodle_is_named(graded, capsys):
    assert lists.unidentified(graded) == ["eve"]
    assert __main__.main(["course", "grades", "--course", str(graded.root)]) == 0
    assert "no email in the roster: eve;" in capsys.readouterr().out


def test_canvas_has_its_columns_and_a_row_of_points_possible(graded):
    lists.write(graded)
    head, possible, ada, _ = rows(graded.root / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    with graded.gradebook(NAME) as gradebook:
        most = gradebook.find_assignment(NAME).max_score
    assert possible == ["Points Possible", "", "", "", "", f"{most:g}"]
    assert ada[:5] == ["Lovelace, Ada", "7", "", "ada", ""]


def test_a_name_is_no_formula_for_a_spreadsheet(graded):
    lists.write(graded)
    for name in ("moodle.csv", "canvas.csv"):
        assert not [
            cell for row in rows(graded.root / name) for cell in row if cell[:1] in ("=", "+", "-", "@")
        ]


def test_the_table_says_who_waits_for_a_person(graded):
    lines = lists.table(graded, NAME)
    assert [line.split()[0] for line in lines] == ["student", "ada", "eve"]
    assert "by hand" in lines[1] and "by hand" not in lines[2]


def test_pages_go_back_in_one_file_under_the_names_of_their_students(graded):
    lists.write(graded)
    with zipfile.ZipFile(graded.root / "feedback" / f"{NAME}.zip") as archive:
        assert sorted(archive.namelist()) == [f"ada_{NAME}.html", f"eve_{NAME}.html"]
        assert archive.read(f"eve_{NAME}.html") == b"eve"


def test_where_nobody_handed_in_that_is_said(tmp_path):
    build.build(tmp_path / "course", [NAME])
    with pytest.raises(Refused, match="nobody handed in"):
        lists.write(Course(tmp_path / "course"))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JavaScript\t:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "<https://example.org>",
        "</div><iframe src='data:text/html,x'>",
    ],
)
def test_the_markdown_of_a_student_runs_nothing_in_the_browser_of_a_teacher(text):
    from nbconvert.filters import markdown2html

    shown = markdown2html(harmless(text)).lower()
    assert not re.search(r"<(script|img|iframe|/div)|href=\"?\s*javascript\s*:|href=\"data:", shown), shown


def test_formulas_and_comparisons_of_a_student_stay():
    assert harmless("rate < 0.1 and $a & b$, 2<3") == "rate < 0.1 and $a & b$, 2<3"
