"""The package itself: its parts are there by name, and loaded when they are asked for."""

import subprocess
import sys

import pytest

import lrlib

PARTS = ("optim", "plot", "schedules", "stats", "tasks", "train")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_there_without_an_import_of_its_own(part):
    code = f"import lrlib; print(lrlib.{part}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == f"lrlib.{part}\n", done.stderr
    assert part in dir(lrlib)


@pytest.mark.parametrize(
    ("use", "loads"),
    [
        ("lrlib", set()),
        ("lrlib.schedules", {"numpy"}),
        ("lrlib.schedules.presets", {"numpy"}),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(use, loads):
    code = (
        f"import lrlib, sys; {use}; print(*({{'numpy', 'torch', 'pandas', 'matplotlib'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == loads


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        lrlib.trian  # noqa: B018
