"""The 235 logged runs of language models as one table: how each was trained, and where it ended.

All are Llama-type models trained by AdamW (0.9, 0.95) with weight decay 0.1, a warm-up of 300 updates and
seed 0. A run's losses are evaluated on the whole held-out set at its last update, and for some at others;
those logged every 200 updates are of a part of it, noisier and not comparable with these.
Haegele et al. 2024, arXiv:2405.18392; Schaipp et al. 2025, arXiv:2501.18965 (MIT licence).
"""

from __future__ import annotations

import json
from functools import cache

import pandas as pd

from lrlib import data

PREFIX = "lr-scheduling/data/"
SETTINGS = ("data", "parameters", "layers", "heads", "schedule", "cooldown", "shape", "end", "peak", "steps")
BASE = 2.71828  # of the logged perplexities: BASE^loss
SHAPES = {"linear": "linear", "sqrt": "1-sqrt", None: "linear"}


def table() -> pd.DataFrame:
    """One row a run, by name, as `curves.logged` names it; rows in the order of their files.

    data: slimpajama, slimpajama_chunk1 or openwebtext2. parameters: their number. layers, heads.
    schedule: "constant", "cosine", "wsd", or "two-stage" (a wsd that lowers the rate once before).
    cooldown: share of all updates, 0 without one. shape: of the cooldown, "linear" or "1-sqrt", else "".
    end: last rate over the peak, 1 for constant, 0 below a thousandth. peak: largest rate. steps: updates.
    tokens: trained on, over all updates. folder: "", "grad_norm" or "horizon_transfer".
    trunk: the run that it continues, "" for none, and started: from which update; 0 for one of its own.
    averages: whether averages of its weights were evaluated too.
    loss: cross-entropy in nats a token, of the whole held-out set after the last update.
    averaged: the same of averaged weights, NaN for none: the best of the means over the last 500, 1000, ...
    weights (every 5th of them), up to 5000 in most runs; the best is chosen on the same held-out set.
    Takes a second, once in a process. Raises `data.Unavailable` when the files cannot be had.
    """
    return _read()[0].copy()


def evaluations() -> pd.DataFrame:
    """All evaluations on the whole held-out set: columns run, step, loss, averaged (see `table`)."""
    return _read()[1].copy()


def twins() -> pd.DataFrame:
    """The configurations that were trained twice: columns run, again (names), and SETTINGS of each.

    Both with seed 0 and the same order of data: they differ in the version of the program and in what
    rounding makes of it; cooldowns continue trunks trained twice too. In 16 of 20, `again` is in grad_norm.
    """
    rows = table().reset_index().sort_values("folder", kind="stable")
    names = rows.groupby(list(SETTINGS), sort=False)["name"].agg(list)
    pairs = names[names.str.len() == 2]
    found = pd.DataFrame(pairs.tolist(), columns=["run", "again"], index=pairs.index)
    return found.reset_index()[["run", "again", *SETTINGS]]


@cache
def _read() -> tuple[pd.DataFrame, pd.DataFrame]:
    files = {}
    for path in data.paths(PREFIX):
        name = path.removeprefix(PREFIX).removesuffix(".json")
        files[name] = json.loads(data.fetch(path).read_text(encoding="utf-8"))
    called = {file["name"]: name for name, file in files.items()}
    settings = [{"name": name, **_settings(name, file, called)} for name, file in files.items()]
    full = pd.concat([_evaluations(name, file) for name, file in files.items()], ignore_index=True)
    runs = pd.DataFrame(settings)
    last = full.rename(columns={"run": "name", "step": "steps"})
    return runs.merge(last, on=["name", "steps"], how="left").set_index("name"), full


def _settings(name: str, file: dict, called: dict[str, str]) -> dict:
    config = file["config"]
    steps, peak = config["iterations"], config["lr"]
    cosine = config["scheduler"] == "cos"
    cooldown = 0.0 if cosine else config["wsd_fract_decay"]
    floor = config.get("cos_final_lr")
    tenth = floor is None or floor < 0  # how its trainer writes a tenth of the peak
    batch = config["batch_size"] * config["acc_steps"] * config["world_size"]
    from_ = config.get("resume_from")
    return {
        "folder": name.rpartition("/")[0],
        "data": config["dataset"],
        "parameters": file["summary"]["parameters"],
        "layers": config["n_layer"],
        "heads": config["n_head"],
        "schedule": "cosine" if cosine else _named(config["scheduler"], cooldown),
        "cooldown": cooldown,
        "shape": SHAPES[config.get("decay_type")] if cooldown else "",
        "end": (0.1 if tenth else 0.0) if cosine else (0.0 if cooldown else 1.0),
        "peak": peak,
        "steps": steps,
        "tokens": steps * batch * config["sequence_length"],
        "trunk": called[from_.split("/")[-3]] if from_ and not from_.endswith("/0") else "",
        "started": int(from_.split("/")[-1]) if from_ else 0,
        "averages": bool(config.get("weight_average")),
    }


def _named(scheduler: str, cooldown: float) -> str:
    return "two-stage" if scheduler == "wsd_twostage" else "wsd" if cooldown else "constant"


def _evaluations(name: str, file: dict) -> pd.DataFrame:
    found = file["history"].get("final-val")
    if found is None:  # four runs of 210M parameters logged their last evaluation in the summary only
        summary = file["summary"]
        return pd.DataFrame({"run": [name], "step": summary["iter"], "loss": summary["final-val/loss"]})
    averaged = found["final_val_best_loss_wa"] or [None] * len(found["iter"])
    columns = {"run": name, "step": found["iter"], "loss": found["final_val_loss"], "averaged": averaged}
    return pd.DataFrame(columns).astype({"averaged": float}).sort_values("step", kind="stable")
