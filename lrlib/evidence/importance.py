"""A random search over six hyper-parameters of an MLP on the digits, and which of them the loss depends on.

`python -m lrlib.evidence.importance` trains and writes `data/importance/`: two minutes on one core.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pandas as pd

from lrlib.checkout import ROOT, needed

FOLDER = ROOT / "data" / "importance"
RANGES = {  # parameter -> lowest, highest; uniform in the logarithm, but for the number of layers
    "narrow": {"rate": (1e-2, 1e-1), "1 - momentum": (0.1, 0.5), "batch": (32, 64), "width": (32, 64),
               "weight decay": (1e-5, 1e-3), "layers": (1, 2)},
    "middle": {"rate": (10**-2.5, 10**-0.5), "1 - momentum": (0.05, 1), "batch": (16, 128),
               "width": (16, 128), "weight decay": (1e-6, 1e-2), "layers": (1, 3)},
    "wide": {"rate": (1e-4, 1), "1 - momentum": (0.01, 1), "batch": (8, 256), "width": (8, 256),
             "weight decay": (1e-6, 1e-1), "layers": (1, 4)},
}  # fmt: skip
NAMES = tuple(RANGES["wide"])
RUNS, MODELS, STEPS, SEARCH_SEED, GRID_SEED = 200, 24, 300, 2000, 3000
GRID = 2.0 ** np.arange(-8, 3.1, 0.5)
GUESS = float(np.log(10))  # the loss of a constant guess


def drawn(ranges: str, rows: int, seed: int) -> pd.DataFrame:
    """Configurations drawn at random, a row each, with the seeds of their runs."""
    rng = np.random.default_rng(seed)
    table = {name: np.exp(rng.uniform(*np.log(reach), rows)) for name, reach in RANGES[ranges].items()}
    low, high = RANGES[ranges]["layers"]
    whole = {"batch": table["batch"].round().astype(int), "width": table["width"].round().astype(int),
             "layers": rng.integers(low, high + 1, rows)}  # fmt: skip
    return pd.DataFrame(table | whole | {"seed": seed + np.arange(rows)})


@cache
def digits() -> tuple[np.ndarray, ...]:
    """Training images and labels, held-out images and labels: 1,437 and 360."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order] / 16 - 0.3, labels[order]
    return images[:1437], labels[:1437], images[1437:], labels[1437:]


def train(rates: np.ndarray, config: pd.Series, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """Held-out and training loss at the end, one per rate: SGD with momentum and weight decay, ReLU, float64.

    All rates share initial weights and batches; a loss that is not a number is infinite.
    """
    rng, (x, y, held, held_y) = np.random.default_rng(int(config.seed)), digits()
    sizes = [64, *[int(config.width)] * int(config.layers), 10]
    layers = [rng.standard_normal((i, o)) * np.sqrt(2 / i) for i, o in itertools.pairwise(sizes)]
    layers = [np.repeat(np.vstack([w, np.zeros(w.shape[1])])[None], len(rates), 0) for w in layers]
    moving = [np.zeros_like(w) for w in layers]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            rows = rng.integers(len(x), size=int(config.batch))
            for w, v, slope in zip(layers, moving, gradients(layers, x[rows], y[rows]), strict=True):
                v *= 1 - config["1 - momentum"]
                v += slope + config["weight decay"] * w
                w -= np.asarray(rates)[:, None, None] * v
        found = [loss(layers, *each) for each in ((held, held_y), (x, y))]
    return tuple(np.where(np.isfinite(each), each, np.inf) for each in found)


def activations(layers, x) -> list[np.ndarray]:
    """What goes into each layer, with a column of ones for the bias, and what comes out of the last."""
    into = [_with_ones(np.broadcast_to(x, (len(layers[0]), *x.shape)))]
    for w in layers[:-1]:
        into.append(_with_ones(np.maximum(into[-1] @ w, 0)))
    return [*into, into[-1] @ layers[-1]]


def loss(layers, x, y) -> np.ndarray:
    """Mean cross-entropy, one per model."""
    scores = activations(layers, x)[-1]
    scores = scores - scores.max(-1, keepdims=True)
    return (np.log(np.exp(scores).sum(-1)) - scores[:, np.arange(len(y)), y]).mean(-1)


def gradients(layers, x, y) -> list[np.ndarray]:
    """Of the mean cross-entropy, by backpropagation."""
    *into, scores = activations(layers, x)
    back = np.exp(scores - scores.max(-1, keepdims=True))
    back /= back.sum(-1, keepdims=True)
    back[:, np.arange(len(y)), y] -= 1
    back /= len(y)
    found = []
    for a, w in zip(into[::-1], layers[::-1], strict=True):
        found.append(a.swapaxes(1, 2) @ back)
        back = (back @ w[:, :-1].swapaxes(1, 2)) * (a[..., :-1] > 0)
    return found[::-1]


def _with_ones(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def search() -> pd.DataFrame:
    """200 random configurations of each range, with their losses."""
    tables = []
    for number, ranges in enumerate(RANGES):
        table = drawn(ranges, RUNS, SEARCH_SEED + RUNS * number)
        losses = [train(np.array([row.rate]), row) for _, row in table.iterrows()]
        table[["held out", "training"]] = np.array(losses)[..., 0]
        tables.append(table.assign(ranges=ranges))
    return pd.concat(tables, ignore_index=True)


def grids() -> pd.DataFrame:
    """24 configurations of the middle range, each at all rates of GRID."""
    table = drawn("middle", MODELS, GRID_SEED).drop(columns="rate")
    found = []
    for model, row in table.iterrows():
        held, training = train(GRID, row)
        found.append(pd.DataFrame({"model": model, "rate": GRID, "held out": held, "training": training}))
    return pd.concat(found, ignore_index=True).merge(table, left_on="model", right_index=True)


@cache
def stored(name: str) -> pd.DataFrame:
    """The table "search" or "grids", as it was trained. FileNotFoundError outside a checkout."""
    return pd.read_csv(needed(FOLDER / f"{name}.csv"))


if __name__ == "__main__":
    for name, table in (("search", search()), ("grids", grids())):
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.10g")
