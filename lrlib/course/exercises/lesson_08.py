"""Lesson 08, cosine decay: the formula with a stretch before it, and a program to repair."""

import math
import warnings

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from lrlib.course.exercises import Exercise, declared
from lrlib.ledger import Ledger
from lrlib.schedules import constant, cosine


def held_then_cosine(height=lambda a, b: a - b, period=1.0, over=lambda t, hold, T: (t - hold) / (T - hold)):
    """The right answer, or one with another height, length of the wave, or part of the run that is over."""

    def factor(t, start, end, hold, T):
        p = min(max(over(t, hold, T), 0), 1)
        return end + height(start, end) * (1 + math.cos(math.pi * period * p)) / 2

    return factor


def climbs_again(t, start, end, hold, T):
    p = max(t - hold, 0) / (T - hold)
    return end + (start - end) * (1 + math.cos(math.pi * p)) / 2


def is_flat_at_both_ends(f):
    first, last = f(101, 1, 0, 100, 1100), f(1099, 1, 0, 100, 1100)
    flat = 1 - 1e-4 < first < 1 and 0 < last < 1e-4
    return None if flat else "the first and the last step of the descent should hardly move."


@declared("08.1")
def a_cosine_that_waits():
    return Exercise(
        expected=lambda t, start, end, hold, T: (constant(start, hold) >> cosine(start, end, T - hold))(t),
        cases=[
            (t, start, end, hold, T)
            for start, end in ((1, 0), (1, 0.1), (0.2, 0.7))
            for hold, T in ((0, 10), (4, 10), (20, 37))
            for t in range(45)
        ],
        mistakes={
            "It never starts at `start`: the floor is added, but the height is not reduced by it.": (
                held_then_cosine(height=lambda a, b: a)
            ),
            "It climbs again: p has to stop at 1.": climbs_again,
            "Start and end are swapped.": lambda t, a, b, hold, T: held_then_cosine()(t, b, a, hold, T),
            "That is a whole period: the angle at the end is pi, not 2 pi.": held_then_cosine(period=2),
            "It falls from the first update on: `hold` updates come first.": (
                held_then_cosine(over=lambda t, hold, T: t / T)
            ),
            "After the wait the whole T begins again: the descent has T - hold updates.": (
                held_then_cosine(over=lambda t, hold, T: (t - hold) / T)
            ),
            "The rate jumps after the wait: the descent begins at p = 0.": (
                lambda t, a, b, hold, T: (
                    a if t < hold else held_then_cosine(over=lambda t, _, T: t / T)(t, a, b, 0, T)
                )
            ),
        },
        second=is_flat_at_both_ends,
    )


def program(T_max=lambda epochs, batches: epochs * batches, stays=True, first="optimizer", per="update"):
    """The colleague's program, with everything repaired or with a fault left in."""

    def used(epochs, batches, extra):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
        scheduler = CosineAnnealingLR(optimizer, T_max=T_max(epochs, batches))
        acts = [optimizer.step, scheduler.step][:: 1 if first == "optimizer" else -1]
        with Ledger.watch(optimizer) as ledger:
            for t in range(epochs * batches + extra):
                due = (per == "update" or (t + 1) % batches == 0) and not (stays and t >= epochs * batches)
                for act in acts if due else [optimizer.step]:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", UserWarning)  # of torch, about the order of the two
                        act()
        return ledger.used

    return used


def falls_once_and_stays(f):
    rates = f(5, 7, 4)
    if not np.all(np.diff(rates[:36]) < 0):
        return "the rate does not fall at every one of 35 updates."
    return None if np.allclose(rates[35:], 0) else "after the last epoch the rate is not zero."


@declared("08.2")
def a_program_to_repair():
    return Exercise(
        expected=lambda epochs, batches, extra: (
            0.5 * cosine(1, 0, epochs * batches).values(epochs * batches + extra)
        ),
        cases=[(10, 30, 0), (3, 20, 15), (1, 5, 12), (4, 4, 1)],
        mistakes={
            "The unit is still epochs: the rate is at zero after a few batches.": program(lambda e, b: e),
            "That T_max is one epoch: the rate is at zero after the first.": program(lambda e, b: b),
            "It climbs again after the last epoch: stop calling the scheduler there.": program(stays=False),
            "It climbs again after the last epoch, and the unit is still epochs.": (
                program(lambda e, b: e, stays=False)
            ),
            "The first update has a rate of step 1: the optimizer steps first.": program(first="scheduler"),
            "One short: the last batch already runs at zero.": program(lambda e, b: e * b - 1),
            "Stepped once an epoch, the rate is a staircase: step it after every update.": (
                program(lambda e, b: e, per="epoch", stays=False)
            ),
        },
        second=falls_once_and_stays,
        tolerance=1e-6,
    )
