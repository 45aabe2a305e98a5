"""Laws of loss curves, fitted to three runs and held against others: which runs, and how far off the end is.

Three sets: the public curves of three model sizes (`curves.public`), the logged runs of 124M parameters at
one peak rate, and a stored sweep on characters. The last loss is what a user asks for; errors are relative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.signal import lfilter

from lrlib.evidence import convex, curves, runs, sweeps
from lrlib.evidence.curves import AnnealingLaw, Curve, MultiPowerLaw, PowerLaw

LAWS = {"multi-power": MultiPowerLaw, "annealing": AnnealingLaw, "power": PowerLaw}
FLOOR = 0.01  # of the peak: the multi-power law is singular where the rate is 0
PEAK, SKIPPED = 0.001, 2000
SEEN = {"constant": 50_000, "cosine to 0.1": 50_000, "cooldown 0.2": 25_000}  # label -> steps
SIX = ("cosine-long", "constant-long", "wsd-exponential", "wsd-linear", "two-stage-10", "two-stage-60")
THREE = ("cosine", "constant", "two-stage-30")
BASE_LR, WARM = 0.08, 200


@dataclass(frozen=True)
class ForwardMomentum:
    """One law for several sizes: L = L0 + a S^-alpha + b N^-beta - c M.

    S: sum of the rates so far. N: parameters, in millions. M: what falls of the rate have moved, by Adam's
    rule: sum of m / sqrt(1e5 v + 1e-8), m and v the averages, unbiased, of d and d^2 with 0.9 and 0.999,
    where d is the fall from one logged step to the next times the steps between.
    Wang et al. 2026, arXiv:2512.13705, and the code of its authors.
    """

    L0: float
    a: float
    alpha: float
    b: float
    beta: float
    c: float

    def predict(self, curve: Curve, size: float) -> np.ndarray:
        total, moved = np.cumsum(curve.rates)[curve.steps], momentum(curve)
        return self.L0 + self.a * total**-self.alpha + self.b * size**-self.beta - self.c * moved

    @classmethod
    def fit(cls, given: list[tuple[Curve, float]], momentum: bool = True) -> ForwardMomentum:
        """Least Huber loss, 0.001, of the logarithm; without momentum, c stays 0."""
        start = np.log([2.0, 0.5, 0.5, 3.0, 0.3, 1e-3])[: 6 if momentum else 5]

        def residuals(logs):
            law = cls(*np.exp(logs), *([] if momentum else [0.0]))
            gaps = [np.log(np.maximum(law.predict(c, size) / c.losses, 1e-3)) for c, size in given]
            return np.clip(np.concatenate(gaps), -9, 9)  # a step too far is taken back

        with np.errstate(over="ignore", invalid="ignore"):
            found = least_squares(residuals, start, loss="huber", f_scale=curves.HUBER, x_scale="jac")
        return cls(*np.exp(found.x), *([] if momentum else [0.0]))


def momentum(curve: Curve) -> np.ndarray:
    """M of `ForwardMomentum` at the logged steps of a curve."""
    rates = curve.rates[curve.steps]
    falls = -np.diff(rates, prepend=rates[0]) * np.diff(curve.steps, prepend=curve.steps[0])
    count = 1 + np.arange(len(falls))
    m, v = (
        lfilter([1 - beta], [1, -beta], values) / (1 - beta**count)
        for beta, values in ((0.9, falls), (0.999, falls**2))
    )
    return np.cumsum(m / (np.sqrt(1e5 * v + 1e-8) + 1e-8))


@cache
def public_law(law: str, size: int):
    """A law fitted to the three training curves of a size."""
    return LAWS[law].fit([curves.public(size, name) for name in curves.TRAINING])


@cache
def public_errors(law: str) -> pd.DataFrame:
    """`curves.errors` on the test curves, a row a size and curve. law: of LAWS, or "published"."""
    rows = {}
    for size in curves.PUBLISHED:
        fitted = curves.PUBLISHED[size] if law == "published" else public_law(law, size)
        for name in curves.TEST:
            rows[size, name] = curves.errors(fitted, curves.public(size, name))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["size", "curve"])


def forward_momentum_errors(with_momentum: bool = True) -> pd.Series:
    """Mean relative error over each of the 18 test curves of a law fitted to all sizes at once."""
    sizes = list(curves.PUBLISHED)
    seen = [(curves.public(size, name), size) for size in sizes for name in curves.TRAINING]
    law = ForwardMomentum.fit(seen, with_momentum)
    tests = {(size, name): curves.public(size, name) for size in sizes for name in curves.TEST}
    errors = {
        key: np.mean(np.abs(law.predict(curve, key[0]) / curve.losses - 1)) for key, curve in tests.items()
    }
    return pd.Series(errors)


@cache
def logged_runs() -> pd.DataFrame:
    """Rows of `convex.models` at the peak 0.001 in the main set, and whether each is fitted, `seen`."""
    table = convex.models()
    table = table[(table.folder == "") & (table.peak == PEAK)]
    seen = [SEEN.get(label) == steps for label, steps in zip(table.label, table.steps, strict=True)]
    return table.assign(seen=seen)


@cache
def logged_curve(name: str, floor: float = 0.0) -> Curve:
    """The held-out losses that a run logged itself, from update 2,000 on, with the rates of its whole past.

    floor: share of the peak below which the rate does not go.
    """
    row = logged_runs().loc[name]
    parts = [convex.history(each) for each in (row.trunk, name) if each]
    used = pd.concat([part["train"].train_lr for part in parts])
    used = used[~used.index.duplicated(keep="last")].sort_index()
    steps = np.r_[0, used.index.to_numpy()]
    rates = np.interp(np.arange(row.steps), steps, np.r_[PEAK / 100, used.to_numpy()])
    rates[convex.WARMUP :] = np.maximum(rates[convex.WARMUP :], floor * PEAK)
    own = parts[-1]["val"].val_loss
    own = own[(own.index >= SKIPPED) & (own.index < row.steps)]
    return Curve(rates, own.index.to_numpy(), own.to_numpy(), name)


@cache
def logged_law(law: str, equal_phases: bool = True):
    """A law fitted to the three runs of SEEN."""
    table = logged_runs()
    return LAWS[law].fit([logged_curve(name, _floor(law)) for name in table.index[table.seen]], equal_phases)


@cache
def logged_finals(law: str, equal_phases: bool = True) -> pd.DataFrame:
    """One row a run that was not fitted: label, steps, its last loss, `predicted`, relative `error` (%)."""
    table = logged_runs()
    table = table[~table.seen][["label", "steps"]].copy()
    fitted = logged_law(law, equal_phases)
    for name in table.index:
        curve = logged_curve(name, _floor(law))
        table.loc[name, "last"] = curve.losses[-1]
        table.loc[name, "predicted"] = fitted.predict(curve.rates, curve.steps[-1:])[0]
    return table.assign(error=100 * (table.predicted / table["last"] - 1))


def nearest_seen() -> pd.Series:
    """The baseline: the last loss of the fitted run whose summed rate is nearest, by run (error in %)."""
    table = logged_runs()
    seen = [logged_curve(name) for name in table.index[table.seen]]
    found = {}
    for name in table.index[~table.seen]:
        curve = logged_curve(name)
        near = min(seen, key=lambda other: abs(other.rates.sum() - curve.rates.sum()))
        found[name] = 100 * (near.losses[-1] / curve.losses[-1] - 1)
    return pd.Series(found)


@cache
def logged_noise() -> float:
    """Standard deviation of the last logged loss of one run, by the 16 configurations trained twice."""
    twins = runs.twins()
    twins = twins[twins.again.str.startswith("grad_norm/")]
    ends = [
        [convex.history(name)["val"].val_loss.iloc[-1] for name in twins[which]] for which in ("run", "again")
    ]
    return float(np.sqrt(np.mean(np.subtract(*ends) ** 2) / 2))


def _floor(law: str) -> float:
    return FLOOR if law == "multi-power" else 0.0


@cache
def trained(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A schedule of the sweep: rates (T,), steps of its held-out losses, and these, (steps, seeds)."""
    grid = sweeps.load(f"six-from-three/{name}").grid
    rates = BASE_LR * grid.schedules[0].values(grid.steps)
    kept = grid.heldout_steps >= WARM
    return rates, grid.heldout_steps[kept] - 1, grid.heldout_loss[0, 0].T[kept]


def trained_curve(name: str, weights: np.ndarray) -> Curve:
    """The mean curve over seeds with these weights, (seeds,), which sum to 1."""
    rates, steps, losses = trained(name)
    return Curve(rates, steps, losses @ weights, name)


def trained_law(law: str, weights: np.ndarray):
    """A law fitted to the mean curves of THREE; the annealing law with its memory."""
    given = [trained_curve(name, weights) for name in THREE]
    return LAWS[law].fit(given, equal_phases=True, **({"lam": None} if law == "annealing" else {}))


@cache
def six(law: str, weights: tuple[float, ...]) -> pd.DataFrame:
    """One row a schedule of SIX: its last loss, `predicted`, relative `error` (%)."""
    fitted, rows = trained_law(law, np.array(weights)), {}
    for name in SIX:
        curve = trained_curve(name, np.array(weights))
        rows[name] = (curve.losses[-1], fitted.predict(curve.rates, curve.steps[-1:])[0])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["last", "predicted"])
    return table.assign(error=100 * (table.predicted / table["last"] - 1))


def all_seeds(n: int = 8) -> tuple[float, ...]:
    return (1 / n,) * n


def without(seed: int, n: int = 8) -> tuple[float, ...]:
    return tuple(0.0 if i == seed else 1 / (n - 1) for i in range(n))


def only(seed: int, n: int = 8) -> tuple[float, ...]:
    return tuple(float(i == seed) for i in range(n))
