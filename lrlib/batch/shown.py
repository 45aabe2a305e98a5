"""How a batch stands: bars for a person at a terminal, lines in a log, JSON for a program."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tqdm import tqdm

from lrlib import process, progress
from lrlib.batch.table import PAGE, TABLE
from lrlib.batch.work import FAILED, FINISHED

if TYPE_CHECKING:
    from lrlib.batch.runner import Row

WIDTH = 44  # characters of a report's name on a bar


class Bars:
    """A bar for each report that runs and one for all of them, above which each that ends is told."""

    def __init__(self, stream: IO[str] | None = None):
        self._stream, self._bars = stream or sys.stderr, {}
        off = os.environ.get(progress.VARIABLE, "") != "" or not self._stream.isatty()
        self._how = {"file": self._stream, "disable": off, "leave": False}

    def before(self, said: Sequence[str]) -> None:
        for line in said:
            print(line, file=self._stream)

    def begin(self, rows: Sequence[Row]) -> None:
        self._total, self._done = len(rows), sum(row.state == FINISHED for row in rows)
        self._all = tqdm(
            total=self._total, initial=self._done, desc="all reports", unit="report", position=0, **self._how
        )

    def going(self, row: Row, event: dict) -> None:
        if row not in self._bars:
            taken = {place for place, _ in self._bars.values()}
            place = next(n for n in range(1, len(taken) + 2) if n not in taken)
            name = row.job.folder[:WIDTH]
            self._bars[row] = place, tqdm(desc=name, unit="run", position=place, **self._how)
        bar = self._bars[row][1]
        bar.n, bar.total = event.get("done", 0), event.get("total")
        bar.set_postfix_str(event.get("what", event["state"]))

    def ended(self, row: Row) -> None:
        if row in self._bars:
            self._bars.pop(row)[1].close()
        self._done += row.state in (FINISHED, FAILED)
        self._all.update(row.state in (FINISHED, FAILED))
        error = f": {row.error}" if row.error else ""
        line = f"[{self._done}/{self._total}] {row.state} after {row.seconds:.1f} s: {row.job.folder}{error}"
        tqdm.write(line, file=self._stream)

    def close(self) -> None:
        for _, bar in self._bars.values():
            bar.close()
        self._all.close()


class Lines:
    """An object of JSON a line on standard output: how it begins, how far a report is, how it ended."""

    def __init__(self, out: Path):
        self._out, self._began, self._rows = out, time.monotonic(), []

    def _tell(self, state: str, **said) -> None:
        process.live(
            json.dumps({"state": state, **said, "seconds": round(time.monotonic() - self._began, 1)})
        )

    def before(self, said: Sequence[str]) -> None:
        self._tell("starting", said=list(said))

    def begin(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def going(self, row: Row, event: dict) -> None:
        self._tell(**{**event, "report": row.job.folder})

    def ended(self, row: Row) -> None:
        error = {"error": row.error} if row.error else {}
        self._tell(row.state, report=row.job.folder, tries=row.tries, **error)

    def close(self) -> None:
        states = [row.state for row in self._rows]
        counts = {"reports": len(states), FINISHED: states.count(FINISHED), FAILED: states.count(FAILED)}
        files = [str(self._out / file) for file in (PAGE, TABLE)]
        self._tell("done" if set(states) <= {FINISHED, FAILED} else "stopped", **counts, files=files)
