"""Text form: `parse("linear(0, 1, 30) >> cosine(1, 0, T - 30)", T=600)`.

Text allows calls of registered shapes and recipes, calls of presets with named arguments, as in
`hf.cosine(total_steps=T)`, `>>`, `*`, `/` by a number, parentheses, numbers, `inf`, tuples and lists, and `T`
with `+ - * /` where the caller binds it. A named argument may also be a string, True or False. Nothing is
ever evaluated: the syntax tree is walked, and whatever is not on that list raises ValueError.
"""

import ast
import inspect
import numbers
import operator
import re
import unicodedata
from collections.abc import Callable
from math import inf

from lrlib.rules import MOST, Refused, Steps, check, library_of, shown, unknown
from lrlib.schedules.core import NAMES, Schedule

__all__ = ["parse", "parse_for"]

MAX_LENGTH = 10_000
MAX_DEPTH = 40
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
GRAMMAR = "allowed are shapes, recipes and presets by name, >>, *, /, numbers, tuples, inf and T"


def parse(text: str, T: int | None = None) -> Schedule:
    """The schedule that `text` describes; `parse(str(s)) == s` unless s is very long or very nested.

    A text may have 10,000 characters and be nested 40 deep. `T` is the number of steps that the letter T
    stands for; a part of it, such as `0.05*T` or `T/9`, is rounded to a whole step. Raises ValueError for
    anything that is not a schedule in the grammar of this module.

    >>> parse("linear(0, 1, T/9) >> cosine(1, 0, T - T/9)", T=600)
    linear(0, 1, 67) >> cosine(1, 0, 533)
    >>> parse("hf.linear(total_steps=T, warmup_steps=100)", T=600)
    linear(0, 1, 100) >> linear(1, 0, 500)
    """
    total_steps = None if T is None else check("T", Steps, T)
    tree = _tree(text)
    value = _Reader(text.strip(), total_steps).value(tree, depth=0)
    if not isinstance(value, Schedule):
        raise Refused(f"{_short(text)}: this is {shown(value)}, not a schedule")
    return value


def parse_for(text: str, total_steps: int) -> Schedule:
    """`parse(text, T=total_steps)` for a run of so many steps.

    Raises ValueError too for a finite schedule of any other length, and for one that overflows on the way.

    >>> parse_for("cosine(1, 0, T)", 600)
    cosine(1, 0, 600)
    >>> parse_for("cosine(1, 0, 500)", 600)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: 'cosine(1, 0, 500)': lasts 500 steps, but the run has 600; ...
    """
    schedule = parse(text, T=total_steps)
    if schedule.steps not in (inf, total_steps):
        lasts = f"lasts {schedule.steps:g} steps, but the run has {total_steps}"
        raise Refused(f"{_short(text)}: {lasts}; write its length with T, the number of steps")
    schedule.values(total_steps)
    return schedule


def _tree(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise Refused(f"a schedule text must be a string, got {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise Refused(f"schedule text has {len(text)} characters; at most {MAX_LENGTH} are allowed")
    if not text.strip():
        raise Refused("a schedule text is empty; write one, such as cosine(1, 0, T)")
    if unicodedata.normalize("NFKC", text) != text:
        first = next((f", first {c!r}" for c in text if unicodedata.normalize("NFKC", c) != c), "")
        raise Refused(f"{_short(text)}: has characters that only look like the usual ones{first}")
    if "#" in text or len(text.splitlines()) > 1:
        raise Refused(f"{_short(text)}: a schedule text is one line, without comments")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (RecursionError, MemoryError):
        raise Refused(f"{_short(text)}: nested too deeply") from None
    except (SyntaxError, ValueError) as error:
        reason = str(error.msg if isinstance(error, SyntaxError) else error).partition(" for integer")[0]
        raise Refused(f"{_short(text)}: not a schedule text ({reason}); {GRAMMAR}") from None


class _Reader:
    def __init__(self, text: str, total_steps: int | None):
        self.text, self.total_steps = text, total_steps
        self.counts_steps: set[ast.expr] = set()  # what was read and is a number of steps: T, or a part of it

    def value(self, node: ast.expr, depth: int):
        if depth > MAX_DEPTH:
            raise Refused(f"schedule text is nested more than {MAX_DEPTH} deep")
        match node:
            case ast.BinOp():
                return self.chain(node, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.Tuple() | ast.List():
                return tuple(self.value(item, depth + 1) for item in node.elts)
            case ast.Name(id="inf"):
                return inf
            case ast.Name(id="T"):
                return self.total(node)
            case ast.Name(id=name) if name not in NAMES:
                raise Refused(_elsewhere(node) or unknown("name", name, [*NAMES, "inf", "T"], NAMES.listing))
            case ast.Name() | ast.Attribute(value=ast.Name()):
                raise Refused(_how_to_call(node))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                number = _number(self.value(operand, depth + 1), node)
                self.counts_steps |= {node} if operand in self.counts_steps else set()
                return -number if isinstance(node.op, ast.USub) else number
            case ast.Constant(value=value) if value == inf:
                written = _short(ast.get_source_segment(self.text, node))
                raise Refused(f"{written}: a number too large to compute with; inf is written inf")
            case ast.Constant():
                return _number(node.value, node)
        raise Refused(f"{_source(node)}: not allowed in a schedule text; {GRAMMAR}")

    def chain(self, node: ast.BinOp, depth: int):
        """A left-leaning chain such as a >> b >> c, unrolled so that its length is no nesting."""
        links = []
        while isinstance(node, ast.BinOp):
            links.append(node)
            node = node.left
        value = self.value(node, depth + 1)
        for link in reversed(links):
            value = self.combine(value, link, self.value(link.right, depth + 1))
        return value

    def combine(self, left, node: ast.BinOp, right):
        schedules = isinstance(left, Schedule), isinstance(right, Schedule)
        if isinstance(node.op, ast.RShift) and all(schedules):
            return left >> right
        if isinstance(node.op, ast.Mult) and any(schedules):
            return operator.mul(*(x if isinstance(x, Schedule) else _number(x, node) for x in (left, right)))
        if isinstance(node.op, ast.Div) and schedules == (True, False):
            return left / _number(right, node)
        if any(schedules) or type(node.op) not in ARITHMETIC:
            raise Refused(f"{_source(node)}: not allowed in a schedule text; {GRAMMAR}")
        try:
            return self.arithmetic(_number(left, node), node, _number(right, node))
        except ArithmeticError as error:
            what = "too large for arithmetic" if isinstance(error, OverflowError) else "a division by zero"
            raise Refused(f"{_source(node)}: {what}") from None

    def arithmetic(self, left, node: ast.BinOp, right):
        of_steps = [side in self.counts_steps for side in (node.left, node.right)]
        if any(of_steps) and not (isinstance(node.op, ast.Div) and of_steps[1]):
            self.counts_steps.add(node)
        value = ARITHMETIC[type(node.op)](left, right)
        is_part = isinstance(node.op, ast.Mult | ast.Div) and node in self.counts_steps
        return int(value + 0.5) if is_part and 0 <= value < MOST else value

    def total(self, node: ast.Name) -> int:
        if self.total_steps is None:
            raise Refused("T stands for the number of steps, which is not known here; pass T=...")
        self.counts_steps.add(node)
        return self.total_steps

    def call(self, node: ast.Call, depth: int) -> Schedule:
        function = _found(node.func)
        names = [k.arg for k in node.keywords]
        if None in names or len(set(names)) < len(names):
            raise Refused(f"{_source(node)}: ** and repeated names are not allowed in a schedule text")
        positional = [self.value(arg, depth + 1) for arg in node.args]
        named = {k.arg: self.named(k.value, depth + 1) for k in node.keywords}
        try:
            return function(*positional, **named)
        except TypeError as error:
            raise error if isinstance(error, Refused) else Refused(f"{_source(node)}: {error}") from None

    def named(self, node: ast.expr, depth: int):
        is_word = isinstance(node, ast.Constant) and isinstance(node.value, str | bool)
        return node.value if is_word else self.value(node, depth)


def _found(node: ast.expr) -> Callable:
    """The shape, recipe or preset of a name."""
    match node:
        case ast.Name(id=name):
            if name not in NAMES and (offer := _elsewhere(node)):
                raise Refused(offer)
            return NAMES.find(name)
        case ast.Attribute():
            from lrlib.schedules.presets import PRESETS  # made of schedules, so loaded when it is asked for

            name = ast.unparse(node)
            if name not in PRESETS and (offer := _elsewhere(node)):
                raise Refused(offer)
            if isinstance(node.value, ast.Name):
                return PRESETS.find(name)
    raise Refused(f"{_source(node)}: only shapes, recipes and presets can be called, by name")


def _elsewhere(node: ast.Name | ast.Attribute) -> str:
    """What a library offers, where that is the name; how to write here what a library calls so.

    A preset's docstring begins with the name that its library has for it.
    """
    from lrlib.schedules.presets import PRESETS

    *path, name = ast.unparse(node).split(".")
    offers = [each for each in PRESETS if each.startswith(f"{library_of(name)}.") and not path]
    if offers:
        return f"{name!r} is a library; a schedule of it is one of {', '.join(offers)}"
    found = [each for each in PRESETS if re.match(r"\w*", PRESETS[each].__doc__ or "")[0] == name]
    own = [each for each in found if path and each.startswith(f"{library_of(path[0])}.")] or found
    own.sort(key=lambda each: (not each.startswith("torch."), each))
    written = " or ".join(_call(each, PRESETS[each]) for each in own)
    return f"{name!r} is written {written} here" if own else ""


def _how_to_call(node: ast.expr) -> str:
    name = ast.unparse(node)
    return f"{name!r} is called, as in {_call(name, _found(node))}"


def _call(name: str, function: Callable) -> str:
    return f"{name}({', '.join(inspect.signature(function).parameters)})"


def _number(value, node: ast.expr):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise Refused(f"{_source(node)}: a number is expected here, got {shown(value)}")
    return value


def _source(node: ast.expr) -> str:
    try:
        return _short(ast.unparse(node))
    except (ValueError, RecursionError):  # a number or a chain too long to write out
        return "a long expression"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
