"""A task from what a training program has anyway: a function that builds the model, and two datasets."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from lrlib.rules import Count, Refused, Rule, checked, is_a, optional, refused, shown, within
from lrlib.tasks.core import Task, cross_entropy, epochs_of
from lrlib.tasks.draws import Drawing, seeded

HALF = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 if hasattr(os, "sysconf") else 8e9
ROWS = 4096  # at most so many decide what a constant prediction costs
PARTS = ("inputs", "targets")
TWICE = 8  # rows that are read twice, to see whether a dataset draws them at random
NATS = ("cross_entropy", "crossentropyloss", "nll_loss", "nllloss", "bceloss", "bcewithlogitsloss",
        "binary_cross_entropy", "binary_cross_entropy_with_logits")  # fmt: skip
UNITS = {**dict.fromkeys(NATS, "nats"), "mse_loss": "squared error", "mseloss": "squared error",
         "l1_loss": "absolute error", "l1loss": "absolute error"}  # fmt: skip
OF_TWO = ("bcewithlogitsloss", "binary_cross_entropy_with_logits")

Build = Annotated[Callable, is_a(Callable, "a function, () or seed -> nn.Module")]
Loss = Annotated[Callable | None, optional(is_a(Callable, "a loss of torch, or (outputs, targets) -> mean"))]
Gigabytes = Annotated[float | None, optional(Rule("a number > 0, or inf", within(0, open_low=True)))]


@checked
def from_torch(
    model_fn: Build,
    train_dataset,
    heldout_dataset,
    *,
    loss: Loss = None,
    batch_size: Count = 32,
    name: str = "my task",
    unit: str = "",
    guess: Annotated[float | None, optional(Rule("a number other than 0", float))] = None,
    max_gb: Gigabytes = None,
) -> Task:
    """A task from a model, two datasets and a loss, as a training program has them.

    model_fn: a function or class, () -> nn.Module or seed -> nn.Module. What torch draws in it, as first
    weights, is drawn under the seed, in float64; all else in it must be the same at every call.
    train_dataset, heldout_dataset: two tensors or arrays, (inputs, targets); or a map-style Dataset of such
    pairs, which is read once, into memory, so that random transforms are refused: no seed would name them. A
    DataLoader is refused too, as its order and batches would not be used: pass its dataset.
    loss: (outputs, targets) -> mean over the batch; by default cross-entropy for whole targets, in classes,
    and else the mean squared error. batch_size: examples an update. Each epoch shuffles the training examples
    and drops the last partial batch.
    name, unit: what to call the task, and the unit of its loss. guess: what a diverged run counts as; by
    default the held-out loss of the one constant output that fits the training targets best: the shares of
    the classes for cross-entropy, the mean for squared errors. What is right is found for classes.
    max_gb: the memory that the examples may take, by default half of the machine's.
    All is float64; `train.sweep(dtype="float32")` trains the same weights and examples in float32.
    Raises ValueError, in one sentence, for what is none of these, for numbers that are missing (nan), and for
    a model that cannot read the examples.

    >>> x = torch.randn(200, 5, generator=torch.Generator().manual_seed(0))
    >>> y = (x.sum(1) > 0).long()
    >>> task = from_torch(lambda: nn.Linear(5, 2), (x[:150], y[:150]), (x[150:], y[150:]), name="signs")
    >>> task.unit, round(task.guess, 1), task.right is not None
    ('nats', 0.7, True)
    """
    if isinstance(model_fn, nn.Module):
        raise Refused("model_fn must build a new module for each seed, as in lambda: Net(), got a module")
    limit = HALF if max_gb is None else max_gb * 1e9
    inputs, targets = _examples(train_dataset, "train_dataset", limit)
    heldout = _examples(heldout_dataset, "heldout_dataset", limit)
    if batch_size > len(inputs):
        raise refused("batch_size", f"1..{len(inputs)}, the number of training examples", batch_size)
    loss = loss or (nn.functional.mse_loss if targets.is_floating_point() else cross_entropy)
    kind = (loss if hasattr(loss, "__name__") else type(loss)).__name__.lower()
    loss = InDtype(deepcopy(loss)) if isinstance(loss, nn.Module) else loss
    model, batches = partial(_built, model_fn), epochs_of(inputs, targets, batch_size)
    outputs = _tried(model, loss, heldout[0][:2], heldout[1][:2])
    guess = _guess(loss, outputs, targets, heldout[1]) if guess is None else guess
    right, unit = _right(kind, outputs, heldout[1][:2]), unit or UNITS.get(kind, "loss units")
    return Task(
        **{"name": name, "model": model, "loss": loss, "batches": batches, "heldout": heldout},
        **{"guess": guess, "unit": unit, "right": right},
    )


@dataclass(frozen=True)
class InDtype:
    """A loss module, with its weights in the dtype of the outputs that it is given."""

    module: nn.Module

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self.module.to(outputs.dtype)(outputs, targets)


def sign_right(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of the rows, 0..1, whose logit has the sign that a target of 0 or 1 asks for."""
    return ((outputs > 0) == (targets > 0.5)).to(outputs.dtype).mean()


def class_right(outputs: Tensor, targets: Tensor, axis: int) -> Tensor:
    """Share of the targets, 0..1, whose logit is the largest; axis: of the classes."""
    return (outputs.max(axis).indices == targets).to(outputs.dtype).mean()


def _right(kind: str, outputs: object, targets: Tensor) -> Callable | None:
    """What counts the rows that are right, where targets are classes, or 0 and 1 for the sign of a logit.

    Classes are on the last axis of the outputs, or as in torch on the second.
    """
    if targets.is_floating_point():
        return sign_right if kind in OF_TWO else None
    if not isinstance(outputs, Tensor) or outputs.ndim != targets.ndim + 1:
        return None
    axis = -1 if outputs.shape[:-1] == targets.shape else 1
    return partial(class_right, axis=axis) if outputs.argmax(axis).shape == targets.shape else None


# ---------------------------------------------------------------- the model


def _built(model_fn: Callable, seed: int) -> nn.Module:
    """The model of a seed, drawn in float64: in float32 torch's normal numbers differ between processors."""
    with seeded(seed), _default(torch.float64):
        model = model_fn(seed) if _takes_seed(model_fn) else model_fn()
    if not isinstance(model, nn.Module):
        raise refused("model_fn", "a function that returns an nn.Module", model)
    if any(nn.parameter.is_lazy(each) for each in model.parameters()):
        raise Refused("model_fn: a lazy layer has no weights yet; say its sizes")
    return model.to(torch.float64)


def _takes_seed(model_fn: Callable) -> bool:
    """Whether a function asks for the seed: by that name, or by one argument that has to be given."""
    try:
        parameters = inspect.signature(model_fn).parameters.values()
    except ValueError:
        return False
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return bool(placed) and (placed[0].name == "seed" or placed[0].default is inspect.Parameter.empty)


@contextmanager
def _default(dtype: torch.dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _tried(model: Callable, loss: Callable, inputs: Tensor, targets: Tensor) -> object:
    """The outputs of an untrained model; ValueError where it, or the loss, cannot read the examples."""
    tried = Drawing(lambda: model(0).eval())()
    try:
        with torch.no_grad():
            outputs = tried(inputs)
    except Exception as error:
        of = f"inputs of shape {tuple(inputs.shape[1:])} and {inputs.dtype}"
        raise Refused(f"the model cannot read {of}: {_line(error)}") from None
    if isinstance(outputs, Tensor) and {outputs.shape, targets.shape} == {(2, 1), (2,)}:
        raise Refused(
            f"outputs have shape {('n', *outputs.shape[1:])} and targets {('n', *targets.shape[1:])}, of "
            "which a loss would compare every row with every other: give both the same shape"
        )
    try:
        loss(outputs, targets)
    except Exception as error:
        raise Refused(
            f"the loss cannot compare outputs of {_shape(outputs)} with targets of {_shape(targets)}: "
            f"{_line(error)}"
        ) from None
    return outputs


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _shape(part: object) -> str:
    shape = isinstance(part, Tensor) and f"shape {('n', *part.shape[1:])} and {part.dtype}"
    return (shape or f"type {type(part).__name__}").replace("'", "")


def _guess(loss: Callable, outputs: object, targets: Tensor, heldout: Tensor) -> float:
    """The held-out loss of the constant output that fits training targets best, to six digits."""
    found = float("nan")
    if isinstance(outputs, Tensor):
        seen, judged = (part[:: -(-len(part) // ROWS)] for part in (targets, heldout))
        try:
            constant = _fitted(loss, torch.zeros(outputs.shape[1:], dtype=torch.float64), seen)
            found = float(loss(constant.expand(len(judged), *constant.shape), judged))
        except Exception as error:
            raise Refused(f"the loss of a constant output cannot be computed: {_line(error)}") from None
    if not np.isfinite(found) or not found:
        raise Refused(f"a constant output has the loss {found:g}: say what a diverged run costs, guess=...")
    return float(f"{found:.6g}")


def _fitted(loss: Callable, constant: Tensor, targets: Tensor) -> Tensor:
    constant = constant.requires_grad_()
    optimizer = torch.optim.LBFGS([constant], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss(constant.expand(len(targets), *constant.shape), targets)
        value.backward()
        return value

    with torch.inference_mode(False), torch.enable_grad():
        optimizer.step(closure)
    return constant.detach()


# ---------------------------------------------------------------- the examples


def _examples(given: object, which: str, limit: float) -> tuple[Tensor, Tensor]:
    """Inputs and targets of a dataset as tensors, floating ones in float64, others as whole numbers."""
    if isinstance(given, DataLoader):
        raise Refused(f"{which} is a DataLoader, whose batches would not be used: pass its dataset")
    if isinstance(given, TensorDataset):
        given = given.tensors
    if isinstance(given, tuple | list) and len(given) == 2:
        parts = [_tensor(part, f"{which}: {of}") for part, of in zip(given, PARTS, strict=True)]
        size = sum(8 * part.numel() for part in parts)
    elif _is_map(given):
        return _read(given, which, limit)
    else:
        raise refused(
            which, "(inputs, targets), two tensors or arrays, or a map-style Dataset of pairs", given
        )
    _afford(which, len(parts[0]), size, limit)
    if not parts[0].ndim or not parts[1].ndim or not 0 < len(parts[0]) == len(parts[1]):
        shapes = " and ".join(str(tuple(part.shape)) for part in parts)
        raise Refused(f"{which} must have as many inputs as targets, one or more, got shapes {shapes}")
    return _plain(parts, which)


def _is_map(given: object) -> bool:
    methods = all(hasattr(given, each) for each in ("__getitem__", "__len__"))
    return methods and not isinstance(
        given, IterableDataset | tuple | list | dict | str | Tensor | np.ndarray
    )


def _read(given: Dataset, which: str, limit: float) -> tuple[Tensor, Tensor]:
    """All rows of a map-style dataset, stacked."""
    n = len(given)
    if not n:
        raise Refused(f"{which} is empty")
    first = _row(given, 0, which)
    _afford(which, n, n * sum(8 * part.numel() for part in first), limit)
    rows = Drawing(lambda: [_row(given, i, which) for i in range(n)])()
    again = Drawing(lambda: [_row(given, i, which) for i in range(min(n, TWICE))])()
    for i, row in enumerate(rows):
        if [part.shape for part in row] != [part.shape for part in first]:
            shapes = " and ".join(str(tuple(each[0].shape)) for each in (first, row))
            raise Refused(f"{which}: rows 0 and {i} differ in shape, {shapes}: make them alike")
    found = _plain([torch.stack(part) for part in zip(*rows, strict=True)], which)
    pairs = (pair for row, same in zip(rows, again, strict=False) for pair in zip(row, same, strict=True))
    if not all(torch.equal(one, other) for one, other in pairs):
        raise Refused(f"{which}: a row read twice differs: leave out random transforms, which no seed names")
    return found


def _row(given: Dataset, i: int, which: str) -> tuple[Tensor, Tensor]:
    row = given[i]
    if not isinstance(row, tuple | list) or len(row) != 2:
        raise Refused(f"{which}: row {i} must be (input, target), got {shown(row)}")
    return tuple(
        _tensor(p, f"{which}: the {of} of row {i}") for p, of in zip(row, ("input", "target"), strict=True)
    )


def _tensor(given: object, what: str) -> Tensor:
    """A tensor from a tensor, array, table of pandas, list or number."""
    if isinstance(given, Tensor):
        return given.detach().cpu()
    if type(given).__module__.startswith("PIL."):
        raise Refused(f"{what} is an image of PIL: make it a tensor of numbers in the dataset's transform")
    try:
        return torch.from_numpy(np.array(given, order="C"))
    except (TypeError, ValueError):
        raise refused(what, "numbers, as a tensor or an array", given) from None


def _plain(parts: Sequence[Tensor], which: str) -> tuple[Tensor, Tensor]:
    """Inputs and targets in the dtypes that are trained in; ValueError where a number is missing."""
    for part, of in zip(parts, PARTS, strict=True):
        if len(missing := part.isnan().nonzero()):
            raise Refused(f"{which}: the {of} of row {int(missing[0, 0])} hold nan: fill in what is missing")
    wanted = (torch.float64 if part.is_floating_point() else torch.int64 for part in parts)
    return tuple(part.to(dtype).contiguous() for part, dtype in zip(parts, wanted, strict=True))


def _afford(which: str, rows: int, size: float, limit: float) -> None:
    if size > limit:
        raise Refused(
            f"{which}: {rows:,} examples take {size / 1e9:.3g} GB, {limit / 1e9:.3g} are allowed: "
            "take fewer, or pass a higher max_gb"
        )
