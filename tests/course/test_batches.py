"""What lesson 19 measures: noise scales that hold what they promise, batches that grow in one order."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.course import batches as course


def test_row_gradients_average_to_the_gradient_of_the_batch():
    task = tasks.get("digits", hidden=(4,))
    model, (x, y) = task.model(1), task.batches(1, 1)[0]
    task.loss(model(x), y).backward()
    whole = torch.cat([p.grad.reshape(-1) for p in model.parameters()]).numpy()
    np.testing.assert_allclose(course.row_gradients(task, model, x, y).mean(axis=0), whole, atol=1e-14)


def test_the_interval_of_a_noise_scale_holds_the_true_one_about_as_often_as_it_says():
    rng, dims, B, n = np.random.default_rng(0), 60, 16, 30
    signal = 1.0  # |G|^2; the trace is `dims`
    held, naive = [], []
    for _ in range(400):
        g = np.sqrt(signal / dims) + rng.standard_normal((n, dims)) / np.sqrt(B)
        found = course.noise_scale(g, B)
        held.append(found.low <= dims / signal <= found.high)
        naive.append(B * g.var(axis=0, ddof=1).sum() / (g.mean(axis=0) ** 2).sum())
    assert 0.91 < np.mean(held) < 0.98
    assert np.median(naive) < 0.92 * dims / signal  # what the subtraction corrects


def test_a_noise_scale_without_a_signal_has_no_upper_limit():
    g = np.random.default_rng(1).standard_normal((20, 500))
    assert course.noise_scale(g, 8).high == np.inf


def test_updates_to_a_target_are_interpolated_and_infinite_where_it_is_never_met():
    sweep = train.sweep("digits", "constant(1)", [0.2, 1e-6], range(2), steps=40, evaluations=8)
    found = course.updates_to(sweep, 1.5)
    assert np.isinf(found[1]).all()
    for n, at in enumerate(found[0]):
        curve = np.interp(at, [0, *sweep.heldout_steps], [sweep.guess, *sweep.heldout_loss[0, 0, n]])
        assert curve == pytest.approx(1.5)


def test_batches_of_any_sizes_read_the_same_examples_in_the_same_order():
    task = tasks.get("digits")
    small, grown = (course.ramped(task, sizes).batches(5, len(sizes)) for sizes in ([8] * 6, [8, 8, 32]))
    rows = [torch.cat([batch[t][0] for t in range(len(batch))]) for batch in (small, grown)]
    assert torch.equal(*rows)
    assert torch.equal(course.ramped(task, [8] * 9).batches(5, 6).order, small.order)


def test_the_bowl_needs_as_many_updates_as_its_recursion_says():
    from lrlib import theory

    (needed,) = course.bowl_updates([4.0], 0.05, (1.0, 0.1))
    rates = np.geomspace(1e-4, 1.95, 400)[:, None] * np.ones(int(needed))
    losses = theory.expected_loss(rates, (1.0, 0.1), batch_size=4.0)
    assert (losses[:, -1] <= 0.05).any()
    assert not (losses[:, -2] <= 0.05).any()
