"""Random numbers of a seed's own, whatever else in the process draws or seeds at the same time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import RLock

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

ALONE = RLock()  # who holds it is the only thread that trains, or draws from generators that threads share


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """What torch draws inside, such as the weights of new modules, comes from a generator of `seed`'s own.

    The numbers are those after `torch.manual_seed(seed)`, on the CPU; torch's global generator is neither
    read nor changed, so other threads may draw, seed, and build models of their own meanwhile.

    >>> with seeded(3):
    ...     weights = torch.nn.Linear(2, 1).weight
    >>> round(weights[0, 0].item(), 4)
    -0.7011
    """
    with torch.inference_mode(False), torch.device("cpu"), _Own(torch.Generator("cpu").manual_seed(seed)):
        yield


class _Own(TorchDispatchMode):
    """Hands a generator to every operation of this thread that could take one and was given none."""

    def __init__(self, generator: torch.Generator):
        super().__init__()
        self.generator = generator

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to skip torch's compiler, torch would import it, for seconds

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if kwargs.get("generator") is None and (drawing := _with_generator(operation)):
            operation, kwargs = drawing, {**kwargs, "generator": self.generator}
        return operation(*args, **kwargs)


@cache
def _with_generator(operation):
    """The same operation in the form that takes a generator; None for one that has no such form."""
    named = operation._overloadname
    form = "generator" if named == "default" else f"{named}_generator"
    forms = (operation, getattr(operation.overloadpacket, form, None))
    takes = (one for one in forms if one and "generator" in {a.name for a in one._schema.arguments})
    return next(takes, None)


@contextmanager
def starting(*numbers: int) -> Iterator[None]:
    """The global generators of Python, numpy and torch start from numbers inside, and are put back after.

    Of torch's devices, those that are in use. Without numbers they start from no seed, so that what is drawn
    inside without seeding them differs between two times, and is noticed. Nobody else who holds `ALONE` draws
    meanwhile.

    >>> with starting(3, 1):
    ...     one = torch.rand(1)
    >>> with starting(3, 1):
    ...     assert torch.rand(1) == one
    """
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with ALONE, torch.random.fork_rng(devices):
        numpys, python = np.random.get_state(), random.getstate()
        try:
            torchs, *first = np.random.SeedSequence(numbers or None).generate_state(3).tolist()
            torch.default_generator.manual_seed(torchs)  # `torch.manual_seed` would also queue calls for CUDA
            for device in devices:
                torch.cuda.default_generators[device].manual_seed(torchs)
            for start, number in zip((np.random.seed, random.seed), first, strict=True):
                start(number)
            yield
        finally:
            np.random.set_state(numpys)
            random.setstate(python)


def drawn() -> tuple:
    """Where the global generators are: what has drawn nothing has left them there."""
    numpys = np.random.get_state()
    devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else ()
    states = (bytes(each.numpy()) for each in (torch.get_rng_state(), *devices))
    return *states, numpys[1].tobytes(), numpys[2], random.getstate()


@dataclass(frozen=True)
class Drawing:
    """A function that may seed and read the global generators: alone meanwhile, and they are put back after.

    They start from no seed, see `starting`.
    """

    function: Callable

    def __call__(self, *arguments, **named):
        with starting():
            return self.function(*arguments, **named)
