# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 Warm-up, stable, decay
#
# *After this you can train once and branch many times: build a loss-versus-budget curve from one trunk, and
# say what it saves and what it costs.*
#
# Needs 08, 11, 12 - 40 min - computes in under 10 s - CPU

# %% tags=["parameters"]
steps: int = 200  # optimizer updates of the longest run trained here, 40..1000
base_lr: float = 0.05  # its peak rate, with momentum 0.9, 0.005..0.15
share: float = 0.2  # fraction of a run that is its cooldown, 0.05..0.5
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Who needs to know when the run ends?
#
# Cosine decay must know the length of the run before the first update (lesson 08). A run that warms up, holds
# its rate and cools down at the end needs to know it only when the cooldown begins. Put the pieces of lessons
# 11 and 12 together, with $W$ steps of warm-up, $D$ of cooldown, and $T$ in all:
#
# $$\mathrm{factor}(t) = \min\!\left(\frac tW,\; 1,\; \frac{T - t}{D}\right), \qquad 0 \le t < T.$$
#
# The three parts are *warm-up*, *stable* and *decay*, in short **WSD**. $T$ is in the third alone. Compare
# two lengths, 16 and 24: the lists agree until the shorter run begins to cool down. In `lrlib` it is a
# composition, `linear(0, 1, W) >> constant(1, T - W - D) >> linear(1, 0, D)`, or `wsd(T, W, D)` for short.


# %%
def wsd_factor(t, T, W, D):
    return min(t / W, 1, (T - t) / D)


print(" ".join(f"{wsd_factor(t, 16, 4, 4):.2f}" for t in range(16)))
print(" ".join(f"{wsd_factor(t, 24, 4, 4):.2f}" for t in range(16)))

# %%
from lrlib import plot
from lrlib.schedules import cosine, linear, wsd

warmup = max(steps // 40, 1)


def pair(n):
    """WSD and cosine of n updates, with the same warm-up."""
    cosine_part = cosine(1, 0, n - warmup)
    return wsd(n, warmup, round(share * n)), linear(0, 1, warmup) >> cosine_part


lengths = [steps // 4, steps // 2, steps]
named = {f"WSD, {n}": pair(n)[0] for n in lengths}
named |= {f"cosine, {n}": pair(n)[1] for n in lengths}
for kind, i in (("WSD", 0), ("cosine", 1)):
    short, long = (pair(n)[i].values(lengths[0]) for n in lengths[:2])
    same = int((short != long).argmax())
    print(f"{kind}: the first {same} rates of lengths {lengths[0]} and {lengths[1]} agree")
title = "Three WSD runs share a trunk; three cosines share a warm-up"
alt = "Three trapezoids on one common plateau, and three cosines that part after warm-up."
plot.schedules(named, steps, title, alt)

# %% [markdown]
# **We see** trapezoids that lie on one plateau, and cosines that leave each other at once. **This means**
# that runs of different lengths do the same updates until the first of them cools down: the same rates on
# the same batches give the same weights. Those updates need to be made once. Call the long constant stretch
# the *trunk* and each cooldown a *branch*. **It does not mean** that the branches are good; we come to that.
#
# ## A branch is a run from scratch
#
# That sounds like theory, so let us check it to the last bit. Train the trunk with no end in sight and save
# a checkpoint where the short run would begin to cool down. Restore it, hand over the short schedule, and go
# on. A loaded schedule that differs is an error by default, since a change of plan should be meant;
# `on_mismatch="replace"` means it: the saved clock goes on, the new schedule holds.

# %%
import copy

import torch

from lrlib import tasks
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import constant

task = tasks.get("digits", label_noise=label_noise)
batches = task.batches(0, steps)


def begin(schedule):
    model = task.model(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr, momentum=0.9)
    scheduler = ScheduleLR(optimizer, schedule, on_mismatch="replace")
    return {"model": model, "optimizer": optimizer, "scheduler": scheduler}


print(f"{steps} batches of {len(batches[0][1])} images")


# %%
def train_on(run, first, last):
    """Updates first .. last - 1, with the rates that were really used."""
    with Ledger.watch(run["optimizer"]) as ledger:
        for t in range(first, last):
            inputs, targets = batches[t]
            run["optimizer"].zero_grad()
            task.loss(run["model"](inputs), targets).backward()
            run["optimizer"].step()
            run["scheduler"].step()
    return ledger.used


def branch(checkpoint, schedule, parts=("model", "optimizer", "scheduler")):
    run = begin(schedule)
    for part in parts:
        run[part].load_state_dict(copy.deepcopy(checkpoint[part]))
    return run


# %%
import numpy as np

short = pair(steps // 2)[0]
fork = steps // 2 - round(share * (steps // 2))  # where the cooldown begins
scratch, trunk = begin(short), begin(linear(0, 1, warmup) >> constant(1))
used_scratch, used_trunk = train_on(scratch, 0, steps // 2), train_on(trunk, 0, fork)
saved = {part: copy.deepcopy(trunk[part].state_dict()) for part in trunk}


def compare(parts):
    """Restore these parts of the checkpoint, cool down, and compare with the run from scratch."""
    run = branch(saved, short, parts)
    used = np.concatenate([used_trunk, train_on(run, fork, steps // 2)])
    pairs = zip(scratch["model"].parameters(), run["model"].parameters(), strict=True)
    equal = all(torch.equal(one, two) for one, two in pairs)
    return f"rates equal: {np.array_equal(used, used_scratch)}, weights equal: {equal}"


print(f"branch at update {fork} of {steps // 2}:", compare(list(saved)))

# %% [markdown]
# Equal to the last bit, in the ledger and in every weight. So a branch is no approximation: it *is* the run
# that would have been trained from scratch with that length. Whatever is true of WSD runs is true of
# branches.
#
# ## Clock lost, or momentum lost?
#
# In real work a branch may differ from the run from scratch. Two causes are common. *The clock is lost*: the
# schedule starts again at step 0, with another warm-up. *The momentum is lost*: the optimizer remembers past
# gradients, and starts with an empty memory. Each has its own remedy: restore the scheduler, or restore the
# optimizer. Nothing fails in either case. What would you look at to tell them apart?

# %%
for lost in ("scheduler", "optimizer"):
    kept = [part for part in saved if part != lost]
    print(f"without the {lost:9}:", compare(kept))

# %% [markdown]
# The ledger tells. Rates that differ: the clock. Rates that agree and weights that do not: something else
# in the state, here the momentum. A ledger that looks right is necessary, not sufficient; the weights decide.
#
# ## Standing still
#
# To compare runs of different lengths in one sweep, let the short ones hold at rate 0 when they are over. Do
# they stand still? Plain SGD does: rate 0 times anything is 0. With momentum it depends on where the rate
# is. PyTorch multiplies the *memory* by the rate, $m \leftarrow \mu m + g$ and $w \leftarrow w - \eta m$.
# Other libraries, Keras for one, put it inside, $m \leftarrow \mu m - \eta g$ and $w \leftarrow w + m$. At a
# constant rate these are the same path. Here both run on a bowl with 20 updates at rate 0.1 and 30 at 0.


# %%
def moved_at_zero(inside):
    w, m, at_zero = 1.0, 0.0, []
    for rate in [0.1] * 20 + [0.0] * 30:
        m = 0.9 * m - (rate * w if inside else -w)  # the gradient is w
        w = w + m if inside else w - rate * m
        at_zero.append(w)
    return abs(at_zero[-1] - at_zero[19])


print(f"rate outside the memory: moved {moved_at_zero(inside=False):.4f}")
print(f"rate inside the memory:  moved {moved_at_zero(inside=True):.4f}")

# %% [markdown]
# With the rate inside, the weights coast on what they remember. `lrlib` trains as PyTorch does, so a
# schedule that ends in `>> constant(0)` stands still, and its last held-out loss is the loss at its own end.
#
# ## Predict: what do four budgets cost?
#
# You want the loss for four budgets, each twice the one before. Four separate runs cost the sum of their
# lengths. One trunk with four branches costs its trunk *once*, up to where the last cooldown begins, plus
# all cooldowns. With cooldowns of a fifth, what fraction of the separate cost is that?

# %%
my_prediction = None  # cost of trunk and branches / cost of separate runs: your number

# %%
from lrlib.course import check


def costs(lengths, share):
    """Updates for separate runs, and for one trunk with a branch for each length."""
    cooldowns = [round(share * n) for n in lengths]
    trunk = max(n - D for n, D in zip(lengths, cooldowns, strict=True))
    return sum(lengths), trunk + sum(cooldowns)


budgets = [75, 150, 300, 600]
separate, shared = costs(budgets, 0.2)
check.reconcile(my_prediction, shared / separate, 0.03, reread="the next paragraph")

# %%
print(f"separate runs: {separate} updates, trunk and branches: {shared}")

# %% [markdown]
# The longest run is already more than half of the separate cost, and both plans pay for it in full. With
# many doublings the ratio goes to $(1 + s)/2$ for cooldowns of a share $s$. It is better for budgets that
# lie close together: then every separate run is long, and the ratio tends to $s$. Explore both.

# %%
from lrlib.course.explore import explorer


def ratios(cooldown, most):
    """Cost of trunk and branches / cost of separate runs, for 1, 2, .. budgets up to 6000 updates."""
    counts = range(1, most + 1)
    doubling = [[6000 // 2**i for i in range(k)] for k in counts]
    even = [[6000 * (i + 1) // k for i in range(k)] for k in counts]
    named = {"each twice the one before": doubling, "evenly spaced": even}
    paid = {
        name: [costs(each, cooldown) for each in plans] for name, plans in named.items()
    }
    return {name: np.array([b / a for a, b in pairs]) for name, pairs in paid.items()}


def draw(cooldown, most):
    found = ratios(cooldown, most)
    title = f"{most} budgets: " + ", ".join(f"{r[-1]:.0%} if {n}" for n, r in found.items())
    alt = f"Two falling curves of cost ratio against the number of budgets. {title}."
    x = np.arange(1, most + 1)
    return plot.lines(x, found, title, alt, "number of budgets", "cost / separate runs")


for name, ratio in ratios(0.2, 10).items():
    print(f"{name:25} 2 budgets {ratio[1]:.2f}, 4 {ratio[3]:.2f}, 10 {ratio[9]:.2f}")
explorer(draw, cooldown=(0.0, 1.0, 0.2), most=(2, 12, 10))

# %% [markdown]
# The printed lines are three points of the explorer's curves. Branching pays most when you want many points
# that lie close together. For one budget it saves nothing: there is nothing to share.
#
# ## Is a branch as good as a cosine?
#
# The saving is worth something only if the branches end as low. Four budgets on the digits with wrong
# labels, 75 to 600 updates; WSD with a cooldown of a fifth, and cosines made for each budget, all with the
# same warm-up. *Every* length of *each* kind has its own peak, tuned on 12 seeds, and is judged on 32 others
# (`python -m lrlib sweep wsd-digits`). A second set is what you would really do: one trunk, at one peak,
# with its four branches (`python -m lrlib sweep wsd-trunk-digits`). Its peak is the one that the tuning
# seeds chose for the longest run: tuned peaks fall as runs get longer, so one peak for all branches is a
# compromise. First the trunk itself.

# %%
from lrlib.evidence import sweeps

stored, one_trunk = sweeps.load("wsd-digits"), sweeps.load("wsd-trunk-digits")
results = stored.judged.result[:, 0]
peaks = list(stored.tuned.peaks.values())
cosines, wsds = results[0::2], results[1::2]
trunk_loss, *branches = one_trunk.grid.heldout_loss[:, 0]
branch_loss = np.array(branches)[..., -1]
print(
    "peaks, cosine:",
    *peaks[0::2],
    " WSD:",
    *peaks[1::2],
    " trunk:",
    *one_trunk.grid.base_lrs,
)
print(
    f"the trunk's peak is the one tuned at {budgets[-1]}: {peaks[-1] in one_trunk.grid.base_lrs}"
)

# %%
at = one_trunk.grid.heldout_steps
curves = {"trunk, never cooled": trunk_loss.mean(axis=0)}
for n, run in zip(budgets, branches, strict=True):
    inside = (at >= 0.8 * n) & (at <= n)
    curves[f"branch to {n}"] = np.where(inside, run.mean(axis=0), np.nan)
uncooled = np.array([trunk_loss[:, list(at).index(n)] for n in budgets])
gain = 1 - branch_loss[-1].mean() / uncooled[-1].mean()
title = f"The last cooldown lowers the loss by {gain:.0%}"
alt = f"A bumpy loss curve, and four short ones that drop below it. {title}."
like = {"trunk, never cooled": one_trunk.grid.schedules[0]}
plot.lines(at, curves, title, alt, "step", "held-out loss (nats)", like=like, log_y=True)

# %%
from lrlib import stats

for n, cooled, hot in zip(budgets, branch_loss, uncooled, strict=True):
    print(
        f"{n:3} updates: branch minus trunk at the same step {stats.compare(cooled, hot)}"
    )
hidden = (
    stats.compare(uncooled[-1], uncooled[-2]),
    stats.compare(branch_loss[-1], branch_loss[-2]),
)
print(
    f"from {budgets[-2]} to {budgets[-1]}: trunk {hidden[0]}\n{'':11} branches {hidden[1]}"
)

# %% [markdown]
# **We see** the trunk, and branches that drop off it; below, each branch against the trunk at the same step.
# **This means** that the trunk's own curve lies above what it has learnt: noise is added to it. Wen et
# al. (2024) picture a river in a steep valley: the trunk bounces between the walls while it moves along the
# river, and a cooldown lets it settle. At the shortest budget the cooldown brought nothing that could be
# told. **It does not mean** that the trunk makes no progress where its curve looks flat; compare the last
# two lines.
#
# ## Loss against budget

# %%
against = {
    f"{n} updates": stats.compare(ours, theirs)
    for n, ours, theirs in zip(budgets, wsds, cosines, strict=True)
}
table = stats.family(against)
same = stats.equivalence(wsds[-1], cosines[-1], margin=0.02, relative=True)
print(f"equal within 2 % at {budgets[-1]}? {same}")
over_all = stored.grid.result[1::2].mean(axis=(0, 2)).argmin()
print(f"peak with the lowest mean over all budgets: {stored.grid.base_lrs[over_all]}")
print("one trunk minus WSD at its own peak:")
for n, ours, theirs in zip(budgets, branch_loss, wsds, strict=True):
    shown = "the same runs" if np.allclose(ours, theirs) else stats.compare(ours, theirs)
    print(f"{n:3} updates: {shown}")
print("one trunk minus a cosine at its own peak:")
for n, ours, theirs in zip(budgets, branch_loss, cosines, strict=True):
    print(f"{n:3} updates: {stats.compare(ours, theirs)}")
print("WSD minus cosine, each at its own peak:")
table.drop(columns="n").round(4)

# %%
kinds = {"cosine, own peak": cosines, "WSD, own peak": wsds, "one trunk": branch_loss}
told = table.index[table["verdict"] != "cannot tell"]
title = f"Budgets at which WSD and cosine can be told apart: {', '.join(told) or 'none'}"
alt = f"Loss against budget falls for all three kinds and flattens. {title}."
xlabel, ylabel = "budget, updates (log scale)", "last held-out loss (nats)"
like = {"WSD, own peak": pair(steps)[0], "cosine, own peak": pair(steps)[1]}
plot.lines(budgets, kinds, title, alt, xlabel, ylabel, like=like, log_x=True, log_y=True)

# %% [markdown]
# **We see** three loss-versus-budget curves, and in the table WSD minus cosine. The verdicts, by `p_holm`,
# hold for the four comparisons *together* (lesson 04); the intervals stand each for itself, and may exclude
# zero where the verdict is *cannot tell*. **This means** what the verdicts say; an interval above zero
# beside *cannot tell* is a warning, not a proof. It would not be a surprise at short budgets: a fifth of 75
# updates is 15, too few for flat directions to notice (lesson 12). **It does not mean** that lengths which
# cannot be told apart are equal. Equality within 2 % of the loss has its own test, printed above the table.
#
# The branches of the *one* trunk are *the same runs* as those of the first sweep wherever their peaks agree:
# two sweeps, one of separate runs and one of a trunk, meet. Elsewhere the line is the price of a peak that
# was chosen for the longest run. Another rule, the lowest mean loss over all four budgets, chooses another
# peak (the line above the verdicts) and would let the long runs pay.
#
# ## The whole bill
#
# Tuning costs updates, too, usually more than the runs. A cosine needs its peak found again for each length;
# the trunk was tuned at one. The bill counts the grid and the tuning seeds above.

# %%
import pandas as pd

tuning_runs = stored.grid.result[0].size
bill = pd.DataFrame(
    {
        "tuning": [tuning_runs * separate, tuning_runs * budgets[-1]],
        "training": [separate, shared],
    },
    index=["a cosine for each budget", "one trunk, four branches"],
)
bill["together"] = bill.sum(axis=1)
print("ratio:", *(bill.iloc[1] / bill.iloc[0]).round(2))
bill

# %% [markdown]
# Read the bill with the table of losses. What is saved is updates; what is paid is the difference of one
# trunk to a cosine at its own peak, printed above. Nobody has to tune a cosine at every length: reuse one
# peak for all, and the bill shrinks; what that costs in loss is not measured here.
#
# **Another task.** Shakespeare's characters, where no batch is seen twice; 100 to 800 updates, own peaks
# (`python -m lrlib sweep wsd-shakespeare`).

# %%
other = sweeps.load("wsd-shakespeare")
there = other.judged.result[:, 0]
rows = {
    f"{n} updates": stats.compare(there[2 * i + 1], there[2 * i])
    for i, n in enumerate((100, 200, 400, 800))
}
stats.family(rows).drop(columns="n").round(4)

# %% [markdown]
# On both tasks the *estimates* favour the cosine at the shortest budget and WSD at the longest. The verdicts
# say how much of that may be believed.
#
# ## Exercises
#
# **1, guided.** Count for any list of budgets: how many updates do a trunk and its branches need, if each
# branch cools down for the last `D` updates, a fixed *number* this time? Every budget is longer than `D`.


# %% tags=["exercise"]
def my_cost(lengths, D):
    cooldowns = D * len(lengths)
    raise NotImplementedError("add the trunk: where does the last cooldown begin?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("13.1", my_cost)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_cost(lengths, D):
#     cooldowns = D * len(lengths)
#     return max(lengths) - D + cooldowns
# ```
#
# The trunk is trained to the last fork and no further; one cooldown replaces its end.
# </details>

# %% [markdown]
# **2, standard.** Build the curve. Return the work as a list of rows `[first, last, is_branch]`, updates
# `first .. last - 1`, in the order in which it is done: from fork to fork along the trunk, and at each fork
# its branch. `lengths` is increasing, and no cooldown begins before the shorter run's. The check really
# trains your plan, and compares the end of every branch with a run from scratch.


# %% tags=["exercise"]
def plan(lengths, share):
    rows, here = [], 0
    for n in lengths:
        fork = n - round(share * n)
        raise NotImplementedError(
            "append two rows, [.., .., 0] and [.., .., 1]; move `here`"
        )
    return rows


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise(
    "13.2",
    plan,
    begin=begin,
    train_on=train_on,
    branch=branch,
    trunk=linear(0, 1, warmup) >> constant(1),
    cooled=lambda n: pair(n)[0],
    steps=steps,
    share=share,
)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def plan(lengths, share):
#     rows, here = [], 0
#     for n in lengths:
#         fork = n - round(share * n)
#         rows += [[here, fork, 0], [fork, n, 1]]
#         here = fork
#     return rows
# ```
#
# The lengths of all rows add up to the cost counted above: no update is made twice.
# </details>

# %% [markdown]
# **3, open.** The sweep `cooldown-digits` of lesson 12 holds runs of 600 updates, without warm-up, with
# cooldowns from 0.025 to 1 of the run. What does the longest branch lose if you halve the share to 0.1, and
# what does the curve of four budgets then cost? Write down both with `stats.compare` and `costs`, and
# decide. You have the cost right if it lies between those for shares of 0 and of 0.2; the loss, if its line
# equals the row *0.1 of the run* in lesson 12.
#
# ## Summary
#
# You can now
#
# - write WSD, and say which of its parts knows the length of the run;
# - branch a cooldown from a checkpoint, and prove that it is the run from scratch;
# - tell a lost clock from lost momentum: rates that differ, or weights that differ at equal rates;
# - count the cost of a trunk and its branches, tuning included;
# - read a loss-versus-budget curve from one trunk, with the price it has at short budgets.
#
# **What this does not show.** Two small tasks, four budgets, SGD with momentum, one shape and one share of
# cooldown. At these lengths a share of a fifth may be only a few updates. The cosines go to zero; published
# comparisons often let them end at a tenth, which is another opponent. Nothing was averaged (lesson 14) and
# no run was extended after its cooldown (lesson 15).
#
# ## Quiz
#
# **1. A WSD run of length 1,000 and one of 2,000, cooldown a fifth, same seed. Their weights agree
# until about update**
#
# - (a) 800
# - (b) 0
# - (c) 1,000
#
# <details><summary>Answer</summary>
#
# (a): the shorter one cools down from there. (c) forgets the cooldown. (b) is nearly true of two cosines
# without warm-up: they part at the second update.
# </details>
#
# **2. Your branch has exactly the intended rates, and yet other weights than the run from scratch.
# Look first at**
#
# - (a) the optimizer's state
# - (b) the schedule
# - (c) the length of the trunk
#
# <details><summary>Answer</summary>
#
# (a): momentum or other memory may be empty. (b) and (c) would show in the rates.
# </details>
#
# **3. One budget only. Compared with a cosine, WSD costs**
#
# - (a) more updates
# - (b) the same
# - (c) less
#
# <details><summary>Answer</summary>
#
# (b). There is nothing to share, so (c) is wrong; (a) would count the trunk beyond its fork.
# </details>
#
# **4. The trunk's loss has been flat for long. The branches from its start and end of that stretch**
#
# - (a) cannot be compared
# - (b) may differ: the flat curve hides what a cooldown shows
# - (c) end equally low
#
# <details><summary>Answer</summary>
#
# (b). (c) takes the noise floor for the end of learning. (a): both are WSD runs, of two lengths.
# </details>
#
# ## References
#
# - Hu et al. 2024, *MiniCPM*, [arXiv:2404.06395](https://arxiv.org/abs/2404.06395), section 4: WSD, and its
#   loss against cosine.
# - Hägele et al. 2024, *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*,
#   [arXiv:2405.18392](https://arxiv.org/abs/2405.18392): branches from one trunk in place of a run for each length, and
#   what that saves.
# - Zhai, Kolesnikov, Houlsby and Beyer 2022, *Scaling Vision Transformers*,
#   [arXiv:2106.04560](https://arxiv.org/abs/2106.04560): cooldowns from one long run, earlier.
# - Wen et al. 2024, *Understanding Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape
#   Perspective*, [arXiv:2410.05192](https://arxiv.org/abs/2410.05192): the river and the walls.

# %% [markdown] tags=["navigation"]
# [Previous: 12 The last tenth](12_the_last_tenth.ipynb) | [All lessons](../../README.md) | [Next: 14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb)
