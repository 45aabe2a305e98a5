# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 16 Plateau
#
# *After this you can say all that a plateau rule remembers, compute how soon it cuts on noise alone, choose its
# patience for your noise, and test whether its looking helps.*
#
# Needs 02, 04, 05, 07 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
steps: int = 300  # optimizer updates per run, 100..2000
n_seeds: int = 32  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## A rule that looks
#
# Every schedule so far was written before the run, and most had to know its length $T$. A *plateau rule* knows
# neither. It is told *readings*, for example the validation loss after every epoch, and it cuts the rate when they
# have stopped improving. All that it remembers is the best reading so far, and how many readings in a row were not
# better. When these are more than its *patience* $p$, the rate is multiplied by `factor`, and the count begins
# again. Here is such a rule, of patience 2, with its memory in a `Standing`, beside the one of PyTorch.

# %%
import numpy as np
import pandas as pd
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrlib.optim import Plateau, Standing

readings = [0.90, 0.70, 0.72, 0.69, 0.71, 0.70, 0.75, 0.74, 0.70, 0.73]
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
standing, rows = Standing(), []
for reading in readings:
    standing = Plateau(factor=0.5, patience=2).after(standing, reading)
    scheduler.step(reading)
    theirs = optimizer.param_groups[0]["lr"]
    rows.append([reading, standing.best, standing.bad, standing.multiplier, theirs])
columns = ["reading", "best", "not better, in a row", "multiplier", "PyTorch's rate"]
pd.DataFrame(rows, columns=columns)

# %% [markdown]
# Patience 2 forgives two readings; the third that is not better makes the cut. `after` is a pure function, old
# memory and reading to new memory, so a run that is resumed with the memory goes on as if it had never stopped.
#
# ## Nothing but noise
#
# Suppose that nothing can be learned from the readings: the loss is at its noise floor (lesson 02), and each reading
# is one more draw of the same noise, independent of the others. PyTorch's default patience is 10. So the first
# possible cut is at reading 12. What is the chance that such a rule has cut by reading 20? Think of how likely it
# is that reading $n$ is the best so far.

# %%
my_chance = None  # of a cut by reading 20, between 0 and 1: your number

from lrlib.course import check
from lrlib.course.plateau import cut_by

check.reconcile(my_chance, cut_by(10, 20)[-1], tolerance=0.1, reread="the next text")

# %% [markdown]
# Among the first $n$ readings each is equally likely to be the lowest: so reading $n$ is a new best with the chance
# $1/n$, *whatever the noise looks like*. After a best at reading $n$, the next $p + 1$ readings bring none with the chance
#
# $$\left(1 - \frac1{n+1}\right) \left(1 - \frac1{n+2}\right) \cdots \left(1 - \frac1{n+p+1}\right) = \frac{n}{n + p + 1}.$$
#
# So a rule that cuts at reading $N = n + p + 1$ had its best at $n$, chance $1/n$, and then nothing. As long as no
# cut can have come before that best, up to $N = 2p + 3$, the chances simply add up:
#
# $$P(\text{cut by } N) = \sum_{n=1}^{N-p-1} \frac1n \cdot \frac{n}{n+p+1} = \frac1{p+2} + \dots + \frac1N
# \approx \ln \frac{N}{p+1}.$$
#
# Half of all rules have cut by about $1.65\,(p + 1)$ readings, since $\ln 1.65 \approx \frac12$. Later $N$ need a
# recursion over the places of the best, `cut_by`. Does the real rule agree? Its noise below is lopsided,
# not normal; with `rtol=0` any new best counts.

# %% tags=["answer"]
from lrlib import plot


def first_cut(rule, readings):
    standing = Standing()
    for n, reading in enumerate(readings, 1):
        standing = rule.after(standing, reading)
        if standing.multiplier < 1:
            return n
    return np.inf


noise, N = np.random.default_rng(0).exponential(size=(500, 60)), np.arange(1, 61)
chances = {}
for p in (3, 10, 30):
    cuts = np.array([first_cut(Plateau(patience=p, rtol=0), draws) for draws in noise])
    chances[f"patience {p}"] = cut_by(p, 60)
    chances[f"patience {p}, 500 rules"] = (cuts <= N[:, None]).mean(axis=1)
print(f"patience 10, cut by reading 20: {cut_by(10, 20)[-1]:.3f}")
plot.lines(
    N,
    chances,
    title="On noise alone every rule cuts, soon after its patience",
    xlabel="readings",
    ylabel="chance of a cut so far",
)

# %% [markdown]
# **We see** for three patiences the chance by the formula, and the share of five hundred rules. **This means** that no
# patience makes a rule quiet on noise: it only says when it cuts. **It does not mean** that such a cut is wrong. At rest
# a cut is what one wants. A *false alarm* is a cut that comes while the mean of the readings still falls.
#
# ## While the loss still falls
#
# Let the mean fall by $d$ a reading, with normal noise of standard deviation $s$ on top. Only $d / s$ matters, the
# *slope* in units of the noise. The formula above becomes an integral over where the best reading lies, which
# `cut_while_falling` sums up over a grid (*quadrature*); the project's tests hold it against simulated rules. Ask for a
# chance of at most 5 % for a false alarm within 100 readings: the cell below prints the patience that a slope of 0.2
# takes. Then the noise doubles, so that the slope is 0.1. Which patience does it take now?

# %%
from lrlib.course.plateau import cut_while_falling, patience_for

my_patience = None  # at a slope of 0.1: a whole number

print("slope 0.2: patience", patience_for(0.2, readings=100, allowed=0.05))
check.reconcile(my_patience, patience_for(0.1), tolerance=0.1, reread="the text below")

# %% tags=["answer"]
ratios = 2.0 ** np.arange(7)  # noise over slope
needed = np.array([patience_for(1 / ratio) for ratio in ratios])
print("patience for noise of 1, 2, 4 ... 64:", *needed)
plot.lines(
    ratios,
    {"needed": needed, "in proportion": needed[2] * ratios / ratios[2]},
    title="Patience has to grow with noise, but slower than in proportion",
    xlabel="noise s, in falls d of one reading (log scale)",
    ylabel="patience (readings)",
    log_x=True,
    log_y=True,
)

# %% [markdown]
# **We see** the smallest patience that is safe in this sense. **This means**: twice the noise asks for more
# patience, but for less than twice as much, since waiting helps in two ways: the mean falls further, and more draws have
# a chance to be low. For large noise the curve bends towards the length of the run, $100\,e^{-0.05}$, where the trend no longer
# helps. **It does not mean** that patience is free: the same patience delays every cut that is due. Averaging $k$ readings
# divides the noise by $\sqrt k$ and multiplies the slope by $k$, but costs $k$ readings.
#
# A *threshold* asks more of an improvement: below the best by that much. It is often raised to "ignore noise".
# Are false alarms rarer then? Decide first.

# %% tags=["answer"]
from IPython.display import display

from lrlib.course.explore import explorer


def draw(patience, slope, threshold):
    kinds = {
        "noise alone": cut_by(patience, 60),
        "falling": cut_while_falling(patience, 60, slope),
        "falling, threshold": cut_while_falling(patience, 60, slope, threshold),
    }
    title = "By reading 60: " + "; ".join(f"{k} {c[-1]:.2f}" for k, c in kinds.items())
    x, y = "readings", "chance of a cut so far"
    return plot.lines(N, kinds, title, f"Chances of a cut. {title}.", x, y, y_range=(0, 1))


display(draw(10, 0.2, 0.5))
explorer(draw, patience=(0, 40, 10), slope=(0.0, 1.0, 0.2), threshold=(0.0, 2.0, 0.5))

# %% [markdown]
# **We see** the chance of a cut with and without a threshold of half a standard deviation. **This means** that a
# threshold makes false alarms *more* frequent: fewer readings count as better. It is for telling a slow fall from one worth
# waiting for. **It does not mean** that noise has no remedy: patience is one, a less noisy reading another. (Without a
# running kernel: the figure is the starting position.)
#
# ## On the digits
#
# The rule looks at data, so these must not judge it. Half of the held-out images is now the *validation set*, read by the
# rule; the other half is the *test set*, at which all ways are judged (their peaks are tuned on it too, with other
# seeds, as everywhere here: lesson 04). A reading comes about 30 times a run. The
# code that trains many such runs at once, each with a memory of its own, is `lrlib.course.plateau.driven`.

# %%
from lrlib import stats, tasks, train
from lrlib.course.plateau import driven, parted, replayed

task, validation = parted(tasks.get("digits", label_noise=label_noise))
every = max(1, steps // 30)
looks = driven(task, Plateau(0.5, patience=2), [0.5], range(3), steps, every, validation)
named = {f"seed {n}": ledger for n, ledger in enumerate(looks.ledgers())}
plot.house(named, title="Three runs of one rule, with the rates that it chose")

# %% [markdown]
# **We see** the rates and test losses of three seeds with the same rule. **This means** that a plateau rule is no
# schedule: before the run nobody knows its rates. **It does not mean** that they fit the run better for it.
#
# ## The training effect, judged fairly
#
# Three patiences, of which 10 is the usual default, against two plans that never look, a line and half a cosine, and a
# constant rate. Each has the same number of updates (a rule's readings come free) and its own
# peak, tuned on seeds that are not used again. The plan
# that is best on the tuning seeds is the reference for all. Which patience comes nearest to it? Settle it with yourself.

# %% tags=["answer"]
from lrlib.schedules import constant, cosine, linear

plans = {"line": linear(1, 0, steps), "cosine": cosine(1, 0, steps)}
rules = {f"patience {p}": Plateau(0.5, patience=p) for p in (1, 2, 10)}
shapes, grid = plans | {"constant": constant()}, [0.226 * 2 ** (k / 2) for k in range(5)]
tuned = train.tune(task, shapes, grid, range(1000, 1008), steps=steps)
rates, how = tuned.sweep.base_lrs, (tuned.sweep.seeds, steps, every, validation, 1)
tried = dict(zip(shapes, tuned.sweep.result, strict=True))
tried |= {name: driven(task, rule, rates, *how).result for name, rule in rules.items()}
peaks = {name: stats.peak(rates, losses) for name, losses in tried.items()}
pd.DataFrame(map(vars, peaks.values()), peaks)[["rate", "loss", "at_edge"]].round(3)

# %% tags=["answer"]
plan, way = (min(names, key=lambda n: peaks[n].loss) for names in (plans, rules))
own = {name: peak.rate for name, peak in peaks.items()}
shaped = {name: own[name] * shapes[name] for name in (plan, "constant")}
judged = train.sweep(task, shaped, 1.0, range(n_seeds), steps=steps)
how = range(n_seeds), steps, every, validation
runs = driven(task, [*rules.values()], [own[name] for name in rules], *how)
print(f"best on the tuning seeds: of the plans {plan}, of the rules {way}")

# %% tags=["answer"]
from lrlib.course.finding import found

losses = judged.losses() | dict(zip(rules, runs.result, strict=True))
right = judged.right() | dict(zip(rules, runs.heldout_right[..., -1], strict=True))
excess = {name: stats.excess(rates, tried[name], peaks[name].rate) for name in losses}
losses = stats.Losses(losses, excess, right, reference=plan)
table = stats.ranking(losses)
readings = {
    "better": "So here looking at the run beats a plan that knows its end.",
    "worse": "So here a plan that knows its end beats looking at the run.",
    "cannot tell": "So here these pairs do not tell the best rule from the best plan.",
}
about = [way, *(name for name in losses if name not in (way, plan))]
display(found(losses, readings, about=about))
plot.forest(losses)

# %% tags=["answer"]
habits = runs.habits().set_axis([*rules])
display(habits.round(3))
best = runs.ledgers([*rules].index(way))
plot.house(judged.ledgers() | {way: best}, title=f"{stats.headline(losses)}")

# %% [markdown]
# **We see** the paired differences to the best plan, a dot a seed; then what each rule did, as means over seeds; then
# rates (of the first seed) and losses. **This means** what the computed sentence says, corrected for all comparisons. Read it beside
# the table: who cuts early has little rate left, who hardly cuts ends like the constant. **It does not mean** that a rule needs no
# knowledge of the run: its patience was tuned for *this* length, as the plans' $T$ is.
#
# ## Does the looking help?
#
# Two explanations for whatever a rule gains. It *hears* something about its own run, and cuts when this one is
# due. Or it is only *a decay like others*, and what it hears is noise. Then the cuts of another run would
# serve as well. So train every seed once more with the rates that the rule chose for the seed *before* it. All
# decays are the same, only not in their own runs. Who ends lower?

# %%
my_prediction = None  # "own", "borrowed" or "cannot tell"

factors = runs.used[[*rules].index(way)] / own[way]
borrowed = replayed(task, np.roll(factors, 1, axis=0), [own[way]], range(n_seeds))
pair = {"own cuts": losses[way], "borrowed cuts": borrowed.result[0]}
verdict = stats.ranking(pair, reference="own cuts").loc["borrowed cuts", "verdict"]
winner = {"worse": "own", "better": "borrowed", "cannot tell": "cannot tell"}
check.category(my_prediction, winner[verdict], winner.values(), reread="the text below")

# %% tags=["answer"]
readings = {
    "worse": "So the rule hears something of its own run, and a plan cannot.",
    "better": "So the cuts fit their own run less than another: the rule is misled by what it hears.",
    "cannot tell": "So what the rule hears of its own run is not seen to help: it decays.",
}
display(found(pair, readings, reference="own cuts"))
plot.forest(pair, reference="own cuts")

# %% [markdown]
# **We see** the paired difference, borrowed minus own. **This means** what the sentence says. **It does not mean** that
# looking is useless everywhere: here all seeds share data, network and length, so that one run's cuts are a good guess for
# another's. Where runs differ more, in data or length, they may not be.
#
# ## A noisier reading
#
# The cheapest reading is the loss of the latest batch: no evaluation is needed. Its noise is larger. By the theory the same
# patience must then cut too soon, and a longer one must cure it. One peak for all.

# %%
patiences, few = [1, 2, 4], range(n_seeds // 2)
how = [Plateau(0.5, patience=p) for p in patiences], [own[way]] * 3, few, steps, every
told = {
    "of the validation set": driven(task, *how, validation, 1),
    "of the latest batch": driven(task, *how, None, 1),
}
for kind, run in told.items():
    first = run.habits()["updates before the first cut"].round().astype(int)
    print(f"loss {kind}: falls by {run.slope[-1]:.2f} of its noise a reading,")
    print("  updates before the first cut:", *first)

# %%
clean, rough = (run.result for run in told.values())
pairs = zip(patiences, rough, clean, strict=True)
costs = stats.family({f"patience {p}": stats.compare(b, a) for p, b, a in pairs})
display(costs[["difference", "ci_low", "ci_high", "verdict"]].round(4))
said = ", ".join(f"{name} {verdict}" for name, verdict in costs["verdict"].items())
print(f"Found here: the latest batch, against the validation set: {said}.")
plot.lines(
    patiences,
    {kind: run.result for kind, run in told.items()},
    title="Last test loss against patience, for two kinds of readings",
    xlabel="patience (readings, log scale)",
    ylabel="last test loss (nats)",
    log_x=True,
)

# %% [markdown]
# **We see** the last losses, a thin line a seed, and in the table batch minus validation, corrected for the three. **This
# means**: where the verdict is *worse* and first cuts come earlier, noise made the rule cut too soon; where patience grows,
# the cost of noise should vanish. The printed lines say why: the smaller the part of its noise by which a loss falls, the
# sooner a rule takes noise for the end. **It does not mean** that a validation
# set gives clean readings: at a high rate the weights themselves move, and each reading meets others.

# %%
from IPython.display import Markdown

gap, verdict = table.loc[way, ["difference", "verdict"]]
usual, tells = table.loc["patience 10", ["difference", "verdict"]]
advice = {
    "better": "A plateau rule with a tuned patience is worth trying, also where the end is known",
    "worse": "Where the end is known, write a plan",
    "cannot tell": "Where the end is known, write a plan: it has no patience to be tuned",
}[verdict]
Markdown(
    f"> **Do this.** {advice}. Where the end is not known, let a rule cut, and choose its patience from readings of"
    f" your own: how far they fall against how much they jump. Here the best of three patiences ended {gap:+.3f} nats from"
    f" the best plan (*{verdict}*), the usual default of 10 {usual:+.3f} (*{tells}*), with {habits.cuts['patience 10']:.1f} cuts"
    " a run. How sure: one small task and one length; the patience will differ in yours."
)

# %% [markdown]
# ## In your own program
#
# | | |
# |---|---|
# | PyTorch | `ReduceLROnPlateau(optimizer, factor=0.5, patience=2)`, and `scheduler.step(loss)` after each evaluation |
# | `lrlib` | `FeedbackLR(optimizer, Plateau(0.5, patience=2), linear(0, 1, W))`: `step()` after each update, `report(loss)` after each evaluation |
# | Hugging Face | `lr_scheduler_type="reduce_lr_on_plateau"`, `lr_scheduler_kwargs={"factor": 0.5, "patience": 2}`, and an `eval_strategy` |
# | Keras | the callback `ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3)` |
# | optax | `optax.contrib.reduce_on_plateau(factor=0.5, patience=3)` at the end of a chain, and `value=loss` in `update` |
#
# Keras and optax cut *at* the patience, so theirs is one more. In `lrlib` a warm-up, or any schedule, goes with the rule; in
# PyTorch `SequentialLR` refuses it. Five ways to be wrong, with a factor of one half:


# %%
def cuts_of(readings, **how):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler, used = ReduceLROnPlateau(optimizer, factor=0.5, **how), [1.0]
    for reading in readings:
        scheduler.step(reading)
        used.append(optimizer.param_groups[0]["lr"])
    return int((np.diff(used) < 0).sum())


t, below = np.arange(30), {"patience": 3, "threshold": 0.1}
falls, still = 0.8**t, {"patience": 3, "threshold": 0.01, "threshold_mode": "abs"}
cases = {
    "8 epochs that stand still, default patience": (cuts_of([0.5] * 8), "some"),
    "an accuracy that rises, mode left at min": (cuts_of(1 - falls, patience=3), "none"),
    "a loss below 0 that gets worse, relative": (cuts_of(-10 * 0.95**t, **below), "some"),
    "a loss that falls by a fifth, absolute": (cuts_of(falls, **still), "none"),
    "that loss, reported 10 times": (cuts_of(falls.repeat(10), patience=3), "none"),
}
pd.DataFrame.from_dict(cases, orient="index", columns=["cuts", "wanted"])

# %% [markdown]
# `mode="max"` is for what should rise; Hugging Face leaves it at `min`, also where `greater_is_better`. A
# relative threshold is a part of the best reading: below zero it takes worse for better, and near zero it asks for almost
# nothing. An absolute one asks for ever larger parts as a loss nears zero. And patience counts *calls*: a loss reported after
# every batch that changes once an epoch is mostly "not better". `cooldown` readings after a cut are not counted. Two more
# such faults hang in [lesson 23](23_museum_of_broken_schedules.ipynb): *Patience is counted as in another library*, and
# *Every process watches its own loss for a plateau*.
#
# ## Exercises
#
# **1, guided.** When is a reading better? Write the test for a loss or a gain (`mode` "min" or "max"), with a
# threshold that is a part of the best reading's *size* (`threshold_mode` "rel") or a number ("abs"). It has to be right below zero.


# %% tags=["exercise"]
def is_better(reading, best, mode, threshold, threshold_mode):
    raise NotImplementedError("how much is asked for; then: by how much is it better?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("16.1", is_better)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def is_better(reading, best, mode, threshold, threshold_mode):
#     asked = threshold * abs(best) if threshold_mode == "rel" else threshold
#     return best - reading > asked if mode == "min" else reading - best > asked
# ```
#
# Without `abs`, what is asked for below zero is negative, and a worse reading passes.
# </details>

# %% [markdown]
# **2, standard.** The chance that a rule of patience `p` has cut by reading `N`, on noise alone, for `N` up to
# $2p + 3$. Use the sum, not the logarithm.


# %% tags=["exercise"]
def my_chance_by(p, N):
    raise NotImplementedError("add up 1 / (n + p + 1) over all places n of the best")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("16.2", my_chance_by)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_chance_by(p, N):
#     return sum(1 / (n + p + 1) for n in range(1, N - p))
# ```
#
# The last best that can lead to a cut by `N` is at `N - p - 1`. Before reading `p + 2` there is none, and the sum is empty.
# </details>

# %% [markdown]
# **3, open.** Take the readings of a run of your own, at a constant rate. Estimate the slope and the noise of the part that
# still falls, as the cell above does from differences. Which patience does `patience_for` ask for? Read `cut_by` for it,
# too: how many readings will it wait once the loss stands still? If that is a good part of your run, you need a less noisy reading.
#
# ## Summary
#
# You can now
#
# - say all that a plateau rule remembers, and resume it;
# - compute how soon it cuts on noise alone: half of all rules by $1.65\,(p + 1)$ readings;
# - choose a patience for a slope and a noise, and say why a threshold is no remedy for noise;
# - test whether looking helps, by lending a run the cuts of another.
#
# **What this does not show.** The formulas hold for readings that are independent of each other; those of one run are not
# quite. One small network, one data set and one length; the factor stayed at one half, and only three patiences
# were tried. Rules that also raise the rate were not judged.
#
# ## Quiz
#
# **1. On noise alone a rule of patience 20 has cut by reading 35 with a chance of about**
#
# - (a) one half
# - (b) 5 %
# - (c) one
#
# <details><summary>Answer</summary>
#
# (a): $\ln (35 / 21) \approx 0.51$. (b) takes patience for a bound on false alarms. (c) comes later: noise always cuts in the end.
# </details>
#
# **2. Your rule cuts too soon, because readings are noisy. What helps?**
#
# - (a) a smaller factor
# - (b) more patience, or evaluation on more rows or averaged weights
# - (c) a higher threshold
#
# <details><summary>Answer</summary>
#
# (b). (c) makes it cut sooner: fewer readings count as better. (a) makes each false alarm dearer.
# </details>
#
# **3. Runs with the cuts of another seed end like those with their own. So**
#
# - (a) here the decay does the work, and what the rule hears of its own run is not seen to matter
# - (b) the rule never cut
# - (c) plateau rules do not work
#
# <details><summary>Answer</summary>
#
# (a). (c): both may end far below a constant rate. (b) can be read from the table of cuts.
# </details>
#
# ## References
#
# - Rényi 1962, *Théorie des éléments saillants d'une suite d'observations*: that new bests come independently, with
#   the chance $1/n$. Arnold, Balakrishnan and Nagaraja 1998, *Records*, chapter 2,
#   [doi:10.1002/9781118150412](https://doi.org/10.1002/9781118150412).
# - Page 1954, *Continuous Inspection Schemes*, [doi:10.1093/biomet/41.1-2.100](https://doi.org/10.1093/biomet/41.1-2.100): how
#   long a rule that watches noise runs before a false alarm, by an integral equation.
# - PyTorch documentation,
#   [ReduceLROnPlateau](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html).
# - [pytorch/pytorch#47513](https://github.com/pytorch/pytorch/issues/47513): the relative threshold below zero;
#   [#119763](https://github.com/pytorch/pytorch/issues/119763): how patience is counted.

# %% [markdown] tags=["navigation"]
# [Previous: 15 Wrong horizon](15_wrong_horizon.ipynb) | [All lessons](index.ipynb) | [Next: 17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb)
