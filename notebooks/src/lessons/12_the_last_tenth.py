# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 The last tenth
#
# *After this you can end a run well: choose a final rate, a shape and a length for the cooldown, and say why
# the loss drops there.*
#
# Needs 02, 04, 07, 08 - 45 min - computes in under 15 s - CPU

# %% tags=["parameters"]
steps: int = 300  # optimizer updates of the runs trained here, 100..1000
base_lr: float = 0.08  # their full rate, with momentum 0.9, 0.01..0.16
n_seeds: int = 10  # paired repetitions of the runs trained here, 6..32
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## A run in two parts
#
# Linear and cosine decay go down all the way. Another plan keeps the rate up for most of the run and lowers
# it only at the end. The last part is called the **cooldown**. Let it have $D$ of the $T$ steps, and let
# $q = (t - (T - D)) / D$ be the fraction of it that is over. With a final factor $m$,
#
# $$\mathrm{rate}(t) = \mathrm{base\_lr} \cdot \bigl( m + (1 - m)\, g(q) \bigr), \qquad T - D \le t < T,$$
#
# and `base_lr` before. The shape $g$ falls from 1 to 0. Four are in use: *linear* $1 - q$, *cosine*
# $(1 + \cos \pi q)/2$, *1-sqrt* $1 - \sqrt q$, and *square* $1 - q^2$.

# %%
import math

g = {
    "linear": lambda q: 1 - q,
    "cosine": lambda q: (1 + math.cos(math.pi * q)) / 2,
    "1-sqrt": lambda q: 1 - math.sqrt(q),
    "square": lambda q: 1 - q**2,
}
for name, shape in g.items():
    mean = sum(shape((i + 0.5) / 1000) for i in range(1000)) / 1000
    print(f"{name:7} half way {shape(0.5):.3f}, average {mean:.3f}")

# %%
from lrlib import plot
from lrlib.schedules import parse

cooldowns = {
    "linear": "linear(1, 0, 0.2*T)",
    "cosine": "cosine(1, 0, 0.2*T)",
    "1-sqrt": "warp(linear(1, 0, 0.2*T), 0.5)",
    "square": "warp(linear(1, 0, 0.2*T), 2)",
}
texts = {name: f"constant(1, 0.8*T) >> {text}" for name, text in cooldowns.items()}
shapes = {name: parse(text, T=steps) for name, text in texts.items()}
plot.schedules(
    shapes,
    steps,
    title="Four ways down over the last fifth of a run",
    alt="A constant rate, then four curves to zero: 1-sqrt drops at once, square falls late.",
)

# %% [markdown]
# 1-sqrt and square are linear decay on a *warped* clock, which reads $q^{1/2}$ or $q^2$ instead of $q$;
# `warp` does that.
#
# **We see** one constant stretch and four endings. **This means** that the shapes differ in how early the
# rate is low: 1-sqrt spends the least, square the most. **It does not mean** that one is better. Spending
# less makes quieter and travels less; what counts is what the run still needs.
#
# ## Why there is anything to gain
#
# At a constant rate the loss stops at a noise floor (lesson 02). In a direction of curvature $h$, with
# gradient noise of variance $c$, the mean square of the distance to the minimum moves as
#
# $$a_{t+1} = (1 - \eta_t h)^2\, a_t + \eta_t^2\, c .$$
#
# At one rate $\eta$ it settles at $a = \eta c / (h (2 - \eta h))$: nearly proportional to the rate. So lower
# the rate slowly, and $a$ should follow it down.
#
# Take a steep direction, $h = 1$, resting at its floor at rate 0.2, and lower the rate in a straight line to
# a tenth over 600 steps. What fraction of the loss is left?

# %%
my_prediction = None  # fraction of the loss that is left: your number, before you run

# %%
from lrlib import theory
from lrlib.course import check


def left(h, D):
    rates = 0.2 * parse(f"constant(1, 3000) >> linear(1, 0.1, {D})").values(3000 + D)
    loss = theory.expected_loss(rates, [h], start=0)
    return loss[-1] / loss[3000]


check.reconcile(my_prediction, left(1, 600), tolerance=0.1, reread="the next paragraph")

# %% [markdown]
# Little more than a tenth: in this direction the loss copies the rate. But not every direction follows. $a_t$
# forgets its past by a factor $(1 - \eta h)^2$ a step, so it needs about $1 / (2 \eta h)$ steps to notice a
# new rate, and more as the rate falls. The same for other directions and cooldowns:

# %%
import pandas as pd

curvatures = (1.0, 0.3, 0.1, 0.03, 0.01)
lengths = (10, 60, 600)
table = pd.DataFrame(
    [[f"{left(h, D):.2f}" for D in lengths] for h in curvatures],
    index=[f"h = {h}: {1 / (2 * 0.2 * h):.0f} steps to forget" for h in curvatures],
    columns=[f"left after D = {D}" for D in lengths],
)
table

# %% [markdown]
# Read down a column. A cooldown of 10 steps quiets the steep direction and leaves the flat ones as they were.
# Each tenfold longer cooldown reaches directions about ten times flatter. So the question *how long?* has no
# answer that holds for every problem: it depends on how much of the noise sits in flat directions.
#
# There is a price, too. A lower rate travels less, and a run that has not yet arrived loses what it does not
# travel. Move the sliders: a run of 600 steps on this bowl, from a distance of 1.

# %%
import numpy as np

from lrlib.course.explore import explorer


def draw(length, end, peak):
    D = round(600 * length)
    text = f"constant(1, {600 - D}) >> linear(1, {end:.2f}, {D})"
    curves = {"constant(1)": peak * np.ones(600), text: peak * parse(text).values(600)}
    losses = {name: theory.expected_loss(r, curvatures) for name, r in curves.items()}
    title = f"Last: {', '.join(f'{loss[-1]:.3g}' for loss in losses.values())}"
    alt = f"Expected loss of a constant rate and of one with a cooldown. {title}."
    return plot.lines(
        np.arange(601), losses, title, alt, "step", "expected loss", log_y=True
    )


explorer(draw, length=(0.02, 1.0, 0.2), end=(0.0, 1.0, 0.0), peak=(0.02, 1.0, 0.3))

# %% [markdown]
# (Without a running kernel: the table above and the column "bowl" below show the main points.)
#
# ## The worst case says the same
#
# Lesson 07 gave a bound on the loss of the *last* weights, for convex losses and any sequence of rates. It
# charges every rate against what is left after it. Let it run along: at each step, what does it promise if
# training stopped *there*? Schaipp et al. (2025) saw that this curve resembles training losses.

# %%
at = np.arange(steps // 5, steps + 1)
s = {"constant(1)": np.ones(steps), texts["linear"]: shapes["linear"].values(steps)}
peak, _ = theory.tuned_bound(s[texts["linear"]])
bounds = {
    name: np.array([theory.last_iterate_bound(peak * factors[:n]) for n in at])
    for name, factors in s.items()
}
drop = 1 - bounds[texts["linear"]][-1] / bounds["constant(1)"][-1]
title = f"The bound falls in the cooldown, by {drop:.0%} against the constant rate"
alt = f"Two curves that agree for 80 % of the steps and then part. {title}."
plot.lines(at, bounds, title, alt, "step", "bound on loss above minimum")

# %% [markdown]
# **We see** two bounds that agree until the cooldown begins; then one drops. **This means** that the drop
# needs nothing special about networks: a convex worst case has it. **It does not mean** that the
# bound is sharp, or that it knows where your loss will end.
#
# ## Fifteen endings, judged fairly
#
# Now three questions to the handwritten digits with wrong labels: *how low, which shape, how long?* Runs
# have 600 updates, momentum 0.9. One **base case**, linear to zero over the last fifth, was fixed
# beforehand; the others change one thing each. Every schedule has its own peak, tuned on 12 seeds, and 32
# fresh, paired seeds judge. That is more than this page can train, so the runs are stored; `python -m lrlib
# sweep cooldown-digits` trains them again.
#
# Before we look: what do the two theories predict? The second cell below gives each schedule its best peak
# on the bowl and in the bound, and divides by the base case.

# %%
from lrlib import stats
from lrlib.evidence import sweeps

stored = sweeps.load("cooldown-digits")
losses, tuned = stored.judged.losses(), stored.tuned.peaks
names = list(losses)
print(
    f"{len(stored.judged.seeds)} pairs, {stored.judged.diverged.sum()} runs diverged,",
    end=" ",
)
print(f"peaks at the edge of the grid: {sum(stored.tuned.at_edge)}")

# %%
base = "constant(1, 0.8*T) >> linear(1, 0, 0.2*T)"
factors = np.array([parse(name, T=600).values(600) for name in names])
best_peak, bound = theory.tuned_bound(factors)
grid = np.geomspace(0.02, 1.9, 80)
bowl = theory.expected_loss(grid[:, None] * factors[:, None], curvatures)[..., -1].min(
    axis=1
)
predicted = pd.DataFrame(
    {"bound": bound, "bowl": bowl, "peak, bound": best_peak}, index=names
)
predicted = predicted / predicted.loc[base]
others = [name for name in names if name != base]
fourteen = stats.ranking({name: losses[name] for name in names}, reference=base)
fourteen["peak"] = [tuned[name] / tuned[base] for name in fourteen.index]


def answered(question):
    table = fourteen.join(predicted).loc[list(question.values())]
    return table.set_index(pd.Index(question)).round(4)


print(f"{len(others)} comparisons with {base}")


# %% [markdown]
# ### How low?
#
# Linear over the last fifth, down to a fraction of the peak.

# %%
ends = {
    f"to {m:g}": f"constant(1, 0.8*T) >> linear(1, {m:g}, 0.2*T)"
    for m in (0.3, 0.1, 0.03, 0.01, 0)
}
tenth, hundredth = ends["to 0.1"], ends["to 0.01"]
print("within 0.5 % of the base case?")
for name in (tenth, hundredth):
    print(stats.equivalence(losses[name], losses[base], margin=0.005, relative=True))
answered({"no cooldown": "constant(1)", **ends})

# %% [markdown]
# Loss in nats, difference to the base case with its 95 % interval, and two verdicts: `alone`, of this
# comparison for itself, and `verdict`, the one that counts, which Holm's rule corrects for all fourteen
# comparisons with the base case (lesson 04). Then the tuned peak and the predictions, as multiples of the base
# case's. Ending at a tenth, a common default, is worse if judged alone, but not in company; the bound's figure lies
# within its interval, the bowl's does not. Ending at a hundredth cannot be told from zero. *Cannot tell* is
# not *equal*; equality has a test of its own, against a margin, here 0.5 % of the loss, printed above the
# table.
#
# ### Which shape?
#
# The table compares each shape at its own peak. And at a *shared* peak? The tuning runs hold all shapes at
# all rates of the grid. The figure leaves out the highest rate, whose wide intervals would hide the rest;
# the printed lines include it.

# %%
answered(texts)

# %%
rates = stored.grid.base_lrs
of = {name: stored.grid.result[names.index(text)] for name, text in texts.items()}
for r in (0, -1):
    found = stats.compare(of["square"][r], of["1-sqrt"][r])
    print(f"at peak {rates[r]}: square minus 1-sqrt {found}")
minus = {name: (of[name] - of["linear"])[:-1] for name in of if name != "linear"}
low, high = (min(of, key=lambda name: of[name][r].mean()) for r in (0, -1))
title = f"Lowest at the lowest peak: {low}; at the highest: {high}"
alt = f"Differences of three shapes to linear against the peak; they change sign. {title}."
names_of = "peak rate (log scale)", "difference to linear (nats)"
plot.lines(rates[:-1], minus, title, alt, *names_of, like=shapes, log_x=True)

# %% [markdown]
# **We see** paired differences to linear with their intervals, against the peak. **This means** that shape
# and peak trade against each other: at a low peak the run lacks reach and likes a shape that stays high; at
# a high peak it has noise to lose, and likes one that is low early. The printed lines test both ends. **It
# does not mean** that 1-sqrt is the shape to use. Any one shared peak would have crowned a shape, and the
# peak would have chosen which.
#
# ### How long?

# %%
fractions = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
long = {f: f"constant(1, {1 - f:g}*T) >> linear(1, 0, {f:g}*T)" for f in fractions}
lengths = {0.0: "constant(1)", **long, 1.0: "linear(1, 0, T)"}
answered({f"{f:g} of the run": name for f, name in lengths.items()})

# %%
from scipy.stats import spearmanr

measured = {"bound": [losses[name].mean() for name in names]}
measured |= {"bowl": measured["bound"], "peak, bound": [tuned[name] for name in names]}
for column, found in measured.items():
    print(
        f"{column:12} rank correlation {spearmanr(predicted[column], found).statistic:.2f}"
    )
apart = np.array([losses[name] - losses[base] for name in lengths.values()])
curves = {"measured": 1 + apart / losses[base].mean()}
for column in ("bound", "bowl"):
    curves[f"predicted: {column}"] = predicted.loc[list(lengths.values()), column]
verdicts = fourteen["verdict"]
worse = [f"{f:g}" for f, name in lengths.items() if verdicts.get(name) == "worse"]
title = f"Worse than a fifth, in company: cooldowns of {', '.join(worse)} of the run"
alt = f"Measured loss falls with the length of the cooldown and flattens. {title}."
plot.lines(
    list(lengths), curves, title, alt, "cooldown, fraction of the run", "loss / base case"
)

# %% [markdown]
# **We see** the measured losses with paired intervals, and both predictions, relative to the base case.
# **This means** that a cooldown of a few per cent wins back a good part of what there is to win, but not
# all; beyond a fifth, no difference can be told. **It does not mean** that a tenth is too short for
# everyone. MiniCPM (Hu et al., 2024) reports that 10 % of the run is enough and 2.5 % is not, in much
# longer runs; what counts is steps against forgetting times, not a percentage.
#
# Where theory and measurement part: both theories go on gaining beyond a fifth; on the digits no gain can
# be told. Neither knows about wrong labels that are learnt by heart, nor about curvature that changes along
# the way.
#
# How well do the predictions order all fifteen? A rank correlation of 1 is the right order, 0 no relation.
# The last is about the tuned *peaks*: a worst case says well which schedules can afford a higher one.
#
# ### Other tasks
#
# Next characters of Shakespeare, where no batch comes twice (`python -m lrlib sweep shapes-shakespeare`). And
# tumours told apart by logistic regression, a *convex* problem in tiny batches, trained here. The tumours are
# a picked example: the tuning seeds had shown that a cooldown brings little there.

# %%
from lrlib import tasks, train
from lrlib.train import SGD

labels = {"no cooldown": "constant(1)", "linear": base, "1-sqrt": texts["1-sqrt"]}
labels["all of the run"] = "linear(1, 0, T)"
elsewhere = sweeps.load("shapes-shakespeare").judged.losses()
tumours = tasks.get("breast_cancer", batch_size=4)
grid = [0.0025, 0.0035, 0.005, 0.007, 0.01, 0.014]
how = {"seeds": range(1000, 1012), "steps": 600, "optimizer": SGD(momentum=0.9)}
found = train.tune(tumours, labels, grid, **how)
there = {
    "Shakespeare": {label: elsewhere[text] for label, text in labels.items()},
    "tumours": train.judge(tumours, found, seeds=range(32)).losses(),
}
print("tumours, peaks at the edge of the grid:", sum(found.at_edge))
tables = {
    task: stats.ranking(results, reference="linear") for task, results in there.items()
}
pd.concat(tables).round(5)

# %% [markdown]
# On Shakespeare the longest of these cooldowns is the best, as both theories say: a fifth is no general
# limit. On the convex problem a tuned constant rate is quiet *and* arrives; a cooldown has little to do. So
# ask first: does the full rate have noise to lose?
#
# ## Noise, or steps too long?
#
# Two explanations fit a loss that drops when the rate falls. *Noise*: small batches kick the weights about,
# and a lower rate averages the kicks. *Walls*: the rate is too high for the curvature, the steps jump from
# wall to wall of a valley, and would even without noise. They predict different remedies. If it is noise,
# large batches at the **full** rate give the same drop, and a cooldown on top of them nothing more. If it is
# walls, large batches change nothing. So keep the rate, and for the last fifth use all training images in
# every update. The rate is set high on purpose, so that there is a drop to explain, and the seeds are fresh:
# others were used to set up the experiment.

# %%
from dataclasses import replace

from lrlib.tasks import Batches

task = tasks.get("digits", label_noise=label_noise)


class Growing(Batches):
    def __getitem__(self, t):
        small = t < steps - round(0.2 * steps)
        return super().__getitem__(t) if small else (self.inputs, self.targets)

    def to(self, dtype, device="cpu"):
        return self


def growing(seed, n):
    return Growing(**vars(task.batches(seed, n)))


# %%
runs, last = {}, {}
for size, problem in {"": task, " on all images": replace(task, batches=growing)}.items():
    pair = {"full rate" + size: "constant(1)", "cooldown" + size: shapes["linear"]}
    how = {"steps": steps, "optimizer": SGD(momentum=0.9)}
    done = train.sweep(problem, pair, base_lr, range(100, 100 + n_seeds), **how)
    runs, last = runs | done.ledgers(), last | done.losses()
pairs = [("cooldown", "full rate"), ("full rate on all images", "full rate")]
pairs += [("full rate on all images", "cooldown")]
pairs += [("cooldown on all images", "full rate on all images")]
for one, two in pairs:
    print(f"{one} minus {two}: {stats.compare(last[one], last[two])}")
title = stats.headline(stats.ranking(last, reference="full rate"))
alt = f"Above, two rates; below, four losses that part in the last fifth. {title}."
plot.house(runs, title, alt)

# %% [markdown]
# **We see** four arms that share everything up to the last fifth. **This means**, if *full rate on all
# images* is better than *full rate*, that noise explains the drop: it went away with the noise, at a rate
# that was never lowered. If it cannot be told from *full rate* and the cooldown can, noise is not shown,
# and walls remain possible. If the cooldown brings nothing at all, there is no drop to explain with these
# settings. The third line compares the two remedies: large batches lose the noise at once and travel on at
# the full rate, a cooldown slows down. The last one asks whether a cooldown adds anything once the noise is
# gone. **It does not mean** that large batches are a bargain: those updates cost many times as much.
#
# ## Exercises
#
# **1, guided.** Write the factor of a run with a 1-sqrt cooldown over the last `D` of `T` steps, down to
# `end`.


# %% tags=["exercise"]
def my_factor(t, T, D, end):
    q = min(max((t - (T - D)) / D, 0), 1)  # fraction of the cooldown that is over
    raise NotImplementedError("combine end and 1 - sqrt(q): 1 at q = 0, end at q = 1")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("12.1", my_factor)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_factor(t, T, D, end):
#     q = min(max((t - (T - D)) / D, 0), 1)  # fraction of the cooldown that is over
#     return end + (1 - end) * (1 - math.sqrt(q))
# ```
#
# Before the cooldown q is 0 and the factor 1; after step T, q stays 1 and the factor `end`.
# </details>

# %% [markdown]
# **2, standard.** How short may the cooldown be? You are willing to lose `margin` (0.05 is 5 %) of the
# reference's mean loss. Given held-out losses by fraction, return the shortest fraction that is *shown* to
# lose no more: the whole 95 % interval of its paired difference lies at or below the margin.


# %% tags=["exercise"]
def shortest(losses, reference, margin):
    allowed = margin * losses[reference].mean()

    def shown(values):
        raise NotImplementedError(
            "which end of stats.compare(...) must not pass `allowed`?"
        )

    return min(fraction for fraction, values in losses.items() if shown(values))


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("12.2", shortest, by_fraction={f: losses[name] for f, name in long.items()})

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def shortest(losses, reference, margin):
#     allowed = margin * losses[reference].mean()
#
#     def shown(values):
#         return stats.compare(values, losses[reference]).high <= allowed
#
#     return min(fraction for fraction, values in losses.items() if shown(values))
# ```
#
# The answer depends on the margin, and on how many seeds there are: fewer seeds show less, so they ask for a
# longer cooldown. The margin has to be chosen before looking.
# </details>

# %% [markdown]
# **3, open.** Between linear and 1-sqrt lie other warps, and beyond 1-sqrt more: `warp(linear(1, 0, 0.2*T),
# p)`. Let `theory.tuned_bound` choose the best power `p` for the last fifth. Then measure it against 1-sqrt
# on the digits, each at its own peak, with `train.tune`, `train.judge` and `stats.compare` as in lesson 08.
# You have it right when, at 600 steps, your value for `p = 0.5` over that for `p = 1` is the number in the
# column "bound" of the table of shapes; and when your write-up says *cannot tell* if the interval contains
# zero.
#
# ## Summary
#
# You can now
#
# - write a cooldown of any shape, length and final factor;
# - say why the loss drops there: the noise floor follows the rate, in steep directions first;
# - explain why no percentage is right for all: a direction needs about $1/(2 \eta h)$ steps to follow;
# - test *is it noise?* by taking the noise away instead of the rate;
# - ask how short a cooldown may be, with a margin and an interval.
#
# **What this does not show.** Three small tasks, one length of run, SGD with momentum, one thing changed
# at a time: the best length for 1-sqrt may not be the best for linear. Peaks come from a grid with a factor
# of $\sqrt 2$ between rates. Nothing here says how a cooldown behaves in runs a thousand times longer, or
# with Adam, where the step is not proportional to the noise.
#
# ## Quiz
#
# **1. In a direction with $h = 0.01$, at rate 0.2, a cooldown of 20 steps**
#
# - (a) leaves the noise nearly as it was
# - (b) makes the noise larger
# - (c) removes most of the noise
#
# <details><summary>Answer</summary>
#
# (a): it needs about $1/(2 \cdot 0.2 \cdot 0.01) = 250$ steps to notice. (c) is true of steep directions. (b)
# would need a rate that rises.
# </details>
#
# **2. At the same peak, square ends lower than 1-sqrt. Most likely**
#
# - (a) square is the better shape
# - (b) the peak is high and the run is noisy
# - (c) the peak is low and the run lacks reach
#
# <details><summary>Answer</summary>
#
# (c): square stays high longer and travels further. (b) favours the shape that is low early. (a) needs each
# shape at its own peak.
# </details>
#
# **3. Larger batches at the full rate give the same drop as a cooldown. The drop came from**
#
# - (a) a rate beyond the stability limit
# - (b) noise
# - (c) the learning of new things in the cooldown
#
# <details><summary>Answer</summary>
#
# (b). Under (a) the steps would stay too long whatever the batch. (c) would not explain why a full rate shows
# it as well.
# </details>
#
# **4. A cooldown of 5 % against 20 %: difference +0.004 [-0.001, +0.009] at a loss of 0.30; you may
# lose 2 %. You conclude**
#
# - (a) not shown to be within the margin
# - (b) 5 % is worse
# - (c) 5 % is as good
#
# <details><summary>Answer</summary>
#
# (a): 2 % is 0.006, and the interval reaches beyond. (c) takes *cannot tell* for equality. (b) would need an
# interval above zero.
# </details>
#
# ## References
#
# - Hägele, Bakouch, Kosson, Ben Allal, von Werra and Jaggi 2024, *Scaling Laws and Compute-Optimal Training
#   Beyond Fixed Training Durations*, [arXiv:2405.18392](https://arxiv.org/abs/2405.18392): cooldowns of
#   different lengths, and the 1-sqrt shape.
# - Hu et al. 2024, *MiniCPM*, [arXiv:2404.06395](https://arxiv.org/abs/2404.06395): the claim about 10 % and
#   2.5 % of the run.
# - Bergsma et al. 2025, *Straight to Zero*, [arXiv:2502.15938](https://arxiv.org/abs/2502.15938): ending at
#   zero against ending at a tenth, at scale.
# - Schaipp, Hägele, Taylor, Simsekli and Bach 2025, *The Surprising Agreement Between Convex Optimization
#   Theory and Learning-Rate Scheduling for Large Model Training*,
#   [arXiv:2501.18965](https://arxiv.org/abs/2501.18965), Theorem 1: the bound along a run.
# - Dremov et al. 2025, *Training Dynamics of the Cooldown Stage in Warmup-Stable-Decay Learning Rate
#   Scheduler*, [arXiv:2508.01483](https://arxiv.org/abs/2508.01483): shapes as a trade of bias and variance.
# - Smith, Kindermans, Ying and Le 2018, *Don't Decay the Learning Rate, Increase the Batch Size*,
#   [arXiv:1711.00489](https://arxiv.org/abs/1711.00489): the idea behind the last experiment.

# %% [markdown] tags=["navigation"]
# [Previous: 11 Warm-up](11_warmup.ipynb) | [All lessons](../../README.md) | [Next: 13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb)
