"""Step decay against linear decay: what a theorem on least squares and one on the worst case say of each."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrlib import theory
from lrlib.evidence.claims import measures
from lrlib.evidence.verdicts import Measured
from lrlib.schedules import constant, cosine, inverse_sqrt, inverse_time, linear, polynomial, step, warp, wsd

DIMS, STEPS, START, CONDITIONS = 10, 2**14, 10.0, (4, 16, 64, 256)
PEAKS = np.append(2.0 ** np.arange(-12, -1.9, 0.25), np.linspace(1 / 4, 2 / 7, 11)[1:])


def eigenvalues(condition: float) -> np.ndarray:
    """Half of the directions steep, half of them flat."""
    return np.repeat([1.0, 1 / condition], DIMS // 2)


def halving(steps: int):
    """Step decay as in arXiv:1904.12838: halved every T / log2 T steps."""
    return step(-(-steps // int(np.log2(steps))), 0.5)


def shapes(steps: int = STEPS) -> dict[str, np.ndarray]:
    """Multipliers of the schedules that are compared on least squares, and of powers of linear decay."""
    named = {"step decay": halving(steps), "linear": linear(1, 0, steps), "cosine": cosine(1, 0, steps),
             "constant": constant(1, steps), "power 2": polynomial(1, 0, steps, 2),
             "power 4": polynomial(1, 0, steps, 4)}  # fmt: skip
    return {name: schedule.values(steps) for name, schedule in named.items()}


def polynomials(steps: int = STEPS) -> dict[str, np.ndarray]:
    """a / (1 + t / b)^p without its a, for the two powers and eight timescales of the protocol."""
    return {f"1 / (1 + t/{b})^{p:g}": (1 + np.arange(steps) / b) ** -p
            for p in (0.5, 1) for b in 4 ** np.arange(8)}  # fmt: skip


@cache
def tuned(condition: float, steps: int = STEPS, start: float = START) -> dict[str, float]:
    """Lowest final risk of each schedule in units of the minimax risk; "polynomial" is the best of them."""
    groups = {**shapes(steps), **polynomials(steps)}
    rates = np.stack(list(groups.values()), axis=-1)[..., None] * PEAKS
    lowest = np.nanmin(final_risks(rates, condition, start), axis=-1) / theory.minimax_risk(steps, DIMS)
    best = dict(zip(groups, lowest.tolist(), strict=True))
    best["polynomial"] = min(best.pop(name) for name in polynomials(steps))
    return best


def final_risks(rates: np.ndarray, condition: float, start: float = START) -> np.ndarray:
    """`theory.excess_risk` at the end, for rates of shape (steps, ..): one number for all directions alike.

    The five steep directions stay equal to each other, and so do the five flat ones.
    """
    half, flat = DIMS // 2, 1 / condition
    steep_a = flat_a = np.full(rates.shape[1:], start**2)
    with np.errstate(over="ignore", invalid="ignore"):
        for eta in rates:
            shared = half * (steep_a + flat * flat_a) + 1
            steep_a = (1 - eta) ** 2 * steep_a + eta**2 * (steep_a + shared)
            flat_a = (1 - eta * flat) ** 2 * flat_a + (eta * flat) ** 2 * (flat_a + shared / flat)
    return half * (steep_a + flat * flat_a) / 2


def exponent(name: str, start: float = START) -> float:
    """Of the condition number, in the tuned risk over the minimax risk."""
    ratios = [tuned(condition, start=start)[name] for condition in CONDITIONS]
    return float(np.polyfit(np.log(CONDITIONS), np.log(ratios), 1)[0])


def linear_over_halving(condition: float, steps: int, start: float = START) -> float:
    """The final risk under linear decay over that under step decay, each at its best peak."""
    both = np.stack([linear(1, 0, steps).values(steps), halving(steps).values(steps)], axis=-1)
    risks = np.nanmin(final_risks(both[..., None] * PEAKS, condition, start), axis=-1)
    return float(risks[0] / risks[1])


REACH = {"steps over condition number": (STEPS / max(CONDITIONS), STEPS / min(CONDITIONS))}


def _ratios(name: str) -> dict:
    return {f"over minimax at {kappa}": (tuned(kappa)[name],) * 3 for kappa in CONDITIONS}


@measures("polynomial-decay-off-by-condition")
def polynomial_exponent() -> Measured:
    return Measured.exact(exponent("polynomial"), regime=REACH, parts=_ratios("polynomial"))


@measures("step-decay-off-by-logarithms")
def step_exponent() -> Measured:
    return Measured.exact(exponent("step decay"), regime=REACH, parts=_ratios("step decay"))


@measures("linear-decay-on-least-squares")
def linear_over_step() -> Measured:
    risks = {
        f"condition {kappa}": tuned(kappa)["linear"] / tuned(kappa)["step decay"] for kappa in CONDITIONS
    }
    return Measured.exact(risks["condition 256"], parts={name: (risk,) * 3 for name, risk in risks.items()})


def guarantees(steps: int = 1024) -> dict[str, float]:
    """The last-iterate bound of eight schedules at their best rates, times sqrt(steps): 1 is the minimax."""
    cooled = steps // 5
    root = constant(1, steps - cooled) >> warp(linear(1, 0, cooled), 0.5)
    named = {"linear": linear(1, 0, steps), "cosine": cosine(1, 0, steps), "constant": constant(1, steps),
             "1/sqrt": inverse_sqrt(1), "1/t": inverse_time(1), "step decay": halving(steps),
             "WSD": wsd(steps, decay_steps=cooled), "WSD, 1-sqrt": root}  # fmt: skip
    return {name: float(theory.tuned_bound(schedule.values(steps))[1]) * steps**0.5
            for name, schedule in named.items()}  # fmt: skip


@measures("linear-decay-best-in-the-worst-case")
def worst_case() -> Measured:
    bounds = guarantees()
    above = {name: 100 * (bound / bounds["linear"] - 1) for name, bound in bounds.items() if name != "linear"}
    return Measured.exact(min(above.values()), parts={name: (gap,) * 3 for name, gap in above.items()})
