"""What a numbered lesson owes its reader: questions before answers, findings, verdicts, honest time.

    python -m notebooks.tools.teaching                 name what each lesson lacks
    python -m notebooks.tools.teaching --only 08       of those whose name contains it
    python -m notebooks.tools.teaching --write-times   correct the minutes that a lesson states

Each rule returns its faults, one line each; what may stand is in `lesson.ALLOWED`.
"""

import ast
import re
from statistics import median

import nbformat

from . import cells, command, compare, execute, lesson, prose, twins
from .command import NOTEBOOKS
from .form import read

LINES, MEDIAN_LINES = 22, 9  # of a code cell that is not folded: at most, and the median below
WORDS_A_MINUTE, LINES_A_MINUTE = 180, 10
MINUTES = {"guided": 8, "standard": 8, "question": 2, "figure": 1}
OFF = 0.2  # how far the stated minutes may be from the estimate
RECOMMENDS = ("03", "10", "11", "12", "13", "14", "15")
ASKED_LAST = 200  # characters at the end of a text, in which a question is about what follows
INTERVAL = {"mean", "low", "high", "n", "level"}  # of a comparison: what needs no correction
RECONCILES = {"reconcile", "category", "order"}
JUDGES = {"judge", "ranking", "family"}
FOUND = re.compile(r"^(\*\*)?Found here:", re.MULTILINE)
END = nbformat.v4.new_markdown_cell("## End")
EXPECT = re.compile(r"do you expect|settle it with yourself|decide first", re.IGNORECASE)
DO_THIS = re.compile(r"^> \*\*Do this\.\*\*", re.MULTILINE)


# --- the rules -----------------------------------------------------------------------------------


def asks_before_it_answers(path, folder):
    """Nothing is shown between a question and the cell that takes the prediction; answers come after it."""
    wrong, is_open, was_asked = [], False, False
    for number, cell in _code(path):
        calls = _called(cell)
        if re.search(r"^my_\w+ = None\b", cell.source, re.MULTILINE) and not _is_exercise(cell):
            is_open = True
        if calls & RECONCILES:
            is_open, was_asked = False, True
        elif is_open and cell.outputs:
            wrong.append(
                f"[{number}] shows something between a question and the cell that takes the prediction"
            )
        if "answer" in compare.tags(cell) and not was_asked:
            wrong.append(f"[{number}] is tagged answer, and no prediction was taken before it")
    return wrong


def folds_what_it_asks_for(path, folder):
    """A text that ends in what to expect is followed by outputs that are folded, up to the next text."""
    wrong, is_asked, number = [], False, 0
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            is_asked = bool(EXPECT.search(cell.source[-ASKED_LAST:]))
            continue
        number += bool(cell.source.strip())
        if is_asked and cell.outputs and "answer" not in compare.tags(cell) and not _is_exercise(cell):
            wrong.append(f"[{number}] shows what the text before it asks for: tag it answer")
    return wrong


def says_what_was_found(path, folder):
    """In each section that judges or ranks, a computed sentence that begins with "Found here:" follows."""
    wrong, waiting, number = [], 0, 0
    for cell in [*read(path).cells, END]:
        if cell.cell_type == "markdown":
            if re.search(r"^##+ ", cell.source, re.MULTILINE) and waiting:
                wrong.append(f"[{waiting}] judges or ranks, and no `Found here:` follows in its section")
                waiting = 0
        elif cell.source.strip():
            number += 1
            waiting = number if _called(cell) & JUDGES and not _is_exercise(cell) else waiting
            waiting = 0 if FOUND.search(_shown(cell)) else waiting
    return wrong


def recommends(path, folder):
    """The lessons that end in a practice have a box that begins with `> **Do this.**`."""
    said = "\n".join(
        cell.source if cell.cell_type == "markdown" else _shown(cell) for cell in read(path).cells
    )
    is_due = path.stem[:2] in RECOMMENDS and not DO_THIS.search(said)
    return ["has no box that begins with `> **Do this.**`"] if is_due else []


def reads_verdicts_from_tables(path, folder):
    """No verdict comes from `stats.compare` alone: a ranking or a family corrects it for its table."""
    tree = ast.Module([node for _, cell in _code(path) for node in cells.statements(cell.source)], [])
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    named = {
        n.id for node in ast.walk(tree) if _calls(node, {"family"}) for n in ast.walk(node) if _is_name(n)
    }
    bare = [
        node for node in ast.walk(tree) if _calls(node, {"compare"}) and "stats" in ast.unparse(node.func)
    ]
    return [
        f"`{ast.unparse(node)[:60]}` gives a verdict that is not corrected: put it through stats.family"
        for node in bare
        if not _is_corrected(node, parents, named, tree)
    ]


def assembles_no_words(path, folder):
    """No visible cell puts a title or an alternative text together: `lrlib.plot` computes them."""
    wrong = []
    for number, cell in _visible(path):
        body = [] if cells.ends_in_explorer(cell.source) else cells.statements(cell.source)
        found = {word for statement in body for node in ast.walk(statement) for word in _assembled(node)}
        wrong += [f"[{number}] assembles {word}: let lrlib.plot compute it" for word in sorted(found)]
    return wrong


def shows_short_cells(path, folder):
    """A code cell that is not folded has 22 lines at most, the median below 9; blank ones do not count."""
    lengths = {number: _lines(cell) for number, cell in _visible(path)}
    wrong = [f"[{number}] has {n} lines, {LINES} allowed" for number, n in lengths.items() if n > LINES]
    middle = median(lengths.values())
    return wrong + (
        [f"the median cell has {middle:g} lines, below {MEDIAN_LINES} wanted"] * (middle >= MEDIAN_LINES)
    )


def states_its_time(path, folder):
    """The minutes of the contract are a multiple of 5, and within a fifth of the estimate."""
    stated, estimated = int(lesson.contract(read(path))[0].get("minutes", 0)), minutes(read(path))
    if stated % 5 == 0 and abs(stated - estimated) <= OFF * estimated:
        return []
    cure = f"`python -m notebooks.tools.teaching --only {path.stem[:2]} --write-times` corrects it"
    return [f"states {stated} min, estimated {estimated:.0f}: {cure}"]


RULES = [
    asks_before_it_answers,
    folds_what_it_asks_for,
    says_what_was_found,
    recommends,
    reads_verdicts_from_tables,
    assembles_no_words,
    shows_short_cells,
    states_its_time,
]


def minutes(notebook):
    """How long a learner needs for a lesson, its open exercise left out."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not _is_folded(cell)]
    shown = [output for cell in code for output in cell.get("outputs", [])]
    kinds = re.findall(r"^\*\*\d+(?:, (guided|standard|open))?\. ?", "\n\n".join(texts), re.MULTILINE)
    acts = sum(MINUTES.get(kind or "question", 0) for kind in kinds)
    acts += MINUTES["figure"] * sum(
        bool(compare.PICTURES & output.get("data", {}).keys()) for output in shown
    )
    words = sum(map(prose.word_count, lesson.body(notebook)))
    return words / WORDS_A_MINUTE + sum(map(_lines, code)) / LINES_A_MINUTE + acts


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("teaching", __doc__)
    command.only(parser, "lessons")
    parser.add_argument("--write-times", action="store_true", help="correct the minutes that lessons state")
    options = parser.parse_args(arguments)
    chosen = [path for path in twins.all_notebooks(NOTEBOOKS) if lesson.is_lesson(path)]
    chosen = [p for p in chosen if not options.only or any(part in p.stem for part in options.only)]
    if options.write_times:
        return execute.carry([_with_time(path) for path in chosen if states_its_time(path, NOTEBOOKS)])
    found = [
        f"{path.stem}: {fault}"
        for path in chosen
        for rule in RULES
        for fault in lesson.faults(rule, path, NOTEBOOKS)
    ]
    print("\n".join(found) or f"{len(chosen)} lessons keep every rule")
    return int(bool(found))


def _with_time(path):
    twin = twins.twin_of(path, NOTEBOOKS)
    due = 5 * round(minutes(read(path)) / 5)
    text = re.sub(
        r"^(# Needs .+ - )\d+( min - )",
        rf"\g<1>{due}\2",
        twin.read_text(encoding="utf-8"),
        count=1,
        flags=re.MULTILINE,
    )
    twin.write_text(text, encoding="utf-8", newline="\n")
    return twin


# --- cells and their code ------------------------------------------------------------------------


def _code(path):
    found = [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]
    return list(enumerate(found, start=1))


def _visible(path):
    return [(number, cell) for number, cell in _code(path) if not _is_folded(cell)]


def _is_folded(cell):
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def _is_exercise(cell):
    return bool({"exercise", "check"} & set(compare.tags(cell)))


def _lines(cell):
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def _shown(cell):
    return "\n".join(
        o.get("text", "") + str(o.get("data", {}).get("text/markdown", "")) for o in cell.outputs
    )


def _called(cell):
    """The last names of all functions that a cell calls."""
    nodes = [node for statement in cells.statements(cell.source) for node in ast.walk(statement)]
    return {_last(node.func) for node in nodes if isinstance(node, ast.Call)}


def _last(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def _calls(node, names):
    return isinstance(node, ast.Call) and _last(node.func) in names


def _is_name(node):
    return isinstance(node, ast.Name)


def _is_corrected(node, parents, named, tree):
    """Whether a comparison goes into a family, at once or by its name, or only its interval is read."""
    value = node
    while (value := parents.get(parent := value)) is not None:
        if _calls(value, {"family"}) or (isinstance(value, ast.Attribute) and value.attr in INTERVAL):
            return True
        if isinstance(value, ast.FunctionDef | ast.Assign):
            targets = [value] if isinstance(value, ast.FunctionDef) else value.targets
            names = {getattr(n, "id", getattr(n, "name", "")) for target in targets for n in ast.walk(target)}
            return bool(names & named) or (
                parent is node and all(_reads_interval(n, tree, parents) for n in names)
            )
    return False


def _reads_interval(name, tree, parents):
    uses = [n for n in ast.walk(tree) if _is_name(n) and n.id == name and isinstance(n.ctx, ast.Load)]
    return all(getattr(parents[use], "attr", "") in INTERVAL for use in uses)


def _assembled(node):
    """What of a title and an alternative text a piece of code puts together from more than one line."""
    words = {"title": "a title", "alt": "an alternative text"}
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [words[t.id] for t in targets if _is_name(t) and t.id in words]
    is_said = isinstance(node, ast.keyword) and node.arg in words
    return [words[node.arg]] if is_said and not _is_one_text(node.value) else []


def _is_one_text(value):
    """Whether it is a text as it stands, or one with values in it that fits a line."""
    is_line = isinstance(value, ast.JoinedStr) and value.lineno == value.end_lineno
    return is_line or isinstance(value, ast.Constant)


if __name__ == "__main__":
    command.run(main)
