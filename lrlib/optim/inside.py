"""Optimizers that scale the rate of a group inside: the rate that they really used, where they say it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import nan

from lrlib.optim.hooks import innermost

Used = Callable[[float, dict], float]  # from the estimate before an update, and the group after it


def _estimated(estimate: float, group: dict) -> float:
    return estimate * group["lr"] * group.get("layer_scale", 1) / group.get("g0_norm", 1)


def _scheduled(estimate: float, group: dict) -> float:
    return group.get("scheduled_lr", nan)


def _unsaid(keys: tuple[str, ...], estimate: float, group: dict) -> float:
    """Nothing can be read where one of these entries is set, or missing, or none is named."""
    return nan if not keys or any(group.get(key, True) for key in keys) else group["lr"]


SCALED: dict[str, Used] = {  # by the whole name of a class, a regular expression
    "prodigy.*|dadapt.*": _estimated,  # arXiv:2306.06101, arXiv:2301.07733: d, which they estimate, times lr
    ".*schedulefree.*": _scheduled,  # arXiv:2405.15682: a warm-up of their own
    "adafactor": partial(_unsaid, ("scale_parameter", "relative_step")),  # torch's has neither: it does both
    "adagrad": partial(_unsaid, ("lr_decay",)),
    "asgd": partial(_unsaid, ("lambd",)),
    ".*muon.*": partial(_unsaid, ("use_muon",)),
    ".*lamb|.*lars|lbfgs|rprop|madgrad": partial(_unsaid, ()),
}


def inside(optimizer) -> tuple[str, Used] | None:
    """The name of an optimizer that scales the rates of its groups inside, and how to read what it used."""
    for kind in type(innermost(optimizer)).__mro__:
        for name, used in SCALED.items():
            if re.fullmatch(name, kind.__name__, re.IGNORECASE):
                return kind.__name__, used
    return None
