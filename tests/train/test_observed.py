"""What "used" promises: it is seen in the weights, so an engine that trains at other rates shows."""

import numpy as np
import pytest

from lrlib import tasks, train
from lrlib.schedules import linear, warmup_cosine
from lrlib.train import plan
from lrlib.train.updates import OPTIMIZERS, SGD, Adam, AdamW
from tests.train.problems import LONGER, SHAPES, digits

STEPS = 24
PAIR = {"cosine": warmup_cosine(STEPS, 5), "linear": linear(1, 0.1, STEPS)}
HOW = {
    "sgd": {"optimizer": SGD()},
    "momentum": {"optimizer": SGD(momentum=0.9, weight_decay=0.01, nesterov=True)},
    "clipped": {"optimizer": SGD(momentum=0.5), "clip_norm": 0.1},
    "adam": {"optimizer": Adam()},
    "adamw, float32": {"optimizer": AdamW(weight_decay=0.2), "dtype": "float32"},
}
every_way = pytest.mark.parametrize("way", HOW)


def swept(way):
    return train.sweep(digits(label_noise=0.2), PAIR, (1e-9, 0.003, 0.1), range(3), steps=STEPS, **HOW[way])


def meant(found):
    rates = np.array([s.values(STEPS) for s in found.schedules])[:, None] * np.array(found.base_lrs)[:, None]
    return rates.astype(found.how["dtype"]).astype(np.float64)


@pytest.fixture
def sabotaged(monkeypatch):
    """Scales the rate of every update behind the engine's back: how(t) for updates t = 1, 2, ..."""

    def by(how):
        for kind in set(OPTIMIZERS.values()):
            honest = kind.update

            def update(self, weight, grad, memory, rate, t, honest=honest):
                honest(self, weight, grad, memory, rate * how(int(t)), t)

            monkeypatch.setattr(kind, "update", update)

    return by


@every_way
def test_an_honest_engine_uses_exactly_the_rates_that_were_meant(way):
    found = swept(way)
    assert np.array_equal(found.used, meant(found))
    assert found.ledger("cosine", 0.003).largest_gap() < 1e-8


@every_way
def test_rates_scaled_behind_the_engines_back_show_at_every_update(way, sabotaged):
    sabotaged(lambda t: 0.7)
    found = swept(way)
    visible = meant(found)[:, 1:]  # at 1e-9 a float32 weight does not move
    assert found.used[:, 1:] == pytest.approx(0.7 * visible, rel=1e-3 if "32" in way else 1e-9, abs=1e-12)
    assert found.ledger("linear", 0.1).largest_gap() == pytest.approx(0.03, rel=1e-3)


@every_way
def test_a_rate_that_is_kept_too_long_shows(way, sabotaged):
    sabotaged(lambda t: 1.0 if t < STEPS else 3.0)
    found = swept(way)
    ratio = found.used[:, 2] / np.where(meant(found)[:, 2] == 0, 1, meant(found)[:, 2])
    assert ratio[:, -1] == pytest.approx(3, rel=1e-2 if "32" in way else 1e-6)
    assert (ratio[:, 5:-1] == 1).all()


def test_looking_changes_no_digit_of_the_training(monkeypatch):
    looked = swept("momentum")
    monkeypatch.setattr(plan.Plan, "looks", [])
    blind = swept("momentum")
    assert np.array_equal(looked.train_loss, blind.train_loss)
    assert np.array_equal(looked.heldout_loss, blind.heldout_loss)


def test_what_cannot_be_seen_is_not_guessed(sabotaged):
    """Where no weight has a gradient, or all is infinite, there is no rate to see."""
    sabotaged(lambda t: 0.5)
    flat = train.sweep("quadratic", PAIR, 0.1, [0], steps=STEPS)
    assert flat.used[1, 0] == pytest.approx(0.5 * meant(flat)[1, 0])
    exploded = train.sweep(digits(), PAIR, 1e200, [0], steps=STEPS)
    assert exploded.diverged.all() and np.isfinite(exploded.used).all()


@pytest.mark.parametrize("runs_at_once", [2, 128])
def test_the_rates_a_sweep_reports_are_what_moved_the_weights(runs_at_once):
    h, rates = 0.25, (0.01, 0.3, 2.0)
    task = tasks.get("quadratic", curvatures=(h,), noise=0.0)
    found = train.sweep(task, SHAPES, rates, [0, 1], evaluations=LONGER, runs_at_once=runs_at_once)
    x = np.sqrt(2 * found.heldout_loss / h)  # loss = h x^2 / 2, and x stays positive while rate * h < 1
    before = np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1)
    recovered = (1 - x / before) / h  # x := (1 - rate * h) x
    for n in range(2):
        assert recovered[:, :, n] == pytest.approx(found.used, abs=1e-9)
    wanted = np.array([s.values(LONGER) for s in SHAPES])[:, None] * np.array(rates)[:, None]
    assert found.used == pytest.approx(wanted, rel=1e-15)
