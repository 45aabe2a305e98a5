"""Lesson 10, one-cycle: what the ledger of a scheduler that was stepped too seldom proves."""

import numpy as np
import torch
from torch.optim.lr_scheduler import OneCycleLR

from lrlib.course.exercises import Exercise, declared
from lrlib.ledger import Ledger


def used(updates, per_step, base_lr=1.0):
    """The rates of a OneCycleLR that is stepped after every `per_step`-th of so many updates."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], base_lr, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=base_lr, total_steps=updates)
    with Ledger.watch(optimizer) as ledger:
        for t in range(updates):
            optimizer.step()
            if (t + 1) % per_step == 0:
                scheduler.step()
    return ledger.used


def first_change(rates):
    return int(np.flatnonzero(np.diff(rates))[0])


RUNS = ((22, 4), (350, 30), (600, 15), (31, 1), (100, 40))  # updates, updates per step of the scheduler


@declared("10.1")
def updates_that_share_a_rate():
    return Exercise(
        expected=lambda rates: first_change(rates) + 1,
        cases=[(used(updates, k, lr),) for updates, k in RUNS for lr in (1.0, 0.1)],
        mistakes={
            "That is the index of the last update at the first rate; they count from 0.": first_change,
            "That counts the changes, one for each step of the scheduler.": (
                lambda rates: np.count_nonzero(np.diff(rates))
            ),
            "That counts the rates.": lambda rates: len(set(rates.tolist())),
            "The run need not end where a stair does: look at the first change.": (
                lambda rates: len(rates) / len(set(rates.tolist()))
            ),
            "The run need not end where a stair does, and rounding hides that.": (
                lambda rates: len(rates) // len(set(rates.tolist()))
            ),
        },
        second=lambda f: None if f(used(77, 1)) == 1 else "for a scheduler stepped per update it is 1.",
    )


def climb_to(made, length, low=1 / 25):
    return low + (1 - low) * (1 - np.cos(np.pi * made / length)) / 2


@declared("10.2")
def the_highest_share():
    return Exercise(
        expected=lambda T, k: climb_to((T - 1) // k, 0.3 * T - 1),
        cases=[(20, 4), (360, 30), (600, 15), (607, 15), (25800, 430), (64, 9), (361, 30)],
        mistakes={
            "No update uses the rate after the last one.": lambda T, k: climb_to(T // k, 0.3 * T - 1),
            "The peak is at 0.3 T - 1.": lambda T, k: climb_to((T - 1) // k, 0.3 * T),
            "It starts at 1/25, not 0.": lambda T, k: climb_to((T - 1) // k, 0.3 * T - 1, 0),
            "That is a straight climb; this one is half a cosine.": (
                lambda T, k: 1 / 25 + 24 / 25 * ((T - 1) // k) / (0.3 * T - 1)
            ),
            "T need not be a multiple of k: count the steps before the last update.": (
                lambda T, k: climb_to(T // k - 1, 0.3 * T - 1)
            ),
            "That is a quarter of a wave, over the climb.": (
                lambda T, k: 1 / 25 + 24 / 25 * (1 - np.cos(np.pi / 2 * ((T - 1) // k) / (0.3 * T - 1)))
            ),
            "It has made whole steps only: round down.": lambda T, k: climb_to((T - 1) / k, 0.3 * T - 1),
        },
        second=lambda f: (
            None if np.isclose(f(487, 16), used(487, 16).max(), 1e-5) else "the ledger disagrees."
        ),
        tolerance=1e-6,
    )
