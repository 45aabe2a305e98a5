"""The one form in which a notebook is stored: same cells and outputs, same bytes."""

from copy import deepcopy

import nbformat

from . import allowed, compare, twins


def settle(fresh, stored=None):
    """The notebook to store after a run: `fresh`, with every stored output that it confirms.

    A cell is the same when its source is. Of a cell whose output is its environment the
    stored one stays as long as the source does.
    """
    settled = deepcopy(fresh)
    old = _outputs(stored)
    for cell in settled.cells:
        if cell.id in old and _confirmed(cell, old[cell.id]):
            cell.outputs = old[cell.id]
    return settled


def refill(twin, stored):
    """The notebook to store if a run of `twin` confirmed every stored output."""
    filled = deepcopy(twin)
    old = _outputs(stored)
    for cell in filled.cells:
        if cell.cell_type == "code":
            cell.outputs = old.get(cell.id, [])
    return filled


def with_texts(twin, stored):
    """The notebook to store if nothing but texts changed in `twin`; None where code did, and must be run."""
    is_same = _outputs(twin).keys() == _outputs(stored).keys()
    return refill(twin, stored) if is_same else None


def dumps(notebook):
    """Text of the stored file: nbformat 4.5, one blank of indent, counts 1..n, no timing, widgets, pieces."""
    cells = deepcopy(notebook.cells)
    clean = nbformat.v4.new_notebook(metadata=twins.METADATA, cells=cells, nbformat_minor=5)
    count = 0
    for cell in clean.cells:
        cell.metadata.pop("execution", None)
        if "answer" in compare.tags(cell):
            cell.metadata["jupyter"] = dict(allowed.FOLDED)
        if cell.cell_type == "code":
            count += bool(cell.source.strip())
            cell.execution_count = count if cell.source.strip() else None
            cell.outputs = [_clean_output(output, cell.execution_count) for output in _joined(cell.outputs)]
    return nbformat.writes(clean, indent=1).rstrip("\n") + "\n"


def _outputs(notebook):
    cells = notebook.cells if notebook else []
    named = zip(twins.cell_ids(cells), cells, strict=True)
    return {name: cell.outputs for name, cell in named if cell.cell_type == "code"}


def _confirmed(cell, old):
    return allowed.is_ignored(cell) or compare.difference(old, cell.outputs) is None


def _joined(outputs):
    """Outputs without the borders inside of a stream, which depend on when its text was sent."""
    joined = []
    for output in outputs:
        if joined and "name" in output and output["name"] == joined[-1].get("name"):
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _clean_output(output, count):
    if "data" in output:
        output.data.pop(compare.WIDGET, None)
    if output.output_type == "execute_result":
        output.execution_count = count
    return output
