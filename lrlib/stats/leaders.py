"""Which of several settings may be the best: those that no other was shown to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lrlib.rules import InsideUnit, checked
from lrlib.stats.families import Losses, all_pairs
from lrlib.stats.pairs import BY_NAME, FEWEST_PAIRS, RANKS_BELOW
from lrlib.stats.seeds import seeds_needed

__all__ = ["MOST_SEEDS", "Leaders", "leaders"]

MOST_SEEDS = 1000  # a number beyond which nobody goes


@dataclass(frozen=True)
class Leaders:
    """Settings that may be the best. names: lowest mean loss first.

    pairs: all comparisons, as `all_pairs`. losses: what was compared. level: of the verdicts.
    """

    names: tuple[str, ...]
    pairs: pd.DataFrame
    losses: Losses
    level: float

    @property
    def too_few(self) -> bool:
        """Whether so few seeds can tell none of so many pairs, whatever the losses are."""
        n = len(next(iter(self.losses.values())))
        alone = 0.0 if n >= RANKS_BELOW else 2.0 ** (1 - n)
        return bool(len(self.pairs)) and (n < FEWEST_PAIRS or alone * len(self.pairs) >= 1 - self.level)

    def seeds_to_tell(self, one: str, other: str, power: float = 0.8) -> int | None:
        """Seeds that would tell two apart, if their difference is what was seen; None above 1,000.

        As `seeds_needed` at the level that a pair needs among all pairs, Bonferroni's, and with the error of
        the peaks unchanged: where that alone hides the difference there is no number of seeds.
        """
        d = np.subtract(self.losses[one], self.losses[other])
        level = 1 - (1 - self.level) / max(len(self.pairs), 1)
        sd, effect = float(d.std(ddof=1)), abs(float(d.mean()))
        if effect <= 3 * self.losses.peak_error(one, other) or not sd:
            return None
        found = seeds_needed(effect, sd, power, level)
        return found if found <= MOST_SEEDS else None


@checked
def leaders(losses, level: InsideUnit = 0.95) -> Leaders:
    """The settings that none of the others was shown to be better than, all pairs together.

    losses: name -> (n,), same seeds in the same order; as `Losses`, with the errors of tuned peaks.
    Every pair is compared by `compare`, the verdicts are those of their `family` (Holm's rule over all
    m (m - 1) / 2 pairs), and a setting is left out where any pair says *worse*. So it makes no difference
    which one came out lowest on these seeds: a comparison with that one alone would have been chosen after
    the fact. In at least `level` of all cases nothing at all is called better or worse wrongly, and then no
    setting of lowest expected loss is left out. The set is never empty, members cannot be told from each
    other, and it may be all of them.
    Gupta 1965, Technometrics 7:225-245, on subsets that hold the best; Hansen, Lunde & Nason 2011, The model
    confidence set, Econometrica 79:453-497.
    Raises ValueError for no losses, and as `compare` does.

    >>> low, high = np.arange(8.0), np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0))
    >>> leaders({"high": high, "low": low, "near": low[::-1]}).names
    ('low', 'near')
    """
    known = losses if isinstance(losses, Losses) else Losses({})
    losses = Losses(BY_NAME.checked("losses", losses), known.excess, known.right, known.reference, True)
    order = sorted(losses, key=lambda name: float(np.mean(losses[name])))
    if len(order) == 1:
        return Leaders((order[0],), pd.DataFrame(), losses, level)
    pairs = all_pairs(losses, level)
    beaten = {one for (one, _), verdict in pairs["verdict"].items() if verdict == "worse"}
    beaten |= {other for (_, other), verdict in pairs["verdict"].items() if verdict == "better"}
    return Leaders(tuple(name for name in order if name not in beaten), pairs, losses, level)
