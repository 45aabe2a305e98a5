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
# Needs 00, 04, 08 - 55 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
first_cycle: int = 20  # updates in the first cycle, T_0; a run has 15 times as many, 10..60
n_seeds: int = 12  # judging seeds, the pairs of the comparison, 6..64
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
plot.schedules(
    {"t_mult=2": doubling, "five equal cycles": equal},
    steps,
    title="Cycles of one length, or each twice as long as the one before",
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
    last = f"{400 - starts[-1]} of 400 updates are in the last cycle"
    return plot.schedules([schedule], 400, last, y_range=(0, 1))


explorer(draw, T_0=(5, 200, 20), t_mult=(1, 4, 2))

# %% [markdown]
# (Without a running kernel: the figure above shows two of these settings.)
#
# ## The restart that a logarithm misses
#
# `cycle_at` walks. It is tempting to jump: with $T_\mathrm{mult} = 3$, the first $i$ cycles last
# $T_0\,(3^i - 1)/2$ updates. Set this equal to $t$ and solve: $i = \log_3(2t/T_0 + 1)$, rounded down. On paper
# this is exact. On a computer, which rounds, a logarithm that should be 5 can come out a hair below 5, and
# rounding down makes it 4.
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
# Look for a row whose logarithm is not the number of the restart. There, a search by logarithm believes that the
# old cycle has just come to its end: rate 0 instead of 1. If `step(epoch)` shows the same 0, the PyTorch that ran
# this page searches that way; `step()` counts whole numbers and is right. One update at rate 0 is little; a whole
# epoch, if the scheduler steps per epoch, is not. The remedy is the loop you read above: integer sums cannot round.
#
# ## A wave is not a restart
#
# Lesson 08 met `CosineAnnealingLR` past its `T_max`, where the cosine climbs again. A widely copied script runs
# it in this way and calls that "with restarts". Suppose we were promised the five equal cycles above. Let
# PyTorch's restarts and PyTorch's wave run, both for cycles of $3\,T_0$ updates, and read the ledgers.

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
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
)

# %% [markdown]
# **We see** two curves that fall together, part, and meet again in every second descent. **This means** the
# ledger decides, not the label: a rate with restarts rises in one step per restart, by almost the whole
# height; this wave rises in two fifths of all steps, by little each time, and has three descents instead of five.
# **It does not mean** that waves are mistakes: Smith's cyclical rates (2017) are a wave of straight lines, meant
# that way. What the mistake costs is measured below.
#
# ## A restart formula that is undefined at the start
#
# The copied snippet of lessons 00 and 06 also restarts. In our words: keep a list of the restarts, look up
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
plot.lines(
    broken.steps,
    {"intended": broken.intended, "used": broken.used},
    title="Before the first restart there is no latest restart",
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
)

# %% [markdown]
# **We see** a first cycle at a rate of nearly zero, and exact agreement afterwards. **This means** that the
# formula has no answer before the first restart: the index is $-1$, which Python reads as *the last* entry
# of the list, far in the future. The code counts back from there. **It does not mean** that the lookup is
# wrong; the list is. It lacks the restart at step 0. In other versions of the pattern $t/T_0$ goes into a
# logarithm, which is $-\infty$ at $t = 0$. You repair the list in exercise 2.
#
# ## The training effect, judged fairly
#
# Five schedules with the same number of updates, each at a peak of its own, tuned on other seeds: one long
# cosine, doubling restarts, five equal cycles, the wave that was used in their place, and one that holds its
# peak and then makes only the last of the equal cycles. All of them end in a valley.
#
# **Predict.** Order three of them by their last held-out loss, lowest first: *one cosine*, *equal restarts* and
# *last cycle only*. What speaks for many descents, and what against them? Write your order below the tuned peaks.
# (Only pairs that the experiment can tell apart will count.)

# %%
from lrlib import tasks, train
from lrlib.schedules import constant

task = tasks.get("digits", label_noise=label_noise)
half = 3 * first_cycle
shapes = {
    "one cosine": cosine(1, 0, steps),
    "doubling restarts": doubling,
    "equal restarts": equal,
    "wave": (cosine(1, 0, half) >> cosine(0, 1, half)).loop(),
    "last cycle only": constant(1, 4 * half) >> cosine(1, 0, half),
}
peaks = [0.226 * 2 ** (k / 2) for k in range(5)]
tuned = train.tune(task, shapes, peaks, seeds=range(1000, 1008), steps=steps)
judged = train.judge(task, tuned, seeds=range(n_seeds))
for name, best in tuned.fitted.items():
    print(f"{name:17} tuned peak {best.rate:.3f}")

# %%
my_prediction = None  # the three names in a list, lowest loss first: yours, before you run

# %%
from itertools import combinations

from IPython.display import display

from lrlib import stats
from lrlib.course import check
from lrlib.course.finding import found
from lrlib.evidence import sweeps

ends = judged.losses()
three = ["one cosine", "equal restarts", "last cycle only"]
three.sort(key=lambda name: ends[name].mean())
pairs = {
    (a, b): stats.compare(ends[a], ends[b], also=ends.peak_error(a, b))
    for a, b in combinations(three, 2)
}
real = stats.family(pairs).verdict != "cannot tell"
check.order(
    my_prediction, three, told=real.index[real], reread="the text after the next figure"
)

# %% tags=["answer"]
readings = {
    "better": "Holding has the same last descent, so the cycles before it cost more than they brought.",
    "worse": "Holding has the same last descent, so the cycles before it were worth having.",
    "cannot tell": "The cycles before the last descent show no effect here, good or bad.",
}
about = ["last cycle only", "one cosine", "doubling restarts", "wave"]
display(found(judged, readings, about=about, reference="equal restarts"))
plot.forest(judged, reference="equal restarts")

# %% [markdown]
# **We see** a dot for each seed: the held-out loss of a schedule minus that of the equal restarts with the same
# seed; mean, 95 % interval, and the verdict, corrected for all four comparisons. **This means** more than who won.
# If equal restarts end high, two explanations fit. **The early cycles**: low rates travel little, and jumps undo
# what was gained; then leaving them out helps, and *last cycle only* is better. **The last descent**, a fifth of
# the run, is too short; then the doubling cycles, whose last descent is half of the run, are better. Both may be
# true. **It does not mean** that restarts are worse everywhere; these runs are short.
#
# And what did the mistake cost, the wave in place of the restarts? A stored sweep (`python -m lrlib sweep
# decays-digits`) has the same schedules, more rivals, four times the tuning seeds, and 64 pairs. Where it differs
# from the figure, believe it.

# %%
names = [*"123456", "one cosine", "doubling restarts", "equal restarts", "wave"]
stored = sweeps.load("decays-digits", labels=names).judged
readings = {
    "better": "The wave that was run by mistake ends lower than what was promised.",
    "worse": "The mistake cost loss, at the end of the last valley.",
    "cannot tell": "At the end of the last valley, the mistake is not seen.",
}
found(stored, readings, about=["wave", "doubling restarts"], reference="equal restarts")

# %% [markdown]
# This holds for the *last* step. Stop the two at another one and they differ by as much as a valley from a hill.
# And whoever reads "with restarts" learns nothing about restarts from a wave.
#
# ## What happens at a restart
#
# Train the first two schedules once more at their tuned peaks and take the held-out loss four times per
# $T_0$. How does it change in the first quarter of $T_0$ after each restart?

# %%
two = {
    name: tuned.fitted[name].rate * shapes[name]
    for name in ("one cosine", "doubling restarts")
}
close = train.sweep(task, two, 1.0, judged.seeds, steps=steps, evaluations=60)


def after(which, cycles):
    """Held-out losses of all seeds after `cycles` times T_0 updates, in quarters."""
    return close.heldout_loss[which, 0, :, round(4 * cycles) - 1]


rows = {r * first_cycle: stats.compare(after(1, r + 0.25), after(1, r)) for r in (1, 3, 7)}
jumps = stats.family(rows)
higher = (jumps.verdict == "worse").sum()
most = jumps.difference.max()
print(
    f"Found here: the loss rises after {higher} of 3 restarts, by {most:.2f} nats at most."
)
jumps[["difference", "ci_low", "ci_high", "verdict"]].round(2)

# %%
plot.house(
    close,
    title="One descent, and four cycles that double",
)

# %% [markdown]
# **We see** above the two rates, below a line a run. In the table, a positive difference means that the loss
# rose, corrected for the three rows. **This means**, where it says *worse*, that the restart threw away for the
# moment what the low rate had gained: back at the peak, the weights move by large noisy steps again. Early in the
# run there may be little to lose yet. **It does not mean** that the whole cycle was in vain; compare the valleys.
#
# What does it cost to stop at the wrong time? Stop at the end of cycle 2 (counted from 0), a quarter or half way
# into the next one, or at its end, and compare with the long cosine *cut at the same update*. The last row
# compares the restarts with themselves: more updates against fewer. (Corrected for all five.)

# %%
stops = {7: "end of cycle 2", 9: "a quarter later", 11: "half way", 15: "end of cycle 3"}
rows = {name: stats.compare(after(1, r), after(0, r)) for r, name in stops.items()}
rows["a quarter later, minus end of cycle 2"] = stats.compare(after(1, 9), after(1, 7))
cuts = stats.family(rows)
first, *_, last = cuts.itertuples()
print(
    f"Found here: restarts minus cosine, cut after cycle 2: {first.difference:+.2f}, {first.verdict};"
)
print(
    f"a quarter of a cycle more changes restarts by {last.difference:+.2f}, {last.verdict}."
)
cuts[["difference", "ci_low", "ci_high", "verdict"]].round(2)

# %% [markdown]
# The first row tests a usual argument for restarts: they leave a good model at every cycle's end, while a cosine
# must be finished. *Better* supports it; *worse* contradicts it here: even cut before its end, the long cosine
# was lower. *Worse* in the last row: stopping in mid-cycle cost more than the additional updates were worth;
# *cannot tell*: these pairs do not show it.
#
# A further use keeps the model from the end of each cycle and averages their predictions, a *snapshot
# ensemble* (Huang and others, 2017). The cost of training is one run; predicting costs once per snapshot.
#
# ## In your own loop
#
# Count in *updates*, call `step()` after each one, without an argument, and let a cycle end with the run:
#
# ```python
# scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=20 * batches_per_epoch, T_mult=2)
# ```
#
# Equal cycles after a warm-up: `get_cosine_with_hard_restarts_schedule_with_warmup(..., num_cycles=5)` in Hugging
# Face's transformers (`lr_scheduler_type="cosine_with_restarts"`). Keras has `CosineDecayRestarts`, which doubles
# by default (`t_mul=2.0`); optax has `sgdr_schedule`, which takes a list of descents. **The trap**: transformers'
# plain `cosine` has a `num_cycles`, too, and makes a wave. The exhibit *missed-restart* of
# [lesson 23](23_museum_of_broken_schedules.ipynb) is the logarithm from above.

# %%
from IPython.display import Markdown

measured = found(stored, about="equal restarts", reference="one cosine").sentence
Markdown(
    f"""> **Do this.** If you know the budget, make one descent to zero; take restarts only for a reason of their
> own, such as snapshots, and let a cycle end with the run. Here: {measured} That is one small task, without momentum
> (lesson 10 has it); published gains were reported for runs of hundreds of epochs."""
)

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
# **What this does not show.** One data set, one small network, plain SGD, few and short cycles. Restarts were
# proposed for runs of hundreds of epochs with momentum, and their best reported results used snapshots; neither
# was tried here. The order in the figure need not survive another run length: set `first_cycle = 60` and see.

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
# (b). (c) forgets how high the loss stands after a restart. (a) ends at the largest noise of all.
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
# [Previous: 08 Cosine decay](08_cosine_decay.ipynb) | [All lessons](index.ipynb) | [Next: 10 One-cycle](10_one_cycle.ipynb)
