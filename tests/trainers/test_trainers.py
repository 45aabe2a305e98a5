"""What ScheduleLR and ParamSchedule promise inside real trainers: the intended values at every update.

Each run is a process of its own (`tests/trainers/runs.py`). One is killed between two checkpoints with
SIGKILL, and another process resumes it. `make trainers` runs these tests; elsewhere they are skipped.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lrlib.ledger import Ledger
from lrlib.optim import FeedbackLR, Plateau, ScheduleLR
from lrlib.schedules import warmup_cosine
from tests.trainers.runs import CASES, EPOCH, SAVED, UPDATES, intended

ROOT = Path(__file__).resolve().parents[2]
KILLED_AFTER = 17


@pytest.fixture(params=SAVED)
def trainer(request):
    package = {"fsdp": "accelerate"}.get(request.param, request.param)  # torch's own runs where the others do
    pytest.importorskip(package, reason=f"{package} is not installed; see `make trainers`")
    return request.param


def run(trainer, folder, case, *options):
    return python("tests.trainers.runs", trainer, str(folder), case, *options)


def python(module, *arguments):
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def used(folder):
    return [json.loads(line) for line in (folder / "used.jsonl").read_text().splitlines()]


def test_the_cases_tell_updates_groups_and_clocks_apart():
    """A negative control: a scheduler stepped per batch, per epoch or one update late would be seen."""
    for case in CASES:
        wanted = intended(case)
        for wrong in (wanted[::2], [wanted[t // EPOCH] for t in range(UPDATES)], wanted[:1] + wanted[:-1]):
            assert wrong[:UPDATES] != wanted[: len(wrong)]
        assert all(update["lr"][0] != update["lr"][1] for update in wanted[1:])


@pytest.mark.parametrize("case", CASES)
def test_a_run_killed_and_resumed_in_a_new_process_uses_the_intended_values(trainer, case, tmp_path):
    wanted = intended(case)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    done = run(trainer, whole, case)
    assert done.returncode == 0, done.stderr
    assert used(whole) == wanted

    killed = run(trainer, broken, case, "--die-after", str(KILLED_AFTER))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert used(broken) == wanted[:KILLED_AFTER]
    (broken / "used.jsonl").unlink()
    resumed = run(trainer, broken, case, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert used(broken) == wanted[SAVED[trainer] :]

    ends = [torch.load(folder / "weights.pt", weights_only=True) for folder in (whole, broken)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert "lr_scheduler.step()" not in done.stderr + resumed.stderr


@pytest.mark.parametrize(("coupled", "steps_an_update"), [("off", 1), ("on", 2)])
def test_with_two_processes_accelerate_must_not_couple_the_scheduler_to_the_optimizer(
    coupled, steps_an_update, tmp_path
):
    """By default accelerate steps a scheduler once per process: huggingface/accelerate#2926."""
    pytest.importorskip("accelerate", reason="accelerate is not installed; see `make trainers`")
    done = python("tests.trainers.processes", coupled, str(tmp_path))
    assert done.returncode == 0, done.stderr
    schedule = CASES["one schedule"]["lr"]
    wanted = [0.1 * schedule(t * steps_an_update) for t in range(UPDATES)]
    for rank in range(2):
        assert json.loads((tmp_path / f"{rank}.json").read_text()) == wanted


def test_an_optimizer_that_accelerate_prepared_is_driven_and_watched_at_its_real_updates():
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed; see `make trainers`")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    net = torch.nn.Linear(2, 1)
    net, prepared = accelerator.prepare(net, torch.optim.SGD(net.parameters(), lr=0.1))
    schedule = warmup_cosine(UPDATES, 4)
    scheduler = ScheduleLR(prepared, schedule)
    with Ledger.watch(prepared, intended=schedule) as ledger:
        for _ in range(2 * UPDATES):
            with accelerator.accumulate(net):
                accelerator.backward(net(torch.ones(1, 2)).sum())
                prepared.step()
                if accelerator.sync_gradients:
                    scheduler.step()
                prepared.zero_grad()
    assert ledger.used.tolist() == (0.1 * schedule.values(UPDATES)).tolist()
    assert ledger.largest_gap() == 0


def test_a_scheduler_that_accelerate_prepared_is_told_readings_through_the_one_inside():
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed; see `make trainers`")
    accelerator = accelerate.Accelerator(cpu=True)
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    built = FeedbackLR(optimizer, Plateau(0.5, patience=1))
    net, optimizer, prepared = accelerator.prepare(net, optimizer, built)
    assert prepared.scheduler is built
    with Ledger.watch(optimizer) as ledger:
        for loss in (1.0, 0.9, 0.9, 0.9, 0.9):
            accelerator.backward(net(torch.ones(1, 2)).sum())
            optimizer.step()
            prepared.step()
            prepared.scheduler.report(accelerator.reduce(torch.tensor(loss), "mean"))
    assert ledger.used.tolist() == [0.1, 0.1, 0.1, 0.1, 0.05]
    assert prepared.get_last_lr() == [0.05]
    again = FeedbackLR(torch.optim.SGD(net.parameters(), lr=0.1), Plateau(0.5, patience=1))
    accelerator.prepare(again).load_state_dict(prepared.state_dict())
    assert again.standing == built.standing
