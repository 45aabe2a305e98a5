"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON."""

from lrlib.reports.parameters import settle
from lrlib.reports.runner import (
    ReportFailed,
    checked,
    cost,
    describe,
    names,
    read_yaml,
    results,
    run,
    versions,
)

__all__ = [
    "ReportFailed",
    "checked",
    "cost",
    "describe",
    "names",
    "read_yaml",
    "results",
    "run",
    "settle",
    "versions",
]
