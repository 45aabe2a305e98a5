"""Schedulers of PyTorch that answers make: what the optimizer that they drive really uses."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrlib.course.trials.driven import scheduled

BASE_LR = 0.1


def rates_used(answer, *case) -> np.ndarray:
    """The rates used at updates first .. last - 1 under the scheduler that answer(optimizer, *how) makes.

    case: how..., first, last. The optimizer is SGD at 0.1; the scheduler is stepped after each update.

    >>> from torch.optim.lr_scheduler import ExponentialLR
    >>> rates_used(ExponentialLR, 0.5, 0, 3).tolist()
    [0.1, 0.05, 0.025]
    """
    *how, first, last = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR steps its parts in a way that torch deprecates
        return scheduled(answer, [BASE_LR], last, *how)[first:, 0]


def rates_after_resume(answer, before, after, factor, patience) -> list[float]:
    """The rates after each reading of `after`, in a run that was stopped after the readings `before`.

    A rule of PyTorch watched the first part. Then optimizer, and its state, are made anew, as from a
    checkpoint; answer(optimizer, before, factor, patience) makes the scheduler that goes on.

    >>> def forgets(optimizer, before, factor, patience):
    ...     return ReduceLROnPlateau(optimizer, factor=factor, patience=patience)
    >>> rates_after_resume(forgets, [0.5, 0.6], [0.7, 0.8, 0.9], 0.5, 1)
    [0.1, 0.1, 0.05]
    """
    first, again = _sgd(), _sgd()
    rule = ReduceLROnPlateau(first, factor=factor, patience=patience, threshold=0, eps=0)
    for reading in before:
        rule.step(reading)
    again.load_state_dict(first.state_dict())
    scheduler, found = answer(again, list(before), factor, patience), []
    for reading in after:
        scheduler.step(reading)
        found.append(again.param_groups[0]["lr"])
    return found


def _sgd() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE_LR)
