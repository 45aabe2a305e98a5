"""The table of the README is made from what the lessons promise."""

import pytest

from notebooks.tools import navigate, twins

TWIN = "# %% [markdown]\n# # 07 A line\n#\n# *After this you can draw it,\n# and stop.*\n#\n# Needs 00\n"


def test_the_table_says_what_a_lesson_promises(tmp_path):
    twin = tmp_path / "07_line.py"
    twin.write_text(twins.HEADER + TWIN)
    start, end = navigate.TABLE
    table = navigate.with_table(f"above\n{start}old\n{end}below\n", [twin])
    assert table.startswith(f"above\n{start}\n| lesson |") and table.endswith(f"|\n\n{end}below\n")
    assert "| [07 A line](notebooks/lessons/07_line.ipynb) | draw it, and stop |" in table
    assert "old" not in table
    assert navigate.with_table(table, [twin]) == table


def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="end of lessons"):
        navigate.with_table("no marks", [])
