"""Mechanic against its definition: weights are the start and the scale times the sum of steps."""

import pytest
import torch

from lrlib.adaptive import DoG, Mechanic, Polyak


def slope(x, t):
    return torch.sin((t + 1) * x) + 2 * x


@pytest.mark.parametrize("store_delta", [True, False])
@pytest.mark.parametrize(("base", "options"), [("SGD", {"momentum": 0.9}), (torch.optim.Adam, {"eps": 1e-3})])
def test_the_weights_are_the_start_and_the_scale_times_the_sum_of_the_steps_of_the_base(
    base, options, store_delta
):
    x = torch.nn.Parameter(torch.tensor([3.0, -2.0], dtype=torch.float64))
    start, total = x.detach().clone(), torch.zeros(2, dtype=torch.float64)
    optimizer = Mechanic(
        [x], lr=0.1, base=base, options=options, s_init=1e-3, store_delta=store_delta, s_eps=1e-12
    )
    shadow = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))  # the base alone, on the same gradients
    kind = getattr(torch.optim, base) if isinstance(base, str) else base
    alone = kind([shadow], lr=0.1, **options)
    for t in range(50):
        x.grad = slope(x.detach(), t)
        shadow.grad = x.grad.clone()
        before = shadow.detach().clone()
        optimizer.step()
        alone.step()
        total += shadow.detach() - before
        scale = sum(optimizer.param_groups[0]["s"])
        assert x.detach().numpy() == pytest.approx(
            (start + scale * total).numpy(), rel=1e-13 if store_delta else 1e-6
        )
        assert optimizer.effective_rates() == [0.1 * scale]
    assert (x.detach() - start).norm() > 1e-4


def test_in_float32_the_sum_that_is_worked_out_again_loses_its_digits_and_the_stored_one_does_not():
    def trained(dtype, store_delta):
        x = torch.nn.Parameter(torch.tensor([3.0, -2.0], dtype=dtype))
        optimizer = Mechanic([x], lr=0.1, store_delta=store_delta)
        for t in range(5):
            x.grad = slope(x.detach(), t)
            optimizer.step()
        return optimizer.state[x]["delta"].double()

    exact = trained(torch.float64, True)
    stored, again = ((trained(torch.float32, way) - exact).norm() / exact.norm() for way in (True, False))
    assert stored < 1e-5 < 1e-2 < again


def test_a_group_has_its_own_knobs_of_the_base_and_they_may_change():
    first, second = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = Mechanic([{"params": [first], "momentum": 0.5}, {"params": [second], "lr": 0.2}], lr=0.1)
    assert [group["momentum"] for group in optimizer.base.param_groups] == [0.5, 0]
    optimizer.param_groups[1].update(momentum=0.9, lr=0.3)
    first.grad, second.grad = torch.ones(2), torch.ones(2)
    optimizer.step()
    assert [(group["lr"], group["momentum"]) for group in optimizer.base.param_groups] == [
        (0.1, 0.5),
        (0.3, 0.9),
    ]


@pytest.mark.parametrize(
    "base", ["SDG", 3, "lr_scheduler", torch.nn.Linear, "LBFGS", "Optimizer", Polyak, DoG]
)
def test_a_base_that_is_no_optimizer_or_none_that_can_be_one_is_refused(base):
    with pytest.raises(
        ValueError, match=r"^Mechanic: base must be an optimizer of torch.optim that needs no closure, or its"
    ):
        Mechanic([torch.nn.Parameter(torch.ones(2))], base=base)
