"""A course, built once for all tests that only look at it."""

import pytest

from lrlib.classroom import build
from lrlib.classroom.course import Course

NAMES = sorted(build.assignments())


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A course folder with every assignment released."""
    root = tmp_path_factory.mktemp("course") / "folder"
    build.build(root)
    made = Course(root)
    for name in NAMES:
        made.release(name)
    return made
