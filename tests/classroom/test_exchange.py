"""Where a class has nbgrader's exchange, as on JupyterHub, an assignment goes out and feedback comes back."""

import re
from copy import deepcopy

import pytest
from nbgrader.auth import Authenticator
from nbgrader.converters import GenerateFeedback
from nbgrader.exchange import default as exchange
from nbgrader.utils import get_username

from lrlib.classroom import build, grade, walls
from lrlib.classroom.course import Course
from tests.classroom.conftest import NAMES

NAME = NAMES[0]


@pytest.mark.long
@pytest.mark.skipif(bool(walls.missing()), reason=f"no sandbox here: {walls.missing()}")
def test_an_assignment_goes_out_through_the_exchange_and_a_page_comes_back(tmp_path):
    build.build(tmp_path / "course", [NAME])
    course, student = Course(tmp_path / "course"), get_username()
    folders = {name: tmp_path / name for name in ("root", "cache", "assignment_dir")}
    for folder in folders.values():
        folder.mkdir()
    config = deepcopy(course.config)
    config.Exchange.update({name: str(folder) for name, folder in folders.items()})

    def step(of, **given):
        of(coursedir=course.directory(NAME), config=config, **given).start()

    released = course.release(NAME)
    for each in ("ReleaseAssignment", "FetchAssignment", "Submit", "Collect"):
        step(getattr(exchange, f"Exchange{each}"), authenticator=Authenticator())
    handed_in = course.root / "submitted" / student / NAME / f"{NAME}.ipynb"
    assert handed_in.read_bytes() == released.read_bytes()
    assert not grade.grade(course.root, NAME)
    step(GenerateFeedback)
    for each in ("ReleaseFeedback", "FetchFeedback"):
        step(getattr(exchange, f"Exchange{each}"), authenticator=Authenticator())
    (page,) = (folders["assignment_dir"] / NAME / "feedback").rglob("*.html")
    assert re.search(rf"<h1>{student}: 0 of \d+ points", page.read_text())
