"""What theorems, or their own conditions, promise of methods whose rates look at losses and gradients."""

from math import inf, sqrt

import numpy as np
import pytest
import torch

from lrlib.adaptive import METHODS, AdaGradNorm, Armijo, BarzilaiBorwein, Polyak, SPSMax
from lrlib.theory import adagrad_norm_regret
from tests.adaptive.problems import PROBLEMS, QUADRATIC
from tests.adaptive.test_every_method import STEPS, Run

RADIUS = 1.0  # of the ball that a player of the online game stays in
ROUNDS = 150
DRAWS = np.random.default_rng(5)
MATRIX = torch.from_numpy(DRAWS.normal(size=(7, 5)))


def stepped(optimizer, value):
    """One step on a function of the weights; value: () -> a tensor."""

    def closure():
        optimizer.zero_grad()
        loss = value()
        loss.backward()
        return loss

    return optimizer.step(closure).item()


ADVERSARIES = {  # the slope of round t, for a player who stands at x: each a way to be wrong-footed
    "always the same": lambda t, x: -np.ones_like(x),
    "away from where you stand": lambda t, x: np.where(x >= 0, 1.0, -1.0),
    "turning, and twice as steep each time": lambda t, x: (-2.0) ** min(t, 60) * np.ones_like(x),
    "turning, and three times as steep": lambda t, x: (-3.0) ** min(t, 40) * np.ones_like(x),
    "away, and steeper by a tenth": lambda t, x: 1.1**t * np.where(x >= 0, 1.0, -1.0),
    "in blocks that double": lambda t, x: (-1.0) ** int(np.log2(t + 1)) * np.ones_like(x),
    "a coin for each weight": lambda t, x: np.random.default_rng(t).choice([-1.0, 1.0], size=x.shape),
    "rare and heavy": lambda t, x: (100.0 if t % 50 == 49 else 0.01) * np.where(x >= 0, 1.0, -1.0),
}


def largest_share(slope, size, lr, b0):
    """The most, after any round, of what was lost against the best fixed point, over the bound of it."""
    x = torch.nn.Parameter(torch.zeros(size, dtype=torch.float64))
    optimizer, places, slopes = AdaGradNorm([x], lr=lr, b0=b0), [], []
    for t in range(ROUNDS):
        places.append(x.detach().numpy().copy())
        slopes.append(slope(t, places[-1]))
        x.grad = torch.tensor(slopes[-1])
        optimizer.step()
        with torch.no_grad():  # the projection on the ball
            x.mul_(min(1.0, RADIUS / max(x.norm().item(), 1e-300)))
    lost = np.cumsum(np.sum(np.multiply(places, slopes), axis=1))
    best = RADIUS * np.linalg.norm(np.cumsum(slopes, axis=0), axis=1)  # what the best fixed point wins
    bound = adagrad_norm_regret(np.linalg.norm(slopes, axis=1), 2 * RADIUS, lr, b0)
    return np.max((lost + best) / bound)


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(("lr", "b0"), [(0.3, 0.0), (sqrt(2) * RADIUS, 0.0), (3.0, 0.0), (sqrt(2), 5.0)])
def test_adagrad_norms_regret_is_within_its_bound_whoever_plays_against_it(size, lr, b0):
    shares = [largest_share(slope, size, lr, b0) for slope in ADVERSARIES.values()]
    assert max(shares) <= 1
    assert lr < 1 or max(shares) > 0.5  # half the bound would be no bound


CONVEX = {  # each with its lowest value, reached at 0
    "a parabola": (lambda x: (MATRIX @ x).square().sum() / 2, 0.0),
    "a cone": (lambda x: (MATRIX @ x).norm(), 0.0),
    "corners": (lambda x: (MATRIX @ x).abs().max() + 3, 3.0),
    "a valley without curvature": (lambda x: x.abs().sum() - 1, -1.0),
    "flat at its minimum": (lambda x: x.square().sum().square(), 0.0),
}


def distances(value, f_min, lr, steps=80):
    """How far the weights are from the minimum at 0 after each step, and the losses that were seen."""
    x = torch.nn.Parameter(torch.linspace(-1, 2, 5, dtype=torch.float64))
    optimizer, found, losses = Polyak([x], lr=lr, f_min=f_min), [x.norm().item()], []
    for _ in range(steps):
        losses.append(stepped(optimizer, lambda: value(x)))
        found.append(x.norm().item())
    return np.array(found), np.array(losses)


@pytest.mark.parametrize("lr", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", CONVEX)
def test_polyaks_step_with_the_exact_minimum_never_leads_away_from_it(name, lr):
    value, lowest = CONVEX[name]
    found, _ = distances(value, lowest, lr)
    assert (found[1:] <= found[:-1] * (1 + 1e-12) + 1e-12).all()
    assert found[-1] < found[0] or lr == 2  # twice the step may mirror the weights in the minimum, for ever


@pytest.mark.parametrize("name", CONVEX)
def test_polyaks_best_loss_comes_down_as_its_theorem_says(name):
    value, lowest = CONVEX[name]
    found, losses = distances(value, lowest, 1.0)
    x = torch.linspace(-1, 2, 5, dtype=torch.float64).requires_grad_()
    value(x).backward()
    steepest = max(x.grad.norm().item(), MATRIX.norm().item())  # no gradient nearer to 0 is longer
    best = np.minimum.accumulate(losses) - lowest
    steps = np.arange(1, len(best) + 1)
    assert (best <= steepest * found[0] / np.sqrt(steps) + 1e-12).all()


@pytest.mark.parametrize(("name", "lr", "too_low"), [("a cone", 3.0, 0.0), ("a parabola", 1.0, 5.0)])
def test_a_longer_step_or_a_minimum_that_is_believed_too_low_does_lead_away(name, lr, too_low):
    value, lowest = CONVEX[name]
    found, _ = distances(value, lowest - too_low, lr)
    assert (found[1:] > found[:-1] * (1 + 1e-9)).any()


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("c", [0.05, 0.5, 0.9])
def test_the_line_search_keeps_its_condition_at_every_step_and_asks_no_less_than_it_must(name, c):
    problem, tried = PROBLEMS[name], []
    weights = [torch.nn.Parameter(torch.tensor(each)) for each in problem.start]
    optimizer = Armijo(weights, lr=1.0, c=c, shrink=0.6, growth=1.5)

    def loss(values, t):
        return float(problem.loss(tuple(values), t))

    for t in range(60):
        before = [each.detach().numpy().copy() for each in weights]
        slopes = problem.gradient(tuple(before), t)

        def closure(t=t):
            now = tuple(each.detach().numpy() for each in weights)
            tried.append(t)
            for weight, gradient in zip(weights, problem.gradient(now, t), strict=True):
                weight.grad = torch.tensor(gradient)
            return torch.tensor(problem.loss(now, t))

        optimizer.step(closure)
        eta, squares = optimizer.effective_rates()[0], sum(np.sum(each**2) for each in slopes)
        asked = loss(before, t) - c * eta * squares
        assert loss([each.detach().numpy() for each in weights], t) <= asked
        if tried.count(t) > 2:  # the rate before the one that was taken would not have done
            longer = eta / 0.6
            there = [was - longer * slope for was, slope in zip(before, slopes, strict=True)]
            assert loss(there, t) > loss(before, t) - c * longer * squares
    assert max(map(tried.count, range(60))) > 2


def test_a_search_that_finds_nothing_leaves_the_weights_and_says_so():
    x = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = Armijo([x], lr=1.0, tries=5)

    def closure():  # its gradient has the wrong sign: no step along it lowers the loss
        optimizer.zero_grad()
        loss = x.square().sum()
        (-loss).backward()
        return loss

    optimizer.step(closure)
    assert x.item() == 3.0
    assert optimizer.effective_rates() == [0.0]


def test_a_search_shrinks_away_from_where_the_loss_is_not_finite():
    x = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = Armijo([x], lr=100.0, shrink=0.5)
    stepped(optimizer, lambda: x.sum() - x.log().sum() * 0.5)  # nan where x <= 0
    assert 0 < optimizer.effective_rates()[0] < 2 and 0 < x.item() < 1


@pytest.mark.parametrize("variant", ["long", "short"])
def test_barzilai_and_borweins_rate_stays_between_the_inverse_curvatures(variant):
    weight = torch.nn.Parameter(torch.tensor(QUADRATIC.start[0]))
    optimizer, rates, losses = BarzilaiBorwein([weight], variant=variant), [], []
    for t in range(120):
        now = (weight.detach().numpy(),)
        losses.append(QUADRATIC.loss(now, t))
        weight.grad = torch.tensor(QUADRATIC.gradient(now, t)[0])
        optimizer.step()
        rates.append(optimizer.effective_rates()[0])
    curvatures = np.linalg.eigvalsh(QUADRATIC.hessian)
    rates = np.array(rates[1:])
    assert (rates >= 0.999 / curvatures[-1]).all() and (rates <= 1.001 / curvatures[0]).all()
    assert (np.diff(losses) > 0).any()  # it is no descent method
    worst = 1 - 2 / (1 + curvatures[-1] / curvatures[0])  # what the best constant rate leaves after a step
    assert losses[-1] < 1e-4 * worst ** (2 * 119) * losses[0]


def test_sps_max_never_goes_beyond_its_cap_nor_grows_faster_than_it_may():
    x = torch.nn.Parameter(torch.linspace(-1, 2, 5, dtype=torch.float64))
    for growth, bound in (inf, inf), (1.1, 1.1):
        optimizer, rates = SPSMax([x], lr=0.05, growth=growth), [0.05]
        for _ in range(30):
            stepped(optimizer, lambda: (MATRIX @ x).square().sum() + 1)
            rates.append(optimizer.effective_rates()[0])
        assert max(np.divide(rates[1:], rates[:-1])) <= bound * (1 + 1e-12)
        assert growth < inf or max(rates) <= 0.05


SCALES = {  # how far the weights are from where they had been, for a loss 1024 times as large
    "not at all": (0, 0, ["AdaGradNorm", "Polyak", "DAdaptSGD"]),
    "only by what is added to divisors": (1e-15, 1e-3, ["L4", "DoG", "LDoG", "MoMoAdam", "Prodigy"]),
    "by a knob in units of the rate": (1e-2, inf, ["SPSMax", "ALIG", "MoMo", "Armijo", "BarzilaiBorwein"]),
    "by a knob in units of the gradient": (1e-2, inf, ["HyperSGD", "HyperAdam"]),
}


@pytest.mark.parametrize(("least", "most", "names"), SCALES.values(), ids=SCALES)
def test_the_scale_of_the_loss_matters_to_a_method_as_its_knobs_say(least, most, names):
    for name in names:
        plain, scaled = Run(METHODS[name]), Run(METHODS[name])
        start = torch.nn.utils.parameters_to_vector(plain.model.parameters())
        for t in range(STEPS):
            plain.step(t)
            scaled.step(t, factor=1024.0)
        one, other = (torch.nn.utils.parameters_to_vector(run.model.parameters()) for run in (plain, scaled))
        apart = ((one - other).norm() / (one - start).norm()).item()
        assert least <= apart <= most, name
