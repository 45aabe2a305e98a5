"""The contests again, from the stored tables alone: geometric means by pandas, plain intervals by SciPy."""

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from lrlib.evidence.measures.budgets import FALLING, TASKS
from lrlib.evidence.sweeps import FOLDER, definition, load

from . import Way


def table(name):
    """Rows of a stored sweep, with the label of each schedule: both parts have them in the same order."""
    rows, labels = pd.read_parquet(FOLDER / f"{name}.parquet"), list(definition(name).labelled)
    for part in ("grid", "judged"):
        of_part = rows.part == part
        order = {text: place for place, text in enumerate(rows.schedule[of_part].unique())}
        rows.loc[of_part, "base"] = [labels[order[text]] for text in rows.schedule[of_part]]
    return rows


def judged(name, label, at=-1):
    rows = table(name).query("part == 'judged' and base == @label")
    assert len(rows) >= 16, (name, label, len(rows))
    return np.array([losses[at] for losses in rows.heldout_loss])


def geometric(*pairs):
    """100 times the mean over pairs of ln of a ratio of geometric means."""
    return 100 * np.mean([np.log(scipy_stats.gmean(one) / scipy_stats.gmean(other)) for one, other in pairs])


def at_budgets(one, other, budgets):
    return geometric(*(
        (judged(f"budgets/{task}-{budget}", one), judged(f"budgets/{task}-{budget}", other))
        for task in ("digits", "spirals")
        for budget in budgets
    ))  # fmt: skip


def interaction():
    return at_budgets("step, cut off", "linear", [10]) - at_budgets("step", "linear", [100])


def high_performing():
    pairs = []
    for task in ("digits", "spirals"):
        for budget in (5, 10, 25, 50, 100):
            name = f"budgets/{task}-{budget}"
            grid = table(name).query("part == 'grid' and base in ('step', 'cosine')")
            last = grid.heldout_loss.map(lambda losses: losses[-1])
            means = last.groupby([grid.base, grid.base_lr]).mean()
            pairs.append((judged(name, "linear"), judged(name, means.idxmin()[0])))
    return geometric(*pairs)


def on_tasks(ones, other):
    return np.mean([
        geometric((judged(f"rivals/{task}", one), judged(f"rivals/{task}", other)))
        for task in TASKS
        for one in ones
    ])  # fmt: skip


def upper(name, one, other, level=0.95):
    """The upper end of a mean difference's interval, Student's or Hall's, with the error of the peaks."""
    difference = judged(name, one) - judged(name, other)
    error = np.hypot(scipy_stats.sem(difference), load(name).judged.losses().peak_error(one, other))
    q = scipy_stats.t.ppf((1 + level) / 2, len(difference) - 1)
    skewness = scipy_stats.skew(difference, bias=False) * (scipy_stats.sem(difference) / error) ** 3
    c = skewness / np.sqrt(len(difference))
    hall = -3 * (np.cbrt(1 + c * (-q - c / 6)) - 1) / c
    return difference.mean() + max(q, hall) * error


def at_most_a_percent_above(one, others):
    each = [
        upper(name, one, other) < 0.01 * judged(name, other).mean()
        for name in (f"rivals/{task}" for task in TASKS)
        for other in others
    ]
    return 100 * np.mean(each)


def shape_over_rate():
    ratios = []
    for task in TASKS:
        grid = table(f"rivals/{task}").query("part == 'grid'")
        last = grid.heldout_loss.map(lambda losses: losses[-1])
        means = last.groupby([grid.base, grid.base_lr]).mean()
        linear = means["linear"].to_numpy()
        best = linear.argmin()
        between = np.log(means.groupby("base").min()).var()
        ratios.append(between / pd.Series(np.log(linear[best - 2 : best + 3])).var())
    return scipy_stats.gmean(ratios)


def cycles(one, other, one_at=-1, other_at=-1):
    return geometric((judged(*one, one_at), judged(*other, other_at)))


def restarts(rivals):
    """At the evaluations, one every 100 updates, that stand at ends of cycles."""
    return np.mean([
        cycles(("cycles/whole", "restarts"), rival, {200: 1, 600: 5, 1400: 13}[t], at)
        for t, (rival, at) in rivals.items()
    ])  # fmt: skip


WHOLE, EIGHTH, THIRD = "cycles/whole", "cycles/eighth", "cycles/third"
EXACT = 1e-6

WAYS = {
    "schedule-follows-the-budget": Way(lambda: at_budgets("step", "step, cut off", [10]), EXACT),
    "short-budgets-need-it-more": Way(interaction, EXACT),
    "linear-is-high-performing": Way(high_performing, EXACT),
    "rex-wins-small-budgets": Way(lambda: at_budgets("REX", "linear", [5, 10]), EXACT),
    "rex-keeps-up-at-large-budgets": Way(lambda: at_budgets("REX", "linear", [50, 100]), EXACT),
    "linear-matches-the-rest": Way(
        lambda: at_most_a_percent_above("linear", ["constant", *FALLING[:-1]]), EXACT
    ),
    "linear-matches-cosine": Way(lambda: on_tasks(["linear"], "cosine"), EXACT),
    "rate-matters-more-than-shape": Way(shape_over_rate, EXACT),
    "a-schedule-helps-on-average": Way(lambda: on_tasks(FALLING, "constant"), EXACT),
    "a-schedule-does-not-always-help": Way(lambda: at_most_a_percent_above("constant", FALLING), EXACT),
    "inverse-sqrt-needs-a-cooldown": Way(lambda: on_tasks(["inverse sqrt, cooled"], "inverse sqrt"), EXACT),
    "inverse-sqrt-cooled-matches-linear": Way(lambda: on_tasks(["inverse sqrt, cooled"], "linear"), EXACT),
    "one-cycle-in-an-eighth": Way(lambda: cycles((EIGHTH, "one-cycle"), (WHOLE, "step")), EXACT),
    "one-cycle-beats-linear": Way(lambda: cycles((EIGHTH, "one-cycle"), (EIGHTH, "linear")), EXACT),
    "triangular2-in-a-third": Way(lambda: cycles((THIRD, "triangular2"), (WHOLE, "constant")), EXACT),
    "triangular2-beats-linear": Way(lambda: cycles((THIRD, "triangular2"), (THIRD, "linear")), EXACT),
    "restarts-improve-anytime": Way(
        lambda: restarts({200: ((WHOLE, "cosine"), 1), 600: ((WHOLE, "cosine"), 5)}), EXACT
    ),
    "restart-ends-match-own-cosine": Way(
        lambda: restarts(
            {
                200: (("cycles/first", "cosine"), -1),
                600: (("cycles/second", "cosine"), -1),
                1400: ((WHOLE, "cosine"), -1),
            }
        ),
        EXACT,
    ),
    "restarts-save-half-the-run": Way(lambda: restarts({600: ((WHOLE, "step"), -1)}), EXACT),
}
