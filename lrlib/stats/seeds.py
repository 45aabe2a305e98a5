"""How many seeds: what their noise is, what they can show, and how often one alone names the wrong winner."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from lrlib.stats.pairs import FEWEST_PAIRS, RANKS_BELOW, ROUNDING, compare

SPARE_PAIRS = 2


def seeds_needed(effect: float, sd: float, power: float = 0.8, level: float = 0.95) -> int:
    """Pairs at which `compare` tells a mean difference `effect` apart from 0 with probability `power`.

    The smallest n at which Student's paired t-test reaches the power, plus 2 pairs for what `compare` asks
    beyond it (the skewness, and ranks below 10 pairs). With q the t quantile of n - 1 degrees of freedom:
      power(n) = P(T > q),  T noncentral t, n - 1 degrees of freedom, noncentrality effect sqrt(n) / sd.
    effect: in the unit of the losses, sign ignored; sd: of one paired difference, > 0 (see `seed_noise`).
    Never below the fewest pairs at which a verdict is possible at all (6 at level 0.95, 8 at 0.99).
    For normal differences at level 0.95 the verdict then reaches 0.8 where that was asked, and 0.9 from 9
    pairs on (0.88 at 7); at level 0.99 or power 0.95 it may want up to 5 pairs more than this.
    Raises ValueError for effect 0, sd not > 0, or power and level outside 0..1.
    """
    _check_design(sd, power, level)
    if not 0 < abs(effect) < np.inf:
        raise ValueError(f"effect must be a finite number other than 0, got {effect!r}")
    fewest, d = _fewest_pairs(level), abs(effect) / sd
    most = 2 * fewest
    enough = power - ROUNDING
    while _t_power(d, most, level) < enough:
        most *= 2
    pairs = range(fewest - SPARE_PAIRS, most + 1)
    return pairs[bisect_left(pairs, enough, key=lambda n: _t_power(d, n, level))] + SPARE_PAIRS


def detectable(n: int, sd: float, power: float = 0.8, level: float = 0.95) -> float:
    """The smallest mean difference for which n pairs are enough: `seeds_needed(detectable(n, sd), sd) == n`.

    n: pairs. sd: of one paired difference. In the unit of sd. Raises ValueError for n at which no verdict is
    possible, sd not > 0, or power and level outside 0..1.
    """
    _check_design(sd, power, level)
    if n < _fewest_pairs(level):
        raise ValueError(f"n must be at least {_fewest_pairs(level)} at level {level}, got {n!r}")
    return sd * _standardized(n - SPARE_PAIRS, power, level)


@dataclass(frozen=True)
class SeedNoise:
    """How much the seed alone moves a loss. sd, low, high: standard deviation of a single run.

    paired_sd, paired_low, paired_high: that of the difference of two runs. n: runs or pairs behind it.
    low..high are intervals at `level`. All in the unit of the losses.
    """

    sd: float
    low: float
    high: float
    paired_sd: float
    paired_low: float
    paired_high: float
    n: int
    level: float

    def detectable(self, n: int, power: float = 0.8) -> float:
        """The smallest mean difference that n pairs of such runs can show, `detectable` of paired_sd."""
        return detectable(n, self.paired_sd, power, self.level)


def seed_noise(losses, other=None, level: float = 0.95) -> SeedNoise:
    """The noise of a task from repeated runs: of one run, and of the difference of a pair.

    losses: (n,), one configuration with n >= 6 seeds. other: (n,), the same seeds again, of an equal or a
    nearly equal configuration; then the pair's noise is measured, sd of losses - other, and that of a run is
    the root mean square of both. Without it the two runs of a pair count as independent, sqrt(2) sd: sharing
    a seed mostly makes it smaller. (`theory.noise_floor` is where a constant rate stalls: another thing.)

    Intervals: Bonett 2006, doi:10.1016/j.csda.2004.10.003, which allows for the tails,
      sd sqrt(c) exp(-+ z c / 2 sqrt((k - (n - 3) / n) / (n - 1))),  c = n / (n - z),  k the kurtosis.
    At level 0.95 and n = 6..64 they cover 93.5..99 % for normal and uniform losses, 90..98 % for t5 and
    skewness 1, 84..97 % with a tenth of outliers (chi-square intervals: 70..87 %).
    Raises ValueError for fewer than 6 runs, unpaired or non-finite losses, or a level outside 0..1.
    """
    a = np.asarray(losses, dtype=np.float64)
    b = a if other is None else np.asarray(other, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(a) < FEWEST_PAIRS or not np.isfinite([a, b]).all():
        raise ValueError(
            f"losses and other must be n >= {FEWEST_PAIRS} finite pairs, got {a.shape}, {b.shape}"
        )
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    if other is None:
        run = _sd(a, level)
        pair = np.sqrt(2) * run
    else:
        run = np.sqrt((_sd(a, level) ** 2 + _sd(b, level) ** 2) / 2)
        pair = _sd(a - b, level)
    return SeedNoise(*map(float, (*run, *pair)), len(a), level)


@dataclass(frozen=True)
class Crowning:
    """What a comparison on a single seed would have said, over all seeds.

    winner: lowest mean loss. right: share of seeds that crown it; wrong: share that crown one which all seeds
    together call worse; undecided: share that crown one which cannot be told from the winner.
    low, high: interval for `wrong`. n: seeds.
    """

    winner: str
    right: float
    wrong: float
    undecided: float
    low: float
    high: float
    n: int


def wrong_winner(losses: Mapping[str, np.ndarray], level: float = 0.95) -> Crowning:
    """How often one seed alone crowns the wrong winner, against the verdicts over all seeds.

    losses: name -> (n,), same seeds in the same order, n >= 2, at least two names. A seed crowns its lowest
    loss; a tie with the winner crowns the winner. A crown counts as wrong only if `compare` of the crowned
    with the winner says "worse". The interval for the share is that of Clopper & Pearson 1934,
    doi:10.1093/biomet/26.4.404. Raises ValueError for fewer than two names or what `compare` refuses.
    """
    if len(losses) < 2:
        raise ValueError(f"losses must name at least two settings, got {list(losses)!r}")
    winner = min(losses, key=lambda name: np.mean(losses[name]))
    worse = {name: compare(runs, losses[winner], level).verdict == "worse" for name, runs in losses.items()}
    names = [winner, *(name for name in losses if name != winner)]
    crowned = [names[i] for i in np.argmin([losses[name] for name in names], axis=0)]
    n, right = len(crowned), crowned.count(winner)
    wrong = sum(worse[name] for name in crowned)
    low, high = stats.binomtest(wrong, n).proportion_ci(level, method="exact")
    return Crowning(winner, right / n, wrong / n, (n - right - wrong) / n, float(low), float(high), n)


def _check_design(sd: float, power: float, level: float) -> None:
    if not 0 < sd < np.inf:
        raise ValueError(f"sd must be > 0 and finite, got {sd!r}")
    if not (0 < 1 - level < power < 1):
        raise ValueError(f"level must be in 0..1 and power in 1 - level..1, got {level!r} and {power!r}")


def _fewest_pairs(level: float) -> int:
    """Where ranks are asked, n pairs can give no p-value below 2^(1 - n), all signs alike."""
    candidates = range(FEWEST_PAIRS, RANKS_BELOW)
    return next((n for n in candidates if 2 ** (1 - n) < 1 - level), RANKS_BELOW)


def _t_power(d: float, n: int, level: float) -> float:
    q, shift = stats.t.ppf((1 + level) / 2, n - 1), d * np.sqrt(n)
    return float(stats.nct.sf(q, n - 1, shift))


def _standardized(n: int, power: float, level: float) -> float:
    """The effect in units of sd that n pairs show with this power, by Student's t."""
    most = 1.0
    while _t_power(most, n, level) < power:
        most *= 2
    return brentq(lambda d: _t_power(d, n, level) - power, 0, most, xtol=1e-12)


def _sd(x: np.ndarray, level: float) -> np.ndarray:
    """Standard deviation, low and high: Bonett's interval of `seed_noise`."""
    n, sd = len(x), x.std(ddof=1)
    if np.ptp(x) == 0:
        return np.zeros(3)
    z = stats.norm.ppf((1 + level) / 2)
    centre = stats.trim_mean(x, 1 / (2 * np.sqrt(n - 4)))
    kurtosis = n * ((x - centre) ** 4).sum() / ((x - x.mean()) ** 2).sum() ** 2
    c = n / (n - z)
    half = z * c * np.sqrt((kurtosis - (n - 3) / n) / (n - 1))
    return sd * np.array([1, *np.sqrt(c * np.exp([-half, half]))])
