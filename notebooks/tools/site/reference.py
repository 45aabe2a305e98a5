"""The pages of the library, from its sources as they are written: nothing of it is imported, so nothing runs.

A part of the library is a package or a module. Public is what its `__all__` names, or where there is none
a module's own functions and classes without an underscore; each stands on the page of its part.
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .docstrings import markdown, prose
from .outputs import fenced

LIBRARY = Path("lrlib")
PARTS = {
    "schedules": "Schedules",
    "optim": "Drivers of optimizers",
    "ledger": "The ledger",
    "adaptive": "Optimizers that choose their steps",
    "tasks": "Tasks",
    "train": "Training",
    "stats": "Statistics",
    "theory": "Theory",
    "plot": "Figures",
    "doctor": "The doctor of logs",
    "data": "Data",
    "evidence.sweeps": "Stored sweeps",
    "evidence.claims": "The register of claims",
    "evidence.verdicts": "Protocols and verdicts",
    "evidence.curves": "Laws of loss curves",
    "evidence.forecast": "Forecasts of losses",
    "evidence.runs": "Logged runs of language models",
    "evidence.speedrun": "The speedrun",
    "reports": "Reports",
    "batch": "Batches of reports",
    "course.check": "Answers to exercises",
    "course.finding": "Findings",
    "course.explore": "Explorers",
    "course.museum": "The museum of broken schedules",
}
DEFINED = (ast.FunctionDef, ast.ClassDef)
PRESETS = LIBRARY / "schedules" / "presets"
INDEX = """\
# The library

The public names, with the words that stand beside them in the source. What serves a single lesson, claim or
report is not among them.

{rows}

```{{toctree}}
:hidden:
{listed}
```
"""


@dataclass(frozen=True)
class Name:
    """A public name: its part, what it is called there, its definition, and the definitions beside that."""

    part: str
    name: str
    node: ast.AST
    beside: dict

    @property
    def path(self):
        """What follows `import` and the like: lrlib.PART.NAME."""
        return f"lrlib.{self.part}.{self.name}"


def pages():
    """Name -> text of each page."""
    found = {part: list(_public(part)) for part in PARTS}
    texts = {f"reference/{part}": _page(part, title, found) for part, title in PARTS.items()}
    texts["reference/presets"] = _presets()
    titles = PARTS | {"presets": "Presets of other libraries"}
    said = {part: _said(_tree(_file(part))) for part in PARTS} | {
        "presets": _said(_tree(PRESETS / "__init__.py"))
    }
    rows = "\n".join(f"- [{title}]({part}.md): {prose(said[part][0])}" for part, title in titles.items())
    return texts | {"reference/index": INDEX.format(rows=rows, listed="\n".join(titles))}


def _public(part):
    """The public names of a part that are functions or classes, in the order of their definitions."""
    file, seen = _file(part), set()
    for source, names in _modules(file, _exported(_tree(file)), f"lrlib.{part}"):
        defined = {node.name: node for node in _tree(source).body if isinstance(node, DEFINED)}
        for node in defined.values():
            name = _called(node, names - defined.keys())
            if name in names and name not in seen and ast.get_docstring(node):
                seen.add(name)
                yield Name(part, name, node, defined)


def _modules(file, names, part):
    """(module, names of it that are public), of a file and of all that it has them from within the part."""
    yield file, names
    for node in _imports(_tree(file)):
        if (node.module or "").startswith(part):
            source = Path(*node.module.split(".")).with_suffix(".py")
            taken = {alias.name for alias in node.names}
            taken = _exported(_tree(source)) if taken == {"*"} else taken & names
            if taken:
                yield from _modules(source, taken, part)


def _exported(tree):
    """The names of `__all__`, with what a `*` in it may add, or of every function and class without it."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = getattr(node.value, "elts", [])
            more = _imported(tree) if any(isinstance(each, ast.Starred) for each in listed) else set()
            return more | {each.value for each in listed if isinstance(each, ast.Constant)}
    return {node.name for node in tree.body if hasattr(node, "name") and not node.name.startswith("_")}


def _imported(tree):
    return {alias.name for node in _imports(tree) for alias in node.names}


def _imports(tree):
    """What a module takes from others as it is loaded, also where it says what to do if that fails."""
    for node in tree.body:
        tried = node.body if isinstance(node, ast.Try) else [node]
        yield from (each for each in tried if isinstance(each, ast.ImportFrom))


def _called(node, names):
    """The name by which a thing is used: a shape's is its constructor's, in lower case."""
    small = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower()
    return small if isinstance(node, ast.ClassDef) and small in names else node.name


def _page(part, title, found):
    tree = _tree(_file(part))
    heading, rest = _said(tree)
    link = _links(part, found)
    entries = "\n\n".join([*_forms(tree), *(_entry(name, link) for name in found[part])])
    return f"# {title}\n\n{prose(heading, link)}\n\n{markdown(rest, link=link)}\n\n{entries}\n"


def _forms(tree):
    """What a module spells out in a text of several lines, as the form of a file."""
    for node in tree.body:
        value = node.value.value if isinstance(getattr(node, "value", None), ast.Constant) else ""
        if isinstance(node, ast.Assign) and "\n" in str(value):
            yield fenced(value)


def _entry(name, link):
    """A function or a class with its methods, as a description of Sphinx."""
    node = name.node
    is_class = isinstance(node, ast.ClassDef) and name.name == node.name
    given = _constructor(node, name.beside) if isinstance(node, ast.ClassDef) else _arguments(node.args)
    body = markdown(ast.get_docstring(node), _names(node), link)
    methods = [each for each in node.body if is_class and _is_method(each)]
    for each in methods:
        kind = "property" if "property" in map(ast.unparse, each.decorator_list) else "method"
        own = 0 if "staticmethod" in map(ast.unparse, each.decorator_list) else 1
        shown = each.name if kind == "property" else f"{each.name}({_arguments(each.args, own)})"
        body += f"\n\n{_described(kind, shown, markdown(ast.get_docstring(each), _names(each), link), 3)}"
    return _described("class" if is_class else "function", f"{name.path}({given})", body, 4)


def _described(kind, head, body, depth):
    fence = ":" * depth
    return f"{fence}{{py:{kind}}} {head}\n\n{body}\n{fence}"


def _is_method(node):
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node)


def _constructor(node, beside):
    """The arguments of a class: of its `__init__`, or the fields of a dataclass."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            return _arguments(each.args, own=1)
    by_name = any("kw_only=True" in ast.unparse(decorator) for decorator in node.decorator_list)
    return ", ".join(["*"] * by_name + list(_fields(node, beside).values()))


def _fields(node, beside):
    """Name -> how it is given, of the fields of a dataclass, those of its bases first."""
    found = {}
    for base in node.bases:
        if isinstance(beside.get(ast.unparse(base)), ast.ClassDef):
            found |= _fields(beside[ast.unparse(base)], beside)
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and not _is_hidden(each):
            name = ast.unparse(each.target)
            default = _default(each.value)
            found[name] = f"{name}={default}" if default else name
    return found


def _default(value):
    """A default as a caller would write it, "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in value.keywords}
        return f"{given['default_factory']}()" if "default_factory" in given else given.get("default", "")
    return ast.unparse(value)


def _is_hidden(field):
    is_own = ast.unparse(field.target).startswith("_") or "ClassVar" in ast.unparse(field.annotation)
    return is_own or (field.value is not None and "init=False" in ast.unparse(field.value))


def _arguments(arguments, own=0):
    """The arguments of a function as they are written, without annotations and the first `own`."""
    plain = ast.parse(f"def f({ast.unparse(arguments)}): 0").body[0].args
    for each in (*plain.posonlyargs, *plain.args, *plain.kwonlyargs, plain.vararg, plain.kwarg):
        if each:
            each.annotation = None
    first = plain.posonlyargs or plain.args
    del first[:own]
    return ast.unparse(plain)


def _names(node):
    """What a docstring may explain: parameters, fields, attributes."""
    inner = [each for each in ast.walk(node) if isinstance(each, ast.arg | ast.AnnAssign)]
    return {each.arg if isinstance(each, ast.arg) else ast.unparse(each.target) for each in inner}


def _links(part, found):
    """A function from what stands in backticks to a link, for names of this part, names said with their part,
    and classes that one part alone has.

    A bare small word is a parameter more often than it is another part's function.
    """
    names = [name for other in found.values() for name in other]
    count = Counter(name.name for name in names)
    paths = {name.name: name.path for name in names if name.name[0].isupper() and count[name.name] == 1}
    paths |= {f"{name.part.split('.')[-1]}.{name.name}": name.path for name in names}
    paths |= {name.path.removeprefix("lrlib."): name.path for name in names}
    paths |= {name.name: name.path for name in found[part]}

    def link(word):
        called = word.removeprefix("lrlib.").removesuffix("()")
        return f"{{py:obj}}`{word} <{paths[called]}>`" if called in paths else None

    return link


def _presets():
    """The presets of other libraries, as the modules register them."""
    heading, rest = _said(_tree(PRESETS / "__init__.py"))
    rows = {}
    for file in sorted(PRESETS.glob("*.py")):
        for node in _tree(file).body:
            if isinstance(node, ast.FunctionDef):
                for library, title in _registered(node, file.stem):
                    said = f"{title}: {ast.get_docstring(node)}" if title else ast.get_docstring(node)
                    rows.setdefault(library, []).append(f"- `{library}.{node.name}`: {prose(said)}")
    listed = "\n".join(f"## {library}\n\n" + "\n".join(rows[library]) for library in sorted(rows))
    return f"# Presets of other libraries\n\n{prose(heading)}\n\n{markdown(rest)}\n\n{listed}"


def _registered(node, library):
    """(library, its own name for it or "") of every preset that a function is."""
    for decorator in node.decorator_list:
        if ast.unparse(decorator) == "registered":
            yield library, ""
        elif ast.unparse(getattr(decorator, "func", decorator)) == "shared":
            yield from _titles(decorator.keywords)


def _titles(keywords):
    for keyword in keywords:
        if keyword.arg:
            yield keyword.arg, keyword.value.value
        else:  # **dict.fromkeys((libraries), title)
            libraries, title = map(ast.literal_eval, keyword.value.args)
            yield from ((library, title) for library in libraries)


def _said(tree):
    """The first line of a module's docstring, and what follows."""
    first, _, rest = ast.get_docstring(tree).partition("\n\n")
    return first, rest


def _tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def _file(part):
    place = LIBRARY / part.replace(".", "/")
    package = place / "__init__.py"
    return package if package.exists() else place.with_suffix(".py")
