"""A table that a page, a reader of its text and a screen reader can all read: caption, heads with scope."""

from __future__ import annotations

from html import escape

import pandas as pd


class Table:
    """A table of texts with a caption; as HTML in a notebook, as plain text elsewhere.

    frame: its index are the heads of the rows, its values are texts, shown as they are. code: whether the
    heads of the rows are code.

    >>> Table(pd.DataFrame({"peak": ["0.5"]}, ["linear"]), "Peaks", "schedule")
    Peaks
    schedule  peak
    linear     0.5
    """

    def __init__(self, frame: pd.DataFrame, caption: str, head: str = "", code: bool = False):
        self.frame, self.caption, self.head, self.code = frame.astype(str), caption, head, code

    def __repr__(self) -> str:
        rows = [[self.head, *self.frame.columns], *map(list, self.frame.reset_index().to_numpy())]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = [[f"{row[0]:<{widths[0]}}", *map(str.rjust, row[1:], widths[1:])] for row in rows]
        return "\n".join([self.caption, *("  ".join(line).rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in (self.head, *self.frame.columns))
        return (
            f"<table><caption>{escape(self.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>"
            f"{''.join(map(self._row, self.frame.index, self.frame.to_numpy()))}</tbody></table>"
        )

    def _row(self, name: str, values) -> str:
        name = f"<code>{escape(name)}</code>" if self.code else escape(name)
        return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{escape(v)}</td>" for v in values)}</tr>'
