"""What a report is asked: read, completed and checked before anything runs.

A report NAME is a notebook, notebooks/reports/NAME.ipynb. What single parameters cannot see is in the module
lrlib/reports/NAME.py, where it is needed: `check(settled)` raises `Refused` in one sentence, as for a task
that does not exist or a log that cannot be read, and `cost(settled)` is the `budget.Cost` of what is trained
at most, or None. `settled` maps every parameter of the notebook to the value that is used.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from lrlib.checkout import ROOT, needed
from lrlib.reports import budget, parameters
from lrlib.reports.kinds import KINDS
from lrlib.reports.loading import quickly
from lrlib.rules import Refused, check, is_a, unknown

FOLDER = ROOT / "notebooks" / "reports"

Given = is_a(Mapping, "parameter -> value")


@dataclass(frozen=True)
class Asked:
    """A report with parameters that are known to be right.

    notebook: its template. values: those that were given, in their declared types, files as absolute paths.
    settled: all of them as they will be used. cost: of what is trained at most, None where the report does
    not say. files: those that parameters name. example: the parameters that could name the files to read,
    where none does.
    """

    name: str
    notebook: dict
    values: dict[str, object]
    settled: dict[str, object]
    cost: budget.Cost | None
    files: tuple[str, ...] = ()
    example: tuple[str, ...] = ()


def names() -> list[str]:
    """The reports there are.

    >>> "shootout" in names()
    True
    """
    return sorted(path.stem for path in needed(FOLDER).glob("*.ipynb"))


def template(name: str) -> dict:
    """The notebook of a report, with the source of each cell as one text; it is validated when it runs."""
    if name not in names():
        raise Refused(unknown("report", name, names()))
    try:
        notebook = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
        if notebook["nbformat"] != 4:
            raise ValueError(f"nbformat 4 is expected, got {notebook['nbformat']}")
        for cell in notebook["cells"]:
            cell |= {"source": "".join(cell["source"]), "metadata": dict(cell["metadata"])}
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise unreadable(name, error) from None
    return notebook


def unreadable(name: str, error: Exception) -> Refused:
    """What says that the notebook of a report is none."""
    return Refused(f"{name}.ipynb cannot be read as a notebook ({type(error).__name__}: {error})")


def asked(name: str, given: Mapping[str, object], loaded: Callable[[], object] = lambda: None) -> Asked:
    """A report with the given parameters; ValueError, in one line, for whatever cannot be run.

    given: parameter -> value, text, or list, tuple or array of either; a schedule stands for its text.
    loaded: is called when what checks and costs need is imported, and before they compute anything.
    """
    notebook, given = template(name), check("given", Given, given)
    known = parameters.declared(notebook)
    values = parameters.converted(known, given)
    everything = {**{p.name: p.default for p in known.values()}, **values}
    for each in values:
        if known[each].only_for not in ("", everything.get("task")):
            raise Refused(f"{each} is for the task {known[each].only_for} only, not {everything['task']}")
    settled = parameters.settle(everything.pop("profile"), parameters.profiles(notebook), **everything)
    with quickly():
        of = _module(name)
    loaded()
    if hasattr(of, "check"):
        of.check(settled)
    cost = of.cost(settled) if hasattr(of, "cost") else None
    if cost is not None:
        cost.refuse(settled.get("most_updates"))
    files = tuple(file for p in known.values() for file in p.files(settled[p.name]))
    empty = tuple(p.name for p in known.values() if p.kind and p.kind.is_file and not files)
    return Asked(name, notebook, values, settled, cost, files, empty)


def checked(name: str, given: Mapping[str, object]) -> dict[str, object]:
    """Given parameters in their declared types, complete with their consequences checked.

    Raises ValueError, in one line, for an unknown report or parameter, a wrong type, a value out of range or
    a schedule that does not fit the steps.

    >>> checked("shootout", {"steps": "1e2", "base_lrs": (0.1, 0.2, 0.4)})
    {'steps': 100, 'base_lrs': [0.1, 0.2, 0.4]}
    """
    return asked(name, given).values


def cost(name: str, given: Mapping[str, object]) -> str:
    """What a report will train at most, in one line; empty where it does not say."""
    found = asked(name, given).cost
    return "" if found is None else found.said


def describe(name: str) -> str:
    """What a report can be told: each parameter with type, allowed values, default and meaning; its profiles.

    >>> print(describe("shootout").split("\\n\\n")[1])
      profile: str = 'quick'
          how much to run: one of quick, standard, full
          allowed: one of quick, standard, full
    """
    notebook = template(name)
    lines = [f"parameters of the report {name!r}, given as -p NAME VALUE:", ""]
    for p in parameters.declared(notebook).values():
        lines += [
            f"  {p.name}: {p.type} = {p.default!r}",
            f"      {p.help}",
            f"      allowed: {p.allowed}",
            *_named(p),
            "",
        ]
    lines += ["profiles:", ""]
    for profile, values in parameters.profiles(notebook).items():
        lines += [f"  {profile}", *(f"      {key} = {value!r}" for key, value in values.items())]
        lines += [*_costs(name, profile), ""]
    return "\n".join(lines)


def _named(parameter: parameters.Parameter) -> list[str]:
    """The tasks that have names, each with its options, where a parameter may be one."""
    if parameter.kind is not KINDS["a task"]:
        return []
    from lrlib.tasks import TASKS  # imports torch

    options = {name: ", ".join(inspect.signature(task).parameters) for name, task in TASKS.items()}
    return ["      names, with their options:", *(f"        {name}({o})" for name, o in options.items())]


def _costs(name: str, profile: str) -> list[str]:
    """What a profile costs here, as it is; nothing where it cannot be run without another parameter."""
    try:
        found = asked(name, {"profile": profile}).cost
    except ValueError:
        return []
    return [f"      {found.said}"] if found else []


def _module(name: str) -> ModuleType | None:
    """The module of a report, where it has one."""
    full = f"lrlib.reports.{name}"
    return import_module(full) if name.isidentifier() and find_spec(full) else None
