"""Lesson 22, one name, eight schedules: what to give one library so that it does what another does."""

import numpy as np

from lrlib.course.exercises import Exercise, declared
from lrlib.schedules.presets import preset


def transformers(T, W):
    return preset("hf.cosine", total_steps=int(T), warmup_steps=int(W))


def agrees_with_transformers(f):
    keras = preset("keras.warmup_cosine", decay_steps=f(90, 12), warmup_steps=12)
    off = np.abs(keras.values(90) - transformers(90, 12).values(90)).max()
    return None if off < 1e-12 else f"the rates differ by up to {off:.4f}."


@declared("22.1")
def the_decay_steps_of_keras():
    return Exercise(
        expected=lambda T, W: T - W,
        cases=[(20, 5), (100, 10), (7, 3), (1000, 1), (64, 0)],
        mistakes={
            "With T the minimum comes W updates after the run is over.": lambda T, W: T,
            "With T + W the warmup is added twice over.": lambda T, W: T + W,
            "One too few: the last update would be dead.": lambda T, W: T - W - 1,
        },
        second=agrees_with_transformers,
    )


def configurations():
    rng = np.random.default_rng(0)
    return [(int(T), int(rng.integers(2, T // 2))) for T in rng.integers(10, 400, size=200)]


CONFIGURATIONS = configurations()


def through(answer, T, W):
    return transformers(*answer(T, W)).values(2 * T)


def follows_ignite(f):
    for T, W in CONFIGURATIONS[:50]:
        ignite = preset("ignite.warmup_cosine", total_steps=T, warmup_steps=W).values(2 * T)
        if not np.allclose(through(f, T, W), ignite, 0, 1e-12):
            return f"for ({T}, {W}) ignite has other rates."


@declared("22.2")
def an_adapter_for_ignite():
    return Exercise(
        expected=lambda T, W: (T - 1, W - 1),
        cases=CONFIGURATIONS,
        tried=through,
        mistakes={
            "With these, peak and end come a step late.": lambda T, W: (T, W),
            "The peak is right, the end a step late.": lambda T, W: (T, W - 1),
            "The end is right, the peak a step late.": lambda T, W: (T - 1, W),
            "Both have to come earlier, not later.": lambda T, W: (T + 1, W + 1),
        },
        tolerance=1e-12,
        second=follows_ignite,
    )
