"""Lesson 23, the museum: where a ledger leaves its plan, three rooms without labels, and a repair."""

from copy import deepcopy

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, StepLR

from lrlib.course.exercises import Exercise, Matching, declared
from lrlib.course.museum import TRAPS, why_not
from lrlib.course.museum.resuming import in_order


def off(planned, used):
    return abs(used - planned) > 1e-6 * max(planned)


def first(flags):
    return next((t for t, flag in enumerate(flags) if flag), -1)


EDGES = np.array(
    [[1e-9, 1, 1.1e-9, 1 + 9e-7], [1, 1, 1 + 2e-6, 50], [1, 1, 1 + 5e-6, 0.5], [3, 2, 3 + 2e-6, 4]]
)


@declared("23.1")
def where_it_goes_off():
    runs = [f(lr) for t in TRAPS.values() for lr in (0.1, 1e-4) for f in (t.broken, t.fixed)]
    pairs = [(r.intended, r.used) for r in runs if r.intended.shape == r.used.shape]
    return Exercise(
        expected=lambda p, u: first(off(p, u)),
        cases=[*pairs, *((edge[:2], edge[2:]) for edge in EDGES)],
        mistakes={
            "This is where the gap is largest, not where it begins.": lambda p, u: abs(u - p).argmax(),
            "Rounding is not a gap: allow a millionth of the peak.": lambda p, u: first(u != p),
            "The tolerance has to scale with the peak.": lambda p, u: first(abs(u - p) > 1e-6),
            "Take one tolerance for all rates.": lambda p, u: first(abs(u - p) > 1e-6 * p),
            "Steps count from 0.": lambda p, u: first([False, *off(p, u)]),
            "Where they never differ, the answer is -1.": lambda p, u: max(first(off(p, u)), 0),
        },
        second=lambda f: None if f(np.ones(3), np.array([1, 1, 2])) == 2 else "it misses a jump.",
    )


def room(hidden):
    """A wrong name is answered with what speaks against it, found by running that trap."""
    return Matching(
        expected=hidden,
        reasons={x: TRAPS[name].symptom for x, name in hidden.items()},
        against=lambda x, chosen: why_not(TRAPS[hidden[x]].broken(), chosen),
    )


for number in ("23.2", "23.3", "23.4"):
    declared(number)(room)


TABLE = np.random.default_rng(0).uniform(size=30)
BUILDS = {
    "wave": lambda optimizer: CosineAnnealingLR(optimizer, 6),
    "warmup": lambda optimizer: LinearLR(optimizer, 0.2, 1, 12),
    "stairs": lambda optimizer: StepLR(optimizer, 5, 0.5),
    "table": lambda optimizer: LambdaLR(optimizer, lambda t: TABLE[t]),
}


def lived(fresh_sgd, restore, name, stop=None):
    """Rate and weight after each of 24 updates, on a bowl with its floor at 1."""
    weight, path = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)), []
    optimizer = fresh_sgd(weight)
    scheduler = BUILDS[name](optimizer)
    for t in range(24):
        if t == stop:
            states = deepcopy((optimizer.state_dict(), scheduler.state_dict()))
            optimizer, scheduler = restore(weight, BUILDS[name], *states)
        weight.grad = weight.detach() - 1
        optimizer.step()
        path.append((optimizer.param_groups[0]["lr"], weight.item()))
        scheduler.step()
    return np.array(path)


@declared("23.5")
def a_run_restored(fresh_sgd):
    def done(acts):
        """The restore that does these acts, and nothing else."""
        return lambda weight, build, *states: in_order(acts.split(), lambda: fresh_sgd(weight), build)(
            *states
        )

    def never_stopped(restore):
        for name in BUILDS:
            if not np.allclose(lived(fresh_sgd, restore, name, 5), lived(fresh_sgd, restore, name), 0, 1e-9):
                return f"a run with the schedule {name!r} that never stopped has other rates or weights."

    return Exercise(
        expected=done("build optimizer scheduler"),
        cases=[(name, stop) for name in ("wave", "warmup", "stairs") for stop in range(3, 16)],
        tried=lambda restore, *case: lived(fresh_sgd, restore, *case),
        mistakes={
            "The rate stays the fresh one: load the optimizer's state too.": done("build scheduler"),
            "The rates are right, the weights are not: momentum is lost.": done("build rate scheduler"),
            "The schedule begins again: load the scheduler's state too.": done("build optimizer"),
            "Nothing was loaded: the run begins again.": done("build"),
            "Building the scheduler changed the rate just loaded.": done("optimizer build scheduler"),
        },
        second=never_stopped,
    )
