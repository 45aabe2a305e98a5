"""The report `claim` in words and a picture: what was measured now, what is stored, what that supports."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from lrlib import plot
from lrlib.evidence import verdicts
from lrlib.evidence.verdicts import Judged, Measured
from lrlib.reports.claim import Again

PARTS = 12  # rows of the picture at most, beside the value
REACH = 5  # how many times as far as the value parts may lie to be drawn with it


def said(found: Again) -> tuple[str, ...]:
    """The answer, sentence by sentence, the verdict first."""
    lines = [f"{found.verdict.word}: {found.verdict.why}.", _now(found)]
    if found.fault and not found.claim.protocol.unreachable:
        lines.append(f"{found.fault[:1].upper()}{found.fault[1:]}.")
    if found.faults:
        lines.append(f"Not as it was: {'; '.join(found.faults)}. Nothing was overwritten.")
    lines += [f"Trained again: {_runs(found)}."] if found.retrained else []
    return (*lines, _second(found))


def _now(found: Again) -> str:
    if found.found is None:
        kept = "what is stored is shown" if found.stored else "there is nothing to show"
        if found.claim.protocol.unreachable:
            return "It cannot be measured here, and the reason is the verdict."
        return f"Not measured now, {kept}: {found.why}."
    now = Judged(found.claim, found.found).figures
    if found.agrees is None:
        return f"Measured now: {now}."
    if found.agrees:
        near = f", within the {found.within:g} that another processor may differ by" if found.within else ""
        return f"Measured now, and the same as what is stored{near}: {now}."
    stored = Judged(found.claim, found.stored)
    return (
        f"Measured now: {now}. What is stored is another number, {stored.figures} ({stored.verdict.word}), "
        "and was left as it is."
    )


def _runs(found: Again) -> str:
    parts = []
    for name, each in found.retrained.items():
        off = f", the furthest by {each.furthest:.1g} of its loss" if each.same < each.runs else ""
        parts.append(f"{name}, {each.same} of {each.runs} runs end as stored{off}")
    return "; ".join(parts)


def _second(found: Again) -> str:
    way, unit = found.way, f" {found.claim.protocol.unit}".rstrip()
    if way.value is None:
        return f"The second way was not taken: {way.why}."
    off = abs(way.value - found.found.value)
    near = "agrees" if off <= way.within else "DOES NOT AGREE"
    allowed = f"{way.within:.2g}{unit} are allowed between them"
    return f"A second, independent way {near}: {way.value:.3g}{unit}; {allowed}."


def markdown(text: str) -> str:
    """Plain text as Markdown that shows every character of it."""
    return re.sub(r"([\\`*_{}\[\]<>|$#~])", r"\\\1", text)


def answer(found: Again) -> str:
    """The first screen, in Markdown."""
    claim, (first, *more) = found.claim, map(markdown, said(found))
    status = "" if claim.status in claim.number else f" ({claim.status})"
    source = markdown(f"{claim.paper}: {claim.number}{status}")
    quoted = f"Usually quoted: \u201c{markdown(claim.quoted)}\u201d"
    supported = f"What is supported: {markdown(found.judged.sentence)}"
    lines = [f"**{first}**", "", f"> {markdown(claim.statement)}", ">", f"> {source}", ""]
    return "\n".join([*lines, *(f"- {line}" for line in (quoted, supported, *more))])


def picture(found: Again) -> plot.Picture | None:
    """Measured now, stored, and the parts, over where it is claimed; None where there is nothing to draw."""
    protocol, rows = found.claim.protocol, {}
    rows |= {"measured now": found.found.numbers} if found.found else {}
    rows |= {"stored": found.stored.numbers} if found.stored else {}
    rows = {name: numbers for name, numbers in rows.items() if np.isfinite(numbers).all()}
    if not rows:
        return None
    rows |= _parts(found.shown, [*rows.values(), (protocol.claimed, protocol.null, protocol.claimed)])
    ends = np.array([*rows.values(), (protocol.claimed,) * 3])
    beyond = {"above": (protocol.claimed, max(ends.max(), protocol.claimed)),
              "below": (min(ends.min(), protocol.claimed), protocol.claimed)}  # fmt: skip
    band = beyond.get(protocol.test, (protocol.claimed - protocol.margin, protocol.claimed + protocol.margin))
    unit = f" ({protocol.unit})" if protocol.unit else ""
    title = f"{found.verdict.word.capitalize()}: claimed {verdicts.region(protocol)}"
    null = protocol.claimed if protocol.test == "equal" else protocol.null
    return plot.intervals(rows, title, xlabel=f"measured{unit}", line=null, claimed=band)


def _parts(shown: Measured, drawn: list) -> dict:
    """What the value is made of, where that is on its scale."""
    parts = {name: tuple(numbers) for name, numbers in [*shown.parts.items()][:PARTS]}
    low, high = np.min(drawn), np.max(drawn)
    reach = REACH * (high - low)
    near = all(low - reach <= each <= high + reach for numbers in parts.values() for each in numbers)
    return parts if near else {}


def protocol(found: Again) -> str:
    """How the claim is tested, fixed before it was measured: a line of Markdown a key."""
    rows = {key: value for key, value in asdict(found.claim.protocol).items() if value not in ("", {}, ())}
    return "\n".join(f"- **{key}**: {markdown(_said(value))}" for key, value in rows.items())


def _said(value) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in value.items())
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def results(found: Again) -> dict:
    """For results.json."""
    both = {"measured now": found.found, "stored": found.stored}
    return {
        "claim": found.claim.id,
        "verdict": found.verdict.word,
        "why": found.verdict.why,
        **{name: _numbers(each) for name, each in both.items()},
        "agrees": found.agrees,
        "second way": found.way.value,
        "faults": list(found.faults),
        "trained again": {name: [each.runs, each.same] for name, each in found.retrained.items()},
    }


def _numbers(measured: Measured | None) -> dict | None:
    """A measurement as plain JSON, in which what is not finite is null."""
    if measured is None:
        return None
    named = zip(("value", "low", "high"), measured.numbers, strict=True)
    return {name: number if math.isfinite(number) else None for name, number in named} | {"n": measured.n}
