# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How much does one run say?
#
# *After this you can say how far two runs of the same program lie apart, which published gaps one pair of runs
# can show, and how many seeds the others would need.*
#
# Claims: speedrun-sigma, run-to-run-five-hundredths, seed-noise-at-any-size, schedules-are-noise,
# a-tenth-of-a-percent-from-one-pair, three-quarters-of-a-percent-from-one-pair,
# a-thousandth-from-one-speedrun - computes in under 20 s - data: logged runs of language models, OLMo's ladder, and
# the speedrun's losses, which are shipped

# %% [markdown]
# ## What is said
#
# Somebody trains two language models, one with each schedule; one ends a tenth of a percent lower. Is it better? Papers answer
# as if it were: a large model is trained once. Four statements about the noise behind such a gap:
#
# - Kaplan et al. (2020): run-to-run variation "is at the level of 0.05 in the loss", of about the same magnitude
#   "for different model sizes", and "variations among schedules appear to be statistical noise".
# - The NanoGPT speedrun: sigma is 0.0013, so one run 0.004 below the target is enough.
# - Bergsma et al. (2025): a cosine to zero is 0.1 % worse than a line to zero; decay to zero gains 0.77 %.
# - Everybody: it ends lower, so it is better.
#
# **Predict** before you run on: two runs of one program, same model, same data, other seeds. By how much do
# their final losses differ, in percent?

# %%
from lrlib.evidence import claims

mine = [
    name
    for name, claim in claims.register().items()
    if claim.notebook == "noise_of_one_run"
]
claims.at_hand(*mine)
my_prediction = 0.05  # percent: your number
print(f"predicted: {my_prediction} %; {len(mine)} claims and what is stored of them:")
for name in mine:
    print(f"{claims.judged(name).verdict.word:15} {claims.get(name).statement}")

# %% [markdown]
# ## How it is tested here
#
# Three sets of real runs in which one program was trained more than once:
#
# | runs | what differs between two runs of a program |
# |---|---|
# | speedrun, track 3: GPT-2 small on FineWeb, 39 programs with 6 runs or more | the seed, sometimes the machine |
# | logged runs: Llama-type models of the same size on SlimPajama, configurations trained twice | neither seed nor data: only rounding and the version of the program |
# | OLMo's ladder: five sizes, each cosine of Chinchilla length made again | what its authors changed; no note says what |
#
# *Noise* is the scatter of final held-out losses around the mean of a program. From it follows the gap that noise alone
# exceeds in one comparison of twenty: $1.96\,\sqrt 2\,\sigma$. A claim of a gap passes if the whole interval of that
# number lies below the gap. What counts as a program, which losses, which interval: all of it was in the register before any loss
# was pooled. The rules of the speedrun and some of its tables had been read; the register says so for each claim.
#
# Doubled runs need care. A cooldown continues a trunk, so three doubles of one trunk are not three pieces of
# evidence. Judged are eight: four cosines, and one cooldown of each of four doubled trunks.

# %% [markdown]
# ## The measurement
#
# First the speedrun. Take every run's loss minus the mean of its program, sort, and hold it against the normal
# distribution with the pooled standard deviation.

# %%
import numpy as np
from scipy import stats as scipy_stats

from lrlib import plot
from lrlib.evidence import speedrun
from lrlib.evidence.measures import noise

groups = speedrun.programs()
deviations = np.sort(np.concatenate([x - x.mean() for x in groups.values()]))
quantiles = scipy_stats.norm.ppf((np.arange(len(deviations)) + 0.5) / len(deviations))
sigma = noise.pooled()[0].value
print(f"sd {sigma:.5f} nats; the rule's sigma is {speedrun.SIGMA / sigma:.2f} times that")
plot.lines(
    quantiles,
    {"runs": 1000 * deviations, f"normal, {1000 * sigma:.1f}": 1000 * sigma * quantiles},
    title=f"{len(deviations)} runs of {len(groups)} programs scatter like a normal variable",
    xlabel="standard normal quantile",
    ylabel="loss minus the program's mean (0.001 nats)",
)

# %% [markdown]
# **We see** a nearly straight line. **This means** that one number, the standard deviation,
# describes this noise well, and that pooling programs with different optimizers and schedules is not absurd. **It does
# not mean** that every program has the same one; six to thirty runs each cannot say.
#
# Is it noise of the *evaluation*? Then two evaluations of one run, some steps apart, would scatter as much as two runs. Twenty
# runs of one program, evaluated on the way:

# %%
table = speedrun.curves()
muon = table[table.program.str.startswith("1bd8db7a")]
by_step = muon.pivot(index="run", columns="step", values="loss")
for step in (125, 1000, 2000, 3000, 3325):
    r = np.corrcoef(by_step[step], by_step[3350])[0, 1]
    print(f"step {step:4}: sd {by_step[step].std():.4f}, correlation with the end {r:.2f}")

# %% [markdown]
# A run that is lucky late stays lucky: evaluation adds next to nothing. Luck is decided on the way, well before the end, and
# the cooldown does not undo it.
#
# Now the runs that were made twice with the *same* seed and the same order of data.

# %%
pairs, every = noise.doubles(), noise.doubles(independent=False)
print(f"{len(every)} doubles, percent: {' '.join(f'{x:+.2f}' for x in every)}")
print(f"independent ones: {len(pairs)}, largest {np.abs(pairs).max():.2f} %")
for size, gap in noise.ladder_gaps().items():
    print(f"OLMo {size:>4}: rerun minus run {1000 * gap:+.1f} thousandths of a nat")

# %% [markdown]
# Fixing the seed does not make a run repeatable. Rounding, in an order that a GPU chooses anew, and a newer version of the
# program are enough: training amplifies them until two copies of one run lie apart as two runs do. A shared seed
# therefore does not make a *paired* comparison at this scale, as it does for the small float64 runs of the lessons.
#
# What can a few seeds show? `stats.detectable` gives the difference that $n$ pairs find four times in five.

# %%
from lrlib import stats

floors = {
    "logged runs, 124M": float(np.std(pairs, ddof=1)),
    "speedrun, 124M": 100 * np.sqrt(2) * sigma / 3.28,
}
n = np.arange(6, 65)
plot.lines(
    n,
    {name: np.array([stats.detectable(k, sd) for k in n]) for name, sd in floors.items()},
    title="A gap of a tenth of a percent takes several pairs of runs",
    xlabel="pairs of runs",
    ylabel="difference found 4 times in 5 (%)",
    y_range=(0, 0.12),
)

# %%
published = {
    "cosine against linear to zero, 0.1 %": 0.1,
    "10x decay against zero, 20 tokens a parameter, 0.77 %": 0.77,
    "one speedrun record, 25 steps": 100 * 25 * speedrun.PER_STEP / 3.28,
}
for name, gap in published.items():
    needed = [stats.seeds_needed(gap, sd) for sd in floors.values()]
    print(f"{name:54} {gap:.3f} %: {needed[0]:3} or {needed[1]:3} pairs")

# %% [markdown]
# Six pairs is the least at which `stats` gives a verdict at all, so the large gap is cheap to show. A tenth of a percent is at
# the edge of what one pair can show; the 25 steps between two neighbours on a leaderboard need more seeds than
# many of its results have.
#
# Last, schedules against noise, at one peak and length each: eight that decay to zero, all from warm-up.

# %%
among = np.sqrt(noise.among_schedules())
one = np.std(pairs, ddof=1) / np.sqrt(2)
print(f"scatter of one run {one:.3f} %; of eight schedules at one peak and length:")
print(" ".join(f"{x:.2f}" for x in among), "% (peaks rising, 25,000 and 50,000 steps)")

# %% [markdown]
# Compare the first two numbers, at the lowest peak, with the rest: there a long cooldown costs progress that a higher
# rate would have made in time. Kaplan's figure is for a peak at which the sum of rates was "sufficiently large".

# %% [markdown]
# ## The verdict

# %%
print(claims.measure("speedrun-sigma"), "\n")
print(claims.measure("run-to-run-five-hundredths"), "\n")
print(claims.measure("seed-noise-at-any-size"), "\n")
print(claims.measure("schedules-are-noise"))

# %%
print(claims.measure("a-tenth-of-a-percent-from-one-pair"), "\n")
print(claims.measure("three-quarters-of-a-percent-from-one-pair"), "\n")
print(claims.measure("a-thousandth-from-one-speedrun"))

# %% [markdown]
# ## A second way
#
# The same two scales from medians and from root mean squares, which weigh extremes and a constant shift
# differently.

# %%
gaps = [
    np.median(np.abs(x[:, None] - x)[np.triu_indices(len(x), 1)]) for x in groups.values()
]
robust = np.sqrt(np.mean(np.square(gaps))) / scipy_stats.norm.ppf(0.75) / np.sqrt(2)
print(f"speedrun: pooled sd {sigma:.4f}, from median differences {robust:.4f} nats")
rms = np.sqrt(np.mean(every**2))
print(
    f"doubles: sd of a difference {np.std(pairs, ddof=1):.3f} %, root mean square of all {len(every)} {rms:.3f} %"
)

# %% [markdown]
# ## What this does and does not show
#
# It shows the floor for models of 124 million parameters trained well: a gap below it, from one run each, is not told
# from chance. It does not show the floor at the published scale of billions of parameters. OLMo's five pairs reach 3 billion, and
# five pairs leave the slope with size open. Kaplan's 0.05 was read off runs of 3 million parameters that did not decay
# to zero. If it fails here, the claim "at any size" fails, and their small runs may have been as noisy as they wrote.
#
# A gap above the floor is not yet a fact about schedules: noise is one error, an untuned peak another, and
# usually the larger one (lessons 09 and 25). And a null result from a single pair says nothing below the floor: *cannot
# tell* is not *equal*.
#
# ## References
#
# - Kaplan et al. 2020, *Scaling laws for neural language models*, [arXiv:2001.08361](https://arxiv.org/abs/2001.08361), appendix D.6
# - Jordan et al. 2026, [modded-nanogpt](https://github.com/KellerJordan/modded-nanogpt), track 3, rules
# - Bergsma et al. 2025, *Straight to zero*, [arXiv:2502.15938](https://arxiv.org/abs/2502.15938)
# - Hägele et al. 2024, [arXiv:2405.18392](https://arxiv.org/abs/2405.18392); Schaipp et al. 2025, [arXiv:2501.18965](https://arxiv.org/abs/2501.18965): the logged runs
# - Bhagia et al. 2024, *Establishing task scaling laws via compute-efficient model ladders*, [arXiv:2412.04403](https://arxiv.org/abs/2412.04403): OLMo's ladder
# - Bonett 2006, *Approximate confidence interval for standard deviation of nonnormal distributions*, [doi:10.1016/j.csda.2004.10.003](https://doi.org/10.1016/j.csda.2004.10.003)

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
