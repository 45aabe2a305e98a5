"""Second ways of the claims about laws of loss curves: plain sums from the raw files, other fits."""

import io
import json

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import kendalltau, spearmanr

from lrlib import data
from lrlib.evidence import curves, predictions
from tests.evidence.ways import Way


def public(size, name):
    """Rates rebuilt from the file's own column, steps and losses."""
    table = pd.read_csv(
        io.BytesIO(data.fetch(f"multipowerlaw/loss_curve_repo/csv_{size}/{name}.csv").read_bytes())
    )
    return table.step.to_numpy(), table.loss.to_numpy()


def errors(predict, names=curves.TEST):
    """Mean absolute relative error, in %, by size and test curve."""
    found = {}
    for size in curves.PUBLISHED:
        for name in names:
            rates = curves.PEAK * curves.public_schedule(name).values(int(curves.public_schedule(name).steps))
            steps, losses = public(size, name)
            found[size, name] = np.abs(predict(size, rates)[steps] - losses), losses
    return found


def multi_power(size, rates):
    """The law as two plain sums; the inner one over the steps at which the rate changes."""
    law, total = curves.PUBLISHED[size], np.cumsum(rates)
    drop = np.zeros_like(rates)
    for k in 1 + np.flatnonzero(np.diff(rates)):
        x = 1 + law.C * rates[k] ** -law.gamma * (total[k:] - total[k - 1])
        drop[k:] += (rates[k - 1] - rates[k]) * (1 - x**-law.beta)
    with np.errstate(divide="ignore"):
        return law.L0 + law.A * total**-law.alpha - law.B * drop


def figures():
    """MAE and PredE of three sizes by plain sums; the nine others are those of a test of the curves."""
    gaps, printed = errors(multi_power), {25: (376, 110), 100: (435, 142), 400: (484, 168)}
    same = 0
    for size, (mae, relative) in printed.items():
        mine = [gaps[size, name] for name in curves.TEST]
        same += round(1e5 * np.mean([gap.mean() for gap, _ in mine])) == mae
        same += round(1e5 * np.mean([(gap / losses).mean() for gap, losses in mine])) == relative
    return 15 * same / 6


def annealing():
    """The law with its momentum as a loop, L0, A, alpha, C by Nelder and Mead on the same Huber loss."""
    found = []
    for size in curves.PUBLISHED:
        seen = [curves.public(size, name) for name in curves.TRAINING]
        terms = [sums(curve.rates)[:, curve.steps] for curve in seen]
        losses = np.concatenate([curve.losses for curve in seen])
        s1, s2 = np.concatenate(terms, axis=1)

        def cost(logs, s1=s1, s2=s2, losses=losses):
            gap = np.abs(np.log(np.maximum(value(logs, s1, s2), 0.1) / losses))
            return np.sum(np.where(gap < 1e-3, gap**2 / 2, 1e-3 * (gap - 5e-4)))

        start = np.log([2.5, 0.6, 0.5, 500.0])
        for _ in range(6):
            start = minimize(cost, start, method="Nelder-Mead", options={"maxiter": 2000}).x
        for name in curves.TEST:
            curve = curves.public(size, name)
            found.append(np.mean(np.abs(value(start, *sums(curve.rates)[:, curve.steps]) / curve.losses - 1)))
    return 100 * np.mean(found)


def value(logs, s1, s2):
    lowest, a, alpha, c = np.exp(logs)
    return lowest + a * s1**-alpha - c * s2


def sums(rates, memory=0.999):
    """S1 and S2, step by step; warm-up counts as at the peak."""
    warm = np.maximum(rates, rates.max() * (np.arange(len(rates)) < np.argmax(rates)))
    momentum, s2 = 0.0, np.zeros_like(warm)
    for t in range(1, len(warm)):
        momentum = memory * momentum + warm[t - 1] - warm[t]
        s2[t] = s2[t - 1] + momentum
    return np.stack([np.cumsum(warm), s2])


def refit():
    """Geometric means in the place of arithmetic ones."""
    ours, theirs = (predictions.public_errors(law).MAE for law in ("multi-power", "published"))
    return np.exp(np.log(ours / theirs).mean())


def ends(law):
    """Last losses of the files, and predicted ones: rates by their formula, sums at the last step alone."""
    table, found = predictions.logged_runs(), []
    fitted = predictions.logged_law(law)
    for name, run in table[~table.seen].iterrows():
        history = json.loads(data.fetch(f"lr-scheduling/data/{name}.json").read_text())["history"]["val"]
        at = int(np.argmax(history["iter"]))
        rates = formula(run, 0.01 if law == "multi-power" else 0.0)[: history["iter"][at] + 1]
        found.append((history["val_loss"][at], END[law](fitted, rates)))
    return np.transpose(found)


def formula(run, floor):
    """Warm-up from a hundredth, the peak, and the fall."""
    t = np.arange(run.steps)
    if run.schedule == "cosine":
        down = run.end + (1 - run.end) * (1 + np.cos(np.pi * (t - 300) / (run.steps - 300))) / 2
    else:
        passed = np.clip((t / run.steps - 1 + run.cooldown) / run.cooldown, 0, 1)
        down = 1 - np.sqrt(passed) if run["shape"] == "1-sqrt" else 1 - passed
    return run.peak * np.where(t < 300, 0.01 + 0.99 * t / 300, np.maximum(down, floor))


def multi_power_end(law, rates):
    """The fit has beta near 0, where 1 - x^-beta is beta log x: a difference of floats would be 0."""
    total = np.cumsum(rates)
    x = 1 + law.C * rates[1:] ** -law.gamma * (total[-1] - total[:-1])
    gained = -np.expm1(-law.beta * np.log(x))
    return law.L0 + law.A * total[-1] ** -law.alpha + law.B * np.diff(rates) @ gained


def annealing_end(law, rates):
    """Each fall counts (1 - lam^n) / (1 - lam), n the steps since, itself included."""
    warm = np.maximum(rates, rates.max() * (np.arange(len(rates)) < np.argmax(rates)))
    counts = (1 - law.lam ** np.arange(len(warm) - 1, 0, -1)) / (1 - law.lam)
    return law.L0 + law.A * warm.sum() ** -law.alpha - law.C * -np.diff(warm) @ counts


END = {"multi-power": multi_power_end, "annealing": annealing_end}


def last_logged(law):
    logged, predicted = ends(law)
    return 100 * np.mean(np.abs(predicted / logged - 1))


def ranks():
    long = (table := predictions.logged_runs())[~table.seen].steps == 50_000
    return spearmanr(*ends("multi-power")[:, long]).statistic


def forward_momentum():
    """The momentum as a loop, the constants by Nelder and Mead from another start."""
    sizes = list(curves.PUBLISHED)
    seen = [(curves.public(size, name), size) for size in sizes for name in curves.TRAINING]
    tests = [(curves.public(size, name), size) for size in sizes for name in curves.TEST]
    given = [(np.cumsum(c.rates)[c.steps], size, moved(c), c.losses) for c, size in seen]
    held = [(np.cumsum(c.rates)[c.steps], size, moved(c), c.losses) for c, size in tests]

    def value(p, s1, size, m):
        return (
            p[0]
            + np.exp(p[1]) * s1 ** -np.exp(p[2])
            + np.exp(p[3]) * size ** -np.exp(p[4])
            - np.exp(p[5]) * m
        )

    def cost(p):
        gap = np.concatenate([np.log(np.maximum(value(p, *x) / y, 1e-3)) for *x, y in given])
        return np.sum(np.where(np.abs(gap) < 1e-3, gap**2 / 2, 1e-3 * (np.abs(gap) - 5e-4)))

    p = np.array([2.0, *np.log([0.5, 0.5, 3.0, 0.3, 0.1])])
    for _ in range(8):
        p = minimize(cost, p, method="Nelder-Mead", options={"maxiter": 3000, "maxfev": 3000}).x
    return 100 * np.mean([np.mean(np.abs(value(p, *x) / y - 1)) for *x, y in held])


def moved(curve):
    """M of the law, one logged step after another."""
    rates, steps, m, v, total, found = curve.rates[curve.steps], curve.steps, 0.0, 0.0, 0.0, []
    for i in range(len(steps)):
        fall = (rates[i - 1] - rates[i]) * (steps[i] - steps[i - 1]) if i else 0.0
        m, v = 0.9 * m + 0.1 * fall, 0.999 * v + 0.001 * fall**2
        total += m / (1 - 0.9 ** (i + 1)) / (np.sqrt(1e5 * v / (1 - 0.999 ** (i + 1)) + 1e-8) + 1e-8)
        found.append(total)
    return np.array(found)


def six(law):
    """The mean over seeds of fits to one seed each, instead of one fit to their mean."""
    found = [predictions.six(law, predictions.only(seed)).error.to_numpy() for seed in range(8)]
    return np.abs(np.mean(found, axis=0)).mean()


def six_ranks():
    """Kendall's instead of Spearman's, of the mean curves."""
    table = predictions.six("multi-power", predictions.all_seeds())
    return kendalltau(table["last"], table.predicted).statistic


WAYS = {
    "multi-power-law-figures": Way(figures, within=0.5, long=True),
    "multi-power-law-refit": Way(refit, within=0.3, long=True),
    "annealing-law-error": Way(annealing, within=0.02, long=True),
    "multi-power-law-second-data": Way(lambda: last_logged("multi-power"), within=0.01, long=True),
    "annealing-law-second-data": Way(lambda: last_logged("annealing"), within=0.01, long=True),
    "multi-power-law-ranks": Way(ranks, within=1e-6, long=True),
    "forward-momentum-law-error": Way(forward_momentum, within=0.2, long=True),
    "six-from-three-final-loss": Way(lambda: six("multi-power"), within=0.5, long=True),
    "six-from-three-ranking": Way(six_ranks, within=0.1, long=True),
    "six-from-three-annealing-law": Way(lambda: six("annealing"), within=0.5, long=True),
}
