"""mindformers.core.lr of MindFormers: optimizers ask for the rate before they count the update."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import below_peak, ray, registered, up, wave


@registered
def constant_with_warmup(warmup_steps, foot=0):
    """ConstantWarmUpLR: a line from `warmup_lr` (warmup_lr_init), then 1."""
    return up(warmup_steps, foot)


@registered
def constant_with_cooldown(warmup_steps, decay_steps, hold_steps=0, low=0, foot=0,
                           end_steps: r.Steps = 0, end: r.Number = 0):  # fmt: skip
    """ConstantWithCoolDownLR, as DeepSeek-V3: constant (keep_steps), a cosine to `min_lr`, `end_steps` of it.

    Then `end` (lr_end2 / learning_rate), where 0 stands for `min_lr`.
    """
    last = s.constant(low, end_steps) >> s.constant(end or low)
    return up(warmup_steps, foot) >> s.constant(1, hold_steps) >> s.cosine(1, low, decay_steps) >> last


@registered
def linear(left, warmup_steps, foot=0):
    """LinearWithWarmUpLR: 0 at T, held."""
    return up(warmup_steps, foot) >> s.linear(1, 0, left)


@registered
def cosine(left, warmup_steps, low=0, foot=0):
    """CosineWithWarmUpLR: `min_lr` (lr_end) at T, held."""
    return up(warmup_steps, foot) >> s.cosine(1, low, left)


@registered
def cosine_annealing(total_steps, low=0):
    """CosineAnnealingLR: as torch's, at `min_lr` at T, then up again."""
    return wave(1, low, total_steps)


@registered
def cosine_with_restarts(left, warmup_steps, num_cycles=1, low=0, foot=0):
    """CosineWithRestartsAndWarmUpLR: equal decays to `min_lr`, which is held from T on."""
    return up(warmup_steps, foot) >> s.between(s.cosine_restarts(left, num_cycles), low, 1)


@registered
def polynomial(left, warmup_steps, low=1e-7, power=1, foot=0):
    """PolynomialWithWarmUpLR: `min_lr` at T, held; a line by default."""
    return up(warmup_steps, foot) >> s.polynomial(1, below_peak(low), left, power)


@registered
def wsd(flat, decay_steps, warmup_steps: r.StepSize, low=1e-7, foot=0):
    """WarmUpStableDecayLR: a line from T - D (decay_start_steps) to `min_lr` at T, and on below it."""
    return up(warmup_steps, foot) >> s.constant(1, flat) >> ray(1, below_peak(low), decay_steps)
