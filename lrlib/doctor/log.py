"""The log of a run: the rates that somebody wrote down while it trained, and at which steps."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from lrlib import rules
from lrlib.ledger import Ledger
from lrlib.rules import Refused, refused, saying

DECIMAL = 12  # a number that needs more significant digits than this was not rounded to print it
SINGLE = 7  # digits that every float32 keeps
FEW = 5  # different rates that say how they were rounded
MANY = 2000


@dataclass(frozen=True, eq=False)
class Log:
    """Rates as they were logged, in the order in which they were logged.

    steps: whole numbers >= 0, (n,), n >= 1, as the log counts them: from 0 or 1, before or after the
        scheduler, nobody knows. They may go back, as after a resume: see `restarts`.
    rates: finite or nan, (n, groups), (n,) for one group; nan where a group was not logged at a step.
    groups: what the log calls its parameter groups, one name each, no two the same.
    loss: (n,), nan where there was none, or None.
    source: where it comes from and what was taken of it, in words.
    sizes: what else the log says that helps, such as max_steps.
    Raises ValueError for arrays that are no numbers, that have not these shapes, or hold no rate.

    >>> log = Log([0, 10, 20], [0.1, 0.075, 0.05])
    >>> log.every, log.digits, log.restarts
    (10, 4, ())
    """

    steps: np.ndarray
    rates: np.ndarray
    groups: tuple[str, ...] = ()
    loss: np.ndarray | None = None
    source: str = ""
    sizes: Mapping = field(default_factory=dict)

    def __post_init__(self):
        with saying("Log"):
            steps, rates = (rules.ARRAY.checked(name, getattr(self, name)) for name in ("steps", "rates"))
            rates = rates.reshape(-1, 1) if rates.ndim == 1 else rates
            loss = None if self.loss is None else rules.ARRAY.checked("loss", self.loss)
            groups = tuple(map(str, self.groups)) or _names(rates.shape[-1] if rates.ndim else 0)
            self._check(steps, rates, groups, loss)
        made = {"steps": steps.astype(np.int64), "rates": rates, "loss": loss}
        for array in made.values():
            if array is not None:
                array.flags.writeable = False
        self.__dict__.update(made, groups=groups, sizes=dict(self.sizes))

    def _check(self, steps, rates, groups, loss) -> None:
        if steps.ndim != 1 or (steps % 1 != 0).any() or (steps < 0).any() or (steps > rules.MOST).any():
            raise refused("steps", "whole numbers >= 0, one for each row of the log", self.steps)
        if rates.shape != (len(steps), len(groups)):
            raise refused("rates", f"of shape ({len(steps)}, {len(groups)}): steps, groups", self.rates)
        if loss is not None and loss.shape != steps.shape:
            raise refused("loss", f"of shape ({len(steps)},)", self.loss)
        if np.isinf(rates).any():
            raise refused("rates", "finite numbers, or nan", self.rates)
        if np.isnan(rates).all():
            raise Refused("there is no rate in it")
        if len(set(groups)) != len(groups):
            raise refused("groups", "names of which no two are the same", self.groups)

    @classmethod
    def of(cls, ledger: Ledger) -> Log:
        """What a ledger recorded: the rates used at every update, which are counted from 0."""
        used = np.asarray(ledger.used_by_group)
        if not used.size:
            raise Refused("this ledger has no update in it", "Log.of")
        loss = np.asarray(ledger.train_loss)
        return cls(
            np.arange(len(used)),
            used,
            loss=None if np.isnan(loss).all() else loss,
            source=f"the ledger {ledger.label!r}" if ledger.label else "a ledger",
            sizes={"counted_from": 0},
        )

    def write(self, path: str | os.PathLike) -> Path:
        """Write it as a CSV, `step`, a column a group, `loss`, in full digits, which `read` gives back.

        It is the plain form of a ledger: `Log.of(ledger).write("run.csv")`. Returns the path.
        """
        names = ["lr" if len(self.groups) == 1 else f"lr/{group}" for group in self.groups]
        columns = [self.steps.tolist(), *self.rates.T.tolist()]
        if self.loss is not None:
            names, columns = [*names, "loss"], [*columns, self.loss.tolist()]

        def fill(part: Path) -> None:
            with part.open("w", encoding="utf-8", newline="") as file:
                made = csv.writer(file, lineterminator="\n")
                made.writerow(["step", *names])
                made.writerows(["" if v != v else repr(v) for v in row] for row in zip(*columns, strict=True))

        from lrlib.data import written

        path = Path(path).expanduser()
        written(path, fill)
        return path

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def restarts(self) -> tuple[int, ...]:
        """The rows before which the steps went back or stood still, as after a resume."""
        return tuple((np.flatnonzero(np.diff(self.steps) <= 0) + 1).tolist())

    @property
    def every(self) -> int:
        """The usual number of steps from one row to the next; 1 for a single row."""
        rises = np.diff(self.steps)
        rises = rises[rises > 0]
        return int(np.median(rises)) if rises.size else 1

    @property
    def digits(self) -> float:
        """Significant digits that the rates seem to be rounded to: the most that one of them needs.

        7 for what was kept in float32, inf for full float64; at least 4 where there are fewer than five
        different rates, since 0.1 and 0.01 say nothing of how they were rounded.
        """
        return self._grain[0]

    @property
    def rounding(self) -> np.ndarray:
        """By how much a logged rate may differ from the one used for its digits alone, (n, groups).

        Half a unit of the last digit, where every rate has the same number of digits, or the same number of
        decimals, as in `0.000060`; next to nothing for full floats.
        """
        digits, decimals = self._grain
        if decimals is not None:
            return np.where(np.isnan(self.rates), np.nan, 0.5 * 10.0**-decimals)
        size = np.abs(self.rates)
        if digits == math.inf or (digits == SINGLE and self._is_single):
            return size * (np.finfo(np.float32).eps / 2 if self._is_single else 1e-15)
        exponent = np.floor(np.log10(np.where(size > 0, size, 1)))
        return np.where(size > 0, 0.5 * 10.0 ** (exponent - digits + 1), size)

    @cached_property
    def _values(self) -> np.ndarray:
        """The different sizes > 0, in rising order; evenly thinned where there are very many."""
        values = np.unique(np.abs(self.rates))
        values = values[values > 0]
        return values[:: -(-len(values) // MANY) or 1]

    @cached_property
    def _is_single(self) -> bool:
        return len(self._values) > 0 and bool((self._values.astype(np.float32) == self._values).all())

    @cached_property
    def _grain(self) -> tuple[float, int | None]:
        """(significant digits, decimals if the number of those is what is fixed)."""
        written = [np.format_float_scientific(value, trim="-").split("e") for value in self._values.tolist()]
        lengths = np.array([len(mantissa.replace(".", "")) for mantissa, _ in written], int)
        powers = np.array([int(power) for _, power in written], int)
        if not written or lengths.max() > DECIMAL:
            return (SINGLE if self._is_single else math.inf), None
        if len(written) < FEW:
            return max(int(lengths.max()), 4), None
        return int(lengths.max()), _decimals(lengths, powers)


def _decimals(lengths: np.ndarray, powers: np.ndarray) -> int | None:
    """The number of decimals, where small rates have no more of them than large ones have."""
    decimals = lengths - 1 - powers
    full = [power for power in np.unique(powers) if (powers == power).sum() >= FEW]
    below = bool(full) and (powers < max(full)).sum() >= 2
    if not below or decimals[powers < max(full)].max() > decimals[powers == max(full)].max():
        return None
    return int(decimals.max())


def _names(count: int) -> tuple[str, ...]:
    return ("lr",) if count == 1 else tuple(f"group {i}" for i in range(count))
