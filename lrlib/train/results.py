"""Training: one run, recorded; many runs in one batched program; peaks tuned on seeds of their own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import index

import numpy as np
import torch

from lrlib import progress, stats, tasks
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule
from lrlib.tasks import Task
from lrlib.train.engine import Plan, blew_up, evaluation_steps, heldout_pieces, one_thread
from lrlib.train.store import Memory, Store
from lrlib.train.updates import SGD, Adam
from lrlib.train.workers import trained

ARRAYS = ("used", "train_loss", "heldout_loss", "diverged")


def run(
    task: Task,
    schedule: Schedule,
    base_lr: float,
    seed: int,
    steps: int | None = None,
    evaluations: int = 20,
    rule: SGD | Adam | None = None,
    clip_norm: float = float("inf"),
    dtype: str = "float64",
) -> Ledger:
    """Train one model and return its ledger.

    An ordinary PyTorch loop with the optimizer of torch that `rule` names, by default `torch.optim.SGD`,
    and `ScheduleLR`; the used rate is what a hook on the optimizer saw. `steps` may be left out when the
    schedule is finite. Held-out loss is taken after about `evaluations` equally spaced steps, always
    including the last. `clip_norm` bounds the norm of each gradient. A run that blows up is returned as it
    is, with `diverged=True`. Raises ValueError when the number of steps is not known or not positive.
    """
    steps = _steps(steps, [schedule])
    task = task.to(getattr(torch, dtype))
    model = task.model(seed)
    optimizer = (rule or SGD()).torch(model.parameters(), base_lr)
    scheduler = ScheduleLR(optimizer, schedule)
    batches = task.batches(seed, steps)
    when = set(evaluation_steps(steps, evaluations).tolist())
    watched = Ledger.watch(optimizer, intended=schedule, base_lr=base_lr, label=str(schedule))
    with one_thread(), watched as recorder:
        for t in range(steps):
            inputs, targets = batches[t]
            loss = task.loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            if clip_norm < float("inf"):
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
            optimizer.step()
            scheduler.step()
            recorder.record(train_loss=loss.detach())
            if t + 1 in when:
                with torch.no_grad():
                    pieces = heldout_pieces(task)
                    judged = sum(task.loss(model(x), y) * share for x, y, share in pieces)
                    recorder.record(heldout_loss=judged)
    ledger = recorder.ledger
    diverged = bool(blew_up(ledger.train_loss, ledger.heldout_loss, task.guess))
    return replace(ledger, guess=task.guess, diverged=diverged)


@dataclass(frozen=True, eq=False)
class Sweep:
    """All runs of schedules x peak rates x seeds. Axes are named S, R, N; T steps, E evaluations.

    used: the rate read by each update, (S, R, T), the same for every seed.
    train_loss: batch loss before each update, (S, R, N, T).
    heldout_steps: (E,); heldout_loss: (S, R, N, E). diverged: (S, R, N), bool.
    The arrays of a sweep that was stored on disk are read when they are asked for.
    how: the options the runs were trained with; note: what the engine had to say.
    """

    task: str
    options: Mapping[str, object]
    schedules: tuple[Schedule, ...]
    base_lrs: tuple[float, ...]
    seeds: tuple[int, ...]
    guess: float
    steps: int
    heldout_steps: np.ndarray
    how: Mapping[str, object]
    note: str
    _arrays: Mapping[str, np.ndarray] = field(repr=False)

    @property
    def used(self) -> np.ndarray:
        return self._arrays["used"][:, :, 0]

    @property
    def train_loss(self) -> np.ndarray:
        return self._arrays["train_loss"]

    @property
    def heldout_loss(self) -> np.ndarray:
        return self._arrays["heldout_loss"]

    @property
    def diverged(self) -> np.ndarray:
        return self._arrays["diverged"]

    @property
    def result(self) -> np.ndarray:
        """The judged figure of every run, (S, R, N): last held-out loss; `guess` for a diverged run."""
        return np.where(self.diverged, self.guess, self.heldout_loss[..., -1])

    def ledger(self, schedule: int, base_lr: int, seed: int) -> Ledger:
        """The ledger of one run, by its three indices."""
        s, r, n = schedule, base_lr, seed
        batch_losses = self._arrays.get("train_loss")
        return Ledger(
            label=str(self.schedules[s]),
            schedule=self.schedules[s],
            intended=self.base_lrs[r] * self.schedules[s].values(self.steps),
            used_by_group=self.used[s, r],
            train_loss=() if batch_losses is None else batch_losses[s, r, n],
            heldout_steps=self.heldout_steps,
            heldout_loss=self.heldout_loss[s, r, n],
            guess=self.guess,
            diverged=bool(self.diverged[s, r, n]),
        )

    def losses(self, names: Iterable[str], base_lr: int = 0) -> dict[str, np.ndarray]:
        """The judged figures of each schedule, by names in the order of `schedules`: name -> (N,)."""
        return dict(zip(names, self.result[:, base_lr], strict=True))

    def ledgers(self, names: Iterable[str], base_lr: int = 0) -> dict[str, list[Ledger]]:
        """Ledgers, one a seed, by names in the order of `schedules`; what `plot.house` draws."""
        seeds = range(len(self.seeds))
        every = ([self.ledger(s, base_lr, n) for n in seeds] for s in range(len(self.schedules)))
        return dict(zip(names, every, strict=True))

    def joined(self, other: Sweep) -> Sweep:
        """This sweep and another at other rates, in order of rate; ValueError unless all else is the same."""
        same = ("task", "options", "schedules", "seeds", "steps", "how")
        if (
            any(getattr(self, name) != getattr(other, name) for name in same)
            or not np.array_equal(self.heldout_steps, other.heldout_steps)
            or set(self.base_lrs) & set(other.base_lrs)
        ):
            raise ValueError("sweeps can be joined when only their base_lrs differ, and all of them")
        rates = np.array(self.base_lrs + other.base_lrs)
        order = np.argsort(rates)
        arrays = {
            name: np.concatenate([self._arrays[name], other._arrays[name]], axis=1)[:, order]
            for name in ARRAYS
        }
        return replace(self, base_lrs=tuple(rates[order].tolist()), _arrays=arrays)


def sweep(
    task: Task,
    schedules: Sequence[Schedule],
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    steps: int | None = None,
    evaluations: int = 20,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
    what: str = "training",
    **how,
) -> Sweep:
    """Train every schedule at every peak rate with every seed, many models in one batched program.

    Each run equals `run` with the same arguments. Runs of one seed start from the same weights and see the
    same batches, whatever their rate, so differences between them are paired. A run that blows up carries
    its infinities to the end without touching the others. Batch size belongs to the task: `by_batch_size`.

    how: options of `lrlib.train.engine.Plan`: rule=SGD(momentum=0.9), Adam() or AdamW(), clip_norm, dtype,
    device, compile, and runs_at_once, which bounds the memory.
    workers: the number of local processes, or the address of a Dask scheduler ("tcp://host:8786"), which
    needs the extra `dask`. The digits are the same for any of them.
    out: a folder that finished chunks are written to (Parquet) and read from when asked for, so that memory
    does not grow with the number of runs; a sweep that was stopped is continued by the same call.
    what: labels the progress bar.
    Raises ValueError when the number of steps is not known, when nothing is to be trained, for a layer that
    cannot be stacked and for a folder that holds another sweep; RuntimeError when a local process dies.
    """
    schedules, base_lrs, seeds = tuple(schedules), tuple(map(float, base_lrs)), tuple(map(index, seeds))
    if not (schedules and base_lrs and seeds):
        raise ValueError("a sweep needs at least one schedule, one base_lr and one seed")
    plan = Plan(task, schedules, base_lrs, seeds, _steps(steps, schedules), index(evaluations), **how)
    store = Memory() if out is None else Store(out, plan.definition())
    missing = [i for i in range(len(plan.chunks)) if i not in store]
    note = f" ({plan.one_at_a_time})" if plan.one_at_a_time else ""
    with progress.bar(plan.n_runs, what + note, done=plan.n_runs - plan.runs_in(missing)) as shown:
        for chunk, arrays in trained(plan, missing, workers, shown.update):
            store.write(chunk, _columns(plan, chunk, arrays))
    return Sweep(
        task=task.name,
        options=task.options,
        schedules=plan.schedules,
        base_lrs=plan.base_lrs,
        seeds=plan.seeds,
        guess=task.guess,
        steps=plan.steps,
        heldout_steps=plan.when,
        how=how,
        note=plan.one_at_a_time,
        _arrays=dict(_Arrays(plan, store)) if out is None else _Arrays(plan, store),
    )


def by_batch_size(
    task: Task,
    batch_sizes: Sequence[int],
    schedules: Sequence[Schedule],
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    steps: int | Mapping[int, int] | None = None,
    out: str | os.PathLike | None = None,
    **how,
) -> dict[int, Sweep]:
    """One sweep for each batch size of a named task: batch size -> Sweep.

    A seed starts from the same weights in all of them. steps: updates, or batch size -> updates, for example
    `{b: examples // b for b in batch_sizes}` for equal numbers of examples. `how` and `out` are those of
    `sweep`, with a folder for each batch size. Raises ValueError for a task without the option `batch_size`.
    """
    if "batch_size" not in task.options:
        raise ValueError(f"task {task.name!r} has no option batch_size")
    if not task.named:
        raise ValueError(
            f"task {task.name!r} was changed by hand; make one for each batch size and use sweep"
        )
    return {
        size: sweep(
            tasks.get(task.name, **{**task.options, "batch_size": size}),
            schedules,
            base_lrs,
            seeds,
            steps[size] if isinstance(steps, Mapping) else steps,
            out=None if out is None else os.path.join(out, f"batch-{size}"),
            what=f"batch size {size}",
            **how,
        )
        for size in batch_sizes
    }


class _Arrays(Mapping):
    """The arrays of a sweep, put together from its finished chunks when they are asked for."""

    def __init__(self, plan: Plan, store: Memory | Store):
        self._plan, self._store, self._read = plan, store, {}

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._read:
            self._read[name] = self._gathered(name)
        return self._read[name]

    def _gathered(self, name: str) -> np.ndarray:
        plan, whole = self._plan, None
        n_seeds = 1 if name == "used" else len(plan.seeds)
        for chunk, (of_seeds, of_runs) in enumerate(plan.chunks):
            if of_seeds.start >= n_seeds:
                continue
            part = self._store.read(chunk, name, plan.shape(chunk))[:, :n_seeds]
            if whole is None:
                whole = np.empty((plan.n_settings, n_seeds, *part.shape[2:]), part.dtype)
            whole[of_runs, of_seeds] = part
        return whole.reshape(len(plan.schedules), len(plan.base_lrs), *whole.shape[1:])

    def __iter__(self) -> Iterator[str]:
        return iter(ARRAYS)

    def __len__(self) -> int:
        return len(ARRAYS)


def _columns(plan: Plan, chunk: int, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What is kept of a chunk, (runs, seeds) or (runs, seeds, length): who each run is, and what it did."""
    of_seeds, of_runs = plan.chunks[chunk]
    shape, (schedule, base_lr) = plan.shape(chunk), plan.settings(of_runs)
    every_seed = {
        "schedule": np.array([str(s) for s in plan.schedules], dtype=object)[schedule],
        "base_lr": np.array(plan.base_lrs)[base_lr],
    }
    return {
        **{name: np.broadcast_to(values[:, None], shape) for name, values in every_seed.items()},
        "seed": np.broadcast_to(np.array(plan.seeds[of_seeds]), shape),
        "diverged": blew_up(arrays["train_loss"], arrays["heldout_loss"], plan.task.guess),
        "used": np.broadcast_to(arrays["used"][:, None], (*shape, plan.steps)),
        "train_loss": arrays["train_loss"],
        "heldout_loss": arrays["heldout_loss"],
    }


@dataclass(frozen=True)
class Tuned:
    """Peaks chosen on tuning seeds. sweep: the tuning runs; peak: index into sweep.base_lrs, one a schedule.

    widened: how many rates were added to the grid because a best peak lay at its edge.
    reference: index of the schedule that was best at its own peak, on the tuning seeds.
    """

    sweep: Sweep
    peak: tuple[int, ...]
    widened: int
    reference: int

    @property
    def at_edge(self) -> tuple[bool, ...]:
        """For each schedule, whether its best peak is still at the edge of the grid."""
        return tuple(p in (0, len(self.sweep.base_lrs) - 1) for p in self.peak)

    def peaks(self, names: Iterable[str]) -> dict[str, float]:
        """The tuned peak of each schedule, by names in the order of `sweep.schedules`: name -> rate."""
        return {name: self.sweep.base_lrs[p] for name, p in zip(names, self.peak, strict=True)}

    @property
    def fitted(self) -> tuple[stats.Peak, ...]:
        """For each schedule, its best peak between the points of the grid: `stats.peak`.

        Only rates around the peak at which no run diverged count; beside one that did, a peak is at the edge.
        """
        result, unsafe = self.sweep.result, self.sweep.diverged.any(axis=2)
        return tuple(
            _fitted(self.sweep.base_lrs, *each) for each in zip(result, unsafe, self.peak, strict=True)
        )


def tune(
    task: Task,
    schedules: Sequence[Schedule],
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    steps: int | None = None,
    widen: int = 3,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
    **how,
) -> Tuned:
    """Choose each schedule's peak: the rate with the lowest mean result over the tuning seeds.

    A rate at which any run diverged is chosen only if every rate is such.

    base_lrs: an increasing grid of at least 3 rates. While some best peak lies at an edge, the grid grows
    there by one more point at its own ratio, at most `widen` times. `workers`, `out` and `how` are those of
    `sweep`; each widening has a folder of its own. Raises ValueError for a bad grid.
    """
    grid = [float(rate) for rate in base_lrs]
    if len(grid) < 3 or not all(0 < a < b < np.inf for a, b in pairwise(grid)):
        raise ValueError(f"base_lrs must be at least 3 increasing rates > 0, got {list(base_lrs)!r}")

    def train(rates: list[float], what: str, folder: str) -> Sweep:
        to = None if out is None else os.path.join(out, folder)
        return sweep(task, schedules, rates, seeds, steps, 1, workers, to, what, **how)

    found = train(grid, "tuning", "grid")
    for widened in range(widen + 1):
        peak = np.array(chosen(found).peak)
        low, high = found.base_lrs[:2], found.base_lrs[-2:]
        more = [low[0] ** 2 / low[1]] * bool((peak == 0).any())
        more += [high[1] ** 2 / high[0]] * bool((peak == len(found.base_lrs) - 1).any())
        if not more or widened == widen:
            break
        found = found.joined(train(more, "wider grid", f"wider-{widened + 1}"))
    return chosen(found, len(found.base_lrs) - len(grid))


def chosen(found: Sweep, widened: int = 0) -> Tuned:
    """The peaks that a sweep over a grid chooses, by the rule of `tune`, without training anything.

    widened: how many of its rates were added because a best peak lay at an edge.
    """
    means = _tuning_loss(found)
    return Tuned(
        sweep=found,
        peak=tuple(means.argmin(axis=1).tolist()),
        widened=widened,
        reference=int(means.min(axis=1).argmin()),
    )


def judge(
    task: Task,
    tuned: Tuned,
    seeds: Sequence[int],
    steps: int | None = None,
    evaluations: int = 20,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
    interpolate: bool = False,
) -> Sweep:
    """Train each schedule at its own tuned peak on judging seeds, in the way it was tuned.

    The peaks are points of the tuning grid, or with `interpolate` those of `tuned.fitted`.

    The peaks become factors of the schedules, so the sweep has one base_lr, 1: `result[i, 0]` holds the
    losses of schedule i, in the order of `tuned.sweep.schedules`. Raises ValueError when a judging seed was
    already used for tuning.
    """
    seen = set(map(index, seeds)) & set(tuned.sweep.seeds)
    if seen:
        raise ValueError(f"seeds {sorted(seen)} were used for tuning; judge on others")
    peaks = [p.rate for p in tuned.fitted] if interpolate else [tuned.sweep.base_lrs[p] for p in tuned.peak]
    at_peak = [peak * schedule for peak, schedule in zip(peaks, tuned.sweep.schedules, strict=True)]
    return sweep(task, at_peak, [1.0], seeds, steps, evaluations, workers, out, "judging", **tuned.sweep.how)


def _fitted(rates: Sequence[float], losses: np.ndarray, unsafe: np.ndarray, peak: int) -> stats.Peak:
    block = np.flatnonzero(~unsafe) if not unsafe[peak] else np.arange(len(rates))
    block = next(part for part in np.split(block, np.flatnonzero(np.diff(block) > 1) + 1) if peak in part)
    if len(block) < 3:
        mean, seeds = float(losses[peak].mean()), losses.shape[1]
        return stats.Peak(rates[peak], mean, True, float("nan"), float("nan"), seeds, 0.95)
    return stats.peak(np.array(rates)[block], losses[block])


def _tuning_loss(found: Sweep) -> np.ndarray:
    """Mean result (S, R); a rate at which a run diverged loses to every rate at which none did."""
    means = found.result.mean(axis=2)
    unsafe = found.diverged.any(axis=2)
    return np.where(unsafe & ~unsafe.all(axis=1, keepdims=True), np.inf, means)


def _steps(steps: int | None, schedules: Sequence[Schedule]) -> int:
    lengths = {s.steps for s in schedules} if steps is None else {steps}
    if len(lengths) != 1 or not 0 < min(lengths) < float("inf") or min(lengths) % 1:
        raise ValueError("say how many steps to train, steps=...: the schedules do not name one whole number")
    return int(lengths.pop())
