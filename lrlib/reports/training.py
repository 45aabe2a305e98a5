"""What a report trains, from its settled parameters: the task, and how its models are trained.

The parameters that reports share, as a template declares them:

    task: str = "digits"  # what to train: a task
    options: list[str] = []  # options of the task, named values
    batch_size: int = 0  # examples an update, 1..1e9, where the task has that option; 0: as the task has it
    optimizer: str = "sgd"  # what makes the updates: one of sgd, momentum, adam, adamw
    momentum: float = 0.9  # of the optimizer momentum, 0..0.9999
    beta1: float = 0.9  # of adam and adamw, 0..0.9999
    beta2: float = 0.999  # of adam and adamw, 0..0.999999
    weight_decay: float = -1.0  # of the optimizer, 0..1000; -1: its own default, adamw 0.01 and others 0
    clip_norm: float = 0.0  # largest norm of a gradient, 1e-9..1e9; 0: no clipping
    dtype: str = "float64"  # of all numbers: one of float64, float32
    device: str = "cpu"  # where to train: a device
    workers: int = 1  # processes that share the work, 1..256

One that has no effect on what is asked for is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from lrlib import tasks, train
from lrlib.rules import INF, Refused
from lrlib.tasks import Task

OWN = {"momentum": ("momentum",), "beta1": ("adam", "adamw"), "beta2": ("adam", "adamw")}
DEFAULTS = {"momentum": 0.9, "beta1": 0.9, "beta2": 0.999}
AS_IT_IS = -1.0  # a weight decay that is the optimizer's own


def problem(settled: Mapping[str, object]) -> Task:
    """The task of a report: `task` with its `options`, and with `batch_size` where that is not 0.

    Raises ValueError, in one sentence, for what `tasks.load` refuses, and for a batch size where the task has
    no such option.

    >>> settled = {"task": "digits", "options": ["label_noise=0.2"], "batch_size": 64}
    >>> problem(settled).options["batch_size"]
    64
    """
    name, options, size = settled["task"], [*settled.get("options", ())], settled.get("batch_size", 0)
    task = tasks.load(name, options)
    if not size:
        return task
    if any(option.partition("=")[0].strip() == "batch_size" for option in options):
        raise Refused(f"batch_size is given twice: as {size}, and among the options of {name}")
    if "batch_size" not in task.options:
        raise Refused(f"batch_size: the task {name} has no option of that name; leave it out")
    return tasks.load(name, [*options, f"batch_size={size}"])


def how(settled: Mapping[str, object]) -> dict[str, object]:
    """How models are trained, as arguments of `train.sweep`: optimizer, clip_norm, dtype, device, workers.

    Raises ValueError for a parameter that the optimizer does not have.

    >>> how({"optimizer": "momentum", "momentum": 0.8, "clip_norm": 1.0})
    {'optimizer': SGD(momentum=0.8, nesterov=False, weight_decay=0.0), 'clip_norm': 1.0}
    """
    made = {"optimizer": optimizer(settled)}
    if "clip_norm" in settled:
        made["clip_norm"] = settled["clip_norm"] or INF
    return made | {name: settled[name] for name in ("dtype", "device", "workers") if name in settled}


def optimizer(settled: Mapping[str, object]) -> train.SGD | train.Adam | train.AdamW:
    """The optimizer of `optimizer`, one of sgd, momentum, adam and adamw, with what of it is given.

    Raises ValueError for a parameter that it does not have.

    >>> optimizer({"optimizer": "adamw", "beta2": 0.95})
    AdamW(betas=(0.9, 0.95), eps=1e-08, weight_decay=0.01)
    >>> optimizer({"optimizer": "sgd", "momentum": 0.5})
    Traceback (most recent call last):
    ...
    lrlib.rules.Refused: momentum is for the optimizer momentum, not sgd
    """
    kind, value = settled.get("optimizer", "sgd"), DEFAULTS | settled
    for name, kinds in OWN.items():
        if value[name] != DEFAULTS[name] and kind not in kinds:
            raise Refused(f"{name} is for the optimizer {' or '.join(kinds)}, not {kind}")
    decay = settled.get("weight_decay", AS_IT_IS)
    given = {"weight_decay": decay} if decay != AS_IT_IS else {}
    if kind in ("sgd", "momentum"):
        return train.SGD(momentum=value["momentum"] * (kind == "momentum"), **given)
    adam = {"adam": train.Adam, "adamw": train.AdamW}[kind]
    return adam(betas=(value["beta1"], value["beta2"]), **given)
