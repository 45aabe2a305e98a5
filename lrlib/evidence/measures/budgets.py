"""Schedules for a budget, linear decay against the rest, and cycles."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lrlib import stats
from lrlib.evidence.claims import measures
from lrlib.evidence.contests import compared, over_tasks, percent, runs, stored
from lrlib.evidence.verdicts import Measured

BOTH = "digits", "spirals"
BUDGETS = 5, 10, 25, 50, 100  # per cent of 1000 updates
TASKS = "wrong-labels", "small-batches", "spirals", "logistic", "mnist", "shakespeare"
FALLING = ("step", "exponential", "inverse sqrt", "inverse sqrt, cooled", "hold, 1 - sqrt", "one-cycle",
           "cosine", "linear")  # fmt: skip
NEAR = 1.0  # per cent


def at_budgets(one: str, other: str, budgets: Iterable[int]) -> dict[str, list]:
    """Both schedules on both tasks at some budgets: name -> pair."""
    names = [f"{task}-{budget}" for budget in budgets for task in BOTH]
    return {name: [(runs(f"budgets/{name}", one), runs(f"budgets/{name}", other))] for name in names}


def chosen(name: str, labels: Iterable[str]) -> str:
    """The schedule that ends lowest at its own best rate on the tuning seeds."""
    grid = stored(name).grid
    return min(labels, key=lambda label: grid.result[grid.labels.index(label)].mean(axis=1).min())


@measures("schedule-follows-the-budget")
def rescaled() -> Measured:
    return percent(at_budgets("step", "step, cut off", [10]))


@measures("short-budgets-need-it-more")
def interaction() -> Measured:
    short = at_budgets("step, cut off", "linear", [10])
    whole = at_budgets("step", "linear", [100])
    pairs, less = ([pair for each in found.values() for pair in each] for found in (short, whole))
    parts = {name: Measured.of(compared(each), 100) for name, each in (short | whole).items()}
    bare = {name: (part.value, part.low, part.high) for name, part in parts.items()}
    return Measured.of(compared(pairs, less), 100, parts=bare)


@measures("linear-is-high-performing")
def high_performing() -> Measured:
    found = {}
    for budget in BUDGETS:
        for task in BOTH:
            name = f"budgets/{task}-{budget}"
            rival = chosen(name, ("step", "cosine"))
            found[f"{task}-{budget}, {rival}"] = [(runs(name, "linear"), runs(name, rival))]
    return percent(found)


@measures("rex-wins-small-budgets")
def rex_small() -> Measured:
    return percent(at_budgets("REX", "linear", [5, 10]))


@measures("rex-keeps-up-at-large-budgets")
def rex_large() -> Measured:
    return percent(at_budgets("REX", "linear", [50, 100]))


def on_tasks(ones: Iterable[str], other: str) -> Measured:
    """Mean over six tasks of 100 ln(one / other), for several the mean of these."""
    found = {}
    for task in TASKS:
        each = [(runs(f"rivals/{task}", one), runs(f"rivals/{task}", other)) for one in ones]
        found[task] = 100 * compared(each).mean
    return over_tasks(found)


def shown(one: str, others: Iterable[str]) -> dict[str, dict[str, bool]]:
    """task -> other -> whether `one` is shown to end at most `NEAR` per cent above it."""
    found = {}
    for task in TASKS:
        losses = stored(f"rivals/{task}").judged.losses()
        found[task] = {}
        for other in others:
            told = stats.compare(losses[one], losses[other], also=losses.peak_error(one, other))
            found[task][other] = bool(told.high < NEAR / 100 * losses[other].mean())
    return found


def share(found: dict[str, dict[str, bool]]) -> Measured:
    """In how many pairs it is so, in per cent; tasks are its parts."""
    each = {task: 100 * np.mean(list(of.values())) for task, of in found.items()}
    parts = {task: (float(part), float(part), float(part)) for task, part in each.items()}
    return Measured.exact(np.mean(list(each.values())), parts=parts)


@measures("linear-matches-the-rest")
def matches_the_rest() -> Measured:
    others = ["constant", *(name for name in FALLING if name != "linear")]
    return share(shown("linear", others))


@measures("linear-matches-cosine")
def against_cosine() -> Measured:
    return on_tasks(["linear"], "cosine")


@measures("a-schedule-helps-on-average")
def helps() -> Measured:
    return on_tasks(FALLING, "constant")


@measures("a-schedule-does-not-always-help")
def helps_not_always() -> Measured:
    return share(shown("constant", FALLING))


@measures("inverse-sqrt-needs-a-cooldown")
def cooled() -> Measured:
    return on_tasks(["inverse sqrt, cooled"], "inverse sqrt")


@measures("inverse-sqrt-cooled-matches-linear")
def cooled_against_linear() -> Measured:
    return on_tasks(["inverse sqrt, cooled"], "linear")


def spreads(task: str, reach: int = 2) -> tuple[float, float]:
    """Variances of log loss on the tuning grid: between schedules at their best, between rates of linear.

    reach: how many rates on each side of its best one count, a factor sqrt 2 each.
    """
    grid = stored(f"rivals/{task}").grid
    logs = np.log(grid.result.mean(axis=2))
    linear = logs[grid.labels.index("linear")]
    best = int(linear.argmin())
    around = linear[max(best - reach, 0) : best + reach + 1]
    if len(around) < 2 * reach + 1:
        raise ValueError(f"{task}: the grid does not reach {reach} rates beyond the best of linear decay")
    return float(np.var(logs.min(axis=1), ddof=1)), float(np.var(around, ddof=1))


@measures("rate-matters-more-than-shape")
def shape_over_rate() -> Measured:
    ratios = {task: np.log(np.divide(*spreads(task))) for task in TASKS}
    found = over_tasks(ratios)
    value, low, high = np.exp([found.value, found.low, found.high]).tolist()
    return Measured(value, low, high, found.n, parts={t: (float(np.exp(r)),) * 3 for t, r in ratios.items()})


WHOLE, EIGHTH, THIRD = "cycles/whole", "cycles/eighth", "cycles/third"
ENDS = {200: "cycles/first", 600: "cycles/second", 1400: WHOLE}  # updates after which a cycle ends


def versus(one: tuple, other: tuple) -> Measured:
    """Two of (sweep, label, step), at their ends where no step is given."""
    return percent({f"{one[1]} against {other[1]}": [(runs(*one), runs(*other))]})


@measures("one-cycle-in-an-eighth")
def one_cycle() -> Measured:
    return versus((EIGHTH, "one-cycle"), (WHOLE, "step"))


@measures("one-cycle-beats-linear")
def one_cycle_control() -> Measured:
    return versus((EIGHTH, "one-cycle"), (EIGHTH, "linear"))


@measures("triangular2-in-a-third")
def triangular() -> Measured:
    return versus((THIRD, "triangular2"), (WHOLE, "constant"))


@measures("triangular2-beats-linear")
def triangular_control() -> Measured:
    return versus((THIRD, "triangular2"), (THIRD, "linear"))


@measures("restarts-improve-anytime")
def anytime() -> Measured:
    pairs = {f"after {t}": [(runs(WHOLE, "restarts", t), runs(WHOLE, "cosine", t))] for t in ENDS if t < 1400}
    return percent(pairs)


@measures("restart-ends-match-own-cosine")
def ends() -> Measured:
    pairs = {f"after {t}": [(runs(WHOLE, "restarts", t), runs(own, "cosine"))] for t, own in ENDS.items()}
    return percent(pairs)


@measures("restarts-save-half-the-run")
def saved() -> Measured:
    return versus((WHOLE, "restarts", 600), (WHOLE, "step"))
