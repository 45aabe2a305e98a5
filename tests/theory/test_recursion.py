"""What the noisy quadratic's recursion promises: it is the mean of many runs, and settles at its floor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import tasks, theory, train
from lrlib.schedules import constant, cosine, linear

STEPS = 20
CURVATURES = (1.0, 0.3, 0.1, 0.03, 0.01)


def test_the_mean_of_many_noisy_runs_is_the_expected_loss():
    task, seeds = tasks.get("quadratic"), range(500)
    schedules = [constant(1, STEPS), linear(0.2, 1, 5) >> cosine(1, 0, STEPS - 5)]
    found = train.sweep(task, schedules, [0.8], seeds, evaluations=5)
    for s in range(2):
        losses = found.heldout_loss[s, 0]
        error = losses.std(axis=0, ddof=1) / np.sqrt(len(seeds))
        exact = theory.expected_loss(found.used[s, 0], CURVATURES)[found.heldout_steps]
        off = np.abs(losses.mean(axis=0) - exact) / error
        assert off[-1] < 3
        assert off.max() < 4  # five looks
        louder = theory.expected_loss(found.used[s, 0], CURVATURES, noise=1.2)[found.heldout_steps]
        assert (np.abs(losses.mean(axis=0) - louder) / error).max() > 4


def test_expected_loss_agrees_with_an_independent_simulation():
    rng = np.random.default_rng(1)
    h, noise, start, n = np.array([1.5, 0.2]), 0.7, -2.0, 40_000
    rates = 0.9 * cosine(1, 0.1, 12).values(12)
    x = np.full((n, 2), start)
    means, errors = [], []
    for rate in [*rates, 0]:
        losses = (x**2) @ h / 2
        means.append(losses.mean())
        errors.append(losses.std() / np.sqrt(n))
        x -= rate * (h * x + np.sqrt(h) * noise * rng.standard_normal(x.shape))
    exact = theory.expected_loss(rates, h, noise, start)
    assert exact[0] == (h * start**2).sum() / 2
    assert (np.abs(exact - means) <= 4 * np.array(errors) + 1e-12).all()
    wrong = theory.expected_loss(rates, h, 0.8, start)
    assert (np.abs(wrong - means) > 4 * np.array(errors) + 1e-12).any()


stable = st.floats(0.02, 0.98)


curvatures = st.lists(st.floats(0.05, 10), min_size=1, max_size=4)


@settings(deadline=None)
@given(stable, curvatures, st.floats(0, 3), st.floats(-3, 3), st.integers(0, 60))
def test_at_a_constant_rate_the_expected_loss_has_a_closed_form(part, h, noise, start, steps):
    h = np.array(h)
    rate = part * 2 / h.max()
    settled = rate * noise**2 / (2 - rate * h)
    wanted = h @ (settled + (1 - rate * h) ** (2 * steps) * (start**2 - settled)) / 2
    got = theory.expected_loss(np.full(steps, rate), h, noise, start)
    assert got.shape == (steps + 1,)
    assert got[-1] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(stable, curvatures, st.floats(0.1, 3))
def test_the_noise_floor_is_where_the_recursion_stands_still(part, h, noise):
    rate = part * 2 / max(h)
    floor = theory.noise_floor(rate, h, noise)
    steps = int(40 / min(1 - (1 - rate * hi) ** 2 for hi in h)) + 1
    if steps <= 5_000:
        assert theory.expected_loss(np.full(steps, rate), h, noise)[-1] == pytest.approx(floor, rel=1e-9)
    one = [theory.noise_floor(rate, [hi], noise) for hi in h]
    assert floor == pytest.approx(sum(one))
    for hi, own in zip(h, one, strict=True):  # one coordinate at its floor stays there
        after = theory.expected_loss([rate], [hi], noise, start=np.sqrt(2 * own / hi))
        assert after == pytest.approx([own, own])


def test_the_noise_floor_needs_a_stable_rate():
    for rate, says in ((0, "> 0"), (-0.1, "> 0"), (float("nan"), "> 0"), (2.0, "limit 2"), (3.0, "limit 2")):
        with pytest.raises(ValueError, match=says):
            theory.noise_floor(rate, (1.0, 0.5))
    assert np.isfinite(theory.noise_floor(1.999, (1.0, 0.5)))


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(0, 1.5), min_size=6, max_size=6), min_size=4, max_size=4))
def test_expected_loss_takes_many_sequences_of_rates_at_once(rows):
    rates = np.array(rows).reshape(2, 2, 6)
    together = theory.expected_loss(rates, CURVATURES)
    assert together.shape == (2, 2, 7)
    for i in np.ndindex(2, 2):
        assert together[i] == pytest.approx(theory.expected_loss(rates[i], CURVATURES), rel=1e-14)
