"""What tests of several modules share."""

import pytest

from lrlib import tasks


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No progress bars; a test of them says where they go."""
    monkeypatch.setenv("LRLIB_PROGRESS", "off")


@pytest.fixture(scope="session")
def digits():
    """Makes a digits task that trains in no time; options as for `tasks.get("digits")`."""
    return lambda **options: tasks.get(
        "digits", **{"hidden": (8,), "batch_size": 16, "n_train": 100, **options}
    )
