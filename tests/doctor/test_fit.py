"""Which schedule the rates of a log are: found exactly, from rounded and thinned logs too."""

import numpy as np
import pytest

from lrlib.doctor import Log, identify
from lrlib.schedules import parse
from tests.doctor.test_faults import rounded

FAMILIES = (
    "constant()",
    "cosine(1, 0, T)",
    "cosine(1, 0.1, T)",
    "linear(0, 1, 100) >> cosine(1, 0, T - 100)",
    "linear(0, 1, 100) >> linear(1, 0, T - 100)",
    "shift(linear(0, 1, 101), 1) >> linear(1, 0, T - 100)",
    "linear(0, 1, 100) >> constant(1, 700) >> linear(1, 0, 200)",
    "linear(0, 1, 100) >> constant(1, 700) >> warp(linear(1, 0, 200), 0.5)",
    "linear(0, 1, 100) >> inverse_sqrt(100)",
    "exponential(0.995)",
    "inverse_time(50)",
    "polynomial(1, 0, T, 2)",
    "cosine(0.04, 1, 300) >> cosine(1, 4e-6, 700)",
    "linear(0, 1, 100) >> constant()",
)


@pytest.mark.parametrize("text", FAMILIES)
def test_every_family_is_found_from_a_log_of_full_digits_and_from_one_that_is_rounded_and_thinned(text):
    schedule = parse(text, T=1000)
    for every, digits in ((1, None), (10, 4)):
        t = np.arange(0, 1000, every)
        found = identify(Log(t, rounded(3e-4 * schedule(t), digits)))
        assert found.candidates, (every, digits)
        best = found.candidates[0]
        np.testing.assert_allclose(best.rates(t), 3e-4 * schedule(t), atol=2e-3 * 3e-4)
        assert best.relative < 1e-3 and best.text in found.sentence


def test_none_of_the_catalogue_is_an_answer():
    rates = np.random.default_rng(0).uniform(0.1, 1, 50)
    found = identify(Log(range(50), rates))
    assert found.candidates == () and "none of the catalogue" in found.sentence
