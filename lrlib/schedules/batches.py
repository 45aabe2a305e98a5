"""Schedules of the rate and of the batch size together."""

from dataclasses import dataclass

import numpy as np

from lrlib.rules import INF, MOST, Count, check, checked, refused, saying
from lrlib.schedules.core import Schedule
from lrlib.schedules.operators import FiniteBody
from lrlib.schedules.recipes import joined
from lrlib.schedules.shapes import constant

__all__ = ["RateAndBatch", "seesaw"]


@dataclass(frozen=True)
class RateAndBatch:
    """Two schedules on one clock, that of the updates.

    rate: the multiplier of base_lr. batch: the samples of an update, as a schedule whose values are whole, of
    the same length or endless. ValueError otherwise.

    >>> from lrlib.schedules import piecewise_constant
    >>> pair = RateAndBatch(constant(1, 300), piecewise_constant((100,), (32, 64)))
    >>> pair.steps, pair.rate(150), pair.batch(150)
    (300, 1.0, 64.0)
    """

    rate: Schedule
    batch: Schedule

    def __post_init__(self):
        with saying("RateAndBatch"):
            check("rate", Schedule, self.rate)
            if check("batch", Schedule, self.batch).steps not in (self.rate.steps, INF):
                raise refused("batch", f"as long as rate, {self.rate.steps:g} steps, or endless", self.batch)

    @property
    def steps(self) -> float:
        """The number of updates, which both have."""
        return self.rate.steps


@checked
def seesaw(decay: FiniteBody, batch_size: Count, max_batch_size: Count = MOST) -> RateAndBatch:
    """Where the rate would halve, it falls by sqrt 2 and the batch doubles: fewer updates, as many samples.

    rate / base_lr = decay(0) * 2**(d / 2 - h), batch = batch_size * 2**d samples, with s the samples seen so
    far over `batch_size`, h = floor(log2(decay(0) / decay(s))) how often `decay` has halved by then, and
    d = h, or less where a larger batch is not allowed or more than what is left: the last updates get smaller
    again, so that all have seen the samples of `decay`. An update with 2**d times the batch is 2**d of its
    steps.
    decay: for updates with `batch_size` samples each, whole in length, above 0 at first and nowhere rising. A
    warmup goes before both: `linear(0, 1, W) >> pair.rate` and `constant(batch_size, W) >> pair.batch`.
    max_batch_size: in samples; beyond it the rate halves again.
    ValueError otherwise.
    Meterez et al. 2025, Seesaw, arXiv:2510.14717, in phases, one for each halving.

    >>> from lrlib.schedules import step
    >>> pair = seesaw(step(8, 0.5, 16), 32)
    >>> pair.rate
    constant(steps=8) >> constant(value=0.7071067811865476, steps=4)
    >>> pair.batch
    constant(value=32, steps=8) >> constant(value=64, steps=4)
    """
    values = decay.values(int(decay.steps))
    if not len(values) or decay.steps != len(values) or values[0] <= 0 or np.any(np.diff(values) > 1e-12):
        raise refused("decay", "a whole number of steps long, > 0 at first and never rising", decay)
    if max_batch_size < batch_size:
        raise refused("max_batch_size", f"at least batch_size = {batch_size}", max_batch_size)
    with np.errstate(divide="ignore", over="ignore"):
        halvings = np.floor(np.log2(values[0] / values.clip(0)) + 1e-9)
    at, rates, batches = 0, [], []
    while left := len(values) - at:
        doubled = int(min(halvings[at], np.log2(min(max_batch_size // batch_size, left))))
        until = np.searchsorted(halvings, halvings[at], side="right")
        updates = min(-(-(until - at) // 2**doubled), left // 2**doubled)
        rates.append(constant(float(values[0] * 2.0 ** (doubled / 2 - halvings[at])), updates))
        batches.append(constant(batch_size * 2**doubled, updates))
        at += updates * 2**doubled
    return RateAndBatch(joined(rates), joined(batches))
