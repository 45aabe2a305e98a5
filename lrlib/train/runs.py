"""Training: one run, recorded, and many runs in one batched program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path

from lrlib import progress, tasks
from lrlib.ledger import Ledger
from lrlib.rules import INF, Refused, bound, check, saying, whole
from lrlib.schedules import Schedule
from lrlib.train.judging import blew_up
from lrlib.train.loop import recorded
from lrlib.train.plan import Named, Plan, Problem, Rates, Seeds
from lrlib.train.results import Arrays, Sweep, columns, kept
from lrlib.train.store import Folder, Memory, Store
from lrlib.train.updates import SGD, Adam, PerModel
from lrlib.train.workers import Workers, trained


def planning(function: Callable) -> Callable:
    """Let a function say who refuses a call, and name the nearest parameter for one that it does not have.

    In its signature, `how` stands for the parameters of `Plan` that it does not have itself.
    """
    own = dict(inspect.signature(function).parameters)
    if own.pop("how", None):
        plans = inspect.signature(Plan).parameters
        own |= {n: p.replace(kind=p.KEYWORD_ONLY) for n, p in plans.items() if n not in own}
    signature = inspect.Signature(own.values())

    @wraps(function)
    def call(*args, **kwargs):
        with saying(function.__name__):
            return function(**bound(call, args, kwargs))

    call.__signature__ = signature
    return call


@planning
def run(task: Problem, schedule: Schedule | str, base_lr: float, seed: int, *, steps: int | None = None,
        evaluations: int = 20, optimizer: SGD | Adam | PerModel = SGD(), clip_norm: float = INF,  # noqa: B008, frozen
        dtype: str = "float64", device: str = "cpu", any_length: bool = False,
        max_gb: float | None = None) -> Ledger:  # fmt: skip
    """Train one model and return its ledger.

    An ordinary PyTorch loop with the optimizer of torch that `optimizer` names, by default `torch.optim.SGD`,
    and `ScheduleLR`; the used rate is what a hook on the optimizer saw. `steps` may be left out when the
    schedule is finite. Held-out loss is taken in eval mode after about `evaluations` equally spaced steps,
    always including the last. What layers draw, as in dropout, is named by the seed, see `lrlib.train.loop`.
    `clip_norm` bounds the norm of each gradient. A run that blows up is returned as it is, with
    `diverged=True`. Raises ValueError, naming the parameter, as `sweep` does.

    >>> from lrlib.schedules import linear
    >>> ledger = run("quadratic", linear(1, 0, 40), 0.5, seed=0)
    >>> ledger.used[[0, 20, 39]].round(4).tolist(), ledger.diverged
    ([0.5, 0.25, 0.0125], False)
    """
    one = (check("seed", whole(0), seed),)
    how = (steps, evaluations, optimizer, clip_norm, dtype, device)
    plan = Plan(task, schedule, base_lr, one, *how, any_length=any_length, max_gb=max_gb)
    if plan.n_runs > 1:
        raise Refused(f"trains one schedule at one base_lr, got {plan.n_runs} runs; sweep trains many")
    (label,), guess = plan.labels, plan.task.guess
    ledger, _ = recorded(plan, label, *plan.base_lrs, *one)
    return replace(ledger, guess=guess, diverged=bool(blew_up(ledger.train_loss, ledger.heldout_loss, guess)))


@planning
def sweep(task: Problem, schedules: Named, base_lrs: Rates, seeds: Seeds, *, workers: Workers = 1,
          out: Folder = None, what: str = "training", **how) -> Sweep:  # fmt: skip
    """Train every schedule at every peak rate with every seed, many models in one batched program.

    Each run equals `run` with the same arguments. Runs of one seed start from the same weights and see the
    same batches, whatever their rate, so differences between them are paired. A run that blows up carries
    its infinities to the end without touching the others. Batch size belongs to the task: `by_batch_size`.
    Models that cannot be stacked, as with running statistics, dropout or recurrent layers, are trained one
    after the other, each to the last bit as `run` trains it; the progress bar and `Sweep.note` say so.

    task: a task, or the name of one. schedules: label -> schedule, or a list, whose labels are their texts;
    texts may say T for the number of steps. base_lrs: peak rates. seeds: different whole numbers.
    how: the other parameters of `lrlib.train.plan.Plan`: steps, which may be left out when the schedules name
    it, evaluations=20, optimizer=SGD(momentum=0.9), Adam(), AdamW() or PerModel(...), clip_norm, dtype,
    device, any_length, and runs_at_once, which bounds the memory.
    workers: the number of local processes, or the address of a Dask scheduler ("tcp://host:8786"), which
    needs the extra `dask`. The digits are the same for any of them.
    out: a folder that finished chunks are written to (Parquet) and read from when asked for, so that memory
    does not grow with the number of runs; a sweep that was stopped is continued by the same call.
    what: labels the progress bar.
    Raises ValueError, naming the parameter, for what cannot be trained, and for a folder that holds another
    sweep; RuntimeError when a local process dies.

    >>> shapes = {"constant": "constant(1)", "linear": "linear(1, 0, T)"}
    >>> found = sweep("quadratic", shapes, [0.1, 0.4], seeds=range(8), steps=60)
    >>> found.labels, found.result.shape
    (('constant', 'linear'), (2, 2, 8))
    >>> {label: float(losses.mean().round(3)) for label, losses in found.losses(base_lr=0.4).items()}
    {'constant': 0.223, 'linear': 0.059}
    """
    return train(planned(task, schedules, base_lrs, seeds, **how), workers, out, what)


def planned(*arguments, **options) -> Plan:
    """A plan; ValueError, with the nearest names, for options that it does not have."""
    return Plan(**bound(Plan, arguments, options))


def train(plan: Plan, workers: int | str, out: Folder, what: str, folder: str = "") -> Sweep:
    """Train what is missing of a plan; folder: where in `out` it is kept."""
    workers = check("workers", Workers, workers)
    processes, inside = workers if isinstance(workers, int) else 0, out is None
    instead = "name a folder to keep results in, out=FOLDER" if inside else "fewer workers or runs_at_once"
    plan.afford(what, plan.bytes(processes, inside), instead)
    store = Memory() if out is None else Store(Path(out, folder), plan.definition)
    missing = [i for i in range(len(plan.chunks)) if i not in store]
    note = f" ({plan.one_at_a_time})" if plan.one_at_a_time else ""
    with (
        progress.bar(plan.n_runs, what + note, done=plan.n_runs - plan.runs_in(missing)) as shown,
        closing(trained(plan, missing, workers, shown.update)) as found,
    ):
        for chunk, arrays in found:
            store.write(chunk, columns(plan, chunk, arrays))
    arrays = Arrays(plan, store)
    asked = {name: getattr(plan, name) for name in ("labels", "base_lrs", "seeds", "steps", "how")}
    return Sweep(
        **asked,
        task=plan.task.name,
        options=plan.task.options,
        schedules=tuple(plan.schedules.values()),
        guess=plan.task.guess,
        heldout_steps=plan.when,
        note=plan.note,
        _arrays={name: arrays[name] for name in kept(plan.optimizer)} if out is None else arrays,
        _task=plan.task,
    )


@planning
def by_batch_size(task: Problem, batch_sizes: Sequence[int], schedules: Named | Mapping[int, Named],
                  base_lrs: Rates, seeds: Seeds, *, steps: int | Mapping[int, int] | None = None,
                  out: Folder = None, workers: Workers = 1, **how) -> dict[int, Sweep]:  # fmt: skip
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
    task = check("task", Problem, task)
    sizes = (batch_sizes,) if isinstance(batch_sizes, int) else tuple(batch_sizes)
    if not task.named or "batch_size" not in task.options:
        why = "was changed by hand" if "batch_size" in task.options else "has no option batch_size"
        raise Refused(f"task {task.name!r} {why}: make one for each batch size, use sweep")
    steps, schedules, found = _of_each("steps", steps, sizes), _of_each("schedules", schedules, sizes), {}
    for size in sizes:
        of_size = tasks.get(task.name, **{**task.options, "batch_size": size})
        plan = planned(of_size, schedules[size], base_lrs, seeds, steps=steps[size], **how)
        found[size] = train(plan, workers, out, f"batch size {size}", f"batch-{size}")
    return found


def _of_each(name: str, given, sizes: tuple[int, ...]) -> Mapping:
    """Batch size -> what is given for it; where no keys are numbers, the same for all."""
    if not isinstance(given, Mapping) or any(isinstance(key, str) for key in given):
        return dict.fromkeys(sizes, given)
    if set(given) != set(sizes):
        raise Refused(f"{name} must name the batch sizes {list(sizes)}, got {list(given)}")
    return given
