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
# *After this you can say from a curvature which rates converge, overshoot or blow up, with momentum and without,
# measure the limit of a function you cannot see into, and say what noise adds.*
#
# Needs 00 - 60 min - computes in under 12 s - CPU
#
# Answers: How do I choose it? / How do schedule and optimizer depend on each other?

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
# $1/h$ nothing breaks; that rate needs a single step. At exactly $2/h$ the position jumps between $x_0$ and
# $-x_0$ for ever, so the scan, which moves in hundredths, finds the next point. There are four regimes:
#
# | $\eta h$ | factor $c$ | what happens |
# |---|---|---|
# | below 1 | between 0 and 1 | *slow*: approaches from one side |
# | exactly 1 | 0 | *one step*: lands on the bottom |
# | between 1 and 2 | between -1 and 0 | *oscillating*: jumps across, comes closer each time |
# | above 2 | below -1 | *diverging*: jumps across, lands farther out each time |
#
# Here is one path of each. Read each printed row against its factor.

# %% tags=["answer"]
from lrlib import plot

print(f"Found here: the first rate of the scan that diverges is {first_diverging:g}/h")
rates = 0.25, 1, 1.75, 2.05
paths = {f"{m:g}/h": descend(m / steep, steep, 1.0, 14) for m in rates}
for name, path in paths.items():
    print(f"{name:6s}", "  ".join(f"{x:+.4f}" for x in path[:6]))
names = {"xlabel": "step (optimizer updates)", "ylabel": "position x"}
plot.lines(range(15), paths, "One factor per step, four fates", **names)

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
kept = {"steep: |1 - rate L|": abs(1 - multiple)}
kept["shallow: |1 - rate m|"] = abs(1 - multiple / ratio)
print(f"Found here: they cross at {best:.2f}/L, where both keep {abs(1 - best):.2f}")
axes = {"xlabel": "rate, in multiples of 1 / L", "ylabel": "distance kept per step"}
crossing = {"2 / (L + m)": best}
plot.lines(multiple, kept, "The slower direction decides", **axes, marks=crossing)

# %% [markdown]
# **We see** the fraction of its distance that each direction keeps in one step. The slower direction, the
# upper line, decides. **This means** that the best rate is where the lines cross:
# $\eta L - 1 = 1 - \eta m$ gives $\eta = 2/(L + m)$, and both keep $(\kappa - 1)/(\kappa + 1)$. There
# the steep direction overshoots at every step, so that the shallow one may move faster. **It does not mean**
# that one should aim for this rate: it may lie close to the limit, and the curvatures are rarely known.
#
# ## "The rate must be below 1/L"
#
# This is widely repeated. Here is what it gets right. For any loss whose curvature is nowhere above
# $L$, one step brings the loss down by at least
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
# second row with the third: the larger the condition number, the closer the ratio of their steps comes to 2.
# Above $2/L$ no number of steps is enough.
#
# ## The same in PyTorch, with its ledger
#
# `tasks.get("quadratic")` is this bowl as a model with a loss, `train.run` the loop of lesson 00. We run the
# constant schedule at four rates, without noise.

# %%
from lrlib import tasks, theory, train
from lrlib.schedules import constant

still = tasks.get("quadratic", curvatures=tuple(bowl), noise=0.0)
runs = {
    f"{m:g}/L": train.run(still, constant(), m / steep, seed=0, steps=40, evaluations=40)
    for m in (0.5, 1.0, 1.9, 2.1)
}
for name, run in runs.items():
    exact = theory.expected_loss(run.used, bowl, noise=0.0)[1:]
    agrees = np.allclose(run.heldout_loss, exact, 1e-9, 1e-15)
    print(f"{name:5s}: largest gap {run.largest_gap():g}, losses as in theory: {agrees}")
plot.house(runs, "One bowl, four constant rates", unit=still.unit, loss="loss")

# %% [markdown]
# **We see** constant rates, and losses that become straight lines on the logarithmic axis: one factor per
# step. **This means** that ledger, formula and optimizer agree. **It does not mean** that a falling loss is a sign of
# a good rate: three of these losses fall, at very different pace.

# %%
from IPython.display import display

from lrlib.course.explore import explorer


def draw(multiple, kappa):
    sideways, along, t = 1 - multiple, 1 - multiple / kappa, np.arange(25)
    return plot.lines(
        sideways**t,
        {"path": along**t},
        f"rate {multiple:.2f}/L: factors {sideways:.2f} sideways, {along:.2f} along",
        f"From (1, 1) to ({sideways**24:.2g}, {along**24:.2g}) in 24 steps.",
        *("steep direction", "shallow direction"),
        x_range=(-2, 2),
        y_range=(-0.2, 1),
    )


display(draw(1.8, ratio))
explorer(draw, multiple=(0.05, 2.1, 1.8), kappa=(2.0, 100.0, ratio))

# %% [markdown]
# **We see** the path of 24 steps, from the upper right corner, in a valley that is steep sideways. **This
# means**: it is thrown across the valley, and creeps along it. Find the rate without sideways motion, then
# the one that gets farthest down, then one that leaves the picture on both sides. **It does not mean** that a
# zigzag is a sign of divergence; look at whether the swings shrink.
#
# ## Momentum: adding up gradients
#
# Most programs that train by SGD add *momentum*. The update follows, instead of the gradient $g_t$, a sum of
# gradients that forgets a part of itself at every step:
#
# $$v_{t+1} = \mu\, v_t + g_t, \qquad x_{t+1} = x_t - \eta\, v_{t+1} .$$
#
# The number $\mu$ is often 0.9, as in `torch.optim.SGD(..., momentum=0.9)`. The picture behind it is a *heavy ball*
# that rolls on. Where the gradient stays the same for long, $v$ grows to $g\,(1 + \mu + \mu^2 + \ldots) = g /
# (1 - \mu)$. So there the ball moves at an *effective rate* of $\eta / (1 - \mu)$: ten times $\eta$ at 0.9.
#
# **Predict: where is the limit now?** Without momentum it is $2/h$. At $\mu = 0.9$ the largest stable $\eta$ is
# "a tenth" of that, "the same", or "almost twice" as large?


# %%
def heavy_ball(rate, h, momentum, n):
    x, v = [1.0], 0.0
    for _ in range(n):
        v = momentum * v + h * x[-1]
        x.append(x[-1] - rate * v)
    return np.array(x)


# %%
def first_growing(momentum):
    for m in np.arange(10, 450) / 100:
        swings = abs(heavy_ball(m / steep, steep, momentum, 400))
        if swings[300:].max() > 1.001 * swings[200:300].max():
            return m


my_limit = None  # "a tenth", "the same" or "almost twice"
limits = {momentum: first_growing(momentum) for momentum in (0.0, 0.5, 0.9)}
higher = limits[0.9] / limits[0.0] > 1.5
found_limit = "almost twice" if higher else "a tenth"
options = "a tenth", "the same", "almost twice"
check.category(my_limit, found_limit, options, "the text below the next figure")

# %% tags=["answer"]
for momentum, limit in limits.items():
    formula = 2 + 2 * momentum
    print(
        f"Found here: at mu = {momentum} it grows from {limit:.2f}/h, formula {formula:.2f}/h"
    )
shallow = steep / 20
paths = {
    "0.1/L": heavy_ball(0.1 / steep, shallow, 0.0, 60),
    "1/L": heavy_ball(1 / steep, shallow, 0.0, 60),
    "0.1/L, momentum 0.9": heavy_ball(0.1 / steep, shallow, 0.9, 60),
}
plot.lines(range(61), paths, "Momentum 0.9 keeps up with ten times its rate", **names)

# %% [markdown]
# **We see** a direction twenty times as flat as the steepest. With momentum the ball needs a few steps to gather
# speed, then keeps up with ten times its rate. **This means** that a rate with momentum must be
# read as $\eta / (1 - \mu)$ where the path is smooth. Yet the limit does not fall; it rises. There the position
# jumps between 1 and -1 for ever, and gradients that change sign at every step cancel each other: then $v_{t+1} = h x_t / (1 + \mu)$, and a jump of $2 x_t$ needs
#
# $$\eta = \frac{2\,(1 + \mu)}{h} .$$
#
# **It does not mean** that momentum gives speed for nothing: near this limit its swings die slowly.
#
# ## What noise does: a first look
#
# In training, the gradient comes from a batch, so it is the true one plus an error. Model the error as a
# fresh random push at every step: the gradient becomes $h x + \sigma \sqrt{h}\, z$. The number $z$
# is *standard normal*: drawn from the bell curve with mean 0 and mean square 1. $\sigma$ is the strength of
# the noise, and $\sqrt{h}$ gives steeper directions more of it, as is often assumed for networks. Without
# momentum, follow the mean of $x^2$. The factor squares, and each push adds its mean square, $\eta^2$ times
# $h \sigma^2$:
#
# $$a_{t+1} = (1 - \eta h)^2 a_t + \eta^2 h \sigma^2, \qquad a_t = \mathrm{mean}(x_t^2).$$
#
# At a constant rate $a_t$ stops where both sides are equal, at $a = \eta \sigma^2 / (2 - \eta h)$. The loss
# there, $h a / 2$ summed over directions, is the *noise floor*. It shrinks with the rate, and is about
# proportional to it while $\eta h$ is small; lesson 02 is about it. `theory.expected_loss` computes
# the recursion. We follow two constant rates, one a quarter of the other, and a line, for five times `steps`.

# %%
from lrlib.schedules import linear

noise, long = 0.3, 5 * steps
plans = {"0.4/L": 0.4 * constant(), "0.1/L": 0.1 * constant()}
plans["line from 0.4/L"] = 0.4 * linear(1, 0, long)
expected = {
    name: theory.expected_loss(plan.values(long) / steep, bowl, noise)
    for name, plan in plans.items()
}
for m in (0.4, 0.1):
    print(f"noise floor of {m}/L: {theory.noise_floor(m / steep, bowl, noise):.5f}")
ahead = (expected["0.4/L"] < expected["0.1/L"]).sum()
print(f"Found here: 0.4/L is lower for {ahead} of {long} updates, 0.1/L for the rest.")

# %%
table = pd.DataFrame(expected).loc[[steps // 10, steps, long]]
display(table.rename_axis("step").round(5))
look = names | {"ylabel": "expected loss (loss units)", "like": plans, "log_y": True}
plot.lines(range(long + 1), expected, "Two constant rates and a line", **look)

# %% [markdown]
# **We see** exact means over all possible noise; no run was made. **This means** that a constant rate has a
# noise floor, and the lower rate the lower one. **It does not mean** that the lower rate is below the other
# at any given time: it needs longer to get there, and until then it may lie above, as the printed count says.
#
# A loss has stopped falling. Two explanations fit. Either it is at its noise floor: then a *lower* rate helps. Or
# the shallow direction is merely slow: then a *higher* rate helps. To find out, continue with both. We run at
# 0.2/L, change the rate early or late, and run a quarter of `steps` longer.

# %%
rows = {}
for when in (steps // 20, steps):
    for name, then in {"half": 0.1, "the same": 0.2, "double": 0.4}.items():
        rates = np.repeat([0.2, then], [when, steps // 4]) / steep
        loss = theory.expected_loss(rates, bowl, noise)[-1]
        rows.setdefault(name, {})[f"after {when} steps"] = loss
table = pd.DataFrame(rows)
lowest = "; ".join(f"{when}, {rate}" for when, rate in table.idxmin(axis=1).items())
print(f"Found here: the rate to go on with: {lowest}.")
table.round(5)

# %% [markdown]
# In each row the lowest number names the explanation that holds at that time. Where the rows differ, no
# single rate is right for both, and this is the reason for a schedule: high while slowness is the trouble,
# low when noise is.
#
# ## The training effect, judged fairly
#
# Does it show in runs with real noise? As in lesson 00: a constant rate against a line to zero, each at a
# peak tuned on seeds of its own, then judged in pairs. Here we can also look up the truth.

# %%
from lrlib.course.finding import found

noisy = tasks.get("quadratic", curvatures=tuple(bowl), noise=noise)
shapes = {"constant": constant(), "linear": linear(1, 0, steps)}
peaks = [0.05 / steep * 2 ** (k / 2) for k in range(10)]
tuned = train.tune(noisy, shapes, peaks, seeds=range(1000, 1016), steps=steps)
judged = train.judge(noisy, tuned, seeds=range(n_seeds))
print("tuned peaks:", {n: f"{p.rate * steep:.2f}/L" for n, p in tuned.fitted.items()})

# %%
readings = {
    "better": "A high rate covered the distance, and falling rates left the noise behind.",
    "worse": "The distance was still the trouble at the end, and falling rates cover less.",
    "cannot tell": "Slowness and noise cost about as much here.",
}
display(found(judged, readings, about="linear", reference="constant", unit=noisy.unit))
display(plot.forest(judged, reference="constant", unit=noisy.unit))
plot.house(judged, reference="constant", unit=noisy.unit, loss="loss")

# %%
from lrlib import stats


def covered(rates, exact, rng, repeats=2000):
    x = np.ones((repeats, n_seeds, 2))
    for rate in rates:
        pushes = noise * np.sqrt(bowl) * rng.standard_normal(x.shape)
        x = x - rate * (bowl * x + pushes)
    low, high = stats.limits((bowl * x**2).sum(axis=-1) / 2)
    return ((low <= exact) & (exact <= high)).mean()


rows = {}
for name, losses in judged.losses().items():
    rates = judged.ledger(name).used
    low, high, _ = stats.interval(losses)
    exact = theory.expected_loss(rates, bowl, noise)[-1]
    row = {"simulated": losses.mean(), "low": low, "high": high, "exact": exact}
    rows[name] = row | {"covered": covered(rates, exact, np.random.default_rng(0))}
pd.DataFrame.from_dict(rows, orient="index").round(4)

# %% [markdown]
# **We see** the differences seed by seed, the runs, and in the table the mean simulated loss, its interval over
# seeds, and the exact expected loss of the same rates. An honest 95 % interval contains the exact value in about 19
# of 20 experiments. One table cannot show that; the last column repeats the experiment 2,000 times and says how
# often it was so. **This means** that a truth which nobody knows in training can be caught by an interval, although
# most runs end low and a few end high. **It does not mean** that a decayed rate always wins: without noise, and from
# the same peak below $1/L$, it would only slow down.
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
# **3, open.** *Nesterov's momentum* looks a little ahead. In torch it is `nesterov=True`: after $v_{t+1}$, move by $\eta\,(g_t + \mu v_{t+1})$. Write a `run` for it and measure its
# largest stable rate for $\mu = 0.5$ and $0.9$ with your bisection. Is it above or below that of the heavy ball?
# Guess the formula from the two numbers, then derive it as above: when does $x_t = (-1)^t$ solve the recursion?
# `theory.sgd_limit(h, momentum=0.9, nesterov=True)` knows the answer.

# %% [markdown]
# ## Summary
#
# You can now
#
# - read off the factor $1 - \eta h$ which of four regimes a rate is in, and why the limit is $2/L$;
# - say why the steepest direction sets the limit and the shallowest the pace;
# - tell the rate with the best one-step guarantee, $1/L$, from the limit;
# - say what momentum makes of a rate: $\eta/(1-\mu)$ on a smooth path, and a limit of $2(1+\mu)/h$;
# - measure a limit by bisection, and explain the noise floor of a constant rate.
#
# **What this does not show.** A bowl has the same curvature everywhere; a network does not, and its curvature
# moves with the rate during training. The noise here does not depend on where we are, and we followed it without
# momentum. Only two directions.
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
# **3. You halve a small constant rate on the noisy bowl. The noise floor**
#
# - (a) stays
# - (b) becomes about half, and takes about twice as long to reach
# - (c) becomes zero
#
# <details><summary>Answer</summary>
#
# (b). It is about proportional to the rate, and the factor $1 - \eta h$ comes closer to 1. (a) holds
# for a bowl without noise, where it is zero. (c) needs a rate that goes to zero.
# </details>
#
# **4. You add momentum 0.9 and change nothing else. In a direction where the gradient hardly changes,
# the position moves**
#
# - (a) as fast as before
# - (b) ten times as fast, after a while
# - (c) a tenth as fast
#
# <details><summary>Answer</summary>
#
# (b): the sum of gradients grows to ten of them. (a) is right for the first step. Where $v$ gives the new gradient a
# weight of a tenth, as in Adam, (c) is right for the first step, and (a) after a while.
# </details>
#
# ## References
#
# - Nesterov 2004, *Introductory Lectures on Convex Optimization*, section 2.1.5: convergence for rates below
#   $2/L$, the best rate $2/(L + m)$ and its factor.
# - Goh 2017, *Why Momentum Really Works*, [doi:10.23915/distill.00006](https://doi.org/10.23915/distill.00006):
#   the view of one factor per direction, and momentum on the bowl.
# - Schaul, Zhang and LeCun 2013, *No More Pesky Learning Rates*, [arXiv:1206.1106](https://arxiv.org/abs/1206.1106),
#   and Zhang et al. 2019, [arXiv:1907.04164](https://arxiv.org/abs/1907.04164): the noisy bowl and its recursion.

# %% [markdown] tags=["navigation"]
# [Previous: 00 Two runs, one line apart](00_two_runs.ipynb) | [All lessons](index.ipynb) | [Next: 02 The noise floor](02_noise_floor.ipynb)
