"""Results of a sweep on disk: one Parquet file a chunk, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lrlib.rules import Refused, shown

Folder = str | os.PathLike | None


class Store:
    """A folder that holds the finished chunks of one sweep, and what that sweep is.

    folder: made when absent. definition: plain values that fix every digit; a folder that holds chunks of
    another definition is refused with ValueError, which names what differs, and left as it is.
    `_sweep.json` is the definition; `chunk-00000.parquet` has a row a run. Readers of Parquet leave out names
    that begin with an underscore, so that `pd.read_parquet(folder)` is the whole sweep, in the order it was
    trained in: sort by label, base_lr and seed.
    """

    def __init__(self, folder: str | os.PathLike, definition: dict):
        self.folder = Path(folder).expanduser().absolute()
        if self.folder.exists() and not self.folder.is_dir():
            raise Refused(f"out={str(folder)!r} is a file; name a folder")
        text = json.dumps(definition, indent=1, sort_keys=True, default=_plain)
        about = self.folder / "_sweep.json"
        if about.exists():
            _refuse_other(about, json.loads(text))
        elif self.folder.exists() and any(not f.name.startswith(".") for f in self.folder.iterdir()):
            raise Refused(f"out={str(folder)!r} is not empty and holds no sweep; name a new folder")
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            written(about, lambda part: part.write_text(text, encoding="utf-8"))

    def path(self, chunk: int) -> Path:
        return self.folder / f"chunk-{chunk:05}.parquet"

    def __contains__(self, chunk: int) -> bool:
        """Whether a chunk is finished; a file that is not whole counts as missing."""
        try:
            return pq.read_metadata(self.path(chunk)).num_rows > 0
        except (OSError, pa.ArrowInvalid):
            return False

    def write(self, chunk: int, columns: Mapping[str, np.ndarray]) -> None:
        """Keep a finished chunk; columns of shape (runs, seeds) or (runs, seeds, length)."""
        frame = pd.DataFrame({name: list(c.reshape(-1, *c.shape[2:])) for name, c in columns.items()})
        written(self.path(chunk), lambda part: frame.to_parquet(part, index=False))

    def read(self, chunk: int, name: str, shape: tuple[int, int]) -> np.ndarray:
        """One column of a chunk, of that shape (runs, seeds) and perhaps a last axis."""
        rows = np.stack(pd.read_parquet(self.path(chunk), columns=[name])[name].to_numpy())
        return rows.reshape(*shape, *rows.shape[1:])


class Memory(dict):
    """The same in memory: chunk -> columns."""

    write = dict.__setitem__

    def read(self, chunk: int, name: str, shape: tuple[int, int]) -> np.ndarray:
        return self[chunk][name]


def written(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path` and put it in its place: whole, or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _refuse_other(about: Path, wanted: dict) -> None:
    try:
        there = json.loads(about.read_text(encoding="utf-8"))
    except ValueError:
        raise Refused(f"{about} is not the definition of a sweep; name a new folder") from None
    if differs := [key for key in sorted({*wanted, *there}) if wanted.get(key) != there.get(key)]:
        known, asked = (shown(each.get(differs[0])) for each in (there, wanted))
        raise Refused(
            f"out={str(about.parent)!r} holds another sweep: {', '.join(differs)} differ "
            f"({differs[0]}: there {known}, here {asked}); name a new folder"
        )


def _plain(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else repr(value)
