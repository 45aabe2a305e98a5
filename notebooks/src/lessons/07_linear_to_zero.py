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

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run, 100..2000
n_seeds: int = 8  # judging seeds, the pairs of the comparison, 6..64
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

# %%
from lrlib import plot
from lrlib.schedules import parse

names = ["constant(1)", "exponential(0.1, T)", "exponential(0.01, T)", "linear(1, 0, T)"]
shapes = {name: parse(name, T=steps) for name in names}
alt = "Constant at 1; two exponentials that end above zero; a straight line that ends at zero."
plot.schedules(shapes, steps, title="Only the line arrives at zero", alt=alt)

# %% [markdown]
# **We see** the constant rate, two exponentials of lesson 06 and the line. **This means** that the line keeps
# a higher rate than the exponentials through most of the run, and is lower than all of them at the very end.
# **It does not mean** that ending at zero is good. That needs a reason, and then a measurement.
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

from lrlib.schedules import linear

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
# steps, and the best peak in units of $D / (G \sqrt T)$.

# %%
import pandas as pd


def best_bound(s):
    r, q = s[::-1].cumsum()[::-1], (s**2)[::-1].cumsum()[::-1]
    start = 1 / (2 * r[0])  # to be multiplied by D^2 / peak
    average = q[0] / (2 * r[0])
    price = np.sum(s[:-1] / r[1:] * q[:-1] / r[:-1]) / 2
    noise = average + price  # to be multiplied by G^2 * peak
    return 2 * np.sqrt(start * noise * len(s)), np.sqrt(start / noise * len(s))


table = pd.DataFrame(index=names, columns=["bound", "bound, 100 T", "best peak"])
for name in names:
    bound, peak = best_bound(shapes[name].values(steps))
    longer, _ = best_bound(parse(name, T=100 * steps).values(100 * steps))
    table.loc[name] = [f"{value:.2f}" for value in (bound, longer, peak)]
table

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
# on the noisy bowl of lesson 06, in runs of 300 steps, where the loss averaged over all noise is computed
# exactly. Is the line's best peak *lower* than the constant's, *up to twice* it, or *more*?

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
found = "lower" if measured < 1 else "up to twice" if measured <= 2 else "more"
check.category(
    my_prediction, found, ("lower", "up to twice", "more"), "the text below the figure"
)

# %%
print(f"best peak of the line, over that of the constant: {measured:.2f}")
lowest = min(near, key=lambda name: near[name].min())
title = f"Lowest at its own best peak: {lowest}"
alt = (
    f"Four U-shaped curves of loss against peak rate, a dot at each lowest point. {title}."
)
curves = {name: losses[:, None] for name, losses in near.items()}
chosen = [losses.argmin() for losses in near.values()]
plot.sensitivity(
    peaks,
    curves,
    title=title,
    alt=alt,
    chosen=chosen,
    loss="expected loss",
    unit="exact",
    like=shapes,
)

# %% [markdown]
# **We see** the exact loss after the last step against the peak, with a dot at each schedule's best; two of
# the dots nearly coincide. Why the deep exponential is lowest, the section on ends explains. **This means**
# that a constant rate has to choose *one* number for two jobs, to travel and to be quiet at the end. It
# settles for a low one. The line does one job first and the other later. Half the reach per peak explains a
# factor of 2; the rest is this freedom, and its size depends on the problem: compare the column "best peak"
# above, for the worst case, and the tuned peaks on the digits below. **It does not mean** that the higher peak
# is better by itself: read the curves at any one shared peak, and you compare peaks, not shapes.
#
# ## Where to end: a floor, and zero one update early
#
# A **floor** is a rate that the decay does not go below; `linear(1, 0.01, T)` ends at a hundredth of the
# peak. And some loops are *off by one*, wrong by one in their count: zero falls on the *last update*, step
# $T - 1$. What does that update do? Near and far starts as in lesson 06, at 1 and 30, each schedule at its best
# peak inside the limit.

# %%
ends = ["linear(1, 0, T)", "linear(1, 0, T - 1)", "linear(1, 0.01, T)", "linear(1, 0.1, T)"]
table = pd.DataFrame(
    index=ends + names[:3], columns=["last factor", "near: loss", "far: loss"]
)
for name in table.index:
    row = [parse(name, T=300)(299), *(exact(name, start).min() for start in (1, 30))]
    table.loc[name] = [f"{value:.4f}" for value in row]
table


# %%
from lrlib.course.explore import explorer


def draw(floor, start):
    both = ["constant(1)", f"linear(1, {floor:.2f}, T)"]
    losses = {name: exact(name, start)[:, None] for name in both}
    lowest = ", ".join(f"{name} {loss.min():.3g}" for name, loss in losses.items())
    title = f"Lowest: {lowest}"
    alt = f"Two curves of loss against peak rate. {title}."
    fixed = {"y_range": (0.01, 100), "loss": "expected loss", "unit": "exact"}
    return plot.sensitivity(peaks, losses, title=title, alt=alt, **fixed)


explorer(draw, floor=(0.0, 1.0, 0.0), start=(0.3, 30.0, 1.0))

# %% [markdown]
# In the second row the last factor is zero: that update computes a gradient and throws it away. The run is
# one update shorter, and the loss columns say how little that is. But it is one *tick of the clock*, and
# not every clock ticks per update. With a schedule counted in 10 epochs (passes over the training images) the
# same off by one wastes a tenth of the run.
#
# A floor of a hundredth is hard to tell from zero here; a tenth leaves noise standing, near and far. The
# exponentials are the surprise. From near, the deep one beats the line although it does not end at zero: it
# has been quiet for longer. From far, with peaks kept inside the limit, it lacks reach, and the line wins; a
# peak above the limit would change this (lesson 06). In the explorer, raise `floor` to 1: the line becomes the
# constant. (Without a running kernel: the figure and the table show the same.)
#
# ## The training effect, judged fairly
#
# Now the handwritten digits with some wrong labels. Each schedule gets its own peak, tuned on seeds that are
# not used again, and runs on fresh, paired seeds. Below the figure stand two stored comparisons with more
# pairs, finer grids of peaks and more rivals: `decays-digits` with runs like these, and `shapes-digits` with
# longer runs and *momentum*, which keeps a part of the last update (lesson 01, exercise 3).

# %%
from lrlib import stats, tasks, train

task = tasks.get("digits", label_noise=label_noise)
grid = [0.08, 0.16, 0.32, 0.64, 1.28, 2.56]
tuned = train.tune(task, shapes, grid, seeds=range(1000, 1008), steps=steps)
judged = train.judge(task, tuned, seeds=range(n_seeds))
ranking = stats.ranking(judged)
ranking["peak"] = tuned.peaks
print("peaks at the edge of the grid:", sum(tuned.at_edge))
ranking.round(4)

# %%
title = stats.headline(ranking)
alt = f"Above, four rates at their tuned peaks; below, held-out losses. {title}."
plot.house(judged, title=title, alt=alt)

# %%
from lrlib.evidence import sweeps

for name in ("decays-digits", "shapes-digits"):  # made by: python -m lrlib sweep NAME
    stored = sweeps.load(name)
    table = stats.ranking(stored.judged, reference="linear(1, 0, T)")
    print(f"{name}, {stored.definition.steps} steps, {len(stored.judged.seeds)} pairs")
    print(table.round(4).to_string(), "\n")

# %% [markdown]
# **We see** held-out loss in nats, and in the table the paired differences to the reference, the best on the
# *tuning* seeds, with 95 % intervals. **This means** what the verdicts say; compare the tuned peaks with your
# prediction, too. **It does not mean** that a baseline which comes out well is the best possible, nor that an
# exponential cannot do better with another depth: only two depths were tried.
#
# Read the stored tables by their last column, which is corrected for the number of rivals; `alone` is not. A
# rival that is *better* contradicts the fame of the line, one that is *worse* supports it, and *cannot tell*
# does neither. Where the line is hard to beat, its reasons are those of this lesson: it ends at zero, it is
# never quiet for long, and it has only one number to get wrong. Where something beats it, look at what it
# does. Lesson 08 takes the two settings apart, and lesson 12 looks at the fall.
#
# ## Two faults in a ledger
#
# A widely copied snippet writes the line as `1 - t / t`. It divides by the step where it should divide by
# the length of the run. At `t = 0` that is 0/0, an error in Python, so such loops begin to write
# the rate at `t = 1`; update 0 uses the optimizer's own rate.
# A second pattern is correct but coarse: the rate is set once per *epoch*. Both drive a real optimizer here,
# on a weight whose gradient is always 1, so that the distance it moves is the sum of the rates.

# %%
import torch

from lrlib.ledger import Ledger


def watched(name, factor, steps=steps):
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    with Ledger.watch(optimizer, intended=linear(1, 0, steps), base_lr=0.5) as ledger:
        for t in range(steps):
            optimizer.param_groups[0]["lr"] = 0.5 * factor(t)
            weight.grad = torch.ones_like(weight)
            optimizer.step()
    meant = ledger.intended.sum()
    print(f"{name}: moved {-weight.item():.2f} of {meant:.2f} intended,", end=" ")
    print(f"first rates {ledger.used[:3].round(3)}, last {ledger.used[-1]:.3f}")
    return ledger


batches = -(-steps // 10)  # 10 epochs
snippet = watched("1 - t / t", lambda t: 1 - t / t if t > 0 else 1)
staircase = watched("per epoch", lambda t: 1 - (t // batches) / 10)

# %%
curves = {"intended": snippet.intended, "used: 1 - t / t": snippet.used}
curves["used: per epoch"] = staircase.used
title = "One schedule intended, two others used"
alt = "Intended: a falling line. Used: zero after the first update; a staircase above the line."
plot.lines(snippet.steps, curves, title, alt, "step (optimizer updates)", "rate")

# %% [markdown]
# **We see** the intended line, a rate that is zero from the second update on, and a staircase. **This
# means** that the snippet trains for one update and then pretends, with no error and no warning. The
# staircase lies on or above the line at every step, has more reach than was intended, and ends at a tenth of
# the peak. **It does not mean** that a staircase trains badly: with many epochs its steps are small.
#
# Two explanations fit a last rate that is well above zero: the clock ticks per epoch, or $T$ is longer than
# the run. They need different remedies: set the rate before every update, or correct $T$. The ledger tells
# them apart. Count the distinct rates: a coarse clock has as many as there are epochs, a wrong $T$ has one
# per update.

# %%
late = linear(0.5, 0, steps + batches).values(steps)  # T one epoch too long
for name, used in {"once per epoch": staircase.used, "T too long": late}.items():
    distinct = len(np.unique(used.round(12)))
    print(f"{name}: last rate {used[-1]:.3f}, distinct rates {distinct}")

# %% [markdown]
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
# **2, standard.** Repair the snippet and the staircase at once, in a run whose epochs differ in length: `batches`
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
# `high` minus floor `low`, with its interval: `found.mean, found.low, found.high`. Use `task`, `grid`,
# `steps` and `n_seeds` from above, and tuning seeds 1000 to 1007. Then try floors of your own, 0 against
# 0.1 first, and write down what the interval lets you say. (The check trains for some seconds.)


# %% tags=["exercise"]
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    raise NotImplementedError("train.tune, train.judge on seeds 0, 1, ..., stats.compare")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("07.3", compare_floors, task=task, grid=grid, steps=steps, n_seeds=n_seeds)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def compare_floors(low, high):
#     pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
#     tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
#     losses = train.judge(task, tuned, seeds=range(n_seeds)).losses()
#     found = stats.compare(losses["high"], losses["low"])
#     return found.mean, found.low, found.high
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
# - recognise `t / t` and a per-epoch staircase in a ledger, and repair both.
#
# **What this does not show.** The bound is for convex losses and the worst case, and it is known to be loose.
# The bowl and the digits are small problems with plain SGD. The peaks of the digits come from a coarse grid,
# with a factor of two between rates. Two depths of exponential decay do not stand for all exponentials.
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
# - Zamani and Glineur 2023, *Exact Convergence Rate of the Last Iterate in Subgradient Methods*,
#   [arXiv:2307.11134](https://arxiv.org/abs/2307.11134): the best possible worst case of the last weights,
#   half of the bound used here.

# %% [markdown] tags=["navigation"]
# [Previous: 06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb) | [All lessons](../../README.md) | [Next: 08 Cosine decay](08_cosine_decay.ipynb)
