# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 23 The museum of broken schedules
#
# *After this you can look at planned and used rates, name the fault behind the gap, and restore a run so that
# there is none.*
#
# Needs 05, 08, 09, 11 - 80 min - computes in under 20 s - CPU
#
# Answers: How do I implement it?

# %% tags=["parameters"]
base_lr: float = 0.1  # base rate of every exhibit, 0.001..1
n_seeds: int = 8  # paired runs that were stopped and resumed, 8..32
saved_at: int = 7  # updates before the stop in the prediction, 7..11

# %% [markdown]
# ## Programs that run, and use other rates
#
# Every exhibit of this museum is a small program; nearly every one was met in real training. It runs on
# the PyTorch installed here. Nearly all raise no error. Each has a *plan*, the rates that its author wanted,
# and a ledger (lesson 00) that watched the optimizer and wrote down the rates that were *used*. Each also
# exists in a *fixed* version, whose ledger shows no gap. They hang in five halls; you visit these at the end,
# after three rooms without labels.
#
# A word on how PyTorch moves a rate. The optimizer keeps it, in `param_groups`. A *scheduler* is an object
# that changes it: call `optimizer.step()`, then `scheduler.step()`. The scheduler owns a counter, which counts
# its own calls. It knows nothing of updates, batches or epochs. That is the first fault you see.

# %%
from lrlib.course.museum import HALLS, TRAPS, panels, signs

example = TRAPS["epochs-for-batches"]
pair = {"broken": example.broken(base_lr), "fixed": example.fixed(base_lr)}
print(f"{example.title}.\nIts ledger")
print("\n".join(f"- {sign}" for sign in signs(pair["broken"])))
panels(pair, title="One descent was planned, five waves were used")

# %% [markdown]
# **We see** the plan dashed and the used rate solid. In the broken run, `T_max`, the length of the descent, was
# given in epochs, and `step()` was called after every batch. **This means** that the counter ran ten times
# too fast; past its end a cosine climbs again (lesson 08). **It does not mean** that training failed: such a
# run learns something, which is why nobody looks.
#
# The list above the figure holds the *signs* of the ledger. You find them with three questions:
#
# 1. **Where does it go off?** At the first update: something is counted or written wrongly from the start. In
#    the middle: something happened there - a join of two schedules, a stop, an end.
# 2. **Does it come back?** A gap that heals points to one moment; a gap that stays, to a wrong number that is
#    carried along.
# 3. **What shape has the used rate?** Flat: nobody writes it. The plan shifted: one count too many or too few.
#    The plan compressed: a clock too fast. A multiple of the plan: a wrong start that was multiplied on.
#
# ## Predict: a scheduler restored without its optimizer
#
# A run is stopped after 7 updates and resumed. The program builds a new optimizer and a new scheduler and
# loads the saved state of the *scheduler* only. `CosineAnnealingLR` computes each rate from the previous one:
#
# $$\mathrm{rate}(t + 1) = \mathrm{rate}(t) \cdot \frac{c(t+1)}{c(t)}, \qquad
# c(t) = \frac{1 + \cos(\pi t / T_\mathrm{max})}{2}.$$
#
# That is right as long as the rate it starts from is right. Loading restores the counter, 7, and leaves the
# optimizer's rate as it is: the base rate. With $T_\mathrm{max} = 6$ the run is meant as a wave, so the rate
# will climb after step 7. How high, in units of the base rate? Multiply the fractions: all but two of the $c$
# cancel.

# %%
my_prediction = None  # highest used rate / base rate after the resume: your number

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from lrlib.course import check
from lrlib.course.museum.case import sgd, step_both
from lrlib.ledger import Ledger, Recorder

torch.set_num_threads(1)


def resumed(stop, updates):
    optimizer = sgd(base_lr)  # one weight in torch.optim.SGD
    scheduler = CosineAnnealingLR(optimizer, T_max=6)
    step_both(optimizer, scheduler, stop)  # optimizer.step(), then scheduler.step()
    saved = scheduler.state_dict()
    optimizer = sgd(base_lr)
    scheduler = CosineAnnealingLR(optimizer, T_max=6)
    scheduler.load_state_dict(saved)
    with Ledger.watch(optimizer) as ledger:
        step_both(optimizer, scheduler, updates)
    return ledger.used


highest = resumed(saved_at, 8).max() / base_lr
check.reconcile(my_prediction, highest, reread="the formula, and work out c at the stop")

# %% tags=["answer"]
import numpy as np

from lrlib import plot
from lrlib.course.explore import explorer

plan = base_lr * (1 + np.cos(np.pi * np.arange(24) / 6)) / 2


def draw(stop):
    used = np.concatenate([plan[:stop], resumed(stop, 24 - stop)])
    top = used[stop:].max() / base_lr
    title = f"Stopped after {stop}: at most {top:.2f} of the base rate"
    curves, limits = {"intended": plan, "used": used}, (0, 16 * base_lr)
    axes = {"xlabel": "step (optimizer updates)", "ylabel": "rate"}
    return plot.lines(range(24), curves, title, **axes, y_range=limits)


stops = (3, 5, 7, 8, 9, 11)
print("stop:    ", *(f"{stop:5}" for stop in stops))
print("measured:", *(f"{resumed(stop, 24).max() / base_lr:5.2f}" for stop in stops))
print("1 / c:   ", *(f"{base_lr / plan[stop]:5.2f}" for stop in stops))
explorer(draw, stop=(1, 11, saved_at))

# %% [markdown]
# The rates after the stop are $c(t)/c(7)$ times the base rate, where $c(t)$ alone was planned. At the top
# $c = 1$, so the factor is $1/c(7) = 2/(1 + \cos(7\pi/6))$, nearly 15. The later the stop, the smaller the
# factor; close to the top the bug is almost harmless. That makes it hard to find by trying.
#
# Before the valley, at step 6, the measured factor is 1. There the rate goes on from the base rate, too high, but
# it falls to zero, whatever it was; and since nothing can be divided by $c(6) = 0$, PyTorch climbs out of the
# valley by a rule that starts from the base rate. The fault heals. Move the slider across 6. (Without a
# running kernel, the table shows the same.)
#
# ## What it does to a training run
#
# Suppose your loss is ruined after a resume. Two explanations. **The buffers**: SGD with *momentum* averages
# past gradients, the average lives in the optimizer's state, and it was lost. Then restoring the rate alone
# must not help. **The rate**: only the rate was wrong. Then restoring the rate alone, without any buffer,
# must help. We run the three programs on the digits of lesson 00, ten updates an epoch, one scheduler step an
# epoch, stopped after epoch 7 of 14.

# %%
from copy import deepcopy

from lrlib import tasks

task = tasks.get("digits", label_noise=0.2)
images, labels = task.heldout
wave = 0.05 * (1 + np.cos(np.pi * (np.arange(140) // 10) / 6)) / 2
print("rate of each epoch:", *wave[::10].round(4))


def epoch(model, optimizer, ledger, batches):
    for inputs, targets in batches:
        optimizer.zero_grad()
        task.loss(model(inputs), targets).backward()
        optimizer.step()
        ledger.saw(optimizer.param_groups)
    ledger.record(heldout_loss=task.loss(model(images), labels).detach())


def fresh(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return optimizer, CosineAnnealingLR(optimizer, T_max=6)


# %%
def run(restore, seed):
    model, batches = task.model(seed), task.batches(seed, 140)
    ledger = Recorder(intended=wave)
    optimizer, scheduler = fresh(model)
    for e in range(14):
        if e == 7:
            saved = deepcopy((optimizer.state_dict(), scheduler.state_dict()))
            optimizer, scheduler = fresh(model)
            scheduler.load_state_dict(saved[1])
            restore(optimizer, saved[0])
        epoch(model, optimizer, ledger, (batches[t] for t in range(10 * e, 10 * e + 10)))
        scheduler.step()
    return ledger, task.right(model(images), labels).item()


def only_rate(optimizer, state):
    optimizer.param_groups[0]["lr"] = state["param_groups"][0]["lr"]


restores = {
    "no restore": lambda optimizer, state: None,
    "rate restored": only_rate,
    "all restored": lambda optimizer, state: optimizer.load_state_dict(state),
}

# %% [markdown]
# **Predict.** Which of the two ruins the run: the lost "buffers", or the "rate"?

# %%
my_cause = None  # "buffers" or "rate"

both = {name: [run(f, seed) for seed in range(n_seeds)] for name, f in restores.items()}
runs = {name: [ledger for ledger, _ in group] for name, group in both.items()}
right = {name: np.array([share for _, share in group]) for name, group in both.items()}
losses = {name: np.array([one.result for one in group]) for name, group in runs.items()}
nothing, rate, everything = (losses[name].mean() for name in restores)
cause = "rate" if nothing - rate > rate - everything else "buffers"
check.category(my_cause, cause, ("buffers", "rate"), reread="the two explanations")

# %% tags=["answer"]
from IPython.display import Markdown, display

from lrlib.course.finding import found

readings = {
    "worse": "Restoring the rate helps, without any buffer: the wrong rate did it.",
    "better": "Restoring the rate alone makes it worse.",
    "cannot tell": "Restoring the rate does not visibly help: look at the buffers.",
}
display(found(losses, readings, about="no restore", reference="rate restored", right=right))
plot.house(runs, reference="rate restored")

# %% [markdown]
# **We see** the rates above (dots: the plan) and held-out losses below, a thin line a run. Two programs coincide
# above. The verdicts are corrected for both comparisons. **This means** what the sentence says of the rate; how
# far "all restored" ends below "rate restored" is what the lost buffers cost. **It does not mean** that buffers never
# matter: Adam's were not tried.
#
# ## Exercises
#
# **1, guided.** The first question is *where*. Write the step at which used and planned rates first differ by
# more than a millionth of the planned peak. Return -1 if they never do.


# %% tags=["exercise"]
def goes_off(planned, used):
    raise NotImplementedError("compare |used - planned| with 1e-6 * planned.max()")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("23.1", goes_off)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def goes_off(planned, used):
#     off = np.abs(used - planned) > 1e-6 * planned.max()
#     return int(off.argmax()) if off.any() else -1
# ```
#
# `argmax` of true and false is the first true. Without the second line it would call a ledger without a gap
# wrong at step 0.
# </details>


# %%
def room(names, seed):
    """Four of the traps, in an order that the seed decides; the names are the choice."""
    hidden = np.random.default_rng(seed).permutation(names)[:4]
    print("\n".join(f"{name:20} {TRAPS[name].title}" for name in sorted(names)))
    return dict(zip("ABCD", hidden.tolist(), strict=True))


room_1 = room([*[*HALLS["counting"]][:9], "skipped-update"], seed=9)
ledgers = {x: TRAPS[name].broken(base_lr) for x, name in room_1.items()}
panels(ledgers, title="Room 1: four plans that were counted or written wrongly")

# %% [markdown]
# **2, standard.** The first room: faults of counting. **We see** four ledgers without labels. Above the figure
# stand the names to choose from; several hang elsewhere. **This means** that the gap must tell: ask the three
# questions. **It does not mean** that every gap catches the eye; look closely at the first and the last update.
# What is too narrow for a panel is enlarged in a corner, a dot for each update.
# Some words: with *gradient accumulation* the gradients of several *micro-batches* make one update. *Mixed
# precision* computes with short numbers, and leaves out an update whose gradient became infinite. A
# *milestone* is a step at which the rate drops.

# %% tags=["exercise"]
my_room_1 = {"A": None, "B": None, "C": None, "D": None}  # names from the list above


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("23.2", my_room_1, hidden=room_1)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_room_1 = {
#     "A": "fraction-of-a-step", "B": "stepped-outside", "C": "micro-batches", "D": "skipped-update"
# }
# ```
#
# A makes its first drop and misses the second; B is flat at the first rate of its warmup: building the
# scheduler wrote that one, and nothing moved it; C warms up in 3 updates instead of 12, and is right
# afterwards; D is its plan three updates early, from the first update on.
# </details>

# %%
room_2 = room(
    [
        "past-the-end",
        "missed-restart",
        "negative-rate",
        "dead-first-update",
        "nested-last",
        "nested-first",
        "chained-warmup",
        "second-from-base",
    ],
    seed=452,
)
ledgers = {x: TRAPS[name].broken(base_lr) for x, name in room_2.items()}
panels(ledgers, title="Room 2: four plans that broke at an end, a restart or a join")

# %% [markdown]
# **3, standard.** The second room: one formula at its ends, and several put together. **We see** four more; a
# cross marks a run that stopped with an error. **This means** that here the place matters most: it is an end,
# a restart or a join. **It does not mean** that a gap of one update is harmless: one of these updates goes
# uphill. A *one-cycle* rises once and falls once. A *nested* sequence is a sequence of
# schedulers used as a part of another. *Chained* schedulers all act at every step, so their factors multiply.

# %% tags=["exercise"]
my_room_2 = {"A": None, "B": None, "C": None, "D": None}

# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("23.3", my_room_2, hidden=room_2)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_room_2 = {"A": "missed-restart", "B": "chained-warmup", "C": "negative-rate", "D": "nested-last"}
# ```
#
# A is zero at the one update where the fifth restart should be; B never reaches its peak: the product of
# warmup and cosine was used; C leaves its plan at the last update only, and goes below zero; D stops at the
# join.
# </details>

# %%
room_3 = room([*HALLS["resuming"]], seed=5)
ledgers = {x: TRAPS[name].broken(base_lr) for x, name in room_3.items()}
panels(ledgers, title="Room 3: four runs that were resumed at other rates")

# %% [markdown]
# **4, standard.** The third room: runs that were stopped and resumed. **We see** that all four are right up to
# the stop. **This means** that the fault lies in what was restored, in which order, or in what was changed
# meanwhile. **It does not mean** that the gap begins at the stop: the rate in effect may be right for one more
# update. The *horizon* is the step at which a schedule ends.

# %% tags=["exercise"]
my_room_3 = {"A": None, "B": None, "C": None, "D": None}

# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("23.4", my_room_3, hidden=room_3)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# my_room_3 = {"A": "optimizer-first", "B": "old-horizon", "C": "optimizer-only", "D": "last-epoch"}
# ```
#
# A goes on at a fifth of its plan for good; B keeps falling to the old end and climbs from there; C is
# right for one update after the stop, then warms up again; D dropped twice at the stop, and stays too low
# by that factor.
# </details>

# %% [markdown]
# **5, standard.** Now the repair. A checkpoint holds `optimizer.state_dict()` and `scheduler.state_dict()`.
# `build(optimizer)` makes the scheduler, which sets the rate of step 0 at once; `fresh_sgd(weight)` makes the
# optimizer, with momentum. Write the lines that make a resumed run indistinguishable from one that never
# stopped. The check compares rate and weight after every update, for three schedulers and many stops.


# %%
def fresh_sgd(weight):
    return torch.optim.SGD([weight], lr=base_lr, momentum=0.9)


# %% tags=["exercise"]
def my_restore(weight, build, optimizer_state, scheduler_state):
    optimizer = fresh_sgd(weight)
    raise NotImplementedError("build the scheduler, load both states, return both")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("23.5", my_restore, fresh_sgd=fresh_sgd)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_restore(weight, build, optimizer_state, scheduler_state):
#     optimizer = fresh_sgd(weight)
#     scheduler = build(optimizer)
#     optimizer.load_state_dict(optimizer_state)
#     scheduler.load_state_dict(scheduler_state)
#     return optimizer, scheduler
# ```
#
# Build first, because building writes a rate; then load both. The order of the two loads does not matter:
# neither touches the other's object. To copy the saved rate by hand would leave the momentum behind.
# </details>

# %% [markdown]
# **6, open.** Choose one exhibit, and read its program in `lrlib/course/museum/`. Then search your own training code
# for it: what would its ledger look like there? Put `Ledger.watch` around your loop with the plan as
# `intended`, stop and resume once, and write a test on `ledger.largest_gap()`.
#
# ## The five halls
#
# All exhibits, with their cause, their remedy, and the public thread in which somebody met it or its mechanism.
# The first hall: counting. What is a step, who counts it, where is the rate written?

# %%
number = {name: i for i, name in enumerate(TRAPS, 1)}


def row(trap):
    alike = f" The ledger is that of exhibit {number[trap.alike]}." if trap.alike else ""
    link = f"<a href='{trap.thread}'>thread</a>"
    said = trap.title, trap.cause + alike, trap.fix, link
    return f"| {number[trap.id]} | {' | '.join(said)} |"


def hall(name, title):
    """The table and the figure of a hall, with the same numbers."""
    traps = HALLS[name].values()
    head = "| | what the program does | why the rates differ | instead | met in |"
    display(Markdown("\n".join([head, "|---|---|---|---|---|", *map(row, traps)])))
    ledgers = {f"{number[t.id]} {t.id}": t.broken(base_lr) for t in traps}
    return panels(ledgers, title, columns=3)


hall("counting", "Counting: the scheduler's counter counts its own calls, nothing else")

# %% [markdown]
# **We see** ten programs with a wrong count, or with a rate written where nobody reads it. In *logged-late* the
# dashed line is the log, and the used rate is the one that is right. **This means** that a log is no ledger:
# what you read after `scheduler.step()` belongs to the next update. **It does not mean** that one update
# matters everywhere: on a long slope it is nothing, at a restart it is the whole rate.
#
# The second hall: one formula at its ends. The third: several schedulers put together.

# %%
hall("formulas", "Formulas: right in the middle, wrong at an end or beside a limit")

# %%
hall("joins", "Joins: each part starts from what the part before it left behind")

# %% [markdown]
# **We see** that most of these are right for a while. **This means** that a test of the first updates would
# pass: test the last update too, those around every join, and one past the end. **It does not mean** that a part
# is wrong where the whole is; most parts here do what their documentation says.
#
# The fourth hall: scale. Short numbers, several devices, other batch sizes, groups with rates of their own. A
# *fused* optimizer makes the whole update in one program on the device; *processes*, or *workers*, train one
# model together, each on a part of the data. The fifth hall: going on after a stop.

# %%
hall("scale", "Scale: what was counted, measured or multiplied for one device")

# %%
hall("resuming", "Resuming: what was restored, in which order, and what changed meanwhile")

# %% [markdown]
# **We see** two ledgers that are the same, *skipped-update* and *fused-skip*. **This means** that a ledger shows
# what happened, and not always why: of two programs with one ledger, only the code tells. Everywhere else the
# few signs of the rooms return: flat, shifted, too fast, multiplied, begun again. The last exhibit watches the
# rate times the *weight decay*, the part by which weights shrink at an update: whatever a scheduler writes can
# be stale. **It does not mean** that PyTorch is broken; most of these are documented behaviour that surprises.
#
# > **Do this.** In your own loop: build optimizer and scheduler, then load both states, and save both. Log the rate that
# > the optimizer holds at `optimizer.step()`, not what the scheduler reports. Let a test stop and resume a short run and
# > ask that `ledger.largest_gap()` is below a millionth of the peak. This is sure for PyTorch: every exhibit runs on it
# > here, and the repaired one shows no gap.
#
# ## Summary
#
# You can now
#
# - diagnose a ledger with three questions: where is it off, does it come back, what shape does it have;
# - say why a scheduler restored without its optimizer multiplies a wrong rate, and by how much;
# - restore a run so that rates and weights are those of a run that never stopped;
# - tell a lost rate from lost buffers with one more run.
#
# **What this does not show.** The exhibits use one or two weights, one optimizer and short runs; real programs
# hide the same faults behind trainers and configuration files, and real processes run at the same time. Nearly
# all faults here are of the rate, not of momentum, data order or the loss. A planned schedule that is used
# exactly can still be a bad one. And the museum is true of the PyTorch it was run with: a test of this project
# watches whether a newer one changes an exhibit.
#
# ## Quiz
#
# **1. A used rate is 0.2 times the plan from the resume to the end. Most likely**
#
# - (a) the scheduler's state was not loaded
# - (b) the optimizer was loaded before the scheduler was built
# - (c) the run ended before `T_max`
#
# <details><summary>Answer</summary>
#
# (b): building applied the start factor 0.2 once more, and every later rate is a multiple of that one. (a)
# would begin the schedule again. (c) has nothing to do with a resume.
# </details>
#
# **2. The warmup is over after a quarter of its steps, later rates are right. You check first**
#
# - (a) `T_max`
# - (b) the checkpoint
# - (c) gradient accumulation
#
# <details><summary>Answer</summary>
#
# (c): four calls of the scheduler an update. (a) has no part in a warmup. (b) would show at the stop, not at
# the start.
# </details>
#
# **3. `scheduler.get_last_lr()` agrees with your plan at every step. So the optimizer used it**
#
# - (a) no: it reports what the scheduler believes
# - (b) yes, always
# - (c) only with SGD
#
# <details><summary>Answer</summary>
#
# (a): after loading a scheduler's state it returns the saved rate, while the optimizer still holds another.
# (b) trusts the report. (c): all torch optimizers read `param_groups`.
# </details>
#
# ## References
#
# - The threads linked in the tables, above all
#   [pytorch/pytorch#29697](https://github.com/pytorch/pytorch/issues/29697): a scheduler restored without its
#   optimizer, and [#196243](https://github.com/pytorch/pytorch/issues/196243): nested sequences.
# - [pytorch/pytorch#68332](https://github.com/pytorch/pytorch/issues/68332): the request for schedules as pure
#   functions of the step, which would make most exhibits impossible.
# - Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*,
#   [arXiv:1608.03983](https://arxiv.org/abs/1608.03983): cosine and restarts.
# - PyTorch documentation, [torch.optim](https://docs.pytorch.org/docs/stable/optim.html): the order of the
#   two steps.
#
# Of five exhibits no report was found, and the thread shows the mechanism: for *missed-restart* the formula with
# the logarithm; for *shared-tensor* one tensor under two names; for *built-late* a first rate that is written
# after the first update; for *stepped-outside* a scheduler that nobody steps; for *floor-on-top* the floor in
# the formula of a cosine.

# %% [markdown] tags=["navigation"]
# [Previous: 22 One name, eight schedules](22_one_name_eight_schedules.ipynb) | [All lessons](index.ipynb) | [Next: 24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb)
