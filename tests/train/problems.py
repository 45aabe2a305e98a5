"""Small tasks, schedules and optimizers that the tests of training share."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.schedules import constant, linear, multistep, warmup_cosine
from lrlib.tasks import Batches, Task
from lrlib.train.updates import SGD, Adam, AdamW

STEPS = 15
SCHEDULES = (warmup_cosine(STEPS, 4), linear(1, 0, STEPS))
QUADRATIC = tasks.get("quadratic")
WAYS = {
    "sgd": (SGD(), 0.1),
    "weight decay": (SGD(weight_decay=0.1), 0.1),
    "momentum": (SGD(momentum=0.9), 0.02),
    "nesterov": (SGD(momentum=0.8, nesterov=True, weight_decay=0.01), 0.02),
    "adam": (Adam(), 0.01),
    "adam l2": (Adam(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1), 0.01),
    "adamw": (AdamW(weight_decay=0.2), 0.01),
}


def digits(**options):
    return tasks.get("digits", **{"hidden": (8,), "batch_size": 16, "n_train": 100, **options})


def with_model(make, inputs_shape, dtype=torch.float64):
    """A small classification task of random data around any module: make() -> nn.Module."""

    def model(seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return make().to(dtype)

    generator = torch.Generator().manual_seed(0)
    examples = torch.randn(60, *inputs_shape, dtype=dtype, generator=generator)
    labels = torch.randint(0, 3, (60,), generator=generator)

    def batches(seed, steps):
        return Batches(examples[:40], labels[:40], torch.from_numpy(tasks.epoch_order(seed, 40, 8, steps)))

    return Task(
        name="random data",
        model=model,
        loss=tasks.cross_entropy,
        batches=batches,
        heldout=(examples[40:], labels[40:]),
        guess=float(np.log(3)),
        unit="nats",
    )


def agree(found, task, schedules, rates, seeds, rel=1e-9, **how):
    """Whether each run of a sweep is the run that `train.run` makes."""
    for s, r, n in np.ndindex(len(schedules), len(rates), len(seeds)):
        alone = train.run(task, schedules[s], rates[r], seeds[n], evaluations=3, **how)
        one = found.ledger(s, rates[r], seeds[n])
        for values in ("used", "train_loss", "heldout_loss"):
            assert getattr(one, values) == pytest.approx(getattr(alone, values), rel=rel, abs=1e-12)


ALL = ("used", "train_loss", "heldout_loss", "heldout_right", "diverged", "result")


def stored(out, task=None, rates=(0.05, 0.1, 0.2), schedules=SCHEDULES, **how):
    how = {"runs_at_once": 2, "evaluations": 3, **how}
    return train.sweep(task or digits(), schedules, rates, (0, 1), out=out, **how)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ALL)


LONGER = 20
SHAPES = [
    constant(1, LONGER),
    warmup_cosine(LONGER, 5),
    linear(1, 0, LONGER),
    multistep((8, 15), 0.3, LONGER),
]
PROBLEMS = {
    "digits": (digits(label_noise=0.2), (0.02, 0.2)),
    "two hidden layers": (digits(hidden=(6, 5)), (0.05, 0.1)),
    "quadratic": (tasks.get("quadratic", noise=0.3), (0.1, 0.9)),
    "noiseless quadratic": (tasks.get("quadratic", noise=0.0, curvatures=(2.0, 0.5)), (0.05, 0.9)),
}
problems = pytest.mark.parametrize("name", PROBLEMS)
