"""Networks of any width: one network at the base width, and updates of one size at any in muP."""

import pytest
import torch

from lrlib import tasks
from lrlib.course.moving import output_changes
from lrlib.tasks.widths import SCALINGS
from lrlib.train import SGD, Adam

OPTIMIZERS = {"muP for SGD": (SGD(), 0.3), "muP for Adam": (Adam(), 0.01)}


@pytest.mark.parametrize("scaling", SCALINGS)
def test_at_the_base_width_all_scalings_are_one_network(scaling):
    usual, scaled = (tasks.get("digits_wide", width=64, scaling=name) for name in ("standard", scaling))
    x = usual.heldout[0][:5]
    assert torch.equal(usual.model(3)(x), scaled.model(3)(x))


@pytest.mark.parametrize("scaling", OPTIMIZERS)
def test_updates_move_every_layer_as_far_at_any_width_in_mup_and_not_in_the_standard(scaling):
    def grown(scaling):
        """From a width of 64 to one of 1,024, of hidden and output layer."""
        small, large = (tasks.get("digits_wide", width=w, scaling=scaling) for w in (64, 1024))
        how = OPTIMIZERS.get(scaling, used)
        return (output_changes(large, *how, updates=3) / output_changes(small, *how, updates=3))[1:]

    used = OPTIMIZERS[scaling]
    assert ((grown(scaling) > 1 / 1.6) & (grown(scaling) < 1.6)).all()
    assert grown("standard").max() > 4


def test_a_factor_in_front_of_a_layer_is_a_rate_of_its_own():
    x, start = torch.randn(7, 3, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)
    for optimizer, power in ((torch.optim.SGD, 2), (torch.optim.Adam, 1)):
        weights = [torch.nn.Parameter(start / factor) for factor in (1.0, 3.0)]
        for w, factor in zip(weights, (1.0, 3.0), strict=True):
            steps = optimizer([w], lr=1e-3)
            ((x @ (factor * w).T) ** 2).mean().backward()
            steps.step()
        plain, factored = weights[0] - start, 3 * weights[1] - start
        assert torch.allclose(factored, 3.0**power * plain, rtol=1e-5)


def test_an_unknown_scaling_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match=r"scaling.*standard.*muP for SGD"):
        tasks.get("digits_wide", scaling="mup")
