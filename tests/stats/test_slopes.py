"""Slopes of several quantities: exact where the values are, covering where they are noisy."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from lrlib.rules import Refused
from lrlib.stats import peak_power, slopes


def test_slopes_of_a_plane_are_found_without_error():
    u, v = np.random.default_rng(0).normal(size=(2, 9))
    found = slopes(3 + 2 * u - 0.5 * v, {"u": u, "v": v})
    assert [found[name].value for name in "uv"] == pytest.approx([2, -0.5], abs=1e-12)
    assert [found[name].high - found[name].low for name in "uv"] == pytest.approx([0, 0], abs=1e-12)


def test_one_quantity_is_simple_regression():
    x, y = np.random.default_rng(1).normal(size=(2, 12))
    found, line = slopes(y, {"x": x}, 0.9)["x"], scipy_stats.linregress(x, y)
    half = scipy_stats.t.ppf(0.95, 10) * line.stderr
    assert (found.value, found.low, found.high) == pytest.approx(
        (line.slope, line.slope - half, line.slope + half)
    )


def test_intervals_cover_as_often_as_they_say():
    rng, covered = np.random.default_rng(2), np.zeros(2)
    u, v = rng.normal(size=(2, 8))
    for noise in rng.normal(size=(2000, 8)):
        found = slopes(u - v + noise, {"u": u, "v": v})
        covered += [found["u"].low <= 1 <= found["u"].high, found["v"].low <= -1 <= found["v"].high]
    assert covered / 2000 == pytest.approx([0.95, 0.95], abs=0.015)


@pytest.mark.parametrize(
    "quantities", [{}, {"u": [1.0, 2.0]}, {"u": [1, 2, 3, 4], "v": [2, 4, 6, 8]}, {"u": [1, 2, 3, np.nan]},
                   {"u": [1, 2, 4, 3], "v": [1, 3, 2, 9], "w": [0, 1, 1, 0]}]
)  # fmt: skip
def test_what_has_no_slopes_is_refused(quantities):
    with pytest.raises(ValueError, match="quantities"):
        slopes([1.0, 2.0, 2.5, 4.0], quantities)


def test_the_power_of_a_peak_is_found_where_peaks_move_by_one_and_its_interval_covers():
    """Grids whose lowest point moves as size^-0.5, with noise of each seed's own."""
    rng, sizes, rates = np.random.default_rng(5), [8, 16, 32, 64], np.geomspace(0.01, 1, 14)
    covered, nominal = 0, 40
    for _ in range(nominal):
        best = np.log(0.5) - 0.5 * np.log(sizes)[:, None] + 0.2 * rng.standard_normal((4, 12))
        losses = [(np.log(rates)[:, None] - row) ** 2 for row in best]
        found = peak_power(sizes, [rates] * 4, losses)
        covered += found.low <= -0.5 <= found.high
    assert covered >= 0.8 * nominal
    assert -0.7 < found.value < -0.3 and found.n == 12


def test_grids_that_do_not_belong_to_the_sizes_are_refused():
    grid = [0.1, 0.2, 0.4], [[2.0, 2.1], [1.0, 1.3], [1.5, 1.6]]
    with pytest.raises(Refused, match="peak_power: sizes must be 2 or more different numbers > 0"):
        peak_power([2, 2], [grid[0]] * 2, [grid[1]] * 2)
    with pytest.raises(Refused, match="rates and losses must be one for each of 2 sizes"):
        peak_power([1, 2], [grid[0]], [grid[1]] * 2)
