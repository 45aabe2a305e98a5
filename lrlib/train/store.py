"""Results of a sweep on disk: one Parquet file a chunk, written whole or not at all, and proved when read."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lrlib import progress
from lrlib.data import new, written
from lrlib.rules import Refused
from lrlib.train.identity import difference

Folder = str | os.PathLike | None


class Store:
    """A folder that holds the finished chunks of one sweep, and what that sweep is.

    folder: made when absent. definition: plain values that fix every digit; a folder that holds chunks of
    another definition is refused with ValueError, which names what differs, and left as it is.
    `_sweep.json` is the definition; `chunk-00000.parquet` has a row a run, and `_chunk-00000.sha256` proves
    it: SHA-256 of the definition, the number of the chunk and the file. A chunk that is not proved counts as
    missing. Readers of Parquet leave out names that begin with an underscore, so that
    `pd.read_parquet(folder)` is the whole sweep, in the order it was trained in: sort by label, base_lr and
    seed.
    """

    def __init__(self, folder: str | os.PathLike, definition: dict):
        self.folder = Path(folder).expanduser().absolute()
        self._identity = json.dumps(definition, indent=1, sort_keys=True)
        about = self.folder / "_sweep.json"
        try:
            self._begin(about)
        except FileExistsError:  # another sweep began here meanwhile
            pass
        except OSError as error:
            raise Refused(f"out={str(folder)!r} cannot be used ({error.strerror}); name another") from None
        if differs := difference(_read(about), definition):
            raise Refused(f"out={str(self.folder)!r} holds another sweep: {differs}; name a new folder")

    def _begin(self, about: Path) -> None:
        """Say what the folder holds, where nobody did."""
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused(f"out={str(self.folder)!r} is a file; name a folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        names = {file.name for file in self.folder.iterdir()}
        if about.name in names:
            return
        if any(not name.startswith(".") for name in names):
            raise Refused(f"out={str(self.folder)!r} is not empty and holds no sweep; name a new folder")
        written(about, lambda part: part.write_text(self._identity, encoding="utf-8"), place=new)

    def path(self, chunk: int) -> Path:
        return self.folder / f"chunk-{chunk:05}.parquet"

    def __contains__(self, chunk: int) -> bool:
        """Whether a chunk is finished; says so where a file is there that is not it."""
        proved = self._proved(chunk) is not None
        if not proved and self.path(chunk).exists():
            progress.say(f"{self.path(chunk)} is not what was written there: its runs are trained again")
        return proved

    def write(self, chunk: int, columns: Mapping[str, np.ndarray]) -> None:
        """Keep a finished chunk; columns of shape (runs, seeds) or (runs, seeds, length).

        Its proof comes first, so that a process that ends between the two leaves no file without one.
        """
        frame = pd.DataFrame({name: list(c.reshape(-1, *c.shape[2:])) for name, c in columns.items()})
        content = frame.to_parquet(index=False)
        for path, made in ((self._seal(chunk), self._sum(chunk, content)), (self.path(chunk), content)):
            written(path, lambda part, made=made: part.write_bytes(made))

    def read(self, chunk: int, name: str, shape: tuple[int, int]) -> np.ndarray:
        """One column of a chunk, of that shape (runs, seeds) and perhaps a last axis.

        ValueError for a file that was changed after the sweep found it whole.
        """
        content = self._proved(chunk)
        if content is None:
            raise Refused(f"{self.path(chunk)} was changed meanwhile; the same sweep trains its runs again")
        rows = np.stack(pd.read_parquet(io.BytesIO(content), columns=[name])[name].to_numpy())
        return rows.reshape(*shape, *rows.shape[1:])

    def _seal(self, chunk: int) -> Path:
        return self.folder / f"_chunk-{chunk:05}.sha256"

    def _sum(self, chunk: int, content: bytes) -> bytes:
        return hashlib.sha256(f"{self._identity}\n{chunk}\n".encode() + content).hexdigest().encode()

    def _proved(self, chunk: int) -> bytes | None:
        """The file of a chunk, if it is what was written for this chunk of this sweep."""
        try:
            content, seal = self.path(chunk).read_bytes(), self._seal(chunk).read_bytes()
        except OSError:
            return None
        return content if seal == self._sum(chunk, content) else None


class Memory(dict):
    """The same in memory: chunk -> columns."""

    write = dict.__setitem__

    def read(self, chunk: int, name: str, shape: tuple[int, int]) -> np.ndarray:
        return self[chunk][name]


def _read(about: Path) -> dict:
    try:
        there = json.loads(about.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError):
        there = None
    if not isinstance(there, dict):
        raise Refused(f"{about} is not the definition of a sweep; name a new folder")
    return there
