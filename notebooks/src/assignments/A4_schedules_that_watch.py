# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A4 Schedules that watch
#
# *After this you can write a rule that cuts the rate by what it reads, resume it, read it off a log, say how much
# noise it bears, and judge honestly whether the watching pays.*
#
# Needs 03, 04, 16, 18, 24 - 170 min - 57 points - computes in under 20 s - CPU

# %% [markdown]
# ## Nobody at the keyboard
#
# Tonight a hundred models are trained, on a hundred data sets that nobody has seen. No schedule can be written for
# them beforehand, so each run has to watch itself: find a rate, cut it when it is time, keep the best weights. You
# write the parts, you make them survive a restart, and in the end you say whether such a night can be trusted.
#
# A *reading* is a number that a run tells its rule from time to time, here a loss: lower is better. A *multiplier*
# multiplies the peak rate. Work from top to bottom: later parts use your functions. Each is marked on other
# examples than those that the cell below it tries.

# %%
import math

import numpy as np
import torch

from lrlib import plot, stats, tasks, train
from lrlib.course import check
from lrlib.course.plateau import driven, parted, patience_for
from lrlib.optim import Plateau

torch.set_num_threads(1)
task, validation = parted(tasks.get("digits", label_noise=0.2))
print(
    f"{len(validation[0])} images to read from, {len(task.heldout[0])} others to judge by"
)

# %% [markdown]
# ## A rule, to the letter
#
# **1, 6 points.** Write a plateau rule. A reading is *better* if it is strictly below all readings before it (the
# first one always is). Else it counts as one more reading, in a row, that was not better; a better one sets this
# count to 0. When the count is *above* `patience`, the multiplier is multiplied by `factor`, but never goes below
# `least`, and the count begins again at 0. It starts at 1.
#
# The next `cooldown` readings after a cut leave the count at 0, whatever they are; if one of them is better, it is
# the new best all the same. Return an array: the multiplier that holds *after* each reading.
#
# For example the readings 0.9, 0.7, 0.7, 0.8, 0.6 with `factor=0.5`, `patience=1`, `cooldown=0`, `least=0` give 1,
# 1, 1, 0.5, 0.5.


# %% tags=["exercise"]
def my_plateau(readings, factor, patience, cooldown, least):
    """Multipliers after each reading, an array. readings: an array; patience, cooldown: whole numbers."""
    ### BEGIN SOLUTION
    best, bad, wait, multiplier, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        if reading < best:
            best, bad = reading, 0
        else:
            bad += 1
        if wait > 0:
            wait, bad = wait - 1, 0
        if bad > patience:
            multiplier, bad, wait = max(multiplier * factor, least), 0, cooldown
        found.append(multiplier)
    return np.array(found)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.1", my_plateau)

# %% [markdown]
# Does it do what a rule does that really drives runs? Three runs on the digits, with a reading after every ten
# updates.

# %%
steps, every = 300, 10
runs = driven(
    task, Plateau(0.5, patience=2, rtol=0), [0.5], range(3), steps, every, validation, 30
)
for seed, readings in enumerate(runs.readings[0]):
    used = runs.used[0, seed, every::every] / 0.5  # in force after each reading
    same = np.allclose(my_plateau(readings, 0.5, 2, 0, 0.0), used)
    print(f"seed {seed}: last multiplier {used[-1]:g}; your rule agrees: {same}")

# %%
readings, seen = runs.readings[0, 0], np.arange(every, steps, every)
plot.lines(
    seen,
    {"patience 0": my_plateau(readings, 0.5, 0, 0, 0.0)}
    | {f"patience {p}": my_plateau(readings, 0.5, p, 0, 0.0) for p in (1, 2, 4)},
    title="One run's readings, heard by four rules",
    xlabel="step (optimizer updates)",
    ylabel="multiplier after the reading",
    log_y=True,
)

# %% [markdown]
# **We see** what four rules would have made of the readings of one run. **This means** that patience decides how
# fast the rate falls. **It does not mean** that a run under another rule would have had these readings: with
# another rate it goes elsewhere.
#
# ## After a restart
#
# At three in the morning the machine restarts. The checkpoint has the weights and the optimizer, and with it the
# rate as it was last cut. The scheduler was not saved; but the readings are in a log.
#
# **2, 5 points.** Resume a rule that cut the rate already. Return a `ReduceLROnPlateau` for `optimizer` that goes
# on as if nothing had happened, with this `factor` and `patience`, with `threshold=0` and `eps=0`. `readings` is
# the list of readings before the stop, perhaps empty. What the rule remembers are its attributes `best`, the lowest
# reading so far, and `num_bad_epochs`, the count of exercise 1; a new one has infinity and 0. The optimizer's rate
# must not change now. The check reports further readings to your scheduler and looks at the rate after each: its
# cases are `(readings, further readings, factor, patience)`.


# %% tags=["exercise"]
from torch.optim.lr_scheduler import ReduceLROnPlateau


def my_resumed(optimizer, readings, factor, patience):
    """A ReduceLROnPlateau that remembers the readings. optimizer: its rate has been cut already."""
    ### BEGIN SOLUTION
    rule = ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience, threshold=0, eps=0
    )
    for reading in readings:
        if reading < rule.best:
            rule.best, rule.num_bad_epochs = reading, 0
        else:
            rule.num_bad_epochs += 1
        if rule.num_bad_epochs > patience:
            rule.num_bad_epochs = 0
    return rule
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.2", my_resumed)

# %% [markdown]
# **3, 6 points.** Read a rule off its log. Here is another one: readings, and the multiplier after each, of a rule
# as in exercise 1 with `cooldown=0` and `least=0`. Which rule was it? Return `(patience, factor)`; if the log has
# no cut in it, nothing in it says so: return `None`. For example readings 0.5, 0.4, 0.4, 0.6, 0.7 with the
# multipliers 1, 1, 1, 1, 0.25 come from patience 2 and factor 0.25.


# %% tags=["exercise"]
def my_rule(readings, multipliers):
    """(patience, factor), a whole number and a number, or None. Two arrays of one length."""
    ### BEGIN SOLUTION
    below = np.flatnonzero(multipliers < 1)
    if len(below) == 0:
        return None
    at = below[0]
    best = np.argmin(readings[: at + 1])  # the first of equal ones
    return at - best - 1, multipliers[at]
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.3", my_rule)

# %% [markdown]
# ## How much noise does it bear?
#
# Readings jump. As long as they fall by much against their jumps, a small patience is safe. So measure: *slope*, in
# units of the noise of one reading.
#
# **4, 4 points.** Measure how far readings fall, in units of their noise. Leave out the first `skip` of `readings`.
# From the rest take the differences of neighbours. Their mean, with the sign changed, is how far a reading falls;
# their standard deviation (with one less than their number in the denominator) is $\sqrt2$ times the noise, since a
# difference has the noise of two readings. Return fall over noise; it is negative where readings rise. For example
# the readings 3, 1, 0.9, 0.85, 0.7, 0.72, 0.6 with `skip=1` give 1.696.


# %% tags=["exercise"]
def my_slope(readings, skip):
    """How far readings fall from one to the next, in standard deviations of their noise (a number)."""
    ### BEGIN SOLUTION
    change = np.diff(readings[skip:])
    return -change.mean() / (change.std(ddof=1) / math.sqrt(2))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.4", my_slope)

# %% [markdown]
# `patience_for(slope)` of lesson 16 says which patience keeps the chance of a false alarm within 100 readings at 5
# %. It assumes that readings have independent, normal noise.
#
# **Predict.** Readings every ten updates, at a constant rate of 0.5, from update 60 to 190. How many readings of
# patience does their slope ask for?

# %%
my_prediction = None  # a whole number

# %%
held = driven(task, Plateau(0.5, patience=1000), [0.5], range(12), 200, 10, validation, 1)
slopes = [my_slope(readings, 5) for readings in held.readings[0]]
needed = patience_for(float(np.mean(slopes)))
check.reconcile(my_prediction, needed, 0.25, reread="lesson 16, while the loss still falls")

# %% tags=["answer"]
print(
    f"Found here: the readings fall by {np.mean(slopes):.2f} of their noise, mean of 12 seeds"
)
print(
    f"(lowest {min(slopes):.2f}, highest {max(slopes):.2f}); asked for is a patience of {needed}."
)

# %% [markdown]
# Look at lowest and highest before you trust one run: a slope from fourteen readings is itself a noisy number.
#
# ## A rate to begin with
#
# The night begins with a range test on each data set. It must fit into whole epochs, because the loader cannot stop
# in between.
#
# **5, 4 points.** Fit a range test into whole epochs. The rate is `low` at the first update and `high` at the
# *last* one. In between, `ExponentialLR(optimizer, gamma)` multiplies it after each update. There are `epochs`
# epochs of `images` images, in batches of `batch`; the smaller batch at the end of an epoch, if there is one, is an
# update as well; there are two updates at least. Return `gamma`. For example with `low=0.01, high=1.0, images=100, batch=30, epochs=2` there are 8
# updates, and gamma is $100^{1/7} = 1.9307$.


# %% tags=["exercise"]
def my_gamma(low, high, images, batch, epochs):
    """The factor from one update to the next (a number). images, batch, epochs: whole numbers."""
    ### BEGIN SOLUTION
    updates = epochs * math.ceil(images / batch)
    return (high / low) ** (1 / (updates - 1))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.5", my_gamma)

# %% [markdown]
# **6, 5 points.** Read the test up to where it breaks. It *breaks* at the first update, from the second on, whose
# loss is above `times` the lowest loss before it, or is not finite (`nan` or `inf`). Return the rate of the update
# before that; if it never breaks, the last rate. What comes after the break does not count, however low it is. The
# first loss is finite. For example rates 0.01, 0.03, 0.1, 0.3, 1 with losses 2, 1.5, 0.8, 1.7, 9 and `times=2` give
# 0.1.


# %% tags=["exercise"]
def my_break(rates, losses, times):
    """The last rate before training broke (a number). rates, losses: arrays of one length."""
    ### BEGIN SOLUTION
    lowest = losses[0]
    for i in range(1, len(losses)):
        if not np.isfinite(losses[i]) or losses[i] > times * lowest:
            return rates[i - 1]
        lowest = min(lowest, losses[i])
    return rates[-1]
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.6", my_break)

# %%
from lrlib.schedules import exponential

low, high, epochs = 0.02, 20.0, 4
gamma = my_gamma(low, high, 1200, 32, epochs)
updates = epochs * math.ceil(1200 / 32)
test = train.sweep(task, exponential(gamma), low, range(12), steps=updates, evaluations=1)
rates = test.used[0, 0]
broke = [my_break(rates, losses, 2.0) for losses in test.train_loss[0, 0]]
print(f"{updates} updates from {rates[0]:.3g} to {rates[-1]:.3g}")
print(
    f"Found here: half of the seeds break between {np.quantile(broke, 0.25):.2g}", end=" "
)
print(f"and {np.quantile(broke, 0.75):.2g}.")

# %% [markdown]
# ## A rate from two gradients
#
# A range test costs a run. Two gradients cost nothing: from how much the slope changed along the last step, the
# curvature follows, and one over it is a rate.
#
# **7, 5 points.** Make a rate of two gradients. With $s = x_\mathrm{new} - x_\mathrm{old}$ and
# $y = g_\mathrm{new} - g_\mathrm{old}$, weights and gradients after and before a step, return
# $\frac{s \cdot s}{s \cdot y}$. If $s \cdot y$ is not above 0, there is no curvature to speak of: return `fallback`. The arrays must be as they were
# afterwards; an answer that changes them loses its points. On a bowl with curvature 2 in all directions the rate is 0.5, wherever you are.


# %% tags=["exercise"]
def my_secant(x_old, x_new, g_old, g_new, fallback):
    """A rate (a number). x_old, x_new, g_old, g_new: 1-D arrays of one length."""
    ### BEGIN SOLUTION
    s, y = x_new - x_old, g_new - g_old
    return s @ s / (s @ y) if s @ y > 0 else fallback
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.7", my_secant)

# %% [markdown]
# Try it on a bowl with three curvatures, where every gradient has a little noise: a thousandth in each direction,
# and a tenth (at the start the gradients are 3, 0.9 and 0.3). The opponent is a constant rate of 0.5. Each walks 40
# updates, 20 times; look at the *worst* of the 20.
#
# **Predict.** At which of the two noises does your rate end lower than the constant one, by its worst walk:
# `"both"`, `"the small"`, `"the large"` or `"neither"`?

# %%
my_prediction = None  # "both", "the small", "the large" or "neither"

# %%
h = np.array([1.0, 0.3, 0.1])  # curvatures


def walk(choose, noise, seed, updates=40):
    """Losses of a walk whose rate is choose(x_old, x_new, g_old, g_new)."""
    draw = np.random.default_rng(seed)
    x, found, before = np.full(3, 3.0), [], None
    for _ in range(updates):
        g = h * x + noise * draw.standard_normal(3)
        rate = choose(before[0], x, before[1], g) if before else 0.1
        before, x = (x, g), x - rate * g
        found.append((h * x**2).sum() / 2)
    return np.array(found)


# %%
rules = {
    "two gradients": lambda *pair: my_secant(*pair, fallback=0.1),
    "constant 0.5": lambda *pair: 0.5,
}
worst = {
    (name, noise): np.max([walk(rule, noise, seed) for seed in range(20)], axis=0)
    for noise in (0.001, 0.1)
    for name, rule in rules.items()
}
lower = [
    worst["two gradients", noise][-1] < worst["constant 0.5", noise][-1]
    for noise in (0.001, 0.1)
]
options = {(1, 1): "both", (1, 0): "the small", (0, 1): "the large", (0, 0): "neither"}
check.category(
    my_prediction, options[tuple(map(int, lower))], options.values(), reread="the figure"
)

# %% tags=["answer"]
plot.lines(
    range(1, 41),
    {f"{name}, noise {noise:g}": losses for (name, noise), losses in worst.items()},
    title="A rate from two gradients, and what noise does to it",
    xlabel="step (optimizer updates)",
    ylabel="loss, worst of 20 walks",
    log_y=True,
)

# %% [markdown]
# **We see** the worst of 20 walks for two ways to choose a rate and two noises. **This means** that a rate from two
# gradients is a measurement: where gradients are nearly exact it beats the constant rate by far; where they are
# noisy, $y$ is mostly the difference of two noises, and one wild rate throws away what many good ones had
# gained. **It does not mean** that it is useless on batches: it depends on how far apart the two points are.
#
# ## A grid that watches
#
# If you have to try several rates, do not train all of them to the end.
#
# **8, 6 points.** Write *successive halving*. Row `i` of `curves` is the loss of run `i` after update 1, 2, ... All
# runs train for `first` updates. Then the better half stays, by the loss after these updates, of an odd number the
# larger half. Those go *on* to `2 * first` updates, then again the better half stays, they go on to `4 * first`,
# and so forth, until one is left, which trains no further. Return `(i, spent)`: the row of the last run, and how
# many updates all runs made together. A single run needs no comparison and spends nothing. No two losses are equal,
# and `curves` is long enough. For example three runs with `first=10` spend $3 \cdot 10 + 2 \cdot 10 = 50$ updates:
# all to 10, two on to 20.


# %% tags=["exercise"]
def my_halving(curves, first):
    """(row of the last run, updates spent), whole numbers. curves: an array (runs, updates)."""
    ### BEGIN SOLUTION
    alive, made, spent, n = list(range(len(curves))), 0, 0, first
    while len(alive) > 1:
        spent += len(alive) * (n - made)
        alive = sorted(alive, key=lambda i: curves[i][n - 1])[: math.ceil(len(alive) / 2)]
        made, n = n, 2 * n
    return alive[0], spent
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.8", my_halving)

# %% [markdown]
# Eight rates, each twice the one before, held for 320 updates, with a look at the held-out loss after every 10.
# Halving compares the same runs after 40, 80 and 160 updates.
#
# **Predict.** Does halving end at a rate that is `"lower"` than the one that is best after all 320 updates,
# `"higher"`, or the `"same"` (geometric means over 8 seeds, less than a factor of 1.1 apart)?

# %%
my_prediction = None  # "lower", "higher" or "same"

# %%
grid = [0.01 * 2**k for k in range(8)]
held = train.sweep(task, "constant(1)", grid, range(8), steps=320, evaluations=32)
curves = held.heldout_loss[0]  # (rates, seeds, looks)
ends = np.array([my_halving(curves[:, seed], 4) for seed in range(8)])
by_halving = np.log(np.array(grid)[ends[:, 0]])
in_full = np.log(np.array(grid)[curves[:, :, -1].argmin(axis=0)])
apart = math.exp(by_halving.mean() - in_full.mean())
where = "same" if 1 / 1.1 < apart < 1.1 else "higher" if apart > 1 else "lower"
check.category(my_prediction, where, ("lower", "higher", "same"), reread="the next text")

# %% tags=["answer"]
spent = ends[:, 1].mean() * 10
lost = curves[ends[:, 0], np.arange(8), -1] - curves[:, :, -1].min(axis=0)
print(f"Found here: halving ends at {apart:.2f} times the rate that is best in full;")
print(f"it spent {spent:.0f} of {8 * 320} updates, and its choice, trained in full, ends")
print(f"{lost.mean():.3f} nats above the best, mean over 8 seeds.")

# %% [markdown]
# The rate that is ahead early is not always the one that is ahead at the end: held rates pay for speed with noise,
# and the noise shows only when there is nothing else left to gain.
#
# ## Honest numbers
#
# Each run keeps the weights of its best reading. What do you report in the morning?
#
# **9, 4 points.** Report what could have been chosen. `validation` and `test` have a row for each run and a column
# for each time at which it was looked at. For each run take the *test* loss at the time at which its *validation*
# loss is lowest (the first, if several are). Return two numbers: the mean of these over the runs, and how much
# higher that is than the mean of each run's lowest test loss, which nobody could have chosen without looking at the
# test set. For example with `validation=[[0.9, 0.5, 0.6]]` and `test=[[0.8, 0.6, 0.5]]` it is `(0.6, 0.1)`.


# %% tags=["exercise"]
def my_honest(validation, test):
    """(mean test loss, how much too low an optimist is), two numbers. Two arrays (runs, looks)."""
    ### BEGIN SOLUTION
    chosen = validation.argmin(axis=1)
    honest = test[np.arange(len(test)), chosen].mean()
    return honest, honest - test.min(axis=1).mean()
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.9", my_honest)

# %% [markdown]
# **10, 6 points.** Give a verdict on pairs. `losses` and `reference` have one number a seed, the same seeds in the
# same order, lower is better. Look at the differences, `losses - reference`. If the 95 % interval of their mean, by
# Student's t with $n - 1$ degrees of freedom, lies entirely below 0, return `"better"`; entirely above, `"worse"`;
# else `"cannot tell"`. With fewer than 6 pairs it is always `"cannot tell"`. (`scipy.stats.t.ppf(0.975, n - 1)` is
# the number of standard errors. The library's own `stats.compare` also allows for differences that are skewed; you
# need not.)


# %% tags=["exercise"]
def my_verdict(losses, reference):
    """'better', 'worse' or 'cannot tell'. Two arrays of one length, at least 2."""
    ### BEGIN SOLUTION
    from scipy.stats import t

    d, n = np.asarray(losses) - np.asarray(reference), len(losses)
    if n < 6:
        return "cannot tell"
    reach = t.ppf(0.975, n - 1) * d.std(ddof=1) / math.sqrt(n)
    if d.mean() + reach < 0:
        return "better"
    return "worse" if d.mean() - reach > 0 else "cannot tell"
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A4.10", my_verdict)

# %% [markdown]
# ## The night, in small
#
# One peak for all, 0.45 (compare it with your range test), and 16 seeds: a rule of patience 2; a *slow rule* of the
# patience that you found; a line to zero that never looks; and a constant rate. The test half of the images judges
# the last weights.
#
# **Predict.** Order the four by their loss, the lowest first.

# %%
my_order = None  # ["line", ...], the four names, lowest loss first

# %%
peak, seeds = 0.45, range(16)
rules = {"patience 2": Plateau(0.5, 2, rtol=0), "slow rule": Plateau(0.5, needed, rtol=0)}
watched = driven(task, [*rules.values()], [peak] * 2, seeds, steps, every, validation, 30)
plans = {"line": "linear(1, 0, T)", "constant": "constant(1)"}
planned = train.sweep(task, plans, peak, seeds, steps=steps)
losses = planned.losses() | dict(zip(rules, watched.result, strict=True))
found_order = sorted(losses, key=lambda name: losses[name].mean())
table = stats.all_pairs(stats.Losses(losses))
told = [pair for pair in table.index if table.loc[pair, "verdict"] != "cannot tell"]
check.order(my_order, found_order, told, reread="lesson 16, the training effect")

# %% tags=["answer"]
for name in rules:
    said = my_verdict(losses[name], losses["line"])
    print(f"Found here: {name} against the line that never looks, by itself: {said}.")
fast = watched.readings[0], watched.heldout_loss[0, :, : watched.readings.shape[2]]
kept, optimism = my_honest(*fast)
print(
    f"patience 2: last weights {losses['patience 2'].mean():.3f}, best reading {kept:.3f};"
)
print(f"whoever chose by the test set would have claimed {optimism:.3f} less.")
plot.forest(losses, reference="line")

# %% [markdown]
# **We see** paired differences to the line, a dot a seed; above, verdicts of single comparisons, and what is gained
# by keeping the best weights. **This means** what the verdicts say, at one peak. Where the slow rule is told worse
# than the line, a patience that is safe from false alarms was bought with cuts that come late: what a false alarm
# costs, and what a late cut costs, are two questions. **It does not mean** that watching
# is useless where the length of a run is not known: the line had to be told that it has 300 updates.
#
# ## Explain
#
# **11, 6 points, in your own words.** A colleague says: "With a rule that watches, there is nothing left to choose:
# the run knows best." In 8 to 12 sentences, answer. Name what your rules had to be told beforehand all the same (at
# least three things, each with the number that you used above); say, with two of *your* measurements (numbers, and
# what could be told), where watching was misled and by what; and say for which night you would still use it, and
# what you would report in the morning, by exercise 9 and 10.

# %% [markdown] tags=["explain"]
# ### BEGIN SOLUTION
# The run does not know best: it knows what it is told to look at. My rule had to be told its patience (2, or the
# one that my slope asked for), the factor of each cut (one half), and how often to read (every 10 updates, on half
# of the held-out images, set apart). The range test had to be told where to begin and end (0.02 to 20), how long to
# take (4 epochs) and what counts as a break (twice the lowest loss). Halving had to be told its grid and its first
# look. So the choices have moved from the schedule to the watcher. Watching is misled by noise: readings fall by a
# fraction of their noise from one to the next, so the slope from 14 of them differed much between seeds (from 0.19 to
# 0.49), and a rule of small patience cuts on noise; but in the small night it was not that rule that lost: the
# patience which the slope asked for cut too late (slow rule +0.047 nats against the line, [0.007, 0.095], worse). The
# rate from two gradients was misled by noise as well: with little of it, it ends far below the constant rate, with
# much of it above (the worst of 20 walks, which is no test), as the difference of two gradients is then mostly noise.
# Halving was misled by time: it looks when speed still counts, and its choice, trained in full, ends 0.013 nats above
# the best (a mean without an interval). Patience 2 could not be told from the line that never looks (-0.008 [-0.016,
# 0.001]), at one peak; that is not "equal". I would still let a rule watch where the length is unknown or the data sets
# differ so much that no plan fits all. In the morning I report the test loss at the best validation reading, not the
# lowest test loss, and differences to a plan on the same seeds with their interval.
# ### END SOLUTION
#
# === BEGIN MARK SCHEME ===
# - 2 points: at least three things that had to be chosen beforehand, with their numbers. 1 of 2 for two, or for
#   three without numbers.
# - 2 points: two measurements that show how watching is misled (noise of readings, noise of gradients, too early
#   looks, or cuts that come too late with a safe patience), each with numbers and with what could be told. 1 of 2 for one.
# - 1 point: a case in which watching is right all the same (unknown length, unlike data sets).
# - 1 point: report the test loss at the best validation reading, paired against a plan, with interval or verdict.
#
# A typical wrong answer: "the rule with the lowest loss in my figure is best, so use it": one peak, one task, and a
# choice made by the same losses that judge it.
# === END MARK SCHEME ===
