# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A published claim, measured again
#
# One entry of the register of claims: what is claimed, how it is tested, what is stored, and what comes out now.

# %% tags=["parameters"]
profile: str = "quick"  # how much to run: one of quick, standard, full
claim: str = "linear-matches-cosine"  # the id of a claim; python -m lrlib claims lists them
workers: int = 0  # processes that train, 1..256; 0: the profile's
most_updates: int = 100_000_000  # a report that may need more is refused, 1..1e15

# %% tags=["profiles"]
profiles = {
    "quick": {"workers": 1},
    "standard": {"workers": 2},
    "full": {"workers": 2},
}

# %%
from IPython.display import Markdown

from lrlib import reports
from lrlib.reports import claim as measuring
from lrlib.reports import entry

given = {"claim": claim, "workers": workers, "most_updates": most_updates}
use = reports.settle(profile, profiles, **given)
found = measuring.again(use, reports.kept("sweeps"))

# %% [markdown]
# ## Answer

# %%
Markdown(entry.answer(found))

# %%
entry.picture(found)

# %% [markdown]
# A diamond is a value, the line its interval; the band is where the claim puts it; the vertical line is no effect, or
# the claimed number where a claim is that two things are equal. Rows after the first two are what the value is made of.

# %% [markdown]
# ## How it is tested
#
# Fixed before it was measured. The verdict follows from the interval and this alone: *reproduced* where the whole
# interval is where the claim puts the value; *direction only* where it is on the claimed side of no effect, and not
# wholly where it is claimed; *not reproduced* where no part of it is; *cannot tell* for all else.

# %%
Markdown(entry.protocol(found))

# %% [markdown]
# ## What this does not show
#
# - **Other settings.** A verdict is about the model, the data and the lengths of the protocol.
# - **That the paper is wrong.** A claim that does not reproduce here may hold where its authors measured it.
# - **New runs**, unless the answer says that they were trained again: quick and standard measure on stored or
#   published runs, or on closed forms. The profile full trains stored sweeps again, in a folder of its own.

# %% [markdown]
# ## Made with

# %% tags=["nbval-ignore-output"]
reports.about()

# %%
reports.results(summary=entry.said(found), **entry.results(found))
