# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A7 Choose for a budget
#
# *After this you can turn a budget of updates into a plan, tune and judge so that nobody is flattered, and recommend a
# schedule with an interval that you can defend.*
#
# Needs 04, 07, 12, 24 - 175 min - 60 points - computes in under 20 s - CPU

# %% [markdown]
# ## The order
#
# A small model that reads digits is trained anew every night: 200 updates, SGD with momentum 0.9, cosine decay to
# zero. Its labels come from users, and many are wrong. Nobody remembers why cosine. A colleague asks whether there is
# a better schedule, and at which peak:
#
# > You may spend 48,000 updates on it. I want one sentence by Friday: *switch*, to what, at which peak, for how much;
# > or *stay*. A gain of less than 0.03 nats is not worth a change of our code.
#
# So there are a *budget* in updates, a *fallback* (today's schedule), and a *margin* that was named before any run. In
# place of the nightly data we take the digits of the lessons, batches of 16, and 30 % of the training labels replaced
# at random. The candidates besides cosine are a line to zero and a *cooldown*: the full rate for 80 % of the run, then
# a line to zero.
#
# Where parts of an exercise are named, each has points of its own. Arrays are NumPy's, in float64, and what a function
# is given it must not change. A cell with `my_... = None  # ...` waits for your prediction, which is not marked. Work
# from top to bottom: later cells use your functions.

# %%
import numpy as np
import pandas as pd
from IPython.display import display
from scipy import stats as distributions

from lrlib import plot, stats, tasks, train
from lrlib.course import check
from lrlib.evidence import sweeps

task = tasks.get("digits", label_noise=0.3, batch_size=16)
shapes = {
    "cosine": "cosine(1, 0, T)",
    "linear": "linear(1, 0, T)",
    "cooldown": "constant(1, 0.8*T) >> linear(1, 0, 0.2*T)",
}
budget, margin, steps, tuning = 48_000, 0.03, 200, range(1000, 1008)
plot.schedules({n: f"{s}" for n, s in shapes.items()}, steps, "Three candidates, one peak")

# %% [markdown]
# ## The plan
#
# Tuning comes first: each schedule is trained at every rate of a grid, on every tuning seed. What is left goes to
# judging. There each schedule is trained at its own tuned peak only, once on every judging seed. So a *pair* (here:
# one seed for all schedules) costs one run of each schedule.

# %% [markdown]
# **1, 5 points.** Return how many judging seeds a budget leaves. `budget` is in updates; `schedules`, `rates` and
# `tuning` are numbers of schedules, rates and tuning seeds; a run has `steps` updates. All are whole numbers. Every
# judging seed is run with all schedules or not at all. If tuning alone is beyond the budget, return 0. Example: 10,000
# updates, 2 schedules, 5 rates, 4 seeds and 100 updates a run leave 30 judging seeds. (Plenty is left: 3 points;
# nearly all is used up: 2.)


# %% tags=["exercise"]
def my_pairs(budget, schedules, rates, tuning, steps):
    ### BEGIN SOLUTION
    left = budget - schedules * rates * tuning * steps
    return max(0, left // (schedules * steps))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.1", my_pairs)

# %% [markdown]
# **2, 5 points.** Return a grid of rates as an array, in increasing order: the first is `low`, the last is `high`,
# both exactly. All neighbours have the same ratio, which is at most `ratio`, and there are as few rates as that
# allows. `low` < `high`, `ratio` > 1. Example: `my_grid(0.1, 0.5, 2)` is about [0.1, 0.171, 0.292, 0.5]. (Several
# steps: 3 points; one step is enough: 2.)


# %% tags=["exercise"]
def my_grid(low, high, ratio):
    ### BEGIN SOLUTION
    intervals = int(np.ceil(np.log(high / low) / np.log(ratio)))
    return np.geomspace(low, high, max(intervals, 1) + 1)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.2", my_grid)

# %% [markdown]
# Now the plan is a few numbers, all of them said before the first run. Tuning and judging seeds have nothing in
# common.

# %%
rates = my_grid(0.01, 0.3, 2).tolist()
n_pairs = int(my_pairs(budget, len(shapes), len(rates), len(tuning), steps))
runs = {"tuning": len(shapes) * len(rates) * len(tuning), "judging": len(shapes) * n_pairs}
print("rates:", np.round(rates, 3))
print("runs:", runs, "updates:", sum(runs.values()) * steps, "of", budget)

# %% [markdown]
# ## Tune
#
# Before you run it: cosine and the line begin to fall at once, the cooldown stays at its peak for most of the run.
# Which of the three will have the lowest tuned peak?

# %%
my_prediction = None  # "cosine", "linear" or "cooldown"

# %%
from lrlib.train import SGD

how = {"optimizer": SGD(momentum=0.9), "steps": steps}
tuned = train.tune(task, shapes, rates, tuning, widen=0, evaluations=4, **how)
lowest = min(tuned.peaks, key=tuned.peaks.get)
check.category(
    my_prediction, lowest, list(shapes), reread="lesson 12, on rates that stay high"
)
plot.sensitivity(tuned, title="Each schedule has a valley of its own")

# %% [markdown]
# **We see** the last loss against the peak rate, one line a schedule, over a thin line a tuning seed. **This means**
# that one rate for all would favour the schedule whose valley it happens to hit. **It does not mean** that the lowest
# point of a line is a fair result: it was chosen because it is low.

# %% [markdown]
# **3, 6 points.** Read such a table. `rates` is an array in increasing order, `losses` an array (rates, seeds) of last
# losses, in which a run that diverged is `nan`. A rate at which any run diverged is out of the question. Of the others
# return the rate with the lowest mean, and whether it is *at an edge*: a pair `(rate, True or False)`. It is at an
# edge if on one of its sides there is no neighbour in `rates`, or one at which a run diverged. (Then the true peak may
# lie further out, and the grid must grow.) At least one rate has no diverged run. Example: rates 0.1, 0.2 and 0.4 with
# mean losses 0.5, 0.3 and `nan` give `(0.2, True)`. (No run diverged: 3 points; some did: 3.)


# %% tags=["exercise"]
def my_peak(rates, losses):
    ### BEGIN SOLUTION
    safe = np.isfinite(losses).all(axis=1)
    best = int(np.where(safe, losses.mean(axis=1), np.inf).argmin())
    padded = [False, *safe, False]  # beside the grid nothing is safe
    return rates[best], not (padded[best] and padded[best + 2])
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.3", my_peak)

# %%
found = np.where(
    tuned.sweep.diverged, np.nan, tuned.sweep.result
)  # (schedules, rates, seeds)
peaks = {n: my_peak(np.array(rates), table) for n, table in zip(shapes, found, strict=True)}
pd.DataFrame(peaks, index=["peak", "at an edge"]).T

# %% [markdown]
# If a peak is at an edge in your table, say so in your report: with a wider grid that schedule might do better.
#
# ## A result that flatters
#
# In the folder of an older project you find the function below. It was used to compare schedules.


# %%
def unfair(losses, k):
    """Losses are (schedules, rates, seeds); the first k seeds tune, the others judge."""
    judging = losses[:, :, k:]
    return judging.min(axis=1)


# %% [markdown]
# **4, 5 points.** Mend it. Return an array (schedules, seeds - k): each schedule's losses on the judging seeds, at the
# one rate that has the lowest mean on *its* first `k` seeds. No run diverged here. (One schedule: 2 points; several:
# 3.)


# %% tags=["exercise"]
def my_fair(losses, k):
    ### BEGIN SOLUTION
    chosen = losses[:, :, :k].mean(axis=2).argmin(axis=1)
    return losses[np.arange(len(losses)), chosen, k:]
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.4", my_fair)

# %% [markdown]
# How much does it flatter? The stored sweep `shapes-digits` of lesson 04 holds nine schedules at 8 rates on 32 seeds.
# Take 16 seeds to tune and 16 to judge, with both functions. The flattery is fair minus unfair, the mean of the
# judging seeds. Is it largest for a schedule that ends at a high rate, `constant`, or for one that ends at zero,
# `linear`?

# %%
my_flattered = None  # "constant", "linear" or "cannot tell"

# %%
grid, two = sweeps.load("shapes-digits").grid, ("constant(1)", "linear(1, 0, T)")
flattery = my_fair(grid.result, 16) - unfair(grid.result, 16)
both = stats.compare(*(flattery[grid.labels.index(name)] for name in two))
more = {"worse": "constant", "better": "linear"}.get(both.verdict, "cannot tell")
check.category(my_flattered, more, ("constant", "linear", "cannot tell"))

# %% tags=["answer"]
means = {"fair": my_fair(grid.result, 16), "unfair": unfair(grid.result, 16)}
table = pd.DataFrame({n: each.mean(axis=1) for n, each in means.items()}, grid.labels)
table["flattery"] = table["fair"] - table["unfair"]
print("flattery, constant minus linear:", both)
table.sort_values("flattery").round(4)

# %% [markdown]
# **We see** means of 16 judging seeds. **This means** that an unfair comparison promises too much. How much
# differs in the table, and the line above it says whether the two that were asked about can be told apart. **It does not mean** that the order always changes;
# but nobody knows beforehand when it does.
#
# ## A cheaper way that is much used
#
# *Successive halving* spends less on what looks bad. All settings are trained for a *rung*, a part of the run; the
# better half goes on, and so from rung to rung. Each survivor continues its own run, so nothing is trained twice.

# %% [markdown]
# **5, 6 points.** `curves` is an array (settings, rungs): the loss of each setting at the end of each rung. After
# every rung but the last, of the `n` settings that are left those `n // 2` with the lowest loss of *that* rung go on,
# at least one. A run that diverged has losses `nan`, which are worse than any other. Return a pair of whole numbers:
# the setting (its row, from 0) that has the lowest last loss of those that reach the last rung, and how many settings
# were trained, summed over rungs. No two losses of a rung are equal. Example: of 18 settings in 4 rungs, 18, 9, 4 and
# 2 are trained, 33 in all. (No run diverged: 3 points; some did: 3.)


# %% tags=["exercise"]
def my_halving(curves):
    ### BEGIN SOLUTION
    left, trained = np.arange(len(curves)), 0
    for rung in range(curves.shape[1]):
        trained += len(left)
        left = left[np.argsort(curves[left, rung])]  # nan comes last
        if rung < curves.shape[1] - 1:
            left = left[: max(1, len(left) // 2)]
    return left[0], trained
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.5", my_halving)

# %% [markdown]
# The tuning runs were looked at four times, after 50, 100, 150 and 200 updates. So we can play what halving would have
# chosen from our 18 settings (means of the tuning seeds). Two questions. Will it keep the setting that ends lowest?
# And which schedule, at its tuned peak, falls most in the last rung, which halving has not seen when it throws out?

# %%
my_survivor = None  # "the same" or "another"
my_late_faller = None  # "cosine", "linear" or "cooldown"

# %%
sweep = tuned.sweep
rungs = np.where(sweep.diverged[..., None], np.nan, sweep.heldout_loss).mean(axis=2)
curves = rungs.reshape(-1, rungs.shape[-1])  # (18 settings, 4 rungs)
survivor, trained = my_halving(curves)
best = int(np.nanargmin(curves[:, -1]))
said = "the same" if survivor == best else "another"
check.category(my_survivor, said, ("the same", "another"))
at_peak = {n: rungs[i, rates.index(peaks[n][0])] for i, n in enumerate(shapes)}
falls = {n: curve[-2] - curve[-1] for n, curve in at_peak.items()}
check.category(my_late_faller, max(falls, key=falls.get), list(shapes))

# %% tags=["answer"]
names = [f"{label} at {rate:.3f}" for label in shapes for rate in rates]
print(f"halving keeps {names[survivor]}, the lowest end has {names[best]}")
print(f"it trains {trained * steps // 4} updates a seed instead of {len(names) * steps}")
table = pd.DataFrame({"falls in the last rung": falls})
for rung, after in ((0, 50), (-1, 200)):
    lowest = [rates[i] for i in np.nanargmin(rungs[..., rung], axis=1)]
    table[f"best rate after {after}"] = lowest
display(table.round(3))
axes = "step (optimizer updates)", "held-out loss (nats)"
early = "An early reading is not yet a result"
plot.lines(sweep.heldout_steps, at_peak, early, "", *axes, like=tuned)

# %% [markdown]
# **We see** the mean loss of the tuning runs at tuned peaks, and in the table the rates that led early and at the end.
# **This means** that an early reading answers another question. After 50 updates it asks who moves fastest; where the
# rate that leads then is above the one that leads at the end, it prefers settings that do not come to rest. After 150
# the cooldown is still at its full rate: what its last fifth takes away is not yet in the reading. **It does not
# mean** that halving always fails: where it keeps the lowest end, it has found it for less than half of the updates.
# Among runs whose schedules are over at the rung it compares like with like.
#
# ## Judge
#
# What was tuned is now judged, once, on fresh seeds.

# %%
fresh = train.judge(task, tuned, range(n_pairs), evaluations=10, interpolate=False)
losses = fresh.losses()
print({n: f"{np.mean(each):.3f}" for n, each in losses.items()})
plot.house(fresh, title="Judged at tuned peaks, on seeds that tuned nothing")

# %% [markdown]
# **6, 6 points.** Return mean, lower and upper end of the paired 95 % interval of `a` minus `b`: the mean difference,
# minus and plus $q\, s / \sqrt n$, with Student's $q$ for $n$ pairs (`distributions.t`, $n - 1$ degrees of freedom)
# and the standard deviation $s$ of the differences (`ddof=1`). `a` and `b` are arrays of last losses, seed by seed. A
# run that diverged is `nan` or `inf` there. It counts as `guess`, the loss of a constant guess: it may neither spoil
# the mean nor be left out. (All runs ended: 3 points; some diverged: 3.)


# %% tags=["exercise"]
def my_interval(a, b, guess):
    ### BEGIN SOLUTION
    a, b = (np.where(np.isfinite(each), each, guess) for each in (a, b))
    d = a - b
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.6", my_interval)

# %% [markdown]
# The library's interval is never narrower: it allows for lopsided differences (lesson 04), and it adds the doubt of
# both tuned peaks, which eight seeds leave.

# %%
today, others = "cosine", ("linear", "cooldown")
compared = {
    n: stats.compare(losses[n], losses[today], also=losses.peak_error(n, today))
    for n in others
}
rows = {}
for name, c in compared.items():
    mean, low, high = my_interval(losses[name], losses[today], task.guess)
    rows[name, "yours"] = {"mean": mean, "low": low, "high": high}
    rows[name, "with the doubt of peaks"] = {"mean": c.mean, "low": c.low, "high": c.high}
display(pd.DataFrame(rows).T.round(3))
plot.forest(losses, reference=today, like=fresh)

# %% [markdown]
# **7, 6 points.** Choose. Every other schedule was compared with `simplest`, the fallback. Two dicts have the names of
# these others: `differences` their mean loss minus that of the fallback, `p` the p-value of that difference. Correct all
# of them together by Holm's rule at 0.05: of $m$ comparisons the smallest p must be below $0.05/m$, the next below
# $0.05/(m-1)$, and so on; at the first that is not, stop. Return the name with the lowest mean loss of those that are
# *better* than the fallback and told apart from it, and the name of the fallback where there is none. (Somebody is
# better: 3 points; nobody is: 3.)


# %% tags=["exercise"]
def my_choice(differences, p, simplest):
    ### BEGIN SOLUTION
    better = {}
    for i, name in enumerate(sorted(p, key=p.get)):
        if p[name] >= 0.05 / (len(p) - i):
            break
        if differences[name] < 0:
            better[name] = differences[name]
    return min(better, key=better.get, default=simplest)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.7", my_choice)

# %% [markdown]
# Before you use it: what could these pairs show at all? The question belongs to the plan, before the money is spent.

# %% [markdown]
# **8, 5 points.** `sd` is the standard deviation of one paired difference, `left` the updates left for judging
# `schedules` schedules in runs of `steps` updates. Return the smallest true effect that is told apart in 80 % of
# repetitions, $(z(0.975) + z(0.8))\, s / \sqrt n$, where $z$ is `distributions.norm.ppf`, $s$ is `sd` and $n$ is the
# number of pairs that are left, as in exercise 1. Below 6 pairs nothing is ever told apart in this course: return
# `np.inf`. Example: 19,200 updates for 3 schedules of 200 are 32 pairs. (Many pairs: 3 points; about 6: 2.)


# %% tags=["exercise"]
def my_smallest_effect(sd, left, schedules, steps):
    z = distributions.norm.ppf
    ### BEGIN SOLUTION
    n = left // (schedules * steps)
    return (z(0.975) + z(0.8)) * sd / np.sqrt(n) if n >= 6 else np.inf
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.8", my_smallest_effect)

# %% [markdown]
# With all that was left for judging, and the noise that we found: is the smallest effect that shows above the margin
# of our colleague, or below it?

# %%
my_size = None  # "above" or "below" the margin

# %%
sd = np.std(losses["linear"] - losses[today], ddof=1)
left = n_pairs * len(shapes) * steps
smallest = my_smallest_effect(sd, left, len(shapes), steps)
size = "above" if smallest > margin else "below"
check.category(my_size, size, ("above", "below"))

# %% tags=["answer"]
each = {
    f"{m:g} times": my_smallest_effect(sd, int(m * left), 3, steps)
    for m in (0.25, 1, 4, 16)
}
print(f"margin {margin}; smallest effect that shows, by updates for judging:")
print({name: f"{effect:.3f}" for name, effect in each.items()})

# %% [markdown]
# ## Recommend
#
# A difference can be told from zero and still be too small to be worth anything. And an interval that contains zero
# can still hold a gain that would be. What counts for the colleague is the margin.

# %% [markdown]
# **9, 4 points.** `low` and `high` are the ends of the interval of new loss minus today's, `margin` is above 0. A
# *gain* is a negative difference; it is worth the change if it is larger than `margin`. Return `"switch"` if the whole
# interval says that the gain is larger than the margin, `"stay"` if the whole interval says that it is smaller (a loss
# is no gain), and `"run more"` otherwise. Example: with [-0.101, -0.019], a margin of 0.01 gives `"switch"`, and one
# of 0.03 `"run more"`. (Zero lies outside: 2 points; inside: 2.)


# %% tags=["exercise"]
def my_advice(low, high, margin):
    ### BEGIN SOLUTION
    if high < -margin:
        return "switch"
    return "stay" if low > -margin else "run more"
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.9", my_advice)

# %% [markdown]
# **10, 4 points.** Digits that mean nothing do not belong in a report. Let the *unit* be the power of ten of the first
# digit of *half* the interval's width: half a width of 0.0412 has the unit 0.01, and one of 33 has the unit 10. Return
# three numbers: the mean rounded to the nearest unit, the lower end rounded *down* to a unit, the upper end rounded
# *up*. So the interval that is shown holds the one that was computed. Example: `my_report(-0.05957, -0.10114,
# -0.01876)` is (-0.06, -0.11, -0.01). (Half widths below 1: 3 points; of 1 and more: 1.)


# %% tags=["exercise"]
def my_report(mean, low, high):
    ### BEGIN SOLUTION
    unit = 10.0 ** np.floor(np.log10((high - low) / 2))
    return (
        np.round(mean / unit) * unit,
        np.floor(low / unit) * unit,
        np.ceil(high / unit) * unit,
    )
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A7.10", my_report)

# %% [markdown]
# All together. `alone` says what the interval of each schedule would advise by itself.

# %%
chosen = my_choice(
    {n: c.mean for n, c in compared.items()}, {n: c.p for n, c in compared.items()}, today
)
rows = {}
for name, c in compared.items():
    mean, low, high = (f"{x + 0:.3g}" for x in my_report(c.mean, c.low, c.high))
    alone = my_advice(c.low, c.high, margin)
    peak = f"{peaks[name][0]:.2g}"
    rows[name] = {"peak": peak, "mean": mean, "low": low, "high": high, "alone": alone}
print(f"chosen: {chosen} (the fallback is {today}); margin {margin}")
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown]
# **11, 8 points, in your own words.** Write to your colleague, in 120 to 200 words. Recommend: which schedule, at
# which peak, with which interval, measured how. Say whether the whole interval lies beyond the margin, and what you
# would do with another 48,000 updates. Explain why you did not choose by what the runs showed after 150 updates. End
# with one thing that your interval does not cover.

# %% [markdown] tags=["explain"]
# ### BEGIN SOLUTION
# (Numbers are those of the last table. This is the form where a schedule is chosen and its advice is *run more*.)
#
# I would not switch yet: stay with cosine, and run more. The line to zero, at a peak of 0.077, differed from cosine by
# -0.04 nats of held-out loss at the end, with the 95 % interval [-0.06, -0.02]: 32 paired seeds, each schedule at its
# own peak, tuned on eight other seeds. The doubt of the peaks is in the interval, and two comparisons were corrected
# together. So the line is better, but I cannot promise what you asked for: not all of the interval lies beyond your
# margin of 0.03. With another 48,000 updates I would run these two schedules only, at these peaks, on new seeds; that
# gives nearly four times the pairs, and about half the width. (Where all of the interval lies beyond the margin: switch. Where none of it does: stay.)
#
# I did not choose after 150 updates. There the cooldown is still at its full rate, and its loss holds noise that its
# last fifth removes; cosine has 0.15 of its peak, the line 0.25, and their order turns round after it. Such a reading
# compares how far schedules are, not how they end.
#
# The interval covers seeds, not data: one set of images, one network, one length. With 400 updates the order may
# change.
# ### END SOLUTION
#
# === BEGIN MARK SCHEME ===
#
# - 3 points: names schedule and peak, the mean difference with its interval and unit, and how it was measured (pairs,
#   own peaks, other seeds to tune). Two of the three: 2 points. A winner without an interval: 0 points.
# - 2 points: compares the whole interval with the margin, not only with zero, and says what more updates would be used
#   for (more pairs of fewer schedules, or a wider grid where a peak is at an edge). One of the two: 1 point.
#   *Switch*, where the advice is `run more`, loses one of the 2 unless it says that the margin is not sure.
# - 2 points: says that after 150 updates schedules are not equally far: the cooldown is still at its full rate, and
#   what it removes at its end is not in the reading; or: cosine has 0.15 of its peak there, the line 0.25, and the
#   order of these two turns round after it. "It is too early" alone: 1 point.
# - 1 point: something that the interval does not cover: other data, another network, another length, another
#   optimizer.
#
# A typical wrong answer: "Linear has the lowest loss, so it is the best schedule." It has no interval, it speaks of
# schedules in general, and it would say the same of the luckiest of three equal ones. A recommendation that follows
# from the writer's own table and says so has all points, also where that table differs from this one.
#
# === END MARK SCHEME ===

# %% [markdown]
# ## You can now
#
# - count what a plan costs before it runs, and what it can show;
# - tell a tuned result from a flattering one, and mend code that mixes them up;
# - say what an early reading of a run leaves out;
# - turn pairs into an interval, an interval and a margin into advice, and both into a sentence.
