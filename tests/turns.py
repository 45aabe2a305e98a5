"""What takes minutes is checked by turns: a third of it each day, or all of it with LRLIB_ALL=1."""

import os
from collections.abc import Iterable
from datetime import date
from zlib import crc32


def today(names: Iterable[str]) -> list[str]:
    """Those whose turn is today, the same in every process; in three days each has one."""
    today = date.today().toordinal()
    return [name for name in names if "LRLIB_ALL" in os.environ or (crc32(name.encode()) + today) % 3 == 0]
