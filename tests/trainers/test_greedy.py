"""Greedy gives the rates of transformers' GreedyLR. Skipped where transformers is not installed."""

import random

import pytest
import torch

from lrlib.optim import FeedbackLR, Greedy

BASES = (0.1, 0.03)


def sgd():
    return torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": base} for base in BASES])


@pytest.mark.parametrize("seed", range(60))
def test_greedy_gives_the_rates_and_counters_of_transformers(seed):
    optimization = pytest.importorskip("transformers.optimization", reason="see `make trainers`")
    choose = random.Random(seed)
    shared = {
        "mode": choose.choice(["min", "max"]),
        "factor": choose.choice([0.5, 0.9]),
        "patience": choose.randrange(4),
        "cooldown": choose.randrange(4),
        "warmup": choose.randrange(3),
        "reset_start": choose.choice([1, 2, 5]),
    }
    low, high = choose.choice([(0.01, 10), (0.5, 2)])
    relative, window = choose.random() < 0.5, choose.choice([1, 4])
    theirs, ours = sgd(), sgd()
    scheduler = optimization.GreedyLR(
        theirs,
        **shared,
        threshold=0.05,
        threshold_mode="rel" if relative else "abs",
        min_lr=[base * low for base in BASES],
        max_lr=[base * high for base in BASES],
        eps=0,
        smooth=window > 1,
        window_size=window,
    )
    tolerance = {"rtol": 0.05, "atol": 0} if relative else {"rtol": 0, "atol": 0.05}
    driver = FeedbackLR(ours, Greedy(**shared, **tolerance, min_factor=low, max_factor=high, window=window))
    reading = 40.0
    for n in range(150):
        # multiples of 1/16: their running sum and our sum are then both exact
        reading = max(reading + choose.randint(-24, 8) * (1 if n % 50 < 25 else -1) / 16, 1.0)
        scheduler.step(reading)
        driver.report(reading)
        assert [g["lr"] for g in ours.param_groups] == pytest.approx(
            [g["lr"] for g in theirs.param_groups], rel=1e-12
        )
        standing = driver.standing
        assert (standing.good, standing.bad) == (scheduler.num_good_epochs, scheduler.num_bad_epochs)
        assert standing.waiting == scheduler.cooldown_counter + scheduler.warmup_counter
