"""The lines to copy: run as they are, without this library, they make the very rates of the schedule."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from lrlib import torchcode, train
from lrlib.rules import Refused
from lrlib.schedules import parse
from lrlib.schedules.catalogue import catalogue

UNWRITTEN = {"radam", "silver", "on_clock"}  # those that plain formulas of a few lines do not write


def rates(lines, updates):
    """What the optimizer of these lines uses, update after update."""
    space = {"model": torch.nn.Linear(1, 1)}
    exec(lines, space)
    optimizer, schedule = space["optimizer"], space.get("schedule")
    used = []
    for _ in range(updates):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule and schedule.step()
    return used


@pytest.mark.parametrize("steps", [600, 437])
@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.name) for entry in catalogue()])
def test_the_lines_make_the_rates_of_the_schedule_to_the_last_update_and_beyond(entry, steps):
    try:
        schedule = entry.schedule(steps)
    except ValueError:
        pytest.skip("its example asks for more steps")
    if entry.name.split()[0].lower() in UNWRITTEN:
        with pytest.raises(Refused, match="no short formula"):
            torchcode.block(schedule, 0.3, steps)
        return
    used, beyond = rates(torchcode.block(schedule, 0.3, steps), steps + 50), np.arange(steps + 50)
    np.testing.assert_allclose(used, 0.3 * schedule(beyond), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "optimizer",
    [
        train.SGD(),
        train.SGD(momentum=0.9, weight_decay=0.1),
        train.Adam(betas=(0.8, 0.99)),
        train.AdamW(weight_decay=0.3),
    ],
)
def test_the_optimizer_is_the_one_that_was_trained(optimizer):
    space = {"model": torch.nn.Linear(1, 1)}
    exec(torchcode.block(parse("linear(1, 0, 9)"), 0.37, 9, optimizer), space)
    expected = optimizer.torch(space["model"].parameters(), 0.37)
    assert type(space["optimizer"]) is type(expected)
    assert space["optimizer"].defaults == expected.defaults


def test_an_optimizer_without_lines_is_refused():
    with pytest.raises(Refused, match="no lines of torch"):
        torchcode.block(parse("constant(1)"), 0.3, 9, train.PerModel(torch.optim.RMSprop))


def test_a_clipped_gradient_is_said():
    lines = torchcode.block(parse("constant(1)"), 0.3, 9, clip_norm=2.5)
    assert "clip_grad_norm_(model.parameters(), 2.5)" in lines and "no schedule" in lines


def test_the_lines_need_torch_alone():
    lines = torchcode.block(parse("linear(0, 1, 5) * restarts(cosine(1, 0.1, 10), t_mult=2)"), 0.3, 70)
    program = f"import torch\nmodel = torch.nn.Linear(1, 1)\n{lines}\nprint(schedule.get_last_lr()[0])"
    block = "import sys\nsys.modules['lrlib'] = None\n"
    done = subprocess.run([sys.executable, "-c", block + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == 0.0
