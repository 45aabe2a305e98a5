"""What a Log promises about the rates that it holds."""

import numpy as np
import pytest

from lrlib.doctor.log import Log
from lrlib.ledger import Ledger
from lrlib.rules import Refused
from lrlib.schedules import warmup_cosine

RATES = 3e-4 * warmup_cosine(600, 60)(np.arange(600))


def written(rates, form):
    return [float(form.format(rate)) for rate in rates.tolist()]


@pytest.mark.parametrize(("form", "digits"), [("{:.3e}", 4), ("{:.1e}", 2), ("{:.5e}", 6), ("{!r}", np.inf)])
def test_the_digits_of_a_log_are_those_that_it_was_printed_with(form, digits):
    log = Log(range(600), written(RATES, form))
    assert log.digits == digits
    assert (np.abs(log.rates[:, 0] - RATES) <= log.rounding[:, 0] * 1.0001 + 1e-18).all()


def test_a_fixed_number_of_decimals_is_told_from_a_fixed_number_of_digits():
    log = Log(range(600), written(RATES, "{:.6f}"))
    assert np.unique(log.rounding) == pytest.approx(5e-7)
    assert (np.abs(log.rates[:, 0] - RATES) <= 5.001e-7).all()
    assert len(np.unique(Log(range(600), written(RATES, "{:.3e}")).rounding)) > 2


def test_float32_is_told_from_full_floats():
    log = Log(range(600), RATES.astype(np.float32))
    assert log.digits == 7
    assert (np.abs(log.rates[:, 0] - RATES) <= log.rounding[:, 0]).all()


def test_a_few_rates_do_not_say_how_they_were_rounded():
    assert Log([0, 1, 2], [0.1, 0.1, 0.01]).digits == 4


def test_what_goes_back_is_kept_and_marked():
    log = Log([0, 10, 20, 30, 20, 30, 40], np.linspace(1, 0, 7))
    assert len(log) == 7 and log.restarts == (4,) and log.every == 10


def test_a_ledger_is_a_log_of_every_update():
    log = Log.of(Ledger(used_by_group=[[0.2, 0.1], [0.1, 0.05]], label="mine"))
    assert log.rates.tolist() == [[0.2, 0.1], [0.1, 0.05]] and log.steps.tolist() == [0, 1]
    assert log.groups == ("group 0", "group 1") and log.loss is None and "mine" in log.source
    with pytest.raises(Refused, match="no update"):
        Log.of(Ledger())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": [0, 1.5], "rates": [1, 1]}, "steps must be whole numbers"),
        ({"steps": [-1, 1], "rates": [1, 1]}, "steps must be whole numbers"),
        ({"steps": [0, np.nan], "rates": [1, 1]}, "steps must be whole numbers"),
        ({"steps": [0, 1], "rates": [1, np.inf]}, "rates must be finite"),
        ({"steps": [0, 1], "rates": [np.nan, np.nan]}, "no rate"),
        ({"steps": [], "rates": []}, "no rate"),
        ({"steps": [0, 1], "rates": [1]}, "rates must be of shape"),
        ({"steps": [0, 1], "rates": [1, 1], "loss": [1]}, "loss must be of shape"),
        ({"steps": [0], "rates": [[1, 1]], "groups": ("a", "a")}, "no two are the same"),
        ({"steps": [0], "rates": ["x"]}, "rates must be numbers"),
    ],
)
def test_what_is_no_log_is_refused(given, said):
    with pytest.raises(Refused, match=said):
        Log(**given)


def test_a_log_cannot_be_changed():
    with pytest.raises(ValueError):
        Log([0], [1]).rates[0] = 2
