"""What proves that a report is finished: its parameters, its code, and every file that it reads."""

import json

import pytest

from lrlib.batch import proof
from lrlib.batch.grid import Job


@pytest.fixture
def finished(tmp_path):
    """A finished report on a task of one's own, which imports from its folder, and its folder."""
    (tmp_path / "beside.py").write_text("WIDTH = 8")
    (tmp_path / "mine.py").write_text("import beside\n\ndef task():\n    return beside.WIDTH")
    job = Job("shootout", {"task": f"{tmp_path / 'mine.py'}:task"}, files=(str(tmp_path / "mine.py"),))
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text(json.dumps({"summary": [], "found": {}}))
    proof.seal(out, proof.known(job), seconds=1.0, tries=1)
    return job, out


def test_a_finished_report_is_the_one_that_is_asked_for_until_a_file_of_it_changes(finished, tmp_path):
    job, out = finished
    assert proof.differs(proof.sealed(out), proof.known(job)) == ""
    (tmp_path / "beside.py").write_text("WIDTH = 16")
    assert proof.differs(proof.sealed(out), proof.known(job)) == "other files"


def test_a_folder_of_files_counts_with_all_that_is_in_it(tmp_path):
    (tmp_path / "logs" / "deep").mkdir(parents=True)
    (tmp_path / "logs" / "deep" / "a.csv").write_text("1")
    job = Job("doctor", {}, files=(str(tmp_path / "logs"),))
    before = proof.digests(proof.files(job))
    (tmp_path / "logs" / "deep" / "a.csv").write_text("2")
    assert proof.digests(proof.files(job)) != before


@pytest.mark.parametrize("name", ["_batch.json", "results.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"results": 3}', "[" * 5000])
def test_a_seal_or_results_that_were_changed_prove_nothing(finished, name, content):
    (finished[1] / name).write_text(content)
    assert proof.sealed(finished[1]) is None
