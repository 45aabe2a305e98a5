"""Statistics for runs that share their seeds: intervals, verdicts, families, equivalence, peaks, seeds."""

from lrlib.stats.equivalence import *
from lrlib.stats.families import *
from lrlib.stats.intervals import *
from lrlib.stats.pairs import *
from lrlib.stats.peaks import *
from lrlib.stats.seeds import *
