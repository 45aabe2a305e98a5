"""The package itself: its parts are there by name, and loaded when they are asked for."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import lrlib

BESIDE = {"checkout", "data", "process", "progress"}
LAYERS = (
    {"rules"}, {"schedules"}, {"optim", "adaptive", "ledger"}, {"tasks", "theory"}, {"train", "stats"},
    {"evidence", "doctor", "torchcode"}, {"plot", "reports", "course", "playground"},
    {"batch", "classroom", "__main__"},
)  # fmt: skip
PARTS = (
    "schedules",
    "stats",
    "optim",
    "adaptive",
    "tasks",
    "train",
    "plot",
)  # none loads one that comes after it


def test_a_part_is_there_without_an_import_of_its_own():
    code = "import lrlib\n"
    for part in PARTS:
        code += f"assert {part!r} not in vars(lrlib)\nassert lrlib.{part}.__name__ == 'lrlib.{part}'\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {*PARTS} <= {*dir(lrlib)}


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


@functools.cache
def imported():
    """What each part of lrlib imports of the others, also inside functions."""
    root = Path(lrlib.__file__).parent
    found = {}
    for path in root.rglob("*.py"):
        part = path.relative_to(root).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names]
            others = {name.split(".")[1] for name in names if name.startswith("lrlib.")}
            found.setdefault(part, set()).update(others - {part})
    return {part: others for part, others in found.items() if part != "__init__"}


def test_a_part_imports_only_from_its_own_layer_and_those_below_and_never_in_a_circle():
    rank = {part: i for i, layer in enumerate(LAYERS) for part in layer}
    parts = imported()
    assert parts.keys() == rank.keys() | BESIDE
    for part in rank:
        others = parts[part] & rank.keys()
        assert {other for other in others if rank[other] > rank[part]} == set(), part
        assert {other for other in others if part in parts[other]} == set(), part


def test_what_every_layer_may_use_imports_only_rules():
    for part in BESIDE:
        assert imported()[part] <= BESIDE | {"rules"}
