"""What lesson 11 experiments with does what the lesson says of it."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.course import warmup
from lrlib.schedules import constant, linear
from lrlib.train import Adam

STEPS, WAIT = 12, 5


def trained(optimizer, schedule, steps):
    """Last losses on the digits without batch noise: who begins later sees the same batches."""
    task = tasks.get("digits", batch_size=1200)
    return train.sweep(task, {"run": schedule}, 0.05, range(2), steps=steps, optimizer=optimizer).losses()[
        "run"
    ]


def test_an_adam_that_forgets_what_it_gathered_at_rate_zero_is_an_adam_that_begins_then():
    waits = constant(0, WAIT) >> linear(1, 0, STEPS)
    begun = trained(Adam(), linear(1, 0, STEPS), STEPS)
    assert trained(warmup.Forgetful(after=WAIT), waits, STEPS + WAIT) == pytest.approx(begun, rel=1e-9)


def test_an_adam_that_forgets_at_the_start_is_adam():
    line = linear(1, 0, STEPS)
    assert np.array_equal(trained(warmup.Forgetful(), line, STEPS), trained(Adam(), line, STEPS))


def test_the_sizes_of_updates_are_those_that_adam_makes():
    task = tasks.get("digits")
    slopes = list(warmup.gradients(task, 0, 4))
    model = task.model(0)
    optimizer = Adam().torch(model.parameters(), 0.1)
    made = []
    for slope in slopes:
        before = _flat(model)
        _give(model, slope)
        optimizer.step()
        made.append(np.sqrt(np.mean((_flat(model) - before) ** 2)) / 0.1)
    assert warmup.sizes(slopes) == pytest.approx(made, rel=1e-6)


def _flat(model):
    return np.concatenate([weight.detach().numpy().ravel().copy() for weight in model.parameters()])


def _give(model, slope):
    start = 0
    for weight in model.parameters():
        weight.grad = torch.tensor(slope[start : start + weight.numel()]).reshape(weight.shape)
        start += weight.numel()
