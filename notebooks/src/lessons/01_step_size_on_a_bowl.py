# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 Step size on a bowl
#
# *After this you can say from a curvature which rates converge, overshoot or blow up, measure the limit of a
# function you cannot see into, and say what noise adds.*
#
# Needs 00 - 40 min - computes in under 12 s - CPU

# %% tags=["parameters"]
steep: float = 4.0  # largest curvature L of the bowl, 0.1..100
ratio: float = 20.0  # largest over smallest curvature, 2..100
steps: int = 200  # updates of the noisy runs, 50..2000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64

# %% [markdown]
# ## One direction: a factor per step
#
# Take the simplest loss with a lowest point, a bowl in one variable: $f(x) = \frac{h}{2} x^2$. Its gradient
# is $h x$. The number $h > 0$ is the *curvature*: how fast the gradient grows as we leave the bottom.
# Gradient descent with a constant rate $\eta$ is lesson 00's update,
#
# $$x_{t+1} = x_t - \eta\, h x_t = (1 - \eta h)\, x_t, \qquad\text{so}\qquad x_t = (1 - \eta h)^t\, x_0 .$$
#
# Nothing but one factor, $c = 1 - \eta h$, applied again and again. Rate and curvature enter only as their
# product: a bowl twice as steep at half the rate takes the same path, step by step.
#
# ## Predict: where does it first diverge?
#
# Raise the rate little by little. At which multiple of $1/h$ does the position first grow instead of shrink?
# You may have read that the rate must stay below one over the curvature. Write your number, then run.

# %%
my_prediction = None  # the first diverging rate, in multiples of 1 / h: your number

# %%
import numpy as np

from lrlib.course import check


def descend(rate, h, start, n):
    x = [start]
    for _ in range(n):
        x.append(x[-1] - rate * h * x[-1])  # the gradient of h x^2 / 2 is h x
    return x


scan = np.arange(50, 300) / 100
ends = np.array([descend(m / steep, steep, 1.0, 100)[-1] for m in scan])
first_diverging = scan[np.argmax(abs(ends) > 1.01)]
check.reconcile(my_prediction, first_diverging, 0.02, "the text and the table below")

# %% [markdown]
# The position shrinks when $|1 - \eta h| < 1$, that is when $0 < \eta h < 2$. So the limit is $2/h$. At
# $1/h$ nothing breaks; on the contrary, that rate needs a single step. At exactly $2/h$ the position jumps
# between $x_0$ and $-x_0$ for ever, so the scan, which moves in hundredths, finds the next point. There are
# four regimes:
#
# | $\eta h$ | factor $c$ | what happens |
# |---|---|---|
# | below 1 | between 0 and 1 | *slow*: approaches from one side |
# | exactly 1 | 0 | *one step*: lands on the bottom |
# | between 1 and 2 | between -1 and 0 | *oscillating*: jumps across, comes closer each time |
# | above 2 | below -1 | *diverging*: jumps across, lands farther out each time |
#
# Here is one path of each. Read each printed row against its factor, which is 1 minus the multiple.

# %%
from lrlib import plot

fates = {"slow": 0.25, "one step": 1.0, "oscillating": 1.75, "diverging": 2.05}
print(f"the first rate of the scan that diverges: {first_diverging:g}/h")
paths = {
    f"{name}, {m:g}/h": descend(m / steep, steep, 1.0, 14) for name, m in fates.items()
}
for name, path in paths.items():
    print(f"{name:19s}", "  ".join(f"{x:+.4f}" for x in path[:6]))

# %%
title = "One factor per step, four fates"
alt = (
    "Position from 1: slow falls to almost 0 from one side; one step is at 0 at once; "
    "oscillating changes sides and shrinks; diverging changes sides and grows to about 2."
)
plot.lines(range(15), paths, title, alt, "step (optimizer updates)", "position x")

# %% [markdown]
# **We see** the position $x$, not the loss; the bottom is at 0. **This means** that a rate can overshoot long
# before it blows up: the oscillating path jumps across at every step and still arrives. **It does not mean**
# that overshooting is waste. The next section has a use for it.
#
# ## Two directions: one rate for both
#
# A real loss has many directions, some steep and some shallow. Two are enough to see the trouble:
# $f(x) = \frac12 (L x_1^2 + m x_2^2)$ with $L > m$. Each direction has its own factor, $1 - \eta L$ and
# $1 - \eta m$, but there is one rate. The *steep* direction sets the limit: $\eta < 2/L$. The *shallow* one
# sets the pace, since below the limit its factor is close to 1. How bad this is depends only on
# $\kappa = L/m$, the *condition number*.

# %%
multiple = np.linspace(0, 2.2, 221)
best = 2 / (1 + 1 / ratio)  # 2 / (L + m), as a multiple of 1 / L
plot.lines(
    multiple,
    {
        "steep: |1 - rate L|": abs(1 - multiple),
        "shallow: |1 - rate m|": abs(1 - multiple / ratio),
    },
    title=f"The best rate, {best:.2f}/L, makes both directions equally slow",
    alt="Steep: a V, from 1 to zero at 1/L and back to 1 at 2/L. Shallow: a line that "
    f"falls from 1. They cross at {best:.2f}/L, where both are {abs(1 - best):.2f}.",
    xlabel="rate, in multiples of 1 / L",
    ylabel="distance kept per step",
    marks={"2 / (L + m)": best},
)

# %% [markdown]
# **We see** the fraction of its distance that each direction keeps in one step. The slower direction, the
# upper line, decides. **This means** that the best rate is where the lines cross:
# $\eta L - 1 = 1 - \eta m$ gives $\eta = 2/(L + m)$, and both keep $(\kappa - 1)/(\kappa + 1)$. There
# the steep direction overshoots at every step, so that the shallow one may move faster. **It does not mean**
# that one should aim for this rate: it may lie close to the limit, and the curvatures are rarely known.
#
# ## "The rate must be below 1/L"
#
# This sentence is widely repeated. Here is what it gets right. For any loss whose curvature is nowhere above
# $L$, one step is sure to bring the loss down by at least
#
# $$\eta \left(1 - \frac{\eta L}{2}\right) \lVert \nabla f \rVert^2 \qquad\text{(the descent lemma)}.$$
#
# Here $\nabla f$ is the gradient, all slopes in one vector, and $\lVert \nabla f \rVert$ its length. The
# bracket is positive up to $2/L$; the product is largest at $1/L$. So $1/L$ has the best *guarantee for
# one step*. It is not where divergence starts. Count the steps until both directions have shrunk a
# thousandfold:


# %%
import pandas as pd


def steps_needed(rate, curvatures):
    x, t = np.ones(len(curvatures)), 0
    while 1e-3 <= abs(x).max() <= 1e3:
        x, t = x - rate * curvatures * x, t + 1
    return t if abs(x).max() < 1 else np.inf


bowl = np.array([steep, steep / ratio])
rows = {}
for name, m in {"0.5/L": 0.5, "1/L": 1, "2/(L+m)": best, "2.1/L": 2.1}.items():
    c = abs(1 - m / steep * bowl).max()
    formula = np.log(1e-3) / np.log(c) if c < 1 else np.inf
    counted = steps_needed(m / steep, bowl)
    rows[name] = {"factor": c, "steps, formula": formula, "steps, counted": counted}
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown]
# The formula is $\ln 1000 / (-\ln c)$, from $c^t = 1/1000$; the count is the next whole step. Compare the
# second row with the third. When the condition number is large, keeping to $1/L$ costs about twice the
# steps. Above $2/L$ no number of steps is enough.
#
# ## The same in PyTorch, with its ledger
#
# Our arithmetic should be what an optimizer does. `tasks.get("quadratic")` is this bowl as a model with a
# loss, `train.run` the loop of lesson 00. We run the constant schedule at four rates, without noise.

# %%
from lrlib import tasks, train
from lrlib.schedules import constant

still = tasks.get("quadratic", curvatures=tuple(bowl), noise=0.0)
runs = {
    f"{m:g}/L": train.run(still, constant(), m / steep, seed=0, steps=40, evaluations=40)
    for m in (0.5, 1.0, 1.9, 2.1)
}
up = [name for name, run in runs.items() if run.heldout_loss[-1] > bowl.sum() / 2]
plot.house(
    runs,
    title=f"The loss ends above its start at: {', '.join(up) or 'none'}",
    alt=f"Above, four flat rates. Below, losses start at {bowl.sum() / 2:.3g} and end at: "
    + ", ".join(f"{name} {run.heldout_loss[-1]:.2g}" for name, run in runs.items()),
    unit=still.unit,
    loss="loss",
)

# %%
from lrlib import theory

rows = {}
for name, run in runs.items():
    factors = (1 - run.used[0] * bowl) ** (2 * run.heldout_steps[:, None])
    by_hand = factors @ bowl / 2
    exact = theory.expected_loss(run.used, bowl, noise=0.0)[1:]
    rows[name] = {
        "largest gap, intended - used": run.largest_gap(),
        "agrees with the factors": np.allclose(run.heldout_loss, by_hand, 1e-9, 1e-15),
        "agrees with theory": np.allclose(run.heldout_loss, exact, 1e-9, 1e-15),
        "diverged": run.diverged,
    }
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown]
# **We see** constant rates, and losses that become straight lines on the logarithmic axis: one factor per
# step. The table compares three ways to the same numbers. In its last column, a run has *diverged* if any
# of its losses is not finite, or if the last is above a hundred times the starting loss. **This means**
# that the ledger, the formula and the optimizer agree. **It does not mean** that a falling loss is a sign
# of a good rate: three of these losses fall, at very different pace.

# %%
from lrlib.course.explore import explorer


def draw(multiple, kappa):
    a, b = 1 - multiple, 1 - multiple / kappa
    t = np.arange(25)
    title = f"rate {multiple:.2f}/L: factor {a:.2f} sideways, {b:.2f} along the valley"
    alt = f"{title}. The path goes from (1, 1) to ({a**24:.2g}, {b**24:.2g}) in 24 steps."
    names = "steep direction", "shallow direction"
    fixed = {"x_range": (-2, 2), "y_range": (-0.2, 1)}
    return plot.lines(a**t, {"path": b**t}, title, alt, *names, **fixed)


draw(1.8, ratio)

# %%
explorer(draw, multiple=(0.05, 2.1, 1.8), kappa=(2.0, 100.0, ratio))

# %% [markdown]
# **We see** the path of 24 steps, from the upper right corner, in a valley that is steep sideways. **This
# means**: it is thrown across the valley, and creeps along it. Find the rate without sideways motion, then
# the one that gets farthest down, then one that leaves the picture on both sides. (Without a running kernel: the
# figure above is the starting position.) **It does not mean** that a zigzag is a sign of divergence; look
# at whether the swings shrink.
#
# ## What noise does: a first look
#
# In training, the gradient comes from a batch, so it is the true one plus an error. Model the error as a
# fresh random push at every step: the gradient becomes $h x + \sigma \sqrt{h}\, z$. The number $z$
# is *standard normal*: drawn from the bell curve with mean 0 and mean square 1. $\sigma$ is the strength of
# the noise, and $\sqrt{h}$ gives steeper directions more of it, as is often assumed for networks. Now follow
# the mean of $x^2$. The factor squares, and each push adds its mean square, $\eta^2$ times $h \sigma^2$:
#
# $$a_{t+1} = (1 - \eta h)^2 a_t + \eta^2 h \sigma^2, \qquad a_t = \mathrm{mean}(x_t^2).$$
#
# At a constant rate $a_t$ stops where both sides are equal, at $a = \eta \sigma^2 / (2 - \eta h)$. The loss
# there, $h a / 2$ summed over directions, is the *noise floor*. It shrinks with the rate, and is about
# proportional to it while $\eta h$ is small; lesson 02 is about this floor. `theory.expected_loss` computes
# the recursion.

# %%
from lrlib.schedules import linear

noise = 0.3
plans = {
    "constant, 0.4/L": 0.4 * constant(),
    "constant, 0.1/L": 0.1 * constant(),
    "line from 0.4/L": 0.4 * linear(1, 0, steps),
}
expected = {
    name: theory.expected_loss(plan.values(steps) / steep, bowl, noise)
    for name, plan in plans.items()
}
seen = [steps // 10, steps]
pd.DataFrame({n: y[seen] for n, y in expected.items()}, index=seen).rename_axis(
    "step"
).round(5)

# %%
lowest = min(expected, key=lambda name: expected[name][-1])
title = f"Lowest at the end: {lowest}"
alt = f"Three falling losses, with the values of the table above. {title}."
names = "step (optimizer updates)", "expected loss (loss units)"
plot.lines(range(steps + 1), expected, title, alt, *names, like=plans, log_y=True)

# %% [markdown]
# **We see** exact means over all possible noise; no run was made. **This means** that a constant rate has a
# floor, and that a lower rate has a lower one. **It does not mean** that a lower rate is better: it also
# takes longer to get there; compare the two constant rates at the start.
#
# A loss has stopped falling. Two explanations fit. Either it is at its floor: then a *lower* rate helps. Or
# the shallow direction is merely slow: then a *higher* rate helps. The test is to continue with both. We
# run at 0.2/L, change the rate early or late, and run a quarter longer.

# %%
rows = {}
for when in (steps // 20, steps):
    for name, then in {"half": 0.1, "the same": 0.2, "double": 0.4}.items():
        rates = np.repeat([0.2, then], [when, steps // 4]) / steep
        loss = theory.expected_loss(rates, bowl, noise)[-1]
        rows.setdefault(name, {})[f"after {when} steps"] = loss
pd.DataFrame(rows).round(5)

# %% [markdown]
# The rows are the two times, the columns the three rates from there on. In each row the lowest number names the explanation that holds at that time. Where the rows differ, no
# single rate is right for both, and this is the reason for a schedule: high while slowness is the trouble,
# low when noise is.
#
# ## The training effect, judged fairly
#
# Does it show in runs with real noise? As in lesson 00: a constant rate against a line to zero, each at a
# peak tuned on seeds of its own, then judged in pairs. Here we can also look up the truth.

# %%
noisy = tasks.get("quadratic", curvatures=tuple(bowl), noise=noise)
shapes = {"constant(1)": constant(), "linear(1, 0, T)": linear(1, 0, steps)}
peaks = [m / steep for m in (0.05, 0.1, 0.2, 0.4, 0.8)]
tuned = train.tune(noisy, shapes, peaks, seeds=range(1000, 1016), steps=steps)
judged = train.judge(noisy, tuned, seeds=range(n_seeds))
print("tuned peaks:", *(f"{peak:.4g}" for peak in tuned.peaks.values()))

# %%
from lrlib import stats

ends = judged.losses()
print("linear minus constant:", stats.compare(*judged.result[::-1, 0]))
plot.house(
    judged,
    title=stats.headline(judged),
    alt="Above, a flat rate and one that falls to zero. Below, mean losses, at the end: "
    + ", ".join(f"{name} {losses.mean():.4f}" for name, losses in ends.items()),
    unit=noisy.unit,
    loss="loss",
)

# %%
rows = {}
for name, losses in ends.items():
    rates = judged.ledger(name).used
    low, high, _ = stats.interval(losses)
    exact = theory.expected_loss(rates, bowl, noise)[-1]
    simulated = {"simulated": losses.mean(), "low": low, "high": high}
    rows[name] = {"peak x L": rates.max() * steep, **simulated, "exact": exact}
pd.DataFrame.from_dict(rows, orient="index").round(5)

# %% [markdown]
# **We see** simulated losses with intervals over seeds, and in the table the exact expected loss of the same
# rates. **This means**: an honest 95 % interval of the loss contains the exact value in about 19 of 20 cases.
# Here somewhat fewer: the loss of a run is a squared distance, mostly small and sometimes large, and a few
# seeds may miss the large ones. The verdict speaks for the simulation, the exact column for the truth.
# **It does not mean** that a decayed rate always wins: without noise, and from the same peak below $1/L$, it
# would only slow down.
#
# ## Exercises
#
# **1, guided.** A bowl whose bottom is not at 0 but at `c`: $f(x) = \frac{h}{2} (x - c)^2$. Write one step of
# gradient descent. Return the new position, and the factor of the *distance to the bottom*, after over before,
# which must also be right where we start at the bottom.


# %% tags=["exercise"]
def my_step(x, rate, h, c):
    raise NotImplementedError(
        "which slope has this bowl at x? return (new position, factor)"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("01.1", my_step)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_step(x, rate, h, c):
#     return x - rate * h * (x - c), 1 - rate * h
# ```
#
# Subtract `c` from both sides of the update: the distance is multiplied by the same factor as before, wherever
# the bottom is.
# </details>

# %% [markdown]
# **2, standard.** You get a function `run` and nothing else: `run(rate)` does 1,000 steps of gradient
# descent on some bowl and returns the losses. A rate is *stable* if the loss shrinks; find the largest
# stable rate to 1 %. *Bisection*: keep a
# stable rate `low` and an unstable one `high`, try the middle (of their logarithms, since they are far
# apart), and replace one of them. Only the replacement is missing. Beware: far above the limit the losses
# overflow to `inf` and `nan`, and every comparison with `nan` is false.
#
# The bowls here may be tilted: the loss is $x^\top A x / 2$ with a symmetric matrix $A$. Along its own axes
# such a bowl is like ours, and its curvatures are the *eigenvalues* of $A$.


# %%
def gd_on(A):
    def run(rate, n=1000):
        x, losses = np.ones(len(A)), []
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(n):
                losses.append(x @ A @ x / 2)
                x = x - rate * A @ x
        return np.array(losses)

    return run


# %% tags=["exercise"]
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        raise NotImplementedError("from run(middle), replace either low or high")
    return low


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("01.2", my_largest_stable_rate, gd_on=gd_on)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_largest_stable_rate(run):
#     low, high = 1e-4, 1e4
#     while high / low > 1.005:
#         middle = (low * high) ** 0.5
#         losses = run(middle)
#         if losses[-1] < losses[0]:
#             low = middle
#         else:
#             high = middle
#     return low
# ```
#
# Asking `losses[-1] < losses[0]` puts `nan` on the unstable side. The result is compared with 2 / L to 1 %, and
# then put to a *divergence test* on tilted bowls: at your rate the loss falls, at 1 % more it grows.
# </details>

# %% [markdown]
# **3, open.** *Momentum* keeps a part $\beta$ of the last move: $x_{t+1} = x_t - \eta h x_t + \beta (x_t -
# x_{t-1})$. Write a `run` for it and measure its largest stable rate for $\beta = 0.5$ and $0.9$ with your
# bisection. Guess the formula from the two numbers, then derive it: when does the recursion have a solution
# $x_t = (-1)^t$? `theory.sgd_limit(h, momentum=0.9)` knows the answer.

# %% [markdown]
# ## Summary
#
# You can now
#
# - read off the factor $1 - \eta h$ which of four regimes a rate is in, and why the limit is $2/L$;
# - say why the steepest direction sets the limit and the shallowest the pace;
# - tell the rate with the best one-step guarantee, $1/L$, from the limit;
# - measure a limit by bisection, and explain the noise floor of a constant rate.
#
# **What this does not show.** A bowl has the same curvature everywhere; a network does not, and its curvature
# moves with the rate during training. The noise here does not depend on where we are. Only two directions,
# only plain gradient descent.
#
# ## Quiz
#
# **1. Curvature 10, rate 0.15. The position**
#
# - (a) grows
# - (b) changes sides and shrinks
# - (c) approaches from one side
#
# <details><summary>Answer</summary>
#
# (b). The factor is $1 - 1.5 = -0.5$. (c) needs a rate below 0.1, (a) one above 0.2.
# </details>
#
# **2. On a bowl, gradient descent at 1.5/L**
#
# - (a) converges only if all curvatures are equal
# - (b) converges
# - (c) diverges, because 1/L is the limit
#
# <details><summary>Answer</summary>
#
# (b). Every factor lies between -0.5 and 1. (c) takes the rate with the best guarantee for the limit. (a)
# Smaller curvatures are farther from their own limits, not closer.
# </details>
#
# **3. You halve a small constant rate on the noisy bowl. The floor**
#
# - (a) becomes zero
# - (b) stays
# - (c) becomes about half, and takes about twice as long to reach
#
# <details><summary>Answer</summary>
#
# (c). The floor is about proportional to the rate, and the factor $1 - \eta h$ comes closer to 1. (b) holds
# for a bowl without noise, where the floor is zero. (a) needs a rate that goes to zero.
# </details>
#
# ## References
#
# - Nesterov 2004, *Introductory Lectures on Convex Optimization*, section 2.1.5: convergence for rates below
#   $2/L$, the best rate $2/(L + m)$ and its factor.
# - Goh 2017, *Why Momentum Really Works*, [doi:10.23915/distill.00006](https://doi.org/10.23915/distill.00006):
#   the view of one factor per direction.
# - Schaul, Zhang and LeCun 2013, *No More Pesky Learning Rates*, [arXiv:1206.1106](https://arxiv.org/abs/1206.1106),
#   and Zhang et al. 2019, [arXiv:1907.04164](https://arxiv.org/abs/1907.04164): the noisy bowl and its recursion.

# %% [markdown] tags=["navigation"]
# [Previous: 00 Two runs, one line apart](00_two_runs.ipynb) | [All lessons](../../README.md) | [Next: 02 The noise floor](02_noise_floor.ipynb)
