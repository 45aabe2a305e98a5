"""The methods of `lrlib.adaptive` against the trajectories of their authors' packages.

Trajectories in `data/golden/adaptive/` are always compared. With `pytest -m oracle` on this file (and
`--noconftest` in an environment that has the packages but not the project's tools) the packages themselves
are run again.
"""

import copy
import json

import numpy as np
import pytest

from lrlib import adaptive
from tests.adaptive.golden import FOLDER, STORED, calls, is_importable, recorded, trained, trajectories_of
from tests.adaptive.problems import PROBLEMS

PACKAGES = sorted({entry["package"] for entry in calls()})
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
TRAJECTORIES = [each for file in FILES.values() for each in file["trajectories"]]


def tolerance(golden: dict) -> float:
    """1e-9, except where a call says that its package computes less exactly."""
    return golden.get("tolerance", 1e-9)


def assert_same(found: dict, golden: dict) -> None:
    """Losses and weights within the tolerance of their size, and of a thousandth near 0."""
    rtol = tolerance(golden)
    for kind in ("losses", "weights"):
        np.testing.assert_allclose(found[kind], golden[kind], rtol=rtol, atol=1e-3 * rtol)


def ours(golden: dict, factor: float = 1.0) -> dict:
    """Our trajectory; factor: of the weights at the start, every second of which it divides."""
    kind, problem = adaptive.METHODS.find(golden["method"]), copy.copy(PROBLEMS[golden["problem"]])
    moved = [factor ** ((-1) ** np.arange(each.size)).reshape(each.shape) for each in problem.start]
    problem.start = tuple(each * by for each, by in zip(problem.start, moved, strict=True))
    return recorded(trained(problem, lambda weights: kind(weights, **golden["options"])))


@pytest.mark.parametrize("golden", TRAJECTORIES, ids=lambda each: f"{each['call']}-{each['problem']}")
def test_a_method_goes_where_its_authors_package_goes(golden):
    assert_same(ours(golden), golden)


@pytest.mark.long
@pytest.mark.parametrize("golden", TRAJECTORIES, ids=lambda each: f"{each['call']}-{each['problem']}")
def test_another_last_digit_leads_to_the_same_place_so_that_other_machines_can_follow(golden):
    assert_same(ours(golden, factor=1 + 4e-15), golden)


def test_every_call_has_its_trajectories_of_two_hundred_updates():
    wanted = [(each["package"], each["call"], problem)
              for each in calls() for problem in each.get("problems", PROBLEMS)]  # fmt: skip
    found = [(name, each["call"], each["problem"])
             for name, file in FILES.items() for each in file["trajectories"]]  # fmt: skip
    assert sorted(found) == sorted(wanted)
    assert all(file["updates"] == [*STORED] and file["updates"][-1] == 199 for file in FILES.values())


@pytest.mark.parametrize("golden", TRAJECTORIES, ids=lambda each: f"{each['call']}-{each['problem']}")
def test_a_trajectory_that_is_a_little_wrong_is_noticed(golden):
    moved = np.array(golden["weights"])
    moved[-1] *= 1 + 10 * tolerance(golden)
    with pytest.raises(AssertionError):
        assert_same({**golden, "weights": moved}, golden)


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_the_gradients_of_the_problems_are_those_of_their_losses(problem):
    step, weights = 1e-6, problem.start
    for t in (0, 7):
        for i, gradient in enumerate(problem.gradient(weights, t)):
            for place in np.ndindex(gradient.shape):
                moved = [[each.copy() for each in weights] for _ in range(2)]
                moved[0][i][place] += step
                moved[1][i][place] -= step
                slope = (problem.loss(moved[0], t) - problem.loss(moved[1], t)) / (2 * step)
                assert slope == pytest.approx(gradient[place], rel=1e-6, abs=1e-9)


@pytest.mark.oracle
@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_still_goes_its_golden_way(package):
    if not is_importable(package):
        pytest.skip(f"{package} is not installed; see `make oracle`")
    again = trajectories_of(package)
    for found, golden in zip(again, FILES[package]["trajectories"], strict=True):
        assert {**found, "losses": 0, "weights": 0} == {**golden, "losses": 0, "weights": 0}
        assert_same(found, golden)
