# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which learning-rate schedule, at which peak?
#
# Every schedule gets the same number of steps and its own peak, tuned on seeds of its own. All are then judged
# on other seeds, pair by pair: runs with the same seed share initial weights, batches and noise.

# %% tags=["parameters"]
profile: str = "quick"  # how much to run: one of quick, full
task: str = "digits"  # what to train: one of digits, quadratic
schedules: list[str] = []  # schedule texts, at most 40, T is the steps; []: the profile's
steps: int = 0  # optimizer updates per run, 20..100000; 0: the profile's
n_seeds: int = 0  # judging seeds, 2..1000; 0: the profile's
base_lrs: list[float] = []  # peaks: 3 or more, at most 60, rising, 1e-6..1000; or []
label_noise: float = 0.2  # fraction of labels replaced at random (digits only), 0..0.9
workers: int = 0  # processes that share the work, 1..256; 0: the profile's
most_updates: int = 100_000_000  # a report that may need more is refused, 1..1e15

# %% tags=["profiles"]
# fmt: off
profiles = {
    "quick": {
        "schedules": ["constant(1)", "linear(1, 0, T)", "cosine(1, 0, T)", "exponential(0.01, T)"],
        "steps": 150,
        "n_seeds": 10,
        "base_lrs": [0.16, 0.32, 0.64, 1.28, 2.56],
        "workers": 1,
    },
    "full": {
        "schedules": [
            "constant(1)", "linear(1, 0, T)", "cosine(1, 0, T)", "exponential(0.01, T)",
            "inverse_sqrt(0.05*T)", "step(0.25*T, 0.3)", "restarts(cosine(1, 0, 0.25*T))",
            "warmup_cosine(T, 0.1*T)", "wsd(T, 0, 0.3*T)",
        ],
        "steps": 500,
        "n_seeds": 16,
        "base_lrs": [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
        "workers": 2,
    },
}
# fmt: on

# %%
from IPython.display import Markdown

from lrlib import plot, reports, stats, tasks, train
from lrlib.schedules import constant, parse_for

given = {
    "schedules": schedules,
    "steps": steps,
    "n_seeds": n_seeds,
    "base_lrs": base_lrs,
    "workers": workers,
}
use = reports.settle(profile, profiles, **given)
options = {"label_noise": label_noise} if task == "digits" else {}
problem = tasks.get(task, **options)
shapes = {text: parse_for(text, use["steps"]) for text in use["schedules"]}
judging_seeds = list(range(use["n_seeds"]))
tuning_seeds = list(range(100_000, 100_004))
how = {"steps": use["steps"], "workers": use["workers"]}

# %%
tuned = train.tune(problem, shapes, use["base_lrs"], tuning_seeds, **how)
rates, reference = tuned.sweep.base_lrs, tuned.reference
judged = train.sweep(problem, shapes, rates, judging_seeds, what="judging", **how)
losses = {text: judged.losses(peak)[text] for text, peak in tuned.peaks.items()}
shares = {text: judged.right(peak) for text, peak in tuned.peaks.items()}
right = {text: share[text] for text, share in shares.items() if share}
losses = stats.Losses(losses, right=right, reference=reference)
ranking = stats.ranking(losses)
ranking.insert(0, "peak", [tuned.peaks[text] for text in ranking.index])

# %%
noise = f", {label_noise:.0%} of the training labels replaced at random" if options else ""
Markdown(
    f"Task `{task}`{noise}; {use['steps']} steps a run; {len(shapes)} schedules x {len(rates)} peaks; "
    f"{len(tuning_seeds)} tuning and {len(judging_seeds)} judging seeds; plain SGD, float64."
)

# %% [markdown]
# ## Finding

# %%
others = " The others, on the judging seeds:" if len(shapes) > 1 else ""
chosen = (
    f"**`{reference}` at peak {tuned.peaks[reference]:g}** did best on the tuning seeds "
    "and is the reference."
)
lines = [chosen + others, ""]
phrases = {
    "worse": "worse than the reference",
    "cannot tell": "cannot be told from the reference",
    "better": "better than the reference",
}
for verdict, phrase in phrases.items():
    rows = ranking[ranking.verdict == verdict]
    named = [f"`{text}` (peak {row.peak:g})" for text, row in rows.iterrows()]
    lines += [f"- {phrase}: {', '.join(named)}"] if named else []
edge = [text for text, at_edge in zip(shapes, tuned.at_edge, strict=True) if at_edge]
if edge:
    lines += [
        f"- not tuned, so not judged fairly (best peak at the edge of the grid): {edge}"
    ]
n, together = len(judging_seeds), len(shapes) - 1
if n < stats.RANKS_BELOW and 2.0 ** (1 - n) * together >= 0.05:
    lines += [f"- {n} seeds can tell none of {together} differences at once: take more"]
baseline = next((text for text, shape in shapes.items() if shape == constant(1)), None)
if baseline and reference != baseline:
    gain = stats.compare(losses[reference], losses[baseline])
    against = stats.ranking(losses, baseline).verdict[reference]
    lines += ["", f"Against a constant rate at its own best peak, the reference ends {-gain.mean:.4f}",
              f"{problem.unit} lower, 95 % interval [{-gain.high:.4f}, {-gain.low:.4f}]: *{against}*."]  # fmt: skip
Markdown("\n".join(lines))

# %%
shown = list(ranking.index[:5]) + [
    text for text in (baseline,) if text in ranking.index[5:]
]
curves = {text: judged.ledgers(tuned.peaks[text])[text] for text in shown}
plot.house(
    curves,
    title=f"Lowest at the end: {ranking.index[0]} (each schedule at its tuned peak)",
    unit=problem.unit,
)

# %% [markdown]
# Above: the rate that each update used (dots: the rate intended). Below: held-out loss, a thin line for each judging
# seed and their mean; from 20 seeds on, its 95 % interval. A schedule has the same colour and line everywhere in this
# project. Next: the difference to the reference, a dot for each seed, its mean and its interval.

# %%
plot.forest(losses, like=judged, unit=problem.unit) if len(shapes) > 1 else None

# %% [markdown]
# ## Ranking
#
# `loss` is the mean held-out loss at the last step, `right` the share of held-out examples that are right, where that
# is defined. `difference` is the mean paired difference to the reference
# over the $n$ judging seeds,
#
# $$\bar d = \frac{1}{n} \sum_{i=1}^{n} \left( L_i - L_i^{\mathrm{ref}} \right),$$
#
# with its 95 % interval `ci_low` to `ci_high`: on each side the wider of Student's $t$ and of Hall's interval,
# which allows for skewness (`stats.limits`). Below zero is better. A verdict `alone` needs an interval without
# zero and at least 6 seeds; below 10 seeds, Wilcoxon's signed-rank test must agree. The `verdict`, which counts, is
# corrected for all comparisons of the table by Holm's rule. The reference was chosen before the judging, so it
# need not come first. The verdict against a constant rate is corrected for all comparisons with that rate.
# `T` in a schedule is the number of steps.

# %%
ranking.round(4)

# %% [markdown]
# ## Sensitivity to the peak

# %%
plot.sensitivity(
    judged,
    title="What a wrong peak costs (dots: the tuned peaks)",
    chosen=tuned.peaks,
    unit=problem.unit,
)

# %%
diverged = int(judged.diverged.sum())
Markdown(
    f"- Grid of peaks: {', '.join(f'{rate:g}' for rate in rates)}"
    + (
        f" ({tuned.widened} added because a best peak lay at the edge).\n"
        if tuned.widened
        else ".\n"
    )
    + f"- Diverged: {diverged} of {judged.diverged.size} judging runs, counted as a constant guess "
    f"({problem.guess:.4f} {problem.unit})."
)

# %% [markdown]
# ## What this does not show
#
# - **Other problems.** One task, one small model, plain SGD without momentum. A ranking here says nothing about
#   another model, optimizer or length of training; run it on your own.
# - **Small differences.** *Cannot tell* means that this many seeds cannot separate two schedules, not that they
#   are equal.
# - **All comparisons at once.** Each interval holds on its own; among many comparisons, one in twenty misses by
#   chance.
# - **The exact best peak.** Peaks come from a grid; the true optimum may lie between two of its points.

# %% [markdown]
# ## Environment and results

# %% tags=["nbval-ignore-output"]
Markdown(", ".join(f"{package} {number}" for package, number in reports.versions().items()))

# %%
reports.results(
    parameters={**use, "task": task, "most_updates": most_updates, **options},
    reference=reference,
    ranking=[
        {
            "schedule": text,
            "base_lr": row.peak,
            "loss": row.loss,
            "difference": row.difference,
        }
        | {"ci_low": row.ci_low, "ci_high": row.ci_high, "verdict": row.verdict}
        | {"at_edge": text in edge}
        for text, row in ranking.iterrows()
    ],
    seeds={"tuning": tuning_seeds, "judging": judging_seeds},
    base_lrs=list(rates),
    widened=tuned.widened,
    diverged=diverged,
    losses={text: values.tolist() for text, values in losses.items()},
    sensitivity=dict(zip(shapes, judged.result.mean(axis=2).tolist(), strict=True)),
)
