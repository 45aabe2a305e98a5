"""Batches that grow: the same examples in the same order, whatever their sizes."""

import numpy as np
import torch

from lrlib import train
from lrlib.evidence import batches


def read(task, sizes, seed=3):
    made = task.batches(seed, len(sizes))
    return [torch.cat(parts) for parts in zip(*(made[t] for t in range(len(sizes))), strict=True)]


def test_windows_come_in_the_order_of_the_task_whatever_the_sizes():
    task, sizes = batches.text(8), [8, 8, 16, 40, 3]
    inputs, targets = read(batches.grown(task, sizes), sizes)
    assert len(targets) == sum(sizes)
    for got, wanted in zip((inputs, targets), read(task, [8] * 10), strict=True):
        assert torch.equal(got, wanted[: sum(sizes)])
    assert not torch.equal(inputs, read(batches.grown(task, sizes), sizes, seed=4)[0])


def test_a_batch_that_grows_is_trained_by_the_engine_as_by_an_ordinary_loop():
    task = batches.grown(batches.text(4), [4, 4, 8, 16])
    how = {"steps": 4, "evaluations": 1}
    engine = train.sweep(task, "constant(1)", 0.1, [0, 1], **how).result[0, 0]
    alone = [train.run(task, "constant(1)", 0.1, seed, **how).heldout_loss[-1] for seed in (0, 1)]
    np.testing.assert_allclose(engine, alone, rtol=1e-9)


def test_both_arms_of_each_exchange_read_as_many_examples():
    for arms, *_ in batches.ARMS.values():
        lower, pair = arms()
        assert lower.steps * batches.SMALL == pair.batch.values(int(pair.steps)).sum() == 9600
        assert len(pair.rate.values(int(pair.steps))) < lower.steps
