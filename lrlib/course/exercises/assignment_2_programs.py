"""Assignment 2, the second part: a program that decays, cosines and cycles turned round."""

import math

import numpy as np
from torch.optim.lr_scheduler import ConstantLR, LambdaLR, LinearLR, SequentialLR

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials import driven
from lrlib.schedules import cosine


def rule(factor):
    """A scheduler with factor(t, hold, T)."""
    return lambda optimizer, hold, T: LambdaLR(optimizer, lambda t: factor(t, hold, T))


def line_from(begin, end):
    return lambda t, hold, T: 1 - min(max((t - begin(hold)) / (end(hold, T) - begin(hold)), 0), 1)


def joined(line, milestone=lambda hold: hold):
    """Torch's own pieces: a constant, then a line."""

    def make(optimizer, hold, T):
        pieces = [ConstantLR(optimizer, factor=1.0, total_iters=0), line(optimizer, T - hold)]
        return SequentialLR(optimizer, pieces, milestones=[max(milestone(hold), 1)])

    return make


def first_base_for_all(optimizer, hold, T):
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"] = optimizer.param_groups[0]["lr"]
    return rule(line_from(lambda hold: hold, lambda hold, T: T))(optimizer, hold, T)


def some_plans(rng):
    for i in range(12):
        hold = 0 if i % 4 == 0 else int(rng.integers(1, 12))
        T = hold + int(rng.integers(3, 14))
        bases = rng.uniform(0.01, 2, 1 + i % 2).tolist()
        yield bases, T if i % 3 else T + int(rng.integers(2, 8)), hold, T


A_SCHEDULER_OF_TORCH = {
    "The line begins at update 0: it has to wait for `hold` updates.": (
        rule(line_from(lambda hold: 0, lambda hold, T: T))
    ),
    "After the wait the line has T - hold updates, not T.": (
        rule(line_from(lambda hold: hold, lambda hold, T: hold + T))
    ),
    "Past T the line goes on below zero, and a negative rate climbs: hold it at 0.": (
        rule(lambda t, hold, T: 1 - max(t - hold, 0) / (T - hold))
    ),
    "Zero comes one update early: it is due at T, and the last update, T - 1, still moves.": (
        rule(line_from(lambda hold: hold, lambda hold, T: T - 1))
    ),
    "The line begins one update early: update `hold` is the last at the full rate.": (
        rule(lambda t, hold, T: line_from(lambda hold: hold, lambda hold, T: T)(t + 1, hold, T))
    ),
    "LinearLR starts at a third unless you say start_factor=1.0, and ends at 1 unless end_factor=0.0.": (
        joined(lambda optimizer, n: LinearLR(optimizer, total_iters=n))
    ),
    "By itself LinearLR does not wait, and without start_factor=1.0, end_factor=0.0 it goes from 1/3 to 1.": (
        lambda optimizer, hold, T: LinearLR(optimizer, total_iters=T)
    ),
    "The line has to wait for `hold` updates, and to stop at 0.": rule(lambda t, hold, T: 1 - t / T),
    "All groups have the rate of the first: each falls from a base rate of its own.": first_base_for_all,
    "A LambdaLR is given factors of each group's own rate, not rates.": (
        lambda optimizer, hold, T: LambdaLR(
            optimizer,
            lambda t: (
                optimizer.param_groups[0]["initial_lr"]
                * line_from(lambda hold: hold, lambda hold, T: T)(t, hold, T)
            ),
        )
    ),
    "That is a cosine: the fall is to be the same at every update.": (
        rule(
            lambda t, hold, T: (
                (1 + math.cos(math.pi * (1 - line_from(lambda h: h, lambda h, T: T)(t, hold, T)))) / 2
            )
        )
    ),
}


@declared("A2.5")
def a_scheduler_of_torch():
    return Exercise(
        expected=rule(line_from(lambda hold: hold, lambda hold, T: T)),
        cases=[([0.5], 10, 4, 10), ([0.1, 0.3], 12, 0, 8), ([0.2], 9, 3, 5)],
        tried=driven.scheduled,
        mistakes=A_SCHEDULER_OF_TORCH,
        tolerance=1e-9,
        marks=Marks(
            points={"runs of T updates": 3, "runs that go on": 3},
            drawn=some_plans,
            part=lambda bases, updates, hold, T: "runs that go on" if updates > T else "runs of T updates",
        ),
    )


def first_below(part=lambda share, floor: (share - floor) / (1 - floor), whole=math.ceil, never=math.inf,
                period=1.0, late=0, length=lambda T: T):  # fmt: skip
    def update(share, T, floor):
        if share >= 1:
            return 0
        if share < floor:
            return never
        cos = 2 * min(max(part(share, floor), 0), 1) - 1
        return whole(length(T) / math.pi / period * math.acos(cos)) + late

    return update


def some_shares(rng):
    """Shares between the factors of two updates, not near either."""
    for i in range(80):
        T, floor = int(rng.integers(4, 150)), 0.0 if i % 2 else float(rng.uniform(0.02, 0.5))
        t = int(rng.integers(1, T + 1)) if i % 5 else T
        factors = cosine(1, floor, T)(np.array([t - 1, t]))
        share = float(factors[1] + rng.uniform(0.3, 0.7) * (factors[0] - factors[1]))
        if i % 10 in (1, 2):
            share = 1 + float(rng.uniform(0.01, 0.5))
        if i % 10 == 4:
            share = float(floor * rng.uniform(0.3, 0.9))
        yield share, T, floor
    yield from ((1.0, int(rng.integers(4, 150)), floor) for floor in (0.0, 0.25))


WHEN_A_COSINE_IS_BELOW = {
    "That ignores the floor: the cosine falls from 1 to the floor, not to 0.": (
        first_below(part=lambda share, floor: share)
    ),
    "The floor takes part of the height: 1 - floor is left for the cosine.": (
        first_below(part=lambda share, floor: share - floor)
    ),
    "That is the last update above it: round up.": first_below(whole=math.floor),
    "Updates are whole: round up.": first_below(whole=float),
    "Below the floor it never gets: math.inf.": first_below(never=150),
    "That is one update late: counted from 0, no 1 is added.": first_below(late=1),
    "The floor is reached at T, not at T - 1.": first_below(length=lambda T: T - 1),
    "At update T the cosine is at its floor, and that counts: look as far as T.": (
        lambda share, T, floor: found if (found := first_below()(share, T, floor)) < T else math.inf
    ),
    "Half a period takes T updates, not a whole one.": first_below(period=2),
    "That is when a line would be there.": lambda share, T, floor: (
        0 if share >= 1 else math.inf if share < floor else math.ceil(T * (1 - share) / (1 - floor))
    ),
}


@declared("A2.6")
def when_a_cosine_is_below():
    return Exercise(
        expected=lambda share, T, floor: (
            int(np.argmax(below)) if (below := cosine(1, floor, T).values(T + 1) <= share).any() else math.inf
        ),
        cases=[
            (share, T, floor)
            for T in (10, 37)
            for floor in (0.0, 0.2)
            for share in (1.1, 1.0, 0.83, 0.52, 0.3, 0.07, 0.001 + floor)
        ],
        mistakes=WHEN_A_COSINE_IS_BELOW,
        marks=Marks(
            points={"no floor": 2, "with a floor": 3},
            drawn=some_shares,
            part=lambda share, T, floor: "with a floor" if floor else "no floor",
        ),
    )


def stops(first=lambda budget, total: budget // total, out=np.cumsum, growth=lambda m: m):
    def plan(budget, cycles, t_mult):
        lengths = [growth(t_mult) ** i for i in range(cycles)]
        T_0 = first(budget, sum(lengths))
        return [int(x) for x in out([T_0 * length for length in lengths])] if T_0 else []

    return plan


def some_budgets(rng):
    for i in range(60):
        cycles, t_mult = int(rng.integers(1, 6)), 1 if i % 3 == 0 else int(rng.integers(2, 5))
        total = sum(t_mult**k for k in range(cycles))
        budget = total * int(rng.integers(1, 20)) + int(rng.choice([0, -1, 1, rng.integers(0, total)]))
        yield budget if i % 15 > 1 else total - 1, cycles, t_mult


CYCLES_THAT_FIT = {
    "That is where cycles begin; a run is stopped where they end.": (
        stops(out=lambda lengths: np.cumsum([0, *lengths[:-1]]))
    ),
    "Those are the lengths of the cycles: add up how many updates are done at the end of each.": (
        stops(out=list)
    ),
    "The cycles must fit: round the first down.": stops(first=lambda budget, total: -(-budget // total)),
    "Only equal cycles share the budget equally: the first is budget // (1 + t_mult + t_mult^2 + ...).": (
        lambda budget, cycles, t_mult: stops(first=lambda b, total: b // cycles)(budget, cycles, t_mult)
    ),
    "All cycles are equally long there: each is t_mult times as long as the one before.": (
        stops(growth=lambda m: 1)
    ),
    "A whole number of updates: the first cycle is rounded down before the others are made of it.": (
        lambda budget, cycles, t_mult: [
            float(budget * sum(t_mult**i for i in range(k + 1)) / sum(t_mult**i for i in range(cycles)))
            for k in range(cycles)
        ]
    ),
    "The rest that is too short for a cycle belongs to none: do not add it to the last.": (
        lambda budget, cycles, t_mult: [*stops()(budget, cycles, t_mult)[:-1], budget]
    ),
}


@declared("A2.7")
def cycles_that_fit():
    return Exercise(
        expected=stops(),
        cases=[(30, 3, 2), (28, 3, 2), (27, 3, 2), (10, 3, 1), (6, 3, 2), (100, 1, 3), (90, 4, 3)],
        mistakes=CYCLES_THAT_FIT,
        marks=Marks(
            points={"equal cycles": 2, "growing cycles": 3},
            drawn=some_budgets,
            part=lambda budget, cycles, t_mult: "equal cycles" if t_mult == 1 else "growing cycles",
        ),
    )
