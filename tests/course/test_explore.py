"""Explorers show what they were asked to, redraw, and say in text what they are."""

import re

import numpy as np
import pytest

from lrlib import plot
from lrlib.course.explore import explorer


def test_an_explorer_redraws_and_says_in_text_what_it_is():
    seen = []

    def draw(steps, rate):
        seen.append((steps, rate))
        return plot.lines([0, 1], {"a": np.array([steps, rate])}, "t", "alt", "x", "y")

    made = explorer(draw, steps=(1, 9, 3), rate=(0.01, 1.0, 0.1))
    before = made.image.value
    made.sliders["steps"].value = 7
    assert seen[-1][0] == 7 and made.image.value != before
    assert re.match(r"Explorer of steps, rate", made._repr_mimebundle_()["text/plain"])


@pytest.mark.parametrize("start", [0.5, 2, 9.5])
def test_a_slider_starts_where_it_was_told_also_outside_of_its_range(start):
    made = explorer(lambda rate: plot.lines([0], {"a": [rate]}, "t", "alt", "x", "y"), rate=(1.0, 9.0, start))
    slider = made.sliders["rate"]
    assert np.isclose(slider.value, start)
    assert np.allclose([10**slider.min, 10**slider.max], [min(1, start), max(9, start)])
