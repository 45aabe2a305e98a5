"""The methods against their formulas, written out again in NumPy from the papers, and against torch's own."""

import itertools
from math import inf, sqrt

import numpy as np
import pytest
import torch

from lrlib.adaptive import (
    ALIG,
    L4,
    AdaGradNorm,
    Armijo,
    BarzilaiBorwein,
    HyperAdam,
    HyperSGD,
    MoMo,
    MoMoAdam,
    Polyak,
    SPSMax,
)
from tests.adaptive.golden import trained
from tests.adaptive.problems import PROBLEMS

STEPS = 60
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


class Flat:
    """A problem of one long vector: its value f(x, t), and the gradient g(x, t)."""

    def __init__(self, problem):
        self.problem, self.shapes = problem, [each.shape for each in problem.start]
        self.start = joined(problem.start)

    def parts(self, x):
        ends = itertools.accumulate(np.prod(shape, dtype=int) for shape in self.shapes)
        pieces = np.split(x, [*ends][:-1])
        return tuple(piece.reshape(shape) for piece, shape in zip(pieces, self.shapes, strict=True))

    def f(self, x, t):
        return float(self.problem.loss(self.parts(x), t))

    def g(self, x, t):
        return joined(self.problem.gradient(self.parts(x), t))


def joined(arrays):
    return np.concatenate([each.ravel() for each in arrays])


def path(problem, kind, steps=STEPS, **knobs):
    """The weights after each step of a method or of an optimizer of torch, (steps, weights)."""
    seen = trained(problem, lambda weights: kind(weights, **knobs), steps)
    return np.array([joined(weights) for _, weights in seen])


def assert_goes(problem, kind, formula, steps=STEPS, **knobs):
    """Whether a method goes where a generator goes that yields the weights after each step."""
    expected = np.array([*itertools.islice(formula(Flat(problem)), steps)])
    np.testing.assert_allclose(path(problem, kind, steps, **knobs), expected, rtol=1e-9, atol=1e-12)


@every_problem
@pytest.mark.parametrize("b0", [0.0, 3.0])
def test_adagrad_norm_divides_by_the_root_of_the_sum_of_squares(problem, b0):
    def formula(on):
        x, total = on.start, b0**2
        for t in itertools.count():
            g = on.g(x, t)
            total += g @ g
            x = x - 0.7 * g / sqrt(total)
            yield x

    assert_goes(problem, AdaGradNorm, formula, lr=0.7, b0=b0)


def test_adagrad_norm_of_one_weight_is_torchs_adagrad():
    def run(kind, **knobs):
        weight = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
        optimizer = kind([weight], **knobs)
        for t in range(STEPS):
            optimizer.zero_grad()
            ((weight - t % 3) ** 2).sum().backward()
            optimizer.step()
        return weight.item()

    torchs = run(torch.optim.Adagrad, lr=0.5, initial_accumulator_value=0.04, eps=0)
    assert run(AdaGradNorm, lr=0.5, b0=0.2) == pytest.approx(torchs, rel=1e-12)


@every_problem
@pytest.mark.parametrize("growth", [2 ** (1 / 20), inf])
def test_sps_max_is_polyaks_step_below_a_cap_that_may_grow(problem, growth):
    def formula(on):
        x, cap = on.start, 0.8
        for t in itertools.count():
            g = on.g(x, t)
            cap = cap * growth if growth < inf else 0.8
            rate = min(on.f(x, t) / (0.5 * (g @ g) + 1e-8), cap)
            cap = rate if growth < inf else cap
            x = x - rate * g
            yield x

    assert_goes(problem, SPSMax, formula, steps=30, lr=0.8, growth=growth)  # chaotic on the quadratic


@every_problem
@pytest.mark.parametrize("adjusted", [False, True])
def test_ali_g_goes_on_by_its_momentum(problem, adjusted):
    def formula(on):
        x, v = on.start, 0.0
        for t in itertools.count():
            g = on.g(x, t)
            rate = min(on.f(x, t) / (g @ g + 1e-5), 0.1)
            v = 0.9 * v - (1 if adjusted else rate) * g
            x = x - rate * g + 0.9 * v * (rate if adjusted else 1)
            yield x

    assert_goes(problem, ALIG, formula, momentum=0.9, adjusted_momentum=adjusted)


@every_problem
@pytest.mark.parametrize("direction", ["momentum", "adam"])
def test_l4_makes_a_linear_loss_reach_its_target(problem, direction):
    def formula(on):
        x, m, s, lowest = on.start, 0.0, 0.0, None
        for t in itertools.count(1):
            loss, g = on.f(x, t - 1), on.g(x, t - 1)
            lowest = 0.75 * loss if lowest is None else min(lowest, loss)
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            mean = m / (1 - 0.9**t)
            v = mean if direction == "momentum" else mean / (np.sqrt(s / (1 - 0.999**t)) + 1e-4)
            x = x - 0.15 * (loss - 0.9 * lowest) / (mean @ v + 1e-12) * v
            lowest *= 1 + 1e-3
            yield x

    assert_goes(problem, L4, formula, direction=direction)


@every_problem
def test_a_learned_rate_follows_the_product_of_gradient_and_last_direction(problem):
    def formula(on):
        x, rate, u, b = on.start, 0.02, 0.0, 0.0
        for t in itertools.count():
            g = on.g(x, t) + 0.1 * x
            rate += 1e-4 * np.sum(g * u)
            b = 0.9 * b + g
            u = g + 0.9 * b
            x = x - rate * u
            yield x

    knobs = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "hypergrad_lr": 1e-4}
    assert_goes(problem, HyperSGD, formula, lr=0.02, **knobs)


@every_problem
@pytest.mark.parametrize("convention", ["paper", "program"])
def test_a_learned_rate_of_adam_moves_once_a_step_or_once_a_tensor(problem, convention):
    def formula(on):
        x, rate, m, s, u = on.start, 0.02, 0.0 * on.start, 0.0 * on.start, 0.0 * on.start
        ends = np.cumsum([each.size for each in problem.start])
        parts = [slice(end - each.size, end) for end, each in zip(ends, problem.start, strict=True)]
        parts = parts if convention == "program" else [slice(None)]
        for t in itertools.count(1):
            g = on.g(x, t - 1)
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            if convention == "program":  # written as there: the whole correction in the rate
                now = m / (np.sqrt(s) + 1e-3) * sqrt(1 - 0.999**t) / (1 - 0.9**t)
            else:
                now = m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-3)
            x = x.copy()
            for part in parts:
                rate += 1e-3 * (g[part] @ u[part])
                x[part] -= rate * now[part]
            u = now
            yield x

    assert_goes(problem, HyperAdam, formula, lr=0.02, hypergrad_lr=1e-3, eps=1e-3, convention=convention)


def test_the_rate_is_learned_down_the_slope_of_the_loss_by_the_last_rate():
    on, x, a, h = Flat(PROBLEMS["net"]), Flat(PROBLEMS["net"]).start, 0.1, 1e-6
    u = on.g(x, 0)
    slope = (on.f(x - (a + h) * u, 1) - on.f(x - (a - h) * u, 1)) / (2 * h)
    weights = [torch.nn.Parameter(torch.tensor(each)) for each in PROBLEMS["net"].start]
    optimizer = HyperSGD(weights, lr=a, hypergrad_lr=1e-3)
    for t in range(2):
        now = tuple(each.detach().numpy() for each in weights)
        for weight, gradient in zip(weights, PROBLEMS["net"].gradient(now, t), strict=True):
            weight.grad = torch.tensor(gradient)
        optimizer.step()
    assert optimizer.param_groups[0]["rate"] - a == pytest.approx(-1e-3 * slope, rel=1e-6)


@every_problem
@pytest.mark.parametrize("variant", ["long", "short"])
def test_barzilai_and_borweins_rate_is_that_of_the_last_step(problem, variant):
    def formula(on):
        x, rate, before = on.start, 1e-3, None
        for t in itertools.count():
            g = on.g(x, t)
            if before:
                s, y = x - before[0], g - before[1]
                rate = min(s @ s / abs(s @ y) if variant == "long" else abs(s @ y) / (y @ y), 2.0)
            before = x, g
            x = x - 0.5 * rate * g
            yield x

    assert_goes(problem, BarzilaiBorwein, formula, steps=20, lr=0.5, variant=variant, most=2.0)


@every_problem
def test_armijo_takes_the_first_rate_of_the_row_that_will_do(problem):
    def formula(on):
        x, eta = on.start, 2.0
        for t in itertools.count():
            f, g = on.f(x, t), on.g(x, t)
            row = (min(1.2 * eta, 3.0) * 0.7**k for k in itertools.count())
            eta = next(eta for eta in row if on.f(x - eta * g, t) <= f - 0.2 * eta * (g @ g))
            x = x - eta * g
            yield x

    assert_goes(problem, Armijo, formula, lr=2.0, c=0.2, shrink=0.7, growth=1.2, most=1.5)


TORCHS = [
    (HyperSGD, {"momentum": 0.9, "weight_decay": 0.1}, torch.optim.SGD),
    (HyperSGD, {"momentum": 0.5, "nesterov": True}, torch.optim.SGD),
    (HyperAdam, {"betas": (0.8, 0.99), "eps": 1e-3}, torch.optim.Adam),
    (MoMoAdam, {"eps": 1e-3}, torch.optim.Adam),
    (MoMoAdam, {"weight_decay": 0.5}, torch.optim.AdamW),
]


@pytest.mark.parametrize(("kind", "knobs", "torchs"), TORCHS)
@every_problem
def test_where_nothing_adapts_a_method_is_torchs_own_optimizer(problem, kind, knobs, torchs):
    still = {"decay": "adamw"} if kind is MoMoAdam else {"hypergrad_lr": 0.0}  # a small lr is MoMo's cap
    found = path(problem, kind, lr=1e-4, **knobs, **still)
    np.testing.assert_allclose(found, path(problem, torchs, lr=1e-4, **knobs), rtol=1e-9, atol=1e-12)


@every_problem
def test_momo_without_memory_is_sps_max(problem):
    sps = path(problem, SPSMax, lr=0.3, f_min=0.1, c=1.0, eps=0.0)
    np.testing.assert_allclose(path(problem, MoMo, lr=0.3, lb=0.1, beta=0.0), sps, rtol=1e-9, atol=1e-12)


HALVED = {  # by a rate half as high: the step, or the cap above it
    "step": [(AdaGradNorm, {}), (Polyak, {}), (L4, {}), (BarzilaiBorwein, {}),
             (HyperSGD, {"hypergrad_lr": 0.01}), (HyperAdam, {"hypergrad_lr": 0.01})],
    "cap": [(SPSMax, {}), (ALIG, {}), (MoMo, {}), (MoMoAdam, {})],
}  # fmt: skip


def last_step(kind, knobs, factor):
    """The last of three steps on the quadratic, whose lr is multiplied, and its effective rate."""
    problem = Flat(PROBLEMS["quadratic"])
    weight = torch.nn.Parameter(torch.tensor(problem.start))
    optimizer = kind([weight], **knobs)
    for t in range(3):
        if t == 2:
            optimizer.param_groups[0]["lr"] *= factor
        before = weight.detach().numpy().copy()
        weight.grad = torch.tensor(problem.g(before, t))
        optimizer.step(lambda: problem.f(weight.detach().numpy(), 0))
    return weight.detach().numpy() - before, optimizer.effective_rates()[0]


@pytest.mark.parametrize(("kind", "knobs"), HALVED["step"])
def test_a_schedule_multiplies_the_step_where_it_is_said_to(kind, knobs):
    (whole, rate), (half, lower) = last_step(kind, knobs, 1), last_step(kind, knobs, 0.5)
    np.testing.assert_allclose(half, whole / 2, atol=1e-14)
    assert lower == pytest.approx(rate / 2, rel=1e-12)


@pytest.mark.parametrize(("kind", "knobs"), HALVED["cap"])
def test_a_schedule_multiplies_the_cap_where_it_is_said_to_and_not_the_step_below_it(kind, knobs):
    free, below = last_step(kind, {**knobs, "lr": 1e6}, 1), last_step(kind, {**knobs, "lr": 1e6}, 0.5)
    np.testing.assert_allclose(below[0], free[0], atol=1e-14)
    capped, lower = last_step(kind, {**knobs, "lr": 1e-5}, 1), last_step(kind, {**knobs, "lr": 1e-5}, 0.5)
    np.testing.assert_allclose(lower[0], capped[0] / 2, atol=1e-14)
    assert "A schedule multiplies the cap" in kind.__doc__ or kind is MoMoAdam
