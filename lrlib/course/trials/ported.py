"""Answers that carry a schedule from one place to another: what the rates are then."""

from __future__ import annotations

import warnings

import torch
from torch.optim.lr_scheduler import LambdaLR

from lrlib.course.trials.arguments import left_alone
from lrlib.course.values import same
from lrlib.ledger import Ledger
from lrlib.schedules.presets import preset


def word_and_number(yours, *case):
    """The pair (word, number) of an answer, whatever kind of text and of pair holds it."""
    word, number = left_alone(yours, *case)
    return (str(word), number) if isinstance(word, str) else (word, number)


def through_preset(yours, library, T, W, peak, floor):
    """The rates of updates 0 .. T-1 of a preset with the arguments that an answer gives it."""
    return peak * preset(library, **yours(library, T, W, peak, floor)).values(T)


def looped(loop, slopes, pieces, factors):
    """What a training loop leaves: used rates, the weight, and how often the scheduler was stepped.

    One weight at 0; SGD with momentum 0.5 and base rate 1, whose scheduler follows `factors`.
    """
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.5)
    scheduler = LambdaLR(optimizer, lambda t: factors[t])
    with warnings.catch_warnings(), Ledger.watch(optimizer) as ledger:
        warnings.simplefilter("ignore")  # torch says that the order of the two steps is wrong, where it is
        before = list(slopes)
        loop(optimizer, scheduler, weight, slopes, pieces)
    if not same(before, slopes, 0.0):
        raise ValueError("the list of slopes was changed in place: work on a copy")
    return {"rates": ledger.used, "weight": weight.item(), "scheduler's steps": scheduler.last_epoch}
