"""How a report ends that is not published."""

from __future__ import annotations


class ReportFailed(RuntimeError):
    """A report stopped midway; the message says where and why, and where its executed part lies.

    refused: whether what was asked cannot be done, so that nothing is worth keeping.
    """

    refused = False


class Stopped(KeyboardInterrupt):
    """A report was stopped by a person or a signal. finished: runs that are kept, as the message says."""

    finished = 0
