"""The same training as one C function, written for such networks: what one core can do, as a limit.

It is measured beside the engine, and no part of the library; `engine.md` says why.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from lrlib.tasks import Task

COMPILED = "cc", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fPIC"
LINE = 64  # bytes of a vector and of a line of the cache


@cache
def compiled(dtype: str) -> ctypes.CDLL | None:
    """The function for a dtype; None where nothing compiles it."""
    if not shutil.which("cc"):
        return None
    source, kind = Path(__file__).with_suffix(".c"), {"float64": "double", "float32": "float"}[dtype]
    with tempfile.TemporaryDirectory() as folder:
        part, whole = Path(folder, "kernel.o"), Path(folder, "kernel.so")
        compiling = *COMPILED, f"-DT={kind}", "-c", source, "-o", part
        linking = "cc", "-shared", part, "-o", whole, "-lm"  # with -ffast-math no number here could be tiny
        if any(subprocess.run(each, capture_output=True).returncode for each in (compiling, linking)):
            return None
        return ctypes.CDLL(str(whole))


def kernel(task: Task, rates: np.ndarray, dtype: str) -> Callable[[], np.ndarray] | None:
    """Trains a run for each row of rates, (runs, steps), on the batches of seed 0: losses, (runs, steps).

    For a network whose sizes, but for the number of classes, and batch size are multiples of 8.
    """
    if not (library := compiled(dtype)):
        return None
    single, steps = task.to(getattr(torch, dtype)), rates.shape[1]
    batches, first = single.batches(0, steps), [p.detach().numpy() for p in single.model(0).parameters()]
    data = [part.contiguous().numpy() for part in (batches.inputs, batches.targets, batches.order)]
    n, lanes = data[2].shape[1], LINE // np.dtype(dtype).itemsize
    sizes = [first[0].shape[1], *(-(-len(bias) // lanes) * lanes for bias in first[1::2])]
    weights = [_aligned(shape, dtype) for shape in pairwise(sizes)]
    biases, given = [_aligned((m,), dtype) for m in sizes[1:]], [_aligned((n, m), dtype) for m in sizes[1:]]
    spare = [_aligned((max(n, *sizes[1:]), max(sizes[1:])), dtype) for _ in range(3)]
    rates, losses = rates.astype(dtype), np.empty(rates.shape, dtype)
    layers = ctypes.c_long(len(weights)), (ctypes.c_long * len(sizes))(*sizes), ctypes.c_long(len(first[-1]))

    def train() -> np.ndarray:
        memory = [(ctypes.c_void_p * len(part))(*map(_at, part)) for part in (weights, biases, given, spare)]
        mine = [each for pair in zip(weights, biases, strict=True) for each in pair]
        for rate, loss in zip(rates, losses, strict=True):
            for each, one in zip(mine, first, strict=True):
                each.fill(0)
                each[..., : len(one)] = one.T
            numbers = ctypes.c_long(n), ctypes.c_long(steps)
            library.train(*layers, *memory, *map(_at, data), *numbers, _at(rate), _at(loss))
        return losses.astype(np.float64)

    return train


def _aligned(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + LINE, np.uint8)
    begin = -raw.ctypes.data % LINE
    return raw[begin : begin + size].view(dtype).reshape(shape)


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
