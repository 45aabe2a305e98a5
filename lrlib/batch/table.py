"""All reports of a batch in one table: a page to sort and filter, and a Parquet file with a row a report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lrlib.batch.proof import RESULTS
from lrlib.data import written
from lrlib.reports import pages

if TYPE_CHECKING:
    from lrlib.batch.runner import Row

PAGE, TABLE = "index.html", "results.parquet"
LARGEST = 300  # characters of a text that counts as a headline


def write(rows: Sequence[Row], out: Path) -> None:
    """Write both into a folder, each whole or not at all. OSError where it cannot be written."""
    found = [_numbers(out / row.job.folder / RESULTS, row.sealed.get("results", "")) for row in rows]
    frame, content = _frame(rows, found), _page(rows, found)
    written(out / TABLE, lambda part: frame.to_parquet(part, index=False))
    written(out / PAGE, lambda part: part.write_text(content, encoding="utf-8", errors="backslashreplace"))


def _frame(rows: Sequence[Row], found: Sequence[Mapping]) -> pd.DataFrame:
    """A row a report: `parameters.NAME` as given, `results.NAME` what is a number or a short text there."""
    records = []
    for row, numbers in zip(rows, found, strict=True):
        records.append({
            "report": row.job.report, "folder": row.job.folder, "state": row.state, "seconds": row.seconds,
            "tries": row.tries, "error": row.error,
            **{f"parameters.{name}": _cell(value) for name, value in row.job.given.items()},
            **{f"results.{name}": value for name, value in numbers.items()},
        })  # fmt: skip
    frame = pd.DataFrame.from_records(records)
    for name in frame.select_dtypes(object).columns:
        if len({type(value) for value in frame[name] if value is not None and value == value}) > 1:
            frame[name] = [None if value is None or value != value else str(value) for value in frame[name]]
    return frame


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, list) else value


@lru_cache(maxsize=20_000)
def _numbers(file: Path, digest: str) -> dict[str, object]:
    """Headline numbers and short texts of a report's results, nested ones by dotted names."""
    if not digest:
        return {}
    results = json.loads(file.read_text(encoding="utf-8"))
    return {"summary": "\n".join(results["summary"]), **dict(_flat(results["found"], ""))}


def _flat(values: Mapping, before: str):
    for name, value in values.items():
        if isinstance(value, dict) and not before:
            yield from _flat(value, f"{name}.")
        elif isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LARGEST):
            yield before + name, value


def _page(rows: Sequence[Row], found: Sequence[Mapping]) -> str:
    names = sorted({name for row in rows for name in row.job.given})
    differ = [name for name in names if len({repr(row.job.given.get(name)) for row in rows}) > 1]
    same = [name for name in names if name not in differ]
    shown = [
        {
            "row": row, "given": [_said(row.job.given.get(name)) for name in differ],
            "same": {name: _said(row.job.given[name]) for name in same},
            "headline": numbers.get("summary", ""),
            "numbers": {name: value for name, value in numbers.items() if name != "summary"},
        }
        for row, numbers in zip(rows, found, strict=True)
    ]  # fmt: skip
    counts = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    return pages.page("batch/index.html.j2", rows=shown, differ=differ, counts=counts)


def _said(value: object) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
