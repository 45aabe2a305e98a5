"""Laws that predict a whole loss curve from the rates of a run, and public curves to hold them against.

Conventions, for every law:

- `rates` are the rates really used, base_lr included, shape (T,): `rates[t]` is in effect at update t >= 0;
- the loss of step t is the one logged at update t, after the rates[0] .. rates[t];
- S1(t) = rates[0] + ... + rates[t], the sum of the rates so far;
- constants are positive and are fitted in logarithm; a fit is about one peak rate and one model.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.optimize import least_squares, minimize_scalar, nnls
from scipy.signal import lfilter

from lrlib import data
from lrlib.rules import unknown
from lrlib.schedules import Schedule, constant, cosine, exponential, linear

HUBER = 1e-3  # of log loss, where squares turn to absolute values: the choice of arXiv:2203.15556
MOST_WEIGHT = 10
THIN = 8  # a start is judged on every THIN-th logged loss
PAIRS = 2**14  # pairs of steps taken at once; more would not fit the processor's cache


@dataclass(frozen=True, eq=False)
class Curve:
    """A loss curve: the rates of a run and the losses logged at some of its steps.

    rates: shape (T,), finite, >= 0. steps: shape (n,), rising whole numbers 0 .. T-1. losses: shape (n,),
    positive. Raises ValueError for anything else.
    """

    rates: np.ndarray
    steps: np.ndarray
    losses: np.ndarray
    name: str = ""

    def __post_init__(self):
        rates = _rates(self.rates)
        steps = _steps(self.steps, len(rates))
        losses = np.asarray(self.losses, dtype=np.float64)
        if losses.shape != steps.shape or not np.all(np.isfinite(losses) & (losses > 0)):
            raise ValueError(f"curve {self.name!r}: losses must be positive, one a step, got {self.losses!r}")
        if np.any(np.diff(steps) <= 0):
            raise ValueError(f"curve {self.name!r}: steps must rise, got {self.steps!r}")
        for field, value in (("rates", rates), ("steps", steps), ("losses", losses)):
            object.__setattr__(self, field, value)

    @property
    def decaying(self) -> np.ndarray:
        """Whether each logged step is in the decay phase: its rate is below an earlier one, shape (n,)."""
        return (self.rates < np.maximum.accumulate(self.rates))[self.steps]

    def every(self, n: int) -> Curve:
        """Every n-th logged loss, counted back from the last, which is kept."""
        return dataclasses.replace(self, steps=self.steps[::-n][::-1], losses=self.losses[::-n][::-1])


class Law:
    """A formula for the loss of step t, with positive constants: the fields of the frozen dataclass."""

    LINEAR: ClassVar[tuple[str, ...]]  # constants that the loss is linear in
    ANNEALS: ClassVar[bool] = True  # it says what a falling rate does, so it must have seen one

    def predict(self, rates, steps=None) -> np.ndarray:
        """The loss at `steps`, shape (n,), by default at every step, when a run uses `rates`, shape (T,).

        Raises ValueError for rates that are negative or not finite, and for steps outside 0 .. T-1.
        """
        rates = _rates(rates)
        steps = np.arange(len(rates)) if steps is None else _steps(steps, len(rates))
        return self._evaluate(rates, steps, gradient=False)[0]

    def _evaluate(self, rates, steps, gradient: bool):
        """The loss, shape (n,), and by constant its derivative along the constant's logarithm, shape (n,)."""
        raise NotImplementedError

    @classmethod
    def _shapes(cls, peak: float) -> Iterable[dict[str, float]]:
        """Where to start: values of the constants that are not in LINEAR, for a peak rate."""
        return [{"alpha": alpha} for alpha in (0.2, 0.5, 1.0)]

    @classmethod
    def _fit(cls, curves, equal_phases: bool, most: int = 200, **fixed: float) -> tuple[Law, float]:
        curves = list(curves)
        free = [field.name for field in dataclasses.fields(cls) if field.name not in fixed]
        _enough(cls, curves, 2 * len(free))
        few = [curve.every(THIN) for curve in curves] if _logged(curves) > 4 * THIN * len(free) else curves
        peak = max(curve.rates.max() for curve in curves)
        starts = [_linear_start(cls, few, {**shape, **fixed}) for shape in cls._shapes(peak)]
        law, _ = min(
            (_descend(start, few, free, equal_phases, most) for start in starts), key=lambda got: got[1]
        )
        return _descend(law, curves, free, equal_phases, most)


@dataclass(frozen=True)
class PowerLaw(Law):
    """A curve that knows how long a run is, not its rates: the baseline a law of annealing must beat.

    L(t) = L0 + A (t + 1)^-alpha
    The form in steps of Hoffmann et al. 2022, arXiv:2203.15556, for one model size.
    """

    L0: float
    A: float
    alpha: float
    LINEAR: ClassVar = ("L0", "A")
    ANNEALS: ClassVar = False

    @classmethod
    def fit(cls, curves: Iterable[Curve], equal_phases: bool = False) -> PowerLaw:
        """The constants that fit some curves best; see `MultiPowerLaw.fit`. Needs 6 logged losses."""
        return cls._fit(curves, equal_phases)[0]

    def _evaluate(self, rates, steps, gradient):
        return _power_law(self, steps + 1.0)


@dataclass(frozen=True)
class AnnealingLaw(Law):
    """A power of the summed rates, less a momentum of how far the rate has fallen.

    L(t) = L0 + A S1(t)^-alpha - C S2(t)
    S2(t) = sum_{i=1..t} m(i),  m(i) = lam m(i-1) + rates[i-1] - rates[i],  m(0) = 0
    The steps of warmup, the unbroken rise from step 0 on, count as if at the rate that it reaches.
    `lam` is a memory of 1 / (1 - lam) steps. Cost: O(T).
    Tissue, Wang & Wang 2024, arXiv:2408.11029.
    """

    L0: float
    A: float
    alpha: float
    C: float
    lam: float = 0.999
    LINEAR: ClassVar = ("L0", "A", "C")

    @classmethod
    def fit(
        cls, curves: Iterable[Curve], equal_phases: bool = False, lam: float | None = 0.999
    ) -> AnnealingLaw:
        """The constants that fit some curves best; see `MultiPowerLaw.fit`. Needs 8 logged losses.

        lam: held at this value, between 0 and 1; None fits it too, between 0.5 and 0.99999.
        """
        curves = list(curves)
        if lam is not None:
            if not 0 < lam < 1:
                raise ValueError(f"lam must be between 0 and 1, or None to fit it, got {lam!r}")
            return cls._fit(curves, equal_phases, lam=lam)[0]

        def cost(log_forgetting):
            return cls._fit(curves, equal_phases, lam=1 - float(np.exp(log_forgetting)))[1]

        found = minimize_scalar(cost, bounds=np.log([1e-5, 0.5]), method="bounded", options={"xatol": 1e-3})
        return cls._fit(curves, equal_phases, lam=1 - float(np.exp(found.x)))[0]

    def _evaluate(self, rates, steps, gradient):
        warm = rates.copy()
        risen = np.flatnonzero(np.diff(rates) <= 0)
        top = risen[0] if len(risen) else len(rates) - 1
        warm[:top] = rates[top]
        fallen = lfilter([1.0], [1.0, -self.lam], -np.diff(warm, prepend=warm[0]))
        loss, slopes = _power_law(self, np.cumsum(warm)[steps])
        annealed = self.C * np.cumsum(fallen)[steps]
        return loss - annealed, {**slopes, "C": -annealed}


@dataclass(frozen=True)
class MultiPowerLaw(Law):
    """A power of the summed rates, less what each fall of the rate has brought since, itself a power.

    L(t) = L0 + A S1(t)^-alpha - B LD(t)
    LD(t) = sum_{k=1..t} (rates[k-1] - rates[k]) (1 - (1 + C rates[k]^-gamma S_k(t))^-beta)
    S_k(t) = rates[k] + ... + rates[t]
    Warmup is inside both sums, as a rate that rises; where no rate has been used yet the loss is inf. The
    cost is O(asked steps x changes of the rate): a rate that stays costs nothing. Raises ValueError where the
    rate falls to 0: there the formula is singular, and a floor is needed.
    Luo et al. 2025, arXiv:2503.12811.
    """

    L0: float
    A: float
    alpha: float
    B: float
    C: float
    beta: float
    gamma: float
    LINEAR: ClassVar = ("L0", "A", "B")

    @classmethod
    def fit(cls, curves: Iterable[Curve], equal_phases: bool = False) -> MultiPowerLaw:
        """The constants that fit some curves best: least Huber loss of log(predicted / logged), 0.001.

        curves: of one model at one peak rate, with a rate that falls in at least one of them, and 14 logged
        losses together. equal_phases: where a curve has few losses in its decay phase, these weigh as much
        as an average curve (each up to 10 times a loss elsewhere). From several starts, scaled to the peak
        rate; reweighted least squares with exact derivatives. The constants are a sloppy set: very different
        ones predict alike. Raises ValueError for too little data, naming the curves.
        """
        curves = list(curves)
        for curve in curves:
            if not curve.rates[: curve.steps[0] + 1].any():
                raise ValueError(
                    f"curve {curve.name!r}: drop step {curve.steps[0]}: no rate has been used yet, S1 is 0"
                )
        return cls._fit(curves, equal_phases)[0]

    @classmethod
    def _shapes(cls, peak):
        for gamma in (0.3, 0.7):
            for steps in (10, 100):  # after which a fall of the rate has brought a third of its gain
                yield {"alpha": 0.5, "C": peak ** (gamma - 1) / steps, "beta": 0.6, "gamma": gamma}

    def _evaluate(self, rates, steps, gradient):
        total = np.cumsum(rates)
        loss, slopes = _power_law(self, total[steps])
        gained, by_c, by_beta, by_gamma = self._gains(rates, total, steps, gradient)
        slopes |= {
            "B": -self.B * gained,
            "C": -self.B * self.beta * by_c,
            "beta": -self.B * self.beta * by_beta,
            "gamma": self.B * self.beta * self.gamma * by_gamma,
        }
        return loss - self.B * gained, slopes

    def _gains(self, rates, total, steps, gradient):
        """LD at `steps`, and the three sums its derivatives are made of; shape (4, n)."""
        k = 1 + np.flatnonzero(np.diff(rates))
        if np.any(rates[k] == 0):
            raise ValueError(
                f"rates must not fall to 0, where the law is singular, got 0 at step {k[rates[k] == 0][0]}; "
                "use a floor, such as 1 % of the peak"
            )
        fall = rates[k - 1] - rates[k]
        weighted = np.stack([fall, fall * np.log(rates[k])], axis=1)
        scale, before = self.C * rates[k] ** -self.gamma, total[k - 1]
        sums = np.zeros((4, len(steps)))
        rows = max(1, PAIRS // max(1, len(k)))
        for first in range(0, len(steps), rows):
            part = slice(first, first + rows)
            past = np.searchsorted(k, steps[part].max(), side="right")
            x = scale[:past] * np.maximum(total[steps[part], None] - before[:past], 0)
            log = np.log1p(x)
            gain = -np.expm1(-self.beta * log)
            sums[0, part] = gain @ fall[:past]
            if gradient:
                rest = 1 - gain
                sums[2, part] = (rest * log) @ fall[:past]
                sums[1::2, part] = ((rest * x / (1 + x)) @ weighted[:past]).T
        return sums


def errors(law: Law, curve: Curve) -> dict[str, float]:
    """How a law's prediction differs from a curve, over its n logged losses.

    R2 = 1 - sum (p - y)^2 / sum (y - mean y)^2; MAE, RMSE in the unit of the loss; PredE and WorstE, mean and
    largest |p - y| / y; final = p - y at the last logged step. The names are those of arXiv:2503.12811.
    """
    predicted, losses = law.predict(curve.rates, curve.steps), curve.losses
    gap = predicted - losses
    return {
        "R2": float(1 - np.sum(gap**2) / np.sum((losses - losses.mean()) ** 2)),
        "MAE": float(np.mean(np.abs(gap))),
        "RMSE": float(np.sqrt(np.mean(gap**2))),
        "PredE": float(np.mean(np.abs(gap) / losses)),
        "WorstE": float(np.max(np.abs(gap) / losses)),
        "final": float(gap[-1]),
    }


@dataclass(frozen=True)
class LoggedRun:
    """A logged run. config: its settings, as its trainer had them; history: group of metrics -> table.

    A table has one row an update, by `iter`, and the columns that were logged at every row.
    """

    name: str
    config: dict
    history: dict[str, pd.DataFrame]


def public_schedule(name: str) -> Schedule:
    """The schedule of a public curve, as multipliers of the peak rate 3e-4. ValueError for another name.

    All: steps 0 .. 2159 rise in a line from 0 to 1, both ends included. cosine_T: from step 2160 half a
    cosine to 0.1, which step T would reach. constant_T: 1. wsd_S_T: 1 to step S, then an exponential to 0.1,
    which step T would reach; wsdld_S_T: a line. wsdcon_K: 1 to step 8000, then K / 30 for 8000 steps.
    Luo et al. 2025, arXiv:2503.12811.
    """
    if name not in PUBLIC:
        raise ValueError(unknown("public curve", name, PUBLIC))
    return linear(0, 1, WARMUP - 1) >> constant(1, 1) >> PUBLIC[name]


def public(size: int, name: str) -> Curve:
    """A public loss curve of a language model of `size` million parameters: 25, 100 or 400.

    name: one of PUBLIC. The rates are rebuilt from `public_schedule` and held against those in the file.
    Raises ValueError for another size or name, `data.Unavailable` when the file cannot be had.
    Luo et al. 2025, arXiv:2503.12811 (MIT licence).
    """
    schedule = public_schedule(name)
    if size not in PUBLISHED:
        raise ValueError(unknown("size", str(size), [str(known) for known in PUBLISHED]))
    table = pd.read_csv(data.fetch(f"multipowerlaw/loss_curve_repo/csv_{size}/{name}.csv"))
    rates = PEAK * schedule.values(int(schedule.steps))
    steps = table.step.to_numpy()
    if not np.allclose(rates[steps], table.lr, rtol=1e-12, atol=0):
        raise ValueError(f"curve {name!r} of size {size}: the file's rates are not those of its schedule")
    return Curve(rates, steps, table.loss.to_numpy(), f"{name}, {size}M")


def logged(path: str) -> LoggedRun:
    """One of the 235 logged runs at `data.paths("lr-scheduling/data/")`; ValueError for another path.

    A run that was resumed logged some updates more than once, its parts in no fixed order: kept is the row
    of the part that started last (of these, of the longest), which is the part that the run went on from.
    Haegele et al. 2024, arXiv:2405.18392; Schaipp et al. 2025, arXiv:2501.18965 (MIT licence).
    """
    if not path.startswith("lr-scheduling/data/"):
        raise ValueError(f"path must start with 'lr-scheduling/data/', got {path!r}")
    found = json.loads(data.fetch(path).read_text(encoding="utf-8"))
    history = {group: _table(columns) for group, columns in found["history"].items()}
    return LoggedRun(path.removeprefix("lr-scheduling/data/").removesuffix(".json"), found["config"], history)


def _table(columns: dict[str, list]) -> pd.DataFrame:
    rows = len(columns["iter"])
    table = pd.DataFrame({name: values for name, values in columns.items() if len(values) == rows})
    part = table.groupby(table["iter"].diff().le(0).cumsum())["iter"]
    order = np.lexsort((part.transform("max"), part.transform("min")))
    return table.iloc[order].drop_duplicates("iter", keep="last").set_index("iter").sort_index()


WARMUP, PEAK, FLOOR = 2160, 3e-4, 0.1
PUBLIC: dict[str, Schedule] = {
    **{f"cosine_{T}": cosine(1, FLOOR, T - WARMUP) for T in (24000, 72000)},
    **{f"constant_{T}": constant(1, T - WARMUP) for T in (24000, 72000)},
    "wsd_20000_24000": constant(1, 20000 - WARMUP) >> exponential(FLOOR, 4000, 4000),
    "wsdld_20000_24000": constant(1, 20000 - WARMUP) >> linear(1, FLOOR, 4000),
    **{f"wsdcon_{K}": constant(1, 8000 - WARMUP) >> constant(K / 30, 8000) for K in (3, 9, 18)},
}
TRAINING = ("cosine_24000", "constant_24000", "wsdcon_9")
TEST = tuple(name for name in PUBLIC if name not in TRAINING)
PUBLISHED = {  # by size, fitted by its authors on TRAINING: arXiv:2503.12811
    25: MultiPowerLaw(3.04045406, 0.52468604, 0.50786857, 363.78751622, 2.06560812, 0.58279013, 0.64142257),
    100: MultiPowerLaw(2.6514477, 0.60115152, 0.45295811, 437.9464276, 2.13245612, 0.59785199, 0.65523644),
    400: MultiPowerLaw(2.37474466, 0.65421216, 0.42878731, 523.42464371, 2.02462735, 0.59350493, 0.63472457),
}


def _power_law(law, s):
    with np.errstate(divide="ignore"):
        falling = law.A * s**-law.alpha
        slopes = {"L0": np.full_like(s, law.L0), "A": falling, "alpha": -law.alpha * falling * np.log(s)}
    return law.L0 + falling, slopes


def _descend(start: Law, curves, free, equal_phases: bool, most: int) -> tuple[Law, float]:
    """From a start to the nearest minimum of the Huber loss of log(predicted / logged), and its value."""
    weights = _weights(curves, equal_phases)
    losses = np.concatenate([curve.losses for curve in curves])

    def law(logs):
        return dataclasses.replace(start, **dict(zip(free, np.exp(logs).tolist(), strict=True)))

    @lru_cache(maxsize=1)
    def evaluate(*logs):
        with np.errstate(over="ignore", invalid="ignore"):  # a step too far is taken back by least_squares
            parts = [law(logs)._evaluate(curve.rates, curve.steps, gradient=True) for curve in curves]
            predicted = np.maximum(np.concatenate([loss for loss, _ in parts]), 1e-3 * losses)
            slopes = np.stack(
                [np.concatenate([slopes[name] for _, slopes in parts]) for name in free], axis=1
            )
            return np.log(predicted / losses), slopes / predicted[:, None]

    def huber(z):
        size = np.sqrt(np.maximum(z, 1))
        rho = np.where(z <= 1, z, 2 * size - 1)
        # its second derivative left out, each step is one of reweighted least squares
        return weights * np.stack([rho, 1 / size, np.zeros_like(z)])

    logs = np.log([getattr(start, name) for name in free])
    found = least_squares(
        lambda x: evaluate(*x)[0], logs, lambda x: evaluate(*x)[1], loss=huber, f_scale=HUBER, max_nfev=most
    )
    return law(found.x), found.cost


def _linear_start(cls, curves, shape):
    """The law of these shape constants whose other constants, which the loss is linear in, fit best."""
    law = cls(**dict.fromkeys(cls.LINEAR, 1.0), **shape)
    terms = [law._evaluate(curve.rates, curve.steps, gradient=True)[1] for curve in curves]
    columns = np.stack([np.concatenate([term[name] for term in terms]) for name in cls.LINEAR], axis=1)
    losses = np.concatenate([curve.losses for curve in curves])
    best, _ = nnls(columns / losses[:, None], np.ones_like(losses))
    least = 1e-3 * losses.mean() / np.abs(columns).max(axis=0)
    return dataclasses.replace(law, **dict(zip(cls.LINEAR, np.maximum(best, least).tolist(), strict=True)))


def _weights(curves, equal_phases):
    """Of each logged loss: 1, or more in a decay phase that has fewer losses than an average curve."""
    if not equal_phases:
        return np.ones(_logged(curves))
    share = [_logged(curves) / len(curves) / max(1, curve.decaying.sum()) for curve in curves]
    raised = np.clip(share, 1, MOST_WEIGHT)
    return np.concatenate([np.where(c.decaying, more, 1) for c, more in zip(curves, raised, strict=True)])


def _logged(curves):
    return sum(len(curve.losses) for curve in curves)


def _enough(cls, curves, fewest):
    names = ", ".join(repr(curve.name) for curve in curves) or "no curve"
    if _logged(curves) < fewest:
        raise ValueError(f"{cls.__name__} needs {fewest} logged losses, got {_logged(curves)} in {names}")
    if cls.ANNEALS and not any(curve.decaying.any() for curve in curves):
        raise ValueError(f"{cls.__name__} needs losses logged after the rate has fallen, got none in {names}")


def _rates(rates):
    rates = np.asarray(rates, dtype=np.float64)
    if rates.ndim != 1 or not len(rates) or not np.all(np.isfinite(rates) & (rates >= 0)):
        raise ValueError(f"rates must be finite numbers >= 0, shape (T,), got {rates!r}")
    return rates


def _steps(steps, length):
    steps = np.asarray(steps)
    whole = steps.ndim == 1 and len(steps) and steps.dtype.kind in "iu"
    if not whole or steps.min() < 0 or steps.max() >= length:
        raise ValueError(f"steps must be whole numbers 0 .. {length - 1}, shape (n,), got {steps!r}")
    return steps
