"""Learning-rate schedules as pure functions: step -> multiplier of `base_lr`. NumPy only.

>>> from lrlib.schedules import cosine, linear
>>> schedule = linear(0, 1, 30) >> cosine(1, 0, 570)
>>> 0.1 * schedule(15)
0.05
"""

from lrlib.schedules import catalogue as _catalogue
from lrlib.schedules import core, cycles, operators, recipes, shapes, stepsizes, text, warmups
from lrlib.schedules.catalogue import *
from lrlib.schedules.core import *
from lrlib.schedules.cycles import *
from lrlib.schedules.operators import *
from lrlib.schedules.recipes import *
from lrlib.schedules.shapes import *
from lrlib.schedules.stepsizes import *
from lrlib.schedules.text import *
from lrlib.schedules.warmups import *

__all__ = [
    name
    for module in (core, shapes, operators, recipes, cycles, warmups, stepsizes, text, _catalogue)
    for name in module.__all__
]
