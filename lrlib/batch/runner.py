"""Runs a batch: what is finished is left alone, what fails is tried again, and nothing stops the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from filelock import FileLock, Timeout

from lrlib.batch import proof, table
from lrlib.batch.grid import Job
from lrlib.batch.work import FAILED, FINISHED, REFUSED
from lrlib.data import written
from lrlib.rules import Refused

WAITING, RUNNING, AGAIN = "waiting", "running", "tried again"
LOCK = ".batch.lock"
OFTEN = 0.3  # seconds between two looks at what runs
PROBE = 2**20  # bytes that a disk must take for a batch to go on


@dataclass(eq=False)
class Row:
    """A report of a batch and how it stands.

    known: what fixes it, as it is before it runs. sealed: what its seal says, once it is finished.
    """

    job: Job
    known: dict
    state: str = WAITING
    tries: int = 0
    seconds: float = 0.0
    error: str = ""
    sealed: dict = field(default_factory=dict)


class Pool(Protocol):
    """Runs reports somewhere."""

    def submit(self, job: Job) -> Future: ...

    def close(self) -> None: ...


class Shown(Protocol):
    """Tells a person or a program how the batch stands."""

    def begin(self, rows: Sequence[Row]) -> None: ...

    def going(self, row: Row, event: dict) -> None: ...

    def ended(self, row: Row) -> None: ...

    def close(self) -> None: ...


def rows(jobs: Sequence[Job], out: Path) -> tuple[list[Row], dict[str, int]]:
    """How each report stands in a folder, and how many are run again for which reason."""
    found, anew = [], {}
    for job in jobs:
        row = Row(job, proof.known(job))
        if there := proof.sealed(out / job.folder):
            if why := proof.differs(there, row.known):
                anew[why] = anew.get(why, 0) + 1
            else:
                row.state, row.sealed = FINISHED, there
                row.seconds, row.tries = there["seconds"], there["tries"]
        found.append(row)
    return found, anew


@contextmanager
def held(out: Path) -> Iterator[None]:
    """A folder, made where it is not there, that no other batch uses meanwhile."""
    lock = FileLock(out / LOCK, blocking=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise Refused(f"--out {out}: another batch is on its way there; wait, or name another") from None
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror.lower()}; name a folder that can be written") from None
    try:
        yield
    finally:
        lock.release()


def run(
    found: Sequence[Row], out: Path, pool: Callable[[Callable], Pool], retries: int, shown: Shown
) -> Sequence[Row]:
    """Run what is not finished; returns the same rows. A report that fails is tried `retries` times more.

    pool: makes what runs them, given what is to be told (a folder and an event). OSError where the
    folder takes no more files; whatever ends this early, what is finished stays so.
    """
    table.write(found, out)
    if all(row.state == FINISHED for row in found):
        shown.begin(found)
        shown.close()
        return found
    told = SimpleQueue()
    runs = pool(lambda folder, event: told.put((folder, event)))
    try:
        shown.begin(found)
        _all(found, out, runs, told, retries, shown)
    finally:
        runs.close()
        for row in found:
            row.state = WAITING if row.state in (RUNNING, AGAIN) else row.state
        with suppress(OSError):  # where the disk is full, which is told already
            table.write(found, out)
        shown.close()
    return found


def _all(found: Sequence[Row], out: Path, runs: Pool, told: SimpleQueue, retries: int, shown: Shown) -> None:
    """Run all that are not finished, until each is, or has failed for good."""
    by_folder = {row.job.folder: row for row in found}
    todo = deque(row for row in found if row.state != FINISHED)
    running: dict[Future, Row] = {}
    while todo or running:
        while todo:
            row = todo.popleft()
            running[runs.submit(row.job)] = row
        wait(running, OFTEN, return_when=FIRST_COMPLETED)
        _tell(told, by_folder, shown)
        done = [future for future in running if future.done()]
        for future in done:
            row = running.pop(future)
            if _ended(row, future, out, retries):
                todo.append(row)
            shown.ended(row)
        if done:
            table.write(found, out)


def _tell(told: SimpleQueue, by_folder: dict[str, Row], shown: Shown) -> None:
    try:
        while True:
            folder, event = told.get_nowait()
            row = by_folder[folder]
            if row.state in (WAITING, AGAIN):
                row.state = RUNNING
            if row.state == RUNNING:
                shown.going(row, event)
    except Empty:
        pass


def _ended(row: Row, future: Future, out: Path, retries: int) -> bool:
    """Note how a report ended; whether it is to be tried again. OSError where the disk takes no more."""
    ended = future.result()
    row.tries, row.seconds = row.tries + 1, ended["seconds"]
    if ended["state"] == FINISHED:
        measured = {"seconds": round(row.seconds, 3), "tries": row.tries}
        row.sealed = proof.seal(out / row.job.folder, row.known, **measured)
        row.state, row.error = FINISHED, ""
        return False
    row.error = ended["error"]
    _probe(out)
    again = row.tries <= retries and ended["state"] != REFUSED
    row.state = AGAIN if again else FAILED
    return again


def _probe(out: Path) -> None:
    """OSError where a folder takes no more files: then no report can end well."""
    written(out / ".probe", lambda part: part.write_bytes(bytes(PROBE)))
    (out / ".probe").unlink()
