"""What surrounds a command in its process: signals that ask to stop, and streams that are closed or full."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from math import inf

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
STOPPED = 130
LONGEST = 1000  # characters of an error


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def failed(error: object, status: int, said: str = "error: ", longest: float = LONGEST) -> int:
    """Say in one line on stderr what went wrong; returns the exit status."""
    line = " ".join(str(error).split()) if longest < inf else str(error)
    with suppress(OSError):
        print(said + (line if len(line) <= longest else f"{line[:LONGEST]} ..."), file=sys.stderr)
    return status


def live(line: str) -> None:
    """Print a line of ASCII on standard output now; `run` holds back what is printed until the end."""
    with suppress(OSError, ValueError):  # of a stream that nobody reads
        rest = f"{line}\n".encode("ascii")
        while rest:
            rest = rest[os.write(1, rest) :]


def handle(handler: Callable) -> None:
    """What happens at a signal that asks to stop; one that is ignored stays so, as below nohup."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def stop_at_once(*_) -> None:
    """While there is nothing to put away, as during imports."""
    with suppress(OSError):
        os.write(2, b"stopped\n")
    os._exit(STOPPED)


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, a signal raises KeyboardInterrupt, so that what was begun is put away; in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    handle(signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler or signal.SIG_DFL)  # None: of a library in C


def answered() -> None:
    """After a KeyboardInterrupt that was caught, the exit status is that of the program again.

    Python notes one that came while it executed text, as `dataclass` does, and would end by the signal all
    the same; the note goes when it executes text to its end.
    """
    exec("")


def run(main: Callable[[], int]) -> int:
    """The exit status of `main`, also where streams are closed, full or in ASCII."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:  # else the next file to be opened would be where things are printed
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    try:
        with redirect_stdout(StringIO()) as printed:
            status = main()
    except SystemExit as ended:  # of argparse
        status = ended.code
    try:
        print(printed.getvalue(), end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):  # of a reader, such as `head`, who has seen enough
            status = status or failed(f"standard output: {error.strerror}", 1)
    handle(signal.SIG_IGN)  # how it ended is known
    answered()
    gc.freeze()  # or the interpreter looks through all that is loaded once more before it ends
    return status
