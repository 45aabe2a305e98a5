"""Public runs side by side that differ in their schedule: one row a pair, the difference in percent.

Negative where the first ends lower. OLMo's ladder: the decayed run against the cosine. Logged runs: any two
schedules of the 124M model at one peak, and the authors' own comparison over all their models.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lrlib.evidence import ladder, runs
from lrlib.evidence.matched import MOST as MODEL
from lrlib.evidence.matched import percent

MAIN = {"folder": ""}
WSD = MAIN | {"schedule": "wsd", "cooldown": 0.2}
TENTH = MAIN | {"schedule": "cosine", "end": 0.1}
ZERO = MAIN | {"schedule": "cosine", "end": 0.0}
LINE = WSD | {"cooldown": 0.9}  # all but the first tenth
WHOLE = {"folder": "grad_norm", "schedule": "wsd", "cooldown": 0.994}  # all but the warmup
NEAR = (5e-4, 1e-3, 2e-3)  # peaks of the 124M model that are not far from the best
OURS = "ann124|cos-10-124m|cos-zero-124m"  # names of its runs at many peaks


def on_the_ladder(complete: bool = True) -> pd.DataFrame:
    """OLMo's decayed runs against its cosines: a row each size and length.

    Columns: parameters, tokens (a parameter), and in percent: `loss`, `bits` and each of `ladder.SETS`.
    complete: only the 19 pairs of which both were evaluated at the last update; else all 25, with the cosine
    read, between two evaluations, where the decayed run was evaluated last.
    """
    rows = {}
    for size in ladder.SIZES:
        for length in ladder.LENGTHS:
            cosine, decayed = (ladder.run(size, length, arm) for arm in ("cosine", "decay"))
            if complete and decayed.index[-1] != cosine.index[-1]:
                continue
            row = {"parameters": ladder.PARAMETERS[size], "tokens": 20 * length}
            for name in ("loss", "bits", *ladder.SETS):
                there = np.interp(decayed.index[-1], cosine.index, cosine[name])
                row[name] = percent(decayed[name].iloc[-1], there)
            rows[size, length] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["size", "length"])


def reruns() -> pd.DataFrame:
    """OLMo's cosines that were trained twice, the second against the first: size; `loss` and `bits`."""
    cosine = ladder.finals().xs("cosine", level="arm").xs(1, level="length")[["loss", "bits"]]
    return percent(cosine.xs(True, level="rerun"), cosine.xs(False, level="rerun"))


def at_one_peak(first: dict, second: dict, peaks=None) -> pd.DataFrame:
    """Runs of the 124M model against others of its peak and length: columns peak, steps, tokens, loss.

    first, second: what columns of `runs.table` must be, such as WSD or TENTH; no 1-sqrt cooldowns.
    peaks: those that count, by default all. tokens: a parameter; loss: in percent.
    """
    table = runs.table()
    table = table[(table.parameters == MODEL) & (table["shape"] != "1-sqrt")]
    table = table[table.index.str.contains(OURS)]  # the others repeat settings of these
    columns, by = ["peak", "steps", "tokens", "loss"], ["peak", "steps"]
    one, other = (_of(table, kind)[columns].sort_values(by) for kind in (first, second))
    found = one.merge(other, on=by, suffixes=("", "_second"))
    found = found if peaks is None else found[found.peak.isin(peaks)].reset_index(drop=True)
    loss = percent(found.loss, found.loss_second)
    return found[by].assign(tokens=found.tokens / MODEL, loss=loss)


def at_best_peaks(kinds: dict[str, dict], steps=(25000, 50000)) -> pd.DataFrame:
    """The lowest final loss of the 124M model over the peaks that were run, and that peak: a row a kind.

    kinds: name -> as `first` of `at_one_peak`. The best of a few single runs is a little too low.
    """
    table, rows = runs.table(), {}
    table = table[table.index.str.contains(OURS) & (table["shape"] != "1-sqrt")]
    for name, kind in kinds.items():
        losses = _of(table, kind).pivot(index="peak", columns="steps", values="loss")[[*steps]]
        lowest = {f"loss, {n}": losses[n].min() for n in steps}
        rows[name] = lowest | {f"peak, {n}": losses[n].idxmin() for n in steps}
    return pd.DataFrame.from_dict(rows, orient="index")


def as_its_authors() -> pd.DataFrame:
    """A 20 % cooldown against a cosine to a tenth of twice its peak: columns data, parameters, steps, tokens,
    loss. 28 pairs over 11 models, each at the peaks that the authors had chosen; see `at_one_peak`."""
    table = runs.table()
    table = table[(table.folder == "") & ~table.index.str.contains(OURS)]
    by = ["data", "parameters", "steps"]
    wsd, cosine = _of(table, WSD), _of(table, TENTH)
    found = wsd.merge(cosine[[*by, "peak", "loss"]], on=by, suffixes=("", "_second"))
    loss = percent(found.loss, found.loss_second)
    return found[by].assign(tokens=found.tokens / found.parameters, loss=loss).sort_values(by)


def _of(table: pd.DataFrame, kind: dict) -> pd.DataFrame:
    chosen = np.logical_and.reduce([table[column] == value for column, value in kind.items()])
    return table[chosen]
