# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 Steps and milestones
#
# *After this you can write step decay from memory, say which update is the first at the lower rate, place a
# milestone, and see in a ledger that a drop was counted in the wrong unit.*
#
# Needs 00-04 - 35 min - computes in under 15 s - CPU

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per live run, 240..1200
base_lr: float = 0.32  # rate before the first drop, 0.2..0.5
n_seeds: int = 16  # paired seeds of the live runs, 6..64

# %% [markdown]
# ## Stairs
#
# For years the common way to train image networks was: keep the rate until the loss stalls, divide it by ten,
# go on (He et al. 2016). Two schedules say this without looking at the loss. *Step decay* divides every $n$
# steps; *multi-step decay* divides at chosen steps, the *milestones* $m_1 < m_2 < \dots$:
#
# $$\mathrm{factor}(t) = d^{-\lfloor t / n \rfloor}, \qquad
# \mathrm{factor}(t) = d^{-k(t)}, \quad k(t) = \text{number of milestones} \le t .$$
#
# $\lfloor\ \rfloor$ rounds down, and $d$ is the divisor. Libraries ask for `gamma` $= 1/d$ instead. Think
# "divide by 10 every 100 steps" first and translate then. A `gamma` of 0.9772 at every step divides
# by ten in 100 steps too, and nobody can see it.


# %%
def step_factor(t, n, divisor):
    return divisor ** -(t // n)


def multistep_factor(t, milestones, divisor):
    return divisor ** -sum(m <= t for m in milestones)


print(
    "every 30 steps:", [(t, round(step_factor(t, 30, 10.0), 4)) for t in (29, 30, 59, 60)]
)
at = (29, 30, 31, 79, 80, 81)
print("at 30 and 80:  ", [(t, round(multistep_factor(t, (30, 80), 10.0), 4)) for t in at])

# %%
from lrlib import plot
from lrlib.schedules import multistep, step

half, later = steps // 2, 3 * steps // 4
plot.schedules(
    [step(steps // 3, 0.1), multistep((half, later), 0.1)],
    steps,
    title="Stairs: equal treads, or chosen ones",
    alt=f"One rate falls to a tenth at steps {steps // 3} and {2 * (steps // 3)}, "
    f"the other at {half} and {later}.",
    log_rate=True,
)

# %% [markdown]
# **We see** that on a logarithmic axis a division by ten is always the same height. **This means** that two
# numbers describe a drop: where, and by how much. **It does not mean** that the foot of the stairs is
# unimportant: with two drops, the last part of the run has a hundredth of the rate.
#
# ## Which update is the first at the lower rate?
#
# Steps count updates from 0. In `lrlib`, as in PyTorch, `milestones=(30, 80)` means that *update 30 is the
# first at the lower rate*: 30 updates, 0 to 29, at the full one. Not everybody agrees. We let PyTorch's own
# scheduler write the rate and a ledger read it; the two other rows follow the libraries' published rules.

# %%
import torch
from torch.optim.lr_scheduler import MultiStepLR

from lrlib.ledger import Ledger


def watched(milestones, updates, intended, ticks=1):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)
    scheduler = MultiStepLR(optimizer, milestones, gamma=0.1)
    with Ledger.watch(optimizer, intended=intended, base_lr=base_lr) as ledger:
        for t in range(updates):
            optimizer.step()
            if (t + 1) % ticks == 0:  # ticks: updates per call of the scheduler
                scheduler.step()
    return ledger


# %%
import numpy as np
import pandas as pd

from lrlib.schedules.presets import keras, timm

ours = multistep((30, 80), 0.1)
used = {"torch": watched((30, 80), 100, ours).used / base_lr}
used["timm"] = timm.multistep(milestones=(30, 80), gamma=0.1).values(100)
used["Keras"] = keras.piecewise_constant(
    milestones=(30, 80), multipliers=(1, 0.1, 0.01)
).values(100)
rows = {
    name: {
        "first lower": int(np.argmax(f < 0.99)),
        "first at 0.01": int(np.argmax(f < 0.099)),
        "largest gap to ours": abs(f - ours.values(100)).max().round(4),
    }
    for name, f in used.items()
}
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown]
# One word, three updates. One update more or less hardly matters. But many counts are in *epochs* (passes
# over the data), and there "one" is a whole epoch.
#
# ## What a drop does
#
# Run the digits of lesson 00 at a constant rate. At half time divide the rate by ten: the loss falls within a
# few updates. Two explanations. **It learns better**: small steps find what large ones miss. Then the
# gain is earned, and dropping *earlier* earns more. **The noise leaves**: large steps jump about a good
# place, small ones settle (lesson 02). Then nothing new was learned, and the remedy for a poor result is
# to drop *later*. What would tell them apart? Raise the rate again, two thirds through the run.
#
# **Predict:** when the rate has been back for a twelfth of the run, what fraction of the gain is left,
# compared with runs that never dropped? *Most* of it, *some*, or *nothing*: they are where those are, or behind.

# %%
my_prediction = None  # "most", "some" or "nothing" of the gain is left: your word

# %%
from lrlib import stats, tasks, train
from lrlib.course import check
from lrlib.schedules import constant, piecewise_constant

task = tasks.get("digits", label_noise=0.2)
back, look = 2 * steps // 3, 3 * steps // 4
tried = {
    "never dropped": constant(),
    "dropped": multistep((half,), 0.1),
    "dropped, raised": piecewise_constant((half, back), (1, 0.1, 1)),
}
runs = train.sweep(task, tried, base_lr, range(n_seeds), steps=steps, evaluations=60)
before, after = (runs.heldout_steps.searchsorted(t, side="right") - 1 for t in (back, look))
never, dropped, raised = runs.heldout_loss[:, 0]
gain = (never - dropped)[:, before].mean()
left = (never - raised)[:, after].mean() / gain
found = "most" if left > 0.75 else "some" if left > 0.25 else "nothing"
check.category(
    my_prediction, found, ("most", "some", "nothing"), "the text below the figure"
)

# %%
print(f"of the gain before the rate was raised, a fraction of {left:.2f} is left")
print("after the drop:     ", stats.compare(dropped[:, before], never[:, before]))
print("after the way back: ", stats.compare(raised[:, after], never[:, after]))

# %%
kept = "is kept" if left > 0.5 else "mostly goes" if left > 0 else "turns into a loss"
plot.house(
    runs,
    title=f"Raise the rate again, and the gain of the drop {kept}"
    if gain > 0
    else "Here the drop gained nothing before the rate was raised",
    alt="Above, a flat rate, one that drops, one that drops and returns. Below, the losses; "
    f"of the gain, a fraction of {left:.2f} is left after the return.",
)

# %% [markdown]
# **We see** one trunk and two branchings: the runs are identical until half time. The drop's gain arrives in a
# few updates; the way back takes it as fast. **This means**, where the title says that it does not last, that
# the fall of the loss was noise leaving. If the runs that came back are even *behind*, they paid for
# the steps at a tenth of the rate, in which they moved less. **It does not mean** that drops are useless: what
# counts is the loss at the end, and noise should be gone by then.
#
# ## Too early, too late
#
# So a drop trades progress for quiet. Too early: quiet, but far from the goal. Too late: no time to settle.
# On the noisy bowl of lessons 01 and 02 the expected loss of every placement is known exactly, with the
# best peak for each up to 1.9, inside the stability limit.

# %%
from lrlib import theory

curvatures = [1.0, 0.3, 0.1, 0.03, 0.01]
places = np.arange(1, 20) / 20


def at_best_peak(schedule, T, start):
    rates = np.geomspace(0.02, 1.9, 60)[:, None] * schedule.values(T)
    return theory.expected_loss(rates, curvatures, start=start)[:, -1].min()


def placed(start, divisor, T=300):
    drops = [multistep((round(p * T),), 1 / divisor) for p in places]
    return np.array([at_best_peak(drop, T, start) for drop in drops])


print(
    f"{len(places)} places for a drop, from {places[0]:.0%} to {places[-1]:.0%} of the run"
)


# %%
from IPython.display import display

from lrlib.course.explore import explorer


def draw(start, divisor):
    losses = placed(start, divisor)
    curves = {
        "one drop": losses,
        "no drop": 0 * losses + at_best_peak(constant(), 300, start),
    }
    title = (
        f"From {start:.3g}, a drop by {divisor:.3g}: best at {places[losses.argmin()]:.0%}"
    )
    alt = f"Expected loss against the place of the drop, a valley. {title} of the run."
    return plot.lines(
        100 * places, curves, title, alt, "place (% of the run)", "expected loss"
    )


display(draw(1.0, 10.0))
explorer(draw, start=(0.3, 30.0, 1.0), divisor=(1.5, 100.0, 10.0))

# %%
rows = {}
for start in (1, 10, 30):
    rows[start] = {
        f"{T} steps, by {divisor}": f"{places[placed(start, divisor, T).argmin()]:.0%}"
        for T, divisor in ((300, 3), (300, 10), (300, 100), (1200, 10))
    }
pd.DataFrame.from_dict(rows, orient="index").rename_axis("start")

# %% [markdown]
# **We see** a valley: early is bad, late is bad. The table gives its lowest point for three distances from
# the bottom. **This means**: the farther there is to go, the later the drop. A larger divisor wants it
# earlier, as a very low rate needs long to gain anything; from near, dividing by 100 is best put off to the
# very end, that is, left out. A longer run does not want its drop earlier, last column: the best peak
# changes as well. **It does not mean** that half time is a law. In the explorer, find a start and a divisor for
# which no place is better than no drop. (Without a running kernel: the figure and the table.)
#
# ## The training effect, judged fairly
#
# Now the digits: one drop by ten at six places, no drop, and the old recipe of two drops, at half and three
# quarters. Each has its own peak, tuned on 32 seeds, and 32 paired judging seeds. These runs are stored
# (`python -m lrlib sweep milestones-digits`). On the bowl the best place depended on the distance. Do you
# expect *near* or *far*, half time or later?

# %%
from lrlib.evidence import sweeps

names = ["none", "10 %", "30 %", "50 %", "70 %", "90 %", "98 %", "50 % and 75 %"]
stored = sweeps.load("milestones-digits", labels=names)
losses, ranking = stored.judged.losses(), stats.ranking(stored.judged)
ranking["peak"] = {name: peak.rate for name, peak in stored.tuned.fitted.items()}
print(f"{stored.definition.steps} steps;", stats.headline(ranking))
print("10 % minus none:", stats.compare(losses["10 %"], losses["none"]))
ranking.round(4)

# %%
from dataclasses import replace

shown, ledgers = ["10 %", "50 %", "90 %"], stored.judged.ledgers()
plot.house(  # without schedules: all three are steps, and would have one colour
    {name: [replace(run, schedule=None) for run in ledgers[name]] for name in shown},
    title="Lowest mean at the end: a drop at "
    + min(losses, key=lambda n: losses[n].mean()),
    alt="Above, three rates that drop to a tenth at 10, 50 and 90 % of the run. Below, losses "
    "that fall at their drop, then more slowly; they end at "
    + ", ".join(f"{losses[n].mean():.3f}" for n in shown),
)

# %% [markdown]
# **We see** the last held-out loss with paired differences to the reference (best on the tuning seeds), and
# three of the courses. Each falls at its drop, then more slowly. **This means** that on this task, at this
# length, there is a valley again, with a broad bottom: the table names its edges. The run that drops first
# is still falling at the end: it is *slow*, not done. Dropping too early can cost most of what a drop
# gives: compare the interval above the table with the row *none*. **It does not mean** that this place is
# best everywhere. The recipe of half and three quarters comes from runs a hundred times longer, of another
# network.
#
# Peaks matter here too. What would a shared peak have said?

# %%
single = ["10 %", "30 %", "50 %", "70 %", "90 %", "98 %"]
rows = {}
for rate in stored.grid.base_lrs:
    at_rate = {n: runs.mean() for n, runs in stored.grid.losses(rate).items()}
    rows[f"{rate:.3g}"] = {
        "best": min(["none", *single], key=at_rate.get),
        "no drop is better than": ", ".join(
            n for n in single if at_rate[n] > at_rate["none"]
        ),
    }
pd.DataFrame.from_dict(rows, orient="index").rename_axis("shared peak")

# %% [markdown]
# At the lowest shared peaks the early drops look harmful: the run was slow already. A paper that finds
# "decay does not help" may have found that its rate was too low.
#
# ## Two clocks
#
# A scheduler counts its own calls. If it is called after every *epoch*, milestones are epochs; if after
# every *update*, they are updates. Ten epochs (here simply tenths of the run), drops meant after epochs 5
# and 8, and the four ways to combine count and call:

# %%
batches = steps // 10
t = np.arange(10 * batches)
meant = multistep((5 * batches, 8 * batches), 0.1)
clocks = {
    "counted in updates, called per update": ((5 * batches, 8 * batches), 1),
    "counted in epochs, called per epoch": ((5, 8), batches),
    "counted in epochs, called per update": ((5, 8), 1),
    "counted in updates, called per epoch": ((5 * batches, 8 * batches), batches),
}
books = {n: watched(m, 10 * batches, meant, ticks) for n, (m, ticks) in clocks.items()}
for name, book in books.items():
    drops = (np.flatnonzero(np.diff(book.used)) + 1).tolist()
    print(f"{name}: lower from updates {drops}, largest gap {book.largest_gap():.3f}")
plot.lines(
    t,
    {"intended": base_lr * meant.values(10 * batches)}
    | {n: b.used for n, b in books.items()},
    title="Two of four clocks are wrong, and no error is raised",
    alt="Two used rates lie on the intended stairs. One falls to a hundredth at the very start, "
    "one never falls.",
    xlabel="step (optimizer updates)",
    ylabel="rate",
    log_y=True,
)

# %% [markdown]
# **We see** that the two consistent ways use the intended rates exactly. Milestones in epochs with a call per
# update drop at updates 5 and 8, in the first epoch. Milestones in updates with a call per epoch are never
# reached. **This means** that a flat loss can have opposite causes, a rate that fell too soon or one that
# never fell; the ledger tells which. **It does not mean** that you would notice: both runs train. What do they
# cost, at the same peak?

# %%
wrong = {
    "counted in epochs, called per update": multistep((5, 8), 0.1),
    "counted in updates, called per epoch": constant(),
}
arms, seeds = {"meant": meant, **wrong}, range(n_seeds)
same = all(
    np.allclose(base_lr * s.values(10 * batches), books[n].used) for n, s in wrong.items()
)
cost = train.sweep(task, arms, base_lr, seeds, steps=10 * batches, evaluations=1).losses()
print("same rates as in the ledgers:", same)
for name in wrong:
    print(f"{name}:", stats.compare(cost[name], cost["meant"]))

# %% [markdown]
# The first fault drops before the run has begun, and is left with a hundredth of the rate: compare its cost
# with the differences in the table above. The second trains at a constant rate, which in one run looks
# healthy and whose cost may even drown in the noise that a constant rate keeps. Only the ledger shows it.
#
# ## Exercises
#
# **1, guided.** Step decay divides by `divisor` every `n` steps. Return the factor of the *last* update of a
# run of `steps` updates.


# %% tags=["exercise"]
def my_last_factor(divisor, n, steps):
    last = steps - 1  # updates are counted from 0
    raise NotImplementedError("how many drops has update `last` seen?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("05.1", my_last_factor)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_last_factor(divisor, n, steps):
#     last = steps - 1  # updates are counted from 0
#     return float(divisor) ** -(last // n)
# ```
#
# 300 steps and a drop every 100 give two drops, not three: the third would begin at step 300.
# </details>

# %% [markdown]
# **2, standard.** A configuration file gives no milestones but *waits*: so many updates at the full rate, so many
# after the first drop, and so on; a wait of 0 is a second drop at once. Write the factor at update `t`. It is
# compared with PyTorch's `MultiStepLR` on random configurations; then your function drives an optimizer, and the
# ledgers are compared.


# %% tags=["exercise"]
def my_multistep(t, waits, gamma):
    raise NotImplementedError(
        "where are the milestones? gamma to the power: how many have been reached?"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("05.2", my_multistep)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_multistep(t, waits, gamma):
#     milestones = np.cumsum(waits)
#     return gamma ** sum(m <= t for m in milestones)
# ```
#
# The waits add up to milestones: after 30 and then 50 updates, at 30 and 80. Equal milestones count as often as
# they are named.
# </details>

# %% [markdown]
# **3, open.** Can two drops do better than one? On the bowl from start 10, with 300 steps and `gamma`
# $= 10^{-1/2}$ so that the last rate is the same, look for the best pair of milestones with `at_best_peak`.
# You are right if you find a loss below `placed(10, 10).min()`. Then try three drops. Where do ever more, ever
# smaller drops lead? (Lesson 06 begins there.)

# %% [markdown]
# ## Summary
#
# You can now
#
# - write step and multi-step decay from "divide by $d$ every $n$ steps", and translate to `gamma`;
# - say that update $m$ is the first at the lower rate, and that libraries differ by one;
# - say what a drop trades, and test by raising the rate again;
# - place a milestone by how far there is to go, and judge it at its own peak;
# - find a wrong unit in a ledger.
#
# **What this does not show.** One task and one length, one network, plain SGD, mostly drops by ten. The raised
# runs tell noise from progress in the loss, not in the weights. Nothing here says how steps compare with
# smooth decay; lessons 06 to 08 begin that comparison.

# %% [markdown]
# ## Quiz
#
# **1. `multistep((100,), 0.1)`. How many updates run at the full rate?**
#
# - (a) 101
# - (b) 99
# - (c) 100
#
# <details><summary>Answer</summary>
#
# (c): updates 0 to 99. (b) is timm's count, (a) that of Keras.
# </details>
#
# **2. The loss falls sharply at the milestone. This shows that**
#
# - (a) the noise at the old rate was above what the new one leaves
# - (b) the old rate had stopped learning
# - (c) the drop should have come earlier
#
# <details><summary>Answer</summary>
#
# (a). (c) forgets the progress that a high rate still makes under its noise. (b) cannot be seen in the
# loss: noise may have hidden progress.
# </details>
#
# **3. Milestones (30, 60, 80) are meant in epochs of 400 updates. The ledger shows a thousandth of
# the rate from update 80 on. The cause:**
#
# - (a) gamma is too small
# - (b) the scheduler is called per epoch
# - (c) the scheduler is called per update
#
# <details><summary>Answer</summary>
#
# (c): all three drops happen within the first 81 updates. (b) is what was meant: the third drop would come at
# update 32,000. (a) changes the height of the drops, not their place.
# </details>
#
# ## References
#
# - He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*,
#   [arXiv:1512.03385](https://arxiv.org/abs/1512.03385), sections 3.4 and 4.2: division by ten when the error
#   stalls; at 32,000 and 48,000 of 64,000 updates.
# - Ge, Kakade, Kidambi and Netrapalli 2019, *The Step Decay Schedule*,
#   [arXiv:1904.12838](https://arxiv.org/abs/1904.12838): why stairs suit noisy least squares.
# - PyTorch documentation,
#   [MultiStepLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html).

# %% [markdown] tags=["navigation"]
# [Previous: 04 Measuring honestly](04_measuring_honestly.ipynb) | [All lessons](../../README.md) | [Next: 06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb)
