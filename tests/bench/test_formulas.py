"""What is timed against each other is the same schedule."""

import numpy as np
import pytest

from lrlib.schedules import parse
from tests.bench.formulas import FORMULAS, STEPS, by_hand


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gives_what_the_schedule_beside_it_gives(text):
    found = by_hand(FORMULAS[text])
    assert found.shape == (STEPS,) and found.dtype == np.float64
    np.testing.assert_allclose(parse(text, T=STEPS).values(STEPS), found, rtol=1e-9, atol=1e-12)
