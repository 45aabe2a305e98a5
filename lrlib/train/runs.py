"""Training: one run, recorded, and many runs in one batched program."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from lrlib import progress, tasks
from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.rules import Refused, bound, check, saying
from lrlib.schedules import Schedule
from lrlib.tasks import Task
from lrlib.train.engine import blew_up, heldout_pieces, one_thread
from lrlib.train.plan import Plan
from lrlib.train.results import Arrays, Sweep, columns
from lrlib.train.store import Memory, Store
from lrlib.train.updates import SGD, Adam
from lrlib.train.workers import Workers, trained


def run(
    task: Task | str,
    schedule: Schedule | str,
    base_lr: float,
    seed: int,
    *,
    steps: int | None = None,
    evaluations: int = 20,
    optimizer: SGD | Adam = SGD(),  # noqa: B008, it is frozen
    clip_norm: float = float("inf"),
    dtype: str = "float64",
    device: str = "cpu",
    any_length: bool = False,
) -> Ledger:
    """Train one model and return its ledger.

    An ordinary PyTorch loop with the optimizer of torch that `optimizer` names, by default `torch.optim.SGD`,
    and `ScheduleLR`; the used rate is what a hook on the optimizer saw. `steps` may be left out when the
    schedule is finite. Held-out loss is taken after about `evaluations` equally spaced steps, always
    including the last. `clip_norm` bounds the norm of each gradient. A run that blows up is returned as it
    is, with `diverged=True`. Raises ValueError, naming the parameter, as `sweep` does.

    >>> from lrlib.schedules import linear
    >>> ledger = run("quadratic", linear(1, 0, 40), 0.5, seed=0)
    >>> ledger.used[[0, 20, 39]].round(4).tolist(), ledger.diverged
    ([0.5, 0.25, 0.0125], False)
    """
    how = {"optimizer": optimizer, "clip_norm": clip_norm, "dtype": dtype, "device": device}
    how |= {"steps": steps, "evaluations": evaluations, "any_length": any_length}
    with saying("run"):
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise Refused(f"seed must be a whole number >= 0, got {seed!r}; sweep trains many seeds")
    plan = planned("run", task, schedule, base_lr, (seed,), **how)
    if plan.n_runs > 1:
        raise Refused(f"trains one schedule at one base_lr, got {plan.n_runs} runs; sweep trains many", "run")
    ledger = _recorded(plan)
    diverged = bool(blew_up(ledger.train_loss, ledger.heldout_loss, plan.task.guess))
    return replace(ledger, guess=plan.task.guess, diverged=diverged)


@torch.enable_grad()
def _recorded(plan: Plan) -> Ledger:
    """The only run of a plan, as a loop that anyone would write."""
    _refuse_unlike_torch(type(plan.optimizer))
    task, (seed,), ((label, schedule),) = plan.cast, plan.seeds, plan.schedules.items()
    (base_lr,) = plan.base_lrs
    model, batches = task.model(seed), task.batches(seed, plan.steps)
    optimizer = plan.optimizer.torch(model.parameters(), base_lr)
    scheduler = ScheduleLR(optimizer, schedule)
    pieces = heldout_pieces(task, seed)
    watched = Ledger.watch(optimizer, intended=schedule, base_lr=base_lr, label=label)
    with one_thread(), watched as recorder:
        for t in range(plan.steps):
            inputs, targets = batches[t]
            loss = task.loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            if plan.clip_norm < float("inf"):
                torch.nn.utils.clip_grad_norm_(model.parameters(), plan.clip_norm)
            optimizer.step()
            scheduler.step()
            recorder.record(train_loss=loss.detach())
            if t + 1 in plan.when:
                with torch.no_grad():
                    judged = sum(task.loss(model(x), y) * share for x, y, share in pieces)
                recorder.record(heldout_loss=judged)
    return recorder.ledger


def _refuse_unlike_torch(kind: type) -> None:
    """ValueError for an optimizer that makes other updates in a sweep than as one of torch."""
    update, torchs = (next(k for k in kind.__mro__ if name in vars(k)) for name in ("update", "torch"))
    if update is not torchs:
        raise Refused(
            f"optimizer {kind.__name__} has an update of its own, but torch() of {torchs.__name__}: "
            "train.sweep trains with it, or give it a torch(parameters, lr) that does the same",
            "run",
        )


def sweep(
    task: Task | str,
    schedules: Mapping[str, Schedule | str] | Sequence[Schedule | str] | Schedule | str,
    base_lrs: Sequence[float] | float,
    seeds: Sequence[int],
    *,
    workers: int | str = 1,
    out: str | os.PathLike | None = None,
    what: str = "training",
    **how,
) -> Sweep:
    """Train every schedule at every peak rate with every seed, many models in one batched program.

    Each run equals `run` with the same arguments. Runs of one seed start from the same weights and see the
    same batches, whatever their rate, so differences between them are paired. A run that blows up carries
    its infinities to the end without touching the others. Batch size belongs to the task: `by_batch_size`.

    task: a task, or the name of one. schedules: label -> schedule, or a list, whose labels are their texts;
    texts may say T for the number of steps. base_lrs: peak rates. seeds: different whole numbers.
    how: the other parameters of `lrlib.train.plan.Plan`: steps, which may be left out when the schedules name
    it, evaluations=20, optimizer=SGD(momentum=0.9), Adam() or AdamW(), clip_norm, dtype, device, compile,
    any_length, and runs_at_once, which bounds the memory.
    workers: the number of local processes, or the address of a Dask scheduler ("tcp://host:8786"), which
    needs the extra `dask`. The digits are the same for any of them.
    out: a folder that finished chunks are written to (Parquet) and read from when asked for, so that memory
    does not grow with the number of runs; a sweep that was stopped is continued by the same call.
    what: labels the progress bar.
    Raises ValueError, naming the parameter, for what cannot be trained, for a layer that cannot be stacked
    and for a folder that holds another sweep; RuntimeError when a local process dies.

    >>> shapes = {"constant": "constant(1)", "linear": "linear(1, 0, T)"}
    >>> found = sweep("quadratic", shapes, [0.1, 0.4], seeds=range(8), steps=60)
    >>> found.labels, found.result.shape
    (('constant', 'linear'), (2, 2, 8))
    >>> {label: float(losses.mean().round(3)) for label, losses in found.losses(base_lr=0.4).items()}
    {'constant': 0.223, 'linear': 0.059}
    """
    return train(planned("sweep", task, schedules, base_lrs, seeds, **how), workers, out, what, "sweep")


def planned(who: str, *arguments, **options) -> Plan:
    """A plan, where errors say who refuses it."""
    with saying(who):
        return Plan(**bound(Plan, arguments, options))


def train(plan: Plan, workers: int | str, out: str | os.PathLike | None, what: str, who: str) -> Sweep:
    """Train what is missing of a plan; who: whose errors they are."""
    with saying(who):
        workers = check("workers", Workers, workers)
        store = Memory() if out is None else Store(out, plan.definition())
        missing = [i for i in range(len(plan.chunks)) if i not in store]
        note = f" ({plan.one_at_a_time})" if plan.one_at_a_time else ""
        with progress.bar(plan.n_runs, what + note, done=plan.n_runs - plan.runs_in(missing)) as shown:
            for chunk, arrays in trained(plan, missing, workers, shown.update):
                store.write(chunk, columns(plan, chunk, arrays))
    arrays = Arrays(plan, store)
    return Sweep(
        task=plan.task.name,
        options=plan.task.options,
        labels=plan.labels,
        schedules=tuple(plan.schedules.values()),
        base_lrs=plan.base_lrs,
        seeds=plan.seeds,
        guess=plan.task.guess,
        steps=plan.steps,
        heldout_steps=plan.when,
        how=plan.how,
        note=plan.note,
        _arrays=dict(arrays) if out is None else arrays,
        _task=plan.task,
    )


def by_batch_size(
    task: Task | str,
    batch_sizes: Sequence[int],
    schedules: Mapping | Sequence[Schedule | str] | Schedule | str,
    base_lrs: Sequence[float] | float,
    seeds: Sequence[int],
    *,
    steps: int | Mapping[int, int] | None = None,
    out: str | os.PathLike | None = None,
    workers: int | str = 1,
    **how,
) -> dict[int, Sweep]:
    """One sweep for each batch size of a named task: batch size -> Sweep.

    A seed starts from the same weights in all of them. steps: updates, or batch size -> updates, for example
    `{b: examples // b for b in batch_sizes}` for equal numbers of examples. Where the number of updates
    differs, so must the schedules: texts in which T is that of a batch size, or batch size -> schedules.
    `how`, `workers` and `out` are those of `sweep`, with a folder for each batch size. Raises ValueError as
    `sweep` does, and for a task without the option `batch_size`.

    >>> found = by_batch_size("digits", (16, 64), "cosine(1, 0, T)", 0.1, [0], steps={16: 40, 64: 10})
    >>> {size: float(each.used[0, 0, -1].round(5)) for size, each in found.items()}
    {16: 0.00015, 64: 0.00245}
    """
    task = tasks.get(task) if isinstance(task, str) else task
    sizes = (batch_sizes,) if isinstance(batch_sizes, int) else tuple(batch_sizes)
    with saying("by_batch_size"):
        if "batch_size" not in task.options:
            raise Refused(f"task {task.name!r} has no option batch_size")
        if not task.named:
            raise Refused(f"task {task.name!r} was changed by hand: make one for each batch size, use sweep")
        steps, schedules = _of_each("steps", steps, sizes), _of_each("schedules", schedules, sizes)
    found = {}
    for size in sizes:
        of_size = tasks.get(task.name, **{**task.options, "batch_size": size})
        how["steps"] = steps[size]
        plan = planned("by_batch_size", of_size, schedules[size], base_lrs, seeds, **how)
        to = None if out is None else os.path.join(out, f"batch-{size}")
        found[size] = train(plan, workers, to, f"batch size {size}", "by_batch_size")
    return found


def _of_each(name: str, given, sizes: tuple[int, ...]) -> Mapping:
    """Batch size -> what is given for it; where no keys are numbers, the same for all."""
    if not isinstance(given, Mapping) or any(isinstance(key, str) for key in given):
        return dict.fromkeys(sizes, given)
    if set(given) != set(sizes):
        raise Refused(f"{name} must name the batch sizes {list(sizes)}, got {list(given)}")
    return given
