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
# Needs 04, 08, 09 - 60 min - computes in under 20 s - CPU
#
# Answers: How do schedule and optimizer depend on each other? / What differs between kinds of networks?

# %% tags=["parameters"]
steps: int = 240  # optimizer updates per run of the momentum comparison, 100..2000
n_seeds: int = 16  # judging seeds, the pairs of that comparison, 6..64
margin: float = 0.005  # a difference below this share of the loss is small, 0.001..0.2

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
both = {"three straight pieces": rate, "two half cosines": one_cycle(steps)}
plot.schedules(both, steps, title="Two schedules are called one-cycle")

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
as_planned = (
    np.allclose(momentum, 0.95 * opposite.values(steps)),
    ledger.largest_gap() < 1e-9,
)
print("used as intended: momentum {}, rate {}".format(*as_planned))

# %%
effective = ledger.used / (1 - np.array(momentum))
climb, of_rate = (each.max() / each[0] for each in (effective, ledger.used))
print(f"peak / start: rate {of_rate:.1f}, effective rate {climb:.1f}")
plot.lines(
    ledger.steps,
    {
        "rate": ledger.used / 0.1,
        "momentum": np.array(momentum),
        "effective rate": effective / effective.max(),
    },
    title="Momentum works against the rate",
    xlabel="step (optimizer updates)",
    ylabel="momentum; rates as shares of their peaks",
)

# %% [markdown]
# **We see** three curves as the optimizer read them. **This means** that momentum works against the rate:
# $1/(1-m)$ falls from $1/0.05 = 20$ to $1/0.15 = 6.7$, a third, so a climb by 25 becomes one by $25/3$.
# **It does not mean** that the effective rate is all there is to momentum: with $m = 0.95$ a gradient acts
# for about 20 updates, with 0.85 for about 7.
#
# Move `div`, the peak over the first rate. Where is the effective rate the same at the start and at the
# peak? (Without a kernel: at `div` = 3, by the line above.)

# %%
from lrlib.course.explore import explorer


def draw(div, peak_at):
    up = round(peak_at * 400)
    lift = linear_one_cycle(400, peak_at, 2 * peak_at, div=div).values(400)
    swing = (linear(0.95, 0.85, up) >> linear(0.85, 0.95, up)).values(400)
    both = {"rate": lift, "effective rate": lift * 0.15 / (1 - swing)}
    return plot.lines(range(400), both, "As shares of their peaks", xlabel="step")


explorer(draw, div=(1.0, 100.0, 25.0), peak_at=(0.1, 0.45, 0.45))

# %% [markdown]
# ## Does the momentum cycle matter?
#
# Two hypotheses. **The cycle**: moving momentum against the rate does something that no constant momentum
# does; then it beats every constant. **The level**: what helps is a low momentum where the rate is high; then a
# constant 0.85, with a peak tuned for it, does as well. (Moving it the *other* way should hurt under both.) So
# four kinds of runs share the shape of the rate and differ in momentum, each at a peak of its own (an interval's limit of
# 0.000 is the grid's edge).
#
# **Predict.** At its own best peak, the constant 0.85 ends *lower* than the cycle, *higher*, or so close that this
# experiment *cannot tell*? Your answer goes into the cell below the tuned peaks.
#
# The batched engine keeps momentum constant. A subclass of its rule gives it a schedule. `t` counts updates
# from 1 there. We check it against the plain loop with `ParamSchedule`.

# %%
from dataclasses import dataclass

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
images, labels = task.heldout
alone = task.loss(model(images), labels).item()
print(f"held-out loss: plain loop {alone:.5f}, engine {batched.result.item():.5f} nats")

# %%
from IPython.display import display

from lrlib.course.finding import found

alike = linear(0.85 / 0.95, 1, U) >> linear(1, 0.85 / 0.95, U)
optimizers = {
    "the cycle": cycled,
    "the cycle turned round": CycledSGD(0.95, cycle=alike),
    "constant 0.95": SGD(0.95),
    "constant 0.85": SGD(0.85),
}
peaks = [0.0424 * 2 ** (k / 2) for k in range(6)]
tuning = {
    name: train.tune(task, {name: rate}, peaks, range(1000, 1008), optimizer=optimizer)
    for name, optimizer in optimizers.items()
}
for name, tuned in tuning.items():
    best = tuned.fitted[name]
    print(f"{name:22} tuned peak {best.rate:.3f} [{best.low:.3f}, {best.high:.3f}]")

# %%
my_prediction = None  # "lower", "higher" or "cannot tell": yours, before you run

# %%
from lrlib import stats
from lrlib.course import check

judged = {
    name: train.judge(task, tuned, range(n_seeds)).losses()
    for name, tuned in tuning.items()
}
ends = stats.Losses(
    {name: of[name] for name, of in judged.items()},
    excess={name: of.excess[name] for name, of in judged.items()},
    right={name: of.right[name] for name, of in judged.items()},
    reference="the cycle",
)
level = stats.ranking(ends).verdict["constant 0.85"]
words = {"better": "lower", "worse": "higher", "cannot tell": "cannot tell"}
check.category(my_prediction, words[level], words.values(), "the two hypotheses above")

# %% tags=["answer"]
readings = {
    "cannot tell": "Nothing is shown that the cycle does and its lower level does not.",
    "worse": "The cycle does something that its lower level does not.",
    "better": "The level is what helps, and the cycle spends too little time there.",
}
display(found(ends, readings, about=[*ends][::-1]))
plot.forest(ends)

# %% [markdown]
# **We see** each kind of run minus the cycle, with the same seed; the verdicts are corrected for three comparisons
# at once (Holm's method: the chance of *any* false alarm stays below 5 %). **This means** three things. *Worse* for
# the constant 0.95: the cycle wins against the momentum that it starts from. *Worse* for the cycle turned round: the
# direction matters. And the constant 0.85 bears on the hypotheses, as the sentence says. **It does not mean** that
# 0.85 and the cycle are equal, or that 0.85 is a good momentum elsewhere.
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


for kind in ({}, {"anneal_strategy": "linear"}):
    used = until_the_error(**kind)
    print(f"{len(used)} updates, the last rates", *used[18:].round(4), kind)

# %% [markdown]
# The last planned update is number 19. Update 20 is accepted all the same: a cosine has turned and climbs,
# a line has gone on *below zero*, a step up the slope. Only the call after that raises an error, and a job dies
# there, often at its very last update, because the last batch of an epoch was counted wrongly. And unless
# `cycle_momentum=False` is given, momentum, for Adam its first beta, is overwritten without a word.
#
# ## The field
#
# Here the main shapes of lessons 05 to 10 meet. Two real tasks, SGD with momentum 0.9, 600 updates, nine
# schedules, each at a peak of its own, and 32 paired seeds. The four *older* ones (a label, not a date) are a
# constant rate, two *steps* down by ten at half and three quarters of the run (lesson 05), an *exponential* down to
# a hundredth (06), and three cosine descents with *restarts* (09). The newer ones are *linear* (07), *cosine* (08),
# the rate of *one-cycle*, two half cosines (momentum stays 0.9), and *WSD*, warmup-stable-decay, of which lesson 13
# is about: here without a warm-up, it holds the peak and goes down in the last fifth, in a straight line or as
# $1 - \sqrt{q}$, with $q$ the fraction of the descent that is over. It is stored:
# `python -m lrlib sweep shapes-digits` (and `shapes-shakespeare`) computes it again.

# %%
import pandas as pd

from lrlib.evidence import sweeps

older = ["constant", "steps", "exponential", "restarts"]
newer = ["linear", "cosine", "one-cycle", "WSD", "WSD, 1-sqrt"]
stored = {
    name: sweeps.load(f"shapes-{name}", labels=older + newer)
    for name in ("digits", "shakespeare")
}
losses = {name: sweep.judged.losses() for name, sweep in stored.items()}
columns = {}
for name, sweep in stored.items():
    columns[f"peak, {name}"] = [peak.rate for peak in sweep.tuned.fitted.values()]
    columns[f"loss, {name}"] = [loss.mean() for loss in losses[name].values()]
pd.DataFrame(columns, index=older + newer).round(4)

# %% [markdown]
# **Which differences are real?** Each of the five newer schedules against each of the four older, on both
# tasks: 40 comparisons, so by luck alone two would reach 95 %. Holm's correction keeps the chance of *any*
# false alarm in the whole family below 5 %.


# %%
def difference(task, one, other):
    """The first minus the second, with the error that the tuning of both adds."""
    ends = losses[task]
    return stats.compare(ends[one], ends[other], also=ends.peak_error(one, other))


pairs = [(task, new, old) for task in losses for new in newer for old in older]
real = stats.family({pair: difference(*pair) for pair in pairs}).verdict
for name in losses:
    counts = real[[pair[0] == name for pair in pairs]].value_counts().to_dict()
    print(f"Found here: newer against older, 20 pairs on {name}:", counts)
real.index = pd.MultiIndex.from_tuples(pairs)
display(real.unstack().reindex(pd.MultiIndex.from_product([losses, newer]))[older])
plot.forest(stored["digits"].judged)

# %% [markdown]
# **We see** in the table all verdicts, and in the figure the digits, each against the schedule that was best on the
# tuning seeds. **This means** that *better* is a difference of the schedules, with each at its own peak. **It does
# not mean** that age decides: look on which task *steps* and *restarts*, which also end low, hold their own, and what
# becomes of the constant, which does not.
#
# **And among the five?** Two questions. *Do they differ?* That is a test like those above. *Is what there is too
# small to matter?* That needs a margin, chosen before the losses are seen: 0.5 % of the loss, the parameter `margin`,
# about as much as published comparisons of schedules argue about. (Here it is not quite so: these losses had been seen
# when 0.5 % took the place of 2 %.) Two schedules are *equivalent* when the interval of their
# difference lies inside it (two one-sided tests). Both questions are corrected over their 20 pairs; the
# second takes the tuned peaks as exact.

# %%
from itertools import combinations

fives = [(name, a, b) for name in losses for a, b in combinations(newer, 2)]
among = stats.family({pair: difference(*pair) for pair in fives})
among.index = pd.MultiIndex.from_tuples(fives, names=["task", "first", "minus"])
among[["difference", "ci_low", "ci_high", "verdict"]].round(4)

# %%
differ = (among.verdict != "cannot tell").to_numpy()
for share in (margin, 0.02):
    tests = [
        stats.equivalence(losses[n][a], losses[n][b], share, True) for n, a, b in fives
    ]
    same = stats.holm([max(test.p_below, test.p_above) for test in tests]) < 0.05
    for name in losses:
        here = np.array([name == task for task, *_ in fives])
        counts = [(here & which).sum() for which in (differ, same, differ & same)]
        words = "{} differ, {} equivalent, {} both".format(*counts)
        print(f"Found here: {name}, margin {share:.1%}: of 10 pairs", words)

# %% [markdown]
# The two questions have two answers, and a pair may be both: a real difference, and a small one. A pair that is
# neither is *open*: too few seeds for its noise. The lines for 2 % are a warning about margins: make one wide enough,
# and pairs become "equivalent" that these very runs tell apart.
#
# ## Super-convergence
#
# Smith and Topin's headline was not a shape but a saving: with one-cycle and a very high peak, deep convolutional
# networks reached in a tenth of the updates what stairs (*steps*) had reached. Two explanations. **The cycle** and its high
# rate do it. **The end**: any schedule that comes down in the short budget does it. So give a *quarter* of 600 updates to one-cycle, to linear decay and to steps that fit it, and all to steps
# (`python -m lrlib sweep super-convergence-digits`).

# %%
quarter = sweeps.load("super-convergence-digits").judged
readings = {
    "worse": "So a cycle is not what a short run needs most: a falling line does more.",
    "better": "So the cycle does something for a short run that a falling line does not.",
    "cannot tell": "So a line does for a short run what the cycle does.",
}
about = [f"{name} updates" for name in ("one-cycle, 150", "steps, 150", "steps, 600")]
found(quarter, readings, about=about, reference="linear, 150 updates")

# %% [markdown]
# The last difference says how far the line is from the headline. One small network without normalisation is not where super-convergence was reported: it is said to need batch
# normalisation and less of every other regulariser. This says that it does not come with the schedule alone.
#
# ## In your own loop
#
# One cycle that ends with the run; `step()` after every *update*; momentum left alone unless you mean it:
#
# ```python
# total = epochs * len(loader)
# scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=total, cycle_momentum=False)
# ```
#
# optax has `cosine_onecycle_schedule` and `linear_onecycle_schedule`, fastai `learn.fit_one_cycle(epochs, lr_max)`.
# Keras and Hugging Face's Trainer have none by that name: give Keras a `LearningRateSchedule` of your own, and the
# Trainer `optimizers=(optimizer, scheduler)`. **The trap** is the end that you saw: *negative-rate* in
# [lesson 23](23_museum_of_broken_schedules.ipynb); exercise 1 has another.

# %%
from IPython.display import Markdown

times = [of["linear"].mean() / min(map(np.mean, of.values())) for of in losses.values()]
box = """> **Do this.** Take a schedule that ends near zero when your budget ends, tune *its* peak, and spend
> your time there rather than on the shape. Linear decay asks for nothing but its length, and its mean loss is
> {:.3f} (digits) and {:.3f} (Shakespeare) times the lowest of nine. If you take one-cycle, keep its momentum
> constant, and tune it. How sure: two small tasks, SGD, 600 updates; a large model may choose otherwise."""
Markdown(box.format(*times))

# %% [markdown]
# ## Exercises
#
# A colleague's one-cycle "does nothing". The run has 40 epochs of 15 batches, `total_steps` counts batches, 600, and
# the scheduler is stepped after every *epoch*: it makes 40 of its 600 steps, and the rate is still low on its climb
# when the run is over. Nothing fails, and a small rate trains. You get the ledger only.
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
# "betas[0]": opposite})`, and compare with constant first betas, each at a tuned peak. For the engine, subclass
# `Adam` of `lrlib.train.updates`, and check it against a plain loop, as above. State beforehand which constant
# would decide between the two hypotheses.
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
# **What this does not show.** Two small tasks, one optimizer, runs of 600 updates.
# And the equivalences hold for the margin: with another they would have to be tested anew.
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
# [Previous: 09 Cycles and warm restarts](09_cycles_and_restarts.ipynb) | [All lessons](index.ipynb) | [Next: 11 Warm-up](11_warmup.ipynb)
