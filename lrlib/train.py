"""Training: one run, recorded; many runs in one batched program; peaks tuned on seeds of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from lrlib import progress
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule
from lrlib.tasks import Task

RUNS_AT_ONCE = 128
HOPELESS = 100


def run(
    task: Task,
    schedule: Schedule,
    base_lr: float,
    seed: int,
    steps: int | None = None,
    evaluations: int = 20,
) -> Ledger:
    """Train one model with plain SGD and return its ledger.

    An ordinary PyTorch loop with `torch.optim.SGD` and `ScheduleLR`; the used rate is what a hook on the
    optimizer saw. `steps` may be left out when the schedule is finite. Held-out loss is taken after about
    `evaluations` equally spaced steps, always including the last. A run that blows up is returned as it is,
    with `diverged=True`. Raises ValueError when the number of steps is not known or not positive.
    """
    steps = _steps(steps, [schedule])
    model = task.model(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr)
    scheduler = ScheduleLR(optimizer, schedule)
    batches = task.batches(seed, steps)
    when = set(evaluation_steps(steps, evaluations).tolist())
    watched = Ledger.watch(optimizer, intended=schedule, base_lr=base_lr, label=str(schedule))
    with _one_thread(), watched as ledger:
        for t in range(steps):
            inputs, targets = batches[t]
            loss = task.loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            ledger.record(train_loss=loss.detach())
            if t + 1 in when:
                with torch.no_grad():
                    ledger.record(heldout_loss=task.loss(model(task.heldout[0]), task.heldout[1]))
    ledger.guess = task.guess
    ledger.diverged = bool(blew_up(ledger.train_loss, ledger.heldout_loss, task.guess))
    return ledger


@dataclass(frozen=True)
class Sweep:
    """All runs of schedules x peak rates x seeds. Axes are named S, R, N; T steps, E evaluations.

    used: the rate read by each update, (S, R, T), the same for every seed.
    train_loss: batch loss before each update, (S, R, N, T).
    heldout_steps: (E,); heldout_loss: (S, R, N, E). diverged: (S, R, N), bool.
    """

    task: str
    schedules: tuple[Schedule, ...]
    base_lrs: tuple[float, ...]
    seeds: tuple[int, ...]
    guess: float
    used: np.ndarray
    train_loss: np.ndarray
    heldout_steps: np.ndarray
    heldout_loss: np.ndarray
    diverged: np.ndarray

    @property
    def result(self) -> np.ndarray:
        """The judged figure of every run, (S, R, N): last held-out loss; `guess` for a diverged run."""
        return np.where(self.diverged, self.guess, self.heldout_loss[..., -1])

    def ledger(self, schedule: int, base_lr: int, seed: int) -> Ledger:
        """The ledger of one run, by its three indices."""
        s, r, n = schedule, base_lr, seed
        steps = self.used.shape[-1]
        return Ledger(
            label=str(self.schedules[s]),
            intended=self.base_lrs[r] * self.schedules[s].values(steps),
            guess=self.guess,
            diverged=bool(self.diverged[s, r, n]),
            _used=[(float(rate),) for rate in self.used[s, r]],
            _train=dict(enumerate(self.train_loss[s, r, n].tolist())),
            _heldout=dict(zip(self.heldout_steps.tolist(), self.heldout_loss[s, r, n].tolist(), strict=True)),
        )

    def joined(self, other: Sweep) -> Sweep:
        """This sweep and another at other rates, in order of rate; ValueError unless all else is the same."""
        same = ("task", "schedules", "seeds")
        if any(getattr(self, name) != getattr(other, name) for name in same) or (
            self.used.shape[-1] != other.used.shape[-1] or set(self.base_lrs) & set(other.base_lrs)
        ):
            raise ValueError("sweeps can be joined when only their base_lrs differ, and all of them")
        rates = np.array(self.base_lrs + other.base_lrs)
        order = np.argsort(rates)
        arrays = {
            name: np.concatenate([getattr(self, name), getattr(other, name)], axis=1)[:, order]
            for name in ("used", "train_loss", "heldout_loss", "diverged")
        }
        return replace(self, base_lrs=tuple(rates[order].tolist()), **arrays)


def sweep(
    task: Task,
    schedules: Sequence[Schedule],
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    steps: int | None = None,
    evaluations: int = 20,
    workers: int = 1,
    what: str = "training",
) -> Sweep:
    """Train every schedule at every peak rate with every seed, many models in one batched program.

    Each run equals `run` with the same arguments. Runs of one seed start from the same weights and see the
    same batches, whatever their rate, so differences between them are paired. A run that blows up carries
    its infinities to the end without touching the others. `workers` processes share the chunks of a large
    sweep, with the same digits for any number of them. `what` labels the progress bar.
    Raises ValueError when the number of steps is not known, or when nothing is to be trained.
    """
    schedules, base_lrs, seeds = tuple(schedules), tuple(map(float, base_lrs)), tuple(map(int, seeds))
    if not (schedules and base_lrs and seeds):
        raise ValueError("a sweep needs at least one schedule, one base_lr and one seed")
    steps = _steps(steps, schedules)
    shapes = np.stack([s.values(steps) for s in schedules])
    rates = (shapes[:, None] * np.array(base_lrs)[:, None]).reshape(-1, steps)
    when = evaluation_steps(steps, evaluations)
    n_runs = len(rates)
    used = np.empty((n_runs, steps))
    train_loss = np.empty((steps, len(seeds), n_runs))
    heldout_loss = np.empty((len(when), len(seeds), n_runs))
    chunks = list(_chunks(len(seeds), n_runs))
    jobs = [(task, seeds[of_seeds], rates[of_runs], when) for of_seeds, of_runs in chunks]
    with progress.bar(len(seeds) * n_runs, what) as shown:
        for (of_seeds, of_runs), done in zip(chunks, _computed(jobs, workers), strict=True):
            used[of_runs], train_loss[:, of_seeds, of_runs], heldout_loss[:, of_seeds, of_runs] = done
            shown.update(done[1][0].size)
    grid = (len(schedules), len(base_lrs))
    train, heldout = _by_schedule(train_loss, grid), _by_schedule(heldout_loss, grid)
    return Sweep(
        task=task.name,
        schedules=schedules,
        base_lrs=base_lrs,
        seeds=seeds,
        guess=task.guess,
        used=used.reshape(*grid, steps),
        train_loss=train,
        heldout_steps=when,
        heldout_loss=heldout,
        diverged=blew_up(train, heldout, task.guess),
    )


def _computed(jobs: Sequence[tuple], workers: int) -> Iterator[tuple[np.ndarray, ...]]:
    """The finished chunks, in order; with several workers each is a process of one thread."""
    if workers == 1 or len(jobs) == 1:
        yield from map(_train_chunk, jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_train_chunk, jobs)


def _train_chunk(job: tuple[Task, Sequence[int], np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Train len(seeds) x len(rates) models together; parameters have two leading axes (seed, run)."""
    task, seeds, rates, when = job
    n_runs, steps = rates.shape
    template = task.model(seeds[0])
    start, _ = stack_module_state([task.model(seed) for seed in seeds])
    weights = {k: v.detach()[:, None].repeat_interleave(n_runs, dim=1) for k, v in start.items()}

    def loss(params, inputs, targets):
        return task.loss(functional_call(template, params, (inputs,)), targets)

    gradients = vmap(vmap(grad_and_value(loss), in_dims=(0, None, None)))
    heldout = vmap(vmap(loss, in_dims=(0, None, None)), in_dims=(0, None, None))
    batches = [task.batches(seed, steps) for seed in seeds]
    used = np.empty_like(rates)
    train_loss = np.empty((steps, len(seeds), n_runs))
    heldout_loss = np.empty((len(when), len(seeds), n_runs))
    evaluation = 0
    with _one_thread():
        for t in range(steps):
            inputs, targets = (torch.stack(part) for part in zip(*(b[t] for b in batches), strict=True))
            grads, train_loss[t] = gradients(weights, inputs, targets)
            used[:, t] = _sgd_step(weights, grads, torch.from_numpy(rates[:, t]))
            if t + 1 == when[evaluation]:
                heldout_loss[evaluation] = heldout(weights, *task.heldout)
                evaluation += 1
    return used, train_loss, heldout_loss


@contextmanager
def _one_thread() -> Iterator[None]:
    """Small matrices gain nothing from more threads, and one thread gives the same digits everywhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _sgd_step(weights: dict[str, Tensor], grads: dict[str, Tensor], rates: Tensor) -> Tensor:
    """w -= rate * grad for every run, in place; returns the rates it used, shape (runs,)."""
    for name, weight in weights.items():
        rate = rates.reshape(1, -1, *[1] * (weight.ndim - 2))
        weight.addcmul_(rate, grads[name], value=-1)
    return rates


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


def tune(
    task: Task,
    schedules: Sequence[Schedule],
    base_lrs: Sequence[float],
    seeds: Sequence[int],
    steps: int | None = None,
    widen: int = 3,
    workers: int = 1,
) -> Tuned:
    """Choose each schedule's peak: the rate with the lowest mean result over the tuning seeds.

    A rate at which any run diverged is chosen only if every rate is such.

    base_lrs: an increasing grid of at least 3 rates. While some best peak lies at an edge, the grid grows
    there by one more point at its own ratio, at most `widen` times. Raises ValueError for a bad grid.
    """
    grid = [float(rate) for rate in base_lrs]
    if len(grid) < 3 or not all(0 < a < b < np.inf for a, b in pairwise(grid)):
        raise ValueError(f"base_lrs must be at least 3 increasing rates > 0, got {list(base_lrs)!r}")
    found = sweep(task, schedules, grid, seeds, steps, evaluations=1, workers=workers, what="tuning")
    for widened in range(widen + 1):
        means = _tuning_loss(found)
        peak = means.argmin(axis=1)
        low, high = found.base_lrs[:2], found.base_lrs[-2:]
        more = [low[0] ** 2 / low[1]] * bool((peak == 0).any())
        more += [high[1] ** 2 / high[0]] * bool((peak == len(found.base_lrs) - 1).any())
        if not more or widened == widen:
            break
        found = found.joined(
            sweep(task, schedules, more, seeds, steps, evaluations=1, workers=workers, what="wider grid")
        )
    return Tuned(
        sweep=found,
        peak=tuple(peak.tolist()),
        widened=len(found.base_lrs) - len(grid),
        reference=int(means.min(axis=1).argmin()),
    )


def judge(
    task: Task, tuned: Tuned, seeds: Sequence[int], steps: int | None = None, evaluations: int = 20
) -> Sweep:
    """Train each schedule at its own tuned peak on judging seeds.

    The peaks become factors of the schedules, so the sweep has one base_lr, 1: `result[i, 0]` holds the
    losses of schedule i, in the order of `tuned.sweep.schedules`. Raises ValueError when a judging seed was
    already used for tuning.
    """
    seen = set(seeds) & set(tuned.sweep.seeds)
    if seen:
        raise ValueError(f"seeds {sorted(seen)} were used for tuning; judge on others")
    at_peak = [
        tuned.sweep.base_lrs[peak] * schedule
        for peak, schedule in zip(tuned.peak, tuned.sweep.schedules, strict=True)
    ]
    return sweep(task, at_peak, [1.0], seeds, steps, evaluations, what="judging")


def _tuning_loss(found: Sweep) -> np.ndarray:
    """Mean result (S, R); a rate at which a run diverged loses to every rate at which none did."""
    means = found.result.mean(axis=2)
    unsafe = found.diverged.any(axis=2)
    return np.where(unsafe & ~unsafe.all(axis=1, keepdims=True), np.inf, means)


def blew_up(train_loss: np.ndarray, heldout_loss: np.ndarray, guess: float) -> np.ndarray:
    """Whether a run diverged, shape (...,) from its losses (..., steps) and (..., evaluations).

    It did when any loss is not finite, or when the last held-out loss is above a hundred times the loss of
    a constant guess.
    """
    finite = np.isfinite(train_loss).all(axis=-1) & np.isfinite(heldout_loss).all(axis=-1)
    return ~finite | (heldout_loss[..., -1] > HOPELESS * guess)


def evaluation_steps(steps: int, evaluations: int) -> np.ndarray:
    """After how many updates held-out loss is taken: about equally spaced, the last always included."""
    if evaluations < 1:
        raise ValueError(f"evaluations must be a whole number >= 1, got {evaluations!r}")
    return np.unique(np.linspace(0, steps, min(evaluations, steps) + 1).round().astype(int)[1:])


def _steps(steps: int | None, schedules: Sequence[Schedule]) -> int:
    lengths = {s.steps for s in schedules} if steps is None else {steps}
    if len(lengths) != 1 or not 0 < min(lengths) < float("inf"):
        raise ValueError("say how many steps to train, steps=...: the schedules do not name one length")
    return int(lengths.pop())


def _chunks(n_seeds: int, n_runs: int) -> Iterator[tuple[slice, slice]]:
    seeds_at_once = max(1, RUNS_AT_ONCE // n_runs)
    for seed in range(0, n_seeds, seeds_at_once):
        for first in range(0, n_runs, RUNS_AT_ONCE):
            yield slice(seed, seed + seeds_at_once), slice(first, first + RUNS_AT_ONCE)


def _by_schedule(values: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """(time, seeds, runs) -> (schedules, rates, seeds, time)."""
    return np.ascontiguousarray(values.reshape(*values.shape[:2], *grid).transpose(2, 3, 1, 0))
