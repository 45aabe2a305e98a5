"""What results promise: names travel, tables are tidy, and only what belongs together is joined."""

import numpy as np
import pandas as pd
import pytest

from lrlib import stats, tasks, train
from lrlib.course import finding
from lrlib.schedules import constant, linear
from tests.train.problems import LONGER, SCHEDULES, SHAPES, digits


def test_labels_travel_from_the_call_to_every_result():
    task, names = tasks.get("quadratic", noise=0.3), ("four", "shapes", "by", "name")
    shapes = dict(zip(names, SHAPES, strict=True))
    tuned = train.tune(task, shapes, [0.05, 0.1, 0.2, 0.4], range(8, 12))
    judged = train.judge(task, tuned, range(3), evaluations=2)
    assert tuned.sweep.labels == judged.labels == names
    assert judged.reference == tuned.reference
    losses, ledgers = judged.losses(), judged.ledgers()
    assert tuple(tuned.peaks) == tuple(tuned.fitted) == tuple(losses) == tuple(ledgers) == names
    for i, name in enumerate(names):
        assert tuned.peaks[name] == tuned.sweep.base_lrs[tuned.peak[i]]
        peak = tuned.judged_at()[name]
        assert judged.schedules[i] == peak * shapes[name]
        assert judged.used[i, 0].max() == pytest.approx(peak * max(shapes[name].values(LONGER)), rel=1e-15)
        assert np.array_equal(losses[name], judged.result[i, 0])
        assert [one.result for one in ledgers[name]] == losses[name].tolist()
        assert {(one.label, one.schedule) for one in ledgers[name]} == {(name, judged.schedules[i])}
        alone = judged.ledger(name, seed=2)
        assert np.array_equal(alone.heldout_loss, ledgers[name][2].heldout_loss)
    with pytest.raises(ValueError, match="unknown label 'shape'; did you mean 'shapes'"):
        judged.ledger("shape")


def test_only_sweeps_that_differ_in_their_rates_are_joined():
    task = tasks.get("quadratic")
    one = train.sweep(task, [constant(1)], [0.1], range(2), steps=3)
    with pytest.raises(ValueError, match="base_lrs"):
        one.joined(train.sweep(task, [constant(1)], [0.2], range(3), steps=3))
    with pytest.raises(ValueError, match="base_lrs"):
        one.joined(one)
    assert one.joined(train.sweep(task, [constant(1)], [0.05], range(2), steps=3)).base_lrs == (0.05, 0.1)


def test_sweeps_of_other_tasks_are_not_joined():
    one, two = (train.sweep(digits(hidden=(h,)), SCHEDULES, (r,), (0,)) for h, r in ((4, 0.1), (8, 0.2)))
    with pytest.raises(ValueError, match="base_lrs differ"):
        one.joined(two)


def test_a_table_has_a_row_a_run_or_a_row_a_step_and_says_what_the_ledgers_say():
    names = {"up": linear(0, 1, 6), "down": linear(1, 0, 6)}
    found = train.sweep("quadratic", names, [0.1, 5.0], [4, 2], evaluations=3)
    runs, steps = found.frame(), found.frame(by="step")
    assert (len(runs), len(steps)) == (8, 8 * 6)
    assert runs.label.tolist() == ["up"] * 4 + ["down"] * 4
    assert runs.base_lr.tolist() == [0.1, 0.1, 5.0, 5.0] * 2 and runs.seed.tolist() == [4, 2] * 4
    assert runs.result.tolist() == found.result.ravel().tolist()
    assert runs.diverged.tolist() == found.diverged.ravel().tolist()
    mine = steps[(steps.label == "down") & (steps.base_lr == 0.1) & (steps.seed == 2)]
    ledger = found.ledger("down", 0.1, 2)
    assert mine.step.tolist() == ledger.steps.tolist()
    for column in ("intended", "used", "train_loss"):
        assert np.array_equal(mine[column], getattr(ledger, column))
    taken = mine.dropna()
    assert (taken.step + 1).tolist() == ledger.heldout_steps.tolist()
    assert taken.heldout_loss.tolist() == ledger.heldout_loss.tolist()
    with pytest.raises(ValueError, match="by must be 'run' or 'step', got 'seed'"):
        found.frame(by="seed")


def test_a_ranking_takes_what_was_judged_as_it_is():
    names = {"constant": constant(1), "linear": linear(1, 0, 60)}
    tuned = train.tune("quadratic", names, [0.05, 0.1, 0.2, 0.4, 0.8], range(100, 132), steps=60)
    judged = train.judge("quadratic", tuned, range(40))
    table = stats.ranking(judged)
    by_hand = stats.ranking({name: judged.result[i, 0] for i, name in enumerate(names)}, tuned.reference)
    limits = ["ci_low", "ci_high"]
    pd.testing.assert_frame_equal(table.drop(columns=limits), by_hand.drop(columns=limits))
    found = stats.compare(*judged.result[:, 0], also=judged.losses().peak_error("constant", "linear"))
    assert table.loc["constant", limits].tolist() == [found.low, found.high]
    assert table.loc["constant", "ci_low"] < by_hand.loc["constant", "ci_low"]
    assert table.loc["linear", "verdict"] == "reference" and table.loc["constant", "verdict"] == "worse"
    assert stats.headline(judged) == stats.headline(table) == "linear ends lower than constant"
    assert stats.ranking(judged, reference="constant").loc["linear", "verdict"] == "better"
    with pytest.raises(ValueError, match="ranking: needs a sweep at one peak rate, got 5 rates"):
        stats.ranking(tuned.sweep)
    with pytest.raises(ValueError, match="ranking: ranks what was judged, not tuned peaks; judge them first"):
        stats.ranking(tuned)
    nobody = train.sweep("quadratic", names, 0.1, range(8), steps=60)
    for ask in (stats.ranking, stats.headline):
        with pytest.raises(ValueError, match=r"ranking: pass reference=, one of 'constant', 'linear'$"):
            ask(nobody)
    with pytest.raises(ValueError, match="ranking: unknown reference 'line'; did you mean 'linear'"):
        stats.ranking(judged, reference="line")


def test_the_share_that_is_right_stands_beside_the_loss_where_a_task_has_one():
    shapes = {"calm": "constant(1)", "wild": "constant(1e9)"}
    found = train.sweep(digits(), shapes, [0.1], seeds=range(3), steps=40, evaluations=2)
    assert found.heldout_right.shape == (2, 1, 3, 2) and found.diverged[1].all()
    right = found.right()
    assert right["calm"].tolist() == found.heldout_right[0, 0, :, -1].tolist() and right["calm"].min() > 0.3
    assert right["wild"].tolist() == [0, 0, 0]
    table = stats.ranking(found, reference="wild")
    assert table["right"].tolist() == [right["calm"].mean(), 0]
    assert (
        f"; {100 * right['calm'].mean():.1f} against 0.0 % right)"
        in finding.found(found, reference="wild").sentence
    )
    numbers = train.sweep("quadratic", shapes, [0.1], seeds=range(3), steps=4)
    assert numbers.right() == {} and "right" not in stats.ranking(numbers, reference="wild")


def test_a_rate_and_a_seed_are_named_by_their_values():
    names = {"up": linear(0, 1, 6), "down": linear(1, 0, 6)}
    found = train.sweep("quadratic", names, [1.0, 2.0], [4, 0], evaluations=3)
    for r, rate in enumerate(found.base_lrs):
        assert found.losses(rate)["down"].tolist() == found.result[1, r].tolist()
        for n, seed in enumerate(found.seeds):
            one = found.ledger("down", rate, seed)
            assert one.intended[0] == rate and one.result == found.result[1, r, n]
            assert found.ledgers(rate)["down"][n].result == one.result
    assert found.ledger("up", 2.0).result == found.ledger("up", 2.0, seed=4).result
    for ask in (found.losses, found.ledgers, lambda: found.ledger("up")):
        with pytest.raises(ValueError, match=r"^base_lr must be one of 1\.0, 2\.0, got None$"):
            ask()
    with pytest.raises(ValueError, match=r"^base_lr must be one of 1\.0, 2\.0, got 0$"):
        found.losses(0)
    with pytest.raises(ValueError, match=r"^seed must be one of 4, 0, got 1$"):
        found.ledger("up", 1.0, seed=1)
