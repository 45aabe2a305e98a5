"""How peaks move: exponents that are recovered, and guesses that are judged on other seeds."""

from types import SimpleNamespace

import numpy as np
import pytest

from lrlib.course import moving


def made(size, n=12, power=-0.5):
    """A grid whose best rate is size^power, with seeds that lift and shift whole curves a little."""
    rates = tuple(np.geomspace(0.1, 10, 13) * size**power)
    rng = np.random.default_rng(0)
    lift, shift = rng.normal(1, 0.05, n), rng.normal(0, 0.1, n)
    x = np.log(np.array(rates) / size**power)[:, None] - shift
    return SimpleNamespace(
        base_lrs=rates, result=(lift * np.exp(x**2 / 4))[None], seeds=tuple(range(n)), labels=("one",)
    )


def test_the_exponent_of_peaks_that_follow_a_power_is_found_within_its_interval():
    found = moving.slope({size: made(size) for size in (1, 4, 16)})
    assert found.low <= -0.5 <= found.high
    assert found.value == pytest.approx(-0.5, abs=0.02)


def test_a_loss_between_grid_points_lies_between_theirs_and_beyond_the_grid_is_the_last():
    grid = made(1)
    between = moving.loss_at(grid, float(np.sqrt(grid.base_lrs[7] * grid.base_lrs[8])))
    assert ((between - grid.result[0, 7]) * (between - grid.result[0, 8]) < 0).all()
    assert np.allclose(moving.loss_at(grid, 1e3), grid.result[0, -1])


def test_a_rule_that_is_right_costs_nothing_and_is_judged_on_seeds_that_tuned_nothing():
    grids = {size: made(size) for size in (1, 4, 16)}
    found = moving.guesses(grids, 4, {"right": -0.5, "wrong": 0.5})
    assert set(found["right"]) == {1, 16}
    for size in (1, 16):
        assert np.allclose(found["right"][size], found["own peak"][size], rtol=1e-3)
        assert (found["wrong"][size] > found["own peak"][size]).all()
    before = moving.guesses(grids, 4, {"right": -0.5})["own peak"][16]
    grids[16].result[:, :, 6:] *= 2
    assert np.allclose(moving.guesses(grids, 4, {"right": -0.5})["own peak"][16], 2 * before)
