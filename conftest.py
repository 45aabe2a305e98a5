"""Lets pytest check notebooks through the project's harness (notebooks/tools/plugin.py).

Tests of downloaded data read `$LRLIB_DATA`; where it is not set, a folder `shared/data` beside the checkout
stands in for it.
"""

import os
import re
from pathlib import Path

pytest_plugins = ["notebooks.tools.plugin"]


def pytest_xdist_make_scheduler(config, log):
    """With `-n 2 --dist loadfile`, a worker takes the tests of a file, or the exercises of one lesson."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileOrLesson(LoadFileScheduling):
        def _split_scope(self, nodeid):
            lesson = re.fullmatch(r"tests/course/test_exercises.py::.*\[(\d\d_\w+)\]", nodeid)
            return lesson[1] if lesson else super()._split_scope(nodeid)

    return ByFileOrLesson(config, log) if config.getvalue("dist") == "loadfile" else None


beside = Path(__file__).resolve().parents[1] / "shared" / "data"
if beside.is_dir():
    os.environ.setdefault("LRLIB_DATA", str(beside))
