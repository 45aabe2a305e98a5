"""The museum: every trap still does what its label says, every repair works, and no two look the same.

The numbers come from the formulas of the schedules, not from a run: a torch that repairs a trap fails here.
"""

import re
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
from matplotlib import rc_context
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
)
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from lrlib.course.museum import HALLS, TRAPS, panels, signs, why_not
from lrlib.course.museum.case import sgd, step_both
from lrlib.ledger import Ledger
from lrlib.schedules import cosine, linear

RATES = (1e-4, 0.1, 3.0)
STOPPED = {"nested-last": 10, "late-group": 21}


@pytest.fixture(scope="module")
def broken():
    return {name: trap.broken() for name, trap in TRAPS.items()}


def ratio(name, base_lr=0.1):
    """Used and planned rates of a trap in units of the base rate, as far as the run went."""
    ledger = TRAPS[name].broken(base_lr)
    return ledger.used / base_lr, ledger.intended[: len(ledger.used)] / base_lr


def by_group(name):
    """The same of every group."""
    ledger = TRAPS[name].broken(1.0)
    return ledger.used_by_group, ledger.intended


def off(name):
    used, plan = ratio(name)
    return np.flatnonzero(np.abs(used - plan) > 1e-6 * plan.max()).tolist()


@pytest.mark.parametrize("base_lr", RATES)
@pytest.mark.parametrize("name", TRAPS)
def test_the_broken_run_leaves_its_plan_and_the_fixed_one_does_not(name, base_lr):
    trap = TRAPS[name]
    gone, kept = trap.broken(base_lr), trap.fixed(base_lr)
    peak = kept.intended.max()
    assert kept.largest_gap() <= 1e-12 * peak
    assert np.all(kept.intended[0] <= peak) and np.all(kept.intended >= 0)
    if name in STOPPED:
        assert len(gone.used) == STOPPED[name] < len(gone.intended)
    else:
        assert gone.largest_gap() > 0.01 * peak


@pytest.mark.parametrize("name", TRAPS)
def test_rates_scale_with_the_base_rate_and_repeat(name):
    trap = TRAPS[name]
    small, large = trap.broken(0.01), trap.broken(0.64)
    np.testing.assert_allclose(64 * small.used_by_group, large.used_by_group, rtol=1e-9, atol=1e-13)
    assert trap.broken(0.01).used.tolist() == small.used.tolist()
    assert signs(small) == signs(large)


@pytest.mark.parametrize("base_lr", [1e-12, 0.001, 0.3, 7])
def test_a_trap_has_its_signs_and_no_gap_when_fixed_at_any_base_rate(broken, base_lr):
    for name, trap in TRAPS.items():
        assert signs(trap.broken(base_lr)) == signs(broken[name]), name
        assert not signs(trap.fixed(base_lr)), name


def test_no_sign_is_a_matter_of_rounding(broken):
    for name, ledger in broken.items():
        for factor in (1 - 1e-9, 1 + 1e-9):
            used = ledger.used_by_group * factor
            moved = Ledger(intended=ledger.intended, used_by_group=used, heldout_loss=ledger.heldout_loss,
                           heldout_steps=ledger.heldout_steps)  # fmt: skip
            assert signs(moved) == signs(ledger), name


def test_the_ledger_is_the_way_the_weight_went():
    moved = []

    def reset(optimizer, args, kwargs):
        (weight,) = optimizer.param_groups[0]["params"]
        weight.data.zero_()
        weight.grad = torch.ones_like(weight)

    hooks = [
        register_optimizer_step_pre_hook(reset),
        register_optimizer_step_post_hook(
            lambda optimizer, args, kwargs: moved.append(-optimizer.param_groups[0]["params"][0].item())
        ),
    ]
    try:
        ledger = TRAPS["scheduler-only"].broken()
    finally:
        for hook in hooks:
            hook.remove()
    np.testing.assert_allclose(moved, ledger.used, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("base_lr", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(base_lr):
    for run in (TRAPS["attribute"].broken, TRAPS["attribute"].fixed):
        with pytest.raises(ValueError, match=r"trap attribute: base_lr must be a number > 0, got"):
            run(base_lr)


def test_the_museum_is_large_and_its_labels_are_complete():
    assert len(TRAPS) >= 45 and list(TRAPS) == [name for hall in HALLS.values() for name in hall]
    required = {
        "scheduler-only", "optimizer-first", "missed-restart", "nested-last", "nested-first", "negative-rate",
        "chained-warmup", "attribute", "skipped-update", "epochs-for-batches", "batches-for-epochs",
        "old-horizon", "logged-late", "shared-tensor", "fused-skip", "final-batch-size", "old-milestones",
        "unread-scale", "plateau-apart", "built-late", "workers-late", "stale-decay", "stepped-outside",
        "warmup-twice", "floor-on-top",
    }  # fmt: skip
    assert required <= set(TRAPS)
    for name, trap in TRAPS.items():
        assert trap.id == name and trap.wrong != trap.right
        assert all(len(text) > 15 for text in (trap.title, trap.symptom, trap.cause, trap.fix))
        assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+", trap.thread)
    for field in ("title", "symptom", "cause"):
        assert len({getattr(trap, field) for trap in TRAPS.values()}) == len(TRAPS), field


ALIKE = {frozenset((name, trap.alike)) for name, trap in TRAPS.items() if trap.alike}


def test_no_two_traps_show_the_same_signs_but_those_declared_alike(broken):
    found = {name: signs(ledger) for name, ledger in broken.items()}
    same = {frozenset(pair) for pair in combinations(TRAPS, 2) if len({found[name] for name in pair}) == 1}
    assert same == ALIKE == {frozenset(("fused-skip", "skipped-update"))}
    for pair in map(sorted, ALIKE):  # the same ledger, and so no sign could tell them apart
        one, other = (broken[name] for name in pair)
        assert one.used.tolist() == other.used.tolist() and one.intended.tolist() == other.intended.tolist()
    assert all(found.values())
    assert not any(signs(trap.fixed()) for trap in TRAPS.values())


def test_something_speaks_against_every_wrong_diagnosis_and_nothing_against_the_right_one(broken):
    for right, guess in permutations(TRAPS, 2):
        if right in ("attribute", "scheduler-only", "last-epoch", "milestone-early", "skipped-update"):
            assert bool(why_not(broken[right], guess)) == ({right, guess} not in ALIKE), (right, guess)
    assert not any(why_not(ledger, name) for name, ledger in broken.items())
    assert "No trap has the id" in why_not(broken["attribute"], "the weather")


def test_what_speaks_against_a_diagnosis_is_true(broken):
    against = why_not(broken["attribute"], "scheduler-only")
    assert against == "A ledger of that trap goes above the planned peak; this one does not."
    assert ratio("scheduler-only")[0].max() > 1 >= ratio("attribute")[0].max()


def test_signs_need_a_plan_and_an_update():
    for ledger in (Ledger(), Ledger(intended=np.ones(3))):
        with pytest.raises(ValueError, match="planned rates and at least one update"):
            signs(ledger)


@pytest.mark.parametrize(
    "planned, used", [((3,), (4, 1)), ((3, 2), (3, 1)), ((3, 1), (5, 1)), ((3, 2), (3, 3))]
)
def test_signs_need_a_plan_of_every_update_and_group(planned, used):
    with pytest.raises(ValueError, match="a plan of every update and group"):
        signs(Ledger(intended=np.ones(planned), used_by_group=np.ones(used)))


@pytest.mark.parametrize(
    "planned, used",
    [([1, np.nan], [1, 1]), ([1, 1], [1, np.nan]), ([1, 1], [1, np.inf]), ([1, np.inf], [1, 1])],
)
def test_signs_need_finite_rates(planned, used):
    with pytest.raises(ValueError, match="finite"):
        signs(Ledger(intended=planned, used_by_group=used))


@pytest.mark.parametrize("guess", [None, 3, ["attribute"], "", "the weather"])
def test_a_guess_that_is_no_name_is_answered(broken, guess):
    assert why_not(broken["attribute"], guess) == f"No trap has the id {guess!r}."


def test_capitals_and_blanks_of_a_guess_do_not_matter(broken):
    assert why_not(broken["attribute"], " Attribute ") == ""


def test_panels_of_nothing_are_refused():
    with pytest.raises(ValueError, match="panels: ledgers must hold a ledger or more"):
        panels({}, "A title", "Alt text.")


@pytest.mark.parametrize("columns", [0, -1, 1.5, "2"])
def test_panels_in_no_columns_are_refused(broken, columns):
    with pytest.raises(ValueError, match="panels: columns must be a whole number"):
        panels({"one": broken["attribute"]}, "A title", "Alt text.", columns)


def test_panels_do_not_depend_on_their_users_settings_of_matplotlib(broken):
    plain = panels({"one": broken["attribute"]}, "A title", "Alt text.").png()
    with rc_context({"font.family": "serif", "figure.facecolor": "yellow", "axes.linewidth": 3}):
        assert panels({"one": broken["attribute"]}, "A title", "Alt text.").png() == plain


def test_panels_show_every_ledger_and_where_a_run_stopped(broken):
    names = ["attribute", "nested-last", "scheduler-only"]
    some = {name: broken[name] for name in names}
    one, two = (panels(some, "A title", "Alt text.", columns) for columns in (2, 4))
    drawn = [axes for axes in one.figure.axes if axes.get_lines()]
    assert [axes.get_title(loc="left") for axes in drawn] == names
    assert [len(axes.get_lines()) for axes in drawn] == [2, 3, 2]
    for axes, ledger in zip(drawn, some.values(), strict=True):
        used, planned = (line.get_ydata() for line in axes.get_lines()[:2])
        assert np.array_equal(used, ledger.used) and np.array_equal(planned, ledger.intended)
    assert one.png() == panels(some, "A title", "Alt text.").png() != two.png()


def test_beside_a_gap_that_is_hard_to_see_its_updates_are_drawn_larger(broken):
    enlarged = {}
    for name, ledger in broken.items():
        whole, *larger = panels({name: ledger}, "A title", "Alt text.").figure.axes
        assert max(len(line.get_xdata()) for line in whole.get_lines()) == len(ledger.intended)
        for axes in larger:
            used, plan = (line.get_ydata() for line in axes.get_lines())
            assert np.ptp(axes.get_ylim()) < 6 * np.abs(used - plan).max(), "the gap fills a good part of it"
            enlarged[name] = axes.get_lines()[0].get_xdata().tolist()
    assert enlarged == {
        "milestone-early": [*range(16, 23)], "missed-restart": [*range(118, 125)],
        "negative-rate": [*range(17, 21)], "nested-first": [*range(6, 13)], "stale-decay": [*range(12, 19)],
    }  # fmt: skip


@pytest.mark.parametrize("name, early", [("step-order", 1), ("skipped-update", 3), ("fused-skip", 3)])
def test_counting_too_much_shifts_the_plan(name, early):
    used, plan = ratio(name)
    np.testing.assert_allclose(used[:-early], plan[early:], atol=1e-12)
    np.testing.assert_allclose(used[-early:], 0, atol=1e-12)


def test_t_max_in_epochs_makes_a_wave():
    used, _ = ratio("epochs-for-batches")
    np.testing.assert_allclose(used, (1 + np.cos(np.pi * np.arange(100) / 10)) / 2, atol=1e-12)


def test_a_step_an_epoch_makes_stairs_that_stay_high():
    used, _ = ratio("batches-for-epochs")
    np.testing.assert_allclose(used, (1 + np.cos(np.pi * (np.arange(100) // 10) / 100)) / 2)
    assert used.min() > 0.97


def test_a_step_a_micro_batch_is_four_times_too_fast():
    used, _ = ratio("micro-batches")
    np.testing.assert_allclose(used, linear(0.1, 1, 12)(4 * np.arange(30) + 3))


def test_a_step_a_process_is_four_times_too_fast():
    used, _ = ratio("processes")
    np.testing.assert_allclose(used, linear(1, 0, 40)(4 * np.arange(40)), atol=1e-12)


def test_optimizer_lr_is_read_by_nobody():
    assert np.ptp(ratio("attribute")[0]) == 0


def test_a_fractional_milestone_is_never_met():
    used, plan = ratio("fraction-of-a-step")
    assert used.tolist() == plan[:37].tolist() + [plan[36]] * 23


def test_milestones_compared_with_the_next_step_are_early():
    assert off("milestone-early") == [19, 39]


def test_a_cosine_climbs_after_its_end():
    used, _ = ratio("past-the-end")
    np.testing.assert_allclose(used, (1 + np.cos(np.pi * np.arange(60) / 40)) / 2, atol=1e-12)
    assert used[59] > 0.4


def test_a_cosine_that_is_cut_ends_high():
    used, _ = ratio("cut-short")
    assert used[-1] == pytest.approx((1 + np.cos(0.59 * np.pi)) / 2)


def test_only_the_fifth_restart_is_missed():
    restarts = [(3**i - 1) // 2 for i in range(6)]  # 0, 1, 4, 13, 40, 121
    used, plan = ratio("missed-restart")
    assert plan[restarts].tolist() == [1] * 6
    assert off("missed-restart") == [121] == restarts[5:]
    assert used[121] == 0


@pytest.mark.parametrize("first_cycle", [1, 2, 7, 10, 50])
def test_the_fifth_restart_is_missed_whatever_the_first_cycle(first_cycle):
    optimizer = sgd(1.0)
    scheduler = CosineAnnealingWarmRestarts(optimizer, first_cycle, T_mult=3)
    jumped = []
    for i in range(6):
        scheduler.step(first_cycle * (3**i - 1) // 2)
        jumped.append(optimizer.param_groups[0]["lr"])
    assert jumped == pytest.approx([1, 1, 1, 1, 1, 0], abs=1e-12)


def test_one_cycle_goes_below_zero_and_then_says_so():
    used, _ = ratio("negative-rate")
    low = 1 / 25e4
    assert off("negative-rate") == [20]
    assert used[20] == pytest.approx(low - (1 - low) / 14)  # one more step of the line from step 5 to 19
    optimizer = sgd(1.0)
    scheduler = OneCycleLR(optimizer, 1.0, total_steps=20, cycle_momentum=False)
    step_both(optimizer, scheduler, 20)
    with pytest.raises(ValueError, match="Tried to step 21 times"):
        step_both(optimizer, scheduler, 1)


def test_a_warmup_from_zero_wastes_an_update():
    used, plan = ratio("dead-first-update")
    assert used[0] == 0 and used[1:].tolist() == plan[:-1].tolist()


def test_a_warmup_without_steps_never_ends():
    np.testing.assert_allclose(ratio("empty-warmup")[0], 0.1)


def test_plateau_never_acts_below_zero():
    ledger = TRAPS["negative-metric"].broken()
    assert np.all(np.diff(ledger.heldout_loss) > 0) and ledger.heldout_loss.max() < 0
    assert np.ptp(ledger.used) == 0 < np.ptp(ledger.intended)


def test_patience_is_one_more_than_elsewhere():
    used, plan = ratio("patience")
    assert np.flatnonzero(np.diff(used)).tolist() == [4, 8, 12, 16, 20]
    assert np.flatnonzero(np.diff(plan)).tolist() == [3, 6, 9, 12, 15, 18, 21]


def test_zero_times_anything_is_zero():
    used, _ = ratio("stuck-at-zero")
    np.testing.assert_allclose(used[20:], 0, atol=1e-15)


def test_a_nested_sequence_stops_at_the_join():
    assert not off("nested-last")
    optimizer = sgd(1.0)
    inner = SequentialLR(optimizer, [ConstantLR(optimizer, 0.5, 2), ExponentialLR(optimizer, 0.9)], [2])
    scheduler = SequentialLR(optimizer, [LinearLR(optimizer, 0.1, 1, 3), inner], [3])
    step_both(optimizer, scheduler, 2)
    with pytest.raises(NotImplementedError):
        step_both(optimizer, scheduler, 1)


def test_a_sequence_in_a_sequence_is_one_update_early():
    used, plan = ratio("nested-first")
    assert off("nested-first") == [9] and used[:-1].tolist() == plan[1:].tolist()


def test_chaining_multiplies():
    used, _ = ratio("chained-warmup")
    t = np.arange(100)
    np.testing.assert_allclose(used, linear(0.1, 1, 20)(t) * cosine(1, 0, 100)(t), atol=1e-12)
    assert used.max() == pytest.approx(cosine(1, 0, 100)(20))


def test_the_second_part_starts_from_the_base_rate():
    used, _ = ratio("second-from-base")
    np.testing.assert_allclose(used[20:], 0.95 ** np.arange(30))


def test_one_cycle_takes_the_warmup_along():
    used, plan = ratio("shared-initial")
    np.testing.assert_allclose(used[:10], plan[:10] / 25)
    np.testing.assert_allclose(used[10:], plan[10:], atol=1e-12)


def test_the_second_scheduler_starts_where_the_first_one_did():
    used, _ = ratio("remembered-base")
    np.testing.assert_allclose(used[4:], 0.9 ** np.arange(21))


def test_a_group_that_joins_late_stops_the_scheduler():
    assert not off("late-group")
    optimizer = sgd(1.0)
    scheduler = LambdaLR(optimizer, lambda t: 1.0)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]})
    optimizer.step()
    with pytest.raises(ValueError, match="shorter than argument"):
        scheduler.step()


def test_a_scheduler_without_its_optimizer_reaches_fifteen_times_the_base_rate():
    used, plan = ratio("scheduler-only")
    # rates are a chain of ratios from the fresh rate: c(t) / c(7) instead of c(t), until the wave touches 0
    factor = 2 / (1 + np.cos(7 * np.pi / 6))
    np.testing.assert_allclose(used[7:18], plan[7:18] * factor, rtol=1e-9)
    assert used.max() == pytest.approx(factor) == pytest.approx(14.93, abs=0.005)
    np.testing.assert_allclose(used[18:], plan[18:], atol=1e-9)


def test_a_restored_scheduler_reports_a_rate_that_nobody_uses():
    optimizer = sgd(1.0)
    scheduler = CosineAnnealingLR(optimizer, 6)
    step_both(optimizer, scheduler, 7)
    fresh = sgd(1.0)
    restored = CosineAnnealingLR(fresh, 6)
    restored.load_state_dict(scheduler.state_dict())
    assert restored.get_last_lr() == [optimizer.param_groups[0]["lr"]]
    assert fresh.param_groups[0]["lr"] == 1.0


def test_building_after_loading_applies_the_start_factor_again():
    used, plan = ratio("optimizer-first")
    np.testing.assert_allclose(used[8:], 0.2 * plan[8:])


def test_without_its_state_the_schedule_begins_again():
    used, plan = ratio("optimizer-only")
    np.testing.assert_allclose(used[:36], plan[:36])
    np.testing.assert_allclose(used[36:], plan[1:25])


def test_last_epoch_at_a_drop_drops_twice():
    used, plan = ratio("last-epoch")
    np.testing.assert_allclose(used[10:], 0.3 * plan[10:])


def test_the_old_horizon_is_kept():
    used, _ = ratio("old-horizon")
    np.testing.assert_allclose(used, (1 + np.cos(np.pi * np.arange(100) / 50)) / 2, atol=1e-12)


def test_another_lambda_is_accepted_and_jumps():
    used, _ = ratio("new-lambda")
    np.testing.assert_allclose(used[26:], 1 - np.arange(26, 100) / 100)
    assert used[26] - used[25] == pytest.approx(0.24)


def test_the_new_base_rate_is_overwritten():
    used, plan = ratio("new-base-rate")
    np.testing.assert_allclose(used[15:], 2 * plan[15:])


def test_a_scheduler_built_late_lets_the_first_update_run_at_the_full_rate():
    used, plan = ratio("built-late")
    assert used[0] == 1
    np.testing.assert_allclose(used[1:], plan[:-1])


def test_a_step_outside_the_loop_moves_nothing():
    np.testing.assert_allclose(ratio("stepped-outside")[0], 0.1)


def test_a_log_written_late_holds_the_rate_of_the_next_update():
    used, log = ratio("logged-late")
    np.testing.assert_allclose(used, (1 + np.cos(np.pi * (np.arange(30) % 10) / 10)) / 2, atol=1e-12)
    assert log[:-1].tolist() == used[1:].tolist()
    assert abs(used - log).max() > 0.97  # at a restart: nearly zero was used, the peak was logged


def test_a_floor_on_top_is_added_to_the_peak_too():
    used, plan = ratio("floor-on-top")
    t = np.arange(50)
    np.testing.assert_allclose(used, 0.1 + (1 + np.cos(np.pi * t / 50)) / 2)
    np.testing.assert_allclose(plan, 0.1 + 0.9 * (1 + np.cos(np.pi * t / 50)) / 2)
    assert used[0] == pytest.approx(1.1)


def test_a_warmup_taken_twice_ends_the_decay_so_much_early():
    used, plan = ratio("warmup-twice")
    assert np.flatnonzero(used == 0)[0] == 50 and plan.min() > 0
    np.testing.assert_allclose(used[40:50], plan[40:60:2])


def test_a_call_proves_an_update_only_where_the_optimizer_is_not_fused():
    program = TRAPS["fused-skip"].program
    assert program(0.1, fused=False, proof="call").largest_gap() < 1e-12
    assert program(0.1, fused=True, proof="call").largest_gap() == pytest.approx(0.1 * 3 / 20)


def test_processes_that_watch_their_own_loss_drift_apart():
    used, plan = by_group("plateau-apart")
    assert np.ptp(used[:, 0]) == 0 and used[:, 1].tolist() == plan.tolist()
    assert np.flatnonzero(np.diff(plan)).tolist() == [12, 16, 20, 24, 28]
    assert np.ptp(TRAPS["plateau-apart"].fixed().used_by_group, axis=1).max() == 0


def test_a_rate_multiplied_after_the_scheduler_was_built_lasts_one_update():
    used, plan = ratio("workers-late")
    assert plan[0] == used[0] == 4
    np.testing.assert_allclose(used[1:], plan[1:] / 4)


def test_samples_of_a_growing_batch_are_fewer_than_the_final_batch_size_says():
    used, plan = ratio("final-batch-size")
    np.testing.assert_allclose(used[:20:2], plan[:10])
    np.testing.assert_allclose(used[20:], plan[10:60])
    assert used[-1] == pytest.approx(0.55)


def test_milestones_of_the_old_batch_size_come_too_late_or_never():
    used, _ = ratio("old-milestones")
    np.testing.assert_allclose(used, np.repeat([1, 0.3], [32, 8]))


def test_groups_that_share_a_tensor_both_use_the_rate_written_last():
    used, plan = by_group("shared-tensor")
    assert used[:, 0].tolist() == used[:, 1].tolist() == plan[:, 1].tolist() != plan[:, 0].tolist()


def test_a_scale_that_nobody_reads_changes_nothing():
    used, plan = by_group("unread-scale")
    np.testing.assert_allclose(used, np.column_stack([4 * plan[:, 0], plan[:, 1]]), atol=1e-12)


def test_weight_decay_restored_in_part_is_that_of_the_constructor_for_one_update():
    used, plan = ratio("stale-decay")
    assert off("stale-decay") == [15]
    assert used[15] == pytest.approx(0.1) and plan[15] == pytest.approx(0.25)
