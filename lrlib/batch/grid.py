"""A grid of reports: what a YAML file of the form that `lrlib.batch.FORM` shows asks for, checked."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import yaml
from yaml.resolver import BaseResolver as Tags

from lrlib import reports
from lrlib.reports.budget import Cost
from lrlib.reports.given import mapping
from lrlib.rules import Refused, saying, unknown

PARTS = ("report", "parameters", "grid", "sets")
MOST = 10_000  # reports of a grid
VALUES = 100_000  # in a file, with those that an alias repeats
DEEPEST = 5  # of lists within lists
READABLE, OF_VALUE = 60, 24  # characters of a folder's name that are for people, and of one value in it
DIGITS = 12  # of a digest in hex
TAGS = {
    yaml.ScalarNode: Tags.DEFAULT_SCALAR_TAG,
    yaml.SequenceNode: Tags.DEFAULT_SEQUENCE_TAG,
    yaml.MappingNode: Tags.DEFAULT_MAPPING_TAG,
}


@dataclass(frozen=True)
class Job:
    """A report to be run, in a folder of its own.

    given: its parameters, in their declared types. files: those that they name. cost: of what is trained at
    most, where that is known. how: parameters that change no result, such as one process for each report.
    """

    report: str
    given: dict[str, object] = field(hash=False)
    files: tuple[str, ...] = ()
    cost: Cost | None = field(default=None, compare=False)
    how: dict[str, object] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> str:
        """What people can read, of safe characters and a bounded length, and a digest that tells apart.

        >>> Job("shootout", {"task": "../<b>", "base_lrs": [0.1], "steps": 50}).folder
        'shootout-steps=50-task=b-base_lrs=0.1-6b19c456b3df'
        """
        known = json.dumps([self.report, self.given], sort_keys=True)
        digest = hashlib.sha256(known.encode()).hexdigest()[:DIGITS]
        values = sorted(self.given.items(), key=lambda item: (isinstance(item[1], list), item[0]))
        shown = (f"{name}={_short(value)}" for name, value in values)
        return f"{'-'.join([self.report, *shown])[:READABLE].rstrip('-=.')}-{digest}"

    @property
    def said(self) -> str:
        """In one line, as an error names it.

        >>> Job("shootout", {"task": "digits", "steps": 50}).said
        "shootout with steps=50, task='digits'"
        """
        given = ", ".join(f"{name}={value!r:.80}" for name, value in sorted(self.given.items()))
        return f"{self.report} with {given}" if given else self.report


def read(path: str) -> list[Job]:
    """Every report of a grid, each with parameters that are known to be right.

    A set goes before what all reports have. Raises ValueError, in one line that names the combination, for
    what cannot be read, has another form, asks for the same report twice, or is refused by a report.
    """
    with saying(path):
        found = {}
        for report, given in _combinations(_parts(path)):
            tried = Job(report, given)
            try:
                job = _job(reports.asked(report, given))
            except Refused as error:
                raise Refused(f"{tried.said}: {error}") from None
            if found.setdefault(job.folder, job) is not job:
                raise Refused(f"{tried.said} is asked for twice; once is enough")
        return list(found.values())


def _job(asked: reports.Asked) -> Job:
    alone = {"workers": 1} if "workers" in asked.settled and "workers" not in asked.values else {}
    cost = asked.cost and replace(asked.cost, workers=1)
    return Job(asked.name, asked.values, asked.files, cost, alone)


def _parts(path: str) -> dict:
    """What a file says, in the form that it must have, as texts, lists and mappings."""
    said = _plain(mapping(path), itertools.count())
    for name in said:
        if name not in PARTS:
            raise Refused(unknown("part", name, PARTS))
    return _formed(said)


def _formed(given: dict) -> dict:
    named, same, grid = given.get("report", []), given.get("parameters", {}), given.get("grid", {})
    sets = given.get("sets", [{}])
    named = [named] if isinstance(named, str) else named
    _expect(_texts(named), "report must be a name, or a list of names")
    _expect(isinstance(same, dict), "parameters must be a mapping: `name: value`")
    _expect(isinstance(grid, dict), "grid must be a mapping: `name: [value, value]`")
    for name, values in grid.items():
        _expect(values and isinstance(values, list), f"grid: {name} must be a list of one or more values; "
                "a value that all reports share stands under `parameters`")  # fmt: skip
        _expect(name not in same, f"{name} stands under both `parameters` and `grid`")
    _expect(sets and isinstance(sets, list) and all(isinstance(each, dict) for each in sets),
            "sets must be a list of mappings: `- {name: value}`")  # fmt: skip
    for each in sets:
        twice, own = ", ".join(sorted({*each} & {*grid})), isinstance(each.get("report"), str)
        _expect(not twice, f"{twice} stands under both `sets` and `grid`")
        _expect(named or own, f"which report? (there are: {', '.join(reports.names())})")
        _expect(not (named and "report" in each), "report stands both at the top and under `sets`")
    return {"report": named, "parameters": same, "grid": grid, "sets": sets}


def _expect(formed: object, what: str) -> None:
    if not formed:
        raise Refused(what)


def _texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _combinations(parts: Mapping) -> Iterator[tuple[str, dict]]:
    """(report, parameters) of all that is asked for, the last list of the grid running fastest."""
    grid, count = parts["grid"], 0
    for each in parts["sets"]:
        own = {name: value for name, value in each.items() if name != "report"}
        for report in parts["report"] or [each["report"]]:
            for values in itertools.product(*grid.values()):
                count += 1
                _expect(count <= MOST, f"more than {MOST} reports; ask for fewer in a grid")
                yield report, {**parts["parameters"], **own, **dict(zip(grid, values, strict=True))}


def _plain(node: yaml.Node, seen: Iterator[int], deep: int = 0) -> str | list | dict:
    """Texts, lists and mappings of a file; ValueError for what else YAML has, and for too much of it."""
    _expect(next(seen) < VALUES and deep < DEEPEST, "too many values, or nested too deeply")
    if node.tag != TAGS[type(node)]:
        raise Refused(f"line {node.start_mark.line + 1}: a value has no tag, got {node.tag[:80]!r}")
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, seen, deep + 1) for item in node.value]
    found = {}
    for key, value in node.value:
        at = f"line {key.start_mark.line + 1}"
        _expect(isinstance(key, yaml.ScalarNode), f"{at}: a name must be a text")
        _expect(key.value not in found, f"{at}: {key.value[:80]!r} is there twice")
        found[key.value] = _plain(value, seen, deep + 1)
    return found


def _name(value: object) -> str:
    """A value as text; of a whole path, its last part."""
    text = str(value)
    return text.rpartition("/")[2] or text if text.startswith("/") else text


def _short(value: object) -> str:
    """A value as a part of a file's name: letters, digits and `.`, parted by single dashes."""
    text = ",".join(map(_name, value)) if isinstance(value, list) else _name(value)
    return re.sub(r"[^A-Za-z0-9.]+|\.\.+", "-", text[:200])[:OF_VALUE].strip("-.")
