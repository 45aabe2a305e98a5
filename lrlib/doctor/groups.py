"""Several parameter groups: what is off in one of them, and what is off between them."""

from __future__ import annotations

import dataclasses

import numpy as np

from lrlib.doctor import fixes
from lrlib.doctor.log import Log
from lrlib.doctor.single import STOPPED, Diagnosis, diagnosed


def together(log: Log, plans: list, bases: list, each: list[Diagnosis]) -> Diagnosis:
    """The diagnosis of the group that is off, with what the others say of it."""
    off = [d for d in each if d.fault]
    if not off:
        return _right(log, each)
    worst = min(off, key=lambda d: (d.fault == "unknown", -d.largest))
    said, traps, fault = worst.sentence, worst.traps, worst.fault
    mend, code = worst.mend, worst.code
    k = log.groups.index(worst.group)
    if (other := _of_another(log, k, plans, bases)) is not None:
        said = (
            f"Group {worst.group!r} uses the rates that were planned for {other!r}: the two share "
            "one tensor, or one entry."
        )
        traps, fault = ("shared-tensor", *traps), "group-of-another"
        mend, code = 'Give each group a rate of its own: "lr": rate.clone().', fixes.EVERY_GROUP
    elif len(off) < len(each) and len(plans) == 1:
        said = f"Group {worst.group!r} was left behind, the others are as planned. {said}"
        traps = (*traps, "plateau-apart")
    elif len(each) > 1:
        said = f"Group {worst.group!r}: {said}"
    made = {"sentence": said, "fault": fault, "traps": traps, "mend": mend, "code": code}
    return dataclasses.replace(worst, **made, groups=tuple(each))


def _right(log: Log, each: list[Diagnosis]) -> Diagnosis:
    """All groups are as planned; a log that ends early, just after a group appeared, says why."""
    late, first = _joined_late(log), each[0]
    if late is None or "the log ends" not in first.sentence:
        return dataclasses.replace(first, groups=tuple(each), group="")
    said = f"{first.sentence.rstrip('.')}; group {late!r} appeared just before."
    why = {"sentence": said, "traps": ("late-group",), "mend": STOPPED, "since": int(log.steps[-1]) + 1}
    return dataclasses.replace(first, fault="stops-early", groups=tuple(each), **why)


def _of_another(log: Log, group: int, plans: list, bases: list) -> str | None:
    """The name of the group whose plan this one follows."""
    if len(plans) < 2 and len(bases) < 2:
        return None
    for k in range(len(log.groups)):
        if k != group and k < max(len(plans), len(bases)):
            base = bases[k] if k < len(bases) else (bases[0] if bases else None)
            if diagnosed(log, group, plans[k % len(plans)], base, {}).fault is None:
                return log.groups[k]
    return None


def _joined_late(log: Log) -> str | None:
    """The name of a group that is there in the last two rows only, of which the log has more."""
    there = ~np.isnan(log.rates)
    for k, name in enumerate(log.groups):
        if not there[: max(len(log) - 2, 1), k].any() and there[-1, k]:
            return name
    return None
