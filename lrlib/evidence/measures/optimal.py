"""The best schedules of a noisy quadratic and of least squares, and how far families stay behind."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.optimize import curve_fit, minimize, minimize_scalar

from lrlib import schedules as S
from lrlib import theory
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured

LENGTHS = (100, 200, 400, 800)


def bowl(beta: float, s: float, dims: int, noise: float = 1.0) -> dict:
    """Curvatures k^-beta with start^2 times curvature = k^-(beta s + 1): a functional scaling law's task."""
    k = np.arange(1, dims + 1)
    return {"curvatures": k**-beta, "start": np.sqrt(k ** (beta - beta * s - 1)), "noise": noise}


EASY, HARD = bowl(2.0, 1.0, 300), bowl(3.0, 0.25, 100, noise=0.1)
HARMONIC = {"curvatures": 1 / np.arange(1, 101), "start": 1.0, "noise": 1.0}
TASKS = {"easy": EASY, "hard": HARD, "harmonic": HARMONIC}


@cache
def _optimum(task: str, steps: int) -> np.ndarray:
    return theory.optimal_rates(steps, max_rate=1.0, **TASKS[task])


def optimum(task: str, steps: int) -> np.ndarray:
    """The optimal rates of the task "easy", "hard" or "harmonic", none above 1."""
    return _optimum(task, steps).copy()


def power(rates: np.ndarray, until: float = 0.9) -> tuple[float, float]:
    """(p, c) of rate = a (1 - t/T + c)^p, fitted to the log rates of the first part of a run."""
    t = np.arange(int(until * len(rates))) / len(rates)

    def form(t, log_a, p, log_c):  # c >= 0 by its logarithm
        return log_a + p * np.log(1 - t + np.exp(log_c))

    found, _ = curve_fit(form, t, np.log(rates[: len(t)]), p0=(0.0, 1.5, -3.0), maxfev=20_000)
    return float(found[1]), float(np.exp(found[2]))


@measures("power-decay-with-the-predicted-exponent", minutes=1)
def exponent() -> Measured:
    found = {T: power(optimum("easy", T))[0] for T in (200, 400, 800, 1600)}
    return Measured.exact(found[1600], parts={f"{T} steps": (p, p, p) for T, p in found.items()})


def share_below_half(rates: np.ndarray, top: float) -> float:
    """The share of a run whose rate is below half of `top`."""
    return float(np.mean(rates < top / 2))


@measures("hard-tasks-want-warmup-stable-decay", minutes=3)
def vanishing_share() -> Measured:
    shares = {
        "hard": [share_below_half(optimum("hard", T), 1.0) for T in LENGTHS],
        "easy": [share_below_half(optimum("easy", T), optimum("easy", T).max()) for T in LENGTHS],
    }
    lengths = np.log(LENGTHS)
    slopes = {task: float(np.polyfit(lengths, np.log(share), 1)[0]) for task, share in shares.items()}
    at = {f"hard, share at {T}": share for T, share in zip(LENGTHS, shares["hard"], strict=True)}
    parts = {"easy": slopes["easy"]} | at
    return Measured.exact(slopes["hard"], parts={name: (value,) * 3 for name, value in parts.items()})


@measures("greedy-rates-are-too-small")
def greedy() -> Measured:
    best, greedy = optimum("harmonic", 400), theory.greedy_rates(400, **HARMONIC)
    losses = [float(theory.expected_loss(rates, **HARMONIC)[-1]) for rates in (best, greedy)]
    ratio = float(np.median((best / greedy)[100:300]))
    return Measured.exact(ratio, parts={"final loss, greedy over optimal": (losses[1] / losses[0],) * 3})


def families(steps: int) -> dict[str, list[np.ndarray]]:
    """Shapes of the common families, one for each value of their own parameter."""
    cooldowns = [max(1, round(share * steps)) for share in (0.05, 0.1, 0.2, 0.3, 0.5, 0.8)]
    scales = [steps / 2**k for k in range(7)]
    members = {
        "constant": [S.constant(1, steps)],
        "linear": [S.linear(1, 0, steps)],
        "cosine": [S.cosine(1, 0, steps)],
        "WSD": [S.wsd(steps, decay_steps=n) for n in cooldowns],
        "WSD, 1-sqrt": [S.constant(1, steps - n) >> S.warp(S.linear(1, 0, n), 0.5) for n in cooldowns],
        "inverse sqrt": [S.inverse_sqrt(scale) for scale in scales],
        "exponential": [S.exponential(np.exp(-1 / scale)) for scale in scales],
        "step decay": [S.step(-(-steps // (cuts + 1)), 0.5) for cuts in range(2, 9)],
    }
    return {name: [each.values(steps) for each in of_name] for name, of_name in members.items()}


def lowest(shape: np.ndarray, task: str) -> float:
    """The lowest final loss over the peaks of a shape, no rate above 1."""
    top = np.log(1 / shape.max())
    grid = top - np.arange(21) * np.log(2) / 2
    losses = theory.expected_loss(np.exp(grid)[:, None] * shape, **TASKS[task])[:, -1]
    at = int(np.argmin(losses))
    edges = grid[min(at + 1, 20)], grid[max(at - 1, 0)]
    found = minimize_scalar(
        lambda log_peak: float(theory.expected_loss(np.exp(log_peak) * shape, **TASKS[task])[-1]),
        bounds=edges, method="bounded", options={"xatol": 1e-4},
    )  # fmt: skip
    return min(float(found.fun), float(losses.min()))


@cache
def excess(task: str, steps: int = 200) -> dict[str, float]:
    """How far the best member of each family is above the optimum, in %."""
    best = float(theory.expected_loss(optimum(task, steps), **TASKS[task])[-1])
    return {name: 100 * (min(lowest(shape, task) for shape in shapes) / best - 1)
            for name, shapes in families(steps).items()}  # fmt: skip


@measures("no-common-family-is-optimal")
def regret() -> Measured:
    found = {task: excess(task) for task in ("easy", "hard")}
    parts = {f"{task}, {name}": (gap,) * 3 for task, gaps in found.items() for name, gap in gaps.items()}
    return Measured.exact(min(min(gaps.values()) for gaps in found.values()), parts=parts)


SPECTRUM = 1 / np.arange(1, 31)


def risk_and_gradient(rates: np.ndarray) -> tuple[float, np.ndarray]:
    """Final excess risk of streaming least squares, noise 1 and start 1, and its derivative by every rate.

    Back through `theory.excess_risk`: with p = dL/da after a step, that before it is
    ((1 - eta l)^2 + eta^2 l^2) p + l * sum(eta^2 l p).
    """
    a, before = np.ones(len(SPECTRUM)), []
    for eta in rates:
        before.append(a)
        noise = SPECTRUM * (SPECTRUM * a + SPECTRUM @ a + 1)
        a = (1 - eta * SPECTRUM) ** 2 * a + eta**2 * noise
    slopes, p = np.empty(len(rates)), SPECTRUM / 2
    for t in range(len(rates) - 1, -1, -1):
        eta, a_t = rates[t], before[t]
        noise = SPECTRUM * (SPECTRUM * a_t + SPECTRUM @ a_t + 1)
        slopes[t] = p @ (-2 * SPECTRUM * (1 - eta * SPECTRUM) * a_t + 2 * eta * noise)
        shared = eta**2 * (SPECTRUM @ p)
        p = ((1 - eta * SPECTRUM) ** 2 + eta**2 * SPECTRUM**2) * p + shared * SPECTRUM
    return float(a @ SPECTRUM / 2), slopes


@cache
def _best_for_least_squares(steps: int = 100) -> np.ndarray:
    rise = S.linear(0, 1, 20) >> S.linear(1, 0, steps - 20)
    firsts = [
        schedule.values(steps) + 1e-3 for schedule in (S.linear(1, 0, steps), S.constant(1, steps), rise)
    ]

    def log_risk(log_rates):
        risk, slopes = risk_and_gradient(np.exp(log_rates))
        return np.log(risk), slopes * np.exp(log_rates) / risk

    found = []
    for first in firsts:
        peak = min(2.0 ** np.arange(-8, 0.1, 0.5), key=lambda peak, first=first: _risk(peak * first))
        options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-14, "gtol": 1e-9}
        bounds = [(np.log(1e-6), np.log(2.0))] * steps
        found.append(minimize(log_risk, np.log(peak * first), jac=True, method="L-BFGS-B", bounds=bounds,
                              options=options))  # fmt: skip
    return np.exp(min(found, key=lambda each: each.fun).x)


def _risk(rates) -> float:
    risk = risk_and_gradient(rates)[0]
    return risk if np.isfinite(risk) else np.inf


def best_for_least_squares() -> np.ndarray:
    """The best schedule found for 100 steps of streaming least squares with eigenvalues 1/k, k = 1 .. 30."""
    return _best_for_least_squares().copy()


@measures("warmup-is-optimal-in-linear-regression")
def warmup() -> Measured:
    squares = best_for_least_squares()
    bowl = theory.optimal_rates(100, SPECTRUM, max_rate=1.0)
    parts = {"last over highest": squares[-1] / squares.max(), "noisy quadratic, first": bowl[0] / bowl.max(),
             "noisy quadratic, last": bowl[-1] / bowl.max()}  # fmt: skip
    return Measured.exact(squares[0] / squares.max(), parts={name: (v, v, v) for name, v in parts.items()})
