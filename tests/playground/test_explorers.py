"""The explorers of the lessons draw in a page what they draw in the lesson."""

import json
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lrlib import plot
from lrlib.playground import reply
from notebooks.tools import playground
from notebooks.tools.explorers import LESSONS, explorers

FOUND = explorers()
NOT_LIVE = {  # what their explorers need, and the page has not
    "03": "training",
    "04": "stored sweeps",
    "11": "code beside training, which loads torch",
    "16": "code beside training, which loads torch",
    "20": "optimizers of torch",
    "23": "schedulers of torch",
    "24": "stored sweeps",
}
ALONE = """
import json, sys
sys.modules.update(dict.fromkeys(["scipy", "torch", "pandas", "matplotlib", "sklearn"]))
sys.path.insert(0, sys.argv[1])
from lrlib.playground import reply
print(json.dumps({number: json.loads(reply(asked)) for number, asked in json.load(sys.stdin).items()}))
"""


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
        *above, axes = figure.axes
        lines = {line.get_label(): line.get_xydata() for line in axes.lines}
        assert figure.axes[0].get_title(loc="left").replace("\n", " ") == found["title"]
        assert bool(above) == ("above" in found)
        if above:
            rates = [line.get_xydata() for line in above[0].lines[::2]]  # a dotted line follows: the intended
            np.testing.assert_array_equal(rates, list(found["above"]["curves"].values()))
        for name, points in found["curves"].items():
            np.testing.assert_array_equal(lines[name], points)
        assert [axes.get_xscale() == "log", axes.get_yscale() == "log"] == [found["log_x"], found["log_y"]]
        assert (axes.get_xlabel(), axes.get_ylabel()) == (found["xlabel"], found["ylabel"])
        plt.close(figure)


def test_every_explorer_is_live_or_has_a_reason_why_not():
    lessons = {path.name[:2]: path.read_text("utf-8") for path in LESSONS.glob("[0-9][0-9]_*.py")}
    with_one = {number for number, text in lessons.items() if "\nexplorer(" in text}
    assert not FOUND.keys() & NOT_LIVE.keys()
    assert FOUND.keys() | NOT_LIVE.keys() == with_one


def test_the_files_of_the_page_draw_with_numpy_alone(tmp_path):
    """The part of the library that the page loads, without what the browser's Python has not."""
    playground.library(tmp_path / "lrlib.zip")
    asked = {
        number: json.dumps({"source": lesson["source"], "values": corners(lesson["ranges"])[0]})
        for number, lesson in FOUND.items()
    }
    program = [sys.executable, "-c", ALONE, tmp_path / "lrlib.zip"]
    done = subprocess.run(program, input=json.dumps(asked), capture_output=True, text=True, check=True)
    for number, picture in json.loads(done.stdout).items():
        assert picture == json.loads(reply(asked[number])), number


def test_what_a_function_calls_its_own_is_not_looked_for_in_the_lesson(tmp_path):
    (tmp_path / "01_own.py").write_text(
        "import numpy, pandas\ncosts = pandas.DataFrame()\nleft = 0.5\n"
        "def draw(end, left=left):\n    costs = {'line': [0, left, end]}\n"
        "    return plot.lines(range(3), costs)\n"
        "explorer(draw, end=(0.0, 1.0, 0.5))\n"
    )
    assert "costs = pandas" not in explorers(tmp_path)["01"]["source"]
    assert "left = 0.5" in explorers(tmp_path)["01"]["source"]


def test_a_lesson_that_trains_is_not_live(tmp_path):
    live = "def draw(end):\n    return plot.lines(range(3), {'line': [0, 0, end]})\n"
    call = "explorer(draw, end=(0.0, 1.0, 0.5))\n"
    for name, text in {
        "01_live": live + call,
        "02_trains": "from lrlib import train\ndef draw(end):\n    return train.sweep(end)\n" + call,
        "03_gallery": "def draw(end):\n    return plot.gallery({})\n" + call,
        "04_none": live,
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert explorers(tmp_path).keys() == {"01"}
