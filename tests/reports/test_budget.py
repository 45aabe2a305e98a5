"""What a report costs: measured on the real task, and refused where it is too much."""

import timeit
from dataclasses import replace

import pytest
import torch

from lrlib import tasks
from lrlib.reports import budget
from lrlib.rules import Refused
from lrlib.train import plan


def test_a_trial_trains_the_task_itself_and_few_of_its_updates():
    task, calls, large = tasks.get("quadratic"), [], torch.ones(400, 400, dtype=torch.float64)

    def slow(outputs, targets):
        calls.append(outputs)
        loss = task.loss(outputs, targets)
        return loss + 0 * (large * loss @ large).sum()

    rest = min(timeit.repeat(lambda: large @ large, number=3, repeat=5)) / 3

    schedules, rates, seeds = ["linear(1, 0, T)"], [0.1, 0.2], range(6)
    found = budget.of(replace(task, loss=slow), schedules, rates, seeds, steps=50_000, runs=1000)
    assert found.seconds >= 1000 * 50_000 * rest / 12, "all of the task, at most all twelve runs at once"
    assert 0 < len(calls) < 300


def test_what_needs_more_than_half_of_the_memory_is_refused_before_it_starts(monkeypatch):
    asked = budget.of("digits", ["constant(1)"], [0.1, 0.2], range(50), steps=2000, workers=2)
    asked.refuse(10**9)
    monkeypatch.setattr(plan, "HALF", asked.bytes - 1)
    with pytest.raises(Refused, match=r"100 runs of 2,000 steps take .* GB of memory; .* take fewer steps"):
        asked.refuse(10**9)
    with pytest.raises(Refused, match=r"limit of 199,999 updates.* -p most_updates 200000"):
        asked.refuse(199_999)


def test_a_cost_is_of_as_many_processes_as_can_work_at_once(monkeypatch):
    monkeypatch.setattr(budget, "_seconds", lambda made: 1.0)
    monkeypatch.setattr(budget, "cores", lambda: 4)
    given = "quadratic", ["constant(1)"], [0.1], range(4)
    said = {w: budget.of(*given, steps=10, workers=w, runs_at_once=2).seconds for w in (1, 2, 8)}
    assert said == {1: 40, 2: 20, 8: 20}, "two chunks keep two busy"
