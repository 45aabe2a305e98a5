"""Lesson 00, two runs: a rate that is written where the optimizer reads it, and four losses without names."""

import numpy as np
import torch

from lrlib.course.exercises import Exercise, Matching, declared
from lrlib.ledger import Ledger


def two_groups(set_rate, *rates):
    """The rates that an optimizer with two groups used, and how far its weights moved down a slope of 1."""
    weights = [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [weight]} for weight in weights], lr=1.0)
    with Ledger.watch(optimizer) as ledger:
        for rate in rates:
            set_rate(optimizer, rate)
            optimizer.zero_grad()
            sum(weights).backward()
            optimizer.step()
    return ledger.used_by_group, [-weight.item() for weight in weights]


def every_group(new):
    """Writes `new(old, rate)` into every group."""

    def set_rate(optimizer, rate):
        for group in optimizer.param_groups:
            group["lr"] = new(group["lr"], rate)

    return set_rate


@declared("00.1")
def a_rate_that_is_read(train_with):
    def weights_and_ledger(set_rate):
        moved = two_groups(set_rate, 0.5, 0.25)[1]
        if not np.allclose(moved, 0.75, atol=1e-6):
            return f"the weights moved by {moved}, not by 0.75 each."
        gap = train_with(set_rate).largest_gap()
        return None if gap < 1e-6 else f"on the digits, intended and used rate differ by up to {gap:.3g}."

    return Exercise(
        expected=every_group(lambda old, rate: rate),
        cases=[(0.5, 0.25, 0.1), (0.3, 0.3), (0.2, 0.0), (0.1, 1.4, 0.2)],
        tried=lambda set_rate, *rates: two_groups(set_rate, *rates)[0],
        mistakes={
            "The rate never moved: you wrote it where the optimizer does not read.": (
                lambda optimizer, rate: setattr(optimizer, "lr", rate)
            ),
            "Only the first group moved: the others keep their old rate.": (
                lambda optimizer, rate: optimizer.param_groups[0].update(lr=rate)
            ),
            "You multiplied the old rate by the new one: set it.": every_group(lambda old, rate: old * rate),
            "You added the new rate to the old one: set it.": every_group(lambda old, rate: old + rate),
        },
        second=weights_and_ledger,
        tolerance=1e-6,
    )


TRACES = {
    "stays": "Jagged to the end: every batch still moves the weights at the full rate.",
    "line": "It leaves the constant one early, and grows smoother all the way.",
    "drops": "It is the constant one up to half time, and falls when the rate does.",
    "rises": "It starts late, because its first rates are near zero.",
}


@declared("00.2")
def which_loss_is_whose(hidden):
    expected = dict(zip("ABCD", hidden, strict=True))
    return Matching(expected, reasons={letter: TRACES[kind] for letter, kind in expected.items()})
