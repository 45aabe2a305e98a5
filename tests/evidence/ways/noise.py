"""Second ways to the numbers of the section `noise`: plain pandas, other statistics, other runs."""

import json

import numpy as np
import pandas as pd

from lrlib import data
from lrlib.checkout import ROOT
from lrlib.evidence.measures import noise
from tests.evidence.ways import Way

NORMAL = 0.6745  # median of |standard normal|


def curves() -> pd.DataFrame:
    """The extract as it is shipped, with nothing taken out."""
    return pd.read_parquet(ROOT / "data" / "speedrun" / "val_curves.parquet").astype({"log": str})


def at(folder: str, step: int) -> np.ndarray:
    table = curves()
    return table[table.log.str.contains(folder, regex=False) & (table.step == step)].val_loss.to_numpy()


def scatter() -> float:
    """From the median difference of two runs of a program, of the folders whose logs hold a run each."""
    table = curves()
    table = table[table.log.str.contains("track_3.*/2026") & (table.step >= 2000)]
    found = []
    for _, logs in table.groupby(table.log.str.rpartition("/")[0]):
        last = logs.groupby("log").step.max()
        shared = logs[logs.step == last.min()]
        if last.min() == last.max() and len(shared) == len(last) >= 6:
            x = shared.val_loss.to_numpy()
            found.append(np.median(np.abs(x[:, None] - x)[np.triu_indices(len(x), 1)]))
    return float(np.sqrt(np.mean(np.square(found)))) / NORMAL / np.sqrt(2)


def from_one_speedrun() -> float:
    return 1.96 * np.sqrt(2) * scatter() / 3.28 * 100


def raw(name: str) -> float:
    """The last full evaluation in a run's file."""
    history = json.loads(data.fetch(f"lr-scheduling/data/{name}").read_text())["history"]
    return history["final-val"]["final_val_loss"][-1]


def from_one_pair() -> float:
    """Root mean square over all 16 doubled configurations, by file name: no mean difference is taken out."""
    names = [path.rpartition("/")[2] for path in data.paths("lr-scheduling/data/grad_norm/")]
    twice = [name for name in names if f"lr-scheduling/data/{name}" in data.paths("lr-scheduling/data/")]
    assert len(twice) == 16
    gaps = [np.log(raw(f"grad_norm/{name}") / raw(name)) for name in twice]
    return 1.96 * 100 * float(np.sqrt(np.mean(np.square(gaps))))


def schedules_against_noise() -> float:
    """From logarithms within settings, as one analysis of variance, over the noise of all 16 doubles."""
    rows = []
    for path in data.paths("lr-scheduling/data/"):
        config = json.loads(data.fetch(path).read_text())["config"]
        name = path.removeprefix("lr-scheduling/data/")
        zero = config.get("cos_final_lr") == 1e-7 if config["scheduler"] == "cos" else True
        known = config.get("decay_type") and config["dataset"] == "slimpajama" and config["n_layer"] == 12
        if not name.startswith(("ann124", "cos-zero")) or not zero or not known or config["lr"] > 0.002:
            continue
        if config["iterations"] in (25000, 50000) and not config["wsd_fract_decay"] > 0.9:
            rows.append((config["lr"], config["iterations"], np.log(raw(name))))
    table = pd.DataFrame(rows, columns=["peak", "steps", "loss"])
    assert (table.groupby(["peak", "steps"]).size() == 8).all()
    among = table.loss - table.groupby(["peak", "steps"]).loss.transform("mean")
    noise_sd = from_one_pair() / 1.96 / np.sqrt(2)
    return 100 * float(np.sqrt((among**2).sum() / (7 * 8))) / noise_sd


def by_size() -> float:
    """From the files: columns found by name, sizes as published, another least squares."""
    folder, sizes = "OLMo/scripts/scaling/data/peteish-moreeval/", ("190M", "370M", "760M", "1B", "3B")
    logs = []
    for size in sizes:
        first, again = (
            pd.read_csv(data.fetch(f"{folder}{size}-1xC{end}.csv")).set_index("_step")
            for end in ("", "-rerun")
        )
        columns = [column for column in first if column.endswith("CrossEntropyLoss")]
        gap = (again[columns] - first[columns]).dropna().iloc[-1].mean()
        logs.append(np.log(abs(gap)))
    x = np.log([190.4, 371.5, 758.4, 1280, 3170])
    return float(np.polyfit(x, logs, 1)[0])


def shift(old: np.ndarray, new: np.ndarray) -> float:
    """Hodges and Lehmann: the median of all differences between two groups."""
    return float(np.median(old[:, None] - new))


def saved(name: str):
    (old, old_step), (new, new_step) = noise.PAIRS[name]

    def function() -> float:
        table = curves()
        groups = []
        for program, step in ((old, old_step), (new, new_step)):
            part = table[table.log.str.contains(f"results/{program}/") & (table.step == step)]
            part = part[~part.log.str.contains("final_val_loss|seed01_")]
            groups.append(part.val_loss.to_numpy())
        return old_step - new_step + shift(*groups) / 0.000045

    return function


def shorter_plan() -> float:
    return shift(at("478c0427", 3150), at("1bd8db7a", 3350))


def drift() -> float:
    """Medians instead of means."""
    found = []
    for planned, program, again in noise.RERUNS.values():
        first = at(f"track_1_short/{program}/", planned)
        later = np.concatenate([at(f"track_1_short/{each}/", planned) for each in again])
        found.append(shift(later, first))
    return float(np.mean(found))


WAYS = {
    "speedrun-sigma": Way(scatter, within=0.0001),
    "run-to-run-five-hundredths": Way(scatter, within=0.0001),
    "a-thousandth-from-one-speedrun": Way(from_one_speedrun, within=0.01),
    "a-tenth-of-a-percent-from-one-pair": Way(from_one_pair, within=0.03),
    "three-quarters-of-a-percent-from-one-pair": Way(from_one_pair, within=0.03),
    "schedules-are-noise": Way(schedules_against_noise, within=2),
    "seed-noise-at-any-size": Way(by_size, within=0.01),
    "steps-are-worth-loss": Way(shorter_plan, within=0.001),
    "records-hold-up": Way(drift, within=0.0003),
    **{name: Way(saved(name), within=15) for name in noise.PAIRS},
}
