"""Step sizes that a theory prescribes step by step, in units of the rate that the theory calls safe."""

from __future__ import annotations

import functools
import math

import numpy as np

from lrlib.rules import INF, MOST, AtLeastOne, Length, LongMemory, Positives, PowerOfTwo
from lrlib.schedules.core import Schedule, recipe
from lrlib.schedules.shapes import table

__all__ = [
    "Chebyshev",
    "Radam",
    "Silver",
    "chebyshev",
    "radam",
    "refined",
    "silver",
]


class Chebyshev(Schedule):
    """The steps that reduce a quadratic fastest in `steps` updates, in the fractal order that stays stable.

    lr(t) / base_lr = 2 / (1 + 1/c - (1 - 1/c) * cos(pi * (k + 1/2) / steps)), with k = sigma(floor(t)) and
    c = `condition`; sigma_1 = (0), sigma_2n interleaves sigma_n with 2n - 1 - sigma_n. The last step is held.
    base_lr is 1 / (largest curvature); `condition` >= 1 is the largest over the smallest curvature, and the
    first step is nearly `condition`. `steps` is a power of two up to 2**20. ValueError otherwise.
    Agarwal, Goel & Zhang 2021, Acceleration via Fractal Learning Rate Schedules, arXiv:2103.01338.
    """

    steps: PowerOfTwo
    condition: AtLeastOne = 20

    def multiplier(self, t):
        return self._values[np.minimum(t, self.steps - 1).astype(np.int64)]

    @functools.cached_property
    def _values(self) -> np.ndarray:
        order = np.zeros(1)
        while len(order) < self.steps:
            order = np.stack([order, 2 * len(order) - 1 - order], axis=1).ravel()
        smallest = 1 / self.condition
        return 2 / (1 + smallest - (1 - smallest) * np.cos(np.pi * (order + 0.5) / self.steps))


class Silver(Schedule):
    """Mostly short steps and, ever more rarely, ever longer ones, which accelerate plain gradient descent.

    lr(t) / base_lr = 1 + rho**(v - 1), with rho = 1 + sqrt(2) and v how often 2 divides floor(t) + 1
    base_lr is 1 / L for an L-smooth convex function; after n = 2**k - 1 steps the bound is O(n**-1.2716).
    `steps` is a whole number or inf; ValueError otherwise.
    Altschuler & Parrilo 2023, Acceleration by Stepsize Hedging II, arXiv:2309.16530.
    """

    steps: Length = INF

    def multiplier(self, t):
        i = np.minimum(t, MOST).astype(np.int64) + 1
        twos = np.frexp(np.asarray(i & -i, dtype=np.float64))[1] - 1
        return 1 + (1 + math.sqrt(2)) ** (twos - 1.0)


class Radam(Schedule):
    """The warmup inside RAdam: Adam's step times the trust in its second moment, 0 while there is none.

    lr(t) / base_lr = sqrt((r - 4) * (r - 2) * R / ((R - 4) * (R - 2) * r)) where r > 4, else 0,
    with n = t + 1, R = 2 / (1 - beta2) - 1 and r = R - 2 * n * beta2**n / (1 - beta2**n)
    `beta2` is Adam's, 0.61 or more and below 1; ValueError otherwise. Over the first 4 or 5 updates RAdam
    itself takes steps without second moments instead of none.
    Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond, arXiv:1908.03265, algorithm 2.
    """

    beta2: LongMemory = 0.999
    steps: Length = INF

    def multiplier(self, t):
        n = t + 1
        most = 2 / (1 - self.beta2) - 1
        decayed = n * math.log(self.beta2)
        r = np.maximum(most + 2 * n * np.exp(decayed) / np.expm1(decayed), 4)
        return np.sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r))


@recipe
def refined(gradient_norms: Positives) -> Schedule:
    """The schedule that the gradient norms of an earlier run ask for, at most 1.

    table(w_t * sum of w_s over s > t, divided by the largest), with w_t = gradient_norms[t]**-2
    The last step is 0, and constant norms give the linear decay 1 - t / (T - 1), where T is their number.
    The authors' code divides by the sum of w instead, which base_lr absorbs.
    Smooth noisy norms first, as the authors do. ValueError unless there are two or more norms > 0.
    Defazio, Cutkosky, Mehta & Mishchenko 2023, arXiv:2310.07831.
    """
    norms = np.array(gradient_norms, dtype=np.float64)
    if len(norms) < 2:
        raise ValueError(f"refined: gradient_norms must be two or more numbers > 0, got {len(norms)}")
    weights = (norms.min() / norms) ** 2
    after = np.append(np.cumsum(weights[:0:-1])[::-1], 0)
    rates = weights * after
    return table(tuple((rates / rates.max()).tolist()))


chebyshev = Chebyshev
silver = Silver
radam = Radam
