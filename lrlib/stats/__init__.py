"""Statistics for runs that share their seeds: intervals, verdicts, families, equivalence, peaks, seeds."""

from lrlib.stats.equivalence import Equivalence, equivalence
from lrlib.stats.families import family, holm
from lrlib.stats.pairs import (
    FEWEST_PAIRS,
    PHRASES,
    RANKS_BELOW,
    ROUNDING,
    Comparison,
    bca,
    compare,
    headline,
    interval,
    limits,
    ranking,
    wilcoxon,
)
from lrlib.stats.peaks import FEWEST_SEEDS, Peak, largest_usable, peak
from lrlib.stats.seeds import (
    SPARE_PAIRS,
    Crowning,
    SeedNoise,
    detectable,
    seed_noise,
    seeds_needed,
    wrong_winner,
)

__all__ = ["FEWEST_PAIRS", "FEWEST_SEEDS", "PHRASES", "RANKS_BELOW", "ROUNDING", "SPARE_PAIRS",
           "Comparison", "Crowning", "Equivalence", "Peak", "SeedNoise", "bca", "compare",
           "detectable", "equivalence", "family", "headline", "holm", "interval", "largest_usable",
           "limits", "peak", "ranking", "seed_noise", "seeds_needed", "wilcoxon", "wrong_winner"]  # fmt: skip
