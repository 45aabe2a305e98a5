"""What the report `claim` calls: an entry of the register, measured again, beside what is stored.

Nothing here writes to `data/`: what is stored stays as it is, also where it turns out to be something else.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from lrlib import data
from lrlib.checkout import ROOT
from lrlib.evidence import claims, sweeps
from lrlib.evidence.verdicts import Claim, Judged, Measured, Verdict
from lrlib.reports import budget

QUICK, FULL = "quick", "full"
WAYS = "tests.evidence.ways"  # of a checkout: for every measured claim a second, independent route
SAME = 1e-9  # how close to its stored loss, as a share of it, a run that is trained again counts as the same
MEASURE = """
import json, sys
from dataclasses import asdict
from lrlib.evidence import claims
print(json.dumps(asdict(claims.measurer_of(sys.argv[1]).function())))
"""


def check(settled: Mapping[str, object]) -> None:
    """Refused, with the nearest id, for a claim that is none."""
    claims.get(settled["claim"])


def cost(settled: Mapping[str, object]) -> budget.Cost | None:
    """What the profile full trains again, in runs of its longest sweep; None where that is nothing."""
    names = trained_again(claims.get(settled["claim"])) if settled["profile"] == FULL else ()
    each = [budget.of_sweep(sweeps.definition(name)) for name in names]
    if not each:
        return None
    longest = max(steps for _, steps in each)
    return budget.Cost(math.ceil(sum(runs * steps for runs, steps in each) / longest), longest)


def trained_again(claim: Claim) -> tuple[str, ...]:
    """The stored sweeps that a claim is measured on."""
    of = [name.removeprefix("sweep:") for name in claim.protocol.data if name.startswith("sweep:")]
    return tuple(part for name in of for part in sweeps.parts(name))


@dataclass(frozen=True)
class Way:
    """A second, independent route to the number. value: None where it was not taken, and why; within: how far
    it may be from the measured one, in the claim's unit.
    """

    value: float | None
    within: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Retrained:
    """A sweep that was trained again. same: runs that end at the stored loss; furthest: the largest relative
    deviation of another that did not diverge.
    """

    runs: int
    same: int
    furthest: float


@dataclass(frozen=True, eq=False)
class Again:
    """A claim, measured again.

    stored: None where `fault` says why not. found: what was measured now, None where `why` says why not.
    within: how far another processor may come out. faults: what is wrong with what lies in data.
    """

    claim: Claim
    stored: Measured | None
    fault: str
    found: Measured | None
    why: str
    within: float
    way: Way
    faults: tuple[str, ...] = ()
    retrained: Mapping[str, Retrained] = field(default_factory=dict)

    @property
    def shown(self) -> Measured | None:
        """What the verdict is about: measured now, else stored."""
        return self.found or self.stored

    @property
    def judged(self) -> Judged:
        return Judged(self.claim, self.shown)

    @property
    def verdict(self) -> Verdict:
        return self.judged.verdict

    @cached_property
    def agrees(self) -> bool | None:
        """Whether what was measured now is what is stored; None where one of them is missing."""
        if self.found is None or self.stored is None:
            return None
        return self.stored.agrees(self.found, self.within)


def again(settled: Mapping[str, object], out: Path | None = None) -> Again:
    """Measure a claim as far as the profile goes: quick what takes seconds, standard what takes minutes too,
    full from sweeps that are trained again.

    out: a folder for these, to go on from where one like it was stopped. Raises ValueError for no claim.
    """
    claim, profile = claims.get(settled["claim"]), settled["profile"]
    stored, fault = _stored(claim)
    if claim.protocol.unreachable:
        nothing = Way(None, why="nothing can be measured here")
        return Again(claim, stored, fault, None, claim.protocol.unreachable, 0.0, nothing)
    measurer, retrained = claims.measurer_of(claim.id), {}
    found, why = None, f"it takes about {measurer.minutes:g} min: -p profile standard measures it"
    try:
        if profile == FULL and trained_again(claim):
            with TemporaryDirectory() as spare:
                found, retrained = _from_new_runs(claim, Path(out or spare), settled["workers"])
        elif profile != QUICK or not measurer.minutes:
            found = measurer.function()
    except data.Unavailable as error:
        why = f"its data is not here: {error}"
    except ValueError as error:
        if profile == FULL:
            raise
        why = f"what it is measured on is not as it was stored: {error}"
    way = second_way(claim.id, profile) if found is not None else Way(None, why="nothing was measured now")
    why = "" if found else why
    return Again(claim, stored, fault, found, why, measurer.within, way, _faults(claim), retrained)


def _stored(claim: Claim) -> tuple[Measured | None, str]:
    """What is stored, and why it is not."""
    try:
        found = claims.stored(claim.id)
    except ValueError as error:  # also what is no JSON
        return None, f"what is stored cannot be used: {error}"
    except (KeyError, TypeError, AttributeError, OSError) as error:
        return None, f"what is stored cannot be read: {claim.id}.json, {type(error).__name__}"
    return found, "" if found else "nothing is stored"


def _faults(claim: Claim) -> tuple[str, ...]:
    """What lies in data and is not what the stored measurement was made from, or is in no commit."""
    file, found = claims.MEASURED / f"{claim.id}.json", []
    try:
        recorded = json.loads(file.read_text(encoding="utf-8"))["sources"]
        found += [f"{name} is not the one it was stored from" for name, digest in claims.sources(
            claim.protocol).items() if recorded.get(name) != digest]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        pass
    if _changed(file):
        found.append(f"{file.name} has changes that are in no commit")
    return tuple(found)


def _changed(file: Path) -> bool:
    """Whether a file differs from the commit; False where nobody can say."""
    command = ["git", "-C", str(ROOT), "diff", "--quiet", "HEAD", "--", str(file)]
    try:
        return subprocess.run(command, capture_output=True, timeout=10).returncode == 1
    except (OSError, subprocess.SubprocessError):
        return False


def second_way(name: str, profile: str) -> Way:
    """The number by the second way of the tests, which takes none of the code that measures the claim."""
    if not (ROOT / WAYS.replace(".", "/")).is_dir():
        return Way(None, why="it needs the tests of a checkout")
    sys.path.insert(0, str(ROOT))
    try:
        way = import_module(WAYS).every()[name]
        if way.long and profile == QUICK:
            return Way(None, way.within, "it takes minutes: -p profile standard takes it")
        return Way(float(way.function()), way.within)
    except (data.Unavailable, ImportError, ValueError) as error:
        return Way(None, why=f"it could not be taken: {error}")
    finally:
        sys.path.remove(str(ROOT))


def _from_new_runs(claim: Claim, folder: Path, workers: int) -> tuple[Measured, dict[str, Retrained]]:
    """Train the sweeps of a claim again, in `folder`, and measure it on them in a process of its own."""
    names = trained_again(claim)
    for name in names:
        if not (folder / f"{name}.parquet").exists():
            sweeps.write(name, workers, folder)
    given = {**os.environ, sweeps.VARIABLE: str(folder)}
    command = [sys.executable, "-c", MEASURE, claim.id]
    done = subprocess.run(command, env=given, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it stopped"]
        raise RuntimeError(f"measuring {claim.id} on runs that were trained again: {last[0]}")
    return Measured(**json.loads(done.stdout)), {name: _compared(name, folder) for name in names}


def _compared(name: str, folder: Path) -> Retrained:
    """Runs that were trained again, against the stored ones."""
    new, old = (pd.read_parquet(place / f"{name}.parquet") for place in (folder, sweeps.FOLDER))
    ends = [np.array([losses[-1] for losses in table.heldout_loss]) for table in (new, old)]
    if len(new) != len(old):
        return Retrained(len(new), 0, math.inf)
    calm = ~(new.diverged | old.diverged).to_numpy()
    off = np.abs(ends[0] - ends[1])[calm] / np.abs(ends[1])[calm]
    same = int((off <= SAME).sum() + (new.diverged & old.diverged).sum())
    return Retrained(len(new), same, float(off.max(initial=0.0)))
