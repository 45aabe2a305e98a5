"""`lr_scheduler_builder` of nanotron (nanotron/helpers.py), with the lengths that its configuration sets."""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import decay, late, registered, rest, up


@registered
def wsd(total_steps, low, warmup_steps=0, decay_start: r.Steps = 0,
        decay_steps: r.Steps = 0, curve: Annotated[str, r.one_of("linear", "cosine", "1-sqrt")] = "linear",
):  # fmt: skip
    """Up to 1 at W, 1 until `decay_start` (lr_decay_starting_step), `min_lr` `decay_steps` later, held.

    0 stands for a start at W, and for `decay_steps` = T - W whatever the start: so a decay that starts later
    than W is not over when the run is. `min_lr` (min_decay_lr) must be said; the library's default is
    `base_lr`, no decay at all. Without a warmup the first update is at 0.
    """
    start, down = decay_start or warmup_steps, decay_steps or rest(total_steps, warmup_steps=warmup_steps)
    if start < warmup_steps:
        raise r.refused("decay_start", f"at least warmup_steps = {warmup_steps}, or 0", decay_start)
    body = up(warmup_steps) >> s.constant(1, start - warmup_steps) >> decay(curve, low, down)
    return body if warmup_steps else s.constant(0, 1) >> late(body, 1)
