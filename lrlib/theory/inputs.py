"""What the theory accepts: errors name the parameter, what was given and what is allowed."""

from __future__ import annotations

import operator

import numpy as np


def rate_array(rates, name: str = "rates") -> np.ndarray:
    """Rates as float64, shape (..., steps): finite and >= 0."""
    eta = np.asarray(rates, dtype=np.float64)
    if eta.ndim == 0:
        raise ValueError(f"{name} must have shape (..., steps), got the single number {rates!r}")
    allowed = np.isfinite(eta) & (eta >= 0)
    if not allowed.all():
        raise ValueError(f"{name} must be finite and >= 0, got {eta[~allowed][0]}")
    return eta


def spectrum(curvatures, name: str = "curvatures") -> np.ndarray:
    """Curvatures or eigenvalues as float64, shape (dims,): finite and > 0, at least one."""
    h = np.asarray(curvatures, dtype=np.float64)
    if h.ndim != 1 or len(h) == 0 or not (np.isfinite(h) & (h > 0)).all():
        raise ValueError(f"{name} must be one or more finite numbers > 0, got {curvatures!r}")
    return h


def per_dimension(value, dims: int, name: str) -> np.ndarray:
    """A finite number, or one a dimension, as float64 of shape (dims,)."""
    x = np.asarray(value, dtype=np.float64)
    if x.shape not in ((), (dims,)) or not np.isfinite(x).all():
        raise ValueError(f"{name} must be a finite number, or {dims} of them, one a dimension; got {value!r}")
    return np.broadcast_to(x, (dims,))


def per_step(value, shape: tuple[int, ...], name: str) -> np.ndarray:
    """A number > 0, or an array that broadcasts to the shape of the rates, (..., steps)."""
    x = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(x) & (x > 0)).all():
        raise ValueError(f"{name} must be > 0 and finite, got {value!r}")
    return fitted(x, shape, name)


def fitted(x: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """An array in the shape of the rates, by broadcasting."""
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise ValueError(f"{name} must be a number or fit the rates, {shape}; got shape {x.shape}") from None


def number(value, name: str, low: float = 0.0, high: float = np.inf, include_low: bool = False) -> float:
    """A finite number above `low` (or equal, if `include_low`) and below `high`."""
    x = float(value)
    if not (np.isfinite(x) and x < high and (x > low or (include_low and x == low))):
        sign = ">=" if include_low else ">"
        raise ValueError(f"{name} must be {sign} {low:g} and < {high:g}, got {value!r}")
    return x


def whole(value, name: str, low: int = 1) -> int:
    """A whole number >= low."""
    try:
        n = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}") from None
    if n < low:
        raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")
    return n
