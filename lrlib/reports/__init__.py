"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON."""

from lrlib.reports.parameters import ParameterError, settle
from lrlib.reports.runner import ReportFailed, check, describe, names, read_yaml, results, run, versions

__all__ = ["ParameterError", "ReportFailed", "check", "describe", "names", "read_yaml", "results", "run",
           "settle", "versions"]  # fmt: skip
