"""What the convex theory promises: bounds that hold and fit closed forms, steps that reach their rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import schedules, theory
from lrlib.schedules import constant, cosine, linear, wsd

positive = st.floats(0.01, 10)
lists = st.lists(positive, min_size=2, max_size=30).map(np.array)


def bound_as_printed(rates, norms, distance):
    """The formula of the paper, sum by sum, with 1-based indices."""
    steps = len(rates)
    eta, g = dict(enumerate(rates, 1)), dict(enumerate(norms, 1))
    total = sum(eta[t] for t in eta)
    bound = (distance**2 + sum(eta[t] ** 2 * g[t] ** 2 for t in eta)) / (2 * total)
    for k in range(1, steps):
        noise = sum(eta[t] ** 2 * g[t] ** 2 for t in range(k, steps + 1))
        length = sum(eta[t] for t in range(k, steps + 1))
        bound += eta[k] / (length - eta[k]) * noise / length / 2
    return bound


def worst_rows(rng):
    """A random max_i |A_i . x| and a start."""
    dims = int(rng.integers(1, 6))
    return rng.normal(size=(rng.integers(1, 9), dims)), rng.normal(size=dims)


# ---------------------------------------------------------------- the last iterate


@settings(deadline=None)
@given(lists, positive, st.randoms(use_true_random=False))
def test_the_bound_by_suffix_sums_is_the_printed_double_sum(rates, distance, random):
    norms = np.array([random.uniform(0, 3) for _ in rates])
    got = theory.last_iterate_bound(rates, norms, distance)
    assert got == pytest.approx(bound_as_printed(rates, norms, distance), rel=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 10, 400])
def test_the_bound_of_a_constant_rate_has_a_closed_form(steps):
    """D^2 / (2 gamma T) + gamma G^2 / 2 (1 + H_{T-1}), least at D G sqrt((1 + H_{T-1}) / T)."""
    harmonic = np.sum(1 / np.arange(1, steps))
    rate, norm, distance = 0.3, 1.7, 2.5
    wanted = distance**2 / (2 * rate * steps) + rate * norm**2 / 2 * (1 + harmonic)
    assert theory.last_iterate_bound(np.full(steps, rate), norm, distance) == pytest.approx(wanted, rel=1e-12)
    base_lr, best = theory.tuned_bound(np.ones(steps), norm, distance)
    assert best == pytest.approx(distance * norm * np.sqrt((1 + harmonic) / steps), rel=1e-12)
    assert base_lr == pytest.approx(distance / norm / np.sqrt(steps * (1 + harmonic)), rel=1e-12)


@settings(deadline=None)
@given(lists, positive, positive)
def test_the_tuned_bound_is_the_lowest_of_all_base_rates(shape, norm, distance):
    base_lr, best = theory.tuned_bound(shape, norm, distance)
    scales = np.geomspace(0.1, 10, 201)[:, None]
    bounds = theory.last_iterate_bound(base_lr * scales * shape, norm, distance)
    assert bounds.shape == (201,)
    assert bounds.min() == pytest.approx(best, rel=1e-10) and bounds.argmin() == 100
    of_distance, of_gradients = theory.bound_terms(shape, norm, distance)
    assert of_distance / 0.7 + 0.7 * of_gradients == pytest.approx(
        theory.last_iterate_bound(0.7 * shape, norm, distance), rel=1e-12
    )


def test_linear_decay_loses_a_factor_two_to_the_minimax_value_and_no_logarithm():
    scaled = [theory.tuned_bound(linear(1, 0, n).values(n))[1] * np.sqrt(n) for n in (100, 1000, 10_000)]
    assert np.all(np.diff(scaled) < 0) and 2 < scaled[-1] < 2.001
    flat = [theory.tuned_bound(np.ones(n))[1] * np.sqrt(n) for n in (100, 1000, 10_000)]
    assert np.all(np.diff(flat) > 0.3)


def test_the_bound_ranks_schedules_by_how_they_end():
    steps = 400
    shapes = [linear(1, 0, steps), cosine(1, 0, steps), wsd(steps, 0, 80), constant(1, steps)]
    bounds = theory.tuned_bound(np.stack([shape.values(steps) for shape in shapes]))[1]
    assert (np.diff(bounds) > 0).all()


def test_no_subgradient_run_exceeds_its_bound():
    rng = np.random.default_rng(0)
    closest, half_exceeded = 0.0, 0
    for _ in range(400):
        matrix, start = worst_rows(rng)
        shape = (
            rng.uniform(0.01, 1, rng.integers(1, 40)) if rng.random() < 0.5 else np.ones(rng.integers(1, 40))
        )
        rates = np.geomspace(0.01, 10, 12)[:, None] * shape
        values, norms = theory.subgradient_run(rates, matrix, start)
        ratio = values[:, -1] / theory.last_iterate_bound(rates, norms, np.linalg.norm(start))
        closest = max(closest, ratio.max())
        half_exceeded += (ratio > 0.5).any()
    assert closest <= 1 + 1e-12
    assert closest > 0.9 and half_exceeded > 20


def test_a_subgradient_run_is_the_textbook_loop():
    rng = np.random.default_rng(1)
    matrix, start = rng.normal(size=(5, 3)), rng.normal(size=3)
    rates = rng.uniform(0, 0.5, (2, 12))
    values, norms = theory.subgradient_run(rates, matrix, start)
    for row in range(2):
        x = start.copy()
        for t, rate in enumerate(rates[row]):
            i = int(np.argmax(np.abs(matrix @ x)))
            assert values[row, t] == pytest.approx(abs(matrix[i] @ x), rel=1e-12)
            assert norms[row, t] == pytest.approx(np.sqrt(matrix[i] @ matrix[i]), rel=1e-12)
            x -= rate * np.sign(matrix[i] @ x) * matrix[i]


# ---------------------------------------------------------------- refined schedules


def rates_refined(norms, smoothing=0, power=2):
    return schedules.refined(norms, smoothing, power).values(len(norms))


@given(st.integers(2, 200), positive, st.floats(0, 0.5), st.floats(0.5, 3))
def test_constant_gradient_norms_give_linear_decay(steps, norm, smoothing, power):
    refined = rates_refined(np.full(steps, norm), smoothing, power)
    assert refined == pytest.approx(linear(1, 0, steps - 1).values(steps), abs=1e-12)


def test_large_gradients_early_give_a_warmup_and_growing_ones_a_fast_end():
    t = np.arange(200)
    falling = rates_refined(1 + 9 * np.exp(-t / 20))
    assert falling.argmax() > 30 and falling[0] < 0.05
    growing = rates_refined(1 + t / 50)
    assert (growing[1:-1] < linear(1, 0, 199).values(200)[1:-1]).all()


@settings(deadline=None)
@given(lists, positive)
def test_refined_rates_are_weights_times_later_weights(norms, power):
    power = min(power, 4)
    weights = norms**-power
    wanted = np.array([w * weights[t + 1 :].sum() for t, w in enumerate(weights)])
    refined = rates_refined(norms, power=power)
    assert refined == pytest.approx(wanted / wanted.max(), rel=1e-12)
    assert refined.max() == 1 and refined[-1] == 0


def test_runs_at_refined_rates_keep_the_bound_that_the_schedule_minimises():
    """f(x_T) - f* <= (D^2 + s^2 sum w^2 G^2) / (2 s sum w) for any w; D / sqrt(sum G^-2) for w = G^-2."""
    rng = np.random.default_rng(2)
    closest = 0.0
    for _ in range(300):
        matrix, start = worst_rows(rng)
        weights, distance = rng.uniform(0.05, 1, rng.integers(2, 40)), np.linalg.norm(start)
        left = weights.sum() - np.cumsum(weights)
        scale = rng.uniform(0.1, 3)
        rates = np.r_[scale * weights[:-1] * left[:-1] / weights.sum(), 0]
        values, norms = theory.subgradient_run(rates, matrix, start)
        bound = (distance**2 + scale**2 * np.sum(weights**2 * norms**2)) / (2 * scale * weights.sum())
        closest = max(closest, values[-1] / bound)
        best = distance / np.sqrt(np.sum(norms**-2.0))
        assert bound >= best * (1 - 1e-12)
    assert 0.9 < closest <= 1 + 1e-12
    chosen = norms**-2.0
    scale = distance / np.sqrt(chosen.sum())
    reached = (distance**2 + scale**2 * np.sum(chosen**2 * norms**2)) / (2 * scale * chosen.sum())
    assert reached == pytest.approx(best, rel=1e-12)


def test_smoothing_is_a_median_over_the_norms_that_mirrors_the_end_only():
    norms = np.random.default_rng(3).uniform(1, 3, 40)
    half = int(0.2 * 40) // 2
    seen = np.r_[np.full(half, norms[0]), norms, norms[-2 : -2 - half : -1]]
    smooth = [np.median(seen[t : t + 2 * half + 1]) for t in range(40)]
    assert rates_refined(norms, 0.2) == pytest.approx(rates_refined(smooth), rel=1e-12)
    spiky = np.where(np.arange(40) == 20, 1e-6, 1.0)
    assert rates_refined(spiky, 0.1) == pytest.approx(linear(1, 0, 39).values(40), abs=1e-12)
    assert rates_refined(spiky)[30] < 1e-9


# ---------------------------------------------------------------- Chebyshev steps


@settings(deadline=None)
@given(st.sampled_from([1, 2, 4, 8, 16, 32]), st.floats(1.1, 100), st.randoms(use_true_random=False))
def test_chebyshev_steps_leave_their_residual_and_no_other_steps_leave_less(steps, condition, random):
    rates = schedules.chebyshev(steps, condition).values(steps)  # of 1 / L, here 1
    middle, half = (1 + 1 / condition) / 2, (1 - 1 / condition) / 2
    curvatures = middle + half * np.cos(np.linspace(0, np.pi, 40 * steps + 1))
    left = np.prod(1 - rates[:, None] * curvatures, axis=0)
    residual = theory.chebyshev_residual(steps, 1 / condition, 1)
    polynomial = np.polynomial.Chebyshev.basis(steps)
    assert residual == pytest.approx(1 / polynomial(middle / half), rel=1e-6)
    assert np.abs(left).max() == pytest.approx(residual, rel=1e-8, abs=1e-15)
    nudged = rates * np.array([1 + random.uniform(-0.01, 0.01) for _ in rates])
    worst = np.abs(np.prod(1 - nudged[:, None] * curvatures, axis=0)).max()
    assert worst >= residual * (1 - 1e-9) - 1e-15
    assert residual <= ((condition - 1) / (condition + 1)) ** steps * (1 + 1e-9)


def test_the_residual_stays_finite_where_cosh_overflows():
    assert theory.chebyshev_residual(0, 0.1, 1) == 1
    assert 0 <= theory.chebyshev_residual(10**6, 0.1, 1) < 1e-300


def test_chebyshev_steps_come_in_an_order_that_pairs_each_with_its_opposite():
    def order(steps):
        return np.argsort(np.argsort(-schedules.chebyshev(steps, 20).values(steps)))

    assert order(8).tolist() == [0, 7, 3, 4, 1, 6, 2, 5]
    for steps in (2, 64):
        assert (order(steps)[::2] + order(steps)[1::2] == steps - 1).all()


def test_chebyshev_steps_need_the_fractal_order_in_floating_point():
    """One dense quadratic, kappa = 10^4, 512 steps: in exact arithmetic all orders end at the same point."""
    steps, dims, smallest = 512, 30, 1e-4
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(dims, dims)))[0]
    hessian = basis @ np.diag(np.geomspace(smallest, 1, dims)) @ basis.T
    wanted = rng.normal(size=dims)
    fractal = schedules.chebyshev(steps, 1 / smallest).values(steps)

    def left(rates):
        x = np.zeros(dims)
        with np.errstate(over="ignore", invalid="ignore"):
            for rate in rates:
                x = x - rate * (hessian @ x - hessian @ wanted)
            return np.linalg.norm(x - wanted) / np.linalg.norm(wanted)

    bound = theory.chebyshev_residual(steps, smallest, 1)
    largest_first = np.sort(fractal)[::-1]
    assert left(fractal) <= bound
    assert not left(largest_first) < 1e3 * bound
    assert not left(largest_first[::-1]) < 1e3 * bound


# ---------------------------------------------------------------- silver steps


def huber(slope):
    """A convex function with 1-Lipschitz gradients, quadratic near 0 and then straight; its gradient."""

    def value(x):
        return np.where(abs(x) < slope, x**2 / 2, slope * abs(x) - slope**2 / 2)

    return value, lambda x: np.clip(x, -slope, slope)


def descend(rates, gradient, x):
    for rate in rates:
        x = x - rate * gradient(x)
    return x


def test_silver_steps_are_the_fractal_of_the_silver_ratio():
    root = np.sqrt(2)
    wanted = [root, 2, root, 2 + root, root, 2, root]
    assert schedules.silver().values(7) == pytest.approx(wanted, rel=1e-12)
    twice = [*wanted, 1 + (1 + root) ** 2, *wanted]
    assert schedules.silver().values(15) == pytest.approx(twice, rel=1e-12)
    for k in range(1, 9):
        assert schedules.silver().values(2**k - 1).sum() == pytest.approx((1 + root) ** k - 1, rel=1e-12)


@pytest.mark.parametrize("k", range(1, 9))
def test_silver_steps_on_the_worst_huber_function_reach_about_half_their_bound(k):
    steps = 2**k - 1
    power = (1 + np.sqrt(2)) ** k
    value, gradient = huber(1 / (2 * power - 1))
    reached = value(descend(schedules.silver().values(steps), gradient, 1.0))
    assert reached == pytest.approx(1 / (4 * power - 2), rel=1e-10)
    assert 0.5 <= reached / theory.silver_bound(steps) < 0.75
    value, gradient = huber(1 / (2 * steps + 1))
    constant_steps = value(descend(np.ones(steps), gradient, 1.0))
    assert constant_steps == pytest.approx(1 / (4 * steps + 2), rel=1e-10)
    assert reached < constant_steps


def test_silver_steps_keep_their_bound_on_quadratics_hubers_and_logistic_losses():
    for steps in (1, 3, 7, 31):
        rates, bound = schedules.silver().values(steps), theory.silver_bound(steps)
        curvatures = np.linspace(0, 1, 20_001)
        left = np.prod(1 - rates[:, None] * curvatures, axis=0)
        assert (curvatures * left**2 / 2).max() <= bound
        for slope in np.geomspace(1e-4, 1, 400):
            value, gradient = huber(slope)
            assert value(descend(rates, gradient, 1.0)) <= bound
        for x in np.linspace(-30, 30, 121):  # 4 log cosh(x / 2): curvature 1 at the minimum 0
            end = descend(rates, lambda x: 2 * np.tanh(x / 2), x)
            assert 4 * np.log(np.cosh(end / 2)) <= bound * x**2 + 1e-12


def test_the_silver_bound_scales_and_falls_like_its_power():
    assert theory.silver_bound(0) == 0.5
    assert theory.silver_bound(7, 3.0, 2.0) == pytest.approx(12 * theory.silver_bound(7), rel=1e-12)
    fall = np.log2(theory.silver_bound(2**10 - 1) / theory.silver_bound(2**11 - 1))
    assert fall == pytest.approx(np.log2(1 + np.sqrt(2)), rel=1e-4)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "message, call",
    [
        ("last of the rates", lambda: theory.last_iterate_bound([1.0, 0.0])),
        ("last of the rates", lambda: theory.last_iterate_bound([])),
        ("grad_norms must", lambda: theory.last_iterate_bound([1.0, 1.0], -1.0)),
        ("grad_norms must", lambda: theory.last_iterate_bound([1.0, 1.0], [1.0, 1.0, 1.0])),
        ("grad_norms must", lambda: theory.tuned_bound([1.0, 1.0], 0.0)),
        ("distance must", lambda: theory.tuned_bound([1.0, 1.0], 1.0, 0.0)),
        ("start must fit", lambda: theory.subgradient_run([1.0], np.eye(2), [1.0])),
        ("two or more", lambda: rates_refined([1.0])),
        ("grad_norms must", lambda: rates_refined([1.0, 0.0])),
        ("smoothing", lambda: rates_refined([1.0, 1.0], 1.0)),
        ("power", lambda: rates_refined([1.0, 1.0], power=0)),
        ("smallest must be below", lambda: theory.chebyshev_residual(3, 1.0, 1.0)),
        ("smallest must be", lambda: theory.chebyshev_residual(3, 0.0, 1.0)),
        ("smoothness", lambda: theory.silver_bound(3, 0.0)),
        ("2\\^k - 1", lambda: theory.silver_bound(8)),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(message, call):
    with pytest.raises(ValueError, match=message):
        call()
