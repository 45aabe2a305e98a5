"""OLMo's scaling ladder: 5 sizes x 5 lengths of one language model, with a cosine, and with a constant trunk
that is decayed in a line.

A size has one peak rate, 0.0047 / 4 (N / 108e6)^(-1/3) for N parameters, which was tuned for neither; warmup
lasts about N tokens in every run, so it is a larger share of a short one. Lengths count in 20 tokens a
parameter. allenai/OLMo, branch ladder-1xC, 9bc064c (Apache-2.0); Bhagia et al. 2024, arXiv:2412.04403.

| arm | rates after warmup | runs |
|---|---|---|
| cosine | half a cosine from the peak to a tenth of it | one a size and length, at length 1 another one |
| constant | the peak | one a size, as long as the longest |
| decay | a line to a tenth over the last 10 %, branched from the constant run | one a size and length |
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from lrlib import data
from lrlib.rules import refused

PARAMETERS = {"190M": 190.4e6, "370M": 371.5e6, "760M": 758.4e6, "1B": 1.28e9, "3B": 3.17e9}
SIZES, LENGTHS, ARMS = tuple(PARAMETERS), (0.5, 1, 2, 5, 10), ("cosine", "constant", "decay")
FOLDERS = {
    "cosine": "peteish-moreeval",
    "constant": "peteish-moreeval-const",
    "decay": "peteish-moreeval-decay",
}
FACTS = {
    "optim/learning_rate_group0": "rate",
    "learning_rate_peak": "peak",
    "throughput/total_tokens": "tokens",
}
LOSS, BITS = "eval/{}-validation/CrossEntropyLoss", "eval/downstream_bpb/{}_bpb"
SETS = (
    *("c4_en", "dolma_books", "dolma_common-crawl", "dolma_pes2o", "dolma_reddit", "dolma_stack"),
    *("dolma_wiki", "ice", "m2d2_s2orc", "pile", "wikitext_103"),
)
_SUBJECTS = [f"mmlu_{subject}" for subject in ("stem", "humanities", "social_sciences", "other")]
TASKS = {  # columns of a task, of which the mean is taken: subjects and splits
    "mmlu": [f"{subject}_{split}" for split in ("val", "test") for subject in _SUBJECTS],
    **{task: [f"{task}_val", f"{task}_test"] for task in ("arc_easy", "arc_challenge", "openbookqa")},
    **{task: [f"{task}_val"] for task in ("hellaswag", "boolq", "csqa", "piqa", "socialiqa", "winogrande")},
}


@cache
def run(size: str, length: float, arm: str, rerun: bool = False) -> pd.DataFrame:
    """The evaluations of one run, one row a step (updates made so far), rising.

    Columns: rate (in effect), peak, tokens (seen); `loss`, the mean cross-entropy over SETS, then each set's,
    in nats a token; `bits`, the mean over TASKS, then each task's, in bits a byte of the right answer.
    length: of LENGTHS; rerun: the second run of a cosine at length 1. Raises ValueError for a run that is not
    there, `data.Unavailable` when its file cannot be had.
    """
    table = pd.read_csv(data.fetch(path(size, length, arm, rerun))).set_index("_step").rename_axis("step")
    losses = table[[LOSS.format(name) for name in SETS]].set_axis(SETS, axis=1)
    bits = pd.DataFrame({task: table[columns(parts)].mean(axis=1) for task, parts in TASKS.items()})
    losses.insert(0, "loss", losses.mean(axis=1))
    bits.insert(0, "bits", bits.mean(axis=1))
    return pd.concat([table[[*FACTS]].rename(columns=FACTS), losses, bits], axis=1)


def finals() -> pd.DataFrame:
    """The last evaluation of every run, by size, length, arm and rerun; the columns of `run`, and `step`.

    `complete`: whether it is that of the last update. Six of the decayed runs were not evaluated there, but
    some updates before: 760M and 1B at lengths 0.5, 1 and 2.
    """
    rows = {}
    for size, length, arm, rerun in runs():
        table = run(size, length, arm, rerun)
        rows[size, length, arm, rerun] = table.iloc[-1].to_dict() | {
            "step": table.index[-1],
            "complete": table.index[-1] == run(size, length, "cosine").index[-1],
        }
    names = ["size", "length", "arm", "rerun"]
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(names)


def runs() -> list[tuple[str, float, str, bool]]:
    """All runs: size, length, arm, rerun."""
    every = ((size, length, arm) for size in SIZES for length in LENGTHS for arm in ARMS)
    found = [(*each, False) for each in every if each[2] != "constant" or each[1] == LENGTHS[-1]]
    return found + [(size, 1, "cosine", True) for size in SIZES]


def path(size: str, length: float, arm: str, rerun: bool = False) -> str:
    """The registered path of a run's file; ValueError for a run that is not there."""
    for name, given, allowed in (("size", size, SIZES), ("arm", arm, ARMS)):
        if given not in allowed:
            raise refused(name, f"one of {', '.join(allowed)}", given)
    there = [n for s, n, a, again in runs() if (s, a, again) == (size, arm, rerun)]
    if length not in there:
        kind = f"{arm} run of {size}" + " that was made again" * rerun
        raise refused(
            "length", f"that of a {kind}, {', '.join(map(str, there)) or 'and there is none'}", length
        )
    return f"OLMo/scripts/scaling/data/{FOLDERS[arm]}/{size}-{length:g}xC{'-rerun' * rerun}.csv"


def columns(task: list[str]) -> list[str]:
    """The files' columns of a task of TASKS."""
    return [BITS.format(f"{column}_rc_5shot") for column in task]
