"""Lets pytest check notebooks through the project's harness (notebooks/tools/plugin.py).

Tests of downloaded data read `$LRLIB_DATA`; where it is not set, a folder `shared/data` beside the checkout
stands in for it.
"""

import os
import re
from pathlib import Path

pytest_plugins = ["notebooks.tools.plugin"]
collect_ignore_glob = ["lrlib/classroom/templates/*"]  # files of a course, no modules


def pytest_xdist_make_scheduler(config, log):
    """With `-n 2 --dist loadfile`, a worker takes the tests of a file, or the answers to one notebook."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileOrNotebook(LoadFileScheduling):
        def _split_scope(self, nodeid):
            answers = re.fullmatch(
                r"tests/course/test_(?:exercises|assignments).py::.*\[(\w\d_\w+)\]", nodeid
            )
            return answers[1] if answers else super()._split_scope(nodeid)

    return ByFileOrNotebook(config, log) if config.getvalue("dist") == "loadfile" else None


beside = Path(__file__).resolve().parents[1] / "shared" / "data"
if beside.is_dir():
    os.environ.setdefault("LRLIB_DATA", str(beside))
