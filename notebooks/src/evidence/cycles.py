# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is it the cycle that makes training fast?
#
# *After this you can say what one-cycle, triangles and warm restarts gain over their usual rivals, and how much of that is left
# against a rival with the same number of updates.*
#
# Claims: one-cycle-in-an-eighth, one-cycle-beats-linear, triangular2-in-a-third, triangular2-beats-linear,
# restarts-improve-anytime, restart-ends-match-own-cosine, restarts-save-half-the-run - computes in under 20 s - data: none, stored runs on digits

# %% [markdown]
# ## What is said
#
# Three papers let the rate rise again. Smith (2017) moves it in triangles and needs a third of the updates of a fixed
# rate. Smith and Topin (2018) make one large cycle of it and train a ResNet in an eighth of the
# updates, better than step decay in all of them: "super-convergence". Loshchilov and Hutter (2017) restart a cosine again and again,
# to have a good model at any time, two to four times earlier.
#
# Each compares a new schedule *and* another number of updates with an old schedule. To know what the cycle did, one more run is needed: an
# ordinary schedule with as few updates as the new one had.

# %%
from lrlib.evidence import claims

for name in (
    "one-cycle-in-an-eighth",
    "triangular2-in-a-third",
    "restarts-improve-anytime",
):
    print(f"{claims.get(name).quoted}  ({claims.get(name).number})")

# %% [markdown]
# ## How it is tested here
#
# An MLP on handwritten digits; 1400 updates are a whole run, and short runs have 175, 200, 500 or 600 of them. Every schedule
# at every length has its own peak, tuned for its end on twelve seeds, and is judged on others. The schedules of the whole run:

# %%
import numpy as np

from lrlib import plot
from lrlib.evidence import contests
from lrlib.evidence.measures import budgets

whole = contests.stored(budgets.WHOLE)
like = dict(whole.definition.labelled)
plot.schedules(
    like,
    whole.definition.steps,
    "A whole run: restarts after 200 and 600 updates, and three rivals",
)

# %% [markdown]
# And the short ones, each with its control:

# %%
short = dict(contests.stored(budgets.EIGHTH).definition.labelled)
plot.schedules(
    short, 175, "An eighth of the run: one cycle, and two rivals that are as short"
)

# %% [markdown]
# The margins were fixed before any run. Differences are logarithms of ratios of held-out loss, seed by seed. Two details differ
# from the papers: the cycle here moves the rate and not the momentum, and the network has no batch normalisation.
#
# **Predict** before you run on: with as many updates, is one-cycle better than linear decay, worse, or can it not be told?

# %% [markdown]
# ## The measurement

# %%
print("share of held-out images that are right, and held-out loss")
for name, label in [(budgets.WHOLE, "constant"), (budgets.WHOLE, "step"), (budgets.EIGHTH, "one-cycle"),
                    (budgets.EIGHTH, "linear"), (budgets.EIGHTH, "step"), (budgets.THIRD, "triangular2"),
                    (budgets.THIRD, "linear")]:  # fmt: skip
    steps = contests.stored(name).definition.steps
    print(f"{label:12} {steps:5} updates {contests.right(name, label):6.1f} %"
          f" {contests.runs(name, label).losses.mean():7.3f}")  # fmt: skip

# %%
everyone = {
    "one-cycle, 175 / step, 1400": budgets.one_cycle(),
    "one-cycle / linear, 175": budgets.one_cycle_control(),
    "triangular2, 500 / constant, 1400": budgets.triangular(),
    "triangular2 / linear, 500": budgets.triangular_control(),
    "restarts, 600 / step, 1400": budgets.saved(),
}
plot.intervals(
    {name: (each.value, each.low, each.high) for name, each in everyone.items()},
    "Against rivals that are longer, and against rivals that are as long", "",
    "ln ratio of held-out loss, x 100; left of 0: the cycle ends lower",
)  # fmt: skip

# %% [markdown]
# Read the first four rows in pairs. The row with unequal lengths is the comparison of the paper; the row with equal lengths says how much of it
# is the cycle. What remains when the second is small or has the other sign is the effect of *ending a short run at a low rate*, which every
# schedule that knows its length has.
#
# A rival that lets the rate fall is not the only control. For 500 updates there is another, from the runs of
# [another page](budgeted_training.ipynb), with the same network, seeds and tuning: a constant rate that simply stops. Does the
# triangle gain on that? And what did a constant rate itself gain in the 900 updates that the triangle saves?

# %%
stopped = contests.runs("budgets/digits-50", "step, cut off")  # it has not come to a step
for name, pair in {
    "triangular2, 500 / constant, 500": (
        contests.runs(budgets.THIRD, "triangular2"),
        stopped,
    ),
    "constant, 500 / constant, 1400": (stopped, contests.runs(budgets.WHOLE, "constant")),
}.items():
    told = contests.percent({name: [pair]})
    print(f"{name}: {told.value:+.0f} [{told.low:+.0f}, {told.high:+.0f}], ln ratio x 100")

# %% [markdown]
# Where the second interval holds 0, the updates were not needed by anybody, and a third of them is no saving. Where the first does,
# the win of the triangles over linear decay is not a win of the cycle: rates that end high are as good here.
#
# Restarts are a different promise: not a better end but a good model before the end.

# %%
steps = whole.judged.heldout_steps
curves = {
    label: whole.judged.heldout_loss[s, 0].T for s, label in enumerate(whole.judged.labels)
}
plot.lines(
    steps, curves, "Restarts are low at the end of each cycle and high after it", "",
    "step (optimizer updates)", "held-out loss (nats)", like=like, total_steps=1400, log_y=True,
    marks={"a cycle ends": 200, "another": 600},
)  # fmt: skip

# %%
parts = {
    f"{name}, against cosine over the whole run": part
    for name, part in budgets.anytime().parts.items()
}
parts |= {
    f"{name}, against a cosine of that length": part
    for name, part in budgets.ends().parts.items()
}
plot.intervals(
    parts, "Restarts, where a cycle ends", "", "ln ratio of held-out loss, x 100; left of 0: restarts are lower"
)  # fmt: skip

# %% [markdown]
# A run with restarts has one peak for all its cycles; a single cosine may choose its own for each length. The last row is the price, if there is one,
# that is paid at the end of the whole run for having been able to stop earlier. The claims are judged on means, the first on that of the
# first two rows; where these have opposite signs, the mean hides more than it says. And both rows are read at the best moments of the restarts, where
# a cycle ends: just after it, the figure above says how good the model is "at any time".
#
# ## The verdict

# %%
claims.measure("one-cycle-in-an-eighth")

# %%
claims.measure("one-cycle-beats-linear")

# %%
claims.measure("triangular2-in-a-third")

# %%
claims.measure("triangular2-beats-linear")

# %%
claims.measure("restarts-improve-anytime")

# %%
claims.measure("restart-ends-match-own-cosine")

# %%
claims.measure("restarts-save-half-the-run")

# %% [markdown]
# ## A second way
#
# The two controls again without pairing, from geometric means; and by rank, as the share of seeds in which the cycle ended lower.
# Both should point to the same side as the means of paired logarithms, unless the effect is too small to have a side.

# %%
for name, label in ((budgets.EIGHTH, "one-cycle"), (budgets.THIRD, "triangular2")):
    cycle, linear = contests.runs(name, label), contests.runs(name, "linear")
    apart = 100 * (np.log(cycle.losses).mean() - np.log(linear.losses).mean())
    paired = contests.percent({"": [(cycle, linear)]}).value
    lower = 100 * np.mean(cycle.losses < linear.losses)
    print(
        f"{label}: agree {bool(np.isclose(apart, paired))}; lower than linear in {lower:.0f} % of seeds"
    )

# %% [markdown]
# ## What this does and does not show
#
# It shows what the missing control adds: a short run against a long one mixes two effects, and a run of equal length separates
# them. It also shows what anytime performance costs.
#
# It does not show that super-convergence is absent at the published scale. There a deep residual network with batch normalisation tolerates a maximum rate
# far above the usual, regularisation is turned down to make room for it, and the short run still makes many passes over the data; our MLP has no such reserve, and an
# eighth of its run is fewer than five passes. Where the first claim does not hold here, it says that this network is outside the regime of the paper. The
# control is what carries over: whatever the network, it needs no more than one other run.
#
# At the end of the whole run compare a constant rate with step decay in the table: where they are close, the task is learned, and
# no schedule has much left to gain. On CIFAR-10 a step in the rate is worth many points.
#
# The papers report accuracy, and on a set that is almost learned accuracy differs by a few images. Loss is the finer measure here, and can order
# schedules differently. Ensembles of the models at the restarts, a use that made restarts popular, are not tested.
#
# ## References
#
# - Smith 2017, *Cyclical Learning Rates*, [arXiv:1506.01186](https://arxiv.org/abs/1506.01186).
# - Smith, Topin 2018, *Super-Convergence*, [arXiv:1708.07120](https://arxiv.org/abs/1708.07120).
# - Loshchilov, Hutter 2017, *SGDR*, [arXiv:1608.03983](https://arxiv.org/abs/1608.03983).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
