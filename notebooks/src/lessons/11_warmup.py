# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 Warm-up
#
# *After this you can write a warm-up and say what its first update does, test an explanation by an
# intervention, and decide whether and how long to warm up a run of your own.*
#
# Needs 00, 01, 04, 07 - 60 min - computes in under 20 s - CPU
#
# Answers: How do I choose it? / How do schedule and optimizer depend on each other?

# %% tags=["parameters"]
steps: int = 200  # optimizer updates per run that is trained here, 100..1000
warmup: int = 20  # updates of warm-up in those runs, 5..50
rate: float = 0.113  # Adam's peak rate in the interventions, 0.04..0.16
n_seeds: int = 20  # paired repetitions of each intervention, 6..64

# %% [markdown]
# ## A ramp, and its first update
#
# A *warm-up* raises the rate in a straight line over the first $W$ updates, from nothing to its peak:
# $f(t) = t / W$ for $t < W$, then 1, or whatever schedule follows. Its first update has $f(0) = 0$: it computes
# a gradient and moves nothing. Some libraries avoid that dead update. One starts at $1/W$ and is at the peak one
# update early, $f(t) = (t + 1)/W$; another starts at $1/(W + 1)$ and arrives on time. (`shift(s, 1)` is the
# schedule `s`, begun at its own step 1.)

# %%
from lrlib import plot
from lrlib.schedules import constant, linear, shift, table

ramps = {
    "zero": linear(0, 1, warmup) >> constant(1),
    "1/W": shift(linear(0, 1, warmup), 1) >> constant(1),
    "1/(W+1)": shift(linear(0, 1, warmup + 1), 1) >> constant(1),
}
for name, ramp in ramps.items():
    first, last = ramp(0), ramp(warmup - 1)
    print(f"{name:8s} update 0: {first:.4f}, update W - 1: {last:.4f} of the peak")
t, line = range(2 * warmup), linear(1, 0, steps)
curves = {name: (ramp * line)(t) for name, ramp in ramps.items()}
axes = "step (optimizer updates)", "rate / base_lr"
plot.lines(t, curves, "Three warm-ups of one length", "", *axes)

# %% [markdown]
# **We see** three ramps, one update apart, times a linear decay. **This means** that "a warm-up of $W$ updates"
# leaves one update open. **It does not mean** that this update matters much.
#
# ## Does it help?
#
# *Stored sweeps* hold runs with and without warm-up, each followed by linear decay, at many peaks:
# SGD and Adam on the handwritten digits, Adam on a small transformer that predicts symbols
# (`python -m lrlib sweep NAME` trains them again). Two questions:
#
# 1. **How high may the peak be?** Call a peak *usable* for a seed if the run keeps 90 % of the best gain: of
#    the way from the loss of a constant guess to the lowest mean loss without warm-up. We take each seed's largest
#    usable peak, between grid points on a logarithmic scale.
# 2. **Is the best run better?** Each gets its own peak, tuned on other seeds; then both are judged in pairs.
#
# Predict the first, for plain SGD: does warm-up make the usable range wider or narrower, or is no change seen?

# %%
my_prediction = None  # "wider", "narrower" or "no change"

# %%
from lrlib import stats
from lrlib.course import check
from lrlib.course import warmup as course
from lrlib.evidence import sweeps

no, yes = "no warm-up", "warm-up"
adam = [no, *(f"{W} updates" for W in (2, 5, 10, 20, 50)), "20 at rate zero"]
labels = {"sgd": [no, yes], "adam": adam, "transformer": [no, yes, "15 at rate zero"]}
stored = {name: sweeps.load(f"warmup-{name}", labels[name]) for name in labels}
arm = {"sgd": 1, "adam": 4, "transformer": 1}  # the schedule with a warm-up
ranges, best = course.effects(stored, arm)
words = {"better": "wider", "worse": "narrower", "cannot tell": "no change"}
check.category(my_prediction, words[ranges["verdict"]["sgd"]], words.values())

# %% tags=["answer"]
from IPython.display import display

for name, verdict in best["verdict"].items():
    seen = words[ranges["verdict"][name]]
    print(f"Found here: {name}: range: {seen}; best run: {verdict}.")
display(course.as_times(ranges), best.round(3))

# %% tags=["answer"]
grid, fitted = stored["adam"].grid, stored["adam"].tuned.fitted
shown = [no, "20 updates"]
curves = {name: grid.result[adam.index(name)] for name in shown}
chosen = {name: fitted[name].rate for name in shown}
plot.sensitivity(
    grid.base_lrs, curves, title="Warm-up moves the cliff of Adam", chosen=chosen, like=grid
)

# %% [markdown]
# **We see** two tables, each a family of three comparisons, whose verdicts are corrected together (lesson 04),
# and Adam's curves. *times* is the factor by which warm-up moves the largest usable peak, *difference* what it
# does to the loss (nats) at the tuned peak. **This means** that the two questions have two answers. What Adam
# gains is room: peaks that would break a run become usable. The second table says what is left where the peak
# is tuned. **It does not mean** that long runs agree: these have 200 updates at most.
#
# ## Two explanations, and what each would cure
#
# **(a) Denominators.** Adam moves every weight by $\mathrm{rate} \cdot \hat m / (\sqrt{\hat v} + \epsilon)$:
# $\hat m$ is a running average of gradients (each keeps $\beta_1$ of the last), $\hat v$ one of their squares. Early on, $\hat v$ comes from a few
# gradients; where it is too small by chance, the step is too large. *Remedy:* better denominators. Let Adam gather
# its averages for $W$ updates at rate zero; then even the full rate is safe at once.
#
# **(b) Sharpness.** A rate above 2 / sharpness is unstable (lesson 01), where *sharpness* is the largest
# curvature of the loss. It is high at the start, and training at low rates leads to a flatter place. *Remedy:* any
# low early rates. Once in the flatter place, Adam may lose its averages, and nothing happens.
#
# RAdam (Liu et al. 2020) is often named as the proof of (a). It multiplies Adam's step by a factor that grows
# slowly, the *rectifier*: so it is a warm-up itself, and its success fits (a) and (b) alike. Therefore
# cross two interventions:
#
# - *averages:* gathered during $W$ updates, or forgotten after them, so that Adam starts afresh;
# - *place:* weights as at the start (those $W$ updates had rate zero), or after a warm-up.
#
# That makes four arms, with the same rates from update $W$ on: *neither*, which is Adam without warm-up, *averages
# only*, *place only*, and both, which is a *full warm-up*. Which of the two helps alone? (a) says averages, (b) says
# place.

# %%
my_remedy = None  # "averages", "place", "both" or "neither"

# %%
from lrlib import tasks, train
from lrlib.train import SGD, Adam

task = tasks.get("digits")
decay = linear(1, 0, steps - warmup)
start, warmed = constant(0, warmup) >> decay, linear(0, 1, warmup) >> decay
forget, gather = course.Forgetful(after=warmup), Adam()
losses, right = {}, {}


def train_arms(optimizer, arms, total=steps):
    seeds = range(100, 100 + n_seeds)  # the first hundred served to set up the experiment
    done = train.sweep(task, arms, rate, seeds, steps=total, optimizer=optimizer)
    losses.update(done.losses())
    right.update(done.right())


train_arms(forget, {"neither": start, "place only": warmed})
train_arms(gather, {"averages only": start, "full warm-up": warmed})
longer = constant(0, warmup) >> linear(1, 0, steps)
train_arms(forget, {"neither but longer": longer}, steps + warmup)
verdicts = stats.ranking(losses, reference="neither")["verdict"]
helps = [only for only in ("averages", "place") if verdicts[f"{only} only"] == "better"]
answer = {0: "neither", 2: "both"}.get(len(helps), *helps[:1])
check.category(my_remedy, answer, ["averages", "place", "both", "neither"])

# %% tags=["answer"]
from lrlib.course.finding import found

display(found(losses, reference="neither", right=right))
plot.forest(losses, reference="neither")

# %% tags=["answer"]
gain = {name: losses["neither"] - found for name, found in losses.items()}
shares = {name: stats.ratio(gain[name], gain["full warm-up"]) for name in gain}
added = stats.ratio(gain["averages only"] + gain["place only"], gain["full warm-up"])
print(f"Found here: averages alone bring {shares['averages only']} of the gain,")
print(f"the place alone {shares['place only']}; added up, that is {added}.")

# %% [markdown]
# **We see** for each seed how far an arm ends above (right of 0) or below *neither*, and the verdict. **This
# means**: where *averages only* is better, (b) is not the whole story, since they help at an unchanged place;
# where *place only* is better, (a) is not. Two causes apart from each other bring shares of the gain that add
# up to 1. If they add up to more, the remedies *overlap*: each cures a part of what the other would have cured.
# Then look for one trouble that both of them end. **It does not mean** that nothing else differs. Warmed arms
# make $W$ moving updates more; *neither but longer* is the control for that: it makes as many. And the rate, 0.113
# unless you changed it, is about four times Adam's tuned peak: at that one there is less to cure (first tables).
#
# ## Is the start sharp?
#
# Sharpness is the largest eigenvalue of the *Hessian*, the table of all second derivatives. The table is too
# large, but its product with a vector $v$ is cheap: differentiate (slope $\cdot\, v$). Three settings, a few
# updates each:

# %%
import numpy as np
import torch

torch.set_num_threads(1)  # small matrices gain nothing from more
at = [0, 1, 2, 5, 10, 20, 40]
tuned, falling = stored["sgd"].tuned.fitted[no].rate, linear(1, 0, steps)
sharp = {
    "SGD, no warm-up": course.sharpness(task, SGD(), falling, tuned, at),
    "Adam, no warm-up": course.sharpness(task, Adam(), falling, rate, at),
    "Adam, warm-up": course.sharpness(task, Adam(), warmed, rate, at),
}
axes = "update, counted from 1", "sharpness"
figure = plot.lines(
    np.add(at, 1), sharp, "The start is flat", "", *axes, log_x=True, log_y=True
)
display(figure)
limit, jump = 2 / sharp["SGD, no warm-up"][0], sharp["Adam, no warm-up"][1]
print(f"SGD at the start: stable up to {limit:.2g}; its tuned peak is {tuned:.2g}.")
print(
    f"Found here: sharpness {2 / limit:.2g} at first, after an update of Adam {jump:.2g}."
)

# %% [markdown]
# **We see** a geometric mean over three seeds. **This means** that the start is *not* sharp: the curves begin low and
# rise, so here (b) is wrong about the start. SGD could use a higher rate there than its tuned peak; its limit comes
# down later, so a low early rate protects nothing, and the first tables show no gain. **It does not mean**
# that place is nothing: Adam's first update at full rate lands somewhere much sharper.
#
# ## A third explanation: the size of the first updates
#
# How large is that first update? With one gradient,
# $\hat m / \sqrt{\hat v} = g / |g|$: *every* weight moves by the full rate. Later, when gradients are noise of mean
# 0, $\hat m$ averages it away. Its weights are $(1 - \beta_1) \beta_1^k$; their squares add up to
# $(1 - \beta_1)/(1 + \beta_1)$, and the typical ratio is the root of that, 0.23 for $\beta_1 = 0.9$. So Adam's
# first update is its largest. With momentum it is the other way round: the average grows from nothing.
#
# **(c) Size.** Warm-up helps by making the first updates as small as later ones. *Remedy:* any smaller
# first updates, whatever the denominators.

# %%
from lrlib.course.explore import explorer


def draw(signal, beta, ramp):
    g = signal + np.random.default_rng(0).standard_normal((60, 2000))
    velocity = np.array([beta ** np.arange(t)[::-1] @ g[:t] for t in range(1, 61)])
    curves = {"Adam": course.sizes(g, beta), "momentum": (velocity**2).mean(axis=1) ** 0.5}
    curves = {name: size / size[30:].mean() for name, size in curves.items()}
    rise = (linear(0, 1, ramp) >> constant(1)).values(60)
    curves["Adam, warm-up"] = curves["Adam"] * rise
    axes = "update, counted from 0", "size / mean size of updates 30 to 59"
    return plot.lines(range(60), curves, "Updates, in the size of later ones", "", *axes)


display(draw(0.3, 0.9, warmup))
explorer(draw, signal=(0.0, 2.0, 0.3), beta=(0.0, 0.98, 0.9), ramp=(0, 50, warmup))

# %% [markdown]
# **We see** simulated gradients, a signal plus noise of strength 1 in each of 2,000 weights. **This means** that
# averages gathered at rate zero do two things: better denominators, and smaller updates. **It does not mean** that
# a ramp should mirror the curve. In the explorer, raise `signal`: the stronger it is, the less there is to average
# away. Set `beta` to 0: no average, no decline. (Without a kernel: the formula says the same.)
#
# ## Size, or denominators?
#
# *Size without quality:* forget the averages, but lower the rates until the updates are as
# small as gathered ones. *Quality without size:* gather, but raise the rates until they are as large as fresh ones.

# %%
measured = (course.gradients(task, seed, 2 * warmup) for seed in range(4))
size = np.mean([course.sizes(each) for each in measured], axis=0)
smaller = size[warmup:] / size[:warmup]  # gathered over fresh, update by update
small, large = (table((0,) * warmup + (*x, 1)) for x in (smaller, 1 / smaller))
train_arms(forget, {"size only": start * small})
train_arms(gather, {"averages without size": start * large})
print(f"first update: fresh {size[0]:.2f} of the rate, gathered {size[warmup]:.2f}")

# %%
names = ["neither", "size only", "averages without size", "averages only"]
four = {name: losses[name] for name in names}
display(found(four, reference="averages only", right=right))
plot.forest(four, reference="averages only")

# %%
stored["no noise"], arm["no noise"] = sweeps.load("warmup-full-batch"), 1
high = {}
for name, peak in {"adam": 0.113, "no noise": 0.113, "transformer": 0.16}.items():
    none, *_, zero = at_peak = list(stored[name].grid.losses(peak).values())
    high[f"{name}, warm-up"] = stats.compare(at_peak[arm[name]], none)
    high[f"{name}, rate zero"] = stats.compare(zero, none)
high = stats.family(high)
print(
    "Found here: better than neither:", "; ".join(high.index[high["verdict"] == "better"])
)
high[["difference", "ci_low", "ci_high", "verdict"]].round(3)

# %% [markdown]
# (The fresh first update is below 1: weights without a gradient stand still.)
#
# **We see** four arms trained here, and a table from the store: a warm-up, or as many updates at rate zero, against
# neither, at high rates. In *no noise* every batch holds all images: one gradient tells all about the denominators, so
# (a) has nothing to cure. **This means**, in the figure: if *neither* is worse than *averages only* and *size only*
# cannot be told from it, smaller updates do what gathering does, with denominators as poor as before; if *averages
# without size* is worse, good denominators do not make up for large updates. The table: warm-up also helps where
# gathering is not seen to.
#
# So on the digits neither famous explanation holds as it is told. Noisy denominators are not needed for
# the trouble, and the start is not sharp. Adam's first updates are too large for where they start, and land in
# a place that is sharp: the one trouble that averages and place both end. From (b) the remedy survives,
# *any low early rate*. **It does not mean** that denominators never matter, or that large models agree: they may
# start sharp, and then (b) holds.
#
# ## How long?
#
# In updates, or in per cent of the run? `warmup-adam-long` has runs four times as long. If per cent count, they
# need a warm-up four times as long. The table has the factor by which a warm-up moves the largest usable peak.
# The lines above it compare longer ones with 10 updates, about as long as $\hat m$ takes to become an average,
# $1/(1 - \beta_1)$.

# %%
stored["long"] = sweeps.load("warmup-adam-long")
lengths = {"adam": (200, [2, 5, 10, 20, 50]), "long": (800, [2, 5, 10, 20, 80])}
tried = {
    f"{W} of {T}": (stored[name].grid, i)
    for name, (T, tries) in lengths.items()
    for i, W in enumerate(tries, 1)
}
against_none = {name: course.wider(*where) for name, where in tried.items()}
beyond = {
    name: course.wider(*where, than=3) for name, where in tried.items() if where[1] > 3
}
beyond = stats.family(beyond)["verdict"].map(words)
longer = "; ".join(f"{name}: {seen}" for name, seen in beyond.items())
print(f"Found here: usable range against 10 updates: {longer}")
quarter = stats.ranking(stored["adam"].judged, "10 updates")["verdict"]["50 updates"]
print(f"Found here: best run with 50 of 200 against 10 of 200: {quarter}")
times = course.as_times(stats.family(against_none))
times

# %%
from IPython.display import Markdown

short, long = (f"{times['times'][f'10 of {T}']:.1f}" for T in (200, 800))
room = " and ".join(
    f"{2 ** -ranges['difference'][name]:.1f}" for name in ("adam", "transformer")
)
of = best["verdict"]
Markdown(f"""> **Do this.** With Adam, warm up: peaks up to {room} times as high (digits, transformer) stay
> usable, so a peak that is not well tuned does less harm. It is no promise of a better best run: on the digits
> {of["adam"]}, with the transformer {of["transformer"]}. With plain SGD: {of["sgd"]}; leave it out.
> *How long:* count updates, not per cent. Ten raised the usable peak {short} times in runs of 200,
> {long} times in runs of 800, and longer ones were not seen to do more. For a network that you do not know
> take some hundreds, up to 2,000, and at most a twentieth of the run.
> How sure: small networks; the sentence before this one is what others do, not what we measured
> (BERT: 10,000 updates of a million; Llama 2: 2,000).""")

# %% [markdown]
# ## In your own loop
#
# *PyTorch*: two schedulers in a `SequentialLR`, as below. *Hugging Face*:
# `get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps)`. *Keras*: `CosineDecay`
# with `warmup_target` and `warmup_steps`; its `decay_steps` come after the warm-up. *optax*:
# `warmup_cosine_decay_schedule`; its `decay_steps` include the warm-up. The trap: a warm-up meant for updates
# that is stepped once an *epoch*, here after every 37 batches. A `ChainedScheduler`, which multiplies,
# is another: exhibit *chained-warmup* of [lesson 23](23_museum_of_broken_schedules.ipynb).

# %%
from torch.optim.lr_scheduler import LinearLR, SequentialLR

from lrlib.ledger import Ledger

for every in (1, 37):
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    up = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    down = LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=steps - warmup)
    scheduler = SequentialLR(optimizer, [up, down], milestones=[warmup])
    with Ledger.watch(optimizer) as ledger:
        for update in range(1, steps + 1):
            optimizer.step()
            if update % every == 0:
                scheduler.step()
    first, peak, last = ledger.used[[0, warmup - 1, -1]] / rate
    print(
        f"stepped every {every:2d}: {first:.2f}, at W - 1 {peak:.2f}, at the end {last:.2f}"
    )

# %% [markdown]
# Stepped after every update, the rate is at its peak at update $W - 1$. Stepped once
# an epoch, everything takes 37 times as long.
#
# ## Exercises
#
# **1, guided.** Write the factor of a warm-up that starts at $1/W$, is at its peak at update $W - 1$, and stays there.


# %% tags=["exercise"]
def my_warmup(t, W):
    raise NotImplementedError("count the updates up to and including this one, over W")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("11.1", my_warmup)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def my_warmup(t, W):
#     return min(1, (t + 1) / W)
# ```
# </details>

# %% [markdown]
# **2, standard.** *Predict when warm-up does nothing.* By (c), it has nothing to do where the first updates
# are not larger than later ones. Given the lengths of all updates of a run at constant rate, return the
# **front-loading**: mean length of the first `n`, over the mean length in the second half of the run. Below 1 means:
# nothing. The second check tries your function on real updates of Adam and of momentum,
# and asks a stored sweep, `warmup-momentum`, if you are right.


# %% tags=["exercise"]
def front_loading(lengths, n):
    raise NotImplementedError("a mean over a mean; half = len(lengths) // 2")


# %% jupyter={"source_hidden": true} tags=["check"]
check.exercise("11.2", front_loading)

# %% [markdown] tags=["solution"]
# <details><summary>Solution</summary>
#
# ```python
# def front_loading(lengths, n):
#     return np.mean(lengths[:n]) / np.mean(lengths[len(lengths) // 2 :])
# ```
#
# Momentum starts below 1: its average grows from nothing, a warm-up of its own. Above 1 is no promise that warm-up
# helps; it helps if the updates are also too large for the place.
# </details>

# %% [markdown]
# **3, open.** Liu et al. tested (a) in another way: for 2,000 updates only $v$ was gathered; then $m$ started
# from nothing. If, as we read it, Adam's clock ran on, $m$ was not corrected for its start. How large is the
# first update then? Which of (a), (b), (c) does the success fit? Build it: in a copy of `course.Forgetful`
# (`lrlib/course/warmup.py`), set only `memory[0]` to zero, and pass `t` on unchanged. `train_arms`, then
# `stats.ranking` of `losses`, tell you if it does better than *averages only*. You are right if you can name an
# arm that is still missing before the cure speaks for (a).

# %% [markdown]
# ## Summary
#
# You can now
#
# - write a warm-up, say what its first update does, and find a wrong clock in the ledger;
# - separate "a wider range of usable peaks" from "a better best run";
# - turn an explanation into a remedy, and look for an intervention on which explanations disagree;
# - predict that warm-up does nothing where the first updates are not the largest;
# - choose the length of a warm-up in updates.
#
# **What this does not show.** Two small problems and runs of at most 800 updates; a network that starts flat,
# in torch's initialisation. The interventions were made at one rate, four times the tuned one. Sizes are
# matched on average over all weights, and only as measured at the start. Three seeds for the sharpness. Large
# batches, deep networks without normalisation, and long runs may differ.
#
# ## Quiz
#
# **1. RAdam works. This shows that the variance of Adam's denominators is the cause.**
#
# - (a) yes
# - (b) no: its rectifier is itself a warm-up
# - (c) no: RAdam does not work
#
# <details><summary>Answer</summary>
#
# (b). Any explanation in which low early rates help predicts the same. (a) takes a remedy that fits several
# causes as proof of one. (c) is not needed for the objection.
# </details>
#
# **2. For SGD on the digits, the sharpness starts low and rises. A low early rate**
#
# - (a) protects against the sharp start
# - (b) helps to find a flat place
# - (c) is low where a high one would have been safe
#
# <details><summary>Answer</summary>
#
# (c). There is no sharp start here, so not (a). (b) may hold where a start is sharp; here training leaves the
# flat place.
# </details>
#
# **3. Adam's first update moves each weight by**
#
# - (a) 0.23 of the rate
# - (b) the rate
# - (c) the rate times its gradient
#
# <details><summary>Answer</summary>
#
# (b), up to $\epsilon$: $g / |g|$. (c) is SGD. (a) comes much later, when gradients are pure noise.
# </details>
#
# **4. Warm-up doubles the largest usable peak. At the tuned peak**
#
# - (a) the loss must be equal
# - (b) the loss must be lower too
# - (c) the loss may be lower, equal or higher
#
# <details><summary>Answer</summary>
#
# (c). Where the cliff is says little about the bottom of the valley, and the warm-up itself takes updates. (b) and (a)
# mistake one for the other; the first tables have examples.
# </details>
#
# ## References
#
# - Goyal et al. 2017, *Accurate, Large Minibatch SGD*, [arXiv:1706.02677](https://arxiv.org/abs/1706.02677),
#   section 2.2: gradual warm-up.
# - Liu et al. 2020, *On the Variance of the Adaptive Learning Rate and Beyond*,
#   [arXiv:1908.03265](https://arxiv.org/abs/1908.03265): explanation (a), gathering at rate zero, the rectifier.
# - Ma and Yarats 2021, *On the Adequacy of Untuned Warmup*, [arXiv:1910.04209](https://arxiv.org/abs/1910.04209): the
#   rectifier as a warm-up; early updates are large.
# - Gilmer et al. 2022, *A Loss Curvature Perspective on Training Instabilities*,
#   [arXiv:2110.04369](https://arxiv.org/abs/2110.04369), and Kalra and Barkeshli 2024,
#   [arXiv:2406.09405](https://arxiv.org/abs/2406.09405): explanation (b), and that the gain is a higher
#   tolerable rate.
# - Cohen et al. 2022, [arXiv:2207.14484](https://arxiv.org/abs/2207.14484): sharpness for Adam and its limit.
# - Devlin et al. 2018, *BERT*, [arXiv:1810.04805](https://arxiv.org/abs/1810.04805), appendix A.2, and Touvron et al.
#   2023, *Llama 2*, [arXiv:2307.09288](https://arxiv.org/abs/2307.09288), section 2.2: how long others warm up.
# - Kosson, Messmer and Jaggi 2024, [arXiv:2410.23922](https://arxiv.org/abs/2410.23922): explanation (c).

# %% [markdown] tags=["navigation"]
# [Previous: 10 One-cycle](10_one_cycle.ipynb) | [All lessons](index.ipynb) | [Next: 12 The last tenth](12_the_last_tenth.ipynb)
