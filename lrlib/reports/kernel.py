"""What runs a notebook: a kernel of the interpreter that runs this, whatever kernelspecs are installed."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING
from uuid import uuid4

import zmq
from jupyter_client import AsyncKernelManager, KernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from lrlib.checkout import ROOT
from lrlib.data import begun
from lrlib.reports import warm

if TYPE_CHECKING:
    from nbformat import NotebookNode

QUIET = logging.Logger(__name__, logging.CRITICAL)  # what goes wrong is raised
COMMAND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def client(notebook: NotebookNode, folder: str | os.PathLike, **options) -> NotebookClient:
    """What executes the cells of a notebook in a new kernel, in `folder`.

    options: those of nbclient's NotebookClient. DeadKernelError, in one line, where no kernel can start.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> ran = client(new_notebook(cells=[new_code_cell("import sys; print(sys.executable)")]), ".").execute()
    >>> ran.cells[0].outputs[0].text.strip() == sys.executable
    True
    """
    place = {"metadata": {"path": str(folder)}}
    fixed = {"kernel_name": "python3", "log": QUIET, "raise_on_iopub_timeout": True, "record_timing": False}
    return Client(notebook, kernel_manager_class=ThisPython, resources=place, **fixed, **options)


class Own:
    """A kernel of this interpreter, with the lrlib that starts it and without start-up files of its user.

    said: the last line that it wrote past the notebook, such as why it cannot start. Within `warm.kernels` it
    is forked from a process that has imported everything. It is spoken with through files of its own folder:
    a port that was free when it was chosen can be another program's when the kernel opens it.
    """

    kernel_spec = KernelSpec(argv=COMMAND, display_name="Python 3", language="python")
    said, folder = "", None

    async def _async_pre_start_kernel(self, **options) -> tuple[list[str], dict]:
        self.log = QUIET
        if not self.folder:
            self._take_folder()
        folder = Path(self.folder.name)
        self.written = (folder / "said").open("w+b")
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        own = {"PYTHONPATH": path, "IPYTHONDIR": str(folder), "PYTHONSTARTUP": ""}
        options |= {"env": {**os.environ, **own}, "stderr": self.written}
        self.provisioner = self.provisioner or warm.provisioner(
            kernel_id=self.kernel_id or str(uuid4()), kernel_spec=self.kernel_spec, parent=self
        )
        return await super()._async_pre_start_kernel(**options)

    def _take_folder(self) -> None:
        prefix = begun(Path(gettempdir()), "lrlib-kernel-")
        self.folder = TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        self.connection_file = str(Path(self.folder.name, "connection.json"))
        file = str(Path(self.folder.name, "channel"))
        if os.name == "posix" and len(os.fsencode(f"{file}-9")) <= zmq.IPC_PATH_MAX_LEN:
            self.transport, self.ip = "ipc", file

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if not self.written.closed:
            self.written.seek(0)  # the file may be without a name by now: a process that ends cleans up
            lines = self.written.read().decode("utf-8", errors="replace").splitlines()
            self.written.close()
            self.said = next(filter(None, map(str.strip, reversed(lines))), "")
        if self.folder and not restart:
            self.folder.cleanup()
            self.folder = None


class ThisPython(Own, AsyncKernelManager):
    """For what waits with asyncio, such as nbclient."""

    cleanup_resources = Own._async_cleanup_resources


class Blocking(Own, KernelManager):
    """For what waits by itself, such as nbval."""


class Client(NotebookClient):
    """nbclient's, which says why a kernel did not start, and waits for none when it is stopped."""

    async def _async_cleanup_kernel(self):
        if asyncio.current_task().cancelling():
            self.shutdown_kernel = "immediate"
        await super()._async_cleanup_kernel()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    async def async_start_new_kernel_client(self):
        manager = self.km
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError as error:
            atexit.unregister(self._cleanup_kernel)  # done already
            raise DeadKernelError(f"it cannot start: {manager.said or error}") from None

    start_new_kernel_client = run_sync(async_start_new_kernel_client)
