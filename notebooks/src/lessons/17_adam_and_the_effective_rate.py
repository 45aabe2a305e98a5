# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 17 Adam and the effective rate
#
# *After this you can say what an optimizer makes of the number that you call its rate, repair a widely copied
# formula for adaptive rates, and predict what a loss in other units changes.*
#
# Needs 01, 04, 07, 11 - 55 min - computes in under 20 s - CPU
#
# Answers: How do schedule and optimizer depend on each other? / How do I choose it?

# %% tags=["parameters"]
steps: int = 200  # optimizer updates per run that is trained here, 100..1000
rate: float = 0.02  # what Adam is told in the first runs, 0.001..0.04
scale: float = 1000.0  # by how much the loss is multiplied, 2..1e6
n_seeds: int = 6  # paired repetitions with that loss, 6..32

# %% [markdown]
# ## What one number becomes
#
# SGD moves a weight by $\mathrm{rate} \cdot g$, $g$ being the slope of the loss along this weight, its *gradient*.
# Adam keeps two running averages for every weight, $m$ of gradients and $v$ of their squares. In an update each
# keeps the share $\beta$ of what it was. They begin at 0, so they are divided by $1 - \beta^t$ after $t$ updates;
# the hats below say so.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \qquad
# w \leftarrow w - \frac{\mathrm{rate}}{\sqrt{\hat v} + \epsilon}\; \hat m.$$
#
# The fraction is the *effective rate* of this weight: what the optimizer multiplies its gradient by, here an
# averaged one. For SGD it is the rate itself, the same for all weights. $\epsilon$ is tiny; it keeps the division
# from failing. Here is Adam for one weight, next to PyTorch's.

# %%
import numpy as np
import torch


def adam(gradients, rate, b1=0.9, b2=0.999, eps=1e-8):
    w = m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        effective = rate / (np.sqrt(v / (1 - b2**t)) + eps)
        w -= effective * m / (1 - b1**t)
    return w, effective


slopes = [3.0, -0.1, 0.2]
weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
optimizer = torch.optim.Adam([weight], lr=rate)
for slope in slopes:
    weight.grad = torch.full_like(weight, slope)
    optimizer.step()
w, effective = adam(slopes, rate)
print(f"this is torch.optim.Adam: {np.isclose(w, weight.item())}")
print(f"told {rate:g}, effective {effective:.4f}")

# %% [markdown]
# **Predict.** We train the network of the handwritten digits with Adam and tell it 0.02. Its 3,466 weights get as
# many effective rates. Is the one in the middle, the median, after 200 updates *lower* than what it was told, *about
# equal* (within a factor of 3), or *higher*? (Weights that never had a gradient, as those of pixels that are always
# blank, are left out.)

# %%
my_prediction = None  # "lower", "about equal" or "higher": yours, before you run

# %%
from lrlib import tasks
from lrlib.course import check
from lrlib.ledger import Ledger

torch.set_num_threads(1)  # small matrices gain nothing from more
task = tasks.get("digits")
model, batches = task.model(0), task.batches(0, steps)
optimizer, seen = torch.optim.Adam(model.parameters(), lr=rate), []
with Ledger.watch(optimizer) as ledger:
    for t in range(steps):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
        squares = [state["exp_avg_sq"].flatten() for state in optimizer.state.values()]
        v = torch.cat(squares).numpy() / (1 - 0.999 ** (t + 1))
        seen.append(np.quantile(rate / (np.sqrt(v[v > 0]) + 1e-8), [0.1, 0.5, 0.9]))
low, median, high = np.transpose(seen)
times = median[-1] / rate
answer = "higher" if times > 3 else "lower" if times < 1 / 3 else "about equal"
check.category(my_prediction, answer, ["lower", "about equal", "higher"])

# %% tags=["answer"]
from lrlib import plot

print(
    f"Found here: told {rate:g}, the median weight has {median[-1]:.2g} after {steps} updates,"
)
print(f"and from the lowest tenth to the highest: {low[-1]:.2g} to {high[-1]:.2g}.")
effective = {"90th percentile": high, "median": median, "10th percentile": low}
plot.lines(
    ledger.steps,
    {**effective, "used": ledger.used},
    title="Adam is told one rate and uses thousands",
    xlabel="step (optimizer updates)",
    ylabel="effective rate",
    log_y=True,
)

# %% [markdown]
# **We see** what the ledger knows, one flat line, and above it what Adam makes of it. **This means** that a small
# gradient gets a large effective rate and the other way round, so that all weights move about as far: by the rate or
# less (lesson 11). The number is a *length*, how far a weight may go in an update. **It does not mean** that the
# rate is constant in effect. Without any schedule the curves
# move: down while gradients grow, in the first updates, and up again as they shrink.
#
# ## One rate for all: a formula, repaired
#
# Before Adam there was *AdaGrad*: divide by the root of the *sum* of squares, not of an average. Its simplest form,
# *AdaGrad-Norm*, has one such sum for all weights, with $|g|^2$, the squared length of the whole gradient:
#
# $$\mathrm{rate}_t = \frac{D}{\sqrt{|g_0|^2 + |g_1|^2 + \dots + |g_t|^2}}.$$
#
# Many introductions have a section on "online" or "adaptive" rates with one formula: one over the root of the sum of
# the *second-order gradients* so far. Read that as squared gradients, $g^2$, and it is AdaGrad-Norm with $D = 1$.
# Read it as it stands, second derivatives, and it is another rule. Let both go down a bowl, $w^2/4$, and
# $\log\cosh w$: a slope of 1 that bends only near its bottom at 0. Both start at $w = 10$.
#
# **Predict.** Which reading comes within 1 of the bottom of $\log\cosh$ in 200 updates?

# %%
my_reading = None  # "squared gradient", "second derivative", "both" or "neither"

# %%
problems = {  # slope and second derivative
    "log cosh": (np.tanh, lambda w: 1 - np.tanh(w) ** 2),
    "bowl": (lambda w: w / 2, lambda w: 0.5),
}
readings = {
    "squared gradient": lambda slope, bend: slope**2,
    "second derivative": lambda slope, bend: bend,
}


def path(problem, reading, times=1.0, w=10.0):
    """Distances from the bottom at 0; the loss is multiplied by `times`."""
    (slope, bend), total, distances = problems[problem], 0.0, [abs(w)]
    for _ in range(200):
        g, h = times * slope(w), times * bend(w)
        total += readings[reading](g, h)
        w = w - g / np.sqrt(total)
        distances.append(max(abs(w), 1e-3))  # nearer is the bottom
    return np.array(distances)


# %%
curves = {reading: path("log cosh", reading) for reading in readings}
arrived = [reading for reading, distance in curves.items() if distance[-1] < 1]
answer = {0: "neither", 2: "both"}.get(len(arrived), *arrived[:1])
check.category(
    my_reading, answer, ["squared gradient", "second derivative", "both", "neither"]
)

# %% tags=["answer"]
import pandas as pd
from IPython.display import display

last = {
    (problem, f"loss x {times:g}"): {r: path(problem, r, times)[-1] for r in readings}
    for problem in problems
    for times in (1.0, 1000.0)
}
display(pd.DataFrame(last).T.map("{:.2g}".format))
print(f"Found here: the bottom of log cosh is reached by: {answer}.")
plot.lines(
    np.arange(41),
    {reading: distances[:41] for reading, distances in curves.items()},
    title="What bends does not say how far to go",
    xlabel="update",
    ylabel="distance from the bottom of log cosh",
    log_y=True,
)

# %% [markdown]
# **We see** distances after 200 updates, and on the way. **This means** that the second derivative is no substitute.
# At 10 the curve hardly bends, so the sum is almost nothing and the first step leaps. Where it lands nothing bends,
# the sum does not grow, and the next step leaps back as far. Noise is invisible to it, too: it is in gradients, not
# in how the loss bends. **It does not mean** that the curvature is useless. Newton's rate divides by it, *without* a
# root and without a sum: $1/h$.
#
# *Units tell*, without a run. A gradient has the unit loss / weight, so SGD's rate has weight² / loss, or else the
# product would be no step. $1/h$ has that unit. $1/\sqrt{\sum g^2}$ has weight / loss, and lacks a length: the $D$
# above, which the article's formula sets to 1. In theory the best $D$ is about how far the start is from the bottom.
# $1/\sqrt{\sum h}$ has weight / √loss: what it lacks has the loss in it, so no constant holds for two losses. On the
# same bowl in other units it goes wrong: multiply the loss by 1,000, and the second column runs away.
#
# `lrlib.adaptive.AdaGradNorm` calls $D$ its rate. The ledger keeps both: what it was told, and what it used.

# %%
from lrlib.adaptive import AdaGradNorm

model, squares = task.model(0), []
optimizer = AdaGradNorm(model.parameters(), lr=4.0)
with Ledger.watch(optimizer) as ledger:
    for t in range(steps):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        squares.append(sum(float((w.grad**2).sum()) for w in model.parameters()))
        optimizer.step()
effective = ledger.effective_by_group[:, 0]
same = np.allclose(effective, ledger.used / np.sqrt(np.cumsum(squares)))
print(f"the ledger has our formula: {same}")
first, last = effective[0], effective[-1]
print(f"told {ledger.used[0]:g} throughout, used {first:.2f} at first, {last:.2f} at last")

# %% [markdown]
# ## Does an adaptive rate need a schedule?
#
# AdaGrad-Norm's rate falls by itself. Adam's may do anything. So do they still need a decay? Three optimizers, SGD,
# Adam and AdaGrad-Norm, were trained on the digits for 200 updates, each with a constant rate and with linear decay
# to zero, at 29 numbers from 0.001 to 16 (`python -m lrlib sweep rates-adam` and so on). Each of the six gets its
# own tuned number, and is judged on fresh seeds.
#
# **Predict.** Is there one of the three for which the decay makes the end *higher*? Which?

# %%
my_exception = None  # "SGD", "Adam", "AdaGrad-Norm" or "none of them"

# %%
from lrlib import stats
from lrlib.evidence import sweeps

files = {"SGD": "rates/sgd", "Adam": "rates/adam", "AdaGrad-Norm": "rates/adagrad-norm"}
stored = {name: sweeps.load(file, ["constant", "linear"]) for name, file in files.items()}
gains = {}
for name, each in stored.items():
    ends = each.judged.losses()
    error = ends.peak_error("linear", "constant")
    gains[name] = stats.compare(ends["linear"], ends["constant"], also=error)
gains = stats.family(gains)
harmed = [*gains.index[gains["verdict"] == "worse"], "none of them"]
check.category(my_exception, harmed[0], [*stored, "none of them"])

# %% tags=["answer"]
from lrlib.course.finding import found, together

words = {"better": "lower", "worse": "higher", "cannot tell": "no difference seen"}
seen = "; ".join(f"{name} {words[each]}" for name, each in gains["verdict"].items())
print(f"Found here: with linear decay, against a constant rate: {seen}.")
tuned = {name: each.tuned.fitted for name, each in stored.items()}
numbers = {
    name: {f"{s}, tuned rate": peak.rate for s, peak in of.items()}
    for name, of in tuned.items()
}
display(pd.DataFrame(numbers).T.join(gains[["difference", "ci_low", "ci_high"]]).round(3))
linear = together(
    {name: of.judged.losses() for name, of in stored.items()}, "SGD", "linear"
)
display(found(linear))
rates = stored["SGD"].grid.base_lrs
curves = {name: each.grid.result[1] for name, each in stored.items()}
chosen = {name: of["linear"].rate for name, of in tuned.items()}
plot.sensitivity(rates, curves, chosen=chosen, title="One axis, three units")

# %% [markdown]
# **We see**, after the table, the end losses at linear decay against the number that each optimizer was told, the
# tuned one as a dot. **This means** that "0.001" says nothing without its optimizer: the same number is far too low
# for one, and near the best for another. No factor translates it, since the three have different units. It also
# means that *adaptive* and *scheduled* are two things. Adam adapts to how large gradients *are*, not to when the run
# ends: where they are mostly noise, each step stays at about a quarter of what it was told (lesson 11) until
# somebody tells it less. A sum of squares, though, is a clock: AdaGrad-Norm has its decay built in, and where a
# second one does harm, that fits. **It does not mean** that this order of optimizers, or the size of a gain, holds
# for other networks or longer runs.
#
# ## A bowl to try it on
#
# One weight, one bowl, three optimizers with constant rates. The gradient is $w$ plus noise.

# %%
from lrlib.course.explore import explorer


def draw(noise, log10_rate, log10_scale):
    noisy, told, curves = np.random.default_rng(0).standard_normal(300), 10**log10_rate, {}
    for name in ("SGD", "Adam", "AdaGrad-Norm"):
        w, m, v, total, curve = 3.0, 0.0, 0.0, 0.0, []
        for t, z in enumerate(noisy, 1):
            g = 10**log10_scale * (w + noise * z)
            m, v, total = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2, total + g**2
            adam_step = m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t))
            w -= told * {"SGD": g, "Adam": adam_step}.get(name, g / np.sqrt(total))
            w = np.clip(w, -1e6, 1e6)
            curve.append(max(abs(w), 1e-3))
        curves[name] = np.array(curve)
    ends = "; ".join(f"{name} {c[-100:].mean():.2g}" for name, c in curves.items())
    title = f"Mean distance at the end: {ends}"
    return plot.lines(range(300), curves, title, "", "update", "distance", log_y=True)


display(draw(1.0, -1.0, 0.0))
explorer(
    draw, noise=(0.0, 2.0, 1.0), log10_rate=(-3.0, 0.5, -1.0), log10_scale=(-2.0, 2.0, 0.0)
)

# %% [markdown]
# **We see** distances from the bottom. **This means** that SGD and Adam walk about in what the noise lets them, and
# that AdaGrad-Norm does so with ever smaller steps, while its first ones are as short as it was told, far or near.
# **It does not mean** that one of them is best: each was told 0.1. In the explorer move `log10_scale`, the power of
# ten by which the loss is multiplied, and see who notices. (Without a kernel: the next section says who.)
#
# ## The loss, times 1,000
#
# A loss is in other units more often than one thinks: a sum over the batch in place of the mean, a loss scaled up
# for half precision, a second term with a weight. Here are eight ways to train. Each is run with the loss as it is,
# and with the loss multiplied by `scale`, 1,000 unless you changed it, all else left as it was. *Clipped* means that
# a gradient longer than the bound is shortened to it; *L2* adds a share of the weight to the gradient; AdamW shrinks
# the weights apart from the gradient (lesson 21).
#
# **Predict** how many of the eight train as before. By "as before" we mean that no seed ends more than 5 % lower or
# higher, in the old units.

# %%
my_count = None  # 0 to 8

# %%
from dataclasses import replace

from lrlib import train
from lrlib.train import SGD, Adam, AdamW

ways = {
    "SGD": (SGD(), 0.4, np.inf),
    "SGD, clipped at 1": (SGD(), 0.4, 1.0),
    "SGD, clipped at 0.05": (SGD(), 8.0, 0.05),
    "Adam": (Adam(), 0.02, np.inf),
    "Adam, epsilon 0.1": (Adam(eps=0.1), 0.04, np.inf),
    "Adam, clipped at 1": (Adam(), 0.02, 1.0),
    "Adam, L2 0.01": (Adam(weight_decay=0.01), 0.02, np.inf),
    "AdamW, decay 0.5": (AdamW(weight_decay=0.5), 0.02, np.inf),
}


def trained(task, optimizer, base_lr, clip_norm):
    seeds, how = range(n_seeds), {"steps": steps // 2, "evaluations": 1}
    how |= {"optimizer": optimizer, "clip_norm": clip_norm}
    losses = train.sweep(task, "linear(1, 0, T)", base_lr, seeds, **how).result[0, 0]
    return np.minimum(losses, task.guess)  # worse than a guess is no news


# %%
def louder(outputs, targets):
    return scale * task.loss(outputs, targets)


loud = replace(task, loss=louder, guess=scale * task.guess)
before = pd.DataFrame({name: trained(task, *way) for name, way in ways.items()})
after = pd.DataFrame({name: trained(loud, *way) for name, way in ways.items()}) / scale
change = 100 * abs(after / before - 1).max()
check.reconcile(my_count, (change < 5).sum(), tolerance=0)

# %% tags=["answer"]
print(f"Found here: as before: {'; '.join(change.index[change < 5])}.")
effect = {"loss": before.mean(), "scaled": after.mean(), "as before": change < 5}
pd.DataFrame(effect).round(2)

# %% [markdown]
# SGD's rate has the loss in its unit, so the old number is too high by the whole factor. Clipping has a unit too: at
# a bound that every gradient exceeds, only the direction counts; one that sometimes acts now acts more often. Adam
# divides the unit away, unless something with a unit comes in *before* the division: an $\epsilon$ as large as
# gradients, a bound, an L2 term, whose share of the gradient falls. AdamW adds its decay after the division, and
# keeps it.

# %%
from IPython.display import Markdown

most = max(gains.index, key=lambda name: -gains["difference"][name])
factor = tuned["SGD"]["linear"].rate / tuned["Adam"]["linear"].rate
Markdown(f"""> **Do this.** Never take a rate from one optimizer to another, nor a rate without its loss: sum or
> mean, clipping, epsilon. Tune it anew; here SGD's best number was {factor:.0f} times Adam's. And do not leave out the
> schedule because an optimizer is called adaptive: of the three, {most} gained most from linear decay,
> {-gains["difference"][most]:.3f} nats (*{gains["verdict"][most]}*). How sure: one small network, runs of 200 updates;
> that Adam gains from a decay is seen in many places, how much is not general.""")

# %% [markdown]
# ## In your own code
#
# - **PyTorch** defaults to `lr=0.001` for `SGD`, `Adam` and `AdamW` alike, 0.01 for `Adagrad` and 1.0 for
#   `Adadelta`: numbers of one name and several units. `torch.optim.Adagrad` keeps a sum for every weight; AdaGrad-Norm
#   is not in torch.
# - **Keras**: `SGD` 0.01, `Adam` 0.001, and its `epsilon` is 1e-7, PyTorch's 1e-8. **optax**: `optax.adam` has no
#   default rate; `eps_root` stands inside the root. **Hugging Face**: `TrainingArguments(learning_rate=5e-5)`
#   is meant for AdamW, and for a pretrained network.
# - **To see effective rates**: `optimizer.state[w]["exp_avg_sq"]` is $v$. `Ledger.watch` shows them where one rate holds for all weights
#   of a group, in `effective_by_group`.
# - **The trap**: mixed precision multiplies the loss, for instance by 65,536. `GradScaler` divides again before the update. Clip
#   only after `scaler.unscale_(optimizer)`, or the bound is in other units than you think.

# %%
logits, targets = torch.randn(32, 10, generator=torch.manual_seed(0)), torch.arange(32) % 10
logits.requires_grad_()
lengths = {}
for kind in ("mean", "sum"):
    loss = torch.nn.functional.cross_entropy(logits, targets, reduction=kind)
    lengths[kind] = torch.autograd.grad(loss, logits)[0].norm().item()
print(
    f"sum in place of mean, batch of 32: gradient x {lengths['sum'] / lengths['mean']:.1f}"
)

# %% [markdown]
# For SGD that is another rate, and one that changes with the batch size. Adam does not notice.
#
# ## Exercises
#
# **1, guided.** One weight has had these gradients. What is its effective rate in Adam's last update?


# %% tags=["exercise"]
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    raise NotImplementedError("average the squares, correct for the start, then divide")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("17.1", my_effective)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_effective(gradients, rate, b2=0.999, eps=1e-8):
#     v = 0.0
#     for g in gradients:
#         v = b2 * v + (1 - b2) * g**2
#     return rate / (np.sqrt(v / (1 - b2 ** len(gradients))) + eps)
# ```
# </details>

# %% [markdown]
# **2, standard.** A run was tuned with `rate`, `decay` and `eps`. Now its loss is multiplied by `c`. Return the
# three numbers, in this order, with which the same optimizer makes the same updates as before. `kind` is "SGD"
# (where `decay` is an L2 term and `eps` means nothing: return it unchanged), "Adam" (an L2 term, too) or "AdamW"
# (where $\mathrm{rate} \cdot
# \mathrm{decay} \cdot w$ is taken off the weight directly). The second check trains both ways in PyTorch.


# %% tags=["exercise"]
def my_translation(kind, rate, decay, eps, c):
    raise NotImplementedError("which of the three has a unit with the loss in it?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("17.2", my_translation)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_translation(kind, rate, decay, eps, c):
#     if kind == "SGD":
#         return rate / c, c * decay, eps
#     if kind == "Adam":
#         return rate, c * decay, c * eps
#     return rate, decay, c * eps
# ```
#
# An L2 term is added to the gradient, so it has the gradient's unit. SGD's rate takes the unit away again.
# </details>

# %% [markdown]
# **3, open.** AdaGrad, RMSprop and Adam without momentum (`betas=(0, 0.999)`) differ only in how squares are
# collected. Predict how the median effective rate of each goes over a run; then measure it as in the first figure.
# You are right if your curves say which of the three has a decay built in.
#
# ## Summary
#
# You can now
#
# - say what an effective rate is, and read Adam's out of its state;
# - write AdaGrad-Norm, and show why the second derivative does not do;
# - give the unit of a rate, and so say which runs a scaled loss changes;
# - say why an adaptive optimizer may still need a schedule.
#
# **What this does not show.** One small network, runs of 200 updates, one batch size. Where gradients of layers
# differ by much more than here, as in transformers, Adam's many rates matter more. AdaGrad for every weight was not
# run. The last section counts changes, not whether they are for the better.
#
# ## Quiz
#
# **1. A weight has had gradients of 1e-6 for a long time. Its effective rate in Adam at rate 0.001 is
# about**
#
# - (a) 1e-9
# - (b) 1,000
# - (c) 0.001
#
# <details><summary>Answer</summary>
#
# (b): the rate over the root of the squares (epsilon takes a hundredth of it). (a) is how far SGD would move it, (c) is how far
# Adam does.
# </details>
#
# **2. The rule "one over the root of the sum of second derivatives" fails because**
#
# - (a) its unit does not fit, and it does not see noise
# - (b) second derivatives are too expensive
# - (c) the sum grows too fast
#
# <details><summary>Answer</summary>
#
# (a). (b) may be true and is no fault of the formula. (c): where the loss hardly bends, the sum does not grow at
# all.
# </details>
#
# **3. A colleague replaces the mean of the loss by its sum and trains with AdamW. The run**
#
# - (a) is nearly the same
# - (b) diverges
# - (c) has a decay that is too weak
#
# <details><summary>Answer</summary>
#
# (a). (b) is what SGD may do. (c) would be Adam with an L2 term. If the gradient is clipped, though, look again.
# </details>
#
# **4. Adam adapts its rates. So a schedule**
#
# - (a) may still help: Adam knows how large gradients are, not when the run ends
# - (b) is built in
# - (c) is not needed
#
# <details><summary>Answer</summary>
#
# (a). (b) is true of AdaGrad, whose sum only grows; and (c) was not what we saw.
# </details>
#
# ## References
#
# - Duchi, Hazan and Singer 2011, *Adaptive Subgradient Methods*, [JMLR 12](https://jmlr.org/papers/v12/duchi11a.html):
#   AdaGrad.
# - Streeter and McMahan 2010, *Less Regret via Online Conditioning*,
#   [arXiv:1002.4862](https://arxiv.org/abs/1002.4862): the sum of squared gradients, and its bound.
# - Ward, Wu and Bottou 2019, *AdaGrad Stepsizes*, [arXiv:1806.01811](https://arxiv.org/abs/1806.01811): AdaGrad-Norm.
# - Kingma and Ba 2015, *Adam*, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980): also that scaling the gradients
#   changes nothing.
# - Schaul, Zhang and LeCun 2013, *No More Pesky Learning Rates*, [arXiv:1206.1106](https://arxiv.org/abs/1206.1106): a rule that
#   uses squared gradients *and* second derivatives.
# - Choi et al. 2019, *On Empirical Comparisons of Optimizers*, [arXiv:1910.05446](https://arxiv.org/abs/1910.05446):
#   epsilon is a knob.
# - Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*,
#   [arXiv:1711.05101](https://arxiv.org/abs/1711.05101): AdamW.

# %% [markdown] tags=["navigation"]
# [Previous: 16 Plateau](16_plateau.ipynb) | [All lessons](index.ipynb) | [Next: 18 No rate to tune?](18_no_rate_to_tune.ipynb)
