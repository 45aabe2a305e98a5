"""Random arguments for presets: the same name has the same range everywhere, and lengths fit into the run."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from lrlib.rules import Rule, rules_of
from lrlib.schedules.presets import PRESETS

PAIRS = {"milestones": ("factors", "multipliers"), "knots": ("multipliers",), "cycles": ("peaks",)}
LENGTHS = (
    "warmup_steps", "decay_steps", "hold_steps", "constant_steps", "cooldown_steps", "rewarmup_steps",
    "anneal_steps", "fast_steps", "end_steps", "bolt_start",
)  # fmt: skip
RULES = ("1:0,0.5", "0.5", "1:5,0.5:5,0.1", "1:9,0.5:5,-1", "1:-3,0.5", "1:2.5,1", "", "1:5")
LOW_ENDS = ("olmo_core.power", "olmo_core.cosine_linear")  # whose decay begins where it may be low already
DEFAULTS = (  # zeros that stand here for what the library is told by saying nothing
    ("hf.inverse_sqrt", "timescale", 0),
    ("llamafactory.wsd", "decay_steps", 0),
    *((f"{name}", "step_size_down", 0) for name in ("deepspeed.one_cycle", "torch.cyclic", "paddle.cyclic")),
    *((f"torchtitan.{name}", "decay_steps", 0) for name in ("linear", "cosine", "sqrt")),
)
MANY_CYCLES = ("levanter.cycles", "levanter.cycles_ending", "olmo_core.wsd_s")


def _between(low: float, high: float) -> Callable:
    return lambda rng: float(rng.uniform(low, high))


def _whole(low: int, high: int) -> Callable:
    return lambda rng: int(rng.integers(low, high + 1))


RANGES: dict[str, Callable] = {
    **dict.fromkeys(("start", "end", "factor", "middle"), _between(0.02, 0.9)),
    **dict.fromkeys(("power", "exponent", "k_decay"), _between(0.5, 3)),
    **dict.fromkeys(("gamma", "start_gamma", "end_gamma"), _between(0.5, 0.99)),
    **dict.fromkeys(("step_size", "step_size_up", "step_size_down", "begin", "shift"), _whole(2, 20)),
    **dict.fromkeys(LENGTHS, _whole(2, 20)),
    **dict.fromkeys(("bolt_end", "decay_start"), _whole(21, 40)),
    **dict.fromkeys(("cooldown_fraction", "warmdown_fraction"), _between(0.1, 0.5)),
    "total_steps": _whole(82, 150),
    "restart_steps": _whole(41, 60),
    "first_cycle": _whole(5, 30),
    "t_mult": _whole(1, 2),
    "warmup_fraction": _between(0.2, 0.4),
    "final_fraction": _between(0.5, 0.9),
    **dict.fromkeys(("flat_fraction", "decay_fraction"), _between(0.5, 0.75)),
    "ratio": _between(0.05, 0.5),
    "min_factor": _between(0, 0.3),
    "div": _between(2, 30),
    "final_div": _between(10, 1e4),
    "timescale": _whole(5, 50),
    "d_model": _whole(16, 512),
    "rate": _between(0.05, 2),
    "lower": _between(-7, -4),
    "upper": _between(2, 4),
    "batch_size": _whole(1, 64),
    "seq_length": _whole(64, 512),
    "amplitude": _between(1, 10),
    "peaks": lambda rng: rng.uniform(0.1, 2, size=3).tolist(),
    "step_rules": lambda rng: "1:{},0.3:{},0.1".format(*rng.integers(1, 40, size=2)),
}


def parameters_of(preset: str):
    return inspect.signature(PRESETS[preset]).parameters


def draw(preset: str, rng: np.random.Generator) -> dict:
    """Arguments that `preset` allows: all that it needs, and each of the others with a chance of 3/5."""
    parameters = parameters_of(preset)
    rules = rules_of(PRESETS[preset])
    needed = {name for name, p in parameters.items() if p.default is p.empty or p.default in (200, 1000)}
    chosen = {name for name in parameters if name in needed or rng.random() < 0.6}
    arguments = {name: _value(name, rules[name], rng) for name in parameters if name in chosen}
    _rates(arguments, parameters, rng)
    _lists(preset, arguments, rng)
    if preset in MANY_CYCLES:
        arguments |= {k: 1 + v // 4 for k, v in arguments.items() if k in LENGTHS}
    if preset in LOW_ENDS:
        arguments |= {k: 1e-6 * v for k, v in arguments.items() if k == "min_lr"}
    if arguments.get("stable") == "rsqrt":
        arguments["warmup_steps"] = RANGES["warmup_steps"](rng)
    if preset == "fastai.sgdr":  # shares that float32 holds exactly: see data/golden/README.md
        arguments = {"num_cycles": 2, "first_cycle": 2 ** int(rng.integers(2, 6)), "t_mult": 3}
    return arguments


def _value(name: str, rule: Rule, rng: np.random.Generator):
    if rule.choices:
        return rule.choices[rng.integers(len(rule.choices))]
    if name == "num_cycles":
        return int(rng.integers(1, 5)) if "whole" in rule.allowed else float(rng.uniform(0.3, 2))
    return RANGES[name](rng) if name in RANGES else None


def _rates(arguments: dict, parameters, rng: np.random.Generator) -> None:
    if {"base_lr", "min_lr", "warmup_lr"} & set(arguments) and "base_lr" in parameters:
        arguments["base_lr"] = float(10 ** rng.uniform(-4, 0))
    for name in {"min_lr", "warmup_lr"} & set(arguments):
        arguments[name] = float(rng.uniform(0, 0.2)) * arguments.get("base_lr", 0.1)


def _lists(preset: str, arguments: dict, rng: np.random.Generator) -> None:
    for steps, partners in PAIRS.items():
        if steps not in arguments:
            continue
        arguments[steps] = np.cumsum(rng.integers(21, 40, size=3)).tolist()
        for partner in partners:
            if partner in arguments:
                more = partner == "multipliers" and preset in (
                    "keras.piecewise_constant",
                    "paddle.piecewise_constant",
                )
                arguments[partner] = rng.uniform(0.1, 1, size=3 + more).tolist()


def at_the_edge(preset: str, rng: np.random.Generator) -> dict:
    """Arguments of which one or two are at an end of what they may be, or past it."""
    arguments = draw(preset, rng)
    parameters = [name for name in parameters_of(preset) if name != "base_lr"]
    whole = arguments.get("total_steps", 40)
    for name in rng.permutation(parameters)[: rng.integers(1, 3)]:
        rule = rules_of(PRESETS[preset])[name]
        arguments[str(name)] = _edge(str(name), rule, arguments, whole, rng)
    if {"min_lr", "warmup_lr"} & set(arguments) and "base_lr" in parameters_of(preset):
        arguments.setdefault("base_lr", 0.1)
    return {name: value for name, value in arguments.items() if (preset, name, value) not in DEFAULTS}


def _edge(name: str, rule: Rule, arguments: dict, whole: int, rng: np.random.Generator):
    if rule.choices:
        return rule.choices[rng.integers(len(rule.choices))]
    if name in ("min_lr", "warmup_lr"):
        return [0, -0.02, 0.1, 0.15, 1e-9][rng.integers(5)]
    if name in PAIRS:
        return [[0, 10, 20], [5, 5, 9], [9, 5, 20], [1, 2, 3], [-1, 4, 8]][rng.integers(5)]
    if name in ("multipliers", "factors", "peaks"):
        return rng.choice([0, -0.5, 0.5, 1, 2], size=len(arguments[name])).tolist()
    if name == "step_rules":
        return RULES[rng.integers(len(RULES))]
    if "whole" in rule.allowed:
        return [0, 1, 2, whole - 1, whole, whole + 1, -1, 2.5][rng.integers(8)]
    return [0.0, 1.0, -0.5, 1.5, 2.0, 1e-3][rng.integers(6)]
