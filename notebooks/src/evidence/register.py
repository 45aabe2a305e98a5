# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What holds of what is said about schedules?
#
# *After this you can say which published claims were measured here, what each measurement supports, and why some
# cannot be told on a small machine.*
#
# Much of what is said about learning-rate schedules is repeated, and seldom measured again. This is a register of
# such claims. For each one there is a protocol: the data, the model, the number that counts, how far it may
# lie from the published one. The protocol was committed to the project's history before the measurement was made, and
# a test says so; where some of the outcome was known by then, as from published tables, *known beforehand* says what.
# The measurement is written by code, beside the files that it was computed from. The verdict is written nowhere: one
# function computes it from the two.

# %%
from lrlib.evidence import claims

for word, count in claims.counts().items():
    print(f"{word.lower():16}{count:3}")
print(f"{'all':16}{len(claims.register()):3}")

# %% [markdown]
# ## How to read a verdict
#
# - **reproduced**: the whole interval lies where the claim puts the number.
# - **direction only**: the effect is on the side that was claimed. Its size is another one, or is not known well
#   enough.
# - **not reproduced**: the interval holds nothing of what was claimed, and the effect is not on the claimed side.
# - **cannot tell**: the interval holds values that agree and values that do not; or fewer than six runs; or the claim
#   is about models and lengths that are out of reach here. This is a result as well.
#
# How far a number may lie from the published one follows from the claim: where 0.8 % is claimed, a margin of 2 % would
# prove nothing, and the register refuses it. Each interval holds by itself. With so many of them, some miss by
# chance, as many as this in the long run:

# %%
print(f"{claims.misses():.0f} of {len(claims.register())}")

# %% [markdown]
# A small model on a small data set says little about a large one. Most claims here that are trained, are trained
# on one processor in minutes; most claims about language models are measured on the logs of other people's runs. Each
# notebook says what its result does and does not show about the published scale. A null result at small scale does
# not refute a claim about a large one, and a reproduced one does not prove it.
#
# The names in brackets lead to the notebooks, where each number is computed before your eyes. The same table, to
# sort and to filter, with a picture for each claim: `python -m lrlib claims --page claims.html`. One claim with its whole
# protocol: `python -m lrlib claims` and its name.

# %%
from lrlib.reports import register

# %% [markdown]
# ## The noise of one run, and records

# %%
register.table("noise")

# %% [markdown]
# ## Warm-up, stable, decay against cosine, at the scale of language models

# %%
register.table("ladder")

# %% [markdown]
# ## Cooldowns, averages, horizons, at the scale of language models

# %%
register.table("logs")

# %% [markdown]
# ## Bounds and laws that predict losses

# %%
register.table("laws")

# %% [markdown]
# ## What can be computed exactly

# %%
register.table("exact")

# %% [markdown]
# ## Budgets, rankings, cycles

# %%
register.table("budgets")

# %% [markdown]
# ## Stability, warm-up, width

# %%
register.table("stability")

# %% [markdown]
# ## Batches, averages, optimizers without a schedule

# %%
register.table("scale")

# %% [markdown] tags=["navigation"]
# [All lessons](../lessons/index.ipynb)
