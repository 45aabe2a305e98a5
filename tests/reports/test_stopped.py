"""A report that is stopped, in whatever way, keeps what is finished, and goes on with it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from lrlib import reports, train
from lrlib.__main__ import main
from lrlib.reports import asking, folder

from .test_reports import a_report, notebook, small_reports  # noqa: F401, a fixture

CHUNKS, RUNS = 6, 32
TRAINING = """\
from lrlib import reports, train
from lrlib.train import workers

class Watched(workers.Engine):
    def train(self, chunk, tick=bool):
        with open({trained!r}, "a") as file:
            file.write(f"{{chunk}}\\n")
        return super().train(chunk, tick)

workers.Engine = Watched
found = train.sweep("quadratic", ["linear(1, 0, T)"], [0.1, 0.2], range(96), steps=600, runs_at_once=32,
                    out=reports.kept("runs"))
reports.results(summary="all trained", losses=found.result.tolist())
"""
COMMAND = """\
import sys
from pathlib import Path
from lrlib import process
from lrlib.reports import asking, loading
from lrlib.__main__ import main
import torch  # as the module of a report does, so that its kernel is forked

asking.FOLDER, loading.ALONE = Path("reports").resolve(), True
sys.exit(process.run(lambda: main(["report", "slow", "--json", "--out", sys.argv[1]])))
"""


@pytest.fixture
def started(tmp_path):
    """Starts the report `slow` for real, in a process of its own, into a folder."""
    (tmp_path / "reports").mkdir()
    cells = TRAINING.format(trained=str(tmp_path / "trained"))
    nbformat.write(a_report(cells), tmp_path / "reports" / "slow.ipynb")

    def start(out):
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, out], cwd=tmp_path, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip

    return start


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def trained(tmp_path):
    return (tmp_path / "trained").read_text().split()


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_report_that_is_stopped_trains_only_what_is_missing_and_publishes_the_same(
    number, started, tmp_path
):
    running, out = started("out"), tmp_path / "out"
    while len(list(out.glob(".running-*/kept/**/_chunk-*.sha256"))) < 2 and running.poll() is None:
        time.sleep(0.02)
    os.kill(running.pid, number)
    told, said = running.communicate()
    finished = len(list(out.glob(".running-*/kept/**/_chunk-*.sha256")))
    assert 2 <= finished < CHUNKS and not list(out.glob("report*")), "stopped midway"
    if number == signal.SIGKILL:
        assert running.returncode == -number
    else:
        assert running.returncode == 130 and "Traceback" not in said
        again = "python -m lrlib report slow --json --out out"
        *_, line, command = said.splitlines()
        assert f"{finished * RUNS} finished runs are kept" in line and command == again
        last = events(told)[-1]
        assert (last["state"], last["status"], last["again"]) == ("stopped", 130, again)
        assert shlex.split(again)[:3] == ["python", "-m", "lrlib"]
    before = len(trained(tmp_path))
    told, said = (running := started("out")).communicate()
    assert running.returncode == 0, said
    first, *_, last = events(told)
    assert first["state"] == "starting" and finished * RUNS <= first["finished"] < CHUNKS * RUNS
    assert len(trained(tmp_path)) - before == CHUNKS - first["finished"] // RUNS, "no finished chunk again"
    assert last["state"] == "done" and last["summary"] == ["all trained"]
    assert sorted(os.listdir(out)) == sorted(folder.FILES), "nothing is left of the work"
    assert started("undisturbed").wait() == 0
    whole = (tmp_path / "undisturbed" / "results.json").read_text()
    assert (out / "results.json").read_text() == whole


def test_what_is_kept_is_used_under_its_own_key_only_and_outlives_those_who_keep_nothing(tmp_path):
    with folder.held(tmp_path, "one") as work:
        train.sweep("quadratic", ["constant(1)"], [0.1], range(4), steps=20, out=work.kept / "runs")
        assert work.finished() == 4
    with folder.held(tmp_path, "other") as other:
        assert other.finished() == 0
    assert os.listdir(tmp_path) == [".running-one"]
    with folder.held(tmp_path, "one") as work:
        assert work.finished() == 4
        next(work.kept.rglob("_chunk-*.sha256")).unlink()
        assert work.finished() == 0, "what is not proved is not counted"
        work.publish(dict.fromkeys(folder.FILES, ""))
    assert sorted(os.listdir(tmp_path)) == sorted(folder.FILES)


CHANGED = """\
from lrlib import reports, train
steps = int(open({file!r}).read())
found = train.sweep("quadratic", ["linear(1, 0, T)"], [0.1], range(8), steps=steps, out=reports.kept("runs"))
if steps == 20:
    raise KeyError("midway")
reports.results(steps=found.steps)
"""


def test_a_report_that_fails_keeps_what_is_finished_but_not_what_the_task_refuses_now(
    small_reports,  # noqa: F811
    tmp_path,
    capsys,
):
    out, file = tmp_path / "out", tmp_path / "steps"
    small_reports("changed", CHANGED.format(file=str(file)))
    for _ in range(2):
        file.write_text("20")
        assert main(["report", "changed", "--out", str(out)]) == 1
        assert "8 finished runs are kept, the same call goes on" in capsys.readouterr().err
    told = []
    file.write_text("30")  # something that is no parameter: the kept runs are of another sweep now
    assert reports.run("changed", {}, out, told.append)["found"] == {"steps": 30}
    assert [event["finished"] for event in told if event["state"] == "starting"] == [8, 0]
    assert sorted(os.listdir(out)) == sorted(folder.FILES)


@pytest.mark.parametrize("task", ["own_wave:mine", "own_wave.py:mine"])
def test_a_task_of_ones_own_is_found_from_the_folder_in_which_the_command_was_typed(
    task, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code = "from lrlib import tasks\ndef mine():\n    return tasks.get('digits')"
    (tmp_path / "own_wave.py").write_text(code)
    (tmp_path / "reports").mkdir()
    head = "profile: str = 'quick'  # one of quick\ntask: str = 'digits'  # what to train: a task"
    cell = "from lrlib import reports, tasks\nreports.results(summary=tasks.load(task).name)"
    made = notebook(head, "profiles = {'quick': {}}", cell, tags=("parameters", "profiles"))
    nbformat.write(made, tmp_path / "reports" / "own.ipynb")
    monkeypatch.setattr(asking, "FOLDER", tmp_path / "reports")
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    found = reports.run("own", {"task": task}, "out")
    assert found["summary"] == ["digits"]
    assert found["parameters"]["task"] == "own_wave.py:mine", "no folder of this machine is published"
    assert str(tmp_path) not in (tmp_path / "out" / "report.ipynb").read_text()
