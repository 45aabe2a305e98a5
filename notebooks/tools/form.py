"""What a stored notebook must look like. Each rule returns its faults, one line each; none is good."""

import functools
import json
import re
from collections import Counter

import nbformat
from nbval.plugin import find_comment_markers

from . import canon, cells, compare, prose, twins
from .text import first_change

CODE_LINES = 30
_MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|opt|mnt|tmp)/|[A-Za-z]:[\\/]Users")
_FIGURE_TOLERANCE = 5
_IGNORED = 1  # cells a notebook may have whose output is its environment: versions and the like


def agrees_with_twin(path, folder):
    """The text twin exists, starts with the header, and has the same cells."""
    twin = twins.twin_of(path, folder)
    if not twin.exists():
        return [f"has no text twin {twin}: write it with --from-notebook"]
    if not twin.read_text(encoding="utf-8").startswith(twins.HEADER):
        return [f"{twin.name} does not start with the header shown in notebooks/tools/twins.py"]
    return twins.differences(read(path), twins.read_twin(twin))


def is_canonical(path, folder):
    """To the byte what the executor stores when it confirms the stored outputs."""
    twin = twins.twin_of(path, folder)
    if not twin.exists():
        return [f"has no text twin {twin}"]
    stored = path.read_text(encoding="utf-8")
    changed = first_change(stored, canon.dumps(canon.refill(twins.read_twin(twin), read(path))))
    return ["line {} is {!r:.120}, the executor would write {!r:.120}".format(*changed)] if changed else []


def was_executed_in_order(path, folder):
    """Execution counts of the code cells are 1, 2, ... n."""
    counts = [c["execution_count"] for c in _code(path) if c["source"].strip()]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts are {counts}"]


def has_unique_ids(path, folder):
    """Every cell has an id of its own."""
    ids = Counter(cell.get("id") for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
    return [f"{count} cells have the id {name!r}" for name, count in ids.items() if count > 1 or not name]


def names_no_machine(path, folder):
    """No path of the machine that executed it, anywhere but in pictures."""
    found = map(_MACHINE_PATH.search, _texts(json.loads(path.read_text(encoding="utf-8"))))
    return [f"machine path in {match.string.strip()!r:.120}" for match in found if match]


def has_short_cells(path, folder):
    """No code cell is longer than 30 lines."""
    lengths = [(i, len(cell["source"].splitlines())) for i, cell in enumerate(_code(path))]
    return [f"code cell {i} has {n} lines, {CODE_LINES} allowed" for i, n in lengths if n > CODE_LINES]


def runs_on_python3(path, folder):
    """The kernel is python3."""
    name = read(path).metadata.get("kernelspec", {}).get("name")
    return [] if name == "python3" else [f"kernelspec is {name!r}, not 'python3'"]


def stores_no_error(path, folder):
    """No cell stores an error."""
    outputs = [(i, output) for i, cell in enumerate(_code(path)) for output in cell.outputs]
    return [f"code cell {i} stores {o.ename}: {o.evalue}" for i, o in outputs if o.output_type == "error"]


def hides_no_cell(path, folder):
    """No cell is skipped or loosely checked, save one that shows its environment; comments change nothing."""
    found, ignored = [], 0
    for i, cell in enumerate(_code(path)):
        marks = {tag for tag in compare.tags(cell) if tag.endswith(("skip", "raises-exception"))}
        marks |= {f"comment for {name}" for name, _ in find_comment_markers(cell.source)}
        if (compare.figure_tolerance(cell) or 0) > _FIGURE_TOLERANCE:
            marks.add(f"figure-tol above {_FIGURE_TOLERANCE}")
        found += [f"code cell {i} has the mark {mark!r}" for mark in sorted(marks)]
        ignored += "nbval-ignore-output" in compare.tags(cell)
    if ignored > _IGNORED:
        found.append(f"{ignored} cells are tagged nbval-ignore-output, {_IGNORED} allowed")
    return found


def describes_pictures(path, folder):
    """A picture has alt text in its metadata, a text other than <Figure ...>, or a markdown cell after it."""
    cells = read(path).cells
    return [
        f"cell {i} shows a picture that nothing describes"
        for i, cell in enumerate(cells)
        for output in cell.get("outputs", [])
        if not _is_described(output, cells[i + 1 : i + 2])
    ]


def has_ordered_headings(path, folder):
    """One heading of the first level, at the top; below it no level is skipped."""
    text = "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return prose.disorder(text)


def leaves_no_cell_idle(path, folder):
    """Every cell does something that shows: in an output that is compared, or in a later cell."""
    found = [(cell.number, cells.why_idle(cell)) for cell in cells.census(read(path))]
    return [f"[{number}] does nothing: {why}" for number, why in found if why]


def uses_its_parameters(path, folder):
    """Every name of the parameters cell is read by a later cell."""
    return [f"no cell reads the parameter {name}" for name in cells.unused_parameters(read(path))]


RULES = [
    agrees_with_twin,
    was_executed_in_order,
    has_unique_ids,
    names_no_machine,
    has_short_cells,
    runs_on_python3,
    stores_no_error,
    hides_no_cell,
    describes_pictures,
    has_ordered_headings,
    leaves_no_cell_idle,
    uses_its_parameters,
    is_canonical,
]


def _is_described(output, following):
    data = output.get("data", {})
    if not compare.PICTURES & data.keys():
        return True
    if any(cell.cell_type == "markdown" for cell in following) or '"alt"' in json.dumps(output.metadata):
        return True
    return not data.get("text/plain", "<Figure").startswith("<Figure")


def read(path):
    """The notebook at `path`, to be looked at and never changed: each state of a file is read once."""
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _read(path, changed):
    return nbformat.read(path, as_version=4)


def _code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in compare.PICTURES:
                yield key
                yield from _texts(item)
