"""Batches as they happen: killed, stopped, on a full disk, asked for twice. All of it is done for real."""

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress

import pandas as pd
import pytest

from tests.batch.checkout import Batches, stop, wait_for, workers_of
from tests.browser import needs_browser, opened

QUICK = {"grid": {"number": [1, 2, 3]}}


def running(batches, total=10):
    """Folders of reports that are at least one step on, and not finished."""
    started = {file.parents[1].name for file in batches.out.glob("*/.running-*/progress")}
    return started - set(batches.finished())


SLY = ["<script>document.title = 'no'</script>", '"><img src=x onerror=alert(1)>', "](javascript:alert(1))"]


@pytest.fixture(scope="module")
def ended(checkout, tmp_path_factory):
    """A batch of three reports by one worker; one always fails; and its exit status, output and errors."""
    batches = Batches(checkout, tmp_path_factory.mktemp("ended"))
    grid = {"sets": [{"number": 10, "words": SLY}, {"number": 9}, {"number": 2, "fails": "true"}]}
    return batches, *batches.run(grid, "--retries", "1", "--workers", "1")


def test_a_report_that_always_fails_is_told_with_its_error_and_stops_no_other(ended):
    batches, status, out, error = ended
    assert status == 1 and out.strip() == str(batches.out / "index.html")
    lost = [line for line in error.splitlines() if line.startswith("failed: ")]
    assert len(lost) == 1 and "as it was told" in lost[0] and "fails=True-number=2" in lost[0]
    table = pd.read_parquet(batches.out / "results.parquet").set_index("parameters.number")
    assert table["state"].to_dict() == {10: "finished", 9: "finished", 2: "failed"}
    assert table["tries"].to_dict() == {10: 1, 9: 1, 2: 2} and table.loc[9, "results.square"] == 81
    assert "as it was told" in table.loc[2, "error"] and json.loads(table.loc[10, "parameters.words"]) == SLY
    assert len(batches.finished()) == 2
    assert not [file for file in batches.out.rglob("*") if "running" in file.name]


@needs_browser
def test_the_index_sorts_and_filters_in_a_browser_without_a_network_and_runs_no_text(ended):
    with opened(ended[0].out / "index.html") as seen:
        view = seen.view
        rows = "rows => rows.filter(r => !r.hidden).map(r => r.id.match(/number=(\\d+)/)[1])"
        view.get_by_role("button", name="number").click()
        rising = view.eval_on_selector_all("tbody tr", rows)
        view.get_by_role("button", name="number").click()
        falling = view.eval_on_selector_all("tbody tr", rows)
        view.locator('.filter button[data-word="failed"]').click()
        lost = view.eval_on_selector_all("tbody tr", rows)
        view.locator('.filter button[data-word="failed"]').click()
        view.fill("#words", "onerror")
        sly = view.eval_on_selector_all("tbody tr", rows)
        title = view.title()
        view.set_viewport_size({"width": 390, "height": 800})
        wide = view.evaluate("document.documentElement.scrollWidth")
        view.locator("tbody tr:not([hidden]) a").first.click()
        view.wait_for_load_state()
        report = view.title()
    assert (rising, falling, lost, sly) == (["2", "9", "10"], ["10", "9", "2"], ["2"], ["10"])
    assert title == "3 reports" and wide <= 390 and report == "What is its square?"
    assert not seen.errors and not seen.outside


@pytest.mark.long
def test_a_larger_grid_only_adds_and_other_code_is_run_again(batches, tmp_path):
    other = Batches(shutil.copytree(batches.checkout, tmp_path / "other"), tmp_path)
    assert other.run(QUICK)[0] == 0
    first = other.finished()
    assert len(first) == 3
    status, _, error = other.run({"grid": {"number": [3, 2, 4, 1]}})
    assert status == 0 and "4 reports, 3 of them finished" in error
    second = other.finished()
    assert first.items() <= second.items() and len(second) == 4
    with (other.checkout / "lrlib" / "stats" / "seeds.py").open("a") as source:
        source.write("\nMORE = 1\n")
    status, _, error = other.run({"grid": {"number": [1]}})
    assert status == 0 and "1 to run again (other code)" in error
    third = other.finished()
    assert len(third) == 4 and [name for name in third if third[name] != second[name]] == [
        name for name in third if "number=1-" in name
    ]


@pytest.mark.long
def test_results_that_were_changed_are_computed_again(batches):
    grid = {"parameters": {"number": 5}}
    assert batches.run(grid)[0] == 0
    (folder,) = batches.finished()
    results = batches.out / folder / "results.json"
    right = json.loads(results.read_text())
    results.write_text(results.read_text().replace("25", "26"))
    assert batches.run(grid)[0] == 0
    assert json.loads(results.read_text())["found"] == right["found"] == {"square": 25}


@pytest.mark.long
def test_a_killed_worker_costs_its_report_another_try_and_no_other_report_anything(batches):
    process = batches.start({"grid": {"number": [1, 2, 3, 4]}, "parameters": {"seconds": 6}})
    wait_for(lambda: len(running(batches)) == 2)
    victim = workers_of(process.pid)[0]
    victim.kill()
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    table = pd.read_parquet(batches.out / "results.parquet")
    assert sorted(table["tries"]) == [1, 1, 1, 2] and set(table["state"]) == {"finished"}
    assert sum("tried again" in line and "killed by SIGKILL" in line for line in error.splitlines()) == 1


@pytest.mark.long
def test_a_killed_batch_goes_on_where_it_was_and_leaves_no_process(batches):
    grid = {"grid": {"number": [1, 2, 3, 4, 5]}, "parameters": {"seconds": 3}}
    process = batches.start(grid)
    wait_for(lambda: batches.finished() and running(batches))
    workers = workers_of(process.pid)
    kernels = [kernel for worker in workers for kernel in worker.children(recursive=True)]
    process.kill()
    process.communicate()
    left = batches.finished()
    wait_for(lambda: not any(p.is_running() and p.status() != "zombie" for p in [*workers, *kernels]))
    assert batches.finished() == left and 1 <= len(left) < 5
    status, _, error = batches.run(grid)
    assert status == 0 and f"5 reports, {len(left)} of them finished" in error
    assert left.items() <= batches.finished().items() and len(batches.finished()) == 5


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_batch_says_how_to_go_on_and_does(batches, number):
    grid = {"grid": {"number": [1, 2, 3, 4]}, "parameters": {"seconds": 3}}
    process = batches.start(grid)
    wait_for(lambda: batches.finished() and running(batches))
    workers = workers_of(process.pid)
    status, _, error = stop(process, number)
    left = batches.finished()
    assert status == 130 and "Traceback" not in error
    assert f"stopped with {len(left)} of 4 reports finished; the same command goes on: python -m" in error
    assert not any(worker.is_running() for worker in workers)
    states = list(pd.read_parquet(batches.out / "results.parquet")["state"])
    assert states.count("finished") == len(left) and states.count("waiting") == 4 - len(left)
    assert batches.run(grid)[0] == 0
    assert left.items() <= batches.finished().items() and len(batches.finished()) == 4


@pytest.mark.long
def test_two_batches_do_not_share_a_folder(batches):
    process = batches.start({"parameters": {"seconds": 60}})
    wait_for(lambda: running(batches))
    status, _, error = batches.run(QUICK)
    assert status == 2 and "another batch is on its way there" in error and len(error.splitlines()) == 1
    assert stop(process)[0] == 130
    assert not batches.finished()


@pytest.fixture
def disk(tmp_path):
    """A file system of 16 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.name == "posix" and shutil.which("mount")
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(place)]
    if not mounted or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here: no disk was filled")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.long
def test_a_full_disk_stops_the_batch_and_with_room_again_it_goes_on(batches, disk):
    grid = {"grid": {"number": list(range(6))}}
    out = disk / "out"
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        process = batches.start(grid, out=out)
        wait_for(lambda: batches.finished(out))
        with suppress(OSError):
            while True:
                file.write(bytes(4096))
    _, error = process.communicate(timeout=300)
    assert process.returncode == 1 and "No space left on device" in error and "Traceback" not in error
    assert "the same command goes on" in error
    left = batches.finished(out)
    for results in out.glob("*/results.json"):
        json.loads(results.read_text())
    pd.read_parquet(out / "results.parquet")
    ballast.unlink()
    status, _, error = batches.run(grid, out=out)
    assert status == 0, error
    assert left.items() <= batches.finished(out).items() and len(batches.finished(out)) == 6
