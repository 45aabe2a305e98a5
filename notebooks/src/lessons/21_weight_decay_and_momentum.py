# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 21 Weight decay and momentum
#
# *After this you can say how fast weight decay forgets under a schedule, predict where weights settle, tell what
# decay buys from what it costs, and carry a rate from one momentum to another.*
#
# Needs 04, 07, 10, 17 - 60 min - computes in under 20 s - CPU
#
# Answers: How do schedule and optimizer depend on each other? / How do I choose it? / How do I implement it?

# %% tags=["parameters"]
rate: float = 0.1  # SGD's rate in the run that is watched, 0.05..0.4
decay: float = 0.04  # its weight decay, 0.02..0.1
steps: int = 1000  # updates of that run, 800..4000
n_seeds: int = 12  # paired repetitions of each change to AdamW, 6..64

# %% [markdown]
# ## Two ways to shrink a weight
#
# *Weight decay* takes a share off every weight in every update. There are two ways to write it. *L2*, or *coupled*:
# add $\lambda w$ to the gradient, and let the optimizer do what it does with gradients. *Decoupled*: shrink the
# weight directly, beside the optimizer's step,
#
# $$w \leftarrow (1 - \eta\lambda)\, w - \eta \cdot \text{step}.$$
#
# Here $\eta$ is the rate and $\lambda$ the decay. For SGD the two are one formula. Adam divides a gradient by the
# size that gradients of this weight have had (lesson 17), and an L2 term with it. AdamW is Adam with the decoupled
# one. Two weights start at 1 and get nothing but noise, one in large gradients, one in small.

# %%
import numpy as np
import torch

torch.set_num_threads(1)  # small tensors gain nothing from more
noise = torch.from_numpy(np.random.default_rng(0).standard_normal((500, 2)))
noise *= torch.tensor([10.0, 0.1])  # the sizes of the two weights' gradients


def after(kind, decay):
    weights = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    optimizer = kind([weights], lr=0.002, weight_decay=decay)
    for weights.grad in noise:
        optimizer.step()
    return weights.detach().numpy()


for kind in (torch.optim.Adam, torch.optim.AdamW):
    large, small = after(kind, 0) - after(kind, 0.1)
    print(f"{kind.__name__:6} large gradients: {large:.4f} lower, small ones: {small:.4f}")

# %% [markdown]
# AdamW's decay makes both weights lower by about the same. Adam's L2 term does next to nothing to the weight with
# large gradients, and much to the other one: it is a decay whose strength depends on the size of the noise.
#
# ## How long is a weight remembered?
#
# Every update keeps the share $1 - \eta_t\lambda$ of what is there. So after a run
#
# $$\frac{\text{left of the start}}{\text{start}} = \prod_t (1 - \eta_t\lambda) \approx e^{-\lambda \cdot \mathrm{reach}},
# \qquad \mathrm{reach} = \sum_t \eta_t.$$
#
# At a constant rate it falls to $1/e$ in $1/(\eta\lambda)$ updates: the *memory* of the decay. Weights are a moving
# average of what updates put in (lesson 14), with that memory. In PyTorch the schedule is in it: AdamW multiplies
# its decay by the scheduled rate.
#
# **Predict.** PyTorch's defaults, `AdamW(lr=0.001, weight_decay=0.01)`, linear decay of the rate to zero, 10,000
# updates: how much of a weight does the decay take away, in per cent?

# %%
my_prediction = None  # per cent of a weight that is gone: your number, before you run

# %%
from lrlib.course import check
from lrlib.optim import ScheduleLR
from lrlib.schedules import constant, cosine, linear

weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
optimizer = torch.optim.AdamW([weight], lr=0.001, weight_decay=0.01)
scheduler = ScheduleLR(optimizer, linear(1, 0, 10_000))
weight.grad = torch.zeros_like(weight)  # nothing but the decay
for _ in range(10_000):
    optimizer.step()
    scheduler.step()
gone = 100 * (1 - weight.item())
check.reconcile(my_prediction, gone, tolerance=0.1, reread="the formula above")

# %% [markdown]
# The reach is 5, so the formula says $e^{-0.05}$. The memory of these defaults is 100,000 updates: in a shorter run
# they hardly decay at all. So state a decay as the part of a run that it remembers, $1/(\eta\lambda T)$. Which
# updates are in the final weights then? Update $t$ was put in with the rate $\eta_t$, and then shrunk by all later
# updates.

# %%
from lrlib import plot

T = 600
shapes = {"constant": constant(1, T), "linear": linear(1, 0, T), "cosine": cosine(1, 0, T)}
kept = {}
for name, shape in shapes.items():
    keep = 1 - 3 / T * shape.values(T)  # rate x decay = 3/T at the peak
    later = np.append(keep[::-1].cumprod()[::-1][1:], 1)
    kept[name] = shape.values(T) * later / (shape.values(T) * later).sum() * T
plot.lines(
    np.arange(T),
    kept,
    like=shapes,
    title="Decay forgets the early updates, a schedule plays down the late ones",
    xlabel="update",
    ylabel="share in the final weights, x T",
)

# %% [markdown]
# **We see** how much each update counts in the final weights, where the memory at the peak is a third of the run.
# **This means** that decay and schedule work on the same quantity from two sides: with a constant rate the last
# updates count most; with a decay of the rate, those in the middle. **It does not mean** that counting more is
# better: the late updates were made where the weights were best.
#
# ## Where weights settle
#
# Each update adds something, decay takes a share off; where both are equal, the length of a weight vector settles.
# For a layer that is followed by a normalisation the balance can be computed. Its length $|w|$ means nothing, since
# the normalisation divides it away. So the gradient is at a right angle to $w$, and is shorter where $w$ is longer:
# $|g| = G/|w|$. By Pythagoras, with SGD,
#
# $$|w|^2 \leftarrow (1 - \eta\lambda)^2 |w|^2 + \eta^2 G^2 / |w|^2, \qquad\text{which settles at}\qquad
# |w|^4 = \frac{\eta\, G^2}{2\lambda}.$$
#
# What such a layer *does* changes only as its direction turns: by the angle $\eta |g| / |w|$ in an update. At the
# balance that is $\sqrt{2\eta\lambda}$, whatever $G$ is. Its effective rate is $\eta/|w|^2$: the length of the
# weights is a hidden schedule.
#
# **Predict.** The digits' network, its hidden layer normalised, trained with SGD at rate 0.1 and decay 0.04, from
# weights half as long as usual and from twice as long ones. By how many radians does the layer turn in an update, in
# the end?

# %%
my_turn = None  # radians: your number, before you run

# %%
from functools import partial

from lrlib import tasks
from lrlib.course import decay as course

digits = tasks.get("digits")
sgd = partial(torch.optim.SGD, lr=rate, weight_decay=decay)
seen = {f"from x {times}": course.watched(digits, sgd, steps, times) for times in (0.5, 2)}
turns = {name: turn for name, (_, turn) in seen.items()}
check.reconcile(my_turn, np.mean([*turns.values()]), tolerance=0.1, reread="the balance")

# %% tags=["answer"]
from IPython.display import display

print("Found here:", "; ".join(f"{name}: {each:.3f}" for name, each in turns.items()))
print(f"by the formula: {np.sqrt(2 * rate * decay):.3f} radians an update")
for told in (0.004, 0.016):
    adamw = partial(torch.optim.AdamW, lr=told, weight_decay=0.5)
    _, found_it = course.watched(digits, adamw, steps)
    predicted = np.sqrt(2 * told * 0.5 * (1 - 0.9) / (1 + 0.9))
    print(f"AdamW at {told}: {found_it:.3f}, by its formula {predicted:.3f}")
plot.lines(
    np.arange(steps),
    {name: found for name, (found, _) in seen.items()},
    title="Two starts, one length",
    xlabel="update",
    ylabel="length of the normalised layer's weights",
)

# %% [markdown]
# **We see** the length of the layer's weights. **This means** that what a decay does to a normalised layer has
# little to do with "small weights". It sets how far the layer turns in an update, $\sqrt{2\eta\lambda}$, and it
# takes some $1/(4\eta\lambda)$ updates to get there. Before that, the initial length decides: long weights turn
# slowly. For AdamW the same argument gives $\sqrt{2\eta\lambda\,(1-\beta_1)/(1+\beta_1)}$ (Kosson et al. 2023),
# printed for two rates: an estimate, since it takes gradients for pure noise. **It does not mean** that the loss is
# lower.
#
# Under a schedule the balance moves. Here is the recursion above with $G = 1$, under linear decay of the rate.

# %%
from lrlib.course.explore import explorer


def draw(log10_rate, log10_decay, start, linear_decay):
    eta = 10**log10_rate * (linear(1, 0, 3000) if linear_decay else constant()).values(3000)
    shrink, length, curves = eta * 10**log10_decay, [start], {}
    for e, s in zip(eta, shrink, strict=True):
        length.append(np.sqrt((1 - s) ** 2 * length[-1] ** 2 + e**2 / length[-1] ** 2))
    curves["length"] = np.array(length[1:])
    curves["turn"] = 1000 * eta / np.array(length[:-1]) ** 2
    curves["turn at the balance"] = 1000 * np.sqrt(2 * shrink)
    at_the_end = f"The last turn: {curves['turn'][-1]:.3g} thousandths of a radian"
    return plot.lines(
        range(3000), curves, at_the_end, "", "update", "length; turn (mrad)", log_y=True
    )


display(draw(-1.0, -2.0, 1.0, 1))
explorer(
    draw,
    log10_rate=(-2.0, 0.0, -1.0),
    log10_decay=(-4.0, -1.0, -2.0),
    start=(0.5, 4.0, 1.0),
    linear_decay=(0, 1, 1),
)

# %% [markdown]
# **We see** length and turn. **This means** that a schedule of the rate meets a slow partner: the turn first follows
# the balance, and at the end, when $1/(4\eta\lambda)$ has become longer than what is left of the run, the length
# stays as it is, and the turn falls like the rate. **It does not mean** that real gradients have a constant $G$. In
# the explorer set the decay to its lowest: then nothing holds the length, it grows, and the turn falls even at a
# constant rate (`linear_decay` = 0). (Without a kernel: at $\lambda = 0$ there is no balance.)
#
# ## What decay buys
#
# Now a task on which a network learns its 200 training images by heart, a fifth of them with wrong labels. Stored
# sweeps (`python -m lrlib sweep decay`) have Adam without decay, AdamW with three decays and Adam with
# two L2 terms, with linear decay of the rate. Two questions, as in lesson
# 11: is the best run better, and is the range of usable rates wider?

# %%
from lrlib import stats
from lrlib.course.finding import found, together
from lrlib.evidence import sweeps

files = {f"decay {x}": f"decay/{x}" for x in ("none", 0.1, 0.4, 1.6)}
files |= {f"L2 {x}": f"decay/l2-{x}" for x in (0.01, 0.03)}
stored = {name: sweeps.load(file, [name]) for name, file in files.items()}
ends = course.ends(files, "decay none")
peaks = {name: each.tuned.fitted[name] for name, each in stored.items()}
best = min(["decay 0.1", "decay 0.4", "decay 1.6"], key=lambda name: peaks[name].loss)
display(found(ends, about=[best, "decay 0.4", "L2 0.01"]))
curves = {name: each.grid.result[0] for name, each in stored.items() if "decay" in name}
chosen = {name: peaks[name].rate for name in curves}
rates = stored[best].grid.base_lrs
plot.sensitivity(rates, curves, chosen=chosen, title="Decay makes the rate matter less")

# %%
ranges = course.wider(stored, "decay none")
words = {"better": "wider", "worse": "narrower", "cannot tell": "no change"}
for name, row in ranges.iterrows():
    times = 2**-row.difference
    print(f"Found here: {name}: usable up to {times:.1f} x the rate, {words[row.verdict]}")

# %% [markdown]
# **We see** the loss of each kind against the rate it was trained at, the tuned one as a dot; usable is a rate that
# keeps 90 % of the best gain without decay (lesson 11). (Ranges may end with the grid; a decay that keeps so much at
# no rate is left out.) **This means**: here a decay is an insurance. It costs a little at the best rate, and saves a
# run whose rate is too high, which without it learns the wrong labels by heart. **It does not mean** that decay
# never lowers the loss: these are small networks on one task, and loss is not all: compare the shares that are
# right.
#
# ## Another rate: what happens to the decay?
#
# Two rules compete. *Keep the product* $\eta\lambda$: then the memory is the same part of the run (Wang and
# Aitchison 2024). *Keep the decay* $\lambda$: where Adam's steps all push the same way, a weight ends at $1/\lambda$
# at most, since there $\eta\lambda |w|$ takes off all that a step of $\eta$ puts in, whatever $\eta$ is. The product
# says how *soon* weights settle, the decay *where*. From rate 0.01 and decay 0.4 we go to four times the rate.
#
# And two changes at the old rate. *Steady*: the decay does not follow the schedule but stays, at half its strength,
# so that it takes as much off in sum. *Matrices only*: biases do not decay.
#
# **Predict**, by finding the three points in the last figure. At four times the rate: which rule stays nearer to the
# old loss, *product* or *decay*?

# %%
my_rule = None  # "product" or "decay": the one to be kept

# %%
from lrlib import train
from lrlib.train import AdamW

few = stored["decay 0.4"].definition.task
falling = linear(1, 0, 600)
arms = {
    "as it was": (0.01, AdamW(weight_decay=0.4)),
    "rate x 4, product kept": (0.04, AdamW(weight_decay=0.1)),
    "rate x 4, decay kept": (0.04, AdamW(weight_decay=0.4)),
    "steady": (0.01, course.SteadyDecay(weight_decay=0.2, shape=falling)),
    "matrices only": (0.01, course.MatrixDecay(weight_decay=0.4)),
}
losses, right = {}, {}
for name, (told, optimizer) in arms.items():
    done = train.sweep(few, {name: falling}, told, range(n_seeds), optimizer=optimizer)
    losses |= done.losses()
    right |= done.right()
table = stats.ranking(losses, "as it was")
far = {
    rule: abs(table["difference"][f"rate x 4, {rule} kept"])
    for rule in ("product", "decay")
}
check.category(my_rule, min(far, key=far.get), [*far])

# %% tags=["answer"]
display(found(losses, about=[*losses][1:], reference="as it was", right=right))
plot.forest(losses, reference="as it was")

# %% [markdown]
# **We see** each change minus *as it was*, with the same seed; the sentence begins with the two rules. **This
# means**, if the decay is the better rule: where weights settle well before the end, *where* counts more than *how
# soon*. A steady decay goes on when steps have become small; the length at which both balance goes down with the
# rate, and the network fades: its answers become timid, which costs loss, while the share that is right may even
# rise. So, for the loss, a schedule of the rate needs the decay to follow, as in PyTorch. **It does not mean** that
# the product is a wrong guide: this is one start, one factor, one task. Where weights never settle, all there is is
# the memory, and it is the product that fixes it. Wang and Aitchison change models and data sets, and find the best
# memory, counted in passes over the data, about the same.
#
# ## Momentum
#
# SGD with momentum $\mu$ steps along a running sum in which a gradient counts
# $1 + \mu + \mu^2 + \dots = 1/(1 - \mu)$ times in all (lesson 10): the *effective rate* is $\eta/(1 - \mu)$. Stored
# sweeps have the digits with wrong labels, 600 updates, with $\mu = 0$ and $\mu = 0.9$, each at rates of its own.

# %%
shapes = ["constant", "linear", "cosine"]
plain = sweeps.load("linear-cosine-long", shapes)
heavy = sweeps.load("linear-cosine-long-momentum", shapes)
pairs = {s: (plain.tuned.fitted[s], heavy.tuned.fitted[s]) for s in shapes}
for s, (a, b) in pairs.items():
    print(
        f"{s:8}: peak {a.rate:.3f} [{a.low:.3f}, {a.high:.3f}] without momentum, {b.rate:.4f} "
        f"[{b.low:.4f}, {b.high:.4f}] with it: x {a.rate / b.rate:.1f}"
    )
ends_of = {"no momentum": plain.judged.losses(), "momentum": heavy.judged.losses()}
both = together(ends_of, "no momentum", "linear")
display(found(both))

# %% [markdown]
# Ten is where to begin; the tuned factors are printed last. (An interval from 0 reaches the end of its grid.) The
# sentence says what momentum itself brings with linear decay.
#
# ## AdamW as people use it
#
# Recipes for transformers have three more habits: $\beta_2 = 0.95$ in place of 0.999, gradients clipped at length 1,
# and a decay of 0.1. Here is a small transformer that predicts symbols, 120 updates with a warm-up. Each habit is
# taken away or added alone, and each setting has its own tuned rate.

# %%
habits = {
    "decay 0.1, beta2 0.999": "adamw/plain",
    "beta2 0.95": "adamw/beta2",
    "clipped at 1": "adamw/clipped",
    "no decay": "adamw/undecayed",
}
transformer = course.ends(habits, "decay 0.1, beta2 0.999")
display(found(transformer))
plot.forest(transformer)

# %% [markdown]
# **We see** each setting minus the first, with the same seed. (Verdicts are corrected for all three and for the
# tuning, so an interval beside 0 is not enough.) **This means** what they say, for a run this short. A smaller
# $\beta_2$ forgets old squares sooner (in 20 updates, not 1,000), clipping bounds the damage of a single bad batch:
# both are made for the rare event in a long run. **It does not mean** that a habit is useless where no difference is
# seen; perhaps nothing happened that it could prevent.

# %%
from IPython.display import Markdown

cost, wide = (ends[best] - ends["decay none"]).mean(), -ranges["difference"]["decay 0.4"]
Markdown(f"""> **Do this.** Use the decoupled decay, and let it follow the rate, as PyTorch's AdamW does. First compute
> what it leaves of the start in your run, exp(-decay x sum of rates); by default, and in a short run, that is nearly
> all. Where you change the rate, begin with the {min(far, key=far.get)} kept: of the two rules the nearer one in our
> one case. With momentum 0.9 begin at a tenth of SGD's rate, then tune. How sure: on 200 images the best of three
> decays cost {cost:+.3f} nats at its tuned rate, and decay 0.4 made the range of usable rates at least
> {2**wide:.0f} times as wide. That decay helps large models is said by many, not tested here.""")

# %% [markdown]
# ## In your own code
#
# *PyTorch*: `AdamW(weight_decay=0.01)` is decoupled, and follows the rate; `Adam(weight_decay=...)` is an L2 term
# unless `decoupled_weight_decay=True`. *optax*: `adamw(weight_decay=1e-4, mask=...)` follows the rate, too. *Keras*:
# `AdamW(weight_decay=0.004)`; `exclude_from_weight_decay(var_names=...)`. *Hugging Face*:
# `TrainingArguments(weight_decay=0.0)`, which leaves out biases and norms by itself. The paper's AdamW is another:
# there the schedule multiplies the decay, and the base rate does not. The trap: a
# decay tuned with one, used in the other, is wrong by the factor `base_lr`. To keep a decay steady, schedule it
# against the rate.

# %%
from lrlib.ledger import Ledger
from lrlib.optim import ParamSchedule
from lrlib.schedules import table as listed

layers = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.LayerNorm(8))
decayed = [p for p in layers.parameters() if p.ndim >= 2]
spared = [p for p in layers.parameters() if p.ndim < 2]
groups = [{"params": decayed}, {"params": spared, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1, betas=(0.9, 0.95))
down = linear(1, 0, 10)
against = listed(tuple(1 / down.values(10)))
scheduler = ParamSchedule(optimizer, {"lr": down, "weight_decay": against})
products = []
with Ledger.watch(optimizer, intended=down) as ledger:
    for _ in range(10):
        products.append([g["lr"] * g["weight_decay"] for g in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
print(f"rates as intended: {ledger.largest_gap() < 1e-12}; rate x decay of the groups:")
print("first update", np.round(products[0], 6), "last", np.round(products[-1], 6))

# %% [markdown]
# ## Exercises
#
# **1, guided.** What part of the initial weights is left after a run with these rates?


# %% tags=["exercise"]
def my_left(rates, decay):
    raise NotImplementedError("each update keeps a share; multiply them")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("21.1", my_left)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_left(rates, decay):
#     return np.prod(1 - decay * np.asarray(rates))
# ```
# </details>

# %% [markdown]
# **2, standard.** A normalised layer, SGD, gradient length `G / |w|`. Return the length at which it settles, and the
# angle in radians by which it turns in an update. The second check runs the recursion.


# %% tags=["exercise"]
def my_balance(rate, decay, G):
    raise NotImplementedError("return two numbers: length, angle")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("21.2", my_balance)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_balance(rate, decay, G):
#     return (rate * G**2 / (2 * decay)) ** 0.25, np.sqrt(2 * rate * decay)
# ```
#
# Keep the product, and the angle stays; the length does not.
# </details>

# %% [markdown]
# **3, open.** Keep $\eta\lambda$ at 0.004 and go with the rate from 0.05 over 0.1 to 0.2. Predict the angle, the
# length in the end, and how many updates it takes to get there; then measure with `course.watched`. Which of
# the three is not exact, and why?
#
# ## Summary
#
# You can now
#
# - tell L2 from a decoupled decay, and say what Adam does to the first;
# - compute what a decay forgets in a run, schedule included;
# - predict where a normalised layer settles, and how far it turns in an update;
# - separate what a decay does to the best run from what it does to the range of rates;
# - begin at the right rate when momentum changes.
#
# **What this does not show.** Small networks and short runs; decays chosen from three. The balance holds for layers
# followed by a normalisation; others settle too, but where depends on the loss.
#
# ## Quiz
#
# **1. AdamW, rate 0.001 and decay 0.1, constant. After how many updates is 1/e of the initial weights
# left?**
#
# - (a) 10,000
# - (b) 10
# - (c) 1,000
#
# <details><summary>Answer</summary>
#
# (a): 1/(rate x decay). (b) forgets the rate, (c) the decay.
# </details>
#
# **2. A normalised layer is trained with decay 0.01. Its weights become shorter. The network**
#
# - (a) becomes simpler, since its weights are small
# - (b) is the same function, and turns faster
# - (c) has smaller outputs
#
# <details><summary>Answer</summary>
#
# (b): its effective rate is the rate over the squared length. (a) and (c) hold for layers that are not normalised.
# </details>
#
# **3. The rate decays to zero, and the decay is kept constant, apart from the rate. In the end the
# weights**
#
# - (a) stay as they are
# - (b) grow
# - (c) shrink, since steps no longer make up for the decay
#
# <details><summary>Answer</summary>
#
# (c). (a) is what PyTorch's AdamW does: no rate, no decay. (b) would need steps that outweigh the decay.
# </details>
#
# **4. SGD was tuned at rate 0.5. With momentum 0.9, begin at**
#
# - (a) 0.5
# - (b) 5
# - (c) 0.05
#
# <details><summary>Answer</summary>
#
# (c), then tune. (a) is an effective rate of 5; (b) multiplies where one has to divide.
# </details>
#
# ## References
#
# - Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*,
#   [arXiv:1711.05101](https://arxiv.org/abs/1711.05101): AdamW, its schedule, L2 in Adam.
# - Wang and Aitchison 2024, *How to set AdamW's weight decay as you scale model and dataset size*,
#   [arXiv:2405.13698](https://arxiv.org/abs/2405.13698): the moving average, and its memory as a part of the run.
# - Kosson, Messmer and Jaggi 2023, *Rotational Equilibrium*, [arXiv:2305.17212](https://arxiv.org/abs/2305.17212): length
#   and turn, for SGD and AdamW.
# - Van Laarhoven 2017, *L2 Regularization versus Batch and Weight Normalization*,
#   [arXiv:1706.05350](https://arxiv.org/abs/1706.05350): the effective rate of a normalised layer.
# - Xie and Li 2024, *Implicit Bias of AdamW*, [arXiv:2404.04454](https://arxiv.org/abs/2404.04454): weights end within
#   1 / decay.
# - D'Angelo et al. 2023, *Why Do We Need Weight Decay in Modern Deep Learning?*,
#   [arXiv:2310.04415](https://arxiv.org/abs/2310.04415).
# - Goyal et al. 2017, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677), section 3: momentum and the rate.
# - Documentation: [torch.optim.AdamW](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html),
#   [optax.adamw](https://optax.readthedocs.io/en/latest/api/optimizers.html#adamw).

# %% [markdown] tags=["navigation"]
# [Previous: 20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb) | [All lessons](index.ipynb) | [Next: 22 One name, eight schedules](22_one_name_eight_schedules.ipynb)
