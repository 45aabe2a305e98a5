"""Networks that are trained, and then fine-tuned on something else."""

import numpy as np
import torch

from lrlib import train
from lrlib.evidence import finetuning
from lrlib.schedules import linear
from lrlib.train import Adam


def test_networks_that_are_trained_together_are_those_of_an_ordinary_loop():
    task, shape = finetuning.digits(), linear(1, 0, 12)
    weights = finetuning.trained(task, [5, 9], shape, 0.01)
    again = finetuning.started(task, weights, [5, 9])
    for seed in (5, 9):
        images, labels = task.heldout
        with torch.no_grad():
            loss = float(task.loss(again.model(seed)(images), labels))
        alone = train.run(task, shape, 0.01, seed, evaluations=1, optimizer=Adam()).heldout_loss[-1]
        np.testing.assert_allclose(loss, alone, rtol=1e-9)


def test_a_seed_is_fine_tuned_on_a_hundred_images_of_its_own_which_are_mirrored():
    whole, other = finetuning.digits().batches(0, 1), finetuning.mirrored()
    made = [other.batches(seed, 30) for seed in (0, 1)]
    seen = [set(each.order.flatten().tolist()) for each in made]
    assert [len(each) for each in seen] == [100, 100]
    assert seen[0] != seen[1]
    pixels = whole.inputs.reshape(-1, 8, 8)
    assert torch.equal(made[0].inputs.reshape(-1, 8, 8), torch.flip(pixels, [2]))
    assert torch.equal(made[0].targets, whole.targets)
