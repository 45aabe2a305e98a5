"""What other processes promise: the same digits from any number of them, and chunks that survive anything."""

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import nullcontext
from multiprocessing import forkserver, get_context
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from unittest.mock import patch

import cloudpickle
import numpy as np
import psutil
import pytest

from lrlib import progress, tasks, train
from lrlib.schedules import Schedule, constant, cosine
from lrlib.train import identity, runs, workers
from lrlib.train.plan import Plan
from tests.train.problems import PROBLEMS, SHAPES, same

PATIENCE = 600  # seconds that a process may take where the machine has much else to do


def test_any_number_of_workers_gives_the_same_digits_and_counts_every_run_once(monkeypatch):
    class Unimported(Schedule):
        """One that no worker can import."""

        steps: int

        def multiplier(self, t):
            return 1 - t / self.steps

    (task, rates), told = PROBLEMS["digits"], []

    def bar(total, what, done=0):
        told.append([total])
        return nullcontext(SimpleNamespace(update=told[-1].append))

    monkeypatch.setattr(runs.progress, "bar", bar)
    one, two = (
        train.sweep(
            task, [SHAPES[1], Unimported(20)], rates, [0, 1], evaluations=3, workers=n, runs_at_once=4
        )
        for n in (1, 2)
    )
    assert [sum(updates) for _, *updates in told] == [total for total, *_ in told] == [one.diverged.size] * 2
    for values in ("used", "train_loss", "heldout_loss", "diverged"):
        assert np.array_equal(getattr(one, values), getattr(two, values))


def trained(out, runs, workers=1):
    """A sweep of that many runs, in chunks of 16."""
    task = tasks.get("digits", hidden=(16,), batch_size=16, n_train=400)
    rates = [0.01 * (1 + i / runs) for i in range(runs)]
    how = {"runs_at_once": 16, "evaluations": 2, "workers": workers}
    return train.sweep(task, [constant(1, 120)], rates, [0], out=out, **how)


SCRIPT = f"""
import resource
import sys
from lrlib import tasks, train
from lrlib.schedules import constant
{inspect.getsource(trained)}
if __name__ == "__main__":
    for runs in map(int, sys.argv[3:]):
        trained(f"{{sys.argv[1]}}-{{runs}}", runs, int(sys.argv[2]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)

    def start(*runs, workers=1):
        """Train sweeps of so many runs into sweep-RUNS, one after the other."""
        env = {**os.environ, "LRLIB_PROGRESS": "off", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, path, tmp_path / "sweep", *map(str, [workers, *runs])]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    return start


OF_ONES_OWN = """
    import numpy as np
    from lrlib import tasks, train
    from lrlib.schedules import Schedule, linear
    class Fall(Schedule):
        steps: int
        def multiplier(self, t):
            return 1 - t / self.steps
    if __name__ == "__main__":
        task = tasks.get("digits", hidden=(4,), batch_size=16, n_train=64)
        how = dict(evaluations=1, runs_at_once=1)
        one = train.sweep(task, [Fall(3)], [0.1, 0.2], [0], workers=2, **how)
        two = train.sweep(task, [linear(1, 0, 3)], [0.1, 0.2], [0], **how)
        assert np.array_equal(one.used, two.used) and np.array_equal(one.train_loss, two.train_loss)
"""


@pytest.mark.long
def test_workers_train_with_a_schedule_that_the_script_defines(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(OF_ONES_OWN))
    env = {**os.environ, "LRLIB_PROGRESS": "off", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, env=env, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def wait_for(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def finished(out: Path):
    return {f.name: f.stat().st_mtime_ns for f in out.glob("chunk-*.parquet")}


def test_a_killed_sweep_goes_on_where_it_was(tmp_path, script):
    out = tmp_path / "sweep-96"
    process = script(96)
    wait_for(lambda: len(finished(out)) >= 3 if out.exists() else False)
    process.kill()
    process.communicate()
    left = finished(out)
    assert 3 <= len(left) < 6
    trained(out, 96)
    done = finished(out)
    assert len(done) == 6
    assert left.items() <= done.items()
    whole = tmp_path / "whole"
    trained(whole, 96)
    assert all((out / f).read_bytes() == (whole / f).read_bytes() for f in done)


def meanwhile(act):
    thread = Thread(target=act, daemon=True)
    thread.start()
    return thread


def below(pid: int, kinds=("spawn_main", "forkserver")) -> list[psutil.Process]:
    """The local workers of a process, and what forks them."""
    found = psutil.Process(pid).children(recursive=True)
    return [p for p in found if any(kind in " ".join(p.cmdline()) for kind in kinds)]


def workers_of(pid: int) -> list[psutil.Process]:
    found = below(pid)
    return [p for p in found if p.parent() in found] if sys.platform == "linux" else found


def test_a_local_worker_that_dies_ends_the_sweep_with_one_clear_line_and_keeps_the_rest(tmp_path):
    out, before = tmp_path / "sweep", workers_of(os.getpid())

    def kill():
        wait_for(lambda: len(finished(out)) >= 2)
        next(worker for worker in workers_of(os.getpid()) if worker not in before).kill()

    thread = meanwhile(kill)
    with pytest.raises(RuntimeError, match=r"^a worker process died: .*; with out=.*$"):
        trained(out, 256, workers=2)
    thread.join()
    left = finished(out)
    assert 2 <= len(left) < 16
    trained(out, 256)
    assert left.items() <= finished(out).items()


@pytest.mark.parametrize("stop", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_workers_end_with_who_started_them(tmp_path, script, stop):
    process = script(4000, workers=2)
    wait_for(lambda: finished(tmp_path / "sweep-4000"))
    left = below(process.pid)
    assert len(left) == 2 + (sys.platform == "linux")
    process.send_signal(stop)
    process.communicate(timeout=PATIENCE)
    assert psutil.wait_procs(left, timeout=PATIENCE)[1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_workers_of_two_sweeps_are_forked_from_one_process_and_see_the_variables_of_their_time(monkeypatch):
    def asked(said):
        monkeypatch.setenv("LRLIB_TOLD", said)
        with workers._executor(2, 2) as (pool, *_):
            return pool.submit(os.getenv, "LRLIB_TOLD").result(), pool.submit(os.getppid).result()

    (one, of_one), (two, of_two) = asked("one"), asked("two")
    assert (one, two) == ("one", "two")
    assert of_one == of_two != os.getpid()


def asked_of_a_worker(question, *of):
    with workers._executor(1, 1) as (pool, *_):
        return pool.submit(question, *of).result()


def test_workers_have_the_lrlib_of_who_asks_wherever_it_was_found(tmp_path):
    shutil.copytree(identity.LRLIB, tmp_path / "lrlib")
    path = tmp_path / "script.py"
    path.write_text(
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nfrom lrlib.train import workers\n"
        f"{inspect.getsource(asked_of_a_worker)}\n"
        "if __name__ == '__main__':\n"
        "    print(asked_of_a_worker(eval, \"__import__('lrlib').__file__\"))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(identity.LRLIB.parent)}
    command = [sys.executable, "-c", f"import runpy; runpy.run_path({str(path)!r}, run_name='__main__')"]
    said = subprocess.run(command, capture_output=True, text=True, env=env, timeout=PATIENCE).stdout
    assert said.strip() == str(tmp_path / "lrlib" / "__init__.py")


def test_a_worker_leaves_ctrl_c_to_who_started_it():
    """A terminal sends it to all: what a worker trains is kept by the one that is asked to stop."""
    assert asked_of_a_worker(signal.raise_signal, signal.SIGINT) is None


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
def test_ctrl_c_does_not_reach_workers_that_are_being_started():
    blocked = asked_of_a_worker(signal.pthread_sigmask, signal.SIG_BLOCK, ())
    assert signal.SIGINT in blocked and signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_what_is_being_trained_ends_at_once_where_nobody_waits_for_it():
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), workers._executor(1, 1) as (pool, *_):
        pool.submit(os.getpid).result()
        pool.submit(time.sleep, 2 * PATIENCE)
        raise KeyboardInterrupt
    assert time.monotonic() - began < PATIENCE


def test_memory_does_not_grow_with_the_number_of_runs(script):
    few, many = map(int, script(16, 400).communicate(timeout=PATIENCE)[0].split())  # the most so far, KiB
    held = 400 * 120 * 8 * 2 / 1024  # what the curves of the larger sweep take
    assert held > 700
    assert many - few < 15 * 1024


@pytest.fixture(scope="module")
def quick_to_fork():
    """Dask's worker processes are forked from one that has imported what they need."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")  # with its settings
    import dask

    context = get_context("forkserver")
    context.set_forkserver_preload(["distributed", workers.__name__, *workers.IMPORTS])
    forkserver.ensure_running()  # what Dask asks to be imported comes too late for it
    forked = dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    with forked, patch.dict(os.environ):  # Dask leaves in this process what it sets for a worker's threads
        yield


def test_a_dask_cluster_gives_the_same_bits_and_survives_a_killed_worker(tmp_path, quick_to_fork):
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    task = tasks.get("digits", hidden=(16,), batch_size=16, n_train=400)
    schedules, rates = [cosine(1, 0, 100)], [0.01 * (1 + i / 99) for i in range(96)]
    how = {"runs_at_once": 6, "evaluations": 2}
    alone = train.sweep(task, schedules, rates, [0], **how)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None, local_directory=tmp_path / "dask"
    )
    killed = []
    out = tmp_path / "sweep"

    class Killer:
        """Kills one worker when a few chunks are there."""

        def update(self, n):
            if len(finished(out)) >= 4 and not killed:
                pid = next(iter(cluster.workers.values())).pid
                os.kill(pid, signal.SIGKILL)
                killed.append(finished(out))

    try:
        plan_update = runs.progress.bar
        runs.progress.bar = lambda *a, **k: _Always(Killer())
        found = train.sweep(task, schedules, rates, [0], workers=cluster.scheduler_address, out=out, **how)
    finally:
        runs.progress.bar = plan_update
        cluster.close()
    assert killed and killed[0].items() <= finished(out).items()
    assert same(found, alone)


MANY = ("digits", "cosine(1, 0, T)", [0.01 * (1 + i / 99) for i in range(100)], [0])
HOW = {"steps": 60, "runs_at_once": 2, "evaluations": 1}


@pytest.fixture
def cluster(tmp_path):
    """A Dask cluster of one worker: a thread of this process that is reached, as others are, by TCP."""
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    how = {"threads_per_worker": 1, "dashboard_address": None, "local_directory": tmp_path / "dask"}
    with distributed.LocalCluster(n_workers=1, processes=False, protocol="tcp", **how) as running:
        yield running


def test_a_sweep_whose_workers_are_all_gone_says_that_it_waits_and_goes_on_with_new_ones(
    tmp_path, cluster, monkeypatch, capsys
):
    monkeypatch.setattr(workers, "PATIENCE", 0.5)
    out, said = tmp_path / "sweep", []

    def restaff():
        wait_for(lambda: len(finished(out)) >= 2)
        cluster.scale(0)
        wait_for(lambda: said.append(capsys.readouterr().err) or "has no workers left" in "".join(said))
        time.sleep(2)
        cluster.scale(1)

    thread = meanwhile(restaff)
    found = train.sweep(*MANY, **HOW, workers=cluster.scheduler_address, out=out)
    thread.join()
    assert np.isfinite(found.result).all()
    assert ("".join(said) + capsys.readouterr().err).count("waiting: the Dask scheduler") == 1


def test_a_dask_scheduler_that_ends_is_one_sentence_and_finished_chunks_are_kept(tmp_path, cluster, capfd):
    out = tmp_path / "sweep"
    thread = meanwhile(lambda: (wait_for(lambda: len(finished(out)) >= 2), cluster.close()))
    with pytest.raises(
        RuntimeError, match=r"^workers='tcp://.*': the scheduler ended or was restarted; with out"
    ):
        train.sweep(*MANY, **HOW, workers=cluster.scheduler_address, out=out)
    thread.join()
    left = finished(out)
    assert 2 <= len(left) < 50 and "Traceback" not in capfd.readouterr().err
    train.sweep(*MANY, **HOW, out=out)
    assert left.items() <= finished(out).items()


def test_a_dask_worker_with_another_lrlib_is_refused(tmp_path, cluster):
    folder, address = tmp_path / "elsewhere" / "lrlib", cluster.scheduler_address

    def is_refused(says):
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
        command += ["--no-dashboard", "--nthreads", "1", "--local-directory", tmp_path / "other"]
        env = {**os.environ, "PYTHONPATH": str(folder.parent)}
        other = subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: len(cluster.scheduler.workers) == 2)
            with pytest.raises(ValueError, match=rf"^sweep: workers='{address}': .*worker .*{says}"):
                train.sweep(*MANY, **HOW, workers=address)
        finally:
            other.kill()
            other.wait()
        wait_for(lambda: len(cluster.scheduler.workers) == 1)

    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('none')")
    is_refused(r"does not have this lrlib \(")
    shutil.copytree(identity.LRLIB, folder, dirs_exist_ok=True)
    with (folder / "train" / "engine.py").open("a") as source:
        source.write("MORE = 1")
    is_refused("would compute other digits: lrlib differ")


def test_a_worker_that_reads_another_task_than_the_one_who_asks_refuses_it():
    plan = Plan("quadratic", "constant(1)", 0.1, [0], steps=3)
    text, known = cloudpickle.dumps(plan), plan.definition
    assert workers._train_chunk(text, json.dumps(known), 0)["train_loss"].shape == (1, 1, 3)
    with pytest.raises(ValueError, match=r"^a worker would train another sweep: fingerprint differ"):
        workers._train_chunk(text, json.dumps({**known, "fingerprint": "0"}), 0)


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.long)])
def test_training_stops_when_its_time_is_over_and_goes_on_from_what_is_finished(processes, tmp_path):
    def swept(seconds):
        how = {"runs_at_once": 2, "steps": 30, "workers": processes, "out": tmp_path}
        with progress.until(time.monotonic() + seconds):
            return train.sweep("quadratic", "constant(1)", 0.1, range(12), **how)

    with pytest.raises(progress.TimeUp):
        swept(0)
    assert not list(tmp_path.rglob("chunk-*"))
    found = swept(PATIENCE)
    assert (swept(0).result == found.result).all(), "what is finished takes no time"


class _Always:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *_):
        return None
