"""A task of anyone's own, by text: the function in a file or module that returns it, and its options."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import torch

from lrlib.rules import Refused, bound, checked, rules_of, saying, shown, unknown
from lrlib.tasks.core import TASKS, Task
from lrlib.tasks.imports import by_value, code_of, existing, from_file, from_name, inside, is_file

FORMS = "a task's name, path/to/file.py:function, or module:function"


def load(text: str, options: Iterable[str] | Mapping[str, object] = ()) -> Task:
    """The task that a text names, with options as a command line gives them.

    text: the name of a task of `lrlib.tasks`; or `path/to/file.py:function`, relative to the folder one is
    in; or `module:function`, of a module that can be imported from there. The function returns a `Task`, for
    example by `from_torch`; its parameters are its options. While it runs, one is in the folder that its
    file, or outermost package, lies in, whichever folder that was before.
    options: texts NAME=VALUE, where a value is a literal of Python, or else the word itself; or a mapping.
    They are checked by the annotations of the function, and become the task's `options`.

    What a file defines travels to other processes by value, with modules that it imports from its own folder,
    so that workers need none of its files; and its code is part of `fingerprint`, so that runs of a file that
    was changed since are not taken for those of this one.
    Raises ValueError, in one sentence, for what does not exist, cannot be imported (with the line of the file
    at which it failed), is no function, or returns no task; and for an option that it does not have.

    >>> load("digits", ["label_noise=0.2", "hidden=(16, 16)"]).options["hidden"]
    (16, 16)
    >>> load("digits", ["label_nose=0.2"])
    Traceback (most recent call last):
    ...
    lrlib.rules.WrongCall: digits: unknown argument 'label_nose'; did you mean 'label_noise'? (allowed: \
label_noise, hidden, batch_size, n_train)
    """
    where, colon, name = _split(text)
    given = read_options(options)
    if not colon:
        return _named(text)(**given)
    module = from_file(Path(where)) if where.endswith(".py") else from_name(where, Path.cwd())
    return _made(module, name, given, text)


def located(text: str) -> str:
    """The same text, so said that it means the same in another folder; names and installed modules stay.

    A module that lies in the folder one is in becomes the path of its file. Nothing is imported.
    Raises ValueError for a file that does not exist.

    >>> located("digits")
    'digits'
    """
    where, colon, name = _split(text)
    if not colon:
        return text
    if where.endswith(".py"):
        return f"{existing(Path(where))}:{name}"
    here = Path.cwd().joinpath(*where.split("."))
    files = filter(is_file, (here.with_suffix(".py"), here / "__init__.py"))
    return next((f"{file}:{name}" for file in files), text)


def read_options(options: Iterable[str] | Mapping[str, object]) -> dict[str, object]:
    """Option -> value, from texts NAME=VALUE. ValueError for any other text, and for a name twice.

    >>> read_options(["width=32", "model=cnn", "hidden=(8, 8)"])
    {'width': 32, 'model': 'cnn', 'hidden': (8, 8)}
    """
    if isinstance(options, Mapping):
        return dict(options)
    found = {}
    for each in [options] if isinstance(options, str) else options:
        name, equals, value = str(each).partition("=")
        if not (equals and name.strip().isidentifier()):
            raise Refused(f"options must be texts NAME=VALUE, such as width=32, got {shown(each)}")
        if name.strip() in found:
            raise Refused(f"options: {name.strip()} is given twice")
        found[name.strip()] = _literal(value.strip())
    return found


def _literal(value: str) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value


def _split(text: str) -> tuple[str, str, str]:
    """File or module, ":", and function; the first two are empty for what may be a name."""
    if not isinstance(text, str) or "\0" in text:
        raise Refused(f"a task is {FORMS}, got {shown(text)}")
    where, colon, name = text.rpartition(":")
    if text.endswith(".py") or (colon and not (where and name.isidentifier())):
        raise Refused(f"{shown(text)} names no function: write path/to/file.py:function or module:function")
    return where, colon, name


def _named(name: str) -> Callable[..., Task]:
    if name not in TASKS:
        own = "" if name.isidentifier() else f"; a task is {FORMS}"
        raise Refused(unknown("task", name, TASKS) + own)
    return TASKS[name]


def _made(module: ModuleType, name: str, given: dict, text: str) -> Task:
    """The task that a function of a module returns, with its options and the code that it came from."""
    make = _function(module, name, text)
    with saying(name):
        given = bound(make, (), given)
    with inside(module), torch.inference_mode(False):
        task = make(**given)
    if not isinstance(task, Task):
        returned = "nothing" if task is None else f"a {type(task).__name__}"
        raise Refused(
            f"{shown(text)} must return a task, by tasks.from_torch(...) or tasks.Task(...); it returned "
            f"{returned}"
        )
    used = inspect.signature(make).bind(**given)
    used.apply_defaults()
    return replace(task, options={**task.options, **used.arguments}, code=code_of(by_value(module)))


def _function(module: ModuleType, name: str, text: str) -> Callable:
    """The function, with its arguments checked by annotations, where those can be read."""
    if not hasattr(module, name):
        own = [n for n, each in vars(module).items() if inspect.isfunction(each) and not n.startswith("_")]
        raise Refused(f"{shown(text)}: {unknown('function', name, own)}")
    make = getattr(module, name)
    if not callable(make) or isinstance(make, type):
        raise Refused(f"{shown(text)}: {name} is no function, but {shown(make)}")
    try:
        rules_of(make)
    except Exception:
        return make
    return checked(make, who=name)
