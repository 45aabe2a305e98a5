"""What a sweep gives: losses, ledgers and tables, by the labels of its schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from lrlib.ledger import Ledger
from lrlib.rules import Refused, check, one_of, refused, unknown
from lrlib.schedules import Schedule
from lrlib.stats import Losses
from lrlib.tasks import Task
from lrlib.train.judging import blew_up
from lrlib.train.plan import Plan
from lrlib.train.store import Memory, Store
from lrlib.train.updates import Optimizer, PerModel

ARRAYS = ("used", "train_loss", "heldout_loss", "heldout_right", "diverged")


def kept(optimizer: Optimizer) -> tuple[str, ...]:
    """The names of the arrays that a sweep with this optimizer has."""
    return (*ARRAYS, *["effective"] * isinstance(optimizer, PerModel))


def _array(name: str) -> property:
    return property(lambda sweep: sweep._arrays[name])


@dataclass(frozen=True, eq=False)
class Sweep:
    """All runs of schedules x peak rates x seeds. Axes are named S, R, N; T steps, E evaluations.

    labels: what the schedules are called, (S,); schedules: themselves, (S,).
    used: the rate of each update, (S, R, T), the same for every seed. It is seen in the weights at some
        updates, `lrlib.train.observed`; where those used the rates that were meant, the others do too. With
        an optimizer of your own nothing is seen, which `note` says: these are the rates it was handed.
    effective: what a `PerModel` made of them, (S, R, N, T), as `Ledger.effective_by_group`; else the same.
    train_loss: batch loss before each update, (S, R, N, T).
    heldout_steps: (E,); heldout_loss: (S, R, N, E). diverged: (S, R, N), bool.
    heldout_right: share of the held-out rows that are right, (S, R, N, E); nan where the task has no `right`.
    The arrays of a sweep that was stored on disk are read when they are asked for.
    how: the options the runs were trained with; note: what the engine had to say.
    reference: the label that others are compared with, where `judge` says; else None.
    excess: label -> what its loss changes where other tuning seeds put the peak, see `stats.excess`.
    """

    task: str
    options: Mapping[str, object]
    labels: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    base_lrs: tuple[float, ...]
    seeds: tuple[int, ...]
    guess: float
    steps: int
    heldout_steps: np.ndarray
    how: Mapping[str, object]
    note: str = ""
    reference: str | None = None
    excess: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    _arrays: Mapping[str, np.ndarray] = field(repr=False, kw_only=True)
    _task: Task | None = field(default=None, repr=False, kw_only=True)

    @property
    def used(self) -> np.ndarray:
        return self._arrays["used"][:, :, 0]

    @property
    def effective(self) -> np.ndarray:
        if "effective" in kept(self.how["optimizer"]):
            return self._arrays["effective"]
        return np.broadcast_to(self.used[:, :, None], (*self.diverged.shape, self.steps))

    train_loss, heldout_loss, heldout_right, diverged = map(_array, ARRAYS[1:])

    @property
    def result(self) -> np.ndarray:
        """The judged figure of every run, (S, R, N): last held-out loss; `guess` for a diverged run."""
        return np.where(self.diverged, self.guess, self.heldout_loss[..., -1])

    def ledger(self, schedule: int | str, base_lr: float | None = None, seed: int | None = None) -> Ledger:
        """The ledger of one run, by the label or index of its schedule, its peak rate and its seed.

        base_lr: one of `base_lrs`; by default the only one. seed: one of `seeds`; by default the first.
        """
        s, r = self._place(schedule), self._rate(base_lr)
        n = 0 if seed is None else self._index("seed", self.seeds, seed)
        return Ledger(
            label=self.labels[s],
            schedule=self.schedules[s],
            intended=self.base_lrs[r] * self.schedules[s].values(self.steps),
            used_by_group=self.used[s, r],
            effective_by_group=self.effective[s, r, n][:, None],
            train_loss=self.train_loss[s, r, n],
            heldout_steps=self.heldout_steps,
            heldout_loss=self.heldout_loss[s, r, n],
            guess=self.guess,
            diverged=bool(self.diverged[s, r, n]),
        )

    def losses(self, base_lr: float | None = None) -> Losses:
        """The judged figures of each schedule at one peak rate, by default the only one: label -> (N,)."""
        each = zip(self.labels, self.result[:, self._rate(base_lr)], strict=True)
        return Losses(each, self.excess, self.right(base_lr), self.reference)

    def right(self, base_lr: float | None = None) -> dict[str, np.ndarray]:
        """Share of held-out rows that each schedule gets right at the last step: label -> (N,).

        base_lr: as in `losses`. A run that diverged has none right. Empty where nothing says what is right:
        the task has no `right`, or the sweep was stored without it.
        """
        shares = np.where(self.diverged, 0, self.heldout_right[..., -1])[:, self._rate(base_lr)]
        return {} if np.isnan(shares).any() else dict(zip(self.labels, shares, strict=True))

    def ledgers(self, base_lr: float | None = None) -> dict[str, list[Ledger]]:
        """Ledgers, one a seed, at one peak rate, by default the only one: label -> (N,); see `plot.house`."""
        return {label: [self.ledger(label, base_lr, seed) for seed in self.seeds] for label in self.labels}

    def frame(self, by: str = "run") -> pd.DataFrame:
        """A tidy table, one row a run, in order of schedule, rate and seed; or by="step", one row an update.

        A run has the columns label, schedule (text), base_lr, seed, diverged and result. An update has those
        that name its run, then step, intended and used rate, train_loss, and heldout_loss after the update,
        nan where it was not taken.
        """
        by = check("by", one_of("run", "step"), by)
        s, r, n = np.indices(self.result.shape).reshape(3, -1)
        runs = pd.DataFrame(named(self.labels, self.schedules, self.base_lrs, self.seeds, s, r, n))
        if by == "run":
            return runs.assign(diverged=self.diverged.ravel(), result=self.result.ravel())
        multipliers = np.stack([each.values(self.steps) for each in self.schedules])
        heldout = np.full((len(s), self.steps), np.nan)
        heldout[:, self.heldout_steps - 1] = self.heldout_loss.reshape(len(s), -1)
        return runs.loc[runs.index.repeat(self.steps)].reset_index(drop=True).assign(
            step=np.tile(np.arange(self.steps), len(s)),
            intended=(np.array(self.base_lrs)[r, None] * multipliers[s]).ravel(),
            used=self.used[s, r].ravel(),
            train_loss=self.train_loss.ravel(),
            heldout_loss=heldout.ravel(),
        )  # fmt: skip

    def joined(self, other: Sweep) -> Sweep:
        """This sweep and another at other rates, in order of rate; ValueError unless all else is the same."""
        same = ("task", "options", "labels", "schedules", "seeds", "steps", "how")
        one, two = ([getattr(each, name) for name in same] for each in (self, other))
        taken = np.array_equal(self.heldout_steps, other.heldout_steps)
        if one != two or not taken or set(self.base_lrs) & set(other.base_lrs):
            raise Refused("sweeps can be joined when only their base_lrs differ, and all of them")
        rates = np.array(self.base_lrs + other.base_lrs)
        order = np.argsort(rates)
        names = kept(self.how["optimizer"])
        both = {name: (self._arrays[name], other._arrays[name]) for name in names}
        arrays = {name: np.concatenate(pair, axis=1)[:, order] for name, pair in both.items()}
        return replace(self, base_lrs=tuple(rates[order].tolist()), _arrays=arrays)

    def _rate(self, base_lr: float | None) -> int:
        alone = base_lr is None and len(self.base_lrs) == 1
        return 0 if alone else self._index("base_lr", self.base_lrs, base_lr)

    def _index(self, name: str, values: tuple, given) -> int:
        if given not in values:
            raise refused(name, f"one of {', '.join(map(str, values))}", given)
        return values.index(given)

    def _place(self, schedule: int | str) -> int:
        if isinstance(schedule, str) and schedule not in self.labels:
            raise Refused(unknown("label", schedule, self.labels))
        return self.labels.index(schedule) if isinstance(schedule, str) else schedule


class Arrays(dict):
    """The arrays of a sweep by name, put together from its finished chunks when they are asked for."""

    def __init__(self, plan: Plan, store: Memory | Store):
        self._plan, self._store = plan, store

    def __missing__(self, name: str) -> np.ndarray:
        plan, whole, once = self._plan, None, name == "used"  # the same for every seed
        shape = (len(plan.schedules), len(plan.base_lrs), 1 if once else len(plan.seeds))
        for chunk, (s, r, n) in enumerate(plan.chunks):
            if n[0, 0] and once:
                continue
            part = self._store.read(chunk, name, (s.size, n.size))
            if whole is None:
                size = part.itemsize * np.prod((*shape, *part.shape[2:]), dtype=float)
                plan.afford(name, size, "read the Parquet files of the folder in parts")
                whole = np.empty((*shape, *part.shape[2:]), part.dtype)
            whole[s, r, n[:, : shape[2]]] = part[:, : shape[2]]
        self[name] = whole
        return whole


def named(labels, schedules, base_lrs, seeds, s, r, n) -> dict[str, np.ndarray]:
    """The columns that say who runs are, given by the indices of their schedule, rate and seed."""
    texts = [str(each) for each in schedules]
    label, text = (np.array(names, dtype=object)[s] for names in (labels, texts))
    return {"label": label, "schedule": text, "base_lr": np.array(base_lrs)[r], "seed": np.array(seeds)[n]}


def columns(plan: Plan, chunk: int, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What is kept of a chunk, (runs, seeds) or (runs, seeds, length): who each run is, and what it did."""
    s, r, n = plan.chunks[chunk]
    who = named(plan.labels, plan.schedules.values(), plan.base_lrs, plan.seeds, s, r, n)
    return {
        **{name: np.broadcast_to(values, (s.size, n.size)) for name, values in who.items()},
        "diverged": blew_up(arrays["train_loss"], arrays["heldout_loss"], plan.task.guess),
        "used": np.broadcast_to(arrays["used"][:, None], (s.size, n.size, plan.steps)),
        **{name: arrays[name] for name in kept(plan.optimizer) if name not in ("used", "diverged")},
    }
