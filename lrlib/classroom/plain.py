"""Values as plain data, so that what a student's program computed can be looked at where it never ran.

Numbers, text, None, lists, tuples, sets, dicts, arrays, tensors and schedules become JSON and come back as
what they are, tensors as NumPy arrays. Whatever else it is comes back as `Other`, which equals nothing: what
it would do when compared, subtracted or printed does not.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrlib.rules import Refused
from lrlib.schedules import Schedule, parse

MOST = 200_000  # numbers and texts in one value
DEEPEST = 20
LONGEST = 10_000  # characters of a text
SIMPLE = (type(None), bool, int, float)
BITS = 1024  # of a whole number
COSTS = {"set": 100, "dict": 100, "schedule": 4}  # of a key, as hashes may collide; of a letter to parse
SEVERAL = {"list": list, "tuple": tuple, "set": frozenset}
DTYPES = {"bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
          "float16", "float32", "float64"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Other:
    """What is neither number nor text, nor made of them; its kind in words."""

    kind: str

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def encode(value, depth: int = 0):
    """A value as JSON can hold it.

    >>> decode(encode({"rates": (0.1, np.float32(2)), "of": [None, "x"]}))
    {'rates': (0.1, array(2., dtype=float32)), 'of': [None, 'x']}
    >>> decode(encode(object()))
    <object>
    """
    if depth > DEEPEST:
        return {"other": "value that holds others too deeply"}
    if type(value) in SIMPLE and not (type(value) is int and value.bit_length() > BITS):
        return value
    if isinstance(value, str):
        return str.__str__(value)[:LONGEST]
    if isinstance(value, list | tuple | set | frozenset | Mapping) and len(value) > MOST:
        return {"other": f"{type(value).__name__} of {len(value)} values"}
    for name, kind in (("list", list), ("tuple", tuple)):
        if isinstance(value, kind):
            return {name: [encode(each, depth + 1) for each in value]}
    if isinstance(value, set | frozenset):
        return {"set": [encode(_hashed(each), depth + 1) for each in value]}
    if isinstance(value, Mapping):
        of = value.items()
        return {"dict": [[encode(_hashed(key), depth + 1), encode(each, depth + 1)] for key, each in of]}
    if isinstance(value, np.ndarray) and value.size <= MOST and _is_text(value):
        return encode(value.tolist(), depth + 1)
    if isinstance(value, Schedule):
        return {"schedule": str(value)}
    return _array(value) or {"other": type(value).__name__}


def _is_text(value: np.ndarray) -> bool:
    """Whether all of it is text, as from np.where, or as in a column of a table."""
    kind = value.dtype.kind
    return kind == "U" or (kind == "O" and all(type(each) is str for each in value.flat))


def _hashed(value):
    """A key, or what a set holds: numbers of NumPy as Python's, whose hash they have."""
    return value.item() if isinstance(value, np.generic) else value


def _array(value) -> dict | None:
    """Numbers, whatever holds them, as `values.array` finds them for an answer at once."""
    try:
        held = value.detach().cpu() if hasattr(value, "detach") else value
        found = np.asarray(float(held) if isinstance(held, numbers.Rational) else held)
        found = found.astype(np.float64) if found.dtype == np.longdouble else found
    except Exception:  # whatever it is, it is no number
        return None
    if found.dtype.name not in DTYPES or found.size > MOST:
        return None
    return {"array": found.ravel().tolist(), "shape": list(found.shape), "dtype": found.dtype.name}


def decode(data):
    """The value of what `encode` made; ValueError for what it never makes, and for more than MOST values."""
    count = [0]

    def counted(more: int, depth: int = 0) -> None:
        count[0] += more
        if count[0] > MOST or depth > DEEPEST + 1:
            raise Refused("holds more than is looked at")

    def build(part, depth: int):
        counted(1, depth)
        if type(part) in SIMPLE:
            return part
        if isinstance(part, str):
            return part[:LONGEST].encode("utf-8", "replace").decode()
        kind, held = next(iter(part.items())) if isinstance(part, dict) and part else ("", None)
        if kind in COSTS and isinstance(held, list | str):
            counted(COSTS[kind] * len(held), depth)
        if kind in SEVERAL and isinstance(held, list):
            return SEVERAL[kind](build(each, depth + 1) for each in held)
        if kind == "dict" and isinstance(held, list):
            return {build(key, depth + 1): build(each, depth + 1) for key, each in held}
        if kind == "array" and part.get("dtype") in DTYPES and isinstance(held, list):
            found = np.array(held, dtype=part["dtype"]).reshape(part["shape"])
            counted(found.size + sum(found.shape))
            return found
        if kind == "schedule" and isinstance(held, str):
            found = parse(held[:LONGEST])
            counted(int(found.steps) if np.isfinite(found.steps) else 0)
            return found
        if kind == "other" and isinstance(held, str):
            return Other(held[:100])
        raise Refused("is no value that was encoded")

    try:
        return build(data, 0)
    except (TypeError, ValueError, OverflowError, KeyError, RecursionError) as error:
        raise Refused(f"a value from a student's program {error}") from None
