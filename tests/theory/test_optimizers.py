"""What the theory of optimizers promises, held against torch: limits, warmups, averages, equivalences."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import schedules, tasks, theory
from lrlib.schedules import constant, cosine, linear

betas = st.floats(0, 0.99)
curvatures = st.floats(0.01, 100)


def weight(values):
    return torch.nn.Parameter(torch.tensor(values, dtype=torch.float64))


# ---------------------------------------------------------------- stability


def companion(product, beta, nesterov):
    """(x_t, v_t) -> (x_{t+1}, v_{t+1}) of torch's SGD along one eigenvector; product = rate * curvature."""
    velocity = [1.0, beta]  # v <- gradient + beta v, in units where the gradient is x
    step = [1 + beta, beta**2] if nesterov else velocity
    return np.array([[1 - product * step[0], -product * step[1]], velocity])


def spectral_radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


@given(curvatures, betas, st.booleans())
def test_the_spectral_radius_passes_one_at_the_limit(curvature, beta, nesterov):
    product = theory.sgd_limit(curvature, beta, nesterov) * curvature
    assert spectral_radius(companion(product, beta, nesterov)) == pytest.approx(1, abs=1e-7)
    assert spectral_radius(companion(product * 1.001, beta, nesterov)) > 1 + 1e-6
    for share in (0.01, 0.3, 0.9, 0.999):
        assert spectral_radius(companion(product * share, beta, nesterov)) < 1


def test_limits_without_momentum_and_the_value_of_adam():
    assert theory.sgd_limit(4.0) == 0.5
    assert theory.sgd_limit(4.0, nesterov=True) == 0.5
    assert theory.adam_limit(1.0) == pytest.approx(38)
    assert theory.adam_limit(2.0, 0.0) == theory.sgd_limit(2.0)
    sharpness = theory.adam_limit(1e-3, 0.95)
    assert theory.adam_limit(sharpness, 0.95) == pytest.approx(1e-3)


def growth(optimizer, x, curvature, updates):
    """The largest |x| in the last tenth of a run on curvature x^2 / 2, over the start."""
    start, path = x.item(), []
    for _ in range(updates):
        x.grad = curvature * x.detach()
        optimizer.step()
        path.append(abs(x.item()) / start)
    return max(path[-updates // 10 :])


@pytest.mark.parametrize("momentum, nesterov", [(0.0, False), (0.5, False), (0.9, False), (0.9, True)])
def test_sgd_of_torch_converges_just_below_the_limit_and_diverges_just_above(momentum, nesterov):
    limit = theory.sgd_limit(3.0, momentum, nesterov)
    for share, converges in ((0.99, True), (1.01, False)):
        x = weight(1.0)
        sgd = torch.optim.SGD([x], lr=share * limit, momentum=momentum, nesterov=nesterov)
        last = growth(sgd, x, 3.0, 600)
        assert (last < 1e-3) if converges else (last > 1e3)


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_adam_of_torch_with_a_frozen_denominator_has_its_limit(beta1):
    """A second moment of 4 that hardly moves and a step count that makes both bias corrections 1."""
    curvature, preconditioner = 3.0, 2.0
    limit = theory.adam_limit(curvature / preconditioner, beta1)
    for share, converges in ((0.99, True), (1.01, False)):
        x = weight(1e-100)
        adam = torch.optim.Adam([x], lr=share * limit, betas=(beta1, 1 - 1e-12), eps=0.0)
        state = {"step": torch.tensor(1e15, dtype=torch.float64), "exp_avg": torch.zeros_like(x)}
        adam.state[x] = {**state, "exp_avg_sq": torch.full_like(x, preconditioner**2)}
        last = growth(adam, x, curvature, 600)
        assert adam.state[x]["exp_avg_sq"].item() == pytest.approx(preconditioner**2, rel=1e-6)
        assert (last < 1e-3) if converges else (last > 1e3)


def test_sharpness_is_the_largest_eigenvalue_of_the_whole_hessian():
    model = tasks.get("digits", hidden=(4,)).model(3)
    params, task = list(model.parameters()), tasks.get("digits", hidden=(4,))
    inputs, targets = task.batches(3, 1)[0]
    sizes = [p.numel() for p in params]

    def loss_of(flat):
        parts = [part.reshape(p.shape) for part, p in zip(flat.split(sizes), params, strict=True)]
        named = dict(zip(dict(model.named_parameters()), parts, strict=True))
        return task.loss(torch.func.functional_call(model, named, (inputs,)), targets)

    here = torch.cat([p.detach().reshape(-1) for p in params])
    hessian = torch.autograd.functional.hessian(loss_of, here).numpy()
    loss = task.loss(model(inputs), targets)
    assert theory.sharpness(loss, params) == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-9)
    denominators = np.random.default_rng(0).uniform(0.1, 2, len(here))
    eigenvalues = np.linalg.eigvals(hessian / denominators[:, None])
    loss = task.loss(model(inputs), targets)
    found = theory.sharpness(loss, params, denominators)
    assert found == pytest.approx(eigenvalues.real.max(), rel=1e-9)
    loss = task.loss(model(inputs), targets)
    with pytest.raises(ValueError, match="denominators must be 310 numbers > 0"):
        theory.sharpness(loss, params, denominators[1:])


# ---------------------------------------------------------------- warmup


def radam_factors(steps, beta2, threshold):
    """RAdam's own factors: 1, a step without a denominator, where the schedule says 0."""
    values = schedules.radam(beta2, threshold=threshold).values(steps)
    return np.where(values == 0, 1, values)


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999])
def test_the_rectifier_with_threshold_5_is_what_radam_of_torch_does(beta2):
    """Under gradients of 1 Adam's step is exactly 1, so an update divided by the rate is the factor."""
    x = weight(0.0)
    radam = torch.optim.RAdam([x], lr=0.1, betas=(0.9, beta2), eps=0.0)
    factors = []
    for _ in range(300):
        before = x.item()
        x.grad = torch.ones_like(x)
        radam.step()
        factors.append((before - x.item()) / 0.1)
    wanted, of_paper = (radam_factors(300, beta2, threshold) for threshold in (5, 4))
    assert np.array(factors) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert (of_paper == 1).sum() < (wanted == 1).sum()
    assert not np.allclose(of_paper, factors, atol=1e-3)


@settings(deadline=None)
@given(st.floats(0.7, 0.9999))
def test_the_rectifier_rises_from_nothing_to_one(beta2):
    factors = schedules.radam(beta2).values(int(30 / (1 - beta2)))
    used = factors[factors > 0]
    assert (factors[:4] == 0).all() and len(used) and (np.diff(used) >= -1e-12).all()
    assert used[0] < 1 and used[-1] == pytest.approx(1, abs=1e-3)


def test_untuned_warmups_end_where_their_rules_say():
    beta2, updates = 0.99, np.arange(1, 1001)  # the paper counts from 1, as Adam does
    straight = schedules.untuned_linear(beta2).values(1000)
    curved = schedules.untuned_exponential(beta2).values(1000)
    assert straight == pytest.approx(np.minimum(1, updates * (1 - beta2) / 2), rel=1e-12)
    assert curved == pytest.approx(1 - np.exp(-(1 - beta2) * updates), rel=1e-12)
    assert np.argmax(straight >= 1) + 1 == 200  # 2 / (1 - beta2) updates
    assert curved[99] == pytest.approx(1 - np.exp(-1)) and curved[-1] < 1


# ---------------------------------------------------------------- AdamW as an average


@pytest.mark.parametrize("shape", [constant(1, 60), cosine(1, 0, 60), linear(0, 1, 10) >> linear(1, 0, 50)])
def test_adamw_of_torch_ends_at_the_weighted_average_of_adams_steps(shape):
    """Adam without decay, on the same gradients, shows its steps; AdamW's weights must be their average."""
    rng = np.random.default_rng(0)
    gradients = torch.tensor(rng.normal(0.3, 1, (60, 4)))
    rates, decay = 0.05 * shape.values(60), 3.0
    plain, decayed = weight([1.0, -2.0, 0.5, 3.0]), weight([1.0, -2.0, 0.5, 3.0])
    adam = torch.optim.Adam([plain], lr=1.0)
    adamw = torch.optim.AdamW([decayed], lr=1.0, weight_decay=decay)
    terms = [decayed.detach().clone().numpy()]
    for rate, gradient in zip(rates, gradients, strict=True):
        before = plain.detach().clone()
        for optimizer, x in ((adam, plain), (adamw, decayed)):
            optimizer.param_groups[0]["lr"] = rate if optimizer is adamw else 1.0
            x.grad = gradient.clone()
            optimizer.step()
        terms.append((plain.detach() - before).numpy() / decay)
    weights = theory.adamw_weights(rates, decay)
    assert weights @ np.array(terms) == pytest.approx(decayed.detach().numpy(), rel=1e-10)
    assert weights[::-1] @ np.array(terms) != pytest.approx(decayed.detach().numpy(), rel=0.1)


@given(st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=1, max_size=4), st.floats(0.1, 1))
def test_the_weights_of_adamw_sum_to_one(rows, decay):
    weights = theory.adamw_weights(np.array(rows), decay)
    assert weights.shape == (len(rows), 6)
    assert (weights >= 0).all() and weights.sum(axis=-1) == pytest.approx(np.ones(len(rows)), rel=1e-12)


def test_a_constant_rate_averages_over_a_known_window():
    """A geometric average with weights alpha (1 - alpha)^k counts like 2 / alpha - 1 equal ones."""
    weights = theory.adamw_weights(np.full(5000, 0.1), 0.1)
    assert theory.effective_window(weights) == pytest.approx(2 / 0.01 - 1, rel=1e-9)
    assert theory.effective_window([[0, 1, 0], [2, 2, 2]]) == pytest.approx([1, 3])
    to_zero = theory.adamw_weights(0.1 * linear(1, 0, 5000).values(5000), 0.1)
    assert theory.effective_window(to_zero) > 2 * theory.effective_window(weights)


# ---------------------------------------------------------------- decay as a growing rate


def scale_invariant_gradient(x):
    """Gradient of a loss of the direction of x only: logistic regression on normalised weights."""
    generator = torch.Generator().manual_seed(3)
    inputs = torch.randn(30, len(x), generator=generator, dtype=torch.float64)
    labels = (torch.rand(30, generator=generator) < 0.5).double()
    leaf = torch.tensor(x, requires_grad=True)
    torch.nn.functional.binary_cross_entropy_with_logits(3 * inputs @ (leaf / leaf.norm()), labels).backward()
    return leaf.grad.numpy()


def displaced(rates, momentum, decay, before, start, gradient=scale_invariant_gradient):
    """x_{t+1} = x_t + momentum (x_t - x_{t-1}) - rate (gradient + decay x_t): every x_t from the start on."""
    path = [before, start]
    for rate in rates:
        x, last = path[-1], path[-2]
        path.append(x + momentum * (x - last) - rate * (gradient(x) + decay * x))
    return np.array(path[1:])


def apart(first, second):
    """The largest distance of two paths' directions."""
    unit = [path / np.linalg.norm(path, axis=1, keepdims=True) for path in (first, second)]
    return np.linalg.norm(unit[0] - unit[1], axis=1).max()


START, BEFORE = np.array([0.8, -0.5, 0.3, 1.1]), np.array([0.82, -0.5, 0.28, 1.1])


@pytest.mark.parametrize("momentum, decay", [(0.9, 5e-4), (0.9, 5e-3), (0.0, 0.05)])
def test_weight_decay_is_a_growing_rate_for_a_loss_of_directions(momentum, decay):
    rate, steps = 0.1, 300
    same = theory.growing_rate(rate, momentum, decay, steps)
    decayed = displaced(np.full(steps, rate), momentum, decay, BEFORE, START)
    grown = displaced(same.rates, same.momentum, 0.0, same.shrink * BEFORE, START)
    assert apart(decayed, grown) < 1e-10
    assert decayed == pytest.approx(grown * same.shrink ** np.arange(steps + 1)[:, None], rel=1e-9)
    assert apart(decayed[[0, -1]], decayed[[0, 0]]) > 0.1
    constant_rate = displaced(np.full(steps, rate), momentum, 0.0, BEFORE, START)
    assert apart(decayed, constant_rate) > 1e-4


def test_the_equivalence_needs_a_loss_of_directions():
    def bowl(x):
        return 0.1 * x

    same = theory.growing_rate(0.1, 0.9, 0.02, 60)
    decayed = displaced(np.full(60, 0.1), 0.9, 0.02, BEFORE, START, bowl)
    grown = displaced(same.rates, same.momentum, 0.0, same.shrink * BEFORE, START, bowl)
    ratio = np.linalg.norm(decayed, axis=1) / np.linalg.norm(grown, axis=1)
    assert np.abs(np.log(ratio / same.shrink ** np.arange(61))).max() > 0.1


def test_sgd_of_torch_walks_the_same_directions_with_its_momentum_unchanged():
    """Its buffer is multiplied by the current rate, which already shrinks a step of before as it must."""
    rate, momentum, decay, steps = 0.1, 0.9, 0.01, 200
    same = theory.growing_rate(rate, momentum, decay, steps)
    paths = {}
    for name, mu, wd, rates in (
        ("decayed", momentum, decay, np.full(steps, rate)),
        ("grown", momentum, 0.0, same.rates),
        ("wrong", same.momentum, 0.0, same.rates),
    ):
        x = weight(START.copy())
        sgd = torch.optim.SGD([x], lr=1.0, momentum=mu, weight_decay=wd)
        # the step into the start: none for "decayed", psi_0 - psi_{-1} = (1 - shrink) theta_0 for the others
        buffer = 0.0 if wd else -(1 - same.shrink) / (rate * same.shrink)
        sgd.state[x]["momentum_buffer"] = buffer * x.detach().clone()
        path = [copy.copy(START)]
        for lr in rates:
            sgd.param_groups[0]["lr"] = lr
            x.grad = torch.tensor(scale_invariant_gradient(x.detach().numpy().copy()))
            sgd.step()
            path.append(x.detach().numpy().copy())
        paths[name] = np.array(path)
    assert apart(paths["decayed"], paths["grown"]) < 1e-10
    assert apart(paths["decayed"], paths["wrong"]) > 1e-4


def test_the_rate_grows_by_a_constant_factor_and_is_constant_without_decay():
    same = theory.growing_rate(0.1, 0.9, 5e-4, 50)
    assert same.rates[1:] / same.rates[:-1] == pytest.approx(np.full(49, same.shrink**-2), rel=1e-12)
    still = theory.growing_rate(0.1, 0.9, 0.0, 3)
    assert still.momentum == pytest.approx(0.9) and still.shrink == pytest.approx(1)
    assert still.rates == pytest.approx([0.1] * 3)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "message, call",
    [
        ("curvature must", lambda: theory.sgd_limit(0.0)),
        ("momentum must", lambda: theory.sgd_limit(1.0, 1.0)),
        ("sharpness must", lambda: theory.adam_limit(-1.0)),
        ("beta1 must", lambda: theory.adam_limit(1.0, 1.0)),
        ("beta2 must", lambda: schedules.radam(0.5)),
        ("threshold must", lambda: schedules.radam(threshold=3)),
        ("weight_decay must", lambda: theory.adamw_weights([0.1], 0.0)),
        ("rates must be at most", lambda: theory.adamw_weights([0.1, 0.3], 5.0)),
        ("weights must", lambda: theory.effective_window([0.0, 0.0])),
        ("rate \\* weight_decay must be below", lambda: theory.growing_rate(0.1, 0.9, 0.1, 3)),
        ("rate \\* weight_decay must be below", lambda: theory.growing_rate(1.0, 0.0, 1.0, 3)),
        ("rate must", lambda: theory.growing_rate(0.0, 0.9, 0.1, 3)),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(message, call):
    with pytest.raises(ValueError, match=message):
        call()
