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
# Needs 08, 11, 12 - 60 min - computes in under 10 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
steps: int = 200  # optimizer updates of the longest run trained here, 40..1000
base_lr: float = 0.05  # its peak rate, with momentum 0.9, 0.005..0.15
share: float = 0.2  # fraction of a run that is its cooldown, 0.05..0.5
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## Who needs to know when the run ends?
#
# Cosine decay must know the length of the run before the first update (lesson 08). A run that warms up, holds
# its rate and cools down at the end needs to know it only when the cooldown begins. That is why many large models
# are trained this way: one long run gives a finished model at every length somebody asks for; it can go on when more
# data arrive; and the *data* can be changed for the cooldown: MiniCPM kept its best data for it. Put the pieces of
# lessons 11 and 12 together, with $W$ steps of warm-up, $D$ of cooldown, and $T$ in all:
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
plot.schedules(
    named,
    steps,
    title="Three lengths of WSD, and of cosine",
)

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
# ## Predict: what do four budgets cost?
#
# You want the loss for four budgets, each twice the one before. Four separate runs cost the sum of their
# lengths. One trunk with four branches costs its trunk *once*, up to where the last cooldown begins, plus
# all cooldowns. With cooldowns of a fifth, what fraction of the separate cost is that?

# %%
budgets = [75, 150, 300, 600]  # updates
my_prediction = None  # cost of trunk and branches / cost of separate runs: your number

# %%
from lrlib.course import check


def costs(lengths, share):
    """Updates for separate runs, and for one trunk with a branch for each length."""
    cooldowns = [round(share * n) for n in lengths]
    trunk = max(n - D for n, D in zip(lengths, cooldowns, strict=True))
    return sum(lengths), trunk + sum(cooldowns)


separate, shared = costs(budgets, 0.2)
check.reconcile(my_prediction, shared / separate, 0.03, reread="the next paragraph")

# %% tags=["answer"]
print(f"separate runs: {separate} updates, trunk and branches: {shared}")

# %% [markdown]
# Both plans pay for the longest run in full, and it is more than half of the separate cost. With many doublings the
# ratio goes to $(1 + s)/2$ for cooldowns of a share $s$. It is better for budgets that lie close together: then every
# separate run is long, and the ratio tends to $s$. Explore both.

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
    named, title = ratios(cooldown, most), "What one trunk and its branches cost"
    return plot.lines(
        range(1, most + 1), named, title, "", "budgets", "cost / separate runs"
    )


for name, ratio in ratios(0.2, 10).items():
    print(f"{name:25} 2 budgets {ratio[1]:.2f}, 4 {ratio[3]:.2f}, 10 {ratio[9]:.2f}")
explorer(draw, cooldown=(0.0, 1.0, 0.2), most=(2, 12, 10))

# %% [markdown]
# The printed lines are three points of the explorer's curves. Branching pays most when you want many points
# that lie close together. For one budget it saves nothing: there is nothing to share.
#
# ## What the trunk hides
#
# A stored sweep has one trunk on the digits with wrong labels, and its branches to 75, 150, 300 and 600 updates
# (`python -m lrlib sweep wsd-trunk-digits`), 32 seeds. (A short run holds at rate 0 until the sweep is over. With
# PyTorch's momentum its weights then stand still; where the rate is *inside* the memory, as in Keras, they coast.)

# %%
from lrlib import stats
from lrlib.evidence import claims, sweeps

one_trunk = sweeps.load("wsd-trunk-digits").grid
trunk_loss, *branches = one_trunk.heldout_loss[:, 0]
at = one_trunk.heldout_steps
cooled = {n: run[:, -1] for n, run in zip(budgets, branches, strict=True)}
hot = {n: trunk_loss[:, list(at).index(n)] for n in budgets}
rows = {f"branch minus trunk, {n}": stats.compare(cooled[n], hot[n]) for n in budgets}
rows["trunk, 600 minus 300"] = stats.compare(hot[600], hot[300])
rows["branch, 600 minus 300"] = stats.compare(cooled[600], cooled[300])
hidden = stats.family(rows)
lower = (hidden.verdict[:4] == "better").sum()
print(
    f"Found here: at {lower} of 4 budgets the branch ends lower than the trunk at the same step."
)
hidden[["difference", "ci_low", "ci_high", "alone", "verdict"]].round(3)

# %%
curves = {"trunk, never cooled": trunk_loss.mean(axis=0)}
for n, run in zip(budgets, branches, strict=True):
    inside = (at >= 0.8 * n) & (at <= n)
    curves[f"branch to {n}"] = np.where(inside, run.mean(axis=0), np.nan)
plot.lines(
    at,
    curves,
    title="A trunk, and what its cooldowns bring to light",
    xlabel="step (optimizer updates)",
    ylabel="held-out loss (nats)",
    log_y=True,
)

# %% [markdown]
# **We see** the trunk's mean loss, and branches that leave it; above, each branch against the trunk at the same step,
# and two lengths of each, six comparisons corrected together. **This means** that the trunk's own curve lies above what it has learnt: noise is added to
# it. Wen et al. (2024) picture a river in a steep valley: the trunk bounces between the walls while it moves along
# the river, and a cooldown lets it settle. **It does not mean** that the trunk makes no progress where its curve looks
# flat; compare the last two rows.
#
# ## Is a branch as good as a cosine?
#
# The saving is worth something only if the branches end as low. A second sweep (`python -m lrlib sweep wsd-digits`)
# has WSD and cosines made for each of the four budgets, all with the same warm-up, *every* length of *each* kind at
# its own peak, tuned on 12 seeds. The trunk above has one peak for all, that of its longest run.
#
# **Predict.** At which budget does the branch of the one trunk lose most to a cosine of that length at its own peak:
# the *shortest*, the *longest*, one *between*, or can it *not be told* from a cosine anywhere?

# %%
my_guess = None  # "shortest", "longest", "between" or "not told": yours, before you run


# %%
def runs_for(name, lengths):
    """A stored sweep of cosines and WSD, a pair for each length."""
    labels = [f"{kind}, {n}" for n in lengths for kind in ("cosine", "WSD")]
    return sweeps.load(name, labels=labels)


stored = runs_for("wsd-digits", budgets)
ends = stored.judged.losses()
behind = stats.family({n: stats.compare(cooled[n], ends[f"cosine, {n}"]) for n in budgets})
place = {75: "shortest", 600: "longest"}.get(behind.difference.idxmax(), "between")
check.category(
    my_guess,
    place if (behind.verdict == "worse").any() else "not told",
    options=("shortest", "longest", "between", "not told"),
    reread="the text after the next figure",
)

# %% tags=["answer"]
from IPython.display import Markdown, display

told = list(behind.index[behind.verdict != "cannot tell"]) or ["none"]
print("Found here: budgets where one trunk and a cosine are told apart:", *told)
display(behind[["difference", "ci_low", "ci_high", "alone", "verdict"]].round(3))
curves = {
    f"{kind}, own peak": [ends[f"{kind}, {n}"] for n in budgets]
    for kind in ("WSD", "cosine")
}
plot.lines(
    budgets,
    {"one trunk": list(cooled.values()), **curves},
    title="Loss against budget: one trunk, and runs made for each length",
    xlabel="budget, updates (log scale)",
    ylabel="last held-out loss (nats)",
    log_x=True,
    log_y=True,
)

# %% [markdown]
# **We see** in the table the one trunk minus cosines at their own peaks, corrected over the four budgets (the peaks taken as
# exact; the next table's intervals include their errors), and in the
# figure WSD at its own peaks, too. **This means** that a short branch pays twice: its peak was chosen for a longer
# run, and a fifth of 75 updates is 15, too few for flat directions to notice (lesson 12). **It does not mean** that
# lengths which cannot be told apart are equal. How much of the price is the shape's? WSD minus cosine, each at its own
# peak, here and on Shakespeare's characters, where no batch is seen twice (`python -m lrlib sweep wsd-shakespeare`):

# %%
import pandas as pd

rows = {}
for name, lengths in {"digits": budgets, "shakespeare": (100, 200, 400, 800)}.items():
    each = runs_for(f"wsd-{name}", lengths).judged.losses()
    for n in lengths:
        two = f"WSD, {n}", f"cosine, {n}"
        also = each.peak_error(*two)
        rows[name, n] = stats.compare(each[two[0]], each[two[1]], also=also)
shape = stats.family(rows)
shape.index = pd.MultiIndex.from_tuples(rows)
told = shape.verdict[shape.verdict != "cannot tell"].to_dict()
print("Found here: WSD against cosine, told apart:", told or "none of 8")
same = stats.equivalence(ends["WSD, 600"], ends["cosine, 600"], margin=0.005, relative=True)
print(f"within 0.5 % of each other at 600 updates? {same}")
display(shape[["difference", "ci_low", "ci_high", "alone", "verdict"]].round(3))
longest = {"cosine": ends["cosine, 600"], "WSD": ends["WSD, 600"], "one trunk": cooled[600]}
display(plot.forest(longest, reference="cosine"))
real = claims.stored("wsd-against-cosine-at-one-peak").parts
lengths = {name: part for name, part in real.items() if "tokens" in name}
label = "final loss against a cosine (%), mean and range over sizes"
plot.intervals(lengths, "OLMo: branches of one trunk against cosines", xlabel=label)

# %% [markdown]
# **We see** eight comparisons, corrected together, and the longest budget on the digits, a dot a seed. Last, OLMo's
# language models of five sizes, by tokens a parameter: left of zero the branch ends lower, and most so in the
# *shortest* runs. There every cosine had to share the trunk's peak, and the short ones paid for it; above, each has its
# own. [A notebook of evidence](../evidence/wsd_and_cosine.ipynb) takes that apart.
# **This means** what `verdict` says. *Alone* is what one comparison would say for itself; where it differs, it is a
# warning, not a proof, and more seeds would decide. **It does not mean** that the two are equal where they cannot be
# told apart; equality within 0.5 % of the loss has its own test, printed above the table.
#
# ## The whole bill
#
# Tuning costs updates, too, usually more than the runs. A cosine needs its peak found again for each length; the trunk
# was tuned at one. The bill counts the grid and the tuning seeds above.

# %%
runs = stored.grid.result[0].size
bill = pd.DataFrame(
    {"tuning": [runs * separate, runs * budgets[-1]], "training": [separate, shared]},
    index=["a cosine for each budget", "one trunk, four branches"],
)
bill["together"] = bill.sum(axis=1)
print("trunk over cosines:", (bill.iloc[1] / bill.iloc[0]).round(2).to_dict())
bill

# %% [markdown]
# Nobody has to tune a cosine at every length: reuse one peak for all, and the bill shrinks; what that costs in loss is
# not measured here.
#
# ## In your own loop
#
# ```python
# def factor(t, W=500, D=2000, T=10_000):
#     return min((t + 1) / W, 1, (T - t) / D)
#
# scheduler = LambdaLR(optimizer, factor)  # step() after each update
# ```
#
# For a branch, load model, optimizer and scheduler of the checkpoint, with the factor of the shorter `T`. Hugging
# Face has `get_wsd_schedule` (`lr_scheduler_type="warmup_stable_decay"`), which decays along a *cosine* unless
# `decay_type="linear"` or `"1-sqrt"` is given. Keras and optax have none by that name; optax joins the three parts with
# `join_schedules`. **The trap**: the decay's length is not the total minus the warm-up minus its beginning, since that
# beginning includes the warm-up. It is the exhibit *warmup-twice* of
# [lesson 23](23_museum_of_broken_schedules.ipynb).

# %%
(first, *_, last), part = behind.itertuples(), shared / separate
Markdown(
    f"""> **Do this.** If you may want several lengths, more data later, or other data at the end, train one trunk, save it
> often, and cool down for a fifth of the run, to zero. For {part:.0%} of the updates you then have all four lengths. At 600
> updates the branch ends {last.difference:+.3f} nats [{last.ci_low:+.3f}, {last.ci_high:+.3f}] from a cosine of its own ({last.verdict}),
> at 75 {first.difference:+.3f} [{first.ci_low:+.3f}, {first.ci_high:+.3f}] ({first.verdict}): do not judge by short branches. If you know the one
> length you need, WSD saves nothing. How sure: one task, one small network, no new data."""
)

# %% [markdown]
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
# equals that of the row 0.1 in lesson 12
# (whose interval includes the tuning, too).
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
# [Previous: 12 The last tenth](12_the_last_tenth.ipynb) | [All lessons](index.ipynb) | [Next: 14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb)
