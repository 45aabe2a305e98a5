"""WSD against cosine, and zero against a tenth: from the files themselves, in logarithms and medians."""

import csv
import json
import re
from functools import cache
from itertools import combinations

import numpy as np

from lrlib import data
from tests.evidence.ways import Way

OLMO, LOGS = "OLMo/scripts/scaling/data/peteish-moreeval{}/{}-{}xC.csv", "lr-scheduling/data/"
NAME = re.compile(
    r"^(?P<kind>[\w.-]+?)_?(slimpajama|openwebtext2)_.*_lr(?P<peak>[\d.]+)_.*_iter(?P<steps>\d+)_"
)
SIZES = {"190M": 190e6, "370M": 371e6, "760M": 759e6, "1B": 1280e6, "3B": 3171e6}


@cache
def last_row(arm, size, length):
    with open(data.fetch(OLMO.format(arm, size, length)), newline="") as file:
        return list(csv.DictReader(file))[-1]


def cells(columns):
    """(parameters, length) -> mean over columns of log(decayed / cosine), percent, where both end."""
    found = {}
    for size, parameters in SIZES.items():
        for length in (0.5, 1, 2, 5, 10):
            cosine, decayed = (last_row(arm, size, length) for arm in ("", "-decay"))
            if cosine["_step"] == decayed["_step"]:
                ratios = [float(decayed[name]) / float(cosine[name]) for name in cosine if columns in name]
                found[parameters, length] = 100 * np.mean(np.log(ratios))
    return found


def steepness(points, along):
    """Median over pairs that agree in all else of the change for each doubling of the coordinate `along`."""
    changes = []
    for (one, low), (other, high) in combinations(points.items(), 2):
        rest = [i for i in range(len(one)) if i != along]
        if one[along] != other[along] and all(one[i] == other[i] for i in rest):
            changes.append((high - low) / np.log2(other[along] / one[along]))
    return float(np.median(changes))


def within(points, along):
    """The change for each doubling of a coordinate, by least squares with a constant for each other."""
    other = np.array([point[1 - along] for point in points])
    x, y = np.log2([point[along] for point in points]), np.array(list(points.values()))
    for group in np.unique(other):
        same = other == group
        x[same], y[same] = x[same] - x[same].mean(), y[same] - y[same].mean()
    return float(x @ y / (x @ x))


def last(file):
    """The loss on the whole held-out set after the last update; entries stand in no fixed order."""
    logged = file["history"].get("final-val")
    if logged is None:
        return file["summary"]["final-val/loss"]
    return dict(zip(logged["iter"], logged["final_val_loss"], strict=True))[file["config"]["iterations"]]


@cache
def ends(kind):
    """(peak, updates) -> loss on the whole held-out set, of the files whose names begin so."""
    found = {}
    for path in data.paths(LOGS):
        name = path.removeprefix(LOGS)
        if name.startswith(kind) and "decay_sqrt_0.2" not in name:
            said = NAME.match(name)
            found[float(said["peak"]), int(said["steps"])] = last(json.loads(data.fetch(path).read_text()))
    return found


def settings(first, second, peaks=None):
    """(peak, updates) -> log(first / second), percent."""
    one, other = ends(first), ends(second)
    both = [key for key in one if key in other and (peaks is None or key[0] in peaks)]
    return {key: 100 * np.log(one[key] / other[key]) for key in both}


def mean(*which):
    return float(np.mean(list(settings(*which).values())))


def of_its_authors():
    """The mean over pairs of one data set, model and length, by what is in the names of the files."""
    losses = {}
    for path in data.paths(LOGS):
        name = path.removeprefix(LOGS)
        if "/" not in name and not re.match("ann124|stable|cos-10|cos-zero", name):
            where = re.search(
                r"(slimpajama|openwebtext2).*nlayers(\d+)_nhead(\d+).*_iter(\d+)", name
            ).groups()
            arm = "wsd" if name.startswith("ann") else "cosine" if "_sched_cos_" in name else "trunk"
            losses.setdefault(where, {})[arm] = last(json.loads(data.fetch(path).read_text()))
    ratios = [each["wsd"] / each["cosine"] for each in losses.values() if {"wsd", "cosine"} <= each.keys()]
    return float(100 * np.mean(np.log(ratios)))


NEAR = (5e-4, 1e-3, 2e-3)
LINE_TENTH = ("ann124-0.9", "cos-10-124m")
WAYS = {
    "wsd-matches-cosine": Way(of_its_authors, 0.01),
    "wsd-against-cosine-at-one-peak": Way(lambda: np.mean(list(cells("CrossEntropy").values())), 0.05),
    "wsd-gap-does-not-move-with-length": Way(lambda: steepness(cells("CrossEntropy"), 1), 0.08),
    "wsd-gap-does-not-move-with-size": Way(lambda: steepness(cells("CrossEntropy"), 0), 0.05),
    "wsd-is-worse-on-benchmarks": Way(lambda: np.mean(list(cells("_bpb").values())), 0.3),
    "ten-percent-of-cooldown-suffice": Way(lambda: mean("ann124-0.1", "cos-10-124m"), 0.01),
    "wsd-loses-as-the-peak-rises": Way(lambda: within(settings("ann124-0.2", "cos-10-124m"), 0), 0.03),
    "wsd-ends-higher-than-a-line-to-zero": Way(lambda: mean("ann124-0.2", "ann124-0.9", NEAR), 0.01),
    "line-to-zero-against-cosine-to-a-tenth": Way(lambda: mean(*LINE_TENTH, NEAR), 0.01),
    "cosine-to-zero-or-a-tenth": Way(lambda: mean("cos-zero-124m", "cos-10-124m"), 0.01),
    "zero-gains-with-the-length": Way(lambda: steepness(settings(*LINE_TENTH), 1), 0.08),
    "zero-gains-with-the-peak": Way(lambda: steepness(settings(*LINE_TENTH), 0), 0.08),
    "cosine-to-zero-against-a-line-to-zero": Way(lambda: mean("cos-zero-124m", "ann124-0.9", NEAR), 0.01),
}
