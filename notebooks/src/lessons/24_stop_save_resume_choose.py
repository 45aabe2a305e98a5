# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 24 Stop, save, resume, choose
#
# *After this you can save a run so that it resumes to the last bit, see what a resume forgot, and choose a schedule
# and a peak for a fixed budget by a plan that you can defend.*
#
# Needs 04, 07, 12, 15, 23 - 60 min - computes in under 15 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
steps: int = 240  # optimizer updates of a run; it is stopped after two thirds, 90..900
n_seeds: int = 24  # runs that are stopped and resumed, 8..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# ## What a run knows
#
# A long run is stopped, by a full disk, a queue or a thunderstorm, and goes on from its last *checkpoint*. What has to
# be in it? All that the next update depends on:
#
# 1. the *weights*;
# 2. what the *optimizer* remembers: momentum, or Adam's two averages and its count;
# 3. what the *scheduler* has counted;
# 4. the *position* in the data: which batch is next. It is a number, or the state of a random generator.
#
# With mixed precision there is a fifth, the *scaler*; and a sixth where a model draws random numbers itself. Here is a
# run that holds the first four, for many seeds at once (`course.Run`). It is trained without a stop; and it is saved
# after two thirds, loaded into a new program, and trained to the end.

# %%
import numpy as np
import torch

from lrlib import tasks
from lrlib.course.stopping import Run
from lrlib.schedules import cosine, linear

torch.set_num_threads(1)
task = tasks.get("digits", label_noise=label_noise)
plan = linear(0, 1, 20) >> cosine(1, 0, steps - 20)
stop, left = 2 * steps // 3, steps - 2 * steps // 3


def new(task=task, schedule=plan):
    return Run(task, range(n_seeds), schedule, rate=0.08, steps=steps)


whole = new()
whole.go(stop)
checkpoint = whole.saved()  # bytes, as torch.save writes them
whole.go(left)
again = new()
again.resume(checkpoint)
again.go(left)
print("equal to the last bit:", np.array_equal(again.losses(), whole.losses()))

# %% [markdown]
# *To the last bit* is the only test of a resume that says yes or no. Train a few updates with a stop and without, and
# ask for equality, not for closeness: a resume that is only close has forgotten something, and you do not know how
# much it will matter later.
#
# ## Predict: what costs most when it is forgotten?
#
# Now the new program forgets one part: the *optimizer*'s memory (here the momentum), the *scheduler*'s count, so that it
# begins at 0 again, or the *position*, so that the first batches come again. All else is restored. Order the three by
# the loss at the end, the lowest first. Do you think that all pairs can be told apart?

# %%
my_prediction = None  # ["position", ...], the three names, lowest loss first

# %%
from itertools import combinations

from lrlib import stats
from lrlib.course import check

resumed = {"never stopped": whole, "nothing": again}
for part in ("optimizer", "scheduler", "position"):
    resumed[part] = new()
    resumed[part].resume(checkpoint, forget={part})
    resumed[part].go(left)
losses = {name: run.losses() for name, run in resumed.items()}
three = ("optimizer", "scheduler", "position")
pairs = {pair: stats.compare(*map(losses.get, pair)) for pair in combinations(three, 2)}
pairs = stats.family(pairs)
told = list(pairs.index[pairs["verdict"] != "cannot tell"])
order = sorted(three, key=lambda name: losses[name].mean())
check.order(my_prediction, order, told, reread="the next text")

# %% tags=["answer"]
import pandas as pd
from IPython.display import Markdown, display

from lrlib import plot
from lrlib.course.finding import found

compared = {name: losses[name] for name in ("never stopped", *three)}
right = {name: resumed[name].losses(task.right) for name in compared}
cost = stats.ranking(compared, "never stopped")
display(found(compared, about=three, reference="never stopped", right=right))
table = pd.DataFrame(index=[f"forgot {name}" for name in resumed][1:])
runs = list(resumed.values())[1:]
table["furthest run (nats)"] = [abs(r.losses() - whole.losses()).max() for r in runs]
table["next rate"] = [run.used[stop] for run in runs]
table["last rate"] = [run.used[-1] for run in runs]
table.round(4)

# %%
used = {"scheduler forgotten": resumed["scheduler"].used, "never stopped": whole.used}
names = "A count that is lost begins again", "", "step (optimizer updates)", "used rate"
plot.lines(range(steps), used, *names, marks={"the stop": stop})

# %% [markdown]
# **We see** what each forgotten part does to the last loss, corrected for three comparisons; in the table the largest
# change of any seed, and rates; below, rates as the ledger saw them. **This means** that only the scheduler's count
# shows in the ledger (and not at once: the first update after the stop has the rate that the optimizer saved). The
# other two leave rates that are right, and only a bit-for-bit test finds them. A difference can be small and still
# *worse*: in pairs that share all but the momentum little else varies. **It does not mean** that a lost position is
# harmless where it *cannot be told*: here every image is seen many times anyway. In a run that sees each text once, the
# first part would be seen twice and the last never.
#
# ## Why does the lost count cost?
#
# Two explanations. **The shock**: a second warm-up to the full rate destroys what was learnt. Then it helps little to
# come down in time. **The end**: the run stops while the rate is high, as with a $T$ that is too long (lesson 15). Then
# a schedule that begins again, but ends at zero with the run, mends it. So resume with the count forgotten *and* a
# horizon of what is left.

# %%
mended = new(schedule=linear(0, 1, 20) >> cosine(1, 0, left - 20))
mended.resume(checkpoint, forget={"scheduler"})
mended.go(left)
ends = {
    "count lost": losses["scheduler"],
    "count lost, down in time": mended.losses(),
    "never stopped": losses["never stopped"],
}
display(found(ends, reference="count lost"))
verdicts = stats.ranking(ends, "never stopped")["verdict"]
cause = {
    "worse": "not the end alone: coming down in time leaves a loss",
    "cannot tell": "the end: coming down in time leaves no loss that can be seen",
    "better": "the end: come down in time, and the second warm-up even helps",
}[verdicts["count lost, down in time"]]
won = stats.ratio(
    ends["count lost"] - ends["count lost, down in time"],
    ends["count lost"] - ends["never stopped"],
)
print(f"Found here: the lost count is {verdicts['count lost']}; what costs is {cause}.")
print(f"Of what the lost count costs, coming down in time wins back {won}.")

# %% [markdown]
# [Lesson 15](15_wrong_horizon.ipynb) climbs again on purpose, and asks the same question of a finished run.
#
# ## Another batch size
#
# After the stop you get a larger machine, and double the batch. Now the clock has two readings. In *updates* nothing
# has changed; but the same data are used up after half as many updates, and the schedule is then not at its end. In
# *examples*, each update moves the clock by two. `scheduler.advance(to)` can do that. But then the weights also travel
# half as far, at the same rate. Lesson 19 looks at a rule for it: double the batch, double the rate. `rebase` sets a new
# base on the same clock.

# %%
double = tasks.get("digits", label_noise=label_noise, batch_size=64)
how = {
    "in updates": {"clock": 1},
    "in examples": {"clock": 2},
    "in examples, rate doubled": {"clock": 2, "times": 2},
}
other = {"same batch": losses["never stopped"]}
for name, change in how.items():
    run = new(double)
    run.resume(checkpoint)
    run.position = stop // 2  # as many examples, in batches of 64
    run.scheduler.rebase("lr", 0.08 * change.get("times", 1))
    run.go(left // 2, change["clock"])
    other[name] = run.losses()
    after = run.used[stop:]
    print(f"{name:26} rates {after[0]:.4f} to {after[-1]:.4f}, sum {after.sum():.2f}")
print(f"{'same batch':26} sum {whole.used[stop:].sum():.2f}")

# %%
display(found(other, reference="same batch"))
table = stats.ranking(other, "same batch")
kept = list(table.index[table["verdict"].isin(["cannot tell", "better"])])
print(
    "Found here: no loss can be seen with the clock",
    "; ".join(kept) or "in none",
    end=".\n",
)

# %% [markdown]
# Whatever the verdict, the printed rates tell what happened. With a clock *in updates* the run is cut above zero, the
# error of lesson 15. But its rates are higher on the way, and their sum says how far the weights are allowed to travel:
# so a cut need not cost a loss that can be seen, and a clock *in examples* alone, with half the sum, may. The trap is that
# nothing warns: each count is right, in its own unit. So write into the checkpoint how many *examples* were seen, and
# let the schedule say what its unit is.
#
# ## Updates that never were
#
# With float16 a loss is multiplied by a large scale before `backward`, so that small gradients are not rounded to zero.
# Where a gradient overflows, `GradScaler` leaves the update out and halves the scale. A scheduler that is stepped after
# every *call* runs ahead of the updates. And a scaler whose state is not saved begins too high again. Here torch's
# scaler begins high on purpose; a line from 1 to 0 over 30; a stop after 20 calls.

# %%
from lrlib.course.stopping import skipping

rows = {}
for guarded in (False, True):
    for forget in (False, True):
        ledger, calls = skipping(30, guarded, stop=20, forget=forget)
        name = "steps with updates" if guarded else "steps with calls"
        rows[name, "scale forgotten" if forget else "scale saved"] = {
            "calls": calls,
            "updates": len(ledger.steps),
            "first rate": ledger.used[0],
            "last rate": ledger.used[-1],
        }
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# Stepped with every call, the schedule is over although fewer updates were made, and the first, highest rates were
# never used. Stepped only when the scale did not fall (`if scaler.get_scale() >= before`), all are used, and the
# forgotten scale costs calls, not rates. [Lesson 23](23_museum_of_broken_schedules.ipynb) has that guard among its
# exhibits.
#
# ## Choose: how to spend runs
#
# Now you can stop and resume. What should you run at all? You have a *budget of runs*, to choose a schedule and a peak.
# More schedules, more rates, or more seeds? A stored sweep, `shapes-digits`, holds 9 schedules at 8 rates on 32 seeds.
# So we can *play* a way of choosing a thousand times: draw a few seeds, choose on them, and look at the others what
# the choice is worth. Its *regret* is how much higher its loss is there than that of the best setting of all. Three ways
# to spend about 72 runs:
#
# - *wide*: all nine schedules, all rates, one seed;
# - *middle*: three schedules (linear, cosine, a cooldown over the last fifth), all rates, three seeds;
# - *deep*: one schedule, linear to zero, all rates, nine seeds.
#
# Which of them has the highest mean regret?

# %%
from lrlib.course import choosing
from lrlib.evidence import sweeps

grid = sweeps.load("shapes-digits").grid
line, wave = "linear(1, 0, T)", "cosine(1, 0, T)"
last_fifth = "constant(1, 0.8*T) >> linear(1, 0, 0.2*T)"
sets = {
    "wide": list(grid.labels),
    "middle": [line, wave, last_fifth],
    "deep": [line],
}
seeds = {"wide": 1, "middle": 3, "deep": 9}
print(f"{grid.result.size} runs are stored, {len(grid.seeds)} seeds")

# %%
my_way = None  # highest mean regret: "wide", "middle" or "deep"

# %%
played = {way: choosing.choices(grid, sets[way], 1, n) for way, n in seeds.items()}
regret = {way: choices["regret"].mean() for way, choices in played.items()}
check.category(my_way, max(regret, key=regret.get), seeds, reread="the next text")

# %% tags=["answer"]
rows = {
    way: {
        "runs": choosing.spent(grid, sets[way], 1, seeds[way]),
        "mean regret": choices["regret"].mean(),
        "in the worst twentieth": choices["regret"].quantile(0.95),
        "promised too much": (choices["found"] - choices["promised"]).mean(),
    }
    for way, choices in played.items()
}
display(pd.DataFrame.from_dict(rows, orient="index").round(4))
print("Found here:", max(regret, key=regret.get), "has the highest mean regret.")

# %%
from lrlib.course.explore import explorer


def draw(every):
    counts, curves = range(1, 17), {}
    for labels in sets.values():
        each = [choosing.choices(grid, labels, round(every), n) for n in counts]
        curves[f"{len(labels)} of 9 schedules"] = [one["regret"].mean() for one in each]
    axes = "seeds for each setting", "mean regret (nats)"
    return plot.lines(counts, curves, "More seeds choose better", "", *axes, log_y=True)


draw(1)

# %%
explorer(draw, every=(1, 4, 1))

# %% [markdown]
# **We see** in the table the three ways, *promised too much* being how much lower the loss was on the seeds that chose
# than on others; in the figure, the mean regret for more seeds. At one place of its axis more schedules cost more runs:
# nine cost three times as much as three. **This means** two things. Who takes the lowest of many
# noisy numbers takes a lucky one, so never report the loss that chose. And with few runs the number of candidates is
# what costs: leave out what you have reason to leave out. **It does not mean** that one schedule is enough. *Deep* is
# good because its one candidate is: that was known from earlier lessons, on these digits. With enough seeds the wider
# set overtakes, since it holds better ones. In the explorer `every` takes every second, third or fourth rate. (Without
# a running kernel: the figure is the starting position.)
#
# ## Capstone
#
# The problem: *spirals*, three classes of points in the plane (`tasks.get("spirals")`). Momentum 0.9, 200 updates a
# run. **180 runs in all**, tuning and judging included. Which schedule, at which peak? Write a plan before any run:
#
# ```python
# your_plan = choosing.Plan(
#     schedules={"name": "text", ...},  # candidates, T is the length of a run
#     rates=(...),  # the grid of peaks
#     tuning=range(...),
#     judging=range(...),  # seeds
#     fallback="name",  # taken where no other is better
# )
# ```
#
# The next cell marks it by a rubric, and the one after carries out a worked answer. To carry out yours, put `your_plan` in
# the place of `answer`.

# %%
your_plan = None  # choosing.Plan(...)

# %%
budget = 180
if your_plan is None:
    print("Not done yet. Write a plan, and run this cell again. The rubric asks:")
    print("\n".join(f"- {question}" for question in choosing.rubric(budget)))
else:
    display(choosing.marks(your_plan, budget, 200).to_frame())

# %% tags=["answer"]
from lrlib.train import SGD

answer = choosing.Plan(
    schedules={"linear": line, "cooldown": last_fifth},
    rates=tuple(0.05 * 2**k for k in range(6)),
    tuning=range(1000, 1008),
    judging=range(42),
    fallback="linear",
)
met = choosing.marks(answer, budget, 200) == "yes"
print(f"{answer.runs} runs; {met.sum()} of {len(met)} marks")
tuned, judged, choice = choosing.carried_out(
    answer, tasks.get("spirals"), 200, optimizer=SGD(momentum=0.9)
)
peaks = {name: round(peak.rate, 3) for name, peak in tuned.fitted.items()}
print(f"peaks {peaks}; any at an edge: {any(tuned.at_edge)}")
display(found(judged))
print(f"Found here: the choice is {choice}, at a peak of {peaks[choice]}.")

# %% [markdown]
# Why this plan? Two candidates, because the table above says what many cost; both end at zero, because labels are clean
# but batches are noisy. Rates that double, because a peak can be interpolated between them. Eight seeds to tune, so that
# the peak has an interval, which then is part of the verdict. All that is left goes to the pairs. And the fallback was
# named before: where nothing is *better*, the simplest is taken, and nobody has to argue after seeing the numbers.
#
# Give yourself a mark for each *yes* of the rubric, and one more for each of these: no peak is at an edge; you report
# the loss of the judging seeds, not of tuning; your last sentence may be *cannot tell*.

# %%
wide, deep = played["wide"], played["deep"]
scheduler, momentum = cost.loc["scheduler"], cost.loc["optimizer"]
Markdown(
    f"> **Do this.** Save weights, optimizer, scheduler, position and scaler together, and let a test ask for equality to"
    f" the last bit. A lost count cost {scheduler.difference:+.4f} nats here ({scheduler.verdict}), a lost momentum"
    f" {momentum.difference:+.4f} ({momentum.verdict}). To choose, write the plan first: few candidates, a grid of"
    f" doubling rates, 8 seeds to tune, the rest to judge. With 72 runs the wide search had a mean regret of"
    f" {wide['regret'].mean():.4f} nats and promised {(wide['found'] - wide['promised']).mean():.4f} too much; one good"
    f" candidate {deep['regret'].mean():.4f}. For small networks; how much the seeds vary decides how many you need."
)

# %% [markdown]
# ## In your own code
#
# - **PyTorch**: `torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler":
#   scheduler.state_dict(), "scaler": scaler.state_dict(), "rng": torch.get_rng_state(), "step": step}, path)`. Build the
#   scheduler before you load its state. A `DataLoader` does not save its position: torchdata's
#   `StatefulDataLoader` does; or seed the sampler with the epoch, and skip the batches that were seen.
# - **Hugging Face**: `trainer.train(resume_from_checkpoint=True)` restores all of these and skips batches, unless
#   `ignore_data_skip=True`. In *accelerate*, `save_state`, `load_state`, `skip_first_batches`.
# - **Keras**: the callback `BackupAndRestore`. **optax**: the schedule's count is in the optimizer's state; save it whole.
# - **The trap** is a test that looks at the loss. It goes on smoothly after almost every broken resume. Look at the used
#   rate of the next update, and compare bits.
#
# ## Exercises
#
# **1, guided.** The position. After `t` updates of `batch_size` images from `n` (shuffled anew in each epoch, the last
# partial batch dropped), which epoch is it, and which batch of that epoch comes next? Both count from 0.


# %% tags=["exercise"]
def position(t, n, batch_size):
    per_epoch = n // batch_size
    raise NotImplementedError("a pair: (epoch, batch)")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("24.1", position)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def position(t, n, batch_size):
#     per_epoch = n // batch_size
#     return t // per_epoch, t % per_epoch
# ```
#
# With these two numbers, and a shuffle that depends on seed and epoch alone, a position needs no saved generator.
# </details>

# %% [markdown]
# **2, standard.** A cosine, $f(t) = (1 + \cos(\pi t / T))/2$, was planned for `T` updates with batches of `b`. After `k`
# updates the batch becomes `c`. Write the factor of the `j`-th update after that (from 0), on a clock of examples.


# %% tags=["exercise"]
def factor(j, k, T, b, c):
    raise NotImplementedError("at which t of the old clock is update j?")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("24.2", factor)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def factor(j, k, T, b, c):
#     return (1 + np.cos(np.pi * (k + j * c / b) / T)) / 2
# ```
#
# Each new update uses `c / b` times the examples of an old one, so it moves the old clock by as much.
# </details>

# %% [markdown]
# **3, open.** Carry out a plan of your own with 180 runs, and the worked answer, and compare both choices on seeds that
# neither has used, in pairs. Predict whether they can be told apart. You are right if your plan's marks are all *yes*,
# and your report has one sentence, one interval, and one thing that it does not show.
#
# ## Summary
#
# You can now
#
# - list what a checkpoint must hold, and test a resume to the last bit;
# - say which forgotten part shows in the ledger and which does not;
# - carry a schedule over to another batch size, and keep calls and updates apart;
# - spend a budget of runs on few candidates and many seeds, and say why the winner's loss is too good;
# - write down a plan, with a fallback, before the first run.
#
# **What this does not show.** Small networks, SGD with momentum, one stop. Adam may lose more with its averages: its
# first updates are large again (lesson 11). On several machines a resume has more to restore, and bits may differ there by
# the order of sums alone. The played choices are those of one stored sweep, and its best setting
# is known from the same 32 seeds.
#
# ## Quiz
#
# **1. After a resume the ledger shows exactly the planned rates. Then**
#
# - (a) the resume is exact
# - (b) the scheduler's count was restored; nothing is known of momentum and data
# - (c) the optimizer's state was restored
#
# <details><summary>Answer</summary>
#
# (b). Rates show the count alone. (a) needs equal bits; (c) cannot be seen in a rate.
# </details>
#
# **2. A scaler skips ten updates at the start, and the scheduler steps in each call. The schedule**
#
# - (a) is over ten updates too early
# - (b) waits for the scaler
# - (c) is over ten updates too late
#
# <details><summary>Answer</summary>
#
# (a): it has counted ten updates that were not made. (b) would need a guard; (c) is the wrong way round.
# </details>
#
# **3. You try 72 settings with one seed each, and report the lowest loss. On fresh seeds that setting
# will probably be**
#
# - (a) as good as reported
# - (b) better than reported
# - (c) worse than reported
#
# <details><summary>Answer</summary>
#
# (c): the lowest of many noisy numbers is low by luck, too. (a) would need losses without noise; (b) has no reason.
# </details>
#
# ## References
#
# - PyTorch documentation, [Saving and loading a general checkpoint](https://docs.pytorch.org/tutorials/recipes/recipes/saving_and_loading_a_general_checkpoint.html)
#   and [torch.amp](https://docs.pytorch.org/docs/stable/amp.html).
# - Bergstra and Bengio 2012, *Random Search for Hyper-Parameter Optimization*,
#   [JMLR 13](https://www.jmlr.org/papers/v13/bergstra12a.html): how to spend trials.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): seeds, splits and choices.
# - Dodge et al. 2019, *Show Your Work*, [arXiv:1909.03004](https://arxiv.org/abs/1909.03004): results as a function of
#   the budget.

# %% [markdown] tags=["navigation"]
# [Previous: 23 The museum of broken schedules](23_museum_of_broken_schedules.ipynb) | [All lessons](index.ipynb) | [Next: 25 The digits of a computer](25_the_digits_of_a_computer.ipynb)
