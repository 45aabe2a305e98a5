"""What an equal bill promises: every run is paid for, and one person is one pair of seeds."""

import numpy as np
import pytest

from lrlib import train
from lrlib.course.bill import DRAWS, spend, valley

GRID = train.sweep("quadratic", ["constant(1)", "linear(1, 0, T)"], [0.01, 0.1, 1.0], range(12), steps=60)


@pytest.mark.parametrize("schedule", [0, 1])
def test_a_bill_of_one_is_the_default_and_of_all_values_the_best_on_the_tuning_seed(schedule):
    losses = GRID.result[schedule]
    assert spend(GRID, 0.1, 1, schedule) == pytest.approx(losses[1, 6:], rel=1e-12)
    best = losses[:, :6].argmin(axis=0)
    whole = spend(GRID, 0.1, 4, schedule)
    assert whole == pytest.approx(losses[best, np.arange(6, 12)], rel=1e-12)


def test_a_bill_between_tries_each_other_value_as_often():
    tuning, last = GRID.result[0, :, :6], GRID.result[0, :, 6:]
    ends = []
    for other in (1, 2):  # the default, 0, is tried first
        best = np.where(tuning[0] <= tuning[other], 0, other)
        ends.append(last[best, np.arange(6)])
    both = spend(GRID, 0.01, 3)
    spread = abs(ends[0] - ends[1])
    assert (abs(both - np.mean(ends, axis=0)) <= 5 * spread / 2 / np.sqrt(DRAWS) + 1e-12).all()
    assert (spread > 0).any()


def test_a_valley_is_as_wide_as_the_values_that_come_near_its_lowest():
    factors, losses, width = valley(GRID, 0.1, near=0.0)
    assert factors.tolist() == pytest.approx([0.1, 1, 10]) and width == 0
    assert losses == pytest.approx(GRID.result[0].mean(axis=1))
    assert valley(GRID, 0.1, near=100.0)[2] == pytest.approx(2)
