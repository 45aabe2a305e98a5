"""paddle.optimizer.lr. `base_lr` is its learning_rate, or max_learning_rate where it has that."""

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets import pieces
from lrlib.schedules.presets.pieces import Mode, Phase, Share, registered, torch_one_cycle, up, wave


@registered
def noam(d_model, warmup_steps: r.StepSize):
    """NoamDecay with t from 0, so that the first update is at 0; the peak (d_model * W)**-0.5 is at W."""
    return (d_model * warmup_steps) ** -0.5 * s.warmup_inverse_sqrt(warmup_steps)


@registered
def step(step_size, gamma: r.BelowOne = 0.1):
    """StepDecay: multiplied by `gamma` every `step_size` steps."""
    return s.step(step_size, gamma)


@registered
def multistep(milestones, gamma: r.BelowOne = 0.1):
    """MultiStepDecay: multiplied by `gamma` at each milestone, the first update at the lower rate."""
    if len(set(milestones)) < len(milestones):
        raise r.refused("milestones", "different", milestones)
    return s.multistep(milestones, gamma)


@registered
def exponential(gamma: r.InsideUnit):
    """ExponentialDecay: gamma**t."""
    return s.exponential(gamma)


@registered
def natural_exponential(rate):
    """NaturalExpDecay: exp(-rate * t); `rate` is its gamma."""
    return s.natural_exponential(rate)


@registered
def inverse_time(rate):
    """InverseTimeDecay: 1 / (1 + rate * t); `rate` is its gamma."""
    return s.inverse_time(1 / rate)


@registered
def piecewise_constant(milestones, multipliers):
    """PiecewiseDecay: a milestone is the first update at the next of the values."""
    return s.piecewise_constant(milestones, multipliers)


@registered
def linear(total_steps, start: Share = 1 / 3, end: r.Fraction = 1):
    """LinearLR: from `start` to `end`, reached at step T and held."""
    return s.linear(start, end, total_steps)


@registered
def warmup_cosine(left, warmup_steps: r.StepSize, start: r.BelowOne = 0):
    """LinearWarmup of CosineAnnealingDecay(T - W): a line from `start` to 1 at W, 0 at T; then it rises."""
    return up(warmup_steps, start) >> wave(1, 0, left)


@registered
def cyclic(step_size_up, step_size_down=0, mode: Mode = "triangular", gamma=1,
           low: r.NotNegative = 0):  # fmt: skip
    """CyclicLR between `min_lr` and `base_lr`; 0 steps down means as many as up."""
    return pieces.cyclic(low, step_size_up, step_size_down, mode, gamma)


@registered
def one_cycle(total_steps, warmup_fraction=0.3, div=25, low=1e-4, curve: Phase = "cos", three_phase=False):
    """OneCycleLR: as torch's, but its end is a rate, `min_lr`; it raises after step T."""
    return torch_one_cycle(total_steps, warmup_fraction, 1 / div, low, curve, three_phase)
