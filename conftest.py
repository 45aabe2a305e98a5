"""Lets pytest check notebooks through the project's harness (tests/harness/plugin.py).

Tests of downloaded data read `$LRLIB_DATA`; where it is not set, a folder `shared/data` beside the checkout
stands in for it.
"""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.harness.plugin"]


def pytest_collection_modifyitems(items):
    """What `--dist loadgroup` keeps on one worker: the tests of a file, or those of one lesson."""
    for item in items:
        lesson = getattr(item, "callspec", None) and item.callspec.params.get("lesson")
        item.add_marker(pytest.mark.xdist_group(lesson.stem if lesson else item.path.name))


beside = Path(__file__).resolve().parents[1] / "shared" / "data"
if beside.is_dir():
    os.environ.setdefault("LRLIB_DATA", str(beside))
