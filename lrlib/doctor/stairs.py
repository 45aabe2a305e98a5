"""Logs that stand still between jumps: stairs, and cycles that start again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from lrlib import schedules as s
from lrlib.doctor.numbers import shortest, wholes
from lrlib.doctor.search import Points, interval
from lrlib.schedules import Schedule

MOSTLY = 0.7  # of the levels of a staircase that have more than one row
LEVELS = 60  # stairs at most
CYCLES = 40
CYCLE = 4  # numbers that one is written down with: a rate, a floor, a length, and how it grows
LONGEST = 40  # lengths of a cycle that are tried


def stairs(points: Points) -> Iterator[tuple[Schedule, float, str]]:
    """Equal drops at equal distances, equal drops at milestones, or values between boundaries."""
    first = _first_rows(points)
    if not 2 <= len(first) <= min(LEVELS, len(points.t) // 2 + 1):
        return
    base = _level(points, slice(0, first[1]))
    edges = [(points.t[row - 1] + 1, points.t[row]) for row in first[1:]]
    levels = [_level(points, slice(a, b)) for a, b in itertools.pairwise([*first, len(points.t)])]
    if base is None or base <= 0 or None in levels:
        return
    gamma = _gamma(points, first, base)
    for body in _staircases(edges, gamma) if gamma is not None else ():
        yield body, base, ""
        if (points.misses(base * body(points.t)) <= 1).all():
            return
    at = tuple(_roundest(*edge) for edge in edges)
    values = tuple(float(f"{level / base:.12g}") for level in levels)
    open_ended = any(low < high for low, high in edges)
    said = "between which rows each change came, the log does not say" if open_ended else ""
    if gamma is not None:
        yield s.multistep(at, gamma), base, said
    elif len(first) <= 12 and np.mean(np.diff([*first, len(points.t)]) > 1) > MOSTLY:
        yield s.piecewise_constant(at, values), base, said


def _first_rows(points: Points) -> list[int]:
    """The rows at which another level begins."""
    jumps = np.abs(np.diff(points.y)) > points.tol[1:] + points.tol[:-1]
    return [0, *(np.flatnonzero(jumps) + 1).tolist()]


def _level(points: Points, rows: slice) -> float | None:
    low, high = (points.y - points.tol)[rows].max(), (points.y + points.tol)[rows].min()
    return shortest(low, high) if low <= high else None


def _roundest(low: float, high: float) -> int:
    return next(wholes(low, high, high))


def _gamma(points: Points, first: list[int], base: float) -> float | None:
    """The one factor of all jumps, if there is one."""
    rows = np.array(first)
    powers = np.arange(1, len(rows))
    low, high = (points.y[rows] - points.tol[rows])[1:] / base, (points.y[rows] + points.tol[rows])[1:] / base
    if low.max() <= 0 or (high <= 0).any():
        return None
    low, high = np.maximum(low, 0) ** (1 / powers), high ** (1 / powers)
    return shortest(low.max(), high.min()) if low.max() <= high.min() else None


def _staircases(edges: list, gamma: float) -> Iterator[Schedule]:
    """Steps of one length, that of the first included."""
    low = max(a / (k + 1) for k, (a, _) in enumerate(edges))
    high = min(b / (k + 1) for k, (_, b) in enumerate(edges))
    if len(edges) > 1 and low <= high:
        for size in itertools.islice(wholes(max(low, 1), high, high), 1):
            yield s.step(size, gamma)


def per_epoch(points: Points) -> Iterator[tuple[Points, int]]:
    """(the log of one row a stair, its length): what a scheduler that is stepped once an epoch counts."""
    first = np.array(_first_rows(points))
    if len(first) < 4 or len(first) > len(points.t) / 2:
        return
    starts, t = points.t[first], points.t
    size = int(np.median(np.diff(starts)))
    if size <= np.median(np.diff(t)):
        return  # a row a stair: a stair and a slope are the same there
    for length in (size, round((starts[-1] - starts[1]) / max(1, len(starts) - 2))):
        if length > 1 and (np.floor(starts[1:] / length) != np.floor(t[first[1:] - 1] / length)).all():
            epochs = np.floor(starts / length)
            if len(np.unique(epochs)) == len(epochs):
                yield Points(epochs, points.y[first], points.tol[first]), length
                return


def cycles(points: Points) -> Iterator[tuple[Schedule, float, str]]:
    """Cosines, lines, or triangles that start again, as long as the one before or some times as long."""
    y, tol = points.y, points.tol
    if len(y) <= CYCLE:
        return
    lows = [k for k in range(1, len(y)) if y[k] - y[k - 1] > 0.3 * (y.max() - y.min()) + 2 * tol[k]]
    if lows and len(lows) <= CYCLES:
        edges = [(points.t[k - 1] + 1, points.t[k]) for k in lows]
        for t_mult in (1, 2, 3, 4, 1.5):
            yield from _restarted(points, edges, t_mult)
    yield from _triangles(points)


def _restarted(points: Points, edges: list, t_mult: float) -> Iterator[tuple[Schedule, float, str]]:
    before = [k if t_mult == 1 else (t_mult**k - 1) / (t_mult - 1) for k in range(1, len(edges) + 1)]
    low = max(a / n for (a, _), n in zip(edges, before, strict=True))
    high = min(b / n for (_, b), n in zip(edges, before, strict=True))
    if low > high + 1e-9:
        return
    for length in itertools.islice(wholes(low, high, high), LONGEST):
        for shape in (s.cosine, s.linear):
            found = _two_levels(points, s.restarts(shape(1, 0, length), t_mult=t_mult))
            if found:
                base, floor = found
                yield s.restarts(shape(1, floor, length), t_mult=t_mult), base, ""
                return


def _triangles(points: Points) -> Iterator[tuple[Schedule, float, str]]:
    """Straight up and down, for ever."""
    slopes = np.sign(np.diff(points.y) * (np.abs(np.diff(points.y)) > points.tol[1:]))
    moves = np.flatnonzero(slopes)
    slopes = slopes[moves]
    turns = moves[:-1][np.diff(slopes) != 0]
    if len(turns) < 2 or len(turns) > 2 * CYCLES:
        return
    rises = slopes[0] > 0
    half = (points.t[turns[-1] + 1] - points.t[turns[0] + 1]) / max(1, len(turns) - 1)
    spread = 2 * np.diff(points.t).max()
    for length in itertools.islice(wholes(max(half - spread, 1), half + spread, half), LONGEST):
        up, down = s.linear(0, 1, length), s.linear(1, 0, length)
        wave = s.restarts(up >> down) if rises else s.restarts(down >> up)
        found = _two_levels(points, wave)
        if found and found[1] < 1:
            base, floor = found
            yield s.between(wave, floor, 1) if floor else wave, base, ""
            return
    for length in itertools.islice(wholes(max(half - spread, 1), half + spread, half), LONGEST):
        found = _two_levels(points, s.cosine_wave(length))
        if found:
            yield s.cosine_wave(length, 1, found[1]), found[0], ""
            return


def _two_levels(points: Points, body: Schedule) -> tuple[float, float] | None:
    """Base rate and floor with which a curve between 0 and 1 gives every row."""
    if _levels_of(points.probes(60), body) is None:
        return None
    return _levels_of(points, body)


def _levels_of(few: Points, body: Schedule) -> tuple[float, float] | None:
    p = body(few.t)
    columns = np.stack([p, 1 - p], axis=1)
    low, high = few.y - few.tol, few.y + few.tol
    base = interval(columns, low, high)
    if base is None:
        return None
    top = shortest(*base) or math.fsum(base) / 2
    if top <= 0:
        return None
    floor = interval(columns[:, 1:], low - top * p, high - top * p)
    if floor is None:
        top = math.fsum(base) / 2
        floor = interval(columns[:, 1:], low - top * p, high - top * p)
    low = None if floor is None else float(f"{max(shortest(*floor), 0) / top:.12g}")
    return None if low is None or low > 1 else (top, low)


def warmed(points: Points) -> Iterator[tuple[Schedule, float, str]]:
    """A straight way up before stairs or cycles."""
    top = int((points.y >= points.y.max() - 2 * points.tol).argmax())
    if not top or points.t[top - 1] + 1 <= 0 or points.y[top - 1] <= 0:
        return
    t, y, peak = points.t[top - 1], points.y[top - 1], points.y[top]
    ends = {round(t * peak / y), round((t + 1) * peak / y) - 1, int(points.t[top])}
    for W in sorted(W for W in ends if t < W <= points.t[top]):
        rest = points[points.t >= W]
        later = Points(rest.t - W, rest.y, rest.tol)
        for body, base, said in itertools.chain(stairs(later), cycles(later)):
            for rise in (s.linear(0, 1, W), s.shift(s.linear(0, 1, W + 1), 1)):
                yield rise >> body, base, said
