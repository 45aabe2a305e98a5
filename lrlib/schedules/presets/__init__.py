"""Schedules by the names and conventions of other libraries: `preset("hf.cosine", total_steps=100)`.

A preset gives the multiplier of `base_lr` that the library's own scheduler has in effect at update t, counted
from 0, past its last step too: where the library climbs again or goes below zero, so does the preset. It is a
composition of the shapes of `lrlib.schedules`; print one to see which. `base_lr` is the rate given to the
optimizer, or the highest rate where the library is given rates (one-cycle, cyclic and piecewise schedules).

Parameters have this library's names and mean the same everywhere: `total_steps` includes the warmup. Where a
library takes a floor as a rate, the preset takes `min_lr` with `base_lr`, and returns the multiplier all the
same. A preset refuses what its library refuses, and is stricter on purpose where that protects from a slip:
lengths are whole numbers of steps and not negative, milestones in order, powers, divisors and rates of decay
> 0, factors not negative, fractions 0..1; and warmup and decay fit into the run, except where the preset says
what comes of a longer warmup. Momentum is not touched. Every preset is compared with vectors that its library
computed, see `data/golden/README.md`, and with its library at the edges of what its arguments may be.

>>> from lrlib.schedules.presets import preset, timm
>>> preset("hf.cosine", total_steps=100, warmup_steps=10).values(3).tolist()
[0.0, 0.1, 0.2]
>>> timm.step(step_size=30, gamma=0.1)
constant(steps=1) >> shift(step(30), 1)
"""

import importlib

from lrlib.schedules.core import Schedule
from lrlib.schedules.presets.pieces import PRESETS

LIBRARIES = (
    "torch", "optax", "timm", "hf", "keras", "paddle", "fastai", "ignite", "composer", "mmengine",
    "deepspeed", "megatron", "nemo", "torchtitan", "nanogpt", "big_vision", "olmo_core", "olmo", "axolotl",
    "levanter", "nanotron", "diffusers", "nanochat", "speedrun", "llamafactory", "maxtext", "mindformers",
)  # fmt: skip
for library in (*LIBRARIES, "shared"):
    importlib.import_module(f"{__name__}.{library}")
for name, build in PRESETS.items():
    library, function = name.split(".")
    setattr(globals()[library], function, build)


def preset(name: str, **arguments) -> Schedule:
    """The schedule that `name`, such as "timm.cosine", describes; `names()` lists them all.

    Returns multipliers of `base_lr`. Raises ValueError for an unknown name or argument (with the nearest
    ones), a missing argument, and a value out of range (with the parameter's name and what is allowed).

    >>> preset("torch.step", step_size=30)
    step(30)
    """
    return PRESETS.find(name)(**arguments)


def names() -> list[str]:
    """The names of all presets, "library.schedule", in the order of `LIBRARIES`.

    >>> names()[:2]
    ['torch.constant', 'torch.linear']
    """
    return sorted(PRESETS, key=lambda name: LIBRARIES.index(name.split(".")[0]))
