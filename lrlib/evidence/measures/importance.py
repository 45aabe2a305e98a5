"""Which hyper-parameter the loss depends on, and how close the best rate is to the largest stable one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from lrlib.evidence.claims import measures
from lrlib.evidence.importance import GRID, GUESS, NAMES, stored
from lrlib.evidence.verdicts import Measured

TREES, LEAF, QUANTILES, RESAMPLES = 64, 3, 10, 100


def searched(ranges: str) -> tuple[np.ndarray, np.ndarray]:
    """Configurations, (runs, parameters), in logarithms but for the layers, and log held-out losses."""
    table = stored("search").query("ranges == @ranges")
    columns = [table[name] if name == "layers" else np.log(table[name]) for name in NAMES]
    return np.stack(columns, axis=-1), np.log(table["held out"].clip(upper=GUESS)).to_numpy()


def shares(x: np.ndarray, y: np.ndarray, seed: int = 0) -> np.ndarray:
    """Functional ANOVA of a random forest: the share of its variance that each column explains alone.

    The marginal of a column: the forest's mean over all runs with that column replaced, at ten quantiles.
    Hutter, Hoos & Leyton-Brown 2014, An Efficient Approach for Assessing Hyperparameter Importance.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(TREES, min_samples_leaf=LEAF, random_state=seed).fit(x, y)
    levels = np.quantile(x, (np.arange(QUANTILES) + 0.5) / QUANTILES, axis=0)
    asked = np.repeat(x[None], QUANTILES * x.shape[1], axis=0)
    for column in range(x.shape[1]):
        for level in range(QUANTILES):
            asked[column * QUANTILES + level, :, column] = levels[level, column]
    marginals = forest.predict(asked.reshape(-1, x.shape[1])).reshape(x.shape[1], QUANTILES, len(x)).mean(-1)
    return marginals.var(axis=1) / forest.predict(x).var()


@cache
def importance(ranges: str, resamples: int = RESAMPLES) -> pd.DataFrame:
    """The shares in %, of all configurations (row 0) and of bootstrap resamples (the others)."""
    x, y = searched(ranges)
    rng = np.random.default_rng(0)
    chosen = [np.arange(len(y)), *(rng.integers(len(y), size=len(y)) for _ in range(resamples))]
    return pd.DataFrame([100 * shares(x[rows], y[rows]) for rows in chosen], columns=NAMES)


def ahead(table: pd.DataFrame) -> pd.Series:
    """The share of the rate above the largest other one."""
    return table["rate"] - table.drop(columns="rate").max(axis=1)


def interval(values: pd.Series) -> tuple[float, float, float]:
    """Row 0, -+ 1.96 standard deviations of the others."""
    reach = 1.96 * values[1:].std() if len(values) > 1 else 0.0
    return float(values[0]), float(values[0] - reach), float(values[0] + reach)


def _parts(ranges: str) -> dict:
    return {name: interval(importance(ranges)[name]) for name in NAMES}


@measures("rate-matters-most", minutes=1)
def rate_matters_most() -> Measured:
    return Measured(*interval(ahead(importance("middle"))), n=200, parts=_parts("middle"))


@measures("rate-explains-two-thirds", minutes=1)
def two_thirds() -> Measured:
    return Measured(*interval(importance("wide")["rate"]), n=200, parts=_parts("wide"))


@cache
def best_and_largest() -> pd.DataFrame:
    """Of each configuration the best rate, the largest that does not diverge, their ratio, its settings."""
    rows = []
    for _, table in stored("grids").groupby("model"):
        held = np.log(table["held out"].clip(upper=1e6)).to_numpy()
        diverged = ~(table["training"] <= GUESS).to_numpy()
        largest = GRID[int(np.argmax(diverged)) - 1] if diverged.any() else np.nan
        at = int(np.clip(np.argmin(held), 1, len(GRID) - 2))
        left, low, right = held[at - 1 : at + 2]
        best = GRID[at] * 2 ** (0.25 * (left - right) / (left - 2 * low + right))
        rows.append(table.iloc[0][["1 - momentum", "batch", "width", "weight decay", "layers"]].to_dict()
                    | {"best": best, "largest": largest, "ratio": best / largest})  # fmt: skip
    return pd.DataFrame(rows)


@measures("best-rate-within-two-of-the-largest")
def best_over_largest() -> Measured:
    ratios = np.log(best_and_largest()["ratio"].to_numpy())
    return Measured(*np.exp(Measured.mean(ratios).numbers).tolist(), n=len(ratios))
