"""`get_lr` of karpathy/nanoGPT: warmup and cosine, in its two versions."""

from lrlib import schedules as s
from lrlib.schedules.presets.pieces import registered, up, up_early


@registered
def cosine(left, warmup_steps=0, low=0):
    """(t + 1) / (W + 1) up to 1 at W, then a cosine to `min_lr` at T (lr_decay_iters); held."""
    return up_early(warmup_steps) >> s.cosine(1, low, left)


@registered
def cosine_from_zero(left, warmup_steps=0, low=0):
    """As it was before karpathy/nanoGPT#578: t / W, so that the first update is at 0."""
    return up(warmup_steps) >> s.cosine(1, low, left)
