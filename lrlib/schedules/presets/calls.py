"""The call of a library's own scheduler that a preset stands for, as its users write it."""

import functools
import inspect
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from lrlib.schedules.presets.pieces import PRESETS


@functools.cache
def calls() -> dict[str, dict]:
    """The call of every preset, and the cases that its golden vectors are made with, by its name."""
    tables = tomllib.loads(files("lrlib.schedules.presets").joinpath("calls.toml").read_text("utf-8"))
    return {f"{library}.{name}": entry for library, table in tables.items() for name, entry in table.items()}


def call_text(preset: str, arguments: Mapping, base_lr: float = 0.1) -> str:
    """The library's own call that a preset with these arguments stands for; `base_lr` unless they say one.

    >>> call_text("hf.cosine", {"total_steps": 100, "warmup_steps": 10})
    'get_cosine_schedule_with_warmup(optimizer, 10, 100)'
    """
    parameters = inspect.signature(PRESETS.find(preset)).parameters
    defaults = {k: p.default for k, p in parameters.items() if p.default is not p.empty}
    values = {**defaults, "base_lr": base_lr, **arguments}
    template = re.sub(
        r"\[\?(.*?)\?\]",
        lambda part: part[1] if set(re.findall(r"<(\w+)>", part[1])) <= {"base_lr", *arguments} else "",
        calls()[preset]["call"],
    )
    return re.sub(r"<(\w+)>", lambda name: repr(values[name[1]]), template)
