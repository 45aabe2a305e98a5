"""The schedule type: a pure function from step to a multiplier of `base_lr`.

Read it in ten lines. A schedule has a length `steps` and one formula, `multiplier(t)`:

    class Cosine(Schedule):
        start: float
        end: float
        steps: int

        def multiplier(self, t):
            return self.end + (self.start - self.end) * (1 + np.cos(np.pi * t / self.steps)) / 2

and everything else comes from here: fields that are checked, a name (`cosine`) for the text, calls with a
step or an array of them, `>>` and `*`, dict form, equality and hash. Conventions, for every schedule:

- step `t` counts optimizer updates from 0, and `base_lr * schedule(t)` is the rate in effect at update `t`;
- a segment of `n` steps covers steps 0 .. n-1 and would reach its end value at step `n`;
- after its last segment a schedule holds its value;
- all arithmetic is float64.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import math
import numbers
from collections.abc import Callable
from typing import Annotated, ClassVar, dataclass_transform

import numpy as np

from lrlib import rules
from lrlib.rules import INF, MOST, Refused, Registry, Rule, bound, refused, saying, shown, such_that
from lrlib.schedules.subclass import Declared, declare

__all__ = ["Product", "Scale", "Schedule", "Sequence", "names", "recipe", "scale", "shape"]

AHEAD = 256  # multipliers computed at once for a step that is asked for; four times as many for the next step
BLOCK = 2**14  # and at once by `values`: few enough that all of their arithmetic stays in a core's cache
CLOCK = np.arange(BLOCK, dtype=np.float64)
MAX_DEPTH = 100  # of dicts and lists in dict form
AT_ONCE = 10**8  # multipliers that `values` gives
STEPS = Rule(f"a whole number of steps >= 0, at most {AT_ONCE}", rules.whole(0, AT_ONCE, "steps").convert)
NO_DEFAULT = type(dataclasses.MISSING)  # of which a pickled class has another instance
TYPES = Registry("schedule type", "schedules.names() lists all")
NAMES = Registry("schedule", "schedules.names() lists all")


def names() -> list[str]:
    """The names that a text may call: shapes, operators and recipes.

    >>> "cosine" in names()
    True
    """
    return sorted(NAMES)


@dataclass_transform(frozen_default=True)
class Schedule(metaclass=Declared):
    """A pure function step -> multiplier, with a length `steps`, `inf` when it never ends.

    Only a finite schedule can be followed by another. Call it with a step or an array of steps: `s(7)` is a
    float, `s(np.arange(600))` a float64 array of the same shape. Steps may be fractional. ValueError where a
    step is negative or not finite, and where a multiplier is not finite.

    >>> from lrlib.schedules import cosine, linear
    >>> s = linear(0, 1, 2) >> cosine(1, 0, 4)
    >>> s
    linear(0, 1, 2) >> cosine(1, 0, 4)
    >>> s(1), s.steps, len(s)
    (0.5, 6, 6)
    >>> s.values(7).round(2).tolist()
    [0.0, 0.5, 1.0, 0.85, 0.5, 0.15, 0.0]

    A shape of your own is a subclass: annotated fields, which become those of a frozen dataclass, among them
    or beside them `steps`, and the formula `multiplier`. Fields are checked by their annotations: those of
    `lrlib.rules`, or plain `float`, `int`, `bool`, `str`, `tuple` and `Schedule`.

    >>> class Smooth(Schedule):
    ...     steps: int
    ...     def multiplier(self, t):
    ...         return 1 - 3 * (t / self.steps) ** 2 + 2 * (t / self.steps) ** 3
    >>> (linear(0, 1, 5) >> Smooth(10))(10)
    0.5
    >>> from lrlib.schedules import parse
    >>> parse("smooth(10)") == Smooth(10)
    True
    """

    name: ClassVar[str]
    _ahead: ClassVar[tuple] = -1, -1, ()  # ends and multipliers of the last block that was computed
    __array_ufunc__ = None  # a NumPy number times a schedule is a schedule

    def __init_subclass__(cls, text: bool = True, declared: bool = True, **kwargs):
        """Make a frozen dataclass and register its snake_case name; TypeError for what is no formula."""
        super().__init_subclass__(**kwargs)
        if not declared:
            return
        declare(cls, Schedule)
        for register in (Registry.refuse_taken, Registry.add):
            for registry in (TYPES, NAMES) if text else (TYPES,):
                register(registry, cls.name, cls)

    def multiplier(self, t: np.ndarray) -> np.ndarray:
        """The formula, for float64 steps `t` of any shape, already clipped to [0, self.steps]."""
        raise NotImplementedError

    def held(self, t: np.ndarray) -> np.ndarray:
        """The multiplier at local steps `t`, float64; the end value is held from `self.steps` on."""
        try:
            value = self.multiplier(np.clip(t, 0, self.steps))
        except Refused as error:
            raise error if error.who else Refused(error.what, self.name) from None
        except (TypeError, ValueError) as error:
            said = "multiplier(self, t) gets an array of steps: np.cos for math.cos, np.where for if"
            raise Refused(f"{said} ({error})", self.name) from error
        if getattr(value, "dtype", None) == np.float64 and value.shape == t.shape:
            return value
        return self._fitted(value, t.shape)

    def _fitted(self, value, shape: tuple[int, ...]) -> np.ndarray:
        given = np.asarray(value)
        if given.dtype.kind not in "iuf" or given.shape not in ((), shape):
            what = f"shape {given.shape}" if given.dtype.kind in "iuf" else shown(value)
            raise Refused(f"multiplier(self, t) must return a number for each of t, got {what}", self.name)
        return np.broadcast_to(given.astype(np.float64), shape)

    def _finite(self, t: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            value = self.held(t)
        if not (finite := np.isfinite(value)).all():
            at, found = t[~finite].flat[0], value[~finite].flat[0]
            raise Refused(f"the multiplier at step {at:g} is {found}, and must be finite", self.name)
        return value

    def __call__(self, step):
        if type(step) is int:
            first, end, known = self._ahead
            if first <= step < end:
                return known[step - first]
        t = _steps(step)
        if t.ndim == 0:
            return self._single(float(t))
        return self._finite(t).copy()

    def _single(self, t: float) -> float:
        """One multiplier. Training asks for one after the other, so that many are computed and kept."""
        if t < MOST and t == int(t):
            first = int(t) // AHEAD * AHEAD
            size = 4 * AHEAD if first == self._ahead[1] else AHEAD
            with np.errstate(all="ignore"):
                known = self.held(first + CLOCK[:size])
            if np.isfinite(known).all():
                self.__dict__["_ahead"] = first, first + size, known.tolist()
                return float(known[int(t) - first])
        return float(self._finite(np.asarray(t)))

    def values(self, total_steps: int) -> np.ndarray:
        """The multipliers of updates 0 .. total_steps-1, shape (total_steps,), float64.

        Raises ValueError unless `total_steps` is a whole number 0..1e8.
        """
        found = np.empty(STEPS.checked("total_steps", total_steps))
        for first in range(0, len(found), BLOCK):
            block = found[first : first + BLOCK]
            block[:] = self._finite(first + CLOCK[: len(block)])
        return found

    def __len__(self) -> int:
        if self.steps != INF and self.steps == int(self.steps):
            return int(self.steps)
        raise TypeError(f"a schedule of {self.steps:g} steps has no len(); its .steps is a number, or inf")

    def __bool__(self) -> bool:
        return True

    def __iter__(self):
        raise TypeError("a schedule is a function of the step; .values(total_steps) lists its multipliers")

    def __rshift__(self, other: Schedule) -> Schedule:
        """`a >> b`: b starts, at its own step 0, when a is over. A part of zero steps is no part."""
        if not isinstance(other, Schedule):
            return NotImplemented
        if self.steps == 0:
            return other
        return Sequence((self, other)) if other.steps > 0 else self

    def __mul__(self, other) -> Schedule:
        """`a * b`: both on one clock; a factor that is over holds. A number scales: `0.5 * a`."""
        return _product(self, other)

    def __rmul__(self, other) -> Schedule:
        return _product(other, self)

    def __truediv__(self, number: float) -> Schedule:
        """`a / 4`, that is `a * 0.25`."""
        if isinstance(number, bool) or not isinstance(number, numbers.Real):
            return NotImplemented
        factor = 1 / number if number else INF
        if not math.isfinite(factor) or not factor:
            raise Refused(f"a schedule is divided by a finite number other than 0, got {shown(number)}")
        return _product(self, factor)

    def loop(self, num_cycles: float = INF, t_mult: float = 1, gamma: float = 1) -> Schedule:
        """Repeat this schedule; see `restarts`."""
        return TYPES["restarts"](self, num_cycles, t_mult, gamma)

    def to_dict(self) -> dict:
        """Plain dicts, lists, strings and numbers; `Schedule.from_dict` is the exact inverse."""
        return {"type": self.name} | {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @staticmethod
    def from_dict(data: dict) -> Schedule:
        """The schedule that `to_dict` described. ValueError for unknown types, missing or unknown fields."""
        return _from_dict(data)

    def to_json(self) -> str:
        """One line of JSON, with the version of the format; infinite lengths are the string "inf"."""
        return json.dumps({"version": 1, **self.to_dict()}, allow_nan=False)

    @staticmethod
    def from_json(text: str) -> Schedule:
        """The schedule that `to_json` described. ValueError for anything else."""
        rules.check("schedule JSON", str, text)
        try:
            data = json.loads(text, parse_float=_finite_number, parse_constant=_finite_number)
        except RecursionError:
            raise ValueError("schedule JSON is nested too deeply") from None
        if not isinstance(data, dict) or data.pop("version", None) != 1:
            raise ValueError('schedule JSON must be an object with "version": 1')
        return _from_dict(data)

    def __post_init__(self):
        with saying(self.name):
            rules.check_fields(self)
            self.check()
            if isinstance(self.steps, bool | str | None) or not self.steps >= 0:
                raise refused("steps", "a number >= 0, or inf", self.steps)

    def check(self) -> None:
        """What fields must be together: raise `lrlib.rules.refused(...)` where they do not fit."""

    def __setattr__(self, name, value=None):
        raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")

    __delattr__ = __setattr__

    def __getstate__(self) -> dict:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        if TYPES.setdefault(self.name, type(self)) is type(self):  # its class may have come with it
            NAMES.setdefault(self.name, type(self))

    def __repr__(self) -> str:
        shown, by_name = [], False
        for field in dataclasses.fields(self):
            value, default = getattr(self, field.name), field.default
            by_name |= not isinstance(default, NO_DEFAULT) or field.kw_only or isinstance(value, str | bool)
            if value != default:
                shown.append(f"{field.name}={_text(value)}" if by_name else _text(value))
        return f"{self.name}({', '.join(shown)})"


def shape(cls: type[Schedule]) -> type[Schedule]:
    """Say of a class that it is a shape: `@shape`. A subclass of `Schedule` is one with or without it.

    >>> from lrlib.schedules import Cosine
    >>> shape(Cosine) is Cosine
    True
    """
    if not (isinstance(cls, type) and issubclass(cls, Schedule)):
        raise TypeError(f"a shape is a class that derives from Schedule, got {shown(cls)}")
    return cls


def recipe(function: Callable[..., Schedule]) -> Callable[..., Schedule]:
    """Register a named composition for text form; its value is an ordinary composition of shapes.

    Parameters annotated as fields are, with `Steps` or `float`, are checked as fields are.

    >>> from lrlib.rules import Steps
    >>> from lrlib.schedules import linear, parse
    >>> @recipe
    ... def triangle(steps: Steps) -> Schedule:
    ...     return linear(0, 1, steps) >> linear(1, 0, steps)
    >>> parse("triangle(T/2)", T=10)
    linear(0, 1, 5) >> linear(1, 0, 5)
    """
    name, parameters = function.__name__, inspect.signature(function).parameters.values()
    if any(p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters):
        raise TypeError(f"the recipe {name} must have parameters with names: no *args, **kwargs or /")
    if name in ("T", "inf") or not name.isidentifier():
        raise TypeError(f"the recipe {name} would be {name!r} in a text, which is no name of a recipe there")
    NAMES.add(name, build := rules.checked(function))
    return build


def elapsed(t: np.ndarray, steps: float) -> np.ndarray:
    """How much of a segment is over, 0 .. 1; a segment of zero steps is over at once."""
    return t / steps if steps else np.ones_like(t)


def quotient(t: np.ndarray, n: float) -> np.ndarray:
    """How often n is contained in t >= 0: `t // n` several times as fast, exact for whole numbers."""
    return np.floor(t / n)


def _steps(step) -> np.ndarray:
    """Steps as float64, of any shape; ValueError for what is negative, not finite or no number."""
    try:
        t = rules.array(step)
    except (TypeError, ValueError, OverflowError):
        t = None
    if t is None or not np.all(np.isfinite(t) & (t >= 0)):
        raise ValueError(f"a step must be a finite number >= 0, got {shown(step)}")
    return t


A_SCHEDULE = rules.PLAIN[Schedule] = rules.is_a(Schedule, "a schedule")


def _flat(field: str, value) -> tuple[Schedule, ...]:
    """A tuple of schedules, of which those made of parts, or of factors, are taken apart."""
    made = []
    for s in map(A_SCHEDULE.convert, value):
        made += getattr(s, field, (s,)) if isinstance(s, Sequence | Product) else (s,)
    return tuple(made)


def _follow(parts: tuple[Schedule, ...]) -> bool:
    lengths = [part.steps for part in parts]
    return len(parts) >= 2 and min(lengths) > 0 and INF not in lengths[:-1]


_parts = such_that(functools.partial(_flat, "parts"), _follow)
_factors = such_that(functools.partial(_flat, "factors"), lambda factors: len(factors) >= 2)
ENDS = "all but the last with a finite number, as constant(1, 30) has and constant(1) has not"
Parts = Rule(f"at least two schedules of > 0 steps, {ENDS}", _parts)
Factors = Rule("at least two schedules", _factors)


class Sequence(Schedule, text=False):
    """`a >> b >> c`: each part on its own clock, starting when the part before is over.

    >>> from lrlib.schedules import constant, linear
    >>> (linear(0, 1, 2) >> constant(3)).values(4).tolist()
    [0.0, 0.5, 3.0, 3.0]
    """

    parts: Annotated[tuple, Parts]
    steps = property(lambda self: sum(part.steps for part in self.parts))

    def multiplier(self, t):
        starts = self._starts
        first, last = np.searchsorted(starts, (t.min(initial=INF), t.max(initial=0)), side="right") - 1
        if first == last and t.ndim:  # one number, of no dimensions, is rounded by other routines
            return self.parts[first].held(t - starts[first])
        active = np.searchsorted(starts, t, side="right") - 1
        value = np.empty_like(t)
        for i in range(first, last + 1):
            here = active == i
            value[here] = self.parts[i].held(t[here] - starts[i])
        return value

    @functools.cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0] + [part.steps for part in self.parts[:-1]])

    def __repr__(self) -> str:
        return " >> ".join(map(str, self.parts))


class Product(Schedule, text=False):
    """`a * b`: the factors multiplied on one clock; as long as the longest of them.

    >>> from lrlib.schedules import constant, linear
    >>> (linear(0, 1, 2) * linear(1, 0, 4)).values(5).tolist()
    [0.0, 0.375, 0.5, 0.25, 0.0]
    """

    factors: Annotated[tuple, Factors]
    steps = property(lambda self: max(factor.steps for factor in self.factors))

    def multiplier(self, t):
        return functools.reduce(np.multiply, (factor.held(t) for factor in self.factors))

    def __repr__(self) -> str:
        first, second, *others = map(_factor_text, self.factors)
        if isinstance(self.factors[0], Scale) and isinstance(self.factors[1], Scale):
            second = str(self.factors[1])  # a product of two bare numbers would be one number
        return " * ".join((first, second, *others))


class Scale(Schedule):
    """A number as a factor: `0.5 * a` is `scale(0.5) * a`. It has no length of its own.

    lr(t) / base_lr = value, any finite number; ValueError otherwise.

    >>> from lrlib.schedules import linear
    >>> 0.5 * linear(1, 0, 4) == scale(0.5) * linear(1, 0, 4)
    True
    """

    value: float
    steps = 0

    def multiplier(self, t):
        return np.full_like(t, self.value)


scale = Scale


def _product(*sides) -> Schedule:
    if any(isinstance(side, bool) or not isinstance(side, Schedule | numbers.Real) for side in sides):
        return NotImplemented
    return Product(tuple(side if isinstance(side, Schedule) else Scale(side) for side in sides))


def _text(value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if isinstance(value, str) else str(value)


def _factor_text(factor: Schedule) -> str:
    if isinstance(factor, Scale):
        return _text(factor.value)
    return f"({factor})" if isinstance(factor, Sequence) else str(factor)


def _plain(value):
    if isinstance(value, Schedule):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return "inf" if value == INF else value


def _finite_number(text: str) -> float:
    """A number of a JSON text, in which an infinite length is the string "inf"."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"schedule JSON has numbers that are finite, got {text[:80]}")
    return number


def _from_dict(data, depth: int = 0) -> Schedule:
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise ValueError(f'a schedule dict needs a "type", a string; got {shown(data)}')
    cls = TYPES.find(data["type"])
    given = {key: _rich(value, depth + 1) for key, value in data.items() if key != "type"}
    with saying(cls.name):
        return cls(**bound(cls, (), given))


def _rich(value, depth: int):
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        raise ValueError(f"schedule dict is nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        return _from_dict(value, depth)
    if isinstance(value, list):
        return tuple(_rich(v, depth + 1) for v in value)
    return INF if isinstance(value, str) and value == "inf" else value
