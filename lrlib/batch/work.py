"""A process that runs reports, one after another, and who talks to it: if it dies, one report is lost.

`python -m lrlib.batch.work` reads a request a line, in JSON, and writes what it has to tell, likewise:
progress, then how the report ended. It ends when nobody can ask any more, and stops the report it is at.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread

FINISHED, FAILED, REFUSED = ENDED = "finished", "failed", "refused"
COMMAND = [sys.executable, "-m", "lrlib.batch.work"]
GRACE = 15  # seconds that a process has to put away what it began


class Worker:
    """A process that runs reports, started when it is needed and again when it died.

    env: variables that it has besides those of this process.
    """

    def __init__(self, env: Mapping[str, str]):
        self._env, self._process, self._said, self._lock, self.stopped = dict(env), None, None, Lock(), False

    def run(self, request: Mapping, tell: Callable[[dict], object]) -> dict:
        """How a report ended: `state`, `seconds` and, where it failed or was refused, `error`.

        request: report, given, out. tell: is called with the events of the report, see `reports.run`.
        """
        began = time.monotonic()
        try:
            process = self._started()
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                told = json.loads(line)
                if told["state"] in ENDED:
                    return told
                tell(told)
        except (OSError, ValueError):  # closed: it died, or it was stopped
            pass
        return {"state": FAILED, "error": self._why(), "seconds": time.monotonic() - began}

    def stop(self) -> None:
        """End the process; a report that it is at is put away first, as at Ctrl-C."""
        with self._lock:
            self.stopped, process = True, self._process
        if process is None:
            return
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen:
        with self._lock:
            if self.stopped:
                raise OSError("stopped")
            if self._process is None or self._process.poll() is not None:
                self._said = tempfile.TemporaryFile()  # noqa: SIM115
                self._process = subprocess.Popen(
                    COMMAND, env={**os.environ, **self._env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=self._said, text=True, encoding="utf-8", start_new_session=True,
                )  # fmt: skip
            return self._process

    def _why(self) -> str:
        """In a line, how the process ended."""
        if self._process is None or self.stopped:
            return "stopped"
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", errors="replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"its process was {how}" if status < 0 else f"its process {how}: {last[:300]}"


def main() -> int:
    """Serve whoever started this process, until its standard input ends."""
    told, asked = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8"), SimpleQueue()
    os.dup2(2, 1)  # what libraries print is no answer
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Thread(target=_listen, args=(asked,), daemon=True).start()
    with suppress(KeyboardInterrupt, BrokenPipeError):
        from lrlib import reports
        from lrlib.reports import warm

        with warm.kernels():
            while True:
                request = asked.get()
                answer = _ran(reports, request, told)
                told.write(json.dumps(answer) + "\n")
    return 0


def _listen(asked: SimpleQueue) -> None:
    for line in sys.stdin:
        asked.put(json.loads(line))
    os.kill(os.getpid(), signal.SIGINT)


def _ran(reports, request: Mapping, told) -> dict:
    """Run a report, telling of its progress; how it ended."""

    def tell(event: dict) -> None:
        with suppress(OSError, ValueError):
            told.write(json.dumps(event) + "\n")

    began, answer = time.monotonic(), {"state": FINISHED}
    try:
        reports.run(request["report"], request["given"], request["out"], tell)
    except Exception as error:  # of whatever kind, it is this report's
        known = isinstance(error, ValueError | RuntimeError | OSError) and str(error)
        said = " ".join((str(error) if known else f"{type(error).__name__}: {error}").split())
        refused = isinstance(error, ValueError) or getattr(error, "refused", False)
        answer = {"state": REFUSED if refused else FAILED, "error": said}
    return {**answer, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    sys.exit(main())
