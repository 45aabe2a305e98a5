"""The oracles: how each library is imported, without what its schedulers do not need, and how it is run.

Where importing a whole package needs much that its scheduler does not (torchvision, a CUDA build), the
scheduler's own file is executed, with empty modules in the place of its siblings. The formulas of projects
that are no packages are written out in `transcribed`.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import itertools
import os
import sys
import types
import typing
import warnings
from collections.abc import Callable
from pathlib import Path

from tests.oracles import transcribed
from tests.oracles.transcribed import SOURCES

PACKAGES = {
    "hf": "transformers", "ignite": "pytorch-ignite", "composer": "mosaicml", "megatron": "megatron-core",
    "nemo": "nemo_toolkit", "paddle": "paddlepaddle", "olmo_core": "ai2-olmo-core",
}  # fmt: skip
LOOP = "the rate in the optimizer before the update; scheduler.step() after each update"
RATES = {
    **dict.fromkeys(
        (
            "torch",
            "hf",
            "mmengine",
            "deepspeed",
            "nemo",
            "torchtitan",
            "axolotl",
            "diffusers",
            "llamafactory",
        ),
        LOOP,
    ),
    "optax": "schedule(t), as optax.scale_by_schedule counts; with jax_enable_x64",
    "timm": "the rate in the optimizer before the update; scheduler.step_update(t + 1) after update t",
    "keras": "schedule(t), as a Keras optimizer counts its iterations; float64 after set_floatx('float64')",
    "paddle": "scheduler() before the update; scheduler.step() after each update",
    "fastai": "schedule(share), the share being 1 / T added up t times, as Learner adds up pct_train",
    "ignite": "the rate in the optimizer once the handler of ITERATION_STARTED has run t + 1 times",
    "composer": "base_lr * schedule(state), at timestamp t in batches",
    "megatron": "the rate in the optimizer before the update; scheduler.step(1) after each update",
    "olmo_core": "scheduler.set_lr(group, trainer), its trainer's global_step being t + 1 at update t",
    "mindformers": "schedule(t), as its AdamW asks before it counts; in float64 where it has float32",
    **dict.fromkeys(("nanogpt", "olmo", "levanter", "nanotron"), "the rate at update t"),
    "big_vision": "schedule(t), in float64 where the library returns float32",
    "nanochat": "the multiplier of update t, times the base rate",
    "speedrun": "the multiplier of update t, times the base rate; up to T where it asserts that",
    "maxtext": "schedule(t), in float64 where the library returns float32",
}


def drive(step: Callable[[], None], rate: Callable[[], float], n: int) -> list[float]:
    """The rates of n updates of a training loop; fewer where one of the two raises."""
    rates = []
    with contextlib.suppress(ValueError):
        for _ in range(n):
            rates.append(float(rate()))
            step()
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
    schedule, updates = eval(call, names), itertools.count()
    return drive(lambda: None, lambda: schedule(next(updates)), n)


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
            if name.split(".")[0] == package or isinstance(sys.modules[name], Sibling):
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


def olmo_core_names() -> dict:
    config = Sibling("olmo_core.config")
    config.Config, config.StrEnum = type("Config", (), {}), importlib.import_module("enum").StrEnum
    register = staticmethod(lambda name: lambda cls: cls)
    config.Registrable = type("Registrable", (), {"register": register})
    errors = Sibling("olmo_core.exceptions")
    errors.OLMoConfigurationError = type("OLMoConfigurationError", (Exception,), {})
    fields = Sibling("olmo_core.optim.config")
    fields.INITIAL_LR_FIELD, fields.LR_FIELD = "initial_lr", "lr"
    return alone(
        "olmo_core.optim.scheduler", "olmo_core.distributed", "olmo_core.distributed.utils",
        olmo_core__config=config, olmo_core__exceptions=errors, olmo_core__optim__config=fields,
    )  # fmt: skip


def olmo_core_loop(names: dict, call: str, base_lr: float, n: int, total_steps: int) -> list[float]:
    """What its trainer does before each update."""
    scheduler, group = eval(call, names), {"lr": base_lr, "params": []}
    states = (types.SimpleNamespace(global_step=t + 1, max_steps=total_steps) for t in range(n))
    return [float(scheduler.set_lr(group, trainer)) for trainer in states]


def axolotl_names() -> dict:
    return alone("axolotl.utils.schedulers")


def diffusers_names() -> dict:
    utils = Sibling("diffusers.utils")
    utils.logging = types.SimpleNamespace(get_logger=lambda name: None)
    return alone("diffusers.optimization", diffusers__utils=utils)


def llamafactory_names() -> dict:
    """`wsd`: what a trainer does with a WSD schedule, the library's one function and then transformers'."""
    hf = module_names("transformers.optimization")
    if (spec := importlib.util.find_spec("llamafactory")) is None:
        raise ImportError("llamafactory")
    path = Path(spec.submodule_search_locations[0], "train/trainer_utils.py")
    parts = ast.parse(path.read_text()).body
    found = [part for part in parts if getattr(part, "name", "") == "create_custom_scheduler"]
    names = {"DummyOptimizer": type("DummyOptimizer", (), {}), "Optional": typing.Optional}
    exec(compile(ast.Module(found, []), str(path), "exec"), names)

    def wsd(optimizer, total_steps, warmup_steps, **kwargs):
        arguments = types.SimpleNamespace(
            lr_scheduler_type="warmup_stable_decay",
            get_warmup_steps=lambda _: warmup_steps,
            lr_scheduler_kwargs=kwargs or None,
        )
        names["create_custom_scheduler"](arguments, total_steps, optimizer)
        return hf["get_scheduler"](
            "warmup_stable_decay", optimizer, warmup_steps, total_steps, arguments.lr_scheduler_kwargs
        )

    return {"wsd": wsd}


def mindformers_names() -> dict:
    """Its file with NumPy's float64 in the place of MindSpore's float32."""
    np = importlib.import_module("numpy")
    root, operations = Sibling("mindspore"), Sibling("mindspore.ops.operations")
    root.common = Sibling("mindspore.common")
    root.common.dtype = Sibling("mindspore.common.dtype")
    root.common.dtype.float32 = None
    operations.Greater, operations.GreaterEqual = (lambda: np.greater), (lambda: np.greater_equal)
    operations.Maximum, operations.Cos = (lambda: np.maximum), (lambda: np.cos)
    operations.Floor, operations.Log = (lambda: np.floor), (lambda: np.log)
    operations.Cast = lambda: lambda value, _: np.float64(value)
    ops = Sibling("mindspore.ops")
    ops.operations = operations
    checks = Sibling("mindspore._checkparam")
    checks.args_type_check = lambda **_: lambda function: function
    tensor = Sibling("mindspore.common.tensor")
    tensor.Tensor = lambda value, _=None: np.float64(value)
    base = Sibling("mindspore.nn.learning_rate_schedule")
    called = {"__call__": lambda self, t: self.construct(np.float64(t))}
    base.LearningRateSchedule = type("LearningRateSchedule", (), called)
    register = Sibling("mindformers.tools.register")
    register.MindFormerRegister = types.SimpleNamespace(register=lambda *_, **__: lambda cls: cls)
    register.MindFormerModuleType = types.SimpleNamespace(LR=0)
    return alone(
        "mindformers.core.lr.lr_schedule", "mindspore.nn", "mindformers.tools", "mindformers.tools.logger",
        mindspore=root, mindspore__common=root.common, mindspore__common__dtype=root.common.dtype,
        mindspore__common__tensor=tensor, mindspore__ops=ops, mindspore__ops__operations=operations,
        mindspore___checkparam=checks, mindspore__nn__learning_rate_schedule=base,
        mindformers__tools__register=register,
    )  # fmt: skip


RUNNERS: dict[str, Callable] = {
    **dict.fromkeys(("torch", "hf", "mmengine", "deepspeed", "nemo", "torchtitan", "axolotl", "diffusers",
                     "llamafactory"), torch_loop),
    **dict.fromkeys(("optax", "keras", "mindformers", *SOURCES), pure), "olmo_core": olmo_core_loop,
    "timm": timm_loop, "paddle": paddle_loop, "fastai": fastai_share, "ignite": ignite_events,
    "composer": composer_state, "megatron": functools.partial(torch_loop, step_args=(1,)),
}  # fmt: skip


@functools.cache
def names_of(library: str) -> dict:
    """What a call of this library can name. ImportError where the library cannot be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(transcribed, library)() if library in SOURCES else globals()[f"{library}_names"]()


def version_of(library: str) -> str:
    """The version installed, or where the formula was read."""
    return SOURCES.get(library) or importlib.metadata.version(PACKAGES.get(library, library)).split("+")[0]


def is_importable(library: str) -> bool:
    """Whether the vectors of this library can be made here."""
    try:
        return bool(names_of(library))
    except ImportError:
        return False
