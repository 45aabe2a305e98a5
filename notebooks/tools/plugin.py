"""pytest --nbval as this project means it: nothing a notebook shows goes unchecked.

nbval collects the cells and runs them; this plugin compares their outputs (`compare`), refuses
cells that were never executed, notices a dead kernel at once, and names the machine:

    pytest notebooks --nbval                     as this machine computes
    pytest notebooks --nbval --machine=second    as one without vector units would

The interpreter that runs pytest also runs the kernels, and a cell has 120 seconds unless
`--nbval-cell-timeout` says otherwise. The pictures of a rejected figure go to build/notebooks/.

nbval runs each stored cell as `execute` would run its twin, and both ask `compare`. Where
all cells pass, executing again would keep every stored output; that the file is then the
same to the byte is checked without a kernel, by `form.is_canonical`.
"""

import os
import queue
import time
from collections import defaultdict
from contextlib import ExitStack

import pytest
from nbval.cover import setup_coverage
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from lrlib.reports import kernel, warm

from . import allowed, compare, figures, kernels

CELL_SECONDS = 120
_NBVAL_CELL_SECONDS = 2000


def pytest_addoption(parser):
    """Add --machine and --cold."""
    group = parser.getgroup("nbval")
    group.addoption("--cold", action="store_true", help="start each kernel anew, where others are forked")
    group.addoption(
        "--machine",
        choices=list(kernels.MACHINES),
        default="native",
        help="how kernels compute",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """Set up nbval and the environment its kernels inherit."""
    option = config.option
    if not (getattr(option, "nbval", False) or getattr(option, "nbval_lax", False)):
        return
    if getattr(option, "dist", "no") not in ("no", "loadfile", "loadscope"):
        raise pytest.UsageError(
            f"--nbval with -n and --dist {option.dist} would split one notebook over several kernels: "
            "add --dist loadfile"
        )
    if option.nbval_cell_timeout == _NBVAL_CELL_SECONDS:
        option.nbval_cell_timeout = CELL_SECONDS
    os.environ.update(kernels.environment(option.machine, parallel="PYTEST_XDIST_WORKER" in os.environ))
    if not option.cold:
        forked = ExitStack()
        config.add_cleanup(forked.close)
        forked.enter_context(warm.kernels())


def pytest_ignore_collect(collection_path):
    """A twin is no module of tests, also if it is called `03_range_test.py`; a learner's copy is no page."""
    return True if collection_path.parts[-2:] in (("notebooks", "src"), ("notebooks", "mine")) else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put a `CheckedNotebook` in the place of each notebook that nbval collects."""
    collected = yield
    return [
        CheckedNotebook.from_parent(parent, path=file_path) if isinstance(found, IPyNbFile) else found
        for found in collected
    ]


class CheckedNotebook(IPyNbFile):
    """A notebook whose cells are `CheckedCell`s, run in one kernel on the machine asked for."""

    def collect(self):
        """The code cells. Marks that nbval knows mean nothing: `allowed` says what is compared."""
        for cell in super().collect():
            yield CheckedCell.from_parent(
                self,
                name=cell.name,
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=defaultdict(bool, check=not allowed.is_ignored(cell.cell)),
            )

    def setup(self):
        """Start the kernel, in the notebook's folder."""
        option = self.config.option
        self.kernel = CheckedKernel(str(self.path.parent), option.nbval_kernel_startup_timeout)
        if option.machine == "second":
            self.kernel.require_second_machine()
        if getattr(option, "cov_source", None):
            setup_coverage(self.config, self.kernel, self.path)


class CheckedCell(IPyNbCell):
    """A code cell that was executed and gives its stored outputs again."""

    def runtest(self):
        """Run the cell; nbval then calls `compare_outputs`."""
        if self.cell.source.strip() and self.cell.execution_count is None:
            self.raise_cell_error("cell was never executed: stored outputs are missing")
        super().runtest()

    def compare_outputs(self, test, ref, skip_compare=None):
        """Whether fresh (`test`) and stored (`ref`) outputs agree; else says why."""
        found = compare.difference(ref, test)
        self.comparison_traceback = [found.reason, *self._save(found.pictures)] if found else []
        return not found

    def _save(self, pictures):
        if not pictures:
            return []
        root = self.config.rootpath
        stem = root / "build" / "notebooks" / f"{self.path.stem}-cell-{self.cell_num}"
        return [f"see {path.relative_to(root)}" for path in figures.save_pair(*pictures, stem)]


class CheckedKernel(RunningKernel):
    """The kernel that the executor has, which runs cells as it does, and whose death is noticed at once."""

    def __init__(self, folder, startup_timeout):
        self.km = kernel.Blocking()
        self.km.start_kernel(cwd=folder, extra_arguments=["--HistoryManager.hist_file=:memory:"])
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=startup_timeout)
        self._ensure_iopub_up()

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Run a cell, with history: without it, IPython ignores a `;` at the end of a line."""
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

    def await_reply(self, msg_id, timeout=None):
        """Wait for a cell until it is done, its time is up (queue.Empty) or the kernel died."""
        end = time.monotonic() + (timeout or CELL_SECONDS)
        while time.monotonic() < end:
            try:
                return super().await_reply(msg_id, timeout=1)
            except queue.Empty:
                if not self.is_alive():
                    raise RuntimeError("the kernel died in this cell") from None
        raise queue.Empty

    def require_second_machine(self):
        """Raise RuntimeError unless torch computes here as on the second machine."""
        reply = self.kc.execute_interactive(
            kernels.IS_SECOND,
            store_history=False,
            timeout=CELL_SECONDS,
            output_hook=lambda message: None,
        )["content"]
        if reply["status"] != "ok":
            raise RuntimeError(f"--machine=second: {reply.get('ename')}: {reply.get('evalue')}")
