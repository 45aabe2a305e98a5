"""What lesson 16 experiments with does what the lesson says of it."""

import numpy as np
import pytest
import torch

from lrlib import tasks, train
from lrlib.course.plateau import cut_by, cut_while_falling, driven, patience_for, replayed
from lrlib.optim import FeedbackLR, Plateau, Standing
from lrlib.schedules import table

STEPS, EVERY, RULES = 40, 4, 1500


def simulated(rule, readings):
    """The share of rules that have cut by each reading: readings (rules, n)."""
    cut = np.zeros(readings.shape)
    for row, told in zip(cut, readings, strict=True):
        standing = Standing()
        for n, reading in enumerate(told):
            standing = rule.after(standing, reading)
            if standing.multiplier < 1:
                row[n:] = 1
                break
    return cut.mean(axis=0)


@pytest.mark.parametrize("patience", [0, 1, 4, 11])
def test_the_closed_form_is_the_share_of_rules_that_cut_whatever_the_noise(patience):
    noise = np.random.default_rng(patience).exponential(size=(RULES, 30))
    gap = abs(simulated(Plateau(patience=patience, rtol=0), noise) - cut_by(patience, 30))
    assert gap.max() < 4 * np.sqrt(0.25 / RULES)


def test_before_patience_is_over_no_rule_cuts():
    assert cut_by(10, 3).tolist() == cut_while_falling(10, 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("patience", [0, 3, 10])
def test_early_chances_are_a_difference_of_harmonic_numbers(patience):
    first, last = patience + 2, 2 * patience + 3
    early = np.cumsum(1 / np.arange(first, last + 1))
    assert cut_by(patience, last)[first - 1 :] == pytest.approx(early, rel=1e-12)
    assert (cut_by(patience, last)[: first - 1] == 0).all()


@pytest.mark.parametrize("patience, slope, threshold", [(0, 0.3, 0), (3, 0.2, 0), (6, 0.1, 0), (3, 0.2, 0.7)])
def test_the_quadrature_is_the_share_of_rules_that_cut_while_the_mean_falls(patience, slope, threshold):
    noise = np.random.default_rng(1).standard_normal((RULES, 30)) - slope * np.arange(30)
    shares = simulated(Plateau(patience=patience, rtol=0, atol=threshold), noise)
    gap = abs(shares - cut_while_falling(patience, 30, slope, threshold))
    assert gap.max() < 4 * np.sqrt(0.25 / RULES)


@pytest.mark.parametrize("slope", [0.1, 0.4])
def test_the_patience_for_a_slope_is_the_smallest_that_is_safe(slope):
    p = patience_for(slope, readings=50)
    assert cut_while_falling(p, 50, slope)[-1] <= 0.05 < cut_while_falling(p - 1, 50, slope)[-1]


@pytest.fixture(scope="module")
def task():
    return tasks.get("digits", label_noise=0.2)


@pytest.mark.parametrize("of", ["rows", "batch"])
def test_a_driven_run_is_that_of_a_loop_with_feedback(task, of):
    rule, rows = Plateau(0.5, patience=0), tuple(part[:50] for part in task.heldout)
    found = driven(task, rule, [0.1, 0.7], [3, 5], STEPS, EVERY, rows if of == "rows" else None)
    model, batches = task.model(5), task.batches(5, STEPS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.7)
    scheduler, used, loss = FeedbackLR(optimizer, rule), [], None
    for t in range(STEPS):
        if t and t % EVERY == 0:
            scheduler.report((task.loss(model(rows[0]), rows[1]) if of == "rows" else loss).item())
        used.append(optimizer.param_groups[0]["lr"])
        loss = task.loss(model(batches[t][0]), batches[t][1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert len(set(used)) > 1
    assert found.used[1, 1].tolist() == used
    assert found.result[1, 1] == pytest.approx(
        task.loss(model(task.heldout[0]), task.heldout[1]).item(), rel=1e-9
    )


def test_replayed_rates_give_the_run_they_come_from_and_that_of_the_engine(task):
    rates = [0.2, 0.5]
    seen = driven(task, Plateau(0.5, patience=0), [0.5], range(3), STEPS, EVERY, task.heldout)
    again = replayed(task, seen.used[0] / 0.5, [0.5], range(3))
    assert np.array_equal(again.heldout_loss, seen.heldout_loss)
    line = np.linspace(1, 0.1, STEPS)
    engine = train.sweep(task, [table(line)], rates, range(3), steps=STEPS)
    ours = replayed(task, np.tile(line, (3, 1)), rates, range(3))
    assert ours.heldout_loss == pytest.approx(engine.heldout_loss[0], rel=1e-9)
    assert ours.heldout_right == pytest.approx(engine.heldout_right[0])


def test_several_rules_at_once_are_each_alone(task):
    rules, rows = [Plateau(0.5, patience=p) for p in (0, 2)], tuple(part[:50] for part in task.heldout)
    both = driven(task, rules, [0.7, 0.5], range(2), STEPS, EVERY, rows)
    for i, (rule, rate) in enumerate(zip(rules, (0.7, 0.5), strict=True)):
        assert np.array_equal(both.used[i], driven(task, rule, [rate], range(2), STEPS, EVERY, rows).used[0])


def test_a_run_that_blows_up_counts_as_a_guess(task):
    found = driven(task, Plateau(), [1e200], [0], 6, 2, task.heldout)
    assert found.result.tolist() == [[task.guess]]
