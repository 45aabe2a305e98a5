"""A Dask cluster that runs the reports of a batch: results come back through it, and no disk is shared."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread

from lrlib import progress
from lrlib.batch import proof
from lrlib.batch.grid import Job
from lrlib.batch.pools import Tell
from lrlib.batch.work import FAILED, FINISHED, Worker
from lrlib.data import written
from lrlib.reports.folder import FILES
from lrlib.rules import Refused
from lrlib.train.identity import difference
from lrlib.train.workers import connected

RESTARTED = 300  # seconds that a scheduler may be away
OFTEN = 2  # seconds between two looks at the cluster


class Cluster:
    """The pool of a Dask cluster; a scheduler that is restarted gets all reports again that are not back.

    jobs: all that may be submitted. ValueError where workers have another lrlib or lack a file of a report.
    """

    def __init__(self, address: str, out: Path, jobs: Sequence[Job], tell: Tell):
        self._address, self._out, self._tell = address, out, tell
        names, files = sorted({job.report for job in jobs}), sorted(set().union(*map(proof.files, jobs)))
        self._here = partial(proof.here, names, files)
        self._known = self._here()
        self._topic, self._lock, self._closed = f"lrlib-batch-{uuid.uuid4().hex}", Lock(), Event()
        self._open: dict[str, tuple[Job, Future]] = {}  # not back: folder -> report
        self._sent: dict[str, object] = {}  # folder -> Dask's future
        self._client = self._connected()
        Thread(target=self._watch, daemon=True).start()

    def submit(self, job: Job) -> Future:
        """The report's future: how it ended, as `Worker.run` says, once its files are in their folder."""
        ended = Future()
        with self._lock:
            self._open[job.folder] = job, ended
            self._send(job)
        return ended

    def close(self) -> None:
        """Stop what the cluster runs of this batch."""
        self._closed.set()
        with self._lock, suppress(Exception):  # of whatever kind: the scheduler may be gone
            self._client.cancel(list(self._sent.values()))
            self._client.run(_stop, self._topic)
        with suppress(Exception):
            self._client.close(timeout=5)

    def _connected(self):
        client = connected(self._address, "--scheduler", self._here)
        client.subscribe_topic(self._topic, lambda event: self._tell(*event[1]))
        return client

    def _send(self, job: Job) -> None:
        request = {"report": job.report, "given": job.given | job.how, "folder": job.folder}
        key = f"{job.folder}-{uuid.uuid4().hex}"
        with suppress(Exception):  # a scheduler that is away gets it later, see `_watch`
            self._sent[job.folder] = self._client.submit(
                _remote, request, self._topic, self._here, self._known, key=key, pure=False
            )

    def _watch(self) -> None:
        """Take back what is finished, and connect again when the scheduler was restarted."""
        told = False
        while not self._closed.wait(0.2):
            with self._lock:
                done = {name: sent for name, sent in self._sent.items() if sent.done()}
            lost = self._client.status != "running"
            for name, sent in done.items():
                lost |= not self._take(name, sent)
            if lost and not self._closed.is_set():
                self._again()
            with suppress(Exception):
                waits = bool(self._open) and not lost and not self._client.nthreads()
                if waits and not told:
                    progress.say(f"waiting: the Dask scheduler {self._address} has no workers left")
                told = waits

    def _take(self, name: str, sent) -> bool:
        """Put a report that is back into its folder; False for one that was lost with the scheduler."""
        if sent.status in ("cancelled", "lost"):
            return False
        try:
            answer = sent.result()
        except Exception as error:  # of a worker that was killed too often, or could not even begin
            if self._client.status != "running":
                return False
            answer = {"state": FAILED, "error": f"{type(error).__name__}: {error}", "seconds": 0.0}
        with self._lock:
            _, ended = self._open.pop(name)
            del self._sent[name]
        try:
            ended.set_result(self._put(name, answer))
        except OSError as error:
            ended.set_exception(error)
        return True

    def _put(self, name: str, answer: dict) -> dict:
        folder, files = self._out / name, answer.pop("files", {})
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(files, key=lambda file: (file in FILES, file == FILES[-1])):  # the proof is last
            written(folder / file, lambda part, file=file: part.write_bytes(files[file]))
        if "error" in answer:
            answer["error"] = answer["error"].replace(answer.pop("place", "\0"), str(folder))
        elif answer["state"] == FINISHED:
            (folder / "failed.ipynb").unlink(missing_ok=True)
        return answer

    def _again(self) -> None:
        """Connect to a scheduler that was restarted and submit what is not back; it may take its time."""
        progress.say(f"waiting: the Dask scheduler {self._address} ended or was restarted")
        with suppress(Exception):
            self._client.close(timeout=1)
        end = time.monotonic() + RESTARTED
        while not self._closed.is_set():
            try:
                client = self._connected()
                break
            except Refused as error:
                if time.monotonic() > end:
                    return self._give_up(error)
            self._closed.wait(OFTEN)
        else:
            return None
        with self._lock:
            self._client, self._sent = client, {}
            for job, _ in self._open.values():
                self._send(job)

    def _give_up(self, error: Refused) -> None:
        with self._lock:
            left, self._open, self._sent = self._open, {}, {}
        for _, ended in left.values():
            ended.set_exception(RuntimeError(str(error)))


_idle: list[Worker] = []  # of this Dask worker, whose processes stay for the next report
_busy: dict[Worker, str] = {}  # and the batch that each runs for


def _remote(request: Mapping, topic: str, here: Callable[[], dict], known: dict) -> dict:
    """Run a report in a process of a Dask worker; how it ended, with the `files` that it wrote."""
    from distributed import get_worker

    if differs := difference(here(), known):
        return {"state": FAILED, "error": f"a worker would compute other digits: {differs}", "seconds": 0.0}
    here_is, folder = get_worker(), request["folder"]
    worker = _idle.pop() if _idle else Worker({"OMP_NUM_THREADS": "1"})
    _busy[worker] = topic
    try:
        with TemporaryDirectory(prefix="lrlib-batch-") as place:
            asked = {"report": request["report"], "given": request["given"], "out": place}
            ended = worker.run(asked, lambda event: here_is.log_event(topic, (folder, event)))
            files = [file for file in Path(place).iterdir() if file.is_file() and file.name[0] != "."]
            content = {file.name: file.read_bytes() for file in files}
            return {**ended, "files": content, "place": str(Path(place).resolve())}
    finally:
        if _busy.pop(worker, None) == topic and not worker.stopped:
            _idle.append(worker)


def _stop(topic: str) -> None:
    """End the processes of this Dask worker that run reports of a batch."""
    for worker, batch in list(_busy.items()):
        if batch == topic:
            Thread(target=worker.stop, daemon=True).start()
