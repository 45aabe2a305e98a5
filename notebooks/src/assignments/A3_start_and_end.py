# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A3 Start and end
#
# *After this you can start a run gently, end it well at a time that nobody promised, and say what each ending is
# worth in updates.*
#
# Needs 11-15 - 170 min - 57 points - computes in under 20 s - CPU

# %% [markdown]
# ## A machine that is yours until somebody needs it
#
# You may train on a shared machine. Nobody can say for how long: at some time a message comes, and a little later
# the run has to be finished. A cosine needs to know its end before the first update, so it will not do. In this
# assignment you build what will: a warm-up, a long hold, a cooldown that begins when the message comes, branches
# for whoever wants a model earlier, and an average for whoever wants one *now*. And you measure what each of them
# is worth.
#
# Everywhere, `t` counts optimizer updates from 0, and the rate at `t` is the one that update `t` uses. A *factor*
# multiplies the peak rate. Work from top to bottom: later parts use your functions. Each is marked on other
# examples than those that the cell below it tries.

# %%
import math

import numpy as np
import torch

from lrlib import plot, stats, tasks, train
from lrlib.course import check
from lrlib.evidence import sweeps
from lrlib.ledger import Ledger
from lrlib.schedules import parse, table

torch.set_num_threads(1)
task = tasks.get("digits", label_noise=0.2)
print(f"handwritten digits, a fifth of the labels wrong: a guess has {task.guess:.2f} nats")

# %% [markdown]
# ## Start: count what was seen
#
# The recipe that you were given says "warm up over 4,800 images, from a tenth of the peak". The machine decides
# how many images are in a batch, so the warm-up has to count images, not updates.
#
# **1, 4 points.** Write a warm-up that counts images: the factor of update `t`. Every batch has `batch` images, so
# *before* update `t` the run has seen `t * batch`. The factor goes up in a straight line with the images seen, from
# `first` (none seen) to 1 (`samples` seen), and stays at 1. `samples` need not be a multiple of `batch`; if it is
# 0, there is no warm-up, and the factor is 1 from the start. For example `my_warmup(30, 4800, 32, 0.1)` is 0.28: a
# fifth of the images are seen.


# %% tags=["exercise"]
def my_warmup(t, samples, batch, first):
    """Factor at update t (a number). t, samples, batch: whole numbers; first: 0..1."""
    ### BEGIN SOLUTION
    if samples == 0:
        return 1.0
    return first + (1 - first) * min(1, t * batch / samples)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.1", my_warmup)

# %% [markdown]
# The next program has no use for your function: it wants a scheduler of PyTorch. The parts are in the box:
# `LinearLR`, `ConstantLR` and `SequentialLR`. Each has defaults that hurt here, so read what they are.
#
# **2, 6 points.** Build warm-up, hold and cooldown from PyTorch's parts. Return a scheduler for `optimizer` that is
# stepped after each update. With $b$ for the rate of the optimizer when it comes to you:
#
# - at update 0 the rate is $b/10$; it rises in a straight line and reaches $b$ at update `W`;
# - it is $b$ up to update `W + hold`;
# - from there it falls in a straight line, and reaches 0 at update `W + hold + D`;
# - after that it stays 0.
#
# `W`, `hold` and `D` are whole numbers from 1 on, and the base rate may be any. The check trains with your
# scheduler and reads from the optimizer what it used. Its cases are `(W, hold, D, first, last)`: it looks at the
# updates from `first` to `last - 1`.


# %% tags=["exercise"]
from torch.optim.lr_scheduler import ConstantLR, LinearLR, SequentialLR


def my_scheduler(optimizer, W, hold, D):
    """A scheduler of PyTorch: warm-up, hold, cooldown, then 0."""
    ### BEGIN SOLUTION
    up = LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=W)
    level = ConstantLR(optimizer, factor=1.0, total_iters=hold)
    down = LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=D)
    return SequentialLR(optimizer, [up, level, down], milestones=[W, W + hold])
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.2", my_scheduler)

# %%
import warnings

warnings.filterwarnings("ignore", message="The epoch parameter")
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
scheduler = my_scheduler(optimizer, 20, 100, 40)
with Ledger.watch(optimizer) as ledger:
    for _ in range(180):
        optimizer.step()
        scheduler.step()
plot.lines(
    range(180),
    {"used by the optimizer": ledger.used},
    title="Your scheduler, as the optimizer saw it",
    xlabel="step (optimizer updates)",
    ylabel="used rate",
)

# %% [markdown]
# **We see** what a ledger recorded: a trapezoid with its foot at a tenth of the peak. **This means** that the
# intended rates arrived. **It does not mean** that they are good ones.
#
# ## A log that was left behind
#
# The run before yours was stopped, and its plan is lost. There is a log of the rates that it used. When was it meant
# to end?
#
# **3, 6 points.** Find out from a log when its run was to end. `rates` is an array with the rate of update 0, 1, 2,
# ... The run warmed up, held its peak for some updates, and cooled down in a straight line to 0; update $T$ would
# be the first at rate 0. Return $T$, a whole number. The log may have gone on past the end, with rates of 0; or it
# stops in the cooldown, which then has two rates below the peak at least. If it stops before the cooldown, nothing
# in it says when the run was to end: return `None`. The update at which the line leaves the peak is still at the
# peak.
#
# For example `[0.1, 0.2, 0.2, 0.2, 0.15, 0.1]` was to end at update 7: update 5 has 0.1, update 6 would have 0.05,
# and update 7 would have 0.


# %% tags=["exercise"]
def my_horizon(rates):
    """The planned length T of a run (a whole number), or None where the log cannot know it."""
    ### BEGIN SOLUTION
    rates = np.asarray(rates, dtype=float)
    top = rates.argmax()
    below = np.flatnonzero(rates[top:] < rates[top])
    if len(below) == 0:
        return None
    t = top + below[0]
    return round(t + rates[t] / (rates[t - 1] - rates[t]))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.3", my_horizon)

# %% [markdown]
# ## End: what a cooldown does
#
# In a direction of curvature $h$, with gradient noise of variance $c$, each update multiplies the distance to the
# bottom by $1 - \eta_t h$ and adds a kick of $\eta_t$ times the noise. So the mean square of the distance moves as
#
# $$a_{t+1} = (1 - \eta_t h)^2\, a_t + \eta_t^2\, c .$$
#
# **4, 5 points.** Follow the noise along a run. Return all of it: `start` is $a_0$, and after each of `rates` comes
# one more value, so that the array has one value more than there are rates (with no rates at all, it is `start`
# alone). For example the rates 0.5 and 0.5 with `h = 1`, `c = 1` and `start = 4` give 4, 1.25, 0.5625.


# %% tags=["exercise"]
def my_noise(rates, h, c, start):
    """Mean squares of the distance, an array of len(rates) + 1. rates: an array; h, c, start: numbers."""
    ### BEGIN SOLUTION
    found = [start]
    for rate in rates:
        found.append((1 - rate * h) ** 2 * found[-1] + rate**2 * c)
    return np.array(found)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.4", my_noise)

# %% [markdown]
# At a constant rate $\eta$ that goes on for ever, $a$ comes to rest where both sides are equal, at its *floor*
# $\eta c / (h (2 - \eta h))$. How long must a cooldown be to leave no more than a given share of it?
#
# **5, 5 points.** Find the shortest cooldown that is quiet enough. A run rests at its floor at rate `rate`, in a
# direction of curvature `h`. Then it cools down over $D$ updates, with the rates $\mathrm{rate} \cdot (1 - k/D)$
# for $k = 0, \dots, D - 1$. Return the smallest $D$ from 1 to `most` after which $a$ is at most `share` times the
# floor; `None` if there is none. (The noise $c$ cancels: take 1.) For example `my_shortest(1.0, 0.2, 0.3, 100)` is
# 38.


# %% tags=["exercise"]
def my_shortest(h, rate, share, most):
    """The shortest linear cooldown in updates (a whole number), or None."""
    ### BEGIN SOLUTION
    floor = rate / (h * (2 - rate * h))
    for D in range(1, most + 1):
        rates = rate * (1 - np.arange(D) / D)
        if my_noise(rates, h, 1.0, floor)[-1] <= share * floor:
            return D
    return None
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.5", my_shortest)

# %% [markdown]
# **Predict.** The cooldown that leaves a third of the floor at `h = 1` and rate 0.2 has a length. How many times as
# long must it be in a direction that is ten times flatter?

# %%
my_prediction = None  # a factor, before you run

# %%
curvatures = [1.0, 0.3, 0.1]
needed = [my_shortest(h, 0.2, 1 / 3, 500) for h in curvatures]
check.reconcile(my_prediction, needed[-1] / needed[0], 0.2, reread="lesson 12, on memory")

# %% tags=["answer"]
for h, D in zip(curvatures, needed, strict=True):
    print(f"h = {h:g}: {D} updates leave a third of the floor")

# %% [markdown]
# Nothing in these numbers knows how long the run was before. So a cooldown is long or short against the *memory* of
# the directions that matter, $1 / (\eta h)$ updates, not against the run.
#
# ## One trunk, many branches
#
# Somebody asks for a model after 300 updates, somebody else after 500, and you do not want to stop for them. So
# train one trunk at the held rate; from its checkpoints, branches cool down.
#
# **6, 5 points.** Count what a trunk and its branches cost. The trunk saves a checkpoint after every `every`
# updates, and there is one at update 0, before the first. A branch that ends after `n` updates begins at the latest
# checkpoint that leaves at least `D` updates for its cooldown; all updates from there to `n` belong to the branch.
# The trunk goes as far as the last of these checkpoints, and is trained once. How many updates is that in all? For
# example `my_cost([300, 500], 60, 100)` is 600: the branches begin at 200 and 400 and need 100 updates each, the
# trunk 400.


# %% tags=["exercise"]
def my_cost(lengths, D, every):
    """Updates of the trunk and all branches. lengths: a list of whole numbers, in any order, each >= D."""
    ### BEGIN SOLUTION
    forks = [(n - D) // every * every for n in lengths]
    return max(forks) + sum(n - fork for n, fork in zip(lengths, forks, strict=True))
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.6", my_cost)

# %%
budgets = [75, 150, 300, 600]  # updates
for every in (1, 10, 50, 100):
    paid = my_cost(budgets, 15, every)
    print(
        f"a checkpoint every {every:3d} updates: {paid} instead of {sum(budgets)} updates"
    )

# %% [markdown]
# Fewer checkpoints save disk space, and cost updates.
#
# ## What a cooldown is worth
#
# A branch mostly ends lower than its trunk at the same update. How much longer would the trunk have to run to be as low
# without a cooldown? That many updates is what the cooldown is *worth*.
#
# **7, 5 points.** Say what a cooldown is worth. `steps` are the numbers of updates after which the trunk was looked
# at, in increasing order, and `trunk` its losses there. A branch that ended after `end` updates has the loss
# `cooled`. Find the first place where the trunk has come down to `cooled`: between two readings its loss goes in a
# straight line, and before the first reading nothing is known, so if it is low enough there, that is the place.
# Return this number of updates minus `end`, which need not be whole; `None` if the trunk never comes down to
# `cooled`. For example with readings 0.9, 0.6, 0.7, 0.4 after 100, 200, 300 and 400 updates, a branch to 200 that
# ends at 0.5 is worth $366.67 - 200 = 166.67$ updates.


# %% tags=["exercise"]
def my_worth(steps, trunk, end, cooled):
    """Updates that a cooldown saves (a number), or None. steps, trunk: arrays of one length."""
    ### BEGIN SOLUTION
    if trunk[0] <= cooled:
        return steps[0] - end
    for i in range(1, len(steps)):
        if trunk[i] <= cooled:
            share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
            return steps[i - 1] + share * (steps[i] - steps[i - 1]) - end
    return None
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.7", my_worth)

# %% [markdown]
# Now to real runs: a stored sweep has a trunk on the handwritten digits with wrong labels, and its branches to 75,
# 150, 300 and 600 updates; 32 seeds. A fifth of each branch is its cooldown. Take the branch to 150, with a
# cooldown of 30 updates.
#
# **Predict.** To how many updates does the trunk have to go, on the mean over seeds, to be as low as this branch?

# %%
my_prediction = None  # a number of updates above 150

# %%
stored = sweeps.load("wsd-trunk-digits").grid
trunk_losses, *branches = stored.heldout_loss[:, 0]
at = stored.heldout_steps
ends = {n: run[:, -1] for n, run in zip(budgets, branches, strict=True)}
mean_trunk = trunk_losses.mean(axis=0)
worth = {n: my_worth(at, mean_trunk, n, loss.mean()) for n, loss in ends.items()}
if worth[150] is None:
    print("The trunk never comes down to it.")
else:
    check.reconcile(my_prediction, 150 + worth[150], 0.1, reread="the next figure")

# %% tags=["answer"]
for n, found in worth.items():
    said = "more than the trunk has" if found is None else f"{found:.0f} updates"
    print(f"Found here: the cooldown of {n // 5} updates at {n} is worth {said}.")
cooled = [np.where(at == n, ends[n].mean(), np.nan) for n in budgets]
plot.lines(
    at,
    {"trunk": mean_trunk}
    | {
        f"branch to {n}": np.where((at >= 0.8 * n) & (at <= n), run.mean(axis=0), np.nan)
        for n, run in zip(budgets, branches, strict=True)
    },
    title="What the trunk hides, its branches show",
    xlabel="step (optimizer updates)",
    ylabel="held-out loss (nats)",
    log_y=True,
)

# %% [markdown]
# **We see** mean losses of the trunk and of its branches, which leave it where they cool down. **This means** that
# a loss read from a hot trunk says little about the model that could be had. Go sideways from the end of a branch
# to the trunk: that is your number. Where it is about 0, the cooldown only gave up speed. **It does not mean** that
# the trunk learns nothing where it is flat. Each later branch ends where it ends because of what the trunk had
# learned before.
#
# ## A model now: averages
#
# Somebody cannot even wait for a cooldown. An average of the weights is always at hand. The exponential average
# keeps a share `beta` of the old mean; begun at zero and divided by what the weights in it count, it has no memory
# of where it began.
#
# **8, 5 points.** Write an average that does not remember its start. `visited` has the weights after update 1, 2,
# ..., a row each. Return an array of the same shape: row $t$ (counted from 1) is the mean of rows 1 to $t$, in
# which row $i$ counts in proportion to $\beta^{t-i}$:
#
# $$\bar w_t = \frac{1 - \beta}{1 - \beta^t} \sum_{i=1}^{t} \beta^{t-i}\, w_i .$$
#
# `visited` must be as it was afterwards; an answer that changes it has no points. For example `[[2.], [4.]]` with `beta = 0.5` gives `[[2.], [3.3333]]`.


# %% tags=["exercise"]
def my_average(visited, beta):
    """Averages after each update, an array of the shape of visited. visited: 2-D; 0 <= beta < 1."""
    ### BEGIN SOLUTION
    mean, means = 0.0, []
    for t, w in enumerate(visited, 1):
        mean = mean + (1 - beta) / (1 - beta**t) * (w - mean)
        means.append(mean)
    return np.array(means)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.8", my_average)

# %% [markdown]
# Try it on a network: twelve seeds at a constant rate, each looked at in three ways; with the last weights, with your
# average, and, from the same seed and batches, cooled down over the last fifth. (Below ten pairs the library also asks
# the ranks, so `cannot tell` may then stand beside an interval without 0.)

# %%
steps, rate = 200, 0.32
vector = torch.nn.utils.parameters_to_vector
inputs, labels = task.heldout


def weights_of(seed):
    """The weights after each update at a constant rate, an array (steps, weights), and the model."""
    model, batches, visited = task.model(seed), task.batches(seed, steps), []
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for t in range(steps):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        visited.append(vector(model.parameters()).detach().numpy().copy())
    return np.array(visited), model


@torch.no_grad()
def loss_at(model, weights):
    torch.nn.utils.vector_to_parameters(torch.as_tensor(weights), model.parameters())
    return task.loss(model(inputs), labels).item()


# %%
losses = {"last weights": [], "your average": []}
for seed in range(12):
    visited, model = weights_of(seed)
    losses["last weights"].append(loss_at(model, visited[-1]))
    losses["your average"].append(loss_at(model, my_average(visited, 0.95)[-1]))
cooldown = parse(f"constant(1, {steps - 40}) >> linear(1, 0, 40)")
ended = train.sweep(task, cooldown, rate, range(12), steps=steps)
losses["cooled down"] = ended.result[0, 0]
three = {name: np.array(found) for name, found in losses.items()}
stats.ranking(three, reference="cooled down").round(3)

# %% [markdown]
# **We see** the loss, the paired difference to the cooldown with its 95 % interval, and the verdict, corrected for
# two comparisons. **This means** what the verdicts say, at this one rate. **It does not mean** that an average and
# a cooldown can be exchanged everywhere.
#
# Why not do both, and average a run that cools down? Count what is left of each gradient.
#
# **9, 4 points.** Work out what an average of a cooldown leaves of each gradient. A run of `T` updates cools down
# in a line over its last `D`: the factor at update `t` is $\min(1, (T - t)/D)$. Then the last `n` weights
# $w_{T-n+1}, \dots, w_T$ are averaged, where $w_{t+1}$ are the weights after update `t`. So gradient `t` is in the
# average with its factor, times the share of the `n` weights in which it is. Return this product for `t = 0 .. T -
# 1`, an array. For example `my_shares(6, 3, 2)` is 1, 1, 1, 1, 0.667, 0.167.


# %% tags=["exercise"]
def my_shares(T, D, n):
    """What is left of each gradient, an array of T numbers. 1 <= D <= T, 1 <= n <= T."""
    ### BEGIN SOLUTION
    to_go = T - np.arange(T)
    return np.minimum(1, to_go / D) * np.minimum(to_go, n) / n
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.9", my_shares)

# %%
T, D, n = 100, 40, 40
plot.lines(
    range(T),
    {
        "cooldown alone": my_shares(T, D, 1),
        "average alone": my_shares(T, 1, n),
        "both": my_shares(T, D, n),
        "(1 - q) squared": np.minimum(1, (T - np.arange(T)) / D) ** 2,
    },
    title="An average of a cooldown is a cooldown of another shape",
    xlabel="step (optimizer updates)",
    ylabel="share of the gradient",
)

# %% [markdown]
# **We see** that a line, averaged over a window as long, leaves of each gradient what a parabola would, $(1 - q)^2$,
# where $q$ is the share of the cooldown that is over. **This means** that "both" is one more shape of cooldown, seen from the gradients. **It does not mean** that it has the
# loss of that shape: a run that really cools down so meets other gradients.
#
# ## The message comes
#
# A colleague ignored all this and runs a cosine over 300 updates. At update 100 the message comes: the machine is
# gone after update 149.
#
# **10, 6 points.** Bring a cosine down in time, and save what can be saved. Up to the message, for `t < k`, the
# factor is that of a half cosine over `T` updates, $(1 + \cos(\pi t / T))/2$. From update `k` on it goes in a
# straight line, which begins at the factor that the cosine has at `k` and is 0 at `N`, the new end; from `N` on it
# is 0. `N` may be earlier than `T`, or later. For example `my_rescue(125, 100, 300, 150)` is 0.375, half of the
# cosine's 0.75 at update 100.


# %% tags=["exercise"]
def my_rescue(t, k, T, N):
    """Factor at update t (a number). Whole numbers; k < T, k < N."""
    ### BEGIN SOLUTION
    if t < k:
        return (1 + math.cos(math.pi * t / T)) / 2
    return (1 + math.cos(math.pi * k / T)) / 2 * max(0, N - t) / (N - k)
    ### END SOLUTION


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("A3.10", my_rescue)

# %% [markdown]
# Four runs of 150 updates at one peak, on the digits with wrong labels: *cut*, the cosine over 300 that is stopped;
# *rescued*, yours; *foreseen*, a cosine over 150 from the start; and *held*, a constant rate that comes down in a
# line from update 100 on.
#
# **Predict.** Order the four by their held-out loss at the end, the lowest first.

# %%
my_order = None  # ["cut", ...], the four names, lowest loss first

# %%
k, T, N = 100, 300, 150
arms = {
    "cut": parse(f"cosine(1, 0, {T})").values(N),
    "rescued": [my_rescue(t, k, T, N) for t in range(N)],
    "foreseen": parse(f"cosine(1, 0, {N})").values(N),
    "held": np.minimum(1, (N - np.arange(N)) / (N - k)),
}
shapes = {name: table(tuple(map(float, factors))) for name, factors in arms.items()}
done = train.sweep(task, shapes, 0.45, range(24), steps=N, any_length=True)
losses = done.losses()
ranking = stats.ranking(losses, reference="rescued")

# %%
from itertools import combinations

pairs = stats.family(
    {pair: stats.compare(*map(losses.get, pair)) for pair in combinations(arms, 2)}
)
told = list(pairs.index[pairs["verdict"] != "cannot tell"])
found_order = sorted(arms, key=lambda name: losses[name].mean())
check.order(my_order, found_order, told, reread="lesson 15, on a promise about the end")

# %% tags=["answer"]
print(f"Found here: {len(told)} of {len(pairs)} pairs can be told apart.")
for name, factors in arms.items():
    print(f"{name:9} reach {sum(factors):5.1f}, last factor {factors[-1]:.2f}")
plot.forest(losses, reference="rescued")

# %% [markdown]
# **We see** the *reach* of each arm, the sum of its factors, and its last factor; then paired differences to
# *rescued*, a dot a seed, and the verdicts, corrected for three comparisons. An arm can end low because it got far,
# or because it is quiet at its end: these two numbers say which it can be. **This means** that where *cut* is
# worse, coming down late is better than not coming down. **It does not mean** that the four are compared at their
# best: all have one peak, which was tuned for none of them.
#
# ## Explain
#
# **11, 6 points, in your own words.** Your machine may be taken away at any time between 300 and 900 updates, and
# the message comes 60 updates before the end. Which plan do you make, from the first update to the last, and for
# somebody who asks for a model in between? In 8 to 12 sentences: say what you would do at the start, in the middle
# and at the end; support it with two of *your* measurements above (numbers, and whether the difference could be
# told); say why 60 updates of notice are enough or not enough, using exercise 5; and name one thing that these
# measurements cannot show.

# %% [markdown] tags=["explain"]
# ### BEGIN SOLUTION
# I warm up over a fixed number of images, then hold the peak, because a held rate needs no end: up to the message
# the run is the same whatever $T$ turns out to be. A checkpoint is saved often, since each one is a place where a
# branch can begin, and rare ones make branches longer (exercise 6). When the message comes I cool down in a line to
# zero over the 60 updates. That pays: in the stored sweep the cooldown of 30 updates at 150 is worth 116 updates
# (exercise 7; a mean of 32 seeds, without an interval), and in exercise 10 the run that was cut at a high rate ended
# above the one that came down in time (cut +0.025 nats, [0.006, 0.047], worse). Whoever asks for a model in between
# gets a branch from the last checkpoint, or, at once, the average of the weights; in my table it cannot be told from
# the cooldown, and I would say "as good" only if I had named beforehand how narrow the interval has to be. Are 60 updates enough? By exercise 5 at rate 0.2 a direction with $h = 1$ is
# quiet after a few dozen, one with $h = 0.1$ needs about ten times as many. So 60 quiet the steep directions and
# leave noise in the flat ones; the length is to be compared with the memory $1/(\eta h)$, not with 300 or 900. A
# cosine over 900 would be wrong if I am stopped at 300: it would be cut at a high rate. What my measurements cannot
# show: all this was a small network, one task and SGD at peaks that were not tuned for each plan; at its own peak
# the held run may compare differently.
# ### END SOLUTION
#
# === BEGIN MARK SCHEME ===
# - 2 points: a plan that needs no end before the message (held rate, or an average), and cools down after it. 1 of
#   2 if the plan is right but nothing is said about models in between.
# - 2 points: two measurements of the notebook with numbers, each with its verdict or interval. 1 of 2 for one, or
#   for two without saying what could be told.
# - 1 point: 60 updates are compared with the memory of a direction, not with a share of the run.
# - 1 point: a limit that is real (one peak for all, one small task, SGD only, a held-out set that judges once) and
#   not "more seeds would be better" alone.
#
# A typical wrong answer: "cool down over the last 10 %, so 60 of 600 is fine": no percentage follows from the
# measurements; the same 60 updates are as much noise removed after 300 as after 900.
# === END MARK SCHEME ===
