# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 15 Wrong horizon
#
# *After this you can say what a wrong T costs, extend a finished run in three ways and rank them, and foresee
# what a scheduler does when it is resumed with another T.*
#
# Needs 01, 08, 12, 13 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
planned: int = 300  # updates the run was planned for; it goes on to twice as many, 60..1000
n_seeds: int = 32  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## A promise about the end
#
# Cosine and linear decay promise an end, $T$, their *horizon* (lesson 08). The run really ends after $N$ updates.
# Budgets change and data arrive late, so $T$ is often wrong. If $T > N$, the run is cut while the rate is
# high. If $T < N$, it idles at zero. Two numbers say how bad this is: the factor at the last update, and the
# *reach*, the sum of all rates, here in units of the peak and as a share of $N$.

# %%
import numpy as np
import pandas as pd

from lrlib import plot, theory
from lrlib.schedules import parse

N = 300
texts = {
    "cosine": "cosine(1, 0, T)",
    "linear": "linear(1, 0, T)",
    "WSD": "constant(1, 0.8*T) >> linear(1, 0, 0.2*T)",
}
rows = {}
for ratio in (0.5, 1, 1.25, 1.5, 2):
    for name, text in texts.items():
        factors = parse(text, T=round(ratio * N)).values(N)
        rows[name, f"T = {ratio:g} N"] = factors[-1], factors.mean()
pd.DataFrame(rows, ["last factor", "reach / N"]).T.round(3)

# %% [markdown]
# What do they do? In a direction of curvature $h$ each update multiplies the distance to the bottom by
# $1 - \eta_t h$, so about $e^{-h \sum \eta_t}$ of the start is left. The *bias* asks only for the **sum** of the
# rates. The *noise* in the weights remembers only about the last $1/(\eta h)$ updates, so it asks for the **last**
# rates. (The loss, a square, forgets twice as fast; lesson 12 counts so.) Too
# long a $T$ leaves noise; too short a $T$ leaves bias. On the noisy bowl the sum of both is exact. We give each
# schedule the best peak for $T = N$, and then make $T$ wrong.

# %%
bowl, peaks = (1.0, 0.3, 0.1, 0.03, 0.01), np.geomspace(0.02, 1.9, 60)


def best_peak(schedule, steps, start):
    rates = peaks[:, None] * schedule.values(steps)
    return peaks[theory.expected_loss(rates, bowl, start=start)[:, -1].argmin()]


def ends(text, ratios, start):
    peak = best_peak(parse(text, T=N), N, start)
    rates = [peak * parse(text, T=round(ratio * N)).values(N) for ratio in ratios]
    return theory.expected_loss(np.array(rates), bowl, start=start)[:, -1]


# %%
ratios, rows = np.arange(10, 41) / 20, {}  # T / N from 0.5 to 2
for name, text in texts.items():
    for start in (300, 3):
        losses = ends(text, ratios, start)
        rows[name, f"from {start}"] = losses / losses[10]
costs = pd.DataFrame(rows, ratios)
costs.loc[[0.5, 2]].T.round(2).add_prefix("T / N = ")

# %%
plot.lines(
    ratios,
    {text: costs[name, "from 3"] for name, text in texts.items()},
    title="From near, a T that is too long costs most",
    xlabel="T / N, promised over real length",
    ylabel="loss / loss with T = N",
    log_y=True,
)

# %% [markdown]
# **We see** the exact loss relative to the right $T$: the table from both starts, the figure from 3. **This means** that, here, a long
# promise is worse than a short one, and that a little too long does not hurt cosine, which is flat at its
# end. If $T$ is too long, WSD has one trouble only: it is cut before it cools. Its rates before the
# cooldown do not contain $T$, so the remedy is to cool when the end is known. **It does not mean** that
# short is always cheaper. From 300, bias rules, and the rows turn round for cosine and linear: the
# long promise, with its larger reach, is even better than the right one at this peak.

# %%
from lrlib.course.explore import explorer


def draw(ratio, start):
    costs = {name: ends(text, [ratio, 1], start) for name, text in texts.items()}
    said = ", ".join(
        f"{name} x {wrong / right:.2f}" for name, (wrong, right) in costs.items()
    )
    rates = {text: parse(text, T=round(ratio * N)).values(N) for text in texts.values()}
    x, y = "step (optimizer updates)", "rate / peak"
    return plot.lines(range(N), rates, f"T = {ratio:.2f} N costs: {said}", said, x, y)


explorer(draw, ratio=(0.5, 2.0, 1.5), start=(0.3, 300.0, 3.0))

# %% [markdown]
# (Without a running kernel: the table and the figure above show the same content.)
#
# ## A finished run goes on
#
# Now the usual case. A cosine was planned for $P$ updates and is finished; its rate is zero. Then you may train
# $P$ more. Each way to go on is *one* schedule over the whole run, so you can look at it before you use it:
#
# - *low rate*: go on at a tenth of the peak;
# - *jump*: continue where a cosine over $2P$ would be now, at half the peak (`shift` leaves out its first $P$
#   steps);
# - *re-warm*: climb back to the peak in $P/10$ updates, and come down again, a restart (lesson 09) with a ramp.
#
# Two references had the right horizon from the start: *right* is a cosine over $2P$; *WSD* cools in its
# last fifth. A WSD run that was planned for $P$ and extended before its cooldown has the same schedule, but
# a peak tuned for $P$.


# %%
def ways_over(P):
    a, first = P // 10, f"cosine(1, 0, {P})"
    return {
        "low rate": f"{first} >> constant(0.1, {P})",
        "right": f"cosine(1, 0, {2 * P})",
        "jump": f"{first} >> shift(cosine(1, 0, {2 * P}), {P})",
        "re-warm": f"{first} >> linear(0, 1, {a}) >> cosine(1, 0, {P - a})",
        "WSD": f"constant(1, {2 * P - 4 * a}) >> linear(1, 0, {4 * a})",
        "finished": first,  # and zero from then on
    }


P, T = planned, 2 * planned
shapes = {name: parse(text) for name, text in ways_over(P).items()}
known = {name: shapes[name] for name in ("right", "WSD", "finished")}
values = {name: shape.values(T) for name, shape in shapes.items()}
for name, factors in values.items():
    print(f"{name:9} reach {factors.sum():5.1f} x peak, last factor {factors[-1]:.4f}")

# %%
plot.lines(
    range(T),
    values,
    like=known,
    title="Three ways to go on, and two that had the right horizon",
    xlabel="step (optimizer updates)",
    ylabel="rate / peak",
)

# %% [markdown]
# **We see** factors before any training; the first half of four of them is one curve. **This means** that you
# can compare reach and end in advance: the printed lines do. **It does not mean** that they share a peak:
# the loss decides that, below.
#
# ## A peak for each
#
# The finished run has a peak tuned for $P$ updates, and its extensions are stuck with it. *Right* and *WSD*
# get peaks tuned for $2P$, on the same grid and seeds, each interpolated between the rates of the grid.

# %%
from lrlib import tasks, train

task = tasks.get("digits", label_noise=label_noise)
grid, tuning = [0.16 * 2 ** (k / 2) for k in range(1, 6)], range(1000, 1008)
short = train.tune(task, {"finished": f"cosine(1, 0, {P})"}, grid, tuning)
full = train.tune(task, {name: shapes[name] for name in ("right", "WSD")}, grid, tuning)
own = short.judged_at() | full.judged_at()
print("peaks:", ", ".join(f"{name} {rate:.3f}" for name, rate in own.items()))
print("any at the edge of its grid:", any(short.at_edge + full.at_edge))

# %% [markdown]
# ## Predict: rank them
#
# The digits with some wrong labels, plain SGD. Order the five from lowest to highest loss after $2P$ updates:
# *low rate*, *right*, *jump*, *re-warm*, *WSD*.
#
# All are judged on fresh seeds, in pairs. How well the tuning seeds know the peaks of *right* and *WSD* is part of
# the intervals (lesson 14); an extension is judged at the peak that it inherits, as it is.

# %%
my_prediction = None  # ["jump", ...], the five names, lowest loss first: yours

# %%
from lrlib import stats

ways, seeds = [name for name in shapes if name != "finished"], range(n_seeds)
own = dict.fromkeys(ways, own["finished"]) | own
judged = train.sweep(task, {n: own[n] * shapes[n] for n in ways}, 1.0, seeds, steps=T)
half_time = judged.heldout_steps.tolist().index(P)
at_P = dict(zip(ways, judged.heldout_loss[:, 0, :, half_time], strict=True))
share = judged.heldout_right[ways.index("jump"), 0, :, half_time]
finished = at_P["jump"]  # the first half of an extension is the finished run
excess = dict.fromkeys(shapes, 0.0) | full.excess()
right = judged.right() | {"finished": share}
losses = judged.losses() | {"finished": finished}
losses = stats.Losses(losses, excess, right, reference="right")
table = stats.ranking(losses)

# %%
from itertools import combinations

from lrlib.course import check


def compared(a, b):
    return stats.compare(losses[a], losses[b], also=losses.peak_error(a, b))


pairs = stats.family({pair: compared(*pair) for pair in combinations(ways, 2)})
told = list(pairs.index[pairs["verdict"] != "cannot tell"])
found_order = sorted(ways, key=lambda name: losses[name].mean())
check.order(my_prediction, found_order, told, reread="the next section")

# %% tags=["answer"]
from IPython.display import display

from lrlib.course.finding import found

readings = {
    "better": "Re-warming even gains on a plan that was right from the start.",
    "worse": "Re-warming does not make the wrong plan good again.",
    "cannot tell": "Once it is re-warmed, no price of the wrong plan can be seen.",
}
display(found(losses, readings, about=("re-warm", "jump", "WSD")))
display(plot.forest(losses, like=known))

gains = {
    name: stats.ratio(finished - losses[name], finished - losses["right"])
    for name in ("re-warm", "jump", "low rate")
}
print(f"Found here: {len(told)} of {len(pairs)} pairs of the five can be told apart.")
for name, gain in gains.items():
    print(f"Of what the right horizon gains over the finished run, {name} gets {gain}.")

# %%
from dataclasses import replace

runs = judged.ledgers()
for name in ("low rate", "jump", "re-warm"):  # all rise again, and would have one colour
    runs[name] = [replace(run, schedule=None) for run in runs[name]]
plot.house(runs, title=f"{stats.headline(losses)}")

# %% [markdown]
# **We see** first the paired differences to the right horizon, a dot a seed; *finished* is the loss at step $P$. Then
# rates, dotted where they were intended, and held-out loss in nats. The shares have intervals, because
# numerator and denominator both vary with the seed. **This means** what the computed sentences say.
# Holm's correction counts the five rows of the figure, and all ten pairs. The row of *WSD* is the price of a
# schedule that need not know $T$ (its peak did); unless it is *worse*, none can be seen. **It does not mean** that
# any of these could be stopped earlier: look how long the loss stays above its value at step $P$ after a jump or
# a climb.
#
# ## Why this order?
#
# What does a finished run lack? Either *reach*: then the remedy is the extension with most of it, *re-warm*.
# Or *quiet*: then it is the one that is gentle and ends at zero, *jump*. The bowl can be put in either state,
# by its start. Then we look which of them the digits resemble.

# %%
rows = {}
for place, start in {"far: start 300": 300, "near: start 1": 1}.items():
    rate = best_peak(parse(f"cosine(1, 0, {N})"), N, start)
    for name in ("finished", "low rate", "jump", "re-warm"):
        rates = rate * parse(ways_over(N)[name]).values(2 * N)
        loss = theory.expected_loss(rates, bowl, start=start)[-1]
        rows.setdefault(name, {})[f"bowl, {place}"] = loss
        rows[name]["digits"] = losses[name].mean()
display(pd.DataFrame.from_dict(rows, orient="index").round(4))

lacked = {
    "worse": "reach: re-warm beats jump, as on the far bowl",
    "better": "quiet: jump beats re-warm, as on the near bowl",
    "cannot tell": "not shown: these pairs cannot tell jump from re-warm",
}
verdict = pairs["verdict"]["jump", "re-warm"]
print(f"Found here: what the finished run lacked is {lacked[verdict]}.")

# %% [markdown]
# In the *far* column re-warming wins, in the *near* column jumping does. A low rate that stays adds little reach and
# is not quiet at the end.
#
# One worry remains. During the climb the loss shoots up. Is something *destroyed* there, or only *hidden*
# under the noise of a high rate? If destroyed, it has to be learned again; if hidden, a quick descent brings it
# back. So climb, and come straight down within $P/5$ updates. And one more line: the *right* run at step $P$
# is a cosine with a horizon twice too long, at a peak of its own.

# %%
ramp = P // 10
spike = parse(f"cosine(1, 0, {P}) >> linear(0, 1, {ramp}) >> linear(1, 0, {2 * ramp})")
down = train.sweep(task, own["finished"] * spike, 1.0, seeds, evaluations=13)
top = abs(down.heldout_steps - P - ramp).argmin()
tests = {
    "at the top": stats.compare(down.heldout_loss[0, 0, :, top], finished),
    "down again": stats.compare(down.result[0, 0], finished),
    "T too long": stats.compare(at_P["right"], finished),
}
damage = stats.family(tests)  # each minus the finished run
display(damage.drop(columns=["n", "p"]).round(4))


said = {"worse": "destroyed something that the descent could not repair"}
said = said.get(damage["verdict"]["down again"], "did no lasting damage that can be seen")
price = damage.loc["T too long"]
print(f"Found here: the climb {said}.")
print(
    f"At step P the T twice too long is {price.difference:+.4f} nats from the finished run "
    f"[{price.ci_low:.4f}, {price.ci_high:.4f}]: {price.verdict}."
)

# %%
from IPython.display import Markdown

best = min(gains, key=lambda name: losses[name].mean())
wsd = table.loc["WSD"]
Markdown(
    f"> **Do this.** If the end may still move, train at a constant rate and cool down when it is"
    f" known: WSD, its peak tuned for the whole length, ended {wsd.difference:+.4f} nats"
    f" from a cosine whose $T$ was right (*{wsd.verdict}*). If a cosine is over and as many"
    f" updates follow, *{best}* was the lowest of three here: {gains[best]} of what the right"
    f" plan gains. For a small network and plain SGD, over {n_seeds} pairs; other"
    f" lengths, and new data in the second half, are not tested."
)

# %% [markdown]
# These verdicts are corrected for the three rows of the table. The loss at the top was hidden, not lost, if *down
# again* is not *worse*. The line before the box is the price of a horizon that is twice too long, with a peak of
# its own.
#
# ## What a resumed scheduler does
#
# You save at step $k$, notice that $T$ is wrong, and build the scheduler with the new one. What does the
# optimizer use? Try it at half of the plan, and after its end. PyTorch stores `T_max` in the state, so loading
# brings the *old* one back. The next idea is to set `scheduler.T_max` after loading.

# %%
import torch

from lrlib.ledger import Ledger


def sgd():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def used(optimizer, scheduler, updates):
    with Ledger.watch(optimizer) as ledger:
        for _ in range(updates):
            optimizer.step()
            scheduler.step()
    return ledger.used


def used_after(k, build, change=None):
    """Rates from step k on, when build(optimizer, P) is loaded into build(optimizer, T)."""
    optimizer, again = sgd(), sgd()
    scheduler, longer = build(optimizer, P), build(again, T)
    used(optimizer, scheduler, k)
    again.load_state_dict(optimizer.state_dict())
    longer.load_state_dict(scheduler.state_dict())
    if change:
        change(longer)
    return used(again, longer, T - k)


# %%
from torch.optim.lr_scheduler import CosineAnnealingLR

from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine


def policy(how):
    return lambda optimizer, T: ScheduleLR(optimizer, cosine(1, 0, T), on_mismatch=how)


def longer_T(scheduler):
    scheduler.T_max = T


tries = {
    "torch, loaded": [CosineAnnealingLR],
    "torch, T_max set": [CosineAnnealingLR, longer_T],
}
tries |= {f"lrlib, {how}": [policy(how)] for how in ("keep", "replace")}
rows, k = {}, P // 2
for name, how in tries.items():
    half, end = used_after(k, *how), used_after(P, *how)
    rows[name] = {"at P/2: next": half[0], "at step P": half[P - k], "last": half[-1]}
    rows[name] |= {"at P: next": end[0], "highest": end.max(), "last ": end[-1]}
try:
    used_after(k, policy("error"))
except ValueError as error:
    print("lrlib, error:", str(error).splitlines()[0])
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %%
plot.lines(
    range(k, T),
    {name: used_after(k, *how) for name, how in tries.items()}
    | {"intended": cosine(1, 0, T)(np.arange(k, T))},
    title=f"Resumed at step {k} with T = {T} instead of {P}: four answers",
    xlabel="step (optimizer updates)",
    ylabel="rate / base_lr",
)

# %% [markdown]
# **We see** four ways to be resumed with a longer $T$; *replace* is the intended curve. **This means**: *loaded* ignores the new $T$, reaches
# zero at the old end and climbs back to the peak by the new one (lesson 08's wave). *T_max set* bends down from
# where the rate is: PyTorch computes each rate from the one before, so the new curve is scaled by the old rate.
# After the end that rate is zero, and zero times anything stays zero: the run trains nothing. `ScheduleLR` refuses
# by default and asks: *keep* the saved schedule and its held zero, or *replace* it, which is the *jump* above.
# **It does not mean** that replacing is the best extension. To re-warm, give it the whole text as the new
# schedule: it agrees with the old one up to step $P$.
#
# ## In your own code
#
# - **PyTorch.** To go on after the end, do not load the old scheduler. Load model and optimizer, then set
#   `group["lr"]` and `group["initial_lr"]` of each parameter group to the peak, and build the second leg:
#   `SequentialLR(optimizer, [LinearLR(optimizer, 0.001, 1, a), CosineAnnealingLR(optimizer, P - a)], [a])`.
#   Or give `ScheduleLR` the whole text, with `on_mismatch="replace"`.
# - **Hugging Face**: `get_wsd_schedule`, in the trainer `lr_scheduler_type="warmup_stable_decay"`. Its schedulers are
#   closed forms of the step, so a run resumed with a larger `max_steps` *jumps*, as *replace* does above.
# - **Keras**: `CosineDecay` holds its last value; a second leg is a schedule of your own. **optax**:
#   `optax.join_schedules([first, second], [P])`, in which `second` counts from 0.
# - **The trap** is a rate that was loaded without being looked at: print the used rate of the first update after a
#   resume. [Lesson 23](23_museum_of_broken_schedules.ipynb) has the programs that get it wrong.
#
# ## Exercises
#
# **1, guided.** Write re-warming as one schedule: a cosine over `n` updates, a line up to `height` in `w`, a
# cosine down to zero that ends with the `m` additional updates. Only the last part is missing.


# %% tags=["exercise"]
from lrlib.schedules import linear


def my_rewarm(n, m, w, height):
    up = cosine(1, 0, n) >> linear(0, height, w)
    raise NotImplementedError(
        "up >> a cosine from height to zero: how many updates are left?"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("15.1", my_rewarm)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# from lrlib.schedules import linear
#
#
# def my_rewarm(n, m, w, height):
#     up = cosine(1, 0, n) >> linear(0, height, w)
#     return up >> cosine(height, 0, m - w)
# ```
#
# Under `>>` every part has a clock of its own, so each length counts only its own updates.
# </details>

# %% [markdown]
# **2, standard.** A cosine with `old` as its $T$ is resumed at step `k` (before its end), and `T_max` is set to
# `new` in PyTorch's scheduler. Its rule is
# $\mathrm{rate}_{t+1} = \mathrm{rate}_t \cdot f_\mathrm{new}(t+1) / f_\mathrm{new}(t)$, with
# $f_T(t) = (1 + \cos(\pi t/T))/2$. Write the factor that it uses at step `t` $\ge$ `k` as one expression.


# %% tags=["exercise"]
def f(T, t):
    return (1 + np.cos(np.pi * t / T)) / 2


def torch_factor(t, k, old, new):
    raise NotImplementedError("multiply the rule from k to t: which factors cancel?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise(
    "15.2", torch_factor, seen=used_after(P // 3, *tries["torch, T_max set"]), planned=P
)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def f(T, t):
#     return (1 + np.cos(np.pi * t / T)) / 2
#
#
# def torch_factor(t, k, old, new):
#     return f(old, k) * f(new, t) / f(new, k)
# ```
#
# The product from `k` to `t` telescopes: all middle values of the new curve cancel. At `k = old` the first
# factor is zero, and so is everything after it.
# </details>

# %% [markdown]
# **3, open.** Finish a run with *linear* decay instead, and a WSD run with its cooldown done. Extend each in
# three ways of your own, by one text each, and rank them before you run: by reach first, then by their last
# rates. Train them with `train.sweep` like `judged` above and compare in pairs. Your plan was good if the order of the
# pairs that can be told apart is yours; `pairs`, `told` and `check.order` do the counting.
#
# ## Summary
#
# You can now
#
# - say what a wrong $T$ costs: noise if too long, reach if too short;
# - write an extension of a run as one schedule, and rank extensions by reach and by their end;
# - tell destroyed from hidden after a re-warm, by coming straight down;
# - foresee a resumed scheduler: the old $T$, a scaled curve, a stuck zero, or an error that asks.
#
# **What this does not show.** One small network and data set, plain SGD, one pair of lengths, one height and
# length of the climb. The extensions inherit a peak tuned for the short run, and their best peak may be another. With
# new data in the second half, a re-warm can also make the model forget the first; nothing of that is tested. What a
# cosine of the wrong length cost in public runs of language models has
# [a notebook of evidence](../evidence/cosine_with_the_wrong_horizon.ipynb).
#
# ## Quiz
#
# **1. A cosine with $T = 2N$ is stopped at $N$. The last rate is**
#
# - (a) a quarter of the peak
# - (b) half the peak
# - (c) zero
#
# <details><summary>Answer</summary>
#
# (b): half way down. (c) would be the right $T$. (a) is $T = 1.5\,N$.
# </details>
#
# **2. A finished cosine is resumed at its end, and `T_max` is doubled in PyTorch's scheduler after
# loading. The rate is then**
#
# - (a) half the peak
# - (b) zero up to the new end
# - (c) climbing to the peak
#
# <details><summary>Answer</summary>
#
# (b): until then each rate is a multiple of the last one, which is zero. (a) is what replacing a closed
# form does. (c) is what happens when `T_max` is left alone.
# </details>
#
# **3. Why does WSD not mind a new horizon?**
#
# - (a) before the cooldown, its rates do not depend on $T$
# - (b) it needs no cooldown
# - (c) its rate is lower
#
# <details><summary>Answer</summary>
#
# (a). (c) says nothing about $T$. (b): cut before its cooldown it pays the full noise, as the first figure
# shows.
# </details>
#
# ## References
#
# - Hoffmann et al. 2022, *Training Compute-Optimal Large Language Models*,
#   [arXiv:2203.15556](https://arxiv.org/abs/2203.15556): why the cosine should be as long as the run.
# - Hu et al. 2024, *MiniCPM*, [arXiv:2404.06395](https://arxiv.org/abs/2404.06395): WSD, whose stable part has
#   no horizon.
# - Ibrahim et al. 2024, *Simple and Scalable Strategies to Continually Pre-train Large Language Models*,
#   [arXiv:2403.08763](https://arxiv.org/abs/2403.08763): re-warming and decaying again.
# - PyTorch documentation,
#   [CosineAnnealingLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html):
#   the recursive rule.

# %% [markdown] tags=["navigation"]
# [Previous: 14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb) | [All lessons](index.ipynb) | [Next: 16 Plateau](16_plateau.ipynb)
