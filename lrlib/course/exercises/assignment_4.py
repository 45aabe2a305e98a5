"""Assignment 4, schedules that watch: a plateau rule, its resume, a rule in a log, readings with noise."""

import math

import numpy as np
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.schedulers import BASE_LR, rates_after_resume


def cuts(readings, factor, patience, cooldown=0, least=0.0, *, better=lambda reading, best: reading < best,
         due=lambda bad, patience: bad > patience, again=True, forgets=False, counts=False,
         deaf=False):  # fmt: skip
    """Multipliers after each reading; the parameters after * are places for mistakes."""
    best, bad, wait, multiplier, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        is_new = better(reading, best) and not (deaf and wait)
        best, bad = (reading, 0) if is_new else (best, bad + 1)
        if wait:
            wait, bad = wait - 1, bad if counts else 0
        if due(bad, patience):
            multiplier, wait = max(multiplier * factor, least), cooldown
            bad, best = 0 if again else bad, math.inf if forgets else best
        found.append(multiplier)
    return np.array(found)


def mistaken(**how):
    return lambda *case: cuts(*case, **how)


def jumpy(rng, most=40):
    """Readings of two digits, so that some are as good as the best; with falls and rises."""
    n = int(rng.integers(12, most))
    fall = np.exp(-np.arange(n) / rng.uniform(2, 12))
    return np.round(0.5 + fall + 0.08 * rng.standard_normal(n), 2)


def watched(rng):
    for i in range(45):
        kind = i % 3
        yield (
            jumpy(rng),
            float(rng.choice([0.5, 0.2, 0.3])),
            int(rng.integers(0, 4)),
            int(rng.integers(1, 6)) if kind == 1 else 0,
            float(rng.uniform(0.05, 0.3)) if kind == 2 else 0.0,
        )
    yield np.array([0.7]), 0.5, 0, 0, 0.0
    yield np.full(9, 0.4), 0.5, 1, 0, 0.0
    yield np.full(9, 0.4), 0.5, 1, 2, 0.0
    yield np.full(9, 0.4), 0.5, 0, 0, 0.2


def as_torch(f):
    readings = [0.9, 0.7, 0.72, 0.69, 0.71, 0.7, 0.75, 0.74, 0.7, 0.73, 0.68, 0.7, 0.7]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=2, threshold=0)
    theirs = []
    for reading in readings:
        rule.step(reading)
        theirs.append(optimizer.param_groups[0]["lr"])
    mine = f(np.array(readings), 0.5, 1, 2, 0.0)
    return None if np.allclose(mine, theirs, 1e-5) else "PyTorch's ReduceLROnPlateau cuts elsewhere."


@declared("A4.1")
def a_plateau_rule():
    readings = np.array([0.9, 0.7, 0.72, 0.69, 0.71, 0.7, 0.75, 0.74, 0.7, 0.69, 0.73])

    def part(readings, factor, patience, cooldown, least):
        return "with a cooldown" if cooldown else "down to the least" if least else "plain"

    return Exercise(
        expected=cuts,
        cases=[(readings, 0.5, p, c, 0.0) for p in (0, 1, 2) for c in (0, 3)]
        + [(readings, 0.1, 0, 0, 0.05), (readings[:1], 0.5, 0, 0, 0.0)]
        + [(np.array([0.9, 0.8, 0.85, 0.6, 0.7, 0.65, 0.64]), 0.5, 0, 2, 0.0)],
        mistakes={
            "It cuts one reading early: `patience` readings are forgiven, the next one cuts.": mistaken(
                due=lambda bad, patience: bad >= max(patience, 1)
            ),
            "A reading as good as the best is not better: it counts against the patience.": mistaken(
                better=lambda reading, best: reading <= best
            ),
            "After a cut the count begins again at 0.": mistaken(again=False),
            "A cut does not forget the best: later readings still have to beat it.": mistaken(forgets=True),
            "Readings in the cooldown after a cut are not counted.": mistaken(counts=True),
            "In the cooldown only the count stands still: a better reading is the new best.": mistaken(
                deaf=True
            ),
            "The multiplier never goes below `least`.": lambda *case: cuts(*case[:4]),
            "A multiplier stands for the time after its reading: a cut shows at once.": lambda *case: (
                np.concatenate([[1.0], cuts(*case)[:-1]])
            ),
            "A reading has to beat the best of all so far, not the one before.": mistaken_by_the_last,
        },
        second=as_torch,
        tolerance=1e-5,
        marks=Marks(
            points={"plain": 3, "with a cooldown": 2, "down to the least": 1}, drawn=watched, part=part
        ),
    )


def mistaken_by_the_last(readings, factor, patience, cooldown, least):
    rises = np.concatenate([[-1.0], np.diff(readings)])  # better is then what is below zero
    return cuts(rises, factor, patience, cooldown, least, better=lambda rise, best: rise < 0)


def in_torch(standing):
    """A scheduler whose memory is what `standing` makes of the readings, the factor and the patience."""

    def resumed(optimizer, readings, factor, patience):
        rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
        rule.best, rule.num_bad_epochs = standing(readings, factor, patience)
        return rule

    return resumed


def memory(readings, factor, patience):
    best, bad = math.inf, 0
    for reading in readings:
        best, bad = (reading, 0) if reading < best else (best, bad + 1)
        bad = 0 if bad > patience else bad
    return best, bad


def twice(optimizer, readings, factor, patience):
    rule = in_torch(lambda *case: (math.inf, 0))(optimizer, readings, factor, patience)
    for reading in readings:
        rule.step(reading)
    return rule


def at_the_peak(optimizer, readings, factor, patience):
    optimizer.param_groups[0]["lr"] = BASE_LR
    return in_torch(memory)(optimizer, readings, factor, patience)


def asking_for_more(optimizer, readings, factor, patience):
    rule = in_torch(memory)(optimizer, readings, factor, patience)
    rule.threshold = 0.05
    return rule


def since_the_best(readings, factor, patience):
    return (min(readings), len(readings) - 1 - int(np.argmin(readings))) if readings else (math.inf, 0)


SLIGHTLY_BETTER = [0.5, 0.6], [0.49999, 0.7, 0.7], 0.5, 1  # by less than PyTorch's own threshold


def stops(rng):
    """Logs of all kinds; every third falls, every third stands still after a cut, when it is stopped."""
    for i in range(36):
        readings, patience = jumpy(rng), int(rng.integers(1, 6))
        at = int(rng.integers(1, len(readings) - 3))
        if i % 3 == 1:
            readings = np.sort(readings)[::-1].copy()
            readings[at:] += 0.05
        if i % 3 == 2:
            still = np.round(0.6 + rng.uniform(0, 0.2, 3 * patience + 4), 2)
            readings = np.concatenate([np.sort(readings)[:3:-1], [0.5], still])
            at = len(readings) - len(still) + patience + 1 + int(rng.integers(patience + 1))
        yield readings[:at].tolist(), readings[at:].tolist(), 0.5, patience
    yield [], [0.5, 0.6, 0.7], 0.5, 1
    yield SLIGHTLY_BETTER


@declared("A4.2")
def a_rule_that_goes_on():
    log = [0.9, 0.7, 0.75, 0.72, 0.71, 0.74, 0.69, 0.7, 0.72, 0.71, 0.73, 0.74]

    def part(before, after, factor, patience):
        is_cut = any(cuts(before, factor, patience) < 1)
        return "stopped after a cut" if is_cut else "stopped before a cut"

    return Exercise(
        expected=in_torch(memory),
        cases=[(log[:n], log[n:], 0.5, 2) for n in (0, 1, 4, 5, 6, 9)] + [SLIGHTLY_BETTER],
        tried=rates_after_resume,
        mistakes={
            "The optimizer remembers its cuts: readings that are told again cut it again.": twice,
            "It begins with an empty memory: `best` and `num_bad_epochs` have to be restored.": in_torch(
                lambda *case: (math.inf, 0)
            ),
            "The count is forgotten: readings before the stop count against the patience, too.": in_torch(
                lambda *case: (memory(*case)[0], 0)
            ),
            "A cut sets the count to 0: readings before it do not count any more.": in_torch(since_the_best),
            "The rate must not change now: the optimizer comes with the rate it was cut to.": at_the_peak,
            "Every better reading counts, by however little: threshold=0.": asking_for_more,
            "The best is the lowest reading, not the last.": in_torch(
                lambda *case: (case[0][-1] if case[0] else math.inf, memory(*case)[1])
            ),
        },
        tolerance=1e-6,
        marks=Marks(points={"stopped before a cut": 2, "stopped after a cut": 3}, drawn=stops, part=part),
    )


def rule_of(readings, multipliers, wait=lambda at, best: at - best - 1, best=np.argmin, silent=lambda: None,
            after=lambda multipliers, at: multipliers[at]):  # fmt: skip
    below = np.flatnonzero(np.asarray(multipliers) < 1)
    if not len(below):
        return silent()
    at = int(below[0])
    return int(wait(at, int(best(readings[: at + 1])))), float(after(multipliers, at))


EQUAL_READINGS = np.array([0.5, 0.4, 0.4, 0.6, 0.7]), np.array([1, 1, 1, 1, 0.25])


def told(rng):
    for i in range(60):
        factor, patience = float(rng.uniform(0.1, 0.8)), int(rng.integers(0, 5))
        readings = jumpy(rng)
        if i % 3 == 0:
            readings = readings[: int(rng.integers(1, 4))]
        yield readings, cuts(readings, factor, patience)
    yield np.full(8, 0.3), cuts(np.full(8, 0.3), 0.4, 2)
    yield np.array([0.5, 0.4, 0.3]), np.ones(3)
    yield EQUAL_READINGS


@declared("A4.3")
def the_rule_in_a_log():
    readings = np.array([0.9, 0.7, 0.72, 0.69, 0.71, 0.7, 0.75, 0.74, 0.7, 0.69, 0.73])

    def known(readings, multipliers):
        return "a cut" if min(multipliers) < 1 else "none"

    def off(by):
        return lambda *case: rule_of(*case, wait=lambda at, best: at - best - 1 + by)

    return Exercise(
        expected=rule_of,
        cases=[(readings, cuts(readings, f, p)) for f, p in ((0.5, 0), (0.5, 2), (0.1, 3), (0.5, 9))]
        + [EQUAL_READINGS],
        mistakes={
            "One too many: the reading that cuts is not forgiven any more.": off(1),
            "One too few: count the readings between the best and the cut.": off(-1),
            "Count from the best reading, not from the first.": lambda *case: rule_of(
                *case, wait=lambda at, best: at - 1
            ),
            "As good as the best is not better: count from the first of equal readings.": lambda *case: (
                rule_of(*case, best=lambda seen: len(seen) - 1 - np.argmin(seen[::-1]))
            ),
            "The rule had not seen what came after the cut: the best is among the readings up to it.": (
                lambda readings, multipliers: rule_of(
                    readings, multipliers, best=lambda seen: np.argmin(readings)
                )
            ),
            "First the patience, then the factor.": lambda *case: (
                rule_of(*case)[::-1] if rule_of(*case) else None
            ),
            "That is by how much it cuts: the factor is what is left.": lambda *case: rule_of(
                *case, after=lambda multipliers, at: 1 - multipliers[at]
            ),
            "That is the product of all cuts: the factor is what one cut multiplies by.": lambda *case: (
                rule_of(*case, after=lambda multipliers, at: multipliers[-1])
            ),
            "A log without a cut does not know the rule: return None.": lambda *case: rule_of(
                *case, silent=lambda: (len(case[0]), 1.0)
            ),
        },
        tolerance=1e-5,
        marks=Marks(points={"a cut": 4, "none": 2}, drawn=told, part=known),
    )


def slope(readings, skip, spread=lambda x: np.std(np.diff(x), ddof=1) / math.sqrt(2), sign=-1):
    x = np.asarray(readings, dtype=float)[skip:]
    return sign * np.diff(x).mean() / spread(x)


def fitted(readings):
    return np.polyfit(np.arange(len(readings)), readings, 1)[0]


def noisy(rng):
    for i in range(40):
        skip, n = int(rng.integers(0, 6)), int(rng.integers(6, 60))
        fall = rng.uniform(0.01, 0.1) * (1 if i % 2 else -1)
        x = 2 - fall * np.arange(n + skip) + 0.1 * rng.standard_normal(n + skip)
        x[: skip + 1] += np.arange(skip + 1)[::-1]
        x[-1] = x[skip] - fall * (n - 1)  # so that the mean change has the sign of its part
        yield x, skip


@declared("A4.4")
def how_far_readings_fall():
    example = np.array([3.0, 1.0, 0.9, 0.85, 0.7, 0.72, 0.6])
    return Exercise(
        expected=slope,
        cases=[(example, 0), (example, 1), (example, 3), (example[::-1], 2)],
        mistakes={
            "The readings fall, too: their noise is in the differences, not in the readings.": (
                lambda *case: slope(*case, spread=lambda x: np.std(x, ddof=1))
            ),
            "A difference has the noise of two readings: divide its deviation by the root of 2.": (
                lambda *case: slope(*case, spread=lambda x: np.std(np.diff(x), ddof=1))
            ),
            "A difference has twice the variance of a reading: divide by the root of 2, not by 2.": (
                lambda *case: slope(*case, spread=lambda x: np.std(np.diff(x), ddof=1) / 2)
            ),
            "The mean of the differences was asked for, not the slope of a fitted line.": lambda x, skip: (
                slope(x, skip) * fitted(x[skip:]) / np.diff(x[skip:]).mean()
            ),
            "A fall is positive: change the sign.": lambda *case: slope(*case, sign=1),
            "Divide by one less than there are differences: ddof=1.": lambda *case: slope(
                *case, spread=lambda x: np.std(np.diff(x)) / math.sqrt(2)
            ),
            "The first readings fall for other reasons: leave out `skip` of them.": (
                lambda readings, skip: slope(readings, 0)
            ),
        },
        tolerance=1e-4,
        marks=Marks(
            points={"falling": 2, "rising": 2},
            drawn=noisy,
            part=lambda readings, skip: "falling" if readings[-1] < readings[skip] else "rising",
        ),
    )
