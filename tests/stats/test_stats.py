"""Intervals, verdicts, families, equivalence, peaks, seeds: held against simulation and second formulas."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from scipy.optimize import brentq

from lrlib import stats
from tests.bench import coverage

MILD = ["normal", "t5", "contaminated", "lognormal minus half", "gamma 4, skewness 1"]
DRAWS = 4000


def slack(share: float, draws: int, sigmas: float = 3.5) -> float:
    """How far a simulated share may fall from its promise by chance."""
    return sigmas * np.sqrt(share * (1 - share) / draws)


def student(x, level=0.95):
    found = scipy_stats.ttest_1samp(x, 0).confidence_interval(level)
    return found.low, found.high


def hall(x, level=0.95):
    """Hall's interval by root finding: all means whose transformed t value lies within the quantiles."""
    n, q = len(x), scipy_stats.t.ppf((1 + level) / 2, len(x) - 1)
    c = scipy_stats.skew(x, bias=False) / np.sqrt(n)

    def transformed(mean):
        t = (x.mean() - mean) / scipy_stats.sem(x)
        return t + c * t**2 / 3 + c**2 * t**3 / 27 + c / 6

    far = 1000 * np.ptp(x)
    ends = x.mean() - far, x.mean() + far
    return brentq(lambda m: transformed(m) - q, *ends), brentq(lambda m: transformed(m) + q, *ends)


@pytest.mark.parametrize("n", [3, 6, 19, 20, 50])
def test_the_interval_is_the_wider_of_students_and_halls(n):
    rng = np.random.default_rng(n)
    for x in (rng.normal(size=n), rng.exponential(size=n), -rng.lognormal(size=n)):
        low, high, method = stats.interval(x)
        both = np.array([student(x), hall(x)])
        assert method == "t, skew"
        assert np.allclose([low, high], [both[:, 0].min(), both[:, 1].max()], rtol=1e-9)


def test_a_symmetric_sample_gets_students_interval():
    x = np.array([-3.0, -1.0, -0.5, 0.5, 1.0, 3.0]) + 2
    assert np.allclose(stats.interval(x)[:2], student(x), rtol=1e-12)
    assert stats.interval([1.0, 3.0])[2] == "t"
    assert np.allclose(stats.interval([1.0, 3.0])[:2], student([1.0, 3.0]), rtol=1e-12)


@given(
    st.lists(st.floats(-10, 10), min_size=3, max_size=30).filter(lambda x: np.ptp(x) > 0.01),
    st.floats(-100, 100),
    st.floats(0.01, 100),
)
@settings(deadline=None)
def test_the_interval_moves_scales_and_flips_with_the_values(values, shift, scale):
    x = np.array(values)
    low, high, _ = stats.interval(x)
    moved, flipped = stats.interval(scale * x + shift), stats.interval(-x)
    size = scale * np.ptp(x) + abs(shift)
    assert np.allclose(moved[:2], [scale * low + shift, scale * high + shift], rtol=0, atol=1e-9 * size)
    assert np.allclose(flipped[:2], [-high, -low], rtol=1e-9, atol=1e-12)
    assert low <= x.mean() <= high


def test_an_error_that_the_values_do_not_show_is_added_as_a_square_and_makes_them_less_lopsided():
    x = np.array([-3.0, -1.0, -0.5, 0.5, 1.0, 3.0]) + 2
    q, error = scipy_stats.t.ppf(0.975, 5), np.hypot(scipy_stats.sem(x), 0.7)
    assert np.allclose(stats.limits(x, also=0.7), [x.mean() - q * error, x.mean() + q * error])
    both = stats.compare(x, np.zeros(6), also=0.7)
    assert (both.low, both.high) == tuple(stats.limits(x, also=0.7)) and both.p > stats.compare(x, 0 * x).p
    lopsided = np.random.default_rng(0).exponential(size=8)
    low, high = stats.limits(lopsided, also=100 * scipy_stats.sem(lopsided))
    assert lopsided.mean() - low == pytest.approx(high - lopsided.mean(), rel=1e-4)
    with pytest.raises(ValueError, match="also must be a finite number >= 0"):
        stats.compare(x, 0 * x, also=-1)


@pytest.mark.parametrize("n", [6, 20])
def test_a_ratio_covers_what_a_paired_test_does_not_tell_from_it(n):
    rng = np.random.default_rng(n)
    below = 2 + 0.4 * rng.normal(size=n)
    above = 0.7 * below + 0.3 * rng.normal(size=n)
    found = stats.ratio(above, below)
    assert found.value == pytest.approx(above.mean() / below.mean()) and found.low < found.value < found.high
    for end in (found.low, found.high):
        assert scipy_stats.ttest_1samp(above - end * below, 0).pvalue == pytest.approx(0.05, rel=1e-6)
    around_zero = stats.ratio(above, below - below.mean() + 1e-3)
    assert (around_zero.low, around_zero.high) == (-np.inf, np.inf)
    assert str(stats.Ratio(0.76, 0.62, 0.87, 8, 0.95)) == "0.76 [0.62, 0.87]"


def test_many_samples_at_once_get_the_intervals_of_each():
    x = np.random.default_rng(0).exponential(size=(3, 4, 9))
    low, high = stats.limits(x)
    for at in np.ndindex(3, 4):
        assert np.allclose([low[at], high[at]], stats.interval(x[at])[:2], rtol=1e-12)


@pytest.mark.parametrize("kind", [*MILD, "exponential, skewness 2"])
@pytest.mark.parametrize("n", [6, 8, 12, 20, 32, 64])
def test_a_95_percent_interval_covers_93_to_97_percent(kind, n):
    share = coverage.cover(coverage.samples(kind, n, DRAWS))
    assert 0.93 - slack(0.93, DRAWS) < share < 0.97 + slack(0.97, DRAWS)


@pytest.mark.parametrize("kind", [*MILD, "exponential, skewness 2"])
@pytest.mark.parametrize("n", [6, 7, 9, 10, 16, 20, 64])
def test_a_false_alarm_is_as_rare_as_promised(kind, n):
    alarms = coverage.told(coverage.samples(kind, n, DRAWS)).mean()
    assert alarms < 0.05 + slack(0.05, DRAWS)


def test_simpler_intervals_would_fail_where_ours_does_not():
    x = coverage.samples("exponential, skewness 2", 8, DRAWS)
    t = scipy_stats.ttest_1samp(x, 0, axis=1).confidence_interval(0.95)
    assert np.mean((t.low <= 0) & (t.high >= 0)) < 0.93 - slack(0.93, DRAWS)
    x = coverage.samples("contaminated", 20, 1000)
    bca = scipy_stats.bootstrap(
        (x,), np.mean, axis=1, method="BCa", n_resamples=2000, batch=50, rng=np.random.default_rng(0)
    ).confidence_interval
    assert np.mean((bca.low <= 0) & (bca.high >= 0)) < 0.93


@pytest.mark.parametrize("n", [6, 9, 10, 25])
def test_verdict_p_value_and_interval_say_the_same(n):
    rng = np.random.default_rng(n)
    verdicts = []
    for x in rng.normal(0.6, 1, (300, n)) + rng.exponential(size=(300, n)) - 1:
        found = stats.compare(x, np.zeros(n))
        outside = found.low > 0 or found.high < 0
        told = outside and (n >= stats.RANKS_BELOW or found.wilcoxon < 0.05)
        assert (found.verdict != "cannot tell") == told == (found.p < 0.05) == coverage.told(x[None])[0]
        verdicts.append(told)
        if n >= stats.RANKS_BELOW and found.p < 1:
            edge = stats.interval(x, 1 - found.p)
            assert min(abs(edge[0]), abs(edge[1])) < 1e-9, "p is where the interval touches 0"
    assert 0 < sum(verdicts) < 300


def test_verdicts_have_the_right_side():
    rng = np.random.default_rng(0)
    base = rng.normal(size=12)
    assert stats.compare(base - 1 + 0.1 * rng.normal(size=12), base).verdict == "better"
    assert stats.compare(base + 1 + 0.1 * rng.normal(size=12), base).verdict == "worse"
    assert stats.compare(base + rng.normal(size=12), base).verdict == "cannot tell"
    assert stats.compare(base, base).verdict == "cannot tell" and stats.compare(base, base).p == 1


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


@pytest.mark.parametrize(
    "a, b",
    [([1, 2], [1, 2, 3]), ([1], [1]), ([1, np.inf], [1, 2]), ([1, np.nan], [1, 2]), ([[1, 2]], [[1, 2]])],
)
def test_what_cannot_be_paired_is_refused(a, b):
    with pytest.raises(ValueError):
        stats.compare(a, b)


PAIRS = np.random.default_rng(3).normal([[0], [2]], size=(2, 8))
SEEDS = [*"abcdefgh"]


@pytest.mark.parametrize(
    "test", [stats.compare, lambda a, b: stats.equivalence(a, b, 0.5), lambda a, b: stats.seed_noise(a, b)]
)
def test_labels_that_say_that_pairs_are_none_are_believed(test):
    low, high = (pd.Series(losses, index=SEEDS) for losses in PAIRS)
    assert test(low, high) == test(low, high.to_numpy()) == test(*PAIRS)
    with pytest.raises(ValueError, match=r"(reference|other) must be of the same seeds in the same order"):
        test(low, high[::-1])


def test_a_ranking_reads_a_table_with_a_column_for_each_setting():
    table = pd.DataFrame(dict(zip(["low", "high"], PAIRS, strict=True)))
    assert stats.ranking(table, "low").equals(stats.ranking({name: table[name] for name in table}, "low"))
    table["sweep"] = table["low"]
    assert stats.ranking(table, "low").shape == (3, 6)


LOST = [np.ma.array(PAIRS[0], mask=[1] + 7 * [0]), PAIRS[0] + 1j, [*map(str, PAIRS[0])], [True] * 8]


@pytest.mark.parametrize("losses", LOST)
def test_losses_that_would_lose_something_are_refused(losses):
    for test in (
        stats.compare,
        stats.interval,
        stats.seed_noise,
        lambda x: stats.wrong_winner({"a": x, "b": x}),
    ):
        with pytest.raises(ValueError, match="finite"):
            test(losses, PAIRS[1]) if test is stats.compare else test(losses)


@pytest.mark.parametrize("scale", [2.0**-1060, 2.0**-600, 2.0**600, 2.0**1000])
def test_losses_of_any_size_have_the_verdict_that_they_would_have_at_size_one(scale):
    one, scaled = stats.compare(*PAIRS), stats.compare(*PAIRS * scale)
    assert (scaled.verdict, scaled.p) == (one.verdict, pytest.approx(one.p, rel=1e-3))
    assert np.allclose([scaled.mean / scale, scaled.low / scale], [one.mean, one.low], rtol=1e-3)
    noise, noisier = stats.seed_noise(PAIRS[0]), stats.seed_noise(PAIRS[0] * scale)
    found = [noisier.sd, noisier.low, noisier.high, noisier.paired_sd]
    assert np.allclose(np.divide(found, scale), [noise.sd, noise.low, noise.high, noise.paired_sd], rtol=1e-3)


def test_a_level_at_which_the_interval_of_noise_has_no_formula_is_refused():
    with pytest.raises(ValueError, match="seed_noise: level must be lower where there are 6 runs"):
        stats.seed_noise(PAIRS[0, :6], level=1 - 1e-9)


@pytest.mark.parametrize("given", [[PAIRS[0], PAIRS[1]], None, "ab", 3, {}])
def test_what_has_no_names_is_refused_where_names_are_needed(given):
    for named in (lambda it: stats.ranking(it, "a"), stats.wrong_winner, stats.family):
        with pytest.raises(ValueError, match=r"^(ranking|wrong_winner|family): (losses|comparisons) must be"):
            named(given)


@pytest.mark.parametrize("given", [[], [np.nan, 1], [np.inf, 1], [[1, 2], [3, 4]], "abc", 1.0, None])
def test_wilcoxon_refuses_what_is_no_list_of_differences(given):
    with pytest.raises(
        ValueError, match=r"^wilcoxon: difference must be finite, one value or more in a list"
    ):
        stats.wilcoxon(given)


@pytest.mark.parametrize("effect", [1e-9, 1e-300])
def test_an_effect_that_no_number_of_seeds_shows_is_refused(effect):
    with pytest.raises(ValueError, match=r"^seeds_needed: effect must be so large that"):
        stats.seeds_needed(effect, 1)


@pytest.mark.parametrize(
    "x",
    [[1, 2, -3, 4, 5, 6], [1, 1, -1, 2, 2, 3, 3], [0, 0, 0, -1, -2, 3, 4, 5, 6], [0, 1, 1, 1, -1, 2], [0, 2]],
)
def test_wilcoxon_is_exact_over_all_signs_with_zeros_and_ties(x):
    x = np.array(x, dtype=float)
    ranks = scipy_stats.rankdata(np.abs(x)) * (x != 0)
    observed = abs(ranks @ np.sign(x))
    signs = np.array(list(product([-1, 1], repeat=len(x))))
    assert stats.wilcoxon(x) == pytest.approx(np.mean(np.abs(signs @ ranks) >= observed - 1e-9))


def test_wilcoxon_of_no_difference_is_one():
    assert stats.wilcoxon(np.zeros(9)) == 1
    assert stats.wilcoxon(np.r_[0.0, np.arange(1, 30)]) < 1e-4


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
    assert stats.headline(table) == "ref ends lower than bad; cannot be told from same"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_as_its_step_down_definition(p_values):
    adjusted = stats.holm(p_values)
    for alpha in (0.01, 0.05, 0.2, 0.7):
        rejected = np.zeros(len(p_values), dtype=bool)
        for k, i in enumerate(np.argsort(p_values, kind="stable")):
            if p_values[i] * (len(p_values) - k) > alpha:
                break
            rejected[i] = True
        assert ((adjusted <= alpha) == rejected).all()


def test_holm_keeps_false_alarms_of_a_family_rare_where_single_tests_do_not():
    p = np.random.default_rng(0).uniform(size=(DRAWS, 10))
    family = np.mean([stats.holm(row).min() < 0.05 for row in p])
    assert family < 0.05 + slack(0.05, DRAWS)
    assert np.mean(p.min(axis=1) < 0.05) > 0.3


@pytest.mark.parametrize(
    "p_values", [[], [0.1, 1.1], [-0.1], [np.nan], [[0.1]], "ab", {"a": 0.1}, None, [True]]
)
def test_what_is_no_p_value_is_refused(p_values):
    with pytest.raises(ValueError, match="p_values"):
        stats.holm(p_values)


def test_a_family_is_stricter_than_each_of_its_comparisons():
    rng = np.random.default_rng(5)
    differences = {f"{i}": rng.normal(0.6, 1, 16) for i in range(12)}
    alone = {name: stats.compare(x, np.zeros(16)) for name, x in differences.items()}
    table = stats.family(alone)
    kept = table.verdict != "cannot tell"
    assert list(table.index) == list(alone) and (table.p_holm >= table.p).all()
    assert (kept == (table.p_holm < 0.05)).all()
    assert kept.sum() < sum(c.verdict != "cannot tell" for c in alone.values())
    assert all(table.verdict[name] == alone[name].verdict for name in table.index[kept])
    with pytest.raises(ValueError, match="level"):
        stats.family(alone | {"other": stats.compare(differences["0"], np.zeros(16), level=0.9)})
    with pytest.raises(ValueError):
        stats.family({})


def test_equivalence_is_two_one_sided_t_tests_where_nothing_is_skewed():
    half = np.array([0.1, 0.2, 0.35, 0.6])
    reference = np.full(8, 2.0)
    found = stats.equivalence(reference + np.r_[half, -half], reference, margin=0.4)
    below = scipy_stats.ttest_1samp(np.r_[half, -half], -0.4, alternative="greater").pvalue
    assert found.p_below == pytest.approx(below) and found.p_above == pytest.approx(below)
    assert np.allclose([found.low, found.high], student(np.r_[half, -half], 0.90))
    assert stats.equivalence(reference + np.r_[half, -half], reference, 0.2, relative=True).margin == 0.4


def test_equivalent_means_the_90_percent_interval_lies_within_the_margin():
    rng, verdicts = np.random.default_rng(0), set()
    for x in rng.exponential(size=(200, 12)) - 1:
        found = stats.equivalence(x, np.zeros(12), margin=0.7)
        assert (found.verdict == "equivalent") == (found.low > -0.7 and found.high < 0.7)
        verdicts.add(found.verdict)
    assert verdicts == {"equivalent", "not shown"}


def test_too_few_pairs_or_too_much_noise_show_no_equivalence():
    rng = np.random.default_rng(0)
    assert stats.equivalence(np.ones(5), np.ones(5), margin=1).verdict == "not shown"
    assert stats.equivalence(np.ones(6), np.ones(6), margin=1).verdict == "equivalent"
    noisy = rng.normal(size=12)
    assert stats.compare(noisy, np.zeros(12)).verdict == "cannot tell"
    assert stats.equivalence(noisy, np.zeros(12), margin=0.1).verdict == "not shown"


@pytest.mark.parametrize("n", [6, 12, 32])
@pytest.mark.parametrize("kind", ["normal", "t5", "contaminated"])
def test_a_difference_at_the_margin_rarely_passes_as_equivalent(kind, n):
    share = coverage.accepts_a_difference_at_the_margin(coverage.samples(kind, n, DRAWS))
    assert share < 0.05 + slack(0.05, DRAWS)


@pytest.mark.parametrize(
    ("kind", "n", "said"),
    [
        ("exponential, skewness 2", 6, 0.092),
        ("exponential, skewness 2", 24, 0.06),
        ("lognormal 1, skewness 6", 6, 0.136),
        ("lognormal 1, skewness 6", 32, 0.092),
    ],
)
def test_lopsided_differences_pass_as_equivalent_as_seldom_as_said_and_with_students_limits_alone_more_often(
    kind, n, said
):
    x = coverage.samples(kind, n, DRAWS)
    assert coverage.accepts_a_difference_at_the_margin(x) < said + slack(said, DRAWS)
    students = scipy_stats.ttest_1samp(x, 0, axis=1).confidence_interval(0.90)
    assert max(np.mean(students.low > 0), np.mean(students.high < 0)) > said + slack(said, DRAWS)


@pytest.mark.parametrize("margin, level", [(0, 0.95), (-1, 0.95), (np.inf, 0.95), (np.nan, 0.95), (1, 0.4)])
def test_a_margin_that_is_none_is_refused(margin, level):
    with pytest.raises(ValueError):
        stats.equivalence(np.arange(8.0), np.ones(8), margin, level=level)
    with pytest.raises(ValueError, match="margin"):
        stats.equivalence(np.arange(8.0), np.zeros(8), 0.1, relative=True)


@given(
    st.lists(st.floats(0.2, 1.5), min_size=4, max_size=8),
    st.floats(0.1, 10),
    st.floats(0.05, 0.95),
    st.floats(-5, 5),
)
@settings(deadline=None)
def test_the_peak_of_a_parabola_in_log_rate_is_exact_on_any_grid(gaps, curvature, where, floor):
    x = np.cumsum([-2.0, *gaps])
    peak = x[1] + where * (x[-2] - x[1])
    found = stats.peak(np.exp(x), floor + curvature * (x - peak) ** 2)
    if not found.at_edge:
        assert found.rate == pytest.approx(np.exp(peak), rel=1e-6)
        assert found.loss == pytest.approx(floor, abs=1e-8)


def test_the_vertices_of_many_curves_are_their_peaks():
    rates = [0.1, 0.2, 0.4, 0.8]
    curves = np.random.default_rng(0).normal(size=(5, 3, 4))
    found = np.stack(stats.vertices(rates, curves), axis=-1)
    for at in np.ndindex(5, 3):
        peak = stats.peak(rates, curves[at])
        assert found[at] == pytest.approx((peak.rate, peak.loss))
    with pytest.raises(ValueError, match="curves must have shape"):
        stats.vertices(rates, curves[..., 1:])


def test_a_peak_at_the_edge_says_so():
    rates = [0.1, 0.2, 0.4, 0.8]
    for losses, edge in (([4, 3, 2, 1], 0.8), ([1, 2, 3, 4], 0.1)):
        seeds = np.array(losses)[:, None] + 0.01 * np.random.default_rng(0).normal(size=(4, 8))
        found = stats.peak(rates, seeds)
        assert found.at_edge and found.rate == pytest.approx(edge)
        assert found.loss == pytest.approx(seeds.mean(axis=1).min())
        assert found.high == np.inf if edge == 0.8 else found.low == 0
    assert not stats.peak(rates, [3, 1, 2, 4]).at_edge


def test_the_largest_usable_rate_is_where_each_seed_crosses_the_bar():
    rates = 2.0 ** np.arange(6)
    cliff = np.array([2.3, 4.0, 1.25])
    losses = 1 + np.maximum(0, np.log2(rates)[:, None] - cliff)  # crosses 1.5 half a doubling past the cliff
    found = stats.largest_usable(rates, losses, 1.5)
    shared = np.log2(rates)
    wanted = [np.interp(1.5, run, shared) for run in losses.T]
    assert np.allclose(np.log2(found), wanted)


def test_the_largest_usable_rate_looks_upwards_from_the_best_point():
    losses = np.array([[9, 1, 3], [1, 1, 3], [9, 1, 3], [1.5, 1, 3]])
    found = stats.largest_usable([1, 2, 4, 8], losses, 2)
    assert found[0] == pytest.approx(2 * 2 ** (1 / 8))  # a lucky loss past the cliff does not count
    assert found[1] == pytest.approx(8)  # never above the bar: the last rate
    assert np.isnan(found[2])  # never below it


def test_what_a_seed_adds_to_all_its_losses_does_not_move_the_peak():
    rng = np.random.default_rng(0)
    x = np.log(2) * np.arange(6)
    losses = (x - 1.7)[:, None] ** 2 + 0.1 * rng.normal(size=(6, 8))
    one, two = stats.peak(np.exp(x), losses), stats.peak(np.exp(x), losses + 5 * rng.normal(size=8))
    assert np.allclose([one.rate, one.low, one.high], [two.rate, two.low, two.high])
    assert one.low < one.rate < one.high
    assert np.isnan(stats.peak(np.exp(x), losses[:, :5]).low)


def test_the_peak_is_unbiased_and_its_interval_covers():
    table = coverage.peak_table(400)
    assert (table.bias.abs() < 4 * table.sd / np.sqrt(400)).all()
    assert (table.cover > 100 * (0.92 - slack(0.92, 400))).all()
    assert (table.cover < 100 * (0.96 + slack(0.96, 400))).all()


def test_with_the_errors_of_both_peaks_the_difference_at_the_best_rates_is_covered():
    table = coverage.judged_table(200, seeds=(4,), judging=(64,))
    assert (table["with"] > 100 * (0.95 - slack(0.95, 200))).all()
    assert table.loc["flat, 4 seeds, judged on 64", "without"] < 90


@pytest.mark.parametrize(
    "rates, losses, what",
    [
        ([1, 2], [1, 2], "rates"),
        ([1, 3, 2], [1, 2, 3], "rates"),
        ([1, 1, 2], [1, 2, 3], "rates"),
        ([0, 1, 2], [1, 2, 3], "rates"),
        ([1, 2, np.nan], [1, 2, 3], "rates"),
        ([1, 2, 3], [1, np.inf, 3], "finite"),
        ([1, 2, 3], [1, 2], "shape"),
        ([1, 2, 3], np.ones((3, 2, 2)), "shape"),
        ([1, 2, 3], np.ones((3, 0)), "shape"),
    ],
)
def test_what_has_no_peak_is_refused(rates, losses, what):
    with pytest.raises(ValueError, match=what):
        stats.peak(rates, losses)


def test_equal_losses_have_a_peak_at_the_middle_of_their_three_points():
    assert stats.peak([1, 2, 3, 4], [2, 1, 1, 2]).rate == pytest.approx(np.sqrt(6), rel=0.02)
    flat = stats.peak([1, 2, 4], [1.0, 1.0, 1.0])
    assert flat.at_edge and flat.rate == pytest.approx(1)


def test_the_t_power_behind_the_seeds_is_that_of_simulated_t_tests():
    rng = np.random.default_rng(0)
    for effect in (0.5, 1.2):
        n = stats.seeds_needed(effect, 1) - stats.SPARE_PAIRS
        share = [
            np.mean(scipy_stats.ttest_1samp(rng.normal(effect, 1, (DRAWS, k)), 0, axis=1).pvalue < 0.05)
            for k in (n - 1, n)
        ]
        assert share[0] - slack(0.8, DRAWS) < 0.8 < share[1] + slack(0.8, DRAWS)


def test_the_verdict_reaches_the_promised_power():
    rng = np.random.default_rng(1)
    for effect in (2.2, 1.5, 1.0, 0.6, 0.3):
        n = stats.seeds_needed(7 * effect, 7)
        power = coverage.told(rng.normal(effect, 1, (DRAWS, n))).mean()
        assert power > 0.8 - slack(0.8, DRAWS), effect
        assert n <= stats.FEWEST_PAIRS or power < 0.9, "nor asks for many more than are needed"


@given(st.integers(6, 3000), st.floats(0.001, 1000), st.sampled_from([0.5, 0.8, 0.9]))
@settings(deadline=None, max_examples=50)
def test_what_n_seeds_can_show_needs_n_seeds(n, sd, power):
    effect = stats.detectable(n, sd, power)
    assert stats.seeds_needed(effect, sd, power) == n == stats.seeds_needed(-effect, sd, power)


def test_no_effect_is_so_large_that_fewer_than_the_fewest_pairs_suffice():
    assert stats.seeds_needed(50, 1) == 6 and stats.seeds_needed(50, 1, level=0.99) == 8
    for n, level in ((6, 0.95), (7, 0.99), (8, 0.99)):
        x = 50 + np.random.default_rng(0).normal(size=n)
        told = stats.compare(x, np.zeros(n), level).verdict == "worse"
        assert told == (n >= stats.seeds_needed(50, 1, level=level))


@pytest.mark.parametrize("wrong", [{"effect": 0}, {"sd": 0}, {"power": 1}, {"level": 1}, {"effect": np.nan}])
def test_a_design_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        stats.seeds_needed(**{"effect": 1, "sd": 1} | wrong)
    with pytest.raises(ValueError, match="n must be"):
        stats.detectable(5, 1)


def test_seed_noise_separates_what_pairs_share_from_what_they_do_not():
    rng = np.random.default_rng(0)
    shared = 3 * rng.normal(size=4000)
    a, b = shared + rng.normal(size=4000), shared + rng.normal(size=4000)
    alone, paired = stats.seed_noise(a), stats.seed_noise(a, b)
    assert alone.sd == pytest.approx(np.sqrt(10), rel=0.05) == paired.sd
    assert alone.paired_sd == pytest.approx(np.sqrt(20), rel=0.05)
    assert paired.paired_sd == pytest.approx(np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("kind, least, most", [("normal", 0.94, 0.99), ("t5", 0.90, 0.98)])
@pytest.mark.parametrize("n", [6, 16, 64])
def test_the_interval_of_seed_noise_covers(kind, least, most, n):
    sd = {"normal": 1, "t5": np.sqrt(5 / 3)}[kind]
    found = [stats.seed_noise(x) for x in coverage.samples(kind, n, 1500)]
    share = np.mean([f.low <= sd <= f.high for f in found])
    assert least - slack(least, 1500) < share < most + slack(most, 1500)


def test_seed_noise_needs_six_finite_runs():
    for a, b in ((np.ones(5), None), (np.ones(6), np.ones(7)), (np.full(6, np.nan), None)):
        with pytest.raises(ValueError):
            stats.seed_noise(a, b)
    still = stats.seed_noise(np.ones(6))
    assert still.sd == still.high == still.paired_sd == 0


def test_a_single_seed_crowns_the_wrong_winner_as_often_as_the_normal_law_says():
    rng = np.random.default_rng(0)
    base = rng.normal(size=4000)
    found = stats.wrong_winner({"worse": base + rng.normal(0.5, 1, 4000), "best": base})
    expected = scipy_stats.norm.cdf(-0.5)
    assert found.winner == "best" and found.wrong == pytest.approx(expected, abs=slack(expected, 4000))
    assert found.right == pytest.approx(1 - found.wrong) and found.undecided == 0
    assert found.low < expected < found.high


def test_a_crown_that_all_seeds_cannot_tell_from_the_winner_is_not_called_wrong():
    rng = np.random.default_rng(0)
    base = rng.normal(size=40)
    losses = {"a": base, "twin": base + 0.01 * rng.normal(size=40), "bad": base + rng.normal(1, 1, 40)}
    found = stats.wrong_winner(losses)
    assert found.undecided > 0.1 and found.wrong > 0
    assert found.right + found.wrong + found.undecided == pytest.approx(1)
    tie = stats.wrong_winner({"a": np.ones(8), "b": np.ones(8)})
    assert (tie.winner, tie.right) == ("a", 1)
    with pytest.raises(ValueError, match="two"):
        stats.wrong_winner({"a": base})


def test_values_that_are_not_finite_have_no_interval():
    for interval in (stats.interval, stats.limits):
        with pytest.raises(ValueError, match="finite"):
            interval([1.0, 2.0, float("nan")])


def test_an_arm_may_be_added_to_losses_that_were_judged():
    low = np.array([0.30, 0.31, 0.33, 0.32, 0.34, 0.31])
    excess = {"linear": np.array([0.0, 0.02]), "constant": np.array([0.01, 0.0])}
    losses = stats.Losses({"linear": low, "constant": low + 0.1}, excess, {"linear": low}, "linear")
    losses["averaged"] = low + 0.05
    table = stats.ranking(losses)
    assert list(table.index) == ["linear", "averaged", "constant"] and "right" not in table
    assert losses.peak_error("averaged", "linear") == np.std(excess["linear"])
    assert losses.peak_error("averaged", "averaged") == 0
