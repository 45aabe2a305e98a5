"""What the estimates of the distance to the minimum promise, and where they promise nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib.adaptive import DAdaptAdam, DAdaptSGD, DoG, Prodigy

seeds = st.integers(0, 2**32 - 1)


class Convex:
    """The sum of |r_i|, r_i^2 or sqrt(1 + r_i^2), with r = A (x - minimum)."""

    def __init__(self, seed, kind, size=3):
        draws = np.random.default_rng(seed)
        self.rows = torch.tensor(draws.normal(size=(5, size)) * 10 ** draws.uniform(-1, 1, size=(5, 1)))
        self.minimum = torch.tensor(draws.normal(size=size) * 10 ** draws.uniform(-2, 2))
        self.start = torch.tensor(draws.normal(size=size))
        self.kind = kind

    def loss(self, x):
        found = self.rows @ (x - self.minimum)
        return {"kink": found.abs(), "bowl": found.square(), "bend": (1 + found.square()).sqrt()}[
            self.kind
        ].sum()

    def trained(self, make, steps=60):
        """The optimizer after each step."""
        x = torch.nn.Parameter(self.start.clone())
        optimizer = make([x])
        for _ in range(steps):
            optimizer.zero_grad()
            self.loss(x).backward()
            optimizer.step()
            yield optimizer


every_kind = pytest.mark.parametrize("kind", ["kink", "bowl", "bend"])


@every_kind
@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_prodigy_never_believes_a_convex_minimum_to_be_farther_than_it_is(kind, seed):
    problem = Convex(seed, kind)
    distance = (problem.start - problem.minimum).abs().max().item()
    for optimizer in problem.trained(Prodigy):
        assert optimizer.param_groups[0]["d"] <= max(1e-6, distance * (1 + 1e-9))


@every_kind
@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_the_bound_of_d_adaptation_never_exceeds_the_distance_and_its_program_never_twice_that(kind, seed):
    problem = Convex(seed, kind)
    distance = (problem.start - problem.minimum).norm().item() * (1 + 1e-9)
    for optimizer in problem.trained(DAdaptSGD):
        (group,) = optimizer.param_groups
        (x,) = group["params"]
        assert group["numerator_weighted"] <= distance * optimizer.state[x]["s"].norm()
        assert group["d"] <= max(1e-6, 2 * distance)


def test_the_two_in_the_program_of_d_adaptation_can_take_it_beyond_the_distance():
    ratios = []
    for seed in range(8):
        problem = Convex(seed, "kink", size=1)
        distance = (problem.start - problem.minimum).abs().item()
        ratios += [each.param_groups[0]["d"] / distance for each in problem.trained(DAdaptSGD)]
    assert 1.05 < max(ratios) < 2


def after_noise(kind, steps=1000):
    """A group after gradients that are noise alone: the minimum is where the weights start, or anywhere."""
    draws = torch.Generator().manual_seed(1)
    x = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = kind([x])
    for _ in range(steps):
        x.grad = torch.randn(3, dtype=torch.float64, generator=draws)
        optimizer.step()
    return optimizer.param_groups[0]


@pytest.mark.parametrize("kind", [DAdaptSGD, DAdaptAdam, Prodigy])
def test_noise_alone_drives_an_estimate_away_from_a_distance_of_nothing(kind):
    assert after_noise(kind)["d"] > 1e4


def test_noise_alone_does_not_drive_the_distance_of_dog():
    assert after_noise(DoG)["distance"] < 1e-3
