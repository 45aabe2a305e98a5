# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 Averaging instead of decaying
#
# *After this you can average the weights of a run, say which decay that stands for, match a window to a
# cooldown, and say what an average cannot repair.*
#
# Needs 02, 07, 12, 13 - 45 min - computes in under 20 s - CPU

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run on the digits, 100..2000
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Keep a mean, not the last weights
#
# A constant rate ends at a noise floor (lesson 02): every update still moves the weights by a noisy step. A
# decay makes the steps smaller. There is another way to be rid of noise: keep the full rate, and *average*
# the weights $w_1, \dots, w_T$ that the run visits. The run never sees the average; only the evaluation does.
#
# The *tail average* is the plain mean of the last $n$ weights, the *window*. The *exponential moving average*,
# EMA, keeps a share $\beta$ of the old average at every update. Both are one line in a loop,
#
# $$\bar w \leftarrow \bar w + a_t\, (w - \bar w),$$
#
# with $a_t = 1$ until the window begins and then $\frac12, \frac13, \dots, \frac1n$; or with
# $a_t = 1 - \beta$ always.

# %%
import numpy as np


def averaged(visited, a):
    mean = visited[0]
    for w, a_t in zip(visited, a, strict=True):
        mean = mean + a_t * (w - mean)
    return mean


tail, ema = [1, 1, 1, 1, 1, 1 / 2, 1 / 3, 1 / 4], [0.5] * 8
for name, a in {"window of 4": tail, "EMA, beta 0.5": ema}.items():
    counts = averaged(np.eye(8), a)  # how much each of eight visited weights counts
    print(f"{name:13}", " ".join(f"{c:.3f}" for c in counts))

# %% [markdown]
# In the window the last four weights count a quarter each. In the EMA each weight counts half as much as the
# one after it; only the first, with which the average began, counts as much as the second.
#
# ## Which decay is that?
#
# Lesson 07 found that the mean of *all* weights contains each gradient as linear decay does. Count again. The
# update at step $t$ moved all of $w_{t+1}, \dots, w_T$. So gradient $g_t$ is in the average with the share
#
# $$s_t = c_{t+1} + c_{t+2} + \dots + c_T,$$
#
# where $c_k$ is how much $w_k$ counts. For the tail, $s_t = \min(T - t,\, n) / n$: 1 until $n$ updates before
# the end, then a line to zero, the cooldown of lesson 12. For the EMA, $s_t = 1 - \beta^{T-t}$, which bends
# about $1 / (1 - \beta)$ updates before the end. These are the *implied* schedules.

# %%
from lrlib import plot
from lrlib.schedules import constant, linear

T, window = 300, 60
beta = (window - 1) / (window + 1)
counts = {
    f"tail average, window {window}": np.repeat([0, 1 / window], [T - window, window]),
    f"EMA, beta {beta:.4f}": (1 - beta) * beta ** np.arange(T)[::-1],
}
implied = {name: c[::-1].cumsum()[::-1] for name, c in counts.items()}
cooldown = constant(1, T - window) >> linear(1, 0, window)
shares = next(iter(implied.values()))
print("the tail implies the cooldown:", np.allclose(shares, cooldown.values(T)))
plot.lines(
    np.arange(T),
    implied | {"used rate / base_lr": np.ones(T)},
    like={"used rate / base_lr": constant()},
    title="A window implies a linear cooldown; an EMA, a rounded one",
    alt=f"Shares that fall from 1 to zero at step {T}: the tail in a line over {window} steps, "
    "the EMA in a curve that begins to bend earlier. The used rate is flat.",
    xlabel="step (optimizer updates)",
    ylabel="share of the gradient",
)

# %% [markdown]
# **We see** how much of each gradient is in the average. The $\beta$ is matched to the window: weights in a
# window are on average $(n - 1)/2$ updates old, in an EMA $\beta / (1 - \beta)$, equal at
# $\beta = (n - 1) / (n + 1)$. **This means** that an average is a decay outside the optimizer. No ledger shows
# it: the used rate is flat to the end. **It does not mean** that average and cooldown have the same loss. The
# count holds the gradients fixed; a run that cools meets others.
#
# ## Predict: the same shares, the same loss?
#
# On the noisy bowl both losses are exact: `theory.expected_loss` follows the mean of $x^2$ (lesson 01), and
# `theory.averaged_loss` also those of $x \bar x$ and $\bar x^2$. At a constant rate of 0.4 for 300 updates, either average the last 60 weights, or cool the rate
# over the last 60 updates. Divide the loss of the average by that of the cooldown. The count says 1. (The cell
# after the answer checks the formulas against 2,000 simulated runs, averaged with the line of code above.)

# %%
my_prediction = None  # loss of the average / loss of the cooldown: your number

# %%
from lrlib import theory
from lrlib.course import check

bowl = (1.0, 0.3, 0.1, 0.03, 0.01)


def window_loss(rate, n, start=1.0, noise=1.0):
    a = 1 / np.maximum(1, np.arange(1, T + 1) - T + np.asarray(n)[..., None])  # tail
    rates = np.full_like(a, rate)
    return theory.averaged_loss(rates, a, bowl, noise, start)[..., -1]


def cooldown_loss(rate, n, start=1.0, noise=1.0):
    rates = rate * np.minimum((T - np.arange(T)) / np.asarray(n)[..., None], 1)
    return theory.expected_loss(rates, bowl, noise, start)[..., -1]


measured = window_loss(0.4, window) / cooldown_loss(0.4, window)
check.reconcile(my_prediction, measured, reread="the text after the simulation")

# %%
from lrlib import stats


def simulated(rates, a, runs=2000):
    h, rng = np.array(bowl), np.random.default_rng(1)
    x = mean = np.ones((runs, len(h)))
    for rate, a_t in zip(rates, a, strict=True):
        x = x - rate * (h * x + np.sqrt(h) * rng.standard_normal(x.shape))
        mean = mean + a_t * (x - mean)
    return (h * mean**2).sum(axis=1) / 2


ways = {
    "last weights": (np.full(T, 0.4), np.ones(T)),
    "window of 60": (np.full(T, 0.4), theory.tail_averaging(T, window)),
    "cooldown of 60": (0.4 * cooldown.values(T), np.ones(T)),
}
for name, (rates, a) in ways.items():
    low, high, _ = stats.interval(simulated(rates, a))
    exact = theory.averaged_loss(rates, a, bowl)[-1]
    print(f"{name:14} exact {exact:.4f}, simulated {low:.4f} to {high:.4f}")
print(f"window over cooldown: {measured:.3f}")

# %% [markdown]
# A 95 % interval should contain the exact value in 19 of 20 cases. So the formula holds, and equal shares did
# not give equal losses. Why?
#
# Take one direction of curvature $h$ at its floor. Weights that are far apart in time have independent noise,
# so the noise of a mean of $n$ falls like $1/n$; for a long window the loss is $1/(2n)$, whatever the rate
# $\eta$. A low rate makes smaller steps, but it also *forgets* more slowly: the pull back to the bottom is
# multiplied by the same rate. What remains of a cooldown is the noise of about the last $\sqrt{n/(\eta h)}$
# updates, whose rates are low but not zero. Its loss falls like $\frac{\sqrt\pi}{8} \sqrt{\eta h / n}$.
#
# So instead of equal lengths, ask for equal losses. Draw both against the length, for all five directions
# of the bowl, and go sideways from one curve to the other.

# %%
lengths = np.arange(1, T + 1)
both = {
    "average of the last n weights": window_loss(0.4, lengths),
    "linear cooldown over n steps": cooldown_loss(0.4, lengths),
}
for name, loss in both.items():
    ratio = loss[window - 1] / loss[2 * window - 1]
    print(f"{name}: from n = {window} to {2 * window} divides the loss by {ratio:.2f}")
at, across = (loss[window - 1] for loss in both.values())
plot.lines(
    lengths,
    both,
    like={
        "average of the last n weights": constant(),
        "linear cooldown over n steps": cooldown,
    },
    title=f"At n = {window}: average {at:.3f}, cooldown {across:.3f} (exact)",
    alt=f"Loss against length: two curves fall from one point, the average faster. {at:.3f} "
    f"and {across:.3f} at {window}; {both['average of the last n weights'][-1]:.4f} and "
    f"{both['linear cooldown over n steps'][-1]:.4f} at {T}.",
    xlabel="length n (updates, log scale)",
    ylabel="expected loss (loss units)",
    log_x=True,
    log_y=True,
)

# %% [markdown]
# **We see** the loss after the last update; at $n = 1$ nothing is averaged or cooled. **This means** that a
# short window is worth a cooldown of about its own length, a long window a much longer one. In one direction
# the two formulas are equal at $m = \frac{\pi}{16}\, \eta h\, n^2$; exercise 2 finds the exact match. **It does
# not mean** that averaging wins everywhere. Here the run begins near the bottom of a bowl, where the mean of
# two good points is a good point. A network promises neither.
#
# ## What an average cannot do
#
# On the bowl the loss is a sum: the *bias*, what is left of the start, plus the *noise*. Suppose an
# average is worse than hoped. Either noise is left: then a longer window helps. Or the weights in it are too
# old, and bias is left: then a shorter window helps. Take away the noise, or the start, to tell which.

# %%
import pandas as pd

rows = {}
for n in (1, 10, 30, 60, 120, 300):
    rows[n] = {"bias, from 10": window_loss(0.2, n, start=10.0, noise=0.0)}
    rows[n]["noise"] = window_loss(0.2, n, start=0.0)
    rows[n]["sum"] = sum(rows[n].values())
    rows[n]["both at once"] = window_loss(0.2, n, start=10.0)
table = pd.DataFrame.from_dict(rows, orient="index", dtype=float)
table.rename_axis("window").round(4)

# %% [markdown]
# Noise falls with the window, bias rises: at such a rate, older weights are farther out, so no window lowers
# the bias. Progress has to come from the rate. What averaging does is to permit a higher one. So how long
# should a window be? At the best constant rate of a grid, as a share of the run:

# %%
rates = np.geomspace(0.02, 1.9, 40)  # up to the stability limit, 2 / L = 2
options = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]
rows = {}
for length in (100, 300, 1000):
    a = np.stack([theory.tail_averaging(length, round(s * length)) for s in options])
    every = np.broadcast_to(rates[:, None], (len(options), len(rates), length))
    for place, start in {"near, start 1": 1, "far, start 30": 30}.items():
        losses = theory.averaged_loss(every, a[:, None], bowl, start=start)[..., -1]
        best = options[losses.min(axis=1).argmin()]
        rows.setdefault(f"T = {length}", {})[place] = f"{best:.0%}"
pd.DataFrame.from_dict(rows, orient="index")

# %% [markdown]
# From near: remember everything. From far the share grows with the run, for bias dies out and noise does not.
# If a window is a share of the updates *so far*, no $T$ is needed: the average can be read at any time.
#
# **The early EMA.** An EMA that begins at the initial weights $w_0$ still gives them $\beta^t$ after $t$
# updates; with $\beta = 0.99$, more than a third after 100. Leave $w_0$ out and divide by what the others count,
# $1 - \beta^t$. In the loop that correction is $a_t = (1 - \beta) / (1 - \beta^{t+1})$.

# %%
from IPython.display import display

from lrlib.course.explore import explorer


def draw(rate, beta, start):
    averages = {"last weights": np.ones(T), "EMA": np.full(T, 1 - beta)}
    averages["EMA, corrected"] = (1 - beta) / (1 - beta ** np.arange(1, T + 1))
    losses = {
        name: theory.averaged_loss(np.full(T, rate), a, bowl, start=start)
        for name, a in averages.items()
    }
    said = "; ".join(f"{name} {loss[100]:.3g}" for name, loss in losses.items())
    alt = (
        f"Losses at rate {rate:.2g}, beta {beta:.4g}, from {start:.2g}. After 100: {said}."
    )
    x, y = "step (optimizer updates)", "expected loss (loss units)"
    return plot.lines(range(T + 1), losses, f"After 100: {said}", alt, x, y, log_y=True)


display(draw(0.2, 0.99, 3.0))
explorer(draw, rate=(0.02, 1.9, 0.2), beta=(0.8, 0.995, 0.99), start=(0.3, 30.0, 3.0))

# %% [markdown]
# **We see** exact losses of one run at a constant rate, read in three ways. **This means** that an EMA can
# look bad merely because it remembers the start. **It does not mean** that the corrected EMA has no bias:
# the early weights are in it too. In the explorer raise `start`, then lower `beta`. (Without a running
# kernel: the figure is the starting position, the table of bias and noise the rest.)
#
# ## On the digits: the loop
#
# PyTorch's `AveragedModel` is our line with $a_t = 1, \frac12, \frac13, \dots$ It is made for *stochastic weight
# averaging*, SWA (Izmailov et al. 2018): late in a run, take the rate to a constant and average from there.
# `lrlib.optim.swa` is that schedule. Here the rate is 0.64 for half of the run and goes to 0.32 within ten
# updates.

# %%
import torch
from torch.nn.utils import parameters_to_vector
from torch.optim.swa_utils import AveragedModel

from lrlib import tasks
from lrlib.optim import swa

torch.set_num_threads(1)
task = tasks.get("digits", label_noise=label_noise)
model, visited = task.model(0), []
mean_model = AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.64)
batches = task.batches(0, steps)
for t in range(steps):
    if t == steps // 2:
        scheduler = swa(optimizer, swa_lr=0.32, anneal_steps=10)
    loss = task.loss(model(batches[t][0]), batches[t][1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t >= steps // 2:
        mean_model.update_parameters(model)
        visited.append(parameters_to_vector(model.parameters()).detach())
        scheduler.step()
print(f"{len(visited)} of {steps} weights averaged")

# %%
images, labels = task.heldout
ours = averaged(visited, 1 / np.arange(1, len(visited) + 1))
same = torch.allclose(ours, parameters_to_vector(mean_model.module.parameters()))
with torch.no_grad():
    ends = [task.loss(m(images), labels).item() for m in (model, mean_model)]
print(f"last rate {optimizer.param_groups[0]['lr']:g}; AveragedModel is our line: {same}")
print("held-out loss, last weights {:.3f}, averaged {:.3f} nats".format(*ends))

# %% [markdown]
# One seed is no evidence. (And a network with batch-norm layers needs their running statistics computed anew
# for the averaged weights, `update_bn`.) The next cell trains many seeds at once: `torch.func` stacks their
# weights. It keeps the *running sum* $S_m = w_1 + \dots + w_m$ at a few steps $m$. The mean of $n$ weights up
# to step $m$ is $(S_m - S_{m-n})/n$, so one run serves every window.

# %%
from torch.func import functional_call, stack_module_state, vmap

from lrlib.ledger import Ledger


def loss_of(weights, x, y):
    return task.loss(functional_call(model, weights, (x,)), y)


def running_sums(rate, seeds, marks):
    """At every m in marks, the sum of the weights after updates 1..m, a row a seed; ledger."""
    w, _ = stack_module_state([task.model(seed) for seed in seeds])
    total = {name: torch.zeros_like(v) for name, v in w.items()}
    batches = [task.batches(seed, steps) for seed in seeds]
    kept, optimizer = {0: total}, torch.optim.SGD(w.values(), lr=rate)
    with Ledger.watch(optimizer, intended=constant(), base_lr=rate) as ledger:
        for t in range(steps):
            x, y = map(torch.stack, zip(*(b[t] for b in batches), strict=True))
            optimizer.zero_grad()
            vmap(loss_of)(w, x, y).sum().backward()
            optimizer.step()
            total = {name: v + w[name].detach() for name, v in total.items()}
            if t + 1 in marks:
                kept[t + 1] = total
    return kept, ledger


# %%
from lrlib import train


@torch.no_grad()
def heldout(kept, end, n):
    mean = {name: (v - kept[end - n][name]) / n for name, v in kept[end].items()}
    losses = vmap(loss_of, (0, None, None))(mean, images, labels)
    return losses.nan_to_num(task.guess, task.guess).numpy()  # blown up: a blind guess


by_hand = heldout(running_sums(0.32, range(2), {steps - 1, steps})[0], steps, 1)
engine = train.sweep(task, constant(), 0.32, range(2), steps=steps, evaluations=1)
print("our loop agrees with train.sweep:", np.allclose(by_hand, engine.result[0, 0]))

# %% [markdown]
# ## The training effect, judged fairly
#
# Four ways to end: constant; constant and averaged; constant with a linear cooldown; cosine. Each gets its own
# peak. Average and cooldown also choose a length from the same three: a tenth, a fifth, two fifths of the run.
# All is tuned on seeds that are not used again. Mean held-out losses of the tuning, by peak (below, a `!` marks
# a peak at the edge of this grid):

# %%
from lrlib.schedules import cosine

lengths = [round(share * steps) for share in (0.1, 0.2, 0.4)]
shapes = {f"cooldown {n}": constant(1, steps - n) >> linear(1, 0, n) for n in lengths}
shapes["cosine(1, 0, T)"] = cosine(1, 0, steps)
grid, tuning = [0.16, 0.32, 0.64, 1.28], range(1000, 1008)
tuned = train.tune(task, shapes, grid, tuning)
windows = {"constant(1)": 1, **{f"window {n}": n for n in lengths}}
marks = {steps, *(steps - n for n in windows.values())}
table = pd.DataFrame(index=[*windows, *shapes], columns=tuned.sweep.base_lrs, dtype=float)
table.loc[list(shapes)] = tuned.sweep.result.mean(axis=2)
for peak in table:
    kept, _ = running_sums(peak, tuning, marks)
    for name, n in windows.items():
        table.loc[name, peak] = heldout(kept, steps, n).mean()
table.round(3)

# %%
own = table.idxmin(axis=1)  # the peak of every row
best = [table.filter(like=kind, axis=0).min(axis=1).idxmin() for kind in ("win", "cool")]
ways = ["constant(1)", "cosine(1, 0, T)", *best]
at_edge = own[ways].isin(table.columns[[0, -1]])
print("own peaks:", "; ".join(f"{w} {own[w]:g}" + "!" * bool(at_edge[w]) for w in ways))

seeds, half = range(n_seeds), lengths[-1] // 2
at_peak = {name: own[name] * shape for name, shape in shapes.items()}
judged = train.sweep(task, at_peak, 1.0, seeds)
looks, share = judged.heldout_steps.tolist(), windows[best[0]] / steps
n_at = {e: max(1, round(share * e)) for e in looks}  # a share of the updates so far
marks |= {m for e, n in n_at.items() for m in (e, e - 1, e - n)}
marks |= {steps - half, steps - 2 * half}
found = {peak: running_sums(peak, seeds, marks) for peak in {own[name] for name in windows}}
losses = {name: heldout(found[own[name]][0], steps, n) for name, n in windows.items()}
losses |= judged.losses()
reference = table.loc[ways].min(axis=1).idxmin()
ranking = stats.ranking({name: losses[name] for name in ways}, reference)
ranking.round(4)


# %%
from dataclasses import replace


def replayed(seen, curve):
    """The ledger of one seed: the rates that were seen, with held-out losses of its own."""
    return replace(seen.ledger, heldout_steps=looks, heldout_loss=curve)


runs = {}
for name, n_of in {"constant(1)": dict.fromkeys(looks, 1), best[0]: n_at}.items():
    kept, seen = found[own[name]]
    curves = np.transpose([heldout(kept, e, n) for e, n in n_of.items()])
    runs[name] = [replayed(seen, curve) for curve in curves]
runs |= judged.ledgers()
title = stats.headline(ranking)
alt = f"Above, two flat rates, a cooldown and a cosine. Below, held-out losses. {title}."
plot.house({name: runs[name] for name in ways}, title=title, alt=alt)

# %% [markdown]
# **We see** held-out loss in nats; the average has at every step a window of the tuned share of the updates
# so far. **This means** what the verdicts say, against the reference, the best on the *tuning* seeds. Look at
# the middle of the run, too: the average is read at any time, the others wait for their end. **It does
# not mean** that *cannot tell* is *equal*.
#
# On the bowl a window beat the cooldown of its own length. Does it here, each at its own peak? Where it
# does not, two explanations offer themselves. Either the older weights are bad: then take a *shorter* window.
# Or weights that are far apart have a bad mean, as good as both may be: then keep them closer together, with a
# *lower rate*. Halve the longest window to tell. By the first, the whole lies between its halves, and the older
# half is the worse. By the second, the whole is worse than both.

# %%
for n in lengths:
    difference = stats.compare(losses[f"window {n}"], losses[f"cooldown {n}"])
    print(f"window {n} minus cooldown {n}: {difference}")
kept, _ = found[own[f"window {lengths[-1]}"]]
newer, older = heldout(kept, steps, half), heldout(kept, steps - half, half)
whole = heldout(kept, steps, 2 * half)
print("older half minus newer half:", stats.compare(older, newer))
print("whole minus newer half:     ", stats.compare(whole, newer))
print("whole minus older half:     ", stats.compare(whole, older))

# %% [markdown]
# A *worse* in the first lines contradicts the bowl: that cooldown needs no more length than the window, but
# less. The last three decide between the explanations, if they can tell.
#
# ## Exercises
#
# **1, guided.** Which share of gradient `t` is in the mean of the last `n` of `T` weights? One line.


# %% tags=["exercise"]
def my_share(t, T, n):
    raise NotImplementedError("in how many of the last n weights is the update of step t?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("14.1", my_share)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_share(t, T, n):
#     return min(T - t, n) / n
# ```
#
# It is in $w_{t+1}, \dots, w_T$, which are $T - t$ weights, of which at most $n$ are in the window.
# </details>

# %% [markdown]
# **2, standard.** Match a window to a cooldown. For the bowl, from 1 and in 300 updates, return the length
# (1 to 300) of the linear cooldown whose exact loss is nearest to that of the average of the last `n` weights,
# both with `rate` as the full rate. `window_loss` and `cooldown_loss` are defined above.


# %% tags=["exercise"]
def my_match(rate, n):
    lengths = np.arange(1, T + 1)
    raise NotImplementedError(
        "compare cooldown_loss(rate, lengths) with window_loss(rate, n)"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("14.2", my_match, window_loss=window_loss, cooldown_loss=cooldown_loss, T=T)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_match(rate, n):
#     lengths = np.arange(1, T + 1)
#     gap = cooldown_loss(rate, lengths) - window_loss(rate, n)
#     return lengths[abs(gap).argmin()]
# ```
#
# At rate 0.4 the windows of 5, 20 and 60 need cooldowns of 6, 32 and 160 updates. For the digits, compare
# in the table of the tuning, in the column of one peak: a match need not exist, nor be the only one.
# </details>

# %% [markdown]
# **3, open.** Lesson 07 compared the mean of *all* weights with a line to zero. Predict, for the digits, which
# of the two is lower and by how much; then add the window `steps` (with 0 among the marks) and the shape
# `linear(1, 0, steps)`, each at its own peak. `window_loss(0.4, 300, start)` and `cooldown_loss` answer
# differently from near and from far: which of them are the digits?
#
# ## Summary
#
# You can now
#
# - average the weights of a run with one line, over a window or as an EMA, and correct its early bias;
# - name the decay that an average implies, and say why the ledger does not show it;
# - match a window to a cooldown exactly on a bowl, and compare the two by paired seeds on a task;
# - tell noise from bias in an average, and choose the opposite remedies.
#
# **What this does not show.** One small network and data set, plain SGD, one run length; a coarse grid of
# peaks, and only three lengths: where the shortest or longest is chosen, a better one may lie beyond. With
# momentum or Adam the count of shares changes. Whether averaging replaces a cooldown in large models is not
# tested here.
#
# ## Quiz
#
# **1. The mean of the last 50 of 1,000 weights, at a constant rate, gives each gradient the share
# that it has in**
#
# - (a) a run with a linear decay over all 1,000
# - (b) a run with a linear cooldown over 50 updates
# - (c) a run at 1/50 of the rate
#
# <details><summary>Answer</summary>
#
# (b). (a) is the mean of all weights. (c) would shrink the early gradients too, and they are fully in the average.
# </details>
#
# **2. An average of the last half is worse than the last weights. A likely reason:**
#
# - (a) the rate is too low at the end
# - (b) the early weights in it are still far from the bottom
# - (c) too few weights are averaged
#
# <details><summary>Answer</summary>
#
# (b): bias; take a shorter window. (c) would leave noise, but less of it than the last weights have. (a): the
# rate is the same for both.
# </details>
#
# **3. In the ledger of a run whose weights are averaged, the rate at the end is**
#
# - (a) the implied one
# - (b) the constant one
# - (c) zero
#
# <details><summary>Answer</summary>
#
# (b). The average happens outside the optimizer, so (c) and (a) are nowhere in the ledger.
# </details>
#
# ## References
#
# - Polyak and Juditsky 1992, *Acceleration of Stochastic Approximation by Averaging*,
#   [doi:10.1137/0330046](https://doi.org/10.1137/0330046): the average forgets the rate.
# - Izmailov et al. 2018, *Averaging Weights Leads to Wider Optima and Better Generalization*,
#   [arXiv:1803.05407](https://arxiv.org/abs/1803.05407): SWA.
# - Sandler et al. 2023, *Training trajectories, mini-batch losses and the curious role of the learning rate*,
#   [arXiv:2301.02312](https://arxiv.org/abs/2301.02312): averages and rates on a quadratic.
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html), the section on weight
#   averaging: `AveragedModel`, `update_bn`.

# %% [markdown] tags=["navigation"]
# [Previous: 13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb) | [All lessons](../../README.md) | [Next: 15 Wrong horizon](15_wrong_horizon.ipynb)
