# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What does a cosine cost that was planned too long?
#
# *After this you can say what it costs to stop a cosine run early, by how much of its fall is left, and whether a quarter
# too long is free.*
#
# Claims: cosine-must-match-its-budget, a-quarter-too-long-costs-nothing - computes in under 10 s - data: lr-scheduling

# %% [markdown]
# ## What is said
#
# A cosine promises an end. Hoffmann et al. (2022, *Chinchilla*) found that models trained with a cosine that
# was longer than the training itself look worse than they are, and gave a threshold: more than 25 % too long hurts
# noticeably. It is reported from elsewhere here. It is repeated in two forms: *match the cosine to your budget*,
# and, since a threshold has another side, *up to a quarter too long is fine*.

# %%
from lrlib.evidence import claims, matched, runs

named = ("cosine-must-match-its-budget", "a-quarter-too-long-costs-nothing")
claims.at_hand(*named)
for name in named:
    print(f"{name}\n  said as: {claims.get(name).quoted}")

# %% [markdown]
# ## How it is tested here
#
# Haegele et al. (2024) trained 11 models, 33M to 360M parameters on two data sets, with cosines of three lengths each:
# one peak, one warm-up, to a tenth of the peak. The longer runs were evaluated on the whole held-out set at
# the steps where the shorter ones end. That gives 33 pairs: a run that was *planned* for more updates and
# *stopped* there, against one that fits.
#
# Fixed before any loss was read: the pairs; that a model counts once; that *noticeably* means 0.1 %, the
# smallest difference between schedules that papers report. One thing was changed afterwards, and the protocol of the second
# claim says so: only three pairs are at most a quarter too long, so its cost is read from a line, and the first choice of
# a curve missed just those pairs.
#
# **Predict**: a run planned 20 % too long is stopped where its rate is at 16 % of the peak instead of 10 %. What does that cost,
# in percent of the loss?

# %% [markdown]
# ## The measurement

# %%
pairs = matched.cosines()
pairs["over (%)"] = 100 * (pairs.ratio - 1)
shown = ["model", "stopped", "planned", "over (%)", "left", "excess"]
nearest = pairs[shown].sort_values("over (%)", kind="stable").head(8)
nearest.round({"over (%)": 0, "left": 3, "excess": 2})

# %% [markdown]
# *left* is the share of the cosine's fall that is still to come where it is stopped, *excess* the loss above that of the
# fitting run, in percent. Of what is the excess made? If it is the noise that the last part of the fall would have
# removed, it should grow in proportion to the rate that is left.

# %%
import numpy as np

from lrlib import plot

at, models = np.linspace(0, 0.8, 81), {}
for name in ("33M slimpajama", "60M slimpajama", "124M slimpajama", "360M slimpajama"):
    mine = pairs[pairs.model == name].sort_values("left", kind="stable")
    models[name] = np.interp(at, [0, *mine.left], [0, *mine.excess], right=np.nan)
title = "What is left of the fall is what it costs"
axes = "share of the fall that is left", "excess loss (%)"
plot.lines(at, models, title, "", *axes)

# %% [markdown]
# **We see** four models: the origin, where a run fits, joined to each model's three pairs. The lines are nearly straight.
# How straight are all eleven? A line through the origin for each:

# %%
products = pairs.assign(both=pairs.left * pairs.excess, square=pairs.left**2)
sums = products.groupby("model")[["both", "square"]].sum()
line = pairs.left * pairs.model.map(sums.both / sums.square)
off = 100 * (pairs.excess / line - 1).abs()
print(
    f"pairs off the line of their model: median {off.median():.0f} %, most {off.max():.0f} %"
)

# %% [markdown]
# **This means** that within a model the cost follows the rate that is left: the plan matters through the last rates,
# little through anything else. **It does not mean** that the slope is the same for all; the models differ in size, in
# length of training and in peak.
#
# How large is that against chance? Twenty configurations among the logs were trained twice, so their
# differences give the noise of one run.

# %%
from lrlib import stats

table, twice = runs.table(), runs.twins()
again = table.loss[twice.again].to_numpy()
apart = matched.percent(table.loss[twice.run].to_numpy(), again)
noise = stats.seed_noise(apart).sd / np.sqrt(2)
near = pairs[pairs.ratio <= 1.25]
print(f"noise of one run: {noise:.3f} % of the loss")
near.assign(noises=near.excess / noise)[["model", "over (%)", "excess", "noises"]].round(
    {"over (%)": 0, "excess": 2, "noises": 0}
)

# %% [markdown]
# *noises* is the excess in standard deviations of a rerun. A difference of two runs varies by $\sqrt 2$ of them.

# %%
cost = claims.measure("cosine-must-match-its-budget").measured.parts
title = "More than a quarter too long: every model pays"
plot.intervals(cost, title, xlabel="excess loss (%), mean and range over lengths")

# %% [markdown]
# **We see** each model's mean excess when planned 1.33 to 3.33 times too long. **This means** that no model is an
# exception. **It does not mean** that the models can be compared with each other: each was stopped at other shares of
# its fall.

# %% [markdown]
# ## The verdict

# %%
claims.measure("cosine-must-match-its-budget")

# %%
claims.measure("a-quarter-too-long-costs-nothing")

# %% [markdown]
# ## A second way
#
# The second number once more, without a line: one power of the share left, the same for all models, with a factor for each, by least
# squares of logarithms. A straight line would be the power 1.

# %%
import pandas as pd

factors = pd.get_dummies(pairs.model, dtype=float).to_numpy()
quarter = np.log(matched.decay_left(1, 1.25))
columns = np.c_[factors, np.log(pairs.left) - quarter]
*logs, power = np.linalg.lstsq(columns, np.log(pairs.excess))[0]
first = claims.stored("a-quarter-too-long-costs-nothing").value
print(f"lines {first:.2f} %, a power of {power:.2f}: {np.exp(logs).mean():.2f} %")

# %% [markdown]
# ## What this does and does not show
#
# It shows that at 33M to 360M parameters no overshoot in these runs was free: the cost grows with what is missing of the
# fall, from the smallest shares that were run, and nothing happens at a quarter. Lesson
# [15](../lessons/15_wrong_horizon.ipynb) finds what a wrong horizon costs on a small task, and how to repair it.
#
# It does not show what a given overshoot costs at the published scale, up to a few hundred times larger: the slope differs
# between models by a factor of three even here. Where the floor is a tenth of the peak, the end of a cosine is flat and
# forgiving; to zero it is another curve. All runs have one seed, and one peak a model for its three lengths; with a peak
# tuned for each, the cost of the wrong plan may be another. Nor does it say that a run that was stopped early is lost: what
# a cooldown from there would win back was not measured.

# %% [markdown]
# ## References
#
# - Hoffmann et al. 2022, *Training Compute-Optimal Large Language Models*,
#   [arXiv:2203.15556](https://arxiv.org/abs/2203.15556), its appendix on the length of the cosine cycle.
# - Haegele et al. 2024, *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*,
#   [arXiv:2405.18392](https://arxiv.org/abs/2405.18392).
# - The logs: [fabian-sp/lr-scheduling](https://github.com/fabian-sp/lr-scheduling) (MIT licence).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
