"""`read`: the training log of any of the usual trainers, told by what is in the file, not by its name."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from lrlib.doctor import events, records, text
from lrlib.doctor.columns import Columns, is_long, is_rate, pivoted, wanted
from lrlib.doctor.log import Log
from lrlib.rules import Refused, saying

HEAD = 1 << 16  # bytes by which a file is told
FIRST = 200  # lines of those
METRIC = re.compile(r"\d{9,}\s+\S+\s+-?\d+")
IN_FOLDER = ("trainer_state.json", "checkpoint-*/trainer_state.json", "metrics.csv", "version_*/metrics.csv",
             "*tfevents*", "**/*tfevents*", "*/lr*", "lr*", "learning_rate")  # fmt: skip
EXPECTED = "a training log: CSV, JSON, TensorBoard events, or lines such as `step 10: loss 2.1, lr 6e-04`"
CSV_FIELD = 1 << 20


def read(path: str | os.PathLike) -> Log:
    """The log in a file, or in the folder of a checkpoint or a logger; its `source` says what was taken.

    CSV with one or several rates (`step,lr[,loss]`, also with ; or tab, and other common names), the
    `trainer_state.json` of transformers, the `metrics.csv` of Lightning, TensorBoard event files, an exported
    history of W&B or MLflow (CSV, JSON, JSON lines, or a metric file of mlruns), printed lines as those of
    nanoGPT, Megatron or timm, and what `Log.write` and `Sweep.frame(by="step")` hold.

    Raises Refused, in one sentence with file, line and what was expected, for what cannot be read, holds
    several runs, or no rate.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "log.txt")
    ...     _ = file.write_text("iter 0: loss 4.2, lr 0.0\\niter 10: loss 3.1, lr 6.0e-04\\n")
    ...     log = read(file)
    >>> log.steps.tolist(), log.rates[:, 0].tolist(), log.loss.tolist()
    ([0, 10], [0.0, 0.0006], [4.2, 3.1])
    >>> log.source
    "log.txt, printed lines: steps from 'step', rates from 'lr', loss from 'loss'"
    """
    path = Path(path).expanduser()
    with saying("doctor"):
        try:
            return _read(_inside(path) if path.is_dir() else path)
        except OSError as error:
            raise Refused(f"{path.name} cannot be read ({error.strerror}); name a training log") from None
        except (UnicodeDecodeError, ValueError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused(f"{path.name}: expected {EXPECTED}, got something else") from None


def _inside(folder: Path) -> Path:
    """The newest log of a folder, of the first kind that is there."""
    for pattern in IN_FOLDER:
        found = [file for file in folder.glob(pattern) if file.is_file()]
        if found:
            return max(found, key=lambda file: (_number(file.parent.name), file.stat().st_mtime, file.name))
    raise Refused(f"{folder.name} is a folder without a log that is known; name the file")


def _number(name: str) -> int:
    return int((re.findall(r"\d+", name) or ["0"])[-1])


def _read(path: Path) -> Log:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise Refused(f"{path.name} is empty: expected {EXPECTED}")
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if events.begins(head):
        made = Columns(path.name, "TensorBoard events")
        return made.take(pivoted(events.scalars(path, made.notes))).log()
    if b"\0" in head:
        raise Refused(f"{path.name} is binary: expected {EXPECTED}")
    start = head.decode("utf-8-sig", "replace")
    if start.count("�") > len(start) // 100 + 1:
        raise Refused(f"{path.name} is binary: expected {EXPECTED}")
    return _of_text(path, start)


def _of_text(path: Path, start: str) -> Log:
    first = [line for line in islice(start.splitlines(), FIRST) if line.strip() and not line.startswith("#")]
    if re.match(r"\s*(\{\s*(\"|$)|\[\s*(\{|\[|$))", start):
        return _json(path, first)
    if first and all(METRIC.fullmatch(line.strip()) for line in first[:-1] or first):
        return _metric(path)
    if any(map(text.is_line, first[1:] or first)) or not first or not _is_header(first[0]):
        made = Columns(path.name, "printed lines")
        made.take(text.rows(_lines(path), made.sizes))
        if not len(made):
            raise Refused(f"{path.name}: there is no learning rate in it: expected {EXPECTED}")
        return made.log()
    return _csv(path)


def _is_header(line: str) -> bool:
    cells = next(csv.reader([line], delimiter=_delimiter(line)), [])
    known = is_long(cells) or any(wanted(cell.strip()) for cell in cells)
    return len(cells) > 1 and known and not any(":" in cell for cell in cells)


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield from enumerate(file, 1)


def _csv(path: Path) -> Log:
    made = Columns(path.name, "CSV")
    rows = _cells(path, made)
    first = next(rows, None)
    if first is None:
        raise Refused(f"{path.name}: expected rows below the names of its columns, got none")
    rows = _again(first, rows)
    return made.take(pivoted(rows) if is_long(first[1]) else rows).log()


def _again(first, rest: Iterable) -> Iterator:
    yield first
    yield from rest


def _cells(path: Path, made: Columns) -> Iterator[tuple[int, dict]]:
    """Rows of a CSV by the names of its header; a last row that is not whole is left out and noted."""
    csv.field_size_limit(CSV_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = next(each for each in file if each.strip() and not each.startswith("#"))
        mark = _delimiter(line)
        names = [name.strip() for name in next(csv.reader([line], delimiter=mark))]
        if twice := [name for name in names if names.count(name) > 1 and wanted(name)]:
            raise Refused(f"{path.name}, line 1: expected different names of columns, got {twice[0]!r} twice")
        cells, short = csv.reader(file, delimiter=mark), None
        for row in cells:
            at = cells.line_num + 1
            if short:
                raise made.fail(short[0], f"{len(names)} cells", f"{short[1]} cells")
            if len(row) != len(names):
                short = (at, len(row)) if any(row) else None
            elif row != names:
                row = [cell.replace(",", ".") for cell in row] if mark == ";" else row
                yield at, dict(zip(names, row, strict=True))
    if short:
        made.notes.append(f"its last line, {short[0]}, is cut off and left out")


def _json(path: Path, first: list[str]) -> Log:
    made = Columns(path.name, "JSON")
    if len(first) > 1 and first[0].lstrip().startswith("{") and _is_record(first[0]):
        made.kind = "JSON lines"
        rows = records.of_lines(_lines(path), path.name, made.notes)
    else:
        rows = records.of_array(path, made.notes, made.sizes)
    one = next(rows, None)
    if one is None:
        raise Refused(f"{path.name}: expected records in JSON, got none")
    rows = _again(one, rows)
    return made.take(pivoted(rows) if is_long(one[1]) else rows).log()


def _is_record(line: str) -> bool:
    try:
        return isinstance(records.json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _metric(path: Path) -> Log:
    """A metric file of MLflow, lines of `timestamp value step`; `loss` may lie beside it."""
    folder = path.parent
    beside = [folder / name for name in ("loss", "train_loss", "train/loss")]
    name = path.name if is_rate(path.name) else "lr"
    made = Columns(path.name, "a metric of MLflow")
    if name != path.name:
        made.notes.append(f"taken for rates, though it is called {path.name!r}")
    rows = [*_of_metric(path, name)]
    if loss := next((file for file in beside if file.is_file() and file != path), None):
        rows += _of_metric(loss, "loss")
    return made.take(pivoted(rows)).log()


def _of_metric(path: Path, key: str) -> Iterator[tuple[int, dict]]:
    for line, content in _lines(path):
        parts = content.split()
        if len(parts) == 3:
            yield line, {"key": key, "value": parts[1], "step": parts[2]}
        elif parts:
            raise Refused(f"{path.name}, line {line}: expected `timestamp value step`, got {content[:40]!r}")


def _parquet(path: Path) -> Log:
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise Refused(f"{path.name}: expected Parquet that is whole ({str(error)[:60]})") from None
    names = [str(name) for name in frame.columns]
    kept = [name for name in names if frame[name].dtype != object]
    rows = zip(*(frame[name].tolist() for name in kept), strict=True)
    made = Columns(path.name, "Parquet")
    return made.take((i, dict(zip(kept, row, strict=True))) for i, row in enumerate(rows, 1)).log()
