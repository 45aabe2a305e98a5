"""Assignment 7, choose for a budget: what a plan costs, a grid, a peak and whether it is at an edge."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone


def pairs(tuned=lambda s, r, k: s * r * k, judged=lambda s, r: s, per=lambda steps: steps,
          rounded=lambda n: max(0, math.floor(n + 1e-9))):  # fmt: skip
    """Pairs that a budget leaves, or what is left when something is counted otherwise."""
    return lambda budget, s, r, k, steps: rounded((budget / per(steps) - tuned(s, r, k)) / judged(s, r))


def budgets(rng):
    for _ in range(60):
        s, r, k, steps = (int(rng.integers(*ends)) for ends in ((2, 6), (5, 12), (3, 13), (50, 900)))
        left = int(rng.integers(3, 40)) * s + int(rng.integers(0, s))
        yield (s * r * k + left) * steps + int(rng.integers(1, steps)), s, r, k, steps
    for left in (-2, -1, 0, 1) * 8:
        s, r, k, steps = (int(rng.integers(*ends)) for ends in ((2, 6), (5, 12), (3, 13), (50, 900)))
        yield (s * r * k + left * s) * steps + int(rng.integers(1, steps)), s, r, k, steps


@declared("A7.1")
def pairs_that_a_budget_leaves():
    return Exercise(
        expected=pairs(),
        cases=[
            (48_000, 3, 6, 8, 200),
            (10_000, 2, 5, 4, 100),
            (10_050, 3, 5, 4, 100),
            (4_000, 2, 5, 4, 100),
            (3_000, 2, 5, 4, 100),
        ],
        mistakes={
            "Each pair costs a run of every schedule: divide by them, too.": pairs(judged=lambda s, r: 1),
            "Each schedule is tuned: its rates and seeds count once for each of them.": (
                pairs(tuned=lambda s, r, k: r * k)
            ),
            "A budget that tuning has used up leaves 0 pairs, not a negative number.": (
                pairs(rounded=lambda n: math.floor(n + 1e-9))
            ),
            "Part of a run is no run: round down.": pairs(rounded=lambda n: max(0, n)),
            "Rounded up, the last pair is beyond the budget.": pairs(
                rounded=lambda n: max(0, math.ceil(n - 1e-9))
            ),
            "Judging is done at one peak for each schedule, not at every rate.": (
                pairs(judged=lambda s, r: s * r)
            ),
            "The budget is in updates: a run costs `steps` of them.": pairs(per=lambda steps: 1),
            "Tuning runs count, too.": pairs(tuned=lambda s, r, k: 0),
        },
        marks=Marks(
            points={"plenty is left": 3, "nearly all is used up": 2},
            drawn=budgets,
            part=lambda budget, s, r, k, steps: (
                "plenty is left" if budget // steps - s * r * k >= 3 * s else "nearly all is used up"
            ),
        ),
    )


def grid(intervals=lambda low, high, ratio: max(1, math.ceil(math.log(high / low) / math.log(ratio)))):
    return lambda low, high, ratio: np.geomspace(low, high, intervals(low, high, ratio) + 1)


def stepping(low, high, ratio):
    rates = [low]
    while rates[-1] * ratio < high:
        rates.append(rates[-1] * ratio)
    return np.array([*rates, high])


def spans(rng):
    """Ends whose span is no whole number of ratios, nor nearly; and some where it is one, exactly."""
    for count in (*rng.integers(1, 8, 40), *[0] * 15):
        ratio, part = round(rng.uniform(1.3, 3), 2), rng.uniform(0.05, 0.95)
        low = float(f"{10 ** rng.uniform(-4, 0):.3g}")
        yield low, float(f"{low * ratio ** (count + part):.5g}"), ratio
    yield from ((0.25, 2.0, 2.0), (0.125, 0.5, 2.0), (0.5, 1.0, 2.0))


@declared("A7.2")
def a_grid_of_rates():
    return Exercise(
        expected=grid(),
        cases=[
            (0.1, 0.5, 2.0),
            (0.03, 2.0, 2.0),
            (0.001, 0.01, 1.5),
            (0.1, 0.15, 2.0),
            (1e-4, 1.0, 3.0),
            (0.5, 2.0, 2.0),
        ],
        mistakes={
            "Equal ratios, not equal distances: a rate is a matter of factors.": (
                lambda low, high, ratio: np.linspace(low, high, len(grid()(low, high, ratio)))
            ),
            "One rate too few: n steps have n + 1 ends.": (
                lambda low, high, ratio: np.geomspace(low, high, len(grid()(low, high, ratio)) - 1)
            ),
            "Neighbours are further apart than `ratio`: round the number of steps up.": grid(
                lambda low, high, ratio: max(1, math.floor(math.log(high / low) / math.log(ratio)))
            ),
            "The last step is shorter than the others: make all ratios equal.": stepping,
            "One step more than is needed.": grid(
                lambda low, high, ratio: math.ceil(math.log(high / low) / math.log(ratio)) + 1
            ),
            "A ratio of exactly `ratio` is allowed: of a whole number of steps none is added.": grid(
                lambda low, high, ratio: math.floor(math.log(high / low) / math.log(ratio)) + 1
            ),
            "It stops below `high`: the last rate is `high` itself.": (
                lambda low, high, ratio: stepping(low, high, ratio)[:-1]
            ),
        },
        tolerance=1e-6,
        marks=Marks(
            points={"several steps": 3, "one step is enough": 2},
            drawn=spans,
            part=lambda low, high, ratio: "one step is enough" if high <= low * ratio else "several steps",
        ),
    )


def lonely(best, safe):
    return not (0 < best < len(safe) - 1 and safe[best - 1] and safe[best + 1])


def peak(mean=lambda runs: runs.mean(axis=1), is_safe=lambda runs: np.isfinite(runs).all(axis=1),
         edge=lonely):  # fmt: skip
    def of(rates, losses):
        runs = np.asarray(losses, dtype=float)
        safe = is_safe(runs)
        best = int(np.where(safe, mean(runs), np.inf).argmin())
        return float(rates[best]), bool(edge(best, safe))

    return of


def valleys(rng):
    """Losses (rates, seeds) around a lowest rate anywhere; in the second half some runs diverged."""
    for number in range(60):
        n, seeds, is_beside = int(rng.integers(5, 9)), int(rng.integers(3, 9)), number >= 45
        x, middle = np.arange(n), rng.uniform(1.6, n - 2.6) if is_beside else rng.uniform(-1, n)
        losses = 0.3 + 0.05 * (x - middle)[:, None] ** 2 + rng.exponential(0.15, (n, seeds))
        if is_beside:  # the lowest, with others further out
            low = int(losses.mean(axis=1).argmin())
            losses[np.clip(low + rng.choice([-1, 1]), 0, n - 1), rng.integers(seeds)] = np.nan
        elif number >= 30:
            losses[-int(rng.integers(1, 4)) :, rng.integers(seeds)] = np.nan
        yield rng.uniform(0.01, 0.1) * 2.0**x, losses


@declared("A7.3")
def a_peak_and_whether_it_is_at_an_edge():
    nan, rates = math.nan, np.array([0.1, 0.2, 0.4, 0.8])
    return Exercise(
        expected=peak(),
        cases=[
            (rates, np.array([[0.5, 0.6], [0.3, 0.4], [0.35, 0.45], [0.9, 0.8]])),
            (rates, np.array([[0.5, 0.6], [0.3, 0.4], [0.1, nan], [nan, nan]])),
            (rates, np.array([[0.3, 0.4], [0.5, 0.5], [0.6, 0.6], [0.9, 0.8]])),
            (rates, np.array([[0.9, 0.8], [0.6, 0.7], [0.3, 0.4], [0.2, 0.45]])),
            (rates, np.array([[0.9, 0.8], [0.6, 0.7], [0.2, 0.7], [0.45, 0.6]])),
            (rates, np.array([[0.5, 0.6, 0.5], [0.3, 0.3, 0.9], [0.4, 0.4, 0.4], [0.9, 0.8, 0.9]])),
            (rates, np.array([[0.5, 0.6], [nan, 0.3], [0.2, 0.3], [0.4, 0.5]])),
        ],
        mistakes={
            "Leave out a whole rate where one of its runs diverged; you averaged those that were left.": (
                peak(
                    mean=lambda runs: np.nanmean(runs, axis=1), is_safe=lambda runs: np.isfinite(runs).any(1)
                )
            ),
            "Take the lowest mean, not the lowest single run.": peak(mean=lambda runs: runs.min(axis=1)),
            "A neighbour at which a run diverged is an edge, too.": (
                peak(edge=lambda best, safe: best in (0, len(safe) - 1))
            ),
            "The first and the last rate of the grid are edges, too.": peak(
                edge=lambda best, safe: not safe[max(best - 1, 0)] or not safe[min(best + 1, len(safe) - 1)]
            ),
            "Both ends of the grid are edges, not only the upper one.": peak(
                edge=lambda best, safe: best == len(safe) - 1 or not safe[best + 1]
            ),
            "The other way round: the second value is True at an edge.": peak(
                edge=lambda best, safe: not lonely(best, safe)
            ),
            "NumPy takes nan for the lowest: set rates with a diverged run aside first.": (
                lambda rates, losses: peak(edge=lambda b, s: b in (0, len(s) - 1))(
                    rates, np.where(np.isfinite(losses).all(1)[:, None], losses, -1)
                )
            ),
        },
        tried=left_alone,
        marks=Marks(
            points={"no run diverged": 3, "some runs diverged": 3},
            drawn=valleys,
            part=lambda rates, losses: (
                "no run diverged" if np.isfinite(losses).all() else "some runs diverged"
            ),
        ),
    )
