"""What a problem is: data, model and loss under one name. One seed names everything random in a run."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from lrlib.rules import (
    Number,
    Registry,
    Rule,
    check_fields,
    checked,
    is_a,
    optional,
    refused,
    rule_of,
    saying,
    such_that,
    within,
)
from lrlib.tasks.draws import Drawing, starting

INIT, ORDER, NOISE, LAYERS = range(4)
TASKS = Registry("task")
COPIES = WeakTensorKeyDictionary()


def _pair(given) -> tuple[Tensor, Tensor]:
    inputs, targets = given
    if not all(isinstance(part, Tensor) for part in given) or not 0 < len(inputs) == len(targets):
        raise TypeError
    return inputs, targets


NotZero = Annotated[float, Rule("a number other than 0", such_that(rule_of(Number).convert, bool))]
Of = is_a(Callable, "a function").convert


def _drawing(given) -> Drawing:
    return given if isinstance(given, Drawing) else Drawing(Of(given))


@dataclass(frozen=True)
class Batches:
    """The batches of one seed: `batches[t]` is (inputs, targets) of update t, the same at every rate.

    inputs, targets: all examples, along the first axis. order: rows of each batch, counted from 0,
    (steps, batch size).
    """

    inputs: Tensor
    targets: Tensor
    order: Tensor

    def __getitem__(self, t: int) -> tuple[Tensor, Tensor]:
        rows = self.order[t]
        if rows.ndim == 1 and rows.dtype == torch.int64:  # twice as fast as by an index
            return self.inputs.index_select(0, rows), self.targets.index_select(0, rows)
        return self.inputs[rows], self.targets[rows]

    def __len__(self) -> int:
        return len(self.order)

    def to(self, dtype: torch.dtype, device: str = "cpu") -> Batches:
        """The same batches on that device; floating-point examples in that dtype."""
        return Batches(*(moved(part, dtype, device) for part in (self.inputs, self.targets, self.order)))


@dataclass(frozen=True, kw_only=True)
class Task:
    """A training problem, in float64 on the CPU unless `to` says otherwise.

    name, options: how it is asked for, `get(name, **options)`; it travels between processes as that. A task
    that was built or changed by hand travels part by part, and needs cloudpickle where parts are lambdas.
    model: seed -> a freshly initialised nn.Module.
    loss: (model output, targets) -> mean loss of the batch, a scalar tensor.
    batches: (seed, steps) -> Batches, or anything with its methods; a longer run begins like a shorter one.
    heldout: (inputs, targets) that no update sees.
    guess: the loss of a constant guess, what a diverged run counts as. unit: of the loss.
    floor: the lowest expected held-out loss of any model; -inf where it is not known.
    right: (model output, targets) -> share of the rows that are right, a scalar tensor; where a task has one,
        as those in classes do, results say it beside the held-out loss.
    code: what tells versions of the code that made it apart, as `load` says it; empty where nothing does.

    Where model and loss are plain functions of (parameters, inputs, targets), as torch.func asks, with no
    state that a call changes, no randomness and no branch on values, many models are trained as one program.
    Others, as with batch norm, dropout or a recurrent layer, are trained one after the other.

    **A task of your own**, here to predict a wave from its place with a small network. First the data, as
    tensors with an example a row, in float64 (`to` and `train.sweep(dtype=...)` change that), some held out:

    >>> place = torch.linspace(-2, 2, 400, dtype=torch.float64)[:, None]
    >>> wave = torch.sin(3 * place)
    >>> heldout = torch.arange(400) % 4 == 0

    A seed names everything random. So `model(seed)` draws weights inside `seeded(seed)`, where no other
    thread can disturb them; and `batches(seed, steps)` says which rows each update sees. `epoch_order`
    shuffles epochs; any array of rows (steps, batch size) will do, if a longer run begins like a shorter one:

    >>> from lrlib.tasks import seeded
    >>> def model(seed):
    ...     with seeded(seed):
    ...         hidden = nn.Linear(1, 16, dtype=torch.float64)
    ...         return nn.Sequential(hidden, nn.Tanh(), nn.Linear(16, 1, dtype=torch.float64))
    >>> def batches(seed, steps):
    ...     order = epoch_order(seed, n_examples=300, batch_size=20, steps=steps)
    ...     return Batches(place[~heldout], wave[~heldout], torch.from_numpy(order))

    The loss is the mean over rows. A guess that any run must beat makes a run that blew up count for
    something: here the loss of always saying 0.

    >>> task = Task(
    ...     name="wave",
    ...     model=model,
    ...     loss=nn.functional.mse_loss,
    ...     batches=batches,
    ...     heldout=(place[heldout], wave[heldout]),
    ...     guess=float((wave[heldout] ** 2).mean()),
    ...     unit="squared amplitude",
    ... )

    That is all; what is not named by the seed is refused before anything is trained. Dropout is named by it:
    what layers draw from the global generators, they draw from (seed, number of the update). `from_torch`
    makes a task from a model, two datasets and a loss; `load` takes one from a file.
    One run alone and the same run among others agree:

    >>> from lrlib import train
    >>> shapes = {"constant": "constant(1)", "linear": "linear(1, 0, T)"}
    >>> found = train.sweep(task, shapes, [0.01, 0.1], seeds=range(3), steps=300)
    >>> alone = train.run(task, "linear(1, 0, T)", 0.1, seed=2, steps=300)
    >>> abs(found.ledger("linear", base_lr=0.1, seed=2).result - alone.result) < 1e-9
    True
    >>> {label: bool((losses < task.guess).all()) for label, losses in found.losses(base_lr=0.1).items()}
    {'constant': True, 'linear': True}

    Raises ValueError, in one sentence, for parts that are no functions, no tensors or no number.

    Changed by `dataclasses.replace`, it is another task with the same name; `fingerprint` tells them apart,
    and a stored sweep of one is not taken for that of the other.
    """

    name: str
    options: dict = field(default_factory=dict)
    model: Annotated[Callable[[int], nn.Module], Rule("a function, seed -> module", _drawing)]
    loss: Annotated[Callable, Rule("a function, (outputs, targets) -> one number", Of)]
    batches: Annotated[Callable, Rule("a function, (seed, steps) -> batches", _drawing)]
    heldout: Annotated[tuple, Rule("two torch tensors of as many rows, one or more", _pair)]
    guess: NotZero
    unit: str
    floor: Annotated[float, Rule("a number, or -inf", within(float("-inf")))] = float("-inf")
    right: Annotated[Callable | None, optional(Rule("a function, (outputs, targets) -> a share", Of))] = None
    code: str = ""
    _named: bool = field(default=False, init=False, repr=False)
    _moved: tuple[Task, torch.dtype, str] | None = field(default=None, init=False, repr=False)

    def __post_init__(self):
        with saying("Task"):
            check_fields(self)

    def to(self, dtype: torch.dtype, device: str = "cpu") -> Task:
        """The same task with models, batches and held-out data in a floating dtype, on a device.

        Weights are drawn in the dtype of the original task and then cast, so a seed starts from the same
        weights in every dtype; integers are only moved. A second `to` starts from the original again.
        Raises ValueError for a dtype that is not floating point.
        """
        if not dtype.is_floating_point:
            raise ValueError(f"dtype must be a floating-point dtype such as torch.float32, got {dtype}")
        original = self._moved[0] if self._moved else self
        changed = replace(
            original,
            model=lambda seed: original.model(seed).to(device, dtype),
            batches=lambda seed, steps: original.batches(seed, steps).to(dtype, device),
            heldout=tuple(moved(part, dtype, device) for part in original.heldout),
        )
        object.__setattr__(changed, "_moved", (original, dtype, device))
        return changed

    @property
    def named(self) -> bool:
        """Whether this is the task of that name and options, as `get` makes it."""
        return self._named

    def fingerprint(self, seed: int) -> str:
        """SHA-256, in hex, of name, options, code, data, and of a seed: weights, loss of its first batch.

        Two tasks that differ in any of these, or in dtype, differ in it; by device they do not. The loss, to
        six digits, stands for the model's and the loss function's code, and what is right for its own.
        """
        told = [self.name, self.options, *filter(None, [self.code])]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode())
        model, batches = self.model(seed), self.batches(seed, 1)
        inputs, targets = batches[0]
        weights = {name: part.clone() for name, part in model.state_dict().items()}
        with torch.no_grad(), starting(seed, LAYERS, 0):
            outputs = model(inputs)
            for figure in filter(None, (self.loss, self.right)):
                digest.update(f"{float(figure(outputs, targets)):.6g}".encode())
        parts = {
            **weights,
            **tensors(batches),
            **{f"batch {i}": part for i, part in enumerate((inputs, targets))},
            **{f"heldout {i}": part for i, part in enumerate(self.heldout)},
        }
        for name, part in parts.items():
            flat = part.detach().cpu().contiguous().reshape(-1)
            digest.update(f"{name} {part.dtype} {tuple(part.shape)}".encode())
            digest.update(flat.view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def __reduce_ex__(self, protocol):
        if self._moved:
            return Task.to, self._moved
        if self._named:
            return _restored, (self.name, self.options)
        return super().__reduce_ex__(protocol)


def _restored(name: str, options: dict) -> Task:
    return get(name, **options)


def get(name: str, **options) -> Task:
    """The task of that name. Options are those of the task's function, in `tasks.TASKS`.

    Raises ValueError for an unknown name or option, and for an option out of its range.

    >>> get("digits", batch_size=64).batches(seed=0, steps=3)[0][0].shape
    torch.Size([64, 64])
    """
    return TASKS.find(name)(**options)


def named(make: Callable[..., Task]) -> Callable[..., Task]:
    """Register a function that builds a task: `get` finds it by its name.

    Its annotated parameters are checked by their rules; all of them become the task's `options`.
    """

    @checked
    @wraps(make)
    @torch.inference_mode(False)
    def build(**options) -> Task:
        given = inspect.signature(make).bind(**options)
        given.apply_defaults()
        task = replace(make(**given.arguments), options=dict(given.arguments))
        object.__setattr__(task, "_named", True)
        return task

    TASKS.add(make.__name__, build)
    return build


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over rows of logsumexp(logits) - logits[target], in nats.

    logits: (..., classes); targets: whole numbers 0..classes-1, shape (...). Equal to
    torch.nn.functional.cross_entropy, which has the classes on the second axis and, on a CPU, is several
    times slower for many small models at once.

    >>> round(cross_entropy(torch.zeros(3, 10), torch.tensor([0, 4, 9])).item(), 4)
    2.3026
    """
    right = logits.gather(-1, targets[..., None])[..., 0]
    return (torch.logsumexp(logits, -1) - right).mean()


def share_right(logits: Tensor, targets: Tensor) -> Tensor:
    """Share of the rows, 0..1, whose largest logit is that of their target; shapes as in `cross_entropy`.

    >>> share_right(torch.eye(3), torch.tensor([0, 1, 1])).item() == torch.tensor(2 / 3).item()
    True
    """
    largest = logits.max(-1).indices  # argmax, several times faster where classes are not the last in memory
    return (largest == targets).to(logits.dtype).mean()


def classification(
    name: str, model: Callable, batches: Callable, heldout: tuple, n_classes: int, floor: float = -np.inf
) -> Task:
    """A task whose model gives a logit for each class: cross-entropy in nats, what is right, a uniform guess.

    name, model, batches, heldout, floor: as in `Task`. n_classes: how many; the guess costs log(n_classes).

    >>> x, y = torch.eye(4, dtype=torch.float64), torch.tensor([0, 1, 1, 0])
    >>> linear = lambda seed: nn.Linear(4, 2, dtype=torch.float64)
    >>> task = classification("corners", linear, epochs_of(x, y, batch_size=2), (x, y), n_classes=2)
    >>> round(task.guess, 4), len(task.batches(0, 10))
    (0.6931, 10)
    """
    usual = {"loss": cross_entropy, "right": share_right, "guess": float(np.log(n_classes)), "unit": "nats"}
    return Task(name=name, model=model, batches=batches, heldout=heldout, floor=floor, **usual)


def tensors(batches) -> dict[str, Tensor]:
    """The tensors that the batches of a seed are made of, by name, where they show them."""
    return {name: part for name, part in getattr(batches, "__dict__", {}).items() if isinstance(part, Tensor)}


def epoch_order(seed: int, n_examples: int, batch_size: int, steps: int) -> np.ndarray:
    """Rows of each batch, shape (steps, batch_size): shuffled epochs without the last partial batch.

    ValueError for a batch of more than all examples.

    >>> epoch_order(0, n_examples=5, batch_size=2, steps=3).shape
    (3, 2)
    """
    if not 1 <= batch_size <= n_examples:
        raise refused("batch_size", f"1..{n_examples}, the number of examples", batch_size)
    rng = np.random.default_rng([seed, ORDER])
    per_epoch = n_examples // batch_size
    epochs = -(-steps // per_epoch)
    rows = [rng.permutation(n_examples)[: per_epoch * batch_size] for _ in range(epochs)]
    return np.concatenate(rows).reshape(-1, batch_size)[:steps]


def epochs_of(inputs: Tensor, targets: Tensor, batch_size: int) -> Callable[[int, int], Batches]:
    """The `batches` of a task that shuffles all its examples in every epoch, by `epoch_order`."""

    def batches(seed: int, steps: int) -> Batches:
        order = epoch_order(seed, len(inputs), batch_size, steps)
        return Batches(inputs, targets, torch.from_numpy(order))

    return batches


def moved(part: Tensor, dtype: torch.dtype, device: str) -> Tensor:
    """A tensor on that device, in that dtype if it is floating point; what seeds share is copied once."""
    wanted = torch.device(device), dtype if part.is_floating_point() else part.dtype
    copies = COPIES.get(part, {})
    if wanted in copies:
        return copies[wanted]
    copy = part.to(*wanted)
    if copy is not part:
        COPIES[part] = {**copies, wanted: copy}
    return copy
