"""Public data by name: downloaded once, verified by SHA-256, kept in a folder. Nothing is vendored.

The registry, `data/registry.csv`, names every file: path, SHA-256, bytes, address and licence. The folder
is `data/cache/` beside it, or `$LRLIB_DATA` when that is set: a folder of the same layout, path by path,
whose files are read and added to, never overwritten.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pooch
from requests.exceptions import RequestException

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "data" / "registry.csv"
CACHE = ROOT / "data" / "cache"
VARIABLE = "LRLIB_DATA"


class Unavailable(OSError):
    """A registered file is missing and cannot be downloaded, or is not the file that was registered."""


@dataclass(frozen=True)
class Entry:
    """A row of the registry: what a file is, and where it comes from."""

    path: str
    sha256: str
    bytes: int
    url: str
    licence: str


@dataclass(frozen=True)
class Store:
    """Registered files and the folder that keeps them.

    entries: path -> Entry. replace: a file that is not the registered one is downloaded again (a cache) or
    reported and left alone (a person's folder).
    """

    entries: dict[str, Entry]
    folder: Path
    replace: bool = False
    _verified: set[str] = field(default_factory=set, repr=False)

    def paths(self, pattern: str = "") -> list[str]:
        """Registered paths that start with `pattern`, or match it as a glob (where `*` crosses folders)."""
        return [path for path in self.entries if path.startswith(pattern) or fnmatchcase(path, pattern)]

    def fetch(self, path: str) -> Path:
        """The file of that registered path, present and verified; see the module's `fetch`."""
        entry, target = self._entry(path), self.folder / path
        if path in self._verified and target.is_file():
            return target
        fault = _fault(entry, target)
        if fault and (self.replace or not target.exists()):
            fault = _download(entry, self.folder)
        if fault:
            raise Unavailable(
                f"data file {path!r}: {fault}; get it from {entry.url} and put it at {target}, "
                f"or set {VARIABLE} to a folder that has it at that path"
            )
        self._verified.add(path)
        return target

    def _entry(self, path: str) -> Entry:
        if path not in self.entries:
            near = get_close_matches(str(path), self.entries, n=1, cutoff=0)
            hint = f"; the nearest registered path is {near[0]!r}" if near else ""
            raise ValueError(f"data file {path!r} is not registered{hint} (data.paths() lists all)")
        return self.entries[path]


def fetch(path: str) -> Path:
    """The local file of a registered path, downloaded where it is missing and verified by SHA-256.

    path: as in the registry, e.g. "multipowerlaw/LICENSE". A file is verified on its first use in a process,
    and downloaded only when it is missing or, in the project's own cache, not the registered one. A download
    counts only when it is complete and verified. Raises ValueError for a path that is not registered, and
    `Unavailable`, saying where to get the file and where to put it, when there is no right file.
    """
    return store().fetch(path)


def paths(pattern: str = "") -> list[str]:
    """Registered paths that start with `pattern`, or match it as a glob (where `*` crosses folders)."""
    return store().paths(pattern)


def store() -> Store:
    """The registered files in `$LRLIB_DATA`, or in the project's own cache when that is not set."""
    return _store(os.environ.get(VARIABLE, ""))


@cache
def _store(folder: str) -> Store:
    entries = read_registry(REGISTRY)
    return (
        Store(entries, Path(folder).expanduser().absolute())
        if folder
        else Store(entries, CACHE, replace=True)
    )


def read_registry(file: Path) -> dict[str, Entry]:
    """path -> Entry of a CSV file with columns path, sha256, bytes, url, licence. Raises `Unavailable`."""
    if not file.is_file():
        raise Unavailable(f"no data registry at {file}; install lrlib from its repository: pip install -e .")
    with file.open(newline="", encoding="utf-8") as rows:
        return {row["path"]: Entry(**{**row, "bytes": int(row["bytes"])}) for row in csv.DictReader(rows)}


def _fault(entry: Entry, target: Path) -> str | None:
    """What is wrong with a local file, in words, or None when it is the registered one."""
    try:
        if not target.exists():
            return "it is missing"
        size = target.stat().st_size
        if size != entry.bytes:
            return f"the file at {target} has {size} bytes, {entry.bytes} are registered"
        if pooch.file_hash(str(target), alg="sha256") != entry.sha256:
            return f"the file at {target} does not have the registered SHA-256"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return None


def _download(entry: Entry, folder: Path) -> str | None:
    """Download, verify and only then move into place; what went wrong, in words, or None."""
    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(entry.url, f"sha256:{entry.sha256}", fname=entry.path, path=folder)
    except RequestException as error:
        return f"the download failed ({type(error).__name__}{_status(error)})"
    except ValueError:
        return "the download does not have the registered SHA-256"
    except OSError as error:
        return f"it cannot be written ({error.strerror})"
    return None


def _status(error: RequestException) -> str:
    return f", HTTP {error.response.status_code}" if error.response is not None else ""
