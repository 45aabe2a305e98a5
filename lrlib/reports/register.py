"""The register of claims as one HTML page that needs no network: a table to sort, with small pictures."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

from IPython.display import Markdown

from lrlib import data
from lrlib.evidence import claims, verdicts
from lrlib.reports import pages
from lrlib.rules import Refused, unknown

WIDTH, HEIGHT, EDGE = 180, 34, 8  # of a picture, in pixels


def write(file: str | Path) -> Path:
    """Write the page of all claims to a file; returns its path. OSError where it cannot be written."""
    file = Path(file).expanduser()
    content = page()
    file.parent.mkdir(parents=True, exist_ok=True)
    data.written(file, lambda part: part.write_text(content, encoding="utf-8"))
    return file


def page() -> str:
    """The page as a string."""
    found = [claims.judged(name) for name in claims.register()]
    rows = [{"found": each, "picture": picture(each), "kept": _kept(each)} for each in found]
    shown = {"counts": claims.counts(), "by_chance": claims.misses(), "order": verdicts.VERDICTS}
    return pages.page("register/index.html.j2", rows=rows, **shown)


def table(part: str) -> Markdown:
    """The claims of a part of the register as a table for a notebook that lies in notebooks/evidence.

    Raises ValueError for a part that is not there.
    """
    parts = {claim.part for claim in claims.register().values()}
    if part not in parts:
        raise Refused(unknown("part", part, sorted(parts)))
    rows = ["| claim | usually quoted | what the measurement supports | verdict |", "|---|---|---|---|"]
    for found in map(claims.judged, claims.register()):
        claim, verdict = found.claim, found.verdict
        if claim.part == part:
            name = f"[{claim.id}]({claim.notebook}.ipynb)" if claim.notebook else claim.id
            said = f"{claim.statement} *{claim.paper}* ({name})"
            known = f" *Known beforehand:* {claim.protocol.known}" if claim.protocol.known else ""
            judged = f"**{verdict.word.lower()}**: {verdict.why}"
            cells = said, f"\u201c{claim.quoted}\u201d", found.sentence + known, judged
            rows.append(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in cells)} |")
    return Markdown("\n".join(rows))


def picture(found: verdicts.Judged) -> dict | None:
    """What is drawn of a claim, in pixels: where it is claimed, no effect, the interval, the value.

    None where nothing was measured or something is not finite.
    """
    protocol, measured = found.claim.protocol, found.measured
    if measured is None or not all(map(math.isfinite, (measured.low, measured.high))):
        return None
    beyond = protocol.test in ("above", "below")
    margin = 0.0 if beyond else protocol.margin
    marks = [measured.low, measured.high, protocol.claimed - margin, protocol.claimed + margin]
    marks += [protocol.null] if protocol.test != "equal" else []
    low, high = min(marks), max(marks)
    span = (high - low) or abs(high) or 1.0
    low, high = low - 0.15 * span, high + 0.15 * span

    def x(value: float) -> float:
        return round(EDGE + (value - low) / (high - low) * (WIDTH - 2 * EDGE), 1)

    start = low if protocol.test == "below" else protocol.claimed - margin
    stop = high if protocol.test == "above" else protocol.claimed + margin
    return {
        "claimed": (x(start), x(stop)),
        "null": x(protocol.null) if protocol.test != "equal" else None,
        "interval": (x(measured.low), x(measured.high)),
        "value": x(measured.value),
        "width": WIDTH,
        "height": HEIGHT,
        "said": f"Measured {found.figures}; claimed {verdicts.region(protocol)}.",
    }


def _kept(found: verdicts.Judged) -> dict:
    """What stands in the fold of a claim: the protocol, and what the measurement was computed from."""
    protocol = {
        name: _said(value) for name, value in asdict(found.claim.protocol).items() if value not in ("", {})
    }
    if found.measured is None:
        return {"protocol": protocol, "sources": {}, "command": ""}
    stored = json.loads((claims.MEASURED / f"{found.claim.id}.json").read_text(encoding="utf-8"))
    return {"protocol": protocol, "sources": stored["sources"], "command": stored["command"]}


def _said(value) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in value.items())
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
