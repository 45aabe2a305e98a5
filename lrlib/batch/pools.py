"""Who runs the reports of a batch: processes on this machine, or those of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from lrlib.batch.grid import Job
from lrlib.batch.work import Worker
from lrlib.process import cores

Tell = Callable[[str, dict], object]  # the folder of a report, and an event of it


class Local:
    """Processes of this machine, each running one report at a time; they share its cores."""

    def __init__(self, out: Path, workers: int, tell: Tell):
        self._out, self._tell, self._free, self._workers = out, tell, SimpleQueue(), []
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, cores() // workers))
        for _ in range(workers):
            self._workers.append(Worker({"OMP_NUM_THREADS": threads}))
            self._free.put(self._workers[-1])
        self._threads = ThreadPoolExecutor(workers)

    def submit(self, job: Job) -> Future:
        """The report's future: how it ended, as `Worker.run` says."""
        return self._threads.submit(self._run, job)

    def _run(self, job: Job) -> dict:
        worker = self._free.get()
        try:
            request = {"report": job.report, "given": job.given | job.how, "out": str(self._out / job.folder)}
            return worker.run(request, lambda event: self._tell(job.folder, event))
        finally:
            self._free.put(worker)

    def close(self) -> None:
        """End all processes; reports that they are at are put away first."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with ThreadPoolExecutor(len(self._workers)) as ending:
            list(ending.map(Worker.stop, self._workers))
        self._threads.shutdown()
