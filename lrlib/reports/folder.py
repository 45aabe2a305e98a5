"""The folder of a report: held by one run at a time, what is finished kept for the next, published whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from lrlib.rules import Refused

FILES = ("report.ipynb", "report.html", "results.json")
FAILED = "failed.ipynb"
WORK = ".running-"


@dataclass(frozen=True)
class Work:
    """Where a report works, within the folder `out` that it is published in.

    folder: for what is written before it is published, and `progress`. kept: survives a run that is stopped.
    """

    out: Path
    folder: Path

    @property
    def kept(self) -> Path:
        return self.folder / "kept"

    @property
    def progress(self) -> Path:
        return self.folder / "progress"

    def finished(self) -> int:
        """How many runs are finished and kept."""
        return sum(map(_runs, self.kept.rglob("chunk-*.parquet")))

    def forget(self) -> None:
        """Remove what is kept."""
        shutil.rmtree(self.kept, ignore_errors=True)

    def publish(self, texts: Mapping[str, str]) -> None:
        """Write files and, when all are whole, move them to their places, the last one last. OSError."""
        for file, text in texts.items():  # a lone surrogate becomes the escape that JSON has for it
            (self.folder / file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        for file in texts:
            os.replace(self.folder / file, self.out / file)
        if set(texts) == set(FILES):
            (self.out / FAILED).unlink(missing_ok=True)
            _clear(self.out.glob(f"{WORK}*"))


@contextmanager
def held(out: Path, key: str) -> Iterator[Work]:
    """Work in `out`, which is held against other runs; its own folder stays only if something is kept in it.

    key: of what is run; what was kept under another key is not used, and goes when a report is published.
    """
    held = FileLock(out / ".running.lock", blocking=False)
    work = Work(out, out / f"{WORK}{key}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if blocked := [file for file in (*FILES, FAILED) if (out / file).is_dir()]:
            raise Refused(f"--out {out}: {blocked[0]} is a folder there; name another folder")
        held.acquire()
        _clear(left for left in out.glob(f"{WORK}*") if not _worth(left))  # by a run that was killed
        work.kept.mkdir(parents=True, exist_ok=True)
        work.progress.unlink(missing_ok=True)
    except Timeout:
        raise Refused(f"--out {out}: another report is on its way there; wait, or name another") from None
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror.lower()}; name a folder that can be written") from None
    try:
        yield work
    finally:
        if not _worth(work.folder):
            _clear([work.folder])
        Path(held.lock_file).unlink(missing_ok=True)
        held.release()


def _clear(folders) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _worth(folder: Path) -> bool:
    """Whether something is kept in a folder of work."""
    return any(file.is_file() and file.name[0] not in "._" for file in (folder / "kept").rglob("*"))


def _runs(chunk: Path) -> int:
    """The number of runs in a file of finished ones."""
    from pyarrow import ArrowException, parquet

    with suppress(ArrowException, OSError):
        return parquet.read_metadata(chunk).num_rows * (chunk.parent / f"_{chunk.stem}.sha256").exists()
    return 0
