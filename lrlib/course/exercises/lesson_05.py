"""Lesson 05, steps and milestones: the last factor of a run, and drops that are given by waits."""

from functools import cache

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR, MultiStepLR, StepLR

from lrlib.course.exercises import Exercise, declared
from lrlib.ledger import Ledger


def used(make, updates):
    """The rates that an optimizer used whose scheduler `make` builds."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(updates):
            optimizer.step()
            scheduler.step()
    return ledger.used


def as_step_lr(f):
    last = used(lambda optimizer: StepLR(optimizer, step_size=20, gamma=0.5), 60)[-1]
    return None if np.isclose(f(2, 20, 60), last) else "torch's StepLR disagrees."


@declared("05.1")
def the_last_factor():
    return Exercise(
        expected=lambda d, n, steps: float(d) ** -((steps - 1) // n),
        cases=[
            (10, 100, 300),
            (10, 100, 301),
            (3, 7, 50),
            (5, 30, 90),
            (10, 400, 300),
            (2, 9, 91),
            (7, 8, 41),
        ],
        mistakes={
            "The drop at step `steps` is never run.": lambda d, n, s: float(d) ** -(s // n),
            "That slides down smoothly: round the exponent down.": lambda d, n, s: float(d) ** (-(s - 1) / n),
            "It grows: the exponent needs a minus sign.": lambda d, n, s: float(d) ** ((s - 1) // n),
            "Drops multiply: divide once for each, not by their sum.": (
                lambda d, n, s: 1 / max(1, d * ((s - 1) // n))
            ),
            "Round down: a drop counts when it has come.": lambda d, n, s: float(d) ** -round((s - 1) / n),
        },
        second=as_step_lr,
        tolerance=1e-6,
    )


@cache
def of_torch(waits, gamma):
    milestones = np.cumsum(waits).tolist()
    return used(lambda optimizer: MultiStepLR(optimizer, milestones, gamma), 30)


def configurations():
    rng = np.random.default_rng(0)
    waits = [tuple(rng.integers(0, 9, rng.integers(1, 5)).tolist()) for _ in range(60)]
    return [(w, round(rng.uniform(0.1, 0.9), 2)) for w in waits if w[0]]


RANDOM = configurations()


def ledgers_agree(f):
    for waits, gamma in RANDOM[:20]:
        mine = used(lambda optimizer: LambdaLR(optimizer, lambda t: float(f(t, waits, gamma))), 30)  # noqa: B023
        if not np.allclose(mine, of_torch(waits, gamma), 1e-5):
            return f"with waits {waits} its ledger is not that of torch."


def reached(seen):
    return lambda t, waits, gamma: gamma ** seen(np.cumsum(waits).tolist(), t)


@declared("05.2")
def drops_by_their_waits():
    return Exercise(
        expected=lambda t, waits, gamma: of_torch(waits, gamma)[t],
        cases=[(t, *configuration) for configuration in RANDOM for t in range(0, 30)],
        mistakes={
            "Waits are no milestones: add them up.": (
                lambda t, waits, gamma: gamma ** sum(m <= t for m in waits)
            ),
            "One late: a wait of n leaves updates 0 .. n - 1 at the old rate.": (
                reached(lambda ms, t: sum(m < t for m in ms))
            ),
            "One early: the drop comes when the wait is over.": reached(
                lambda ms, t: sum(m <= t + 1 for m in ms)
            ),
            "A wait of 0 is a second drop at once: it counts.": reached(
                lambda ms, t: sum(m <= t for m in set(ms))
            ),
            "It drops for one update only.": reached(lambda ms, t: ms.count(t)),
            "One drop at most: count them all.": reached(lambda ms, t: any(m <= t for m in ms)),
        },
        second=ledgers_agree,
        tolerance=1e-6,
    )
