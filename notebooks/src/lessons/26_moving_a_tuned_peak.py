# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 26 Moving a tuned peak
#
# *After this you can carry a tuned rate to another width, batch or horizon, say what a wrong guess costs, and set
# the rate of a run that you can afford once.*
#
# Needs 04, 11, 12, 19 - 50 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do schedule and optimizer depend on each other? / What differs between kinds of networks?

# %% tags=["parameters"]
factor: float = 3.0  # put in front of a layer, 1.1..10
rate: float = 0.01  # Adam's rate in the check of widths, 0.001..0.02
updates: int = 3  # updates in that check, 1..10

# %% [markdown]
# ## A small run is tuned, a large one is wanted
#
# Tuning takes many runs, so one tunes where runs are cheap: a narrow network, a short run. Then the real run is wider,
# longer, with another batch. Which rate does it get?
#
# Our cheap run: the digits, two hidden layers of 64 units, 32 rows a batch, 200 updates with linear decay. *Stored
# sweeps* hold it and its neighbours, each over a grid of peaks with 16 seeds (`python -m lrlib sweep NAME` for
# `width-adam`, `width-sgd`, `horizon-adam`, `horizon-sgd`, `batch-adam` and `batch-sgd` trains them again). Each
# interval says how well those seeds determine the peak.

# %%
import pandas as pd

from lrlib.course import moving

widths, horizons = (16, 32, 64, 128, 256), (50, 100, 200, 400, 800)
usual = {
    name: moving.grids(f"width-{name.lower()}", widths, "standard")
    for name in ("SGD", "Adam")
}
mup = {
    name: moving.grids(f"width-{name.lower()}", (16, 32, 128, 256), "muP") for name in usual
}
mup = {name: dict(sorted((mup[name] | {64: usual[name][64]}).items())) for name in usual}
base = {name: vars(moving.peak(grids[64])) for name, grids in usual.items()}
pd.DataFrame(base).loc[["rate", "low", "high", "loss"]].astype(float).round(4)

# %% [markdown]
# ## A factor is a rate
#
# First a small fact, from which the rest follows. Write a layer as $c \cdot Wx$ instead of $Wx$, and divide its first
# weights by $c$: the same function at the start. Now train both with the same rate. How many times as far does $cW$ move
# in one update, for $c$ = `factor`?

# %%
my_prediction = None  # with SGD: a number
my_adam = None  # with Adam: a number

# %%
import torch

from lrlib.course import check

torch.set_num_threads(1)  # small matrices gain nothing from more
x, start = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)), torch.ones(2, 3)


def moved(kind, c):
    w = torch.nn.Parameter(start / c)
    optimizer = kind([w], lr=0.001)
    ((x @ (c * w).T) ** 2).mean().backward()
    optimizer.step()
    return (c * w - start).norm().item()


twice = moved(torch.optim.SGD, factor) / moved(torch.optim.SGD, 1)
once = moved(torch.optim.Adam, factor) / moved(torch.optim.Adam, 1)
check.reconcile(my_prediction, round(twice, 3), tolerance=0.02)
check.reconcile(my_adam, round(once, 3), tolerance=0.02)

# %% [markdown]
# The gradient with respect to $W$ has a factor $c$, and what $W$ moves counts $c$ times. SGD feels both, $c^2$. Adam
# divides by the size of the gradient (lesson 11) and feels one, $c$. So **factor and first weights together set the rate of each
# layer**, although the optimizer has only one.
#
# ## Why width moves a peak
#
# A hidden unit adds up $n$ inputs, $n$ the width. Adam moves *every* weight by about the rate, and in directions on which
# the inputs agree: so the sum moves by about $n$ times the rate. A wider network with the same rate makes larger steps.
#
# *muP*, the maximal update parametrisation (Yang and Hu 2021), asks that no layer's output move more or less as the
# network gets wider. In units of the rate that you set, with $r$ the width over that of the tuned network:
#
# | layer | adds up | rate with Adam | rate with SGD | first weights |
# |---|---|---|---|---|
# | input | pixels | 1 | $r$ | as usual |
# | hidden | $n$ units | $1/r$ | 1 | as usual |
# | output | $n$ units | $1/r$ | $1/r$ | smaller by $1/\sqrt r$ |
#
# (SGD has a column of its own, since the gradients that it does not divide by their size change with the width.)
# The task `digits_wide` builds it from factors and first weights, `scaling="muP for Adam"`. The *coordinate check*
# tests such code before anything is tuned: a few updates at one rate (SGD: thirty times Adam's), and a look at how far outputs moved.

# %%
from lrlib import plot, tasks
from lrlib.train import SGD, Adam

sizes, curves = (16, 64, 256, 1024), {}
for rule, its_rate in ((SGD(), 30 * rate), (Adam(), rate)):
    name = type(rule).__name__
    for scaling in ("standard", f"muP for {name}"):
        nets = [tasks.get("digits_wide", width=n, scaling=scaling) for n in sizes]
        last = [moving.output_changes(net, rule, its_rate, updates)[-1] for net in nets]
        curves[f"{name}, {scaling.split()[0]}"] = last
axes = "width", "change of the output, RMS"
plot.lines(sizes, curves, "The coordinate check", "", *axes, log_x=True, log_y=True)

# %% [markdown]
# **We see** how far the last layer's output moved, mean of three seeds. **This means**: where a line rises, each doubling
# of the width makes the same rate a larger step; where it is flat, the step is kept. **It does not mean** that the best
# rate moves as steeply. That asks where training *breaks or ends best*, after 200 updates, not how it starts.
#
# ## Where is the peak?
#
# Let the best rate be proportional to width$^p$. Predict $p$ for Adam in the standard parametrisation, from 64 units to 256.

# %%
my_exponent = None  # 0: the peak stays; -1: it falls as the width grows: your number


# %%
def wide(grids):
    return {n: grid for n, grid in grids.items() if n >= 64}


exponents = {}
for name in usual:
    for scaling, grids in (("standard", usual[name]), ("muP", mup[name])):
        narrow = {n: grid for n, grid in grids.items() if n <= 64}
        exponents[name, scaling] = moving.slope(narrow), moving.slope(wide(grids))
check.reconcile(my_exponent, exponents["Adam", "standard"][1].value, near_zero=0.15)

# %% tags=["answer"]
from IPython.display import display

for (name, scaling), (narrow, wider) in exponents.items():
    print(f"Found here: {name}, {scaling}: p = {narrow} up to 64 units, {wider} above.")
both = {"standard": usual["Adam"], "muP": mup["Adam"]}
shown = {f"{kind}, {n} units": both[kind][n] for kind in both for n in (16, 256)}
at = {name: moving.peak(grid).rate for name, grid in shown.items()}
curves = {name: grid.result[0] for name, grid in shown.items()}
rates = shown["muP, 16 units"].base_lrs
plot.sensitivity(rates, curves, chosen=at, title="Adam in narrow and wide networks")

# %% [markdown]
# **We see** losses over the grid of peaks, a thin line a seed and their mean; dots are interpolated peaks. **This means**,
# above 64 units: in the standard parametrisation Adam's peak falls with the width, perhaps less steeply than the $1/n$ of
# a single update; in muP no move is seen. SGD's peak moves little in either, and not down: what limits it here may be the
# sharpness later in training (lesson 11) rather than the first steps.
# muP is made for *wide* networks. Below 64 units it corrects for what is not
# there yet. **It does not mean** that SGD never needs it: by the coordinate check, a width comes at which it will.
#
# What does a wrong move cost? Take the peak of 64 units to the other widths by a rule, and compare with the peak
# tuned there; the verdict is about the widest. Rates are chosen on one half of the seeds, losses taken from the other.

# %%
import numpy as np

from lrlib.course.finding import found

powers = {"kept": 0, "1 / square root of width": -0.5, "1 / width": -1}
tried = moving.guesses(usual["Adam"], 64, powers)
tried["kept with muP"] = moving.guesses(mup["Adam"], 64, {"kept": 0})["kept"]
widest = {rule: by_width[256] for rule, by_width in tried.items()}
display(found(widest, reference="own peak"))

own = tried.pop("own peak")
cost = {rule: {n: (by[n] - own[n]).mean() for n in by} for rule, by in tried.items()}
pd.DataFrame(cost).T.add_suffix(" units").round(3)

# %% [markdown]
# The table is about each width, in nats above the peak tuned there. Negative is possible: a peak that was tuned on eight
# seeds is not the best rate, and muP starts from other weights. Adam's valley is wide: a rate has to be far off before
# eight pairs show it. A rate beyond a grid has the loss of the grid's last one: $1/n$ at 16 units costs at least what is
# shown. (An interval stands for itself and may leave 0 out where the verdict, corrected for four comparisons, cannot tell.)
#
# ## A longer run
#
# Lesson 19 derived $\eta \propto \sqrt{B/T}$ for a *constant* rate on the noisy bowl: the longer the run, the lower the
# best rate. A run with linear decay ends at rate zero whatever its peak is. Predict for the bowl: $T$ four times as
# long, linear decay. By which factor does the best peak change? (Constant: a half.)

# %%
my_longer = None  # new best peak / old best peak: your number

# %%
from lrlib import theory
from lrlib.schedules import parse

bowl, grid = (1.0, 0.3, 0.1, 0.03, 0.01), np.geomspace(0.003, 1.9, 200)[:, None]


def best_peak(text, T, noise=2.0):
    rates = grid * parse(text, T=T).values(T)
    return grid[theory.expected_loss(rates, bowl, noise)[:, -1].argmin(), 0]


ratio = best_peak("linear(1, 0, T)", 800) / best_peak("linear(1, 0, T)", 200)
check.reconcile(my_longer, ratio, tolerance=0.15, reread="the next paragraph")

# %% tags=["answer"]
from lrlib.course.explore import explorer


def draw(noise):
    texts, lengths = ("constant(1)", "linear(1, 0, T)"), (50, 100, 200, 400, 800)
    curves = {text: [best_peak(text, T, noise) for T in lengths] for text in texts}
    axes = (
        "Best peak by length and schedule",
        "",
        "T, updates",
        "best peak on the bowl",
    )
    return plot.lines(lengths, curves, *axes, log_x=True, log_y=True)


display(draw(2.0))
explorer(draw, noise=(0.3, 10.0, 2.0))

# %% [markdown]
# **We see** exact best peaks. **This means** that a decay takes over a part of what a lower peak would do: it quiets the
# end by itself, so the peak may stay nearer to what travels best. With less noise there is less to quiet: turn it down,
# and the two lines fall alike. **It does not mean** that the peak stays: a longer run needs less reach per
# update. (Without a running kernel: the figure shows the main point.)
#
# And the digits? Each length has its own peak, by optimizer and schedule.

# %%
longer, rows = {}, {}
for name in usual:
    longer[name] = moving.grids(f"horizon-{name.lower()}", horizons)
    for place, label in enumerate(("linear", "constant")):
        exponent = moving.slope(longer[name], place)
        print(f"Found here: {name}, {label}: best peak as T^p, p = {exponent}")
        peaks = [moving.peak(each, place).rate for each in longer[name].values()]
        rows[f"{name}, {label}"] = dict(zip(horizons, peaks, strict=True))
pd.DataFrame(rows).T.add_suffix(" updates").round(4)

# %% [markdown]
# Where SGD's peak does not move with the length, it sits beside a cliff: at a constant 0.905 its mean loss is above 1.6 at
# every length, at 0.453 below 0.6. No length makes
# a rate stable that is not, and a run at a constant rate has to be stable to its end. So the bowl's law is one for
# peaks that noise sets. Of a peak that the stability limit sets it says nothing.
#
# ## All moves in one table
#
# From the tuned run, linear decay: exponents $p$ of the best rate.

# %%
batches = {n: moving.grids(f"batch-{n.lower()}", (8, 16, 32, 64, 128, 256)) for n in usual}
table = {}
for name in usual:
    table[name] = {
        "width, standard": moving.slope(wide(usual[name])),
        "width, muP": moving.slope(wide(mup[name])),
        "updates": moving.slope(longer[name]),
        "rows, up to 32": moving.slope({b: g for b, g in batches[name].items() if b <= 32}),
        "rows, above": moving.slope({b: g for b, g in batches[name].items() if b >= 32}),
    }
pd.DataFrame(table)

# %% [markdown]
# The rows of a batch are for as many examples (lesson 19), so that the updates change, too. Which rules of thumb survive?
# *The square root of the batch* comes near, up to 32 rows; SGD is a little steeper. *Width needs no care in muP* agrees with
# Adam, where the network is wide, within a wide interval. *One over the root of the length* does for a constant rate that
# noise limits (Adam's), and is too steep for a decay. *Linear in the batch* and *one over the width* do not: both are steeper
# than any interval in the table allows. A wrong exponent need not cost much: on the way up, *one over the width* gave too
# low a rate, and no loss that could be told.
#
# ## One run
#
# Now use it. A network four times as wide, trained four times as long, with Adam: say that you can afford one run.
# Four rates that you could have written down before: the tuned peak *kept*; the *textbook*, over the width and over
# $\sqrt T$; the *measured* exponents, one move after the other; and *muP*, the peak kept for the width and moved by the measured exponent
# for the length. All are judged on runs that chose none of them, and compared with the peak tuned on these very runs,
# which flatters it. Which of the first three ends highest?

# %%
my_guess = None  # "kept", "textbook" or "measured"

# %%
from lrlib.evidence import sweeps

wider = {kind: sweeps.load(f"moved-adam/{kind}").grid for kind in ("standard", "muP")}
start, adam = moving.peak(usual["Adam"][64]).rate, table["Adam"]
width, length = adam["width, standard"].value, adam["updates"].value
powers = {"kept": 0, "textbook": -1.5, "measured": width + length}
rates = {name: start * 4**p for name, p in powers.items()}
at = {name: moving.loss_at(wider["standard"], r) for name, r in rates.items()}
highest = max(at, key=lambda name: at[name].mean())
check.category(my_guess, highest, powers)

# %% tags=["answer"]
from lrlib import stats

rates |= {"muP": start * 4**length, "own peak": moving.peak(wider["standard"]).rate}
at["muP"] = moving.loss_at(wider["muP"], rates["muP"])
at["own peak"] = moving.loss_at(wider["standard"], rates["own peak"])
print("rates:", ", ".join(f"{name} {r:.4f}" for name, r in rates.items()))
large = stats.ranking(at, reference="own peak").drop("own peak")
display(found(at, reference="own peak"))
plot.forest(at, reference="own peak")

# %% [markdown]
# **We see** losses at four guesses against a peak that took seven rates with twelve seeds to find. The rate of
# *kept* lies above this grid and has the loss of the grid's highest, 0.01: beyond that losses rise, so its cost is at least the
# one shown, and its verdict is too kind. **This means**: where a
# guess *cannot be told* from the tuned peak, one run may have been enough, and its interval says what it may have cost; where
# it is *worse*, the distance is the price of not tuning. **It does not mean** that exponents
# multiply in general: here two moves were put together that had been measured one at a time.

# %%
from IPython.display import Markdown

ends = [f"{name} {row.difference:+.4f} (*{row.verdict}*)" for name, row in large.iterrows()]
Markdown(
    "> **Do this.** Tune the small run with its *schedule*, on a grid of ratio 1.4. Tune one"
    " size in between per move, twice the width or length, and read an exponent of your own; a"
    f" law from elsewhere is a guess about your task. Here, for Adam: width {adam['width, standard']},"
    f" with muP {adam['width, muP']}; length {adam['updates']}. The large run ended above its"
    f" tuned peak by, in nats: {', '.join(ends)} (*kept*: at least, its rate is off the grid). In doubt go lower: beside a cliff a rate twice too low costs"
    " little, a rate twice too high may cost the run. One small task: the exponents are not yours."
)

# %% [markdown]
# ## In your own code
#
# - **PyTorch**, muP for Adam by groups: hidden and output matrices get `{"lr": base_lr / r}`, the rest `base_lr`;
#   divide the output's first weights by $\sqrt r$. `ScheduleLR` keeps the proportions.
# - The authors' package `mup`: `MuReadout` for the last layer, `set_base_shapes(model, base, delta)`, then `MuAdam` or `MuSGD`.
#   A transformer in muP also divides attention by $d$, not $\sqrt d$.
# - **Hugging Face, Keras, optax** have no muP of their own: groups there, multipliers here (`optax.multi_transform`).
# - **Trap.** A schedule whose length is in the state keeps the *old* horizon when a run is scaled up and resumed
#   ([lesson 15](15_wrong_horizon.ipynb)). And weight decay that is multiplied by the rate moves along with it.
#
# ## Exercises
#
# **1, guided.** Return the rate of a layer ("input", "hidden" or "output") for Adam in muP, from the rate `base_lr`
# tuned at `base` units, for a network of `width` units.


# %% tags=["exercise"]
def my_layer_rate(layer, base_lr, width, base):
    raise NotImplementedError("which layers add up over the width? see the table of muP")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("26.1", my_layer_rate)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_layer_rate(layer, base_lr, width, base):
#     return base_lr if layer == "input" else base_lr * base / width
# ```
#
# The input layer adds up over pixels, however wide the network is.
# </details>

# %% [markdown]
# **2, standard.** Move a rate by $\eta \propto \sqrt{B/T}$, from `batch` and `steps` to `new_batch` and `new_steps`; rows above the
# critical batch `B_crit` count for nothing, before as after.


# %% tags=["exercise"]
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    raise NotImplementedError("how many rows count? then the square root of a ratio")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("26.2", my_moved_rate)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
#     before, after = min(batch, B_crit) / steps, min(new_batch, B_crit) / new_steps
#     return rate * (after / before) ** 0.5
# ```
# </details>

# %% [markdown]
# **3, open.** Which parts of muP matter? Take away one at a time in `SCALINGS` (the output's first weights, the hidden
# layer's factor), look at the coordinate check, and predict before each sweep whether the peak will move.
#
# ## Summary
#
# You can now
#
# - read a factor in front of a layer as a rate, for SGD and for Adam;
# - check a parametrisation in three updates, before any sweep;
# - measure how a peak moves with width, batch and length, with an interval, and say what a wrong guess costs;
# - set the rate of a run that cannot be tuned.
#
# **What this does not show.** Two hidden layers, one data set, widths up to 256, lengths up to 800, no weight decay, no
# depth. No length here overfits; where one does, the best rate moves for that reason, too. Losses between grid
# points are interpolated, and eight or twelve seeds judge.
#
# ## Quiz
#
# **1. A layer is written $10 \cdot Wx$, its weights start at a tenth. With Adam it learns as if its
# rate were**
#
# - (a) unchanged
# - (b) a hundred times as high
# - (c) ten times as high
#
# <details><summary>Answer</summary>
#
# (c): every weight moves by the rate, and counts ten times. (b) is SGD, whose gradient grows, too. (a) would need a factor
# that the optimizer undoes on both sides.
# </details>
#
# **2. In the coordinate check the output's change grows with the width. So**
#
# - (a) the wide network is the better one
# - (b) the same rate makes larger steps in wider networks
# - (c) the best rate must fall as fast as that grows
#
# <details><summary>Answer</summary>
#
# (b), no more. (c): where a run ends best depends on the whole run. (a): nothing was trained to its end.
# </details>
#
# **3. You tuned with a constant rate, and train four times as long with linear decay. The best peak
# is**
#
# - (a) the same, since a decay needs no tuning
# - (b) half as high, by the square root
# - (c) not told by either exponent alone
#
# <details><summary>Answer</summary>
#
# (c): the schedule changed too, and each schedule has a peak of its own (lesson 04). (b) holds for a constant rate on the
# bowl. (a): the exponent is smaller with a decay, not 0.
# </details>
#
# ## References
#
# - Yang and Hu 2021, *Feature Learning in Infinite-Width Neural Networks*,
#   [arXiv:2011.14522](https://arxiv.org/abs/2011.14522): factors, first weights and rates; muP.
# - Yang et al. 2022, *Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer*,
#   [arXiv:2203.03466](https://arxiv.org/abs/2203.03466); its package [microsoft/mup](https://github.com/microsoft/mup).
# - Everett et al. 2024, *Scaling Exponents Across Parameterizations and Optimizers*,
#   [arXiv:2407.05872](https://arxiv.org/abs/2407.05872).
# - Shen et al. 2024, *Power Scheduler*, [arXiv:2408.13359](https://arxiv.org/abs/2408.13359): a rate law in batch and tokens.
# - Bjorck et al. 2024, *Scaling Optimal LR Across Token Horizons*, [arXiv:2409.19913](https://arxiv.org/abs/2409.19913).

# %% [markdown] tags=["navigation"]
# [Previous: 25 The digits of a computer](25_the_digits_of_a_computer.ipynb) | [All lessons](index.ipynb) | [Next: A popular program, repaired](article.ipynb)
