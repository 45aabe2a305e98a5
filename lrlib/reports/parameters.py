"""Parameters of a notebook: declared once in its `parameters` cell, read and enforced before anything runs.

A declaration is one annotated literal with a comment, which is both the help text and the rule:

    steps: int = 600  # optimizer updates per run, 50..5000
    task: str = "digits"  # what to train: one of digits, quadratic
    schedules: list[str] = []  # schedule texts, T is the number of steps; none: as the profile says

`low..high` bounds a number, or each number of a list; `one of a, b` lists the allowed texts; `schedule texts`
says that each text must parse. `3 or more` is the least length of a list, `rising` its order, and
`(digits only)` says for which `task` a parameter may be given. The committed default itself is always
allowed: 0 or [] may stand for "as the profile says". A cell tagged `profiles` assigns a dict of profiles,
each a dict of parameter values.
"""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from nbformat import NotebookNode

from lrlib.rules import shown, unknown
from lrlib.schedules import parse_for

RANGE = re.compile(r"([-+.\deE]*\d)\.\.([-+]?[.\deE+-]*\d)")
AT_LEAST = re.compile(r"(\d+) or more")
ONLY = re.compile(r"\((\w+) only\)")
CHOICES = re.compile(r"one of ([\w-]+(?:, [\w-]+)*)")


KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}


class ParameterError(ValueError):
    """One line: which parameter, what was given, what is allowed."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. type: "int", "float", "bool", "str" or "list[...]" of those."""

    name: str
    type: str
    default: object
    help: str

    @property
    def item_type(self) -> str:
        return self.type.removeprefix("list[").removesuffix("]")

    @property
    def is_list(self) -> bool:
        return self.type.startswith("list[")

    @property
    def range(self) -> tuple[float, float] | None:
        found = RANGE.search(self.help)
        return (float(found[1]), float(found[2])) if found else None

    @property
    def choices(self) -> tuple[str, ...]:
        found = CHOICES.search(self.help)
        return tuple(found[1].split(", ")) if found else ()

    @property
    def least(self) -> int:
        found = AT_LEAST.search(self.help)
        return int(found[1]) if found else 1

    @property
    def is_rising(self) -> bool:
        return "rising" in self.help

    @property
    def only_for(self) -> str:
        found = ONLY.search(self.help)
        return found[1] if found else ""

    @property
    def is_schedule(self) -> bool:
        return "schedule text" in self.help

    @property
    def allowed(self) -> str:
        """The rule in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        kind = "a schedule text" if self.is_schedule else KINDS[self.item_type]
        bounds = f" {self.range[0]:g}..{self.range[1]:g}" if self.range else ""
        if not self.is_list:
            return f"{kind}{bounds}"
        order = " in rising order" if self.is_rising else ""
        return f"a list of {self.least} or more{order}; each item {kind}{bounds}"


def declared(notebook: NotebookNode) -> dict[str, Parameter]:
    """The parameters of a notebook, by name, in order. ValueError when a declaration breaks the form."""
    source = _tagged(notebook, "parameters")
    comments = _comments(source)
    found = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.AnnAssign) or node.lineno not in comments:
            raise ValueError(f"parameters cell, line {node.lineno}: expected `name: type = literal  # help`")
        name, kind = node.target.id, ast.unparse(node.annotation)
        if kind.removeprefix("list[").removesuffix("]") not in KINDS:
            raise ValueError(
                f"parameters cell: expected {name} to be of {', '.join(KINDS)} or a list, got {kind}"
            )
        found[name] = Parameter(name, kind, ast.literal_eval(node.value), comments[node.lineno])
    return found


def profiles(notebook: NotebookNode) -> dict[str, dict]:
    """The dict that the cell tagged `profiles` assigns."""
    (assignment,) = ast.parse(_tagged(notebook, "profiles")).body
    return ast.literal_eval(assignment.value)


def converted(parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Given values in their declared types, each within its rule.

    given: name -> a value, a text from the command line, or a list of either. Raises ParameterError for an
    unknown name, a wrong type or a value out of range. Schedule texts are checked by `check_schedules`, when
    the number of steps is known.
    """
    for name in given:
        if name not in parameters:
            raise ParameterError(unknown("parameter", name, parameters))
    return {name: _value(parameters[name], value) for name, value in given.items()}


def settle(profile: str, profiles: Mapping[str, Mapping], **values) -> dict[str, object]:
    """The values to use: those given, and the profile's where a value is 0 or empty.

    Raises ParameterError for an unknown profile, and for a schedule text that does not fit `steps`.
    """
    if profile not in profiles:
        raise ParameterError(unknown("profile", str(profile), profiles))
    chosen = {name: values.get(name) or value for name, value in profiles[profile].items()}
    settled = {"profile": profile, **values, **chosen}
    check_schedules(settled.get("schedules", []), settled.get("steps", 0))
    return settled


def check_schedules(texts: list[str], steps: int) -> None:
    """Raise ParameterError for the first text that is no schedule of `steps` steps, or is there twice."""
    seen = {}
    for text in texts:
        try:
            schedule = parse_for(text, steps)
        except ValueError as error:
            raise ParameterError(f"schedules: {error}") from None
        if schedule in seen:
            raise ParameterError(f"schedules: {text!r} and {seen[schedule]!r} are the same; once is enough")
        seen[schedule] = text


def _tagged(notebook: NotebookNode, tag: str) -> str:
    for cell in notebook.cells:
        if tag in cell.metadata.get("tags", ()):
            return cell.source
    raise ValueError(f"the notebook has no cell tagged {tag!r}")


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _value(parameter: Parameter, given):
    if not parameter.is_list:
        value = _one(parameter, given[-1] if isinstance(given, list) and len(given) == 1 else given)
        if value != parameter.default:
            _within(parameter, value)
        return value
    items = [_one(parameter, item) for item in _items(parameter, given)]
    for item in items:
        _within(parameter, item)
    falls = any(b <= a for a, b in pairwise(items)) if parameter.is_rising else False
    if items != parameter.default and (len(items) < parameter.least or falls):
        raise _refused(parameter, given)
    return items


def _items(parameter: Parameter, given) -> list:
    """A list, or texts that name several numbers at once: `0.1,0.2` or `[0.1, 0.2]`."""
    given = given if isinstance(given, list) else [given]
    if parameter.item_type == "str":
        return given
    split = [text.strip("[] ").split(",") if isinstance(text, str) else [text] for text in given]
    return [item for part in split for item in part if item != ""]


def _one(parameter: Parameter, given):
    convert = {"int": _int, "float": _float, "bool": _bool, "str": _str}[parameter.item_type]
    try:
        return convert(given)
    except (TypeError, ValueError, OverflowError):
        raise _refused(parameter, given) from None


def _within(parameter: Parameter, value) -> None:
    if parameter.choices and value not in parameter.choices:
        raise ParameterError(unknown(f"value for {parameter.name}", str(value), parameter.choices))
    if parameter.range and not parameter.range[0] <= value <= parameter.range[1]:
        raise _refused(parameter, value)


def _refused(parameter: Parameter, given) -> ParameterError:
    return ParameterError(f"{parameter.name}: {shown(given)} is not allowed; it must be {parameter.allowed}")


def _number(given) -> float:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise TypeError
    value = float(given)
    if not math.isfinite(value):
        raise ValueError
    return value


def _int(given) -> int:
    value = _number(given)
    if value != int(value):
        raise ValueError
    return int(value)


def _float(given) -> float:
    return _number(given)


def _bool(given) -> bool:
    if isinstance(given, bool):
        return given
    if not isinstance(given, str) or given.lower() not in ("true", "false"):
        raise ValueError
    return given.lower() == "true"


def _str(given) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given
