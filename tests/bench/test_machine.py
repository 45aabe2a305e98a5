"""What the benchmarks share."""

import argparse
import os
import subprocess
import sys

import pytest

from tests.bench.machine import at_least, one_core


@pytest.mark.parametrize("text", ["0", "-3"])
def test_rounds_that_would_measure_nothing_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=f"{text} is below 1"):
        at_least(1)(text)
    assert at_least(1)("1") == 1


def test_a_system_that_ties_no_process_to_a_core_is_measured_all_the_same(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    one_core()


def test_a_benchmark_that_is_imported_leaves_its_process_all_cores():
    code = "import os; before = os.sched_getaffinity(0); import tests.bench.engine, tests.bench.gpu; "
    code += "assert os.sched_getaffinity(0) == before"
    if hasattr(os, "sched_getaffinity"):
        subprocess.run([sys.executable, "-c", code], check=True)
