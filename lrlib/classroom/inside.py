"""What runs in the sandbox: a student's cells, and then questions to the functions that they defined.

It is told what to do in lines of JSON on its standard input and answers in such lines on its standard
output; both are moved out of the way before a cell runs. Nothing here is secret or trusted: a program that
tries can change all of it, and finds no right answer. That one does so carelessly, by giving `open` or
`len` another meaning, is undone: what is used here was taken before a cell ran. `sandbox` starts it.
"""

from __future__ import annotations

import builtins
import math
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from json import dumps, loads
from os import _exit, close, dup, dup2, fork, kill, killpg, pipe, setsid, wait4
from os import read as read_from
from os import write as write_to
from select import select
from time import monotonic

from lrlib.classroom import plain
from lrlib.classroom.marking import attempt
from lrlib.classroom.shell import shell
from lrlib.course import exercises
from lrlib.course.diagnosis import own_names

BUILTINS = dict(vars(builtins))


class Channel:
    """The lines that come and go, on descriptors of their own; 0, 1 and 2 lead nowhere afterwards."""

    def __init__(self):
        self.orders, self.results = os.fdopen(dup(0), "rb"), dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            dup2(nowhere, number)
        sys.stdin = open(os.devnull)  # noqa: SIM115
        self.token = ""

    def read(self) -> dict:
        return loads(self.orders.readline())

    def send(self, **message) -> None:
        write(self.results, {"token": self.token, **message})


def write(descriptor: int, message: dict) -> None:
    rest = b"\n" + dumps(message).encode() + b"\n"  # after what others may have begun
    while rest:
        rest = rest[write_to(descriptor, rest) :]


def limit(most: dict, grace: int = 0) -> None:
    """What the kernel holds this process and its children to; they cannot raise it again.

    grace: how much more there is after the signal that says that it is used up.
    """
    for name, value in most.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        bounds = value, value + grace
        if hard != resource.RLIM_INFINITY:
            bounds = min(value, hard), min(value + grace, hard)
        resource.setrlimit(kind, bounds)


def main() -> None:
    channel = Channel()
    first = channel.read()
    channel.token = first["token"]
    limit(first["most"])
    with shell(first["output"]) as ran:
        channel.send(ready=True)
        for cell in first["cells"]:
            shown = ran.cell(cell["source"])
            restore()
            channel.send(ran=cell["id"], **shown)
        for question in channel.read()["questions"]:
            channel.send(answered=question["name"], **answers(question, ran.names))


def restore() -> None:
    """Undo what a cell may have done to Python itself, for what is asked of the others."""
    vars(builtins).update(BUILTINS)
    for undone in (sys.settrace, sys.setprofile, threading.settrace, threading.setprofile):
        undone(None)


def answers(question: dict, names: dict) -> dict:
    """What a function gives for each case, found out in a fork that has so many seconds and no more."""
    source, target = pipe()
    child = fork()
    if not child:
        try:
            setsid()
            close(source)
            limit({"RLIMIT_CPU": math.ceil(question["seconds"])}, grace=1)
            if torch := sys.modules.get("torch"):
                torch.set_num_threads(1)  # a fork waits for ever for threads that it does not have
            ask(question, names.get(question["called"]), lambda **message: write(target, message))
        finally:
            _exit(0)
    close(target)
    until = monotonic() + question["by_clock"]
    try:
        names, outcomes, is_late = heard(source, until, len(question["cases"]))
    finally:
        close(source)
        for stop, whom in ((killpg, child), (kill, child)):
            with suppress(OSError):
                stop(whom, signal.SIGKILL)
        _, status, used = wait4(child, 0)
    stopped_by = status & 0x7F
    is_over = stopped_by == signal.SIGXCPU or used.ru_utime + used.ru_stime >= question["seconds"]
    ended = "clock" if is_late else "time" if is_over else "ended"
    missing = len(question["cases"]) - len(outcomes)
    return {"names": names, "outcomes": outcomes + [{"ended": ended}] * missing}


def heard(source: int, until: float, count: int) -> tuple[list, list, bool]:
    """What a fork sends until it has answered all or ends, and whether it was late."""
    names, outcomes, rest = [], [], b""
    while len(outcomes) < count:
        if not select([source], [], [], max(0.0, until - monotonic()))[0]:
            return names, outcomes, True
        part = read_from(source, 1 << 20)
        if not part:
            break
        *lines, rest = (rest + part).split(b"\n")
        for line in filter(None, lines):
            message = loads(line)
            names = message.get("names", names)
            outcomes += [message["outcome"]] if "outcome" in message else []
    return names, outcomes, False


def ask(question: dict, answer, send) -> None:
    """Put every case to a function, and send what comes of it."""
    if not callable(answer):
        gone = "not there when all cells have run: was its cell left out, or did it stop with an error?"
        what = "no function." if answer is not None else gone
        for _ in question["cases"]:
            send(outcome={"stopped": f"Not done yet. `{question['called']}` is {what}"})
        return
    send(names=[str(name) for name in own_names(answer)])
    module, _, name = question["tried"].partition(":")
    tried = getattr(import_module(module), name) if name else exercises.call
    for case in question["cases"]:
        send(outcome=attempt(tried, answer, plain.decode(case)))


if __name__ == "__main__":
    main()
