# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What did the learning rate really do?

# %% tags=["parameters"]
profile: str = "quick"  # how much to list: one of quick, standard, full
log: str = ""  # the training log, a file or folder; empty: a small run with a fault
schedule: str = ""  # what was planned: a schedule text or preset; empty: not said
base_lr: float = 0.0  # the planned peak, 1e-12..1e6; 0: not known
steps: int = 0  # what T stands for, 1..1e9; 0: as the log says
accumulation: int = 0  # batches an update, 1..65536; 0: not known
processes: int = 0  # that train together, 1..1000000; 0: not known
epoch_steps: int = 0  # updates an epoch, 1..1e9; 0: not known
listed: int = 0  # schedules that are listed at most, 1..50; 0: the profile's

# %% tags=["profiles"]
profiles = {
    "quick": {"listed": 4},
    "standard": {"listed": 8},
    "full": {"listed": 50},
}

# %%
from lrlib import reports
from lrlib.reports import doctor

given = {
    **{"log": log, "schedule": schedule, "base_lr": base_lr, "steps": steps},
    **{"accumulation": accumulation, "processes": processes},
    **{"epoch_steps": epoch_steps, "listed": listed},
}
use = reports.settle(profile, profiles, **given)
case = doctor.examined(use)

# %% [markdown]
# ## Answer

# %%
doctor.answer(case, is_example=not log)

# %%
doctor.figure(case)

# %% [markdown]
# Dots are what the log holds. Below, how far each is from the plan, or where nobody gave one from the fitted schedule;
# the grey band is what the digits of the log leave open.

# %%
doctor.fix(case)

# %% [markdown]
# ## Schedules that give every logged rate

# %%
doctor.also(case, use["listed"])

# %% [markdown]
# A schedule is listed where each logged rate is within half a unit of its last digit, the shortest to say first. More
# than one means that the log cannot tell them apart: a straight line and half a cosine through three points are the
# same.

# %% [markdown]
# ## What was read

# %%
doctor.read(case)

# %% [markdown]
# ## What this does not show
#
# - **What was not logged.** Between two rows the rate may have done anything; a fault that comes and goes there is not
#   seen.
# - **What the optimizer made of it.** A log holds what somebody wrote down. Whether the optimizer used it, a ledger
#   says: `with Ledger.watch(optimizer) as ledger:`.
# - **Why.** A fault is named because it gives these numbers. Another fault with the same numbers is possible, and the
#   loop decides.

# %% [markdown]
# ## How it was made
#
# `python -m lrlib report doctor -p log FILE` reads a log; `-p schedule "warmup_cosine(T, 100)" -p steps 1000` or a
# preset such as `-p schedule "hf.cosine(total_steps=T, warmup_steps=100)"` says what was planned. Without a log a small
# run with a fault stands in.

# %% tags=["nbval-ignore-output"]
reports.about()

# %%
reports.results(summary=doctor.summary(case), **doctor.handed_over(case, use["listed"]))
