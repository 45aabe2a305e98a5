# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 One-cycle
#
# *After this you can drive rate and momentum together, tell a one-cycle that was stepped per epoch from its
# ledger alone, and say which of nine schedules really differ on two tasks.*
#
# Needs 04, 08, 09 - 45 min - computes in under 20 s - CPU

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run of the momentum comparison, 100..2000
n_seeds: int = 20  # judging seeds, the pairs of that comparison, 6..64
margin: float = 0.02  # a difference below this share of the loss is small, 0.001..0.2

# %% [markdown]
# ## Once up, once down, then far below
#
# Lesson 09 repeated a cycle. Smith and Topin (2018) make one: the rate climbs in a straight line from a low
# rate to the peak, comes down as straight and as long, and in what is left of the run goes down to far
# below where it began. Their reasons: the climb avoids the danger of a large rate at random weights, the
# large rate in the middle acts like noise that keeps the network from fitting too closely, and the last
# phase settles.
#
# Let the climb take $U$ updates of $T$. With $\ell$ the low rate and $\epsilon$ the last one, both as
# shares of the peak,
#
# $$\frac{\mathrm{rate}(t)}{\mathrm{peak}} =
# \begin{cases} \ell + (1 - \ell)\, t/U & 0 \le t < U \\
# 1 - (1 - \ell)\,(t - U)/U & U \le t < 2U \\
# \ell - (\ell - \epsilon)\,(t - 2U)/(T - 2U) & 2U \le t < T. \end{cases}$$
#
# Three straight pieces through four points: that is an interpolation.

# %%
import numpy as np

U = round(0.45 * steps)


def one_cycle_factor(t, low=1 / 25, last=1 / 25e4):
    return np.interp(t, [0, U, 2 * U, steps], [low, 1, low, last])


print([round(float(one_cycle_factor(t)), 6) for t in (0, U // 2, U, 2 * U, steps - 1)])

# %%
from lrlib import plot
from lrlib.schedules import linear_one_cycle, one_cycle

rate = linear_one_cycle(steps, U / steps, 2 * U / steps)
by_hand = one_cycle_factor(np.arange(steps))
print("the recipe is the formula:", np.allclose(rate.values(steps), by_hand))
plot.schedules(
    {"three straight pieces": rate, "two half cosines": one_cycle(steps)},
    steps,
    title="Two schedules are called one-cycle",
    alt="A triangle that ends low, and a curve that peaks earlier and falls along a cosine.",
)

# %% [markdown]
# **We see** the three pieces of the paper, and a form in two half cosines with an earlier peak. The second
# is what most people run: fastai introduced it, and PyTorch's `OneCycleLR` follows. **This means** that "we
# used one-cycle" leaves a question open. **It does not mean** that one of them is a mistake.
#
# | | Smith and Topin | PyTorch's default | fastai's default |
# |---|---|---|---|
# | pieces | up, down, far below: lines | up, down: half cosines | up, down: half cosines |
# | peak at | the middle of the cycle | $0.3\,T - 1$ | $0.25\,T$ |
# | the end | orders of magnitude below the start | start / 10,000, at $T - 1$ | peak / 100,000, at $T$ |
# | momentum | opposite to the rate (Smith 2018) | 0.95, 0.85, 0.95 | 0.95, 0.85, 0.95 |
#
# `OneCycleLR(..., three_phase=True, anneal_strategy="linear")` gives the paper's pieces.
#
# ## Momentum goes the other way
#
# SGD with *momentum* $m$ steps along a running sum of gradients, the velocity $v$:
#
# $$v \leftarrow m\,v + g, \qquad w \leftarrow w - \mathrm{rate} \cdot v.$$
#
# A gradient that stays the same is added up to $g\,(1 + m + m^2 + \dots) = g/(1 - m)$. So along a steady
# slope the steps are as long as those of plain SGD with the *effective rate* $\mathrm{rate}/(1 - m)$.
# One-cycle lowers $m$ from 0.95 to 0.85 while the rate climbs, and raises it again.
#
# `ParamSchedule` of `lrlib` drives several hyper-parameters of any torch optimizer on one clock. Build the
# optimizer with each at the value that multiplier 1 means; the schedules do the rest. The ledger records
# the rate, and we note the momentum beside it.
#
# **Predict.** The rate climbs to 25 times its first value. By what factor does the effective rate climb?

# %%
my_prediction = None  # effective rate, peak / start: your number, before you run

# %%
import torch

from lrlib.ledger import Ledger
from lrlib.optim import ParamSchedule
from lrlib.schedules import linear


def one_weight(lr, momentum):
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr, momentum)


opposite = linear(1, 0.85 / 0.95, U) >> linear(0.85 / 0.95, 1, U)
optimizer = one_weight(lr=0.1, momentum=0.95)
scheduler = ParamSchedule(optimizer, {"lr": rate, "momentum": opposite})
momentum = []
with Ledger.watch(optimizer, intended=rate, base_lr=0.1) as ledger:
    for _ in range(steps):
        momentum.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()
print("rate used as intended:    ", np.allclose(ledger.used, ledger.intended))
print("momentum used as intended:", np.allclose(momentum, 0.95 * opposite.values(steps)))

# %%
from lrlib.course import check

effective = ledger.used / (1 - np.array(momentum))
climb = effective.max() / effective[0]
check.reconcile(my_prediction, climb, reread="the paragraph after the figure")

# %%
plot.lines(
    ledger.steps,
    {
        "rate / peak": ledger.used / 0.1,
        "momentum": np.array(momentum),
        "effective rate / its peak": effective / effective.max(),
    },
    like={"rate / peak": rate},
    title=f"The effective rate climbs to {climb:.1f} times its start, the rate to 25 times",
    alt="The rate is a triangle, momentum a shallow valley, the effective rate a hollow triangle.",
    xlabel="step (optimizer updates)",
    ylabel="rate / peak, or momentum",
)

# %% [markdown]
# **We see** three curves as the optimizer read them. **This means** that momentum works against the rate:
# $1/(1-m)$ falls from $1/0.05 = 20$ to $1/0.15 = 6.7$, a third, so a climb by 25 becomes one by $25/3$.
# **It does not mean** that the effective rate is all there is to momentum: with $m = 0.95$ a gradient acts
# for about 20 updates, with 0.85 for about 7.
#
# Move `div`, the peak over the first rate. Where is the effective rate the same at the start and at the
# peak? (Without a kernel: at `div` = 3, by the line above. The figure shows `div` = 25.)

# %%
from lrlib.course.explore import explorer


def draw(div, peak_at):
    up = round(peak_at * 400)
    cycle = linear_one_cycle(400, peak_at, 2 * peak_at, div=div)
    lift = cycle.values(400)
    shared = lift / (1 - (linear(0.95, 0.85, up) >> linear(0.85, 0.95, up)).values(400))
    title = f"div {div:.3g}: the effective rate climbs to {shared[up] / shared[0]:.2f} times its start"
    both = {
        "rate / peak": lift,
        "effective rate / its value at the peak": shared / shared[up],
    }
    alt = "A triangle, and the curve of rate / (1 - momentum)."
    axes, like = ("step", "share of the value at the peak"), {"rate / peak": cycle}
    return plot.lines(np.arange(400), both, title, alt, *axes, like=like)


explorer(draw, div=(1.0, 100.0, 25.0), peak_at=(0.1, 0.45, 0.45))

# %% [markdown]
# ## Does the momentum cycle matter?
#
# Two hypotheses. **The cycle**: moving momentum against the rate does something that no constant momentum
# does; then it beats every constant. (Moving it the *other* way should hurt under both.) **The level**:
# what helps is a low momentum where the rate is high; then a constant 0.85, with a peak tuned for it, does
# as well. So four kinds of runs share the shape of the rate and differ in momentum, each at a peak of its
# own.
#
# The batched engine keeps momentum constant. A subclass of its rule gives it a schedule. `t` counts updates
# from 1 there. We check it against the plain loop with `ParamSchedule`.

# %%
from dataclasses import dataclass, replace

from lrlib import tasks, train
from lrlib.schedules import Schedule
from lrlib.train import SGD


@dataclass(frozen=True)
class CycledSGD(SGD):
    cycle: Schedule = None

    def update(self, weight, grad, memory, rate, t):
        memory[0].mul_(self.momentum * self.cycle(int(t) - 1)).add_(grad)
        weight.addcmul_(rate, memory[0], value=-1)


task = tasks.get("digits", label_noise=0.2)
images, labels = task.heldout
cycled = CycledSGD(0.95, cycle=opposite)
batched = train.sweep(task, rate, 0.1, [0], evaluations=1, optimizer=cycled)
print(f"trained by the engine: held-out loss {batched.result.item():.4f}")

# %%
model, batches = task.model(0), task.batches(0, steps)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.95)
scheduler = ParamSchedule(optimizer, {"lr": rate, "momentum": opposite})
for t in range(steps):
    inputs, targets = batches[t]
    optimizer.zero_grad()
    task.loss(model(inputs), targets).backward()
    optimizer.step()
    scheduler.step()
alone = task.loss(model(images), labels).item()
print(f"held-out loss: plain loop {alone:.5f}, engine {batched.result.item():.5f} nats")

# %%
alike = linear(0.85 / 0.95, 1, U) >> linear(1, 0.85 / 0.95, U)
optimizers = {
    "against the rate": cycled,
    "with the rate": CycledSGD(0.95, cycle=alike),
    "constant 0.95": SGD(0.95),
    "constant 0.85": SGD(0.85),
}
peaks = [0.03, 0.06, 0.12, 0.24]
tuning = {
    name: train.tune(task, {name: rate}, peaks, range(1000, 1006), optimizer=optimizer)
    for name, optimizer in optimizers.items()
}
for name, tuned in tuning.items():
    edge = "(edge of the grid)" * tuned.at_edge[0]
    print(f"{name:16} tuned peak {tuned.fitted[name].rate:.3f}", edge)

# %%
from lrlib import stats

judged = {
    name: train.judge(task, tuned, range(n_seeds), evaluations=5, interpolate=True)
    for name, tuned in tuning.items()
}
results = {name: run.losses()[name] for name, run in judged.items()}
first, *others = results
table = stats.family(
    {name: stats.compare(results[name], results[first]) for name in others}
)
print(f"{first}: mean loss {results[first].mean():.4f} nats; the others minus it:")
table[["difference", "ci_low", "ci_high", "p_holm", "verdict"]].round(4)

# %%
summary = table[["verdict"]].copy()
summary.loc[first] = "reference"
runs = {
    name: [replace(ledger, schedule=None) for ledger in run.ledgers()[name]]
    for name, run in judged.items()
}
plot.house(
    runs,
    title="Momentum " + stats.headline(summary),
    alt="Above, four one-cycles of one shape and different peaks. Below, their held-out losses.",
)

# %% [markdown]
# **We see** rates of one shape at four tuned peaks, and below the held-out loss. The table corrects for
# three comparisons at once (Holm's method: the chance of *any* false alarm stays below 5 %). **This
# means**: *worse* for the constant 0.95 says that the cycle wins against the momentum that it starts from;
# *worse* for the cycle turned round, that the direction matters. The line of the constant 0.85 bears on the
# hypotheses: if it too is *worse*, the cycle did something of its own; if it is *cannot tell*, nothing is
# shown that the cycle does and the level does not. **It does not mean** that 0.85 and the cycle are equal,
# or that 0.85 is a good momentum elsewhere; and the peaks were tuned on six seeds, whose luck is not in the
# intervals.
#
# ## PyTorch's one-cycle at its end
#
# `OneCycleLR` needs the exact number of updates. Ask it for 20 and go on until it raises an error.

# %%
from contextlib import suppress

from torch.optim.lr_scheduler import OneCycleLR


def until_the_error(**kind):
    optimizer = one_weight(lr=1.0, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=20, **kind)
    with Ledger.watch(optimizer) as ledger, suppress(ValueError):
        for _ in range(25):
            optimizer.step()
            scheduler.step()
    return ledger.used


lines = {"anneal_strategy": "linear"}
for kind in ({}, lines, {**lines, "three_phase": True}):
    used = until_the_error(**kind)
    print(
        f"{len(used)} updates, the last rates {used[18]:.4f} {used[19]:.4f} {used[20]:.4f}  {kind}"
    )
adam = torch.optim.Adam([torch.nn.Parameter(torch.ones(1))], betas=(0.9, 0.999))
OneCycleLR(adam, max_lr=1.0, total_steps=20)
print("betas asked for (0.9, 0.999), betas used", adam.param_groups[0]["betas"])

# %% [markdown]
# The last planned update is number 19. Update 20 is accepted all the same: a cosine has turned and climbs,
# a line has gone on *below zero*, which is a step up the slope. Only the call after that raises an error,
# and a job dies there, often at its very last update, because the last batch of an epoch was counted
# wrongly. And unless `cycle_momentum=False` is given, momentum, for Adam its first beta, is overwritten
# without a word. In `lrlib` a schedule that is over holds its last value, and momentum moves only where you
# name it.
#
# ## The field
#
# Here the main shapes of lessons 05 to 10 meet. Two real tasks, SGD with momentum 0.9, 600 updates, nine
# schedules, each with a peak of its own, and 32 paired seeds. The four *older* ones (a label, not a date)
# are a constant rate, two *steps* down by ten at half and three quarters of the run (lesson 05), an
# *exponential* down to a hundredth (06), and three cosine descents with *restarts* (09). The newer ones are
# *linear* (07), *cosine* (08), the rate of *one-cycle*, two half cosines (momentum stays 0.9), and two that
# are new here. *WSD*, warmup-stable-decay, here without a warmup, holds the peak and goes down in the last
# fifth, in a straight line or as $1 - \sqrt{p}$, with $p$ the share of the descent that is over; lesson 13
# is about it. The comparison takes many minutes, so it is stored: `python -m lrlib sweep shapes-digits`
# (and `shapes-shakespeare`) computes it again.

# %%
import pandas as pd

from lrlib.evidence import sweeps

older = ["constant", "steps", "exponential", "restarts"]
newer = ["linear", "cosine", "one-cycle", "WSD", "WSD, 1-sqrt"]
stored = {
    name: sweeps.load(f"shapes-{name}", labels=older + newer)
    for name in ("digits", "shakespeare")
}
losses = {name: found.judged.losses() for name, found in stored.items()}
columns = {}
for name, found in stored.items():
    columns[f"peak, {name}"] = [peak.rate for peak in found.tuned.fitted.values()]
    columns[f"loss, {name}"] = [loss.mean() for loss in losses[name].values()]
    print(
        f"{name}: at the edge of the grid {sum(found.tuned.at_edge)}, diverged {found.judged.diverged.sum()}"
    )
pd.DataFrame(columns, index=older + newer).round(4)

# %% [markdown]
# **Which differences are real?** Each of the five newer schedules against each of the four older, on both
# tasks: 40 comparisons, so by luck alone two would reach 95 %. Holm's correction keeps the chance of *any*
# false alarm in the whole family below 5 %.

# %%
pairs = {
    (name, new, old): stats.compare(losses[name][new], losses[name][old])
    for name in losses
    for new in newer
    for old in older
}
real = stats.family(pairs)
real.index = pd.MultiIndex.from_tuples(pairs)
print(real.verdict.value_counts().to_string())
real.verdict.unstack().reindex(pd.MultiIndex.from_product([losses, newer]))[older]

# %%
shown = ["constant", "exponential", "linear", "one-cycle", "WSD, 1-sqrt"]
ledgers = stored["digits"].judged.ledgers()
plot.house(
    {name: ledgers[name] for name in shown},
    title=f"Of 40 comparisons with older schedules, {(real.verdict == 'better').sum()} are better, corrected",
    alt="Digits. Above, five rates at their tuned peaks. Below, held-out losses; decayed ones end low.",
)

# %% [markdown]
# **We see** rates and losses of five of the nine on the digits; the table has the verdicts. **This means**
# that a row of *better* is a difference of the schedules, with each at its own peak. **It does not mean**
# that age decides: look at what they share at the end of the run.
#
# **And among the five?** *Cannot tell* is not *equal*. To claim equality we need a margin that was chosen
# beforehand: the parameter `margin`, written here as 2 % of the loss before these losses were read. (If you
# change it now, you have seen them.) Two schedules are *equivalent* when the interval of their difference
# lies inside it (two one-sided tests), again with Holm's correction over all pairs.

# %%
from itertools import combinations

tests = {
    (f"{a} / {b}", name): stats.equivalence(losses[name][a], losses[name][b], margin, True)
    for name in losses
    for a, b in combinations(newer, 2)
}
p_holm = stats.holm([max(test.p_below, test.p_above) for test in tests.values()])
alone = sum(test.verdict == "equivalent" for test in tests.values())
print(
    f"margin {margin:.1%}: equivalent {(p_holm < 0.05).sum()}, alone {alone}, of {len(tests)} pairs"
)


# %%
def entry(test, p):
    mean, low, high = (
        100 * margin * np.array([test.mean, test.low, test.high]) / test.margin
    )
    alone = "equivalent alone" if test.verdict == "equivalent" else "not shown"
    return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}] % " + (
        "equivalent" if p < 0.05 else alone
    )


entries = [entry(test, p) for test, p in zip(tests.values(), p_holm, strict=True)]
pd.Series(entries, index=pd.MultiIndex.from_tuples(tests)).unstack()

# %% [markdown]
# Each entry is the first minus the second, with a 90 % interval, in percent of the loss.
# *Equivalent* is a positive finding: whatever difference there is, it is smaller than the margin, and that
# holds for all such entries together. *Equivalent alone* holds for one pair that you had asked about
# beforehand, not for the best of twenty. An entry may be *equivalent* although its interval leaves out
# zero: a real difference, and a small one. *Not shown* is a lack of evidence, or a difference that is
# larger; the interval says which. All intervals are over judging seeds: a peak tuned anew would move the
# losses a little too.
#
# ## Exercises
#
# A colleague's one-cycle "does nothing". The code is below: 40 epochs of 15 batches, `total_steps` counted
# in batches, the scheduler stepped after every *epoch*. You get the ledger only.


# %%
def per_epoch(epochs, batches, base_lr=1.0):
    optimizer = one_weight(base_lr, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=base_lr, total_steps=epochs * batches)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(epochs):
            for _ in range(batches):
                optimizer.step()
            scheduler.step()
    return ledger.used


used, planned = per_epoch(40, 15), per_epoch(600, 1)
plot.lines(
    np.arange(600),
    {"intended": planned, "used": used},
    title=f"Stepped per epoch, the rate gets to {used.max():.1%} of its peak",
    alt=f"The intended rate rises and falls; the used one climbs to {used.max():.0%} of the peak.",
    xlabel="step (optimizer updates)",
    ylabel="rate / peak",
)

# %% [markdown]
# **We see** the cycle that was planned, and a rate still low on its climb when the run is over.
# **This means** that the scheduler made 40 of its 600 steps. **It does not mean** that the loss looks
# broken: a small rate trains.
#
# **1, guided.** The ledger proves it without the code: the used rate is a staircase. Return how many
# updates share a rate, which is 1 when the scheduler is stepped after every update. (The ledger may end in the
# middle of an epoch.)


# %% tags=["exercise"]
def updates_per_rate(used):
    changes = np.flatnonzero(np.diff(used))  # t for which the rates of t and t + 1 differ
    raise NotImplementedError("how many updates were made before the first change?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("10.1", updates_per_rate)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def updates_per_rate(used):
#     changes = np.flatnonzero(np.diff(used))  # t for which the rates of t and t + 1 differ
#     return int(changes[0]) + 1
# ```
#
# If the rates of updates t and t + 1 are the first that differ, the updates 0 .. t shared one: t + 1 of
# them.
# </details>

# %% [markdown]
# **2, standard.** How far does the rate get? `OneCycleLR` climbs along half a cosine from $1/25$ to 1, and
# is at the peak at its own step $0.3\,T - 1$. It was built for $T$ updates, the run makes $T$ updates, not
# always a multiple of `k`, and the scheduler is stepped after every `k`-th of them, so seldom that it never gets to the peak. Return the
# highest used rate as a share of the peak.


# %% tags=["exercise"]
def highest_share(T, k):
    raise NotImplementedError(
        "how often was it stepped before the last update? Then the half cosine"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("10.2", highest_share)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def highest_share(T, k):
#     made = (T - 1) // k  # scheduler steps before the last update
#     return 1 / 25 + (1 - 1 / 25) * (1 - np.cos(np.pi * made / (0.3 * T - 1))) / 2
# ```
#
# For 60 epochs of 430 batches this is 0.0401, where the start is 0.04: an exercise of a widely read book
# ran so (reference below).
# </details>

# %% [markdown]
# **3, open.** Adam's first beta is its momentum. Cycle it with `ParamSchedule(optimizer, {"lr": rate,
# "betas[0]": opposite})`, and compare with constant first betas, each at a tuned peak. You see that the
# cycle is right when a list of `optimizer.param_groups[0]["betas"][0]` starts at 0.95 and is 0.85 at update
# $U$. For the engine, subclass `Adam` of `lrlib.train.updates`; check it against a plain loop, as above. State
# beforehand which constant would decide between the two hypotheses.
#
# ## Summary
#
# You can now
#
# - write one-cycle in both of its forms, and say where each ends;
# - drive rate and momentum on one clock, and compute the effective rate $\mathrm{rate}/(1-m)$;
# - separate the momentum cycle from the level of momentum, with peaks of their own;
# - recognise a scheduler that was stepped per epoch, from the staircase in the ledger;
# - say for a field of schedules which differences are real, and which are shown to be small.
#
# **What this does not show.** Two small tasks, one optimizer, runs of 600 updates. Smith and Topin report
# that one-cycle trains deep convolutional networks in a fraction of the usual updates; no such network was
# trained here. And the equivalences hold for the margin: with another they would have to be tested anew.
#
# ## Quiz
#
# **1. Momentum is lowered from 0.9 to 0.8 and the rate kept. Along a steady slope the steps become**
#
# - (a) half as long
# - (b) 11 % shorter
# - (c) twice as long
#
# <details><summary>Answer</summary>
#
# (a): $1/(1-m)$ goes from 10 to 5. (b) takes $m$ itself as the factor. (c) has it the wrong way round.
# </details>
#
# **2. Cycle against constant 0.95: *better*. Cycle against constant 0.85: *cannot tell*. You may
# say**
#
# - (a) cycling helps
# - (b) 0.85 and the cycle are equivalent
# - (c) this experiment shows nothing that the cycle does and a lower constant does not
#
# <details><summary>Answer</summary>
#
# (c). (a) mixes the movement with the lower level. (b) needs a margin and a test of its own.
# </details>
#
# **3. `OneCycleLR(total_steps=1000, anneal_strategy="linear")`, and the run makes 1001 updates. The
# last one**
#
# - (a) uses the last planned rate again
# - (b) raises an error
# - (c) uses a rate below zero
#
# <details><summary>Answer</summary>
#
# (c): the line goes on. (b) comes at the next call of `step()`. (a) is what `lrlib` does.
# </details>
#
# **4. Of 40 comparisons, 3 have an uncorrected p below 0.05. This is**
#
# - (a) three findings
# - (b) proof that nothing differs
# - (c) about what chance alone would give
#
# <details><summary>Answer</summary>
#
# (c): 40 times 0.05 is 2. (a) needs the correction for 40 looks. (b): no test here can prove that.
# </details>
#
# ## References
#
# - Smith and Topin 2018, *Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates*,
#   [arXiv:1708.07120](https://arxiv.org/abs/1708.07120): one cycle, and the low rate after it.
# - Smith 2018, *A disciplined approach to neural network hyper-parameters*,
#   [arXiv:1803.09820](https://arxiv.org/abs/1803.09820), sections 4.1 and 4.3: momentum against the rate.
# - PyTorch documentation,
#   [OneCycleLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html): two
#   phases after fastai, `three_phase` after the paper. Its end:
#   [pytorch#91765](https://github.com/pytorch/pytorch/issues/91765).
# - Stepped per epoch in an exercise:
#   [ageron/handson-mlp#28](https://github.com/ageron/handson-mlp/issues/28).
# - Holm 1979, Scandinavian Journal of Statistics 6:65-70; Schuirmann 1987,
#   [doi:10.1007/BF01068419](https://doi.org/10.1007/BF01068419): families of tests, and equivalence.

# %% [markdown] tags=["navigation"]
# [Previous: 09 Cycles and warm restarts](09_cycles_and_restarts.ipynb) | [All lessons](../../README.md) | [Next: 11 Warm-up](11_warmup.ipynb)
