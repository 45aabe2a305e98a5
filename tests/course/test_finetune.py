"""What lesson 20 experiments with does what the lesson says of it."""

import numpy as np
import pytest
import torch

from lrlib import train
from lrlib.course import finetune
from lrlib.schedules import constant, linear
from lrlib.train import Adam

STEPS, SEEDS, RATE = 12, range(3), 0.01
LINE = linear(1, 0, STEPS)


def ends(task, optimizer=None, rate=RATE):
    how = {"steps": STEPS, "evaluations": 1, "optimizer": optimizer or Adam()}
    return train.sweep(task, LINE, rate, SEEDS, **how).result[0, 0]


@pytest.mark.parametrize("pace", [(1, 1, 1), (0.1, 0.3, 1), (1, 0.2, 0), (0, 0, 3)])
def test_a_pace_is_the_rate_of_a_group(pace):
    task = finetune.digits(few=40)
    groups = [LINE * factor for factor in pace]
    weights, _ = finetune.trained(task, SEEDS, groups, [RATE], layers=finetune.LAYERS)
    alike = finetune.heldout(task, weights)
    assert ends(finetune.paced(task, *pace)) == pytest.approx(alike, rel=1e-5)
    if pace != (1, 1, 1):
        assert abs(ends(task) - alike).max() > 1e-3


def test_layers_in_no_group_stay_and_the_ledger_has_each_group():
    task = finetune.digits(few=40)
    late = constant(0, 5) >> linear(1, 0, STEPS - 5)
    weights, ledger = finetune.trained(task, [4], [late, LINE], [RATE], layers=("2", "4"))
    start = task.model(4).state_dict()
    assert torch.equal(weights["0.weight"][0], start["0.weight"])
    assert not torch.equal(weights["2.weight"][0], start["2.weight"])
    assert ledger.used_by_group == pytest.approx(RATE * np.stack([late.values(STEPS), LINE.values(STEPS)], 1))


def test_several_rates_train_together_what_each_trains_alone():
    task, rates = finetune.digits(few=20), [0.003, 0.01]
    both, ledger = finetune.trained(task, SEEDS, [LINE, LINE], rates, layers=("02", "4"))
    for i, rate in enumerate(rates):
        alone, _ = finetune.trained(task, SEEDS, [LINE, LINE], [rate], layers=("02", "4"))
        rows = slice(i * len(SEEDS), (i + 1) * len(SEEDS))
        assert all(torch.allclose(both[name][rows], alone[name], rtol=1e-9) for name in alone)
        assert (ledger.used_by_group[:, 2 * i : 2 * i + 2].max(axis=0) == rate).all()
    assert ledger.largest_gap() == 0


def test_a_start_is_the_row_of_its_seed_and_fresh_layers_are_the_seeds_own():
    before, seeds = finetune.digits(batch_size=32), [7, 3]
    weights, _ = finetune.trained(before, seeds, [LINE], [RATE])
    start = finetune.started(finetune.digits(5, kept=range(5)), weights, seeds, fresh="4").model(3)
    assert torch.equal(start[0].weight, weights["0.weight"][1])
    assert torch.equal(start[4].weight, finetune.digits(5).model(3)[4].weight)


def test_an_adapter_changes_nothing_at_first_and_a_scale_is_a_rate_where_b_alone_learns():
    task = finetune.digits(few=40)
    images, _ = task.heldout
    assert torch.equal(finetune.with_adapters(task, 4, 2.0).model(1)(images), task.model(1)(images))
    weak, strong = (finetune.with_adapters(task, 4, s, learns="B") for s in (1.0, 4.0))
    assert ends(weak, rate=0.04) == pytest.approx(ends(strong, rate=0.01), rel=1e-5)


def test_mirrored_and_renamed_digits_are_the_same_digits():
    plain, flipped = (finetune.digits(mirrored=each) for each in (False, True))
    images, turned = (task.heldout[0].reshape(-1, 8, 8).numpy() for task in (plain, flipped))
    assert np.array_equal(images[:, :, ::-1], turned)
    named = finetune.digits(names=[3 * digit % 10 for digit in range(10)])
    assert torch.equal(named.heldout[1], 3 * plain.heldout[1] % 10)


def test_a_gradient_of_zero_moves_what_no_gradient_leaves():
    moved = {way: finetune.frozen(way) for way in ("no gradient", "zero gradient", "rate 0", "left out")}
    assert {way for way, seen in moved.items() if seen["moved, in rates"]} == {"zero gradient"}
    assert {way for way, seen in moved.items() if seen["counted"]} == {"zero gradient", "rate 0"}
    assert moved["no gradient"]["thaw"] < 0 < moved["rate 0"]["thaw"] < moved["left out"]["thaw"]
