"""Which reports are finished: proved by what was asked, by the code that ran, and by the files it wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from lrlib import reports
from lrlib.batch.grid import Job
from lrlib.checkout import ROOT
from lrlib.data import written
from lrlib.reports import asking

LRLIB = ROOT / "lrlib"
SEAL, RESULTS = "_batch.json", "results.json"


def known(job: Job) -> dict:
    """What fixes a report: its name and parameters, the files that these name, and the code that runs it."""
    asked = {"report": job.report, "given": job.given}
    return {**asked, "code": code(job.report), "files": digests(files(job))}


def here(reports: Iterable[str], files: Iterable[str]) -> dict[str, str]:
    """What computes reports in this process: the code of each, and the files that they read."""
    known = {f"the code of {name}": code(name) for name in reports}
    return known | {f"{name}, which every worker must have,": found for name, found in digests(files).items()}


@cache
def code(report: str) -> str:
    """SHA-256, in hex, of lrlib's code, of a report's notebook and of versions; comments change nothing."""
    from lrlib.tasks.imports import code_of  # imports torch

    files = {file.relative_to(LRLIB).as_posix(): file for file in LRLIB.rglob("*.py")}
    digest = hashlib.sha256(code_of(files).encode())
    for cell in asking.template(report)["cells"]:
        digest.update(f"{cell['cell_type']}\n{cell['source']}\n".encode())
    digest.update(json.dumps(reports.versions(), sort_keys=True).encode())
    return digest.hexdigest()


def files(job: Job) -> set[str]:
    """Those that a report reads, with the modules that a task of one's own imports from its folder."""
    from lrlib.tasks.imports import by_value, from_file

    own = [from_file(Path(file)) for file in job.files if file.endswith(".py")]
    return {*job.files, *(str(file) for module in own for file in by_value(module).values())}


def digests(names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each file, and of all in each folder; empty for what cannot be read here."""
    return {name: _digest(Path(name)) for name in sorted(names)}


def _digest(file: Path) -> str:
    try:
        if file.is_dir():
            inside = {str(each): _digest(each) for each in sorted(file.rglob("*")) if each.is_file()}
            return hashlib.sha256(json.dumps(inside).encode()).hexdigest()
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
