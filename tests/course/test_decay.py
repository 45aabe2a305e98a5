"""What lesson 21 experiments with does what the lesson says of it."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.course import decay
from lrlib.optim import ParamSchedule
from lrlib.schedules import linear, table
from lrlib.train import AdamW

STEPS, RATE, LINE = 8, 0.05, linear(1, 0, 8)
AGAINST = table(tuple(1 / LINE.values(STEPS)))


def in_the_engine(optimizer):
    (losses,) = train.sweep(tasks.get("digits"), LINE, RATE, [0], optimizer=optimizer).losses().values()
    return losses.item()


def by_hand(groups_of, schedules):
    """The last held-out loss of torch's AdamW in an ordinary loop."""
    task = tasks.get("digits")
    model, batches = task.model(0), task.batches(0, STEPS)
    optimizer = torch.optim.AdamW(groups_of(model), lr=RATE, weight_decay=0.5)
    scheduler = ParamSchedule(optimizer, schedules)
    for t in range(STEPS):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        return task.loss(model(task.heldout[0]), task.heldout[1]).item()


def test_a_steady_decay_is_one_that_is_scheduled_against_the_rate():
    scheduled = by_hand(lambda model: model.parameters(), {"lr": LINE, "weight_decay": AGAINST})
    steady = in_the_engine(decay.SteadyDecay(weight_decay=0.5, shape=LINE))
    assert steady == pytest.approx(scheduled, rel=1e-9)
    assert steady != pytest.approx(in_the_engine(AdamW(weight_decay=0.5)), rel=1e-3)


def test_a_decay_of_matrices_is_one_of_two_groups():
    def groups(model):
        matrices, others = ([p for p in model.parameters() if (p.ndim > 1) == many] for many in (True, False))
        return [{"params": matrices}, {"params": others, "weight_decay": 0.0}]

    found = in_the_engine(decay.MatrixDecay(weight_decay=0.5))
    assert found == pytest.approx(by_hand(groups, {"lr": LINE}), rel=1e-9)


def test_the_length_of_a_normalised_layer_means_nothing():
    model, images = decay.normalised(0), tasks.get("digits").heldout[0]
    before = model(images).detach()
    with torch.no_grad():
        model[0].weight.mul_(3)
    assert torch.allclose(model(images), before, atol=1e-3)


def test_a_range_is_as_wide_as_itself_and_wider_with_decay():
    names = {"none": "decay/none", "again": "decay/none", "decay 0.4": "decay/0.4", "too much": "decay/1.6"}
    stored = {name: decay.sweeps.load(file, [name]) for name, file in names.items()}
    found = decay.wider(stored, "none")
    assert list(found.index) == ["again", "decay 0.4"]  # the last is usable at no rate
    assert found["difference"]["again"] == 0
    assert found["verdict"]["decay 0.4"] == "better"


def test_angles_add_up_on_a_circle():
    turned = torch.tensor(np.linspace(0, 1.2, 7))
    assert decay.angles(torch.stack([turned.cos(), turned.sin()], 1) * 5) == pytest.approx([0.2] * 6)
