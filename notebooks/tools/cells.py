"""What each code cell of a notebook is for, and what checks it: from source, tags and stored outputs alone.

A cell is, in this order,

exercise      a gap for the learner, or the cell that answers (tags `exercise`, `check`)
explorer      sliders; its stored output is one line of text, its pictures are drawn by `vary`
definitions   parameters, imports, functions, classes, names for literals: nothing is computed
computing     all others

A computing cell is checked when at least one of its stored outputs is compared. One that is not needs a
reason: values that a later cell shows, or `unchecked="why"` in its metadata.
"""

import ast
import functools
import symtable
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

from . import allowed, compare

KINDS = ("computing", "definitions", "exercise", "explorer")
_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_INERT = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute)


@dataclass
class Cell:
    """One code cell. number: as JupyterLab shows it. reason: why it is not checked, "" if nothing says so."""

    number: int
    kind: str
    tags: list
    statements: list
    is_checked: bool
    reason: str = ""
    used: tuple = ()  # names it leaves behind that a later cell reads
    readers: frozenset = frozenset()  # kinds of the later cells that do

    @functools.cached_property
    def reads(self):
        """Names whose earlier value it needs."""
        return _reads_and_binds(self.statements)[0]

    @functools.cached_property
    def binds(self):
        """Names that it gives a value."""
        return _reads_and_binds(self.statements)[1]

    @functools.cached_property
    def leaves(self):
        """Names that it binds, or whose objects it changes, in order."""
        return _leaves(self.statements)

    @property
    def first_line(self):
        """The first line of code that is no import, at most 60 characters of it."""
        code = [s for s in self.statements if not isinstance(s, ast.Import | ast.ImportFrom)]
        line = ast.unparse((code or self.statements)[0]).split("\n")[0] if self.statements else ""
        return line if len(line) <= 60 else line[:57] + "..."


def census(notebook):
    """The code cells of a notebook as `Cell`s, in order."""
    stored = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    found = [_cell(number, cell) for number, cell in enumerate(stored, start=1)]
    for i, (cell, source) in enumerate(zip(found, stored, strict=True)):
        later = found[i + 1 :]
        readers = {name: _readers(name, later) for name in cell.leaves}
        cell.used = tuple(name for name in readers if readers[name])
        cell.readers = frozenset(reader.kind for found in readers.values() for reader in found)
        if cell.kind == "computing" and not cell.is_checked:
            cell.reason = source.metadata.get("unchecked") or _reason(cell, later)
    return found


def why_idle(cell):
    """Why a cell does nothing, "" when it does something."""
    if cell.kind == "exercise":
        return ""
    if all(map(_is_empty, cell.statements)):
        return "none of its statements does anything"
    if any(_never_runs(node) for statement in cell.statements for node in ast.walk(statement)):
        return "a part of it never runs"
    if cell.kind == "definitions" and not cell.used:
        return "no later cell uses what it defines"
    if cell.kind == "computing" and not cell.is_checked and not cell.reason:
        return "it shows nothing that is compared, and computes nothing that a later cell shows"
    return ""


def unused_parameters(notebook):
    """Names of the cell tagged `parameters` that no later cell reads."""
    cells = [cell for cell in census(notebook) if "parameters" in cell.tags]
    return [name for cell in cells for name in cell.leaves if name not in cell.used]


@functools.lru_cache(maxsize=4096)
def statements(source):
    """The parsed statements of a cell, to be looked at and never changed; IPython's own syntax allowed."""
    python = TransformerManager().transform_cell(source)
    return compile(python, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body


def ends_in_explorer(source):
    """Whether the last line of a cell shows sliders."""
    return _is_explorer(statements(source))


def _cell(number, cell):
    tags, body = compare.tags(cell), statements(cell.source)
    if {"exercise", "check"} & set(tags):
        kind = "exercise"
    elif _is_explorer(body):
        kind = "explorer"
    else:
        kind = "definitions" if all(map(_is_definition, body)) else "computing"
    is_checked = not allowed.is_ignored(cell) and any(map(_says_something, cell.outputs))
    return Cell(number, kind, tags, body, is_checked)


def _reason(cell, later):
    if allowed.IGNORED in cell.tags:
        return f"{allowed.TAGS['code'][allowed.IGNORED]} (tag `{allowed.IGNORED}`)"
    shown = {name: _shown_by(name, later) for name in _computed(cell.statements)}
    for kind, verb in (("computing", "shown by"), ("exercise", "used by the exercise at")):
        places = {name: [c.number for c in cells if c.kind == kind] for name, cells in shown.items()}
        names = [f"`{name}`" for name in places if places[name]]
        if names:
            numbers = sorted({number for found in places.values() for number in found})
            return f"{_listed(names)}: {verb} {_listed([f'[{number}]' for number in numbers])}"
    return ""


def _computed(body):
    """Names that hold something computed, or a function or list that refers to it."""
    names = []
    for statement in body:
        reads, _ = _reads_and_binds([statement])
        if not _is_definition(statement) or set(names) & set(reads):
            names += _leaves([statement])
    imported = _reads_and_binds([s for s in body if isinstance(s, ast.Import | ast.ImportFrom)])[1]
    return [name for name in dict.fromkeys(names) if name not in imported]


def _shown_by(name, later):
    """The checked cells that a value reaches, by itself or through cells that show nothing."""
    reached, waiting = {}, [(name, later)]
    while waiting:
        name, later = waiting.pop()
        for cell in _readers(name, later):
            if cell.number not in reached:
                reached[cell.number] = cell
                if not cell.is_checked:
                    after = [other for other in later if other.number > cell.number]
                    waiting += [(name, after) for name in cell.leaves]
    return [cell for cell in reached.values() if cell.is_checked]


def _readers(name, later):
    """The cells that read what `name` holds, up to the one that binds it anew."""
    readers = []
    for cell in later:
        if name in cell.reads:
            readers.append(cell)
        if name in cell.binds:
            break
    return readers


def _reads_and_binds(body):
    """Names whose earlier value statements need, and names that they bind."""
    reads, binds = {}, {}
    for statement in body:
        needed, bound = _names(ast.unparse(statement))
        reads.update(dict.fromkeys(name for name in needed if name not in binds))
        binds.update(dict.fromkeys(bound))
    return reads, binds


@functools.cache
def _names(source):
    tables = [symtable.symtable(source, "<cell>", "exec")]
    bound = [s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()]
    needed = [s.get_name() for s in tables[0].get_symbols() if s.is_referenced()]
    (tree,) = ast.parse(source).body
    if not isinstance(tree, ast.Assign):  # a loop or block that binds a name reads its own value of it
        needed = [name for name in needed if name not in bound]
    needed += [node.target.id for node in ast.walk(tree) if _counts_up(node)]
    for table in tables:
        tables += table.get_children()
        if table is not tables[0]:
            needed += [s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()]
    return tuple(needed), tuple(bound)


def _counts_up(node):
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)


def _leaves(body):
    changed = [_root(node) for statement in body for node in _run_by(statement)]
    return [name for name in dict.fromkeys([*_reads_and_binds(body)[1], *changed]) if name]


def _root(node):
    """The name whose object a statement changes: an item or attribute is set, a method called alone."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        node = node.value.func
    elif not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.ctx, ast.Store):
        return None
    if isinstance(node, ast.Name):
        return None  # print(...), and functions in general: their effect cannot be seen from here
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", None)


def _run_by(node):
    """The nodes that run when the cell does, without the insides of functions and classes."""
    yield node
    if not isinstance(node, (*_DEFINES, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _run_by(child)


def _is_definition(statement):
    if isinstance(statement, ast.Assign):
        are_names = all(isinstance(target, ast.Name | ast.Tuple) for target in statement.targets)
        return are_names and _is_inert(statement.value)
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name) and _is_inert(statement.value)
    return isinstance(statement, _DEFINES) or _is_empty(statement)


def _is_inert(value):
    """Whether a value is only named, not computed."""
    if value is None or isinstance(value, ast.Lambda | ast.expr_context):
        return True
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.operand, ast.Constant)
    return isinstance(value, _INERT) and all(map(_is_inert, ast.iter_child_nodes(value)))


def _is_empty(statement):
    is_expression = isinstance(statement, ast.Expr)
    return isinstance(statement, ast.Pass) or (is_expression and isinstance(statement.value, ast.Constant))


def _never_runs(node):
    """`if False`, `while 0`, `for x in []` and the like."""
    if isinstance(node, ast.If | ast.While):
        return isinstance(node.test, ast.Constant) and not node.test.value
    return isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List) and not node.iter.elts


def _is_explorer(body):
    call = getattr(body[-1], "value", None) if body and isinstance(body[-1], ast.Expr) else None
    function = getattr(call, "func", None)
    return getattr(function, "id", getattr(function, "attr", None)) == "explorer"


def _says_something(output):
    shown = [output.get("text", ""), *output.get("data", {}).values()]
    return any(value.strip() if isinstance(value, str) else value for value in shown)


def _listed(parts):
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
