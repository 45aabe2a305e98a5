"""Signs: what a ledger with a gap looks like, in words that tell one trap from another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrlib.ledger import Ledger

TOLERANCE = 1e-6  # of the planned peak
FEWEST = 6  # updates that a fast run through the plan must show
ONE, SEVERAL = range(1, 2), range(2, 6)  # updates early or late


def signs(ledger: Ledger) -> tuple[str, ...]:
    """The signs of a ledger, each completing "a ledger that ..."; empty when it has no gap.

    Of several groups, the one that is farthest off its plan is looked at; one that joined late is not.
    Raises ValueError when the ledger has no planned rates or no updates, or others than were planned: more of
    them, or of another number of groups; and for rates that are no finite numbers.

    >>> signs(Ledger(intended=[1, 0.9, 0.8, 0.7], used_by_group=[0.9, 0.8, 0.7, 0.7]))[:2]
    ('never reaches the planned peak', 'is its plan, one update early')
    """
    plan, used = curves(ledger)
    if len(used) == len(plan) and not wrong(plan, used).any():
        return ()
    found = [text for text, shows in SIGNS.items() if shows(plan, used)]
    return (*found, *(text for text, shows in SIGNS_OF_ALL.items() if shows(ledger)))


def curves(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Rates of the group that is farthest off, in its planned peaks: (updates planned,), (updates made,)."""
    if ledger.intended is None or not len(ledger.steps):
        raise ValueError("signs need a ledger with planned rates and at least one update")
    plan, used = np.atleast_2d(ledger.intended.T).T, ledger.used_by_group
    if plan.ndim > 2 or len(used) > len(plan) or plan.shape[1] not in (1, used.shape[1]):
        raise ValueError(
            f"signs need a plan of every update and group: {plan.shape} planned, {used.shape} used"
        )
    there = ~np.isnan(used[0])
    if not np.isfinite(plan).all() or not np.isfinite(used[:, there]).all():
        raise ValueError("signs need rates that are finite numbers")
    gaps = np.abs(used - plan[: len(used)]).max(axis=0)
    worst = int(np.where(there, gaps, -1).argmax())
    plan = plan[:, worst % plan.shape[1]]
    peak = plan.max() or 1.0
    return plan / peak, used[:, worst] / peak


def wrong(plan: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Which of the updates made were off the plan, shape (updates made,)."""
    return np.abs(used - plan[: len(used)]) > TOLERANCE


def starts_right(plan, used) -> bool:
    off = wrong(plan, used)
    return bool(off.any()) and off.argmax() >= len(plan) / 10


def ends_right(plan, used) -> bool:
    off = wrong(plan, used)
    return bool(off.any()) and not off[-1]


def early(plan, used, by: range) -> bool:
    return len(used) == len(plan) and any(len(plan) > 2 * k and _same(used[:-k], plan[k:]) for k in by)


def late(plan, used, by: range) -> bool:
    return early(used, plan, by)


def fast(plan, used) -> bool:
    many = wrong(plan, used).sum() > len(plan) / 10
    fastest = len(plan) // FEWEST
    return many and any(_every(plan, used, k, start) for k in range(2, fastest + 1) for start in range(k))


def _every(plan, used, k, start) -> bool:
    jumps = plan[start::k]
    return len(used) == len(plan) and np.ptp(jumps) > TOLERANCE and _same(used[: len(jumps)], jumps)


def rises_alone(plan, used) -> bool:
    return bool(((np.diff(used) > TOLERANCE) & (np.diff(plan[: len(used)]) < TOLERANCE)).any())


def stands_still(plan, used) -> bool:
    still = np.abs(np.diff(used)) < TOLERANCE
    moving = np.abs(np.diff(plan[: len(used)])) > TOLERANCE
    return bool((still & moving).sum() >= len(plan) / 5)


def fixed_multiple(plan, used) -> bool:
    off = wrong(plan, used)
    meant, made = plan[: len(used)][off], used[off]
    possible = off.sum() > 5 and made[0] > TOLERANCE and meant.min() > TOLERANCE
    return bool(possible) and _same(made * meant[0], meant * made[0])


def jumps(plan, used) -> bool:
    first = wrong(plan, used).argmax()
    return first > 0 and abs(used[first] - used[first - 1]) > 0.1 + TOLERANCE


def begins_again(plan, used) -> bool:
    first = wrong(plan, used).argmax()
    return jumps(plan, used) and abs(used[first] - used[0]) < TOLERANCE


def comes_to_rest(plan, used) -> bool:
    off = wrong(plan, used)
    return off.sum() > 5 and np.ptp(used[off]) < TOLERANCE


def one_sided(plan, used, side) -> bool:
    off = wrong(plan, used)
    return bool(off.any()) and bool((side * (used - plan[: len(used)])[off] > 0).all())


def apart(rates) -> bool:
    """Whether groups that are there have different rates at an update."""
    groups = np.atleast_2d(rates.T).T
    return bool((np.ptp(groups, axis=1) > TOLERANCE * np.nanmax(groups)).any())


def _same(a, b) -> bool:
    return np.allclose(a, b, rtol=0, atol=TOLERANCE)


SIGNS: dict[str, Callable] = {
    "stops before its plan does": lambda plan, used: len(used) < len(plan),
    "has a rate below zero": lambda plan, used: bool((used < -TOLERANCE).any()),
    "goes above the planned peak": lambda plan, used: used.max() > 1 + TOLERANCE,
    "never reaches the planned peak": lambda plan, used: used.max() < 1 - TOLERANCE,
    "uses one rate throughout": lambda plan, used: np.ptp(used) < TOLERANCE,
    "is off in one update only": lambda plan, used: wrong(plan, used).sum() == 1,
    "is its plan, one update early": lambda plan, used: early(plan, used, ONE),
    "is its plan, several updates early": lambda plan, used: early(plan, used, SEVERAL),
    "is its plan, one update late": lambda plan, used: late(plan, used, ONE),
    "runs through its plan several times too fast": fast,
    "is a fixed multiple of its plan wherever it is off": fixed_multiple,
    "jumps where it goes off": jumps,
    "goes back to its first rate where it goes off": begins_again,
    "no longer moves once it is off": comes_to_rest,
    "stands still for long while its plan moves": stands_still,
    "is right for a while before it is off": starts_right,
    "is right again at the end": ends_right,
    "rises where its plan does not": rises_alone,
    "is never below its plan": lambda plan, used: one_sided(plan, used, +1),
    "is never above its plan": lambda plan, used: one_sided(plan, used, -1),
}

SIGNS_OF_ALL: dict[str, Callable] = {
    "has a parameter group that joined late": lambda ledger: bool(np.isnan(ledger.used_by_group).any()),
    "uses one rate in groups that were planned apart": lambda ledger: (
        apart(ledger.intended) and not apart(ledger.used_by_group)
    ),
    "uses different rates in groups of one plan": lambda ledger: (
        apart(ledger.used_by_group) and not apart(ledger.intended)
    ),
    "has a metric below zero": lambda ledger: bool((ledger.heldout_loss < 0).any()),
}
