"""mmengine.optim.scheduler with `by_epoch=False`: a scheduler acts on steps begin .. end - 1.

Linear, polynomial and constant schedules get to their end at the last of these steps, T - 1; a cosine does
not get to it at all. After them the last rate is kept.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import SeveralSteps, Share, cosines, registered, stopped, up


@registered
def constant(total_steps, factor: Share = 1 / 3):
    """ConstantLR(end=T): `factor` for T - 1 steps, then 1; for T = 1 it stays at `factor`."""
    held = s.constant(factor, total_steps - 1)
    return held >> s.constant(1) if total_steps > 1 else s.constant(factor)


@registered
def linear(total_steps: SeveralSteps, start: Share = 1 / 3, end: r.Fraction = 1):
    """LinearLR(end=T): from `start` to `end`, reached at step T - 1."""
    return s.linear(start, end, total_steps - 1)


@registered
def polynomial(total_steps, power=1, low=0):
    """PolyLR(end=T): at `min_lr` at step T - 1; for T = 1 it stays at 1."""
    return s.polynomial(1, low, total_steps - 1, power) if total_steps > 1 else s.constant(1)


@registered
def cosine(total_steps, low=0):
    """CosineAnnealingLR(end=T), whose T_max is then T: `min_lr` would come at T, but step T - 1 is kept."""
    return stopped(s.cosine(1, low, total_steps))


@registered
def restarts(cycles, peaks, low=0):
    """CosineRestartLR: cycles end at steps `cycles` (sums of its periods), from `peaks` (restart_weights)."""
    return stopped(cosines(cycles, peaks, low))


@registered
def warmup_cosine(left, warmup_steps: SeveralSteps, start: Share = 1 / 3, low=0):
    """LinearLR(end=W) and CosineAnnealingLR(begin=W, end=T): 1 at W - 1 and at W, kept from T - 1 on."""
    return up(warmup_steps - 1, start) >> s.constant(1, 1) >> stopped(s.cosine(1, low, left))
