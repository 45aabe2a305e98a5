"""Training: one run, recorded; many runs in one batched program; peaks tuned on seeds of their own."""

from lrlib.train.results import Sweep, Tuned, by_batch_size, chosen, judge, run, sweep, tune
from lrlib.train.updates import SGD, Adam, AdamW

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Sweep",
    "Tuned",
    "by_batch_size",
    "chosen",
    "judge",
    "run",
    "sweep",
    "tune",
]
