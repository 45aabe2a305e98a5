"""Step sizes that a theory prescribes step by step, in units of the rate that the theory calls safe."""

import functools
import math
from bisect import bisect_left, insort
from typing import Annotated

import numpy as np

from lrlib import rules
from lrlib.rules import INF, MOST, AtLeastOne, Positive, PowerOfTwo, Rule, check, checked, refused
from lrlib.schedules.core import Schedule, recipe
from lrlib.schedules.shapes import Table, table

__all__ = ["Chebyshev", "Radam", "Silver", "chebyshev", "fractal_order", "radam", "refined", "silver"]

FRACTAL = "fractal"


@checked
def fractal_order(steps: PowerOfTwo) -> np.ndarray:
    """An order of 0 .. steps - 1 in which Chebyshev steps stay stable: each large step beside a small one.

    sigma_1 = (0); sigma_2n puts 2n - 1 - i after every i of sigma_n. Integers of shape (steps,).
    ValueError unless `steps` is a power of two up to 2**20.
    Lebedev & Finogenov 1971, USSR Comp. Math. Math. Phys. 11(2);
    Agarwal, Goel & Zhang 2021, arXiv:2103.01338.

    >>> fractal_order(8).tolist()
    [0, 7, 3, 4, 1, 6, 2, 5]
    """
    order = np.zeros(1, dtype=int)
    while len(order) < steps:
        order = np.stack([order, 2 * len(order) - 1 - order], axis=1).ravel()
    return order


class Chebyshev(Schedule):
    """The steps that reduce a quadratic fastest in `steps` updates, in the fractal order that stays stable.

    lr(t) / base_lr = 2 / (1 + 1/c - (1 - 1/c) * cos(pi * (k + 1/2) / steps)), with k = sigma(floor(t)) and
    c = `condition`; sigma is `fractal_order(steps)`, or k = floor(t) with order="falling", which ends at the
    same point in exact arithmetic only. The last step is held.
    base_lr is 1 / (largest curvature); `condition` >= 1 is the largest over the smallest curvature, and the
    first step is nearly `condition`. `steps` is up to 2**20, and for the fractal order a power of two.
    ValueError otherwise.
    Agarwal, Goel & Zhang 2021, Acceleration via Fractal Learning Rate Schedules, arXiv:2103.01338.

    >>> chebyshev(4, 10).values(4).round(3).tolist()
    [7.449, 1.035, 2.647, 1.385]
    """

    steps: Annotated[int, rules.whole(1, 2**20, of="steps")]
    condition: AtLeastOne = 20
    order: Annotated[str, rules.one_of(FRACTAL, "falling")] = FRACTAL

    def check(self):
        if self.order == FRACTAL:
            check("steps", PowerOfTwo, self.steps)

    multiplier = Table.multiplier

    @functools.cached_property
    def _array(self) -> np.ndarray:
        place = fractal_order(self.steps) if self.order == FRACTAL else np.arange(self.steps)
        smallest = 1 / self.condition
        return 2 / (1 + smallest - (1 - smallest) * np.cos(np.pi * (place + 0.5) / self.steps))


class Silver(Schedule):
    """Mostly short steps and, ever more rarely, ever longer ones, which accelerate plain gradient descent.

    lr(t) / base_lr = 1 + rho**(v - 1), with rho = 1 + sqrt(2) and v how often 2 divides floor(t) + 1
    base_lr is 1 / L for an L-smooth convex function; after n = 2**k - 1 steps the bound is O(n**-1.2716).
    `steps` is a whole number or inf; ValueError otherwise.
    Altschuler & Parrilo 2023, Acceleration by Stepsize Hedging II, arXiv:2309.16530.

    >>> silver().values(4).round(3).tolist()
    [1.414, 2.0, 1.414, 3.414]
    """

    steps: float = INF

    def multiplier(self, t):
        i = np.minimum(t, MOST).astype(np.int64) + 1
        twos = np.frexp(np.asarray(i & -i, dtype=np.float64))[1] - 1
        return 1 + (1 + math.sqrt(2)) ** (twos - 1.0)


class Radam(Schedule):
    """The warmup inside RAdam: Adam's step times the trust in its second moment, 0 while there is none.

    lr(t) / base_lr = sqrt((r - 4) * (r - 2) * R / ((R - 4) * (R - 2) * r)) where r > `threshold`, else 0,
    with n = t + 1, R = 2 / (1 - beta2) - 1 and r = R - 2 * n * beta2**n / (1 - beta2**n)
    `beta2` is Adam's, 0.61 or more and below 1; `threshold` is 4 in the paper and 5 in `torch.optim.RAdam`;
    ValueError otherwise. Over the first 4 or 5 updates RAdam itself takes steps without second moments
    instead of none.
    Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265, algorithm 2.

    >>> radam(0.99).values(7).round(3).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.054, 0.082, 0.104]
    """

    beta2: rules.LongMemory = 0.999
    steps: float = INF
    threshold: Annotated[float, Rule("a number >= 4", rules.within(4, MOST))] = 4

    def multiplier(self, t):
        n = t + 1
        most = 2 / (1 - self.beta2) - 1
        decayed = n * math.log(self.beta2)
        r = most + 2 * n * np.exp(decayed) / np.expm1(decayed)
        r = np.where(r > self.threshold, r, 4)
        return np.sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r))


@recipe
def refined(grad_norms: rules.Positives, smoothing: rules.BelowOne = 0, power: Positive = 2) -> Schedule:
    """The schedule that the gradient norms of an earlier run ask for, at most 1.

    table(w_t * sum of w_s over s > t, divided by the largest), with w_t = grad_norms[t]**-power
    The last step is 0, and constant norms give the linear decay 1 - t / (T - 1), where T is their number.
    The authors' code divides by the sum of w instead, which base_lr absorbs.
    `power` is 2 with Euclidean norms for SGD, 1 with L1 norms for Adam. `smoothing` is the width of a median
    filter on the norms as a fraction of T, 0 for none; before the start it sees the first norm, past the end
    the last ones mirrored. ValueError unless there are two or more norms > 0, and 0 <= smoothing < 1.
    Defazio, Cutkosky, Mehta & Mishchenko 2023, arXiv:2310.07831, algorithm 1.

    >>> refined((2, 2, 2, 2, 2)).values(5).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    if len(grad_norms) < 2:
        raise refused("grad_norms", "two or more numbers > 0", grad_norms)
    norms = np.array(grad_norms, dtype=np.float64)
    half = int(smoothing * len(norms)) // 2
    padded = np.pad(np.pad(norms, (half, 0), mode="edge"), (0, half), mode="reflect")
    norms = np.array(_medians(padded.tolist(), 2 * half + 1))
    weights = (norms.min() / norms) ** power
    after = np.append(np.cumsum(weights[:0:-1])[::-1], 0)
    rates = weights * after
    return table(tuple((rates / rates.max()).tolist()))


def _medians(x: list[float], width: int) -> list[float]:
    """The middle of every `width` neighbours, an odd number, which are kept sorted from one to the next."""
    window = sorted(x[:width])
    medians = [window[width // 2]]
    for gone, new in zip(x, x[width:], strict=False):
        del window[bisect_left(window, gone)]
        insort(window, new)
        medians.append(window[width // 2])
    return medians


chebyshev, silver, radam = Chebyshev, Silver, Radam
