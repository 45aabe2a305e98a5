"""The ledger of a run: the rate intended, the rate the optimizer really used, and the losses.

A `Ledger` is a record: arrays that nothing changes any more. A `Recorder` writes one while a run lasts.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from lrlib import rules
from lrlib.rules import Refused, Rule, refused, saying
from lrlib.schedules import Schedule, parse

Intended = Callable | Sequence[Callable] | np.ndarray | str | None
ARRAYS = ("used_by_group", "effective_by_group", "train_loss", "heldout_steps", "heldout_loss")


def _rate(rate) -> float:
    return float("nan" if rate is None else rate)  # as in transformers' Adafactor, which then has its own


def _unknown_base(group: dict) -> bool:
    return "initial_lr" not in group and not group["lr"]


def _are_curves(given) -> bool:
    several = given if isinstance(given, list | tuple) else [given]
    return bool(several) and all(map(callable, several))


def _intended(given):
    if not (given is None or isinstance(given, str) or _are_curves(given)):
        rules.array(given)  # an error for what holds no rates; a list may still grow
    return parse(given) if isinstance(given, str) else given


MEANT = Rule("a schedule or its text, a list with a schedule for each group, or rates", _intended)


BASE = rules.optional(rules.rule_of(rules.NotNegative))


@dataclass(frozen=True, eq=False)
class Ledger(ABC):  # noqa: B024 - abstract so that a Recorder counts as one
    """What one training run did, step by step.

    label: what to call the run in a figure or table. schedule: the `Schedule` whose colour a figure uses.
    intended: rate(s) that were meant, (steps,) for every group, or (steps, groups); None when nobody said.
    used_by_group: the rate the optimizer read at each update, (steps, groups); nan before a group existed.
    effective_by_group: the rate it made of that, (steps, groups), where an optimizer scales rates inside:
    d * lr for Prodigy and D-Adaptation, warmed up for Schedule-Free, what its `effective_rates()` returns for
    one of `lrlib.adaptive`; nan where nobody says by how much, as for Adafactor and Muon. For all others it
    is the same.
    note: "not the whole rate: ..." where the two differ.
    train_loss: loss of the batch before each update, (steps,), nan where it was not recorded.
    heldout_steps, heldout_loss: held-out loss after that many updates, (evaluations,).
    guess: the loss of a constant guess, or nan.
    diverged: the run blew up; its losses are what they were, its result is `guess`.
    Raises ValueError for arrays that are no numbers, or that have not these shapes.

    >>> run = Ledger(intended=[0.2, 0.1], used_by_group=[[0.2], [0.2]], heldout_steps=[2], heldout_loss=[0.7])
    >>> run.largest_gap(), run.result
    (0.1, 0.7)
    """

    label: str = ""
    schedule: Schedule | None = None
    intended: np.ndarray | None = None
    used_by_group: np.ndarray = field(default=(), repr=False)
    effective_by_group: np.ndarray = field(default=(), repr=False)
    note: str = ""
    train_loss: np.ndarray = field(default=(), repr=False)
    heldout_steps: np.ndarray = field(default=(), repr=False)
    heldout_loss: np.ndarray = field(default=(), repr=False)
    guess: float = float("nan")
    diverged: bool = False

    def __post_init__(self):
        with saying("Ledger"):
            given = [*ARRAYS, *["intended"] * (self.intended is not None)]
            arrays = {name: rules.ARRAY.checked(name, getattr(self, name)) for name in given}
            used = arrays["used_by_group"]
            arrays["used_by_group"] = used = used if used.ndim > 1 else used.reshape(used.size, 1)
            if not arrays["effective_by_group"].size:
                arrays["effective_by_group"] = used
            if not arrays["train_loss"].size:
                arrays["train_loss"] = np.full(len(used), np.nan)
            self._check(arrays)
        arrays["heldout_steps"] = arrays["heldout_steps"].astype(int)
        for array in arrays.values():
            array.flags.writeable = False
        self.__dict__.update(arrays)

    def _check(self, arrays: dict[str, np.ndarray]) -> None:
        """ValueError for arrays that do not belong together."""
        shapes = {name: array.shape for name, array in arrays.items()}
        steps, used = arrays["heldout_steps"], shapes["used_by_group"]
        if (steps % 1).any() or (np.diff(steps, axis=-1) <= 0).any():
            raise refused("heldout_steps", "whole numbers in increasing order", self.heldout_steps)
        like = {"used_by_group": used[:2], "effective_by_group": used, "train_loss": used[:1],
                "heldout_steps": (steps.size,), "heldout_loss": (steps.size,)}  # fmt: skip
        for name, shape in like.items():
            if shapes[name] != shape:
                raise refused(name, f"of shape {shape}", getattr(self, name))

    @staticmethod
    @contextmanager
    def watch(
        optimizer, intended: Intended = None, base_lr: float | Sequence[float] | None = None, label: str = ""
    ) -> Iterator[Recorder]:
        """Record the rate of every `optimizer.step()` inside the `with` block, whoever set it.

        optimizer: a torch optimizer; one that wraps another is followed to the one that changes the weights.
        An update that was skipped, as in mixed precision, is none. The one at rate 0 by which torch's
        distributed `get_state_dict` fills a new optimizer is one: load a checkpoint before.
        intended, base_lr, label: what was meant, see `Recorder`; base_lr may be a list too, with that of each
        group. What the block is given reads like a ledger at any time; add losses with
        `record(train_loss=...)` after the step that they belong to.
        Raises TypeError for what is no optimizer; ValueError for what nobody can intend, for another
        number of base rates than of groups; and where a schedule is intended without `base_lr` for a group
        whose base rate is not known, as it is 0 at first, in a warm-up by hand, or has an `lr_scale` of timm.

        >>> import torch
        >>> from lrlib.schedules import linear
        >>> weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
        >>> groups = [{"params": weights[:1], "lr": 0.1}, {"params": weights[1:], "lr": 0.01}]
        >>> optimizer = torch.optim.SGD(groups)
        >>> with Ledger.watch(optimizer, intended=linear(1, 0, 4)) as ledger:
        ...     for t in range(4):
        ...         optimizer.param_groups[0]["lr"] = 0.1 * linear(1, 0, 4)(t)
        ...         optimizer.step()
        >>> ledger.used.round(3).tolist()
        [0.1, 0.075, 0.05, 0.025]
        >>> round(ledger.largest_gap(), 4)  # the second group was left behind
        0.0075
        """
        if not hasattr(optimizer, "param_groups"):
            raise TypeError("Ledger.watch: optimizer must be one of torch, got a " + type(optimizer).__name__)
        # with an optimizer at hand torch is imported anyway
        from lrlib.optim.groups import one_each, refuse_multiplied
        from lrlib.optim.hooks import around_update
        from lrlib.optim.inside import inside

        several = base_lr is not None and np.ndim(base_lr) > 0
        with saying("Ledger.watch"):
            recorder = Recorder(intended, None if several else base_lr, label)
            recorder.meet(groups := optimizer.param_groups)
            recorder._inside = inside(optimizer)
            if several:
                recorder._bases = [*one_each("base_lr", base_lr, groups)]
            elif base_lr is None and _are_curves(recorder._intended):
                refuse_multiplied(groups, "lr")
                if any(map(_unknown_base, groups)):
                    raise Refused(
                        "a rate is 0, its base not known: pass base_lr, a number or one for each group"
                    )
        with around_update(optimizer, recorder.foresaw, recorder.saw):
            yield recorder

    @property
    def steps(self) -> np.ndarray:
        """The numbers of the updates, 0 .. n-1."""
        return np.arange(len(self.used_by_group))

    @property
    def used(self) -> np.ndarray:
        """Rates of the first parameter group, (steps,)."""
        return self.used_by_group[:, 0] if self.used_by_group.size else np.empty(0)

    @property
    def result(self) -> float:
        """The judged figure: held-out loss after the last step; a diverged run counts as a constant guess.

        Raises ValueError when no held-out loss was recorded.
        """
        if self.diverged:
            return self.guess
        if not len(self.heldout_loss):
            raise ValueError("this ledger has no held-out loss; add one with record(heldout_loss=...)")
        return float(self.heldout_loss[-1])

    def largest_gap(self) -> float:
        """The largest difference between intended and used rate, over all groups, in units of the rate.

        What an optimizer makes of the rate inside is no gap: see `effective_by_group` for that.

        Raises ValueError when nobody said what was intended, for another number of updates or groups, and
        where a rate that was used is nan.
        """
        if self.intended is None:
            raise ValueError("this ledger does not know what was intended; pass intended= to Ledger.watch")
        used, meant = self.used_by_group, self.intended
        meant = meant[:, None] if meant.ndim == 1 else meant
        if not used.size or meant.shape not in {used.shape, (len(used), 1)}:
            raise ValueError(
                f"rates of shape {self.intended.shape} were intended, {len(used)} updates of {used.shape[1]} "
                "groups were made; intend (steps,) or (steps, groups)"
            )
        there = ~np.logical_and.accumulate(np.isnan(used))
        there[:, 0] = True  # some group always is
        if np.isnan(used[there]).any():
            raise ValueError("a rate that was used is no number: used_by_group says where")
        gaps = np.abs(meant - used)[there]
        if np.isnan(gaps).any():
            raise ValueError("nothing was intended for a group or an update of this ledger")
        return float(gaps.max())


class Recorder:
    """Writes a ledger while a run lasts; `.ledger` is what there is so far, and so it reads like one.

    intended: what was meant - a schedule for every group, or its text, or a list with one for each, or
        functions of a step, as multipliers of the group's base rate; or rates, (steps,) for every group, or
        (steps, groups).
    base_lr: the base rate of the first group, to which the others keep their ratio; None for the groups' own,
        which are `initial_lr` where a scheduler noted it, else the rate when the group was first met.
    label: as in `Ledger`; the ledger's schedule is what was intended, where that is one.
    """

    def __init__(self, intended: Intended = None, base_lr: float | None = None, label: str = ""):
        self._intended, self._label = MEANT.checked("intended", intended), label
        self._base_lr = BASE.checked("base_lr", base_lr)
        self._bases: list[float] = []
        self._used: list[tuple[float, ...]] = []
        self._effective: list[tuple[float, ...]] = []
        self._inside, self._estimates = None, []
        self._train: dict[int, float] = {}
        self._heldout: dict[int, float] = {}

    def meet(self, param_groups) -> None:
        """Note the base rates of groups not met before."""
        for group in param_groups[len(self._bases) :]:
            self._bases.append(_rate(group.get("initial_lr", group["lr"])))

    def foresaw(self, param_groups) -> None:
        """Note what an optimizer that estimates its own rate will use."""
        if self._inside:
            from lrlib.optim.inside import estimates

            self._estimates = estimates(param_groups)

    def saw(self, param_groups) -> None:
        """Note the rates of one update."""
        self.meet(param_groups)
        self._used.append(tuple(_rate(group["lr"]) for group in param_groups))
        if self._inside:
            self._effective.append(tuple(self._inside[1](self._estimates, param_groups)))

    def record(self, train_loss=None, heldout_loss=None) -> None:
        """Note the batch loss of the latest update, or the held-out loss after it.

        A second batch loss after the same update belongs to one that was skipped, and is not noted.
        """
        if train_loss is not None:
            self._train.setdefault(len(self._used) - 1, rules.READING.checked("train_loss", train_loss))
        if heldout_loss is not None:
            self._heldout[len(self._used)] = rules.READING.checked("heldout_loss", heldout_loss)

    @property
    def ledger(self) -> Ledger:
        """The record of the updates so far."""
        groups = max(map(len, self._used), default=0)
        used, effective = (
            [rates + (np.nan,) * (groups - len(rates)) for rates in seen]
            for seen in (self._used, self._effective or self._used)
        )
        return Ledger(
            label=self._label,
            schedule=self._intended if isinstance(self._intended, Schedule) else None,
            intended=self._meant(groups),
            used_by_group=used,
            effective_by_group=effective,
            note=self._note(),
            train_loss=[self._train.get(t, np.nan) for t in range(len(self._used))],
            heldout_steps=sorted(self._heldout),
            heldout_loss=[self._heldout[t] for t in sorted(self._heldout)],
        )

    def _note(self) -> str:
        seen = zip(self._used, self._effective, strict=False)
        pairs = [pair for rates in seen for pair in zip(*rates, strict=True)]
        if all(used == effective for used, effective in pairs):
            return ""
        unsaid = any(np.isnan(effective) for _, effective in pairs)
        where = "and does not say by how much" if unsaid else "to what effective_by_group says"
        return f"not the whole rate: {self._inside[0]} scales it inside, {where}"

    def _meant(self, groups: int) -> Sequence | np.ndarray | None:
        curves, bases, first = self._intended, self._bases, self._base_lr
        if not _are_curves(curves):
            return curves
        if callable(curves):
            curves = [curves] * groups
        if first is not None:
            bases = [first * (base / bases[0] if bases[0] else 1) for base in bases]
        steps = range(len(self._used))
        rates = np.full((len(steps), groups), np.nan)
        for i, (base, curve) in enumerate(zip(bases, curves[:groups], strict=False)):
            rates[:, i] = curve(steps) if isinstance(curve, Schedule) else [float(curve(t)) for t in steps]
            rates[:, i] *= base
        return rates if groups > 1 else rates.reshape(len(rates))

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.ledger, name)


Ledger.register(Recorder)
