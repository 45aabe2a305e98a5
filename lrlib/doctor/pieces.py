"""Curves that a log is compared with: a way up, a level stretch, a way down; each a formula and a schedule.

A curve is linear in its rates - the peak, the rate that the way up starts from, the floor - and not in its
lengths and its exponent, so that only the latter have to be searched for: `Curve.columns`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lrlib import schedules as s
from lrlib.schedules import Schedule


@dataclass(frozen=True)
class Fall:
    """A way down. falls: (steps since it began, its length, exponent) -> 1 at first, 0 at its end.

    guesses: exponents to begin with, empty where it has none. endless: it has no length and no floor.
    general: its exponent lets it take the place of others, so that it is tried where these do not fit.
    """

    name: str
    falls: Callable = field(repr=False)
    build: Callable = field(repr=False)
    guesses: tuple[float, ...] = ()
    endless: bool = False
    general: bool = False


def _progress(x, steps):
    return np.clip(x / max(steps, 1e-9), 0, 1)


def _falling(of: Callable) -> Callable:
    return lambda x, steps, q: of(_progress(x, steps), q)


FALLS = (
    Fall("linear", _falling(lambda p, q: 1 - p), lambda a, b, n, q: s.linear(a, b, n)),
    Fall("cosine", _falling(lambda p, q: (1 + np.cos(np.pi * p)) / 2), lambda a, b, n, q: s.cosine(a, b, n)),
    Fall("1-sqrt", _falling(lambda p, q: 1 - np.sqrt(p)),
         lambda a, b, n, q: s.warp(s.linear(a, b, n), 0.5)),
    Fall("exponential", lambda x, n, q: np.exp(-np.exp(q) * np.maximum(x, 0)),
         lambda a, b, n, q: times(a, s.exponential(gamma_of(q))), (-2,), endless=True),
    Fall("inverse sqrt", lambda x, n, q: 1 / np.sqrt(1 + np.maximum(x, 0) / np.exp(q)),
         lambda a, b, n, q: times(a, s.inverse_sqrt(scale_of(q))), (2, 5, 8), endless=True),
    Fall("inverse time", lambda x, n, q: 1 / (1 + np.maximum(x, 0) / np.exp(q)),
         lambda a, b, n, q: times(a, s.inverse_time(scale_of(q))), (2, 5, 8), endless=True),
    Fall("rex", _falling(lambda p, q: (1 - p) / (0.5 + 0.5 * (1 - p))), lambda a, b, n, q: s.rex(a, b, n)),
    Fall("polynomial", _falling(lambda p, q: (1 - p) ** np.exp(q)),
         lambda a, b, n, q: s.polynomial(a, b, n, snapped(np.exp(q))), (0.7, -0.7, 1.5),
         general=True),
)  # fmt: skip


def times(factor: float, schedule: Schedule) -> Schedule:
    return schedule if factor == 1 else factor * schedule


def snapped(number: float) -> float:
    """A number without the noise of its last bits."""
    return float(f"{number:.12g}")


def scale_of(q: float) -> float:
    return snapped(np.exp(q))


def gamma_of(q: float) -> float:
    """The factor by which an exponential falls every step."""
    return float(f"{np.exp(-np.exp(q)):.15g}")


@dataclass(frozen=True)
class Curve:
    """A way up (or none), a level stretch (or none), a way down.

    rise: "", "linear", "cosine" or "constant". start: what the way up starts from - "zero", "first" for one
    in W + 1 of the peak, or "free". level: whether there is a level stretch. floor: whether the way down
    ends above zero. fall: None for a way up that stays.
    """

    rise: str
    start: str
    level: bool
    fall: Fall | None
    floor: bool

    @property
    def lengths(self) -> tuple[str, ...]:
        """Names of the whole numbers that are searched for: end of the way up, of the level, of the fall."""
        names = ("W",) * bool(self.rise) + ("C",) * self.level
        return names + ("E",) * bool(self.fall and not self.fall.endless)

    @property
    def free(self) -> int:
        """How many numbers it takes to write it down."""
        has_exponent = bool(self.fall and self.fall.guesses)
        return 1 + len(self.lengths) + has_exponent + self.floor + (self.start == "free")

    def full(self, x: dict[str, float]) -> tuple[float, float, float, float]:
        """W, C, E, q of what was found."""
        W = x.get("W", 0.0)
        C = max(x.get("C", W), W)
        return W, C, max(x.get("E", C), C + 1e-6), x.get("q", 0.0)

    def columns(self, t: np.ndarray, x: dict[str, float]) -> np.ndarray:
        """What the peak, the floor and the first rate are multiplied by at each step, (n, 1 to 3)."""
        W, C, E, q = self.full(x)
        rising = t < W
        p = _risen(self.rise, t, W)
        down = self.fall.falls(t - C, E - C, q) if self.fall else np.ones_like(t)
        begun = 1 / (W + 1) if self.start == "first" else 0.0
        peak = np.where(rising, begun * (1 - p) + p, down)
        columns = [peak]
        if self.floor:
            columns.append(np.where(rising, 0, 1 - down))
        if self.start == "free":
            columns.append(np.where(rising, 1 - p, 0))
        return np.stack(columns, axis=1)

    def schedule(self, x: dict[str, float], rates: np.ndarray) -> Schedule:
        """The schedule; `rates` are the peak and, where there are such, the floor and the first rate."""
        W, C, E, q = self.full(x)
        W, C, E = round(W), round(C), round(E)
        floor = snapped(rates[1] / rates[0]) if self.floor else 0
        made = _way_up(self.rise, self.start, W, snapped(rates[-1] / rates[0]))
        if self.level or not self.fall:
            made = [*made, s.constant(1, C - W) if self.fall else s.constant()]
        if self.fall:
            made = [*made, self.fall.build(1, floor, E - C, q)]
        whole = made[0]
        for part in made[1:]:
            whole = whole >> part
        return whole


def _risen(rise: str, t: np.ndarray, W: float) -> np.ndarray:
    p = _progress(t, W)
    if rise == "cosine":
        return (1 - np.cos(np.pi * p)) / 2
    return np.where(p < 1, 0.0, 1.0) if rise == "constant" else p


def _way_up(rise: str, start: str, W: int, first: float) -> list[Schedule]:
    if not rise or W == 0:
        return []
    if start == "first":
        return [s.shift(s.linear(0, 1, W + 1), 1)]
    first = first if start == "free" else 0
    if rise == "constant":
        return [s.constant(first, W)]
    return [{"linear": s.linear, "cosine": s.cosine}[rise](first, 1, W)]
