"""What tests of several modules share."""

import os

import pytest


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No progress bars; a test of them says where they go."""
    monkeypatch.setenv("LRLIB_PROGRESS", "off")


@pytest.fixture(scope="module", autouse=True)
def threads_stay_as_they_are():
    """What a file of tests leaves in the variables of threads would decide how later files compute."""
    before = _threads()
    yield
    assert _threads() == before


def _threads():
    return {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
