"""How many seeds: what their noise is, what they can show, and how often one alone names the wrong winner."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from lrlib.rules import InsideUnit, Positive, Rule, check, checked, refused, whole, within
from lrlib.stats.intervals import Sample, finite, scaled
from lrlib.stats.pairs import BY_NAME, FEWEST_PAIRS, RANKS_BELOW, ROUNDING, compare, refuse_other_labels

__all__ = ["SPARE_PAIRS", "Crowning", "SeedNoise", "detectable", "seed_noise", "seeds_needed", "wrong_winner"]

SPARE_PAIRS = 2
MOST_PAIRS = 2**40
_positive = within(0, 1e308, open_low=True)
Effect = Annotated[float, Rule("a finite number other than 0", lambda given: _positive(abs(given)))]
Runs = Annotated[np.ndarray, finite(f"n >= {FEWEST_PAIRS} values in a list", FEWEST_PAIRS, 1)]


@checked
def seeds_needed(effect: Effect, sd: Positive, power: InsideUnit = 0.8, level: InsideUnit = 0.95) -> int:
    """Pairs at which `compare` tells a mean difference `effect` apart from 0 with probability `power`.

    The smallest n at which Student's paired t-test reaches the power, plus 2 pairs for what `compare` asks
    beyond it (the skewness, and ranks below 10 pairs). With q the t quantile of n - 1 degrees of freedom:
      power(n) = P(T > q),  T noncentral t, n - 1 degrees of freedom, noncentrality effect sqrt(n) / sd.
    effect: in the unit of the losses, sign ignored; sd: of one paired difference, > 0 (see `seed_noise`).
    Never below the fewest pairs at which a verdict is possible at all (6 at level 0.95, 8 at 0.99).
    For normal differences at level 0.95 the verdict then reaches 0.8 where that was asked, and 0.9 from 9
    pairs on (0.88 at 7); at level 0.99 or power 0.95 it may want up to 5 pairs more than this.
    Raises ValueError for effect 0, sd not > 0, or power and level outside 0..1.

    >>> seeds_needed(effect=0.1, sd=0.1)
    12
    """
    _check_power(power, level)
    fewest, d, enough = _fewest_pairs(level), effect / sd, power - ROUNDING
    most = 2 * fewest
    while _t_power(d, most, level) < enough:
        most *= 2
        if most > MOST_PAIRS:
            raise refused("effect", f"so large that {MOST_PAIRS} pairs show it, of sd = {sd:g}", effect)
    pairs = range(fewest - SPARE_PAIRS, most + 1)
    return pairs[bisect_left(pairs, enough, key=lambda n: _t_power(d, n, level))] + SPARE_PAIRS


@checked
def detectable(n: int, sd: Positive, power: InsideUnit = 0.8, level: InsideUnit = 0.95) -> float:
    """The smallest mean difference for which n pairs are enough: `seeds_needed(detectable(n, sd), sd) == n`.

    n: pairs. sd: of one paired difference. In the unit of sd. Raises ValueError for n at which no verdict is
    possible, sd not > 0, or power and level outside 0..1.

    >>> round(detectable(12, sd=0.1), 3)
    0.1
    """
    _check_power(power, level)
    n, most = check("n", whole(_fewest_pairs(level)), n) - SPARE_PAIRS, 1.0
    while _t_power(most, n, level) < power:
        most *= 2
    return sd * brentq(lambda d: _t_power(d, n, level) - power, 0, most, xtol=1e-12)


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


@checked
def seed_noise(losses, other=None, level: InsideUnit = 0.95) -> SeedNoise:
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
    refuse_other_labels("other", losses, other)
    losses = check("losses", Runs, losses)
    run = _sd(losses, level)
    pair = np.sqrt(2) * run
    if other is not None:
        other = check("other", Runs, other)
        if other.shape != losses.shape:
            raise refused("other", f"paired with losses, {len(losses)} values", other)
        run, pair = np.sqrt((run**2 + _sd(other, level) ** 2) / 2), _sd(losses - other, level)
    return SeedNoise(*map(float, (*run, *pair)), len(losses), level)


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


@checked
def wrong_winner(losses: Mapping[str, np.ndarray], level: InsideUnit = 0.95) -> Crowning:
    """How often one seed alone crowns the wrong winner, against the verdicts over all seeds.

    losses: name -> (n,), same seeds in the same order, n >= 2, at least two names. A seed crowns its lowest
    loss; a tie with the winner crowns the winner. A crown counts as wrong only if `compare` of the crowned
    with the winner says "worse". The interval for the share is that of Clopper & Pearson 1934,
    doi:10.1093/biomet/26.4.404. Raises ValueError for fewer than two names or what `compare` refuses.
    """
    losses = BY_NAME.checked("losses", losses)
    if len(losses) < 2:
        raise refused("losses", "at least two settings by name", list(losses))
    given = {name: check(f"losses of {name!r}", Sample, found) for name, found in losses.items()}
    names = sorted(given, key=lambda name: given[name].mean())
    winner, runs = names[0], [given[name] for name in names]
    worse = {name: compare(losses[name], losses[winner], level).verdict == "worse" for name in names}
    crowned = [names[i] for i in np.argmin(runs, axis=0)]
    n, right = len(crowned), crowned.count(winner)
    wrong = sum(worse[name] for name in crowned)
    low, high = stats.binomtest(wrong, n).proportion_ci(level, method="exact")
    return Crowning(winner, right / n, wrong / n, (n - right - wrong) / n, float(low), float(high), n)


def _check_power(power: float, level: float) -> None:
    if power <= 1 - level:
        raise refused("power", f"more than 1 - level, {1 - level:g}", power)


def _fewest_pairs(level: float) -> int:
    """Where ranks are asked, n pairs can give no p-value below 2^(1 - n), all signs alike."""
    candidates = range(FEWEST_PAIRS, RANKS_BELOW)
    return next((n for n in candidates if 2 ** (1 - n) < 1 - level), RANKS_BELOW)


def _t_power(d: float, n: int, level: float) -> float:
    q, shift = stats.t.ppf((1 + level) / 2, n - 1), d * np.sqrt(n)
    return float(stats.nct.sf(q, n - 1, shift))


def _sd(x: np.ndarray, level: float) -> np.ndarray:
    """Standard deviation, low and high: Bonett's interval of `seed_noise`."""
    n, z = len(x), stats.norm.ppf((1 + level) / 2)
    if z >= n:
        raise refused("level", f"lower where there are {n} runs", level)
    if np.ptp(x) == 0:
        return np.zeros(3)
    x, unit = scaled(x)
    sd = x.std(ddof=1)
    centre = stats.trim_mean(x, 1 / (2 * np.sqrt(n - 4)))
    kurtosis = n * ((x - centre) ** 4).sum() / ((x - x.mean()) ** 2).sum() ** 2
    c = n / (n - z)
    half = z * c * np.sqrt((kurtosis - (n - 3) / n) / (n - 1))
    return unit * sd * np.array([1, *np.sqrt(c * np.exp([-half, half]))])
