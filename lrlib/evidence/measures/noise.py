"""The noise of one run, what it forbids to claim, and what it leaves of the schedules of the speedrun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats as scipy_stats

from lrlib import stats
from lrlib.evidence import claims, ladder, runs, speedrun
from lrlib.evidence.verdicts import Measured

PAIRS = {  # claim -> what was replaced and what replaced it: program, the step of its result
    "aux-cooldown-saves-steps": (("20260430_muonh", 3325), ("20260611_muonh_tuned_aux_3250", 3250)),
    "split-cooldown-saves-steps": (
        ("20260501_contra_muon", 3225),
        ("20260509_contra_muon_split_cooldown", 3175),
    ),
    "power-cooldown-saves-steps-klsoap": (
        ("20260508_klsoap_h_clean_tuple_sweep/b1095_sh090", 3125),
        ("20260511_klsoap_h_lr_power_decay", 3040),
    ),
    "power-cooldown-saves-steps-muon": (
        ("20260506_trustlight/idea_10e_attnproj_bounded_trust_floor_soapish", 3125),
        ("20260509_contra_soft_muon", 3030),
    ),
    "power-decay-saves-steps-over-linear": (
        ("20260611_muonh_tuned_aux_3250", 3250),
        ("20260722_muonh_power04_3150", 3150),
    ),
}
TUNED_ON = "seed01"  # the seed of the pull request on which its schedule was chosen
RERUNS = {  # record of track 1 -> its program, and the folders in which others ran it again, all at `planned`
    60: (1775, "2026-01-16_FusedSoftcappedEntropy", ("2026-01-18_UnifiedOptimizers/baseline",)),
    75: (1490, "2026-02-23_CrossEntropyKernel", ("2026-02-28_TransposeCopyBackward/baseline",)),
    77: (1490, "2026-03-06_SimplifyHC", ("2026-03-22_VarlenMaxDocs/baseline",)),
    78: (1490, "2026-03-22_VarlenMaxDocs/combined", ("2026-04-04_FuseCEFwdAndBwd/baseline",)),
    80: (
        1480,
        "2026-04-08_PairedHeadMuon/logs",
        (
            "2026-04-22_MuddFormer/baseline-s1480",
            "2026-04-29_XSAGatedLayers/baseline-s1440",
            "2026-05-07_XSAGatedLayers/master-s1480",
        ),
    ),
    82: (
        1450,
        "2026-04-29_XSAGatedLayers/this_pr_v1-s1410",
        ("2026-05-07_XSAGatedLayers/xsa-gated-s1410",),
    ),
}
SCHEDULES = 8  # that decay to zero, at each peak and length that counts


@dataclass(frozen=True)
class Gap:
    """Mean of one group of runs minus that of another, no seed shared: Welch's interval and p-value."""

    value: float
    low: float
    high: float
    n: int
    p: float


def gap(losses, others) -> Gap:
    """Mean loss minus mean of others, (n,) and (m,) of at least 2; n of the result counts both.

    Welch 1947, The generalization of Student's problem, Biometrika 34:28-35.
    """
    found = scipy_stats.ttest_ind(losses, others, equal_var=False)
    low, high = found.confidence_interval(0.95)
    value = float(np.mean(losses) - np.mean(others))
    return Gap(value, float(low), float(high), len(losses) + len(others), float(found.pvalue))


def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Losses of the old result and of the new one at their own steps, of a claim of PAIRS."""
    (old, old_step), (new, new_step) = PAIRS[name]
    return _judged(old, old_step), _judged(new, new_step)


def saved(name: str) -> Gap:
    """Steps saved at equal loss, of a claim of PAIRS: (old - new steps) + (old - new loss) / PER_STEP."""
    steps, found = PAIRS[name][0][1] - PAIRS[name][1][1], gap(*pair(name))
    value, low, high = (steps + x / speedrun.PER_STEP for x in (found.value, found.low, found.high))
    return Gap(value, low, high, found.n, _two_sided(*pair(name), -steps * speedrun.PER_STEP))


def _two_sided(losses, others, shift: float) -> float:
    return float(scipy_stats.ttest_ind(losses - shift, others, equal_var=False).pvalue)


def _judged(program: str, step: int) -> np.ndarray:
    """Losses of a program at a step, without the seed on which it was tuned."""
    table = speedrun.curves()
    table = table[(table.program == program) & (table.step == step)]
    return table.loss[~table.log.str.rpartition("/")[2].str.startswith(TUNED_ON)].to_numpy()


def pooled() -> tuple[Measured, float]:
    """Standard deviation of one run around its program's mean, with Fieller's interval, and the mean loss."""
    groups = list(speedrun.programs().values())
    squares = [((x - x.mean()) ** 2).sum() for x in groups]
    found = stats.ratio(squares, [len(x) - 1 for x in groups])
    root = np.sqrt([found.value, found.low, found.high])
    return Measured(*map(float, root), n=len(groups)), float(np.concatenate(groups).mean())


@claims.measures("speedrun-sigma")
@claims.measures("run-to-run-five-hundredths")
def scatter() -> Measured:
    return pooled()[0]


@claims.measures("a-thousandth-from-one-speedrun")
def from_one_speedrun() -> Measured:
    sd, mean = pooled()
    return Measured.of(sd, 100 * scipy_stats.norm.ppf(0.975) * np.sqrt(2) / mean)


def doubles(independent: bool = True) -> np.ndarray:
    """Relative differences of run and rerun, (n,), in percent: the 16 configurations that occur in grad_norm.

    independent: only the four cosines and the four linear cooldowns, each of its own trunk; else the constant
    trunks and the 1-sqrt cooldowns too, which continue them.
    """
    table, twins = runs.table(), runs.twins()
    twins = twins[twins.again.str.startswith("grad_norm/")]
    if independent:
        twins = twins[(twins.schedule == "cosine") | (twins["shape"] == "linear")]
    first, second = (table.loss.loc[twins[column]].to_numpy() for column in ("run", "again"))
    return 100 * (second - first) / (second + first) * 2


@claims.measures("a-tenth-of-a-percent-from-one-pair")
@claims.measures("three-quarters-of-a-percent-from-one-pair")
def from_one_pair() -> Measured:
    found = stats.seed_noise(doubles(), np.zeros(len(doubles())))
    q = scipy_stats.norm.ppf(0.975)
    return Measured(*(q * x for x in (found.paired_sd, found.paired_low, found.paired_high)), n=found.n)


def among_schedules() -> np.ndarray:
    """Variances among SCHEDULES that decay to zero, of final losses in percent of their mean: shape (8,)."""
    table = runs.table()
    table = table[(table.data == "slimpajama") & (table.layers == 12) & (table.folder == "")]
    table = table[(table.end == 0) & ((table.cooldown == 0) | (table.cooldown.between(0.1, 0.9)))]
    table = table.drop_duplicates(["peak", "steps", "schedule", "cooldown", "shape"])
    settings = [group.loss for _, group in table.groupby(["peak", "steps"]) if len(group) == SCHEDULES]
    return np.array([np.var(100 * each / each.mean(), ddof=1) for each in settings])


@claims.measures("schedules-are-noise")
def schedules_against_noise() -> Measured:
    noise, among = np.var(doubles(), ddof=1) / 2, among_schedules()
    between = len(among) * (SCHEDULES - 1), len(doubles()) - 1
    q = scipy_stats.f.ppf([0.975, 0.025], *between)
    value = among.mean() / noise
    low, high = value / q
    return Measured(*map(float, np.sqrt([value, low, high])), n=len(among))


@claims.measures("seed-noise-at-any-size")
def by_size() -> Measured:
    x, y = np.log(list(ladder.PARAMETERS.values())), np.log(np.abs(list(ladder_gaps().values())))
    line = scipy_stats.linregress(x, y)
    half = scipy_stats.t.ppf(0.975, len(x) - 2) * line.stderr
    return Measured(float(line.slope), float(line.slope - half), float(line.slope + half), n=len(x))


def ladder_gaps() -> dict[str, float]:
    """size -> loss of the rerun minus that of the run, mean over the held-out sets, at the last step."""
    found = {}
    for size in ladder.SIZES:
        first, second = ladder.run(size, 1, "cosine").loss, ladder.run(size, 1, "cosine", rerun=True).loss
        last = max(set(first.index) & set(second.index))
        found[size] = float(second[last] - first[last])
    return found


@claims.measures("steps-are-worth-loss")
def shorter_plan() -> Measured:
    logs = ("478c0427-06ce-4952-bc0a-7e2dfaea29b6.txt", "1bd8db7a-f3a3-4195-856d-cab7e0816443.txt")
    return Measured.of(gap(*map(speedrun.losses, logs)))


for _name in PAIRS:
    claims.measures(_name)(lambda name=_name: Measured.of(saved(name)))


def reruns() -> dict[int, float]:
    """Record of track 1 -> mean loss when others ran it again minus the mean that it was accepted with."""
    found = {}
    for record, (planned, program, again) in RERUNS.items():
        name = "track_1_short/{}".format
        later = np.concatenate([speedrun.losses(name(each), planned=planned) for each in again])
        found[record] = float(later.mean() - speedrun.losses(name(program), planned=planned).mean())
    return found


@claims.measures("records-hold-up")
def drift() -> Measured:
    return Measured.mean(list(reruns().values()))
