"""Public data by name: downloaded once, verified by SHA-256, kept in a folder. Nothing is vendored.

The registry, `data/registry.csv`, names every file: path, SHA-256, bytes, address and licence. The folder
is `data/cache/` beside it, or `$LRLIB_DATA` when that is set: a folder of the same layout, path by path,
whose files are read and added to, never overwritten.

>>> paths("char-rnn")
['char-rnn/data/tinyshakespeare/input.txt']
"""

from __future__ import annotations

import csv
import glob
import gzip
import io
import os
import platform
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import numpy as np
import pooch
from requests.exceptions import RequestException

from lrlib.checkout import ROOT, needed
from lrlib.rules import Refused, unknown

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
        if path not in self.entries:
            raise Refused(unknown("data file", path, self.entries, "data.paths() lists all"))
        target = self.folder / path
        if path in self._verified and target.is_file():
            return target
        if fault := self._fault(self.entries[path], target):
            raise Unavailable(
                f"data file {path!r}: {fault}; get it from {self.entries[path].url} and put it at {target}, "
                f"or set {VARIABLE} to a folder that has it at that path"
            )
        self._verified.add(path)
        return target

    def _fault(self, entry: Entry, target: Path) -> str | None:
        """What is wrong with a file, in words, after a download where it may be written; None for nothing."""
        try:
            if target.exists() and not self.replace:
                size, there = target.stat().st_size, f"the file at {target}"
                if size != entry.bytes:
                    return f"{there} has {size} bytes, {entry.bytes} are registered"
                return None if _is(entry, target) else f"{there} does not have the registered SHA-256"
            if not target.exists() or not _is(entry, target):
                target.parent.mkdir(parents=True, exist_ok=True)
                written(target, lambda part: _download(entry, part))
        except Refused as error:
            return error.what
        except (RequestException, ValueError) as error:
            response = getattr(error, "response", None)
            status = f", HTTP {response.status_code}" if response is not None else ""
            return f"the download failed ({type(error).__name__}{status})"
        except OSError as error:
            return f"it cannot be read or written ({error.strerror})"
        return None


def _is(entry: Entry, file: Path) -> bool:
    return pooch.file_hash(file) == entry.sha256


def _download(entry: Entry, part: Path) -> None:
    """Fill a file with what is at the address of an entry; ValueError for anything but what is registered."""
    with _UpTo(part, entry.bytes) as file:
        pooch.HTTPDownloader(chunk_size=2**16)(entry.url, file, None)
    if not _is(entry, part):
        raise Refused("the download does not have the registered SHA-256")


class _UpTo(io.FileIO):
    """A file to write at most some number of bytes to; ValueError for one more."""

    def __init__(self, path: Path, most: int):
        super().__init__(path, "w")
        self.most = most

    def write(self, content: bytes) -> int:
        if self.tell() + len(content) > self.most:
            raise Refused(f"the download has more than the {self.most} registered bytes")
        return super().write(content)


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
def _store(own: str) -> Store:
    entries = registered(REGISTRY)
    return Store(entries, Path(own).expanduser().absolute() if own else CACHE, replace=not own)


def registered(file: Path) -> dict[str, Entry]:
    """path -> Entry of a CSV file with columns path, sha256, bytes, url, licence."""
    with needed(file).open(newline="", encoding="utf-8") as rows:
        return {row["path"]: Entry(**{**row, "bytes": int(row["bytes"])}) for row in csv.DictReader(rows)}


def written(path: Path, write: Callable[[Path], object], place: Callable[[Path, Path], object] = os.replace):
    """Let `write` fill a file beside `path` and put it in its place: whole, or not at all.

    place: how; with `new`, only where nothing is, FileExistsError else. What a killed process left of the
    same file is removed.
    """
    part = path.with_name(f"{begun(path.parent, f'.{path.name}.')}{threading.get_ident()}")
    try:
        write(part)
        place(part, path)
    finally:
        part.unlink(missing_ok=True)


def begun(folder: Path, start: str) -> str:
    """How names of what this process makes in a folder begin; what killed ones made there is removed."""
    here = f"{start}{platform.node()}."
    for left in folder.glob(f"{glob.escape(here)}*"):
        if not _alive(left.name.removeprefix(here).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
    return f"{here}{os.getpid()}-"


def new(part: Path, path: Path) -> None:
    """Put a file where nothing is; FileExistsError where something is."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        os.replace(part, path)


def _alive(process: str) -> bool:
    """Whether a process of this machine may still run, by its number."""
    try:
        if os.name == "posix":
            os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        pass
    return True


def read_idx(path: Path) -> np.ndarray:
    """The array of unsigned bytes in a gzipped file of the IDX format, as MNIST is published.

    Two zero bytes, the type (8: unsigned byte), the number of axes, each axis as a big-endian 32-bit whole
    number, then the values, last axis fastest. Raises ValueError for any other file.
    """
    content = gzip.decompress(path.read_bytes())
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise Refused(
            f"{path.name} must be an IDX file of unsigned bytes, got one that starts {content[:4]!r}"
        )
    n_axes = content[3]
    shape = np.frombuffer(content, ">u4", n_axes, offset=4)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * n_axes)
    if len(values) != np.prod(shape):
        raise Refused(f"{path.name} must hold {np.prod(shape)} values, as its header says, got {len(values)}")
    return values.reshape(shape)
