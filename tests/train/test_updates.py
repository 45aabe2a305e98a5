"""What an optimizer of the engine promises: every step is that of torch's, from any state."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lrlib.train.updates import SGD, Adam, AdamW, clipped
from tests.train.problems import WAYS


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(list(WAYS)),
    st.integers(0, 2**31),
    st.floats(-5, 0).map(lambda x: 10**x),
    st.floats(-6, 3).map(lambda x: 10**x),
)
def test_every_step_from_an_identical_state_equals_torchs_optimizer(name, seed, rate, spread):
    chosen, _ = WAYS[name]
    random = torch.Generator().manual_seed(seed)

    def draw():
        return spread * torch.randn(3, 2, 4, 5, generator=random, dtype=torch.float64)

    weights, memory = draw(), [draw().abs() for _ in range(chosen.slots)]
    for t in range(1, 6):
        gradients = draw()
        before, remembered = weights.clone(), [m.clone() for m in memory]
        chosen.update(
            weights,
            gradients,
            memory,
            torch.full((1, 2, 1, 1), rate, dtype=torch.float64),
            torch.tensor(t, dtype=torch.float64),
        )
        for i in np.ndindex(3, 2):
            p = nn.Parameter(before[i].clone())
            p.grad = gradients[i].clone()
            optimizer = chosen.torch([p], rate)
            if isinstance(chosen, Adam):
                first, second = remembered
                optimizer.state[p] = {
                    "step": torch.tensor(t - 1.0),
                    "exp_avg": first[i].clone(),
                    "exp_avg_sq": second[i].clone(),
                }
            elif chosen.momentum:
                optimizer.state[p] = {"momentum_buffer": remembered[0][i].clone()}
            optimizer.step()
            assert torch.allclose(weights[i], p, rtol=1e-9, atol=1e-12 * spread)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.floats(-3, 3).map(lambda x: 10**x))
def test_clipping_scales_each_model_by_its_own_norm(seed, max_norm):
    random = torch.Generator().manual_seed(seed)
    grads = {
        name: torch.randn(2, 3, *shape, generator=random, dtype=torch.float64)
        for name, shape in (("weight", (4, 5)), ("bias", (4,)), ("scale", ()))
    }
    scaled = clipped(grads, max_norm)
    for i in np.ndindex(2, 3):
        parameters = [nn.Parameter(torch.zeros_like(g[i])) for g in grads.values()]
        for p, g in zip(parameters, grads.values(), strict=True):
            p.grad = g[i].clone()
        nn.utils.clip_grad_norm_(parameters, max_norm)
        for p, g in zip(parameters, scaled.values(), strict=True):
            assert torch.allclose(p.grad, g[i], rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SGD(momentum=1.0), "momentum"),
        (lambda: SGD(momentum=-0.1), "momentum"),
        (lambda: SGD(nesterov=True), "nesterov"),
        (lambda: SGD(weight_decay=-1), "weight_decay"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas"),
        (lambda: Adam(eps=0), "eps"),
        (lambda: AdamW(weight_decay=float("nan")), "weight_decay"),
    ],
)
def test_impossible_optimizers_are_refused_by_the_name_of_the_parameter(make, says):
    with pytest.raises(ValueError, match=says):
        make()
