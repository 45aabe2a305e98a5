# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 Range test
#
# *After this you can find with short runs roughly where training breaks, and say why their best rate is
# off, and why: the test mixes the rate with the time at which it was tried.*
#
# Needs 00, 01, 02 - 40 min - computes in under 12 s - CPU

# %% tags=["parameters"]
test_steps: int = 100  # updates of a range test, 80..200
n_tests: int = 12  # tests with seeds of their own, 6..48

# %% [markdown]
# ## One run, all rates
#
# A full run for each rate is the sure way to the best one, and it costs many runs. The *range test* (Smith
# 2017) makes one short run. It starts at a rate that is surely too low, raises it at every update until
# training breaks, and records the loss of each batch. The idea: where the loss falls, the rate is usable;
# where it rises, it is too high.
#
# Rates are compared by factors, so the rate should grow by the same factor every time. From $r_0$ to $r_1$ in
# $N$ updates:
#
# $$r(t) = r_0 \left(\frac{r_1}{r_0}\right)^{t/N} .$$
#
# In `lrlib` that is `range_test(r0, r1, N)`. We want a rate for full runs of 300 updates on the digits, a fifth of
# whose labels were replaced at random. A batch is small, so its loss is jagged; a *running mean* over
# neighbours on both sides makes it readable. (A mean over the past only would shift the curve to higher
# rates.)

# %%
import numpy as np

from lrlib import tasks, train
from lrlib.schedules import range_test

task = tasks.get("digits", label_noise=0.2)
test = train.run(task, range_test(0.01, 10, test_steps), 1.0, seed=0)
print("first rates:", *test.used[:3].round(5), " last:", test.used[-1].round(3))


def running_mean(losses):
    width = 2 * (len(losses) // 40) + 1  # odd, about a twentieth of the test
    padded = np.pad(losses, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")


# %% [markdown]
# ## Two rules to read it
#
# Two rules are in wide use. **Steepest**: the rate at which the loss falls fastest, per *factor* of the rate,
# so the slope is taken against the logarithm. **Minimum over ten**: the rate of the lowest loss, divided by
# ten, because right after the lowest loss the rate is already too high.
#
# The end of the test has no use. Past the stability limit (lesson 01) any rounding error grows at every
# update, until two computers disagree about everything. So we stop reading where the smooth loss is 10 %
# above its start, and never look at what comes after.


# %%
def read(rates, losses):
    smooth = running_mean(losses)
    broken = ~(smooth <= 1.1 * smooth[0])  # nan counts as broken
    end = np.argmax(broken) if broken.any() else len(smooth)
    lowest = np.argmin(smooth[:end])
    slope = np.gradient(smooth[:end], np.log(rates[:end]))
    return rates[np.argmin(slope[: lowest + 1])], rates[lowest], end


# %%
from lrlib import plot

steepest, lowest, end = read(test.used, test.train_loss)
print(f"steepest {steepest:.3g}, lowest {lowest:.3g}, minimum over ten {lowest / 10:.3g}")
shown = slice(0, end)
smooth = running_mean(test.train_loss)
plot.lines(
    test.used[shown],
    {"batch loss": test.train_loss[shown], "running mean": smooth[shown]},
    title=f"One range test: steepest at {steepest:.2g}, lowest at {lowest:.2g}",
    alt=f"A jagged loss over the rate, flat at {smooth[0]:.3g}, falling to "
    f"{smooth[shown].min():.3g} at rate {lowest:.2g}, then rising.",
    xlabel="rate at which the batch was used (log scale)",
    ylabel="batch loss (nats)",
    log_x=True,
    marks={"minimum over ten": lowest / 10, "steepest": steepest, "lowest": lowest},
)

# %% [markdown]
# **We see** one test with one seed: flat, a fall, a sharp rise, and dotted, from left to right, the three
# readings. **This means** that rates
# far to the right break this network. **It does not mean** that rates on the flat part are too low to
# learn. At those rates the test made only a few small steps. Whether a longer stay would have helped, it cannot
# say.
#
# ## Where the truth is known: the bowl
#
# On the noisy bowl of lesson 02 nothing is jagged and nothing is a guess: the expected loss under the test is
# exact, the stability limit is $2/h = 2$ in the steepest direction, and the best constant rate for a run of
# given length can be computed.
#
# ## Predict: a slower test
#
# The same test on the bowl, once in 200 updates, once in 400. If it reads a property of the *rate*, then
# the slower test says the same. By which factor does the steepest rate change? Write your number, then run.

# %%
from lrlib import theory
from lrlib.course import check

curvatures, start = np.array([1.0, 0.3, 0.1, 0.03, 0.01]), 3.0


def record(rates, noise=1.0):
    """The expected loss before each update: what the test writes down beside its rate."""
    return theory.expected_loss(rates, curvatures, noise, start)[:-1]


def bowl_test(N, noise=1.0):
    rates = range_test(0.001, 4, N).values(N)
    return rates, record(rates, noise)


def steepest_on_bowl(N):
    rates, losses = bowl_test(N)
    slope = np.gradient(losses, np.log(rates))
    return rates[np.argmin(slope[: losses.argmin() + 1])]


print(f"steepest in a test of 100 updates: at rate {steepest_on_bowl(100):.4g}")


# %%
my_prediction = None  # steepest rate in 400 updates / in 200 updates: your number
check.reconcile(
    my_prediction,
    steepest_on_bowl(400) / steepest_on_bowl(200),
    tolerance=0.05,
    reread="the figure and the text below it",
)

# %%
curves = {}
for N in (50, 200, 800):
    rates, losses = bowl_test(N)
    lowest, rises = rates[losses.argmin()], rates[np.argmax(losses > losses[0])]
    best = theory.best_constant_rate(N, curvatures, 1.0, start)
    print(
        f"{N:3d} updates: steepest {steepest_on_bowl(N):.4f}, lowest {lowest:.3f},", end=" "
    )
    print(f"above its start from {rises:.2f}; best constant rate {best:.3f}")
    grid = np.geomspace(0.001, 2.2, 400)
    curves[f"{N} updates"] = np.exp(np.interp(np.log(grid), np.log(rates), np.log(losses)))
plot.lines(
    grid,
    curves,
    title="The slower the test, the lower the rate at which the loss falls",
    alt="Three losses over the rate. Each starts flat, falls, and rises steeply near 2; the "
    "slower the test, the farther left it falls.",
    xlabel="rate (log scale)",
    ylabel="expected loss (loss units)",
    log_x=True,
    log_y=True,
    marks={"stability limit": 2.0},
)

# %% [markdown]
# **We see** one bowl, one range of rates, three tests, and three places where the loss falls. **This
# means** that the left part of a range test is a *clock*. Up to rate $r$ the test has spent a reach of
# about $k r$, with $k = N / \ln(r_1/r_0)$ updates per factor of $e$: an exponential's reach is mostly its
# last part. Along curvature $h$ the loss has then fallen to about $e^{-2 h k r}$ of its start, and this
# falls fastest, per factor of $r$, at $r = 1/(2 h k)$. Neither the noise nor the stability limit is in that
# formula; twice the updates, half the rate. **It does not mean** that the test is worthless. The right end
# hardly moves: there it meets the limit: late in a short test, since growth needs time to show, a little
# early in a long one, since the noise floor rises first.
#
# The lowest loss lies between the two and mixes both.
#
# ## Rate or time? Ask the digits
#
# A loss that falls at rate $r$ has two explanations. **Rate**: $r$ is the first that is high enough. Then the
# speed of the test should not matter; no remedy is needed. **Time**: by then enough steps were made. Then a test
# twice as long reads half the rate, and no reading means anything without its length. So vary the
# length, with several seeds each, and fit the slope of $\ln(\mathrm{reading})$ against $\ln(\mathrm{length})$:
# 0 if the test reads the rate, -1 if it reads the time. Readings are averaged as factors (a *geometric* mean).

# %%
from lrlib import stats

lengths = [test_steps // 2, test_steps, 2 * test_steps, 4 * test_steps]
seeds, names, readings = range(n_tests), ("steepest", "lowest"), []


def geometric(logs):
    """Mean and its 95 % interval, as factors."""
    return np.exp([logs.mean(), *stats.interval(logs)[:2]])


for N in lengths:
    tests = train.sweep(task, range_test(0.01, 10, N), 1.0, seeds, evaluations=1)
    found = [read(tests.used[0, 0], losses)[:2] for losses in tests.train_loss[0, 0]]
    readings.append(np.log(found))
    for name, logs in zip(names, readings[-1].T, strict=True):
        print(
            f"{N:3d} updates, {name:8s}",
            "{:.3f} [{:.3f}, {:.3f}],".format(*geometric(logs)),
            end=" ",
        )
        print("single tests {:.2f} to {:.2f}".format(*np.exp([logs.min(), logs.max()])))

# %%
readings = np.array(readings)  # (lengths, seeds, 2)
x = np.log(lengths) - np.log(lengths).mean()
slopes = np.einsum("l,lsr->rs", x, readings) / (x @ x)  # a least-squares line for each seed
for name, slope in zip(names, slopes, strict=True):
    low, high, _ = stats.interval(slope)
    print(f"slope of {name:8s} {slope.mean():+.2f} [{low:+.2f}, {high:+.2f}]", end="; ")
    print(f"holds 0: {low <= 0 <= high}, holds -1: {low <= -1 <= high}")

# %% [markdown]
# Read the two lines. An interval without 0 says that the reading depends on how long the test was; one
# without -1, that it is not time alone. Where both are excluded, the test *mixes* rate and time. On the
# bowl the lowest loss mixed them, too; the steepest was time alone. Changing curvature or the jags of
# single batches may make the difference; this test cannot tell.
#
# ## Up and down
#
# A second intervention: the same rates in reverse order. Same network, same batches, same set of rates; only
# *when* each rate is tried has changed. To stay within what the network survives, both tests now end, or
# start, at the lowest-loss rate of the tests above.

# %%
from lrlib.schedules import table

top = float(np.exp(readings[1, :, 1].mean()))
up = range_test(0.01, top, test_steps)
down = table(tuple(up.values(test_steps)[::-1]))
both = train.sweep(task, {"up": up, "down": down}, 1.0, seeds)
plot.house(
    both,
    title="The same rates, in two orders",
    alt="Above, a rate that rises and one that falls, as straight lines on a log axis. Below, "
    "the rising one's loss falls late, the falling one's early.",
    log_rate=True,
)

# %%
rates = up.values(test_steps)
upward, downward = (
    both.train_loss[0, 0].mean(axis=0),
    both.train_loss[1, 0].mean(axis=0)[::-1],
)
apart = {f"{rates[i]:.2g}": downward[i] - upward[i] for i in (5, test_steps // 2, -5)}
plot.lines(
    rates,
    {"up": running_mean(upward), "down": running_mean(downward)},
    title="At one rate, two losses: the order decides",
    alt="Two losses over the rate. Up is high on the left and low on the right, down the "
    "reverse. Down minus up: "
    + ", ".join(f"{gap:+.2f} at rate {rate}" for rate, gap in apart.items()),
    xlabel="rate (log scale)",
    ylabel="batch loss (nats), mean over seeds",
    like=both,
    log_x=True,
)

# %% [markdown]
# **We see** the batch loss at each rate, tried on the way up and on the way down. If a loss belonged to a
# rate, the lines would agree. **This means** that they belong to a *history*: whichever rates come last
# meet a trained network. Read by the lowest loss, the way down names a rate near the bottom of the range;
# low rates are good at keeping what others have learned, and quiet besides (lesson 02). **It does not
# mean** that one order is right. The way up flatters high rates, the way down low ones, and neither names
# the truth by itself.
#
# ## The truth: full runs
#
# What is the best rate? Train full runs at every rate of a grid and interpolate the lowest mean loss. But
# best for what: a rate that is *held*, or the peak of a line that falls to zero? Both. That is 960 runs, more
# than a lesson should compute, so they are stored: `python -m lrlib sweep peaks-digits` makes them again. The
# first 16 seeds choose; the other 32 are kept for judging.

# %%
from lrlib.evidence import sweeps

grid = sweeps.load("peaks-digits").grid
choosing, judging = (
    grid.result[:, :, :16],
    grid.result[:, :, 16:],
)  # (schedules, rates, seeds)
named = dict(zip(grid.labels, choosing, strict=True))
truth = {name: stats.peak(grid.base_lrs, losses) for name, losses in named.items()}
for name, best in truth.items():
    print(f"{name:16s} best rate {best.rate:.2f} [{best.low:.2f}, {best.high:.2f}]")
chosen = choosing.mean(axis=2).argmin(axis=1)
title = (
    f"Full runs: best rates {', '.join(f'{b.rate:.2g} for {n}' for n, b in truth.items())}"
)
alt = "Two curves of held-out loss over the rate, with a dot at the lowest point of each."
plot.sensitivity(grid.base_lrs, named, title=title, alt=alt, chosen=chosen, like=grid)

# %%
import pandas as pd

steepest, lowest = readings[1].T
lowest_down = [np.log(read(both.used[1, 0], losses)[1]) for losses in both.train_loss[1, 0]]
rules = {"up, minimum over ten": lowest - np.log(10), "up, steepest": steepest}
rules |= {"up, lowest": lowest, "down, lowest": np.array(lowest_down)}
rows = {}
for rule, logs in rules.items():
    rows[rule] = dict(zip(("reading", "low", "high"), geometric(logs), strict=True))
    for name, best in truth.items():
        rows[rule][f"over best {name}"] = np.exp(logs.mean()) / best.rate
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %%
steepest, lowest = np.exp(readings.mean(axis=1)).T
curves = {name: np.full(len(lengths), best.rate) for name, best in truth.items()}
curves |= {"steepest": steepest, "lowest": lowest, "minimum over ten": lowest / 10}
title = f"From {lengths[0]} to {lengths[-1]} updates, the steepest rate goes from "
title += f"{steepest[0]:.2f} to {steepest[-1]:.2f}"
alt = "; ".join(f"{name} {y[0]:.2g} to {y[-1]:.2g}" for name, y in curves.items())
axes = ("updates of the test (log scale)", "rate (log scale)")
plot.lines(lengths, curves, title, f"Rates: {alt}.", *axes, log_x=True, log_y=True)

# %% [markdown]
# **We see** held-out loss over the rate for full runs; a table of readings with their 95 % intervals over
# seeds, and as multiples of the two true best rates; and the readings of all lengths of test, beside them.
# **This means** that the question "which rate" has two answers here, one for each schedule. A test has one
# answer a rule and a length, and none of them knows the schedule or the length of the full run. **It does not
# mean** that a reading near the truth is a good rule: where a falling line crosses a flat one, they agree.
#
# ## What does a wrong reading cost?
#
# Take each reading to the nearest rate of the grid, and compare full runs at that rate with full runs at the
# best one, on the 32 seeds that chose nothing. (The way down names a rate below the grid.)


# %%
def nearest(rate):
    return int(np.abs(np.log(np.array(grid.base_lrs) / rate)).argmin())


tables = {}
for i, name in enumerate(grid.labels):
    arms = {"best of the grid": chosen[i]}
    arms |= {rule: nearest(np.exp(logs.mean())) for rule, logs in list(rules.items())[:3]}
    losses = {rule: judging[i, k] for rule, k in arms.items()}
    tables[name] = stats.ranking(losses, reference="best of the grid")
    tables[name].insert(
        0, "rate", [grid.base_lrs[arms[rule]] for rule in tables[name].index]
    )
    print(f"{name}: {stats.headline(tables[name])}")
pd.concat(tables).round(3)

# %% [markdown]
# The verdicts say which readings cost something that can be seen, and `difference` how much. (A difference
# of exactly zero is the same rate of the grid.) Below its best rate the loss rises slowly, above it fast:
# half of the best rate costs little here, a tenth or the double much more. So use a range test for what it
# can do. It costs a few short runs and tells roughly where training breaks; that narrows the grid of full
# runs, and the full runs decide.

# %%
from lrlib.course.explore import explorer


def draw(length, noise):
    rates = range_test(0.001, 1.5, length).values(length)
    curves = {"up": record(rates, noise), "down": record(rates[::-1], noise)[::-1]}
    best = theory.best_constant_rate(300, curvatures, noise, start)
    title = f"{length} updates, noise {noise:.2g}: the best of 300 is {best:.2g}"
    alt = f"Two losses over the rate on the bowl, up and down. {title}."
    axes = ("rate (log scale)", "expected loss (loss units)")
    marks = {"best constant rate": best}
    logs = {"log_x": True, "log_y": True}
    return plot.lines(rates, curves, title, alt, *axes, like=both, marks=marks, **logs)


draw(200, 1.0)

# %%
explorer(draw, length=(20, 2000, 200), noise=(0.05, 2.0, 1.0))

# %% [markdown]
# The bowl again, up and down, with the best constant rate of a 300-update run as the truth. Make the test
# longer: the way up falls at lower rates, the way down at higher ones; the truth stays. Lower the noise:
# the truth moves to the right, the clock at the left does not. (Without a running kernel: the picture is
# the start, and the bowl's figure above shows three lengths.)
#
# ## Exercises
#
# **1, guided.** Read a test backwards. In a test from `low` to `high` in `N` updates, the loss was lowest at
# `rate`. Which update was that? Return the first update whose rate is at least `rate`.


# %% tags=["exercise"]
def my_update(rate, low, high, N):
    raise NotImplementedError("solve the formula for t; it is a whole number")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("03.1", my_update)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_update(rate, low, high, N):
#     return int(np.ceil(N * np.log(rate / low) / np.log(high / low)))
# ```
#
# Logarithms turn equal factors into equal amounts: the share of the way from `low` to `high`, times `N`.
# </details>

# %% [markdown]
# **2, standard.** Run the test up *and* down on the bowl, where `record(rates, noise)` does it exactly. Return
# the losses of both ways, both in the order of the rates, from low to high.
#
# Then explain the gap at the lowest rate: compare it with noise 1 and with noise 0. What remains without noise
# is time alone: the way down arrives there after all its reach, the way up has not begun.


# %% tags=["exercise"]
def my_up_and_down(rates, noise):
    up = record(rates, noise)
    raise NotImplementedError(
        "record the reversed rates, then put the losses in order of rate"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("03.2", my_up_and_down, record=record, curvatures=curvatures, start=start)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_up_and_down(rates, noise):
#     up = record(rates, noise)
#     down = record(rates[::-1], noise)[::-1]
#     return up, down
# ```
#
# At the lowest rate the way up shows the untrained loss. The way down shows what the whole test has reached:
# without noise, what is left of the start; with noise, also what is left of the noise that its higher rates
# let in. A longer test makes both smaller, and the gap larger. No property of that rate is involved.
# </details>

# %% [markdown]
# **3, open.** Find a rate for a task that you have not seen. Take time out of the test: give every rate a *fresh
# start* and the same number of updates `m`. `fresh(rate, m)` does that for one rate and returns the expected
# loss, or `nan` where training broke. Return the best of `rates`, and its loss. The check has three tasks.
#
# Then look at the bowl of this lesson, where `theory.expected_loss(np.full(m, rate), curvatures, 1.0, 3.0)[-1]` is
# such a loss, for `m` = 30, 300 and 3,000. You are right if you find the best constant rates that lesson 02
# printed. Which bias is left: what must `m` be, to name the best rate for your full run?


# %% tags=["exercise"]
def my_best(fresh, rates, m):
    raise NotImplementedError("a loss for each rate; then the lowest, and nan is not low")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("03.3", my_best)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_best(fresh, rates, m):
#     losses = [fresh(rate, m) for rate in rates]
#     best = np.nanargmin(losses)
#     return rates[best], losses[best]
# ```
#
# `argmin` takes a `nan` for the lowest of all; `nanargmin` leaves it out.
#
# Nothing is mixed any more, but the answer is the best rate *for m updates*. It still falls with `m` (lesson
# 02), so only `m` as long as the full run names the best rate of the full run. That is the grid of full runs.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - write a range test, and read it by two rules, up to where it breaks and no further;
# - say what its left part measures (reach, a clock), what its right end measures (stability), and what the
#   lowest loss is (a mixture);
# - expose the mixture by two interventions: another length, and the reverse order;
# - compare a reading with full runs, as a factor with an interval and as a price in loss.
#
# **What this does not show.** One small network, plain SGD without momentum, one kind of smoothing, and two
# rules of several. With momentum or Adam the steps of a test last longer than its updates. The factors of the
# table belong to this length of test and this length of run; what carries over is that they depend on both.
#
# ## Quiz
#
# **1. A colleague's test is four times as long as yours, on the same model. Its steepest rate is less
# than half of yours. Most likely**
#
# - (a) both are right, a reading depends on the length of its test
# - (b) the batches differed
# - (c) one of you made a mistake
#
# <details><summary>Answer</summary>
#
# (a). On the bowl it would be about a quarter. (c) expects a property of the rate. (b) can move a single
# reading as much, but in either direction.
# </details>
#
# **2. In a test that runs *down*, the lowest loss is at a very low rate. So**
#
# - (a) the test is broken
# - (b) that rate is the best
# - (c) the network was trained by the higher rates before it
#
# <details><summary>Answer</summary>
#
# (c). (b): alone, from the start, that rate would hardly move. (a): it did what any run does that ends at a
# low rate.
# </details>
#
# **3. Right of the lowest loss the curve is wild, and on another machine it looks different. You
# should**
#
# - (a) average more machines
# - (b) lower the batch size
# - (c) stop reading at the rise
#
# <details><summary>Answer</summary>
#
# (c). Past stability rounding grows until nothing is reproducible, and nothing there says how well a rate
# trains. (a) averages noise without a meaning. (b) adds more.
# </details>
#
# **4. "Minimum over ten" is farther below the best peak of a line to zero than below the best held
# rate, because**
#
# - (a) such a schedule can afford a higher peak than a held rate
# - (b) dividing by ten is the careful thing to do
# - (c) the test used the wrong batches
#
# <details><summary>Answer</summary>
#
# (a), see the two true rates. (b) A rule that does not know the schedule cannot be cautious for it. (c) They
# were the same as in the full runs.
# </details>
#
# ## References
#
# - Smith 2017, *Cyclical Learning Rates for Training Neural Networks*,
#   [arXiv:1506.01186](https://arxiv.org/abs/1506.01186), section 3.3: the range test, there with a
#   linear rise, and read from the accuracy.
# - Bengio 2012, *Practical Recommendations for Gradient-Based Training of Deep Architectures*,
#   [arXiv:1206.5533](https://arxiv.org/abs/1206.5533): the best rate tends to be close to the largest that
#   does not diverge.
# - fastai documentation, [Learner.lr_find](https://docs.fast.ai/callback.schedule.html#learner.lr_find): the
#   exponential rise, and the rules *minimum* (over ten) and *steep* among its suggestions.

# %% [markdown] tags=["navigation"]
# [Previous: 02 The noise floor](02_noise_floor.ipynb) | [All lessons](../../README.md) | [Next: 04 Measuring honestly](04_measuring_honestly.ipynb)
