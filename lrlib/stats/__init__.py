"""Statistics for runs that share seeds: intervals, verdicts, families, equivalence, peaks, widths, seeds."""

from lrlib.stats.equivalence import *
from lrlib.stats.families import *
from lrlib.stats.intervals import *
from lrlib.stats.leaders import *
from lrlib.stats.pairs import *
from lrlib.stats.peaks import *
from lrlib.stats.seeds import *
from lrlib.stats.slopes import *
from lrlib.stats.widths import *
