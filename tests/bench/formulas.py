"""Schedules, each beside the formula that a program without lrlib has in its place, as lean as NumPy allows.

In both, `T` is the number of steps; in a formula, `t` are the steps 0 .. T-1.
"""

import numpy as np

STEPS = 1_000_000
FORMULAS = {
    "constant(0.5)": "np.full(T, 0.5)",
    "linear(1, 0.1, T)": "1 - 0.9 * t / T",
    "polynomial(1, 0.1, T, 2)": "0.1 + 0.9 * (1 - t / T) ** 2",
    "polynomial(1, 0, T, 0.9)": "(1 - t / T) ** 0.9",
    "cosine(1, 0.1, T)": "0.1 + 0.9 * (1 + np.cos(np.pi * t / T)) / 2",
    "exponential(0.1, T)": "0.1 ** (t / T)",
    "inverse_sqrt(1000)": "1 / np.sqrt(1 + t / 1000)",
    "step(0.1*T, 0.5)": "0.5 ** (t // (T // 10))",
    "multistep((0.5*T, 0.8*T), 0.1)": "0.1 ** np.searchsorted((T // 2, 4 * T // 5), t, side='right')",
    "piecewise_constant((0.5*T, 0.8*T), (1, 0.1, 0.05))":
        "np.repeat((1, 0.1, 0.05), (T // 2, 3 * T // 10, T // 5))",
    "piecewise_linear((0, 1000, T), (0, 1, 0.2))": "np.interp(t, (0, 1000, T), (0, 1, 0.2))",
    "warmup_linear(T, 1000)": "np.concatenate([t[:1000] / 1000, (T - t[1000:]) / (T - 1000)])",
    "warmup_cosine(T, 1000)":
        "np.concatenate([t[:1000] / 1000, (1 + np.cos(np.pi * (t[1000:] - 1000) / (T - 1000))) / 2])",
    "wsd(T, 1000, 0.2*T)":
        "np.concatenate([t[:1000] / 1000, np.ones(4 * T // 5 - 1000), (T - t[4 * T // 5:]) / (T // 5)])",
    "one_cycle(T)":
        "np.concatenate([0.04 + 0.96 * (1 - np.cos(np.pi * t[:3 * T // 10] / (3 * T // 10))) / 2,"
        " 4e-6 + (1 - 4e-6) * (1 + np.cos(np.pi * (t[3 * T // 10:] - 3 * T // 10) / (7 * T // 10))) / 2])",
    "sgdr(1000)": "(1 + np.cos(np.pi * (t % 1000) / 1000)) / 2",
    "wsd_s(300, 200)": "np.minimum(1, (500 - t % 500) / 200)",
    "triangular(1000)": "1 - np.abs(t / 1000 % 2 - 1)",
    "0.5 * linear(1, 0, T)": "0.5 * (1 - t / T)",
    "linear(1, 0, T) * cosine(1, 0.1, T)": "(1 - t / T) * (0.1 + 0.9 * (1 + np.cos(np.pi * t / T)) / 2)",
    "linear(0, 1, 1000) * inverse_sqrt(1000)": "np.minimum(t / 1000, 1) / np.sqrt(1 + t / 1000)",
}  # fmt: skip


def counts(formula: str) -> bool:
    """Whether a formula asks for the steps; one that does not only fills in constants."""
    return "t" in compile(formula, formula, "eval").co_names


def by_hand(formula: str) -> np.ndarray:
    """What a formula gives, shape (STEPS,), float64. Steps are counted where it asks for them."""
    known = {"t": np.arange(STEPS)} if counts(formula) else {}
    return eval(formula, {"np": np, "T": STEPS, **known})
