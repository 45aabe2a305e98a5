"""The schedule type: a pure function from step to a multiplier of `base_lr`.

Conventions, for every schedule:

- step `t` counts optimizer updates from 0, and `base_lr * schedule(t)` is the rate in effect at update `t`;
- a segment of `n` steps covers steps 0 .. n-1 and would reach its end value at step `n`;
- after its last segment a schedule holds its value;
- all arithmetic is float64.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import numbers
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Annotated, get_type_hints

import numpy as np

INF = math.inf
TYPES: dict[str, type[Schedule]] = {}
NAMES: dict[str, Callable[..., Schedule]] = {}


class Schedule:
    """A pure function step -> multiplier, with a length `steps` (`inf` when it never ends).

    Call it with a step or an array of steps: `s(7)` is a float, `s(np.arange(600))` a float64 array of the
    same shape. Steps may be fractional; negative or non-finite steps raise ValueError.
    """

    steps: float  # its own length; only a finite schedule can be followed by another

    def multiplier(self, t: np.ndarray) -> np.ndarray:
        """The formula, for float64 steps `t` of any shape, already clipped to [0, self.steps]."""
        raise NotImplementedError

    def held(self, t: np.ndarray) -> np.ndarray:
        """The multiplier at local steps `t`; the end value is held from `self.steps` on."""
        return self.multiplier(np.clip(t, 0, self.steps))

    def __call__(self, step):
        t = np.asarray(step, dtype=np.float64)
        if not np.all(np.isfinite(t) & (t >= 0)):
            raise ValueError(f"a step must be a finite number >= 0, got {step!r}")
        value = self.held(t)
        return float(value) if t.ndim == 0 else np.broadcast_to(value, t.shape).copy()

    def values(self, total_steps: int) -> np.ndarray:
        """The multipliers of updates 0 .. total_steps-1, shape (total_steps,), float64."""
        return self(np.arange(total_steps))

    def __rshift__(self, other: Schedule) -> Schedule:
        """`a >> b`: b starts, at its own step 0, when a is over. A part of zero steps is no part."""
        if not isinstance(other, Schedule):
            return NotImplemented
        parts = [part for side in (self, other) for part in _flat(side, Sequence, "parts")]
        kept = [part for part in parts if part.steps > 0] or parts[-1:]
        return kept[0] if len(kept) == 1 else Sequence(tuple(kept))

    def __mul__(self, other) -> Schedule:
        """`a * b`: both on one clock; a factor that is over holds. A number scales: `0.5 * a`."""
        return _product(self, other)

    def __rmul__(self, other) -> Schedule:
        return _product(other, self)

    def loop(self, num_cycles: float = INF, t_mult: float = 1, gamma: float = 1) -> Restarts:
        """Repeat this schedule; see `Restarts`."""
        return Restarts(self, num_cycles, t_mult, gamma)

    def to_dict(self) -> dict:
        """Plain dicts, lists, strings and numbers; `Schedule.from_dict` is the exact inverse."""
        fields = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return {"type": type(self).name, **fields}

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
        try:
            data = json.loads(text)
        except RecursionError:
            raise ValueError("schedule JSON is nested too deeply") from None
        if not isinstance(data, dict) or data.pop("version", None) != 1:
            raise ValueError('schedule JSON must be an object with "version": 1')
        return _from_dict(data)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            given = getattr(self, field.name)
            rule = _rules(type(self))[field.name]
            try:
                value = rule.convert(given)
            except (TypeError, ValueError, OverflowError):
                raise ValueError(f"{self.name}: {field.name} must be {rule.allowed}, got {given!r}") from None
            object.__setattr__(self, field.name, value)

    def __str__(self) -> str:
        shown = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING:
                shown.append(_text(value))
            elif value != field.default:
                shown.append(f"{field.name}={_text(value)}")
        return f"{self.name}({', '.join(shown)})"

    def __repr__(self) -> str:
        return str(self)


def shape(cls: type[Schedule]) -> type[Schedule]:
    """Make a frozen dataclass of a formula and register its snake_case name for text and dict form."""
    cls = _composition(cls)
    NAMES[cls.name] = cls
    return cls


def _composition(cls: type[Schedule]) -> type[Schedule]:
    cls = dataclasses.dataclass(frozen=True, repr=False)(cls)
    cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
    TYPES[cls.name] = cls
    return cls


def recipe(function: Callable[..., Schedule]) -> Callable[..., Schedule]:
    """Register a named composition for text form; its value is an ordinary composition of shapes."""
    NAMES[function.__name__] = function
    return function


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a parameter may be, in words, and the conversion that raises for everything else."""

    allowed: str
    convert: Callable


@functools.cache
def _rules(cls: type) -> dict[str, Rule]:
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(cls, include_extras=True).items()
            if hasattr(hint, "__metadata__")}  # fmt: skip


def _real(value) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _within(low: float, high: float = INF, *, open_low: bool = False, whole: bool = False) -> Callable:
    def convert(value):
        number = _real(value)
        if whole and number != INF:
            if number != int(number):
                raise ValueError
            number = int(number)
        if not low <= number <= high or (open_low and number == low):
            raise ValueError
        return number

    return convert


def _finite(value):
    number = _real(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _milestones(value) -> tuple[int, ...]:
    steps = tuple(_within(0, 2**53, whole=True)(v) for v in value)
    if list(steps) != sorted(steps):
        raise ValueError
    return steps


def _cycle_body(value) -> Schedule:
    if not 0 < _schedule(value).steps < INF:
        raise ValueError
    return value


def _schedule(value) -> Schedule:
    if not isinstance(value, Schedule):
        raise TypeError
    return value


def _schedules(value) -> tuple[Schedule, ...]:
    parts = tuple(_schedule(part) for part in value)
    if len(parts) < 2:
        raise ValueError
    return parts


def _sequence(value) -> tuple[Schedule, ...]:
    parts = _schedules(value)
    for part in parts[:-1]:
        if not 0 < part.steps < INF:
            raise ValueError
    return parts


Number = Annotated[float, Rule("a finite number", _finite)]
Positive = Annotated[float, Rule("a number > 0", _within(0, 1e308, open_low=True))]
Steps = Annotated[int, Rule("a whole number of steps >= 0", _within(0, 2**53, whole=True))]
StepSize = Annotated[int, Rule("a whole number of steps >= 1", _within(1, 2**53, whole=True))]
Length = Annotated[float, Rule("a whole number of steps >= 0, or inf", _within(0, whole=True))]
Cycles = Annotated[float, Rule("a whole number >= 1, or inf", _within(1, whole=True))]
Stretch = Annotated[float, Rule("a number >= 1", _within(1, 2**53))]
Milestones = Annotated[tuple, Rule("a tuple of whole steps in increasing order", _milestones)]
Body = Annotated[Schedule, Rule("a schedule with a finite number of steps", _cycle_body)]
Parts = Annotated[
    tuple, Rule("at least two schedules, all but the last with a finite number of steps", _sequence)
]
Factors = Annotated[tuple, Rule("at least two schedules", _schedules)]


@_composition
class Sequence(Schedule):
    """`a >> b >> c`: each part on its own clock, starting when the part before is over."""

    parts: Parts

    @property
    def steps(self) -> float:
        return sum(part.steps for part in self.parts)

    def multiplier(self, t):
        starts = np.cumsum([0] + [part.steps for part in self.parts[:-1]])
        active = np.searchsorted(starts, t, side="right") - 1
        value = np.empty_like(t)
        for i, part in enumerate(self.parts):
            here = active == i
            value[here] = part.held(t[here] - starts[i])
        return value

    def __str__(self) -> str:
        return " >> ".join(map(str, self.parts))


@_composition
class Product(Schedule):
    """`a * b`: the factors multiplied on one clock; as long as the longest of them."""

    factors: Factors

    @property
    def steps(self) -> float:
        return max(factor.steps for factor in self.factors)

    def multiplier(self, t):
        return math.prod((factor.held(t) for factor in self.factors), start=np.ones_like(t))

    def __str__(self) -> str:
        return " * ".join(_factor_text(factor) for factor in self.factors)


@shape
class Scale(Schedule):
    """A number as a factor: `0.5 * a` is `scale(0.5) * a`. It has no length of its own."""

    value: Number
    steps = 0

    def multiplier(self, t):
        return np.full_like(t, self.value)


@shape
class Restarts(Schedule):
    """Cycles of a finite schedule: cycle i is `body` stretched by `t_mult**i` and scaled by `gamma**i`.

    lr(t) / base_lr = gamma**i * body((t - start_i) / t_mult**i), with start_0 = 0 and
    start_{i+1} = start_i + body.steps * t_mult**i; cycle i holds start_i <= t < start_{i+1}.
    After `num_cycles` cycles the end of the last one is held. `cosine(1, 0, T_0).loop(t_mult=2)` is
    SGDR: Loshchilov & Hutter 2017, arXiv:1608.03983, section 3.
    """

    body: Body
    num_cycles: Cycles = INF
    t_mult: Stretch = 1
    gamma: Positive = 1

    @property
    def steps(self) -> float:
        if self.num_cycles == INF:
            return INF
        return sum(self.body.steps * self.t_mult**i for i in range(self.num_cycles))

    def multiplier(self, t):
        if self.t_mult == 1:
            cycle = np.minimum(t // self.body.steps, self.num_cycles - 1)
            start = cycle * self.body.steps
        else:
            starts = self._starts(t.max(initial=0))
            cycle = np.searchsorted(starts, t, side="right") - 1
            start = starts[cycle]
        stretch = np.power(float(self.t_mult), cycle)
        return self.gamma**cycle * self.body.held((t - start) / stretch)

    def _starts(self, last: float) -> np.ndarray:
        starts, length = [0], self.body.steps
        while starts[-1] + length <= last and len(starts) < self.num_cycles:
            starts.append(starts[-1] + length)
            length *= self.t_mult
        return np.array(starts, dtype=np.float64)


def _flat(schedule: Schedule, kind: type, field: str) -> tuple[Schedule, ...]:
    return getattr(schedule, field) if isinstance(schedule, kind) else (schedule,)


def _product(*sides) -> Schedule:
    factors = []
    for side in sides:
        if not isinstance(side, Schedule):
            if isinstance(side, bool) or not isinstance(side, numbers.Real):
                return NotImplemented
            side = Scale(side)
        factors += _flat(side, Product, "factors")
    return Product(tuple(factors))


def _text(value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


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


def _from_dict(data, depth: int = 0) -> Schedule:
    if depth > 50:
        raise ValueError("schedule dict is nested more than 50 deep")
    if not isinstance(data, dict) or "type" not in data:
        raise ValueError(f'a schedule dict needs a "type", got {str(data)[:80]!r}')
    if data["type"] not in TYPES:
        raise ValueError(unknown("schedule type", str(data["type"])[:80], TYPES))
    cls = TYPES[data["type"]]
    fields = dataclasses.fields(cls)
    given = {key: value for key, value in data.items() if key != "type"}
    for key in given:
        if key not in {f.name for f in fields}:
            raise ValueError(f"{cls.name}: " + unknown("field", str(key)[:80], [f.name for f in fields]))
    for f in fields:
        if f.name not in given and f.default is dataclasses.MISSING:
            raise ValueError(f"{cls.name}: field {f.name!r} is missing")
    return cls(**{key: _rich(value, depth) for key, value in given.items()})


def _rich(value, depth: int):
    if isinstance(value, dict):
        return _from_dict(value, depth + 1)
    if isinstance(value, list):
        return tuple(_rich(v, depth) for v in value)
    return INF if value == "inf" else value


def unknown(kind: str, given: str, allowed) -> str:
    """One line for an unknown name: what was given, the nearest valid name, and all that are allowed."""
    near = get_close_matches(given, list(allowed), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {kind} {given!r}{hint} (allowed: {', '.join(allowed)})"
