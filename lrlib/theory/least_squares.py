"""Streaming least squares with Gaussian inputs: the risk of SGD under any schedule, exactly.

y = x . w* + noise * z with x ~ N(0, diag(l)), z standard normal, every example used once, gradient of
(x . w - y)^2 / 2 averaged over a batch. Unlike the noisy quadratic, the gradient noise shrinks with the loss.
eigenvalues: l_i > 0, shape (dims,). start: w_i(0) - w*_i, a number or shape (dims,). noise: a number.
"""

from __future__ import annotations

import numpy as np

from lrlib.rules import Count, NotNegative, Positive, Refused, StepSize, checked
from lrlib.theory.inputs import Batches, Rates, Spectrum, Vector, per_dimension, per_step


@checked
def excess_risk(
    rates: Rates,
    eigenvalues: Spectrum,
    noise: NotNegative = 1.0,
    start: Vector = 1.0,
    batch_size: Batches = 1.0,
) -> np.ndarray:
    """Expected excess risk of SGD, 1/2 E (x . (w - w*))^2 = 1/2 sum_i l_i a_i, for any sequence of rates.

    a_i <- (1 - eta l_i)^2 a_i + eta^2 / B * [l_i^2 a_i + l_i sum_j l_j a_j + l_i noise^2],
    a_i = E (w_i - w*_i)^2; the bracket is the gradient variance of one Gaussian example (Isserlis' theorem).
    rates: eta_t, shape (..., steps); batch_size: B, a number or an array that broadcasts to the rates.
    Returns the risk before the first and after every update, shape (..., steps + 1).
    Raises ValueError for negative or non-finite rates, eigenvalues <= 0, batch sizes <= 0, noise < 0.
    Ge, Kakade, Kidambi & Netrapalli 2019, arXiv:1904.12838.

    >>> excess_risk([0.1, 0.1], eigenvalues=[1.0, 0.5]).round(4).tolist()
    [0.75, 0.6519, 0.5684]
    """
    eta, spectral = np.asarray(rates), np.asarray(eigenvalues)
    variance = noise**2
    scale = eta**2 / per_step("batch_size", np.asarray(batch_size), eta.shape)
    a = per_dimension("start", np.asarray(start), len(spectral)) ** 2
    a = np.broadcast_to(a, (*eta.shape[:-1], len(spectral)))
    risks = [a @ spectral / 2]
    for t in range(eta.shape[-1]):
        own = spectral**2 * a
        shared = spectral * (2 * risks[-1][..., None] + variance)
        a = (1 - eta[..., t, None] * spectral) ** 2 * a + scale[..., t, None] * (own + shared)
        risks.append(a @ spectral / 2)
    return np.stack(risks, axis=-1)


@checked
def risk_floor(
    rate: Positive, eigenvalues: Spectrum, noise: NotNegative = 1.0, batch_size: Positive = 1.0
) -> float:
    """The excess risk at which a constant rate stops improving on streaming least squares.

    noise^2 / 2 * k / (1 - k) with k = sum_i (eta l_i / B) / (2 - eta l_i (1 + 1 / B)), the fixed point of
    `excess_risk`. Raises ValueError unless the risk converges: eta < 2 / (max(l) (1 + 1 / B)) and k < 1,
    which is stricter than the 2 / max(l) of the mean loss.

    >>> round(risk_floor(0.1, eigenvalues=[1.0, 0.5]), 4)
    0.0446
    """
    room = 2 - rate * eigenvalues * (1 + 1 / batch_size)
    own_noise = float(np.sum(rate * eigenvalues / batch_size / room)) if (room > 0).all() else np.inf
    if own_noise >= 1:
        raise Refused(f"rate must be low enough for the risk to converge, got {rate!r}: lower it")
    return noise**2 / 2 * own_noise / (1 - own_noise)


@checked
def minimax_risk(steps: StepSize, dims: Count, noise: NotNegative = 1.0) -> float:
    """The excess risk that no method beats for every w*, to leading order: dims noise^2 / (2 steps).

    steps: examples seen. Least squares on all of them, the exact minimax for Gaussian inputs, has
    dims noise^2 / (2 (steps - dims - 1)), which tends to it (Mourtada 2022, arXiv:1912.10754).
    Raises ValueError for steps or dims < 1. Ge et al. 2019, arXiv:1904.12838.

    >>> minimax_risk(steps=100, dims=2)
    0.01
    """
    return dims * noise**2 / (2 * steps)
