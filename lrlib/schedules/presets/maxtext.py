"""`create_learning_rate_schedule` of MaxText, optax's count from 0; minima come at T - 1.

`zero_after`: whether the run goes on past T (its steps above learning_rate_schedule_steps), at a rate of 0.
The library takes lengths as shares of T, by default 0.1 each, cut to whole steps.
"""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import SeveralSteps, decay, registered, rest, up, wave


@registered
def cosine(total_steps, warmup_steps, min_factor=0.1, zero_after: r.Flag = False):
    """lr_schedule_type="cosine": at `min_factor` at T - 1, then up again, or 0."""
    left = rest(total_steps - 1, warmup_steps=warmup_steps)
    body = s.cosine(1, min_factor, left) if zero_after else wave(1, min_factor, left)
    return up(warmup_steps) >> (_ended(body, min_factor) if zero_after else body)


@registered
def wsd(flat, warmup_steps, decay_steps: SeveralSteps, min_factor=0.1, zero_after: r.Flag = False,
        curve: Annotated[str, r.one_of("linear", "cosine")] = "linear"):  # fmt: skip
    """lr_schedule_type="wsd": the last `decay_steps` go to `min_factor` at T - 1; then as "maxtext.cosine".

    A line is held where a cosine goes up again.
    """
    shape = wave if curve == "cosine" else s.linear
    body = shape(1, min_factor, decay_steps - 1)
    if zero_after:
        body = _ended(decay(curve, min_factor, decay_steps - 1), min_factor)
    return up(warmup_steps) >> s.constant(1, flat) >> body


def _ended(body: Schedule, low: float) -> Schedule:
    return body >> s.constant(low, 1) >> s.constant(0)
