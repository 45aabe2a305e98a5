"""KellerJordan/modded-nanogpt, the NanoGPT speedrun: the schedules of its records."""

from typing import Annotated

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.schedules.presets.pieces import for_steps, ray, registered, rest, trapezoid, up

OfRun = Annotated[float, r.Rule("a number > 0 and <= 1", r.such_that(r.rule_of(r.OfRun).convert, bool))]


@registered
def trapezoid_to_zero(total_steps, decay_steps, warmup_steps=0):
    """train_gpt2.py, June to November 2024: (t + 1) / W, 1, and a line to 0 at T."""
    return trapezoid(total_steps, warmup_steps, decay_steps, 0)


@registered
def cooldown(total_steps, cooldown_fraction: r.InsideUnit = 0.4, min_factor=0.1):
    """train_gpt.py of 2025, and with `min_factor` 0 and 0.7 the baseline of track 3: 1, then a line to T."""
    down = cooldown_fraction * total_steps
    return for_steps(1, total_steps - down) >> ray(1, min_factor, down)


@registered
def stages(total_steps, peaks, cooldown_fraction: r.InsideUnit = 0.6, min_factor=0.15):
    """TrainingSchedule of 2026: equal stages at these factors while the batch grows, and a line to 0.15 at T.

    The line starts at int(T * (1 - 0.6)) from the factor of each stage. The records' peaks are 1, 1.52, 1.73.
    """
    flat, ends = int(total_steps * (1 - cooldown_fraction)), range(1, len(peaks) + 1)
    line = s.constant(1, flat) >> s.linear(1, 0, total_steps - flat)
    steps = [round(total_steps * i / len(peaks)) for i in ends]
    return s.between(line, min_factor, s.piecewise_constant(steps, (*peaks, 1)))


@registered
def power_cool(left, constant_steps, power=1.2):
    """PowerCool of track 3: min(1, c * (T - t)**1.2), `constant_steps` being the steps at 1; 0 at T."""
    return s.constant(1, constant_steps) >> s.polynomial(1, 0, left, power)


@registered
def power_decay(total_steps, cooldown_fraction: OfRun = 1.0, min_factor=0, power=1.5):
    """Track 3 with KL-SOAP: min_factor + (1 - min_factor) * ((T - t) / (c T))**1.5 over the last share c."""
    down = cooldown_fraction * total_steps
    return for_steps(1, total_steps - down) >> s.stretch(s.polynomial(1, min_factor, 1, power), down)


@registered
def root_cooldown(left, warmup_steps, hold_steps, min_factor, power=0.4):
    """Pull request 345, as its text says: up from `min_factor`, held, then 1 - p**0.4 down to it."""
    down = s.warp(s.linear(1, min_factor, left), power)
    return up(warmup_steps, min_factor) >> s.constant(1, hold_steps) >> down


@registered
def fast_slow(total_steps, warmup_steps, hold_steps, fast_steps: r.StepSize, middle=0.2, power=0.6):
    """Pull request 351, as its text says: (t + 1) / W, held, 1 - p**0.6 to `middle`, a line to 0 at T."""
    left = rest(total_steps, warmup_steps=warmup_steps, hold_steps=hold_steps, fast_steps=fast_steps)
    top = s.shift(up(warmup_steps) >> s.constant(1, hold_steps + 1), 1)
    return top >> s.warp(s.linear(1, middle, fast_steps), power) >> s.linear(middle, 0, left)
