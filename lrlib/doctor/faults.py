"""Whether a log is what was intended; if not, since when, by how much, and which known fault explains it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrlib import rules
from lrlib.doctor.groups import together
from lrlib.doctor.log import Log
from lrlib.doctor.single import Diagnosis, diagnosed
from lrlib.rules import Refused
from lrlib.schedules import Schedule, parse

ONE_ROW = "give base_lr: a log of one row is as planned at some base rate, whatever was planned"
HINTS = ("processes", "accumulation", "epoch_steps", "steps", "finished")


def diagnose(log: Log, intended: Schedule | str | Sequence, base_lr=None, **hints) -> Diagnosis:
    """Whether the rates of `log` are `intended`, a schedule or its text, or one for each group.

    base_lr: the base rate of the first group, or of each; None where it is not known, and then taken from the
    log. Other groups keep their ratio to the first where nothing else is said. hints: processes,
    accumulation, epoch_steps, which name a cause; steps, the T of a text; finished, whether the run is over.
    Raises ValueError for what is no log, schedule, rate or hint.

    >>> from lrlib.schedules import cosine
    >>> log = Log(range(100), 0.1 * cosine(1, 0, 100)(4 * np.arange(100)))
    >>> found = diagnose(log, cosine(1, 0, 100), base_lr=0.1)
    >>> found.fault, found.since
    ('too-fast', 1)
    """
    with rules.saying("diagnose"):
        plans, bases, hints = _given(log, intended, base_lr, hints)
        if base_lr is None and len(log) == 1:
            raise Refused(ONE_ROW)
    each = []
    for group in range(len(log.groups)):
        base = bases[group] if group < len(bases) else None
        each.append(diagnosed(log, group, plans[group % len(plans)], base, hints))
    return each[0] if len(each) == 1 else together(log, plans, bases, each)


def _given(log, intended, base_lr, hints):
    if not isinstance(log, Log):
        raise Refused(f"log must be a Log, as doctor.read gives, got {rules.shown(log)}")
    if wrong := set(hints) - set(HINTS):
        raise Refused(rules.unknown("hint", min(wrong), HINTS))
    hints = {name: value for name, value in hints.items() if value}
    several = intended if isinstance(intended, list | tuple) else [intended]
    plans = [parse(p, T=hints.get("steps")) if isinstance(p, str) else p for p in several]
    if not plans or not all(isinstance(p, Schedule) for p in plans):
        raise Refused(
            f"intended must be a schedule or its text, or one for each group, got {rules.shown(intended)}"
        )
    bases = [] if base_lr is None else np.atleast_1d(np.asarray(base_lr, float)).tolist()
    if any(not base > 0 or base == np.inf for base in bases):
        raise rules.refused("base_lr", "a rate > 0, or one for each group", base_lr)
    return plans, bases, hints
