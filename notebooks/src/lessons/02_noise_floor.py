# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 The noise floor
#
# *After this you can compute the loss at which a constant rate stops improving, say how fast a decay gets
# below it, and tell noise from steps that are too long.*
#
# Needs 00, 01 - 60 min - computes in under 18 s - CPU
#
# Answers: Why adjust the learning rate?

# %% tags=["parameters"]
noise: float = 1.0  # strength of the gradient noise on the bowl, 0.3..2
steps: int = 300  # updates of a run, on the bowl and on the digits, 200..1000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Where a constant rate comes to rest
#
# Lesson 01 ended on a noisy bowl. Take one direction of it: loss $\frac{h}{2} x^2$, with a gradient that is
# seen through noise. At every step a fresh random push $z$, with mean 0 and mean square 1, is added:
#
# $$x_{t+1} = (1 - \eta h)\, x_t - \eta\, \sigma \sqrt{h}\, z_t .$$
#
# The pull towards the bottom gets weaker as we come closer; the push does not. Somewhere they balance. To
# find where, square both sides and take the mean over all pushes. The mixed term vanishes, because a fresh
# push knows nothing of the position. With $a = \mathrm{mean}(x^2)$,
#
# $$a_{t+1} = q\, a_t + \eta^2 h \sigma^2, \qquad q = (1 - \eta h)^2 .$$
#
# At rest both sides are equal: $a\,(1 - q) = \eta^2 h \sigma^2$. Since $1 - q = \eta h\, (2 - \eta h)$, and
# the loss is $h a / 2$,
#
# $$\mathrm{noise\ floor}(\eta) = \frac{\sigma^2}{2} \cdot \frac{\eta h}{2 - \eta h} .$$
#
# Subtract the resting point from both sides of the recursion, and $q$ is all that is left:
#
# $$\mathrm{loss}(t) = \mathrm{noise\ floor} + (\mathrm{loss}(0) - \mathrm{noise\ floor})\, q^t .$$
#
# One formula says *how low*, the other *how fast*. Rate and curvature enter both as their product.


# %%
def noise_floor(rate, h):
    return noise**2 / 2 * rate * h / (2 - rate * h)


def loss_after(t, rate, h, start):
    q, rest = (1 - rate * h) ** 2, noise_floor(rate, h)
    return rest + (h * start**2 / 2 - rest) * q**t


print(f"noise floor of rate 0.2, curvature 1: {noise_floor(0.2, 1.0):.5f}")
ends = (f"{loss_after(t, 0.2, 1, 1):.5f}" for t in (0, 5, 50))
print("loss after 0, 5, 50 updates:", *ends)

# %% [markdown]
# ## Does it hold? Simulate
#
# The formula speaks of a mean over all possible pushes. So draw many: 4,000 runs with pushes of their own.
# Their mean is not quite the true one either; it misses it by about one *standard error*, the spread of the
# runs divided by $\sqrt{4000}$. The curvature is 1, so that the rate is $\eta h$.

# %%
import numpy as np


def simulate(rate, n, seed=0, runs=4000):
    rng, x = np.random.default_rng(seed), np.ones(runs)
    losses = [x**2 / 2]
    for _ in range(n):
        x = x - rate * (x + noise * rng.standard_normal(runs))
        losses.append(x**2 / 2)
    return np.array(losses)  # (n + 1, runs)


# %%
from lrlib import plot, theory


def mean_and_error(losses):
    return losses.mean(), losses.std(ddof=1) / np.sqrt(len(losses))


cloud, t = simulate(0.2, 60), np.arange(61)
by_hand = loss_after(t, 0.2, 1.0, 1.0)
for n in (1, 5, 10, 30, 60):
    mean, error = mean_and_error(cloud[n])
    off = (mean - by_hand[n]) / error
    print(f"after {n:2d}: {mean:.4f}, formula {by_hand[n]:.4f}, {off:+.2f} errors apart")

library = theory.expected_loss(np.full(60, 0.2), [1.0], noise)
print("theory.expected_loss is the formula:", np.allclose(by_hand, library, 0, 1e-12))
curves = {"one run": cloud[:, 0], "mean of 4,000": cloud.mean(axis=1), "formula": by_hand}
curves["noise floor"] = np.full(61, noise_floor(0.2, 1.0))
update, units = "step (optimizer updates)", "loss (loss units)"
plot.lines(t, curves, "One run never rests; the mean does", xlabel=update, ylabel=units)

# %% [markdown]
# **We see** a single run, the mean of all, and the formula, which the mean covers. Above, their distance in
# standard errors: about 19 of 20 such numbers lie between -2 and 2. **This means** that the formula is right
# about the mean. **It does not mean** that no run gets below the noise floor. A single run is below it
# again and again; it just cannot stay there.
#
# ## Predict: the noise floor of half the rate
#
# A run at rate $0.8/h$ is at its noise floor. You halve the rate and wait. What fraction of the old noise floor is
# the new one? Write your number, then run.

# %%
from lrlib.course import check

my_prediction = None  # new noise floor over old, from rate 0.8 / h: your number
measured = theory.noise_floor(0.4, [1.0], noise) / theory.noise_floor(0.8, [1.0], noise)
check.reconcile(my_prediction, measured, 0.05, "the text and the table below")

# %% [markdown]
# *About half* is true where $\eta h$ is small: there the noise floor is nearly $\sigma^2 \eta h / 4$, proportional
# to the rate. But something is subtracted from the 2 in the denominator, and a high rate is punished twice.
# The exact ratio, with $u = \eta h$, is
#
# $$\frac{\mathrm{noise\ floor}(\eta/2)}{\mathrm{noise\ floor}(\eta)} = \frac{2 - u}{4 - u} .$$
#
# It falls from $\frac12$ at small rates to zero at the stability limit $u = 2$, where the old noise floor
# is infinite. Does the simulation agree?

# %% tags=["answer"]
import pandas as pd

rows = {}
for u in (1.6, 0.8, 0.4, 0.1):
    half, half_error = mean_and_error(simulate(u / 2, 100, 1, runs=20_000)[-1])
    full, full_error = mean_and_error(simulate(u, 100, 2, runs=20_000)[-1])
    error = half / full * np.hypot(half_error / half, full_error / full)
    rows[f"rate {u}/h, halved"] = (2 - u) / (4 - u), half / full, error
columns = "formula", "simulated", "standard error"
pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(4)

# %% [markdown]
# ## Fast start against low noise floor
#
# If a lower rate has a lower noise floor, why not take a tiny one? Because of $q$. For small $\eta h$ it is
# close to $1 - 2 \eta h$: half the rate, twice the wait. We call $1/(\eta h)$ updates the *memory* of a rate in a
# direction: over about so many the weights forget where they were, and the loss, a square, twice as fast.
#
# And a real loss has flat directions, too, with a long memory. From here on we use five, from steep ($h = 1$) to
# nearly flat ($0.01$), all starting at 3. Each has its own $q$, and the losses add up.
# `theory.constant_rate_loss` is `loss_after`, summed over directions.

# %%
curvatures = np.array([1.0, 0.3, 0.1, 0.03, 0.01])
bowl = (curvatures, noise)
rates, curves = np.geomspace(0.005, 1.5, 120), {}
for T in (30, 300, 3000):
    curves[f"after {T} updates"] = theory.constant_rate_loss(rates, T, *bowl, 3.0)
    best = theory.best_constant_rate(T, *bowl, 3.0)
    lowest = theory.constant_rate_loss(best, T, *bowl, 3.0)
    share = theory.noise_floor(best, *bowl) / lowest
    print(f"{T:4d} updates: best constant rate {best:.3f}, loss {lowest:.4f},", end=" ")
    print(f"of which noise floor {share:.0%}")
curves["noise floor"] = [theory.noise_floor(rate, *bowl) for rate in rates]
names = {"xlabel": "constant rate (log scale)", "ylabel": "expected loss (loss units)"}
look = {"log_x": True, "log_y": True, **names}
plot.lines(rates, curves, "Longer runs want a lower constant rate", **look)

# %% [markdown]
# **We see** the loss at the end of a run, for every constant rate and three lengths. On the right all curves
# lie on the noise floor: waiting longer changes nothing. On the left each lifts off, because the start is not yet
# forgotten. **This means** that a constant rate is a compromise, and a longer run strikes it lower. The lines
# above say how much of its loss is noise floor; the rest is what is left of the start. **It does not mean** that
# one number must do both jobs.
#
# ## Three ways to spend a run
#
# Hold a high rate, then lower it. The recursion never asked for a constant rate, so the expected loss stays
# exact. Three runs from the same start: a high rate, a tenth of it, and the high one that falls in a line to
# zero over the last third. (`a >> b` is first a, then b: lesson 00.)
#
# **Predict.** At the end of the run, which of the three is lowest?

# %%
from lrlib.ledger import Ledger
from lrlib.schedules import constant, linear


def exact_run(schedule, base_lr):
    rates = base_lr * schedule.values(steps)
    losses = theory.expected_loss(rates, *bowl, 3.0)
    seen = {"heldout_steps": range(1, steps + 1), "heldout_loss": losses[1:]}
    return Ledger(schedule=schedule, intended=rates, used_by_group=rates, **seen)


def hold_then_line(hold):
    return constant(1, hold) >> linear(1, 0, steps - hold) if hold < steps else constant()


hold = 2 * steps // 3


# %%
my_lowest = None  # "0.5", "0.05" or "0.5, then a line"

runs = {
    "0.5": exact_run(constant(), 0.5),
    "0.05": exact_run(0.1 * constant(), 0.5),
    "0.5, then a line": exact_run(hold_then_line(hold), 0.5),
}
ends = {name: run.heldout_loss[-1] for name, run in runs.items()}
check.category(my_lowest, min(ends, key=ends.get), ends, reread="the text below the figure")

# %% tags=["answer"]
for rate in (0.5, 0.05):
    print(f"noise floor of rate {rate}: {theory.noise_floor(rate, *bowl):.4f}")
said = "; ".join(f"{name}: {end:.4f}" for name, end in ends.items())
print(f"Found here: the losses at the end are {said}")
exact = {"loss": "expected loss", "unit": "loss units"}
plot.house(runs, "Two constant rates, and one that falls at the end", **exact)

# %% [markdown]
# **We see** exact means: a fast start that stalls, a slow start that is still on its way, and a line that
# does what the fast one did and then drops. **This means** that the drop is not sudden learning. Most of the
# start was forgotten long before; what falls now is mainly noise. **It does not mean** that a decay may come
# at any time: the flat directions need *reach*, the sum of rates, and a decay has less of it.
#
# How fast is the drop? Start at rest at rate 0.5, then go down in two ways: in a line to zero over
# $d$ updates, or at once to a tenth. The table gives the loss after $d$ updates, as a fraction of the noise floor
# that we left.

# %%
at_rest = np.sqrt(0.5 * noise**2 / (2 - 0.5 * curvatures))
rows = {}
for d in (5, 20, 80, 320, 1280):
    row = rows[f"{d} updates"] = {}
    for which, n in (("steep only", 1), ("all five", 5)):
        part = (curvatures[:n], noise)
        for way, down in (("line", linear(0.5, 0, d)), ("cut", constant(0.05))):
            losses = theory.expected_loss(down.values(d), *part, at_rest[:n])
            row[f"{way}, {which}"] = losses[-1] / losses[0]
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown]
# A handful of updates removes much of the noise floor, because most of it sits in the steep direction, and that
# one forgets fastest. After that it gets slow. Read down the first column: from 20 updates on, a line four
# times as long leaves about half as much. A cut soon stands on the noise floor of the new rate; the line
# ends at zero and has none. Flat directions take longer either way.


# %%
from IPython.display import display

from lrlib.course.explore import explorer


def end_of(rate, decay_start):
    return exact_run(hold_then_line(decay_start), rate).heldout_loss[-1]


def draw(rate, decay_start):
    shapes = {"constant": constant(), "decay": hold_then_line(decay_start)}
    runs = {name: exact_run(shape, rate) for name, shape in shapes.items()}
    stays, falls = end_of(rate, steps), end_of(rate, decay_start)
    return plot.house(runs, f"ends at {stays:.4g}, with decay at {falls:.4g}", **exact)


starts, rates = [k * steps // 6 for k in range(7)], (1.0, 0.5, 0.2, 0.1, 0.05)
table = pd.DataFrame({rate: [end_of(rate, k) for k in starts] for rate in rates}, starts)
display(table.rename_axis("decay from").round(4))
best = ", ".join(f"{start} (rate {rate:g})" for rate, start in table.idxmin().items())
print(f"Found here: the decay starts best at step {best}")
explorer(draw, rate=(0.02, 1.5, 0.5), decay_start=(0, steps, hold))

# %% [markdown]
# In the explorer, take rate 0.5 and find the best `decay_start`; then take a tenth of that rate. A low rate
# has no reach to spare, so its decay should come late or never; a high rate has plenty, and can afford to
# spend a long time in quiet. (The table shows the same for seven starts; the last, at the end
# of the run, is no decay at all.)
#
# ## The same on a real task, judged fairly
#
# Handwritten digits; `label_noise` says how many labels are replaced. Two schedules: a constant rate, and
# one that holds for two thirds of the run and then falls in a line to zero. Each gets its own peak on
# tuning seeds, then both run on fresh, paired seeds (lesson 00).

# %%
from lrlib import tasks, train
from lrlib.course.finding import found

task = tasks.get("digits", label_noise=label_noise)
shapes = {"constant": constant(), "hold, then line": hold_then_line(hold)}
grid, seeds = [0.16 * 2 ** (k / 2) for k in range(5)], range(100, 100 + n_seeds)
tuned = train.tune(task, shapes, grid, range(1000, 1008), steps=steps)
judged = train.judge(task, tuned, seeds)
print("tuned peaks:", {name: round(fit.rate, 2) for name, fit in tuned.fitted.items()})

readings = {
    "better": "The bowl's lesson holds: quiet at the end is worth the distance it costs.",
    "worse": "Distance was worth more than quiet in runs of this length.",
    "cannot tell": "These seeds do not show what the bowl shows.",
}
display(found(judged, readings, about="hold, then line", reference="constant"))
display(plot.forest(judged, reference="constant"))
look = judged.heldout_steps.searchsorted(hold, side="right") - 1
means = judged.heldout_loss[:, 0].mean(axis=1).round(3)  # (schedules, looks)
stood = dict(zip(judged.labels, means[:, [look, -1]].tolist(), strict=True))
print(f"mean loss at update {judged.heldout_steps[look]} and at the end: {stood}")
plot.house(judged, reference="constant")

# %% [markdown]
# **We see** one difference for each seed, then the losses of the runs. Compare the shapes with the exact figure: a
# constant rate whose loss stays uneven, and a drop where the rate drops. Look at the first two thirds, too. There
# both rates are constant, and the numbers between the figures say what the higher one has gained by then. As on the
# bowl, where a run has come down to its noise floor, a higher rate gains nothing; it stands higher. **This means**
# that a peak which will decay is not to be judged before the decay. **It does not mean** that the digits have the noise
# floor of a bowl. Their lowest possible loss is unknown, so nobody can say here whether half the rate halves what
# lies above it.
#
# ## Noise, or steps that are too long?
#
# Suppose a lower rate helps late in a run. Two explanations fit. **Noise**: each batch gives a slightly
# wrong gradient, and a lower rate averages over more of them. **Overshoot**: the steps are too long for the
# narrow places of the loss, and would be with perfect gradients, too (lesson 01, near the limit). The
# remedies differ. Against noise *larger batches* help as well, at the full rate. Against overshoot they do
# nothing: rate times curvature stays what it was.
#
# So run the constant schedule for two thirds, then continue in three ways: unchanged, with a quarter of the
# rate, and with batches four times as large. To keep the first part the same in one program, the early
# batches are written four times; the mean over their examples does not change.

# %%
from dataclasses import replace

import torch

from lrlib.schedules import multistep

large = tasks.get("digits", label_noise=label_noise, batch_size=4 * 32)


def batches(seed, n):
    early, late = task.batches(seed, n), large.batches(seed, n)
    order = torch.cat([early.order[:hold].repeat(1, 4), late.order[hold:]])
    return replace(early, order=order)


peak = tuned.fitted["constant"].rate
cut = {"a quarter of the rate": multistep((hold,), 0.25)}
grow = {"batches 4 times as large": constant()}
lowered = train.sweep(task, cut, peak, seeds, steps=steps)
grown = train.sweep(replace(task, batches=batches), grow, peak, seeds, steps=steps)
rates = {
    "unchanged": peak,
    "lowered": lowered.used[0, 0, -1],
    "grown": grown.used[0, 0, -1],
}
print("last rates:", {name: round(float(rate), 4) for name, rate in rates.items()})


# %%
def joined(of):
    return {"unchanged": of(judged)["constant"]} | of(lowered) | of(grown)


losses, right = joined(lambda sweep: sweep.losses()), joined(lambda sweep: sweep.right())
readings = {
    "worse": "The rate stayed, and the loss fell: noise was the trouble.",
    "better": "Averaging the noise made it worse: overshoot is left as the explanation.",
    "cannot tell": "Both explanations are left open.",
}
against = {"about": "unchanged", "reference": "batches 4 times as large"}
display(found(losses, readings, right=right, **against))
for name, ends in losses.items():
    print(f"{name:24s} mean {ends.mean():.3f}, spread over seeds {ends.std(ddof=1):.3f}")
like = {"unchanged": constant(), **cut, **grow}
display(plot.forest(losses, reference="batches 4 times as large", like=like))
runs = joined(lambda sweep: sweep.ledgers())
plot.house(runs, "Two thirds alike; then unchanged, a lower rate, larger batches")

# %% [markdown]
# **We see** the losses of the same seeds after the change, against larger batches, and then the runs: one line up
# to the change, and three. **This means** what the sentence says. The spread over seeds is a second witness: at a
# noise floor, a run is found at a random place of its own noise. A lower rate costs fewer examples than larger
# batches, but it also moves less; its row of the figure says whether that shows (two comparisons, and verdicts
# corrected for both). **It does not mean** that overshoot never matters; a rate nearer the limit may show it.
#
# ## Exercises
#
# **1, guided.** Turn the formula round. In one direction of curvature `h`, with noise of strength `sigma`, which
# constant rate has the noise floor `goal`?


# %% tags=["exercise"]
def my_rate(goal, h, sigma):
    raise NotImplementedError(
        "solve goal = sigma^2 / 2 * u / (2 - u) for u, which is rate times h"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("02.1", my_rate)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_rate(goal, h, sigma):
#     u = 4 * goal / (sigma**2 + 2 * goal)
#     return u / h
# ```
#
# Multiply by $2 (2 - u)$, and collect what has a $u$. For a small goal it is near $4\,\mathrm{goal} / (h
# \sigma^2)$, proportional to the goal; however high the goal, it stays below the limit $2/h$.
# </details>

# %% [markdown]
# **2, standard.** A run is at rest at rate `old`, in one direction of curvature `h`. You cut the rate to
# `new`. After how many updates is the expected loss for the first time at most 10 % above the *new* noise floor?


# %% tags=["exercise"]
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    raise NotImplementedError(
        "smallest whole t at which (high - low) q^t is at most low / 10"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("02.2", my_wait)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_wait(old, new, h):
#     high, low = noise_floor(old, h), noise_floor(new, h)
#     q = (1 - new * h) ** 2
#     return np.ceil(np.log(0.1 * low / (high - low)) / np.log(q))
# ```
#
# Solve $(\mathrm{high} - \mathrm{low})\, q^t \le \mathrm{low}/10$ for $t$; both logarithms are negative. The
# lower the new rate, the longer the wait: the noise floor you asked for has to be earned.
# </details>

# %% [markdown]
# **3, open.** One direction, and you may choose a new rate before *every* update. Given
# $a = \mathrm{mean}(x^2)$, which rate makes the next $a$ smallest? Minimise $(1 - \eta h)^2 a + \eta^2 h
# \sigma^2$ over $\eta$. When the check agrees, follow $a$ for 100 updates
# from $a = 9$ and look at the differences of $1/a$. What law do the rates follow, and what is their noise floor?


# %% tags=["exercise"]
def my_best_rate(a, h, sigma):
    raise NotImplementedError("set the derivative by the rate to zero")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("02.3", my_best_rate)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_best_rate(a, h, sigma):
#     return a / (a * h + sigma**2)
# ```
#
# The derivative is $-2h(1 - \eta h)a + 2\eta h \sigma^2 = 0$. Put the rate back in: $1/a$ grows by $h/\sigma^2$
# at every update. So $a$, and soon the rate too, falls like $1/t$. There is no noise floor; but no schedule gets
# down faster than this in one direction, since each step starts from the smallest $a$ there can be.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - derive the noise floor of a constant rate, and check it by simulation within standard errors;
# - say what half the rate does: about half the noise floor, less near the limit, and twice the wait;
# - read the compromise of a constant rate, and why a decay escapes it;
# - say how fast a decay gets below: much in a few updates, the rest slowly;
# - tell noise from overshoot by changing the batch instead of the rate.
#
# **What this does not show.** On the bowl the noise is the same everywhere, and the noise floor of one
# direction does not touch the others. In a network both change during training. One small network, plain SGD, one run
# length.
#
# ## Quiz
#
# **1. Rate $1.6/h$, at rest. You halve it. The new noise floor, over the old, is**
#
# - (a) one quarter
# - (b) one half
# - (c) one sixth
#
# <details><summary>Answer</summary>
#
# (c): $(2 - 1.6)/(4 - 1.6) = 1/6$. (b) holds for small rates only. (a) would be a noise floor that grows like
# the square of the rate.
# </details>
#
# **2. A held-out loss falls within a few updates after the rate is cut. Most likely**
#
# - (a) the network learns faster at a lower rate
# - (b) noise that the high rate kept alive is averaged away
# - (c) the cut came too late
#
# <details><summary>Answer</summary>
#
# (b). (a): at a lower rate each update moves less. (c): an earlier cut can show a drop, too; whether it
# came too late is a question about the whole run.
# </details>
#
# **3. At a noise floor, batches four times as large at the same rate**
#
# - (a) lower it to a quarter
# - (b) lower it to a half
# - (c) change nothing
#
# <details><summary>Answer</summary>
#
# (a). The noise variance of a mean falls with the number of examples, and the noise floor is proportional to it.
# (c) would hold for overshoot. (b) is the standard deviation, not the variance.
# </details>
#
# **4. A line to zero is made four times as long. The noise that it leaves**
#
# - (a) is gone, since the last rate is zero
# - (b) is a quarter
# - (c) is about half
#
# <details><summary>Answer</summary>
#
# (c), see the first column of the table. (b) is the law of the best rates of exercise 3. (a) At rate zero
# nothing is removed any more, either.
# </details>
#
# ## References
#
# - Schaul, Zhang and LeCun 2013, *No More Pesky Learning Rates*,
#   [arXiv:1206.1106](https://arxiv.org/abs/1206.1106): the noisy bowl, and the best rate for the next step.
# - Zhang et al. 2019, *Which Algorithmic Choices Matter at Which Batch Sizes?*,
#   [arXiv:1907.04164](https://arxiv.org/abs/1907.04164): the recursion over many curvatures, noise
#   proportional to curvature, and its steady state.
# - Smith, Kindermans, Ying and Le 2018, *Don't Decay the Learning Rate, Increase the Batch Size*,
#   [arXiv:1711.00489](https://arxiv.org/abs/1711.00489): larger batches in place of a lower rate.

# %% [markdown] tags=["navigation"]
# [Previous: 01 Step size on a bowl](01_step_size_on_a_bowl.ipynb) | [All lessons](index.ipynb) | [Next: 03 Range test](03_range_test.ipynb)
