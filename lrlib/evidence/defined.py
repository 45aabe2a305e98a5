"""Which stored sweeps there are, and what their definitions say, unchecked; without what trains them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from lrlib.checkout import ROOT, needed
from lrlib.rules import Refused, unknown

FOLDER = ROOT / "data" / "sweeps"


def given() -> dict[str, dict]:
    """Name -> what is trained, of every definition, with what varies in place."""
    found = {}
    for path in needed(FOLDER).glob("*.toml"):
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
        varied = keys.pop("vary", {"": {}})
        found |= {f"{path.stem}/{label}".rstrip("/"): keys | own for label, own in varied.items()}
    return found


def parts(name: str, known: Iterable[str]) -> list[str]:
    """Those of a definition among the names that are known, or the one of that name, in order.

    Refused, a ValueError, for an unknown name.

    >>> parts("two", ["two/short", "one", "two/long"])
    ['two/long', 'two/short']
    """
    if found := [each for each in sorted(known) if each == name or each.startswith(f"{name}/")]:
        return found
    raise Refused(unknown("stored sweep", name, sorted(known)))
