# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 19 Batch size
#
# *After this you can say which rate belongs to another batch size, split a large batch and count its updates
# right, measure how noisy a gradient is, and choose between a lower rate and a larger batch.*
#
# Needs 02, 04, 07, 12 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
n_seeds: int = 20  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of wrong training labels in that comparison, 0..0.5
n_batches: int = 40  # batches from which a noise scale is estimated, 8..100

# %% [markdown]
# ## Two ways to count
#
# The gradient of a batch is the mean over its $B$ rows, so the variance of its noise falls as $1/B$. A quieter
# gradient bears a higher rate. How much higher? Two answers are taught: the *linear* rule, rate $\propto B$, and
# the *square-root* rule, rate $\propto \sqrt B$.
#
# Before you choose, say what stays the same. With four times the batch, a run over **as many examples** makes a
# quarter of the updates; a run of **as many updates** sees four times the examples. The noisy bowl of lesson 02
# has an exact answer for both: the constant rate that ends lowest.
#
# Predict: four times the batch, as many *examples* as before. By which factor does the best rate change?

# %%
my_prediction = None  # new best rate / old best rate: your number, before you run

# %%
import numpy as np

from lrlib import theory
from lrlib.course import check

bowl = (1.0, 0.3, 0.1, 0.03, 0.01)
examples, updates = 3200, 200


def best_rate(B, steps, noise=5.0):
    return theory.best_constant_rate(round(steps), bowl, noise=noise, batch_size=B)


factor = best_rate(16, examples / 16) / best_rate(4, examples / 4)
check.reconcile(my_prediction, factor, tolerance=0.1, reread="the next two paragraphs")

# %% tags=["answer"]
from IPython.display import display

from lrlib import plot
from lrlib.course.explore import explorer


def draw(noise, examples=examples, updates=updates):
    sizes = 2 ** np.arange(9)
    curves = {
        "as many examples": [best_rate(B, examples / B, noise) for B in sizes],
        "as many updates": [best_rate(B, updates, noise) for B in sizes],
    }
    axes = "The best rate depends on what stays", "", "batch size B", "best constant rate"
    return plot.lines(sizes, curves, *axes, log_x=True, log_y=True)


display(draw(5.0))
explorer(draw, noise=(0.5, 20.0, 5.0), examples=(800, 12800, 3200), updates=(50, 800, 200))

# %% [markdown]
# **We see** two nearly straight lines in logarithms, which bend at large batches. **This means** that both rules
# are right, each for its own way to count. After $T$ updates at rate $\eta$ the loss has a bias, which depends on
# $\eta T$ (the reach of lesson 15), and a noise that is proportional to $\eta / B$ (lesson 02). With
# $E = BT$ examples, $\eta T = (\eta / B) E$: both depend on $\eta / B$ alone, and the best rate is *proportional* to
# $B$. With $T$ fixed, a higher rate trades bias for noise. Where the bias falls as $1/(\eta T)$, the sum
# $1/(\eta T) + \eta/B$ is lowest at $\eta \propto \sqrt{B/T}$: the *square root*. **It does not mean** that either
# holds for all $B$: a rate cannot pass the stability limit, however quiet the gradient. In the explorer, lower the noise,
# and the lines bend earlier. (Without a running kernel: the figure shows the main point.)
#
# ## A large batch in small pieces
#
# A batch too large for the memory is split into *micro-batches*, whose gradients are added up before one update:
# *gradient accumulation*. Each `backward()` adds to what is there. So divide each loss by the number of pieces. Is
# that exact?

# %%
import torch

from lrlib import tasks

torch.set_num_threads(1)  # small matrices gain nothing from more
task = tasks.get("digits_wide")  # clean digits; layers of 64 and 64 units, no biases
model, (x, y) = task.model(0), task.batches(0, 1)[0]


def gradient(pieces, weights):
    model.zero_grad()
    for rows, weight in zip(torch.arange(32).split(pieces), weights, strict=True):
        (weight * task.loss(model(x[rows]), y[rows])).backward()
    return torch.cat([p.grad.reshape(-1) for p in model.parameters()])


whole = gradient([32], [1])
ways = {
    "four of 8, each a quarter": gradient([8] * 4, [1 / 4] * 4),
    "20, 8 and 4 rows, each a third": gradient([20, 8, 4], [1 / 3] * 3),
    "20, 8 and 4 rows, by their rows": gradient([20, 8, 4], [20 / 32, 8 / 32, 4 / 32]),
    "four of 8, not divided": gradient([8] * 4, [1] * 4),
}
for name, g in ways.items():
    off = float((g - whole).norm() / whole.norm())
    print(f"{name:32} off by {100 * off:4.0f} % of the gradient")

# %% [markdown]
# Equal pieces are exact. Unequal ones are not, unless each counts by its rows: in language models, by its *tokens*,
# a fault found in several libraries since 2024. And a sum that is not divided is a rate
# that is four times too high. Adam would hide that; clipping of gradients would not.
#
# The second trap is the clock. Let `T = 100` updates be planned, with `linear(1, 0, T)`, four micro-batches
# each; and let `scheduler.step()` stand beside `backward()`. After how many *updates* is the rate zero?

# %%
my_zero = None  # updates: your number

# %%
import warnings

from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import linear

warnings.filterwarnings("ignore", "Detected call of")  # torch says so once, and goes on


def used(inside, T=100, pieces=4):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = ScheduleLR(optimizer, linear(1, 0, T))
    with Ledger.watch(optimizer) as ledger:
        for _ in range(T):
            for _ in range(pieces if inside else 0):
                scheduler.step()  # beside backward(): wrong
            optimizer.step()
            for _ in range(0 if inside else 1):
                scheduler.step()  # beside optimizer.step(): right
    return ledger.used


check.reconcile(my_zero, int((used(True) > 0).sum()) + 1, tolerance=0.05)

# %% tags=["answer"]
curves = {"beside optimizer.step()": used(False), "beside backward()": used(True)}
plot.lines(range(100), curves, "Four times too fast", "", "update", "rate used")

# %% [markdown]
# **We see** the rates that the optimizer used, from the ledger. **This means** that a scheduler counts whatever
# calls it, so it has to be called once an update. **It does not mean** that libraries agree on what they count: ask a
# ledger. (The first rate differs, too: three calls came before the first update.)
#
# ## How noisy is a gradient?
#
# Let $G$ be the gradient over all rows and $\Sigma$ the covariance of single rows' gradients around it. A batch has
# noise of total variance $\mathrm{tr}\,\Sigma / B$ (the trace adds up the variances of all weights) beside a signal
# $|G|^2$. They are equal at
#
# $$B_{\mathrm{noise}} = \mathrm{tr}\,\Sigma \,/\, |G|^2,$$
#
# the *gradient noise scale* (McCandlish et al. 2018). From $n$ gradients of batches: $\mathrm{tr}\,\Sigma$ is $B$ times
# their summed variance, and $|G|^2$ is the squared length of their mean, *less* $\mathrm{tr}\,\Sigma / (Bn)$, because noise
# makes the mean longer. Here we can check the estimate, with its interval at 95 %, against all rows. The run has
# batches of 32.

# %%
from lrlib.course import batches as course

at = (0, 10, 20, 40, 80, 160)
scales = course.noise_scales(task, 0.3, at, n_batches)
inside = scales["all rows"].between(scales["low"], scales["high"])
print(f"Found here: {inside.sum()} of {len(scales)} intervals hold the value of all rows.")
scales.round(1)

# %% [markdown]
# The noise scale is no constant of a task. It is high at the start, where rows disagree; it falls while all of them
# ask for the same; and it grows when what is common has been learned, since $G$ goes to 0 and
# $\Sigma$ does not. That is the reason why batches that grow during training are considered at all. Do not read single
# values: this is one run, and they jump from update to update, and from seed to seed.
#
# ## Where more rows stop helping
#
# Ask for the fewest updates $S$ to a given loss, the rate tuned for each $B$. McCandlish et al. propose
#
# $$S(B) = S_{\min} \,(1 + B_{\mathrm{crit}} / B).$$
#
# Far below the *critical batch* $B_{\mathrm{crit}}$ twice the rows save half of the updates; far above it, none. And
# $B_{\mathrm{crit}}$ should be near the noise scale along the way. First the bowl, where all is exact:

# %%
import pandas as pd

sizes = 2.0 ** np.arange(-2, 13, 2)
target = sum(bowl) / 2 / 30  # a thirtieth of the first loss
needed = course.bowl_updates(sizes, target, bowl)
fewest, critical = course.hyperbola(sizes, needed)
along = course.bowl_noise_scales(1.0, target, bowl)
guess = np.exp(np.log(along).mean())
rows = {"updates, exact": needed, "fitted": fewest * (1 + critical / sizes)}
print(f"Found here: critical batch {critical:.0f}; geometric mean noise scale {guess:.0f}")
pd.DataFrame(rows, [f"B = {B:g}" for B in sizes]).round(1).T

# %% [markdown]
# The curve fits, and the noise scale predicts the critical batch without a single tuned run. Now the digits, from a
# *stored sweep* (`python -m lrlib sweep target-sgd` trains it again): constant rates, watched until the held-out
# loss first is 0.5. Rates are tuned on one half of the seeds, updates counted on the other.
#
# Predict: from $B = 64$ to $B = 256$, four times the rows. By which factor do the updates fall? (4 would be perfect.)

# %%
my_gain = None  # updates at 64 / updates at 256: your number

# %%
from lrlib.course import moving

grids = moving.grids("target-sgd", (4, 8, 16, 32, 64, 128, 256))
counts = course.counts(grids, target=0.5)
gain = counts[64].mean() / counts[256].mean()
check.reconcile(my_gain, gain, tolerance=0.2, reread="the formula above")

# %% tags=["answer"]
B, means = np.array(list(counts)), np.array([found.mean() for found in counts.values()])
fewest, critical = course.hyperbola(B, means)
early = scales["all rows"].iloc[: np.searchsorted(at, means[3])]
print(f"Found here: critical batch {course.critical_batch(counts)} rows,")
print(f"geometric mean noise scale until then {np.exp(np.log(early).mean()):.0f} rows.")
fitted = {"measured": means, "fitted": fewest * (1 + critical / B)}
shown = fitted | {"perfect": means[0] * B[0] / B}
axes = "batch size B", "updates to a loss of 0.5"
display(plot.lines(B, shown, "Rows stop helping", "", *axes, log_x=True, log_y=True))
pd.DataFrame({"updates": means, "examples": means * B}, [f"B = {b}" for b in B]).round(0).T

# %% [markdown]
# **We see** updates and examples to the same loss. *Perfect* is half the updates for twice the batch. **This means**
# that below the critical batch a larger batch saves time at no cost in examples, and that above it costs examples for
# hardly fewer updates. The noise scale tells the order of magnitude, and no more. **It does not
# mean** that the critical batch of this task is that of yours: measure the noise scale, it needs one run.
#
# ## The best rate, measured
#
# On the digits, with linear decay to zero, 6,400 examples for each batch size (`batch-sgd`, `batch-adam` in the
# store). Take the peak that was tuned at $B = 32$ to other batch sizes: leave it, or move it by a rule. Which ends
# lowest, for SGD and $B = 128$?

# %%
my_rule = None  # "same", "square root" or "linear"

# %%
powers, sizes = {"same": 0, "square root": 0.5, "linear": 1}, (8, 16, 32, 64, 128, 256)
grids = {name: moving.grids(f"batch-{name.lower()}", sizes) for name in ("SGD", "Adam")}
tried = {name: moving.guesses(each, 32, powers) for name, each in grids.items()}
at_128 = {rule: tried["SGD"][rule][128].mean() for rule in powers}
check.category(my_rule, min(at_128, key=at_128.get), powers)

# %% tags=["answer"]
curves, b = {}, np.array(sizes)
for name, each in grids.items():
    peaks = np.array([moving.peak(grid).rate for grid in each.values()])
    curves[name] = peaks / peaks[sizes.index(32)]
    below, above = ({size: each[size] for size in part} for part in (sizes[:3], sizes[2:]))
    print(f"Found here: {name}: best rate as B^p: p = {moving.slope(below)} up to 32,")
    print(f"p = {moving.slope(above)} above.")
curves |= {"square root": np.sqrt(b / 32), "linear": b / 32}
axes = "batch size B", "best rate / that at 32"
plot.lines(b, curves, "The exponent falls", "", *axes, log_x=True, log_y=True)

# %% tags=["answer"]
from lrlib.course.finding import found as finding

for name in tried:
    mean = {
        rule: np.mean([*by_size.values()], axis=0) for rule, by_size in tried[name].items()
    }
    print(f"{name}, mean over the five other batch sizes:")
    display(finding(mean, reference="own peak"))
cost = {
    (name, rule): {
        f"B = {b}": (by_size[b] - tried[name]["own peak"][b]).mean() for b in by_size
    }
    for name in tried
    for rule, by_size in tried[name].items()
    if rule in powers
}
pd.DataFrame(cost).T.round(3)

# %% [markdown]
# **We see** exponents with intervals, then what each rule costs in nats, against a peak tuned at that batch size; all
# rates are chosen on one half of the seeds, losses taken from the other. Between grid points losses are
# interpolated; above the grid, where *linear* goes at 128 and 256, the last one counts, which is kind to it. **This
# means** that the bowl's clean line needs batches far below the critical one. Around it the exponent is nearer to a
# half even with as many examples, for SGD as for Adam (whose interval is wide). It falls further above, since little
# is left to gain from quiet, which moves no stability limit. And mistakes are not symmetric: too high a rate mostly
# costs more than one that is too low. **It does not
# mean** that "square root for Adam, linear for SGD" is wrong in general: theory derives it below the critical batch
# (Malladi et al. 2022), and the intervals say what is seen here.
#
# ## Halve the rate, or double the batch?
#
# Noise at the end is proportional to $\eta / B$. So a decay may lower $\eta$, or raise $B$ (Smith et al. 2018): as
# many examples, fewer updates. Four ways to spend the same examples in the same order: *constant*; *halve* the
# rate three times; *double* the batch at the same places; and *seesaw* (Meterez et al. 2025), which does both by
# $\sqrt 2$ and 2, and is made for Adam. Each has its own tuned peak; all train with SGD.

# %%
from lrlib.schedules import constant, seesaw

falling = constant(1, 120) >> constant(0.5, 64) >> constant(0.25, 64) >> constant(0.125, 64)
pair = seesaw(falling, 32)
T, fewer = int(falling.steps), int(pair.steps)
arms = {
    "constant": (constant(1, T), constant(32, T)),
    "halve": (falling, constant(32, T)),
    "double": (constant(1, fewer), pair.batch),
    "seesaw": (pair.rate, pair.batch),
}
for name, (rate, batch) in arms.items():
    total = int(batch.values(int(rate.steps)).sum())
    print(f"{name:9} {rate.steps:3.0f} updates, {total} examples")
noisy = tasks.get("digits", label_noise=label_noise)
grid = [0.269 * 2 ** (k / 4) for k in range(7)]  # fine: the best rates are near a cliff
seeds = range(1000, 1008), range(n_seeds)  # tuning, judging
losses, runs = course.judged(noisy, arms, grid, *seeds, reference="halve")

# %%
from lrlib import stats

readings = {
    "better": "Doubling the batch is even better here than halving the rate.",
    "worse": "So here a larger batch is no full substitute for a lower rate.",
    "cannot tell": "So no price of the fewer updates can be seen.",
}
display(finding(losses, readings, about=("double", "seesaw", "constant")))
table = stats.ranking(losses)
display(plot.forest(losses))
plot.house(runs, title=f"{stats.headline(losses)}")

# %% [markdown]
# **We see** paired differences, then rates and losses over *updates*; two of the lines end earlier. **This means** what
# the computed sentence says. What a larger batch saves is updates, so it saves *time* where rows of a batch are
# computed side by side. It saves no examples. **It does not mean** that this goes on for ever: past the critical batch
# there is no noise left that doubling could remove, and then only the rate is left to fall.

# %%
from IPython.display import Markdown


def cheapest(sizes):
    return {
        name: min(powers, key=lambda rule: np.mean([by_rule[rule][b] for b in sizes]))
        for name, by_rule in tried.items()
    }


near, wide = cheapest((8, 16, 64, 128)), cheapest((8, 16, 64, 128, 256))
Markdown(
    f"> **Do this.** Tune at one batch size. For up to four times fewer or more rows, move the peak"
    f" by the square root, and tune again beyond. Cheapest here: up to four times, *{near['SGD']}*"
    f" for SGD and *{near['Adam']}* for Adam; with 256 rows too, *{wide['SGD']}* and"
    f" *{wide['Adam']}*. In doubt take the lower rate. Do"
    f" not go above the noise scale of the early run. To end in fewer updates, double the batch"
    f" where you would halve the rate: {table.loc['double', 'difference']:+.4f} nats"
    f" (*{table.loc['double', 'verdict']}*), {fewer} updates for {T}. One small task, so: a start, not a law."
)

# %% [markdown]
# ## In your own code
#
# - **PyTorch.** `(loss / k).backward()` for each of `k` micro-batches; then `optimizer.step()`, `scheduler.step()`,
#   `optimizer.zero_grad()`, once.
# - **Hugging Face** `TrainingArguments(gradient_accumulation_steps=k)`: its schedulers count updates. **Keras 3**
#   `SGD(gradient_accumulation_steps=k)`. **optax** `MultiSteps(optimizer, every_k_schedule=k)`.
# - **Several devices** multiply the batch: $B$ is rows a device x devices x $k$. A wrapper may also step the
#   scheduler once for each device; an exhibit of [lesson 23](23_museum_of_broken_schedules.ipynb) shows that run.
# - A schedule in *examples* or tokens: `on_clock(linear(1, 0, E), batch)` turns it into one of updates when the batch grows.
#
# ## Exercises
#
# **1, guided.** Micro-batches of `rows` rows have the mean gradients `gradients`, two lists. Return the gradient of
# the whole batch. One line.


# %% tags=["exercise"]
def my_accumulated(gradients, rows):
    raise NotImplementedError("how much of the whole batch is each micro-batch?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("19.1", my_accumulated)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_accumulated(gradients, rows):
#     return sum(g * n for g, n in zip(gradients, rows, strict=True)) / sum(rows)
# ```
#
# The mean over all rows counts each row once. The mean of means counts a row of a small piece more.
# </details>

# %% [markdown]
# **2, standard.** A task needs at least `S_min` updates, and its critical batch is `B_crit`. How large may the
# batch be, not rounded, if the run may see no more than `examples` rows until the target?


# %% tags=["exercise"]
def my_largest_batch(examples, S_min, B_crit):
    raise NotImplementedError("examples = B * S(B); solve for B")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("19.2", my_largest_batch)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_largest_batch(examples, S_min, B_crit):
#     return examples / S_min - B_crit
# ```
#
# $B\,S(B) = S_{\min}(B + B_{\mathrm{crit}})$. At $B = B_{\mathrm{crit}}$ it is twice the least possible.
# </details>

# %% [markdown]
# **3, open.** Let the batch follow the noise scale: measure it every 20 updates, and double the batch when it
# is above twice the batch. Predict first whether it ends below *double*, and judge both on fresh seeds.
#
# ## Summary
#
# You can now
#
# - say which of the two scaling rules belongs to which way of counting, and where both end;
# - accumulate a large batch exactly, and step its scheduler once an update;
# - estimate a gradient noise scale with an interval, and read a critical batch from it;
# - trade a halved rate for a doubled batch, and say what that saves.
#
# **What this does not show.** Small networks, one data set, epochs of 1,200 rows, in which a batch of 256 is no small
# sample. Momentum and weight decay have timescales of their own that should move with the batch. Losses at moved
# peaks are interpolated between trained rates.
#
# ## Quiz
#
# **1. You double the batch and keep the number of epochs. Far below the critical batch the best rate
# is**
#
# - (a) about half as high
# - (b) about the same
# - (c) about twice as high
#
# <details><summary>Answer</summary>
#
# (c): as many examples means that rate over batch decides. (b) is what happens far above the critical batch. (a) would
# travel a quarter as far.
# </details>
#
# **2. Four micro-batches, `loss.backward()` without division, SGD. Beside one batch of all these
# rows, the run behaves as if**
#
# - (a) nothing had changed
# - (b) the batch were four times as large
# - (c) the rate were four times as high
#
# <details><summary>Answer</summary>
#
# (c): a sum instead of a mean. (b): it has seen the same rows, with the same noise for its signal.
# (a) is nearly so for Adam, which divides by the size of the gradient.
# </details>
#
# **3. The noise scale of a run grows from 30 to 3,000 rows. A fixed batch of 300 is**
#
# - (a) right all the time, as it lies between
# - (b) noisy at first, larger than useful at the end
# - (c) larger than useful at first, and noisy at the end
#
# <details><summary>Answer</summary>
#
# (c): above the noise scale rows agree and add little; below it noise rules. (b) has it the wrong way round; (a) holds
# at one moment only.
# </details>
#
# ## References
#
# - Goyal et al. 2017, *Accurate, Large Minibatch SGD*, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677): the linear rule.
# - McCandlish et al. 2018, *An Empirical Model of Large-Batch Training*,
#   [arXiv:1812.06162](https://arxiv.org/abs/1812.06162): noise scale and critical batch.
# - Smith et al. 2018, *Don't Decay the Learning Rate, Increase the Batch Size*,
#   [arXiv:1711.00489](https://arxiv.org/abs/1711.00489).
# - Shallue et al. 2019, *Measuring the Effects of Data Parallelism on Neural Network Training*,
#   [arXiv:1811.03600](https://arxiv.org/abs/1811.03600): updates to a target, for many tasks.
# - Zhang et al. 2019, *Which Algorithmic Choices Matter at Which Batch Sizes?*,
#   [arXiv:1907.04164](https://arxiv.org/abs/1907.04164): the noisy quadratic.
# - Malladi et al. 2022, *On the SDEs and Scaling Rules for Adaptive Gradient Algorithms*,
#   [arXiv:2205.10287](https://arxiv.org/abs/2205.10287): the square root for Adam.
# - Meterez et al. 2025, *Seesaw*, [arXiv:2510.14717](https://arxiv.org/abs/2510.14717).
# - Accumulation by tokens: [huggingface/transformers#34191](https://github.com/huggingface/transformers/pull/34191).

# %% [markdown] tags=["navigation"]
# [Previous: 18 No rate to tune?](18_no_rate_to_tune.ipynb) | [All lessons](index.ipynb) | [Next: 20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb)
