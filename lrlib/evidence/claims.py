"""The register of published claims: what is said, how it is tested, and what was measured.

`data/claims.yaml` holds statements, sources and protocols, written by hand before anything is measured.
`python -m lrlib claims ID --measure` runs the function that `measures` registers for a claim and writes
`data/measured/ID.json`: the measurement, the digest of the protocol that it answers, the files that it was
computed from with their checksums, and the command. Verdicts are stored nowhere: `verdicts.verdict` computes
them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import yaml

from lrlib import data
from lrlib.checkout import ROOT, needed
from lrlib.evidence.verdicts import VERDICTS, Claim, Judged, Measured, Protocol
from lrlib.rules import Refused, unknown

REGISTER = ROOT / "data" / "claims.yaml"
MEASURED = ROOT / "data" / "measured"


@cache
def register() -> dict[str, Claim]:
    """The claims of `data/claims.yaml` by id, in its order. ValueError for one that cannot be."""
    return read(needed(REGISTER).read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Claim]:
    """The claims in the text of a register."""
    parts = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    found: dict[str, Claim] = {}
    for part, entries in parts.items():
        for claim in (Claim.of({**entry, "part": part}) for entry in entries or ()):
            if claim.id in found:
                raise Refused(f"two claims are called {claim.id!r}")
            found[claim.id] = claim
    return found


def get(name: str) -> Claim:
    """The claim of that id; ValueError for another."""
    if name not in register():
        raise Refused(unknown("claim", name, register(), "python -m lrlib claims lists them"))
    return register()[name]


@dataclass(frozen=True)
class Measurer:
    """The function that measures a claim.

    minutes: how long it takes on two cores, 0 for seconds. within: how far, in the claim's unit, another
    processor may come out, where runs magnify rounding.
    """

    function: Callable[[], Measured]
    minutes: float = 0
    within: float = 0.0


_MEASURERS: dict[str, Measurer] = {}


def measures(name: str, minutes: float = 0, within: float = 0.0):
    """Decorator of the function, without arguments, that measures a claim as its protocol says."""

    def add(function):
        if name in _MEASURERS:
            raise Refused(f"claim {name!r} has two functions that measure it")
        _MEASURERS[name] = Measurer(function, minutes, within)
        return function

    return add


@cache
def measurers() -> Mapping[str, Measurer]:
    """id -> how it is measured: all that the modules of `lrlib.evidence.measures` register."""
    from lrlib.evidence import measures as package

    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return _MEASURERS


def measure(name: str) -> Judged:
    """Measure a claim now and judge it.

    The note says whether this is what is stored. What takes minutes is not measured again, and where the data
    cannot be had it cannot be: what is stored stands in and is marked as stored.
    Raises ValueError for a claim without a function that measures it.
    """
    claim, kept, measurer = get(name), stored(name), measurer_of(name)
    if measurer.minutes and kept is not None:
        again = f"python -m lrlib claims {name} --measure, about {measurer.minutes:g} min"
        return Judged(claim, kept, f"stored; to measure it again: {again}")
    try:
        found = measurer.function()
    except data.Unavailable as error:
        if kept is None:
            raise
        return Judged(claim, kept, f"stored, not computed here: {error}")
    if kept is None:
        return Judged(claim, found, "nothing is stored yet")
    note = "as stored" if kept.agrees(found, measurer.within) else f"stored is {Judged(claim, kept).sentence}"
    return Judged(claim, found, note)


class NotAtHand(data.Unavailable):
    """Ends a notebook whose data cannot be had; in Jupyter it prints nothing more."""

    def _render_traceback_(self) -> list[str]:
        return []


def at_hand(*names: str) -> None:
    """Go on where all files that some claims are measured on can be had; they are downloaded where missing.

    Where one cannot, a line says so, what is stored of the claims is shown, marked as stored, and `NotAtHand`
    ends the notebook. ValueError for an unknown claim.
    """
    prefixes = {DATA[each] for name in names for each in get(name).protocol.data if each in DATA}
    try:
        for prefix in sorted(prefixes):
            for path in data.paths(prefix):
                data.fetch(path)
    except data.Unavailable as error:
        print(f"The runs cannot be had here, so what is stored is shown, and nothing is computed: {error}\n")
        print(
            "\n\n".join(repr(Judged(get(name), stored(name), "stored, not computed here")) for name in names)
        )
        raise NotAtHand("nothing more is computed here") from None


def measurer_of(name: str) -> Measurer:
    """How a claim is measured; ValueError for one that nothing measures."""
    if get(name).id not in measurers():
        raise Refused(f"claim {name!r} has no function that measures it")
    return measurers()[name]


def counts() -> dict[str, int]:
    """How many claims of the register have each verdict."""
    words = [judged(name).verdict.word for name in register()]
    return {word: words.count(word) for word in VERDICTS}


def misses() -> float:
    """How many intervals of the register may be expected to miss by chance, each at its own level."""
    found = [judged(name) for name in register()]
    return sum(1 - each.claim.protocol.level for each in found if each.measured and each.measured.n)


def judged(name: str) -> Judged:
    """A claim with its stored measurement, if there is one."""
    return Judged(get(name), stored(name))


def stored(name: str) -> Measured | None:
    """The stored measurement of a claim, None where there is none.

    Raises ValueError where the protocol has changed since: an old measurement says nothing about a new one.
    """
    file = MEASURED / f"{name}.json"
    if not file.exists():
        return None
    kept, claim = json.loads(file.read_text(encoding="utf-8")), get(name)
    if kept["protocol"] != claim.protocol.digest:
        raise Refused(f"claim {name!r}: its protocol is not the one that {file.name} was measured by; "
                      f"measure it again: python -m lrlib claims {name} --measure")  # fmt: skip
    return Measured(**kept["measured"])


def write(name: str):
    """Measure a claim and store it; the file that was written."""
    claim, found = get(name), measurer_of(name).function()
    kept = {
        "claim": name,
        "protocol": claim.protocol.digest,
        "measured": asdict(found),
        "sources": sources(claim.protocol),
        "command": f"python -m lrlib claims {name} --measure",
    }
    file = MEASURED / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    text = json.dumps(kept, indent=1) + "\n"
    data.written(file, lambda part: part.write_text(text, encoding="utf-8"))
    return file


DATA = {  # by name in a protocol: what its files start with in the registry, or where they lie in data/
    "multipowerlaw": "multipowerlaw/loss_curve_repo/",
    "lr-scheduling": "lr-scheduling/data/",
    "olmo-ladder": "OLMo/scripts/scaling/data/",
    "tinyshakespeare": "char-rnn/",
    "mnist": "mnist/",
}
SHIPPED = {
    "speedrun": "speedrun/",
    "importance": "importance/",
}  # extracts in data/, with their origin beside them


def sources(protocol: Protocol) -> dict[str, str]:
    """What a measurement is computed from, with checksums: `PATH (N files)` -> SHA-256 of their list."""
    from lrlib.evidence import sweeps  # imports torch

    found = {}
    for name in protocol.data:
        if name.startswith("sweep:"):
            for part in sweeps.parts(name.removeprefix("sweep:")):
                found[f"data/sweeps/{part}.parquet"] = sweeps.checksum(part)
        elif name in DATA:
            rows = [data.store().entries[path] for path in sorted(data.paths(DATA[name]))]
            listed = "".join(f"{row.sha256}  {row.path}\n" for row in rows)
            found[f"{DATA[name]} ({len(rows)} files)"] = hashlib.sha256(listed.encode()).hexdigest()
        elif name in SHIPPED:
            for file in sorted((ROOT / "data" / SHIPPED[name]).iterdir()):
                found[f"data/{SHIPPED[name]}{file.name}"] = hashlib.sha256(file.read_bytes()).hexdigest()
        elif name not in ("exact", "digits"):
            raise Refused(unknown("data", name, [*DATA, *SHIPPED, "exact", "digits", "sweep:NAME"]))
    return found
