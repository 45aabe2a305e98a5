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
# *After this you can find with short runs roughly where training breaks, and say why no reading of such a test is
# the best rate: it mixes the rate with the time at which it was tried, and with the smoothing.*
#
# Needs 00, 01, 02 - 60 min - computes in under 15 s - CPU
#
# Answers: How do I choose it?

# %% tags=["parameters"]
test_steps: int = 100  # updates of a range test, 80..200
n_tests: int = 12  # tests with seeds of their own, 6..48

# %% [markdown]
# ## One run, all rates
#
# A full run for each rate is the sure way to the best one, and costly. The *range test* (Smith 2017) makes one
# short run. It starts at a rate that is surely too low, raises it at every update until training breaks, and records
# the loss of each batch. The idea: where the loss falls, the rate is usable; where it rises, it is too high.
#
# Rates are compared by factors, so the rate should grow by the same factor every time. From $r_0$ to $r_1$ in
# $N$ updates:
#
# $$r(t) = r_0 \left(\frac{r_1}{r_0}\right)^{t/N} .$$
#
# In `lrlib` that is `range_test(r0, r1, N)`. We want a rate for full runs of 300 updates on the digits, a fifth of
# whose labels were replaced at random. A batch is small, so its loss is jagged; a *running mean* over a tenth of
# the test, on both sides, makes it readable.

# %%
import numpy as np

from lrlib import tasks, train
from lrlib.schedules import range_test

task = tasks.get("digits", label_noise=0.2)
test = train.run(task, range_test(0.01, 10, test_steps), 1.0, seed=0)
print("first rates:", *test.used[:3].round(5), " last:", test.used[-1].round(3))

# %% [markdown]
# ## Three rules to read it
#
# **Steepest**: the rate at which the loss falls fastest, per *factor* of the rate, so the slope is taken against
# the logarithm. **Minimum over ten**: the rate of the lowest loss, divided by ten, because right after the lowest
# loss the rate is already too high. **Valley**, what fastai's `lr_find` suggests today: find the longest series of
# ever lower losses (others may lie between them), go back from its end by as many updates as it has members, and take
# the rate half-way. (fastai's documentation says "roughly 2/3 through"; its code adds a third and a sixth.)
#
# The end of the test has no use. Past the stability limit (lesson 01) any rounding error grows at every
# update, until two computers disagree about everything. So we stop reading where a narrow mean, over a twentieth of
# the test, is 10 % above its start, and never look at what comes after. Like fastai, *valley* leaves out the first tenth.


# %%
def running_mean(losses, width=test_steps // 10):
    sides = width // 2  # batches on each side; beyond the ends the last loss is repeated
    padded = np.pad(losses, sides, mode="edge")
    return np.convolve(padded, np.ones(2 * sides + 1) / (2 * sides + 1), mode="valid")


def valley(losses):
    length = np.ones(len(losses), int)  # of the longest falling series that ends here
    for i in range(1, len(losses)):
        length[i] += max(length[:i][losses[:i] > losses[i]], default=0)
    end = length.argmax()
    return max(0, end - length[end] + length[end] // 3 + length[end] // 6)


def read(rates, losses, share=0.1):
    """The rates steepest, valley and lowest, and where the test broke."""
    N = len(losses)
    broken = ~(running_mean(losses, N // 20) <= 1.1 * losses[: N // 20].mean())  # also nan
    end = np.argmax(broken) if broken.any() else N
    smooth = running_mean(losses[:end], int(share * N))
    lowest, skip = np.argmin(smooth), N // 10
    slope = np.gradient(smooth, np.log(rates[:end]))[: lowest + 1]
    return rates[[slope.argmin(), skip + valley(smooth[skip:]), lowest]], end


# %%
from lrlib import plot

(steepest, in_valley, lowest), end = read(test.used, test.train_loss)
marks = {"minimum over ten": lowest / 10, "valley": in_valley}
marks |= {"steepest": steepest, "lowest": lowest}
print("; ".join(f"{rule} {rate:.3g}" for rule, rate in marks.items()))
plot.lines(
    test.used[:end],
    {
        "batch loss": test.train_loss[:end],
        "running mean": running_mean(test.train_loss[:end]),
    },
    title="One range test, and four rates that are read from it",
    xlabel="rate at which the batch was used (log scale)",
    ylabel="batch loss (nats)",
    log_x=True,
    marks=marks,
)

# %% [markdown]
# **We see** one test with one seed: flat, a fall, a sharp rise, and dotted the readings, in the order of their
# rates. **This means** that rates far to the right break this network. **It does not mean** that rates on the flat
# part are too low to learn: there the test made only a few small steps.
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

# %% tags=["answer"]
curves = {}
for N in (50, 200, 800):
    rates, losses = bowl_test(N)
    lowest, rises = rates[losses.argmin()], rates[np.argmax(losses > losses[0])]
    best = theory.best_constant_rate(N, curvatures, 1.0, start)
    print(f"{N:3d} updates: steepest {steepest_on_bowl(N):.4f}, lowest", end=" ")
    print(f"{lowest:.3f}, above its start from {rises:.2f}; best constant rate {best:.3f}")
    grid = np.geomspace(0.001, 2.2, 400)
    curves[f"{N} updates"] = np.exp(np.interp(np.log(grid), np.log(rates), np.log(losses)))
plot.lines(
    grid,
    curves,
    title="The slower the test, the lower the rate at which the loss falls",
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
# hardly moves: there it meets the limit.
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
seeds, names = range(n_tests), ("steepest", "valley", "lowest")


def geometric(logs):
    """Mean and its 95 % interval, as factors."""
    return np.exp([logs.mean(), *stats.interval(logs)[:2]])


tests = [
    train.sweep(task, range_test(0.01, 10, N), 1.0, seeds, evaluations=1) for N in lengths
]


def read_all(tests, share=0.1):
    """Logarithms of the readings, (seeds, rules)."""
    runs = tests.train_loss[0, 0]
    return np.log([read(tests.used[0, 0], losses, share)[0] for losses in runs])


readings = np.array([read_all(each) for each in tests])  # (lengths, seeds, rules)
for N, logs in zip(lengths, readings, strict=True):
    means = [
        f"{name} {np.exp(x.mean()):.2f}" for name, x in zip(names, logs.T, strict=True)
    ]
    print(f"{N:3d} updates:", "; ".join(means))

# %%
x = np.log(lengths) - np.log(lengths).mean()
slopes = np.einsum("l,lsr->rs", x, readings) / (x @ x)  # a least-squares line for each seed
for name, slope in zip(names, slopes, strict=True):
    low, high, _ = stats.interval(slope)
    reads = ["the rate"] * (low <= 0 <= high) + ["the time"] * (low <= -1 <= high)
    ends = f"{slope.mean():+.2f} [{low:+.2f}, {high:+.2f}]"
    print(f"Found here: {name} has slope {ends}, reads", " or ".join(reads) or "a mixture")

# %% [markdown]
# On the bowl the steepest rate was time alone, and the lowest loss a mixture.
#
# ## The smoothing reads, too
#
# How much of a reading is made by the running mean? Read the same tests again, smoothed over a twentieth and over a
# fifth of their length. A property of the rate, or of the time, would not move.

# %%
narrow, wide = (read_all(tests[1], share) for share in (0.05, 0.2))
for name, moved in zip(names, (wide - narrow).T, strict=True):
    factor, low, high = geometric(moved)
    print(f"Found here: {name} is multiplied by {factor:.2f} [{low:.2f}, {high:.2f}]")

# %% [markdown]
# A factor whose interval leaves out 1 is made by the smoothing. A narrow mean leaves jags, and *steepest* finds the
# steepest jag. So two programs that "use the same rule" and smooth differently (fastai: over the past, which also
# shifts the curve to higher rates) suggest different rates.
#
# ## Predict: up and down
#
# Another intervention: the same rates in reverse order. Only *when* each rate is tried has changed. To stay within
# what the network survives, both tests now end, or start, at the lowest-loss rate of the tests above. On the way *down*, where is the lowest loss: at a `"low"` rate, in
# the `"middle"`, or at a `"high"` one, as on the way up?

# %%
from lrlib.schedules import table

top = float(np.exp(readings[1, :, 2].mean()))
up = range_test(0.01, top, test_steps)
down = table(tuple(up.values(test_steps)[::-1]))
both = train.sweep(task, {"up": up, "down": down}, 1.0, seeds)
lowest_down = np.log(
    [read(both.used[1, 0], losses)[0][2] for losses in both.train_loss[1, 0]]
)
place = (lowest_down.mean() - np.log(0.01)) / np.log(top / 0.01)  # 0 lowest rate, 1 highest

my_prediction = None  # "low", "middle" or "high": your word, in quotes
check.category(
    my_prediction,
    ("low", "middle", "high")[min(2, int(3 * place))],
    options=("low", "middle", "high"),
    reread="the text below the figure",
)

# %% tags=["answer"]
print(f"Found here: down, the lowest is at rate {np.exp(lowest_down.mean()):.3f}")
upward, downward = map(running_mean, both.train_loss[:, 0].mean(axis=1))
shown = {"up": upward, "down": downward[::-1]}  # both in order of rate
axes = "rate (log scale)", "batch loss (nats), mean over seeds"
said = "At one rate, two losses: the order decides"
plot.lines(up.values(test_steps), shown, said, "", *axes, like=both, log_x=True)

# %% [markdown]
# **We see** the batch loss at each rate, tried on the way up and on the way down. If a loss belonged to a
# rate, the lines would agree. **This means** that they belong to a *history*: whichever rates come last
# meet a trained network; low rates are good at keeping what others have learned, and quiet besides (lesson 02).
# **It does not mean** that one order is right. The way up flatters high rates, the way down low ones, and neither
# names the truth by itself.
#
# ## The truth: full runs
#
# What is the best rate? Train full runs at every rate of a grid. The best one mostly lies between two of them: a
# parabola through the lowest mean loss and its two neighbours says where. So a peak is *interpolated* in this
# course. But best for what: a rate that is *held*, or the peak of a line that falls to zero? Both. These 960 runs are
# stored: `python -m lrlib sweep peaks-digits` makes them again. The first 16 seeds choose; the other 32 judge.

# %%
from lrlib.evidence import sweeps

grid = sweeps.load("peaks-digits").grid
choosing, judging = np.split(grid.result, [16], axis=2)  # (schedules, rates, seeds)
named = dict(zip(grid.labels, choosing, strict=True))
truth = {name: stats.peak(grid.base_lrs, losses) for name, losses in named.items()}
for name, best in truth.items():
    print(f"{name:16s} best rate {best.rate:.2f} [{best.low:.2f}, {best.high:.2f}]")
chosen = {name: best.rate for name, best in truth.items()}
plot.sensitivity(grid.base_lrs, named, chosen=chosen, like=grid)

# %%
import pandas as pd

rules = dict(zip(names, readings[1].T, strict=True)) | {"lowest, down": lowest_down}
rules["minimum over ten"] = rules["lowest"] - np.log(10)
read_as = {rule: geometric(logs) for rule, logs in rules.items()}
shown = pd.DataFrame(read_as, ["reading", "low", "high"]).T
for name, rate in chosen.items():
    shown[f"over best {name}"] = shown["reading"] / rate
shown.round(3)

# %% [markdown]
# **We see** held-out loss over the rate for full runs, a dot at each interpolated best rate; a table of readings with
# their 95 % intervals over seeds, and as multiples of the two best rates. **This means** that the question "which rate" has two answers here, one for each schedule. A test has
# one answer a rule, a length and a smoothing, and none of them knows the schedule or the length of the full run. **It
# does not mean** that a reading near the truth is a good rule: readings that move must pass it somewhere.
#
# ## What does a wrong reading cost?
#
# Take each reading to the nearest rate of the grid, and compare full runs at that rate with full runs at the
# best one, on the 32 seeds that chose nothing; and, beside the readings, half of the best rate, and the next higher
# rate of the grid.
#
# `difference` says what a reading costs, with a verdict corrected for its table. Below its best rate the loss rises slowly, above it fast. Slowly is not nothing: the two
# printed lines have one step too high beside half of the best.


# %%
from lrlib.course.finding import found


def nearest(rate):
    return int(np.abs(np.log(np.array(grid.base_lrs) / rate)).argmin())


tables = {}
for name, losses, runs in zip(grid.labels, choosing, judging, strict=True):
    best = losses.mean(axis=1).argmin()
    arms = {"best of the grid": best, "half of it": best - 2, "the next higher": best + 1}
    arms |= {rule: nearest(np.exp(values.mean())) for rule, values in rules.items()}
    at_rate = {arm: runs[k] for arm, k in arms.items()}
    about = ["half of it", "the next higher"]
    print(name, found(at_rate, reference="best of the grid", about=about), sep="\n")
    tables[name] = stats.ranking(at_rate, "best of the grid").drop(columns="alone")
    tables[name].insert(0, "rate", [grid.base_lrs[arms[arm]] for arm in tables[name].index])
pd.concat(tables).round(3)

# %%
from IPython.display import Markdown, display

rates, runs = tests[1].used[0, 0], tests[1].train_loss[0, 0]
broke, low, high = geometric(np.log([rates[read(rates, run)[1] - 1] for run in runs]))
shares = " and ".join(f"{rate / broke:.0%} ({name})" for name, rate in chosen.items())
costs = [
    t.loc[["half of it", "the next higher"], "difference"].round(3) for t in tables.values()
]
Markdown(
    f"> **Do this.** Use a range test for one number: where training breaks, here near rate {broke:.2g} "
    f"[{low:.2g}, {high:.2g}]. Take full runs at rates below it, a factor of 1.4 apart, and let the "
    f"held-out loss choose: here the best rates were {shares} of the break. If you cannot afford that, "
    f"err on the low side: half of the best cost {costs[0].iloc[0]} and {costs[1].iloc[0]} nats, one "
    f"step too high {costs[0].iloc[1]} and {costs[1].iloc[1]}. The shares are "
    "of this network, this length of test and of run; that a grid decides is not."
)

# %%
from lrlib.course.explore import explorer


def draw(length, noise):
    rates = range_test(0.001, 1.5, length).values(length)
    best = theory.best_constant_rate(300, curvatures, noise, start)
    return plot.lines(
        rates,
        {"up": record(rates, noise), "down": record(rates[::-1], noise)[::-1]},
        title=f"{length} updates, noise {noise:.2g}: the best of 300 is {best:.2g}",
        xlabel="rate (log scale)",
        ylabel="expected loss (loss units)",
        like=both,
        marks={"best constant rate": best},
        log_x=True,
        log_y=True,
    )


display(draw(200, 1.0))
explorer(draw, length=(20, 2000, 200), noise=(0.05, 2.0, 1.0))

# %% [markdown]
# **We see** the bowl again, up and down, with the best constant rate of a 300-update run as the truth. **This
# means**: make the test longer, and the way up falls at lower rates, the way down at higher ones, while the truth
# stays; lower the noise, and both fall where they fell, while the truth, and the lowest point of the way up, move
# to higher rates. **It does not mean** that some length is right.
#
# ## In other libraries
#
# In PyTorch the test is `ExponentialLR(optimizer, gamma=(r1 / r0) ** (1 / N))`, stepped after every batch from `r0` on.
# fastai has `learn.lr_find()`, Lightning `Tuner(trainer).lr_find(model)`, Ignite `FastaiLRFinder`. Each smooths, stops
# and reads in its own way. All put the weights back afterwards; whoever writes the test by hand must do so too.
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
# - write a range test, and read it by three rules, up to where it breaks and no further;
# - say what its left part measures (reach, a clock), what its right end measures (stability), and what the
#   lowest loss is (a mixture);
# - expose the mixture by three interventions: another length, another smoothing, the reverse order;
# - compare a reading with full runs, as a factor with an interval and as a price in loss.
#
# **What this does not show.** One small network, plain SGD without momentum, and three rules of several, of which
# *valley* was read from our smoothing, not from fastai's. With momentum or Adam the steps of a test last longer than its
# updates. The factors of the table belong to these lengths of test and run. The stored runs keep no accuracy.
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
#   exponential rise, and the rules *valley*, *steep*, *minimum* (over ten) and *slide* among its suggestions.

# %% [markdown] tags=["navigation"]
# [Previous: 02 The noise floor](02_noise_floor.ipynb) | [All lessons](index.ipynb) | [Next: 04 Measuring honestly](04_measuring_honestly.ipynb)
