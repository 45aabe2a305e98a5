"""Learning-rate schedules as pure functions: step -> multiplier of `base_lr`. NumPy only.

>>> from lrlib.schedules import cosine, linear
>>> schedule = linear(0, 1, 30) >> cosine(1, 0, 570)
>>> 0.1 * schedule(15)
0.05
"""

import importlib

from lrlib.schedules.batches import *
from lrlib.schedules.catalogue import *
from lrlib.schedules.core import *
from lrlib.schedules.cycles import *
from lrlib.schedules.operators import *
from lrlib.schedules.recipes import *
from lrlib.schedules.shapes import *
from lrlib.schedules.stepsizes import *
from lrlib.schedules.text import *
from lrlib.schedules.warmups import *

__all__ = [name for name, thing in vars().items() if getattr(thing, "__module__", "").startswith(__name__)]


def __getattr__(name: str):
    if name == "presets":  # made of schedules, so loaded when it is first asked for
        return importlib.import_module(f"{__name__}.presets")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
