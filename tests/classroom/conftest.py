"""A course, built once for all tests that only look at it."""

import os

import pytest

from lrlib.classroom import build
from lrlib.classroom.course import Course

NAMES = sorted(build.assignments())


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A course folder with every assignment released, where no program of the environment is on the path."""
    root = tmp_path_factory.mktemp("course") / "folder"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", os.defpath)
        build.build(root)
        made = Course(root)
        for name in NAMES:
            made.release(name)
    return made


def enrolled(root, name, students):
    """A course with one assignment released and these students, id -> what the gradebook keeps of them."""
    build.build(root, [name])
    made = Course(root)
    made.release(name)
    with made.gradebook(name) as gradebook:
        for student, about in students.items():
            gradebook.add_student(student, **about)
    return made
