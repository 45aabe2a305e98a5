"""JSON logs, one record at a time: lines of JSON, an array of records, or columns by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lrlib.rules import Refused

CHUNK = 1 << 18
LONGEST = 1 << 24  # of one record
SIZES = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "global_step")
DECODER = json.JSONDecoder()
BETWEEN = re.compile(r"[\s,]*")
START = re.compile(r"\[\s*(?=\{)")
DEEPEST = 4


def flat(record: Mapping, above: str = "", depth: int = 0) -> dict[str, object]:
    """A record without records in it: {"optim": {"lr": 1}} is {"optim/lr": 1}; lists are left out."""
    found = {}
    for name, value in record.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            found |= flat(value, f"{above}{name}/", depth + 1)
        elif not isinstance(value, list | Mapping | bool):
            found[f"{above}{name}"] = value
    return found


def of_lines(lines: Iterator[tuple[int, str]], where: str, notes: list[str]) -> Iterator[tuple[int, dict]]:
    """One record a line; a last line that is cut off is left out and noted."""
    broken = 0
    for line, text in lines:
        if not text.strip():
            continue
        if broken:
            raise Refused(f"{where}, line {broken}: expected a JSON record")
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            broken = line
            continue
        if not isinstance(record, dict):
            raise Refused(f"{where}, line {line}: expected a JSON record, got {text.strip()[:40]!r}")
        yield line, flat(record)
    if broken:
        notes.append(f"its last line, {broken}, is cut off and left out")


def of_array(path: Path, notes: list[str], sizes: dict) -> Iterator[tuple[int, dict]]:
    """The records of the first array of records in a file, whatever stands around it, read bit by bit."""
    with path.open(encoding="utf-8-sig") as file:
        buffer = ""
        while not (start := START.search(buffer)):
            more = file.read(CHUNK)
            if not more:
                yield from _of_columns(path, buffer)
                return
            buffer += more
        around, at = buffer[: start.end()], start.end()
        line = 1 + around.count("\n")
        while True:
            begin = BETWEEN.match(buffer, at).end()
            line += buffer.count("\n", at, begin)
            at = begin
            record, end = _decoded(buffer, at)
            if not end and not buffer.startswith("]", at):
                more = file.read(CHUNK) if len(buffer) - at < LONGEST else ""
                if more:
                    buffer, at = buffer[at:] + more, 0
                    continue
                _end(path, buffer[at:], line, notes)
            if not end:
                break
            if not isinstance(record, dict):
                raise Refused(f"{path.name}, line {line}: expected a JSON record, got {str(record)[:40]!r}")
            yield line, flat(record)
            line += buffer.count("\n", at, end)
            at = end
        sizes |= _sizes(around + buffer[at:] + file.read(CHUNK))


def _decoded(buffer: str, at: int) -> tuple[object, int]:
    """The next value and where it ends; 0 where none can be read."""
    try:
        return DECODER.raw_decode(buffer, at)
    except (ValueError, RecursionError):
        return None, 0


def _end(path: Path, buffer: str, line: int, notes: list[str]) -> None:
    """What is left when no record can be read any more: cut off where it might still go on."""
    try:
        DECODER.raw_decode(buffer)
    except json.JSONDecodeError as error:
        if buffer.strip() and error.pos < len(buffer.rstrip()) - 1 and "Unterminated" not in error.msg:
            at = line + buffer[: error.pos].count("\n")
            raise Refused(f"{path.name}, line {at}: expected JSON ({error.msg.lower()})") from None
    except RecursionError:
        raise Refused(f"{path.name}, line {line}: expected JSON that is less deep") from None
    notes.append(f"it is cut off in line {line + buffer.count(chr(10))}")


def _sizes(around: str) -> dict[str, float]:
    found = {name: re.search(rf'"{name}":\s*(\d+(?:\.\d+)?)', around) for name in SIZES}
    return {name: float(value[1]) for name, value in found.items() if value}


def _of_columns(path: Path, text: str) -> Iterator[tuple[int, dict]]:
    """{"step": [0, 1], "lr": [...]}, or the same with {"0": ...} for lists, as pandas writes tables."""
    try:
        table = json.loads(text)
    except ValueError as error:
        raise Refused(
            f"{path.name}, line {getattr(error, 'lineno', 1)}: expected JSON, and it is none"
        ) from None
    except RecursionError:
        raise Refused(f"{path.name}: expected JSON that is less deep") from None
    table = table if isinstance(table, dict) else {}
    columns = {name: list(each.values()) if isinstance(each, dict) else each for name, each in table.items()}
    columns = {name: each for name, each in columns.items() if isinstance(each, list)}
    if not columns or len({len(each) for each in columns.values()}) != 1:
        raise Refused(
            f"{path.name}: expected JSON with records, or columns of one length: "
            '[{"step": 0, "lr": 0.1}, ...]'
        )
    for number, values in enumerate(zip(*columns.values(), strict=True)):
        yield number + 1, flat(dict(zip(columns, values, strict=True)))
