# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How long a warm-up, how long a cooldown, and how exact a peak?
#
# The rate rises along a line, stays, and falls to 0. Each length of the rise, and of the fall, is trained at every peak
# of a grid. That shows what a length buys in loss, and how far off the peak may be before it costs.

# %% tags=["parameters"]
profile: str = "quick"  # how much to run: one of quick, standard, full
task: str = "digits"  # what to train: a task
options: list[str] = []  # options of the task, named values
batch_size: int = 0  # examples an update, 1..1e9; 0: as the task has it
optimizer: str = "sgd"  # what makes the updates: one of sgd, momentum, adam, adamw
momentum: float = 0.9  # of the optimizer momentum, 0..0.9999
beta1: float = 0.9  # of adam and adamw, 0..0.9999
beta2: float = 0.999  # of adam and adamw, 0..0.999999
weight_decay: float = -1.0  # of the optimizer, 0..1000; -1: 0.01 for adamw, else 0
clip_norm: float = 0.0  # largest norm of a gradient, 1e-9..1e9; 0: no clipping
steps: int = 0  # updates per run, 20..100000; 0: the profile's
warmups: list[float] = []  # shares of the run, or updates if over 1, 0..1e5; at most 20
cooldowns: list[float] = []  # likewise, 0..1e5; 1: all that is left; at most 20
warmup: float = 0.0  # warm-up while cooldowns vary, 0..1e5
cooldown: float = 1.0  # cooldown while warm-ups vary, 0..1e5; 1: all that is left
decay: str = "linear"  # how the rate falls: one of linear, cosine, 1-sqrt, exponential
base_lrs: list[float] = []  # peaks: 3 or more, at most 60, rising, 1e-9..1000; or []
tolerance: float = 0.02  # cost of a good peak, as a share of the gain, 1e-4..0.5
tuning_seeds: int = 0  # to choose lengths and peaks on, 6..1000; 0: the profile's
n_seeds: int = 0  # seeds to judge them on, 6..1000; 0: the profile's
dtype: str = "float64"  # of all numbers: one of float64, float32
device: str = "cpu"  # where to train: a device
workers: int = 0  # processes that share the work, 1..256; 0: the profile's
minutes: float = 0.0  # a report that may take longer is refused, 0.01..1e6; 0: no limit
most_updates: int = 100_000_000  # a report that may need more is refused, 1..1e15

# %% tags=["profiles"]
# fmt: off
profiles = {
    "quick": {
        "steps": 120,
        "warmups": [0, 0.05, 0.2, 0.5],
        "cooldowns": [0, 0.1, 0.4, 1],
        "base_lrs": [0.16, 0.226, 0.32, 0.453, 0.64, 0.905, 1.28],
        "tuning_seeds": 12, "n_seeds": 12, "workers": 1,
    },
    "standard": {
        "steps": 300,
        "warmups": [0, 0.02, 0.05, 0.1, 0.2, 0.5],
        "cooldowns": [0, 0.05, 0.1, 0.2, 0.4, 0.7, 1],
        "base_lrs": [0.113, 0.16, 0.226, 0.32, 0.453, 0.64, 0.905, 1.28, 1.81],
        "tuning_seeds": 16, "n_seeds": 16, "workers": 2,
    },
    "full": {
        "steps": 1000,
        "warmups": [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5],
        "cooldowns": [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1],
        "base_lrs": [0.057, 0.08, 0.113, 0.16, 0.226, 0.32, 0.453, 0.64, 0.905, 1.28, 1.81],
        "tuning_seeds": 24, "n_seeds": 24, "workers": 2,
    },
}
# fmt: on

# %%
from IPython.display import Markdown

from lrlib import reports
from lrlib.reports import lengths, sensitivity, training

given = {"task": task, "options": options, "batch_size": batch_size, "steps": steps}
given |= {"optimizer": optimizer, "momentum": momentum, "beta1": beta1, "beta2": beta2}
given |= {"weight_decay": weight_decay, "clip_norm": clip_norm, "tolerance": tolerance}
given |= {"warmups": warmups, "cooldowns": cooldowns, "decay": decay}
given |= {"warmup": warmup, "cooldown": cooldown, "base_lrs": base_lrs}
given |= {"tuning_seeds": tuning_seeds, "n_seeds": n_seeds, "workers": workers}
given |= {"dtype": dtype, "device": device, "minutes": minutes}
given |= {"most_updates": most_updates}
use = reports.settle(profile, profiles, **given)
problem = training.problem(use)
study = sensitivity.study(problem, use, reports.kept("runs"))
found = lengths.found(study, problem.unit)

# %% [markdown]
# ## Answer

# %%
Markdown("\n\n".join(each.markdown for each in found))

# %%
found[0].picture

# %%
found[1].picture if len(found) > 1 else None

# %% [markdown]
# Each cell: mean last held-out loss of the tuning seeds, darker where it is higher; × where a run diverged. Diamond:
# the best peak of the row. Line: its good peaks.

# %%
Markdown(lengths.method(study, problem, use))

# %% [markdown]
# ## All lengths
#
# `loss`, `difference` to the length taken (its `verdict` corrected for all of the table by Holm's rule), and what half
# and twice the peak cost are of the judging seeds; good peaks, with the factor between the lowest and the highest of
# them, `width`, of the tuning seeds.

# %%
found[0].table

# %%
found[1].table if len(found) > 1 else None

# %% [markdown]
# ## How a length is chosen
#
# A peak is good where its mean loss is at most a share $s$ of what training gains above the lowest mean loss $L^*$ of
# the table, with $L_0$ the loss of a constant guess:
#
# $$L \le L^* + s \, (L_0 - L^*).$$
#
# The good region is the stretch of such peaks around a row's best, between points of the grid along straight lines in
# the logarithm of the rate. Its interval is a bootstrap over seeds, in which $L^*$ is found anew each time. A rate at
# which any run diverged is not good. Where the grid ends first, the width is a lower bound.
#
# On the tuning seeds, each length gets its best peak. Ruled out are lengths shown to end higher than the best, and, of
# the others, those shown to have a narrower good region than the widest (both corrected by Holm's rule). Of what is
# left, the shortest is taken: a longer one would need a reason. The judging seeds then measure what that buys.

# %% [markdown]
# ## What this does not show
#
# - **Both at once.** While one length varies, the other is held. The best pair may lie elsewhere: take the length
#   found, hold it (`-p warmup` or `-p cooldown`), and run again.
# - **Longer runs.** The share of a run that a warm-up or cooldown should take need not stay the same when the run
#   gets longer.
# - **That lengths are equal.** The one taken is the shortest that is not shown to be worse, with this many seeds.
# - **Rates between the grid's.** A loss between two peaks of the grid is taken from a line between them.

# %% [markdown]
# ## Made with

# %% tags=["nbval-ignore-output"]
reports.about()

# %%
reports.results(
    summary=[sentence for each in found for sentence in each.said[:3]],
    peaks=list(study.tuned.sweep.base_lrs),
    widened=study.tuned.widened,
    axes={each.axis.what: each.results for each in found},
)
