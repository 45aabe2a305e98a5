"""Python files of others: imported, sent to other processes by value, known by code, errors in a line."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType

import cloudpickle

from lrlib.rules import Refused, shown, unknown

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def code_of(files: dict[str, Path]) -> str:
    """SHA-256, in hex, of the code in files, by their names; a docstring or a comment changes nothing."""
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
        digest.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()


def existing(path: Path) -> Path:
    """The whole path of a file. ValueError, with the nearest names in its folder, where there is none."""
    path = path.expanduser().absolute()
    if is_file(path):
        return path
    near = [each.name for each in path.parent.glob("*.py")] if is_file(path.parent, folder=True) else []
    if not near:
        raise Refused(f"there is no file {str(path)!r}")
    raise Refused(f"{unknown('file', path.name, near)}, in {path.parent}")


def is_file(path: Path, folder: bool = False) -> bool:
    """Whether there is such a file, or folder; also for a name that no file could have."""
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError:
        return False


def from_file(path: Path) -> ModuleType:
    """The module in a file: under its own name in its package; else one for each path and content."""
    path = existing(path)
    root, names = path.parent, [path.stem]
    while is_file(root / "__init__.py"):
        root, names = root.parent, [root.name, *names]
    _importable(root)
    if len(names) > 1:
        return from_name(".".join(names[:-1] if path.stem == "__init__" else names), root)
    digest = hashlib.sha256(bytes(path) + path.read_bytes()).hexdigest()[:12]
    name = f"{re.sub(r'[^0-9a-zA-Z_]', '_', path.stem)}_{digest}"
    if name not in sys.modules:
        with their_errors(root), chdir(root):
            _executed(name, path)
    return sys.modules[name]


def _executed(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def from_name(name: str, folder: Path) -> ModuleType:
    """A module that can be imported from a folder, or is installed; ValueError for any other."""
    _importable(folder)
    importlib.invalidate_caches()
    with their_errors(folder):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not (error.name and f"{name}.".startswith(f"{error.name}.")):
                raise
    raise Refused(f"no module {shown(name)} can be imported from {folder}, nor is it installed")


def _importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@contextmanager
def inside(module: ModuleType) -> Iterator[None]:
    """In the folder that a module was imported from, if it is someone's own; its errors in one sentence."""
    root = None if _installed(module) else _root(module)
    with their_errors(root or Path.cwd()), chdir(root) if root else nullcontext():
        yield


def by_value(module: ModuleType) -> dict[str, Path]:
    """Send a module, and those that it imports from its own folder, to other processes by value; their files.

    Nothing of a module that is installed: workers have it too.
    """
    found = {} if _installed(module) else _family(module)
    for each in found.values():
        cloudpickle.register_pickle_by_value(each)
    return {name: Path(each.__file__) for name, each in found.items()}


def _installed(module: ModuleType) -> bool:
    parts = Path(getattr(module, "__file__", None) or "site-packages").parts
    return "site-packages" in parts or "dist-packages" in parts


def _family(module: ModuleType) -> dict[str, ModuleType]:
    """A module, and all those of its folder that it imports, or that these import: name in code -> module."""
    root, found, more = _root(module), {}, {Path(module.__file__).stem: module}
    while more:
        name, each = more.popitem()
        found[name] = each
        there = {other: sys.modules[other] for other in _imports(each) if other in sys.modules}
        more |= {n: m for n, m in there.items() if n not in found and _root(m) == root}
    return found


def _root(module: ModuleType) -> Path | None:
    """The folder that a module was imported from: that of its outermost package."""
    if not getattr(module, "__file__", None) or module.__name__.partition(".")[0] in ("lrlib", "__main__"):
        return None
    path = Path(module.__file__)
    return path.parents[module.__name__.count(".") + (path.stem == "__init__")]


def _imports(module: ModuleType) -> Iterator[str]:
    """What a module's code imports, by full names, also inside of functions."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_bytes())):
        names = [alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)]
        if isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), module.__package__)
            names = [base, *(f"{base}.{name}" for name in names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:n]) for n in range(1, len(parts) + 1))


@contextmanager
def their_errors(folder: Path) -> Iterator[None]:
    """Whatever is raised inside, in one sentence, with the last line of files in a folder where it was."""
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        if isinstance(error, SyntaxError) and error.filename:
            frames.append((error.filename, error.lineno))
        theirs = [place for place in frames if folder in Path(place[0]).parents and _theirs(place[0])]
        said = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        where = f"{Path(theirs[-1][0]).name}, line {theirs[-1][1]}: " if theirs else ""
        raise Refused(where + " ".join(said.split())) from None


def _theirs(file: str) -> bool:
    library = Path(__file__).parents[1]
    return "site-packages" not in file and library not in Path(file).parents
