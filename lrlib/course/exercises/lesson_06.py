"""Lesson 06, exponential and its kin: what a gamma means, a decay that compounded, and reach."""

import numpy as np
import torch

from lrlib.course.exercises import Exercise, Matching, declared
from lrlib.ledger import Ledger


def n_times(f):
    rate, n = 1.0, 0
    while rate > 1 / 7:
        rate, n = rate * 0.83, n + 1
    return None if n - 1 < f(0.83, 7) <= n else f"multiplied step by step, it takes {n - 1} to {n} steps."


@declared("06.1")
def the_steps_of_a_gamma():
    return Exercise(
        expected=lambda gamma, divisor: -np.log(divisor) / np.log(gamma),
        cases=[(gamma, divisor) for gamma in (0.9772, 0.9, 0.5, 0.3) for divisor in (10, 2, 1.5, 100)],
        mistakes={
            "Negative: one of the two logarithms is.": lambda gamma, d: np.log(d) / np.log(gamma),
            "Upside down.": lambda gamma, d: -np.log(gamma) / np.log(d),
            "Equal amounts are a line; here each step multiplies.": lambda gamma, d: (
                (1 - 1 / d) / (1 - gamma)
            ),
            "ln gamma is near gamma - 1 only where gamma is near 1.": lambda gamma, d: (
                np.log(d) / (1 - gamma)
            ),
            "That is the gamma of `divisor` steps, not the steps of a gamma.": lambda gamma, d: (
                gamma ** (1 / d)
            ),
            "That is what is left after `divisor` steps.": lambda gamma, d: gamma**d,
            "Right for 10, but the divisor is an argument.": lambda gamma, d: -np.log(10) / np.log(gamma),
        },
        second=n_times,
        tolerance=1e-6,
    )


def staircase(power):
    return lambda lr, gamma, epochs, batches: [
        lr * gamma ** power(t, batches) for t in range(epochs * batches)
    ]


def same_as_torch(f):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.7)
    with Ledger.watch(optimizer) as seen:
        for t in range(24):
            optimizer.step()
            if (t + 1) % 4 == 0:
                scheduler.step()
    return None if np.allclose(f(0.3, 0.7, 6, 4), seen.used, 1e-5) else "torch uses other rates."


@declared("06.2")
def a_decay_that_does_not_compound():
    return Exercise(
        expected=staircase(lambda t, b: t // b),
        cases=[(0.5, 0.8, 7, 3), (0.1, 0.9, 5, 4), (1.0, 0.3, 4, 1), (0.2, 0.6, 2, 5)],
        mistakes={
            "Still compounding: 1 + 2 + ... + n factors of gamma.": (
                staircase(lambda t, b: (t // b) * (t // b + 1) / 2)
            ),
            "One epoch early: epoch 0 should run at base_lr.": staircase(lambda t, b: t // b + 1),
            "One epoch late: epoch 1 should have one gamma.": staircase(lambda t, b: max(t // b - 1, 0)),
            "No decay: every epoch at base_lr.": staircase(lambda t, b: 0),
            "That multiplies at every update: once in an epoch.": staircase(lambda t, b: t),
            "That falls inside an epoch, too: round down.": staircase(lambda t, b: t / b),
            "One rate an epoch: every update needs one.": (
                lambda lr, gamma, epochs, batches: [lr * gamma**n for n in range(epochs)]
            ),
        },
        second=same_as_torch,
        tolerance=1e-6,
    )


@declared("06.3")
def which_runs_stop_early():
    return Matching(
        expected={
            "exponential(0.9999999)": "stops",
            "inverse_time(1)": "goes on",
            "inverse_time(1000, power=2)": "stops",
            "inverse_sqrt(10)": "goes on",
            "step(1000, 0.5)": "stops",
        },
        reasons={
            "exponential(0.9999999)": "Its sum is 1 / (1 - gamma): ten million steps, but not more.",
            "inverse_time(1)": "1 + 1/2 + 1/3 + ... passes every number, like a logarithm.",
            "inverse_time(1000, power=2)": "The sum of 1/t^2 is finite: the squares of the 1/t row.",
            "inverse_sqrt(10)": "Late it is above 1/t, whose sum is already infinite.",
            "step(1000, 0.5)": "A geometric series: 1000 * (1 + 1/2 + 1/4 + ...).",
        },
    )
