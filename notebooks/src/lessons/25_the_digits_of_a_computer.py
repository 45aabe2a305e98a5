# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 25 The digits of a computer
#
# *After this you can say when two computers agree on a run and when no number of digits helps, measure the sharpness
# of a network, and choose what of a run may be printed.*
#
# Needs 00, 01, 04 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I implement it?

# %% tags=["parameters"]
steps: int = 350  # updates of the full-batch runs, 300..600

# %% [markdown]
# ## What never varied
#
# Lesson 04 listed what an interval covers: what varied between its runs. Among what never varied there is the
# computer. It stores a number with a fixed count of digits, about 7 in `float32` and about 16 in `float64`, and
# rounds away the rest after every operation. Another processor adds in another order, and so rounds elsewhere.

# %%
import numpy as np

terms = np.random.default_rng(0).normal(size=1000)
for dtype in (np.float32, np.float64):
    x = terms.astype(dtype)
    forwards, backwards = np.cumsum(x)[-1], np.cumsum(x[::-1])[-1]
    gap = abs(forwards / backwards - 1)
    print(f"{dtype.__name__}: forwards and backwards differ by {gap:.0e} of the sum")

# %% [markdown]
# Same numbers, same computer, another order: the last digits differ. Nobody minds, as long as they stay the
# *last*. When does a difference in the last digit become one in the first?
#
# ## Two computers on a bowl
#
# Take nine weights on the bowl of lesson 01, with curvature 1 and a minimum for each. Two computers write the same
# update in two ways. Both are right, and they round differently.
#
# Lesson 01 has the rule. The distance to the minimum is multiplied by $1 - \mathrm{rate} \cdot h$ at every
# update: a *swing* that changes sign. At rate 1.6 it shrinks to 0.6 of itself. At rate 2.6, past the limit of
# $2/h$, it grows to 1.6. Let the run have a *calm* of some updates at rate 1.6, and then 40 updates at 2.6.


# %%
def distances(calm, dtype, rewritten):
    """Where nine runs that start at 1 end, seen from their minima."""
    low, w = np.linspace(0.1, 0.9, 9).astype(dtype), dtype(1)
    for rate in map(dtype, [1.6] * calm + [2.6] * 40):
        w = (1 - rate) * w + rate * low if rewritten else w - rate * (w - low)
    return w - low


def agreeing_digits(calm, dtype):
    one, two = (distances(calm, dtype, rewritten) for rewritten in (False, True))
    apart = np.linalg.norm(one - two) / np.linalg.norm(one)
    return max(0, int(-np.log10(apart)))


print("no calm: float32 agrees to", agreeing_digits(0, np.float32), "digits")

# %% [markdown]
# Forty updates past the limit, and still the two agree. The swing grows a hundred million times. So does the gap between
# the computers, and as a *share* of the swing it stays what it was.
#
# ## Predict: after a calm
#
# Now 40 updates of calm come first; they divide the distance by nearly a billion. After the 40 updates at 2.6, on which
# do the two computers agree, to 3 digits or more: `"both"` precisions, `"float64"` alone, or `"neither"`?

# %%
from lrlib.course import check

my_prediction = None  # "both", "float64" or "neither": your word, in quotes
agree = [agreeing_digits(40, dtype) >= 3 for dtype in (np.float64, np.float32)]
check.category(
    my_prediction,
    ["neither", "float64", "both"][sum(agree)],
    options={
        "both": "The gap is a share of the swing, but the swing had shrunk before.",
        "float64": "",
        "neither": "A billionth of a distance is still far above a rounding in one of them.",
    },
    reread="the paragraph below the table",
)

# %% tags=["answer"]
import pandas as pd

calms = (0, 20, 40, 60, 80)
digits = {
    dtype.__name__: [agreeing_digits(calm, dtype) for calm in calms]
    for dtype in (np.float32, np.float64)
}
pd.DataFrame(digits, pd.Index(calms, name="updates of calm"))

# %% [markdown]
# The entries are the digits to which the two agree at the end. During the calm the distance shrinks, but never
# below the last digit of the weight itself: about $10^{-7}$ of it in `float32`, $10^{-16}$ in `float64`. A distance
# of that size *is* rounding, and each computer has its own. Whatever grows from it afterwards is made of
# rounding, to the first digit. So two questions decide, and not the number of steps:
#
# - Does a swing grow, that is, is the rate past the limit?
# - Had it shrunk to the last digit before?

# %%
from IPython.display import display

from lrlib import plot
from lrlib.course.explore import explorer


def draw(calm, rate):
    t = np.arange(150)
    swing = 0.6 ** np.minimum(t, calm) * abs(1 - rate) ** np.maximum(t - calm, 0)
    lines = {"swing": swing, "last digit of float32": 0 * t + 1e-7}
    lines |= {"of float64": 0 * t + 1e-16}
    lost = sum(min(swing) < last for last in (1e-7, 1e-16))
    return plot.lines(
        t,
        lines,
        title=f"After {calm} calm updates {('neither', 'float32', 'each precision')[lost]} is lost",
        alt=f"A swing falls for {calm} updates and changes by {abs(1 - rate):.2f} an update then.",
        xlabel="update",
        ylabel="distance / first distance",
        log_y=True,
        y_range=(1e-20, 10),
    )


display(draw(40, 2.6))
explorer(draw, calm=(0, 100, 40), rate=(1.5, 3.0, 2.6))

# %% [markdown]
# **We see** the distance fall during the calm and grow after it, and the last digits of both precisions. **This
# means** that the lowest point of the swing decides: a precision whose line it crosses has lost it. **It does not
# mean** that more digits always help: a longer calm crosses any line. (In the explorer, take the rate below 2:
# the swing never grows, and nobody will see the rounding.)
#
# ## A network has a limit too
#
# For a network the curvature in the steepest direction is the largest eigenvalue of the *Hessian*, the matrix of
# all second derivatives of the loss. It is called *sharpness*, and moves as the weights do. To see its work
# alone, take the noise away: every update uses all 300 images at once, *full batch*, and nothing is random. The
# units are smooth, tanh.
#
# The Hessian itself is too large to write down, but its product with a vector is one more derivative. Multiply a
# vector by it again and again: the steepest direction grows fastest and is soon all that is left, and the factor
# by which it grows is the sharpness. (This is the *power method*; `theory.sharpness` does it for any
# loss.)

# %%
import torch


def loss_of(weights, images, targets):
    a, b, c, d, e, f = weights
    hidden = torch.tanh(torch.tanh(images @ a.T + b) @ c.T + d)
    return ((hidden @ e.T + f - targets) ** 2).sum(1).mean() / 2


def descend(weights, images, targets, rate, steps):
    for _ in range(steps):
        weights = [w.detach().requires_grad_() for w in weights]
        loss = loss_of(weights, images, targets)
        grads = torch.autograd.grad(loss, weights, create_graph=True)
        yield loss.item(), weights, grads
        weights = [w - rate * g for w, g in zip(weights, grads, strict=True)]


def sharpness(weights, grads, v, rounds=10):
    for _ in range(rounds):
        size = sum((part**2).sum() for part in v) ** 0.5
        unit = [part / size for part in v]
        v = torch.autograd.grad(
            grads, weights, unit, retain_graph=True
        )  # Hessian times unit
    return sum((part**2).sum() for part in v).item() ** 0.5, v


# %% [markdown]
# ## Predict: what the sharpness does
#
# Three runs, at the rates 0.07, 0.14 and 0.18. The sharpness starts below 2 / rate in all of them. At the highest
# rate, does it stay `"below"` 2 / rate, go `"past and away"` as training breaks, or go `"past and back"`, to stay
# near it?

# %%
from lrlib import tasks

torch.set_num_threads(1)
batch = tasks.get("digits", n_train=300, batch_size=300).batches(0, 1)
images, targets = batch.inputs, torch.eye(10, dtype=torch.float64)[batch.targets]
start = [w.detach() for w in tasks.get("digits").model(0).parameters()]
ratios, t = {}, np.arange(0, steps, 10)
for rate in (0.07, 0.14, 0.18):
    v, ratios[rate] = None, []
    for step, (_, w, grads) in enumerate(descend(start, images, targets, rate, steps)):
        if step % 10 == 0:
            sharp, v = sharpness(w, grads, v or grads)
            ratios[rate].append(sharp * rate / 2)
print("at the start, sharpness over its limit:", *(f"{y[0]:.2f}" for y in ratios.values()))

# %%
my_prediction = None  # "below", "past and away" or "past and back": your words
highest, last = max(ratios[0.18]), ratios[0.18][-1]
check.category(
    my_prediction,
    "below" if highest < 1 else "past and away" if last > 1.5 else "past and back",
    options=("below", "past and away", "past and back"),
    reread="the text below the figure",
)

# %% tags=["answer"]
shown = t <= 200  # of all updates
curves = {f"rate {rate:g}": np.array(y)[shown] for rate, y in ratios.items()}
past = [f"{rate:g}" for rate, y in ratios.items() if max(y) > 1]
print("Found here: sharpness passes 2 / rate at the rates", " and ".join(past))
plot.lines(
    t[shown],
    curves | {"the limit": np.ones(shown.sum())},
    title="Sharpness rises as the network learns, until it meets 2 / rate",
    alt="Sharpness over its limit. Rate 0.07 climbs slowly and stays below 1; 0.14 crosses 1 "
    "later than 0.18, which then stays near 1.",
    xlabel="step (full-batch updates)",
    ylabel="sharpness / (2 / rate)",
)

# %% [markdown]
# **We see** sharpness in units of its limit. After a dip it rises as the network learns; at rate 0.18 it
# passes 2 / rate and then stays near it, as Cohen et al. 2021 found for many networks. Past the limit the
# weights swing across the valley, and a large swing throws them to flatter ground (Damian et al. 2023).
# **This means** that training can come to its stability limit by itself. **It does not mean** that it
# diverges, as a bowl would.
#
# ## Two computers train it
#
# The second computer is this processor without its vector units: two switches, in a child process. Both start
# from the same weights. Should they disagree, there are two explanations. **Too few digits:** then `float64` is
# the remedy. **The limit:** past it a swing grows; then a lower rate is the remedy, even in `float32`.
#
# From the sharpness above you can foresee which. At every update the swing is multiplied by $1 - 2q$, where $q$ is
# the ratio in the figure: it shrinks while $q$ is between 0 and 1, fastest near one half. Follow it to its lowest
# point.

# %%
for rate, y in ratios.items():
    q = np.interp(np.arange(steps), t, y)
    swing = np.cumsum(np.log10(abs(1 - 2 * q)))
    crossed = np.argmax(q > 1) if max(q) > 1 and q[0] < 1 else steps - 1
    grows = "then grows" if max(q) > 1 else "never grows"
    print(f"rate {rate:g}: the swing shrinks to 1e{min(swing[: crossed + 1]):.0f}, {grows}")

# %% [markdown]
# ## Predict: are 16 digits enough?
#
# At which rate will the two computers disagree in `float64`: 0.07, 0.14, 0.18, or none? Write it into the cell
# after the next two, which let them run.

# %%
import inspect

program = f"""import json, sys, torch
{inspect.getsource(loss_of)}
{inspect.getsource(descend)}
torch.set_num_threads(1)
losses = {{}}
for bits in ("float32", "float64"):
    *w, x, y = [a.to(getattr(torch, bits)) for a in torch.load(sys.argv[1])]
    for rate in {list(ratios)}:
        losses[f"{{rate}} {{bits}}"] = [loss for loss, *_ in descend(w, x, y, rate, {steps})]
print(json.dumps(losses))"""
print("both computers run the same", len(program.splitlines()), "lines")

# %%
import json
import os
import sys
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

plain = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}  # no vector units
usual = {key: value for key, value in os.environ.items() if key not in plain}
with TemporaryDirectory() as folder:
    data = os.path.join(folder, "data.pt")
    torch.save([*start, images, targets], data)
    command = [sys.executable, "-c", program, data]
    both = [Popen(command, env=env, stdout=PIPE) for env in (usual, usual | plain)]
    fast, slow = (json.loads(child.communicate()[0]) for child in both)
print("the two computers round differently:", fast != slow)

# %%
my_prediction = None  # "0.07", "0.14", "0.18" or "none": your word, in quotes
rows = {}
for run in fast:
    y = np.array(ratios[float(run.split()[0])])
    crossing = t[np.argmax(y > 1)] if max(y) > 1 else steps
    apart = abs(np.array(fast[run]) / np.array(slow[run]) - 1)
    rows[run] = {"crosses the limit": bool(max(y) > 1)}
    rows[run]["agree until then"] = bool(apart[:crossing].max() < 1e-5)
    rows[run]["agree at the end"] = bool(apart[-100:].max() < 1e-5)
ends = {run: row["agree at the end"] for run, row in rows.items()}
lost = [f"{rate:g}" for rate in ratios if not ends[f"{rate} float64"]]
check.category(
    my_prediction,
    " and ".join(lost) or "none",
    options=dict.fromkeys(
        ["0.07", "0.14", "0.18", "none", " and ".join(lost) or "none"], ""
    ),
    reread="the three lines above: which swing fell below the last digit?",
)

# %% tags=["answer"]
table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("rate, precision")
unequal = ", ".join(run for run, same in ends.items() if not same) or "none"
print("Found here: runs that end unequal on the two computers:", unequal)
table

# %% [markdown]
# *Agree* means to five digits of the loss. Before its crossing, every run agrees. A lower rate cures both
# precisions. More digits cure one rate and not the other, and it is the *middle* rate that they do not cure. There
# the sharpness stayed well below its limit for long, so the swing shrank far below the sixteenth digit; what later
# grew was rounding. At 0.18 the limit came early, and `float64` still held the swing. That is why the figure ends at
# step 200: what comes later at 0.14 depends on the computer.
#
# (Where a processor has one set of instructions only, the two do not round differently, and all rows agree.)
#
# ## What may be printed
#
# Every number of this course is compared on two sets of instructions. So it prints what survives:

# %%
from IPython.display import Markdown

kept = sum(ends[f"{rate} float64"] for rate in ratios)
Markdown(
    "> **Do this.** Compute in `float64` what you print, print few digits, and stay below the "
    f"limit: here {kept} of {len(ratios)} rates agree in `float64`, and every rate until its "
    "crossing. Past the limit print a verdict or a mean over seeds, never the digits of one "
    "run. If a rerun differs from the first digit on, lower the rate before you hunt for a bug."
)

# %% [markdown]
# In PyTorch, `torch.use_deterministic_algorithms(True)` and `torch.set_num_threads(1)` fix the order of sums *on one
# machine*; PyTorch's notes promise nothing across platforms or releases. The same holds for a seed: it fixes the
# random numbers, not the rounding. On a GPU, `torch.backends.cuda.matmul.allow_tf32`, off by default, keeps about 3
# digits in each product of a matrix multiplication, which moves the line of the figure up by four powers of ten.
#
# ## Exercises
#
# **1, guided.** How small did the swing get? Given the rates of a run and a curvature `h`, return the smallest size
# of the swing, as a share of the first distance. The start counts: before any update the share is 1.


# %% tags=["exercise"]
def my_smallest(rates, h):
    raise NotImplementedError(
        "one factor an update; multiply them up, and look for the smallest"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("25.1", my_smallest)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_smallest(rates, h):
#     sizes = np.cumprod(np.abs(1 - np.asarray(rates) * h))
#     return min(1, sizes.min())
# ```
#
# Below the last digit of the weights, two computers disagree on all that grows afterwards.
# </details>

# %% [markdown]
# **2, standard.** Write the power method. `times(v)` returns a matrix times `v`; the matrix itself you never see.
# Start from `v`, multiply `rounds` times, and return the largest eigenvalue in size, without its sign. Keep the
# vector at length 1, or it overflows.


# %% tags=["exercise"]
def my_sharpness(times, v, rounds):
    raise NotImplementedError(
        "divide v by its length, multiply, and again; what is the last length?"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("25.2", my_sharpness)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_sharpness(times, v, rounds):
#     for _ in range(rounds):
#         v = times(v / np.linalg.norm(v))
#     return np.linalg.norm(v)
# ```
#
# Each product stretches the part along the steepest direction most, so after many rounds it is all there is.
# </details>

# %% [markdown]
# **3, open.** Write a sum that does not depend on the order of its terms, to the last digit. The check shuffles
# them. (There is more than one way: which loses fewer digits?)


# %% tags=["exercise"]
def my_sum(numbers):
    raise NotImplementedError(
        "first make the order always the same, or lose nothing on the way"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("25.3", my_sum)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# import math
#
# def my_sum(numbers):
#     return math.fsum(numbers)
# ```
#
# `math.fsum` keeps what rounding would drop and rounds once, at the end. Sorting first also fixes the order, but
# rounds at every term. No library sums this way by default: it is slow.
# </details>

# %% [markdown]
# ## Summary
#
# You can now
#
# - say how many digits a number has in `float32` and `float64`, and why the order of a sum shows in the last;
# - tell the two questions that decide whether computers agree: does a swing grow, and how small was it before;
# - measure the sharpness of a network without writing down its Hessian;
# - say when `float64` does not help, and what may be printed then.
#
# **What this does not show.** One small network, full batches, plain gradient descent, two sets of instructions of
# one processor. With units that have kinks, such as ReLU, rounding can also flip a unit, below the limit too. Means
# over seeds were not tested here; that they survive is what the checks of this course find on two machine profiles.
#
# ## Quiz
#
# **1. A run in float32 ends with another loss on another processor. Which remedy tells rounding from
# a bug best?**
#
# - (a) a rate below 2 over the sharpness
# - (b) more seeds
# - (c) float64
#
# <details><summary>Answer</summary>
#
# (a): there, with smooth units, rounding hardly grows, so a large gap points to a bug. (c) may only put the
# disagreement off. (b) averages it away and hides either.
# </details>
#
# **2. A swing shrinks to a millionth of its start and then grows a million times. In float64 two
# computers**
#
# - (a) agree to none
# - (b) agree to many digits
# - (c) agree only if both stop before the growth
#
# <details><summary>Answer</summary>
#
# (b): a millionth is far above the sixteenth digit, and growth multiplies swing and gap alike. (a) would be
# float64 after a calm that reaches its last digit. (c) takes growth for the reason; the smallest size is.
# </details>
#
# **3. You fix all seeds and ask for deterministic algorithms. On another processor the run**
#
# - (a) may differ in the last digits
# - (b) has other random numbers
# - (c) is the same to the last digit
#
# <details><summary>Answer</summary>
#
# (a): another processor may add in another order, and past the limit the last digits may become the first. (c) is
# promised on one machine alone. (b): the seed fixes those.
# </details>
#
# ## References
#
# - Cohen, Kaur, Li, Kolter and Talwalkar 2021, *Gradient Descent on Neural Networks Typically Occurs at the Edge
#   of Stability*, [arXiv:2103.00065](https://arxiv.org/abs/2103.00065), section 3: sharpness rises to 2 / rate and
#   stays there.
# - Damian, Nichani and Lee 2023, *Self-Stabilization: The Implicit Bias of Gradient Descent at the Edge of
#   Stability*, [arXiv:2209.15594](https://arxiv.org/abs/2209.15594): why it stays there.
# - Goldberg 1991, *What Every Computer Scientist Should Know About Floating-Point Arithmetic*, ACM Computing
#   Surveys 23, [doi:10.1145/103162.103163](https://doi.org/10.1145/103162.103163): rounding, and the order of sums.
# - PyTorch documentation, [Reproducibility](https://docs.pytorch.org/docs/stable/notes/randomness.html): what is
#   promised, and what is not.

# %% [markdown] tags=["navigation"]
# [Previous: 24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb) | [All lessons](index.ipynb) | [Next: 26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb)
