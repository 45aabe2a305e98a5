"""Good regions: their ends, what a grid that is too narrow leaves open, and which of two is wider."""

import numpy as np
import pytest

from lrlib import stats, tasks, theory, train
from lrlib.rules import Refused
from lrlib.schedules import parse_for
from lrlib.stats import widths

RATES = 0.05 * 2 ** (np.arange(12) / 2)


def bowl(at=0.3, bend=1.0, seeds=6, noise=0.0):
    """Losses that are a parabola in log(rate) around `at`, (rates, seeds)."""
    noisy = noise * np.random.default_rng(0).standard_normal((len(RATES), seeds))
    return 1 + bend * np.log(RATES / at)[:, None] ** 2 + noisy


def test_the_region_ends_where_the_line_between_two_rates_crosses_the_bar():
    found = stats.good_range([0.1, 0.2, 0.4, 0.8], [[2.0], [1.0], [1.0], [3.0]], 1.5)
    assert np.allclose([found.low, found.high], [0.1 * 2**0.5, 0.4 * 2**0.25])
    assert not found.open and not found.none and np.isnan(found.width_low)


def test_what_lies_behind_a_bad_rate_does_not_count():
    split = stats.good_range([0.1, 0.2, 0.4, 0.8, 1.6], [[1.0], [3.0], [0.9], [3.0], [1.0]], 1.5)
    assert split.low > 0.2 and split.high < 0.8


def test_a_region_is_as_wide_seen_in_either_direction():
    losses = bowl(noise=0.2)
    one = stats.good_range(RATES, losses, 1.5)
    other = stats.good_range(1 / RATES[::-1], losses[::-1], 1.5)
    assert np.isclose(one.width, other.width) and np.isclose(one.low, 1 / other.high)
    assert np.allclose([one.width_low, one.width_high], [other.width_low, other.width_high])


def test_where_the_grid_ends_first_the_width_is_a_lower_bound_and_its_interval_has_no_end():
    found = stats.good_range(RATES, bowl(at=RATES[-1], noise=0.01), 1.5)
    assert found.open_high and not found.open_low and found.width_high == np.inf
    assert found.width <= RATES[-1] / found.low * (1 + 1e-9)


def test_where_nothing_is_good_the_width_is_one_and_it_is_said():
    found = stats.good_range(RATES, bowl(), 0.5)
    assert found.none and found.width == 1 and not found.open and found.low == found.high


def test_nothing_is_concluded_from_where_a_grid_ends():
    narrow, wide = bowl(bend=2.0, noise=0.01), bowl(at=RATES[-2], noise=0.01)
    inside, cut = (stats.good_range(RATES, losses, 1.5) for losses in (narrow, wide))
    assert cut.open_high
    assert stats.width_ratio(cut, stats.good_range(RATES, bowl(bend=9, noise=0.01), 1.5)).verdict == "wider"
    told = stats.width_ratio(cut, stats.good_range(RATES, bowl(bend=0.4, noise=0.01), 1.5))
    assert told.verdict == "cannot tell" and told.high == np.inf
    assert stats.width_ratio(inside, inside).verdict == "cannot tell"


def test_below_six_seeds_nothing_is_told():
    few = [stats.good_range(RATES, bowl(bend=bend, seeds=5), 1.5) for bend in (1.0, 9.0)]
    assert stats.width_ratio(*few).verdict == "cannot tell"
    with pytest.raises(Refused, match="same seeds"):
        stats.width_ratio(few[0], stats.good_range(RATES, bowl(), 1.5))


def test_a_p_value_is_the_level_at_which_the_interval_ends_at_one():
    noisy = [stats.good_range(RATES, bowl(bend=b, seeds=8, noise=0.8), 1.5) for b in (0.9, 1.0)]
    p = stats.width_ratio(*noisy).p
    assert 0.05 < p < 0.9
    inner, outer = (stats.width_ratio(*noisy, level=1 - p + step) for step in (-0.02, 0.02))
    assert not inner.low < 1 < inner.high and outer.low < 1 < outer.high


def test_a_family_tells_fewer_apart_than_each_alone():
    ratios = {str(i): widths.WidthRatio(2.0, 1.1, 3.0, 12, 0.95, 0.02, "wider") for i in range(4)}
    assert set(stats.family_of_widths(ratios).values()) == {"cannot tell"}
    assert stats.family_of_widths({"0": ratios["0"]}) == {"0": "wider"}
    assert stats.family_of_widths({}) == {}


def test_refused_where_nothing_beats_a_guess():
    with pytest.raises(Refused, match="nothing is good"):
        stats.good_bars(np.full((1, 3, 6), 2.0), 0.02, 2.0)


SHAPES = ("linear(1, 0, T)", "linear(0, 1, 0.3*T) >> linear(1, 0, 0.7*T)", "constant(1)")
SEEDS, REPEATED, STEPS = 12, 40, 20


@pytest.fixture(scope="module")
def on_the_bowl():
    """The quadratic's surface: trained, (rows, rates, seeds), and exact, (rows, rates)."""
    task, shapes = tasks.get("quadratic", curvatures=(1.0, 0.5)), [parse_for(text, STEPS) for text in SHAPES]
    rates = tuple((0.1 * 2 ** (np.arange(9) / 2)).tolist())
    found = train.sweep(task, SHAPES, rates, range(SEEDS * REPEATED), steps=STEPS, evaluations=1)
    each = np.array([[rate * shape.values(STEPS) for rate in rates] for shape in shapes])
    exact = theory.expected_loss(each, task.options["curvatures"], task.options["noise"])[..., -1]
    return task, np.array(rates), found.result, exact


def test_a_trained_surface_is_the_closed_form(on_the_bowl):
    _, _, trained, exact = on_the_bowl
    error = trained.std(axis=2, ddof=1) / np.sqrt(trained.shape[2])
    off = (trained.mean(axis=2) - exact) / error
    assert np.abs(off).max() < 4.5 and np.sqrt((off**2).mean()) < 2


def test_an_interval_holds_the_exact_width_and_no_other(on_the_bowl):
    task, rates, trained, exact = on_the_bowl
    wanted = {share: exact_widths(task, rates, exact, share) for share in (0.02, 0.05)}
    held = {share: np.zeros(len(SHAPES)) for share in wanted}
    for some in np.split(trained, REPEATED, axis=2):
        bars = stats.good_bars(some, 0.02, task.guess)
        for row, losses in enumerate(some):
            found = stats.good_range(rates, losses, bars)
            for share, widths_there in wanted.items():
                held[share][row] += found.width_low <= widths_there[row] <= found.width_high
    assert (held[0.02] >= 0.85 * REPEATED).all(), held
    assert held[0.05][:2].max() < 0.65 * REPEATED, "an interval that also holds another width says little"


def exact_widths(task, rates, exact, share):
    bar = stats.good_bars(exact[..., None], share, task.guess)[0]
    return [stats.good_range(rates, row[:, None], bar).width for row in exact]
