"""Lines of code of `lrlib` by part, against what the project allows itself.

    python -m notebooks.tools.lines

Docstrings, comments and blank lines are not counted: a line counts when a part of a statement stands on it.
The exit status is 1 when a part, a module or a function is longer than it may be.
"""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

from . import command

LIBRARY = Path("lrlib")
CORE = ("rules", "schedules", "optim", "ledger", "tasks", "train", "stats", "plot")  # without presets
BUDGETS = {"core": 4_000, "presets": 1_000}
MODULE, FUNCTION = 300, 30
NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER
}  # fmt: skip
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def main(arguments=None):
    """Command line; returns the exit status."""
    command.parser("lines", __doc__).parse_args(arguments)
    found = {path: counted(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.rglob("*.py"))}
    if not found:
        print(f"no module under {LIBRARY}: run this from the project's root")
        return 1
    parts = Counter()
    for path, (lines, _) in found.items():
        parts[part(path.relative_to(LIBRARY))] += lines
    totals = {"core": sum(parts[name] for name in CORE), "presets": parts["presets"]}
    for name, lines in sorted(parts.items()):
        print(f"{name:12} {lines:6,}{'' if name in CORE else '   not core'}")
    for name, budget in BUDGETS.items():
        print(f"{name:12} {totals[name]:6,} of {budget:,}")
    print(f"{'lrlib':12} {sum(parts.values()):6,}")
    too_long = [
        *beyond(totals),
        *(fault for path, counts in found.items() for fault in faults(path, *counts)),
    ]
    print("\n".join(too_long) or "everything is within its budget")
    return int(bool(too_long))


def counted(source):
    """(lines of code, {(line, name of a function): its lines of code}) of a module."""
    tree = ast.parse(source)
    code = _token_lines(source) - {line for node in ast.walk(tree) for line in _docstring(node)}
    functions = {
        (node.lineno, node.name): len(code & set(range(node.lineno, node.end_lineno + 1)))
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
    }
    return len(code), functions


def part(path):
    """The part that a module belongs to, by its path inside the library."""
    return "presets" if "presets" in path.parts else path.with_suffix("").parts[0]


def beyond(totals):
    """What is said of a part that is beyond its budget."""
    return [
        f"{name}: {totals[name]:,} lines, {most:,} allowed"
        for name, most in BUDGETS.items()
        if totals[name] > most
    ]


def faults(path, lines, functions):
    """What is said of a module, and of its functions, that are too long."""
    if lines > MODULE:
        yield f"{path}: {lines} lines, {MODULE} allowed in a module"
    for (line, name), length in functions.items():
        if length > FUNCTION:
            yield f"{path}:{line} {name}: {length} lines, {FUNCTION} allowed in a function"


def _token_lines(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {line for t in tokens if t.type not in NO_CODE for line in range(t.start[0], t.end[0] + 1)}


def _docstring(node):
    """The lines of the docstring of a module, class or function."""
    if not isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) or ast.get_docstring(node) is None:
        return ()
    return range(node.body[0].lineno, node.body[0].end_lineno + 1)


if __name__ == "__main__":
    command.run(main)
