"""The walls around a program that is not trusted: what it sees, what it may use, and a watch that ends it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from lrlib.checkout import ROOT
from lrlib.data import CACHE, VARIABLE
from lrlib.rules import Refused

PLACE = "/course"  # where lrlib is inside
HOME = "/tmp/student"
FILES = f"{PLACE}/files"
SYSTEM = (
    *(f"/usr/{name}" for name in ("bin", "lib", "lib32", "lib64", "libexec", "local/lib")),
    "/usr/share/zoneinfo",
    *(f"/etc/{name}" for name in ("ld.so.cache", "alternatives", "localtime")),
)
LINKED = ("/bin", "/lib", "/lib32", "/lib64")  # to folders of /usr, or folders of their own
OF_TEACHERS = ("notebooks", "tests", "build", ".git")
OF_PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")
MB = 2**20
SHARED = 64  # MB of memory that processes may share
RESERVED = 2048  # MB that libraries set aside in a process and do not use
FILES_OPEN, THREADS = 512, 512
SAID = 1000  # characters of why it did not start
EVERY = 0.1  # s between two looks
PATIENCE = 4  # by the clock, what may take so long of a processor may take that many times as long
LINE, ALL = 32 * MB, 128 * MB  # bytes that are read


class Spoiled(Exception):
    """What a program did that ended it, as the rest of a sentence about it."""


def required(unsafe: bool) -> bool:
    """Whether there are walls. Refused, saying why, where there are none and this was not asked for."""
    if not sys.platform.startswith("linux"):
        raise Refused("students' programs are run on Linux only; on others, in a virtual machine of it")
    why = missing()
    if why and not unsafe:
        raise Refused(
            f"no sandbox for students' programs: {why}; with --unsafe they run as you, with your files"
        )
    return not why


def missing() -> str:
    """Why there is no sandbox here; "" where there is."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (its package is called bubblewrap, its command bwrap)"
    tried = subprocess.run([*_walls(64), "true"], capture_output=True, text=True, timeout=60)
    said = tried.stderr.strip()[:200]
    return f"bubblewrap cannot build one here ({said or f'status {tried.returncode}'})" * bool(
        tried.returncode
    )


def protections(limits, walled: bool) -> list[str]:
    """What held a program, in words."""
    held = [
        f"time: {limits.cell:g} s of a processor for a cell, {limits.question:g} s for an exercise, "
        f"{limits.overall:g} s by the clock for all",
        f"memory: {limits.memory} MB, watched from outside",
        f"processes: {limits.processes}, watched from outside",
    ]
    if not walled:
        return [
            "NO SANDBOX: programs could read and change every file that you can, the right answers and "
            "the gradebook too, and use the network",
            *held,
        ]
    return [
        "sandbox: bubblewrap, with users, processes and host name of its own",
        "no network",
        f"files: an empty home of {limits.disk} MB, gone afterwards; Python and lrlib to read; "
        "no right answers, no gradebook, no other submission",
        *held,
    ]


@cache
def _offers(option: str) -> bool:
    return option in subprocess.run(["bwrap", "--help"], capture_output=True, text=True).stdout


def _walls(disk: int) -> list[str]:
    """bwrap and its arguments: namespaces of its own, and the folders that a program sees."""
    walls = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"]
    walls += ["--disable-userns"] * _offers("--disable-userns")
    walls += ["--hostname", "classroom", "--proc", "/proc", "--dev", "/dev"]
    walls += ["--cap-drop", "ALL", "--remount-ro", "/proc"]  # root of the machine is root inside, too
    walls += ["--size", str(SHARED * MB), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    for path in SYSTEM:
        walls += ["--ro-bind-try", path, path]
    for path in map(Path, LINKED):
        if path.is_symlink():
            walls += ["--symlink", str(path.readlink()), str(path)]
        else:
            walls += ["--ro-bind-try", str(path), str(path)]
    return [*walls, "--size", str(disk * MB), "--tmpfs", "/tmp", "--dir", HOME]


def _seen() -> list[str]:
    """Arguments for Python, lrlib and data: no notebook, no test, and no exercise, which knows its answer."""
    of_python = [f"{prefix}/{name}" for prefix in (sys.base_prefix, sys.prefix) for name in OF_PYTHON]
    seen = [word for path in dict.fromkeys(of_python) for word in ("--ro-bind-try", path, path)]
    library = Path(__file__).parents[1]
    copies = [Path(path, "lrlib") for path in sys.path] + [ROOT / name for name in OF_TEACHERS]
    for copy in {path.resolve() for path in copies if path.is_dir()}:
        seen += ["--tmpfs", str(copy)] * any(map(copy.is_relative_to, [*of_python, *SYSTEM]))
    exercises, there = library / "course" / "exercises", f"{PLACE}/lrlib/course/exercises"
    seen += ["--ro-bind", str(library), f"{PLACE}/lrlib", "--tmpfs", there]
    seen += ["--ro-bind", str(exercises / "__init__.py"), f"{there}/__init__.py", "--remount-ro", there]
    seen += ["--ro-bind-try", str(ROOT / "data"), f"{PLACE}/data", "--ro-bind-try", _files(), FILES]
    return [*seen, "--remount-ro", "/"]


def _files() -> str:
    """The folder of data that was downloaded."""
    return str(Path(os.environ.get(VARIABLE) or CACHE).expanduser().absolute())


def _surroundings(place: str, home: str, files: str) -> dict[str, str]:
    """The environment of a program: nothing of the one that it was started from."""
    return {
        "PATH": "/usr/bin:/bin", "HOME": home, "PYTHONPATH": place, VARIABLE: files, "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline", "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LRLIB_PROGRESS": "off",
    }  # fmt: skip


def kernel_limits(limits) -> dict[str, int]:
    """What the kernel holds every process of a program to, by the names of Python's `resource`."""
    own = os.getuid()
    mine = sum(p.info["num_threads"] for p in psutil.process_iter(["uids", "num_threads"])
               if p.info["uids"] and p.info["uids"].real == own)  # fmt: skip
    return {
        "RLIMIT_DATA": (limits.memory + RESERVED) * MB,
        "RLIMIT_CPU": int(limits.overall) + 1,
        "RLIMIT_FSIZE": limits.disk * MB,
        "RLIMIT_NOFILE": FILES_OPEN,
        "RLIMIT_NPROC": mine + limits.processes + THREADS,
        "RLIMIT_CORE": 0,
    }


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
        command, environment = self._command(module)
        with theirs:
            self.process = subprocess.Popen(
                command, env=environment, cwd=None if walled else self.home.name, start_new_session=True,
                stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
            )  # fmt: skip

    def _command(self, module: str) -> tuple[list[str], dict]:
        python = [sys.executable, "-m", module]
        if not self.walled:
            return python, _surroundings(str(Path(__file__).parents[2]), self.home.name, _files())
        command = [*_walls(self.limits.disk), *_seen()]
        for name, value in _surroundings(PLACE, HOME, FILES).items():
            command += ["--setenv", name, value]
        own = {"PATH": os.environ.get("PATH", "")}  # of bwrap, which a program can read
        return [*command, "--chdir", HOME, *python], own

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        tree = [] if self.walled else self._tree()
        self.process.kill()  # and with it, inside walls, whatever it started
        for each in tree:
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
                raise Spoiled(f"was still running after {due.seconds:g} s of processor time")
            if time.monotonic() > due.until:
                raise Spoiled(f"was still running after {PATIENCE * due.seconds:g} s")
            if time.monotonic() > self.until:
                raise Spoiled("was running when the time for the whole notebook was over")
            self.socket.settimeout(EVERY)
            try:
                part = self.socket.recv(MB)
            except TimeoutError:
                continue
            except OSError:
                part = b""
            if not part:
                raise Spoiled("ended the program")
            self.buffer += part
            self.size += len(part)
            if len(self.buffer) > LINE or self.size > ALL:
                raise Spoiled("gave more than is read")
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def look(self) -> None:
        """Note the processor time used; Spoiled where there are too many processes or too much memory."""
        now = time.monotonic()
        if now < self.looked + EVERY:
            return
        self.looked, tree = now, self._tree()
        if len(tree) > self.limits.processes + 2 * self.walled:
            raise Spoiled(f"started more than {self.limits.processes} processes")
        if memory(tree) > self.limits.memory * MB:
            raise Spoiled(f"used more than {self.limits.memory} MB of memory")
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


def _sum(tree: list[psutil.Process], of: Callable) -> float:
    """What the processes have together; those that have ended have nothing."""
    found = 0
    for each in tree:
        with suppress(psutil.Error):
            found += of(each)
    return found
