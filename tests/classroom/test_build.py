"""A course folder is complete, says of every cell what nbgrader has to know, and overwrites nothing."""

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from lrlib.classroom import assess, build
from lrlib.classroom.course import Course
from lrlib.rules import Refused
from tests.classroom.conftest import NAMES

of_each = pytest.mark.parametrize("name", NAMES)


def about(cell):
    return cell.metadata.get("nbgrader", {})


def test_every_part_of_a_course_folder_is_there(course):
    there = {path.name for path in course.root.iterdir()}
    assert {"README.md", "nbgrader_config.py", "roster.csv", "seed", "source"} <= there
    assert (course.root / "seed").stat().st_mode & 0o077 == 0
    assert {path.name for path in (course.root / "source").iterdir()} == {*NAMES, "header.ipynb"}


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="OUT must be"):
        build.build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_part_that_no_name_has_is_refused_with_the_names(tmp_path):
    with pytest.raises(Refused, match=NAMES[0]):
        build.build(tmp_path / "course", ["A99"])
    assert not (tmp_path / "course").exists()


def test_two_courses_have_different_seeds(course, tmp_path):
    build.build(tmp_path / "other", [NAMES[0]])
    assert (tmp_path / "other" / "seed").read_text() != (course.root / "seed").read_text()


@of_each
def test_every_exercise_is_answered_in_one_cell_and_marked_in_the_next_with_its_points(course, name):
    cells = assess.source_of(course.root, name).cells
    MetadataValidator().validate_nb(nbformat.v4.new_notebook(cells=cells))
    asked = build.every_asked(nbformat.read(build.assignments()[name], as_version=4))
    assert len(asked) >= 8
    for each in asked:
        (checks,) = [i for i, cell in enumerate(cells) if about(cell).get("grade_id") == each.grade_id]
        answers = about(cells[checks - 1])
        assert (answers["grade_id"], answers["solution"]) == (f"{each.grade_id}-answer", True)
        assert about(cells[checks])["points"] == each.exercise.marks.total
        assert about(cells[checks])["locked"] and not about(cells[checks])["solution"]


@of_each
def test_the_gradebook_has_the_points_that_the_first_cell_states(course, name):
    with course.gradebook(name) as gradebook:
        most = gradebook.find_assignment(name).max_score
    assert f" - {most:g} points - " in assess.source_of(course.root, name).cells[0].source


@of_each
def test_an_untouched_explanation_has_no_points_and_needs_nobody(course, name):
    released = nbformat.read(course.root / "release" / name / f"{name}.ipynb", as_version=4)
    (answer,) = [cell for cell in released.cells if about(cell).get("grade_id", "").endswith("-explanation")]
    assert answer.source == assess.STUB


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    with pytest.raises(Refused, match="no course folder"):
        Course(tmp_path)
