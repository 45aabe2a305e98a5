"""Numbers of a curve that a log allows: lengths and exponents by least squares, then whole and short ones.

A curve counts only if every logged rate is within its tolerance; rates that fit are found exactly, as the
solution of linear inequalities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from lrlib.doctor.numbers import shortest, wholes
from lrlib.doctor.pieces import Curve

WHOLE = 80  # of them, where whole numbers are tried
PROBES = 160  # rows that are looked at before all are
NEAR = 2.5  # tolerances that the least squares may be off before whole numbers are tried
TRIES = 40
SOON, HOPELESS = 8, 0.03  # steps after which so much of the largest rate is given up
STEPS = 25  # of least squares, at most


@dataclass(frozen=True)
class Points:
    """What was logged: at which updates (n,), which rates, and how far off each may be."""

    t: np.ndarray
    y: np.ndarray
    tol: np.ndarray

    def __getitem__(self, rows) -> Points:
        return Points(self.t[rows], self.y[rows], self.tol[rows])

    def probes(self, count: int = PROBES) -> Points:
        """A few rows, evenly spread; ends and what lies around the peak are among them."""
        n = len(self.t)
        if n <= count:
            return self
        top = int(self.y.argmax())
        last = n - 1 - int(self.y[::-1].argmax())
        rows = {*np.linspace(0, n - 1, count - 20).astype(int).tolist(), *range(3), n - 2}
        rows |= {r for at in (top, last) for r in range(at - 2, at + 3) if 0 <= r < n}
        return self[np.array(sorted(rows))]

    def misses(self, made: np.ndarray) -> np.ndarray:
        """How far off each is, in tolerances."""
        return np.abs(made - self.y) / self.tol


def solved(curve: Curve, points: Points, x: Mapping[str, float]) -> np.ndarray:
    """The rates that fit best by least squares."""
    columns = curve.columns(points.t, x) / points.tol[:, None]
    return np.linalg.lstsq(columns, points.y / points.tol, rcond=None)[0]


def refined(curve: Curve, points: Points, start: Mapping[str, float], free: tuple[str, ...], bounds: Mapping):
    """(numbers found, standard errors in the same order, largest miss): Levenberg and Marquardt over `free`.

    Rates are solved for at every step (variable projection), so that only lengths and exponents are searched.
    """
    low, high = (np.array([bounds[name][side] for name in free], float) for side in (0, 1))
    wanted, weights = points.y / points.tol, 1 / points.tol[:, None]

    def residuals(values):
        x = {**start, **dict(zip(free, values, strict=True))}
        columns = np.nan_to_num(curve.columns(points.t, x)) * weights
        return columns @ np.linalg.lstsq(columns, wanted, rcond=None)[0] - wanted

    values = np.clip([start[name] for name in free], low, high)
    left = residuals(values)
    if not free:
        return dict(start), np.empty(0), np.abs(left).max()
    hopeless = HOPELESS * np.abs(points.y).max() / np.median(points.tol)
    values, left, slopes = _descended(residuals, values, left, low, high, hopeless)
    spread = np.linalg.pinv(slopes.T @ slopes + 1e-8 * np.eye(len(free)))  # what is not settled is wide open
    errors = np.sqrt(np.maximum(np.diag(spread), 0)) * max(1.0, np.sqrt((left**2).mean()))
    return {**start, **dict(zip(free, values, strict=True))}, errors, np.abs(left).max()


def _descended(residuals, values, left, low, high, hopeless):
    """(values, residuals, slopes) after steps that each lower the sum of squares."""
    damping, slopes = 1e-3, _slopes(residuals, values, left, high)
    for k in range(STEPS):
        if k == SOON and np.abs(left).max() > hopeless:
            break
        square, pull = slopes.T @ slopes, slopes.T @ left
        moved = np.clip(values - np.linalg.lstsq(square + damping * np.diag(np.diag(square) + 1e-12), pull,
                                                 rcond=None)[0], low, high)  # fmt: skip
        new = residuals(moved)
        gain = 1 - (new @ new) / max(left @ left, 1e-300)
        if gain <= 0:
            damping *= 8
            if damping > 1e6 or (moved == values).all():
                break
            continue
        values, left, damping = moved, new, damping / 8
        if np.abs(left).max() < 0.2 or (gain < 1e-4 and damping < 1e-2):
            break
        slopes = _slopes(residuals, values, left, high)
    return values, left, _slopes(residuals, values, left, high)


def _slopes(residuals, values, left, high):
    made = []
    for k, value in enumerate(values):
        by = 1e-7 * max(abs(value), 1.0)
        by = -by if value + by > high[k] else by
        made.append((residuals(values + by * (np.arange(len(values)) == k)) - left) / by)
    return np.stack(made, axis=1)


def settled(curve: Curve, points: Points, x: dict, errors, free: tuple[str, ...], bounds: Mapping):
    """Whole lengths and short rates that fit, (x, rates), the roundest first; None where there are none."""
    tries = [0]
    for found in _whole(curve, points.probes(WHOLE), x, errors, free, bounds, tries):
        rates = allowed(curve, points, found)
        if rates is not None:
            return found, rates
    return None


def _whole(curve, points, x, errors, free, bounds, tries) -> Iterator[dict]:
    """Every choice of whole lengths, and of a short exponent, that least squares do not rule out."""
    if not free:
        yield x
        return
    name, rest = free[0], free[1:]
    margin = 4 * errors[0] + 0.02 if name != "q" else 4 * errors[0]
    low, high = max(x[name] - margin, bounds[name][0]), min(x[name] + margin, bounds[name][1])
    if name == "q":
        yield from ({**x, "q": float(q)} for q in _exponents(low, high, x[name]))
        return
    since = (x.get("C") or x.get("W") or 0) if name == "E" else 0
    for value in wholes(np.floor(low), np.ceil(high), x[name], since):
        tries[0] += 1
        if tries[0] > TRIES:
            return
        fixed, spread, miss = refined(curve, points, {**x, name: float(value)}, rest, bounds)
        if miss <= NEAR:
            yield from _whole(curve, points, fixed, spread, rest, bounds, tries)


def _exponents(low: float, high: float, near: float) -> Iterator[float]:
    """Exponents are logarithms: those of short numbers first. Of a rate of decay, gamma is what is short."""
    yield np.log(shortest(np.exp(low), np.exp(high)))
    a, b = np.exp(-np.exp(high)), np.exp(-np.exp(low))
    gamma = shortest(a, b)
    if 0 < gamma < 1:
        yield np.log(-np.log(gamma))
    for part in (0.5, 0.25):
        inner = shortest(np.exp(near - part * (near - low)), np.exp(near + part * (high - near)))
        if inner > 0:
            yield np.log(inner)
    yield near
    yield from (near + k * (high - low) / 64 for n in range(1, 17) for k in (n, -n))


def allowed(curve: Curve, points: Points, x: Mapping[str, float]) -> np.ndarray | None:
    """The shortest rates with which every row is within its tolerance: peak, floor, first; or None."""
    columns = curve.columns(points.t, x)
    rows = np.isin(points.t, points.probes().t)
    for _ in range(8):
        rates = _shortest(columns[rows], points[rows])
        if rates is None:
            return None
        off = points.misses(columns @ rates) > 1
        if not off.any():
            return rates
        rows |= off & (points.misses(columns @ rates) >= np.sort(points.misses(columns @ rates))[-40:][0])
    return None


def _shortest(columns: np.ndarray, points: Points) -> np.ndarray | None:
    size = columns.shape[1]
    rates = np.zeros(size)
    left_low, left_high = points.y - points.tol, points.y + points.tol
    for k in range(size):
        between = interval(columns[:, k:], left_low, left_high)
        if between is None:
            return None
        inset = 1e-7 * (between[1] - between[0])
        rates[k] = shortest(between[0] + inset, between[1] - inset)
        left_low, left_high = (side - columns[:, k] * rates[k] for side in (left_low, left_high))
    return rates


def interval(columns: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float] | None:
    """Least and largest first coefficient with which low <= columns @ c <= high is possible, c >= 0."""
    if columns.shape[1] == 1:
        return _scales(columns[:, 0], low, high)
    half, middle = (high - low) / 2, (high + low) / 2
    weighted = columns / half[:, None]
    found = np.linalg.lstsq(weighted, middle / half, rcond=None)[0]
    spread = np.sqrt(np.maximum(np.diag(np.linalg.pinv(weighted.T @ weighted)), 1e-300))
    left = middle / half - weighted @ found  # all that follows is in units of what is still open
    both = np.concatenate([weighted * spread, -weighted * spread])
    limits, goal = np.concatenate([1 + left, 1 - left]), np.eye(len(found))[0]
    ends = []
    for sign in (1, -1):
        bounds = [(-c / s, None) for c, s in zip(found, spread, strict=True)]
        done = linprog(sign * goal, A_ub=both, b_ub=limits, bounds=bounds, method="highs")
        if done.status != 0:
            return None
        ends.append(float(found[0] + done.x[0] * spread[0]))
    return min(ends), max(ends)


def _scales(column: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float] | None:
    positive = np.abs(column) > 1e-14
    if not positive.any() or (low[~positive] > 0).any() or (high[~positive] < 0).any():
        return None
    a, b = low[positive] / column[positive], high[positive] / column[positive]
    least, largest = np.minimum(a, b).max(), np.maximum(a, b).min()
    return (float(least), float(largest)) if least <= largest else None
