"""A table that says what its heads are of, whatever its texts are."""

import pandas as pd

from lrlib.reports.table import Table


def test_a_table_escapes_what_it_is_given_and_reads_the_same_as_text():
    frame = pd.DataFrame({"<b>": ["</td><script>", "2"]}, ["a", "<i>"])
    table = Table(frame, "A & B", "name")
    html = table._repr_html_()
    assert "<script>" not in html and "<i>" not in html and "<caption>A &amp; B</caption>" in html
    assert html.count('scope="col"') == 2 and html.count('scope="row"') == 2
    lines = repr(table).splitlines()
    assert lines[0] == "A & B" and lines[1].split() == ["name", "<b>"] and lines[3].split() == ["<i>", "2"]
