"""Schedule-Free against its definition: its average is that of the points and weights that it says."""

import numpy as np
import pytest
import torch

from lrlib.adaptive import ScheduleFreeAdamW, ScheduleFreeSGD
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine

BOTH = pytest.mark.parametrize("kind", [ScheduleFreeSGD, ScheduleFreeAdamW])
STEPS = 30


def weight():
    return torch.nn.Parameter(torch.tensor([3.0, -2.0, 1.0], dtype=torch.float64))


def run(kind, schedule=None, steps=STEPS, **knobs):
    """The optimizer after the steps, its weights, all z that it went to, and the lr of each step."""
    x = weight()
    optimizer = kind([x], lr=0.1, **knobs)
    scheduler, points, rates = schedule and ScheduleLR(optimizer, schedule), [], []
    for t in range(steps):
        x.grad = torch.sin((t + 1) * x.detach()) + x.detach()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        points.append(optimizer.state[x]["z"].clone().numpy())
        if scheduler:
            scheduler.step()
    return optimizer, x, np.array(points), np.array(rates)


@BOTH
@pytest.mark.parametrize("schedule", [None, cosine(1, 0.1, STEPS)])
@pytest.mark.parametrize(("warmup_steps", "r", "power"), [(0, 0, 2), (10, 0, 2), (10, 1.5, 1), (5, 0.5, 0)])
def test_the_average_is_that_of_all_points_so_far_with_the_weights_of_the_definition(
    kind, schedule, warmup_steps, r, power
):
    optimizer, x, points, rates = run(kind, schedule, warmup_steps=warmup_steps, r=r, weight_lr_power=power)
    counted = np.arange(1, STEPS + 1)
    warmed = rates * np.minimum(1, counted / max(warmup_steps, 1))
    shares = counted**r * np.maximum.accumulate(warmed) ** power
    average = shares @ points / shares.sum()
    y = x.detach().clone()
    optimizer.eval()
    assert x.detach().numpy() == pytest.approx(average, rel=1e-12)
    optimizer.train()
    assert x.detach().numpy() == pytest.approx(y.numpy(), rel=1e-14)
    assert y.numpy() == pytest.approx(0.1 * points[-1] + 0.9 * average, rel=1e-12)


@BOTH
def test_a_warm_up_from_0_has_its_first_step_at_a_rate_of_0(kind):
    optimizer, _, points, _ = run(kind, steps=1, warmup_steps=5, warmup_from="0")
    assert points[0].tolist() == weight().tolist() and optimizer.effective_rates() == [0.0]
    optimizer, *_ = run(kind, steps=3, warmup_steps=5, warmup_from="0")
    assert optimizer.effective_rates() == pytest.approx([0.1 * 2 / 5])


@BOTH
def test_a_step_is_refused_where_the_weights_are_the_average_and_switching_twice_changes_nothing(kind):
    optimizer, x, *_ = run(kind)
    optimizer.eval()
    average = x.detach().clone()
    optimizer.eval()
    with pytest.raises(ValueError, match=rf"^{kind.__name__}.step: .* call train\(\) before$"):
        optimizer.step()
    assert x.equal(average)


@BOTH
def test_where_the_rate_is_0_the_steps_end_and_the_average_goes_on(kind):
    optimizer, x, points, _ = run(kind)
    optimizer.param_groups[0]["lr"] = 0.0
    before = x.detach().clone()
    for _ in range(100):
        x.grad = torch.ones(3, dtype=torch.float64)
        optimizer.step()
    assert optimizer.state[x]["z"].numpy().tolist() == points[-1].tolist()
    z = optimizer.state[x]["z"]
    assert (x - z).norm() < 0.5 * (before - z).norm()


@BOTH
def test_switching_before_the_first_step_leaves_nothing_behind(kind):
    optimizer = kind([x := weight()])
    before = str(optimizer.state_dict())
    optimizer.eval()
    optimizer.train()
    assert str(optimizer.state_dict()) == before and x.equal(weight())
