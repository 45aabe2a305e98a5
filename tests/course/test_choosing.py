"""The capstone of lesson 24: ways of choosing are judged on other seeds, plans are marked before they run."""

from dataclasses import replace

import numpy as np
import pytest

from lrlib import tasks, train
from lrlib.course import choosing

SHAPES = {"constant": "constant(1)", "linear": "linear(1, 0, T)"}
PLAN = choosing.Plan(SHAPES, (0.05, 0.1, 0.2, 0.4, 0.8), range(1000, 1008), range(16), "linear")


@pytest.fixture(scope="module")
def grid():
    return train.sweep("quadratic", SHAPES, [0.05, 0.1, 0.2, 0.4], range(12), steps=40)


def test_what_a_way_promises_is_the_lowest_mean_of_its_own_seeds_and_found_on_the_others(grid):
    played = choosing.choices(grid, ["linear"], 2, 11)  # one seed is left, so that it can be told which
    losses = grid.result[1, ::2]
    for promised, found in played[["promised", "found"]].head(50).to_numpy():
        r, n = np.argwhere(np.isclose(losses, found, rtol=1e-12))[0]
        means = np.delete(losses, n, axis=1).mean(axis=1)
        assert promised == pytest.approx(means.min()) and r == means.argmin()


def test_who_chooses_the_lowest_is_promised_too_much_and_more_seeds_choose_better(grid):
    few, many = (choosing.choices(grid, list(SHAPES), 1, n) for n in (1, 8))
    assert (few["found"] - few["promised"]).mean() > (many["found"] - many["promised"]).mean() > 0
    assert few["regret"].mean() > many["regret"].mean() >= -1e-12


MISSED = [
    {"judging": range(17)},
    {"judging": range(1000, 1016)},
    {"tuning": range(1000, 1006)},
    {"judging": range(9)},
    {"schedules": {"linear": SHAPES["linear"]}},
    {"schedules": {"constant": "constant(1)", "linear": "linear(1, 0.3, T)"}},
    {"rates": (0.05, 0.2, 0.4, 0.8, 1.6)},
    {"rates": (0.05, 0.1, 0.15, 0.2, 0.3)},
    {"fallback": "cosine"},
]
NO_WAY_ROUND = {
    "a low constant ends at its peak": (
        5,
        {"schedules": {"constant": "constant(1)", "linear": "constant(0.05)"}},
    ),
    "a rate that is written twice is one rate": (6, {"rates": (0.05, 0.05, 0.1, 0.2, 0.4)}),
}


@pytest.mark.parametrize("place", range(len(MISSED)))
def test_each_mark_can_be_missed_alone(place):
    assert (choosing.marks(PLAN, PLAN.runs, 40) == "yes").all()
    marks = choosing.marks(replace(PLAN, **MISSED[place]), PLAN.runs, 40)
    assert np.flatnonzero(marks == "no").tolist() == [place]


@pytest.mark.parametrize("place, change", NO_WAY_ROUND.values(), ids=NO_WAY_ROUND.keys())
def test_no_mark_is_given_for_what_only_looks_as_if(place, change):
    marks = choosing.marks(replace(PLAN, **change), PLAN.runs, 40)
    assert np.flatnonzero(marks == "no").tolist() == [place]


def test_a_plan_without_candidates_is_marked_too():
    assert choosing.marks(replace(PLAN, schedules={}), PLAN.runs, 40)["2 to 4 schedules"] == "no"


@pytest.mark.parametrize("fallback, choice", [("constant", "linear"), ("linear", "linear")])
def test_a_plan_takes_what_is_better_than_its_fallback_else_the_fallback(fallback, choice):
    plan = replace(PLAN, fallback=fallback)
    _, losses, chosen = choosing.carried_out(plan, tasks.get("quadratic"), 60)
    assert chosen == choice and losses.reference == fallback
