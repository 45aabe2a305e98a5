"""Statements that are exact, or should be: growing rates, step sizes, batches, averages, warm-ups."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrlib import schedules as S
from lrlib import theory
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured

CURVATURES = 1 / np.arange(1, 101)


def normalized_loss(weights, x, y):
    """Cross-entropy of linear layers, each followed by batch normalization without epsilon, ReLU between."""
    import torch

    for i, w in enumerate(weights):
        z = (x if i == 0 else torch.relu(x)) @ w
        x = (z - z.mean(0)) / z.std(0, correction=0)
    return torch.nn.functional.cross_entropy(x, y)


@cache
def directions(steps: int = 300, keep_decay: bool = False) -> np.ndarray:
    """Largest difference in direction of a weight matrix, after each update of two runs.

    One has a constant rate and weight decay, the other a growing rate without (as a control, with it too).
    """
    import torch

    from lrlib.evidence.importance import digits

    x, y = (torch.as_tensor(each[:512]) for each in digits()[:2])
    rng = np.random.default_rng(2000)
    start = [torch.as_tensor(rng.standard_normal(shape)) / 8 for shape in ((64, 32), (32, 32), (32, 10))]
    grown = theory.growing_rate(0.1, momentum=0.9, weight_decay=5e-4, steps=steps)
    rates = {0: np.full(steps, 0.1), 1: grown.rates}
    settings = {0: (0.9, 5e-4), 1: (grown.momentum, 5e-4 * keep_decay)}
    now, last = [start, start], [start, [w * grown.shrink for w in start]]
    apart = []
    for t in range(steps):
        for run, (momentum, decay) in settings.items():
            weights = [w.clone().requires_grad_() for w in now[run]]
            slopes = torch.autograd.grad(normalized_loss(weights, x, y), weights)
            moved = [w + momentum * (w - old) - rates[run][t] * (slope + decay * w)
                     for w, old, slope in zip(now[run], last[run], slopes, strict=True)]  # fmt: skip
            now[run], last[run] = moved, now[run]
        apart.append(max(float((a / a.norm() - b / b.norm()).norm()) for a, b in zip(*now, strict=True)))
    return np.array(apart)


@measures("growing-rate-replaces-weight-decay")
def growing_rate() -> Measured:
    share, control = (100 * float(np.mean(directions(keep_decay=kept) < 1e-9)) for kept in (False, True))
    return Measured.exact(share, parts={"weight decay left on": (control,) * 3})


def residual(steps: int, condition: float) -> float:
    """The largest part of the start that Chebyshev steps leave, over 2001 curvatures, update by update."""
    curvatures = np.geomspace(1 / condition, 1, 2001)
    left = np.ones(2001)
    for rate in S.chebyshev(steps, condition).values(steps):
        left = left * (1 - rate * curvatures)
    return float(np.abs(left).max())


@cache
def steps_needed(condition: float, target: float = 0.01) -> float:
    """Steps at which the residual is `target`, between powers of two by its logarithm."""
    k = 0
    while residual(2 ** (k + 1), condition) > target:
        k += 1
    high, low = (np.log(residual(2**each, condition)) for each in (k, k + 1))
    return float(2**k * (1 + (high - np.log(target)) / (high - low)))


@measures("chebyshev-steps-accelerate")
def chebyshev() -> Measured:
    conditions = (1e2, 1e3, 1e4, 1e5)
    needed = [steps_needed(condition) for condition in conditions]
    parts = {f"steps at {c:g}": (n, n, n) for c, n in zip(conditions, needed, strict=True)}
    return Measured.exact(np.polyfit(np.log(conditions), np.log(needed), 1)[0], parts=parts)


@cache
def worst_value(steps: int, name: str = "silver") -> float:
    """The largest f(x_n) - f* after silver or constant steps, over Huber functions and quadratics."""
    slopes, curvatures = np.geomspace(1 / (8 * steps**2), 1, 400), np.linspace(0, 1, 401)[1:]
    x, z = np.ones(400), np.ones(400)
    for rate in (S.silver() if name == "silver" else S.constant(1.0)).values(steps):
        x = x - rate * np.clip(x, -slopes, slopes)
        z = z - rate * curvatures * z
    huber = np.where(np.abs(x) <= slopes, x**2 / 2, slopes * np.abs(x) - slopes**2 / 2)
    return float(max(huber.max(), (curvatures * z**2 / 2).max()))


SILVER_STEPS = tuple(2**k - 1 for k in range(4, 11))


@measures("silver-steps-accelerate")
def silver() -> Measured:
    worst = {name: [worst_value(n, name) for n in SILVER_STEPS] for name in ("silver", "constant")}
    found = {name: np.polyfit(np.log(SILVER_STEPS), np.log(values), 1)[0] for name, values in worst.items()}
    return Measured.exact(found["silver"], parts={"constant": (float(found["constant"]),) * 3})


def batch_for_rate(rate: float) -> float:
    """Final loss with the batch grown by 5 twice, above that with the rate cut by 5 twice, in %."""
    cut = np.repeat([rate, rate / 5, rate / 25], 1000)
    batches = np.repeat([1, 5, 25], [1000, 200, 40])
    grown = theory.expected_loss(np.full(1240, rate), CURVATURES, batch_size=batches)[-1]
    return 100 * float(grown / theory.expected_loss(cut, CURVATURES)[-1] - 1)


@measures("batch-growth-is-rate-decay")
def growing_batch() -> Measured:
    gaps = {rate: batch_for_rate(rate) for rate in (0.02, 0.1, 0.4, 0.8, 1.6)}
    return Measured.exact(gaps[0.1], parts={f"rate {rate:g}": (gap,) * 3 for rate, gap in gaps.items()})


BATCHES = 2.0 ** np.arange(-4, 13)


@cache
def best_rates() -> np.ndarray:
    """The constant rate that is best for 200 updates, at each of BATCHES."""
    return np.array([theory.best_constant_rate(200, CURVATURES, batch_size=B) for B in BATCHES])


def saturating(rates: np.ndarray) -> tuple[float, float, np.ndarray]:
    """eta_max, B_noise and the fit of eta_max / (1 + B_noise / B) to the log of rates at BATCHES."""
    from scipy.optimize import curve_fit

    def form(B, log_most, log_noise):
        return log_most - np.log1p(np.exp(log_noise) / B)

    (most, noise), _ = curve_fit(form, BATCHES, np.log(rates), p0=(np.log(rates.max()), 2.0))
    return float(np.exp(most)), float(np.exp(noise)), np.exp(form(BATCHES, most, noise))


@measures("best-rate-saturates-with-the-batch")
def best_rate_and_batch() -> Measured:
    single = np.array([theory.greedy_rates(1, CURVATURES, batch_size=B)[0] for B in BATCHES])
    errors = [100 * float(np.abs(saturating(rates)[2] / rates - 1).max()) for rates in (best_rates(), single)]
    return Measured.exact(errors[0], parts={"best single step": (round(errors[1], 6),) * 3})


def normalized(rule: str, signal: float = 1.0, plain: bool = False) -> float:
    """Final loss after 4096 samples in four parts: the rate "halved", or "seesaw" after each quarter.

    SGD divided by the root of the expected squared gradient norm, or `plain`. signal: scale of start^2.
    """
    a, h = np.full(100, float(signal)), CURVATURES
    rate = 0.1 if plain else 0.1 * np.sqrt(h.sum())
    for quarter in range(4):
        doubled = quarter if rule == "seesaw" else 0
        batch, eta = 2**doubled, rate * 2.0 ** (doubled / 2 - quarter)
        for _ in range(1024 // batch):
            norm = 1 if plain else np.sqrt(h**2 @ a + h.sum() / batch)
            a = (1 - eta / norm * h) ** 2 * a + (eta / norm) ** 2 * h / batch
    return float(h @ a / 2)


@measures("seesaw-keeps-the-loss")
def seesaw() -> Measured:
    cases = {"signal 1": {}, "signal 10": {"signal": 10.0}, "signal 100": {"signal": 100.0},
             "plain SGD": {"plain": True}}  # fmt: skip
    gaps = {name: 100 * (normalized("seesaw", **case) / normalized("halved", **case) - 1)
            for name, case in cases.items()}  # fmt: skip
    return Measured.exact(gaps["signal 1"], parts={name: (gap,) * 3 for name, gap in gaps.items()})


def saved(decay: S.Schedule, largest: int | None = None) -> float:
    """The share of updates that seesaw saves, in %; largest: the batch may grow by this factor."""
    pair = S.seesaw(decay, 256) if largest is None else S.seesaw(decay, 256, 256 * largest)
    return 100 * (1 - pair.rate.steps / decay.steps)


@measures("seesaw-saves-a-third-of-the-updates")
def seesaw_saves() -> Measured:
    half = S.cosine(1, 0, 10_000)
    quarter = S.table(tuple(np.cos(np.pi / 2 * np.arange(10_000) / 10_000)))
    parts = {f"batch at most {k} times": saved(half, k) for k in (2, 4, 8)}
    parts |= {"quarter cosine": saved(quarter), "half cosine, small cuts": 50.0,
              "quarter cosine, small cuts": 100 * (1 - 2 / np.pi)}  # fmt: skip
    return Measured.exact(saved(half), parts={name: (value,) * 3 for name, value in parts.items()})


@cache
def averaging() -> dict[str, float]:
    """Final loss after 1000 steps: tuned linear decay, tuned tail and exponential averages, the optimum."""
    steps, peaks = 1000, 2.0 ** -np.arange(-0.75, 8.1, 0.25)
    flat = peaks[:, None] * np.ones(steps)
    tails = [
        theory.tail_averaging(steps, max(1, steps * n // 100)) for n in (1, 2, 5, 10, 20, 30, 50, 70, 100)
    ]
    moving = [np.full(steps, w) for w in 2.0 ** -np.arange(0, 10.1, 0.5)]
    ends = {name: min(float(theory.averaged_loss(flat, w, CURVATURES)[:, -1].min()) for w in weights)
            for name, weights in (("tail average", tails), ("exponential average", moving))}  # fmt: skip
    line = peaks[:, None] * S.linear(1, 0, steps).values(steps)
    ends["linear decay"] = float(theory.expected_loss(line, CURVATURES)[:, -1].min())
    best = theory.optimal_rates(steps, CURVATURES, max_rate=1.0)
    return ends | {"optimal schedule": float(theory.expected_loss(best, CURVATURES)[-1])}


@measures("averaging-replaces-decay")
def averaging_and_decay() -> Measured:
    ends = averaging()
    gaps = {name: 100 * (end / ends["linear decay"] - 1) for name, end in ends.items()}
    return Measured.exact(gaps.pop("tail average"), parts={name: (gap,) * 3 for name, gap in gaps.items()})


def gap(beta2: float = 0.999, warmup=S.untuned_linear) -> tuple[float, int]:
    """The largest gap between RAdam's rectifier and a warm-up, and at which update, from 1, it is."""
    apart = np.abs(S.radam(beta2).values(10_000) - warmup(beta2).values(10_000))
    return float(apart.max()), int(apart.argmax()) + 1


@measures("untuned-warmup-is-the-rectifier")
def rectifier() -> Measured:
    parts = {"exponential": gap(warmup=S.untuned_exponential)[0], "update of the gap": gap()[1]}
    parts |= {f"beta2 {beta2}": gap(beta2)[0] for beta2 in (0.9, 0.99, 0.9999)}
    return Measured.exact(gap()[0], parts={name: (value,) * 3 for name, value in parts.items()})
