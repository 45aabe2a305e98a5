"""Known faults: what each would give from the intended schedule.

A fault takes a `Case` - the plan, and the rows of a log - and yields `Account`s: the rates that it would have
given at every row, with the numbers that it needs and a sentence. The log decides: `faults.diagnose` keeps
those that give every logged rate to its last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lrlib.doctor.plan import Plan
from lrlib.doctor.search import Points

TOGETHER = 512  # guesses that are looked at in one go


@dataclass(frozen=True)
class Account:
    """What a fault would give: rates (n,), in words what happened, how to mend it, and how far-fetched it is.

    names: of the traps of the museum that it is. weight: the number of things it takes for granted.
    code: PyTorch without the fault, from `fixes`, or "".
    """

    fault: str
    made: np.ndarray = field(repr=False)
    said: str
    mend: str
    weight: float
    names: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Case:
    """A plan and a log of one group: t are the updates, counted from 0, that its rows seem to be of.

    off: whether a row is off the plan; first and last: of those rows.
    """

    plan: Plan
    points: Points
    hints: Mapping = field(default_factory=dict)

    @property
    def t(self) -> np.ndarray:
        return self.points.t

    def fits(self, made: np.ndarray, rows=slice(None)) -> bool:
        """Whether rates are the logged ones, to their digits."""
        off = np.abs(np.asarray(made) - self.points.y[rows])
        return bool((off <= self.points.tol[rows] * (1 + 1e-9)).all())

    @property
    def meant(self) -> np.ndarray:
        return self.plan.at(self.t)

    @property
    def off(self) -> np.ndarray:
        return np.abs(self.meant - self.points.y) > self.points.tol * (1 + 1e-9)

    @property
    def first(self) -> int:
        return int(self.off.argmax()) if self.off.any() else len(self.t)

    @property
    def level(self) -> bool:
        """Whether the log holds one rate above zero only, from which no clock can be read."""
        return bool(np.ptp(self.points.y) == 0 and self.points.y[0] > 0)

    @property
    def last(self) -> int:
        return len(self.t) - 1 - int(self.off[::-1].argmax())

    @property
    def since(self) -> range:
        """Updates at which a change may have come: after the last right row, up to the first wrong one."""
        before = self.t[self.first - 1] if self.first else self.t[0] - 1
        return range(int(before) + 1, int(self.t[self.first]) + 1)

    def probes(self) -> np.ndarray:
        """A few rows that a wrong guess is soon found out by."""
        n = len(self.t)
        rows = np.unique(np.linspace(0, n - 1, 12).astype(int))
        return np.unique([*rows, *(min(self.first + k, n - 1) for k in (0, 1)), self.last])

    def tries(self, clocks: Callable, values) -> Iterator[tuple[float, np.ndarray]]:
        """Those of `values` for which the plan on the clock `clocks(value, t)` gives the log."""
        few = self.probes()
        if self.level:
            return
        values = list(values)
        for start in range(0, len(values), TOGETHER):
            some = np.array(values[start : start + TOGETHER], float)
            columns = [*some.T[..., None]] if some.ndim > 1 else some[:, None]
            made = self.plan.at(clocks(columns, self.t[few]))
            good = (np.abs(made - self.points.y[few]) <= self.points.tol[few] * (1 + 1e-9)).all(axis=1)
            for value in (values[start + k] for k in np.flatnonzero(good)):
                made = self.plan.at(clocks(value, self.t))
                if self.fits(made):
                    yield value, made


FAULTS: list[Callable[[Case], Iterator[Account]]] = []


def fault(function: Callable[[Case], Iterator[Account]]) -> Callable:
    FAULTS.append(function)
    return function
