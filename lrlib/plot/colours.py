"""Which colour and line a schedule has, in every figure: read off what it does, never off what it is called.

The colour says how the rate falls, the line what comes before it falls. A schedule keeps its look when it is
scaled, floored, shifted or put after a warmup. Curves of one figure that are alike in both get other shades
and markers; what is no schedule has a palette of its own.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from lrlib.schedules import Scale, Schedule, Sequence, parse, shapes
from lrlib.schedules import operators as over

BLACK, GREY, BLUE, SKY = "#000000", "#8a8a8a", "#0072B2", "#56B4E9"
GREEN, ORANGE, VERMILION, PURPLE = "#009E73", "#E69F00", "#D55E00", "#CC79A7"
WINE, INDIGO, OLIVE = "#882255", "#332288", "#999933"
COLOURS = {  # how the rate falls -> colour
    "constant": BLACK,  # not at all: constant, or a warmup or range test alone
    "linear": BLUE,
    "polynomial": WINE,  # a power of the time that is left
    "root": INDIGO,  # 1 - p**k, k < 1, such as the 1 - sqrt cooldown
    "cosine": VERMILION,  # flat at both ends: cosine, tanh
    "exponential": GREEN,
    "inverse": PURPLE,  # 1/t, 1/sqrt(t), other inverse powers
    "steps": ORANGE,
    "cycles": SKY,  # it rises again after it fell
    "own": OLIVE,  # a table of numbers, or a shape of your own
}
SHAPES = {
    "constant": (shapes.Constant, Scale),
    "linear": (shapes.Linear,),
    "polynomial": (shapes.Polynomial, shapes.Rex),
    "cosine": (shapes.Cosine, shapes.Tanh),
    "exponential": (shapes.Exponential,),
    "inverse": (shapes.InverseTime, shapes.InverseSqrt, shapes.Logarithmic),
    "steps": (shapes.Step, shapes.Multistep),
}
SOLID, DASHED, DOTTED, DASHDOT = "-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2))
LONG, DASHDOTDOT = (0, (9, 1.5)), (0, (5, 1.2, 1, 1.2, 1, 1.2))
RISES, STAYS = (SOLID, DASHED), (DASHDOT, DASHDOTDOT)  # what comes first: nothing, a rise; a constant, both
MARKERS = "osD^vPX"
LEDGER = {"intended": {"color": GREY, "linestyle": DOTTED}, "used": {"color": PURPLE, "linestyle": SOLID}}
PALETTE = (("#7B3FC4", SOLID), ("#EE6677", DASHED), ("#1B3A6B", DASHDOT), ("#35B5C9", LONG),
           ("#8C510A", DASHDOTDOT), ("#6B1A1A", DOTTED))  # of what is no schedule  # fmt: skip
BRIGHT = 0.5  # of white's brightness
ENDLESS = 1000  # steps of a shape without an end, at least
POINTS = 129  # at which a piece is looked at
LONG_RISE = 0.25  # the part of a run from which on a rise is no warmup but half of the schedule


class Piece(NamedTuple):
    """A stretch of a schedule that one formula makes: its kind, first step and the step it is over at."""

    kind: str
    start: float
    stop: float


def kind(schedule: Schedule | str, total_steps: int | None = None) -> str:
    """How a schedule falls in a run of `total_steps`, a key of `COLOURS`: that of the last part that falls.

    schedule: also as a text, in which T is `total_steps`.
    total_steps: by default its own length; where it has none, up to where it has shown what it does.

    >>> from lrlib.schedules import parse
    >>> kind(parse("warmup_cosine(100, 10)")), kind(parse("wsd(100, 10, 20)")), kind(parse("sgdr(10)"))
    ('cosine', 'linear', 'cycles')
    >>> wave = parse("cosine_wave(50)")  # it climbs again, but not within 50 steps
    >>> kind(wave, 50), kind(wave, 200)
    ('cosine', 'cycles')
    """
    return _seen(schedule, total_steps)[0]


def style(schedule: Schedule | str, total_steps: int | None = None) -> dict:
    """Colour and line style of a schedule: the colour is that of its `kind`, the line says what comes before.

    Solid: nothing comes before; dashed: a rise; long dashes: a rise over more than a quarter of the run, as
    in one-cycle; dash-dot: a constant stretch; dash-dot-dot: a rise and a constant stretch, as in WSD.

    >>> from lrlib.schedules import cosine, linear
    >>> style(0.3 * cosine(1, 0, 90)) == style(cosine(1, 0.1, 700)) != style(linear(1, 0, 90))
    True
    """
    kind, line = _seen(schedule, total_steps)
    return {"color": COLOURS[kind], "linestyle": line}


def looks(named: Mapping[str, object], total_steps: int | None = None, like=None) -> list[dict]:
    """A look for each name: its schedule's, else the next of a palette. "intended" and "used" have their own.

    Its schedule is what `like` says, or the value: a schedule, or ledgers that have one; else the name, where
    that is a text, in which T is `total_steps`, or a kind. Where all have the same schedule, it tells nothing
    apart, and the palette does. Looks that would be alike differ in shade and marker.
    """
    found = {name: (like or {}).get(name) or _schedule(value) for name, value in named.items()}
    if len(found) > 1 and len(set(found.values())) == 1:
        found = dict.fromkeys(found)
    spare, taken, made = itertools.cycle(PALETTE), Counter(), []
    for name, schedule in found.items():
        look = style(schedule, total_steps) if schedule else LEDGER.get(name) or _written(name, total_steps)
        look = look or dict(zip(("color", "linestyle"), next(spare), strict=True))
        again = taken[str(look)]
        taken[str(look)] += 1
        made.append({**look, **_again(look["color"], again)} if again else look)
    return made


def _again(colour: str, times: int) -> dict:
    """What tells a curve from others of its colour: a marker, and a darker or lighter shade.

    Black gets lighter twice, and what is bright darker twice: on white a lighter one would be lost.
    """
    bright, second = np.dot((0.3, 0.59, 0.11), to_rgb(colour)) > BRIGHT, times % 2 == 0
    white = colour == BLACK or (second and not bright)
    part = (0.6 if white else 0.7) if second else 0.4
    shade = to_hex([(1 - part) * channel + part * white for channel in to_rgb(colour)])
    return {"color": shade, "marker": MARKERS[(times - 1) % len(MARKERS)]}


def _seen(schedule: Schedule | str, total_steps: int | None) -> tuple[str, str | tuple]:
    """Kind and line of a schedule, from its pieces and from its values at steps of each of them."""
    schedule = parse(schedule, T=total_steps) if isinstance(schedule, str) else schedule
    end = total_steps or _horizon(schedule)
    pieces = [piece for piece in _pieces(schedule) if piece.start < end and piece.stop > 0]
    t = np.unique([_steps_of(piece, end) for piece in (*pieces, Piece("constant", 0, end))])
    with np.errstate(all="ignore"):
        v = np.maximum(schedule(t), 0)
    least = 1e-6 * np.ptp(v)
    rises = bool(v.max() > v[0] + least)
    if _climbs_again(v):
        return "cycles", RISES[rises]
    inside = {piece: v[(t >= piece.start) & (t < piece.stop)] for piece in pieces}
    falls = [p for p in pieces if p.kind != "constant" and np.ptp(inside[p][inside[p].argmax() :]) > least]
    long = LONG if rises and t[v.argmax()] > LONG_RISE * end else RISES[rises]
    if not falls:
        return "steps" if v.max() - v[-1] > least else "constant", long
    last = max(reversed(falls), key=lambda piece: piece.start)
    level = inside[last][0] * (1 - 1e-6)
    before = (inside[p] for p in pieces if p.kind == "constant" and p.start < last.start)
    stays = any(level <= part.max() and np.sum(part > part.max() * (1 - 1e-9)) > 1 for part in before)
    return last.kind, STAYS[rises] if stays else long


def _climbs_again(v: np.ndarray) -> bool:
    """Whether values rise, by more than a fiftieth of their range, after they fell by as much."""
    enough = 0.02 * np.ptp(v)
    fallen = np.maximum.accumulate(v) - v > enough
    ahead = np.maximum.accumulate(v[::-1])[::-1] - v > enough
    return bool(np.any(fallen & ahead))


def _pieces(schedule: Schedule) -> list[Piece]:
    """The pieces of a schedule on its own clock."""
    if isinstance(schedule, Sequence):
        starts = itertools.accumulate((part.steps for part in schedule.parts[:-1]), initial=0)
        placed = [(p, at) for at, part in zip(starts, schedule.parts, strict=True) for p in _pieces(part)]
        return [Piece(p.kind, p.start + at, p.stop + at) for p, at in placed]
    if isinstance(schedule, over.Restarts):
        again = [Piece("own", schedule.body.steps, schedule.steps)]
        return _pieces(schedule.body) + again * (schedule.num_cycles > 1)
    inner, body = _inner(schedule), getattr(schedule, "body", None)
    changing = [each for each in inner if not isinstance(each, Scale | shapes.Constant)]
    if isinstance(body, Schedule) and (body in changing or not changing):
        made, clock = _pieces(schedule.body), _clock(schedule)
        return [Piece(_bent(schedule, p.kind), clock(p.start), clock(p.stop)) for p in made]
    if inner:  # the last of several tells; between two levels that is the lower
        parts = changing[::-1] if body else changing or inner
        return [p for each in parts for p in _pieces(each) if len(parts) == 1 or not _rises(each, p)]
    return [Piece(_shape(schedule), 0, schedule.steps or math.inf)]


def _clock(schedule: Schedule) -> Callable[[float], float]:
    """When an operator comes to a step of its body."""
    match schedule:
        case over.Shift(by=by):
            return lambda t: t - by
        case over.Stretch(to=to, of=of):
            return lambda t: t * to / of
        case over.Warp(steps=n, power=power):
            return lambda t: n * (max(t, 0) / n) ** (1 / power)
        case over.OnClock(body=body, ticks=ticks):
            return lambda t: over.OnClock(over.Cut(body, math.ceil(t)), ticks).steps if t < math.inf else t
    return lambda t: t


def _inner(schedule: Schedule) -> list[Schedule]:
    """The schedules that are fields of a schedule."""
    values = [getattr(schedule, field.name) for field in dataclasses.fields(schedule)]
    flat = [each for value in values for each in (value if isinstance(value, tuple) else (value,))]
    return [each for each in flat if isinstance(each, Schedule)]


def _rises(schedule: Schedule, piece: Piece) -> bool:
    first, last = max(piece.start, 0), max(min(piece.stop - 1, piece.start + 1000), 0)
    return schedule(last) > schedule(first)


def _shape(schedule: Schedule) -> str:
    """The kind of a shape. A power of 1 is a line, and a table that seldom changes is stairs."""
    match schedule:
        case shapes.Polynomial(power=1):
            return "linear"
        case shapes.Table(multipliers=values):
            return "steps" if 4 * np.count_nonzero(np.diff(values)) < len(values) else "own"
    return next((kind for kind, known in SHAPES.items() if isinstance(schedule, known)), "own")


def _bent(schedule: Schedule, kind: str) -> str:
    """What an operator makes of a kind."""
    match schedule, kind:
        case over.Warp(power=power), "linear" if power != 1:
            return "root" if power < 1 else "polynomial"
        case over.Power(exponent=exponent), "linear" if exponent != 1:
            return "polynomial"
        case over.Stairs(), "exponential":
            return "steps"
    return kind


def _horizon(schedule: Schedule) -> int:
    """Its length; where it has none, steps enough to see what it does.

    Two cycles; of a wave, which comes back as it went, the first descent.
    """
    if schedule.steps < math.inf:
        return max(math.ceil(schedule.steps), 1)
    match schedule:
        case Sequence(parts=(*first, last)):
            return math.ceil(sum(part.steps for part in first)) + _horizon(last)
        case over.Restarts(body=Sequence(parts=(shapes.Cosine() as down, *_)) as wave) if (
            wave(wave.steps) == down.start > down.end
        ):
            return down.steps
        case over.Restarts(body=body, t_mult=t_mult):
            return math.ceil(body.steps * (1 + t_mult)) + 2
    n = max(map(_horizon, _inner(schedule)), default=0) or _timescale(schedule)
    asked = math.ceil(_clock(schedule)(n))
    return asked if asked > 0 else 4 * n


def _timescale(schedule: Schedule) -> int:
    """Steps enough for a shape without an end: twice the largest number among its fields, or more."""
    values = [np.ravel(getattr(schedule, field.name)) for field in dataclasses.fields(schedule)]
    numbers = [x for each in values if each.dtype.kind in "if" for x in each if x < math.inf]
    return max([ENDLESS, *(2 * math.ceil(x) for x in numbers)])


def _steps_of(piece: Piece, end: float) -> np.ndarray:
    """Whole steps of a piece, at most POINTS of them, its first and last among them."""
    first, last = math.ceil(max(piece.start, 0)), math.ceil(min(piece.stop, end)) - 1
    return np.round(np.linspace(first, max(first, last), POINTS))


def _schedule(value: object) -> Schedule | None:
    """The schedule that a value is, or was trained with."""
    if isinstance(value, list | tuple) and value:
        value = value[0]
    return value if isinstance(value, Schedule) else getattr(value, "schedule", None)


def _written(name: str, total_steps: int | None) -> dict | None:
    """The look of a name that is a kind or a text; where no length is known, if any length agrees."""
    if name in COLOURS:
        return {"color": COLOURS[name], "linestyle": SOLID}
    lengths = [total_steps] if total_steps else (1_000, 1_000_000)
    try:
        look, *others = [style(parse(name, T=T)) for T in lengths]
    except ValueError:
        return None
    return look if all(other == look for other in others) else None
