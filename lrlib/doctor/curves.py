"""Curves that are tried on a log: what its first look says of them, and where the search begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrlib.doctor.pieces import FALLS, Curve, Fall
from lrlib.doctor.search import NEAR, Points, refined, settled
from lrlib.schedules import Schedule, constant

ROUGH = 60.0  # tolerances: what is farther off on a few rows is not looked at again
FEW = 40
FAR = 20  # times what is logged of a way down, to an end above zero
FEWEST = 4  # ends of the way up that are tried one by one


@dataclass(frozen=True)
class Look:
    """What a log looks like at first: rows of the first and last largest rate, of the first lowest one."""

    points: Points
    top: int
    last_top: int
    bottom: int

    @staticmethod
    def at(points: Points) -> Look:
        y, tol = points.y, points.tol
        high = y >= (y - 0).max() - 2 * tol
        top = int(high.argmax())
        last = top + int((~high[top:]).argmax()) - 1 if (~high[top:]).any() else len(y) - 1
        low = y[last:] <= y[last:].min() + 2 * tol[last:]
        return Look(points, top, last, last + int(low.argmax()))

    @property
    def rises(self) -> bool:
        return self.top > 0

    @property
    def falls(self) -> bool:
        return self.last_top < len(self.points.t) - 1

    @property
    def ends(self) -> bool:
        """Whether the way down is over before the log is."""
        return self.bottom < len(self.points.t) - 1

    def step(self, row: int) -> float:
        """The step of a row; as far beyond the ends as the log is spaced there."""
        t = self.points.t
        if row < 0:
            return min(t[0], 0.0)
        return float(t[row]) if row < len(t) else float(2 * t[-1] - t[-2]) if len(t) > 1 else t[-1] + 1


def smooth(points: Points) -> Iterator[tuple[Schedule, float, str]]:
    """(schedule, base_lr, what is not settled) of every kind of curve that fits, one or two of each."""
    look = Look.at(points)
    if not look.rises and not look.falls:
        level = _level(points)
        if level is not None:
            yield constant(), level, ""
        return
    found = 0
    for fall in FALLS if look.falls else (None,):
        if not (found and fall.general):
            for one in _of(fall, look):
                found += 1
                yield one


def _level(points: Points) -> float | None:
    from lrlib.doctor.numbers import shortest

    low, high = (points.y - points.tol).max(), (points.y + points.tol).min()
    return shortest(low, high) if low <= high else None


def _of(fall: Fall | None, look: Look) -> Iterator[tuple[Schedule, float, str]]:
    """The simplest curve with this way down that fits."""
    hint = _alone(fall, look) if fall else {}
    if hint is None:
        return
    for rise, start in _ways_up(look):
        levels = (
            (False, True) if fall and (fall.name == "cosine" or look.last_top <= look.top + 1) else (True,)
        )
        for level in levels if fall else (False,):
            for floor in (False, True) if fall and not fall.endless else (False,):
                curve = Curve(rise, start, level, fall, floor)
                made = list(_fitted(curve, look, hint)) if curve.free < len(look.points.t) else []
                yield from made
                if made:
                    return


def _alone(fall: Fall, look: Look) -> dict | None:
    """The end and the exponent of a way down, fitted to its own rows; None where they are no such."""
    rows = look.points[look.last_top :].probes(FEW)
    curves = [Curve("", "zero", True, fall, floor) for floor in ((False,) if fall.endless else (True, False))]
    best = None
    for curve, start, bounds in ((c, *begun) for c in curves for begun in _beginnings(c, look, {})):
        free = tuple(name for name in (*curve.lengths, "q") if name in start)
        x, _, miss = refined(curve, rows, start, free, bounds)
        if miss <= ROUGH and (best is None or miss < best[1]):
            best = x, miss
        if miss <= NEAR:
            break
    return best and {name: best[0][name] for name in ("E", "q") if name in best[0]}


def _ways_up(look: Look) -> Iterator[tuple[str, str]]:
    """Those that the rows before the first largest rate may be, the simplest first."""
    if not look.rises:
        yield "", "zero"
        return
    rows = look.points[: look.top]
    t, y, tol, one = rows.t, rows.y, rows.tol, np.ones_like(rows.t)
    lines = {"zero": [t], "first": [t + 1], "free": [one, t]}
    for start, columns in lines.items():
        if _straight(columns, y, tol):
            yield "linear", start
    if not _straight([one, t], y, tol) or len(t) < 3:
        yield "cosine", "free"
    if _straight([one], y, tol):
        yield "constant", "free"


def _straight(columns: list[np.ndarray], y: np.ndarray, tol: np.ndarray) -> bool:
    weighted = np.stack(columns, axis=1) / tol[:, None]
    found = np.linalg.lstsq(weighted, y / tol, rcond=None)[0]
    return bool(np.abs(weighted @ found - y / tol).max() <= NEAR and (found >= -1e-9).all())


def _fitted(curve: Curve, look: Look, hint: dict) -> Iterator[tuple[Schedule, float, str]]:
    points = look.points.probes()
    for start, bounds in _beginnings(curve, look, hint):
        free = tuple(name for name in (*curve.lengths, "q") if name in start)
        rough, _, miss = refined(curve, points.probes(FEW), start, free, bounds)
        if miss > ROUGH:
            continue
        x, errors, miss = refined(curve, points, rough, free, bounds)
        if miss > ROUGH:
            continue
        found = settled(curve, look.points, x, errors, free, bounds)
        if found:
            x, rates = found
            yield curve.schedule(x, rates), float(rates[0]), _open(curve, look, x, errors, free)
            return


def _open(curve: Curve, look: Look, x: dict, errors: np.ndarray, free: tuple[str, ...]) -> str:
    """What is said of an end that lies beyond the log; "" where the log settles it."""
    last = look.points.t[-1]
    if "E" not in free or look.ends or x["E"] <= look.step(len(look.points.t)):
        return ""
    spread = min(3 * float(errors[free.index("E")]), x["E"])
    said = (
        f"the log ends at update {last:g}, before the way down does: its end is found by going on from there"
    )
    unsettled = curve.floor or curve.fall.name == "linear"
    if unsettled:
        said += ", and depends on where it is to end, which the log does not say"
    elif spread > 1:
        said += f", and may be some {spread:.2g} updates off"
    return said


def _beginnings(curve: Curve, look: Look, hint: dict) -> Iterator[tuple[dict, dict]]:
    """Where the search begins: which lengths, within which bounds, and which exponents."""
    ups = list(_tops(curve, look))
    for up, up_in in ups:
        for end, end_in in _ends(curve, look, hint):
            for q, q_in in _exponents(curve, look, hint):
                yield {**up, **end, **q}, {**up_in, **end_in, **q_in}


def _tops(curve: Curve, look: Look) -> Iterator[tuple[dict, dict]]:
    """The end of the way up lies about the first largest rate, that of the level stretch about the last."""
    before, at, after = (look.step(look.top + k) for k in (-1, 0, 1))
    C = {"C": look.step(look.last_top)} if curve.level else {}
    C_in = {"C": (0.0, look.step(look.last_top + 1))} if curve.level else {}
    if not curve.rise:
        yield C, C_in
        return
    if curve.rise == "cosine" and look.last_top > look.top:
        yield (
            {"W": (at + look.step(look.last_top)) / 2, **C},
            {"W": (max(before, 0.5), look.step(look.last_top + 1)), **C_in},
        )
        return
    if look.last_top > look.top:
        yield {"W": at, **C}, {"W": (max(before, 0.5), at + 1e-6), **C_in}
    if look.last_top == look.top and after - before <= FEWEST:
        for W in range(max(int(before), 1), int(after) + 1):
            yield {"W": float(W), **C}, {"W": (float(W), float(W)), **C_in}
        return
    for low, high in ((before, at), (at, after)) if look.last_top == look.top else ():
        if high > low:
            yield {"W": (low + high) / 2, **C}, {"W": (max(low, 0.5), high), **C_in}


def _ends(curve: Curve, look: Look, hint: dict) -> Iterator[tuple[dict, dict]]:
    if "E" not in curve.lengths:
        yield {}, {}
        return
    last, begun = look.points.t[-1], look.step(look.last_top)
    span = max(last - begun, 1.0)
    bounds = {"E": (begun + 1e-3, last + (FAR if curve.floor else 1000) * span)}
    if look.ends:
        yield {"E": look.step(look.bottom)}, bounds
        return
    if hint:
        yield {"E": hint["E"]}, bounds
    yield {"E": last + 0.02 * span}, bounds
    yield {"E": last + 2 * span}, bounds


def _exponents(curve: Curve, look: Look, hint: dict) -> Iterator[tuple[dict, dict]]:
    """Exponents: of endless ones from a line through 1 / y, 1 / y**2 or log(y)."""
    if not curve.fall or not curve.fall.guesses:
        yield {}, {}
        return
    if not curve.fall.endless:
        bounds = {"q": (-2.0, 2.5)}
        yield from (({"q": q}, bounds) for q in ([hint["q"]] if hint else curve.fall.guesses))
        return
    rows = look.points[look.last_top :]
    rows = rows[rows.y > 1e-12 * rows.y[0]]
    if len(rows.t) < 2:
        return
    y, x = rows.y, rows.t - rows.t[0]
    how = {"exponential": np.log, "inverse time": lambda y: 1 / y, "inverse sqrt": lambda y: y**-2}
    slope, level = np.polyfit(x, how[curve.fall.name](y), 1)
    pace = -slope if curve.fall.name == "exponential" else slope / max(level, slope * 1e-12, 1e-300)
    q = np.log(max(pace, 1e-12))
    yield {"q": q if curve.fall.name == "exponential" else -q}, {"q": (-28.0, 28.0)}
