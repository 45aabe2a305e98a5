"""Second ways of the claims about the last-iterate bound: from the raw files, by other fits."""

import json
from functools import cache

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import spearmanr

from lrlib import data
from tests.evidence.ways import Way

FOLDER = "lr-scheduling/data/"
LINEAR = "ann124-{share}_*_lr{rate}_*decay_linear_{share}_iter{steps}_*"
SHARES, RATES, LENGTHS = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9), (0.0005, 0.001, 0.002), (15000, 25000, 35000, 50000)
PATTERNS = {
    "constant": "stable-124m_*",
    **{f"{share}": f"ann124-{share}_*linear*" for share in (*SHARES, 0.994)},
    "sqrt": "ann124-0.2_*decay_sqrt_0.2*",
    "cosine": "cos-zero-124m_*",
    "cosine to a tenth": "cos-10-124m_*",
}


@cache
def history(path):
    return json.loads(data.fetch(path).read_text(encoding="utf-8"))["history"]


def last(path):
    return history(path)["final-val"]["final_val_loss"][-1]


def by_rate(pattern):
    """Mean final loss at each rate of the runs of 50,000 steps whose name fits."""
    found = {}
    for folder in ("", "grad_norm/"):
        for path in data.paths(f"{FOLDER}{folder}{pattern}"):
            if "iter50000" in path and path.removeprefix(FOLDER).startswith(folder + pattern[:3]):
                found.setdefault(float(path.split("_lr")[1].split("_")[0]), []).append(last(path))
    return {rate: np.mean(losses) for rate, losses in sorted(found.items())}


def lowest(pattern):
    """Rate and loss at the lowest point of the parabola in log rate through the best three points."""
    x, y = np.log(list(by_rate(pattern))), np.array(list(by_rate(pattern).values()))
    near = slice(y.argmin() - 1, y.argmin() + 2)
    parabola = np.poly1d(np.polyfit(x[near] - x.mean(), y[near], 2))
    (at,) = parabola.deriv().roots
    return np.exp(at + x.mean()), parabola(at)


def plain_bound(rates, distance=1.0, norm=1.0):
    """The sum of Theorem 10 of arXiv:2310.07831, term by term."""
    total = (distance**2 + norm**2 * np.sum(rates**2)) / (2 * np.sum(rates))
    for k in range(len(rates) - 1):
        rest = norm**2 * np.sum(rates[k:] ** 2) / np.sum(rates[k:])
        total += 0.5 * rates[k] / np.sum(rates[k + 1 :]) * rest
    return total


def shape(name, steps=1000):
    """Multipliers of a schedule in the middle of `steps` equal parts of a run; warm-up over 0.006 of it."""
    z = (np.arange(steps) + 0.5) / steps
    share = {"constant": 0.0, "sqrt": 0.2}.get(name)
    if name.startswith("cosine"):
        least = 0.1 if "tenth" in name else 0.0
        down = least + (1 - least) * (1 + np.cos(np.pi * (z - 0.006) / 0.994)) / 2
    else:
        share = float(name) if share is None else share
        passed = np.clip((z - 1 + share) / max(share, 1e-9), 0, 1)
        down = 1 - np.sqrt(passed) if name == "sqrt" else 1 - passed
    return np.where(z < 0.006, z / 0.006, down)


def best_of_bound(name):
    """The least bound over 40 rates; D = G = 1, 1,000 steps."""
    return min(plain_bound(gamma * shape(name)) for gamma in np.geomspace(0.003, 0.3, 40))


def ranks():
    bounds, losses = zip(*[(best_of_bound(name), lowest(p)[1]) for name, p in PATTERNS.items()], strict=True)
    return spearmanr(bounds, losses).statistic


def exponent():
    """A parabola that moves with the length by a power, one fit a share of cooldown."""
    x, t = np.log(RATES)[:, None], np.log(LENGTHS) - np.mean(np.log(LENGTHS))
    found = []
    for share in SHARES:
        losses = np.array([[one(share, rate, steps) for steps in LENGTHS] for rate in RATES])

        def off(p, losses=losses):
            middle, curvature, power, *lowest = p
            return (lowest + curvature * (x - middle - power * t) ** 2 - losses).ravel()

        start = [np.log(0.001), 0.02, -0.3, *losses.mean(axis=0)]
        found.append(least_squares(off, start, xtol=1e-12, ftol=1e-12).x[2])
    return np.mean(found)


def one(share, rate, steps):
    (path,) = data.paths(FOLDER + LINEAR.format(share=share, rate=rate, steps=steps))
    return last(path)


def growth():
    """Parabolas in the share itself, by least squares over all six."""

    def best(rate, steps):
        fit = np.polyfit(SHARES, [one(share, rate, steps) for share in SHARES], 2)
        return -fit[1] / (2 * fit[0])

    return np.mean([(best(0.002, steps) - best(0.0005, steps)) / 2 for steps in LENGTHS])


def halfway():
    """The bound by its plain sum over blocks of 50 steps, G^2 a fiftieth; medians of more logged losses."""
    unit = lowest("ann124-0.2_*linear*")[0] / min(
        np.geomspace(0.003, 0.3, 200), key=lambda gamma: plain_bound(gamma * shape("0.2"))
    ) * np.sqrt(50000 / 1000)  # fmt: skip
    gaps = []
    for path in data.paths(f"{FOLDER}ann124-0.2_*decay_linear*"):
        steps, rate = (float(path.split(mark)[1].split("_")[0]) for mark in ("_iter", "_lr"))
        (trunk,) = data.paths(f"{FOLDER}stable-124m_*lr{path.split('_lr')[1].split('_')[0]}_*")
        logged = dict(zip(history(path)["val"]["iter"], history(path)["val"]["val_loss"], strict=True))
        before = dict(zip(history(trunk)["val"]["iter"], history(trunk)["val"]["val_loss"], strict=True))
        start, middle, end = 0.8 * steps, 0.9 * steps, steps - 200
        top = np.mean([before[start - 200 * k] for k in range(3)])
        mid = np.mean([logged[200 * round(middle / 200) + 200 * k] for k in (-1, 0, 1)])
        blocks = 50 * rate / unit * shape("0.2", round(steps / 50))
        bounds = [plain_bound(blocks[: round(step / 50)], norm=50**-0.5) for step in (start, middle, end)]
        in_bound = (bounds[0] - bounds[1]) / (bounds[0] - bounds[2])
        gaps.append((top - mid) / (top - logged[end]) - in_bound)
    return np.mean(gaps)


def extension():
    """Ratios of geometric means, from the names of the files."""
    logs = []
    for path in data.paths(f"{FOLDER}horizon_transfer/extend-50k*"):
        if "twostage" in path or "linear_0.6" in path:
            plain = path.replace("twostage_", "").replace("linear_0.6", "linear_0.2")
            logs.append(np.log(last(path) / last(plain)))
    return 100 * np.expm1(np.mean(logs))


def norms():
    """Medians of the logged norms, of the runs that logged all of theirs, and their trunks."""
    logs = []
    for path in data.paths(f"{FOLDER}grad_norm/*"):
        train = history(path)["train"]
        if "stable" in path or not train.get("grad_norm"):
            continue
        rate = path.split("_lr")[1].split("_")[0]
        (trunk,) = data.paths(f"{FOLDER}grad_norm/stable*lr{rate}_*")
        early = train if min(train["iter"]) < 20000 else history(trunk)["train"]
        logs.append(np.log(norm(train, 45000, 50000) / norm(early, 20000, 25000)))
    return np.exp(np.mean(logs))


def norm(train, first, end):
    steps = np.array(train["iter"])
    return np.median(np.array(train["grad_norm"])[(first <= steps) & (steps <= end)])


def transferred(pattern):
    return lowest(pattern)[0] / lowest("ann124-0.2_*linear*")[0]


WAYS = {
    "bound-ranks-schedules": Way(ranks, within=0.06, long=True),
    "best-rate-falls-with-horizon": Way(exponent, within=0.05),
    "rate-transfer-wsd-to-linear": Way(lambda: transferred("ann124-0.994_*"), within=1e-6),
    "cosine-peak-twice-wsd": Way(lambda: transferred("cos-zero-124m_*"), within=1e-6),
    "cooldown-grows-with-rate": Way(growth, within=0.05),
    "cooldown-drop-halfway": Way(halfway, within=0.03, long=True),
    "lower-rate-for-extension": Way(extension, within=0.01),
    "gradient-norms-constant": Way(norms, within=0.05),
}
