"""The explorers of the lessons draw in a page what they draw in the lesson."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lrlib import plot
from lrlib.playground import reply
from notebooks.tools.explorers import explorers

FOUND = explorers()


def corners(ranges):
    """The start, and every slider at either of its ends."""
    start = {name: value for name, (_, _, value) in ranges.items()}
    return [start, *({**start, name: end} for name, limits in ranges.items() for end in limits[:2])]


@pytest.mark.parametrize("number", FOUND)
def test_a_page_draws_the_points_that_the_lesson_draws(number):
    lesson, space = FOUND[number], {"plot": plot}
    exec(lesson["source"], space)
    for values in corners(lesson["ranges"]):
        found = json.loads(reply(json.dumps({"source": lesson["source"], "values": values})))
        figure = space["draw"](**values).figure
        (axes,) = figure.axes
        lines = {line.get_label(): line.get_xydata() for line in axes.lines}
        assert axes.get_title(loc="left").replace("\n", " ") == found["title"]
        for name, points in found["curves"].items():
            np.testing.assert_array_equal(lines[name], points)
        assert (axes.get_yscale() == "log") == found["log_y"]
        plt.close(figure)


def test_the_lessons_that_need_no_more_than_numpy_and_schedules_are_live():
    assert {"00", "01", "08", "09", "10"} <= FOUND.keys()


def test_a_lesson_that_trains_is_not_live(tmp_path):
    live = "def draw(end):\n    return plot.lines(range(3), {'line': [0, 0, end]})\n"
    call = "explorer(draw, end=(0.0, 1.0, 0.5))\n"
    for name, text in {
        "01_live": live + call,
        "02_trains": "from lrlib import train\ndef draw(end):\n    return train.sweep(end)\n" + call,
        "03_house": "def draw(end):\n    return plot.house({})\n" + call,
        "04_none": live,
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert explorers(tmp_path).keys() == {"01"}
