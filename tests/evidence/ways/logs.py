"""Second ways for what the logged runs say: plain files, names instead of configurations, other statistics.

Losses are logarithms of the logged perplexities; centres are Hodges and Lehmann's, slopes Theil and Sen's.
"""

import json
import re
from collections import defaultdict
from functools import cache
from math import log

import numpy as np
from scipy.stats import theilslopes

from lrlib import data
from tests.evidence.ways import Way

NAME = re.compile(
    r"(?P<folder>grad_norm/)?(?P<prefix>[^/]*?_)?(?P<data>slimpajama|openwebtext2)_llama_norm_nlayers(?P<layers>\d+)_"
    r"nhead(?P<heads>\d+)_lr(?P<lr>[\d.]+)_sched_(?P<kind>cos|wsd)_warmup300(_decay_(?P<shape>\w+?)_(?P<share>[\d.]+))?"
    r"_iter(?P<steps>\d+)_"
)  # fmt: skip
BASE = log(2.71828)  # of which their trainers took the perplexity to be the power


@cache
def logs():
    """[(settings in the name, {step: (log perplexity, the same of averages)})], a run each."""
    found = []
    for path in data.paths("lr-scheduling/data/"):
        said = NAME.match(path.removeprefix("lr-scheduling/data/"))
        history = json.loads(data.fetch(path).read_text())["history"] if said else {}
        if full := history.get("final-val"):
            last = np.log(full["final_val_perplexity"]) / BASE
            mean = np.log(full["final_val_best_perplexity_wa"] or [np.nan] * len(last)) / BASE
            found.append(
                (said.groupdict(), dict(zip(full["iter"], zip(last, mean, strict=True), strict=True)))
            )
    return found


def centre(x):
    """The median of all means of two."""
    i, j = np.triu_indices(len(x))
    return float(np.median((np.asarray(x)[i] + np.asarray(x)[j]) / 2))


def cooled(share, shape):
    """(rate, steps) -> loss after that cooldown of the 124M model, where trained twice their mean."""
    found = defaultdict(list)
    for said, at in logs():
        if said["prefix"] and "ann124" in said["prefix"] and (said["share"], said["shape"]) == (share, shape):
            found[float(said["lr"]), int(said["steps"])].append(at[int(said["steps"])][0])
    return {key: np.mean(losses) for key, losses in found.items()}


def changes(one, other):
    """(keys in both, by how many percent one is above the other)."""
    both = sorted(one.keys() & other.keys())
    return both, [100 * (one[key] / other[key] - 1) for key in both]


def by_peak(one, other):
    """The mean over peak rates of the median change at each."""
    found = defaultdict(list)
    for (rate, _), change in zip(*changes(one, other), strict=True):
        found[rate].append(change)
    return float(np.mean([np.median(at) for at in found.values()]))


def shape():
    return by_peak(cooled("0.2", "sqrt"), cooled("0.2", "linear"))


def shape_by_peak():
    keys, gaps = changes(cooled("0.2", "sqrt"), cooled("0.2", "linear"))
    return theilslopes(gaps, np.log2([rate for rate, _ in keys])).slope


def length():
    return by_peak(cooled("0.4", "linear"), cooled("0.2", "linear"))


def of_models(kind, prefix):
    """{model: {planned steps: {step: (loss, of averages)}}} of the runs of one kind."""
    found = defaultdict(dict)
    for said, at in logs():
        if said["kind"] == kind and re.fullmatch(prefix, said["prefix"] or "") and said["share"] is None:
            found[said["data"], said["layers"], said["heads"]][int(said["steps"])] = at
    return found


def beside(kind, prefix):
    """[(raw, averaged, the end of a run of that kind at that step)], by model."""
    trunks, others = of_models("wsd", r"(sl\d*_)?"), of_models(kind, prefix)
    return {
        model: [
            (*at[step], others[model][step][step][0])
            for at in ends.values() for step in at if step in others[model]
        ]
        for model, ends in trunks.items()
    }  # fmt: skip


def gap(kind, prefix, one, other):
    """Centre over models of the median by which column one is above the other, in percent."""
    rows = [np.array(rows).T for rows in beside(kind, prefix).values() if rows]
    return centre([np.median(100 * (row[one] / row[other] - 1)) for row in rows])


def recovered():
    raw, averaged, ended = np.concatenate(list(beside("wsd", r"ann0\.2_").values())).T
    return float(np.sum(raw - averaged) / np.sum(raw - ended))


def overshoots():
    """{model: [(stopped, planned, percent above the fitting one)]}."""
    found = defaultdict(list)
    for model, ends in of_models("cos", r"(sl\d*_)?").items():
        for planned, at in ends.items():
            found[model] += [
                (step, planned, 100 * (at[step][0] / ends[step][step][0] - 1))
                for step in at
                if step < planned
            ]
    return found


def too_long():
    models = overshoots().values()
    return centre([np.mean([cost for s, p, cost in pairs if p > 1.25 * s]) for pairs in models])


def a_quarter_too_long():
    """From one power of the share left for all models, a factor each: least squares of logarithms."""
    rows = [(i, s / p, cost) for i, pairs in enumerate(overshoots().values()) for s, p, cost in pairs]
    model, done, cost = (np.array(column) for column in zip(*rows, strict=True))
    of_model = (model[:, None] == np.unique(model)).astype(float)
    left = np.log(1 + np.cos(np.pi * done)) - np.log(1 + np.cos(np.pi / 1.25))
    return float(np.mean(np.exp(np.linalg.lstsq(np.c_[of_model, left], np.log(cost))[0][:-1])))


WAYS = {
    "one-minus-sqrt-beats-linear": Way(shape, within=0.02),
    "one-minus-sqrt-at-every-peak": Way(shape_by_peak, within=0.01),
    "a-fifth-of-cooldown-is-enough": Way(length, within=0.05),
    "averaging-improves-a-constant-run": Way(lambda: gap("cos", r"(sl\d*_)?", 1, 0), within=0.1),
    "averaging-matches-cosine": Way(lambda: gap("cos", r"(sl\d*_)?", 1, 2), within=0.1),
    "averaging-falls-short-of-the-cooldown": Way(recovered, within=0.02),
    "merging-beats-decay": Way(lambda: gap("wsd", r"ann0\.2_", 1, 2), within=0.1),
    "cosine-must-match-its-budget": Way(too_long, within=0.1),
    "a-quarter-too-long-costs-nothing": Way(a_quarter_too_long, within=0.1),
}
