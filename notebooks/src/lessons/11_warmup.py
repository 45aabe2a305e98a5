# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 Warm-up
#
# *After this you can write a warm-up and say what its first update does, test an explanation by an
# intervention, and predict when warm-up does nothing.*
#
# Needs 00, 01, 07 - 45 min - computes in under 20 s - CPU

# %% tags=["parameters"]
steps: int = 200  # optimizer updates per run that is trained here, 100..1000
warmup: int = 20  # updates of warm-up in those runs, 5..50
rate: float = 0.113  # Adam's peak rate in the interventions, 0.04..0.16
n_seeds: int = 16  # paired repetitions of each intervention, 6..64

# %% [markdown]
# ## A ramp, and its first update
#
# A *warm-up* raises the rate in a straight line over the first $W$ updates, from nothing to its peak:
# $f(t) = t / W$ for $t < W$, then 1, or whatever schedule follows. Its first update has $f(0) = 0$: it computes
# a gradient and moves nothing. Some libraries avoid that dead update. One starts at $1/W$ and is at the peak one
# update early, $f(t) = (t + 1)/W$; another starts at $1/(W + 1)$ and arrives on time. (`shift(s, 1)` is the
# schedule `s`, begun at its own step 1.)

# %%
from lrlib import plot
from lrlib.schedules import constant, linear, shift, table

ramps = {
    "zero": linear(0, 1, warmup) >> constant(1),
    "1/W": shift(linear(0, 1, warmup), 1) >> constant(1),
    "1/(W+1)": shift(linear(0, 1, warmup + 1), 1) >> constant(1),
}
for name, ramp in ramps.items():
    first, last = ramp(0), ramp(warmup - 1)
    print(f"{name:8s} update 0: {first:.4f}, update W - 1: {last:.4f} of the peak")
t = range(2 * warmup)
plot.lines(
    t,
    {name: (ramp * linear(1, 0, steps))(t) for name, ramp in ramps.items()},
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
    title="Three warm-ups of one length: they differ in the first update and the last",
    alt="Three rising lines, one step apart, that join one slowly falling line.",
)

# %% [markdown]
# **We see** three ramps, times a linear decay. **This means** that "a warm-up of $W$ updates" leaves one update
# open. **It does not mean** that this update matters much. A wrong clock does: below, a warm-up meant for
# updates is stepped once an *epoch*, after every 37 batches. The ledger shows it.

# %%
import torch
from torch.optim.lr_scheduler import LinearLR

from lrlib.ledger import Ledger

weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
optimizer = torch.optim.Adam([weight], lr=rate)
scheduler = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
with Ledger.watch(optimizer, intended=ramps["1/W"], base_lr=rate) as ledger:
    for update in range(steps):
        optimizer.step()
        if update % 37 == 36:
            scheduler.step()
for t in (0, warmup - 1, steps - 1):
    intended, used = ledger.intended[t] / rate, ledger.used[t] / rate
    print(f"update {t:3d}: intended {intended:.2f} of the peak, used {used:.2f}")

# %% [markdown]
# ## Does it help?
#
# *Stored sweeps* hold runs with and without warm-up, each followed by linear decay, at many peaks.
# `python -m lrlib sweep warmup-adam`, and so on, computes them again. Two questions:
#
# 1. **How high may the peak be?** Call a peak *usable* for a seed if the run keeps 90 % of the best gain: of
#    the way from the loss of a constant guess to the lowest mean loss without warm-up. We take each seed's largest
#    usable peak, between grid points on a logarithmic scale.
# 2. **Is the best run better?** Each gets its own peak, tuned on other seeds; then both are judged in pairs.

# %%
import numpy as np
import pandas as pd

from lrlib import stats
from lrlib.evidence import sweeps


def usable(grid, i):
    """Each seed's largest usable peak under schedule i, as a logarithm to base 2."""
    bar = grid.guess - 0.9 * (grid.guess - grid.result[0].mean(axis=1).min())
    return np.log2(stats.largest_usable(grid.base_lrs, grid.result[i], bar))


def effect(stored, i):
    """What schedule i does, compared with schedule 0, which has no warm-up."""
    judged = stored.judged.result[:, 0]
    wider = stats.compare(-usable(stored.grid, i), -usable(stored.grid, 0))
    best = stats.compare(judged[i], judged[0])
    row = {"times": 2**-wider.mean, "low": 2**-wider.high, "high": 2**-wider.low}
    row |= {"range": wider.verdict, "difference": best.mean}
    return row | {"ci_low": best.low, "ci_high": best.high, "best run": best.verdict}


# %%
rows = {}
for name, i in (("sgd", 1), ("adam", 4), ("transformer", 1)):
    found = sweeps.load(f"warmup-{name}")
    rows[name] = {"usable": 2 ** usable(found.grid, 0).mean(), **effect(found, i)}
pd.DataFrame.from_dict(rows, orient="index").round(4)

# %%
stored = sweeps.load("warmup-adam")
grid, peaks = stored.grid, stored.tuned.peak
shown = {"no warm-up": 0, "2 updates": 1, "20 updates": 4}
plot.sensitivity(
    grid.base_lrs,
    {name: grid.result[i] for name, i in shown.items()},
    title="Adam on digits: warm-up moves the cliff, and hardly the valley",
    alt="Three curves, close together up to 0.04; past it the one without warm-up rises first.",
    chosen=[peaks[i] for i in shown.values()],
)

# %% [markdown]
# **We see**, in the table, SGD and Adam on the handwritten digits, and Adam on a small transformer that predicts
# symbols. *times* is the factor by which warm-up moves the largest usable peak, with its 95 % interval; *difference* is
# what it does to the loss at the tuned peak. **This means**: with SGD neither can be told from nothing. With
# Adam the usable range is wider, in both problems; at the tuned peak the effect is small, and its sign is not the
# same in the two. **It does not mean** that long runs agree: these have 200 updates at most, and warm-up
# takes a tenth of them or more.
#
# ## Two explanations, and what each would cure
#
# **(a) Denominators.** Adam moves every weight by $\mathrm{rate} \cdot \hat m / (\sqrt{\hat v} + \epsilon)$:
# $\hat m$ is a running average of gradients, $\hat v$ one of their squares. Early on, $\hat v$ comes from a few
# gradients; where it is too small by chance, the step is too large. *Remedy:* better denominators. Let Adam gather
# its averages for $W$ updates at rate zero; then even the full rate is safe at once.
#
# **(b) Sharpness.** A rate above 2 / sharpness is unstable (lesson 01), where *sharpness* is the largest
# curvature of the loss. It is high at the start, and training at low rates leads to a flatter place. *Remedy:* any
# low early rates, or a flatter start. Once there, Adam may lose its averages, and nothing happens.
#
# RAdam (Liu et al. 2020) is often named as the proof of (a). It multiplies Adam's step by a *rectifier*:

# %%
from lrlib.schedules import radam, untuned_linear

rectifier, ramp = radam(), untuned_linear()
for t in (10, 200, 1000, 3999):
    print(f"update {t:4d}: rectifier {rectifier(t):.4f}, linear warm-up {ramp(t):.4f}")

# %% [markdown]
# The rectifier *is* a warm-up: it starts near nothing and grows for thousands of updates, like a linear one of
# $2/(1 - \beta_2) = 2000$ (Ma and Yarats 2021). Its success fits (a) and (b) alike. We need interventions
# on which they disagree. Cross two:
#
# - *averages:* gathered during $W$ updates, or forgotten after them, so that Adam starts afresh;
# - *place:* weights as they were at the start (those $W$ updates had rate zero), or after a warm-up.
#
# All four have the same rates from update $W$ on. *Fresh, start* is Adam without warm-up. What part of the gain of
# a full warm-up, in the logarithm of the loss, does gathering at the start bring? If (a) is the whole story, 1. If
# (b) is, 0.

# %%
my_prediction = None  # part of the gain that gathering brings: your number

# %%
from dataclasses import dataclass

from lrlib import tasks, train
from lrlib.course import check
from lrlib.train import Adam


@dataclass(frozen=True)
class Forgetful(Adam):
    after: int = 0  # the update after which both averages are forgotten

    def update(self, weight, grad, memory, rate, t):
        if t == self.after + 1:
            for average in memory:
                average.zero_()
        super().update(weight, grad, memory, rate, t - self.after * (t > self.after))


# %%
task = tasks.get("digits")
decay = linear(1, 0, steps - warmup)
start, warmed = constant(0, warmup) >> decay, linear(0, 1, warmup) >> decay
forget, gather = Forgetful(after=warmup), Adam()
results, runs = {}, {}


def train_arms(optimizer, arms):
    done = train.sweep(task, arms, rate, range(n_seeds), optimizer=optimizer)
    results.update(done.losses())
    runs.update(done.ledgers())


def log_ratio(name, reference):
    """The logarithm of one arm's loss less that of another, in pairs; below 0 is better."""
    return stats.compare(np.log(results[name]), np.log(results[reference]))


train_arms(forget, {"fresh, start": start, "fresh, warmed": warmed})
train_arms(gather, {"gathered, start": start, "gathered, warmed": warmed})
whole = log_ratio("gathered, warmed", "fresh, start").mean
part = log_ratio("gathered, start", "fresh, start").mean / whole
check.reconcile(my_prediction, part, 0.15, "what follows the next figure", near_zero=0.15)


# %%
from dataclasses import replace

from IPython.display import display


def factors(pairs):
    """Loss of one arm over that of another: geometric mean over seeds, with interval and verdict."""
    rows = {}
    for name, reference in pairs:
        c = log_ratio(name, reference)
        low, middle, high = np.exp([c.low, c.mean, c.high])
        numbers = {"loss": results[name].mean(), "factor": middle, "low": low, "high": high}
        rows[f"{name} / {reference}"] = numbers | {"verdict": c.verdict}
    return pd.DataFrame.from_dict(rows, orient="index").round(3)


title = f"Averages alone bring {part:.0%} of the gain of a full warm-up"
display(factors([(name, "fresh, start") for name in list(results)[1:]]))
alone = {
    name: [replace(run, schedule=None) for run in group] for name, group in runs.items()
}
alt = f"Rates above; four falling losses below. {title}."
plot.house(alone, title=title, alt=alt)  # without schedules: all would have one colour

# %% [markdown]
# **We see** two rates that agree from update $W$ on, and four losses. In the table a *factor* below 1 is a lower
# loss than without warm-up. **This means** that each remedy is a part. Where both single factors are *better*,
# (a) is not the whole story, since a better place helps without any averages; nor is (b), since averages help at
# an unchanged place. **It does not mean** that either is right about *why*: an intervention may work for
# another reason than the one it was made for.
#
# ## Is the start sharp?
#
# Sharpness is the largest eigenvalue of the *Hessian*, the table of all second derivatives. The table is too large, but
# its product with a vector $v$ is cheap: differentiate (slope $\cdot\, v$). `theory.sharpness` finds the eigenvalue
# from such products. For Adam the theory has $P^{-1} H$ in place of the Hessian $H$, with the denominators $P$ (Cohen et
# al. 2022), and the limit 38 / sharpness in place of 2.

# %%
from lrlib import theory
from lrlib.optim import ScheduleLR

torch.set_num_threads(1)  # small matrices gain nothing from more
at = [0, 1, 2, 5, 10, 20, 40]
data = task.batches(0, 1)


def sharpness(model, denominators=None):
    loss = task.loss(model(data.inputs[:400]), data.targets[:400])
    return theory.sharpness(loss, model.parameters(), denominators)


def early(rule, schedule, base_lr, seed):
    model, batches = task.model(seed), task.batches(seed, steps)
    optimizer = rule.torch(model.parameters(), base_lr)
    scheduler, found = ScheduleLR(optimizer, schedule), []
    for t in range(max(at) + 1):
        if t in at:
            found.append(sharpness(model))
        inputs, targets = batches[t]
        optimizer.zero_grad()
        task.loss(model(inputs), targets).backward()
        optimizer.step()
        scheduler.step()
    return found


# %%
from lrlib.train import SGD

sgd = sweeps.load("warmup-sgd")
cases = {
    "SGD, no warm-up": (SGD(), linear(1, 0, steps), next(iter(sgd.tuned.peaks.values()))),
    "Adam, no warm-up": (Adam(), linear(1, 0, steps), rate),
    "Adam, warm-up": (Adam(), warmed, rate),
}
sharp = {
    name: np.exp(np.mean([np.log(early(*case, seed)) for seed in range(3)], axis=0))
    for name, case in cases.items()
}
jump = sharp["Adam, no warm-up"][1] / sharp["Adam, no warm-up"][0]
plot.lines(
    np.array(at) + 1,
    sharp,
    title=f"One update of Adam at full rate makes the sharpness {jump:.0f} times higher",
    alt="Three curves from one low point; Adam without warm-up jumps at once, the others rise slowly.",
    xlabel="update, counted from 1 (log scale)",
    ylabel="sharpness",
    log_x=True,
    log_y=True,
)


# %%
def flat(parts):
    return torch.cat([part.reshape(-1) for part in parts])


def average(parts, beta):
    """Adam's running average of these, newest last, corrected for its start at zero."""
    return np.average(parts, axis=0, weights=beta ** np.arange(len(parts))[::-1])


def gradients(seed, n):
    """Gradients of n batches, all at the starting weights: (n, parameters)."""
    model, batches = task.model(seed), task.batches(seed, n)
    losses = [task.loss(model(batches[t][0]), batches[t][1]) for t in range(n)]
    return np.array(
        [flat(torch.autograd.grad(x, list(model.parameters()))) for x in losses]
    )


model, slopes = task.model(0), gradients(0, 80)
print(f"SGD at the start: stable up to {theory.sgd_limit(sharpness(model)):.3g}")
for n in (1, 20, 80):
    root = np.sqrt(average(slopes[:n] ** 2, 0.999)) + 1e-8
    limit = theory.adam_limit(sharpness(model, root))
    print(f"Adam, denominators from {n:2d} batches: stable up to {limit:.2g}")

# %% [markdown]
# **We see** sharpness on 400 training images, a geometric mean over three seeds. **This means** that the start is
# *not* sharp. All curves start low and rise: here (b) is wrong about the start. SGD could use a far
# higher rate there than its tuned peak; its limit comes down later, so a low early rate protects nothing. That fits
# what the table said of SGD. For Adam, well
# estimated denominators (80 batches) also allow more than the usable peak. Those from few batches, of which some are
# nearly zero, should forbid rates at which Adam trains well. **It does not mean** that (a) wins: this
# limit assumes denominators that stay as they are, and fresh ones do not stay.
#
# ## A third explanation: the size of the first updates
#
# What is bad is not the start but where the first update lands. How large is it? With one gradient,
# $\hat m / \sqrt{\hat v} = g / |g|$: *every* weight moves by the full rate. Later, when gradients are noise of mean
# 0, $\hat m$ averages it away. Its weights are $(1 - \beta_1) \beta_1^k$; their squares add up to
# $(1 - \beta_1)/(1 + \beta_1)$, and the typical ratio is the root of that, 0.23 for $\beta_1 = 0.9$. So Adam's
# first update is its largest. With momentum it is the other way round: the average grows from nothing.
#
# **(c) Size.** Warm-up helps by making the first updates as small as later ones. *Remedy:* any smaller
# first updates, whatever the denominators.

# %%
from lrlib.course.explore import explorer


def draw(signal, beta, ramp):
    g = signal + np.random.default_rng(0).standard_normal((60, 2000))
    sizes = {"Adam": [], "momentum": []}
    for t in range(1, 61):
        ratio = average(g[:t], beta) / np.sqrt(average(g[:t] ** 2, 0.999))
        sizes["Adam"].append(np.sqrt(np.mean(ratio**2)))
        velocity = beta ** np.arange(t)[::-1] @ g[:t]
        sizes["momentum"].append(np.sqrt(np.mean(velocity**2)))
    curves = {name: np.array(size) / np.mean(size[30:]) for name, size in sizes.items()}
    curves["Adam, warm-up"] = curves["Adam"] * (linear(0, 1, ramp) >> constant(1))(
        np.arange(60)
    )
    title = f"Adam's first update is {curves['Adam'][0]:.1f} times as large as later ones"
    alt = f"Momentum grows to 1, Adam falls to 1, Adam with warm-up rises to 1. {title}."
    x, y = "update, counted from 0", "size / mean size of updates 30 to 59"
    return plot.lines(np.arange(60), curves, title, alt, x, y)


display(draw(0.3, 0.9, warmup))
explorer(draw, signal=(0.0, 2.0, 0.3), beta=(0.0, 0.98, 0.9), ramp=(0, 50, warmup))

# %% [markdown]
# **We see** simulated gradients, a signal plus noise of strength 1 in each of 2,000 weights. **This means** that
# averages gathered at rate zero do two things: better denominators, and smaller updates. **It does not mean** that
# a ramp should mirror the curve. In the explorer, raise `signal`: the stronger it is, the less there is to average
# away. Set `beta` to 0: no average, no decline. (Without a running kernel: the figure is one position, the
# formula gives the others.)
#
# ## Two more interventions
#
# *Size without quality:* forget the averages, but lower the rates until the updates are as small as gathered ones.
# *Quality without size:* gather, but raise the rates until they are as large as fresh ones. (Sizes are as
# measured at the start.) *No noise at all:* if every batch holds all images, one gradient tells all about the
# denominators. Then (a) has nothing to cure, and gathering changes neither averages nor sizes.

# %%
measured = []
for seed in range(4):
    g = gradients(seed, 2 * warmup)
    ratios = [
        average(g[:n], 0.9) / (np.sqrt(average(g[:n] ** 2, 0.999)) + 1e-8)
        for n in range(1, len(g) + 1)
    ]
    measured.append(np.sqrt(np.mean(np.square(ratios), axis=1)))
size = np.mean(measured, axis=0)
smaller = size[warmup:] / size[:warmup]  # gathered over fresh, update by update
small, large = (table((0,) * warmup + (*x, 1)) for x in (smaller, 1 / smaller))
train_arms(forget, {"fresh but small, start": start * small})
train_arms(gather, {"gathered but large, start": start * large})
print(f"first update: fresh {size[0]:.2f} of the rate, gathered {size[warmup]:.2f}")
both = ["gathered, start", "fresh but small, start", "gathered but large, start"]
factors(
    [(name, "fresh, start") for name in both] + [(both[1], both[0]), (both[2], both[0])]
)

# %%
rows = {}
for name, peak in (("adam", 0.113), ("full-batch", 0.113), ("transformer", 0.16)):
    grid = sweeps.load(f"warmup-{name}").grid
    losses = np.log(grid.result[:, grid.base_lrs.index(peak)])
    for arm, i in (("warm-up", {"adam": 4}.get(name, 1)), ("gathered", -1)):
        c = stats.compare(losses[i], losses[0])
        rows[f"{name} at {peak}: {arm} / none"] = {"factor": np.exp(c.mean)}
        rows[f"{name} at {peak}: {arm} / none"] |= {
            "low": np.exp(c.low),
            "high": np.exp(c.high),
        }
        rows[f"{name} at {peak}: {arm} / none"] |= {"n": c.n, "verdict": c.verdict}
pd.DataFrame.from_dict(rows, orient="index").round(2)

# %% [markdown]
# **We see** factors of the loss, live runs above and stored ones below. **This means**, above: if *fresh but small*
# is *better* than fresh, smaller updates help although the denominators are as poor as before; if *gathered but
# large* is *worse* than gathered, good denominators do not make up for large updates. *Fresh but small* against
# *gathered* says what is left for quality. Below: with no noise, and on the transformer, gathering does not do
# what warm-up does, at the same cost in updates.
#
# So on our problems neither famous explanation holds as it is told. Noisy denominators are not needed for
# the trouble, and the start is not sharp. Adam's first updates are too large for where they start, and land in
# a place that is sharp. Warm-up makes them small. From (b) the remedy survives, *any low early rate*; from (a)
# a part at most. **It does not mean** that large models agree: they may start sharp, and then (b) holds.
#
# ## How short may it be?

# %%
rows = {n: effect(stored, i) for n, i in {2: 1, 5: 2, 10: 3, 20: 4, 50: 5}.items()}
pd.DataFrame.from_dict(rows, orient="index").rename_axis("updates").round(4)

# %% [markdown]
# Columns as in the first table; Adam on digits, against no warm-up. Two updates, the first of them dead, already
# move the cliff. Ten do about what twenty and fifty do; that is about as long as $\hat m$ takes to become an
# average, $1/(1 - \beta_1) = 10$ updates. $\beta_2$ would have asked for 2,000.
#
# ## Exercises
#
# **1, guided.** Write the factor of a warm-up that starts at $1/W$, is at its peak at update $W - 1$, and stays there.


# %% tags=["exercise"]
def my_warmup(t, W):
    raise NotImplementedError("count the updates up to and including this one, over W")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("11.1", my_warmup)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_warmup(t, W):
#     return min(1, (t + 1) / W)
# ```
# </details>

# %% [markdown]
# **2, standard.** *Predict when warm-up does nothing.* By (c), it has nothing to do where the first updates
# are not larger than later ones. Given the lengths of all updates of a run at constant rate, return the
# **front-loading**: mean length of the first `n`, over the mean length in the second half of the run. Below 1 means:
# nothing. The second check tries your function on real updates of Adam, and of an optimizer that this lesson
# has not shown, momentum, and asks a stored sweep, `warmup-momentum`, if you are right.


# %% tags=["exercise"]
def front_loading(lengths, n):
    raise NotImplementedError("a mean over a mean; half = len(lengths) // 2")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("11.2", front_loading, usable=usable)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def front_loading(lengths, n):
#     return np.mean(lengths[:n]) / np.mean(lengths[len(lengths) // 2 :])
# ```
#
# Momentum starts below 1: its average grows from nothing, a warm-up of its own. Above 1 is no promise that warm-up
# helps; it helps if the updates are also too large for the place.
# </details>

# %% [markdown]
# **3, open.** Liu et al. tested (a) in another way: for 2,000 updates only $v$ was gathered; then $m$ started from
# nothing. If, as we read it, Adam's clock ran on, $m$ was not corrected for its start. How large is the first
# update then? Which of (a), (b), (c) does the success fit? Build it: in a copy of `Forgetful`, set only `memory[0]`
# to zero, and pass `t` on unchanged. `train_arms` and `factors` tell you if it does better than *gathered, start*. You are
# right if you can name an arm that is still missing before the cure speaks for (a).

# %% [markdown]
# ## Summary
#
# You can now
#
# - write a warm-up, say what its first update does, and find a wrong clock in the ledger;
# - separate "a wider range of usable peaks" from "a better best run";
# - turn an explanation into a remedy, and look for an intervention on which explanations disagree;
# - measure sharpness from products alone;
# - predict that warm-up does nothing where the first updates are not the largest.
#
# **What this does not show.** Two small problems and short runs; a network that starts flat, in torch's
# initialisation. Sizes are matched on average over all weights, and only as measured at the start. Three seeds for the
# sharpness. Large batches, deep networks without normalisation, and long runs may differ.
#
# ## Quiz
#
# **1. RAdam works. This shows that the variance of Adam's denominators is the cause.**
#
# - (a) yes
# - (b) no: its rectifier is itself a warm-up
# - (c) no: RAdam does not work
#
# <details><summary>Answer</summary>
#
# (b). Any explanation in which low early rates help predicts the same. (a) takes a remedy that fits several
# causes as proof of one. (c) is not needed for the objection.
# </details>
#
# **2. For SGD on the digits, the sharpness starts low and rises. A low early rate**
#
# - (a) protects against the sharp start
# - (b) helps to find a flat place
# - (c) is low where a high one would have been safe
#
# <details><summary>Answer</summary>
#
# (c). There is no sharp start here, so not (a). (b) may hold where a start is sharp; here training leaves the flat place.
# </details>
#
# **3. Adam's first update moves each weight by**
#
# - (a) 0.23 of the rate
# - (b) the rate
# - (c) the rate times its gradient
#
# <details><summary>Answer</summary>
#
# (b), up to $\epsilon$: $g / |g|$. (c) is SGD. (a) comes much later, when gradients are pure noise.
# </details>
#
# **4. Warm-up doubles the largest usable peak. At the tuned peak**
#
# - (a) the loss must be equal
# - (b) the loss must be lower too
# - (c) the loss may be lower, equal or higher
#
# <details><summary>Answer</summary>
#
# (c). Where the cliff is says little about the bottom of the valley, and the warm-up itself takes updates. (b) and (a)
# mistake one for the other; the first table has examples.
# </details>
#
# ## References
#
# - Goyal et al. 2017, *Accurate, Large Minibatch SGD*, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677), section 2.2:
#   gradual warm-up.
# - Liu et al. 2020, *On the Variance of the Adaptive Learning Rate and Beyond*,
#   [arXiv:1908.03265](https://arxiv.org/abs/1908.03265): explanation (a), gathering at rate zero, the rectifier.
# - Ma and Yarats 2021, *On the Adequacy of Untuned Warmup*, [arXiv:1910.04209](https://arxiv.org/abs/1910.04209): the
#   rectifier as a warm-up; early updates are large.
# - Gilmer et al. 2022, *A Loss Curvature Perspective on Training Instabilities*,
#   [arXiv:2110.04369](https://arxiv.org/abs/2110.04369), and Kalra and Barkeshli 2024,
#   [arXiv:2406.09405](https://arxiv.org/abs/2406.09405): explanation (b), and that the gain is a higher tolerable rate.
# - Cohen et al. 2022, [arXiv:2207.14484](https://arxiv.org/abs/2207.14484): sharpness for Adam and its limit.
# - Kosson, Messmer and Jaggi 2024, [arXiv:2410.23922](https://arxiv.org/abs/2410.23922): explanation (c).

# %% [markdown] tags=["navigation"]
# [Previous: 10 One-cycle](10_one_cycle.ipynb) | [All lessons](../../README.md) | [Next: 12 The last tenth](12_the_last_tenth.ipynb)
