"""The oracles: how each library is imported, without what its schedulers do not need, and how it is run.

Where importing a whole package needs much that its scheduler does not (torchvision, a CUDA build), the
scheduler's own file is executed, with empty modules in the place of its siblings. nanoGPT and big_vision are
no packages: their formula is written out here.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import math
import os
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path

PACKAGES = {
    "hf": "transformers", "ignite": "pytorch-ignite", "composer": "mosaicml", "megatron": "megatron-core",
    "nemo": "nemo_toolkit", "paddle": "paddlepaddle",
}  # fmt: skip
TRANSCRIBED = {
    "nanogpt": "get_lr in train.py of karpathy/nanoGPT, before and after #578",
    "big_vision": "create_learning_rate_schedule in google-research/big_vision at 11eea57",
}
LOOP = "the rate in the optimizer before the update; scheduler.step() after each update"
RATES = {
    **dict.fromkeys(("torch", "hf", "mmengine", "deepspeed", "nemo", "torchtitan"), LOOP),
    "optax": "schedule(t), as optax.scale_by_schedule counts; with jax_enable_x64",
    "timm": "the rate in the optimizer before the update; scheduler.step_update(t + 1) after update t",
    "keras": "schedule(t), as a Keras optimizer counts its iterations; float64 after set_floatx('float64')",
    "paddle": "scheduler() before the update; scheduler.step() after each update",
    "fastai": "schedule(share), the share being 1 / T added up t times, as Learner adds up pct_train",
    "ignite": "the rate in the optimizer once the handler of ITERATION_STARTED has run t + 1 times",
    "composer": "base_lr * schedule(state), at timestamp t in batches",
    "megatron": "the rate in the optimizer before the update; scheduler.step(1) after each update",
    "nanogpt": "get_lr(t)",
    "big_vision": "schedule(t), in float64 where the library returns float32",
}


def drive(step: Callable[[], None], rate: Callable[[], float], n: int) -> list[float]:
    """The rates of n updates of a training loop; fewer where `step` raises."""
    rates = []
    for _ in range(n):
        rates.append(float(rate()))
        try:
            step()
        except ValueError:
            break
    return rates


def optimizer_at(base_lr: float):
    import torch

    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr, momentum=0.9)


def torch_loop(
    names: dict, call: str, base_lr: float, n: int, total_steps: int, *, step_args=()
) -> list[float]:
    optimizer = optimizer_at(base_lr)
    made = eval(call, {**names, "optimizer": optimizer})
    schedulers = made if isinstance(made, list) else [made]

    def step():
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step(*step_args)

    return drive(step, lambda: optimizer.param_groups[0]["lr"], n)


def pure(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    schedule = eval(call, names)
    return [float(schedule(t)) for t in range(n)]


def timm_loop(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    optimizer = optimizer_at(base_lr)
    scheduler = eval(call, {**names, "optimizer": optimizer})
    updates = iter(range(1, n + 1))
    return drive(lambda: scheduler.step_update(next(updates)), lambda: optimizer.param_groups[0]["lr"], n)


def paddle_loop(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    scheduler = eval(call, names)
    return drive(scheduler.step, scheduler, n)


def fastai_share(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    schedule, share, rates = eval(call, names), 0.0, []
    for _ in range(n):
        rates.append(float(schedule(share)))
        share += 1.0 / total_steps
    return rates


def ignite_events(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    optimizer = optimizer_at(base_lr)
    scheduler = eval(call, {**names, "optimizer": optimizer})
    rates = []
    for _ in range(n):
        scheduler(None)
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
    return rates


def composer_state(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    schedule = eval(call, names)
    duration, when = names["Time"].from_batch(total_steps), names["Timestamp"]
    states = (types.SimpleNamespace(max_duration=duration, timestamp=when(batch=t)) for t in range(n))
    return [base_lr * float(schedule(state)) for state in states]


class Sibling(types.ModuleType):
    """A module that has whatever is asked of it, and does nothing."""

    __path__: tuple = ()

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"Config": object, "__init__": lambda self, *_, **__: None})


def alone(module: str, *siblings: str, **known: types.ModuleType) -> dict:
    """The names of one module of an installed package, executed without the package's other modules."""
    package, *inner = module.split(".")
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ImportError(package)
    path = Path(spec.submodule_search_locations[0], *inner).with_suffix(".py")
    parents = [module.rsplit(".", i)[0] for i in range(1, len(inner) + 1)]
    before = dict(sys.modules)
    try:
        sys.modules.update({name: Sibling(name) for name in (*parents, *siblings)})
        sys.modules.update({name.replace("__", "."): value for name, value in known.items()})
        spec = importlib.util.spec_from_file_location(module, path)
        loaded = sys.modules[module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
    finally:
        for name in set(sys.modules) - set(before):
            if name.split(".")[0] == package:
                del sys.modules[name]
        sys.modules.update(before)
    return vars(loaded)


def module_names(name: str) -> dict:
    return vars(importlib.import_module(name))


def torch_names() -> dict:
    return module_names("torch.optim.lr_scheduler")


def optax_names() -> dict:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    importlib.import_module("jax").config.update("jax_enable_x64", True)
    return module_names("optax")


def timm_names() -> dict:
    """timm.scheduler without the rest of timm, which needs torchvision."""
    if "timm" not in sys.modules:
        spec = importlib.util.find_spec("timm")
        if spec is None:
            raise ImportError("timm")
        package = sys.modules["timm"] = types.ModuleType("timm")
        package.__path__, package.__spec__ = list(spec.submodule_search_locations), spec
    return {**module_names("timm.scheduler"), **module_names("timm.scheduler.wsd_lr")}


def keras_names() -> dict:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return module_names("keras.optimizers.schedules")


def hf_names() -> dict:
    return module_names("transformers.optimization")


def paddle_names() -> dict:
    return module_names("paddle.optimizer.lr")


def fastai_names() -> dict:
    """The schedule functions of fastai, with `sgdr` in the place of Learner.fit_sgdr."""
    torch = importlib.import_module("torch")
    basics = Sibling("fastai.basics")
    vars(basics).update(
        module_names("fastcore.all"),
        tensor=lambda items: torch.tensor(list(items)),
        torch=torch,
        docs=lambda cls: cls,
        Callback=object,
        Learner=type("Learner", (), {"fit_one_cycle": lambda self: None}),
        Recorder=type("Recorder", (), {}),
    )
    basics.__all__ = [name for name in vars(basics) if not name.startswith("__")]
    names = alone("fastai.callback.schedule", "fastai.callback.tracker", fastai__basics=basics)

    def sgdr(lr: float, lengths: list[int]):
        shares = [length / sum(lengths) for length in lengths]
        return names["combine_scheds"](shares, [names["SchedCos"](lr, 0) for _ in lengths])

    return {**names, "sgdr": sgdr}


def ignite_names() -> dict:
    return {**torch_names(), **module_names("ignite.handlers.param_scheduler")}


def composer_names() -> dict:
    enum = Sibling("composer.utils")
    enum.StringEnum = importlib.import_module("enum").Enum
    state = Sibling("composer.core.serializable")
    state.Serializable = object
    time = alone("composer.core.time", composer__utils=enum, composer__core__serializable=state)
    core = Sibling("composer.core")
    core.Time, core.TimeUnit, core.State = time["Time"], time["TimeUnit"], object
    return {**time, **alone("composer.optim.scheduler", composer__core=core)}


def mmengine_names() -> dict:
    return module_names("mmengine.optim.scheduler")


def deepspeed_names() -> dict:
    os.environ.setdefault("DS_ACCELERATOR", "cpu")
    names = module_names("deepspeed.runtime.lr_schedules")
    names["logger"].setLevel("ERROR")
    return names


def megatron_names() -> dict:
    return alone("megatron.core.optimizer_param_scheduler", "megatron.core.utils")


def nemo_names() -> dict:
    siblings = ("core.classes", "core.classes.common", "core.config", "core.config.schedulers", "utils",
                "utils.model_utils")  # fmt: skip
    return alone("nemo.core.optim.lr_scheduler", "omegaconf", *(f"nemo.{name}" for name in siblings))


def torchtitan_names() -> dict:
    siblings = ("config", "tools", "tools.logging", "components.optimizer.optimizer")
    return alone("torchtitan.components.optimizer.lr_scheduler", *(f"torchtitan.{name}" for name in siblings))


def nanogpt_names() -> dict:
    def decayed(it, learning_rate, warmup_iters, lr_decay_iters, min_lr):
        if it > lr_decay_iters:
            return min_lr
        ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
        return min_lr + 0.5 * (1 + math.cos(math.pi * ratio)) * (learning_rate - min_lr)

    def get_lr(lr, warmup, *rest):
        return lambda it: lr * (it + 1) / (warmup + 1) if it < warmup else decayed(it, lr, warmup, *rest)

    def get_lr_before_578(lr, warmup, *rest):
        return lambda it: lr * it / warmup if it < warmup else decayed(it, lr, warmup, *rest)

    return {"get_lr": get_lr, "get_lr_before_578": get_lr_before_578}


def big_vision_names() -> dict:
    def create_learning_rate_schedule(
        total_steps, base, decay_type, warmup_steps=0, cooldown_steps=0,
        power=1, timescale=10_000, shift=0, steps=(), mults=(),
    ):  # fmt: skip
        def step_fn(step):
            progress = min(max((step - warmup_steps) / (total_steps - warmup_steps), 0.0), 1.0)
            after = max(step - warmup_steps, 0)
            factor = {
                "polynomial": lambda: (1 - progress) ** power,
                "cosine": lambda: 0.5 * (1 + math.cos(math.pi * progress)),
                "rsqrt": lambda: 1 / math.sqrt(1 + (after + shift) / timescale),
                "stair": lambda: [1.0, *mults][sum(s < step + 1 for s in steps)],
            }[decay_type]()
            warm = min(1.0, step / warmup_steps) if warmup_steps else 1.0
            cool = min(1.0, (total_steps - step) / cooldown_steps) if cooldown_steps else 1.0
            return base * factor * warm * cool

        return step_fn

    return {"create_learning_rate_schedule": create_learning_rate_schedule}


RUNNERS: dict[str, Callable] = {
    **dict.fromkeys(("torch", "hf", "mmengine", "deepspeed", "nemo", "torchtitan"), torch_loop),
    **dict.fromkeys(("optax", "keras", "nanogpt", "big_vision"), pure),
    "timm": timm_loop, "paddle": paddle_loop, "fastai": fastai_share, "ignite": ignite_events,
    "composer": composer_state, "megatron": functools.partial(torch_loop, step_args=(1,)),
}  # fmt: skip


@functools.cache
def names_of(library: str) -> dict:
    """What a call of this library can name. ImportError where the library cannot be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return globals()[f"{library}_names"]()


def version_of(library: str) -> str:
    """The version installed, or where the formula was read."""
    return (
        TRANSCRIBED.get(library) or importlib.metadata.version(PACKAGES.get(library, library)).split("+")[0]
    )


def is_importable(library: str) -> bool:
    """Whether the vectors of this library can be made here."""
    try:
        return bool(names_of(library))
    except ImportError:
        return False
