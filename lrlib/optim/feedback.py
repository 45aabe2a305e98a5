"""Rates that answer to what is seen: feedback rules with explicit memory, weight averaging, noise."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import Annotated

import torch
from torch.optim import Optimizer

from lrlib.optim.drive import ScheduleLR, require
from lrlib.rules import (
    MOST,
    AtLeastOne,
    Count,
    Fraction,
    InsideUnit,
    NotNegative,
    Rule,
    check_fields,
    checked,
    one_of,
    refused,
    saying,
    whole,
)
from lrlib.schedules import Schedule, constant, cosine, table

Readings = Annotated[int, whole(0, of="readings")]
Mode = Annotated[
    str, Rule('"min" (as for a loss) or "max" (as for an accuracy)', one_of("min", "max").convert)
]


@dataclass(frozen=True)
class Standing:
    """All that a feedback rule remembers from one reading to the next, as plain numbers.

    multiplier: what the scheduled rate is multiplied by now.
    best: the best reading so far, None before the first. good, bad: readings in a row that improved on it,
    and that did not. waiting: readings still to be ignored after a change of the rate.
    at_minimum: reductions in a row that left the multiplier at its minimum. recent: the readings averaged.
    """

    multiplier: float = 1.0
    best: float | None = None
    good: int = 0
    bad: int = 0
    waiting: int = 0
    at_minimum: int = 0
    recent: tuple[float, ...] = ()


class FeedbackRule:
    """How a reading (a loss, an accuracy) changes a `Standing`: `after(standing, reading)`, a pure function.

    A reading r improves on the best one b when r < b - rtol * |b| - atol; for mode "max", when
    r > b + rtol * |b| + atol. The first finite reading improves; one that is not finite never does.
    """

    def __post_init__(self):
        with saying(type(self).__name__):
            check_fields(self)

    def after(self, was: Standing, reading: float) -> Standing:
        """The standing after one more reading."""
        raise NotImplementedError

    def _improves(self, reading: float, best: float | None) -> bool:
        if not math.isfinite(reading) or best is None:
            return math.isfinite(reading)
        gain = best - reading if self.mode == "min" else reading - best
        return gain > self.rtol * abs(best) + self.atol


@dataclass(frozen=True)
class Plateau(FeedbackRule):
    """Lower the rate when readings have stopped improving.

    The multiplier m becomes max(factor * m, min_factor) at the reading that is number `patience` + 1 in a row
    without improvement; the next `cooldown` readings are not counted as such. `patience` is counted as in
    torch, which tolerates that many: Keras and optax call the same patience + 1.

    factor: in (0, 1). patience, cooldown: readings. min_factor: 0..1, of the scheduled rate.
    rtol, atol, mode: what improvement is, see `FeedbackRule`.
    Raises ValueError for a parameter out of range. torch's ReduceLROnPlateau with `eps=0`, except that for
    negative readings it takes `rtol` of the best for a gain where it is a loss.
    """

    factor: InsideUnit = 0.1
    patience: Readings = 10
    cooldown: Readings = 0
    min_factor: Fraction = 0.0
    rtol: NotNegative = 1e-4
    atol: NotNegative = 0.0
    mode: Mode = "min"

    def after(self, was: Standing, reading: float) -> Standing:
        better = self._improves(reading, was.best)
        best = reading if better else was.best
        bad = 0 if better or was.waiting else was.bad + 1
        if bad > self.patience:
            lower = max(self.factor * was.multiplier, self.min_factor)
            return Standing(multiplier=lower, best=best, waiting=self.cooldown)
        return dataclasses.replace(was, best=best, bad=bad, waiting=max(was.waiting - 1, 0))


@dataclass(frozen=True)
class Greedy(FeedbackRule):
    """Raise the rate while readings improve, lower it while they do not.

    The multiplier m becomes min(m / factor, max_factor) at the reading that is number `patience` + 1 in a row
    with an improvement, and max(factor * m, min_factor) at the one that is number `patience` + 1 in a row
    without; the next `warmup` or `cooldown` readings are ignored. After `reset_start` reductions in a row
    that leave m at its minimum, the rule forgets everything and m is 1 again.

    factor: in (0, 1). patience, cooldown, warmup, reset_start: readings. min_factor: 0..1, max_factor >= 1,
    of the scheduled rate. window: how many readings are averaged, 1 for none.
    rtol, atol, mode: what improvement is, see `FeedbackRule`.
    Raises ValueError for a parameter out of range. arXiv:2512.14527; transformers' GreedyLR with `eps=0`,
    where the limits are the absolute rates 0.001 and 1: these factors, for a rate of 0.1.
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
            was, reading = dataclasses.replace(was, recent=recent), sum(recent) / len(recent)
        if was.waiting:
            return dataclasses.replace(was, waiting=was.waiting - 1)
        if self._improves(reading, was.best):
            was = dataclasses.replace(was, best=reading, good=was.good + 1, bad=0)
        else:
            was = dataclasses.replace(was, good=0, bad=was.bad + 1)
        if was.good > self.patience:
            return self._raised(was)
        return self._lowered(was) if was.bad > self.patience else was

    def _raised(self, was: Standing) -> Standing:
        higher = min(was.multiplier / self.factor, self.max_factor)
        return dataclasses.replace(was, multiplier=higher, good=0, waiting=self.warmup, at_minimum=0)

    def _lowered(self, was: Standing) -> Standing:
        lower = max(self.factor * was.multiplier, self.min_factor)
        at_minimum = was.at_minimum + 1 if lower == self.min_factor else 0
        if at_minimum >= self.reset_start:
            return Standing(waiting=self.cooldown)
        return dataclasses.replace(was, multiplier=lower, bad=0, waiting=self.cooldown, at_minimum=at_minimum)


RULES = {"plateau": Plateau, "greedy": Greedy}


class FeedbackLR(ScheduleLR):
    """Sets `lr = base_lr * schedule(t) * multiplier`, where a rule chooses the multiplier from readings.

    Two clocks: `step()` after every update moves the schedule, `report(reading)` after every evaluation moves
    the rule, and changes the rate from the next update on. So a warmup, or any schedule, composes with a
    plateau rule: `FeedbackLR(optimizer, Plateau(patience=3), linear(0, 1, W))`. Without a schedule `step()`
    may be left out. Resumes exactly, as `ScheduleLR` does; `standing` is all that the rule remembers.

    rule: `Plateau(...)` or `Greedy(...)`. optimizer, schedule, on_mismatch: as in `ScheduleLR`; a saved rule
    that differs is treated as a schedule that differs, and what it remembered is kept.
    Raises TypeError when `rule` is no rule; else as `ScheduleLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        rule: FeedbackRule,
        schedule: Schedule | Listing[Schedule] = constant(1),  # noqa: B008 - immutable
        on_mismatch: str = "error",
    ):
        if not isinstance(rule, FeedbackRule):
            raise TypeError(f"rule must be Plateau(...) or Greedy(...), got {type(rule).__name__}")
        self.rule = rule
        self.standing = Standing()
        super().__init__(optimizer, schedule, on_mismatch=on_mismatch)

    def report(self, reading: float) -> None:
        """Tell the rule a reading; the rate that follows from it is in effect from the next update on."""
        self.standing = self.rule.after(self.standing, float(reading))
        self._update_lr(self.last_epoch)

    def _values(self, name: str) -> list[float]:
        return [rate * self.standing.multiplier for rate in super()._values(name)]

    def state_dict(self) -> dict:
        """That of `ScheduleLR`, with the rule and its standing; plain numbers, strings, lists and dicts."""
        kind = next(name for name, rule in RULES.items() if type(self.rule) is rule)
        standing = dataclasses.asdict(self.standing)
        standing["recent"] = list(self.standing.recent)
        rule = {"type": kind, **dataclasses.asdict(self.rule)}
        return {**super().state_dict(), "rule": rule, "standing": standing}

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its rates into the optimizer, as `ScheduleLR` does."""
        require(type(self), state_dict, "rule", "standing")
        of_rule, of_standing = dict(state_dict["rule"]), dict(state_dict["standing"])
        saved = RULES[of_rule.pop("type")](**of_rule)
        before = self.rule, self.standing
        self.rule = self._chosen({"rule": saved}, {"rule": self.rule})["rule"]
        self.standing = Standing(**{**of_standing, "recent": tuple(of_standing["recent"])})
        try:
            super().load_state_dict(state_dict)
        except ValueError:
            self.rule, self.standing = before
            raise


def swa(
    optimizer: Optimizer,
    swa_lr: float | Listing[float],
    anneal_steps: int = 10,
    shape: Callable[[float, float, int], Schedule] = cosine,
) -> ScheduleLR:
    """Take each group's rate from where it is now to `swa_lr`, and hold it there while weights are averaged.

    lr(t) = swa_lr + (now - swa_lr) * (1 + cos(pi * t / anneal_steps)) / 2 for t < anneal_steps, with t = 0 at
    the update after this call; then swa_lr. Average with `torch.optim.swa_utils.AveragedModel`.

    swa_lr: one absolute rate >= 0, or a list with one for each group. anneal_steps: whole, >= 0.
    shape: `cosine`, or `linear`, or any other `shape(start, end, steps)`.
    Resumes exactly: call it again on the new optimizer and load the state; the saved schedule is kept.
    Raises ValueError for a list of the wrong length, a negative rate, or a group whose base rate is 0.
    Izmailov et al. 2018, arXiv:1803.05407; torch's SWALR, in closed form.
    """
    groups = optimizer.param_groups
    targets = list(swa_lr) if isinstance(swa_lr, list | tuple) else [swa_lr] * len(groups)
    if len(targets) != len(groups) or not all(0 <= target < math.inf for target in targets):
        raise ValueError(f"swa_lr must be a rate >= 0, or {len(groups)}, one a group; got {swa_lr!r}")
    bases = [float(group.get("initial_lr", group["lr"])) for group in groups]
    if 0 in bases:
        raise ValueError("the base rate of a parameter group is 0: no multiplier of it is swa_lr")
    parts = [
        shape(float(group["lr"]) / base, target / base, anneal_steps)
        for group, base, target in zip(groups, bases, targets, strict=True)
    ]
    return ScheduleLR(optimizer, parts, on_mismatch="keep")


@checked
def noise(
    start: int, stop: int, limit: float = 0.67, std: float = 1.0, seed: int = 42, kind: str = "normal"
) -> Schedule:
    """A factor for `schedule * noise(start, stop)`: noisy at steps start .. stop-1, and 1 elsewhere.

    factor(t) = 1 + e(t): e is normal with standard deviation `std`, drawn again until |e| < limit, or uniform
    in [-limit, limit). Each e(t) has a generator of its own, seeded with seed + t, so that the factor is a
    pure function of t and a resumed run needs no state; the draws are stored in the schedule.

    start, stop: whole steps, 0 <= start < stop. limit: in (0, 1], above which rates would be negative.
    std: in (0, 100 * limit]. seed: a whole number >= 0. kind: "normal" or "uniform".
    Raises ValueError for anything else. One draw an epoch: `stretch(noise(0, epochs), updates_an_epoch)`.
    The same draws as timm with `noise_range_t`, `noise_pct`, `noise_std` and `noise_seed`.
    """
    for name, given, allowed, fine in (
        ("start", start, "a whole step >= 0", _is_whole(start)),
        ("stop", stop, f"a whole step > start = {start!r}", _is_whole(stop) and stop > start),
        ("limit", limit, "a number > 0 and <= 1", 0 < limit <= 1),
        ("std", std, f"a number > 0 and <= {100 * limit!r}", 0 < std <= 100 * limit),
        ("seed", seed, "a whole number >= 0", _is_whole(seed)),
        ("kind", kind, '"normal" or "uniform"', kind in ("normal", "uniform")),
    ):
        if not fine:
            raise refused(name, allowed, given)
    factors = [1 + _draw(seed + t, kind, limit, std) for t in range(start, stop)]
    return constant(1, start) >> table(factors) >> constant(1)


def _draw(seed: int, kind: str, limit: float, std: float) -> float:
    generator = torch.Generator().manual_seed(seed)
    if kind == "uniform":
        return 2 * (torch.rand(1, generator=generator).item() - 0.5) * limit
    while abs(draw := std * torch.randn(1, generator=generator).item()) >= limit:
        pass
    return draw


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST
