"""Three problems with gradients in closed form, so that every library is handed the same numbers in float64.

A problem has `start`, a tuple of arrays, and `loss(weights, t)` and `gradient(weights, t)` of update t,
counted from 0; they say what the gradient is without torch and jax. `loss` computes with any array library of
NumPy's functions: optax's line search asks for it in jax.

quadratic: six weights, curvatures 0.003 .. 3 in a rotated basis, minimum at `QUADRATIC.minimum`.
logistic: five weights, eight of 64 rows at each update: a noisy gradient.
net: 3 inputs, four hidden tanh units, two outputs, squared error on eight of 32 rows: matrices and vectors.
"""

from __future__ import annotations

import numpy as np

Weights = tuple[np.ndarray, ...]
BATCH = 8


class Quadratic:
    """loss(w) = (w - minimum)' H (w - minimum) / 2, H = Q diag(curvatures) Q', Q a reflection."""

    def __init__(self, size: int = 6):
        direction = np.arange(1.0, size + 1) / np.linalg.norm(np.arange(1.0, size + 1))
        reflection = np.eye(size) - 2 * np.outer(direction, direction)
        self.hessian = reflection @ np.diag(np.geomspace(3e-3, 3, size)) @ reflection
        self.minimum = np.linspace(-1, 1, size)
        self.start: Weights = (np.linspace(2, 3, size),)

    def loss(self, weights, t, xp=np):
        away = weights[0] - self.minimum
        return away @ self.hessian @ away / 2

    def gradient(self, weights: Weights, t: int) -> Weights:
        return (self.hessian @ (weights[0] - self.minimum),)


class Logistic:
    """Mean of log(1 + exp(-y x'w)) over the rows of a batch, and a little of |w|^2."""

    def __init__(self, rows: int = 64, size: int = 5, decay: float = 1e-2):
        draws = np.random.default_rng(12)
        self.inputs, noise = draws.normal(size=(rows, size)), draws.normal(size=rows)
        self.labels = np.sign(self.inputs @ np.linspace(-1, 2, size) + noise)
        self.batches = draws.integers(rows, size=(200, BATCH))
        self.decay, self.start = decay, (np.linspace(0.5, -0.5, size),)

    def loss(self, weights, t, xp=np):
        rows = xp.asarray(self.batches)[t]
        margins = xp.asarray(self.labels)[rows] * (xp.asarray(self.inputs)[rows] @ weights[0])
        return xp.mean(xp.logaddexp(0.0, -margins)) + self.decay * weights[0] @ weights[0] / 2

    def gradient(self, weights: Weights, t: int) -> Weights:
        rows = self.batches[t]
        inputs, labels = self.inputs[rows], self.labels[rows]
        slopes = -labels / (1 + np.exp(labels * (inputs @ weights[0])))
        return (inputs.T @ slopes / BATCH + self.decay * weights[0],)


class Net:
    """Mean over a batch of |tanh(x A' + a) B' + b - y|^2 / 2; weights (A, a, B, b)."""

    def __init__(self, rows: int = 32, sizes: tuple[int, int, int] = (3, 4, 2)):
        draws = np.random.default_rng(3)
        inputs, hidden, outputs = sizes
        self.inputs = draws.normal(size=(rows, inputs))
        self.targets = np.sin(self.inputs[:, :outputs]) + 0.1 * draws.normal(size=(rows, outputs))
        self.batches = draws.integers(rows, size=(200, BATCH))
        shapes = ((hidden, inputs), (hidden,), (outputs, hidden), (outputs,))
        self.start: Weights = tuple(0.5 * draws.normal(size=shape) for shape in shapes)

    def loss(self, weights, t, xp=np):
        rows = xp.asarray(self.batches)[t]
        first, shift, second, bias = weights
        hidden = xp.tanh(xp.asarray(self.inputs)[rows] @ first.T + shift)
        errors = hidden @ second.T + bias - xp.asarray(self.targets)[rows]
        return xp.sum(errors * errors) / (2 * BATCH)

    def gradient(self, weights: Weights, t: int) -> Weights:
        rows = self.batches[t]
        first, shift, second, bias = weights
        hidden = np.tanh(self.inputs[rows] @ first.T + shift)
        errors = (hidden @ second.T + bias - self.targets[rows]) / BATCH
        back = (errors @ second) * (1 - hidden * hidden)
        return back.T @ self.inputs[rows], back.sum(0), errors.T @ hidden, errors.sum(0)


QUADRATIC = Quadratic()
PROBLEMS = {"quadratic": QUADRATIC, "logistic": Logistic(), "net": Net()}
