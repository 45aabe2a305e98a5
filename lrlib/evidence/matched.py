"""Comparisons that the logged runs hold: each row sets runs side by side that differ in one thing.

Losses are those of the whole held-out set, in nats a token; of a configuration trained twice, the mean.
Differences are in percent of the second loss. See `runs.table` for what the runs are.
"""

import numpy as np
import pandas as pd

from lrlib.evidence import curves, runs
from lrlib.rules import refused

MODEL = ["data", "parameters"]
WARMUP = 300  # updates, of every run
MOST = 123_587_328  # parameters of the model that was trained in most ways


def percent(one, other):
    """How much one is above the other, in percent."""
    return 100 * (one / other - 1)


def cooldowns() -> pd.DataFrame:
    """Runs of 124M parameters with a cooldown: peak, steps, cooldown, shape, loss; a row a setting."""
    table = runs.table()
    wsd = table[(table.schedule == "wsd") & (table.data == "slimpajama") & (table.parameters == MOST)]
    return wsd.groupby(["peak", "steps", "cooldown", "shape"], as_index=False)["loss"].mean()


def shapes() -> pd.DataFrame:
    """1-sqrt beside linear over the last 20 %: peak, steps, linear, 1-sqrt (losses), difference (%)."""
    found = cooldowns()
    found = found[found.cooldown == 0.2].pivot(index=["peak", "steps"], columns="shape", values="loss")
    found = found.dropna().reset_index().rename_axis(columns=None)
    return found.assign(difference=percent(found["1-sqrt"], found["linear"]))


def lengths() -> pd.DataFrame:
    """Linear cooldowns by share of the updates: a row a peak and number of updates, a column a share."""
    found = cooldowns()
    linear = found[found["shape"] == "linear"]
    return linear.pivot(index=["peak", "steps"], columns="cooldown", values="loss")


def at_one_step() -> pd.DataFrame:
    """What else a constant run could have been at a step where it was evaluated, a row a model and step.

    model; step; tokens a parameter; raw, averaged: the constant run and averages of its weights; cooldown:
    its linear cooldown over 20 % that ends there, NaN where there is none; cosine: a run to a tenth that
    ends there. 11 models of 33M to 360M parameters at 3 steps each, 25 with a cooldown.
    """
    table = runs.table()
    found = _evaluated("constant", table).rename(columns={"loss": "raw"})
    ends = {
        "cooldown": table[(table.schedule == "wsd") & table.trunk.isin(found.run)],
        "cosine": table[table.averages & (table.schedule == "cosine")],
    }
    for name, one in ends.items():
        losses = one[[*MODEL, "steps", "loss"]].rename(columns={"steps": "step", "loss": name})
        found = found.merge(losses, on=[*MODEL, "step"], how="left")
    return found.drop(columns=["run", "steps", "tokens", *MODEL])


def on_the_way(parameters: int, steps: int, dataset: str = "slimpajama") -> pd.DataFrame:
    """The four of `at_one_step` up to one end: raw, averaged, cooldown, cosine, by update; NaN where none is.

    Losses logged every 200 updates, of the same part of the held-out set each time: good for a picture, not
    comparable with those of the whole. averaged: the best window up to there. Raises ValueError for a model
    and end that have no such four.
    """
    table = runs.table()
    mine = table[(table.parameters == parameters) & (table.data == dataset)]
    trunks = mine[mine.averages & (mine.schedule == "constant") & (mine.steps >= steps)]
    ends = mine[mine.steps == steps]
    branches = ends[ends.trunk.isin(trunks.index) & (ends.schedule == "wsd")]
    fitting = ends[ends.averages & (ends.schedule == "cosine")]
    if not len(trunks) == len(branches) == len(fitting) == 1:
        raise refused(
            "parameters, steps, dataset",
            "a row of `at_one_step` with a cooldown",
            (parameters, steps, dataset),
        )
    trunk, branch, cosine = (
        curves.logged(f"{runs.PREFIX}{found.index[0]}.json").history for found in (trunks, branches, fitting)
    )
    averaged = np.log(trunk["wa"].val_best_perplexity_wa) / np.log(runs.BASE)
    lines = {"raw": trunk["val"].val_loss, "averaged": averaged}
    lines |= {"cooldown": branch["val"].val_loss, "cosine": cosine["val"].val_loss}
    return pd.DataFrame(lines).loc[:steps]


def cosines() -> pd.DataFrame:
    """Cosines that were evaluated before their end, beside one of that length, a row a pair.

    model; stopped, planned: updates; ratio: planned over stopped; left: see `decay_left`; loss: of the longer
    at `stopped`; fitting: of the one that ends there; excess: of the first over the second, in percent.
    11 models, 33 pairs.
    """
    found = _evaluated("cosine", runs.table())
    ended = found[found.step == found.steps].rename(columns={"loss": "fitting"})
    pairs = found[found.step < found.steps].merge(ended[["model", "step", "fitting"]], on=["model", "step"])
    pairs = pairs.rename(columns={"step": "stopped", "steps": "planned"})
    ratio, left = pairs.planned / pairs.stopped, decay_left(pairs.stopped - WARMUP, pairs.planned - WARMUP)
    pairs = pairs.assign(ratio=ratio, left=left, excess=percent(pairs.loss, pairs.fitting))
    return pairs[["model", "stopped", "planned", "ratio", "left", "loss", "fitting", "excess"]]


def decay_left(stopped, planned):
    """The share of a cosine's fall that is left after `stopped` of `planned` updates."""
    return (1 + np.cos(np.pi * stopped / planned)) / 2


def by_model(values: pd.Series, models: pd.Series) -> np.ndarray:
    """The mean within each model, by name: what is independent of another is a model, not an evaluation."""
    return values.groupby(models).mean().to_numpy()


def _evaluated(schedule: str, table: pd.DataFrame) -> pd.DataFrame:
    """All full evaluations of the runs of the 11 models, whose weights were averaged too."""
    chosen = table[table.averages & (table.schedule == schedule) & (table.trunk == "")]
    columns = chosen[[*MODEL, "steps", "tokens"]].rename_axis("run").reset_index()
    found = runs.evaluations().merge(columns, on="run").sort_values([*MODEL, "steps", "step"])
    millions = (found.parameters / 1e6).map("{:.0f}M".format)
    shown = found.tokens / found.steps * found.step / found.parameters
    found = found.assign(model=millions + " " + found.data, **{"tokens a parameter": shown})
    return found.reset_index(drop=True)
