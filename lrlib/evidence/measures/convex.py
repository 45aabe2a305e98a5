"""Claims about the last-iterate bound, measured on logged runs of language models."""

import numpy as np
from scipy.stats import rankdata

from lrlib import stats
from lrlib.evidence import claims, convex
from lrlib.evidence.verdicts import Measured


def interval(value: float, drawn: np.ndarray, n: int, **more) -> Measured:
    """A value with the 95 % percentiles of what it is when noise is drawn anew, which include it."""
    low = np.quantile(drawn, 0.025, method="lower")  # ranks jump: no value between two that occur
    high = np.quantile(drawn, 0.975, method="higher")
    return Measured(float(value), float(min(low, value)), float(max(high, value)), n, **more)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Spearman's, along the last axis."""
    ranks = [rankdata(each, axis=-1) for each in (one, other)]
    one, other = (each - each.mean(axis=-1, keepdims=True) for each in ranks)
    return (one * other).sum(axis=-1) / np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))


@claims.measures("bound-ranks-schedules")
def bound_ranks_schedules() -> Measured:
    table = convex.at_best()
    losses = np.stack([convex.best(label)[3] for label in table.index], axis=-1)
    value = rank_correlation(table.bound.to_numpy(), table.loss.to_numpy())
    return interval(value, rank_correlation(table.bound.to_numpy(), losses), len(table))


@claims.measures("best-rate-falls-with-horizon")
def best_rate_falls_with_horizon() -> Measured:
    tables = [convex.by_length(share) for share in convex.SHARES]
    rates, losses = tables[0].index.to_numpy(), np.array(tables)
    rng = np.random.default_rng(0)
    chosen = rng.integers(len(losses), size=(convex.REDRAWS, len(losses)))
    fresh = convex.noise() * rng.normal(size=(convex.REDRAWS, 1, *losses.shape[1:]))
    drawn = convex.exponent(convex.vertices(losses[chosen] + fresh, rates)).mean(axis=-1)
    found = convex.exponent(convex.vertices(losses, rates))
    parts = {f"cooldown {share:g}": (float(e),) * 3 for share, e in zip(convex.SHARES, found, strict=True)}
    regime = {"steps": [min(convex.LENGTHS), max(convex.LENGTHS)]}
    return interval(found.mean(), drawn, losses.size, regime=regime, parts=parts)


def transfer(label: str) -> Measured:
    """The best rate of a schedule over that of a 20 % cooldown, 50,000 steps, by two interpolations."""
    labels = ("cooldown 0.2", label)
    (base, _, bases, _), (rate, _, rates, _) = (convex.best(each) for each in labels)
    parabola = interval(rate / base, rates / bases, sum(len(convex.grid(each)) for each in labels))
    (base, bases), (rate, rates) = (convex.best_by_cubic(each) for each in labels)
    cubic = interval(rate / base, rates / bases, parabola.n)
    both = {"parabola": parabola, "cubic": cubic}
    parts = {name: (found.value, found.low, found.high) for name, found in both.items()}
    low, high = min(parabola.low, cubic.low), max(parabola.high, cubic.high)
    return Measured(parabola.value, low, high, parabola.n, parts=parts)


claims.measures("rate-transfer-wsd-to-linear")(lambda: transfer("linear"))
claims.measures("cosine-peak-twice-wsd")(lambda: transfer("cosine"))


@claims.measures("cooldown-grows-with-rate")
def cooldown_grows_with_rate() -> Measured:
    slow, fast = (convex.by_share(rate) for rate in (0.0005, 0.002))
    changes = (convex.best_shares(fast) - convex.best_shares(slow)) / 2
    drawn = [convex.best_shares(convex.redrawn(losses, seed=i)) for i, losses in enumerate((slow, fast))]
    parts = {f"{steps} steps": (float(c),) * 3 for steps, c in zip(convex.LENGTHS, changes, strict=True)}
    return interval(
        changes.mean(), ((drawn[1] - drawn[0]) / 2).mean(axis=-1), slow.size + fast.size, parts=parts
    )


@claims.measures("cooldown-drop-halfway")
def cooldown_drop_halfway() -> Measured:
    table = convex.models()
    names = table.index[(table.label == "cooldown 0.2") & (table.folder == "")]
    return Measured.of(stats.compare(*np.transpose([convex.halfway(name) for name in names])))


@claims.measures("lower-rate-for-extension")
def lower_rate_for_extension() -> Measured:
    pairs = convex.extensions()
    change = (pairs.loss / pairs.unchanged - 1).to_numpy()
    return Measured.of(stats.compare(change, np.zeros_like(change)), 100)


@claims.measures("gradient-norms-constant")
def gradient_norms_constant() -> Measured:
    logs = np.log(convex.norms().to_numpy())
    return Measured(*np.exp(Measured.mean(logs).numbers).tolist(), len(logs))
