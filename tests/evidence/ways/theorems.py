"""Step decay against linear decay again: all ten directions, and the bound as two sums."""

from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar

from lrlib import theory
from lrlib.evidence.measures import theorems
from lrlib.schedules import cosine, linear
from tests.evidence.ways import Way

PEAKS = np.concatenate([2.0 ** np.arange(-12, -2.1, 0.5), np.linspace(0.25, 0.283, 12)])


@cache
def lowest(name, condition):
    shapes = theorems.polynomials() if name == "polynomial" else {name: theorems.shapes()[name]}
    best = [float(np.nanmin(_final(shape, condition))) for shape in shapes.values()]
    return min(best) / theory.minimax_risk(theorems.STEPS, theorems.DIMS)


def _final(shape, condition):
    spectrum = np.repeat([1.0, 1 / condition], 5)
    with np.errstate(over="ignore", invalid="ignore"):
        return theory.excess_risk(PEAKS[:, None] * shape, spectrum, start=10.0)[:, -1]


def exponent(name):
    rise = [np.log(lowest(name, condition)) for condition in theorems.CONDITIONS]
    x = np.log(theorems.CONDITIONS) - np.mean(np.log(theorems.CONDITIONS))
    return float(x @ rise / (x @ x))


def bound(rates):
    """The theorem as it is printed, by two nested sums."""
    first = (1 + np.sum(rates**2)) / (2 * np.sum(rates))
    later = [rates[k] / rates[k + 1 :].sum() * np.sum(rates[k:] ** 2) / rates[k:].sum()
             for k in range(len(rates) - 1)]  # fmt: skip
    return first + sum(later) / 2


def worst_case():
    best = [minimize_scalar(lambda log_rate, s=s: bound(np.exp(log_rate) * s), (-6, -3)).fun
            for s in (linear(1, 0, 1024).values(1024), cosine(1, 0, 1024).values(1024))]  # fmt: skip
    return 100 * (best[1] / best[0] - 1)


WAYS = {
    "polynomial-decay-off-by-condition": Way(lambda: exponent("polynomial"), within=0.02, long=True),
    "step-decay-off-by-logarithms": Way(lambda: exponent("step decay"), within=0.02, long=True),
    "linear-decay-on-least-squares": Way(
        lambda: lowest("linear", 256) / lowest("step decay", 256), within=0.02
    ),
    "linear-decay-best-in-the-worst-case": Way(worst_case, within=0.01),
}
