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
# Needs 02, 04, 07, 08 - 60 min - computes in under 15 s - CPU
#
# Answers: Why adjust the learning rate? / How do I choose it? / What differs between kinds of networks?

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
plot.schedules(shapes, steps, "Four ways down over the last fifth of a run")

# %% [markdown]
# 1-sqrt and square are linear decay on a *warped* clock, which reads $q^{1/2}$ or $q^2$ instead of $q$;
# `warp` does that.
#
# **We see** one constant stretch and four endings. **This means** that the shapes differ in how early the
# rate is low: in the cooldown 1-sqrt spends a third of what the full rate would, linear and cosine half, square two
# thirds. **It does not mean** that one is better. Spending less makes quieter and travels less; what counts is what
# the run still needs.
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


check.reconcile(my_prediction, left(1, 600), tolerance=0.3, reread="the next paragraph")

# %% tags=["answer"]
import pandas as pd

curvatures = (1.0, 0.3, 0.1, 0.03, 0.01)
memory = [f"h = {h}: memory {1 / (0.2 * h):.0f} updates" for h in curvatures]
lasts = {f"left after D = {D}": [left(h, D) for h in curvatures] for D in (10, 60, 600)}
pd.DataFrame(lasts, index=memory).round(2)

# %% [markdown]
# In the first row and the last column, little more than a tenth: in this direction the loss copies the rate.
# But not every direction follows. The *memory* of a rate in a direction of curvature $h$ is $1 / (\eta h)$
# updates: after so many, about a third is left of where the weights were, and the loss, a square, forgets twice
# as fast. As the rate falls, memory grows.
#
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
    axes = "step", "expected loss"
    return plot.lines(
        range(601), losses, "With a cooldown and without", "", *axes, log_y=True
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
at, runs = range(steps // 5, steps + 1), {"constant": parse("constant(1)")}
runs["cooldown"] = shapes["linear"]
peak, _ = theory.tuned_bound(runs["cooldown"].values(steps))
bounds = {name: [peak * run.values(n) for n in at] for name, run in runs.items()}
bounds = {name: list(map(theory.last_iterate_bound, each)) for name, each in bounds.items()}
axes = "step", "bound on loss above minimum"
plot.lines(at, bounds, "The bound falls faster in the cooldown", "", *axes, like=runs)

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
# fresh, paired seeds judge. The runs are stored; `python -m lrlib sweep cooldown-digits` trains
# them again.
#
# Predict: which of the three choices matters most here, so that its worst answer costs most against its best?
# Tried: final factors from 0.3 to 0, four shapes, lengths from 0.025 to 1.

# %%
my_choice = None  # "how low", "which shape" or "how long"

# %%
from lrlib import stats
from lrlib.evidence import sweeps

stored = sweeps.load("cooldown-digits")
base, losses = texts["linear"], stored.judged.losses()
fourteen = stats.ranking(stored.judged, reference=base)
ends = {
    m: f"constant(1, 0.8*T) >> linear(1, {m:g}, 0.2*T)" for m in (0.3, 0.1, 0.03, 0.01, 0)
}
parts = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
long = {f: f"constant(1, {1 - f:g}*T) >> linear(1, 0, {f:g}*T)" for f in parts}
asked = {
    "how low": ends,
    "which shape": texts,
    "how long": {**long, 1.0: "linear(1, 0, T)"},
}
found_loss = {
    question: fourteen["loss"][list(names.values())] for question, names in asked.items()
}
cost = {question: found.max() - found.min() for question, found in found_loss.items()}
check.category(my_choice, max(cost, key=cost.get), cost)

# %%
from lrlib.course import cooldown

predicted = cooldown.predicted(list(losses), 600, curvatures, base)
fourteen = fourteen.join(predicted).join(cooldown.pairs_needed(losses, base))
print(len(losses), "schedules; peaks at an edge of the grid:", sum(stored.tuned.at_edge))


def answered(named):
    return fourteen.loc[list(named.values())].set_index(pd.Index(named)).round(4)


# %% [markdown]
# The cell above asks both theories for the loss of each schedule at its own best peak.
#
# **How low, and which shape?** First table: no cooldown; then linear over the last fifth, down to a fraction of
# the peak; then other shapes, down to zero. And at a *shared* peak?
# The tuning runs hold all shapes at all rates of the grid. Second table, a family of its own: *square* less
# *1-sqrt*.

# %% tags=["answer"]
from IPython.display import display

near = stats.equivalence(losses[ends[0.01]], losses[base], margin=0.005, relative=True)
low, high = (f"{100 * end / losses[base].mean():+.1f}" for end in (near.low, near.high))
print(f"Found here: to a hundredth, not zero: {low} to {high} % (90 % interval);", end=" ")
print(f"within 0.5 %: {near.verdict}")
firsts = {"none": "constant(1)", **{f"to {m:g}": name for m, name in ends.items()}}
display(answered(firsts | {name: texts[name] for name in ("cosine", "1-sqrt", "square")}))
at_rates = dict(zip(losses, stored.grid.result, strict=True))
square, root = at_rates[texts["square"]], at_rates[texts["1-sqrt"]]
gap, octaves = square - root, np.log2(stored.grid.base_lrs)
shared = {"lowest peak": gap[0], "highest peak": gap[-1]}
shared["change per doubling"] = np.polyfit(octaves, gap, 1)[0]
shared = stats.family(
    {name: stats.compare(found, 0 * found) for name, found in shared.items()}
)
display(shared[["difference", "ci_low", "ci_high", "alone", "verdict"]].round(4))

# %% [markdown]
# *loss* is in nats, *right* the share of digits; then the difference to the base case with its 95 % interval,
# which includes how well the tuning seeds determine both peaks. `alone` is the verdict of a comparison for
# itself; `verdict`, the one that counts, Holm's rule corrects for all fourteen comparisons with the base case
# (lesson 04). *bound* and *bowl* are the predictions, each schedule at its best peak, as multiples of the base
# case.
#
# *Cannot tell* is not *equal*: equality has a test of its own, against a margin set beforehand, here 0.5 % of
# the loss; printed first, it takes the peaks as exact. *pairs* says what it would take to tell: with so many seeds, a difference
# as large as the one measured is told, corrected, in four repetitions of five.
#
# The second table says how shape and peak trade against each other. At a low peak the run lacks reach and likes
# a shape that stays high; the higher the peak, the more noise it has to lose, and the more it likes one that is
# low early. So a shared peak may crown a shape, and the peak chooses which.
#
# ### How long?

# %% tags=["answer"]
lasting = {0.0: "constant(1)", **asked["how long"]}
long_table = answered(lasting).rename_axis("of the run")
worse = [f"{f:g}" for f in long_table.index[long_table["verdict"] == "worse"]]
print(f"Found here: worse than a fifth of the run: {', '.join(worse) or 'none'}")
display(long_table)
curves = {"predicted: " + column: long_table[column].to_numpy() for column in predicted}
apart = np.array([losses[name] - losses[base] for name in lasting.values()])
axes = "cooldown, fraction of the run", "loss / base case"
curves["measured"] = 1 + apart / losses[base].mean()
plot.lines(list(lasting), curves, "Past a fifth, only theory goes on gaining", "", *axes)

# %%
from lrlib.evidence import claims

real = claims.stored("a-fifth-of-cooldown-is-enough").parts
plot.intervals(
    real,
    "A language model: the higher the peak, the longer the cooldown",
    xlabel="loss with two fifths against one fifth (%), mean and range over lengths",
)

# %% [markdown]
# **We see** the measured losses and both predictions; then public runs of 124M parameters, as
# [a notebook of evidence](../evidence/cooldown_shapes.ipynb) measures them. **This means** that a cooldown
# of a few per cent wins back a good part of what there is to win, but not all. Beyond a fifth, no difference
# can be told on the digits; both theories go on gaining: neither knows about wrong labels that are learnt by
# heart. So does the language model, except at its lowest peak. **It does not mean** that a tenth is too short for
# everyone: MiniCPM (Hu et al., 2024) reports that 10 % is enough and 2.5 % is not.
#
# ### Other tasks
#
# Next characters of Shakespeare, where no batch comes twice (`python -m lrlib sweep shapes-shakespeare`). And
# tumours told apart by logistic regression, a *convex* problem in tiny batches, trained here. The tumours are
# a picked example: the tuning seeds had shown that a cooldown brings little there.

# %% tags=["answer"]
from lrlib import tasks, train
from lrlib.course.finding import found
from lrlib.train import SGD

four = {"no cooldown": "constant(1)", "linear": base, "1-sqrt": texts["1-sqrt"]}
four["all of the run"] = "linear(1, 0, T)"
tumours = tasks.get("breast_cancer", batch_size=4)
grid = [0.0025, 0.0035, 0.005, 0.007, 0.01, 0.014]
how = {"steps": 600, "optimizer": SGD(momentum=0.9)}
tuned = train.tune(tumours, four, grid, seeds=range(1000, 1012), **how)
judged = train.judge(tumours, tuned, seeds=range(32))
nine = ["no cooldown", "steps", "exponential", "restarts", "all of the run", "cosine"]
nine += ["one-cycle", "linear", "1-sqrt"]
text = sweeps.load("shapes-shakespeare", nine).judged
display(found(text, about=list(four), reference="linear"))
display(found(judged, reference="linear"))

# %% [markdown]
# The first sentence is about Shakespeare, among nine schedules; the second about the tumours.
# On Shakespeare
# the longest of these cooldowns is the best, as both theories say: a fifth is no general limit. On the convex problem
# a tuned constant rate is quiet *and* arrives; what a cooldown adds, if anything, 32 pairs cannot tell. So ask first:
# does the full rate have noise to lose?
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
task, last, right = tasks.get("digits", label_noise=label_noise), {}, {}
whole, how["steps"] = cooldown.growing(task, steps - round(0.2 * steps)), steps
for size, problem in {"": task, " on all images": whole}.items():
    pair = {"full rate" + size: "constant(1)", "cooldown" + size: shapes["linear"]}
    done = train.sweep(problem, pair, base_lr, range(100, 100 + n_seeds), **how)
    last, right = last | done.losses(), right | done.right()
print(f"{len(last)} arms of {n_seeds} runs")

# %% tags=["answer"]
readings = {
    "worse": "So the drop is noise: it goes with the noise, at a rate that was never lowered.",
    "cannot tell": "So noise is not shown to be the cause, and walls remain possible.",
    "better": "So large batches do harm at this rate, which neither explanation foresaw.",
}
images = "full rate on all images"
names = ["full rate", "cooldown", "cooldown on all images"]
display(found(last, readings, about=names, reference=images, right=right))
plot.forest(last, reference=images)

# %% [markdown]
# **We see** four arms that share everything up to the last fifth, as differences to one of them. The sentence
# asks three questions, corrected together: is the full rate worse than without noise; is the cooldown, which loses the
# noise too, but slows down; and does a cooldown add anything once the noise is gone? **This means** what the
# verdict on *full rate* says. **It does not mean** that large batches are a bargain: those updates cost many
# times as much.
#
# ## What to do

# %%
from IPython.display import Markdown

of = fourteen["verdict"]
gain = losses["constant(1)"] - losses[base]
part = stats.ratio(100 * gain, losses["constant(1)"])
others = [of[texts[name]] for name in ("cosine", "1-sqrt", "square")]
Markdown(f"""> **Do this.** Go down in a straight line, over at least the last fifth of the run, to zero
> or near it. On the digits that took away, of the loss of a tuned constant rate, in per cent: {part}.
> *Length* matters most. Worse than a fifth there: {", ".join(worse)} of the run; a tenth: {of[long[0.1]]};
> the whole run: {of["linear(1, 0, T)"]}. On Shakespeare, where no
> batch came twice, the whole run was better than a fifth.
> *Final rate*: 0.3 of the peak: {of[ends[0.3]]}; a tenth: {of[ends[0.1]]}; a hundredth: {of[ends[0.01]]}.
> *Shape*, against linear: cosine {others[0]}, 1-sqrt {others[1]}, square {others[2]}: the
> last thing to tune. How sure: three small tasks and runs of 600 updates. For long
> runs read lesson 13, and count steps against memory, not per cent.""")

# %% [markdown]
# ## In your own loop
#
# *PyTorch*: the `LambdaLR` below. *Hugging Face*: `get_wsd_schedule(optimizer, num_warmup_steps,
# num_decay_steps, num_training_steps)`; its decay is a cosine unless you pass `decay_type="linear"`. *optax*:
# `join_schedules` of a `constant_schedule` and a `linear_schedule`, with the boundary $T - D$. *Keras* has none
# ready-made: its `PolynomialDecay` goes down all the way. The trap: a run that ends before its plan does,
# because a time limit or another setting stops it, never cools down. It is exhibit *cut-short* of
# [lesson 23](23_museum_of_broken_schedules.ipynb).

# %%
import torch
from torch.optim.lr_scheduler import LambdaLR

from lrlib.ledger import Ledger

D = round(0.2 * steps)
for made in (steps, steps - D):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=base_lr)
    scheduler = LambdaLR(optimizer, lambda t: min(1, (steps - t) / D))
    with Ledger.watch(optimizer) as ledger:
        for _ in range(made):
            optimizer.step()
            scheduler.step()
    print(f"{made} of {steps} updates made: last factor {ledger.used[-1] / base_lr:.2f}")

# %% [markdown]
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
#     return end + (1 - end) * (1 - q**0.5)
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
# - explain why no percentage is right for all: the memory of a rate in a direction is $1/(\eta h)$ updates;
# - test *is it noise?* by taking the noise away instead of the rate;
# - ask how short a cooldown may be, with a margin and an interval.
#
# **What this does not show.** Three small tasks, one length of run, SGD with momentum, one thing changed at a
# time: the best length for 1-sqrt may not be the best for linear. Only one figure here is of
# longer runs with Adam, where the step is not proportional to the noise.
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
# (a): the memory is $1/(0.2 \cdot 0.01) = 500$ updates, half of that for the loss. (c) is true of steep
# directions. (b) would need a rate that rises.
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
# [Previous: 11 Warm-up](11_warmup.ipynb) | [All lessons](index.ipynb) | [Next: 13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb)
