# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which "equivalent" schedules are really equivalent?
#
# *After this you can say which statements about equal schedules are identities, which are approximations, and where
# each one ends.*
#
# Claims: growing-rate-replaces-weight-decay, chebyshev-steps-accelerate, silver-steps-accelerate,
# batch-growth-is-rate-decay, best-rate-saturates-with-the-batch, seesaw-keeps-the-loss,
# seesaw-saves-a-third-of-the-updates, averaging-replaces-decay, untuned-warmup-is-the-rectifier - computes in under 30 s - data: none

# %% [markdown]
# ## What is said
#
# "Is equivalent to", "is the same as", "replaces": nine such statements can be checked without a data set, because both sides
# can be computed.

# %%
from lrlib.evidence import claims

mine = [
    claim for claim in claims.register().values() if claim.notebook == "exact_equivalences"
]
for claim in mine:
    print(f"{claim.quoted}\n    {claim.paper}: {claim.number}")

# %% [markdown]
# ## How it is tested here
#
# An *identity* must hold to rounding: weights of both runs have to agree in direction to nine digits after every one of 300
# updates. An *acceleration* is an exponent: measured by running the steps, on the worst function of a family, and not by printing the
# bound. An *approximation* has a margin that was fixed before: 1 % of the loss for batches, 2 % for averages, a tenth of the peak
# for warm-ups. Losses are expected losses of SGD on a noisy quadratic with curvatures $1/k$, by an exact recursion.
#
# **Predict** which of the nine are exact, and which fails in the direction that helps you.

# %% [markdown]
# ## The measurement
#
# **Weight decay and a growing rate.** Where every layer is normalised, the length of a weight vector does not matter, only its
# direction. Then weight decay at a constant rate walks the same directions as a rate that grows exponentially, without
# weight decay. The control leaves the decay on by mistake.

# %%
import numpy as np

from lrlib import plot
from lrlib.evidence.measures import equivalences as exact

apart = {
    "growing rate, no decay": exact.directions(),
    "control: both": exact.directions(keep_decay=True),
}
for name, distance in apart.items():
    print(
        f"{name}: directions agree to 1e-9 after {np.mean(distance < 1e-9):.0%} of 300 updates"
    )

# %% [markdown]
# **Steps that accelerate.** Chebyshev steps know the range of curvatures; silver steps know nothing but their own number. Both
# make single steps that would diverge if repeated, and end lower than any constant rate.

# %%
n = np.array(exact.SILVER_STEPS)
worst = {
    f"{name} steps": np.array([exact.worst_value(k, name) for k in n])
    for name in ("silver", "constant")
}
plot.lines(n, worst, "Silver steps fall faster than 1/n in the worst case", "", "updates n", "worst f(x) - f*",
           log_x=True, log_y=True)  # fmt: skip

# %%
for condition in (1e2, 1e3, 1e4, 1e5):
    print(
        f"condition {condition:6g}: {exact.steps_needed(condition):4.0f} Chebyshev steps leave a hundredth"
    )

# %% [markdown]
# **Batch and rate.** Divide the rate by five, or multiply the batch by five: per sample, the noise is the same. What differs is the
# *signal*: five small steps contract a direction by $(1 - \eta h / 5)^5$, one large step by $1 - \eta h$. These agree
# for small $\eta h$ only.

# %%
for rate in (0.02, 0.1, 0.4, 0.8, 1.6):
    print(
        f"rate {rate}: the growing batch ends {exact.batch_for_rate(rate):+.2f} % from the falling rate"
    )

# %% [markdown]
# The same limit speaks in the best rate. For a *single* step the law $\eta_{max} / (1 + B_{noise} / B)$ is exact. For a run of
# two hundred updates, the best constant rate rises more slowly between its two ends. The protocol asks for the largest error of the
# fit, from a batch of 1/16 (more noise than one example has) to 4,096; over fewer batches any such form fits better, and the verdict
# below lies close to an edge for that reason:

# %%
best = exact.best_rates()
most, noise, fitted = exact.saturating(best)
plot.lines(exact.BATCHES, {"best for 200 updates": best, "fit of the law": fitted}, "The best rate of a whole run bends more slowly than that of a step",
           "", "batch size B", "best constant rate", log_x=True, log_y=True)  # fmt: skip

# %% [markdown]
# **Seesaw** changes both: rate over $\sqrt 2$, batch times 2. For SGD whose steps are normalised by the gradient's length, noise
# makes the length, and it falls by $\sqrt 2$ itself. As the signal grows, it makes the length too:

# %%
for signal in (1, 10, 100):
    ends = [exact.normalized(rule, signal=signal) for rule in ("seesaw", "halved")]
    print(
        f"signal {signal:3}: seesaw ends {100 * (ends[0] / ends[1] - 1):+.1f} % from halving, normalized SGD"
    )
ends = [exact.normalized(rule, plain=True) for rule in ("seesaw", "halved")]
print(
    f"plain SGD:  seesaw ends {100 * (ends[0] / ends[1] - 1):+.1f} %: its rate should stay as it is"
)

# %% [markdown]
# **Averaging and decay.** Both are rid of noise. The question is whether they are rid of as much, when both are tuned.

# %%
for name, loss in sorted(exact.averaging().items(), key=lambda item: item[1]):
    print(f"{name:20} {loss:.4f}")

# %% [markdown]
# A tail average may run at a rate that no schedule could afford at the end: the average, not the last iterate, is judged. So it
# can end below the *best possible* schedule of the last iterate. Equivalent to a decay of the
# rate it is not, in this model: it is more. (Which average stands for which weights of the gradients is an identity, in lesson 14; those weights
# are not what one constant-rate run and one decayed run have in common, because later gradients are taken elsewhere.)
#
# **Warm-ups.** RAdam's rectifier, and the rule of thumb that replaces it:

# %%
from lrlib.schedules import radam, untuned_exponential, untuned_linear

named = {
    "RAdam's rectifier": radam(0.999),
    "linear over 2000": untuned_linear(0.999),
    "exponential": untuned_exponential(0.999),
}
plot.schedules(
    named, 5000, "The rectifier rises like the two rules of thumb, but not at their pace"
)

# %%
for beta2 in (0.9, 0.99, 0.999, 0.9999):
    widest, at = exact.gap(beta2)
    print(f"beta2 = {beta2}: the gap is {widest:.2f} of the peak, at update {at}")

# %% [markdown]
# ## The verdict

# %%
claims.measure("growing-rate-replaces-weight-decay")

# %%
print(claims.measure("chebyshev-steps-accelerate"), "\n")
claims.measure("silver-steps-accelerate")

# %%
print(claims.measure("batch-growth-is-rate-decay"), "\n")
claims.measure("best-rate-saturates-with-the-batch")

# %%
print(claims.measure("seesaw-keeps-the-loss"), "\n")
claims.measure("seesaw-saves-a-third-of-the-updates")

# %%
claims.measure("averaging-replaces-decay")

# %%
claims.measure("untuned-warmup-is-the-rectifier")

# %% [markdown]
# ## A second way
#
# Each of the nine has a second route in the tests: closed forms for the recursions, the published formula for the exponents,
# another function for the identity. Two of them fit in a cell.

# %%
condition = 1e4
formula = np.arccosh(100) / np.arccosh((condition + 1) / (condition - 1))
print("Chebyshev:", bool(abs(formula / exact.steps_needed(condition) - 1) < 0.01))
halved = np.append(np.arccos(2 * 2.0 ** -np.arange(12) - 1) / np.pi, 1)
share = 1 - np.sum(np.diff(halved) / 2.0 ** np.arange(12))
print(
    "Seesaw's saving:",
    bool(
        abs(100 * share - claims.stored("seesaw-saves-a-third-of-the-updates").value) < 0.1
    ),
)

# %% [markdown]
# ## What this does and does not show
#
# It shows which of these statements may be used as an identity, in code and in arguments, and the quantity that limits each of
# the others: rate times curvature for batches, signal over noise for Seesaw, the length of the run for the best rate.
#
# It does not show how near a network of published size is to those limits. There the claims are about measured losses, and approximations
# within the noise of a run. A gap here that is larger than its margin says that the equality is not exact in the model in which it is explained; at scale it can
# still be too small to matter, as the warm-ups of Adam are: a gap in the rate of a few hundred updates need not show in the final loss
# of a hundred thousand. What the updates saved are worth in seconds depends on hardware.
#
# ## References
#
# - Li, Arora 2020, [arXiv:1910.07454](https://arxiv.org/abs/1910.07454).
# - Agarwal, Goel, Zhang 2021, [arXiv:2103.01338](https://arxiv.org/abs/2103.01338); Altschuler, Parrilo 2023,
#   [arXiv:2309.16530](https://arxiv.org/abs/2309.16530).
# - Smith, Kindermans, Ying, Le 2018, [arXiv:1711.00489](https://arxiv.org/abs/1711.00489); McCandlish and others 2018,
#   [arXiv:1812.06162](https://arxiv.org/abs/1812.06162).
# - Meterez and others 2025, [arXiv:2510.14717](https://arxiv.org/abs/2510.14717).
# - Sandler and others 2023, [arXiv:2301.02312](https://arxiv.org/abs/2301.02312).
# - Ma, Yarats 2021, [arXiv:1910.04209](https://arxiv.org/abs/1910.04209); Liu and others 2020,
#   [arXiv:1908.03265](https://arxiv.org/abs/1908.03265).

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
