"""A learner's copies of the lessons: made once, never overwritten, without the outputs that answer first."""

from __future__ import annotations

import difflib
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lrlib.checkout import ROOT, needed
from lrlib.data import written
from lrlib.rules import Refused, unknown

if TYPE_CHECKING:  # takes a second: not for a name that is refused
    from nbformat import NotebookNode

LESSONS = ROOT / "notebooks" / "lessons"
FOLDER = ROOT / "notebooks" / "mine"  # beside the lessons, so that their links hold
MADE_FROM = ".made-from"


@dataclass(frozen=True)
class Copies:
    """The copies in a folder. lessons: where the lessons are, with their outputs."""

    folder: Path = FOLDER
    lessons: Path = LESSONS

    def names(self) -> list[str]:
        """The names of the lessons there are."""
        return sorted(path.stem for path in needed(self.lessons).glob("*.ipynb"))

    def named(self, given: str) -> str:
        """The name of the lesson that is meant by its name, its file, or its number, as 08."""
        given = Path(given).stem
        return next((name for name in self.names() if given and name.startswith(f"{given}_")), given)

    def make(self) -> list[str]:
        """Copy the lessons of which there is no copy yet, or one in which no cell was changed; their names.

        A copy has no outputs, so that a prediction is made before its answer is seen. What a learner wrote
        is never touched: a changed copy stays as it is, and `changes` says what the lesson has become since.
        """
        made = []
        for name in self.names():
            lesson, mine, base = self._read(name)
            if mine is None or (base is not None and _text(mine) == _text(base) != _text(lesson)):
                self._write(name, lesson)
                made.append(name)
        return made

    def state(self, name: str) -> str:
        """What a copy is: "not there", "as it was made" or "yours"; and whether its lesson changed since."""
        lesson, mine, base = self._read(name)
        if mine is None:
            return "not there"
        before = base and _text(base)
        said = "as it was made" if _text(mine) == before else "yours"
        return said if _text(lesson) == before else f"{said}; the lesson has changed"

    def changes(self, name: str) -> str:
        """What changed in a lesson since its copy was made: a unified diff of its cells, "" for nothing."""
        lesson, _, base = self._read(name)
        before, now = ("" if each is None else _text(each) for each in (base, lesson))
        names = (f"{name}, when your copy was made", f"{name}, now")
        return "\n".join(difflib.unified_diff(before.splitlines(), now.splitlines(), *names, lineterm=""))

    def reset(self, name: str) -> Path | None:
        """Copy a lesson anew; returns where the copy that was there is kept, None where there was none."""
        lesson, (mine, _), kept = self._lesson(name), self._paths(name), None
        if mine.exists():
            numbered = (mine.with_name(f"{name}.before-reset-{n}.ipynb") for n in range(1, 10_000))
            kept = next(path for path in numbered if not path.exists())
            mine.rename(kept)
        self._write(name, lesson)
        return kept

    def _lesson(self, name: str) -> NotebookNode:
        if name not in self.names():
            raise Refused(unknown("lesson", name, self.names()))
        return bare(_read(self.lessons / f"{name}.ipynb"))

    def _paths(self, name: str) -> tuple[Path, Path]:
        """The copy, and what it was made from."""
        file = f"{name}.ipynb"
        return self.folder / file, self.folder / MADE_FROM / file

    def _read(self, name: str) -> tuple[NotebookNode, NotebookNode | None, NotebookNode | None]:
        """The lesson without outputs, the copy, and what it was made from; None for what is not there."""
        mine, base = self._paths(name)
        return self._lesson(name), _read(mine), _read(base)

    def _write(self, name: str, lesson: NotebookNode) -> None:
        import nbformat

        for path in reversed(self._paths(name)):
            _store(path, nbformat.writes(lesson) + "\n")


def bare(lesson: NotebookNode) -> NotebookNode:
    """A lesson without outputs, as if nobody had run it, that folds none of those to come."""
    copy = deepcopy(lesson)
    for cell in copy.cells:
        cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return copy


def _store(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written(path, lambda part: part.write_text(text, encoding="utf-8"))


def _read(path: Path) -> NotebookNode | None:
    if not path.exists():
        return None
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception:
        raise Refused(f"{path} is not a notebook; move it away, and it is made again") from None


def _text(notebook: NotebookNode) -> str:
    return "\n\n".join(f"# %% [{cell.cell_type}]\n{cell.source}" for cell in notebook.cells)
