"""lrlib: learning-rate schedules as pure functions, and honest evidence about them.

>>> import lrlib
>>> lrlib.schedules.cosine(1, 0, 4).values(5).round(3).tolist()
[1.0, 0.854, 0.5, 0.146, 0.0]
"""

import importlib

__version__ = "0.1.0"
_LAZY = ("adaptive", "optim", "plot", "schedules", "stats", "tasks", "train")


def __getattr__(name: str):
    if name in _LAZY:
        return importlib.import_module(f"lrlib.{name}")
    raise AttributeError(f"module 'lrlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
