# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 18 No rate to tune?
#
# *After this you can say what Polyak's step, DoG, Prodigy and Schedule-Free measure in place of a rate, name the
# knob that each of them keeps, and compare one with a tuned schedule at an equal bill.*
#
# Needs 02, 04, 07, 14, 17 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do schedule and optimizer depend on each other?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates of the runs trained here, 100..1000
n_seeds: int = 3  # seeds of the runs trained here, 2..16
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## What would a good rate have to know?
#
# A rate is found by trying: a range test (lesson 03), or a grid (04). Every try is a run that somebody pays for.
# Could the optimizer *measure* its rate on the way? There is something to measure. At step $t$ let $x_t$ be the
# weights, $f_t$ the loss, $g_t$ its gradient.
#
# - **Polyak's step** (1987) asks how far the loss is above its lowest value $f_{\min}$, and goes to where a straight
#   line would reach it: $\eta_t = (f_t - f_{\min}) / \lVert g_t\rVert^2$.
# - **DoG**, *distance over gradients* (2023), asks how far the weights have travelled:
#   $\eta_t = \max_i \lVert x_i - x_0\rVert / \sqrt{\lVert g_0\rVert^2 + \dots + \lVert g_t\rVert^2}$. As nothing has
#   travelled at first, the maximum begins at a small first guess.
#
# On a bowl with three curvatures, both are a line or two.

# %%
import numpy as np

h = np.array([1.0, 0.3, 0.1])  # curvatures of the bowl; its lowest loss is 0


def walk(rule, noise=0.0, start=3.0, updates=200):
    """Losses of a walk whose rule makes a rate of all weights and gradients so far."""
    draw, xs, gs = np.random.default_rng(0), [np.full(3, start)], []
    for _ in range(updates):
        gs.append(h * xs[-1] + noise * draw.standard_normal(3))
        xs.append(xs[-1] - rule(xs, gs) * gs[-1])
    return (h * np.square(xs)).sum(axis=1) / 2


print(f"a constant rate of 0.5: loss {walk(lambda xs, gs: 0.5)[-1]:.2g} after 200 updates")


# %%
def polyak(f_min):
    return lambda xs, gs: ((h * xs[-1] ** 2).sum() / 2 - f_min) / (gs[-1] ** 2).sum()


def dog(first_guess):
    def rule(xs, gs):
        travelled = max(np.linalg.norm(x - xs[0]) for x in xs)
        return max(travelled, first_guess) / np.sqrt(np.square(gs).sum())

    return rule


# %%
from lrlib import plot

believed = {f"Polyak, f_min = {f:g}": walk(polyak(f)) for f in (0.0, -0.01, -0.1)}
guessed = {f"DoG, first guess {r:g}": walk(dog(r)) for r in (1e-6, 1e-2, 1.0)}
for name, losses in {**believed, **guessed}.items():
    print(f"{name:24} after 50 {losses[50]:8.2g}, later {np.median(losses[100:]):8.2g}")

# %%
plot.lines(
    range(201),
    believed | guessed,
    title="What a rule believes decides where it ends, and when it starts",
    xlabel="step (optimizer updates)",
    ylabel="loss (loss units)",
    log_y=True,
    y_range=(1e-8, 20),
)

# %% [markdown]
# **We see** no rate anywhere, and six different runs. **This means** that the rate was replaced by a belief. With the
# right $f_{\min}$ Polyak's step needs nothing else; with one that is too low it hovers, because near the bottom
# it still sees a distance to go. DoG's first guess has to be below the distance to the minimum, and being far below
# it costs updates: the distance has to be travelled before it is known. **It does not mean** that these beliefs are
# hard to get right on every problem.
#
# The remaining two of this page:
#
# - **Prodigy** (2024; of the family of D-Adaptation) is Adam whose rate is an estimate $d$ of the distance to the
#   minimum, drawn from how well gradients agree with the way already gone. It begins at $d_0 = 10^{-6}$ and only grows.
# - **Schedule-Free** (2024) measures no rate. It replaces the *decay*, by an average of the weights (lesson 14).
#   Its rate is a number that you give.
#
# | method | what it believes | its factor, default | what the default hides |
# |---|---|---|---|
# | `SPSMax`, Polyak on batches | $f_{\min} = 0$, also for a batch | cap on the rate, 1 | the cap |
# | `DoG` | a short first step | factor of the rate, 1 | `reps_rel` = 1e-6 |
# | `Prodigy` | a short first distance | factor of the rate, 1 | `d0` = 1e-6 |
# | `ScheduleFreeAdamW` | nothing | the rate, 0.0025 | the rate |
#
# All are in `lrlib.adaptive`, written to be read, and held to their authors' programs by the project's tests.

# %%
from IPython.display import display

from lrlib.course.explore import explorer


def draw(first_guess, noise, start):
    rules = {"DoG": dog(first_guess), "Polyak": polyak(0.0)}
    rules["constant rate 0.5"] = lambda xs, gs: 0.5
    losses = {name: walk(rule, noise, start) for name, rule in rules.items()}
    said = "; ".join(f"{name} {loss[-1]:.2g}" for name, loss in losses.items())
    title, alt = (
        f"After 200: {said}",
        f"First guess {first_guess:.2g}, noise {noise:.2g}: {said}.",
    )
    x, y = "step (optimizer updates)", "loss (loss units)"
    return plot.lines(range(201), losses, title, alt, x, y, log_y=True)


display(draw(1e-6, 0.3, 3.0))
explorer(
    draw, first_guess=(1e-9, 10.0, 1e-6), noise=(0.0, 1.0, 0.3), start=(0.1, 30.0, 3.0)
)

# %% [markdown]
# **We see** the same rules where every gradient carries noise. (Without a running kernel the figure is the starting
# position; the printed lines above are what the sliders do without noise.) **This means** that noise meets each belief
# in another way. Polyak's step is told the exact loss here; near the bottom the gradient is mostly noise, so its rate
# falls with the loss. DoG's falls because its sum of gradients grows. **It does not mean** that a batch tells anybody
# the exact loss: on real data the loss is as noisy as the gradient.
#
# ## Predict: how often is the cap the rate?
#
# By default a fifth of the training labels of the digits is wrong. A small network cannot learn them all, so the
# loss of a batch stays far above 0. `SPSMax` believes that it can be 0, and has a cap of 1. In which share of the
# updates of the second half of a run is its rate nothing but the cap?

# %%
from lrlib import tasks, train
from lrlib.course import check

task = tasks.get("digits", label_noise=label_noise)


def seen(method, **knobs):
    """Runs at factor 1 and a constant schedule: what a method makes of it is all its own."""
    optimizer = train.PerModel(method, **knobs)
    how = {"steps": steps, "evaluations": 1, "optimizer": optimizer}
    return train.sweep(task, "constant(1)", 1.0, range(n_seeds), **how)


print(f"{task.name}: a constant guess has a loss of {task.guess:.2f} nats")

# %%
my_prediction = None  # a number 0..1, before you run

# %%
own = {method: seen(method) for method in ("SPSMax", "DoG", "Prodigy")}
rates = {method: run.effective[0, 0] for method, run in own.items()}
capped = (rates["SPSMax"][:, steps // 2 :] == 1).mean()
check.reconcile(my_prediction, capped, 0.1, reread="the text after the figure")

# %% tags=["answer"]
print(f"Found here: in the second half the cap is the rate of {capped:.0%} of the updates.")
plot.lines(
    range(steps),
    {method: each.T for method, each in rates.items()},
    title="The rates that three methods made for themselves",
    xlabel="step (optimizer updates)",
    ylabel="effective rate (log scale)",
    log_y=True,
)

# %% [markdown]
# **We see** effective rates, a thin line a seed, from the ledger of each run: what multiplies the gradient, for
# Prodigy what multiplies Adam's ratio (lesson 17), so compare shapes, not heights. **This means** that a rate may have moved
# into another knob. Where the cap acts, `SPSMax` *is* SGD with the rate that its cap is, and the cap has to be tuned.
# DoG and Prodigy climb from their guesses, each at its own pace, to a rate of their own. **It does not mean** that they
# decay: nothing here brings the rate to zero at the end of the run.
#
# ## How much does the first guess hide?
#
# The guesses of $10^{-6}$ are said not to matter, as long as they are small. Take a thousandth of each, and a
# thousand times as much, at factor 1.

# %%
import pandas as pd

knobs = {"DoG": "reps_rel", "Prodigy": "d0"}
ends = pd.DataFrame({method: {"1e-06": own[method].result.mean()} for method in knobs})
for guess in (1e-9, 1e-3):
    for method, knob in knobs.items():
        ends.loc[f"{guess:g}", method] = seen(method, **{knob: guess}).result.mean()
low, high = ends.min(), ends.max()
print("Found here: over six decades of its first guess the mean last loss")
for method in knobs:
    print(f"  of {method} is {low[method]:.2f} to {high[method]:.2f} nats")
ends.loc[["1e-09", "1e-06", "0.001"]].rename_axis("first guess").round(3)

# %% [markdown]
# The guess is paid in *updates*. DoG's distance has to grow from it, by a factor a step at first, and until it has
# grown nothing is learnt. In a run of a million updates that is nothing; in one of a few hundred it can be all.
# Prodigy's estimate may grow by any factor in one step, and needs few.
#
# ## The bill
#
# Which is better, a method with no rate, or a tuned decay? The fair question names a *bill*: so many runs, tuning
# included. The protocol was written down before the stored runs were trained; a look at three seeds over 200 updates
# came before it, and made the runs longer, because DoG had hardly begun.
#
# 1. Everybody has $B$ runs of 400 updates, and one knob. With $B = 1$ it stays at the optimizer's own default.
# 2. With more, $B - 1$ runs try values of it: the default, then others, drawn at random from eleven, each twice the
#    one before: three decades. The value with the lowest held-out loss gets the last run, on a new seed, and only
#    that one counts.
# 3. 20 people, each with a tuning seed and a last seed of their own; what a person ends with is the mean over 1,000
#    draws. The draws are the same for all methods.
# 4. Opponents: SGD with momentum 0.9 and AdamW, both with linear decay to zero, the knob their peak rate. PyTorch's
#    default is 0.001 for both.
# 5. Compared are bills of 1, 4 and 12 runs, four methods with two opponents: 24 comparisons, corrected together.
#
# The runs are stored sweeps, an optimizer each (`python -m lrlib sweep knob`); `bill.spend`, a dozen
# lines in `lrlib/course/bill.py`, draws from them what a person tries. Their values:

# %%
from lrlib import stats
from lrlib.course import bill
from lrlib.evidence import sweeps

defaults = {"SGD": 0.001, "AdamW": 0.001, "SPSMax": 1.0, "DoG": 1.0, "Prodigy": 1.0}
defaults |= {"Schedule-Free": 0.0025}
opponents, methods = list(defaults)[:2], list(defaults)[2:]
grids = {name: sweeps.load(f"knob/{name.lower()}").grid for name in defaults}
for name, grid in grids.items():
    print(f"{name:14} {min(grid.base_lrs):g} to {max(grid.base_lrs):g}")

# %%
from itertools import product

bills = (1, 2, 3, 4, 6, 8, 12)
each = [(name, runs) for name in defaults for runs in bills]
ended = {(name, runs): bill.spend(grids[name], defaults[name], runs) for name, runs in each}
trios = product(methods, (1, 4, 12), opponents)
rows = {(a, n, b): stats.compare(ended[a, n], ended[b, n]) for a, n, b in trios}
print(f"{len(rows)} comparisons of {len(ended['SGD', 1])} people each")

# %% [markdown]
# **Predict.** At the smallest bill everything is a default. Which is the smallest bill with which one of the decays
# is told to end below *all four* methods: 1, 4 or 12 runs, or none of these?

# %%
my_guess = None  # "1", "4", "12" or "none"

# %%
table = stats.family(rows)
table.index = pd.MultiIndex.from_tuples(rows, names=["method", "runs", "against"])
told = (table["verdict"] == "worse").groupby(level=["runs", "against"]).all()
below = [str(runs) for runs in (1, 4, 12) if told[runs].any()]
check.category(
    my_guess, [*below, "none"][0], ("1", "4", "12", "none"), reread="the next text"
)

# %% tags=["answer"]
counts = table["verdict"].groupby(level="runs").value_counts().unstack(fill_value=0)
for runs, row in counts.iterrows():
    said = ", ".join(f"{n} {verdict}" for verdict, n in row.items() if n)
    print(f"Found here: at a bill of {runs}, of 8 comparisons with a decay: {said}.")
display(table["verdict"].unstack(["against", "runs"]))

# %% tags=["answer"]
plot.lines(
    bills,
    {name: [ended[name, runs].mean() for runs in bills] for name in defaults},
    title="What a bill of runs buys, tuning included",
    xlabel="runs paid for (log scale)",
    ylabel="last held-out loss (nats)",
    log_x=True,
    y_range=(0.3, 0.75),
)

# %% [markdown]
# **We see** verdicts on what 20 people end with, each method against each decay, and in the figure the means at every
# bill. **This means** that where two lines cross, it depends on the bill which is better: a default that needs no search
# is worth the search that it saves. Where a line rises, people chose what was lucky on one seed.
# **It does not mean** that PyTorch's 0.001 is a bad default; it was never meant for
# this network. Whoever brings a good rate from a related task starts the opponents' lines further down.
#
# ## Three decades of the knob that is left
#
# A knob that hardly matters need not be tuned. Here is every value of it, each against its default. The *width* of a
# valley is the span of values, in decades, whose mean loss is within 0.05 nats of the lowest.

# %%
valleys = {name: bill.valley(grids[name], defaults[name], near=0.05) for name in defaults}
print("Found here, decades within 0.05 nats of the lowest mean loss:")
print("; ".join(f"{name} {width:.1f}" for name, (*_, width) in valleys.items()))
factors = 2.0 ** np.arange(-5, 11)
over = {
    name: np.interp(np.log(factors), np.log(x), y, left=np.nan, right=np.nan)
    for name, (x, y, _) in valleys.items()
}
plot.lines(
    factors,
    over,
    title="The knob that is left, from its default",
    xlabel="knob / default (log scale)",
    ylabel="mean last held-out loss (nats)",
    log_x=True,
    y_range=(0.2, 2.5),
)

# %% [markdown]
# **We see** six valleys. **This means** that no method here is free of a knob: the width says how closely it has to be
# known, the place of the lowest point how good the default is *on this task*. **It does not mean** that the valleys stay
# where they are when the task changes. That they stay is what the methods promise, and one task cannot show it.
#
# ## Wrong rate, or no decay?
#
# Suppose that a method loses. Either the rate that it makes is *wrong*: then turn its factor. Or its rate is right and
# stays too high *at the end*: then multiply it by a linear decay, at the default factor. Each remedy costs something:
# turning costs runs, and a decay needs to know the end. Give each method one, the other, and both, and compare with its
# default. Turning means the bill of 12.

# %%
cures = {"knob turned": (12, 0), "decay": (1, 1), "both": (12, 1)}
rows = {
    (name, cure): stats.compare(bill.spend(grids[name], 1.0, *how), ended[name, 1])
    for name in ("SPSMax", "DoG", "Prodigy")
    for cure, how in cures.items()
}
helped = stats.family(rows)
helped.index = pd.MultiIndex.from_tuples(rows, names=["method", "cure"])
for name in ("SPSMax", "DoG", "Prodigy"):
    told = helped.loc[name]["verdict"]
    cured = ", ".join(told.index[told == "better"]) or "nothing that was tried"
    print(f"Found here: {name} ends lower than at its default with: {cured}.")
helped[["difference", "ci_low", "ci_high", "alone", "verdict"]].round(3)

# %% [markdown]
# A difference of exactly 0 says that everybody's search came back to the default.
# A method that measures a rate answers how *large*; a schedule answers *when*. Where a decay helps at the default
# factor, only the first question had been answered. Prodigy's authors train with a cosine; those of DoG average the
# weights, as Schedule-Free does. But a decay from the first step on also slows whatever still has to grow: look at the
# method with the slowest start. `ScheduleLR` works with all of them, since each has a factor `lr`; what that multiplies
# is in the docstring. For `SPSMax` it is the cap.

# %%
from IPython.display import Markdown

cheap, *_, dear = sorted(methods, key=lambda name: ended[name, 1].mean())
rival = min(opponents, key=lambda name: ended[name, 12].mean())
last, cure = table.loc[(cheap, 12, rival)], helped.loc[cheap, "decay"]
Markdown(
    f"""> **Do this.** With one run and no rate from a related task, take a method whose default has worked: here {cheap},
> {ended[cheap, 1].mean():.3f} nats; {dear} ended at {ended[dear, 1].mean():.3f}. A decay changed {cheap} by {cure.difference:+.3f} ({cure.verdict}); where a
> first guess still has to grow, begin it late. With a dozen runs tune the peak of a linear decay: {rival} ended at {ended[rival, 12].mean():.3f},
> {cheap} with its knob tuned at the same bill at {ended[cheap, 12].mean():.3f} ({last.verdict}). In both cases look in the ledger for the knob
> that acts. How sure: one small task, 400 updates."""
)

# %% [markdown]
# ## In your own code
#
# ```python
# optimizer = Prodigy(model.parameters(), lr=1.0)      # pip install prodigyopt
# scheduler = CosineAnnealingLR(optimizer, T_max=10_000)  # it does not decay by itself
# ```
#
# - **PyTorch** has none of these. The authors' packages are `prodigyopt`, `dadaptation`, `dog-optimizer` and `schedulefree`
#   (`AdamWScheduleFree`). **optax** has `prodigy`, `dadapt_adamw`, `dog`, `dowg`, `momo`, `mechanize` and
#   `schedule_free` in `optax.contrib`, and `polyak_sgd`. **Hugging Face**: `optim="schedule_free_adamw"`, with
#   `lr_scheduler_type="constant"`. **Keras** has `ScheduleFreeAdamW`, in its latest versions.
# - **Trap 1.** `lr` is a factor and 1 its default, but not for Schedule-Free. A copied `lr=1e-3` divides the rate by a
#   thousand.
# - **Trap 2.** Schedule-Free holds two sets of weights: call `optimizer.eval()` before you evaluate or save, and
#   `optimizer.train()` before you go on (lesson 14).
# - **Trap 3.** A warm-up makes Prodigy's early steps small, and its estimate large: that is what `safeguard_warmup` is for.
#
# ## Exercises
#
# **1, guided.** Polyak's rate with a cap: `loss`, the `squared_norm` of its gradient, `f_min`, `cap`. A loss below
# `f_min` asks for no step.


# %% tags=["exercise"]
def my_capped(loss, squared_norm, f_min, cap):
    raise NotImplementedError("how far above f_min, over the squared norm; then the cap")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("18.1", my_capped)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_capped(loss, squared_norm, f_min, cap):
#     return min(max(loss - f_min, 0) / squared_norm, cap)
# ```
#
# With `cap` infinite it is Polyak's step; with `f_min` far too low, it is SGD at rate `cap`.
# </details>

# %% [markdown]
# **2, standard.** DoG's rates from a record of a run: `distances` from the start and `norms` of the gradients, one
# for each step, and its `first_guess`. Return the rate of every step.


# %% tags=["exercise"]
def my_dog(distances, norms, first_guess):
    raise NotImplementedError(
        "the largest distance so far, over the root of the sum so far"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("18.2", my_dog)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_dog(distances, norms, first_guess):
#     farthest = np.maximum(np.maximum.accumulate(distances), first_guess)
#     return farthest / np.sqrt(np.cumsum(np.square(norms)))
# ```
#
# While the weights stay where they are, the rate falls like $1/\sqrt t$; it grows only where they go farther than
# ever before.
# </details>

# %% [markdown]
# **3, open.** Your turn to write a protocol. `DoWG` and `DAdaptAdam` were not on the bill. Write down, before you train
# anything, what you would need to see to prefer one of them to Prodigy; then train `seen("DoWG")` and
# `seen("DAdaptAdam")`, with enough seeds for `stats.ranking`.
#
# ## Summary
#
# You can now
#
# - write Polyak's step and DoG, and say what each believes;
# - find the knob that a default hides, and see in a ledger whether it acts;
# - compare methods at an equal bill, tuning included, and say from which bill on tuning pays;
# - tell a wrong rate from a missing decay.
#
# **What this does not show.** One small network, one data set, 400 updates, one knob for each method; all others
# (momentum, betas, warm-up, weight decay) stayed at their defaults. In long runs a first guess costs less. DoG is judged
# at its last weights; its authors call an average of them crucial. Random search is not the best way to spend a bill, and range tests (lesson 03) are cheaper than runs. The held-out
# set both chooses and judges, though on different seeds.
#
# ## Quiz
#
# **1. `SPSMax` on a loss that never comes near 0, with `f_min=0`, behaves like**
#
# - (a) SGD with a decay
# - (b) Polyak's step with the right minimum
# - (c) SGD at the rate of its cap
#
# <details><summary>Answer</summary>
#
# (c): the distance to go is overestimated at every step, so the cap acts. (a): the distance would have to shrink. (b)
# needs the lowest loss there really is.
# </details>
#
# **2. A run of 300 updates with DoG ends almost where it began. Look first at**
#
# - (a) how long the distance grew from its first guess
# - (b) the noise of the gradients
# - (c) the decay at the end
#
# <details><summary>Answer</summary>
#
# (a): until it has grown, the rate is next to nothing. (c) acts at the end only. (b) keeps a rate low, but not for
# hundreds of updates at a millionth.
# </details>
#
# **3. A method's default beats a tuned schedule, which was given 30 runs to tune. The comparison
# was**
#
# - (a) about different bills: 1 run against 31
# - (b) unfair to the schedule
# - (c) unfair to the method
#
# <details><summary>Answer</summary>
#
# (a). It is no fault, if it is said: at equal bills the method might have won by more, so it is not (b); and (c) would
# ask for tuning that it does not need.
# </details>
#
# ## References
#
# - Polyak 1987, *Introduction to Optimization*, section 5.3; Loizou et al. 2021, *Stochastic Polyak Step-size for SGD*,
#   [arXiv:2002.10542](https://arxiv.org/abs/2002.10542): with a cap, on batches.
# - Ivgi, Hinder and Carmon 2023, *DoG is SGD's Best Friend*, [arXiv:2302.12022](https://arxiv.org/abs/2302.12022).
# - Defazio and Mishchenko 2023, *Learning-Rate-Free Learning by D-Adaptation*,
#   [arXiv:2301.07733](https://arxiv.org/abs/2301.07733); Mishchenko and Defazio 2024, *Prodigy*,
#   [arXiv:2306.06101](https://arxiv.org/abs/2306.06101).
# - Defazio et al. 2024, *The Road Less Scheduled*, [arXiv:2405.15682](https://arxiv.org/abs/2405.15682): Schedule-Free.
# - Dahl et al. 2023, *Benchmarking Neural Network Training Algorithms*,
#   [arXiv:2306.07179](https://arxiv.org/abs/2306.07179): bills for tuning, and a track without any.

# %% [markdown] tags=["navigation"]
# [Previous: 17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb) | [All lessons](index.ipynb) | [Next: 19 Batch size](19_batch_size.ipynb)
