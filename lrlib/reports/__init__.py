"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON."""

from lrlib.reports.asking import Asked, asked, checked, cost, describe, names
from lrlib.reports.ends import ReportFailed, Stopped
from lrlib.reports.folder import FILES
from lrlib.reports.given import read_yaml
from lrlib.reports.notebook import about, kept, results, versions
from lrlib.reports.parameters import settle
from lrlib.reports.runner import run, start
from lrlib.reports.text import code, drawn, plain, prose

__all__ = [
    "FILES",
    "Asked",
    "ReportFailed",
    "Stopped",
    "about",
    "asked",
    "checked",
    "code",
    "cost",
    "describe",
    "drawn",
    "kept",
    "names",
    "plain",
    "prose",
    "read_yaml",
    "results",
    "run",
    "settle",
    "start",
    "versions",
]
