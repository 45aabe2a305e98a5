"""What is to be trained, in full: the one place where what a caller asks for is read and checked."""

from __future__ import annotations

import numbers
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Annotated

import numpy as np
import torch
from torch import nn

from lrlib import rules, tasks
from lrlib.rules import INF, Count, Refused, Rule, check, check_fields, shown, whole, within
from lrlib.schedules import Schedule, parse
from lrlib.tasks import Task
from lrlib.tasks.core import tensors
from lrlib.tasks.datasets import HALF
from lrlib.train.identity import definition
from lrlib.train.seeded import batches_of, refuse_unseeded
from lrlib.train.stacking import why_alone
from lrlib.train.updates import OPTIMIZERS, SGD, Adam, PerModel, optimizer_of

CACHE_BYTES = 3 * 2**20
CHUNK_BYTES = 2 * 2**30
MOST_VALUES = 10**6
FEWEST_AT_ONCE, MOST_AT_ONCE = 4, 1024
ALONE_AT_ONCE = 4  # runs in a chunk that are trained one after the other: what is lost when it is stopped
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
DTYPES = ("float64", "float32")
LOOKS = 3  # at how many updates, besides the first two, a run is looked at


def _task(given) -> Task:
    return tasks.get(given) if isinstance(given, str) else rules.is_a(Task, "").convert(given)


def _different(convert: Callable, given) -> tuple:
    if len(given) > MOST_VALUES:
        raise Refused(f"a sweep has at most {MOST_VALUES:,} rates and seeds, got {len(given):,}")
    distinct = rules.such_that(rules.each(convert, least=1), lambda values: len(set(values)) == len(values))
    return distinct(given.tolist() if hasattr(given, "tolist") else given)


def _seeds(given) -> tuple[int, ...]:
    if isinstance(given, numbers.Integral) and not isinstance(given, bool):
        raise Refused(f"seeds must be a list of seeds, got {given}; range({given}) is {given} of them")
    return _different(whole(0).convert, given)


def _rates(given) -> tuple[float, ...]:
    given = (given,) if isinstance(given, numbers.Real) else given
    return _different(lambda rate: float(within(0, 1e308)(rate)), given)


def _named(given) -> dict[str, Schedule | str]:
    """Label -> schedule, or text that is not read yet; one that was given alone has its text as label."""
    given = (given,) if isinstance(given, Schedule | str) else given
    pairs = [*given.items()] if isinstance(given, Mapping) else [(str(one), one) for one in given]
    if not pairs or not all(isinstance(a, str) and isinstance(b, Schedule | str) for a, b in pairs):
        raise ValueError
    label, times = Counter(label for label, _ in pairs).most_common(1)[0]
    if times > 1:
        raise Refused(f"schedules: {shown(label)} is there twice; name them, as in {{'one': ...}}")
    return dict(pairs)


_dtype = rules.such_that(lambda given: str(given).removeprefix("torch."), DTYPES.__contains__)


def _device(given) -> str:
    try:
        device = torch.device(given)
    except RuntimeError:
        raise ValueError from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Refused(f"device={shown(given)}: this torch finds no CUDA device")
    return str(device)


Problem = Annotated[Task, Rule("a task, or the name of one", _task)]
Named = Annotated[dict, Rule("one or more schedules or texts, in a list or as {'cosine': ...}", _named)]
Rates = Annotated[tuple, Rule("one or more different finite rates >= 0", _rates)]
Seeds = Annotated[tuple, Rule("one or more different whole numbers >= 0, as in range(3)", _seeds)]
MaybeCount = Annotated[int | None, rules.optional(whole(1))]
OPTIMIZER = Rule("SGD(), Adam(), AdamW() or PerModel(...) of lrlib.train, or a name", optimizer_of)
Optimizer = Annotated[SGD | Adam | PerModel, OPTIMIZER]
Norm = Annotated[float, Rule("a number > 0, or inf", within(0, open_low=True))]
Dtype = Annotated[str, Rule("float64 or float32", _dtype)]
Memory = Annotated[float | None, rules.optional(Rule("a number > 0, or inf", within(0, open_low=True)))]
Device = Annotated[str, Rule("a device of torch, such as 'cpu' or 'cuda:0'", _device)]


def labelled(schedules, steps: int | None) -> dict[str, Schedule]:
    """Label -> schedule, from all that a plan takes for schedules; in texts T is the number of steps."""
    given = check("schedules", Named, schedules)
    try:
        return {label: parse(s, T=steps) if isinstance(s, str) else s for label, s in given.items()}
    except ValueError as error:
        raise Refused(f"schedules: {str(error).replace('T=...', 'steps=...')}") from None


@dataclass(frozen=True)
class Plan:
    """What a sweep trains, in full: it fixes the chunks and every digit of the result, see `identity`.

    task: a task, or its name. schedules: label -> schedule, or a list of them, or one; a text is read with T
    for `steps`, and where no label was given the text is one, as it was given. base_lrs: peak rates, or one.
    seeds: different whole numbers >= 0. steps: updates a run; may be left out when the schedules name it.
    A finite schedule of another length is refused unless `any_length`: longer ones are then cut, shorter ones
    held. evaluations: how often held-out loss is taken.
    optimizer: SGD(), Adam(), AdamW(), or PerModel(...) for any other of torch. clip_norm: largest gradient
    norm, `inf` for no clipping.
    dtype: "float64" or "float32". device: of torch.
    runs_at_once: models trained together; by default as many as keep weights and gradients in the cache.
    max_gb: most memory in gigabytes that may be taken, by default half of the machine's.
    Raises ValueError, in one sentence, for whatever of these it cannot be.
    """

    task: Problem
    schedules: dict
    base_lrs: Rates
    seeds: Seeds
    steps: MaybeCount = None
    evaluations: Count = 20
    optimizer: Optimizer = field(default_factory=SGD)
    clip_norm: Norm = INF
    dtype: Dtype = "float64"
    device: Device = "cpu"
    runs_at_once: MaybeCount = None
    any_length: bool = False
    max_gb: Memory = None

    def __post_init__(self):
        check_fields(self)
        schedules = labelled(self.schedules, self.steps)
        object.__setattr__(self, "schedules", schedules)
        object.__setattr__(self, "steps", _length(self.steps, schedules.values(), self.any_length))
        self.afford("training", self._weights + self._curves + self._batches, "fewer steps")
        largest = float(np.abs(self.multipliers).max())
        if largest * max(self.base_lrs) > torch.finfo(getattr(torch, self.dtype)).max:
            given = f"got {max(self.base_lrs):g} times {largest:g}"
            raise Refused(f"base_lrs: times a multiplier, each must be a finite {self.dtype}, {given}")
        self.__dict__["draws"] = refuse_unseeded(self.task, self.seeds[0], self.steps)
        if self.per_model:
            self._refuse_per_model()
        self.afford("training", self.bytes(), "fewer steps or runs_at_once")

    def __reduce__(self):
        return Plan, tuple(getattr(self, each.name) for each in fields(self))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.schedules)

    @property
    def how(self) -> dict:
        """The options by which runs are trained, as they are passed on."""
        names = (
            "optimizer",
            "clip_norm",
            "dtype",
            "device",
            "runs_at_once",
            "any_length",
            "max_gb",
        )
        return {name: getattr(self, name) for name in names}

    definition = cached_property(definition)

    @cached_property
    def when(self) -> np.ndarray:
        """After how many updates held-out loss is taken."""
        return evaluation_steps(self.steps, self.evaluations)

    @cached_property
    def looks(self) -> list[int]:
        """The updates at which a run is looked at more closely."""
        return sorted({0, min(1, self.steps - 1), *(evaluation_steps(self.steps, LOOKS) - 1).tolist()})

    @cached_property
    def cast(self) -> Task:
        return self.task.to(getattr(torch, self.dtype), self.device)

    @cached_property
    def template(self) -> nn.Module:
        return self.task.model(self.seeds[0])

    alone = cached_property(why_alone)

    @property
    def one_by_one(self) -> bool:
        """Whether models that can be stacked are computed one by one, as float64 convolutions are faster."""
        convolves = any(isinstance(m, CONVOLUTIONS) for m in self.template.modules())
        return convolves and self.dtype == "float64" and self.device == "cpu"

    @property
    def one_at_a_time(self) -> str:
        """Why the models of a chunk are trained one by one; empty when they are batched."""
        slower = "float64 convolutions are slower batched" if self.one_by_one else ""
        why = self.alone or slower
        return why and f"one model at a time: {why}"

    @property
    def note(self) -> str:
        """What a reader of the results has to know of how they were made."""
        kind = type(self.optimizer)
        unseen = f"used rates are not observed: {kind.__name__} is not torch's"
        if self.per_model:
            unseen = f"one {self.optimizer.kind.__name__} for each model: used rates are what it was handed"
        seen = kind in OPTIMIZERS.values() or self.alone
        return "; ".join(filter(None, (self.one_at_a_time, "" if seen else unseen)))

    @property
    def per_model(self) -> bool:
        """Whether each model has an optimizer of its own."""
        return isinstance(self.optimizer, PerModel)

    def _refuse_per_model(self) -> None:
        """ValueError for what one optimizer for each model cannot do, or for a model that it refuses."""
        self.optimizer.torch(self.template.parameters(), self.base_lrs[0])

    @cached_property
    def chunks(self) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]:
        """The runs that are trained together, by index: schedules and rates, (runs, 1); seeds, (1, seeds).

        As many as keep weights and gradients in the cache, and curves and batches of very long runs in a few
        gigabytes, unless `runs_at_once` says how many.
        """
        cached = max(CACHE_BYTES // self._weights, FEWEST_AT_ONCE)
        cached = ALONE_AT_ONCE if self.n_runs > 1 and self.alone else cached
        large = max(CHUNK_BYTES // (self._curves + self._batches), 1)
        most = self.runs_at_once or min(cached, large, MOST_AT_ONCE)
        settings = np.arange(len(self.schedules) * len(self.base_lrs))
        seeds = _even(np.arange(len(self.seeds)), max(1, most // len(settings)))
        runs = [np.divmod(part[:, None], len(self.base_lrs)) for part in _even(settings, most)]
        return tuple((*some, n[None]) for n in seeds for some in runs)

    @cached_property
    def _weights(self) -> int:
        """Bytes of the weights of a run, their gradients, and what the optimizer remembers."""
        floats = sum(p.numel() for p in self.template.parameters()) * (2 + self.optimizer.slots)
        return max(floats, 1) * np.dtype(self.dtype).itemsize

    @property
    def _curves(self) -> int:
        """Bytes of the losses of a run while it is trained."""
        return 8 * (3 * self.steps + 4 * min(self.evaluations, self.steps))

    @cached_property
    def _batches(self) -> int:
        """Bytes of what a seed's batches need for each update more, all in all."""
        if self.steps < 48:  # little, and a task may have no more
            return 0
        made = [batches_of(self.task, self.seeds[0], steps) for steps in (16, 48)]
        some = [tensors(each.to(getattr(torch, self.dtype), self.device)) for each in made]
        few, more = (sum(part.nbytes for part in parts.values()) for parts in some)
        return (more - few) * self.steps // 32

    def bytes(self, workers: int = 1, kept: bool = False) -> int:
        """About how much memory training takes; kept: with the results of all runs, twice for a while."""
        run = self._weights + self._curves
        largest = max(n.size * (s.size * run + self._batches) for s, _, n in self.chunks)
        settings = len(self.schedules) * len(self.base_lrs)
        run = self.steps + 2 * min(self.evaluations, self.steps)
        results = 8 * (self.n_runs * run + settings * self.steps)
        return min(workers, len(self.chunks)) * largest + 2 * results * kept

    def afford(self, what: str, needed: float, instead: str) -> None:
        """ValueError where something would take more memory than it may; instead: what to do."""
        limit = HALF if self.max_gb is None else self.max_gb * 1e9
        if needed > limit:
            raise Refused(
                f"{what} would take about {needed / 1e9:.3g} GB of memory, {limit / 1e9:.3g} are allowed: "
                f"{instead}, or pass a higher max_gb"
            )

    @property
    def n_runs(self) -> int:
        return len(self.schedules) * len(self.base_lrs) * len(self.seeds)

    def runs_in(self, chunks: Iterable[int]) -> int:
        return sum(s.size * n.size for s, _, n in (self.chunks[chunk] for chunk in chunks))

    def rates(self, chunk: int) -> np.ndarray:
        """The intended rates of the runs of a chunk, (runs, steps)."""
        s, r, _ = self.chunks[chunk]
        return self.multipliers[s[:, 0]] * np.array(self.base_lrs)[r]

    @cached_property
    def multipliers(self) -> np.ndarray:
        """Those of the schedules, (schedules, steps)."""
        return np.stack([schedule.values(self.steps) for schedule in self.schedules.values()])


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
        raise Refused("say how many steps to train, steps=...: the schedules do not name one whole number")
    steps = int(lengths.pop())
    for schedule in schedules:
        if schedule.steps not in (INF, steps) and not any_length:
            raise Refused(
                f"{shown(schedule)} lasts {schedule.steps:g} steps, but a run has steps={steps}: write its "
                "length with T, as a text, or pass any_length=True to have it cut or held"
            )
    return steps


def _even(values: np.ndarray, most: int) -> list[np.ndarray]:
    """Parts of at most `most` values, as even as possible."""
    size = -(-len(values) // -(-len(values) // most))
    return np.split(values, range(size, len(values), size))
