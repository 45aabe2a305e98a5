"""Kernels that start at once: a process that has imported what notebooks import forks one for each of them.

A kernel is a process of its own, so that nothing it does reaches another. What forks them belongs to the
process that asked for it, and ends with it; so do the kernels. On Linux only: elsewhere a fork after such
imports is not safe, and kernels start as always.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock

from jupyter_client.provisioning import LocalProvisioner

from lrlib.checkout import ROOT
from lrlib.process import handle
from lrlib.reports import loading

AVAILABLE = sys.platform == "linux"
IMPORTS = (
    "torch._dynamo", "torch.func", "pandas", "pyarrow.parquet", "scipy.stats", "scipy.optimize",
    "sklearn.datasets", "matplotlib.figure", "matplotlib.backends.backend_agg", "lrlib.plot", "lrlib.train",
    "lrlib.course.check", "lrlib.evidence.sweeps", "lrlib.evidence.claims",
)  # fmt: skip
VARIES = ("IPYTHONDIR", "JPY_", "LRLIB_", "PYTEST_")  # beginnings of variables that are read after the fork
SERVE = """
import sys; del sys.path[0]
from lrlib.reports import warm
warm.load()
warm.serve({control})
"""
PATIENCE = 30  # seconds for a first computation after a fork
LARGEST = 2**16  # bytes of a request, without the variables that do not vary

_active: list[Servers] = []


@contextmanager
def kernels() -> Iterator[None]:
    """Inside, kernels of this process are forked from one that has imported everything.

    The first to start in an environment waits for the imports. Without effect where there is no fork.
    """
    if not AVAILABLE or _active:
        yield
        return
    with ExitStack() as stack:
        _active.append(Servers(stack))
        try:
            yield
        finally:
            _active.clear()


def provisioner(**options) -> LocalProvisioner | None:
    """What starts a kernel, for a manager of jupyter_client; None for its usual way, outside of `kernels`."""
    return Forking(servers=_active[0], **options) if _active else None


class Forking(LocalProvisioner):
    """A provisioner of jupyter_client whose kernels are forked."""

    def __init__(self, servers: Servers, **options):
        super().__init__(**options)
        self._servers = servers

    async def launch_kernel(self, cmd: list[str], **options) -> dict:
        """As its parent does, with the arguments that follow `python -m ipykernel_launcher`."""
        folder = os.fspath(options.get("cwd") or os.getcwd())
        try:
            self.process = self._servers.fork(cmd[3:], folder, options["env"], options.get("stderr"))
        except OSError:  # nothing can be forked: what is wrong shows in an ordinary kernel too
            return await super().launch_kernel(cmd, **options)
        self.pid = self.pgid = self.process.pid
        self.cwd = folder
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """To a kernel that lives: the number of one that ended may be another's by now."""
        if self.process and self.process.poll() is None:
            await super().send_signal(signum)


class Servers:
    """Processes that fork kernels, one for each set of variables that are read when a process starts."""

    def __init__(self, stack: ExitStack):
        self._stack, self._controls, self._unfit, self._lock = stack, {}, set(), Lock()

    def fork(self, arguments: Sequence[str], folder: str, env: Mapping[str, str], stderr=None) -> Forked:
        """A new kernel. arguments: of ipykernel. folder: its working directory. stderr: a file, or None."""
        varies = {name: value for name, value in env.items() if name.startswith(VARIES)}
        fixed = {name: value for name, value in env.items() if name not in varies}
        request = json.dumps([list(arguments), folder, varies]).encode()
        key = tuple(sorted(fixed.items()))
        with self._lock:
            if key in self._unfit:
                raise ConnectionRefusedError
            try:
                return self._ask(self._control(key), request, stderr)
            except OSError:  # that process was killed
                del self._controls[key]
            try:
                return self._ask(self._control(key), request, stderr)
            except OSError:  # so was the next, or it found that no fork can compute
                self._unfit.add(key)
                raise

    def _control(self, key: tuple) -> socket.socket:
        if key not in self._controls:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [sys.executable, "-c", SERVE.format(control=theirs.fileno())]
            with theirs:
                process = subprocess.Popen(
                    command,
                    env=dict(key),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            for last in (process.wait, process.kill, ours.close):
                self._stack.callback(last)
            self._controls[key] = ours
        return self._controls[key]

    def _ask(self, control: socket.socket, request: bytes, stderr) -> Forked:
        ours, theirs = socket.socketpair()
        with theirs:
            lines = [theirs.fileno(), 2 if stderr is None else stderr.fileno()]
            socket.send_fds(control, [request], lines)
        pid = int(ours.recv(20) or 0)
        if not pid:
            ours.close()
            raise ConnectionResetError
        return Forked(pid, ours)


class Here(Servers):
    """One such process, forked from this one: its kernels have the variables that differ by now."""

    def __init__(self, stack: ExitStack, control: socket.socket):
        super().__init__(stack)
        self._one, self._env = control, dict(os.environ)

    def fork(self, arguments: Sequence[str], folder: str, env: Mapping[str, str], stderr=None) -> Forked:
        varies = {k: v for k, v in env.items() if k.startswith(VARIES) or self._env.get(k) != v}
        return self._ask(self._one, json.dumps([list(arguments), folder, varies]).encode(), stderr)


class Forked:
    """A kernel as `subprocess.Popen` would show it; its exit status is not known, only that it ended.

    line: a socket whose other end the kernel holds as long as it lives.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: socket.socket):
        self.pid, self.returncode, self._line = pid, None, line

    def poll(self) -> int | None:
        """None while it lives."""
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self._line.close()
            self.returncode = 1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """1 when it has ended; subprocess.TimeoutExpired when it has not by then."""
        if self.returncode is None and not select.select([self._line], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("a forked kernel", timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal, to a process that still lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def serve_from_here(stack: ExitStack) -> None:
    """Fork what kernels are forked from, with what this process has imported; it ends with the stack."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        try:
            ours.close()
            _as_started()
            serve(theirs.detach())
        finally:
            os._exit(0)
    theirs.close()
    stack.callback(os.waitpid, pid, 0)
    stack.callback(ours.close)
    _active.append(Here(stack, ours))
    stack.callback(_active.clear)


def _as_started() -> None:
    """This process, forked from the command, as one that was started for itself."""
    os.setsid()
    handle(signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = sys.__stdout__
    if not sys.flags.safe_path:
        del sys.path[0]  # of the command
    sys.path[:] = [str(ROOT), *(place for place in sys.path if place != str(ROOT))]


def load() -> None:
    """Import everything that notebooks import."""
    with loading.as_in_a_notebook(), loading.quickly():
        for name in ("ipykernel.kernelapp", *IMPORTS):
            importlib.import_module(name)


def serve(control: int) -> None:
    """Fork a kernel at each request, with what is imported here, until whoever asks is gone."""
    if not _computes_after_a_fork():
        return
    signal.signal(signal.SIGCHLD, _counted)
    gc.collect()
    gc.freeze()  # what is there stays shared
    with socket.socket(fileno=control) as requests:
        while True:
            request, lines, *_ = socket.recv_fds(requests, LARGEST, 2)
            if not request:
                return
            for line in lines:
                os.set_inheritable(line, False)
            server, pid = os.getpid(), os.fork()
            if not pid:
                requests.close()
                _become_kernel(server, *json.loads(request), *lines)
            with suppress(OSError):  # whoever asked is gone
                os.write(lines[0], str(pid).encode())
            for line in lines:
                os.close(line)


def _counted(*_) -> None:
    """Nobody asks how kernels ended, but the time that they took is counted, and none stays as a zombie."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _computes_after_a_fork() -> bool:
    """Whether a fork can use all threads: those that an import began are not there, and are waited for."""
    import torch

    pid = os.fork()
    if not pid:
        signal.alarm(PATIENCE)
        a = torch.ones(400, 400, dtype=torch.float64)
        os._exit(0 if torch.exp(-(a @ a)).sum() < 1 else 1)
    return os.waitpid(pid, 0)[1] == 0


def _become_kernel(server: int, arguments: list, folder: str, varies: dict, line: int, stderr: int) -> None:
    """Run a kernel in this process, which holds the line, and end with it."""
    status = 1
    try:
        os.setsid()
        os.dup2(stderr, 2)
        os.close(stderr)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for name in [name for name in os.environ if name.startswith(VARIES)]:
            del os.environ[name]
        os.environ.update(varies)
        os.chdir(folder)
        _draw_anew()
        gc.unfreeze()
        from ipykernel.kernelapp import IPKernelApp

        sys.argv = [importlib.import_module("ipykernel_launcher").__file__, *arguments]
        IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={server}"])
        status = 0
    except Exception:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _draw_anew() -> None:
    """Random numbers that nobody seeded differ between processes, as after a start."""
    import numpy as np
    import torch

    random.seed()
    np.random.seed()
    torch.default_generator.seed()
