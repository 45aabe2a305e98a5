"""From rows of named values to a `Log`: which column counts steps, which are rates, which is the loss."""

from __future__ import annotations

import functools
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from lrlib.doctor.log import Log
from lrlib.rules import Refused

Row = tuple[int, Mapping[str, object]]  # the line of a file and its values by name

STEPS = ("trainer/global_step", "train/global_step", "global_step", "num_updates", "current_steps", "step",
         "_step", "iteration", "iter", "update", "updates", "it", "batch", "epoch")  # fmt: skip
NO_RATE = {"momentum", "decay", "wd", "scale", "factor", "mult", "multiplier", "ratio", "min", "max", "base",
           "initial", "init", "target", "peak", "warmup", "steps", "step", "type", "suggestion"}  # fmt: skip
NO_TRAINING = {"val", "valid", "validation", "eval", "test", "dev", "heldout", "holdout", "grad", "scaler",
               "scale", "best", "min", "max", "ema", "std", "var", "aux"}  # fmt: skip
WORD = re.compile(r"[a-z]+|\d+")
RUNS = ("label", "base_lr", "seed", "run", "run_id", "run_uuid", "run_name")  # what tells runs apart
NAMED = 6  # columns that an error lists


@functools.lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words and numbers of a name, in lower case: `lr-SGD/pg1` is lr, sgd, pg, 1."""
    return tuple(WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))


def is_rate(name: str) -> bool:
    """Whether a column of that name holds learning rates."""
    found = words(name)
    said = {"lr", "lrs", "learningrate"} & {*found} or ("learning", "rate") in pairwise(found)
    return name == "used" or bool(said and not NO_RATE & {*found})  # used: a frame of a sweep


def is_loss(name: str) -> bool:
    """Whether a column of that name may hold training losses."""
    return "loss" in words(name) and not NO_TRAINING & set(words(name))


def plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def is_step(name: str) -> bool:
    """Whether a column of that name may count steps."""
    return plain(name) in STEPS


@functools.lru_cache(maxsize=4096)
def wanted(name: str) -> bool:
    return is_step(name) or is_rate(name) or is_loss(name)


class Columns:
    """Collects rows and makes a log of them.

    where: the file, in errors. kind: what it is, as in "CSV".
    """

    def __init__(self, where: str, kind: str):
        self.where, self.kind = where, kind
        self.sizes: dict[str, float] = {}
        self.notes: list[str] = []
        self._lines = array("q")
        self._values: dict[str, array] = {}
        self._seen: dict[str, object] = {}  # every name, with its first value

    def __len__(self) -> int:
        return len(self._lines)

    def fail(self, line: int, expected: str, got: object = "") -> Refused:
        """The error for a line: what was expected of it."""
        got = f", got {got!r}"[:90] if got != "" else ""
        return Refused(f"{self.where}, line {line}: expected {expected}{got}")

    def take(self, rows: Iterable[Row]) -> Columns:
        """Add rows; values are numbers, texts of numbers, or None and "" for nothing."""
        for line, row in rows:
            count = len(self._lines)
            for name, value in row.items():
                first = self._seen.setdefault(name, value)
                if not wanted(name):
                    if name in RUNS and value != first:
                        raise self.fail(line, f"one run, of which {name!r} is {first!r}", value)
                    continue
                column = self._values.get(name)
                if column is None:
                    column = self._values[name] = array("d", [math.nan]) * count
                column.append(self._number(line, name, value))
            self._lines.append(line)
            for column in self._values.values():
                if len(column) <= count:
                    column.append(math.nan)
        return self

    def _number(self, line: int, name: str, value) -> float:
        if value is None or value == "":
            return math.nan
        try:
            return float(value)
        except (TypeError, ValueError):
            if isinstance(value, str) and value.strip().lower() in ("none", "null", "na", "n/a", "-", ""):
                return math.nan
            raise self.fail(line, f"a number in {name!r}", value) from None

    def log(self) -> Log:
        """The log. Refused where no rate or no step is in it, or where one is impossible."""
        values = {name: np.frombuffer(column) for name, column in self._values.items()}
        rates = {name: column for name, column in values.items() if is_rate(name)}
        rates = {name: column for name, column in rates.items() if not np.isnan(column).all()}
        if not rates:
            raise Refused(f"{self.where}: there is no learning rate in it, {self._found()}")
        table = np.column_stack([*rates.values()])
        keep = np.flatnonzero(~np.isnan(table).all(axis=1))
        name, keep, steps = self._steps(values, keep)
        self._check(table, rates, keep)
        losses = {n: c for n, c in values.items() if is_loss(n) and np.isfinite(c).any()}
        title = min(losses, key=_preference) if losses else None
        loss = None
        if title is not None:
            loss = _joined(losses[title], values[name] if name else np.arange(len(self)), keep, steps)
        merged = _merged(steps, table[keep], loss)
        return Log(*merged[:2], tuple(rates), merged[2], self._source(name, rates, title), self.sizes)

    def _steps(self, values: dict, keep: np.ndarray) -> tuple[str, np.ndarray, np.ndarray]:
        """The column that counts steps, the rows that have one, and their steps."""
        found = {}
        for name in sorted(filter(is_step, values), key=lambda name: STEPS.index(plain(name))):
            steps = values[name][keep]
            there = np.isfinite(steps)
            if there.any() and (steps[there] % 1 == 0).all():
                found[name] = int(there.sum())
        if not found:
            self.notes.append("no column counts steps: its rows are counted, from 0")
            return "", keep, np.arange(len(keep))
        name = max(found, key=found.get)  # the first of those with the most
        steps = values[name][keep]
        there = np.isfinite(steps)
        if not there.all():
            self.notes.append(f"{(~there).sum()} rates without a step are left out")
        for row in np.flatnonzero(there & (steps < 0))[:1]:
            raise self.fail(self._lines[keep[row]], f"a step >= 0 in {name!r}", steps[row])
        if plain(name) == "epoch":
            self.notes.append("it counts epochs, not updates")
            self.sizes["counted_in_epochs"] = 1
        return name, keep[there], steps[there]

    def _check(self, table: np.ndarray, rates: Iterable[str], keep: np.ndarray) -> None:
        for row, column in np.argwhere(np.isinf(table[keep]))[:1]:
            line = self._lines[keep[row]]
            raise self.fail(line, f"a finite rate in {list(rates)[column]!r}", table[keep[row], column])

    def _found(self) -> str:
        names = list(self._seen)
        if not names:
            return "and no other value that has a name"
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        named = ", ".join(repr(name[:40]) for name in names[:NAMED])
        return f"only {named}{more}: expected a name such as lr, learning_rate or lr-SGD/pg1"

    def _source(self, step: str, rates: Iterable[str], loss: str | None) -> str:
        taken = [f"steps from {step!r}"] if step else []
        taken += ["rates from " + ", ".join(map(repr, rates))]
        taken += [f"loss from {loss!r}" if loss else "no training loss"]
        return "; ".join([f"{self.where}, {self.kind}: {', '.join(taken)}", *self.notes])


def _preference(name: str) -> tuple:
    found = words(name)
    return "epoch" in found, len(found) > 1 and not {"train", "training"} & set(found), len(found)


def _joined(column: np.ndarray, all_steps: np.ndarray, keep: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Losses at the rows that have a rate: their own, else the next one logged at the same step."""
    loss = column[keep].copy()
    there = np.flatnonzero(~np.isnan(column) & np.isfinite(all_steps))
    if np.isnan(loss).any() and there.size:
        known, first = np.unique(all_steps[there], return_index=True)
        place = np.minimum(np.searchsorted(known, steps), len(known) - 1)
        missing = np.isnan(loss) & (known[place] == steps)
        loss[missing] = column[there[first[place[missing]]]]
    return loss


def _merged(steps: np.ndarray, rates: np.ndarray, loss: np.ndarray | None) -> tuple:
    """Rows of one step that say the same, or of which each says a part, become one."""
    steps, rates, loss = steps.copy(), rates.copy(), None if loss is None else loss.copy()
    drop = np.zeros(len(steps), bool)
    last = 0
    for row in np.flatnonzero(np.diff(steps) == 0) + 1:
        last = row - 1 if not drop[row - 1] else last
        both = ~np.isnan(rates[row]) & ~np.isnan(rates[last])
        if (rates[row][both] == rates[last][both]).all():
            drop[row] = True
            rates[last] = np.where(np.isnan(rates[last]), rates[row], rates[last])
            if loss is not None and np.isnan(loss[last]):
                loss[last] = loss[row]
    return steps[~drop], rates[~drop], None if loss is None else loss[~drop]


KEYS, VALUES = ("key", "tag", "metric", "name"), ("value",)


def is_long(names: Iterable[str]) -> bool:
    """Whether the rows of a table hold one value each, under a key, as MLflow writes them."""
    there = {plain(name) for name in names}
    return bool(there & set(KEYS)) and "value" in there and any(map(is_step, there))


def pivoted(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of (key, value, step) put side by side: one row for each step, and each time that a key is there.

    They come in the order of the first key that is a rate, or by step where no key goes back.
    """
    table: dict[tuple, tuple[int, dict]] = {}
    last: dict[str, float] = {}
    times: dict[tuple, int] = {}
    rises = True
    for line, row in rows:
        by = {plain(name): value for name, value in row.items()}
        key = next((str(by[name]) for name in KEYS if name in by), "")
        if not is_rate(key) and not is_loss(key):
            continue
        counted = [by[name] for name in STEPS if name in by]
        step = float(counted[0]) if counted and counted[0] not in (None, "") else math.nan
        rises &= last.get(key, -1) < step
        last[key] = step
        turn = times[key, step] = times.get((key, step), -1) + 1
        table.setdefault((step, turn), (line, {"step": step}))[1][key] = by["value"]
    found = [each for each in table.values() if any(map(is_rate, each[1]))]
    yield from sorted(found, key=lambda each: each[1]["step"]) if rises else found
