"""What tuning promises: each schedule at its own peak, chosen on seeds of its own, judged on others."""

from dataclasses import replace

import numpy as np
import pytest

from lrlib import tasks, theory, train
from lrlib.schedules import constant, linear
from tests.train.problems import PROBLEMS, SHAPES

SEEDS = range(100, 108)


GRID = (0.01, 0.03, 0.1, 0.3, 0.9)


def mean_results(task, schedules, rates, seeds):
    """The mean judged figure of every schedule and rate, by single runs."""
    return np.array(
        [[np.mean([train.run(task, s, r, n).result for n in seeds]) for r in rates] for s in schedules]
    )


def test_tuning_picks_the_rate_and_the_reference_with_the_lowest_mean_on_the_tuning_seeds():
    task, schedules = tasks.get("quadratic", noise=0.5), [SHAPES[0], SHAPES[2]]
    tuned = train.tune(task, schedules, GRID, SEEDS)
    means = mean_results(task, schedules, tuned.sweep.base_lrs, SEEDS)
    assert tuned.peak == tuple(means.argmin(axis=1))
    best = means.min(axis=1).argmin()
    assert tuned.reference == str(schedules[best]) and best != means.max(axis=1).argmin()
    assert tuned.at_edge == (False, False)
    assert tuned.sweep.seeds == tuple(SEEDS)
    swapped = train.tune(task, schedules[::-1], GRID, SEEDS)
    assert swapped.peak == tuned.peak[::-1]
    assert swapped.reference == tuned.reference


@pytest.mark.parametrize(
    ("grid", "widened"),
    [((0.1, 0.2, 0.4), 3), ((0.01, 0.02, 0.04), 3), ((1.2, 2.4, 4.8), 1), ((0.8, 1.6, 3.2), 0)],
)
def test_a_peak_at_an_edge_widens_the_grid_there_by_its_own_ratio(grid, widened):
    task = tasks.get("quadratic", noise=0.0, curvatures=(1.0, 0.1))
    tuned = train.tune(task, [constant(1, 10)], grid, [0], widen=3)
    rates = tuned.sweep.base_lrs
    assert set(grid) <= set(rates)
    assert tuned.widened == widened == len(rates) - len(grid)
    assert np.diff(np.log(rates)) == pytest.approx(np.log(2))
    exact = [theory.expected_loss([rate] * 10, (1.0, 0.1), noise=0.0)[-1] for rate in rates]
    counted = np.where(np.array(exact) > task.guess * 2, task.guess, exact)
    assert tuned.peak == (counted.argmin(),)
    assert tuned.at_edge == (tuned.peak[0] in (0, len(rates) - 1),)
    assert tuned.at_edge == (grid == (0.01, 0.02, 0.04),)


@pytest.mark.parametrize(
    "grid",
    [
        (),
        (0.1, 0.2),
        (0.1, 0.3, 0.2),
        (0.1, 0.1, 0.2),
        (0.0, 0.1, 0.2),
        (-0.1, 0.1, 0.2),
        (0.1, float("nan"), 0.2),
        (float("nan"), 0.1, 0.2),
        (0.1, 0.2, float("inf")),
    ],
    ids=str,
)
def test_a_bad_grid_is_refused(grid):
    with pytest.raises(ValueError, match="base_lrs must be at least 3 increasing rates > 0"):
        train.tune(PROBLEMS["quadratic"][0], SHAPES[:1], grid, [0])


def test_judging_trains_each_schedule_at_its_own_peak_on_other_seeds():
    task, schedules = tasks.get("quadratic", noise=0.5), [SHAPES[0], SHAPES[2]]
    tuned = train.tune(task, schedules, GRID, SEEDS)
    assert tuned.peak[0] != tuned.peak[1]
    judged, rates = train.judge(task, tuned, [0, 1]), [*tuned.judged_at().values()]
    assert rates == [each.rate for each in tuned.fitted.values()] != [*tuned.peaks.values()]
    for s, n in np.ndindex(2, 2):
        peak = rates[s]
        assert judged.result[s, 0, n] == pytest.approx(
            train.run(task, schedules[s], peak, n).result, rel=1e-9
        )
    with pytest.raises(ValueError, match="used for tuning"):
        train.judge(task, tuned, [0, SEEDS[0]])


def test_peaks_between_the_points_of_the_grid_are_better_ones():
    task = tasks.get("quadratic", noise=0.0, curvatures=(1.0,))
    grid, schedule = (0.3, 0.6, 1.2, 1.7), constant(1, 3)  # the best rate is 1: one step to the minimum
    tuned = train.tune(task, [schedule], grid, range(100, 106), widen=0)
    (fitted,) = tuned.fitted.values()
    assert not fitted.at_edge and 0.6 < fitted.rate < 1.7
    on_grid, between = (train.judge(task, tuned, [0], interpolate=i).result[0, 0, 0] for i in (False, True))
    assert between < on_grid
    assert between == pytest.approx(train.run(task, schedule, fitted.rate, 0).result, rel=1e-9)


def test_a_peak_beside_a_rate_that_diverged_is_not_moved_towards_it():
    task = tasks.get("quadratic", curvatures=(1.0,), noise=0.0)
    tuned = train.tune(task, [constant(1)], [0.2, 0.9, 1.99, 4.0], range(100, 106), steps=60, widen=0)
    assert tuned.sweep.diverged[0, 3].all() and tuned.peak == (1,)
    (fitted,) = tuned.fitted.values()
    assert fitted.rate <= 1.99 and not fitted.at_edge
    tuned = train.tune(task, [constant(1)], [0.1, 0.9, 2.5, 4.0], range(100, 106), steps=60, widen=0)
    assert _only(tuned.fitted).at_edge and _only(tuned.fitted).rate == 0.9


def test_what_was_judged_brings_the_errors_of_its_peaks():
    task, rates = tasks.get("quadratic", noise=0.5), [0.05 * 2 ** (k / 2) for k in range(9)]
    shapes = {"linear": "linear(1, 0, T)", "again": "linear(1, 0, T)", "constant": "constant(1)"}
    judged = {
        n: train.judge(task, train.tune(task, shapes, rates, range(100, 100 + n), steps=30), range(8))
        for n in (4, 64)
    }
    assert judged[4].losses().peak_error("linear", "again") == 0
    assert (
        judged[4].losses().peak_error("linear", "constant")
        > 2 * judged[64].losses().peak_error("linear", "constant")
        > 0
    )
    one, other = (judged[4].excess[name] for name in ("linear", "constant"))
    assert judged[4].losses().peak_error("linear", "constant") == pytest.approx(np.std(one - other))
    apart = train.sweep(task, shapes, 0.1, range(8), steps=30)
    assert apart.losses().peak_error("linear", "constant") == 0


def _only(found):
    (value,) = found.values()
    return value


def test_tuning_prefers_a_bad_rate_to_one_that_diverges():
    task = tasks.get("quadratic", curvatures=(1.0,), noise=0.0)
    tuned = train.tune(task, [constant(1)], [1.99, 2.3, 4.0, 8.0], seeds=range(3), steps=60, widen=0)
    assert tuned.sweep.diverged[0, 1:].all() and not tuned.sweep.diverged[0, 0].any()
    assert tuned.peak == (0,) and tuned.at_edge == (True,)


def test_peaks_are_judged_on_the_task_they_were_tuned_on():
    task = tasks.get("quadratic", noise=0.5)
    tuned = train.tune(task, "linear(1, 0, T)", [0.1, 0.2, 0.4], range(3), steps=20, widen=0)
    same = train.judge(tasks.get("quadratic", noise=0.5), tuned, [7])
    assert same.schedules == (tuned.peaks["linear(1, 0, T)"] * linear(1, 0, 20),)
    louder = replace(task, batches=tasks.get("quadratic", noise=5.0).batches)
    for other in ("quadratic", "digits", louder):
        with pytest.raises(ValueError, match=r"^judge: task .* is not what the peaks were tuned on"):
            train.judge(other, tuned, [7])
    with pytest.raises(ValueError, match=r"^judge: tuned must be what train.tune gives, got Sweep"):
        train.judge(task, tuned.sweep, [7])
