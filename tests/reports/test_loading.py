"""Imports made shorter: what they leave out is there when it is needed, and nothing else has changed."""

import gc
import subprocess
import sys

import pytest

from lrlib.checkout import ROOT
from lrlib.reports import loading


def printed(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_check_that_needs_the_grammar_of_addresses_reads_it_then():
    code = """
import sys
from lrlib.reports.loading import quickly
with quickly():
    import nbformat.v4, jsonschema
print("lark" in sys.modules, "rfc3987_syntax" in sys.modules)
fits = jsonschema.FormatChecker(["iri"]).conforms
print(fits("https://example.org/caf\u00e9", "iri"), fits("no address", "iri"), "lark" in sys.modules)
import rfc3987_syntax
print(hasattr(rfc3987_syntax, "parse"))"""
    assert printed(code) == ["False", "False", "True", "False", "True", "True"]


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_looked_for_afterwards_as_before_also_after_an_import_that_fails(collects):
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with pytest.raises(ImportError), loading.quickly():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()


def test_tasks_whose_names_are_read_are_those_that_are_registered():
    read = printed("from lrlib.reports import kinds; print(*kinds.named())")
    assert read == printed("from lrlib import tasks; print(*sorted(tasks.TASKS))")


def test_only_the_command_itself_shares_what_it_imported():
    code = "import sys; sys.orig_argv[1:] = {}; from lrlib.reports import loading; print(loading.ALONE)"
    for arguments, alone in (
        (["-m", "lrlib", "report"], "True"),
        (["-X", "dev", "-m", "lrlib"], "False"),
        (["-m", "pytest"], "False"),
    ):
        assert printed(code.format(arguments)) == [alone]
