"""The one way to check a value, to say who refuses it, and to register a name.

A parameter is given its rule by annotation, as in `steps: Steps`; a plain `float` or `int` has one too.
Fields of shapes and of feedback are checked by `check_fields`, parameters of functions by `checked`:

    >>> @checked
    ... def warmup(steps: Steps, start: Fraction = 0.0):
    ...     return steps, start
    >>> warmup(100.0)
    (100, 0.0)
    >>> warmup(-1)
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: warmup: steps must be a whole number of steps >= 0, got -1
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import numbers
import tomllib
from collections.abc import Callable, Iterable, Mapping, Set
from difflib import get_close_matches
from importlib.resources import files
from typing import Annotated, get_type_hints

import numpy as np

INF = math.inf
MOST = 2**53  # the largest step that float64 counts to
FEW = 8  # allowed names that are listed in an error
NEAREST = 3
PACKAGES = {"sklearn": "scikit-learn", "yaml": "PyYAML"}  # modules whose package has another name
ONE_STEP = "may be one step or a fraction, all of the run: write 1 for one step"
ALL_STEPS = "may be a fraction, all of the run, or one step: write 1.0 for all of it"


class Refused(ValueError):
    """What is not allowed, in one line. who: whose it is, put first in the message once it is known."""

    def __init__(self, what: str, who: str = ""):
        super().__init__(f"{who}: {what}" if who else what)
        self.what, self.who = what, who

    def __reduce__(self):
        return type(self), (self.what, self.who)


class WrongCall(Refused, TypeError):
    """A call with an argument too many, missing, or of a name that the function does not have."""


class Unclear(ValueError):
    """What a value may mean that can be read in two ways; `Rule.checked` says of which parameter."""


def lacking(error: ModuleNotFoundError, who: str) -> ModuleNotFoundError:
    """The same error, saying who needs which package and how it is installed.

    >>> print(lacking(ModuleNotFoundError(name="sklearn.svm"), "this"))
    this needs the package scikit-learn, which is not installed: pip install scikit-learn
    """
    module = error.name.partition(".")[0]
    package = PACKAGES.get(module, module)
    said = f"{who} needs the package {package}, which is not installed: pip install {package}"
    return ModuleNotFoundError(said, name=error.name)


def refused(parameter: str, allowed: str, given) -> Refused:
    """The error for a value out of range: which parameter, what is allowed, what was given."""
    return Refused(f"{parameter} must be {allowed}, got {shown(given)}")


class saying:
    """Put `who` before the message of whatever is refused inside and does not say yet whose it is."""

    def __init__(self, who: str):
        self.who = who

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, Refused) and not error.who:
            raise type(error)(error.what, self.who) from None


def shown(given) -> str:
    """At most 80 characters of `repr(given)`, also where Python refuses to write it out."""
    try:
        return " ".join(repr(given).split())[:80]
    except (ValueError, RecursionError):
        return f"a {type(given).__name__} too long to show"


@functools.cache
def foreign() -> tuple[dict[str, dict], dict[str, str]]:
    """What others call a parameter, with its row of `elsewhere.toml`, and what a library is called here."""
    table = tomllib.loads(files("lrlib").joinpath("elsewhere.toml").read_text("utf-8"))
    return {name: row for row in table["parameter"] for name in row["elsewhere"]}, table["library"]


def library_of(name: str) -> str:
    """The name of a library or a preset, in lower case, with what the library is called here."""
    library, dot, rest = name.lower().partition(".")
    return foreign()[1].get(library, library) + dot + rest


def unknown(kind: str, given: str, allowed: Iterable[str], listing: str = "") -> str:
    """One line for an unknown name: what was given, and the nearest names, or all where they are few.

    listing: how to see all of them, where they are many.
    """
    allowed, given = list(allowed), str(given)[:80]
    hint = _hint(kind, given, allowed)
    if len(allowed) <= FEW:
        return f"unknown {kind} {given!r}{hint} (allowed: {', '.join(allowed)})"
    return f"unknown {kind} {given!r}{hint} ({listing or ', '.join(allowed)})"


def _hint(kind: str, given: str, allowed: list[str]) -> str:
    row = foreign()[0].get(given, {"here": ()})
    if meant := [name for name in row["here"] if name in allowed]:
        factor = ", as a factor of base_lr" if "min_lr" in row["here"] and meant[0] != "min_lr" else ""
        return f"; it is called {meant[0]!r} here{factor}"
    if kind == "argument" and "otherwise" in row:
        return f"; {row['otherwise']}"
    lower, plain = {name.lower(): name for name in allowed}, library_of(given)
    near = [plain] if plain in lower else get_close_matches(plain, lower, n=NEAREST)
    return f"; did you mean {' or '.join(repr(lower[name]) for name in near)}?" if near else ""


class Registry(dict):
    """Things of one kind by name; a name belongs to whoever took it first.

    kind: what they are, in an error. listing: how a person sees all of them.
    """

    def __init__(self, kind: str, listing: str = ""):
        super().__init__()
        self.kind, self.listing = kind, listing

    def add(self, name: str, thing: Callable) -> None:
        """Register; ValueError, naming its owner, for a name that is taken by something defined elsewhere.

        What is defined again under its own name, as a notebook's cell does when it is run twice, is replaced.
        """
        self.refuse_taken(name, thing)
        self[name] = thing

    def refuse_taken(self, name: str, thing: Callable) -> None:
        """ValueError where `add` would refuse."""
        if name in self and _origin(self[name]) != _origin(thing):
            raise Refused(
                f"the {self.kind} name {name!r} is taken by {_origin(self[name])}; choose another name"
            )

    def find(self, name: str):
        """What has that name. ValueError with the nearest names for one that nobody has."""
        if not isinstance(name, str) or name not in self:
            raise Refused(unknown(self.kind, name, self, self.listing))
        return self[name]


def _origin(thing: Callable) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a parameter may be, in words, and the conversion that raises for everything else.

    choices: all the values that it may have, where they are few.
    """

    allowed: str
    convert: Callable
    choices: tuple = ()

    def checked(self, parameter: str, given):
        """The value of a parameter, converted; ValueError, saying what is allowed, where it may not be."""
        try:
            return self.convert(given)
        except Refused:
            raise
        except Unclear as error:
            raise Refused(f"{parameter} = {shown(given)} {error}") from None
        except (TypeError, ValueError, OverflowError):
            raise refused(parameter, self.allowed, given) from None


def check(parameter: str, kind, given):
    """A value by the rule of an annotation, as in `check("steps", Steps, 100.0)`, which is 100."""
    return rule_of(kind).checked(parameter, given)


def checked(function: Callable | None = None, *, who: str = "", by_name: bool = False) -> Callable:
    """Check the arguments of a function by the annotations of its parameters, and convert them.

    who: what errors call it, by default its name. by_name: every argument has to be given by its name.
    """
    if function is None:
        return functools.partial(checked, who=who, by_name=by_name)
    who = who or function.__name__

    @functools.wraps(function)
    def call(*args, **kwargs):
        with saying(who):
            given = bound(function, args, kwargs, by_name)
            for name, rule in rules_of(function).items():
                if name in given:
                    given[name] = rule.checked(name, given[name])
            return function(**given)

    return call


def bound(function: Callable, args: tuple, kwargs: Mapping, by_name: bool = False) -> dict:
    """The arguments of a call by the names of the parameters. WrongCall where they do not fit."""
    parameters = inspect.signature(function).parameters
    named = f"its parameters are {', '.join(parameters)}"
    if by_name and args:
        raise WrongCall(f"every argument is given by its name; {named}")
    for name in kwargs:
        if name not in parameters:
            raise WrongCall(unknown("argument", name, parameters))
    try:
        return dict(inspect.signature(function).bind(*args, **kwargs).arguments)
    except TypeError as error:
        raise WrongCall(f"{error}; {named}") from None


def check_fields(instance) -> None:
    """Check every field of a frozen dataclass by its annotation, and convert it."""
    rules = rules_of(type(instance))
    for field in dataclasses.fields(instance):
        if field.name in rules:
            value = rules[field.name].checked(field.name, getattr(instance, field.name))
            object.__setattr__(instance, field.name, value)


@functools.cache
def rules_of(owner: type | Callable) -> dict[str, Rule]:
    """The rules of the fields of a class, or of the parameters of a function, by their annotations."""
    hints = get_type_hints(owner, include_extras=True)
    return {name: rule for name, hint in hints.items() if (rule := rule_of(hint)) is not None}


def rule_of(hint) -> Rule | None:
    """The rule of an annotation: the one it carries, or that of a plain type; None for any other."""
    if isinstance(hint, Rule):
        return hint
    found = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Rule)]
    return found[0] if found else PLAIN.get(hint)


def check_lengths(total_steps: int, **parts: int) -> None:
    """Refuse parts that are longer together than the whole."""
    if sum(parts.values()) > total_steps:
        raise refused(" + ".join(parts), f"at most total_steps = {total_steps}", sum(parts.values()))


def real(value) -> float:
    """A number as a plain int or float, also of an array or tensor that holds one and has no dimension.

    TypeError for what is none, and for True and False.
    """
    value = value.tolist() if getattr(value, "shape", None) == () else value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def array(given) -> np.ndarray:
    """Numbers as a new float64 array of any shape; TypeError for text, True, complex and masked numbers."""
    try:
        found = np.asarray(given)
    except RuntimeError:  # a tensor with a gradient
        raise TypeError from None
    if found.dtype.kind == "O":
        found = np.reshape([float(real(each)) for each in found.flat], found.shape)
    if np.ma.is_masked(given) or (found.size and found.dtype.kind not in "iuf"):
        raise TypeError
    return found.astype(np.float64)


def within(low: float, high: float = INF, *, open_low: bool = False, open_high: bool = False,
           whole: bool = False) -> Callable:  # fmt: skip
    """The conversion for a number, or a whole number, in a range; both ends included unless they are open."""

    def convert(value):
        number = real(value)
        if whole and number != INF:
            if not number == int(number) <= MOST:
                raise ValueError
            number = int(number)
        outside = not low <= number <= high
        if outside or (open_low and number == low) or (open_high and number == high):
            raise ValueError
        return number

    return convert


def whole(low: int, high: int = MOST, of: str = "") -> Rule:
    """The rule for a whole number in a range, both ends included; of: what is counted."""
    of = f" of {of}" if of else ""
    allowed = f"a whole number{of} >= {low}" if high == MOST else f"a whole number{of} {low}..{high}"
    convert = within(low, high, whole=True)
    return Rule(allowed, _clear(float, ONE_STEP, convert) if "steps" in of else convert)


def _clear(kind: type, unclear: str, convert: Callable) -> Callable:
    """The conversion for what may not be a 1 of this type: 1 is one step, and 1.0 a whole run."""

    def converted(value):
        if real(value) == 1 and isinstance(real(value), kind):
            raise Unclear(unclear)
        return convert(value)

    return converted


def one_of(*choices: str) -> Rule:
    """The rule for a parameter that is one of a few words."""
    convert = such_that(is_a(str, "").convert, choices.__contains__)
    return Rule(" or ".join(map(repr, choices)), convert, choices)


def optional(rule: Rule) -> Rule:
    """The same rule, or None."""
    return Rule(f"{rule.allowed}, or None", lambda value: None if value is None else rule.convert(value))


def such_that(convert: Callable, fits: Callable[..., bool]) -> Callable:
    """The conversion for what `convert` takes and makes something of that fits."""

    def converted(value):
        made = convert(value)
        if not fits(made):
            raise ValueError
        return made

    return converted


def each(convert: Callable, least: int = 0) -> Callable:
    """The conversion for a tuple, from a list or array of values that `convert` takes, `least` or more."""

    def converted(values) -> tuple:
        if isinstance(values, str | bytes | Mapping | Set) or len(values) < 0:  # what is endless has no len
            raise TypeError
        return tuple(map(convert, values))

    return such_that(converted, lambda made: len(made) >= least)


def is_a(kind: type, allowed: str, choices: tuple = ()) -> Rule:
    """The rule for an instance of a class."""
    return Rule(allowed, such_that(lambda value: value, lambda value: isinstance(value, kind)), choices)


ARRAY = Rule("numbers, in a list or an array", array)
READING = Rule("one number, a loss or an accuracy", lambda given: math.fsum([given]))  # a text is none

_finite = such_that(real, math.isfinite)
_limit = such_that(real, lambda number: number == INF or math.isfinite(number))
_length = _clear(float, ONE_STEP, within(0, whole=True))
_milestones = such_that(each(whole(0, of="steps").convert), lambda steps: list(steps) == sorted(steps))
_power_of_two = such_that(whole(1, 2**20).convert, lambda number: number & (number - 1) == 0)
_positive = within(0, 1e308, open_low=True)
_betas = such_that(each(within(0, 1, open_high=True)), lambda betas: len(betas) == 2)

Number = Annotated[float, Rule("a finite number", _finite)]
Limit = Annotated[float, Rule("a finite number, or inf", _limit)]
Fraction = Annotated[float, Rule("a number 0..1", within(0, 1))]
OfRun = Annotated[float, Rule("a number 0..1", _clear(int, ALL_STEPS, within(0, 1)))]
InsideUnit = Annotated[float, Rule("a number between 0 and 1", within(0, 1, open_low=True, open_high=True))]
BelowOne = Annotated[float, Rule("a number >= 0 and < 1", within(0, 1, open_high=True))]
Memory = Annotated[float, Rule("a number 0..1 - 1e-9", within(0, 1 - 1e-9))]
LongMemory = Annotated[float, Rule("a number 0.61..1 - 1e-9", within(0.61, 1 - 1e-9))]
Positive = Annotated[float, Rule("a number > 0", _positive)]
NotNegative = Annotated[float, Rule("a finite number >= 0", within(0, 1e308))]
AtLeastOne = Annotated[float, Rule("a number >= 1", within(1, MOST))]
Growth = Annotated[float, Rule("a number >= 1, or inf", within(1))]
Ratio = Annotated[float, Rule("a number 1e-9..2**53", within(1e-9, MOST))]
Rate = Annotated[float | None, optional(Rule("a rate > 0", _positive))]
Betas = Annotated[tuple, Rule("two numbers >= 0 and < 1", _betas)]
Whole = Annotated[int, Rule("a whole number", within(-MOST, MOST, whole=True))]
Count = Annotated[int, whole(1)]
Steps = Annotated[int, whole(0, of="steps")]
StepSize = Annotated[int, whole(1, of="steps")]
Length = Annotated[
    float, Rule("a whole number of steps >= 0, or inf", _clear(float, ONE_STEP, within(0, whole=True)))
]
Cycles = Annotated[float, Rule("a whole number >= 1, or inf", within(1, whole=True))]
PowerOfTwo = Annotated[int, Rule("a power of two, 1..2**20", _power_of_two)]
Milestones = Annotated[tuple, Rule("a tuple of whole steps in increasing order", _milestones)]
Values = Annotated[tuple, Rule("a tuple of one or more finite numbers", each(_finite, least=1))]
Positives = Annotated[tuple, Rule("a tuple of one or more numbers > 0", each(_positive, least=1))]
Widths = Annotated[tuple[int, ...], Rule("a tuple of whole numbers >= 1", each(whole(1).convert))]
Curvatures = Annotated[tuple[float, ...], Rule("one or more numbers > 0", each(_positive, least=1))]
Flag = Annotated[bool, is_a(bool, "True or False", (True, False))]
Text = Annotated[str, is_a(str, "a text")]

Numbers = Annotated[tuple, Rule("a tuple of finite numbers", each(_finite))]
Wholes = Annotated[tuple, Rule("a tuple of whole numbers", each(rule_of(Whole).convert))]

PLAIN = {plain: rule_of(kind) for plain, kind in (  # the rules of plain annotations
    (float, Number), (int, Whole), (bool, Flag), (str, Text),
    (tuple, Numbers), (tuple[float, ...], Numbers), (tuple[int, ...], Wholes),
)}  # fmt: skip
