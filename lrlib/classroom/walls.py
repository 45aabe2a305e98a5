"""The walls around a program that is not trusted: what it sees, and what the kernel lets it use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from lrlib.checkout import ROOT
from lrlib.classroom import calls
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
FILES_OPEN, THREADS = 256, 512


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
    with filtered() as (words, passed):
        command = [*_walls(64), *words, "true"]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, pass_fds=passed)
    said = tried.stderr.strip()[:200] or f"status {tried.returncode}"
    return f"bubblewrap cannot build one here ({said})" if tried.returncode else ""


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
        "sandbox: bubblewrap, with users, processes and host name of its own"
        + f", and {len(calls.REFUSED)} calls to the kernel refused" * bool(calls.program()),
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


@contextmanager
def filtered() -> Iterator[tuple[list[str], list[int]]]:
    """Arguments for the filter of calls to the kernel, and the descriptors that bwrap reads it from."""
    source, target = os.pipe()
    try:
        os.write(target, calls.program())
        os.close(target)
        yield (["--seccomp", str(source)], [source]) if calls.program() else ([], [])
    finally:
        os.close(source)


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


def command(module: str, limits, walled: bool, home: str, words: list[str]) -> tuple[list[str], dict]:
    """What starts a module inside the walls, and the environment to start it in.

    home: the folder of a program without walls. words: more arguments for bwrap.
    """
    python = [sys.executable, "-m", module]
    if not walled:
        return python, _surroundings(str(Path(__file__).parents[2]), home, _files())
    walls = [*_walls(limits.disk), *_seen(), *words]
    for name, value in _surroundings(PLACE, HOME, FILES).items():
        walls += ["--setenv", name, value]
    own = {"PATH": os.environ.get("PATH", "")}  # of bwrap, which a program can read
    return [*walls, "--chdir", HOME, *python], own
