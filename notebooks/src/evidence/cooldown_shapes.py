# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Does a cooldown along 1 - sqrt beat a straight line, and how long should it be?
#
# *After this you can say at which peak rates the shape of a cooldown matters, which shape wins there, and why
# no length is enough for every peak.*
#
# Claims: one-minus-sqrt-beats-linear, one-minus-sqrt-at-every-peak, a-fifth-of-cooldown-is-enough,
# higher-beta2-in-the-cooldown, middle-shapes-beat-the-extremes - computes in under 10 s - data: lr-scheduling

# %% [markdown]
# ## What is said
#
# A run that keeps its rate constant has to bring it down before it ends: the cooldown. Haegele et al. (2024)
# made this way of training popular for language models, and two pieces of advice with it are repeated everywhere.
# *Use the 1-sqrt cooldown*: with $q$ the part of the cooldown that is over, the rate falls as $1 - \sqrt q$, steeply at
# first, and "consistently" ends lower than the line $1 - q$. And *a fifth of the updates is enough*. Dremov et
# al. (2025) add that shapes in the middle beat the extremes, and that a higher $\beta_2$ of Adam in the cooldown helps.
#
# The paper's own statement of the first two is reported from elsewhere; the abstract of the third was read.

# %%
from lrlib.evidence import claims, matched

named = ("one-minus-sqrt-beats-linear", "one-minus-sqrt-at-every-peak")
claims.at_hand(*named, "a-fifth-of-cooldown-is-enough")
for name in (*named, "a-fifth-of-cooldown-is-enough"):
    print(f"{name}\n  said as: {claims.get(name).quoted}")

# %% [markdown]
# ## How it is tested here
#
# The authors published the logs of their runs: a Llama-type model of 124M parameters on SlimPajama, AdamW, at five
# peak rates. Cooldowns *branch* from one constant run, the trunk, so two of them share everything up to the step
# where the rate begins to fall. That takes most of the luck out of a comparison.
#
# Before any loss was read, this was fixed: which runs count (every peak and length at which both shapes exist; where
# a configuration was trained twice, the mean of both); that the loss is that of the *whole* held-out set after the
# last update, not of the part that is logged on the way; and three margins. One thing was changed afterwards, and the protocols
# say so: the interval was over configurations at first, but the lengths of one peak share trunks, so each peak counts once. A gain is
# worth its name from half of 0.1 %, the smallest difference between schedules that papers report. The gain may not change by more
# than 0.02 % with each doubling of the peak, which adds up to 0.1 % over the range. And a cooldown is
# *enough* where twice as long a one brings less than 0.1 %.
#
# **Predict**: 1-sqrt spends less rate than the line, two thirds of it. At which end of the range of peaks does that help: at low
# ones or at high ones?

# %% [markdown]
# ## The measurement
#
# Each row is a pair: one trunk, two endings.

# %%
shapes = matched.shapes()
shapes.round({"linear": 3, "1-sqrt": 3, "difference": 2})

# %%
from lrlib import plot

by_length = shapes[shapes.peak < 0.003].pivot(
    index="peak", columns="steps", values="difference"
)
curves = {f"{steps} updates": column.to_numpy() for steps, column in by_length.items()}
axes = "peak rate", "1-sqrt against linear, final loss (%)"
title = "The higher the peak, the more the early fall of 1-sqrt gains"
plot.lines(by_length.index.to_numpy(), curves, title, "", *axes, log_x=True)

# %% [markdown]
# **We see** the difference of final losses at the four peaks that both lengths have; below zero, 1-sqrt is lower. The
# two lengths tell one story. **This means** that the shape is not better or worse in itself. It trades reach for
# quiet: 1-sqrt gives up rate early in the cooldown and spends longer at small rates. A high peak has noise to
# lose, and gains; a low one has distance to cover, and loses.
# **It does not mean** that you gain this by changing the shape of a well-tuned run: there the gain is what the table shows near the best peak.
#
# Which peak is that? And is the gain still there when each shape picks its own best peak of those that were run?

# %%
best = shapes.melt(
    ["peak", "steps"], ["linear", "1-sqrt"], var_name="shape", value_name="loss"
)
best = best.loc[best.groupby(["steps", "shape"])["loss"].idxmin()]
best.set_index(["steps", "shape"]).round(3)

# %% [markdown]
# The grid of peaks is coarse, a factor of two to five, and the best of a few noisy runs is a little too good; so this
# table is a look, not a test.
#
# ### How long?
#
# Linear cooldowns, at 50,000 updates, by the share of the updates that they take.

# %%
lengths = matched.lengths().dropna()
found = {f"peak {peak:g}": row.to_numpy() for (peak, _), row in lengths.iterrows()}
relative = {name: matched.percent(row, row[1]) for name, row in found.items()}
axes = "cooldown, share of the updates", "final loss against a fifth (%)"
title = "How long a cooldown should be depends on the peak"
plot.lines(lengths.columns.to_numpy(), relative, title, "", *axes)

# %% [markdown]
# **We see** for each peak how the final loss changes with the length of the cooldown, against a fifth. At the lowest
# peak a longer cooldown only costs; the higher the peak, the longer the best one. **This means** the same trade as
# with shapes: a longer cooldown gives up reach for quiet. **It does not mean** that long cooldowns are best: a high
# peak with a long cooldown is a lower rate by another name, and the table below shows which pair ends lowest.

# %%
matched.lengths().loc[(slice(None), 50000), :].round(3)

# %% [markdown]
# ## The verdict

# %%
claims.measure("one-minus-sqrt-beats-linear")

# %%
claims.measure("one-minus-sqrt-at-every-peak")

# %%
claims.measure("a-fifth-of-cooldown-is-enough")

# %% [markdown]
# The mean over peaks in the third is a mean over different answers, as its parts say. A verdict on the mean
# hides them.

# %%
parts = claims.measure("a-fifth-of-cooldown-is-enough").measured.parts
plot.intervals(
    parts,
    "Twice as long a cooldown: no gain at a low peak, more at a high one",
    xlabel="loss with 40 % against 20 % (%), mean and range over lengths of the run",
)

# %% [markdown]
# What these logs cannot reach:

# %%
print(claims.judged("higher-beta2-in-the-cooldown"), "\n")
print(claims.judged("middle-shapes-beat-the-extremes"))

# %% [markdown]
# ## A second way
#
# The table above takes settings from the stored configurations and averages with a mean. Here the slope is found
# once more by another rule, the median of the slopes of all pairs of points (Theil and Sen), which a single odd run
# cannot move. The tests do the same from the names of the files and the logged perplexities.

# %%
import numpy as np
from scipy.stats import theilslopes

slope = theilslopes(shapes.difference, np.log2(shapes.peak)).slope
first = claims.stored("one-minus-sqrt-at-every-peak").value
print(f"least squares {first:.2f}, median of slopes {slope:.2f} % a doubling of the peak")
means = shapes.groupby("peak").difference.mean()
once = np.polyfit(np.log2(means.index), means, 1)[0]
print(f"least squares of means, each peak once: {once:.2f}")

# %% [markdown]
# ## What this does and does not show
#
# It shows that in these runs the sign of "1-sqrt against linear" is a question of the peak, with trunks shared and the
# loss of the whole held-out set. Whoever compares shapes at one shared peak can have either answer; lesson
# [12](../lessons/12_the_last_tenth.ipynb) finds the same on handwritten digits.
#
# It does not show what happens at other sizes: one model of 124M parameters, one data set, one batch size, up to about forty
# tokens a parameter. Published runs are up to a thousand times larger and tune the peak; "consistently" may be true for everyone who tunes it
# as those authors do, because then the peak lies on the side where 1-sqrt gains. All runs have seed 0, and the intervals
# are over peaks, not over seeds: with so few peaks, whose answers differ in sign, a mean over them depends on which were run, and cannot
# speak for or against an advice whose authors tuned the peak. 1-sqrt was run at one length only, a fifth: whether its own best length differs
# from that of the line is open here.

# %% [markdown]
# ## References
#
# - Haegele et al. 2024, *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*,
#   [arXiv:2405.18392](https://arxiv.org/abs/2405.18392).
# - Dremov, Haegele, Kosson and Jaggi 2025, *Training Dynamics of the Cooldown Stage in Warmup-Stable-Decay Learning Rate
#   Scheduler*, [arXiv:2508.01483](https://arxiv.org/abs/2508.01483).
# - Hu et al. 2024, *MiniCPM*, [arXiv:2404.06395](https://arxiv.org/abs/2404.06395).
# - The logs: [fabian-sp/lr-scheduling](https://github.com/fabian-sp/lr-scheduling) (MIT licence), with Schaipp et al. 2025,
#   [arXiv:2501.18965](https://arxiv.org/abs/2501.18965).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
