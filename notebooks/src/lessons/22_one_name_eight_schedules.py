# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 22 One name, eight schedules
#
# *After this you can say what "five warmup steps, then cosine, 20 steps" means in a library you have never used,
# and make two libraries agree to twelve digits.*
#
# Needs 04, 08, 10, 11 - 60 min - computes in under 15 s - CPU
#
# Answers: How do I implement it?

# %% tags=["parameters"]
total_steps: int = 20  # updates of the run that the libraries are asked for, 10..2000
warmup_steps: int = 5  # of them warmup; at most half of total_steps, 3..500
n_seeds: int = 24  # paired seeds of the porting experiment, 6..64

# %% [markdown]
# ## One sentence, fifteen libraries
#
# "Five warmup steps, then cosine, 20 steps." A *warmup* is a climb to the peak at the start (lesson 11).
# The sentence stands in papers, in configuration files and in bug reports, and it looks complete. We ask
# fifteen libraries for it. Each gets the name and the two numbers, and its own defaults for all else.
#
# A *preset* of `lrlib` gives the factor (lesson 00) that a library's own scheduler has in effect at update $t$,
# counted from 0. So nothing has to be installed here.

# %%
import numpy as np

from lrlib.schedules.presets import preset

T, W = total_steps, warmup_steps
named = """torch.warmup_cosine optax.warmup_cosine timm.cosine hf.cosine keras.warmup_cosine
    paddle.warmup_cosine ignite.warmup_cosine composer.cosine_with_warmup mmengine.warmup_cosine
    deepspeed.warmup_cosine megatron.cosine nemo.cosine torchtitan.cosine nanogpt.cosine
    big_vision.cosine"""
presets = {name.split(".")[0]: name for name in named.split()}


def asked(library, T, W):
    length = {"decay_steps": T - W} if library == "keras" else {"total_steps": T}
    return preset(presets[library], warmup_steps=W, **length)


def grouped(calls, T):
    """First name -> all names whose rates agree with it to 1e-12 on updates 0 .. T - 1."""
    groups = {}
    for name, schedule in calls.items():
        values = schedule.values(T)
        same = (k for k in groups if np.allclose(calls[k].values(T), values, 0, 1e-12))
        groups.setdefault(next(same, name), []).append(name)
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))


calls = {library: asked(library, T, W) for library in presets}
print(len(calls), "libraries; megatron gives", calls["megatron"])

# %% [markdown]
# `hf` is transformers, by Hugging Face. Keras asks for the steps *after* the warmup, so it gets $T - W$: we
# call it as its documentation says. What a hurried reader gives it comes later.
#
# Why trust the presets? All but two were once run, and the rates that they computed are kept in
# `data/golden/`, past the end of each schedule too. Compare:

# %%
import json

import pandas as pd

from lrlib.checkout import ROOT


def agrees(vector):
    rates = vector["base_lr"] * preset(vector["preset"], **vector["arguments"])
    values = np.array(vector["values"])
    return np.allclose(rates.values(len(values)), values, rtol=1e-12, atol=1e-15)


golden, rows = ROOT / "data" / "golden", {}
for library, name in presets.items():
    file = json.loads((golden / f"{library}.json").read_text())
    ours = [v for v in file["vectors"] if v["preset"] == name]
    ours = [v for v in ours if v["precision"] == "float64"]
    version = file["version"] if ours[0]["how"] == "executed" else "transcribed"
    rows[library] = file["package"], version, sum(map(agrees, ours)), len(ours)
pd.DataFrame(rows, ["package", "version", "vectors that agree", "of"]).T

# %% [markdown]
# "Transcribed" are two programs that are no package: their formula was written out by hand.
#
# **Predict.** How many of these fifteen are in the largest group that agrees over the
# updates of the run?

# %%
from lrlib.course import check

my_prediction = None  # libraries in the largest group that agrees: your number

groups = grouped(calls, T)
largest = next(iter(groups.values()))
check.reconcile(my_prediction, len(largest), tolerance=0.01, reread="the table below")


# %%
def described(members, T, W):
    run, lowest = members[0].values(T), W + members[0](np.arange(W, T + W + 2)).argmin()
    then = {"rises" if s(T + T // 2) > run[-1] + 1e-3 else "holds" for s in members}
    return {
        "first": f"{run[0]:.3f}",
        "peak": f"{run.max():.3f}",
        "at": run.argmax(),
        "dead": (run == 0).sum(),
        "sum": f"{run.sum():.2f}",
        "last": f"{run[-1]:.3f}",
        "lowest": f"T{lowest - T:+d}" if lowest != T else "T",
        "then": " or ".join(sorted(then)),
    }


def tabulated(groups, calls):
    rows = {
        k: described([calls[m] for m in members], T, W) for k, members in groups.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


# %% tags=["answer"]
print("the largest group:", ", ".join(largest))
tabulated(groups, calls)

# %% [markdown]
# Read a row: the rate of the first update, the highest rate and where it is, how many updates of the run
# have a rate of zero (*dead*: a batch is read and nothing is learnt), the sum of the rates, the last rate,
# where the rate is lowest, and what it does after that. The largest group agrees to twelve digits on the
# run. The others differ in places where nobody looks.

# %%
from lrlib import plot

common, *rest = groups
shown = {name: calls[name].values(T) for name in groups}
axes = {"xlabel": "step (optimizer updates)", "ylabel": "rate / base_lr"}
plot.lines(np.arange(T), shown, f"Fifteen libraries, {len(groups)} schedules", **axes)

# %% [markdown]
# **We see** one line for each group, named after its first library. **This means** that a published rate
# says what was run only together with the library, its version and its defaults. **It does not mean** that
# any of them is wrong: each does what its own documentation or code says.
#
# ## The same words, other calls
#
# Within one library the sentence can be written in several ways, and not all are the same either.

# %%
both = {"total_steps": T, "warmup_steps": W}
share = {"total_steps": T, "warmup_fraction": W / T}
more = {
    "torch, start_factor=1/W": preset("torch.warmup_cosine", start=1 / W, **both),
    "torch, ChainedScheduler": preset("torch.chained_warmup_cosine", start=1 / W, **both),
    "torch, OneCycleLR": preset("torch.one_cycle", **share),
    "optax, one-cycle": preset("optax.cosine_one_cycle", **share),
    "timm, warmup_prefix": preset("timm.cosine", warmup_prefix=True, **both),
    "hf, with min_lr": preset("hf.cosine_warmup_with_min_lr", min_factor=0, **both),
    "keras, decay_steps=T": preset("keras.warmup_cosine", decay_steps=T, warmup_steps=W),
    "nanogpt, before #578": preset("nanogpt.cosine_from_zero", **both),
}
print(f"{len(calls | more)} ways to say it, {len(grouped(calls | more, T))} schedules")
tabulated({name: [name] for name in more}, more)

# %% [markdown]
# Two of these join the largest group: timm with `warmup_prefix=True`, and nanoGPT as it was. Without that
# flag, timm's default, and with `ChainedScheduler`, the cosine runs from step 0, unseen or multiplied: when
# the climb is over, the decay is already under way, and the peak is never reached.
#
# ## Five choices
#
# Read the code behind the table and the differences come down to five independent questions.
#
# 1. **Where does the climb begin?** `first`: at 0, $1/W$, $1/(W+1)$ or $1/3$.
# 2. **Which step is the first at the peak?** `peak`: step $W$, if the warmup is $W$ steps *below* the peak; or
#    $W - 1$, if the last of $W$ warmup steps is to be there.
# 3. **When does the clock of the cosine start?** `start`: when the climb is over, or with the run.
# 4. **Where does it end?** `end`: at $T$, so that update $T - 1$, the last, is just above zero; at $T - 1$, so
#    that the last update is dead; or at $T + W$, if a length that was meant with the warmup is read as one
#    without it.
# 5. **What comes after the end?** `after`: it holds, it rises again, or it stops at the rate of the last update.
#
# All five are explicit in `lrlib`. This function asks for them by name:

# %%
from lrlib.schedules import constant, cosine, cosine_wave, linear, shift


def built(T, W, first=0, peak="W", start="W", end="T", after="holds"):
    at = {"0": 0, "W": W, "W-1": W - 1, "T": T, "T-1": T - 1, "T+W": T + W}
    peak, start, length = at[peak], at[start], at[end] - at[start]
    climb = linear(first, 1, peak) >> constant(1, max(start - peak, 0))
    decay = cosine_wave(length) if after == "rises" else cosine(1, 0, length)
    decay = decay >> constant(decay(length - 1)) if after == "stops" else decay
    return climb >> shift(decay, max(peak - start, 0))


# %%
defaults = {"first": 0, "peak": "W", "start": "W", "end": "T", "after": "holds"}
ignite = {"peak": "W-1", "start": "W-1", "end": "T-1", "after": "rises"}
turned = {
    "torch": {"first": 1 / 3, "after": "rises"},
    "timm": {"start": "0"},
    "hf": {"after": "rises"},
    "paddle": {"after": "rises"},
    "ignite": ignite,
    "mmengine": {"first": 1 / 3, "peak": "W-1", "after": "stops"},
    "nemo": {"first": 1 / (W + 1)},
    "nanogpt": {"first": 1 / (W + 1)},
    "torchtitan": {"first": 1 / W, "peak": "W-1", "after": "rises"},
}
choices = {name: {**defaults, **turned.get(name, {})} for name in calls}

# %%
five = {name: built(T, W, **choices[name]).values(2 * T) for name in calls}
fits = [np.allclose(five[k], calls[k].values(2 * T), 0, 1e-12) for k in calls]
explained = [name for name, fit in zip(calls, fits, strict=True) if fit]
print(f"twice the run: {len(explained)} of {len(calls)} libraries agree to 1e-12")
print("not explained by five choices:", ", ".join(sorted(calls.keys() - explained)))
table = pd.DataFrame(choices)[explained].T
table.map(lambda x: x if isinstance(x, str) else f"{x:.3f}")

# %% [markdown]
# The one that is left over bends the climb as well: DeepSpeed's default warmup follows a logarithm, and its
# counter starts one update late, so that *two* updates are dead. The choices are independent: each can be
# made without the others, which gives far more schedules than anyone has shipped.

# %%
turns = {
    "first = 1/3": built(T, W, first=1 / 3),
    "peak = W-1": built(T, W, peak="W-1"),
    "start = 0": built(T, W, start="0"),
    "end = T-1": built(T, W, end="T-1"),
    "end = T+W": built(T, W, end="T+W"),
    "after: rises": built(T, W, after="rises"),
}
long = np.arange(T + T // 2)
plot.lines(
    long,
    {name: turn(long) - built(T, W)(long) for name, turn in turns.items()},
    title="One choice turned at a time: each leaves a trace of its own",
    xlabel="step (optimizer updates)",
    ylabel="difference of rate / base_lr",
    marks={"the end, T": T},
)

# %% [markdown]
# **We see** the difference that each choice makes to the commonest schedule, also past the end. **This
# means** that a difference of two ledgers names its choice by its place, sign and shape. **It does not
# mean** that a small trace is a small matter past the end: a rate that rises again is only harmless if
# nobody trains on.
#
# ## Which differences go away?
#
# A shift by one update costs at most the steepest slope, $1/W$ on the climb or $\pi/(2(T - W))$ after it.
# So keep the proportions and make both numbers $k$ times as large: off-by-one differences should shrink as
# $1/k$. Differences of *length* or *level* should stay. Largest gap to the commonest schedule:

# %%
sizes = np.array([1, 2, 5, 10, 20, 50, 100])


def gap(name, k):
    T, W = k * total_steps, k * warmup_steps
    other = built(T, W, end="T+W") if name == "keras misread" else asked(name, T, W)
    return np.abs(other.values(T) - built(T, W).values(T)).max()


gaps = {name: np.array([gap(name, k) for k in sizes]) for name in ("keras misread", *rest)}
stay = [name for name, found in gaps.items() if found[-1] > found[0] / 2]
print("stay:", "; ".join(stay))
plot.lines(
    sizes * T,
    gaps,
    title=f"{len(gaps) - len(stay)} of {len(gaps)} gaps shrink with the run, {len(stay)} stay",
    xlabel="total steps (log scale)",
    ylabel="largest gap, rate / base_lr (log scale)",
    log_x=True,
    log_y=True,
)

# %% [markdown]
# **We see** lines that fall, lines that stay flat (some lie on each other), and one that climbs: the longer
# a warmup along a logarithm, the steeper it begins. **This means**: where a library starts at $1/(W+1)$,
# peaks a step early or ends a step early, a long run need not care. A start at 1/3, a climb along a
# logarithm, a cosine that runs below the climb and a misread length are choices that no length heals. **It
# does not mean** that a flat line matters to the loss: a gap of rates is not yet a gap of losses. It is a
# prediction, which training can test.
#
# Move the two numbers; look for settings in which the lines can hardly be told apart, and try a warmup of
# half the run. (Without a kernel: the figures above hold one setting and seven sizes.)

# %%
from lrlib.course.explore import explorer


def draw(total, warmup):
    warmup = min(warmup, total // 2)
    base = built(total, warmup).values(total)
    off = {name: asked(name, total, warmup).values(total) - base for name in groups}
    title = f"Differences to the commonest schedule, {warmup} of {total} steps warmup"
    return plot.lines(np.arange(total), off, title, **axes)


explorer(draw, total=(10, 400, 20), warmup=(3, 200, 5))

# %% [markdown]
# ## Does it matter in training?
#
# Nine of these schedules train the digits network with some wrong labels: one from each group of the first
# table, and Keras with a misread length. Twice: in 20 updates with 5 of warmup, the sentence itself, and in
# 200 with 50. Gradients longer than 1 are shortened to 1. Each schedule has a peak of its own, chosen on 32
# seeds, and is judged on 64 others. It is stored: `python -m lrlib sweep libraries-20` (and
# `libraries-200`) computes it again. The gaps predict: in the longer run what shrinks is no longer told
# apart; what stays may be.

# %%
from IPython.display import display

from lrlib import stats
from lrlib.evidence import sweeps

names = ["hf", "torch", "timm", "ignite", "mmengine", "deepspeed", "nemo", "torchtitan"]
labels = [*names, "keras misread"]
stored = {length: sweeps.load(f"libraries-{length}", labels) for length in (20, 200)}
for length, found_in in stored.items():
    print(f"{length} updates, {len(found_in.judged.seeds)} pairs")


def against_hf(found):
    """The ranking against hf, the sums of the rates, and what is shown to be within 2 % of the loss."""
    losses, schedules = found.judged.losses(), found.definition.schedules
    sums = [schedule.values(found.definition.steps).sum() for schedule in schedules]
    table = stats.ranking(found.judged, "hf")[
        ["difference", "ci_low", "ci_high", "verdict"]
    ]
    table.insert(0, "sum", pd.Series(sums, losses) / sums[0])
    tests = [stats.equivalence(losses[n], losses["hf"], 0.02, True) for n in labels[1:]]
    p = stats.holm([max(test.p_below, test.p_above) for test in tests])
    table["within 2 %"] = pd.Series(np.where(p < 0.05, "yes", "not shown"), labels[1:])
    return table.loc[labels[1:]]


# %%
verdicts = {f"{length} updates": against_hf(found) for length, found in stored.items()}
display(pd.concat(verdicts).round(4))
for length, table in verdicts.items():
    apart, stays = table["verdict"] != "cannot tell", table.index.isin(stay)
    told = f"{(apart & stays).sum()} of the {stays.sum()} whose gap stays"
    told += f" and {(apart & ~stays).sum()} of the {(~stays).sum()} whose gap shrinks"
    print(f"Found here: in {length} {told} are told apart from hf.")
plot.forest(stored[200].judged, reference="hf")

# %% [markdown]
# **We see** in the table: the sum of rates as a multiple of that of transformers, the difference of losses with
# each at its own peak, its interval, the verdict, corrected for the eight comparisons of its length (Holm, lesson
# 04), and whether the difference is shown to be within 2 % of the loss, a wide margin (lesson 10). In the
# figure, the 200 updates. **This means**: in 20 updates an offset of one is a twentieth of the run. In 200, ignite,
# nemo and torchtitan, whose gaps shrink, test the prediction; torch, timm, mmengine, deepspeed and Keras misread, whose
# gaps stay, test its other half. *Cannot tell* for one of these means too few pairs, or a gap that tuning the peak has
# absorbed; the last column separates the two. **It does not mean** that a library is better: *better* here mostly goes
# with a larger sum at one `base_lr`; as each peak was free, that is a pattern, not a cause.
#
# ## The recipe that stopped working
#
# You port a recipe from transformers to timm: same words, same `base_lr`, a cautious one. The loss is
# worse. Two hypotheses. **The peak**: timm's falls short of `base_lr`, if by less in a longer run;
# then raising `base_lr` until the peak is as planned repairs it. **The sum**: the decay under the climb
# takes rate away everywhere; then `base_lr` must be raised until the *sum of rates* is as planned. Four
# runs, 200 updates with 50 warmup steps, tell them apart.
#
# **Predict.** Which of the two remedies brings the loss closer to that of transformers?

# %%
from lrlib import tasks, train

task = tasks.get("digits", label_noise=0.2)
planned, ported = asked("hf", 200, 50), asked("timm", 200, 50)
same_peak = 1 / ported.values(200).max()
same_sum = planned.values(200).sum() / ported.values(200).sum()
runs = {
    "hf": planned,
    "timm at the same base_lr": ported,
    f"timm at {same_peak:.3f} base_lr (same peak)": same_peak * ported,
    f"timm at {same_sum:.3f} base_lr (same sum)": same_sum * ported,
}
options = {"steps": 200, "evaluations": 1, "any_length": True}
done = train.sweep(task, runs, 0.2, range(n_seeds), **options)

my_remedy = None  # "the peak" or "the sum"

losses = done.losses()
left = [np.mean(losses[name] - losses["hf"]) for name in list(runs)[2:]]
closer = "the peak" if abs(left[0]) < abs(left[1]) else "the sum"
check.category(my_remedy, closer, ("the peak", "the sum"), reread="the sums of the table")

# %% tags=["answer"]
from lrlib.course.finding import found

readings = {
    "cannot tell": "With the sum as planned no damage can be seen: the sum was lost.",
    "worse": "With the sum as planned there is damage left: the sum is not all.",
    "better": "With the sum as planned more is repaired than was broken.",
}
display(found(done, readings, about=list(runs)[-1], reference="hf"))
plot.forest(done, reference="hf")

# %% [markdown]
# **We see** the damage, and what is left of it with either remedy. **This means** what the sentence above the figure
# says (verdicts corrected for its three rows); the row of the planned peak shows how much of the
# damage the peak explains. A sum that was lost costs where the task, at a low rate, asks how far the weights have
# travelled, not how fast they went at most. **It does not mean** that the sum is always what counts: each peak is tuned
# in the table above, and timm's row there is another. And this remedy still leaves another schedule; the clean one is
# the adapter, `warmup_prefix=True`, and the two agree to twelve digits.
#
# > **Do this.** Before you port a recipe, print the rates of both programs for updates 0 to T + 2 and compare the five
# > choices. In a long run forget an offset of one update. For a start, a peak or a length that differs, use an adapter;
# > where there is none, tune `base_lr` again. The rates are certain, they are computed; the losses are those of one
# > small task.
#
# ## Exercises
#
# **1, guided.** A configuration says: `T` updates in all, `W` of them warmup. Keras' `CosineDecay` takes
# `warmup_steps` and `decay_steps`. What is `decay_steps`, so that the result is the schedule of
# transformers?


# %% tags=["exercise"]
def keras_decay_steps(T, W):
    raise NotImplementedError("its decay_steps count from the end of the warmup")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("22.1", keras_decay_steps)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def keras_decay_steps(T, W):
#     return T - W
# ```
#
# The decay begins at step W and takes T - W updates, so that its end is at T.
# </details>

# %% [markdown]
# **2, standard.** The adapter. Ignite's warmup ends at its peak, at step $W - 1$, and its last update is
# dead. A colleague has transformers only. Which `(total_steps, warmup_steps)` must transformers be given,
# so that it uses ignite's rates for `T` and `W`? Your answer is tried on 200 random configurations, twice
# the length of each run, to 1e-12.


# %% tags=["exercise"]
def transformers_like_ignite(T, W):
    raise NotImplementedError("at which step is the peak, and at which the end?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("22.2", transformers_like_ignite)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def transformers_like_ignite(T, W):
#     return T - 1, W - 1
# ```
#
# Transformers is at its peak at the step `warmup_steps`, ignite at W - 1; the minimum is at `total_steps`,
# for ignite at T - 1. The number of steps between them, T - W, is the same, and both rise again after the
# end.
# </details>

# %% [markdown]
# **3, open.** Take the scheduler of your own code base, or one of the calls under "other calls". Find its
# five choices from its rates alone, in the order of the trace figure: first update, peak, middle, end,
# after. You are right when `np.allclose(built(T, W, ...)(steps), yours, rtol=0, atol=1e-12)` for three
# pairs of `T` and `W`. Then: which of the five choices cannot be repaired by giving another library other
# numbers? (Try to make transformers follow timm, torch and optax.)
#
# ## Summary
#
# You can now
#
# - name the five choices behind "warmup and cosine", and read them off a ledger;
# - say which of them shrink as a run gets longer, and which no length heals;
# - write an adapter between two libraries and check it to rounding;
# - tell, by an intervention, whether a ported recipe lost its peak or its sum of rates.
#
# **What this does not show.** Rates only, and one small task. Libraries differ in more than this: in what a
# step is, in momentum, in weight decay, in how a run is resumed. The versions are those of the table; a
# later one may choose otherwise. The long warmup, a quarter of the run, is the sentence's; with a warmup of
# a few percent most gaps are shorter, but one step on the climb is higher.
#
# ## Quiz
#
# **1. The rate of update 0 is 0. What did that update do?**
#
# - (a) It used the optimizer's default rate
# - (b) Nothing: the weights are as before
# - (c) It warmed up gently
#
# <details><summary>Answer</summary>
#
# (b): the step is the rate times a gradient. (c) would need a rate above zero. (a) happens only where no
# scheduler writes the rate.
# </details>
#
# **2. A cosine runs on the run's own clock, below a warmup of a tenth of it. As the run gets longer
# in proportion, the gap to a cosine that starts after the warmup**
#
# - (a) vanishes
# - (b) stays
# - (c) grows
#
# <details><summary>Answer</summary>
#
# (b): the decay has always used up a tenth of its way when the climb ends. (a) is true of an offset by one
# update. (c): shares of the run do not change.
# </details>
#
# **3. Two libraries agree on updates 0 to T - 1. You may exchange them**
#
# - (a) only if both hold after T
# - (b) if the run is never extended past T
# - (c) always
#
# <details><summary>Answer</summary>
#
# (b): what comes after the end is a choice of its own. (c) forgets it. (a) asks more than is needed: no
# update is made there.
# </details>
#
# **4. At the same `base_lr`, library B's schedule is *worse* than A's. The first thing to compare
# is**
#
# - (a) the colours of the plots
# - (b) the sums of the rates, and the traces
# - (c) the seeds
#
# <details><summary>Answer</summary>
#
# (b): a sum or a level that differs is a cause that you can remove. (c): they are paired here. (a) tells
# nothing.
# </details>
#
# ## References
#
# - `data/golden/README.md` in this repository: how the rates were obtained, their versions, and where a preset
#   differs from its library on purpose.
# - timm's `warmup_prefix`:
#   [pytorch-image-models#1242](https://github.com/huggingface/pytorch-image-models/issues/1242). nanoGPT's first
#   update: [nanoGPT#578](https://github.com/karpathy/nanoGPT/pull/578).
# - Loshchilov and Hutter 2017, [arXiv:1608.03983](https://arxiv.org/abs/1608.03983): the cosine. Goyal and others
#   2017, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677), section 2.2: the gradual warmup.
# - Keras documentation, [CosineDecay](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/):
#   `warmup_steps`, and `decay_steps` that come after them.

# %% [markdown] tags=["navigation"]
# [Previous: 21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb) | [All lessons](index.ipynb) | [Next: 23 The museum of broken schedules](23_museum_of_broken_schedules.ipynb)
