"""The explorers of the lessons that draw curves and closed forms: their code, cut from the lesson."""

import ast
import symtable
from pathlib import Path

LESSONS = Path(__file__).parents[1] / "src" / "lessons"
ALLOWED = {"numpy", "math", "lrlib.ledger", "lrlib.schedules", "lrlib.schedules.presets", "lrlib.theory"}
SHOWN = {"plot", "explorer", "display"}  # what the page has its own of


def explorers(folder: Path = LESSONS) -> dict[str, dict]:
    """Number of a lesson -> {"title", "source", "ranges", "whole"}, of those that can be drawn in a page."""
    found = {}
    for path in sorted(folder.glob("[0-9][0-9]_*.py")):
        cut = _cut(ast.parse(path.read_text(encoding="utf-8")).body)
        if cut:
            title = path.stem[3:].replace("_", " ").capitalize()
            found[path.name[:2]] = {"title": title, **cut}
    return found


def _cut(lesson: list[ast.stmt]) -> dict | None:
    at = [i for i, statement in enumerate(lesson) if _is_explorer(statement)]
    if not at:
        return None
    call = lesson[at[0]].value
    needed = _needed(lesson[: at[0]], {"draw", *_names(call)} - SHOWN)
    if not all(map(_is_allowed, needed)):
        return None
    space: dict = {}
    source = "\n".join(map(ast.unparse, needed))
    exec(source, space)
    ranges = {k.arg: eval(ast.unparse(k.value), space) for k in call.keywords}
    whole = [name for name, limits in ranges.items() if all(isinstance(x, int) for x in limits)]
    return {"source": source, "ranges": ranges, "whole": whole}


def _is_explorer(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("explorer(")


def _needed(before: list[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """The statements that define these names, and all that they need in turn, in the lesson's order."""
    kept: list[ast.stmt] = []
    for statement in reversed(before):
        if _defined(statement) & names:
            if isinstance(statement, ast.ImportFrom):
                statement.names = [each for each in statement.names if each.name not in SHOWN]
            kept.append(statement)
            names |= _names(statement) - SHOWN
    return kept[::-1]


def _defined(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {each.asname or each.name for each in names}
        case ast.Assign() | ast.AnnAssign():
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return set()


def _names(statement: ast.AST) -> set[str]:
    """What a statement reads of the lesson; the parameters and variables of a function are its own."""
    return _read(symtable.symtable(ast.unparse(statement), "lesson", "exec"))


def _read(scope: symtable.SymbolTable) -> set[str]:
    here = {each.get_name() for each in scope.get_symbols() if each.is_referenced() and each.is_global()}
    return here.union(*map(_read, scope.get_children()))


def _is_allowed(statement: ast.stmt) -> bool:
    drawn = {
        each.attr for each in ast.walk(statement) if isinstance(each, ast.Attribute) and _is_plot(each.value)
    }
    if drawn - {"house", "lines", "schedules", "sensitivity"}:
        return False
    return _imported(statement) <= ALLOWED


def _imported(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.Import(names=names):
            return {each.name for each in names}
        case ast.ImportFrom(module="lrlib", names=names):
            return {f"lrlib.{each.name}" for each in names}
        case ast.ImportFrom(module=module):
            return {module}
    return set()


def _is_plot(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "plot"
