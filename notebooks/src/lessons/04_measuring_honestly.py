# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 Measuring honestly
#
# *After this you can compare settings in pairs, say how many seeds that takes, read a verdict that is corrected for
# its whole table, and say what an interval does not cover.*
#
# Needs 00-03 - 65 min - computes in under 20 s - CPU
#
# Answers: How do I choose it?

# %% tags=["parameters"]
n_seeds: int = 32  # judging seeds that are read from the stored sweep, 8..32
margin: float = 0.005  # a difference that would matter to us, in nats, 0.001..0.1
steps: int = 150  # updates of the runs that are looked at image by image, 100..600

# %% [markdown]
# ## Nine schedules, many seeds
#
# Lesson 00 compared two schedules and ended with an interval and a verdict. This lesson takes the measuring
# itself apart. The material is a *stored sweep*: runs that take minutes, kept beside the file that defines
# them. `python -m lrlib sweep shapes-digits` trains them again, and a test repeats a random part of them.
#
# The task is that of lesson 00, digits with a fifth of the training labels replaced, here with 600 updates
# and momentum 0.9 (lesson 01), which wants lower peaks. Nine schedules, most of which have
# lessons of their own later, were each tuned on 32 seeds and judged on 32 others. `late line` is constant
# for 80 % of the run, then a line to zero; `late root` ends with another curve, a square root.

# %%
import pandas as pd

from lrlib.evidence import sweeps

names = ["constant", "multistep", "exponential", "restarts", "linear", "cosine"]
names += ["one cycle", "late line", "late root"]
stored = sweeps.load("shapes-digits", labels=names)
losses = pd.DataFrame(stored.judged.losses())[:n_seeds]
print("tuned peaks:", {n: round(p.rate, 3) for n, p in stored.tuned.fitted.items()})
losses.agg(["mean", "std"]).T.sort_values("mean").round(4)

# %% [markdown]
# `std`, the *standard deviation*, says how far single seeds usually lie from the mean. Compare it with the
# steps from one mean to the next.
#
# ## Predict: how often does one seed name the winner?
#
# Suppose you had run one seed. You would have crowned the schedule with the lowest loss on it. On what
# fraction of the seeds is that the schedule with the lowest *mean*?

# %%
from lrlib import stats
from lrlib.course import check

my_prediction = None  # fraction of seeds that crown the lowest mean, 0 to 1: your number
crowning = stats.wrong_winner(losses)
check.reconcile(my_prediction, crowning.right, 0.15, "the table below")

# %% tags=["answer"]
print(
    f"Found here: {crowning.right:.0%} of the seeds crown {crowning.winner}, the lowest mean"
)
crowned = losses.idxmin(axis=1).value_counts()
crowned.reindex(names, fill_value=0).to_frame("seeds that crown it")

# %% [markdown]
# The table counts the conclusions of a paper with one seed. What would a careful one conclude?
#
# ## Pairs: what two runs share cancels
#
# Two runs with the same seed share first weights, batches and wrong labels. Does it show? Printed is the
# *correlation* with late root: 1 would mean that two rise and fall in step, 0 that they ignore each other.

# %%
from lrlib import plot

print(losses.corr()["late root"].loc[["linear", "constant"]].round(2).to_dict())
three = dict(losses[["cosine", "linear", "late root"]])
axes = "seed", "last held-out loss (nats)"
said = "The luck of a seed is shared: three schedules rise and fall together"
plot.lines(losses.index, three, said, "", *axes, like=stored.judged)

# %% [markdown]
# **We see** three schedules seed by seed. **This means** that a good part of the luck belongs to the seed, not to the
# schedule. **It does not mean** that it is always so: look at constant, which still jumps about at its last step.
#
# For losses $A$ and $B$ on the same seed, the variance (the square of the standard deviation) of the difference is
#
# $$\mathrm{var}(A - B) = \mathrm{var}(A) + \mathrm{var}(B) - 2\,\mathrm{cov}(A, B).$$
#
# The covariance is correlation times both standard deviations: the shared luck, and it is subtracted. With
# seeds that are *not* shared, it is zero. The mean of $n$ differences varies $\sqrt n$ times less than one of
# them: $s / \sqrt n$ is its *standard error*, where $s$ is the standard deviation of one difference. The interval is
#
# $$\text{mean} \pm q\, s / \sqrt n .$$
#
# Student's $q$ is about 2: a little more for few pairs, since $s$ is itself uncertain then.

# %%
import numpy as np
from scipy import stats as distributions

linear, root = losses["linear"], losses["late root"]
gap = linear - root
sds = {"paired": gap.std(), "not paired": np.sqrt(linear.var() + root.var())}
for name, sd in sds.items():
    df = n_seeds - 1 if name == "paired" else 2 * n_seeds - 2
    half = distributions.t.ppf(0.975, df) * sd / np.sqrt(n_seeds)
    ends = f"[{gap.mean() - half:+.4f}, {gap.mean() + half:+.4f}]"
    print(f"linear minus late root, {name:10s}: {gap.mean():+.4f} {ends}")
print("stats.compare:", stats.compare(linear, root))

# %% [markdown]
# The same runs, two intervals. Pairing costs nothing but a shared seed. `stats.compare` is the paired one, with a
# verdict: *better* or *worse* if zero lies outside, else *cannot tell*.
#
# ## A whole table: eight chances of a false alarm
#
# We did not plan this one comparison. There are eight, each of the others against one, the *reference*, and an
# interval at 95 % is wrong once in twenty. Simulate it: nine schedules that are *equal*, 32 seeds, eight
# comparisons with the first.
#
# ## Predict: how often does somebody win?
#
# In what fraction of such tables does at least one of the eight seem to differ?

# %%
my_prediction = None  # fraction of tables with a false alarm, 0 to 1: your number
equal = np.random.default_rng(0).normal(size=(2000, 9, 32))
p = distributions.ttest_1samp(equal[:, 1:] - equal[:, :1], 0, axis=2).pvalue
check.reconcile(my_prediction, (p < 0.05).any(axis=1).mean(), 0.3, "the next paragraph")

# %% [markdown]
# (Not eight times 5 %: alarms coincide, the more so as the eight share a reference.) A *$p$-value* says how often
# equals would differ by as much or more; below 0.05, zero lies outside the interval. *Holm's correction* asks more
# of the best: of $m$ comparisons the smallest $p$-value must be below $0.05/m$, the next below $0.05/(m - 1)$, and
# so on. Then *any* false alarm in the table has a chance of 5 % at most. In this course `verdict` is always the
# corrected one, and what a comparison would say by itself is called `alone`. The reference is chosen before
# judging, on the tuning seeds: the lowest mean of the judging seeds has had luck.

# %% tags=["answer"]
corrected = np.array([stats.holm(each) for each in p])
alarms = [(each < 0.05).any(axis=1).mean() for each in (p, corrected)]
print(
    "Found here: a false alarm in {:.0%} of equal tables, corrected {:.0%}".format(*alarms)
)

# %%
from IPython.display import display

from lrlib.course.finding import found

reference = stored.judged.reference
readings = {
    "worse": "The eight comparisons together leave it worse.",
    "better": "The eight comparisons together leave it better.",
    "cannot tell": "See `alone` in the table for what it would have been called by itself.",
}
display(found(dict(losses), readings, about="linear", reference=reference))
ranking = stats.ranking(dict(losses), reference)
within = [
    stats.equivalence(losses[n], losses[reference], margin).verdict for n in ranking.index
]
display(ranking.assign(**{"within margin": within}).round(4))
plot.forest(dict(losses), reference=reference, like=stored.judged)

# %% [markdown]
# **We see** a row a schedule: a dot a seed, the mean difference and its interval, and the verdict. **This means** that
# most of nine famous schedules cannot be ranked by 32 pairs. **It does not mean** that they are equal. *Cannot
# tell* only says that zero is possible, among much else. To claim equality, name beforehand a margin that would
# matter, here `margin`, and show that the difference lies within it, by a 90 % interval: *equivalent* or *not
# shown*, the last column (the reference is equal to itself). A difference can also be real and too small to matter.
#
# ## Lopsided differences
#
# Student's interval assumes a bell curve. Differences of losses are often lopsided: most seeds near zero, a few far
# off on one side. Simulate 16 such pairs whose true mean is known. How often does the interval cover it?

# %%
rng, n = np.random.default_rng(0), 16
draws = {
    "bell curve": rng.normal(size=(4000, n)),
    "lopsided": rng.exponential(size=(4000, n)) - 1,
    "very lopsided": rng.lognormal(0, 0.8, (4000, n)) - np.exp(0.32),
}
rows = {}
for name, x in draws.items():
    half = distributions.t.ppf(0.975, n - 1) * x.std(axis=1, ddof=1) / np.sqrt(n)
    low, high = stats.limits(x)
    wider = np.maximum(x.mean(axis=1) - low, high - x.mean(axis=1)) / half
    rows[name] = {"Student covers": (abs(x.mean(axis=1)) < half).mean()}
    rows[name]["the verdict's covers"] = ((low < 0) & (high > 0)).mean()
    rows[name]["wider side / Student's"] = np.median(wider)
    rows[name]["four times Student's"] = (wider > 4).mean()
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown]
# 95 % was promised. So `stats.compare` computes a second interval that allows for this *skewness* (Hall 1992), and
# takes on each side the wider of the two. For a bell curve that changes little. The last column is the share of
# samples in which one side is four times as long as Student's: one or two pairs carry nearly all the lopsidedness,
# and the correction is at its end. Such an interval is no mistake. It says that these pairs do not bound that
# side.
#
# ## How many seeds?
#
# To be told apart, a mean difference must be about 1.96 standard errors $s / \sqrt n$ from zero. To succeed
# in 80 % of repetitions (a *power* of 80 %), the true effect $d$ must lie 0.84 errors further out: 80 % of a
# bell curve lie above the point 0.84 below its middle. So
#
# $$d = (1.96 + 0.84)\, \frac{s}{\sqrt n} \quad\Rightarrow\quad n = 7.85 \left(\frac{s}{d}\right)^2 .$$
#
# Half the effect needs four times the seeds. `stats.seeds_needed` uses the exact curve for few seeds, and adds
# two pairs.

# %%
from lrlib.course.explore import explorer


def draw(effect):
    n = np.geomspace(6, 2000, 100)
    power = {
        name: distributions.norm.cdf(effect * np.sqrt(n) / sd - 1.96)
        for name, sd in sds.items()
    }
    needed = [stats.seeds_needed(effect, sd) for sd in sds.values()]
    return plot.lines(
        n,
        power,
        title="{:.4f} nats: {} seeds in pairs, {} not paired".format(effect, *needed),
        xlabel="seeds (log scale)",
        ylabel="chance to be told apart",
        log_x=True,
        marks={"ours": n_seeds},
    )


display(draw(margin))
explorer(draw, effect=(margin / 10, 10 * margin, margin))

# %% [markdown]
# **We see**, for an effect as large as the margin and the noise of linear and late root, the chance that a
# comparison of $n$ seeds finds it. **This means** that an experiment can be hopeless before it begins. **It
# does not mean** that a difference found with too few seeds is real and large: among weak experiments,
# those that succeed are those that luck has helped. (In the explorer, find the effect that our seeds can just show.)
#
# ## Whose peak?
#
# All this was fair because each schedule had its own peak. Now pretend that a shared one had been used: the first
# table.
#
# **Is linear behind by its shape, or by its peak?** Alone, at its tuned peak, linear is behind late root. Two
# explanations. **The shape** is worse: then no other peak closes the gap. **The peak** was badly chosen, since
# tuning seeds are noisy too: then a neighbouring peak closes it. The interval cannot decide. It covers the luck of
# the judging seeds; the peak was fixed before. So linear was run at five peaks on 64 fresh seeds (`python -m lrlib
# sweep linear-peaks-digits`), and late root at its best point of the grid. And how sure is the choice of a peak?
# Let each half of the tuning seeds make it alone.

# %%
rows = {}
for rate in stored.grid.base_lrs:
    against = stats.ranking(stored.grid.losses(rate), "late root")
    rows[f"{rate:.3g}"] = {
        "lowest mean": against.index[0],
        "linear": against.verdict["linear"],
    }
shared = pd.DataFrame.from_dict(rows, orient="index").rename_axis("shared peak")
print(
    "Found here:", shared["lowest mean"].nunique(), "winners, depending on the shared peak"
)
shared.rename(columns={"linear": "linear against late root"})

# %%
tuning = stored.grid.result[names.index("linear")]  # (peak rates, seeds)
for half in (slice(0, 16), slice(16, 32)):
    best = stats.peak(stored.grid.base_lrs, tuning[:, half])
    first, *_, last = stored.grid.seeds[half]
    print(f"tuning seeds {first}..{last} choose {best.rate:.3g}")
low, high = stats.ranking(stored.judged).loc["linear", ["ci_low", "ci_high"]]
print(f"linear minus late root, with the doubt of both peaks: [{low:+.4f}, {high:+.4f}]")
again = sweeps.load("linear-peaks-digits").grid
fresh_root = again.result[1, again.base_lrs.index(0.0566)]
arms = {
    f"linear at {r:g}": runs
    for r, runs in zip(again.base_lrs, again.result[0], strict=True)
}
fresh = stats.ranking(arms | {"late root": fresh_root}, "late root")
best, second = fresh.index[fresh.index != "late root"][:2]
print("a step of the grid:", second, "minus", best, stats.compare(arms[second], arms[best]))
behind = (fresh["verdict"] == "worse").sum()
print(f"Found here: linear is worse than late root at {behind} of {len(arms)} peaks")
fresh.round(4)

# %% [markdown]
# Who chooses a shared peak chooses the verdict: see the right column of the first table (corrected for eight). In
# the second (for five) each explanation holds in part. Where every row says *worse*, no peak catches up, and the
# shape is behind after all: the 64 fresh seeds can show what 32 could not. But the *size* depends on the peak: 16
# tuning seeds choose one peak or another, and a step of the grid can cost as much as is printed. So from here on
# the doubt of a peak goes into the interval: `train.judge` draws the tuning seeds again, as in the interval
# printed for all 32 pairs, where that adds little.
#
# ## What an interval covers
#
# An interval covers what varied between its runs, and nothing else: here the seed. The peak did not vary (its
# doubt is added), nor the computer (lesson 25), nor the training data, nor the *held-out images*. Textbooks keep
# two such sets apart: a *validation set*, on which one chooses, and a *test set*, on which one judges, once. In
# this course one held-out set plays both parts: it tunes and it judges. Tuning and judging seeds differ, but the
# images are the same, and a schedule that happens to suit them keeps that luck.
#
# How large is that luck? Draw the images again, too. That needs the loss of each seed *on each image*: linear
# and cosine, at the best peak of linear in lesson 03, all seeds trained at once by `torch.func`.

# %%
import torch
from torch.func import functional_call, stack_module_state, vmap

from lrlib import tasks
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine, linear

torch.set_num_threads(1)
task = tasks.get("digits", label_noise=0.2)
model, (images, labels) = task.model(0), task.heldout


def logits_of(weights, x):
    return functional_call(model, weights, (x,))


def trained(schedule, seeds=range(16)):
    weights, _ = stack_module_state([task.model(seed) for seed in seeds])
    batches = [task.batches(seed, steps) for seed in seeds]
    optimizer = torch.optim.SGD(weights.values(), lr=1)
    scheduler = ScheduleLR(optimizer, schedule)
    for t in range(steps):
        x, y = map(torch.stack, zip(*(b[t] for b in batches), strict=True))
        optimizer.zero_grad()
        vmap(task.loss)(vmap(logits_of)(weights, x), y).sum().backward()
        optimizer.step()
        scheduler.step()
    return vmap(logits_of, (0, None))(weights, images).detach()  # (seeds, images, classes)


# %%
shapes = {"linear": linear(1, 0, steps), "cosine": cosine(1, 0, steps)}
logits = {name: trained(0.57 * shape) for name, shape in shapes.items()}
by_image = {
    n: -torch.log_softmax(x, -1)[:, range(len(labels)), labels] for n, x in logits.items()
}
right = {n: (x.argmax(-1) == labels).double().mean(1).numpy() for n, x in logits.items()}
means = {n: loss.mean(1).numpy() for n, loss in by_image.items()}
display(found(means, reference="linear", right=right))
gap = (by_image["cosine"] - by_image["linear"]).numpy()  # (seeds, images)
own = gap - gap.mean(1, keepdims=True) - gap.mean(0) + gap.mean()  # neither seed nor image
by_seed, all_images = (gap.mean(axis).var(ddof=1) / gap.shape[1 - axis] for axis in (1, 0))
of_images = max(all_images - own.var() / own.size, 0)
for n in (16, 64, 256):
    part = by_seed * 16 / n
    wider = (1 + of_images / part) ** 0.5 - 1
    print(f"{n:3} seeds: standard error {part**0.5:.4f}, with the images", end=" ")
    print(f"{(part + of_images) ** 0.5:.4f}: interval {wider:.0%} wider")

# %% [markdown]
# The first error is that of the mean over seeds, as everywhere in this course; the second adds that of drawing
# other images (found for our 16 seeds, computed for more). Seeds shrink the first part and never the second, so a
# very narrow interval is narrow for *these* images. (What a seed does on one image is in both parts; it is counted
# once.) At the peak of linear, "Found here" does not judge the shapes.
#
# ## Exercises
#
# **1, guided.** Losses of two schedules are often compared as a *ratio*: `a` is 3 % below `b`. Write the paired
# 95 % interval of the ratio `a` over `b`. A ratio becomes a difference by the logarithm: take it of both, make the
# interval of the differences as above, and take the exponential of both ends. (`std(ddof=1)` divides by n - 1.)


# %% tags=["exercise"]
def my_interval(a, b):
    n = len(a)
    q = distributions.t.ppf(0.975, n - 1)
    raise NotImplementedError(
        "logarithms, paired differences, mean -+ half; then back to ratios"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("04.1", my_interval)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_interval(a, b):
#     n = len(a)
#     q = distributions.t.ppf(0.975, n - 1)
#     d = np.log(a) - np.log(b)
#     half = q * d.std(ddof=1) / np.sqrt(n)
#     return np.exp(d.mean() - half), np.exp(d.mean() + half)
# ```
#
# Only the ratios enter; what multiplies both runs of a pair is gone before anything is computed. An interval
# that contains 1 is *cannot tell*.
# </details>

# %% [markdown]
# **2, standard.** Return the number of pairs, rounded up, that show an effect with the given `power`, by the
# formula above. `z(p)` is the point of the bell curve below which a share `p` lies: `z(0.975)` is 1.96. The
# second check simulates pairs whose true effect is known, as many as you say, and counts.


# %% tags=["exercise"]
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    raise NotImplementedError("solve effect = (z(0.975) + z(power)) * sd / sqrt(n) for n")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("04.2", my_seeds_needed)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_seeds_needed(effect, sd, power):
#     z = distributions.norm.ppf
#     return int(np.ceil(((z(0.975) + z(power)) * sd / effect) ** 2))
# ```
#
# The square also takes care of the sign of the effect.
# </details>

# %% [markdown]
# **3, open.** How often would `n` seeds have told linear at 0.08 and late root apart? Draw `n` of the 64
# fresh seeds, with replacement, call `stats.compare`, repeat, and return the share of verdicts that are
# not *cannot tell*. Does your share reach 0.8 where `stats.seeds_needed` says?


# %% tags=["exercise"]
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(0)
    raise NotImplementedError("rows = rng.integers(len(a), size=n), the same for a and b")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise(
    "04.3",
    share_told,
    fresh_linear=again.result[0, again.base_lrs.index(0.08)],
    fresh_root=fresh_root,
)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def share_told(a, b, n, repeats=200):
#     rng = np.random.default_rng(0)
#     seen = 0
#     for _ in range(repeats):
#         rows = rng.integers(len(a), size=n)
#         seen += stats.compare(a[rows], b[rows]).verdict != "cannot tell"
#     return seen / repeats
# ```
#
# It treats the measured difference as the true one, and so shares its luck.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - say how often a single seed crowns the wrong winner, and why;
# - write a paired interval, and say what pairing saves and what lopsided differences do to it;
# - read a table: `alone` and `verdict`, *cannot tell* and *equivalent*, a shared peak and tuned peaks;
# - compute how many seeds an effect needs, before running any;
# - say what an interval does not cover: the held-out images, the computer, and the peak, unless its doubt is
#   added.
#
# **What this does not show.** One task, one small network, one run length. New training data were never drawn, only
# new wrong labels, batches and weights; another data set may differ by more than seeds and images together. The
# images were drawn again for one pair of schedules only.
#
# ## Quiz
#
# **1. 8 pairs give A minus B = -0.004 [-0.009, +0.001]. You may say**
#
# - (a) A and B are equal
# - (b) A is better
# - (c) cannot tell
#
# <details><summary>Answer</summary>
#
# (c). (b) reads the middle of an interval that contains zero. (a) needs a margin named beforehand, and the
# interval within it.
# </details>
#
# **2. You want to see an effect a third as large. How many times the seeds do you need?**
#
# - (a) six
# - (b) three
# - (c) nine
#
# <details><summary>Answer</summary>
#
# (c): the effect enters squared. (b) would be right if noise fell like $1/n$, (a) has no reason.
# </details>
#
# **3. A narrow interval from 1,000 judging seeds, one peak tuned on 4 seeds. The interval covers**
#
# - (a) the luck of judging, and the choice of the held-out images
# - (b) the luck of the judging seeds alone
# - (c) the luck of judging and tuning
#
# <details><summary>Answer</summary>
#
# (b). Neither the peak nor the images varied between the runs, so what (c) or (a) adds is not in it, unless it is
# added, as `train.judge` does for the peak.
# </details>
#
# **4. In a table of ten comparisons one has p = 0.02 alone, the others more than 0.3. By Holm its
# verdict is**
#
# - (a) equivalent, since so many others are not told apart
# - (b) real, since 0.02 is below 0.05
# - (c) cannot tell, since 0.02 is above a tenth of 0.05
#
# <details><summary>Answer</summary>
#
# (c): among ten comparisons of equals the smallest p is not rarely that small. (b) would be right had only this
# one been planned. (a) needs a margin, and says nothing about the others.
# </details>
#
# ## References
#
# - Student 1908, *The Probable Error of a Mean*, Biometrika 6,
#   [doi:10.2307/2331554](https://doi.org/10.2307/2331554): the interval for few observations.
# - Hall 1992, *On the Removal of Skewness by Transformation*, Journal of the Royal Statistical Society B 54, 221-228:
#   the interval that allows for lopsided differences.
# - Holm 1979, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian Journal of Statistics 6, 65-70.
# - Schuirmann 1987, [doi:10.1007/BF01068419](https://doi.org/10.1007/BF01068419): two one-sided tests, for
#   equivalence.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): seeds, data and tuning as sources of variance.

# %% [markdown] tags=["navigation"]
# [Previous: 03 Range test](03_range_test.ipynb) | [All lessons](index.ipynb) | [Next: 05 Steps and milestones](05_steps_and_milestones.ipynb)
