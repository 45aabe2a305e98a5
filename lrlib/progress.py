"""Progress of long work: a bar for a person, a file for a runner, nothing in stored output."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

VARIABLE = "LRLIB_PROGRESS"
_LAST = ContextVar("last", default=math.inf)  # moment of time.monotonic(), one clock for all processes


class TimeUp(Exception):
    """Training was given up because its time was over; finished chunks are kept."""


@contextmanager
def until(moment: float) -> Iterator[None]:
    """Inside, training ends with TimeUp when its progress is told after `moment`, of time.monotonic().

    >>> with until(time.monotonic() - 1):
    ...     on_time()
    Traceback (most recent call last):
    ...
    lrlib.progress.TimeUp: the time is over
    """
    before = _LAST.set(min(moment, _LAST.get()))
    try:
        yield
    finally:
        _LAST.reset(before)


def last() -> float:
    """The moment until which there is time; inf where nobody said."""
    return _LAST.get()


def on_time(_: int = 0) -> None:
    """Raises TimeUp once the time is over."""
    if time.monotonic() > last():
        raise TimeUp("the time is over")


class _File:
    def __init__(self, path: str, total: int, what: str, done: int):
        self.path, self.total, self.what, self.done = path, total, what, done

    def update(self, n: int = 1) -> None:
        self.done += n
        with suppress(OSError), open(self.path, "w", encoding="utf-8") as file:
            file.write(f"{self.done}\t{self.total}\t{self.what}")


@contextmanager
def bar(total: int, what: str, done: int = 0) -> Iterator:
    """An object with `update(n)`, for `total` runs of which some are `done` already.

    The environment variable LRLIB_PROGRESS says where it goes: "off" is silent (as in checked notebooks), a
    path is a file that always holds `done <tab> total <tab> what`; unset is a tqdm bar that clears itself.

    >>> with bar(4, "training", done=1) as shown:
    ...     shown.update(3)
    """
    where = os.environ.get(VARIABLE, "")
    if where not in ("", "off"):
        yield _File(where, total, what, done)
        return
    from tqdm.auto import tqdm  # asks at its import whether it is in a notebook

    off = where == "off"
    with tqdm(total=total, desc=what, initial=done, unit=" runs", leave=False, disable=off) as shown:
        yield shown


def say(line: str) -> None:
    """A line for a person, on stderr, above the bars that are shown there."""
    from tqdm.auto import tqdm

    tqdm.write(line, file=sys.stderr)


def read(path: str) -> tuple[int, int, str] | None:
    """What the file of a bar says: (done, total, what), or None before the first update."""
    try:
        with open(path, encoding="utf-8") as file:
            done, total, what = file.read().split("\t")
        return int(done), int(total), what
    except (OSError, ValueError):
        return None
