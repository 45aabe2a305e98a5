"""Logistic regression with a ridge, a convex problem whose minimum is computed to rounding."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from lrlib.rules import Positive, Refused, Rule, checked


def _cases(given) -> np.ndarray:
    x = np.asarray(given, dtype=np.float64)
    if x.ndim != 2 or not x.size or not np.isfinite(x).all():
        raise ValueError
    return x


def _labels(given) -> np.ndarray:
    y = np.asarray(given, dtype=np.float64)
    if y.ndim != 1 or not np.isin(y, (0, 1)).all():
        raise ValueError
    return y


Cases = Annotated[np.ndarray, Rule("finite numbers of shape (cases, n)", _cases)]
Labels = Annotated[np.ndarray, Rule("a list of 0 and 1, one a case", _labels)]


@checked
def logistic_minimum(cases: Cases, labels: Labels, l2: Positive) -> tuple[float, np.ndarray, float]:
    """The least loss of logistic regression with a ridge, and the weights and the intercept that have it.

    loss = mean(log(1 + exp(z)) - y z) + l2 / 2 * |w|^2, in nats, with z = w . x + b and y = 0 or 1.
    cases: x, shape (cases, n). labels: y. Returns (loss, w of shape (n,), b). By Newton steps in a trust
    region (scipy), until the loss is exact to rounding: a gradient below 1e-8.
    Raises ValueError for l2 <= 0, labels other than 0 and 1, or not one a case.

    >>> loss, w, b = logistic_minimum([[-1.0], [1.0]], [0, 1], l2=0.1)
    >>> round(loss, 4), w.round(4).tolist(), abs(round(b, 6))
    (0.3118, [1.6335], 0.0)
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    if len(labels) != len(cases):
        raise Refused(f"labels must be one a case, got {len(labels)} for {len(cases)} cases")
    rows = np.column_stack([cases, np.ones(len(cases))])
    ridge = l2 * np.append(np.ones(cases.shape[1]), 0.0)

    def loss(w):
        z = rows @ w
        return (np.logaddexp(0, z) - labels * z).mean() + ridge @ w**2 / 2

    def gradient(w):
        return rows.T @ (expit(rows @ w) - labels) / len(rows) + ridge * w

    def curvature(w):
        chance = expit(rows @ w)
        return (rows.T * (chance * (1 - chance))) @ rows / len(rows) + np.diag(ridge)

    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=gradient, hess=curvature, method="trust-exact", options={"gtol": 1e-10})
    return float(found.fun), found.x[:-1], float(found.x[-1])
