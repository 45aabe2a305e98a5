"""Conventions in which packages differ lead to other weights; knobs and groups do what pages say."""

import numpy as np
import pytest
import torch

from lrlib import adaptive
from lrlib.adaptive import COCOB, DAdaptAdam, DAdaptSGD, Prodigy
from tests.adaptive.golden import trained
from tests.adaptive.problems import PROBLEMS

ESTIMATING = pytest.mark.parametrize("kind", [DAdaptSGD, DAdaptAdam, Prodigy])


def end(name, options, steps=100):
    kind = adaptive.METHODS[name]
    *_, (_, weights) = trained(PROBLEMS["logistic"], lambda weights: kind(weights, **options), steps)
    return weights[0]


@pytest.mark.parametrize(
    ("name", "options", "other"),
    [
        ("Prodigy", {"weight_decay": 0.1}, {"decouple": False}),
        ("Prodigy", {}, {"use_bias_correction": True}),
        ("Prodigy", {"lr": 0.5}, {"safeguard_warmup": True}),
        ("DAdaptAdam", {"weight_decay": 0.1}, {"decouple": True}),
        ("DAdaptAdam", {}, {"use_bias_correction": True}),
        ("ScheduleFreeSGD", {"warmup_steps": 20}, {"warmup_from": "0"}),
        ("ScheduleFreeSGD", {"warmup_steps": 20}, {"weight_lr_power": 0.0}),
        ("Mechanic", {"lr": 0.1, "s_init": 1e-6}, {"variant": "optax"}),
        ("DoG", {}, {"init_eta": 0.01}),
    ],
)
def test_a_convention_in_which_packages_differ_makes_a_difference(name, options, other):
    assert np.abs(end(name, options) - end(name, {**options, **other})).max() > 1e-3


def two_weights():
    return [torch.nn.Parameter(torch.tensor([3.0, -2.0], dtype=torch.float64)) for _ in range(2)]


@ESTIMATING
def test_groups_of_unlike_rates_are_refused_since_there_is_one_estimate(kind):
    first, second = two_weights()
    optimizer = kind([{"params": [first]}, {"params": [second], "lr": 0.5}])
    first.grad = second.grad = torch.ones(2, dtype=torch.float64)
    says = rf"^{kind.__name__}.step: lr must be the same in all groups, or 0 in one .*, got \[1.0, 0.5\]$"
    with pytest.raises(ValueError, match=says):
        optimizer.step()


@ESTIMATING
def test_a_group_whose_rate_becomes_0_stands_still_and_the_other_goes_on(kind):
    both = two_weights()
    optimizer = kind([{"params": [each]} for each in both], d0=0.1)
    seen = []
    for t in range(6):
        for each in both:
            each.grad = 2 * each.detach()
        optimizer.param_groups[1]["lr"] = float(t < 3)
        optimizer.step()
        seen.append([each.detach().clone() for each in both])
    (a, b), (c, d) = seen[2], seen[5]
    assert b.equal(d) and not a.equal(c) and not b.equal(two_weights()[1])
    assert optimizer.effective_rates()[1] == 0 < optimizer.effective_rates()[0]


@ESTIMATING
def test_an_estimate_grows_by_its_growth_rate_at_most_but_in_prodigy_s_step_away_from_d0(kind):
    (weight, _), estimates = two_weights(), []
    optimizer = kind([weight], growth_rate=1.5)
    for _ in range(40):
        weight.grad = 2 * weight.detach()
        estimates.append(optimizer.param_groups[0]["d"])
        optimizer.step()
    growth = np.array(estimates[1:]) / estimates[:-1]
    leaving = growth[np.argmax(growth > 1)]
    assert (leaving > 1.5 + 1e-9) == (kind is Prodigy)
    assert np.delete(growth, np.argmax(growth > 1)).max() == pytest.approx(1.5) and growth.min() >= 1


def test_the_scale_of_gradients_is_nothing_to_cocob():
    def went(scale):
        weight, _ = two_weights()
        optimizer = COCOB([weight])
        for t in range(30):
            weight.grad = scale * torch.sin((t + 1) * weight.detach())
            optimizer.step()
        return weight.detach().numpy()

    assert went(1000.0) == pytest.approx(went(1.0), rel=1e-9)
    assert abs(went(1.0) - two_weights()[0].detach().numpy()).max() > 1e-3
