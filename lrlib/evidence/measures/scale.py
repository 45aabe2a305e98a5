"""Large batches; methods without a schedule or a rate; fine-tuning after a decay or none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from lrlib import stats, train
from lrlib.evidence import batches, finetuning, sweeps
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured
from lrlib.schedules import cosine, seesaw

TASKS = "breast_cancer", "spirals"
HORIZONS = 150, 300
GROWTH = 8, 16, 32  # batch sizes from which exponents are taken


def beyond(losses: stats.Losses, name: str, reference: str) -> Measured:
    """By how much one ends above a reference: mean paired difference, in per cent of the reference's mean.

    With the standard error that tuning adds, where both were tuned.
    """
    found = stats.compare(losses[name], losses[reference], also=losses.peak_error(name, reference))
    parts = {label: mean(losses[label]) for label in (name, reference)}
    return Measured.of(found, 100 / losses[reference].mean(), parts=parts)


def mean(values: np.ndarray) -> tuple[float, float, float]:
    """The mean of some runs with its interval."""
    return Measured.mean(values).numbers


def together(*found: tuple[str, Sequence[str]]) -> stats.Losses:
    """Losses of several stored sweeps, judged on the same seeds: (name, labels of its schedules), ..."""
    each = [sweeps.load(name, labels=labels).judged.losses() for name, labels in found]
    losses = {label: run for part in each for label, run in part.items()}
    return stats.Losses(losses, {label: some for part in each for label, some in part.excess.items()})


def peaks(sizes: Sequence[int]) -> dict[int, stats.Peak]:
    """The tuned peak of SGD at each batch size."""
    return {size: next(iter(sweeps.load(f"scale-batch-sgd/{size}").tuned.fitted.values())) for size in sizes}


@measures("linear-scaling-exponent")
def exponent() -> Measured:
    """p of best rate ~ batch size^p, over tuning seeds."""
    grids = [sweeps.load(f"scale-batch-sgd/{size}").grid for size in GROWTH]
    found = stats.peak_power(GROWTH, [g.base_lrs for g in grids], [g.result[0] for g in grids])
    each = peaks(GROWTH).items()
    parts = {f"batches of {size}": (peak.rate, peak.low, peak.high) for size, peak in each}
    return Measured.of(found, regime={"batch size": (8, 32)}, parts=parts)


scaled = cache(batches.scaled)


@measures("eight-times-the-batch")
def eight_times() -> Measured:
    return beyond(scaled(), "large", "small")


@measures("gradual-warm-up-large-batch")
def gradual_warm_up() -> Measured:
    return beyond(scaled(), "large, no warm-up", "large")


@measures("past-the-critical-batch")
def past_critical() -> Measured:
    return beyond(together(*((f"scale-batch-sgd/{b}", [f"batches of {b}"]) for b in (8, 256))),
                  "batches of 256", "batches of 8")  # fmt: skip


def exchanged(name: str) -> Measured:
    """What grows the batch over what lowers the rate, of `batches.ARMS`, at the rate tuned for the latter."""
    runs = batches.exchanged(name, batches.peak(name))
    return beyond(stats.Losses({arm: run.losses()[arm] for arm, run in runs.items()}), "batch", "rate")


@measures("increase-the-batch", minutes=1)
def increase() -> Measured:
    return exchanged("divided")


@measures("seesaw-same-loss", minutes=1)
def seesaw_loss() -> Measured:
    return exchanged("annealed")


@measures("seesaw-fewer-steps")
def seesaw_steps() -> Measured:
    steps = 100_000
    return Measured.exact(100 * (1 - seesaw(cosine(1, 0, steps), 1).steps / steps))


def scheduled() -> tuple[stats.Losses, str]:
    """Last losses of Schedule-Free AdamW and of AdamW's two decays, and which of these tuned better."""
    decays = sweeps.load("scale-adamw/600", labels=["linear", "cosine"])
    return together(
        ("scale-adamw/600", ["linear", "cosine"]), ("scale-free", ["Schedule-Free"])
    ), decays.tuned.reference


@measures("schedule-free-adamw")
def schedule_free() -> Measured:
    losses, better = scheduled()
    return beyond(losses, "Schedule-Free", better)


def planned() -> dict[int, train.Sweep]:
    """Runs of AdamW with a cosine that was planned for each of HORIZONS."""
    return {steps: sweeps.load(f"scale-adamw/{steps}", labels=["cosine"]).judged for steps in HORIZONS}


def on_the_way(steps: int) -> np.ndarray:
    """Held-out losses of the Schedule-Free run after so many of its updates, (seeds,)."""
    run = sweeps.load("scale-free").judged
    return run.heldout_loss[0, 0, :, run.heldout_steps.tolist().index(steps)]


@measures("schedule-free-anytime")
def anytime() -> Measured:
    ends = {steps: run.losses() for steps, run in planned().items()}
    scale = {steps: 100 / found["cosine"].mean() for steps, found in ends.items()}
    each = [scale[steps] * (on_the_way(steps) - found["cosine"]) for steps, found in ends.items()]
    excess = np.mean([scale[steps] * found.excess["cosine"] for steps, found in ends.items()], axis=0)
    found = stats.compare(np.mean(each, axis=0), np.zeros(len(each[0])), also=excess.std())
    parts = {f"after {steps} updates": mean(part) for steps, part in zip(ends, each, strict=True)}
    return Measured.of(found, parts=parts)


def right(method: str, task: str, schedule: str = "cosine") -> np.ndarray:
    """Share of held-out cases that a method at its defaults gets right in per cent, (seeds,)."""
    grid = sweeps.load(f"scale-rateless/{method}-{task}", labels=["cosine", "constant"]).grid
    return 100 * grid.right()[schedule]


def tuned_right(task: str) -> np.ndarray:
    """The same of AdamW at its tuned peak."""
    return 100 * sweeps.load(f"scale-tuned/{task}", labels=["cosine"]).judged.right()["cosine"]


def points(method: str, other) -> Measured:
    """How many points more are right than of another, mean of TASKS; other: task -> (seeds,)."""
    each = {task: right(method, task) - other(task) for task in TASKS}
    gained = np.mean([*each.values()], axis=0)
    parts = {task: mean(part) for task, part in each.items()}
    return Measured.of(stats.compare(gained, np.zeros(len(gained))), parts=parts)


@measures("prodigy-matches-tuned")
def prodigy() -> Measured:
    return points("prodigy", tuned_right)


@measures("d-adaptation-matches-tuned")
def d_adaptation() -> Measured:
    return points("d-adaptation", tuned_right)


@measures("mechanic-matches-tuned")
def mechanic() -> Measured:
    return points("mechanic", tuned_right)


@measures("prodigy-first-guess")
def first_guess() -> Measured:
    return points("prodigy-1e-8", lambda task: right("prodigy-1e-2", task))


@measures("stable-only-fine-tunes-better", minutes=1)
def stable_only() -> Measured:
    return beyond(finetuning.judged(), "constant", "cosine")
