# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Gallery of schedules
#
# *After this you can find a schedule by its shape, and know its formula, where it comes from and when people use it.*
#
# Needs 00 - 10 min - computes in under 10 s - CPU
#
# Answers: How do I choose it? / How do I implement it?

# %% tags=["parameters"]
total_steps: int = 200  # what T stands for in the examples, 20..5000

# %% [markdown]
# Every picture shows the *factor* (lesson 00) at steps 0 to $T - 1$; the text in code font makes the schedule:
# `parse(text, T=200)`, or the same line in Python. In the formulas $t$ is the step, $p = t / T$ the part of the run
# that is over, and $\eta_t$ the factor, that is, the rate in units of `base_lr`. Colours say how a
# schedule decays, as everywhere in this project. The gallery is made from the library's own list, so it is complete:
# `python -m lrlib schedules` prints the same.

# %%
from IPython.display import Markdown, display

from lrlib import plot
from lrlib.schedules import catalogue


def show(family):
    entries = [entry for entry in catalogue() if entry.family == family]
    about = (
        f"- **{e.name}** `{e.example}`: ${e.formula}$. {e.origin} *{e.source}*"
        for e in entries
    )
    display(Markdown("\n".join(about)))
    pictures = {entry.name: entry.schedule(total_steps) for entry in entries}
    return plot.gallery(
        pictures, total_steps, f"{family.capitalize()}: {len(entries)} schedules"
    )


families = list(dict.fromkeys(entry.family for entry in catalogue()))
print(f"{len(catalogue())} schedules in {len(families)} families: {', '.join(families)}")

# %% [markdown]
# ## Constant and stairs
#
# Nothing changes, or it changes at once. The last step before a drop is the last at the old rate (lesson 05).

# %%
show("constant and stairs")

# %% [markdown]
# ## Exponential and inverse
#
# Fast at first, slow at the end: what looks like a long decay is mostly over early (lesson 06). A sweep of rates
# for a range test (lesson 03) is the same curve upwards.

# %%
show("exponential and inverse")

# %% [markdown]
# ## Linear and polynomial
#
# Straight to the floor, or bent on the way; the exponent says how much of the run stays near the peak (lesson 07).

# %%
show("linear and polynomial")

# %% [markdown]
# ## Cosine
#
# Flat at both ends. Past its end a cosine is held here; some libraries let it climb again (lesson 08).

# %%
show("cosine")

# %% [markdown]
# ## Warmup
#
# A rise before whatever follows (lesson 11). `>>` puts the decay after it, `*` lets both run from the start.

# %%
show("warmup")

# %% [markdown]
# Many of these are over after a twentieth of the run, and look alike. From nearer:

# %%
early = [entry for entry in catalogue() if entry.example.endswith("constant(1)")]
early = {e.name: e.schedule(total_steps) for e in early if e.family == "warmup"}
plot.gallery(
    early, max(3, total_steps * 3 // 20), f"The first 15 % of the run: {len(early)} rises"
)

# %% [markdown]
# ## Inverse root and power law
#
# Decays that need no horizon, and so never reach zero.

# %%
show("inverse root and power law")

# %% [markdown]
# ## Stable and decay
#
# A long constant stretch and a short fall: the run can be extended before the fall begins (lesson 13).

# %%
show("stable and decay")

# %% [markdown]
# ## Cyclic
#
# Waves fall and climb; restarts fall and jump. They are not the same (lesson 09). One-cycle has lesson 10.

# %%
show("cyclic")

# %% [markdown]
# ## Theory
#
# Rates that a proof asks for. Chebyshev and silver steps are for deterministic gradients only.

# %%
show("theory")

# %% [markdown]
# ## Operators
#
# What makes new schedules out of others: the text inside is the schedule that is changed.

# %%
show("operators")

# %% [markdown]
# ## What this does not show
#
# Which one to use: a picture says nothing about training. The lessons compare schedules at their own tuned peaks,
# and `python -m lrlib report shootout` does so for your budget.

# %% [markdown] tags=["navigation"]
# [Previous: A popular program, repaired](article.ipynb) | [All lessons](index.ipynb)
