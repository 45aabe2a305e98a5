"""Assignment 6, broken schedules: a ledger to read, a run to lengthen."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.ported import word_and_number
from lrlib.schedules import cosine, linear

CLOSE = 1e-6


# --- A6.7: a ledger, read -------------------------------------------------------------------------


def broken(planned, fault, number):
    plan, t = np.asarray(planned), np.arange(len(planned))
    places = {"early": t + number, "late": t - number, "fast": t * number}.get(fault, t)
    used = plan[np.clip(places, 0, len(plan) - 1).astype(int)]
    return (used * number if fault == "level" else used).tolist()


def alike(planned, used, fault, number):
    return np.allclose(broken(planned, fault, number), used, rtol=0, atol=1e-9 * max(planned))


def diagnosis(planned, used):
    known = [("none", 0), *((f, k) for f in ("early", "late", "fast") for k in range(1 + (f == "fast"), 6))]
    for fault, number in known:
        if alike(planned, used, fault, number):
            return fault, number
    return "level", used[0] / planned[0]


def ledgers_drawn(rng):
    kinds = ("early", "late", "fast", "none", "level")
    for i in range(60):
        W, T = int(rng.integers(6, 12)), int(rng.integers(40, 70))
        plan = float(rng.uniform(0.01, 1)) * (linear(1 / (W + 1), 1, W) >> cosine(1, 0, T - W)).values(T)
        fault = kinds[i % 5]
        number = int(rng.integers(1 + (fault == "fast"), 6))
        if fault == "level":
            number = float(rng.choice([rng.uniform(0.1, 0.9), rng.uniform(1.2, 9)]))
        yield plan.tolist(), broken(plan, fault, number)


def in_time_or_not(planned, used):
    return "no gap, or its level" if diagnosis(planned, used)[0] in ("none", "level") else "its clock"


@declared("A6.7")
def a_ledger_read():
    plan = [0.2, 0.6, 1.0, 0.9, 0.7, 0.5, 0.3, 0.15, 0.1, 0.05]
    named = [("early", 1), ("late", 2), ("fast", 3), ("none", 0), ("level", 0.1)]

    def told(f):
        return lambda planned, used: f(*diagnosis(planned, used))

    swap = {"early": "late", "late": "early"}
    return Exercise(
        expected=diagnosis,
        cases=[(plan, broken(plan, *each)) for each in named],
        tried=word_and_number,
        mistakes={
            "The other way round: early is a rate that was planned for later.": told(
                lambda fault, k: (swap.get(fault, fault), k)
            ),
            "By how much: early, late and fast have a number of their own.": told(
                lambda fault, k: (fault, 1 if fault in ("early", "late", "fast") else k)
            ),
            "A fast clock is no early one: its lead grows.": told(
                lambda fault, k: ("early" if fault == "fast" else fault, k)
            ),
            "The level is used / planned, not the other way round.": told(
                lambda fault, k: (fault, 1 / k if fault == "level" else k)
            ),
            "Where nothing is off, say none.": told(
                lambda fault, k: ("level", 1.0) if fault == "none" else (fault, k)
            ),
            "The number of a clock is how many planned steps it makes in an update.": told(
                lambda fault, k: (fault, k - 1 if fault == "fast" else k)
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"its clock": 3, "no gap, or its level": 3}, drawn=ledgers_drawn, part=in_time_or_not
        ),
    )


# --- A6.8: a run that is made longer --------------------------------------------------------------


def wave(t, T):
    return (1 + math.cos(math.pi * min(t, T) / T)) / 2


def continued(
    t, stop, old, new, height=wave, span=lambda stop, new: new - stop, gone=lambda t, stop: t - stop
):
    if t < stop:
        return wave(t, old)
    return height(stop, old) * wave(gone(t, stop), span(stop, new)) if t < new else 0.0


def stops_drawn(rng):
    for i in range(90):
        old = int(rng.integers(30, 120))
        stop = int(rng.integers(5, old - 5))
        new = stop + int(rng.integers(8, 150))
        between = int(rng.integers(stop, new))
        t = (int(rng.integers(1, stop)), stop, between, new - 1, new, new + int(rng.integers(1, 40)))[i % 6]
        yield t, stop, old, new


def place(t, stop, old, new):
    return "before the stop" if t < stop else "after it" if t < new else "past the end"


@declared("A6.8")
def a_run_made_longer():
    return Exercise(
        expected=continued,
        cases=[(t, 40, 100, 200) for t in (10, 39, 40, 120, 199, 200, 250)] + [(60, 50, 100, 70)],
        mistakes={
            "That is the new plan from its own start: the rate jumps at the stop.": lambda t, s, old, new: (
                wave(t, old) if t < s else wave(t, new)
            ),
            "It begins again at the full rate: go on from where the old plan was.": lambda *case: continued(
                *case, height=lambda t, T: 1.0
            ),
            "From the stop only new - stop updates are left.": lambda *case: continued(
                *case, span=lambda stop, new: new
            ),
            "At the stop the second cosine is at its own start.": lambda *case: continued(
                *case, gone=lambda t, stop: t
            ),
            "That is the old plan throughout.": lambda t, s, old, new: wave(t, old),
            "Past the new end the factor stays 0; a cosine would climb again.": lambda t, s, old, new: (
                continued(t, s, old, new)
                if t < new
                else wave(s, old) * (1 + math.cos(math.pi * (t - s) / (new - s))) / 2
            ),
            "Update `stop` is the first of the second part: it has the factor of the old plan there.": (
                lambda t, s, old, new: continued(t, s, old, new, gone=lambda t, stop: t - stop + 1)
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"before the stop": 1, "after it": 3, "past the end": 1}, drawn=stops_drawn, part=place
        ),
    )
