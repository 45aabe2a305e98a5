"""The table of presets, the check of their arguments, and the pieces that several libraries share."""

from __future__ import annotations

from collections.abc import Callable

from lrlib import schedules as s
from lrlib.rules import Refused, Registry, checked, refused, shown
from lrlib.schedules.core import Schedule

PRESETS = Registry("preset", "presets.names() lists all")
FAR = 2**30  # steps that a line is drawn on for, past its end: a power of two, so that it stays exact


def preset_of(library: str) -> Callable:
    """Register a function as the preset "library.function"; its parameters are checked by annotation."""

    def add(function: Callable[..., Schedule]) -> Callable[..., Schedule]:
        name = f"{library}.{function.__name__}"
        PRESETS.add(name, build := checked(function, who=name, by_name=True))
        return build

    return add


def floor(min_lr: float, base_lr: float | None) -> float:
    """The rate `min_lr` as a factor of `base_lr`. ValueError when a `min_lr` comes without `base_lr`."""
    if not min_lr:
        return 0
    if base_lr is None:
        raise Refused(f"base_lr must be given, as min_lr = {shown(min_lr)} is a rate and not a factor")
    return min_lr / base_lr


def rest(total_steps: int, **lengths: int) -> int:
    """What is left of `total_steps` after these lengths. ValueError unless at least a step is."""
    left = total_steps - sum(lengths.values())
    if left < 1:
        allowed = f"less than total_steps = {total_steps}"
        raise refused(" + ".join(lengths), allowed, sum(lengths.values()))
    return left


def wave(start: float, end: float, steps: float) -> Schedule:
    """A cosine from `start` to `end` in `steps` steps (may be fractional) and back, for ever."""
    return s.between(s.stretch((s.cosine(1, 0, 1) >> s.cosine(0, 1, 1)).loop(), steps), end, start)


def ray(start: float, end: float, steps: float) -> Schedule:
    """A straight line from `start` to `end` in `steps` steps (may be fractional), and on past it."""
    return s.linear(start, start + (end - start) * (FAR / steps), FAR)


def decay(kind: str, end: float, steps: int) -> Schedule:
    """From 1 to `end` in `steps` steps, then held: "linear", "cosine" or "1-sqrt"."""
    if kind == "cosine":
        return s.cosine(1, end, steps)
    line = s.linear(1, end, steps)
    return s.warp(line, 0.5) if kind == "1-sqrt" else line


def triangle(up: int, down: int) -> Schedule:
    """Straight from 0 to 1 in `up` steps and back in `down` steps, once."""
    return s.linear(0, 1, up) >> s.linear(1, 0, down)


def cyclic(low: float, up: int, down: int, mode: str, gamma: float) -> Schedule:
    """Triangles from `low` to 1 for ever, their height kept, halved each cycle, or decaying each step."""
    heights = triangle(up, down or up).loop(gamma=0.5 if mode == "triangular2" else 1)
    return s.between(heights * s.exponential(gamma) if mode == "exp_range" else heights, low, 1)


def torch_phases(total_steps: int, warmup_fraction: float, three_phase: bool) -> list[float]:
    """The lengths of torch's one-cycle phases, which count from 1: the last one ends at step T - 1."""
    up = warmup_fraction * total_steps - 1
    phases = [up, up, total_steps - 1 - 2 * up] if three_phase else [up, total_steps - 1 - up]
    if min(phases) <= 0:
        allowed = "such that every phase is longer than 0 steps"
        raise refused("warmup_fraction", allowed, warmup_fraction)
    return phases


def phased(start: float, end: float, phases: list[float], curve: str) -> Schedule:
    """From `start` to 1, with three phases back to `start`, and to `end`: a one-cycle schedule.

    Phases are lengths in steps, possibly fractional. The last one goes on past its end as its formula does.
    """
    levels = [start, 1, start, end] if len(phases) == 3 else [start, 1, end]
    shape = s.cosine if curve == "cos" else s.linear
    *first, last = zip(levels, levels[1:], phases, strict=False)
    tail = wave(*last) if curve == "cos" else ray(*last)
    for a, b, steps in reversed(first):
        tail = s.stretch(shape(a, b, 1), steps) >> tail
    return tail


def late(schedule: Schedule, by: int) -> Schedule:
    """`schedule` from its step `by` on, which may be past its end."""
    return s.shift(schedule, by) if by < schedule.steps else s.constant(schedule(by))


def stopped(schedule: Schedule) -> Schedule:
    """A finite schedule that keeps, once it is over, the value of its last step instead of its end value."""
    return schedule >> s.constant(schedule(schedule.steps - 1))
