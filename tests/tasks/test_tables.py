"""What the tables promise: noisy labels where asked for, epochs that visit every row, fixed splits."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import tasks, train
from tests.train.problems import PROBLEMS, SHAPES, problems


def test_an_unknown_task_gets_the_nearest_known_one():
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        tasks.get("digit")


@pytest.mark.parametrize("label_noise", [-0.1, 1.1, float("nan")])
def test_label_noise_is_a_fraction(label_noise):
    with pytest.raises(ValueError, match=r"label_noise must be a number 0\.\.1"):
        tasks.get("digits", label_noise=label_noise)


def test_impossible_tasks_are_refused():
    for n_train in (10, 1797):
        with pytest.raises(ValueError, match="n_train"):
            tasks.get("digits", n_train=n_train)
    for curvatures in ((), (1.0, 0.0), (-1.0,), (float("nan"),)):
        with pytest.raises(ValueError, match="curvatures"):
            tasks.get("quadratic", curvatures=curvatures)


@pytest.mark.parametrize("label_noise", [0.0, 0.1, 0.5, 1.0])
def test_label_noise_changes_nine_tenths_of_that_fraction_and_only_training_labels(label_noise):
    clean, noisy = tasks.get("digits"), tasks.get("digits", label_noise=label_noise)
    assert all(torch.equal(a, b) for a, b in zip(clean.heldout, noisy.heldout, strict=True))
    labels = clean.batches(0, 1).targets
    changed = [(noisy.batches(seed, 1).targets != labels).double().mean().item() for seed in range(30)]
    expected = 0.9 * label_noise  # a replaced label is by chance the right one in a tenth of the cases
    assert np.mean(changed) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / (30 * 1200)))
    if label_noise:
        a, b = noisy.batches(0, 1).targets, noisy.batches(1, 1).targets
        assert not torch.equal(a, b)
        assert torch.equal(a, noisy.batches(0, 9).targets)
    assert torch.equal(clean.batches(0, 1).targets, labels)


def test_replaced_labels_are_spread_evenly_over_the_classes():
    random = tasks.get("digits", label_noise=1.0)
    labels = torch.cat([random.batches(seed, 1).targets for seed in range(30)])
    assert torch.bincount(labels).double() / len(labels) == pytest.approx(np.full(10, 0.1), abs=0.008)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 80), st.data())
def test_an_epoch_visits_every_image_once(seed, n_examples, data):
    batch_size = data.draw(st.integers(1, n_examples))
    per_epoch = n_examples // batch_size
    order = tasks.epoch_order(seed, n_examples, batch_size, 3 * per_epoch)
    assert order.shape == (3 * per_epoch, batch_size)
    epochs = order.reshape(3, -1)
    for epoch in epochs:
        assert len(set(epoch.tolist())) == per_epoch * batch_size
        assert epoch.min() >= 0
        assert epoch.max() < n_examples
    if n_examples % batch_size == 0:
        assert (np.sort(epochs) == np.arange(n_examples)).all()
    shorter = tasks.epoch_order(seed, n_examples, batch_size, per_epoch)
    assert np.array_equal(shorter, order[:per_epoch])  # a longer run begins like a shorter one
    if n_examples > 20 and batch_size * per_epoch > 20:
        assert not np.array_equal(epochs[0], epochs[1])
        assert not np.array_equal(order, tasks.epoch_order(seed + 1, n_examples, batch_size, len(order)))


def test_training_and_held_out_images_are_different_images():
    task = tasks.get("digits", n_train=1000)
    training, heldout = task.batches(0, 1).inputs, task.heldout[0]
    assert (len(training), len(heldout)) == (1000, 797)
    assert training.dtype == heldout.dtype == torch.float64
    assert (training.min(), training.max()) == (-1, 1)
    everything = torch.cat([training, heldout])
    other = tasks.get("digits", n_train=1200)
    assert torch.equal(everything, torch.cat([other.batches(3, 1).inputs, other.heldout[0]]))


def test_a_seed_fixes_the_initial_weights():
    task = tasks.get("digits")
    first, again, other = (torch.cat([p.flatten() for p in task.model(s).parameters()]) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_guess_is_what_a_constant_guess_costs():
    digits, quadratic = tasks.get("digits"), tasks.get("quadratic", start=2.0)
    uniform = torch.zeros(len(digits.heldout[1]), 10, dtype=torch.float64)
    assert digits.guess == pytest.approx(digits.loss(uniform, digits.heldout[1]).item())
    at_start = quadratic.loss(quadratic.model(0)(quadratic.heldout[0]), quadratic.heldout[1])
    assert quadratic.guess == pytest.approx(at_start.item())


@problems
def test_a_task_survives_a_trip_to_another_process(name):
    task, rates = PROBLEMS[name]
    travelled = pickle.loads(pickle.dumps(task))
    here, there = (train.run(t, SHAPES[1], rates[0], 4).heldout_loss for t in (task, travelled))
    assert np.array_equal(here, there)
