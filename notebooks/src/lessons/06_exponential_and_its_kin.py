# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 Exponential, 1/t, 1/sqrt t
#
# *After this you can turn "divide by 10 every n steps" into code, say which decays stop early and which never
# stop shaking, and spot a decay that is fed back into itself.*
#
# Needs 01, 02, 04, 05 - 45 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run on the digits, 100..2000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Three ways to fall without an end
#
# The stairs of lesson 05 fall at a few chosen steps and hold in between. The decays of this lesson fall a little
# at every step, and none of them needs to know how long the run will be.
#
# **Exponential.** Multiply by the same $\gamma < 1$ at every step: $f(t) = \gamma^t$. A number such as
# $\gamma = 0.98855$ says little to a person; "divide by 10 every $n$ steps" says it all. Solve
# $\gamma^n = \frac1{10}$: it is $\gamma = 0.1^{1/n}$, and so $f(t) = 0.1^{t/n}$.
#
# **Inverse time**, or 1/t: $f(t) = \dfrac{1}{1 + t/\tau}$. The *timescale* $\tau$ is the step at which the
# rate has halved. The 1 keeps the first step finite.
#
# **Inverse square root**: $f(t) = \dfrac{1}{\sqrt{1 + t/\tau}}$. It has halved at step $3\tau$.
#
# In `lrlib` they are called `exponential(0.1, 200)`, "times 0.1 every 200 steps", `inverse_time(200)` and
# `inverse_sqrt(200)`; `parse` makes a schedule from such a text.

# %%
import math


def exponential_factor(t, tenth):
    return 0.1 ** (t / tenth)


def inverse_time_factor(t, timescale):
    return 1 / (1 + t / timescale)


def inverse_sqrt_factor(t, timescale):
    return 1 / math.sqrt(1 + t / timescale)


print(f"divide by 10 every 200 steps: gamma = {exponential_factor(1, 200):.6f} per step")
for t in (0, 200, 600, 2000):
    print(f"step {t:4d}: exponential {exponential_factor(t, 200):.6g}", end=", ")
    print(
        f"1/t {inverse_time_factor(t, 200):.4f}, 1/sqrt t {inverse_sqrt_factor(t, 200):.4f}"
    )

# %%
from lrlib import plot
from lrlib.schedules import exponential, parse

names = ["constant(1)", "exponential(0.1, 200)", "inverse_time(200)", "inverse_sqrt(200)"]
kin = {name: parse(name) for name in names}
plot.schedules(kin, 2000, title="On a linear axis: one looks finished, two slow")

# %%
plot.schedules(
    kin,
    2000,
    title="On a log axis: only the exponential keeps its pace",
    alt="The exponential is a straight line down to 1e-10; 1/t and 1/sqrt t bend and flatten out.",
    log_rate=True,
)

# %% [markdown]
# **We see** the same four curves twice. On the linear axis the exponential looks like zero after a quarter of
# the run. On the log axis it is a straight line; the other two bend, and each further factor of 10 takes them
# longer. **This means** that what looks like zero still differs by factors of ten. **It does not mean** that the late
# part is harmless because the rates are small: what counts is what they add up to.
#
# ## Predict: what does an endless run add up to?
#
# Add up the factors of `exponential(0.1, 200)`, not for 2,000 steps but for ever. The unit of the sum is
# *steps at full rate*. Write your number first.

# %%
my_prediction = None  # the endless sum, in steps at full rate: your number, before you run

# %%
from lrlib.course import check

measured = exponential(0.1, 200).values(100_000).sum()
check.reconcile(my_prediction, measured, tolerance=0.05, reread="the next paragraph")

# %% [markdown]
# It is a geometric series: $1 + \gamma + \gamma^2 + \dots = \dfrac{1}{1 - \gamma}$, close to
# $\dfrac{n}{\ln 10} \approx 0.434\, n$. However long the run, it is worth less than $n/2$ steps at full rate,
# once $n$ is 10 or more.
#
# That bounds how far training can get. An update moves the weights by rate times gradient. If no gradient is
# longer than $G$, all updates together move them at most `base_lr` $\cdot\, G / (1 - \gamma)$. We call the
# sum of rates the **reach**; divided by `base_lr` it counts steps at full rate. Where a minimum lies beyond
# it, no patience helps: the run *stops early*.
#
# ## Two sums
#
# The reach is what the decay can do. The noise is what it lets in: each update also moves the weights by
# rate times the gradient's random error. Independent errors add up in squares, so the variance of the total
# shake is proportional to the **sum of squared rates**. Count both, for longer and longer runs.

# %% tags=["answer"]
import pandas as pd

print(f"the endless sum: {measured:.2f} steps at full rate")
columns = pd.MultiIndex.from_product([["sum", "sum of squares"], [10_000, 1_000_000]])
table = pd.DataFrame(index=list(kin), columns=columns)
for name, schedule in kin.items():
    factors = schedule.values(1_000_000)
    table.loc[name] = [
        (factors[:n] ** power).sum() for power in (1, 2) for n in (10_000, 1_000_000)
    ]
table.astype(float).round(1)

# %% [markdown]
# A finite sum has stopped growing; an infinite one goes on, if slowly.
#
# | | sum of rates | sum of squares | so |
# |---|---|---|---|
# | exponential | finite | finite | stops early |
# | 1/t | infinite | finite | any reach, bounded shake |
# | 1/sqrt t, constant | infinite | infinite | any reach, never stops shaking |
#
# Robbins and Monro (1951) asked for the middle row: an infinite sum, to get there from anywhere, and a finite
# sum of squares, so that the noise averages out. For problems with one minimum and noise of bounded size that
# is *enough* to converge. It is not *necessary*, as the next figure suggests.
#
# We use the noisy bowl of lesson 02, with its five directions, steep (curvature 1) to nearly flat (0.01),
# and noise of strength 1. Its **expected loss**, the average over all possible noise, is computed exactly, so no
# seed is involved. The run starts far away, at 30 in every direction.

# %%
from lrlib import theory
from lrlib.ledger import Ledger

curvatures = (1.0, 0.3, 0.1, 0.03, 0.01)


def exact(schedule, start, base_lr=0.5, noise=1.0, total=2000):
    rates = base_lr * schedule.values(total)
    losses = theory.expected_loss(rates, curvatures, noise=noise, start=start)
    seen = {"heldout_steps": range(1, total + 1), "heldout_loss": losses[1:]}
    return Ledger(schedule=schedule, intended=rates, used_by_group=rates, **seen)


ledgers = {name: exact(schedule, start=30) for name, schedule in kin.items()}
for name, ledger in ledgers.items():
    half, _, last = ledger.heldout_loss[[999, 1499, 1999]]
    print(f"{name}: in its second half the loss falls by {1 - last / half:.1%}")
plot.house(
    ledgers,
    title="The same peak, four decays, from far away",
    alt="Above, four rates that start at 0.5. Below, the expected loss of each.",
    loss="expected loss",
    unit="exact",
)

# %% [markdown]
# **We see** the expected loss on the bowl, and printed above it, which lines still move in the second half.
# **This means**, for the exponential, that its reach is used up. And 1/sqrt t is still
# improving, although its sum of squares is infinite: in a bowl the slope pulls the weights back, and old
# shakes are forgotten. An infinite sum and a rate that goes to zero are enough there. **It does not
# mean** that this is a ranking: all four share one peak and are not tuned.
#
# ## Two explanations of a flat line
#
# A loss that has stopped falling may be held up by **noise**: the rate is too high. Remedy: lower rates. Or
# it may be short of **reach**: the rates are used up. Remedy: higher rates, or a slower decay. The remedies are
# opposite. Two interventions tell them apart: take the noise away (only an exact formula allows that), and
# halve the rate.

# %%
interventions = {"as run": (0.5, 1.0), "no noise": (0.5, 0.0), "half the rate": (0.25, 1.0)}
rows = {}
for name in ("constant(1)", *(f"exponential(0.1, {tenth})" for tenth in (100, 200, 400))):
    rows[name] = {
        column: exact(parse(name), 30, base_lr, noise=noise).heldout_loss[-1]
        for column, (base_lr, noise) in interventions.items()
    }
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %%
from lrlib.course.explore import explorer


def draw(tenth, timescale, start):
    shown = ["constant(1)", f"exponential(0.1, {tenth})"]
    shown += [f"inverse_time({timescale})", f"inverse_sqrt({timescale})"]
    return plot.house(
        {name: exact(parse(name), start) for name in shown},
        title="Four decays on the bowl",
        alt="Four rates above, four expected losses below.",
        loss_range=(0.01, 1000),
        loss="expected loss",
        unit="exact",
    )


explorer(draw, tenth=(50, 2000, 200), timescale=(10, 2000, 200), start=(1.0, 100.0, 30.0))

# %% [markdown]
# The constant rate's loss vanishes with the noise, and halving the rate lowers it: noise held it up. The
# exponentials hardly notice that the noise is gone, half the rate makes them worse, and the slower the decay
# the lower the loss: they were short of reach. In a direction of curvature $h$ every update multiplies the
# distance by $1 - \mathrm{rate} \cdot h$, so about $e^{-h \cdot \mathrm{reach}}$ of the start is left for ever.
#
# In the explorer, move `start` from 30 to 1: close by, reach matters less and noise more. (Without a running
# kernel: the tables above and below show the same.)
#
# ## Near and far, each at its best peak
#
# Now a fair comparison for a run of $T = 300$ steps. Let the kin end at the same rate, a tenth of the peak, and
# add an exponential that ends at a hundredth. Each gets its own best peak, from a fine grid up to 1.9, just
# below the bowl's stability limit of 2 (lesson 01); from far also from a *free* grid, up to 8.

# %%
import numpy as np


def five(T):
    names = ["constant(1)", f"exponential(0.1, {T})", f"exponential(0.01, {T})"]
    return [*names, f"inverse_time({round(T / 9)})", f"inverse_sqrt({round(T / 99)})"]


rows = {name: {} for name in five(300)}
for name, row in rows.items():
    for place, start, top in (("near", 1, 1.9), ("far", 30, 1.9), ("free", 30, 8)):
        peaks = np.geomspace(0.02, top, 80)
        rates = peaks[:, None] * parse(name).values(300)
        with np.errstate(over="ignore"):  # some losses become infinite above the limit
            losses = theory.expected_loss(rates, curvatures, start=start)[:, -1]
        row[place], row[f"{place} peak"] = losses.min(), peaks[losses.argmin()]
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown]
# Compare the two exponentials. Near the minimum the problem is noise, and the deeper decay is the better one.
# Far away it is reach: with its peak held at 1.9, the deeper decay has less of it, and loses.
#
# But the cap inside the limit is a rule of caution, not a law. A decaying rate may start above it, let the steep
# direction grow for a while, and repair the damage later: with a free peak the deeper decay is the better one
# from far, too. A bowl forgives that; a network may not come back.
#
# ## The training effect, judged fairly
#
# The same five on the handwritten digits with some wrong labels, each at its own peak, tuned on seeds that are
# not used again; then all on fresh, paired seeds (lesson 04). Do you expect *near* or *far*: which of the two
# exponentials ends lower?

# %% tags=["answer"]
from IPython.display import display

from lrlib import stats, tasks, train
from lrlib.course.finding import found

task = tasks.get("digits", label_noise=label_noise)
_, shallow, deep, *_ = names = five(steps)
grid = [0.32 * 2 ** (k / 2) for k in range(6)]
tuned = train.tune(task, names, grid, seeds=range(1000, 1008), steps=steps)
judged = train.judge(task, tuned, seeds=range(n_seeds))
readings = {
    "worse": "So the digits look like *far*: the slower decay is the better one.",
    "better": "So the digits look like *near*: the deeper decay is the better one.",
    "cannot tell": "So the digits look neither *near* nor *far*.",
}
display(found(judged, readings, about=deep, reference=shallow))
plot.forest(judged)

# %% [markdown]
# **We see** for each schedule the paired differences to the reference, best on the *tuning* seeds: a dot a seed,
# the mean, its 95 % interval, and the verdict, corrected for all four. (A dot far off stretches its side: lesson
# 04.) **This means** what the sentence says. **It does not mean** that the digits are a bowl, that schedules
# which cannot be told apart are equal, or that the order holds for other lengths.
#
# Is it noise or reach that holds each one up *here*? Go on for a fifth of the run, once at the last rate, once at
# a tenth of it, with the same updates. Where noise is left, the lower rate must help (*better*). Where reach is
# missing, it must harm (*worse*). Which do you expect to be which? (Corrected for all three.)


# %% tags=["answer"]
def going_on(name, by):
    last = parse(name)(steps - 1) * by
    return tuned.fitted[name].rate * parse(f"cut({name}, {steps}) >> constant({last})")


how = {"seeds": range(n_seeds), "steps": steps + steps // 5, "evaluations": 1}
same, lower = (
    train.sweep(task, {name: going_on(name, by) for name in names[:3]}, 1.0, **how).losses()
    for by in (1, 0.1)
)
left = stats.family({name: stats.compare(lower[name], same[name]) for name in same})
for verdict, held_up in (("better", "held up by noise"), ("worse", "short of reach")):
    those = ", ".join(left.index[left["verdict"] == verdict])
    print(f"Found here: {held_up}: {those or 'none'}")
left[["difference", "ci_low", "ci_high", "n", "verdict"]].round(4)

# %% [markdown]
# (At a very low last rate, a fifth of the run changes little.) At *cannot tell*, the two needs are in balance, as
# they should be near the best schedule, or the pairs are too few.
#
# ## A decay that eats its own output
#
# A widely copied snippet lowers the rate once per *epoch*, one pass over the training images. Its formula is
# correct, `initial * gamma**epoch`. But it is called with the rate of the epoch before, not with the initial
# one. Nothing fails, and the rate does fall.

# %%
import torch

from lrlib.schedules import step


def decay(initial, epoch):
    return initial * 0.8**epoch


batches = steps // 10
weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
optimizer = torch.optim.SGD([weight], lr=0.5)
rate = 0.5
with Ledger.watch(optimizer, intended=step(batches, 0.8), base_lr=0.5) as ledger:
    for epoch in range(10):
        rate = decay(rate, epoch)  # the decayed rate becomes the next initial rate
        optimizer.param_groups[0]["lr"] = rate
        for _ in range(batches):
            weight.grad = torch.zeros_like(weight)
            optimizer.step()
print("intended, by epoch:", *(f"{rate:.2g}" for rate in ledger.intended[::batches]))
print("used, by epoch:    ", *(f"{rate:.2g}" for rate in ledger.used[::batches]))
print(f"reach: {ledger.used.sum() / ledger.intended.sum():.0%} of what was intended")
times = ledger.intended[-1] / ledger.used[-1]
print(f"in the last epoch the used rate is {times:,.0f} times too small")

# %%
plot.lines(
    ledger.steps,
    {"intended": ledger.intended, "used": ledger.used},
    title="Equal stairs were intended; those used grow",
    xlabel="step (optimizer updates)",
    ylabel="rate",
    log_y=True,
)

# %% [markdown]
# **We see** equal stairs for the intended rate, and stairs that grow for the used one. **This means** that
# the decay compounds. Epoch $n$ multiplies by $\gamma^n$ what was already multiplied by $\gamma^{n-1}$: in
# total $\gamma^{1 + 2 + \dots + n} = \gamma^{n(n+1)/2}$, on a log axis a parabola.
# **It does not mean** that the formula is wrong; its argument is. Epochs 0 and 1 are even right, so a quick
# look at the start finds nothing. A rate that is computed from the step alone cannot go wrong in this way.
#
# ## In your own program
#
# A tenth every `n` updates, from `base_lr`:
#
# | | |
# |---|---|
# | PyTorch | `ExponentialLR(optimizer, gamma=0.1 ** (1 / n))`, and `scheduler.step()` after every `optimizer.step()` |
# | `lrlib` in the same loop | `ScheduleLR(optimizer, exponential(0.1, n))` |
# | Hugging Face | `lr_scheduler_type="inverse_sqrt"` is its only formula that falls without an end |
# | Keras | `ExponentialDecay(base_lr, decay_steps=n, decay_rate=0.1)`; `InverseTimeDecay` |
# | optax | `exponential_decay(base_lr, transition_steps=n, decay_rate=0.1)` |
#
# The trap is a rate that is multiplied on. PyTorch's `ExponentialLR` takes the rate that it finds and multiplies it
# by `gamma`: whatever else has written the rate is carried along for ever. [Lesson 23](23_museum_of_broken_schedules.ipynb)
# shows it: *The scheduler is restored, the optimizer is not*.
#
# ## Exercises
#
# **1, guided.** A configuration says `gamma=0.9772`, which tells a person nothing. In how many steps, not rounded,
# is a rate that is multiplied by `gamma` at every step divided by `divisor`?


# %% tags=["exercise"]
def my_steps(gamma, divisor):
    raise NotImplementedError("solve gamma to the power n = 1 / divisor for n")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("06.1", my_steps)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_steps(gamma, divisor):
#     return -math.log(divisor) / math.log(gamma)
# ```
#
# The logarithm turns the power into a product. For 0.9772 and a divisor of 10 it says 100, nearly.
# </details>

# %% [markdown]
# **2, standard.** Repair the snippet for a loop that asks at every *update*: `epochs` epochs of `batches` updates.
# Return the list of all rates, where every epoch but the first multiplies by `gamma` once.


# %% tags=["exercise"]
def repaired_rates(base_lr, gamma, epochs, batches):
    def rate(t):
        raise NotImplementedError(
            "compute it from what never changes; which epoch is update t in?"
        )

    return [rate(t) for t in range(epochs * batches)]


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("06.2", repaired_rates)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def repaired_rates(base_lr, gamma, epochs, batches):
#     def rate(t):
#         return base_lr * gamma ** (t // batches)
#
#     return [rate(t) for t in range(epochs * batches)]
# ```
#
# `base_lr` never changes, so every rate depends on the step alone. Multiplying the rate before by `gamma` at the
# start of an epoch, without a power, would be right as well: it is the same product, written step by step.
# </details>

# %% [markdown]
# **3, open.** Which of these have a finite reach, so that they stop early in a run without an end? Choose
# `"stops"` or `"goes on"` for each, with pencil and paper: a sum over a million steps would fool you. With
# one number, `exponential(gamma)` multiplies by `gamma` at every step; `power=2` squares the factor. Then
# use `exact` to find out how many steps `inverse_sqrt(10)` needs on the bowl, from 30 and with a peak of your
# choice, to bring the loss below 0.1.

# %% tags=["exercise"]
my_choice = {
    "exponential(0.9999999)": None,
    "inverse_time(1)": None,
    "inverse_time(1000, power=2)": None,
    "inverse_sqrt(10)": None,
    "step(1000, 0.5)": None,
}

# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("06.3", my_choice)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_choice = {
#     "exponential(0.9999999)": "stops",
#     "inverse_time(1)": "goes on",
#     "inverse_time(1000, power=2)": "stops",
#     "inverse_sqrt(10)": "goes on",
#     "step(1000, 0.5)": "stops",
# }
# ```
#
# Every decay by equal factors has a geometric series and a finite reach, however slow it is; "finite" may
# still be far more than you will ever train. Powers of 1/t have a finite sum only above the power 1.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - write exponential decay from "divide by 10 every n steps", and 1/t and 1/sqrt t from their timescale;
# - predict the reach of an exponential: $1/(1 - \gamma)$ steps at full rate, about $0.434\,n$;
# - say what the sum of rates and the sum of squares stand for, and which schedules bound them;
# - tell a loss held up by noise from one out of reach, and choose the opposite remedies;
# - recognise a compounding decay in a ledger, and repair it.
#
# **What this does not show.** The bowl is one bowl, with noise tied to its curvatures; the digits are one
# data set with one small network and plain SGD. The sums speak about runs without an end; a run of a few
# hundred steps may be too short for the distinction to matter. The timescales were set by a rule, the same
# last rate for all, and not tuned.
#
# ## Quiz
#
# **1. A decay by 10 every 1,000 steps has, over an endless run, a reach (in updates at full rate) of
# about**
#
# - (a) infinitely many
# - (b) 434
# - (c) 10,000
#
# <details><summary>Answer</summary>
#
# (b): $1000 / \ln 10$. (c) cannot be: the first 1,000 steps add up to less than 1,000, and every further
# 1,000 to a tenth of those before. (a) would be true of 1/t and 1/sqrt t.
# </details>
#
# **2. A run with exponential decay has been flat for a long time. Taking the noise away changes
# nothing. You should**
#
# - (a) decay more slowly
# - (b) decay faster
# - (c) start lower
#
# <details><summary>Answer</summary>
#
# (a): it is out of reach. (b) and (c) are remedies against noise, and shrink the reach further.
# </details>
#
# **3. On a log axis the used rate bends downwards, ever more steeply, where you intended an
# exponential. The likely cause:**
#
# - (a) gamma is too small
# - (b) the scheduler is stepped per batch
# - (c) the decayed rate is decayed again
#
# <details><summary>Answer</summary>
#
# (c). (a) and (b) give a steeper line, but a straight one.
# </details>
#
# ## References
#
# - Robbins and Monro 1951, *A Stochastic Approximation Method*, Annals of Mathematical Statistics 22,
#   [doi:10.1214/aoms/1177729586](https://doi.org/10.1214/aoms/1177729586): the two conditions on the sums.
# - Schaul, Zhang and LeCun 2013, *No More Pesky Learning Rates*,
#   [arXiv:1206.1106](https://arxiv.org/abs/1206.1106): the noisy quadratic, with its exact expected
#   loss.
# - Vaswani et al. 2017, *Attention Is All You Need*, [arXiv:1706.03762](https://arxiv.org/abs/1706.03762),
#   section 5.3: the inverse square root in wide use, there after a rising start.

# %% [markdown] tags=["navigation"]
# [Previous: 05 Steps and milestones](05_steps_and_milestones.ipynb) | [All lessons](index.ipynb) | [Next: 07 Linear to zero](07_linear_to_zero.ipynb)
