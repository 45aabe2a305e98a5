"""Learning-rate schedules as pure functions: step -> multiplier of `base_lr`. NumPy only."""

from lrlib.schedules.core import Product, Restarts, Scale, Schedule, Sequence, recipe, shape
from lrlib.schedules.recipes import one_cycle, sgdr, warmup_cosine, warmup_linear, wsd
from lrlib.schedules.shapes import (
    Constant,
    Cosine,
    Exponential,
    InverseSqrt,
    InverseTime,
    Linear,
    Multistep,
    Polynomial,
    Step,
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    inverse_time,
    linear,
    multistep,
    polynomial,
    step,
)
from lrlib.schedules.text import parse, parse_for

restarts = Restarts
scale = Scale

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "InverseSqrt",
    "InverseTime",
    "Linear",
    "Multistep",
    "Polynomial",
    "Product",
    "Restarts",
    "Scale",
    "Schedule",
    "Sequence",
    "Step",
    "constant",
    "cosine",
    "exponential",
    "inverse_sqrt",
    "inverse_time",
    "linear",
    "multistep",
    "one_cycle",
    "parse",
    "parse_for",
    "polynomial",
    "recipe",
    "restarts",
    "scale",
    "sgdr",
    "shape",
    "step",
    "warmup_cosine",
    "warmup_linear",
    "wsd",
]  # fmt: skip
