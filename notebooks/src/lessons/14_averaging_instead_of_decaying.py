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
# Needs 02, 07, 12, 13 - 60 min - computes in under 20 s - CPU
#
# Answers: Why adjust the learning rate? / How do I implement it?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run on the digits, 100..2000
n_seeds: int = 48  # judging seeds, the pairs of the comparison, 6..64
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


for a in ([1, 1, 1, 1, 1, 1 / 2, 1 / 3, 1 / 4], [0.5] * 8):
    print(averaged(np.eye(8), a).round(3))  # how much each of eight visited weights counts

# %% [markdown]
# First a window of four: the last four weights count a quarter each. Then an EMA with $\beta = 0.5$: each weight counts half as much as the
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
    xlabel="step (optimizer updates)",
    ylabel="share of the gradient",
)

# %% [markdown]
# **We see** how much of each gradient is in the average. The $\beta$ is matched to the window: weights in a
# window are on average $(n - 1)/2$ updates old, in an EMA $\beta / (1 - \beta)$, equal at
# $\beta = (n - 1) / (n + 1)$. **This means** that an average is a decay outside the optimizer. No ledger shows
# it: the used rate is flat to the end. **It does not mean** anything for the loss yet: the
# count holds the gradients fixed; a run that cools meets others.
#
# ## Predict: the same shares, the same loss?
#
# On the noisy bowl both losses are exact: `theory.expected_loss` follows the mean of $x^2$ (lesson 01), and
# `theory.averaged_loss` also those of $x \bar x$ and $\bar x^2$. At a constant rate of 0.4 for 300 updates, either average the last 60 weights, or cool the rate
# over the last 60 updates. Both have the same shares of every gradient. Does the average end lower than the
# cooldown, at about the same loss, or higher?

# %%
my_prediction = None  # "lower", "the same" or "higher": the average, against the cooldown

# %%
from lrlib import theory
from lrlib.course import check

bowl = (1.0, 0.3, 0.1, 0.03, 0.01)


def window_loss(rate, n, start=1.0, noise=1.0):
    a = 1 / np.maximum(1, np.arange(1, T + 1) - T + np.asarray(n)[..., None])  # tail
    return theory.averaged_loss(np.full_like(a, rate), a, bowl, noise, start)[..., -1]


def cooldown_loss(rate, n, start=1.0, noise=1.0):
    rates = rate * np.minimum((T - np.arange(T)) / np.asarray(n)[..., None], 1)
    return theory.expected_loss(rates, bowl, noise, start)[..., -1]


measured = window_loss(0.4, window) / cooldown_loss(0.4, window)
found_it = "the same" if abs(measured - 1) < 0.05 else "lower" if measured < 1 else "higher"
options = ("lower", "the same", "higher")
check.category(my_prediction, found_it, options, reread="the next text")

# %% [markdown]
# Equal shares need not give equal losses. Take one direction of curvature $h$ at its floor (noise variance: $h$). Weights that are far apart in time have independent noise,
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
plot.lines(
    lengths,
    both,
    like={"linear cooldown over n steps": cooldown},
    title="The average gains more from its length than the cooldown",
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

table = pd.DataFrame(index=pd.Index([1, 10, 30, 60, 120, 300], name="window"))
table["bias, from 10"] = window_loss(0.2, table.index, start=10.0, noise=0.0)
table["noise"] = window_loss(0.2, table.index, start=0.0)
table["sum"] = table.sum(axis=1)
table["both at once"] = window_loss(0.2, table.index, start=10.0)
table.round(4)

# %% [markdown]
# Noise falls with the window, bias rises: at such a rate, older weights are farther out, so no window lowers
# the bias. Progress has to come from the rate. What averaging does is to permit a higher one. A window may also be a
# share of the updates *so far*: then no $T$ is needed, and the average can be read at any time.
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

from lrlib import stats, tasks, train
from lrlib.optim import swa

torch.set_num_threads(1)
task = tasks.get("digits", label_noise=label_noise)
model, batches, visited = task.model(0), task.batches(0, steps), []

# %%
vector = torch.nn.utils.parameters_to_vector
mean_model = torch.optim.swa_utils.AveragedModel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.64)
for t in range(steps):
    if t == steps // 2:
        scheduler = swa(optimizer, swa_lr=0.32, anneal_steps=10)
    loss = task.loss(model(batches[t][0]), batches[t][1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if t >= steps // 2:
        mean_model.update_parameters(model)
        visited.append(vector(model.parameters()).detach())
        scheduler.step()

images, labels = task.heldout
ours = averaged(visited, 1 / np.arange(1, len(visited) + 1))
same = torch.allclose(ours, vector(mean_model.module.parameters()))
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


def score(weights, x, y, figure=task.loss):
    return figure(functional_call(model, weights, (x,)), y)


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
            vmap(score)(w, x, y).sum().backward()
            optimizer.step()
            total = {name: v + w[name].detach() for name, v in total.items()}
            if t + 1 in marks:
                kept[t + 1] = total
    return kept, ledger


# %%
@torch.no_grad()
def heldout(kept, end, n, figure=task.loss):
    mean = {name: (v - kept[end - n][name]) / n for name, v in kept[end].items()}
    each = vmap(lambda weights: score(weights, images, labels, figure))
    return each(mean).nan_to_num(task.guess, task.guess).numpy()


by_hand = heldout(running_sums(0.32, range(2), {steps - 1, steps})[0], steps, 1)
engine = train.sweep(task, constant(), 0.32, range(2), steps=steps, evaluations=1)
print("our loop agrees with train.sweep:", np.allclose(by_hand, engine.result[0, 0]))

# %% [markdown]
# ## The training effect, judged fairly
#
# Four ways to end: constant; constant and averaged; constant with a linear cooldown; cosine. Each gets its own
# peak, interpolated between the rates of one grid. Average and cooldown also choose a length, from the same
# three: a tenth, a fifth, two fifths of the run. Cosine chooses its last factor from three, so that these three
# ways had equally many tries. All is tuned on seeds that are not used
# again. The table has the tuned peak of each, and the loss that the parabola through three rates promises there.
#
# The best of each way is then judged on fresh seeds. The reference is the cooldown, because the question is
# whether an average can take its place. How well the tuning seeds know each peak is part of the intervals:
# `stats.excess` says what the loss changes where other tuning seeds put the peak.

# %%
from lrlib.schedules import cosine

lengths = [round(share * steps) for share in (0.1, 0.2, 0.4)]
shapes = {f"cooldown {n}": constant(1, steps - n) >> linear(1, 0, n) for n in lengths}
shapes |= {f"cosine to {f:g}": cosine(1, f, steps) for f in (0.1, 0.05, 0)}
grid, tuning = [0.16 * 2 ** (k / 2) for k in range(1, 6)], range(1000, 1008)
tuned = train.tune(task, shapes, grid, tuning)

windows = {"constant": 1, **{f"window {n}": n for n in lengths}}
marks, rates = {steps, *(steps - n for n in windows.values())}, tuned.sweep.base_lrs
sums = [running_sums(rate, tuning, marks)[0] for rate in rates]
tried = dict(zip(shapes, tuned.sweep.result, strict=True))
for name, n in windows.items():
    tried[name] = np.array([heldout(kept, steps, n) for kept in sums])
peaks = {name: stats.peak(rates, losses) for name, losses in tried.items()}
pd.DataFrame(map(vars, peaks.values()), peaks)[["rate", "loss", "at_edge"]].round(3)


# %%
def lowest(kind):
    return min((name for name in peaks if kind in name), key=lambda n: peaks[n].loss)


steady, average, cooled, wave = map(lowest, ("constant", "window", "cooldown", "cosine"))
shaped = {name: peaks[name].rate * shapes[name] for name in (cooled, wave)}
judged = train.sweep(task, shaped, 1.0, range(n_seeds))
looks = judged.heldout_steps.tolist()
longest, half = f"window {lengths[-1]}", lengths[-1] // 2
n_at = {e: max(1, round(windows[average] * e / steps)) for e in looks}  # of those so far
marks = {m for e, n in n_at.items() for m in (e, e - 1, e - n)}
marks |= {steps - half, steps - 2 * half}
trained = {
    w: running_sums(peaks[w].rate, range(n_seeds), marks)
    for w in {steady: 1, average: 1, longest: 1}
}

# %%
excess = {w: stats.excess(rates, tried[w], peaks[w].rate) for w in peaks}
losses, right = judged.losses(), judged.right()
for w in (steady, average):
    losses[w] = heldout(trained[w][0], steps, windows[w])
    right[w] = heldout(trained[w][0], steps, windows[w], task.right)
losses = stats.Losses(losses, excess, right, reference=cooled)
table = stats.ranking(losses)

# %%
from lrlib.course.finding import found

readings = {
    "better": "So here, as on the bowl, an average is worth more than a cooldown.",
    "worse": "So the bowl does not carry over: something in the average is bad here.",
    "cannot tell": "So these pairs do not decide between the average and the cooldown.",
}
display(found(losses, readings, about=(average, steady, wave)))
plot.forest(losses)

# %%
from dataclasses import replace

runs = judged.ledgers()
for name, n_of in {steady: dict.fromkeys(looks, 1), average: n_at}.items():
    kept, seen = trained[name]
    seen = replace(seen.ledger, heldout_steps=looks, heldout_loss=looks)
    curves = np.transpose([heldout(kept, e, n) for e, n in n_of.items()])
    runs[name] = [replace(seen, heldout_loss=curve) for curve in curves]
plot.house(runs, title=f"{stats.headline(losses)}")

# %% [markdown]
# **We see** first the paired differences to the cooldown, a dot a seed; then rates and held-out losses. The average
# has at every step a window of the tuned share of the updates so far. **This means** what the computed sentence
# says, corrected for three comparisons. Look at the middle of the run, too: the average can be read at any time, the others wait for their end.
# **It does not mean** that *cannot tell* is *equal*.
#
# ## What is bad in a long window?
#
# On the bowl the longest window was the best, from near. Here two explanations compete for what a long window
# loses. *Age*: the older weights are bad; then take a *shorter* window. *Spread*: weights that are far apart have
# a bad mean, as good as both may be; then keep them closer together, with a *lower rate*. Halve the longest
# window to tell. By age, the whole lies between its halves, and the older half is the worse. By spread, the whole
# is worse than both.

# %%
kept, _ = trained[longest]
newer, older = heldout(kept, steps, half), heldout(kept, steps - half, half)
whole = heldout(kept, steps, 2 * half)
pairs = {"older, against newer half": (older, newer)}
pairs |= {
    "whole, against newer half": (whole, newer),
    "whole, against older": (whole, older),
}
halves = stats.family({name: stats.compare(*pair) for name, pair in pairs.items()})
display(halves.drop(columns=["n", "p"]).round(4))

by_age = list(halves["verdict"]) == ["worse", "worse", "better"]
by_spread = (halves["verdict"].iloc[1:] == "worse").all()
named = "age, which a shorter window cures" if by_age else "neither of the two alone"
named = "spread, which a lower rate cures" if by_spread else named
print(f"Found here: what a long window loses is explained by {named}.")

# %%
from IPython.display import Markdown

from lrlib.evidence import claims

price, gain = table["difference"][average], table["difference"][steady]
verdict = table["verdict"][average]
advice = {
    "better": "Average, also where the end is known",
    "worse": "Where the end is known, cool down; where it is not, keep the rate and average",
    "cannot tell": "Where the end is known, cool down or average, as is easier; else average",
}[verdict]
advised = Markdown(
    f"> **Do this.** {advice}: over the last {windows[average]} of {steps} updates. That is for a"
    " small network and plain SGD. Against a cooldown of its own tuned length the average ended"
    f" {price:+.4f} nats (*{verdict}*), the last weights of a constant rate {gain:+.4f}."
    " How sure: one task; the sizes will differ in yours, so tune the window like a rate."
)
display(advised)
plot.intervals(
    claims.stored("averaging-falls-short-of-the-cooldown").parts,
    "Language models: averages recover most of a cooldown",
    xlabel="share of the cooldown's gain",
    line=1,
)

# %% [markdown]
# **We see**, below the advice, 11 public models, as [a notebook of evidence](../evidence/averaging_and_cooldown.ipynb)
# measures them. **This means** that averages recover most of a cooldown there, in no model all of it. **It does not mean** that
# they cannot: those windows ended at 5,000 updates.
#
# ## In your own code
#
# - **PyTorch.** `AveragedModel(model)` is the plain mean;
#   `AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))` the EMA, which begins at the first weights that it
#   is given and is not corrected: start it late. Both are in `torch.optim.swa_utils`.
# - **Keras**: `SGD(use_ema=True, ema_momentum=0.99)` with the callback `SwapEMAWeights`. **optax**: keep a second
#   set of parameters, `optax.incremental_update(params, mean, 1 - beta)`. **Hugging Face** *diffusers*: `EMAModel`.
# - **LAWA** (*latest weight averaging*; Kaddour 2022) averages the last few *checkpoints* of a run. In the runs of Sanyal et al. 2023 it gained most at high rates, and
#   with checkpoints far apart.
# - **Schedule-Free** (Defazio et al. 2024) computes gradients between the average and the newest weights, with no
#   $T$ anywhere. Its trap: weights for training and for evaluation differ, so call `optimizer.train()` and
#   `optimizer.eval()` beside those of the model, and `eval()` before a checkpoint is saved.
# - **Both at once?** Ajroldi et al. 2025 measured seven tasks: averaging saved time in all, did not fully replace a
#   decay, and did best together with one.
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
# At rate 0.4 the windows of 5, 20 and 60 need cooldowns of 6, 32 and 160 updates.
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
# **What this does not show.** One small network and data set, plain SGD, one run length, and only three
# lengths: where the shortest or longest is chosen, a better one may lie beyond. With
# momentum or Adam the count of shares changes.
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
# - Kaddour 2022, *Stop Wasting My Time! Saving Days of ImageNet and BERT Training with Latest Weight Averaging*,
#   [arXiv:2209.14981](https://arxiv.org/abs/2209.14981); Sanyal et al. 2023,
#   [arXiv:2306.03241](https://arxiv.org/abs/2306.03241): LAWA.
# - Defazio et al. 2024, *The Road Less Scheduled*, [arXiv:2405.15682](https://arxiv.org/abs/2405.15682):
#   Schedule-Free.
# - Ajroldi, Orvieto and Geiping 2025, *When, Where and Why to Average Weights?*,
#   [arXiv:2502.06761](https://arxiv.org/abs/2502.06761).
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html), the section on weight
#   averaging: `AveragedModel`, `update_bn`.

# %% [markdown] tags=["navigation"]
# [Previous: 13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb) | [All lessons](index.ipynb) | [Next: 15 Wrong horizon](15_wrong_horizon.ipynb)
