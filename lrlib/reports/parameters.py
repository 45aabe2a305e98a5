"""Parameters of a notebook: declared once in its `parameters` cell, read and enforced before anything runs.

A declaration is one annotated literal with a comment, which is both the help text and the rule:

    steps: int = 600  # optimizer updates per run, 50..5000
    task: str = "digits"  # what to train: one of digits, quadratic
    schedules: list[str] = []  # schedule texts, T is the number of steps; none: as the profile says

`low..high` bounds a number, or each number of a list; `one of a, b` lists the allowed texts; `schedule texts`
says that each text must parse. `a task`, `named values`, `a file`, `files`, `a file or folder`, `a device`
and `a claim` are rules of the module `kinds`; a relative path is read from the folder in which the command
was typed. `3 or more` and `at most 50` bound the length of a list, `rising` is its order, and `(digits only)`
says for which `task` a parameter may be given. The committed default itself is always allowed: 0 or [] may
stand for "as the profile says". A cell tagged `profiles` assigns a dict of profiles, each a dict of parameter
values.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from lrlib.reports.kinds import KINDS, TYPES, WORD, Kind, refuse_unseen
from lrlib.rules import Refused, Rule, refused, unknown
from lrlib.schedules import parse_for

RANGE = re.compile(r"([-+.\deE]*\d)\.\.([-+]?[.\deE+-]*\d)")
AT_LEAST = re.compile(r"(\d+) or more")
AT_MOST = re.compile(r"at most (\d+)")
ONLY = re.compile(r"\((\w+) only\)")
CHOICES = re.compile(r"one of ([\w-]+(?:, [\w-]+)*)")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. type: "int", "float", "bool", "str" or "list[...]" of those.

    >>> steps = Parameter("steps", "int", 0, "updates, 20..1000; 0: as the profile says")
    >>> steps.value("1e2"), steps.value(0)
    (100, 0)
    >>> steps.value(7)
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: steps must be a whole number 20..1000, got 7
    """

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
        return tuple(map(float, self._said(RANGE))) or None

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(name for names in self._said(CHOICES) for name in names.split(", "))

    @property
    def least(self) -> int:
        return int(*self._said(AT_LEAST) or (1,))

    @property
    def most(self) -> float:
        return int(*self._said(AT_MOST)) or math.inf

    @property
    def is_rising(self) -> bool:
        return "rising" in self.help

    @property
    def only_for(self) -> str:
        return "".join(self._said(ONLY))

    @property
    def is_schedule(self) -> bool:
        return "schedule text" in self.help

    @property
    def kind(self) -> Kind | None:
        """The rule that a word in the help stands for."""
        return KINDS[self._said(WORD)[0]] if self.item_type == "str" and self._said(WORD) else None

    def files(self, value) -> list[str]:
        """The files that a value names."""
        texts = value if self.is_list else [value]
        if self.kind is KINDS["a task"]:
            return [file for file, _, _ in (text.rpartition(":") for text in texts) if file.endswith(".py")]
        return list(filter(None, texts)) if self.kind and self.kind.is_file else []

    @property
    def allowed(self) -> str:
        """The rule in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        kind = "a schedule text" if self.is_schedule else (self.kind or TYPES[self.item_type]).allowed
        written = " {:.0f}..{:.0f}" if self.item_type == "int" else " {:g}..{:g}"
        bounds = written.format(*self.range) if self.range else ""
        if not self.is_list:
            return f"{kind}{bounds}"
        order = " in rising order" if self.is_rising else ""
        many = f"{self.least} or more" if self.most == math.inf else f"{self.least} to {self.most}"
        return f"a list of {many}{order}; each item {kind}{bounds}"

    def value(self, given):
        """The value in the declared type; ValueError where it has another type or breaks the rule.

        given: a value, a text as in a command line, or a list, tuple or array of either. A list of numbers
        may be one text, `0.1,0.2`; a list of one is its item.
        """
        given = _plain(given)
        if not self.is_list:
            alone = given[0] if isinstance(given, list) and len(given) == 1 else given
            value = self._converted(alone)
            return value if value == self.default else self._within(value)
        items = [self._within(self._converted(item)) for item in self._items(given)]
        rises = not self.is_rising or all(a < b for a, b in pairwise(items))
        if items != self.default and not (rises and self.least <= len(items) <= self.most):
            raise refused(self.name, self.allowed, given)
        return items

    def _said(self, pattern: re.Pattern) -> tuple[str, ...]:
        found = pattern.search(self.help)
        return found.groups() if found else ()

    def _items(self, given) -> list:
        given = given if isinstance(given, list) else [given]
        if self.item_type == "str":
            return [] if given == ["[]"] else given
        split = [text.strip("[] ").split(",") if isinstance(text, str) else [text] for text in given]
        return [item for part in split for item in part if item != ""]

    def _converted(self, given):
        return Rule(self.allowed, TYPES[self.item_type].convert).checked(self.name, given)

    def _within(self, value):
        if self.choices and value not in self.choices:
            raise Refused(unknown(f"value for {self.name}", value, self.choices))
        if self.range and not self.range[0] <= value <= self.range[1]:
            raise refused(self.name, self.allowed, value)
        if self.item_type == "str" and not self.is_schedule:
            refuse_unseen(self.name, value)
        return self.kind.convert(self.name, value) if self.kind else value


def declared(notebook: Mapping) -> dict[str, Parameter]:
    """The parameters of a notebook, by name, in order. ValueError when a declaration breaks the form.

    notebook: as nbformat reads it, or as `asking.template` does.
    """
    found = {}
    for number, line in enumerate(_tagged(notebook, "parameters").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            parameter = _declared(line)
        except (ValueError, SyntaxError):
            raise ValueError(
                f"parameters cell, line {number}: expected `name: type = literal  # help`, "
                f"the type {', '.join(TYPES)} or a list of one"
            ) from None
        found[parameter.name] = parameter
    return found


def _declared(line: str) -> Parameter:
    """What a line declares; ValueError or SyntaxError where papermill would read none, or another."""
    (found,) = ast.parse(line).body
    help = line.encode()[found.end_col_offset :].decode().partition("#")[2].strip()
    if not (isinstance(found, ast.AnnAssign) and isinstance(found.target, ast.Name) and help):
        raise ValueError
    kind, default = ast.unparse(found.annotation), ast.literal_eval(found.value)
    if kind.removeprefix("list[").removesuffix("]") not in TYPES or line.count("=") > 1:
        raise ValueError
    return Parameter(found.target.id, kind, default, help)


def profiles(notebook: Mapping) -> dict[str, dict]:
    """The dict that the cell tagged `profiles` assigns."""
    try:
        (assignment,) = ast.parse(_tagged(notebook, "profiles")).body
        return {name: dict(values) for name, values in ast.literal_eval(assignment.value).items()}
    except (SyntaxError, ValueError, TypeError, AttributeError):
        raise ValueError("profiles cell: expected `profiles = {name: {parameter: literal}}`") from None


def converted(parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Given values in their declared types, each within its rule, as `Parameter.value` reads them.

    Raises ValueError for an unknown name, a wrong type or a value out of range. Schedule texts are checked
    by `check_schedules`, when the number of steps is known.
    """
    for name in given:
        if name not in parameters:
            raise Refused(unknown("parameter", name, parameters))
    return {name: parameters[name].value(value) for name, value in given.items()}


def settle(profile: str, profiles: Mapping[str, Mapping], **values) -> dict[str, object]:
    """The values to use: those given, and the profile's where a value is 0 or empty.

    Raises ValueError for an unknown profile, and for a schedule text that does not fit `steps`.

    >>> settle("quick", {"quick": {"steps": 30, "n_seeds": 6}}, steps=0, n_seeds=8)
    {'profile': 'quick', 'steps': 30, 'n_seeds': 8}
    """
    if profile not in profiles:
        raise Refused(unknown("profile", profile, profiles))
    chosen = {name: values.get(name) or value for name, value in profiles[profile].items()}
    settled = {"profile": profile, **values, **chosen}
    check_schedules(settled.get("schedules", []), settled.get("steps", 0))
    return settled


def check_schedules(texts: list[str], steps: int) -> None:
    """Raise ValueError for the first text that is no schedule of `steps` steps, or is there twice."""
    seen = {}
    for text in texts:
        try:
            schedule = parse_for(text, steps)
        except ValueError as error:
            raise Refused(str(error), "schedules") from None
        if schedule in seen:
            raise Refused(f"{text!r} and {seen[schedule]!r} are the same; once is enough", "schedules")
        seen[schedule] = text


def _tagged(notebook: Mapping, tag: str) -> str:
    for cell in notebook["cells"]:
        if tag in cell["metadata"].get("tags", ()):
            return cell["source"]
    raise ValueError(f"the notebook has no cell tagged {tag!r}")


def _plain(given):
    """Arrays, NumPy numbers, tuples and ranges as plain numbers and lists."""
    given = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(given, list | tuple | range):
        return [item.item() if hasattr(item, "item") else item for item in given]
    return given
