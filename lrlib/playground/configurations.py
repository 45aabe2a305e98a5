"""A schedule in the words of other libraries, where one of their ready-made schedules has its rates.

Whatever is shown was computed first: the preset of that name makes the rates of every update of the run.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import re
from dataclasses import dataclass

import numpy as np

from lrlib import torchcode
from lrlib.playground.likely import Guess, guesses
from lrlib.rules import Refused
from lrlib.schedules import Schedule, constant, parse
from lrlib.schedules.presets import PRESETS
from lrlib.schedules.presets.calls import call_text

IMPORTS = {
    "torch": "from torch.optim.lr_scheduler import {}",
    "optax": "from optax import {}",
    "keras": "from keras.optimizers.schedules import {}",
    "hf": "from transformers import {}",
}
AS_IT_IS = {  # a constant rate
    "torch": "# no scheduler: the rate stays as it is",
    "optax": "from optax import constant_schedule\n\nschedule = constant_schedule({})",
    "keras": "learning_rate = {}",
    "hf": 'from transformers import TrainingArguments\n\narguments = TrainingArguments(\n'
          '    learning_rate={},\n    lr_scheduler_type="constant",\n)',
}  # fmt: skip
TYPES = {  # what TrainingArguments calls a schedule where it is not the preset's name
    "wsd": "warmup_stable_decay",
    "cosine_warmup_with_min_lr": "cosine_warmup_with_min_lr",
}
KEYWORDS = {  # and an argument of one
    "min_factor": {"wsd": "min_lr_ratio", "": "min_lr_rate"},
    "min_lr": {"": "lr_end"},
    "decay_steps": {"": "num_decay_steps"},
    "warmup": {"": "warmup_type"},
    "curve": {"": "decay_type"},
}
EXACT = 1e-12  # of the highest rate
MOMENTUM = "It moves the momentum too, unless told cycle_momentum=False."
BESIDES = {  # what else its user should know
    "torch.cyclic": MOMENTUM,
    "torch.one_cycle": MOMENTUM,
    "keras.restarts": (
        "Keras computes in float32, where a cycle longer than the one before can begin an update late (the "
        'fourth of t_mul=7 did), unless told keras.config.set_floatx("float64").'
    ),
}


@dataclass(frozen=True)
class Configuration:
    """One library's own lines for a schedule.

    code: Python lines. name: what the library calls it. note: where it differs, past the end of the run,
    and what else its user should know.
    """

    code: str
    name: str
    note: str = ""


def configurations(schedule: Schedule, steps: int, base_lr: float, text: str = "") -> dict:
    """What can be said in torch, optax, Keras and Hugging Face transformers: {library: Configuration}.

    Rates agree to 1e-12 of the highest, at every update 0 .. steps-1. A library is left out where no schedule
    of its own was found; "formula" has lines for torch, where a few make any such rates.
    text: the text that the schedule came from, for a preset that it calls.

    >>> from lrlib.schedules import parse
    >>> print(configurations(parse("warmup_cosine(600, 30)"), 600, 0.1)["optax"].code)
    from optax import warmup_cosine_decay_schedule
    <BLANKLINE>
    schedule = warmup_cosine_decay_schedule(0 * 0.1, 0.1, 30, 600)
    """
    rates = schedule.values(steps)
    if schedule == constant(1):
        return {
            library: Configuration(said.format(base_lr), "constant") for library, said in AS_IT_IS.items()
        }
    found = {}
    for guess in (*_called(text, steps, base_lr), *guesses(schedule, steps)):
        library = guess.preset.split(".")[0]
        if library in IMPORTS and library not in found:
            said = _checked(guess, schedule, rates, base_lr)
            if said:
                found[library] = said
    with contextlib.suppress(Refused):
        found["formula"] = Configuration(torchcode.block(schedule, base_lr, steps), "LambdaLR")
    return found


def _checked(guess: Guess, schedule: Schedule, rates: np.ndarray, base_lr: float) -> Configuration | None:
    """The lines of a guess, if it makes the rates."""
    base_lr, arguments = _tidy(base_lr * guess.factor), dict(guess.arguments)
    if "min_lr" in arguments and "base_lr" not in arguments:
        arguments |= {"min_lr": _tidy(arguments["min_lr"] * base_lr), "base_lr": base_lr}
        if not arguments["min_lr"] and not _default(guess.preset, "min_lr"):
            del arguments["min_lr"], arguments["base_lr"]
    elif "base_lr" in arguments:
        arguments["base_lr"] = base_lr  # its floor is a rate, and the lines are run at the page's base_lr
    steps = len(rates)
    if guess.preset == "torch.one_cycle" and arguments["total_steps"] < steps:
        return None  # torch raises after its last step
    try:
        made = PRESETS[guess.preset](**arguments)
        if not same(guess.factor * made.values(steps), rates):
            return None
        beyond = np.arange(steps, 2 * steps)
        note = "" if same(guess.factor * made(beyond), schedule(beyond)) else _differs(guess.preset, steps)
    except ValueError:
        return None
    note = f"{note} {BESIDES.get(guess.preset, '')}".strip()
    return Configuration(_lines(guess.preset, arguments, base_lr, steps), _called_there(guess.preset), note)


def same(made: np.ndarray, rates: np.ndarray) -> bool:
    """Whether rates agree to 1e-12 of the highest."""
    return bool(np.all(np.abs(made - rates) <= EXACT * np.abs(rates).max(initial=0)))


def _default(preset: str, parameter: str):
    return inspect.signature(PRESETS[preset]).parameters[parameter].default


def _tidy(value: float) -> float:
    """Without the digits that a product of rounded numbers ends in, as in 0.010000000000000002."""
    return float(f"{value:.15g}")


def _differs(preset: str, steps: int) -> str:
    ended = f"from update {steps} on, past the end, the rates of {preset} differ"
    return f"The same for updates 0 to {steps - 1}; {ended}."


def _called_there(preset: str) -> str:
    return PRESETS[preset].__doc__.split(":")[0]


def _lines(preset: str, arguments: dict, base_lr: float, steps: int) -> str:
    """Python lines for a preset, with what they import."""
    library, call = preset.split(".")[0], call_text(preset, arguments, base_lr)
    names = dict.fromkeys(name for name in re.findall(r"\b(\w+)\(", call) if name not in ("dict", "zip"))
    own = [IMPORTS[library].format(", ".join(names)), ""]
    if library == "torch" or (library == "hf" and arguments.get("total_steps", steps) != steps):
        made = f"optimizer = torch.optim.SGD(model.parameters(), lr={base_lr!r})"
        return "\n".join(["import torch", *own, made, f"scheduler = {call}"])
    if library != "hf":
        return "\n".join([*own, f"schedule = {call}"])
    return _training_arguments(preset, arguments, base_lr, steps)


def _training_arguments(preset: str, arguments: dict, base_lr: float, steps: int) -> str:
    name = preset.split(".")[1]
    apart = ("total_steps", "warmup_steps", "base_lr")
    special = {_keyword(key, name): value for key, value in arguments.items() if key not in apart}
    said = {"learning_rate": base_lr, "max_steps": steps, "lr_scheduler_type": TYPES.get(name, name)}
    said |= {"warmup_steps": arguments["warmup_steps"]} if arguments.get("warmup_steps") else {}
    said |= {"lr_scheduler_kwargs": special} if special else {}
    lines = [f"    {key}={value!r}," for key, value in said.items()]
    head = ["from transformers import TrainingArguments", "", "arguments = TrainingArguments("]
    return "\n".join([*head, *lines, ")"])


def _keyword(parameter: str, name: str) -> str:
    there = KEYWORDS.get(parameter, {"": parameter})
    return there.get(name, there.get("", parameter))


def _called(text: str, steps: int, base_lr: float) -> list[Guess]:
    """The preset that a text is a call of, and nothing else."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args:
        return []
    arguments = {each.arg: _value(each.value, steps) for each in call.keywords}
    given = {"base_lr": base_lr} if "min_lr" in arguments and "base_lr" not in arguments else {}
    return [Guess(ast.unparse(call.func), arguments | given)]


def _value(node: ast.expr, steps: int):
    """What an argument of a text is: a word or a switch, a tuple, or a number, which may be a part of T."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bool):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(each, steps) for each in node.elts)
    source = ast.unparse(node)
    return math.inf if source == "inf" else parse(f"constant({source})", T=steps).value
