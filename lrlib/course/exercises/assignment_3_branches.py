"""Assignment 3, start and end, the second half: branches, what a cooldown is worth, averages, a new end."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone


def cost(lengths, D, every, fork=lambda n, D, every: (n - D) // every * every, end=max, branch=None):
    forks = [fork(n, D, every) for n in lengths]
    return end(forks) + sum(branch or n - at for n, at in zip(lengths, forks, strict=True))


def budgets(rng):
    for i in range(40):
        D, every = int(rng.integers(5, 80)), int(rng.integers(5, 60))
        count = 1 if i % 3 == 0 else int(rng.integers(2, 6))
        lengths = D + rng.choice(400, count, replace=False)
        if i % 4 == 0:
            lengths[0] = D + every * int(rng.integers(5, 9))
        yield [int(n) for n in dict.fromkeys(lengths)], D, every
    for D, every in ((20, 50), (7, 31)):  # shorter than a checkpoint, and nothing but a cooldown
        yield [D + every - 1], D, every
        yield [D], D, every
        yield [D + 5 * every, D, D + 2 * every + 1], D, every


@declared("A3.6")
def branches_from_checkpoints():
    return Exercise(
        expected=cost,
        cases=[
            ([300, 500], 60, 100),
            ([500, 300], 60, 100),
            ([160], 60, 100),
            ([159], 60, 100),
            ([60], 60, 7),
            ([350, 500], 60, 100),
            ([360, 560, 60], 60, 100),
        ],
        mistakes={
            "A branch begins at a checkpoint: n - D has to be rounded down to one.": lambda *case: cost(
                *case, fork=lambda n, D, every: n - D
            ),
            "Rounded up, too little is left for the cooldown: take the checkpoint before.": lambda *case: (
                cost(*case, fork=lambda n, D, every: -(-(n - D) // every) * every)
            ),
            "A branch trains all that follows its checkpoint, which may be more than D.": lambda *case: cost(
                *case, branch=case[1]
            ),
            "The trunk is trained to the last fork and no further.": lambda lengths, D, every: cost(
                lengths, D, every, end=lambda forks: max(lengths)
            ),
            "The list need not be sorted: the last entry may not be the longest.": lambda *case: cost(
                *case, end=lambda forks: forks[-1]
            ),
            "The trunk is trained once, not once for each branch.": lambda *case: cost(*case, end=sum),
            "Those are the branches alone: the trunk has to be trained, too.": lambda *case: cost(
                *case, end=lambda forks: 0
            ),
        },
        marks=Marks(
            points={"one budget": 2, "several": 3},
            drawn=budgets,
            part=lambda lengths, D, every: "several" if len(lengths) > 1 else "one budget",
        ),
    )


def first_below(steps, trunk, cooled):
    """Where the trunk is first as low, on straight lines between readings; None where it never is."""
    if trunk[0] <= cooled:
        return float(steps[0])
    for i in range(1, len(steps)):
        if trunk[i] <= cooled:
            share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
            return float(steps[i - 1] + share * (steps[i] - steps[i - 1]))
    return None


def worth(steps, trunk, end, cooled, reached=first_below):
    at = reached(steps, trunk, cooled)
    return None if at is None else at - end


def strictly_below(steps, trunk, cooled):
    return first_below(steps, trunk, np.nextafter(cooled, -np.inf))


def last_above(steps, trunk, cooled):
    above = np.flatnonzero(np.asarray(trunk) > cooled)
    if not len(above):
        return float(steps[0])
    if above[-1] + 1 == len(steps):
        return None
    return first_below(steps[above[-1] :], trunk[above[-1] :], cooled)


def at_a_reading(steps, trunk, cooled):
    found = np.flatnonzero(np.asarray(trunk) <= cooled)
    return float(steps[found[0]]) if len(found) else None


def after_the_end(steps, trunk, end, cooled):
    later = np.concatenate([[np.inf], np.asarray(trunk)[1:]])
    later[np.asarray(steps) <= end] = np.inf
    low = np.flatnonzero(later <= cooled)
    if not len(low):
        return None
    i = low[0]
    share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
    return float(steps[i - 1] + share * (steps[i] - steps[i - 1]) - end)


def trunks(rng):
    """Readings of two digits, and a loss between two of them: no division by next to nothing."""
    for i in range(40):
        n = int(rng.integers(4, 25))
        steps = np.cumsum(rng.integers(5, 40, n))
        trunk = np.round(2 * np.exp(-np.arange(n) / 8) + rng.uniform(0, 0.4, n), 2)
        cooled = rng.uniform(trunk.min(), trunk[0]) if i % 3 else trunk.min() - rng.uniform(0.02, 0.3)
        yield steps, trunk, int(rng.integers(10, steps[-1])), math.floor(100 * cooled) / 100 + 0.005
    for _ in range(4):
        yield np.arange(10, 60, 10), rng.uniform(0.5, 1, 5), 30, float(rng.uniform(1.1, 2))
        rises = np.array([0.9, 0.6, 0.8, 0.3, 0.7]) + np.round(rng.uniform(-0.04, 0.04, 5), 2)
        yield np.arange(20, 120, 20), rises, 70, 0.7
        yield np.arange(20, 120, 20), rises, 70, 0.5
    yield np.arange(20, 120, 20), np.array([1.0, 0.5, 0.75, 0.625, 0.625]), 70, 0.5  # just as low
    yield np.arange(20, 120, 20), np.array([0.5, 0.75, 0.625, 0.75, 0.625]), 70, 0.5


@declared("A3.7")
def what_a_cooldown_is_worth():
    example = np.array([100, 200, 300, 400]), np.array([0.9, 0.6, 0.7, 0.4])
    return Exercise(
        expected=worth,
        cases=[(*example, 200, cooled) for cooled in (0.5, 0.65, 0.75, 0.4001, 0.4, 0.3, 0.95)],
        mistakes={
            "Between two readings the loss goes in a straight line: find the place on it.": (
                lambda *case: worth(*case, reached=at_a_reading)
            ),
            "The first time counts, even if the loss rises again later.": lambda *case: worth(
                *case, reached=last_above
            ),
            "As low is low enough: a reading that equals `cooled` counts.": lambda *case: worth(
                *case, reached=strictly_below
            ),
            "That is the number of updates at which the trunk is there: take `end` from it.": (
                lambda steps, trunk, end, cooled: first_below(steps, trunk, cooled)
            ),
            "The trunk never comes down to it: return None.": lambda steps, trunk, end, cooled: (
                steps[-1] - end
                if worth(steps, trunk, end, cooled) is None
                else worth(steps, trunk, end, cooled)
            ),
            "`np.interp` wants its x in rising order, and losses that fall are not.": lambda x, y, end, at: (
                None if min(y) > at else float(np.interp(at, y, x)) - end
            ),
            "A trunk that was there before `end` counts, too: the result may be below 0.": lambda *case: (
                after_the_end(*case)
            ),
            "The sign is the other way round: a cooldown that saves updates is worth more than 0.": (
                lambda *case: None if worth(*case) is None else -worth(*case)
            ),
        },
        tolerance=1e-3,
        marks=Marks(
            points={"it comes down": 3, "it never does": 2},
            drawn=trunks,
            part=lambda *case: "it never does" if worth(*case) is None else "it comes down",
        ),
    )


def ema(visited, beta, counts=lambda t, beta: (1 - beta) / (1 - beta ** (t + 1)), first=0):
    visited, mean, means = np.asarray(visited, dtype=float), 0.0, []
    for t, w in enumerate(visited):
        mean = w if first and t == 0 else mean + counts(t, beta) * (w - mean)
        means.append(mean)
    return np.array(means)


def oldest_first(visited, beta):
    count = beta ** np.arange(len(visited))
    return np.array([count[:t] @ visited[:t] / count[:t].sum() for t in range(1, len(visited) + 1)])


def visits(rng):
    for i in range(30):
        shape = (1 if i % 6 == 0 else int(rng.integers(2, 20)), int(rng.integers(1, 5)))
        yield rng.standard_normal(shape), float(rng.choice([0.5, 0.9, 0.99]) - rng.uniform(0, 0.05))


@declared("A3.8")
def an_average_without_the_start():
    example = np.array([[2.0, 8.0], [4.0, 0.0], [1.0, 1.0]])
    return Exercise(
        expected=ema,
        cases=[(example, beta) for beta in (0.5, 0.9)] + [(example[:1], 0.9)],
        tried=left_alone,
        mistakes={
            "It still begins at 0: divide by what the weights count, 1 - beta**t.": lambda *case: ema(
                *case, counts=lambda t, beta: 1 - beta
            ),
            "The first weights count too much: they count like the others, before the division.": (
                lambda *case: ema(*case, counts=lambda t, beta: 1 - beta, first=1)
            ),
            "beta is what the old average keeps; the new weights get 1 - beta.": lambda visited, beta: ema(
                visited, 1 - beta
            ),
            "After t updates the weights count 1 - beta**t: t counts from 1 there.": lambda *case: ema(
                *case, counts=lambda t, beta: 1 if t == 0 else (1 - beta) / (1 - beta**t)
            ),
            "The newest weights count most: row i has the power t - i of beta.": oldest_first,
            "Every row was asked for, not the last average alone.": lambda *case: ema(*case)[-1],
            "Each row has to be an array of its own: yours is one that changes.": lambda *case: np.repeat(
                ema(*case)[-1:], len(case[0]), axis=0
            ),
            "That is the plain mean of all weights so far.": lambda *case: ema(
                *case, counts=lambda t, beta: 1 / (t + 1)
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"averages, and `visited` as it was": 5},
            drawn=visits,
        ),
    )


def shares(T, D, n, join=lambda cooled, kept: cooled * kept, after=0):
    to_go = T - np.arange(T) - after
    return join(np.minimum(1, (T - np.arange(T)) / D), np.minimum(to_go, n) / n)


def both_at_once(rng):
    for T in rng.integers(4, 60, 30):
        D, n = (int(x) for x in rng.integers(1, T + 1, 2))
        yield int(T), D, n
    yield from [(1, 1, 1), (6, 1, 3), (6, 3, 1), (12, 12, 12), (9, 4, 4)]


@declared("A3.9")
def an_average_of_a_cooldown():
    return Exercise(
        expected=shares,
        cases=[(6, 3, 2), (6, 2, 3), (6, 6, 6), (6, 1, 1), (20, 5, 10)],
        mistakes={
            "The smaller of the two is one of them alone: each gradient meets both.": lambda *case: shares(
                *case, join=np.minimum
            ),
            "That is the rate alone: the average takes its share of it.": lambda *case: shares(
                *case, join=lambda cooled, kept: cooled
            ),
            "That is the average alone: the rate comes down, too.": lambda *case: shares(
                *case, join=lambda cooled, kept: kept
            ),
            "The update of step t is already in the weights after it: T - t of them, not T - t - 1.": (
                lambda *case: shares(*case, after=1)
            ),
            "They multiply: the average takes its share of what the rate has left.": lambda *case: shares(
                *case, join=lambda cooled, kept: (cooled + kept) / 2
            ),
            "A gradient from before the window is in all of its weights.": lambda T, D, n: (
                shares(T, D, n) * (T - np.arange(T) <= n)
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"window not longer than the cooldown": 2, "window longer": 2},
            drawn=both_at_once,
            part=lambda T, D, n: "window longer" if n > D else "window not longer than the cooldown",
        ),
    )


def wave(t, T):
    return (1 + math.cos(math.pi * t / T)) / 2


def rescue(t, k, T, N, line=lambda t, k, N: (N - t) / (N - k), height=wave):
    if t < k:
        return wave(t, T)
    return height(k, T) * line(t, k, N) if t < N else 0.0


def one_late(t, k, T, N):
    return wave(t, T) if t <= k else wave(k, T) * max(0, N + 1 - t) / (N - k)


def news(rng):
    for i in range(30):
        T = int(rng.integers(20, 200))
        k = int(rng.integers(1, T - 5))
        N = k + int(rng.integers(2, 40)) if i % 2 else T + int(rng.integers(1, 80))
        for t in {0, k - 1, k, k + 1, (k + N) // 2, N - 1, N, N + 7, int(rng.integers(0, N + 9))}:
            yield t, k, T, N


@declared("A3.10")
def down_in_time():
    def part(t, k, T, N):
        return "before the news" if t < k else "down to the end" if t < N else "past the end"

    return Exercise(
        expected=rescue,
        cases=[(t, 100, 300, 150) for t in (0, 60, 99, 100, 101, 125, 149, 150, 200)]
        + [(t, 100, 300, 400) for t in (99, 100, 300, 399, 400)],
        mistakes={
            "It jumps at k: begin the line at the rate that the cosine has there.": lambda *case: rescue(
                *case, height=lambda k, T: 1.0
            ),
            "The line has N - k updates, not N.": lambda *case: rescue(
                *case, line=lambda t, k, N: (N - t) / N
            ),
            "One update early: the line is at zero at N, not at N - 1.": lambda *case: rescue(
                *case, line=lambda t, k, N: (N - 1 - t) / (N - 1 - k)
            ),
            "That goes below zero: past the end the factor stays at 0.": lambda t, k, T, N: (
                rescue(t, k, T, N) if t < N else wave(k, T) * (N - t) / (N - k)
            ),
            "The line begins at update k, not one later.": one_late,
            "The line takes over: it does not multiply the cosine.": lambda t, k, T, N: rescue(
                t, k, T, N, height=lambda k, T: wave(max(t, k), T)
            ),
            "The rate is held to the end: a line to 0 was asked for.": lambda *case: rescue(
                *case, line=lambda t, k, N: 1.0
            ),
            "That is the cosine of the old plan: from k on it is a line.": lambda t, k, T, N: (
                wave(t, T) if t < N else 0.0
            ),
            "That is the cosine of the new plan from the start: before k nobody knew.": lambda t, k, T, N: (
                wave(t, N) if t < N else 0.0
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"before the news": 2, "down to the end": 2, "past the end": 2}, drawn=news, part=part
        ),
    )
