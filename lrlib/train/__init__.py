"""Training: one run, recorded; many runs in one batched program; peaks tuned on seeds of their own."""

from lrlib.train.judging import blew_up
from lrlib.train.plan import evaluation_steps
from lrlib.train.results import Sweep
from lrlib.train.runs import by_batch_size, run, sweep
from lrlib.train.tuning import Tuned, chosen, judge, tune
from lrlib.train.updates import SGD, Adam, AdamW, PerModel

__all__ = ["SGD", "Adam", "AdamW", "PerModel", "Sweep", "Tuned", "blew_up", "by_batch_size", "chosen",
           "evaluation_steps", "judge", "run", "sweep", "tune"]  # fmt: skip
