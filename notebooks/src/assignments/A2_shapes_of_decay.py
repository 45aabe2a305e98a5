# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A2 Shapes of decay
#
# *After this you can name a decay from its log and the fault from a ledger, say what a shape does to distance and to
# noise, and take apart a comparison of shapes: what of it is reach, and what is the shape.*
#
# Needs 05-10 - 170 min - 58 points - computes in under 20 s - CPU

# %% [markdown]
# A paper says: *we decay the rate as usual; with the same peak rate for all, the constant rate wins.* There is no code.
# The supplement has logs, a table of losses, and one sentence about milestones. You want to know whether that is a
# finding about shapes. So you will read the logs, write the program that the paper must have had, find what went
# wrong in yours, and then look at the comparison itself.
#
# How this works: replace `raise NotImplementedError` by your code. The cell below answers at once, with examples. Your
# work is marked on *other* examples, drawn for you. Where several parts are named, each has points of its own. A
# function must leave what it is given unchanged: one that does not loses its points. `my_prediction` waits for your guess, which is not marked. Later
# cells use your functions.

# %%
import math

import numpy as np
import pandas as pd
import torch
from IPython.display import display
from torch.optim.lr_scheduler import LambdaLR

from lrlib import plot, stats, tasks, train
from lrlib.course import check
from lrlib.ledger import Ledger
from lrlib.schedules import constant, exponential, linear, parse, table

# %% [markdown]
# ## What the paper says, and what its logs say
#
# "The rate is divided by 10 after 30 epochs, and by 5 after 60." Your loop asks for a factor at every *update*.
#
# **1, 5 points.** Return the factor of update `t` (counted from 0). Given are `batches`, the number of updates in an
# epoch, the list `milestones` in *epochs* (whole numbers, increasing, the first at least 1), and the list `divisors`,
# equally long. When as many epochs as a milestone says are over, the rate is divided by its divisor: update
# `milestone * batches` is the first at the lower rate. Both lists may be empty. Example: with 10 updates in an epoch,
# milestones `[3, 5]` and divisors `[10.0, 2.0]` the factor is 1 at update 29, 0.1 at 30 and 0.05 at 50. (At a
# milestone or one update before: 3 points; elsewhere: 2.)


# %% tags=["exercise"]
def stairs_factor(t, batches, milestones, divisors):
    ### BEGIN SOLUTION
    factor = 1.0
    for milestone, divisor in zip(milestones, divisors, strict=True):
        if t >= milestone * batches:
            factor /= divisor
    return factor
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.1", stairs_factor)

# %% [markdown]
# Another run of the paper left a few lines of a log: an update, and its rate with five digits.
#
# **2, 5 points.** The rates fall *exponentially*, by the same factor at every update. Given are the lists `updates`
# (whole numbers, increasing, three or more) and `rates` (rounded to five digits). Return the pair `(base_lr, n)`: the
# rate of update 0, and the number of updates, not rounded, after which a tenth of a rate is left. Both should be right
# to 0.1 %, so think about which rows say most. The log may begin late. Example: the rates 0.5, 0.15811 and 0.05 at the updates 0, 500 and 1000
# give `(0.5, 1000.0)`. (Logs from update 0 on: 2 points; logs that begin later: 3.)


# %% tags=["exercise"]
def read_exponential(updates, rates):
    ### BEGIN SOLUTION
    slope, at_zero = np.polyfit(updates, np.log(rates), 1)
    return math.exp(at_zero), -math.log(10) / slope
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.2", read_exponential)

# %% [markdown]
# The other logs are complete: one rate for each update, in full precision, but nobody wrote down which shape it is.
#
# **3, 6 points.** Name the shape. Given is the list `rates` of all $T$ updates of a run, 16 or more, all above 0. Return the
# first of these words that fits, to a relative accuracy of about $10^{-6}$:
#
# - `"constant"`: all rates are equal.
# - `"steps"`: after the first, at least three quarters of the updates have the rate of the update before.
# - `"linear"`: the rate changes by the same amount at every update.
# - `"exponential"`: the rate changes by the same factor at every update.
# - `"cosine"`: $\mathrm{rate}(t) = b + (a - b)\,(1 + \cos(\pi t / T))/2$ for some $a > b \ge 0$ (to the
#   same accuracy: rounding may give -1e-17 for 0).
# - `"something else"`: none of these.
#
# (Constant, steps and linear: 3 points; the others: 3.)


# %% tags=["exercise"]
def shape_of(rates):
    ### BEGIN SOLUTION
    r, T = np.array(rates), len(rates)
    drops, wave = np.diff(r), (1 + np.cos(np.pi * np.arange(T) / T)) / 2
    if np.allclose(r, r[0], 1e-6, 0):
        return "constant"
    if (drops == 0).mean() >= 0.75:
        return "steps"
    if np.allclose(drops, drops[0], 1e-6, 1e-9 * r[0]):
        return "linear"
    if np.allclose(r[1:] / r[:-1], r[1] / r[0], 1e-6, 0):
        return "exponential"
    end = (r[-1] - r[0] * wave[-1]) / (1 - wave[-1])
    falls = r[0] > end >= -1e-9 * r[0]
    fits = np.allclose(r, end + (r[0] - end) * wave, 1e-6, 0)
    return "cosine" if falls and fits else "something else"
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.3", shape_of)

# %% [markdown]
# Here are the logs of the supplement.
#
# **Predict:** all five have the same peak. After *three quarters* of the run, which has the highest rate? And which has spent the
# most *reach*, the sum of rates (lesson 06), in the whole run?

# %%
T = 300
logs = {
    "A": 0.16 * parse("cosine(1, 0, T)", T=T).values(T),
    "B": 0.16 * np.array([stairs_factor(t, 30, [5, 8], [10.0, 10.0]) for t in range(T)]),
    "C": 0.16 * parse("exponential(0.1, T)", T=T).values(T),
    "D": 0.16 * parse("linear(1, 0, T)", T=T).values(T),
    "E": 0.16 * parse("inverse_time(33)").values(T),
}
my_highest = None  # after three quarters: "A", "B", "C", "D" or "E"
my_longest = None  # the most reach: "A", "B", "C", "D" or "E"

later = {name: log[3 * T // 4] for name, log in logs.items()}
reaches = {name: log.sum() for name, log in logs.items()}
for name, log in logs.items():
    print(f"log {name}: {shape_of(log.tolist())}")
check.category(my_highest, max(later, key=later.get), logs, "the figure")
check.category(my_longest, max(reaches, key=reaches.get), logs, "the table")

# %% tags=["answer"]
rows = {
    name: {"after 3/4": later[name], "reach": reaches[name], "last rate": log[-1]}
    for name, log in logs.items()
}
display(pd.DataFrame.from_dict(rows, orient="index").round(4))
plot.lines(
    range(T),
    logs,
    title="Five logs, one peak",
    xlabel="step (optimizer updates)",
    ylabel="rate",
    log_y=True,
)

# %% [markdown]
# **We see** five decays on a logarithmic axis, where only the exponential is a straight line. **This means** that "we decay
# the rate" says little: at one peak their reaches differ by more than a factor of two. **It does not mean** that a
# larger reach is better. For that, look at what a rate does.
#
# ## Distance and noise
#
# On the noisy bowl of lesson 02, in one direction of curvature $h$, an update multiplies the position by $1 - \eta h$ and
# adds a push whose variance is $\eta^2 h \sigma^2$. The expected loss $\frac h2\,\mathrm{mean}(x^2)$ is then a sum of two
# parts: what is *left* of the start, and the *noise* of all pushes. A push at update $t$ is shrunk by all updates
# after $t$, but not by update $t$ itself.
#
# **4, 6 points.** Return the pair of both parts after the last update. Given are the list `rates` of all updates, the
# curvature `h`, the strength `sigma` of the noise and the distance `start` at which the run begins. With no update at all the first part is
# the loss of the start, and the second 0. Example: for rates `[0.5]`, `h = 1`, `sigma = 1`, `start = 2` the parts are 0.5 and
# 0.125. (A constant rate: 2 points; a rate that falls: 4.)


# %% tags=["exercise"]
def left_and_noise(rates, h, sigma, start):
    ### BEGIN SOLUTION
    left, noise = start**2, 0.0
    for rate in rates:
        shrinks = (1 - rate * h) ** 2
        left, noise = left * shrinks, noise * shrinks + rate**2 * h * sigma**2
    return h / 2 * left, h / 2 * noise
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.4", left_and_noise)

# %% [markdown]
# Use it on the five directions of lesson 06's bowl, from a distance of 10, with runs of 300 updates, at every peak from
# 0.05 to 1.9.
#
# **Predict:** an exponential that falls to a *hundredth*: at its best peak below 2, the limit of the steepest direction
# for a constant rate, is more than half of its loss what is "left", or is it "noise"? And the constant rate?

# %%
my_deep = None  # the exponential at its best peak below 2, mostly: "left" or "noise"
my_constant = None  # the constant rate at its best peak, mostly: "left" or "noise"

bowl, peaks = (1.0, 0.3, 0.1, 0.03, 0.01), np.geomspace(0.05, 1.9, 40)
shapes = {
    "constant": constant(),
    "exponential": exponential(0.01, T),
    "linear": linear(1, 0, T),
}


def both_parts(schedule, peak):
    rates = (peak * schedule.values(T)).tolist()
    return np.sum([left_and_noise(rates, h, 1.0, 10.0) for h in bowl], axis=0)


split = {n: np.array([both_parts(s, peak) for peak in peaks]) for n, s in shapes.items()}
best = {name: each.sum(axis=1).argmin() for name, each in split.items()}
most = {
    n: "left" if each[best[n], 0] > each[best[n], 1] else "noise"
    for n, each in split.items()
}
check.category(my_deep, most["exponential"], ("left", "noise"), "the table and its text")
check.category(my_constant, most["constant"], ("left", "noise"), "the table and its text")

# %% tags=["answer"]
rows = {
    name: {
        "best peak": peaks[best[name]],
        "reach": peaks[best[name]] * shapes[name].values(T).sum(),
        "left": each[best[name], 0],
        "noise": each[best[name], 1],
    }
    for name, each in split.items()
}
display(pd.DataFrame.from_dict(rows, orient="index").round(3))
left, noise = both_parts(shapes["exponential"], 4.0)
print(f"the exponential at a peak of 4: left {left:.3f}, noise {noise:.3f}")
curves = {
    f"{name}: {part}": split[name][:, k]
    for name in ("constant", "exponential")
    for k, part in enumerate(("left", "noise"))
}
plot.lines(
    peaks,
    curves,
    title="What is left of the start falls with the peak, noise grows",
    xlabel="peak rate (log scale)",
    ylabel="part of the expected loss",
    log_x=True,
    log_y=True,
)

# %% [markdown]
# **We see** for two schedules how their loss is made up, at every peak. **This means** that a peak is a bargain between two
# parts, and that shapes differ in the price. Below 2 this exponential has little noise and is short of distance, so it
# takes the last peak of the grid: its best lies outside, and with a peak of 4 most of its loss is noise. The constant
# rate has reach in plenty and pays for it in noise. **It does not mean** that a bowl with these numbers is your network.
#
# ## The program
#
# Now write what the paper must have run. It used PyTorch: a rate that is held, then a straight line to zero.
#
# **5, 6 points.** Given are a torch `optimizer` and the whole numbers `hold` and `T`, with `0 <= hold < T`. Return a
# scheduler whose `step()` will be called once after every update, so that every parameter group uses its own base rate at
# the updates 0 to `hold`, then rates that fall by the same amount at every update, to be 0 at update `T`, and 0 in all
# updates after that. Any scheduler will do that has a method `step()`: `LambdaLR`, torch's own pieces, or one of `lrlib`.
# Example: base rate 0.5, `hold = 2`, `T = 4`: the updates 0 to 5 use 0.5, 0.5, 0.5, 0.25, 0 and 0. (Runs of `T` updates: 3
# points; runs that go on: 3.)


# %% tags=["exercise"]
def hold_then_line(optimizer, hold, T):
    ### BEGIN SOLUTION
    def factor(t):
        return 1 - min(max((t - hold) / (T - hold), 0), 1)

    return LambdaLR(optimizer, factor)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.5", hold_then_line)

# %% [markdown]
# Reviewers ask about the others: *when does your cosine pass a tenth of the peak? Where can the run with restarts be
# stopped?* Both ask for a formula turned round.
#
# **6, 5 points.** A cosine falls from 1 at update 0 to `floor` at update `T` and stays there (lesson 08). Return the first
# update whose factor is at most `share`; `math.inf` where there is none. Given are `share` (above 0, possibly above 1), the whole number `T`,
# and `floor`, 0 or more and below 1. Example: with `T = 10` and no floor the factor is at most 0.3 from update 7 on.
# (No floor: 2 points; with a floor: 3.)


# %% tags=["exercise"]
def first_at_most(share, T, floor):
    ### BEGIN SOLUTION
    if share < floor:
        return math.inf
    wave = min(2 * (share - floor) / (1 - floor) - 1, 1)
    return math.ceil(T / math.pi * math.acos(wave))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.6", first_at_most)

# %% [markdown]
# **7, 5 points.** A run with warm restarts has `cycles` cycles; each is `t_mult` times as long as the one before (lesson
# 09; a whole number, 1 or more). The first is to be as long as possible, a whole number of updates, such that all of
# them fit into `budget` updates. Return the list of how many updates are done at the end of each cycle: where the rate
# is low and the run can be stopped. Where not even a first cycle of one update fits, return an empty list. Example: 30
# updates, 3 cycles, `t_mult` 2: the cycles have 4, 8 and 16 updates, and the list is `[4, 12, 28]`. (Equal cycles: 2
# points; growing cycles: 3.)


# %% tags=["exercise"]
def stops(budget, cycles, t_mult):
    ### BEGIN SOLUTION
    lengths = [t_mult**i for i in range(cycles)]
    T_0 = budget // sum(lengths)
    return np.cumsum([T_0 * length for length in lengths]).tolist() if T_0 else []
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.7", stops)

# %% [markdown]
# Before you trust your program, look at its ledger. Five versions were written by the team in an afternoon; here they
# are, with what was intended: a line to zero over 300 updates.
#
# **8, 7 points.** Name the fault. Given are the lists `intended` and `used`, with the rates of all $T$ updates; the
# intended ones fall at every update and are above 0. Return the first of these that fits, to a relative accuracy of about $10^{-6}$, at every update:
#
# - `"as intended"`: both are equal.
# - `"never applied"`: every update used the first intended rate.
# - `"one late"`: update 0 used its own rate, every other that of the update before it.
# - `"one early"`: every update used the rate that was meant for the next; the last update, which has no next, may have used any.
# - `"called too seldom"`: the scheduler was stepped once in $k$ updates, so that update $t$ used the rate intended for update $t // k$, for some whole $k$
#   of 2 or more.
# - `"compounding"`: the factor of each update, its intended rate divided by the first one, was multiplied onto the rate *used
#   before it*; update 0 used the first intended rate.
# - `"something else"`: none of these.
#
# Example: for the intended rates 4, 3, 2, 1 the used ones 4, 3, 1.5, 0.375 are compounding. (As intended, never applied, late and early: 3
# points; the others: 4.)


# %% tags=["exercise"]
def fault_of(intended, used):
    ### BEGIN SOLUTION
    intended, used, T = np.array(intended), np.array(used), len(intended)

    def fits(rates, upto=T):
        return np.allclose(used[:upto], rates[:upto], 1e-6, 0)

    if fits(intended):
        return "as intended"
    if fits(np.full(T, intended[0])):
        return "never applied"
    if fits(np.append(intended[0], intended)):
        return "one late"
    if fits(intended[1:], T - 1):
        return "one early"
    if any(fits(np.repeat(intended, k)) for k in range(2, T)):
        return "called too seldom"
    by_products = intended[0] * np.cumprod(intended / intended[0])
    return "compounding" if fits(by_products) else "something else"
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.8", fault_of)

# %%
intended = 0.5 * linear(1, 0, T).values(T)


def program(before=None, every=1):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    scheduler = hold_then_line(optimizer, 0, T)
    with Ledger.watch(optimizer) as ledger:
        for t in range(T):
            if before:
                optimizer.param_groups[0]["lr"] = before(optimizer, t)
            optimizer.step()
            if not before and (t + 1) % every == 0:
                scheduler.step()
    return ledger.used


def factor(t):
    return float(intended[t] / 0.5)


afternoon = {
    "version 1": program(),
    "version 2": program(every=30),
    "version 3": program(lambda opt, t: opt.param_groups[0]["lr"] * factor(t)),
    "version 4": program(lambda opt, t: 0.5 * factor(max(t - 1, 0))),
    "version 5": program(lambda opt, t: 0.5 * factor(t // 30 * 30)),
}
faults = {n: fault_of(intended.tolist(), used.tolist()) for n, used in afternoon.items()}
for name, fault in faults.items():
    print(f"{name}: {fault}")

# %% [markdown]
# All of these train, and none raises an error. What does each cost on the digits, at the peak that was meant?
#
# **Predict** the order of the versions 2 to 5 by their last held-out loss, lowest first. (Only pairs that can be told
# apart will count.)

# %%
my_order = None  # "version 2" to "version 5" in a list, lowest loss first

task = tasks.get("digits", label_noise=0.2)
arms = {name: table((used / 0.5).tolist()) for name, used in afternoon.items()}
runs = train.sweep(task, arms, 0.5, range(24), steps=T, evaluations=1).losses()
faulty = sorted(
    (name for name in arms if name != "version 1"), key=lambda n: runs[n].mean()
)
pairs = {
    (a, b): stats.compare(runs[a], runs[b])
    for i, a in enumerate(faulty)
    for b in faulty[i + 1 :]
}
apart = stats.family(pairs).verdict != "cannot tell"
check.order(my_order, faulty, told=apart.index[apart], reread="the figure")

# %% tags=["answer"]
costs = stats.ranking(dict(runs), "version 1").drop(columns="alone")
costs.insert(0, "fault", [faults[name] for name in costs.index])
costs.insert(1, "reach", [afternoon[name].sum() for name in costs.index])
display(costs.round(3))
plot.lines(
    range(T),
    afternoon,
    title="The rates of five programs that were to do the same",
    xlabel="step (optimizer updates)",
    ylabel="rate",
)

# %% [markdown]
# **We see** the losses of 24 paired seeds and verdicts corrected for the four comparisons; then the rates. **This
# means** that a fault costs what it does to the rate, whatever its name: look at the reach of each, and at its last rates. **It does not mean**
# that a fault which cannot be told apart from the right program is harmless elsewhere: in a run of ten updates, one
# late is a tenth of it.
#
# ## The comparison
#
# The paper's table has one peak for all, 0.16, and the constant rate wins. Stored is such a comparison, with peaks
# from 0.16 up (`python -m lrlib sweep decays-digits`): 300 updates on the digits, 32 tuning and 64 judging seeds.

# %%
from lrlib.evidence import sweeps

texts = {
    "constant": "constant(1)",
    "linear": "linear(1, 0, T)",
    "cosine": "cosine(1, 0, T)",
    "exponential": "exponential(0.1, T)",
    "inverse time": "inverse_time(33)",
    "inverse root": "inverse_sqrt(3)",
}
stored = sweeps.load("decays-digits")
grid = np.array(stored.grid.base_lrs)
loss = {
    name: stored.grid.result[stored.grid.labels.index(text)].mean(axis=1)
    for name, text in texts.items()
}
factors = {name: parse(text, T=T).values(T) for name, text in texts.items()}
rows = {n: {"loss at 0.16": loss[n][0], "reach": 0.16 * factors[n].sum()} for n in texts}
pd.DataFrame.from_dict(rows, orient="index").sort_values("loss at 0.16").round(3)

# %% [markdown]
# Read both columns from top to bottom. The table may say nothing about shapes at all. To find out, compare the
# schedules where their *reaches* are equal, not their peaks.
#
# **9, 5 points.** A schedule was run at several peaks. Given are the list `peaks` (increasing), the list `losses` with the mean last
# loss at each, the list `factors` with the multiplier of every update, and a number `reach`. The reach of a run is
# the sum of its rates. Return the loss at that reach: on the straight line, in the reach, between the two runs on
# either side. Where all runs have more reach, or all have less, return `math.nan`. Example: with peaks 0.1, 0.2, 0.4, losses 0.9, 0.5, 0.6 and
# factors 1, 0.75, 0.5, 0.25 the runs have the reaches 0.25, 0.5 and 1; at reach 0.4 the loss is 0.66. (Inside what was run: 4 points; outside: 1.)


# %% tags=["exercise"]
def loss_at_reach(peaks, losses, factors, reach):
    ### BEGIN SOLUTION
    reaches = np.array(peaks) * np.sum(factors)
    return float(np.interp(reach, reaches, losses, left=math.nan, right=math.nan))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A2.9", loss_at_reach)

# %% [markdown]
# **Predict:** at the shared peak 0.16 the highest loss of the six is a multiple of the lowest: see the table. When all
# six have the reach of the *constant* run at that peak, by which factor do highest and lowest differ? Your number.

# %%
my_prediction = None  # highest over lowest loss at one reach

at = 0.16 * factors["constant"].sum()
low = {name: loss_at_reach(grid, loss[name], factors[name], at) for name in texts}
spread = max(low.values()) / min(low.values())
check.reconcile(my_prediction, spread, 0.2, "the figure below")

# %% tags=["answer"]
first = [each[0] for each in loss.values()]
print(f"highest over lowest loss at one peak, 0.16: {max(first) / min(first):.2f}")
lowest, highest = min(low, key=low.get), max(low, key=low.get)
print(f"at one reach, {at:.0f}: {spread:.2f}", end=", ")
print(f"from {lowest} at {low[lowest]:.3f} to {highest} at {low[highest]:.3f}")
across = np.geomspace(14, 150, 60)
curves = {
    n: np.array([loss_at_reach(grid, loss[n], factors[n], r) for r in across])
    for n in texts
}
plot.lines(
    across,
    curves,
    title="Six schedules at equal reach",
    xlabel="reach of the run (sum of its rates, log scale)",
    ylabel="last held-out loss (nats), mean",
    like=texts,
    total_steps=T,
    log_x=True,
    y_range=(0.3, 1.2),
)

# %% tags=["answer"]
fitted = {name: stored.tuned.fitted[text].rate for name, text in texts.items()}
used = {name: fitted[name] * factors[name].sum() for name in texts}
for what, values in (("peak", fitted), ("reach", used)):
    print(
        f"tuned {what}: highest over lowest {max(values.values()) / min(values.values()):.2f}"
    )
judged = dict(zip(texts, map(stored.judged.losses().get, texts.values()), strict=True))
ranking = stats.ranking(judged, "linear").drop(columns="alone")
ranking.insert(0, "reach", [used[name] for name in ranking.index])
ranking.insert(0, "peak", [fitted[name] for name in ranking.index])
for name in ("linear", "cosine"):
    tuning = stored.grid.result[stored.grid.labels.index(texts[name]), 5]
    print(
        f"{name} at peak {grid[5]:.3f} (reach {grid[5] * factors[name].sum():.0f}):",
        end=" ",
    )
    print(
        f"half of {tuning.size} runs below {np.median(tuning):.3f}, one at {tuning.max():.3f}"
    )
ranking.round(3)

# %% [markdown]
# **We see** the mean loss of tuning seeds against reach, straight lines between the peaks that were run; then the schedules
# at tuned peaks, on other seeds. **This means** that on the left of the figure, where distance is scarce, a schedule is little
# more than its reach (the constant rate begins only at 48, its lowest peak). From there to about 100 noise has become the
# trouble, and the shape begins to matter. Further right the peaks of most are so high that single runs go wrong, and soon
# many: that is neither distance nor noise. Tuning the peak is in large part tuning
# the reach: compare the two printed ratios. **It does not mean** that equal reach is a fair way to judge: at one reach
# some schedules are near their best and others beyond it. Each at its own tuned peak, judged on other seeds, stays
# the rule.

# %% [markdown]
# **10, 8 points, in your own words.** The paper says: *with the same peak rate for all, the constant rate wins; decay harms.* Write a
# review of that sentence in 150 to 250 words. What does the paper's table measure? Use three comparisons of your own: at one
# peak, at one reach, and each at its own peak, with numbers. Where do the shapes differ, and why there: what is left of the start, or noise? What should the authors run to support a
# claim about shapes, and which result would support theirs?

# %% [markdown] tags=["explain"]
# ### BEGIN SOLUTION
# At the shared peak of 0.16 the losses follow the reach: the constant rate has most, 48, and ends at 0.426, the inverse
# root least, and ends 3.45 times as high. So the table measures how far runs got at a peak too low for all, and least
# so for the constant rate: the part that is left of the start, which hardly knows the shape.
#
# At equal reach, 48, the factor shrinks to 1.10, and its sign turns: linear is at 0.388,
# the constant rate, still 0.426, is the highest of the six. Its last rates are its first, so its noise stays, while
# linear and cosine end near zero. From there to about 100 noise is the trouble; further right
# single runs go wrong, which is neither.
#
# Each at its own peak, tuned on other seeds, linear ends at 0.332 and the constant rate at 0.402, higher by 0.070
# [0.051, 0.093], the opposite of the paper's sentence. The tuned peaks differ by a factor of 4.42, the tuned reaches
# by 1.36, so one peak could not be right for all.
#
# The authors should tune a peak for each schedule, with the best inside its grid, on seeds that do not judge, then
# compare in pairs, corrected for the number of rivals. If the constant rate were not worse at its own peak, and at
# other lengths, I would believe them. My evidence is one small network, one data set and 300 updates of plain SGD.
# ### END SOLUTION
#
# === BEGIN MARK SCHEME ===
#
# - 2 points: at one peak the losses follow the reach, with numbers; so the table compares how far runs got. 1 point without the link to reach.
# - 2 points: at one reach most of the difference is gone, with numbers, and the constant rate is no longer ahead; 1 point for one of the two.
# - 2 points: names what is left of the start as the trouble on the left and noise from a reach of 48 to about 100, and why the constant rate has most of it there (its last rates are its first); 1 point for noise without the reason. "At the far right the runs break" is right, too, and no noise: there the constant rate is among the lowest.
# - 1 point: each at its own tuned peak, on other seeds, the constant rate is worse, by how much; so the sentence is not supported.
# - 1 point: a fair experiment (tuned peaks, other seeds, pairs) with a result that would support the authors.
#
# Typical wrong answer: "Equal reach is the fair comparison, and there the shapes are equal, so the shape does not matter." It holds at low reach only; at most 1 of the 2 points of the second line.
#
# === END MARK SCHEME ===
