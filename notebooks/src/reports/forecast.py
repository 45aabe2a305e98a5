# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What would another schedule, or a longer run, have given?

# %% tags=["parameters"]
profile: str = "quick"  # how many schedules are asked about: one of quick, standard, full
curves: list[str] = []  # logs of one model at one peak, at most 20 files; []: stored
what_if: list[str] = []  # schedule texts, at most 40, T is the steps; []: the profile's
steps: int = 0  # of the runs that were not made, 20..2e7; 0: as many as the longest run
base_lr: float = 0.0  # their peak rate, 1e-12..1e6; 0: that of the runs
unit: str = "nats"  # of the loss: a unit

# %% tags=["profiles"]
# fmt: off
profiles = {
    "quick": {"shapes": ["linear(1, 0, R)", "cosine(1, 0, R)", "wsd(R, 0, 0.2*T)"]},
    "standard": {
        "shapes": [
            "constant(1, R)", "linear(1, 0, R)", "cosine(1, 0, R)", "cosine(1, 0.1, R)",
            "wsd(R, 0, 0.2*T)", "wsd(R, 0, 0.5*T)",
        ],
    },
    "full": {
        "shapes": [
            "constant(1, R)", "linear(1, 0, R)", "linear(1, 0.1, R)", "cosine(1, 0, R)",
            "cosine(1, 0.1, R)", "wsd(R, 0, 0.1*T)", "wsd(R, 0, 0.2*T)", "wsd(R, 0, 0.4*T)",
            "wsd(R, 0, 0.6*T)", "exponential(0.1, R)", "polynomial(1, 0, R, 2)",
        ],
    },
}
# fmt: on

# %%
from IPython.display import Markdown

from lrlib import reports
from lrlib.reports import forecast

given = {"curves": curves, "what_if": what_if, "steps": steps, "base_lr": base_lr}
use = reports.settle(profile, profiles, **given)
told = forecast.told(use)

# %%
Markdown(forecast.STANDS_IN * (not curves) + told.answer)

# %%
Markdown(told.table)

# %%
told.picture(unit) if told.fit else None

# %% [markdown]
# Grey: the runs that were given, as means over blocks of steps. Coloured: the lowest forecasts, each with the 90 %
# interval of its last loss drawn at the end. The title is the lowest forecast.

# %% [markdown]
# ## Each run, forecast from the others

# %%
Markdown(told.held_out)

# %% [markdown]
# The only test on runs of your own. Where a run lies outside its interval, all intervals above
# are widened until it lies inside.

# %% [markdown]
# ## How good such forecasts are
#
# Forecasts of runs whose end is known, from one to three other runs of the same model, or from their own first part. Language models
# of Haegele et al. 2024 and Schaipp et al. 2025: `124M`, one model at four peaks; `again`, the same trained
# again; `extended`, runs made two and four times as long; `sizes`, eight other models. Those of Luo et al. 2025: `public`; of
# OLMo: `ladder`. A small model under SGD: `characters`, the only one that no limit of the method was chosen with in view.
# The interval was made from `124M` alone; the rest tests it. `covered` is the share of
# intervals (nominally 90 %) that hold the loss that came, `width` their median half-width, `law`, `known` and `by_steps` the median errors of
# the forecast, of the last loss of the most similar run, and of a power law of the step: all in percent.

# %%
quality = forecast.quality()
quality.round(1)

# %%
Markdown(forecast.said_of(quality))

# %% [markdown]
# ## How it is done
#
# Two laws, each in two forms, are fitted to all runs together (`lrlib.evidence.forecast.LAWS`): the multi-power law (Luo et al. 2025,
# [arXiv:2503.12811](https://arxiv.org/abs/2503.12811)) and the annealing law (Tissue et al. 2024,
# [arXiv:2408.11029](https://arxiv.org/abs/2408.11029)). The forecast is their median. A scale $s$ is made of how far the laws disagree, how far
# they miss the ends of the runs, how far the forecast lies from the nearest known loss, and the noise. The interval is
#
# $$\left[\hat L e^{-q s},\ \hat L e^{q s}\right],$$
#
# where $q$ is the quantile of $|\log(L / \hat L)| / s$ that held nine of ten runs of the data `124M` (split conformal prediction).

# %% [markdown]
# ## What this does not show
#
# - **Another peak, model, batch size or data.** A fit is about runs that differ in their schedule alone.
# - **Instability.** No law knows that a run without warmup, or a longer one at the full rate, may diverge.
# - **A choice between close schedules.** Forecasts share their errors: intervals that overlap do not say which is lower; train both.
# - **A kind of training unlike the public runs.** They are language models; the coverage of nine in ten is theirs.

# %% [markdown]
# ## Environment and results

# %% tags=["nbval-ignore-output"]
reports.about()

# %%
reports.results(**told.results())
