"""What was found, in one computed sentence; what else might have come out is folded beneath."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lrlib import stats
from lrlib.rules import Refused, unknown

WORDS = {"better": "lower", "worse": "higher"}


@dataclass(frozen=True)
class Finding:
    """A sentence, the reading that belongs to it, and those of other outcomes. Shows itself as Markdown."""

    sentence: str
    reading: str
    others: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Found here: {self.sentence} {self.reading}".rstrip()

    def _repr_markdown_(self) -> str:
        said = f"**Found here:** {self.sentence} {self.reading}".rstrip()
        if not self.others:
            return said
        folded = "\n".join(f"- *{verdict}*: {reading}" for verdict, reading in self.others.items())
        summary = "<details><summary>Had it come out otherwise</summary>"
        return f"{said}\n\n{summary}\n\n{folded}\n\n</details>"


def found(results, readings: Mapping[str, str] | None = None, *, about: str | Sequence[str] = (),
          reference: str | None = None, right: Mapping[str, np.ndarray] | None = None,
          unit: str = "nats") -> Finding:  # fmt: skip
    """Say what a comparison found: the means, each paired difference with its interval, and what it means.

    results: as for `stats.ranking`, whose corrected verdicts decide the words.
    about: the setting that the sentence is about, or several; by default all that are not the reference.
    Verdicts are corrected for all that is compared, whatever it is about.
    readings: verdict -> what that would mean; the reading of the verdict on the first of `about` is shown.
    Those of the other verdicts are folded beneath.
    right: name -> share of held-out examples that are right, (n,), shown beside the losses; results that have
    it need not be given it.
    The reference has no verdict, and no reading is shown for it.
    Raises ValueError as `stats.ranking` does, and where a reading for the verdict is missing.

    >>> linear = np.array([0.31, 0.33, 0.30, 0.35, 0.32, 0.33])
    >>> constant = linear + [0.10, 0.11, 0.12, 0.10, 0.09, 0.11]
    >>> losses = {"linear": linear, "constant": constant}
    >>> found(losses, {"better": "So noise was left."}, reference="constant").sentence
    'linear ends 0.105 nats lower [0.094, 0.116] than constant (0.323 against 0.428).'
    """
    table = stats.ranking(results, reference)
    if right:
        table["right"] = {name: np.mean(right[name]) for name in table.index}
    (base,) = table.index[table["verdict"] == "reference"]
    others = [name for name in table.index if name != base]
    about = [about] if isinstance(about, str) else list(about) or others or [base]
    if strange := [name for name in about if name not in table.index]:
        raise Refused(unknown("about", strange[0], others), "found")
    verdict, readings = table.loc[about[0], "verdict"], dict(readings or {})
    if readings and verdict not in (*readings, "reference"):
        raise Refused(f"readings must say what {verdict!r} means, got {list(readings)}", "found")
    reading = readings.pop(verdict, "")
    told = [name for name in about if name != base] or others
    said = [_against(table.loc[name], table.loc[base], unit) for name in told]
    return Finding("; ".join(said or [f"{base} alone"]) + ".", reading, readings)


def together(judged: Mapping[str, stats.Losses], reference: str, label: str = "") -> stats.Losses:
    """One setting of each of several experiments with the same seeds, with the errors of their peaks.

    judged: name -> what `losses()` of a judged sweep gives. label: the setting to take of each; by default
    the one with the name of its experiment. ValueError where an experiment has none of that label.

    >>> one, two = ({"linear": np.array([0.3, 0.4]) + more} for more in (0, 1))
    >>> together({"SGD": stats.Losses(one), "Adam": stats.Losses(two)}, "SGD", "linear")
    {'SGD': array([0.3, 0.4]), 'Adam': array([1.3, 1.4])}
    """
    named = {name: label or name for name in judged}
    for name, losses in judged.items():
        if named[name] not in losses:
            raise Refused(unknown(f"setting of {name}", named[name], losses), "together")
    parts = (
        judged,
        *({name: getattr(of, part) for name, of in judged.items()} for part in ("excess", "right")),
    )
    taken = ({n: of[named[n]] for n, of in part.items() if named[n] in of} for part in parts)
    return stats.Losses(*taken, reference=reference)


def _against(one: pd.Series, base: pd.Series, unit: str) -> str:
    """How one setting compares with the reference: both rows of a ranking."""
    low, high, size = one["ci_low"], one["ci_high"], one["difference"]
    digits = max(2 - _magnitude((high - low) / 2), 1 - _magnitude(min(abs(low), abs(high))), 0)
    this, that = stats.quoted(one.name), stats.quoted(base.name)
    means = f"{one['loss']:.{digits}f} against {base['loss']:.{digits}f}"
    if "right" in one:
        means += f"; {100 * one['right']:.1f} against {100 * base['right']:.1f} % right"
    if one["verdict"] not in WORDS:
        interval = f"{size:+.{digits}f} {unit} [{low:.{digits}f}, {high:.{digits}f}]"
        return f"{this} cannot be told from {that}: {interval} ({means})"
    low, high = sorted((abs(low), abs(high)))
    interval = f"{abs(size):.{digits}f} {unit} {WORDS[one['verdict']]} [{low:.{digits}f}, {high:.{digits}f}]"
    return f"{this} ends {interval} than {that} ({means})"


def _magnitude(number: float) -> int:
    """The digits that a number has before its point; below 0, the zeros after it. So that none reads as 0."""
    return math.ceil(math.log10(number)) if number else 2
