"""The table of presets, the check of their arguments, and the pieces that several libraries share.

A preset is a function marked `@registered` in the module of its library. In its signature

- a parameter without an annotation has the rule of its name in `PARAMETERS`;
- `low` is a floor: users give `min_lr`, a rate, with `base_lr`, and the function gets their quotient;
- `foot` is the same of `warmup_lr`, the rate that a warmup starts from; of both an annotation is a rule;
- `left` is what remains of the user's `total_steps` after warmup, hold and constant steps, a step or more;
- `gap` is what remains of it after the warmup, or less than 0 where that is longer, as it then may be;
- `flat` is what remains of it between a warmup and a decay, zero steps or more.
"""

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Annotated, get_type_hints

from lrlib import rules as r
from lrlib import schedules as s
from lrlib.rules import Refused, Registry, checked, refused, shown
from lrlib.schedules.core import Schedule
from lrlib.schedules.recipes import joined

PRESETS = Registry("preset", "presets.names() lists all")
FAR = 2**30  # steps that a line is drawn on for, past its end: a power of two, so that it stays exact
NotNegatives = Annotated[tuple, r.Rule("a tuple of numbers >= 0", r.each(r.rule_of(r.NotNegative).convert))]
RULES = {
    r.StepSize: "total_steps decay_steps step_size step_size_up first_cycle",
    r.Steps: "warmup_steps hold_steps constant_steps cooldown_steps step_size_down begin shift",
    r.Count: "num_cycles t_mult d_model",
    r.Number: "start middle end min_factor min_lr warmup_lr",
    r.Rate: "base_lr",
    r.NotNegative: "gamma start_gamma end_gamma",
    r.Positive: "power exponent k_decay div final_div rate timescale",
    r.OfRun: "warmup_fraction",
    r.Flag: "staircase cycle three_phase warmup_prefix",
    r.Milestones: "milestones cycles knots",
    r.Values: "multipliers",
    NotNegatives: "factors peaks",
}
PARAMETERS = {name: rule for rule, names in RULES.items() for name in names.split()}
RATES = {"low": "min_lr", "foot": "warmup_lr"}
SeveralSteps = Annotated[int, r.whole(2, of="steps")]
AtMostOne = Annotated[float, r.Rule("a number <= 1", r.within(-r.MOST, 1))]
Share = Annotated[float, r.Rule("a number > 0 and <= 1", r.within(0, 1, open_low=True))]
Phase = Annotated[str, r.one_of("cos", "linear")]
Mode = Annotated[str, r.one_of("triangular", "triangular2", "exp_range")]


def registered(function: Callable[..., Schedule], library: str = "") -> Callable[..., Schedule]:
    """Register a function as the preset "library.function", and return it with arguments that are checked.

    library: its module's name, unless it is said. Arguments are given by name.
    """
    library = library or function.__module__.rpartition(".")[2]
    own = inspect.signature(function).parameters
    public: dict[str, inspect.Parameter] = {}
    for p in (p for each in own.values() for p in _public(each)):
        if p.name not in public or p.default is p.empty:
            public[p.name] = p
    whole = {"total_steps": r.Steps} if "gap" in own else {}
    rules = PARAMETERS | whole | get_type_hints(function, include_extras=True)

    @functools.wraps(function)
    def build(**given) -> Schedule:
        values = {name: p.default for name, p in public.items()} | given
        values |= {name: DERIVED[name](values) for name in own if name in DERIVED}
        for name in RATES.keys() & rules.keys():
            r.check(f"{RATES[name]} / base_lr", rules[name], values[name])
        try:
            return function(**{name: values[name] for name in own})
        except Refused as error:
            raise Refused(str(error)) from None
        except ArithmeticError:
            raise Refused("a number is too large or too small to compute with") from None

    build.__annotations__ = {**{name: rules[name] for name in public}, "return": Schedule}
    named = [p.replace(annotation=p.empty, kind=p.KEYWORD_ONLY) for p in public.values()]
    build.__signature__ = inspect.Signature(named)
    preset = checked(build, who=f"{library}.{function.__name__}", by_name=True)
    PRESETS.add(f"{library}.{function.__name__}", preset)
    return preset


def shared(**titles: str) -> Callable:
    """Register a function as a preset of several libraries; a title is what the library itself calls it."""

    def add(function: Callable[..., Schedule]) -> Callable[..., Schedule]:
        what = function.__doc__
        for library, title in titles.items():
            function.__doc__ = f"{title}: {what}"
            registered(function, library)
        return function

    return add


def _public(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """The parameters that a user gives for one of the function's own."""
    if parameter.name in ("left", "flat", "gap"):
        return [parameter.replace(name="total_steps")]
    if parameter.name in RATES:
        rate = parameter.replace(name=RATES[parameter.name])
        optional = parameter.empty if parameter.default else None
        return [rate, parameter.replace(name="base_lr", default=optional)]
    return [parameter]


def ratio(of: str, given: dict) -> float:
    """A rate as a factor of `base_lr`. ValueError when it comes without `base_lr`."""
    if not given[of]:
        return 0
    if given["base_lr"] is None:
        raise Refused(f"base_lr must be given, as {of} = {shown(given[of])} is a rate and not a factor")
    return given[of] / given["base_lr"]


def below_peak(low: float) -> float:
    """A floor, refused where it is not lower than the peak."""
    if low >= 1:
        raise Refused(f"min_lr must be less than base_lr, got {low:g} times base_lr")
    return low


def rest(total_steps: int, least: int = 1, **lengths: int) -> int:
    """What is left of `total_steps` after these lengths. ValueError unless at least `least` steps are."""
    left = total_steps - sum(lengths.values())
    if left < least:
        allowed = f"{'less than' if least else 'at most'} total_steps = {total_steps}"
        raise refused(" + ".join(lengths), allowed, sum(lengths.values()))
    return left


def _left(given: dict, least: int, *lengths: str) -> int:
    return rest(given["total_steps"], least, **{name: given[name] for name in lengths if name in given})


DERIVED: dict[str, Callable[[dict], float]] = {
    "low": functools.partial(ratio, "min_lr"),
    "foot": functools.partial(ratio, "warmup_lr"),
    "left": lambda given: _left(given, 1, "warmup_steps", "hold_steps", "constant_steps"),
    "gap": lambda given: given["total_steps"] - given["warmup_steps"],
    "flat": lambda given: _left(given, 0, "warmup_steps", "decay_steps"),
}


def up(steps: int, start: float = 0) -> Schedule:
    """A line from `start` to 1 at step `steps`."""
    return s.linear(start, 1, steps)


def up_early(steps: int) -> Schedule:
    """The warmup (t + 1) / (steps + 1), which has no update at 0."""
    return s.shift(s.linear(0, 1, steps + 1), 1)


def wave(start: float, end: float, steps: float) -> Schedule:
    """A cosine from `start` to `end` in `steps` steps (may be fractional) and back, for ever."""
    return s.between(s.stretch((s.cosine(1, 0, 1) >> s.cosine(0, 1, 1)).loop(), steps), end, start)


def for_steps(value: float, steps: float) -> Schedule:
    """One value for so many steps, which may be fractional, or none."""
    return s.stretch(s.constant(value, 1), steps) if steps else s.constant(value, 0)


def ray(start: float, end: float, steps: float) -> Schedule:
    """A straight line from `start` to `end` in `steps` steps (may be fractional), and on past it."""
    return s.linear(start, start + (end - start) * (FAR / steps), FAR)


def decay(kind: str, end: float, steps: int) -> Schedule:
    """From 1 to `end` in `steps` steps, then held: "linear", "cosine" or "1-sqrt"."""
    if kind == "cosine":
        return s.cosine(1, end, steps)
    line = s.linear(1, end, steps)
    return s.warp(line, 0.5) if kind == "1-sqrt" else line


def trapezoid(total_steps: int, warmup_steps: int, decay_steps: int, end: float) -> Schedule:
    """(t + 1) / W, 1, and a line to `end` at T that goes on, joined late after too long a warmup."""
    flat = total_steps - warmup_steps - decay_steps
    top = s.shift(up(warmup_steps) >> s.constant(1, max(flat, 0) + 1), 1)
    line = ray(1, end, decay_steps) if decay_steps else s.constant(1)
    return top >> s.shift(line, max(-flat, 0))


def cyclic(low: float, up: int, down: int, mode: str, gamma: float) -> Schedule:
    """Triangles from `low` to 1 for ever, their height kept, halved each cycle, or decaying each step."""
    triangle = s.linear(0, 1, up) >> s.linear(1, 0, down or up)
    heights = triangle.loop(gamma=0.5 if mode == "triangular2" else 1)
    return s.between(heights * s.exponential(gamma) if mode == "exp_range" else heights, low, 1)


def cosines(ends: tuple[int, ...], peaks: tuple[float, ...], low: float = 0,
            warmup_steps: int = 0) -> Schedule:  # fmt: skip
    """Cycles that end at the steps `ends`: a warmup from 0 to the cycle's peak, then a cosine to `low`."""
    lengths = [end - start for start, end in zip((0, *ends), ends, strict=False)]
    if len(peaks) != len(ends) or min(lengths) <= warmup_steps:
        allowed = f"{len(peaks)} steps, one for each peak, more than {warmup_steps} apart"
        raise refused("cycles", allowed, ends)
    parts = []
    for length, peak in zip(lengths, peaks, strict=True):
        parts += [s.linear(0, peak, warmup_steps), s.cosine(peak, low, length - warmup_steps)]
    return joined(parts)


def torch_one_cycle(total_steps, warmup_fraction, start, end, curve, three_phase) -> Schedule:
    """torch's one cycle, whose phases count from 1, so that the last one ends at step T - 1."""
    up = warmup_fraction * total_steps - 1
    if up <= 0:
        raise refused("warmup_fraction", "such that the way up is longer than 0 steps", warmup_fraction)
    rest = total_steps - 1 - (2 * up if three_phase else up)
    if not rest:
        raise refused("warmup_fraction", "such that there is a way down", warmup_fraction)
    return phased([start, 1, *[start] * three_phase, end], [up, *[up] * three_phase, rest], curve)


def phased(levels: list[float], phases: list[float], curve: str) -> Schedule:
    """From each level to the next: a one-cycle schedule.

    Phases are lengths in steps, possibly fractional. The last one goes on past its end as its formula does,
    and so does the one before where nothing is left for the last.
    """
    shape = s.cosine if curve == "cos" else s.linear
    pairs = zip(itertools.pairwise(levels), phases, strict=True)
    *first, last = ((*ends, steps) for ends, steps in pairs if steps > 0)
    tail = wave(*last) if curve == "cos" else ray(*last)
    for a, b, steps in reversed(first):
        tail = s.stretch(shape(a, b, 1), steps) >> tail
    return tail


def other(gap: int) -> int:
    """What remains after a warmup, or that is longer; not none, by which the library divides."""
    if not gap:
        raise refused("total_steps - warmup_steps", "other than 0", gap)
    return gap


def not_negative(schedule: Schedule, low: float) -> Schedule:
    """`schedule`, cut off at 0 where its floor is below."""
    return s.clip(schedule, 0) if low < 0 else schedule


def late(schedule: Schedule, by: int) -> Schedule:
    """`schedule` from its step `by` on, which may be past its end."""
    return s.shift(schedule, by) if by < schedule.steps else s.constant(schedule(by))


def stopped(schedule: Schedule) -> Schedule:
    """A finite schedule that keeps, once it is over, the value of its last step instead of its end value."""
    return schedule >> s.constant(schedule(schedule.steps - 1))
