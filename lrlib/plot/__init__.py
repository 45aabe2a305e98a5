"""The house figures: rate above, loss below, same x axis; one colour and line style per schedule everywhere.

Every function takes results as they come - a sweep, tuned peaks, ledgers, schedules - or a mapping from
names, and returns a `Picture`, which shows itself in a notebook and carries alternative text and a short
numeric digest of the lines that were drawn: checked text beside the compared pixels.
"""

from lrlib.plot.colours import COLOURS, GREY, PURPLE, VERMILION, kind, looks, style
from lrlib.plot.figures import forest, gallery, house, intervals, lines, schedules, sensitivity
from lrlib.plot.picture import SIZE, STYLE, Picture, like_everywhere
from lrlib.plot.surfaces import surface

__all__ = ["COLOURS", "GREY", "PURPLE", "SIZE", "STYLE", "VERMILION", "Picture", "forest", "gallery", "house",
           "intervals", "kind", "like_everywhere", "lines", "looks", "schedules", "sensitivity",
           "style", "surface"]  # fmt: skip
