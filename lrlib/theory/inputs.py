"""What the theory accepts beside numbers: arrays, by rules as in `lrlib.rules`, and how they fit together."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lrlib.rules import Refused, Rule, refused


def _array(value) -> np.ndarray:
    x = np.asarray(value, dtype=np.float64)
    if not np.isfinite(x).all():
        raise ValueError
    return x


def _not_negative(value) -> np.ndarray:
    x = _array(value)
    if (x < 0).any():
        raise ValueError
    return x


def _sequence(value) -> np.ndarray:
    x = _not_negative(value)
    if x.ndim == 0:
        raise ValueError
    return x


def _positive(value) -> np.ndarray:
    x = _array(value)
    if (x <= 0).any():
        raise ValueError
    return x


def _spectrum(value) -> np.ndarray:
    x = _positive(value)
    if x.ndim != 1 or not len(x):
        raise ValueError
    return x


Rates = Annotated[np.ndarray, Rule("finite and >= 0, an array of shape (..., steps)", _sequence)]
Sizes = Annotated[np.ndarray, Rule("finite and >= 0, a number or an array", _not_negative)]
Batches = Annotated[np.ndarray, Rule("> 0 and finite, a number or an array", _positive)]
Spectrum = Annotated[np.ndarray, Rule("one or more finite numbers > 0", _spectrum)]
Vector = Annotated[np.ndarray, Rule("a finite number, or an array of them, one a dimension", _array)]


def per_dimension(parameter: str, x: np.ndarray, dims: int) -> np.ndarray:
    """A number, or one a dimension, in the shape (dims,)."""
    if x.shape not in ((), (dims,)):
        raise refused(parameter, f"a finite number, or {dims} of them, one a dimension", x.tolist())
    return np.broadcast_to(x, (dims,))


def per_step(parameter: str, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array in the shape of the rates, (..., steps), by broadcasting."""
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise Refused(
            f"{parameter} must be a number or fit the rates, {shape}; got shape {x.shape}"
        ) from None
