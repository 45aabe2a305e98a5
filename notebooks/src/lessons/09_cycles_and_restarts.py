# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 Cycles and warm restarts
#
# *After this you can write cosine decay with warm restarts, tell a restart from a wave in a ledger, and say
# what a restart costs and what it buys.*
#
# Needs 00, 04, 08 - 40 min - computes in under 20 s - CPU

# %% tags=["parameters"]
first_cycle: int = 20  # updates in the first cycle, T_0; a run has 15 times as many, 10..60
n_seeds: int = 8  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Start again, but keep the weights
#
# Cosine decay (lesson 08) goes down once and is over. Loshchilov and Hutter (2017) proposed to jump back to
# the peak and decay again, several times in one run. Each descent is a *cycle*. The jump is a *warm restart*:
# the rate starts again, the weights do not. (A cold restart would draw new weights.)
#
# The first cycle lasts $T_0$ updates, and every cycle is $T_\mathrm{mult}$ times as long as the one before:
# $T_i = T_0 \cdot T_\mathrm{mult}^{\,i}$, for cycles $i = 0, 1, 2, \dots$ Inside a cycle, count the updates
# since it began, $T_\mathrm{cur}$, and use the formula you know:
#
# $$\mathrm{rate} = \mathrm{base\_lr} \cdot \frac{1 + \cos(\pi\, T_\mathrm{cur} / T_i)}{2},
# \qquad 0 \le T_\mathrm{cur} < T_i.$$
#
# Only one thing is new: given step $t$, find when its cycle began and how long it is. Walk through the
# cycles and add up whole numbers until the next one would begin after $t$.

# %%
import math


def cycle_at(t, T_0, T_mult):
    """First step and length of the cycle that step t belongs to."""
    start, length = 0, T_0
    while t >= start + length:
        start, length = start + length, length * T_mult
    return start, length


def sgdr_factor(t, T_0, T_mult):
    start, length = cycle_at(t, T_0, T_mult)
    return (1 + math.cos(math.pi * (t - start) / length)) / 2


print(" ".join(f"{sgdr_factor(t, 4, 2):.2f}" for t in range(14)))

# %% [markdown]
# Read the list: the value is 1 at steps 0, 4 and 12, where cycles of 4, 8 and 16 updates begin. It is never
# 0. The formula would reach 0 at $T_\mathrm{cur} = T_i$, but that step already belongs to the next cycle.
#
# `lrlib` writes a restart as a loop: take one descent, repeat it, and stretch every repetition.

# %%
import numpy as np

from lrlib import plot
from lrlib.schedules import cosine

steps = 15 * first_cycle
equal = cosine(1, 0, 3 * first_cycle).loop()
doubling = cosine(1, 0, first_cycle).loop(t_mult=2)

by_hand = [sgdr_factor(t, first_cycle, 2) for t in range(steps)]
print("the loop is sgdr_factor:", np.allclose(by_hand, doubling.values(steps)))
plot.lines(
    range(steps),
    {"t_mult=2": doubling.values(steps), "five equal cycles": equal.values(steps)},
    like={"t_mult=2": doubling},
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
    title="Cycles of one length, or each twice as long as the one before",
    alt="Two curves that fall and jump up: 5 equal cycles, and 4 that double in length.",
)

# %% [markdown]
# **We see** 5 equal cycles of $3\,T_0$, and in the same time 4 cycles that double. Both jump back to the peak
# in a single update. **This means** that with `t_mult=2` restarts get rare: the run ends with one long descent. **It does
# not mean** that you can stop anywhere: only the last steps of a cycle have a low rate.
#
# ## How much of the run is the last cycle?
#
# A run of 4 doubling cycles has $T_0 (1 + 2 + 4 + 8) = 15\,T_0$ updates. The last cycle is one $T_0$ longer than
# all cycles before it together: $8 = 1 + 2 + 4 + 1$. So a run with doubling cycles spends a little over half of
# its updates on the last one. With `t_mult=3` it would be about two thirds. Move the sliders and read the title:
# where is the last cycle longest, and where is it cut off?

# %%
from lrlib.course.explore import explorer


def draw(T_0, t_mult):
    schedule = cosine(1, 0, T_0).loop(t_mult=t_mult)
    starts = np.unique([cycle_at(t, T_0, t_mult)[0] for t in range(400)])
    title = f"T_0 = {T_0}, t_mult = {t_mult}: {400 - starts[-1]} of 400 updates in the last cycle"
    alt = f"Cosine cycles that begin at steps {', '.join(map(str, starts))}."
    return plot.schedules([schedule], 400, title=title, alt=alt, y_range=(0, 1))


explorer(draw, T_0=(5, 200, 20), t_mult=(1, 4, 2))

# %% [markdown]
# (Without a running kernel: the figure above shows two of these settings.)
#
# ## The restart that a logarithm misses
#
# `cycle_at` walks. It is tempting to jump: solve for the cycle. With $T_\mathrm{mult} = 3$, the first $i$
# cycles last $T_0 (1 + 3 + \dots + 3^{i-1}) = T_0\,(3^i - 1)/2$ updates. Set this equal to $t$ and solve:
# $i = \log_3(2t/T_0 + 1)$, rounded down. On paper this is exact. On a computer, which rounds, a logarithm that should
# be 5 can come out a hair below 5, and rounding down makes it 4.
#
# PyTorch's `CosineAnnealingWarmRestarts` has two ways to move: `step()` counts on, and `step(epoch)` jumps.
# Below, both go to each of the first restarts, where the rate should be the peak, here 1.

# %%
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts


def torch_rate(t, T_0, jump):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=T_0, T_mult=3)
    for epoch in [t] if jump else [None] * t:
        optimizer.step()
        scheduler.step(epoch)
    return optimizer.param_groups[0]["lr"]


print("restart  at step  whole part of the logarithm  rate: step()  step(epoch)")
for i, t in enumerate([(3**i - 1) // 2 for i in range(1, 7)], start=1):
    by_log = int(math.log(2 * t + 1, 3))
    counted, jumped = torch_rate(t, 1, jump=False), torch_rate(t, 1, jump=True)
    print(f"{i:7}  {t:7}  {by_log:27}  {counted:12.3f}  {jumped:11.3f}")
missed = sum(torch_rate(121 * T_0, T_0, jump=True) < 0.5 for T_0 in range(1, 51))
print(f"step(epoch) misses the fifth restart for {missed} of 50 values of T_0")

# %% [markdown]
# Look for a row whose logarithm is not the number of the restart. There, a cycle search by logarithm believes
# that the old cycle is still on and that its end has come: rate 0 instead of 1. If `step(epoch)` shows the
# same 0, the PyTorch that ran this page searches that way; `step()` counts whole numbers and is right. (If
# both columns are 1 throughout, your version no longer does.)
#
# The damage is one step of the scheduler. That is one update if it steps per batch, but a whole epoch
# without learning if it steps per epoch. Nothing warns. The remedy is the loop you read above: integer sums
# cannot round.
#
# ## A wave is not a restart
#
# Lesson 08 met `CosineAnnealingLR` past its `T_max`, where the cosine climbs again. A widely copied training
# script runs it in this way and labels the run "with restarts". Suppose we were promised the five equal cycles
# above. Let PyTorch's restarts and PyTorch's wave run, both for cycles of $3\,T_0$ updates, and read the
# ledgers.

# %%
from torch.optim.lr_scheduler import CosineAnnealingLR

from lrlib.ledger import Ledger


def ledger_of(scheduler_class, intended, **settings):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = scheduler_class(optimizer, **settings)
    with Ledger.watch(optimizer, intended=intended) as ledger:
        for _ in range(steps):
            optimizer.step()
            scheduler.step()
    return ledger


restart = ledger_of(CosineAnnealingWarmRestarts, equal, T_0=3 * first_cycle)
wave = ledger_of(CosineAnnealingLR, equal, T_max=3 * first_cycle)
for name, ledger in {"restarts": restart, "wave": wave}.items():
    rises = np.diff(ledger.used)
    print(f"{name:8} rises in {(rises > 0).sum():3} of {len(rises)} steps, ", end="")
    print(f"by at most {rises.max():.3f}; gap to the promise {ledger.largest_gap():.3f}")

# %%
plot.lines(
    wave.steps,
    {"intended": wave.intended, "used": wave.used},
    title="A wave climbs as slowly as it falls; a restart jumps",
    alt="Five descents with vertical jumps were intended; a smooth wave of two and a half "
    "periods was used. They agree in every second descent.",
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
)

# %% [markdown]
# **We see** two curves that fall together, part, and meet again in every second descent. **This means** the
# ledger decides, not the label: a rate with restarts rises in one step per restart, by almost the whole
# height; this wave rises in two fifths of all steps, by little each time. The wave has fewer descents:
# three instead of five. **It does not mean** that waves are mistakes: Smith's cyclical rates (2017) are a
# wave of straight lines, meant that way. What the mistake costs is measured below.
#
# ## A restart formula that is undefined at the start
#
# The copied snippet of lessons 00, 06 and 07 also restarts. In our words: keep a list of the restarts, look up
# the latest one, and count from there.

# %%
from torch.optim.lr_scheduler import LambdaLR


def copied_factor(t, restarts):
    latest = np.searchsorted(restarts, t, side="right") - 1  # index of the latest restart
    length = restarts[latest + 1] - restarts[latest]
    return (1 + math.cos(math.pi * (t - restarts[latest]) / length)) / 2


known = np.cumsum([first_cycle * 2**i for i in range(8)])  # T_0, 3 T_0, 7 T_0, ...
broken = ledger_of(LambdaLR, doubling, lr_lambda=lambda t: copied_factor(t, known))
gap = np.abs(broken.intended - broken.used)
meant, used = broken.intended[:first_cycle].mean(), broken.used[:first_cycle].mean()
print(f"mean rate of the first cycle: intended {meant:.4f}, used {used:.4f}")
print(f"largest gap after the first cycle: {gap[first_cycle:].max():.4f}")
title = "Before the first restart there is no latest restart"
alt = (
    "Both rates agree from the second cycle on; in the first, the used one is flat at zero."
)
curves = {"intended": broken.intended, "used": broken.used}
plot.lines(broken.steps, curves, title, alt, "step (optimizer updates)", "rate / base_lr")

# %% [markdown]
# **We see** a first cycle at a rate of nearly zero, and exact agreement afterwards. **This means** that the
# formula has no answer before the first restart: the index is $-1$, which Python reads as *the last* entry
# of the list, far in the future. The code counts back from there. **It does not mean** that the lookup is
# wrong; the list is. It lacks the restart at step 0. In other versions of the pattern $t/T_0$ goes into a
# logarithm, which is $-\infty$ at $t = 0$. You repair the list in exercise 2.
#
# ## The training effect, judged fairly
#
# Five schedules with the same number of updates, each with a peak of its own, tuned on other seeds: one long
# cosine, doubling restarts, five equal cycles, the wave that was used in their place, and one that stays at its
# peak until the last of the equal cycles begins. All of them end in a valley.
#
# **Predict.** Which ends lower, *one cosine* or the *equal restarts*, or can this experiment *not tell*?

# %%
my_prediction = None  # "one cosine", "equal restarts" or "not tell": yours, before you run

# %%
from lrlib import stats, tasks, train
from lrlib.course import check
from lrlib.schedules import constant

task = tasks.get("digits", label_noise=label_noise)
half = 3 * first_cycle
shapes = {
    "one cosine": cosine(1, 0, steps),
    "doubling restarts": doubling,
    "equal restarts": equal,
    "wave": (cosine(1, 0, half) >> cosine(0, 1, half)).loop(),
    "hold, last cycle": constant(1, 4 * half) >> cosine(1, 0, half),
}
peaks = [0.08, 0.16, 0.32, 0.64, 1.28]
tuned = train.tune(task, shapes, peaks, seeds=range(1000, 1008), steps=steps)
judged = train.judge(task, tuned, seeds=range(n_seeds))
ends = judged.losses()
verdict = stats.compare(ends["one cosine"], ends["equal restarts"]).verdict
found = {"better": "one cosine", "worse": "equal restarts"}.get(verdict, "not tell")
check.category(
    my_prediction,
    found,
    ("one cosine", "equal restarts", "not tell"),
    "the text below the table",
)

# %%
ranking = stats.ranking(judged)
ranking["peak"] = tuned.peaks
print(stats.headline(ranking))
ranking.round(4)

# %% [markdown]
# The table holds held-out loss in nats after the last update, lowest first, and each schedule's paired
# difference to the reference, the schedule that was best on the *tuning* seeds. If the first row is *better* than the reference, the tuning seeds chose a reference
# that the judging seeds did not confirm; with few tuning seeds that happens.
#
# Suppose that the equal restarts end above the long cosine. Two explanations fit. **The early cycles**: low rates
# travel little, and jumps undo what they gained; the remedy is to leave them out. **The last descent**, a fifth
# of the run, is too short; the remedy is a longer one. The last of our schedules has no early cycles and the same
# short descent. Compare it with the equal restarts, and these with the doubling ones:

# %%
losses, runs = judged.losses(), judged.ledgers()
for other in ("hold, last cycle", "doubling restarts"):
    found = stats.compare(losses[other], losses["equal restarts"])
    print(f"{other:17} minus equal restarts:", found)

# %% [markdown]
# *Better* in the first line speaks for the early cycles, *better* in the second for the last descent. Both
# may be true; *cannot tell* is evidence for nothing (the next cell has more pairs for the second). Now what
# was promised against what runs:

# %%
from dataclasses import replace

from lrlib.evidence import sweeps

stored = sweeps.load("decays-digits")  # made by: python -m lrlib sweep decays-digits
equal_64, wave_64 = stored.judged.result[-2:, 0]  # T_0 = 20, finer grid of peaks
mistake = stats.compare(losses["wave"], losses["equal restarts"])
print("wave minus equal restarts, here:  ", mistake)
print("wave minus equal restarts, stored:", stats.compare(wave_64, equal_64))
print("doubling minus equal, stored:", stats.compare(stored.judged.result[-3, 0], equal_64))
plot.house(  # without schedules: both are cycles, and would have one colour
    {
        name: [replace(run, schedule=None) for run in runs[name]]
        for name in ("wave", "equal restarts")
    },
    title=f"The wave against the restarts it is taken for: {mistake.verdict}",
    alt="Above, five descents with jumps, and a wave, at their tuned peaks. Below, their "
    f"mean losses; they end at {losses['equal restarts'].mean():.3f} and {losses['wave'].mean():.3f}.",
)

# %% [markdown]
# **We see** the two at their own peaks, and below the loss going up and down with the rate. **This means** what
# the printed verdicts say about *this* mistake, at the end of the last valley; the second has more pairs.
# **It does not mean** that the label did not matter if they are *cannot tell*: stop the two runs at another step and they differ by
# as much as a valley from a hill. And whoever reads "with restarts" learns nothing about restarts from a wave.
#
# ## What happens at a restart
#
# Train the first two schedules once more at their tuned peaks and take the held-out loss four times per
# $T_0$. How does it change in the first quarter of $T_0$ after each restart?

# %%
two = {
    name: tuned.peaks[name] * shapes[name] for name in ("one cosine", "doubling restarts")
}
close = train.sweep(task, two, 1.0, judged.seeds, steps=steps, evaluations=60)


def after(which, cycles):
    """Held-out losses of all seeds after `cycles` times T_0 updates, in quarters."""
    return close.heldout_loss[which, 0, :, round(4 * cycles) - 1]


jumps = {r: stats.compare(after(1, r + 0.25), after(1, r)) for r in (1, 3, 7)}
for r, jump in jumps.items():
    print(f"restart at {r * first_cycle:3}: before {after(1, r).mean():.3f}, change {jump}")
worse = sum(jump.verdict == "worse" for jump in jumps.values())
plot.house(
    close,
    title=f"The loss is clearly worse right after {worse} of 3 restarts",
    alt="Above, one cosine and four doubling cycles. Below, their losses with intervals.",
)

# %% [markdown]
# **We see** above the two rates, below the mean held-out loss with its interval. In each printed line, a
# positive change means that the loss rose. **This means**, where the verdict is *worse*, that the restart
# threw away for the moment what the low rate had gained: back at the peak, the weights move by large noisy
# steps again. Early in the run there may be little to lose yet. **It does not mean** that the whole cycle
# was in vain; compare the valleys.
#
# What does it cost to stop at the wrong time? Stop at the end of cycle 2 (counted from 0), a quarter or
# half way into the next one, or at its end, and compare with the long cosine *cut at the same update*.

# %%
stops = {7: "end of cycle 2", 9: "a quarter later", 11: "half way", 15: "end of cycle 3"}
for r, where in stops.items():
    loss, minus_cosine = after(1, r).mean(), stats.compare(after(1, r), after(0, r))
    print(f"{r * first_cycle:3}, {where:15}: {loss:.3f}, minus cosine {minus_cosine}")
print("a quarter later, minus end of cycle 2:", stats.compare(after(1, 9), after(1, 7)))

# %% [markdown]
# The last line is a run that had *more* updates against the same run stopped earlier. If it says *worse*,
# stopping in mid-cycle cost more than those updates were worth. The first line tests a usual argument for
# restarts: they leave a good model at every cycle's end, while a cosine must be finished. *Better* supports
# it. *Worse* contradicts it here: even cut before its end, the long cosine had the lower loss. *Cannot tell*
# leaves it open.
#
# A further use keeps the model from the end of each cycle and averages their predictions, a *snapshot
# ensemble* (Huang and others, 2017). The cost of training is one run; predicting costs once per snapshot.

# %% [markdown]
# ## Exercises
#
# **1, guided.** Choose cycles for a budget. A run may have `budget` updates, the first cycle has `T_0`, and each is
# `T_mult` times as long as the one before. How many *whole* cycles fit, and how many updates are left after them?
# Return both.


# %% tags=["exercise"]
def my_cycles(budget, T_0, T_mult):
    raise NotImplementedError(
        "walk from cycle to cycle, as cycle_at does, while the next one fits"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("09.1", my_cycles)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_cycles(budget, T_0, T_mult):
#     whole, left, length = 0, budget, T_0
#     while length <= left:
#         whole, left, length = whole + 1, left - length, length * T_mult
#     return whole, left
# ```
#
# `<=`: a cycle that ends exactly with the budget is whole. With 105 updates, doubling cycles that start at 20 leave
# 45 of them over; which `T_0` leaves none after three?
# </details>

# %% [markdown]
# **2, standard.** Write the step at which cycle `i` begins, for any whole `T_mult`: the sum of the $i$ cycles
# before it, as one formula without a loop. Its values for $i = 0, 1, 2, \dots$ become the list of the broken pattern above: does the ledger now agree?


# %% tags=["exercise"]
def restart_step(i, T_0, T_mult):
    if T_mult == 1:
        return i * T_0
    raise NotImplementedError("sum the geometric series T_0 * (1 + ... + T_mult**(i - 1))")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise(
    "09.2",
    restart_step,
    first_cycle=first_cycle,
    gap_with=lambda firsts: ledger_of(
        LambdaLR, doubling, lr_lambda=lambda t: copied_factor(t, firsts)
    ).largest_gap(),
)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def restart_step(i, T_0, T_mult):
#     if T_mult == 1:
#         return i * T_0
#     return T_0 * (T_mult**i - 1) // (T_mult - 1)
# ```
#
# Multiply the sum by `T_mult - 1`: all terms but the first and the last cancel. The division leaves no
# remainder, so `//` is exact; at `T_mult = 3` the fifth restart is at `121 * T_0`. For `i = 0` the value is
# 0: the entry that the broken list lacked.
# </details>

# %% [markdown]
# **3, open.** The long cosine above was cut off; a fair rival at each cycle's end is a cosine made for exactly
# that many updates. For each end of a doubling cycle, tune and train such a cosine, and compare it with the
# restarts at the same update. (You know that it is right when the cosine made for the whole run repeats the row
# "one cosine" above.) The restarts need one run for all ends, the cosines one each. Which differences
# can you tell, and would you pay for them?
#
# ## Summary
#
# You can now
#
# - write cosine decay with warm restarts and find the cycle of a step with whole numbers only;
# - say why a logarithm may miss a restart, and what that costs;
# - tell a restart from a wave: one large jump per cycle, or many small rises;
# - find a formula that is undefined before its first restart, by reading the ledger;
# - measure what a restart does to the loss, and what it costs to stop in mid-cycle.
#
# **What this does not show.** One data set, one small network, plain SGD, few and short cycles, peaks from a
# coarse grid. Restarts were proposed for runs of hundreds of epochs with momentum, and their best reported
# results used snapshots; neither was tried here. The order in the table need not survive another run length:
# set `first_cycle = 60` and see.

# %% [markdown]
# ## Quiz
#
# **1. `T_0 = 10`, `t_mult = 2`. At which step does the third restart happen?**
#
# - (a) 70
# - (b) 30
# - (c) 40
#
# <details><summary>Answer</summary>
#
# (a): 10 + 20 + 40. (b) would be three equal cycles, and here is the second restart. (c) is the length of the
# third cycle, not the step at its end.
# </details>
#
# **2. In a ledger of 1,000 steps the rate rises in 480 of them, never by more than 0.02 of the peak.
# This is**
#
# - (a) a schedule with 480 restarts
# - (b) a wave
# - (c) a schedule with warm restarts
#
# <details><summary>Answer</summary>
#
# (b): it climbs about as long as it falls. (c) would rise in a few steps, each by nearly the whole peak.
# (a) would leave about two steps a cycle on average, and its jumps would be large.
# </details>
#
# **3. Your budget ends in the middle of a cycle. The best use of what this lesson measured is**
#
# - (a) restart early so that the rate is high at the end
# - (b) plan the cycles so that one ends with the budget
# - (c) stop there, more updates are better
#
# <details><summary>Answer</summary>
#
# (b). (c) ignores that a quarter into the next cycle the loss can be above the last valley. (a) ends at the
# largest noise of all.
# </details>
#
# ## References
#
# - Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*,
#   [arXiv:1608.03983](https://arxiv.org/abs/1608.03983), section 3, eq. 5: the formula, $T_0$ and
#   $T_\mathrm{mult}$.
# - Smith 2017, *Cyclical Learning Rates for Training Neural Networks*,
#   [arXiv:1506.01186](https://arxiv.org/abs/1506.01186), section 3.1: cycles as a wave of straight lines.
# - Huang and others 2017, *Snapshot Ensembles: Train 1, Get M for Free*,
#   [arXiv:1704.00109](https://arxiv.org/abs/1704.00109), section 3: one model kept per cycle.
# - PyTorch documentation,
#   [CosineAnnealingWarmRestarts](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html):
#   `step()` and `step(epoch)`.

# %% [markdown] tags=["navigation"]
# [Previous: 08 Cosine decay](08_cosine_decay.ipynb) | [All lessons](../../README.md) | [Next: 10 One-cycle](10_one_cycle.ipynb)
