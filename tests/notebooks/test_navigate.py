"""What is generated between marks takes the place of what was there."""

import pytest

from notebooks.tools import navigate


def test_the_tables_take_the_place_of_what_stood_between_the_marks():
    start, end = navigate.TABLE
    page = navigate.with_tables(f"above\n{start}old\n{end}below\n", "| a |\n| b |")
    assert page == f"above\n{start}\n| a |\n| b |\n\n{end}below\n"
    assert navigate.with_tables(page, "| a |\n| b |") == page


def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="end of lessons"):
        navigate.with_tables("no marks", "")
