"""Values as plain data, so that what a student's program computed can be looked at where it never ran.

Numbers, text, None, lists, tuples, dicts, arrays, tensors and schedules become JSON and come back as numbers,
text, lists, tuples, dicts, NumPy arrays and schedules. Whatever else it is comes back as `Other`: what it
would do when compared, subtracted or printed does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrlib.rules import Refused
from lrlib.schedules import Schedule, parse

MOST = 200_000  # numbers and texts in one value
DEEPEST = 20
LONGEST = 10_000  # characters of a text
SIMPLE = (type(None), bool, int, float, str)
DTYPES = {"bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
          "float16", "float32", "float64"}  # fmt: skip


@dataclass(frozen=True)
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
    if type(value) in SIMPLE:
        return value
    if type(value) in (list, tuple):
        return {type(value).__name__: [encode(each, depth + 1) for each in value]}
    if isinstance(value, Mapping):
        return {"dict": [[encode(key, depth + 1), encode(each, depth + 1)] for key, each in value.items()]}
    if isinstance(value, Schedule):
        return {"schedule": str(value)}
    return _array(value) or {"other": type(value).__name__}


def _array(value) -> dict | None:
    """Numbers that NumPy or torch hold, or a number of another kind."""
    try:
        held = value.detach().cpu().numpy() if hasattr(value, "detach") else value
        found = np.asarray(held if isinstance(held, np.ndarray | np.generic) else float(held))
    except Exception:  # whatever it is, it is no number
        return None
    if found.dtype.name not in DTYPES:
        return None
    return {"array": found.ravel().tolist(), "shape": list(found.shape), "dtype": found.dtype.name}


def decode(data):
    """The value of what `encode` made; ValueError for what it never makes, and for more than MOST values."""
    count = [0]

    def build(part, depth: int):
        count[0] += 1
        if count[0] > MOST or depth > DEEPEST + 1:
            raise Refused("holds more than is looked at")
        if type(part) in SIMPLE:
            return part[:LONGEST] if isinstance(part, str) else part
        if not isinstance(part, dict) or not part:
            raise Refused("is no value that was encoded")
        kind, held = next(iter(part.items()))
        if kind in ("list", "tuple") and isinstance(held, list):
            return (list if kind == "list" else tuple)(build(each, depth + 1) for each in held)
        if kind == "dict" and isinstance(held, list):
            return {_key(build(key, depth + 1)): build(each, depth + 1) for key, each in held}
        if kind == "array" and part.get("dtype") in DTYPES and isinstance(held, list):
            count[0] += len(held)
            return np.array(held, dtype=part["dtype"]).reshape(part["shape"])
        if kind == "schedule" and isinstance(held, str):
            return parse(held)
        if kind == "other" and isinstance(held, str):
            return Other(held[:100])
        raise Refused("is no value that was encoded")

    try:
        return build(data, 0)
    except (TypeError, ValueError, OverflowError, KeyError, RecursionError) as error:
        raise Refused(f"a value from a student's program {error}") from None


def _key(key):
    return tuple(key) if isinstance(key, list) else key
