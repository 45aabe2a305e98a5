"""A schedule as lines of plain PyTorch to copy: `LambdaLR` over its formula, without this library."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

import numpy as np

from lrlib.rules import INF, Refused, shown
from lrlib.schedules import Product, Scale, Schedule, Sequence, shapes
from lrlib.schedules import operators as over

CLASSES = ("SGD", "Adam", "AdamW")
LONGEST_LIST = 400  # multipliers that are written out


def block(schedule: Schedule, base_lr: float, steps: int, optimizer=None, clip_norm: float = INF) -> str:
    """Python lines that make the optimizer and the schedule of a run in torch, for a `model` that is there.

    The rate at update t of these lines is base_lr * schedule(t), for t = 0 .. steps and beyond: what ends is
    held. optimizer: SGD(), Adam() or AdamW() of lrlib.train; if None, a plain SGD.
    Raises ValueError for a schedule that no short formula writes, and for an optimizer of another kind.

    >>> from lrlib.schedules import parse
    >>> print(block(parse("warmup_cosine(500, 25)"), 0.64, 500))
    import math
    import torch
    <BLANKLINE>
    optimizer = torch.optim.SGD(model.parameters(), lr=0.64)
    <BLANKLINE>
    def factor(step):  # of lr at this update, counted from 0
        step = min(step, 500)  # after the last update the rate stays
        if step < 25:
            return step / 25
        return (1 + math.cos(math.pi * (step - 25) / 475)) / 2
    <BLANKLINE>
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    # in the loop: optimizer.step(), then schedule.step(), once for each of the 500 updates
    """
    made = [f"optimizer = torch.optim.{_optimizer(optimizer, base_lr)}"]
    if clip_norm < INF:
        clip = f"torch.nn.utils.clip_grad_norm_(model.parameters(), {clip_norm:.17g})"
        made += [f"# in the loop, after loss.backward(): {clip}"]
    if schedule == shapes.constant(1):
        made += ["# no schedule: the rate stays as it is"]
    else:
        made += ["", *_factor(schedule, steps), ""]
        made += ["schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)"]
        made += [
            f"# in the loop: optimizer.step(), then schedule.step(), once for each of the {steps:,} updates"
        ]
    imports = ["import math"] * any("math." in line for line in made)
    return "\n".join([*imports, "import torch", "", *made])


def _optimizer(optimizer, base_lr: float) -> str:
    if optimizer is None:
        return f"SGD(model.parameters(), lr={_number(base_lr)})"
    from lrlib import train  # brings torch, which the lines of a schedule do without

    name = type(optimizer).__name__
    if name not in CLASSES or type(optimizer) is not getattr(train, name):
        raise Refused(f"no lines of torch for the optimizer {optimizer}; SGD, Adam and AdamW have some")
    plain = vars(type(optimizer)())
    given = {key: value for key, value in vars(optimizer).items() if value != plain[key]}
    arguments = [f"lr={_number(base_lr)}", *(f"{key}={value!r}" for key, value in given.items())]
    return f"{name}(model.parameters(), {', '.join(arguments)})"


def _factor(schedule: Schedule, steps: int) -> list[str]:
    """The function `factor`, and those that it needs, before it."""
    most, lines, writer = INF, [], Writer()
    if schedule.steps < INF:
        after = "after the last update" if schedule.steps == steps else "then"
        lines, most = (
            [f"step = min(step, {_number(schedule.steps)})  # {after} the rate stays"],
            schedule.steps,
        )
    lines += writer.body(schedule, "step", most)
    own = ["def factor(step):  # of lr at this update, counted from 0", *(f"    {line}" for line in lines)]
    return [*writer.functions, *own]


class Writer:
    """Writes a schedule as an expression; what is no expression becomes a function, kept in `functions`."""

    def __init__(self):
        self.functions: list[str] = []

    def body(self, schedule: Schedule, t: str, most: float) -> list[str]:
        """The lines of a function of the name `t`, at most `most`, that returns the multiplier."""
        if not isinstance(schedule, Sequence):
            return [f"return {self.at(schedule, t, most)}"]
        lines, start = [], 0
        for part in schedule.parts:
            clock = f"({t} - {_number(start)})" if start else t
            last = part is schedule.parts[-1]
            inside = self.at(part, clock, most - start if last else part.steps)
            start += part.steps
            lines += [f"return {inside}"] if last else [f"if {t} < {_number(start)}:", f"    return {inside}"]
        return lines

    def at(self, schedule: Schedule, t: str, most: float) -> str:
        """The multiplier of a schedule at the clock `t`, which is at most `most`; both are expressions."""
        if isinstance(schedule, shapes.Constant | Scale):
            return _number(schedule.value)
        if schedule.steps < most and not isinstance(schedule, Sequence | Product):
            t, most = f"min({_bare(t)}, {_number(schedule.steps)})", schedule.steps
        if isinstance(schedule, Sequence):
            return self.function(self.body(schedule, "t", most), t)
        return written(schedule, t, most, self)

    def function(self, lines: list[str], t: str) -> str:
        """A function of `t` with these lines; returns its call."""
        name = f"part{sum(line.startswith('def') for line in self.functions) + 1}"
        self.functions += [f"def {name}(t):", *(f"    {line}" for line in lines), ""]
        return f"{name}({_bare(t)})"


@singledispatch
def written(schedule: Schedule, t: str, most: float, writer: Writer) -> str:
    """The formula of one kind of schedule; a short table where it is none of those below."""
    if most > LONGEST_LIST or most != int(most):
        raise Refused(f"no short formula in plain Python for {shown(schedule)}")
    return _listed(schedule.values(int(most) + 1), t)


def _says(kind: type) -> Callable:
    return lambda function: written.register(kind, function)


@_says(shapes.Linear)
def _(s, t, most, writer):
    p = _share(t, s.steps)
    match s.start, s.end:
        case (0, 1):
            return p
        case (1, 0):
            return f"(1 - {p})"
    return f"({_number(s.start)} * (1 - {p}) + {_number(s.end)} * {p})"


@_says(shapes.Cosine)
def _(s, t, most, writer):
    turn = f"math.pi * {t}" + (f" / {_number(s.steps)}" if s.steps else "")
    return _falling(s, f"(1 + math.cos({turn if s.steps else 'math.pi'})) / 2")


@_says(shapes.Polynomial)
def _(s, t, most, writer):
    return _falling(s, f"(1 - {_share(t, s.steps)}) ** {_number(s.power)}")


@_says(shapes.Rex)
def _(s, t, most, writer):
    left = f"(1 - {_share(t, s.steps)})"
    return _falling(s, f"{left} / ({_number(s.beta)} + {_number(1 - s.beta)} * {left})")


@_says(shapes.Tanh)
def _(s, t, most, writer):
    at = f"{_number(s.lower)} + {_number(s.upper - s.lower)} * {_share(t, s.steps)}"
    return _falling(s, f"(1 - math.tanh({at})) / 2")


@_says(shapes.Logarithmic)
def _(s, t, most, writer):
    p = f"math.log1p({_bare(t)}) / math.log1p({_number(s.steps)})" if s.steps else "1"
    return f"({_number(s.start)} + {_number(s.end - s.start)} * {p})"


@_says(shapes.Exponential)
def _(s, t, most, writer):
    return f"{_number(s.gamma)} ** ({_per(t, s.decay_steps)})"


@_says(shapes.InverseTime)
def _(s, t, most, writer):
    return f"(1 + {t} / {_number(s.timescale)}) ** {_number(-s.power)}"


@_says(shapes.InverseSqrt)
def _(s, t, most, writer):
    return f"(1 + {t} / {_number(s.timescale)}) ** -0.5"


@_says(shapes.Step)
def _(s, t, most, writer):
    return f"{_number(s.gamma)} ** ({t} // {_number(s.step_size)})"


@_says(shapes.Multistep)
def _(s, t, most, writer):
    return f"{_number(s.gamma)} ** sum(m <= {t} for m in {_numbers(s.milestones)})"


@_says(shapes.Table)
def _(s, t, most, writer):
    return _listed(s.multipliers, t)


@_says(Product)
def _(s, t, most, writer):
    return " * ".join(f"({writer.at(factor, t, most)})" for factor in s.factors)


@_says(over.Clip)
def _(s, t, most, writer):
    value = f"max({writer.at(s.body, t, most)}, {_number(s.low)})"
    return value if s.high == INF else f"min({value}, {_number(s.high)})"


@_says(over.Between)
def _(s, t, most, writer):
    low, high = (_level(level, t, most, writer) for level in (s.low, s.high))
    return f"({low} + ({high} - {low}) * ({writer.at(s.body, t, most)}))"


@_says(over.Minimum)
def _(s, t, most, writer):
    name = "max" if isinstance(s, over.Maximum) else "min"
    return f"{name}({_level(s.a, t, most, writer)}, {_level(s.b, t, most, writer)})"


@_says(over.Power)
def _(s, t, most, writer):
    value = writer.at(s.body, t, most)
    return f"math.copysign(abs({value}) ** {_number(s.exponent)}, {value})"


@_says(over.Shift)
def _(s, t, most, writer):
    return writer.at(s.body, f"({_bare(t)} + {_number(s.by)})", most + s.by)


@_says(over.Cut)
def _(s, t, most, writer):
    return writer.at(s.body, t, most)


@_says(over.Stairs)
def _(s, t, most, writer):
    size = _number(s.step_size)
    return writer.at(s.body, f"({t} // {size} * {size})", most)


@_says(over.Stretch)
def _(s, t, most, writer):
    of = f" * {_number(s.of)}" if s.of != 1 else ""
    return writer.at(s.body, f"({t}{of} / {_number(s.to)})", most * s.of / s.to)


@_says(over.Warp)
def _(s, t, most, writer):
    n = _number(s.steps)
    return writer.at(s.body, f"({n} * ({t} / {n}) ** {_number(s.power)})", s.steps)


@_says(over.Restarts)
def _(s, t, most, writer):
    n, lines = _number(s.body.steps), []
    if s.t_mult == 1:
        last = "" if s.num_cycles == INF else f", {_number(s.num_cycles - 1)}"
        cycle = f"min(t // {n}{last})" if last else f"t // {n}"
        lines = [f"cycle = {cycle}", f"t = t - cycle * {n}", "long = 1"]
    else:
        left = "" if s.num_cycles == INF else f"cycle < {_number(s.num_cycles - 1)} and "
        lines = ["cycle, long = 0, 1", f"while {left}t >= {n} * long:"]
        lines += [f"    t, cycle, long = t - {n} * long, cycle + 1, long * {_number(s.t_mult)}"]
    inside = writer.at(s.body, "t" if s.t_mult == 1 else "(t / long)", s.body.steps)
    gamma = f"{_number(s.gamma)} ** cycle * " if s.gamma != 1 else ""
    lines = [line for line in lines if line != "long = 1"]
    return writer.function([*lines, f"return {gamma}{inside}"], t)


@_says(over.OnClock)
def _(s, t, most, writer):
    if isinstance(s.ticks, Schedule):
        return written.dispatch(Schedule)(s, t, most, writer)
    return writer.at(s.body, f"({t} * {_number(s.ticks)})", most * s.ticks)


def _falling(s, share: str) -> str:
    """Between `end` and `start`, where a share of 1 is the start."""
    if (s.start, s.end) == (1, 0):
        return share
    end = f"{_number(s.end)} + " if s.end else ""
    return f"({end}{_number(s.start - s.end)} * {share})"


def _level(level, t: str, most: float, writer: Writer) -> str:
    return f"({writer.at(level, t, most)})" if isinstance(level, Schedule) else _number(level)


def _listed(values, t: str) -> str:
    values = [*values]
    if len(values) > LONGEST_LIST:
        raise Refused(f"no short formula in plain Python for a table of {len(values):,} numbers")
    return f"{_numbers(values)}[min(int({_bare(t)}), {len(values) - 1})]"


def _share(t: str, steps: float) -> str:
    return f"{t} / {_number(steps)}" if steps else "1"


def _per(t: str, n: float) -> str:
    return t if n == 1 else f"{t} / {_number(n)}"


def _bare(t: str) -> str:
    """Without brackets around the whole of it."""
    inner = t[1:-1]
    whole = t.startswith("(") and t.endswith(")") and _closed(inner)
    return inner if whole else t


def _closed(text: str) -> bool:
    depth = np.cumsum([(c == "(") - (c == ")") for c in text])
    return bool(len(depth)) and depth.min() >= 0


def _numbers(values) -> str:
    return f"({', '.join(map(_number, values))}{',' * (len(values) == 1)})"


def _number(value: float) -> str:
    """A number so that reading it gives the same one; negative ones in brackets."""
    text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    return f"({text})" if value < 0 else text
