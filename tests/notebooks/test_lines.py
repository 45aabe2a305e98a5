"""Lines of code are counted as the budgets mean them, and what is beyond a budget is named."""

from pathlib import Path

import pytest

from notebooks.tools import lines

MODULE = '''"""A module.

Two lines more.
"""

# a comment
import os  # counts


class A:
    """No code."""

    text = """one
two"""

    def f(self):
        "No code either."

        return (
            1,  # and a comment
        )


async def g(): return os
'''


def test_docstrings_comments_and_blank_lines_do_not_count():
    count, functions = lines.counted(MODULE)
    assert count == 9  # import, class, two of the text, four of f, g
    assert functions == {(16, "f"): 4, (24, "g"): 1}


@pytest.mark.parametrize(
    "path, part",
    [
        ("plot.py", "plot"),
        ("train/engine.py", "train"),
        ("schedules/core.py", "schedules"),
        ("schedules/presets/hf.py", "presets"),
    ],
)
def test_a_module_belongs_to_one_part(path, part):
    assert lines.part(Path(path)) == part


def printed(folder, monkeypatch, capsys, **modules):
    """Exit status and output for a library of these modules, each given by its number of lines."""
    for name, source in modules.items():
        path = folder / "lrlib" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source if isinstance(source, str) else "x = 1\n" * source)
    monkeypatch.chdir(folder)
    return lines.main([]), capsys.readouterr().out


def test_what_is_just_within_its_budget_passes(tmp_path, monkeypatch, capsys):
    core = {f"train__m{i}": 300 for i in range(13)} | {"plot": 100, "course__check": 300}
    presets = {f"schedules__presets__m{i}": 250 for i in range(4)}
    longest = "def f():\n" + "    x = 1\n" * 29
    status, said = printed(tmp_path, monkeypatch, capsys, **core, **presets, theory=longest)
    assert status == 0 and "4,000 of 4,000" in said and "1,000 of 1,000" in said


@pytest.mark.parametrize(
    "modules, fault",
    [
        ({f"train__m{i}": 287 for i in range(14)}, "core: 4,018 lines, 4,000 allowed"),
        ({f"schedules__presets__m{i}": 251 for i in range(4)}, "presets: 1,004 lines, 1,000 allowed"),
        ({"theory": 301}, "lrlib/theory.py: 301 lines, 300 allowed in a module"),
        (
            {"plot": "def f():\n" + "    x = 1\n" * 30},
            "lrlib/plot.py:1 f: 31 lines, 30 allowed in a function",
        ),
    ],
)
def test_what_is_beyond_its_budget_is_named(tmp_path, monkeypatch, capsys, modules, fault):
    status, said = printed(tmp_path, monkeypatch, capsys, **modules)
    assert status == 1 and said.splitlines()[-1] == fault


def test_outside_the_project_it_says_where_to_run_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert lines.main([]) == 1 and "project's root" in capsys.readouterr().out
