"""What a schedule text is about, so that a page can lead to the lessons on it."""

from __future__ import annotations

import ast
import contextlib

from lrlib.playground.numerals import arguments

WARMUP, COOLDOWN, PRESET, HORIZON = "warmup", "cooldown", "preset", "horizon"


def subjects(text: str, is_cut_off: bool = False) -> list[str]:
    """The names that a text which was read calls, each once and in its order.

    A curve from a number to a larger one is a "warmup", one to a smaller one right after a constant a
    "cooldown", a schedule of another library a "preset". Where the run ends before it, that is a "horizon".

    >>> subjects("linear(0, 1, 30) >> constant(1, T - 50) >> cosine(1, 0, 20)")
    ['warmup', 'constant', 'cooldown']
    """
    source = text.strip()
    calls = [node for node in ast.walk(ast.parse(source, mode="eval")) if isinstance(node, ast.Call)]
    found, before, end = [], "", 0
    for call in sorted(calls, key=lambda each: each.col_offset):
        follows = before == "constant" and source.encode()[end : call.col_offset].strip() == b">>"
        found.append(_subject(call, follows))
        before, end = ast.unparse(call.func), call.end_col_offset
    return [*dict.fromkeys(found), *[HORIZON] * is_cut_off]


def _subject(call: ast.Call, follows_constant: bool) -> str:
    if isinstance(call.func, ast.Attribute):
        return PRESET
    ends = dict(arguments(call))
    with contextlib.suppress(ValueError, KeyError):  # no curve from a number to a number
        start, end = (ast.literal_eval(ends[name]) for name in ("start", "end"))
        if start < end:
            return WARMUP
        if start > end and follows_constant:
            return COOLDOWN
    return call.func.id
