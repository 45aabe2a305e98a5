"""torch.optim.lr_scheduler: every scheduler that is a function of the step, and its two usual warmups."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets import pieces
from lrlib.schedules.presets.pieces import Mode, Share, other, registered, up, wave


@registered
def constant(factor: Share = 1 / 3, total_steps: r.Steps = 5):
    """ConstantLR: `factor` for T steps, then 1; for T = 0 it stays at `factor`. No constant, but a warmup."""
    return s.constant(factor, total_steps) >> s.constant(1) if total_steps else s.constant(factor)


@registered
def linear(start: Share = 1 / 3, end: r.Fraction = 1, total_steps: r.Steps = 5):
    """LinearLR: from `start` to `end`, reached at step T and held; for T = 0 it stays at `start`."""
    return s.linear(start, end, total_steps) if total_steps else s.constant(start)


@registered
def polynomial(total_steps: r.Steps = 5, power=1):
    """PolynomialLR: (1 - t / T)**power, 0 at step T and after; for T = 0 it stays at 1."""
    return s.polynomial(1, 0, total_steps, power) if total_steps else s.constant(1)


@registered
def cyclic(step_size_up=2000, step_size_down=0, mode: Mode = "triangular", gamma=1, low=0):
    """CyclicLR between `min_lr` (its base_lr) and `base_lr` (its max_lr); 0 down means as many as up."""
    return pieces.cyclic(low, step_size_up, step_size_down, mode, gamma)


@registered
def warmup_cosine(gap, warmup_steps, start: Share = 1 / 3, low=0):
    """SequentialLR of LinearLR(start, 1, W) and CosineAnnealingLR(T - W): peak at W, rising after T.

    Where W > T the cosine comes after the warmup and takes W - T steps.
    """
    return up(warmup_steps, start) >> wave(1, low, abs(other(gap)))


@registered
def chained_warmup_cosine(total_steps, warmup_steps, start: Share = 1 / 3):
    """ChainedScheduler of LinearLR(start, 1, W) and CosineAnnealingLR(T): a product, below 1 at W <= T.

    For W = 0 the factor `start` stays until T. A warmup that goes on past T is refused: there torch adds to
    the rate, and no product is left.
    """
    r.check_lengths(total_steps, warmup_steps=warmup_steps)
    if warmup_steps:
        return up(warmup_steps, start) * wave(1, 0, total_steps)
    return start * s.cosine(1, 0, total_steps) >> wave(0, 1, total_steps)
