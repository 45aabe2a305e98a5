"""The catalogue: every shape, recipe and well-known composition, with its origin, formula and an example."""

import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from lrlib.schedules.core import NAMES, TYPES, Schedule
from lrlib.schedules.text import parse

__all__ = ["Entry", "catalogue"]


@dataclass(frozen=True)
class Entry:
    """One schedule of the catalogue.

    name: the name in a text, or in words what a composition is called.
    family: the group it belongs to.
    rows: its places in the numbered list of the field's schedules.
    origin: where it comes from and when people use it.
    formula: lr(t) / base_lr in LaTeX.
    example: a text in which T is the number of steps; its length is T or inf.
    source: the paper, or the library where there is none.

    >>> entry = next(entry for entry in catalogue() if entry.name == "PowerCool")
    >>> entry.how, entry.family, entry.source
    ('composition', 'stable and decay', 'modded-nanogpt, pull request 287')
    """

    name: str
    family: str
    rows: tuple[str, ...]
    origin: str
    formula: str
    example: str
    source: str

    @property
    def how(self) -> str:
        """How it exists: "shape" (a formula), "operator", "recipe" (a named composition) or "composition"."""
        if self.family == "operators":
            return "operator"
        if self.name in TYPES:
            return "shape"
        return "recipe" if self.name in NAMES else "composition"

    def schedule(self, total_steps: int = 600) -> Schedule:
        """The example with T = `total_steps`; ValueError where that is too short for it."""
        return parse(self.example, T=total_steps)


@functools.cache
def catalogue() -> tuple[Entry, ...]:
    """All entries, family by family; every registered shape and recipe is among them.

    >>> entry = next(entry for entry in catalogue() if entry.name == "wsd")
    >>> entry.how, entry.schedule(100)
    ('recipe', linear(0, 1, 5) >> constant(steps=75) >> linear(1, 0, 20))
    """
    data = tomllib.loads(files("lrlib.schedules").joinpath("catalogue.toml").read_text("utf-8"))
    return tuple(
        Entry(family=family.replace("-", " "), **{**entry, "rows": tuple(map(str, entry["rows"]))})
        for family, entries in data.items()
        for entry in entries
    )
