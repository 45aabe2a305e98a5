"""axolotl.utils.schedulers, stepped after each update; its cosines warm up as t / W."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import SeveralSteps, below_peak, late, registered, rest, up, wave


@registered
def rex(total_steps, warmup_steps=0, low=0):
    """RexLR: one update early, so that the peak is at W - 1 and `min_lr` at T - 1; REX with beta = 0.1."""
    left = rest(total_steps, 0, warmup_steps=warmup_steps)
    body = s.rex(1, low, left, 0.1) if left else s.constant(1, 1)
    return late(up(warmup_steps) >> body >> s.constant(below_peak(low)), 1)


@registered
def range_test(total_steps: SeveralSteps, start: r.Positive):
    """InterpolatingLogScheduler: twice at the factor `start` (min_lr / max_lr), then evenly up to 1 at T."""
    return s.constant(start, 1) >> s.range_test(start, 1, total_steps - 1)


@registered
def cosine_with_quadratic_warmup(gap, warmup_steps=0, num_cycles: r.Positive = 0.5):
    """get_cosine_schedule_with_quadratic_warmup: (t / W)**2, then as `hf.cosine`."""
    return s.power(up(warmup_steps), 2) >> wave(1, 0, max(gap, 1) / (2 * num_cycles))


@registered
def cosine_with_min_lr(gap, warmup_steps=0, min_factor=0):
    """get_cosine_schedule_with_min_lr: `min_factor` (min_lr_ratio) at T, then up again."""
    return up(warmup_steps) >> wave(1, min_factor, max(gap, 1))


@registered
def cosine_then_constant(total_steps, decay_fraction: r.OfRun, min_factor, warmup_steps=0):
    """get_cosine_schedule_with_warmup_decay_constant: a cosine until int(`decay_fraction` * T), then held."""
    left = rest(int(total_steps * decay_fraction), warmup_steps=warmup_steps)
    return up(warmup_steps) >> s.cosine(max(1, min_factor), min_factor, left)


@registered
def jagged_cosine(total_steps, restart_steps: r.StepSize, warmup_steps=0, rewarmup_steps: r.Steps = 10,
                  anneal_steps: r.StepSize = 1, min_factor=0.001):  # fmt: skip
    """JaggedLRRestartScheduler around transformers' cosine, for ReLoRA; one update early.

    Every `restart_steps` it goes down to `min_factor` of the cosine in `anneal_steps`, and up in
    `rewarmup_steps`, but for the first time.
    """
    high = rest(restart_steps, 0, rewarmup_steps=rewarmup_steps, anneal_steps=anneal_steps)
    down = s.linear(1, 0, anneal_steps)
    cycle = up(rewarmup_steps) >> s.constant(1, high) >> down
    share = s.constant(1, restart_steps - anneal_steps) >> down >> cycle.loop()
    inner = up(warmup_steps) >> wave(1, 0, max(total_steps - warmup_steps, 1))
    return s.shift(inner * s.between(share, min_factor, 1), 1)
