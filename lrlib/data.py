"""Public data by name: downloaded once, verified by SHA-256, kept in a folder. Nothing is vendored.

The registry, `data/registry.csv`, names every file: path, SHA-256, bytes, address and licence. The folder
is `data/cache/` beside it, or `$LRLIB_DATA` when that is set: a folder of the same layout, path by path,
whose files are read and added to, never overwritten.

>>> paths("char-rnn")
['char-rnn/data/tinyshakespeare/input.txt']
"""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
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

    @cached_property
    def _pooch(self) -> pooch.Pooch:
        pooch.get_logger().setLevel("WARNING")
        hashes = {path: f"sha256:{entry.sha256}" for path, entry in self.entries.items()}
        urls = {path: entry.url for path, entry in self.entries.items()}
        return pooch.create(self.folder, "", registry=hashes, urls=urls, allow_updates=self.replace)

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
        whose = "the download"
        try:
            if target.exists() and not self.replace:
                whose, size = f"the file at {target}", target.stat().st_size
                if size != entry.bytes:
                    return f"{whose} has {size} bytes, {entry.bytes} are registered"
            self._pooch.fetch(entry.path)
        except RequestException as error:
            status = f", HTTP {error.response.status_code}" if error.response is not None else ""
            return f"the download failed ({type(error).__name__}{status})"
        except ValueError:
            return f"{whose} does not have the registered SHA-256"
        except OSError as error:
            return f"it cannot be read or written ({error.strerror})"
        return None


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
