"""A checkout of lrlib with one report that takes as long as it is told, so that it can be killed midway."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
import yaml

from lrlib.checkout import ROOT

PATIENCE = 300  # seconds that something may take where the machine has much else to do
CELLS = {
    "parameters": """\
profile: str = "quick"  # how much to run: one of quick
number: int = 0  # what to square, 0..1000000
seconds: float = 0.0  # how long to take, 0..600
fails: bool = False  # whether to fail
words: list[str] = []  # what to say""",
    "profiles": 'profiles = {"quick": {}}',
    "": """\
import time
from lrlib import progress, reports
with progress.bar(10, "waiting") as shown:
    for _ in range(10):
        time.sleep(seconds / 10)
        shown.update()
if fails:
    raise RuntimeError("as it was told")
reports.results(summary=f"{number} squared is {number**2}. " + " ".join(words), square=number**2)""",
}


def made(folder: Path) -> Path:
    """A checkout in a folder, with a report `tiny`."""
    shutil.copytree(ROOT / "lrlib", folder / "lrlib", ignore=shutil.ignore_patterns("__pycache__"))
    reports = folder / "notebooks" / "reports"
    reports.mkdir(parents=True)
    cells = [nbformat.v4.new_markdown_cell("# What is its square?")]
    for tag, source in CELLS.items():
        cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag] if tag else []}))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), reports / "tiny.ipynb")
    return folder


class Batches:
    """Runs batches of a checkout, as a person would. folder: where their files and results are."""

    def __init__(self, checkout: Path, folder: Path):
        self.checkout, self.folder, self.out = checkout, folder, folder / "out"

    def command(self, grid: dict, *options: str, out: Path | None = None) -> list[str]:
        file = self.folder / "grid.yaml"
        file.write_text(yaml.safe_dump({"report": "tiny", **grid}))
        return [sys.executable, "-m", "lrlib", "batch", str(file), "--out", str(out or self.out), *options]

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.checkout), "OMP_NUM_THREADS": "1"}

    def start(self, grid: dict, *options: str, **how) -> subprocess.Popen:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        options = options if "--scheduler" in options else ("--workers", "2", *options)
        command = self.command(grid, *options, out=how.pop("out", None))
        how = {"preexec_fn": _attentive, **how}
        return subprocess.Popen(command, cwd=self.folder, env=self.env, **streams, **how)

    def run(self, grid: dict, *options: str, **how) -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        process = self.start(grid, *options, **how)
        out, error = process.communicate(timeout=PATIENCE)
        return process.returncode, out, error

    def finished(self, out: Path | None = None) -> dict[str, int]:
        """folder -> when the seal of its report was written."""
        return {seal.parent.name: seal.stat().st_mtime_ns for seal in (out or self.out).glob("*/_batch.json")}


def _attentive():
    """Signals as in a terminal, also where these tests run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition, seconds: float = PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
    return found


def workers_of(pid: int) -> list[psutil.Process]:
    """Processes that run reports, below one."""
    found = psutil.Process(pid).children(recursive=True)
    return [process for process in found if "lrlib.batch.work" in _command(process)]


def _command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):  # it ended meanwhile
        return " ".join(process.cmdline())
    return ""


def stop(process: subprocess.Popen, number: int = signal.SIGINT) -> tuple[int, str, str]:
    """Send a signal; exit status, standard output and standard error."""
    process.send_signal(number)
    out, error = process.communicate(timeout=PATIENCE)
    return process.returncode, out, error
