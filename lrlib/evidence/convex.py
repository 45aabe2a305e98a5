"""The last-iterate bound of convex optimisation beside the final losses of logged runs.

`theory.last_iterate_bound` knows of a run its rates, a distance D and gradient norms, here all equal to one
number G. Up to a factor D G it depends on the rates times G / D alone, so one number says how rates of the
runs and rates of the bound go together: `unit`, the rate of the runs that is 1 in the bound at D = G = 1.

The runs: 124M parameters, SlimPajama, of Haegele et al. 2024 and Schaipp et al. 2025 (`evidence.runs`). All
have seed 0, so their noise is that of 16 configurations which were trained twice, `noise`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from lrlib import stats
from lrlib.evidence import curves, runs
from lrlib.schedules import Schedule, constant, cosine, linear, warp
from lrlib.theory import bound_terms, last_iterate_bound, tuned_bound

WARMUP, STEPS = 300, 50_000
SHARES, LENGTHS = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9), (15_000, 25_000, 35_000, 50_000)
REDRAWS = 2000
BROKEN = 5.0  # a loss above it is that of a run that broke
SCHEDULES = {  # label -> (schedule, cooldown, shape, end) in `runs.table`
    "constant": ("constant", 0.0, "", 1.0),
    **{f"cooldown {share:g}": ("wsd", share, "linear", 0.0) for share in SHARES},
    "linear": ("wsd", 0.994, "linear", 0.0),
    "1-sqrt 0.2": ("wsd", 0.2, "1-sqrt", 0.0),
    "cosine": ("cosine", 0.0, "", 0.0),
    "cosine to 0.1": ("cosine", 0.0, "", 0.1),
}
LIKE = ["schedule", "cooldown", "shape", "end"]


def schedule(cooldown: float = 0.0, shape: str = "linear", steps: int = STEPS) -> Schedule:
    """Warm-up, the peak, and a cooldown to zero over a share of all steps."""
    down = round(cooldown * steps)
    held = linear(0.01, 1, WARMUP) >> constant(1, steps - WARMUP - down)
    fall = linear(1, 0, max(down, 1))
    return held >> (warp(fall, 0.5) if shape == "1-sqrt" else fall) if down else held


def multipliers(label: str) -> np.ndarray:
    """What one of SCHEDULES multiplies the peak by in 50,000 steps, the last above 0."""
    kind, cooldown, shape, end = SCHEDULES[label]
    if kind == "cosine":
        return (linear(0.01, 1, WARMUP) >> cosine(1, end, STEPS - WARMUP)).values(STEPS)
    return schedule(cooldown, shape).values(STEPS)


@cache
def models() -> pd.DataFrame:
    """The rows of `runs.table` that are compared here: 124M parameters on SlimPajama, with `label`."""
    table = runs.table()
    table = table[
        (table.layers == 12) & table.index.str.contains(r"(?:^|/)(?:ann|stable-|cos-\d+-|cos-zero-)124")
    ]
    labels = {like: label for label, like in SCHEDULES.items()}
    return table.assign(label=[labels.get(tuple(row), "") for row in table[LIKE].itertuples(index=False)])


@cache
def noise() -> float:
    """Standard deviation of the final loss of one run: root mean square difference of twins / sqrt 2."""
    table, twins = runs.table(), runs.twins()
    twins = twins[twins.again.str.startswith("grad_norm/")]
    gaps = table.loss[twins.run].to_numpy() - table.loss[twins.again].to_numpy()
    return float(np.sqrt(np.mean(gaps**2) / 2))


def redrawn(losses: np.ndarray, times: np.ndarray | int = 1, seed: int = 0) -> np.ndarray:
    """Losses with the noise of one run drawn anew REDRAWS times. times: how often each was trained."""
    drawn = np.random.default_rng(seed).normal(size=(REDRAWS, *np.shape(losses)))
    return losses + noise() / np.sqrt(times) * drawn


def grid(label: str, steps: int = STEPS) -> pd.DataFrame:
    """By peak rate, rising: the final loss of a schedule, mean over twins, and how often it was trained."""
    table = models()
    table = table[table.loss < BROKEN]
    found = table[(table.label == label) & (table.steps == steps)].groupby("peak").loss
    return pd.DataFrame({"loss": found.mean(), "times": found.size()})


def best(label: str) -> tuple[float, float, np.ndarray, np.ndarray]:
    """A schedule's best rate and the loss there, and both with the noise drawn anew, (REDRAWS,)."""
    runs_of = grid(label)
    rates, losses = runs_of.index.to_numpy(), runs_of.loss.to_numpy()
    rate, loss = stats.vertices(rates, losses)
    seed = list(SCHEDULES).index(label)
    return float(rate), float(loss), *stats.vertices(rates, redrawn(losses, runs_of.times.to_numpy(), seed))


def best_by_cubic(label: str) -> tuple[float, np.ndarray]:
    """The best rate by another interpolation, the cubic through 0.0005 to 0.003, and with the noise anew."""
    found = grid(label).loc[0.0005:0.003]
    x, fine = np.log(found.index.to_numpy()), np.linspace(*np.log([0.0005, 0.003]), 1001)
    drawn = redrawn(found.loss.to_numpy(), found.times.to_numpy(), list(SCHEDULES).index(label))
    cubics = np.linalg.solve(np.vander(x), np.vstack([found.loss, drawn]).T)
    rates = np.exp(fine[(np.vander(fine, 4) @ cubics).argmin(axis=0)])
    return float(rates[0]), rates[1:]


def at_best() -> pd.DataFrame:
    """One row a schedule of 50,000 steps: its bound (over D G / sqrt T), its best rate and loss."""
    shapes = np.array([multipliers(label) for label in SCHEDULES])
    bounds = tuned_bound(shapes)[1] * np.sqrt(STEPS)
    found = [best(label)[:2] for label in SCHEDULES]
    table = pd.DataFrame(found, index=list(SCHEDULES), columns=["rate", "loss"])
    return table.assign(bound=bounds)[["bound", "loss", "rate"]]


def by_length(share: float) -> pd.DataFrame:
    """Final losses of a linear cooldown, the main set: rows 0.0005, 0.001, 0.002, a column a length."""
    table = models()
    table = table[(table.label == f"cooldown {share:g}") & (table.folder == "")]
    return table.pivot(index="peak", columns="steps", values="loss").loc[0.0005:0.002, list(LENGTHS)]


def vertices(losses: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Best log rates of (..., rates, lengths): parabolas in log rate of one curvature, by least squares."""
    x = np.log(rates) - np.log(rates).mean()
    design = np.stack([np.ones_like(x), x, x**2], axis=1)
    _, slope, curvature = np.moveaxis(np.linalg.pinv(design) @ losses, -2, 0)
    return np.log(rates).mean() - slope / (2 * curvature.mean(axis=-1, keepdims=True))


def exponent(vertex: np.ndarray) -> np.ndarray:
    """Slope of best log rates, (..., lengths), over the logarithm of the lengths."""
    x = np.log(LENGTHS) - np.log(LENGTHS).mean()
    return vertex @ x / (x @ x)


def best_shares(losses: np.ndarray) -> np.ndarray:
    """Best share of cooldown by the parabola in its logarithm: losses (..., shares)."""
    return stats.vertices(SHARES, losses)[0]


def by_share(rate: float) -> np.ndarray:
    """Final losses of linear cooldowns at a peak rate, the main set: (lengths, shares)."""
    return np.array([by_length(share).loc[rate].to_numpy() for share in SHARES]).T


@cache
def unit() -> float:
    """The rate of the runs that is 1 in the bound: the best rates of a 20 % cooldown are laid together."""
    return best("cooldown 0.2")[0] / float(tuned_bound(multipliers("cooldown 0.2"))[0])


def bound_at(shapes: np.ndarray, rate: float) -> np.ndarray:
    """The bound, over D G, of the rates `rate * shapes`, (..., T)."""
    of_distance, of_gradients = bound_terms(shapes)
    return of_distance / (rate / unit()) + of_gradients * (rate / unit())


def halfway(name: str) -> tuple[float, float]:
    """Share of a 20 % cooldown's drop that is reached half-way: in the logged run, and in the bound."""
    run = models().loc[name]
    start = round(0.8 * run.steps)
    middle = (start + run.steps) // 2
    own, trunk = (
        curves.logged(f"{runs.PREFIX}{each}.json").history["val"].val_loss for each in (name, run.trunk)
    )
    losses = pd.concat([trunk[trunk.index <= start], own[own.index > start]])
    near = losses.iloc[np.argsort(np.abs(losses.index - middle), kind="stable")[:3]].mean()
    logged = losses.loc[:start].iloc[-3:].mean(), near, losses.iloc[-1]
    rates = run.peak / unit() * schedule(0.2, "linear", run.steps).values(run.steps)
    steps = (start, middle, int(losses.index[-1]))
    bounds = [float(last_iterate_bound(rates[:step])) for step in steps]
    return tuple((top - mid) / (top - end) for top, mid, end in (logged, bounds))


def extensions() -> pd.DataFrame:
    """Pairs of final losses of extended runs: as the bound advises, and unchanged; six rows."""
    table = runs.table()
    table = table[(table.folder == "horizon_transfer") & (table.steps > STEPS)]
    plain = table[(table.schedule == "wsd") & (table.cooldown == 0.2)].set_index(["layers", "steps"]).loss
    advised = table[(table.schedule == "two-stage") | (table.cooldown == 0.6)]
    unchanged = plain.loc[list(zip(advised.layers, advised.steps, strict=True))].to_numpy()
    return advised[["parameters", "schedule", "cooldown", "steps", "loss"]].assign(unchanged=unchanged)


def norms() -> pd.Series:
    """Gradient norm in the last tenth of a run over that in its fifth tenth, by run."""
    table = models()
    table = table[(table.folder == "grad_norm") & (table.schedule != "constant")]
    return pd.Series({name: _norms(name, peak) for name, peak in table.peak.items()}).dropna()


def _norms(name: str, peak: float) -> float:
    own = _logged_norms(name)
    if own.index[0] > 0.4 * STEPS:
        table = models()
        (trunk,) = table[
            (table.folder == "grad_norm") & (table.label == "constant") & (table.peak == peak)
        ].index
        own = pd.concat([_logged_norms(trunk).loc[: own.index[0] - 1], own])
    early, late = own.loc[0.4 * STEPS : 0.5 * STEPS], own.loc[0.9 * STEPS : STEPS]
    return late.mean() / early.mean()


def _logged_norms(name: str) -> pd.Series:
    logged = history(name)["train"]
    return logged.grad_norm if "grad_norm" in logged else pd.Series([np.nan], index=[0])


@cache
def history(name: str) -> dict[str, pd.DataFrame]:
    """The logged history of a run, by group of metrics."""
    return curves.logged(f"{runs.PREFIX}{name}.json").history
