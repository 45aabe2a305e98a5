"""The stored runs by plain pandas from their files."""

import numpy as np
import pandas as pd

from lrlib.evidence import sweeps
from tests.evidence.ways import Way

SAME = 1e-6
GUESS = np.log(3)
WIDTHS = 16, 32, 64, 128


def runs(name, part, schedule=0):
    """Last held-out losses of one schedule in one part of a stored sweep: rate x seed."""
    table = pd.read_parquet(sweeps.FOLDER / f"{name}.parquet")
    table = table[table["part"] == part]
    table = table[table["schedule"] == table["schedule"].unique()[schedule]]
    last = table["heldout_loss"].map(lambda run: run[-1]).where(~table["diverged"], GUESS)
    return table.assign(last=last).pivot(index="base_lr", columns="seed", values="last")


def above(one, other):
    means = [runs(name, "judged", schedule).to_numpy().mean() for name, schedule in (one, other)]
    return 100 * (means[0] / means[1] - 1)


def usable(schedule):
    """Mean over seeds, walking up the grid from a seed's best rate; powers of 2."""
    table = runs("untuned/adam", "grid", schedule)
    bar = GUESS - 0.9 * (GUESS - runs("untuned/adam", "grid").mean(axis=1).min())
    powers = []
    for seed in table:
        run = table[seed]
        k = run.argmin()
        while k + 1 < len(run) and run.iloc[k + 1] <= bar:
            k += 1
        power = np.log2(run.index[k])
        if k + 1 < len(run):
            share = (bar - run.iloc[k]) / (run.iloc[k + 1] - run.iloc[k])
            power += share * (np.log2(run.index[k + 1]) - power)
        powers.append(power)
    return np.mean(powers)


def sensitivity(schedule):
    table = runs("untuned/adam", "grid", schedule).clip(upper=GUESS)
    return (table - table.min()).to_numpy().mean()


def power(scaling):
    """Slope over widths of the vertex of a parabola through three points of each grid's means."""
    rates = []
    for width in WIDTHS:
        means = runs(f"transfer/{'standard' if width == 64 else scaling}-{width}", "grid").mean(axis=1)
        near = slice(means.argmin() - 1, means.argmin() + 2)
        a, b, _ = np.polyfit(np.log(means.index[near]), means.iloc[near], 2)
        rates.append(-b / (2 * a))
    sizes = np.log(WIDTHS) - np.log(WIDTHS).mean()
    return sizes @ rates / (sizes @ sizes)


RADAM, ADAM = ("untuned/radam", 0), ("untuned/adam", 0)
WAYS = {
    "untuned-linear-as-radam": Way(lambda: above(("untuned/adam", 1), RADAM), within=SAME),
    "untuned-exponential-as-radam": Way(lambda: above(("untuned/adam", 2), RADAM), within=SAME),
    "radam-surpasses-adam": Way(lambda: above(RADAM, ADAM), within=SAME),
    "warm-up-gains-at-the-best-rate": Way(lambda: above(("untuned/adam", 1), ADAM), within=SAME),
    "warm-up-allows-larger-rates": Way(lambda: usable(1) - usable(0), within=SAME),
    "warm-up-lowers-sensitivity": Way(lambda: sensitivity(1) / sensitivity(0), within=SAME),
    "standard-peaks-fall-with-width": Way(lambda: power("standard"), within=SAME),
    "mup-peak-stays": Way(lambda: power("muP"), within=SAME),
}
