"""One formula each. Shapes with `start, end, steps` say where the rate goes; the others how fast it falls.

`t` is the step on the segment's own clock, a float64 array clipped to [0, steps].
"""

import functools

import numpy as np

from lrlib.rules import INF, Milestones, NotNegative, Positive, StepSize, Values
from lrlib.schedules.core import Schedule, elapsed, quotient

__all__ = ["Constant", "Cosine", "Exponential", "InverseSqrt", "InverseTime", "Linear", "Logarithmic",
           "Multistep", "Polynomial", "Rex", "Step", "Table", "Tanh", "constant", "cosine", "exponential",
           "inverse_sqrt", "inverse_time", "linear", "logarithmic", "multistep", "polynomial", "rex", "step",
           "table", "tanh"]  # fmt: skip


class Constant(Schedule):
    """One value for `steps` steps, by default for ever.

    lr(t) / base_lr = value

    >>> constant(0.5, 3).values(4).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """

    value: float = 1
    steps: float = INF

    def multiplier(self, t):
        return np.full_like(t, self.value)


class Linear(Schedule):
    """A straight line from `start` (step 0) to `end` (step `steps`), then held.

    lr(t) / base_lr = start * (1 - t / steps) + end * t / steps
    Li, Yumer & Ramanan 2020, Budgeted Training, arXiv:1905.04753 (decay to zero);
    Goyal et al. 2017, arXiv:1706.02677, section 2.2 (as a warmup).

    >>> linear(0, 1, 4).values(6).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """

    start: float
    end: float
    steps: int

    def multiplier(self, t):
        p = elapsed(t, self.steps)
        return self.start * (1 - p) + self.end * p


class Polynomial(Schedule):
    """A power of the remaining time, from `start` (step 0) to `end` (step `steps`), then held.

    lr(t) / base_lr = end + (start - end) * (1 - t / steps)**power
    `power` > 0; 1 is linear, larger values fall early and flatten out.
    Chen et al. 2017, DeepLab, arXiv:1606.00915, section 4.1 ("poly").

    >>> polynomial(1, 0, 4, power=2).values(5).tolist()
    [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    start: float
    end: float
    steps: int
    power: Positive = 1

    def multiplier(self, t):
        return self.end + (self.start - self.end) * (1 - elapsed(t, self.steps)) ** self.power


class Cosine(Schedule):
    """Half a cosine from `start` (step 0) to `end` (step `steps`), then held.

    lr(t) / base_lr = end + (start - end) * (1 + cos(pi * t / steps)) / 2
    Loshchilov & Hutter 2017, SGDR, arXiv:1608.03983, eq. 5 without restarts.

    >>> cosine(1, 0, 4).values(6).round(3).tolist()
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    start: float
    end: float
    steps: int

    def multiplier(self, t):
        return self.end + (self.start - self.end) * (1 + np.cos(np.pi * elapsed(t, self.steps))) / 2


class Exponential(Schedule):
    """Multiplied by `gamma` every `decay_steps` steps, smoothly: `exponential(0.1, 600)` is a tenth at 600.

    lr(t) / base_lr = gamma**(t / decay_steps), for `gamma` = 0 the limit: 1 at step 0, then 0
    torch's ExponentialLR is `decay_steps=1`; Keras' ExponentialDecay calls gamma `decay_rate`.

    >>> exponential(0.1, 600)(np.array([0, 300, 600])).round(3).tolist()
    [1.0, 0.316, 0.1]
    """

    gamma: NotNegative
    decay_steps: StepSize = 1
    steps: float = INF

    def multiplier(self, t):
        return self.gamma ** (t / self.decay_steps)


class InverseTime(Schedule):
    """Falls like 1/t once t is well past `timescale`, where it has halved (for `power=1`).

    lr(t) / base_lr = 1 / (1 + t / timescale)**power
    `timescale` in steps, > 0. Robbins & Monro 1951, doi:10.1214/aoms/1177729586: a step size whose sum
    diverges while the sum of its squares converges (0.5 < power <= 1).

    >>> inverse_time(10)(np.array([0, 10, 90])).tolist()
    [1.0, 0.5, 0.1]
    """

    timescale: Positive
    power: Positive = 1
    steps: float = INF

    def multiplier(self, t):
        return (1 + t / self.timescale) ** -self.power


class InverseSqrt(Schedule):
    """Falls like 1/sqrt(t) once t is well past `timescale` (in steps, > 0).

    lr(t) / base_lr = 1 / sqrt(1 + t / timescale)
    `linear(0, 1, W) >> inverse_sqrt(W)` is the usual transformer schedule:
    Vaswani et al. 2017, arXiv:1706.03762, section 5.3; Zhai et al. 2022, arXiv:2106.04560.

    >>> inverse_sqrt(10)(np.array([0, 30])).tolist()
    [1.0, 0.5]
    """

    timescale: Positive
    steps: float = INF

    def multiplier(self, t):
        return 1 / np.sqrt(1 + t / self.timescale)


class Step(Schedule):
    """Multiplied by `gamma` after every `step_size` steps: a staircase.

    lr(t) / base_lr = gamma**floor(t / step_size); `gamma` >= 0, and 0 ends it at the first step down
    Ge et al. 2019, The Step Decay Schedule, arXiv:1904.12838.

    >>> step(30, 0.5)(np.array([29, 30, 59, 60])).tolist()
    [1.0, 0.5, 0.5, 0.25]
    """

    step_size: StepSize
    gamma: NotNegative = 0.1
    steps: float = INF

    def multiplier(self, t):
        return self.gamma ** quotient(t, self.step_size)


class Multistep(Schedule):
    """Multiplied by `gamma` at each milestone; update `m` is the first at the lower rate.

    lr(t) / base_lr = gamma**(number of milestones <= t); a repeated milestone counts twice.
    `gamma` >= 0, and 0 ends it at the first milestone.
    He et al. 2016, arXiv:1512.03385, section 3.4.

    >>> multistep((30, 80), 0.5)(np.array([29, 30, 79, 80])).tolist()
    [1.0, 0.5, 0.5, 0.25]
    """

    milestones: Milestones
    gamma: NotNegative = 0.1
    steps: float = INF

    def multiplier(self, t):
        return float(self.gamma) ** np.searchsorted(self.milestones, t, side="right")


class Rex(Schedule):
    """Slow at first and fast at the end, a reflected exponential; from `start` to `end`, then held.

    lr(t) / base_lr = end + (start - end) * (1 - p) / (beta + (1 - beta) * (1 - p)), with p = t / steps
    `beta` > 0: 1/2 is REX, 1 is linear, larger values bend the other way. ValueError for a `beta` <= 0.
    Chen, Wolfe & Kyrillidis 2022, REX, arXiv:2107.04197.

    >>> rex(1, 0, 4).values(5).round(3).tolist()
    [1.0, 0.857, 0.667, 0.4, 0.0]
    """

    start: float
    end: float
    steps: int
    beta: Positive = 0.5

    def multiplier(self, t):
        left = 1 - elapsed(t, self.steps)
        return self.end + (self.start - self.end) * left / (self.beta + (1 - self.beta) * left)


class Tanh(Schedule):
    """A falling sigmoid between about `start` (step 0) and about `end` (step `steps`), then held.

    lr(t) / base_lr = end + (start - end) * (1 - tanh(lower + (upper - lower) * t / steps)) / 2
    `lower` and `upper` are the stretch of tanh that is used, -6 and 3 in the paper: so step 0 is at
    0.999994 of the way and the end at 0.0025, neither exactly at `start` or `end`.
    Hsueh, Li & Wu 2019, Stochastic Gradient Descent with Hyperbolic-Tangent Decay, arXiv:1806.01593.

    >>> tanh(1, 0, 3).values(4).round(3).tolist()
    [1.0, 0.998, 0.5, 0.002]
    """

    start: float
    end: float
    steps: int
    lower: float = -6
    upper: float = 3

    def multiplier(self, t):
        at = self.lower + (self.upper - self.lower) * elapsed(t, self.steps)
        return self.end + (self.start - self.end) * (1 - np.tanh(at)) / 2


class Logarithmic(Schedule):
    """From `start` (step 0) to `end` (step `steps`) along a logarithm, steep at first; then held.

    lr(t) / base_lr = start + (end - start) * ln(1 + t) / ln(1 + steps)
    DeepSpeed's default warmup, where W warmup steps are `steps = W - 1`.

    >>> logarithmic(0, 1, 3).values(4).round(3).tolist()
    [0.0, 0.5, 0.792, 1.0]
    """

    start: float
    end: float
    steps: int

    def multiplier(self, t):
        p = elapsed(np.log1p(t), np.log1p(self.steps))
        return self.start * (1 - p) + self.end * p


class Table(Schedule):
    """Any schedule at all: `multipliers[t]` at update t, the last one held.

    lr(t) / base_lr = multipliers[min(floor(t), n - 1)], with n = len(multipliers), which is its length.
    `table([f(t) for t in range(T)])` takes what a function f of the step says, as torch's LambdaLR does.
    ValueError unless `multipliers` is a tuple (or list or array) of one or more finite numbers.

    >>> table([1, 0.5, 0.25]).values(5).tolist()
    [1.0, 0.5, 0.25, 0.25, 0.25]
    """

    multipliers: Values
    steps = property(lambda self: len(self.multipliers))

    def multiplier(self, t):
        return self._array[np.minimum(t, self.steps - 1).astype(np.int64)]

    @functools.cached_property
    def _array(self) -> np.ndarray:
        return np.array(self.multipliers, dtype=np.float64)


constant, linear, polynomial, cosine, exponential = Constant, Linear, Polynomial, Cosine, Exponential
inverse_time, inverse_sqrt, step, multistep = InverseTime, InverseSqrt, Step, Multistep
rex, tanh, logarithmic, table = Rex, Tanh, Logarithmic, Table
