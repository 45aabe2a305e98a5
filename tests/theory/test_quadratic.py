"""What the theory of quadratics promises: exact losses, floors and optima, each found a second way."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import theory
from lrlib.schedules import cosine, linear, wsd
from lrlib.theory.optimal import loss_and_gradient

H = np.array([1.0, 0.3, 0.05])
NOISE = np.array([0.2, 1.0, 0.5])
START = np.array([1.0, -2.0, 3.0])
PROBLEM = {"curvatures": H, "noise": NOISE, "start": START}
RATES = 0.9 * cosine(1, 0.1, 25).values(25)

curvatures = st.lists(st.floats(0.05, 5), min_size=1, max_size=4).map(np.array)
shares = st.floats(0.01, 1.3)


def deviations(samples, exact):
    """How many standard errors the mean of samples, shape (runs,), lies from the exact value."""
    return abs(samples.mean() - exact) / (samples.std(ddof=1) / np.sqrt(len(samples)))


def simulate(rates, batches, runs=20_000, seed=0):
    """Iterates of SGD on the noisy bowl, shape (steps + 1, runs, dims), from single noisy gradients."""
    rng = np.random.default_rng(seed)
    x = np.broadcast_to(START, (runs, len(H)))
    path = [x]
    for rate, batch in zip(rates, batches, strict=True):
        x = x - rate * (H * x + np.sqrt(H / batch) * NOISE * rng.standard_normal(x.shape))
        path.append(x)
    return np.array(path)


# ---------------------------------------------------------------- expected loss


def test_each_dimension_has_its_own_noise_and_start():
    together = theory.expected_loss(RATES, **PROBLEM)
    alone = [theory.expected_loss(RATES, [h], n, s) for h, n, s in zip(H, NOISE, START, strict=True)]
    assert together == pytest.approx(np.sum(alone, axis=0), rel=1e-12)


def test_a_batch_of_b_divides_the_noise_variance_by_b_step_by_step():
    batches = np.where(np.arange(25) < 10, 1, 8)
    a = START**2
    for rate, batch in zip(RATES, batches, strict=True):
        a = [
            (1 - rate * h) ** 2 * ai + rate**2 * h * n**2 / batch
            for h, ai, n in zip(H, a, NOISE, strict=True)
        ]
    assert theory.expected_loss(RATES, **PROBLEM, batch_size=batches)[-1] == pytest.approx(
        H @ a / 2, rel=1e-12
    )
    smaller = theory.expected_loss(RATES, H, NOISE / 2, START)
    assert theory.expected_loss(RATES, **PROBLEM, batch_size=4) == pytest.approx(smaller, rel=1e-12)


def test_simulated_runs_and_their_averages_have_the_expected_losses():
    batches = np.where(np.arange(25) < 10, 1, 4)
    path = simulate(RATES, batches)
    tail = theory.tail_averaging(25, 10)
    found = {
        "last": (path[-1], theory.expected_loss(RATES, **PROBLEM, batch_size=batches)[-1]),
        "tail": (
            path[-10:].mean(axis=0),
            theory.averaged_loss(RATES, tail, **PROBLEM, batch_size=batches)[-1],
        ),
    }
    for x, exact in found.values():
        assert deviations(x**2 @ H / 2, exact) < 3
    for x, _ in found.values():
        wrong = theory.averaged_loss(RATES, 0.5, **PROBLEM, batch_size=batches)[-1]
        assert deviations(x**2 @ H / 2, wrong) > 5


@pytest.mark.parametrize("last", [1, 4, 25])
def test_an_average_has_the_loss_that_the_covariance_of_all_iterates_gives(last):
    """Iterates are linear in start and noise: x = A z, so that E (m . x)^2 follows for any mean m."""
    memory = {"tail": theory.tail_averaging(25, last), "ema": np.full(25, 1 / last)}
    means = {"tail": np.r_[np.zeros(26 - last), np.full(last, 1 / last)], "ema": ema_weights(25, 1 / last)}
    for name, averaging in memory.items():
        wanted = 0.0
        for h, noise, start in zip(H, NOISE, START, strict=True):
            influence = np.zeros((26, 26))
            influence[0, 0] = start
            for t, rate in enumerate(RATES):
                influence[t + 1] = (1 - rate * h) * influence[t]
                influence[t + 1, t + 1] = rate * np.sqrt(h) * noise
            wanted += h * np.sum((means[name] @ influence) ** 2) / 2
        assert theory.averaged_loss(RATES, averaging, **PROBLEM)[-1] == pytest.approx(wanted, rel=1e-10)


def ema_weights(steps, new):
    return np.r_[(1 - new) ** steps, new * (1 - new) ** np.arange(steps)[::-1]]


def test_the_average_that_forgets_everything_is_the_last_iterate():
    rates = np.stack([RATES, RATES[::-1]])
    assert np.array_equal(theory.averaged_loss(rates, 1, **PROBLEM), theory.expected_loss(rates, **PROBLEM))
    frozen = theory.averaged_loss(rates, 0, **PROBLEM)
    assert frozen == pytest.approx(np.full((2, 26), H @ START**2 / 2))


def test_many_sequences_of_rates_are_averaged_at_once():
    rates = np.random.default_rng(0).uniform(0, 1.5, (2, 3, 8))
    together = theory.averaged_loss(rates, 0.3, **PROBLEM)
    assert together.shape == (2, 3, 9)
    for i in np.ndindex(2, 3):
        assert together[i] == pytest.approx(theory.averaged_loss(rates[i], 0.3, **PROBLEM), rel=1e-12)


# ---------------------------------------------------------------- constant rates


@settings(deadline=None)
@given(curvatures, st.floats(0, 3), st.floats(0, 3), st.integers(0, 50), st.floats(0.5, 9))
def test_the_closed_form_of_a_constant_rate_is_the_recursion(h, noise, start, steps, batch):
    rates = np.array([0, 1e-9, 0.3, 1, 2, 2.2]) / h.max()
    recursion = theory.expected_loss(np.repeat(rates[:, None], steps, axis=1), h, noise, start, batch)[:, -1]
    closed = theory.constant_rate_loss(rates, steps, h, noise, start, batch)
    assert closed == pytest.approx(recursion, rel=1e-10, abs=1e-280)


@settings(deadline=None, max_examples=30)
@given(curvatures, st.floats(0.05, 0.95), st.floats(0.02, 1), st.floats(0.5, 9))
def test_the_floor_of_an_averaged_run_is_where_it_ends(h, part, averaging, batch):
    rate = part * 2 / h.max()
    rates = np.full(4000, rate)
    kept = max(np.abs(1 - rate * h).max(), 1 - averaging)
    ends = theory.averaged_loss(rates, averaging, h, 0.7, 0, batch)[-1]
    floor = theory.noise_floor(rate, h, 0.7, batch, averaging)
    assert ends <= floor * (1 + 1e-9)
    if kept**4000 < 1e-12:
        assert ends == pytest.approx(floor, rel=1e-9)


def test_the_floor_depends_on_rate_over_batch_when_the_rate_is_small():
    """eta / B invariance (Smith et al. 2018, arXiv:1711.00489): exact as eta h -> 0, not beyond."""
    small = theory.noise_floor(1e-4, H) / theory.noise_floor(8e-4, H, batch_size=8)
    large = theory.noise_floor(0.2, H) / theory.noise_floor(1.6, H, batch_size=8)
    assert small == pytest.approx(1, abs=1e-3)
    assert large < 0.5


@settings(deadline=None, max_examples=30)
@given(curvatures, st.floats(0, 2), st.floats(0.1, 3), st.integers(1, 300))
def test_no_constant_rate_is_better_than_the_best(h, noise, start, steps):
    best = theory.best_constant_rate(steps, h, noise, start)
    loss = theory.constant_rate_loss(best, steps, h, noise, start)
    others = theory.constant_rate_loss(np.geomspace(1e-7, 3 / h.min(), 4000), steps, h, noise, start)
    assert loss <= others.min() * (1 + 1e-9) + 1e-280


def test_one_step_of_one_dimension_has_a_known_best_rate():
    best = theory.best_constant_rate(1, [0.5], noise=2.0, start=3.0)
    assert best == pytest.approx(0.5 * 9 / (0.25 * 9 + 0.5 * 4), rel=1e-6)


# ---------------------------------------------------------------- optimal schedules


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 5), st.floats(0.1, 3), st.floats(0.1, 3), st.integers(1, 30), st.floats(0.5, 8))
def test_in_one_dimension_law_greedy_and_gradient_optimum_are_one(h, noise, start, steps, batch):
    batches = batch * (1 + np.arange(steps) % 3)
    law = theory.optimal_rates_1d(steps, h, noise, start, batches)
    assert theory.greedy_rates(steps, [h], noise, start, batches) == pytest.approx(law, rel=1e-10)
    searched = theory.optimal_rates(steps, [h], noise, start, batches)
    loss = theory.expected_loss(np.stack([law, searched]), [h], noise, start, batches)[:, -1]
    assert loss[1] == pytest.approx(loss[0], rel=1e-9)
    assert loss[0] == pytest.approx(h / 2 / (1 / start**2 + h * batches.sum() / noise**2), rel=1e-10)


def test_in_one_dimension_dynamic_programming_finds_the_law():
    law = theory.optimal_rates_1d(12, 0.5, 1.5, 2.0)
    choices = np.linspace(0.02, 1.2, 400)
    found = theory.best_rates_among(choices, 12, [0.5], 1.5, 2.0, points=300)
    assert found == pytest.approx(law, abs=0.02)
    best, close = theory.expected_loss([law, found], [0.5], 1.5, 2.0)[:, -1]
    assert best <= close < best * (1 + 1e-4)


@pytest.mark.parametrize("h, start", [([0.8], 2.0), ([1.0, 0.1], [1.0, 3.0])])
def test_dynamic_programming_finds_the_best_of_all_sequences(h, start):
    choices, steps = np.array([0.1, 0.4, 1.0, 2.5]), 5
    sequences = np.array(list(product(choices, repeat=steps)))
    losses = theory.expected_loss(sequences, h, 0.6, start, [1, 1, 2, 2, 4])[:, -1]
    found = theory.best_rates_among(choices, steps, h, 0.6, start, [1, 1, 2, 2, 4])
    assert set(found) <= set(choices)
    loss = theory.expected_loss(found, h, 0.6, start, [1, 1, 2, 2, 4])[-1]
    assert losses.min() <= loss <= losses.min() * (1 + 1e-3)
    assert np.sort(losses)[1:].mean() > losses.min() * 1.1


def test_dynamic_programming_takes_problems_without_noise_or_distance():
    assert theory.best_rates_among([0.5, 1.0], 3, [1.0], noise=0)[-1] in (0.5, 1.0)
    assert np.array_equal(theory.best_rates_among([0.0, 0.5], 3, [1.0], start=0), np.zeros(3))


@pytest.mark.parametrize("cap", [1.0, 2.0])
def test_in_two_dimensions_gradient_and_dynamic_programming_agree(cap):
    problem = {"curvatures": [1.0, 0.05], "noise": 0.4, "start": [1.0, 4.0]}
    searched = theory.optimal_rates(10, **problem, max_rate=cap)
    found = theory.best_rates_among(np.linspace(0.02, cap, 50), 10, **problem)
    best, close = theory.expected_loss([searched, found], **problem)[:, -1]
    assert best <= close < best * 1.002
    greedy = theory.expected_loss(theory.greedy_rates(10, **problem), **problem)[-1]
    assert greedy > best * 1.05


def test_without_a_cap_the_optimum_overshoots_steep_directions_and_then_wipes_them_out():
    problem = {"curvatures": [1.0, 0.05], "noise": 0.4, "start": [1.0, 4.0]}
    rates = theory.optimal_rates(10, **problem)
    losses = theory.expected_loss(rates, **problem)
    assert losses.max() > 1000 * losses[0] and np.isclose(rates, 1).any()
    stable = theory.optimal_rates(10, **problem, max_rate=2.0)
    assert losses[-1] < 0.5 * theory.expected_loss(stable, **problem)[-1]
    misjudged = theory.expected_loss(rates, [1.05, 0.05], 0.4, [1.0, 4.0])[-1]
    assert misjudged > 10 * theory.expected_loss(stable, [1.05, 0.05], 0.4, [1.0, 4.0])[-1]


@settings(deadline=None, max_examples=25)
@given(curvatures, st.lists(shares, min_size=1, max_size=12), st.floats(0, 2), st.floats(0.1, 3))
def test_the_gradient_by_the_rates_is_that_of_automatic_differentiation(h, parts, noise, start):
    rates = torch.tensor(np.array(parts) / h.max(), requires_grad=True)
    a, c = np.full(len(h), start**2), h * noise**2
    batches = 1.0 + np.arange(len(parts))
    moments, ht, ct = torch.tensor(a), torch.tensor(h), torch.tensor(c)
    for t in range(len(parts)):
        moments = (1 - rates[t] * ht) ** 2 * moments + rates[t] ** 2 * ct / batches[t]
    loss = moments @ ht / 2
    loss.backward()
    got, slope = loss_and_gradient(rates.detach().numpy(), h, a, c, batches)
    assert got == pytest.approx(loss.item(), rel=1e-12)
    assert slope == pytest.approx(rates.grad.numpy(), rel=1e-9, abs=1e-12 * np.abs(slope).max())


def test_without_noise_the_optimum_is_the_best_polynomial():
    """T rates make a polynomial of degree T with p(0) = 1: the best one is linear least squares."""
    h, start = np.linspace(0.1, 1, 6), np.linspace(1, 2, 6)
    for steps in (1, 2, 3):
        root = np.sqrt(h / 2) * start
        powers = root[:, None] * h[:, None] ** np.arange(1, steps + 1)
        residual = np.linalg.lstsq(powers, -root, rcond=None)[1][0]
        rates = theory.optimal_rates(steps, h, noise=0, start=start)
        assert theory.expected_loss(rates, h, 0, start)[-1] == pytest.approx(residual, rel=1e-6)


@pytest.mark.parametrize("beta, s", [(1.5, 0.5), (1.5, 2.0), (2.0, 0.3)])
def test_no_tuned_family_and_no_change_of_the_rates_beats_the_optimum(beta, s):
    k, steps = np.arange(1.0, 51), 120
    h = k**-beta
    problem = {"curvatures": h, "noise": 1.0, "start": np.sqrt(k ** -(beta * s + 1) / h)}
    best = theory.optimal_rates(steps, **problem)
    loss = theory.expected_loss(best, **problem)[-1]
    shapes = np.stack(
        [x.values(steps) for x in (linear(1, 0, steps), cosine(1, 0, steps), wsd(steps, 6, 24))]
    )
    peaks = np.geomspace(0.001, 10, 300)[:, None, None]
    with np.errstate(over="ignore", invalid="ignore"):
        tuned = np.nanmin(theory.expected_loss(peaks * shapes, **problem)[..., -1], axis=0)
    greedy = theory.expected_loss(theory.greedy_rates(steps, **problem), **problem)[-1]
    assert loss < min(*tuned, greedy) * 0.999
    nudges = np.random.default_rng(0).choice([0.98, 1.0, 1.02], (200, steps))
    assert (theory.expected_loss(best * nudges, **problem)[:, -1] > loss).all()
    capped = theory.optimal_rates(steps, **problem, max_rate=best.max() / 2)
    assert capped.max() <= best.max() / 2 * (1 + 1e-12)
    assert theory.expected_loss(capped, **problem)[-1] > loss


def test_greedy_rates_grow_with_the_batch_and_saturate_at_the_noise_scale():
    """eta(B) = eta_max / (1 + B_noise / B), B_noise = sum h c / sum h^3 a (McCandlish et al. 2018)."""
    c = H * NOISE**2
    scale = H @ c / (H**3 @ START**2)
    most = theory.greedy_rates(1, H, 0, START)[0]
    for batch in (0.1, 1, 30):
        rate = theory.greedy_rates(1, **PROBLEM, batch_size=batch)[0]
        assert rate == pytest.approx(most / (1 + scale / batch), rel=1e-12)


def test_no_other_rate_lowers_the_next_loss_more_than_the_greedy_one():
    rate = theory.greedy_rates(1, **PROBLEM)[0]
    losses = theory.expected_loss(rate * np.array([[1.0], [0.99], [1.01], [0.5]]), **PROBLEM)[:, -1]
    assert (losses[1:] > losses[0]).all()


# ---------------------------------------------------------------- streaming least squares


def test_simulated_least_squares_has_the_expected_risk():
    rng = np.random.default_rng(2)
    eigenvalues, noise, runs = np.array([1.0, 0.4, 0.1]), 0.8, 20_000
    rates, batch = 0.25 * linear(1, 0, 15).values(15), 2
    error = np.tile(START, (runs, 1))
    for rate in rates:
        x = rng.standard_normal((runs, batch, 3)) * np.sqrt(eigenvalues)
        residual = np.einsum("rbi,ri->rb", x, error) - noise * rng.standard_normal((runs, batch))
        error = error - rate * np.einsum("rbi,rb->ri", x, residual) / batch
    risks = error**2 @ eigenvalues / 2
    exact = theory.excess_risk(rates, eigenvalues, noise, START, batch)
    assert exact[0] == pytest.approx(eigenvalues @ START**2 / 2)
    assert deviations(risks, exact[-1]) < 3
    assert deviations(risks, theory.excess_risk(rates, eigenvalues, noise, START)[-1]) > 5
    fixed_noise = theory.expected_loss(rates, eigenvalues, noise, START, batch)[-1]
    assert deviations(risks, fixed_noise) > 5


@settings(deadline=None)
@given(curvatures, st.floats(0, 2), st.floats(0.5, 6), st.lists(shares, min_size=1, max_size=10))
def test_the_risk_is_that_of_the_full_covariance_in_any_basis(eigenvalues, noise, batch, parts):
    dims = len(eigenvalues)
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(dims, dims)))[0]
    sigma = basis @ np.diag(eigenvalues) @ basis.T
    m = basis @ np.ones((dims, dims)) @ basis.T
    for rate in np.array(parts) / eigenvalues.max():
        spread = sigma @ m @ sigma + sigma * np.trace(sigma @ m) + noise**2 * sigma
        m = m - rate * (sigma @ m + m @ sigma) + rate**2 * (sigma @ m @ sigma + spread / batch)
    rates = np.array(parts) / eigenvalues.max()
    got = theory.excess_risk(np.stack([rates, rates]), eigenvalues, noise, 1.0, batch)
    assert got.shape == (2, len(parts) + 1)
    assert got[1, -1] == pytest.approx(np.trace(sigma @ m) / 2, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(curvatures, st.floats(0.05, 2), st.floats(0.5, 20))
def test_the_risk_floor_is_the_fixed_point_and_beyond_it_the_risk_grows(eigenvalues, share, batch):
    rate = share / eigenvalues.sum()
    try:
        floor = theory.risk_floor(rate, eigenvalues, 0.5, batch)
    except ValueError:
        with np.errstate(over="ignore", invalid="ignore"):
            risks = theory.excess_risk(np.full(3000, rate), eigenvalues, 0.0, 1.0, batch)
        assert not risks[-1] < risks[-300] * (1 - 1e-6)
    else:
        risks = theory.excess_risk(np.full(3000, rate), eigenvalues, 0.5, 0.0, batch)
        assert risks[-1] <= floor * (1 + 1e-9)
        if risks[-1] - risks[-300] < 1e-9 * floor:
            assert risks[-1] == pytest.approx(floor, rel=1e-4)


def test_least_squares_on_all_examples_comes_close_to_the_minimax_risk():
    rng = np.random.default_rng(4)
    steps, dims, noise, runs = 60, 3, 0.7, 4000
    x = rng.standard_normal((runs, steps, dims))
    target = noise * rng.standard_normal((runs, steps))
    gram = np.einsum("rti,rtj->rij", x, x)
    error = np.linalg.solve(gram, np.einsum("rti,rt->ri", x, target)[..., None])[..., 0]
    risks = (error**2).sum(axis=1) / 2
    lower = theory.minimax_risk(steps, dims, noise)
    assert lower == pytest.approx(dims * noise**2 / (2 * steps))
    assert deviations(risks, lower * steps / (steps - dims - 1)) < 3
    assert deviations(risks, lower) > 3


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "message, call",
    [
        ("rates must be finite", lambda: theory.expected_loss([0.1, -0.1], H)),
        ("rates must be finite", lambda: theory.expected_loss([0.1, np.nan], H)),
        ("rates must be finite .* shape", lambda: theory.expected_loss(0.1, H)),
        ("curvatures must be", lambda: theory.expected_loss(RATES, [1.0, 0.0])),
        ("curvatures must be", lambda: theory.expected_loss(RATES, [])),
        ("noise must be", lambda: theory.expected_loss(RATES, H, [1.0, 2.0])),
        ("start must be", lambda: theory.expected_loss(RATES, H, 1.0, np.inf)),
        ("batch_size must be > 0", lambda: theory.expected_loss(RATES, H, batch_size=0)),
        ("batch_size must be a number or fit", lambda: theory.expected_loss(RATES, H, batch_size=[1, 2])),
        ("averaging must be", lambda: theory.averaged_loss(RATES, 1.1, H)),
        ("averaging must be", lambda: theory.noise_floor(0.1, H, averaging=0)),
        ("last must be at most", lambda: theory.tail_averaging(3, 4)),
        ("steps must be a whole number", lambda: theory.tail_averaging(3.5, 2)),
        ("start must not be 0", lambda: theory.best_constant_rate(5, H, start=0)),
        ("start must not be 0", lambda: theory.greedy_rates(5, H, start=0)),
        ("start must not be 0", lambda: theory.optimal_rates(5, H, start=0)),
        ("start must not be 0", lambda: theory.optimal_rates_1d(5, 1.0, start=0)),
        ("max_rate must be above 0", lambda: theory.optimal_rates(5, H, max_rate=0)),
        ("steps must be a whole number", lambda: theory.optimal_rates(0, H)),
        ("choices must be", lambda: theory.best_rates_among([], 5, H)),
        ("at most a million", lambda: theory.best_rates_among([0.1], 5, H, points=101)),
        ("eigenvalues must be", lambda: theory.excess_risk(RATES, [-1.0])),
        ("noise must be", lambda: theory.excess_risk(RATES, H, noise=-1)),
        ("rate must be low enough", lambda: theory.risk_floor(1.5, H)),
        ("dims must be", lambda: theory.minimax_risk(10, 0)),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_noise_one_dimension_is_solved_in_one_step():
    with np.errstate(all="raise"):
        for steps in (1, 3):
            rates = theory.optimal_rates(steps, [1.0], noise=0)
            assert theory.expected_loss(rates, [1.0], noise=0)[-1] == 0
