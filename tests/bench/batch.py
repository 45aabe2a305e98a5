"""How many quick reports a batch finishes in the time that papermill, called for each, finishes one.

    python -m tests.bench.batch [--reports 20] [--workers N]

Half of the calls of papermill come before the batch and half after it, so that both see the same minutes.
Papermill writes executed notebooks; the batch also checks, renders pages, and keeps its table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd
import yaml

from lrlib.checkout import ROOT
from lrlib.process import cores
from tests.bench.machine import about, at_least

REPORT = "shootout"
SAME = {
    "task": "quadratic",
    "base_lrs": [0.1, 0.2, 0.4],
    "n_seeds": 6,
    "schedules": ["constant(1)", "linear(1, 0, T)"],
}
STEPS = 30  # of the first report; each has one more than the one before


def called(steps: range, folder: Path) -> float:
    """Seconds that papermill takes, called once for each number of steps."""
    template = ROOT / "notebooks" / "reports"
    began = perf_counter()
    for n in steps:
        given = yaml.safe_dump({**SAME, "steps": n})
        command = [
            sys.executable,
            "-m",
            "papermill",
            str(template / f"{REPORT}.ipynb"),
            str(folder / f"{n}.ipynb"),
        ]
        command += ["-y", given, "--cwd", str(template), "--no-progress-bar", "-k", "python3"]
        subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - began


def batch(steps: range, folder: Path, workers: int) -> float:
    """Seconds that a batch of the same reports takes, from the command to its end."""
    file = folder / "grid.yaml"
    file.write_text(yaml.safe_dump({"report": REPORT, "parameters": SAME, "grid": {"steps": list(steps)}}))
    command = [sys.executable, "-m", "lrlib", "batch", str(file), "--out", str(folder / "out")]
    began = perf_counter()
    subprocess.run([*command, "--workers", str(workers)], check=True, capture_output=True)
    seconds = perf_counter() - began
    assert list(pd.read_parquet(folder / "out" / "results.parquet")["state"].unique()) == ["finished"]
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=at_least(2), default=20)
    parser.add_argument("--workers", type=at_least(1), default=cores())
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "LRLIB_PROGRESS": "off"}
    first, half = STEPS, options.reports // 2
    with TemporaryDirectory() as place:
        before = called(range(first, first + half), Path(place))
        ours = batch(range(first, first + options.reports), Path(place), options.workers)
        after = called(range(first + half, first + options.reports), Path(place))
    print(f"{about('papermill', 'torch').replace('one core', f'{cores()} cores')}\n")
    print(f"papermill, called {options.reports} times: {before + after:.0f} s ({before:.0f} + {after:.0f})")
    print(f"a batch of {options.reports} reports, {options.workers} at once: {ours:.0f} s")
    print(f"throughput of the batch: {(before + after) / ours:.1f} times that of papermill")


if __name__ == "__main__":
    main()
