"""What tests of several modules share."""

import pytest


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No progress bars; a test of them says where they go."""
    monkeypatch.setenv("LRLIB_PROGRESS", "off")
