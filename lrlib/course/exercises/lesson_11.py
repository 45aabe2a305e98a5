"""Lesson 11, warm-up: its factor, and when it has nothing to do."""

import numpy as np
import torch
from torch.optim.lr_scheduler import LinearLR

from lrlib import tasks
from lrlib.course.exercises import Exercise, declared
from lrlib.course.warmup import wider
from lrlib.evidence import sweeps
from lrlib.train import SGD, Adam


def as_torch(f):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = LinearLR(optimizer, start_factor=1 / 7, total_iters=6)
    for t in range(12):
        if abs(optimizer.param_groups[0]["lr"] - f(t, 7)) > 1e-6:
            return f"torch's LinearLR has another rate at update {t}."
        optimizer.step()
        scheduler.step()


@declared("11.1")
def a_warm_up():
    return Exercise(
        expected=lambda t, W: min(1, (t + 1) / W),
        cases=[(t, W) for W in (1, 4, 10) for t in range(15)],
        mistakes={
            "The first update is dead: count it.": lambda t, W: min(1, t / W),
            "It never stops rising: hold it at 1.": lambda t, W: (t + 1) / W,
            "That peaks one update late: divide by W.": lambda t, W: min(1, (t + 1) / (W + 1)),
            "That goes to 0 when the warm-up is over.": lambda t, W: (t + 1) / W * (t < W),
            "It is at its peak from the start: the smaller of the two.": lambda t, W: max(1, (t + 1) / W),
        },
        second=as_torch,
        tolerance=1e-6,
    )


def lengths(rule, base_lr):
    """The lengths of 100 updates of a network on the digits."""
    task = tasks.get("digits")
    model, batches, found = task.model(0), task.batches(0, 100), []
    optimizer = rule.torch(model.parameters(), base_lr)
    for t in range(100):
        before = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        after = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
        found.append(float((after - before).norm()))
    return np.array(found)


def late(x):
    return np.mean(x[len(x) // 2 :])


@declared("11.2")
def when_it_has_nothing_to_do():
    def real_updates(f):
        grid = sweeps.load("warmup-momentum").grid
        helps = wider(grid, 1).verdict == "better"
        if (f(lengths(SGD(momentum=0.9), 0.08), 5) > 1) != helps:
            return "for momentum it predicts the opposite of what was measured."
        if f(lengths(Adam(), 0.03), 5) < 1:
            return "for Adam it predicts nothing."

    return Exercise(
        expected=lambda x, n: np.mean(x[:n]) / late(x),
        cases=[(np.random.default_rng(i).random(40 + i), n) for i in range(4) for n in (1, 5, 12)],
        mistakes={
            "Upside down: early over late.": lambda x, n: late(x) / np.mean(x[:n]),
            "That is one update, number n; take the mean of the first n.": lambda x, n: x[n] / late(x),
            "The mean of the whole run has the early updates in it.": lambda x, n: (
                np.mean(x[:n]) / np.mean(x)
            ),
            "A sum over a mean grows with n.": lambda x, n: np.sum(x[:n]) / late(x),
            "The largest of the first n depends on luck.": lambda x, n: np.max(x[:n]) / late(x),
            "The first half has the early updates in it.": lambda x, n: (
                np.mean(x[:n]) / np.mean(x[: len(x) // 2])
            ),
        },
        second=real_updates,
        tolerance=1e-6,
    )
