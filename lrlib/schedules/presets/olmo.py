"""olmo/optim.py of allenai/OLMo, which trained OLMo 1 and 2; steps are counted from 1, as in OLMo-core.

Warmups start at a tenth of the peak. `bolt_on` and `maximum` are of any
schedules there, and of these here.
"""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import late, registered, up

START = 0.1


@registered
def cosine(left, warmup_steps, min_factor=0.1):
    """CosWithWarmup: down to `min_factor` (alpha_f) at T - 1, held."""
    return late(up(warmup_steps, START) >> s.cosine(1, min_factor, left), 1)


@registered
def linear(left, warmup_steps, min_factor=0.1):
    """LinearWithWarmup: down to `min_factor` (alpha_f) at T - 1, held."""
    return late(up(warmup_steps, START) >> s.linear(1, min_factor, left), 1)


@registered
def inverse_sqrt(warmup_steps: r.StepSize):
    """InvSqrtWithWarmup: sqrt(W / t)."""
    return late(up(warmup_steps, START) >> s.inverse_sqrt(warmup_steps), 1)


@registered
def maximum(left, warmup_steps: r.StepSize, min_factor=0.1):
    """MaxScheduler of CosWithWarmup and InvSqrtWithWarmup: the higher of the two."""
    both = s.maximum(s.cosine(1, min_factor, left), s.inverse_sqrt(warmup_steps))
    return late(up(warmup_steps, START) >> both, 1)


@registered
def envelope(left, warmup_steps, min_factor=0.1):
    """CosLinearEnvelope: a cosine times a line, between 1 and `min_factor`."""
    both = s.linear(1, 0, left) * s.cosine(1, 0, left)
    return late(up(warmup_steps, START) >> s.between(both, min_factor, 1), 1)


@registered
def bolt_on(left, warmup_steps, bolt_start: r.StepSize, bolt_end: r.StepSize, min_factor=0.1):
    """BoltOnWarmupScheduler of CosWithWarmup: 0 until `bolt_start`, then a line onto the cosine."""
    if bolt_end <= bolt_start:
        raise r.refused("bolt_end", f"more than bolt_start = {bolt_start}", bolt_end)
    inner = up(warmup_steps, START) >> s.cosine(1, min_factor, left)
    line = s.linear(0, inner(bolt_end), bolt_end - bolt_start)
    return late(s.constant(0, bolt_start) >> line >> late(inner, bolt_end), 1)
