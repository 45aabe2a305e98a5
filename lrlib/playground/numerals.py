"""The numbers that stand in a schedule text, each with a range in which a slider may move it."""

from __future__ import annotations

import ast
import inspect

from lrlib.schedules.core import NAMES
from lrlib.schedules.presets import PRESETS

SHARES = ("value", "_fraction", "min_factor", "ratio", "start", "end", "low", "high", "middle")


def numerals(text: str, steps: int) -> list[dict]:
    """Where the numbers of a text that was read are, and what they are: one dict a number, in their order.

    at, until: its place among the characters of `text`. value; low, high: a range to move it in;
    whole: whether it counts; label: the name of its parameter, and whose it is.

    >>> for number in numerals("linear(0, 1, 30) >> constant(1, T - 40)", 600):
    ...     print(number["label"], number["value"], number["low"], number["high"])
    linear: start 0 0 1
    linear: end 1 0 2
    linear: steps 30 1 600
    constant: value 1 0 2
    constant: steps, T minus 40 1 600
    """
    tree = ast.parse(text.strip(), mode="eval").body
    shift, found = len(text) - len(text.lstrip()), []
    _walk(tree, "factor", steps, found)
    coded = text.strip().encode()
    for each in found:
        each["at"], each["until"] = (shift + len(coded[: each[k]].decode()) for k in ("at", "until"))
    return sorted(found, key=lambda each: each["at"])


def _walk(node: ast.expr, label: str, steps: int, found: list[dict]) -> None:
    match node:
        case ast.Call():
            for name, value in arguments(node):
                _walk(value, f"{ast.unparse(node.func)}: {name}", steps, found)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) | ast.Constant(value=value):
            if type(value) in (int, float):
                value = -value if isinstance(node, ast.UnaryOp) else value
                place = {"at": node.col_offset, "until": node.end_col_offset}
                found.append({**place, "value": value, "label": label, **_range(value, label, steps)})
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for i, item in enumerate(items, start=1):
                _walk(item, f"{label} {i}", steps, found)
        case ast.BinOp(left=left, op=op, right=right):
            sides = _sides(left, op, right, label)
            for side, said in zip((left, right), sides, strict=True):
                _walk(side, said, steps, found)
        case ast.UnaryOp(operand=operand):
            _walk(operand, label, steps, found)


def _sides(left: ast.expr, op: ast.operator, right: ast.expr, label: str) -> tuple[str, str]:
    """What a number beside T is: a part of it, or what is taken from it."""
    if isinstance(op, ast.Mult) and isinstance(right, ast.Name):
        return f"{label}, part of T", label
    if isinstance(op, ast.Mult) and isinstance(left, ast.Name):
        return label, f"{label}, part of T"
    if isinstance(op, ast.Div):
        return label, f"{label}, divided by"
    if isinstance(left, ast.Name) and isinstance(op, ast.Sub):
        return label, f"{label}, T minus"
    return label, label


def arguments(call: ast.Call) -> list[tuple[str, ast.expr]]:
    """The arguments of a call of a schedule, with the names of its parameters."""
    name = ast.unparse(call.func)
    parameters = list(inspect.signature(NAMES.get(name) or PRESETS[name]).parameters)
    return [*zip(parameters, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]


def _range(value: float, label: str, steps: int) -> dict:
    """From where to where a slider moves it: parts of a run, steps of a run, shares, or twice the number."""
    name = label.rsplit(": ", 1)[-1]
    whole = isinstance(value, int) and not any(word in name for word in SHARES) and label != "factor"
    if "part of T" in name or name.endswith("_fraction"):
        low, high, whole = 0, max(1, value), False
    elif whole and ("step" in name or "cycle" in name or "milestones" in name or abs(value) > 20):
        low, high = min(value, 1), max(steps, value)
    elif whole:
        low, high = min(value, 1), max(2 * value, 10)
    elif 0 <= value <= 1:
        low, high = 0, 1 if value < 1 else 2
    else:
        low, high = sorted((0, 2 * value))
    return {"low": low, "high": high, "whole": whole}
