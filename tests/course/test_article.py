"""The data of the page about a popular program: ten numbers that tell the digits apart."""

import numpy as np
import torch
from torch import nn

from lrlib import tasks, train
from lrlib.course import article


def test_ten_numbers_are_the_directions_in_which_the_training_images_vary_most():
    inputs, labels, unseen, truth = article.ten_numbers()
    images = tasks.get("digits").batches(0, 1).inputs
    _, directions = np.linalg.eigh(np.cov(images.T.numpy()))
    by_hand = (images - images.mean(dim=0)).numpy() @ directions[:, : -article.INPUTS - 1 : -1]
    by_hand /= by_hand.std(axis=0, ddof=1)
    assert np.allclose(abs(by_hand), abs(inputs), atol=1e-9)
    assert np.allclose(np.cov(inputs.T.numpy()), np.eye(article.INPUTS), atol=1e-9)
    assert (len(inputs), len(unseen)) == (len(labels), len(truth)) == (1200, 597)


def test_training_and_validation_images_are_seen_in_the_same_directions():
    inputs, _, unseen, _ = article.ten_numbers()
    digits = tasks.get("digits")
    images = digits.batches(0, 1).inputs
    mean = images.mean(dim=0)
    seen = (digits.heldout[0] - mean) @ torch.linalg.pinv(images - mean) @ inputs
    assert torch.allclose(seen, unseen, atol=1e-9)


def test_the_task_trains_on_these_numbers_and_they_tell_the_digits_apart():
    task = article.task(lambda: nn.Linear(10, 10), label_noise=0.2)
    inputs, labels, unseen, truth = article.ten_numbers(0.2)
    clean = article.ten_numbers()[1]
    assert 0.1 < (labels != clean).double().mean() < 0.25
    batches = task.batches(3, 5)
    assert batches.inputs is inputs and batches.targets is labels
    assert torch.equal(task.heldout[0], unseen) and torch.equal(task.heldout[1], truth)
    found = train.sweep(task, "constant(1)", 0.3, range(2), steps=100, evaluations=1)
    assert found.heldout_right.min() > 0.8
