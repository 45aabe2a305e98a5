"""Which presets of a library may be a schedule, read off the shapes that it is made of.

A guess names a preset, its arguments, and the factor that `base_lr` is multiplied by. Nothing here is
trusted: `configurations` computes whether a guess makes the rates of the schedule.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lrlib.schedules import (
    Between,
    Constant,
    Cosine,
    Exponential,
    InverseSqrt,
    InverseTime,
    Linear,
    Multistep,
    Polynomial,
    Product,
    Restarts,
    Scale,
    Schedule,
    Sequence,
    Step,
    Stretch,
    Warp,
)

FALLING = Linear | Cosine | Polynomial


class Guess(NamedTuple):
    preset: str
    arguments: dict
    factor: float = 1


def guesses(schedule: Schedule, steps: int) -> Iterator[Guess]:
    """Presets that may be `schedule` in a run of so many steps.

    >>> from lrlib.schedules import parse
    >>> for guess in guesses(parse("linear(0, 1, 30) >> cosine(1, 0, 570)"), 600):
    ...     print(guess.preset, guess.arguments)
    torch.warmup_cosine {'total_steps': 600, 'warmup_steps': 30, 'min_lr': 0.0}
    optax.warmup_cosine {'total_steps': 600, 'warmup_steps': 30}
    keras.warmup_cosine {'decay_steps': 570, 'warmup_steps': 30}
    hf.cosine {'total_steps': 600, 'warmup_steps': 30}
    """
    factor, parts = _taken_apart(schedule)
    while len(parts) > 1 and sum(part.steps for part in parts[:-1]) >= steps:
        parts.pop()  # the run never comes to it
    first, *rest = parts
    peak, scaled = 1, []
    if isinstance(first, Linear) and rest and first.end > 0:
        peak = first.end
        rest = [_divided(part, peak) for part in rest]
        scaled = _after_warmup(first.start / peak, first.steps, rest, steps)
    elif isinstance(first, FALLING) and first.start > 0:
        peak = first.start
        scaled = _falling([_divided(part, peak) for part in parts])
    for name, arguments in (*_endless(parts, steps), *_pieces(parts), *_cycle(parts)):
        yield Guess(name, arguments, factor)
    for name, arguments in scaled:
        yield Guess(name, arguments, factor * peak)


def _taken_apart(schedule: Schedule) -> tuple[float, list[Schedule]]:
    """A factor, and the parts that it multiplies, without a last one that only holds what is held anyway."""
    factor = 1.0
    if isinstance(schedule, Product):
        others = [each for each in schedule.factors if not isinstance(each, Scale)]
        factor = math.prod(each.value for each in schedule.factors if isinstance(each, Scale))
        schedule = others[0] if len(others) == 1 else schedule
    parts = [_as_curve(part) for part in getattr(schedule, "parts", (schedule,))]
    if len(parts) > 1 and isinstance(parts[-1], Constant) and isinstance(parts[-2], FALLING):
        before = parts[-2]
        if before.end == parts[-1].value and before.end != 1:
            parts.pop()
    return factor, parts


def _as_curve(part: Schedule) -> Schedule:
    """The half cosine that a wave of a preset begins with; any other part as it is."""
    match part:
        case Between(Stretch(Restarts(Sequence((Cosine(1, 0, 1), Cosine(0, 1, 1)))), to, 1), low, high):
            return Cosine(high, low, round(to))
    return part


def _divided(part: Schedule, peak: float) -> Schedule:
    if isinstance(part, FALLING):
        return dataclasses.replace(part, start=part.start / peak, end=part.end / peak)
    if isinstance(part, Constant):
        return dataclasses.replace(part, value=part.value / peak)
    return part


def _after_warmup(start: float, w: int, rest: list, steps: int) -> Iterator[tuple[str, dict]]:
    """Guesses for a line from `start` to 1 in w steps, and what follows at 1."""
    total = w + sum(int(part.steps) for part in rest if part.steps < math.inf)
    up, from_start = {"warmup_steps": w}, {"start": start} if start else {}
    whole = {"total_steps": total, **up}
    match rest:
        case [Constant(1)]:
            yield "torch.linear", {"start": start, "end": 1, "total_steps": w}
            yield "optax.warmup_constant", up | from_start
            yield "hf.constant_with_warmup", up
        case [Cosine(1, end, d)]:
            floor = {"min_factor": end} if end else {}
            yield "torch.warmup_cosine", whole | from_start | {"min_lr": end}
            yield "optax.warmup_cosine", whole | from_start | floor
            yield "keras.warmup_cosine", {"decay_steps": d, **up} | from_start | floor
            yield "hf.cosine_with_min_lr" if end else "hf.cosine", whole | floor
        case [Linear(1, 0, _)]:
            yield "hf.linear", whole
        case [Linear(1, end, _)]:
            yield "hf.polynomial", whole | {"min_lr": end}
        case [Polynomial(1, end, _, power)]:
            yield "hf.polynomial", whole | {"min_lr": end, "power": power}
        case [Constant(1), last]:
            yield from _stable(last, start, whole)
        case [last]:
            yield from _endless_after_warmup(last, up, from_start, steps)


def _endless_after_warmup(
    last: Schedule, up: dict, from_start: dict, steps: int
) -> Iterator[tuple[str, dict]]:
    """Guesses for a warmup and what begins at 1 and never ends."""
    w = up["warmup_steps"]
    match last:
        case Exponential(gamma, d):
            yield "optax.warmup_exponential", up | {"decay_steps": d, "gamma": gamma} | from_start
        case InverseSqrt(timescale):
            yield "hf.inverse_sqrt", up if timescale == w else up | {"timescale": timescale}
        case Restarts(Cosine(1, 0, d), _, 1, 1):
            yield "hf.cosine_with_restarts", {"total_steps": steps, **up, "num_cycles": _cycles(steps - w, d)}


def _stable(last: Schedule, start: float, whole: dict) -> Iterator[tuple[str, dict]]:
    """Guesses for warmup-stable-decay, which ends where it starts."""
    match last:
        case Linear(1, end, d) | Cosine(1, end, d) | Warp(Linear(1, end, d), 0.5) if end == start:
            curve = "1-sqrt" if isinstance(last, Warp) else type(last).__name__.lower()
            floor = {"min_factor": end} if end else {}
            yield "hf.wsd", whole | {"decay_steps": d, "curve": curve} | floor


def _falling(parts: list) -> Iterator[tuple[str, dict]]:
    """Guesses for one curve from 1."""
    match parts:
        case [Linear(1, end, d)]:
            yield "torch.linear", {"start": 1, "end": end, "total_steps": d}
            yield "optax.linear", {"decay_steps": d} | ({"end": end} if end else {})
            yield "keras.polynomial", {"decay_steps": d, "min_lr": end}
            yield (
                "hf.polynomial" if end else "hf.linear",
                {"total_steps": d} | ({"min_lr": end} if end else {}),
            )
        case [Cosine(1, end, d)]:
            floor = {"min_factor": end} if end else {}
            yield "torch.cosine", {"total_steps": d, "min_lr": end}
            yield "optax.cosine", {"decay_steps": d} | floor
            yield "keras.cosine", {"decay_steps": d} | floor
            yield "hf.cosine_with_min_lr" if end else "hf.cosine", {"total_steps": d} | floor
        case [Polynomial(1, end, d, power)]:
            yield "torch.polynomial", {"total_steps": d, "power": power}
            ends = {"end": end} if end else {}
            yield "optax.polynomial", {"decay_steps": d, "power": power} | ends
            yield "keras.polynomial", {"decay_steps": d, "power": power, "min_lr": end}
            yield "hf.polynomial", {"total_steps": d, "power": power, "min_lr": end}


def _endless(parts: list, steps: int) -> Iterator[tuple[str, dict]]:
    """Guesses for shapes that begin at 1 and never end."""
    match parts:
        case [Exponential(gamma, d)]:
            yield "torch.exponential", {"gamma": gamma ** (1 / d)}
            yield "optax.exponential", {"decay_steps": d, "gamma": gamma}
            yield "keras.exponential", {"decay_steps": d, "gamma": gamma}
        case [Step(size, gamma)]:
            stairs = {"decay_steps": size, "gamma": gamma, "staircase": True}
            yield "torch.step", {"step_size": size, "gamma": gamma}
            yield "optax.exponential", stairs
            yield "keras.exponential", stairs
        case [Multistep(milestones, gamma)]:
            yield "torch.multistep", {"milestones": milestones, "gamma": gamma}
            yield (
                "optax.piecewise_constant",
                {"milestones": milestones, "factors": (gamma,) * len(milestones)},
            )
            levels = tuple(gamma**k for k in range(len(milestones) + 1))
            yield from _keras_pieces(milestones, levels)
        case [InverseTime(timescale, 1)]:
            yield "keras.inverse_time", {"decay_steps": 1, "rate": 1 / timescale}
        case [InverseSqrt(timescale)]:
            yield "hf.inverse_sqrt", {"warmup_steps": 0, "timescale": timescale}
        case [Restarts(Cosine(1, end, d), _, t_mult, gamma)]:
            yield from _restarts(d, end, t_mult, gamma, steps)
        case [Between(Restarts() as waves, low, 1)]:
            yield from _triangles(waves, low)


def _restarts(d: int, end: float, t_mult: float, gamma: float, steps: int) -> Iterator[tuple[str, dict]]:
    """Guesses for warm restarts of a cosine of d steps."""
    if gamma == 1:
        yield "torch.restarts", {"first_cycle": d, "t_mult": int(t_mult), "min_lr": end}
    kept = {"min_factor": end} if end else {}
    yield "keras.restarts", {"first_cycle": d, "t_mult": t_mult, "gamma": gamma} | kept
    if t_mult == gamma == 1 and not end:
        yield "hf.cosine_with_restarts", {"total_steps": steps, "num_cycles": _cycles(steps, d)}


def _cycles(left: int, d: int) -> float:
    """left / d, or the next number with which transformers, as it rounds, restarts no update late."""
    restarts, cycles = np.arange(d, left, d) / left, left / d
    while np.any(cycles * restarts % 1 > 0.5):
        cycles = math.nextafter(cycles, math.inf)
    return cycles


def _triangles(waves: Restarts, low: float) -> Iterator[tuple[str, dict]]:
    """Guesses for triangles that go on for ever."""
    match waves:
        case Restarts(Sequence((Linear(0, 1, up), Linear(1, 0, down))), _, 1, 1 | 0.5 as gamma):
            mode = "triangular" if gamma == 1 else "triangular2"
            arguments = {"step_size_up": up, "step_size_down": down, "mode": mode, "min_lr": low}
            yield "torch.cyclic", arguments


def _pieces(parts: list) -> Iterator[tuple[str, dict]]:
    """Guesses for constants, one after the other."""
    if not all(isinstance(part, Constant) for part in parts) or len(parts) < 2:
        return
    levels = tuple(part.value for part in parts)
    ends = [sum(int(part.steps) for part in parts[: k + 1]) for k in range(len(parts) - 1)]
    if len(parts) == 2 and levels[1] == 1:
        yield "torch.constant", {"factor": levels[0], "total_steps": ends[0]}
    if levels[0] == 1 and all(levels):
        factors = tuple(b / a for a, b in itertools.pairwise(levels))
        yield "optax.piecewise_constant", {"milestones": tuple(ends), "factors": factors}
    yield from _keras_pieces(ends, levels)


def _keras_pieces(ends, levels: tuple) -> Iterator[tuple[str, dict]]:
    """Keras names the last update at the rate before."""
    if ends and min(ends) > 0:
        boundaries = tuple(end - 1 for end in ends)
        yield "keras.piecewise_constant", {"milestones": boundaries, "multipliers": levels}


def _cycle(parts: list) -> Iterator[tuple[str, dict]]:
    """Guesses for one cycle: up to 1 and down. Half a step more, as optax rounds parts of a run down."""
    total = sum(part.steps for part in parts)
    match parts:
        case [Cosine(start, 1, up), Cosine(1, end, _)] if start > 0 and end > 0:
            ends = {"div": 1 / start, "final_div": start / end}
            yield (
                "optax.cosine_one_cycle",
                {"total_steps": total, "warmup_fraction": (up + 0.5) / total} | ends,
            )
        case [Linear(start, 1, up), Linear(1, low, down), Linear(_, end, _)] if start == low > 0 and end > 0:
            knots = {"warmup_fraction": (up + 0.5) / total, "final_fraction": (up + down + 0.5) / total}
            ends = {"div": 1 / start, "final_div": start / end}
            yield "optax.linear_one_cycle", {"total_steps": total} | knots | ends
