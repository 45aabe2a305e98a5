"""Progress says how many runs are done: in a file for a runner, on a bar for a person, nowhere when off."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from lrlib import progress, train
from lrlib.schedules import constant, linear


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file that progress goes to."""
    path = tmp_path / "progress"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def test_the_file_holds_the_sum_of_all_updates(file):
    assert progress.read(str(file)) is None
    with progress.bar(10, "tuning", done=3) as bar:
        assert progress.read(str(file)) is None
        bar.update()
        assert progress.read(str(file)) == (4, 10, "tuning")
        bar.update(5)
        bar.update(0)
        assert progress.read(str(file)) == (9, 10, "tuning")


def test_what_is_no_progress_is_read_as_none(file):
    for text in ("", "3", "3\t4", "a\tb\tc", "1\t2\t3\t4"):
        file.write_text(text)
        assert progress.read(str(file)) is None


def test_the_bar_starts_at_what_is_done_and_counts_on(monkeypatch, capsys):
    monkeypatch.delenv(progress.VARIABLE)
    with progress.bar(10, "judging", done=3) as bar:
        assert (bar.n, bar.total, bar.desc) == (3, 10, "judging")
        bar.update()
        bar.update(2)
        assert bar.n == 6
    assert capsys.readouterr().out == ""


def test_off_is_silent(monkeypatch, capfd, tmp_path):
    monkeypatch.setenv(progress.VARIABLE, "off")
    monkeypatch.chdir(tmp_path)
    with progress.bar(10, "judging") as bar:
        bar.update(4)
    assert capfd.readouterr() == ("", "") and not list(tmp_path.iterdir())


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """What a sweep of 2 x 3 x 2 runs tells its bar: all runs, those done before, the updates."""

    def sweep(**options):
        told = []
        bar = nullcontext(SimpleNamespace(update=told.append))
        monkeypatch.setattr(progress, "bar", lambda total, what, done=0: told.extend((total, done)) or bar)
        shapes = {"flat": constant(1), "down": linear(1, 0, 12)}
        train.sweep("quadratic", shapes, (0.1, 0.2, 0.3), (0, 1), steps=12, evaluations=5, **options)
        return told[0], told[1], told[2:]

    return sweep


@pytest.mark.parametrize("options", [{}, {"runs_at_once": 3}], ids=str)
def test_a_sweep_counts_every_run_once(counted, options):
    total, before, updates = counted(**options)
    assert (total, before, sum(updates)) == (12, 0, 12)
    assert len(updates) > 1 and min(updates) >= 0


def test_a_sweep_that_goes_on_counts_what_was_done_before(counted, tmp_path):
    out = tmp_path / "sweep"
    options = {"out": out, "runs_at_once": 4}
    assert counted(**options)[1] == 0
    chunks = sorted(out.rglob("*.parquet"))
    assert counted(**options) == (12, 12, [])
    chunks[-1].unlink()
    total, before, updates = counted(**options)
    assert total == 12 and 0 < before < 12 and before + sum(updates) == 12
