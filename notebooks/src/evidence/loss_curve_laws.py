# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Do laws of loss curves predict the loss that a user asks for?
#
# *After this you can say how well three laws predict whole curves and last losses, on the data that they were published with
# and on other runs, and what they have to beat.*
#
# Claims: multi-power-law-figures, multi-power-law-refit, annealing-law-error, multi-power-law-second-data,
# annealing-law-second-data, multi-power-law-ranks, forward-momentum-law-error - computes in under 50 s -
# data: multipowerlaw, lr-scheduling

# %% [markdown]
# ## What is said
#
# Train a few schedules, fit a law to their curves, and read off the loss of any other schedule before you train it. The
# annealing law (Tissue et al. 2024) has two sums of the rates $\eta$, the multi-power law (Luo et al. 2025) one power for each fall:
#
# $$L(t) = L_0 + A\, S_1(t)^{-\alpha} - C\, S_2(t), \qquad
# L(t) = L_0 + A\, S_1(t)^{-\alpha} - B \sum_{k \le t} (\eta_{k-1} - \eta_k)
# \left( 1 - \left( 1 + C \eta_k^{-\gamma} S_k(t) \right)^{-\beta} \right) .$$
#
# $S_1$ is the sum of all rates so far, $S_k$ that since step $k$, and $S_2$ sums the falls of the rate with a memory. A third law,
# of Wang et al. (2026), covers several sizes at once.

# %%
from lrlib.evidence import claims

names = (
    *("multi-power-law-figures", "multi-power-law-refit", "annealing-law-error"),
    *("multi-power-law-second-data", "annealing-law-second-data"),
    *("multi-power-law-ranks", "forward-momentum-law-error"),
)
claims.at_hand(*names)
for name in names:
    print(f"{name}\n  claimed: {claims.get(name).number}")

# %% [markdown]
# ## How it is tested here
#
# First on the 27 public curves of Luo et al.: three schedules fitted for each of three model sizes, six predicted. Then on runs that no author
# of a law has fitted: a model of 124M parameters at one peak rate (Haegele et al. 2024), fitted to a constant run, a
# cosine and one short cooldown, and held against the 30 other runs, on their **last** logged loss.
#
# Why the last loss? A figure over a whole curve flatters. Most steps of a test curve belong to a stretch at a constant rate that a
# training curve has too, and the question of a user is where a run *ends*. The bar of 0.2 % is the published error; an
# error of 0.5 %, about what good schedules differ by, chooses nothing.
#
# **Predict**: will a law with a published error of less than 0.2 % put eight unseen schedules in the right order?

# %% [markdown]
# ## The measurement
#
# ### The published data
#
# Mean relative errors (%) over six unseen curves: over all steps, and at the last.

# %%
import pandas as pd

from lrlib.evidence import curves, predictions

laws = ("published", "multi-power", "annealing", "power")
rows = {}
for law in laws:
    errors = predictions.public_errors(law)
    last = [curves.public(*at).losses[-1] for at in errors.index]
    ends = (errors.final.abs() / last).groupby("size").mean()
    rows[law, "all steps"] = 100 * errors.PredE.groupby("size").mean()
    rows[law, "last step"] = 100 * ends
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# "published" has the constants of the authors, the other laws are fitted here; "power" is a curve that knows the step and
# not the rate. Both laws are well below it.
#
# ### Other data

# %%
stored = claims.judged("multi-power-law-second-data").measured.parts
finals = {
    weighted: predictions.logged_finals("annealing", weighted) for weighted in (True, False)
}
table = {
    "multi-power (stored)": pd.Series(
        {run: error for run, (error, _, _) in stored.items()}
    ),
    "annealing": finals[True].error,
    "annealing, unweighted": finals[False].error,
    "power law of the step": predictions.logged_finals("power").error,
    "nearest fitted run": predictions.nearest_seen(),
}
table = pd.DataFrame({name: e.abs().to_numpy() for name, e in table.items()})
table.agg(["mean", "max"]).T.round(2)

# %% [markdown]
# Relative errors (%) of the last loss over 30 runs. "Nearest fitted run" needs no law: it repeats the last loss of the
# fitted run with the most similar sum of rates. Fits that are not called unweighted count the decay phase as much as the rest.

# %%
from lrlib import plot

stored = claims.judged("multi-power-law-ranks").measured.parts
found = finals[True][finals[True].steps == 50_000].sort_values("last", kind="stable")
lines = {
    "logged": found["last"].to_numpy(),
    "multi-power law": [stored[label][0] for label in found.label],
    "annealing law": found.predicted.to_numpy(),
}
print("in this order:", ", ".join(found.label))
title = "Eight schedules of 50,000 steps, in the order of their last losses"
alt = "Logged last losses rise along the axis; the predictions do not follow."
plot.lines(
    range(len(found)),
    lines,
    title,
    alt,
    "run, from the lowest last loss to the highest",
    "last loss (nats)",
)

# %% [markdown]
# **We see** eight runs from best to worst, and what two laws predicted. **This means** that errors of a few tenths of a percent
# are as large as what is to be decided: both laws put cooldowns over the last fifth among the best, and cosine and the longest cooldown too high.
# **It does not mean** that they know nothing; they are not far off in the loss itself.
#
# ### How well are the constants known?

# %%
fits = {}
for size in curves.PUBLISHED:
    fits[f"{size}M, published"] = curves.PUBLISHED[size]
    fits[f"{size}M, our fit"] = predictions.public_law("multi-power", size)
constants = pd.DataFrame({name: vars(law) for name, law in fits.items()})
constants.loc[["L0", "A", "alpha"]].round(1)

# %% [markdown]
# The three constants of the power law are nearly the same in both fits. The other four, not shown, are a sloppy set: very different
# ones predict alike, so no meaning should be read into them. On the second data set the best fit of the multi-power law lies in a corner,
# where its power has become a logarithm: it is a limit of the law rather than a point of it, and the stored errors are those of that limit.

# %% [markdown]
# ## The verdict

# %%
print(claims.measure("multi-power-law-figures"))
print()
print(claims.measure("multi-power-law-refit"))

# %%
print(claims.measure("annealing-law-error"))
print()
print(claims.measure("annealing-law-second-data"))

# %%
claims.measure("multi-power-law-second-data")

# %%
claims.measure("multi-power-law-ranks")

# %%
momentum = claims.measure("forward-momentum-law-error")
print(momentum)
value, low, high = momentum.measured.parts["without momentum"]
print(f"the same law without its momentum: {value:.1f} [{low:.1f}, {high:.1f}] %")

# %% [markdown]
# The last line is a control. Where a law that does not know of annealing meets a bar, the bar says nothing about
# annealing.

# %% [markdown]
# ## A second way
#
# The published figures come again from plain sums over the files; the annealing law from a loop over steps and a fit by
# another method; so does the law with momentum. The errors of last losses are taken again from the raw files. All agree within what
# `tests/evidence/ways/laws.py` allows. One is wide on purpose: the ratio of our fit to the published one is above 1 as a ratio of means and
# below it as a geometric mean, so a few curves decide it.

# %%
pair = [predictions.public_errors(law).MAE for law in ("multi-power", "published")]
better = (pair[0] < pair[1]).sum()
print(f"our fit is the better one on {better} of {len(pair[0])} test curves")

# %% [markdown]
# ## What this does and does not show
#
# On the published data the published figures are right, to the digit. The second data set has models of the same size, but other text,
# another optimizer setting, a higher peak rate, and rates that go to *zero*, where the multi-power law is singular and needs a
# floor (here 1 % of the peak); its authors ended all schedules at a tenth. So a failure there limits where the law can
# be used as it is; it does not refute it in its own regime. Held-out losses were logged on part of the held-out set, with a noise
# that is small beside the errors. All runs have one seed and share trunks. Nothing here is about models above 400M parameters.

# %% [markdown]
# ## References
#
# - K. Luo and others, *A Multi-Power Law for Loss Curve Prediction Across Learning Rate Schedules*, ICLR 2025,
#   [arXiv:2503.12811](https://arxiv.org/abs/2503.12811); curves at
#   [thu-yao-01-luo/MultiPowerLaw](https://github.com/thu-yao-01-luo/MultiPowerLaw) (MIT licence).
# - H. Tissue, V. Wang and L. Wang, *Scaling Law with Learning Rate Annealing*, 2024,
#   [arXiv:2408.11029](https://arxiv.org/abs/2408.11029).
# - S. Wang and others, *Scaling and Transferability of Annealing Strategies in Large Language Model Training*, AAAI 2026,
#   [arXiv:2512.13705](https://arxiv.org/abs/2512.13705).
# - A. Haegele and others, *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*, NeurIPS 2024,
#   [arXiv:2405.18392](https://arxiv.org/abs/2405.18392).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
