"""The text twin of a notebook: `notebooks/src/<folder>/<name>.py` for `notebooks/<folder>/<name>.ipynb`.

A twin is a jupytext py:percent file. It starts with `HEADER`, which says which kernel runs it
and nothing else, and then holds the cells, with their tags:

    # %% [markdown]
    # # Cosine decay

    # %% tags=["parameters"]
    steps: int = 600
"""

import hashlib
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

from lrlib.rules import Refused, saying

from . import allowed
from .text import first_change

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_NOT_OURS = {".ipynb_checkpoints", "mine"}  # an editor's, and the copies of a learner
_NOISE = {"execution", "trusted", "collapsed", "scrolled"}  # and jupytext's lines_to_...


def twin_of(notebook, folder):
    """Path of the twin of a notebook; `folder` is the notebooks folder."""
    return folder / "src" / Path(notebook).relative_to(folder).with_suffix(".py")


def notebook_of(twin, folder):
    """Path of the notebook of a twin; `folder` is the notebooks folder."""
    return folder / Path(twin).relative_to(folder / "src").with_suffix(".ipynb")


def all_twins(folder):
    """Paths of all twins under the notebooks folder, in order."""
    return sorted((folder / "src").rglob("*.py"))


def all_notebooks(folder):
    """Paths of all notebooks under the notebooks folder, in order."""
    return sorted(p for p in folder.rglob("*.ipynb") if not _NOT_OURS & {*p.relative_to(folder).parts})


def read_twin(path):
    """The notebook a twin describes: its cells without outputs, each with its stable id."""
    with saying(str(path)):
        return parse(_text(path))


def read_notebook(path):
    """The notebook at `path`; ValueError, naming it, where it is none."""
    with saying(str(path)):
        try:
            return nbformat.reads(_text(path), as_version=4)
        except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
            raise Refused(f"is no notebook: {error}") from None


def parse(text):
    """As `read_twin`, from text."""
    return without_outputs(jupytext.reads(text, fmt="py:percent"))


def without_outputs(notebook):
    """A copy with what a twin holds: cell types, sources without outer blank lines, and metadata."""
    bare = nbformat.v4.new_notebook(metadata=METADATA, nbformat_minor=5)
    for cell, name in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        metadata = {key: value for key, value in cell.metadata.items() if not _is_noise(key)}
        if metadata.get("jupyter") == allowed.FOLDED:  # the tag says so
            del metadata["jupyter"]
        new = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        bare.cells.append(new(cell.source.strip("\n"), id=name, metadata=metadata))
    return bare


def cell_ids(cells):
    """One id a cell, from its type and source alone: it stays when cells are added around it.

    The same cell for the second time gets `-2`, and so on.
    """
    seen, ids = Counter(), []
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] += 1
        ids.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return ids


def is_edited(notebook):
    """Whether the source of a cell changed since the executor stored it: editors leave a cell its id."""
    return [cell.get("id") for cell in notebook.cells] != cell_ids(notebook.cells)


def write(notebook):
    """Text of the twin of a notebook, without what an editor wrote into its metadata.

    Raises ValueError where a twin cannot hold it.
    """
    bare = without_outputs(notebook)
    for number, (cell, original) in enumerate(zip(bare.cells, notebook.cells, strict=True)):
        if original.get("attachments"):
            raise Refused(f"cell {number} holds a file, which no text can: draw it in code")
        cell.source = cell.source.replace("\r\n", "\n")
        cell.metadata = allowed.of_ours(cell)
    text = as_text(bare)
    lost = differences(bare, parse(text))
    if lost:
        raise Refused("the text twin cannot hold this notebook: " + lost[0])
    return text


def as_text(notebook):
    """A notebook without outputs, all its metadata included, as text."""
    bare = without_outputs(notebook)
    bare.metadata = {"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}}
    return HEADER + jupytext.writes(bare, fmt="py:percent").lstrip("\n")


def differences(notebook, twin):
    """Where a notebook's cells are not those of its twin, one line a cell; empty when they agree."""
    found = []
    if len(notebook.cells) != len(twin.cells):
        found.append(f"notebook has {len(notebook.cells)} cells, its twin {len(twin.cells)}")
    pairs = zip(without_outputs(notebook).cells, without_outputs(twin).cells, strict=False)
    for number, (cell, other) in enumerate(pairs):
        for key in ("cell_type", "source", "metadata"):
            if cell[key] != other[key]:
                _, ours, theirs = first_change(str(cell[key]), str(other[key]))
                found.append(f"cell {number}, {key}: {ours!r:.120} is {theirs!r:.120} in the twin")
    return found


def _text(path):
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"is no text in UTF-8: {error}") from None


def _is_noise(key):
    return key in _NOISE or key.startswith("lines_to_")
