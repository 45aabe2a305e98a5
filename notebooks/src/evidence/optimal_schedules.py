# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What does the best possible schedule look like?
#
# *After this you can say what an optimal schedule is on problems where it can be computed, when it is a power decay and
# when it waits at the top, and how much a common family loses.*
#
# Claims: greedy-rates-are-too-small, power-decay-with-the-predicted-exponent, hard-tasks-want-warmup-stable-decay,
# no-common-family-is-optimal, warmup-is-optimal-in-linear-regression - computes in under 40 s - data: none

# %% [markdown]
# ## What is said
#
# - Wu, Ren, Liao and Grosse (2018): rates that are chosen for the near future are too small, "by multiple orders of
#   magnitude" for networks, and with "a serious bias" on the noisy quadratic.
# - Li and others (2026): on tasks with power-law spectra, the optimum is a power decay with exponent $2\beta - 1$ when the task is
#   easy ($s \ge 1 - 1/\beta$), and waits at the largest allowed rate, with a decay that takes a vanishing share, when it is hard.
# - Naganuma, Agarwala, Kasimbeg and Dahl (2026): warm-up and decay are robust features of good schedules, and common families
#   are not optimal, linear regression included.
#
# Here $\beta$ says how fast the curvatures fall ($h_k = k^{-\beta}$), and $s$ how much of the signal lies in flat directions
# ($h_k a_k = k^{-(\beta s + 1)}$): small $s$, hard task.

# %% [markdown]
# ## How it is tested here
#
# The expected loss of SGD on a noisy quadratic is an exact function of the whole sequence of rates, and so is its
# derivative. So *all* rates are optimised together, hundreds of numbers, and nothing is trained. No rate may exceed 1, which is the
# inverse of the largest curvature. The exponents, the families and their own parameters were fixed before; two protocols changed after a first look, and
# the register says what had been seen.
#
# **Predict**: does the optimal schedule of a noisy quadratic begin with a warm-up?

# %% [markdown]
# ## The measurement

# %%
import numpy as np

from lrlib import plot, theory
from lrlib.evidence import claims
from lrlib.evidence.measures import optimal

best, greedy = (
    optimal.optimum("harmonic", 400),
    theory.greedy_rates(400, **optimal.HARMONIC),
)
plot.lines(np.arange(400), {"optimal for the end": best, "greedy": greedy}, "Greedy rates fall too early", "",
           "update", "rate", log_y=True)  # fmt: skip

# %% [markdown]
# Both schedules know everything about the problem. The greedy one takes at every update the rate that lowers the loss most *now*. A
# steep direction is noisy, and quieting it pays at once; a flat direction needs many large steps, and pays late. So the greedy
# rate falls while there is still far to go.
#
# Next the easy task, at four lengths. On logarithmic axes with the time that is *left*, a power decay is a straight line.

# %%
easy = {T: optimal.optimum("easy", T) for T in (200, 400, 800)}
left = np.linspace(0.1, 1, 60)
shown = {
    f"{T} steps": np.interp(left, 1 - np.arange(T)[::-1] / T, rates[::-1] / rates.max())
    for T, rates in easy.items()
}
plot.lines(left, shown | {"power 3": left**3}, "The longer the run, the nearer to the predicted power", "",
           "share of the run that is left", "rate / highest rate", log_x=True, log_y=True)  # fmt: skip

# %%
for T, rates in easy.items():
    p, c = optimal.power(rates)
    print(f"{T} steps: rate ~ (1 - t/T + {c:.2f})^{p:.2f}")

# %% [markdown]
# A finite run does not end at zero: noise in the last few updates cannot be averaged out by anything later. The offset in the
# fitted form says how far a run is from an endless one.
#
# The hard task, with a tenth of the noise per direction and most of the signal in flat ones:

# %%
hard = {T: optimal.optimum("hard", T) for T in (100, 200)}
plot.lines(np.arange(-30, 0), {f"{T} steps": rates[-30:] for T, rates in hard.items()},
           "On a hard task the optimum stays at the largest allowed rate until shortly before the end", "", "updates before the end", "rate",
           y_range=(0, 1.05))  # fmt: skip

# %% [markdown]
# And the price of a family. Each member has its own tuned peak, each family the best value of its own parameter.

# %%
for task in ("easy", "hard"):
    ranked = sorted(optimal.excess(task).items(), key=lambda item: item[1])
    print(task, *(f"{name}: {gap:.1f} %" for name, gap in ranked), sep="\n  ")

# %% [markdown]
# The order of the families turns around between the two tasks: this is what "which schedule is best" depends on.
#
# The last claim is about linear regression. There the gradient noise shrinks with the loss, because the noise of an example
# comes through its error. On the noisy quadratic it does not.

# %%
squares = optimal.best_for_least_squares()
bowl = theory.optimal_rates(100, optimal.SPECTRUM, max_rate=1.0)
plot.lines(np.arange(100), {"least squares": squares / squares.max(), "noisy quadratic": bowl / bowl.max()},
           "Where noise shrinks with the loss, the optimum rises at first - a little", "", "update", "rate / highest rate",
           y_range=(0, 1.05))  # fmt: skip

# %% [markdown]
# ## The verdict

# %%
claims.measure("greedy-rates-are-too-small")

# %%
claims.measure("power-decay-with-the-predicted-exponent")

# %%
claims.measure("hard-tasks-want-warmup-stable-decay")

# %%
claims.measure("no-common-family-is-optimal")

# %%
claims.measure("warmup-is-optimal-in-linear-regression")

# %% [markdown]
# ## A second way
#
# In continuous time the optimum solves an Euler-Lagrange equation. Let $R$ be the sum of the rates still to come, and $K(R)$ what
# noise of now leaves at the end: then $\eta \propto K(R)^{-1/2}$. With $K(R) \sim R^{-(2 - 1/\beta)}$, this is the power decay with exponent
# $2\beta - 1$: no search at all. The tests solve it for the easy and the harmonic task and compare; for the hard one they search the last forty rates again. Here its first sign, for rates found by search: along
# the optimum, $\eta \sqrt{K}$ is constant.

# %%
rates = easy[800]
to_come = np.cumsum(rates[::-1])[::-1] - rates / 2
h = optimal.EASY["curvatures"]
kernel = np.exp(-2 * np.outer(to_come, h)) @ h**2
flat = (rates * np.sqrt(kernel))[40:-40]
print(
    f"rates fall by a factor of {rates[40] / rates[-40]:.0f}; rate * sqrt(K) varies by {100 * (flat.max() / flat.min() - 1):.0f} %"
)

# %% [markdown]
# ## What this does and does not show
#
# It shows what follows from a spectrum, a noise and a length, when all three are known. The hard task is measured at a few hundred steps, where
# a cooldown is only a few updates long, and whole updates are counted: the share of the run falls in jumps. One update more or less moves
# the exponent by more than its distance from the edge of the claim, and the continuous equation, which knows no whole updates, finds a
# steeper fall (near -0.14 at the same lengths). So this verdict rests on rounding, and does not contradict a theorem about endless runs.
# The exponent of the easy task is one of a finite run, too: by the same equation it goes on falling with the length, a little below the
# predicted one and within the margin up to 12,800 steps.
#
# It does not show the best schedule of a network. There the spectrum moves during training, momentum and Adam change what a rate does, and nobody knows $s$. A regret of
# a few per cent here is a regret of the *excess* loss, above a floor that the published losses of language models include; at
# their scale it would be far smaller. And a warm-up that is hardly there in this regression says nothing about warm-up in a
# network, whose reasons (curvature at the start, Adam's first steps) are not in a quadratic. The regression of the
# paper may differ in spectrum, batch and noise.
#
# ## References
#
# - Wu, Ren, Liao, Grosse 2018, [arXiv:1803.02021](https://arxiv.org/abs/1803.02021).
# - Li, Wang, Chen, Zhao, Zheng, Wu 2026, [arXiv:2602.06797](https://arxiv.org/abs/2602.06797); the functional scaling law:
#   [arXiv:2509.19189](https://arxiv.org/abs/2509.19189).
# - Naganuma, Agarwala, Kasimbeg, Dahl 2026, [arXiv:2603.10301](https://arxiv.org/abs/2603.10301).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
