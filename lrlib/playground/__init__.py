"""The schedule playground: what its page shows, computed from what a person types.

The page lies in `site/playground`; it runs this module, NumPy and nothing else in the reader's browser.

>>> from lrlib.playground import answer
>>> answer({"steps": 4, "base_lr": 0.1, "at": [], "texts": ["linear(1, 0, T)"]})["schedules"][0]["sum"]
0.25
"""

from lrlib.playground.model import answer, reply

__all__ = ["answer", "reply"]
