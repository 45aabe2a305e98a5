"""Golden trajectories: the weights to which authors' packages take three problems, in
`data/golden/adaptive/`.

    python -m tests.adaptive.golden               # every package that can be imported here
    python -m tests.adaptive.golden optax         # only this one

The calls are in `calls.toml`: what the package is asked for, and the options of the method here that should
do the same. Everything is float64; gradients come from `problems`. A trajectory has the loss that update t
saw (t counted from 0), and the weights after that update; those of a method that is evaluated elsewhere than
it trains (`optimizer.eval()`, `schedule_free_eval_params`) where it is evaluated. `tests/oracles/generate.py`
says how the packages are installed.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from tests.adaptive.problems import PROBLEMS

FOLDER = Path(__file__).parents[2] / "data" / "golden" / "adaptive"
STEPS = 200
STORED = (0, 1, 2, 4, 9, 19, 49, 99, 149, 199)
MODULES = {
    "dadaptation": "dadaptation", "dog-optimizer": "dog", "mechanic-pytorch": "mechanic_pytorch",
    "momo-opt": "momo", "optax": "optax.contrib", "parameterfree": "parameterfree",
    "prodigyopt": "prodigyopt", "pytorch_optimizer": "pytorch_optimizer", "schedulefree": "schedulefree",
}  # fmt: skip
Seen = Iterator[tuple[float, list[np.ndarray]]]


@functools.cache
def calls() -> list[dict]:
    """Every call of `calls.toml`: method, package, call, and the options of the method here."""
    tables = tomllib.loads(Path(__file__).with_name("calls.toml").read_text("utf-8"))
    return [
        {"method": method, "options": {}, **entry} for method, entries in tables.items() for entry in entries
    ]


def trained(problem, make: Callable, steps: int = STEPS) -> Seen:
    """The loss and the weights of each update by a torch optimizer; `make` takes the parameters."""
    weights = [torch.nn.Parameter(torch.tensor(start)) for start in problem.start]
    with contextlib.redirect_stdout(None):  # some say what they were asked for
        optimizer = make(weights)

    def closure(t: int) -> torch.Tensor:
        now = tuple(p.detach().numpy() for p in weights)
        for p, gradient in zip(weights, problem.gradient(now, t), strict=True):
            p.grad = torch.tensor(gradient)
        return torch.tensor(problem.loss(now, t))

    for t in range(steps):
        switch(optimizer, "train")
        loss = closure(t).item()
        optimizer.step(functools.partial(closure, t))
        switch(optimizer, "eval")
        yield loss, [p.detach().numpy().copy() for p in weights]


def switch(optimizer, mode: str) -> None:
    getattr(optimizer, mode, lambda: None)()


def trained_by_optax(problem, make: Callable, steps: int = STEPS) -> Seen:
    """The same by a gradient transformation of optax; `make` takes nothing, it may ask for the loss."""
    jax, optax = importlib.import_module("jax"), importlib.import_module("optax")
    method, weights = optax.with_extra_args_support(make()), tuple(map(jax.numpy.asarray, problem.start))
    state = method.init(weights)

    @jax.jit
    def updated(gradient, state, weights, t, loss):
        def value_fn(weights):
            return problem.loss(weights, t, jax.numpy)

        more = {"value": loss, "grad": gradient, "value_fn": value_fn}
        updates, state = method.update(gradient, state, weights, **more)
        return optax.apply_updates(weights, updates), state

    for t in range(steps):
        now = tuple(map(np.asarray, weights))
        loss = float(problem.loss(now, t))
        weights, state = updated(problem.gradient(now, t), state, weights, t, loss)
        yield loss, [np.asarray(each) for each in evaluated(optax, state, weights)]


def evaluated(optax, state, weights):
    """Where optax evaluates: at the average, if the method is Schedule-Free."""
    averaged = isinstance(state, optax.contrib.ScheduleFreeState)
    return optax.contrib.schedule_free_eval_params(state, weights) if averaged else weights


def recorded(seen: Seen) -> dict[str, list]:
    """Losses and weights, one flat list an update, at the updates that are stored."""
    kept = [(loss, np.concatenate([each.ravel() for each in weights]).tolist())
            for t, (loss, weights) in enumerate(seen) if t in STORED]  # fmt: skip
    return {"losses": [loss for loss, _ in kept], "weights": [weights for _, weights in kept]}


def is_importable(package: str) -> bool:
    return importlib.util.find_spec(MODULES[package].split(".")[0]) is not None


def trajectory_of(package: str, call: str, problem: str) -> dict[str, list]:
    """What a package's own call does on a problem. ImportError where it cannot be imported."""
    if package == "optax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    module = importlib.import_module(MODULES[package])
    names = {**vars(module), "torch": torch, "optax": sys.modules.get("optax")}
    if package == "optax":
        return recorded(trained_by_optax(PROBLEMS[problem], lambda: eval(call, names)))
    torch.set_default_dtype(torch.float64)  # some keep numbers of their own in the default
    try:
        return recorded(trained(PROBLEMS[problem], lambda weights: eval(call, {**names, "params": weights})))
    finally:
        torch.set_default_dtype(torch.float32)


def trajectories_of(package: str) -> list[dict]:
    """The golden trajectories of a package: each of its calls on each problem."""
    mine = [entry for entry in calls() if entry["package"] == package]
    return [
        {**{key: entry[key] for key in ("method", "options", "call", "tolerance") if key in entry},
         "problem": problem, **trajectory_of(package, entry["call"], problem)}
        for entry in mine for problem in entry.get("problems", PROBLEMS)
    ]  # fmt: skip


def text_of(package: str, trajectories: list[dict]) -> str:
    """A golden file: JSON with one trajectory a line."""
    head = {"package": package, "version": importlib.metadata.version(package), "updates": STORED}
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in trajectories)
    return json.dumps(head)[:-1] + f',\n "trajectories": [\n{lines}\n]}}\n'


def main(packages: list[str]) -> None:
    for package in packages or sorted({entry["package"] for entry in calls()}):
        if is_importable(package):
            found = trajectories_of(package)
            (FOLDER / f"{package}.json").write_text(text_of(package, found))
            print(f"{package}: {len(found)} trajectories, {importlib.metadata.version(package)}")
        else:
            print(f"{package}: cannot be imported here, its file is left as it is")


if __name__ == "__main__":
    main(sys.argv[1:])
