# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 20 Groups and fine-tuning
#
# *After this you can give each part of a network a schedule of its own, freeze a part and know that it stands
# still, decide which layers want the larger rate in a fine-tune, and say why adapters have another rate.*
#
# Needs 05, 07, 11 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do I implement it? / What differs between kinds of networks?

# %% tags=["parameters"]
few: int = 60  # labelled images that an adaptation may see, 20..400
steps: int = 60  # optimizer updates of an adaptation, 20..400
n_seeds: int = 16  # judging seeds, the pairs of each comparison, 8..64

# %% [markdown]
# ## A rate for each part
#
# A torch optimizer keeps its parameters in *groups*, each with its own rate, weight decay and momentum. You pass a list
# of dicts instead of `model.parameters()`; what a dict does not say, it takes from the default.
#
# Why would one want that? A network that was trained before, the *body*, often gets a new last layer, the *head*.
# The head knows nothing yet, the body a lot. *Discriminative rates* (Howard and Ruder 2018) give the body smaller
# ones. *Layer-wise decay* says it with one number $d$: of $L$ layers, layer $i$ (from 0, at the input) gets
#
# $$\eta_i = \eta \cdot d^{\,L - 1 - i},$$
#
# where $\eta$ is the full rate, that of the head. And *gradual unfreezing* lets the parts start to move one after the
# other. `ScheduleLR` takes a list of schedules, one a group.

# %%
import torch

from lrlib import plot, tasks
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import constant, linear

parts = ("first layer", "second layer", "head")


def rates_of(schedules, d):
    network = tasks.mlp((64, 32, 32, 10), seed=0)
    layers = [network[0], network[2], network[4]]
    groups = [
        {"params": layer.parameters(), "lr": 0.01 * d ** (2 - i)}
        for i, layer in enumerate(layers)
    ]
    optimizer = torch.optim.Adam(groups)
    scheduler = ScheduleLR(optimizer, schedules)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(60):
            optimizer.step()
            scheduler.step()
    return dict(zip(parts, ledger.used_by_group.T, strict=True))


# %%
from lrlib.course.explore import explorer

torch.set_num_threads(1)
axes = "step (optimizer updates)", "rate"


def draw(d, still):
    second, first = round(still), round(2 * still)
    waits = [constant(0, n) >> linear(1, 0, 60 - n) for n in (first, second)]
    used = rates_of([*waits, linear(1, 0, 60)], d)
    return plot.lines(range(60), used, "Three groups, three schedules", "", *axes)


draw(0.5, 10.0)

# %%
explorer(draw, d=(0.1, 1.5, 0.5), still=(0.0, 25.0, 10.0))

# %% [markdown]
# **We see** the rates that the optimizer used, one curve a group. **This means** that a base and a schedule
# of its own are all that a group needs: `d` sets the bases, `still` how long the parts before the head wait. **It does
# not mean** that a rate of 0 is the only way to stand still. (Without a running kernel: the figure is the starting
# position.)
#
# ## Four ways to freeze
#
# Take one weight of the body. After ten AdamW updates it is frozen for five, and then thawed. Meanwhile its gradient
# has turned round. The four ways:
#
# - *no gradient*: `requires_grad = False`, and `zero_grad()` removes what was there;
# - *zero gradient*: the same, but `zero_grad(set_to_none=False)`, which was the default before PyTorch 2.0;
# - *rate 0*: the gradient is computed, the group's rate is 0;
# - *left out*: the weight is in no group from the start, and added with `add_param_group` at the thaw.
#
# Which of them does not keep the weight where it is?

# %%
my_frozen = None  # "no gradient", "zero gradient", "rate 0" or "left out"

# %%
from lrlib.course import check
from lrlib.course import finetune as course

ways = ("no gradient", "zero gradient", "rate 0", "left out")
frozen = {way: course.frozen(way) for way in ways}
moving = max(frozen, key=lambda way: abs(frozen[way]["moved, in rates"]))
check.category(my_frozen, moving, ways, reread="the table")

# %% tags=["answer"]
import pandas as pd

pd.DataFrame.from_dict(frozen, orient="index").round(2)

# %% [markdown]
# *moved*: what the weight moved in the five updates, in units of the rate. *counted*: how many updates Adam counted
# for it meanwhile. *ledger*: the rate that its group had (NaN: it was in none). *thaw*: the first move
# after the thaw, in the same units; its gradient then asks for a positive one.
#
# To torch a gradient that is zero is a gradient: the momentum of the past and the weight decay go on. One that is
# `None` is skipped, state and all. But then the state is *stale* at the thaw: the averages are those of before, and
# may point the wrong way. At rate 0 the averages stay up to date. What was left out begins anew, with Adam's
# largest step (lesson 11). And the ledger shows the rate on offer. Whether a weight moved, only the weight can tell.
#
# ## A network that was trained before
#
# A network of three layers learns all ten digits from 1,200 images. Then something changes,
# and there are few labelled images of the new kind:
#
# - *mirrored*: every image is flipped left to right. The classes stay, and so does the head;
# - *renamed*: the images stay, but every class has another name. The head is drawn anew.
#
# Each seed has a pre-trained network of its own, and draws its own few images.

# %%
import numpy as np

seeds = [*range(1000, 1008), *range(n_seeds)]  # to tune, and to judge
whole = course.digits(batch_size=32)
before, _ = course.trained(whole, seeds, [linear(1, 0, 200)], [0.005])
mirrored = course.digits(few=few, mirrored=True)
renamed = course.digits(few=few, names=np.roll(range(10), -1))  # 0 is 1 now, ... 9 is 0
right = {
    "digits": course.heldout(whole, before, whole.right),
    "mirrored": course.heldout(mirrored, before, mirrored.right),
    "renamed": course.heldout(renamed, before, renamed.right),
}
for name, share in right.items():
    print(f"{name:9} {100 * share.mean():5.1f} % right, before it adapts")
start = {
    "mirrored": course.started(mirrored, before, seeds),
    "renamed": course.started(renamed, before, seeds, fresh="4"),
}

# %% [markdown]
# **A trick for many runs.** The engine of `lrlib.train` has one rate for all weights of a run. But write a weight as
# $w = p\,v$ and train $v$. Adam moves $v$ by about the rate, whatever the size of its gradient, so $w$ moves by $p$
# times the rate: a group's rate is a change of units. `course.paced(task, 0.1, 0.3, 1)` does that, layer by layer.
# (With SGD it would be $\sqrt p$: why? The gradient of $v$ has a $p$ of its own.) First a check.

# %%
from lrlib import train

how = {"steps": steps, "optimizer": train.Adam()}
line, some = linear(1, 0, steps), range(4)
groups = [0.1 * line, 0.3 * line, line]
ended, _ = course.trained(start["renamed"], some, groups, [0.01], layers=("0", "2", "4"))
slow = course.paced(start["renamed"], 0.1, 0.3, 1)
same = train.sweep(slow, line, 0.01, some, evaluations=1, **how).result[0, 0]
apart = abs(course.heldout(renamed, ended) - same).max()
print("three groups, and three units: equal to 1e-4:", bool(apart < 1e-4))

# %% [markdown]
# ## Predict: which layers want the larger rate?
#
# Three candidates, each at its own tuned rate: *equal*; *down*, in which rates fall from the head to the input, 1, 0.3
# and 0.1; *up*, the other way round. Which one ends lowest when the images are *mirrored*, and which when the classes
# are *renamed*?

# %%
my_prediction = None  # mirrored: "equal", "down" or "up"
my_second = None  # renamed: "equal", "down" or "up"

# %%
from lrlib import stats

grid, tuning = [0.004 * 1.7**k for k in range(6)], range(1000, 1008)
peaks = {}


def judged(arms, reference, shape="linear(1, 0, T)"):
    """Each arm at a peak of its own, tuned on eight seeds, judged on others."""
    losses, right, excess = {}, {}, {}
    for name, problem in arms.items():
        tuned = train.tune(problem, {name: shape}, grid, tuning, **how)
        ends = train.judge(problem, tuned, range(n_seeds), evaluations=1)
        losses, right = losses | ends.losses(), right | ends.right()
        excess, peaks[name] = excess | tuned.excess(), tuned.fitted[name]
    return stats.Losses(losses, excess, right, reference=reference)


def paced(task):
    return {
        "equal": task,
        "down": course.paced(task, 0.1, 0.3, 1),
        "up": course.paced(task, 1, 0.3, 0.1),
    }


# %%
first = judged(paced(start["mirrored"]), "equal")
full = peaks["equal"]
second = judged(paced(start["renamed"]), "equal")


def lowest(losses):
    return min(losses, key=lambda name: losses[name].mean())


check.category(my_prediction, lowest(first), first, reread="the text after the figures")
check.category(my_second, lowest(second), second, reread="the text after the figures")

# %% tags=["answer"]
from IPython.display import Markdown, display

from lrlib.course.finding import found

rows = {"mirrored": stats.ranking(first), "renamed": stats.ranking(second)}
readings = {
    "better": "Here the recipe of discriminative rates is right.",
    "worse": "Here the recipe of discriminative rates does harm.",
    "cannot tell": "Here the recipe of discriminative rates changes nothing that can be seen.",
}
for change, losses in {"Mirrored": first, "Renamed": second}.items():
    display(found(losses, readings, about=("down", "up")))
    display(plot.forest(losses, title=f"{change}: {stats.headline(losses)}"))

# %% [markdown]
# **We see** paired differences to equal rates, first for *mirrored*, then for *renamed*; peaks and their uncertainty
# included. **This means** what the sentences say. If they differ, then no direction is right for itself: the larger rate
# belongs to the layers that *the change* has made wrong. A flipped image is wrong at the input, a new name at the
# output. Lee et al. 2022 found the same in large networks. **It does not mean** that you know beforehand what changed;
# but three tuned arms tell.
#
# ## Half of the classes
#
# The textbook case lies between the two: the network has learnt the digits 0 to 4, and should now learn 5 to 9
# from as few images. Inputs of a new kind, and outputs of a new kind. And is it better than a
# network that starts *from scratch*? It gets the same images, updates and tuning.

# %% tags=["answer"]
half = course.digits(5, kept=range(5), batch_size=32)
knows, _ = course.trained(half, seeds, [linear(1, 0, 150)], [0.005])
other = course.digits(5, few=few, kept=range(5, 10))
tuned_in = paced(course.started(other, knows, seeds, fresh="4"))
third = judged({"scratch": other} | tuned_in, "scratch")
readings = {
    "better": "So what was learnt on the first half helps with the second.",
    "worse": "So what was learnt on the first half is in the way, even in the better order.",
    "cannot tell": "So no help from the first half can be seen.",
}
display(found(third, readings, about=("up", "equal", "down")))
fresh, old = peaks["scratch"], peaks["equal"]
size = "smaller" if old.high < fresh.low else "not told apart from scratch"
size = "larger" if old.low > fresh.high else size
print(f"Found here: the best rate of the fine-tune, at equal rates, is {size}.")
pd.DataFrame({"scratch": vars(fresh), "equal": vars(old)}).T[
    ["rate", "low", "high"]
].astype(float).round(4)

# %% [markdown]
# Does what was pre-trained want a smaller rate, as is often said? The table has both best rates, with 95 % intervals. The
# line above it tells: *smaller* or *larger* where they do not overlap.
#
# And the losses? Where the first half does not help, this is a likely reason: to tell five classes apart, the layers need
# not keep what helps with the others. So judge a fine-tune against scratch, too.
#
# ## Head first, or a warm-up?
#
# Back to *renamed* at equal rates. The images are the same, so the body could stay as it is. Where *down*, which moves it
# less, ends lower, equal rates spoil something. What does? Two explanations. **The fresh head**: as long as it is random,
# the gradients that it sends into the body are, too. Remedy: let the body wait until the head has learnt (*linear
# probing, then fine-tuning*, Kumar et al. 2022). **The first updates**: Adam's are its largest (lesson 11). Remedy: warm
# up all. So keep the body still for half of the run; or warm up over a sixth of it, or as long as the body would wait.
#
# But a body that waits also moves less. A control tells the two apart: *body stops* moves it in the first half only.
# And *head alone* never moves it.

# %%
wait, rest = steps // 2, steps - steps // 2
remedies = {  # a schedule for the body, and one for the head
    "head first": [constant(0, wait) >> linear(rest / steps, 0, rest), line],
    "body stops": [linear(1, rest / steps, wait) >> constant(0, rest), line],
    "warm-up 1/6": [linear(0, 1, steps // 6) >> linear(1, 0, steps - steps // 6)] * 2,
    "warm-up 1/2": [linear(0, 1, wait) >> linear(1, 0, rest)] * 2,
    "head alone": [constant(0, steps), line],
}
cures, excess = {"equal": second["equal"]}, {"equal": second.excess["equal"]}
used = {}


def ends(pair, seeds, rates):
    weights, ledger = course.trained(start["renamed"], seeds, pair, rates, ("02", "4"))
    losses = course.heldout(renamed, weights).reshape(len(rates), -1)
    return losses, ledger.used_by_group.T


for name, pair in remedies.items():
    tried, _ = ends(pair, tuning, grid)
    peak = stats.peak(grid, tried)
    excess[name] = stats.excess(grid, tried, peak.rate)
    (cures[name],), used[name] = ends(pair, range(n_seeds), [peak.rate])
    print(f"{name}: best rate {peak.rate:.3f}, at an edge: {peak.at_edge}")

# %%
cures = stats.Losses(cures, excess, reference="equal")
display(found(cures, about=list(remedies)))
table = stats.ranking(cures)
helped = set(table.index[table["verdict"] == "better"]) - {"head alone"}
cause = "the fresh head" if helped == {"head first"} else "not decided"
ramps = {"warm-up 1/6", "warm-up 1/2"}
cause = "the first updates" if helped and helped <= ramps else cause
print(f"Found here: what spoils the run is {cause}.")
readings = {
    "better": "So this body had better not move at all.",
    "worse": "So the body has to join in.",
    "cannot tell": "So it is not seen to matter that the body joins in.",
}
display(found(cures, readings, about="head alone", reference="head first"))
waits = table.loc["head first"]
alone = stats.ranking(cures, "head first").loc["head alone"]
used = dict(zip(("body", "head"), used["head first"], strict=True))
plot.lines(range(steps), used, "Head first: the body waits, then joins in", "", *axes)

# %% [markdown]
# **We see** each remedy beside equal rates, corrected for five comparisons, and the ledger of *head first*. **This
# means** what the second sentence says: each explanation predicts that its own remedy helps, and the others do not. The
# third says whether the body should move at all. **It does not mean** that a warm-up is bad in a fine-tune: in a body
# that is large and deep, the first updates may be the trouble. Nor that a body may always rest: here its images are the
# old ones.
#
# ## Adapters, and why their rate differs
#
# *LoRA* (Hu et al. 2022) freezes $W$ and learns a small change beside it,
#
# $$W + s\, B A, \qquad s = \alpha / r,$$
#
# with $A$ of $r$ rows, drawn at random, and $B$ of $r$ columns, all zero: so nothing changes at first. The *rank* $r$ and
# $\alpha$ are yours to choose. What is a good rate for it? Suppose only $B$ learned. Then it is the trick of above: with
# Adam rate times $s$ is all that counts: four times the $s$, a quarter of the rate, the same run. (The project's tests
# train both.)
#
# But $A$ learns as well, and its rate is not in units of $s$. Once both have moved far from their start, by about the
# rate in each update, $s\,BA$ has moved like $s\,\eta^2$.
#
# **Predict.** When both learn: by which factor is the best rate lower at $s = 4$ than at $s = 1$?

# %%
my_factor = None  # best rate at s = 1 over best rate at s = 4: your number

# %%
adapted = start["mirrored"]
lora = {f"LoRA, s = {s}": course.with_adapters(adapted, 4, float(s)) for s in (1, 4)}
small = judged(lora, "LoRA, s = 1")
low, high = (peaks[f"LoRA, s = {s}"] for s in (1, 4))
check.reconcile(my_factor, low.rate / high.rate, 0.3, reread="the next paragraph")

# %% tags=["answer"]
free = [p.numel() for p in lora["LoRA, s = 1"].model(0).parameters() if p.requires_grad]
print(
    f"{sum(free)} numbers learn, of {sum(p.numel() for p in adapted.model(0).parameters())}"
)
print(f"best rate at s = 1 over best rate at s = 4: {low.rate / high.rate:.2f}")
excess = small.excess | {"all weights": first.excess["equal"]}
small = stats.Losses(
    small | {"all weights": first["equal"]}, excess, reference="all weights"
)
display(found(small))
best = {name: peaks[name] for name in lora} | {"all weights": full}
pd.DataFrame(map(vars, best.values()), best)[["rate", "low", "high", "at_edge"]].round(4)

# %% [markdown]
# If only $B$ counts, the factor is 4; if $s\,\eta^2$ counts, it is $\sqrt 4 = 2$. So rate and $\alpha$ belong together:
# whoever changes $r$ and keeps $\alpha$ changes $s = \alpha / r$, and with it the best rate. *rsLoRA* (Kalajdzievski
# 2023) takes $\alpha / \sqrt r$ instead, and *LoRA+* (Hayou et al. 2024) a larger rate for $B$ than for $A$: two groups.
#
# And why should the rate of LoRA be another than that of all weights (the table has both, with intervals)? Entries of
# $A$ are small, up to one over the root of the number of inputs, and a product with them is, too. So at
# $s = 1$ an update moves $W$ by less.

# %%
said = "; ".join(
    f"{name}: *down* {rows[name].difference['down']:+.2f} nats ({rows[name].verdict['down']}), "
    f"*up* {rows[name].difference['up']:+.2f} ({rows[name].verdict['up']})"
    for name in rows
)
Markdown(
    f"> **Do this.** Start with equal rates, then give the larger one to the side that the change made wrong."
    f" Against equal rates, {said}. With a fresh head try a body that waits,"
    f" {waits.difference:+.2f} nats ({waits.verdict}), and the head alone, which is cheaper: against head first it has"
    f" {alone.difference:+.2f} nats ({alone.verdict}). Tune the rate again when you freeze,"
    f" unfreeze, or change an adapter's scale, and always judge scratch, too. For a small network, Adam, {few} images;"
    f" over {n_seeds} pairs. Large pre-trained bodies were not tested here."
)

# %% [markdown]
# ## In your own code
#
# - **PyTorch**: `torch.optim.AdamW([{"params": body, "lr": 1e-5}, {"params": head}], lr=1e-3)`. Torch's own schedulers
#   multiply the rate of every group; `LambdaLR` takes a list of functions, one a group, as `ScheduleLR` takes a list of
#   schedules. To thaw what was left out: `optimizer.add_param_group`.
# - **timm**: `create_optimizer_v2(model, layer_decay=0.75)` writes an `lr_scale` into each group, which timm's
#   schedulers multiply. `ScheduleLR` refuses such groups: write it into `lr`.
# - **Hugging Face** *PEFT*: `LoraConfig(r=8, lora_alpha=8)`, with `use_rslora=True` for the root; and
#   `create_loraplus_optimizer(..., loraplus_lr_ratio=16)`. In `Trainer` pass groups as `optimizers=(optimizer, scheduler)`.
# - **Keras**: set `layer.trainable = False`, and then `compile` again, or nothing changes. **optax**:
#   `multi_transform({"body": ..., "head": ...}, labels)`; to freeze, `set_to_zero()`.
# - **The trap** is a group that joins late: a scheduler that was built before it knows no base for it. The
#   exhibit on groups in [lesson 23](23_museum_of_broken_schedules.ipynb) shows what torch's do then.
#
# ## Exercises
#
# **1, guided.** Layer-wise decay: the rates of `n` layers, from the input to the head, when the head has `rate`.


# %% tags=["exercise"]
def layer_rates(rate, d, n):
    raise NotImplementedError("a list of n rates: which power of d belongs to layer i?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("20.1", layer_rates)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def layer_rates(rate, d, n):
#     return [rate * d ** (n - 1 - i) for i in range(n)]
# ```
#
# The head is layer `n - 1`, with the power 0.
# </details>

# %% [markdown]
# **2, standard.** Gradual unfreezing: of `n` layers, the head (the last) moves from update 0, the one before it from
# update `wait`, the next from `2 * wait` and so on. All follow one line from 1 at update 0 to 0 at `total`, but each
# only from its start; before, its factor is 0. Return the list of schedules for `ScheduleLR`, first layer first.


# %% tags=["exercise"]
def unfreezing(n, wait, total):
    starts = [wait * (n - 1 - i) for i in range(n)]
    raise NotImplementedError("constant(0, s) >> the rest of the line, for each start s")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("20.2", unfreezing)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def unfreezing(n, wait, total):
#     starts = [wait * (n - 1 - i) for i in range(n)]
#     return [constant(0, s) >> linear(1 - s / total, 0, total - s) for s in starts]
# ```
#
# Under `>>` the second part has a clock of its own: at update `s` the line from 1 to 0 stands at `1 - s / total`.
# </details>

# %% [markdown]
# **3, open.** Test LoRA+: in a copy of `course.Adapted`, write $B$ as `16 * V` with `V` learning, and tune and judge it
# with `judged` beside *LoRA, s = 1*. Say beforehand what the change does to the best rate, and whether the best loss
# should change. You are right if the verdict, not the mean, agrees.
#
# ## Summary
#
# You can now
#
# - give each group a base and a schedule, and see them in the ledger;
# - name four ways to freeze, say which of them moves, and what each leaves behind for the thaw;
# - choose where the larger rate goes by asking which side a change made wrong, and judge it with a peak for each;
# - test whether a fresh head or large first updates spoil a fine-tune;
# - say how an adapter's rate depends on its scale.
#
# **What this does not show.** One small network, made-up changes, Adam alone, no weight decay in the judged runs, few
# images. Pre-training here is short. How much of the old task is forgotten was not measured.
#
# ## Quiz
#
# **1. `requires_grad = False` in the middle of a run, with `zero_grad(set_to_none=False)` and AdamW.
# The weight**
#
# - (a) raises an error
# - (b) stands still
# - (c) still moves, by momentum and decay
#
# <details><summary>Answer</summary>
#
# (c): a gradient of zeros is a gradient. (b) needs a gradient that is `None`, or a rate of 0. (a): torch says nothing.
# </details>
#
# **2. The camera was replaced: all images have other colours, the classes are the same. First try**
#
# - (a) rates that fall from the head to the input
# - (b) training the head alone
# - (c) larger rates near the input
#
# <details><summary>Answer</summary>
#
# (c): the input side is what became wrong. (a) and (b) hold still just those layers.
# </details>
#
# **3. You raise the rank from 8 to 32 and keep alpha. The scale $s$ is**
#
# - (a) four times as large, so the best rate is lower
# - (b) the same
# - (c) a quarter, so the best rate is higher
#
# <details><summary>Answer</summary>
#
# (c): $s = \alpha/r$. (a) has it upside down. (b) would need alpha to grow with the rank.
# </details>
#
# ## References
#
# - Howard and Ruder 2018, *Universal Language Model Fine-tuning for Text Classification*,
#   [arXiv:1801.06146](https://arxiv.org/abs/1801.06146): discriminative rates, gradual unfreezing.
# - Lee et al. 2022, *Surgical Fine-Tuning Improves Adaptation to Distribution Shifts*,
#   [arXiv:2210.11466](https://arxiv.org/abs/2210.11466): which layers depends on what changed.
# - Kumar et al. 2022, *Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution*,
#   [arXiv:2202.10054](https://arxiv.org/abs/2202.10054): head first.
# - Hu et al. 2022, *LoRA*, [arXiv:2106.09685](https://arxiv.org/abs/2106.09685).
# - Kalajdzievski 2023, *A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA*,
#   [arXiv:2312.03732](https://arxiv.org/abs/2312.03732); Hayou et al. 2024, *LoRA+*,
#   [arXiv:2402.12354](https://arxiv.org/abs/2402.12354).
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html): per-parameter options.

# %% [markdown] tags=["navigation"]
# [Previous: 19 Batch size](19_batch_size.ipynb) | [All lessons](index.ipynb) | [Next: 21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb)
