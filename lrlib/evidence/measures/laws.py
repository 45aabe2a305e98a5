"""Claims about laws that predict loss curves, measured on public curves, logged runs and a stored sweep."""

from dataclasses import replace

import numpy as np
from scipy import stats as scipy_stats

from lrlib import stats
from lrlib.evidence import claims, convex, curves, predictions
from lrlib.evidence.measures.convex import interval, rank_correlation
from lrlib.evidence.verdicts import Measured

FIT = 1e-4  # how far, in % or as a ratio, the minimum of a fit may lie elsewhere on another processor
PRINTED = {  # of arXiv:2503.12811, by metric: 25M, 100M, 400M
    "R2": ("0.9988", "0.9983", "0.9978"),
    "MAE": ("0.00376", "0.00435", "0.00484"),
    "RMSE": ("0.00465", "0.00592", "0.00730"),
    "PredE": ("0.00110", "0.00142", "0.00168"),
    "WorstE": ("0.00409", "0.00583", "0.00995"),
}


@claims.measures("multi-power-law-figures")
def multi_power_law_figures() -> Measured:
    found = predictions.public_errors("published").groupby("size").mean()
    same = [
        f"{found.loc[size, metric]:.{len(text) - 2}f}" == text
        for metric, texts in PRINTED.items()
        for size, text in zip(curves.PUBLISHED, texts, strict=True)
    ]
    return Measured.exact(sum(same))


@claims.measures("multi-power-law-refit", within=FIT)
def multi_power_law_refit() -> Measured:
    ours, theirs = (predictions.public_errors(law).MAE.to_numpy() for law in ("multi-power", "published"))
    return Measured.of(stats.ratio(ours, theirs))


@claims.measures("annealing-law-error", within=FIT)
def annealing_law_error() -> Measured:
    return Measured.mean(100 * predictions.public_errors("annealing").PredE.to_numpy())


def final_error(law: str) -> Measured:
    """Mean absolute relative error of the last loss of the 30 logged runs, in %, and the error of each."""
    table = predictions.logged_finals(law)
    named = zip(table.label, table.steps, table.error, strict=True)
    return Measured.mean(
        table.error.abs().to_numpy(), parts={f"{label}, {n}": (e,) * 3 for label, n, e in named}
    )


claims.measures("multi-power-law-second-data", minutes=1, within=FIT)(lambda: final_error("multi-power"))
claims.measures("annealing-law-second-data", within=FIT)(lambda: final_error("annealing"))


@claims.measures("multi-power-law-ranks", minutes=1)
def multi_power_law_ranks() -> Measured:
    table = predictions.logged_finals("multi-power")
    table = table[table.steps == convex.STEPS]
    last, predicted = table["last"].to_numpy(), table.predicted.to_numpy()
    noise = predictions.logged_noise() * np.random.default_rng(0).normal(size=(convex.REDRAWS, len(last)))
    parts = {label: (loss,) * 3 for label, loss in zip(table.label, table.predicted, strict=True)}
    drawn = rank_correlation(predicted, last + noise)
    return interval(rank_correlation(predicted, last), drawn, len(last), parts=parts)


@claims.measures("forward-momentum-law-error", within=FIT)
def forward_momentum_law_error() -> Measured:
    without = predictions.forward_momentum_errors(with_momentum=False)
    parts = {"without momentum": Measured.mean(100 * without.to_numpy()).numbers}
    return Measured.mean(100 * predictions.forward_momentum_errors().to_numpy(), parts=parts)


def six_error(law: str) -> Measured:
    """Mean absolute relative error of the six last losses, in %, by the jackknife over seeds."""

    def error(weights) -> float:
        return float(predictions.six(law, weights).error.abs().mean())

    whole, n = error(predictions.all_seeds()), len(predictions.all_seeds())
    left_out = np.array([error(predictions.without(seed)) for seed in range(n)])
    half = scipy_stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) * np.var(left_out))
    return Measured(whole, whole - half, whole + half, n)


claims.measures("six-from-three-final-loss", minutes=1, within=FIT)(lambda: six_error("multi-power"))
claims.measures("six-from-three-annealing-law", minutes=1, within=FIT)(lambda: six_error("annealing"))


@claims.measures("six-from-three-ranking", minutes=1)
def six_from_three_ranking() -> Measured:
    tables = [predictions.six("multi-power", predictions.only(seed)) for seed in range(8)]
    found = Measured.mean(np.array([rank_correlation(table["last"], table.predicted) for table in tables]))
    return replace(found, high=min(found.high, 1.0))
