"""The logs that real trainers write are read as they are, and what they say of the run is found.

`make trainers` runs these tests; elsewhere they are skipped.
"""

import pytest

from lrlib.doctor import readers
from lrlib.doctor.faults import diagnose
from lrlib.doctor.fit import identify
from tests.trainers.logs import ACCUMULATE, PEAK, RUNS, UPDATES, WARMUP, warmup_cosine
from tests.trainers.test_trainers import python

FILES = {
    "transformers": ("*",),  # the newest checkpoint of the folder
    "lightning": ("*/lightning_logs/version_0/metrics.csv", "*/events/version_0/*tfevents*"),
    "accelerate": ("*/log.csv", "*/events/run/*tfevents*"),
}
FIRST = {"transformers": 1}  # the number of the first update in a log; 0 elsewhere
OFTEN = 5  # updates from one row of transformers to the next
DIGITS = 5e-5  # of the narrowest log, 5 digits


@pytest.fixture(scope="module", params=RUNS)
def logs(request, tmp_path_factory):
    """The trainer, and for each run of it the logs that it wrote: name of the run -> files."""
    trainer = request.param
    pytest.importorskip(trainer, reason=f"{trainer} is not installed; see `make trainers`")
    folder = tmp_path_factory.mktemp(trainer)
    done = python("tests.trainers.logs", trainer, str(folder))
    assert done.returncode == 0, done.stderr
    found = {run: [] for run in RUNS[trainer]}
    for pattern in FILES[trainer]:
        for file in folder.glob(pattern):
            found[file.relative_to(folder).parts[0]].append(file)
    return trainer, found


def used_at(run, t):
    """What each run used at update t, written again from what was done wrong."""
    if run == "horizon":
        return warmup_cosine(t, 2 * UPDATES)
    return warmup_cosine({"epoch": t // 12, "micro-batch": min(2 * t + 1, UPDATES)}.get(run, t))


def test_a_log_of_a_real_trainer_holds_the_rates_that_its_run_used(logs):
    trainer, found = logs
    for run, files in found.items():
        assert files, f"{run} left no log"
        for file in files:
            log = readers.read(file)
            every = OFTEN if trainer == "transformers" else 1
            first = OFTEN if trainer == "transformers" else 0
            assert log.steps.tolist() == list(range(first, UPDATES + FIRST.get(trainer, 0), every))
            assert log.loss is not None and log.restarts == ()
            for column, base in zip(log.rates.T, (PEAK, PEAK / 4), strict=False):
                for step, rate in zip(log.steps, column, strict=True):
                    used = base * used_at(run, int(step) - FIRST.get(trainer, 0))
                    assert rate == pytest.approx(used, rel=DIGITS, abs=1e-12), (file.name, run, step)
            assert len(log.groups) == (2 if run == "groups" else 1)


PLANS = {
    "transformers": f"hf.cosine(total_steps={UPDATES}, warmup_steps={WARMUP})",
    "lightning": f"warmup_cosine({UPDATES}, {WARMUP})",
    "accelerate": f"warmup_cosine({UPDATES}, {WARMUP})",
}
SAID = {  # of the runs that went wrong, what the sentence has to name
    "horizon": f"{2 * UPDATES - WARMUP} updates long, and not {UPDATES - WARMUP}",
    "epoch": "stepped per epoch",
    "micro-batch": "2 times too fast: the scheduler was stepped per micro-batch",
}


def test_the_doctor_finds_no_fault_in_right_runs_and_names_those_of_the_others(logs):
    trainer, found = logs
    for run, files in found.items():
        for file in files:
            diagnosis = diagnose(readers.read(file), PLANS[trainer], PEAK, accumulation=ACCUMULATE)
            if run in SAID:
                assert SAID[run] in diagnosis.sentence, (file.name, run)
            else:
                assert diagnosis.fault is None, (file.name, run, diagnosis.sentence)


def test_without_a_plan_the_doctor_says_which_schedule_the_trainer_followed(logs):
    for file in logs[1]["right"]:
        best = identify(readers.read(file)).candidates[0]
        assert best.text == f"linear(0, 1, {WARMUP}) >> cosine(1, 0, {UPDATES - WARMUP})"
        assert best.base_lr == pytest.approx(PEAK)
