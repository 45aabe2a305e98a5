# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which learning-rate schedule, at which peak?

# %% tags=["parameters"]
profile: str = "quick"  # how much to run: one of quick, standard, full
task: str = "digits"  # what to train: a task
options: list[str] = []  # options of the task, named values
batch_size: int = 0  # examples an update, 1..1e9, if the task has that option; 0: its own
schedules: list[str] = []  # schedule texts, at most 40, T is the steps; []: the profile's
steps: int = 0  # optimizer updates per run, 20..1000000; 0: the profile's
optimizer: str = "sgd"  # what makes the updates: one of sgd, momentum, adam, adamw
momentum: float = 0.9  # of the optimizer momentum, 0..0.9999
beta1: float = 0.9  # of adam and adamw, 0..0.9999
beta2: float = 0.999  # of adam and adamw, 0..0.999999
weight_decay: float = -1.0  # 0..1000; -1: the optimizer's own, adamw 0.01, others 0
clip_norm: float = 0.0  # largest norm of a gradient, 1e-9..1e9; 0: no clipping
base_lrs: list[float] = []  # peaks: 3 or more, at most 60, rising, 1e-9..1e6; []: found
tuning_seeds: int = 0  # seeds that peaks are tuned on, 12..1000; 0: the profile's
n_seeds: int = 0  # seeds that schedules are judged on, 6..1000; 0: the profile's
tolerance: float = 0.1  # what a safe peak may cost, a share of the loss, 0.001..1
minutes: float = 0.0  # time to keep to, 0.1..100000; 0: as long as it takes
dtype: str = "float64"  # of all numbers: one of float64, float32
device: str = "cpu"  # where to train: a device
workers: int = 0  # processes that share the work, 1..256; 0: the profile's
most_updates: int = 1_000_000_000  # a report that may need more is refused, 1..1e15

# %% tags=["profiles"]
# fmt: off
profiles = {
    "quick": {
        "schedules": ["constant(1)", "linear(1, 0, T)", "cosine(1, 0, T)", "wsd(T, 0, 0.3*T)"],
        "steps": 120, "tuning_seeds": 12, "n_seeds": 12, "workers": 1,
    },
    "standard": {
        "schedules": [
            "constant(1)", "linear(1, 0, T)", "cosine(1, 0, T)", "wsd(T, 0, 0.2*T)",
            "warmup_linear(T, 0.1*T)", "warmup_cosine(T, 0.1*T)", "exponential(0.01, T)",
        ],
        "steps": 400, "tuning_seeds": 12, "n_seeds": 16, "workers": 2,
    },
    "full": {
        "schedules": [
            "constant(1)", "linear(1, 0, T)", "cosine(1, 0, T)", "wsd(T, 0, 0.2*T)",
            "warmup_linear(T, 0.1*T)", "warmup_cosine(T, 0.1*T)", "exponential(0.01, T)",
            "inverse_sqrt(0.05*T)", "step(0.25*T, 0.3)", "warp(linear(1, 0, T), 0.5)",
            "wsd(T, 0.1*T, 0.3*T)", "sgdr(0.25*T)",
        ],
        "steps": 1000, "tuning_seeds": 24, "n_seeds": 32, "workers": 2,
    },
}
# fmt: on

# %%
from lrlib import reports
from lrlib.reports import shootout, standings, training

asked = {
    **{"task": task, "options": options, "batch_size": batch_size, "steps": steps},
    **{"schedules": schedules, "base_lrs": base_lrs, "minutes": minutes},
    **{"tuning_seeds": tuning_seeds, "n_seeds": n_seeds, "optimizer": optimizer},
    **{"momentum": momentum, "beta1": beta1, "beta2": beta2, "clip_norm": clip_norm},
    **{"weight_decay": weight_decay, "dtype": dtype, "device": device},
    **{"workers": workers, "most_updates": most_updates},
}
use = reports.settle(profile, profiles, **asked)
found = shootout.held(use)

# %% [markdown]
# ## Answer

# %%
shootout.answer(found, tolerance)

# %% tags=["nbval-ignore-output"]
shootout.bill(found, use["workers"])

# %%
shootout.lines(found, training.how(use))

# %% [markdown]
# ## Every schedule against the recommended one

# %%
standings.verdicts(found)

# %%
standings.forest(found)

# %% [markdown]
# A row a schedule: a dot for each seed, its mean, its 95 % interval, its verdict. *May be the best* is whatever no
# other schedule is shown to be better than; all pairs are compared, and Holm's rule keeps the chance that any
# verdict at all is wrong below 5 %. Of those, the recommended one has the fewest pieces, then the fewest numbers
# that somebody had to choose, then the earliest place in the list. *Seeds to tell*: how many would tell it from the
# recommended one in four of five cases, if the difference is what was seen.
#
# The difference is the mean over $n$ seeds,
#
# $$\bar d = \frac{1}{n} \sum_{i=1}^{n} \left( L_i - L_i^{\mathrm{rec}} \right),$$
#
# and its interval allows for skewness (`stats.limits`) and for the peaks, which other tuning seeds would have put
# elsewhere. Below zero is better.

# %% [markdown]
# ## What a wrong peak costs

# %%
standings.wrong_peaks(found, tolerance)

# %%
standings.peaks(found)

# %%
standings.sensitivity(found)

# %% [markdown]
# Above, the recommended schedule on the judging seeds, at rates around its peak: what half and twice the peak cost
# was measured there. Below, all of them on the tuning seeds, with their interpolated peaks as dots. A rate is *safe*
# when it and all between it and the peak are shown to cost no more than the share of the loss that was allowed
# (`tolerance`), and no run diverged.

# %% [markdown]
# ## What this does not show
#
# - **Other problems.** A ranking here says nothing about another model, optimizer or length of training; run it on
#   your own.
# - **Small differences.** *Cannot tell* means that this many seeds cannot separate two schedules, not that they
#   are equal.
# - **Other schedules.** Only those that are listed were tried, with the numbers they have there.
# - **Wall-clock time.** All schedules have the same number of updates.

# %% [markdown]
# ## How it was made
#
# Every schedule gets the same number of updates and its own peak, tuned on seeds of its own. All are then judged
# on other seeds, pair by pair: runs of one seed share initial weights, batches and noise.

# %%
shootout.made(found, use)

# %% tags=["nbval-ignore-output"]
reports.about()

# %%
reports.results(
    summary=shootout.summary(found, tolerance), **shootout.handed_over(found, tolerance)
)
