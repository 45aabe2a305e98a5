"""What an optimizer does that an answer drives: rates, as they were used."""

import torch

from lrlib.ledger import Ledger


def optimizer_with(bases):
    """Plain SGD with a parameter group for each rate of `bases`, and a gradient of 1 everywhere."""
    weights = [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in bases]
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    groups = [{"params": [weight], "lr": float(base)} for weight, base in zip(weights, bases, strict=True)]
    return torch.optim.SGD(groups)


def written(write, bases, factors):
    """The used rates, (updates, groups), where `write(optimizer, bases, factor)` came before every update."""
    optimizer = optimizer_with(bases)
    with Ledger.watch(optimizer) as ledger:
        for factor in factors:
            write(optimizer, bases, factor)
            optimizer.step()
    return ledger.used_by_group


def scheduled(make, bases, updates, *case):
    """The used rates, (updates, groups), where the scheduler of `make(optimizer, *case)` set them."""
    optimizer = optimizer_with(bases)
    scheduler = make(optimizer, *case)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(updates):
            optimizer.step()
            scheduler.step()
    return ledger.used_by_group
