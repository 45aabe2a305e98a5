"""A program inside the walls, watched from outside: its time, its memory, its processes, and what it says."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from lrlib.classroom import spoiled, walls
from lrlib.classroom.spoiled import Spoiled
from lrlib.classroom.walls import MB

PATIENCE = 4  # by the clock, what may take so long of a processor may take that many times as long
EVERY = 0.1  # s between two looks
LINE, ALL = 32 * MB, 128 * MB  # bytes that are read
FILES_MADE = 20_000
SAID = 1000  # characters of why it did not start


@dataclass(frozen=True)
class Due:
    """When something is due that may take so many seconds: by the processor time used, and by the clock."""

    seconds: float
    used: float
    until: float


class Program:
    """A process inside the walls, and lines of text to it and from it, until the `with` is left.

    until: when all has to be over, by `time.monotonic`.
    """

    def __init__(self, module: str, limits, walled: bool, until: float):
        self.limits, self.walled = limits, walled
        self.home = tempfile.TemporaryDirectory(prefix="classroom-")
        self.buffer, self.size = b"", 0
        self.until, self.used, self.looked = until, 0.0, 0.0
        self.socket, theirs = socket.socketpair()
        with theirs, walls.filtered() as (words, passed):
            command, environment = walls.command(module, limits, walled, self.home.name, words)
            self.process = subprocess.Popen(
                command, env=environment, cwd=None if walled else self.home.name, start_new_session=True,
                stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, pass_fds=passed if walled else (),
            )  # fmt: skip

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        tree = [] if self.walled else self._tree()
        self.process.kill()  # and with it, inside walls, whatever it started
        for each in tree:
            with suppress(psutil.Error):
                each.kill()
        self.process.wait()
        self.socket.close()
        self.process.stderr.close()
        self.home.cleanup()

    def complaint(self) -> str:
        """What was said before the program took over its streams: why it did not start."""
        os.set_blocking(self.process.stderr.fileno(), False)
        return (self.process.stderr.read() or b"").decode("utf-8", "replace").strip()[-SAID:]

    def tell(self, text: str, seconds: float) -> None:
        """Send a line; Spoiled where nobody reads it in time."""
        self.socket.settimeout(seconds)
        try:
            self.socket.sendall(text.encode() + b"\n")
        except OSError:
            raise Spoiled("no longer answered") from None

    def begin(self, seconds: float) -> Due:
        """When something that begins now is due."""
        self.look()
        return Due(seconds, self.used + seconds, time.monotonic() + PATIENCE * seconds)

    def line(self, due: Due) -> bytes:
        """The next line; Spoiled where it comes too late, or a limit is passed meanwhile."""
        while b"\n" not in self.buffer:
            self.look()
            if self.used > due.used:
                raise spoiled.out_of_time(due.seconds)
            if time.monotonic() > due.until:
                raise spoiled.late(PATIENCE * due.seconds)
            if time.monotonic() > self.until:
                most = f"the {self.limits.overall:g} s for the whole notebook"
                raise Spoiled(f"was running when {most} were over", spoiled.LOOPS)
            self.socket.settimeout(EVERY)
            try:
                part = self.socket.recv(MB)
            except TimeoutError:
                continue
            except OSError:
                part = b""
            if not part:
                raise spoiled.ended()
            self.buffer += part
            self.size += len(part)
            if len(self.buffer) > LINE or self.size > ALL:
                raise Spoiled("gave more than is read", spoiled.WRITES)
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def look(self) -> None:
        """Note the processor time used; Spoiled where there are too many processes or too much memory."""
        now = time.monotonic()
        if now < self.looked + EVERY:
            return
        self.looked, tree = now, self._tree()
        if len(tree) > self.limits.processes + 2 * self.walled:
            raise Spoiled(f"started more than {self.limits.processes} processes", spoiled.STARTS)
        if memory(tree) > self.limits.memory * MB:
            raise Spoiled(f"used more than {self.limits.memory} MB of memory", spoiled.GROWS)
        if self.walled and self.size and tree and _made(tree[-1].pid) > FILES_MADE:
            raise Spoiled(f"made more than {FILES_MADE} files", spoiled.FILES)
        self.used = max(self.used, _sum(tree, lambda each: sum(each.cpu_times()[:4])))

    def _tree(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.Error:
            return []


def memory(tree: list[psutil.Process]) -> int:
    """Bytes that processes hold, what they share counted once."""
    most = _sum(tree, lambda each: each.memory_info().rss)
    return most if most < 256 * MB else min(most, _sum(tree, lambda each: each.memory_full_info().pss))


def _made(process: int) -> int:
    """Files in the folders that a program may write to, as one of its processes sees them."""
    found = 0
    for folder in ("tmp", "dev/shm"):
        with suppress(OSError):
            system = os.statvfs(Path("/proc", str(process), "root", folder))
            found += system.f_files - system.f_ffree
    return found


def _sum(tree: list[psutil.Process], of: Callable) -> float:
    """What the processes have together; those that have ended have nothing."""
    found = 0
    for each in tree:
        with suppress(psutil.Error):
            found += of(each)
    return found
