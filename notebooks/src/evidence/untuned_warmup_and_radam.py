# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Does a warm-up that nobody tuned do what RAdam does, and what does a warm-up change?
#
# *After this you can say how far apart RAdam and two warm-ups of fixed length ended on a small task, and whether a
# warm-up moved the best loss, the range of usable rates, or both.*
#
# Claims: untuned-linear-as-radam, untuned-exponential-as-radam, radam-surpasses-adam, warm-up-allows-larger-rates,
# warm-up-gains-at-the-best-rate, warm-up-lowers-sensitivity - computes in under 10 s - data: none, a stored sweep

# %% [markdown]
# ## What is said
#
# Adam divides by a running mean of squared gradients, and after a few updates that mean rests on few of them. Liu et
# al. (2020) shrink the first steps by a *rectifier* that follows from the variance of that mean, and call the result
# RAdam. Ma and Yarats (2021) answer that this is a warm-up by another name: a linear one over $2 / (1 - \beta_2)$ updates,
# or the exponential $1 - e^{-(1 - \beta_2) t}$, does the same, and needs no tuning either.
#
# Others ask what any warm-up is good for. Kalra and Barkeshli (2024): it lets a network tolerate a larger target rate. That
# is a claim about the *range* of rates, with a better final loss in its train.

# %%
from lrlib.evidence import claims

for name in (
    "untuned-linear-as-radam",
    "radam-surpasses-adam",
    "warm-up-allows-larger-rates",
):
    print(claims.get(name).quoted, "-", claims.get(name).number)

# %% [markdown]
# ## How it is tested here
#
# The task: three interleaved spirals, a network of two layers of 32 rectifiers, batches of 32, 400 updates, $\beta_2 = 0.98$, so
# that the untuned linear warm-up takes 100 updates. All arms decay linearly to zero. They differ in one factor only; and
# RAdam is torch's own, which takes its first few steps *without* dividing by anything. One arm more has RAdam's
# rectifier as a mere factor on Adam, with rate zero for those first steps.

# %%
from lrlib import plot
from lrlib.evidence.measures import stability

arms = stability.adam()
plot.schedules(
    arms.grid, 400, "Four factors, one decay", "Rates of Adam's four arms over 400 updates."
)

# %% [markdown]
# Each arm has its own best peak, from a grid of ratio $\sqrt 2$ and twelve tuning seeds, and is judged there with 32 other
# seeds. The comparison is paired by seed, and the error of both peaks is in the interval. *More or less
# identical* has to be given a width before anything is seen: 5 % of the loss, either way.
#
# For the range: a rate is *usable* while at least 90 % of the best gain over guessing is left. The *sensitivity* of Wortsman et
# al. is what a rate drawn at random from the grid costs on average against the best one, a loss above guessing counting as guessing.
#
# **Predict**: the warm-up spends a quarter of the run below its peak. Will its best peak be higher, lower or the same?
#
# ## The measurement

# %%
for label, peak in arms.tuned.fitted.items():
    print(f"{label:20} best peak {peak.rate:.3f} [{peak.low:.3f}, {peak.high:.3f}]")

# %%
grid = arms.grid
curves = {
    label: grid.result[grid.labels.index(label)]
    for label in ("no warm-up", "untuned linear")
}
plot.sensitivity(
    grid.base_lrs, curves, title="What a warm-up does at each rate", like=grid, y_range=(0.1, 1.2),
)  # fmt: skip

# %% [markdown]
# A thin line is a seed. Read it at the bottom for the best loss, and on the right for the cliff. The next figure has the arms at
# their own peaks, as differences to RAdam with the same seed.

# %%
losses = stability.ends()
plot.forest(losses, reference="RAdam", like=grid)

# %%
import numpy as np

print("median loss:", {label: f"{np.median(run):.3f}" for label, run in losses.items()})

# %% [markdown]
# ## The verdict

# %%
claims.measure("untuned-linear-as-radam")

# %%
claims.measure("untuned-exponential-as-radam")

# %%
claims.measure("radam-surpasses-adam")

# %%
claims.measure("warm-up-gains-at-the-best-rate")

# %%
claims.measure("warm-up-allows-larger-rates")

# %%
claims.measure("warm-up-lowers-sensitivity")

# %% [markdown]
# ## A second way
#
# The usable rates above are interpolated. Plainly counted, how many rates of the grid are usable for each seed?

# %%
bar = grid.guess - stability.KEPT * (grid.guess - grid.result[0].mean(axis=1).min())
for label, losses_of in curves.items():
    print(
        f"{label:20} {(losses_of <= bar).sum(axis=0).mean():.1f} of {len(grid.base_lrs)} rates"
    )

# %% [markdown]
# A sensitivity depends on how far the grid goes on: it averages over whatever rates somebody thought worth trying.
# The same ratio without the highest rates:

# %%
for dropped in (0, 2, 4):
    left = len(grid.base_lrs) - dropped
    few = [np.fmin(run[:left], grid.guess) for run in curves.values()]
    none, warm = (run.mean() - run.min(axis=0).mean() for run in few)
    print(f"rates up to {grid.base_lrs[left - 1]}: ratio {warm / none:.2f}")

# %% [markdown]
# The nearer to 1, the more of the gain in robustness lies at rates that nobody who has tuned would use.
#
# The tests of the project compute each of the six numbers once more from the stored files with plain pandas.
#
# ## What this does and does not show
#
# It shows what these factors do to one small network: no attention, no normalisation, no depth to speak of. Deep and
# post-norm transformers, where a warm-up is said to matter most, were not measured, so neither the size of a gain here nor a missing
# one carries over to them. Equivalence is evidence that the factors are alike, not that either is needed, and it is
# equivalence in the mean of a loss: a margin of 5 % hides anything finer.
#
# A gain in the mean can come from a few seeds that fail at the peak without a warm-up. The medians and the dots above show how much of it
# does; a peak whose own interval is wide is part of the same story. And the warm-up here is a quarter of the run, far more than
# is usual, which makes both its benefit and its cost large. At $\beta_2 = 0.999$ the untuned warm-up takes 2,000 updates, five times as
# long as these runs: in short runs the rule of thumb is no small matter.
#
# Where nothing can be told, the interval is wider than the margin that was set, and only more seeds would
# change that. The margin was not widened to fit.
#
# ## References
#
# - Liu, Jiang, He, Chen, Liu, Gao, Han 2020, [arXiv:1908.03265](https://arxiv.org/abs/1908.03265).
# - Ma, Yarats 2021, [arXiv:1910.04209](https://arxiv.org/abs/1910.04209).
# - Kalra, Barkeshli 2024, [arXiv:2406.09405](https://arxiv.org/abs/2406.09405).
# - Wortsman et al. 2023, [arXiv:2309.14322](https://arxiv.org/abs/2309.14322).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
