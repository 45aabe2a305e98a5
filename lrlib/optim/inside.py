"""Optimizers that scale the rate of a group inside: the rate that they really used, where they say it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import nan

from lrlib.optim.hooks import innermost

Used = Callable[[float, dict], float]  # from the estimate before an update, and the group after it
Read = Callable[[list[float], list[dict]], list[float]]  # the same of all groups


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


def estimates(groups: list[dict]) -> list[float]:
    """What an optimizer that estimates its own rate will use: an update goes on to the next one inside."""
    return [nan if group.get("d") is None else float(group["d"]) for group in groups]


def inside(optimizer) -> tuple[str, Read] | None:
    """The name of an optimizer that scales the rates of its groups inside, and how to read what it used.

    One with a method `effective_rates`, as those of `lrlib.adaptive`, is asked.
    """
    if hasattr(optimizer, "effective_rates"):
        return type(optimizer).__name__, lambda estimates, groups: optimizer.effective_rates()
    for kind in type(innermost(optimizer)).__mro__:
        for name, used in SCALED.items():
            if re.fullmatch(name, kind.__name__, re.IGNORECASE):
                return kind.__name__, partial(_of_each, used)
    return None


def _of_each(used: Used, estimates: list[float], groups: list[dict]) -> list[float]:
    return [float(used(*pair)) for pair in zip(estimates, groups, strict=True)]
