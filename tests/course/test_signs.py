"""Each sign is shown by the smallest ledger that has it, and not by the largest that has not."""

import numpy as np
import pytest

from lrlib.course.museum import signs
from lrlib.ledger import Ledger

LINE = np.linspace(1, 0, 51)[:50]  # 50 updates, down
BOWL = np.linspace(-1, 1, 61)[:60] ** 2  # 60 updates, down and up again, nowhere twice in a row the same
FLAT = np.ones(40)
LONG = np.linspace(1, 0, 200)


def signs_of(plan, used, peak=7.0, **more):
    """Signs of a ledger whose rates are given in planned peaks."""
    return signs(Ledger(intended=peak * np.asarray(plan), used_by_group=peak * np.asarray(used), **more))


def changed(plan, places, values):
    """The plan, with other values at some updates."""
    used = np.array(plan, dtype=float)
    used[places] = values
    return used


@pytest.mark.parametrize("peak", [1e-4, 1.0, 30.0])
def test_a_gap_is_a_millionth_of_the_planned_peak(peak):
    for size in (0.9e-6, -0.9e-6):
        assert signs_of(LINE, changed(LINE, 30, LINE[30] + size), peak) == ()
    for size in (1.1e-6, -1.1e-6):
        assert "is off in one update only" in signs_of(LINE, changed(LINE, 30, LINE[30] + size), peak)


def stretched_plan(ramp):
    """A plan that rises in `ramp` of 200 updates, run through twice as fast: ramp - 2 updates are off."""
    plan = np.minimum(1, (1 + np.arange(200)) / ramp)
    return plan, np.minimum(1, (1 + 2 * np.arange(200)) / ramp)


def every(k):
    """60 updates, and every k-th rate of them, which then stands still."""
    jumps = BOWL[::k]
    return BOWL, np.append(jumps, np.full(60 - len(jumps), jumps[-1]))


def still_for(n):
    return LINE, changed(LINE, slice(20, 21 + n), LINE[20])


def off_by(value, n):
    """n updates off, each at `value` or at that multiple of the plan."""
    return BOWL, changed(BOWL, slice(5, 5 + n), value)


def shifted(by):
    early, late = np.append(BOWL[by:], [2.0] * by), np.append([2.0] * by, BOWL[:-by])
    return (BOWL, early), (BOWL, late)


BOUNDS = {
    "is right for a while before it is off": (
        (LONG, changed(LONG, slice(20, None), 0.5)),
        (LONG, changed(LONG, slice(19, None), 0.5)),
    ),
    "is right again at the end": (
        (LINE, changed(LINE, slice(5, 49), 0.5)),
        (LINE, changed(LINE, slice(5, 50), 0.5)),
    ),
    "is off in one update only": (
        (LINE, changed(LINE, 7, 0.5)),
        (LINE, changed(LINE, [7, 9], 0.5)),
    ),
    "runs through its plan several times too fast": (every(10), every(11)),
    "stands still for long while its plan moves": (still_for(10), still_for(9)),
    "is a fixed multiple of its plan wherever it is off": (
        off_by(0.5 * BOWL[5:11], 6),
        off_by(0.5 * BOWL[5:10], 5),
    ),
    "no longer moves once it is off": (off_by(0.9, 6), off_by(0.9, 5)),
    "jumps where it goes off": (
        (FLAT, changed(FLAT, slice(20, None), 0.89)),
        (FLAT, changed(FLAT, slice(20, None), 0.91)),
    ),
    "goes back to its first rate where it goes off": (
        (LINE, changed(LINE, 20, 1 + 0.9e-6)),
        (LINE, changed(LINE, 20, 1 + 1.1e-6)),
    ),
    "is its plan, one update early": (shifted(1)[0], shifted(2)[0]),
    "is its plan, one update late": (shifted(1)[1], shifted(2)[1]),
    "is its plan, several updates early": (shifted(5)[0], shifted(6)[0]),
    "has a rate below zero": (
        (LINE, changed(LINE, 7, -1.1e-6)),
        (LINE, changed(LINE, 7, -0.9e-6)),
    ),
    "goes above the planned peak": (
        (LINE, changed(LINE, 7, 1 + 1.1e-6)),
        (LINE, changed(LINE, 7, 1 + 0.9e-6)),
    ),
    "never reaches the planned peak": (
        (LINE, changed(LINE, 0, 1 - 1.5e-6)),
        (LINE, changed(LINE, [0, 7], [1 - 0.9e-6, 0])),
    ),
    "uses one rate throughout": (
        (LINE, np.full(50, 0.5) + 0.9e-6 * (np.arange(50) > 20)),
        (LINE, np.full(50, 0.5) + 1.1e-6 * (np.arange(50) > 20)),
    ),
    "rises where its plan does not": (
        (LINE, changed(LINE, 7, LINE[6] + 1.1e-6)),
        (LINE, changed(LINE, 7, LINE[6] + 0.9e-6)),
    ),
    "is never below its plan": (
        (LINE, changed(LINE, [7, 9], LINE[[7, 9]] + 0.01)),
        (LINE, changed(LINE, [7, 9], LINE[[7, 9]] + [0.01, -0.01])),
    ),
    "is never above its plan": (
        (LINE, changed(LINE, [7, 9], LINE[[7, 9]] - 0.01)),
        (LINE, changed(LINE, [7, 9], LINE[[7, 9]] - [0.01, -0.01])),
    ),
    "stops before its plan does": ((LINE, LINE[:49]), (LINE, changed(LINE, 49, 0.5))),
}


@pytest.mark.parametrize("sign", BOUNDS)
def test_a_sign_begins_where_it_is_said_to(sign):
    shown, not_shown = BOUNDS[sign]
    assert sign in signs_of(*shown)
    found = signs_of(*not_shown)
    assert sign not in found and found, "the other ledger has to be off as well"


def test_every_sign_has_its_bound():
    from lrlib.course.museum.signs import SIGNS

    assert set(BOUNDS) == set(SIGNS)


def test_too_fast_is_said_when_more_than_a_tenth_is_off():
    sign = "runs through its plan several times too fast"
    assert sign in signs_of(*stretched_plan(23)) and sign not in signs_of(*stretched_plan(22))


@pytest.mark.parametrize("start", [1, 3])
def test_too_fast_is_said_wherever_the_count_began(start):
    jumps = BOWL[start::4]
    used = np.append(jumps, np.full(60 - len(jumps), jumps[-1]))
    assert "runs through its plan several times too fast" in signs_of(BOWL, used)


def test_what_is_wrong_from_the_first_update_on_jumps_nowhere():
    assert "jumps where it goes off" not in signs_of(LINE, 0.5 * LINE)


def test_a_rate_that_creeps_has_not_come_to_rest():
    plan, used = off_by(0.9 + 1e-6 * np.arange(6), 6)
    assert "no longer moves once it is off" not in signs_of(plan, used)


@pytest.mark.parametrize("by", [2, 3, 4, 5])
def test_two_to_five_updates_early_are_several(by):
    early, late = shifted(by)
    assert "is its plan, several updates early" in signs_of(*early)
    assert not [sign for sign in signs_of(*late) if "update late" in sign or "early" in sign]


def test_a_group_that_joined_late_and_a_metric_below_zero_are_signs():
    off = changed(LINE, 7, 0.5)
    late = np.column_stack([off, np.where(np.arange(50) < 20, np.nan, off)])
    assert "has a parameter group that joined late" in signs_of(LINE, late)
    for loss, shown in ((-0.001, True), (0.0, False)):
        found = signs_of(LINE, off, heldout_steps=[10, 20], heldout_loss=[1.0, loss])
        assert ("has a metric below zero" in found) == shown
    assert "has a parameter group that joined late" not in signs_of(LINE, off)


def test_the_signs_are_those_of_the_group_that_is_farthest_off():
    slightly, far = changed(LINE, 7, LINE[7] + 0.1), 0.5 * LINE
    for used in ([LINE, far], [slightly, far], [far, slightly]):
        assert "is a fixed multiple of its plan wherever it is off" in signs_of(LINE, np.column_stack(used))
    assert signs_of(np.column_stack([LINE, LINE / 2]), np.column_stack([LINE, LINE / 2])) == ()


def test_groups_at_one_rate_and_groups_that_drift_apart_are_signs():
    together, drifting = (
        "uses one rate in groups that were planned apart",
        "uses different rates in groups of one plan",
    )
    both, two = np.column_stack([LINE, LINE]), np.column_stack([LINE, 0.5 * LINE])
    assert together in signs_of(two, both) and drifting in signs_of(LINE, two)
    for planned, used in ((two, two[:, ::-1]), (LINE, 0.5 * both), (LINE, 0.5 * LINE)):
        assert not {together, drifting} & set(signs_of(planned, used))


@pytest.mark.parametrize("updates, said", [(1, False), (2, False), (3, True)])
def test_a_shift_is_said_where_more_updates_agree_than_are_moved(updates, said):
    plan = LINE[:updates]
    early = np.append(plan[1:], 0.5)
    assert ("is its plan, one update early" in signs_of(plan, early)) == said
