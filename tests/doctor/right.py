"""Random right runs: schedules of every family with the logs that they would leave."""

from dataclasses import dataclass

import numpy as np

from lrlib.doctor import Log
from lrlib.schedules import Schedule, parse

DECAYS = (
    "cosine(1, {m}, {D})",
    "linear(1, {m}, {D})",
    "polynomial(1, {m}, {D}, {q})",
    "warp(linear(1, {m}, {D}), 0.5)",
    "exponential({g}, {D})",
    "inverse_time({tau})",
    "inverse_sqrt({tau})",
    "multistep(({a}, {b}), {f})",
    "step({S}, {f})",
    "constant(1, {C}) >> linear(1, {m}, {E})",
    "constant(1, {C}) >> cosine(1, {m}, {E})",
    "constant(1, {C}) >> warp(linear(1, {m}, {E}), 0.5)",
    "constant()",
)
RISES = ("", "linear(0, 1, {W}) >> ", "shift(linear(0, 1, {W} + 1), 1) >> ", "linear({s}, 1, {W}) >> ",
         "cosine({s}, 1, {W}) >> ")  # fmt: skip
WHOLE = (
    "hf.cosine(total_steps={T}, warmup_steps={W})",
    "hf.linear(total_steps={T}, warmup_steps={W})",
    "hf.cosine_with_restarts(total_steps={T}, warmup_steps={W}, num_cycles=3)",
    "timm.cosine(total_steps={T}, warmup_steps={W})",
    "torch.warmup_cosine(total_steps={T}, warmup_steps={W})",
    "one_cycle({T})",
    "wsd({T}, {W}, {E}, {m})",
    "restarts(cosine(1, {m}, {S}), t_mult=2)",
    "restarts(cosine(1, {m}, {S}))",
    "triangular({S}, min_factor={m})",
    "stairs(cosine(1, {m}, {T}), {epoch})",
)


@dataclass(frozen=True)
class Right:
    """A schedule, its base rate, and the log of a run that followed it."""

    text: str
    schedule: Schedule
    base_lr: float
    log: Log
    updates: np.ndarray


def right(seed: int) -> Right:
    """One of many right runs: any family, length and peak, rounded, thinned, counted from 0 or 1."""
    draw = np.random.default_rng(seed)
    every = int(draw.choice([1, 10, 50]))
    T = int(draw.choice([60, 200, 600, 1000, 3000])) * (1 if every == 1 else 3)
    T += int(draw.integers(0, 2) * draw.integers(0, 37))
    text = draw.choice(WHOLE) if draw.random() < 0.35 else draw.choice(RISES) + draw.choice(DECAYS)
    text = str(text).format(**_numbers(draw, T))
    base = float(10 ** draw.uniform(-5, 1))
    base = float(f"{base:.{int(draw.choice([0, 1, 2, 8]))}e}")
    schedule, digits = parse(text), draw.choice([3, 4, 5, 6])
    updates = np.arange(int(draw.integers(0, every)) if draw.random() < 0.5 else 0, T, every)
    rates = np.array([float(f"{rate:.{digits - 1}e}") for rate in base * schedule(updates)])
    return Right(text, schedule, base, Log(updates + int(draw.integers(0, 2)), rates), updates)


def _numbers(draw: np.random.Generator, T: int) -> dict:
    W = int(draw.integers(2, max(3, T // 5)))
    D = T - W
    E = int(draw.integers(max(3, D // 10), max(4, D // 2)))
    a, b = sorted(draw.choice(np.arange(1, max(4, D)), 2, replace=False).tolist())
    some = {
        "m": [0, 0, 0.1, 0.01, round(float(draw.uniform(0, 0.3)), 3)],
        "s": [0.1, 0.01, 1 / 3, 0.04],
        "q": [0.5, 2, 3, 0.9],
        "f": [0.1, 0.5, 0.3],
        "g": [0.1, 0.01, 0.5],
    }
    lengths = {"T": T, "W": W, "D": D, "E": E, "C": D - E, "a": a, "b": b, "epoch": max(2, T // 20)}
    lengths |= {"S": max(2, T // int(draw.integers(2, 7))), "tau": int(draw.integers(5, max(6, T // 3)))}
    return lengths | {name: draw.choice(values) for name, values in some.items()}
