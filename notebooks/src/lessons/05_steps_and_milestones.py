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
# Needs 00-04 - 55 min - computes in under 15 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

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
# $$f(t) = d^{-\lfloor t / n \rfloor}, \qquad
# f(t) = d^{-k(t)}, \quad k(t) = \text{number of milestones} \le t .$$
#
# The rate is `base_lr` times the factor $f$. $\lfloor\ \rfloor$ rounds down, and $d$ is the divisor. Libraries ask for `gamma` $= 1/d$ instead. Think
# "divide by 10 every 100 steps" first and translate then. A `gamma` of 0.9772 at every step divides
# by ten in 100 steps too, and nobody can see it. Below, the factors of a few updates, with a drop every 30
# updates, and with drops at 30 and 80.


# %%
def step_factor(t, n, divisor):
    return divisor ** -(t // n)


def multistep_factor(t, milestones, divisor):
    return divisor ** -sum(m <= t for m in milestones)


print("29, 30, 59, 60:", [step_factor(t, 30, 10.0) for t in (29, 30, 59, 60)])
drops = (30, 80)
print("29, 30, 79, 80:", [multistep_factor(t, drops, 10.0) for t in (29, 30, 79, 80)])

# %%
from lrlib import plot
from lrlib.schedules import multistep, step

half, later = steps // 2, 3 * steps // 4
stairs = [step(steps // 3, 0.1), multistep((half, later), 0.1)]
plot.schedules(stairs, steps, title="Stairs: equal treads, or chosen", log_rate=True)

# %% [markdown]
# **We see** that on a logarithmic axis a division by ten is always the same height. **This means** that two
# numbers describe a drop: where, and by how much. **It does not mean** that the foot of the stairs is
# unimportant: with two drops, the last part of the run has a hundredth of the rate.
#
# ## Which update is the first at the lower rate?
#
# Steps count updates from 0. In `lrlib`, as in PyTorch, `milestones=(30, 80)` means that *update 30 is the
# first at the lower rate*: 30 updates, 0 to 29, at the full one. Not everybody agrees. We let PyTorch's own
# scheduler write the rate and a ledger read it; the other rows follow the libraries' published rules.

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

from lrlib.schedules import parse

ours = multistep((30, 80), 0.1)
texts = {
    "timm": "timm.multistep(milestones=(30, 80), gamma=0.1)",
    "Keras": "keras.piecewise_constant(milestones=(30, 80), multipliers=(1, 0.1, 0.01))",
    "optax": "optax.piecewise_constant(milestones=(30, 80), factors=(0.1, 0.1))",
}
used = {"PyTorch": watched((30, 80), 100, ours).used / base_lr}
used |= {name: parse(text).values(100) for name, text in texts.items()}
rows = {
    name: {"first lower": np.argmax(f < 0.99), "first at 0.01": np.argmax(f < 0.099)}
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
never, dropped, raised = runs.heldout_loss[:, 0]  # (3 schedules, 1 rate, seeds, steps)
left = stats.ratio((never - raised)[:, after], (never - dropped)[:, before])
kept = "most" if left.value > 0.75 else "some" if left.value > 0.25 else "nothing"
check.category(
    my_prediction, kept, ("most", "some", "nothing"), "the text below the figure"
)

# %% tags=["answer"]
why = {
    "most": "it learned better",
    "some": "in part noise had left",
    "nothing": "noise had left",
}
print(f"Found here: when the rate is back, {left} of the gain is left: {why[kept]}")
moved = {
    "after the drop": stats.compare(dropped[:, before], never[:, before]),
    "after the way back": stats.compare(raised[:, after], never[:, after]),
}
stats.family(moved)[["difference", "ci_low", "ci_high", "n", "verdict"]].round(4)

# %% tags=["answer"]
plot.house(
    runs,
    title="Drop the rate, and raise it again",
    alt="Above, a flat rate, one that drops at half time, one that drops and returns. Below, their losses.",
)

# %% [markdown]
# **We see** one trunk and two branchings: the runs are identical until half time. The table compares each with
# the runs that never dropped, seed by seed; *better* is lower, corrected for the two rows. What is left of the
# gain is a ratio of two means, with an interval that counts the spread of both. **This means**, where the first
# line is *better* and the second is not, that the fall of the loss was noise leaving: a fraction below zero says
# that the runs that came back are even *behind*, because at a tenth of the rate they moved less. **It does not
# mean** that drops are useless: what counts is the loss at the end, and noise should be gone by then.
#
# ## Too early, too late
#
# So a drop trades progress for quiet. Too early: quiet, but far from the goal. Too late: no time to settle.
# On the noisy bowl of lessons 01 and 02 the expected loss of every placement is known exactly, with the
# best peak for each up to 1.9, inside the stability limit.

# %%
from lrlib import theory

curvatures = [1.0, 0.3, 0.1, 0.03, 0.01]


def at_best_peak(schedule, T, start):
    rates = np.geomspace(0.02, 1.9, 60)[:, None] * schedule.values(T)
    return theory.expected_loss(rates, curvatures, start=start)[:, -1].min()


def placed(start, divisor, T=300):
    drops = [multistep((round(p * T),), 1 / divisor) for p in places]
    return np.array([at_best_peak(drop, T, start) for drop in drops])


# %%
from IPython.display import display

from lrlib.course.explore import explorer

places = np.arange(1, 20) / 20  # of a drop, in parts of the run


def draw(start, divisor):
    losses = placed(start, divisor)
    none = np.full_like(losses, at_best_peak(constant(), 300, start))
    return plot.lines(
        100 * places,
        {"one drop": losses, "no drop": none},
        title="Where to put one drop, each place with its own best peak",
        alt="Expected loss against the place of the drop, and a level line for no drop.",
        xlabel="place (% of the run)",
        ylabel="expected loss",
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
# quarters. The runs have 600 updates. Each schedule has its own peak, tuned on 32 seeds, and 32 paired judging
# seeds. These runs are stored (`python -m lrlib sweep milestones-digits`). On the bowl the best place depended on
# the distance. Do you expect *near* or *far*, half time or later?

# %% tags=["answer"]
from lrlib.course.finding import found
from lrlib.evidence import sweeps

names = ["none", "10 %", "30 %", "50 %", "70 %", "90 %", "98 %", "50 % and 75 %"]
stored = sweeps.load("milestones-digits", labels=names)
losses, ranking = stored.judged.losses(), stats.ranking(stored.judged)
ranking["peak"] = {name: peak.rate for name, peak in stored.tuned.fitted.items()}
ranking.drop(columns="alone").round(4)

# %% tags=["answer"]
readings = {
    "worse": "So a drop pays, if it is well placed.",
    "better": "So even the best drop harms.",
    "cannot tell": "So it is not seen here that a drop pays.",
}
display(found(stored.judged, readings, about="none"))
readings = {
    "worse": "So a drop that comes too early is worse than none.",
    "better": "So even a drop that early pays.",
    "cannot tell": "So nothing is seen of a gain when the drop comes that early.",
}
display(found(stored.judged, readings, about="10 %", reference="none"))
plot.forest(stored.judged)

# %% tags=["answer"]
shown, ledgers = ["10 %", "50 %", "90 %"], stored.judged.ledgers()
plot.house(
    {name: ledgers[name] for name in shown},
    title="A drop early, half way and late, each at its own peak",
)

# %% [markdown]
# **We see** in the table the last held-out loss with the paired difference to the reference, best on the tuning
# seeds (verdicts are corrected for all seven), and in the last figure three of the courses. The later two fall at
# their drop, then more slowly; the first drop is lost in the descent. **This means** that on this task, at this
# length, there is a valley again, with a broad bottom: the table names its edges. A bottom later than half time
# is what the bowl has from *far*. The run that drops first is still falling at the end: it is *slow*, not done.
# **It does not mean** that this place is best everywhere. The recipe of half and three quarters comes from runs a
# hundred times longer, of another network.
#
# Peaks matter here too. Which drops would have been found worse than none, and which better, at a shared peak?

# %%
rows, worse = {}, []
for rate in stored.grid.base_lrs:
    shared = stats.ranking(stored.grid.losses(rate), reference="none")["verdict"]
    worse.append((shared == "worse").sum())
    rows[f"{rate:.3g}"] = {
        verdict: ", ".join(n for n in names if shared[n] == verdict)
        for verdict in ("worse", "better")
    }
print(f"Found here: of {len(names) - 1} drops, {worse[0]} are worse than none", end=" ")
print(f"at the lowest shared peak, and {worse[-1]} at the highest")
pd.DataFrame.from_dict(rows, orient="index").rename_axis("shared peak")

# %% [markdown]
# (Verdicts are corrected within a row.) Read the first column from below: the lower the shared peak, the more
# drops look harmful, because the run was slow already. A paper that finds "decay does not help" may have found
# that its rate was too low.
#
# ## Two clocks
#
# A scheduler counts its own calls. If it is called after every *epoch*, milestones are epochs; if after
# every *update*, they are updates. Ten epochs (here simply tenths of the run), drops meant after epochs 5
# and 8, and the four ways to combine count and call:

# %%
batches = steps // 10
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

# %%
curves = {"intended": base_lr * meant.values(10 * batches)}
plot.lines(
    range(10 * batches),
    curves | {name: book.used for name, book in books.items()},
    title="Two of four clocks are wrong, and no error is raised",
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
for name, schedule in wrong.items():
    same = np.allclose(base_lr * schedule.values(10 * batches), books[name].used)
    print(f"{name}: the rates of {schedule}: {same}")
arms, seeds = {"meant": meant, **wrong}, range(n_seeds)
cost = train.sweep(task, arms, base_lr, seeds, steps=10 * batches, evaluations=1)
display(found(cost, reference="meant"))

# %% [markdown]
# Counted in epochs and called per update, the drops come when the run has hardly begun, and a hundredth of the
# rate is left: compare that cost with the differences in the table above. Counted in updates and called per
# epoch, the rate is constant, which in one run looks healthy and whose cost may even drown in the noise that a
# constant rate keeps. The ledger shows both.
#
# ## In your own program
#
# One drop by ten at half of the `T` updates, and a second at three quarters:
#
# | | |
# |---|---|
# | PyTorch | `MultiStepLR(optimizer, [T // 2, 3 * T // 4], gamma=0.1)`, and `scheduler.step()` after every `optimizer.step()` |
# | `lrlib` in the same loop | `ScheduleLR(optimizer, multistep((T // 2, 3 * T // 4), 0.1))` |
# | Hugging Face | none by name: pass the PyTorch one, `Trainer(..., optimizers=(optimizer, scheduler))` |
# | Keras | `PiecewiseConstantDecay([T // 2, 3 * T // 4], [base_lr, base_lr / 10, base_lr / 100])`, one update later |
# | optax | `piecewise_constant_schedule(base_lr, {T // 2: 0.1, 3 * T // 4: 0.1})` |
#
# Lesson 00 has the whole loop. The trap is the clock, and it closes a second time when the batch size changes: a milestone in
# updates then stands at another epoch. [Lesson 23](23_museum_of_broken_schedules.ipynb) shows both: *T_max counts epochs, step() is called
# every batch*, and *The batch size changes, the milestones do not*.
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
# **What this does not show.** One task, two short lengths, one network, plain SGD, mostly drops by ten. The
# raised runs tell noise from progress in the loss, not in the weights. Nothing here says how steps compare with
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
# [Previous: 04 Measuring honestly](04_measuring_honestly.ipynb) | [All lessons](index.ipynb) | [Next: 06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb)
