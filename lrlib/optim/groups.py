"""The numbers in the parameter groups of an optimizer: their names, bases, and what was written last."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Iterable

import numpy as np
from torch import Tensor

from lrlib.optim.hooks import innermost
from lrlib.rules import NotNegative, Refused, Rule, each, rule_of, shown

RATES = each(rule_of(NotNegative).convert, least=1)
MULTIPLIED_BY = {  # entries of a group by which trainers multiply: timm, Megatron, DINOv2, mmengine
    "lr": ("lr_scale", "lr_mult", "lr_multiplier"),
    "weight_decay": ("wd_scale", "wd_mult", "wd_multiplier", "decay_mult"),
}
SAME = 1e-6  # relative: a float32 tensor holds the same rate as the float that it was made from


def refuse_multiplied(groups: list[dict], name: str) -> None:
    """ValueError for a group with a multiplier of a hyper-parameter, which nobody would read here."""
    for i, group in enumerate(groups):
        for key in MULTIPLIED_BY.get(name, ()):
            if group.get(key, 1) != 1:
                raise Refused(
                    f"parameter group {i} has {key} = {shown(group[key])}, which nobody reads here: write "
                    f'group["{name}"] *= group.pop("{key}"), or only pop it where {name} has it already'
                )


def last_set(optimizer) -> dict[str, tuple[list[dict], list[float], dict[int, Tensor]]]:
    """What schedulers of lrlib wrote last, by name: into which groups, which values, in which own tensors.

    Kept with the optimizer, but in none of its states; loading one makes other groups.
    """
    return innermost(optimizer).__dict__.setdefault("_last_set", {})


def last_written(sets: dict, name: str, groups: list[dict]) -> tuple[list[float], dict[int, Tensor]]:
    """The values of a name that were written last, and the own tensors; none where into other groups."""
    into, values, own = sets.get(name, (None, [], {}))
    return (values, own) if into is groups else ([], {})


def noted_bases(optimizer, name: str, fresh: bool = False) -> list[float]:
    """The bases of a hyper-parameter, one a group, noted in the groups as `initial_<name>`.

    A base that was noted before is kept, as torch keeps it, unless the value was changed by hand since it was
    last written here and the scheduler is a fresh one.
    """
    written, _ = last_written(last_set(optimizer), name, optimizer.param_groups)
    initial = f"initial_{name}"
    for i, group in enumerate(optimizer.param_groups):
        value = read(group, name)
        by_hand = fresh and not same([value], written[i : i + 1])
        group[initial] = value if by_hand else float(group.get(initial, value))
    return [group[initial] for group in optimizer.param_groups]


def bases_of(name: str) -> Rule:
    """The rule for the bases of a hyper-parameter: a rate is not negative, another may be."""
    if name == "lr":
        return Rule("a list of finite numbers >= 0, one a group", RATES)
    return Rule("a list of finite numbers, one a group", each(rule_of(float).convert, least=1))


def one_each(parameter: str, given, groups: list[dict]) -> tuple[float, ...]:
    """One number >= 0 a group, from so many of them or from one for all; ValueError for anything else."""

    def convert(given) -> tuple[float, ...]:
        found = RATES(given if np.ndim(given) else [given] * len(groups))
        if len(found) != len(groups):
            raise ValueError
        return found

    return Rule(f"a number >= 0, or {len(groups)} of them, one a group", convert).checked(parameter, given)


@functools.cache
def place(name: str) -> tuple[str, int | None]:
    """The key in a parameter group and the position in the tuple there: ("betas", 0) for "betas[0]"."""
    key, _, index = name.rstrip("]").partition("[")
    return key, int(index) if index else None


def at(group: dict, key: str, index: int | None):
    """What a group holds at a place."""
    return group[key] if index is None else group[key][index]


def read(group: dict, name: str) -> float:
    """The value of a hyper-parameter in a group."""
    return float(at(group, *place(name)))


def names(group: dict) -> list[str]:
    """The names of all numbers in a parameter group."""
    named = {key: value for key, value in group.items() if key != "params" and not key.startswith("initial_")}
    for key, value in list(named.items()):
        if isinstance(value, tuple | list):
            named |= {f"{key}[{i}]": each for i, each in enumerate(value)}
    return [name for name, value in named.items() if _is_number(value)]


def _is_number(value) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1 and value.is_floating_point()
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def same(some: Iterable[float], others: Iterable[float]) -> bool:
    """Whether two lists of numbers agree as far as both go."""
    return all(math.isclose(a, b, rel_tol=SAME) for a, b in zip(some, others, strict=False))
