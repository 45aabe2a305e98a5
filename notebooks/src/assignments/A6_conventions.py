# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A6 Library conventions and broken schedules
#
# *After this you can carry one plan through many libraries without losing an update, read from a ledger or a log what
# was really run, and mend a loop that used other rates.*
#
# Needs 05, 08, 11, 22, 23, 24, 25 - 160 min - 50 points - computes in under 20 s - CPU

# %% [markdown]
# ## The case
#
# Four teams train the same model, each in its own library. All of them say: "warmup, then cosine, 40 steps." Their
# losses differ, and a thread begins about whose library is broken. You are asked to find out what each of them ran,
# to bring all of them to one plan, and to say what the differences cost.
#
# Steps are updates, counted from 0. A *factor* is a rate as a multiple of the peak. The functions that you write are
# used in the cells that follow them. Where a list of numbers is asked for, an array of NumPy or torch is as good. No
# function may change its arguments, unless it is said.

# %%
import math

import numpy as np
import pandas as pd
import torch
from IPython.display import display

from lrlib import plot, tasks
from lrlib.course import check
from lrlib.ledger import Ledger
from lrlib.schedules.presets import preset

torch.set_num_threads(1)  # small matrices gain nothing from more
T, W = 40, 8
plan = preset("optax.warmup_cosine", total_steps=T, warmup_steps=W, min_factor=0.1)
print(
    f"the plan: {W} of {T} updates up to 1, then down to 0.1; the last has {plan(T - 1):.4f}"
)

# %% [markdown]
# ## One formula
#
# Most of the libraries differ in four choices: the factor of update 0, the first update at the peak, the update at
# which the cosine reaches 0, and what comes after that.
#
# **1, 6 points.** Return the factor of update `t`, a whole number, 0 or above:
#
# - a straight line from `first` at update 0 to 1 at update `peak`; with `peak` 0 there is no line, and update 0 has
#   1;
# - from update `peak` half a cosine from 1 down to 0 at update `end`, which is above `peak`;
# - after `end` either 0, where `after` is `"holds"`, or the same cosine going on, so that it climbs again, where
#   `after` is `"rises"`.
#
# Example: `my_factor(3, 0.25, 4, 10, "holds")` is 0.8125. (Four points up to `end`, two past it.)


# %% tags=["exercise"]
def my_factor(t, first, peak, end, after):
    """The factor of update t: one number."""
    ### BEGIN SOLUTION
    if t < peak:
        return first + (1 - first) * t / peak
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(math.pi * (t - peak) / (end - peak))) / 2
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.1", my_factor)

# %% [markdown]
# Five libraries, asked for 40 steps with 8 of warmup, and the choices that lesson 22 found in them. Does your formula
# give their rates, also for 40 updates past the end?

# %%
choices = {
    "keras": (0, W, T, "holds"),
    "hf": (0, W, T, "rises"),
    "torch": (1 / 3, W, T, "rises"),
    "nemo": (1 / (W + 1), W, T, "holds"),
    "ignite": (0, W - 1, T - 1, "rises"),
}
presets = {
    "keras": preset("keras.warmup_cosine", decay_steps=T - W, warmup_steps=W),
    "hf": preset("hf.cosine", total_steps=T, warmup_steps=W),
    "torch": preset("torch.warmup_cosine", total_steps=T, warmup_steps=W),
    "nemo": preset("nemo.cosine", total_steps=T, warmup_steps=W),
    "ignite": preset("ignite.warmup_cosine", total_steps=T, warmup_steps=W),
}
yours = {
    name: [my_factor(t, *four) for t in range(2 * T)] for name, four in choices.items()
}
gaps = {name: np.abs(presets[name].values(2 * T) - yours[name]) for name in choices}
print("yours are theirs:", {name: bool(gap.max() < 1e-12) for name, gap in gaps.items()})

# %% [markdown]
# **Predict.** Torch's warmup begins at a third of the peak. By which factor is the sum of its rates over the 40
# updates larger than that of Hugging Face?

# %%
my_prediction = None  # sum of torch's factors / sum of hf's: your number

# %%
sums = {name: sum(factors[:T]) for name, factors in yours.items()}
check.reconcile(my_prediction, sums["torch"] / sums["hf"], tolerance=0.03)

# %% tags=["answer"]
drawn = {name: np.array(factors) for name, factors in yours.items()}
axes = "step (optimizer updates)", "factor"
plot.lines(
    np.arange(2 * T), drawn, "One sentence, five schedules", "", *axes, marks={"T": T}
)

# %% [markdown]
# **We see** five readings of one sentence, also past the end. **This means** that the sentence is not a plan yet.
# **It does not mean** that one of the five is wrong: each does what it says. Who trains on past the end has to know.
#
# ## Units
#
# One team's configuration says lengths with a unit: `"3ep"` are epochs, `"500ba"` are batches, one for each update,
# `"64000sp"` are samples (rows), `"0.1dur"` is a share of the whole run. (Composer writes times like this.)
#
# **2, 5 points.** Return the length of `text` in updates, as a whole number. `per_epoch` is the number of updates in
# an epoch, `total` that of the whole run, `rows` the rows of an update. The number before `ep` and `dur` may have a
# decimal point: return the nearest whole number of updates. For `sp` return the smallest number of updates after
# which at least so many samples were seen. No length lies half-way between two whole numbers. Examples with
# `per_epoch=37, total=370, rows=32`: `"2ep"` is 74, `"0.8ep"` is 30, `"0.33dur"` is 122, `"321sp"` is 11. (Two points
# for `ep` and `ba`, three for `sp` and `dur`.)


# %% tags=["exercise"]
def my_updates(text, per_epoch, total, rows):
    """The length in updates: a whole number."""
    ### BEGIN SOLUTION
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :]
    if unit == "ba":
        return int(number)
    if unit == "sp":
        return -(-int(number) // rows)
    return round(float(number) * {"ep": per_epoch, "dur": total}[unit])
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.2", my_updates)

# %%
config = {
    "run": "10ep",
    "warmup": "0.05dur",
    "first drop": "6000sp",
    "evaluate every": "50ba",
}
per_epoch, total = 1200 // 32, 10 * (1200 // 32)
small = {name: my_updates(text, per_epoch, total, 32) for name, text in config.items()}
half = {
    name: my_updates(text, 1200 // 64, 10 * (1200 // 64), 64)
    for name, text in config.items()
}
pd.DataFrame({"32 rows an update": small, "64 rows an update": half})

# %% [markdown]
# Twice the rows, the same file. Which entry is now twice as far into the run as before? Each unit keeps another thing
# fixed, and none of them is wrong.
#
# ## What was run? Ask the log
#
# A team has lost its configuration. What is left is the log of its rates, one number an update, from update 0 on. The
# schedule is a line from 0 to the peak at update W, then half a cosine down to 0 at update T, and 0 from there on.
# Some logs end before T.
#
# **3, 5 points.** `rates` is the list of the rates. W is at least 1, T at least W + 25, and the log has at least six
# updates after the one at the peak. Return the tuple (peak, W, T). Example: a log that begins with 0, 0.25, 0.5, so
# that its peak is 0.5 at update 2, and that has come half-way down, to 0.25, at update 22, gives `(0.5, 2, 42)`. (Two
# points for logs that go past T, three for those that are cut short.)


# %% tags=["exercise"]
def my_settings(rates):
    """(peak, W, T)"""
    ### BEGIN SOLUTION
    peak, W = max(rates), int(np.argmax(rates))
    t = W + 5  # the cosine turns by the same angle in each update
    turned = math.acos(2 * rates[t] / peak - 1)
    return peak, W, W + round(math.pi * (t - W) / turned)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.3", my_settings)

# %% [markdown]
# ## One plan for all
#
# The teams agree on a plan: `W` updates from 0 to the rate `peak`, then half a cosine to the rate `floor` at update
# `T`. Now each library has to be told. Its words (as in `lrlib`'s presets, which keep each library's own rules):
#
# | preset | arguments that matter here |
# |---|---|
# | `hf.cosine_with_min_lr`, `optax.warmup_cosine`, `composer.cosine_with_warmup` | `total_steps`, `warmup_steps`, `min_factor` |
# | `keras.warmup_cosine` | `decay_steps`, `warmup_steps`, `min_factor` |
# | `timm.cosine` | `total_steps`, `warmup_steps`, `warmup_prefix`, `min_lr`, `base_lr` |
# | `megatron.cosine`, `nanogpt.cosine_from_zero` | `total_steps`, `warmup_steps`, `min_lr`, `base_lr` |
#
# `min_factor` is a share of the peak; `min_lr` is a rate, and comes with the peak's, `base_lr`. Keras counts
# `decay_steps` after the warmup; `total_steps` is T, warmup included, in all the others, in timm's preset as well. In
# timm the cosine starts with the run, hidden below the warmup, unless `warmup_prefix=True`.
#
# **4, 6 points.** `library` is one of these seven names, `T` and `W` are whole numbers, `peak` and `floor` rates.
# Return a dict of the arguments for this library; then `peak * preset(library, **arguments)` has to be the plan at
# updates 0 to T - 1. (Three points for the libraries whose floor is a factor, three for the others.)


# %% tags=["exercise"]
def my_arguments(library, T, W, peak, floor):
    """The arguments of the preset `library`: a dict."""
    ### BEGIN SOLUTION
    found = {"warmup_steps": W}
    if library == "keras.warmup_cosine":
        found["decay_steps"] = T - W
    else:
        found["total_steps"] = T
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": floor, "base_lr": peak}
    else:
        found["min_factor"] = floor / peak
    if library == "timm.cosine":
        found["warmup_prefix"] = True
    return found
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.4", my_arguments)

# %% [markdown]
# **What does it cost to get it wrong?** On the digits, 200 updates with 50 of warmup, each at the same peak of 0.2:
# the plan; timm without its prefix; Keras with `decay_steps` = T; and a floor of 0.02 that was given where a share
# was asked for. Sixteen pairs. **Predict.** Which of the three faults ends farthest from the plan?

# %%
my_worst = None  # "timm, no prefix", "keras, T" or "floor misread"

# %%
from lrlib import stats, train

digits = tasks.get("digits", label_noise=0.2)
said = 200, 50, 0.2, 0.02
timm, keras = (my_arguments(name, *said) for name in ("timm.cosine", "keras.warmup_cosine"))
arms = {
    "the plan": preset("keras.warmup_cosine", **keras),
    "timm, no prefix": preset("timm.cosine", **timm | {"warmup_prefix": False}),
    "keras, T": preset("keras.warmup_cosine", **keras | {"decay_steps": 200}),
    "floor misread": preset("keras.warmup_cosine", **keras | {"min_factor": 0.02}),
}
how = {"steps": 200, "evaluations": 1, "any_length": True}
ends = train.sweep(digits, arms, 0.2, range(16), **how).losses()
costs = stats.ranking(ends, "the plan")["difference"].drop("the plan").abs()
check.category(my_worst, costs.idxmax(), list(costs.index))

# %% tags=["answer"]
from lrlib.course.finding import found

display(found(ends, reference="the plan"))
plot.forest(ends, reference="the plan")

# %% [markdown]
# **We see** paired differences to the plan. **This means** what the sentence says, at one peak that was tuned for
# none of them. **It does not mean** that a fault which ends lower is no fault: the run was another one than the plan
# says.
#
# ## Any schedule, in PyTorch
#
# A library that torch does not have can always be written down as a table, one factor an update.
#
# **5, 5 points.** `optimizer` is a torch optimizer with one group or several, each with its own base rate; `factors`
# is a list. Return a scheduler of `torch.optim.lr_scheduler`. In a loop that calls `optimizer.step()`, then
# `scheduler.step()`, update t has to use, in every group, the group's base rate times `factors[t]`; after the end of
# the list the last factor holds. (Three points for runs as long as the list; their last `scheduler.step()` asks for one
# factor more. Two for longer ones. Here the optimizer is changed, of course. The check names a case by base rates,
# updates, factors.)


# %% tags=["exercise"]
def my_scheduler(optimizer, factors):
    """A scheduler that follows the list, for any number of updates."""
    ### BEGIN SOLUTION
    last = len(factors) - 1
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: factors[min(t, last)])
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.5", my_scheduler)

# %% [markdown]
# Now all seven libraries go through torch, in an optimizer with two groups, and a ledger watches the rates used.

# %%
libraries = (
    "hf.cosine_with_min_lr",
    "optax.warmup_cosine",
    "composer.cosine_with_warmup",
    "keras.warmup_cosine",
    "timm.cosine",
    "megatron.cosine",
    "nanogpt.cosine_from_zero",
)


def group(rate):
    return {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate}


def driven(factors, updates):
    optimizer = torch.optim.SGD([group(0.5), group(0.05)])
    scheduler = my_scheduler(optimizer, factors)
    with Ledger.watch(optimizer, intended=plan) as ledger:
        for _ in range(updates):
            optimizer.step()
            scheduler.step()
    return ledger


for name in libraries:
    factors = preset(name, **my_arguments(name, T, W, 0.5, 0.05)).values(T).tolist()
    print(f"{name:28} follows the plan: {driven(factors, T).largest_gap() < 1e-12}")

# %% [markdown]
# ## A loop to mend
#
# One team's program, as it was handed down. `slopes` are the gradients of its one weight, one a micro-batch; `pieces`
# micro-batches should make one update. In mixed precision a gradient may overflow to infinity.


# %%
def handed_down(optimizer, scheduler, weight, slopes, pieces):
    for i, slope in enumerate(slopes):
        weight.grad = torch.full_like(weight, slope)
        scheduler.step()
        if (i + 1) % pieces == 0:
            optimizer.step()


# %% [markdown]
# **6, 6 points.** Write it right. An update has the *mean* gradient of `pieces` micro-batches, one after the other in
# the list; what is left at the end of the list, fewer than `pieces`, makes an update too, with the mean of those that
# are there. Where this mean is not finite, no update is made, and those micro-batches are dropped. After each update
# that is made, and only then, the scheduler makes a step. `optimizer` and `scheduler` are of torch and know `weight`,
# a parameter with one element; nothing is returned. (Three points where all groups are whole and finite, three for
# the rest. The check names a case by slopes, pieces, factors of the scheduler.)


# %% tags=["exercise"]
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    """Make the updates; return nothing."""
    ### BEGIN SOLUTION
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        mean = sum(group) / len(group)
        if math.isfinite(mean):
            weight.grad = torch.full_like(weight, mean)
            optimizer.step()
            scheduler.step()
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.6", my_loop)

# %% [markdown]
# Both loops, on 160 micro-batches, four an update, with the plan of 40 updates. **Predict.** At which update, counted
# from 0, does the handed-down loop first use the last rate of the plan?

# %%
my_end = None  # the number of an update

# %%
import warnings

warnings.filterwarnings("ignore", "Detected call of")  # torch says so once, and goes on
slopes, factors = np.ones(4 * T).tolist(), plan.values(T).tolist()


def watched(loop):
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    with Ledger.watch(optimizer, intended=plan) as ledger:
        loop(optimizer, my_scheduler(optimizer, factors), weight, slopes, 4)
    return ledger.ledger


ledgers = {"handed down": watched(handed_down), "yours": watched(my_loop)}
at_the_end = np.isclose(ledgers["handed down"].used, 0.5 * factors[-1])
check.reconcile(my_end, int(at_the_end.argmax()), tolerance=0.05)

# %% tags=["answer"]
from lrlib.course.museum import panels

panels(ledgers, title="Four steps of the scheduler in every update, and one")

# %% [markdown]
# **We see** the plan dashed and the used rate solid. **This means** that the scheduler counted micro-batches. **It
# does not mean** that the run failed, or that its loss looks strange: it is a shorter schedule, and then a long tail.
#
# ## Read a ledger
#
# Not every fault has a program to look at. Often there is a plan, and what was used.
#
# **7, 6 points.** `planned` and `used` are lists of n rates. The plan rises strictly, then falls strictly, and has no
# zero. One of five things happened, exactly, with a whole number k for three of them:
#
# | word | what was used at update t | number |
# |---|---|---|
# | `"none"` | `planned[t]` | 0 |
# | `"early"` | `planned[t + k]`, k from 1 to 5; the last planned rate where there is none | k |
# | `"late"` | `planned[t - k]`, k from 1 to 5; the first planned rate where there is none | k |
# | `"fast"` | `planned[k * t]`, k from 2 to 5; the last planned rate where there is none | k |
# | `"level"` | `planned[t]` times a factor other than 1 | the factor |
#
# Return the tuple (word, number). Equal means to a billionth of the peak. (Three points for the three faults of the
# clock, three for the other two.)


# %% tags=["exercise"]
def my_diagnosis(planned, used):
    """(word, number)"""
    ### BEGIN SOLUTION
    planned, used = np.asarray(planned), np.asarray(used)
    t, last = np.arange(len(planned)), len(planned) - 1
    read = {("none", 0): t}
    for k in range(1, 6):
        read |= {("early", k): t + k, ("late", k): t - k, ("fast", k + 1): (k + 1) * t}
    for (word, k), at in read.items():
        if k <= 5 and np.abs(planned[at.clip(0, last)] - used).max() < 1e-9 * planned.max():
            return word, k
    return "level", used[0] / planned[0]
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.7", my_diagnosis)

# %% [markdown]
# Three programs, run by torch here, with your scheduler; and your diagnosis of their ledgers. The first calls
# `scheduler.step()` before `optimizer.step()`. The second is one of two processes that share a scheduler, and both
# step it. The third multiplies the base rate by its eight devices. **Predict** the word for the second.

# %%
my_word = None  # "early", "late", "fast" or "level"

# %%
climb = preset("nanogpt.cosine", total_steps=T, warmup_steps=W, min_lr=0.1, base_lr=1.0)


def faulty(order, rate=0.5):
    optimizer = torch.optim.SGD([group(rate)])
    steps = {"scheduler": my_scheduler(optimizer, climb.values(T).tolist())}
    steps["optimizer"] = optimizer
    with Ledger.watch(optimizer) as ledger:
        for _ in range(T):
            for name in order:
                steps[name].step()
    return my_diagnosis((0.5 * climb.values(T)).tolist(), ledger.used.tolist())


told = {
    "scheduler first": faulty(["scheduler", "optimizer"]),
    "stepped twice": faulty(["optimizer", "scheduler", "scheduler"]),
    "eight devices": faulty(["optimizer", "scheduler"], rate=4.0),
}
check.category(my_word, told["stepped twice"][0], ("early", "late", "fast", "level"))

# %% tags=["answer"]
for name, (word, number) in told.items():
    print(f"{name:16} {word}, {number:g}")

# %% [markdown]
# ## A run that is made longer
#
# Last, a run of `old` planned updates, half a cosine from 1 at update 0 to 0 at update `old`. It is stopped after
# `stop` updates, and is to go on until update `new`, which may be more than `old` or less. Two things are wanted: no
# jump at the stop, and 0 at the end.
#
# **8, 5 points.** Return the factor of update `t`, a whole number: before `stop` that of the old plan; from `stop` on
# half a cosine that begins, at update `stop`, with the factor that the old plan has there, and reaches 0 at update
# `new`; from `new` on 0. `stop` is below `old` and below `new`. Example: `my_continued(120, 40, 100, 200)` is 0.3273,
# rounded. (One point before the stop, three after it, one past the end.)


# %% tags=["exercise"]
def my_continued(t, stop, old, new):
    """The factor of update t: one number."""

    ### BEGIN SOLUTION
    def wave(share):
        return (1 + math.cos(math.pi * min(share, 1))) / 2

    if t < stop:
        return wave(t / old)
    return wave(stop / old) * wave((t - stop) / (new - stop))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A6.8", my_continued)

# %% [markdown]
# Three ways to make a run longer, from 100 updates to 240, stopped after 90: *continued*, yours; *new plan*, the
# cosine of 240 updates from update 90 on, so that the rate jumps; and *not at all*, the rest of the old plan and then
# 0. Same rate, sixteen pairs, the digits. **Predict.** Which ends lowest?

# %%
my_longer = None  # "continued", "new plan" or "not at all"

# %%
from lrlib.schedules import table

ways = {
    "continued": [my_continued(t, 90, 100, 240) for t in range(240)],
    "new plan": [my_factor(t, 1.0, 0, 100 if t < 90 else 240, "holds") for t in range(240)],
    "not at all": [my_factor(t, 1.0, 0, 100, "holds") for t in range(240)],
}
longer = {name: table(tuple(factors)) for name, factors in ways.items()}
how = {"steps": 240, "evaluations": 1, "any_length": True}
ends_longer = train.sweep(digits, longer, 0.2, range(16), **how).losses()
lowest = min(ends_longer, key=lambda name: ends_longer[name].mean())
check.category(my_longer, lowest, list(ways))

# %% tags=["answer"]
display(found(ends_longer, reference="continued"))
rates = {name: np.array(factors) for name, factors in ways.items()}
title = "Three ways to make a run longer"
plot.lines(np.arange(240), rates, title, "", *axes, marks={"the stop": 90})

# %% [markdown]
# **We see** the three schedules; the sentence above compares the losses at their ends. **This means** that a smooth
# ledger is one wish and a low loss is another: at update 90 the old plan has almost no rate left, and a continuation
# without a jump has no more. **It does not mean** that jumps are good: here the run was stopped near the end of its
# plan, and one rate was tried.
#
# ## What do you write to the teams?
#
# **9, 6 points, in your own words.** Write the answer to the thread, in at most 250 words, with numbers from this
# page: why one sentence gave different runs; which of the three faults ended farthest from the plan, what their
# comparison says about the teams' losses, and what it does not say; in which order you would check a run that "uses the same
# schedule" (name three checks, each with what it can and cannot find); and what the teams should publish instead of
# the sentence.

# %% [markdown] tags=["explain"]
# ### BEGIN SOLUTION
# Nobody's library is broken. "Warmup, then cosine, 40 steps" leaves open where the climb begins, which update is the
# first at the peak, where the cosine ends, and what follows; and a floor may be a factor or a rate. Five libraries
# gave five schedules; torch's climbs from 1/3. In our comparison, at the same peak and 200 updates, all three faults
# could be told from the plan, and timm without its prefix ended farthest away, 0.09 nats higher [0.08, 0.10]. Keras
# with T even ended lower. That does not make it right: its rates were higher throughout the decay, and a plan at a
# higher peak might do the same. It was one task, one length, and a peak tuned for nobody, so it does not say how far
# *your* losses are apart.
#
# Check in this order. First a ledger of the rates that the optimizer used, against the plan: it finds every wrong
# rate (early, late, fast, level), but no lost momentum or batch. Second the count of updates, by accumulation,
# skipped updates and units: it says why a clock is wrong, but finds no wrong level. Third, past the end and after a
# resume, where a schedule may climb again or begin anew; it finds nothing inside the plan. Only then compare losses,
# in pairs.
#
# Publish the factors of all updates, or a preset with all arguments, the library and its version, the base rate, and
# the unit of a step.
# ### END SOLUTION
#
# === BEGIN MARK SCHEME ===
# - 2 points: the sentence leaves choices open, at least three are named, with one number from the page. (1 point for
#   fewer choices, or without a number.)
# - 1 point: the comparison of faults is reported: which ended farthest from the plan, with its interval or verdict;
#   and limited to one peak, length and task.
# - 2 points: three checks in a sensible order, the ledger or the used rates before losses; each with what it cannot
#   find. (1 point for checks without their limits.)
# - 1 point: what to publish defines every update: a table or a full call with versions, base rate and the unit of
#   steps.
#
# Typical, and wrong: "Keras with T ended lower, so it is the better schedule." (No point for the comparison: it is
# another run than the plan, at one peak that was tuned for neither.)
# === END MARK SCHEME ===
