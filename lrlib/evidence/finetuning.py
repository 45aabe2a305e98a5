"""A network that is trained once and then fine-tuned: does it matter whether its rate was decayed before?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from lrlib import stats, tasks, train
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule, constant, cosine, linear
from lrlib.tasks import Batches, Task, epoch_order
from lrlib.train import Adam

FEW = 100  # images that a seed is fine-tuned on
NAME = 3  # of the random numbers that choose them
FIRST, THEN = 600, 200  # updates
TUNING, JUDGING = range(2000, 2008), range(3000, 3032)
BEFORE = {
    "constant": linear(0, 1, 30) >> constant(1, FIRST - 30),
    "cosine": linear(0, 1, 30) >> cosine(1, 0, FIRST - 30),
}
RATES = 0.002, 0.00283, 0.004, 0.00566, 0.008, 0.0113
FINE = 0.002, 0.00283, 0.004, 0.00566, 0.008, 0.0113, 0.016


def digits() -> Task:
    """The first task: handwritten digits in batches of 20."""
    return tasks.get("digits", batch_size=20)


def mirrored() -> Task:
    """The second: their mirror images, of which each seed sees FEW; what is held out is mirrored too."""
    whole = digits()

    def flipped(images: Tensor) -> Tensor:
        return images.reshape(-1, 8, 8).flip(2).reshape(-1, 64)

    def batches(seed: int, steps: int) -> Batches:
        data = whole.batches(seed, 1)
        rows = np.random.default_rng([seed, NAME]).permutation(len(data.inputs))[:FEW]
        order = torch.from_numpy(rows[epoch_order(seed, FEW, 20, steps)])
        return Batches(flipped(data.inputs), data.targets, order)

    images, labels = whole.heldout
    return replace(whole, batches=batches, heldout=(flipped(images), labels))


def trained(task: Task, seeds: Sequence[int], schedule: Schedule, rate: float) -> dict[str, Tensor]:
    """The networks of all seeds, trained at once by torch's own Adam: weights with a row a seed."""
    model, steps = task.model(seeds[0]), int(schedule.steps)
    first, _ = stack_module_state([task.model(seed) for seed in seeds])
    weights = {name: w.detach().clone().requires_grad_() for name, w in first.items()}
    scheduler = ScheduleLR(torch.optim.Adam(weights.values(), rate), schedule)
    made = [task.batches(seed, steps) for seed in seeds]

    def loss(own, x, y):
        return task.loss(functional_call(model, own, (x,)), y)

    for t in range(steps):
        inputs, targets = map(torch.stack, zip(*(each[t] for each in made), strict=True))
        scheduler.optimizer.zero_grad()
        vmap(loss)(weights, inputs, targets).sum().backward()
        scheduler.optimizer.step()
        scheduler.step()
    return {name: w.detach() for name, w in weights.items()}


def started(task: Task, weights: Mapping[str, Tensor], seeds: Sequence[int]) -> Task:
    """The task whose networks begin with the row of `weights` that belongs to their seed."""
    row = {seed: i for i, seed in enumerate(seeds)}

    def model(seed: int) -> nn.Module:
        network = task.model(seed)
        network.load_state_dict({name: w[row[seed]] for name, w in weights.items()})
        return network

    return replace(task, model=model)


def best_before() -> dict[str, float]:
    """The rate of the first training with the lowest held-out loss, for each of BEFORE."""
    return train.tune(digits(), BEFORE, RATES, TUNING, optimizer=Adam()).peaks


def judged() -> stats.Losses:
    """Last losses on mirror images, by how the rate went in the first training; FINE tuned for each."""
    losses, excess = {}, {}
    for name, rate in best_before().items():
        tuning, judging = (
            started(mirrored(), trained(digits(), seeds, BEFORE[name], rate), seeds)
            for seeds in (TUNING, JUDGING)
        )
        after, how = {name: linear(1, 0, THEN)}, {"optimizer": Adam(), "evaluations": 1}
        tuned = train.tune(tuning, after, FINE, TUNING, **how)
        shape = {name: tuned.fitted[name].rate * after[name]}
        losses |= train.sweep(judging, shape, 1.0, JUDGING, **how).losses()
        excess |= tuned.excess()
    return stats.Losses(losses, excess, reference="cosine")
