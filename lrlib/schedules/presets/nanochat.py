"""`get_lr_multiplier` of karpathy/nanochat: its base training and its supervised fine-tuning."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import for_steps, ray, registered, trapezoid


@registered
def base(total_steps, warmup_steps=40, warmdown_fraction: r.OfRun = 0.65, min_factor=0.05):
    """scripts/base_train.py: (t + 1) / W, 1, and a line over the last round(0.65 T) steps to 0.05 at T.

    A warmup that is longer than what the line leaves comes first, and the rate then drops onto the line.
    """
    return trapezoid(total_steps, warmup_steps, round(warmdown_fraction * total_steps), min_factor)


@registered
def sft(total_steps, warmup_fraction=0, warmdown_fraction: r.OfRun = 0.5, min_factor=0):
    """scripts/chat_sft.py, by the share p = t / T: (p + 1e-8) / w up to w, 1, and a line from 1 - d to 1.

    The library's p is the larger of this and of the share of its data that was read.
    """
    rise, down = warmup_fraction * total_steps, warmdown_fraction * total_steps
    if not down or rise + down > total_steps:
        raise r.refused("warmdown_fraction", "> 0, and at most 1 with warmup_fraction", warmdown_fraction)
    body = for_steps(1, total_steps - rise - down) >> ray(1, min_factor, down)
    lift = 1e-8 / warmup_fraction if rise else 0
    return s.stretch(s.linear(lift, 1 + lift, 1), rise) >> body if rise else body
