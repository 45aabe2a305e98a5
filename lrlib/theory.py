"""Problems solved exactly: what a schedule does on a noisy quadratic, without a single training run."""

from __future__ import annotations

import numpy as np


def expected_loss(rates, curvatures, noise: float = 1.0, start: float = 1.0) -> np.ndarray:
    """Expected loss of SGD on the noisy bowl of `tasks.quadratic`, exact for any sequence of rates.

    a_i(t+1) = (1 - eta_t h_i)^2 a_i(t) + eta_t^2 h_i noise^2,  loss(t) = 1/2 sum_i h_i a_i(t),
    with a_i(0) = start^2. rates: eta_t, shape (..., steps); curvatures: h_i, shape (dims,).
    Returns the loss before the first and after every update, shape (..., steps + 1).
    Schaul, Zhang & LeCun 2013, arXiv:1206.1106; Zhang et al. 2019, arXiv:1907.04164.
    """
    eta = np.asarray(rates, dtype=np.float64)
    h = np.asarray(curvatures, dtype=np.float64)
    a = np.full((*eta.shape[:-1], len(h)), float(start) ** 2)
    losses = [a @ h / 2]
    for t in range(eta.shape[-1]):
        step = eta[..., t, None]
        a = (1 - step * h) ** 2 * a + step**2 * h * noise**2
        losses.append(a @ h / 2)
    return np.stack(losses, axis=-1)


def noise_floor(rate: float, curvatures, noise: float = 1.0) -> float:
    """The expected loss at which a constant rate stops improving on the noisy bowl.

    1/2 sum_i eta h_i noise^2 / (2 - eta h_i), from a_i = (1 - eta h_i)^2 a_i + eta^2 h_i noise^2.
    Raises ValueError unless 0 < eta < 2 / max(h), the stability limit.
    """
    h = np.asarray(curvatures, dtype=np.float64)
    if not 0 < rate < 2 / h.max():
        raise ValueError(f"rate must be between 0 and the stability limit {2 / h.max():g}, got {rate!r}")
    return float(np.sum(rate * h * noise**2 / (2 - rate * h)) / 2)
