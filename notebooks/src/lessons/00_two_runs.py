# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 Two runs, one line apart
#
# *After this you can change the rate during training, read in a ledger whether it really changed, say
# whether the change helped, and put a schedule into a training loop of your own.*
#
# Needs nothing but Python and one network trained before - 60 min - computes in under 18 s - CPU
#
# Answers: Why adjust the learning rate? / How do I implement it?

# %% tags=["parameters"]
steps: int = 400  # optimizer updates per run, 100..2000
base_lr: float = 0.32  # rate at the start of a run, 0.02..0.64
n_seeds: int = 8  # judging seeds, the pairs of the comparison, 6..64

# %% [markdown]
# Welcome. You will train a small network twice. The second program differs from the first in one line, and
# the course is about that line. Run the cells in order with Shift+Enter. Where a cell says `my_`, it waits for
# an answer of yours; without one the notebook still runs.
#
# ## The line
#
# Training repeats one small act, the *update*: take a few examples (a *batch*), compute the gradient $g_t$ of
# their loss, and move the weights $w$ a little way against it,
#
# $$w_{t+1} = w_t - \mathrm{rate}(t) \cdot g_t .$$
#
# The *step* $t = 0, 1, 2, \ldots$ counts updates. The *rate*, in full the learning rate, says how far an
# update moves. We write it as a fixed number times a factor that may change,
#
# $$\mathrm{rate}(t) = \mathrm{base\_lr} \cdot \mathrm{factor}(t),$$
#
# and call the factor, a function of the step, the *schedule*. The constant schedule is 1 at every step. The
# simplest that *decays* is the line through 1 at step 0 and 0 at step $T$, the length of the run: $\mathrm{factor}(t) = 1 - t/T$. In `lrlib`, the library of this course, the first is `constant()`
# and the second `linear(1, 0, T)`: from 1, to 0, in `T` steps. Two schedules join to a longer one:
# `a >> b` reads *first a, then b*, and `b` starts on a clock of its own when `a` is over.

# %%
from lrlib import plot
from lrlib.schedules import constant, linear

pair = {"constant": constant(), "decayed": linear(1, 0, steps)}
half = steps // 2
joined = constant(1, half) >> linear(1, 0, steps - half)
print("linear(1, 0, 8), step by step:", *linear(1, 0, 8).values(8))
shown = {**pair, "held, then decayed": joined}
plot.schedules(shown, steps, "Three schedules, one start", base_lr=base_lr)

# %% [markdown]
# The printed numbers are the line over eight updates, steps 0 to 7. The last one still moves, at an eighth of
# `base_lr`; the zero would come at step 8, which is never run.
#
# **We see** in the figure the rate of every update, before anything is trained. **This means** that a
# schedule can be looked at, and checked, without a network. **It does not mean** that a program which
# contains this schedule uses these rates.

# %%
from lrlib.course.explore import explorer


def draw(base, end):
    shown = {"constant": constant(), "line": linear(1, end, steps)}
    return plot.schedules(shown, steps, "Two rates", base_lr=base, y_range=(0, 0.9))


explorer(draw, base=(0.02, 0.9, base_lr), end=(0.0, 1.0, 0.0))

# %% [markdown]
# Move `base`, and both rates are stretched. Move `end`, the factor at which the line ends, and its shape changes.
#
# ## The problem
#
# Pictures of handwritten digits, 8 by 8 pixels, ten classes. To make it harder, about a fifth of the training
# labels are replaced by a random class, which may be the right one, so that batches contradict each other. One
# pass over the training images is an *epoch*. Some images are kept away from training. The loss on those is the
# *held-out loss*, which is what we care about: lower is better. It is measured in *nats*, the unit of a
# cross-entropy that uses the natural logarithm. A *blind guess* calls all ten classes equally likely, whatever the
# image, and has a loss of $\ln 10$ nats.

# %%
from lrlib import tasks

task = tasks.get("digits", label_noise=0.2)
batches, (images, labels) = task.batches(0, steps), task.heldout
epoch = len(batches.inputs) // 32  # updates
print(f"training images: {len(batches.inputs)}, held out: {len(images)}")
print(f"an epoch: {epoch} updates of 32 images; a run: {steps / epoch:.1f} epochs")
print(f"loss of a blind guess: {task.guess:.3f} nats")
print(task.model(0))

# %% [markdown]
# The network has two hidden layers of 32 units: 64 pixels go in, ten scores come out. The 0 in
# `task.model(0)` is a *seed*, a number that names everything random in a run: the first weights, the order of
# the images, which labels are replaced. Same seed, same luck.
#
# In PyTorch the optimizer does the update, in `optimizer.step()`, and keeps its rate in
# `optimizer.param_groups[0]["lr"]`. Ours is plain *SGD*, stochastic gradient descent: the update above, with
# nothing added. A *ledger* is the record of a run: the rate that was *intended* at each update, and the one that
# was *used*. The used one comes from a *hook*, a function that the optimizer calls at every update:

# %%
import torch

torch.set_num_threads(1)  # a network this small gains nothing from more
optimizer, seen = torch.optim.SGD(task.model(0).parameters(), lr=base_lr), []
optimizer.register_step_pre_hook(lambda opt, *_: seen.append(opt.param_groups[0]["lr"]))
for t in range(3):
    optimizer.param_groups[0]["lr"] = base_lr / 2**t
    optimizer.step()  # no gradients yet: nothing moves, but the hook is called
print("what the hook saw:", *seen)

# %% [markdown]
# `Ledger.watch` installs such a hook. Here is the program. `set_rate` is the line.

# %%
from IPython.display import display

from lrlib import train
from lrlib.ledger import Ledger

looks = train.evaluation_steps(steps, 20)  # after which updates the held-out loss is taken


def write(optimizer, rate):
    optimizer.param_groups[0]["lr"] = rate


def train_with(set_rate, schedule=pair["decayed"]):
    model, batches = task.model(0), task.batches(0, steps)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
    with Ledger.watch(optimizer, intended=schedule, base_lr=base_lr) as ledger:
        for t in range(steps):
            set_rate(optimizer, base_lr * schedule(t))  # the line
            inputs, targets = batches[t]
            loss = task.loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if t + 1 in looks:
                ledger.record(heldout_loss=task.loss(model(images), labels).detach())
    return ledger


# %%
import pandas as pd

runs = {name: train_with(write, schedule) for name, schedule in pair.items()}
rates = {
    name: pd.DataFrame({"intended": run.intended, "used": run.used})
    for name, run in runs.items()
}
display(pd.concat(rates, axis=1).iloc[[0, steps // 4, half, -1]].round(4))
plot.house(runs, "Seed 0: two rates, and the losses they led to")

# %% [markdown]
# Read the table first: is the used rate the intended one? That question comes before any about the loss.
#
# **We see** in the figure the rates above and the held-out losses below, on one axis of steps. The dots are
# the intended rates. The loss axis is logarithmic: equal heights are equal ratios. **This means** that one
# line of code moved the end of this run by the gap you see. **It does not mean** that the lower one is
# better in general: this is one seed.
#
# ## Predict: on how many seeds does the decayed run end lower?
#
# Repeat both programs with other seeds: on every one, on most of them, or on half or fewer?

# %%
from lrlib.course import check

my_prediction = None  # "every seed", "most" or "half or fewer"

both = train.sweep(task, pair, base_lr, seeds=range(n_seeds), steps=steps)
losses = pd.DataFrame(both.losses())
won = (losses.decayed < losses.constant).mean()
answer = "every seed" if won == 1 else "most" if won > 0.5 else "half or fewer"
options = "every seed", "most", "half or fewer"
check.category(my_prediction, answer, options, reread="the text above and the table")

# %% tags=["answer"]
losses["difference"] = losses.decayed - losses.constant
losses["lower"] = losses[["constant", "decayed"]].idxmin(axis=1)
print(f"Found here: decayed ends lower on {won * n_seeds:.0f} of {n_seeds} seeds.")
losses.rename_axis("seed").round(4)

# %% [markdown]
# Row 0 repeats the two runs above. Each row is a *pair*: the same seed, so the same luck for both. Had a seed with the
# other sign been the only one, it would have crowned the other.
#
# `train.sweep` trains all these networks at once. The weights of all seeds are stacked, along one more axis, and
# `vmap` makes a function of one network a function of all. Here are the constant runs again, by hand:

# %%
from torch.func import functional_call, grad, stack_module_state, vmap

models = [task.model(seed) for seed in range(n_seeds)]
stacked = {name: w.detach() for name, w in stack_module_state(models)[0].items()}


def loss_of(weights, inputs, targets):
    return task.loss(functional_call(models[0], weights, (inputs,)), targets)


orders = [task.batches(seed, steps) for seed in range(n_seeds)]
for t in range(steps):
    inputs, targets = map(torch.stack, zip(*(each[t] for each in orders), strict=True))
    slopes = vmap(grad(loss_of))(stacked, inputs, targets)
    stacked = {name: w - base_lr * slopes[name] for name, w in stacked.items()}
ends = vmap(loss_of, in_dims=(0, None, None))(stacked, images, labels)
same = torch.allclose(ends, torch.from_numpy(both.result[0, 0]))
print("the losses of the sweep again:", same)

# %% [markdown]
# `both.result` has three axes: schedule, rate, seed. So `both.result[0, 0]` are the last held-out losses of
# the first schedule at the first rate, one a seed.
#
# What may we say of two schedules? Put an *interval* around the mean difference: a range made such that, if
# the whole experiment were repeated many times, about 95 of 100 such ranges would contain the true mean. One
# that contains zero leaves open who is better, and the *verdict* is *cannot tell*. (Lesson 04 builds them.)
#
# ## But who chose the starting rate?
#
# Both programs shared one `base_lr`, and sharing looks fair. We call `base_lr` the *peak* rate, since no schedule
# here goes above it. Let both share another: try nine, each $\sqrt 2$ times the one before, on other seeds than
# those above. At the lowest, 0.08, which one ends lower?

# %%
my_winner = None  # at a shared peak of 0.08: "constant", "decayed" or "cannot tell"

from lrlib import stats


def decayed_minus_constant(rate):
    ends = tuned.sweep.losses(rate)
    return stats.compare(ends["decayed"], ends["constant"])


peaks = [0.08 * 2 ** (k / 2) for k in range(9)]
tuned = train.tune(task, pair, peaks, seeds=range(1000, 1008), steps=steps)
shared = stats.family(
    {f"both at {rate:.2g}": decayed_minus_constant(rate) for rate in peaks[::4]}
)
winner = {"better": "decayed", "worse": "constant", "cannot tell": "cannot tell"}
found_winner = winner[shared.verdict.iloc[0]]
check.category(my_winner, found_winner, winner.values(), "the text below the figure")

# %% tags=["answer"]
display(shared[["difference", "ci_low", "ci_high", "verdict"]].round(3))
said = ", ".join(f"{where}: {row.verdict}" for where, row in shared.iterrows())
print(f"Found here: decayed against constant, {said}.")
plot.sensitivity(tuned, title="The loss at each shared peak")

# %% [markdown]
# **We see** the last loss for each peak, and a dot at the best one of each schedule; in the table, decayed minus
# constant at the lowest, the middle and the highest peak. (Verdicts are corrected for being three; intervals may
# be lopsided: lesson 04.) **This means**: where the verdicts differ, whoever picks the shared peak also picks the
# winner. Rates that fall to zero in a line add up to half of what constant ones do. So at a low peak such a run
# does not get far enough, and it can use a higher one. **It does not mean** that the dots are the true best peaks:
# these are a few seeds.
#
# *Tuning* means giving each schedule its own best peak: that of a parabola through the means around the lowest
# point of the grid. Then we judge on fresh seeds, in pairs, so that luck cannot be used twice.

# %%
from lrlib.course.finding import found

judged = train.judge(task, tuned, seeds=range(n_seeds))
print("tuned peaks:", {name: round(fit.rate, 2) for name, fit in tuned.fitted.items()})
readings = {
    "better": "Each from the best peak of its own, the decay pays.",
    "worse": "Each at its best, the decay costs something here.",
    "cannot tell": "These seeds do not say which is better, each at its best.",
}
display(found(judged, readings, about="decayed", reference="constant"))
display(plot.forest(judged, reference="constant"))
plot.house(judged, reference="constant")

# %% [markdown]
# **We see** first a dot for each seed, its difference, and their mean with its interval; then the runs, with
# their means. **This means** what the sentence "Found here" says; there *% right* is the share of held-out
# images whose class is the one with the highest score. **It does not mean** that the verdict holds for another network,
# other data or a longer run.
#
# ## A decay that never happened
#
# A widely copied snippet decays the rate by writing `optimizer._lr = ...` in the loop; its cousin
# writes `optimizer.lr = ...`. Both run without an error. Give them to our program as the line.

# %%
snippet = train_with(lambda optimizer, rate: setattr(optimizer, "_lr", rate))
cousin = train_with(lambda optimizer, rate: setattr(optimizer, "lr", rate))
for name, run in {"snippet": snippet, "cousin": cousin}.items():
    print(f"{name}: largest gap between intended and used rate {run.largest_gap():.4g}")
equal = (snippet.heldout_loss == runs["constant"].heldout_loss).all()
print(f"Found here: its losses are those of the constant run, to the digit: {equal}.")
plot.house({"copied snippet": snippet}, title="The rates of the snippet, and its loss")

# %% [markdown]
# **We see** the intended rate as falling dots, the used rate as a flat line, and the loss below.
# **This means** that the snippet created an attribute which nobody reads. **It does not mean** that training
# failed: it is the constant run under another name. That is why nobody notices.
#
# A colleague says: *I added decay and the loss stayed the same.* Two explanations fit. Decay may do little here;
# the remedy is another shape, or another peak. Or it never reached the optimizer; the remedy is to write the rate
# where it is read. The loss cannot tell these apart. The ledger can, at once.
#
# ## Your own loop
#
# A *scheduler* is an object that writes the rate for you. Here is a complete loop as you would write it, with
# epochs, and with the loss and accuracy on a *validation set*, as images are called that are held out and looked at
# while training. `train()` and `eval()` switch layers such as dropout; ours has none, yours may. Copy it.


# %%
from torch import nn

from lrlib.optim import ScheduleLR


def fit(model, optimizer, scheduler, loader, epochs, each="update"):
    history = []
    for epoch in range(1, epochs + 1):
        model.train()
        for inputs, targets in loader:
            loss = nn.functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if each == "update":
                scheduler.step()  # after the update: it writes the rate of the next one
        if each == "epoch":
            scheduler.step()
        model.eval()  # from here on: images and labels of the validation set
        with torch.no_grad():
            outputs = model(images)
        loss = nn.functional.cross_entropy(outputs, labels).item()
        right = (outputs.argmax(1) == labels).double().mean().item()
        history.append({"epoch": epoch, "validation loss": loss, "right": right})
    return history


# %%
from torch.optim.lr_scheduler import LinearLR
from torch.utils.data import DataLoader, TensorDataset

examples = TensorDataset(batches.inputs, batches.targets)


def line(optimizer, T):
    return ScheduleLR(optimizer, linear(1, 0, T))


def program(make_scheduler, each="update", epochs=8):
    torch.manual_seed(0)  # the order of the images
    loader = DataLoader(examples, batch_size=32, shuffle=True, drop_last=True)
    model = task.model(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
    scheduler = make_scheduler(optimizer, epochs * len(loader))
    with Ledger.watch(optimizer) as ledger:
        last = fit(model, optimizer, scheduler, loader, epochs, each)[-1]
    return [*ledger.used[[0, -1]], last["validation loss"], last["right"]]


rows = {
    "LinearLR": program(lambda optimizer, T: LinearLR(optimizer, 1.0, 0.0, T)),
    "ScheduleLR": program(line),
    "each epoch, T in epochs": program(lambda optimizer, T: line(optimizer, 8), "epoch"),
    "each epoch, T in updates": program(line, "epoch"),
}
columns = "first rate", "last rate", "validation loss", "right"
pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(4)

# %% [markdown]
# `LinearLR` is torch's own line, `ScheduleLR` takes any schedule of `lrlib`. The first two rows start from the
# same weights and see the same images in the same order, so they show the same digits. The others call
# `scheduler.step()` once an epoch, so their clock counts epochs. With `T` in epochs, too, the line is a stair, and
# the last epoch runs at an eighth of the first rate. With `T` in updates the rate hardly falls, a common trap.
# Four single runs cannot say which way is better; the rates say what was done.
#
# ## Exercises
#
# **1, guided.** Repair the snippet. An optimizer may have several *parameter groups*, sets of weights with
# rates of their own; our `write` sets the first alone. Set the rate in every group. The check looks at what an
# optimizer with two groups used, and how far its weights moved. Then it trains the digits with your line.


# %% tags=["exercise"]
def my_set_rate(optimizer, rate):
    raise NotImplementedError(
        "param_groups is a list of dicts; write `rate` where it is read"
    )


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("00.1", my_set_rate, train_with=train_with)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_set_rate(optimizer, rate):
#     for group in optimizer.param_groups:
#         group["lr"] = rate
# ```
#
# `train_with(my_set_rate).largest_gap()` is now 0: the second check has trained with it and read the ledger.
# </details>

# %% [markdown]
# **2, standard.** Four schedules, one peak, names removed. One *stays*, one falls in a *line* to zero, one
# *drops* to a tenth at half time, one *rises* in a line from zero to the peak. The lines are means over
# seeds. (In the code, `multistep((n,), 0.1)` is the drop: it multiplies the rate by 0.1 at step `n`.) Which
# is which?

# %%
import numpy as np

from lrlib.schedules import multistep

kinds = {
    "stays": constant(),
    "line": linear(1, 0, steps),
    "drops": multistep((steps // 2,), 0.1),
    "rises": linear(0, 1, steps),
}
hidden = np.random.default_rng(5).permutation(list(kinds)).tolist()
mixed = [kinds[kind] for kind in hidden]
four = train.sweep(task, mixed, 0.64, range(n_seeds), steps=steps, evaluations=40)
curves = {x: four.heldout_loss[i, 0].mean(axis=0) for i, x in enumerate("ABCD")}
print(pd.DataFrame(curves, four.heldout_steps).iloc[[0, 9, 19, 21, 29, -1]].round(3))
labelled = "step (optimizer updates)", "mean held-out loss (nats)"
plot.lines(
    four.heldout_steps,
    curves,
    "Which schedule made which loss?",
    "Four mean losses, A to D; their values at six steps are printed above.",
    *labelled,
    log_y=True,
)

# %% [markdown]
# **We see** four losses without their rates. **This means** that a loss curve carries traces of its schedule:
# look at the start, at half time, and at how jagged the end is. **It does not mean** that one can always
# read the schedule off the loss; the snippet above is the counterexample.

# %% tags=["exercise"]
my_match = {"A": None, "B": None, "C": None, "D": None}  # stays, line, drops or rises

# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("00.2", my_match, hidden=hidden)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_match = {"A": "rises", "B": "line", "C": "drops", "D": "stays"}
# ```
#
# A starts late. C and D are one line for half the run, so they had the same rates; then C falls at once. B
# leaves them early and ends smooth.
# </details>

# %% [markdown]
# **3, open.** Take a training program of your own. Put `with Ledger.watch(optimizer) as ledger:` around its
# loop, with `intended=` the schedule you planned; you are done when `ledger.largest_gap()` is 0. Then plan, on
# paper, what it would take to claim that your schedule helps: which other schedule, which peaks, how many seeds,
# and which verdict would make you drop it.
#
# ## Summary
#
# You can now
#
# - write a rate as `base_lr` times a schedule, and decay it with one line;
# - read a ledger, intended against used, before you read a loss;
# - say why one seed is not evidence, and why one shared peak is not fair;
# - recognise a decay that never happened, and repair it;
# - put a schedule into a loop of your own, stepped after each update.
#
# **What this does not show.** One small network, one data set with labels replaced on purpose, plain SGD,
# one run length. A longer run, or cleaner labels, may shrink or reverse the gap.
# Why decay helps at all is the subject of lessons 01 and 02.
#
# ## Quiz
#
# **1. `optimizer.lr = 0.01` in PyTorch**
#
# - (a) raises an error
# - (b) creates an attribute that nothing reads
# - (c) sets the rate
#
# <details><summary>Answer</summary>
#
# (b). (c) is true of some other libraries, where the habit comes from. (a) would be kinder, but Python lets
# anyone add an attribute to an object.
# </details>
#
# **2. Run A used seed 1 and run B used seed 2, and B ended 0.02 lower. You may say**
#
# - (a) nothing about the schedules yet
# - (b) B's schedule is better by 0.02, but only a little
# - (c) B's schedule is better
#
# <details><summary>Answer</summary>
#
# (a). Look down one column of the table of pairs: two seeds differ with the *same* schedule, too. (c) and (b)
# read luck as effect.
# </details>
#
# **3. Two schedules are compared at one shared `base_lr`. That is**
#
# - (a) a test of how well this rate suits each of them
# - (b) wrong only if the seeds differ
# - (c) fair, since all else is equal
#
# <details><summary>Answer</summary>
#
# (a). (c): all else is equal, but the rate that is best for one need not be best for the other. (b): paired
# seeds remove luck, not the choice of the rate.
# </details>
#
# ## References
#
# - Robbins and Monro 1951, *A Stochastic Approximation Method*,
#   [doi:10.1214/aoms/1177729586](https://doi.org/10.1214/aoms/1177729586): the update, with a shrinking rate.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): why several seeds, and what varies between them.
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html): parameter groups,
#   and where the rate is kept.

# %% [markdown] tags=["navigation"]
# [All lessons](index.ipynb) | [Next: 01 Step size on a bowl](01_step_size_on_a_bowl.ipynb)
