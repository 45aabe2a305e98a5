import numpy as np
import pytest

from lrlib.evidence import contests
from lrlib.evidence.contests import Runs


def drawn(rng, n=8):
    return Runs(np.exp(rng.normal(size=n)), rng.normal(0, 0.01, 50))


def test_a_contest_turned_around_has_the_other_sign():
    rng = np.random.default_rng(1)
    one, other = drawn(rng), drawn(rng)
    there, back = contests.percent({"": [(one, other)]}), contests.percent({"": [(other, one)]})
    assert there.value == pytest.approx(-back.value)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_a_contest_does_not_depend_on_the_unit_of_the_loss():
    rng = np.random.default_rng(2)
    pairs = [(drawn(rng), drawn(rng)) for _ in range(3)]
    scaled = [(Runs(1000 * a.losses, a.excess), Runs(1000 * b.losses, b.excess)) for a, b in pairs]
    found, again = contests.percent({"": pairs}), contests.percent({"": scaled})
    assert (found.value, found.low, found.high) == pytest.approx((again.value, again.low, again.high))


def test_an_uncertain_peak_makes_the_interval_wider():
    rng = np.random.default_rng(3)
    one, other = drawn(rng), drawn(rng)
    sure = contests.percent({"": [(Runs(one.losses, 0 * one.excess), Runs(other.losses, 0 * other.excess))]})
    unsure = contests.percent({"": [(Runs(one.losses, 100 * one.excess), other)]})
    assert unsure.low < sure.low < sure.high < unsure.high


@pytest.mark.parametrize(("schedules", "q"), [(2, 1.960), (5, 2.728), (10, 3.164)])  # Demsar 2006, table 5
def test_the_critical_difference_is_that_of_the_published_table(schedules, q):
    found = contests.critical_difference(schedules, 6)
    assert found / np.sqrt(schedules * (schedules + 1) / 36) == pytest.approx(q, abs=6e-4)
