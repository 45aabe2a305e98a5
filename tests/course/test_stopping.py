"""What lesson 24 stops, saves and resumes does what the lesson says of it."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.course.stopping import PARTS, Run, skipping
from lrlib.schedules import cosine, linear
from lrlib.train import SGD

STEPS, SEEDS, RATE = 20, [0, 3], 0.05
PLAN = linear(0.1, 1, 5) >> cosine(1, 0, STEPS - 5)


def new():
    return Run(tasks.get("digits", label_noise=0.2), SEEDS, PLAN, RATE, STEPS)


def stopped(at, forget=()):
    first, second = new(), new()
    first.go(at)
    second.resume(first.saved(), forget)
    second.go(STEPS - at)
    return second


@pytest.fixture(scope="module")
def whole():
    run = new()
    run.go(STEPS)
    return run


def test_a_run_is_that_of_the_engine(whole):
    how = {"steps": STEPS, "optimizer": SGD(momentum=0.9)}
    found = train.sweep(whole.task, PLAN, RATE, SEEDS, **how)
    assert whole.losses() == pytest.approx(found.result[0, 0], rel=1e-9)
    assert whole.used == pytest.approx(RATE * PLAN.values(STEPS))


@pytest.mark.parametrize("at", [1, 4, 11, STEPS - 1])
def test_a_resume_is_exact_to_the_last_bit_wherever_it_is_stopped(whole, at):
    again = stopped(at)
    assert all(torch.equal(again.weights[name], each) for name, each in whole.weights.items())
    assert np.array_equal(again.used, whole.used)


@pytest.mark.parametrize("part", [part for part in PARTS if part != "weights"])
def test_each_forgotten_part_changes_the_run_and_the_count_alone_its_rates(whole, part):
    again = stopped(11, {part})
    assert not np.array_equal(again.losses(), whole.losses())
    assert np.array_equal(again.used, whole.used) == (part != "scheduler")


@pytest.mark.parametrize("forget", [False, True])
def test_calls_run_ahead_of_updates_unless_the_scheduler_is_guarded(forget):
    ahead, calls = skipping(30, guarded=False, stop=20, forget=forget)
    assert calls == 30 > len(ahead.steps) and ahead.used[0] < 1
    kept, calls = skipping(30, guarded=True, stop=20, forget=forget)
    assert calls > 30 and kept.used == pytest.approx(1 - np.arange(30) / 30, abs=1e-6)
