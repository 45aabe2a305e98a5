"""What a measurement says about a published claim: the protocol fixed before it, and the verdict after it.

One function, `verdict`, decides; no page types what it says.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np

from lrlib.rules import Refused, refused, unknown

FEWEST = 6
TESTS = ("number", "above", "below", "equal")
REPRODUCED, DIRECTION, NOT_REPRODUCED, CANNOT_TELL = VERDICTS = (
    *("REPRODUCED", "DIRECTION ONLY", "NOT REPRODUCED", "CANNOT TELL"),
)
SAME = 1e-6  # how close a measurement made again must be, relative to its interval or to itself


@dataclass(frozen=True)
class Protocol:
    """How a claim is tested; fixed before it is measured.

    data: what it is measured on: names of DATA, `sweep:NAME` for a stored sweep, `exact` for closed forms.
    model: what was trained, or which equations. statistic: what the measured number is, as the subject of a
    sentence. unit: of the number, "" for none.
    test: "number" (the value is claimed -+ margin, and on its side of null), "above" or "below" (beyond
    claimed, null being no effect, and less than the margin beyond it no effect worth the name), or "equal"
    (claimed -+ margin, either side). level: of the interval.
    regime: quantity -> [low, high], where the paper claims it; {} for anywhere.
    unreachable: why it cannot be measured here, "" where it can. notes: what else was fixed. known: what
    whoever wrote the protocol had already seen of the outcome, "" for nothing.
    """

    data: tuple[str, ...]
    model: str
    statistic: str
    test: str
    claimed: float
    margin: float
    unit: str = ""
    null: float = 0.0
    level: float = 0.95
    regime: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unreachable: str = ""
    notes: str = ""
    known: str = ""

    def __post_init__(self):
        if self.test not in TESTS:
            raise Refused(unknown("test", self.test, TESTS))
        if self.test == "number" and not 0 < self.margin < abs(self.claimed - self.null):
            raise refused("margin", f"above 0 and below the claimed effect, {self.claimed} - {self.null}",
                          self.margin)  # fmt: skip
        if self.test == "equal" and not self.margin > 0:
            raise refused("margin", "above 0", self.margin)
        side = {"above": 1, "below": -1}.get(self.test, 0)
        if side * (self.claimed - self.null) < 0 or self.margin < 0:
            raise refused(
                "null", f"not {self.test} the claimed {self.claimed}, with a margin >= 0", self.null
            )

    @property
    def was_known(self) -> bool:
        """Whether anything of the outcome, or of what is like it, had been seen."""
        return not re.match("(nothing|$)", self.known)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything above, the first 16 digits."""
        said = json.dumps(asdict(self), sort_keys=True, default=list)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Claim:
    """An entry of the register.

    part: of the register. statement: what is claimed, in our words. quoted: as it is usually repeated.
    paper: who, where. number: what is claimed in figures and where it stands, as in "0.77 % (abstract)".
    status: "checked" against the paper or its code, or "reported elsewhere". notebook: where it is measured,
    below notebooks/evidence, "" for nowhere.
    """

    id: str
    part: str
    statement: str
    quoted: str
    paper: str
    number: str
    status: str
    protocol: Protocol
    notebook: str = ""

    @classmethod
    def of(cls, entry: Mapping) -> Claim:
        """From an entry of the YAML file; ValueError, naming the claim, for what cannot be."""
        try:
            given = dict(entry["protocol"])
            given["data"] = tuple(given["data"])
            if None in given:
                raise Refused('write the key "null" with quotes: without them YAML takes it for nothing')
            return cls(**{**entry, "protocol": Protocol(**given)})
        except (TypeError, KeyError, Refused) as error:
            raise Refused(f"claim {entry.get('id')!r}: {error}") from None


@dataclass(frozen=True)
class Measured:
    """What was measured for a claim, in the unit of its protocol.

    low, high: interval at the protocol's level; both equal to value where there is no chance in it.
    n: pairs, runs or seeds behind it, None where there is no chance in it. regime: quantity -> [low, high],
    what the measurement covers. parts: label -> (value, low, high), of what makes up the value.
    """

    value: float
    low: float
    high: float
    n: int | None = None
    regime: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    parts: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    def __post_init__(self):
        if not self.low <= self.value <= self.high:
            raise refused("low, value, high", "in rising order", (self.low, self.value, self.high))

    @classmethod
    def exact(cls, value: float, **more) -> Measured:
        """A value without chance: a closed form, or a count."""
        return cls(float(value), float(value), float(value), **more)

    @classmethod
    def of(cls, found, scale: float = 1.0, **more) -> Measured:
        """From what has value or mean, low, high and n, such as `stats.compare` gives, times `scale` > 0."""
        value = found.value if hasattr(found, "value") else found.mean
        return cls(scale * value, scale * found.low, scale * found.high, found.n, **more)

    @classmethod
    def mean(cls, values, **more) -> Measured:
        """The mean of some values, shape (n,), n >= 2, with the interval of `stats.interval`."""
        from lrlib import stats  # takes a second, and a verdict needs none of it

        low, high, _ = stats.interval(values)
        return cls(float(np.mean(values)), low, high, len(values), **more)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """value, low, high: as a part of another measurement, or a row of `plot.intervals`."""
        return self.value, self.low, self.high

    def agrees(self, other: Measured, within: float = 0.0) -> bool:
        """Whether two are the same measurement, to rounding, or `within` so much, in its unit."""
        scale = max(abs(self.value), self.high - self.low)
        if not math.isfinite(scale):
            scale = abs(self.value)
        ours, theirs = ([m.value, m.low, m.high] for m in (self, other))
        return self.n == other.n and np.allclose(ours, theirs, rtol=SAME, atol=max(SAME * scale, within))


@dataclass(frozen=True)
class Verdict:
    """One of VERDICTS, and why, in words."""

    word: str
    why: str

    def __str__(self) -> str:
        return f"{self.word}: {self.why}"


def verdict(protocol: Protocol, measured: Measured | None) -> Verdict:
    """What a measurement says about a claim; the only place where this is decided.

    REPRODUCED: the whole interval is where the claim puts the value. DIRECTION ONLY: it is on the claimed
    side of no effect, and not wholly where it is claimed. NOT REPRODUCED: it holds no claimed value, or no
    effect worth the name, and is not on the claimed side. CANNOT TELL: anything else, fewer than 6 runs,
    another regime than the claim's, and what cannot be measured here.

    >>> dozen = Protocol(("exact",), "", "gain", "number", claimed=1.0, margin=0.3, unit="%")
    >>> [verdict(dozen, Measured(1.0, low, 1.2)).word for low in (0.9, 0.2, -0.2)]
    ['REPRODUCED', 'DIRECTION ONLY', 'CANNOT TELL']
    >>> verdict(dozen, Measured(0.1, -0.1, 0.3)).word
    'NOT REPRODUCED'
    """
    if protocol.unreachable:
        return Verdict(CANNOT_TELL, protocol.unreachable)
    if measured is None:
        return Verdict(CANNOT_TELL, "it is not measured yet")
    if measured.n is not None and measured.n < FEWEST:
        return Verdict(CANNOT_TELL, f"{measured.n} runs are fewer than {FEWEST}")
    for name, (low, high) in protocol.regime.items():
        least, most = measured.regime.get(name, (math.nan, math.nan))
        if not (least <= high and low <= most):
            here = f"measured at {_range(least, most)}" if least == least else "which was not recorded"
            return Verdict(CANNOT_TELL, f"claimed for {name} {_range(low, high)}, {here}")
    inside, beside, apart = _placed(protocol, measured)
    it, where = "the value" if measured.n is None else "the whole interval", region(protocol)
    if inside:
        return Verdict(REPRODUCED, f"{it} is {where}")
    if beside:
        return Verdict(DIRECTION, f"{it} is on the claimed side of {protocol.null:g}, but not {where}")
    if apart:
        none = "the value is not" if measured.n is None else "no part of the interval is"
        return Verdict(NOT_REPRODUCED, f"{none} {region(protocol, protocol.margin)}")
    return Verdict(CANNOT_TELL, f"the interval holds values that are {where} and values that are not")


def _placed(protocol: Protocol, measured: Measured) -> tuple[bool, bool, bool]:
    """Whether an interval lies where claimed, on the claimed side of null, and apart from what is claimed."""
    low, high = measured.low, measured.high
    claimed, margin, null = protocol.claimed, protocol.margin, protocol.null
    if protocol.test == "below":  # mirrored
        low, high, claimed, null = -high, -low, -claimed, -null
    if protocol.test in ("above", "below"):
        return low > claimed, low > null, high < claimed + margin
    inside = claimed - margin <= low and high <= claimed + margin
    apart = high < claimed - margin or claimed + margin < low
    if protocol.test == "equal":
        return inside, False, apart
    return inside, (low > null if claimed > null else high < null), apart


def region(protocol: Protocol, margin: float = 0.0) -> str:
    """Where a claim puts the number, in words; `margin` further out where it is a bound."""
    unit = f" {protocol.unit}" if protocol.unit else ""
    if protocol.test in ("above", "below"):
        edge = protocol.claimed + (margin if protocol.test == "above" else -margin)
        return f"{protocol.test} {edge:g}{unit}"
    return f"within {protocol.margin:g} of {protocol.claimed:g}{unit}"


def _range(low: float, high: float) -> str:
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"


@dataclass(frozen=True)
class Judged:
    """A claim with its measurement and verdict. note: how the measurement came about."""

    claim: Claim
    measured: Measured | None
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        return verdict(self.claim.protocol, self.measured)

    @property
    def sentence(self) -> str:
        """What the measurement supports, in one sentence."""
        protocol, found = self.claim.protocol, self.measured
        if found is None:
            return f"Nothing was measured here: {self.verdict.why}."
        over = "".join(f", {name} {_range(*reach)}" for name, reach in found.regime.items())
        subject = protocol.statistic[:1].upper() + protocol.statistic[1:]
        return f"{subject} is {self.figures}{over}."

    @property
    def figures(self) -> str:
        """The measured number with its interval and unit."""
        found, unit = self.measured, self.claim.protocol.unit
        said = _short(found.value)
        if found.n is not None:
            said += f" [{_short(found.low)}, {_short(found.high)}]"
        return said + (f" {unit}" if unit else "") + (f", n = {found.n}" if found.n is not None else "")

    @property
    def described(self) -> str:
        """All of it, for the command line: source, protocol, measurement, verdict."""
        protocol = self.claim.protocol
        lines = [repr(self), "", f"said as   {self.claim.quoted}", f"paper     {self.claim.paper}",
                 f"          {self.claim.status}"]  # fmt: skip
        lines += [f"{name:9} {value}" for name, value in asdict(protocol).items() if value not in ("", {})]
        return "\n".join(lines)

    def __repr__(self) -> str:
        lines = [f"{self.claim.id}: {self.claim.statement}", f"claimed   {self.claim.number}",
                 f"measured  {self.sentence}", f"verdict   {self.verdict}"]  # fmt: skip
        return "\n".join(lines + ([f"({self.note})"] if self.note else []))


def _short(x: float) -> str:
    return f"{x:.3g}" if abs(x) < 1000 else f"{x:.0f}"
