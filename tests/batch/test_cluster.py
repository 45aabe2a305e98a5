"""Batches on a Dask cluster of real processes, with nothing but the network between them."""

import json
import random
import shutil
import socket
import subprocess
import sys
from contextlib import suppress

import pandas as pd
import pytest

from tests.batch.checkout import Batches, stop, wait_for

pytest.importorskip("distributed", reason="the extra `dask` is not installed")
pytestmark = pytest.mark.long


def free_port():
    """One below those that systems give away themselves, so that nobody has it by the time it is used."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


class Dask:
    """A scheduler and two workers, each a process that can be killed."""

    def __init__(self, folder, env):
        self.folder, self.env, self.workers = folder, env, []
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.start()

    def process(self, what, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments, "--no-dashboard"]
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, env=self.env, **streams)

    def start(self):
        self.scheduler = self.process("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        for _ in range(2):
            self.add()

    def add(self):
        options = ["--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder)]
        self.workers.append(self.process("worker", self.address, *options))

    def kill(self):
        for process in [self.scheduler, *self.workers]:
            process.kill()
            process.wait()
        self.workers.clear()


@pytest.fixture
def dask(batches, tmp_path_factory):
    cluster = Dask(tmp_path_factory.mktemp("dask"), batches.env)
    yield cluster
    cluster.kill()


GRID = {"grid": {"number": [1, 2, 3, 4]}, "parameters": {"seconds": 4}}


def events(process):
    """Lines of JSON that a batch tells, as they come."""
    for line in process.stdout:
        yield json.loads(line)


def test_a_killed_dask_worker_costs_its_report_another_start_and_no_other_report_anything(batches, dask):
    process = batches.start(GRID, "--scheduler", dask.address, "--json")
    told = events(process)
    assert any(event["state"] == "running" for event in told)
    wait_for(batches.finished)
    dask.workers[0].kill()
    left = batches.finished()
    dask.add()
    ended = list(told)
    assert process.wait(300) == 0, (ended, process.stderr.read())
    assert left.items() <= batches.finished().items() and len(batches.finished()) == 4
    assert ended[-1]["state"] == "done" and ended[-1]["finished"] == 4
    for folder in batches.finished():
        assert {"report.html", "report.ipynb", "results.json"} <= {
            file.name for file in (batches.out / folder).iterdir()
        }


def test_a_restarted_scheduler_gets_what_is_not_back_and_nothing_finished(batches, dask):
    process = batches.start(GRID, "--scheduler", dask.address)
    wait_for(batches.finished)
    dask.kill()
    left = batches.finished()
    dask.start()
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0 and "ended or was restarted" in error, error
    assert "Traceback" not in error
    assert left.items() <= batches.finished().items() and len(batches.finished()) == 4


def test_a_report_that_fails_on_a_cluster_is_told_and_its_executed_part_comes_back(batches, dask):
    grid = {"sets": [{"number": 7}, {"number": 8, "fails": "true"}]}
    status, _, error = batches.run(grid, "--scheduler", dask.address, "--retries", "1")
    table = pd.read_parquet(batches.out / "results.parquet").set_index("parameters.number")
    assert status == 1 and list(table["state"]) == ["finished", "failed"] and table.loc[8, "tries"] == 2
    part = batches.out / table.loc[8, "folder"] / "failed.ipynb"
    assert part.exists() and str(part) in error


def test_a_stopped_batch_frees_the_cluster_and_goes_on(batches, dask):
    grid = {"grid": {"number": [1, 2]}, "parameters": {"seconds": 600}}
    process = batches.start(grid, "--scheduler", dask.address, "--json")
    assert any(event["state"] == "running" for event in events(process))
    assert stop(process)[0] == 130
    assert batches.run({"parameters": {"number": 3}}, "--scheduler", dask.address)[0] == 0


def test_a_cluster_that_would_compute_other_digits_is_refused_before_anything_starts(batches, dask, tmp_path):
    other = Batches(shutil.copytree(batches.checkout, tmp_path / "other"), tmp_path)
    with (other.checkout / "lrlib" / "stats" / "seeds.py").open("a") as source:
        source.write("\nMORE = 1\n")
    status, _, error = other.run(GRID, "--scheduler", dask.address)
    assert status == 2 and "would compute other digits: the code of tiny differ" in error, error
    assert not other.finished()
