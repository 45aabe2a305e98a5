"""A class is graded once, whatever happens to the grading, and nobody's submission touches another's."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from copy import deepcopy

import nbformat
import pytest

from lrlib.classroom import assess, build, demo, grade, lists
from lrlib.classroom.course import Course
from lrlib.rules import Refused
from tests.browser import needs_browser, opened
from tests.classroom import markers
from tests.classroom.conftest import NAMES

NAME = NAMES[0]
PERFECT, NOTHING = ("ada", "grace", "emmy"), "blank"
EVIL = "<script>alert(1)</script> <img src='https://example.org/x.png'> ![p](https://example.org/y.png) $x^2$"
COMMAND = [sys.executable, "-m", "lrlib", "course", "grade", "--workers", "2"]


def put(root, student, content):
    place = root / "submitted" / student / NAME / f"{NAME}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(content if isinstance(content, str) else nbformat.writes(content), encoding="utf-8")


def new_course(root):
    """A course with one assignment released, and what a solved and an untouched notebook are in it."""
    build.build(root, [NAME])
    released = nbformat.read(Course(root).release(NAME), as_version=4)
    solved = demo.solutions(nbformat.read(build.assignments()[NAME], as_version=4), NAME)
    return Course(root), demo.filled(released, solved), released


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class whose grading was killed when somebody was done, and then gone on with."""
    course, solved, released = new_course(tmp_path_factory.mktemp("class") / "course")
    for student in PERFECT:
        evil = deepcopy(solved)
        evil.cells.append(nbformat.v4.new_markdown_cell(EVIL))
        put(course.root, student, evil)
    put(course.root, NOTHING, released)
    put(course.root, "torn", nbformat.writes(solved)[:5000])
    (course.root / "submitted" / "renamed" / NAME).mkdir(parents=True)
    (course.root / "submitted" / "renamed" / NAME / "mine.ipynb").write_text("{}")
    killed = subprocess.Popen(
        COMMAND, cwd=course.root, start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    while not list((course.root / "marked").glob("*/*.done")) and killed.poll() is None:
        time.sleep(0.2)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    before = {path: path.stat().st_mtime_ns for path in (course.root / "marked").glob("*/*")}
    assert len([path for path in before if path.suffix == ".done"]) < len(PERFECT) + 2, "killed too late"
    done = subprocess.run(COMMAND, cwd=course.root, capture_output=True, text=True)
    return course, before, done


def points(course):
    return {row["student"]: row["points"] for row in lists.rows(course, NAME)}


def schemes(course):
    return next(c.source for c in assess.source_of(course.root, NAME).cells if "MARK SCHEME" in c.source)


def all_points():
    asked = build.every_asked(nbformat.read(build.assignments()[NAME], as_version=4))
    return sum(each.exercise.marks.total for each in asked)


@pytest.mark.long
def test_a_grading_that_is_killed_goes_on_and_loses_and_repeats_nothing(graded):
    course, before, done = graded
    finished = [path for path in before if path.suffix == ".done"]
    assert finished and f"{len(finished)} graded before" in done.stdout
    for path in finished:
        assert path.stat().st_mtime_ns == before[path]
        kept = path.with_suffix(".json")
        assert kept.stat().st_mtime_ns == before[kept]
    assert points(course) == dict.fromkeys(PERFECT, all_points()) | {NOTHING: 0, "torn": 0}


@pytest.mark.long
def test_the_same_command_again_grades_nobody(graded):
    course, *_ = graded
    before = {path: path.stat().st_mtime_ns for path in (course.root / "autograded").rglob("*.ipynb")}
    assert grade.grade(course.root, NAME).keys() == {"renamed"}
    assert {path: path.stat().st_mtime_ns for path in (course.root / "autograded").rglob("*.ipynb")} == before


@pytest.mark.long
def test_who_could_not_be_graded_is_named_and_the_others_are_told_apart(graded):
    course, _, done = graded
    assert done.returncode == 1 and "not graded: renamed" in done.stderr
    notes = (course.root / "notes" / f"{NAME}.md").read_text()
    told = dict(re.findall(r"^## (\w+)\n\n((?:- .*\n)+)", notes, re.MULTILINE))
    assert told.keys() == {"torn", "renamed"}
    assert "no notebook" in told["torn"] and f"no file {NAME}.ipynb" in told["renamed"]
    assert "no network" in notes.split("##")[0]


@pytest.mark.long
def test_nbgraders_own_autograde_gives_the_same_points(graded):
    course, *_ = graded
    before = points(course)
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force", "--student"]
    for student in (PERFECT[0], "torn"):
        subprocess.run([*command, student], cwd=course.root, check=True, capture_output=True)
    assert points(course) == before


@pytest.mark.long
def test_points_that_a_person_gave_stay_when_a_student_is_graded_again(graded):
    course, *_ = graded
    student = PERFECT[1]
    with course.gradebook(NAME) as gradebook:
        name = f"{NAME.split('_')[0]}-explanation"
        gradebook.find_grade(name, NAME, NAME, student).manual_score = 4
        gradebook.db.commit()
    written = course.kept(NAME, student).stat().st_mtime_ns
    grade.grade(course.root, NAME, again=[student])
    assert course.kept(NAME, student).stat().st_mtime_ns > written
    assert points(course)[student] == all_points() + 4


@pytest.mark.long
@needs_browser
def test_feedback_opens_without_a_network_and_runs_nothing_that_a_student_wrote(graded):
    course, *_ = graded
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", NAME, "--force"]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True)
    pages = sorted((course.root / "feedback").rglob("*.html"))
    assert len(pages) == len(PERFECT) + 2
    for page in pages:
        with opened(page) as seen:
            assert not seen.outside and not seen.errors, (seen.outside, seen.errors)
            text = seen.view.inner_text("main")
            assert page.parent.parent.name in text.splitlines()[0]
    assert "&lt;script&gt;alert(1)" in pages[0].read_text()
    assert "<math" in pages[0].read_text()


@pytest.mark.long
def test_feedback_tells_points_what_was_said_and_who_waits(graded):
    course, *_ = graded
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", NAME, "--force", "--student"]
    for student in (PERFECT[0], NOTHING):
        subprocess.run([*command, student], cwd=course.root, check=True, capture_output=True)
    ada, blank = (
        (course.root / "feedback" / student / NAME / f"{NAME}.html").read_text()
        for student in (PERFECT[0], NOTHING)
    )
    assert f"{all_points()} of " in ada and "so far" in ada and "not marked yet" in ada
    assert "Not done yet." in blank and "so far" not in blank
    (first,) = re.findall(r"^- (\d+ points?: \w+ \w+)", schemes(course), re.MULTILINE)[:1]
    assert first in blank and first not in ada


@pytest.mark.long
def test_a_class_of_five_goes_through_the_whole_cycle_with_no_environment_activated(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.defpath)
    lines = demo.run(tmp_path / "course", NAME)
    found = {line.split()[0]: float(line.split()[1]) for line in lines[1 : 1 + len(demo.NAMES)]}
    first = build.every_asked(nbformat.read(build.assignments()[NAME], as_version=4))[0]
    assert found["ada"] == found["emmy"] == all_points()
    assert 0 < found["grace"] < all_points()
    assert found["mary"] < all_points() / 2
    assert first.exercise.marks.total <= found["mallory"] < found["grace"]
    for name in ("grades.csv", "moodle.csv", "canvas.csv", f"feedback/{NAME}.zip", f"notes/{NAME}.md"):
        assert (tmp_path / "course" / name).stat().st_size


# --- without running a submission ------------------------------------------------------------------


@pytest.fixture(scope="module")
def released_once(tmp_path_factory):
    course, _, released = new_course(tmp_path_factory.mktemp("once") / "course")
    put(course.root, "ada", released)
    return course.root


@pytest.fixture
def empty(released_once, tmp_path):
    """A course of the test's own, in which one student handed in the notebook as it was."""
    return Course(shutil.copytree(released_once, tmp_path / "course"))


def test_without_a_sandbox_nothing_is_graded(empty, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refused, match="unsafe"):
        grade.grade(empty.root, NAME)
    assert not (empty.root / "marked").exists()


def test_what_is_not_there_is_refused_by_name(empty):
    with pytest.raises(Refused, match=NAME):
        grade.grade(empty.root, "A99_nothing")
    with pytest.raises(Refused, match="eve did not hand in"):
        grade.grade(empty.root, NAME, again=["eve"])
    shutil.rmtree(empty.root / "submitted")
    with pytest.raises(Refused, match="nobody handed in"):
        grade.grade(empty.root, NAME)


def test_an_assignment_that_was_not_generated_says_what_to_run(empty):
    (empty.root / "gradebook.db").unlink()
    with pytest.raises(Refused, match=f"nbgrader generate_assignment {NAME}"):
        grade.grade(empty.root, NAME)


def test_two_gradings_at_once_are_refused(empty):
    with grade.FileLock(empty.root / ".grading.lock"), pytest.raises(Refused, match="being graded already"):
        grade.grade(empty.root, NAME)


def test_a_link_is_no_submission(empty):
    place = empty.root / "submitted" / "eve" / NAME
    place.mkdir(parents=True)
    (place / f"{NAME}.ipynb").symlink_to(empty.root / "source" / NAME / f"{NAME}.ipynb")
    with pytest.raises(Refused, match="eve handed in no file"):
        assess.handed_in(empty.root, NAME, "eve")


def test_the_cases_depend_on_the_file_the_student_and_the_secret(empty):
    source = assess.source_of(empty.root, NAME)
    one = assess.digest(b"a", source, "secret")
    assert one == assess.digest(b"a", source, "secret")
    assert len({one, assess.digest(b"b", source, "secret"), assess.digest(b"a", source, "other")}) == 3


def test_a_worker_that_dies_is_tried_again_alone_and_takes_nobody_with_it(empty, monkeypatch):
    for student in ("emmy", "grace"):
        put(empty.root, student, "x")
    monkeypatch.setattr(assess, "in_course", markers.in_course)
    found = dict(grade.found_in_parallel(empty, NAME, ["ada", "emmy", "grace"], 2, False))
    assert found == {"ada": "ada", "emmy": "not graded: the process that marked it died", "grace": "grace"}
