# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 Cosine decay
#
# *After this you can write cosine decay from memory, say what T does, and spot a cosine that climbs again.*
#
# Needs 00, 04, 07 - 50 min - computes in under 15 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run, 100..2000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## From a straight line to half a wave
#
# Linear decay (lesson 07) leaves its peak at once and arrives at zero at full speed. Cosine decay changes
# both ends: it lingers at the top, falls fastest in the middle, and lands softly. It was introduced together
# with restarts by Loshchilov and Hutter (2017); it is now often used without them.
#
# Let $p = t/T$ be the fraction of the run that is over. We want a factor $f(p)$ that starts at 1, ends at 0,
# and is flat at both ends, so $f'(0) = f'(1) = 0$. The cosine does that over half a period: $\cos(\pi p)$
# goes from $1$ to $-1$, and its slope is zero at both. Shift it up by one and halve it:
#
# $$\mathrm{rate}(t) = \mathrm{base\_lr} \cdot \frac{1 + \cos(\pi t / T)}{2}, \qquad 0 \le t \le T.$$

# %%
import math


def cosine_factor(t, T):
    return (1 + math.cos(math.pi * t / T)) / 2


[round(cosine_factor(t, 8), 4) for t in range(9)]

# %% [markdown]
# Read the list from both ends: $f(p) + f(1 - p) = 1$. The curve is symmetric about its middle, where it is
# exactly one half. So cosine and linear decay have *the same average*: over a whole run both spend half of
# `base_lr` per step. They differ in when they spend it.

# %%
from lrlib import plot
from lrlib.schedules import cosine, linear

pair = {"linear": linear(1, 0, steps), "cosine": cosine(1, 0, steps)}
plot.schedules(pair, steps, title="Cosine stays high early and low late")

# %% [markdown]
# **We see** two curves that cross at half time: cosine is above the line before, below it after.
# **This means** more steps at nearly the full rate, and more steps at a nearly vanished one.
# **It does not mean** that cosine trains better. That is a question for an experiment, below.
#
# ## Predict: how much is spent by half time?
#
# Add up the rates of a run: its *reach* (lesson 06). Linear decay has spent 75 % of its reach by half time.
# What fraction has cosine spent? Write your number first, as a fraction between 0 and 1.

# %%
my_prediction = None  # fraction of the reach spent in the first half: your number

# %%
from lrlib.course import check

spent = cosine(1, 0, steps).values(steps)
first_half = spent[: steps // 2].sum() / spent.sum()
check.reconcile(my_prediction, first_half, tolerance=0.02, reread="the next paragraph")

# %% tags=["answer"]
print(f"spent by half time: {first_half:.1%}")

# %% [markdown]
# The exact answer for many steps is an integral:
# $\int_0^{1/2} \frac{1 + \cos \pi p}{2}\,dp = \frac14 + \frac{1}{2\pi}$, out of a total of $\frac12$.
# The fraction is $\frac12 + \frac1\pi \approx 0.818$: the last half of the run gets less than a fifth of the
# reach. The measured number differs a little, because a run of finite length includes step 0 and not step
# $T$; the more steps, the closer.

# %% [markdown]
# ## What T does, and what the floor does
#
# $T$ is a promise: *the run ends here*. The whole curve is stretched to fit it, so every rate along the way
# depends on it. Choose $T$ too long and the run stops while the rate is still high. Choose it too short and
# the rate is zero before the run is over; in some libraries it even rises again (below).
#
# The floor is the factor at the end. In `lrlib` it is a factor of `base_lr`, so `cosine(1, 0.1, T)` ends at a
# tenth of the peak. Two things called "minimum" are different curves. A floor that is *interpolated*
# lifts the whole curve: $f_m(p) = m + (1 - m) f(p)$. A floor that *clips*, $\max(f(p), m)$, leaves
# the curve alone until it hits the floor. Libraries use both under similar words: PyTorch's `eta_min`
# interpolates, the `min_lr` of GPT-NeoX's cosine clips.

# %%
import numpy as np

from lrlib.schedules import clip

floors = {
    "no floor": cosine(1, 0, steps),
    "interpolated floor 0.1": cosine(1, 0.1, steps),
    "clipped floor 0.1": clip(cosine(1, 0, steps), low=0.1),
}
_, lifted, clipped = (schedule.values(steps) for schedule in floors.values())
gap = np.abs(lifted - clipped)
print(f"largest gap: {gap.max():.4f} of the peak, at step {gap.argmax()}")
plot.schedules(floors, steps, title="One word, two curves: a floor may lift or clip")

# %% [markdown]
# **We see** the lifted curve above both others to the end; it nears the floor only there, the clipped one
# lies on it earlier. **This means** that "cosine with minimum 0.1" names two schedules, and the gap printed
# above is the distance between them. **It does not mean** that one is wrong; say which one you have.

# %%
lengths = {
    "T = 2/3 of the run": cosine(1, 0, 2 * steps // 3),
    "T = the run": cosine(1, 0, steps),
    "T = 4/3 of the run": cosine(1, 0, 4 * steps // 3),
}
for name, schedule in lengths.items():
    print(f"{name}: last factor {schedule(steps - 1):.3f}")
plot.schedules(lengths, steps, "Too long a T stops high; too short a T idles at zero")

# %% [markdown]
# **We see** three runs of the same length that were promised three different ends. **This means** that with the
# wrong $T$ a run either stops in mid-descent, or spends its last third without learning. **It does not mean**
# that $T$ must be known to the step: near the end the curve is flat.

# %%
from lrlib.course.explore import explorer


def draw(T, floor):
    shown, title = [cosine(1, floor, T)], "What T and the floor do to a cosine"
    return plot.schedules(shown, steps, title, "A falling cosine.", y_range=(0, 1))


explorer(draw, T=(steps // 6, 2 * steps, steps), floor=(0.0, 0.5, 0.1))

# %% [markdown]
# Move `T` past the length of the run and watch where the curve is cut off; move it below and watch the held
# floor. (Where no Python runs behind the page: the figures above show three positions of `T` and two floors.)
#
# ## The training effect, judged fairly
#
# Three schedules, the same number of steps, the handwritten digits with some wrong labels. Each schedule gets its
# own peak, tuned on seeds that are not used again; a parabola through the best point of the grid and its two
# neighbours says where the peak lies between them. Then all three are trained on fresh seeds; runs with the same
# seed share initial weights, batches and wrong labels, so their differences are *paired* (lesson 04). Lesson 07
# has compared linear and cosine with many pairs. Will fewer show the same? And how far behind is the constant?
# Settle it with yourself before you go on.

# %% tags=["answer"]
from lrlib import tasks, train
from lrlib.schedules import constant

task = tasks.get("digits", label_noise=label_noise)
shapes = {
    "constant": constant(),
    "linear": linear(1, 0, steps),
    "cosine": cosine(1, 0, steps),
}
grid = [0.226 * 2 ** (k / 2) for k in range(5)]
tuned = train.tune(task, shapes, grid, seeds=range(1000, 1008), steps=steps)
for name, peak in tuned.fitted.items():
    print(f"{name:8} best peak {peak.rate:.2f}")

# %% tags=["answer"]
from IPython.display import display

from lrlib.course.finding import found

judged = train.judge(task, tuned, seeds=range(n_seeds))
readings = {
    "worse": "The line is the one to beat; the next section asks where.",
    "better": "Cosine beats the line; the next section asks where else.",
    "cannot tell": "Neither is ahead; the next section has more pairs.",
}
display(found(judged, readings, about=("cosine", "constant"), reference="linear"))
plot.forest(judged)

# %% tags=["answer"]
plot.house(judged)

# %% [markdown]
# **We see** first, for each schedule, the paired differences to the reference, the schedule that was best on the
# *tuning* seeds: a dot a seed, their mean, its 95 % interval, and the verdict, corrected for both comparisons.
# Then the runs: rates, and held-out loss in nats. **This means** what the sentence above says and no more: who
# ends lower, here, at this length. **It does not mean** that settings which cannot be told apart are equal: a
# few pairs on a small network can miss a small difference. Nor does *worse* here mean worse everywhere.
#
# Note the peaks: they need not agree. Comparing all three at one shared peak would have mixed the effect of
# the peak with that of the shape.
#
# ## Linear or cosine: what decides?
#
# The comparison of cosine and linear is also stored, with more pairs and more tuning seeds, in four settings.
# Two explanations why cosine might do better in one than in another. **Length**: cosine's long stretch at the
# peak needs steps to spare; then doubling the steps alone must change the difference. **Momentum**, which keeps
# a part of the last update: it smooths the noise, so the end matters less; then momentum alone must change it.

# %%
from lrlib import stats
from lrlib.evidence import sweeps

settings = {
    "300 steps": "decays-digits",
    "600 steps": "linear-cosine-long",
    "300 with momentum": "linear-cosine-momentum",
    "600 with momentum": "linear-cosine-long-momentum",
}
wave, line = "cosine(1, 0, T)", "linear(1, 0, T)"
gap, error = {}, {}
for setting, name in settings.items():  # made by: python -m lrlib sweep NAME
    losses = sweeps.load(name).judged.losses()
    gap[setting] = losses[wave] - losses[line]
    error[setting] = losses.peak_error(wave, line)  # what its tuning leaves open
none = 0 * gap["300 steps"]
each = {name: stats.compare(gap[name], none, also=error[name]) for name in settings}
stats.family(each)[["difference", "ci_low", "ci_high", "n", "verdict"]].round(4)

# %%
changes = {"twice the steps": [-1, 1, -1, 1], "momentum": [-1, -1, 1, 1]}
gaps, open_to = list(gap.values()), np.linalg.norm(list(error.values())) / 2
moved = {
    change: stats.compare(np.dot(signs, gaps) / 2, none, also=open_to)
    for change, signs in changes.items()
}
moved = stats.family(moved)
favour = ", ".join(moved.index[moved["verdict"] == "better"]) or "nothing that was tried"
print("Found here: what moves the difference in favour of cosine:", favour)
moved[["difference", "ci_low", "ci_high", "n", "alone", "verdict"]].round(4)

# %% [markdown]
# The first table says who is lower in each setting, corrected for the four: the difference is cosine minus
# linear, so *better* is better for cosine. The second is the intervention, corrected for its two. Each change was
# made twice, with and without the other; the seeds stay the same, and the number is how far the difference moved,
# averaged over the two. *Better* means that the change favours cosine, and names the explanation that holds;
# *cannot tell* is no evidence for the other. Where length is named, *the gap depends on the budget*: a ranking at
# one length need not hold at another. (How these two questions are put to the four settings was chosen with the
# numbers in view. Taken one by one, the changes from one setting to the next are not told from zero after
# correction; so count the second table as a hint to be tested.)
#
# ## A cosine that climbs again
#
# PyTorch's `CosineAnnealingLR` does not stop at `T_max`. The formula is a wave, and after half a period a
# wave goes up. Nothing warns. Two ways to fall in: the run is longer than `T_max`, or `T_max` is given in
# *epochs* (passes over the data) while the scheduler is stepped after every *batch*. Below, a run has 300
# updates: 10 epochs of 30 batches. Once `T_max` is 250, a run that is a little too long; once it is 10.

# %%
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from lrlib.ledger import Ledger


def ledger_with(T_max):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=T_max)
    with Ledger.watch(optimizer, intended=cosine(1, 0, 300), base_lr=0.5) as ledger:
        for _ in range(300):
            optimizer.step()
            scheduler.step()
    return ledger


for T_max in (300, 250, 10):
    used = ledger_with(T_max).used
    rises = np.diff(used) > 0
    valleys = (rises[1:] & ~rises[:-1]).sum()
    print(f"T_max={T_max:3}: rises in {rises.sum():3} of 299 steps, valleys: {valleys}")

# %%
ledger = ledger_with(10)
plot.lines(
    ledger.steps,
    {"intended": ledger.intended, "used": ledger.used},
    title="The rate used is a wave, not a decay",
    xlabel="step (optimizer updates)",
    ylabel="rate",
)

# %% [markdown]
# **We see** the intended half cosine, and a rate that turns round every ten updates. **This means** the clock
# was wrong by a factor of the batches per epoch. **It does not mean** that PyTorch computed a wrong value:
# past `T_max` it continues the formula. In `lrlib` a schedule that is over holds its last value, and only an
# explicit `.loop()` starts again.
#
# So two explanations fit a rate that rises, and each predicts its own remedy. A wrong unit is cured by
# multiplying `T_max` by the batches per epoch; a run that is too long needs only as much more `T_max` as it
# overran. The printed lines tell them apart: a run that is a little too long has one valley, near its end; a
# wrong unit has many, evenly spaced. In exercise 2 both meet.
#
# ## In your own program
#
# Cosine decay over the `T` updates of a run, from `base_lr` to zero:
#
# | | |
# |---|---|
# | PyTorch | `CosineAnnealingLR(optimizer, T_max=T)`, and `scheduler.step()` after every `optimizer.step()` |
# | `lrlib` in the same loop | `ScheduleLR(optimizer, cosine(1, 0, T))` |
# | Hugging Face | `lr_scheduler_type="cosine"`, or `get_cosine_schedule_with_warmup(optimizer, 0, T)` |
# | Keras | `CosineDecay(base_lr, decay_steps=T)` |
# | optax | `cosine_decay_schedule(base_lr, decay_steps=T)` |

# %%
import pandas as pd

from lrlib.schedules import parse

rows = {}
for library in ("torch", "hf", "keras", "optax"):
    length = "total_steps" if library in ("torch", "hf") else "decay_steps"
    factors = parse(f"{library}.cosine({length}=300)").values(400)
    gap = abs(factors - cosine(1, 0, 300).values(400))
    rows[library] = {
        "gap within the run": gap[:300].max(),
        "100 updates later": factors[-1],
    }
pd.DataFrame.from_dict(rows, orient="index").round(4)

# %% [markdown]
# Within the run all agree; the table shows what each does when the run goes on for a third longer. So the trap
# is `T`: count it in calls of `step()`, and let no run outlast it. Both faults hang in
# [lesson 23](23_museum_of_broken_schedules.ipynb): *T_max counts epochs, step() is called every batch*, and *The
# run goes on after T_max*.
#
# ## Exercises
#
# **1, guided.** The formula above starts at once, at 1, and ends at 0. Write the factor of a schedule that
# first stays at `start` for `hold` updates, then follows half a cosine, is at `end` at update `T`, and stays
# there. Two lines are missing. (The waiting counts: the descent itself has `T - hold` updates.)


# %% tags=["exercise"]
def my_cosine(t, start, end, hold, T):
    raise NotImplementedError(
        "p: the part of the descent that is over, 0..1; then start, end and the wave"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("08.1", my_cosine)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_cosine(t, start, end, hold, T):
#     p = min(max((t - hold) / (T - hold), 0), 1)
#     return end + (start - end) * (1 + math.cos(math.pi * p)) / 2
# ```
#
# At p = 0 the bracket is 1 and the value is `start`; at p = 1 it is 0 and the value is `end`. `max` makes it
# wait, `min` makes it stay. In `lrlib` this is `constant(start, hold) >> cosine(start, end, T - hold)`.
# </details>

# %% [markdown]
# **2, standard.** A colleague sends you the program below. It should train `epochs` epochs of `batches` batches,
# with one descent from 0.5 to zero, and then `extra` updates more at the rate where the descent ended, at zero.
# Its first update should have the full rate. Three things are wrong; each alone leaves a trace in the ledger.
# Delete the line that stops it, and repair the program.


# %% tags=["exercise"]
def my_program(epochs, batches, extra):
    raise NotImplementedError(
        "delete this line; which unit, which order, and what happens after the end?"
    )
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(epochs * batches + extra):
            scheduler.step()
            optimizer.step()
    return ledger.used


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("08.2", my_program)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_program(epochs, batches, extra):
#     optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
#     scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches)
#     with Ledger.watch(optimizer) as ledger:
#         for t in range(epochs * batches + extra):
#             optimizer.step()
#             if t < epochs * batches:
#                 scheduler.step()
#     return ledger.used
# ```
#
# The scheduler is stepped once per batch, so its clock counts batches. It writes the rate of the *next* update,
# so the optimizer comes first. And a wave does not stay at its valley: whoever goes on must stop calling it.
# </details>

# %% [markdown]
# **3, open.** Loshchilov and Hutter compared cosine with step decay, not with other smooth shapes. Take one
# with flat ends that is *not* a cosine, such as $f(p) = 1 - 3p^2 + 2p^3$, and compare it with cosine the way
# this lesson did. A new shape is a few lines:
#
# ```python
# from lrlib.schedules import Schedule
#
# class Smooth(Schedule):
#     steps: int
#
#     def multiplier(self, t):  # t: an array of steps, already within 0..steps
#         p = t / self.steps
#         return 1 - 3 * p**2 + 2 * p**3
# ```
#
# You know that the shape is right when it starts at 1, is one half at half time, and its `steps` values add up
# to `(steps + 1) / 2`, as those of cosine do. What verdict do you expect, given what you saw for linear?
#
# ## Summary
#
# You can now
#
# - write cosine decay: half a period of $(1 + \cos)/2$, from `start` to `end` in `T` steps;
# - say what it spends when: $\frac12 + \frac1\pi$ of its reach by half time;
# - tell an interpolated floor from a clipped one;
# - recognise a cosine that climbs again in a ledger, and repair the program that made it.
#
# **What this does not show.** One data set, one small network, two run lengths. The peaks of the runs on this
# page were tuned on few seeds; the intervals count that doubt. Nothing here says that cosine is better or worse
# than linear for a model of another kind or size.
#
# ## Quiz
#
# **1. At `t = T/2`, cosine decay from 1 to 0 has the value**
#
# - (a) 0.5
# - (b) 0.71
# - (c) 0.25
#
# <details><summary>Answer</summary>
#
# (a). (b) is $\cos(\pi/4)$: a quarter period, but the schedule uses half a period, shifted and halved.
# (c) would be $(1 - p)^2$.
# </details>
#
# **2. Your run is extended from 300 to 400 steps, `T` stays 300. With `lrlib` the rate in the last
# 100 steps**
#
# - (a) rises
# - (b) raises an error
# - (c) stays at the floor
#
# <details><summary>Answer</summary>
#
# (c). A schedule that is over holds. (a) is what PyTorch's own scheduler does. (b) would lose a running job.
# </details>
#
# **3. The interval of cosine minus linear is [-0.011, 0.013]. You may say**
#
# - (a) this experiment cannot tell them apart
# - (b) cosine is worse by 0.001
# - (c) they are equal
#
# <details><summary>Answer</summary>
#
# (a). (c) would need a bound on how large a difference matters, chosen beforehand. (b) reads the middle of an interval
# as if it had no width.
# </details>
#
# ## References
#
# - Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*,
#   [arXiv:1608.03983](https://arxiv.org/abs/1608.03983), section 3, eq. 5: the formula, there with restarts.
# - PyTorch documentation, [CosineAnnealingLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html):
#   the formula, and that it does not restart.

# %% [markdown] tags=["navigation"]
# [Previous: 07 Linear to zero](07_linear_to_zero.ipynb) | [All lessons](index.ipynb) | [Next: 09 Cycles and warm restarts](09_cycles_and_restarts.ipynb)
