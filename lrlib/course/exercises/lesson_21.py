"""Lesson 21, weight decay and momentum: what a decay leaves of the start, and where a layer settles."""

import numpy as np
import torch

from lrlib.course.exercises import Exercise, declared


def as_torch(f):
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer, rates = torch.optim.AdamW([weight], lr=1.0, weight_decay=0.3), [0.5, 0.4, 0.1]
    weight.grad = torch.zeros_like(weight)
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    return None if np.isclose(f(rates, 0.3), weight.item()) else "torch.optim.AdamW leaves another part."


@declared("21.1")
def what_is_left():
    return Exercise(
        expected=lambda rates, decay: np.prod(1 - decay * np.asarray(rates)),
        cases=[
            (rates, decay)
            for rates in ([0.5], [0.1, 0.2, 0.3], [0.4] * 5, [0.0, 0.2])
            for decay in (0.1, 0.5)
        ],
        mistakes={
            "That is what is gone.": lambda rates, decay: 1 - np.prod(1 - decay * np.asarray(rates)),
            "That adds up what is taken, but a share is taken of what is left.": (
                lambda rates, decay: 1 - decay * np.sum(rates)
            ),
            "That is the approximation for small shares; multiply.": (
                lambda rates, decay: np.exp(-decay * np.sum(rates))
            ),
            "The rate is missing: an update takes rate times decay.": (
                lambda rates, decay: (1 - decay) ** len(rates)
            ),
        },
        second=as_torch,
        tolerance=1e-6,
    )


def balance(rate, decay, G):
    return (rate * G**2 / (2 * decay)) ** 0.25, np.sqrt(2 * rate * decay)


@declared("21.2")
def where_a_layer_settles():
    def as_the_recursion(f):
        rate, decay, G, length = 0.2, 0.005, 1.5, 0.7
        for _ in range(20_000):
            length = np.hypot((1 - rate * decay) * length, rate * G / length)
        angle = np.arctan(rate * G / length / ((1 - rate * decay) * length))
        return (
            None
            if np.allclose(f(rate, decay, G), (length, angle), rtol=0.01)
            else "the recursion ends elsewhere."
        )

    return Exercise(
        expected=balance,
        cases=[(rate, decay, G) for rate in (0.1, 0.4) for decay in (0.01, 0.002) for G in (1.0, 3.0)],
        mistakes={
            "That is the square of the length.": lambda r, d, G: (
                balance(r, d, G)[0] ** 2,
                balance(r, d, G)[1],
            ),
            "Two is missing: decay takes its share of |w|, so twice as much of its square.": (
                lambda r, d, G: ((r * G**2 / d) ** 0.25, np.sqrt(r * d))
            ),
            "At the balance the angle is the root.": lambda r, d, G: (balance(r, d, G)[0], 2 * r * d),
            "Rate and decay are swapped in the length.": lambda r, d, G: balance(d, r, G),
            "First the length, then the angle.": lambda r, d, G: balance(r, d, G)[::-1],
        },
        second=as_the_recursion,
        tolerance=0.005,
    )
