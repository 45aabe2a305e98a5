"""The report on lengths and peaks: what is refused, what is trained, and whether what it says follows."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lrlib import reports, stats, tasks, theory
from lrlib.reports import axes, lengths, sensitivity
from lrlib.rules import Refused
from lrlib.schedules import parse

QUICK = {
    "profile": "quick",
    "task": "quadratic",
    "steps": 60,
    "base_lrs": [0.2, 0.28, 0.4, 0.57, 0.8, 1.13, 1.6],
}


@pytest.fixture(scope="module")
def use():
    return reports.asked("sensitivity", QUICK).settled


@pytest.fixture(scope="module")
def found(use):
    task = tasks.get("quadratic", noise=0.3)
    study = sensitivity.study(task, use)
    return lengths.found(study, task.unit)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"warmups": [0, 0.001]}, "warmups: two of .* are the same number of 120 updates"),
        ({"warmups": [0, 7.5]}, "warmups: 7.5 is neither a share of the run, 0..1, nor a whole number"),
        ({"cooldowns": [0, 121]}, "cooldowns: 121 is 121 updates, and beside the other length 120 are left"),
        ({"warmup": 0.5, "cooldowns": [0, 0.6]}, "beside the other length 60 are left"),
        ({"warmups": [0], "cooldowns": [1]}, "give two lengths or more of one of them"),
        ({"decay": "lineal"}, "did you mean 'linear'"),
        ({"task": "digit"}, "did you mean 'digits'"),
        ({"momentum": 0.5}, "momentum is for the optimizer momentum, not sgd"),
        ({"optimizer": "adam"}, "base_lrs: all from 0.16 on are far too high for adam"),
        ({"n_seeds": 5}, "6..1000"),
        ({"most_updates": 1000}, "raise it, -p most_updates"),
        ({"minutes": 0.01, "steps": 5000}, "minutes: this takes up to .* give fewer lengths, .* -p minutes"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence_before_it_starts(given, says):
    with pytest.raises(Refused, match=says) as refused:
        reports.asked("sensitivity", given)
    assert "\n" not in str(refused.value)


def test_a_length_means_a_share_or_updates_and_the_schedule_has_it():
    use = reports.asked("sensitivity", {"warmups": [0, 12, 0.25], "cooldowns": [0, 0.5, 1]}).settled
    shapes, (up, down) = axes.axes(use)
    assert list(up.lengths.values()) == [0, 12, 30] and list(down.lengths.values()) == [0, 60, 120]
    assert shapes[up.labels["30 (25 %)"]] == parse("linear(0, 1, 30) >> linear(1, 0, 90)")
    assert shapes[down.labels["60 (50 %)"]] == parse("constant(1, 60) >> linear(1, 0, 60)")
    assert len(shapes) == 5, "a schedule that both lengths share is trained once"


@pytest.mark.parametrize("decay", axes.DECAYS)
def test_every_decay_is_as_long_as_the_run_and_falls_to_nothing(decay):
    for warmup, cooldown in ((0, 0), (0, 50), (10, 40), (10, 0), (0, 25)):
        made = axes.schedule(warmup, cooldown, 50, decay)
        rates = made.values(50)
        assert made.steps == 50 and rates.max() == 1 and (rates[:warmup] < 1).all()
        assert (rates[warmup : 51 - cooldown] == 1).all() and np.isclose(
            made(np.array([50.0])), cooldown == 0
        )


def test_what_it_costs_is_no_less_than_what_is_trained(use, found):
    study = found[0].study
    sweeps = study.tuned.sweep, study.judged, study.around, study.grids
    assert sum(each.diverged.size for each in sweeps) <= sensitivity.cost(use).runs


def test_lengths_are_chosen_and_judged_on_different_seeds(found):
    study = found[0].study
    judging = {*study.judged.seeds, *study.around.seeds, *study.grids.seeds}
    assert judging and not judging & set(study.tuned.sweep.seeds)


def test_on_the_bowl_no_warm_up_is_taken_and_a_cooldown_is_as_theory_says(found, use):
    up, down = found
    assert up.choice.taken == "none" and down.choice.taken != "none" and "none" in down.choice.worse
    assert down.gain.verdict == "better" and down.buys.endswith("lower.")
    bowl, steps = tasks.get("quadratic", noise=0.3).options, use["steps"]
    for each in found:
        rates = [each.peaks[row] * parse(label).values(steps) for row, label in each.axis.labels.items()]
        exact = theory.expected_loss(rates, bowl["curvatures"], bowl["noise"])[:, -1]
        for row, expected in zip(each.axis.labels, exact, strict=True):
            low, high, _ = stats.interval(each.losses[row], 0.999)
            assert low <= expected <= high, row


def test_where_no_length_is_ruled_out_the_answer_says_that_nothing_was_told(found):
    for each in found:
        silent = not (each.choice.worse or each.choice.narrower)
        assert silent == ("cannot tell these lengths apart" in each.verdict)


def test_half_and_twice_are_trained_at_half_and_twice_the_peak(found):
    for each in found:
        around = each.study.around
        for row, label in each.axis.labels.items():
            s = around.labels.index(label)
            peak = each.study.judged.used[each.study.judged.labels.index(label), 0]
            assert np.allclose(around.used[s, 0], peak / 2) and np.allclose(around.used[s, 1], 2 * peak)
            assert np.isclose(peak.max(), each.peaks[row])


def test_sentence_picture_table_and_results_name_the_same_length(found):
    for each in found:
        taken = each.choice.taken
        (marked,) = each.table.index[each.table.verdict == "taken"]
        assert marked == taken == each.results["taken"] and each.picture.figure.get_suptitle().startswith(
            each.verdict.split(" of ")[0]
        )
        updates = each.axis.lengths[taken]
        assert (str(updates) if updates else "none") in each.verdict
        assert (
            f"{each.peaks[taken]:.2g}" in each.wrong and f"{each.peaks[taken]:.2g}" == each.table.peak[taken]
        )


def test_a_difference_that_cannot_be_told_is_not_called_lower(found):
    for each in found:
        told = each.gain.verdict != "cannot tell"
        assert told == (each.buys.endswith((" lower.", " higher.")))
        assert (each.wider.verdict == "cannot tell") == ("cannot be told apart" in each.room) or any(
            region.none for region in each.regions
        )


def test_judging_seeds_that_all_end_above_what_was_good_do_not_blame_the_length(found):
    hard = replace(found[0], choice=replace(found[0].choice, bar=1e-9))
    assert hard.room.startswith("Which good region is wider cannot be told: on the judging seeds neither")
    assert hard.results["wider"] == "cannot tell"


def test_a_rate_at_which_a_run_diverged_is_never_good():
    losses, diverged = np.full((1, 3, 6), 1.0), np.zeros((1, 3, 6), dtype=bool)
    diverged[0, 1, 4] = True
    counted = sensitivity.counted(SimpleNamespace(result=losses, diverged=diverged, guess=2.0))
    assert (counted[0, 1] == 2.0).all() and (counted[0, [0, 2]] == 1.0).all()


def test_a_grid_grows_until_the_good_region_is_inside():
    task = tasks.get("quadratic")
    tuned = sensitivity.tune(
        task, {"line": parse("linear(1, 0, 60)")}, [0.4, 0.5, 0.6], range(6), 0.02, steps=60
    )
    assert tuned.widened >= 2 and tuned.sweep.base_lrs[-1] > 0.6


def test_where_nothing_is_learned_it_says_so():
    task = tasks.get("quadratic")
    with pytest.raises(Refused, match=r"no run ends below a constant guess, 0\.72 loss units"):
        sensitivity.tune(
            task, {"flat": parse("constant(1, 60)")}, [40.0, 50.0, 60.0], range(6), 0.02, steps=60
        )
