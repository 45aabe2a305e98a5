# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 Linear to zero
#
# *After this you can write linear decay with a floor, say why the last weights want the rate to go to zero,
# and find two faults of a linear decay in its ledger.*
#
# Needs 02, 04, 06 - 45 min - computes in under 20 s - CPU
#
# Answers: Why adjust the learning rate? / How do I implement it?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run, 100..2000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## A straight line
#
# The simplest decay: take away the same amount at every step, so that nothing is left at the end.
#
# $$\mathrm{rate}(t) = \mathrm{base\_lr} \cdot \left(1 - \frac{t}{T}\right)$$
#
# Its only setting is $T$, the length of the run. Below, $T = 8$, and the list goes two steps too far.


# %%
def linear_factor(t, T):
    return 1 - t / T


[linear_factor(t, 8) for t in range(11)]

# %% [markdown]
# The last update of the run, $t = 7$, still moves: at $1/T$ of the peak. Zero is reached at step $T$, which
# is not part of the run. Beyond it the formula turns negative, and an update with a negative rate climbs
# *up* the slope. So linear decay needs a rule for what comes after $T$: in `lrlib` the last value is held.
#
# ## Why the last weights want zero
#
# Here is a reason in four lines. Train at a *constant* rate $\eta$ from weights $w_0$, with gradients
# $g_0, g_1, \dots$, and at the end keep not the last weights but the **average** of all weights
# $w_1, \dots, w_T$ along the way: averaging cancels noise. Gradient $g_t$ is contained in
# $w_{t+1}, \dots, w_T$, that is in $T - t$ of the $T$ weights. So
#
# $$\bar w = w_0 - \sum_t \eta \left(1 - \frac tT\right) g_t .$$
#
# That is one run with linear decay, written down differently. Check it with any gradients:

# %%
import numpy as np

from lrlib.schedules import linear, parse

gradients = np.random.default_rng(0).standard_normal(steps)
constant_run = -np.cumsum(0.1 * gradients)  # w_1 .. w_T at rate 0.1, from w_0 = 0
linear_run = -np.cumsum(0.1 * linear(1, 0, steps).values(steps) * gradients)
print(f"constant run: average of all weights {constant_run.mean():.6f}")
print(f"linear run:   last weights           {linear_run[-1]:.6f}")

# %% [markdown]
# The two agree for the *same* gradients. In training the gradients depend on the weights, so this is a reason
# to expect something, not a proof.
#
# There is a proof for convex losses (one valley, no hills), when no gradient is longer than $G$ and the start
# is at a distance $D$ from the minimum. Defazio et al. (2023) bound the loss of the *last* weights, above
# the lowest possible, for any rates $\eta_t$; with $r_t$ for the sum of the rates from step $t$ to the end
# and $q_t$ for the sum of their squares,
#
# $$\frac{D^2 + G^2 q_0}{2\, r_0}
# + \frac{G^2}{2} \sum_{t < T-1} \frac{\eta_t}{r_{t+1}} \cdot \frac{q_t}{r_t} .$$
#
# The first part is about the average of the run. The sum is the price of keeping the last weights: a rate
# that is high compared with what is *left* after it is expensive. Each schedule may choose the peak
# that makes its own bound smallest. The bound is printed in units of $DG / \sqrt T$, for $T$ and for $100\,T$
# steps.

# %%
import pandas as pd

names = ["constant(1)", "exponential(0.1, T)", "exponential(0.01, T)", "linear(1, 0, T)"]
shapes = {name: parse(name, T=steps) for name in names}


def best_bound(s):
    r, q = s[::-1].cumsum()[::-1], (s**2)[::-1].cumsum()[::-1]
    start = 1 / (2 * r[0])  # to be multiplied by D^2 / peak
    average = q[0] / (2 * r[0])
    price = np.sum(s[:-1] / r[1:] * q[:-1] / r[:-1]) / 2
    noise = average + price  # to be multiplied by G^2 * peak
    return 2 * np.sqrt(start * noise * len(s)), np.sqrt(start / noise * len(s))


rows = {}
for name in names:
    longer = parse(name, T=100 * steps).values(100 * steps)
    bound, peak = best_bound(shapes[name].values(steps))
    rows[name] = {"bound": bound, "bound, 100 T": best_bound(longer)[0]}
pd.DataFrame.from_dict(rows, orient="index").round(2)

# %% [markdown]
# The bound of the line stays near 2 however long the run. The others' grow, slowly; the constant rate pays
# most. The same paper asks which rates *minimise* a bound of this kind. Its answer is
# $\eta_t \propto w_t \cdot (w_{t+1} + w_{t+2} + \dots)$, where $w_t = 1 / G_t^2$ is large where gradients are
# short. If all gradients are equally long, every $w_t$ is the same number, and what remains is *the number
# of steps still to come*: a straight line. (Counted in this way it is zero on the last update already, the off
# by one of the section on ends.) Bounds speak about the worst case; now a case we can compute.
#
# ## Predict: which peak does the line want?
#
# A line has half the reach, the sum of rates, of a constant with the same peak. Each may choose its best peak
# on the noisy bowl of lesson 06, in runs of 300 steps from a start near the minimum, where the loss averaged over all
# noise is computed exactly. Is the line's best peak *lower* than the constant's, *up to twice* it, or *more*?

# %%
my_prediction = None  # "lower", "up to twice" or "more": your words, before you run

# %%
from lrlib import theory
from lrlib.course import check

curvatures = (1.0, 0.3, 0.1, 0.03, 0.01)
peaks = np.geomspace(0.02, 1.9, 120)  # the bowl's stability limit is 2 / L = 2


def exact(text, start):
    rates = peaks[:, None] * parse(text, T=300).values(300)
    return theory.expected_loss(rates, curvatures, start=start)[:, -1]


near = {name: exact(name, start=1) for name in names}
best = {name: peaks[losses.argmin()] for name, losses in near.items()}
measured = best["linear(1, 0, T)"] / best["constant(1)"]
answer = "lower" if measured < 1 else "up to twice" if measured <= 2 else "more"
check.category(my_prediction, answer, ("lower", "up to twice", "more"), "the text below")

# %% tags=["answer"]
from lrlib import plot

worst = {name: best_bound(shapes[name].values(steps))[1] for name in names}
print(f"best peak of the line over that of the constant: {measured:.1f} on the bowl,")
print(
    f"{worst[names[-1]] / worst[names[0]]:.1f} where the bound of the worst case is smallest"
)
plot.sensitivity(
    peaks,
    {name: losses[:, None] for name, losses in near.items()},
    title="On the bowl: four schedules, each at every peak",
    alt="Four U-shaped curves of expected loss against peak rate, a dot at each lowest point.",
    chosen=best,
    loss="expected loss",
    unit="exact",
    like=shapes,
)

# %% [markdown]
# **We see** the exact loss after the last step against the peak, with a dot at each schedule's best; two of the
# dots nearly coincide. Why the deep exponential is lowest, the section on ends explains. **This means** that a
# constant rate has to choose *one* number for two jobs, to travel and to be quiet at the end. It settles for a
# low one. The line does one job first and the other later. Half the reach per peak would make a factor of 2, this
# freedom more. What a problem asks for differs: compare the two numbers printed above the figure, and the tuned
# peaks on the digits below. **It does not mean** that the higher peak is better by itself: read the curves at any
# one shared peak, and you compare peaks, not shapes.
#
# ## Where to end: a floor, and zero one update early
#
# The **floor** of a decay is its lowest factor; `linear(1, 0.01, T)` ends at a hundredth of the peak. And some
# loops are *off by one*, wrong by one in their count: zero falls on the *last update*, step $T - 1$. What does
# that update do? Near and far starts as in lesson 06, at 1 and 30, each schedule at its best peak inside the
# limit.

# %%
from IPython.display import display

from lrlib.course.explore import explorer

ends = ["linear(1, 0, T)", "linear(1, 0, T - 1)", "linear(1, 0.01, T)", "linear(1, 0.1, T)"]
rows = {}
for name in ends + names[:3]:
    losses = {
        place: exact(name, start).min() for place, start in (("near", 1), ("far", 30))
    }
    rows[name] = {"last factor": parse(name, T=300)(299), **losses}
display(pd.DataFrame.from_dict(rows, orient="index").round(4))


def draw(floor, start):
    both = ["constant(1)", f"linear(1, {floor:.2f}, T)"]
    return plot.sensitivity(
        peaks,
        {name: exact(name, start)[:, None] for name in both},
        title="A line with a floor, and the constant",
        alt="Two curves of expected loss against peak rate.",
        y_range=(0.01, 100),
        loss="expected loss",
        unit="exact",
    )


explorer(draw, floor=(0.0, 1.0, 0.0), start=(0.3, 30.0, 1.0))

# %% [markdown]
# In the second row the last factor is zero: that update computes a gradient and throws it away, and the loss
# columns say how little that costs. But it is one *tick of the clock*, and not every clock ticks per update.
#
# A floor of a hundredth is hard to tell from zero here; a tenth leaves noise standing, near and far. The
# exponentials are the surprise. From near, the deep one beats the line although it does not end at zero: it
# has been quiet for longer. From far, with peaks kept inside the limit, it lacks reach, and the line wins.
# In the explorer, raise `floor` to 1: the line becomes the constant. (Without a running kernel: the figure and the
# table show the same.)
#
# ## The training effect, judged fairly
#
# Now the handwritten digits with some wrong labels, each schedule at its own peak, tuned on seeds that are
# not used again. One of the four is there to take the line's advantage apart: a line *with a floor*, which ends
# where the exponential ends, at a tenth. Is the line ahead of the exponential because of its **end**? Then the floor
# must cost it what the exponential loses. Or because of its **way** down? Then the line with a floor must be
# as far ahead. Which do you expect?

# %% tags=["answer"]
from lrlib import stats, tasks, train
from lrlib.course.finding import found
from lrlib.schedules import constant, exponential

task = tasks.get("digits", label_noise=label_noise)
arms = {
    "constant": constant(),
    "exponential to 0.1": exponential(0.1, steps),
    "line to 0.1": linear(1, 0.1, steps),
    "line to 0": linear(1, 0, steps),
}
grid = [0.226 * 2 ** (k / 2) for k in range(5)]
tuned = train.tune(task, arms, grid, seeds=range(1000, 1008), steps=steps)
for name, peak in tuned.fitted.items():
    print(f"{name:18} best peak {peak.rate:.2f}")

# %% tags=["answer"]
judged = train.judge(task, tuned, seeds=range(n_seeds))
ways = {
    "worse": "So at the same end the line's way down is the better one.",
    "better": "So at the same end the exponential's way down is the better one.",
    "cannot tell": "So at the same end the way down is not seen to matter.",
}
display(found(judged, ways, about="exponential to 0.1", reference="line to 0.1"))
ends_at_zero = {
    "better": "So the end matters: zero is better than a tenth.",
    "worse": "So the end matters: a tenth is better than zero.",
    "cannot tell": "So the end is not seen to matter.",
}
display(found(judged, ends_at_zero, about="line to 0", reference="line to 0.1"))
plot.forest(judged, reference="line to 0.1")

# %% tags=["answer"]
plot.house(judged)

# %% tags=["answer"]
from lrlib.evidence import sweeps

for name in ("decays-digits", "shapes-digits"):  # made by: python -m lrlib sweep NAME
    stored = sweeps.load(name)
    table = stats.ranking(stored.judged, reference="linear(1, 0, T)")
    size = f"{stored.definition.steps} steps, {len(stored.judged.seeds)} pairs"
    print(f"Found here: {size}: {stats.headline(table)}")

# %% [markdown]
# **We see** the paired differences to the line with a floor, a dot a seed, then the rates and the losses, and two
# stored comparisons with more pairs and rivals: runs like these, and longer ones with *momentum*, which keeps a part of the
# last update (lesson 01). **This means** what the sentences say; each verdict is corrected for the number of rivals.
# **It does not mean** that a schedule which comes out well is the best possible, nor that an exponential cannot do
# better with another depth. A rival that is *better* contradicts the fame of the line, one that is *worse* supports it.
# Where nothing beats it, it has a practical reason more: one number to get wrong.
#
# ## A widely copied program
#
# A program that translates images is widely copied, and with it its schedule: full rate for the first epochs
# (passes over the training images), then a line to zero. A rule for PyTorch's `LambdaLR` says by what to
# multiply `base_lr`, given how often `scheduler.step()` was called. Since 2020 the program calls it at the *start*
# of an epoch. Here is the pattern, complete, on the digits.

# %%
import warnings

import torch
from torch.optim.lr_scheduler import LambdaLR

warnings.filterwarnings("ignore", "Detected call of")  # said in the text below
full, falling, batches = 5, 5, steps // 10  # epochs at the full rate, epochs of the line
images, labels = task.heldout
print(f"{full} + {falling} epochs of {batches} updates")


def rule(epoch):
    return 1 - max(0, epoch + 1 - full) / (falling + 1)


def train_epoch(model, optimizer, data, epoch):
    model.train()
    for t in range((epoch - 1) * batches, epoch * batches):
        inputs, targets = data[t]
        loss = task.loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %%
from lrlib.ledger import Ledger

plan = constant(1, full * batches) >> linear(1, 0, falling * batches)
model, data = task.model(0), task.batches(0, 10 * batches)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
scheduler = LambdaLR(optimizer, rule)
with Ledger.watch(optimizer, intended=plan, base_lr=0.5) as ledger:
    for epoch in range(1, full + falling + 1):
        scheduler.step()  # at the start of the epoch
        train_epoch(model, optimizer, data, epoch)
        model.eval()
        with torch.no_grad():
            outputs = model(images)
        loss, right = task.loss(outputs, labels), (outputs.argmax(1) == labels).double()
        print(f"epoch {epoch:2}: loss {loss:.4f}, {right.mean():.1%} right")

# %%
plot.lines(
    ledger.steps,
    {"intended": ledger.intended, "used": ledger.used},
    title="The line starts an epoch early, and the last epoch has no rate",
    xlabel="step (optimizer updates)",
    ylabel="rate",
)

# %%
from lrlib.schedules import table

arms = {
    "planned": plan,
    "called first": table([rule(t // batches + 1) for t in range(10 * batches)]),
    "called after the epoch": table([rule(t // batches) for t in range(10 * batches)]),
}
meant = 0.5 * arms["called first"].values(10 * batches)
print("same rates as in the ledger:", np.allclose(meant, ledger.used))
print(f"updates at a rate of zero: {(ledger.used == 0).sum()} of {len(ledger.used)}")
cost = train.sweep(task, arms, 0.5, range(n_seeds), steps=10 * batches, evaluations=1)
readings = {
    "worse": "So the stairs and the lost epoch cost something.",
    "better": "So the stairs and the lost epoch even help.",
    "cannot tell": "So what the lost epoch costs is not seen here; only the ledger shows it.",
}
display(found(cost, readings, about=list(arms)[1:], reference="planned"))

# %% [markdown]
# **We see** the plan and stairs that lie below it, and in the log that the last two epochs have the same loss;
# below the figure stands what it costs at the same `base_lr`, corrected for both ways to call. **This means**
# that the rule was written for a scheduler that is called *after* the epoch. (PyTorch warns of the order, once;
# that is switched off above.) Called before it, everything comes an epoch too soon, and the last epoch computes
# gradients and throws them away. **It does not mean** that the program fails: with the hundred and hundred epochs
# of the original it wastes one in two hundred, here one in ten.
#
# One rate an epoch is a staircase, and a ledger tells it from a $T$ that is too long, which also ends above zero:
# count the distinct rates. A clock that ticks per epoch has at most as many as there are epochs, a wrong $T$ one
# an update.
#
# ## In your own program
#
# From `base_lr` straight to zero over the `T` updates of a run:
#
# | | |
# |---|---|
# | PyTorch | `LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=T)`, and `scheduler.step()` after every `optimizer.step()` |
# | `lrlib` in the same loop | `ScheduleLR(optimizer, linear(1, 0, T))` |
# | Hugging Face | `lr_scheduler_type="linear"`, its default, or `get_linear_schedule_with_warmup(optimizer, 0, T)` |
# | Keras | `PolynomialDecay(base_lr, decay_steps=T, end_learning_rate=0.0)` |
# | optax | `linear_schedule(base_lr, 0.0, transition_steps=T)` |

# %%
ours, rows = linear(1, 0, 300).values(300), {}
for text in (
    "torch.linear(start=1, end=0, total_steps=300)",
    "torch.linear()",
    "hf.linear(total_steps=300)",
    "keras.polynomial(decay_steps=300, base_lr=0.001)",
):
    f = parse(text).values(300)
    rows[text] = {"first": f[0], "last": f[-1], "gap": abs(f - ours).max()}
pd.DataFrame.from_dict(rows, orient="index").round(4)

# %% [markdown]
# The trap is in the defaults: `gap` is the largest distance to the line. PyTorch's `LinearLR` without factors
# *rises*, in five steps, and stays; Keras keeps a floor, and counts it as a *rate*, a tenth of this `base_lr`.
# Another is the order of the calls: [lesson 23](23_museum_of_broken_schedules.ipynb), *The scheduler steps before
# the optimizer*.
#
# ## Exercises
#
# **1, guided.** Write linear decay from 1 to `floor` over `T` steps, held after `T`. The floor is
# *interpolated*: the line goes straight from 1 to the floor and does not hit it earlier. Only the return line
# is missing.


# %% tags=["exercise"]
def my_linear(t, T, floor):
    p = min(t / T, 1)  # held after T
    raise NotImplementedError("combine p and floor: 1 at p = 0, floor at p = 1")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("07.1", my_linear)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_linear(t, T, floor):
#     p = min(t / T, 1)  # held after T
#     return floor + (1 - floor) * (1 - p)
# ```
#
# The height of the line is 1 - floor; it stands on the floor. `1 - (1 - floor) * p` is the same.
# </details>

# %% [markdown]
# **2, standard.** Replace the stairs by a line, in a run whose epochs differ in length: `batches`
# lists how many batches each has, and the last is often short. Return the rate that *every update* reads: from
# `base_lr` straight down, with zero due just after the run. The check drives an optimizer with your rates.


# %% tags=["exercise"]
def repaired_rates(base_lr, batches):
    raise NotImplementedError("how long is the run? which updates are there?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("07.2", repaired_rates)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def repaired_rates(base_lr, batches):
#     T = sum(batches)
#     return [base_lr * (1 - t / T) for t in range(T)]
# ```
#
# Step and length are counted in the same unit, updates, and the length never changes during the run.
# </details>

# %% [markdown]
# **3, open.** Compare two floors fairly on the digits. Return the mean of the paired differences, floor
# `high` minus floor `low`, with its interval: the columns `difference`, `ci_low` and `ci_high` of a ranking. Use
# `task`, `grid`, `steps` and `n_seeds` from above, and tuning seeds 1000 to 1007. Then try floors of your own,
# 0 against 0.1 first, and write down what the interval lets you say. (The check trains for some seconds.)


# %% tags=["exercise"]
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    raise NotImplementedError("train.tune, train.judge on seeds 0, 1, ..., stats.ranking")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("07.3", compare_floors, task=task, grid=grid, steps=steps, n_seeds=n_seeds)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def compare_floors(low, high):
#     pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
#     tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
#     judged = train.judge(task, tuned, seeds=range(n_seeds))
#     row = stats.ranking(judged, reference="low").loc["high"]
#     return row["difference"], row["ci_low"], row["ci_high"]
# ```
#
# The case that is checked, floors 0 and 1, is the line against a constant rate. An interval that contains 0
# does not show that two floors are equal, only that this experiment cannot tell them apart.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - write linear decay, $1 - t/T$, with an interpolated floor, held after $T$;
# - give the reason for ending at zero: the last weights of a line are like the average of a constant run;
# - read a last-iterate bound: what counts is each rate against what is left after it;
# - say what an off by one costs: one tick of the clock that the schedule runs on;
# - find a lost epoch and a staircase in a ledger, and repair both.
#
# **What this does not show.** The bound is for convex losses and the worst case, and it is known to be loose.
# The bowl and the digits are small problems with plain SGD. Two depths of exponential decay do not stand for all
# exponentials, and the way and the end were told apart at one length of run.
#
# ## Quiz
#
# **1. Linear decay to zero over $T = 100$ steps. The last update, $t = 99$, uses**
#
# - (a) 0.01 of the peak
# - (b) 0.99 of the peak
# - (c) zero
#
# <details><summary>Answer</summary>
#
# (a): $1 - 99/100$. (c) is due at step 100, after the run. (b) is the second update.
# </details>
#
# **2. The average of the weights of a run at constant rate weights the gradient of step $t$ like**
#
# - (a) a constant
# - (b) a line that falls to zero
# - (c) a line that rises from zero
#
# <details><summary>Answer</summary>
#
# (b): an early gradient is contained in almost all weights, a late one in few. (a) is true of the last
# weights. (c) has it the wrong way round.
# </details>
#
# **3. The ledger ends at 0.05 of the peak and shows 20 distinct rates in 2,000 updates. The cause
# is**
#
# - (a) a rate set once in 100 updates
# - (b) a $T$ that is 5 % too long
# - (c) a floor of 0.05
#
# <details><summary>Answer</summary>
#
# (a): 20 ticks, the last at $1/20$. (c) and (b) would show a different rate at every update.
# </details>
#
# ## References
#
# - Defazio, Cutkosky, Mehta and Mishchenko 2023, *Optimal Linear Decay Learning Rate Schedules and Further
#   Refinements*, [arXiv:2310.07831](https://arxiv.org/abs/2310.07831): the bound on the last weights, and
#   the rates that follow from gradient norms (algorithm 1).
# - Li, Yumer and Ramanan 2020, *Budgeted Training*, [arXiv:1905.04753](https://arxiv.org/abs/1905.04753):
#   linear decay to zero as a baseline for any budget of steps.
# - Zhu, Park, Isola and Efros 2017, *Unpaired Image-to-Image Translation*,
#   [arXiv:1703.10593](https://arxiv.org/abs/1703.10593): full rate, then a line; the order of the calls in its program is discussed
#   in [its issue 1100](https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix/issues/1100).
# - Zamani and Glineur 2023, *Exact Convergence Rate of the Last Iterate in Subgradient Methods*,
#   [arXiv:2307.11134](https://arxiv.org/abs/2307.11134): the best possible worst case of the last weights,
#   half of the bound used here.

# %% [markdown] tags=["navigation"]
# [Previous: 06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb) | [All lessons](index.ipynb) | [Next: 08 Cosine decay](08_cosine_decay.ipynb)
