"""Faults of counting: the right schedule on a wrong clock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrlib.doctor import fixes
from lrlib.doctor.known import Account, Case, fault
from lrlib.doctor.numbers import roundness

FASTEST = 64
LONGEST = 20_000  # updates of an epoch that are tried
EARLY = 2000


@fault
def one_early(case: Case) -> Iterator[Account]:
    if case.fits(made := case.plan.at(case.t + 1)):
        mend = (
            "Call optimizer.step(), then scheduler.step(), and log before it: then the two can be told apart."
        )
        said = ("every rate stands one update early: it was logged after scheduler.step(), which is no fault "
                "of the training, or the scheduler stepped before the optimizer")  # fmt: skip
        yield Account("one-early", made, said, mend, 1, ("logged-late", "step-order"), fixes.IN_ORDER)


@fault
def one_late(case: Case) -> Iterator[Account]:
    made = case.plan.at(case.t - 1)
    if case.fits(made):
        said = "every rate comes one update late: the first one is used twice"
        mend = "Call the scheduler after every update, the first included."
        yield Account("one-late", made, said, mend, 1, code=fixes.IN_ORDER)
    full = np.where(case.t == 0, case.plan.base_lr, made)
    if case.fits(full) and not case.fits(made):
        said = "the first update has the full rate, and the schedule follows one update late"
        mend = "Build the scheduler before the first update: building it writes the first rate."
        yield Account("built-late", full, said, mend, 1, ("built-late",), fixes.IN_ORDER)


@fault
def dead_start(case: Case) -> Iterator[Account]:
    """A warm-up t / W where (t + 1) / W was planned."""
    rates = case.plan.at(np.arange(3))
    if not 0 < rates[0] < rates[1]:
        return
    step = rates[1] - rates[0]
    made = np.where(case.t == 0, max(rates[0] - step, 0), case.plan.at(case.t - 1))
    if case.fits(made) and abs(rates[0] - step) < 1e-9 * rates[1]:
        said = "the warm-up is one update late and starts at exactly zero: the first update changes nothing"
        mend = "Write the warm-up as (t + 1) / W if every update is to count."
        yield Account("dead-first-update", made, said, mend, 1, ("dead-first-update",))


@fault
def several_early(case: Case) -> Iterator[Account]:
    if case.fits(case.plan.at(case.t + 1)):
        return  # then it goes round, and one early is all that can be said
    for k, made in case.tries(lambda k, t: t + k, range(2, EARLY)):
        said = (
            f"the schedule runs {k} updates ahead from the first row on: calls were counted that "
            "made no update"
        )
        mend = (
            "Step the scheduler only after an update was made, as when the scale of mixed "
            "precision did not fall."
        )
        names = ("skipped-update", "fused-skip")
        yield Account("skipped-updates", made, said, mend, 1.5, names, fixes.IF_UPDATED)
        return


@fault
def several_late(case: Case) -> Iterator[Account]:
    for k, made in case.tries(lambda k, t: t - k, range(2, EARLY)):
        said = f"the schedule is {k} updates late: it stood still that long before it began"
        mend = "Step the scheduler once an update from the first one on."
        yield Account("late", made, said, mend, 1.5, code=fixes.IN_ORDER)
        return


@fault
def too_fast(case: Case) -> Iterator[Account]:
    """k steps of the scheduler an update; of the first ones, up to k - 1 come before the first update."""
    if case.fits(case.plan.at(case.t + 1)):
        return
    known = [int(case.hints[name]) for name in ("accumulation", "processes") if name in case.hints]
    order = [*known, *(k for k in range(2, FASTEST + 1) if k not in known)]
    paces = [(k, ahead) for k in order for ahead in dict.fromkeys((0, k - 1, *range(k)))]
    for (k, ahead), made in case.tries(lambda pace, t: pace[0] * t + pace[1], paces):
        causes = {
            "per micro-batch": ("accumulation", "micro-batches"),
            "once for each process": ("processes",) * 2,
        }
        said = {what: trap for what, (hint, trap) in causes.items() if case.hints.get(hint) == k}
        said = said or {what: trap for what, (_, trap) in causes.items() if not ahead or "batch" in what}
        words = f"the schedule runs {k} times too fast: the scheduler was stepped {' or '.join(said)}"
        mend = (
            "Step the scheduler once an update, where the optimizer steps; tell a wrapper that "
            "does it per process."
        )
        weight = 1 if k in known else 1.2
        yield Account("too-fast", made, words, mend, weight, tuple(said.values()), fixes.ONCE_AN_UPDATE)
        return


@fault
def per_epoch(case: Case) -> Iterator[Account]:
    hinted = [int(case.hints["epoch_steps"])] if case.hints.get("epoch_steps") else []
    top = int(min(case.t[-1] + 1, LONGEST))
    found = case.tries(lambda E, t: np.floor(t / E), [*hinted, *range(2, top + 1)])
    moving = [(E, made) for E, made in found if np.ptp(made) > 0]
    for E, made in sorted(moving, key=lambda one: -roundness(int(one[0])))[:1]:
        said = (
            f"the rate moves once every {E} updates: the scheduler is stepped per epoch, "
            "its lengths count updates"
        )
        mend = "Call scheduler.step() after every update, or give its lengths in epochs."
        yield Account("per-epoch", made, said, mend, 1.2, ("batches-for-epochs",), fixes.ONCE_AN_UPDATE)


@fault
def too_slow(case: Case) -> Iterator[Account]:
    for k, made in case.tries(lambda k, t: t / k, [*range(2, FASTEST + 1), 1.5]):
        said = f"the schedule runs {k} times too slowly: its lengths are in units of another batch size"
        mend = f"Divide its lengths and milestones by {k}, or give them in samples."
        yield Account("too-slow", made, said, mend, 1.3, ("old-milestones",))
        return


@fault
def slow_at_first(case: Case) -> Iterator[Account]:
    """Half the ticks an update until the batch size has grown, and late from then on."""
    for k in (2, 4, 8, 3):
        clock = lambda u, t, k=k: np.where(t < u, t / k, t - u + u / k)  # noqa: E731
        for u, made in case.tries(clock, _turns(case, k)):
            said = (f"until update {u:g} the schedule runs {k} times too slowly, and {u - u / k:g} late "
                    "afterwards: updates were converted into samples with the final batch size")  # fmt: skip
            mend = "Add up the samples that the updates really bring."
            yield Account("final-batch-size", made, said, mend, 2, ("final-batch-size",))
            return


def _turns(case: Case, k: int) -> np.ndarray:
    """Updates at which the clock may have turned to its right pace; the lateness says which."""
    few = case.probes()
    slow = [case.fits(case.plan.at(case.t[r : r + 1] / k), slice(r, r + 1)) for r in few]
    if not (len(few) > 2 and slow[0] and slow[1]):
        return np.empty(0)
    return np.arange(1, min(int(case.t[-3]) + 1, LONGEST))  # two rows after it


@fault
def began_again(case: Case) -> Iterator[Account]:
    for since in range(case.since[0] - 1, case.since[-1] + 1) if case.first else ():
        made = np.where(case.t < since, case.meant, case.plan.at(case.t - since))
        kept = np.where(case.t == since, case.meant, made)
        for curve in (kept, made):
            if case.fits(curve) and since > 0:
                said = (
                    f"from update {since} on the schedule begins again, warm-up included: its "
                    "state was not restored"
                )
                mend = "Save and load the scheduler's state, after the scheduler is built."
                yield Account("begins-again", curve, said, mend, 1.3, ("optimizer-only",), fixes.RESTORED)
                return


@fault
def lost_steps(case: Case) -> Iterator[Account]:
    """From some update on, early or late by a number of updates."""
    if not case.first or case.first >= len(case.t):
        return
    since = case.since[-1]  # rows cannot tell which update between two of them it was
    clock = lambda k, t: np.where(t < since, t, t - k)  # noqa: E731
    ahead = [k for n in range(1, 400) for k in (n, -n) if k not in (since, since - 1)]
    for k, made in case.tries(clock, ahead):
        how = f"{abs(k)} update{'s' * (abs(k) > 1)} {'late' if k > 0 else 'ahead'}"
        said = f"from update {since} on the schedule is {how}: the step that was restored is another one"
        mend = "Save the scheduler's state with the weights of the same update, and load it after building."
        yield Account("lost-steps", made, said, mend, 1.8, code=fixes.RESTORED)
        return
