# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Can averaged weights replace a cooldown?
#
# *After this you can say how much of a cooldown's gain averaged weights of a constant run have, how that compares
# with cosine, and what limits it in the public runs.*
#
# Claims: averaging-improves-a-constant-run, averaging-matches-cosine, averaging-falls-short-of-the-cooldown,
# merging-beats-decay - computes in under 10 s - data: lr-scheduling

# %% [markdown]
# ## What is said
#
# A run at a constant rate rattles around the place where it wants to be. A cooldown lets it settle. So does a mean of
# the weights that it visits, and a mean needs no plan of where training ends. In the order of their boldness:
#
# - averaging improves a constant run along its way at no cost (Izmailov et al. 2018; Haegele et al. 2024);
# - but a gap to the cooldown remains (Haegele et al., as summarised elsewhere);
# - a constant rate with averages ends about where a tuned cosine ends (Meterez et al. 2026, *anytime*);
# - merging checkpoints is better than any decay (Tian et al. 2025, *WSM*).

# %%
from lrlib.evidence import claims, matched

bold = ("averaging-improves-a-constant-run", "averaging-falls-short-of-the-cooldown")
bold += ("averaging-matches-cosine", "merging-beats-decay")
claims.at_hand(*bold)
for name in bold:
    print(f"{name}\n  said as: {claims.get(name).quoted}")

# %% [markdown]
# ## How it is tested here
#
# In the logs of Haegele et al. there are 11 models, 33M to 360M parameters on two data sets. Of each there is a
# constant run with a record of averages, evaluated on the whole held-out set at three steps; linear cooldowns that
# branch from it and end there; and a cosine run made for that length. So at one step we can read four losses of one model:
#
# - **raw**: the last weights of the constant run;
# - **averaged**: the best of the means over its last 500, 1,000, ... 5,000 weights;
# - **cooldown**: the same run, its rate lowered to zero over the last fifth;
# - **cosine**: a run of its own, to a tenth of its peak, which is twice the constant rate.
#
# Fixed before any loss was read: these runs, all of them; differences in percent, averaged within a model, because a
# model's three steps are not independent; intervals over the 11 models. *Comparable* has no number in the paper, so it got
# one: within 0.5 %, less than the 0.77 % that another paper reports between two ends of one decay. The best window was chosen by the trainers
# on the same held-out set, which favours averaging a little. The share of the cooldown's gain that an average has is
#
# $$\frac{\mathrm{raw} - \mathrm{averaged}}{\mathrm{raw} - \mathrm{cooldown}} .$$
#
# **Predict** that share.

# %% [markdown]
# ## The measurement
#
# First a picture of one model, of 124M parameters, up to 25,000 updates. (These are losses of a part of the held-out set.)

# %%
from lrlib import plot

four = matched.on_the_way(123_587_328, 25_000).loc[3000:]
named = {name: column.to_numpy() for name, column in four.items()}
title = "A mean of the weights stands where a cooldown would end, nearly"
plot.lines(four.index.to_numpy(), named, title, "", "update", "held-out loss (nats)")

# %% [markdown]
# **We see** the constant run; its averages, far below it all the way; a cooldown that drops from it in the last fifth; and cosine,
# which is above the averages for most of the run and arrives lower. **This means** that most of what the constant run
# seems to lack is noise. **It does not mean** that the averages are as good as the cooldown: look at the end.
#
# Now all models, on the whole held-out set.

# %%
at = matched.at_one_step()
at.set_index(["model", "step"]).drop(columns="tokens a parameter").round(3)

# %%
share = claims.measure("averaging-falls-short-of-the-cooldown").measured
title = "Averages recover most of a cooldown, in no model all of it"
what = "share of the cooldown's gain, mean and range over lengths"
plot.intervals(share.parts, title, xlabel=what, line=1)

# %% [markdown]
# **We see** the recovered share by model. None reaches 1, and the models that trained longest, the largest, have the
# smallest. **This means** that what an average misses is not an accident of one run. **It does not mean** that nothing
# better can be had: read the share again by length.

# %%
at["share"] = (at.raw - at.averaged) / (at.raw - at.cooldown)
at["widest window"] = 5000 / at.step
pairs = (
    at.dropna()
    .groupby("model", sort=False)[["share", "widest window"]]
    .agg(["first", "last"])
)
pairs.round(2)

# %%
falls = (pairs["share"]["last"] < pairs["share"]["first"]).sum()
print(f"the longer run recovers less in {falls} of {len(pairs)} models;", end=" ")
print("its window was a smaller part of it")

# %% [markdown]
# A window of at most 5,000 weights covers all of a short run and a small part of a long one; a cooldown grows with
# the run. In the smallest models the shorter run is so short that its first learning is still in the window. Length
# and window move together here, so this cannot say which of them matters.
#
# ### What a bowl would say
#
# On a noisy quadratic all of this is exact (lesson [14](../lessons/14_averaging_instead_of_decaying.ipynb)). Take a hundred directions of curvature
# $1/k$ with noise to match, 2,000 updates, a cooldown over the last fifth, and windows as a part of that cooldown.

# %%
import numpy as np
import pandas as pd

from lrlib import theory
from lrlib.schedules import constant, linear

T, D, h = 2000, 400, 1 / np.arange(1, 101)
last = {"curvatures": h, "noise": h}
rows = {}
for rate in (0.1, 0.2, 0.5):
    held = np.full(T, rate)
    raw = theory.expected_loss(held, **last)[-1]
    ended = theory.expected_loss(
        rate * (constant(1, T - D) >> linear(1, 0, D)).values(T), **last
    )[-1]
    for part in (0.1, 0.25, 0.5, 1):
        a = theory.tail_averaging(T, round(part * D))
        rows[rate, part] = (raw - theory.averaged_loss(held, a, **last)[-1]) / (raw - ended)
pd.Series(rows).rename_axis(["rate", "window / cooldown"]).unstack().round(2)

# %% [markdown]
# **We see** that on the bowl a window half as long as the cooldown, as in the shorter public runs, recovers all of it and more. **This
# means** that noise in a quadratic does not explain what the public runs lack. Either the weights of a long window are too far
# apart for one bowl, or their mean is too old. **It does not mean** that averages and decays are different in kind: on the
# bowl each window has a decay that does the same.

# %% [markdown]
# ## The verdict

# %%
claims.measure("averaging-improves-a-constant-run")

# %%
claims.measure("averaging-falls-short-of-the-cooldown")

# %%
claims.measure("averaging-matches-cosine")

# %%
claims.measure("merging-beats-decay")

# %% [markdown]
# ## A second way
#
# The share once more, as a ratio of sums in nats over all steps instead of a ratio of mean relative gains over
# models. The tests find all four numbers again from the names of the files and the logged perplexities, with medians.

# %%
both = at.dropna()
sums = (both.raw - both.averaged).sum() / (both.raw - both.cooldown).sum()
print(f"mean over models {share.value:.2f}, ratio of sums {sums:.2f}")

# %% [markdown]
# ## What this does and does not show
#
# It shows that for 33M to 360M parameters and 7 to 34 tokens a parameter, the averages that were logged take a constant run most of
# the way, and leave a gap to its own cooldown and to cosine that is far above the noise of a rerun.
#
# It does not show that averaging cannot do better. The windows end at 5,000 updates; the anytime paper lets its window grow
# with training, tunes the constant rate, and goes to 32 times as many tokens, so a gap here is no word about its best recipe at that scale. Here the
# constant rate is half of cosine's peak throughout, tuned for neither. WSM was measured in benchmark scores of a mixture of experts of 16 billion
# parameters, after trillions of tokens and with a merge of weights chosen for it; held-out loss at a hundredth of the size neither supports nor refutes it,
# and the register says so by its regime. All runs have one seed.

# %% [markdown]
# ## References
#
# - Izmailov et al. 2018, *Averaging Weights Leads to Wider Optima and Better Generalization*,
#   [arXiv:1803.05407](https://arxiv.org/abs/1803.05407).
# - Haegele et al. 2024, *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*,
#   [arXiv:2405.18392](https://arxiv.org/abs/2405.18392); how its averages are taken:
#   [epfml/schedules-and-scaling](https://github.com/epfml/schedules-and-scaling).
# - Tian et al. 2025, *WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging*,
#   [arXiv:2507.17634](https://arxiv.org/abs/2507.17634).
# - Meterez et al. 2026, *Anytime Pretraining: Horizon-Free Learning-Rate Schedules with Weight Averaging*,
#   [arXiv:2602.03702](https://arxiv.org/abs/2602.03702).
# - Sandler et al. 2023, [arXiv:2301.02312](https://arxiv.org/abs/2301.02312): averages and rates on a quadratic.
# - The logs: [fabian-sp/lr-scheduling](https://github.com/fabian-sp/lr-scheduling) (MIT licence).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
