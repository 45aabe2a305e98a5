"""`create_custom_scheduler` of LLaMA-Factory: the lengths that it gives transformers' WSD schedule."""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import decay, not_negative, registered, up


@registered
def wsd(left, warmup_steps=0, decay_steps: r.Steps = 0,
        curve: Annotated[str, r.one_of("cosine", "linear", "1-sqrt")] = "cosine", min_factor=0):  # fmt: skip
    """lr_scheduler_type: warmup_stable_decay: a third of what the warmup leaves constant, the rest down.

    `decay_steps` (num_decay_steps) leaves the constant third as it is, so that the run may end at
    `min_factor`, or before it is reached; 0 stands for the rest.
    """
    flat = left // 3
    down = decay(curve, min_factor, decay_steps or left - flat)
    run = s.between(up(warmup_steps), min_factor, 1) >> s.constant(1, flat) >> down
    return not_negative(run, min_factor) >> s.constant(min_factor)
