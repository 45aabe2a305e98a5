"""What a stored notebook must look like. Each rule returns its faults, one line each; none is good."""

import functools
import json
import re
from collections import Counter

import nbformat
from nbval.plugin import find_comment_markers

from . import allowed, canon, cells, compare, prose, twins
from .text import first_change

CODE_LINES = 30
EXECUTE = "python -m notebooks.tools.execute"
_PATH = re.compile(
    r"(?<![\w.:/<)\]}%$°…’”-])(?<![\w\\}'|).][`'\"*|!])(?<![\w}).]\*\*)/(?=\w)"  # no slash that divides
    r"|(?<!\w)[fr]['\"]/\w|(?<!\w)~(?!\d)[\w-]*[/\\]|(?<!\w)[A-Za-z]:[\\/]|\\\\\w|\bfile:"
)
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)


def agrees_with_twin(path, folder):
    """The text twin exists, starts with the header, and has the same cells."""
    twin = twins.twin_of(path, folder)
    if not twin.exists():
        return [f"has no text twin {twin}: write it with --from-notebook"]
    if not twin.read_text(encoding="utf-8").startswith(twins.HEADER):
        return [f"{twin.name} does not start with the header shown in notebooks/tools/twins.py"]
    if twins.is_edited(read(path)):
        cure = f"`{EXECUTE} --from-notebook {path.relative_to(folder.parent)}` carries the text back"
    else:
        cure = f"`{_again(path)}` writes it anew"
    found = twins.differences(read(path), twins.read_twin(twin))
    return [f"{fault}; {cure}" for fault in found[:1]]


def is_valid(path, folder):
    """What the notebook format allows: no key or kind of its own."""
    try:
        nbformat.validate(json.loads(path.read_bytes()))
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        return [f"is no notebook: {error}".split("\n")[0][:200]]
    return []


def is_canonical(path, folder):
    """To the byte what the executor stores when it confirms the stored outputs."""
    twin = twins.twin_of(path, folder)
    if is_valid(path, folder) or agrees_with_twin(path, folder):
        return []  # these say so
    stored = path.read_bytes().decode("utf-8", "replace")
    changed = first_change(stored, canon.dumps(canon.refill(twins.read_twin(twin), read(path))))
    if not changed:
        return []
    form = "line {} is {!r:.120}, the executor would write {!r:.120}".format(*changed)
    return [f"{form}; an editor has saved it? `{_again(path)}` writes it as it was"]


def was_executed_in_order(path, folder):
    """Execution counts of the code cells are 1, 2, ... n."""
    counts = [c["execution_count"] for c in _code(path) if c["source"].strip()]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts are {counts}"]


def has_unique_ids(path, folder):
    """Every cell has an id of its own."""
    ids = Counter(cell.get("id") for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
    return [f"{count} cells have the id {name!r}" for name, count in ids.items() if count > 1 or not name]


def names_no_machine(path, folder):
    """No absolute path, drive or home, anywhere but in pictures."""
    texts = _texts(json.loads(path.read_text(encoding="utf-8")))
    found = [(text, _PATH.search(text)) for text in texts]
    return [
        f"machine path in {_around(text, m.start())!r}, or a slash without blanks" for text, m in found if m
    ]


def shows_every_character(path, folder):
    """What is read is what is there: no control character, none without width, none that turns the line."""
    texts = _texts(json.loads(path.read_text(encoding="utf-8")))
    hidden = {}
    for text in texts:
        for at, char in enumerate(text):
            if char != "\n" and (not char.isprintable() or _UNSEEN.match(char)):
                hidden.setdefault(char, _around(text, at))
    return [f"holds {char!a}, which cannot be seen, in {where!a}" for char, where in hidden.items()]


def has_short_cells(path, folder):
    """No code cell is longer than 30 lines."""
    lengths = [(i, len(cell["source"].splitlines())) for i, cell in enumerate(_code(path))]
    return [f"code cell {i} has {n} lines, {CODE_LINES} allowed" for i, n in lengths if n > CODE_LINES]


def holds_what_is_listed(path, folder):
    """Metadata, tags, outputs, pictures and HTML are those of `allowed`, and nothing else."""
    found = [] if read(path).metadata == twins.METADATA else [f"its metadata is not {twins.METADATA}"]
    for i, cell in enumerate(read(path).cells):
        faults = allowed.metadata_faults(cell)
        faults += allowed.markdown_faults(cell.source) if cell.cell_type == "markdown" else []
        faults += [fault for output in cell.get("outputs", ()) for fault in allowed.output_faults(output)]
        found += [f"cell {i} {fault}" for fault in faults]
    return found


def hides_no_cell(path, folder):
    """A cell that may show its environment is there once, and code is folded for exercises alone."""
    ignored = [cell.source for cell in _code(path) if allowed.is_ignored(cell)]
    found = [
        f"{source!r} is tagged {allowed.IGNORED} twice" for source in {*ignored} if ignored.count(source) > 1
    ]
    for i, cell in enumerate(_code(path)):
        marks = find_comment_markers(cell.source)
        found += [f"code cell {i} has a comment for {name!r}" for name, _ in marks]
    stored = [cell for cell in _code(path) if cell.source.strip()]
    for cell, source in zip(cells.census(read(path)), stored, strict=True):
        is_for_exercises = cell.kind == "exercise" or cell.readers == {"exercise"}
        if "source_hidden" in source.metadata.get("jupyter", {}) and not is_for_exercises:
            found.append(f"[{cell.number}] hides its code, and is for no exercise")
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
    is_valid,
    agrees_with_twin,
    was_executed_in_order,
    has_unique_ids,
    names_no_machine,
    shows_every_character,
    has_short_cells,
    holds_what_is_listed,
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


@functools.lru_cache(maxsize=256)
def _read(path, changed):
    return twins.read_notebook(path)


def _code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def _again(path):
    return f"{EXECUTE} --only {path.parent.name}/{path.stem}"


def _around(text, at):
    return text[max(0, at - 40) : at + 80].strip()


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
