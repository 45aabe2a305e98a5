"""`python -m lrlib batch`: from a file to a folder of reports."""

from __future__ import annotations

import argparse
import logging
import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lrlib.batch import bill, grid, pools, runner, shown
from lrlib.batch.grid import Job
from lrlib.batch.runner import Row
from lrlib.batch.work import FAILED, FINISHED
from lrlib.process import STOPPED, cores, failed, stoppable
from lrlib.rules import Refused


def run(options: argparse.Namespace) -> int:
    """The exit status: 0 all are finished, 1 some failed, 130 stopped. ValueError before anything runs."""
    if options.scheduler is not None and options.workers is not None:
        raise Refused("--workers is of this machine: a Dask cluster has its own; give one of the two")
    jobs, out = grid.read(options.grid), Path(options.out).expanduser().absolute()
    with runner.held(out):
        rows, anew = runner.rows(jobs, out)
        shows = shown.Lines(out) if options.json else shown.Bars()
        try:
            with stoppable():
                shows.before(_before(rows, anew, options))
                runner.run(rows, out, _pool(options, out, jobs), options.retries, shows)
        except KeyboardInterrupt:
            return failed(_stopped(rows, options), STOPPED, said="")
        except OSError as error:
            return failed(f"--out {out}: {error.strerror or error}; {_stopped(rows, options)}", 1)
        except RuntimeError as error:
            return failed(f"{error}; {_stopped(rows, options)}", 1)
    return _after(rows, out, options.json)


def _pool(options: argparse.Namespace, out: Path, jobs: Sequence[Job]):
    if options.scheduler is not None:
        from lrlib.batch.cluster import Cluster

        logging.disable()  # or Dask shows how each connection ended; what matters is told
        return partial(Cluster, options.scheduler, out, jobs)
    return partial(pools.Local, out, options.workers or cores())


def _before(rows: Sequence[Row], anew: Mapping[str, int], options: argparse.Namespace) -> list[str]:
    """What is there, what is to be done, and what that will cost. ValueError for more than the memory."""
    finished = sum(row.state == FINISHED for row in rows)
    todo = [row.job for row in rows if row.state != FINISHED]
    at_once = 1 if options.scheduler else min(options.workers or cores(), max(len(todo), 1))
    if options.scheduler is None:
        bill.refuse_beyond_memory(todo, at_once)
    there = f", {finished} of them finished" if finished else ""
    again = "".join(f", {count} to run again ({why})" for why, count in anew.items())
    return list(filter(None, [f"{len(rows)} reports{there}{again}", bill.said(todo, at_once)]))


def _stopped(rows: Sequence[Row], options: argparse.Namespace) -> str:
    finished = sum(row.state == FINISHED for row in rows)
    stands = f"stopped with {finished} of {len(rows)} reports finished"
    return f"{stands}; the same command goes on: {shlex.join(['python', '-m', 'lrlib', *options.line])}"


def _after(rows: Sequence[Row], out: Path, as_json: bool) -> int:
    lost = [row for row in rows if row.state == FAILED]
    for row in lost:
        failed(f"{row.job.folder}: {row.error}", 1, said="failed: ")
    if not as_json:
        print(out / "index.html")
    return 1 if lost else 0
