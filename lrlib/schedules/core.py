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
import inspect
import json
import math
import numbers
import re
from collections.abc import Callable
from typing import Annotated

import numpy as np

from lrlib.schedules.rules import (
    INF,
    MOST,
    Cycles,
    Number,
    Positive,
    Rule,
    Stretch,
    refused,
    rules_of,
    shown,
    unknown,
)

AHEAD = 256  # multipliers computed at once when they are asked for one by one
MAX_DEPTH = 100  # of dicts and lists in dict form
TYPES: dict[str, type[Schedule]] = {}
NAMES: dict[str, Callable[..., Schedule]] = {}


class Schedule:
    """A pure function step -> multiplier, with a length `steps` (`inf` when it never ends).

    Call it with a step or an array of steps: `s(7)` is a float, `s(np.arange(600))` a float64 array of the
    same shape. Steps may be fractional; negative or non-finite steps raise ValueError.
    """

    steps: float  # its own length; only a finite schedule can be followed by another
    _ahead = -1, ()  # number and multipliers of the last block of AHEAD that was computed

    def multiplier(self, t: np.ndarray) -> np.ndarray:
        """The formula, for float64 steps `t` of any shape, already clipped to [0, self.steps]."""
        raise NotImplementedError

    def held(self, t: np.ndarray) -> np.ndarray:
        """The multiplier at local steps `t`; the end value is held from `self.steps` on."""
        return self.multiplier(np.clip(t, 0, self.steps))

    def __call__(self, step):
        if type(step) is int:
            block, known = self._ahead
            if step // AHEAD == block:
                return known[step % AHEAD]
        t = np.asarray(step, dtype=np.float64)
        if not np.all(np.isfinite(t) & (t >= 0)):
            raise ValueError(f"a step must be a finite number >= 0, got {step!r}")
        if t.ndim == 0:
            return self._single(float(t))
        return np.broadcast_to(self.held(t), t.shape).copy()

    def _single(self, t: float) -> float:
        """One multiplier. Training asks for one after the other, so that many are computed and kept."""
        if t < MOST and t == int(t):
            block, place = divmod(int(t), AHEAD)
            ahead = np.arange(block * AHEAD, (block + 1) * AHEAD, dtype=np.float64)
            with np.errstate(all="ignore"):
                known = np.broadcast_to(self.held(ahead), ahead.shape)
            if np.all(np.isfinite(known)):
                self.__dict__["_ahead"] = block, known.tolist()
                return float(known[place])
        return float(self.held(np.asarray(t)))

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
        if not isinstance(text, str):
            raise ValueError(f"schedule JSON must be a string, got {type(text).__name__}")
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
            value = rules_of(type(self))[field.name].checked(self.name, field.name, given)
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


def progress(t: np.ndarray, steps: float) -> np.ndarray:
    """How much of a segment is over, 0 .. 1; a segment of zero steps is over at once."""
    return t / steps if steps else np.ones_like(t)


def quotient(t: np.ndarray, n: float) -> np.ndarray:
    """How often n is contained in t >= 0: `t // n` several times as fast, exact for whole numbers."""
    return np.floor(t / n)


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
    """Register a named composition for text form; its value is an ordinary composition of shapes.

    Parameters annotated as fields are, with `Steps` or `Number`, are checked as fields are.
    """

    @functools.wraps(function)
    def checked(*args, **kwargs) -> Schedule:
        given = inspect.signature(function).bind(*args, **kwargs)
        for parameter, rule in rules_of(function).items():
            if parameter in given.arguments:
                value = given.arguments[parameter]
                given.arguments[parameter] = rule.checked(function.__name__, parameter, value)
        return function(*given.args, **given.kwargs)

    NAMES[function.__name__] = checked
    return checked


def _cycle_body(value) -> Schedule:
    if not 0 < _schedule(value).steps < INF:
        raise ValueError
    return value


def _schedule(value) -> Schedule:
    if not isinstance(value, Schedule):
        raise TypeError
    return value


def _factors(value) -> tuple[Schedule, ...]:
    factors = tuple(inner for factor in value for inner in _flat(_schedule(factor), Product, "factors"))
    if len(factors) < 2:
        raise ValueError
    return factors


def _parts(value) -> tuple[Schedule, ...]:
    parts = tuple(inner for part in value for inner in _flat(_schedule(part), Sequence, "parts"))
    lengths = [part.steps for part in parts]
    if len(parts) < 2 or min(lengths) <= 0 or INF in lengths[:-1]:
        raise ValueError
    return parts


Body = Annotated[Schedule, Rule("a schedule with a finite number of steps > 0", _cycle_body)]
Parts = Annotated[
    tuple, Rule("at least two schedules of > 0 steps, all but the last with a finite number", _parts)
]
Factors = Annotated[tuple, Rule("at least two schedules", _factors)]


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
        first, second, *others = map(_factor_text, self.factors)
        if isinstance(self.factors[0], Scale) and isinstance(self.factors[1], Scale):
            second = str(self.factors[1])  # a product of two bare numbers would be one number
        return " * ".join((first, second, *others))


@shape
class Scale(Schedule):
    """A number as a factor: `0.5 * a` is `scale(0.5) * a`. It has no length of its own.

    lr(t) / base_lr = value, any finite number; ValueError otherwise.
    """

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
    SGDR: Loshchilov & Hutter 2017, arXiv:1608.03983, section 3. Finitely many cycles may last at most 2**53
    steps together, and be at most 10,000 when they are stretched.
    """

    body: Body
    num_cycles: Cycles = INF
    t_mult: Stretch = 1
    gamma: Positive = 1

    def __post_init__(self):
        super().__post_init__()
        if self.num_cycles < INF and ((self.t_mult > 1 and self.num_cycles > 10_000) or self.steps > MOST):
            allowed = "inf, or so few that the cycles last at most 2**53 steps (10,000 when stretched)"
            raise refused(self.name, "num_cycles", allowed, self.num_cycles)

    @functools.cached_property
    def steps(self) -> float:
        if self.num_cycles == INF or self.t_mult == 1:
            return self.num_cycles * self.body.steps
        start, length = 0, self.body.steps
        for _ in range(self.num_cycles):
            start, length = start + length, length * self.t_mult
            if start > MOST:
                return INF
        return start

    def multiplier(self, t):
        if self.t_mult == 1:
            cycle = np.minimum(quotient(t, self.body.steps), self.num_cycles - 1)
            start = cycle * self.body.steps
        else:
            starts = self._starts(t.max(initial=0))
            cycle = np.searchsorted(starts, t, side="right") - 1
            start = starts[cycle]
        stretch = np.power(float(self.t_mult), cycle)
        return float(self.gamma) ** cycle * self.body.held((t - start) / stretch)

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
    if depth > MAX_DEPTH:
        raise ValueError(f"schedule dict is nested more than {MAX_DEPTH} deep")
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise ValueError(f'a schedule dict needs a "type", a string; got {shown(data)}')
    if data["type"] not in TYPES:
        raise ValueError(unknown("schedule type", data["type"][:80], TYPES))
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
        if depth > MAX_DEPTH:
            raise ValueError(f"schedule dict is nested more than {MAX_DEPTH} deep")
        return tuple(_rich(v, depth + 1) for v in value)
    return INF if isinstance(value, str) and value == "inf" else value
