"""What is to be trained, in full: the one place where what a caller asks for is read and checked."""

from __future__ import annotations

import numbers
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Annotated

import numpy as np
import torch
from torch import nn

from lrlib import tasks
from lrlib.rules import INF, Count, Flag, Refused, Rule, check_fields, optional, rule_of, shown, within
from lrlib.schedules import Schedule, parse
from lrlib.tasks import Task
from lrlib.train.seeded import refuse_unseeded
from lrlib.train.updates import OPTIMIZERS, SGD, Adam, optimizer_of

CACHE_BYTES = 8 * 2**20
FEWEST_AT_ONCE, MOST_AT_ONCE = 16, 1024
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def _task(given) -> Task:
    if isinstance(given, str):
        return tasks.get(given)
    if not isinstance(given, Task):
        raise TypeError
    return given


def _different(given, convert: Callable) -> tuple:
    values = tuple(map(convert, given.tolist() if hasattr(given, "tolist") else given))
    if not values or len(set(values)) < len(values):
        raise ValueError
    return values


def _seeds(given) -> tuple[int, ...]:
    if isinstance(given, numbers.Integral) and not isinstance(given, bool):
        raise Refused(f"seeds must be a list of seeds, got {given}; range({given}) is {given} of them")
    return _different(given, within(0, whole=True))


def _rates(given) -> tuple[float, ...]:
    given = (given,) if isinstance(given, numbers.Real) else given
    return _different(given, lambda rate: float(within(0, 1e308)(rate)))


def _named(given) -> dict[str, Schedule | str]:
    """Label -> schedule, or text that is not read yet; one that was given alone has its text as label."""
    if isinstance(given, Schedule | str):
        given = (given,)
    pairs = tuple(given.items() if isinstance(given, Mapping) else ((str(each), each) for each in given))
    if not pairs or not all(isinstance(a, str) and isinstance(b, Schedule | str) for a, b in pairs):
        raise ValueError
    if repeated := [label for label, n in Counter(label for label, _ in pairs).items() if n > 1]:
        raise Refused(f"schedules: {shown(repeated[0])} is there twice; name them, as in {{'one': ...}}")
    return dict(pairs)


def read(schedules: Mapping[str, Schedule | str], steps: int | None) -> dict[str, Schedule]:
    """Label -> schedule, where some are texts, in which T is the number of steps."""
    try:
        return {
            label: parse(given, T=steps) if isinstance(given, str) else given
            for label, given in schedules.items()
        }
    except ValueError as error:
        raise Refused(f"schedules: {str(error).replace('T=...', 'steps=...')}") from None


def _dtype(given) -> str:
    name = str(given).removeprefix("torch.")
    if name not in ("float64", "float32"):
        raise ValueError
    return name


def _device(given) -> str:
    try:
        device = torch.device(given)
    except (RuntimeError, TypeError):
        raise ValueError from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Refused(f"device={shown(given)}: this torch finds no CUDA device")
    return str(device)


Problem = Annotated[Task, Rule("a task, or the name of one", _task)]
Named = Annotated[
    dict, Rule("one or more schedules or texts, in a list or by name, as in {'cosine': ...}", _named)
]
Rates = Annotated[tuple, Rule("one or more different finite rates >= 0", _rates)]
Seeds = Annotated[tuple, Rule("one or more different whole numbers >= 0, as in range(3)", _seeds)]
Length = Annotated[int | None, optional(rule_of(Count))]
Optimizer = Annotated[SGD | Adam, Rule("SGD(), Adam() or AdamW() of lrlib.train, or its name", optimizer_of)]
Norm = Annotated[float, Rule("a number > 0, or inf", within(0, open_low=True))]
Dtype = Annotated[str, Rule("float64 or float32", _dtype)]
Device = Annotated[str, Rule("a device of torch, such as 'cpu' or 'cuda:0'", _device)]


@dataclass(frozen=True)
class Plan:
    """What a sweep trains, in full: it fixes the chunks and every digit of the result.

    task: a task, or its name. schedules: label -> schedule, or a list of them, or one; a text is read with T
    for `steps`, and where no label was given the text is one, as it was given. base_lrs: peak rates, or one.
    seeds: different whole numbers >= 0. steps: updates a run; may be left out when the schedules name it.
    A finite schedule of another length is refused unless `any_length`: longer ones are then cut, shorter ones
    held. evaluations: how often held-out loss is taken.
    optimizer: SGD(), Adam() or AdamW(). clip_norm: largest gradient norm, `inf` for no clipping.
    dtype: "float64" or "float32". device: of torch. compile: fuse with `torch.compile`.
    runs_at_once: models trained together; by default as many as keep weights and gradients in the cache.
    Raises ValueError, in one sentence, for whatever of these it cannot be.
    """

    task: Problem
    schedules: Named
    base_lrs: Rates
    seeds: Seeds
    steps: Length = None
    evaluations: Count = 20
    optimizer: Optimizer = field(default_factory=SGD)
    clip_norm: Norm = INF
    dtype: Dtype = "float64"
    device: Device = "cpu"
    compile: Flag = False
    runs_at_once: Length = None
    any_length: Flag = False

    def __post_init__(self):
        check_fields(self)
        schedules = read(self.schedules, self.steps)
        object.__setattr__(self, "schedules", schedules)
        object.__setattr__(self, "steps", _length(self.steps, schedules.values(), self.any_length))
        refuse_unseeded(self.task, self.seeds[0], self.steps)
        if not any(p.requires_grad for p in self.template.parameters()):
            raise Refused(f"{type(self.template).__name__} has no parameters to train")

    def __reduce__(self):
        return Plan, tuple(getattr(self, each.name) for each in fields(self))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.schedules)

    @property
    def how(self) -> dict:
        """The options by which runs are trained, as they are passed on."""
        names = ("optimizer", "clip_norm", "dtype", "device", "compile", "runs_at_once", "any_length")
        return {name: getattr(self, name) for name in names}

    @cached_property
    def when(self) -> np.ndarray:
        """After how many updates held-out loss is taken."""
        return evaluation_steps(self.steps, self.evaluations)

    @cached_property
    def multipliers(self) -> np.ndarray:
        """The values of each schedule, (schedules, steps)."""
        return np.stack([s.values(self.steps) for s in self.schedules.values()])

    @cached_property
    def cast(self) -> Task:
        return self.task.to(getattr(torch, self.dtype), self.device)

    @cached_property
    def template(self) -> nn.Module:
        return self.task.model(self.seeds[0])

    @property
    def one_at_a_time(self) -> str:
        """Why the models of a chunk are trained one by one; empty when they are batched."""
        convolves = any(isinstance(m, CONVOLUTIONS) for m in self.template.modules())
        slower = convolves and self.dtype == "float64" and self.device == "cpu"
        return "one model at a time: float64 convolutions are slower batched" if slower else ""

    @property
    def note(self) -> str:
        """What a reader of the results has to know of how they were made."""
        kind = type(self.optimizer)
        unseen = (
            ""
            if kind in OPTIMIZERS.values()
            else f"used rates are not observed: {kind.__name__} is not torch's"
        )
        return "; ".join(filter(None, (self.one_at_a_time, unseen)))

    @cached_property
    def chunks(self) -> tuple[tuple[slice, slice], ...]:
        """The runs that are trained together: slices of the seeds and of the schedule-rate pairs."""
        n_runs = self.n_settings
        most = self.runs_at_once or self._fits_cache()
        runs = _even(n_runs, most)
        seeds = _even(len(self.seeds), max(1, most // n_runs))
        return tuple(
            (slice(s, min(s + seeds, len(self.seeds))), slice(r, min(r + runs, n_runs)))
            for s in range(0, len(self.seeds), seeds)
            for r in range(0, n_runs, runs)
        )

    @property
    def n_settings(self) -> int:
        return len(self.schedules) * len(self.base_lrs)

    @property
    def n_runs(self) -> int:
        return self.n_settings * len(self.seeds)

    def shape(self, chunk: int) -> tuple[int, int]:
        """(runs, seeds) of a chunk."""
        of_seeds, of_runs = self.chunks[chunk]
        return of_runs.stop - of_runs.start, of_seeds.stop - of_seeds.start

    def runs_in(self, chunks: Iterable[int]) -> int:
        return sum(int(np.prod(self.shape(chunk))) for chunk in chunks)

    def _fits_cache(self) -> int:
        floats = sum(p.numel() for p in self.template.parameters()) * (2 + self.optimizer.slots)
        size = np.dtype(self.dtype).itemsize
        return min(max(CACHE_BYTES // (floats * size), FEWEST_AT_ONCE), MOST_AT_ONCE)

    def settings(self, runs: slice) -> tuple[np.ndarray, np.ndarray]:
        """Which schedule and which rate some schedule-rate pairs have, by index: (runs,) and (runs,)."""
        return np.divmod(np.arange(runs.start, runs.stop), len(self.base_lrs))

    def rates(self, runs: slice) -> np.ndarray:
        """The intended rates of some schedule-rate pairs, (runs, steps)."""
        schedule, base_lr = self.settings(runs)
        return self.multipliers[schedule] * np.array(self.base_lrs)[base_lr, None]

    def definition(self) -> dict:
        """All that fixes the digits, as plain values."""
        return {
            "task": self.task.name,
            "options": {k: list(v) if isinstance(v, tuple) else v for k, v in self.task.options.items()},
            "fingerprint": self.task.fingerprint(self.seeds[0]),
            "labels": list(self.labels),
            "schedules": [str(s) for s in self.schedules.values()],
            "base_lrs": list(self.base_lrs),
            "seeds": list(self.seeds),
            "optimizer": {"name": type(self.optimizer).__name__, **asdict(self.optimizer)},
            "runs_at_once": [part.stop for part in self.chunks[0]],
            "torch": torch.__version__,
            **{name: getattr(self, name) for name in ("steps", "evaluations", "dtype", "device", "compile")},
            "clip_norm": str(float(self.clip_norm)),
        }


def evaluation_steps(steps: int, evaluations: int) -> np.ndarray:
    """After how many updates held-out loss is taken: about equally spaced, the last always included.

    >>> evaluation_steps(100, 4).tolist(), evaluation_steps(3, 20).tolist()
    ([25, 50, 75, 100], [1, 2, 3])
    """
    return np.unique(np.linspace(0, steps, min(evaluations, steps) + 1).round().astype(int)[1:])


def _length(steps: int | None, schedules: Iterable[Schedule], any_length: bool) -> int:
    """How many updates a run has; ValueError where nobody says, and for a schedule of another length."""
    lengths = {s.steps for s in schedules} if steps is None else {steps}
    if len(lengths) != 1 or not 0 < min(lengths) < INF or min(lengths) % 1:
        raise Refused(
            "say how many steps to train, steps=...: the schedules do not name one whole number of them"
        )
    steps = int(lengths.pop())
    for schedule in schedules:
        if schedule.steps not in (INF, steps) and not any_length:
            raise Refused(
                f"{shown(schedule)} lasts {schedule.steps:g} steps, but a run has steps={steps}: write its "
                "length with T, as a text, or pass any_length=True to have it cut or held"
            )
    return steps


def _even(total: int, most: int) -> int:
    """The size of parts of at most `most` that split `total` as evenly as possible."""
    parts = -(-total // most)
    return -(-total // parts)
