"""Exact statements again: closed forms, another function, plain Python instead of arrays."""

import itertools
import math

import numpy as np

from lrlib import theory
from lrlib.evidence.measures import equivalences as first
from tests.evidence.ways import Way

H = 1 / np.arange(1, 101)


def growing_rate():
    """On the Rayleigh quotient w.Aw / w.w, whose gradient is written by hand."""
    rng = np.random.default_rng(7)
    matrix = np.diag(np.linspace(0.1, 2, 20))
    grown = theory.growing_rate(0.1, momentum=0.9, weight_decay=5e-4, steps=300)

    def slope(w):
        return 2 * (matrix @ w - (w @ matrix @ w) / (w @ w) * w) / (w @ w)

    theta = old = rng.standard_normal(20)
    psi, before, same = theta, theta * grown.shrink, 0
    for rate in grown.rates:
        theta, old = theta + 0.9 * (theta - old) - 0.1 * (slope(theta) + 5e-4 * theta), theta
        psi, before = psi + grown.momentum * (psi - before) - rate * slope(psi), psi
        same += np.linalg.norm(theta / np.linalg.norm(theta) - psi / np.linalg.norm(psi)) < 1e-9
    return 100 * same / 300


def exponent(x, y):
    x = np.log(x) - np.log(x).mean()
    return float(x @ np.log(y) / (x @ x))


def chebyshev():
    conditions = np.array([1e2, 1e3, 1e4, 1e5])
    return exponent(conditions, np.arccosh(100) / np.arccosh((conditions + 1) / (conditions - 1)))


def silver():
    k = np.arange(4, 11)
    return exponent(2.0**k - 1, 1 / (4 * (1 + np.sqrt(2)) ** k - 2))


def segment(a, rate, steps, batch):
    q = (1 - rate * H) ** 2
    return q**steps * a + rate**2 * H / batch * (1 - q**steps) / (1 - q)


def growing_batch():
    cut = grown = np.ones(100)
    for k in range(3):
        cut = segment(cut, 0.1 / 5**k, 1000, 1)
        grown = segment(grown, 0.1, 1000 // 5**k, 5**k)
    return 100 * (H @ grown / (H @ cut) - 1)


def best_rate():
    rates, noises = np.geomspace(1e-4, 60, 20_000), np.geomspace(1e-3, 1e4, 4000)
    best = np.array([rates[np.argmin(theory.constant_rate_loss(rates, 200, H, batch_size=B))]
                     for B in first.BATCHES])  # fmt: skip
    shapes = np.log(best) + np.log1p(noises[:, None] / first.BATCHES)
    errors = shapes - shapes.mean(axis=1, keepdims=True)
    left = errors[np.argmin((errors**2).sum(axis=1))]
    return 100 * np.abs(np.exp(-left) - 1).max()


def seesaw():
    ends = []
    for grows in (True, False):
        a, h, noise = [1.0] * 100, [1 / k for k in range(1, 101)], sum(1 / k for k in range(1, 101))
        samples, rate = 0, 0.1 * math.sqrt(noise)
        while samples < 4096:
            halvings = samples // 1024
            batch = 2**halvings if grows else 1
            eta = rate / 2**halvings * math.sqrt(batch)
            eta /= math.sqrt(sum(hi * hi * ai for hi, ai in zip(h, a, strict=True)) + noise / batch)
            a = [(1 - eta * hi) ** 2 * ai + eta**2 * hi / batch for hi, ai in zip(h, a, strict=True)]
            samples += batch
        ends.append(sum(hi * ai for hi, ai in zip(h, a, strict=True)))
    return 100 * (ends[0] / ends[1] - 1)


def seesaw_saves():
    """From the times at which a half cosine has halved k times."""
    halved = [math.acos(2 * 2.0**-k - 1) / math.pi for k in range(12)] + [1.0]
    return 100 * (1 - sum((b - a) / 2**k for k, (a, b) in enumerate(itertools.pairwise(halved))))


def averaging():
    """From the weights of the start and of each update's noise in the average, or in the last iterate."""
    steps, t = 1000, np.arange(1, 1001)

    def averaged(rate):
        r = 1 - rate * H[:, None]
        start = (r**t).sum(axis=1) / steps
        noise = (1 - r**t) / (1 - r) / steps  # of an update with t iterates from it on
        return H @ (start**2 + rate**2 * H * (noise**2).sum(axis=1)) / 2

    def decayed(peak):
        shrink = 1 - peak * H[:, None] * (1 - (t - 1) / steps)
        later = np.cumprod(shrink[:, ::-1], axis=1)[:, ::-1]
        after = np.concatenate([later[:, 1:], np.ones((100, 1))], axis=1)
        rates = peak * (1 - (t - 1) / steps)
        return H @ (later[:, 0] ** 2 + H * ((rates * after) ** 2).sum(axis=1)) / 2

    peaks = 2.0 ** -np.arange(-0.75, 8.1, 0.25)
    return 100 * (min(map(averaged, peaks)) / min(map(decayed, peaks)) - 1)


def rectifier():
    most, widest = 2 / 0.001 - 1, 0.0
    for n in range(1, 10_001):
        rho = most - 2 * n * 0.999**n / (1 - 0.999**n)
        over = (rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho) if rho > 4 else 0
        widest = max(widest, abs(math.sqrt(over) - min(1, n * 0.001 / 2)))
    return widest


WAYS = {
    "growing-rate-replaces-weight-decay": Way(growing_rate, within=0.1),
    "chebyshev-steps-accelerate": Way(chebyshev, within=0.01),
    "silver-steps-accelerate": Way(silver, within=0.03),
    "batch-growth-is-rate-decay": Way(growing_batch, within=1e-3),
    "best-rate-saturates-with-the-batch": Way(best_rate, within=0.5),
    "seesaw-keeps-the-loss": Way(seesaw, within=1e-3),
    "seesaw-saves-a-third-of-the-updates": Way(seesaw_saves, within=0.1),
    "averaging-replaces-decay": Way(averaging, within=0.1),
    "untuned-warmup-is-the-rectifier": Way(rectifier, within=1e-6),
}
