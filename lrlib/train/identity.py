"""What fixes every digit of a sweep: two sweeps that differ in any of it are told apart."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from lrlib.rules import shown
from lrlib.tasks.core import LAYERS
from lrlib.tasks.draws import starting
from lrlib.tasks.imports import code_of

if TYPE_CHECKING:
    from lrlib.train.plan import Plan

LRLIB = Path(__file__).resolve().parents[1]
CODE = ("adaptive", "schedules", "tasks", "theory", "train")  # folders whose code fixes digits


def definition(plan: Plan) -> dict:
    """All that fixes the digits of a plan, as plain values of JSON."""
    plain = ("labels", "base_lrs", "seeds", "steps", "evaluations", "dtype", "device")
    s, _, n = plan.chunks[0]
    return json.loads(
        json.dumps(
            {
                **{name: getattr(plan, name) for name in plain},
                "task": plan.task.name,
                "options": plan.task.options,
                "fingerprint": plan.task.fingerprint(plan.seeds[0]),
                "losses": [_first_losses(plan, seed) for seed in plan.seeds],
                "schedules": [str(schedule) for schedule in plan.schedules.values()],
                "multipliers": [_digest(values) for values in plan.multipliers],
                "optimizer": {"name": type(plan.optimizer).__name__, **asdict(plan.optimizer)},
                "runs_at_once": [n.size, s.size],
                "clip_norm": str(float(plan.clip_norm)),
                **made_with(),
            },
            default=_plain,
        )
    )


def made_with() -> dict[str, str]:
    """What computes the digits: lrlib's code for it, and versions of libraries."""
    return {"lrlib": sources(), "torch": torch.__version__, "numpy": np.__version__}


@cache
def sources(folder: Path = LRLIB) -> str:
    """SHA-256, in hex, of the code that fixes digits; a docstring or a comment changes nothing."""
    files = (file for name in CODE for file in (folder / name).rglob("*.py"))
    return code_of({file.relative_to(folder).as_posix(): file for file in files})


def difference(known: dict, asked: dict) -> str:
    """In words, in what two definitions differ; empty where they do not."""
    differs = [key for key in sorted({*known, *asked}) if known.get(key) != asked.get(key)]
    if not differs:
        return ""
    there, here = (shown(each.get(differs[0])) for each in (known, asked))
    return f"{', '.join(differs)} differ ({differs[0]}: there {there}, here {here})"


@torch.no_grad()
def _first_losses(plan: Plan, seed: int) -> list[str]:
    """The losses of untrained weights on some batches of a run, to six digits, which code decides too."""
    model, batches = plan.task.model(seed), plan.task.batches(seed, plan.steps)
    pairs = (batches[t] for t in plan.looks)
    with starting(seed, LAYERS, 0):
        return [f"{float(plan.task.loss(model(inputs), targets)):.6g}" for inputs, targets in pairs]


def _digest(values: np.ndarray) -> str:
    """That of numbers in single precision, in which processors agree."""
    with np.errstate(over="ignore"):
        return hashlib.sha256((values + 0.0).astype(np.float32).tobytes()).hexdigest()[:16]


def _plain(value: object) -> object:
    """A value of another type for JSON; where an object lies in memory is no part of it."""
    return value.tolist() if hasattr(value, "tolist") else re.sub(r" at 0x[0-9a-f]+", "", repr(value))
