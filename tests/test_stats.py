"""Intervals and verdicts, held against simulation, brute force and an independent formula."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from lrlib import stats


def test_the_t_interval_is_the_textbook_one():
    values = np.array([0.1, -0.2, 0.4, 0.3, 0.0, 0.25, 0.1])
    low, high, method = stats.interval(values)
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert method == "t" and np.allclose([low, high], [expected.low, expected.high], rtol=1e-12)


def test_from_20_pairs_on_the_interval_is_bca_and_always_the_same():
    values = np.random.default_rng(3).exponential(size=25)
    first, second = stats.interval(values), stats.interval(values)
    assert first == second and first[2] == "BCa"
    assert stats.interval(values[:19])[2] == "t" and stats.interval(values[:20])[2] == "BCa"
    resampled = np.random.default_rng(9).choice(values, (20_000, 25)).mean(axis=1)
    percentile = np.quantile(resampled, [0.025, 0.975])
    assert np.allclose(first[:2], percentile, atol=0.15), "BCa lies near the percentile interval"
    assert first[1] - values.mean() > values.mean() - first[0], "and leans with the skew"


@pytest.mark.parametrize("n, draws", [(6, 4000), (12, 4000), (24, 600)])
def test_a_95_percent_interval_covers_as_often_as_it_says(n, draws):
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(draws):
        low, high, _ = stats.interval(rng.normal(0.3, 1, n))
        hits += low <= 0.3 <= high
    expected = 0.95 if n < 20 else 0.935  # BCa is a little short at 24
    assert abs(hits / draws - expected) < 4 * np.sqrt(0.05 * 0.95 / draws) + 0.005


def test_verdicts_follow_the_interval():
    rng = np.random.default_rng(0)
    base = rng.normal(size=12)
    assert stats.compare(base - 1 + 0.1 * rng.normal(size=12), base).verdict == "better"
    assert stats.compare(base + 1 + 0.1 * rng.normal(size=12), base).verdict == "worse"
    assert stats.compare(base + rng.normal(size=12), base).verdict == "cannot tell"
    assert stats.compare(base, base).verdict == "cannot tell"


def test_rounding_is_no_difference():
    base = np.linspace(0.3, 0.4, 24)
    assert stats.compare(np.nextafter(base, 1), base).verdict == "cannot tell"
    assert stats.compare(base * (1 + 1e-6), base).verdict == "worse"


def test_an_interval_needs_two_values_and_a_level():
    for values, level in (([1.0], 0.95), ([1.0, 2.0], 2), ([[1.0, 2.0]], 0.9)):
        with pytest.raises(ValueError):
            stats.interval(values, level)


def test_below_six_pairs_nothing_can_be_told():
    a = np.array([1.0, 1.1, 0.9, 1.05, 1.0])
    assert stats.compare(a, a + 5 + 0.01 * np.arange(5)).verdict == "cannot tell"
    six = np.append(a, 1.0)
    assert stats.compare(six, six + 5 + 0.01 * np.arange(6)).verdict == "better"


def test_pairing_sees_what_unpaired_data_hides():
    rng = np.random.default_rng(1)
    seed_effect = 10 * rng.normal(size=16)
    a, b = seed_effect + 0.1 * rng.normal(size=16), seed_effect + 0.3 + 0.1 * rng.normal(size=16)
    assert stats.compare(a, b).verdict == "better"
    assert scipy_stats.ttest_ind(a, b).pvalue > 0.5


def test_a_false_alarm_is_as_rare_as_promised():
    rng = np.random.default_rng(7)
    draws = 3000
    alarms = sum(
        stats.compare(rng.normal(size=8), rng.normal(size=8)).verdict != "cannot tell" for _ in range(draws)
    )
    assert alarms / draws < 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize(
    "a, b",
    [([1, 2], [1, 2, 3]), ([1], [1]), ([1, np.inf], [1, 2]), ([1, np.nan], [1, 2]), ([[1, 2]], [[1, 2]])],
)
def test_what_cannot_be_paired_is_refused(a, b):
    with pytest.raises(ValueError):
        stats.compare(a, b)


def test_a_ranking_is_sorted_and_its_headline_says_what_the_verdicts_say():
    rng = np.random.default_rng(2)
    base = rng.normal(1, 0.1, 10)
    losses = {
        "bad": base + 0.5 + 0.01 * rng.normal(size=10),
        "ref": base,
        "same": base + 0.01 * rng.normal(size=10),
    }
    table = stats.ranking(losses, "ref")
    assert list(table.loss) == sorted(table.loss) and set(table.index) == set(losses)
    assert table.loc["ref", "verdict"] == "reference" and table.loc["ref", "difference"] == 0
    assert table.loc["bad", "verdict"] == "worse" and table.loc["same", "verdict"] == "cannot tell"
    assert stats.headline(table) == "ref: better than bad; cannot be told from same"
