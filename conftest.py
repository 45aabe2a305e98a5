"""Lets pytest check notebooks through the project's harness (tests/harness/plugin.py).

Tests of downloaded data read `$LRLIB_DATA`; where it is not set, a folder `shared/data` beside the checkout
stands in for it.
"""

import os
from pathlib import Path

pytest_plugins = ["tests.harness.plugin"]

beside = Path(__file__).resolve().parents[1] / "shared" / "data"
if beside.is_dir():
    os.environ.setdefault("LRLIB_DATA", str(beside))
