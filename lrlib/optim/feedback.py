"""Rates that answer to what is seen: feedback rules with explicit memory, weight averaging, noise."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Listing
from dataclasses import asdict, dataclass, replace
from typing import Annotated, dataclass_transform

import torch
from torch.optim import Optimizer

from lrlib import rules
from lrlib.optim.drive import STEP, ScheduleLR, Schedules, unwrapped
from lrlib.optim.groups import noted_bases, one_each, read, refuse_multiplied
from lrlib.rules import AtLeastOne, Count, Fraction, InsideUnit, NotNegative, Refused, Rule, saying, shown
from lrlib.schedules import Schedule, constant, cosine, table
from lrlib.schedules.subclass import saying_names

Readings = Annotated[int, rules.whole(0, of="readings")]
Mode = Annotated[str, rules.one_of("min", "max")]
Best = Annotated[float | None, rules.optional(rules.rule_of(float))]
Limit = Annotated[float, Rule("a number > 0 and <= 1", rules.within(0, 1, open_low=True))]
Seed = Annotated[int, rules.whole(0)]
Kind = Annotated[str, rules.one_of("normal", "uniform")]
Driven = Annotated[Optimizer, rules.is_a(Optimizer, "a torch optimizer")]
Shape = Annotated[Callable, rules.is_a(Callable, "cosine, linear, or any other shape(start, end, steps)")]
STEADY = constant(1)
MOST_DRAWS = 2**20
FEEDBACKS = rules.Registry("feedback rule")


class _Checked:
    def __post_init__(self):
        with saying(type(self).__name__):
            rules.check_fields(self)


@dataclass(frozen=True)
class Standing(_Checked):
    """All that a feedback rule remembers from one reading to the next, as plain numbers.

    multiplier: what the scheduled rate is multiplied by now.
    best: the best reading so far, None before the first. good, bad: readings in a row that improved on it,
    and that did not. waiting: readings still to be ignored after a change of the rate.
    at_minimum: reductions in a row that left the multiplier at its minimum. recent: the readings averaged.
    Raises ValueError for anything else.

    >>> Plateau(factor=0.5, patience=1).after(Standing(best=0.7, bad=1), 0.9).multiplier
    0.5
    """

    multiplier: NotNegative = 1.0
    best: Best = None
    good: Readings = 0
    bad: Readings = 0
    waiting: Readings = 0
    at_minimum: Readings = 0
    recent: tuple = ()


@dataclass_transform(frozen_default=True)
class Feedback(_Checked):
    """How a reading (a loss, an accuracy) changes a `Standing`: `after(standing, reading)`, a pure function.

    A reading r improves on the best one b when r < b - rtol * |b| - atol; for mode "max", when
    r > b + rtol * |b| + atol. The first finite reading improves; one that is not finite never does.

    A rule of your own is a subclass: annotated fields, which become those of a frozen dataclass and are
    checked as those of a schedule are, and `after`. It is saved in checkpoints under its name.

    >>> from dataclasses import replace
    >>> class Halve(Feedback):
    ...     above: float
    ...     def after(self, was, reading):
    ...         return replace(was, multiplier=was.multiplier / 2) if reading > self.above else was
    >>> Halve(above=3).after(Standing(), 4.0).multiplier
    0.5
    """

    mode, rtol, atol = "min", 0.0, 0.0

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.after is Feedback.after:
            raise TypeError(f"the feedback rule {cls.__name__} must define after(self, was, reading)")
        if "__init__" in vars(cls):
            raise TypeError(f"the feedback rule {cls.__name__} must not define __init__: annotate its fields")
        dataclass(frozen=True)(cls)
        cls.__init__ = saying_names(cls.__init__, cls.__name__)
        del cls.__setattr__, cls.__delattr__  # so that @dataclass(frozen=True) may be written above it too
        FEEDBACKS.add(cls.__name__.lower(), cls)

    def __setattr__(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def after(self, was: Standing, reading: float) -> Standing:
        """The standing after one more reading."""
        raise NotImplementedError

    def improves(self, reading: float, best: float | None) -> bool:
        """Whether a reading improves on the best one so far."""
        if not math.isfinite(reading) or best is None:
            return math.isfinite(reading)
        gain = best - reading if self.mode == "min" else reading - best
        return gain > self.rtol * abs(best) + self.atol


class Plateau(Feedback):
    """Lower the rate when readings have stopped improving.

    The multiplier m becomes max(factor * m, min_factor) at the reading that is number `patience` + 1 in a row
    without improvement; the next `cooldown` readings are not counted as such. `patience` is counted as in
    torch, which tolerates that many: Keras and optax call the same patience + 1.

    factor: in (0, 1). patience, cooldown: readings. min_factor: 0..1, of the scheduled rate.
    rtol, atol, mode: what improvement is, see `Feedback`.
    Raises ValueError for a parameter out of range. torch's ReduceLROnPlateau with `eps=0`, except that for
    negative readings it takes `rtol` of the best for a gain where it is a loss.

    >>> standing = Standing()
    >>> for loss in (0.9, 0.7, 0.7, 0.7):
    ...     standing = Plateau(factor=0.5, patience=1).after(standing, loss)
    >>> standing.multiplier, standing.best
    (0.5, 0.7)
    """

    factor: InsideUnit = 0.1
    patience: Readings = 10
    cooldown: Readings = 0
    min_factor: Fraction = 0.0
    rtol: NotNegative = 1e-4
    atol: NotNegative = 0.0
    mode: Mode = "min"

    def after(self, was: Standing, reading: float) -> Standing:
        better = self.improves(reading, was.best)
        best = reading if better else was.best
        bad = 0 if better or was.waiting else was.bad + 1
        if bad > self.patience:
            lower = max(self.factor * was.multiplier, self.min_factor)
            return Standing(lower, best, waiting=self.cooldown)
        return replace(was, best=best, bad=bad, waiting=max(was.waiting - 1, 0))


class Greedy(Feedback):
    """Raise the rate while readings improve, lower it while they do not.

    The multiplier m becomes min(m / factor, max_factor) at the reading that is number `patience` + 1 in a row
    with an improvement, and max(factor * m, min_factor) at the one that is number `patience` + 1 in a row
    without; the next `warmup` or `cooldown` readings are ignored. After `reset_start` reductions in a row
    that leave m at its minimum, the rule forgets everything and m is 1 again.

    factor: in (0, 1). patience, cooldown, warmup, reset_start: readings. min_factor: 0..1, max_factor >= 1,
    of the scheduled rate. window: how many readings are averaged, 1 for none.
    rtol, atol, mode: what improvement is, see `Feedback`.
    Raises ValueError for a parameter out of range. arXiv:2512.14527; transformers' GreedyLR with `eps=0`,
    where the limits are the absolute rates 0.001 and 1: these factors, for a rate of 0.1.

    >>> standing = Standing()
    >>> for loss in (0.9, 0.8, 0.7, 0.6):
    ...     standing = Greedy(factor=0.5, patience=1).after(standing, loss)
    >>> standing.multiplier
    4.0
    """

    factor: InsideUnit = 0.95
    patience: Readings = 10
    cooldown: Readings = 0
    warmup: Readings = 0
    min_factor: Fraction = 0.01
    max_factor: AtLeastOne = 10.0
    window: Count = 1
    reset_start: Count = 500
    rtol: NotNegative = 0.0
    atol: NotNegative = 1e-6
    mode: Mode = "min"

    def after(self, was: Standing, reading: float) -> Standing:
        if math.isfinite(reading):
            recent = (*was.recent, reading)[-self.window :]
            was, reading = replace(was, recent=recent), sum(recent) / len(recent)
        if was.waiting:
            return replace(was, waiting=was.waiting - 1)
        if self.improves(reading, was.best):
            was = replace(was, best=reading, good=was.good + 1, bad=0)
        else:
            was = replace(was, good=0, bad=was.bad + 1)
        if was.good > self.patience:
            higher = min(was.multiplier / self.factor, self.max_factor)
            return replace(was, multiplier=higher, good=0, waiting=self.warmup, at_minimum=0)
        return self._lowered(was) if was.bad > self.patience else was

    def _lowered(self, was: Standing) -> Standing:
        lower = max(self.factor * was.multiplier, self.min_factor)
        at_minimum = was.at_minimum + 1 if lower == self.min_factor else 0
        if at_minimum >= self.reset_start:
            return Standing(waiting=self.cooldown)
        return replace(was, multiplier=lower, bad=0, waiting=self.cooldown, at_minimum=at_minimum)


class FeedbackLR(ScheduleLR):
    """Sets `lr = base_lr * schedule(t) * multiplier`, where feedback chooses the multiplier from readings.

    Two clocks: `step()` after every update moves the schedule, `report(reading)` after every evaluation moves
    the feedback, and changes the rate from the next update on. So a warmup, or any schedule, composes with a
    plateau rule: `FeedbackLR(optimizer, Plateau(patience=3), linear(0, 1, W))`. Without a schedule `step()`
    may be left out. Resumes exactly, as `ScheduleLR` does; `standing` is all that the feedback remembers.

    Where several processes train, report the same reading to each, since with losses of their own their rates
    drift apart: the mean, by `accelerator.reduce(loss, "mean")`, or by `torch.distributed.all_reduce(loss)`
    and a division by the number of processes. A scheduler that accelerate prepared is wrapped, and has no
    `report`: keep the one that you built, or call `prepared.scheduler.report(reading)`.

    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.2)
    >>> scheduler = FeedbackLR(optimizer, Plateau(factor=0.5, patience=1))
    >>> for loss in (0.9, 0.7, 0.7, 0.7):
    ...     optimizer.step()
    ...     scheduler.report(loss)
    >>> scheduler.get_last_lr()
    [0.1]

    feedback: `Plateau(...)`, `Greedy(...)`, or a rule of your own that derives from `Feedback`.
    optimizer, schedule, on_mismatch: as in `ScheduleLR`; a saved feedback that differs is treated as a
    schedule that differs, and what it remembered is kept.
    Raises TypeError when `feedback` is none; ValueError when it could not be saved; else as `ScheduleLR`.
    """

    @saying_names
    def __init__(self, optimizer: Optimizer, feedback: Feedback, schedule: Schedules = STEADY,
                 on_mismatch: str = "error"):  # fmt: skip
        if not isinstance(feedback, Feedback):
            allowed = "Plateau(...) or Greedy(...), or a rule that derives from Feedback"
            raise TypeError(f"FeedbackLR: feedback must be {allowed}, got {shown(feedback)}")
        with saying("FeedbackLR"):
            self.feedback = RESTORABLE.checked("feedback", feedback)
        self.standing = Standing()
        super().__init__(optimizer, schedule, on_mismatch=on_mismatch)

    def step(self, epoch: int | None = None, **readings) -> None:
        """As that of `ScheduleLR`; a tensor, or what torch calls `metrics`, is a reading and refused too."""
        if readings or isinstance(epoch, torch.Tensor):
            raise Refused(rules.refused("step", STEP.allowed, readings or epoch).what, "FeedbackLR.step")
        super().step(epoch)

    def report(self, reading: float) -> None:
        """Tell the feedback a reading; the rate that follows is in effect from the next update on.

        Raises ValueError for what is not one number; TypeError when the rule does not return a `Standing`, or
        one of a class derived from it, whose fields a checkpoint would not know.
        """
        with saying("FeedbackLR.report"):
            reading = rules.READING.checked("reading", reading)
        standing = self.feedback.after(self.standing, reading)
        if type(standing) is not Standing:
            name = type(self.feedback).__name__
            raise TypeError(f"{name}.after must return a Standing itself, got {shown(standing)}")
        self.standing = standing
        self._set_values()

    def _values(self, name: str) -> list[float]:
        values = super()._values(name)
        return self._finite(name, [value * self.standing.multiplier for value in values])

    def state_dict(self) -> dict:
        """That of `ScheduleLR`, with the feedback and its standing, each as a string."""
        standing = json.dumps(asdict(self.standing))
        return {**super().state_dict(), "feedback": _to_state(self.feedback), "standing": standing}

    def _checked(self, state: Mapping) -> Callable[[], None]:
        saved, remembered = (rule.checked(name, state[name]) for name, rule in SAVED.items())
        standing = Standing(**self._of_keys(remembered, asdict(self.standing)))
        alike = _to_state(saved) == _to_state(self.feedback)  # its class may have been defined again
        feedback = saved if not alike and self._keeps(str(saved), str(self.feedback)) else self.feedback
        take_over_rates = super()._checked(state)

        def take_over() -> None:
            self.feedback, self.standing = feedback, standing
            take_over_rates()

        return take_over


def _to_state(feedback: Feedback) -> str:
    return json.dumps({"type": type(feedback).__name__.lower(), **asdict(feedback)})


def _from_state(state: str) -> Feedback:
    fields = {**unwrapped(state)}
    kind = FEEDBACKS.find(fields.pop("type", None))
    return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()})


def _restorable(feedback: Feedback) -> Feedback:
    if _from_state(_to_state(feedback)) != feedback:
        raise ValueError
    return feedback


SAVED = {
    "feedback": Rule("a feedback rule as state_dict writes it", _from_state),
    "standing": Rule("a standing as state_dict writes it", lambda state: {**unwrapped(state)}),
}
RESTORABLE = Rule("what a checkpoint can restore: fields of numbers, texts, or tuples of them", _restorable)


@rules.checked
def swa(optimizer: Driven, swa_lr: float | Listing[float], anneal_steps: rules.Steps = 10,
        shape: Shape = cosine) -> ScheduleLR:  # fmt: skip
    """Take each group's rate from where it is now to `swa_lr`, and hold it there while weights are averaged.

    lr(t) = swa_lr + (now - swa_lr) * (1 + cos(pi * t / anneal_steps)) / 2 for t < anneal_steps, with t = 0 at
    the update after this call; then swa_lr. Average with `torch.optim.swa_utils.AveragedModel`.

    swa_lr: one absolute rate >= 0, or a list with one for each group. anneal_steps: whole, >= 0.
    shape: `cosine`, or `linear`, or any other `shape(start, end, steps)`.
    Resumes exactly: call it again on the new optimizer and load the state; the saved schedule is kept.
    Raises ValueError for a list of the wrong length, a negative rate, a group whose base rate is 0, a shape
    that cannot be called (`cosine`, not "cosine"), and for what is no optimizer.
    Izmailov et al. 2018, arXiv:1803.05407; torch's SWALR, in closed form.

    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    >>> scheduler = swa(optimizer, swa_lr=0.1, anneal_steps=2)
    >>> for t in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 3)
    0.1
    """
    targets = one_each("swa_lr", swa_lr, optimizer.param_groups)
    refuse_multiplied(optimizer.param_groups, "lr")
    bases = noted_bases(optimizer, "lr", fresh=True)
    if 0 in bases:
        raise Refused("the base rate of a parameter group is 0: no multiplier of it is swa_lr")
    parts = [
        shape(read(group, "lr") / base, target / base, anneal_steps)
        for group, base, target in zip(optimizer.param_groups, bases, targets, strict=True)
    ]
    return ScheduleLR(optimizer, parts, on_mismatch="keep")


@rules.checked
def noise(start: rules.Steps, stop: rules.StepSize, limit: Limit = 0.67, std: rules.Positive = 1.0,
          seed: Seed = 42, kind: Kind = "normal") -> Schedule:  # fmt: skip
    """A factor for `schedule * noise(start, stop)`: noisy at steps start .. stop-1, and 1 elsewhere.

    factor(t) = 1 + e(t): e is normal with standard deviation `std`, drawn again until |e| < limit, or uniform
    in [-limit, limit). Each e(t) has a generator of its own, seeded with seed + t, so that the factor is a
    pure function of t and a resumed run needs no state; the draws are stored in the schedule.

    start, stop: whole steps, 0 <= start < stop, at most 2**20 apart. limit: in (0, 1], above which rates
    would be negative. std: in (0, 100 * limit]. seed: a whole number >= 0. kind: "normal" or "uniform".
    Raises ValueError for anything else. One draw an epoch: `stretch(noise(0, epochs), updates_an_epoch)`.
    The same draws as timm with `noise_range_t`, `noise_pct`, `noise_std` and `noise_seed`.

    >>> factor = noise(10, 20, limit=0.5, seed=7)
    >>> factor(9), factor(20), 0.5 < factor(15) < 1.5
    (1.0, 1.0, True)
    """
    if not start < stop <= start + MOST_DRAWS:
        raise rules.refused("stop", f"a whole step > start = {start}, by at most {MOST_DRAWS}", stop)
    if std > 100 * limit:
        raise rules.refused("std", f"a number > 0 and <= {100 * limit!r}", std)
    factors = [1 + _draw(seed + t, kind, limit, std) for t in range(start, stop)]
    return constant(1, start) >> table(factors) >> constant(1)


def _draw(seed: int, kind: str, limit: float, std: float) -> float:
    generator = torch.Generator().manual_seed(seed)
    if kind == "uniform":
        return 2 * (torch.rand(1, generator=generator).item() - 0.5) * limit
    while abs(draw := std * torch.randn(1, generator=generator).item()) >= limit:
        pass
    return draw
