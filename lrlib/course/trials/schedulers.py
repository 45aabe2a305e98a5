"""Schedulers of PyTorch that answers make: what the optimizer that they drive really uses."""

from __future__ import annotations

import warnings

import numpy as np
import torch

from lrlib.ledger import Ledger

BASE_LR = 0.1


def rates_used(answer, *case) -> np.ndarray:
    """The rates used at updates first .. last - 1 under the scheduler that answer(optimizer, *how) makes.

    case: how..., first, last. The optimizer is SGD at 0.1; the scheduler is stepped after each update.
    """
    *how, first, last = case
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE_LR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR steps its parts in a way that torch deprecates
        scheduler = answer(optimizer, *how)
        with Ledger.watch(optimizer) as ledger:
            for _ in range(last):
                optimizer.step()
                scheduler.step()
    return ledger.used[first:last]
