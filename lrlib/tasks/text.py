"""Predicting the next character: of generated text, whose entropy is known, and of Shakespeare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from lrlib import data
from lrlib.rules import Count, one_of, whole
from lrlib.tasks.core import ORDER, Task, classification, moved, named
from lrlib.tasks.models import character_mlp, character_transformer
from lrlib.theory.chains import Chain, random_chain

Model = Annotated[str, one_of("mlp", "transformer")]


@dataclass(frozen=True)
class Reader:
    """How a model reads text: how many symbols it sees, whether it predicts after each or only after all.

    build: (number of symbols, context, seed) -> model. heldout: how many windows the held-out loss takes.
    """

    context: int
    every: bool
    heldout: int
    build: Callable[[int, int, int], nn.Module]


READERS = {
    "mlp": Reader(context=8, every=False, heldout=2048, build=character_mlp),
    "transformer": Reader(context=32, every=True, heldout=128, build=character_transformer),
}


@dataclass(frozen=True)
class Windows:
    """Batches cut from one text: `windows[t]` is (inputs, targets) of update t.

    text: (length,). starts: first symbol of every window, (steps, batch size). inputs: (batch size, context);
    targets: the symbol after each input if `every`, else the one after the last.
    """

    text: Tensor
    starts: Tensor
    context: int
    every: bool

    def __getitem__(self, t: int) -> tuple[Tensor, Tensor]:
        rows = self.text[self.starts[t][:, None] + torch.arange(self.context + 1, device=self.text.device)]
        return rows[:, :-1], rows[:, 1:] if self.every else rows[:, -1]

    def __len__(self) -> int:
        return len(self.starts)

    def to(self, dtype: torch.dtype, device: str = "cpu") -> Windows:
        """The same windows on that device; symbols are whole numbers in every dtype."""
        text, starts = (moved(part, dtype, device) for part in (self.text, self.starts))
        return Windows(text, starts, self.context, self.every)


@named
def chars_generated(
    model: Model = "mlp",
    n_symbols: Annotated[int, whole(2, 32)] = 16,
    order: Annotated[int, whole(1, 3)] = 2,
    batch_size: Count = 16,
) -> Task:
    """The next symbol of a text from a random Markov chain of known entropy, cross-entropy in nats.

    The chain (`theory.Chain`, `generated_chain(n_symbols, order)`) and its texts, 200,000 symbols to train
    and 100,000 held out, are fixed. `floor` is exact: the entropy of the next symbol given what the model
    sees of the chain, with no luck of the held-out text in it, as there is in `chain_loss(task)`. Models,
    batches and guess are those of `chars_shakespeare`.
    """
    source = generated_chain(n_symbols, order)
    training, heldout = _generated(n_symbols, order)
    reader = READERS[model]
    known = range(1, reader.context + 1) if reader.every else [reader.context]
    floor = float(np.mean([source.entropy(k) for k in known]))
    return _task("chars_generated", training, heldout, n_symbols, reader, batch_size, floor=floor)


@named
def chars_shakespeare(model: Model = "mlp", batch_size: Count = 16) -> Task:
    """The next character of Shakespeare's plays, 65 symbols, cross-entropy in nats.

    Tiny Shakespeare (Karpathy 2015, char-rnn), 1,115,394 characters: the first nine tenths train, the last
    tenth is held out. `model`: "mlp" predicts the character after 8 others; "transformer", one pre-LN block,
    predicts every character of a window of 32 from those before it. A seed's batches are windows at uniformly
    random places of the training text, `batch_size` a step; held-out windows are spread evenly over the
    held-out text. The guess is uniform. Raises `data.Unavailable` where the file is missing.
    """
    text, n_symbols = _shakespeare()
    split = len(text) * 9 // 10
    return _task("chars_shakespeare", text[:split], text[split:], n_symbols, READERS[model], batch_size)


def _task(
    name: str, training: Tensor, heldout: Tensor, n_symbols: int, reader: Reader, batch_size: int, **known
) -> Task:
    def batches(seed: int, steps: int) -> Windows:
        rng = np.random.default_rng([seed, ORDER])
        starts = rng.integers(0, len(training) - reader.context, (steps, batch_size))
        return Windows(training, torch.from_numpy(starts), reader.context, reader.every)

    last = len(heldout) - reader.context - 1
    spread = torch.arange(reader.heldout) * last // (reader.heldout - 1)
    windows = Windows(heldout, spread[None], reader.context, reader.every)[0]
    model = partial(reader.build, n_symbols, reader.context)
    return classification(name, model, batches, windows, n_symbols, **known)


def chain_loss(task: Task) -> float:
    """Held-out loss of `chars_generated` if the model were the chain itself.

    Its expectation is `task.floor`; the difference is the luck of the held-out text, which all models share.
    So a model's held-out loss less this one is what the model still has to learn. Raises ValueError for any
    other task.
    """
    if task.name != "chars_generated":
        raise ValueError(f"task must be chars_generated, which comes from a chain, got {task.name}")
    source = generated_chain(task.options["n_symbols"], task.options["order"])
    inputs, targets = (part.cpu().numpy() for part in task.heldout)
    targets = targets.reshape(len(targets), -1)
    first = inputs.shape[1] - targets.shape[1] + 1
    losses = [source.loss(inputs[:, : first + i], targets[:, i]) for i in range(targets.shape[1])]
    return float(np.mean(losses))


@cache
def generated_chain(n_symbols: int, order: int) -> Chain:
    """The chain that `chars_generated` draws its texts from."""
    return random_chain(n_symbols, order, np.random.default_rng([n_symbols, order]))


@cache
def _generated(n_symbols: int, order: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng([n_symbols, order, 1])
    source = generated_chain(n_symbols, order)
    training, heldout = (source.sample(length, rng) for length in (200_000, 100_000))
    return torch.from_numpy(training), torch.from_numpy(heldout)


@cache
def _shakespeare() -> tuple[Tensor, int]:
    text = np.frombuffer(data.fetch("char-rnn/data/tinyshakespeare/input.txt").read_bytes(), np.uint8)
    symbols, numbers = np.unique(text, return_inverse=True)
    return torch.from_numpy(numbers), len(symbols)
