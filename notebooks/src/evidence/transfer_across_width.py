# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Does the best rate move with the width of a network, and does muP keep it?
#
# *After this you can say by which power of the width Adam's best rate moved here, in the usual scaling and in muP, and how
# well twelve seeds determine that power.*
#
# Claims: standard-peaks-fall-with-width, mup-peak-stays, mup-tunes-gpt-from-forty-million - computes in under 10 s -
# data: none, a stored sweep

# %% [markdown]
# ## What is said
#
# A layer with $n$ inputs adds up $n$ terms. One update of Adam moves each weight by about the rate, and the moves are aligned
# with the inputs, so the output moves by about $n$ times the rate: to keep that, the rate has to fall as $1 / n$. The *maximal
# update parametrisation* (muP) of Yang et al. (2022) puts the $1 / n$ into the layers, so that the rate that is tuned on a small
# network can be used on a large one.

# %%
from lrlib.evidence import claims

for name in ("standard-peaks-fall-with-width", "mup-peak-stays"):
    print(claims.get(name).quoted, "-", claims.get(name).number)

# %% [markdown]
# ## How it is tested here
#
# Networks with two hidden layers of 16, 32, 64 or 128 units learn handwritten digits for 300 updates of Adam under a cosine to
# zero. At 64 units both scalings are the same network. For each width and scaling: twelve peaks on a grid of ratio $\sqrt 2$, twelve
# seeds, the best rate between the points of the grid. The statistic is the power $p$ of a straight line, $\ln$ best rate $= c + p \ln n$.
# Its interval draws the seeds anew, the same ones at all widths.
#
# The margins were fixed before training: $-1 \pm 0.25$ in the usual scaling; $0 \pm 0.15$ in muP, which over three doublings of the width is
# one step of the grid.
#
# **Predict**: the argument is about a *single* update. After 300, will the power still be $-1$?
#
# ## The measurement

# %%
from lrlib import plot
from lrlib.evidence.measures import stability

for scaling in ("standard", "muP"):
    found = stability.peaks(scaling)
    best = "  ".join(
        f"{width}: {peak.rate:.4f} [{peak.low:.4f}, {peak.high:.4f}]"
        for width, peak in found.items()
    )
    print(f"{scaling:9} {best}")

# %%
grids = {
    f"{width} units": stability.at_width("standard", width) for width in stability.WIDTHS
}
rates = grids["64 units"].base_lrs
plot.sensitivity(
    rates,
    {name: grid.result[0] for name, grid in grids.items()},
    title="Usual scaling: loss against rate",
)

# %%
grids = {f"{width} units": stability.at_width("muP", width) for width in stability.WIDTHS}
plot.sensitivity(
    rates,
    {name: grid.result[0] for name, grid in grids.items()},
    title="muP: loss against rate",
)

# %%
bests = {s: [p.rate for p in stability.peaks(s).values()] for s in ("standard", "muP")}
first = bests["standard"][0]
plot.lines(
    stability.WIDTHS, bests | {"1 / width": [first * 16 / width for width in stability.WIDTHS]},
    "The best rate at each width", "", "units in a hidden layer", "best rate", log_x=True, log_y=True,
)  # fmt: skip

# %% [markdown]
# The narrowest network is the one that a theory of wide ones says least about. The power without it:

# %%
for scaling in ("standard", "muP"):
    told = stability.power(scaling, stability.WIDTHS[1:])
    print(
        f"{scaling}: {told.value:+.2f} [{told.low:+.2f}, {told.high:+.2f}] from 32 units on"
    )

# %% [markdown]
# The verdict keeps all four widths, as was fixed. But where this power is nearer to what is claimed, a verdict from wider networks could be
# another one.
#
# Compare the two scalings not only by where a curve has its lowest point but also by how flat it is there. A flat curve forgives a rate
# that was carried over from another width, whatever the power. So what would carrying over have cost? Take the best rate at 16 units to 128:

# %%
import numpy as np

for scaling in ("standard", "muP"):
    grid, peaks = stability.at_width(scaling, 128), stability.peaks(scaling)
    carried = np.interp(np.log(peaks[16].rate), np.log(rates), grid.result[0].mean(axis=1))
    print(
        f"{scaling}: {carried:.3f} at the rate of 16 units, {peaks[128].loss:.3f} at the best rate of 128"
    )

# %% [markdown]
# ## The verdict

# %%
claims.measure("standard-peaks-fall-with-width")

# %%
claims.measure("mup-peak-stays")

# %% [markdown]
# And the sentence that made muP known:

# %%
claims.judged("mup-tunes-gpt-from-forty-million")

# %% [markdown]
# ## A second way
#
# A power also follows from the two ends alone, and from the means of the seeds' own best grid points, without any parabola.

# %%
for scaling in ("standard", "muP"):
    ends = [
        stability.at_width(scaling, width).result[0].argmin(axis=0).mean()
        for width in (16, 128)
    ]
    fitted = [peak.rate for peak in stability.peaks(scaling).values()]
    print(f"{scaling}: {np.log2(fitted[-1] / fitted[0]) / 3:.2f} from the two ends,",
          f"{(ends[1] - ends[0]) / 2 / 3:.2f} from the points of the grid")  # fmt: skip

# %% [markdown]
# The two estimates use half of the widths, so they scatter more than the line. The tests of the project compute the line's power once more,
# from the stored files with plain pandas.
#
# ## What this does and does not show
#
# It shows the move of a *tuned* peak over a factor of eight in width, in networks so narrow that a theory of wide ones need not
# hold. The argument for muP is about the limit of large widths, and the published transfer is over transformers with hundreds to
# thousands of units. So a power that differs from 0 in muP here does not refute transfer there; it forbids to take a network
# of 16 units for a proxy. Nor does a power other than $-1$ in the usual scaling refute the argument about one update: what ends best
# after a whole run is decided by more than the first step, and a straight line is a coarse summary where the points bend.
#
# Had widths from 256 units on been set in the protocol as the regime of the claim, nothing could have been told here.
# It was not, and adding it after the measurement is what this register forbids.
#
# Depth, batch size and length of the run were not varied; muP makes no promise about them.
#
# ## References
#
# - Yang, Hu, Babuschkin et al. 2022, *Tensor Programs V*, [arXiv:2203.03466](https://arxiv.org/abs/2203.03466).
# - Yang, Hu 2021, *Tensor Programs IV*, [arXiv:2011.14522](https://arxiv.org/abs/2011.14522).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
