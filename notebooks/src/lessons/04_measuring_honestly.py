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
# *After this you can compare two settings in pairs, say how many seeds that takes, and say when a comparison
# shows nothing - because of its seeds, its peaks, or the last bit of the computer.*
#
# Needs 00-03 - 45 min - computes in under 20 s - CPU

# %% tags=["parameters"]
n_seeds: int = 32  # judging seeds that are read from the stored sweep, 8..32
margin: float = 0.005  # a difference that would matter to us, in nats, 0.001..0.1
steps: int = 350  # updates of the full-batch runs, 300..600

# %% [markdown]
# ## Nine schedules, many seeds
#
# Lesson 00 compared two schedules and ended with an interval and a verdict. This lesson takes the measuring
# itself apart. The material is a *stored sweep*: runs that take minutes, kept beside the file that defines
# them. `python -m lrlib sweep shapes-digits` trains them again, and a test repeats a random part of them.
#
# The task is that of lesson 00, digits with a fifth of the training labels replaced, here with 600 updates
# and momentum 0.9 (lesson 01, exercise 3), which wants lower peaks. Nine schedules, most of which have
# lessons of their own later, were each tuned on 32 seeds and judged on 32 others. `late line` is constant
# for 80 % of the run, then a line to zero; `late root` ends with another curve, a square root. `linear` and
# `constant` you know.

# %%
import numpy as np
import pandas as pd

from lrlib import stats
from lrlib.evidence import sweeps

names = ["constant", "multistep", "exponential", "restarts", "linear", "cosine"]
names += ["one cycle", "late line", "late root"]
stored = sweeps.load("shapes-digits", labels=names)
losses = pd.DataFrame(stored.judged.losses())[:n_seeds]
peaks = {name: peak.rate for name, peak in stored.tuned.fitted.items()}
table = pd.DataFrame({"tuned peak": peaks, "mean loss": losses.mean(), "sd": losses.std()})
table.sort_values("mean loss").round(4)

# %% [markdown]
# `sd`, the *standard deviation*, says how far single seeds usually lie from the mean. Compare it with the
# steps from one mean to the next.
#
# ## Predict: how often does one seed name the winner?
#
# Suppose you had run one seed. You would have crowned the schedule with the lowest loss on it. On what
# fraction of the seeds is that the schedule with the lowest *mean*?

# %%
from lrlib.course import check

my_prediction = None  # fraction of seeds that crown the lowest mean, 0 to 1: your number
found = stats.wrong_winner(losses)
check.reconcile(my_prediction, found.right, 0.15, "the table below")

# %%
print(f"lowest mean: {found.winner}, crowned by {found.right:.0%} of the seeds")
print(f"crowned, though worse: {found.wrong:.0%} [{found.low:.0%}, {found.high:.0%}]")
verdict = stats.ranking(dict(losses), reference=found.winner)["verdict"]
verdict[found.winner] = "lowest mean"
crowned = losses.idxmin(axis=1).value_counts().reindex(names, fill_value=0)
pd.DataFrame({"seeds that crown it": crowned, "all seeds say": verdict})

# %% [markdown]
# The left column counts the nine possible conclusions of a paper with one seed. The right column is what all
# the seeds together say against the lowest mean, by the method of the next section, corrected for the eight
# comparisons of the table: eight chances of a false alarm at 5 % each would be too many. A crown in a row that
# says *worse* is wrong; where it says *cannot tell*, nobody knows.
#
# ## Pairs: what two runs share cancels
#
# Two runs with the same seed share first weights, batches and wrong labels. Does it show?

# %%
from lrlib import plot

three = losses[["cosine", "linear", "late root"]]
r = three["linear"].corr(three["late root"])
print(
    f"correlation of constant and late root: {losses['constant'].corr(three['late root']):.2f}"
)
plot.lines(
    losses.index,
    dict(three),
    like=stored.judged,
    title=f"Linear and late root over the seeds: correlation {r:.2f}",
    alt=f"Losses of three schedules against the seed. Correlation of the last two: {r:.2f}.",
    xlabel="seed",
    ylabel="last held-out loss (nats)",
)

# %% [markdown]
# **We see** three schedules seed by seed. A *correlation* of 1 would mean that they rise and fall in step, 0
# that they ignore each other. **This means** that a good part of the luck belongs to the seed, not to the
# schedule. **It does not mean** that it is always so: look at the printed line about constant, which still
# jumps about at its last step.
#
# For losses $A$ and $B$ on the same seed, the variance (the square of the standard deviation) of the difference is
#
# $$\mathrm{var}(A - B) = \mathrm{var}(A) + \mathrm{var}(B) - 2\,\mathrm{cov}(A, B).$$
#
# The covariance is correlation times both standard deviations: the shared luck, and it is subtracted. With
# seeds that are *not* shared, it is zero. The mean of $n$ differences varies $\sqrt n$ times less than one of
# them, which gives the interval
#
# $$\text{mean} \pm q\, \frac{s}{\sqrt n}, \qquad s = \text{standard deviation of one difference.}$$
#
# Student's $q$ is about 2: a little more for few pairs, since $s$ is itself uncertain then.

# %%
from scipy import stats as distributions

linear, root = losses["linear"], losses["late root"]
gap = linear - root
sds = {"paired": gap.std(), "not paired": np.sqrt(linear.var() + root.var())}
for name, sd in sds.items():
    df = n_seeds - 1 if name == "paired" else 2 * n_seeds - 2
    half = distributions.t.ppf(0.975, df) * sd / np.sqrt(n_seeds)
    ends = f"[{gap.mean() - half:+.4f}, {gap.mean() + half:+.4f}]"
    print(f"linear minus late root, {name:10s}: {gap.mean():+.4f} {ends}")
for name in ("linear", "one cycle", "late line"):
    print(f"\n{name} against late root:", stats.compare(losses[name], root))
    print("within the margin?", stats.equivalence(losses[name], root, margin))

# %% [markdown]
# The same runs, two intervals. Pairing costs nothing but a shared seed. `stats.compare` is the paired one,
# made a little wider where the differences are lopsided, with a verdict: *better* or *worse* if zero lies
# outside, else *cannot tell*.
#
# *Cannot tell* is not *equal*. Zero inside an interval only says that zero is possible, among much else. To
# claim equality, name beforehand a margin that would matter, here `margin`, and show that the difference lies
# within it, by a 90 % interval: the second line of each pair, *equivalent* or *not shown*. The two questions
# are separate. A difference can be real and too small to matter, or neither shown nor excluded. Where few
# differences are very lopsided, *equivalent* is wrong more often than the 5 % meant: up to 14 % for six.
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
def draw(effect):
    n = np.geomspace(6, 2000, 100)
    curves = {
        name: distributions.norm.cdf(effect * np.sqrt(n) / sd - 1.96)
        for name, sd in sds.items()
    }
    needed = [stats.seeds_needed(effect, sd) for sd in sds.values()]
    title = "{:.4f} nats: {} seeds in pairs, {} not paired".format(effect, *needed)
    alt = f"Chance to be told apart against seeds, rising to 1. For 80 %: {title}."
    labels = "seeds (log scale)", "chance to be told apart"
    return plot.lines(n, curves, title, alt, *labels, log_x=True, marks={"ours": n_seeds})


from IPython.display import display

from lrlib.course.explore import explorer

display(draw(margin))
explorer(draw, effect=(margin / 10, 10 * margin, margin))

# %% [markdown]
# **We see**, for an effect as large as the margin and the noise of linear and late root, the chance that a
# comparison of $n$ seeds finds it. **This means** that an experiment can be hopeless before it begins. **It
# does not mean** that a difference found with too few seeds is real and large: among weak experiments,
# those that succeed are those that luck has helped.
#
# In the explorer, find the effect that our seeds can just show. (Without a running kernel: the figure, and
# the table below.)

# %%
rows = {}
for name in [n for n in names if n != found.winner]:
    noise = stats.seed_noise(losses[name], losses[found.winner])
    effect = (losses[name] - losses[found.winner]).mean()
    row = {"difference": effect, "paired sd": noise.paired_sd}
    row["paired"] = stats.seeds_needed(effect, noise.paired_sd)
    row["not paired"] = stats.seeds_needed(effect, np.sqrt(2) * noise.sd)
    rows[name] = row | {"verdict": verdict[name]}
pd.DataFrame.from_dict(rows, orient="index").sort_values("difference").round(4)

# %% [markdown]
# Each row asks how many seeds would show a difference of the size that was measured, against the lowest
# mean. Such a size is itself a guess; to plan, put in the smallest effect that would matter to you.
#
# ## Whose peak?
#
# All this was fair because each schedule had its own peak. Now pretend that a shared one had been used.

# %%
rows = {}
for rate in stored.grid.base_lrs:
    at_rate = stored.grid.losses(rate)
    means = {name: runs.mean() for name, runs in at_rate.items()}
    against = stats.compare(at_rate["linear"], at_rate["late root"])
    rows[f"{rate:.3g}"] = {"lowest mean": min(means, key=means.get)}
    rows[f"{rate:.3g}"]["linear against late root"] = against.verdict
shared = pd.DataFrame.from_dict(rows, orient="index").rename_axis("shared peak")
print("different lowest means, depending on the peak:", shared["lowest mean"].nunique())
shared

# %% [markdown]
# Who chooses the shared peak chooses the verdict: see the right column. Each column changes its mind as the
# peak grows.
#
# ## Linear came out behind. Shape, or peak?
#
# At its tuned peak linear is behind late root, as the first line below says. Two explanations. **The shape**
# is worse: then no other peak closes the gap. **The peak** was badly chosen, since tuning seeds are noisy
# too: then a neighbouring peak closes it. The interval cannot decide. It covers the luck of the
# judging seeds; the peak was fixed before. So linear was run at five peaks on 64 fresh seeds
# (`python -m lrlib sweep linear-peaks-digits`), and late root at its best point of the grid. And how sure is the
# choice of a peak? Let each half of the tuning seeds make it alone.

# %%
judged = stored.judged.losses()
print("judged:", stats.compare(judged["linear"], judged["late root"]))
tuning = stored.grid.result[names.index("linear")]
for half in (slice(0, 16), slice(16, 32)):
    best = stats.peak(stored.grid.base_lrs, tuning[:, half])
    first, *_, last = stored.grid.seeds[half]
    print(f"tuning seeds {first}..{last} choose {best.rate:.3g}")
again = sweeps.load("linear-peaks-digits").grid
fresh_root = again.result[1, again.base_lrs.index(0.0566)]
rows = {}
for rate, runs in zip(again.base_lrs, again.result[0], strict=True):
    c = stats.compare(runs, fresh_root)
    rows[f"{rate:g}"] = {"minus late root": c.mean, "low": c.low, "high": c.high}
    rows[f"{rate:g}"]["verdict"] = c.verdict
print("linear, 0.113 minus 0.08:", stats.compare(again.result[0, 3], again.result[0, 2]))
pd.DataFrame.from_dict(rows, orient="index").rename_axis("peak of linear").round(4)

# %% [markdown]
# Each explanation holds in part. None of the five peaks catches up, so the verdict stands, if narrowly. Its
# size depends on the peak: 16 tuning seeds, a serious effort, choose one peak or another, as printed; the
# last line above the table shows what such a step on the grid can cost. An interval covers what varied
# between its runs, and nothing else.
#
# ## The digits of a computer
#
# One more thing never varied: the computer. Numbers are stored with about 7 digits (`float32`) or 16
# (`float64`), so sums are rounded, and another processor rounds in another order. Does it matter?
#
# Take the noise away: each update uses all 300 images at once, *full batch*, and nothing is random. The
# network has smooth units, tanh. In lesson 01 the limit was 2 over the largest curvature. A network has
# that too: the largest eigenvalue of the *Hessian*, the matrix of all second derivatives of the
# loss, is the curvature in the steepest direction. It is called *sharpness*, and moves as the weights do.


# %%
import torch


def loss_of(weights, images, targets):
    a, b, c, d, e, f = weights
    hidden = torch.tanh(torch.tanh(images @ a.T + b) @ c.T + d)
    return ((hidden @ e.T + f - targets) ** 2).sum(1).mean() / 2


def descend(weights, images, targets, rate, steps):
    for _ in range(steps):
        weights = [w.detach().requires_grad_() for w in weights]
        loss = loss_of(weights, images, targets)
        grads = torch.autograd.grad(loss, weights, create_graph=True)
        yield loss.item(), weights, grads
        weights = [w - rate * g for w, g in zip(weights, grads, strict=True)]


def sharpness(weights, grads, v, rounds=15):
    for _ in range(rounds):  # times the Hessian: v turns into its steepest direction
        size = sum((part**2).sum() for part in v) ** 0.5
        v = torch.autograd.grad(
            grads, weights, [part / size for part in v], retain_graph=True
        )
    return sum((part**2).sum() for part in v).item() ** 0.5, v


# %%
from lrlib import tasks

torch.set_num_threads(1)
batch = tasks.get("digits", n_train=300, batch_size=300).batches(0, 1)
images, targets = batch.inputs, torch.eye(10, dtype=torch.float64)[batch.targets]
start = [w.detach() for w in tasks.get("digits").model(0).parameters()]
ratios, t = {}, np.arange(0, steps, 10)
for rate in (0.07, 0.14, 0.18):
    v, ratios[rate] = None, []
    for step, (_, weights, grads) in enumerate(
        descend(start, images, targets, rate, steps)
    ):
        if step % 10 == 0:
            sharp, v = sharpness(weights, grads, v or grads)
            ratios[rate].append(sharp * rate / 2)
curves = {f"rate {rate:g}": np.array(y) for rate, y in ratios.items()}
curves["rate 0.14"][t > 200] = np.nan  # the reason is the next section
past = [rate for rate, y in ratios.items() if max(y) > 1]
plot.lines(
    t,
    curves | {"the limit": np.ones(len(t))},
    title=f"Sharpness reaches 2 / rate at the rates {past}",
    alt="Sharpness over its limit. Rate 0.07 climbs slowly and stays below 1; 0.14 crosses 1 "
    "later than 0.18, which then stays near 1.",
    xlabel="step (full-batch updates)",
    ylabel="sharpness / (2 / rate)",
)

# %% [markdown]
# **We see** sharpness in units of its limit. After a dip it rises as the network learns; at rate 0.18 it
# passes 2 / rate and then stays near it, as Cohen et al. 2021 found for many networks. Past the limit the
# weights swing across the valley, and a large swing throws them to flatter ground (Damian et al. 2023).
# **This means** that training can come to its stability limit by itself. **It does not mean** that it
# diverges.
#
# Now let two computers run this from the same weights. Their gap along the steepest direction is
# multiplied at every step by $1 - \mathrm{rate} \cdot \mathrm{sharpness}$, as a distance was in lesson 01.
# Should they disagree, there are two explanations. **Too few digits:** then `float64` is the remedy.
# **The limit:** past it the factor is below $-1$, and any gap grows; then a lower rate is the remedy, even in
# `float32`. The second computer is this processor without its vector units: two switches, in a child process.

# %%
import inspect
import json
import os
import sys
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

program = f"""import json, sys, torch
{inspect.getsource(loss_of)}
{inspect.getsource(descend)}
torch.set_num_threads(1)
losses = {{}}
for bits in ("float32", "float64"):
    *w, x, y = [a.to(getattr(torch, bits)) for a in torch.load(sys.argv[1])]
    for rate in {list(ratios)}:
        losses[f"{{rate}} {{bits}}"] = [loss for loss, *_ in descend(w, x, y, rate, {steps})]
print(json.dumps(losses))"""
plain = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
usual = {key: value for key, value in os.environ.items() if key not in plain}
with TemporaryDirectory() as folder:
    data = os.path.join(folder, "data.pt")
    torch.save([*start, images, targets], data)
    command = [sys.executable, "-c", program, data]
    both = [Popen(command, env=env, stdout=PIPE) for env in (usual, usual | plain)]
    fast, slow = (json.loads(child.communicate()[0]) for child in both)

# %%
rows = {}
for run in fast:
    y = np.array(ratios[float(run.split()[0])])
    crossing = t[np.argmax(y > 1)] if max(y) > 1 else steps
    apart = abs(np.array(fast[run]) / np.array(slow[run]) - 1)
    rows[run] = {"crosses the limit": bool(max(y) > 1)}
    rows[run]["agree until then"] = bool(apart[:crossing].max() < 1e-5)
    rows[run]["agree at the end"] = bool(apart[-100:].max() < 1e-5)
print("the two computers round differently:", fast != slow)
pd.DataFrame.from_dict(rows, orient="index").rename_axis("rate, precision")

# %% [markdown]
# *Agree* means to five digits of the loss. Before its crossing, every run agrees. A lower rate cures both
# precisions. More digits cure one rate and not the other. The gap grows in step with the swing itself, so it
# depends on how far the swing had shrunk before it began to grow (measured, not shown here): at 0.18 not nearly
# as far, and `float64` has digits to spare; at 0.14, which crosses later, down to the last bit, and the swing
# that then grows is made of rounding. That is why its curve above was cut off.
#
# If your line says that the two do not round differently (a processor with one set of instructions), the
# table shows nothing. This course prints what survives: `float64`, few digits, means over seeds, rates away
# from the limit.
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
# - write a paired interval, and say what pairing saves;
# - compute how many seeds an effect needs, before running any;
# - keep apart *cannot tell* and *equivalent*, a shared peak and tuned peaks;
# - say when two computers can agree, and when `float64` does not help.
#
# **What this does not show.** One task, one small network, one run length. The nine comparisons share one
# opponent, the lowest mean of the same seeds, which flatters it a little, and no correction was made for
# their number (`stats.family` does that). The computers differ in rounding only; with units that have kinks,
# such as ReLU, rounding can also flip a unit, below the limit too.

# %% [markdown]
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
# - (a) the luck of the judging seeds alone
# - (b) the luck of judging and tuning
# - (c) the luck of judging, and rounding
#
# <details><summary>Answer</summary>
#
# (a). Neither the peak nor the computer varied between the runs, so what (b) or (c) adds cannot be in it.
# </details>
#
# **4. A run in float32 ends with another loss on another processor. Which remedy tells rounding from
# a bug best?**
#
# - (a) more seeds
# - (b) a rate below 2 over the sharpness
# - (c) float64
#
# <details><summary>Answer</summary>
#
# (b): there, with smooth units, rounding hardly grows, so a large gap points to a bug. (c) may only put the
# disagreement off. (a) averages it away and hides either.
# </details>
#
# ## References
#
# - Cohen, Kaur, Li, Kolter and Talwalkar 2021, *Gradient Descent on Neural Networks Typically Occurs at the Edge
#   of Stability*, [arXiv:2103.00065](https://arxiv.org/abs/2103.00065), section 3: sharpness rises to 2 / rate and
#   stays there.
# - Damian, Nichani and Lee 2023, *Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of
#   Stability*, [arXiv:2209.15594](https://arxiv.org/abs/2209.15594): why it stays there.
# - Student 1908, *The Probable Error of a Mean*, Biometrika 6,
#   [doi:10.2307/2331554](https://doi.org/10.2307/2331554): the interval for few observations.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): seeds, data and tuning as sources of variance.

# %% [markdown] tags=["navigation"]
# [Previous: 03 Range test](03_range_test.ipynb) | [All lessons](../../README.md) | [Next: 05 Steps and milestones](05_steps_and_milestones.ipynb)
