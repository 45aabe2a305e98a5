"""The importance of the rate again: boosting instead of a forest, medians instead of means."""

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.inspection import partial_dependence

from lrlib.evidence.importance import GUESS, stored
from lrlib.evidence.measures import importance
from tests.evidence.ways import Way


def boosted(ranges):
    """Shares in % from gradient boosting instead of a forest, with scikit-learn's own partial dependence."""
    x, y = importance.searched(ranges)
    model = GradientBoostingRegressor(n_estimators=150, max_depth=4, learning_rate=0.1, subsample=0.5,
                                      min_samples_leaf=5, random_state=1).fit(x, y)  # fmt: skip
    curves = [
        partial_dependence(model, x, [j], grid_resolution=40, method="brute") for j in range(x.shape[1])
    ]
    values = [
        np.interp(x[:, j], curve["grid_values"][0], curve["average"][0]) for j, curve in enumerate(curves)
    ]
    return 100 * np.var(values, axis=1) / np.var(model.predict(x))


def ahead():
    shares = boosted("middle")
    return shares[0] - shares[1:].max()


def ratio():
    """Hodges and Lehmann's median of pairwise means, of the grid's own best rates."""
    logs = []
    for _, table in stored("grids").groupby("model"):
        diverged = np.flatnonzero(~(table["training"] <= GUESS))
        logs.append(
            np.log(table["rate"].iloc[table["held out"].argmin()] / table["rate"].iloc[diverged[0] - 1])
        )
    pairs = np.add.outer(logs, logs)[np.triu_indices(len(logs))] / 2
    return float(np.exp(np.median(pairs)))


WAYS = {
    "rate-matters-most": Way(ahead, within=10),
    "rate-explains-two-thirds": Way(lambda: boosted("wide")[0], within=16),
    "best-rate-within-two-of-the-largest": Way(ratio, within=0.05),
}
