"""Text form: `parse("linear(0, 1, 30) >> cosine(1, 0, T - 30)", T=600)`.

Text allows calls of registered shapes and recipes, `>>`, `*`, parentheses, numbers, `inf`, tuples, and `T`
with `+ - *` where the caller binds it. Nothing is ever evaluated: the syntax tree is walked, and whatever is
not on that list raises ValueError.
"""

from __future__ import annotations

import ast
import inspect
import numbers
from math import inf

import numpy as np

from lrlib.rules import MOST, shown, unknown
from lrlib.schedules.core import NAMES, Schedule

__all__ = [
    "parse",
    "parse_for",
]

MAX_LENGTH = 10_000
MAX_DEPTH = 40
GRAMMAR = "allowed are shapes and recipes by name, >>, *, numbers, tuples, inf and T"


def parse(text: str, T: int | None = None) -> Schedule:
    """The schedule that `text` describes; `parse(str(s)) == s` unless s is very long or very nested.

    A text may have 10,000 characters and be nested 40 deep. `T` is the number of steps that the letter T
    stands for; a product with it, such as `0.05*T`, is rounded to a whole step. Raises ValueError for
    anything that is not a schedule in the grammar of this module.
    """
    tree = _tree(text)
    value = _Reader(T).value(tree, depth=0)
    if not isinstance(value, Schedule):
        raise ValueError(f"{_short(text)}: this is {shown(value)}, not a schedule")
    return value


def parse_for(text: str, total_steps: int) -> Schedule:
    """`parse(text, T=total_steps)` for a run of so many steps.

    Raises ValueError too for a finite schedule of any other length, and for one that overflows on the way.
    """
    schedule = parse(text, T=total_steps)
    if schedule.steps not in (inf, total_steps):
        raise ValueError(
            f"{_short(text)}: lasts {schedule.steps:g} steps, but the run has {total_steps}; "
            "write its length with T, the number of steps"
        )
    refuse_overflow(schedule, total_steps)
    return schedule


def refuse_overflow(schedule: Schedule, total_steps: int) -> None:
    """Raise ValueError where a multiplier of the first `total_steps` is no finite number."""
    with np.errstate(all="ignore"):
        values = schedule.values(total_steps)
    if not np.all(np.isfinite(values)):
        step = int(np.argmin(np.isfinite(values)))
        raise ValueError(f"{_short(str(schedule))}: at step {step} it is {values[step]}, no number")


def _tree(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise ValueError(f"a schedule text must be a string, got {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"schedule text has {len(text)} characters; at most {MAX_LENGTH} are allowed")
    if "#" in text or len(text.splitlines()) > 1:
        raise ValueError(f"{_short(text)}: a schedule text is one line, without comments")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (RecursionError, MemoryError):
        raise ValueError(f"{_short(text)}: nested too deeply") from None
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise ValueError(f"{_short(text)}: not a schedule text ({reason}); {GRAMMAR}") from None


class _Reader:
    def __init__(self, total_steps: int | None):
        self.total_steps = total_steps

    def value(self, node: ast.expr, depth: int):
        if depth > MAX_DEPTH:
            raise ValueError(f"schedule text is nested more than {MAX_DEPTH} deep")
        if isinstance(node, ast.BinOp):
            return self.chain(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        if isinstance(node, ast.Tuple):
            return tuple(self.value(item, depth + 1) for item in node.elts)
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            number = _number(self.value(node.operand, depth + 1), node)
            return -number if isinstance(node.op, ast.USub) else number
        if isinstance(node, ast.Constant):
            return _number(node.value, node)
        raise ValueError(f"{_source(node)}: not allowed in a schedule text; {GRAMMAR}")

    def chain(self, node: ast.BinOp, depth: int):
        """A left-leaning chain such as a >> b >> c, unrolled so that its length is no nesting."""
        links = []
        while isinstance(node, ast.BinOp):
            links.append(node)
            node = node.left
        value = self.value(node, depth + 1)
        of_steps = _mentions_steps(node)
        for link in reversed(links):
            of_steps = of_steps or _mentions_steps(link.right)
            value = self.combine(value, link, self.value(link.right, depth + 1), of_steps)
        return value

    def combine(self, left, node: ast.BinOp, right, of_steps: bool):
        schedules = isinstance(left, Schedule), isinstance(right, Schedule)
        if isinstance(node.op, ast.RShift) and all(schedules):
            return left >> right
        if isinstance(node.op, ast.Mult) and any(schedules):
            left, right = (x if isinstance(x, Schedule) else _number(x, node) for x in (left, right))
            return left * right
        if any(schedules) or not isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            raise ValueError(f"{_source(node)}: not allowed in a schedule text; {GRAMMAR}")
        try:
            return self.arithmetic(_number(left, node), node, _number(right, node), of_steps)
        except OverflowError:
            raise ValueError(f"{_source(node)}: too large for arithmetic") from None

    def arithmetic(self, left, node: ast.BinOp, right, of_steps: bool):
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        product = left * right
        return int(product + 0.5) if of_steps and 0 <= product < MOST else product

    def name(self, node: ast.Name):
        if node.id == "inf":
            return inf
        if node.id != "T":
            raise ValueError(unknown("name", node.id, [*NAMES, "inf", "T"]))
        if self.total_steps is None:
            raise ValueError("T stands for the number of steps, which is not known here; pass T=...")
        return self.total_steps

    def call(self, node: ast.Call, depth: int) -> Schedule:
        if not isinstance(node.func, ast.Name):
            raise ValueError(f"{_source(node)}: only shapes and recipes can be called, by name")
        if node.func.id not in NAMES:
            raise ValueError(unknown("schedule", node.func.id, NAMES))
        names = [k.arg for k in node.keywords]
        if None in names or len(set(names)) < len(names):
            raise ValueError(f"{_source(node)}: ** and repeated names are not allowed in a schedule text")
        function = NAMES[node.func.id]
        positional = [self.value(arg, depth + 1) for arg in node.args]
        named = {k.arg: self.value(k.value, depth + 1) for k in node.keywords}
        try:
            inspect.signature(function).bind(*positional, **named)
        except TypeError as error:
            wanted = ", ".join(map(str, inspect.signature(function).parameters))
            raise ValueError(f"{node.func.id}({wanted}): {error}") from None
        try:
            return function(*positional, **named)
        except TypeError as error:
            raise ValueError(f"{_source(node)}: {error}") from None


def _number(value, node: ast.expr):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"{_source(node)}: a number is expected here, got {shown(value)}")
    return value


def _mentions_steps(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == "T" for inner in ast.walk(node))


def _source(node: ast.expr) -> str:
    try:
        return _short(ast.unparse(node))
    except (ValueError, RecursionError):  # a number or a chain too long to write out
        return "a long expression"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
