"""Assignment 6, programs of torch: a scheduler for any table of factors, and a loop that is mended."""

import math

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.driven import scheduled
from lrlib.course.trials.ported import looped

CLOSE = 1e-6


# --- A6.5: a table of factors in torch ------------------------------------------------------------


def tabled(optimizer, factors, at=lambda t, n: min(t, n - 1), each=lambda base: 1.0, gradual=False):
    def curve(base):
        return lambda t: factors[at(t, len(factors))] * each(base)

    curves = [curve(group["lr"]) for group in optimizer.param_groups]
    return (MultiplicativeLR if gradual else LambdaLR)(optimizer, curves)


def same_rate(optimizer, factors):
    base = optimizer.param_groups[0]["lr"]
    for group in optimizer.param_groups:
        group["lr"] = base
    return tabled(optimizer, factors)


def from_the_base(optimizer, factors):
    def ratio(t):
        return factors[min(t, len(factors) - 1)] / factors[min(t, len(factors)) - 1]

    return MultiplicativeLR(optimizer, ratio)


class Written:
    """What writes a factor of the base rate after every step, where `write` says."""

    def __init__(self, optimizer, factors, write):
        self.t, self.factors, self.write, self.optimizer = -1, factors, write, optimizer
        self.base = optimizer.param_groups[0]["lr"]
        self.step()

    def step(self):
        self.t += 1
        self.write(self.optimizer, self.base * self.factors[min(self.t, len(self.factors) - 1)])


def unread(optimizer, rate):
    optimizer._lr = rate


def in_the_first(optimizer, rate):
    optimizer.param_groups[0]["lr"] = rate


def tables_drawn(rng):
    for i in range(30):
        bases = rng.uniform(0.01, 1.5, 1 + i % 3).tolist()
        factors = rng.uniform(0.1, 1, rng.integers(4, 15)).tolist()
        yield bases, len(factors) + (int(rng.integers(2, 6)) if i % 2 else 0), factors


@declared("A6.5")
def any_table_in_torch():
    return Exercise(
        expected=tabled,
        cases=[([0.5], 4, [0.1, 1.0, 0.5, 0.2]), ([0.5, 0.05], 6, [0.1, 1.0, 0.5, 0.2])],
        tried=scheduled,
        mistakes={
            "LambdaLR wants a factor: it multiplies by the base rate itself.": (
                lambda o, f: tabled(o, f, each=lambda base: base)
            ),
            "Past the end the last factor holds, not the first again.": lambda o, f: tabled(
                o, f, at=lambda t, n: t % n
            ),
            "One late: factors[0] belongs to update 0.": lambda o, f: tabled(
                o, f, at=lambda t, n: min(max(t - 1, 0), n - 1)
            ),
            "One early: factors[0] belongs to update 0, and building the scheduler sets it.": (
                lambda o, f: tabled(o, f, at=lambda t, n: min(t + 1, n - 1))
            ),
            "That multiplies each rate by the one before; factors are of the base rate.": (
                lambda o, f: tabled(o, f, gradual=True)
            ),
            "MultiplicativeLR begins at the base rate: update 0 has that times factors[0].": from_the_base,
            "Every group keeps a base rate of its own.": same_rate,
            'Nobody reads optimizer._lr: the rate is param_groups[i]["lr"].': (
                lambda o, f: Written(o, f, unread)
            ),
            "Only the first group follows the list.": lambda o, f: Written(o, f, in_the_first),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"as long as the table": 3, "longer": 2},
            drawn=tables_drawn,
            part=lambda bases, n, factors: "longer" if n > len(factors) else "as long as the table",
        ),
    )


# --- A6.6: a loop, mended -------------------------------------------------------------------------


def average(group):
    return sum(group) / len(group)


def mended(optimizer, scheduler, weight, slopes, pieces, mean=average, rest=True, skip=True, every=False,
           first=False, held=False, is_odd=lambda mean: not math.isfinite(mean)):  # fmt: skip
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        if len(group) < pieces and not rest:
            continue
        for _ in range(len(group) - 1 if every else 0):
            scheduler.step()
        found = float(mean(group))
        if skip and is_odd(found):
            if held:
                scheduler.step()
            continue
        if first:
            scheduler.step()
        weight.grad = torch.full_like(weight, found if math.isfinite(found) else 0.0)
        optimizer.step()
        if not first:
            scheduler.step()


def handed_down(optimizer, scheduler, weight, slopes, pieces):
    """What the loop does that students are given."""
    for count, value in enumerate(slopes, start=1):
        scheduler.step()
        weight.grad = torch.full_like(weight, value)
        if not count % pieces:
            optimizer.step()


def loops_drawn(rng):
    for i in range(40):
        pieces, groups = int(rng.integers(2, 5)), int(rng.integers(3, 8))
        slopes = rng.normal(0.5, 1, pieces * groups + (int(rng.integers(1, pieces)) if i % 4 == 1 else 0))
        if i % 4 in (1, 3):
            slopes[rng.choice(pieces * groups, rng.integers(1, 3), replace=False)] = math.inf
            slopes[pieces : pieces + 2] = (math.inf, -math.inf) if i % 3 else slopes[pieces : pieces + 2]
        yield slopes.tolist(), pieces, rng.uniform(0.05, 1, len(slopes) + 2).tolist()


def is_plain(slopes, pieces, factors):
    whole = len(slopes) % pieces == 0 and all(map(math.isfinite, slopes))
    return "whole groups" if whole else "a rest or an overflow"


@declared("A6.6")
def a_loop_mended():
    def like(**faults):
        return lambda *given: mended(*given, **faults)

    factors, odd = [1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002], math.inf
    return Exercise(
        expected=mended,
        cases=[([1.0, 3.0, 2.0, 4.0], 2, factors), ([1.0, 3.0, 2.0], 2, factors),
               ([1.0, odd, 2.0, 4.0, 1.0, 1.0], 2, factors), ([2.0, 4.0, odd, -odd, 1.0, 3.0], 2, factors)],
        tried=looped,
        mistakes={
            "That is the loop as it was handed down.": handed_down,
            "The scheduler counts updates, not micro-batches.": like(every=True),
            "First the optimizer's step, then the scheduler's: the first rate is lost.": like(first=True),
            "An update takes the mean of its micro-batches, not their sum.": like(mean=np.sum),
            "An update takes all its micro-batches, not the last one alone.": like(mean=lambda g: g[-1]),
            "The micro-batches that are left at the end make an update, too.": like(rest=False),
            "The mean is over the micro-batches that are there, at the end fewer than `pieces`.": (
                lambda o, s, w, slopes, n: mended(o, s, w, slopes, n, mean=lambda g: np.sum(g) / n)
            ),
            "Infinity less infinity is nan, and not finite either: ask isfinite.": like(is_odd=math.isinf),
            "An update that is left out is none for the scheduler either.": like(held=True),
            "With momentum an update without a gradient moves the weight: leave it out.": like(skip=False),
        },
        tolerance=CLOSE,
        marks=Marks(points={"whole groups": 3, "a rest or an overflow": 3}, drawn=loops_drawn, part=is_plain),
    )  # fmt: skip
