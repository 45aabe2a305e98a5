"""Which reports are finished: proved by what was asked, by the code that ran, and by the files it wrote."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import nbformat

from lrlib import reports
from lrlib.batch.grid import Job
from lrlib.data import written
from lrlib.reports import runner
from lrlib.train import identity

SEAL, RESULTS = "_batch.json", "results.json"


def known(job: Job) -> dict:
    """What fixes a report: its name and parameters, the files that these name, and the code that runs it."""
    asked = {"report": job.report, "given": job.given}
    return {**asked, "code": code(job.report), "files": digests(files(job.given))}


@cache
def code(report: str) -> str:
    """SHA-256, in hex, of lrlib's code, of a report's notebook and of versions; comments change nothing."""
    digest = hashlib.sha256(identity.sources(names=(".",)).encode())
    for cell in nbformat.read(runner.FOLDER / f"{report}.ipynb", as_version=4).cells:
        digest.update(f"{cell.cell_type}\n{cell.source}\n".encode())
    digest.update(json.dumps(reports.versions(), sort_keys=True).encode())
    return digest.hexdigest()


def files(given: Mapping[str, object]) -> list[str]:
    """The files that parameters name, as a log or the module of a task of one's own."""
    texts = [text for value in given.values() for text in (value if isinstance(value, list) else [value])]
    found = {_file(text) for text in texts if isinstance(text, str)}
    return sorted(filter(None, found))


def _file(text: str) -> str:
    """The file that a text names, or that of `file.py:name` or `module:name`; empty where it names none."""
    try:
        for path in (text, text.rpartition(":")[0]):
            if path and Path(path).expanduser().is_file():
                return str(Path(path).expanduser().resolve())
        module = text.partition(":")[0].partition(".")[0]
        if ":" in text and module.isidentifier() and (found := importlib.util.find_spec(module)):
            return found.origin if found.has_location else ""
    except (OSError, ValueError, ImportError):
        pass
    return ""


def digests(names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each file; empty for one that cannot be read here."""
    return {name: _digest(Path(name)) for name in names}


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""


def seal(folder: Path, of: Mapping, **measured) -> dict:
    """Say in a report's folder that it is finished; `measured` (seconds, tries) is kept with it."""
    content = {**of, **measured, "results": _digest(folder / RESULTS)}
    text = json.dumps(content, indent=1) + "\n"
    written(folder / SEAL, lambda part: part.write_text(text, encoding="utf-8"))
    return content


def sealed(folder: Path) -> dict | None:
    """What the seal of a folder says, where the results are still those that it was written for."""
    try:
        found = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return found if found["results"] and found["results"] == _digest(folder / RESULTS) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def differs(found: Mapping, of: Mapping) -> str:
    """In words, why a sealed report is not the one that is asked for now; empty where it is."""
    if found.get("code") != of["code"]:
        return "other code"
    if found.get("files") != of["files"]:
        return "other files"
    return "" if all(found.get(name) == value for name, value in of.items()) else "other parameters"
