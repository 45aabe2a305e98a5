# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 Two runs, one line apart
#
# *After this you can change the rate during training, read in a ledger whether it really changed, and say
# whether the change helped.*
#
# Needs nothing but Python and one network trained before - 30 min - computes in under 15 s - CPU

# %% tags=["parameters"]
steps: int = 400  # optimizer updates per run, 100..2000
base_lr: float = 0.32  # rate at the start of a run, 0.02..0.64
n_seeds: int = 8  # judging seeds, the pairs of the comparison, 6..64

# %% [markdown]
# Welcome. You will train a small network twice. The second program differs from the first in one line, and
# the whole course is about that line. Run the cells from top to bottom with Shift+Enter. Where a cell says
# `my_`, it waits for something of yours; leave it as it is and the notebook still runs.
#
# ## The line
#
# Training repeats one small act, the *update*: take a few examples (a *batch*), compute the gradient $g_t$ of
# their loss, and move the weights $w$ a little way against it,
#
# $$w_{t+1} = w_t - \mathrm{rate}(t) \cdot g_t .$$
#
# The *step* $t = 0, 1, 2, \ldots$ counts updates. The *rate*, in full the learning rate, says how far an
# update moves. We write it as a fixed number times a factor that may change,
#
# $$\mathrm{rate}(t) = \mathrm{base\_lr} \cdot \mathrm{factor}(t),$$
#
# and call the factor, a function of the step, the *schedule*. The constant schedule is 1 at every step. The
# simplest schedule that *decays* is the straight line through 1 at step 0 and 0 at step $T$, the length of
# the run. Through these two points there is one line: $\mathrm{factor}(t) = 1 - t/T$. In `lrlib`, the
# library of this course, the constant schedule is `constant()` and this one `linear(1, 0, T)`: from 1, to
# 0, in `T` steps. The number in the middle is the *end factor*, and it need not be zero.

# %%
from lrlib import plot
from lrlib.schedules import constant, linear


def line_factor(t, T):
    return 1 - t / T


pair = {"constant": constant(), "decayed": linear(1, 0, steps)}
print([line_factor(t, 8) for t in range(8)])
plot.schedules(
    [*pair.values(), linear(1, 0.5, steps)],
    steps,
    base_lr=base_lr,
    title="Three schedules, one start: only the end factor differs",
    alt=f"From {base_lr:g}, one rate stays, one falls in a line to zero, one to half.",
)

# %% [markdown]
# The printed list is the line over eight updates, steps 0 to 7. The last one still moves, at an eighth of
# `base_lr`; the zero would come at step 8, which is never run.
#
# **We see** in the figure the rate of every update, before anything is trained. **This means** that a
# schedule can be looked at, and checked, without a network. **It does not mean** that a program which
# contains this schedule uses these rates. The section on a decay that never happened is about that.

# %%
from lrlib.course.explore import explorer


def draw(base, end):
    title = f"base_lr = {base:.3g}, end factor = {end:.2f}"
    alt = f"{title}. A flat rate, and a straight line from it to {base * end:.3g}."
    shown = [constant(), linear(1, end, steps)]
    return plot.schedules(shown, steps, title, alt, base_lr=base, y_range=(0, 0.9))


explorer(draw, base=(0.02, 0.9, base_lr), end=(0.0, 1.0, 0.0))

# %% [markdown]
# Move `base` and both rates are stretched by the same factor. Move `end` and the shape changes. The axis
# stays, so that positions can be compared. (The sliders need a running *kernel*, the Python process behind a notebook. Without one: the
# figure above shows three positions of `end`.)
#
# ## The two programs
#
# The problem: pictures of handwritten digits, 8 by 8 pixels, ten classes. To make it harder, about a
# fifth of the training labels are replaced by a random class, which may be the right one, so that batches
# contradict each other. One pass over the training images is an *epoch*. Some images are kept away from
# training. The loss on those is the *held-out loss*, and it is what we care about: lower is better. It is
# measured in *nats*, the unit of a cross-entropy that uses the natural logarithm. For scale: a *blind guess*
# calls all ten classes equally likely, whatever the image, and has a loss of $\ln 10$ nats.

# %%
from lrlib import tasks, train

task = tasks.get("digits", label_noise=0.2)
looks = train.evaluation_steps(steps, 20)  # after which updates the held-out loss is taken
images, labels = task.heldout
print(f"held-out images: {len(images)}; loss of a blind guess: {task.guess:.3f} nats")

# %% [markdown]
# A *seed* is a number that names everything random in a run: the first weights, the order of the images,
# which labels are replaced. Same seed, same luck. And a *ledger* is the record of a run: `Ledger.watch`
# listens to the optimizer and notes, at each update, the rate that was *used*, next to the rate that was
# *intended*.
#
# In PyTorch the optimizer does the update, in `optimizer.step()`, and keeps its rate in
# `optimizer.param_groups[0]["lr"]`. Ours is plain *SGD*, stochastic gradient descent: the update above, with
# nothing added. The first program writes the same rate there before every update. The second starts from
# the same seed and writes a falling one.

# %%
import numpy as np
import torch

from lrlib.ledger import Ledger

torch.set_num_threads(1)  # a network this small gains nothing from more
model = task.model(0)  # seed 0
optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
batches = task.batches(0, steps)
with Ledger.watch(optimizer, intended=constant(), base_lr=base_lr) as steady:
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = base_lr  # the line
        inputs, targets = batches[t]
        loss = task.loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if t + 1 in looks:
            steady.record(heldout_loss=task.loss(model(images), labels).detach())
print(f"rate used: {steady.used[0]:.4g} at first, {steady.used[-1]:.4g} at last")

# %%
model = task.model(0)
optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
batches = task.batches(0, steps)
with Ledger.watch(optimizer, intended=linear(1, 0, steps), base_lr=base_lr) as decayed:
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = base_lr * line_factor(t, steps)  # the line
        inputs, targets = batches[t]
        loss = task.loss(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if t + 1 in looks:
            decayed.record(heldout_loss=task.loss(model(images), labels).detach())
print(f"rate used: {decayed.used[0]:.4g} at first, {decayed.used[-1]:.4g} at last")

# %%
import pandas as pd

rows = [0, steps // 4, steps // 2, 3 * steps // 4, steps - 1]
tables = {
    name: pd.DataFrame({"intended": run.intended, "used": run.used})
    for name, run in {"constant": steady, "decayed": decayed}.items()
}
pd.concat(tables, axis=1).loc[rows].rename_axis("step").round(4)

# %%
lower = "decayed" if decayed.result < steady.result else "constant"
plot.house(
    {"constant()": steady, f"linear(1, 0, {steps})": decayed},
    title=f"On seed 0 the {lower} rate ends lower",
    alt="Above, a flat rate, and a line from it to zero. Below, held-out losses: "
    f"constant ends at {steady.result:.3f}, decayed at {decayed.result:.3f} nats.",
)

# %% [markdown]
# Read the table first: at each step shown, is the used rate the intended one? That question comes before any
# question about the loss. If the answer were no, we would be comparing something else.
#
# **We see** in the figure the rates above and the held-out losses below, on one axis of steps. The dots are
# the intended rates. The loss axis is logarithmic: equal heights are equal ratios. **This means** that one
# line of code moved the end of this run by the gap you see. **It does not mean** that the lower one is
# better in general. This is one draw of first weights, one order of images, one set of replaced labels.
#
# ## Predict: how often does the decayed run end lower?
#
# Repeat both programs with other seeds. On what fraction of the seeds does the decayed run end lower? Write
# your number before you run the cell below it.

# %%
my_prediction = None  # fraction of seeds on which decay ends lower, 0 to 1: your number

# %%
from lrlib.course import check

both = train.sweep(task, pair, [base_lr], seeds=range(n_seeds), steps=steps)
losses = pd.DataFrame(both.losses())
won = (losses.decayed < losses.constant).mean()
check.reconcile(my_prediction, won, tolerance=0.15, reread="the text below the table")

# %%
losses["difference"] = losses.decayed - losses.constant
losses["lower"] = losses[["constant", "decayed"]].idxmin(axis=1)
losses.rename_axis("seed").round(4)

# %% [markdown]
# `train.sweep` is the same loop, written so that many networks train at once. Row 0 repeats the two
# programs above; the next cell checks that. Each row is a *pair*: the same seed, so the same luck for both.
# `difference` is decayed minus constant, negative where decay ends lower, and its mean names one winner.
# Every row with the other sign is a seed that, had it been the only one, would have crowned the other.
#
# So what may we say? Put an *interval* around the mean difference: a range made such that, if the whole
# experiment were repeated many times, about 95 of 100 such ranges would contain the true mean. An interval
# that contains zero leaves open who is better, and the verdict is *cannot tell*. (Lesson 04 builds such
# intervals; here it is enough to read them.)

# %%
from lrlib import stats

same = np.allclose(both.result[:, 0, 0], [steady.result, decayed.result])
against = (np.sign(losses.difference) != np.sign(losses.difference.mean())).sum()
print(f"row 0 repeats the handwritten runs: {same}")
print(f"pairs that point the other way: {against} of {n_seeds}")
print("decayed minus constant:", stats.compare(losses.decayed, losses.constant))

# %% [markdown]
# ## But who chose the starting rate?
#
# Both programs shared one `base_lr`, and sharing looks fair. But rates that fall to zero in a line add up
# to only half of what the constant ones do. Such a run may need a higher start; a constant rate, a lower
# one. So try several values of `base_lr`, called *peaks* because no schedule here goes above its start.
# *Tuning* means giving each schedule its own best peak. We tune on other seeds than those we judge on, so
# that luck cannot be reused.

# %%
peaks = [0.04, 0.08, 0.16, 0.32, 0.64]
tuned = train.tune(task, pair, peaks, seeds=range(1000, 1008), steps=steps)
tried, own = tuned.sweep.base_lrs, tuned.peaks
said = [stats.compare(d, c).verdict for c, d in zip(*tuned.sweep.result, strict=True)]
depends = "depends" if {"better", "worse"} <= set(said) else "is not seen to depend"
plot.sensitivity(
    tuned,
    title=f"The winner {depends} on the shared peak",
    alt=f"Loss against peak rate. Lowest: constant at {own['constant']:g}, decayed at {own['decayed']:g}. "
    "Decayed against constant, peak by peak: "
    + ", ".join(f"{peak:g} {verdict}" for peak, verdict in zip(tried, said, strict=True)),
)

# %% [markdown]
# **We see** the final loss for each peak, and a dot at the best peak of each schedule. The bands are
# intervals over the tuning seeds. The title comes from verdicts, one at each peak: the winner *depends* on
# the peak only if decay is better at one and worse at another. **This means**: then whoever picks the shared
# peak also picks the winner. **It does not mean** that the dots are the true best peaks: the grid doubles
# from point to point, and grows by a point where a dot falls on its edge.
#
# Now judge fairly: each schedule at its own peak, on fresh seeds, in pairs.

# %%
judged = train.judge(task, tuned, seeds=range(n_seeds))
losses = judged.losses()
found = stats.compare(losses["decayed"], losses["constant"])
for name, peak in own.items():
    print(f"{name:8s} tuned peak {peak:g}")
print("decayed minus constant:", found)

# %%
plot.house(
    judged,
    title=f"Each at its own peak, decayed against constant: {found.verdict}",
    alt=f"Above, a flat rate at {own['constant']:g}, and a line from {own['decayed']:g} to zero. Below, "
    "mean losses with intervals; they end at {:.3f} and {:.3f}.".format(
        *judged.result.mean(axis=(1, 2))
    ),
)

# %% [markdown]
# **We see** both at their best, averaged over seeds, with intervals. **This means** what the printed verdict
# says: *better* or *worse* where the interval of the difference leaves zero out, *cannot tell* where it does
# not. **It does not mean** that the verdict holds for another network, another data set or a longer run.
#
# ## A decay that never happened
#
# A widely copied snippet decays the rate by writing `optimizer._lr = ...` in the loop; its cousin
# writes `optimizer.lr = ...`. Both run without an error. To try such lines, put the loop into a function that
# leaves the line to its caller.


# %%
def train_with(set_rate):
    model = task.model(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
    batches = task.batches(0, steps)
    with Ledger.watch(optimizer, intended=linear(1, 0, steps), base_lr=base_lr) as ledger:
        for t in range(steps):
            set_rate(optimizer, base_lr * line_factor(t, steps))
            inputs, targets = batches[t]
            loss = task.loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if t + 1 in looks:
                ledger.record(heldout_loss=task.loss(model(images), labels).detach())
    return ledger


# %%
def copied_snippet(optimizer, rate):
    optimizer._lr = rate


copied = train_with(copied_snippet)
cousin = train_with(lambda optimizer, rate: setattr(optimizer, "lr", rate))
equal = copied.heldout_loss.tolist() == steady.heldout_loss.tolist()
print(f"largest gap between intended and used rate, snippet: {copied.largest_gap():.4g}")
print(f"largest gap between intended and used rate, cousin:  {cousin.largest_gap():.4g}")
print(f"the snippet's losses equal those of the constant run, digit for digit: {equal}")
rate = "one" if np.ptp(copied.used) == 0 else "a changing"
trend = "falls" if copied.heldout_loss[-1] < copied.heldout_loss[0] else "rises"
plot.house(
    {"copied snippet": copied},
    title=f"Intended: a line. Used: {rate} rate. And the loss {trend}",
    alt=f"Above, dots fall from {base_lr:g} to zero; the used rate ends at "
    f"{copied.used[-1]:g}. Below, the loss {trend} to {copied.heldout_loss[-1]:.3f} nats.",
)

# %% [markdown]
# **We see** the intended rate as falling dots, the used rate as a flat line, and the loss below.
# **This means** that the snippet created an attribute which nobody reads. PyTorch's optimizers take the rate
# from `param_groups`, a list of dicts with the key `"lr"`. **It does not mean** that training failed: it is
# the constant run, digit for digit, under another name. That is why nobody notices.
#
# Suppose a colleague says: *I added decay and the loss stayed the same.* Two explanations fit. Decay may do
# little on this problem; the remedy is another shape, or another peak. Or the decay never reached the
# optimizer; the remedy is to write the rate where it is read. The loss cannot tell these apart. The ledger
# can, at once.
#
# ## Exercises
#
# **1, guided.** Repair the snippet. An optimizer may have several *parameter groups*, sets of weights with
# rates of their own, so set the rate in every group. The check looks at the rates that a real optimizer with
# two groups used, and at how far its weights moved. Then it trains the digits network with your line, by
# `train_with`, and its ledger must show no gap.


# %% tags=["exercise"]
def my_set_rate(optimizer, rate):
    raise NotImplementedError(
        "param_groups is a list of dicts; write `rate` where it is read"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("00.1", my_set_rate, train_with=train_with)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_set_rate(optimizer, rate):
#     for group in optimizer.param_groups:
#         group["lr"] = rate
# ```
#
# `train_with(my_set_rate).largest_gap()` is now 0: the second check has trained with it and read the ledger.
# </details>

# %% [markdown]
# **2, standard.** Four schedules, one peak, names removed. One *stays*, one falls in a *line* to zero, one
# *drops* to a tenth at half time, one *rises* in a line from zero to the peak. The lines are means over
# seeds. (In the code, `multistep((n,), 0.1)` is the drop: it multiplies the rate by 0.1 at step `n`.) Which
# is which?

# %%
from lrlib.schedules import multistep

kinds = {
    "stays": constant(),
    "line": linear(1, 0, steps),
    "drops": multistep((steps // 2,), 0.1),
    "rises": linear(0, 1, steps),
}
hidden = np.random.default_rng(5).permutation(list(kinds)).tolist()
four = train.sweep(
    task, [kinds[k] for k in hidden], 0.64, range(n_seeds), steps=steps, evaluations=40
)
curves = {x: four.heldout_loss[i, 0].mean(axis=0) for i, x in enumerate("ABCD")}
seen = [0, 9, 19, 21, 29, -1]
alt = f"Mean losses after {four.heldout_steps[seen]} steps. " + ", ".join(
    f"{x}: {y[seen].round(3)}" for x, y in curves.items()
)
title, unit = "Which schedule made which loss?", "mean held-out loss (nats)"
steps_label = "step (optimizer updates)"
plot.lines(four.heldout_steps, curves, title, alt, steps_label, unit, log_y=True)

# %% [markdown]
# **We see** four losses without their rates. **This means** that a loss curve carries traces of its schedule:
# look at the start, at half time, and at how jagged the end is. **It does not mean** that one can always
# read the schedule off the loss; the snippet above is the counterexample.

# %% tags=["exercise"]
my_match = {"A": None, "B": None, "C": None, "D": None}  # stays, line, drops or rises

# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("00.2", my_match, hidden=hidden)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_match = {"A": "rises", "B": "line", "C": "drops", "D": "stays"}
# ```
#
# A starts late. C and D are one line for half the run, so they had the same rates; then C falls at once. B
# leaves them early and ends smooth.
# </details>

# %% [markdown]
# **3, open.** Take a training program of your own. Put `with Ledger.watch(optimizer) as ledger:` around its
# loop with `intended=` the rates you planned; you are done when `ledger.largest_gap()` is 0. Then plan, on paper, what it would take to
# claim that your schedule helps: which other schedule, which peaks, how many seeds, and which verdict would
# make you drop it.
#
# ## Summary
#
# You can now
#
# - write the rate of an update as `base_lr` times a schedule, and decay it with one line;
# - read a ledger, intended against used, before you read a loss;
# - say why one seed is not evidence, and why one shared peak is not fair;
# - recognise a decay that never happened, and repair it.
#
# **What this does not show.** One small network, one data set with labels replaced on purpose, plain SGD,
# one run length, a coarse grid of peaks. A longer run, or cleaner labels, may shrink or reverse the gap.
# Why decay helps at all is not explained yet: lessons 01 and 02 do.
#
# ## Quiz
#
# **1. `optimizer.lr = 0.01` in PyTorch**
#
# - (a) raises an error
# - (b) creates an attribute that nothing reads
# - (c) sets the rate
#
# <details><summary>Answer</summary>
#
# (b). (c) is true of some other libraries, where the habit comes from. (a) would be kinder, but Python lets
# anyone add an attribute to an object.
# </details>
#
# **2. Run A used seed 1 and run B used seed 2, and B ended 0.02 lower. You may say**
#
# - (a) nothing about the schedules yet
# - (b) B's schedule is better by 0.02, but only a little
# - (c) B's schedule is better
#
# <details><summary>Answer</summary>
#
# (a). Look down one column of the table of pairs: two seeds differ with the *same* schedule, too. (c) and (b)
# read luck as effect.
# </details>
#
# **3. Two schedules are compared at one shared `base_lr`. That is**
#
# - (a) a test of how well this rate suits each of them
# - (b) wrong only if the seeds differ
# - (c) fair, since all else is equal
#
# <details><summary>Answer</summary>
#
# (a). (c): all else is equal, but the rate that is best for one need not be best for the other. (b): paired
# seeds remove luck, not the choice of the rate.
# </details>
#
# ## References
#
# - Robbins and Monro 1951, *A Stochastic Approximation Method*,
#   [doi:10.1214/aoms/1177729586](https://doi.org/10.1214/aoms/1177729586): the update, with a shrinking rate.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): why several seeds, and what varies between them.
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html): parameter groups,
#   and where the rate is kept.

# %% [markdown] tags=["navigation"]
# [All lessons](../../README.md) | [Next: 01 Step size on a bowl](01_step_size_on_a_bowl.ipynb)
