"""The NanoGPT speedrun: validation losses of 1,525 logs, each one seed of a program, or several.

Track 3 fixes model (124M parameters), data and batch, and counts the steps to a validation loss of 3.28 with
any optimizer and schedule; track 1 counts seconds and changes everything. An extract of
KellerJordan/modded-nanogpt (MIT licence) in data/speedrun; ORIGIN.md there says how it was made.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from lrlib.checkout import ROOT, needed
from lrlib.rules import refused, unknown

FOLDER = ROOT / "data" / "speedrun"
TRACK_3 = "track_3_optimization/results/"
TARGET = 3.28
SIGMA = 0.0013  # of one run, by rule 3 of track 3
PER_STEP = 0.0045 / 100  # loss that a planned step is worth, by its README
COPIES = (  # of runs under another name, and the first part of one that was resumed
    "fake_log_from_seed0|final_val_loss|batch_combined_stdout|soda_fade_3000_n9/stdout/|seed05_part0"
)


@cache
def _curves() -> pd.DataFrame:
    table = pd.read_parquet(needed(FOLDER / "val_curves.parquet"))
    table = table.rename(columns={"planned_steps": "planned", "val_loss": "loss"}).astype({"log": str})
    table = table[~table.log.str.contains(COPIES)].reset_index(drop=True)
    folder = table.log.str.rpartition("/")[0].str.replace(r"/seed_\d+$", "", regex=True)
    alone = folder + "/" == TRACK_3
    table.insert(0, "program", folder.where(~alone, table.log).str.removeprefix(TRACK_3))
    table.insert(2, "run", table.groupby(["log", "step"]).cumcount())
    return table


def curves() -> pd.DataFrame:
    """All evaluations: columns program, log, run, step, planned, loss.

    program: the folder of its logs, below TRACK_3 or records/, and of a log in no folder of its own the log.
    run: counts the runs of one log from 0. step: updates made. planned: updates of the whole run. loss: nats
    a token. Left out are COPIES. Raises NoCheckout where lrlib does not run from its repository.
    """
    return _curves().copy()


def results() -> pd.DataFrame:
    """The results of track 3 by their number: steps, loss (published mean), n (runs), log, settings."""
    table = pd.read_parquet(needed(FOLDER / "track_3_results.parquet")).set_index("result")
    return table.set_axis(["steps", "loss", "n", "log", "settings"], axis=1)


def losses(program: str, step: int | None = None, planned: int | None = None) -> np.ndarray:
    """Losses of the runs of a program at a step, by default the last that all of them reached, shape (n,).

    program: as in `curves`. planned: only runs of so many planned steps. In the order of logs and runs, which
    is no pairing. Raises ValueError for an unknown program, and for a step at which a run was not evaluated.

    >>> len(losses("20260430_muonh", 3325))
    10
    """
    table = _curves()
    if program not in set(table.program):
        near = [name for name in table.program.unique() if program[:10] in name]
        raise ValueError(unknown("program", program, near or [TRACK_3]))
    table = table[(table.program == program) & (True if planned is None else table.planned == planned)]
    by_run = table.pivot(index=["log", "run"], columns="step", values="loss").dropna(axis=1)
    if step is None:
        return by_run[by_run.columns.max()].to_numpy()
    if step not in by_run:
        raise refused("step", f"one of {', '.join(map(str, by_run.columns[-8:]))} or an earlier one", step)
    return by_run[step].to_numpy()


@cache
def programs(fewest: int = 6) -> dict[str, np.ndarray]:
    """Programs of track 3 with that many runs of one number of planned steps: name and steps -> losses."""
    table = _curves()
    table = table[table.log.str.startswith(TRACK_3)]
    found = {}
    for (program, planned), runs in table.groupby(["program", "planned"]):
        if len(runs.drop_duplicates(["log", "run"])) >= fewest:
            found[f"{program}, {planned}"] = losses(program, planned=planned)
    return found
